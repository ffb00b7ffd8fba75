//! Version 1 of the JSON that other programs read. A field may be added; none changes or leaves.
//!
//! These structs are apart from our own types so that a change within does not change what others rely on.

use std::collections::BTreeMap;

use ecow::EcoString;
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};

use super::super::identity::fingerprints;
use super::super::{Input, Report};
use crate::address::Key;
use crate::catalog::{self, TagShape};
use crate::finding::{Diagnostic, Finding, Place, Written};
use crate::inventory::{Account, Basis, Instance, Inventory, ProviderConfig, ScopeRef, Setting, TagValue};
use crate::projection::{
    self, Limit, Part, Projection, QuotaName, Scope, Share, Shares, partition_of_region,
};
use crate::source::{Files, Span};
use crate::tags;
use crate::value::{Cause, Count};

/// The version that these structs are.
pub const VERSION: u32 = 1;

/// What `tf-headroom check --format json` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Check<'a> {
    schema_version: u32,
    inputs: Vec<InputV1<'a>>,
    #[cfg_attr(test, schemars(with = "Vec<ProjectionV1<'a>>"))]
    projections: Projections<'a>,
    #[cfg_attr(test, schemars(with = "Vec<FindingV1<'a>>"))]
    findings: Findings<'a>,
    diagnostics: Vec<DiagnosticV1<'a>>,
    /// What `merge` puts together, in the report of one part of a check (`--shard`).
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<ShardV1<'a>>,
}

/// Projections, each made when it is written: a large plan has as many as it has roles and security groups.
#[derive(Debug)]
struct Projections<'a> {
    report: &'a Report,
    files: &'a Files,
}

impl Serialize for Projections<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut each = to.serialize_seq(None)?;
        for p in projection::all(&self.report.projections, self.report.quiet.as_ref()) {
            each.serialize_element(&ProjectionV1::of(&p, self.files))?;
        }
        each.end()
    }
}

/// Findings, each made when it is written.
#[derive(Debug)]
struct Findings<'a> {
    report: &'a Report,
    files: &'a Files,
}

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Findings { report, files } = self;
        let prints = fingerprints(report, &report.findings, files);
        let each = report.findings.iter().zip(prints);
        to.collect_seq(each.map(|(f, print)| FindingV1::of(f, print, report, files)))
    }
}

/// One part of a check.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Part of a check"))]
struct ShardV1<'a> {
    /// Which part, from 1.
    number: usize,
    /// How many parts there are.
    of: usize,
    /// How many root modules all parts have together.
    inputs: usize,
    /// The settings file; null: none.
    settings: Option<&'a str>,
    /// The snapshot that told limits; null: none.
    snapshot: Option<&'a str>,
    /// null: none.
    baseline: Option<&'a str>,
    /// The day that was reckoned with.
    today: &'a str,
    /// Tags of what the plan does not change were judged as well.
    all: bool,
    /// How much it may have cost to say whose each count is: `none`, `cheap`, `all`.
    shares: &'a str,
    /// What is equal in all parts of one check.
    key: &'a BTreeMap<String, String>,
    /// `live` or `live-only`, where AWS itself told limits and use; null: it was not asked.
    live: Option<&'a str>,
    /// Where settings, baseline and snapshot are from; null: they lie beside the input.
    settings_from: Option<GateV1<'a>>,
    /// Why it cannot be merged; null: it can.
    unfit: Option<&'a str>,
    /// What was read, for the same version of the program: not for others to read.
    data: &'a str,
    /// What was there before the change; null: nobody asked.
    before: Option<BeforeV1<'a>>,
}

/// The revision that settings, baseline and snapshot are from.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Revision of the settings"))]
struct GateV1<'a> {
    name: &'a str,
    commit: &'a str,
    /// The files that the change is not let loosen.
    files: &'a [String],
}

/// The base, as one part of a check read it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Part of the base"))]
struct BeforeV1<'a> {
    name: &'a str,
    /// How many root modules all parts have together.
    inputs: usize,
    data: &'a str,
}

