//! Files to a module: blocks by kind, overrides merged in, names made sure to be unique.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use ecow::EcoString;

use super::block::{Reader, varies};
use super::constant::constant;
use super::resolve::{self, Names};
use super::types::{TypeConstraint, apply_defaults, parse_type};
use super::{
    At, Call, Check, Import, Input, Lifecycle, Local, Module, Moved, Output, ProviderBlock, ProviderName,
    Removed, Repeat, Resource, Rule, Variable, slots,
};
use crate::address::{BlockName, Mode};
use crate::finding::Diagnostic;
use crate::source::{FileId, SourceFile, Span};
use crate::syntax::{Attr, Block, Body, ExprId, File, KeyExpr, Node, Reference, Step, StepKind};
use crate::value::{Type, Value, convert, convert_error_text};

/// A block with what override files put over it.
struct Merged<'a> {
    file: u32,
    block: &'a Block,
    over: Vec<(u32, &'a Block)>,
}

/// Puts a module together.
pub(super) fn module(
    dir: &Path,
    primary: Vec<Arc<File>>,
    overrides: Vec<Arc<File>>,
    texts: &HashMap<FileId, Arc<SourceFile>>,
    diagnostics: Vec<Diagnostic>,
) -> Module {
    let first_override = primary.len();
    let mut files = primary;
    files.extend(overrides);
    let mut builder =
        Builder { reader: Reader::new(&files), module: Module::default(), seen: HashMap::new(), texts };
    builder.reader.diagnostics = diagnostics;
    builder.read(first_override);
    let Builder { reader, mut module, .. } = builder;
    let (iterators, diagnostics) = (reader.iterators, reader.diagnostics);
    module.dir = dir.to_path_buf();
    module.diagnostics = diagnostics;
    let names = Names::of(&module);
    module.targets = files
        .iter()
        .zip(&iterators)
        .map(|(f, iterators)| resolve::file(&names, &f.arena, f.id, iterators))
        .collect();
    module.files = files;
    for resolved in module.targets.iter().flatten() {
        if let resolve::Target::Invalid(problem) = &resolved.target {
            module.diagnostics.push((**problem).clone());
        }
    }
    slots::number(&mut module);
    module
}

struct Builder<'a> {
    reader: Reader<'a>,
    module: Module,
    /// Where something of that kind and name was declared first.
    seen: HashMap<(&'static str, EcoString), Span>,
    texts: &'a HashMap<FileId, Arc<SourceFile>>,
}

/// Block types at the top of a file, with the number of their labels.
const TOP: &[(&str, &[&str])] = &[
    ("variable", &["name"]),
    ("locals", &[]),
    ("output", &["name"]),
    ("module", &["name"]),
    ("resource", &["type", "name"]),
    ("data", &["type", "name"]),
    ("ephemeral", &["type", "name"]),
    ("provider", &["name"]),
    ("terraform", &[]),
    ("moved", &[]),
    ("removed", &[]),
    ("import", &[]),
    ("check", &["name"]),
];

