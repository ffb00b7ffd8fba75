//! `tag-format`: a value without the form or pattern that is asked of it.

use super::Context;
use super::tagging::{and_where, groups, report};
use crate::finding::{Finding, Severity};
use crate::tags::{FaultKind, Origin};

pub(super) const ID: &str = "tag-format";
pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    groups(context, ID, FaultKind::Format)
        .iter()
        .map(|faults| {
            let mut found = report(context, ID, SEVERITY, faults);
            let default = faults.iter().all(|f| f.origin == Origin::Default);
            found.help =
                Some(if default { "correct it once, in default_tags" } else { "correct the value" }.into());
            and_where(&mut found, context.files);
            found
        })
        .collect()
}
