//! Functions of sets.

use super::collection::known_length;
use super::{Call, FnError, Function, MAX_ELEMENTS, Param, Returns, Want, check_size};
use crate::value::{Marks, Members, Refine, Type, Value, convert, convert_error_text, unify};

pub(super) const FAMILY: &[Function] = &[SETINTERSECTION, SETPRODUCT, SETSUBTRACT, SETUNION];

const FIRST: Param = Param::new("first_set", Want::SetAny).dynamic();
const OTHERS: Param = Param::new("other_sets", Want::SetAny).dynamic();

/// `setintersection(first_set, other_sets...)` has the elements that all have.
const SETINTERSECTION: Function = Function {
    name: "setintersection",
    params: &[FIRST],
    rest: Some(OTHERS),
    returns: Returns::From(common_set),
    not_null: true,
    run: |call, args| combine(call, args, |a, b| retain(a, b, true)),
};

/// `setproduct(sets...)` has all tuples of one element of each; a list if all arguments are lists.
///
/// It has at most 10 million values in its tuples together.
const SETPRODUCT: Function = Function {
    name: "setproduct",
    params: &[],
    rest: Some(Param::new("sets", Want::Any).marked().unknown()),
    returns: Returns::From(product_type),
    not_null: true,
    run: product,
};

/// `setsubtract(a, b)` has the elements of the first that the second has not.
const SETSUBTRACT: Function = Function {
    name: "setsubtract",
    params: &[Param::new("a", Want::SetAny).dynamic(), Param::new("b", Want::SetAny).dynamic()],
    rest: None,
    returns: Returns::From(common_set),
    not_null: true,
    run: |call, args| combine(call, args, |a, b| retain(a, b, false)),
};

/// `setunion(first_set, other_sets...)` has the elements that any has.
const SETUNION: Function = Function {
    name: "setunion",
    params: &[FIRST],
    rest: Some(OTHERS),
    returns: Returns::From(common_set),
    not_null: true,
    run: union,
};

fn elements(value: &Value) -> &[Value] {
    value.as_seq().expect("bug: the frame passes known sets only")
}

fn common_set(args: &[Value]) -> Result<Type, FnError> {
    let mut types = Vec::new();
    for arg in args {
        let ty = arg.type_of();
        let element = ty.element().cloned().unwrap_or(Type::Dynamic);
        // An empty set of no particular type fits any other.
        if !(element == Type::Dynamic && arg.len() == Some(0)) {
            types.push(element);
        }
    }
    if types.is_empty() {
        return Ok(Type::set(Type::Dynamic));
    }
    unify(&types, true)
        .map(Type::set)
        .ok_or_else(|| FnError::new("given sets must all have compatible element types"))
}

fn converted(call: &Call<'_>, args: &[Value]) -> Result<Vec<Value>, FnError> {
    let one = |(i, arg)| convert(arg, &call.returns).map_err(|e| FnError::arg(i, convert_error_text(&e)));
    args.iter().enumerate().map(one).collect()
}

fn set_of(call: &Call<'_>, items: Vec<Value>) -> Value {
    Value::set(call.returns.element().expect("bug: sets only").clone(), items)
}

fn union(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let sets = converted(call, args)?;
    let total = sets.iter().map(|s| elements(s).len()).fold(0, usize::saturating_add);
    check_size(total)?;
    Ok(set_of(call, sets.iter().flat_map(elements).cloned().collect()))
}

/// An unknown element may turn out to be any other, so that all must be known.
fn combine(
    call: &Call<'_>,
    args: &[Value],
    step: fn(Vec<Value>, &[Value]) -> Vec<Value>,
) -> Result<Value, FnError> {
    let sets = converted(call, args)?;
    if sets.iter().any(|s| !s.is_wholly_known()) {
        return Ok(call.unknown(&sets));
    }
    let first = elements(&sets[0]).to_vec();
    let items = sets[1..].iter().fold(first, |items, set| step(items, elements(set)));
    Ok(set_of(call, items))
}

/// Keeps the items that occur among others, or those that do not.
fn retain(mut items: Vec<Value>, others: &[Value], present: bool) -> Vec<Value> {
    let others = Members::of(others);
    items.retain(|item| others.contain(item) == present);
    items
}

