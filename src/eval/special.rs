//! Functions that see expressions rather than values: `try`, `can`, `convert`, `templatefile`, `templatestring`.

use std::sync::Arc;

use super::constraint::{apply_defaults, parse_type};
use super::error::{EvalError, EvalResult};
use super::expr::{Evaluator, Lookup};
use crate::source::{FileId, Files};
use crate::syntax::{self, ExprId, Node, RefId, Reference, StepKind, is_identifier};
use crate::value::{Cause, Identity, Marks, ObjectId, Refine, Type, Value, convert, convert_error_text};

/// Calls one of the special functions; None: it is an ordinary one.
pub(super) fn call(
    ev: &mut Evaluator<'_>,
    name: &str,
    args: &[ExprId],
    id: ExprId,
) -> Option<EvalResult<Value>> {
    Some(match name.strip_prefix("core::").unwrap_or(name) {
        "try" => attempt(ev, args, id),
        "can" => can(ev, args, id),
        "templatefile" => template_file(ev, args, id),
        "templatestring" => template_string(ev, args, id),
        "convert" => converted(ev, args, id),
        _ => return None,
    })
}

/// True for functions that see expressions.
/// Functions that are no rows, because they look at expressions and not only at values.
pub(super) const NAMES: [&str; 5] = ["try", "can", "templatefile", "templatestring", "convert"];

pub(super) fn is_special(name: &str) -> bool {
    NAMES.contains(&name.strip_prefix("core::").unwrap_or(name))
}

/// Calls one of the special functions with values, as an expanded argument gives them.
pub(super) fn call_values(
    ev: &mut Evaluator<'_>,
    name: &str,
    values: &[Value],
    id: ExprId,
) -> EvalResult<Value> {
    match (name.strip_prefix("core::").unwrap_or(name), values) {
        ("try", [first, ..]) => Ok(tried(first)),
        ("can", [only]) if only.is_wholly_known() => Ok(Value::Bool(true)),
        ("can", [only]) => Ok(Value::unknown(Type::Bool, only.cause().unwrap_or_else(Cause::unstated))),
        ("templatefile", [path, vars]) => template_of(ev, path, vars, [id; 3]),
        ("templatestring", [_, _]) => ev.fail(
            id,
            "Invalid function argument",
            "Invalid value for \"template\" parameter: invalid template expression: must be a direct reference to a single string from elsewhere.",
        ),
        (_, []) => ev.fail(id, "Not enough function arguments", format!("Function {name:?} expects more arguments.")),
        _ => ev.fail(id, "Too many function arguments", format!("Function {name:?} expects another number of arguments.")),
    }
}

/// Returns what `try` makes of an argument that did not fail.
fn tried(value: &Value) -> Value {
    if value.is_wholly_known() {
        return value.clone();
    }
    // Which argument succeeds may still change, so Terraform keeps not even the type. Whom it stands for
    // is known all the same.
    let why = value.cause().unwrap_or_else(Cause::unstated);
    let is = value.as_unknown().map_or(Identity::Nobody, |u| u.is.clone());
    Value::unknown_as(Type::Dynamic, Refine::default(), why, is)
}

fn attempt(ev: &mut Evaluator<'_>, args: &[ExprId], id: ExprId) -> EvalResult<Value> {
    if args.is_empty() {
        return ev.fail(
            id,
            "Error in function call",
            "Call to function \"try\" failed: at least one argument is required.",
        );
    }
    let mut errors = Vec::new();
    for arg in args {
        match ev.eval(*arg) {
            Ok(value) => return Ok(tried(&value)),
            Err(e) if e.uncaught => return Err(e),
            Err(e) => errors.push(format!("{}: {}", e.summary, e.detail)),
        }
    }
    let detail = format!(
        "Call to function \"try\" failed: no expression succeeded:\n- {}\n\nAt least one expression must produce a successful result.",
        errors.join("\n- ")
    );
    ev.fail(id, "Error in function call", detail)
}

fn can(ev: &mut Evaluator<'_>, args: &[ExprId], id: ExprId) -> EvalResult<Value> {
    let [arg] = args else {
        let summary =
            if args.is_empty() { "Not enough function arguments" } else { "Too many function arguments" };
        return ev.fail(id, summary, "Function \"can\" expects 1 argument(s).");
    };
    match ev.eval(*arg) {
        Ok(value) if value.is_wholly_known() => Ok(Value::Bool(true)),
        Ok(value) => Ok(Value::unknown(Type::Bool, value.cause().unwrap_or_else(Cause::unstated))),
        Err(e) if e.uncaught => Err(e),
        Err(_) => Ok(Value::Bool(false)),
    }
}

