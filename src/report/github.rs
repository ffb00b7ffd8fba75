//! GitHub's workflow commands: an annotation at each place.
//!
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>. A step shows ten of each kind;
//! the last of them says how many more there are.

use std::fmt::Write as _;

use super::view::{diagnostic_story, spot, story};
use super::{Look, Report};
use crate::finding::Severity;
use crate::source::{Files, Span};
use crate::words::several;

/// How many annotations of one kind a step shows.
const SHOWN: usize = 10;

struct Annotation<'a> {
    title: &'a str,
    text: String,
    span: Option<Span>,
}

/// Returns the annotations, the worst first.
pub fn render(report: &Report, files: &Files, _look: &Look) -> String {
    let mut out = String::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Notice] {
        let diagnostics = report.diagnostics.iter().filter(|d| d.severity == severity);
        let mut all: Vec<Annotation> = diagnostics
            .map(|d| Annotation { title: "tf-headroom", text: diagnostic_story(d), span: d.span })
            .collect();
        all.extend(report.findings.iter().filter(|f| f.severity == severity).map(|f| Annotation {
            title: f.rule,
            text: story(f),
            span: f.places.first().and_then(|p| p.span),
        }));
        let shown = if all.len() > SHOWN { SHOWN - 1 } else { all.len() };
        for annotation in &all[..shown] {
            write(severity, annotation, report, files, &mut out);
        }
        let more = (all.len() - shown) as u64;
        if more > 0 {
            let text = format!("and {} more, in the report", several(more, severity.name()));
            write(severity, &Annotation { title: "tf-headroom", text, span: None }, report, files, &mut out);
        }
    }
    out
}

fn write(severity: Severity, a: &Annotation<'_>, report: &Report, files: &Files, out: &mut String) {
    let mut properties = Vec::new();
    if let Some(at) = a.span.map(|s| spot(s, report, files)) {
        properties.push(format!("file={}", property(&at.path)));
        properties.push(format!("line={}", at.line));
        properties.push(format!("endLine={}", at.end_line));
        // Columns are shown only where the range lies in one line.
        if at.line == at.end_line {
            properties.push(format!("col={}", at.column));
            properties.push(format!("endColumn={}", at.end_column));
        }
    }
    properties.push(format!("title={}", property(a.title)));
    let _ = writeln!(out, "::{} {}::{}", severity.name(), properties.join(","), data(&a.text));
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_sample_as_annotations() {
        let (report, files) = sample::report();
        insta::assert_snapshot!(render(&report, &files, &Look::default()));
    }

    #[test]
    fn no_text_begins_a_command_of_its_own() {
        let (mut report, files) = sample::report();
        report.findings[0].message = "a\n::set-output name=x::y\r\n100%".to_owned();
        let text = render(&report, &files, &Look::default());
        assert!(text.contains("::a%0A::set-output name=x::y%0D%0A100%25"), "{text}");
        assert!(
            text.lines().all(|l| l.starts_with("::error ")
                || l.starts_with("::warning ")
                || l.starts_with("::notice "))
        );
    }
}
