//! `quota-code-unknown`: the settings or the configuration name a quota that does not exist, or ask for too little.

use super::{Context, at, finding};
use crate::catalog;
use crate::finding::{Finding, Severity};
use crate::projection::Requested;

pub(super) const ID: &str = "quota-code-unknown";
pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let stated = context.stated.iter().filter(|s| is_unknown(&s.service, &s.code)).map(|stated| {
        let message = format!("the catalog has no quota `{}` of `{}`", stated.code, stated.service);
        let mut found = at(finding(ID, SEVERITY, message), None, stated.span);
        found.help = Some(catalog::right_code(&stated.service, &stated.code));
        found
    });
    let requested = context.projected.requested.iter().filter_map(|r| request(context, r));
    stated.chain(requested).collect()
}

fn is_unknown(service: &str, code: &str) -> bool {
    !code.is_empty() && catalog::quota(service, code).is_none()
}

/// A request for an increase that AWS refuses, or that is not enough.
fn request(context: &Context<'_>, asked: &Requested) -> Option<Finding> {
    let said = |message: String| at(finding(ID, SEVERITY, message), Some(asked.address.clone()), asked.span);
    if is_unknown(&asked.service, &asked.code) && !catalog::is_listed(&asked.service, &asked.code) {
        let message =
            format!("`{}` asks for the quota `{}` of `{}`, which does not exist", asked.address, asked.code, asked.service);
        let mut found = said(message);
        found.help = Some(catalog::right_code(&asked.service, &asked.code));
        return Some(found);
    }
    let quota = catalog::quota(&asked.service, &asked.code)?;
    let value = quota.limit(asked.value?)?;
    let projections = context.projected.projections.iter();
    let over = projections
        .filter(|p| p.quota.service == quota.service && p.quota.code == quota.code)
        .filter(|p| p.count.low() > value)
        .max_by_key(|p| p.count.low())?;
    let message = format!(
        "`{}` asks for {} of {}, less than the {} that will be in use",
        asked.address,
        quota.unit.show(value),
        quota.name,
        quota.unit.show(over.count.low())
    );
    let mut found = said(message);
    found.help = Some(format!("ask for at least {}", quota.unit.show(over.count.low())));
    Some(found)
}
