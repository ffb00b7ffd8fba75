//! Functions that keep some elements of a list, or put them in order.

use super::sequence::{elements, sequence};
use super::{Call, FnError, Function, Param, Returns, Want, whole};
use crate::eval::access::one_of_values;
use crate::value::{
    CauseKind, Members, Refine, Type, Value, convert, convert_error_text, equal, unify, unknown_like,
};

pub(super) const FAMILY: &[Function] = &[COMPACT, DISTINCT, MATCHKEYS, SLICE, SORT];

/// `compact(list)` leaves nulls and `""` out.
const COMPACT: Function = Function {
    name: "compact",
    params: &[Param::new("list", Want::ListString)],
    rest: None,
    returns: Returns::Always(Want::ListString),
    not_null: true,
    run: compact,
};

/// `distinct(list)` keeps the first of equal elements.
const DISTINCT: Function = Function {
    name: "distinct",
    params: &[Param::new("list", Want::ListAny)],
    rest: None,
    returns: Returns::From(|args| Ok(args[0].type_of())),
    not_null: true,
    run: distinct,
};

/// `matchkeys(values, keys, searchset)` keeps the values whose key is in the searchset.
const MATCHKEYS: Function = Function {
    name: "matchkeys",
    params: &[
        Param::new("values", Want::ListAny),
        Param::new("keys", Want::ListAny),
        Param::new("searchset", Want::ListAny),
    ],
    rest: None,
    returns: Returns::From(matchkeys_type),
    not_null: true,
    run: matchkeys,
};

/// `slice(list, start, end)` is the elements from start until before end.
const SLICE: Function = Function {
    name: "slice",
    params: &[
        Param::new("list", Want::Any).marked().unknown(),
        Param::new("start_index", Want::Number),
        Param::new("end_index", Want::Number),
    ],
    rest: None,
    returns: Returns::From(slice_type),
    not_null: true,
    run: slice,
};

/// `sort(list)` orders strings by their bytes.
const SORT: Function = Function {
    name: "sort",
    params: &[Param::new("list", Want::ListString).unknown()],
    rest: None,
    returns: Returns::Always(Want::ListString),
    not_null: true,
    run: sort,
};

fn compact(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    if !args[0].is_wholly_known() {
        return Ok(call.unknown(args));
    }
    let kept = elements(&args[0]).iter().filter(|v| v.as_str().is_some_and(|s| !s.is_empty()));
    Ok(Value::list(Type::String, kept.cloned().collect()))
}

fn distinct(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    if !args[0].is_wholly_known() {
        return Ok(call.unknown(args));
    }
    let mut seen = Members::of(&[]);
    let kept = elements(&args[0]).iter().filter(|item| seen.insert(item)).cloned().collect();
    Ok(sequence(&call.returns, kept))
}

fn matchkeys_type(args: &[Value]) -> Result<Type, FnError> {
    match unify(&[args[1].type_of(), args[2].type_of()], true) {
        Some(_) => Ok(args[0].type_of()),
        None => Err(FnError::new("keys and searchset must be of the same type")),
    }
}

fn matchkeys(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let none = || sequence(&call.returns, Vec::new());
    let values = elements(&args[0]);
    if values.len() != elements(&args[1]).len() {
        return Err(FnError::new("length of keys and values should be equal"));
    }
    let common = unify(&[args[1].type_of(), args[2].type_of()], true).unwrap_or(Type::Dynamic);
    let convert = |v: &Value| convert(v, &common).map_err(|e| FnError::new(convert_error_text(&e)));
    let (keys, wanted) = (convert(&args[1])?, convert(&args[2])?);
    if wanted.len() == Some(0) {
        return Ok(none());
    }
    if !args[0].is_wholly_known() || !keys.is_wholly_known() {
        return Ok(call.unknown(args));
    }
    let pairs = elements(&keys).iter().zip(values);
    if wanted.is_wholly_known() {
        let wanted = Members::of(elements(&wanted));
        let kept = pairs.filter(|(key, _)| wanted.contain(key)).map(|(_, value)| value.clone());
        return Ok(sequence(&call.returns, kept.collect()));
    }
    let mut kept = Vec::new();
    for (key, value) in pairs {
        for wanted in elements(&wanted) {
            match equal(key, wanted) {
                Value::Bool(false) => {}
                Value::Bool(_) => {
                    kept.push(value.clone());
                    break;
                }
                // NOTE: Terraform gives up here and returns nothing at all.
                _ => return Ok(none()),
            }
        }
    }
    Ok(sequence(&call.returns, kept))
}