impl<'a> ShardV1<'a> {
    fn of(part: &'a crate::report::Part) -> ShardV1<'a> {
        let crate::report::Part {
            number,
            of,
            inputs,
            settings,
            snapshot,
            baseline,
            today,
            all,
            shares,
            key,
            live,
            settings_from,
            unfit,
            data,
            before,
        } = part;
        ShardV1 {
            number: *number,
            of: *of,
            inputs: *inputs,
            settings: settings.as_deref(),
            snapshot: snapshot.as_deref(),
            baseline: baseline.as_deref(),
            today,
            all: *all,
            shares,
            key,
            live: live.as_deref(),
            settings_from: settings_from.as_ref().map(|g| GateV1 {
                name: &g.name,
                commit: &g.commit,
                files: &g.files,
            }),
            unfit: unfit.as_deref(),
            data,
            before: before.as_ref().map(|b| BeforeV1 { name: &b.name, inputs: b.inputs, data: &b.data }),
        }
    }
}

/// What was read.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Input"))]
struct InputV1<'a> {
    /// As the user wrote it; `-` for standard input.
    path: &'a str,
    /// The `target` block of the settings that it was run with.
    target: Option<&'a str>,
    /// What it is called in `root` and `roots`.
    name: String,
    /// `source` or `plan`.
    kind: &'a str,
    /// Instances that exist after apply; a group of unknown number as far as it is certain.
    instances: u64,
    /// Why it is not whole; null if it is.
    partial: Option<&'a str>,
}

/// From `low` to `high`, both inclusive.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Count"))]
struct CountV1 {
    low: u64,
    /// null: nothing bounds it from above.
    high: Option<u64>,
}

/// A quota as AWS names it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Quota"))]
struct QuotaV1<'a> {
    service: &'a str,
    /// Empty where AWS documents a limit without a code.
    code: &'a str,
    name: &'a str,
}

/// Where AWS counts.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Scope"))]
struct ScopeV1<'a> {
    partition: &'a str,
    /// null: not stated anywhere.
    account: Option<&'a str>,
    /// null: a global quota, or not stated.
    region: Option<&'a str>,
    /// Address, id or name; null: the account and Region themselves.
    parent: Option<&'a str>,
    /// The path of the input that alone has this scope; null: there is but one input, or it is one scope in all of them.
    root: Option<&'a str>,
}

/// What the instances of one block add.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Part"))]
struct PartV1<'a> {
    address: &'a str,
    /// The path of its input; null: there is but one.
    root: Option<&'a str>,
    count: CountV1,
    /// `create`, `update`, `replace`, `destroy`, `keep`, `read`, `forget`; null: read from source.
    change: Option<&'a str>,
    file: Option<String>,
    line: Option<u32>,
}

/// What a count is compared with.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Limit"))]
struct LimitV1<'a> {
    low: u64,
    /// null: nothing bounds it from above.
    high: Option<u64>,
    /// `live`, `snapshot`, `plan`, `settings`, `state` or `catalog`.
    origin: &'a str,
    /// `confirmed`, `dated` or `unconfirmed`.
    confidence: &'a str,
    /// A year, a month or a day; empty if nobody dated it.
    as_of: &'a str,
}

/// The use of one quota in one scope after apply.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Projection"))]
struct ProjectionV1<'a> {
    quota: QuotaV1<'a>,
    scope: ScopeV1<'a>,
    parts: Vec<PartV1<'a>>,
    before: CountV1,
    count: CountV1,
    /// The highest use while apply runs.
    peak: CountV1,
    /// null: no limit is known.
    limit: Option<LimitV1<'a>>,
    /// How much of what exists is counted: `configuration`, `state` or `live`.
    basis: &'a str,
    /// `within`, `undecided` or `exceeded`.
    verdict: &'a str,
    /// What blocks a verdict: variables, data sources, attributes known after apply.
    because: Vec<&'a str>,
    /// Whose the count is: the difference that each tenant's going would make. null: not worked out, or a limit on one
    /// resource.
    shares: Option<SharesV1<'a>>,
}

/// Whose a count is; all together are the count.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Shares"))]
struct SharesV1<'a> {
    /// Tenants that make a difference, by key.
    tenants: BTreeMap<&'a str, ShareV1>,
    /// The rest; below zero where something is counted for several tenants together.
    shared: ShareV1,
}