impl<'a> Builder<'a> {
    fn read(&mut self, first_override: usize) {
        let files = self.reader.files;
        let mut merged: Vec<Merged<'a>> = Vec::new();
        let mut index: HashMap<(&str, Vec<&str>), usize> = HashMap::new();
        let mut locals: Vec<(u32, &'a Attr)> = Vec::new();
        for (i, file) in files.iter().enumerate() {
            let file_index = i as u32;
            for attr in &file.body.attrs {
                let span = self.reader.span(file_index, attr.span);
                self.reader.error(
                    "Unsupported argument",
                    format!("An argument named {:?} is not expected here.", attr.name),
                    span,
                );
            }
            for block in &file.body.blocks {
                if !self.is_well_formed(file_index, block) {
                    continue;
                }
                if block.kind == "locals" {
                    self.locals(file_index, block, i >= first_override, &mut locals);
                    continue;
                }
                let labels: Vec<&str> = block.labels.iter().map(|l| l.text.as_str()).collect();
                let key = (block.kind.as_str(), override_key(file_index, block, labels));
                if i >= first_override
                    && !matches!(block.kind.as_str(), "terraform" | "moved" | "removed" | "import" | "check")
                {
                    match index.get(&key) {
                        Some(at) => merged[*at].over.push((file_index, block)),
                        None if block.kind == "provider" => {
                            merged.push(Merged { file: file_index, block, over: Vec::new() });
                        }
                        None => self.missing_base(file_index, block),
                    }
                    continue;
                }
                index.entry(key).or_insert(merged.len());
                merged.push(Merged { file: file_index, block, over: Vec::new() });
            }
        }
        for (file, attr) in locals {
            self.local(file, attr);
        }
        for m in &merged {
            self.block(m);
        }
    }

    fn is_well_formed(&mut self, file: u32, block: &Block) -> bool {
        let Some((_, labels)) = TOP.iter().find(|(kind, _)| block.kind == *kind) else {
            let span = self.reader.span(file, block.kind_span);
            let near = TOP.iter().map(|(k, _)| *k).min_by_key(|k| distance(k, &block.kind));
            let hint = near
                .filter(|k| distance(k, &block.kind) <= 3)
                .map_or(String::new(), |k| format!(" Did you mean {k:?}?"));
            self.reader.error(
                "Unsupported block type",
                format!("Blocks of type {:?} are not expected here.{hint}", block.kind),
                span,
            );
            return false;
        };
        let names = labels.join(", ");
        if block.labels.len() < labels.len() {
            let span = self.reader.span(file, block.head_span);
            self.reader.error(
                &format!("Missing {} for {}", labels[block.labels.len()], block.kind),
                format!("All {} blocks must have {} labels ({names}).", block.kind, labels.len()),
                span,
            );
            return false;
        }
        if block.labels.len() > labels.len() {
            let span = self.reader.span(file, block.labels[labels.len()].span);
            let detail = if labels.is_empty() {
                format!("No labels are expected for {} blocks.", block.kind)
            } else {
                format!("Only {} labels ({names}) are expected for {} blocks.", labels.len(), block.kind)
            };
            self.reader.error(&format!("Extraneous label for {}", block.kind), detail, span);
            return false;
        }
        true
    }

    fn missing_base(&mut self, file: u32, block: &Block) {
        let span = self.reader.span(file, block.head_span);
        let what = match block.kind.as_str() {
            "variable" => "variable",
            "output" => "output",
            "module" => "module call",
            other => other,
        };
        let name = block.labels.iter().map(|l| l.text.as_str()).collect::<Vec<_>>().join(".");
        self.reader.error(
            &format!("Missing {what} to override"),
            format!("There is no {what} named {name:?}. An override file can only override something that was already declared in a primary configuration file."),
            span,
        );
    }

    /// True if the name is new; else the duplicate is reported.
    fn unique(
        &mut self,
        kind: &'static str,
        name: EcoString,
        span: Span,
        summary: &str,
        detail: &str,
    ) -> bool {
        match self.seen.get(&(kind, name.clone())) {
            None => {
                self.seen.insert((kind, name), span);
                true
            }
            Some(_) => {
                self.reader.error(summary, detail, span);
                false
            }
        }
    }

    fn locals(&mut self, file: u32, block: &'a Block, over: bool, locals: &mut Vec<(u32, &'a Attr)>) {
        for nested in &block.body.blocks {
            let span = self.reader.span(file, nested.kind_span);
            self.reader.error(
                &format!("Unexpected {:?} block", nested.kind),
                "Blocks are not allowed here.",
                span,
            );
        }
        for attr in &block.body.attrs {
            let span = self.reader.span(file, attr.name_span);
            let found = locals.iter_mut().find(|_| over).is_some();
            if over && found {
                match locals.iter_mut().find(|(_, a)| a.name == attr.name) {
                    Some(base) => *base = (file, attr),
                    None => self.no_local(attr, span),
                }
                continue;
            }
            if over {
                self.no_local(attr, span);
                continue;
            }
            let detail = format!(
                "A local value named {:?} was already defined. Local value names must be unique within a module.",
                attr.name
            );
            if self.unique("local", attr.name.clone(), span, "Duplicate local value definition", &detail) {
                locals.push((file, attr));
            }
        }
    }

    fn no_local(&mut self, attr: &Attr, span: Span) {
        self.reader.error(
            "Missing base local value definition to override",
            format!("There is no local value named {:?}. An override file can only override a local value that was already defined in a primary configuration file.", attr.name),
            span,
        );
    }

