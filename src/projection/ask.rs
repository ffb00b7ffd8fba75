//! How much of a quota to ask for: one rule for findings and requests.

use super::Projection;
use crate::catalog::Unit;

/// Returns the number to ask for, in the quota's own unit: projected use and the buffer, rounded up as people do, and
/// never less than use with one more tenant, nor than the limit there is.
pub fn desired(unit: Unit, used: u64, tenant: u64, limit: Option<u64>, buffer: u64) -> u64 {
    let with_buffer = u128::from(used) * u128::from(100 + buffer);
    let base = u128::from(unit.base()) * 100;
    let least = (u128::from(used) + u128::from(tenant)) * 100;
    let above = limit.map_or(0, |l| (u128::from(l) * 100).saturating_add(base));
    let number = with_buffer.max(least).max(above).div_ceil(base);
    let step = match number {
        0..100 => 5,
        100..1_000 => 10,
        _ => 100,
    };
    u64::try_from(number.div_ceil(step) * step).unwrap_or(u64::MAX)
}

impl Projection {
    /// Returns what the largest tenant uses.
    pub fn largest_share(&self) -> u64 {
        let shares = self.shares.iter().flat_map(|s| &s.tenants);
        shares.filter_map(|(_, share)| u64::try_from(share.high?).ok()).max().unwrap_or(0)
    }

    /// Returns the number to ask for, in the quota's own unit.
    pub fn desired(&self, unit: Unit, buffer: u64) -> u64 {
        let limit = self.limit.as_ref().map(|l| l.low);
        let most = self.count.high().unwrap_or_else(|| self.count.low().max(limit.unwrap_or(0)));
        desired(unit, most, self.largest_share(), limit, buffer)
    }
}
