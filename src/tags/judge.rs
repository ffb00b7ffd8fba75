//! Holds every instance to the schema and to AWS's limits, and folds what is wrong by block.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use serde::{Deserialize, Serialize};

use super::aws::{alike, refusals};
use super::effective::{Effective, EffectiveTag, Origin, effective, left_alone};
use super::schema::{Fact, Schema, Subject, TagRule};
use crate::address::{Key, Mode};
use crate::catalog::{self, TagShape};
use crate::date::Date;
use crate::finding::Severity;
use crate::inventory::{
    Account, Change, Instance, Inventory, OtherTags, ProviderConfig, Setting, TagUse, TagValue, Tags, Target,
};
use crate::source::{Files, Span};
use crate::value::{Cause, CauseKind};
use crate::words::{glob, list, nearest};

/// Everything that was found about tags.
#[derive(Clone, Debug, Default)]
pub struct TagVerdicts {
    /// Sorted; faults of one kind, key and text stand together, one for each block.
    pub faults: Vec<TagFault>,
    /// Instances that take tags and exist after apply.
    pub judged: u64,
    /// Of these, the ones whose tags the plan does not change.
    pub existing: u64,
    /// Instances whose type takes no tags.
    pub untaggable: u64,
    /// AWS types of which nobody said whether they take tags, with how many instances there are.
    pub unknown_types: BTreeMap<EcoString, u64>,
    /// For each required key: how many of the instances it is asked of have it.
    pub coverage: BTreeMap<EcoString, Coverage>,
    /// The same by type, module and tenant, if it was asked for.
    pub detail: Option<Detail>,
    /// Keys that something mentions and the schema lacks, each with how the schema spells it, if it does.
    pub unknown_keys: Vec<(TagUse, Option<EcoString>)>,
    /// Exemptions (indexes) that have run out.
    pub expired: Vec<usize>,
    /// True if there was a schema.
    pub schema: bool,
}

/// Coverage of required keys by what resources have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    pub by_type: BTreeMap<EcoString, BTreeMap<EcoString, Coverage>>,
    /// Addresses of modules without keys; the root is empty.
    pub by_module: BTreeMap<EcoString, BTreeMap<EcoString, Coverage>>,
    /// What all tenants share stands under the empty key.
    pub by_tenant: BTreeMap<EcoString, BTreeMap<EcoString, Coverage>>,
    /// Every key that is there, with how many instances have it.
    pub keys: BTreeMap<EcoString, u64>,
}

/// How far a required key has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    pub with: u64,
    pub without: u64,
    pub undecided: u64,
    pub exempt: u64,
}

/// Something wrong with the tags of one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagFault {
    pub kind: FaultKind,
    /// Empty if it is about all tags together.
    pub key: EcoString,
    /// What is wrong, to follow the key in backquotes: "is missing", "is not one of `a` and `b`".
    pub what: EcoString,
    /// The value, if it is known and may be shown; left out where a block has too many different ones.
    pub value: Option<EcoString>,
    pub hint: Option<EcoString>,
    /// The input it is in; None: there is but one.
    pub root: Option<EcoString>,
    /// The block's address without keys; for default_tags the provider configuration.
    pub block: String,
    /// Resource types concerned.
    pub types: BTreeSet<EcoString>,
    /// How many instances; a group of unknown number counts at least one.
    pub instances: u64,
    /// The first instance's address.
    pub example: String,
    /// The tag, the `tags` attribute or else the head of the block.
    pub span: Option<Span>,
    /// The head of the block.
    pub head: Option<Span>,
    pub origin: Origin,
    /// For a missing key: the provider configuration whose default_tags would mend it; None: they do not reach it.
    pub mends: Option<Mends>,
    /// What an undecided tag waits for.
    pub cause: Option<Cause>,
    /// True if the plan does not change these tags.
    pub existing: bool,
    /// What the settings say of how grave it is.
    pub severity: Option<Severity>,
    /// For a missing key: the value that the settings repair it with.
    pub default: Option<EcoString>,
    /// For a missing key: it is asked of everything.
    pub general: bool,
    /// False: it is about tags in another shape than the resource's own.
    pub own: bool,
}

