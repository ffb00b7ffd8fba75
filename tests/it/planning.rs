//! Commands that plan ahead, run on a small root module with a snapshot beside it.

use std::path::Path;

use serde_json::Value as Json;

use crate::common::{Run, command, finish};
use crate::observed::{flowing, folder};

const ID: &str = "0a1b2c3d-0000-4000-8000-000000000001";
const ARN: &str = "arn:aws:connect:us-east-1:123456789012:instance/0a1b2c3d-0000-4000-8000-000000000001";

/// Tenants with two queues each, in an instance that exists.
fn main_tf() -> String {
    format!(
        r#"
provider "aws" {{ region = "us-east-1" }}
variable "tenants" {{
  type    = map(object({{ queues = number }}))
  default = {{ a = {{ queues = 2 }}, b = {{ queues = 2 }} }}
}}
locals {{
  queues = merge([for t, v in var.tenants : {{ for n in range(v.queues) : "${{t}}-${{n}}" => t }}]...)
}}
resource "aws_connect_queue" "q" {{
  for_each              = local.queues
  instance_id           = "{ID}"
  name                  = each.key
  hours_of_operation_id = "h"
  tags                  = {{ Tenant = each.value }}
}}
"#
    )
}

/// A snapshot of a day with so many queues of 50.
fn snapshot(day: &str, queues: u64) -> String {
    format!(
        r#"{{"schema_version": 1, "made_by": "t", "places": [{{"account": "123456789012", "partition": "aws",
  "region": "us-east-1", "taken_at": "{day}T08:00:00Z",
  "quotas": [{{"service": "connect", "code": "L-19A87C94", "name": "Queues per instance", "value": 50, "resource": "*"}}],
  "usage": [{{"service": "connect", "code": "L-19A87C94", "amount": {queues}, "resource": "{ARN}"}}],
  "resources": [{{"type": "aws_connect_instance", "arn": "{ARN}", "id": "{ID}"}}]}}]}}"#
    )
}

fn run(folder: &Path, arguments: &str) -> Run {
    let mut command = command(arguments);
    command.current_dir(folder).env("HOME", folder);
    finish(command, "")
}

fn made(name: &str) -> std::path::PathBuf {
    let days = [("2026-11-01", 10), ("2026-11-08", 17), ("2026-11-15", 24)];
    let snapshots: Vec<(String, String)> =
        days.iter().map(|(day, n)| (format!("{day}.json"), snapshot(day, *n))).collect();
    let main = main_tf();
    let mut files = vec![("main.tf", main.as_str())];
    files.extend(snapshots.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    folder(name, &files)
}

#[test]
fn capacity_counts_what_the_account_uses_now() {
    let folder = made("planning-capacity");
    let answer = |arguments: &str| -> (Json, Json) {
        let run = run(&folder, &format!("capacity --format json --today 2026-11-20 {arguments}"));
        let json: Json =
            serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}{}", run.out, run.err));
        (json["fits"]["low"].clone(), json["fits"]["high"].clone())
    };
    // 100 and a BasicQueue that may be there: 4 + 2 × 47 + 1 = 99.
    let (low, high) = answer("");
    assert_eq!((low.as_u64(), high.as_u64()), (Some(47), Some(48)));
    // Of 50 there are 24 in use, four of which may be those of the configuration: 11 with them all new.
    let (low, high) = answer("--quotas 2026-11-15.json");
    assert_eq!((low.as_u64(), high.as_u64()), (Some(11), Some(23)));
    let missing = run(&folder, "capacity --quotas none.json");
    assert_eq!((missing.code, missing.err.contains("none.json")), (2, true), "{}", missing.err);
}

