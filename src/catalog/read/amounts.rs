//! Amounts of one value: lengths, sizes, numbers, parts of documents.

use ecow::EcoString;

use super::tally::{Tally, note};
use crate::catalog::facts::virtual_cpus;
use crate::catalog::measure::JsonPart;
use crate::value::{Candidate, Cause, Count, Identity, Number, Type, Unknown, Value, equal};

/// Text of a known primitive value.
pub(super) fn text(value: &Value) -> Option<EcoString> {
    match value.bare() {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string().into()),
        Value::Bool(b) => Some(if *b { "true".into() } else { "false".into() }),
        _ => None,
    }
}

/// True if the value cannot turn out to be null or empty.
pub(super) fn surely_set(unknown: &Unknown) -> bool {
    let own_id = |attr: &str| matches!(attr, "id" | "arn");
    if !unknown.refine.prefix.is_empty() || unknown.refine.len_min > 0 {
        return true;
    }
    match &unknown.is {
        Identity::Nobody => false,
        Identity::Is(referent) => own_id(&referent.attr),
        Identity::OneOf(candidates) => candidates.iter().all(|c| match c {
            Candidate::Is(referent) => own_id(&referent.attr),
            Candidate::Text(text) => !text.is_empty(),
        }),
    }
}

pub(super) fn number(value: &Value) -> Tally {
    match value.bare() {
        Value::Number(n) => Tally::exactly(natural(n)),
        // The provider converts; a text that is no number is refused there.
        Value::String(s) => match Number::parse(s) {
            Some(n) => Tally::exactly(natural(&n)),
            None => Tally::exactly(0),
        },
        Value::Unknown(u) => {
            let low = match &u.refine.min {
                Some((n, _)) if u.refine.not_null => natural(n),
                _ => 0,
            };
            // The bound of every length, 2⁶³ − 1, bounds nothing.
            let high = u.refine.max.as_ref().map(|(n, _)| natural(n)).filter(|n| *n < i64::MAX as u64);
            Tally::unknown(Count::new(low, high), u.why.clone())
        }
        _ => Tally::exactly(0),
    }
}

/// Rounds up, as a limit is exceeded by any part; below zero counts nothing, beyond all limits the largest number.
pub(super) fn natural(n: &Number) -> u64 {
    if n.is_negative() { 0 } else { n.ceil().as_u64().unwrap_or(u64::MAX) }
}

pub(super) fn length(value: &Value) -> Tally {
    match value.bare() {
        Value::Null(_) | Value::Bool(false) => Tally::exactly(0),
        Value::Bool(true) | Value::Number(_) => Tally::exactly(1),
        Value::String(s) => Tally::exactly(u64::from(!s.is_empty())),
        Value::List(seq) | Value::Tuple(seq) => Tally::exactly(seq.items().len() as u64),
        Value::Set(seq) => set_length(seq.items()),
        Value::Map(fields) | Value::Object(fields) => {
            let tally = Tally::exactly(fields.len() as u64);
            if fields.open().is_some() { tally.opened(Cause::unstated()) } else { tally }
        }
        Value::Unknown(u) => {
            let count = match u.ty {
                Type::Bool | Type::Number | Type::String => Count::between(u64::from(surely_set(u)), 1),
                _ => {
                    let low = if u.refine.not_null { u.refine.len_min } else { 0 };
                    Count::new(low, u.refine.len_max)
                }
            };
            Tally::unknown(count, u.why.clone())
        }
        Value::Marked(_) => Tally::exactly(0),
    }
}

/// Elements that are not known yet may turn out equal, and are then one.
pub(super) fn set_length(items: &[Value]) -> Tally {
    let high = items.len() as u64;
    let Some(cause) = items.iter().find_map(Value::cause) else {
        return Tally::exactly(high);
    };
    // A greedy choice of elements that certainly differ from each other; comparing all pairs of a long list would not pay.
    let mut differing: Vec<&Value> = Vec::new();
    for item in items.iter().take(64) {
        if differing.iter().all(|other| differ(item, other)) {
            differing.push(item);
        }
    }
    let known = items.iter().filter(|v| v.is_wholly_known()).count();
    let low = differing.len().max(known) as u64;
    Tally::unknown(Count::between(low, high), cause)
}

