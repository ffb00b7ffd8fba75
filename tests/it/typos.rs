//! What people mistype, and what they meant.

use crate::changes::git;
use crate::common::{Run, command, finish};

fn at(folder: &std::path::Path, arguments: &[&str]) -> Run {
    let mut command = command("");
    command.current_dir(folder).args(arguments);
    finish(command, "")
}

#[test]
fn typical_typos_are_answered_with_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let source = "resource \"aws_sqs_queue\" \"q\" {}\nvariable \"region\" {\n  default = null\n}\n";
    std::fs::write(folder.join("main.tf"), source).unwrap();
    std::fs::write(folder.join("plan.json"), "{}").unwrap();
    std::fs::create_dir(folder.join("snapshots")).unwrap();
    let place = r#"{"account": "123456789012", "partition": "aws", "region": "us-east-1", "taken_at": "2026-11-01T00:00:00Z", "quotas": []}"#;
    let snapshot = format!(r#"{{"schema_version": 1, "made_by": "a test", "places": [{place}]}}"#);
    std::fs::write(folder.join("snapshots/a.json"), snapshot).unwrap();
    git(folder, &["init", "-q", "-b", "main"]);
    git(
        folder,
        &[
            "-c",
            "user.email=a@example.com",
            "-c",
            "user.name=a",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "One",
        ],
    );
    let settings = "target \"prod\" {\n  root = \".\"\n}\n";
    std::fs::write(folder.join(".tf-headroom.hcl"), settings).unwrap();
    let cases: [(&[&str], &str); 36] = [
        (&["chek"], "'check'"),
        (&["quotas", "lst"], "'list'"),
        (&["schema", "chek"], "'check'"),
        (&["completions", "bahs"], "'bash'"),
        (&["check", "--formt", "json"], "'--format'"),
        (&["check", "-recursiv"], "'--recursive'"),
        (&["check", "-var-fle=x"], "'--var-file'"),
        (&["check", "--format", "jsno"], "`json`"),
        (&["check", "--fail-on", "eror"], "'error'"),
        (&["check", "--color", "alway"], "'always'"),
        (&["check", "--quotas", "liv"], "`live`"),
        (&["check", "--target", "prd"], "`prod`"),
        (&["check", "plam.json"], "`plan.json`"),
        (&["inventory", "--format", "jsn"], "`json`"),
        (&["init", "--profile", "gov-cass"], "`gov-ccaas`"),
        (&["explain", "quota-nera"], "`quota-near`"),
        (&["explain", "L-19A87C9"], "`L-19A87C94`"),
        (&["quotas", "show", "L-19A8C794"], "`L-19A87C94`"),
        (&["quotas", "list", "conect"], "`connect`"),
        (&["quotas", "list", "--type", "aws_sqs_queu"], "`aws_sqs_queue`"),
        (&["tags", "export", "--to", "polcy"], "'policy'"),
        (&["tags", "fx"], "`tf-headroom tags fix`"),
        (&["tags", "improt", "plan.json"], "`tf-headroom tags import`"),
        (&["quotas", "diff", "catalgo", "plan.json"], "`catalog`"),
        (&["quotas", "diff", "catalog", "plam.json"], "`plan.json`"),
        (&["quotas", "trend", "snapshots", "--service", "conect"], "`connect`"),
        (&["quotas", "alarms", "--quotas", "snapshots/a.json", "--service", "conect"], "`connect`"),
        (&["check", "--quotas", "plam.json"], "`plan.json`"),
        (&["check", "--baseline", "plam.json"], "`plan.json`"),
        (&["check", "--config", "plam.json"], "`plan.json`"),
        (&["check", "-var-file=plam.json"], "`plan.json`"),
        (&["check", "-var", "regoin=x"], "`region`"),
        (&["check", "--base", "mian"], "`main`"),
        (&["check", "--settings-from", "mian"], "`main`"),
        (&["merge", "plam.json"], "`plan.json`"),
        (&["eval", "keyz({})"], "\"keys\""),
    ];
    for (arguments, meant) in cases {
        let run = at(folder, arguments);
        let text = format!("{}{}", run.out, run.err);
        assert_eq!(run.code, 2, "{arguments:?}: {text}");
        let answered = ["did you mean", "Did you mean", "similar"].iter().any(|w| text.contains(w))
            && text.contains(meant);
        assert!(answered, "{arguments:?} is not answered with {meant}:\n{text}");
    }
}

#[test]
fn typos_in_settings_are_answered_with_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("main.tf"), "resource \"aws_sqs_queue\" \"q\" {}\n").unwrap();
    let cases = [
        ("qouta \"connect\" \"L-19A87C94\" {\n  applied = 1\n}", "quota"),
        ("quota \"connect\" \"L-19A87C94\" {\n  aplied = 1\n}", "applied"),
        ("quota \"connect\" \"L-19A87C49\" {\n  applied = 1\n}", "L-19A87C94"),
        ("quota \"connect\" \"Queues per instanc\" {\n  applied = 1\n}", "Queues per instance"),
        ("rule \"quota-neer\" {\n  severity = \"error\"\n}", "quota-near"),
        ("rule \"quota-near\" {\n  severity = \"eror\"\n}", "error"),
        ("fail_no = \"error\"", "fail_on"),
        ("fail_on = \"warnign\"", "warning"),
        ("tag \"A\" {\n  requird = true\n}", "required"),
        ("tag \"A\" {\n  format = \"emial\"\n}", "email"),
        ("tag \"A\" {\n  equals = \"tennant\"\n}", "tenant"),
        ("account \"p\" {\n  rolearn = \"x\"\n}", "role_arn"),
        ("tag \"A\" {\n  types = [\"aws_dynamodb_tabel\"]\n}", "aws_dynamodb_table"),
        ("exempt \"aws_iam_rol\" {\n  rules  = [\"tag-missing\"]\n  reason = \"x\"\n}", "aws_iam_role"),
        ("tag \"Owner\" {}\nexempt \"x\" {\n  tags   = [\"Ownr\"]\n  reason = \"x\"\n}", "Owner"),
        ("quota \"conect\" \"L-19A87C94\" {\n  applied = 1\n}", "connect"),
        ("quota \"conect\" \"Queues per instance\" {\n  applied = 1\n}", "connect"),
        ("demand \"connect\" \"L-12AB7C75\" {\n  value = 1\n}", "L-12AB7C57"),
        ("demand \"connect\" \"L-12AB7C5\" {\n  value = 1\n}", "L-12AB7C57"),
        ("target \"a\" {\n  root    = \".\"\n  account = \"prd\"\n}\naccount \"prod\" {}", "prod"),
        ("exempt \"x\" {\n  rules  = [\"tag-mising\"]\n  reason = \"x\"\n}", "tag-missing"),
    ];
    for (settings, meant) in cases {
        std::fs::write(folder.join(".tf-headroom.hcl"), settings).unwrap();
        let run = at(folder, &["check"]);
        assert!(run.out.contains(&format!("did you mean `{meant}`?")), "{settings}:\n{}", run.out);
    }
}
