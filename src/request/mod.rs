//! What to ask AWS for, and when.
//!
//! In: projections with their shares, the settings' buffer and growth. Out: an [`Ask`] for each quota that is exceeded or
//! nearly full, and texts of it: a checklist, AWS CLI lines, Terraform blocks, console links, a support case.
//! Never here: sending anything.

mod forms;
mod lead;
pub mod profile;
#[cfg(test)]
mod tests;

pub use forms::{Form, render};
pub use lead::Lead;

use ecow::EcoString;

use crate::catalog::{self, Adjustable, Quota, ScopeKind};
use crate::date::Date;
use crate::projection::{Projection, Projections, Scope, Verdict, desired};
use crate::words::several;

/// One thing to ask for, or advice where asking is no use.
#[derive(Clone, Debug)]
pub struct Ask {
    pub quota: &'static Quota,
    pub scope: Scope,
    /// What is in use after apply, from below and, if it is bounded, from above; in base units.
    pub use_low: u64,
    pub use_high: Option<u64>,
    /// In base units. None: not known.
    pub limit: Option<u64>,
    /// In the quota's own unit.
    pub desired: u64,
    pub way: Way,
    pub urgent: bool,
    pub why: String,
    pub lead: Lead,
    /// The last day to ask on. None: nobody said when more is needed.
    pub by: Option<Date>,
    /// Another instance, Region or account of the run that has room.
    pub instead: Option<String>,
}

/// How a limit is raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// For the account and Region.
    Account,
    /// For one resource, by its ARN.
    Resource(String),
    /// For one resource that has to be made first.
    Later(String),
    /// AWS gives it no code: only support can.
    Support,
    /// The configuration asks for this much already, in base units.
    Pending(u64),
    /// It is never raised.
    Hard,
}

/// What requests are planned with.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Per cent on top of projected use.
    pub buffer: u64,
    pub today: Option<Date>,
    pub tenants_per_month: Option<f64>,
    /// The first day on which a tenant starts that is not there yet.
    pub starts: Option<Date>,
    /// How use has grown so far.
    pub growth: Vec<Growth>,
}

/// How the use of a quota grows in one account, Region and parent.
#[derive(Clone, Debug)]
pub struct Growth {
    pub service: EcoString,
    pub code: EcoString,
    pub account: EcoString,
    pub region: EcoString,
    /// ARN. None: the account and Region.
    pub parent: Option<EcoString>,
    /// What comes on top in a day, in base units.
    pub per_day: f64,
    /// The first day above the limit.
    pub over_on: Option<Date>,
}

impl Growth {
    fn is_of(&self, p: &Projection) -> bool {
        let scope = &p.scope;
        (&self.service, &self.code) == (&p.quota.service, &p.quota.code)
            && match (&self.parent, &scope.parent) {
                // A configuration may name by its id what AWS names by its ARN.
                (Some(arn), Some(parent)) => arn == parent || arn.ends_with(&format!("/{parent}")),
                (own, parent) => own == parent,
            }
            && scope.account.as_ref().is_none_or(|a| *a == self.account)
            && scope.region.as_ref().is_none_or(|r| *r == self.region)
    }
}

/// Growth within so many days, and the time that AWS takes, is asked for in time.
const AHEAD_DAYS: u16 = 30;

/// Below this a percentage says little: near means full.
const SMALL: u64 = 10;

/// Returns what to ask for, the most urgent first.
pub fn asks(projections: &Projections, plan: &Plan) -> Vec<Ask> {
    let mut found: Vec<Ask> = projections.iter().filter_map(|p| ask(p, projections, plan)).collect();
    found.sort_by(|a, b| {
        let order = |a: &Ask| (!a.urgent, a.quota.service, a.quota.key(), a.scope.clone());
        order(a).cmp(&order(b))
    });
    found
}

fn ask(p: &Projection, all: &Projections, plan: &Plan) -> Option<Ask> {
    let quota = quota_of(p)?;
    let lead = lead::of(quota, &p.scope.partition);
    let growth = plan.growth.iter().find(|g| g.is_of(p));
    let ahead = lead.most_days + AHEAD_DAYS;
    let soon = || {
        let over = growth?.over_on?;
        Some(over <= lead::after(plan.today?, i64::from(ahead)))
    };
    if !wants_more(p) && soon() != Some(true) {
        return None;
    }
    let limit = p.limit.as_ref().map(|l| l.low);
    let most = p.count.high().unwrap_or_else(|| p.count.low().max(limit.unwrap_or(0)));
    let grown = growth.map_or(0, |g| (g.per_day.max(0.0) * f64::from(ahead)) as u64);
    let desired = desired(quota.unit, most.saturating_add(grown), p.largest_share(), limit, plan.buffer);
    let urgent = limit.is_none_or(|l| u128::from(most) * 10 > u128::from(l) * 9);
    let way = way(quota, p);
    let over_on = growth.and_then(|g| g.over_on);
    let mut why = why(p, quota, desired);
    if let Some(g) = growth {
        let day = over_on.map_or(String::new(), |d| format!(" and is over the limit on {d}"));
        let per_month = g.per_day * 30.0 / quota.unit.base() as f64;
        why.push_str(&format!(" So far use changes by {per_month:+.1} in 30 days{day}."));
    }
    Some(Ask {
        why,
        by: by(p, plan, lead, over_on),
        instead: instead(p, all, quota),
        scope: p.scope.clone(),
        use_low: p.count.low(),
        use_high: p.count.high(),
        quota,
        limit,
        desired,
        way,
        urgent,
        lead,
    })
}

