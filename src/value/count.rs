//! Counts that may be known only in part.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How many there are: an interval. The one type in which counts are added.
///
/// ```
/// use tf_headroom::value::Count;
/// let queues = Count::exactly(104) + Count::exactly(1);
/// assert_eq!(queues, Count::exactly(105));
/// assert_eq!((queues + Count::at_least(0)).to_string(), "at least 105");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
pub struct Count {
    low: u64,
    high: Option<u64>,
}

impl Count {
    pub const ZERO: Count = Count { low: 0, high: Some(0) };

    pub fn exactly(n: u64) -> Count {
        Count { low: n, high: Some(n) }
    }

    pub fn at_least(low: u64) -> Count {
        Count { low, high: None }
    }

    /// Returns the interval from `low` to `high`, both inclusive; a `high` below `low` is raised to it.
    pub fn between(low: u64, high: u64) -> Count {
        Count { low, high: Some(high.max(low)) }
    }

    /// Returns the interval with an upper bound that may be open.
    pub fn new(low: u64, high: Option<u64>) -> Count {
        Count { low, high: high.map(|h| h.max(low)) }
    }

    /// Inclusive.
    pub fn low(self) -> u64 {
        self.low
    }

    /// Inclusive. None: nothing bounds it from above.
    pub fn high(self) -> Option<u64> {
        self.high
    }

    pub fn is_exact(self) -> bool {
        self.high == Some(self.low)
    }

    pub fn is_zero(self) -> bool {
        self.high == Some(0)
    }

    /// Returns the interval of `a × b`.
    pub fn times(self, other: Count) -> Count {
        let high = match (self.high, other.high) {
            (Some(0), _) | (_, Some(0)) => Some(0),
            (Some(a), Some(b)) => Some(a.saturating_mul(b)),
            _ => None,
        };
        Count { low: self.low.saturating_mul(other.low), high }
    }

    /// Returns the interval of `a − b`, never below zero.
    pub fn minus(self, other: Count) -> Count {
        let low = match other.high {
            Some(h) => self.low.saturating_sub(h),
            None => 0,
        };
        Count { low, high: self.high.map(|h| h.saturating_sub(other.low)) }
    }

    /// Returns the smallest interval that contains both: the value is one or the other.
    pub fn or(self, other: Count) -> Count {
        let high = match (self.high, other.high) {
            (Some(a), Some(b)) => Some(a.max(b)),
            _ => None,
        };
        Count { low: self.low.min(other.low), high }
    }

    /// Returns the interval of the larger of two counts.
    pub fn max(self, other: Count) -> Count {
        let high = match (self.high, other.high) {
            (Some(a), Some(b)) => Some(a.max(b)),
            _ => None,
        };
        Count { low: self.low.max(other.low), high }
    }

    /// Returns the interval lowered to zero: it may not exist at all.
    pub fn or_none(self) -> Count {
        Count { low: 0, high: self.high }
    }

    /// True if every count of `other` is one of `self`.
    pub fn contains(self, other: Count) -> bool {
        self.low <= other.low
            && match (self.high, other.high) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(a), Some(b)) => b <= a,
            }
    }
}

impl std::ops::Add for Count {
    type Output = Count;

    fn add(self, other: Count) -> Count {
        let high = match (self.high, other.high) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            _ => None,
        };
        Count { low: self.low.saturating_add(other.low), high }
    }
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Count) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Count {
    fn sum<I: Iterator<Item = Count>>(counts: I) -> Count {
        counts.fold(Count::ZERO, |a, b| a + b)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.high {
            Some(h) if h == self.low => write!(f, "{h}"),
            Some(h) => write!(f, "{} to {h}", self.low),
            None => write!(f, "at least {}", self.low),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adding_an_open_count_opens_the_sum() {
        assert_eq!(Count::exactly(4) + Count::at_least(1), Count::at_least(5));
        assert_eq!(Count::between(0, 1) + Count::between(2, 3), Count::between(2, 4));
    }

    #[test]
    fn taking_away_an_open_count_leaves_no_lower_bound() {
        assert_eq!(Count::exactly(4).minus(Count::at_least(1)), Count::between(0, 3));
        assert_eq!(Count::exactly(4).minus(Count::exactly(9)), Count::ZERO);
    }

    #[test]
    fn nothing_times_something_open_is_nothing() {
        assert_eq!(Count::ZERO.times(Count::at_least(1)), Count::ZERO);
        assert_eq!(Count::exactly(2).times(Count::between(1, 3)), Count::between(2, 6));
    }

    #[test]
    fn an_overflow_saturates() {
        assert_eq!(Count::exactly(u64::MAX) + Count::exactly(1), Count::exactly(u64::MAX));
    }

    #[test]
    fn a_wider_count_contains_the_narrow_one() {
        for narrow in [Count::exactly(3), Count::between(1, 5), Count::at_least(2)] {
            assert!(narrow.or_none().contains(narrow));
            assert!(Count::at_least(0).contains(narrow));
            assert!((narrow + Count::at_least(0)).contains(narrow));
        }
    }
}