/// The provider configuration whose `default_tags` reach a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mends {
    /// `provider "aws"`, `provider "aws" (east)`.
    pub provider: String,
    /// The `default_tags` block, if it has one.
    pub default_tags: Option<Span>,
    /// The provider block.
    pub span: Option<Span>,
}

impl std::iter::Sum for Coverage {
    fn sum<I: Iterator<Item = Coverage>>(all: I) -> Coverage {
        let mut sum = Coverage::default();
        all.for_each(|c| sum.add(c));
        sum
    }
}

impl Coverage {
    /// How many it is asked of.
    pub fn asked(&self) -> u64 {
        self.with + self.without + self.undecided
    }

    fn add(&mut self, other: Coverage) {
        self.with += other.with;
        self.without += other.without;
        self.undecided += other.undecided;
        self.exempt += other.exempt;
    }
}

/// Kinds of faults, one for each rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FaultKind {
    Missing,
    Value,
    Format,
    /// AWS refuses it.
    Limit,
    /// A new value on every plan.
    Unstable,
    /// Keys that differ only by case.
    KeyCase,
    Undecided,
}

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

/// What faults are folded by: cheap to copy and to hash, for it is made for every fault of every instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Group {
    fault: Fault,
    place: PlaceId,
    span: Option<Span>,
    existing: bool,
}

/// Number of a place that faults point at.
type PlaceId = u32;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Folded {
    types: BTreeSet<EcoString>,
    instances: u64,
    example: String,
    head: Option<Span>,
    mends: Option<Mends>,
    own: bool,
}

/// One fault of one instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Fault {
    kind: FaultKind,
    key: EcoString,
    what: EcoString,
    value: Option<EcoString>,
    hint: Option<EcoString>,
    cause: Option<Cause>,
    origin: Origin,
    severity: Option<Severity>,
    default: Option<EcoString>,
    general: bool,
}

impl Fault {
    fn new(kind: FaultKind, key: &EcoString, what: impl Into<EcoString>) -> Fault {
        Fault {
            kind,
            key: key.clone(),
            what: what.into(),
            value: None,
            hint: None,
            cause: None,
            origin: Origin::Resource,
            severity: None,
            default: None,
            general: false,
        }
    }

    fn of(kind: FaultKind, tag: &EffectiveTag<'_>, what: impl Into<EcoString>) -> Fault {
        let value = match tag.value {
            TagValue::Known(value) => Some(value.clone()),
            TagValue::Sensitive(_) | TagValue::Unknown(_) | TagValue::Null => None,
        };
        Fault { value, origin: tag.origin, ..Fault::new(kind, tag.key, what) }
    }
}

/// How many different values of one fault a block keeps, and how many different causes.
const VALUES_KEPT: usize = 20;

/// Faults by what they say and where.
#[derive(Debug, Default)]
struct Found {
    groups: HashMap<Group, Folded>,
    places: Vec<(usize, String)>,
    by_place: HashMap<(usize, String), PlaceId>,
    /// How many different values a fault has at a place.
    values: HashMap<Said, usize>,
    /// How many different attributes it waits for, and the first one.
    causes: HashMap<Said, (usize, Cause)>,
}

/// What a fault says of a place.
type Said = (PlaceId, FaultKind, EcoString, EcoString);

impl Found {
    fn place(&mut self, input: usize, text: String) -> PlaceId {
        let key = (input, text);
        if let Some(id) = self.by_place.get(&key) {
            return *id;
        }
        let id = PlaceId::try_from(self.places.len()).expect("bug: more than 4 billion places");
        self.places.push(key.clone());
        self.by_place.insert(key, id);
        id
    }

