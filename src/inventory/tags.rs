//! Tags of one resource or provider configuration.

use std::collections::HashMap;
use std::sync::Arc;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use super::{Inventory, ParentName, ScopeRef};
use crate::source::Span;
use crate::value::{Cause, CauseKind, Marks, Value};

/// The tags that are written in one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// Sorted by key, each key once.
    pub entries: Vec<(EcoString, TagValue)>,
    /// Why there may be more keys; None: these are all.
    pub open: Option<Cause>,
}

/// The value of one tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagValue {
    Known(EcoString),
    /// Known, and must not be printed.
    Sensitive(EcoString),
    /// The key is there, its value is known only later.
    Unknown(Cause),
    /// Set to null: the provider drops the key.
    Null,
}

/// Tags of an instance in another shape than its `tags`: `tag` blocks, `tag_specifications`, `volume_tags`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherTags {
    /// Index of the instance in its inventory.
    pub instance: usize,
    /// The attribute or block that holds them, with what it tags where it says so: `tag_specifications volume`.
    pub shape: EcoString,
    pub tags: Arc<Tags>,
    pub span: Option<Span>,
}

/// Tags that one instance sets on another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachedTags {
    /// Index of the instance that sets them.
    pub by: usize,
    pub target: Target,
    pub tags: Arc<Tags>,
}

/// A tag key that something else than a tag mentions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TagUse {
    pub key: EcoString,
    pub by: UsedBy,
    /// The address of the instance that mentions it.
    pub address: String,
    pub span: Option<Span>,
}

/// What mentions a tag key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum UsedBy {
    /// `aws:ResourceTag/KEY` and the like in a policy.
    Condition,
    /// The query of a resource group.
    Query,
    /// A cost allocation tag.
    CostAllocation,
}

impl TagUse {
    /// Returns the keys that the text of a policy or of a query mentions.
    pub fn keys_of(by: UsedBy, text: &str) -> Vec<EcoString> {
        let until_quote = |rest: &str| -> Option<EcoString> {
            let key = rest.split('"').next().filter(|k| k.len() < rest.len())?;
            // A policy variable stands for any key.
            (!key.is_empty() && !key.contains(['$', '\\', '*', '?'])).then(|| key.into())
        };
        let after = |mark: &str| -> Vec<EcoString> {
            text.match_indices(mark).filter_map(|(i, _)| until_quote(&text[i + mark.len()..])).collect()
        };
        let mut found = match by {
            UsedBy::Condition => [after(":ResourceTag/"), after(":RequestTag/")].concat(),
            UsedBy::Query => match text.find("\"TagFilters\"") {
                Some(at) => {
                    let rest = &text[at..];
                    let keys = rest.match_indices("\"Key\"").filter_map(|(i, mark)| {
                        let value = rest[i + mark.len()..].trim_start().strip_prefix(':')?.trim_start();
                        until_quote(value.strip_prefix('"')?)
                    });
                    keys.collect()
                }
                None => Vec::new(),
            },
            UsedBy::CostAllocation => vec![text.into()],
        };
        // AWS's own keys are nobody's to ask for.
        found.retain(|k| !k.starts_with("aws:"));
        found.sort();
        found.dedup();
        found
    }
}

/// What is tagged by another resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One of these instances of the inventory, by index.
    OneOf(Box<[usize]>),
    /// Something that this input does not declare.
    Elsewhere,
    /// It may be any instance.
    Unknown(Cause),
}

/// Returns the maps of tags at the end of a path, each with where it stands and what it tags if the block says so:
/// `tag_specifications volume`.
pub fn tags_at<'v>(value: &'v Value, path: &[&str]) -> Vec<(String, &'v Value)> {
    let mut found = Vec::new();
    if let [first, rest @ ..] = path {
        collect(value, rest, (*first).to_owned(), &mut found);
    }
    found
}

