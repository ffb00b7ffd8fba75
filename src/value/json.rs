//! Values as JSON, and JSON as values.

use serde_json::{Map, Value as Json};

use super::number::Number;
use super::{Marks, Type, Value};

/// Which parts of a value something holds for: not at all, wholly, or a structure.
pub type UnknownShape = Json;

/// Returns the value as JSON; what is unknown is null. Marks are not looked at: the caller hides what is sensitive.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Null(_) | Value::Unknown(_) => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::Number(n) => number_to_json(n),
        Value::String(s) => Json::String(s.to_string()),
        Value::List(s) | Value::Tuple(s) | Value::Set(s) => {
            Json::Array(s.items().iter().map(to_json).collect())
        }
        Value::Map(f) | Value::Object(f) => {
            Json::Object(f.iter().map(|(k, v)| (k.to_string(), to_json(v))).collect())
        }
        Value::Marked(m) => to_json(&m.value),
    }
}

fn number_to_json(n: &Number) -> Json {
    if n.is_infinite() {
        return Json::Null;
    }
    let text = n.to_string();
    text.parse::<serde_json::Number>().map_or(Json::String(text), Json::Number)
}

/// Returns where the value is unknown: false, true, an array with an entry for each element,
/// or an object that names the attributes concerned.
pub fn unknown_shape(value: &Value) -> UnknownShape {
    shape(value, &|v| matches!(v, Value::Unknown(_)), &|v| v.is_wholly_known())
}

/// Returns where the value is sensitive, in the same form.
pub fn sensitive_shape(value: &Value) -> UnknownShape {
    shape(value, &|v| v.marks().contains(Marks::SENSITIVE), &|v| !v.contains_marked())
}

fn shape(value: &Value, here: &dyn Fn(&Value) -> bool, nowhere: &dyn Fn(&Value) -> bool) -> Json {
    if here(value) {
        return Json::Bool(true);
    }
    if nowhere(value) {
        return Json::Bool(false);
    }
    let bare = value.bare();
    if here(bare) {
        return Json::Bool(true);
    }
    match bare {
        Value::List(s) | Value::Tuple(s) | Value::Set(s) => {
            let inner: Vec<Json> = s.items().iter().map(|v| shape(v, here, nowhere)).collect();
            if inner.iter().all(is_nothing) { Json::Bool(false) } else { Json::Array(inner) }
        }
        Value::Map(f) | Value::Object(f) => {
            let inner: Map<String, Json> = f
                .iter()
                .map(|(k, v)| (k.to_string(), shape(v, here, nowhere)))
                .filter(|(_, s)| !is_nothing(s))
                .collect();
            if inner.is_empty() { Json::Bool(false) } else { Json::Object(inner) }
        }
        _ => Json::Bool(false),
    }
}

fn is_nothing(shape: &Json) -> bool {
    *shape == Json::Bool(false)
}

/// Returns the value that `jsondecode` makes of it: objects and tuples.
pub fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null(Type::Dynamic),
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => Number::parse(&n.to_string()).map_or(Value::NULL, Value::Number),
        Json::String(s) => Value::from(s.as_str()),
        Json::Array(items) => Value::tuple(items.iter().map(from_json).collect()),
        Json::Object(fields) => {
            Value::object(fields.iter().map(|(k, v)| (k.as_str().into(), from_json(v))).collect())
        }
    }
}
