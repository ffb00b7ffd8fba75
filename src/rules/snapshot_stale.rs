//! `snapshot-stale`: the snapshot was taken too long ago.

use super::{Context, finding};
use crate::finding::{Finding, Severity};
use crate::projection::{LimitOrigin, ObservedPlace};
use crate::words::{list_some, several};

pub(super) const ID: &str = "snapshot-stale";
pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let Some(source) = context.observed.filter(|s| s.origin == LimitOrigin::Snapshot) else { return Vec::new() };
    let Some(today) = source.today else { return Vec::new() };
    let age = |p: &ObservedPlace| today.days().saturating_sub(p.as_of.days());
    let mut old: Vec<&ObservedPlace> = source.places.iter().filter(|p| age(p) > source.days).collect();
    old.sort_by_key(|p| (p.as_of, &p.account, &p.region));
    let Some(oldest) = old.first() else { return Vec::new() };
    let message = format!(
        "the snapshot `{}` is {} old, more than {}",
        source.name,
        several(u64::from(age(oldest)), "day"),
        source.days
    );
    let mut found = finding(ID, SEVERITY, message);
    let places: Vec<String> =
        old.iter().map(|p| format!("{} {} of {}", p.account, p.region, p.as_of)).collect();
    found.notes.push(("taken", list_some(&places, 5)));
    found.help = Some("write it anew with `tf-headroom quotas pull`; `snapshot_days` in the settings says how old it may be".to_owned());
    vec![found]
}
