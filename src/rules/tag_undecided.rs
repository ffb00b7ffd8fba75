//! `tag-undecided`: nobody can say yet whether a tag is as it has to be. What waits for one cause is one finding.

use std::collections::{BTreeMap, BTreeSet};

use super::quotas::{because, remedy};
use super::tagging::{on, places, told};
use super::{Context, finding};
use crate::finding::{Finding, Severity};
use crate::tags::{FaultKind, TagFault};
use crate::value::{Cause, CauseKind};
use crate::words::{list_some, several};

pub(super) const ID: &str = "tag-undecided";
pub(super) const SEVERITY: Severity = Severity::Notice;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let mut by_cause: BTreeMap<Option<(CauseKind, &str)>, Vec<&TagFault>> = BTreeMap::new();
    for fault in told(context, ID, FaultKind::Undecided) {
        by_cause.entry(fault.cause.as_ref().map(shared)).or_default().push(fault);
    }
    let mut found: Vec<Finding> = by_cause.into_values().map(|faults| report(&faults)).collect();
    found.extend(unknown_types(context));
    found
}

/// Types of which nobody here knows whether they take tags are told once.
fn unknown_types(context: &Context<'_>) -> Option<Finding> {
    let types = &context.tags.unknown_types;
    if types.is_empty() || !context.tags.schema {
        return None;
    }
    let named: Vec<String> = types.keys().map(|t| format!("`{t}`")).collect();
    let total = types.values().sum();
    let message = format!(
        "tags of {} are not judged: nothing here says how {} takes them",
        several(total, "resource"),
        list_some(&named, 4)
    );
    let mut found = finding(ID, SEVERITY, message);
    found.help = Some("a newer version may know the type; check its spelling".into());
    found.places_total = total;
    Some(found)
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
