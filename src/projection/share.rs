//! Whose a count is.

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use crate::value::Count;

/// How a count is made up of tenants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// Tenants whose going would change the count, in order of their keys.
    pub tenants: Vec<(EcoString, Share)>,
    /// The rest. Below zero where something is counted for several tenants together, so that each one's share has it.
    pub shared: Share,
}

/// A difference of two counts: from `low` to `high`, both inclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// None: nothing bounds it from below.
    pub low: Option<i64>,
    /// None: nothing bounds it from above.
    pub high: Option<i64>,
}

impl Share {
    pub const ZERO: Share = Share { low: Some(0), high: Some(0) };

    /// Returns `with − without`.
    pub fn between(with: Count, without: Count) -> Share {
        Share {
            low: without.high().map(|h| signed(with.low()).saturating_sub(signed(h))),
            high: with.high().map(|h| signed(h).saturating_sub(signed(without.low()))),
        }
    }

    /// Returns the sum.
    #[must_use]
    pub fn plus(self, other: Share) -> Share {
        let both = |a: Option<i64>, b: Option<i64>| Some(a?.saturating_add(b?));
        Share { low: both(self.low, other.low), high: both(self.high, other.high) }
    }

    /// Returns what is left of a count when these shares are taken away.
    pub fn rest(total: Count, shares: impl Iterator<Item = Share>) -> Share {
        let sum = shares.fold(Share::ZERO, Share::plus);
        Share {
            low: sum.high.map(|h| signed(total.low()).saturating_sub(h)),
            high: total.high().zip(sum.low).map(|(h, low)| signed(h).saturating_sub(low)),
        }
    }

    /// Returns the number, if it is one.
    pub fn exact(self) -> Option<i64> {
        self.low.filter(|low| self.high == Some(*low))
    }
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.low, self.high) {
            (Some(low), Some(high)) if low == high => write!(f, "{low}"),
            (Some(low), Some(high)) => write!(f, "{low} to {high}"),
            (Some(low), None) => write!(f, "at least {low}"),
            (None, Some(high)) => write!(f, "at most {high}"),
            (None, None) => f.write_str("not known"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_the_rest_are_the_whole() {
        let total = Count::exactly(20);
        let shares = [Count::exactly(17), Count::exactly(12)].map(|without| Share::between(total, without));
        assert_eq!(shares.map(|s| s.exact()), [Some(3), Some(8)]);
        assert_eq!(Share::rest(total, shares.into_iter()).exact(), Some(9));
    }

    #[test]
    fn what_is_counted_for_two_tenants_together_leaves_less_than_nothing() {
        // Three tenants and a link for each pair in both directions: nine, and four without any one of them.
        let share = Share::between(Count::exactly(9), Count::exactly(4));
        assert_eq!(share.exact(), Some(5));
        assert_eq!(Share::rest(Count::exactly(9), [share; 3].into_iter()).exact(), Some(-6));
    }

    #[test]
    fn an_open_count_leaves_an_open_share() {
        let share = Share::between(Count::at_least(5), Count::exactly(3));
        assert_eq!(share, Share { low: Some(2), high: None });
        assert_eq!(Share::rest(Count::at_least(5), [share].into_iter()), Share { low: None, high: None });
        assert_eq!(share.to_string(), "at least 2");
    }
}
