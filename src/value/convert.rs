//! Conversion between types, as Terraform converts.

use ecow::EcoString;

use super::number::Number;
use super::quote::quoted;
use super::types::{Field, Type};
use super::unify::unify;
use super::unknown::{Identity, Refine, Unknown};
use super::{Cause, Fields, Seq, Value};

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

/// Returns the error as Terraform words it in most places: without saying where inside the value.
pub fn convert_error_text(error: &ConvertError) -> String {
    error.message.clone()
}

/// Returns the error as Terraform words it for defaults of variables: `[0].a: a number is required`.
pub fn located_convert_error_text(error: &ConvertError) -> String {
    let mut text = String::new();
    for step in &error.path {
        match step {
            PathStep::Attr(name) => text.push_str(&format!(".{name}")),
            PathStep::Index(i) => text.push_str(&format!("[{i}]")),
            PathStep::Key(k) => text.push_str(&format!("[{}]", quoted(k))),
        }
    }
    if text.is_empty() { error.message.clone() } else { format!("{text}: {}", error.message) }
}

/// Converts a value to a type constraint; optional attributes that are absent become null.
///
/// # Errors
/// If the value is not of that type and cannot be made so.
pub fn convert(value: &Value, want: &Type) -> Result<Value, ConvertError> {
    if is_of(value, want) {
        return Ok(value.clone());
    }
    if let Some(converted) = plainly(value, want) {
        return Ok(converted);
    }
    let have = value.type_of();
    if !exists(&have, want, true) {
        return Err(ConvertError::new(mismatch(&have, want)));
    }
    apply(value, want)
}

/// True if values of type `have` can be tried for `want`; some may still fail.
pub fn can_convert(have: &Type, want: &Type) -> bool {
    exists(have, want, true)
}

/// True if a value of type `have` can always be converted to `want` without loss.
pub fn safe_conversion_exists(have: &Type, want: &Type) -> bool {
    exists(have, want, false)
}

/// True if the value is of exactly that type, which may have optional attributes: nothing is to be done.
pub fn is_of(value: &Value, want: &Type) -> bool {
    match (value, want) {
        (Value::Marked(m), _) => is_of(&m.value, want),
        (Value::Null(t), _) => is_same(t, want),
        (Value::Unknown(u), _) => is_same(&u.ty, want),
        (Value::Bool(_), Type::Bool)
        | (Value::Number(_), Type::Number)
        | (Value::String(_), Type::String) => true,
        (Value::List(s), Type::List(t)) | (Value::Set(s), Type::Set(t)) => is_same(&s.element_type(), t),
        (Value::Map(f), Type::Map(t)) => is_same(&f.element_type(), t),
        (Value::Tuple(s), Type::Tuple(ts)) => {
            s.items().len() == ts.len() && s.items().iter().zip(ts.iter()).all(|(v, t)| is_of(v, t))
        }
        (Value::Object(f), Type::Object(fs)) => {
            f.len() == fs.len() && f.iter().zip(fs.iter()).all(|((k, v), f)| *k == f.name && is_of(v, &f.ty))
        }
        _ => false,
    }
}

/// Converts what needs no look at the types: known values to types without `any`, where nothing can fail.
///
/// None: it takes more than that.
fn plainly(value: &Value, want: &Type) -> Option<Value> {
    if is_of(value, want) {
        return Some(value.clone());
    }
    let all = |values: &[Value], ty: &Type| values.iter().map(|v| plainly(v, ty)).collect::<Option<Vec<_>>>();
    match (value, want) {
        (Value::Number(n), Type::String) => Some(Value::from(n.to_string())),
        (Value::Bool(b), Type::String) => Some(Value::from(if *b { "true" } else { "false" })),
        (Value::Object(fields), Type::Object(wanted)) if fields.open().is_none() => {
            let of = |field: &Field| match fields.get(&field.name) {
                Some(v) => plainly(v, &field.ty),
                None if field.optional => Some(Value::Null(field.ty.without_optional())),
                None => None,
            };
            let values = wanted.iter().map(of).collect::<Option<Vec<_>>>()?;
            if fields.keys().iter().eq(wanted.iter().map(|f| &f.name)) {
                return Some(Value::object_with(fields.keys().clone(), values));
            }
            Some(Value::object_with(wanted.iter().map(|f| f.name.clone()).collect(), values))
        }
        (Value::Object(fields) | Value::Map(fields), Type::Map(element))
            if fields.open().is_none() && element.is_wholly_known() =>
        {
            let values = all(fields.values(), element)?;
            Some(Value::map_with(element.without_optional(), fields.keys().clone(), values))
        }
        (Value::Tuple(seq) | Value::List(seq), Type::List(element)) if element.is_wholly_known() => {
            Some(Value::list(element.without_optional(), all(seq.items(), element)?))
        }
        _ => None,
    }
}

