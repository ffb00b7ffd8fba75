//! Counts after apply, against limits.
//!
//! In: an inventory, the catalog, stated limits. Out: a [`Projection`] for each quota in each scope, with its arithmetic.
//! Never here: taking a length or a size (readers did), saying how grave it is (`rules` does).

mod ask;
mod demand;
mod holder;
mod limit;
mod many;
mod observed;
mod place;
mod projector;
mod share;
mod single;
#[cfg(test)]
mod tests;
mod total;
mod totals;
mod want;

pub use ask::desired;
pub use demand::Demanded;
pub use holder::is_unique;
pub use limit::{Contradiction, Limits};
pub use many::Projections;
pub use observed::{
    Choice, Observed, ObservedFailure, ObservedPlace, ObservedSource, TakenAccount, TakenLimit, TakenObject,
    TakenRequest, TakenUsage,
};
pub use place::{Root, partition_of_region};
pub use projector::{
    Adding, Below, Creations, Options, Projected, Projector, Quiet, Requested, all, project,
};
pub use share::{Share, Shares};
pub use want::{Want, WantedAccount};

use std::sync::Arc;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::catalog;
use crate::inventory::{Basis, Change};
use crate::source::Span;
use crate::value::{Cause, Count};

/// The projected use of one quota in one scope, against its limit.
#[derive(Clone, Debug)]
pub struct Projection {
    pub quota: QuotaName,
    pub scope: Scope,
    /// What makes it up, block by block, in order of their addresses; at most [`PARTS_KEPT`] of them. For limits on one
    /// resource: the instances of one block that share the verdict, the worst first; the first one is the scope.
    pub parts: Vec<Part>,
    /// How many parts there are in all.
    pub parts_total: u64,
    /// The inputs that add to it, sorted; empty: there is but one.
    pub roots: Vec<EcoString>,
    /// What AWS makes itself in a new parent, with the name of the object.
    pub baselines: Vec<(EcoString, Count)>,
    pub before: Count,
    pub count: Count,
    /// The highest use while apply runs.
    pub peak: Count,
    /// None: no limit is known.
    pub limit: Option<Arc<Limit>>,
    pub basis: Basis,
    pub verdict: Verdict,
    /// What blocks a verdict, or widens the count.
    pub because: Vec<Cause>,
    /// True for limits on one resource, which are exceeded or silent; false for counts and sums of a shared scope.
    pub single: bool,
    /// Whose the count is; None: nobody asked, or it is not to be told.
    pub shares: Option<Box<Shares>>,
    /// The limit that the configuration itself asks AWS for, if it does.
    pub requested: Option<u64>,
}

/// Below this share of a limit, in per cent, what is certain of a size says nothing of the rest.
const ROOMY: u64 = 70;

impl Projection {
    /// True for an undecided value of one resource, of which much less than the limit is certain: a policy with an ARN that
    /// is known only after apply, say. Such values are exceeded or silent.
    pub fn is_open_value(&self) -> bool {
        self.verdict == Verdict::Undecided && (self.single || (self.is_size_in_a_parent() && self.is_roomy()))
    }

    /// The share of the limit that is used, in per cent, as it is certain and as it may be. None: no limit to compare with.
    pub fn share(&self) -> Option<(u64, Option<u64>)> {
        let limit = self.limit.as_ref()?;
        let of = |n: u64, limit: u64| {
            u64::try_from(u128::from(n) * 100 / u128::from(limit.max(1))).unwrap_or(u64::MAX)
        };
        let most = limit.high?;
        Some((of(self.count.low(), most), self.count.high().map(|h| of(h, limit.low))))
    }

    fn is_size_in_a_parent(&self) -> bool {
        let QuotaName { service, code, name, .. } = &self.quota;
        let quota = match code.is_empty() {
            false => catalog::quota(service, code),
            true => catalog::quotas_by_name(service, name).next(),
        };
        self.scope.parent.is_some() && quota.is_some_and(|q| q.kind == catalog::Kind::Size)
    }

    fn is_roomy(&self) -> bool {
        let certain = u128::from(self.count.low()) * 100;
        self.limit.as_ref().is_some_and(|l| certain < u128::from(l.low) * u128::from(ROOMY))
    }
}

