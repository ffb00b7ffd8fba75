//! Terraform's types.

use std::fmt;
use std::sync::Arc;

use ecow::EcoString;

/// A Terraform type; 16 bytes, cheap to clone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Type {
    /// `any`: not known yet, or not the same for all values.
    Dynamic,
    Bool,
    Number,
    String,
    List(Arc<Type>),
    Set(Arc<Type>),
    Map(Arc<Type>),
    Tuple(Arc<Vec<Type>>),
    /// Fields sorted by name.
    Object(Arc<Vec<Field>>),
}

/// One attribute of an object type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    pub name: EcoString,
    pub ty: Type,
    /// True only in type constraints of variables, never in the type of a value.
    pub optional: bool,
}

impl Type {
    /// Returns `list(element)`.
    pub fn list(element: Type) -> Type {
        Type::List(Arc::new(element))
    }

    /// Returns `set(element)`.
    pub fn set(element: Type) -> Type {
        Type::Set(Arc::new(element))
    }

    /// Returns `map(element)`.
    pub fn map(element: Type) -> Type {
        Type::Map(Arc::new(element))
    }

    /// Returns a tuple type.
    pub fn tuple(elements: Vec<Type>) -> Type {
        Type::Tuple(Arc::new(elements))
    }

    /// Returns an object type without optional attributes; the fields may come in any order.
    pub fn object(fields: impl IntoIterator<Item = (EcoString, Type)>) -> Type {
        let mut fields: Vec<Field> =
            fields.into_iter().map(|(name, ty)| Field { name, ty, optional: false }).collect();
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        Type::Object(Arc::new(fields))
    }

    /// Returns an object type from fields that may be optional, in any order.
    pub fn object_of(mut fields: Vec<Field>) -> Type {
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        Type::Object(Arc::new(fields))
    }

    /// Returns the field of that name, for object types.
    pub fn field(&self, name: &str) -> Option<&Field> {
        match self {
            Type::Object(fields) => {
                fields.binary_search_by(|f| f.name.as_str().cmp(name)).ok().map(|i| &fields[i])
            }
            _ => None,
        }
    }

