//! Which variable holds the tenants.

use std::collections::BTreeMap;

use ecow::EcoString;

use crate::config::{Settings, Tenants};
use crate::expand::Model;
use crate::inventory::{Instance, Inventory, TagValue};
use crate::value::{Fields, Value};
use crate::words::list;

/// The tenants of a root module.
#[derive(Clone, Debug)]
pub struct Tenancy {
    /// The root variable whose keys are tenants.
    pub variable: EcoString,
    /// The tag that carries the key, where one is known.
    pub tag: Option<EcoString>,
    pub keys: Vec<EcoString>,
    /// A map, an object, or a set of texts.
    pub value: Value,
}

/// Why no tenants are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoTenants {
    /// The settings name a variable that is not declared.
    Undeclared(EcoString),
    /// It has no value, for this reason.
    Unknown(EcoString, String),
    /// It holds something that has no keys.
    NotAMap(EcoString, String),
    Empty(EcoString),
    /// No variable looks like one.
    None,
    /// Several do.
    Several(Vec<EcoString>),
}

impl NoTenants {
    /// Says what is the case.
    pub fn text(&self) -> String {
        match self {
            NoTenants::Undeclared(name) => {
                format!(
                    "the settings take tenants from `var.{name}`, and the root module declares no such variable"
                )
            }
            NoTenants::Unknown(name, why) => format!("the tenants in `var.{name}` are not known: {why}"),
            NoTenants::NotAMap(name, ty) => {
                format!("`var.{name}` is {ty}; tenants are the keys of a map, or a set of texts")
            }
            NoTenants::Empty(name) => format!("`var.{name}` holds no tenant"),
            NoTenants::None => {
                "no variable holds tenants: none has keys that reach both `for_each` and a tenant tag"
                    .to_owned()
            }
            NoTenants::Several(names) => {
                let names: Vec<String> = names.iter().map(|n| format!("`var.{n}`")).collect();
                format!("several variables may hold the tenants: {}", list(&names))
            }
        }
    }

    /// Says what to do next.
    pub fn help(&self) -> String {
        match self {
            NoTenants::Unknown(name, _) => format!("pass `-var {name}=…` or a `-var-file`"),
            NoTenants::Empty(_) => "give the shape of a tenant: `--shape '{ … }'`".to_owned(),
            NoTenants::Undeclared(_) | NoTenants::NotAMap(..) | NoTenants::None | NoTenants::Several(_) => {
                "name the variable in `.tf-headroom.hcl`: `tenants { variable = \"tenants\" }`".to_owned()
            }
        }
    }
}

/// Finds the tenants: as the settings say, else where it is plain.
///
/// # Errors
/// Why there are none.
pub fn find(
    model: &mut Model<'_>,
    inventory: &Inventory,
    stated: Option<&Tenants>,
) -> Result<Tenancy, NoTenants> {
    match stated {
        Some(stated) => {
            let name = &stated.variable;
            let value = model.variable(name).ok_or_else(|| NoTenants::Undeclared(name.clone()))?;
            tenancy(name, stated.tag.clone(), &value)
        }
        None => found(model, inventory),
    }
}

fn tenancy(name: &EcoString, tag: Option<EcoString>, value: &Value) -> Result<Tenancy, NoTenants> {
    if let Some(unknown) = value.as_unknown() {
        let why = match unknown.why.name().as_str() {
            "" => "nothing gives it a value".to_owned(),
            why if why == format!("var.{name}") => "nothing gives it a value".to_owned(),
            why => format!("they depend on `{why}`"),
        };
        return Err(NoTenants::Unknown(name.clone(), why));
    }
    let Some(keys) = keys(value) else {
        let what = if value.is_null() { "null".to_owned() } else { value.type_of().friendly().to_string() };
        return Err(NoTenants::NotAMap(name.clone(), what));
    };
    if keys.is_empty() {
        return Err(NoTenants::Empty(name.clone()));
    }
    Ok(Tenancy { variable: name.clone(), tag, keys, value: value.clone() })
}

/// Returns the keys of a map, or the texts of a set.
pub(super) fn keys(value: &Value) -> Option<Vec<EcoString>> {
    match value.bare() {
        Value::Map(f) | Value::Object(f) if f.open().is_none() => Some(f.keys().iter().cloned().collect()),
        Value::Set(s) => s.items().iter().map(|v| v.as_str().cloned()).collect(),
        _ => None,
    }
}

/// Words in names of tags that tell whose a resource is.
const WORDS: [&str; 4] = ["tenant", "agency", "customer", "client"];

fn is_tenant_like(key: &str) -> bool {
    // The words are ASCII: what is not cannot be part of one.
    let found =
        |word: &str| key.as_bytes().windows(word.len()).any(|w| w.eq_ignore_ascii_case(word.as_bytes()));
    WORDS.into_iter().any(found)
}

/// Returns, by tag that may name a tenant, its values and the addresses that carry them.
fn tenant_like_tags(inventory: &Inventory) -> BTreeMap<EcoString, BTreeMap<EcoString, Vec<usize>>> {
    let mut found: BTreeMap<EcoString, BTreeMap<EcoString, Vec<usize>>> = BTreeMap::new();
    for (index, instance) in inventory.instances.iter().enumerate() {
        let Some(tags) = &instance.tags else { continue };
        for (key, value) in &tags.entries {
            let TagValue::Known(value) = value else { continue };
            if is_tenant_like(key) {
                found.entry(key.clone()).or_default().entry(value.clone()).or_default().push(index);
            }
        }
    }
    found
}

