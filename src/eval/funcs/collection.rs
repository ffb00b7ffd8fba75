//! Functions that ask collections: for one element, for how many, for whether.

use unicode_segmentation::UnicodeSegmentation;

use super::{Call, FnError, Function, Param, Returns, Want, whole};
use crate::eval::access::one_of_values;
use crate::value::{Candidate, Identity, Number, Refine, Type, Unknown, Value, convert, equal, unify};

pub(super) const FAMILY: &[Function] =
    &[ALLTRUE, ANYTRUE, COALESCE, COALESCELIST, CONTAINS, ELEMENT, INDEX, LENGTH, LIST, MAP, ONE];

/// `alltrue(list)` is true if no element is false or null; the first unknown one leaves it open.
const ALLTRUE: Function = Function {
    name: "alltrue",
    params: &[Param::new("list", Want::ListBool)],
    rest: None,
    returns: Returns::Always(Want::Bool),
    not_null: true,
    run: alltrue,
};

/// `anytrue(list)` is true if an element is true.
const ANYTRUE: Function = Function {
    name: "anytrue",
    params: &[Param::new("list", Want::ListBool)],
    rest: None,
    returns: Returns::Always(Want::Bool),
    not_null: true,
    run: anytrue,
};

/// `coalesce(vals...)` is the first that is neither null nor `""`, converted to a type they all have in common.
const COALESCE: Function = Function {
    name: "coalesce",
    params: &[],
    rest: Some(Param::new("vals", Want::Any).null().unknown().dynamic()),
    returns: Returns::From(coalesce_type),
    not_null: true,
    run: coalesce,
};

/// `coalescelist(vals...)` is the first list that has elements.
const COALESCELIST: Function = Function {
    name: "coalescelist",
    params: &[],
    rest: Some(Param::new("vals", Want::Any).null().unknown().dynamic()),
    returns: Returns::From(coalescelist_type),
    not_null: true,
    run: coalescelist,
};

/// `contains(list, value)` is true if an element equals the value; nothing is converted.
const CONTAINS: Function = Function {
    name: "contains",
    params: &[Param::new("list", Want::Any), Param::new("value", Want::Any)],
    rest: None,
    returns: Returns::Always(Want::Bool),
    not_null: true,
    run: contains,
};

/// `element(list, index)` is an element; indexes start again at the end of the list.
const ELEMENT: Function = Function {
    name: "element",
    params: &[Param::new("list", Want::Any).marked(), Param::new("index", Want::Number).unknown()],
    rest: None,
    returns: Returns::From(element_type),
    not_null: false,
    run: element,
};

/// `index(list, value)` is where the value first occurs.
const INDEX: Function = Function {
    name: "index",
    params: &[Param::new("list", Want::Any), Param::new("value", Want::Any)],
    rest: None,
    returns: Returns::Always(Want::Number),
    not_null: true,
    run: index,
};

/// `length(value)` counts elements, attributes, or the characters of text as a reader counts them.
const LENGTH: Function = Function {
    name: "length",
    params: &[Param::new("value", Want::Any).dynamic().unknown().marked()],
    rest: None,
    returns: Returns::From(length_type),
    not_null: true,
    run: length,
};

/// `list(vals...)` is no more: always an error that says what to write instead.
const LIST: Function = Function {
    name: "list",
    params: &[],
    rest: Some(Param::new("vals", Want::Any).null().unknown().dynamic()),
    returns: Returns::From(|_| {
        Err(FnError::new(
            "the \"list\" function was deprecated in Terraform v0.12 and is no longer available; use tolist([ ... ]) \
             syntax to write a literal list",
        ))
    }),
    not_null: false,
    run: |call, args| Ok(call.unknown(args)),
};

/// `map(vals...)` is no more: always an error that says what to write instead.
const MAP: Function = Function {
    name: "map",
    params: &[],
    rest: Some(Param::new("vals", Want::Any).null().unknown().dynamic()),
    returns: Returns::From(|_| {
        Err(FnError::new(
            "the \"map\" function was deprecated in Terraform v0.12 and is no longer available; use tomap({ ... }) \
             syntax to write a literal map",
        ))
    }),
    not_null: false,
    run: |call, args| Ok(call.unknown(args)),
};

/// `one(list)` is the only element, or null if there is none.
const ONE: Function = Function {
    name: "one",
    params: &[Param::new("list", Want::Any)],
    rest: None,
    returns: Returns::From(one_type),
    not_null: false,
    run: one,
};

