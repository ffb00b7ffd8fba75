//! Holds every instance to the schema and to AWS's limits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ecow::EcoString;
use foldhash::{HashMap, HashMapExt};
use serde::{Deserialize, Serialize};

use super::asked::{Known, tenant_of};
use super::attached::Attached;
use super::effective::{Effective, effective};
use super::faults::{Judged, faults, other_faults};
use super::found::{Folded, Found, Group, PlaceId, fold};
use super::passing::not_passed;
use super::schema::{Schema, Subject, TagRule};
use super::services::{self, Service};
use super::trace::Trace;
use super::verdict::{Coverage, Detail, TagFault, TagVerdicts};
use crate::address::Mode;
use crate::catalog::{self, TagShape, Taggable};
use crate::date::Date;
use crate::inventory::{Change, Instance, Inventory, Made, OtherTags, TagUse, TagValue, Tags};
use crate::source::{Files, Span};
use crate::words::nearest;

/// Judges the tags of one input; for several, see [`TagJudge`].
pub fn judge(
    inventory: &Inventory,
    path: &str,
    schema: &Schema,
    files: Option<&Files>,
    today: Option<Date>,
) -> TagVerdicts {
    let mut judge = TagJudge::new(schema, today);
    judge.add(inventory, path, files);
    judge.finish()
}

/// Judges one input after the other; what it keeps grows with blocks and kinds of faults, not with instances.
#[derive(Debug)]
pub struct TagJudge<'s> {
    schema: &'s Schema,
    today: Option<Date>,
    inputs: Vec<EcoString>,
    found: Found,
    verdicts: TagVerdicts,
    /// The tag that tells a tenant's resources where no key of their address does.
    tenant_tag: Option<EcoString>,
}

/// The tags of one input, judged by themselves, for [`TagJudge::absorb`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TagPart {
    groups: Vec<(Group, Folded)>,
    places: Vec<String>,
    judged: u64,
    existing: u64,
    untaggable: u64,
    unknown_types: BTreeMap<EcoString, u64>,
    coverage: BTreeMap<EcoString, Coverage>,
    unknown_keys: Vec<(TagUse, Option<EcoString>)>,
}

/// An input that is being judged.
#[derive(Debug)]
pub struct Adding<'s, 't> {
    input: usize,
    path: String,
    blocks: Vec<Block<'s>>,
    /// The last one, by module instance, block and position.
    last: Option<((usize, usize, Option<Span>), u32)>,
    /// By address and position: instances of one module share their blocks.
    by_address: HashMap<String, Vec<(Option<Span>, u32)>>,
    /// How the types take tags that were met.
    shapes: HashMap<EcoString, Option<&'static Taggable>>,
    /// Where addresses are made that are mostly known.
    text: String,
    attached: Attached,
    others: HashMap<usize, Vec<OtherTags>>,
    made: HashMap<usize, Vec<Made>>,
    trace: Option<&'t dyn Trace>,
}

/// What is the same for all instances of a block.
#[derive(Debug)]
pub(super) struct Block<'s> {
    pub(super) address: String,
    pub(super) place: PlaceId,
    pub(super) rules: Vec<&'s TagRule>,
    /// What takes its tags.
    pub(super) service: &'static Service,
    /// Keys that are not asked of it.
    pub(super) exempt: BTreeSet<EcoString>,
    /// The file that holds it, or else the input.
    pub(super) path: String,
}

impl<'s> TagJudge<'s> {
    pub fn new(schema: &'s Schema, today: Option<Date>) -> TagJudge<'s> {
        let expired =
            schema.exemptions.iter().enumerate().filter(|(_, e)| !e.holds(today)).map(|(i, _)| i).collect();
        let verdicts = TagVerdicts { expired, schema: !schema.is_empty(), ..TagVerdicts::default() };
        TagJudge { schema, today, inputs: Vec::new(), found: Found::default(), verdicts, tenant_tag: None }
    }

    /// Counts coverage by type, module and tenant as well.
    pub fn in_detail(mut self, tenant_tag: Option<EcoString>) -> TagJudge<'s> {
        self.verdicts.detail = Some(Detail::default());
        self.tenant_tag = tenant_tag;
        self
    }

    /// Adds what one root module, plan or state holds; `path` is its folder or file, as `paths` see it where no span tells.
    pub fn add(&mut self, inventory: &Inventory, path: &str, files: Option<&Files>) {
        self.add_traced(inventory, path, files, None);
    }

