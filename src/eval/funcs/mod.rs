//! Terraform's functions, one row each.
//!
//! A row says what a function takes; [`call`] does what Terraform does for every function: counts and converts
//! arguments, refuses nulls, answers unknown for unknown, and carries marks from arguments to the result. A body then
//! sees only values it asked for.

mod charset;
mod collection;
mod csv;
mod encoding;
mod files;
mod format;
mod glob;
mod hashes;
mod json;
mod mapping;
mod net;
mod numeric;
mod provider;
mod regexp;
mod rsa;
mod select;
mod sequence;
mod sets;
mod strings;
#[cfg(test)]
pub(super) mod testing;
mod text;
mod time;
mod types;
mod yaml;

use std::borrow::Cow;
use std::path::Path;
use std::sync::LazyLock;

use super::error::{EvalError, EvalResult};
use super::work::Work;
use crate::source::{Span, Tree};
use crate::value::{
    Cause, Marks, Number, Refine, Type, Value, convert, convert_error_text, difference, unknown_like,
};

/// A function of the language.
#[derive(Debug)]
pub struct Function {
    pub name: &'static str,
    pub params: &'static [Param],
    /// The parameter that takes all further arguments.
    pub rest: Option<Param>,
    /// The type of the result for these arguments, which may be unknown but are of the declared types.
    pub returns: Returns,
    /// True if the result is never null, not even when unknown.
    pub not_null: bool,
    pub run: fn(&Call<'_>, &[Value]) -> Result<Value, FnError>,
}

/// How the type of a result is found.
#[derive(Clone, Copy, Debug)]
pub enum Returns {
    Always(Want),
    From(fn(&[Value]) -> Result<Type, FnError>),
}

/// What a function says of one parameter.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    pub name: &'static str,
    pub want: Want,
    /// Null may be passed in; else it is refused.
    pub null: bool,
    /// An unknown value may be passed in; else the result is unknown without asking the body.
    pub unknown: bool,
    /// An unknown of unknown type may be passed in; else the result is unknown without asking anyone.
    pub dynamic: bool,
    /// Marked values may be passed in, at any depth; else marks are moved to the result.
    pub marked: bool,
}

impl Param {
    pub const fn new(name: &'static str, want: Want) -> Param {
        Param { name, want, null: false, unknown: false, dynamic: false, marked: false }
    }

    pub const fn null(self) -> Param {
        Param { null: true, ..self }
    }

    pub const fn unknown(self) -> Param {
        Param { unknown: true, ..self }
    }

    pub const fn dynamic(self) -> Param {
        Param { dynamic: true, ..self }
    }

    pub const fn marked(self) -> Param {
        Param { marked: true, ..self }
    }
}

/// The parameter and result types that rows can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    Any,
    Bool,
    Number,
    String,
    ListAny,
    ListString,
    ListBool,
    SetAny,
    SetString,
    MapAny,
    MapString,
    MapListString,
}

impl Want {
    pub fn ty(self) -> &'static Type {
        static COLLECTIONS: LazyLock<[Type; 8]> = LazyLock::new(|| {
            [
                Type::list(Type::Dynamic),
                Type::list(Type::String),
                Type::list(Type::Bool),
                Type::set(Type::Dynamic),
                Type::set(Type::String),
                Type::map(Type::Dynamic),
                Type::map(Type::String),
                Type::map(Type::list(Type::String)),
            ]
        });
        match self {
            Want::Any => &Type::Dynamic,
            Want::Bool => &Type::Bool,
            Want::Number => &Type::Number,
            Want::String => &Type::String,
            Want::ListAny => &COLLECTIONS[0],
            Want::ListString => &COLLECTIONS[1],
            Want::ListBool => &COLLECTIONS[2],
            Want::SetAny => &COLLECTIONS[3],
            Want::SetString => &COLLECTIONS[4],
            Want::MapAny => &COLLECTIONS[5],
            Want::MapString => &COLLECTIONS[6],
            Want::MapListString => &COLLECTIONS[7],
        }
    }
}

/// What a body may use besides its arguments.
pub struct Call<'a> {
    pub name: &'a str,
    /// The type found by [`Returns`].
    pub returns: Type,
    pub world: &'a World<'a>,
    /// Where the call stands, for the cause of a result that is unknown by itself.
    pub span: Option<Span>,
}

/// What functions that read files may see.
#[derive(Clone, Copy)]
pub struct World<'a> {
    pub tree: &'a dyn Tree,
    /// What relative paths start from: the folder of the root module.
    pub cwd: &'a Path,
    /// What `~` stands for.
    pub home: Option<&'a str>,
    /// What evaluation may still take.
    pub work: &'a Work,
}

/// Why a function refuses.
#[derive(Clone, Debug, PartialEq)]
pub struct FnError {
    /// The argument that is at fault, from 0.
    pub arg: Option<usize>,
    /// Borrowed where it says the same of all arguments; what is put together may show parts of them.
    pub message: Cow<'static, str>,
}

