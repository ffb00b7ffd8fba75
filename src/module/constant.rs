//! Constant expressions: defaults of variables, arguments that must be literal.

use std::path::Path;

use crate::eval::{EvalResult, Evaluator, NoNames, World};
use crate::source::Disk;
use crate::syntax::{ExprId, File};
use crate::value::Value;

/// Evaluates an expression in which no names and no functions may be used.
///
/// # Errors
/// What Terraform reports of such an expression.
pub fn constant(file: &File, expr: ExprId) -> EvalResult<Value> {
    let mut called = None;
    file.arena.walk(expr, &mut |id, node| {
        if matches!(node, crate::syntax::Node::Call { .. }) && called.is_none() {
            called = Some(id);
        }
    });
    if let Some(id) = called {
        return Err(crate::eval::EvalError::new(
            "Function calls not allowed",
            "Functions may not be called here.",
            Some(file.arena.span(id).in_file(file.id)),
        ));
    }
    let world = World { tree: &Disk, cwd: Path::new("."), home: None };
    Evaluator::new(&file.arena, file.id, &NoNames, world).eval(expr)
}
