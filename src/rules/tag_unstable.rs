//! `tag-unstable`: a value that a function makes anew each time.

use std::collections::BTreeMap;

use super::tagging::{and_where, instances, on, places, told, written};
use super::{Context, finding};
use crate::finding::{Finding, Severity};
use crate::tags::{FaultKind, TagFault};

pub(super) const ID: &str = "tag-unstable";
pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let mut by_call: BTreeMap<(&str, &str), Vec<&TagFault>> = BTreeMap::new();
    for fault in told(context, ID, FaultKind::Unstable) {
        let call = fault.cause.as_ref().map_or("", |c| c.name().as_str());
        by_call.entry((&fault.key, call)).or_default().push(fault);
    }
    by_call
        .into_iter()
        .map(|((key, call), faults)| {
            let total = instances(&faults);
            let message = format!("`{key} = {call}` changes on every plan, on {}", on(&faults, total));
            let mut found = finding(ID, SEVERITY, message);
            found.key = Some(key.into());
            found.help = Some(
                "take the value from a variable, keep it with a `time_static` resource, or ignore its changes in `lifecycle`"
                    .into(),
            );
            (found.places, found.places_total) = (places(&faults), total);
            found.written = written(context.files, &faults);
            and_where(&mut found, context.files);
            found
        })
        .collect()
}
