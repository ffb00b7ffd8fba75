//! The report for programs: versioned, apart from our own types.

mod capacity;
mod tags;
pub mod v1;

use std::io::{self, Write as _};

use serde::Serialize as _;
use serde_json::ser::Formatter;

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
    let mut to = io::BufWriter::with_capacity(64 << 10, to);
    let mut printer = serde_json::Serializer::with_formatter(&mut to, Indented::default());
    v1::check(report, files).serialize(&mut printer)?;
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

/// Prints what [`serde_json::ser::PrettyFormatter`] does, a line's start in one piece.
#[derive(Default)]
struct Indented {
    depth: usize,
    has_value: bool,
}

impl Indented {
    fn line<W: ?Sized + io::Write>(&self, to: &mut W, comma: bool) -> io::Result<()> {
        const START: &[u8] = b",\n                                ";
        let from = usize::from(!comma);
        match START.get(from..2 + 2 * self.depth) {
            Some(start) => to.write_all(start),
            None => {
                to.write_all(&START[from..2])?;
                (0..self.depth).try_for_each(|_| to.write_all(b"  "))
            }
        }
    }

    fn open<W: ?Sized + io::Write>(&mut self, to: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        to.write_all(bracket)
    }

    fn close<W: ?Sized + io::Write>(&mut self, to: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value {
            self.line(to, false)?;
        }
        to.write_all(bracket)
    }
}

impl Formatter for Indented {
    fn begin_array<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.open(to, b"[")
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.close(to, b"]")
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.line(to, !first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.open(to, b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.close(to, b"}")
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.line(to, !first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }
}

fn print(document: &impl serde::Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document).expect("bug: every key is a text");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_indented_as_serde_json_does() {
        let mut deep = serde_json::json!({"x": 1});
        for n in 0..25 {
            deep = if n % 2 == 0 { serde_json::json!([deep, 2]) } else { serde_json::json!({"y": deep}) };
        }
        for value in [serde_json::json!({"a": [], "b": {}, "c": [{"d": [1, [null]]}, "x\n\"y"]}), deep] {
            let mut text = Vec::new();
            value
                .serialize(&mut serde_json::Serializer::with_formatter(&mut text, Indented::default()))
                .unwrap();
            assert_eq!(String::from_utf8(text).unwrap(), serde_json::to_string_pretty(&value).unwrap());
        }
    }
}
