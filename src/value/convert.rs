//! Conversion between types, as Terraform converts.

use ecow::EcoString;

use super::number::Number;
use super::types::{Field, Type};
use super::unify::unify;
use super::unknown::{Identity, Refine, Unknown};
use super::{Cause, Value};

/// Why a value is not of the type asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvertError {
    /// Where inside the value.
    pub path: Vec<PathStep>,
    pub message: String,
}

/// A step into a value.
#[derive(Clone, Debug, PartialEq)]
pub enum PathStep {
    Attr(EcoString),
    Index(usize),
    Key(EcoString),
}

impl ConvertError {
    fn new(message: impl Into<String>) -> ConvertError {
        ConvertError { path: Vec::new(), message: message.into() }
    }

    fn at(mut self, step: PathStep) -> ConvertError {
        self.path.insert(0, step);
        self
    }
}

/// Returns the error as Terraform words it: path first.
pub fn convert_error_text(error: &ConvertError) -> String {
    let mut text = String::new();
    for step in &error.path {
        match step {
            PathStep::Attr(name) => {
                if text.is_empty() {
                    text.push_str(&format!("attribute \"{name}\""));
                } else {
                    text.push_str(&format!(".{name}"));
                }
            }
            PathStep::Index(i) => {
                text.push_str(&if text.is_empty() { format!("element {i}") } else { format!("[{i}]") });
            }
            PathStep::Key(k) => {
                text.push_str(&if text.is_empty() { format!("element {k:?}") } else { format!("[{k:?}]") });
            }
        }
    }
    if text.is_empty() { error.message.clone() } else { format!("{text}: {}", error.message) }
}

/// Converts a value to a type constraint; optional attributes that are absent become null.
///
/// # Errors
/// If the value is not of that type and cannot be made so.
pub fn convert(value: &Value, want: &Type) -> Result<Value, ConvertError> {
    if let Value::Marked(m) = value {
        return Ok(convert(&m.value, want)?.mark(m.marks));
    }
    match want {
        Type::Dynamic => return Ok(value.clone()),
        Type::String if matches!(value, Value::String(_)) => return Ok(value.clone()),
        Type::Number if matches!(value, Value::Number(_)) => return Ok(value.clone()),
        Type::Bool if matches!(value, Value::Bool(_)) => return Ok(value.clone()),
        _ => {}
    }
    if !value.head().marked && !has_optional(want) && want.is_wholly_known() && value.type_of() == *want {
        return Ok(value.clone());
    }
    let have = value.type_of();
    if !exists(&have, want, true) {
        return Err(mismatch(&have, want));
    }
    match value {
        Value::Null(t) => Ok(Value::Null(replace_dynamic(t, &want.without_optional()))),
        Value::Unknown(u) => Ok(convert_unknown(u, &want.without_optional())),
        _ => convert_known(value, want),
    }
}

fn has_optional(ty: &Type) -> bool {
    match ty {
        Type::Object(fs) => fs.iter().any(|f| f.optional || has_optional(&f.ty)),
        Type::List(t) | Type::Set(t) | Type::Map(t) => has_optional(t),
        Type::Tuple(ts) => ts.iter().any(has_optional),
        _ => false,
    }
}

fn mismatch(have: &Type, want: &Type) -> ConvertError {
    if let (Type::Object(have), Type::Object(want)) = (have, want) {
        for field in want.iter() {
            match have.iter().find(|f| f.name == field.name) {
                None if !field.optional => {
                    return ConvertError::new(format!("attribute \"{}\" is required", field.name));
                }
                Some(f) if !exists(&f.ty, &field.ty, true) => {
                    return mismatch(&f.ty, &field.ty).at(PathStep::Attr(field.name.clone()));
                }
                _ => {}
            }
        }
    }
    if let (Type::Tuple(have), Type::List(want) | Type::Set(want)) = (have, want)
        && let Some((i, t)) = have.iter().enumerate().find(|(_, t)| !exists(t, want, true))
    {
        return mismatch(t, want).at(PathStep::Index(i));
    }
    if let (Type::Object(have), Type::Map(want)) = (have, want)
        && let Some(f) = have.iter().find(|f| !exists(&f.ty, want, true))
    {
        return mismatch(&f.ty, want).at(PathStep::Key(f.name.clone()));
    }
    match (have, want) {
        (Type::Tuple(_), Type::List(t) | Type::Set(t)) if **t == Type::Dynamic => {
            ConvertError::new("all list elements must have the same type")
        }
        (Type::Object(_), Type::Map(t)) if **t == Type::Dynamic => {
            ConvertError::new("all map elements must have the same type")
        }
        _ => ConvertError::new(format!("{} required", want.friendly())),
    }
}

