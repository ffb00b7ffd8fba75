//! JSON syntax: `.tf.json` and `.tfvars.json`.
//!
//! In: text. Out: the same file that native syntax gives. First comes a tree of JSON with positions, then a table of
//! Terraform's blocks says which objects are blocks; every other property is an argument. Strings are templates, except where Terraform takes them
//! as they stand, or for expressions. Never here: the arguments of resources. What is a block there only a schema knows, so objects and lists
//! of them are left as expressions.

mod blocks;
mod lower;
mod read;

use ecow::EcoString;

use self::blocks::{ROOT, VALUES};
use super::{File, Stretch};
use crate::finding::Diagnostic;
use crate::source::FileId;

/// A JSON value and where it stands.
#[derive(Debug)]
struct Json {
    kind: Kind,
    span: Stretch,
}

#[derive(Debug)]
enum Kind {
    Null,
    Bool(bool),
    /// Valid as JSON; the text is the source's.
    Number,
    String(EcoString),
    Array(Vec<Json>),
    Object(Vec<Property>),
}

#[derive(Debug)]
struct Property {
    name: EcoString,
    name_span: Stretch,
    value: Json,
}

/// Reads a configuration file.
pub(super) fn configuration(text: &str, id: FileId) -> (File, Vec<Diagnostic>) {
    lower::file(text, id, &ROOT)
}

/// Reads a file of values for variables.
pub(super) fn values(text: &str, id: FileId) -> (File, Vec<Diagnostic>) {
    lower::file(text, id, &VALUES)
}
