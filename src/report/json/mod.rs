//! The report for programs: versioned, apart from our own types.

mod capacity;
mod tags;
pub mod v1;

use std::io::{self, Write as _};

use super::{Look, Report};
use crate::capacity::Answer;
use crate::inventory::Inventory;
use crate::source::Files;

pub use tags::tags;

/// JSON Schemas of what is printed, made from the structs.
pub const CHECK_SCHEMA: &str = include_str!("check.v1.schema.json");
pub const INVENTORY_SCHEMA: &str = include_str!("inventory.v1.schema.json");
pub const CAPACITY_SCHEMA: &str = include_str!("capacity.v1.schema.json");
pub const TAGS_SCHEMA: &str = include_str!("tags.v1.schema.json");

/// Returns the report as JSON of the newest version.
pub fn render(report: &Report, files: &Files, _: &Look) -> String {
    print(&v1::check(report, files))
}

/// Writes the report as JSON of the newest version, never holding all of it.
///
/// # Errors
/// What the writer says.
pub fn write(report: &Report, files: &Files, to: &mut dyn io::Write) -> io::Result<()> {
    let mut to = io::BufWriter::new(to);
    serde_json::to_writer_pretty(&mut to, &v1::check(report, files))?;
    to.write_all(b"\n")?;
    to.flush()
}

/// Returns the inventory as JSON of the newest version.
pub fn inventory(inventory: &Inventory, files: &Files) -> String {
    print(&v1::inventory(inventory, files))
}

/// Returns how many more tenants fit as JSON of the newest version.
pub fn capacity(answer: &Answer, path: &str, variable: &str, tenants: u64) -> String {
    print(&capacity::capacity(answer, path, variable, tenants))
}

fn print(document: &impl serde::Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document).expect("bug: every key is a text");
    text.push('\n');
    text
}
