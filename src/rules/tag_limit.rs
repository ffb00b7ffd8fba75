//! `tag-limit`: tags that AWS itself refuses.

use super::Context;
use super::tagging::{and_where, groups, report};
use crate::finding::{Finding, Severity};
use crate::tags::FaultKind;

pub(super) const ID: &str = "tag-limit";
pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    groups(context, ID, FaultKind::Limit)
        .iter()
        .map(|faults| {
            let mut found = report(context, ID, SEVERITY, faults);
            found.help = Some(if faults[0].key.is_empty() {
                "drop tags, or collect several into one; default_tags count as well".into()
            } else {
                "apply would fail: rename the key or change the value".into()
            });
            and_where(&mut found, context.files);
            found
        })
        .collect()
}
