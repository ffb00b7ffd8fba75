//! The one type that several types can be converted to.

use std::cmp::Ordering;

use super::Value;
use super::convert::{convert, exists};
use super::types::{Field, Type};

/// Returns the type to which values of all these types can be converted, or None.
///
/// With `lossy` also by conversions that may fail for some values, as conditionals do.
pub fn unify(types: &[Type], lossy: bool) -> Option<Type> {
    let Some(first) = types.first() else {
        return Some(Type::Dynamic);
    };
    if types[1..].iter().all(|t| t == first) {
        return Some(first.clone());
    }
    let count = |f: fn(&Type) -> bool| types.iter().filter(|t| f(t)).count();
    let maps = count(|t| matches!(t, Type::Map(_)));
    let lists = count(|t| matches!(t, Type::List(_)));
    let sets = count(|t| matches!(t, Type::Set(_)));
    let objects = count(|t| matches!(t, Type::Object(_)));
    let tuples = count(|t| matches!(t, Type::Tuple(_)));
    let dynamics = count(|t| matches!(t, Type::Dynamic));
    let all = types.len();
    if maps > 0 && maps + dynamics == all {
        return collections(types, lossy, dynamics > 0, Type::map);
    }
    if maps > 0 && maps + objects + dynamics == all {
        if let Some(t) = objects_as_maps(types, lossy) {
            return Some(t);
        }
    } else if lists > 0 && lists + dynamics == all {
        return collections(types, lossy, dynamics > 0, Type::list);
    } else if lists > 0 && lists + tuples + dynamics == all {
        if let Some(t) = tuples_as_lists(types, lossy) {
            return Some(t);
        }
    } else if sets > 0 && sets + dynamics == all {
        return collections(types, lossy, dynamics > 0, Type::set);
    } else if objects > 0 && objects + dynamics == all {
        return object_types(types, lossy, dynamics > 0);
    } else if tuples > 0 && tuples + dynamics == all {
        return tuple_types(types, lossy, dynamics > 0);
    } else if objects > 0 && tuples > 0 {
        return None;
    }
    preferred(types, lossy)
}

/// Converts all values to one type, the unified one.
pub fn unify_values(values: &[Value], lossy: bool) -> Option<(Type, Vec<Value>)> {
    let types: Vec<Type> = values.iter().map(Value::type_of).collect();
    let ty = unify(&types, lossy)?;
    let values = values.iter().map(|v| convert(v, &ty).ok()).collect::<Option<_>>()?;
    Some((ty, values))
}

/// Returns the first type, in order of preference, to which all the others convert.
fn preferred(types: &[Type], lossy: bool) -> Option<Type> {
    let mut order: Vec<usize> = (0..types.len()).collect();
    // A partial order: insertion keeps what cannot be compared as it was written.
    for i in 1..order.len() {
        let mut j = i;
        while j > 0 && preference(&types[order[j]], &types[order[j - 1]]) == Ordering::Less {
            order.swap(j, j - 1);
            j -= 1;
        }
    }
    order
        .into_iter()
        .find(|want| types.iter().all(|t| *t == types[*want] || exists(t, &types[*want], lossy)))
        .map(|i| types[i].clone())
}

/// `Less`: the first is preferred.
fn preference(a: &Type, b: &Type) -> Ordering {
    match (a, b) {
        (Type::Dynamic, Type::Dynamic) => Ordering::Equal,
        (Type::Dynamic, _) => Ordering::Greater,
        (_, Type::Dynamic) => Ordering::Less,
        (Type::String, Type::Number | Type::Bool) => Ordering::Less,
        (Type::Number | Type::Bool, Type::String) => Ordering::Greater,
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            preference(a, b)
        }
        (Type::List(_) | Type::Tuple(_), Type::Set(_)) => Ordering::Less,
        (Type::Set(_), Type::List(_) | Type::Tuple(_)) => Ordering::Greater,
        (Type::List(_), Type::Tuple(_)) | (Type::Map(_), Type::Object(_)) => Ordering::Less,
        (Type::Tuple(_), Type::List(_)) | (Type::Object(_), Type::Map(_)) => Ordering::Greater,
        _ => Ordering::Equal,
    }
}