/// True if types are equal but for attributes being optional.
fn is_same(have: &Type, want: &Type) -> bool {
    match (have, want) {
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            is_same(a, b)
        }
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| is_same(a, b))
        }
        (Type::Object(a), Type::Object(b)) => {
            a.len() == b.len()
                && a.iter().zip(b.iter()).all(|(a, b)| a.name == b.name && is_same(&a.ty, &b.ty))
        }
        _ => have == want,
    }
}

/// Says why there is no conversion between two types.
fn mismatch(have: &Type, want: &Type) -> String {
    let required = || format!("{} required", want.friendly_constraint());
    match (have, want) {
        (Type::Object(have), Type::Object(want)) => mismatched_objects(have, want),
        (Type::Tuple(_), Type::List(t)) if **t == Type::Dynamic => {
            "all list elements must have the same type".into()
        }
        (Type::Tuple(_), Type::Set(t)) if **t == Type::Dynamic => {
            "all set elements must have the same type".into()
        }
        (Type::Object(_), Type::Map(t)) if **t == Type::Dynamic => {
            "all map elements must have the same type".into()
        }
        (Type::Tuple(have), Type::List(want) | Type::Set(want)) => {
            match have.iter().enumerate().find(|(_, t)| !exists(t, want, true)) {
                Some((i, t)) => format!("element {i}: {}", mismatch(t, want)),
                None => format!("all elements must be {}", want.friendly_constraint()),
            }
        }
        (Type::Object(have), Type::Map(want)) => match have.iter().find(|f| !exists(&f.ty, want, true)) {
            Some(f) => format!("element {}: {}", quoted(&f.name), mismatch(&f.ty, want)),
            None => format!("all elements must be {}", want.friendly_constraint()),
        },
        (Type::List(a) | Type::Set(a), Type::List(b)) => {
            format!("incorrect list element type: {}", mismatch(a, b))
        }
        (Type::List(a) | Type::Set(a), Type::Set(b)) => {
            format!("incorrect set element type: {}", mismatch(a, b))
        }
        (Type::Map(a), Type::Map(b)) => format!("incorrect map element type: {}", mismatch(a, b)),
        _ => required(),
    }
}

fn mismatched_objects(have: &[Field], want: &[Field]) -> String {
    let found = |name: &EcoString| have.iter().find(|g| g.name == *name);
    let missing: Vec<String> =
        want.iter().filter(|f| !f.optional && found(&f.name).is_none()).map(|f| quoted(&f.name)).collect();
    match missing.as_slice() {
        [] => {}
        [one] => return format!("attribute {one} is required"),
        [one, two] => return format!("attributes {one} and {two} are required"),
        [most @ .., last] => {
            return format!("attributes {}, and {last} are required", most.join(", "));
        }
    }
    for lossy in [true, false] {
        for f in want {
            if let Some(g) = found(&f.name).filter(|g| !exists(&g.ty, &f.ty, lossy)) {
                return format!("attribute {}: {}", quoted(&f.name), mismatch(&g.ty, &f.ty));
            }
        }
    }
    "incorrect object attributes".into()
}

