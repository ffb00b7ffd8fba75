//! AWS asked over HTTP: what is asked, what is made of the answers, and what becomes of failures.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::aws::{ACCOUNT, Instead, Server, World, instance_arn, resource_row, row};
use crate::common::{Run, command, finish};
use crate::observed::{flowing, folder};

mod policy;
mod rates;

const ID: &str = "0a1b2c3d-0000-4000-8000-000000000001";
const QUEUES: &str = "L-19A87C94";

/// Queues in an instance that exists, and a VPC.
fn main_tf(queues: u32) -> String {
    format!(
        r#"
provider "aws" {{ region = "us-east-1" }}
resource "aws_connect_queue" "q" {{
  count                 = {queues}
  instance_id           = "{ID}"
  name                  = "q${{count.index}}"
  hours_of_operation_id = "h"
  max_contacts          = 1
}}
resource "aws_vpc" "v" {{ cidr_block = "10.0.0.0/16" }}
"#
    )
}

/// A world with an instance and all quotas of Connect and VPCs, which are more rows than a page holds.
fn world() -> World {
    let all = |service: &str, own: &[(&str, f64)]| -> Vec<Json> {
        let value = |code: &str| own.iter().find(|(c, _)| *c == code).map_or(1000.0, |(_, value)| *value);
        let quotas = tf_headroom::catalog::quotas_of(service).iter().filter(|q| !q.code.is_empty());
        quotas.map(|q| row(service, q.code, Some(value(q.code)))).collect()
    };
    let rates = (0..250).map(|n| row("connect", &format!("L-{n:08X}"), Some(1.0)));
    let connect = rates.chain(all("connect", &[(QUEUES, 110.0)])).collect();
    let mut rest = all("vpc", &[]);
    rest.retain(|r| r["QuotaCode"] != "L-F678F1CE");
    let mut vpcs = row("vpc", "L-F678F1CE", Some(7.0));
    vpcs["UsageMetric"] = json!({ "MetricNamespace": "AWS/Usage", "MetricName": "ResourceCount",
        "MetricStatisticRecommendation": "Maximum",
        "MetricDimensions": { "Class": "None", "Resource": "vpc", "Service": "VPC", "Type": "Resource" } });
    World {
        quotas: [("connect".to_owned(), connect), ("vpc".to_owned(), [vec![vpcs], rest].concat())].into(),
        instances: vec![(ID.to_owned(), Some("centre".to_owned()))],
        holds: [("ListQueues", 42)].into(),
        metrics: [("vpc".to_owned(), 4.0)].into(),
        ..World::default()
    }
}

fn run_in(folder: &std::path::Path, server: &Server, arguments: &str, more: &[(&str, &str)]) -> Run {
    let mut command = command(arguments);
    command
        .current_dir(folder)
        .env("AWS_ENDPOINT_URL", &server.url)
        .env("AWS_ACCESS_KEY_ID", "AKIAFIRST")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("HOME", folder)
        .env("AWS_REGION", "us-east-1")
        .env("TF_HEADROOM_TIMEOUT", "3")
        .envs(more.iter().copied());
    finish(command, "")
}

fn check(name: &str, server: &Server, queues: u32, arguments: &str) -> (Run, Json) {
    let folder = folder(name, &[("main.tf", &main_tf(queues))]);
    let run = run_in(&folder, server, &format!("check --format json {arguments}"), &[]);
    let report = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}{}", run.out, run.err));
    (run, report)
}

fn projection<'a>(report: &'a Json, code: &str) -> &'a Json {
    let all = report["projections"].as_array().expect("projections");
    all.iter().find(|p| p["quota"]["code"] == code).unwrap_or_else(|| panic!("{code} is counted: {report}"))
}

fn findings(report: &Json, rule: &str) -> Vec<String> {
    let all = report["findings"].as_array().expect("findings");
    let of = all.iter().filter(|f| f["rule"] == rule);
    of.filter_map(|f| Some(f["message"].as_str()?.to_owned())).collect()
}

