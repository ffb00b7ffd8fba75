//! Terraform's order of sets.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::{Number, Value, equal, quoted};

/// Returns the elements in Terraform's order without duplicates, of which the first stays. They carry no marks.
pub(super) fn normalise(mut items: Vec<Value>) -> Vec<Value> {
    // Strings are by far the most frequent elements.
    if items.iter().all(|v| matches!(v, Value::String(_))) {
        items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        items.dedup_by(|a, b| a.as_str() == b.as_str());
        return items;
    }
    let mut seen: HashMap<String, Vec<usize>> = HashMap::new();
    let mut kept: Vec<(String, Value)> = Vec::with_capacity(items.len());
    for value in items {
        let key = key(&value);
        let same = seen.entry(key.clone()).or_default();
        if !same.iter().any(|&i| is_equal(&kept[i].1, &value)) {
            same.push(kept.len());
            kept.push((key, value));
        }
    }
    // Stable: of what cannot be ordered, the first stays first.
    kept.sort_by(|a, b| order(&a.1, &b.1).unwrap_or_else(|| a.0.cmp(&b.0)));
    kept.into_iter().map(|(_, v)| v).collect()
}

/// The elements of a set, to ask whether a value is one of them.
pub struct Members<'a>(HashMap<String, Vec<&'a Value>>);

impl<'a> Members<'a> {
    pub fn of(items: &'a [Value]) -> Members<'a> {
        let mut members = Members(HashMap::new());
        for item in items {
            members.0.entry(key(item)).or_default().push(item);
        }
        members
    }

    /// True if it is certainly there; what is unknown never is.
    pub fn contain(&self, value: &Value) -> bool {
        self.0.get(&key(value)).is_some_and(|same| is_among(value, same))
    }

    /// Adds a value and returns true, unless it is certainly there.
    pub fn insert(&mut self, value: &'a Value) -> bool {
        let same = self.0.entry(key(value)).or_default();
        let new = !is_among(value, same);
        if new {
            same.push(value);
        }
        new
    }
}

fn is_among(value: &Value, same: &[&Value]) -> bool {
    same.iter().any(|v| is_equal(v, value))
}

/// Unknown elements are never equal to anything, so that two of them stay two.
fn is_equal(a: &Value, b: &Value) -> bool {
    matches!(equal(a, b), Value::Bool(true))
}

/// Orders where Terraform orders by value; elsewhere the key decides.
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
///
/// INVARIANT: collections in sets are ordered by it, so that it has to be Terraform's to the letter.
fn key(value: &Value) -> String {
    let mut text = String::new();
    append(value, &mut text);
    text
}

fn append(value: &Value, text: &mut String) {
    let wrap = |text: &mut String, open: char, close: char, items: &[Value]| {
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
        Value::Number(n) => text.push_str(&ten_digits(n)),
        Value::String(s) => text.push_str(&quoted(s)),
        Value::List(s) | Value::Set(s) => wrap(text, '[', ']', s.items()),
        Value::Tuple(s) => wrap(text, '<', '>', s.items()),
        Value::Object(f) => wrap(text, '<', '>', f.values()),
        Value::Map(f) => {
            text.push('{');
            for (k, v) in f.iter() {
                text.push_str(&quoted(k));
                text.push(':');
                append(v, text);
                text.push(';');
            }
            text.push('}');
        }
        Value::Marked(m) => append(&m.value, text),
    }
}

/// Returns a number as Go's `%.10g` does: `0.5`, `12345678901` as `1.23456789e+10`.
fn ten_digits(n: &Number) -> String {
    if n.is_infinite() {
        return if n.is_negative() { "-Inf" } else { "+Inf" }.to_owned();
    }
    let plain = n.to_string();
    let (sign, plain) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
    if plain.len() <= 10 && !plain.contains('.') {
        return format!("{sign}{plain}");
    }
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|b| b - b'0').collect();
    let zeros = all.iter().take_while(|d| **d == 0).count();
    // The value is `0.digits * 10^exp`.
    let mut exp = whole.len() as i64 - zeros as i64;
    let mut digits = all[zeros..].to_vec();
    let up = digits.get(10).is_some_and(|d| *d >= 5);
    digits.truncate(10);
    if up {
        while digits.last() == Some(&9) {
            digits.pop();
        }
        match digits.last_mut() {
            Some(last) => *last += 1,
            None => {
                digits.push(1);
                exp += 1;
            }
        }
    }
    while digits.last() == Some(&0) {
        digits.pop();
    }
    let text: String = digits.iter().map(|d| char::from(d + b'0')).collect();
    let precision = if digits.len() < 10 && digits.len() as i64 >= exp { digits.len() as i64 } else { 10 };
    if exp - 1 < -4 || exp > precision {
        let (first, rest) = text.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let (minus, power) = if exp < 1 { ('-', 1 - exp) } else { ('+', exp - 1) };
        return format!("{sign}{first}{point}{rest}e{minus}{power:02}");
    }
    match usize::try_from(exp) {
        Ok(point @ 1..) if point < text.len() => {
            format!("{sign}{}.{}", &text[..point], &text[point..])
        }
        Ok(point @ 1..) => format!("{sign}{text}{}", "0".repeat(point - text.len())),
        _ => format!("{sign}0.{}{text}", "0".repeat(exp.unsigned_abs() as usize)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Cause, Type};

    fn number(text: &str) -> Value {
        Value::Number(Number::parse(text).unwrap())
    }

    #[test]
    fn numbers_in_collections_are_ordered_by_ten_digits_of_text() {
        for (n, want) in [
            ("0", "0"),
            ("100", "100"),
            ("-1.5", "-1.5"),
            ("0.00001", "1e-05"),
            ("0.0001", "0.0001"),
            ("1234567890", "1234567890"),
            ("12345678901", "1.23456789e+10"),
            ("99999999999", "1e+11"),
            ("1e21", "1e+21"),
            ("1.23456789012", "1.23456789"),
            ("10.5", "10.5"),
            ("20000000000.5", "2e+10"),
        ] {
            assert_eq!(ten_digits(&Number::parse(n).unwrap()), want, "{n}");
        }
    }

    #[test]
    fn primitives_are_ordered_by_value_and_collections_by_text() {
        let shown = |v: &Value| crate::value::to_json(v).to_string();
        let set = Value::set(Type::Number, ["10", "9", "-1", "9"].map(number).into());
        assert_eq!(shown(&set), "[-1,9,10]");
        let list = |n: &str| Value::list(Type::Number, vec![number(n)]);
        let set = Value::set(Type::list(Type::Number), ["10", "9", "-1", "9"].map(list).into());
        assert_eq!(shown(&set), "[[-1],[10],[9]]");
    }

    #[test]
    fn unknowns_stay_apart_and_stand_before_null() {
        let unknown = || Value::unknown(Type::String, Cause::unstated());
        let items = vec![Value::Null(Type::String), unknown(), Value::from("b"), unknown()];
        let set = Value::set(Type::String, items);
        let kinds: Vec<bool> = set.as_seq().unwrap().iter().map(Value::is_unknown).collect();
        assert_eq!(kinds, [false, true, true, false]);
    }

    #[test]
    fn a_set_without_elements_has_none() {
        assert_eq!(Value::set(Type::String, Vec::new()).len(), Some(0));
        assert!(!Members::of(&[]).contain(&Value::from("a")));
    }
}
