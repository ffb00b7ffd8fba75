//! The main job, held against what real Terraform plans and what a separate script counted from its plans.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value as Json;

use crate::common::{root, run};

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

/// The plan joined with its source, whose variables have the values that the plan tells.
fn joined(name: &str, arguments: &str) -> String {
    let folder = arguments.split_whitespace().next().expect("a folder comes first");
    format!("{} --source {folder}", plan(name))
}

fn check(arguments: &str) -> Json {
    json(&run(&format!("check --today 2026-11-20 --format json {arguments}")).out)
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
        for arguments in [arguments.to_owned(), plan(name), joined(name, arguments)] {
            let found: BTreeMap<_, _> = list(&check(&arguments)["projections"])
                .iter()
                .filter(|p| p["verdict"] == "exceeded")
                .map(|p| (key(p, &p["scope"]["parent"]), (count(&p["count"]), p["limit"]["high"].as_u64())))
                .collect();
            assert_eq!(found, wanted, "{arguments}");
        }
    }
}

/// Where we do not count as the script does: input, quota, and why. One that no longer differs fails.
const DIFFERENT: [(&str, &str, &str); 7] = [
    ("", "Limit on creating and deleting instances", "a rate over 100 days, which no configuration shows"),
    ("", "L-6E57E827", "AWS makes an alias for tests itself, which the script does not know"),
    ("over-quota", "L-B99A9384", "nothing is reserved, so nothing is said"),
    (
        "plans/contact-center",
        "L-311093B9",
        "a plan does not say which of the intents `[each.value.intent]` is",
    ),
    ("plans/separate-instances", "L-19A87C94", "a plan does not say which instance `[each.value.tenant]` is"),
    ("plans/separate-instances", "L-F325A715", "the same"),
    ("plans/separate-instances", "L-8F812903", "the same"),
];

#[test]
fn every_count_is_what_a_script_counts_from_the_real_plan() {
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for (name, arguments) in PLANNED {
        for arguments in [arguments.to_owned(), plan(name), joined(name, arguments)] {
            let report = check(&arguments);
            let found: BTreeMap<_, _> = list(&report["projections"])
                .iter()
                .map(|p| (key(p, &p["scope"]["parent"]), (count(&p["count"]), text(&p["verdict"]))))
                .collect();
            for row in list(&expected(name, "exceeded")["counts"]) {
                let (service, code, parent) = key(row, &row["parent"]);
                // The script names a locale by its resource, we by what AWS knows it by: bot and locale.
                let locale = parent
                    .strip_prefix("aws_lexv2models_bot_locale.this[\"")
                    .and_then(|p| p.strip_suffix("\"]"));
                let ours = locale.map(|l| format!("aws_lexv2models_bot.front_desk / {l}"));
                let wanted = (count(&row["count"]), text(&row["verdict"]));
                let by = |parent: &str| found.get(&(service.clone(), code.clone(), parent.to_owned()));
                let got = by(&parent).or_else(|| by(ours.as_deref()?));
                let different = DIFFERENT.iter().position(|(input, c, _)| {
                    // What only the source tells is told with it.
                    let alone = !(input.starts_with("plans/") && arguments.contains("--source"));
                    arguments.contains(input) && alone && code == *c
                });
                match (got == Some(&wanted), different) {
                    (true, _) => {}
                    (false, Some(at)) => _ = used.insert(at),
                    (false, None) => {
                        wrong.push(format!(
                            "{arguments}: {code} in `{parent}` is {got:?}, expected {wanted:?}"
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let idle: Vec<_> = (0..DIFFERENT.len()).filter(|at| !used.contains(at)).map(|at| DIFFERENT[at]).collect();
    assert!(idle.is_empty(), "these agree by now: {idle:?}");
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
            (
                "over-quota plan with source",
                "fixtures/plans/over-quota.json --source fixtures/over-quota",
                1,
            ),
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