#[test]
fn applied_values_and_use_count() {
    let server = Server::start(world());
    let (run, report) = check("live-plain", &server, 10, "--quotas live");
    let queues = projection(&report, QUEUES);
    assert_eq!(
        (&queues["limit"]["low"], &queues["limit"]["origin"]),
        (&json!(110), &json!("live")),
        "{}",
        run.err
    );
    assert_eq!((&queues["count"], &queues["basis"]), (&json!({ "low": 42, "high": 52 }), &json!("live")));
    assert_eq!(queues["scope"]["account"], ACCOUNT);
    let vpcs = projection(&report, "L-F678F1CE");
    assert_eq!((&vpcs["limit"]["low"], &vpcs["count"]), (&json!(7), &json!({ "low": 4, "high": 5 })));
    assert_eq!((run.code, findings(&report, "limits-fallback")), (0, vec![]));
    // Only what counts is asked for.
    let mut actions = server.actions();
    actions.sort();
    actions.dedup();
    assert_eq!(
        actions,
        [
            "GetCallerIdentity",
            "GetMetricData",
            "ListInstances",
            "ListQueues",
            "ListRequestedServiceQuotaChangeHistory",
            "ListServiceQuotas"
        ]
    );
    assert_eq!(server.count("GetCallerIdentity"), 1);
    let asked = server.asked.lock().expect("no panic");
    let services = asked.iter().filter(|a| a.action == "ListServiceQuotas");
    let mut services: Vec<String> = services
        .map(|a| serde_json::from_str::<Json>(&a.body).expect("JSON")["ServiceCode"].to_string())
        .collect();
    services.dedup();
    services.sort();
    services.dedup();
    assert_eq!(services, ["\"connect\"", "\"vpc\""]);
    assert!(asked.iter().any(|a| a.path.starts_with(&format!("/queues-summary/{ID}?queueTypes=STANDARD"))));
}

#[test]
fn the_most_specific_row_answers_and_says_so() {
    let arn = instance_arn("us-east-1", ACCOUNT, ID);
    for (rows, limit, note) in [
        (vec![(130.0, arn.as_str()), (120.0, "*")], 130, "set for this resource"),
        (
            vec![(120.0, "*"), (5.0, "arn:aws:connect:us-east-1:123456789012:instance/other")],
            120,
            "set for all resources",
        ),
        (vec![], 110, "set for the account"),
    ] {
        let mut world = world();
        let connect = world.quotas.get_mut("connect").expect("connect");
        connect.extend(rows.iter().map(|(value, resource)| resource_row(QUEUES, *value, resource)));
        let server = Server::start(world);
        let folder = folder(&format!("live-specific-{limit}"), &[("main.tf", &main_tf(200))]);
        let run = run_in(&folder, &server, "check --quotas live", &[]);
        assert_eq!(run.code, 1, "{}{}", run.out, run.err);
        let text = flowing(&run.out);
        assert!(text.contains(&format!("limit {limit}")) && text.contains(note), "{text}");
    }
}

#[test]
fn without_an_applied_value_the_default_of_aws_answers() {
    let mut world = world();
    world.quotas.get_mut("vpc").expect("vpc").retain(|r| r["QuotaCode"] != "L-F678F1CE");
    world.defaults.insert("vpc".into(), vec![row("vpc", "L-F678F1CE", Some(6.0))]);
    let server = Server::start(world);
    let (_, report) = check("live-default", &server, 1, "--quotas live");
    let limit = &projection(&report, "L-F678F1CE")["limit"];
    assert_eq!((&limit["low"], &limit["origin"]), (&json!(6), &json!("live")));
    assert_eq!(server.count("GetAWSDefaultServiceQuota"), 1);
}

#[test]
fn a_row_with_an_error_is_unknown_and_never_zero() {
    let mut world = world();
    let connect = world.quotas.get_mut("connect").expect("connect");
    connect.retain(|r| r["QuotaCode"] != QUEUES);
    let mut broken = row("connect", QUEUES, Some(0.0));
    broken["ErrorReason"] = json!({ "ErrorCode": "DEPENDENCY_ACCESS_DENIED_ERROR", "ErrorMessage": "m" });
    connect.push(broken);
    let server = Server::start(world);
    let (run, report) = check("live-error-reason", &server, 3, "--quotas live");
    let limit = &projection(&report, QUEUES)["limit"];
    assert_eq!((&limit["low"], &limit["origin"]), (&json!(100), &json!("catalog")));
    let said = findings(&report, "limits-fallback");
    assert!(said.len() == 1 && said[0].contains("DEPENDENCY_ACCESS_DENIED_ERROR"), "{said:?}");
    assert_eq!(run.code, 0);
    let (run, report) = check("live-error-reason-only", &server, 3, "--quotas live-only");
    assert_eq!((run.code, &projection(&report, QUEUES)["limit"]), (2, &Json::Null), "{}", run.err);
    assert!(run.err.contains("DEPENDENCY_ACCESS_DENIED_ERROR"), "{}", run.err);
}

