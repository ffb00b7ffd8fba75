//! The data files as they are written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Faults;

#[derive(Default)]
pub struct Data {
    /// Service code and its quotas.
    pub services: Vec<(String, Vec<QuotaRow>)>,
    pub sources: BTreeMap<String, SourceRow>,
    pub taggable: Vec<TaggableRow>,
    pub unmeasured: Unmeasured,
    pub baselines: Baselines,
    pub identity: BTreeMap<String, IdentityRow>,
    pub types: Types,
    pub global: Global,
    pub deletes: Deletes,
    pub services_told: Services,
    pub vcpus: Vec<(String, u64)>,
    pub rates: Vec<RateRow>,
    pub coverage: Vec<CoverageRow>,
    pub passing: Passing,
    pub date: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceFile {
    pub quota: Vec<QuotaRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaRow {
    #[serde(default)]
    pub code: String,
    pub name: String,
    pub default: Option<Number>,
    pub unit: String,
    pub adjustable: String,
    pub scope: String,
    pub kind: String,
    pub confidence: String,
    pub sources: Vec<String>,
    #[serde(default)]
    pub as_of: String,
    #[serde(default)]
    pub notes: String,
    #[serde(default)]
    pub measure: Vec<MeasureRow>,
}

/// `100` or `0.5`.
#[derive(Deserialize, Clone, Copy)]
#[serde(untagged)]
pub enum Number {
    Whole(i64),
    Fraction(f64),
}

impl Number {
    #[expect(clippy::cast_precision_loss, reason = "limits lie far below 2^53")]
    pub fn as_f64(self) -> f64 {
        match self {
            Number::Whole(n) => n as f64,
            Number::Fraction(n) => n,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureRow {
    #[serde(rename = "type")]
    pub resource_type: String,
    pub amount: String,
    #[serde(default)]
    pub scope: Vec<String>,
    #[serde(default)]
    pub of: String,
    #[serde(default = "sum")]
    pub aggregate: String,
    #[serde(default)]
    pub filter: Vec<String>,
    #[serde(default)]
    pub blind: Vec<String>,
    #[serde(default)]
    pub part: String,
    #[serde(default)]
    pub unit: String,
    #[serde(default)]
    pub plus: u64,
    #[serde(default)]
    pub unset: u64,
    #[serde(default)]
    pub spare: u64,
    #[serde(default)]
    pub on_create: bool,
    #[serde(default)]
    pub notes: String,
}

fn sum() -> String {
    "sum".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRow {
    pub title: String,
    pub document: String,
    pub date: String,
    pub used_for: String,
}

pub struct TaggableRow {
    pub resource_type: String,
    pub tags_all: bool,
    pub style: String,
    pub policy_type: String,
    pub enforceable: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Unmeasured {
    #[serde(default)]
    pub row: Vec<UnmeasuredRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnmeasuredRow {
    pub service: String,
    pub quota: String,
    #[serde(rename = "type")]
    pub resource_type: String,
    pub measure: String,
    pub reason: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Baselines {
    #[serde(default)]
    pub baseline: Vec<BaselineRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineRow {
    pub parent_type: String,
    pub service: String,
    pub quota: String,
    #[serde(default)]
    pub part: String,
    pub low: u64,
    pub high: u64,
    pub name: String,
    #[serde(default)]
    pub objects: Vec<String>,
    #[serde(default)]
    pub resource_type: String,
    pub parents: Vec<String>,
    pub source: String,
    #[serde(default)]
    pub notes: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityRow {
    pub attributes: Vec<String>,
    #[serde(default)]
    pub key: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Types {
    #[serde(default)]
    pub alias: BTreeMap<String, String>,
    #[serde(default)]
    pub adopts: BTreeMap<String, String>,
    #[serde(default)]
    pub text_scopes: BTreeMap<String, String>,
    #[serde(default)]
    pub newer: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub mirrored: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub leads_to: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Global {
    #[serde(default)]
    pub prefixes: Vec<String>,
    #[serde(default)]
    pub but: Vec<String>,
    #[serde(default)]
    pub yet: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Deletes {
    #[serde(default)]
    pub delete: Vec<DeleteRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteRow {
    #[serde(rename = "type")]
    pub resource_type: String,
    pub frees: String,
    #[serde(default)]
    pub days: Vec<u64>,
    #[serde(default)]
    pub attribute: String,
    #[serde(default)]
    pub kept_if: String,
    #[serde(default)]
    pub provider: String,
    pub source: String,
    #[serde(default)]
    pub notes: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Services {
    #[serde(default)]
    pub change: Vec<ChangeRow>,
    #[serde(default)]
    pub lead_time: Vec<LeadTimeRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeRow {
    pub service: String,
    pub what: String,
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeadTimeRow {
    pub service: String,
    #[serde(default)]
    pub quota: String,
    pub time: String,
    pub source: String,
}

impl Data {
    pub fn read(folder: &Path, faults: &mut Faults) -> Data {
        let mut data = Data::default();
        let mut names: Vec<String> = fs::read_dir(folder)
            .map(|entries| entries.flatten().filter_map(|e| e.file_name().into_string().ok()).collect())
            .unwrap_or_default();
        names.sort();
        for name in names {
            match name.strip_suffix(".toml") {
                Some("sources") => data.sources = toml_file(folder, &name, faults),
                Some(service) => {
                    let file: Option<ServiceFile> = parse(folder, &name, faults);
                    if let Some(file) = file {
                        data.services.push((service.to_owned(), file.quota));
                    }
                }
                None => {}
            }
        }
        data.unmeasured = toml_file(folder, "hand/unmeasured.toml", faults);
        data.baselines = toml_file(folder, "hand/baselines.toml", faults);
        data.identity = toml_file(folder, "hand/identity.toml", faults);
        data.types = toml_file(folder, "hand/types.toml", faults);
        data.global = toml_file(folder, "hand/global.toml", faults);
        data.deletes = toml_file(folder, "hand/deletes.toml", faults);
        data.services_told = toml_file(folder, "hand/services.toml", faults);
        data.taggable = taggable(folder, faults);
        data.vcpus = vcpus(folder, faults);
        data.rates = rates(folder, faults);
        data.coverage = coverage(folder, faults);
        data.passing = toml_file(folder, "hand/passing.toml", faults);
        data.date = text(folder, "hand/date.txt", faults).trim().to_owned();
        data
    }
}

pub fn text(folder: &Path, name: &str, faults: &mut Faults) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_else(|e| {
        faults.add(name, e.to_string());
        String::new()
    })
}

fn parse<T: DeserializeOwned>(folder: &Path, name: &str, faults: &mut Faults) -> Option<T> {
    match toml::from_str(&text(folder, name, faults)) {
        Ok(value) => Some(value),
        Err(e) => {
            faults.add(name, e.to_string());
            None
        }
    }
}

fn toml_file<T: DeserializeOwned + Default>(folder: &Path, name: &str, faults: &mut Faults) -> T {
    parse(folder, name, faults).unwrap_or_default()
}

/// Yields the fields of the lines that are not comments.
fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).map(|l| l.split('\t').collect())
}

fn taggable(folder: &Path, faults: &mut Faults) -> Vec<TaggableRow> {
    let name = "taggable.tsv";
    let mut rows = Vec::new();
    for fields in lines(&text(folder, name, faults)) {
        let [resource_type, tags_all, style, policy_type, enforceable] = fields[..] else {
            faults.add(name, format!("five fields wanted: {}", fields.join(" ")));
            continue;
        };
        rows.push(TaggableRow {
            resource_type: resource_type.to_owned(),
            tags_all: tags_all == "yes",
            style: style.to_owned(),
            policy_type: policy_type.to_owned(),
            enforceable: enforceable.to_owned(),
        });
    }
    rows
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Passing {
    pub made: Vec<MadeRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeRow {
    #[serde(rename = "type")]
    pub resource_type: String,
    pub what: String,
    #[serde(default)]
    pub block: String,
    #[serde(default)]
    pub switch: String,
    #[serde(default)]
    pub own: Vec<String>,
    #[serde(default)]
    pub lent: Vec<String>,
    #[serde(default)]
    pub outside: Vec<String>,
    #[serde(default)]
    pub via: Vec<String>,
    #[serde(default)]
    pub of: String,
    #[serde(default)]
    pub part: String,
    #[serde(default)]
    pub adds: Vec<String>,
    #[serde(default)]
    pub launched: bool,
    #[serde(default)]
    pub unless: Vec<String>,
    #[serde(default)]
    pub only: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub defaults: String,
    pub repair: String,
    pub source: String,
}

impl MadeRow {
    /// Every attribute that it looks at, from the resource on.
    pub fn paths(&self) -> Vec<String> {
        let inside = |name: &String| match self.block.as_str() {
            "" => name.clone(),
            block => format!("{block}.{name}"),
        };
        let here = [&self.switch].into_iter().chain(&self.adds).chain(self.only.keys());
        let mut paths: Vec<String> = here.filter(|p| !p.is_empty()).map(inside).collect();
        paths.extend(self.via.iter().chain(&self.unless).cloned());
        paths.extend(self.launched.then(|| "tag.propagate_at_launch".to_owned()));
        paths
    }
}

pub struct CoverageRow {
    /// With `*` for any text.
    pub pattern: String,
    pub none: bool,
    pub reason: String,
}

fn coverage(folder: &Path, faults: &mut Faults) -> Vec<CoverageRow> {
    let name = "hand/coverage.tsv";
    let mut rows = Vec::new();
    for fields in lines(&text(folder, name, faults)) {
        match fields[..] {
            [pattern, kind @ ("none" | "not"), reason] if !reason.is_empty() => rows.push(CoverageRow {
                pattern: pattern.to_owned(),
                none: kind == "none",
                reason: reason.to_owned(),
            }),
            _ => {
                faults.add(name, format!("a pattern, none or not, and a reason wanted: {}", fields.join(" ")))
            }
        }
    }
    rows
}

/// True if a pattern with `*` fits the whole text.
pub fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|tail| {
            (0..=tail.len()).any(|at| tail.is_char_boundary(at) && fits(rest, &tail[at..]))
        }),
    }
}

pub struct RateRow {
    pub resource_type: String,
    pub call: String,
    pub service: String,
    pub quota: String,
    pub burst_quota: String,
    pub per_second: f64,
    pub burst: u64,
}

fn rates(folder: &Path, faults: &mut Faults) -> Vec<RateRow> {
    let name = "hand/rates.tsv";
    let mut rows: Vec<RateRow> = Vec::new();
    for fields in lines(&text(folder, name, faults)) {
        let [resource_type, call, service, quota, burst_quota, per_second, burst] = fields[..] else {
            faults.add(name, format!("seven fields wanted: {}", fields.join(" ")));
            continue;
        };
        let (Ok(per_second), Ok(burst)) = (per_second.parse(), burst.parse()) else {
            faults.add(name, format!("two numbers wanted: {}", fields.join(" ")));
            continue;
        };
        rows.push(RateRow {
            resource_type: resource_type.to_owned(),
            call: call.to_owned(),
            service: service.to_owned(),
            quota: quota.to_owned(),
            burst_quota: burst_quota.to_owned(),
            per_second,
            burst,
        });
    }
    if !rows.is_sorted_by(|a, b| a.resource_type < b.resource_type) {
        faults.add(name, "not sorted, or a type twice");
    }
    rows
}

fn vcpus(folder: &Path, faults: &mut Faults) -> Vec<(String, u64)> {
    let name = "hand/vcpus.tsv";
    let mut rows = Vec::new();
    for fields in lines(&text(folder, name, faults)) {
        match fields[..] {
            [instance_type, vcpus] if vcpus.parse::<u64>().is_ok() => {
                rows.push((instance_type.to_owned(), vcpus.parse().unwrap_or_default()));
            }
            _ => faults.add(name, format!("a type and a number wanted: {}", fields.join(" "))),
        }
    }
    if !rows.is_sorted() {
        faults.add(name, "not sorted");
    }
    rows
}