    fn local(&mut self, file: u32, attr: &Attr) {
        let span = self.reader.span(file, attr.span);
        self.module.locals.push(Local { name: attr.name.clone(), at: At { file, expr: attr.expr }, span });
    }

    fn block(&mut self, m: &Merged<'a>) {
        match m.block.kind.as_str() {
            "variable" => self.variable(m),
            "output" => self.output(m),
            "module" => self.call(m),
            "resource" => self.resource(m, Mode::Managed),
            "data" => self.resource(m, Mode::Data),
            "ephemeral" => self.resource(m, Mode::Ephemeral),
            "provider" => self.provider(m),
            "terraform" => self.terraform(m),
            "moved" => self.moved(m),
            "removed" => self.removed(m),
            "import" => self.import(m),
            "check" => self.check(m),
            other => unreachable!("bug: a block of type {other} is in TOP and not handled"),
        }
    }

    /// Refuses arguments and blocks that a block of this kind does not have.
    fn only(&mut self, m: &Merged<'a>, attrs: &[&str], blocks: &[&str]) {
        for (file, block) in m.all() {
            for attr in &block.body.attrs {
                if !attrs.contains(&attr.name.as_str()) {
                    let span = self.reader.span(file, attr.name_span);
                    let hint = attrs
                        .iter()
                        .filter(|a| distance(a, &attr.name) <= 2)
                        .min_by_key(|a| distance(a, &attr.name))
                        .map_or(String::new(), |a| format!(" Did you mean {a:?}?"));
                    self.reader.error(
                        "Unsupported argument",
                        format!("An argument named {:?} is not expected here.{hint}", attr.name),
                        span,
                    );
                }
            }
            for nested in &block.body.blocks {
                if !blocks.contains(&nested.kind.as_str()) {
                    let span = self.reader.span(file, nested.kind_span);
                    self.reader.error(
                        "Unsupported block type",
                        format!("Blocks of type {:?} are not expected here.", nested.kind),
                        span,
                    );
                }
            }
        }
    }

    fn variable(&mut self, m: &Merged<'a>) {
        let label = &m.block.labels[0];
        let span = self.reader.span(m.file, m.block.head_span);
        let label_span = self.reader.span(m.file, label.span);
        self.only(
            m,
            &["description", "default", "type", "sensitive", "ephemeral", "nullable", "deprecated"],
            &["validation"],
        );
        const RESERVED: &[&str] =
            &["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"];
        if RESERVED.contains(&label.text.as_str()) {
            self.reader.error(
                "Invalid variable name",
                format!(
                    "The variable name {:?} is reserved due to its special meaning inside module blocks.",
                    label.text
                ),
                label_span,
            );
            return;
        }
        if !is_identifier(&label.text) {
            self.reader.error(
                "Invalid variable name",
                "A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.",
                label_span,
            );
        }
        let detail = format!(
            "A variable named {:?} was already declared. Variable names must be unique within a module.",
            label.text
        );
        if !self.unique("variable", label.text.clone(), span, "Duplicate variable declaration", &detail) {
            return;
        }
        let flag = |b: &mut Self, name: &str| b.flag(m, name);
        let (sensitive, ephemeral) =
            (flag(self, "sensitive").unwrap_or(false), flag(self, "ephemeral").unwrap_or(false));
        let nullable = flag(self, "nullable").unwrap_or(true);
        let mut ty = TypeConstraint::any();
        let mut typed = false;
        if let Some((file, attr)) = m.attr("type") {
            typed = true;
            self.reader.mark_name(file, attr.expr);
            let source = self.reader.file(file);
            ty = parse_type(source, attr.expr, &mut self.reader.diagnostics);
        }
        let default = m.attr("default").and_then(|(file, attr)| self.default(file, attr, &ty, nullable));
        let validations = m
            .all()
            .iter()
            .rev()
            .find(|(_, b)| b.body.blocks("validation").next().is_some())
            .map(|(file, b)| b.body.blocks("validation").map(|v| self.rule(*file, v)).collect())
            .unwrap_or_default();
        self.module.variables.push(Variable {
            name: label.text.clone(),
            ty,
            typed,
            default,
            nullable,
            sensitive,
            ephemeral,
            validations,
            span,
        });
    }

