//! GitLab's code quality report: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.

use serde_json::{Value, json};

use super::identity::{fingerprints, fnv1a};
use super::view::{anywhere, diagnostic_story, spot, story};
use super::{Look, Report};
use crate::finding::Severity;
use crate::source::{Files, Span};

/// Returns the report as GitLab reads it.
pub fn render(report: &Report, files: &Files, _look: &Look) -> String {
    let prints = fingerprints(report, &report.findings, files);
    let unread = report.diagnostics.iter().map(|d| {
        let text = diagnostic_story(d);
        let print = format!("{:016x}", fnv1a(text.as_bytes()));
        entry("unreadable", d.severity, text, print, d.span, report, files)
    });
    let found = report.findings.iter().zip(prints).map(|(f, print)| {
        let span = f.places.first().and_then(|p| p.span);
        entry(f.rule, f.severity, story(f), print, span, report, files)
    });
    let all: Vec<Value> = unread.chain(found).collect();
    let mut text = serde_json::to_string_pretty(&all).expect("bug: every key is a text");
    text.push('\n');
    text
}

fn entry(
    rule: &str,
    severity: Severity,
    text: String,
    fingerprint: String,
    span: Option<Span>,
    report: &Report,
    files: &Files,
) -> Value {
    let severity = match severity {
        Severity::Error => "critical",
        Severity::Warning => "minor",
        Severity::Notice => "info",
    };
    let (path, begin, end) = match span.map(|s| spot(s, report, files)) {
        Some(at) => (at.path, at.line, at.end_line),
        None => (anywhere(report), 1, 1),
    };
    json!({
        "type": "issue",
        "check_name": rule,
        "description": text,
        "categories": ["Compatibility"],
        "severity": severity,
        "fingerprint": fingerprint,
        "location": { "path": path, "lines": { "begin": begin, "end": end } },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_sample_for_gitlab() {
        let (report, files) = sample::short();
        insta::assert_snapshot!(render(&report, &files, &Look::default()));
    }
}
