//! A change against its base: what it adds, what was there, and that it cannot loosen its own gate.

use std::path::Path;
use std::process::Command;

use crate::common::{Run, command, finish};

pub fn git(folder: &Path, arguments: &[&str]) {
    let done = Command::new("git").arg("-C").arg(folder).args(arguments).output().expect("git runs");
    assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
    std::fs::write(path, text).expect("the file can be written");
}

/// Buckets without an owner.
fn source(queues: u32, buckets: u32) -> String {
    format!(
        r#"provider "aws" {{ region = "us-east-1" }}
resource "aws_connect_instance" "this" {{
  identity_management_type = "CONNECT_MANAGED"
  inbound_calls_enabled    = true
  outbound_calls_enabled   = true
  instance_alias           = "a"
  tags                     = {{ Owner = "a" }}
}}
resource "aws_connect_hours_of_operation" "h" {{
  count       = {queues}
  instance_id = aws_connect_instance.this.id
  name        = "h${{count.index}}"
  time_zone   = "UTC"
  tags        = {{ Owner = "a" }}
}}
resource "aws_sqs_queue" "q" {{
  count = {buckets}
}}
"#
    )
}

const SETTINGS: &str = "tag \"Owner\" { required = true }\n";

/// A repository with a first commit, in which the root module lies in `envs/prod`.
fn repository(queues: u32, buckets: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    git(root, &["init", "-q", "-b", "main"]);
    git(root, &["config", "user.email", "a@example.com"]);
    git(root, &["config", "user.name", "a"]);
    write(root, "envs/prod/main.tf", &source(queues, buckets));
    write(root, ".tf-headroom.hcl", SETTINGS);
    git(root, &["add", "-A"]);
    git(root, &["commit", "-q", "-m", "one"]);
    folder
}

fn check(folder: &Path, arguments: &str) -> Run {
    let mut command = command(&format!("check envs/prod --today 2026-11-20 {arguments}"));
    // Git is found by the path.
    command.current_dir(folder).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    finish(command, "")
}

#[test]
fn only_what_the_change_adds_is_a_finding() {
    let folder = repository(101, 2);
    let root = folder.path();
    let whole = check(root, "");
    assert_eq!(whole.code, 1, "{}", whole.out);
    // As the base is: all of it is old.
    let same = check(root, "--base main --format markdown");
    assert_eq!((same.code, same.err.as_str()), (0, ""), "{}", same.out);
    assert_eq!(same.out.lines().count(), 2, "nothing to say: {}", same.out);
    // More of both.
    write(root, "envs/prod/main.tf", &source(104, 3));
    let before = std::fs::read_to_string(root.join("envs/prod/main.tf")).expect("it is there");
    let more = check(root, "--base main --format markdown");
    assert_eq!(more.code, 1, "{}", more.out);
    // AWS makes one more of them in each new instance.
    assert!(more.out.contains("| Hours of operation per instance | 102 | **105** | 100 ¹ |"), "{}", more.out);
    assert!(more.out.contains("`Owner` is missing on 3 resources"), "{}", more.out);
    // Fewer, and still over: no fault of this change.
    write(root, "envs/prod/main.tf", &source(100, 1));
    let less = check(root, "--base main --format markdown");
    assert_eq!(less.code, 0, "{}", less.out);
    assert!(less.out.contains("2 older findings unchanged"), "{}", less.out);
    // The work tree is as it was left.
    write(root, "envs/prod/main.tf", &before);
    let status =
        Command::new("git").arg("-C").arg(root).args(["status", "--porcelain"]).output().expect("git runs");
    assert_eq!(String::from_utf8_lossy(&status.stdout), " M envs/prod/main.tf\n");
}

#[test]
fn a_root_that_is_new_adds_all_of_it() {
    let folder = repository(1, 0);
    git(folder.path(), &["mv", "envs/prod", "envs/old"]);
    git(folder.path(), &["commit", "-q", "-m", "two"]);
    write(folder.path(), "envs/prod/main.tf", &source(101, 0));
    let run = check(folder.path(), "--base main");
    assert_eq!((run.code, run.err.as_str()), (1, ""), "{}", run.out);
}

