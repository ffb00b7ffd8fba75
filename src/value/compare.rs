//! `==` as Terraform decides it.

use super::set::Members;
use super::{Cause, Refine, Type, Unknown, Value};

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

fn yes_no(b: bool) -> Answer {
    if b { Answer::Yes } else { Answer::No }
}

fn decide(a: &Value, b: &Value) -> Answer {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => return yes_no(a == b),
        (Value::Number(a), Value::Number(b)) => return yes_no(a == b),
        (Value::String(a), Value::String(b)) => return yes_no(a == b),
        (Value::Null(_) | Value::Unknown(_), _) | (_, Value::Null(_) | Value::Unknown(_)) => {
            if let (Value::Unknown(u), other) | (other, Value::Unknown(u)) = (a, b)
                && !matches!(other, Value::Null(_) | Value::Unknown(_))
                && !conforms(&other.type_of(), &u.ty)
            {
                return Answer::No;
            }
            return same(a, b);
        }
        _ => {}
    }
    let (ta, tb) = (a.type_of(), b.type_of());
    if let Some(why) = open_type(a).or_else(|| open_type(b)) {
        // Whatever the type turns out to be, it may still differ in what is known of it.
        let never = !conforms(&ta, &tb) && !conforms(&tb, &ta);
        return if never { Answer::No } else { Answer::Unknown(why) };
    }
    if ta == tb { same(a, b) } else { Answer::No }
}

/// Returns why not even the type is final, if something inside is unknown to that degree.
fn open_type(value: &Value) -> Option<Cause> {
    if value.is_wholly_known() {
        return None;
    }
    match value {
        Value::Unknown(u) if u.ty == Type::Dynamic => Some(u.why.clone()),
        Value::Unknown(u) if u.ty.is_iterable() && !u.ty.is_wholly_known() => Some(u.why.clone()),
        Value::List(s) | Value::Tuple(s) | Value::Set(s) => s.items().iter().find_map(open_type),
        Value::Map(f) | Value::Object(f) => {
            f.values().iter().find_map(open_type).or_else(|| f.open().map(|_| Cause::unstated()))
        }
        _ => None,
    }
}

/// True if a type is what is asked for, where `any` asks for nothing.
fn conforms(given: &Type, want: &Type) -> bool {
    difference(given, want).is_none()
}

/// Returns in which part a type is not what is asked for, where `any` asks for nothing: what is given and what is wanted.
pub fn difference<'a>(given: &'a Type, want: &'a Type) -> Option<(&'a Type, &'a Type)> {
    match (given, want) {
        (_, Type::Dynamic) => None,
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            difference(a, b)
        }
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => {
            a.iter().zip(b.iter()).find_map(|(a, b)| difference(a, b))
        }
        (Type::Object(a), Type::Object(b))
            if a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.name == b.name) =>
        {
            a.iter().zip(b.iter()).find_map(|(a, b)| difference(&a.ty, &b.ty))
        }
        _ => (given != want).then_some((given, want)),
    }
}

/// Decides between values of the same type, or of which one is null or unknown.
fn same(a: &Value, b: &Value) -> Answer {
    match (a, b) {
        (Value::Null(_), Value::Null(_)) => Answer::Yes,
        (Value::Null(_), Value::Unknown(u)) | (Value::Unknown(u), Value::Null(_)) => {
            if u.refine.not_null {
                Answer::No
            } else {
                Answer::Unknown(u.why.clone())
            }
        }
        (Value::Null(_), _) | (_, Value::Null(_)) => Answer::No,
        (Value::Unknown(u), Value::Unknown(_)) => Answer::Unknown(u.why.clone()),
        (Value::Unknown(u), other) | (other, Value::Unknown(u)) => {
            if excludes(u, other) {
                Answer::No
            } else {
                Answer::Unknown(u.why.clone())
            }
        }
        (Value::Bool(a), Value::Bool(b)) => yes_no(a == b),
        (Value::Number(a), Value::Number(b)) => yes_no(a == b),
        (Value::String(a), Value::String(b)) => yes_no(a == b),
        (Value::List(a), Value::List(b)) | (Value::Tuple(a), Value::Tuple(b)) => {
            if a.items().len() != b.items().len() {
                return Answer::No;
            }
            // In order: what comes after the first unknown is not looked at any more.
            a.items()
                .iter()
                .zip(b.items())
                .map(|(a, b)| same(a, b))
                .find(|x| !x.is_yes())
                .unwrap_or(Answer::Yes)
        }
        (Value::Map(a), Value::Map(b)) | (Value::Object(a), Value::Object(b)) => {
            if a.keys() != b.keys() {
                return Answer::No;
            }
            // NOTE: Terraform looks at the attributes in random order and stops at the first that is unknown or
            // different; with one of each it says now this, now that. Here it is unknown then.
            let mut found = Answer::Yes;
            for (a, b) in a.values().iter().zip(b.values()) {
                match same(a, b) {
                    Answer::Unknown(why) => return Answer::Unknown(why),
                    Answer::No => found = Answer::No,
                    Answer::Yes => {}
                }
            }
            found
        }
        (Value::Set(x), Value::Set(y)) => {
            let unknown = |v: &Value| v.as_unknown().map(|u| u.why.clone());
            if let Some(why) = x.items().iter().chain(y.items()).find_map(unknown) {
                return Answer::Unknown(why);
            }
            let members = Members::of(y.items());
            yes_no(x.items().len() == y.items().len() && x.items().iter().all(|v| members.contain(v)))
        }
        _ => Answer::No,
    }
}

