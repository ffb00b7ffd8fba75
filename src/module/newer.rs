//! What versions after 1.11 and OpenTofu have: read as they read it, and in a strict evaluation refused as 1.11 does.

use super::build::{Builder, Merged};
use super::{At, Early, slots};
use crate::finding::Diagnostic;
use crate::source::Span;
use crate::syntax::{Attr, Body, ExprId};

/// Arguments, by the block they stand in.
pub(super) const ARGUMENTS: &[(&str, &str)] = &[
    ("variable", "deprecated"),
    ("variable", "const"),
    ("output", "deprecated"),
    ("output", "type"),
    ("import", "identity"),
];

impl<'a> Builder<'a> {
    pub(super) fn newer_argument(&mut self, name: &str, span: Span) {
        let detail = format!("An argument named {name:?} is not expected here.");
        self.module.newer.push(Diagnostic::error("Unsupported argument", detail, Some(span)));
    }

    pub(super) fn newer_block(&mut self, kind: &str, span: Span) {
        let detail = format!("Blocks of type {kind:?} are not expected here.");
        self.module.newer.push(Diagnostic::error("Unsupported block type", detail, Some(span)));
    }

    /// Takes an argument of a `module` block that names something, from 1.15 on.
    pub(super) fn early(&mut self, file: u32, attr: &Attr, name: &str) -> Option<Early> {
        let any = self.is_of_opentofu(self.reader.file(file).id);
        self.names_something(file, attr.expr, name).then_some(Early { at: At { file, expr: attr.expr }, any })
    }

    /// True if an argument names something that is known before modules and providers are: from 1.15 and 1.17 on.
    pub(super) fn names_something(&mut self, file: u32, expr: ExprId, argument: &str) -> bool {
        let code = self.reader.file(file).code();
        let mut names = false;
        slots::each_ref(code.arena, expr, &mut |_| names = true);
        if names {
            let span = code.arena.span(expr).in_file(code.id);
            let detail = format!("Terraform 1.11 takes no names in the argument {argument:?}");
            self.module.newer.push(Diagnostic::error("Variables not allowed", detail, Some(span)));
        }
        names
    }

    /// Reads an `action` block, from 1.14 on: what it does makes and changes no resource.
    ///
    /// <https://developer.hashicorp.com/terraform/language/block/action>
    pub(super) fn action(&mut self, m: &Merged<'a>) {
        for (file, block) in m.all() {
            let span = self.reader.span(file, block.kind_span);
            self.newer_block("action", span);
            self.fits(file, &block.body, &["count", "for_each", "provider", "depends_on"], &["config"]);
        }
    }

    /// Reads the `action_trigger` blocks of a `lifecycle` block.
    pub(super) fn action_triggers(&mut self, file: u32, lifecycle: &Body) {
        for trigger in lifecycle.blocks("action_trigger") {
            let span = self.reader.span(file, trigger.kind_span);
            self.newer_block("action_trigger", span);
            self.fits(file, &trigger.body, &["events", "actions", "condition", "on_failure"], &[]);
        }
    }

    /// Takes an `encryption` block, which is OpenTofu's and about the state.
    pub(super) fn encryption(&mut self, file: u32, span: Span) {
        if self.opentofu_alone(file, "Block of OpenTofu alone", "an `encryption` block", span) {
            self.newer_block("encryption", span);
        }
    }
}
