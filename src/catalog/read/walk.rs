//! Paths through blocks and collections.

use super::conditions::Answer;
use super::tally::note;
use crate::catalog::schema::{Item, resource_schema};
use crate::value::{Cause, ObjectId, Value};

/// What is found at the end of a path.
pub(super) enum Leaf<'a> {
    Value(&'a Value),
    /// It lies inside of something unknown: nobody knows how often it occurs.
    Hidden(Cause),
}

/// Follows a path through blocks and collections; null and what is missing yields nothing.
///
/// `meets` is asked at every object with the number of segments that lead to it, `fills` at an object of a nested block
/// that lacks the next one: whether the provider fills that in.
pub(super) fn walk(
    value: &Value,
    path: &[&str],
    depth: usize,
    (meets, fills): (&dyn Fn(&Value, usize) -> Answer, &dyn Fn(usize) -> bool),
    doubt: Option<&Cause>,
    sink: &mut dyn FnMut(Leaf, Option<&Cause>),
) {
    match value.bare() {
        Value::Null(_) => {}
        Value::Unknown(u) if !path.is_empty() => sink(Leaf::Hidden(u.why.clone()), doubt),
        _ if path.is_empty() => sink(Leaf::Value(value), doubt),
        Value::List(seq) | Value::Tuple(seq) | Value::Set(seq) => {
            for item in seq.items() {
                walk(item, path, depth, (meets, fills), doubt, sink);
            }
        }
        Value::Map(fields) | Value::Object(fields) => {
            let answer = meets(value, depth);
            let doubt = match &answer {
                Answer::Yes => doubt,
                Answer::No => return,
                Answer::Maybe(cause) => Some(cause),
            };
            match fields.get(path[0]) {
                Some(inner) => walk(inner, &path[1..], depth + 1, (meets, fills), doubt, sink),
                None if fields.open() == Some(ObjectId::NESTED) && !fills(depth) => {}
                None if fields.open().is_some() => sink(Leaf::Hidden(note(path[0])), doubt),
                None => {}
            }
        }
        // A number where a block should be: Terraform refuses it, and says so.
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        Value::Unknown(_) | Value::Marked(_) => {}
    }
}

/// Asks nothing at the objects on the way.
pub(super) fn anything(_: &Value, _: usize) -> Answer {
    Answer::Yes
}

/// True if the provider may fill in what lies at a path, where the configuration sets nothing.
pub(super) fn is_filled_in(resource_type: &str, path: &[&str]) -> bool {
    let Some(schema) = resource_schema(resource_type) else { return true };
    match schema.get(&path.join(".")) {
        Some(Item::Attribute(attribute)) => attribute.flags.computed(),
        Some(Item::Block(_)) => false,
        None => true,
    }
}
