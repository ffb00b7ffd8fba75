//! How functions are tried: an expression as text, its value as text.

use std::path::Path;
use std::sync::Arc;

use super::World;
use crate::eval::Work;
use crate::eval::{EvalError, EvalResult, Evaluator, Lookup};
use crate::source::{Disk, Files, Tree};
use crate::syntax::{self, ExprId, RefId, Reference, StepKind};
use crate::value::{
    Cause, CauseKind, Identity, Marks, Number, ObjectId, Referent, Refine, Type, Unknown, Value, quoted,
};

/// `local.us` is an unknown string, `local.un` a number, `local.ub` a truth value, `local.ul`, `local.uset`, `local.um`
/// collections of strings, `local.read` a list that a plan reads, `local.udyn` anything; `local.id` is an unknown attribute `id` that will not be null, and
/// `local.whole` a resource of which only `name` is written.
struct Locals;

/// Returns the unknown of that name.
pub(super) fn local(name: &str) -> Option<Value> {
    let why = Cause::new(CauseKind::Unstated, format!("local.{name}"), None);
    let strings = |make: fn(Type) -> Type| make(Type::String);
    let ty = match name {
        "us" => Type::String,
        "un" => Type::Number,
        "ub" => Type::Bool,
        "ul" => strings(Type::list),
        "read" => {
            let why = Cause::new(CauseKind::Data, "data.x.y.names", None);
            return Some(Value::unknown(Type::list(Type::String), why));
        }
        "uset" => strings(Type::set),
        "um" => strings(Type::map),
        "udyn" => Type::Dynamic,
        "id" => {
            let is = Identity::Is(Referent { object: ObjectId(1), attr: "id".into() });
            return Some(Value::unknown_as(Type::String, Refine::not_null(), why, is));
        }
        "whole" => return Some(Value::open_object(vec![("name".into(), "n".into())], ObjectId(1))),
        _ => return None,
    };
    Some(Value::unknown(ty, why))
}

impl Lookup for Locals {
    fn resolve(
        &self,
        _: RefId,
        reference: &Reference,
        _: &mut dyn FnMut(ExprId) -> EvalResult<Value>,
    ) -> EvalResult<(Value, usize)> {
        let found = match reference.steps.first().map(|s| &s.kind) {
            Some(StepKind::Attr(name)) => local(name),
            _ => None,
        };
        found.map(|v| (v, 1)).ok_or_else(|| EvalError::new("Undeclared", reference.root.to_string(), None))
    }

    fn missing(&self, _: ObjectId, attr: &str) -> EvalResult<Value> {
        Err(EvalError::new("Unsupported attribute", attr, None))
    }
}

/// Evaluates an expression.
pub(super) fn value(text: &str) -> Result<Value, String> {
    value_among(&Disk, text)
}

/// Evaluates an expression that may read files; home is `/home/ci`.
pub(super) fn value_among(tree: &dyn Tree, text: &str) -> Result<Value, String> {
    let files = Files::default();
    let file = files.add("test.tf", Arc::<str>::from(text));
    let (arena, root, problems) = syntax::parse_expression(&file);
    let root = root.unwrap_or_else(|| panic!("{text}: {problems:?}"));
    let world = World { tree, cwd: Path::new("."), home: Some("/home/ci"), work: &Work::default() };
    Evaluator::new(&arena, file.id, &Locals, world).eval(root).map_err(|e| e.detail)
}

/// Asserts what an expression evaluates to, or the end of what its error says after `error:`.
pub(in crate::eval) fn check(text: &str, want: &str) {
    check_among(&Disk, text, want);
}

/// Asserts what an expression that may read files evaluates to.
pub(super) fn check_among(tree: &dyn Tree, text: &str, want: &str) {
    match (value_among(tree, text), want.strip_prefix("error: ")) {
        (Ok(v), None) => assert_eq!(show(&v), want, "{text}"),
        (Err(e), Some(end)) => assert!(e.ends_with(end), "{text}: {e}"),
        (Ok(v), Some(_)) => panic!("{text}: {} instead of an error", show(&v)),
        (Err(e), None) => panic!("{text}: {e}"),
    }
}

/// Returns a value as one would write it; unknowns as `?type`, with `!` if never null, and their bounds.
pub(super) fn show(value: &Value) -> String {
    let all = |items: &[Value]| items.iter().map(show).collect::<Vec<_>>().join(", ");
    let fields = |f: &crate::value::Fields| {
        f.iter().map(|(k, v)| format!("{k} = {}", show(v))).collect::<Vec<_>>().join(", ")
    };
    match value {
        Value::Null(Type::Dynamic) => "null".to_owned(),
        Value::Null(t) => format!("null {t}"),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::String(s) => quoted(s),
        Value::List(s) => format!("tolist([{}])", all(s.items())),
        Value::Set(s) => format!("toset([{}])", all(s.items())),
        Value::Tuple(s) => format!("[{}]", all(s.items())),
        Value::Map(f) => format!("tomap({{{}}})", fields(f)),
        Value::Object(f) => format!("{{{}}}", fields(f)),
        Value::Unknown(u) => show_unknown(u),
        Value::Marked(m) if m.marks.contains(Marks::SENSITIVE) => format!("sensitive({})", show(&m.value)),
        Value::Marked(m) => format!("ephemeral({})", show(&m.value)),
    }
}

fn show_unknown(u: &Unknown) -> String {
    let mut text = format!("?{}", u.ty);
    if u.refine.not_null {
        text.push('!');
    }
    let bound = |b: &Option<(Number, bool)>| b.as_ref().map(|b| b.0.to_string());
    let length = |n: Option<u64>| n.filter(|n| *n > 0).map(|n| n.to_string());
    let (low, high) = match u.ty {
        Type::Number => (bound(&u.refine.min), bound(&u.refine.max)),
        _ => (length(Some(u.refine.len_min)), length(u.refine.len_max)),
    };
    if low.is_some() || high.is_some() {
        text.push_str(&format!(" {}..{}", low.unwrap_or_default(), high.unwrap_or_default()));
    }
    if !u.refine.prefix.is_empty() {
        text.push_str(&format!(" {}…", quoted(&u.refine.prefix)));
    }
    text
}
