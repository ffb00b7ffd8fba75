//! OpenMetrics: <https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md>.
//!
//! Quotas of shared scopes; limits of one resource only where they are not kept, because there are many.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::view::{State, fullness, states};
use super::{Look, Report};
use crate::finding::Severity;
use crate::projection::Projection;
use crate::source::Files;

/// Returns the report as metrics.
pub fn render(report: &Report, _files: &Files, _look: &Look) -> String {
    let mut rows: BTreeMap<Vec<(&str, String)>, (State, &Projection)> = BTreeMap::new();
    for (state, p) in states(report).into_iter().zip(report.projections.iter()) {
        if p.single && state == State::Within {
            continue;
        }
        let row = rows.entry(labels(state, p)).or_insert((state, p));
        // No series may come twice: the fullest of those with one name stands.
        if fullness(row.1) < fullness(p) {
            *row = (state, p);
        }
    }
    let mut out = String::new();
    let mut family = |name: &str,
                      help: &str,
                      values: &dyn Fn(&Projection) -> Vec<(&'static str, Option<u64>)>| {
        let _ = writeln!(out, "# TYPE tf_headroom_{name} gauge\n# HELP tf_headroom_{name} {help}");
        for (labels, (_, p)) in &rows {
            for (bound, value) in values(p) {
                let mut labels: Vec<(&str, &str)> = labels.iter().map(|(k, v)| (*k, v.as_str())).collect();
                labels.push(("bound", bound));
                let value = value.map_or("+Inf".to_owned(), |v| v.to_string());
                let _ = writeln!(out, "tf_headroom_{name}{{{}}} {value}", label_text(&labels));
            }
        }
    };
    family("quota_use", "Use after apply: what is certain (low) and what may be (high).", &|p| {
        vec![("low", Some(p.count.low())), ("high", p.count.high())]
    });
    family("quota_use_before", "Use before the change.", &|p| {
        vec![("low", Some(p.before.low())), ("high", p.before.high())]
    });
    family("quota_limit", "The limit: one value, or bounds of it; none where it is not known.", &|p| {
        p.limit.as_ref().map_or_else(Vec::new, |l| vec![("low", Some(l.low)), ("high", l.high)])
    });
    out.push_str(
        "# TYPE tf_headroom_findings gauge\n# HELP tf_headroom_findings Findings by rule and severity.\n",
    );
    let mut counts: BTreeMap<(&str, Severity), u64> = BTreeMap::new();
    for finding in &report.findings {
        *counts.entry((finding.rule, finding.severity)).or_insert(0) += 1;
    }
    for ((rule, severity), n) in counts {
        let labels = label_text(&[("rule", rule), ("severity", severity.name())]);
        let _ = writeln!(out, "tf_headroom_findings{{{labels}}} {n}");
    }
    let fullest = report.projections.iter().map(fullness).max().unwrap_or(0);
    let version = label_text(&[("version", env!("CARGO_PKG_VERSION")), ("catalog", report.stats.catalog)]);
    let _ = write!(
        out,
        "# TYPE tf_headroom_instances gauge\n# HELP tf_headroom_instances Resource instances read.\n\
         tf_headroom_instances {}\n\
         # TYPE tf_headroom_fullest_per_cent gauge\n# HELP tf_headroom_fullest_per_cent Use of the fullest quota, in per cent of its limit.\n\
         tf_headroom_fullest_per_cent {fullest}\n\
         # TYPE tf_headroom_exit_code gauge\n# HELP tf_headroom_exit_code 0 nothing found, 1 findings, 2 something could not be checked.\n\
         tf_headroom_exit_code {}\n\
         # TYPE tf_headroom_build info\n# HELP tf_headroom_build The program and its catalog.\n\
         tf_headroom_build_info{{{version}}} 1\n\
         # EOF\n",
        report.stats.instances,
        report.exit.code(),
    );
    out
}

fn labels(state: State, p: &Projection) -> Vec<(&'static str, String)> {
    let text = |t: &Option<ecow::EcoString>| t.as_deref().unwrap_or_default().to_owned();
    vec![
        ("service", p.quota.service.to_string()),
        ("code", p.quota.code.to_string()),
        ("quota", p.quota.name.to_string()),
        ("unit", p.quota.unit.to_string()),
        ("partition", p.scope.partition.to_string()),
        ("account", text(&p.scope.account)),
        ("region", text(&p.scope.region)),
        ("scope", text(&p.scope.parent)),
        ("tier", tier(state, p).to_owned()),
    ]
}

/// How full it is, as a rule would say it.
fn tier(state: State, p: &Projection) -> &'static str {
    match state {
        State::Exceeded => "exceeded",
        State::Undecided => "undecided",
        State::Within | State::Near => match fullness(p) {
            90.. => "critical",
            80..90 => "warning",
            70..80 => "notice",
            _ => "within",
        },
    }
}

fn label_text(labels: &[(&str, &str)]) -> String {
    let escaped = |v: &str| v.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    labels.iter().map(|(k, v)| format!("{k}=\"{}\"", escaped(v))).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_sample_as_metrics() {
        let (report, files) = sample::short();
        insta::assert_snapshot!(render(&report, &files, &Look::default()));
    }

    #[test]
    fn no_series_comes_twice_and_quotes_are_escaped() {
        let (mut report, files) = sample::short();
        report.projections.push(report.projections[0].clone());
        report.projections[0].scope.parent = Some("a[\"x\"]\\\n".into());
        let text = render(&report, &files, &Look::default());
        assert!(text.contains(r#"scope="a[\"x\"]\\\n""#), "{text}");
        let mut series: Vec<&str> =
            text.lines().filter(|l| !l.starts_with('#')).map(|l| l.rsplit_once(' ').unwrap().0).collect();
        let all = series.len();
        series.sort_unstable();
        series.dedup();
        assert_eq!(series.len(), all);
        assert!(text.ends_with("# EOF\n"));
    }
}