/// Returns the unknown of another type; what is known of it and whom it stands for survive where they can.
fn convert_unknown(u: &Unknown, want: &Type) -> Value {
    let ty = replace_dynamic(&u.ty, want);
    if ty == u.ty {
        return Value::Unknown(std::sync::Arc::new(u.clone()));
    }
    let mut refine = Refine { not_null: u.refine.not_null, ..Refine::default() };
    match (&u.ty, &ty) {
        (Type::Object(fs), Type::Map(_)) => {
            refine.len_min = fs.len() as u64;
            refine.len_max = Some(fs.len() as u64);
        }
        (Type::Tuple(ts), Type::List(_)) => {
            refine.len_min = ts.len() as u64;
            refine.len_max = Some(ts.len() as u64);
        }
        (Type::Tuple(ts), Type::Set(_)) => {
            refine.len_min = (ts.len() as u64).min(1);
            refine.len_max = Some(ts.len() as u64);
        }
        (a, Type::Set(_)) if a.is_collection() => {
            refine.len_min = u.refine.len_min.min(1);
            refine.len_max = u.refine.len_max;
        }
        (a, b) if a.is_collection() && b.is_collection() => {
            refine.len_min = u.refine.len_min;
            refine.len_max = u.refine.len_max;
        }
        _ => {}
    }
    let is = if ty.is_primitive() || u.ty.is_collection() { u.is.clone() } else { Identity::Nobody };
    Value::unknown_as(ty, refine, u.why.clone(), is)
}

/// Returns `want` with each `any` replaced by what stands there in `have`.
fn replace_dynamic(have: &Type, want: &Type) -> Type {
    match (have, want) {
        (_, Type::Dynamic) => have.clone(),
        (Type::Dynamic, _) => want.clone(),
        (Type::List(a) | Type::Set(a) | Type::Map(a), Type::List(b)) => Type::list(replace_dynamic(a, b)),
        (Type::List(a) | Type::Set(a) | Type::Map(a), Type::Set(b)) => Type::set(replace_dynamic(a, b)),
        (Type::Map(a), Type::Map(b)) => Type::map(replace_dynamic(a, b)),
        (Type::Tuple(ts), Type::List(e)) => Type::list(unified_element(ts.iter(), e)),
        (Type::Tuple(ts), Type::Set(e)) => Type::set(unified_element(ts.iter(), e)),
        (Type::Object(fs), Type::Map(e)) => Type::map(unified_element(fs.iter().map(|f| &f.ty), e)),
        (Type::Object(a), Type::Object(b)) => Type::object(b.iter().map(|f| {
            let inner = a.iter().find(|g| g.name == f.name);
            (f.name.clone(), inner.map_or_else(|| f.ty.clone(), |g| replace_dynamic(&g.ty, &f.ty)))
        })),
        (Type::Map(a), Type::Object(b)) => {
            Type::object(b.iter().map(|f| (f.name.clone(), replace_dynamic(a, &f.ty))))
        }
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => {
            Type::tuple(a.iter().zip(b.iter()).map(|(a, b)| replace_dynamic(a, b)).collect())
        }
        _ => want.clone(),
    }
}

fn unified_element<'a>(types: impl Iterator<Item = &'a Type>, want: &Type) -> Type {
    if want.is_wholly_known() {
        return want.clone();
    }
    let types: Vec<Type> = types.map(|t| replace_dynamic(t, want)).collect();
    unify(&types, true).unwrap_or_else(|| want.clone())
}

