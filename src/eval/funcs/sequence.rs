//! Functions that make lists of lists.

use std::collections::HashSet;

use super::collection::known_length;
use super::{Call, FnError, Function, Param, Returns, Want, check_size, whole};
use crate::value::{
    CauseKind, Marks, Number, Refine, Type, Value, convert, convert_error_text, equal, unify, unknown_like,
};

pub(super) const FAMILY: &[Function] =
    &[CHUNKLIST, COMPACT, CONCAT, DISTINCT, FLATTEN, MATCHKEYS, RANGE, REVERSE, SLICE, SORT];

/// `chunklist(list, size)` cuts a list in pieces of that size; size 0 makes one piece.
const CHUNKLIST: Function = Function {
    name: "chunklist",
    params: &[Param::new("list", Want::ListAny).marked(), Param::new("size", Want::Number).marked()],
    rest: None,
    returns: Returns::From(|args| Ok(Type::list(args[0].type_of()))),
    not_null: true,
    run: chunklist,
};

/// `compact(list)` leaves nulls and `""` out.
const COMPACT: Function = Function {
    name: "compact",
    params: &[Param::new("list", Want::ListString)],
    rest: None,
    returns: Returns::Always(Want::ListString),
    not_null: true,
    run: compact,
};

/// `concat(seqs...)` is one list after the other; a tuple unless all are lists with a type in common.
const CONCAT: Function = Function {
    name: "concat",
    params: &[],
    rest: Some(Param::new("seqs", Want::Any).marked()),
    returns: Returns::From(concat_type),
    not_null: true,
    run: concat,
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

/// `flatten(list)` is a tuple of what is in the lists in it, at any depth.
const FLATTEN: Function = Function {
    name: "flatten",
    params: &[Param::new("list", Want::Any).marked()],
    rest: None,
    returns: Returns::From(flatten_type),
    not_null: true,
    run: flatten,
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

/// `range(start, limit, step)` counts, up to 1024 numbers.
const RANGE: Function = Function {
    name: "range",
    params: &[],
    rest: Some(Param::new("params", Want::Number)),
    returns: Returns::From(|_| Ok(Type::list(Type::Number))),
    not_null: true,
    run: range,
};

/// `reverse(list)` turns a list, tuple or set around.
const REVERSE: Function = Function {
    name: "reverse",
    params: &[Param::new("list", Want::Any).marked()],
    rest: None,
    returns: Returns::From(reverse_type),
    not_null: true,
    run: reverse,
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

fn elements(value: &Value) -> &[Value] {
    value.as_seq().expect("bug: the frame passes known lists only")
}

/// Returns a list or tuple, as the type says.
fn sequence(ty: &Type, items: Vec<Value>) -> Value {
    match ty {
        Type::List(element) => Value::list((**element).clone(), items),
        _ => Value::tuple(items),
    }
}

fn chunklist(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let marks = args[0].marks() | args[1].marks();
    let size = whole(&args[1]).map_err(|e| FnError::new(format!("invalid size: {}", e.message)))?;
    let Ok(size) = usize::try_from(size) else {
        return Err(FnError::new("the size argument must be positive"));
    };
    let list = args[0].bare();
    let inner = call.returns.element().expect("bug: chunklist returns a list");
    let chunks = match elements(list) {
        [] => Vec::new(),
        _ if size == 0 => vec![list.clone()],
        items => items.chunks(size).map(|chunk| sequence(inner, chunk.to_vec())).collect(),
    };
    Ok(Value::list(inner.clone(), chunks).mark(marks))
}

fn compact(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    if !args[0].is_wholly_known() {
        return Ok(call.unknown(args));
    }
    let kept = elements(&args[0]).iter().filter(|v| v.as_str().is_some_and(|s| !s.is_empty()));
    Ok(Value::list(Type::String, kept.cloned().collect()))
}

fn concat_type(args: &[Value]) -> Result<Type, FnError> {
    if args.is_empty() {
        return Err(FnError::new("at least one argument is required"));
    }
    let types: Vec<Type> = args.iter().map(Value::type_of).collect();
    if types.iter().all(|t| matches!(t, Type::List(_)))
        && let Some(common) = unify(&types, true)
    {
        return Ok(common);
    }
    let mut elements_of = Vec::new();
    for (i, (arg, ty)) in args.iter().zip(types).enumerate() {
        match ty {
            Type::Tuple(types) => elements_of.extend(types.iter().cloned()),
            Type::List(_) if arg.is_unknown() => return Ok(Type::Dynamic),
            Type::List(element) => {
                let n = arg.len().unwrap_or_default();
                check_size(elements_of.len().saturating_add(n))?;
                elements_of.extend(std::iter::repeat_n((*element).clone(), n));
            }
            other => {
                let what = other.friendly();
                return Err(FnError::arg(i, format!("all arguments must be lists or tuples; got {what}")));
            }
        }
    }
    check_size(elements_of.len())?;
    Ok(Type::tuple(elements_of))
}

fn concat(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let mut marks = Marks::NONE;
    let mut items = Vec::new();
    for (i, arg) in args.iter().enumerate() {
        let arg = match &call.returns {
            Type::List(_) => {
                convert(arg, &call.returns).map_err(|e| FnError::arg(i, convert_error_text(&e)))?
            }
            _ => arg.clone(),
        };
        marks |= arg.marks();
        check_size(items.len().saturating_add(elements(&arg).len()))?;
        items.extend_from_slice(elements(&arg));
    }
    Ok(sequence(&call.returns, items).mark(marks))
}

fn distinct(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    if !args[0].is_wholly_known() {
        return Ok(call.unknown(args));
    }
    let mut texts = HashSet::new();
    let mut kept: Vec<Value> = Vec::new();
    for item in elements(&args[0]) {
        let new = match item {
            Value::String(text) => texts.insert(text.clone()),
            // Numbers are equal if their texts are.
            Value::Number(n) => texts.insert(n.to_string().into()),
            _ => {
                let mut new = true;
                for seen in &kept {
                    match equal(seen, item) {
                        Value::Bool(true) => new = false,
                        Value::Bool(false) => continue,
                        _ => {
                            return Err(FnError::new("panic in function implementation: value is unknown"));
                        }
                    }
                    break;
                }
                new
            }
        };
        if new {
            kept.push(item.clone());
        }
    }
    Ok(sequence(&call.returns, kept))
}

fn flatten_type(args: &[Value]) -> Result<Type, FnError> {
    if !args[0].is_wholly_known() {
        return Ok(Type::Dynamic);
    }
    match args[0].bare() {
        Value::List(_) | Value::Set(_) | Value::Tuple(_) => {}
        _ => return Err(FnError::new("can only flatten lists, sets and tuples")),
    }
    let mut flat = Flat::default();
    flat.add(&args[0])?;
    Ok(Type::tuple(flat.items.iter().map(Value::type_of).collect()))
}

fn flatten(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let mut flat = Flat::default();
    flat.add(&args[0])?;
    let value = if flat.open { call.unknown(args) } else { Value::tuple(flat.items) };
    Ok(value.mark(flat.marks))
}

/// What was found while flattening.
#[derive(Default)]
struct Flat {
    items: Vec<Value>,
    /// Of the lists that are no more.
    marks: Marks,
    /// How many elements there are is not known.
    open: bool,
}

impl Flat {
    fn add(&mut self, list: &Value) -> Result<(), FnError> {
        self.marks |= list.marks();
        let list = list.bare();
        // Terraform flattens objects too, unless they are wholly known.
        let items = match list.as_fields() {
            Some(fields) => fields.values(),
            None => elements(list),
        };
        if known_length(list).is_err() {
            self.open = true;
            return Ok(());
        }
        for item in items {
            let is_list = match item.bare() {
                Value::List(_) | Value::Set(_) | Value::Tuple(_) => true,
                Value::Unknown(u) => matches!(u.ty, Type::List(_) | Type::Set(_) | Type::Tuple(_)),
                _ => false,
            };
            if matches!(item, Value::Unknown(u) if u.ty == Type::Dynamic) {
                // It may turn out to be a list.
                self.open = true;
            } else if is_list && item.is_unknown() {
                self.open = true;
                self.marks |= item.marks();
            } else if is_list {
                self.add(item)?;
            } else {
                check_size(self.items.len() + 1)?;
                self.items.push(item.clone());
            }
        }
        Ok(())
    }
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
    let mut kept = Vec::new();
    for (key, value) in elements(&keys).iter().zip(values) {
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

fn range(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    const MOST: usize = 1024;
    let number = |i: usize| args[i].as_number().expect("bug: the frame passes known numbers only").clone();
    let toward = |start: &Number, end: &Number| if end.compare(start).is_lt() { -1 } else { 1 };
    let (start, end, step) = match args.len() {
        1 => (Number::ZERO, number(0), Number::integer(toward(&Number::ZERO, &number(0)))),
        2 => (number(0), number(1), Number::integer(toward(&number(0), &number(1)))),
        3 => (number(0), number(1), number(2)),
        _ => return Err(FnError::new("must have one, two, or three arguments")),
    };
    // NOTE: Terraform means to refuse a step of 0 but counts on until there are too many.
    let down = step.is_negative();
    match end.compare(&start) {
        o if down && o.is_gt() => {
            return Err(FnError::arg(1, "end must be less than start when step is negative"));
        }
        o if !down && o.is_lt() => {
            return Err(FnError::arg(1, "end must be greater than start when step is positive"));
        }
        _ => {}
    }
    let mut items = Vec::new();
    let mut next = start;
    while if down { next.compare(&end).is_gt() } else { next.compare(&end).is_lt() } {
        if items.len() >= MOST {
            return Err(FnError::new(format!(
                "more than {MOST} values were generated; either decrease the difference between start and end or use \
                 a smaller step"
            )));
        }
        items.push(Value::Number(next.clone()));
        next = next.add(&step).map_err(|e| FnError::new(e.to_string()))?;
    }
    Ok(Value::list(Type::Number, items))
}

fn reverse_type(args: &[Value]) -> Result<Type, FnError> {
    match args[0].type_of() {
        Type::Tuple(types) => Ok(Type::tuple(types.iter().rev().cloned().collect())),
        Type::List(element) | Type::Set(element) => Ok(Type::List(element)),
        other => {
            let what = other.friendly();
            Err(FnError::arg(0, format!("can only reverse list or tuple values, not {what}")))
        }
    }
}

fn reverse(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let items = elements(&args[0]).iter().rev().cloned().collect();
    Ok(sequence(&call.returns, items).mark(args[0].marks()))
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
        // A plan reads the data source, and then there are so many elements or the call fails.
        return Ok(match &call.returns {
            Type::List(element) if u.why.kind == CauseKind::Data && end - start <= MOST_OPEN => {
                let one = Value::unknown((**element).clone(), u.why.clone());
                sequence(&call.returns, vec![one; end - start]).mark(args[0].marks())
            }
            _ => unknown_like(&args[0], call.returns.clone()),
        });
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
        return Ok(Value::refined(call.returns.clone(), refine, call.cause(args)));
    }
    let mut texts = Vec::new();
    for (i, item) in elements(&args[0]).iter().enumerate() {
        let null = || FnError::new(format!("given list element {i} is null; a null string cannot be sorted"));
        texts.push(item.as_str().ok_or_else(null)?.clone());
    }
    texts.sort();
    Ok(Value::list(Type::String, texts.into_iter().map(Value::String).collect()))
}
