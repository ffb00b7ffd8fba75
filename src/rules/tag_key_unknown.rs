//! `tag-key-unknown`: something asks for a tag key that the schema lacks or spells in another way.

use std::collections::BTreeMap;

use ecow::EcoString;

use super::{Context, finding};
use crate::finding::{Finding, Place, Severity};
use crate::inventory::{TagUse, UsedBy};
use crate::words::list_some;

pub(super) const ID: &str = "tag-key-unknown";
pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let mut groups: BTreeMap<(&EcoString, UsedBy), Vec<(&TagUse, Option<&EcoString>)>> = BTreeMap::new();
    for (used, near) in &context.tags.unknown_keys {
        if !used.span.is_some_and(|span| (context.allows)(ID, span)) {
            groups.entry((&used.key, used.by)).or_default().push((used, near.as_ref()));
        }
    }
    groups
        .into_iter()
        .map(|((key, by), uses)| {
            let mut addresses: Vec<String> = uses.iter().map(|(u, _)| u.address.clone()).collect();
            addresses.dedup();
            let what = match by {
                UsedBy::Condition => "a condition of",
                UsedBy::Query => "the query of",
                UsedBy::CostAllocation => "cost allocation by",
            };
            let message =
                format!("{what} {} asks for the tag `{key}`, which the settings do not have", list_some(&addresses, 3));
            let mut found = finding(ID, SEVERITY, message);
            found.key = Some(key.clone());
            found.help = Some(match uses[0].1 {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("correct the key, or add `tag \"{key}\" {{}}` to the settings"),
            });
            found.places = uses
                .iter()
                .take(50)
                .map(|(u, _)| Place { address: Some(u.address.clone()), span: u.span, label: None })
                .collect();
            found.places_total = uses.len() as u64;
            found
        })
        .collect()
}
