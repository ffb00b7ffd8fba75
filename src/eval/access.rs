//! Attributes, indexes and splats.

use super::error::{EvalError, EvalResult};
use super::expr::{Evaluator, Lookup};
use crate::source::Span;
use crate::syntax::{Step, StepKind};
use crate::value::{
    Candidate, Cause, Identity, Number, Refine, Type, Value, convert, convert_error_text, unify, unknown_like,
};

/// Applies the steps after a name or expression.
pub(super) fn apply_steps(ev: &mut Evaluator<'_>, mut value: Value, steps: &[Step]) -> EvalResult<Value> {
    let mut rest = steps;
    while let Some((step, after)) = rest.split_first() {
        let span = Some(step.span.in_file(ev.file));
        match &step.kind {
            StepKind::Attr(name) => value = attr_of(ev.lookup, &value, name, span)?,
            StepKind::Index(e) => {
                let key = ev.eval(*e)?;
                value = index(ev.lookup, &value, &key, span)?;
            }
            StepKind::LegacyIndex(i) => {
                let key = Value::int(i64::try_from(*i).unwrap_or(i64::MAX));
                value = index(ev.lookup, &value, &key, span)?;
            }
            StepKind::AttrSplat => {
                let taken = after
                    .iter()
                    .take_while(|s| matches!(s.kind, StepKind::Attr(_) | StepKind::LegacyIndex(_)))
                    .count();
                value = splat(ev, &value, &after[..taken], span)?;
                rest = &after[taken..];
                continue;
            }
            StepKind::FullSplat => return splat(ev, &value, after, span),
        }
        rest = after;
    }
    Ok(value)
}

/// Returns an attribute of a value that is not an open resource.
///
/// # Errors
/// As Terraform refuses it.
pub fn get_attr(value: &Value, name: &str, span: Option<Span>) -> EvalResult<Value> {
    attr_of(&super::expr::NoNames, value, name, span)
}

pub(super) fn attr_of(
    lookup: &dyn Lookup,
    value: &Value,
    name: &str,
    span: Option<Span>,
) -> EvalResult<Value> {
    const UNSUPPORTED: &str = "Unsupported attribute";
    let (bare, marks) = value.unmark();
    let refuse = |detail: String| Err(EvalError::new(UNSUPPORTED, detail, span));
    let found = match &bare {
        Value::Null(_) => {
            return Err(EvalError::new(
                "Attempt to get attribute from null value",
                "This value is null, so it does not have any attributes.",
                span,
            ));
        }
        Value::Object(f) => match (f.get(name), f.open()) {
            (Some(v), _) => v.clone(),
            (None, Some(object)) => lookup.missing(object, name).map_err(|mut e| {
                e.span = e.span.or(span);
                e
            })?,
            (None, None) => return refuse(format!("This object does not have an attribute named {name:?}.")),
        },
        Value::Map(f) => match f.get(name) {
            Some(v) => v.clone(),
            None => {
                return Err(EvalError::new(
                    "Missing map element",
                    format!("This map does not have an element with the key {name:?}."),
                    span,
                ));
            }
        },
        Value::Unknown(u) => match &u.ty {
            Type::Dynamic => unknown_like(&bare, Type::Dynamic),
            Type::Object(_) => match u.ty.field(name) {
                Some(field) => unknown_like(&bare, field.ty.clone()),
                None => return refuse(format!("This object does not have an attribute named {name:?}.")),
            },
            Type::Map(element) => unknown_like(&bare, (**element).clone()),
            other => return refuse(no_attributes(other)),
        },
        other => return refuse(no_attributes(&other.type_of())),
    };
    Ok(found.mark(marks))
}

fn no_attributes(ty: &Type) -> String {
    match ty {
        t if t.is_primitive() => {
            format!("Can't access attributes on a primitive-typed value ({}).", t.friendly())
        }
        Type::List(t) if matches!(**t, Type::Object(_)) => {
            "Can't access attributes on a list of objects. Did you mean to access an attribute for a specific element of the list, or across all elements of the list?".into()
        }
        Type::Set(t) if matches!(**t, Type::Object(_)) => {
            "Can't access attributes on a set of objects. Did you mean to access an attribute across all elements of the set?".into()
        }
        _ => "This value does not have any attributes.".into(),
    }
}

