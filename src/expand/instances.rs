//! Blocks to instances with their readings, scopes and tags.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ecow::EcoString;

use super::objects::Object;
use super::providers::{Providers, setting};
use super::{Column, FrameId, Keys, Root};
use crate::address::{Address, Mode};
use crate::catalog::{
    self, Aggregate, Amount, Attributes, Identity, Lead, Measure, Passing, ScopeKey, TagShape, Taggable,
};
use crate::inventory::{
    AttachedTags, Basis, IgnoredTags, Instance, Inventory, MissingModule, OtherTags, ParentId, ParentName,
    Reading, RequestedLimit, ScopeRef, TagUse, Tags, Target, UsedBy, tags_at,
};
use crate::module::{Module, Resource, SlotId};
use crate::source::Span;
use crate::value::{Candidate, Cause, Count, Fields, Marks, ObjectId, Type, Value, convert};

/// Evaluates what counts and tags ask for, and returns the instances of a root module.
pub(super) fn inventory(root: &mut Root<'_>) -> Inventory {
    let mut reader = Reader {
        inventory: Inventory { basis: Basis::Configuration, ..Inventory::default() },
        providers: Providers::default(),
        keys: Vec::new(),
        asked: foldhash::HashMap::default(),
        tags: SharedTags::default(),
        places: Vec::new(),
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
    if !inventory.other_tags.is_empty() || !inventory.made.is_empty() {
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

pub(super) struct Reader {
    pub(super) inventory: Inventory,
    providers: Providers,
    /// Parents that several attributes name together, with what those attributes say: a bot and a locale.
    keys: Vec<(ParentId, Box<[ScopeRef]>)>,
    /// By module and number of the block.
    asked: foldhash::HashMap<(usize, u32), Arc<Asked>>,
    tags: SharedTags,
    /// Room for the scopes of one reading.
    places: Vec<ScopeRef>,
}

/// What is asked of the instances of a block, wherever its module is called.
struct Asked {
    /// Attributes that measures, scopes and tags read, as far as the block sets them.
    slots: Vec<(&'static str, SlotId)>,
    measures: &'static [&'static Measure],
    /// The type under which its instances are looked up as parents. None: they are none.
    parent: Option<EcoString>,
    identity: &'static Identity,
    /// Attributes that name parents, and the parents' types.
    leads: Box<[Lead]>,
    adopted: bool,
    taggable: Option<&'static Taggable>,
    passing: &'static [Passing],
    tags: AskedTags,
    tags_span: Option<Span>,
    /// Where it may refuse default_tags.
    refusing: Option<SlotId>,
    /// The argument in which it mentions tag keys.
    used: Option<(UsedBy, SlotId, Span)>,
    ignored: IgnoredTags,
}

/// Where the tags of a block are.
enum AskedTags {
    /// It takes none, or nothing is known of it.
    Nowhere,
    /// It could take some, and sets none.
    Unset,
    Map(SlotId),
    List(SlotId),
}

impl Asked {
    fn of(module: &Module, block: u32, lean: bool) -> Asked {
        let resource = &module.resources[block as usize];
        let ty = &resource.name.ty;
        let first = module.resource_slot(block as usize);
        let slot = |name: &str| resource.item(name).map(|item| SlotId(first.0 + 1 + item as u32));
        let leads = if lean { Arc::from([]) } else { catalog::scope_attributes(ty) };
        let mut slots: Vec<(&'static str, SlotId)> = Vec::new();
        let wanted = catalog::wanted(ty).attributes.iter().filter(|n| !lean || **n != "tags");
        for name in wanted.chain(leads.iter().map(|(name, _)| name)) {
            if !slots.iter().any(|(known, _)| known == name) {
                slots.extend(slot(name).map(|slot| (*name, slot)));
            }
        }
        let taggable = catalog::taggable(ty);
        let tags = match taggable.map_or(TagShape::Map, |t| t.shape) {
            _ if lean => AskedTags::Nowhere,
            TagShape::None | TagShape::Single => AskedTags::Nowhere,
            TagShape::Map => match slot("tags") {
                Some(slot) if ty.starts_with("awscc_") => AskedTags::List(slot),
                Some(slot) => AskedTags::Map(slot),
                // Of a type that nobody knows, what is written counts.
                None if taggable.is_none() => AskedTags::Nowhere,
                None => AskedTags::Unset,
            },
            // Providers before 5.0 took a list in `tags` as well.
            TagShape::Blocks => {
                slot("tag").or_else(|| slot("tags")).map_or(AskedTags::Unset, AskedTags::List)
            }
        };
        Asked {
            slots,
            measures: catalog::measures_of(ty),
            parent: catalog::is_parent(ty).then(|| parent_kind(ty).into()),
            identity: catalog::identity(ty),
            leads: leads.iter().filter(|(_, kind)| kind.is_empty() || kind.contains('_')).copied().collect(),
            adopted: catalog::adopts(ty).is_some(),
            taggable,
            passing: if lean { &[] } else { catalog::passing(ty) },
            tags,
            tags_span: ["tags", "tag"].iter().find_map(|n| resource.item(n)).map(|i| resource.items[i].span),
            refusing: slot("override_provider").filter(|_| !lean),
            used: tag_use(ty, resource)
                .map(|(by, item)| (by, SlotId(first.0 + 1 + item as u32), resource.items[item].span)),
            ignored: ignored_tags(resource),
        }
    }
}

/// Whether an object takes default_tags of its provider.
enum Defaults {
    Taken,
    Refused,
    /// Nobody knows before apply.
    Unsure(Cause),
}

/// Reads `override_provider`: empty default_tags there refuse those of the provider, any other map changes nothing.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_object#override_provider>
fn defaults_by(value: &Value) -> Defaults {
    // Blocks by name, the first of each; what is unknown is handed on.
    let first = |value: &Value, name: &str| -> Option<Value> {
        let block = match value.as_unknown() {
            Some(_) => return Some(value.clone()),
            None => value.as_seq()?.first()?,
        };
        match block.as_unknown() {
            Some(_) => Some(block.clone()),
            None => block.as_fields()?.get(name).cloned(),
        }
    };
    let none = |blocks: &Value| blocks.as_seq().is_some_and(<[Value]>::is_empty);
    let Some(defaults) = first(value, "default_tags").filter(|d| !d.is_null() && !none(d)) else {
        return Defaults::Taken;
    };
    let Some(tags) = first(&defaults, "tags") else { return Defaults::Refused };
    match (tags.as_unknown(), tags.as_fields()) {
        (Some(unknown), _) => Defaults::Unsure(unknown.why.clone()),
        (None, Some(tags)) if !tags.is_empty() => Defaults::Taken,
        (None, _) => Defaults::Refused,
    }
}

/// Returns the tags of an object that does not take default_tags, or may not; None: it takes them.
fn without_defaults(own: Option<&Arc<Tags>>, overriding: &Value) -> Option<Arc<Tags>> {
    match defaults_by(overriding) {
        Defaults::Taken => None,
        Defaults::Refused => own.cloned(),
        Defaults::Unsure(cause) => {
            let mut tags = own.map_or_else(Tags::default, |own| (**own).clone());
            tags.open.get_or_insert(cause);
            Some(Arc::new(tags))
        }
    }
}

/// The values of the attributes that are read, by name.
struct Columns(Vec<(&'static str, Column)>);

impl Columns {
    fn at(&self, name: &str, place: usize) -> Option<&Value> {
        let (_, column) = self.0.iter().find(|(known, _)| *known == name)?;
        Some(column.at(place))
    }
}

/// Tags that were read last: many instances have the very same map.
#[derive(Default)]
struct SharedTags {
    last: std::collections::VecDeque<(Arc<Fields>, Arc<Tags>)>,
}

impl SharedTags {
    fn read(&mut self, value: &Value) -> Arc<Tags> {
        let (Value::Map(fields) | Value::Object(fields)) = value else {
            return Arc::new(Tags::from_value(value));
        };
        if let Some((_, tags)) = self.last.iter().find(|(known, _)| Arc::ptr_eq(known, fields)) {
            return tags.clone();
        }
        let tags = Arc::new(Tags::from_value(value));
        if self.last.len() == 8 {
            self.last.pop_back();
        }
        self.last.push_front((fields.clone(), tags.clone()));
        tags
    }
}

/// The type of a parent under which it is looked up: aliases and adopted defaults are one type.
fn parent_kind(ty: &str) -> &str {
    catalog::adopts(ty).unwrap_or_else(|| catalog::canonical(ty))
}

/// One instance as the catalog's measures see it.
pub(super) struct View<'v, 'a> {
    root: &'v RefCell<&'v mut Root<'a>>,
    columns: &'v Columns,
    place: usize,
}

impl Attributes for View<'_, '_> {
    fn get(&self, name: &str) -> Value {
        self.columns.at(name, self.place).map_or(Value::NULL, Value::clone)
    }

    fn through(&self, attribute: &str, steps: &[(&str, &str)]) -> Option<Value> {
        let mut value = self.get(attribute);
        for (ty, attr) in steps {
            if let (Some(text), Some((_, last))) = (value.as_str(), steps.last()) {
                return catalog::told_by_name(last, text).map(Value::from);
            }
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
    fn asked(&mut self, module: &Arc<Module>, block: u32, lean: bool) -> Arc<Asked> {
        let asked = self.asked.entry((Arc::as_ptr(module).addr(), block));
        asked.or_insert_with(|| Arc::new(Asked::of(module, block, lean))).clone()
    }

    fn block(&mut self, root: &mut Root<'_>, frame: FrameId, block: u32) {
        let module = root.frame(frame).module.clone();
        let resource = &module.resources[block as usize];
        let first = module.resource_slot(block as usize);
        root.demand(frame, first);
        let keys = root.resource_keys(frame, block);
        if keys.len() == 0 {
            return;
        }
        let ty = &resource.name.ty;
        let asked = self.asked(&module, block, root.lean);
        let mut columns = Columns(Vec::with_capacity(asked.slots.len()));
        for (name, slot) in &asked.slots {
            root.demand(frame, *slot);
            columns.0.push((name, root.slot(frame, *slot)));
        }
        let provider = root.provider_of(&mut self.providers, frame, &resource.provider);
        let mut column = |slot: SlotId| {
            root.demand(frame, slot);
            root.slot(frame, slot)
        };
        let tags_in = match asked.tags {
            AskedTags::Nowhere => None,
            AskedTags::Unset => Some((Column::Same(Value::NULL), true)),
            AskedTags::Map(slot) => Some((column(slot), true)),
            AskedTags::List(slot) => Some((column(slot), false)),
        };
        let used = asked.used.map(|(by, slot, span)| (by, column(slot), span));
        let refusing = asked.refusing.map(column);
        let mut read = |value: &Value, is_map| {
            if is_map { self.tags.read(value) } else { Arc::new(Tags::listed(value)) }
        };
        let same_tags = match &tags_in {
            Some((Column::Same(value), is_map)) => Some(read(value, *is_map)),
            _ => None,
        };
        let repeat = resource.repeat.at().map(|at| module.span(at));
        let frame_count = root.frame(frame).count;
        self.inventory.instances.reserve(keys.len());
        for place in 0..keys.len() {
            let address = root.address(frame, block, keys.key(place));
            let (count, why) = match &*keys {
                Keys::Unknown { why, low, high, .. } => {
                    (frame_count.times(Count::new(*low, *high)), Some(why.clone()))
                }
                _ => (frame_count, root.frame(frame).why.clone()),
            };
            let parent = asked.parent.as_ref().map(|kind| {
                let id = self.inventory.parents.of_instance_as(kind, &address, Count::ZERO, count);
                for name in asked.identity.attributes {
                    if let Some(text) = columns.at(name, place).and_then(Value::as_str) {
                        self.inventory.parents.known_as(id, text);
                    }
                }
                id
            });
            let mut readings = Vec::with_capacity(asked.measures.len());
            let mut scopes: Vec<(EcoString, ScopeRef)> = Vec::with_capacity(asked.leads.len());
            {
                let cell = RefCell::new(&mut *root);
                let view = View { root: &cell, columns: &columns, place };
                for measure in asked.measures {
                    if asked.adopted && matches!(measure.amount, Amount::One) {
                        continue;
                    }
                    self.reading(&view, measure, &address, count, &mut readings);
                }
                let key = asked.identity.key;
                if let Some(id) = parent.filter(|_| !key.is_empty()) {
                    let parts: Vec<ScopeRef> = key
                        .iter()
                        .map(|(name, unset)| {
                            self.key(&view, &ScopeKey::Attribute { name, unset: *unset }, "", &address)
                        })
                        .collect();
                    self.keys.push((id, parts.into()));
                }
                if !asked.passing.is_empty() {
                    self.made(&view, asked.passing, resource);
                }
                for (name, kind) in &asked.leads {
                    let value = view.get(name);
                    let items = value.as_seq().unwrap_or(std::slice::from_ref(&value));
                    for item in items {
                        let scope = self.scope_of(&view, kind, item);
                        if scope != ScopeRef::Nothing {
                            scopes.push(((*name).into(), scope));
                        }
                    }
                }
            }
            let region = columns.at("region", place).filter(|v| !v.is_null()).map(setting);
            let tags = match (&same_tags, &tags_in) {
                (None, Some((column, true))) => Some(self.tags.read(column.at(place))),
                (None, Some((column, false))) => Some(Arc::new(Tags::listed(column.at(place)))),
                (same, _) => same.clone(),
            };
            if let Some((column, false)) = &tags_in {
                let twice = Tags::twice(column.at(place));
                if !twice.is_empty() {
                    self.inventory.tags_twice.insert(self.inventory.instances.len(), twice);
                }
            }
            self.requested(ty, &columns, place, provider, &address, resource.span);
            self.tags_elsewhere(asked.taggable, resource, &columns, place);
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
                tags_all: refusing.as_ref().and_then(|c| without_defaults(tags.as_ref(), c.at(place))),
                tags,
                tags_before: None,
                ignored_tags: asked.ignored.clone(),
                origin: Some(resource.span),
                repeat,
                tags_span: asked.tags_span,
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
        let mut places = std::mem::take(&mut self.places);
        self.places_of(view, measure, address, &mut places);
        for scope in places.drain(..) {
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
        self.places = places;
    }

    /// Adds the scopes in which a measure counts an instance; mostly one.
    fn places_of(
        &mut self,
        view: &View<'_, '_>,
        measure: &Measure,
        address: &Address,
        found: &mut Vec<ScopeRef>,
    ) {
        if let Amount::Each(path) = measure.amount {
            let value = view.get(path[0]);
            match value.as_seq() {
                Some(items) => found.extend(items.iter().map(|v| self.scope_of(view, measure.scope_type, v))),
                None if value.is_null() => {}
                None => found.push(self.scope_of(view, measure.scope_type, &value)),
            }
            return;
        }
        found.push(match measure.scope {
            [] => ScopeRef::Account,
            [ScopeKey::Own] if measure.aggregate == Aggregate::Each => ScopeRef::Own,
            [one] => self.key(view, one, measure.scope_type, address),
            several => {
                let parts: Vec<ScopeRef> = several.iter().map(|k| self.key(view, k, "", address)).collect();
                if parts.contains(&ScopeRef::Nothing) {
                    ScopeRef::Nothing
                } else {
                    ScopeRef::Composite(parts.into())
                }
            }
        });
    }

    fn key(&mut self, view: &View<'_, '_>, key: &ScopeKey, kind: &str, address: &Address) -> ScopeRef {
        match key {
            ScopeKey::Own => {
                let one = Count::exactly(1);
                ScopeRef::Parent(self.inventory.parents.add(
                    parent_kind(&address.block.ty),
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
    pub(super) fn scope_of(&mut self, view: &View<'_, '_>, kind: &str, value: &Value) -> ScopeRef {
        match value.bare() {
            Value::Null(_) => ScopeRef::Nothing,
            Value::Unknown(u) => match u.is.candidates() {
                None => ScopeRef::Unknown(u.why.clone()),
                Some(candidates) => {
                    let mut found: Vec<ScopeRef> = Vec::new();
                    for candidate in candidates {
                        let scope = match candidate {
                            Candidate::Text(t) if t.is_empty() => continue,
                            Candidate::Text(t) if catalog::names_another(kind, &t) => ScopeRef::Nothing,
                            Candidate::Text(t) => ScopeRef::Parent(self.inventory.parents.of_text(kind, &t)),
                            Candidate::Is(r) => self.object(view, kind, r.object, &u.why),
                        };
                        // What may be an object of another type is in none of these for certain.
                        if !found.contains(&scope) {
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
                Some(text) if text.is_empty() || catalog::names_another(kind, &text) => ScopeRef::Nothing,
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
        taggable: Option<&Taggable>,
        resource: &Resource,
        columns: &Columns,
        place: usize,
    ) {
        let instance = self.inventory.instances.len();
        let Some(taggable) = taggable else { return };
        for path in taggable.also {
            let Some(value) = columns.at(path[0], place) else { continue };
            for (shape, value) in tags_at(value, path) {
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
            let get = |name: &str| columns.at(name, place).map_or(Value::NULL, Value::clone);
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
        columns: &Columns,
        place: usize,
        provider: crate::inventory::ProviderId,
        address: &Address,
        span: Span,
    ) {
        if ty != "aws_servicequotas_service_quota" {
            return;
        }
        let text = |name: &str| columns.at(name, place).and_then(|v| v.as_str().cloned());
        self.inventory.requested.push(RequestedLimit {
            service: text("service_code"),
            code: text("quota_code"),
            value: columns.at("value", place).and_then(|v| v.as_number().map(|n| n.to_f64())),
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
            ScopeRef::Parent(id) => Some(inventory.parents.name(*id).to_string()),
            _ => None,
        });
        names.collect::<Option<Vec<String>>>().map(|n| n.join("\u{0}"))
    };
    let mut found: HashMap<(EcoString, String), ParentId> = HashMap::new();
    for (id, parts) in keys {
        if let Some(text) = text(inventory, parts) {
            found.insert((inventory.parents.kind(*id).clone(), text), *id);
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

/// Returns the argument in which a resource mentions tag keys.
fn tag_use(ty: &str, resource: &Resource) -> Option<(UsedBy, usize)> {
    const POLICIES: [&str; 4] = ["policy", "inline_policy", "assume_role_policy", "content"];
    match ty {
        "aws_ce_cost_allocation_tag" => Some((UsedBy::CostAllocation, resource.item("tag_key")?)),
        "aws_resourcegroups_group" => Some((UsedBy::Query, resource.item("resource_query")?)),
        _ if ty.starts_with("aws_")
            && (ty.contains("policy") || ty.contains("role") || ty.contains("key")) =>
        {
            Some((UsedBy::Condition, POLICIES.iter().find_map(|n| resource.item(n))?))
        }
        _ => None,
    }
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
