//! Tags of one resource or provider configuration.

use ecow::EcoString;

use crate::value::{Cause, Marks, Value};

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

impl Tags {
    pub fn get(&self, key: &str) -> Option<&TagValue> {
        self.entries.binary_search_by(|(k, _)| k.as_str().cmp(key)).ok().map(|i| &self.entries[i].1)
    }

    /// Returns the tags that a map of strings holds.
    pub fn from_value(value: &Value) -> Tags {
        let sensitive = value.marks().contains(Marks::SENSITIVE);
        match value.bare() {
            Value::Unknown(u) => Tags { entries: Vec::new(), open: Some(u.why.clone()) },
            Value::Map(f) | Value::Object(f) => Tags {
                entries: f.iter().map(|(k, v)| (k.clone(), TagValue::from_value(v, sensitive))).collect(),
                open: None,
            },
            _ => Tags::default(),
        }
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
