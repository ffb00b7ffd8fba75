//! `--source`: a plan, with the lines and references of the source that it was made from.

use std::io;
use std::path::Path;

use super::{from_plan, nothing_to_read, refused, with_missing_folders};
use crate::expand::{self, Options};
use crate::finding::Diagnostic;
use crate::inventory::{Apart, Inventory, join};
use crate::module::Loader;
use crate::plan;
use crate::words::{list_some, several};

/// Reads a plan, then its source with the values that the plan has for the variables.
pub(super) fn read(
    name: String,
    input: Box<dyn io::Read>,
    folder: &Path,
    options: &Options,
    loader: &Loader<'_>,
) -> Inventory {
    if let Some(problem) = nothing_to_read(folder, loader.tree) {
        let mut inventory = from_plan(name, input);
        inventory.diagnostics.push(problem);
        return inventory;
    }
    let (mut inventory, values) = match plan::read_with_values(input, &name, &plan::Options::default()) {
        Ok(read) => read,
        Err(error) => return refused(&name, &error),
    };
    let mut options = Options { planned: values.variables, ..options.clone() };
    // What was read counts over what the settings assume.
    options.assume.extend(values.data);
    let source = with_missing_folders(expand::inventory(folder, loader, &options));
    let apart = join(&mut inventory, &source);
    inventory.diagnostics.extend(source.diagnostics);
    inventory.diagnostics.extend(told(&apart, &name, folder));
    inventory
}

/// Says where the two do not fit together.
fn told(apart: &Apart, plan: &str, folder: &Path) -> Vec<Diagnostic> {
    const SHOWN: usize = 5;
    let folder = folder.display();
    let mut found = Vec::new();
    let mut tell = |addresses: &[String], what: &str| {
        if !addresses.is_empty() {
            let quoted: Vec<String> = addresses.iter().map(|a| format!("`{a}`")).collect();
            let counted = several(addresses.len() as u64, "instance");
            let text = format!("{counted} {what}: {}", list_some(&quoted, SHOWN));
            let problem = Diagnostic::warning("Source and plan differ", text, None).origin(plan);
            found.push(problem.help("pass `--source` as it was when the plan was made, or plan again"));
        }
    };
    tell(&apart.only_plan, &format!("of the plan that `{folder}` does not declare"));
    tell(&apart.only_source, &format!("of `{folder}` that the plan does not have"));
    tell(&apart.other_parent, "with a parent that the plan rules out");
    found
}
