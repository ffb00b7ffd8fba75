//! Turns the data files of the catalog into static Rust tables, and refuses broken rows.
//!
//! Part of the build script, not of the crate. In: `src/catalog/data`. Out: `catalog.rs` in the build's output folder.
//! All faults are reported together, each with the row it is in.

mod check;
mod rows;
mod rust;
mod schema;
#[path = "../unit.rs"]
#[expect(dead_code, reason = "the crate uses what the build script does not")]
mod unit;
mod words;

use std::path::Path;

use rows::Data;
use schema::Schema;

/// Everything wrong with the data, in words for whoever edits it.
#[derive(Default)]
pub struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, place: impl AsRef<str>, what: impl AsRef<str>) {
        self.0.push(format!("{}: {}", place.as_ref(), what.as_ref()));
    }
}

/// Reads, checks and writes the catalog.
///
/// # Errors
///
/// A list of the faults, one a line.
pub fn build(data: &Path, out: &Path) -> Result<(), String> {
    let mut faults = Faults::default();
    let schema = Schema::read(data, &mut faults);
    let rows = Data::read(data, &mut faults);
    let catalog = check::catalog(&rows, &schema, &mut faults);
    if !faults.0.is_empty() {
        return Err(faults.0.join("\n"));
    }
    std::fs::write(out, rust::tables(&rows, &catalog, &schema)).map_err(|e| format!("{}: {e}", out.display()))
}