/// From `low` to `high`, both inclusive.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Share"))]
struct ShareV1 {
    /// null: nothing bounds it from below.
    low: Option<i64>,
    /// null: nothing bounds it from above.
    high: Option<i64>,
}

/// A fault.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Finding"))]
struct FindingV1<'a> {
    /// The id that `tf-headroom explain` takes.
    rule: &'a str,
    /// `error`, `warning` or `notice`.
    severity: &'a str,
    /// Stays the same when lines move.
    fingerprint: String,
    message: &'a str,
    /// null: not about a quota; so are `scope`, `count` and `limit`.
    quota: Option<QuotaV1<'a>>,
    scope: Option<ScopeV1<'a>>,
    count: Option<CountV1>,
    limit: Option<LimitV1<'a>>,
    /// null: not about a tag.
    key: Option<&'a str>,
    places: Vec<PlaceV1<'a>>,
    /// Where a wrong tag is written, if that is on another line; several: it depends on values, or on the resource.
    written: Vec<WrittenV1<'a>>,
    /// The inputs concerned, where there are several.
    roots: Vec<&'a str>,
}

/// Where a tag is written.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Written"))]
struct WrittenV1<'a> {
    file: Option<String>,
    line: Option<u32>,
    /// The names it comes through, from where it is used.
    through: Vec<&'a str>,
    /// How many resources have it from there, or may have.
    resources: u64,
}

/// Where a fault is.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Place"))]
struct PlaceV1<'a> {
    address: Option<&'a str>,
    file: Option<String>,
    line: Option<u32>,
}

/// What kept something from being read or evaluated.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Diagnostic"))]
struct DiagnosticV1<'a> {
    severity: &'a str,
    summary: &'a str,
    detail: &'a str,
    help: Option<&'a str>,
    file: Option<String>,
    line: Option<u32>,
    /// The instances concerned.
    addresses: Vec<&'a str>,
}

/// What `tf-headroom inventory --format json` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Inventory"))]
pub struct InventoryV1<'a> {
    schema_version: u32,
    /// Instances whose address is known.
    instances: Vec<InstanceV1<'a>>,
    /// Groups of instances whose number or keys are not known.
    undecided: Vec<UndecidedV1<'a>>,
    diagnostics: Vec<DiagnosticV1<'a>>,
}

/// One resource instance.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Instance"))]
struct InstanceV1<'a> {
    address: String,
    /// `managed`, `data` or `ephemeral`.
    mode: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    /// `create`, `update`, `replace`, `destroy`, `keep`, `read`, `forget`; null: read from source.
    change: Option<&'a str>,
    previous_address: Option<String>,
    count: CountV1,
    provider: ProviderV1<'a>,
    scopes: Vec<InstanceScopeV1<'a>>,
    /// As the resource sets them; null: the type takes none. A null value is known only after apply.
    tags: Option<BTreeMap<String, Option<String>>>,
    /// With the provider's default tags.
    tags_all: Option<BTreeMap<String, Option<String>>>,
    /// false: more keys may exist.
    tags_complete: bool,
    file: Option<String>,
    line: Option<u32>,
}

/// The provider configuration of an instance.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Provider"))]
struct ProviderV1<'a> {
    name: &'a str,
    alias: Option<&'a str>,
    partition: &'a str,
    account: Option<&'a str>,
    region: Option<&'a str>,
}

/// What an instance is counted in.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "InstanceScope"))]
struct InstanceScopeV1<'a> {
    /// The candidates, one of which it is; empty: it may be any.
    parent: Vec<String>,
    /// The attribute that names it.
    via: &'a str,
}

/// A group of instances.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Undecided"))]
struct UndecidedV1<'a> {
    address: String,
    count: CountV1,
    because: Vec<&'a str>,
}

