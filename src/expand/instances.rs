//! Blocks to instances with their readings, scopes and tags.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ecow::EcoString;

use super::objects::Object;
use super::providers::{Providers, setting};
use super::{Column, FrameId, Keys, Root};
use crate::address::{Address, Mode};
use crate::catalog::{self, Aggregate, Amount, Attributes, Measure, ScopeKey, TagShape};
use crate::inventory::{
    AttachedTags, Basis, IgnoredTags, Instance, Inventory, MissingModule, OtherTags, ParentId, ParentName,
    Reading, RequestedLimit, ScopeRef, TagUse, Tags, Target, UsedBy, tags_at,
};
use crate::module::{Resource, SlotId};
use crate::source::Span;
use crate::value::{Candidate, Cause, Count, Marks, ObjectId, Type, Value, convert};

/// Evaluates what counts and tags ask for, and returns the instances of a root module.
pub(super) fn inventory(root: &mut Root<'_>) -> Inventory {
    let mut reader = Reader {
        inventory: Inventory { basis: Basis::Configuration, ..Inventory::default() },
        providers: Providers::default(),
        keys: Vec::new(),
    };
    root.demand_providers();
    let mut next = 0;
    while next < root.frames.len() {
        let frame = FrameId(next as u32);
        let module = root.frame(frame).module.clone();
        // Calls first: their instances are appended and read in turn.
        for call in 0..module.calls.len() {
            root.demand(frame, module.call_slot(call));
        }
        for block in 0..module.resources.len() {
            if module.resources[block].name.mode == Mode::Managed {
                reader.block(root, frame, block as u32);
            }
        }
        next += 1;
    }
    let mut inventory = reader.inventory;
    inventory.providers = reader.providers.all;
    inventory.missing = root
        .tree
        .missing
        .iter()
        .map(|m| MissingModule {
            address: m.address.clone(),
            source: m.source.clone(),
            span: m.span,
            local: m.local,
        })
        .collect();
    if !inventory.other_tags.is_empty() {
        inventory.versions = super::versions::of_providers(root);
    }
    inventory.map_keys = map_keys(root);
    inventory.settle();
    join_composites(&mut inventory, &reader.keys);
    inventory.diagnostics = std::mem::take(&mut root.diagnostics);
    inventory
}

/// The keys of the root variables that the options name, as far as they are known.
fn map_keys(root: &mut Root<'_>) -> BTreeMap<EcoString, Vec<EcoString>> {
    let module = root.frame(FrameId(0)).module.clone();
    let mut found = BTreeMap::new();
    for name in &root.options.map_keys {
        let Some(variable) = module.variable(name) else { continue };
        let slot = module.variable_slot(variable);
        root.demand(FrameId(0), slot);
        let column = root.slot(FrameId(0), slot);
        let value = column.at(0);
        if let Some(fields) = value.as_fields() {
            found.insert(name.clone(), fields.iter().map(|(k, _)| k.clone()).collect());
        } else if let Value::Set(items) = value.bare() {
            found.insert(name.clone(), items.items().iter().filter_map(|v| v.as_str().cloned()).collect());
        }
    }
    found
}

struct Reader {
    inventory: Inventory,
    providers: Providers,
    /// Parents that several attributes name together, with what those attributes say: a bot and a locale.
    keys: Vec<(ParentId, Box<[ScopeRef]>)>,
}

/// The type of a parent under which it is looked up: aliases and adopted defaults are one type.
fn parent_kind(ty: &str) -> &str {
    catalog::adopts(ty).unwrap_or_else(|| catalog::canonical(ty))
}

/// One instance as the catalog's measures see it.
struct View<'v, 'a> {
    root: &'v RefCell<&'v mut Root<'a>>,
    columns: &'v HashMap<&'static str, Column>,
    place: usize,
}

impl Attributes for View<'_, '_> {
    fn get(&self, name: &str) -> Value {
        self.columns.get(name).map_or(Value::NULL, |c| c.at(self.place).clone())
    }

