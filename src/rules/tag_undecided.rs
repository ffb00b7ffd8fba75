//! `tag-undecided`: nobody can say yet whether a tag is as it has to be. What waits for one cause is one finding.

use std::collections::{BTreeMap, BTreeSet};

use super::quotas::{because, remedy};
use super::tagging::{on, places, told};
use super::{Context, finding};
use crate::finding::{Finding, Severity};
use crate::tags::{FaultKind, TagFault};
use crate::value::{Cause, CauseKind};
use crate::words::list_some;

pub(super) const ID: &str = "tag-undecided";
pub(super) const SEVERITY: Severity = Severity::Notice;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let mut by_cause: BTreeMap<Option<(CauseKind, &str)>, Vec<&TagFault>> = BTreeMap::new();
    for fault in told(context, ID, FaultKind::Undecided) {
        by_cause.entry(fault.cause.as_ref().map(shared)).or_default().push(fault);
    }
    by_cause.into_values().map(|faults| report(&faults)).collect()
}

/// What a plan leaves open is each instance's own value: one cause, however many instances there are.
fn shared(cause: &Cause) -> (CauseKind, &str) {
    match cause.kind() {
        CauseKind::Attribute => (CauseKind::Attribute, ""),
        kind => (kind, cause.name()),
    }
}

fn report(faults: &[&TagFault]) -> Finding {
    let keys: BTreeSet<&str> = faults.iter().map(|f| f.key.as_str()).collect();
    let named: Vec<String> = keys.iter().map(|k| format!("`{k}`")).collect();
    // One resource may have several undecided keys: the most that one key has is what there is at least.
    let total = keys
        .iter()
        .map(|k| faults.iter().filter(|f| f.key == *k).map(|f| f.instances).sum())
        .max()
        .unwrap_or(0);
    let cause: Option<&Cause> = faults[0].cause.as_ref();
    let same = faults.iter().all(|f| f.cause.as_ref().map(Cause::name) == cause.map(Cause::name));
    let why = match cause {
        Some(cause) if same => because(cause),
        Some(_) => "the values are known only after apply".to_owned(),
        None => String::new(),
    };
    let (named, on) = (list_some(&named, 4), on(faults, total));
    let mut found = finding(ID, SEVERITY, format!("{named} cannot be judged on {on}: {why}"));
    found.key = (keys.len() == 1).then(|| faults[0].key.clone());
    found.help = cause.and_then(remedy);
    (found.places, found.places_total) = (places(faults), total);
    found
}