    fn add(&mut self, mut group: Group, judged: &Judged<'_>, make: impl FnOnce() -> Folded) {
        if !self.groups.contains_key(&group) && group.fault.value.is_some() {
            let fault = &group.fault;
            let key = (group.place, fault.kind, fault.key.clone(), fault.what.clone());
            let seen = self.values.entry(key).or_insert(0);
            *seen += 1;
            if *seen > VALUES_KEPT {
                (group.fault.value, group.fault.hint) = (None, None);
            }
        }
        // What a plan leaves open is each instance's own value.
        if let Some(cause) = group.fault.cause.as_ref().filter(|c| c.kind() == CauseKind::Attribute)
            && !self.groups.contains_key(&group)
        {
            let fault = &group.fault;
            let key = (group.place, fault.kind, fault.key.clone(), fault.what.clone());
            let (seen, first) = self.causes.entry(key).or_insert_with(|| (0, cause.clone()));
            *seen += 1;
            if *seen > VALUES_KEPT {
                group.fault.cause = Some(first.clone());
            }
        }
        let folded = self.groups.entry(group).or_insert_with(make);
        folded.instances += judged.count;
        let ty = &judged.instance.address.block.ty;
        if !folded.types.contains(ty) {
            folded.types.insert(ty.clone());
        }
    }
}

/// An input that is being judged.
#[derive(Debug)]
pub struct Adding<'s> {
    input: usize,
    path: String,
    blocks: Vec<Block<'s>>,
    /// The last one, by module instance, block and position.
    last: Option<((usize, usize, Option<Span>), u32)>,
    /// By address and position: instances of one module share their blocks.
    by_address: HashMap<String, Vec<(Option<Span>, u32)>>,
    /// Where addresses are made that are mostly known.
    text: String,
    attached: Attached,
    others: HashMap<usize, Vec<OtherTags>>,
}

