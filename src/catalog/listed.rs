//! Every quota that anybody lists, packed: far more than what a configuration can use.
//!
//! In: what the API answers for all services, and documented limits that it lacks, in one deflated table. It is opened by
//! whoever asks for it (`quotas`, `explain`) and by nobody else: a check does not pay for it.
//! Never here: measures, and limits that verdicts are made of; those are the [`Quota`](super::Quota)s.

use std::sync::OnceLock;

use super::quota::{Adjustable, Quota};
use super::{quota, quotas_by_name};

/// Written by `generate.py`.
static PACKED: &[u8] = include_bytes!("data/long_list.bin");

/// A quota as it is listed, in words.
#[derive(Debug)]
pub struct Listed {
    /// The service code of Service Quotas.
    pub service: &'static str,
    /// Empty where AWS documents a limit without a code.
    pub code: &'static str,
    pub name: &'static str,
    /// With its unit: `100`, `20 KiB`, `2 per second`. Empty: none is published.
    pub default: &'static str,
    pub adjustable: Adjustable,
    /// One limit for all Regions of an account.
    pub global: bool,
    /// The type of which each object has a limit of its own, as AWS calls it: `AWS::Connect::Instance`; may be empty.
    pub context: &'static str,
    /// What a rate is counted over: `1 SECOND`; may be empty.
    pub period: &'static str,
    /// The CloudWatch metric that shows its use; may be empty.
    pub metric: &'static str,
    /// Ids for [`source`](super::source), with `;` between them.
    pub sources: &'static str,
    pub as_of: &'static str,
    pub notes: &'static str,
}

impl Listed {
    /// The code, or the name of a quota without one.
    pub fn key(&self) -> &'static str {
        if self.code.is_empty() { self.name } else { self.code }
    }

    /// Returns the quota of the catalog that this is, if it is one.
    pub fn quota(&self) -> Option<&'static Quota> {
        if self.code.is_empty() {
            quotas_by_name(self.service, self.name).find(|q| q.code.is_empty())
        } else {
            quota(self.service, self.code)
        }
    }
}

/// Returns every listed quota, sorted by service, name and code.
pub fn listed() -> &'static [Listed] {
    static ALL: OnceLock<Vec<Listed>> = OnceLock::new();
    ALL.get_or_init(|| {
        let bytes =
            miniz_oxide::inflate::decompress_to_vec(PACKED).expect("bug: long_list.bin is not deflated");
        let text = String::from_utf8(bytes).expect("bug: long_list.bin is not UTF-8");
        // It is opened once and lives as long as the program.
        let text: &'static str = Box::leak(text.into_boxed_str());
        text.lines().map(row).collect()
    })
}

fn row(line: &'static str) -> Listed {
    let mut fields = line.split('\t');
    let mut next = || fields.next().expect("bug: a row of long_list.bin is short");
    Listed {
        service: next(),
        code: next(),
        name: next(),
        default: next(),
        adjustable: match next() {
            "yes" => Adjustable::Yes,
            "no" => Adjustable::No,
            _ => Adjustable::Unknown,
        },
        global: next() == "global",
        context: next(),
        period: next(),
        metric: next(),
        sources: next(),
        as_of: next(),
        notes: next(),
    }
}

/// Returns the listed quotas of a service.
pub fn listed_of(service: &str) -> &'static [Listed] {
    let all = listed();
    let first = all.partition_point(|q| q.service < service);
    let count = all[first..].partition_point(|q| q.service == service);
    &all[first..first + count]
}

/// Returns the quotas that a document gives this code by mistake: codes that exist nowhere, or belong to another quota.
pub fn misnamed(code: &str) -> Vec<&'static Listed> {
    let words = ["gives code ", "gives placeholder code ", "links ", "also links "];
    let says = |notes: &str| words.iter().any(|w| notes.contains(&format!("{w}{code}")));
    listed().iter().filter(|q| q.code != code && says(q.notes)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalog::{quotas, source};

    #[test]
    fn everything_that_the_api_lists_is_there_once() {
        let codes: Vec<&str> = listed().iter().map(|q| q.code).filter(|c| !c.is_empty()).collect();
        assert!(codes.len() > 14_000, "{}", codes.len());
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        let services: BTreeSet<&str> = listed().iter().map(|q| q.service).collect();
        assert!(services.len() >= 320, "{}", services.len());
        let key = |q: &Listed| (q.service, q.name, q.code);
        assert!(listed().is_sorted_by_key(key));
        assert_eq!(listed_of("connect").iter().filter(|q| q.context == "AWS::Connect::Instance").count(), 44);
    }

    #[test]
    fn every_quota_of_the_catalog_is_listed_and_has_the_same_default() {
        let mut found = BTreeSet::new();
        for listed in listed() {
            let Some(quota) = listed.quota() else { continue };
            found.insert(quota.id);
            let stated = listed.default.split(' ').next().and_then(|n| n.parse().ok());
            let default = stated.and_then(|n| quota.limit(n));
            assert_eq!(default, quota.default, "{} {}", quota.service, quota.name);
        }
        let missing: Vec<_> = quotas().iter().filter(|q| !found.contains(&q.id)).map(|q| q.name).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn codes_that_a_document_invents_lead_to_the_right_ones() {
        for (invented, right) in [
            ("L-8E309C4C", "L-12AB7C57"),
            ("L-F5FEC574", "L-9A46857E"),
            ("L-C4FE7B79", "L-8F812903"),
            ("L-B15FC19B", "L-19A87C94"),
            ("L-05BCE0FB", "Voice requests per second"),
            ("L-ABCD1234", "L-F406804E"),
        ] {
            assert!(listed().iter().all(|q| q.code != invented), "{invented} exists");
            let found: Vec<&str> = misnamed(invented).iter().map(|q| q.key()).collect();
            assert_eq!(found, [right], "{invented}");
        }
        assert!(misnamed("L-B99A9384").is_empty());
        assert!(misnamed("L-14092FF4").iter().any(|q| q.code == "L-C2B81BC3"));
    }

    #[test]
    fn every_listed_quota_has_a_source() {
        for listed in listed() {
            assert!(!listed.name.is_empty() && !listed.service.is_empty());
            for id in listed.sources.split(';') {
                assert!(source(id).is_some(), "{} {}: {id}", listed.service, listed.name);
            }
        }
    }
}
