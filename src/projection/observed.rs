//! What AWS told of limits and of use, now or when a snapshot was taken.

use std::collections::BTreeMap;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use super::LimitOrigin;
use crate::catalog::Quota;
use crate::date::Date;

/// Everything that AWS told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    pub limits: Vec<TakenLimit>,
    pub usage: Vec<TakenUsage>,
    pub requests: Vec<TakenRequest>,
    /// Objects that AWS knows by several texts.
    pub objects: Vec<TakenObject>,
    /// Accounts that stand behind a choice of credentials.
    pub accounts: Vec<TakenAccount>,
    /// Where it comes from. None: nobody was asked.
    pub source: Option<ObservedSource>,
}

impl Observed {
    /// Puts limits in the order in which they are looked up. The projector does it by itself.
    pub(super) fn sort(&mut self) {
        self.limits.sort_by(|a, b| a.code.cmp(&b.code));
    }

    /// Returns what was told of one quota.
    pub(super) fn limits_of(&self, quota: &Quota) -> &[TakenLimit] {
        // INVARIANT: sorted by code.
        let first = self.limits.partition_point(|t| t.code.as_str() < quota.code);
        let rest = &self.limits[first..];
        &rest[..rest.partition_point(|t| t.code == quota.code)]
    }
}

/// Where limits and use were taken from.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservedSource {
    /// [`LimitOrigin::Live`] or [`LimitOrigin::Snapshot`].
    pub origin: LimitOrigin,
    /// The file; empty for live values.
    pub name: String,
    /// What was asked where, and when.
    pub places: Vec<ObservedPlace>,
    /// What was asked for and not got.
    pub failures: Vec<ObservedFailure>,
    /// From how many days on a snapshot is too old.
    pub days: u32,
    pub today: Option<Date>,
}

impl ObservedSource {
    /// How many days ago the oldest part of it was taken.
    pub fn age(&self) -> Option<u32> {
        let today = self.today?;
        self.places.iter().map(|p| today.days().saturating_sub(p.as_of.days())).max()
    }

    /// `snapshot of 2026-11-18, 3 days old`.
    pub fn text(&self) -> String {
        let oldest = self.places.iter().map(|p| p.as_of).min();
        match (self.origin, oldest) {
            (LimitOrigin::Snapshot, Some(day)) => match self.age() {
                None => format!("snapshot of {day}"),
                Some(0) => format!("snapshot of {day}, of today"),
                Some(1) => format!("snapshot of {day}, 1 day old"),
                Some(days) => format!("snapshot of {day}, {days} days old"),
            },
            (origin, _) => origin.name().to_owned(),
        }
    }
}

/// An account and Region that was asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObservedPlace {
    pub account: EcoString,
    pub region: EcoString,
    pub as_of: Date,
}

/// Something that was asked for and not got.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObservedFailure {
    /// None: it is not known which account it would have been.
    pub account: Option<EcoString>,
    pub region: Option<EcoString>,
    /// Empty: all services.
    pub service: EcoString,
    /// Empty: all quotas of the service.
    pub code: EcoString,
    /// What was asked for: `applied values`, `usage`.
    pub what: EcoString,
    pub why: EcoString,
}

/// A limit as AWS answered it.
#[derive(Clone, Debug, PartialEq)]
pub struct TakenLimit {
    pub service: EcoString,
    pub code: EcoString,
    /// In the quota's unit.
    pub value: f64,
    /// None: the answer does not say.
    pub account: Option<EcoString>,
    /// None: a global quota.
    pub region: Option<EcoString>,
    /// ARN or id of the parent it is for; `*`: all that have none of their own; None: the account and Region.
    pub resource: Option<EcoString>,
    /// True for AWS's default, which the account may have had raised.
    pub default: bool,
    /// [`LimitOrigin::Live`] or [`LimitOrigin::Snapshot`].
    pub origin: LimitOrigin,
    /// When it was asked for: a day.
    pub as_of: String,
}

/// How much is in use, as AWS answered.
#[derive(Clone, Debug, PartialEq)]
pub struct TakenUsage {
    pub service: EcoString,
    pub code: EcoString,
    /// In base units of the quota.
    pub amount: u64,
    pub account: Option<EcoString>,
    pub region: Option<EcoString>,
    /// ARN or id of the parent. None: the account and Region.
    pub parent: Option<EcoString>,
}

/// An increase that somebody asked AWS for.
#[derive(Clone, Debug, PartialEq)]
pub struct TakenRequest {
    pub service: EcoString,
    pub code: EcoString,
    /// In the quota's unit.
    pub desired: f64,
    /// As AWS says it: `PENDING`, `CASE_OPENED`, `DENIED`.
    pub status: EcoString,
    /// The day it was made, if AWS told.
    pub created: Option<EcoString>,
    pub account: Option<EcoString>,
    pub region: Option<EcoString>,
    pub resource: Option<EcoString>,
}

impl TakenRequest {
    /// `an increase to 200 is pending since 2026-11-18`. None: it says nothing of the limit any more.
    pub fn text(&self) -> Option<String> {
        let on = |word: &str| self.created.as_ref().map_or(String::new(), |d| format!(" {word} {d}"));
        match self.status.as_str() {
            "PENDING" | "CASE_OPENED" => {
                Some(format!("an increase to {} is pending{}", self.desired, on("since")))
            }
            "DENIED" | "NOT_APPROVED" => {
                Some(format!("an increase to {} was denied{}", self.desired, on("after a request of")))
            }
            _ => None,
        }
    }
}

/// An object by all the texts that stand for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenObject {
    /// The resource type: `aws_connect_instance`.
    pub kind: EcoString,
    pub arn: EcoString,
    /// Its id and name.
    pub texts: Vec<EcoString>,
}

/// Which account a choice of credentials leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TakenAccount {
    pub choice: Choice,
    pub account: EcoString,
    /// The Region where a configuration names none. None: it has to name one.
    pub region: Option<EcoString>,
}

/// A choice of credentials.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Choice {
    /// The one that the input leaves to its surroundings, or the only one it makes.
    Main,
    /// The settings' name of an account.
    Named(EcoString),
    /// These arguments of a provider configuration.
    Arguments(BTreeMap<EcoString, EcoString>),
}