/// What is the same for all instances of a block.
#[derive(Debug)]
struct Block<'s> {
    address: String,
    place: PlaceId,
    rules: Vec<&'s TagRule>,
    /// Keys that are not asked of it.
    exempt: BTreeSet<EcoString>,
    /// The file that holds it, or else the input.
    path: String,
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
        self.add_called(path, inventory, path, files);
    }

    /// The same of an input that is called something else.
    pub fn add_called(&mut self, name: &str, inventory: &Inventory, path: &str, files: Option<&Files>) {
        let mut adding = self.begin(name, inventory, path);
        for (index, instance) in inventory.instances.iter().enumerate() {
            self.add_next(&mut adding, inventory, index, instance, files);
        }
    }

    /// Begins with an input whose instances are handed on one by one.
    pub fn begin(&mut self, name: &str, header: &Inventory, path: &str) -> Adding<'s> {
        self.uses(header);
        let input = self.inputs.len();
        self.inputs.push(name.into());
        let mut others: HashMap<usize, Vec<OtherTags>> = HashMap::new();
        for other in &header.other_tags {
            others.entry(other.instance).or_default().push(other.clone());
        }
        let attached = Attached::of(header);
        Adding {
            input,
            path: path.to_owned(),
            blocks: Vec::new(),
            last: None,
            by_address: HashMap::new(),
            text: String::new(),
            attached,
            others,
        }
    }

    /// Judges the next instance.
    pub fn add_next(
        &mut self,
        adding: &mut Adding<'s>,
        header: &Inventory,
        index: usize,
        instance: &Instance,
        files: Option<&Files>,
    ) {
        let Adding { input, path, blocks, last, by_address, text, attached, others } = adding;
        let input = *input;
        let Some(reached) = self.takes_tags(instance) else { return };
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
        let existing = is_existing(instance);
        let count = instance.after.low().max(1);
        self.verdicts.judged += count;
        self.verdicts.existing += if existing { count } else { 0 };
        let judged = Judged {
            instance,
            provider,
            reached,
            input,
            existing,
            count,
            inventory: header,
            schema: self.schema,
        };
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
    pub fn part(&self, inventory: &Inventory, path: &str, files: Option<&Files>) -> TagPart {
        let mut alone = TagJudge::new(self.schema, self.today);
        alone.add(inventory, path, files);
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
    fn takes_tags(&mut self, instance: &Instance) -> Option<bool> {
        let ty = &instance.address.block.ty;
        let stays = !matches!(instance.change, Some(Change::Destroy | Change::Forget | Change::Read));
        if instance.address.block.mode != Mode::Managed || !stays || instance.after.is_zero() {
            return None;
        }
        let Some(shape) = catalog::taggable(ty) else {
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
        Block { address, place, rules, exempt, path: file.unwrap_or_else(|| path.to_owned()) }
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

/// An instance that is being judged.
struct Judged<'a> {
    instance: &'a Instance,
    provider: Option<&'a ProviderConfig>,
    /// Whether default_tags reach it.
    reached: bool,
    input: usize,
    existing: bool,
    count: u64,
    inventory: &'a Inventory,
    schema: &'a Schema,
}

fn fold(
    found: &mut Found,
    judged: &Judged<'_>,
    block: &Block<'_>,
    other: Option<&OtherTags>,
    faults: Vec<Fault>,
) {
    let instance = judged.instance;
    for fault in faults {
        let missing = fault.kind == FaultKind::Missing;
        let default = judged.provider.filter(|_| fault.origin == Origin::Default && !missing);
        let (place, span) = match (other, default) {
            (Some(other), _) => {
                let text = format!("{} {}", block.address, other.shape);
                (found.place(judged.input, text), other.span.or(instance.origin))
            }
            // One configuration may serve several inputs, and is mended once.
            (None, Some(p)) => (found.place(0, provider_text(p)), p.default_tags_span.or(p.span)),
            (None, None) => (block.place, instance.tags_span.or(instance.origin)),
        };
        let group = Group { fault, place, span, existing: judged.existing };
        found.add(group, judged, || Folded {
            types: BTreeSet::new(),
            instances: 0,
            example: instance.address.to_string(),
            head: default.map_or(instance.origin, |p| p.span),
            own: other.is_none(),
            mends: judged.provider.filter(|_| missing && other.is_none() && judged.reached).map(mends),
        });
    }
}

fn faults(
    judged: &Judged<'_>,
    block: &Block<'_>,
    tags: &Effective<'_>,
    coverage: &mut BTreeMap<EcoString, Coverage>,
) -> Vec<Fault> {
    let mut found = of_aws(&judged.instance.address.block.ty, tags);
    unstable(judged, tags, &mut found);
    for rule in &block.rules {
        let seen = coverage_of(coverage, rule);
        if block.exempt.contains(&rule.key) {
            if let Some(seen) = seen {
                seen.exempt += judged.count;
            }
            continue;
        }
        let asked = is_asked(rule, judged, block, tags);
        match (tags.get(&rule.key), asked) {
            (_, Asked::No) => {}
            (Some(tag), asked) => {
                if let Some(seen) = seen {
                    seen.with += judged.count;
                }
                value_faults(rule, judged, tag, &asked, &mut found);
            }
            (None, asked) if rule.required => {
                let doubt = match asked {
                    Asked::Maybe(cause) => Some(cause),
                    Asked::Yes | Asked::No => {
                        tags.open.clone().or_else(|| left_alone(judged.instance, judged.provider, &rule.key))
                    }
                };
                let seen = seen.expect("bug: a required key without coverage");
                match doubt {
                    Some(cause) => {
                        seen.undecided += judged.count;
                        found.push(undecided(&rule.key, "may be missing", cause));
                    }
                    None => {
                        seen.without += judged.count;
                        found.push(missing(rule, tags));
                    }
                }
            }
            (None, asked) => {
                let same = |t: &&EffectiveTag<'_>| t.key.to_lowercase() == rule.key.to_lowercase();
                if let Some(tag) = tags.entries.iter().find(same).filter(|_| matches!(asked, Asked::Yes)) {
                    let what = format!("is spelt `{}` in the settings", rule.key);
                    found.push(Fault { severity: rule.severity, ..Fault::of(FaultKind::KeyCase, tag, what) });
                }
            }
        }
    }
    found.sort_by(|a, b| (a.kind, &a.key, &a.what).cmp(&(b.kind, &b.key, &b.what)));
    // Several rules may ask the same of one key.
    found.dedup_by(|a, b| (a.kind, &a.key, &a.what, &a.cause) == (b.kind, &b.key, &b.what, &b.cause));
    found
}

/// Judges tags that are written in another shape: for what the resource makes besides itself.
fn other_faults(judged: &Judged<'_>, block: &Block<'_>, other: &OtherTags) -> Vec<Fault> {
    let mut tags = Effective::default();
    tags.add_under(&other.tags, Origin::Resource);
    let mut found = of_aws(&judged.instance.address.block.ty, &tags);
    unstable(judged, &tags, &mut found);
    for rule in block.rules.iter().filter(|r| !block.exempt.contains(&r.key)) {
        let asked = is_asked(rule, judged, block, &tags);
        match tags.get(&rule.key) {
            _ if matches!(asked, Asked::No) => {}
            Some(tag) => value_faults(rule, judged, tag, &asked, &mut found),
            None if rule.required => {
                let by_default = judged.provider.is_some_and(|p| {
                    p.default_tags.open.is_some() || p.default_tags.get(&rule.key).is_some()
                });
                let doubt = match asked {
                    Asked::Maybe(cause) => Some(cause),
                    Asked::Yes | Asked::No => tags.open.clone().or_else(|| {
                        by_default.then(|| {
                            let text = format!(
                                "whether default_tags reach `{}`, which depends on the provider's version",
                                other.shape
                            );
                            Cause::new(CauseKind::Unstated, text, other.span)
                        })
                    }),
                };
                found.push(match doubt {
                    Some(cause) => undecided(&rule.key, "may be missing", cause),
                    None => missing(rule, &tags),
                });
            }
            None => {}
        }
    }
    found
}

fn coverage_of<'a>(
    coverage: &'a mut BTreeMap<EcoString, Coverage>,
    rule: &TagRule,
) -> Option<&'a mut Coverage> {
    if !rule.required {
        return None;
    }
    if !coverage.contains_key(&rule.key) {
        coverage.insert(rule.key.clone(), Coverage::default());
    }
    coverage.get_mut(&rule.key)
}

fn of_aws(ty: &str, tags: &Effective<'_>) -> Vec<Fault> {
    let mut found: Vec<Fault> = refusals(ty, tags)
        .into_iter()
        .map(|r| Fault {
            origin: tags.get(&r.key).map_or(Origin::Resource, |t| t.origin),
            ..Fault::new(FaultKind::Limit, &r.key, r.what)
        })
        .collect();
    for keys in alike(tags) {
        let others: Vec<String> = keys[1..].iter().map(|k| format!("`{k}`")).collect();
        let what = format!("and {} differ only by case", list(&others));
        found.push(Fault::new(FaultKind::KeyCase, keys[0], what));
    }
    found
}

/// Finds values that a function makes anew on every plan.
fn unstable(judged: &Judged<'_>, tags: &Effective<'_>, found: &mut Vec<Fault>) {
    for tag in &tags.entries {
        if let TagValue::Unknown(cause) = tag.value
            && cause.kind() == CauseKind::Function
            && left_alone(judged.instance, judged.provider, tag.key).is_none()
        {
            let mut fault = Fault::of(FaultKind::Unstable, tag, "changes on every plan");
            fault.cause = Some(cause.clone());
            found.push(fault);
        }
    }
}

fn value_faults(
    rule: &TagRule,
    judged: &Judged<'_>,
    tag: &EffectiveTag<'_>,
    asked: &Asked,
    found: &mut Vec<Fault>,
) {
    if !rule.asks_of_value() {
        return;
    }
    let value = match tag.value {
        TagValue::Known(value) | TagValue::Sensitive(value) => value,
        TagValue::Unknown(cause) => {
            // What changes on every plan is a fault of its own.
            if cause.kind() != CauseKind::Function {
                found.push(Fault {
                    origin: tag.origin,
                    ..undecided(tag.key, "has a value that is not known", cause.clone())
                });
            }
            return;
        }
        TagValue::Null => return,
    };
    let from = found.len();
    if !rule.allowed.is_empty() && !rule.allowed.iter().any(|a| glob(a, value, None)) {
        let allowed: Vec<String> = rule.allowed.iter().map(|a| format!("`{a}`")).collect();
        let mut fault = Fault::of(FaultKind::Value, tag, format!("is not one of {}", list(&allowed)));
        if matches!(tag.value, TagValue::Known(_)) {
            fault.hint = nearest(value, rule.allowed.iter().map(EcoString::as_str))
                .map(|n| eco_format!("did you mean `{n}`?"));
        }
        found.push(fault);
    }
    if let Some(pattern) = &rule.pattern
        && !pattern.is_match(value)
    {
        found.push(Fault::of(FaultKind::Format, tag, format!("does not match `{pattern}`")));
    }
    if !rule.formats.is_empty() && !rule.formats.iter().any(|f| f.matches(value)) {
        let names: Vec<String> =
            rule.formats.iter().map(|f| format!("{} (`{}`)", f.name(), f.example())).collect();
        found.push(Fault::of(FaultKind::Format, tag, format!("is not {}", names.join(" or "))));
    }
    if let Some(fact) = rule.equals {
        match known(fact, judged) {
            Known::Is(expected) if expected != *value => {
                let mut fault = Fault::of(FaultKind::Value, tag, format!("is not {}", fact.text()));
                fault.hint =
                    matches!(tag.value, TagValue::Known(_)).then(|| eco_format!("it has to be `{expected}`"));
                found.push(fault);
            }
            Known::Is(_) | Known::Nothing => {}
            Known::Open(cause) => found.push(undecided(tag.key, "may have a wrong value", cause)),
        }
    }
    for fault in &mut found[from..] {
        fault.severity = rule.severity;
    }
    if let Asked::Maybe(cause) = asked
        && found.len() > from
    {
        // Whether it is asked at all depends on a tag that is not known.
        found.truncate(from);
        found.push(undecided(tag.key, "may have a wrong value", cause.clone()));
    }
}

fn missing(rule: &TagRule, tags: &Effective<'_>) -> Fault {
    let key = &rule.key;
    let mut fault = Fault::new(FaultKind::Missing, key, "is missing");
    (fault.severity, fault.default, fault.general) = (rule.severity, rule.default.clone(), rule.is_general());
    let others = || tags.entries.iter().map(|t| t.key.as_str());
    fault.hint = match others().find(|other| is_same_but_for_case(key, other)) {
        Some(near) if near.eq_ignore_ascii_case(key) => {
            Some(eco_format!("`{near}` is there: keys are case-sensitive"))
        }
        Some(near) => Some(eco_format!("`{near}` is there: is it meant to be `{key}`?")),
        // Asked of every resource without the key, so only of what can be a misspelling at all.
        None => nearest(key, others().filter(|other| begins_alike(key, other)))
            .map(|near| eco_format!("`{near}` is there: is it meant to be `{key}`?")),
    };
    fault
}

/// True for `CostCenter`, `cost-center` and `cost_center`.
fn is_same_but_for_case(a: &str, b: &str) -> bool {
    let plain = |c: &char| c.is_alphanumeric();
    let (a, b) = (a.chars().filter(plain), b.chars().filter(plain));
    a.flat_map(char::to_lowercase).eq(b.flat_map(char::to_lowercase))
}

fn begins_alike(a: &str, b: &str) -> bool {
    let first = |text: &str| text.chars().next().map(|c| c.to_ascii_lowercase());
    a.len().abs_diff(b.len()) <= 2 && first(a) == first(b)
}

fn undecided(key: &EcoString, what: &str, cause: Cause) -> Fault {
    Fault { cause: Some(cause), ..Fault::new(FaultKind::Undecided, key, what) }
}

/// Whether a rule's conditions hold.
enum Asked {
    Yes,
    No,
    Maybe(Cause),
}

fn is_asked(rule: &TagRule, judged: &Judged<'_>, block: &Block<'_>, tags: &Effective<'_>) -> Asked {
    let mut answer = Asked::Yes;
    if !rule.accounts.is_empty() {
        match in_account(rule, judged, block) {
            Asked::No => return Asked::No,
            Asked::Yes => {}
            maybe @ Asked::Maybe(_) => answer = maybe,
        }
    }
    if !rule.tenants.is_empty() {
        match known(Fact::Tenant, judged) {
            Known::Is(tenant) if rule.tenants.iter().any(|p| glob(p, &tenant, None)) => {}
            Known::Is(_) | Known::Nothing => return Asked::No,
            Known::Open(cause) => answer = Asked::Maybe(cause),
        }
    }
    for (key, values) in &rule.when {
        match tags.get(key).map(|t| t.value) {
            Some(TagValue::Known(v) | TagValue::Sensitive(v)) => {
                if !values.iter().any(|p| glob(p, v, None)) {
                    return Asked::No;
                }
            }
            Some(TagValue::Unknown(cause)) => answer = Asked::Maybe(cause.clone()),
            Some(TagValue::Null) | None => match &tags.open {
                Some(cause) => answer = Asked::Maybe(cause.clone()),
                None => return Asked::No,
            },
        }
    }
    answer
}

/// Whether a resource is in one of a rule's accounts.
fn in_account(rule: &TagRule, judged: &Judged<'_>, block: &Block<'_>) -> Asked {
    let named = |name: &EcoString| judged.schema.accounts.iter().find(|a| a.name == *name);
    let by_path = rule
        .accounts
        .iter()
        .filter_map(named)
        .any(|a| a.paths.iter().any(|p| glob(p, &block.path, Some('/'))));
    if by_path {
        return Asked::Yes;
    }
    match judged.provider.map(|p| &p.account) {
        Some(Account::Id(id)) => {
            let is = |name: &EcoString| name == id || named(name).is_some_and(|a| a.id.as_ref() == Some(id));
            if rule.accounts.iter().any(is) { Asked::Yes } else { Asked::No }
        }
        Some(Account::Unknown(cause)) => Asked::Maybe(cause.clone()),
        Some(Account::Chosen(_)) | None => {
            let span = judged.provider.and_then(|p| p.span);
            Asked::Maybe(Cause::new(CauseKind::Unstated, "which account the provider leads to", span))
        }
    }
}

/// What is known of a fact.
enum Known {
    Is(EcoString),
    /// There is none: a resource that all tenants share.
    Nothing,
    Open(Cause),
}

fn known(fact: Fact, judged: &Judged<'_>) -> Known {
    let instance = judged.instance;
    match fact {
        Fact::Tenant => tenant_of(judged),
        Fact::Key => match keys(instance).last() {
            None => Known::Nothing,
            Some(Key::Name(name)) => Known::Is(name.clone()),
            Some(Key::Index(n)) => Known::Is(eco_format!("{n}")),
            Some(Key::Unknown | Key::None) => Known::Open(unknown_key(instance)),
        },
        Fact::Account => match judged.provider.map(|p| &p.account) {
            Some(Account::Id(id)) => Known::Is(id.clone()),
            Some(Account::Unknown(cause)) => Known::Open(cause.clone()),
            Some(Account::Chosen(_)) | None => {
                Known::Open(Cause::new(CauseKind::Unstated, "which account the provider leads to", None))
            }
        },
        Fact::Region => match instance.region.as_ref().or(judged.provider.and_then(|p| p.region.as_ref())) {
            Some(Setting::Known(region)) => Known::Is(region.clone()),
            Some(Setting::Unknown(cause)) => Known::Open(cause.clone()),
            None => Known::Open(Cause::new(CauseKind::Unstated, "which Region the provider has", None)),
        },
    }
}

/// The keys of an address, from the root inwards.
fn keys(instance: &Instance) -> Vec<Key> {
    let mut found = vec![instance.address.key.clone()];
    let mut module = instance.address.module.as_ref();
    while let Some(m) = module {
        found.push(m.key.clone());
        module = m.parent.as_ref();
    }
    found.retain(|k| *k != Key::None);
    found.reverse();
    found
}

fn unknown_key(instance: &Instance) -> Cause {
    instance.why.clone().unwrap_or_else(|| {
        Cause::new(CauseKind::Unstated, "which instances there are", instance.repeat.or(instance.origin))
    })
}

/// Finds the tenant among the keys of an address: `agency-va` in `["agency-va"]` and in `["agency-va/general"]`.
fn tenant_of(judged: &Judged<'_>) -> Known {
    let Some(variable) = &judged.schema.tenants else { return Known::Nothing };
    let keys = keys(judged.instance);
    if keys.contains(&Key::Unknown) {
        return Known::Open(unknown_key(judged.instance));
    }
    let Some(tenants) = judged.inventory.map_keys.get(variable) else {
        let span = judged.instance.origin;
        return Known::Open(Cause::new(CauseKind::Variable, format!("var.{variable}"), span));
    };
    let begins = |key: &str, tenant: &str| {
        key.strip_prefix(tenant).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
    };
    let of_key = |key: &Key| match key {
        Key::Name(key) => tenants.iter().filter(|t| begins(key, t)).max_by_key(|t| t.len()),
        Key::Index(_) | Key::None | Key::Unknown => None,
    };
    match keys.iter().find_map(of_key) {
        Some(tenant) => Known::Is(tenant.clone()),
        None => Known::Nothing,
    }
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

fn mends(provider: &ProviderConfig) -> Mends {
    Mends { provider: provider_text(provider), default_tags: provider.default_tags_span, span: provider.span }
}

fn provider_text(provider: &ProviderConfig) -> String {
    let module = provider.module.as_ref().map(|m| format!(" in {m}")).unwrap_or_default();
    match &provider.alias {
        Some(alias) => format!("provider {}.{alias}{module}", provider.name),
        None => format!("provider {}{module}", provider.name),
    }
}

/// Tags that other resources set, by the instance they are set on.
#[derive(Debug)]
struct Attached {
    certain: HashMap<usize, Vec<Arc<Tags>>>,
    /// Why there may be more on these.
    perhaps: HashMap<usize, Cause>,
    anywhere: Option<Cause>,
}

impl Attached {
    fn of(inventory: &Inventory) -> Attached {
        let mut all = Attached { certain: HashMap::new(), perhaps: HashMap::new(), anywhere: None };
        for attached in &inventory.attached_tags {
            let by =
                || inventory.instances.get(attached.by).map_or_else(String::new, |i| i.address.to_string());
            match &attached.target {
                Target::OneOf(targets) => match targets.as_ref() {
                    [one] => all.certain.entry(*one).or_default().push(attached.tags.clone()),
                    several => {
                        for target in several {
                            let text = format!("which resource {} tags", by());
                            all.perhaps
                                .entry(*target)
                                .or_insert_with(|| Cause::new(CauseKind::Unstated, text, None));
                        }
                    }
                },
                Target::Elsewhere => {}
                Target::Unknown(cause) => {
                    if all.anywhere.is_none() {
                        all.anywhere = Some(cause.clone());
                    }
                }
            }
        }
        all
    }

    fn add_to<'a>(&'a self, index: usize, tags: &mut Effective<'a>) {
        for attached in self.certain.get(&index).into_iter().flatten() {
            tags.add_under(attached, Origin::Attached);
        }
        if tags.open.is_none() {
            tags.open = self.perhaps.get(&index).or(self.anywhere.as_ref()).cloned();
        }
    }
}