    fn through(&self, attribute: &str, steps: &[(&str, &str)]) -> Option<Value> {
        let mut value = self.get(attribute);
        for (ty, attr) in steps {
            let u = value.as_unknown()?;
            let crate::value::Identity::Is(referent) = &u.is else { return None };
            let mut root = self.root.borrow_mut();
            let object = root.objects.borrow().get(referent.object).clone();
            let Object::Instance(frame, block, place) = object else { return None };
            let module = root.frame(frame).module.clone();
            let resource = &module.resources[block as usize];
            if parent_kind(&resource.name.ty) != *ty || resource.name.mode != Mode::Managed {
                return None;
            }
            match resource.item(attr) {
                Some(item) => {
                    let slot = SlotId(module.resource_slot(block as usize).0 + 1 + item as u32);
                    root.demand(frame, slot);
                    value = root.slot(frame, slot).at(place as usize).clone();
                }
                None => return Some(Value::NULL),
            }
        }
        Some(value)
    }

    fn resource_type(&self, object: ObjectId) -> Option<EcoString> {
        let root = self.root.borrow();
        let object = root.objects.borrow().get(object).clone();
        match object {
            Object::Instance(frame, block, _) => {
                Some(root.frame(frame).module.resources[block as usize].name.ty.clone())
            }
            Object::Variable(_) => None,
        }
    }
}

impl Reader {
    fn block(&mut self, root: &mut Root<'_>, frame: FrameId, block: u32) {
        let module = root.frame(frame).module.clone();
        let resource = &module.resources[block as usize];
        let first = module.resource_slot(block as usize);
        root.demand(frame, first);
        let keys = root.resource_keys(frame, block);
        if keys.len() == 0 {
            return;
        }
        let ty = resource.name.ty.clone();
        let wanted = catalog::wanted(&ty);
        let mut columns: HashMap<&'static str, Column> = HashMap::new();
        let lean = root.lean;
        for name in wanted.attributes.iter().filter(|n| !lean || **n != "tags") {
            if let Some(item) = resource.item(name) {
                let slot = SlotId(first.0 + 1 + item as u32);
                root.demand(frame, slot);
                columns.insert(name, root.slot(frame, slot));
            }
        }
        let provider = root.provider_of(&mut self.providers, frame, &resource.provider);
        let measures = catalog::measures_of(&ty);
        let parent_type = catalog::is_parent(&ty);
        let leads = catalog::scope_attributes(&ty);
        let leads = if root.lean { Arc::from([]) } else { leads };
        for (name, _) in leads.iter() {
            if let Some(item) = resource.item(name).filter(|_| !columns.contains_key(name)) {
                let slot = SlotId(first.0 + 1 + item as u32);
                root.demand(frame, slot);
                columns.insert(name, root.slot(frame, slot));
            }
        }
        let adopted = catalog::adopts(&ty).is_some();
        let tags = if root.lean { None } else { tag_column(&ty, resource, root, frame, first, keys.len()) };
        let tags_span = ["tags", "tag"].iter().find_map(|n| resource.item(n)).map(|i| resource.items[i].span);
        let used = tag_use_column(&ty, resource, root, frame, first);
        let repeat = resource.repeat.at().map(|at| module.span(at));
        let ignored = ignored_tags(resource);
        let frame_count = root.frame(frame).count;
        for place in 0..keys.len() {
            let address = root.address(frame, block, keys.key(place));
            let (count, why) = match &*keys {
                Keys::Unknown { why, low, high, .. } => {
                    (frame_count.times(Count::new(*low, *high)), Some(why.clone()))
                }
                _ => (frame_count, root.frame(frame).why.clone()),
            };
            let parent = parent_type.then(|| {
                let id =
                    self.inventory.parents.of_instance_as(parent_kind(&ty), &address, Count::ZERO, count);
                for name in catalog::identity(&ty).attributes {
                    if let Some(text) = columns.get(*name).and_then(|c| c.at(place).as_str().cloned()) {
                        self.inventory.parents.known_as(id, &text);
                    }
                }
                id
            });
            let mut readings = Vec::new();
            let mut scopes: Vec<(EcoString, ScopeRef)> = Vec::new();
            {
                let cell = RefCell::new(&mut *root);
                let view = View { root: &cell, columns: &columns, place };
                for measure in measures {
                    if adopted && matches!(measure.amount, Amount::One) {
                        continue;
                    }
                    self.reading(&view, measure, &address, count, &mut readings);
                }
                let key = catalog::identity(&ty).key;
                if let Some(id) = parent.filter(|_| !key.is_empty()) {
                    let parts: Vec<ScopeRef> = key
                        .iter()
                        .map(|(name, unset)| {
                            self.key(&view, &ScopeKey::Attribute { name, unset: *unset }, "", &address)
                        })
                        .collect();
                    self.keys.push((id, parts.into()));
                }
                for (name, kind) in leads.iter().filter(|(_, kind)| kind.is_empty() || kind.contains('_')) {
                    let value = view.get(name);
                    let named = match value.as_seq() {
                        Some(items) => items.iter().map(|v| self.scope_of(&view, kind, v)).collect(),
                        None => vec![self.scope_of(&view, kind, &value)],
                    };
                    scopes.extend(
                        named.into_iter().filter(|s| *s != ScopeRef::Nothing).map(|s| ((*name).into(), s)),
                    );
                }
            }
            let region = columns.get("region").map(|c| c.at(place)).filter(|v| !v.is_null()).map(setting);
            let tags = tags.as_ref().map(|t| t.at(place));
            self.requested(&ty, &columns, place, provider, &address, resource.span);
            self.tags_elsewhere(&ty, resource, &columns, place);
            if let Some(used) = &used {
                self.tag_uses(used, place, &address);
            }
            self.inventory.instances.push(Instance {
                address,
                provider,
                region,
                change: None,
                previous: None,
                before: Count::ZERO,
                after: count,
                why,
                tags,
                tags_all: None,
                tags_before: None,
                ignored_tags: ignored.clone(),
                origin: Some(resource.span),
                repeat,
                tags_span,
                readings: readings.into(),
                scopes: scopes.into(),
                parent,
            });
        }
    }