/// True if a value of type `have` can always be converted to `want` without loss.
pub fn safe_conversion_exists(have: &Type, want: &Type) -> bool {
    exists(have, want, false)
}

/// True if values of type `have` can be tried for `want`; some may still fail.
pub fn can_convert(have: &Type, want: &Type) -> bool {
    exists(have, want, true)
}

/// True if Terraform tries the conversion: with `lossy` also those which may fail for some values.
pub(super) fn exists(have: &Type, want: &Type, lossy: bool) -> bool {
    match (have, want) {
        (_, Type::Dynamic) | (Type::Dynamic, _) => true,
        (Type::Bool, Type::Bool) | (Type::Number, Type::Number) | (Type::String, Type::String) => true,
        (Type::Number | Type::Bool, Type::String) => true,
        (Type::String, Type::Number | Type::Bool) => lossy,
        (Type::Object(a), Type::Object(b)) => b.iter().all(|f| match a.iter().find(|g| g.name == f.name) {
            Some(g) => exists(&g.ty, &f.ty, lossy),
            None => f.optional,
        }),
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| exists(a, b, lossy))
        }
        (Type::List(a) | Type::Set(a), Type::List(b)) => exists(a, b, lossy),
        (Type::Set(a), Type::Set(b)) => exists(a, b, lossy),
        (Type::List(a), Type::Set(b)) => lossy && exists(a, b, lossy),
        (Type::Map(a), Type::Map(b)) => exists(a, b, lossy),
        (Type::Tuple(ts), Type::List(e) | Type::Set(e)) => elements_exist(ts.iter(), e, lossy),
        (Type::Object(fs), Type::Map(e)) => elements_exist(fs.iter().map(|f| &f.ty), e, lossy),
        (Type::Map(a), Type::Object(b)) => lossy && b.iter().all(|f| exists(a, &f.ty, lossy)),
        _ => false,
    }
}

fn elements_exist<'a>(types: impl Iterator<Item = &'a Type> + Clone, want: &Type, lossy: bool) -> bool {
    if *want == Type::Dynamic {
        let types: Vec<Type> = types.cloned().collect();
        return match unify(&types, lossy) {
            Some(unified) => types.iter().all(|t| exists(t, &unified, lossy)),
            None => false,
        };
    }
    types.into_iter().all(|t| exists(t, want, lossy))
}