fn collections(types: &[Type], lossy: bool, dynamic: bool, make: fn(Type) -> Type) -> Option<Type> {
    if dynamic {
        // What the unknown one turns out to be decides which way this goes.
        return Some(Type::Dynamic);
    }
    let elements: Vec<Type> = types.iter().filter_map(Type::element).cloned().collect();
    Some(make(unify(&elements, lossy)?))
}

fn objects_as_maps(types: &[Type], lossy: bool) -> Option<Type> {
    let objects: Vec<Type> = types.iter().filter(|t| matches!(t, Type::Object(_))).cloned().collect();
    let map = objects_to_map(&objects, lossy)?;
    let maps: Vec<Type> =
        types.iter().map(|t| if matches!(t, Type::Object(_)) { map.clone() } else { t.clone() }).collect();
    let ty = unify(&maps, lossy)?;
    types.iter().all(|t| exists(t, &ty, lossy)).then_some(ty)
}

fn tuples_as_lists(types: &[Type], lossy: bool) -> Option<Type> {
    let tuples: Vec<Type> = types.iter().filter(|t| matches!(t, Type::Tuple(_))).cloned().collect();
    let list = tuples_to_list(&tuples, lossy)?;
    let lists: Vec<Type> =
        types.iter().map(|t| if matches!(t, Type::Tuple(_)) { list.clone() } else { t.clone() }).collect();
    let ty = unify(&lists, lossy)?;
    types.iter().all(|t| exists(t, &ty, lossy)).then_some(ty)
}

fn object_types(types: &[Type], lossy: bool, dynamic: bool) -> Option<Type> {
    if dynamic {
        return Some(Type::Dynamic);
    }
    let names = |t: &Type| match t {
        Type::Object(fs) => fs.iter().map(|f| f.name.clone()).collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    let first = names(&types[0]);
    if types[1..].iter().any(|t| names(t) != first) {
        return objects_to_map(types, lossy);
    }
    let mut fields = Vec::with_capacity(first.len());
    for name in first {
        let each: Vec<Type> = types.iter().filter_map(|t| t.field(&name)).map(|f| f.ty.clone()).collect();
        fields.push(Field { ty: unify(&each, lossy)?, name, optional: false });
    }
    Some(Type::object_of(fields))
}

fn objects_to_map(types: &[Type], lossy: bool) -> Option<Type> {
    let mut each = Vec::new();
    for t in types {
        if let Type::Object(fs) = t {
            each.extend(fs.iter().map(|f| f.ty.clone()));
        }
    }
    let element = unify(&each, lossy)?;
    Some(Type::map(element))
}

fn tuple_types(types: &[Type], lossy: bool, dynamic: bool) -> Option<Type> {
    if dynamic {
        return Some(Type::Dynamic);
    }
    let elements = |t: &Type| match t {
        Type::Tuple(ts) => ts.to_vec(),
        _ => Vec::new(),
    };
    let first = elements(&types[0]);
    if types[1..].iter().any(|t| elements(t).len() != first.len()) {
        return tuples_to_list(types, lossy);
    }
    let mut unified = Vec::with_capacity(first.len());
    for i in 0..first.len() {
        let each: Vec<Type> = types.iter().map(|t| elements(t)[i].clone()).collect();
        unified.push(unify(&each, lossy)?);
    }
    Some(Type::tuple(unified))
}

fn tuples_to_list(types: &[Type], lossy: bool) -> Option<Type> {
    let mut each = Vec::new();
    for t in types {
        if let Type::Tuple(ts) = t {
            each.extend(ts.iter().cloned());
        }
    }
    Some(Type::list(unify(&each, lossy)?))
}