    fn reading(
        &mut self,
        view: &View<'_, '_>,
        measure: &'static Measure,
        address: &Address,
        count: Count,
        readings: &mut Vec<Reading>,
    ) {
        let measured = measure.read(view);
        if measured.count.is_zero() && !measure.scope.iter().any(ScopeKey::is_own) {
            return;
        }
        let places = self.places(view, measure, address);
        for scope in places {
            if scope == ScopeRef::Nothing {
                continue;
            }
            readings.push(Reading {
                measure: u32::from(measure.id.0),
                scope,
                before: Count::ZERO,
                after: measured.count.times(count),
                why: measured.because.clone(),
                texts: measured.texts.clone(),
            });
        }
    }

    /// Returns the scopes in which a measure counts an instance; mostly one.
    fn places(&mut self, view: &View<'_, '_>, measure: &Measure, address: &Address) -> Vec<ScopeRef> {
        if let Amount::Each(path) = measure.amount {
            let value = view.get(path[0]);
            let items = value.as_seq().map(<[Value]>::to_vec);
            return match items {
                Some(items) => items.iter().map(|v| self.scope_of(view, measure.scope_type, v)).collect(),
                None if value.is_null() => vec![],
                None => vec![self.scope_of(view, measure.scope_type, &value)],
            };
        }
        match measure.scope {
            [] => vec![ScopeRef::Account],
            [ScopeKey::Own] if measure.aggregate == Aggregate::Each => vec![ScopeRef::Own],
            [one] => vec![self.key(view, one, measure.scope_type, address)],
            several => {
                let parts: Vec<ScopeRef> = several.iter().map(|k| self.key(view, k, "", address)).collect();
                if parts.contains(&ScopeRef::Nothing) {
                    return vec![ScopeRef::Nothing];
                }
                vec![ScopeRef::Composite(parts.into())]
            }
        }
    }

