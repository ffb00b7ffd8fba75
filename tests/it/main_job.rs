//! The main job, held against what real Terraform plans and what a separate script counted from its plans.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value as Json;

use crate::common::{command, finish, root, run};

/// Fixtures that Terraform can plan, and the arguments that say the same to us.
const PLANNED: [(&str, &str); 5] = [
    ("contact-center", "fixtures/contact-center"),
    ("over-quota", "fixtures/over-quota"),
    ("separate-instances", "fixtures/separate-instances"),
    ("govcloud", "fixtures/govcloud"),
    ("unknown.with-values", "fixtures/unknown -var-file=fixtures/unknown/with-values.tfvars"),
];

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}:\n{text}"))
}

fn expected(name: &str, what: &str) -> Json {
    let path = root().join(format!("fixtures/expected/{name}.{what}.json"));
    json(&std::fs::read_to_string(path).expect("the fixture has expected values"))
}

fn plan(name: &str) -> String {
    format!("fixtures/plans/{name}.json")
}

fn check(arguments: &str) -> Json {
    json(&run(&format!("check --today 2026-11-20 --format json {arguments}")).out)
}

fn inventory(arguments: &str) -> Json {
    json(&run(&format!("inventory --format json {arguments}")).out)
}

fn list(json: &Json) -> &[Json] {
    json.as_array().map_or(&[], Vec::as_slice)
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

/// Service and code, or the name of a quota without one; and the parent.
fn key(row: &Json, parent: &Json) -> (String, String, String) {
    let quota = &row["quota"];
    let code = text(&quota["code"]);
    (text(&quota["service"]), if code.is_empty() { text(&quota["name"]) } else { code }, text(parent))
}

fn count(row: &Json) -> (u64, Option<u64>) {
    (row["low"].as_u64().expect("a count has a lower bound"), row["high"].as_u64())
}

#[test]
fn the_exceeded_quotas_are_those_that_a_script_counts_from_the_real_plan() {
    for (name, arguments) in PLANNED {
        let wanted: BTreeMap<_, _> = list(&expected(name, "exceeded")["exceeded"])
            .iter()
            .map(|row| (key(row, &row["parent"]), (count(&row["count"]), row["limit"].as_u64())))
            .collect();
        for arguments in [arguments.to_owned(), plan(name)] {
            let found: BTreeMap<_, _> = list(&check(&arguments)["projections"])
                .iter()
                .filter(|p| p["verdict"] == "exceeded")
                .map(|p| (key(p, &p["scope"]["parent"]), (count(&p["count"]), p["limit"]["high"].as_u64())))
                .collect();
            assert_eq!(found, wanted, "{arguments}");
        }
    }
}

#[test]
fn every_count_is_what_a_script_counts_from_the_real_plan() {
    let mut wrong = Vec::new();
    for (name, arguments) in PLANNED {
        for arguments in [arguments.to_owned(), plan(name)] {
            let report = check(&arguments);
            let found: BTreeMap<_, _> = list(&report["projections"])
                .iter()
                .map(|p| (key(p, &p["scope"]["parent"]), (count(&p["count"]), text(&p["verdict"]))))
                .collect();
            for row in list(&expected(name, "exceeded")["counts"]) {
                let key = key(row, &row["parent"]);
                let wanted = (count(&row["count"]), text(&row["verdict"]));
                match found.get(&key) {
                    Some(found) if *found == wanted => {}
                    found => wrong.push(format!("{arguments}: {key:?} is {found:?}, expected {wanted:?}")),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_parent_is_the_one_that_terraform_names() {
    let mut wrong = Vec::new();
    for (name, arguments) in PLANNED {
        for arguments in [arguments.to_owned(), plan(name)] {
            let inventory = inventory(&arguments);
            let mut found: BTreeMap<(String, String), Json> = BTreeMap::new();
            for instance in list(&inventory["instances"]) {
                for scope in list(&instance["scopes"]) {
                    found.insert((text(&instance["address"]), text(&scope["via"])), scope["parent"].clone());
                }
            }
            for (address, attributes) in expected(name, "scopes").as_object().expect("an object by address") {
                for (attribute, parent) in attributes.as_object().expect("an object by attribute") {
                    let parents = found.get(&(address.clone(), attribute.clone()));
                    let wanted = match parent {
                        Json::Array(_) => parent.clone(),
                        one => Json::Array(vec![one.clone()]),
                    };
                    if parents != Some(&wanted) {
                        wrong.push(format!(
                            "{arguments}: {address} {attribute} is {parents:?}, expected {wanted}"
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(30)].join("\n"));
}

/// What source and plan have to agree on, by address.
fn comparable(inventory: &Json) -> BTreeMap<String, String> {
    list(&inventory["instances"])
        .iter()
        .filter(|i| i["mode"] == "managed")
        .map(|i| {
            let facts = ["type", "count", "provider", "scopes", "tags", "tags_all", "tags_complete"];
            let facts: Vec<String> = facts.iter().map(|f| format!("{f} {}", i[f])).collect();
            (text(&i["address"]), facts.join("\n  "))
        })
        .collect()
}

/// Where two inventories differ.
fn differences(one: &Json, other: &Json) -> Vec<String> {
    let (one, other) = (comparable(one), comparable(other));
    let addresses: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    addresses
        .into_iter()
        .filter(|a| one.get(*a) != other.get(*a))
        .map(|a| {
            format!("{a}\n  {:?}\n  {:?}", one.get(a), other.get(a))
                .replace("\\n", "\n")
                .replace("\\\"", "\"")
        })
        .collect()
}

#[test]
fn source_and_plan_give_the_same_inventory() {
    for (name, arguments) in PLANNED {
        let wrong = differences(&inventory(arguments), &inventory(&plan(name)));
        assert!(
            wrong.is_empty(),
            "{name}: {} differ\n{}",
            wrong.len(),
            wrong[..wrong.len().min(5)].join("\n")
        );
    }
}

#[test]
fn the_comparison_sees_a_queue_that_is_missing() {
    let path = root().join(plan("over-quota"));
    let mut plan: Json = json(&std::fs::read_to_string(path).expect("the plan is there"));
    let queue = "aws_connect_queue.tenant[\"agency-aging-billing\"]";
    let changes = plan["resource_changes"].as_array_mut().expect("a plan has changes");
    let before = changes.len();
    changes.retain(|c| c["address"] != queue);
    assert_eq!(changes.len() + 1, before);
    let without = finish(command("inventory --format json -"), &plan.to_string());
    let wrong = differences(&inventory("fixtures/over-quota"), &json(&without.out));
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(wrong[0].starts_with(queue));
}

#[test]
fn unknowns_are_named_and_decided_by_variables_and_assumptions() {
    let blocks = |report: &Json, quota: &str| -> (String, Vec<String>) {
        let p = list(&report["projections"])
            .iter()
            .find(|p| p["quota"]["name"] == quota)
            .expect("it is projected");
        (text(&p["verdict"]), list(&p["because"]).iter().map(text).collect())
    };
    let report = check("fixtures/unknown");
    for (quota, because) in [
        ("Queues per instance", "var.queue_names"),
        ("Users per instance", "var.agents"),
        ("Subnets per VPC", "data.aws_availability_zones.available.names"),
    ] {
        assert_eq!(blocks(&report, quota), ("undecided".to_owned(), vec![because.to_owned()]), "{quota}");
    }
    let report = check("fixtures/unknown -var agents=2 -var queue_names=[\"a\",\"b\"]");
    assert_eq!(blocks(&report, "Users per instance").0, "within");
    assert_eq!(blocks(&report, "Queues per instance").0, "within");
    assert_eq!(blocks(&report, "Subnets per VPC").0, "undecided");

    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = folder.path().join("settings.hcl");
    let text = "assume = { \"data.aws_availability_zones.available.names\" = [\"a\", \"b\", \"c\"] }\n";
    std::fs::write(&settings, text).expect("the settings can be written");
    let report = check(&format!("fixtures/unknown --settings {}", settings.display()));
    assert_eq!(blocks(&report, "Subnets per VPC").0, "within");
    assert_eq!(blocks(&report, "Queues per instance").0, "undecided");
}

#[test]
fn reports_are_the_same_bytes_every_time_and_at_most_sixty_lines() {
    for (_, arguments) in PLANNED {
        let once = run(&format!("check {arguments}"));
        assert_eq!(once.out, run(&format!("check {arguments}")).out);
        assert!(once.out.lines().count() <= 60, "{arguments}");
    }
}

#[test]
fn what_people_see_of_the_fixtures() {
    insta::with_settings!({ snapshot_path => Path::new("snapshots") }, {
        for (name, arguments, code) in [
            ("over-quota", "fixtures/over-quota", 1),
            ("over-quota plan", "fixtures/plans/over-quota.json", 1),
            ("contact-center", "fixtures/contact-center", 1),
            ("separate-instances", "fixtures/separate-instances", 1),
            ("govcloud", "fixtures/govcloud", 0),
            ("unknown", "fixtures/unknown", 0),
            ("unknown-after-apply", "fixtures/unknown-after-apply", 2),
            ("bad syntax", "fixtures/bad/syntax-error", 2),
            ("bad settings", "fixtures/bad/wrong-key", 2),
            ("bad plan", "fixtures/bad/plan-not-json.json", 2),
        ] {
            let run = run(&format!("check --today 2026-11-20 {arguments}"));
            assert_eq!(run.code, code, "{arguments}\n{}{}", run.out, run.err);
            insta::assert_snapshot!(name, format!("{}{}", run.out, run.err));
        }
    });
}

#[test]
fn what_programs_see_of_a_small_fixture() {
    insta::assert_snapshot!(
        "govcloud json",
        run("check --today 2026-11-20 --format json fixtures/govcloud").out
    );
    insta::assert_snapshot!("govcloud inventory", run("inventory --format json fixtures/govcloud").out);
}
