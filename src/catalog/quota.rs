//! What a quota is.

use super::measure::Measure;
use super::unit::Unit;

/// Number of a quota in [`quotas`](super::quotas). Orders nothing a user sees: it may change with every catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuotaId(pub u16);

/// A limit that AWS sets, and what uses it.
#[derive(Debug)]
pub struct Quota {
    pub id: QuotaId,
    /// The service code of Service Quotas: `connect`, `ec2`, `elasticloadbalancing`.
    pub service: &'static str,
    /// `L-19A87C94`; empty where AWS documents a limit without a code.
    pub code: &'static str,
    /// AWS's own name.
    pub name: &'static str,
    /// The AWS default in base units of [`unit`](Self::unit). None: no default is published.
    pub default: Option<u64>,
    pub unit: Unit,
    pub adjustable: Adjustable,
    pub scope: ScopeKind,
    pub kind: Kind,
    pub confidence: Confidence,
    /// Ids for [`source`](super::source); at least one.
    pub sources: &'static [&'static str],
    /// When the default was valid, `2026` or `2024-02-10`; empty if nobody dated it.
    pub as_of: &'static str,
    /// What the number leaves out and who contradicts it; may be empty.
    pub notes: &'static str,
    /// What uses the quota; empty if nothing in a configuration does, or nothing measurable.
    pub measures: &'static [Measure],
}

impl Quota {
    /// The code, or the name of a quota without one: unique within the service.
    pub fn key(&self) -> &'static str {
        if self.code.is_empty() { self.name } else { self.code }
    }

    /// Returns a value as Service Quotas or a user states it, in base units. None: not a limit.
    pub fn limit(&self, stated: f64) -> Option<u64> {
        self.unit.to_base(stated)
    }

    /// True if usage may be compared with the limit by counting what a configuration holds.
    pub fn is_countable(&self) -> bool {
        match self.kind {
            Kind::Count | Kind::Size | Kind::Value => true,
            Kind::Rate | Kind::Concurrency => false,
        }
    }
}

/// Whether AWS raises the limit on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Adjustable {
    Yes,
    No,
    Unknown,
}

/// What a quota counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Objects, or things in them.
    Count,
    /// Bytes, characters, capacity.
    Size,
    /// The greatest value of a setting.
    Value,
    /// Requests in a time. Compared with declared demand only.
    Rate,
    /// What runs at one moment. Compared with declared demand, and with what a resource reserves or sets as its own maximum.
    Concurrency,
}

/// How sure the default is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// No dated source states it.
    Unconfirmed,
    /// One dated source.
    Dated,
    /// The API's own answer, or two dated sources since 2025.
    Confirmed,
}

/// Where a quota counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScopeKind {
    /// All Regions of an account together.
    Account,
    /// One Region of an account.
    Region,
    /// One object of a resource type (`aws_vpc`) or text scope (`availability_zone`); for a quota that nothing measures
    /// the name is a guess from the quota's own name and need not be a resource type (`lex-slot`).
    Each(&'static str),
}
