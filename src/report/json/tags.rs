//! Version 1 of what `tf-headroom tags --format json` prints.

use std::collections::BTreeMap;

use ecow::EcoString;
use serde::Serialize;

use crate::source::{Files, Span};
use crate::tags::{Coverage, Detail, Held, Remedied, TagVerdicts, Unmanaged, remedies};

/// What `tf-headroom tags --format json` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Tags"))]
pub struct TagsV1<'a> {
    schema_version: u32,
    /// Resources that take tags and exist after apply.
    judged: u64,
    /// Resources whose type takes no tags.
    untaggable: u64,
    /// How far each required key has got.
    keys: Vec<RowV1<'a>>,
    /// The same over all keys, by resource type, module (the root is empty) and tenant (empty: shared by all).
    types: Vec<RowV1<'a>>,
    modules: Vec<RowV1<'a>>,
    tenants: Vec<RowV1<'a>>,
    /// Types of which nobody said whether they take tags, with how many resources there are.
    unknown_types: BTreeMap<&'a str, u64>,
    /// Where each missing key is added once for the most resources.
    remedies: Vec<RemedyV1<'a>>,
    /// What a state has and the source does not declare.
    unmanaged: Vec<UnmanagedV1<'a>>,
}

/// Resources that have what is asked, by whether they do.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Row"))]
struct RowV1<'a> {
    name: &'a str,
    with: u64,
    without: u64,
    undecided: u64,
    exempt: u64,
}

/// The smallest repair of a missing key.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Remedy"))]
struct RemedyV1<'a> {
    key: &'a str,
    missing: u64,
    mends: u64,
    /// `default_tags`, `module` or `resource`.
    kind: &'a str,
    /// The provider configuration, the module or the resource, without keys.
    place: &'a str,
    file: Option<String>,
    line: Option<u32>,
}

/// An object that the source does not declare.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Unmanaged"))]
struct UnmanagedV1<'a> {
    address: &'a str,
    #[serde(rename = "type")]
    ty: &'a str,
    /// How many tags it has; null: its type takes none, or it comes from a snapshot, which holds no tags.
    tags: Option<u64>,
    /// It may be one that the source declares, whose id, ARN and name are not known there.
    undecided: bool,
}

/// Returns the document of version 1.
pub fn tags<'a>(verdicts: &'a TagVerdicts, unmanaged: &'a [Unmanaged], files: &Files) -> String {
    let none = Detail::default();
    let detail = verdicts.detail.as_ref().unwrap_or(&none);
    let remedies = remedies(verdicts);
    let document = TagsV1 {
        schema_version: 1,
        judged: verdicts.judged,
        untaggable: verdicts.untaggable,
        keys: verdicts.coverage.iter().map(|(k, c)| row(k, *c)).collect(),
        types: rows(&detail.by_type),
        modules: rows(&detail.by_module),
        tenants: rows(&detail.by_tenant),
        unknown_types: verdicts.unknown_types.iter().map(|(t, n)| (t.as_str(), *n)).collect(),
        remedies: remedies
            .iter()
            .map(|r| {
                let (kind, place, span): (_, _, Option<Span>) = match &r.place {
                    Remedied::DefaultTags(m) => {
                        ("default_tags", m.provider.as_str(), m.default_tags.or(m.span))
                    }
                    Remedied::Module(module) => ("module", module.as_str(), None),
                    Remedied::Resource(block) => ("resource", block.as_str(), None),
                };
                let at = span.map(|s| files.locate(s));
                let (file, line) = (at.as_ref().map(|a| a.path.to_string()), at.as_ref().map(|a| a.line));
                RemedyV1 { key: &r.key, missing: r.missing, mends: r.mends, kind, place, file, line }
            })
            .collect(),
        unmanaged: unmanaged
            .iter()
            .map(|u| UnmanagedV1 {
                address: &u.address,
                ty: &u.ty,
                undecided: u.tags == Held::Undecided,
                tags: match u.tags {
                    Held::Known(n) => Some(n),
                    Held::TakesNone | Held::NotTold | Held::Undecided => None,
                },
            })
            .collect(),
    };
    super::print(&document)
}

fn row(name: &EcoString, c: Coverage) -> RowV1<'_> {
    let Coverage { with, without, undecided, exempt } = c;
    RowV1 { name, with, without, undecided, exempt }
}

fn rows(table: &BTreeMap<EcoString, BTreeMap<EcoString, Coverage>>) -> Vec<RowV1<'_>> {
    table.iter().map(|(n, keys)| row(n, keys.values().copied().sum())).collect()
}
