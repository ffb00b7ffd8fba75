//! What people and AWS say of limits and accounts.

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use super::ProviderId;
use crate::address::Address;
use crate::date::Date;
use crate::source::Span;

/// A limit that a plan or state observed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObservedLimit {
    pub service: EcoString,
    pub code: EcoString,
    pub value: f64,
    pub provider: Option<ProviderId>,
    pub address: String,
}

/// A limit that the configuration asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestedLimit {
    pub service: Option<EcoString>,
    pub code: Option<EcoString>,
    pub value: Option<f64>,
    pub provider: ProviderId,
    pub address: Address,
    pub span: Option<Span>,
}

/// A limit that the settings state.
#[derive(Clone, Debug, PartialEq)]
pub struct StatedLimit {
    pub service: EcoString,
    /// Empty for a quota that AWS gave none.
    pub code: EcoString,
    pub name: EcoString,
    /// A fact that nobody could observe, in the quota's unit.
    pub applied: Option<f64>,
    /// The team's own ceiling, in the quota's unit.
    pub budget: Option<f64>,
    /// Name or number of an account. None: any.
    pub account: Option<EcoString>,
    /// None: any.
    pub region: Option<EcoString>,
    /// Address, ARN or id of a parent. None: any.
    pub scope: Option<EcoString>,
    pub reason: Option<EcoString>,
    /// The last day on which it holds.
    pub until: Option<Date>,
    /// True if it counts even against what was observed.
    pub force: bool,
    /// The head of the block.
    pub span: Option<Span>,
}

/// The name of the `account` block for every account of the organization without a block of its own, and what stands for
/// their numbers in its role.
pub const EVERY: &str = "*";

/// An account that the settings name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatedAccount {
    pub name: EcoString,
    pub id: Option<EcoString>,
    /// The role that reads its quotas.
    pub role_arn: Option<EcoString>,
    /// The profile of the AWS configuration files that leads to it.
    pub profile: Option<EcoString>,
    pub region: Option<EcoString>,
    /// Patterns of the folders whose configurations belong to it.
    pub paths: Vec<EcoString>,
    pub span: Option<Span>,
}
