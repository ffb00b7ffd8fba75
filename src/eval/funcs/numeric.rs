//! Functions of numbers.

use super::{Call, FnError, Function, Param, Returns, Want, whole};
use crate::value::{Marks, Number, Type, Value, convert, quoted};

pub(super) const FAMILY: &[Function] = &[ABS, CEIL, FLOOR, LOG, MAX, MIN, PARSEINT, POW, SIGNUM, SUM];

/// What most functions of numbers have in common: a number that is never null.
const NUMBER: Function = Function {
    name: "",
    params: &[],
    rest: None,
    returns: Returns::Always(Want::Number),
    not_null: true,
    run: |call, args| Ok(call.unknown(args)),
};

const NUM: Param = Param::new("num", Want::Number);

/// `abs(num)` is the number without its sign.
const ABS: Function =
    Function { name: "abs", params: &[NUM], run: |_, args| Ok(number(&args[0]).abs().into()), ..NUMBER };

/// `ceil(num)` is the least whole number that is not less.
const CEIL: Function =
    Function { name: "ceil", params: &[NUM], run: |_, args| Ok(number(&args[0]).ceil().into()), ..NUMBER };

/// `floor(num)` is the greatest whole number that is not greater.
const FLOOR: Function =
    Function { name: "floor", params: &[NUM], run: |_, args| Ok(number(&args[0]).floor().into()), ..NUMBER };

/// `log(num, base)` is the logarithm, in doubles: `log(1000, 10)` is a little less than 3.
const LOG: Function = Function {
    name: "log",
    params: &[NUM, Param::new("base", Want::Number)],
    run: |_, args| arithmetic(number(&args[0]).log(number(&args[1]))),
    ..NUMBER
};

/// `max(numbers...)` is the greatest of them.
const MAX: Function = Function {
    name: "max",
    rest: Some(Param::new("numbers", Want::Number).dynamic()),
    run: |_, args| extreme(args, |new, best| new.compare(best).is_gt()),
    ..NUMBER
};

/// `min(numbers...)` is the least of them.
const MIN: Function = Function {
    name: "min",
    rest: Some(Param::new("numbers", Want::Number).dynamic()),
    run: |_, args| extreme(args, |new, best| new.compare(best).is_lt()),
    ..NUMBER
};

/// `parseint(text, base)` reads a whole number, in bases up to 62; it takes text only.
const PARSEINT: Function = Function {
    name: "parseint",
    params: &[
        Param::new("number", Want::Any).marked().unknown(),
        Param::new("base", Want::Number).marked().unknown(),
    ],
    returns: Returns::From(|args| match args[0].type_of() {
        Type::String => Ok(Type::Number),
        other => Err(FnError::arg(0, format!("first argument must be a string, not {}", other.friendly()))),
    }),
    run: parseint,
    ..NUMBER
};

/// `pow(num, power)` is the power, in doubles: `pow(2, 64)` shows as 18446744073709550000.
const POW: Function = Function {
    name: "pow",
    params: &[NUM, Param::new("power", Want::Number)],
    run: |_, args| arithmetic(number(&args[0]).pow(number(&args[1]))),
    ..NUMBER
};

/// `signum(num)` is -1, 0 or 1; it takes whole numbers only.
const SIGNUM: Function = Function {
    name: "signum",
    params: &[NUM],
    run: |_, args| Ok(Value::int(whole(&args[0])?.signum())),
    ..NUMBER
};

/// `sum(list)` adds up what can be read as numbers; an empty list is an error.
const SUM: Function = Function { name: "sum", params: &[Param::new("list", Want::Any)], run: sum, ..NUMBER };

fn number(value: &Value) -> &Number {
    value.as_number().expect("bug: the frame passes known numbers only")
}

fn arithmetic(result: Result<Number, crate::value::number::NumberError>) -> Result<Value, FnError> {
    result.map(Value::Number).map_err(|e| FnError::new(e.to_string()))
}

fn extreme(args: &[Value], better: fn(&Number, &Number) -> bool) -> Result<Value, FnError> {
    let best = args.iter().map(number).reduce(|best, new| if better(new, best) { new } else { best });
    best.map(|n| n.clone().into()).ok_or_else(|| FnError::new("must pass at least one number"))
}

fn parseint(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let marks = args[0].marks() | args[1].marks();
    let Some(text) = args[0].as_str().filter(|_| !args[1].is_unknown()) else {
        return Ok(call.unknown(args).mark(marks));
    };
    let base = whole(&args[1]).map_err(|e| FnError::arg(1, e.message))?;
    if !(2..=62).contains(&base) {
        return Err(FnError::arg(1, "base must be a whole number between 2 and 62 inclusive"));
    }
    let parsed = u32::try_from(base).ok().and_then(|base| Number::parse_int(text, base));
    match parsed {
        Some(n) => Ok(Value::Number(n).mark(marks)),
        None => {
            let hide = |arg: &Value, shown: String| {
                if arg.marks().contains(Marks::SENSITIVE) { "(sensitive value)".to_owned() } else { shown }
            };
            let text = hide(&args[0], quoted(text));
            let base = hide(&args[1], base.to_string());
            Err(FnError::arg(0, format!("cannot parse {text} as a base {base} integer")))
        }
    }
}