/// The second argument is a type, from Terraform 1.15 on: <https://developer.hashicorp.com/terraform/language/functions/convert>
fn converted(ev: &mut Evaluator<'_>, args: &[ExprId], id: ExprId) -> EvalResult<Value> {
    let (value_expr, type_expr) = two(ev, "convert", args, id)?;
    let mut problems = Vec::new();
    let wanted = parse_type(ev.code(), *type_expr, &mut problems);
    if let Some(problem) = problems.into_iter().next() {
        return Err(EvalError::new(problem.summary, problem.detail, problem.span));
    }
    let value = ev.eval(*value_expr)?;
    let filled = match &wanted.defaults {
        Some(defaults) if !value.is_null() => apply_defaults(&value, defaults),
        _ => value,
    };
    match convert(&filled, &wanted.ty) {
        Ok(value) => Ok(value),
        Err(e) => {
            let detail = format!("Invalid value for \"value\" parameter: {}.", convert_error_text(&e));
            ev.fail(*value_expr, "Invalid function argument", detail)
        }
    }
}

fn two<'e>(
    ev: &Evaluator<'_>,
    name: &str,
    args: &'e [ExprId],
    id: ExprId,
) -> EvalResult<(&'e ExprId, &'e ExprId)> {
    match args {
        [a, b] => Ok((a, b)),
        _ => {
            let (summary, only) = if args.len() < 2 {
                ("Not enough function arguments", "")
            } else {
                ("Too many function arguments", "only ")
            };
            ev.fail(id, summary, format!("Function \"{name}\" expects {only}2 argument(s)."))
        }
    }
}

fn template_file(ev: &mut Evaluator<'_>, args: &[ExprId], id: ExprId) -> EvalResult<Value> {
    let (path_expr, vars_expr) = two(ev, "templatefile", args, id)?;
    let path = ev.eval(*path_expr)?;
    let vars = ev.eval(*vars_expr)?;
    template_of(ev, &path, &vars, [*path_expr, *vars_expr, id])
}

/// Renders a template file; the expressions are those to point at: path, variables, the call.
fn template_of(ev: &mut Evaluator<'_>, path: &Value, vars: &Value, at: [ExprId; 3]) -> EvalResult<Value> {
    let [path_expr, vars_expr, id] = at;
    const SUMMARY: &str = "Invalid function argument";
    let path = match convert(path, &Type::String) {
        Ok(p) if !p.is_null() => p,
        Ok(_) => {
            return ev.fail(
                path_expr,
                SUMMARY,
                "Invalid value for \"path\" parameter: argument must not be null.",
            );
        }
        Err(e) => {
            let text = convert_error_text(&e);
            return ev.fail(path_expr, SUMMARY, format!("Invalid value for \"path\" parameter: {text}."));
        }
    };
    if vars.is_null() {
        return ev.fail(
            vars_expr,
            SUMMARY,
            "Invalid value for \"vars\" parameter: argument must not be null.",
        );
    }
    let (path, path_marks) = path.unmark();
    let (vars, marks) = vars.unmark_deep_top();
    let Some(path) = path.as_str().cloned() else {
        return Ok(Value::unknown(Type::Dynamic, path.cause().unwrap_or_else(Cause::unstated))
            .mark(path_marks | marks));
    };
    if vars.is_unknown() {
        return Ok(Value::unknown(Type::Dynamic, vars.cause().unwrap_or_else(Cause::unstated))
            .mark(path_marks | marks));
    }
    if ev.in_template {
        return ev.fail(id, "Error in function call", "Call to function \"templatefile\" failed: cannot recursively call templatefile from inside another template function.");
    }
    let text = match super::funcs::read_text(&ev.world, &path) {
        Ok(t) => t,
        Err(text) => {
            return ev.fail(path_expr, SUMMARY, format!("Invalid value for \"path\" parameter: {text}."));
        }
    };
    let value = render(ev, &path, &text, &vars, vars_expr, id)?;
    Ok(value.mark(path_marks | marks))
}

fn template_string(ev: &mut Evaluator<'_>, args: &[ExprId], id: ExprId) -> EvalResult<Value> {
    let (text_expr, vars_expr) = two(ev, "templatestring", args, id)?;
    const SUMMARY: &str = "Invalid function argument";
    if !is_direct_reference(ev, *text_expr) {
        return ev.fail(
            *text_expr,
            SUMMARY,
            "Invalid value for \"template\" parameter: invalid template expression: must be a direct reference to a single string from elsewhere, containing valid Terraform template syntax.",
        );
    }
    let text = ev.eval(*text_expr)?;
    let vars = ev.eval(*vars_expr)?;
    let text = match convert(&text, &Type::String) {
        Ok(t) if !t.is_null() => t,
        Ok(_) => {
            return ev.fail(
                *text_expr,
                SUMMARY,
                "Invalid value for \"template\" parameter: must be not null.",
            );
        }
        Err(e) => {
            let text = convert_error_text(&e);
            return ev.fail(
                *text_expr,
                SUMMARY,
                format!("Invalid value for \"template\" parameter: {text}."),
            );
        }
    };
    if vars.is_null() {
        return ev.fail(
            *vars_expr,
            SUMMARY,
            "Invalid value for \"vars\" parameter: argument must not be null.",
        );
    }
    let (text, text_marks) = text.unmark();
    let (vars, marks) = vars.unmark_deep_top();
    let Some(text) = text.as_str().cloned() else {
        return Ok(Value::unknown(Type::String, text.cause().unwrap_or_else(Cause::unstated))
            .mark(text_marks | marks));
    };
    if vars.is_unknown() {
        return Ok(Value::unknown(Type::String, vars.cause().unwrap_or_else(Cause::unstated))
            .mark(text_marks | marks));
    }
    if ev.in_template {
        return ev.fail(id, "Error in function call", "Call to function \"templatestring\" failed: cannot recursively call templatestring from inside another template function.");
    }
    let value = render(ev, "<templatestring argument>", &text, &vars, *vars_expr, id)?;
    match convert(&value, &Type::String) {
        Ok(value) => Ok(value.mark(text_marks | marks)),
        Err(_) => ev.fail(
            id,
            "Error in function call",
            "Call to function \"templatestring\" failed: invalid template result: string required.",
        ),
    }
}

