//! `quota-peak`: fits after apply, but may not while apply runs.

use super::Context;
use super::quotas::{about, amount, limit_text, place, subject, unit};
use crate::finding::{Finding, Severity};
use crate::inventory::Change;
use crate::projection::{Projection, Verdict};
use crate::value::Count;

pub(super) const ID: &str = "quota-peak";
pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let all = context.projected.projections.iter().enumerate();
    all.filter_map(|(index, p)| peak(index, p)).collect()
}

/// True if more may be in use for a while than afterwards, and than the limit allows.
pub(super) fn is_over(p: &Projection) -> bool {
    let limit = p.limit.as_ref().filter(|_| p.verdict == Verdict::Within && !p.single);
    limit.is_some_and(|limit| p.peak.high().is_none_or(|h| h > limit.low))
}

fn peak(index: usize, p: &Projection) -> Option<Finding> {
    let limit = p.limit.as_ref().filter(|_| is_over(p))?;
    let most = p.peak.high().map_or(p.peak, Count::exactly);
    let certain = limit.high.is_some_and(|h| p.peak.low() > h);
    let message = format!(
        "{}{} while apply runs, limit {}, {}",
        if certain { "" } else { "up to " },
        subject(p, most),
        limit_text(unit(&p.quota), limit),
        place(p)
    );
    let mut found = about(ID, SEVERITY, message, index, p);
    found.notes.push(("after", amount(unit(&p.quota), p.count)));
    let create_first = p.parts.iter().any(|part| part.change == Some(Change::ReplaceCreateFirst));
    found.help = Some(if create_first {
        "leave out `create_before_destroy`, or apply the replacements in steps".into()
    } else {
        "apply the destroys first: nothing orders them before the creates".into()
    });
    Some(found)
}
