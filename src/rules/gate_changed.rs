//! `gate-changed`: the change edits the settings, the baseline or the snapshot that it is judged by.

use super::{Context, finding};
use crate::finding::{Finding, Severity};
use crate::words::several;

pub(super) const ID: &str = "gate-changed";
pub(super) const SEVERITY: Severity = Severity::Warning;

/// How many lines are shown.
const LINES: usize = 12;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    context
        .gate
        .iter()
        .map(|change| {
            let (added, removed) = (change.added.len() as u64, change.removed.len() as u64);
            let message = format!(
                "this change edits `{}`, which is read as it is in `{}`: {} added, {removed} removed",
                change.path,
                change.revision,
                several(added, "line"),
            );
            let mut found = finding(ID, SEVERITY, message);
            let lines = change.removed.iter().map(|l| ("removed", l));
            let lines = lines.chain(change.added.iter().map(|l| ("added", l)));
            found.notes = lines.take(LINES).map(|(name, line)| (name, line.clone())).collect();
            let more = (added + removed).saturating_sub(LINES as u64);
            if more > 0 {
                found.notes.push(("more", several(more, "line")));
            }
            found.help = Some("review it as a change of the rules themselves; it holds once it is merged".into());
            found
        })
        .collect()
}
