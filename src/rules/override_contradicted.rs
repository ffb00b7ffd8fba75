//! `override-contradicted`: the settings state another limit than the one that was observed.

use super::{Context, at, finding};
use crate::catalog::{self, Unit};
use crate::finding::{Finding, Severity};
use crate::projection::{Contradiction, LimitOrigin};
use crate::value::Count;

use super::quotas::amount;

pub(super) const ID: &str = "override-contradicted";
pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    context.projected.contradictions.iter().map(|c| contradiction(context, c)).collect()
}

fn contradiction(context: &Context<'_>, c: &Contradiction) -> Finding {
    let stated = &context.stated[c.stated];
    let quota = catalog::quota(&stated.service, &stated.code);
    let unit = quota.map_or(Unit::Count, |q| q.unit);
    let name = quota.map_or(stated.name.as_str(), |q| q.name);
    let observed = amount(unit, Count::new(c.observed.low, c.observed.high));
    let who = match c.observed.origin {
        LimitOrigin::Live => format!("AWS says {observed}"),
        LimitOrigin::Snapshot => format!("the snapshot of {} says {observed}", c.observed.as_of),
        LimitOrigin::Plan => format!("{observed}, {}", c.observed.note),
        LimitOrigin::State => format!("the state proves {observed}"),
        LimitOrigin::Settings | LimitOrigin::Catalog => format!("{observed} was observed"),
    };
    let message = format!("{name}: the settings state {}, {who}", unit.show(c.value));
    let mut found = at(finding(ID, SEVERITY, message), None, stated.span);
    found.notes.push((
        "counts",
        if c.forced { "what the settings state, by `force`" } else { "what was observed" }.into(),
    ));
    found.help = Some(if c.forced {
        "remove `force`, or the block".into()
    } else {
        "correct or remove the block; `force = true` makes it count all the same".into()
    });
    found
}
