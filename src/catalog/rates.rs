//! How fast AWS takes the calls that create resources.

use super::{canonical, tables};

/// The rate of the call that creates a resource. Never compared with a count.
#[derive(Debug)]
pub struct Rate {
    pub resource_type: &'static str,
    /// `CreateUser`.
    pub call: &'static str,
    pub service: &'static str,
    /// The code of the rate's own quota.
    pub quota: &'static str,
    /// The code of the quota of calls that may come at once; empty if it has none of its own.
    pub burst_quota: &'static str,
    /// Calls in a thousand seconds: AWS has rates of 0.1 a second.
    pub per_1000_s: u64,
    /// Calls that may come at once.
    pub burst: u64,
}

impl Rate {
    /// Returns how many seconds so many calls take at the least, in an account and Region that makes no others.
    pub fn seconds(&self, calls: u64) -> u64 {
        (calls.saturating_sub(self.burst)).saturating_mul(1_000).div_ceil(self.per_1000_s.max(1))
    }
}

/// Returns the rate at which instances of a type are created. None: not known, or too fast to matter.
pub fn rate(resource_type: &str) -> Option<&'static Rate> {
    let resource_type = canonical(resource_type);
    let all = &tables::RATES;
    all.binary_search_by(|r| r.resource_type.cmp(resource_type)).ok().map(|i| &all[i])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{listed_of, resource_schema};

    #[test]
    fn rates_are_those_of_the_long_list() {
        for rate in &tables::RATES {
            assert!(resource_schema(rate.resource_type).is_some(), "{}", rate.resource_type);
            let default = |code: &str| {
                let listed = listed_of(rate.service).iter().find(|q| q.code == code);
                let listed = listed.unwrap_or_else(|| panic!("{} {code}", rate.service));
                assert!(listed.name.contains(rate.call), "{} is {}", rate.call, listed.name);
                listed.default.split(' ').next().and_then(|n| n.parse::<f64>().ok()).expect("a number")
            };
            assert_eq!((default(rate.quota) * 1_000.0).round(), rate.per_1000_s as f64, "{}", rate.call);
            if rate.burst_quota.is_empty() {
                assert_eq!(rate.burst, 1);
            } else {
                assert_eq!(default(rate.burst_quota), rate.burst as f64, "{}", rate.call);
            }
        }
    }

    #[test]
    fn calls_take_their_time_beyond_what_may_come_at_once() {
        let user = rate("aws_connect_user").unwrap();
        assert_eq!(user.seconds(500), 250);
        assert_eq!(user.seconds(1), 0);
        assert_eq!(rate("aws_connect_instance").unwrap().seconds(3), 20);
        let vpc = rate("aws_vpc").unwrap();
        assert_eq!((vpc.seconds(50), vpc.seconds(55)), (0, 1));
        assert!(rate("aws_iam_role").is_none());
    }
}