    fn default(&mut self, file: u32, attr: &Attr, ty: &TypeConstraint, nullable: bool) -> Option<Value> {
        let source = self.reader.file(file);
        let span = source.arena.span(attr.expr).in_file(source.id);
        let value = match constant(source, attr.expr) {
            Ok(value) => value,
            Err(e) => {
                let mut problem = e.diagnostic();
                problem.span = problem.span.or(Some(span));
                self.reader.diagnostics.push(problem);
                self.reader.mark_name(file, attr.expr);
                return None;
            }
        };
        let filled = match &ty.defaults {
            Some(d) => apply_defaults(&value, d),
            None => value,
        };
        match convert(&filled, &ty.ty) {
            Ok(v) if v.is_null() && !nullable => {
                self.reader.error(
                    "Invalid default value for variable",
                    "A null default value is not valid when nullable=false.",
                    span,
                );
                None
            }
            Ok(v) => Some(v),
            Err(e) => {
                self.reader.error(
                    "Invalid default value for variable",
                    format!(
                        "This default value is not compatible with the variable's type constraint: {}.",
                        convert_error_text(&e)
                    ),
                    span,
                );
                None
            }
        }
    }

    /// Returns a constant truth value of an argument.
    fn flag(&mut self, m: &Merged<'a>, name: &str) -> Option<bool> {
        let (file, attr) = m.attr(name)?;
        let source = self.reader.file(file);
        let span = source.arena.span(attr.expr).in_file(source.id);
        match constant(source, attr.expr).map(|v| convert(&v, &Type::Bool)) {
            Ok(Ok(v)) => match v.as_bool() {
                Some(b) => Some(b),
                None => {
                    self.reader.error("Unsuitable value type", "Unsuitable value: value must be known", span);
                    None
                }
            },
            Ok(Err(e)) => {
                self.reader.error(
                    "Unsuitable value type",
                    format!("Unsuitable value: {}", convert_error_text(&e)),
                    span,
                );
                None
            }
            Err(e) => {
                let mut problem = e.diagnostic();
                problem.span = problem.span.or(Some(span));
                self.reader.diagnostics.push(problem);
                None
            }
        }
    }

    fn rule(&mut self, file: u32, block: &Block) -> Rule {
        let at = |name: &str| block.body.attr(name).map(|a| At { file, expr: a.expr });
        let rule = Rule {
            condition: at("condition"),
            message: at("error_message"),
            span: self.reader.span(file, block.head_span),
        };
        for (name, found) in [("condition", rule.condition), ("error_message", rule.message)] {
            if found.is_none() {
                self.reader.error(
                    "Missing required argument",
                    format!("The argument {name:?} is required, but no definition was found."),
                    rule.span,
                );
            }
        }
        rule
    }

    fn rules(&mut self, m: &Merged<'a>, kind: &str) -> Vec<Rule> {
        let mut rules = Vec::new();
        for (file, block) in m.all() {
            let blocks: Vec<&Block> = block.body.blocks(kind).collect();
            for b in blocks {
                rules.push(self.rule(file, b));
            }
        }
        rules
    }

    fn output(&mut self, m: &Merged<'a>) {
        let label = &m.block.labels[0];
        let span = self.reader.span(m.file, m.block.head_span);
        self.only(
            m,
            &["description", "value", "sensitive", "ephemeral", "depends_on", "type"],
            &["precondition"],
        );
        let detail = format!(
            "An output named {:?} was already defined. Output names must be unique within a module.",
            label.text
        );
        if !self.unique("output", label.text.clone(), span, "Duplicate output definition", &detail) {
            return;
        }
        let value = m.attr("value").map(|(file, a)| At { file, expr: a.expr });
        if value.is_none() {
            self.reader.error(
                "Missing required argument",
                "The argument \"value\" is required, but no definition was found.",
                span,
            );
        }
        let (sensitive, ephemeral) =
            (self.flag(m, "sensitive").unwrap_or(false), self.flag(m, "ephemeral").unwrap_or(false));
        let preconditions = self.rules(m, "precondition");
        let depends_on = self.depends_on(m);
        self.module.outputs.push(Output {
            name: label.text.clone(),
            value,
            sensitive,
            ephemeral,
            preconditions,
            depends_on,
            span,
        });
    }

