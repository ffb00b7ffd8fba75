//! Exemptions of the settings from rules: by type, address (one key of `for_each` too) and path.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::date::Date;
use crate::finding::{Finding, Place, RuleExemption, Severity};
use crate::source::Files;
use crate::words::glob;

/// The exemptions, and which of them were needed.
#[derive(Debug)]
pub struct Exempts<'a> {
    all: Vec<(&'a RuleExemption, AtomicBool)>,
    today: Option<Date>,
}

impl<'a> Exempts<'a> {
    pub fn new(all: &'a [RuleExemption], today: Option<Date>) -> Exempts<'a> {
        Exempts { all: all.iter().map(|e| (e, AtomicBool::new(false))).collect(), today }
    }

    /// True if exemptions cover every place of a finding; `scope` is the parent in which a quota counts.
    /// Those that cover some of it count as needed.
    pub fn cover(&self, finding: &Finding, scope: Option<&str>, files: &Files) -> bool {
        let mut covered = vec![false; finding.places.len()];
        let mut whole = false;
        for (exemption, needed) in self.all.iter().filter(|(e, _)| self.holds(e)) {
            if !exemption.rules.iter().any(|r| r == finding.rule || r == "*") {
                continue;
            }
            let here = |place: &Place| in_paths(exemption, place, files);
            if scope.is_some_and(|s| names(&exemption.what, s)) && finding.places.iter().all(here) {
                whole = true;
                needed.store(true, Ordering::Relaxed);
            }
            for (place, covered) in finding.places.iter().zip(&mut covered) {
                let named = place.address.as_deref().is_some_and(|a| names(&exemption.what, a));
                if named && here(place) {
                    *covered = true;
                    needed.store(true, Ordering::Relaxed);
                }
            }
        }
        // Places that were not kept are nobody's.
        let all_kept = finding.quota.is_some() || finding.places.len() < 50;
        whole || (!covered.is_empty() && all_kept && covered.iter().all(|c| *c))
    }

    fn holds(&self, exemption: &RuleExemption) -> bool {
        exemption.until.zip(self.today).is_none_or(|(until, today)| today <= until)
    }

    /// How many were needed.
    pub fn used(&self) -> u64 {
        self.all.iter().filter(|(_, needed)| needed.load(Ordering::Relaxed)).count() as u64
    }

    /// Returns what is to be told of the exemptions themselves.
    pub fn leftover(&self) -> Vec<Finding> {
        let told = self.all.iter().filter_map(|(e, needed)| {
            let rules: Vec<String> = e.rules.iter().map(|r| format!("`{r}`")).collect();
            let rules = rules.join(", ");
            if !self.holds(e) {
                let until = e.until.map(|d| d.to_string()).unwrap_or_default();
                let message = format!(
                    "the exemption of `{}` from {rules} held until {until} and no longer does",
                    e.what
                );
                return Some(leftover(
                    e,
                    "exemption-expired",
                    Severity::Warning,
                    message,
                    "remove it, or set a new `until`",
                ));
            }
            let message = format!("`{}` is exempt from {rules}, and nothing is found that needs it", e.what);
            (!needed.load(Ordering::Relaxed))
                .then(|| leftover(e, "allow-unused", Severity::Notice, message, "remove the block"))
        });
        told.collect()
    }
}

fn leftover(
    e: &RuleExemption,
    rule: &'static str,
    severity: Severity,
    message: String,
    help: &str,
) -> Finding {
    Finding {
        rule,
        severity,
        message,
        notes: vec![("reason", e.reason.to_string())],
        help: Some(help.to_owned()),
        quota: None,
        key: None,
        places: vec![Place { address: None, span: e.span, label: None }],
        places_total: 1,
        written: Vec::new(),
        roots: Vec::new(),
    }
}

/// True if a pattern names an address: its type, the address itself, or the address without keys.
fn names(pattern: &str, address: &str) -> bool {
    let plain = without_keys(address);
    let ty = plain.rsplit('.').nth(1).unwrap_or_default();
    glob(pattern, address, None) || glob(pattern, &plain, None) || glob(pattern, ty, None)
}

/// `a["x.y"].b[0]` as `a.b`.
fn without_keys(address: &str) -> String {
    let (mut out, mut depth, mut quoted, mut escaped) = (String::new(), 0_u32, false, false);
    for c in address.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            c if depth == 0 && !quoted => out.push(c),
            _ => {}
        }
    }
    out
}

fn in_paths(exemption: &RuleExemption, place: &Place, files: &Files) -> bool {
    if exemption.paths.is_empty() {
        return true;
    }
    let Some(span) = place.span else { return false };
    let path = files.locate(span).path;
    exemption.paths.iter().any(|p| glob(p, path.trim_start_matches("./"), Some('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_a_type_an_address_or_one_key() {
        for (pattern, address, yes) in [
            ("aws_sqs_queue", "module.a[\"x\"].aws_sqs_queue.q[\"k.1\"]", true),
            ("aws_sqs_*", "aws_sqs_queue.q", true),
            ("aws_sqs_queue.q", "aws_sqs_queue.q[0]", true),
            ("aws_sqs_queue.q[\"k\"]", "aws_sqs_queue.q[\"k\"]", true),
            ("aws_sqs_queue.q[\"k\"]", "aws_sqs_queue.q[\"other\"]", false),
            ("module.a.*", "module.a[\"x\"].aws_sqs_queue.q", true),
            ("aws_iam_*", "aws_sqs_queue.q", false),
        ] {
            assert_eq!(names(pattern, address), yes, "{pattern} {address}");
        }
    }

    fn finding(addresses: &[&str]) -> Finding {
        Finding {
            rule: "tag-missing",
            severity: Severity::Error,
            message: String::new(),
            notes: Vec::new(),
            help: None,
            quota: None,
            key: None,
            places: addresses
                .iter()
                .map(|a| Place { address: Some((*a).to_owned()), span: None, label: None })
                .collect(),
            places_total: addresses.len() as u64,
            written: Vec::new(),
            roots: Vec::new(),
        }
    }

    #[test]
    fn a_finding_is_covered_only_as_a_whole_and_until_its_day() {
        let today = Date::parse("2026-11-20");
        let exemption = |until: &str| RuleExemption {
            what: "aws_sqs_*".into(),
            rules: vec!["tag-missing".into()],
            reason: "legacy".into(),
            until: Date::parse(until),
            ..RuleExemption::default()
        };
        let files = Files::default();
        let all = [exemption("2026-11-20")];
        let exempts = Exempts::new(&all, today);
        assert_eq!(exempts.leftover()[0].rule, "allow-unused");
        assert!(!exempts.cover(&finding(&["aws_sqs_queue.q", "aws_iam_role.r"]), None, &files));
        assert!(exempts.cover(&finding(&["aws_sqs_queue.q"]), None, &files));
        assert!(exempts.cover(&finding(&["aws_iam_role.r"]), Some("aws_sqs_queue.q"), &files), "by scope");
        assert!(exempts.leftover().is_empty());
        assert_eq!(exempts.used(), 1);
        let past = [exemption("2026-11-19")];
        let exempts = Exempts::new(&past, today);
        assert!(!exempts.cover(&finding(&["aws_sqs_queue.q"]), None, &files));
        assert_eq!(exempts.leftover()[0].rule, "exemption-expired");
    }
}
