//! Functions of maps and objects.

use std::collections::BTreeMap;

use ecow::EcoString;

use super::{Call, FnError, Function, Param, Returns, Want, check_size};
use crate::eval::access::one_of_values;
use crate::value::{
    CauseKind, Identity, Marks, ObjectId, Referent, Refine, Type, Value, convert, quoted, unknown_like,
};

pub(super) const FAMILY: &[Function] = &[KEYS, LOOKUP, MERGE, TRANSPOSE, VALUES, ZIPMAP];

/// `keys(map)` lists the keys in order; of an object as a tuple, even if its values are unknown.
const KEYS: Function = Function {
    name: "keys",
    params: &[Param::new("inputMap", Want::Any).unknown().marked()],
    rest: None,
    returns: Returns::From(keys_type),
    not_null: true,
    run: keys,
};

/// `lookup(map, key, default)` is the element of that key, else the default.
const LOOKUP: Function = Function {
    name: "lookup",
    params: &[
        Param::new("inputMap", Want::Any).marked().unknown(),
        Param::new("key", Want::String).marked().unknown(),
    ],
    rest: Some(Param::new("default", Want::Any).unknown().dynamic().null().marked()),
    returns: Returns::From(lookup_type),
    not_null: false,
    run: lookup,
};

/// `merge(maps...)` has all keys of all arguments; of equal ones the last wins. Nulls are passed over.
const MERGE: Function = Function {
    name: "merge",
    params: &[],
    rest: Some(Param::new("maps", Want::Any).dynamic().null().marked()),
    returns: Returns::From(merge_type),
    not_null: true,
    run: merge,
};

/// `transpose(values)` swaps keys and the elements of the lists they lead to.
const TRANSPOSE: Function = Function {
    name: "transpose",
    params: &[Param::new("values", Want::MapListString)],
    rest: None,
    returns: Returns::Always(Want::MapListString),
    not_null: true,
    run: transpose,
};

/// `values(map)` lists the values in the order of their keys.
const VALUES: Function = Function {
    name: "values",
    params: &[Param::new("mapping", Want::Any).marked()],
    rest: None,
    returns: Returns::From(values_type),
    not_null: true,
    run: values,
};

/// `zipmap(keys, values)` pairs two lists: a map if the values are a list, an object if they are a tuple.
const ZIPMAP: Function = Function {
    name: "zipmap",
    params: &[Param::new("keys", Want::ListString).marked(), Param::new("values", Want::Any).marked()],
    rest: None,
    returns: Returns::From(zipmap_type),
    not_null: true,
    run: zipmap,
};

/// Returns the resource that an object is, of which more attributes may exist than are written.
fn open(value: &Value) -> Option<ObjectId> {
    value.as_fields().and_then(|f| f.open())
}

fn keys_type(args: &[Value]) -> Result<Type, FnError> {
    match args[0].type_of() {
        _ if open(&args[0]).is_some() => Ok(Type::Dynamic),
        Type::Map(_) => Ok(Type::list(Type::String)),
        Type::Object(fields) => Ok(Type::tuple(vec![Type::String; fields.len()])),
        _ => Err(FnError::arg(0, "must have map or object type")),
    }
}

fn keys(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let marks = args[0].marks();
    let text = |k: &EcoString| Value::String(k.clone());
    let keys = match args[0].bare() {
        Value::Object(fields) if fields.open().is_none() => {
            Value::tuple(fields.keys().iter().map(text).collect())
        }
        Value::Map(fields) => Value::list(Type::String, fields.keys().iter().map(text).collect()),
        other => match other.type_of() {
            Type::Object(fields) if open(other).is_none() => {
                Value::tuple(fields.iter().map(|f| text(&f.name)).collect())
            }
            _ => call.unknown(args),
        },
    };
    Ok(keys.mark(marks))
}

