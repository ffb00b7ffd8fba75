//! `usage-below-state`: AWS says that less is in use than the state holds.

use super::quotas::unit;
use super::{Context, finding};
use crate::finding::{Finding, QuotaFacts, Severity};
use crate::projection::Below;

pub(super) const ID: &str = "usage-below-state";
pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    context.projected.below.iter().map(|below| tell(context, below)).collect()
}

fn tell(context: &Context<'_>, below: &Below) -> Finding {
    let unit = unit(&below.quota);
    let place = match (&below.scope.parent, &below.scope.account) {
        (Some(parent), _) => format!(" in {parent}"),
        (None, Some(account)) => format!(" in account {account}"),
        (None, None) => String::new(),
    };
    let message = format!(
        "{}: AWS says that {} are in use{place}, the state holds {}",
        below.quota.name,
        unit.show(below.usage),
        unit.show(below.state)
    );
    let mut found = finding(ID, SEVERITY, message);
    let at = context.projected.projections.iter().position(|p| p.quota == below.quota && p.scope == below.scope);
    found.quota = at.map(|projection| QuotaFacts {
        service: below.quota.service.clone(),
        code: below.quota.code.clone(),
        name: below.quota.name.clone(),
        projection,
    });
    found.help = Some("objects were removed without Terraform, or the credentials belong to another account; the greater number counts as the most there may be".to_owned());
    found
}
