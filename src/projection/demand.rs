//! Use that no resource shows: declared, not read.

use ecow::EcoString;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::catalog::{self, Quota};
use crate::source::Span;
use crate::value::{Cause, Count};

/// A declared use of a quota.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Demanded {
    #[serde(serialize_with = "write_quota", deserialize_with = "read_quota")]
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

fn write_quota<S: Serializer>(quota: &&'static Quota, to: S) -> Result<S::Ok, S::Error> {
    quota.id.0.serialize(to)
}

fn read_quota<'de, D: Deserializer<'de>>(from: D) -> Result<&'static Quota, D::Error> {
    let number = u16::deserialize(from)?;
    catalog::quotas()
        .get(usize::from(number))
        .ok_or_else(|| serde::de::Error::custom("a quota that there is not"))
}
