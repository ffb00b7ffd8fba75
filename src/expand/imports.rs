//! `import` blocks, held against what the configuration declares.

use super::lookup::Rep;
use super::schedule::eval_at;
use super::{FrameId, Root, moves};
use crate::address::{Key, Mode};
use crate::eval::{EvalError, EvalResult};
use crate::finding::Diagnostic;
use crate::module::tree::{NodeId, Tree};
use crate::module::{At, Endpoint, Import, Repeat};
use crate::value::{Marks, Type, Value, convert, convert_error_text};

/// True if the last part of an address has a key.
fn is_keyed(to: &Endpoint) -> bool {
    to.resource.iter().any(|(_, key)| *key != Key::None)
}

/// What the code alone shows of the target of an import.
enum Target {
    Declared,
    /// It has a key where its block has none, or the other way round.
    Misfit(Diagnostic),
    Missing(Diagnostic),
}

fn target(tree: &Tree, import: &Import, to: &Endpoint) -> Target {
    let missing = || {
        let detail = format!("There is no configuration for the import target {to}.");
        let summary = "Configuration for import target does not exist";
        Target::Missing(Diagnostic::error(summary, detail, Some(to.span)))
    };
    let Some((name, key)) = to.resource.as_ref() else { return Target::Declared };
    let mut node = tree.node(NodeId(0));
    for (step, _) in &to.modules {
        let Some(call) = node.module.calls.iter().position(|c| c.name == *step) else { return missing() };
        // A module that is not on disk may declare anything.
        let Some(child) = node.children[call] else { return Target::Declared };
        node = tree.node(child);
    }
    let managed = node.module.resources.iter().filter(|r| r.name.mode == Mode::Managed);
    let Some(block) = managed.into_iter().find(|r| *r.name == *name) else { return missing() };
    let wrong = match (&block.repeat, key) {
        (Repeat::Count(_), Key::None) => "is using count",
        (Repeat::ForEach(_), Key::None) => "is using for_each",
        (Repeat::Once | Repeat::Enabled(_) | Repeat::ForEach(_), Key::Index(_)) => "does not use count",
        (Repeat::Once | Repeat::Enabled(_) | Repeat::Count(_), Key::Name(_)) => "does not use for_each",
        (Repeat::Once | Repeat::Enabled(_), Key::Unknown) if import.for_each.is_some() => {
            "does not use for_each"
        }
        _ => return Target::Declared,
    };
    let detail = format!("The target resource {wrong}.");
    Target::Misfit(Diagnostic::error("Invalid import 'to' expression", detail, Some(to.span)))
}

/// Reports targets that are no instance of their block, once the instances are known.
pub(super) fn absent(root: &Root<'_>) -> Vec<Diagnostic> {
    let imports = &root.tree.node(NodeId(0)).module.imports;
    let targets = imports.iter().filter(|i| i.for_each.is_none()).filter_map(|i| i.to.as_ref());
    targets
        .filter(|to| to.is_certain() && root.tree.missing.is_empty() && !moves::exists(root, FrameId(0), to, true))
        .map(|to| {
            let detail = format!(
                "The configuration for the given import {to} does not exist. All target instances must have an associated configuration to be imported."
            );
            Diagnostic::error("Configuration for import target does not exist", detail, None)
        })
        .collect()
}

impl Root<'_> {
    /// Reports targets whose key does not fit, and evaluates what the others import: one error for each block.
    pub(super) fn validate_imports(&mut self) {
        let module = self.tree.node(NodeId(0)).module.clone();
        let mut failed = Vec::new();
        for import in &module.imports {
            let Some(to) = &import.to else { continue };
            let path: Vec<_> = to.modules.iter().map(|(name, _)| name).collect();
            let block = (path, to.resource.as_ref().map(|(name, _)| name));
            if failed.contains(&block) {
                continue;
            }
            let before = self.diagnostics.len();
            match target(&self.tree, import, to) {
                Target::Misfit(problem) => self.diagnostics.push(problem),
                Target::Declared => self.evaluate_id(import, false),
                Target::Missing(problem) if is_keyed(to) => {
                    self.diagnostics.push(problem);
                    continue;
                }
                Target::Missing(_) => self.evaluate_id(import, false),
            }
            if self.diagnostics.len() > before {
                failed.push(block);
            }
        }
    }

    /// Reports targets that no block declares, and before that what is wrong with the id.
    pub(super) fn find_import_targets(&mut self) {
        let module = self.tree.node(NodeId(0)).module.clone();
        for import in &module.imports {
            let Some(Target::Missing(problem)) = import.to.as_ref().map(|to| target(&self.tree, import, to))
            else {
                continue;
            };
            let before = self.diagnostics.len();
            self.evaluate_id(import, true);
            if self.diagnostics.len() == before {
                self.diagnostics.push(problem);
            }
        }
    }

    /// Evaluates what an `import` block imports once the rest is planned: then it has to be known.
    pub(super) fn plan_imports(&mut self) {
        let module = self.tree.node(NodeId(0)).module.clone();
        module.imports.iter().for_each(|import| self.evaluate_id(import, true));
    }

    fn evaluate_id(&mut self, import: &Import, known: bool) {
        let Some(at) = import.id.filter(|_| import.for_each.is_none()) else { return };
        self.demand_at(FrameId(0), at);
        if let Err(e) = self.import_id(at, known) {
            self.report(&e, None);
        }
    }

    fn import_id(&self, at: At, known: bool) -> EvalResult<()> {
        let value = eval_at(self, FrameId(0), at, Rep::None, &[])?;
        let span = Some(self.frame(FrameId(0)).module.span(at));
        let refuse = |detail: &str| Err(EvalError::new("Invalid import id argument", detail, span));
        if value.marks().contains(Marks::EPHEMERAL) {
            return refuse("The import ID cannot be ephemeral.");
        }
        match value.bare() {
            Value::Null(_) => refuse("The import ID cannot be null."),
            Value::Unknown(_) if known => refuse(
                "The import block \"id\" argument depends on resource attributes that cannot be determined until apply, so Terraform cannot plan to import this resource.",
            ),
            bare => match convert(bare, &Type::String) {
                Err(e) => refuse(&format!("The import ID value is unsuitable: {}.", convert_error_text(&e))),
                Ok(Value::String(text)) if text.is_empty() => refuse(
                    "The import ID value evaluates to an empty string, please provide a non-empty value.",
                ),
                Ok(_) if value.marks().contains(Marks::SENSITIVE) => {
                    refuse("The import ID cannot be sensitive.")
                }
                Ok(_) => Ok(()),
            },
        }
    }
}