    fn key(&mut self, view: &View<'_, '_>, key: &ScopeKey, kind: &str, address: &Address) -> ScopeRef {
        match key {
            ScopeKey::Own => {
                let ty = parent_kind(&address.block.ty).to_string();
                let one = Count::exactly(1);
                ScopeRef::Parent(self.inventory.parents.add(
                    &ty,
                    ParentName::Address(address.clone()),
                    Count::ZERO,
                    one,
                ))
            }
            ScopeKey::Attribute { name, unset } => {
                let value = view.get(name);
                match (value.is_null(), unset) {
                    (true, None) => ScopeRef::Nothing,
                    (true, Some(text)) => ScopeRef::Parent(self.inventory.parents.of_text(kind, text)),
                    (false, _) => self.scope_of(view, kind, &value),
                }
            }
            ScopeKey::Through { name, steps } => {
                if view.get(name).is_null() {
                    return ScopeRef::Nothing;
                }
                match view.through(name, steps) {
                    Some(v) if !v.is_null() => self.scope_of(view, kind, &v),
                    // Null: AWS picks one.
                    _ => {
                        let why = view.get(name).cause().unwrap_or_else(Cause::unstated);
                        ScopeRef::Unknown(why)
                    }
                }
            }
        }
    }

    /// Returns the parent that a value names.
    fn scope_of(&mut self, view: &View<'_, '_>, kind: &str, value: &Value) -> ScopeRef {
        match value.bare() {
            Value::Null(_) => ScopeRef::Nothing,
            Value::Unknown(u) => match u.is.candidates() {
                None => ScopeRef::Unknown(u.why.clone()),
                Some(candidates) => {
                    let mut found: Vec<ScopeRef> = Vec::new();
                    for candidate in candidates {
                        let scope = match candidate {
                            Candidate::Text(t) if t.is_empty() => ScopeRef::Nothing,
                            Candidate::Text(t) => ScopeRef::Parent(self.inventory.parents.of_text(kind, &t)),
                            Candidate::Is(r) => self.object(view, kind, r.object, &u.why),
                        };
                        if scope != ScopeRef::Nothing && !found.contains(&scope) {
                            found.push(scope);
                        }
                    }
                    match <[ScopeRef; 1]>::try_from(found) {
                        Ok([one]) => one,
                        Err(none) if none.is_empty() => ScopeRef::Nothing,
                        Err(several) => ScopeRef::OneOf(several.into()),
                    }
                }
            },
            _ => match convert(value, &Type::String).ok().and_then(|v| v.as_str().cloned()) {
                Some(text) if text.is_empty() => ScopeRef::Nothing,
                Some(text) => ScopeRef::Parent(self.inventory.parents.of_text(kind, &text)),
                None => ScopeRef::Unknown(value.cause().unwrap_or_else(Cause::unstated)),
            },
        }
    }

    fn object(&mut self, view: &View<'_, '_>, kind: &str, object: ObjectId, why: &Cause) -> ScopeRef {
        let root = view.root.borrow();
        let found = root.objects.borrow().get(object).clone();
        let parents = &mut self.inventory.parents;
        match found {
            Object::Variable(name) => {
                let one = Count::exactly(1);
                ScopeRef::Parent(parents.add(kind, ParentName::Variable(name), one, one))
            }
            Object::Instance(frame, block, place) => {
                let keys = root.resource_keys(frame, block);
                let resource = &root.frame(frame).module.resources[block as usize];
                let address = root.address(frame, block, keys.key(place as usize));
                match resource.name.mode {
                    Mode::Managed => {
                        let ty = parent_kind(&resource.name.ty);
                        if ty == kind || kind.is_empty() {
                            let count = root.frame(frame).count;
                            return ScopeRef::Parent(parents.add(
                                ty,
                                ParentName::Address(address),
                                Count::ZERO,
                                count,
                            ));
                        }
                        // An object of another type is no scope of this quota, unless it merely hands the name on.
                        if hands_on(&resource.name.ty) {
                            return ScopeRef::Unknown(why.clone());
                        }
                        ScopeRef::Nothing
                    }
                    Mode::Data | Mode::Ephemeral => {
                        let one = Count::exactly(1);
                        ScopeRef::Parent(parents.add(kind, ParentName::Address(address), one, one))
                    }
                }
            }
        }
    }