    fn depends_on(&mut self, m: &Merged<'a>) -> Vec<At> {
        let Some((file, attr)) = m.attr("depends_on") else { return Vec::new() };
        match self.reader.file(file).arena.node(attr.expr) {
            Node::Tuple(items) => items.iter().map(|e| At { file, expr: *e }).collect(),
            _ => Vec::new(),
        }
    }

    fn repeat(&mut self, m: &Merged<'a>) -> Repeat {
        let at = |found: Option<(u32, &Attr)>| found.map(|(file, a)| At { file, expr: a.expr });
        match (at(m.attr("count")), at(m.attr("for_each"))) {
            (Some(_), Some(each)) => {
                let file = self.reader.file(each.file);
                let span = file.arena.span(each.expr).in_file(file.id);
                self.reader.error(
                    "Invalid combination of \"count\" and \"for_each\"",
                    "The \"count\" and \"for_each\" meta-arguments are mutually-exclusive, only one should be used to be explicit about the number of resources to be created.",
                    span,
                );
                Repeat::ForEach(each)
            }
            (Some(count), None) => Repeat::Count(count),
            (None, Some(each)) => Repeat::ForEach(each),
            (None, None) => Repeat::Once,
        }
    }

    fn call(&mut self, m: &Merged<'a>) {
        let label = &m.block.labels[0];
        let span = self.reader.span(m.file, m.block.head_span);
        let detail = format!(
            "A module call named {:?} was already defined. Module calls must have unique names within a module.",
            label.text
        );
        if !self.unique("module", label.text.clone(), span, "Duplicate module call", &detail) {
            return;
        }
        let source = match m.attr("source") {
            None => {
                self.reader.error(
                    "Missing required argument",
                    "The argument \"source\" is required, but no definition was found.",
                    span,
                );
                None
            }
            Some((file, attr)) => {
                let found = self.reader.file(file);
                let at = found.arena.span(attr.expr).in_file(found.id);
                match constant(found, attr.expr) {
                    Ok(Value::String(s)) => Some((s, at)),
                    Ok(_) => {
                        self.reader.error(
                            "Unsuitable value type",
                            "Unsuitable value: a string is required",
                            at,
                        );
                        None
                    }
                    Err(e) => {
                        let mut problem = e.diagnostic();
                        problem.span = problem.span.or(Some(at));
                        self.reader.diagnostics.push(problem);
                        self.reader.mark_name(file, attr.expr);
                        None
                    }
                }
            }
        };
        const META: &[&str] = &["source", "version", "count", "for_each", "providers", "depends_on"];
        let repeat = self.repeat(m);
        let mut inputs: Vec<Input> = Vec::new();
        for (file, block) in m.all() {
            for attr in &block.body.attrs {
                if META.contains(&attr.name.as_str()) {
                    continue;
                }
                let input = Input {
                    name: attr.name.clone(),
                    at: At { file, expr: attr.expr },
                    name_span: self.reader.span(file, attr.name_span),
                    varies: varies(self.reader.file(file), attr.expr),
                };
                match inputs.iter_mut().find(|i| i.name == input.name) {
                    Some(base) => *base = input,
                    None => inputs.push(input),
                }
            }
            for nested in &block.body.blocks {
                let at = self.reader.span(file, nested.kind_span);
                self.reader.error(
                    "Unsupported block type",
                    format!("Blocks of type {:?} are not expected here.", nested.kind),
                    at,
                );
            }
        }
        let providers = self.provider_map(m);
        let depends_on = self.depends_on(m);
        self.module.calls.push(Call {
            name: label.text.clone(),
            source,
            repeat,
            inputs,
            providers,
            depends_on,
            span,
        });
    }

    fn provider_map(&mut self, m: &Merged<'a>) -> Vec<(ProviderName, ProviderName)> {
        let Some((file, attr)) = m.attr("providers") else { return Vec::new() };
        self.reader.mark_name(file, attr.expr);
        let source = self.reader.file(file);
        let Node::Object(items) = source.arena.node(attr.expr) else { return Vec::new() };
        let mut map = Vec::new();
        for item in items {
            let key = match &item.key {
                KeyExpr::Name(name) => split_provider(name),
                KeyExpr::Expr(e) => provider_name(source, *e),
                // `aws.peer = …` is a key that only this argument may have.
                KeyExpr::Ambiguous => {
                    let text = self.texts.get(&source.id).and_then(|t| t.text.get(item.key_span.range()));
                    text.and_then(split_provider)
                }
            };
            if let (Some(key), Some(value)) = (key, provider_name(source, item.value)) {
                map.push((key, value));
            }
        }
        map
    }