/// True if the quota is exceeded, or may be within a known bound, or is nearly full.
fn wants_more(p: &Projection) -> bool {
    let Some(limit) = &p.limit else { return false };
    match p.verdict {
        Verdict::Exceeded => true,
        Verdict::Undecided => p.count.high().is_some() && limit.high.is_some(),
        Verdict::Within if p.single => false,
        Verdict::Within => {
            let used = p.count.high().unwrap_or(0);
            if limit.low < SMALL {
                limit.low > 0 && used == limit.low
            } else {
                used.saturating_mul(10) >= limit.low.saturating_mul(7)
            }
        }
    }
}

fn quota_of(p: &Projection) -> Option<&'static Quota> {
    let name = &p.quota;
    match name.code.is_empty() {
        false => catalog::quota(&name.service, &name.code),
        true => catalog::quotas_by_name(&name.service, &name.name).next(),
    }
}

fn way(quota: &Quota, p: &Projection) -> Way {
    if quota.adjustable == Adjustable::No {
        return Way::Hard;
    }
    if let Some(asked) = p.requested.filter(|n| p.count.high().is_some_and(|h| h <= *n)) {
        return Way::Pending(asked);
    }
    if quota.code.is_empty() {
        return Way::Support;
    }
    match (&p.scope.parent, quota.scope) {
        (Some(parent), ScopeKind::Each(_)) if parent.starts_with("arn:") => Way::Resource(parent.to_string()),
        (Some(parent), ScopeKind::Each(_)) => match instance_arn(quota, &p.scope, parent) {
            Some(arn) => Way::Resource(arn),
            None => Way::Later(parent.to_string()),
        },
        _ => Way::Account,
    }
}

/// Returns the ARN of a Connect instance that the configuration names by its id, where account and Region are known.
fn instance_arn(quota: &Quota, scope: &Scope, id: &str) -> Option<String> {
    let dashes: Vec<usize> = id.match_indices('-').map(|(at, _)| at).collect();
    let is_id =
        id.len() == 36 && dashes == [8, 13, 18, 23] && id.chars().all(|c| c == '-' || c.is_ascii_hexdigit());
    let account =
        scope.account.as_ref().filter(|a| a.len() == 12 && a.bytes().all(|b| b.is_ascii_digit()))?;
    let region = scope.region.as_ref().filter(|r| !r.contains(' '))?;
    (is_id && quota.service == "connect")
        .then(|| format!("arn:{}:connect:{region}:{account}:instance/{id}", scope.partition))
}

fn why(p: &Projection, quota: &Quota, desired: u64) -> String {
    const NAMED: usize = 3;
    let show = |n: u64| quota.unit.show(n);
    let mut parts: Vec<_> = p.parts.iter().filter(|part| !part.count.is_zero()).collect();
    parts.sort_by(|a, b| (b.count.low(), &a.address).cmp(&(a.count.low(), &b.address)));
    let mut texts: Vec<String> = parts
        .iter()
        .take(NAMED)
        .map(|part| format!("{} by {}", show(part.count.low()), part.address))
        .collect();
    if parts.len() > NAMED {
        texts.push(several((parts.len() - NAMED) as u64, "more part"));
    }
    texts.extend(p.baselines.iter().map(|(name, n)| format!("{} {name} made by AWS", show(n.low()))));
    let tenants = p.shares.as_ref().map_or(0, |s| s.tenants.len());
    let of = if tenants > 0 { format!(" for {}", several(tenants as u64, "tenant")) } else { String::new() };
    let used = match p.count.high() {
        Some(high) if high == p.count.low() => show(high),
        Some(high) => format!("{} to {}", show(p.count.low()), show(high)),
        None => format!("at least {}", show(p.count.low())),
    };
    let limit = p.limit.as_ref().map_or("not known".to_owned(), |l| show(l.low));
    format!(
        "The Terraform configuration uses {used} of {limit}{of} ({}); {desired} leaves room for growth.",
        texts.join(", ")
    )
}

/// Returns the last day to ask on: the day of need less the longest time that the sources tell.
fn by(p: &Projection, plan: &Plan, lead: Lead, over_on: Option<Date>) -> Option<Date> {
    let today = plan.today?;
    let need = match (plan.starts, plan.tenants_per_month) {
        (Some(day), _) => day,
        (None, Some(rate)) => {
            let tenant = p.largest_share().max(1);
            let left = p.limit.as_ref()?.low.saturating_sub(p.count.high()?) / tenant;
            // One more than fits is the one that fails.
            lead::after(today, ((left + 1) as f64 * 30.44 / rate) as i64)
        }
        (None, None) if p.verdict == Verdict::Exceeded => today,
        (None, None) => over_on?,
    };
    // Whatever comes first.
    let need = over_on.map_or(need, |day| day.min(need));
    Some(lead::after(need, -i64::from(lead.most_days)).max(today))
}

/// Names another scope of the same quota that has as much room as is missing.
fn instead(p: &Projection, all: &Projections, quota: &Quota) -> Option<String> {
    let over = p.count.high()?.saturating_sub(p.limit.as_ref()?.low).max(1);
    let room = |o: &Projection| o.limit.as_ref()?.low.checked_sub(o.count.high()?).filter(|r| *r >= over);
    let (best, other) = all
        .iter()
        .filter(|o| o.quota == p.quota && o.scope != p.scope && !o.single && !p.single)
        .filter_map(|o| Some((room(o)?, o)))
        .max_by(|a, b| (a.0, &b.1.scope).cmp(&(b.0, &a.1.scope)))?;
    let place = match (&other.scope.parent, &other.scope.region) {
        (Some(parent), _) => parent.to_string(),
        (None, Some(region)) => region.to_string(),
        (None, None) => return None,
    };
    Some(format!("{place} has room for {} more", quota.unit.show(best)))
}
