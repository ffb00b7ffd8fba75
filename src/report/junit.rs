//! JUnit: a test case for each quota in each scope, one for the tags, one for each input.
//!
//! The dialect is that of Jenkins' schema, which pytest, GitLab and Azure read as well.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::view::{Places, count_text, diagnostic_story, is_about_tags, limit_text, spot, story};
use super::{Look, Report};
use crate::finding::{Finding, Severity};
use crate::projection::Verdict;
use crate::source::Files;

enum Outcome {
    Passed,
    Skipped(String),
    Failed { rule: &'static str, message: String, text: String },
    Broken { message: String, text: String },
}

struct Case {
    class: String,
    name: String,
    outcome: Outcome,
    /// What is worth saying and fails nothing.
    note: Option<String>,
}

/// Returns the report as JUnit XML.
pub fn render(report: &Report, files: &Files, _look: &Look) -> String {
    let suites = [
        ("reading", reading(report, files)),
        ("quotas", quotas(report, files)),
        ("tags", others(report, files, true)),
        ("settings", others(report, files, false)),
    ];
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all = || suites.iter().flat_map(|(_, cases)| cases);
    let _ = writeln!(out, "<testsuites name=\"tf-headroom\" {}>", totals(all()));
    for (name, cases) in suites.iter().filter(|(_, cases)| !cases.is_empty()) {
        let skipped = cases.iter().filter(|c| matches!(c.outcome, Outcome::Skipped(_))).count();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{name}\" {} skipped=\"{skipped}\" time=\"0\">",
            totals(cases.iter())
        );
        cases.iter().for_each(|case| write(case, &mut out));
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn totals<'a>(cases: impl Iterator<Item = &'a Case>) -> String {
    let (mut tests, mut failures, mut errors) = (0, 0, 0);
    for case in cases {
        tests += 1;
        failures += u32::from(matches!(case.outcome, Outcome::Failed { .. }));
        errors += u32::from(matches!(case.outcome, Outcome::Broken { .. }));
    }
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"")
}

/// Each input was read, and what was in the way.
fn reading(report: &Report, files: &Files) -> Vec<Case> {
    let case = |name: String, outcome| Case { class: "input".to_owned(), name, outcome, note: None };
    let mut cases: Vec<Case> = report.inputs.iter().map(|i| case(i.path.clone(), Outcome::Passed)).collect();
    cases.extend(report.diagnostics.iter().filter(|d| d.severity == Severity::Error).map(|d| {
        let at = d.span.map(|s| spot(s, report, files));
        let name = match (at, &d.origin) {
            (Some(at), _) => format!("{}:{}", at.path, at.line),
            (None, Some(origin)) => origin.clone(),
            (None, None) => d.summary.to_string(),
        };
        case(name, Outcome::Broken { message: d.summary.to_string(), text: diagnostic_story(d) })
    }));
    cases
}

fn quotas(report: &Report, files: &Files) -> Vec<Case> {
    let places = Places::of(&report.projections);
    let mut by_projection: BTreeMap<usize, &Finding> = BTreeMap::new();
    for finding in &report.findings {
        if let Some(q) = &finding.quota {
            by_projection.entry(q.projection).or_insert(finding);
        }
    }
    let all = report.projections.iter().enumerate();
    // Limits of one resource are worth a case where one is not kept: there are many.
    all.filter(|(at, p)| !p.single || by_projection.contains_key(at))
        .map(|(at, p)| {
            let use_of = format!("{} of {}", count_text(p), limit_text(p));
            let (outcome, note) = match by_projection.get(&at) {
                Some(f) if f.severity == Severity::Error => (failed(f, report, files), None),
                Some(f) if p.verdict == Verdict::Undecided => {
                    (Outcome::Skipped(f.message.clone()), Some(story(f)))
                }
                Some(f) => (Outcome::Passed, Some(story(f))),
                None if p.verdict == Verdict::Undecided => {
                    (Outcome::Skipped(format!("{use_of}: undecided")), None)
                }
                None => (Outcome::Passed, Some(use_of)),
            };
            let code = if p.quota.code.is_empty() { String::new() } else { format!(" ({})", p.quota.code) };
            Case {
                class: format!("{}.{}", p.quota.service, places.title(&p.scope)),
                name: format!("{}{code}", p.quota.name),
                outcome,
                note,
            }
        })
        .collect()
}

/// What is about no quota's projection, each a case; sound tags are one.
fn others(report: &Report, files: &Files, tags: bool) -> Vec<Case> {
    let mine = report.findings.iter().filter(|f| f.quota.is_none() && is_about_tags(f) == tags);
    let mut cases: Vec<Case> = mine
        .map(|f| Case {
            class: f.rule.to_owned(),
            name: f.message.clone(),
            outcome: match f.severity {
                Severity::Error => failed(f, report, files),
                Severity::Warning | Severity::Notice => Outcome::Passed,
            },
            note: (f.severity < Severity::Error).then(|| story(f)),
        })
        .collect();
    if tags && cases.is_empty() && report.stats.tags_judged > 0 {
        let name = format!("tags of {} resources", report.stats.tags_judged);
        cases.push(Case { class: "tags".to_owned(), name, outcome: Outcome::Passed, note: None });
    }
    cases
}

fn failed(f: &Finding, report: &Report, files: &Files) -> Outcome {
    let mut text = story(f);
    for place in f.places.iter().take(10) {
        match (place.span.map(|s| spot(s, report, files)), &place.address) {
            (Some(at), address) => {
                let address = address.as_deref().unwrap_or_default();
                text.push_str(&format!("\nat: {}:{} {address}", at.path, at.line));
            }
            (None, Some(address)) => text.push_str(&format!("\nat: {address}")),
            (None, None) => {}
        }
    }
    Outcome::Failed { rule: f.rule, message: f.message.clone(), text }
}

fn write(case: &Case, out: &mut String) {
    let _ = write!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\" time=\"0\"",
        attribute(&case.class),
        attribute(&case.name)
    );
    if matches!(case.outcome, Outcome::Passed) && case.note.is_none() {
        out.push_str("/>\n");
        return;
    }
    out.push_str(">\n");
    match &case.outcome {
        Outcome::Passed => {}
        Outcome::Skipped(message) => {
            let _ = writeln!(out, "      <skipped message=\"{}\"/>", attribute(message));
        }
        Outcome::Failed { rule, message, text } => {
            let message = attribute(message);
            let _ = writeln!(
                out,
                "      <failure type=\"{rule}\" message=\"{message}\">{}</failure>",
                escaped(text)
            );
        }
        Outcome::Broken { message, text } => {
            let message = attribute(message);
            let _ = writeln!(
                out,
                "      <error type=\"unreadable\" message=\"{message}\">{}</error>",
                escaped(text)
            );
        }
    }
    if let Some(note) = &case.note {
        let _ = writeln!(out, "      <system-out>{}</system-out>", escaped(note));
    }
    out.push_str("    </testcase>\n");
}

/// A text between tags; characters that XML does not have are replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

fn attribute(text: &str) -> String {
    escaped(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_sample_as_junit() {
        let (report, files) = sample::short();
        insta::assert_snapshot!(render(&report, &files, &Look::default()));
    }

    #[test]
    fn what_xml_does_not_have_is_replaced() {
        assert_eq!(attribute("a<b>\"&\u{1}\n\t\u{ffff}"), "a&lt;b&gt;&quot;&amp;\u{fffd}&#10;&#9;\u{fffd}");
    }
}