#[test]
fn increases_that_were_asked_for_are_told() {
    let mut world = world();
    world.requests = (0..150)
        .map(|n| {
            json!({ "Id": format!("request-{n}"), "ServiceCode": if n == 149 { "connect" } else { "s3" }, "QuotaCode": QUEUES,
            "DesiredValue": 300.0, "Status": "CASE_OPENED", "Created": 1_763_424_000, "Requester": "x" })
        })
        .collect();
    let server = Server::start(world);
    let folder = folder("live-requests", &[("main.tf", &main_tf(200))]);
    let run = run_in(&folder, &server, "check --quotas live", &[]);
    let text = flowing(&run.out);
    assert!(
        text.contains("limit 110") && text.contains("an increase to 300 is pending since 2025-11-18"),
        "{text}"
    );
    assert_eq!(server.count("ListRequestedServiceQuotaChangeHistory"), 2);
}

#[test]
fn what_fails_is_named_and_the_rest_counts() {
    let denied = |status, code| Instead::Error(status, code);
    for (name, action, instead, expected) in [
        (
            "denied",
            "ListServiceQuotas",
            denied(400, "AccessDeniedException"),
            "not allowed: servicequotas:ListServiceQuotas",
        ),
        (
            "expired",
            "ListServiceQuotas",
            denied(400, "ExpiredTokenException"),
            "the credentials have expired",
        ),
        ("html", "ListServiceQuotas", Instead::Html, "the answer to ListServiceQuotas is none of AWS's"),
        ("cut", "ListServiceQuotas", Instead::Truncated, "ListServiceQuotas"),
        (
            "refused",
            "GetCallerIdentity",
            denied(403, "InvalidClientTokenId"),
            "the credentials are refused (InvalidClientTokenId)",
        ),
        (
            "hangs",
            "ListServiceQuotas",
            Instead::Slow(Duration::from_secs(20)),
            "no answer to ListServiceQuotas in time",
        ),
        (
            "throttled",
            "ListServiceQuotas",
            denied(429, "TooManyRequestsException"),
            "throttled: ListServiceQuotas",
        ),
    ] {
        let server = Server::start(World { instead: [(action.to_owned(), instead)].into(), ..world() });
        let (run, report) = check(&format!("live-fails-{name}"), &server, 101, "--quotas live");
        let queues = projection(&report, QUEUES);
        assert_eq!(queues["limit"]["origin"], "catalog", "{name}");
        let said = findings(&report, "limits-fallback").join("\n");
        assert!(said.contains(expected), "{name}: {said}");
        assert!(run.code <= 1, "{name}: the check still answers");
        let (run, _) = check(&format!("live-only-fails-{name}"), &server, 3, "--quotas live-only");
        assert_eq!(run.code, 2, "{name}: {}", run.err);
        assert!(flowing(&run.err).contains(expected), "{name}: {}", run.err);
    }
}

#[test]
fn a_denied_check_is_what_people_see() {
    let denied = |status| Instead::Error(status, "AccessDeniedException");
    let instead =
        [("ListServiceQuotas".to_owned(), denied(400)), ("ListQueues".to_owned(), denied(403))].into();
    let server = Server::start(World { instead, ..world() });
    let folder = folder("live-denied-picture", &[("main.tf", &main_tf(101))]);
    let seen = |quotas: &str| {
        let run = run_in(&folder, &server, &format!("check --today 2026-11-20 --quotas {quotas}"), &[]);
        format!("exit {}\n{}{}", run.code, run.out, run.err)
    };
    insta::assert_snapshot!("denied", format!("{}\n\n{}", seen("live"), seen("live-only")));
}

#[test]
fn use_that_is_not_told_is_named_and_leaves_the_limits() {
    for (name, action, instead, expected) in [
        (
            "instances",
            "ListInstances",
            Instead::Error(403, "AccessDeniedException"),
            "not allowed: connect:ListInstances",
        ),
        (
            "queues",
            "ListQueues",
            Instead::Error(403, "AccessDeniedException"),
            "not allowed: connect:ListQueues",
        ),
        ("html", "ListQueues", Instead::Html, "the answer to ListQueues is none of AWS's"),
        (
            "metrics",
            "GetMetricData",
            Instead::Error(403, "AccessDenied"),
            "not allowed: cloudwatch:GetMetricData",
        ),
    ] {
        let server = Server::start(World { instead: [(action.to_owned(), instead)].into(), ..world() });
        let (run, report) = check(&format!("live-usage-{name}"), &server, 3, "--quotas live");
        assert_eq!(projection(&report, QUEUES)["limit"]["origin"], "live", "{name}");
        let said = findings(&report, "limits-fallback").join("\n");
        assert!(said.contains(expected), "{name}: {said}");
        assert_eq!(run.code, 0);
    }
}