/// True if it is worth a look whether there are tenants.
pub fn may_have_tenants(inventory: &Inventory, settings: &Settings) -> bool {
    let known = |value: &TagValue| matches!(value, TagValue::Known(_));
    let named = |instance: &Instance| {
        let tags = instance.tags.iter().flat_map(|tags| &tags.entries);
        tags.into_iter().any(|(key, value)| known(value) && is_tenant_like(key))
    };
    settings.tenants.is_some() || inventory.instances.iter().any(named)
}

fn found(model: &mut Model<'_>, inventory: &Inventory) -> Result<Tenancy, NoTenants> {
    let tags = tenant_like_tags(inventory);
    if tags.is_empty() {
        return Err(NoTenants::None);
    }
    let mut plain = Vec::new();
    for name in model.variables() {
        let Some(value) = model.variable(&name) else { continue };
        let Ok(tenancy) = tenancy(&name, None, &value) else { continue };
        // The tag with most values among the keys; of equals the first.
        let matching = |values: &BTreeMap<EcoString, Vec<usize>>| {
            tenancy.keys.iter().filter(|k| values.contains_key(*k)).count()
        };
        let best = tags.iter().map(|(tag, values)| (matching(values), tag)).rev().max_by_key(|(n, _)| *n);
        let Some((_, tag)) = best.filter(|(n, _)| *n > 0) else { continue };
        plain.push(Tenancy { tag: Some(tag.clone()), ..tenancy });
    }
    // A tag alone is not enough: without the key, what carries it has to go.
    let mut sure = Vec::new();
    for tenancy in plain {
        let values = &tags[tenancy.tag.as_ref().expect("bug: set above")];
        let Some(key) = tenancy.keys.iter().find(|k| values.contains_key(*k)) else { continue };
        let fewer = model.with(&tenancy.variable, without(&tenancy.value, key));
        // By block: with `count` the address of what goes is not that of the tenant.
        let (had, has) = (blocks(inventory), blocks(&fewer));
        let mut tagged: BTreeMap<String, u64> = BTreeMap::new();
        for i in &values[key] {
            *tagged.entry(inventory.instances[*i].address.written()).or_default() += 1;
        }
        let goes = tagged.iter().all(|(block, n)| {
            let left = has.get(block).copied().unwrap_or(0);
            had.get(block).is_some_and(|all| all.saturating_sub(left) >= *n)
        });
        // The next candidate is looked at with this variable as it was.
        model.with(&tenancy.variable, tenancy.value.clone());
        if goes {
            sure.push(tenancy);
        }
    }
    match sure.len() {
        0 => Err(NoTenants::None),
        1 => Ok(sure.remove(0)),
        _ => Err(NoTenants::Several(sure.into_iter().map(|t| t.variable).collect())),
    }
}

/// Returns how many instances each block has.
fn blocks(inventory: &Inventory) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for instance in &inventory.instances {
        *found.entry(instance.address.written()).or_default() += 1;
    }
    found
}

/// Returns the tenants less one.
pub fn without(value: &Value, key: &str) -> Value {
    filtered(value, |k| k != key)
}

/// Returns the tenants that a test holds for.
pub(super) fn filtered(value: &Value, keep: impl Fn(&str) -> bool) -> Value {
    let (bare, marks) = value.unmark();
    let kept = |f: &Fields| f.iter().filter(|(k, _)| keep(k)).map(|(k, v)| (k.clone(), v.clone())).collect();
    let fewer = match &bare {
        Value::Map(f) => Value::map(f.element_type(), kept(f)),
        Value::Object(f) => Value::object(kept(f)),
        Value::Set(s) => {
            let items = s.items().iter().filter(|v| v.as_str().is_none_or(|t| keep(t))).cloned().collect();
            Value::set(s.element_type(), items)
        }
        other => other.clone(),
    };
    fewer.mark(marks)
}

/// Returns the tenants and some more; in a set only the keys count.
///
/// `alike`: they are of the type of the others. Otherwise the map is an object, so that the variable's type converts it.
pub fn with(value: &Value, more: &[(EcoString, Value)], alike: bool) -> Value {
    let (bare, marks) = value.unmark();
    let all = match &bare {
        Value::Map(f) if alike => {
            let own = f.iter().map(|(k, v)| (k.clone(), v.clone()));
            Value::map(f.element_type(), own.chain(more.iter().cloned()).collect())
        }
        Value::Map(f) | Value::Object(f) => {
            let own = f.iter().map(|(k, v)| (k.clone(), v.clone()));
            Value::object(own.chain(more.iter().cloned()).collect())
        }
        Value::Set(s) => {
            let keys = more.iter().map(|(k, _)| Value::String(k.clone()));
            Value::set(s.element_type(), s.items().iter().cloned().chain(keys).collect())
        }
        other => other.clone(),
    };
    all.mark(marks)
}
