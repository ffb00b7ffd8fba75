//! Functions that convert, and those that mark.

use super::{Call, FnError, Function, Param, Returns, Want};
use crate::value::{Marks, Type, Value, can_convert, convert, quoted};

pub(super) const FAMILY: &[Function] = &[
    EPHEMERALASNULL,
    ISSENSITIVE,
    NONSENSITIVE,
    SENSITIVE,
    TOBOOL,
    TOLIST,
    TOMAP,
    TONUMBER,
    TOSET,
    TOSTRING,
];

/// What takes anything as it is and returns the same, or nearly.
const SAME: Function = Function {
    name: "",
    params: &[Param::new("value", Want::Any).dynamic().unknown().null().marked()],
    rest: None,
    returns: Returns::From(|args| Ok(args[0].type_of())),
    not_null: false,
    run: |_, args| Ok(args[0].clone()),
};

/// What converts a value, which is named `v` in messages.
const CONVERSION: Function =
    Function { params: &[Param::new("v", Want::Any).null().marked().dynamic().unknown()], ..SAME };

/// `ephemeralasnull(value)` has null wherever the value is ephemeral.
const EPHEMERALASNULL: Function =
    Function { name: "ephemeralasnull", run: |_, args| Ok(without_ephemeral(&args[0])), ..SAME };

/// `issensitive(value)` is true if the value itself is sensitive; unknown if it is unknown and not yet so.
const ISSENSITIVE: Function = Function {
    name: "issensitive",
    returns: Returns::Always(Want::Bool),
    run: |call, args| match &args[0] {
        value if value.marks().contains(Marks::SENSITIVE) => Ok(true.into()),
        value if value.is_unknown() => Ok(call.unknown(args)),
        _ => Ok(false.into()),
    },
    ..SAME
};

/// `nonsensitive(value)` is the value without the mark on itself; parts keep theirs.
const NONSENSITIVE: Function = Function {
    name: "nonsensitive",
    run: |_, args| {
        let (value, marks) = args[0].unmark();
        Ok(value.mark(marks.without(Marks::SENSITIVE)))
    },
    ..SAME
};

/// `sensitive(value)` is the value, marked.
const SENSITIVE: Function =
    Function { name: "sensitive", run: |_, args| Ok(args[0].clone().mark(Marks::SENSITIVE)), ..SAME };

/// `tobool(v)` takes `true`, `false`, and text that says so.
const TOBOOL: Function = Function {
    name: "tobool",
    returns: Returns::From(|args| to(args, Want::Bool)),
    run: converted,
    ..CONVERSION
};

/// `tolist(v)` makes a list of a tuple or set.
const TOLIST: Function = Function {
    name: "tolist",
    returns: Returns::From(|args| to(args, Want::ListAny)),
    run: converted,
    ..CONVERSION
};

/// `tomap(v)` makes a map of an object.
const TOMAP: Function = Function {
    name: "tomap",
    returns: Returns::From(|args| to(args, Want::MapAny)),
    run: converted,
    ..CONVERSION
};

/// `tonumber(v)` takes numbers and decimal text.
const TONUMBER: Function = Function {
    name: "tonumber",
    returns: Returns::From(|args| to(args, Want::Number)),
    run: converted,
    ..CONVERSION
};

/// `toset(v)` makes a set of a list or tuple.
const TOSET: Function = Function {
    name: "toset",
    returns: Returns::From(|args| to(args, Want::SetAny)),
    run: converted,
    ..CONVERSION
};

/// `tostring(v)` makes text of a number or truth value.
const TOSTRING: Function = Function {
    name: "tostring",
    returns: Returns::From(|args| to(args, Want::String)),
    run: converted,
    ..CONVERSION
};

fn to(args: &[Value], want: Want) -> Result<Type, FnError> {
    let (have, want) = (args[0].type_of(), want.ty());
    if have == *want || can_convert(&have, want) {
        return Ok(want.clone());
    }
    Err(refusal("", &have, want))
}

fn refusal(sensitive: &str, have: &Type, want: &Type) -> FnError {
    FnError::arg(
        0,
        format!("cannot convert {sensitive}{} to {}", have.friendly(), want.friendly_constraint()),
    )
}

fn converted(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let (value, want) = (&args[0], &call.returns);
    if let Some(u) = value.as_unknown() {
        let unknown = call.unknown(args);
        let unknown = if want.is_primitive() { unknown.with_identity(u.is.clone()) } else { unknown };
        return Ok(unknown.mark(value.marks()));
    }
    convert(value, want).map_err(|_| {
        let have = value.type_of();
        let shown = || value.as_str().map_or_else(|| "string".to_owned(), |s| quoted(s));
        match (&have, want) {
            _ if value.marks_deep().contains(Marks::SENSITIVE) => refusal("this sensitive ", &have, want),
            (Type::String, Type::Bool) => FnError::arg(
                0,
                format!(
                    "cannot convert {} to bool; only the strings \"true\" or \"false\" are allowed",
                    shown()
                ),
            ),
            (Type::String, Type::Number) => FnError::arg(
                0,
                format!(
                    "cannot convert {} to number; given string must be a decimal representation of a number",
                    shown()
                ),
            ),
            _ => refusal("", &have, want),
        }
    })
}

