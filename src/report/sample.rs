//! One report for the snapshots of all formats: what `check fixtures/over-quota` found, shortened.

use crate::finding::{Diagnostic, Finding, Place, QuotaFacts, Severity};
use crate::inventory::Basis;
use crate::projection::{
    Confidence, Limit, LimitOrigin, Part, Projection, Projections, QuotaName, Scope, Verdict,
};
use crate::report::{Exit, Input, InputKind, Report, RuleHelp, Stats};
use crate::source::{Files, Span};
use crate::tags::Coverage;
use crate::value::{Cause, CauseKind, Count};

const QUEUES: &str = r#"resource "aws_connect_queue" "tenant" {
  for_each = local.tenant_queues # 13 × 8
  name     = "secret name"
  tags     = { Owner = "nobody", "Tenant" = "agency-x" }
}
"#;

/// Returns the span of a text in a file.
fn span(files: &Files, path: &str, text: &str, mark: &str) -> Option<Span> {
    let file = files.add(path, text);
    let start = text.find(mark).expect("bug: the sample lost its mark") as u32;
    Some(Span { file: file.id, start, end: start + mark.len() as u32 })
}

fn projection(code: &str, name: &str, parent: Option<&str>, count: Count, limit: Option<u64>) -> Projection {
    let limit = limit.map(|n| Limit {
        low: n,
        high: Some(n),
        origin: LimitOrigin::Catalog,
        confidence: Confidence::Confirmed,
        as_of: "2026".to_owned(),
        adjustable: Some(true),
        note: String::new(),
        assumed: true,
    });
    Projection {
        quota: QuotaName { service: "connect".into(), code: code.into(), name: name.into(), unit: "".into() },
        scope: Scope {
            partition: "aws".into(),
            account: None,
            region: Some("us-east-1".into()),
            parent: parent.map(Into::into),
            root: None,
            candidates: 1,
        },
        parts: Vec::new(),
        parts_total: 0,
        roots: Vec::new(),
        baselines: Vec::new(),
        before: Count::ZERO,
        count,
        peak: count,
        verdict: Verdict::of(count, limit.as_ref()),
        limit: limit.map(Into::into),
        basis: Basis::Configuration,
        because: Vec::new(),
        single: false,
        shares: None,
        requested: None,
    }
}

fn finding(rule: &'static str, severity: Severity, message: &str) -> Finding {
    Finding {
        rule,
        severity,
        message: message.to_owned(),
        notes: Vec::new(),
        help: None,
        quota: None,
        key: None,
        places: Vec::new(),
        places_total: 0,
        written: Vec::new(),
        roots: Vec::new(),
    }
}

fn about(projection: usize, all: &Projections) -> Option<QuotaFacts> {
    let QuotaName { service, code, name, .. } = all[projection].quota.clone();
    Some(QuotaFacts { service, code, name, projection })
}

/// Returns the report and the files it points into.
pub fn report() -> (Report, Files) {
    moved("")
}

/// Returns it with one notice instead of many, and with the help of two rules.
pub fn short() -> (Report, Files) {
    let (mut report, files) = report();
    let mut notices = 0;
    report.findings.retain(|f| {
        notices += u32::from(f.severity == Severity::Notice);
        f.severity > Severity::Notice || notices == 1
    });
    report.rules = ["quota-default-exceeded", "tag-missing"]
        .map(|id| RuleHelp {
            id,
            severity: Severity::Error,
            page: "# A rule\n\n## What it does\n\nFinds `this`. And that.\n\n## What to do\n\nMend it.\n",
        })
        .to_vec();
    (report, files)
}

