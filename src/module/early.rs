//! What is known before modules are found: from Terraform 1.15 on, sources of modules may name variables with
//! `const = true` and local values made of such; OpenTofu takes any variable.

use std::cell::RefCell;
use std::collections::HashMap;

use ecow::EcoString;

use super::tree::{Node, NodeId};
use super::{At, Target};
use crate::eval::{EvalError, EvalResult, Evaluator, Lookup, Work, World};
use crate::source::Tree;
use crate::syntax::{ExprId, RefId, Reference};
use crate::value::{Cause, CauseKind, ObjectId, Type, Value, convert, convert_error_text};

/// Values given to the variables of the root module.
pub type Given<'g> = &'g dyn Fn(&str) -> Option<Value>;

/// Names that lead further than this lead in circles.
const MAX_DEPTH: usize = 200;

/// An expression of a `module` block that is evaluated before modules are found.
#[derive(Clone, Copy, Debug)]
pub struct Early {
    pub at: At,
    /// True for files of OpenTofu alone, which knows no `const`.
    pub any: bool,
}

/// Evaluates the source of a module call; None: it depends on a variable without a value.
///
/// # Errors
/// If it names what is not known then, or is no text.
pub(super) fn source(
    nodes: &[Node],
    node: NodeId,
    source: Early,
    given: Given<'_>,
    files: &dyn Tree,
) -> EvalResult<Option<EcoString>> {
    // Versions that take names here stop at a left side of `&&` and `||` that decides.
    let known = Known { locals: RefCell::default(), work: Work::default().that_stops(true) };
    let names =
        Names { nodes, node, file: source.at.file, any: source.any, given, files, known: &known, depth: 0 };
    let value = names.eval(source.at)?;
    let span = Some(nodes[node.0 as usize].module.span(source.at));
    match convert(&value, &Type::String) {
        Ok(text) => Ok(text.as_str().cloned()),
        Err(e) => Err(EvalError::new("Unsuitable value type", convert_error_text(&e), span)),
    }
}

/// What is known already, and what it took.
struct Known {
    locals: RefCell<HashMap<(NodeId, u32), Value>>,
    work: Work,
}

/// Names as one module sees them.
#[derive(Clone, Copy)]
struct Names<'n> {
    nodes: &'n [Node],
    node: NodeId,
    file: u32,
    any: bool,
    given: Given<'n>,
    files: &'n dyn Tree,
    known: &'n Known,
    depth: usize,
}

impl Names<'_> {
    fn node(&self) -> &Node {
        &self.nodes[self.node.0 as usize]
    }

    fn eval(&self, at: At) -> EvalResult<Value> {
        let module = &self.node().module;
        if self.depth > MAX_DEPTH {
            let span = Some(module.span(at));
            let detail = format!("Its names lead in circles, or through more than {MAX_DEPTH} others");
            return Err(EvalError::new("Invalid module source", detail, span));
        }
        let here = Names { file: at.file, depth: self.depth + 1, ..*self };
        let file = &module.files[at.file as usize];
        let world =
            World { tree: self.files, cwd: &self.nodes[0].module.dir, home: None, work: &self.known.work };
        Evaluator::new(&file.arena, file.id, &here, world).eval(at.expr)
    }

    fn local(&self, index: u32) -> EvalResult<Value> {
        let key = (self.node, index);
        if let Some(known) = self.known.locals.borrow().get(&key) {
            return Ok(known.clone());
        }
        let value = self.eval(self.node().module.locals[index as usize].at)?;
        self.known.locals.borrow_mut().insert(key, value.clone());
        Ok(value)
    }

    fn variable(&self, index: usize) -> EvalResult<Value> {
        let module = &self.node().module;
        let variable = &module.variables[index];
        if !variable.constant && !self.any {
            return refuse(format!(
                "`var.{}` may be named there with `const = true` in its block only, from Terraform 1.15 on",
                variable.name
            ));
        }
        let given = match self.node().parent {
            None => (self.given)(&variable.name),
            Some((parent, call)) => {
                let outer = &self.nodes[parent.0 as usize].module;
                let input = outer.calls[call as usize].inputs.iter().find(|i| i.name == variable.name);
                input.map(|i| Names { node: parent, ..*self }.eval(i.at)).transpose()?
            }
        };
        let value = given.or_else(|| variable.default.clone()).unwrap_or_else(|| {
            let why = Cause::new(CauseKind::Variable, format!("var.{}", variable.name), Some(variable.span));
            Value::unknown(Type::Dynamic, why)
        });
        // What does not fit is told where variables are checked.
        Ok(convert(&value, &variable.ty.ty).unwrap_or(value))
    }
}

fn refuse<T>(detail: String) -> EvalResult<T> {
    Err(EvalError::new("Invalid module source", detail, None))
}

impl Lookup for Names<'_> {
    fn resolve(
        &self,
        id: RefId,
        reference: &Reference,
        _: &mut dyn FnMut(ExprId) -> EvalResult<Value>,
    ) -> EvalResult<(Value, usize)> {
        let module = &self.node().module;
        let resolved = module.resolved(self.file, id);
        let value = match &resolved.target {
            Target::Variable(i) => self.variable(*i as usize)?,
            Target::Local(i) => self.local(*i)?,
            Target::Invalid(problem) => {
                return Err(EvalError::new(problem.summary.clone(), problem.detail.clone(), problem.span));
            }
            _ => return refuse(format!("`{}` is not known before modules are installed", reference.root)),
        };
        Ok((value, resolved.used))
    }

    fn missing(&self, _: ObjectId, attr: &str) -> EvalResult<Value> {
        refuse(format!("there is no attribute `{attr}`"))
    }
}
