//! `resource`, `data`, `ephemeral` and `check` blocks.

use std::collections::HashSet;
use std::sync::Arc;

use ecow::EcoString;

use super::build::{Builder, Merged, implied_provider, static_reference, steps_are_static};
use super::variable::BAD_NAME;
use super::{Argument, At, BodyItem, Check, Lifecycle, ProviderName, Provisioner, Resource, resolve, slots};
use crate::address::{BlockName, Mode};
use crate::source::Span;
use crate::syntax::{Attr, Block, Body, ExprId, Node, StepKind, is_identifier};
use crate::value::{Type, Value};

/// Arguments and blocks that mean the same in every resource.
const META: &[&str] =
    &["count", "for_each", "provider", "depends_on", "lifecycle", "connection", "provisioner", "_", "locals"];

/// Arguments and blocks that mean the same in every data source.
const DATA_META: &[&str] = &["count", "for_each", "provider", "depends_on", "lifecycle", "_", "locals"];

const LIFECYCLE: &[&str] =
    &["create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"];

impl<'a> Builder<'a> {
    pub(super) fn resource(&mut self, m: &Merged<'a>, mode: Mode) -> Option<usize> {
        let [ty, name] = [&m.block.labels[0], &m.block.labels[1]];
        let span = self.reader.span(m.file, m.block.head_span);
        let (kind, bad_type, bad_name) = match mode {
            Mode::Managed => ("resource", "Invalid resource type name", "Invalid resource name"),
            Mode::Data => ("data", "Invalid data source name", "Invalid data resource name"),
            Mode::Ephemeral => {
                ("ephemeral", "Invalid ephemeral resource type", "Invalid ephemeral resource name")
            }
        };
        for (label, summary) in [(ty, bad_type), (name, bad_name)] {
            if !is_identifier(&label.text) {
                let at = self.reader.span(m.file, label.span);
                self.reader.error(summary, BAD_NAME, at);
            }
        }
        let summary = format!("Duplicate {kind} {:?} configuration", ty.text);
        let detail = format!(
            "A {} {} named {:?} was already declared. Resource names must be unique per type in each module.",
            ty.text,
            if mode == Mode::Managed { "resource" } else { kind },
            name.text
        );
        let key = EcoString::from(format!("{}.{}", ty.text, name.text));
        if !self.unique(kind, key, span, &summary, &detail) {
            return None;
        }
        let block_name = Arc::new(BlockName { mode, ty: ty.text.clone(), name: name.text.clone() });
        let repeat = self.repeat(m);
        let mut provider = None;
        for (file, block) in m.all() {
            if let Some(attr) = block.body.attr("provider") {
                provider = self.provider_reference(file, attr.expr, "provider").or(provider);
            }
        }
        let provider_given = provider.is_some();
        let provider =
            provider.unwrap_or_else(|| ProviderName { name: implied_provider(&ty.text), alias: None });
        let lifecycle = self.lifecycle(m, &block_name);
        let meta = if mode == Mode::Managed { META } else { DATA_META };
        let (mut provisioners, mut connection) = (Vec::new(), Vec::new());
        if mode == Mode::Managed {
            provisioners = self.provisioners(m);
            let last = m.all().into_iter().rev().find(|(_, b)| b.body.blocks("connection").next().is_some());
            if let Some((file, block)) = last {
                connection =
                    self.arguments(file, block.body.blocks("connection").flat_map(|b| &b.body.attrs));
            }
        }
        self.reserved_blocks(m, kind);
        let items = self.merged_items(m, meta);
        let depends_on = self.depends_on(m);
        self.module.resources.push(Resource {
            name: block_name,
            repeat,
            provider,
            provider_given,
            items,
            lifecycle,
            provisioners,
            connection,
            depends_on,
            span,
            type_span: self.reader.span(m.file, ty.span),
            check: None,
        });
        Some(self.module.resources.len() - 1)
    }