fn slice_type(args: &[Value]) -> Result<Type, FnError> {
    let ty = args[0].type_of();
    match &ty {
        Type::Set(_) => Err(FnError::arg(
            0,
            "cannot slice a set, because its elements do not have indices; explicitly convert to a list if the \
             ordering of the result is not important",
        )),
        Type::List(_) => slice_bounds(args).map(|_| ty),
        Type::Tuple(types) => Ok(match slice_bounds(args)? {
            Some((start, end)) => Type::tuple(types[start..end].to_vec()),
            None => Type::Dynamic,
        }),
        _ => Err(FnError::arg(0, "must be a list or tuple value")),
    }
}

/// Returns where a slice begins and ends, or None if that is not known.
fn slice_bounds(args: &[Value]) -> Result<Option<(usize, usize)>, FnError> {
    let length = match args[0].type_of() {
        Type::Tuple(types) => Some(types.len()),
        _ => args[0].len(),
    };
    let bound = |arg: usize, name: &str| -> Result<Option<usize>, FnError> {
        if args[arg].is_unknown() {
            return Ok(None);
        }
        let n = whole(&args[arg]).map_err(|e| FnError::arg(arg, format!("invalid {name}: {}", e.message)))?;
        match usize::try_from(n) {
            Err(_) => Err(FnError::arg(arg, format!("{name} must not be less than zero"))),
            Ok(n) if length.is_some_and(|length| n > length) => {
                Err(FnError::arg(arg, format!("{name} must not be greater than the length of the list")))
            }
            Ok(n) => Ok(Some(n)),
        }
    };
    match (bound(1, "start index")?, bound(2, "end index")?) {
        (Some(start), Some(end)) if start > end => {
            Err(FnError::arg(1, "start index must not be greater than end index"))
        }
        (Some(start), Some(end)) => Ok(Some((start, end))),
        _ => Ok(None),
    }
}

/// More elements than this are not told apart where none of them is known.
const MOST_OPEN: usize = 1_000;

fn slice(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let Some((start, end)) = slice_bounds(args)? else {
        return Ok(call.unknown(args));
    };
    if let Some(u) = args[0].as_unknown() {
        let sliced = match &call.returns {
            // A plan reads the data source: then there are so many elements, or the call fails.
            Type::List(element) if u.why.kind() == CauseKind::Data && end - start <= MOST_OPEN => {
                let one = Value::unknown((**element).clone(), u.why.clone());
                sequence(&call.returns, vec![one; end - start])
            }
            _ => unknown_like(&args[0], call.returns.clone()),
        };
        return Ok(sliced.mark(args[0].marks()));
    }
    let items = elements(&args[0])[start..end].to_vec();
    Ok(sequence(&call.returns, items).mark(args[0].marks()))
}

fn sort(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    if !args[0].is_wholly_known() {
        // The order is open, the length is not.
        let refine = match (args[0].as_unknown(), args[0].len()) {
            (Some(u), _) => {
                Refine { len_min: u.refine.len_min, len_max: u.refine.len_max, ..Refine::not_null() }
            }
            (None, n) => Refine {
                len_min: n.unwrap_or_default() as u64,
                len_max: n.map(|n| n as u64),
                ..Refine::not_null()
            },
        };
        let sorted = Value::refined(call.returns.clone(), refine, call.cause(args));
        let is = one_of_values(args[0].as_seq().unwrap_or_default().iter());
        return Ok(sorted.map_elements(|element| element.with_identity(is.clone())));
    }
    let mut texts = Vec::new();
    for (i, item) in elements(&args[0]).iter().enumerate() {
        let null = || FnError::new(format!("given list element {i} is null; a null string cannot be sorted"));
        texts.push(item.as_str().ok_or_else(null)?.clone());
    }
    texts.sort();
    Ok(Value::list(Type::String, texts.into_iter().map(Value::String).collect()))
}

