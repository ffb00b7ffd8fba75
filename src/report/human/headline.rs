//! The answer in a line: does it fit, is it sure, and what of the tags.

use std::collections::{BTreeMap, BTreeSet};

use super::symbol;
use crate::finding::{Finding, Severity};
use crate::projection::{Projection, QuotaName, Verdict};
use crate::report::text::{Line, Tone};
use crate::report::view::{State, count_text, is_about_tags, limit_text, missing_modules, states};
use crate::report::{Look, Report};
use crate::words::several;

/// Returns the headline.
pub fn lines(report: &Report, look: &Look) -> Vec<Line> {
    let (tone, sign) = symbol(report);
    let texts = texts(report);
    let whole = headline(tone, sign, &texts.join(" · "));
    if whole.width() <= look.width {
        return vec![whole];
    }
    let mut lines = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        lines.extend(headline(tone, if at == 0 { sign } else { " " }, text).wrap(look.width, 4));
    }
    lines
}

/// Returns what the headline says, part by part, what failed first.
pub fn texts(report: &Report) -> Vec<String> {
    let mut parts: Vec<(Severity, String)> = Vec::new();
    let unread = report.diagnostics.iter().filter(|d| d.severity == Severity::Error).count() as u64;
    if unread > 0 {
        parts.push((
            Severity::Error,
            format!("not everything could be checked: {}", several(unread, "error")),
        ));
    }
    let missing = missing_modules(report);
    if missing > 0 {
        parts
            .push((Severity::Warning, format!("{} not on disk and in no count", several(missing, "module"))));
    }
    let worst = |tags: bool| {
        let of = report.findings.iter().filter(|f| is_about_tags(f) == tags && (tags || f.quota.is_some()));
        of.map(|f| f.severity).max().unwrap_or(Severity::Notice)
    };
    parts.extend(quotas(report).map(|text| (worst(false), text)));
    parts.extend(tags(report).map(|text| (worst(true), text)));
    // What failed is said first.
    parts.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    parts.into_iter().map(|(_, text)| text).collect()
}

fn headline(tone: Tone, sign: &str, text: &str) -> Line {
    Line::new().with(tone, sign).with(Tone::Strong, format!(" {text}"))
}

/// What of the quotas.
fn quotas(report: &Report) -> Option<String> {
    if report.projections.is_empty() {
        return Some("nothing here that a known quota counts".to_owned());
    }
    let tally = Tally::of(report);
    let near = match tally.near.len() {
        0 => String::new(),
        n => format!(", {n} near"),
    };
    if !tally.over.is_empty() {
        let open = match tally.open.len() {
            0 => String::new(),
            n => format!(", {n} undecided"),
        };
        let over = several(tally.over.len() as u64, "quota");
        return Some(format!("{} {over} exceeded{near}{open}", fate(report)));
    }
    if let Some(first) = tally.open.first() {
        let more = match tally.open.len() - 1 {
            0 => String::new(),
            n => format!(", and {n} more"),
        };
        return Some(format!("{}{more}{near}", undecided(first)));
    }
    let within = several(tally.within, "quota");
    let silent = match (tally.silent_over, tally.silent_open) {
        (0, 0) => String::new(),
        (0, open) => format!(", {open} undecided"),
        (over, 0) => format!(", {over} exceeded already or allowed"),
        (over, open) => format!(", {over} exceeded already or allowed, {open} undecided"),
    };
    if tally.silent_over > 0 {
        return Some(format!("no change for the worse: {within} within{near}{silent}"));
    }
    match tally.near.first() {
        Some(first) => {
            let (used, limit) = (count_text(first), limit_text(first));
            let more = if tally.near.len() > 1 {
                format!(", and {} more", tally.near.len() - 1)
            } else {
                String::new()
            };
            Some(format!("fits, but near: {} {used} of {limit}{more}{silent}", first.quota.name))
        }
        None => Some(format!("fits: {within} within{silent}")),
    }
}

/// Projections by what is to be said of them.
struct Tally<'a> {
    over: Vec<&'a Projection>,
    near: Vec<&'a Projection>,
    open: Vec<&'a Projection>,
    /// Exceeded and undecided ones that no finding tells of: allowed, or as they were before.
    silent_over: u64,
    silent_open: u64,
    /// Quotas that are within in every scope.
    within: u64,
}

impl<'a> Tally<'a> {
    fn of(report: &'a Report) -> Tally<'a> {
        let told: BTreeSet<usize> =
            report.findings.iter().filter_map(|f| f.quota.as_ref().map(|q| q.projection)).collect();
        let mut tally = Tally {
            over: Vec::new(),
            near: Vec::new(),
            open: Vec::new(),
            silent_over: 0,
            silent_open: 0,
            within: 0,
        };
        let mut quotas: BTreeMap<&QuotaName, bool> = BTreeMap::new();
        for (at, (state, p)) in states(report).into_iter().zip(report.projections.iter()).enumerate() {
            *quotas.entry(&p.quota).or_insert(true) &= p.verdict == Verdict::Within;
            match (state, told.contains(&at)) {
                (State::Exceeded, true) => tally.over.push(p),
                (State::Exceeded, false) => tally.silent_over += 1,
                (State::Undecided, true) => tally.open.push(p),
                (State::Undecided, false) => tally.silent_open += 1,
                (State::Near, _) => tally.near.push(p),
                (State::Within, _) => {}
            }
        }
        tally.within = quotas.values().filter(|within| **within).count() as u64;
        tally
    }
}

/// What becomes of an apply, said only as surely as it is known.
fn fate(report: &Report) -> &'static str {
    let over: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|f| report.projection(f).is_some_and(|p| p.verdict == Verdict::Exceeded))
        .collect();
    let assumed =
        |f: &&Finding| report.projection(f).and_then(|p| p.limit.as_ref()).is_some_and(|l| l.assumed);
    match over.iter().map(|f| f.severity).max() {
        Some(Severity::Error) if over.iter().all(assumed) => "apply would fail at AWS's defaults:",
        Some(Severity::Error) => "apply would fail:",
        Some(Severity::Warning) => "apply may fail:",
        Some(Severity::Notice) | None => "no change for the worse:",
    }
}

/// "Queues per instance at least 4, limit 5: undecided".
fn undecided(p: &Projection) -> String {
    let limit = match &p.limit {
        None => "no limit known".to_owned(),
        Some(l) if l.high == Some(l.low) => format!("limit {}", limit_text(p)),
        Some(l) => format!("limit at least {}", l.low),
    };
    format!("{} {}, {limit}: undecided", p.quota.name, p.count)
}

/// What of the tags.
fn tags(report: &Report) -> Option<String> {
    let mut parts = Vec::new();
    for severity in [Severity::Error, Severity::Warning] {
        let of = || report.findings.iter().filter(|f| f.severity == severity && is_about_tags(f));
        let (count, places) = (of().count() as u64, of().map(|f| f.places_total).sum::<u64>());
        if count > 0 {
            let mut text = several(count, severity.name());
            if severity == Severity::Error && places > 1 {
                text.push_str(&format!(" on {}", several(places, "resource")));
            }
            parts.push(text);
        }
    }
    match (parts.is_empty(), report.stats.tags_judged) {
        (false, _) => Some(format!("tags: {}", parts.join(", "))),
        (true, 0) => None,
        (true, judged) if report.stats.tags_schema => {
            Some(format!("tags: sound on {}", several(judged, "resource")))
        }
        // What nobody asked for is told at the foot.
        (true, _) => None,
    }
}
