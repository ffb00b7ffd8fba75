//! What OpenTofu alone understands.

use serde_json::{Value as Json, json};

use crate::common::run;

fn inventory(arguments: &str) -> Vec<(String, Json)> {
    let run = run(&format!("inventory {arguments} --format json"));
    let json: Json = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}\n{}", run.err));
    let all = json["instances"].as_array().expect("an array").iter();
    all.map(|i| (i["address"].as_str().expect("a text").to_owned(), i["count"].clone())).collect()
}

#[test]
fn enabled_makes_one_instance_or_none() {
    let one = json!({ "low": 1, "high": 1 });
    let maybe = json!({ "low": 0, "high": 1 });
    let of = |all: &[(&str, &Json)]| -> Vec<(String, Json)> {
        all.iter().map(|(address, count)| ((*address).to_owned(), (*count).clone())).collect()
    };
    let known = inventory("fixtures/opentofu -var audit=true");
    let want = [
        ("aws_sqs_queue.work", &one),
        ("aws_sqs_queue.audit", &one),
        ("module.audit.aws_sqs_queue.q", &one),
        ("module.chosen.aws_sqs_queue.q", &one),
    ];
    assert_eq!(known, of(&want));
    // What encrypts the state is nobody's business here.
    assert_eq!(run("check fixtures/opentofu -var audit=true --quiet").code, 0);
    let undecided = inventory("fixtures/opentofu");
    let want = [
        ("aws_sqs_queue.work", &one),
        ("aws_sqs_queue.audit", &maybe),
        ("module.audit.aws_sqs_queue.q", &maybe),
        ("module.chosen.aws_sqs_queue.q", &one),
    ];
    assert_eq!(undecided, of(&want));
    let all = inventory("fixtures/opentofu -var audit=false -var backup=true");
    let want = [
        ("aws_sqs_queue.backup", &one),
        ("module.backup.aws_sqs_queue.q", &one),
        ("module.chosen.aws_sqs_queue.q", &one),
    ];
    assert_eq!(all, of(&want));
}

#[test]
fn what_is_not_enabled_is_null() {
    let run = run("eval --path fixtures/opentofu local.answers --format json");
    let json: Json = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}\n{}", run.err));
    let want = json!({
        "null_where_off": null,
        "none_where_off": [],
        "module_off": null,
        "data_off": null,
        "attribute_without": "work",
        "tried": "no backup",
    });
    assert_eq!(json["value"], want);
}

#[test]
fn enabled_is_held_to_its_rules() {
    let found = |arguments: &str| {
        let run = run(&format!("check fixtures/opentofu-bad {arguments} --format json"));
        let json: Json = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}\n{}", run.err));
        let all = json["diagnostics"].as_array().expect("an array").clone();
        let text = |v: &Json| v.as_str().unwrap_or_default().to_owned();
        let all = all.iter().map(|d| format!("{} {}: {}", text(&d["file"]), d["line"], text(&d["summary"])));
        all.collect::<Vec<_>>()
    };
    insta::assert_debug_snapshot!(found(""));
}