fn product_type(args: &[Value]) -> Result<Type, FnError> {
    if args.len() < 2 {
        return Err(FnError::new("at least two arguments are required"));
    }
    let mut lists = 0;
    let mut types = Vec::with_capacity(args.len());
    for (i, arg) in args.iter().enumerate() {
        let ty = arg.type_of();
        lists += usize::from(!matches!(ty, Type::Set(_)));
        types.push(match ty {
            Type::Set(element) | Type::List(element) => (*element).clone(),
            Type::Tuple(types) if types.is_empty() => Type::Dynamic,
            Type::Tuple(types) => {
                unify(&types, true).ok_or_else(|| FnError::arg(i, "all elements must be of the same type"))?
            }
            _ => return Err(FnError::arg(i, "a set or a list is required")),
        });
    }
    let tuple = Type::tuple(types);
    Ok(if lists == args.len() { Type::list(tuple) } else { Type::set(tuple) })
}

fn product(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let marks = args.iter().fold(Marks::NONE, |marks, arg| marks | arg.marks());
    let open = args.iter().any(|arg| arg.is_unknown() || known_length(arg).is_err());
    if open {
        return Ok(open_product(call, args).mark(marks));
    }
    let element = call.returns.element().expect("bug: setproduct returns a list or set");
    let Type::Tuple(types) = element else { unreachable!("bug: setproduct returns tuples") };
    let types_known = element.is_wholly_known();
    let total = args.iter().map(|arg| elements(arg).len()).try_fold(1usize, usize::checked_mul);
    let total = match total {
        _ if args.iter().any(|arg| elements(arg).is_empty()) => 0,
        Some(total) => total,
        None => return Err(check_size(usize::MAX).expect_err("bug: more than fits")),
    };
    check_size(total.saturating_mul(args.len()))?;
    let mut columns = Vec::with_capacity(args.len());
    for (i, (arg, ty)) in args.iter().zip(types.iter()).enumerate() {
        let convert = |v| convert(v, ty).map_err(|e| FnError::arg(i, convert_error_text(&e)));
        columns.push(elements(arg).iter().map(convert).collect::<Result<Vec<_>, _>>()?);
    }
    let mut rows = Vec::with_capacity(total);
    for row in 0..total {
        let mut rest = row;
        let mut items: Vec<Value> = columns
            .iter()
            .rev()
            .map(|column| {
                let item = column[rest % column.len()].clone();
                rest /= column.len();
                item
            })
            .collect();
        items.reverse();
        rows.push(Value::tuple(items));
    }
    // Where the type of a column is open, so is that of the rows; but it has to be one type.
    let element = &match rows.first() {
        Some(first) if !element.is_wholly_known() => first.type_of(),
        _ => element.clone(),
    };
    if rows.iter().skip(1).any(|row| !types_known && row.type_of() != *element) {
        let kind = if matches!(call.returns, Type::List(_)) { "list" } else { "set" };
        return Err(FnError::new(format!(
            "panic in function implementation: inconsistent {kind} element types"
        )));
    }
    let value = match &call.returns {
        Type::List(_) => Value::list(element.clone(), rows),
        _ => Value::set(element.clone(), rows),
    };
    Ok(value.mark(marks))
}

/// Returns an unknown product with the bounds of its length, where Terraform thinks them worth keeping.
fn open_product(call: &Call<'_>, args: &[Value]) -> Value {
    let unbounded = || Value::unknown(call.returns.clone(), call.cause(args));
    let mut most: u64 = 1;
    for arg in args {
        let longest = match (arg.as_unknown(), arg.len()) {
            (Some(u), _) => match &u.ty {
                Type::Tuple(types) => Some(types.len() as u64),
                _ => u.refine.len_max,
            },
            (None, n) if known_length(arg).is_ok() => n.map(|n| n as u64),
            // Of a set with unknown elements Terraform asks for no bound.
            _ => None,
        };
        most = match longest {
            Some(longest) if longest <= 1024 && most * longest <= 2048 => most * longest,
            _ => return unbounded(),
        };
    }
    let refine = Refine { len_min: most.min(1), len_max: Some(most), ..Refine::default() };
    Value::refined(call.returns.clone(), refine, call.cause(args))
}