    fn reserved_blocks(&mut self, m: &Merged<'a>, kind: &str) {
        for (file, block) in m.all() {
            for nested in &block.body.blocks {
                let meta = matches!(nested.kind.as_str(), "lifecycle" | "_" | "locals")
                    || (kind == "resource" && matches!(nested.kind.as_str(), "connection" | "provisioner"));
                if meta {
                    self.labels_fit(file, nested);
                }
            }
            for found in block.body.blocks("locals") {
                let span = self.reader.span(file, found.kind_span);
                self.reader.error(
                    &format!("Reserved block type name in {kind} block"),
                    "The block type name \"locals\" is reserved for use by Terraform in a future version.",
                    span,
                );
            }
            if kind == "resource" {
                self.at_most_one(file, &block.body, "connection", "resource");
            }
            self.at_most_one(file, &block.body, "lifecycle", "resource");
            self.at_most_one(file, &block.body, "_", "resource");
        }
    }

    fn at_most_one(&mut self, file: u32, body: &Body, kind: &str, owner: &str) {
        for second in body.blocks.iter().filter(|b| b.kind == kind).skip(1) {
            let span = self.reader.span(file, second.head_span);
            self.reader.error(
                &format!("Duplicate {} block", if kind == "_" { "escaping" } else { kind }),
                format!("This {owner} already has a {kind} block."),
                span,
            );
        }
    }

    pub(super) fn depends_on(&mut self, m: &Merged<'a>) -> Vec<At> {
        for (file, block) in &m.over {
            if let Some(attr) = block.body.attr("depends_on") {
                let span = self.at(*file, attr);
                self.reader.error(
                    "Unsupported override",
                    "The depends_on argument may not be overridden.",
                    span,
                );
            }
        }
        let Some(attr) = m.block.body.attr("depends_on") else { return Vec::new() };
        let items = self.static_list(m.file, attr.expr);
        items
            .into_iter()
            .filter(|e| self.must_be_static(m.file, *e))
            .map(|expr| At { file: m.file, expr })
            .collect()
    }

    /// Returns the elements of a list that must be written as one.
    pub(super) fn static_list(&mut self, file: u32, expr: ExprId) -> Vec<ExprId> {
        let source = self.reader.file(file);
        match source.arena.node(expr) {
            Node::Tuple(items) => items.to_vec(),
            _ => {
                let span = source.arena.span(expr).in_file(source.id);
                self.reader.error("Invalid expression", "A static list expression is required.", span);
                Vec::new()
            }
        }
    }

    /// True if the expression is a bare reference; else that is reported.
    fn must_be_static(&mut self, file: u32, expr: ExprId) -> bool {
        let source = self.reader.file(file);
        let fine = match source.arena.node(expr) {
            // The form of Terraform 0.11: `depends_on = ["aws_vpc.main"]`.
            Node::Literal(Value::String(_)) => return false,
            _ => static_reference(source, expr).is_some(),
        };
        if !fine {
            let span = source.arena.span(expr).in_file(source.id);
            self.reader.error(
                "Invalid expression",
                "A single static variable reference is required: only attribute access and indexing with constant keys. No calculations, function calls, template expressions, etc are allowed here.",
                span,
            );
        }
        fine
    }

    /// Reads provisioners; those of an override file replace the ones before.
    fn provisioners(&mut self, m: &Merged<'a>) -> Vec<Provisioner> {
        let mut found = Vec::new();
        for (file, block) in m.all() {
            let read: Vec<Provisioner> =
                block.body.blocks("provisioner").map(|p| self.provisioner(file, p)).collect();
            if !read.is_empty() {
                found = read;
            }
        }
        found
    }

    fn arguments(&self, file: u32, attrs: impl Iterator<Item = &'a Attr>) -> Vec<Argument> {
        attrs
            .map(|a| Argument {
                name: a.name.clone(),
                at: At { file, expr: a.expr },
                name_span: self.reader.span(file, a.name_span),
            })
            .collect()
    }