    /// The same, and finds where tags that are at fault are written.
    pub fn add_traced(
        &mut self,
        inventory: &Inventory,
        path: &str,
        files: Option<&Files>,
        trace: Option<&dyn Trace>,
    ) {
        let mut adding = Adding { trace, ..self.begin(path, inventory, path) };
        for (index, instance) in inventory.instances.iter().enumerate() {
            self.add_next(&mut adding, inventory, index, instance, files);
        }
    }

    /// Begins with an input whose instances are handed on one by one.
    pub fn begin<'t>(&mut self, name: &str, header: &Inventory, path: &str) -> Adding<'s, 't> {
        self.uses(header);
        let input = self.inputs.len();
        self.inputs.push(name.into());
        let mut others: HashMap<usize, Vec<OtherTags>> = HashMap::new();
        for other in &header.other_tags {
            others.entry(other.instance).or_default().push(other.clone());
        }
        let mut made: HashMap<usize, Vec<Made>> = HashMap::new();
        if self.schema.tags.iter().any(|rule| rule.required) {
            for one in &header.made {
                made.entry(one.instance).or_default().push(one.clone());
            }
        }
        let attached = Attached::of(header);
        Adding {
            input,
            path: path.to_owned(),
            blocks: Vec::new(),
            last: None,
            shapes: HashMap::new(),
            by_address: HashMap::new(),
            text: String::new(),
            attached,
            others,
            made,
            trace: None,
        }
    }

    /// Judges the next instance.
    pub fn add_next(
        &mut self,
        adding: &mut Adding<'s, '_>,
        header: &Inventory,
        index: usize,
        instance: &Instance,
        files: Option<&Files>,
    ) {
        let Adding { input, path, blocks, last, by_address, shapes, text, attached, others, made, trace } =
            adding;
        let input = *input;
        let takes = self.takes_tags(instance, shapes);
        let made = made.get(&index).filter(|_| stays(instance));
        if takes.is_none() && made.is_none() {
            return;
        }
        let reached = takes.unwrap_or(false);
        let module = instance.address.module.as_ref().map_or(0, |m| Arc::as_ptr(m).addr());
        let key = (module, Arc::as_ptr(&instance.address.block).addr(), instance.origin);
        let at = match last {
            Some((same, at)) if *same == key => *at,
            _ => {
                text.clear();
                instance.address.write_written(text);
                let here = |all: &Vec<(Option<Span>, u32)>| {
                    all.iter().find(|(span, _)| *span == instance.origin).map(|(_, at)| *at)
                };
                by_address.get(text.as_str()).and_then(here).unwrap_or_else(|| {
                    let at = u32::try_from(blocks.len()).expect("bug: more than 4 billion blocks");
                    blocks.push(self.block(input, instance, path, files));
                    by_address.entry(text.clone()).or_default().push((instance.origin, at));
                    at
                })
            }
        };
        *last = Some((key, at));
        let block = &blocks[at as usize];
        let provider = header.providers.get(instance.provider.0 as usize);
        let mut tags = effective(instance, provider, reached);
        attached.add_to(index, &mut tags);
        if let Some(twice) = header.tags_twice.get(&index) {
            tags.twice.clone_from(twice);
        }
        let existing = is_existing(instance);
        let count = instance.after.low().max(1);
        let judged = Judged {
            at: None,
            instance,
            provider,
            reached,
            input,
            existing,
            count,
            inventory: header,
            schema: self.schema,
            trace: *trace,
        };
        for one in made.into_iter().flatten() {
            let faults = not_passed(&judged, block, takes.is_some().then_some(&tags), one);
            fold(&mut self.found, &Judged { at: one.span, ..judged }, block, None, faults);
        }
        if takes.is_none() {
            return;
        }
        self.verdicts.judged += count;
        self.verdicts.existing += if existing { count } else { 0 };
        let mut seen = BTreeMap::new();
        let faults = faults(&judged, block, &tags, &mut seen);
        if let Some(detail) = &mut self.verdicts.detail {
            detail.add(&judged, &tags, &seen, self.tenant_tag.as_ref());
        }
        for (key, coverage) in seen {
            self.verdicts.coverage.entry(key).or_default().add(coverage);
        }
        fold(&mut self.found, &judged, block, None, faults);
        for other in others.get(&index).into_iter().flatten() {
            let faults = other_faults(&judged, block, other);
            fold(&mut self.found, &judged, block, Some(other), faults);
        }
    }

    /// Judges one input by itself.
    pub fn part(
        &self,
        inventory: &Inventory,
        path: &str,
        files: Option<&Files>,
        trace: Option<&dyn Trace>,
    ) -> TagPart {
        let mut alone = TagJudge::new(self.schema, self.today);
        alone.add_traced(inventory, path, files, trace);
        let TagJudge { found: Found { groups, places, .. }, verdicts, .. } = alone;
        let mut groups: Vec<(Group, Folded)> = groups.into_iter().collect();
        groups.sort_by_cached_key(|(g, _)| (g.place, g.fault.kind, g.fault.key.clone(), g.span));
        TagPart {
            groups,
            places: places.into_iter().map(|(_, text)| text).collect(),
            judged: verdicts.judged,
            existing: verdicts.existing,
            untaggable: verdicts.untaggable,
            unknown_types: verdicts.unknown_types,
            coverage: verdicts.coverage,
            unknown_keys: verdicts.unknown_keys,
        }
    }

    /// Adds an input that was judged by itself.
    pub fn absorb(&mut self, name: &str, part: TagPart) {
        let input = self.inputs.len();
        self.inputs.push(name.into());
        let places: Vec<PlaceId> = part.places.into_iter().map(|p| self.found.place(input, p)).collect();
        for (group, folded) in part.groups {
            let Some(place) = places.get(group.place as usize) else { continue };
            self.found.groups.insert(Group { place: *place, ..group }, folded);
        }
        let all = &mut self.verdicts;
        all.judged += part.judged;
        all.existing += part.existing;
        all.untaggable += part.untaggable;
        for (ty, n) in part.unknown_types {
            *all.unknown_types.entry(ty).or_insert(0) += n;
        }
        for (key, coverage) in part.coverage {
            all.coverage.entry(key).or_default().add(coverage);
        }
        all.unknown_keys.extend(part.unknown_keys);
    }

    /// Finds keys that are used elsewhere and that no block of the schema is about.
    fn uses(&mut self, inventory: &Inventory) {
        let keys = || self.schema.tags.iter().map(|t| &t.key);
        if self.schema.is_empty() {
            return;
        }
        for used in &inventory.tag_uses {
            if keys().any(|k| *k == used.key) {
                continue;
            }
            // Conditions match keys in any case; queries and cost reports do not.
            let same = keys().find(|k| k.to_lowercase() == used.key.to_lowercase());
            let near = same.or_else(|| {
                let near = nearest(&used.key, keys().map(EcoString::as_str))?;
                keys().find(|k| *k == near)
            });
            self.verdicts.unknown_keys.push((used.clone(), near.cloned()));
        }
    }

    /// Returns whether default_tags reach a resource; None: it takes no tags, or nobody knows, or it is not there after apply.
    fn takes_tags(
        &mut self,
        instance: &Instance,
        shapes: &mut HashMap<EcoString, Option<&'static Taggable>>,
    ) -> Option<bool> {
        let ty = &instance.address.block.ty;
        if !stays(instance) {
            return None;
        }
        let known = shapes.get(ty).copied();
        let shape = known.unwrap_or_else(|| *shapes.entry(ty.clone()).or_insert(catalog::taggable(ty)));
        let Some(shape) = shape else {
            // No data tells which types of awscc take tags: the ones that have some.
            if ty.starts_with("awscc_") && instance.tags.is_some() {
                return Some(false);
            }
            if ty.starts_with("aws_") || ty.starts_with("awscc_") {
                *self.verdicts.unknown_types.entry(ty.clone()).or_insert(0) += instance.after.low().max(1);
            }
            return None;
        };
        match shape.shape {
            TagShape::Map | TagShape::Blocks => Some(shape.tags_all),
            TagShape::None | TagShape::Single => {
                self.verdicts.untaggable += 1;
                None
            }
        }
    }

    fn block(&mut self, input: usize, instance: &Instance, path: &str, files: Option<&Files>) -> Block<'s> {
        let schema = self.schema;
        let (address, module) = (instance.address.written(), instance.address.written_module());
        let file = files.zip(instance.origin).map(|(files, span)| files.get(span.file).path.clone());
        let subject = Subject {
            ty: &instance.address.block.ty,
            block: &address,
            module: &module,
            path: Some(file.as_deref().unwrap_or(path)),
        };
        let rules: Vec<&TagRule> = schema.tags.iter().filter(|r| r.is_about(subject)).collect();
        let exempt = rules
            .iter()
            .map(|r| &r.key)
            .filter(|key| schema.exemptions.iter().any(|e| e.holds(self.today) && e.covers(subject, key)))
            .cloned()
            .collect();
        let place = self.found.place(input, address.clone());
        let service = services::of_type(&instance.address.block.ty);
        Block { address, place, rules, service, exempt, path: file.unwrap_or_else(|| path.to_owned()) }
    }

    /// Returns everything that was found, sorted.
    pub fn finish(mut self) -> TagVerdicts {
        let Found { groups, places, .. } = self.found;
        let several = self.inputs.len() > 1;
        let mut found: Vec<(Group, Folded)> = groups.into_iter().collect();
        let order = |(g, _): &(Group, Folded)| {
            let f = &g.fault;
            let place = &places[g.place as usize];
            let cause = f.cause.as_ref().map(|c| (c.kind(), c.name().clone(), c.span()));
            (
                (f.kind, f.key.clone(), f.what.clone(), f.value.clone(), f.hint.clone(), cause),
                (f.severity, g.existing, place.1.clone(), place.0, f.origin, g.span),
            )
        };
        found.sort_by_cached_key(order);
        self.verdicts.faults = found
            .into_iter()
            .map(|(group, folded)| TagFault {
                kind: group.fault.kind,
                key: group.fault.key,
                what: group.fault.what,
                value: group.fault.value,
                hint: group.fault.hint,
                root: several.then(|| self.inputs[places[group.place as usize].0].clone()),
                block: places[group.place as usize].1.clone(),
                types: folded.types,
                instances: folded.instances,
                example: folded.example,
                span: group.span,
                head: folded.head,
                origin: group.fault.origin,
                mends: folded.mends,
                cause: group.fault.cause,
                existing: group.existing,
                severity: group.fault.severity,
                default: group.fault.default,
                general: group.fault.general,
                own: folded.own,
                written: folded.written,
                inputs: folded.inputs,
            })
            .collect();
        self.verdicts
    }
}