impl Answer {
    fn is_yes(&self) -> bool {
        matches!(self, Answer::Yes)
    }
}

/// True if what is known of an unknown rules a known value out.
fn excludes(unknown: &Unknown, other: &Value) -> bool {
    let refine = &unknown.refine;
    match other {
        Value::String(s) => !s.starts_with(refine.prefix.as_str()),
        Value::Number(n) => {
            let below = refine.min.as_ref().is_some_and(|(min, inclusive)| {
                let order = n.compare(min);
                order.is_lt() || (order.is_eq() && !inclusive)
            });
            let above = refine.max.as_ref().is_some_and(|(max, inclusive)| {
                let order = n.compare(max);
                order.is_gt() || (order.is_eq() && !inclusive)
            });
            below || above
        }
        Value::List(_) | Value::Set(_) | Value::Map(_) => {
            let most = other.len().unwrap_or_default() as u64;
            let coalesces = matches!(other, Value::Set(_)) && !other.is_wholly_known();
            let least = if coalesces { most.min(1) } else { most };
            most < refine.len_min || refine.len_max.is_some_and(|max| least > max)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Marks;

    fn check(a: &Value, b: &Value, want: &str) {
        for (a, b) in [(a, b), (b, a)] {
            let found = match equal(a, b).bare() {
                Value::Bool(true) => "yes",
                Value::Bool(false) => "no",
                _ => "unknown",
            };
            assert_eq!(found, want, "{a:?} == {b:?}");
        }
    }

    fn unknown(ty: Type) -> Value {
        Value::unknown(ty, Cause::unstated())
    }

    #[test]
    fn different_types_are_unequal_even_if_unknown() {
        check(&Value::int(1), &"1".into(), "no");
        check(&Value::tuple(vec![]), &Value::list(Type::String, vec![]), "no");
        check(&unknown(Type::Number), &"1".into(), "no");
        check(&unknown(Type::Number), &unknown(Type::String), "unknown");
        check(&unknown(Type::Dynamic), &"1".into(), "unknown");
    }

    #[test]
    fn null_equals_null_of_any_type_and_may_equal_an_unknown() {
        check(&Value::NULL, &Value::Null(Type::String), "yes");
        check(&Value::NULL, &unknown(Type::String), "unknown");
        check(&Value::NULL, &unknown(Type::String).not_null(), "no");
        check(&Value::tuple(vec![Value::NULL]), &Value::tuple(vec![Value::NULL]), "yes");
    }

    #[test]
    fn what_is_known_of_an_unknown_decides() {
        let prefixed = Refine { prefix: "a-".into(), ..Refine::not_null() };
        let text = Value::refined(Type::String, prefixed, Cause::unstated());
        check(&text, &"b".into(), "no");
        check(&text, &"a-b".into(), "unknown");
        let short = Refine { len_max: Some(1), ..Refine::not_null() };
        let list = Value::refined(Type::list(Type::String), short, Cause::unstated());
        check(&list, &Value::list(Type::String, vec!["a".into(), "b".into()]), "no");
    }

    #[test]
    fn lists_are_compared_up_to_the_first_unknown() {
        let pair = |a: Value, b: Value| Value::tuple(vec![a, b]);
        let known = pair(Value::int(1), Value::int(2));
        check(&pair(unknown(Type::Number), Value::int(3)), &known, "unknown");
        check(&pair(Value::int(3), unknown(Type::Number)), &known, "no");
    }

    #[test]
    fn sets_with_unknown_elements_are_not_compared_but_empty_ones_are() {
        let set = |items: Vec<Value>| Value::set(Type::String, items);
        check(&set(vec![unknown(Type::String)]), &set(vec!["a".into(), "b".into()]), "unknown");
        check(&set(vec![]), &set(vec![]), "yes");
        check(&set(vec!["b".into(), "a".into()]), &set(vec!["a".into(), "b".into()]), "yes");
    }

    #[test]
    fn sensitive_parts_make_the_answer_sensitive() {
        let secret = Value::tuple(vec![Value::from("a").mark(Marks::SENSITIVE)]);
        assert_eq!(equal(&secret, &secret).marks(), Marks::SENSITIVE);
        check(&secret, &Value::tuple(vec!["a".into()]), "yes");
    }
}
