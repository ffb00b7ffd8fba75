//! Which attributes name a parent, and of what type: what leads to what over the whole catalog.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock, RwLock};

use super::{
    Measure, ScopeKey, adopts, canonical, identity, measures_of, quotas, resource_schema, tag_target,
};

/// An attribute that names a parent, and the type of that parent; empty if nobody says.
pub type Lead = (&'static str, &'static str);

/// What leads to what.
#[derive(Debug, Default)]
struct Leads {
    /// Resource type → attribute → type of the parent it names.
    of: BTreeMap<&'static str, BTreeMap<&'static str, &'static str>>,
    /// Attribute → type of the parent, where all types agree.
    by_name: HashMap<&'static str, Option<&'static str>>,
    /// The same within the types of one service: `aws_connect`.
    by_service: HashMap<(&'static str, &'static str), Option<&'static str>>,
    /// Types in which something is counted.
    parents: BTreeSet<&'static str>,
}

fn leads() -> &'static Leads {
    static LEADS: OnceLock<Leads> = OnceLock::new();
    LEADS.get_or_init(Leads::new)
}

/// Returns the first two words of a type: `aws_connect` of `aws_connect_queue`.
fn service(ty: &str) -> &str {
    let end = ty.match_indices('_').nth(1).map_or(ty.len(), |(i, _)| i);
    &ty[..end]
}

impl Leads {
    fn new() -> Leads {
        let mut leads = Leads::default();
        for measure in quotas().iter().flat_map(|q| q.measures) {
            leads.measure(measure);
        }
        leads.parents.extend(super::passing::lending_types());
        let note = |all: &mut Option<&'static str>, kind: &'static str| {
            if *all != Some(kind) {
                *all = None;
            }
        };
        for (ty, attributes) in &leads.of {
            for (attribute, kind) in attributes {
                note(leads.by_name.entry(attribute).or_insert(Some(kind)), kind);
                note(leads.by_service.entry((service(ty), attribute)).or_insert(Some(kind)), kind);
            }
        }
        leads
    }

    fn measure(&mut self, m: &'static Measure) {
        match m.scope {
            [ScopeKey::Attribute { name, .. }] => self.add(m.resource_type, name, m.scope_type),
            [ScopeKey::Through { name, steps }] => {
                let (mut ty, mut attribute) = (m.resource_type, *name);
                for (parent, next) in *steps {
                    self.add(ty, attribute, parent);
                    (ty, attribute) = (parent, next);
                }
                self.add(ty, attribute, m.scope_type);
            }
            [] => {}
            _ => {
                self.parents.insert(m.scope_type);
            }
        }
    }

    fn add(&mut self, ty: &'static str, attribute: &'static str, kind: &'static str) {
        self.of.entry(ty).or_default().insert(attribute, kind);
        self.parents.insert(kind);
    }
}

/// True if something is counted in instances of this type.
pub fn is_parent(resource_type: &str) -> bool {
    leads().parents.contains(adopts(resource_type).unwrap_or_else(|| canonical(resource_type)))
}

/// Returns the type of the parent that an attribute names; empty if nobody says.
pub fn lead(resource_type: &str, attribute: &str) -> &'static str {
    let leads = leads();
    let of = leads.of.get(canonical(resource_type)).and_then(|a| a.get(attribute)).copied();
    of.or_else(|| leads.by_name.get(attribute).copied().flatten()).unwrap_or("")
}

/// Returns the attributes of a type that name its parents, sorted by name.
///
/// Those of measures and of its own key; and those by which other types of the same service name theirs, where it has
/// such an attribute: the storage of a Connect instance is counted nowhere and belongs to the instance all the same.
pub fn scope_attributes(resource_type: &str) -> Arc<[Lead]> {
    type Cache = RwLock<HashMap<String, Arc<[Lead]>>>;
    static CACHE: OnceLock<Cache> = OnceLock::new();
    let cache = CACHE.get_or_init(Cache::default);
    if let Some(found) = cache.read().unwrap_or_else(|e| e.into_inner()).get(resource_type) {
        return found.clone();
    }
    let found: Arc<[Lead]> = find(resource_type).into_iter().collect();
    cache.write().unwrap_or_else(|e| e.into_inner()).insert(resource_type.to_string(), found.clone());
    found
}

fn find(resource_type: &str) -> BTreeMap<&'static str, &'static str> {
    let leads = leads();
    let ty = canonical(resource_type);
    let mut found: BTreeMap<&'static str, &'static str> = BTreeMap::new();
    found.extend(leads.of.get(ty).into_iter().flatten().map(|(a, k)| (*a, *k)));
    for measure in measures_of(ty) {
        for key in measure.scope {
            if let ScopeKey::Attribute { name, .. } = key {
                found.entry(name).or_insert_with(|| lead(ty, name));
            }
        }
    }
    if let Some(name) = tag_target(ty) {
        // What is tagged may be of any type.
        found.entry(name).or_insert("");
    }
    if leads.parents.contains(ty) {
        for (name, _) in identity(ty).key {
            found.entry(name).or_insert_with(|| lead(ty, name));
        }
    }
    if found.is_empty()
        && let Some(schema) = resource_schema(ty)
    {
        for ((service_of, attribute), kind) in &leads.by_service {
            let Some(kind) = kind.filter(|k| *service_of == service(ty) && *k != ty && k.contains('_'))
            else {
                continue;
            };
            // An attribute that the provider fills in names the object itself.
            if schema.attribute(attribute).is_some_and(|a| a.flags.required() || !a.flags.computed()) {
                found.insert(attribute, kind);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_that_name_a_parent_are_found_for_measured_and_other_types() {
        let of = |ty: &str| scope_attributes(ty).to_vec();
        assert_eq!(of("aws_connect_queue"), [("instance_id", "aws_connect_instance")]);
        assert_eq!(of("aws_connect_instance_storage_config"), [("instance_id", "aws_connect_instance")]);
        assert_eq!(of("aws_connect_instance"), []);
        assert_eq!(of("no_such_type"), []);
        let locale: Vec<&str> = of("aws_lexv2models_bot_locale").iter().map(|l| l.0).collect();
        assert_eq!(locale, ["bot_id", "locale_id"]);
    }
}
