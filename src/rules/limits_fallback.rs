//! `limits-fallback`: AWS's default counts where the account's own value was asked for.

use std::collections::BTreeMap;

use super::{Context, finding};
use crate::catalog;
use crate::finding::{Finding, Severity};
use crate::projection::{LimitOrigin, ObservedFailure, ObservedSource, Projection, Scope};
use crate::words::{list, list_some, several};

pub(super) const ID: &str = "limits-fallback";
pub(super) const SEVERITY: Severity = Severity::Warning;

/// Account and Region.
type Where<'a> = (Option<&'a str>, Option<&'a str>);

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let Some(source) = context.observed else { return Vec::new() };
    let mut missed: BTreeMap<Where<'_>, Vec<&Projection>> = BTreeMap::new();
    for p in context.projected.projections.iter().filter(|p| is_missed(p)) {
        let Scope { account, region, .. } = &p.scope;
        missed.entry((account.as_deref(), region.as_deref())).or_default().push(p);
    }
    let limits = missed.iter().map(|(place, all)| limits(source, *place, all));
    limits.chain(usage(source)).collect()
}

/// True if a value that AWS may have raised is taken from the catalog, though AWS was asked for it.
fn is_missed(p: &Projection) -> bool {
    let quota = catalog::quota(&p.quota.service, &p.quota.code);
    quota.is_some_and(|q| q.adjustable != catalog::Adjustable::No)
        && p.limit.as_ref().is_none_or(|l| l.origin == LimitOrigin::Catalog)
}

fn limits(source: &ObservedSource, place: Where<'_>, all: &[&Projection]) -> Finding {
    let mut names: Vec<&str> = all.iter().map(|p| p.quota.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let defaults = if all.iter().any(|p| p.limit.is_some()) { "AWS's defaults count for" } else { "no limit is known for" };
    let quotas = several(names.len() as u64, "quota");
    let message = format!("{defaults} {quotas} {}: {}", in_place(place), why(source, place, all));
    let mut found = finding(ID, SEVERITY, message);
    found.notes.push(("quotas", list_some(&names, 8)));
    found.help = Some(match source.origin {
        LimitOrigin::Live => "`tf-headroom quotas policy` prints what has to be allowed".to_owned(),
        _ => format!("write `{}` anew with `tf-headroom quotas pull`", source.name),
    });
    found
}

/// Returns why these values are not known.
fn why(source: &ObservedSource, place: Where<'_>, all: &[&Projection]) -> String {
    let mut reasons: Vec<&str> =
        source.failures.iter().filter(|f| is_about(f, place, all)).map(|f| f.why.as_str()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    if !reasons.is_empty() {
        return list_some(&reasons, 3);
    }
    let asked = |region: bool| {
        source.places.iter().any(|p| {
            place.0.is_none_or(|a| a == p.account) && (!region || place.1.is_none_or(|r| r == p.region))
        })
    };
    let who = if source.origin == LimitOrigin::Live { "AWS" } else { "the snapshot" };
    match place {
        _ if source.origin == LimitOrigin::Live => "AWS told no value".to_owned(),
        (None, _) => format!("the configuration does not tell the account, and {who} has several or none"),
        (Some(account), _) if !asked(false) => {
            format!("{who} has nothing of account {account}, only of {}", accounts(source))
        }
        (_, Some(region)) if !asked(true) => format!("{who} has nothing of {region}"),
        _ => format!("{who} has no value"),
    }
}

fn accounts(source: &ObservedSource) -> String {
    let mut all: Vec<&str> = source.places.iter().map(|p| p.account.as_str()).collect();
    all.sort_unstable();
    all.dedup();
    if all.is_empty() { "none".to_owned() } else { list_some(&all, 5) }
}

fn is_about(failure: &ObservedFailure, (account, region): Where<'_>, all: &[&Projection]) -> bool {
    let same = |told: &Option<_>, here: Option<&str>| match (told.as_deref(), here) {
        (Some(told), Some(here)) => told == here,
        _ => true,
    };
    failure.what != "usage"
        && same(&failure.account.as_ref().map(ToString::to_string), account)
        && same(&failure.region.as_ref().map(ToString::to_string), region)
        && (failure.service.is_empty()
            || all.iter().any(|p| {
                p.quota.service == failure.service
                    && (failure.code.is_empty() || p.quota.code == failure.code)
            }))
}

/// What of usage was not got.
fn usage(source: &ObservedSource) -> Option<Finding> {
    let failed: Vec<&ObservedFailure> = source.failures.iter().filter(|f| f.what == "usage").collect();
    if failed.is_empty() {
        return None;
    }
    let mut reasons: Vec<&str> = failed.iter().map(|f| f.why.as_str()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let mut services: Vec<&str> = failed.iter().map(|f| f.service.as_str()).collect();
    services.sort_unstable();
    services.dedup();
    let message = format!("usage of {} is not known: {}", list(&services), list_some(&reasons, 3));
    let mut found = finding(ID, SEVERITY, message);
    found.help = Some("counts hold only what the files show; `tf-headroom quotas policy` prints what has to be allowed".to_owned());
    Some(found)
}

fn in_place(place: Where<'_>) -> String {
    match place {
        (Some(account), Some(region)) => format!("in account {account}, {region}"),
        (Some(account), None) => format!("in account {account}"),
        (None, Some(region)) => format!("in {region}"),
        (None, None) => "in the account".to_owned(),
    }
}
