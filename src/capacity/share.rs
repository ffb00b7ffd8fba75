//! Whose a count is: the difference of two evaluations.

use std::collections::{BTreeMap, HashSet};

use ecow::EcoString;

use super::study::Study;
use crate::inventory::Change;
use crate::projection::{Projection, Projections, QuotaName, Scope, Share, Shares};
use crate::value::Count;

/// What tenants add to counts, by quota and scope.
pub type ByScope = BTreeMap<(QuotaName, Scope), Vec<(EcoString, Share)>>;

/// How many instances may be evaluated again for shares that nobody asked for.
pub const WORTH: u64 = 5_000;

/// Returns whose the counts of a root module are: one evaluation for each tenant.
pub fn shares(study: &mut Study<'_>) -> ByScope {
    let (value, keys) = (study.tenancy.value.clone(), study.tenancy.keys.clone());
    let fixed = study.model.independent_of(&study.tenancy.variable);
    study.all_parts = true;
    let whole = by_scope(study.projected(value, &keys, EcoString::clone).0.projections);
    let mut found: ByScope = whole.keys().map(|name| (name.clone(), Vec::new())).collect();
    for key in keys {
        let fewer = by_scope(study.without(&key).projections);
        for (name, with) in &whole {
            let share = difference(with, fewer.get(name), &fixed);
            if share != Share::ZERO {
                found.entry(name.clone()).or_default().push((key.clone(), share));
            }
        }
    }
    study.all_parts = false;
    found
}

fn by_scope(projections: Projections) -> BTreeMap<(QuotaName, Scope), Projection> {
    let counted = projections.into_iter().filter(|p| !p.single);
    counted.map(|p| ((p.quota.clone(), p.scope.clone()), p)).collect()
}

/// Returns how much less there is without a tenant.
///
/// A part that is not known but does not depend on the tenants is the same with and without any, and so is what AWS makes
/// in a parent that stays: they take nothing from what is known of the rest.
fn difference(with: &Projection, without: Option<&Projection>, fixed: &HashSet<String>) -> Share {
    let Some(without) = without else { return Share::between(with.count, Count::ZERO) };
    if with.count.is_exact() && without.count.is_exact() || !(is_sum(with) && is_sum(without)) {
        return Share::between(with.count, without.count);
    }
    let (a, b) = (parts(with), parts(without));
    let mut share = Share::ZERO;
    for name in a.keys().chain(b.keys().filter(|n| !a.contains_key(*n))) {
        let [with, without] = [&a, &b].map(|all| all.get(name).copied().unwrap_or(Count::ZERO));
        if with != without || !(with.is_exact() || fixed.contains(name.0)) {
            share = share.plus(Share::between(with, without));
        }
    }
    let made = |p: &Projection| p.baselines.iter().map(|(_, count)| *count).sum::<Count>();
    if with.baselines != without.baselines {
        share = share.plus(Share::between(made(with), made(without)));
    }
    share
}

fn parts(p: &Projection) -> BTreeMap<(&str, Option<Change>), Count> {
    let mut found = BTreeMap::new();
    for part in &p.parts {
        *found.entry((part.address.as_str(), part.change)).or_insert(Count::ZERO) += part.count;
    }
    found
}

/// True if the parts and what AWS makes add up to the count, as they do for all but maxima and different values.
fn is_sum(p: &Projection) -> bool {
    let parts: Count = p.parts.iter().map(|part| part.count).sum();
    let made: Count = p.baselines.iter().map(|(_, count)| *count).sum();
    parts + made == p.count
}

/// Adds to projections whose each count is; the roots of a run may add to one projection.
pub fn attach(projections: &mut Projections, roots: &[ByScope]) {
    for p in projections.iter_mut().filter(|p| !p.single) {
        let name = (p.quota.clone(), p.scope.clone());
        let mut tenants: BTreeMap<EcoString, Share> = BTreeMap::new();
        let mut any = false;
        for found in roots.iter().filter_map(|root| root.get(&name)) {
            any = true;
            for (tenant, share) in found {
                let sum = tenants.entry(tenant.clone()).or_insert(Share::ZERO);
                *sum = sum.plus(*share);
            }
        }
        if any {
            let shared = Share::rest(p.count, tenants.values().copied());
            p.shares = Some(Box::new(Shares { tenants: tenants.into_iter().collect(), shared }));
        }
    }
}
