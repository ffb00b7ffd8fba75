//! Tags that do not reach what AWS makes for a resource, from source and from a plan.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use tf_headroom::catalog::all_passing;

use crate::common::{root, run};

/// Findings of a rule: message and addresses.
fn findings(arguments: &str, rule: &str) -> Vec<(String, Vec<String>)> {
    let run = run(&format!("check {arguments} --format json"));
    let report: Value =
        serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}{}", run.out, run.err));
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let found = report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == rule);
    found
        .map(|f| {
            let places = f["places"].as_array().unwrap().iter().map(|p| text(&p["address"])).collect();
            (text(&f["message"]), places)
        })
        .collect()
}

fn addresses(arguments: &str, rule: &str) -> BTreeSet<String> {
    findings(arguments, rule).into_iter().flat_map(|(_, places)| places).collect()
}

/// Addresses in the fixture of resources whose names begin so.
fn named(beginning: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("fixtures/tag-passing/main.tf")).unwrap();
    let labels = text.lines().filter_map(|line| {
        let (ty, name) = line.strip_prefix("resource \"")?.strip_suffix("\" {")?.split_once("\" \"")?;
        name.starts_with(beginning).then(|| format!("{ty}.{name}"))
    });
    labels.collect()
}

const SOURCE: &str = "fixtures/tag-passing";
const PLAN: &str = "fixtures/plans/tag-passing.json --config fixtures/tag-passing/.tf-headroom.hcl";

#[test]
fn what_is_flagged_does_not_pass_its_tags_on_and_what_is_clean_does() {
    for input in [SOURCE, PLAN] {
        assert_eq!(addresses(input, "tag-not-passed"), named("flagged"), "{input}");
        assert_eq!(addresses(input, "tag-undecided"), named("open"), "{input}");
        assert_eq!(addresses(input, "tag-missing"), BTreeSet::new(), "{input}");
    }
}

#[test]
fn every_type_in_the_table_has_a_flagged_and_a_clean_resource() {
    let (flagged, clean) = (named("flagged"), named("clean"));
    for row in all_passing() {
        let of_type =
            |all: &BTreeSet<String>| all.iter().any(|a| a.starts_with(&format!("{}.", row.resource_type)));
        assert!(of_type(&flagged) && of_type(&clean), "{}", row.resource_type);
    }
    let told: String = findings(SOURCE, "tag-not-passed").into_iter().map(|(message, _)| message).collect();
    for row in all_passing() {
        assert!(told.contains(&format!("does not reach {}, on", row.what)), "{}", row.what);
    }
}

/// Findings in a folder of one file, with settings.
fn of(settings: &str, main: &str) -> Vec<(String, Vec<String>)> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".tf-headroom.hcl"), settings).unwrap();
    fs::write(folder.path().join("main.tf"), main).unwrap();
    findings(&folder.path().display().to_string(), "tag-not-passed")
}

const COST: &str = "tag \"CostCenter\" { required = true }\n";
const DATABASE: &str = "resource \"aws_db_instance\" \"d\" {\n  instance_class = \"db.t3.micro\"\n  tags = { CostCenter = \"1\", Owner = \"me\" }\n}\n";

#[test]
fn nothing_is_said_where_nothing_is_asked() {
    assert_eq!(of("", DATABASE), []);
    assert_eq!(of("tag \"CostCenter\" { pattern = \"^[0-9]$\" }\n", DATABASE), []);
    assert_eq!(of(&format!("{COST}rule \"tag-not-passed\" {{ severity = \"off\" }}\n"), DATABASE), []);
    assert_eq!(of(&format!("{COST}exempt \"aws_db_*\" {{ reason = \"old\" }}\n"), DATABASE), []);
    assert_eq!(
        of("tag \"CostCenter\" {\n  required = true\n  types = [\"aws_s3_bucket\"]\n}\n", DATABASE),
        []
    );
    let allowed = format!("# tf-headroom: allow tag-not-passed - it has no snapshots\n{DATABASE}");
    assert_eq!(of(COST, &allowed), []);
    // A key that the resource itself lacks is `tag-missing` alone.
    assert_eq!(of(COST, &DATABASE.replace("CostCenter = \"1\", ", "")), []);
}

#[test]
fn keys_of_one_resource_are_one_finding_with_the_smallest_repair() {
    let found = of(&format!("{COST}tag \"Owner\" {{ required = true }}\n"), DATABASE);
    let [(message, places)] = &found[..] else { panic!("{found:#?}") };
    assert_eq!(message, "`CostCenter` and `Owner` do not reach its snapshots, on aws_db_instance.d");
    assert_eq!(places, &["aws_db_instance.d"]);
    let told = run(&format!("check {SOURCE} --format sarif")).out;
    for row in all_passing() {
        let repair = Value::from(row.repair).to_string();
        assert!(told.contains(&format!("help: {}", repair.trim_matches('"'))), "{repair}");
    }
}

#[test]
fn a_switch_is_tried_with_unknown_null_sensitive_and_empty() {
    let with = |value: &str| {
        let main = DATABASE.replace("  tags", &format!("  copy_tags_to_snapshot = {value}\n  tags"));
        let main = format!("variable \"v\" {{}}\n{main}");
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".tf-headroom.hcl"), COST).unwrap();
        fs::write(folder.path().join("main.tf"), main).unwrap();
        let dir = folder.path().display().to_string();
        (addresses(&dir, "tag-not-passed").len(), addresses(&dir, "tag-undecided").len())
    };
    assert_eq!(with("var.v"), (0, 1));
    assert_eq!(with("null"), (1, 0));
    assert_eq!(with("sensitive(true)"), (0, 0));
    assert_eq!(with("sensitive(false)"), (1, 0));
    assert_eq!(with("\"true\""), (0, 0));
    let service = |value: &str| {
        let main = format!(
            "resource \"aws_ecs_service\" \"s\" {{\n  name = \"s\"\n  propagate_tags = {value}\n  tags = {{ CostCenter = \"1\" }}\n}}\n"
        );
        of(COST, &main).len()
    };
    assert_eq!((service("\"\""), service("\"NONE\""), service("\"SERVICE\"")), (1, 1, 0));
}