    fn provisioner(&mut self, file: u32, block: &'a Block) -> Provisioner {
        let source = self.reader.file(file);
        let ty = block.labels.first().map_or_else(EcoString::new, |l| l.text.clone());
        if matches!(ty.as_str(), "chef" | "habitat" | "puppet" | "salt-masterless") {
            let span = self.reader.span(file, block.labels[0].span);
            self.reader.error(
                &format!("The {ty:?} provisioner has been removed"),
                format!("The {ty:?} provisioner is no longer part of Terraform."),
                span,
            );
        }
        let mut destroy = false;
        for (name, words) in [("when", ["create", "destroy"]), ("on_failure", ["continue", "fail"])] {
            let Some(attr) = block.body.attr(name) else { continue };
            let word = keyword(source.arena.node(attr.expr), source);
            destroy |= word.as_deref() == Some("destroy");
            if !word.is_some_and(|w| words.contains(&w.as_str())) {
                let span = self.at(file, attr);
                self.reader.error(
                    &format!("Invalid {name:?} keyword"),
                    format!(
                        "The {name:?} argument requires one of the following keywords: {} or {}.",
                        words[0], words[1]
                    ),
                    span,
                );
            }
        }
        self.at_most_one(file, &block.body, "connection", "provisioner");
        self.reserved(file, block, &["lifecycle"], "provisioner");
        let own = block.body.attrs.iter().filter(|a| !matches!(a.name.as_str(), "when" | "on_failure"));
        let connection: Vec<&Attr> = block.body.blocks("connection").flat_map(|b| &b.body.attrs).collect();
        if destroy {
            own.clone().chain(connection.iter().copied()).for_each(|a| self.only_self(file, a));
        }
        let escaped = block.body.blocks("_").flat_map(|b| &b.body.attrs);
        let others =
            block.body.blocks.iter().filter(|b| !matches!(b.kind.as_str(), "connection" | "lifecycle" | "_"));
        Provisioner {
            ty,
            arguments: self.arguments(file, own.chain(escaped)),
            blocks: others.map(|b| (b.kind.clone(), self.reader.span(file, b.kind_span))).collect(),
            connection: self.arguments(file, connection.into_iter()),
            destroy,
            span: self.reader.span(file, block.head_span),
        }
    }

    /// What runs when a resource is destroyed may mention nothing but that resource.
    fn only_self(&mut self, file: u32, attr: &Attr) {
        let source = self.reader.file(file);
        let mut fine = true;
        slots::each_ref(&source.arena, attr.expr, &mut |r| {
            let reference = source.arena.reference(r);
            let only = |name: &str| match &*reference.steps {
                [step] => matches!(&step.kind, StepKind::Attr(n) if n == name),
                _ => false,
            };
            fine &= match reference.root.as_str() {
                "self" | "path" | "terraform" => true,
                "count" => only("index"),
                "each" => only("key"),
                _ => false,
            };
        });
        if !fine {
            let span = self.at(file, attr);
            self.reader.error(
                "Invalid reference from destroy provisioner",
                "Destroy-time provisioners and their connection configurations may only reference attributes of the related resource, via 'self', 'count.index', or 'each.key'.",
                span,
            );
        }
    }

    /// Reads the items of a block; those of override files replace those of the same name.
    pub(super) fn merged_items(&mut self, m: &Merged<'a>, except: &[&str]) -> Vec<BodyItem> {
        let mut items = self.items_and_escaped(m.file, m.block, except);
        for (file, block) in &m.over {
            for item in self.items_and_escaped(*file, block, except) {
                match items.iter_mut().find(|i| i.name == item.name) {
                    Some(base) => *base = item,
                    None => items.push(item),
                }
            }
        }
        items
    }

    /// Reads the items of a block; a nested block `_` holds those whose names would mean something else.
    fn items_and_escaped(&mut self, file: u32, block: &'a Block, except: &[&str]) -> Vec<BodyItem> {
        let mut items = self.reader.items(&[(file, &block.body)], except);
        for escaped in block.body.blocks("_") {
            items.extend(self.reader.items(&[(file, &escaped.body)], &[]));
        }
        items
    }

    fn lifecycle(&mut self, m: &Merged<'a>, name: &BlockName) -> Lifecycle {
        let mut lifecycle = Lifecycle::default();
        for (i, (file, block)) in m.all().into_iter().enumerate() {
            for found in block.body.blocks("lifecycle") {
                let mut attrs = LIFECYCLE.to_vec();
                if self.takes_enabled(file, &found.body) {
                    attrs.push("enabled");
                }
                let mut blocks = vec!["precondition", "postcondition"];
                if name.mode == Mode::Managed {
                    blocks.push("action_trigger");
                    self.action_triggers(file, &found.body);
                }
                self.fits(file, &found.body, &attrs, &blocks);
                if name.mode == Mode::Managed {
                    self.lifecycle_arguments(file, &found.body, &mut lifecycle);
                } else {
                    self.managed_only(file, &found.body, name.mode);
                }
                for (kind, rules) in [
                    ("precondition", &mut lifecycle.preconditions),
                    ("postcondition", &mut lifecycle.postconditions),
                ] {
                    for block in found.body.blocks(kind) {
                        if i > 0 {
                            self.no_override(file, block);
                            continue;
                        }
                        let rule = self.rule(file, block);
                        self.not_itself(kind, name, &rule);
                        rules.push(rule);
                    }
                }
            }
        }
        lifecycle
    }

