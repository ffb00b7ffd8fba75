//! What `quotas alarms` prints for every measured quota that has a metric, as `tests/tools/alarms.sh` has Terraform plan it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value as Json, json};
use tf_headroom::catalog;

use crate::common::run;
use crate::observed::folder;

/// A row of a snapshot for a listed quota with a metric.
fn row(quota: &catalog::Listed) -> Option<Json> {
    let mut parts = quota.metric.splitn(4, ':');
    let (namespace, name, statistic, dimensions) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let dimensions: serde_json::Map<String, Json> = dimensions
        .split(',')
        .filter_map(|d| d.split_once('='))
        .map(|(k, v)| (k.to_owned(), json!(v)))
        .collect();
    Some(json!({ "service": quota.service, "code": quota.code, "name": quota.name, "value": 40.0,
        "metric": { "namespace": namespace, "name": name, "dimensions": dimensions, "statistic": statistic } }))
}

fn alarms(name: &str, rows: &[Json], more: &str) -> String {
    let snapshot = json!({ "schema_version": 1, "made_by": "test", "places": [{ "account": "123456789012",
        "partition": "aws", "region": "us-east-1", "taken_at": "2026-11-20T08:00:00Z", "quotas": rows }] });
    let folder = folder(name, &[("quotas.json", &snapshot.to_string())]);
    let run = run(&format!("quotas alarms --quotas {} {more}", folder.join("quotas.json").display()));
    assert_eq!(run.code, 0, "{}", run.err);
    run.out
}

/// The metric of a code, with names that a writer of HCL gets wrong.
fn hostile(code: &str) -> Json {
    json!({ "service": "connect", "code": code, "name": "a \"b\" ${c} %{d} \\ e\n\tf", "value": 5.0, "metric": {
        "namespace": "AWS/Usage", "name": "Resource\"Count", "statistic": "Maximum",
        "dimensions": { "Resource Type": "${x}", "2nd": "%{if}", "Class": "é" } } })
}

#[test]
fn every_measured_quota_with_a_metric_gets_three_alarms() {
    let measured =
        |q: &&catalog::Listed| q.quota().is_some_and(|q| !q.code.is_empty() && !q.measures.is_empty());
    let mut rows: Vec<Json> = catalog::listed().iter().filter(measured).filter_map(row).collect();
    let own: BTreeSet<String> = rows.iter().map(|r| r["code"].as_str().expect("a code").to_owned()).collect();
    // Queues have none in the list.
    rows.push(hostile("L-19A87C94"));
    // A row about one resource has the same metric.
    rows.push(rows[0].clone());
    let text = alarms("alarms-measured", &rows, "");
    let blocks = text.lines().filter(|l| l.starts_with("resource ")).collect::<BTreeSet<_>>().len();
    assert!(own.len() > 100 && !own.contains("L-19A87C94"), "{}", own.len());
    assert_eq!((blocks, text.matches("\nresource ").count()), (3 * (own.len() + 1), 3 * (own.len() + 1)));
    if let Some(folder) = std::env::var_os("TF_HEADROOM_ALARMS") {
        let folder = PathBuf::from(folder);
        std::fs::create_dir_all(folder.join("blocks")).expect("the folder can be made");
        std::fs::write(folder.join("blocks/main.tf"), text).expect("the file can be written");
        rows.pop();
        std::fs::write(folder.join("rows.json"), Json::Array(rows).to_string())
            .expect("the file can be written");
    }
}

#[test]
fn a_limit_is_cloudwatchs_own_where_it_knows_it_and_a_number_elsewhere() {
    let of = |service: &str, code: &str, namespace: &str, statistic: &str, value: Json| {
        json!({ "service": service, "code": code, "value": value, "metric": {
            "namespace": namespace, "name": "N", "statistic": statistic, "dimensions": {} } })
    };
    let minute = catalog::listed()
        .iter()
        .find(|q| q.period == "1 MINUTE" && q.metric.starts_with("AWS/Usage:CallCount:Sum"))
        .expect("a rate per minute");
    let rows = [
        of(minute.service, minute.code, "AWS/Usage", "Sum", json!(6.0)),
        of("transcribe", "L-1", "AWS/Transcribe", "Sum", json!(25.0)),
        of("transcribe", "L-2", "AWS/Transcribe", "Maximum", json!(null)),
        of("transcribe", "L-3", "AWS/Usage", "Maximum", json!(null)),
    ];
    let text = alarms("alarms-limits", &rows, &format!("--service transcribe --service {}", minute.service));
    for (expression, times) in [
        ("\"usage / PERIOD(usage) * 60 / SERVICE_QUOTA(usage) * 100\"", 3),
        ("\"usage / PERIOD(usage) / 25 * 100\"", 3),
        ("\"usage / SERVICE_QUOTA(usage) * 100\"", 3),
        ("# transcribe L-2: the snapshot has no value of it.", 1),
    ] {
        assert_eq!(text.matches(expression).count(), times, "{expression}\n{text}");
    }
    assert_eq!(text.matches("\nresource ").count(), 9);
}
