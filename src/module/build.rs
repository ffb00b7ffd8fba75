//! Files to a module: blocks by kind, overrides merged in, names made sure to be unique.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use ecow::EcoString;

use super::block::{Reader, varies};
use super::resolve::{self, Names, Target};
use super::variable::BAD_NAME;
use super::{At, BodyItem, Call, Content, Input, Local, Module, Output, ProviderName, edges, newer, slots};
use crate::address::Mode;
use crate::eval::constant;
use crate::finding::{Diagnostic, Severity};
use crate::source::{FileId, SourceFile, Span};
use crate::syntax::{Attr, Block, Body, ExprId, File, Node, Reference, StepKind, is_identifier};
use crate::value::{Type, Value};
use crate::words::suggestion;

/// A block with what override files put over it.
pub(super) struct Merged<'a> {
    pub file: u32,
    pub block: &'a Block,
    pub over: Vec<(u32, &'a Block)>,
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
    let mut builder = Builder {
        reader: Reader::new(&files),
        module: Module::default(),
        seen: HashMap::new(),
        texts,
        requires: false,
    };
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
    module.outputs_by_name =
        module.outputs.iter().enumerate().map(|(i, o)| (o.name.clone(), i as u32)).collect();
    slots::number(&mut module);
    module.steps = edges::number(&module);
    module.names = undeclared(&module);
    module
}

/// Lists what is wrong with the names in all expressions that count, each once, in their order.
///
/// Terraform looks at the content of a `dynamic` block once there is a block to make of it, so there it is a warning.
fn undeclared(module: &Module) -> Vec<Diagnostic> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    let mut maybe = HashSet::new();
    let bodies = module.resources.iter().map(|r| &r.items).chain(module.providers.iter().map(|p| &p.items));
    bodies.for_each(|items| in_dynamic(module, items, false, &mut maybe));
    module.expressions(&mut |at| {
        let file = &module.files[at.file as usize];
        slots::each_ref(&file.arena, at.expr, &mut |r| {
            if let Target::Invalid(problem) = &module.resolved(at.file, r).target
                && seen.insert((at.file, r))
            {
                let mut problem = (**problem).clone();
                if maybe.contains(&at) {
                    // Nobody can mend there what does no harm.
                    if module.dir.iter().any(|part| part == ".terraform") {
                        return;
                    }
                    problem.severity = Severity::Warning;
                    problem.detail += " Terraform refuses it as soon as this `dynamic` block has an element";
                }
                found.push(problem);
            }
        });
    });
    found.sort_by_key(|d| d.span);
    found
}

/// Collects the arguments of those `dynamic` blocks that may have no element.
fn in_dynamic(module: &Module, items: &[BodyItem], maybe: bool, found: &mut HashSet<At>) {
    for item in items {
        match &item.content {
            Content::Attr(at) if maybe => {
                found.insert(*at);
            }
            Content::Attr(_) => {}
            Content::Blocks(blocks) => blocks.iter().for_each(|block| {
                let open = block.dynamic.is_some_and(|(at, _)| {
                    let each = constant(module.files[at.file as usize].code(), at.expr);
                    !each.is_ok_and(|v| v.len().is_some_and(|n| n > 0))
                });
                in_dynamic(module, &block.items, maybe || open, found);
            }),
        }
    }
}

pub(super) struct Builder<'a> {
    pub reader: Reader<'a>,
    pub module: Module,
    /// Where something of that kind and name was declared first.
    seen: HashMap<(&'static str, EcoString), Span>,
    pub texts: &'a HashMap<FileId, Arc<SourceFile>>,
    /// True if a `required_providers` block was seen.
    pub requires: bool,
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
    ("required_providers", &[]),
    ("moved", &[]),
    ("removed", &[]),
    ("import", &[]),
    ("check", &["name"]),
    ("action", &["type", "name"]),
];

