//! Terraform's order of sets.

use std::cmp::Ordering;

use super::{Value, equal};

/// Returns the elements in Terraform's order without duplicates. They carry no marks.
pub(super) fn normalise(items: Vec<Value>) -> Vec<Value> {
    // Strings are by far the most frequent elements.
    if items.iter().all(|v| matches!(v, Value::String(_))) {
        let mut items = items;
        items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        items.dedup_by(|a, b| a.as_str() == b.as_str());
        return items;
    }
    let mut keyed: Vec<(String, Value)> = items.into_iter().map(|v| (set_key(&v), v)).collect();
    keyed.sort_by(|a, b| order(&a.1, &b.1).unwrap_or_else(|| a.0.cmp(&b.0)));
    let mut kept: Vec<(String, Value)> = Vec::with_capacity(keyed.len());
    for (hash, value) in keyed {
        // Unknown elements are never equal to anything, so that two of them stay two.
        let seen = kept
            .iter()
            .rev()
            .take_while(|(h, _)| *h == hash)
            .any(|(_, v)| matches!(equal(v, &value), Value::Bool(true)));
        if !seen {
            kept.push((hash, value));
        }
    }
    kept.into_iter().map(|(_, v)| v).collect()
}

/// Orders where Terraform orders by value; elsewhere the hash text decides.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Null(_), Value::Null(_)) => Some(Ordering::Equal),
        (Value::Null(_), _) => Some(Ordering::Greater),
        (_, Value::Null(_)) => Some(Ordering::Less),
        (Value::Unknown(_), Value::Unknown(_)) => Some(Ordering::Equal),
        (Value::Unknown(_), _) => Some(Ordering::Greater),
        (_, Value::Unknown(_)) => Some(Ordering::Less),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => Some(a.compare(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Returns a text that equal elements have in common; others may have it too.
pub fn set_key(value: &Value) -> String {
    let mut text = String::new();
    append(value, &mut text);
    text
}

fn append(value: &Value, text: &mut String) {
    let mut wrap = |open: char, close: char, items: &[Value]| {
        text.push(open);
        for item in items {
            append(item, text);
            text.push(';');
        }
        text.push(close);
    };
    match value {
        Value::Unknown(_) => text.push('?'),
        Value::Null(_) => text.push('~'),
        Value::Bool(b) => text.push(if *b { 'T' } else { 'F' }),
        Value::Number(n) => text.push_str(&n.to_string()),
        Value::String(s) => text.push_str(&format!("{s:?}")),
        Value::List(s) | Value::Set(s) => wrap('[', ']', s.items()),
        Value::Tuple(s) => wrap('<', '>', s.items()),
        Value::Object(f) => wrap('<', '>', f.values()),
        Value::Map(f) => {
            text.push('{');
            for (k, v) in f.iter() {
                text.push_str(&format!("{k:?}:"));
                append(v, text);
                text.push(';');
            }
            text.push('}');
        }
        Value::Marked(m) => append(&m.value, text),
    }
}
