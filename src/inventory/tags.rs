//! Tags of one resource or provider configuration.

use std::sync::Arc;

use ecow::EcoString;

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

impl Tags {
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