fn sum(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let list = &args[0];
    match list.len() {
        None => return Err(FnError::arg(0, "cannot sum noniterable")),
        Some(0) => return Err(FnError::arg(0, "cannot sum an empty list")),
        Some(_) => {}
    }
    let Some(items) = list.as_seq() else {
        let what = list.type_of().friendly();
        return Err(FnError::arg(0, format!("argument must be list, set, or tuple. Received {what}")));
    };
    if !list.is_wholly_known() {
        return Ok(call.unknown(args));
    }
    let mut sum: Option<Number> = None;
    for item in items {
        let number = convert(item, &Type::Number).ok().and_then(|n| n.as_number().cloned());
        let Some(number) = number else {
            return Err(FnError::arg(0, "argument must be list, set, or tuple of number values"));
        };
        sum = Some(match sum {
            None => number,
            Some(sum) => sum.add(&number).map_err(|e| FnError::new(e.to_string()))?,
        });
    }
    Ok(sum.unwrap_or(Number::ZERO).into())
}

#[cfg(test)]
mod tests {
    use crate::eval::funcs::testing::check;

    #[test]
    fn numbers_come_as_numbers_or_text() {
        check("abs(-1.5)", "1.5");
        check(r#"abs("-3")"#, "3");
        check("ceil(1.2)", "2");
        check("ceil(-1.2)", "-1");
        check("floor(1.8)", "1");
        check("floor(-0.5)", "-1");
        check("pow(2, 10)", "1024");
        check("log(8, 2)", "3");
        check("signum(-7)", "-1");
        check("max(1, 3, 2)", "3");
        check("min(1, 3, -2)", "-2");
        check(r#"abs("x")"#, "error: a number is required.");
    }

    #[test]
    fn without_numbers_there_is_no_result() {
        check("max()", "error: must pass at least one number.");
        check("min([]...)", "error: must pass at least one number.");
        check("sum([])", "error: cannot sum an empty list.");
        check("sum(toset([]))", "error: cannot sum an empty list.");
        check(r#"parseint("", 10)"#, r#"error: cannot parse "" as a base 10 integer."#);
    }

    #[test]
    fn sums_take_what_reads_as_numbers() {
        check(r#"sum([1, "2", 3.5])"#, "6.5");
        check("sum(toset([1, 1, 2]))", "3");
        check("sum([0.1, 0.2]) == 0.3", "true");
        check("sum({ a = 1 })", "error: argument must be list, set, or tuple. Received object.");
        check("sum([[1]])", "error: argument must be list, set, or tuple of number values.");
        check(r#"sum("1")"#, "error: cannot sum noniterable.");
        check("sum([1 / 0, -1 / 0])", "error: can't compute sum of opposing infinities.");
    }

    #[test]
    fn integers_are_read_in_bases_up_to_62() {
        check(r#"parseint("ff", 16)"#, "255");
        check(r#"parseint("-Zz", 62)"#, "-3817");
        check(r#"parseint("12", 2)"#, r#"error: cannot parse "12" as a base 2 integer."#);
        check(r#"parseint("1", 63)"#, "error: base must be a whole number between 2 and 62 inclusive.");
        check("parseint(10, 10)", "error: first argument must be a string, not number.");
        check(
            r#"parseint(sensitive("x"), 10)"#,
            "error: cannot parse (sensitive value) as a base 10 integer.",
        );
    }

    #[test]
    fn whole_numbers_and_doubles_have_limits() {
        check("signum(0.4)", "error: between -9223372036854775808 and 9223372036854775807.");
        check("log(-1, 10)", "error: panic in function implementation: Float.SetFloat64(NaN).");
        check("pow(1e400, 2)", "error: value must fit a double-precision floating-point number.");
    }

    #[test]
    fn an_unknown_number_makes_an_unknown_number() {
        for call in ["abs", "ceil", "floor", "signum", "max", "min"] {
            check(&format!("{call}(local.un)"), "?number!");
            check(&format!("{call}(local.udyn)"), "?number!");
        }
        check("max(1, local.un)", "?number!");
        check("pow(2, local.un)", "?number!");
        check("log(local.un, 2)", "?number!");
        check("sum([1, local.un])", "?number!");
        check("sum(local.udyn)", "?any");
        check(r#"parseint("1", local.un)"#, "?number!");
        check("parseint(local.us, 10)", "?number!");
    }

    #[test]
    fn null_is_refused() {
        for call in ["abs(null)", "ceil(null)", "floor(null)", "signum(null)", "max(1, null)", "min(null)"] {
            check(call, "error: argument must not be null.");
        }
        check("pow(null, 1)", "error: argument must not be null.");
        check("log(1, null)", "error: argument must not be null.");
        check("sum(null)", "error: argument must not be null.");
        check("sum([null])", "error: argument must be list, set, or tuple of number values.");
        check("parseint(null, 10)", "error: argument must not be null.");
    }

    #[test]
    fn a_sensitive_number_makes_a_sensitive_number() {
        check("abs(sensitive(-1))", "sensitive(1)");
        check("max(1, sensitive(2))", "sensitive(2)");
        check("max(3, sensitive(2))", "sensitive(3)");
        check("sum([1, sensitive(2)])", "sensitive(3)");
        check(r#"parseint("10", sensitive(2))"#, "sensitive(2)");
        check("abs(sensitive(local.un))", "sensitive(?number!)");
    }
}