const _: () = assert!(MAX_ELEMENTS == 2_000_000, "the documentation of setproduct says so");

#[cfg(test)]
mod tests {
    use crate::eval::funcs::testing::check;

    #[test]
    fn unions_have_what_any_has() {
        check(r#"setunion(["b"], ["a", "b"])"#, r#"toset(["a", "b"])"#);
        check(r#"setunion([1], ["a"])"#, r#"toset(["1", "a"])"#);
        check("setunion([], [])", "toset([])");
        check(r#"setunion([], ["a"])"#, r#"toset(["a"])"#);
        check("setunion([1], [true])", "error: given sets must all have compatible element types.");
        check("setunion([1], null)", "error: argument must not be null.");
        check(r#"setunion([local.us], ["a"])"#, r#"toset(["a", ?string])"#);
        check(r#"setunion(local.uset, ["a"])"#, "?set(string)!");
        check(r#"setunion([sensitive("b")], ["a"])"#, r#"sensitive(toset(["a", "b"]))"#);
    }

    #[test]
    fn intersections_and_differences_need_all_to_be_known() {
        check(r#"setintersection(["a", "b"], ["b", "c"], ["b"])"#, r#"toset(["b"])"#);
        check(r#"setintersection(["a"])"#, r#"toset(["a"])"#);
        check(r#"setintersection(["a"], [])"#, "toset([])");
        check(r#"setintersection(["a"], [local.us])"#, "?set(string)!");
        check("setintersection(null)", "error: argument must not be null.");
        check(r#"setintersection(["a"], sensitive(["a"]))"#, r#"sensitive(toset(["a"]))"#);
        check(r#"setsubtract(["a", "b"], ["b"])"#, r#"toset(["a"])"#);
        check("setsubtract([[1], [2]], [[2]])", "toset([[1]])");
        check("setsubtract([], [1])", "toset([])");
        check(r#"setsubtract(["a", local.us], ["a"])"#, "?set(string)!");
        check("setsubtract([1], null)", "error: argument must not be null.");
        check("setsubtract([sensitive(1)], [2])", "sensitive(toset([1]))");
    }

    #[test]
    fn products_are_lists_if_all_are_lists() {
        check(r#"setproduct([1, 2], ["a"])"#, r#"tolist([[1, "a"], [2, "a"]])"#);
        check(r#"setproduct([1, "x"], ["a"])"#, r#"tolist([["1", "a"], ["x", "a"]])"#);
        check(
            r#"setproduct(toset([2, 1]), ["b", "a"])"#,
            r#"toset([[1, "a"], [1, "b"], [2, "a"], [2, "b"]])"#,
        );
        check("setproduct([], [1])", "tolist([])");
        check("setproduct([1])", "error: at least two arguments are required.");
        check("setproduct([1], 2)", "error: a set or a list is required.");
        check("setproduct([[1], 2], [1])", "error: all elements must be of the same type.");
        check("setproduct([1], null)", "error: argument must not be null.");
        check("setproduct([1, local.ub, local.udyn], [1])", "error: inconsistent list element types.");
    }

    #[test]
    fn products_with_unknowns_have_what_bounds_they_can() {
        check("setproduct([local.us], [1])", "tolist([[?string, 1]])");
        check("setproduct(local.ul, [1])", "?list(tuple([string, number]))!");
        check("setproduct(toset([local.us, \"a\"]), [1])", "?set(tuple([string, number]))!");
        check("setproduct([1], local.udyn)", "?any");
        check("setproduct([sensitive(1)], [2])", "tolist([[sensitive(1), 2]])");
        check("setproduct(sensitive([1]), [2])", "sensitive(tolist([[1, 2]]))");
    }

    #[test]
    fn products_of_more_than_two_million_values_are_refused() {
        let thousand = "range(1000)";
        check(
            &format!("setproduct({thousand}, {thousand}, {thousand})"),
            "error: more than 2000000 elements.",
        );
        let many = vec![thousand; 40].join(", ");
        check(&format!("setproduct({many})"), "error: more than 2000000 elements.");
        check(&format!("setproduct({many}, [])"), "tolist([])");
    }
}