    fn managed_only(&mut self, file: u32, body: &Body, mode: Mode) {
        let (what, others) = match mode {
            Mode::Ephemeral => ("ephemeral resource", "ephemeral resources"),
            Mode::Managed | Mode::Data => ("data resource", "data resources"),
        };
        for attr in body.attrs.iter().filter(|a| LIFECYCLE.contains(&a.name.as_str())) {
            let span = self.reader.span(file, attr.name_span);
            self.reader.error(
                &format!("Invalid {what} lifecycle argument"),
                format!(
                    "The lifecycle argument {:?} is defined only for managed resources (\"resource\" blocks), and is not valid for {others}.",
                    attr.name
                ),
                span,
            );
        }
    }

    fn lifecycle_arguments(&mut self, file: u32, body: &Body, lifecycle: &mut Lifecycle) {
        if let Some(attr) = body.attr("create_before_destroy") {
            let value = self.literal(file, attr, &Type::Bool);
            lifecycle.create_before_destroy = value.and_then(|v| v.as_bool()).unwrap_or(false);
        }
        if let Some(attr) = body.attr("prevent_destroy") {
            self.literal(file, attr, &Type::Bool);
        }
        if let Some(attr) = body.attr("replace_triggered_by") {
            for expr in self.static_list(file, attr.expr) {
                self.replace_trigger(file, expr, lifecycle);
            }
        }
        if let Some(attr) = body.attr("ignore_changes") {
            self.ignore_changes(file, attr, lifecycle);
        }
    }

    fn replace_trigger(&mut self, file: u32, expr: ExprId, lifecycle: &mut Lifecycle) {
        let source = self.reader.file(file);
        let span = source.arena.span(expr).in_file(source.id);
        let mut resources = 0;
        let mut problems: Vec<(&str, &str)> = Vec::new();
        slots::each_ref(&source.arena, expr, &mut |r| {
            let reference = source.arena.reference(r);
            let step = match reference.steps.first().map(|s| &s.kind) {
                Some(StepKind::Attr(n)) => Some(n.as_str()),
                _ => None,
            };
            match reference.root.as_str() {
                "each" if step == Some("key") => {}
                "each" => problems.push((
                    "Invalid each reference in replace_triggered_by expression",
                    "Only each.key may be used in replace_triggered_by.",
                )),
                "count" if step == Some("index") => {}
                "count" => problems.push((
                    "Invalid count reference in replace_triggered_by expression",
                    "Only count.index may be used in replace_triggered_by.",
                )),
                "var" | "local" | "module" | "path" | "terraform" | "self" => problems.push((
                    "Invalid reference in replace_triggered_by expression",
                    "Only resources, count.index, and each.key may be used in replace_triggered_by.",
                )),
                _ => resources += 1,
            }
        });
        match resources {
            0 => problems.push((
                "Invalid replace_triggered_by expression",
                "Missing resource reference in replace_triggered_by expression.",
            )),
            1 => {}
            _ => problems.push((
                "Invalid replace_triggered_by expression",
                "Multiple resource references in replace_triggered_by expression.",
            )),
        }
        if problems.is_empty() {
            lifecycle.replace_triggered_by.push(At { file, expr });
        }
        for (summary, detail) in problems {
            self.reader.error(summary, detail, span);
        }
    }