fn collect<'v>(value: &'v Value, path: &[&str], shape: String, found: &mut Vec<(String, &'v Value)>) {
    if value.is_null() {
        return;
    }
    let Some((next, rest)) = path.split_first() else {
        found.push((shape, value));
        return;
    };
    match value.bare() {
        Value::Unknown(_) => found.push((shape, value)),
        Value::List(seq) | Value::Tuple(seq) | Value::Set(seq) => {
            for item in seq.items() {
                collect(item, path, shape.clone(), found);
            }
        }
        Value::Map(fields) | Value::Object(fields) => {
            let Some(inner) = fields.get(next) else { return };
            let shape = match fields.get("resource_type").and_then(|t| t.as_str()) {
                Some(what) => format!("{shape} {what}"),
                None => shape,
            };
            let shape = if rest.is_empty() && *next == "tags" { shape } else { format!("{shape}.{next}") };
            collect(inner, rest, shape, found);
        }
        _ => {}
    }
}

impl Inventory {
    /// Finds out what the attached tags are set on: what the scope of the instance that sets them names.
    pub(super) fn settle_attached_tags(&mut self) {
        if self.attached_tags.is_empty() {
            return;
        }
        let by_address: HashMap<String, usize> = self
            .instances
            .iter()
            .enumerate()
            .map(|(i, instance)| (instance.address.to_string(), i))
            .collect();
        let mut attached = std::mem::take(&mut self.attached_tags);
        for one in &mut attached {
            let scope = self.instances.get(one.by).and_then(|i| i.scopes.first());
            one.target = scope.map_or(Target::Elsewhere, |(_, scope)| self.target(scope, &by_address));
        }
        self.attached_tags = attached;
    }

    pub(super) fn target(&self, scope: &ScopeRef, by_address: &HashMap<String, usize>) -> Target {
        match scope {
            ScopeRef::Parent(id) => match self.parents.name(*id) {
                ParentName::Address(address) => match by_address.get(&address.to_string()) {
                    Some(at) => Target::OneOf([*at].into()),
                    None => Target::Elsewhere,
                },
                ParentName::Variable(_) | ParentName::Text(_) | ParentName::Secret(_) => Target::Elsewhere,
            },
            ScopeRef::OneOf(several) => {
                let mut found = Vec::new();
                for scope in several {
                    match self.target(scope, by_address) {
                        Target::OneOf(more) => found.extend(more),
                        Target::Elsewhere => {}
                        unknown @ Target::Unknown(_) => return unknown,
                    }
                }
                if found.is_empty() { Target::Elsewhere } else { Target::OneOf(found.into()) }
            }
            ScopeRef::Unknown(cause) => Target::Unknown(cause.clone()),
            ScopeRef::Account | ScopeRef::Own | ScopeRef::Composite(_) | ScopeRef::Nothing => {
                Target::Elsewhere
            }
        }
    }
}

impl Tags {
    /// Returns the one tag that `key` and `value` make.
    pub fn single(key: &Value, value: &Value) -> Tags {
        match key.as_str() {
            Some(key) => {
                Tags { entries: vec![(key.clone(), TagValue::from_value(value, false))], open: None }
            }
            None => Tags { entries: Vec::new(), open: key.cause() },
        }
    }

    /// Returns the tags of blocks or objects with `key` and `value`; of equal keys the last one counts.
    pub fn listed(value: &Value) -> Tags {
        let items = match value.bare() {
            Value::Unknown(u) => return Tags { entries: Vec::new(), open: Some(u.why.clone()) },
            Value::Map(_) | Value::Object(_) => return Tags::from_value(value),
            _ => value.as_seq().unwrap_or_default(),
        };
        let mut tags = Tags::default();
        for item in items {
            let Some(fields) = item.as_fields() else {
                tags.open = tags.open.or_else(|| item.cause());
                continue;
            };
            let Some(key) = fields.get("key") else { continue };
            let one = Tags::single(key, fields.get("value").unwrap_or(&Value::NULL));
            tags.open = tags.open.or(one.open);
            for (key, value) in one.entries {
                match tags.entries.iter_mut().find(|(k, _)| *k == key) {
                    Some(entry) => entry.1 = value,
                    None => tags.entries.push((key, value)),
                }
            }
        }
        tags.entries.sort_by(|a, b| a.0.cmp(&b.0));
        tags
    }

