//! `apply-rate`: what is created takes long at the rate of AWS's API.

use super::{Context, finding};
use crate::catalog;
use crate::finding::{Finding, Place, Severity};
use crate::projection::Creations;
use crate::words::{grouped, list_some};

pub(super) const ID: &str = "apply-rate";
pub(super) const SEVERITY: Severity = Severity::Notice;

/// Shorter waits are not worth a line.
const SECONDS: u64 = 60;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    context.projected.creations.iter().filter_map(report).collect()
}

fn report(made: &Creations) -> Option<Finding> {
    let rate = catalog::rate(&made.resource_type)?;
    let seconds = rate.seconds(made.count.low());
    if seconds < SECONDS {
        return None;
    }
    let calls = match made.count.high() {
        Some(high) if high == made.count.low() => grouped(high),
        _ => format!("at least {}", grouped(made.count.low())),
    };
    let place = made.region.as_ref().map(|r| format!(" in {r}")).unwrap_or_default();
    let if_new = if made.planned { "" } else { ", if none exists yet" };
    let message = format!(
        "creating {calls} `{}`{place} takes at least {}{if_new}: {} is called at most {} times a second",
        made.resource_type,
        duration(seconds),
        rate.call,
        per_second(rate.per_1000_s),
    );
    let mut found = finding(ID, SEVERITY, message);
    found.notes.push(("limit", format!("{} · {} · by default, in each account and Region", rate.quota, rate.service)));
    found.help = Some("what else calls the API meanwhile counts as well: plan the time, or apply in parts".into());
    let names: Vec<&str> = made.blocks.iter().map(|(address, _)| address.as_str()).collect();
    found.notes.push(("parts", list_some(&names, 5)));
    found.places_total = made.blocks.len() as u64;
    found.places = made
        .blocks
        .iter()
        .take(super::quotas::PLACES_KEPT)
        .map(|(address, span)| Place { address: Some(address.to_string()), span: *span, label: None })
        .collect();
    Some(found)
}

/// Returns `4 minutes` for 250 seconds: at least so long.
fn duration(seconds: u64) -> String {
    let (n, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        _ => (seconds / 3_600, "hour"),
    };
    crate::words::several(n, unit)
}

fn per_second(per_1000_s: u64) -> String {
    let text = format!("{}.{:03}", per_1000_s / 1_000, per_1000_s % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
