//! Values of variables: files, environment, command line, module arguments.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::EcoString;

use super::objects::Object;
use super::{FrameId, Options, Root};
use crate::eval::{EvalError, Evaluator, NoNames, Work, World, apply_defaults, calls_function, constant};
use crate::finding::Diagnostic;
use crate::module::{Loader, Module, SlotId, Variable, parse_bytes, shown};
use crate::source::{self, Span};
use crate::syntax::{self, ExprId, File};
use crate::value::{
    Cause, CauseKind, Identity, Marks, Referent, Refine, Type, Value, convert, convert_error_text,
};
use crate::words::meant;

/// Where a value for variables is given on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableSource {
    /// `-var name=text`.
    Assign { name: String, text: String },
    /// `-var-file path`, relative to where the program runs.
    File(PathBuf),
}

/// A value that somebody gave.
#[derive(Debug)]
struct Entry {
    content: Content,
    /// Where it stands, if in a file.
    span: Option<Span>,
    origin: Origin,
    /// `-var`, `TF_VAR_x`, a file's name.
    from: String,
}

#[derive(Debug)]
enum Content {
    Value(Value),
    Expr(Arc<File>, ExprId),
    /// Still text: what it means depends on the variable's type.
    Text(String),
    /// Something that has no value; reported.
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Environment,
    File,
    CommandLine,
}

/// All values given to the variables of a root module.
#[derive(Debug, Default)]
pub struct Given {
    entries: BTreeMap<EcoString, Entry>,
    /// What is wrong with the values. What is wrong with the files is told before.
    problems: Vec<Diagnostic>,
}

impl Given {
    /// Reads all sources, the later ones over the earlier.
    pub(super) fn read(
        loader: &Loader<'_>,
        dir: &Path,
        module: &Module,
        options: &Options,
        problems: &mut Vec<Diagnostic>,
    ) -> Given {
        let mut given = Given::default();
        for (key, text) in &options.env {
            if let Some(name) = key.strip_prefix("TF_VAR_") {
                given.put(name, Content::Text(text.clone()), None, Origin::Environment, key);
            }
        }
        for name in ["terraform.tfvars", "terraform.tfvars.json"] {
            let path = dir.join(name);
            if loader.tree.is_file(&path) {
                given.file(loader, &path, problems);
            }
        }
        let names = loader.tree.list(dir).unwrap_or_default();
        for (name, is_dir) in names {
            if !is_dir && (name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json")) {
                given.file(loader, &dir.join(name), problems);
            }
        }
        for source in &options.variables {
            match source {
                VariableSource::File(path) => given.file(loader, path, problems),
                VariableSource::Assign { name, text } => {
                    given.put(name, Content::Text(text.clone()), None, Origin::CommandLine, "-var");
                }
            }
        }
        for (name, value) in &options.planned {
            given.put(name, Content::Value(value.clone()), None, Origin::Environment, "the plan");
        }
        given.evaluate(loader, dir, module);
        given
    }