impl FnError {
    pub fn new(message: impl Into<Cow<'static, str>>) -> FnError {
        FnError { arg: None, message: message.into() }
    }

    pub fn arg(arg: usize, message: impl Into<Cow<'static, str>>) -> FnError {
        FnError { arg: Some(arg), message: message.into() }
    }

    /// Withholds what might show something sensitive.
    fn guarded(self, marks: Marks) -> FnError {
        let withheld = "the reason may show a sensitive value and is withheld";
        match self.message {
            Cow::Owned(_) if marks.contains(Marks::SENSITIVE) => FnError { message: withheld.into(), ..self },
            message => FnError { message, ..self },
        }
    }
}

impl Call<'_> {
    /// Returns an unknown of the result's type, with the cause of the first unknown argument.
    pub fn unknown(&self, args: &[Value]) -> Value {
        Value::unknown(self.returns.clone(), self.cause(args))
    }

    /// Returns the cause of the first unknown argument.
    pub fn cause(&self, args: &[Value]) -> Cause {
        args.iter().find_map(Value::cause).unwrap_or_else(Cause::unstated)
    }
}

/// Calls a function as Terraform does. `spans` are those of the arguments.
///
/// # Errors
/// What Terraform reports for such a call.
pub fn call(
    function: &Function,
    args: Vec<Value>,
    world: &World<'_>,
    span: Option<Span>,
    spans: &dyn Fn(usize) -> Option<Span>,
) -> EvalResult<Value> {
    let count = args.len();
    let result = checked(function, args, world, span);
    result.map_err(|e| match e.arg.filter(|i| *i < count) {
        Some(i) => {
            let name = parameter(function, i).map_or("", |p| p.name);
            let detail = format!("Invalid value for \"{name}\" parameter: {}.", e.message);
            EvalError::new("Invalid function argument", detail, spans(i).or(span))
        }
        None => EvalError::new(
            "Error in function call",
            format!("Call to function \"{}\" failed: {}.", function.name, e.message),
            span,
        ),
    })
}

/// Returns the parameter that takes the argument at `index`.
pub fn parameter(function: &Function, index: usize) -> Option<&Param> {
    function.params.get(index).or(function.rest.as_ref())
}

fn checked(
    function: &Function,
    args: Vec<Value>,
    world: &World<'_>,
    span: Option<Span>,
) -> Result<Value, FnError> {
    let mut args = args;
    for (i, arg) in args.iter_mut().enumerate() {
        let param = parameter(function, i).expect("bug: the number of arguments was not checked");
        if param.want != Want::Any {
            *arg = convert(arg, param.want.ty()).map_err(|e| {
                let inside = if e.path.is_empty() { Marks::NONE } else { arg.marks_deep() };
                FnError::arg(i, convert_error_text(&e)).guarded(inside)
            })?;
        }
    }
    let mut marks = Marks::NONE;
    let mut stripped = Vec::new();
    let mut dynamic = false;
    for (i, arg) in args.iter().enumerate() {
        let param = parameter(function, i).expect("bug: the number of arguments was not checked");
        // Terraform looks no further once an argument of unknown type has decided the result.
        if arg.is_null() && !param.null && !dynamic {
            return Err(FnError::arg(i, "argument must not be null"));
        }
        if let Some(u) = arg.as_unknown()
            && let Some((given, want)) = difference(&u.ty, param.want.ty())
            && u.ty != Type::Dynamic
            && !dynamic
        {
            let (given, want) = (given.friendly(), want.friendly());
            return Err(FnError::arg(i, format!("{want} required, but received {given}")));
        }
        if !param.marked && arg.contains_marked() {
            let (value, m) = arg.unmark_deep();
            marks |= m;
            stripped.push((i, value));
        }
        let of_any_type = match arg.bare() {
            Value::Unknown(u) => u.ty == Type::Dynamic,
            Value::Null(t) => *t == Type::Dynamic,
            _ => false,
        };
        dynamic |= of_any_type && !param.dynamic;
    }
    if dynamic {
        let first = args.iter().find(|a| a.is_unknown()).unwrap_or(&args[0]);
        return Ok(unknown_like(first, Type::Dynamic).mark(marks));
    }
    let mut bare = args;
    for (i, value) in stripped {
        bare[i] = value;
    }
    let returns = match function.returns {
        Returns::Always(want) => want.ty().clone(),
        Returns::From(find) => find(&bare).map_err(|e| e.guarded(marks))?,
    };
    let result = match bare
        .iter()
        .enumerate()
        .find(|(i, v)| v.is_unknown() && !parameter(function, *i).is_some_and(|p| p.unknown))
    {
        Some((_, unknown)) => unknown_like(unknown, returns),
        None => (function.run)(&Call { name: function.name, returns, world, span }, &bare)
            .map_err(|e| e.guarded(marks))?,
    };
    let result = if function.not_null { result.not_null() } else { result };
    Ok(result.mark(marks))
}

