//! What is watched while tenants are added.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::EcoString;

use crate::inventory::Basis;
use crate::projection::{Limit, Projections, QuotaName, Scope, Verdict};
use crate::value::{Cause, Count};

/// A quota in a scope, under one name however many tenants there are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MeterName {
    pub quota: QuotaName,
    /// Keys of tenants that are tried read `*` in the parent: what is new for each of them is one meter.
    pub scope: Scope,
    /// The fullest resource of a limit on single resources.
    pub single: bool,
}

/// What a meter shows.
#[derive(Clone, Debug)]
pub struct Reading {
    pub count: Count,
    pub limit: Option<Arc<Limit>>,
    pub verdict: Verdict,
    pub basis: Basis,
    pub because: Vec<Cause>,
    /// The parent or resource it was read in.
    pub parent: Option<EcoString>,
}

impl Reading {
    /// Where there is nothing yet.
    pub fn nothing() -> Reading {
        Reading {
            count: Count::ZERO,
            limit: None,
            verdict: Verdict::Within,
            basis: Basis::Configuration,
            because: Vec::new(),
            parent: None,
        }
    }
}

/// Reads every meter; `stem` begins the keys of the tenants that are tried.
pub(super) fn read(projections: Projections, stem: &str) -> BTreeMap<MeterName, Reading> {
    let mut found: BTreeMap<MeterName, Reading> = BTreeMap::new();
    for p in projections {
        let parent = p.scope.parent.clone();
        let common = match &parent {
            _ if p.single => None,
            Some(text) => Some(starred(text, stem)),
            None => None,
        };
        let name = MeterName { quota: p.quota, scope: Scope { parent: common, ..p.scope }, single: p.single };
        let reading = Reading {
            count: p.count,
            limit: p.limit,
            verdict: p.verdict,
            basis: p.basis,
            because: p.because,
            parent,
        };
        match found.get_mut(&name) {
            None => _ = found.insert(name, reading),
            Some(other) => {
                let count = other.count.max(reading.count);
                let order = |r: &Reading| (r.verdict, r.count.low(), r.count.high().unwrap_or(u64::MAX));
                if order(&reading) > order(other) {
                    *other = reading;
                }
                other.count = count;
            }
        }
    }
    found
}

/// How many digits the number of a tenant that is tried has.
pub(super) const DIGITS: usize = 4;

/// Writes `*` for the keys of tenants that are tried.
fn starred(text: &EcoString, stem: &str) -> EcoString {
    if stem.is_empty() || !text.contains(stem) {
        return text.clone();
    }
    let (mut out, mut rest) = (String::new(), text.as_str());
    while let Some(at) = rest.find(stem) {
        let after = &rest[at + stem.len()..];
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        out.push_str(&rest[..at]);
        out.push_str(if digits == DIGITS { "*" } else { stem });
        rest = if digits == DIGITS { &after[DIGITS..] } else { after };
    }
    out.push_str(rest);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_tried_are_one_meter() {
        let check = |text: &str, expected: &str| assert_eq!(starred(&text.into(), "a-x"), expected);
        check("aws_connect_instance.this[\"a-x0001\"]", "aws_connect_instance.this[\"*\"]");
        check("module.m[\"a-x0012\"].aws_vpc.v[\"a-x0012-b\"]", "module.m[\"*\"].aws_vpc.v[\"*-b\"]");
        check("aws_vpc.v[\"a-x\"]", "aws_vpc.v[\"a-x\"]");
        check("aws_vpc.v", "aws_vpc.v");
    }
}