#[test]
fn what_is_refused_for_now_is_asked_again() {
    let twice = |instead| Instead::Times(2, Box::new(instead));
    let instead = [
        ("ListServiceQuotas".to_owned(), twice(Instead::Error(429, "TooManyRequestsException"))),
        ("ListQueues".to_owned(), twice(Instead::Error(429, "ThrottlingException"))),
        ("ListInstances".to_owned(), Instead::Times(1, Box::new(Instead::Close))),
        (
            "GetMetricData".to_owned(),
            Instead::Times(1, Box::new(Instead::Error(500, "InternalServiceFault"))),
        ),
    ];
    let server = Server::start(World { instead: instead.into(), ..world() });
    let (run, report) = check("live-again", &server, 3, "--quotas live");
    assert_eq!(findings(&report, "limits-fallback"), Vec::<String>::new(), "{}", run.err);
    assert_eq!(projection(&report, QUEUES)["basis"], "live");
    assert_eq!(server.count("ListQueues"), 3);
}

#[test]
fn without_credentials_or_region_the_check_still_answers() {
    let server = Server::start(world());
    let main = main_tf(3);
    let folder = folder("live-nothing", &[("main.tf", &main)]);
    let mut nobody = command("check --format json --quotas live");
    nobody.current_dir(&folder).env("AWS_ENDPOINT_URL", &server.url).env("AWS_EC2_METADATA_DISABLED", "true");
    nobody.env("HOME", &folder).env("TF_HEADROOM_TIMEOUT", "1");
    let run = finish(nobody, "");
    let report: Json = serde_json::from_str(&run.out).expect("a report");
    let said = findings(&report, "limits-fallback").join("\n");
    assert!(run.code == 0 && said.contains("no credentials"), "{said}{}", run.err);
    assert_eq!(server.actions(), Vec::<String>::new());

    let folder =
        crate::observed::folder("live-nowhere", &[("main.tf", &main.replace("region = \"us-east-1\"", ""))]);
    let run = run_in(&folder, &server, "check --format json --quotas live", &[("AWS_REGION", "")]);
    let report: Json = serde_json::from_str(&run.out).expect("a report");
    let said = findings(&report, "limits-fallback").join("\n");
    assert!(said.contains("no Region is known"), "{said}");
}

#[test]
fn accounts_of_the_settings_are_asked_by_role_and_one_that_fails_is_named() {
    let settings = r#"
account "a" {
  id       = "111111111111"
  role_arn = "arn:aws:iam::111111111111:role/reader"
}
account "b" {
  id       = "222222222222"
  role_arn = "arn:aws:iam::222222222222:role/reader"
}
account "c" { id = "333333333333" }
"#;
    let provider = |alias: &str, id: &str| {
        format!(
            "provider \"aws\" {{\n  alias = \"{alias}\"\n  region = \"us-east-1\"\n  allowed_account_ids = [\"{id}\"]\n}}\nresource \"aws_vpc\" \"{alias}\" {{\n  provider = aws.{alias}\n  cidr_block = \"10.0.0.0/16\"\n}}\n"
        )
    };
    let main: String = [("a", "111111111111"), ("b", "222222222222"), ("c", "333333333333")]
        .map(|(a, id)| provider(a, id))
        .concat();
    let accounts = [("AKIA111111111111", "111111111111"), ("AKIA222222222222", "222222222222")];
    let accounts = accounts.map(|(k, a)| (k.to_owned(), a.to_owned())).into();
    let instead =
        [("ListServiceQuotas:AKIA222222222222".to_owned(), Instead::Error(400, "AccessDeniedException"))]
            .into();
    let server = Server::start(World { accounts, instead, ..world() });
    let folder = folder("live-accounts", &[("main.tf", &main), (".tf-headroom.hcl", settings)]);
    let run = run_in(&folder, &server, "check --format json --quotas live", &[]);
    let report: Json = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}{}", run.err));
    let all = report["projections"].as_array().expect("projections");
    let limits: Vec<(&str, &str)> = all
        .iter()
        .filter(|p| p["quota"]["code"] == "L-F678F1CE")
        .map(|p| {
            (
                p["scope"]["account"].as_str().expect("a number"),
                p["limit"]["origin"].as_str().expect("an origin"),
            )
        })
        .collect();
    assert_eq!(limits, [("111111111111", "live"), ("222222222222", "catalog"), ("333333333333", "catalog")]);
    let said = findings(&report, "limits-fallback").join("\n");
    assert!(
        said.contains("account 222222222222, us-east-1: not allowed: servicequotas:ListServiceQuotas"),
        "{said}"
    );
    assert!(said.contains("the credentials belong to account 123456789012, not 333333333333"), "{said}");
    assert_eq!(server.count("AssumeRole"), 2);
}