    fn resource(&mut self, m: &Merged<'a>, mode: Mode) {
        let [ty, name] = [&m.block.labels[0], &m.block.labels[1]];
        let span = self.reader.span(m.file, m.block.head_span);
        let kind = match mode {
            Mode::Managed => "resource",
            Mode::Data => "data",
            Mode::Ephemeral => "ephemeral",
        };
        for label in [ty, name] {
            if !is_identifier(&label.text) {
                let at = self.reader.span(m.file, label.span);
                let which = if std::ptr::eq(label, ty) { "type" } else { "name" };
                self.reader.error(
                    &format!("Invalid resource {which} name").replace("name name", "name"),
                    "A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.",
                    at,
                );
            }
        }
        let what = if mode == Mode::Data { "data" } else { "resource" };
        let summary = format!("Duplicate {what} {:?} configuration", ty.text);
        let detail = format!(
            "A {} {what} named {:?} was already declared. Resource names must be unique per type in each module.",
            ty.text, name.text
        );
        let key = EcoString::from(format!("{}.{}", ty.text, name.text));
        if !self.unique(kind, key, span, &summary, &detail) {
            return;
        }
        const META: &[&str] =
            &["count", "for_each", "provider", "depends_on", "lifecycle", "connection", "provisioner", "_"];
        let repeat = self.repeat(m);
        let given = m.attr("provider");
        let provider = given
            .and_then(|(file, attr)| {
                self.reader.mark_name(file, attr.expr);
                provider_name(self.reader.file(file), attr.expr)
            })
            .unwrap_or_else(|| ProviderName { name: implied_provider(&ty.text), alias: None });
        let lifecycle = self.lifecycle(m);
        self.mark_provisioners(m);
        let items = self.merged_items(m, META);
        let depends_on = self.depends_on(m);
        self.module.resources.push(Resource {
            name: Arc::new(BlockName { mode, ty: ty.text.clone(), name: name.text.clone() }),
            repeat,
            provider,
            provider_given: given.is_some(),
            items,
            lifecycle,
            depends_on,
            span,
        });
    }

    /// Provisioners run at apply; what they mention must still be declared, and `self` is allowed there.
    fn mark_provisioners(&mut self, m: &Merged<'a>) {
        for (file, block) in m.all() {
            for attr in block.body.blocks("provisioner").flat_map(|b| &b.body.attrs) {
                if matches!(attr.name.as_str(), "when" | "on_failure") {
                    self.reader.mark_name(file, attr.expr);
                }
            }
        }
    }

    /// Reads the items of a block; those of override files replace those of the same name.
    fn merged_items(&mut self, m: &Merged<'a>, except: &[&str]) -> Vec<super::BodyItem> {
        let mut items = self.reader.items(&[(m.file, &m.block.body)], except);
        for (file, block) in &m.over {
            for item in self.reader.items(&[(*file, &block.body)], except) {
                match items.iter_mut().find(|i| i.name == item.name) {
                    Some(base) => *base = item,
                    None => items.push(item),
                }
            }
        }
        items
    }

    fn lifecycle(&mut self, m: &Merged<'a>) -> Lifecycle {
        let mut lifecycle = Lifecycle::default();
        for (file, block) in m.all() {
            let source = self.reader.file(file);
            let blocks: Vec<&Block> = block.body.blocks("lifecycle").collect();
            for found in blocks {
                if let Some(attr) = found.body.attr("ignore_changes") {
                    self.reader.mark_name(file, attr.expr);
                    self.ignore_changes(source, attr.expr, &mut lifecycle);
                }
                if let Some(attr) = found.body.attr("create_before_destroy") {
                    lifecycle.create_before_destroy =
                        matches!(constant(source, attr.expr), Ok(Value::Bool(true)));
                }
                for rule in found.body.blocks("precondition").collect::<Vec<_>>() {
                    lifecycle.preconditions.push(self.rule(file, rule));
                }
                for rule in found.body.blocks("postcondition").collect::<Vec<_>>() {
                    lifecycle.postconditions.push(self.rule(file, rule));
                }
            }
        }
        lifecycle
    }

