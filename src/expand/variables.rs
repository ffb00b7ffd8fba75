//! Values of variables: files, environment, command line, module arguments.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ecow::EcoString;

use super::objects::Object;
use super::{FrameId, Options, Root};
use crate::eval::{Evaluator, NoNames, World};
use crate::finding::Diagnostic;
use crate::module::{self, Loader, Module, SlotId, Variable, apply_defaults, parse_bytes};
use crate::source::Span;
use crate::syntax;
use crate::value::{
    Cause, CauseKind, Identity, Marks, Referent, Refine, Type, Value, convert, convert_error_text,
};

/// Where a value for variables is given on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableSource {
    /// `-var name=text`.
    Assign { name: String, text: String },
    /// `-var-file path`, relative to where the program runs.
    File(PathBuf),
}

/// A value that somebody gave.
#[derive(Clone, Debug)]
struct Entry {
    value: Content,
    span: Option<Span>,
    /// `-var`, `TF_VAR_x`, a file's name.
    from: String,
}

#[derive(Clone, Debug)]
enum Content {
    Value(Value),
    /// Still text: what it means depends on the variable's type.
    Text(String),
}

/// All values given to the variables of a root module.
#[derive(Debug, Default)]
pub struct Given(HashMap<EcoString, Entry>);

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
                given.put(name, Content::Text(text.clone()), None, key);
            }
        }
        for name in ["terraform.tfvars", "terraform.tfvars.json"] {
            let path = dir.join(name);
            if loader.tree.is_file(&path) {
                given.file(loader, &path, module, problems);
            }
        }
        let names = loader.tree.list(dir).unwrap_or_default();
        for (name, is_dir) in names {
            if !is_dir && (name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json")) {
                given.file(loader, &dir.join(name), module, problems);
            }
        }
        for source in &options.variables {
            match source {
                VariableSource::File(path) => given.file(loader, path, module, problems),
                VariableSource::Assign { name, text } => {
                    if module.variable(name).is_none() && !module.unreadable {
                        problems.push(
                            Diagnostic::error(
                                "Value for undeclared variable",
                                format!("A variable named {name:?} was assigned on the command line, but the root module does not declare a variable of that name. To use this value, add a \"variable\" block to the configuration."),
                                None,
                            )
                            .origin(format!("-var {name}=…")),
                        );
                        continue;
                    }
                    given.put(name, Content::Text(text.clone()), None, "-var");
                }
            }
        }
        given
    }

    fn put(&mut self, name: &str, value: Content, span: Option<Span>, from: &str) {
        self.0.insert(name.into(), Entry { value, span, from: from.into() });
    }

    fn file(&mut self, loader: &Loader<'_>, path: &Path, module: &Module, problems: &mut Vec<Diagnostic>) {
        let shown = module::shown(path);
        let bytes = match loader.tree.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                problems.push(
                    Diagnostic::error(
                        "Failed to read variables file",
                        format!("Given variables file {shown} does not exist or cannot be read: {error}"),
                        None,
                    )
                    .origin(shown),
                );
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
        for attr in &file.body.attrs {
            let span = attr.name_span.in_file(file.id);
            if module.variable(&attr.name).is_none() && !module.unreadable {
                problems.push(Diagnostic::warning(
                    "Value for undeclared variable",
                    format!("The root module does not declare a variable named {:?} but a value was found in {shown}. If you meant to use this value, add a \"variable\" block to the configuration.", attr.name),
                    Some(span),
                ));
            }
            match module::constant(&file, attr.expr) {
                Ok(value) => {
                    let at = file.arena.span(attr.expr).in_file(file.id);
                    self.put(&attr.name, Content::Value(value), Some(at), &shown);
                }
                Err(e) => problems.push(e.diagnostic()),
            }
        }
    }
}

impl Root<'_> {
    /// Returns the value of a variable of the root module.
    pub(super) fn root_variable(&mut self, index: u32) -> Value {
        let module = self.frame(FrameId(0)).module.clone();
        let variable = &module.variables[index as usize];
        let (raw, span, from) = match self.given.0.get(&variable.name).cloned() {
            None => match &variable.default {
                Some(default) => return marked(default.clone(), variable),
                None => return self.no_value(variable),
            },
            Some(Entry { value: Content::Value(v), span, from }) => (v, span, from),
            Some(Entry { value: Content::Text(text), from, .. }) => {
                match self.text_value(variable, &text, &from) {
                    Some(v) => (v, None, from),
                    None => return self.failed_variable(variable),
                }
            }
        };
        self.checked(variable, raw, span, Some(from))
    }

    fn no_value(&mut self, variable: &Variable) -> Value {
        if self.options.strict {
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

    /// Reads the text of `-var` or the environment: literally for simple types, as an expression for others.
    fn text_value(&mut self, variable: &Variable, text: &str, from: &str) -> Option<Value> {
        let literal = !variable.typed || matches!(variable.ty.ty, Type::String | Type::Number | Type::Bool);
        if literal {
            return Some(Value::from(text));
        }
        let source = self.loader.files.add(format!("<value for var.{} from {from}>", variable.name), text);
        let (arena, expr, problems) = syntax::parse_expression(&source);
        let Some(expr) = expr.filter(|_| problems.is_empty()) else {
            let text = problems.first().map_or_else(String::new, |p| format!("{}: {}", p.summary, p.detail));
            let summary = problems.first().map_or("Invalid expression".into(), |p| p.summary.clone());
            self.diagnostics.push(
                Diagnostic::error(
                    summary,
                    format!(
                        "the value of `var.{}` given by {from} is not an expression: {text}",
                        variable.name
                    ),
                    None,
                )
                .origin(format!("{from} {}", variable.name))
                .help("strings inside need quotes of their own: `-var 'x=[\"a\"]'`"),
            );
            return None;
        };
        let world = World { tree: self.loader.tree, cwd: &self.root_dir, home: None };
        match Evaluator::new(&arena, source.id, &NoNames, world).eval(expr) {
            Ok(v) => Some(v),
            Err(e) => {
                self.diagnostics.push(
                    Diagnostic::error(
                        e.summary.clone(),
                        format!("the value of `var.{}` given by {from}: {}", variable.name, e.detail),
                        None,
                    )
                    .origin(format!("{from} {}", variable.name)),
                );
                None
            }
        }
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
                None => {
                    let error = crate::eval::EvalError::new(
                        "Missing required argument",
                        format!("The argument {:?} is required, but no definition was found.", variable.name),
                        Some(call_block.span),
                    );
                    self.report(&error, Some(format!("module.{}", call_block.name)));
                    self.failed_variable(variable)
                }
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
        let filled = match &variable.ty.defaults {
            Some(defaults) if !raw.is_null() => apply_defaults(&raw, defaults),
            _ => raw,
        };
        let converted = match convert(&filled, &variable.ty.ty) {
            Ok(v) => v,
            Err(e) => {
                let (summary, at) = match &from {
                    Some(_) => ("Invalid value for input variable", span.or(Some(variable.span))),
                    None => ("Invalid value for input variable", span),
                };
                let given = from.as_ref().map_or(String::new(), |f| format!(", given by {f},"));
                let error = crate::eval::EvalError::new(
                    summary,
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
            let error = crate::eval::EvalError::new(
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
        let kept = if variable.nullable { converted } else { converted.not_null() };
        marked(kept, variable)
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