#[test]
fn accounts_of_the_organization_are_asked_by_one_role() {
    let settings = r#"
account "*" { role_arn = "arn:aws:iam::*:role/reader" }
account "own" {
  id       = "222222222222"
  role_arn = "arn:aws:iam::222222222222:role/other"
}
"#;
    let members = vec![
        (ACCOUNT, "ACTIVE"),
        ("111111111111", "ACTIVE"),
        ("222222222222", "ACTIVE"),
        ("333333333333", "SUSPENDED"),
        ("444444444444", "ACTIVE"),
    ];
    let ids = ["111111111111", "222222222222", "444444444444"];
    let accounts = ids.map(|id| (format!("AKIA{id}"), id.to_owned())).into();
    let instead =
        [("ListServiceQuotas:AKIA444444444444".to_owned(), Instead::Error(400, "AccessDeniedException"))]
            .into();
    let server = Server::start(World { accounts, members: members.clone(), instead, ..world() });
    let main = "provider \"aws\" {\n  region = \"us-east-1\"\n  allowed_account_ids = [\"111111111111\"]\n}\nresource \"aws_vpc\" \"v\" {\n  cidr_block = \"10.0.0.0/16\"\n}\n";
    let folder = folder("live-organization", &[("main.tf", main), (".tf-headroom.hcl", settings)]);
    let run = pull(&folder, &server, "--service vpc -o quotas.json");
    let text =
        std::fs::read_to_string(folder.join("quotas.json")).unwrap_or_else(|e| panic!("{e}{}", run.err));
    let snapshot: Json = serde_json::from_str(&text).expect("JSON");
    let places = snapshot["places"].as_array().expect("places");
    let asked: Vec<&str> = places.iter().map(|p| p["account"].as_str().expect("a number")).collect();
    assert_eq!(asked, ["111111111111", ACCOUNT, "222222222222", "444444444444"], "{}", run.err);
    assert!(run.err.contains("not allowed: servicequotas:ListServiceQuotas"), "{}", run.err);
    // The account that asks needs no role, and each other one is assumed once.
    assert_eq!((server.count("AssumeRole"), server.count("ListAccounts")), (3, 3));

    // A check asks only the accounts that it finds.
    let server = Server::start(World {
        accounts: [("AKIA111111111111".to_owned(), "111111111111".to_owned())].into(),
        ..world()
    });
    let run = run_in(&folder, &server, "check --format json --quotas live", &[]);
    let report: Json = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}{}", run.err));
    let vpcs = projection(&report, "L-F678F1CE");
    assert_eq!(
        (&vpcs["scope"]["account"], &vpcs["limit"]["origin"]),
        (&json!("111111111111"), &json!("live")),
        "{}",
        run.err
    );
    assert_eq!(server.count("ListAccounts"), 0);

    let instead = [("ListAccounts".to_owned(), Instead::Error(400, "AccessDeniedException"))].into();
    let server = Server::start(World { instead, members, ..world() });
    let run = pull(&folder, &server, "--service vpc -o denied.json");
    assert!(
        run.err.contains("the accounts of the organization: not allowed: organizations:ListAccounts"),
        "{}",
        run.err
    );
}

fn pull(folder: &std::path::Path, server: &Server, arguments: &str) -> Run {
    run_in(folder, server, &format!("quotas pull {arguments}"), &[])
}