/// Returns an element of a collection or structure.
///
/// # Errors
/// As Terraform refuses it.
pub fn index(lookup: &dyn Lookup, collection: &Value, key: &Value, span: Option<Span>) -> EvalResult<Value> {
    const INVALID: &str = "Invalid index";
    const NO_ELEMENT: &str = "The given key does not identify an element in this collection value";
    let refuse = |detail: String| Err(EvalError::new(INVALID, detail, span));
    if collection.is_null() {
        return Err(EvalError::new(
            "Attempt to index null value",
            "This value is null, so it does not have any indices.",
            span,
        ));
    }
    if key.is_null() {
        return refuse("Can't use a null value as an indexing key.".into());
    }
    let (bare, marks) = collection.unmark();
    let dynamic = |v: &Value| v.as_unknown().is_some_and(|u| u.ty == Type::Dynamic);
    if dynamic(&bare) {
        return Ok(unknown_like(&bare, Type::Dynamic).mark(marks));
    }
    if dynamic(key) {
        return Ok(unknown_of_any(&bare, key, Type::Dynamic).mark(marks));
    }
    let shape = shape(&bare);
    let want = match shape {
        Shape::Sequence => Type::Number,
        Shape::Map | Shape::Object => Type::String,
        Shape::Set => {
            return refuse("Elements of a set are identified only by their value and don't have any separate index or key to select with, so it's only possible to perform operations across all elements of the set.".into());
        }
        Shape::Dynamic | Shape::Other => return refuse("This value does not have any indices.".into()),
    };
    let key = match convert(key, &want) {
        Ok(k) => k,
        Err(e) => return refuse(format!("{NO_ELEMENT}: {}.", convert_error_text(&e))),
    };
    let (key, key_marks) = key.unmark();
    let found = match (&bare, &key) {
        (Value::Unknown(u), k) => {
            unknown_element(u, k).map_or_else(|| refuse(format!("{NO_ELEMENT}.")), Ok)?
        }
        (Value::List(s), Value::Unknown(_)) => unknown_of_any(&bare, &key, s.element_type()),
        (Value::Map(f), Value::Unknown(_)) => unknown_of_any(&bare, &key, f.element_type()),
        (_, Value::Unknown(_)) => unknown_of_any(&bare, &key, Type::Dynamic),
        (Value::List(s) | Value::Tuple(s), Value::Number(n)) => match place(n, s.items().len()) {
            Ok(i) => s.items()[i].clone(),
            Err(why) => return refuse(format!("{NO_ELEMENT}: {why}.")),
        },
        (Value::Map(f), Value::String(k)) => match f.get(k) {
            Some(v) => v.clone(),
            None => return refuse(format!("{NO_ELEMENT}.")),
        },
        (Value::Object(f), Value::String(k)) => match (f.get(k), f.open()) {
            (Some(v), _) => v.clone(),
            (None, Some(object)) => lookup.missing(object, k)?,
            (None, None) => return refuse(format!("{NO_ELEMENT}.")),
        },
        _ => return refuse(format!("{NO_ELEMENT}.")),
    };
    let kept = if shape == Shape::Object { crate::value::Marks::NONE } else { key_marks };
    Ok(found.mark(marks | kept))
}

/// What kind of value it is, found without a look at its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// A list or tuple.
    Sequence,
    Set,
    Map,
    Object,
    Dynamic,
    Other,
}

fn shape(value: &Value) -> Shape {
    let of = |ty: &Type| match ty {
        Type::List(_) | Type::Tuple(_) => Shape::Sequence,
        Type::Set(_) => Shape::Set,
        Type::Map(_) => Shape::Map,
        Type::Object(_) => Shape::Object,
        Type::Dynamic => Shape::Dynamic,
        Type::Bool | Type::Number | Type::String => Shape::Other,
    };
    match value {
        Value::Null(ty) => of(ty),
        Value::Unknown(u) => of(&u.ty),
        Value::List(_) | Value::Tuple(_) => Shape::Sequence,
        Value::Set(_) => Shape::Set,
        Value::Map(_) => Shape::Map,
        Value::Object(_) => Shape::Object,
        Value::Marked(m) => shape(&m.value),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Shape::Other,
    }
}

fn place(n: &Number, len: usize) -> Result<usize, &'static str> {
    if n.is_negative() {
        return Err("a negative number is not a valid index for a sequence");
    }
    match n.as_usize() {
        None => Err("indexing a sequence requires a whole number, but the given index has a fractional part"),
        Some(i) if i < len => Ok(i),
        Some(_) if len == 0 => Err("the collection has no elements"),
        Some(_) => Err("the given index is greater than or equal to the length of the collection"),
    }
}

/// Returns the element of an unknown collection or structure; None if it cannot have it.
fn unknown_element(u: &crate::value::Unknown, key: &Value) -> Option<Value> {
    let why = u.why.clone();
    match &u.ty {
        Type::List(t) | Type::Map(t) => {
            if let (Type::List(_), Some(n), Some(max)) = (&u.ty, key.as_number(), u.refine.len_max)
                && n.as_u64().is_none_or(|i| i >= max)
            {
                return None;
            }
            Some(Value::unknown((**t).clone(), why))
        }
        Type::Tuple(ts) => match key.as_number() {
            Some(n) => Some(Value::unknown(ts.get(n.as_usize()?)?.clone(), why)),
            None => Some(Value::unknown(Type::Dynamic, why)),
        },
        _ => Some(Value::unknown(Type::Dynamic, why)),
    }
}