impl Detail {
    fn add(
        &mut self,
        judged: &Judged<'_>,
        tags: &Effective<'_>,
        seen: &BTreeMap<EcoString, Coverage>,
        tenant_tag: Option<&EcoString>,
    ) {
        let address = &judged.instance.address;
        let by_tag = || {
            let tag = tags.get(tenant_tag?)?;
            match tag.value {
                TagValue::Known(value) => Some(value.clone()),
                TagValue::Sensitive(_) | TagValue::Unknown(_) | TagValue::Null => None,
            }
        };
        let tenant = match tenant_of(judged) {
            Known::Is(tenant) => tenant,
            Known::Nothing | Known::Open(_) => by_tag().unwrap_or_default(),
        };
        for (table, name) in [
            (&mut self.by_type, address.block.ty.clone()),
            (&mut self.by_module, address.written_module().into()),
            (&mut self.by_tenant, tenant),
        ] {
            let row = table.entry(name).or_default();
            for (key, coverage) in seen {
                row.entry(key.clone()).or_default().add(*coverage);
            }
        }
        for tag in &tags.entries {
            *self.keys.entry(tag.key.clone()).or_insert(0) += judged.count;
        }
    }
}

/// True of a resource that is there after apply.
fn stays(instance: &Instance) -> bool {
    let gone = matches!(instance.change, Some(Change::Destroy | Change::Forget | Change::Read));
    instance.address.block.mode == Mode::Managed && !gone && !instance.after.is_zero()
}

/// True if the plan leaves the tags as they are.
fn is_existing(instance: &Instance) -> bool {
    match instance.change {
        Some(Change::Keep | Change::Import) => true,
        Some(Change::Update | Change::Replace | Change::ReplaceCreateFirst) => {
            let after = instance.tags_all.as_ref().or(instance.tags.as_ref());
            match (&instance.tags_before, after) {
                (Some(before), Some(after)) => before == after && after.open.is_none() && all_known(after),
                _ => false,
            }
        }
        Some(Change::Create | Change::Destroy | Change::Read | Change::Forget) | None => false,
    }
}

fn all_known(tags: &Tags) -> bool {
    !tags.entries.iter().any(|(_, v)| matches!(v, TagValue::Unknown(_)))
}
