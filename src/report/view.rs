//! What every format asks of a report: how a projection is to be shown, its numbers in words, paths and links.

use std::collections::BTreeSet;

use crate::finding::{Diagnostic, Finding};
use crate::inventory::Basis;
use crate::projection::{Fullness, LimitOrigin, Projection, Projections, Scope, Verdict};
use crate::report::Report;
use crate::source::{Files, Span};
use crate::words::{grouped, several};

/// What a projection is to its reader.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Within,
    Near,
    Undecided,
    Exceeded,
}

/// Returns how each projection is to be shown: by its verdict, and near where a rule said so.
/// Undecided limits on one resource have no row: their finding says it.
pub(super) fn states(report: &Report) -> Vec<State> {
    let mut states: Vec<State> = report
        .projections
        .iter()
        .map(|p| match p.verdict {
            Verdict::Within => State::Within,
            Verdict::Undecided => State::Undecided,
            Verdict::Exceeded => State::Exceeded,
        })
        .collect();
    for finding in &report.findings {
        if let Some(q) = &finding.quota
            && let Some(state @ State::Within) = states.get_mut(q.projection)
        {
            *state = State::Near;
        }
    }
    states
}

pub(super) fn is_about_tags(finding: &Finding) -> bool {
    finding.key.is_some() || finding.rule.starts_with("tag-")
}

/// `4`, `21–34`, `≥4`.
pub(super) fn range(low: u64, high: Option<u64>, unit: &str) -> String {
    match high {
        Some(high) if high == low => amount(low, unit),
        Some(high) => format!("{}–{}", amount(low, unit), amount(high, unit)),
        None => format!("≥{}", amount(low, unit)),
    }
}