fn without_ephemeral(value: &Value) -> Value {
    if !value.contains_marked() {
        return value.clone();
    }
    let marks = value.marks();
    let kept = marks.without(Marks::EPHEMERAL);
    match value.bare() {
        // What an unknown will be is not known either; what is known of it does not hold for null.
        Value::Unknown(u) if marks.contains(Marks::EPHEMERAL) => {
            Value::unknown(u.ty.clone(), u.why.clone()).mark(kept)
        }
        bare if marks.contains(Marks::EPHEMERAL) => Value::Null(bare.type_of()).mark(kept),
        bare => bare.map_elements(without_ephemeral).mark(kept),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::funcs::testing::{check, value};

    #[test]
    fn conversions_keep_what_is_of_the_type_already() {
        check("tobool(true)", "true");
        check(r#"tonumber("1.50")"#, "1.5");
        check("tostring(1e3)", r#""1000""#);
        check("tolist(toset([2, 1]))", "tolist([1, 2])");
        check("toset([2, 1, 2])", "toset([1, 2])");
        check("tomap({ a = 1 })", "tomap({a = 1})");
        check("tolist([])", "tolist([])");
        check("toset([])", "toset([])");
        check("tomap({})", "tomap({})");
    }

    #[test]
    fn conversions_say_what_they_cannot_convert() {
        check(
            r#"tobool("yes")"#,
            r#"error: cannot convert "yes" to bool; only the strings "true" or "false" are allowed."#,
        );
        check("tobool(1)", "error: cannot convert number to bool.");
        check(
            r#"tonumber("")"#,
            r#"error: cannot convert "" to number; given string must be a decimal representation of a number."#,
        );
        check(r#"tonumber(sensitive("x"))"#, "error: cannot convert this sensitive string to number.");
        check("tostring([])", "error: cannot convert tuple to string.");
        check("tolist([1, true])", "error: cannot convert tuple to list of any single type.");
        check("tomap([])", "error: cannot convert tuple to map of any single type.");
        check("toset({})", "error: cannot convert object to set of any single type.");
    }

    #[test]
    fn null_takes_the_type() {
        check("tostring(null)", "null string");
        check("tonumber(null)", "null number");
        check("tobool(null)", "null bool");
        check("tolist(null)", "null list(any)");
        check("tomap(null)", "null map(any)");
        check("toset(null)", "null set(any)");
    }

    #[test]
    fn an_unknown_takes_the_type_and_stays_who_it_is() {
        check("tostring(local.un)", "?string");
        check("tonumber(local.us)", "?number");
        check("tolist(local.uset)", "?list(any)");
        check("toset([local.us, local.us])", "toset([?string, ?string])");
        check(r#"tolist(toset([local.us, "a"]))"#, "?list(string)");
        check("tomap({ a = local.us })", "tomap({a = ?string})");
        let id = value("tostring(local.id)").unwrap();
        assert_ne!(id.as_unknown().unwrap().is, crate::value::Identity::Nobody);
    }

    #[test]
    fn marks_go_with_the_value() {
        check("tostring(sensitive(1))", r#"sensitive("1")"#);
        check("tolist([sensitive(1), 2])", "tolist([sensitive(1), 2])");
        check("toset([sensitive(1), 2])", "sensitive(toset([1, 2]))");
        check("tomap(sensitive({ a = 1 }))", "sensitive(tomap({a = 1}))");
    }

    #[test]
    fn only_the_value_itself_is_made_or_called_sensitive() {
        check("sensitive(sensitive(1))", "sensitive(1)");
        check("sensitive(null)", "sensitive(null)");
        check("sensitive([])", "sensitive([])");
        check("sensitive(local.us)", "sensitive(?string)");
        check("nonsensitive(sensitive([sensitive(1)]))", "[sensitive(1)]");
        check("nonsensitive(1)", "1");
        check("nonsensitive(null)", "null");
        check("nonsensitive(sensitive(local.us))", "?string");
        check("issensitive(sensitive(local.us))", "true");
        check("issensitive([sensitive(1)])", "false");
        check("issensitive(null)", "false");
        check("issensitive(local.us)", "?bool");
    }

    #[test]
    fn what_is_ephemeral_becomes_null() {
        let value = |v: Value| v.mark(Marks::EPHEMERAL | Marks::SENSITIVE);
        let shown = |v: Value| crate::eval::funcs::testing::show(&without_ephemeral(&v));
        assert_eq!(shown(value("a".into())), "sensitive(null string)");
        assert_eq!(
            shown(Value::tuple(vec![value(Value::int(1)), Value::int(2)])),
            "[sensitive(null number), 2]"
        );
        let unknown = Value::unknown(Type::String, crate::value::Cause::unstated()).not_null();
        assert_eq!(shown(value(unknown)), "sensitive(?string)");
        check("ephemeralasnull([])", "[]");
        check("ephemeralasnull(null)", "null");
        check("ephemeralasnull([local.us, sensitive(1)])", "[?string, sensitive(1)]");
    }
}
