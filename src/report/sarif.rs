//! SARIF 2.1.0: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>
//!
//! Kept to what GitHub's code scanning takes: every result has a place, at most 5000 results, 100 further places each.

use serde_json::{Value, json};

use super::identity::fingerprints;
use super::origin::uri;
use super::view::{Spot, anywhere, diagnostic_story, spot, story};
use super::{Look, Report, RuleHelp};
use crate::finding::{Diagnostic, Finding, Place, Severity};
use crate::source::Files;

/// How many results GitHub shows.
const RESULTS: usize = 5000;

/// How many places one result may have.
const PLACES: usize = 100;

/// Returns the report as SARIF.
pub fn render(report: &Report, files: &Files, _look: &Look) -> String {
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run(report, files)],
    });
    let mut text = serde_json::to_string_pretty(&log).expect("bug: every key is a text");
    text.push('\n');
    text
}

fn run(report: &Report, files: &Files) -> Value {
    let mut results = results(report, &report.findings, files, (report.base.is_some()).then_some("new"));
    results.extend(self::results(report, &report.older, files, Some("unchanged")));
    let left_out = results.len().saturating_sub(RESULTS);
    results.truncate(RESULTS);
    let mut notes: Vec<Value> = report.diagnostics.iter().map(|d| notification(d, report, files)).collect();
    if left_out > 0 {
        notes.push(json!({
            "level": "note",
            "message": { "text": format!("{left_out} more results are left out: the least grave ones") },
        }));
    }
    let read = report.diagnostics.iter().all(|d| d.severity < Severity::Error);
    json!({
        "tool": { "driver": {
            "name": "tf-headroom",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "version": format!("{} (catalog {})", env!("CARGO_PKG_VERSION"), report.stats.catalog),
            "rules": report.rules.iter().map(rule).collect::<Vec<_>>(),
        }},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": { "%SRCROOT%": { "description": { "text": "The root of the repository" } } },
        "invocations": [{
            "executionSuccessful": read,
            "exitCode": report.exit.code(),
            "toolExecutionNotifications": notes,
        }],
        "results": results,
    })
}

fn rule(rule: &RuleHelp) -> Value {
    let does = rule.does();
    let first = does.split_once(". ").map_or(does.clone(), |(first, _)| format!("{first}."));
    json!({
        "id": rule.id,
        "name": name(rule.id),
        "shortDescription": { "text": first.replace('`', "'") },
        "fullDescription": { "text": does.replace('`', "'") },
        "help": { "text": rule.page, "markdown": rule.page },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": {
            "tags": [if rule.id.starts_with("tag-") { "tags" } else { "quotas" }, "terraform", "aws"],
            "precision": if rule.id.ends_with("undecided") { "medium" } else { "high" },
        },
    })
}

/// `quota-exceeded` as SARIF writes names: `QuotaExceeded`.
fn name(id: &str) -> String {
    id.split('-')
        .map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            format!("{}{rest}", first.to_uppercase())
        })
        .collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Notice => "note",
    }
}

fn results(report: &Report, findings: &[Finding], files: &Files, state: Option<&str>) -> Vec<Value> {
    let prints = fingerprints(report, findings, files);
    findings.iter().zip(prints).map(|(f, print)| result(f, print, state, report, files)).collect()
}

fn result(f: &Finding, print: String, state: Option<&str>, report: &Report, files: &Files) -> Value {
    let first = f.places.first();
    let mut value = json!({
        "ruleId": f.rule,
        "level": level(f.severity),
        "message": { "text": story(f) },
        "locations": [location(first, None, report, files)],
        "partialFingerprints": { "tfHeadroom/v1": print },
        "properties": { "places": f.places_total },
    });
    if let Some(index) = report.rules.iter().position(|r| r.id == f.rule) {
        value["ruleIndex"] = json!(index);
    }
    if let Some(state) = state {
        value["baselineState"] = json!(state);
    }
    let related: Vec<Value> = f
        .places
        .iter()
        .skip(1)
        .filter(|p| p.span.is_some())
        .take(PLACES)
        .enumerate()
        .map(|(at, p)| location(Some(p), Some(at + 1), report, files))
        .collect();
    if !related.is_empty() {
        value["relatedLocations"] = Value::Array(related);
    }
    value
}

/// A place; what has none is in the first input, because results without one are refused.
fn location(place: Option<&Place>, id: Option<usize>, report: &Report, files: &Files) -> Value {
    let span = place.and_then(|p| p.span);
    let mut value = match span.map(|s| spot(s, report, files)) {
        Some(at) => json!({ "physicalLocation": {
            "artifactLocation": artifact(&at.path),
            "region": region(&at),
        }}),
        None => json!({ "physicalLocation": { "artifactLocation": artifact(&anywhere(report)) } }),
    };
    if let Some(address) = place.and_then(|p| p.address.as_deref()) {
        value["logicalLocations"] = json!([{ "fullyQualifiedName": address, "kind": "resource" }]);
    }
    if let Some(id) = id {
        value["id"] = json!(id);
        let label = place.and_then(|p| p.label.as_deref().or(p.address.as_deref()));
        value["message"] = json!({ "text": label.unwrap_or("here as well") });
    }
    value
}

fn artifact(path: &str) -> Value {
    match path.starts_with('/') {
        true => json!({ "uri": format!("file://{}", uri(path)) }),
        false => json!({ "uri": uri(path), "uriBaseId": "%SRCROOT%" }),
    }
}

fn region(at: &Spot) -> Value {
    json!({
        "startLine": at.line,
        "startColumn": at.column,
        "endLine": at.end_line,
        "endColumn": at.end_column,
    })
}

fn notification(d: &Diagnostic, report: &Report, files: &Files) -> Value {
    let mut value = json!({
        "level": level(d.severity),
        "message": { "text": diagnostic_story(d) },
    });
    let place = Place { address: d.addresses.first().cloned(), span: d.span, label: None };
    if place.span.is_some() || place.address.is_some() {
        value["locations"] = json!([location(Some(&place), None, report, files)]);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_sample_as_sarif() {
        let (report, files) = sample::short();
        insta::assert_snapshot!(render(&report, &files, &Look::default()));
    }

    #[test]
    fn fingerprints_survive_lines_that_move() {
        let prints = |above: &str| {
            let (report, files) = sample::moved(above);
            let log: Value = serde_json::from_str(&render(&report, &files, &Look::default())).unwrap();
            let results = log["runs"][0]["results"].as_array().unwrap().clone();
            let line = results[1]["locations"][0]["physicalLocation"]["region"]["startLine"].clone();
            let prints: Vec<String> =
                results.iter().map(|r| r["partialFingerprints"]["tfHeadroom/v1"].to_string()).collect();
            (line, prints)
        };
        let (here, before) = prints("");
        let (there, after) = prints("# one\n\n# two\n");
        assert_ne!(here, there);
        assert_eq!(before, after);
        let mut unique = before.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), before.len(), "no two results share a fingerprint");
    }
}