    /// Returns the element type of a list, set or map.
    pub fn element(&self) -> Option<&Type> {
        match self {
            Type::List(t) | Type::Set(t) | Type::Map(t) => Some(t),
            _ => None,
        }
    }

    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::Bool | Type::Number | Type::String)
    }

    /// True for list, set and map, not for tuple and object.
    pub fn is_collection(&self) -> bool {
        matches!(self, Type::List(_) | Type::Set(_) | Type::Map(_))
    }

    /// True for everything that can be iterated over.
    pub fn is_iterable(&self) -> bool {
        self.is_collection() || matches!(self, Type::Tuple(_) | Type::Object(_))
    }

    /// True if `Dynamic` occurs nowhere inside.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Type::Dynamic => false,
            Type::Bool | Type::Number | Type::String => true,
            Type::List(t) | Type::Set(t) | Type::Map(t) => t.is_wholly_known(),
            Type::Tuple(ts) => ts.iter().all(Type::is_wholly_known),
            Type::Object(fs) => fs.iter().all(|f| f.ty.is_wholly_known()),
        }
    }

    /// Returns the type with every optional attribute made an ordinary one.
    pub fn without_optional(&self) -> Type {
        match self {
            Type::List(t) => Type::list(t.without_optional()),
            Type::Set(t) => Type::set(t.without_optional()),
            Type::Map(t) => Type::map(t.without_optional()),
            Type::Tuple(ts) => Type::tuple(ts.iter().map(Type::without_optional).collect()),
            Type::Object(fs) => Type::object(fs.iter().map(|f| (f.name.clone(), f.ty.without_optional()))),
            plain => plain.clone(),
        }
    }

    /// Returns the type in Terraform's JSON type syntax.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::{Value as Json, json};
        match self {
            Type::Dynamic => json!("dynamic"),
            Type::Bool => json!("bool"),
            Type::Number => json!("number"),
            Type::String => json!("string"),
            Type::List(t) => json!(["list", t.to_json()]),
            Type::Set(t) => json!(["set", t.to_json()]),
            Type::Map(t) => json!(["map", t.to_json()]),
            Type::Tuple(ts) => {
                json!(["tuple", ts.iter().map(Type::to_json).collect::<Vec<_>>()])
            }
            Type::Object(fs) => {
                let fields: serde_json::Map<String, Json> =
                    fs.iter().map(|f| (f.name.to_string(), f.ty.to_json())).collect();
                json!(["object", fields])
            }
        }
    }

    /// Reads a type in Terraform's JSON type syntax; what is none is any type.
    pub fn from_json(json: &serde_json::Value) -> Type {
        use serde_json::Value as Json;
        match json {
            Json::String(name) => match name.as_str() {
                "string" => Type::String,
                "number" => Type::Number,
                "bool" => Type::Bool,
                _ => Type::Dynamic,
            },
            Json::Array(parts) => match (parts.first().and_then(Json::as_str), parts.get(1)) {
                (Some("list"), Some(element)) => Type::list(Type::from_json(element)),
                (Some("set"), Some(element)) => Type::set(Type::from_json(element)),
                (Some("map"), Some(element)) => Type::map(Type::from_json(element)),
                (Some("tuple"), Some(Json::Array(elements))) => {
                    Type::tuple(elements.iter().map(Type::from_json).collect())
                }
                (Some("object"), Some(Json::Object(fields))) => {
                    Type::object(fields.iter().map(|(k, t)| (k.as_str().into(), Type::from_json(t))))
                }
                _ => Type::Dynamic,
            },
            _ => Type::Dynamic,
        }
    }

    /// Returns how Terraform names the type in messages ("list of string").
    pub fn friendly(&self) -> String {
        match self {
            Type::Dynamic => "dynamic".into(),
            Type::Bool => "bool".into(),
            Type::Number => "number".into(),
            Type::String => "string".into(),
            Type::List(t) => format!("list of {}", t.friendly()),
            Type::Set(t) => format!("set of {}", t.friendly()),
            Type::Map(t) => format!("map of {}", t.friendly()),
            Type::Tuple(_) => "tuple".into(),
            Type::Object(_) => "object".into(),
        }
    }
}

impl Type {
    /// Returns how Terraform names the type in messages about what is asked for ("list of any single type").
    pub fn friendly_constraint(&self) -> String {
        let element = |t: &Type| match t {
            Type::Dynamic => "any single type".to_owned(),
            other => other.friendly_constraint(),
        };
        match self {
            Type::Dynamic => "any type".into(),
            Type::List(t) => format!("list of {}", element(t)),
            Type::Set(t) => format!("set of {}", element(t)),
            Type::Map(t) => format!("map of {}", element(t)),
            other => other.friendly(),
        }
    }
}

impl fmt::Display for Type {
    /// Prints the type as it is written in a variable's `type` argument.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dynamic => f.write_str("any"),
            Type::Bool => f.write_str("bool"),
            Type::Number => f.write_str("number"),
            Type::String => f.write_str("string"),
            Type::List(t) => write!(f, "list({t})"),
            Type::Set(t) => write!(f, "set({t})"),
            Type::Map(t) => write!(f, "map({t})"),
            Type::Tuple(ts) => {
                f.write_str("tuple([")?;
                for (i, t) in ts.iter().enumerate() {
                    write!(f, "{}{t}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str("])")
            }
            Type::Object(fs) => {
                f.write_str("object({")?;
                for (i, x) in fs.iter().enumerate() {
                    let sep = if i == 0 { "" } else { ", " };
                    if x.optional {
                        write!(f, "{sep}{} = optional({})", x.name, x.ty)?;
                    } else {
                        write!(f, "{sep}{} = {}", x.name, x.ty)?;
                    }
                }
                f.write_str("})")
            }
        }
    }
}