/// Returns an unknown string that is not null, with what it begins with.
pub fn unknown_string(prefix: &str, why: Cause) -> Value {
    Value::unknown_with(Type::String, Refine { prefix: prefix.into(), ..Refine::not_null() }, why)
}

/// Returns a known number as a whole one.
fn whole(value: &Value) -> Result<i64, FnError> {
    value.as_number().and_then(Number::as_i64).ok_or_else(|| {
        FnError::new(format!("value must be a whole number, between {} and {}", i64::MIN, i64::MAX))
    })
}

/// The most elements a function makes. Terraform has no such limit, and then no memory.
const MAX_ELEMENTS: usize = 2_000_000;

/// Refuses a result of too many elements before it is made.
fn check_size(elements: usize) -> Result<(), FnError> {
    if elements > MAX_ELEMENTS {
        return Err(FnError::new(format!("the result would have more than {MAX_ELEMENTS} elements")));
    }
    Ok(())
}

/// Returns the function of that name; `core::` may stand before it.
pub fn find(name: &str) -> Option<&'static Function> {
    static BY_NAME: LazyLock<foldhash::HashMap<&'static str, &'static Function>> =
        LazyLock::new(|| all().map(|f| (f.name, f)).collect());
    BY_NAME.get(name.strip_prefix("core::").unwrap_or(name)).copied()
}

/// All functions with a row, in no particular order.
pub fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// Reads a text file as `file` and `templatefile` do.
///
/// # Errors
/// Terraform's words for why it cannot be read.
pub(super) fn read_text(world: &World<'_>, path: &str) -> Result<String, String> {
    files::read_text(world, path, Marks::NONE).map_err(|e| e.message.into_owned())
}

static FAMILIES: &[&[Function]] = &[
    collection::FAMILY,
    encoding::FAMILY,
    files::FAMILY,
    format::FAMILY,
    hashes::FAMILY,
    json::FAMILY,
    mapping::FAMILY,
    net::FAMILY,
    numeric::FAMILY,
    provider::FAMILY,
    regexp::FAMILY,
    select::FAMILY,
    sequence::FAMILY,
    sets::FAMILY,
    strings::FAMILY,
    time::FAMILY,
    types::FAMILY,
    yaml::FAMILY,
];

#[cfg(test)]
mod tests {
    use super::testing::{check, value};

    #[test]
    fn what_is_sensitive_is_in_no_error() {
        for text in [
            r#"cidrhost(sensitive("s3cret"), 1)"#,
            r#"cidrnetmask(sensitive("s3cret"))"#,
            r#"uuidv5(sensitive("s3cret"), "")"#,
            r#"rsadecrypt(sensitive("s3cret!"), "")"#,
            r#"jsondecode(sensitive("s3cret"))"#,
            r#"yamldecode(sensitive("!s3cret x"))"#,
            r#"csvdecode(sensitive("s3cret,s3cret"))"#,
            r#"formatdate("YY", sensitive("s3cret"))"#,
            r#"formatdate(sensitive("s3cret"), "2020-01-01T00:00:00Z")"#,
            r#"timeadd("2020-01-01T00:00:00Z", sensitive("s3cret"))"#,
            r#"timecmp(sensitive("s3cret"), "")"#,
            r#"regex(sensitive("(s3cret"), "")"#,
            r#"replace("", sensitive("/(s3cret/"), "")"#,
            r#"format(sensitive("%s3cret"), 1)"#,
            r#"file(sensitive("s3cret"))"#,
            r#"filemd5(sensitive("s3cret"))"#,
            r#"fileset(sensitive("s3cret"), "[")"#,
            r#"base64decode(sensitive("s3cret!"))"#,
            r#"textencodebase64("", sensitive("s3cret"))"#,
            r#"provider::terraform::encode_tfvars({(sensitive("s3cret!")) = 1})"#,
            r#"provider::terraform::decode_tfvars(sensitive("s3cret"))"#,
            r#"parseint(sensitive("s3cret"), 10)"#,
            r#"tonumber(sensitive("s3cret"))"#,
        ] {
            if let Err(message) = value(text) {
                assert!(!message.contains("s3cret") && !message.contains("cret"), "{text}: {message}");
            }
        }
    }

    #[test]
    fn a_reason_that_shows_nothing_is_told() {
        check(r#"regex("x", sensitive(""))"#, "error: pattern did not match any part of the given string.");
        check(
            r#"cidrhost(sensitive("x"), 1)"#,
            "error: the reason may show a sensitive value and is withheld.",
        );
        check(r#"cidrhost(sensitive(null), 1)"#, "error: argument must not be null.");
    }
}