#[test]
fn a_base_is_a_folder_as_well() {
    let folder = repository(101, 0);
    write(folder.path(), "before/main.tf", &source(101, 0));
    let run = check(folder.path(), "--base ./before");
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
}

#[test]
fn a_base_that_is_none_is_said() {
    let folder = repository(1, 0);
    for (arguments, expected) in [
        ("--base nowhere", "`nowhere` is neither a revision in git, a folder nor a plan"),
        ("--base=--all", "is neither a revision"),
        ("--settings-from nowhere", "`nowhere` is no revision in git"),
        ("--baseline nowhere.json", "`nowhere.json`"),
    ] {
        let run = check(folder.path(), arguments);
        assert_eq!(run.code, 2, "{arguments}");
        assert!(format!("{}{}", run.out, run.err).contains(expected), "{arguments}: {}{}", run.out, run.err);
    }
}

#[test]
fn a_baseline_of_another_version_is_refused_and_left_alone() {
    let folder = repository(1, 2);
    let root = folder.path();
    assert_eq!(check(root, "--write-baseline known.json").code, 0);
    let path = root.join("known.json");
    let text = std::fs::read_to_string(&path).expect("a baseline");
    let later = text.replace("\"schema_version\": 1", "\"schema_version\": 2");
    assert_ne!(text, later);
    std::fs::write(&path, &later).expect("the file can be written");
    let run = check(root, "--baseline known.json");
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.out.contains("known.json") && run.out.contains("version 2"), "{}", run.out);
    // What was found is told all the same.
    assert!(run.out.contains("`Owner` is missing"), "{}", run.out);
    assert_eq!(std::fs::read_to_string(&path).expect("it is still there"), later);
}

#[test]
fn a_change_cannot_loosen_its_own_gate() {
    let folder = repository(1, 2);
    let root = folder.path();
    write(root, ".tf-headroom.hcl", "rule \"tag-missing\" { severity = \"off\" }\n");
    assert_eq!(check(root, "").code, 0);
    let gated = check(root, "--settings-from main -v");
    assert_eq!(gated.code, 1, "{}", gated.out);
    for text in ["gate-changed", "1 removed", "severity = \"off\"", "`Owner` is missing"] {
        assert!(gated.out.contains(text), "`{text}` is missing in {}", gated.out);
    }
}

#[test]
fn values_that_git_ignores_count_before_the_change_as_well() {
    let folder = repository(1, 0);
    let root = folder.path();
    let topics = "variable \"n\" { type = number }\nresource \"aws_vpc\" \"more\" { count = var.n }\n";
    write(root, "envs/prod/topics.tf", topics);
    write(root, ".gitignore", "*.tfvars\n");
    git(root, &["add", "-A"]);
    git(root, &["commit", "-q", "-m", "two"]);
    write(root, "envs/prod/terraform.tfvars", "n = 9\n");
    let run = check(root, "--base main --format json");
    let report: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    let vpcs = report["projections"].as_array().expect("a list").iter();
    let vpcs = vpcs.filter(|p| p["quota"]["code"] == "L-F678F1CE").collect::<Vec<_>>();
    assert_eq!(vpcs.len(), 1, "{}", run.out);
    assert_eq!(vpcs[0]["before"], vpcs[0]["count"]);
    assert_eq!(vpcs[0]["count"]["low"], 9);
    // What git does not know and does not ignore is part of the change.
    write(root, "envs/prod/more.auto.tfvars.json", "{ \"n\": 10 }");
    let run = check(root, "--base main --format json");
    let report: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    let vpcs = report["projections"].as_array().expect("a list").iter();
    let vpcs = vpcs.filter(|p| p["quota"]["code"] == "L-F678F1CE").collect::<Vec<_>>();
    assert_eq!((&vpcs[0]["before"]["low"], &vpcs[0]["count"]["low"]), (&9.into(), &10.into()));
}

