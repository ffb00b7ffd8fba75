//! A root module that is evaluated again and again, with other values of a variable.

use std::collections::HashSet;
use std::path::Path;

use ecow::EcoString;

use super::depends::Dependents;
use super::{Column, FrameId, Options, Root, Slot, instances};
use crate::finding::Diagnostic;
use crate::inventory::Inventory;
use crate::module::Loader;
use crate::syntax::{ExprId, File};
use crate::value::Value;

/// A loaded root module.
///
/// Modules are read once; each evaluation makes only frames anew.
pub struct Model<'a> {
    root: Root<'a>,
    fresh: bool,
}

impl<'a> Model<'a> {
    /// Loads a root module and everything it calls; evaluates nothing yet.
    pub fn load(loader: &'a Loader<'a>, dir: &Path, options: &'a Options) -> Model<'a> {
        Model { root: Root::load(loader, dir, options), fresh: true }
    }

    /// Returns the inventory as the module stands, as [`inventory`](super::inventory) does.
    pub fn inventory(&mut self) -> Inventory {
        if !self.fresh {
            self.root.forget_values();
        }
        self.fresh = false;
        self.root.lean = false;
        instances::inventory(&mut self.root)
    }

    /// Returns the inventory with another value of a root variable, without tags and without what `inventory` lists.
    ///
    /// The diagnostics are those of evaluation alone; what is wrong with the code was told at the first time.
    pub fn with(&mut self, variable: &str, value: Value) -> Inventory {
        self.root.given.set(variable, value);
        self.root.forget_values();
        self.fresh = false;
        self.root.lean = true;
        instances::inventory(&mut self.root)
    }

    /// Returns the names of the root module's variables.
    pub fn variables(&self) -> Vec<EcoString> {
        self.root.frame(FrameId(0)).module.variables.iter().map(|v| v.name.clone()).collect()
    }

    /// Returns the value of a root variable, converted to its type. None: it is not declared.
    pub fn variable(&mut self, name: &str) -> Option<Value> {
        let module = self.root.frame(FrameId(0)).module.clone();
        let slot = module.variable_slot(module.variable(name)?);
        self.root.demand(FrameId(0), slot);
        match &self.root.frame(FrameId(0)).slots[slot.0 as usize] {
            Slot::Done(Column::Same(value)) => Some(value.clone()),
            _ => None,
        }
    }

    /// Returns the resource blocks, by address without keys, that stay the same whatever the value of a variable.
    pub fn independent_of(&self, variable: &str) -> HashSet<String> {
        Dependents::of(&self.root, variable).independent(&self.root)
    }

    /// Evaluates an expression of another file, as it stands in the scope of the root module.
    ///
    /// # Errors
    /// What Terraform would report of it.
    pub fn eval(&mut self, file: &File, expr: ExprId) -> Result<Value, Vec<Diagnostic>> {
        self.root.eval_foreign(&file.arena, file.id, expr)
    }

    /// Evaluates a text in the scope of the root module.
    ///
    /// # Errors
    /// What Terraform would report of it.
    pub fn eval_text(&mut self, name: &str, text: &str) -> Result<Value, Vec<Diagnostic>> {
        let files = self.root.loader.files;
        self.root.eval_text(files, name, text)
    }
}
