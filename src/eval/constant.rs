//! Constant expressions: defaults of variables, arguments that must be literal.

use std::path::Path;

use super::error::{EvalError, EvalResult};
use super::expr::{Evaluator, NoNames};
use super::funcs::World;
use super::work::Work;
use crate::source::{Disk, FileId};
use crate::syntax::{Arena, Code, ExprId, Node};
use crate::value::Value;

/// Evaluates an expression in which no names and no functions may be used.
///
/// # Errors
/// What Terraform reports of such an expression.
pub fn constant(file: Code<'_>, expr: ExprId) -> EvalResult<Value> {
    if let Some(problem) = calls_function(file.arena, file.id, expr) {
        return Err(problem);
    }
    let world = World { tree: &Disk, cwd: Path::new("."), home: None, work: &Work::default() };
    Evaluator::new(file.arena, file.id, &NoNames, world).eval(expr)
}

/// Says where an expression calls a function, if it does.
pub(crate) fn calls_function(arena: &Arena, file: FileId, expr: ExprId) -> Option<Box<EvalError>> {
    let mut called = None;
    arena.walk(expr, &mut |id, node| {
        if matches!(node, Node::Call { .. }) && called.is_none() {
            called = Some(id);
        }
    });
    let span = arena.span(called?).in_file(file);
    Some(EvalError::new("Function calls not allowed", "Functions may not be called here.", Some(span)))
}