/// True if two values cannot turn out equal. Unlike `==`, which stops at the first unknown, it looks at all that is known.
pub(super) fn differ(a: &Value, b: &Value) -> bool {
    match (a.bare(), b.bare()) {
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => false,
        (Value::List(a), Value::List(b)) | (Value::Tuple(a), Value::Tuple(b)) => {
            let (a, b) = (a.items(), b.items());
            a.len() != b.len() || a.iter().zip(b).any(|(a, b)| differ(a, b))
        }
        (Value::Map(a), Value::Map(b)) | (Value::Object(a), Value::Object(b)) => {
            a.iter().any(|(key, value)| b.get(key).is_some_and(|other| differ(value, other)))
        }
        (a, b) => a.is_wholly_known() && b.is_wholly_known() && equal(a, b).as_bool() == Some(false),
    }
}

pub(super) fn of_text(value: &Value, amount: impl Fn(&str) -> Count) -> Tally {
    match value.as_unknown() {
        Some(u) => {
            let low = amount(&u.refine.prefix).low();
            Tally::unknown(Count::at_least(low), u.why.clone())
        }
        None => Tally { count: text(value).map_or(Count::ZERO, |text| amount(&text)), because: None },
    }
}

pub(super) fn characters(value: &Value) -> Tally {
    of_text(value, |text| Count::exactly(text.chars().count() as u64))
}

pub(super) fn bytes(value: &Value) -> Tally {
    of_text(value, |text| Count::exactly(text.len() as u64))
}

/// White space outside of strings certainly does not count; whether it does inside of them, IAM's guide leaves open.
pub(super) fn without_space(value: &Value) -> Tally {
    of_text(value, |text| {
        if text.is_ascii() {
            return without_ascii_space(text.as_bytes());
        }
        let low = text.chars().filter(|c| !c.is_whitespace()).count();
        let high = significant(text).count();
        Count::between(low as u64, high as u64)
    })
}

/// The same of ASCII, as policies are: a byte at a time.
fn without_ascii_space(text: &[u8]) -> Count {
    let (mut low, mut high) = (0, 0);
    let (mut inside, mut escaped) = (false, false);
    for &byte in text {
        let counts = !matches!(byte, b' ' | b'\t'..=b'\r');
        low += u64::from(counts);
        high += u64::from(counts || inside);
        let escapes = byte == b'\\' && inside && !escaped;
        inside ^= byte == b'"' && !escaped;
        escaped = escapes;
    }
    Count::between(low, high)
}

/// The provider writes the document anew, and in doing so may write `<`, `>` and `&` as six characters.
pub(super) fn json_bytes(value: &Value) -> Tally {
    of_text(value, |text| {
        let low: usize = significant(text).map(char::len_utf8).sum();
        let escaped = significant(text).filter(|c| matches!(c, '<' | '>' | '&')).count();
        Count::between(low as u64, (low + 5 * escaped) as u64)
    })
}

/// Yields the characters of a JSON document but white space outside of strings.
pub(super) fn significant(text: &str) -> impl Iterator<Item = char> {
    let (mut inside, mut escaped) = (false, false);
    text.chars().filter(move |&c| {
        let keep = inside || !c.is_whitespace();
        match c {
            '"' if !escaped => inside = !inside,
            '\\' if inside && !escaped => {
                escaped = true;
                return keep;
            }
            _ => {}
        }
        escaped = false;
        keep
    })
}

pub(super) fn decoded_bytes(value: &Value) -> Tally {
    of_text(value, |text| {
        let digits = text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=');
        let is_digit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_');
        let (mut count, mut sound) = (0_u64, true);
        for b in digits {
            count += 1;
            sound &= is_digit(b);
        }
        // Not base64 at all: the provider refuses it, or AWS decodes what it can.
        if sound { Count::exactly(count * 3 / 4) } else { Count::between(0, text.len() as u64) }
    })
}