    fn ignore_changes(&mut self, file: &File, expr: ExprId, lifecycle: &mut Lifecycle) {
        let name_of = |r: &Reference| {
            let key = r.steps.first().and_then(|s: &Step| resolve::attr_name(&file.arena, &s.kind));
            (r.root.clone(), key)
        };
        match file.arena.node(expr) {
            Node::Ref(r) if file.arena.reference(*r).root == "all" => lifecycle.ignore_all = true,
            Node::Tuple(items) => {
                for item in items.iter() {
                    match file.arena.node(*item) {
                        Node::Ref(r) => lifecycle.ignore_changes.push(name_of(file.arena.reference(*r))),
                        // The form of Terraform 0.11.
                        Node::Literal(Value::String(s)) => {
                            lifecycle.ignore_changes.push((s.clone(), None));
                        }
                        _ => {
                            let span = file.arena.span(*item).in_file(file.id);
                            self.reader.error(
                                "Invalid expression",
                                "A single static variable reference is required: only attribute access and indexing with constant keys. No calculations, function calls, template expressions, etc are allowed here.",
                                span,
                            );
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn provider(&mut self, m: &Merged<'a>) {
        let label = &m.block.labels[0];
        let span = self.reader.span(m.file, m.block.head_span);
        let alias =
            m.attr("alias").and_then(|(file, attr)| match constant(self.reader.file(file), attr.expr) {
                Ok(Value::String(s)) => Some(s),
                _ => None,
            });
        let items = self.merged_items(m, &["alias", "version"]);
        self.module.providers.push(ProviderBlock {
            name: ProviderName { name: label.text.clone(), alias },
            items,
            span,
        });
    }

    fn terraform(&mut self, m: &Merged<'a>) {
        let body = &m.block.body;
        self.module.has_backend |= body.blocks.iter().any(|b| b.kind == "backend" || b.kind == "cloud");
        for attr in body.attrs.iter().chain(body.blocks.iter().flat_map(|b| all_attrs(&b.body))) {
            self.reader.mark_name(m.file, attr.expr);
        }
        for block in body.blocks("required_providers") {
            for attr in &block.body.attrs {
                let source = self.reader.file(m.file);
                // `configuration_aliases` holds names, so the whole is not constant; the source alone is.
                let found = match source.arena.node(attr.expr) {
                    Node::Object(items) => items
                        .iter()
                        .find(|i| matches!(&i.key, KeyExpr::Name(n) if n == "source"))
                        .and_then(|i| constant(source, i.value).ok()),
                    _ => None,
                };
                let text = found
                    .and_then(|v| v.as_str().cloned())
                    .unwrap_or_else(|| EcoString::from(format!("hashicorp/{}", attr.name)));
                self.module.required_providers.push((attr.name.clone(), text));
            }
        }
    }

    fn end(&mut self, m: &Merged<'a>, name: &str) -> Option<(EcoString, Span)> {
        let (file, attr) = m.attr(name)?;
        self.reader.mark_name(file, attr.expr);
        let found = self.reader.file(file);
        let span = found.arena.span(attr.expr).in_file(found.id);
        let text = traversal_text(found, attr.expr)?;
        Some((text.into(), span))
    }

    fn moved(&mut self, m: &Merged<'a>) {
        self.only(m, &["from", "to"], &[]);
        let moved = Moved {
            from: self.end(m, "from"),
            to: self.end(m, "to"),
            span: self.reader.span(m.file, m.block.head_span),
        };
        self.module.moved.push(moved);
    }

    fn removed(&mut self, m: &Merged<'a>) {
        let from = self.end(m, "from");
        let destroy =
            m.block.body.blocks("lifecycle").next().and_then(|b| b.body.attr("destroy")).is_none_or(|a| {
                !matches!(constant(self.reader.file(m.file), a.expr), Ok(Value::Bool(false)))
            });
        let span = self.reader.span(m.file, m.block.head_span);
        self.module.removed.push(Removed { from, destroy, span });
    }

    fn import(&mut self, m: &Merged<'a>) {
        let to = self.end(m, "to");
        if let Some((file, attr)) = m.attr("provider") {
            self.reader.mark_name(file, attr.expr);
        }
        let at = |name: &str| m.attr(name).map(|(file, a)| At { file, expr: a.expr });
        let span = self.reader.span(m.file, m.block.head_span);
        self.module.imports.push(Import { to, id: at("id"), for_each: at("for_each"), span });
    }

    fn check(&mut self, m: &Merged<'a>) {
        let asserts = self.rules(m, "assert");
        for data in m.block.body.blocks("data") {
            if data.labels.len() == 2 {
                self.resource(&Merged { file: m.file, block: data, over: Vec::new() }, Mode::Data);
            }
        }
        let span = self.reader.span(m.file, m.block.head_span);
        self.module.checks.push(Check { name: m.block.labels[0].text.clone(), asserts, span });
    }
}

impl<'a> Merged<'a> {
    /// The block and those over it, in order.
    fn all(&self) -> Vec<(u32, &'a Block)> {
        let mut all = vec![(self.file, self.block)];
        all.extend(self.over.iter().copied());
        all
    }

    /// Returns the argument of that name; the last override wins.
    fn attr(&self, name: &str) -> Option<(u32, &'a Attr)> {
        self.all().iter().rev().find_map(|(file, b)| b.body.attr(name).map(|a| (*file, a)))
    }
}

fn override_key<'b>(file: u32, block: &'b Block, mut labels: Vec<&'b str>) -> Vec<&'b str> {
    let _ = file;
    if block.kind == "provider" {
        // Provider blocks are told apart by their alias, which is almost always a plain literal.
        labels.push(if block.body.attr("alias").is_some() { "alias" } else { "" });
    }
    labels
}

fn all_attrs(body: &Body) -> Vec<&Attr> {
    let mut attrs: Vec<&Attr> = body.attrs.iter().collect();
    for block in &body.blocks {
        attrs.extend(all_attrs(&block.body));
    }
    attrs
}

/// Returns the provider that a resource type belongs to: `aws` of `aws_vpc`.
fn implied_provider(ty: &str) -> EcoString {
    ty.split('_').next().unwrap_or(ty).into()
}

fn split_provider(text: &str) -> Option<ProviderName> {
    let (name, alias) = match text.split_once('.') {
        Some((name, alias)) => (name, Some(EcoString::from(alias))),
        None => (text, None),
    };
    Some(ProviderName { name: name.trim().into(), alias })
}

fn provider_name(file: &File, expr: ExprId) -> Option<ProviderName> {
    match file.arena.node(expr) {
        Node::Ref(r) => {
            let r = file.arena.reference(*r);
            let alias = r.steps.first().and_then(|s| resolve::attr_name(&file.arena, &s.kind));
            Some(ProviderName { name: r.root.clone(), alias })
        }
        // The form of Terraform 0.11: `provider = "aws.east"`.
        Node::Literal(Value::String(s)) => split_provider(s),
        Node::Paren(inner) => provider_name(file, *inner),
        _ => None,
    }
}

/// Prints a static reference as an address.
fn traversal_text(file: &File, expr: ExprId) -> Option<String> {
    let Node::Ref(r) = file.arena.node(expr) else {
        return match file.arena.node(expr) {
            Node::Literal(Value::String(s)) => Some(s.to_string()),
            _ => None,
        };
    };
    let r = file.arena.reference(*r);
    let mut text = r.root.to_string();
    for step in &r.steps {
        match &step.kind {
            StepKind::Attr(n) => text.push_str(&format!(".{n}")),
            StepKind::LegacyIndex(i) => text.push_str(&format!("[{i}]")),
            StepKind::Index(e) => match file.arena.node(*e) {
                Node::Literal(Value::String(s)) => text.push_str(&format!("[{s:?}]")),
                Node::Literal(Value::Number(n)) => text.push_str(&format!("[{n}]")),
                _ => text.push_str("[each.key]"),
            },
            StepKind::AttrSplat | StepKind::FullSplat => text.push_str("[*]"),
        }
    }
    Some(text)
}

fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// Edit distance, for did-you-mean.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut previous = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let cost = usize::from(ca != *cb);
            let best = (previous + cost).min(row[j] + 1).min(row[j + 1] + 1);
            previous = row[j + 1];
            row[j + 1] = best;
        }
    }
    row[b.len()]
}
