//! The report for people: the answer first, then the numbers, then each fault with its place and a way out.

mod blocks;
pub mod capacity;
pub mod explain;
mod headline;
mod inventory;
mod quotas;
mod roots;

use std::collections::BTreeSet;

pub use blocks::block as diagnostic_block;
pub use inventory::render as inventory;

pub(super) use headline::texts as headline_texts;

use super::text::{Line, Tone};
use super::view::{is_about_tags, missing_modules};
use super::{Detail, Exit, Look, Report};
use crate::finding::Severity;
use crate::projection::Verdict;
use crate::source::Files;
use crate::words::several;

/// How many lines are shown unless everything is asked for.
pub const LINES: usize = 60;

/// Returns the report for a terminal.
pub fn render(report: &Report, files: &Files, look: &Look) -> String {
    let head = headline::lines(report, look);
    if look.detail == Detail::Quiet {
        return print(&head, look);
    }
    let table = quotas::lines(report, look);
    let roots = roots::lines(report, look);
    let foot = footer(report, look);
    let gaps = if roots.is_empty() { 3 } else { 4 };
    let room = LINES.saturating_sub(head.len() + roots.len() + table.len() + foot.len() + gaps);
    let found = blocks::lines(report, files, look, room);
    let mut all = head;
    for part in [roots, table, found, foot] {
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
    let read = several(stats.instances, "instance");
    let types = several(stats.types, "type");
    let mut facts = vec![match stats.groups {
        0 => format!("{read} of {types} read"),
        groups => format!("{read} and {} of unknown size of {types}", several(groups, "group")),
    }];
    facts.push(format!("{} compared", several(stats.quotas, "quota")));
    let unmeasured = stats.unmeasured.len() as u64;
    let listed = look.detail == Detail::Full;
    if unmeasured > 0 {
        let hint = if listed { "" } else { " (-v)" };
        facts.push(format!("{} not measured{hint}", several(unmeasured, "type")));
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
    let unstated: BTreeSet<&str> = report
        .projections
        .iter()
        .filter(|p| p.scope.parent.is_none())
        .filter_map(|p| p.scope.root.as_deref())
        .collect();
    if !unstated.is_empty() {
        let hint = format!(
            "{} whose account nobody states, counted apart: `allowed_account_ids` in the provider or an `account` block with \
             `paths` in the settings says which one it is",
            several(unstated.len() as u64, "root module")
        );
        lines.extend(Line::new().with(Tone::Faint, hint).wrap(look.width, 2));
    }
    let read = report.diagnostics.iter().all(|d| d.severity < Severity::Error);
    if !stats.tags_schema && stats.tags_judged > 0 && read {
        let judged = several(stats.tags_judged, "resource");
        let sound = !report.findings.iter().any(is_about_tags);
        let held = match sound {
            true => format!("tags: within AWS's limits on {judged}"),
            false => format!("tags: held to AWS's limits alone on {judged}"),
        };
        let hint = format!("{held}; `tag` blocks in `.tf-headroom.hcl` hold them to yours");
        lines.extend(Line::new().with(Tone::Faint, hint).wrap(look.width, 2));
    }
    if stats.shares_left_out && listed {
        let hint = "whose each count is takes an evaluation for each tenant: `--shares`";
        lines.extend(Line::new().with(Tone::Faint, hint).wrap(look.width, 2));
    }
    lines.extend(Line::new().with(Tone::Faint, facts.join(" · ")).wrap(look.width, 2));
    lines
}

fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Error => Tone::Error,
        Severity::Warning => Tone::Warning,
        Severity::Notice => Tone::Notice,
    }
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

/// The sign alone, for other formats.
pub(super) fn sign(report: &Report) -> &'static str {
    symbol(report).1
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
