//! `quota-exceeded`: more than a limit that is known for certain.

use super::Context;
use super::quotas::{about, cap, headline, is_raised, way_out};
use crate::finding::{Finding, Severity};
use crate::projection::Verdict;

pub(super) const ID: &str = "quota-exceeded";
pub(super) const SEVERITY: Severity = Severity::Error;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    exceeded(context, ID, SEVERITY, false)
}

/// Returns what the change brings over a limit, over an assumed or over a known one.
pub(super) fn exceeded(
    context: &Context<'_>,
    rule: &'static str,
    severity: Severity,
    assumed: bool,
) -> Vec<Finding> {
    let over = context
        .projected
        .projections
        .iter()
        .enumerate()
        .filter(|(_, p)| p.verdict == Verdict::Exceeded && is_raised(p));
    over.filter_map(|(index, p)| {
        let limit = p.limit.as_ref().filter(|l| l.assumed == assumed)?;
        let mut found = about(rule, severity, headline(p), index, p);
        found.help = Some(way_out(p, limit, context.buffer));
        Some(cap(found, limit))
    })
    .collect()
}
