//! `quota-exceeded`: more than a limit that is known for certain.

use super::Context;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::quotas::{PLACES_KEPT, about, cap, headline, is_raised, plain_headline, way_out};
use crate::finding::{Finding, Severity};
use crate::projection::{QuotaName, Verdict};

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
    let mut found: Vec<Finding> = Vec::new();
    let mut alike: BTreeMap<(&QuotaName, u64, u64), (usize, u64)> = BTreeMap::new();
    for (index, p) in over {
        let Some(limit) = p.limit.as_ref().filter(|l| l.assumed == assumed) else { continue };
        let mut one = about(rule, severity, headline(p), index, p);
        one.help = Some(way_out(p, limit, context.buffer));
        let one = cap(one, limit);
        // Resources that break the same limit in the same way are one fault.
        if p.single && p.count.is_exact() {
            match alike.entry((&p.quota, p.count.low(), limit.low)) {
                Entry::Vacant(entry) => drop(entry.insert((found.len(), p.parts_total.max(1)))),
                Entry::Occupied(mut entry) => {
                    let (first, total) = entry.get_mut();
                    let first = &mut found[*first];
                    *total += p.parts_total.max(1);
                    let worst = &context.projected.projections[first.quota.as_ref().map_or(index, |q| q.projection)];
                    first.message = format!("{} and {} more", plain_headline(worst), *total - 1);
                    let room = PLACES_KEPT.saturating_sub(first.places.len());
                    first.places.extend(one.places.into_iter().take(room));
                    first.places_total += one.places_total;
                    continue;
                }
            }
        }
        found.push(one);
    }
    found
}
