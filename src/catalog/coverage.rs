//! What is said of each resource type: measured, no quota of its own, or not measured and why.

use super::{adopts, canonical, measures_of, tables};

/// How a resource type stands to the quotas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// At least one measure counts it.
    Measured,
    /// It uses no quota of its own: a setting of another resource, an adopted default, an association.
    NoQuota(&'static str),
    /// It may use one, and that is not measured.
    NotMeasured(&'static str),
    /// The catalog's data does not know the type.
    Unknown,
}

/// Returns how a resource type stands to the quotas.
pub fn coverage(resource_type: &str) -> Coverage {
    if !measures_of(resource_type).is_empty() {
        return Coverage::Measured;
    }
    if adopts(resource_type).is_some() {
        return Coverage::NoQuota("adopts what AWS made and creates nothing");
    }
    let all = &tables::COVERAGE;
    match all.binary_search_by(|(name, ..)| (*name).cmp(canonical(resource_type))) {
        Ok(at) if all[at].1 => Coverage::NoQuota(all[at].2),
        Ok(at) => Coverage::NotMeasured(all[at].2),
        Err(_) => Coverage::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn every_resource_type_of_the_provider_is_told() {
        let mut counts = [0; 3];
        for (name, _) in &tables::RESOURCES {
            let at = match coverage(name) {
                Coverage::Measured => 0,
                Coverage::NoQuota(why) => usize::from(!why.is_empty()),
                Coverage::NotMeasured(why) => 1 + usize::from(!why.is_empty()),
                Coverage::Unknown => panic!("{name} is not told"),
            };
            counts[at] += 1;
        }
        let [measured, no_quota, not_measured] = counts;
        assert!(measured > 600 && no_quota > 250 && not_measured < 600, "{counts:?}");
    }

    /// One reason for the types of many services would say nothing of any.
    #[test]
    fn no_reason_is_given_for_the_types_of_several_services() {
        let mut services: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (name, _) in &tables::RESOURCES {
            if let Coverage::NotMeasured(why) = coverage(name) {
                let service = name.split('_').nth(1).unwrap_or_default();
                services.entry(why).or_default().insert(service);
            }
        }
        for (why, of) in services {
            assert!(of.len() <= 3, "{why}: {of:?}");
        }
    }

    #[test]
    fn settings_of_other_resources_use_no_quota_and_the_rest_says_why_not() {
        assert_eq!(coverage("aws_connect_queue"), Coverage::Measured);
        assert_eq!(coverage("aws_alb"), Coverage::Measured);
        assert_eq!(
            coverage("aws_default_vpc"),
            Coverage::NoQuota("adopts what AWS made and creates nothing")
        );
        assert_eq!(coverage("aws_s3_bucket_versioning"), Coverage::NoQuota("a setting of a bucket"));
        assert!(
            matches!(coverage("aws_lambda_permission"), Coverage::NotMeasured(why) if why.contains("policy"))
        );
        assert_eq!(coverage("aws_no_such_type"), Coverage::Unknown);
    }
}
