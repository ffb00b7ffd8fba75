//! Snapshots: what AWS answered of limits and use, as a file that needs no credentials to be read.
//!
//! In: the text of a file that `quotas pull` wrote, or what `live` asked for. Out: a [`Snapshot`], and of it what
//! projections take ([`Snapshot::observed`]). Never here: asking AWS, deciding which limit holds.

pub mod diff;
mod read;
#[cfg(test)]
mod tests;
pub mod trend;
mod union;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

pub use read::{SnapshotError, parse};

use crate::catalog;
use crate::date::Date;
use crate::projection::{
    Choice, LimitOrigin, Observed, ObservedFailure, ObservedPlace, ObservedSource, TakenAccount, TakenLimit,
    TakenObject, TakenRequest, TakenUsage,
};

/// The version of the form that is written and read.
pub const VERSION: u64 = 1;

/// What AWS answered, account by account and Region by Region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    pub schema_version: u64,
    /// The program and its version.
    pub made_by: String,
    pub places: Vec<Place>,
    /// What of accounts that could not be asked at all.
    #[serde(default)]
    pub missing: Vec<Missing>,
    /// Which choices of credentials led where; of no use to others.
    #[serde(skip)]
    pub accounts: Vec<TakenAccount>,
}

/// One account and Region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Twelve digits.
    pub account: String,
    pub partition: String,
    pub region: String,
    /// `2026-11-20T08:15:30Z`.
    pub taken_at: String,
    pub quotas: Vec<Quota>,
    #[serde(default)]
    pub usage: Vec<Usage>,
    #[serde(default)]
    pub requests: Vec<Request>,
    /// Objects that usage and limits are of.
    #[serde(default)]
    pub resources: Vec<Resource>,
    /// What was asked for and not got.
    #[serde(default)]
    pub missing: Vec<Missing>,
}

/// A quota as AWS answered it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quota {
    pub service: String,
    pub code: String,
    #[serde(default)]
    pub name: String,
    /// In AWS's own unit. None: AWS did not tell.
    pub value: Option<f64>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// ARN of the resource it is set for; `*`: all without a value of their own. None: the account and Region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// True for AWS's default, where it told no applied value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjustable: Option<bool>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub global: bool,
    /// Why AWS did not tell the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The CloudWatch metric of its use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<Metric>,
}

/// A CloudWatch metric.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metric {
    pub namespace: String,
    pub name: String,
    pub dimensions: std::collections::BTreeMap<String, String>,
    /// `Maximum` or `Sum`.
    pub statistic: String,
}

/// How much of a quota is in use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub service: String,
    pub code: String,
    /// In the smallest unit of the quota.
    pub amount: u64,
    /// ARN of the parent. None: the account and Region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// What was asked: `connect ListQueues`, `AWS/Usage ResourceCount`.
    #[serde(default)]
    pub source: String,
}

/// An increase that somebody asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Request {
    pub service: String,
    pub code: String,
    pub status: String,
    pub desired: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The day it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
}

/// An object with the texts it is known by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Terraform's type of it.
    pub r#type: String,
    pub arn: String,
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Something that was asked for and not got.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// `applied values`, `usage`.
    pub what: String,
    /// Empty: all services.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub service: String,
    /// Empty: all quotas of the service.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    pub why: String,
    /// The account as it was asked for, where it has no place of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

impl Snapshot {
    pub fn new() -> Snapshot {
        let made_by = format!("tf-headroom {}", env!("CARGO_PKG_VERSION"));
        Snapshot { schema_version: VERSION, made_by, ..Snapshot::default() }
    }

