//! `plan-partial`: a plan does not hold all of its configuration.

use super::{Context, finding};
use crate::finding::{Finding, Severity};

pub(super) const ID: &str = "plan-partial";
pub(super) const SEVERITY: Severity = Severity::Notice;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    context
        .partial
        .iter()
        .map(|(input, why)| {
            let mut found = finding(ID, SEVERITY, format!("{input} is not a whole plan: {why}"));
            found.help = Some("counts are of what the plan holds and of the prior state; make a plan without `-target` for all".into());
            found
        })
        .collect()
}
