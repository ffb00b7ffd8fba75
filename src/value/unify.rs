//! The one type that several types can be converted to.

use std::cmp::Ordering;

use ecow::EcoString;

use super::convert::exists;
use super::types::{Field, Type};

/// Returns the type to which values of all these types can be converted, or None; also if there are none at all.
///
/// With `lossy` also by conversions that may fail for some values, as nearly all of Terraform does.
pub fn unify(types: &[Type], lossy: bool) -> Option<Type> {
    let mut distinct: Vec<&Type> = Vec::new();
    for ty in types {
        if !distinct.contains(&ty) {
            distinct.push(ty);
        }
    }
    match distinct.as_slice() {
        [] => None,
        [only] => Some((*only).clone()),
        several => of_several(several, lossy),
    }
}

fn of_several(types: &[&Type], lossy: bool) -> Option<Type> {
    let count = |f: fn(&Type) -> bool| types.iter().filter(|t| f(t)).count();
    let maps = count(|t| matches!(t, Type::Map(_)));
    let lists = count(|t| matches!(t, Type::List(_)));
    let sets = count(|t| matches!(t, Type::Set(_)));
    let objects = count(|t| matches!(t, Type::Object(_)));
    let tuples = count(|t| matches!(t, Type::Tuple(_)));
    let dynamics = count(|t| matches!(t, Type::Dynamic));
    let all = types.len();
    let only_and_dynamic = |kind: usize| kind > 0 && kind + dynamics == all;
    if [maps, lists, sets, objects, tuples].into_iter().any(only_and_dynamic) && dynamics > 0 {
        // What the unknown one turns out to be decides which way this goes.
        return Some(Type::Dynamic);
    }
    if maps == all {
        return elements(types, lossy).map(Type::map);
    }
    if maps > 0 && maps + objects + dynamics == all {
        let as_maps = structures_as(types, lossy, |t| matches!(t, Type::Object(_)), objects_to_map);
        if let Some(ty @ Type::Map(_)) = as_maps {
            return Some(ty);
        }
    } else if lists == all {
        return elements(types, lossy).map(Type::list);
    } else if lists > 0 && lists + tuples + dynamics == all {
        let as_lists = structures_as(types, lossy, |t| matches!(t, Type::Tuple(_)), tuples_to_list);
        if let Some(ty @ Type::List(_)) = as_lists {
            return Some(ty);
        }
    } else if sets == all {
        return elements(types, lossy).map(Type::set);
    } else if objects == all {
        return object_types(types, lossy);
    } else if tuples == all {
        return tuple_types(types, lossy);
    } else if objects > 0 && tuples > 0 {
        return None;
    }
    preferred(types, lossy)
}

fn all_convert(types: &[&Type], want: &Type, lossy: bool) -> bool {
    types.iter().all(|t| exists(t, want, lossy))
}

/// Returns the first type, in order of preference, to which all the others convert.
fn preferred(types: &[&Type], lossy: bool) -> Option<Type> {
    order_of_preference(types)
        .into_iter()
        .find(|want| all_convert(types, types[*want], lossy))
        .map(|i| types[i].clone())
}

/// Sorts topologically: not all types can be compared.
fn order_of_preference(types: &[&Type]) -> Vec<usize> {
    let mut less_preferred = vec![Vec::new(); types.len()];
    let mut waits_for = vec![0; types.len()];
    for i in 0..types.len() {
        for j in i + 1..types.len() {
            match preference(types[i], types[j]) {
                Ordering::Less => {
                    less_preferred[i].push(j);
                    waits_for[j] += 1;
                }
                Ordering::Greater => {
                    less_preferred[j].push(i);
                    waits_for[i] += 1;
                }
                Ordering::Equal => {}
            }
        }
    }
    let mut order: Vec<usize> = (0..types.len()).filter(|i| waits_for[*i] == 0).collect();
    let mut next = 0;
    while let Some(&i) = order.get(next) {
        next += 1;
        for &j in &less_preferred[i] {
            waits_for[j] -= 1;
            if waits_for[j] == 0 {
                order.push(j);
            }
        }
    }
    order
}

/// `Less`: the first is preferred. `Equal`: they cannot be compared.
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
        (Type::Object(a), Type::Object(b)) => {
            let same_names = a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.name == b.name);
            let each = a.iter().zip(b.iter()).map(|(a, b)| preference(&a.ty, &b.ty));
            if same_names { one_sided(each) } else { Ordering::Equal }
        }
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => {
            one_sided(a.iter().zip(b.iter()).map(|(a, b)| preference(a, b)))
        }
        _ => Ordering::Equal,
    }
}

/// Returns the preference that all have which have one.
fn one_sided(each: impl Iterator<Item = Ordering>) -> Ordering {
    let mut found = Ordering::Equal;
    for one in each.filter(|o| o.is_ne()) {
        if found.is_ne() && found != one {
            return Ordering::Equal;
        }
        found = one;
    }
    found
}

