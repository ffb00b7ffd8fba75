//! Each rule about tags with a flagged and a clean input, and those that look at expressions with four inputs.

use std::fs;

use serde_json::Value;

use crate::common::run;

/// Rules that a folder of settings and source breaks.
fn rules(settings: &str, main: &str) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".tf-headroom.hcl"), settings).unwrap();
    fs::write(folder.path().join("main.tf"), main).unwrap();
    fs::write(folder.path().join("policy.json"), POLICY).unwrap();
    let run = run(&format!("check {} --today 2026-11-20 --format json", folder.path().display()));
    let report: Value =
        serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}{}", run.out, run.err));
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let found = report["findings"].as_array().unwrap().iter();
    found.map(|f| (text(&f["rule"]), text(&f["message"]))).collect()
}

const POLICY: &str = r#"{"tags": {"Tenant": {"tag_key": {"@@assign": "Tenant"}, "enforced_for": {"@@assign": ["connect:queue"]}}}}"#;
const OWNER: &str = "tag \"Owner\" { required = true }\n";

fn queue(tags: &str) -> String {
    format!("variable \"v\" {{}}\nresource \"aws_sqs_queue\" \"q\" {{\n  tags = {{ {tags} }}\n}}\n")
}

#[test]
fn each_rule_has_a_flagged_and_a_clean_input() {
    let exempt = |until: &str| {
        format!("{OWNER}exempt \"aws_sqs_*\" {{\n  reason = \"x\"\n  until = \"{until}\"\n}}\n")
    };
    let uses = |key: &str| {
        format!(
            "resource \"aws_ce_cost_allocation_tag\" \"t\" {{\n  tag_key = \"{key}\"\n  status = \"Active\"\n}}\n"
        )
    };
    let database = |copy: &str| {
        format!(
            "resource \"aws_db_instance\" \"d\" {{\n  instance_class = \"db.t3.micro\"\n  copy_tags_to_snapshot = {copy}\n  tags = {{ Owner = \"x\" }}\n}}\n"
        )
    };
    let role = |key: &str| {
        format!(
            "resource \"aws_iam_role\" \"r\" {{\n  assume_role_policy = \"{{}}\"\n  tags = {{ \"{key}\" = \"x\" }}\n}}\n"
        )
    };
    let pair = |rule: &str| -> [(String, String); 2] {
        let of = |settings: &str, main: String| (settings.to_owned(), main);
        let allowed = "tag \"Env\" { allowed = [\"dev\", \"prod\"] }\n";
        let date = "tag \"Made\" { format = [\"date\"] }\n";
        match rule {
            "tag-missing" => [of(OWNER, queue("")), of(OWNER, queue("Owner = \"x\""))],
            "tag-value" => [of(allowed, queue("Env = \"test\"")), of(allowed, queue("Env = \"dev\""))],
            "tag-format" => [of(date, queue("Made = \"8 Feb\"")), of(date, queue("Made = \"2026-02-08\""))],
            "tag-limit" => [of("", role("a(b)")), of("", role("a b"))],
            "tag-key-case" => [of("", queue("Owner = \"a\", owner = \"b\"")), of("", queue("Owner = \"a\""))],
            "tag-unstable" => [of("", queue("Made = timestamp()")), of("", queue("Made = \"2026-02-08\""))],
            "tag-key-unknown" => [of(OWNER, uses("Onwer")), of(OWNER, uses("Owner"))],
            "tag-not-passed" => [of(OWNER, database("false")), of(OWNER, database("true"))],
            "tag-undecided" => {
                let tags = |text: &str| {
                    format!("variable \"v\" {{}}\nresource \"aws_sqs_queue\" \"q\" {{\n  tags = {text}\n}}\n")
                };
                [of(OWNER, tags("var.v")), of(OWNER, tags("{ Owner = var.v }"))]
            }
            "policy-type-unknown" => [of("tag_policy = \"policy.json\"\n", queue("")), of("", queue(""))],
            "exemption-expired" => {
                [of(&exempt("2026-01-01"), queue("")), of(&exempt("2027-01-01"), queue(""))]
            }
            other => panic!("`{other}` needs a flagged and a clean input"),
        }
    };
    let about_tags = tf_headroom::rules::ids()
        .into_iter()
        .filter(|id| id.starts_with("tag-") || ["policy-type-unknown", "exemption-expired"].contains(id));
    for rule in about_tags {
        let [flagged, clean] = pair(rule).map(|(settings, main)| rules(&settings, &main));
        assert!(flagged.iter().any(|(id, _)| id == rule), "{rule}: {flagged:#?}");
        assert!(!clean.iter().any(|(id, _)| id == rule), "{rule}: {clean:#?}");
    }
}