#[test]
fn what_is_pulled_is_checked_with_later_and_without_anybody() {
    let mut world = world();
    world.quotas.get_mut("connect").expect("connect").push(resource_row(
        QUEUES,
        45.0,
        &instance_arn("us-east-1", ACCOUNT, ID),
    ));
    let server = Server::start(world);
    let folder = folder("live-pull", &[("main.tf", &main_tf(5))]);
    let run = pull(&folder, &server, "-o quotas.json --history history --service connect --service vpc");
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("123456789012 us-east-1: "), "{}", run.err);
    let kept: Vec<PathBuf> =
        std::fs::read_dir(folder.join("history")).expect("kept").map(|e| e.expect("a file").path()).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(
        std::fs::read(&kept[0]).expect("kept"),
        std::fs::read(folder.join("quotas.json")).expect("written")
    );

    let mut offline = command("check --format json --quotas quotas.json");
    offline.current_dir(&folder);
    let run = finish(offline, "");
    let report: Json = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}{}", run.err));
    let queues = projection(&report, QUEUES);
    assert_eq!((&queues["limit"]["low"], &queues["limit"]["origin"]), (&json!(45), &json!("snapshot")));
    assert_eq!(
        (&queues["count"], &queues["verdict"]),
        (&json!({ "low": 42, "high": 47 }), &json!("undecided"))
    );

    let mut diff = command("quotas diff catalog quotas.json");
    diff.current_dir(&folder);
    let text = finish(diff, "").out;
    assert!(text.contains("VPCs per Region") && text.contains("5 → 7"), "{text}");
    let mut diff = command("quotas diff quotas.json quotas.json");
    diff.current_dir(&folder);
    assert!(finish(diff, "").out.contains("0 differences"));

    let mut alarms = command("quotas alarms --quotas quotas.json --service vpc");
    alarms.current_dir(&folder);
    let text = finish(alarms, "").out;
    assert!(
        text.contains("SERVICE_QUOTA(usage) * 100") && text.contains("threshold           = 90"),
        "{text}"
    );
}

#[test]
fn a_pull_that_gets_nothing_leaves_the_old_file() {
    let instead = [("GetCallerIdentity".to_owned(), Instead::Error(403, "ExpiredToken"))].into();
    let server = Server::start(World { instead, ..world() });
    let folder = folder("live-pull-nothing", &[("quotas.json", "old")]);
    let run = pull(&folder, &server, "-o quotas.json");
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("the credentials have expired"), "{}", run.err);
    assert_eq!(std::fs::read_to_string(folder.join("quotas.json")).expect("it is there"), "old");
}

#[test]
fn parts_that_asked_aws_are_together_what_one_check_is() {
    let folder = folder("live-parts", &[(".tf-headroom.hcl", "roots {\n  include = [\"roots/*\"]\n}\n")]);
    for (name, queues) in [("a", 10), ("b", 30), ("c", 101)] {
        let root = folder.join("roots").join(name);
        std::fs::create_dir_all(&root).expect("the folder can be made");
        let eip = "resource \"aws_eip\" \"e\" {\n  count = 2\n}\n";
        let more = if name == "b" { eip } else { "" };
        std::fs::write(root.join("main.tf"), main_tf(queues) + more).expect("the file can be written");
    }
    let denied = Instead::Error(400, "AccessDeniedException");
    let server = Server::start(World { instead: [("ListQueues".to_owned(), denied)].into(), ..world() });
    for (world, live, code) in [
        (Server::start(world()), "live", 1),
        (Server::start(world()), "live-only", 1),
        (server, "live-only", 2),
    ] {
        let arguments = format!("--recursive --today 2026-11-21 --quotas {live}");
        let part = |n: u32| {
            let run = run_in(
                &folder,
                &world,
                &format!("check {arguments} --shard {n}/2 --format json={n}.json"),
                &[],
            );
            assert!(folder.join(format!("{n}.json")).exists(), "{}{}", run.out, run.err);
        };
        part(1);
        part(2);
        let asked = world.actions().len();
        for format in ["human", "json", "markdown", "openmetrics"] {
            let whole = run_in(
                &folder,
                &world,
                &format!("check {arguments} --format {format} --format sarif=x.sarif"),
                &[],
            );
            let before = world.actions().len();
            let merged = run_in(
                &folder,
                &world,
                &format!("merge 2.json 1.json --format {format} --format sarif=x.sarif"),
                &[],
            );
            assert_eq!((merged.code, world.actions().len()), (code, before), "{live} {}", merged.err);
            let other = whole.out.lines().zip(merged.out.lines()).find(|(a, b)| a != b);
            assert_eq!((whole.code, other), (code, None), "{live} as {format}");
            assert_eq!(whole.out, merged.out);
        }
        assert!(asked > 8);
    }
}