/// True for `local.x`, `var.x.y["k"]` and the like: the template itself must not be put together on the spot.
fn is_direct_reference(ev: &Evaluator<'_>, id: ExprId) -> bool {
    match ev.arena.node(id) {
        Node::Ref(r) => ev.arena.reference(*r).steps.iter().all(|s| match s.kind {
            StepKind::Attr(_) | StepKind::LegacyIndex(_) => true,
            StepKind::Index(i) => !matches!(ev.arena.node(i), Node::Call { .. } | Node::Template(_)),
            StepKind::AttrSplat | StepKind::FullSplat => false,
        }),
        Node::Bound { .. } => true,
        Node::Steps { source, steps } => {
            matches!(ev.arena.node(*source), Node::Bound { .. })
                && steps.iter().all(|s| !matches!(s.kind, StepKind::AttrSplat | StepKind::FullSplat))
        }
        _ => false,
    }
}

/// The names inside a template: the entries of its `vars`.
struct TemplateVars<'a> {
    vars: &'a Value,
    outer: &'a dyn Lookup,
}

impl Lookup for TemplateVars<'_> {
    fn resolve(
        &self,
        _: RefId,
        reference: &Reference,
        _: &mut dyn FnMut(ExprId) -> EvalResult<Value>,
    ) -> EvalResult<(Value, usize)> {
        match self.vars.as_fields().and_then(|f| f.get(&reference.root)) {
            Some(v) => Ok((v.clone(), 0)),
            None => Err(EvalError::new("Unknown variable", format!("no `{}` in vars", reference.root), None)),
        }
    }

    fn missing(&self, object: ObjectId, attr: &str) -> EvalResult<Value> {
        self.outer.missing(object, attr)
    }
}

fn render(
    ev: &Evaluator<'_>,
    name: &str,
    text: &str,
    vars: &Value,
    vars_expr: ExprId,
    id: ExprId,
) -> EvalResult<Value> {
    const SUMMARY: &str = "Invalid function argument";
    let Some(fields) = vars.as_fields() else {
        return ev.fail(
            vars_expr,
            SUMMARY,
            "Invalid value for \"vars\" parameter: invalid vars value: must be a map.",
        );
    };
    if let Some(bad) = fields.keys().iter().find(|k| !is_identifier(k)) {
        return ev.fail(
            vars_expr,
            SUMMARY,
            format!("Invalid value for \"vars\" parameter: invalid template variable name {bad:?}: must start with a letter, followed by zero or more letters, digits, and underscores."),
        );
    }
    // Templates are files of their own: their spans must not be taken for those of the configuration.
    let files = Files::default();
    let file = files.add(name, Arc::<str>::from(text));
    let (arena, root, problems) = syntax::parse_template(&file);
    let root = match root {
        Some(root) if problems.is_empty() => root,
        _ => {
            let text = problems.first().map_or(String::new(), |d| format!("{}: {}", d.summary, d.detail));
            return ev.fail(
                id,
                "Error in function call",
                format!("Call to function failed: {name}: {text}."),
            );
        }
    };
    if let Some(missing) = arena.refs().iter().find(|r| fields.get(&r.root).is_none()) {
        return ev.fail(
            vars_expr,
            SUMMARY,
            format!("Invalid value for \"vars\" parameter: vars map does not contain key {:?}, referenced in {name}.", missing.root),
        );
    }
    let lookup = TemplateVars { vars, outer: ev.lookup };
    let mut inner = Evaluator::new(&arena, FileId(u32::MAX), &lookup, ev.world);
    inner.in_template = true;
    inner.eval(root).map_err(|e| {
        let detail = format!("Call to function failed: {name}: {}: {}", e.summary, e.detail);
        EvalError::new("Error in function call", detail, ev.span(id))
    })
}

trait UnmarkTop {
    fn unmark_deep_top(&self) -> (Value, Marks);
}

impl UnmarkTop for Value {
    /// Splits off the marks of the value itself; parts keep theirs, since each is used on its own.
    fn unmark_deep_top(&self) -> (Value, Marks) {
        self.unmark()
    }
}