fn lookup_type(args: &[Value]) -> Result<Type, FnError> {
    if args.len() > 3 {
        return Err(FnError::new(format!("lookup() takes two or three arguments, got {}", args.len())));
    }
    if let Some(whole) = args[0].as_fields().filter(|f| f.open().is_some()) {
        return Ok(args[1].as_str().and_then(|k| whole.get(k)).map_or(Type::Dynamic, Value::type_of));
    }
    match args[0].type_of() {
        Type::Object(fields) => {
            let Some(key) = args[1].as_str() else {
                return Ok(Type::Dynamic);
            };
            match (fields.iter().find(|f| f.name == *key), args.get(2)) {
                (Some(field), _) => Ok(field.ty.clone()),
                (None, Some(default)) => Ok(default.type_of()),
                (None, None) => {
                    Err(FnError::arg(0, format!("the given object has no attribute {}", quoted(key))))
                }
            }
        }
        Type::Map(element) => match args.get(2) {
            Some(default) if convert(default, &element).is_err() => {
                Err(FnError::arg(2, "the default value must have the same type as the map elements"))
            }
            _ => Ok((*element).clone()),
        },
        _ => Err(FnError::arg(0, "lookup() requires a map as the first argument")),
    }
}

fn lookup(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let marks = args[0].marks() | args[1].marks();
    let (Some(fields), Some(key)) = (args[0].as_fields(), args[1].as_str()) else {
        // A plan reads the key, and whatever it is, an empty map does not have it.
        let read = args[1].as_unknown().is_some_and(|u| u.why.kind() == CauseKind::Data);
        let empty = args[0].as_fields().is_some_and(|f| f.open().is_none() && f.keys().is_empty());
        if let (Some(default), true) = (args.get(2), read && empty) {
            let default = convert(default, &call.returns).map_err(|e| FnError::new(e.message))?;
            return Ok(default.mark(marks));
        }
        let is = match args[0].as_fields() {
            Some(fields) if fields.open().is_none() => {
                one_of_values(fields.values().iter().chain(args.get(2)))
            }
            _ => Identity::Nobody,
        };
        return Ok(call.unknown(&args[..2]).with_identity(is).mark(marks));
    };
    let found = match (fields.get(key), fields.open(), args.get(2)) {
        (Some(value), _, _) => value.clone(),
        (None, Some(_), Some(_)) => call.unknown(args),
        (None, Some(object), None) => {
            let is = Identity::Is(Referent { object, attr: key.clone() });
            Value::unknown_as(Type::Dynamic, Refine::default(), call.cause(args), is)
        }
        (None, None, Some(default)) => {
            convert(default, &call.returns).map_err(|e| FnError::new(e.message))?
        }
        (None, None, None) => {
            let sensitive = args[1].marks().contains(Marks::SENSITIVE);
            let key = if sensitive { "(sensitive value)".to_owned() } else { quoted(key) };
            return Err(FnError::new(format!("lookup failed to find key {key}")));
        }
    };
    Ok(found.mark(marks))
}

/// Returns the type of what maps and objects make whose keys are all known, or None if they are not.
fn merged_type(args: &[Value]) -> Option<Type> {
    let element = |arg: &Value| match arg.bare() {
        Value::Map(fields) => Some(fields.element_type()),
        _ => None,
    };
    if args.iter().any(|arg| arg.as_fields().is_none_or(|fields| fields.open().is_some())) {
        return None;
    }
    let first = element(args.first()?);
    Some(match first {
        Some(ty) if args[1..].iter().all(|arg| element(arg).as_ref() == Some(&ty)) => Type::map(ty),
        // An object's type follows from its values: it need not be put together here.
        _ => Type::object([]),
    })
}

fn merge_type(args: &[Value]) -> Result<Type, FnError> {
    if let Some(ty) = merged_type(args) {
        return Ok(ty);
    }
    let Some(first) = args.first() else {
        return Ok(Type::object([]));
    };
    let mut attrs: BTreeMap<EcoString, Type> = BTreeMap::new();
    let mut known = true;
    for arg in args {
        let ty = arg.type_of();
        match &ty {
            Type::Dynamic => return Ok(Type::Dynamic),
            Type::Object(_) | Type::Map(_) if arg.is_null() => {}
            Type::Object(fields) => {
                known &= open(arg).is_none();
                attrs.extend(fields.iter().map(|f| (f.name.clone(), f.ty.clone())));
            }
            Type::Map(element) => match arg.as_fields() {
                Some(fields) => attrs.extend(fields.keys().iter().map(|k| (k.clone(), (**element).clone()))),
                None => known = false,
            },
            other => {
                let what = quoted(&other.friendly());
                return Err(FnError::new(format!("arguments must be maps or objects, got {what}")));
            }
        }
    }
    let ty = first.type_of();
    if args.iter().all(|arg| open(arg).is_none() && arg.type_of() == ty) {
        return Ok(ty);
    }
    Ok(if known { Type::object(attrs) } else { Type::Dynamic })
}

