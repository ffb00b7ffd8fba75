//! `quota-code-unknown`: the settings name a quota that the catalog does not have.

use super::{Context, at, finding};
use crate::catalog;
use crate::finding::{Finding, Severity};

pub(super) const ID: &str = "quota-code-unknown";
pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let unknown = |service: &str, code: &str| !code.is_empty() && catalog::quota(service, code).is_none();
    context
        .stated
        .iter()
        .filter(|s| unknown(&s.service, &s.code))
        .map(|stated| {
            let message = format!("the catalog has no quota `{}` of `{}`", stated.code, stated.service);
            let mut found = at(finding(ID, SEVERITY, message), None, stated.span);
            found.help = Some(match catalog::quota_by_code(&stated.code) {
                Some(quota) => format!("`{}` is a quota of `{}`: {}", quota.code, quota.service, quota.name),
                None => format!(
                    "nothing is compared with it; `tf-headroom quotas list {}` lists the codes",
                    stated.service
                ),
            });
            found
        })
        .collect()
}
