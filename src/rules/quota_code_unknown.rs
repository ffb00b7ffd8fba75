//! `quota-code-unknown`: the settings or the configuration name a quota that does not exist, or ask for too little.

use super::{Context, at, finding};
use crate::catalog::{self, Listed};
use crate::finding::{Finding, Severity};
use crate::projection::Requested;
use crate::words::nearest;

pub(super) const ID: &str = "quota-code-unknown";
pub(super) const SEVERITY: Severity = Severity::Warning;

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let stated = context.stated.iter().filter(|s| is_unknown(&s.service, &s.code)).map(|stated| {
        let message = format!("the catalog has no quota `{}` of `{}`", stated.code, stated.service);
        let mut found = at(finding(ID, SEVERITY, message), None, stated.span);
        found.help = Some(right_code(&stated.service, &stated.code));
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
    if is_unknown(&asked.service, &asked.code) && listed(&asked.service, &asked.code).is_none() {
        let message =
            format!("`{}` asks for the quota `{}` of `{}`, which does not exist", asked.address, asked.code, asked.service);
        let mut found = said(message);
        found.help = Some(right_code(&asked.service, &asked.code));
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

fn listed(service: &str, code: &str) -> Option<&'static Listed> {
    catalog::listed_of(service).iter().find(|q| q.code == code)
}

/// What to write instead, if anybody knows.
fn right_code(service: &str, code: &str) -> String {
    let name = |q: &Listed| {
        let code = if q.code.is_empty() { String::new() } else { format!("`{}` of `{}`: ", q.code, q.service) };
        let none = if q.code.is_empty() { ", which has no code" } else { "" };
        format!("{code}{}{none}", q.name)
    };
    let meant: Vec<&Listed> = catalog::misnamed(code).into_iter().filter(|q| q.service == service).collect();
    if let [one] = meant.as_slice() {
        return format!("a document gives this code by mistake; meant is {}", name(one));
    }
    if let Some(other) = catalog::listed().iter().find(|q| q.code == code && q.service != service) {
        return format!("`{}` is a quota of `{}`: {}", other.code, other.service, other.name);
    }
    if let Some(known) = listed(service, code) {
        return format!("it is {}, and nothing of it is measured: a limit for it has no effect", known.name);
    }
    if let Some(near) = nearest(code, catalog::quotas_of(service).iter().map(|q| q.code)) {
        return format!("did you mean `{near}`?");
    }
    format!("nothing is compared with it; `tf-headroom quotas list {service}` lists the codes")
}