/// Returns the report as version 1.
pub fn check<'a>(report: &'a Report, files: &'a Files) -> Check<'a> {
    Check {
        schema_version: VERSION,
        inputs: report.inputs.iter().map(InputV1::of).collect(),
        projections: Projections { report, files },
        findings: Findings { report, files },
        diagnostics: report.diagnostics.iter().map(|d| DiagnosticV1::of(d, files)).collect(),
        part: report.part.as_ref().map(ShardV1::of),
    }
}

/// Returns the inventory as version 1.
pub fn inventory<'a>(inventory: &'a Inventory, files: &Files) -> InventoryV1<'a> {
    let known = |i: &&Instance| !is_group(i);
    InventoryV1 {
        schema_version: VERSION,
        instances: inventory
            .instances
            .iter()
            .filter(known)
            .map(|i| InstanceV1::of(i, inventory, files))
            .collect(),
        undecided: inventory.instances.iter().filter(|i| is_group(i)).map(UndecidedV1::of).collect(),
        diagnostics: inventory.diagnostics.iter().map(|d| DiagnosticV1::of(d, files)).collect(),
    }
}

/// True if the address stands for instances whose keys are not known.
fn is_group(instance: &Instance) -> bool {
    let mut module = instance.address.module.as_ref();
    let mut group = instance.address.key == Key::Unknown;
    while let Some(m) = module {
        group |= m.key == Key::Unknown;
        module = m.parent.as_ref();
    }
    group
}

fn place(span: Option<Span>, files: &Files) -> (Option<String>, Option<u32>) {
    span.map(|s| files.locate(s)).map_or((None, None), |at| (Some(at.path), Some(at.line)))
}