fn elements(types: &[&Type], lossy: bool) -> Option<Type> {
    let elements: Vec<Type> = types.iter().filter_map(|t| t.element()).cloned().collect();
    unify(&elements, lossy)
}

/// Unifies the structures to one collection first, then that with the others.
fn structures_as(
    types: &[&Type],
    lossy: bool,
    is_structure: fn(&Type) -> bool,
    collect: fn(&[&Type], bool) -> Option<Type>,
) -> Option<Type> {
    let structures: Vec<&Type> = types.iter().copied().filter(|t| is_structure(t)).collect();
    let collection = collect(&structures, lossy)?;
    let all: Vec<Type> =
        types.iter().map(|t| if is_structure(t) { collection.clone() } else { (*t).clone() }).collect();
    unify(&all, lossy)
}

fn fields(ty: &Type) -> &[Field] {
    match ty {
        Type::Object(fields) => fields,
        _ => &[],
    }
}

fn parts(ty: &Type) -> &[Type] {
    match ty {
        Type::Tuple(types) => types,
        _ => &[],
    }
}

/// An object type if all have the same names, else a map.
fn object_types(types: &[&Type], lossy: bool) -> Option<Type> {
    let names = |t: &Type| fields(t).iter().map(|f| f.name.clone()).collect::<Vec<EcoString>>();
    let first = names(types[0]);
    if types[1..].iter().any(|t| names(t) != first) {
        return objects_to_map(types, lossy);
    }
    let mut unified = Vec::with_capacity(first.len());
    for (i, name) in first.into_iter().enumerate() {
        let across: Vec<Type> = types.iter().map(|t| fields(t)[i].ty.clone()).collect();
        unified.push((name, unify(&across, lossy)?));
    }
    let ty = Type::object(unified);
    if all_convert(types, &ty, lossy) { Some(ty) } else { objects_to_map(types, lossy) }
}

fn objects_to_map(types: &[&Type], lossy: bool) -> Option<Type> {
    let each: Vec<Type> = types.iter().flat_map(|t| fields(t)).map(|f| f.ty.clone()).collect();
    let ty = Type::map(unify(&each, lossy)?);
    all_convert(types, &ty, lossy).then_some(ty)
}

/// A tuple type if all have the same length, else a list.
fn tuple_types(types: &[&Type], lossy: bool) -> Option<Type> {
    let length = parts(types[0]).len();
    if types[1..].iter().any(|t| parts(t).len() != length) {
        return tuples_to_list(types, lossy);
    }
    let mut unified = Vec::with_capacity(length);
    for i in 0..length {
        let across: Vec<Type> = types.iter().map(|t| parts(t)[i].clone()).collect();
        unified.push(unify(&across, lossy)?);
    }
    let ty = Type::tuple(unified);
    if all_convert(types, &ty, lossy) { Some(ty) } else { tuples_to_list(types, lossy) }
}

fn tuples_to_list(types: &[&Type], lossy: bool) -> Option<Type> {
    let each: Vec<Type> = types.iter().flat_map(|t| parts(t)).cloned().collect();
    let ty = Type::list(unify(&each, lossy)?);
    all_convert(types, &ty, lossy).then_some(ty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(types: &[Type], want: &str) {
        let found = unify(types, true).map_or_else(|| "none".to_owned(), |t| t.to_string());
        assert_eq!(found, want, "{types:?}");
    }

    fn object(fields: &[(&str, Type)]) -> Type {
        Type::object(fields.iter().map(|(n, t)| ((*n).into(), t.clone())))
    }

    #[test]
    fn text_is_preferred_among_primitives_but_does_not_bridge_them() {
        use Type::{Bool, Dynamic, Number, String};
        check(&[Number, String, Bool], "string");
        check(&[Number, Bool], "none");
        check(&[Dynamic, Bool], "bool");
        check(&[], "none");
    }

    #[test]
    fn structures_become_collections_where_they_differ() {
        use Type::{Dynamic, Number, String};
        let tuple = |types: &[Type]| Type::tuple(types.to_vec());
        check(&[tuple(&[Number]), tuple(&[String])], "tuple([string])");
        check(&[tuple(&[Number]), tuple(&[String, String])], "list(string)");
        check(&[tuple(&[Number]), Type::list(String)], "list(string)");
        check(&[tuple(&[]), Type::set(String)], "set(string)");
        check(&[object(&[("a", Number)]), object(&[("b", String)])], "map(string)");
        check(&[object(&[("a", Number)]), object(&[("a", String)])], "object({a = string})");
        check(&[object(&[]), Type::map(Number)], "map(number)");
        check(&[object(&[("a", Number)]), tuple(&[])], "none");
        check(&[tuple(&[Number]), Dynamic], "any");
        check(&[Type::list(Number), Type::set(String)], "list(number)");
    }
}