/// An amount in base units, as short as it can be said in a table; the exact one is in the finding.
pub(super) fn amount(n: u64, unit: &str) -> String {
    let scaled = |steps: &[(u64, &str)], least: &str| match steps.iter().find(|(size, _)| n >= *size) {
        Some((size, name)) if n.is_multiple_of(*size) => format!("{} {name}", grouped(n / size)),
        Some((size, name)) => format!("{}.{} {name}", grouped(n / size), n % size * 10 / size),
        None => format!("{n} {least}"),
    };
    match unit {
        "B" => scaled(&[(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")], "B"),
        "ms" => scaled(&[(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s")], "ms"),
        // The name of the quota says what is counted.
        _ => grouped(n),
    }
}

pub(super) fn count_text(p: &Projection) -> String {
    range(p.count.low(), p.count.high(), &p.quota.unit)
}

pub(super) fn limit_text(p: &Projection) -> String {
    p.limit.as_ref().map_or("?".to_owned(), |l| range(l.low, l.high, &p.quota.unit))
}

/// How many modules are missing, so that what they declare is in no count.
pub(super) fn missing_modules(report: &Report) -> u64 {
    report.findings.iter().filter(|f| f.rule == "module-missing").map(|f| f.places_total).sum()
}

/// What the scopes have in common is said once, above the table.
pub(super) struct Places<'a> {
    pub(super) account: Option<Option<&'a str>>,
    pub(super) region: Option<Option<&'a str>>,
}

impl<'a> Places<'a> {
    pub(super) fn of(projections: &'a Projections) -> Places<'a> {
        fn only<'a>(mut all: impl Iterator<Item = Option<&'a str>>) -> Option<Option<&'a str>> {
            let first = all.next()?;
            all.all(|other| other == first).then_some(first)
        }
        Places {
            account: only(projections.iter().map(|p| p.scope.account.as_deref())),
            // A global quota has no Region, which is no other Region.
            region: match only(projections.iter().map(|p| p.scope.region.as_deref()).filter(Option::is_some))
            {
                None if projections.iter().all(|p| p.scope.region.is_none()) => Some(None),
                found => found,
            },
        }
    }

    /// The scope, without what stands above the table.
    pub(super) fn title(&self, scope: &Scope) -> String {
        let account = scope.account.as_deref().unwrap_or("account");
        let mut place = match &scope.region {
            Some(region) => format!("{account} × {region}"),
            None => format!("{account}, all Regions"),
        };
        let root = scope.root.as_ref().map(|root| format!(" · {root}")).unwrap_or_default();
        if scope.parent.is_none() {
            place.push_str(&root);
        }
        let Some(parent) = &scope.parent else { return place };
        let mut title = if scope.candidates > 1 {
            format!("one of {}: {parent}", scope.candidates)
        } else {
            parent.to_string()
        };
        title.push_str(&root);
        if self.account.is_none() || self.region.is_none() {
            title.push_str(&format!(" · {place}"));
        }
        title
    }
}

/// Where, how much of it is known, and whose limits.
pub(super) fn heading(report: &Report, places: &Places) -> String {
    let regions: BTreeSet<&str> =
        report.projections.iter().filter_map(|p| p.scope.region.as_deref()).collect();
    let region = match places.region {
        Some(Some(region)) => region.to_owned(),
        Some(None) => "Region not stated".to_owned(),
        None => several(regions.len() as u64, "Region"),
    };
    let account = match places.account {
        Some(Some(account)) => format!("account {account}"),
        Some(None) => "account not stated".to_owned(),
        None => "several accounts".to_owned(),
    };
    let basis = report.projections.iter().map(|p| p.basis).min().unwrap_or_default();
    let mut origins: Vec<LimitOrigin> =
        report.projections.iter().filter_map(|p| p.limit.as_ref().map(|l| l.origin)).collect();
    origins.sort_unstable();
    origins.dedup();
    let limits: Vec<String> = origins
        .iter()
        .map(|o| match o {
            // The month is enough here; `--version` tells the day.
            LimitOrigin::Catalog => {
                let month = report.stats.catalog.get(..7).unwrap_or(report.stats.catalog);
                format!("catalog {month}").trim_end().to_owned()
            }
            LimitOrigin::Snapshot => report.stats.observed.clone().unwrap_or_else(|| o.name().to_owned()),
            other => other.name().to_owned(),
        })
        .collect();
    let limits = if limits.is_empty() { "none known".to_owned() } else { limits.join(", ") };
    format!("{region}, {account} · {} · limits: {limits}", basis_text(basis))
}

pub(super) fn basis_text(basis: Basis) -> &'static str {
    match basis {
        Basis::Configuration => "this configuration only",
        Basis::State => "with state",
        Basis::Live => "with live usage",
    }
}

pub(super) fn per_cent(p: &Projection) -> String {
    match p.share() {
        None => "–".to_owned(),
        Some((0, Some(0))) if p.count.low() > 0 => "<1 %".to_owned(),
        Some((low, Some(high))) if high == low => format!("{} %", grouped(low)),
        Some((low, Some(high))) => format!("{}–{} %", grouped(low), grouped(high)),
        Some((low, None)) => format!("≥{} %", grouped(low)),
    }
}

pub(super) fn word(state: State, p: &Projection) -> &'static str {
    match state {
        State::Exceeded => "exceeded",
        State::Undecided => "undecided",
        State::Within => "within",
        State::Near => match fullness(p) {
            90.. => "near (critical)",
            80..90 => "near (warning)",
            _ => "near",
        },
    }
}

pub(super) fn fullness(p: &Projection) -> u64 {
    Fullness::of(p).0
}

/// A stretch of a file as other programs want it: from the root of the repository, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub path: String,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    /// Behind the last character.
    pub end_column: u32,
}

/// Returns where a span lies.
pub(super) fn spot(span: Span, report: &Report, files: &Files) -> Spot {
    let file = files.get(span.file);
    let (line, column) = file.line_col(span.start);
    let (end_line, end_column) = file.line_col(span.end.max(span.start));
    Spot { path: report.origin.path(&file.path), line, column, end_line, end_column }
}

/// Returns the file that stands for what has no place of its own: the first input.
pub(super) fn anywhere(report: &Report) -> String {
    let path = report.inputs.first().map_or(".", |i| i.path.as_str());
    report.origin.path(path)
}

/// Returns a finding with its facts and the way out, a line each.
pub(super) fn story(finding: &Finding) -> String {
    let mut text = finding.message.clone();
    for (name, note) in &finding.notes {
        text.push_str(&format!("\n{name}: {note}"));
    }
    if let Some(help) = &finding.help {
        text.push_str(&format!("\nhelp: {}", help.replace('\n', ". ")));
    }
    text
}

/// Returns a diagnostic with its help, a line each.
pub(super) fn diagnostic_story(diagnostic: &Diagnostic) -> String {
    let mut text = diagnostic.summary.to_string();
    if !diagnostic.detail.is_empty() && diagnostic.detail != *diagnostic.summary {
        text.push_str(&format!("\n{}", diagnostic.detail));
    }
    if let Some(help) = &diagnostic.help {
        text.push_str(&format!("\nhelp: {help}"));
    }
    text
}