/// The names of causes, each once; one that nobody stated has none.
fn names<'a>(causes: impl IntoIterator<Item = &'a Cause>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for name in causes.into_iter().map(|c| c.name().as_str()) {
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

impl<'a> InputV1<'a> {
    fn of(input: &'a Input) -> InputV1<'a> {
        InputV1 {
            path: &input.path,
            target: input.target.as_deref(),
            name: input.name(),
            kind: input.kind.name(),
            instances: input.instances,
            partial: input.partial.as_deref(),
        }
    }
}

impl CountV1 {
    fn of(count: Count) -> CountV1 {
        CountV1 { low: count.low(), high: count.high() }
    }
}

impl ShareV1 {
    fn of(share: Share) -> ShareV1 {
        ShareV1 { low: share.low, high: share.high }
    }
}

impl<'a> SharesV1<'a> {
    fn of(shares: &'a Shares) -> SharesV1<'a> {
        SharesV1 {
            tenants: shares.tenants.iter().map(|(name, s)| (name.as_str(), ShareV1::of(*s))).collect(),
            shared: ShareV1::of(shares.shared),
        }
    }
}

impl<'a> QuotaV1<'a> {
    fn of(quota: &'a QuotaName) -> QuotaV1<'a> {
        QuotaV1 { service: &quota.service, code: &quota.code, name: &quota.name }
    }
}

impl<'a> ScopeV1<'a> {
    fn of(scope: &'a Scope) -> ScopeV1<'a> {
        ScopeV1 {
            partition: &scope.partition,
            account: scope.account.as_deref(),
            region: scope.region.as_deref(),
            parent: scope.parent.as_deref(),
            root: scope.root.as_deref(),
        }
    }
}

impl<'a> PartV1<'a> {
    fn of(part: &'a Part, files: &Files) -> PartV1<'a> {
        let (file, line) = place(part.span, files);
        let change = part.change.map(|c| c.name());
        PartV1 {
            address: &part.address,
            root: part.root.as_deref(),
            count: CountV1::of(part.count),
            change,
            file,
            line,
        }
    }
}

impl<'a> LimitV1<'a> {
    fn of(limit: &'a Limit) -> LimitV1<'a> {
        LimitV1 {
            low: limit.low,
            high: limit.high,
            origin: limit.origin.name(),
            confidence: limit.confidence.name(),
            as_of: &limit.as_of,
        }
    }
}

impl<'a> ProjectionV1<'a> {
    fn of(p: &'a Projection, files: &Files) -> ProjectionV1<'a> {
        ProjectionV1 {
            quota: QuotaV1::of(&p.quota),
            scope: ScopeV1::of(&p.scope),
            parts: p.parts.iter().map(|part| PartV1::of(part, files)).collect(),
            before: CountV1::of(p.before),
            count: CountV1::of(p.count),
            peak: CountV1::of(p.peak),
            limit: p.limit.as_deref().map(LimitV1::of),
            basis: match p.basis {
                Basis::Configuration => "configuration",
                Basis::State => "state",
                Basis::Live => "live",
            },
            verdict: p.verdict.name(),
            because: names(&p.because),
            shares: p.shares.as_deref().map(SharesV1::of),
        }
    }
}

impl<'a> FindingV1<'a> {
    fn of(f: &'a Finding, fingerprint: String, report: &'a Report, files: &Files) -> FindingV1<'a> {
        let projection = report.projection(f);
        FindingV1 {
            rule: f.rule,
            severity: f.severity.name(),
            fingerprint,
            message: &f.message,
            quota: f.quota.as_ref().map(|q| QuotaV1 { service: &q.service, code: &q.code, name: &q.name }),
            scope: projection.map(|p| ScopeV1::of(&p.scope)),
            count: projection.map(|p| CountV1::of(p.count)),
            limit: projection.and_then(|p| p.limit.as_deref()).map(LimitV1::of),
            key: f.key.as_deref(),
            places: f.places.iter().map(|p| PlaceV1::of(p, files)).collect(),
            written: f.written.iter().map(|w| WrittenV1::of(w, files)).collect(),
            roots: f.roots.iter().map(|r| r.as_str()).collect(),
        }
    }
}

impl<'a> WrittenV1<'a> {
    fn of(w: &'a Written, files: &Files) -> WrittenV1<'a> {
        let (file, line) = place(Some(w.span), files);
        let through = w.through.iter().map(|t| t.as_str()).collect();
        WrittenV1 { file, line, through, resources: w.resources }
    }
}

impl<'a> PlaceV1<'a> {
    fn of(p: &'a Place, files: &Files) -> PlaceV1<'a> {
        let (file, line) = place(p.span, files);
        PlaceV1 { address: p.address.as_deref(), file, line }
    }
}

impl<'a> DiagnosticV1<'a> {
    fn of(d: &'a Diagnostic, files: &Files) -> DiagnosticV1<'a> {
        let (file, line) = place(d.span.or(d.among.first().copied()), files);
        DiagnosticV1 {
            severity: d.severity.name(),
            summary: &d.summary,
            detail: &d.detail,
            help: d.help.as_deref(),
            file: file.or_else(|| d.origin.clone()),
            line,
            addresses: d.addresses.iter().map(String::as_str).collect(),
        }
    }
}

impl<'a> InstanceV1<'a> {
    fn of(i: &'a Instance, inventory: &'a Inventory, files: &Files) -> InstanceV1<'a> {
        let config = &inventory.providers[i.provider.0 as usize];
        let (file, line) = place(i.origin, files);
        let shape = catalog::taggable(&i.address.block.ty);
        let reached = shape.is_none_or(|t| t.shape == TagShape::Map);
        let takes = i.tags.is_some() || i.tags_all.is_some();
        let all = takes.then(|| tags::effective(i, Some(config), reached));
        let open = i.tags.as_ref().is_some_and(|t| t.open.is_some())
            || all.as_ref().is_some_and(|t| t.open.is_some());
        InstanceV1 {
            address: i.address.to_string(),
            mode: i.address.block.mode.name(),
            kind: &i.address.block.ty,
            change: i.change.map(|c| c.name()),
            previous_address: i.previous.as_ref().map(ToString::to_string),
            count: CountV1::of(i.after),
            provider: ProviderV1::of(config, i.region.as_ref()),
            scopes: i.scopes.iter().filter_map(|(via, s)| InstanceScopeV1::of(via, s, inventory)).collect(),
            tags: i.tags.as_ref().map(|t| tag_map(t.entries.iter().map(|(k, v)| (k, v)))),
            tags_all: all.map(|t| tag_map(t.entries.iter().map(|t| (t.key, t.value)))),
            tags_complete: !open,
            file,
            line,
        }
    }
}

/// Tags as JSON has them; what is sensitive is not told, what is unknown is null.
fn tag_map<'t>(
    tags: impl Iterator<Item = (&'t EcoString, &'t TagValue)>,
) -> BTreeMap<String, Option<String>> {
    let value = |v: &TagValue| match v {
        TagValue::Known(text) => Some(Some(text.to_string())),
        TagValue::Sensitive(_) => Some(Some("(sensitive value)".to_owned())),
        TagValue::Unknown(_) => Some(None),
        TagValue::Null => None,
    };
    tags.filter_map(|(k, v)| Some((k.to_string(), value(v)?))).collect()
}

impl<'a> ProviderV1<'a> {
    fn of(config: &'a ProviderConfig, region: Option<&'a Setting>) -> ProviderV1<'a> {
        let region = match region.or(config.region.as_ref()) {
            Some(Setting::Known(region)) => Some(region.as_str()),
            Some(Setting::Unknown(_)) | None => None,
        };
        let account = match &config.account {
            Account::Id(id) => Some(id.as_str()),
            Account::Chosen(_) | Account::Unknown(_) => None,
        };
        ProviderV1 {
            name: &config.name,
            alias: config.alias.as_deref(),
            partition: region.map_or("aws", partition_of_region),
            account,
            region,
        }
    }
}

impl<'a> InstanceScopeV1<'a> {
    fn of(via: &'a str, scope: &ScopeRef, inventory: &Inventory) -> Option<InstanceScopeV1<'a>> {
        let parent = match scope {
            ScopeRef::Account | ScopeRef::Own | ScopeRef::Nothing => return None,
            ScopeRef::Unknown(_) => None,
            ScopeRef::OneOf(inner) => {
                inner.iter().map(|s| scope_name(s, inventory)).collect::<Option<Vec<String>>>()
            }
            ScopeRef::Parent(_) | ScopeRef::Composite(_) => scope_name(scope, inventory).map(|n| vec![n]),
        };
        Some(InstanceScopeV1 { parent: parent.unwrap_or_default(), via })
    }
}

/// None: it may be any.
fn scope_name(scope: &ScopeRef, inventory: &Inventory) -> Option<String> {
    match scope {
        ScopeRef::Account => Some("account".to_owned()),
        ScopeRef::Parent(id) => Some(inventory.parents.name(*id).to_string()),
        ScopeRef::Composite(inner) => {
            let names: Option<Vec<String>> = inner.iter().map(|s| scope_name(s, inventory)).collect();
            names.map(|n| n.join(" / "))
        }
        ScopeRef::OneOf(_) | ScopeRef::Own | ScopeRef::Unknown(_) | ScopeRef::Nothing => None,
    }
}

impl<'a> UndecidedV1<'a> {
    fn of(i: &'a Instance) -> UndecidedV1<'a> {
        UndecidedV1 { address: i.address.to_string(), count: CountV1::of(i.after), because: names(&i.why) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::json::capacity::Capacity;
    use crate::report::json::tags::TagsV1;
    use crate::report::json::{CAPACITY_SCHEMA, CHECK_SCHEMA, INVENTORY_SCHEMA, TAGS_SCHEMA};

    /// The committed schema must be that of the structs; `UPDATE=1` writes it anew.
    fn check(schema: schemars::Schema, committed: &str, file: &str) {
        let made = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("UPDATE").is_some() {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/json").join(file);
            crate::source::write_whole(&path, made.as_bytes()).unwrap();
        } else {
            assert_eq!(made, committed, "{file} is stale: run `UPDATE=1 cargo test`");
        }
    }

    #[test]
    fn the_committed_schemas_are_those_of_the_structs() {
        check(schemars::schema_for!(Check<'static>), CHECK_SCHEMA, "check.v1.schema.json");
        check(schemars::schema_for!(InventoryV1<'static>), INVENTORY_SCHEMA, "inventory.v1.schema.json");
        check(schemars::schema_for!(Capacity<'static>), CAPACITY_SCHEMA, "capacity.v1.schema.json");
        check(schemars::schema_for!(TagsV1<'static>), TAGS_SCHEMA, "tags.v1.schema.json");
    }
}