impl<'a> Builder<'a> {
    fn read(&mut self, first_override: usize) {
        let files = self.reader.files;
        let mut merged: Vec<Merged<'a>> = Vec::new();
        let mut index: HashMap<(&str, Vec<EcoString>), usize> = HashMap::new();
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
                if block.kind == "required_providers" {
                    let span = self.reader.span(file_index, block.kind_span);
                    self.reader.error(
                        "Invalid required_providers block",
                        "A \"required_providers\" block must be nested inside a \"terraform\" block.",
                        span,
                    );
                    continue;
                }
                let labels: Vec<&str> = block.labels.iter().map(|l| l.text.as_str()).collect();
                let key = (block.kind.as_str(), override_key(block, file, labels));
                if i >= first_override && matches!(block.kind.as_str(), "moved" | "import" | "check") {
                    let span = self.reader.span(file_index, block.head_span);
                    self.reader.error(
                        &format!("Cannot override '{}' blocks", block.kind),
                        "Such blocks can appear only in normal files, not in override files.",
                        span,
                    );
                    continue;
                }
                if i >= first_override && !matches!(block.kind.as_str(), "terraform" | "removed") {
                    match index.get(&key) {
                        Some(at) => merged[*at].over.push((file_index, block)),
                        None if block.kind == "provider" && block.body.attr("alias").is_none() => {
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
            let hint = suggestion(&block.kind, TOP.iter().map(|(k, _)| *k));
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
    pub(super) fn unique(
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
            self.no_blocks(&nested.kind, span);
        }
        for attr in &block.body.attrs {
            let span = self.reader.span(file, attr.name_span);
            if !is_identifier(&attr.name) {
                self.reader.error("Invalid local value name", BAD_NAME, span);
            }
            if over {
                match locals.iter_mut().find(|(_, a)| a.name == attr.name) {
                    Some(base) => *base = (file, attr),
                    None => self.no_local(attr, span),
                }
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
            "resource" => drop(self.resource(m, Mode::Managed)),
            "data" => drop(self.resource(m, Mode::Data)),
            "ephemeral" => drop(self.resource(m, Mode::Ephemeral)),
            "provider" => self.provider(m),
            "terraform" => self.terraform(m),
            "moved" => self.moved(m),
            "removed" => self.removed(m),
            "import" => self.import(m),
            "check" => self.check(m),
            "action" => self.action(m),
            other => unreachable!("bug: a block of type {other} is in TOP and not handled"),
        }
    }

    /// Refuses arguments and blocks that a block of this kind does not have.
    pub(super) fn only(&mut self, m: &Merged<'a>, attrs: &[&str], blocks: &[&str]) {
        for (file, block) in m.all() {
            self.fits(file, &block.body, attrs, blocks);
            for attr in block
                .body
                .attrs
                .iter()
                .filter(|a| newer::ARGUMENTS.contains(&(block.kind.as_str(), a.name.as_str())))
            {
                let span = self.reader.span(file, attr.name_span);
                self.newer_argument(&attr.name, span);
            }
        }
    }

    /// Refuses arguments and nested blocks that a body does not have.
    pub(super) fn fits(&mut self, file: u32, body: &Body, attrs: &[&str], blocks: &[&str]) {
        for attr in &body.attrs {
            if !attrs.contains(&attr.name.as_str()) {
                let span = self.reader.span(file, attr.name_span);
                let hint = suggestion(&attr.name, attrs.iter().copied());
                self.reader.error(
                    "Unsupported argument",
                    format!("An argument named {:?} is not expected here.{hint}", attr.name),
                    span,
                );
            }
        }
        for nested in &body.blocks {
            if blocks.contains(&nested.kind.as_str()) {
                self.labels_fit(file, nested);
            } else {
                let span = self.reader.span(file, nested.kind_span);
                let hint = suggestion(&nested.kind, blocks.iter().copied());
                self.reader.error(
                    "Unsupported block type",
                    format!("Blocks of type {:?} are not expected here.{hint}", nested.kind),
                    span,
                );
            }
        }
    }

    /// Refuses labels that a nested block does not have, and misses those that it must have.
    pub(super) fn labels_fit(&mut self, file: u32, block: &Block) {
        let wanted: &[&str] = match block.kind.as_str() {
            "provisioner" | "backend" => &["type"],
            "provider_meta" => &["provider"],
            "data" => &["type", "name"],
            _ => &[],
        };
        if let Some(label) = block.labels.get(wanted.len()) {
            let span = self.reader.span(file, label.span);
            let detail = format!("A {} block has {} labels.", block.kind, wanted.len());
            self.reader.error(&format!("Extraneous label for {}", block.kind), detail, span);
        } else if let Some(missing) = wanted.get(block.labels.len()) {
            let span = self.reader.span(file, block.head_span);
            let detail = format!("All {} blocks must have {} labels.", block.kind, wanted.len());
            self.reader.error(&format!("Missing {missing} for {}", block.kind), detail, span);
        }
    }

    pub(super) fn missing_argument(&mut self, name: &str, span: Span) {
        self.reader.error(
            "Missing required argument",
            format!("The argument {name:?} is required, but no definition was found."),
            span,
        );
    }

    /// Returns where the value of an argument stands.
    pub(super) fn at(&self, file: u32, attr: &Attr) -> Span {
        let source = self.reader.file(file);
        source.arena.span(attr.expr).in_file(source.id)
    }

    fn output(&mut self, m: &Merged<'a>) {
        let label = &m.block.labels[0];
        let span = self.reader.span(m.file, m.block.head_span);
        self.only(
            m,
            &["description", "value", "sensitive", "ephemeral", "depends_on", "type", "deprecated"],
            &["precondition", "postcondition"],
        );
        if !is_identifier(&label.text) {
            let at = self.reader.span(m.file, label.span);
            self.reader.error("Invalid output name", BAD_NAME, at);
        }
        for block in m.block.body.blocks("postcondition") {
            let at = self.reader.span(m.file, block.kind_span);
            self.reader.error(
                "Postconditions are not allowed",
                "Output values can only have preconditions, not postconditions.",
                at,
            );
        }
        let detail = format!(
            "An output named {:?} was already defined. Output names must be unique within a module.",
            label.text
        );
        if !self.unique("output", label.text.clone(), span, "Duplicate output definition", &detail) {
            return;
        }
        if m.block.body.attr("value").is_none() {
            self.missing_argument("value", span);
        }
        let mut output = Output {
            name: label.text.clone(),
            value: m.attr("value").map(|(file, a)| At { file, expr: a.expr }),
            sensitive: false,
            ephemeral: false,
            preconditions: self.rules(m, "precondition"),
            depends_on: self.depends_on(m),
            span,
        };
        for (file, block) in m.all() {
            if let Some(attr) = block.body.attr("description") {
                self.literal(file, attr, &Type::String);
            }
            for (name, flag) in [("sensitive", &mut output.sensitive), ("ephemeral", &mut output.ephemeral)] {
                if let Some(attr) = block.body.attr(name)
                    && let Some(value) = self.literal(file, attr, &Type::Bool).and_then(|v| v.as_bool())
                {
                    *flag = value;
                }
            }
        }
        self.module.outputs.push(output);
    }

    fn call(&mut self, m: &Merged<'a>) {
        let label = &m.block.labels[0];
        let span = self.reader.span(m.file, m.block.head_span);
        if !is_identifier(&label.text) {
            let at = self.reader.span(m.file, label.span);
            self.reader.error("Invalid module instance name", BAD_NAME, at);
        }
        let detail = format!(
            "A module call named {:?} was already defined. Module calls must have unique names within a module.",
            label.text
        );
        if !self.unique("module", label.text.clone(), span, "Duplicate module call", &detail) {
            return;
        }
        if m.block.body.attr("source").is_none() {
            self.missing_argument("source", span);
        }
        let early = m.attr("source").and_then(|(file, attr)| self.early(file, attr, "source"));
        let source =
            m.attr("source").filter(|_| early.is_none()).and_then(|(file, attr)| self.source(file, attr, m));
        let repeat = self.repeat(m);
        let mut inputs: Vec<Input> = Vec::new();
        let mut blocks = Vec::new();
        for (file, block) in m.all() {
            self.reserved(file, block, &["locals", "provider"], "module");
            for lifecycle in block.body.blocks("lifecycle") {
                if self.takes_enabled(file, &lifecycle.body) {
                    self.labels_fit(file, lifecycle);
                    self.fits(file, &lifecycle.body, &["enabled"], &[]);
                } else {
                    self.reserved_block(file, lifecycle, "module");
                }
            }
            let escaped = block.body.blocks("_").flat_map(|b| &b.body.attrs);
            let plain = block.body.attrs.iter().filter(|a| !CALL_META.contains(&a.name.as_str()));
            for attr in plain.chain(escaped) {
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
                if !matches!(nested.kind.as_str(), "_" | "lifecycle" | "locals" | "provider") {
                    blocks.push((nested.kind.clone(), self.reader.span(file, nested.kind_span)));
                }
            }
        }
        let (providers, provider_spans) = self.passed_providers(m);
        let depends_on = self.depends_on(m);
        self.module.calls.push(Call {
            name: label.text.clone(),
            source,
            early,
            repeat,
            inputs,
            blocks,
            providers,
            provider_spans,
            depends_on,
            span,
        });
    }

    fn source(&mut self, file: u32, attr: &Attr, m: &Merged<'a>) -> Option<(EcoString, Span)> {
        let at = self.at(file, attr);
        let text = self.literal(file, attr, &Type::String)?.as_str()?.clone();
        let version = m.attr("version").map(|(file, attr)| match self.early(file, attr, "version") {
            Some(_) => None,
            None => self.version(file, attr),
        });
        let (summary, detail) = if version.is_some() && !is_registry(&text) {
            (
                "Invalid registry module source address",
                format!(
                    "{text:?} is no address in a registry of modules, which it has to be because the argument \"version\" applies only to these"
                ),
            )
        } else if let Some(problem) = unclear(&text) {
            problem
        } else {
            return Some((text, at));
        };
        self.reader.error(summary, detail, at);
        None
    }
}

/// Arguments of a module call that are no inputs.
const CALL_META: &[&str] = &["source", "version", "count", "for_each", "providers", "depends_on"];

/// True for `namespace/name/provider`, with or without a host, and with or without a folder inside.
fn is_registry(source: &str) -> bool {
    let package = match source.split_once("//") {
        Some((package, _)) => package,
        None => source,
    };
    let parts: Vec<&str> = package.split('/').collect();
    let word = |part: &&str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            && part.starts_with(|c: char| c.is_ascii_alphanumeric())
    };
    match parts.as_slice() {
        [_, _, _] => parts.iter().all(word),
        [host, rest @ ..] if rest.len() == 3 => host.contains('.') && rest.iter().all(word),
        _ => false,
    }
}

/// Says what is wrong with the address of a module.
pub(super) fn unclear(source: &str) -> Option<(&'static str, String)> {
    let detail = || {
        format!(
            "Terraform cannot tell how to install {source:?}; a path relative to the module starts with \"./\""
        )
    };
    maybe_relative(source).then(|| ("Invalid module source address", detail()))
}

/// True for a bare path, which is neither local nor remote to Terraform.
fn maybe_relative(source: &str) -> bool {
    let known = super::tree::is_local(source)
        || is_registry(source)
        || source.starts_with('/')
        || source.contains("::")
        || source.contains("://")
        || source.contains('@')
        || ["github.com/", "gitlab.com/", "bitbucket.org/"].iter().any(|host| source.starts_with(host))
        || source.contains(".amazonaws.com/")
        || source.contains("googleapis.com/");
    !known
}

impl<'a> Merged<'a> {
    /// The block and those over it, in order.
    pub fn all(&self) -> Vec<(u32, &'a Block)> {
        let mut all = vec![(self.file, self.block)];
        all.extend(self.over.iter().copied());
        all
    }

    /// Returns the argument of that name; the last override wins.
    pub fn attr(&self, name: &str) -> Option<(u32, &'a Attr)> {
        self.all().iter().rev().find_map(|(file, b)| b.body.attr(name).map(|a| (*file, a)))
    }
}

fn override_key<'b>(block: &'b Block, file: &File, mut labels: Vec<&'b str>) -> Vec<EcoString> {
    let mut alias = None;
    if block.kind == "provider" {
        // Provider blocks are told apart by their alias.
        alias = block.body.attr("alias").and_then(|a| constant(file.code(), a.expr).ok()?.as_str().cloned());
        labels.truncate(1);
    }
    labels.into_iter().map(EcoString::from).chain(alias).collect()
}

/// Returns the provider that a resource type belongs to: `aws` of `aws_vpc`.
pub(super) fn implied_provider(ty: &str) -> EcoString {
    ty.split('_').next().unwrap_or(ty).to_lowercase().into()
}

pub(super) fn split_provider(text: &str) -> Option<ProviderName> {
    let (name, alias) = match text.split_once('.') {
        Some((name, alias)) => (name, Some(EcoString::from(alias))),
        None => (text, None),
    };
    Some(ProviderName { name: name.trim().into(), alias })
}

pub(super) fn provider_name(file: &File, expr: ExprId) -> Option<ProviderName> {
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

/// Returns a reference that can be read without evaluating anything.
pub(super) fn static_reference(file: &File, expr: ExprId) -> Option<&Reference> {
    let Node::Ref(r) = file.arena.node(expr) else { return None };
    let reference = file.arena.reference(*r);
    steps_are_static(file, reference).then_some(reference)
}

/// True if the steps are names and constant keys.
pub(super) fn steps_are_static(file: &File, reference: &Reference) -> bool {
    reference.steps.iter().all(|s| match &s.kind {
        StepKind::Attr(_) | StepKind::LegacyIndex(_) => true,
        StepKind::Index(e) => {
            matches!(file.arena.node(*e), Node::Literal(Value::String(_) | Value::Number(_)))
        }
        StepKind::AttrSplat | StepKind::FullSplat => false,
    })
}