fn merge(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let size = args.iter().filter_map(|arg| Some(arg.as_fields()?.len())).sum();
    let mut merged: Vec<(EcoString, Value)> = Vec::with_capacity(size);
    let mut marks = Marks::NONE;
    let mut whole: Option<ObjectId> = None;
    for arg in args.iter().filter(|arg| !arg.is_null()) {
        marks |= arg.marks();
        // Behind a null of unknown type Terraform has not looked at what it is given.
        let Some(fields) = arg.as_fields() else {
            return Err(FnError::new("panic in function implementation: not a map"));
        };
        if let Some(object) = fields.open() {
            if whole.replace(object).is_some() {
                // Which of two resources an attribute comes from cannot be told.
                return Ok(call.unknown(args).mark(marks));
            }
            // What came before may be overridden by attributes that are not written.
            for (_, value) in &mut merged {
                *value = unknown_like(arg, Type::Dynamic).mark(value.marks());
            }
        }
        merged.extend(fields.iter().map(|(k, v)| (k.clone(), v.clone())));
    }
    let value = match (&call.returns, whole) {
        (_, Some(object)) => Value::open_object(merged, object),
        (Type::Map(element), None) => Value::map((**element).clone(), merged),
        (Type::Object(fields), None) if merged.is_empty() && !fields.is_empty() => {
            return Err(FnError::new(
                "panic in function implementation: returned value cty.EmptyObjectVal does not conform to expected \
                 return type",
            ));
        }
        _ => Value::object(merged),
    };
    check_size(value.as_fields().map_or(0, |f| f.len()))?;
    Ok(value.mark(marks))
}

fn transpose(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    if !args[0].is_wholly_known() {
        return Ok(call.unknown(args));
    }
    let no_list = || FnError::new("input must not contain null list");
    let no_text = || FnError::new("input list must not contain null string");
    let mut swapped: BTreeMap<EcoString, Vec<EcoString>> = BTreeMap::new();
    for (key, list) in args[0].as_fields().expect("bug: the frame passes known maps only").iter() {
        for text in list.as_seq().ok_or_else(no_list)? {
            let text = text.as_str().ok_or_else(no_text)?;
            swapped.entry(text.clone()).or_default().push(key.clone());
        }
    }
    let list =
        |keys: Vec<EcoString>| Value::list(Type::String, keys.into_iter().map(Value::String).collect());
    // Keys come in order, so that each list is sorted.
    let entries = swapped.into_iter().map(|(text, keys)| (text, list(keys))).collect();
    Ok(Value::map(Type::list(Type::String), entries))
}

fn values_type(args: &[Value]) -> Result<Type, FnError> {
    match args[0].type_of() {
        _ if open(&args[0]).is_some() => Ok(Type::Dynamic),
        Type::Map(element) => Ok(Type::List(element)),
        Type::Object(fields) => Ok(Type::tuple(fields.iter().map(|f| f.ty.clone()).collect())),
        _ => Err(FnError::new("values() requires a map as the first argument")),
    }
}

fn values(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let fields = args[0].as_fields().expect("bug: the frame passes known maps only");
    let items = || fields.values().to_vec();
    let values = match &call.returns {
        Type::List(element) => Value::list((**element).clone(), items()),
        Type::Tuple(_) => Value::tuple(items()),
        _ => call.unknown(args),
    };
    Ok(values.mark(args[0].marks()))
}

fn different(keys: usize, values: usize) -> FnError {
    FnError::new(format!("number of keys ({keys}) does not match number of values ({values})"))
}

