//! `quota-near`: within the limit, with little room left.

use super::Context;
use super::quotas::{about, amount, is_raised, limit_text, place, subject, unit, way_out};
use crate::finding::{Finding, Severity};
use crate::projection::{Projection, Verdict};

pub(super) const ID: &str = "quota-near";
pub(super) const SEVERITY: Severity = Severity::Warning;

/// Below this a percentage says little: near means full.
const SMALL: u64 = 10;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let near = context.projected.projections.iter().enumerate().filter(|(_, p)| is_raised(p));
    near.filter_map(|(index, p)| {
        let (severity, label) = tier(p)?;
        let limit = p.limit.as_ref()?;
        let used = p.count.high()?;
        let percent = u128::from(used) * 100 / u128::from(limit.low.max(1));
        let message = format!(
            "{}, limit {} ({percent} %{label}), {}",
            subject(p, p.count),
            limit_text(unit(&p.quota), limit),
            place(p)
        );
        let mut found = about(ID, severity, message, index, p);
        let left = limit.low - used;
        found.notes.push(("left", amount(unit(&p.quota), crate::value::Count::exactly(left))));
        found.help = Some(way_out(p, limit, context.buffer));
        Some(found)
    })
    .collect()
}

pub(super) fn is_near(p: &Projection) -> bool {
    tier(p).is_some()
}

/// Returns severity and label of a count that is near its limit.
fn tier(p: &Projection) -> Option<(Severity, &'static str)> {
    let limit = p.limit.as_ref().filter(|_| p.verdict == Verdict::Within && !p.single)?;
    let used = p.count.high()?;
    if limit.low < SMALL {
        return (limit.low > 0 && used == limit.low).then_some((SEVERITY, ", full"));
    }
    match u128::from(used) * 100 / u128::from(limit.low) {
        0..70 => None,
        70..80 => Some((Severity::Notice, "")),
        80..90 => Some((SEVERITY, "")),
        _ => Some((SEVERITY, ", critical")),
    }
}
