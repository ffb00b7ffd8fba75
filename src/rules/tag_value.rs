//! `tag-value`: a value that is not among the allowed ones.

use super::Context;
use super::tagging::{and_where, groups, report};
use crate::finding::{Finding, Severity};
use crate::tags::{FaultKind, Origin};

pub(super) const ID: &str = "tag-value";
pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    groups(context, ID, FaultKind::Value)
        .iter()
        .map(|faults| {
            let mut found = report(context, ID, SEVERITY, faults);
            let default = faults.iter().all(|f| f.origin == Origin::Default);
            found.help = found.help.or_else(|| {
                Some(
                    if default {
                        "correct it once, in default_tags"
                    } else {
                        "use one of these, or allow it in the settings"
                    }
                    .into(),
                )
            });
            and_where(&mut found, context.files);
            found
        })
        .collect()
}