#[test]
fn explain_shows_every_number_of_a_count() {
    let folder = made("planning-explain");
    let found = run(&folder, "explain L-19A87C94 --of . --today 2026-11-20");
    let text = flowing(&found.out);
    for part in [
        "4 by aws_connect_queue.q, 4 instances,",
        // A path is longer or shorter by where the tests run.
        "main.tf:11",
        "BasicQueue, made by AWS",
        "100 · AWS's default, confirmed",
        "assumed: the account may have had it raised",
        "within: 5 is not more than 100, 95 are free",
        "a 2 + b 2 + shared",
        "this configuration only",
    ] {
        assert!(text.contains(part), "{part} in {text}{}", found.err);
    }
    let text =
        flowing(&run(&folder, "explain L-19A87C94 --of . --quotas 2026-11-15.json --today 2026-11-20").out);
    for part in ["24 in use, as AWS says", "24 to 28", "50 · snapshot of 2026-11-15", "with live usage"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let none = run(&folder, "explain L-F678F1CE --of .");
    assert_eq!((none.code, none.out.trim()), (0, "nothing in . uses L-F678F1CE"));
    assert_eq!(run(&folder, "explain --of .").out.trim(), "every quota that is used is within its limit");
    assert_eq!(run(&folder, "explain L-00000000 --of .").code, 2);
}

#[test]
fn a_trend_tells_the_day_and_a_request_keeps_it() {
    let folder = made("planning-trend");
    let told = run(&folder, "quotas trend 2026-11-01.json 2026-11-08.json 2026-11-15.json");
    let text = flowing(&told.out);
    assert!(text.contains("+1 a day, 54 in 30 days, over the limit on 2026-12-12"), "{text}{}", told.err);
    let few = run(&folder, "quotas trend 2026-11-01.json 2026-11-15.json");
    assert!(flowing(&few.out).contains("too few points: 2 points within 14 days"), "{}", few.out);
    let json: Json =
        serde_json::from_str(&run(&folder, "quotas trend --format json .").out).expect("JSON of a folder");
    assert_eq!(json["trends"][0]["growth"]["known"]["over_on"], "2026-12-12");
    let request = |more: &str| {
        let run =
            run(&folder, &format!("quotas request . --quotas 2026-11-15.json --today 2026-11-20 {more}"));
        flowing(&run.out)
    };
    assert!(request("").contains("Nothing to ask for"), "{}", request(""));
    let asked = request("--trend 2026-11-01.json --trend 2026-11-08.json --trend 2026-11-15.json");
    assert!(asked.contains(&format!("--context-id {ARN}")), "{asked}");
    assert!(asked.contains("ask by 2026-11-21") && asked.contains("over the limit on 2026-12-12"), "{asked}");
    let broken = run(&folder, "quotas trend main.tf");
    assert_eq!((broken.code, broken.out.as_str()), (2, ""));
}

#[test]
fn demand_of_a_parent_that_is_not_there_is_told() {
    let folder = made("planning-demand");
    let settings = |scope: &str| {
        format!("demand \"connect\" \"L-12AB7C57\" {{\n  value = 3\n  scope = \"{scope}\"\n}}\n")
    };
    let said = |scope: &str| {
        std::fs::write(folder.join(".tf-headroom.hcl"), settings(scope)).expect("it is written");
        let run = run(&folder, "check");
        flowing(&format!("{}{}", run.out, run.err))
    };
    let near = said(&ID.replace("0001", "0002"));
    assert!(near.contains("which the configuration does not have"), "{near}");
    assert!(near.contains(&format!("did you mean `{ID}`?")), "{near}");
    assert!(!said(ID).contains("does not have"));
}

#[test]
fn demand_without_a_scope_is_of_the_only_parent_there_is() {
    let folder = made("planning-only");
    let main = r#"
provider "aws" { region = "us-east-1" }
resource "aws_connect_instance" "centre" {
  identity_management_type = "CONNECT_MANAGED"
  inbound_calls_enabled    = true
  outbound_calls_enabled   = true
}
# Its language is the part of a key, and no parent of calls.
resource "aws_lexv2models_bot_locale" "english" {
  bot_id                           = "ABCDEF1234"
  bot_version                      = "DRAFT"
  locale_id                        = "en_US"
  n_lu_intent_confidence_threshold = 0.7
}
"#;
    std::fs::write(folder.join("main.tf"), main).expect("it is written");
    let settings = "demand \"connect\" \"L-12AB7C57\" { value = 20 }\n";
    std::fs::write(folder.join(".tf-headroom.hcl"), settings).expect("it is written");
    let run = run(&folder, "check --format json");
    let report: Json = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}{}", run.err));
    let all = report["projections"].as_array().expect("projections");
    let calls: Vec<(&Json, &Json)> = all
        .iter()
        .filter(|p| p["quota"]["code"] == "L-12AB7C57")
        .map(|p| (&p["scope"]["parent"], &p["count"]["low"]))
        .collect();
    assert_eq!(calls, [(&serde_json::json!("aws_connect_instance.centre"), &serde_json::json!(20))]);
}

#[test]
fn demand_of_a_parent_that_a_plan_does_not_have_is_told_as_of_the_source() {
    let folder = made("planning-demand-plan");
    let plan = crate::common::root().join("fixtures/plan-kinds/aws-quiet.json");
    std::fs::copy(plan, folder.join("plan.json")).expect("it is copied");
    let said = |scope: &str| {
        let settings =
            format!("demand \"connect\" \"L-12AB7C57\" {{\n  value = 3\n  scope = \"{scope}\"\n}}\n");
        std::fs::write(folder.join(".tf-headroom.hcl"), settings).expect("it is written");
        let run = run(&folder, "check plan.json");
        flowing(&format!("{}{}", run.out, run.err))
    };
    let wrong = said("aws_connect_instance.thsi");
    let why = "is made of `aws_connect_instance.thsi`, which the configuration does not have: it is counted by itself";
    assert!(wrong.contains(why) && wrong.contains("did you mean `"), "{wrong}");
    // What the state has is found by its address, its id and its ARN.
    let arn = "arn:aws:connect:us-east-1:123456789012:aws_connect_instance/3";
    for scope in ["aws_connect_instance.this", "aws_connect_instance-3", arn] {
        let text = said(scope);
        assert!(!text.contains("does not have"), "{scope}: {text}");
    }
}
