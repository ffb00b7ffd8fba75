//! Functions that make lists of other lists, or of nothing.

use super::collection::known_length;
use super::{Call, FnError, Function, Param, Returns, Want, check_size, whole};
use crate::value::{Marks, Number, Type, Value, convert, convert_error_text, unify};

pub(super) const FAMILY: &[Function] = &[CHUNKLIST, CONCAT, FLATTEN, RANGE, REVERSE];

/// `chunklist(list, size)` cuts a list in pieces of that size; size 0 makes one piece.
const CHUNKLIST: Function = Function {
    name: "chunklist",
    params: &[Param::new("list", Want::ListAny).marked(), Param::new("size", Want::Number).marked()],
    rest: None,
    returns: Returns::From(|args| Ok(Type::list(args[0].type_of()))),
    not_null: true,
    run: chunklist,
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

/// `flatten(list)` is a tuple of what is in the lists in it, at any depth.
const FLATTEN: Function = Function {
    name: "flatten",
    params: &[Param::new("list", Want::Any).marked()],
    rest: None,
    returns: Returns::From(flatten_type),
    not_null: true,
    run: flatten,
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

pub(super) fn elements(value: &Value) -> &[Value] {
    value.as_seq().expect("bug: the frame passes known lists only")
}

/// Returns a list or tuple, as the type says.
pub(super) fn sequence(ty: &Type, items: Vec<Value>) -> Value {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::funcs::MAX_ELEMENTS;
    use crate::eval::funcs::testing::{check, value};

    #[test]
    fn chunks_have_the_size_but_the_last() {
        check("chunklist([1, 2, 3], 2)", "tolist([tolist([1, 2]), tolist([3])])");
        check("chunklist([1, 2], 0)", "tolist([tolist([1, 2])])");
        check("chunklist([], 2)", "tolist([])");
        check("chunklist([1], -1)", "error: the size argument must be positive.");
        check("chunklist(null, 1)", "error: argument must not be null.");
        check("chunklist([local.us, \"a\"], 1)", r#"tolist([tolist([?string]), tolist(["a"])])"#);
        check("chunklist([1], local.un)", "?list(list(number))!");
        check("chunklist([sensitive(1), 2], 1)", "tolist([tolist([sensitive(1)]), tolist([2])])");
        check("chunklist([1], sensitive(1))", "sensitive(tolist([tolist([1])]))");
    }

    #[test]
    fn concat_makes_a_list_of_lists_and_a_tuple_of_others() {
        check("concat([1], [true])", "[1, true]");
        check("concat(tolist([1]), tolist([\"a\"]))", r#"tolist(["1", "a"])"#);
        check("concat(tolist([1]), tolist([true]))", "[1, true]");
        check("concat(tolist([1]), [2])", "[1, 2]");
        check("concat([], [])", "[]");
        check("concat()", "error: at least one argument is required.");
        check("concat([1], null)", "error: argument must not be null.");
        check("concat([1], toset([2]))", "error: all arguments must be lists or tuples; got set of number.");
        check("concat([1], [local.us])", "[1, ?string]");
        check("concat([1], local.ul)", "?any");
        check("concat(tolist([\"a\"]), local.ul)", "?list(string)!");
        check("concat([sensitive(1)], [2])", "[sensitive(1), 2]");
        check("concat([1], sensitive([2]))", "sensitive([1, 2])");
    }

    #[test]
    fn flatten_opens_lists_of_lists() {
        check("flatten([[1, [2]], 3, []])", "[1, 2, 3]");
        check(r#"flatten([toset(["b", "a"]), { a = [1] }])"#, r#"["a", "b", {a = [1]}]"#);
        check("flatten([])", "[]");
        check("flatten([null, [null]])", "[null, null]");
        check("flatten(null)", "error: argument must not be null.");
        check("flatten({ a = 1 })", "error: can only flatten lists, sets and tuples.");
        check("flatten([[1], [local.us]])", "[1, ?string]");
        check("flatten([[1], local.ul])", "?any");
        check("flatten([[1], local.udyn])", "?any");
        check("flatten([toset([local.us, \"a\"])])", "?any");
        check("flatten([[sensitive(1)], [2]])", "[sensitive(1), 2]");
        check("flatten([sensitive([1]), [2]])", "sensitive([1, 2])");
    }

    #[test]
    fn range_counts_up_and_down_to_1024_numbers() {
        check("range(3)", "tolist([0, 1, 2])");
        check("range(-2)", "tolist([0, -1])");
        check("range(1, 3)", "tolist([1, 2])");
        check("range(1, 2, 0.5)", "tolist([1, 1.5])");
        check("range(0)", "tolist([])");
        check("length(range(1024))", "1024");
        check(
            "range(1025)",
            "error: either decrease the difference between start and end or use a smaller step.",
        );
        check(
            "range(0, 1, 0)",
            "error: either decrease the difference between start and end or use a smaller step.",
        );
        check("range(1, 0, 1)", "error: end must be greater than start when step is positive.");
        check("range(0, 1, -1)", "error: end must be less than start when step is negative.");
        check("range()", "error: must have one, two, or three arguments.");
        check("range(null)", "error: argument must not be null.");
        check("range(local.un)", "?list(number)!");
        check("range(sensitive(1))", "sensitive(tolist([0]))");
    }

    #[test]
    fn reverse_turns_around() {
        check("reverse([1, true])", "[true, 1]");
        check("reverse(toset([1, 2]))", "tolist([2, 1])");
        check("reverse([])", "[]");
        check("reverse(local.ul)", "?list(string)!");
        check("reverse([1, local.us])", "[?string, 1]");
        check("reverse(null)", "error: argument must not be null.");
        check(r#"reverse("ab")"#, "error: can only reverse list or tuple values, not string.");
        check("reverse([sensitive(1), 2])", "[2, sensitive(1)]");
    }

    #[test]
    fn results_that_would_fill_the_memory_are_refused() {
        let doubled = |inner: &str| format!("concat({inner}, {inner})");
        assert!(value(&doubled("range(1024)")).is_ok());
        assert!(check_size(MAX_ELEMENTS).is_ok());
        assert!(check_size(MAX_ELEMENTS + 1).is_err());
    }
}
