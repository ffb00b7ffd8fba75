//! Faults that were there when a baseline was written: known by rule, subject and addresses, never by lines.
//!
//! An entry covers a finding of its rule and subject on no more addresses, with no more resources and no more use.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Severity};

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;

/// A baseline file.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Baseline {
    schema_version: u32,
    findings: Vec<Entry>,
}

/// A fault that is known.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub rule: String,
    /// The quota with its scope, the tag key, or else the message.
    pub subject: String,
    pub addresses: BTreeSet<String>,
    pub resources: u64,
    /// The certain use of the quota, where it is about one.
    pub r#use: Option<u64>,
}

impl Entry {
    fn covers(&self, found: &Entry) -> bool {
        self.rule == found.rule
            && self.subject == found.subject
            && found.addresses.is_subset(&self.addresses)
            && found.resources <= self.resources
            && match (self.r#use, found.r#use) {
                (Some(known), Some(now)) => now <= known,
                (None, None) => true,
                _ => false,
            }
    }
}

impl Baseline {
    pub fn new(findings: impl IntoIterator<Item = Entry>) -> Baseline {
        let mut findings: Vec<Entry> = findings.into_iter().collect();
        findings.sort();
        findings.dedup();
        Baseline { schema_version: VERSION, findings }
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// Why it cannot be read, as a sentence.
    pub fn parse(text: &str) -> Result<Baseline, String> {
        #[derive(Deserialize)]
        struct Head {
            schema_version: u32,
        }
        let head: Head = serde_json::from_str(text).map_err(|e| format!("it is not a baseline: {e}"))?;
        if head.schema_version != VERSION {
            return Err(format!(
                "it is of version {}, and this program reads version {VERSION}",
                head.schema_version
            ));
        }
        serde_json::from_str(text).map_err(|e| format!("it is not a baseline: {e}"))
    }

    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("bug: every key is a text");
        text.push('\n');
        text
    }

    /// Splits findings into those that are new and those that are known; the first `lapsed` of them are known anyway.
    /// A finding about entries that nothing needed any more comes last among the new ones.
    pub fn split(
        &self,
        name: &str,
        found: Vec<(Entry, Finding)>,
        lapsed: usize,
    ) -> (Vec<Finding>, Vec<Finding>) {
        let mut needed = vec![false; self.findings.len()];
        let (mut new, mut known) = (Vec::new(), Vec::new());
        for (at, (entry, finding)) in found.into_iter().enumerate() {
            match self.findings.iter().position(|e| e.covers(&entry)) {
                Some(at) => {
                    needed[at] = true;
                    known.push(finding);
                }
                None if at < lapsed => known.push(finding),
                None => new.push(finding),
            }
        }
        let idle = needed.iter().filter(|n| !**n).count() as u64;
        if idle > 0 {
            new.push(Finding {
                rule: "allow-unused",
                severity: Severity::Notice,
                message: format!(
                    "nothing is found that needs {} of the baseline `{name}`",
                    if idle == 1 { "1 entry".to_owned() } else { format!("{idle} entries") }
                ),
                notes: Vec::new(),
                help: Some(format!("write it again: `--write-baseline {name}`")),
                quota: None,
                key: None,
                places: Vec::new(),
                places_total: 0,
                written: Vec::new(),
                roots: Vec::new(),
            });
        }
        (new, known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(addresses: &[&str], resources: u64, count: Option<u64>) -> Entry {
        Entry {
            rule: "tag-missing".to_owned(),
            subject: "Owner".to_owned(),
            addresses: addresses.iter().map(|a| (*a).to_owned()).collect(),
            resources,
            r#use: count,
        }
    }

    #[test]
    fn an_entry_covers_as_much_and_no_more() {
        let known = entry(&["a", "b"], 3, None);
        assert!(known.covers(&known) && known.covers(&entry(&["a"], 1, None)));
        assert!(!known.covers(&entry(&["a", "c"], 2, None)), "another address");
        assert!(!known.covers(&entry(&["a", "b"], 4, None)), "more resources");
        let full = entry(&["a"], 1, Some(105));
        assert!(full.covers(&entry(&["a"], 1, Some(105))) && !full.covers(&entry(&["a"], 1, Some(106))));
        assert!(!known.covers(&Entry { rule: "tag-value".to_owned(), ..known.clone() }));
    }

    #[test]
    fn what_is_written_is_read_and_other_versions_are_not() {
        let baseline = Baseline::new([entry(&["b"], 1, None), entry(&["a"], 1, Some(3))]);
        assert_eq!(Baseline::parse(&baseline.text()).unwrap(), baseline);
        let later = baseline.text().replace("\"schema_version\": 1", "\"schema_version\": 2");
        assert!(Baseline::parse(&later).unwrap_err().contains("version 2"));
        assert!(Baseline::parse("{}").unwrap_err().contains("not a baseline"));
        assert!(Baseline::parse("nonsense").is_err());
    }
}
