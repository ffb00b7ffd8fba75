//! `quota-undecided`: nobody can say yet whether it fits. What waits for one cause is one finding.

use std::collections::{BTreeMap, BTreeSet};

use super::quotas::{because, facts, headline, is_raised, places, remedy};
use super::{Context, finding};
use crate::finding::{Finding, Severity};
use crate::projection::{Projection, Verdict};
use crate::value::{Cause, CauseKind};
use crate::words::several;

pub(super) const ID: &str = "quota-undecided";
pub(super) const SEVERITY: Severity = Severity::Warning;

/// How many quotas one finding lists.
const LISTED: usize = 20;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let mut by_cause: BTreeMap<_, Vec<(usize, &Projection)>> = BTreeMap::new();
    let undecided = context.projected.projections.iter().enumerate();
    // Values of one resource are exceeded or silent.
    for (index, p) in
        undecided.filter(|(_, p)| p.verdict == Verdict::Undecided && !p.is_open_value() && is_raised(p))
    {
        let cause = p.because.first().map(|c| (c.kind(), if is_shared(c) { "" } else { c.name().as_str() }));
        by_cause.entry(cause).or_default().push((index, p));
    }
    by_cause.into_values().map(|waiting| report(&waiting)).collect()
}

/// True for causes that one step settles, however many names they have: an apply, `terraform init`.
fn is_shared(cause: &Cause) -> bool {
    matches!(cause.kind(), CauseKind::Attribute | CauseKind::Module)
}

/// Why these counts are undecided, with the first of the names.
fn reason(waiting: &[(usize, &Projection)]) -> String {
    let Some(first) = waiting[0].1.because.first() else {
        return "the limit is known from below only".to_owned();
    };
    let names: BTreeSet<&str> =
        waiting.iter().filter_map(|(_, p)| p.because.first()).map(|c| c.name().as_str()).collect();
    match (first.kind(), names.len() - 1) {
        (CauseKind::Attribute, more @ 1..) => {
            format!("`{}` and {} are known only after apply", first.name(), several(more as u64, "other attribute"))
        }
        (CauseKind::Module, more @ 1..) => {
            format!("`{}` and {} are not on disk", first.name(), several(more as u64, "other module"))
        }
        _ => because(first),
    }
}

fn report(waiting: &[(usize, &Projection)]) -> Finding {
    let (index, first) = waiting[0];
    let cause = first.because.first();
    let why = reason(waiting);
    let severity = waiting.iter().map(|(_, p)| gravity(p)).max().unwrap_or(Severity::Notice);
    let mut found = match waiting {
        [_] => {
            let mut found = finding(ID, severity, format!("{}: undecided, {why}", headline(first)));
            found.quota = Some(facts(index, first));
            found
        }
        _ => {
            let mut scopes: Vec<_> = waiting.iter().map(|(_, p)| &p.scope).collect();
            scopes.sort();
            scopes.dedup();
            let message = format!(
                "{} in {} undecided: {why}",
                several(waiting.len() as u64, "count"),
                several(scopes.len() as u64, "scope")
            );
            let mut found = finding(ID, severity, message);
            found.notes = waiting.iter().take(LISTED).map(|(_, p)| ("count", headline(p))).collect();
            if waiting.len() > LISTED {
                found.notes.push(("count", format!("and {} more", waiting.len() - LISTED)));
            }
            found
        }
    };
    found.roots = waiting.iter().flat_map(|(_, p)| p.roots.iter().cloned()).collect();
    found.roots.sort();
    found.roots.dedup();
    let others: Vec<&Cause> = first.because.iter().skip(1).filter(|_| waiting.len() == 1).collect();
    for other in others.into_iter().take(3) {
        found.notes.push(("also", because(other)));
    }
    found.help = cause.and_then(remedy).or_else(|| {
        cause
            .is_none()
            .then(|| "`tf-headroom quotas pull` asks AWS, a `quota` block in the settings states it".into())
    });
    for (_, p) in waiting {
        let (some, total) = places(p);
        found.places_total += total;
        for place in some {
            if !found.places.iter().any(|known| known.address == place.address && known.span == place.span) {
                found.places.push(place);
            }
        }
    }
    found.places.truncate(super::quotas::PLACES_KEPT);
    found.places_total = found.places_total.max(found.places.len() as u64);
    found
}

/// A count without a bound, or with one over the limit, is worth a warning.
fn gravity(p: &Projection) -> Severity {
    match (&p.limit, p.count.high()) {
        (_, None) => SEVERITY,
        (Some(limit), Some(high)) if high > limit.low => SEVERITY,
        _ => Severity::Notice,
    }
}