    /// Takes what was found wrong with the values.
    pub(super) fn take_problems(&mut self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.problems)
    }

    /// Gives a variable another value.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.put(name, Content::Value(value), None, Origin::CommandLine, "-var");
    }

    /// Returns the value that is given to a variable.
    pub(super) fn value(&self, name: &str) -> Option<Value> {
        match &self.entries.get(name)?.content {
            Content::Value(value) => Some(value.clone()),
            _ => None,
        }
    }

    /// Returns where a file gives a value to a variable.
    pub(super) fn span(&self, name: &str) -> Option<Span> {
        self.entries.get(name).and_then(|e| e.span)
    }

    fn put(&mut self, name: &str, content: Content, span: Option<Span>, origin: Origin, from: &str) {
        self.entries.insert(name.into(), Entry { content, span, origin, from: from.into() });
    }

    fn file(&mut self, loader: &Loader<'_>, path: &Path, problems: &mut Vec<Diagnostic>) {
        let shown = shown(path);
        let bytes = match loader.tree.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let detail =
                    format!("Given variables file {shown} does not exist or cannot be read: {error}");
                let problem = Diagnostic::error("Failed to read variables file", detail, None).origin(shown);
                problems.push(Diagnostic { help: source::meant(path, loader.tree), ..problem });
                return;
            }
        };
        let (_, file, found) = parse_bytes(loader.files, path, &bytes);
        problems.extend(found);
        for block in &file.body.blocks {
            problems.push(Diagnostic::error(
                format!("Unexpected {:?} block", block.kind),
                "Blocks are not allowed here.",
                Some(block.kind_span.in_file(file.id)),
            ));
        }
        let file = Arc::new(file);
        for attr in &file.body.attrs {
            let span = file.arena.span(attr.expr).in_file(file.id);
            let content = Content::Expr(file.clone(), attr.expr);
            self.put(&attr.name, content, Some(span), Origin::File, &shown);
        }
    }

    /// Works out the values that hold in the end.
    fn evaluate(&mut self, loader: &Loader<'_>, dir: &Path, module: &Module) {
        for (name, entry) in &mut self.entries {
            let Some(variable) = module.variable(name).map(|i| &module.variables[i]) else {
                if !module.unreadable {
                    let near = meant(name, module.variables.iter().map(|v| v.name.as_str()));
                    let problem = undeclared(name, entry);
                    self.problems.extend(problem.map(|p| Diagnostic { help: near, ..p }));
                }
                continue;
            };
            let value = match &entry.content {
                Content::Expr(file, expr) => constant(file.code(), *expr).map_err(|e| {
                    let mut problem = e.diagnostic();
                    problem.span = problem.span.or(entry.span);
                    vec![problem]
                }),
                Content::Text(text) => text_value(loader, dir, variable, text, &entry.from),
                Content::Value(_) | Content::Failed => continue,
            };
            entry.content = match value {
                Ok(value) => Content::Value(value),
                Err(problems) => {
                    self.problems.extend(problems);
                    Content::Failed
                }
            };
        }
    }
}

/// Says of a value that no variable takes it; the environment may hold what is meant for others.
fn undeclared(name: &str, entry: &Entry) -> Option<Diagnostic> {
    const SUMMARY: &str = "Value for undeclared variable";
    match entry.origin {
        Origin::Environment => None,
        Origin::File => Some(Diagnostic::warning(
            SUMMARY,
            format!("The root module does not declare a variable named {name:?} but a value was found in {}. If you meant to use this value, add a \"variable\" block to the configuration.", entry.from),
            entry.span,
        )),
        Origin::CommandLine => Some(
            Diagnostic::error(
                SUMMARY,
                format!("A variable named {name:?} was assigned on the command line, but the root module does not declare a variable of that name. To use this value, add a \"variable\" block to the configuration."),
                None,
            )
            .origin(format!("-var {name}=…")),
        ),
    }
}

/// Reads the text of `-var` or the environment: literally for simple types, as an expression for others.
fn text_value(
    loader: &Loader<'_>,
    dir: &Path,
    variable: &Variable,
    text: &str,
    from: &str,
) -> Result<Value, Vec<Diagnostic>> {
    let literal = !variable.typed || matches!(variable.ty.ty, Type::String | Type::Number | Type::Bool);
    if literal {
        return Ok(Value::from(text));
    }
    let source = loader.files.add(format!("<value for var.{}>", variable.name), text);
    let origin = |problem: Diagnostic| {
        problem
            .origin(format!("{from} {}", variable.name))
            .help("strings inside need quotes of their own: `-var 'x=[\"a\"]'`")
    };
    let (arena, expr, problems) = syntax::parse_expression(&source);
    let Some(expr) = expr.filter(|_| problems.is_empty()) else {
        return Err(problems.into_iter().map(origin).collect());
    };
    if let Some(problem) = calls_function(&arena, source.id, expr) {
        return Err(vec![origin(problem.diagnostic())]);
    }
    let world = World { tree: loader.tree, cwd: dir, home: None, work: &Work::default() };
    Evaluator::new(&arena, source.id, &NoNames, world).eval(expr).map_err(|e| vec![origin(e.diagnostic())])
}

