//! Use that no resource shows: declared, not read.

use ecow::EcoString;

use crate::catalog::Quota;
use crate::source::Span;
use crate::value::{Cause, Count};

/// A declared use of a quota.
#[derive(Clone, Debug)]
pub struct Demanded {
    pub quota: &'static Quota,
    /// In base units.
    pub amount: Count,
    /// Why the amount is not exact.
    pub because: Vec<Cause>,
    /// What it is called among the parts: `demand "connect" "L-12AB7C57"`.
    pub label: String,
    /// Address, ARN or id of the parent it is made of.
    pub scope: Option<EcoString>,
    /// A tenant: of several parents the one with this key is meant.
    pub tenant: Option<EcoString>,
    pub account: Option<EcoString>,
    pub region: Option<EcoString>,
    pub span: Option<Span>,
}