    /// Returns the tags of a map, or of blocks with `key` and `value`.
    pub fn added(value: &Value) -> Tags {
        if value.as_seq().is_some() { Tags::listed(value) } else { Tags::from_value(value) }
    }

    /// Returns the keys that blocks or objects with `key` and `value` have more than once.
    pub fn twice(value: &Value) -> Vec<EcoString> {
        let items = value.as_seq().unwrap_or_default();
        let mut keys: Vec<&EcoString> =
            items.iter().filter_map(|item| item.as_fields()?.get("key")?.as_str()).collect();
        keys.sort();
        let mut found: Vec<EcoString> =
            keys.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect();
        found.dedup();
        found
    }

    pub fn get(&self, key: &str) -> Option<&TagValue> {
        self.entries.binary_search_by(|(k, _)| k.as_str().cmp(key)).ok().map(|i| &self.entries[i].1)
    }

    /// Returns the tags that a map of strings holds.
    ///
    /// Of a map that is sensitive as a whole the keys are nobody's business either: they stay open.
    pub fn from_value(value: &Value) -> Tags {
        match value.bare() {
            Value::Unknown(u) => Tags { entries: Vec::new(), open: Some(u.why.clone()) },
            Value::Map(f) | Value::Object(f) if value.marks().contains(Marks::SENSITIVE) && !f.is_empty() => {
                Tags::secret()
            }
            Value::Map(f) | Value::Object(f) => Tags {
                entries: f.iter().map(|(k, v)| (k.clone(), TagValue::from_value(v, false))).collect(),
                open: None,
            },
            _ => Tags::default(),
        }
    }

    /// Tags of which not even the keys may be told.
    pub fn secret() -> Tags {
        let cause = Cause::new(CauseKind::Unstated, "the tags are sensitive as a whole", None);
        Tags { entries: Vec::new(), open: Some(cause) }
    }
}

impl TagValue {
    pub fn from_value(value: &Value, sensitive: bool) -> TagValue {
        let sensitive = sensitive || value.marks().contains(Marks::SENSITIVE);
        let known = |s: EcoString| if sensitive { TagValue::Sensitive(s) } else { TagValue::Known(s) };
        match value.bare() {
            Value::String(s) => known(s.clone()),
            Value::Bool(b) => known(if *b { "true".into() } else { "false".into() }),
            Value::Number(n) => known(n.to_string().into()),
            Value::Null(_) => TagValue::Null,
            other => TagValue::Unknown(other.cause().unwrap_or_else(Cause::unstated)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_conditions_and_queries() {
        let of =
            |by, text: &str| TagUse::keys_of(by, text).iter().map(EcoString::to_string).collect::<Vec<_>>();
        let policy = r#"{"Condition":{"StringEquals":{"aws:ResourceTag/Tenant":"${aws:PrincipalTag/X}","ec2:ResourceTag/A b":"1","aws:RequestTag/${aws:x}":"y"},"Null":{"aws:RequestTag/Owner":"true"}}}"#;
        assert_eq!(of(UsedBy::Condition, policy), ["A b", "Owner", "Tenant"]);
        assert_eq!(of(UsedBy::Condition, "aws:ResourceTag/Cut"), Vec::<String>::new());
        let query = r#"{"ResourceTypeFilters":["X"],"TagFilters":[{"Key":"Tenant","Values":["Key"]},{"Values":[], "Key" : "Stage"}]}"#;
        assert_eq!(of(UsedBy::Query, query), ["Stage", "Tenant"]);
        assert_eq!(of(UsedBy::Query, r#"{"StackIdentifier":"x"}"#), Vec::<String>::new());
        assert_eq!(of(UsedBy::CostAllocation, "aws:createdBy"), Vec::<String>::new());
    }
}