/// `{"a":"b","c":"d"}`: braces, and for each entry two quoted texts, a colon, and a comma between entries.
pub(super) fn map_as_json(value: &Value) -> Tally {
    if let Some(u) = value.as_unknown() {
        return Tally::unknown(Count::at_least(0), u.why.clone());
    }
    let Some(fields) = value.as_fields() else {
        return Tally::exactly(0);
    };
    let entries = fields.len() as u64;
    if entries == 0 {
        return Tally::exactly(0);
    }
    let frame = Tally::exactly(2 + entries + (entries - 1));
    fields.iter().fold(frame, |total, (key, value)| {
        let value = match value.as_unknown() {
            Some(u) => {
                let low = quoted(&u.refine.prefix);
                Tally::unknown(Count::at_least(low), u.why.clone())
            }
            None => Tally::exactly(quoted(&text(value).unwrap_or_default())),
        };
        total.plus(quoted(key)).add(value)
    })
}

pub(super) fn quoted(text: &str) -> u64 {
    serde_json::to_string(text).map_or(0, |t| t.len() as u64)
}

pub(super) fn json_part(value: &Value, part: JsonPart) -> Tally {
    if let Some(u) = value.as_unknown() {
        return Tally::unknown(Count::at_least(0), u.why.clone());
    }
    let Some(text) = text(value) else {
        return Tally::exactly(0);
    };
    if text.trim().is_empty() {
        return Tally::exactly(0);
    }
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(document) => Tally::exactly(parts(&document, part)),
        Err(_) => Tally::exactly(0).opened(note("a text that is no JSON document")),
    }
}

pub(super) fn parts(document: &serde_json::Value, part: JsonPart) -> u64 {
    use serde_json::Value as Json;
    /// One, or the elements of a list.
    fn several(value: &Json) -> Vec<&Json> {
        match value {
            Json::Null => vec![],
            Json::Array(items) => items.iter().collect(),
            one => vec![one],
        }
    }
    let statements = || several(&document["Statement"]);
    let over = |count: &dyn Fn(&Json) -> usize| statements().into_iter().map(count).sum();
    let number: usize = match part {
        JsonPart::Items => several(document).len(),
        JsonPart::Statements => statements().len(),
        JsonPart::Principals => over(&|s| {
            let of = |p: &Json| match p {
                Json::Object(kinds) => kinds.values().map(|v| several(v).len()).sum(),
                other => several(other).len(),
            };
            of(&s["Principal"]) + of(&s["NotPrincipal"])
        }),
        JsonPart::Conditions => over(&|s| match &s["Condition"] {
            Json::Object(operators) => {
                operators.values().map(|keys| keys.as_object().map_or(1, serde_json::Map::len)).sum()
            }
            _ => 0,
        }),
        JsonPart::Actions => over(&|s| several(&s["Action"]).len() + several(&s["NotAction"]).len()),
    };
    number as u64
}

/// Counts blocks with one of the names at any depth, without recursing into endless nesting: values are bounded in depth.
pub(super) fn named_within(value: &Value, names: &[&str]) -> Tally {
    let mut total = Tally::exactly(0);
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        match value.bare() {
            Value::Unknown(u) if u.ty.is_primitive() => {}
            Value::Unknown(u) => {
                total = total.add(Tally::unknown(Count::at_least(0), u.why.clone()));
            }
            Value::List(seq) | Value::Tuple(seq) | Value::Set(seq) => rest.extend(seq.items()),
            Value::Map(fields) | Value::Object(fields) => {
                for (name, inner) in fields.iter() {
                    if names.contains(&name.as_str()) {
                        let one = match inner.bare() {
                            Value::Object(_) | Value::Map(_) => Tally::exactly(1),
                            _ => length(inner),
                        };
                        total = total.add(one);
                    } else {
                        rest.push(inner);
                    }
                }
            }
            _ => {}
        }
    }
    total
}

pub(super) fn vcpus(value: &Value) -> Tally {
    if let Some(u) = value.as_unknown() {
        return Tally::unknown(Count::at_least(1), u.why.clone());
    }
    match text(value) {
        Some(name) => match virtual_cpus(&name) {
            Some(n) => Tally::exactly(n),
            None => Tally::exactly(1).opened(note("an instance type that the catalog does not know")),
        },
        None => Tally::exactly(0),
    }
}