#[test]
fn a_change_of_the_snapshot_is_listed() {
    let folder = repository(101, 0);
    let root = folder.path();
    let snapshot = |queues: u32| {
        let place = serde_json::json!({ "account": "111111111111", "partition": "aws", "region": "us-east-1",
            "taken_at": "2026-11-20T08:00:00Z", "quotas": [{ "service": "connect", "code": "L-19A87C94", "value": queues }] });
        let whole = serde_json::json!({ "schema_version": 1, "made_by": "test", "places": [place] });
        write(root, "quotas.json", &serde_json::to_string_pretty(&whole).expect("JSON"));
    };
    snapshot(100);
    git(root, &["add", "-A"]);
    git(root, &["commit", "-q", "-m", "two"]);
    snapshot(500);
    let gated = check(root, "--settings-from main --quotas quotas.json -v");
    for text in ["gate-changed", "this change edits `quotas.json`", "\"value\": 500"] {
        assert!(gated.out.contains(text), "`{text}` is missing in {}", gated.out);
    }
}

#[test]
fn a_baseline_holds_until_more_is_found() {
    let folder = repository(101, 2);
    let root = folder.path();
    let written = check(root, "--write-baseline known.json");
    assert_eq!((written.code, written.err.as_str()), (0, ""), "{}", written.out);
    let known = check(root, "--baseline known.json");
    assert_eq!((known.code, known.err.as_str()), (0, ""), "{}", known.out);
    // Lines move, and nothing is new.
    write(root, "envs/prod/main.tf", &format!("# one\n\n# two\n{}", source(101, 2)));
    assert_eq!(check(root, "--baseline known.json").code, 0);
    // One more of what is over.
    write(root, "envs/prod/main.tf", &source(102, 2));
    assert_eq!(check(root, "--baseline known.json").code, 1);
    write(root, "envs/prod/main.tf", &source(101, 3));
    assert_eq!(check(root, "--baseline known.json").code, 1);
    // What is mended is said.
    write(root, "envs/prod/main.tf", &source(1, 2));
    let mended = check(root, "--baseline known.json");
    assert_eq!(mended.code, 0, "{}", mended.out);
    assert!(mended.out.contains("allow-unused") && mended.out.contains("known.json"), "{}", mended.out);
    // Another version is not guessed at.
    let text = std::fs::read_to_string(root.join("known.json")).expect("it was written");
    write(root, "later.json", &text.replace("\"schema_version\": 1", "\"schema_version\": 7"));
    let later = check(root, "--baseline later.json");
    assert_eq!(later.code, 2);
    assert!(later.out.contains("version 7"), "{}{}", later.out, later.err);
}

#[test]
fn settings_exempt_from_rules_and_say_what_nothing_needs() {
    let folder = repository(101, 2);
    let root = folder.path();
    let exempt = |what: &str, rule: &str, until: &str| {
        format!(
            "exempt \"{what}\" {{\n  rules = [\"{rule}\"]\n  reason = \"legacy\"\n  until = \"{until}\"\n}}\n"
        )
    };
    let settings =
        |blocks: &[String]| write(root, ".tf-headroom.hcl", &format!("{SETTINGS}{}", blocks.concat()));
    settings(&[
        exempt("aws_sqs_queue.q", "tag-missing", "2026-11-20"),
        exempt("aws_connect_instance.this", "quota-default-exceeded", "2027-01-01"),
    ]);
    let all = check(root, "");
    assert_eq!((all.code, all.err.as_str()), (0, ""), "{}", all.out);
    assert!(!all.out.contains("allow-unused"), "{}", all.out);
    settings(&[
        exempt("aws_sqs_queue", "tag-missing", "2026-11-19"),
        exempt("aws_iam_*", "tag-missing", "2027-01-01"),
    ]);
    let run = check(root, "-v");
    assert_eq!(run.code, 1, "{}", run.out);
    assert!(run.out.contains("exemption-expired") && run.out.contains("allow-unused"), "{}", run.out);
    settings(&[exempt("aws_sqs_queue", "tag-mising", "2027-01-01")]);
    let wrong = check(root, "");
    assert_eq!(wrong.code, 2);
    assert!(wrong.out.contains("did you mean `tag-missing`?"), "{}", wrong.out);
}
