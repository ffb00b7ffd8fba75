//! Limits and use from a snapshot: what counts, what is told, what is refused.

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use crate::common::{Run, run};

const ARN: &str = "arn:aws:connect:us-east-1:123456789012:instance/0a1b2c3d-0000-4000-8000-000000000001";

/// A text without its line breaks.
pub fn flowing(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A folder for one test, with files.
pub fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("observed").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    for (file, text) in files {
        std::fs::write(folder.join(file), text).expect("the file can be written");
    }
    folder
}

/// Queues in an instance that is known by its ARN.
fn queues(count: u32) -> String {
    format!(
        r#"
provider "aws" {{ region = "us-east-1" }}
resource "aws_connect_queue" "q" {{
  count                 = {count}
  instance_id           = "{ARN}"
  name                  = "q${{count.index}}"
  hours_of_operation_id = "h"
}}
"#
    )
}

fn quota(code: &str, value: f64, resource: Option<&str>) -> Json {
    json!({ "service": "connect", "code": code, "value": value, "resource": resource })
}

fn snapshot(account: &str, region: &str, taken_at: &str, quotas: &[Json]) -> Json {
    json!({ "schema_version": 1, "made_by": "test", "places": [{
        "account": account, "partition": "aws", "region": region, "taken_at": taken_at, "quotas": quotas }] })
}

fn check(name: &str, main: &str, snapshot: &str, more: &str) -> Run {
    let folder = folder(name, &[("main.tf", main), ("quotas.json", snapshot)]);
    run(&format!(
        "check --today 2026-11-20 {} --quotas {} {}",
        folder.display(),
        folder.join("quotas.json").display(),
        if more.is_empty() { "--format json" } else { more }
    ))
}

fn report(run: &Run) -> Json {
    serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}{}", run.out, run.err))
}

/// The projection of the queues.
fn of_queues(report: &Json) -> &Json {
    let all = report["projections"].as_array().expect("projections");
    all.iter().find(|p| p["quota"]["code"] == "L-19A87C94").expect("queues are counted")
}

fn findings<'a>(report: &'a Json, rule: &str) -> Vec<&'a str> {
    let all = report["findings"].as_array().expect("findings");
    all.iter().filter(|f| f["rule"] == rule).filter_map(|f| f["message"].as_str()).collect()
}

#[test]
fn the_most_specific_value_of_the_snapshot_is_the_limit() {
    let at = "2026-11-18T00:00:00Z";
    let other = "arn:aws:connect:us-east-1:123456789012:instance/other";
    let mut rows = vec![
        quota("L-19A87C94", 110.0, None),
        quota("L-19A87C94", 120.0, Some("*")),
        quota("L-19A87C94", 130.0, Some(ARN)),
        quota("L-19A87C94", 140.0, Some(other)),
    ];
    for (drop, limit, verdict) in
        [(None, 130, "within"), (Some(2), 120, "exceeded"), (Some(1), 110, "exceeded")]
    {
        if let Some(row) = drop {
            rows.remove(row);
        }
        let text = snapshot("123456789012", "us-east-1", at, &rows).to_string();
        let run = check(&format!("specific-{limit}"), &queues(125), &text, "");
        let report = report(&run);
        let p = of_queues(&report);
        assert_eq!(p["limit"]["low"], limit, "{p}");
        assert_eq!((&p["limit"]["origin"], &p["limit"]["as_of"]), (&json!("snapshot"), &json!("2026-11-18")));
        assert_eq!(p["verdict"], verdict, "{p}");
        assert_eq!(p["scope"]["account"], "123456789012");
        assert_eq!(run.code, i32::from(verdict == "exceeded"));
        assert_eq!(findings(&report, "quota-exceeded").len(), usize::from(verdict == "exceeded"));
    }
}

#[test]
fn the_age_of_a_snapshot_is_shown_and_an_old_one_is_a_finding() {
    let rows = [quota("L-19A87C94", 200.0, None)];
    let main = queues(3);
    let aged = |name: &str, at: &str| {
        let text = snapshot("123456789012", "us-east-1", at, &rows).to_string();
        flowing(&check(name, &main, &text, "--format human").out)
    };
    let fresh = aged("fresh", "2026-11-17T23:59:59Z");
    assert!(fresh.contains("snapshot of 2026-11-17, 3 days old"), "{fresh}");
    assert!(!fresh.contains("snapshot-stale"));
    let edge = aged("edge", "2026-10-21T00:00:00Z");
    assert!(!edge.contains("snapshot-stale"), "30 days are not more than 30: {edge}");
    let stale = aged("stale", "2026-10-20T00:00:00Z");
    assert!(stale.contains("is 31 days old, more than 30"), "{stale}");
}

