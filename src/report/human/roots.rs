//! The inputs, a line each, where there are several.

use crate::finding::Severity;
use crate::report::text::{Line, Tone};
use crate::report::{Detail, Input, Look, Report};
use crate::words::{grouped, several};

/// How many inputs are listed unless everything is asked for.
const ROWS: usize = 8;

/// Returns the list of inputs, those with the gravest findings first; empty if there is but one.
pub fn lines(report: &Report, look: &Look) -> Vec<Line> {
    if report.inputs.len() < 2 {
        return Vec::new();
    }
    let mut rows: Vec<Row> = report.inputs.iter().map(|input| Row::of(input, report)).collect();
    rows.sort_by(|a, b| b.found.cmp(&a.found).then_with(|| a.name.cmp(&b.name)));
    let faulty = rows.iter().filter(|r| r.found[0] + r.found[1] > 0).count();
    let total = several(rows.len() as u64, "root module");
    let heading = match faulty {
        0 => format!(" · {total}, nothing to mend in any"),
        faulty => format!(" · {total}, {} with something to mend", grouped(faulty as u64)),
    };
    let mut lines = vec![Line::new().with(Tone::Strong, "Roots").with(Tone::Faint, heading), Line::new()];
    let shown = match look.detail {
        Detail::Full => rows.len(),
        Detail::Normal | Detail::Quiet if rows.len() <= ROWS => rows.len(),
        Detail::Normal | Detail::Quiet => faulty.min(ROWS),
    };
    let width = rows[..shown].iter().map(|r| r.name.chars().count()).max().unwrap_or(0);
    for row in &rows[..shown] {
        lines.extend(row.line(width).wrap(look.width, 6));
    }
    if shown < rows.len() {
        let sound = rows[shown..].iter().filter(|r| r.found[0] + r.found[1] == 0).count();
        let (rest, sound) = (rows.len() - shown, sound as u64);
        let text = match (shown, rest as u64 - sound) {
            (_, 0) => format!("  {} without errors and warnings (-v)", grouped(sound)),
            (_, more) => {
                format!("  {} more with errors or warnings, {} without (-v)", grouped(more), grouped(sound))
            }
        };
        lines.push(Line::new().with(Tone::Faint, text));
    }
    lines
}

/// One input: errors, warnings and notices.
struct Row {
    name: String,
    instances: u64,
    found: [u64; 3],
}

impl Row {
    fn of(input: &Input, report: &Report) -> Row {
        let name = input.name();
        let count = |severity: Severity| {
            report
                .findings
                .iter()
                .filter(|f| f.severity == severity && f.roots.iter().any(|r| *r == name))
                .count() as u64
        };
        let found = [count(Severity::Error), count(Severity::Warning), count(Severity::Notice)];
        Row { name, instances: input.instances, found }
    }

    fn line(&self, width: usize) -> Line {
        let [errors, warnings, _] = self.found;
        let (tone, sign) = match (errors, warnings) {
            (1.., _) => (Tone::Error, "✗"),
            (0, 1..) => (Tone::Warning, "!"),
            (0, 0) => (Tone::Good, "✓"),
        };
        let mut facts = vec![several(self.instances, "instance")];
        if errors > 0 {
            facts.push(several(errors, "error"));
        }
        if warnings > 0 {
            facts.push(several(warnings, "warning"));
        }
        let pad = " ".repeat(width.saturating_sub(self.name.chars().count()));
        Line::plain("  ")
            .with(tone, sign)
            .with(Tone::Plain, format!(" {}{pad}", self.name))
            .with(Tone::Faint, format!("  {}", facts.join(", ")))
    }
}