    /// Notes the tag keys that an instance mentions.
    fn tag_uses(&mut self, (by, column, span): &(UsedBy, Column, Span), place: usize, address: &Address) {
        let value = column.at(place);
        let text = match value.as_seq() {
            Some(blocks) => blocks.first().and_then(|b| b.as_fields()?.get("query")?.as_str().cloned()),
            None => value.as_str().cloned(),
        };
        // What is not known, or must not be told, is not looked into.
        let Some(text) = text.filter(|_| !value.marks_deep().contains(Marks::SENSITIVE)) else { return };
        for key in TagUse::keys_of(*by, &text) {
            let (by, span) = (*by, Some(*span));
            self.inventory.tag_uses.push(TagUse { key, by, address: address.to_string(), span });
        }
    }

    /// Notes tags in other shapes of the instance that is about to be added, and those that it sets on another.
    fn tags_elsewhere(
        &mut self,
        ty: &str,
        resource: &Resource,
        columns: &HashMap<&'static str, Column>,
        place: usize,
    ) {
        let instance = self.inventory.instances.len();
        let Some(taggable) = catalog::taggable(ty) else { return };
        for path in taggable.also {
            let Some(column) = columns.get(path[0]) else { continue };
            for (shape, value) in tags_at(column.at(place), path) {
                let tags = Tags::from_value(value);
                if tags != Tags::default() {
                    self.inventory.other_tags.push(OtherTags {
                        instance,
                        shape: shape.into(),
                        tags: Arc::new(tags),
                        span: resource.item(path[0]).map(|i| resource.items[i].span),
                    });
                }
            }
        }
        if taggable.shape == TagShape::Single {
            let get = |name: &str| columns.get(name).map_or(Value::NULL, |c| c.at(place).clone());
            let tags = match resource.item("tag") {
                Some(_) => Tags::listed(&get("tag")),
                None => Tags::single(&get("key"), &get("value")),
            };
            let (tags, target) = (Arc::new(tags), Target::Elsewhere);
            self.inventory.attached_tags.push(AttachedTags { by: instance, target, tags });
        }
    }

    fn requested(
        &mut self,
        ty: &str,
        columns: &HashMap<&'static str, Column>,
        place: usize,
        provider: crate::inventory::ProviderId,
        address: &Address,
        span: Span,
    ) {
        if ty != "aws_servicequotas_service_quota" {
            return;
        }
        let text = |name: &str| columns.get(name).and_then(|c| c.at(place).as_str().cloned());
        self.inventory.requested.push(RequestedLimit {
            service: text("service_code"),
            code: text("quota_code"),
            value: columns.get("value").and_then(|c| c.at(place).as_number().map(|n| n.to_f64())),
            provider,
            address: address.clone(),
            span: Some(span),
        });
    }
}

/// Replaces keys of several parts by the parent they name together.
fn join_composites(inventory: &mut Inventory, keys: &[(ParentId, Box<[ScopeRef]>)]) {
    if keys.is_empty() {
        return;
    }
    let text = |inventory: &Inventory, parts: &[ScopeRef]| -> Option<String> {
        let names = parts.iter().map(|part| match part {
            ScopeRef::Parent(id) => Some(inventory.parents.get(*id).name.to_string()),
            _ => None,
        });
        names.collect::<Option<Vec<String>>>().map(|n| n.join("\u{0}"))
    };
    let mut found: HashMap<(EcoString, String), ParentId> = HashMap::new();
    for (id, parts) in keys {
        if let Some(text) = text(inventory, parts) {
            found.insert((inventory.parents.get(*id).kind.clone(), text), *id);
        }
    }
    let mut instances = std::mem::take(&mut inventory.instances);
    for reading in instances.iter_mut().flat_map(|i| i.readings.iter_mut()) {
        let ScopeRef::Composite(parts) = &reading.scope else { continue };
        let kind = catalog::MeasureId(reading.measure as u16).get().scope_type;
        if let Some(id) = text(inventory, parts).and_then(|t| found.get(&(kind.into(), t))) {
            reading.scope = ScopeRef::Parent(*id);
        }
    }
    inventory.instances = instances;
}