/// Returns the unknown of another type; what is known of it and whom it stands for survive where they can.
fn convert_unknown(u: &Unknown, want: &Type) -> Value {
    let ty = replace_dynamic(&u.ty, want);
    if ty == u.ty {
        return Value::Unknown(std::sync::Arc::new(u.clone()));
    }
    let mut refine = Refine { not_null: u.refine.not_null, ..Refine::default() };
    let mut between = |min: usize, max: usize| {
        refine.len_min = min as u64;
        refine.len_max = Some(max as u64);
    };
    match (&u.ty, &ty) {
        (Type::Object(fs), Type::Map(_)) => between(fs.len(), fs.len()),
        (Type::Tuple(ts), Type::List(_)) => between(ts.len(), ts.len()),
        (Type::Tuple(ts), Type::Set(_)) => between(ts.len().min(1), ts.len()),
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
    Value::unknown_as(ty, refine, u.why.clone(), is).settled()
}

/// Returns `want` with each `any` replaced by what stands there in `have`.
fn replace_dynamic(have: &Type, want: &Type) -> Type {
    let unified = |types: &[Type], want: &Type| match unify(types, true) {
        Some(ty) => replace_dynamic(&ty, want),
        None => want.clone(),
    };
    let types_of = |fs: &[Field]| fs.iter().map(|f| f.ty.clone()).collect::<Vec<_>>();
    match (have, want) {
        (Type::Dynamic, _) => want.clone(),
        (_, Type::Dynamic) => have.clone(),
        (Type::Map(a), Type::Map(b)) => Type::map(replace_dynamic(a, b)),
        (Type::Object(fs), Type::Map(b)) => Type::map(unified(&types_of(fs), b)),
        (Type::List(a) | Type::Set(a), Type::List(b)) => Type::list(replace_dynamic(a, b)),
        (Type::List(a) | Type::Set(a), Type::Set(b)) => Type::set(replace_dynamic(a, b)),
        (Type::Tuple(ts), Type::List(b)) => Type::list(unified(ts, b)),
        (Type::Tuple(ts), Type::Set(b)) => Type::set(unified(ts, b)),
        (Type::Object(_), Type::Object(b)) => Type::object(b.iter().map(|f| {
            let inner = have.field(&f.name);
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

/// True if Terraform tries the conversion: with `lossy` also those which may fail for some values.
pub(super) fn exists(have: &Type, want: &Type, lossy: bool) -> bool {
    if have == want {
        return true;
    }
    match (have, want) {
        (_, Type::Dynamic) => true,
        (Type::Dynamic, _) => lossy,
        (Type::Number | Type::Bool, Type::String) => true,
        (Type::String, Type::Number | Type::Bool) => lossy,
        (Type::Object(_), Type::Object(b)) => b.iter().all(|f| match have.field(&f.name) {
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
        (Type::Tuple(ts), Type::List(b) | Type::Set(b)) => {
            // A tuple of an unknown type and others may turn out to be no list.
            let open = |ty: &Type| *ty == Type::Dynamic && ts.iter().any(|t| *t != Type::Dynamic);
            match element_for(ts, b, lossy) {
                Some(ty) if **b == Type::Dynamic && open(&ty) => false,
                Some(ty) => ts.iter().all(|t| exists(t, &ty, lossy)),
                None => ts.is_empty(),
            }
        }
        (Type::Object(fs), Type::Map(b)) => {
            let types: Vec<Type> = fs.iter().map(|f| f.ty.clone()).collect();
            match element_for(&types, b, lossy) {
                Some(ty) => types.iter().all(|t| exists(t, &ty, lossy)),
                None => types.is_empty(),
            }
        }
        (Type::Map(a), Type::Object(b)) => lossy && b.iter().all(|f| f.optional || exists(a, &f.ty, lossy)),
        _ => false,
    }
}

/// Returns the element type that the parts of a structure are converted to.
fn element_for(parts: &[Type], want: &Type, lossy: bool) -> Option<Type> {
    if *want == Type::Dynamic { unify(parts, lossy) } else { Some(want.clone()) }
}

/// Converts a value of a type for which the conversion exists.
fn apply(value: &Value, want: &Type) -> Result<Value, ConvertError> {
    if *want == Type::Dynamic || is_of(value, want) {
        return Ok(value.clone());
    }
    match (value, want) {
        (Value::Marked(m), _) => Ok(apply(&m.value, want)?.mark(m.marks)),
        (Value::Null(t), _) => Ok(Value::Null(replace_dynamic(t, &want.without_optional()))),
        (Value::Unknown(u), _) => Ok(convert_unknown(u, &want.without_optional())),
        (Value::Number(n), Type::String) => Ok(Value::from(n.to_string())),
        (Value::Bool(b), Type::String) => Ok(Value::from(if *b { "true" } else { "false" })),
        (Value::String(s), Type::Number) => {
            Number::parse(s).map(Value::Number).ok_or_else(|| ConvertError::new("a number is required"))
        }
        (Value::String(s), Type::Bool) => truth(s),
        (Value::Object(fs), Type::Object(want)) => {
            let mut entries = Vec::with_capacity(want.len());
            for field in want.iter() {
                let converted = match fs.get(&field.name) {
                    Some(v) => apply(v, &field.ty).map_err(|e| e.at(PathStep::Attr(field.name.clone())))?,
                    None if fs.open().is_some() => {
                        Value::unknown(field.ty.without_optional(), Cause::unstated())
                    }
                    None => Value::Null(field.ty.without_optional()),
                };
                entries.push((field.name.clone(), converted));
            }
            Ok(Value::object(entries))
        }
        (Value::Object(fs), Type::Map(_)) if fs.open().is_some() => {
            Ok(Value::unknown(want.without_optional(), value.cause().unwrap_or_else(Cause::unstated)))
        }
        (Value::Tuple(seq), Type::Tuple(want)) => {
            let mut items = Vec::with_capacity(want.len());
            for (i, (v, t)) in seq.items().iter().zip(want.iter()).enumerate() {
                items.push(apply(v, t).map_err(|e| e.at(PathStep::Index(i)))?);
            }
            Ok(Value::tuple(items))
        }
        (Value::Map(fs), Type::Object(want)) => map_to_object(fs, want),
        (Value::Map(fs) | Value::Object(fs), Type::Map(want)) => to_map(value, fs, want),
        (
            Value::Tuple(seq) | Value::List(seq) | Value::Set(seq),
            Type::List(element) | Type::Set(element),
        ) => to_sequence(value, seq, want, element),
        _ => Err(ConvertError::new(mismatch(&value.type_of(), want))),
    }
}

fn truth(text: &str) -> Result<Value, ConvertError> {
    let required = match text {
        "true" | "1" => return Ok(Value::Bool(true)),
        "false" | "0" => return Ok(Value::Bool(false)),
        _ if text.eq_ignore_ascii_case("true") => {
            "a bool is required; to convert from string, use lowercase \"true\""
        }
        _ if text.eq_ignore_ascii_case("false") => {
            "a bool is required; to convert from string, use lowercase \"false\""
        }
        _ => "a bool is required",
    };
    Err(ConvertError::new(required))
}

fn map_to_object(fields: &Fields, want: &[Field]) -> Result<Value, ConvertError> {
    let mut entries = Vec::with_capacity(want.len());
    for field in want {
        let value = match fields.get(&field.name) {
            Some(v) => {
                let have = v.type_of();
                if !exists(&have, &field.ty, true) {
                    return Err(ConvertError::new(format!(
                        "map element type is incompatible with attribute {}: {}",
                        quoted(&field.name),
                        mismatch(&have, &field.ty)
                    )));
                }
                apply(v, &field.ty).map_err(|e| e.at(PathStep::Key(field.name.clone())))?
            }
            None if field.optional => Value::Null(field.ty.without_optional()),
            None => {
                return Err(ConvertError::new(format!(
                    "map has no element for required attribute {}",
                    quoted(&field.name)
                )));
            }
        };
        entries.push((field.name.clone(), value));
    }
    Ok(Value::object(entries))
}

fn to_map(value: &Value, fields: &Fields, want: &Type) -> Result<Value, ConvertError> {
    let from_object = matches!(value, Value::Object(_));
    if fields.is_empty() {
        let element = match want {
            Type::Dynamic if !from_object => fields.element_type(),
            _ => want.without_optional(),
        };
        return Ok(Value::map(element, Vec::new()));
    }
    let element = if from_object { structure_element(fields.values(), want) } else { want.clone() };
    let mut values = Vec::with_capacity(fields.len());
    for (k, v) in fields.iter() {
        values.push(apply(v, &element).map_err(|e| e.at(PathStep::Key(k.clone())))?);
    }
    let nested = element.is_collection() || matches!(element, Type::Object(_));
    let unified = if nested { Some(from_object) } else { None };
    let noun =
        if from_object { "attribute types must all match for conversion to map" } else { MAP_ELEMENTS };
    let (element, values) = agree(&element, values, unified, noun)?;
    Ok(Value::map_with(element, fields.keys().clone(), values))
}

const MAP_ELEMENTS: &str = "element types must all match for conversion to map";

fn to_sequence(value: &Value, seq: &Seq, want: &Type, element: &Type) -> Result<Value, ConvertError> {
    let to_set = matches!(want, Type::Set(_));
    let from_tuple = matches!(value, Value::Tuple(_));
    let make = |element: Type, items: Vec<Value>| {
        if to_set { Value::set(element, items) } else { Value::list(element, items) }
    };
    if seq.items().is_empty() {
        let element = match element {
            Type::Dynamic if !from_tuple => seq.element_type(),
            _ => element.without_optional(),
        };
        return Ok(make(element, Vec::new()));
    }
    if matches!(value, Value::Set(_))
        && !to_set
        && seq.items().len() > 1
        && let Some(why) = value.cause()
    {
        // How many elements a set with unknown ones has is not known either.
        // NOTE: Terraform forgets to convert the type here, and functions then refuse the argument.
        return Ok(Value::unknown(Type::list(seq.element_type()), why));
    }
    let element = if from_tuple { structure_element(seq.items(), element) } else { element.clone() };
    let mut items = Vec::with_capacity(seq.items().len());
    for (i, v) in seq.items().iter().enumerate() {
        items.push(apply(v, &element).map_err(|e| e.at(PathStep::Index(i)))?);
    }
    let noun = if to_set {
        "element types must all match for conversion to set"
    } else {
        "element types must all match for conversion to list"
    };
    let unified = if from_tuple && !to_set { Some(true) } else { None };
    let (element, items) = agree(&element, items, unified, noun)?;
    Ok(make(element, items))
}

/// Returns the element type that all values of a structure are converted to.
fn structure_element(values: &[Value], element: &Type) -> Type {
    if *element != Type::Dynamic {
        return element.clone();
    }
    let types: Vec<Type> = values.iter().map(Value::type_of).collect();
    unify(&types, true).unwrap_or(Type::Dynamic)
}

/// Returns the type that converted elements have in common, with the elements made to be of it.
///
/// With `unified` (lossy or not) they are converted once more where `any` left them different. What is of unknown type
/// takes the type of the others.
fn agree(
    element: &Type,
    values: Vec<Value>,
    unified: Option<bool>,
    noun: &str,
) -> Result<(Type, Vec<Value>), ConvertError> {
    let element = element.without_optional();
    let converted = |v: &Value| v.as_unknown().is_none_or(|u| u.ty == element);
    if element.is_wholly_known() && values.iter().all(converted) {
        return Ok((element, values));
    }
    let mut types: Vec<Type> = values.iter().map(Value::type_of).collect();
    let mut values = values;
    if let Some(lossy) = unified {
        let ty = unify(&types, lossy)
            .ok_or_else(|| ConvertError::new("cannot find a common base type for all elements"))?;
        values = values.iter().map(|v| apply(v, &ty)).collect::<Result<_, _>>()?;
        types = values.iter().map(Value::type_of).collect();
    }
    let common = types.iter().find(|t| **t != Type::Dynamic).cloned().unwrap_or(Type::Dynamic);
    if types.iter().any(|t| *t != Type::Dynamic && *t != common) {
        return Err(ConvertError::new(noun));
    }
    let retyped = |(v, t): (Value, Type)| {
        if t == common { Ok(v) } else { apply(&v, &common) }
    };
    let values = values.into_iter().zip(types).map(retyped).collect::<Result<_, _>>()?;
    Ok((common, values))
}

/// Returns an unknown of a type that carries the cause of another value, or none.
pub fn unknown_like(value: &Value, ty: Type) -> Value {
    Value::unknown(ty, value.cause().unwrap_or_else(Cause::unstated))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Marks, to_json};

    fn check(value: &Value, want: &Type, result: &str) {
        let shown = match convert(value, want) {
            Ok(v) => format!("{} {}", to_json(&v), v.type_of()),
            Err(e) => located_convert_error_text(&e),
        };
        assert_eq!(shown, result, "{value:?} to {want}");
    }

    fn unknown(ty: Type) -> Value {
        Value::unknown(ty, Cause::unstated())
    }

    fn object(entries: &[(&str, Value)]) -> Value {
        Value::object(entries.iter().map(|(k, v)| ((*k).into(), v.clone())).collect())
    }

    #[test]
    fn primitives_are_converted_through_their_text() {
        check(&Value::int(5), &Type::String, r#""5" string"#);
        check(&"5".into(), &Type::Number, "5 number");
        check(&"x".into(), &Type::Number, "a number is required");
        check(&"1".into(), &Type::Bool, "true bool");
        check(
            &"True".into(),
            &Type::Bool,
            "a bool is required; to convert from string, use lowercase \"true\"",
        );
        check(&Value::int(1), &Type::Bool, "bool required");
        check(&Value::NULL, &Type::Bool, "null bool");
    }

    #[test]
    fn structures_become_collections_of_one_type() {
        let any = |make: fn(Type) -> Type| make(Type::Dynamic);
        let mixed = Value::tuple(vec![Value::int(1), "a".into(), true.into()]);
        check(&mixed, &any(Type::list), r#"["1","a","true"] list(string)"#);
        check(
            &Value::tuple(vec![Value::int(1), true.into()]),
            &any(Type::list),
            "all list elements must have the same type",
        );
        check(&Value::tuple(vec![]), &any(Type::set), "[] set(any)");
        check(&Value::tuple(vec![Value::NULL, Value::int(1)]), &any(Type::list), "[null,1] list(number)");
        check(
            &Value::tuple(vec![Value::NULL, Value::tuple(vec![])]),
            &any(Type::list),
            "all list elements must have the same type",
        );
        check(
            &object(&[("a", Value::NULL), ("b", Value::tuple(vec![]))]),
            &any(Type::map),
            r#"{"a":null,"b":[]} map(tuple([]))"#,
        );
    }

    #[test]
    fn errors_say_where() {
        let numbers = Type::list(Type::Number);
        check(&Value::tuple(vec!["1".into(), "x".into()]), &numbers, "[1]: a number is required");
        check(&Value::tuple(vec![Value::tuple(vec![])]), &numbers, "element 0: number required");
        let wanted = Type::object([
            ("a".into(), Type::Number),
            ("b".into(), Type::Number),
            ("c".into(), Type::Number),
        ]);
        check(&object(&[]), &wanted, r#"attributes "a", "b", and "c" are required"#);
        check(
            &object(&[("k", object(&[]))]),
            &Type::map(wanted),
            r#"element "k": attributes "a", "b", and "c" are required"#,
        );
    }

    #[test]
    fn optional_attributes_become_null_and_others_are_dropped() {
        let field = |name: &str, optional| Field { name: name.into(), ty: Type::String, optional };
        let want = Type::object_of(vec![field("a", true), field("b", false)]);
        check(
            &object(&[("b", Value::int(1)), ("z", true.into())]),
            &want,
            r#"{"a":null,"b":"1"} object({a = string, b = string})"#,
        );
        check(&Value::map(Type::Number, vec![]), &want, r#"map has no element for required attribute "b""#);
        check(&Value::Null(Type::Dynamic), &want, "null object({a = string, b = string})");
    }

    #[test]
    fn an_unknown_keeps_what_is_known_of_its_length() {
        let tuple = unknown(Type::tuple(vec![Type::Number, Type::Number])).not_null();
        check(&tuple, &Type::list(Type::String), "[null,null] list(string)");
        check(&unknown(Type::Number), &Type::String, "null string");
        let set = Value::set(Type::String, vec![unknown(Type::String), "a".into()]);
        let list = convert(&set, &Type::list(Type::Dynamic)).unwrap();
        assert!(list.is_unknown());
        assert_eq!(list.type_of(), Type::list(Type::String));
    }

    #[test]
    fn marks_stay_where_they_are() {
        let secret = Value::int(1).mark(Marks::SENSITIVE);
        let list = convert(&Value::tuple(vec![secret, Value::int(2)]), &Type::list(Type::String)).unwrap();
        let marked: Vec<bool> = list.as_seq().unwrap().iter().map(Value::contains_marked).collect();
        assert_eq!(marked, [true, false]);
    }
}
