//! `tag-not-passed`: required tags do not reach what AWS makes for a resource.

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;

use super::Context;
use super::tagging::{instances, on, report, told};
use crate::finding::{Finding, Severity};
use crate::tags::{FaultKind, TagFault};
use crate::words::list;

pub(super) const ID: &str = "tag-not-passed";
pub(super) const SEVERITY: Severity = Severity::Warning;

/// What is made, for which resource, and how grave it is.
type Place<'a> = (&'a str, &'a str, Option<&'a EcoString>, Option<Severity>);

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let mut by_place: BTreeMap<Place<'_>, Vec<&TagFault>> = BTreeMap::new();
    for fault in told(context, ID, FaultKind::NotPassed) {
        let place = (fault.what.as_str(), fault.block.as_str(), fault.root.as_ref(), fault.severity);
        by_place.entry(place).or_default().push(fault);
    }
    // One finding for all resources that pass on none of the same keys.
    let mut groups: BTreeMap<_, Vec<&TagFault>> = BTreeMap::new();
    for ((what, _, _, severity), faults) in by_place {
        let keys: BTreeSet<&EcoString> = faults.iter().map(|f| &f.key).collect();
        let (first, hint) = (faults[0].key.clone(), faults[0].hint.clone());
        let one_key = faults.into_iter().filter(|f| f.key == first);
        groups.entry((what, keys, severity, hint)).or_default().extend(one_key);
    }
    groups.into_iter().map(|((what, keys, ..), faults)| group(context, what, &keys, &faults)).collect()
}

fn group(
    context: &Context<'_>,
    what: &str,
    keys: &BTreeSet<&EcoString>,
    faults: &[&TagFault],
) -> Finding {
    let mut found = report(context, ID, SEVERITY, faults);
    if keys.len() > 1 {
        let what = what.replacen("does", "do", 1);
        let keys: Vec<String> = keys.iter().map(|k| format!("`{k}`")).collect();
        found.message = format!("{} {what}, on {}", list(&keys), on(faults, instances(faults)));
        found.key = None;
    }
    found
}
