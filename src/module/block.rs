//! Bodies of blocks to items, with the iterators of `dynamic` blocks resolved.

use std::collections::HashMap;

use ecow::EcoString;

use super::resolve::{IteratorPart, Resolved, Target};
use super::{At, BodyItem, Content, Nested};
use crate::finding::Diagnostic;
use crate::source::Span;
use crate::syntax::{Attr, Block, Body, ExprId, File, Node, RefId, StepKind, Stretch};

/// What is found while bodies are read: references to iterators, and problems.
pub(super) struct Reader<'a> {
    pub files: &'a [std::sync::Arc<File>],
    pub iterators: Vec<HashMap<RefId, Resolved>>,
    pub diagnostics: Vec<Diagnostic>,
    /// Names of the iterators of enclosing `dynamic` blocks, the outermost first.
    scope: Vec<EcoString>,
}

impl<'a> Reader<'a> {
    pub fn new(files: &'a [std::sync::Arc<File>]) -> Reader<'a> {
        Reader {
            files,
            iterators: vec![HashMap::new(); files.len()],
            diagnostics: Vec::new(),
            scope: Vec::new(),
        }
    }

    pub fn file(&self, file: u32) -> &'a File {
        &self.files[file as usize]
    }

    pub fn span(&self, file: u32, stretch: Stretch) -> Span {
        stretch.in_file(self.file(file).id)
    }

    pub fn error(&mut self, summary: &str, detail: impl Into<String>, span: Span) {
        self.diagnostics.push(Diagnostic::error(summary, detail, Some(span)));
    }

    /// Reads all items of a body but those named in `except`.
    pub fn items(&mut self, parts: &[(u32, &Body)], except: &[&str]) -> Vec<BodyItem> {
        let mut items: Vec<BodyItem> = Vec::new();
        for (file, body) in parts {
            for attr in &body.attrs {
                if !except.contains(&attr.name.as_str()) {
                    items.push(self.attr(*file, attr));
                }
            }
            for block in &body.blocks {
                if except.contains(&block.kind.as_str()) {
                    continue;
                }
                let (name, nested) = if block.kind == "dynamic" {
                    let Some(found) = self.dynamic(*file, block) else { continue };
                    found
                } else {
                    let span = self.span(*file, block.head_span);
                    let inner = self.items(&[(*file, &block.body)], &[]);
                    (block.kind.clone(), Nested { dynamic: None, items: inner, span })
                };
                let varies = self.nested_varies(*file, &nested);
                let span = nested.span;
                match items.iter_mut().find(|i| i.name == name && matches!(i.content, Content::Blocks(_))) {
                    Some(item) => {
                        item.varies |= varies;
                        if let Content::Blocks(blocks) = &mut item.content {
                            blocks.push(nested);
                        }
                    }
                    None => {
                        items.push(BodyItem { name, content: Content::Blocks(vec![nested]), span, varies })
                    }
                }
            }
        }
        items
    }

    fn attr(&mut self, file: u32, attr: &Attr) -> BodyItem {
        self.mark(file, attr.expr);
        BodyItem {
            name: attr.name.clone(),
            content: Content::Attr(At { file, expr: attr.expr }),
            span: self.span(file, attr.span),
            varies: varies(self.file(file), attr.expr),
        }
    }

    fn dynamic(&mut self, file: u32, block: &Block) -> Option<(EcoString, Nested)> {
        let span = self.span(file, block.head_span);
        let Some(label) = block.labels.first() else {
            self.error("Missing name for dynamic", "All dynamic blocks must have 1 labels (type).", span);
            return None;
        };
        let Some(for_each) = block.body.attr("for_each") else {
            self.error(
                "Missing required argument",
                "The argument \"for_each\" is required, but no definition was found.",
                span,
            );
            return None;
        };
        let Some(content) = block.body.blocks("content").next() else {
            self.error("Insufficient content blocks", "At least 1 \"content\" blocks are required.", span);
            return None;
        };
        self.mark(file, for_each.expr);
        let iterator = match block.body.attr("iterator").map(|a| self.file(file).arena.node(a.expr)) {
            Some(Node::Ref(r)) => self.file(file).arena.reference(*r).root.clone(),
            _ => label.text.clone(),
        };
        if let Some(labels) = block.body.attr("labels") {
            self.mark(file, labels.expr);
        }
        let depth = self.scope.len() as u32;
        self.scope.push(iterator);
        let items = self.items(&[(file, &content.body)], &[]);
        self.scope.pop();
        let at = At { file, expr: for_each.expr };
        Some((label.text.clone(), Nested { dynamic: Some((at, depth)), items, span }))
    }

    /// Resolves references to iterators in an expression.
    fn mark(&mut self, file: u32, expr: ExprId) {
        if self.scope.is_empty() {
            return;
        }
        let found = &self.files[file as usize];
        let scope = &self.scope;
        let iterators = &mut self.iterators[file as usize];
        super::slots::each_ref(&found.arena, expr, &mut |r| {
            let reference = found.arena.reference(r);
            let Some(depth) = scope.iter().rposition(|name| *name == reference.root) else { return };
            let (part, used) = match reference.steps.first().map(|s| &s.kind) {
                Some(StepKind::Attr(n)) if n == "value" => (IteratorPart::Value, 1),
                Some(StepKind::Attr(n)) if n == "key" => (IteratorPart::Key, 1),
                _ => (IteratorPart::Whole, 0),
            };
            let target = Target::Iterator { depth: depth as u32, part };
            iterators.insert(r, Resolved { target, used, attr: None });
        });
    }

    fn nested_varies(&self, file: u32, nested: &Nested) -> bool {
        nested.items.iter().any(|i| i.varies)
            || nested.dynamic.is_some_and(|(at, _)| varies(self.file(file), at.expr))
    }
}

/// True if an expression mentions `each`, `count` or `self`.
pub(super) fn varies(file: &File, expr: ExprId) -> bool {
    let mut found = false;
    super::slots::each_ref(&file.arena, expr, &mut |r| {
        found |= matches!(file.arena.reference(r).root.as_str(), "each" | "count" | "self");
    });
    found
}