/// How much of a limit is used, in per cent as it may be; of equal shares, the larger numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fullness(pub u64, (u64, Option<u64>), Option<(u64, Option<u64>)>);

impl Fullness {
    pub fn of(p: &Projection) -> Fullness {
        let share = p.share().map_or(0, |(low, high)| high.unwrap_or(low));
        let limit = p.limit.as_ref().map(|l| (l.low, l.high));
        Fullness(share, (p.count.low(), p.count.high()), limit)
    }
}

/// How many parts a projection keeps unless asked for all.
pub const PARTS_KEPT: usize = 50;

/// Which quota it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QuotaName {
    pub service: EcoString,
    /// Empty if AWS has none.
    pub code: EcoString,
    pub name: EcoString,
    /// `bytes`, or empty for plain counts.
    pub unit: EcoString,
}

/// Where AWS counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Scope {
    pub partition: EcoString,
    /// The number or the settings' name of the account; None: not stated.
    pub account: Option<EcoString>,
    /// None: a global quota, or a Region that is not stated.
    pub region: Option<EcoString>,
    /// The parent's address, id or name; None: the account and Region themselves.
    pub parent: Option<EcoString>,
    /// The input that alone has this scope; None: there is but one input, or all of them may have it.
    pub root: Option<EcoString>,
    /// 1: `parent` is known. 0: it may be any, and `parent` is a description.
    pub candidates: usize,
}

impl Scope {
    /// What a parent shares with others like it: the resource type in its address, or else its name.
    pub fn kind_of(parent: &str) -> EcoString {
        match Address::parse(parent) {
            Some(address) if address.block.ty != "var" => address.block.ty.clone(),
            _ => parent.into(),
        }
    }
}

/// What instances of one block add.
#[derive(Clone, Debug)]
pub struct Part {
    /// The block's address without keys, so that instances of one block are one part; for limits on one resource
    /// ([`Projection::single`]) the address of the instance.
    pub address: EcoString,
    /// The input it comes from; None: there is but one.
    pub root: Option<EcoString>,
    /// How many instances.
    pub instances: u64,
    pub count: Count,
    pub before: Count,
    pub change: Option<Change>,
    pub span: Option<Span>,
    /// The `count` or `for_each` expression.
    pub repeat: Option<Span>,
}

/// What a count is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Limit {
    pub low: u64,
    /// None: nothing bounds it from above.
    pub high: Option<u64>,
    pub origin: LimitOrigin,
    pub confidence: Confidence,
    /// When it was observed or published: a year, a month, a day.
    pub as_of: String,
    /// True if AWS raises it on request; None: not known.
    pub adjustable: Option<bool>,
    /// Sources, reasons and disagreements in a line.
    pub note: String,
    /// True if it is a default that the account may have had raised.
    pub assumed: bool,
}

/// Who told a limit, the most trusted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitOrigin {
    Live,
    Snapshot,
    /// Observed by a data source in the plan or state.
    Plan,
    /// The settings file.
    Settings,
    /// The state holds as many already.
    State,
    Catalog,
}

impl LimitOrigin {
    pub fn name(self) -> &'static str {
        match self {
            LimitOrigin::Live => "live",
            LimitOrigin::Snapshot => "snapshot",
            LimitOrigin::Plan => "plan",
            LimitOrigin::Settings => "settings",
            LimitOrigin::State => "state",
            LimitOrigin::Catalog => "catalog",
        }
    }
}

/// How sure a limit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    Unconfirmed,
    Dated,
    Confirmed,
}

impl Confidence {
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Unconfirmed => "unconfirmed",
            Confidence::Dated => "dated",
            Confidence::Confirmed => "confirmed",
        }
    }
}

/// Whether it fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Within,
    Undecided,
    Exceeded,
}

impl Verdict {
    /// Decides by two intervals; a limit that nobody knows decides nothing.
    pub fn of(count: Count, limit: Option<&Limit>) -> Verdict {
        let Some(limit) = limit else { return Verdict::Undecided };
        if limit.high.is_some_and(|high| count.low() > high) {
            Verdict::Exceeded
        } else if count.high().is_some_and(|high| high <= limit.low) {
            Verdict::Within
        } else {
            Verdict::Undecided
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Verdict::Within => "within",
            Verdict::Undecided => "undecided",
            Verdict::Exceeded => "exceeded",
        }
    }
}