/// True for types whose attributes may hold the name of anything.
fn hands_on(ty: &str) -> bool {
    // What is not AWS's own, as `random_pet`, is made up to name what is.
    !(ty.starts_with("aws_") || ty.starts_with("awscc_")) || ty == "aws_ssm_parameter"
}

/// Tags of all instances of a block; shared where they are the same.
enum TagColumn {
    Same(Arc<Tags>),
    Each(Vec<Arc<Tags>>),
}

impl TagColumn {
    fn at(&self, place: usize) -> Arc<Tags> {
        match self {
            TagColumn::Same(t) => t.clone(),
            TagColumn::Each(ts) => ts[place].clone(),
        }
    }
}

fn tag_column(
    ty: &str,
    resource: &Resource,
    root: &mut Root<'_>,
    frame: FrameId,
    first: SlotId,
    count: usize,
) -> Option<TagColumn> {
    // Of a type that nobody knows, what is written counts.
    let known = catalog::taggable(ty);
    let shape = known.map_or(TagShape::Map, |t| t.shape);
    let mut column = |name: &str| {
        let item = resource.item(name)?;
        let slot = SlotId(first.0 + 1 + item as u32);
        root.demand(frame, slot);
        Some(root.slot(frame, slot))
    };
    let (found, read): (Option<Column>, fn(&Value) -> Tags) = match shape {
        TagShape::None => return None,
        TagShape::Map if ty.starts_with("awscc_") => (column("tags"), Tags::listed),
        TagShape::Map => (column("tags"), Tags::from_value),
        TagShape::Blocks => (column("tag"), Tags::listed),
        TagShape::Single => return None,
    };
    if found.is_none() && known.is_none() {
        return None;
    }
    Some(match found {
        None => TagColumn::Same(Arc::new(Tags::default())),
        Some(Column::Same(v)) => TagColumn::Same(Arc::new(read(&v))),
        Some(Column::Each(vs)) => TagColumn::Each((0..count).map(|i| Arc::new(read(&vs[i]))).collect()),
    })
}

/// Returns the argument in which a resource mentions tag keys.
fn tag_use_column(
    ty: &str,
    resource: &Resource,
    root: &mut Root<'_>,
    frame: FrameId,
    first: SlotId,
) -> Option<(UsedBy, Column, Span)> {
    const POLICIES: [&str; 4] = ["policy", "inline_policy", "assume_role_policy", "content"];
    let (by, item) = match ty {
        "aws_ce_cost_allocation_tag" => (UsedBy::CostAllocation, resource.item("tag_key")?),
        "aws_resourcegroups_group" => (UsedBy::Query, resource.item("resource_query")?),
        _ if ty.starts_with("aws_")
            && (ty.contains("policy") || ty.contains("role") || ty.contains("key")) =>
        {
            (UsedBy::Condition, POLICIES.iter().find_map(|n| resource.item(n))?)
        }
        _ => return None,
    };
    let slot = SlotId(first.0 + 1 + item as u32);
    root.demand(frame, slot);
    Some((by, root.slot(frame, slot), resource.items[item].span))
}

fn ignored_tags(resource: &Resource) -> IgnoredTags {
    let lifecycle = &resource.lifecycle;
    if lifecycle.ignore_all {
        return IgnoredTags::All;
    }
    let mut keys: Vec<EcoString> = Vec::new();
    for ignored in &lifecycle.ignore_changes {
        match (ignored.name.as_str(), &ignored.key) {
            ("tags" | "tags_all" | "tag", None) => return IgnoredTags::All,
            ("tags" | "tags_all", Some(key)) => keys.push(key.clone()),
            _ => {}
        }
    }
    if keys.is_empty() { IgnoredTags::None } else { IgnoredTags::Keys(keys.into()) }
}