/// Returns it with some text above all that it points at.
pub fn moved(above: &str) -> (Report, Files) {
    let files = Files::default();
    let queues = format!("{above}{QUEUES}");
    let head = span(&files, "fixtures/over-quota/queues.tf", &queues, "local.tenant_queues");
    let tag = span(&files, "fixtures/over-quota/queues.tf", &queues, "\"nobody\"");
    let this = Some("aws_connect_instance.this");
    let mut projections = vec![
        projection("L-19A87C94", "Queues per instance", this, Count::exactly(105), Some(100)),
        projection("L-8F812903", "Phone numbers per instance", this, Count::exactly(13), Some(5)),
        projection("L-20CD02F7", "Hours of operation per instance", this, Count::exactly(92), Some(100)),
        projection("L-9A46857E", "Users per instance", this, Count::exactly(312), Some(500)),
        projection("L-22922690", "Contact flows per instance", this, Count::between(21, 34), Some(100)),
        projection("L-AA17A6B9", "Amazon Connect instance count", None, Count::exactly(1), Some(2)),
        projection("L-F678F1CE", "VPCs per Region", None, Count::at_least(4), Some(5)),
    ];
    projections[0].parts.push(Part {
        address: "aws_connect_queue.tenant".into(),
        root: None,
        instances: 104,
        count: Count::exactly(104),
        before: Count::ZERO,
        change: None,
        span: head,
        repeat: head,
    });
    projections[6].because.push(Cause::new(CauseKind::Variable, "var.vpcs", None));
    let projections: Projections = projections.into_iter().collect();
    let mut findings = vec![
        Finding {
            notes: vec![
                ("parts", "104 created + 1 BasicQueue made by AWS = 105".to_owned()),
                ("limit", "100 · L-19A87C94 · AWS default list 2026 (a page of 2023 says 50) · adjustable · assumed".to_owned()),
            ],
            help: Some("12 agencies fit. Already raised?  quota \"connect\" \"L-19A87C94\" { applied = 200 }".to_owned()),
            quota: about(0, &projections),
            places: vec![Place {
                address: Some("aws_connect_queue.tenant".to_owned()),
                span: head,
                label: Some("104 instances: 13 agencies × 8 queues".to_owned()),
            }],
            places_total: 1,
            ..finding("quota-default-exceeded", Severity::Error, "105 queues, limit 100, in aws_connect_instance.this")
        },
        Finding {
            notes: vec![("parts", "13 created = 13".to_owned())],
            quota: about(1, &projections),
            places: vec![Place { address: Some("aws_connect_phone_number.tenant".to_owned()), span: None, label: None }],
            places_total: 1,
            ..finding("quota-default-exceeded", Severity::Error, "13 phone numbers, limit 5, in aws_connect_instance.this")
        },
        Finding {
            quota: about(2, &projections),
            ..finding("quota-near", Severity::Warning, "92 hours of operation, limit 100")
        },
        Finding {
            quota: about(6, &projections),
            help: Some("pass `-var vpcs=…`".to_owned()),
            ..finding("quota-undecided", Severity::Warning, "VPCs per Region: at least 4, limit 5: undecided")
        },
        Finding {
            key: Some("Owner".into()),
            places: vec![Place { address: Some("aws_connect_queue.tenant".to_owned()), span: tag, label: None }],
            places_total: 104,
            written: Vec::new(),
            help: Some("add it to default_tags, providers.tf:5: mends all 104".to_owned()),
            ..finding("tag-missing", Severity::Error, "`CostCenter` is missing on 104 resources (aws_connect_queue.tenant)")
        },
    ];
    findings.extend(
        (1..=70).map(|n| finding("tag-undecided", Severity::Notice, &format!("`Tag{n:02}` is not known"))),
    );
    let mut report = Report {
        inputs: vec![Input {
            path: "fixtures/over-quota".to_owned(),
            target: None,
            kind: InputKind::Source,
            instances: 468,
            partial: None,
        }],
        projections,
        findings,
        diagnostics: vec![
            Diagnostic::warning("Deprecated argument", "`acl` is going away", tag).help("drop it"),
        ],
        stats: Stats {
            shares_left_out: false,
            instances: 468,
            groups: 0,
            types: 14,
            quotas: 7,
            unmeasured: vec!["aws_connect_view".into(), "aws_sns_topic".into()],
            tags_judged: 468,
            tags_schema: true,
            allowed: 2,
            observed: None,
            catalog: "2026-11",
        },
        coverage: [("CostCenter".into(), Coverage { with: 360, without: 104, undecided: 2, exempt: 2 })]
            .into(),
        exit: Exit::Findings,
        ..Report::default()
    };
    report.sort(&files);
    (report, files)
}