    /// Returns the text of the file.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("bug: a snapshot is plain data");
        text.push('\n');
        text
    }

    /// Returns what projections take of it.
    pub fn observed(&self, origin: LimitOrigin, name: &str, today: Option<Date>, days: u32) -> Observed {
        let mut observed = Observed { accounts: self.known_accounts(origin), ..Observed::default() };
        let mut source = ObservedSource {
            origin,
            name: name.to_owned(),
            places: Vec::new(),
            failures: self.missing.iter().map(|m| failure(m, None)).collect(),
            days,
            today,
        };
        for place in &self.places {
            let day = place.day();
            source.places.push(ObservedPlace {
                account: place.account.as_str().into(),
                region: place.region.as_str().into(),
                as_of: day.unwrap_or(Date::from_unix(0)),
            });
            source.failures.extend(place.missing.iter().map(|m| failure(m, Some(place))));
            let as_of = day.map_or_else(String::new, |d| d.to_string());
            let taken = Taken { place, origin, as_of: &as_of };
            for quota in &place.quotas {
                match taken.limit(quota) {
                    Some(limit) => observed.limits.push(limit),
                    None => source.failures.push(taken.untold(quota)),
                }
            }
            observed.usage.extend(place.usage.iter().map(|u| taken.usage(u)));
            observed.requests.extend(place.requests.iter().map(|r| taken.request(r)));
            observed.objects.extend(place.resources.iter().map(|r| TakenObject {
                kind: r.r#type.as_str().into(),
                arn: r.arn.as_str().into(),
                texts: std::iter::once(&r.id).chain(&r.name).map(|t| t.as_str().into()).collect(),
            }));
        }
        source.failures.sort();
        source.failures.dedup();
        observed.source = Some(source);
        observed
    }

    /// Whoever names a snapshot of one account means that account, where the configuration does not say which.
    fn known_accounts(&self, origin: LimitOrigin) -> Vec<TakenAccount> {
        if origin == LimitOrigin::Live {
            return self.accounts.clone();
        }
        let Some(first) = self.places.first() else { return Vec::new() };
        if self.places.iter().any(|p| p.account != first.account) {
            return Vec::new();
        }
        let region =
            self.places.iter().all(|p| p.region == first.region).then(|| first.region.as_str().into());
        vec![TakenAccount { choice: Choice::Main, account: first.account.as_str().into(), region }]
    }

    /// Returns the part about an account and Region.
    pub fn place(&self, account: Option<&str>, region: Option<&str>) -> Option<&Place> {
        self.places
            .iter()
            .find(|p| account.is_none_or(|a| p.account == a) && region.is_none_or(|r| p.region == r))
    }
}

impl Place {
    /// The day it was taken.
    pub fn day(&self) -> Option<Date> {
        Date::parse(self.taken_at.get(..10)?)
    }
}

struct Taken<'a> {
    place: &'a Place,
    origin: LimitOrigin,
    as_of: &'a str,
}

impl Taken<'_> {
    fn account(&self) -> Option<EcoString> {
        Some(self.place.account.as_str().into())
    }

    fn limit(&self, quota: &Quota) -> Option<TakenLimit> {
        let value = quota.value.filter(|_| quota.error.is_none())?;
        Some(TakenLimit {
            service: quota.service.as_str().into(),
            code: quota.code.as_str().into(),
            value,
            account: self.account(),
            region: (!quota.global).then(|| self.place.region.as_str().into()),
            resource: text(&quota.resource),
            default: quota.default,
            origin: self.origin,
            as_of: self.as_of.to_owned(),
        })
    }

    fn untold(&self, quota: &Quota) -> ObservedFailure {
        ObservedFailure {
            account: self.account(),
            region: Some(self.place.region.as_str().into()),
            service: quota.service.as_str().into(),
            code: quota.code.as_str().into(),
            what: "applied value".into(),
            why: quota.error.as_deref().unwrap_or("AWS told no value").into(),
        }
    }

    fn usage(&self, usage: &Usage) -> TakenUsage {
        TakenUsage {
            service: usage.service.as_str().into(),
            code: usage.code.as_str().into(),
            amount: usage.amount,
            account: self.account(),
            region: Some(self.place.region.as_str().into()),
            parent: text(&usage.resource),
        }
    }

    fn request(&self, request: &Request) -> TakenRequest {
        let global = catalog::quota(&request.service, &request.code)
            .is_some_and(|q| q.scope == catalog::ScopeKind::Account);
        TakenRequest {
            service: request.service.as_str().into(),
            code: request.code.as_str().into(),
            desired: request.desired,
            status: request.status.as_str().into(),
            created: text(&request.created),
            account: self.account(),
            region: (!global).then(|| self.place.region.as_str().into()),
            resource: text(&request.resource),
        }
    }
}

fn failure(missing: &Missing, place: Option<&Place>) -> ObservedFailure {
    ObservedFailure {
        account: text(&missing.account).or_else(|| place.map(|p| p.account.as_str().into())),
        region: text(&missing.region).or_else(|| place.map(|p| p.region.as_str().into())),
        service: missing.service.as_str().into(),
        code: missing.code.as_str().into(),
        what: missing.what.as_str().into(),
        why: missing.why.as_str().into(),
    }
}

fn text(text: &Option<String>) -> Option<EcoString> {
    text.as_deref().map(EcoString::from)
}