/// Returns how many elements a known collection or structure has.
///
/// # Errors
/// Within which bounds that is, if unknown elements of a set may turn out to be equal.
pub(super) fn known_length(value: &Value) -> Result<usize, (usize, usize)> {
    let n = value.len().expect("bug: only collections have a length");
    let coalesces = matches!(value.bare(), Value::Set(_)) && n > 1 && !value.is_wholly_known();
    if coalesces { Err((1, n)) } else { Ok(n) }
}

fn elements(value: &Value) -> &[Value] {
    value.as_seq().expect("bug: the frame passes known lists only")
}

fn alltrue(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    for item in elements(&args[0]) {
        if item.is_unknown() {
            return Ok(call.unknown(std::slice::from_ref(item)));
        }
        if item.as_bool() != Some(true) {
            return Ok(false.into());
        }
    }
    Ok(true.into())
}

fn anytrue(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let items = elements(&args[0]);
    if items.iter().any(|v| v.as_bool() == Some(true)) {
        return Ok(true.into());
    }
    if items.iter().any(Value::is_unknown) { Ok(call.unknown(args)) } else { Ok(false.into()) }
}

fn coalesce_type(args: &[Value]) -> Result<Type, FnError> {
    let types: Vec<Type> = args.iter().map(Value::type_of).collect();
    unify(&types, true).ok_or_else(|| FnError::new("all arguments must have the same type"))
}

fn coalesce(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    // What cannot be converted is passed over, as in Terraform.
    let mut candidates = args.iter().filter_map(|arg| convert(arg, &call.returns).ok());
    while let Some(value) = candidates.next() {
        match &value {
            Value::Unknown(u) => {
                let is = whichever(u, candidates);
                return Ok(Value::unknown_as(call.returns.clone(), Refine::default(), u.why.clone(), is));
            }
            Value::Null(_) => {}
            Value::String(text) if text.is_empty() && call.returns == Type::String => {}
            _ => return Ok(value),
        }
    }
    Err(FnError::new("no non-null, non-empty-string arguments"))
}

/// Returns whom the first of several candidates stands for that is neither null nor empty.
fn whichever(first: &Unknown, rest: impl Iterator<Item = Value>) -> Identity {
    let mut found = Vec::new();
    let certain = |u: &Unknown| u.refine.not_null && (u.ty != Type::String || !u.refine.prefix.is_empty());
    match first.is.candidates() {
        Some(mut is) => found.append(&mut is),
        None => return Identity::Nobody,
    }
    if certain(first) {
        return Identity::one_of(found);
    }
    for value in rest {
        match value {
            Value::Unknown(u) => {
                match u.is.candidates() {
                    Some(mut is) => found.append(&mut is),
                    None => return Identity::Nobody,
                }
                if certain(&u) {
                    break;
                }
            }
            Value::Null(_) => {}
            Value::String(text) if text.is_empty() => {}
            Value::String(text) => {
                found.push(Candidate::Text(text));
                break;
            }
            _ => return Identity::Nobody,
        }
    }
    Identity::one_of(found)
}

fn coalescelist_type(args: &[Value]) -> Result<Type, FnError> {
    let Some(first) = args.first() else {
        return Err(FnError::new("at least one argument is required"));
    };
    for arg in args {
        match arg.type_of() {
            _ if arg.is_unknown() => return Ok(Type::Dynamic),
            Type::List(_) | Type::Tuple(_) => {}
            _ => {
                return Err(FnError::new("coalescelist arguments must be lists or tuples"));
            }
        }
    }
    let ty = first.type_of();
    Ok(if args[1..].iter().all(|arg| arg.type_of() == ty) { ty } else { Type::Dynamic })
}

fn coalescelist(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    for arg in args {
        if arg.is_unknown() {
            return Ok(call.unknown(std::slice::from_ref(arg)));
        }
        if arg.len().is_some_and(|n| n > 0) {
            return Ok(arg.clone());
        }
    }
    Err(FnError::new("no non-null arguments"))
}

fn contains(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let Some(items) = args[0].as_seq() else {
        return Err(FnError::new("argument must be list, tuple, or set"));
    };
    let mut answer = Value::Bool(false);
    for item in items {
        match equal(&args[1], item) {
            Value::Bool(true) => return Ok(true.into()),
            unknown @ Value::Unknown(_) if !answer.is_unknown() => answer = unknown,
            _ => {}
        }
    }
    Ok(answer)
}