#[test]
fn the_settings_say_how_old_a_snapshot_may_be() {
    let text = snapshot("123456789012", "us-east-1", "2026-11-10T00:00:00Z", &[]).to_string();
    let main = queues(3);
    let folder = folder(
        "days",
        &[("main.tf", &main), ("quotas.json", &text), (".tf-headroom.hcl", "snapshot_days = 9\n")],
    );
    let run = run(&format!(
        "check --today 2026-11-20 --format json {0} --quotas {0}/quotas.json",
        folder.display()
    ));
    assert_eq!(findings(&report(&run), "snapshot-stale").len(), 1);
}

#[test]
fn a_snapshot_of_another_account_or_region_does_not_count() {
    let rows = [quota("L-19A87C94", 7.0, None)];
    let at = "2026-11-18T00:00:00Z";
    let pinned = queues(9)
        .replace(
            "region = \"us-east-1\"",
            "region = \"us-east-1\"\n  allowed_account_ids = [\"123456789012\"]\n",
        )
        .replace("{ region", "{\n region");
    for (name, account, region, expected) in [
        (
            "other-account",
            "999999999999",
            "us-east-1",
            "the snapshot has nothing of account 123456789012, only of 999999999999",
        ),
        ("other-region", "123456789012", "eu-west-2", "the snapshot has nothing of us-east-1"),
    ] {
        let run = check(name, &pinned, &snapshot(account, region, at, &rows).to_string(), "");
        let report = report(&run);
        let p = of_queues(&report);
        assert_eq!((&p["limit"]["low"], &p["limit"]["origin"]), (&json!(100), &json!("catalog")), "{name}");
        let said = findings(&report, "limits-fallback");
        assert!(said.len() == 1 && said[0].ends_with(expected), "{said:?}");
        assert_eq!(run.code, 0);
    }
    let run =
        check("same-account", &pinned, &snapshot("123456789012", "us-east-1", at, &rows).to_string(), "");
    assert_eq!((run.code, &of_queues(&report(&run))["limit"]["low"]), (1, &json!(7)));
}

#[test]
fn of_several_accounts_none_is_taken_for_one_that_is_not_named() {
    let mut text =
        snapshot("123456789012", "us-east-1", "2026-11-18T00:00:00Z", &[quota("L-19A87C94", 7.0, None)]);
    let mut other = text["places"][0].clone();
    other["account"] = json!("999999999999");
    text["places"].as_array_mut().expect("places").push(other);
    let run = check("several", &queues(9), &text.to_string(), "");
    let report = report(&run);
    assert_eq!(of_queues(&report)["limit"]["origin"], "catalog");
    let said = findings(&report, "limits-fallback");
    assert!(said[0].contains("the configuration does not tell the account"), "{said:?}");
}

#[test]
fn a_snapshot_that_cannot_be_used_ends_with_2_and_the_rest_is_still_told() {
    let good =
        snapshot("123456789012", "us-east-1", "2026-11-18T00:00:00Z", &[quota("L-19A87C94", 7.0, None)])
            .to_string();
    for (name, text, expected) in [
        ("cut", &good[..good.len() - 9], "the snapshot is not whole"),
        ("version", &good.replace("\"schema_version\":1", "\"schema_version\":9"), "version 9"),
        ("plan", r#"{"format_version": "1.2"}"#, "no snapshot of quotas"),
        ("text", "hello", "it is not JSON"),
        ("negative", &good.replace("7.0", "-7.0"), "-7 is no value of a quota"),
        ("empty", "", "not whole"),
    ] {
        let run = check(name, &queues(101), text, "");
        assert_eq!(run.code, 2, "{name}: {}", run.err);
        assert!(flowing(&run.err).contains(expected), "{name}: {}", run.err);
        assert!(run.err.contains("quotas pull"), "{name}: {}", run.err);
        assert_eq!(of_queues(&report(&run))["count"]["low"], 101, "{name}");
    }
    let run = run("check fixtures/over-quota --quotas nowhere.json");
    assert_eq!(run.code, 2);
    assert!(run.out.contains("nowhere.json"), "{}", run.out);
}

#[test]
fn use_that_aws_told_counts_and_holds_what_aws_makes_itself() {
    let mut text =
        snapshot("123456789012", "us-east-1", "2026-11-18T00:00:00Z", &[quota("L-19A87C94", 50.0, None)]);
    text["places"][0]["usage"] =
        json!([{ "service": "connect", "code": "L-19A87C94", "amount": 45, "resource": ARN }]);
    // From source nobody knows which of the ten exist: 45 to 55, BasicQueue among the 45.
    let run = check("usage-source", &queues(10), &text.to_string(), "");
    let report = report(&run);
    let p = of_queues(&report);
    assert_eq!((&p["count"], &p["basis"]), (&json!({ "low": 45, "high": 55 }), &json!("live")));
    assert_eq!(p["verdict"], "undecided");
}

#[test]
fn a_program_that_was_built_without_live_says_so() {
    if cfg!(feature = "live") {
        return;
    }
    let run = run("check fixtures/over-quota --quotas live");
    assert_eq!(run.code, 2);
    assert!(run.err.contains("built without `live`") && run.err.contains("--quotas FILE"), "{}", run.err);
}
