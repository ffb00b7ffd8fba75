//! The report for people: the answer first, then the numbers, then each fault with its place and a way out.

mod blocks;
pub mod capacity;
mod headline;
mod inventory;
mod quotas;

pub use blocks::block as diagnostic_block;
pub use inventory::render as inventory;

use super::text::{Line, Tone};
use super::{Detail, Exit, Look, Report};
use crate::finding::{Finding, Severity};
use crate::projection::{Projection, Verdict};
use crate::source::Files;
use crate::words::{grouped, several};

/// How many lines are shown unless everything is asked for.
pub const LINES: usize = 60;

/// Returns the report for a terminal.
pub fn render(report: &Report, files: &Files, look: &Look) -> String {
    let head = headline::lines(report, look);
    if look.detail == Detail::Quiet {
        return print(&head, look);
    }
    let table = quotas::lines(report, look);
    let foot = footer(report, look);
    let room = LINES.saturating_sub(head.len() + table.len() + foot.len() + 3);
    let found = blocks::lines(report, files, look, room);
    let mut all = head;
    for part in [table, found, foot] {
        if !part.is_empty() {
            all.push(Line::new());
            all.extend(part);
        }
    }
    print(&all, look)
}

/// Returns the lines as text.
pub fn print(lines: &[Line], look: &Look) -> String {
    let mut out = String::new();
    for line in lines {
        line.write(look.color, &mut out);
        out.push('\n');
    }
    out
}

/// What was done, and how it ends.
fn footer(report: &Report, look: &Look) -> Vec<Line> {
    let stats = &report.stats;
    let mut facts =
        vec![format!("{} of {} read", several(stats.instances, "instance"), several(stats.types, "type"))];
    if stats.groups > 0 {
        facts[0].push_str(&format!(" and {} of unknown size", several(stats.groups, "group")));
    }
    facts.push(format!("{} compared", several(stats.quotas, "quota")));
    let unmeasured = stats.unmeasured.len() as u64;
    let listed = look.detail == Detail::Full;
    if unmeasured > 0 {
        let hint = if listed { "" } else { " (-v)" };
        facts.push(format!("{} without a measured quota{hint}", several(unmeasured, "type")));
    }
    if stats.allowed > 0 {
        facts.push(several(stats.allowed, "allow"));
    }
    facts.push(format!("exit {}", report.exit.code()));
    let mut lines = Vec::new();
    if listed && unmeasured > 0 {
        let names: Vec<&str> = stats.unmeasured.iter().map(|t| t.as_str()).collect();
        lines.extend(
            Line::new().with(Tone::Faint, format!("not measured: {}", names.join(", "))).wrap(look.width, 2),
        );
    }
    let read = report.diagnostics.iter().all(|d| d.severity < Severity::Error);
    if !stats.tags_schema && stats.tags_judged > 0 && read {
        let hint =
            "tags were held to AWS's own limits; a `.tf-headroom.hcl` with `tag` blocks holds them to yours";
        lines.extend(Line::new().with(Tone::Faint, hint).wrap(look.width, 2));
    }
    if stats.shares_left_out && listed {
        let hint = "whose each count is takes an evaluation for each tenant: `--shares`";
        lines.extend(Line::new().with(Tone::Faint, hint).wrap(look.width, 2));
    }
    lines.extend(Line::new().with(Tone::Faint, facts.join(" · ")).wrap(look.width, 2));
    lines
}

/// What a projection is to its reader.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Within,
    Near,
    Undecided,
    Exceeded,
}

/// Returns how each projection is to be shown: by its verdict, and near where a rule said so.
/// Undecided limits on one resource have no row: their finding says it.
fn states(report: &Report) -> Vec<State> {
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

fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Error => Tone::Error,
        Severity::Warning => Tone::Warning,
        Severity::Notice => Tone::Notice,
    }
}

fn is_about_tags(finding: &Finding) -> bool {
    finding.key.is_some() || finding.rule.starts_with("tag-")
}

/// `4`, `21–34`, `≥4`.
fn range(low: u64, high: Option<u64>, unit: &str) -> String {
    match high {
        Some(high) if high == low => amount(low, unit),
        Some(high) => format!("{}–{}", amount(low, unit), amount(high, unit)),
        None => format!("≥{}", amount(low, unit)),
    }
}

/// An amount in base units, as short as it can be said in a table; the exact one is in the finding.
fn amount(n: u64, unit: &str) -> String {
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

fn count_text(p: &Projection) -> String {
    range(p.count.low(), p.count.high(), &p.quota.unit)
}

fn limit_text(p: &Projection) -> String {
    p.limit.as_ref().map_or("?".to_owned(), |l| range(l.low, l.high, &p.quota.unit))
}

/// The share of the limit that is used, in per cent, as it is certain and as it may be. None: no limit to compare with.
fn share(p: &Projection) -> Option<(u64, Option<u64>)> {
    let limit = p.limit.as_ref()?;
    let of = |n: u64, limit: u64| {
        u64::try_from(u128::from(n) * 100 / u128::from(limit.max(1))).unwrap_or(u64::MAX)
    };
    let most = limit.high?;
    Some((of(p.count.low(), most), p.count.high().map(|h| of(h, limit.low))))
}

/// How many modules are missing, so that what they declare is in no count.
fn missing_modules(report: &Report) -> u64 {
    report.findings.iter().filter(|f| f.rule == "module-missing").map(|f| f.places_total).sum()
}

/// The word for the end of a run.
fn symbol(report: &Report) -> (Tone, &'static str) {
    let undecided = report.findings.iter().any(|f| {
        f.severity >= Severity::Warning
            && report.projection(f).is_some_and(|p| p.verdict == Verdict::Undecided)
    });
    match report.exit {
        Exit::Unchecked | Exit::Findings => (Tone::Error, "✗"),
        Exit::Clean if undecided || missing_modules(report) > 0 => (Tone::Warning, "?"),
        Exit::Clean => (Tone::Good, "✓"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_sample_as_people_see_it() {
        let (report, files) = sample::report();
        insta::assert_snapshot!(render(&report, &files, &Look::default()));
    }

    #[test]
    fn a_narrow_terminal_gets_narrow_lines() {
        let (report, files) = sample::report();
        let text = render(&report, &files, &Look { width: 60, ..Look::default() });
        insta::assert_snapshot!(text);
    }

    #[test]
    fn at_most_sixty_lines_unless_all_are_asked_for() {
        let (report, files) = sample::report();
        let lines = |detail| render(&report, &files, &Look { detail, ..Look::default() }).lines().count();
        assert_eq!(lines(Detail::Normal), LINES);
        assert!(lines(Detail::Full) > LINES);
        assert_eq!(lines(Detail::Quiet), 2);
    }

    #[test]
    fn literals_that_are_nobodys_business_are_not_printed() {
        let (report, files) = sample::report();
        let text = render(&report, &files, &Look { detail: Detail::Full, ..Look::default() });
        assert!(!text.contains("secret name") && !text.contains("agency-x"));
    }
}
