//! Which calls a run makes, as far as it is known before the first of them.

use std::collections::BTreeSet;

use super::lists::{INSTANCES, KIND};
use crate::catalog::{self, Kind, Quota, ScopeKind};

/// The most rows that a page of Service Quotas holds.
pub const PAGE: usize = 100;

/// How the values of a service that apply are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// Quota by quota.
    Single,
    /// The whole list; with what is set for single resources, or without.
    List { resources: bool },
}

/// Returns how to ask for these quotas of a service; `whole`: for all others too.
pub fn values(service: &str, wanted: &BTreeSet<&str>, whole: bool) -> Values {
    let in_parents =
        |code: &&str| catalog::quota(service, code).is_some_and(|q| matches!(q.scope, ScopeKind::Each(_)));
    let resources = whole || wanted.iter().any(in_parents);
    // A list costs a call for each page at twice the rate of single answers, and alone tells of single resources.
    let pages = catalog::listed_of(service).len().div_ceil(PAGE).max(1);
    match resources || wanted.len() * 2 > pages {
        true => Values::List { resources },
        false => Values::Single,
    }
}

/// Returns whether CloudWatch is asked how much of a quota is in use, where Service Quotas names a metric of it.
pub fn has_use(quota: &Quota) -> bool {
    quota.kind == Kind::Count && !matches!(quota.scope, ScopeKind::Each(_))
}

/// Returns whether the instances of Amazon Connect are listed; `meant`: one that exists may be among the parents.
pub fn lists_instances<'q>(quotas: impl IntoIterator<Item = &'q Quota>, meant: bool) -> bool {
    let connect = |q: &Quota| q.service == "connect" && q.code == INSTANCES;
    quotas.into_iter().any(|q| connect(q) || meant && q.scope == ScopeKind::Each(KIND))
}