fn zipmap_type(args: &[Value]) -> Result<Type, FnError> {
    match args[1].type_of() {
        Type::List(element) => Ok(Type::Map(element)),
        Type::Tuple(_) if !args[0].is_wholly_known() => Ok(Type::Dynamic),
        Type::Tuple(types) => {
            let keys = args[0].as_seq().unwrap_or_default();
            if keys.len() != types.len() {
                return Err(different(keys.len(), types.len()));
            }
            let mut attrs: BTreeMap<EcoString, Type> = BTreeMap::new();
            for (i, (key, ty)) in keys.iter().zip(types.iter()).enumerate() {
                let null = || FnError::new(format!("keys list has null value at index {i}"));
                attrs.insert(key.as_str().ok_or_else(null)?.clone(), ty.clone());
            }
            Ok(Type::object(attrs))
        }
        _ => Err(FnError::new("values argument must be a list or tuple value")),
    }
}

fn zipmap(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let mut marks = args[0].marks() | args[1].marks();
    if !args[0].is_wholly_known() {
        return Ok(call.unknown(args).mark(marks));
    }
    let keys = args[0].as_seq().expect("bug: the frame passes known lists only");
    let values = args[1].as_seq().expect("bug: the frame passes known lists only");
    if keys.len() != values.len() {
        return Err(different(keys.len(), values.len()));
    }
    let mut entries = Vec::with_capacity(keys.len());
    for (key, value) in keys.iter().zip(values) {
        // A key cannot carry marks, so that the whole does.
        marks |= key.marks();
        let null = || FnError::new("panic in function implementation: value is null");
        entries.push((key.as_str().ok_or_else(null)?.clone(), value.clone()));
    }
    let value = match &call.returns {
        Type::Map(element) => Value::map((**element).clone(), entries),
        _ => Value::object(entries),
    };
    Ok(value.mark(marks))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::funcs::testing::{check, show, value};

    #[test]
    fn keys_are_known_where_the_type_tells_them() {
        check("keys({ b = 1, a = 2 })", r#"["a", "b"]"#);
        check("keys(tomap({ b = 1, a = 2 }))", r#"tolist(["a", "b"])"#);
        check("keys({})", "[]");
        check("keys(tomap({}))", "tolist([])");
        check("keys(local.um)", "?list(string)!");
        check("keys(local.udyn)", "?any");
        check("keys({ a = local.us })", r#"["a"]"#);
        check("keys(local.whole)", "?any");
        check("keys([1])", "error: must have map or object type.");
        check("keys(null)", "error: argument must not be null.");
        check("keys(sensitive({ a = 1 }))", r#"sensitive(["a"])"#);
        check("keys({ a = sensitive(1) })", r#"["a"]"#);
    }

    #[test]
    fn lookup_falls_back_on_the_default() {
        check(r#"lookup({ a = 1 }, "a", "x")"#, "1");
        check(r#"lookup({ a = 1 }, "b", "x")"#, r#""x""#);
        check(r#"lookup(tomap({ a = "1" }), "b", 2)"#, r#""2""#);
        check(r#"lookup(tomap({ a = 1 }), "b", "x")"#, "error: the same type as the map elements.");
        check(r#"lookup({}, "b")"#, r#"error: the given object has no attribute "b"."#);
        check(r#"lookup(tomap({}), "b")"#, r#"error: lookup failed to find key "b"."#);
        check(r#"lookup(tomap({}), sensitive("b"))"#, "error: lookup failed to find key (sensitive value).");
        check(r#"lookup({ a = null }, "a", 1)"#, "null");
        check(r#"lookup({}, "a", null)"#, "null");
        check("lookup({}, null, 1)", "error: argument must not be null.");
        check(r#"lookup([1], "a", 1)"#, "error: requires a map as the first argument.");
        check(r#"lookup({}, "a", 1, 2)"#, "error: lookup() takes two or three arguments, got 4.");
        check(r#"lookup({ a = sensitive(1), b = 2 }, "b", 3)"#, "2");
        check(r#"lookup({ a = 1 }, sensitive("a"), 3)"#, "sensitive(1)");
        check(r#"lookup({ a = local.us, b = 1 }, "b", 3)"#, "1");
        check(r#"lookup({ a = local.us }, "a", 3)"#, "?string");
        check("lookup({ a = 1 }, local.us, 3)", "?any");
        check(r#"lookup(local.um, "a", "b")"#, "?string");
        check(r#"lookup(local.whole, "name", "b")"#, r#""n""#);
        check(r#"lookup(local.whole, "other", "b")"#, "?any");
    }

    #[test]
    fn merge_keeps_maps_of_one_type_and_makes_objects_of_others() {
        check("merge({ a = 1, b = 1 }, { b = 2 })", "{a = 1, b = 2}");
        check("merge(tomap({ a = 1 }), tomap({ b = 2 }))", "tomap({a = 1, b = 2})");
        check("merge(tomap({ a = 1 }), tomap({ b = true }))", "{a = 1, b = true}");
        check("merge()", "{}");
        check("merge({}, null)", "{}");
        check("merge(null, null)", "{}");
        check("merge({ a = null })", "{a = null}");
        check("merge({}, [1])", r#"error: arguments must be maps or objects, got "tuple"."#);
        check("merge({ a = 1 }, { b = local.us })", "{a = 1, b = ?string}");
        check("merge({ a = 1 }, local.um)", "?any");
        check("merge(tomap({ a = \"1\" }), local.um)", "?map(string)!");
        check("merge(local.udyn, {})", "?any");
        check("merge({ a = sensitive(1) }, { b = 2 })", "{a = sensitive(1), b = 2}");
        check("merge({ a = 1 }, sensitive({ b = 2 }))", "sensitive({a = 1, b = 2})");
    }

    #[test]
    fn a_whole_resource_may_override_what_came_before_it() {
        let merged = value("merge({ a = 1 }, local.whole, { b = 2 })").unwrap();
        assert_eq!(show(&merged), r#"{a = ?any, b = 2, name = "n"}"#);
        assert_eq!(merged.as_fields().unwrap().open(), Some(ObjectId(1)));
        check("merge(local.whole, local.whole)", "?any");
    }

    #[test]
    fn transpose_swaps_keys_and_elements() {
        check(
            r#"transpose({ b = ["x"], a = ["x", "y"] })"#,
            r#"tomap({x = tolist(["a", "b"]), y = tolist(["a"])})"#,
        );
        check("transpose({})", "tomap({})");
        check("transpose({ a = [local.us] })", "?map(list(string))!");
        check("transpose(null)", "error: argument must not be null.");
        check("transpose({ a = null })", "error: input must not contain null list.");
        check("transpose({ a = [null] })", "error: input list must not contain null string.");
        check(r#"transpose({ a = [sensitive("x")] })"#, r#"sensitive(tomap({x = tolist(["a"])}))"#);
    }

    #[test]
    fn values_come_in_the_order_of_keys() {
        check("values({ b = 1, a = true })", "[true, 1]");
        check("values(tomap({ b = 1, a = 2 }))", "tolist([2, 1])");
        check("values({})", "[]");
        check("values(local.um)", "?list(string)!");
        check("values({ a = local.us })", "[?string]");
        check("values(local.whole)", "?any");
        check("values([])", "error: values() requires a map as the first argument.");
        check("values(null)", "error: argument must not be null.");
        check("values({ a = sensitive(1), b = 2 })", "[sensitive(1), 2]");
    }

    #[test]
    fn zipmap_pairs_keys_and_values() {
        check(r#"zipmap(["b", "a"], [1, true])"#, "{a = true, b = 1}");
        check(r#"zipmap(["b", "a"], tolist([1, 2]))"#, "tomap({a = 2, b = 1})");
        check(r#"zipmap(["a", "a"], [1, 2])"#, "{a = 2}");
        check("zipmap([], [])", "{}");
        check(r#"zipmap(["a"], [])"#, "error: number of keys (1) does not match number of values (0).");
        check("zipmap([null], [1])", "error: keys list has null value at index 0.");
        check("zipmap(null, [1])", "error: argument must not be null.");
        check("zipmap([1], {})", "error: values argument must be a list or tuple value.");
        check(r#"zipmap(["a"], [local.us])"#, "{a = ?string}");
        check("zipmap([local.us], [1])", "?any");
        check("zipmap([local.us], tolist([1]))", "?map(number)!");
        check(r#"zipmap([sensitive("a")], [1])"#, "sensitive({a = 1})");
        check(r#"zipmap(["a"], [sensitive(1)])"#, "{a = sensitive(1)}");
    }
}
