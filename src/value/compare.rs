//! `==` as Terraform decides it.

use super::{Cause, Refine, Type, Value};

/// Returns `a == b`: true, false, or an unknown truth value. Marks are put on the result.
///
/// Nothing is converted: values of different known types are unequal. Identity is never looked at.
pub fn equal(a: &Value, b: &Value) -> Value {
    let (a, marks_a) = a.unmark_deep();
    let (b, marks_b) = b.unmark_deep();
    let answer = match decide(&a, &b) {
        Answer::Yes => Value::Bool(true),
        Answer::No => Value::Bool(false),
        Answer::Unknown(why) => Value::unknown_with(Type::Bool, Refine::not_null(), why),
    };
    answer.mark(marks_a | marks_b)
}

enum Answer {
    Yes,
    No,
    Unknown(Cause),
}

fn decide(a: &Value, b: &Value) -> Answer {
    match (a, b) {
        (Value::Null(_), Value::Null(_)) => return Answer::Yes,
        (Value::Null(_), Value::Unknown(u)) | (Value::Unknown(u), Value::Null(_)) => {
            return if u.refine.not_null { Answer::No } else { Answer::Unknown(u.why.clone()) };
        }
        (Value::Null(_), _) | (_, Value::Null(_)) => return Answer::No,
        (Value::Unknown(u), other) | (other, Value::Unknown(u)) => {
            let other_type = other.type_of();
            if u.ty.is_wholly_known() && !has_unknown_type(other) && u.ty != other_type {
                return Answer::No;
            }
            return if excluded(&u.refine, other) { Answer::No } else { Answer::Unknown(u.why.clone()) };
        }
        (Value::Bool(a), Value::Bool(b)) => return yes_no(a == b),
        (Value::Number(a), Value::Number(b)) => return yes_no(a == b),
        (Value::String(a), Value::String(b)) => return yes_no(a == b),
        _ => {}
    }
    if !has_unknown_type(a) && !has_unknown_type(b) && a.type_of() != b.type_of() {
        return Answer::No;
    }
    match (a, b) {
        (Value::List(x), Value::List(y)) | (Value::Tuple(x), Value::Tuple(y)) => {
            if x.items().len() != y.items().len() {
                return Answer::No;
            }
            all(x.items().iter().zip(y.items()))
        }
        (Value::Map(x), Value::Map(y)) | (Value::Object(x), Value::Object(y)) => {
            if x.keys() != y.keys() {
                return Answer::No;
            }
            all(x.values().iter().zip(y.values()))
        }
        (Value::Set(x), Value::Set(y)) => {
            if let Some(why) = a.cause().or_else(|| b.cause()) {
                return Answer::Unknown(why);
            }
            if x.items().len() != y.items().len() {
                return Answer::No;
            }
            all(x.items().iter().zip(y.items()))
        }
        _ => Answer::No,
    }
}

/// True if something in the value is unknown and may turn out to be of another type.
fn has_unknown_type(value: &Value) -> bool {
    if value.is_wholly_known() {
        return false;
    }
    match value.bare() {
        Value::Unknown(u) => !u.ty.is_wholly_known(),
        Value::List(s) | Value::Tuple(s) | Value::Set(s) => s.items().iter().any(has_unknown_type),
        Value::Map(f) | Value::Object(f) => f.open().is_some() || f.values().iter().any(has_unknown_type),
        _ => false,
    }
}

fn yes_no(b: bool) -> Answer {
    if b { Answer::Yes } else { Answer::No }
}

/// Decides in order: the first pair that is not equal, or not known to be, is the answer.
fn all<'a>(pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Answer {
    for (a, b) in pairs {
        match decide(a, b) {
            Answer::Yes => {}
            other => return other,
        }
    }
    Answer::Yes
}

/// True if what is known of an unknown rules the other value out.
fn excluded(refine: &Refine, other: &Value) -> bool {
    match other {
        Value::String(s) => !refine.prefix.is_empty() && !s.starts_with(refine.prefix.as_str()),
        Value::Number(n) => {
            let below = refine.min.as_ref().is_some_and(|(m, inclusive)| {
                let o = n.compare(m);
                o.is_lt() || (o.is_eq() && !inclusive)
            });
            let above = refine.max.as_ref().is_some_and(|(m, inclusive)| {
                let o = n.compare(m);
                o.is_gt() || (o.is_eq() && !inclusive)
            });
            below || above
        }
        Value::List(_) | Value::Set(_) | Value::Map(_) => {
            let Some(n) = other.len().map(|n| n as u64) else {
                return false;
            };
            n < refine.len_min || refine.len_max.is_some_and(|m| n > m)
        }
        Value::Unknown(u) => {
            let (a, b) = (&refine.prefix, &u.refine.prefix);
            let common = a.len().min(b.len());
            common > 0 && a.as_bytes()[..common] != b.as_bytes()[..common]
        }
        _ => false,
    }
}