    fn ignore_changes(&mut self, file: u32, attr: &Attr, lifecycle: &mut Lifecycle) {
        let source = self.reader.file(file);
        let node = source.arena.node(attr.expr);
        if matches!(node, Node::Ref(_)) && keyword(node, source).as_deref() == Some("all") {
            lifecycle.ignore_all = true;
            return;
        }
        let mut ignored = Vec::new();
        for expr in self.static_list(file, attr.expr) {
            let span = source.arena.span(expr).in_file(source.id);
            match source.arena.node(expr) {
                Node::Literal(Value::String(s)) if s == "*" => {
                    lifecycle.ignore_all = true;
                    self.reader.error(
                        "Invalid ignore_changes wildcard",
                        "The [\"*\"] form of ignore_changes wildcard is was deprecated and is now invalid. Use \"ignore_changes = all\" to ignore changes to all attributes.",
                        self.at(file, attr),
                    );
                }
                // The form of Terraform 0.11.
                Node::Literal(Value::String(s)) => {
                    ignored.push(super::Ignored { name: s.clone(), key: None, span })
                }
                Node::Ref(r) if steps_are_static(source, source.arena.reference(*r)) => {
                    let reference = source.arena.reference(*r);
                    let key =
                        reference.steps.first().and_then(|s| resolve::attr_name(&source.arena, &s.kind));
                    ignored.push(super::Ignored { name: reference.root.clone(), key, span });
                }
                _ => {
                    self.must_be_static(file, expr);
                }
            }
        }
        if !ignored.is_empty() {
            lifecycle.ignore_changes = ignored;
        }
    }

    pub(super) fn check(&mut self, m: &Merged<'a>) {
        let span = self.reader.span(m.file, m.block.head_span);
        let name = &m.block.labels[0];
        self.fits(m.file, &m.block.body, &[], &["data", "assert"]);
        if !is_identifier(&name.text) {
            let at = self.reader.span(m.file, name.span);
            self.reader.error("Invalid check block name", BAD_NAME, at);
        }
        let before = self.reader.diagnostics.len();
        let asserts = self.rules(m, "assert");
        // One that is wrong does not count.
        let wrong = self.reader.diagnostics[before..].iter().map(|d| d.span).collect::<HashSet<_>>().len();
        if asserts.len() <= wrong {
            self.reader.error(
                "Zero assert blocks",
                "Check blocks must have at least one assert block.",
                span,
            );
        }
        let index = self.module.checks.len() as u32;
        let mut seen = false;
        for data in m.block.body.blocks("data") {
            if data.labels.len() != 2 {
                continue;
            }
            let at = self.reader.span(m.file, data.head_span);
            if std::mem::replace(&mut seen, true) {
                self.reader.error(
                    "Multiple data resource blocks",
                    "This check block already has a data resource defined.",
                    at,
                );
                continue;
            }
            self.nested_data(m.file, data, index);
        }
        let detail = format!(
            "A check block named {:?} was already declared. Check blocks must be unique within each module.",
            name.text
        );
        let summary = format!("Duplicate check {:?} configuration", name.text);
        if self.unique("check", name.text.clone(), span, &summary, &detail) {
            self.module.checks.push(Check { name: name.text.clone(), asserts, span });
        }
    }

    fn nested_data(&mut self, file: u32, block: &'a Block, check: u32) {
        for name in ["count", "for_each"] {
            if let Some(attr) = block.body.attr(name) {
                let span = self.reader.span(file, attr.name_span);
                self.reader.error(
                    &format!("Invalid {name:?} attribute"),
                    "The \"count\" and \"for_each\" meta-arguments are not supported within nested data blocks.",
                    span,
                );
            }
        }
        for found in block.body.blocks("lifecycle") {
            let span: Span = self.reader.span(file, found.head_span);
            self.reader.error(
                "Invalid lifecycle block",
                "Nested data blocks do not support \"lifecycle\" blocks as the lifecycle is managed by the containing block.",
                span,
            );
        }
        if let Some(made) = self.resource(&Merged { file, block, over: Vec::new() }, Mode::Data) {
            self.module.resources[made].check = Some(check);
        }
    }
}

/// Returns the word that an expression is: `all`, `create`, also in quotes as Terraform 0.11 wrote it.
fn keyword(node: &Node, file: &crate::syntax::File) -> Option<EcoString> {
    match node {
        Node::Ref(r) => {
            let reference = file.arena.reference(*r);
            reference.steps.is_empty().then(|| reference.root.clone())
        }
        Node::Literal(Value::String(s)) => Some(s.clone()),
        _ => None,
    }
}