/// How many findings of a rule there are with each of four inputs, none of which tells its text.
#[track_caller]
fn check_four(rule: &str, settings: &str, of: &dyn Fn(&str) -> String, inputs: [(&str, usize); 5]) {
    for (input, expected) in inputs {
        let found = rules(settings, &of(input));
        assert_eq!(found.iter().filter(|(id, _)| id == rule).count(), expected, "{input}: {found:#?}");
        assert!(!format!("{found:?}").contains("geheim"), "{input}: {found:#?}");
    }
}

#[test]
fn tag_unstable_is_tried_with_unknown_null_sensitive_and_empty() {
    let of = |value: &str| queue(&format!("Made = {value}"));
    check_four(
        "tag-unstable",
        "",
        &of,
        [("var.v", 0), ("null", 0), ("sensitive(\"geheim\")", 0), ("\"\"", 0), ("sensitive(timestamp())", 1)],
    );
}

#[test]
fn tag_key_unknown_is_tried_with_unknown_null_sensitive_and_empty() {
    let policy = r#"{\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/geheim\":\"x\"}}}"#;
    let of = |value: &str| {
        format!(
            "variable \"v\" {{}}\nresource \"aws_iam_policy\" \"p\" {{\n  policy = {value}\n  tags = {{ Owner = \"x\" }}\n}}\n"
        )
    };
    let secret = format!("sensitive(\"{policy}\")");
    let told = r#""{\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/Agency\":\"x\"}}}""#;
    check_four(
        "tag-key-unknown",
        OWNER,
        &of,
        [("var.v", 0), ("null", 0), (&secret, 0), ("\"\"", 0), (told, 1)],
    );
}

#[test]
fn keys_twice_in_the_list_of_a_plan_are_refused() {
    let plan = |ty: &str, attribute: &str, second: &str| {
        let tag = |key: &str, value: &str| {
            format!(r#"{{"key":"{key}","value":"{value}","propagate_at_launch":true}}"#)
        };
        format!(
            r#"{{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[{{"address":"{ty}.g","mode":"managed","type":"{ty}","name":"g","provider_name":"registry.terraform.io/hashicorp/aws","change":{{"actions":["create"],"before":null,"after":{{"{attribute}":[{},{}]}},"after_unknown":{{}},"before_sensitive":false,"after_sensitive":{{}}}}}}],"configuration":{{}}}}"#,
            tag("A", "1"),
            tag(second, "2")
        )
    };
    for (ty, attribute) in [("aws_autoscaling_group", "tag"), ("awscc_connect_queue", "tags")] {
        let found = |second: &str| -> Vec<String> {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("plan.json");
            fs::write(&path, plan(ty, attribute, second)).unwrap();
            let run = run(&format!("check {} --format json", path.display()));
            let report: Value = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}", run.err));
            let all = report["findings"].as_array().unwrap().iter();
            all.filter(|f| f["rule"] == "tag-limit")
                .map(|f| f["message"].as_str().unwrap().to_owned())
                .collect()
        };
        let told = format!("`A` is in the list more than once, and only one of them counts, on {ty}.g");
        assert_eq!((found("A"), found("B")), (vec![told], vec![]), "{ty}");
    }
}