fn element_type(args: &[Value]) -> Result<Type, FnError> {
    match args[0].type_of() {
        Type::List(element) => Ok((*element).clone()),
        Type::Tuple(_) if args[1].is_unknown() => Ok(Type::Dynamic),
        Type::Tuple(types) => {
            let i = index_of(&args[1])?;
            if types.is_empty() {
                return Err(FnError::new("cannot use element function with an empty list"));
            }
            // Terraform 1.11 takes negative indexes into lists but not into tuples.
            let i = i % types.len() as i64;
            usize::try_from(i).map(|i| types[i].clone()).map_err(|_| {
                FnError::new(format!(
                    "panic in function implementation: runtime error: index out of range [{i}]"
                ))
            })
        }
        other => Err(FnError::new(format!("cannot read elements from {}", other.friendly()))),
    }
}

fn index_of(value: &Value) -> Result<i64, FnError> {
    whole(value).map_err(|e| FnError::new(format!("invalid index: {}", e.message)))
}

fn element(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let items = elements(&args[0]);
    if args[1].is_unknown() {
        return Ok(call.unknown(&args[1..]).with_identity(one_of_values(items.iter())));
    }
    let i = index_of(&args[1])?;
    if items.is_empty() {
        return Err(FnError::new("cannot use element function with an empty list"));
    }
    let i = i.rem_euclid(items.len() as i64) as usize;
    Ok(items[i].clone().mark(args[0].marks()))
}

fn index(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let (Value::List(list) | Value::Tuple(list)) = &args[0] else {
        return Err(FnError::new("argument must be a list or tuple"));
    };
    if list.items().is_empty() {
        return Err(FnError::new("cannot search an empty list"));
    }
    for (i, item) in list.items().iter().enumerate() {
        match equal(item, &args[1]) {
            Value::Bool(true) => return Ok(Number::from(i).into()),
            Value::Bool(false) => {}
            unknown => return Ok(call.unknown(&[unknown])),
        }
    }
    Err(FnError::new("item not found"))
}

fn length_type(args: &[Value]) -> Result<Type, FnError> {
    match args[0].type_of() {
        Type::Bool | Type::Number => {
            Err(FnError::new("argument must be a string, a collection type, or a structural type"))
        }
        _ => Ok(Type::Number),
    }
}

fn length(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let marks = args[0].marks();
    let between = |low: u64, high: Option<u64>| {
        let bound = |n: u64| Some((Number::from(n), true));
        let refine = Refine { min: bound(low), max: high.and_then(bound), ..Refine::not_null() };
        Value::refined(Type::Number, refine, call.cause(args))
    };
    let answer = match args[0].bare() {
        Value::Unknown(u) => match &u.ty {
            Type::Tuple(types) => Number::from(types.len()).into(),
            Type::Object(fields) => Number::from(fields.len()).into(),
            Type::String => between(u.refine.prefix.graphemes(true).count() as u64, None),
            ty if ty.is_collection() => {
                between(u.refine.len_min, Some(u.refine.len_max.unwrap_or(i64::MAX as u64)))
            }
            _ => call.unknown(args),
        },
        Value::String(text) => Number::from(text.graphemes(true).count()).into(),
        // Of a whole resource more attributes may exist than are written.
        Value::Object(fields) if fields.open().is_some() => between(fields.len() as u64, None),
        collection => match known_length(collection) {
            Ok(n) => Number::from(n).into(),
            Err((low, high)) => between(low as u64, Some(high as u64)),
        },
    };
    Ok(answer.mark(marks))
}

fn not_one() -> FnError {
    FnError::arg(0, "must be a list, set, or tuple value with either zero or one elements")
}

fn one_type(args: &[Value]) -> Result<Type, FnError> {
    match args[0].type_of() {
        Type::List(element) | Type::Set(element) => Ok((*element).clone()),
        Type::Tuple(types) if types.len() <= 1 => Ok(types.first().cloned().unwrap_or(Type::Dynamic)),
        _ => Err(not_one()),
    }
}

fn one(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    match (known_length(&args[0]), elements(&args[0])) {
        (Err(_), items) => Ok(call.unknown(args).with_identity(one_of_values(items.iter()))),
        (_, []) => Ok(Value::Null(call.returns.clone())),
        (_, [only]) => Ok(only.clone()),
        _ => Err(not_one()),
    }
}

