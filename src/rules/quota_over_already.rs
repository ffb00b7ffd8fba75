//! `quota-over-already`: over the limit before this change, and no more after it.

use super::Context;
use super::quotas::{about, headline, is_raised, way_out};
use crate::finding::{Finding, Severity};
use crate::projection::Verdict;

pub(super) const ID: &str = "quota-over-already";
pub(super) const SEVERITY: Severity = Severity::Notice;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let over = context
        .projected
        .projections
        .iter()
        .enumerate()
        .filter(|(_, p)| p.verdict == Verdict::Exceeded && !is_raised(p));
    over.filter_map(|(index, p)| {
        let limit = p.limit.as_ref()?;
        let mut found =
            about(ID, SEVERITY, format!("{}: over it already, and no further", headline(p)), index, p);
        found.help = Some(way_out(p, limit, context.buffer));
        Some(found)
    })
    .collect()
}