/// Returns the unknown that is some element of a known collection, chosen by an unknown key.
fn unknown_of_any(collection: &Value, key: &Value, ty: Type) -> Value {
    let why = key.cause().unwrap_or_else(Cause::unstated);
    let is = match collection {
        Value::List(s) | Value::Tuple(s) | Value::Set(s) => one_of_values(s.items().iter()),
        Value::Map(f) | Value::Object(f) => one_of_values(f.values().iter()),
        _ => Identity::Nobody,
    };
    Value::unknown_as(ty, Refine::default(), why, is)
}

/// Returns whom a value stands for that is one of these; null stands for nobody and is left out.
pub(super) fn one_of_values<'v>(values: impl Iterator<Item = &'v Value>) -> Identity {
    let mut candidates = Vec::new();
    for value in values {
        match value.bare() {
            Value::Null(_) => {}
            Value::String(s) => candidates.push(Candidate::Text(s.clone())),
            Value::Unknown(u) => match u.is.candidates() {
                Some(more) => candidates.extend(more),
                None => return Identity::Nobody,
            },
            _ => return Identity::Nobody,
        }
    }
    Identity::one_of(candidates)
}

fn splat(ev: &mut Evaluator<'_>, source: &Value, steps: &[Step], span: Option<Span>) -> EvalResult<Value> {
    let (bare, marks) = source.unmark();
    let shape = shape(&bare);
    let wraps = !matches!(shape, Shape::Sequence | Shape::Set);
    if bare.is_null() {
        if wraps {
            return Ok(Value::tuple(vec![]).mark(marks));
        }
        return Err(EvalError::new(
            "Splat of null value",
            "Splat expressions (with the * symbol) cannot be applied to null sequences.",
            span,
        ));
    }
    if shape == Shape::Dynamic {
        return Ok(unknown_like(&bare, Type::Dynamic).mark(marks));
    }
    if wraps {
        let inner = apply_steps(ev, bare.clone(), steps)?;
        if bare.as_unknown().is_some_and(|u| !u.refine.not_null) {
            return Ok(unknown_like(&bare, Type::Dynamic).mark(marks));
        }
        return Ok(Value::tuple(vec![inner]).mark(marks));
    }
    let each = |ev: &mut Evaluator<'_>, t: &Type| -> EvalResult<Type> {
        let sample = Value::unknown(t.clone(), bare.cause().unwrap_or_else(Cause::unstated));
        Ok(apply_steps(ev, sample, steps)?.type_of())
    };
    match &bare {
        Value::Unknown(u) => {
            let ty = &u.ty;
            let result = match ty {
                Type::Tuple(ts) => Type::tuple(ts.iter().map(|t| each(ev, t)).collect::<EvalResult<_>>()?),
                Type::List(t) | Type::Set(t) => Type::list(each(ev, t)?),
                _ => Type::Dynamic,
            };
            let mut refine = Refine::not_null();
            if let (Type::List(_), Type::List(_)) = (ty, &result) {
                refine.len_min = u.refine.len_min;
                refine.len_max = u.refine.len_max;
            }
            Ok(Value::unknown_with(result, refine, u.why.clone()).mark(marks))
        }
        Value::Tuple(s) => {
            ev.world.work.spend(s.items().len() as u64, || span)?;
            let items = s
                .items()
                .iter()
                .map(|v| apply_steps(ev, v.clone(), steps))
                .collect::<EvalResult<Vec<_>>>()?;
            Ok(Value::tuple(items).mark(marks))
        }
        Value::List(s) | Value::Set(s) => {
            ev.world.work.spend(s.items().len() as u64, || span)?;
            let items = s
                .items()
                .iter()
                .map(|v| apply_steps(ev, v.clone(), steps))
                .collect::<EvalResult<Vec<_>>>()?;
            if items.is_empty() {
                let element = each(ev, &s.element_type())?;
                return Ok(Value::list(element, items).mark(marks));
            }
            let types: Vec<Type> = items.iter().map(Value::type_of).collect();
            let Some(element) = unify(&types, false) else {
                return Ok(Value::tuple(items).mark(marks));
            };
            let items = items.iter().map(|v| convert(v, &element).unwrap_or_else(|_| v.clone())).collect();
            Ok(Value::list(element, items).mark(marks))
        }
        _ => Err(EvalError::new("Invalid splat", "bug: neither a sequence nor a single value", span)),
    }
}