#[cfg(test)]
mod tests {
    use crate::eval::funcs::testing::{check, value};
    use crate::value::{Candidate, Identity, ObjectId, Referent};

    #[test]
    fn all_and_any_look_at_truth_values_only() {
        check(r#"alltrue([true, "true"])"#, "true");
        check("alltrue([true, null])", "false");
        check("alltrue([])", "true");
        check("alltrue([false, local.ub])", "false");
        check("alltrue([local.ub, false])", "?bool!");
        check("anytrue([null, false])", "false");
        check("anytrue([])", "false");
        check("anytrue([local.ub, true])", "true");
        check("anytrue([local.ub])", "?bool!");
        check("alltrue([1])", "error: element 0: bool required.");
        check("anytrue([sensitive(true), false])", "sensitive(true)");
        check("alltrue(null)", "error: argument must not be null.");
    }

    #[test]
    fn coalesce_skips_null_and_empty_text() {
        check(r#"coalesce(null, "", "a")"#, r#""a""#);
        check(r#"coalesce(0, "a")"#, r#""0""#);
        check("coalesce(false, null)", "false");
        check(r#"coalesce("", null)"#, "error: no non-null, non-empty-string arguments.");
        check("coalesce(1, true)", "error: all arguments must have the same type.");
        check("coalesce()", "error: all arguments must have the same type.");
        check(r#"coalesce("a", local.us)"#, r#""a""#);
        check(r#"coalesce(local.us, "a")"#, "?string!");
        check(r#"coalesce("a", sensitive("b"))"#, r#"sensitive("a")"#);
    }

    #[test]
    fn a_choice_tells_whom_an_unknown_may_stand_for() {
        let id = Candidate::Is(Referent { object: ObjectId(1), attr: "id".into() });
        let text = |t: &str| Candidate::Text(t.into());
        let check = |text: &str, want: Identity| {
            let value = value(text).unwrap();
            assert_eq!(value.as_unknown().unwrap().is, want, "{text}");
        };
        check(r#"coalesce(null, local.id, "x")"#, Identity::one_of(vec![id.clone(), text("x")]));
        check(r#"coalesce(local.id, "", "x", "y")"#, Identity::one_of(vec![id.clone(), text("x")]));
        check("coalesce(local.id)", Identity::one_of(vec![id.clone()]));
        check("coalesce(local.id, local.us)", Identity::Nobody);
        check(r#"coalesce(local.us, "x")"#, Identity::Nobody);
        let either = || Identity::one_of(vec![id.clone(), text("x")]);
        check(r#"element([local.id, "x"], local.un)"#, either());
        check(r#"one(toset([local.id, "x"]))"#, either());
        check(r#"sort([local.id, "x"])[1]"#, either());
        check(r#"lookup({ a = local.id, b = null }, local.us, "x")"#, either());
        check(r#"lookup({ a = local.id }, local.us, 1)"#, Identity::Nobody);
        check(r#"lookup(local.whole, local.us, "x")"#, Identity::Nobody);
    }

    #[test]
    fn coalescelist_takes_the_first_that_has_elements() {
        check("coalescelist([], [1])", "[1]");
        check("coalescelist(tolist([]), tolist([1]))", "tolist([1])");
        check("coalescelist([], [])", "error: no non-null arguments.");
        check("coalescelist()", "error: at least one argument is required.");
        check("coalescelist(toset([1]))", "error: coalescelist arguments must be lists or tuples.");
        check("coalescelist(null, [1])", "error: coalescelist arguments must be lists or tuples.");
        check("coalescelist([1], local.ul)", "[1]");
        check("coalescelist([], local.ul)", "?any");
        check(r#"coalescelist([sensitive("a")], [1])"#, r#"sensitive(["a"])"#);
    }

    #[test]
    fn contains_converts_nothing() {
        check(r#"contains([1, 2], "1")"#, "false");
        check("contains(toset([1, 2]), 1)", "true");
        check("contains([], 1)", "false");
        check("contains([], local.us)", "?bool!");
        check(r#"contains([local.us, "a"], "a")"#, "true");
        check(r#"contains([local.us, "a"], "b")"#, "?bool!");
        check(r#"contains([local.un], "b")"#, "false");
        check("contains({ a = 1 }, 1)", "error: argument must be list, tuple, or set.");
        check("contains([null], null)", "error: argument must not be null.");
        check(r#"contains([sensitive("a")], "b")"#, "sensitive(false)");
    }

    #[test]
    fn element_wraps_around() {
        check("element([1, 2, 3], 4)", "2");
        check("element(tolist([1, 2, 3]), -1)", "3");
        check("element([1, 2, 3], -1)", "error: runtime error: index out of range [-1].");
        check("element([], 0)", "error: cannot use element function with an empty list.");
        check("element(tolist([]), 0)", "error: cannot use element function with an empty list.");
        check(
            "element([1], 0.5)",
            "error: invalid index: value must be a whole number, between -9223372036854775808 and 9223372036854775807.",
        );
        check("element(toset([1]), 0)", "error: cannot read elements from set of number.");
        check("element([1, local.us], 1)", "?string");
        check("element(local.ul, 1)", "?string");
        check("element([1, 2], local.un)", "?any");
        check("element([null], 0)", "null");
        check("element(null, 0)", "error: argument must not be null.");
        check(r#"element([sensitive("a"), "b"], 1)"#, r#""b""#);
        check(r#"element(sensitive(["a", "b"]), 1)"#, r#"sensitive("b")"#);
    }

    #[test]
    fn index_finds_the_first() {
        check(r#"index(["a", "b", "b"], "b")"#, "1");
        check("index(tolist([1]), 2)", "error: item not found.");
        check("index([], 1)", "error: cannot search an empty list.");
        check("index(toset([1]), 1)", "error: argument must be a list or tuple.");
        check(r#"index(["b", local.us], "b")"#, "0");
        check(r#"index([local.us, "b"], "b")"#, "?number!");
        check("index([1], null)", "error: argument must not be null.");
        check(r#"index(["a", sensitive("b")], "a")"#, "sensitive(0)");
    }

    #[test]
    fn length_counts_what_is_certain() {
        check("length([1, 2])", "2");
        check("length({})", "0");
        check("length(toset([1, 1]))", "1");
        check(r#"length("")"#, "0");
        check(r#"length("e\u0301🇦🇹")"#, "2");
        check("length(1)", "error: a string, a collection type, or a structural type.");
        check("length(null)", "error: argument must not be null.");
        check("length(local.ul)", "?number! 0..9223372036854775807");
        check("length(local.us)", "?number! 0..");
        check("length(local.udyn)", "?number!");
        check("length([local.us])", "1");
        check("length(toset([local.us]))", "1");
        check(r#"length(toset([local.us, "a"]))"#, "?number! 1..2");
        check("length(local.whole)", "?number! 1..");
        check("length([sensitive(1)])", "1");
        check("length(sensitive([1]))", "sensitive(1)");
    }

    #[test]
    fn one_is_the_only_element_or_null() {
        check(r#"one(["a"])"#, r#""a""#);
        check("one([])", "null");
        check("one(toset([]))", "null");
        check("one(tolist([null, 1])) == null", "error: with either zero or one elements.");
        check("one([null])", "null");
        check("one({ a = 1 })", "error: with either zero or one elements.");
        check("one(null)", "error: argument must not be null.");
        check("one([local.us])", "?string");
        check("one(toset([local.us]))", "?string");
        check(r#"one(toset([local.us, "a"]))"#, "?string");
        check("one(local.ul)", "?string");
        check("one([sensitive(1)])", "sensitive(1)");
    }

    #[test]
    fn an_unknown_has_the_cause_of_what_made_it() {
        for text in [
            "alltrue([local.us])",
            r#"contains(["b", local.us], "a")"#,
            r#"index([local.us], "a")"#,
            "length(local.us)",
            r#"coalesce(local.us, "a")"#,
            "coalescelist([], [], split(\"\", local.us))",
            r#"lookup({ a = local.us }, "a")"#,
            "merge(zipmap([local.us], [1]), {})",
            "sort([local.us])[0]",
            "setintersection([local.us], [])",
        ] {
            assert_eq!(value(text).unwrap().cause().unwrap().name(), "local.us", "{text}");
        }
    }

    #[test]
    fn list_and_map_say_what_to_write_instead() {
        check("list(1)", "error: use tolist([ ... ]) syntax to write a literal list.");
        check("map()", "error: use tomap({ ... }) syntax to write a literal map.");
    }
}