impl Root<'_> {
    /// Returns the value of a variable of the root module.
    pub(super) fn root_variable(&mut self, index: u32) -> Value {
        let module = self.frame(FrameId(0)).module.clone();
        let variable = &module.variables[index as usize];
        match self.given.entries.get(&variable.name) {
            None => match &variable.default {
                Some(default) => marked(default.clone(), variable),
                None => self.no_value(variable),
            },
            Some(Entry { content: Content::Value(value), span, from, .. }) => {
                let (value, span, from) = (value.clone(), *span, from.clone());
                self.checked(variable, value, span, Some(from))
            }
            Some(_) => self.failed_variable(variable),
        }
    }

    /// Reports what is wrong with the values of the root module's variables, and which have none.
    pub(super) fn report_variables(&mut self) {
        let problems = self.given.take_problems();
        self.diagnostics.extend(problems);
        let module = self.frame(FrameId(0)).module.clone();
        for variable in module.variables.iter().filter(|v| v.default.is_none()) {
            let given = self.given.entries.get(&variable.name);
            if given.is_some_and(|e| !matches!(e.content, Content::Failed)) {
                continue;
            }
            self.diagnostics.push(
                Diagnostic::error(
                    "No value for required variable",
                    format!(
                        "The root module input variable {:?} is not set, and has no default value.",
                        variable.name
                    ),
                    Some(variable.span),
                )
                .help(format!("pass `-var {}=…` or a `-var-file`", variable.name)),
            );
        }
    }

    /// A variable of which nothing but its declaration is known.
    pub(super) fn unknown_variable(variable: &Variable) -> Value {
        let ty = variable.ty.ty.without_optional();
        marked(Value::unknown(ty, Cause::unstated()), variable)
    }

    fn no_value(&self, variable: &Variable) -> Value {
        let name = EcoString::from(format!("var.{}", variable.name));
        let why = Cause::new(CauseKind::Variable, name, Some(variable.span));
        let object = self.objects.borrow_mut().id(Object::Variable(variable.name.clone()));
        let is = Identity::Is(Referent { object, attr: EcoString::new() });
        let refine = if variable.nullable { Refine::default() } else { Refine::not_null() };
        marked(Value::unknown_as(variable.ty.ty.without_optional(), refine, why, is), variable)
    }

    fn failed_variable(&self, variable: &Variable) -> Value {
        Root::failed(Some(variable.span))
    }

    /// Returns the value that a module call gives to a variable.
    pub(super) fn module_variable(
        &mut self,
        frame: FrameId,
        index: u32,
        parent: FrameId,
        call: u32,
        place: u32,
    ) -> Value {
        let module = self.frame(frame).module.clone();
        let variable = &module.variables[index as usize];
        let caller = self.frame(parent).module.clone();
        let call_block = &caller.calls[call as usize];
        let Some(i) = call_block.inputs.iter().position(|i| i.name == variable.name) else {
            return match &variable.default {
                Some(default) => marked(default.clone(), variable),
                // Reported with the structure of the call.
                None => self.failed_variable(variable),
            };
        };
        let slot = SlotId(caller.call_slot(call as usize).0 + 1 + i as u32);
        let value = self.slot(parent, slot).at(place as usize).clone();
        let span = caller.span(call_block.inputs[i].at);
        self.checked(variable, value, Some(span), None)
    }

    /// Converts a given value to the variable's type and applies its defaults.
    fn checked(
        &mut self,
        variable: &Variable,
        raw: Value,
        span: Option<Span>,
        from: Option<String>,
    ) -> Value {
        let raw = match (&raw, &variable.default) {
            (v, Some(default)) if v.is_null() && !variable.nullable => default.clone(),
            _ => raw,
        };
        let whole = self.closed(raw, &variable.ty.ty);
        let filled = match &variable.ty.defaults {
            Some(defaults) if !whole.is_null() => apply_defaults(&whole, defaults),
            _ => whole,
        };
        let converted = match convert(&filled, &variable.ty.ty) {
            Ok(v) => v,
            Err(e) => {
                // Where a sensitive value stands is not for everybody's eyes.
                let at = span.filter(|_| !variable.sensitive).or(Some(variable.span));
                let given = from.as_ref().map_or(String::new(), |f| format!(", given by {f},"));
                let error = EvalError::new(
                    "Invalid value for input variable",
                    format!(
                        "The given value{given} is not suitable for `var.{}`: {}.",
                        variable.name,
                        convert_error_text(&e)
                    ),
                    at,
                );
                self.report(&error, None);
                return self.failed_variable(variable);
            }
        };
        if converted.is_null() && !variable.nullable {
            let error = EvalError::new(
                "Required variable not set",
                format!(
                    "The given value is not suitable for `var.{}`: required variable may not be set to null.",
                    variable.name
                ),
                span.or(Some(variable.span)),
            );
            self.report(&error, None);
            return self.failed_variable(variable);
        }
        if !variable.ephemeral
            && converted.contains_marked()
            && converted.marks_deep().contains(Marks::EPHEMERAL)
        {
            let error = EvalError::new(
                "Ephemeral value not allowed",
                format!(
                    "`var.{}` is not declared as accepting ephemeral values, so it cannot be set to a result derived from an ephemeral value.",
                    variable.name
                ),
                span.or(Some(variable.span)),
            );
            self.report(&error, None);
            return self.failed_variable(variable);
        }
        let kept = if variable.nullable { converted } else { converted.not_null() };
        marked(kept, variable)
    }
}

