//! The answer in a line: does it fit, is it sure, and what of the tags.

use super::{State, count_text, is_about_tags, limit_text, states, symbol};
use crate::finding::{Finding, Severity};
use crate::projection::{Projection, Verdict};
use crate::report::text::{Line, Tone};
use crate::report::{Look, Report};
use crate::words::several;

/// Returns the headline.
pub fn lines(report: &Report, look: &Look) -> Vec<Line> {
    let (tone, sign) = symbol(report);
    let mut parts = Vec::new();
    let unread = report.diagnostics.iter().filter(|d| d.severity == Severity::Error).count() as u64;
    if unread > 0 {
        parts.push(format!("not everything could be checked: {}", several(unread, "error")));
    }
    parts.extend(quotas(report));
    parts.extend(tags(report));
    Line::new().with(tone, sign).with(Tone::Strong, format!(" {}", parts.join(" · "))).wrap(look.width, 2)
}

/// What of the quotas.
fn quotas(report: &Report) -> Option<String> {
    let states = states(report);
    let told = |state: State| {
        let mut seen: Vec<usize> = report
            .findings
            .iter()
            .filter_map(|f| f.quota.as_ref().map(|q| q.projection))
            .filter(|i| states.get(*i) == Some(&state))
            .collect();
        seen.sort_unstable();
        seen.dedup();
        seen
    };
    let (over, near, open) = (told(State::Exceeded), told(State::Near), told(State::Undecided));
    let projection = |i: &usize| &report.projections[*i];
    let first_open = open.first().map(projection);
    if !over.is_empty() {
        let mut text = format!("{} {}", fate(report), several(over.len() as u64, "quota"));
        text.push_str(" exceeded");
        if !near.is_empty() {
            text.push_str(&format!(", {} near", near.len()));
        }
        if !open.is_empty() {
            text.push_str(&format!(", {} undecided", open.len()));
        }
        return Some(text);
    }
    if let Some(first) = first_open {
        let mut text = undecided(first);
        if open.len() > 1 {
            text.push_str(&format!(", and {} more", open.len() - 1));
        }
        if !near.is_empty() {
            text.push_str(&format!("; {} near", near.len()));
        }
        return Some(text);
    }
    if report.stats.quotas == 0 {
        return Some("nothing here that a known quota counts".to_owned());
    }
    if let Some(first) = near.first().map(projection) {
        let more = if near.len() > 1 { format!(", and {} more near", near.len() - 1) } else { String::new() };
        return Some(format!(
            "fits, but near: {} {} of {}{more}",
            first.quota.name,
            count_text(first),
            limit_text(first)
        ));
    }
    Some(format!("fits: {} within", several(report.stats.quotas, "quota")))
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
    match parts.is_empty() {
        false => Some(format!("tags: {}", parts.join(", "))),
        true if report.stats.tags_judged == 0 => None,
        true if report.stats.tags_good == report.stats.tags_judged => {
            Some(format!("tags: complete on {}", several(report.stats.tags_judged, "resource")))
        }
        true => Some(format!("tags: {} of {} complete", report.stats.tags_good, report.stats.tags_judged)),
    }
}
