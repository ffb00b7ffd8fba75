//! `tag-missing`: a required key is not there.

use super::Context;
use super::tagging::{groups, mend, report};
use crate::finding::{Finding, Severity};
use crate::tags::FaultKind;

pub(super) const ID: &str = "tag-missing";
pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    groups(context, ID, FaultKind::Missing)
        .iter()
        .map(|faults| {
            let mut found = report(context, ID, SEVERITY, faults);
            // A key that is only misspelt is not to be added, but corrected.
            found.help = found.help.or_else(|| mend(context, faults));
            found
        })
        .collect()
}
