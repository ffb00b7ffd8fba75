//! Keeps calls within the rates that AWS grants, for each action in each account and Region.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// Account, Region, and what shares a rate.
pub(super) type Key = (String, String, &'static str);

/// Calls in a second, and how many may come at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    per_second: f64,
    burst: f64,
}

impl Rate {
    /// A little less than what is granted: others ask as well, and calls bunch up on their way.
    pub const fn granted(per_second: f64, burst: f64) -> Rate {
        Rate { per_second: per_second * 0.9, burst: burst * 0.6 }
    }
}

/// When the next call of each kind may start.
#[derive(Debug, Default)]
pub(super) struct Pace {
    next: Mutex<HashMap<Key, Instant>>,
}

impl Pace {
    /// Waits until the call may start.
    pub async fn turn(&self, key: Key, rate: Rate) {
        let at = self.reserve(key, rate, Instant::now());
        tokio::time::sleep_until(at).await;
    }

    fn reserve(&self, key: Key, rate: Rate, now: Instant) -> Instant {
        let step = Duration::from_secs_f64(1.0 / rate.per_second);
        let slack = step.mul_f64((rate.burst - 1.0).max(0.0));
        let mut all = self.next.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let due = all.entry(key).or_insert(now);
        let base = (*due).max(now);
        *due = base + step;
        base.checked_sub(slack).map_or(now, |at| at.max(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_starts_at_once_and_the_rest_in_step() {
        let (pace, rate, now) = (Pace::default(), Rate { per_second: 2.0, burst: 3.0 }, Instant::now());
        let key = || ("1".to_owned(), "r".to_owned(), "List");
        let at: Vec<u128> = (0..6).map(|_| (pace.reserve(key(), rate, now) - now).as_millis()).collect();
        assert_eq!(at, [0, 0, 0, 500, 1000, 1500]);
        let other = ("2".to_owned(), "r".to_owned(), "List");
        assert_eq!(pace.reserve(other, rate, now), now, "accounts have rates of their own");
        let later = now + Duration::from_secs(60);
        assert_eq!(
            pace.reserve(key(), rate, later),
            later,
            "what is not used does not pile up beyond the burst"
        );
    }
}