fn convert_known(value: &Value, want: &Type) -> Result<Value, ConvertError> {
    match (value, want) {
        (Value::Number(n), Type::String) => Ok(Value::from(n.to_string())),
        (Value::Bool(b), Type::String) => Ok(Value::from(if *b { "true" } else { "false" })),
        (Value::String(s), Type::Number) => match Number::parse(s) {
            Some(n) => Ok(Value::Number(n)),
            None => Err(ConvertError::new("a number is required")),
        },
        (Value::String(s), Type::Bool) => match s.as_str() {
            "true" | "1" => Ok(Value::Bool(true)),
            "false" | "0" => Ok(Value::Bool(false)),
            "True" | "TRUE" => {
                Err(ConvertError::new("a bool is required; to convert from string, use lowercase \"true\""))
            }
            "False" | "FALSE" => {
                Err(ConvertError::new("a bool is required; to convert from string, use lowercase \"false\""))
            }
            _ => Err(ConvertError::new("a bool is required")),
        },
        (Value::Object(fs), Type::Object(want)) => {
            let mut entries = Vec::with_capacity(want.len());
            for field in want.iter() {
                let converted = match fs.get(&field.name) {
                    Some(v) => convert(v, &field.ty).map_err(|e| e.at(PathStep::Attr(field.name.clone())))?,
                    None => Value::Null(field.ty.without_optional()),
                };
                entries.push((field.name.clone(), converted));
            }
            Ok(Value::object(entries))
        }
        (Value::Map(fs), Type::Object(want)) => map_to_object(fs, want),
        (Value::Object(fs), Type::Map(element)) => {
            let element = element_for(fs.values(), element);
            let mut values = Vec::with_capacity(fs.len());
            for (k, v) in fs.iter() {
                values.push(convert(v, &element).map_err(|e| e.at(PathStep::Key(k.clone())))?);
            }
            let (element, values) = agree(element, values)?;
            Ok(Value::map_with(element, fs.keys().clone(), values))
        }
        (Value::Map(fs), Type::Map(element)) => {
            let mut values = Vec::with_capacity(fs.len());
            for (k, v) in fs.iter() {
                values.push(convert(v, element).map_err(|e| e.at(PathStep::Key(k.clone())))?);
            }
            let fallback = replace_dynamic(&fs.element_type(), &element.without_optional());
            let (element, values) = agree(fallback, values)?;
            Ok(Value::map_with(element, fs.keys().clone(), values))
        }
        (Value::Tuple(seq), Type::Tuple(want)) => {
            let mut items = Vec::with_capacity(want.len());
            for (i, (v, t)) in seq.items().iter().zip(want.iter()).enumerate() {
                items.push(convert(v, t).map_err(|e| e.at(PathStep::Index(i)))?);
            }
            Ok(Value::tuple(items))
        }
        (Value::Tuple(seq) | Value::List(seq) | Value::Set(seq), Type::List(_) | Type::Set(_)) => {
            let element = want.element().expect("bug: a list without an element type");
            if matches!(value, Value::Set(_))
                && matches!(want, Type::List(_))
                && let Some(why) = value.cause()
            {
                // How many elements a set with unknown ones has is not known either.
                return Ok(Value::unknown(Type::list(replace_dynamic(&seq.element_type(), element)), why));
            }
            let (element, tuple) = match value {
                Value::Tuple(_) => (element_for(seq.items(), element), true),
                _ => (element.clone(), false),
            };
            let mut items = Vec::with_capacity(seq.items().len());
            for (i, v) in seq.items().iter().enumerate() {
                items.push(convert(v, &element).map_err(|e| e.at(PathStep::Index(i)))?);
            }
            let fallback = if tuple {
                element.without_optional()
            } else {
                replace_dynamic(&seq.element_type(), &element.without_optional())
            };
            let (element, items) = agree(fallback, items)?;
            Ok(match want {
                Type::Set(_) => Value::set(element, items),
                _ => Value::list(element, items),
            })
        }
        _ => Err(mismatch(&value.type_of(), want)),
    }
}

/// Returns the element type all values of a structure are converted to.
fn element_for(values: &[Value], element: &Type) -> Type {
    if *element != Type::Dynamic {
        return element.clone();
    }
    let types: Vec<Type> = values.iter().map(Value::type_of).collect();
    unify(&types, true).unwrap_or(Type::Dynamic)
}

/// Returns one element type for converted values, converting again where `any` left them different.
fn agree(element: Type, values: Vec<Value>) -> Result<(Type, Vec<Value>), ConvertError> {
    let element = element.without_optional();
    if element.is_wholly_known() || values.is_empty() {
        return Ok((element, values));
    }
    let types: Vec<Type> = values.iter().map(Value::type_of).collect();
    let Some(unified) = unify(&types, true) else {
        return Err(ConvertError::new("all elements must have the same type"));
    };
    let values = values.iter().map(|v| convert(v, &unified)).collect::<Result<_, _>>()?;
    Ok((unified, values))
}

fn map_to_object(fields: &super::Fields, want: &[Field]) -> Result<Value, ConvertError> {
    let mut entries = Vec::with_capacity(want.len());
    for field in want {
        let value = match fields.get(&field.name) {
            Some(v) => convert(v, &field.ty).map_err(|e| e.at(PathStep::Key(field.name.clone())))?,
            None if field.optional => Value::Null(field.ty.without_optional()),
            None => {
                return Err(ConvertError::new(format!(
                    "map has no element for required attribute \"{}\"",
                    field.name
                )));
            }
        };
        entries.push((field.name.clone(), value));
    }
    Ok(Value::object(entries))
}

/// Returns an unknown of a type that carries the cause of another value, or none.
pub fn unknown_like(value: &Value, ty: Type) -> Value {
    Value::unknown(ty, value.cause().unwrap_or_else(Cause::unstated))
}