impl Root<'_> {
    /// Gives whole resources in a value the attributes that a type asks them for.
    fn closed(&self, value: Value, want: &Type) -> Value {
        if value.is_wholly_known() {
            return value;
        }
        let (bare, marks) = value.unmark();
        let same =
            |items: &[Value], want: &Type| items.iter().map(|v| self.closed(v.clone(), want)).collect();
        let made = match (&bare, want) {
            (Value::Object(fields), Type::Object(wanted)) => {
                let mut entries = Vec::with_capacity(wanted.len());
                for (name, value) in fields.iter() {
                    let field = wanted.iter().find(|f| f.name == *name);
                    entries.push((
                        name.clone(),
                        field.map_or(value.clone(), |f| self.closed(value.clone(), &f.ty)),
                    ));
                }
                if let Some(object) = fields.open() {
                    for field in wanted.iter().filter(|f| fields.get(&f.name).is_none()) {
                        let value = self.unset_of(object, &field.name).unwrap_or_else(|_| Root::failed(None));
                        entries.push((field.name.clone(), self.closed(value, &field.ty)));
                    }
                }
                Value::object(entries)
            }
            (Value::Object(fields), Type::Map(element))
                if fields.open().is_some() && **element != Type::Dynamic =>
            {
                Value::unknown(want.without_optional(), bare.cause().unwrap_or_else(Cause::unstated))
            }
            (Value::Object(fields) | Value::Map(fields), Type::Map(element)) => Value::object(
                fields.iter().map(|(k, v)| (k.clone(), self.closed(v.clone(), element))).collect(),
            ),
            (Value::Tuple(seq), Type::Tuple(wanted)) if seq.items().len() == wanted.len() => {
                let pairs = seq.items().iter().zip(wanted.iter());
                Value::tuple(pairs.map(|(v, ty)| self.closed(v.clone(), ty)).collect())
            }
            (Value::Tuple(seq) | Value::List(seq), Type::List(element) | Type::Set(element))
            | (Value::Set(seq), Type::Set(element)) => Value::tuple(same(seq.items(), element)),
            _ => return value,
        };
        made.mark(marks)
    }
}

fn marked(value: Value, variable: &Variable) -> Value {
    let mut marks = Marks::NONE;
    if variable.sensitive {
        marks |= Marks::SENSITIVE;
    }
    if variable.ephemeral {
        marks |= Marks::EPHEMERAL;
    }
    value.mark(marks)
}