#[cfg(test)]
mod tests {
    use crate::eval::funcs::testing::check;

    #[test]
    fn compact_leaves_null_and_empty_text_out() {
        check(r#"compact(["a", "", null, "b"])"#, r#"tolist(["a", "b"])"#);
        check("compact([])", "tolist([])");
        check("compact([1])", r#"tolist(["1"])"#);
        check(r#"compact(["a", local.us])"#, "?list(string)!");
        check("compact(null)", "error: argument must not be null.");
        check("compact([[]])", "error: element 0: string required.");
        check(r#"compact([sensitive("a"), ""])"#, r#"sensitive(tolist(["a"]))"#);
    }

    #[test]
    fn distinct_keeps_the_first_of_equal_elements() {
        check(r#"distinct(["b", "a", "b"])"#, r#"tolist(["b", "a"])"#);
        check(r#"distinct([1, "1"])"#, r#"tolist(["1"])"#);
        check("distinct([[1], [1], [2]])", "tolist([[1], [2]])");
        check("distinct([null, null])", "tolist([null])");
        check("distinct([])", "tolist([])");
        check(r#"distinct(["a", local.us])"#, "?list(string)!");
        check("distinct(null)", "error: argument must not be null.");
        check(r#"distinct([sensitive("a"), "a"])"#, r#"sensitive(tolist(["a"]))"#);
    }

    #[test]
    fn matchkeys_keeps_values_whose_key_is_searched_for() {
        check(r#"matchkeys(["a", "b"], [1, 2], [2, 3])"#, r#"tolist(["b"])"#);
        check(r#"matchkeys(["a"], [1], ["1"])"#, r#"tolist(["a"])"#);
        check(r#"matchkeys(["a"], [1], [])"#, "tolist([])");
        check("matchkeys([], [], [1])", "tolist([])");
        check("matchkeys([1], [], [1])", "error: length of keys and values should be equal.");
        check("matchkeys([1], [1], [true])", "error: keys and searchset must be of the same type.");
        check("matchkeys([1], null, [1])", "error: argument must not be null.");
        check(r#"matchkeys([local.us], ["a"], ["a"])"#, "?list(string)!");
        check(r#"matchkeys(["x"], ["a"], [local.us])"#, "tolist([])");
        check(r#"matchkeys(["x"], ["a"], sensitive(["a"]))"#, r#"sensitive(tolist(["x"]))"#);
    }

    #[test]
    fn slice_is_bounded_by_the_list() {
        check("slice([1, 2, 3], 1, 3)", "[2, 3]");
        check("slice(tolist([1, 2, 3]), 0, 0)", "tolist([])");
        check("slice([], 0, 0)", "[]");
        check("slice([1], 0, 2)", "error: end index must not be greater than the length of the list.");
        check("slice([1], -1, 1)", "error: start index must not be less than zero.");
        check("slice([1, 2], 1, 0)", "error: start index must not be greater than end index.");
        check(
            "slice(toset([1]), 0, 1)",
            "error: explicitly convert to a list if the ordering of the result is not important.",
        );
        check("slice(null, 0, 1)", "error: argument must not be null.");
        check("slice(local.ul, 0, 1)", "?list(string)!");
        check("slice(local.ul, 2, 1)", "error: start index must not be greater than end index.");
        check("slice([1, 2], 0, local.un)", "?any");
        check("slice([1, local.us], 1, 2)", "[?string]");
        check("slice([sensitive(1), 2], 1, 2)", "[2]");
        check("slice([1, 2], 0, sensitive(1))", "sensitive([1])");
    }

    #[test]
    fn sort_orders_by_bytes() {
        check(r#"sort(["b", "B", "a"])"#, r#"tolist(["B", "a", "b"])"#);
        check("sort([10, 9])", r#"tolist(["10", "9"])"#);
        check("sort([])", "tolist([])");
        check(r#"sort(["a", local.us])"#, "tolist([?string, ?string])");
        check("sort(local.ul)", "?list(string)!");
        check(r#"sort(["a", null])"#, "error: given list element 1 is null; a null string cannot be sorted.");
        check("sort(null)", "error: argument must not be null.");
        check(r#"sort([sensitive("b"), "a"])"#, r#"sensitive(tolist(["a", "b"]))"#);
    }
}
