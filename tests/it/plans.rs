//! Plans and states as they come: of every kind, in every encoding, one or several at a time.

use std::process::Command;

use serde_json::Value as Json;

use crate::common::{Run, command, finish, root, run};

const CHECK: &str = "check --today 2026-11-20";

fn check(arguments: &str) -> Run {
    run(&format!("{CHECK} {arguments}"))
}

/// Checks what comes through a pipe, which may be no text.
fn piped(input: &[u8]) -> Run {
    use std::io::Write as _;
    let mut command: Command = command(&format!("{CHECK} -v -"));
    let mut child = command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program is built with its tests");
    child.stdin.take().expect("the pipe was asked for").write_all(input).expect("it reads all");
    let output = child.wait_with_output().expect("the program ends");
    Run {
        code: output.status.code().expect("no signal ended the program"),
        out: String::from_utf8(output.stdout).expect("output is UTF-8"),
        err: String::from_utf8(output.stderr).expect("errors are UTF-8"),
    }
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(root().join("fixtures").join(name)).expect("the fixture is there")
}

fn json(name: &str) -> Json {
    serde_json::from_slice(&bytes(name)).expect("the fixture is JSON")
}

fn projections(arguments: &str) -> Vec<Json> {
    let run = check(&format!("--format json {arguments}"));
    let report: Json = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}", run.err));
    report["projections"].as_array().expect("an array").clone()
}

#[test]
fn the_exit_code_tells_what_the_plan_is() {
    for (name, code, told) in [
        ("errored", 2, "error: Errored plan"),
        ("aws-target", 0, "notice[plan-partial]"),
        ("refresh-only", 0, "11 instances of 1 type read"),
        ("deferred", 0, "3 changes of `fixtures/plan-kinds/deferred.json` put off to a later plan"),
        ("aws-destroy", 0, "✓ fits"),
        ("empty-state", 0, "0 instances"),
        ("aws-tfstate-v4", 0, "14 instances of 8 types read"),
    ] {
        let run = check(&format!("fixtures/plan-kinds/{name}.json"));
        let words = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(told), "{name}: {}", run.out);
        assert_eq!(run.code, code, "{name}: {}", run.out);
    }
}

#[test]
fn an_errored_plan_is_told_as_far_as_it_goes() {
    let mut plan = json("plan-kinds/aws-more.json");
    plan["errored"] = true.into();
    plan["applyable"] = false.into();
    plan["complete"] = false.into();
    let run = piped(plan.to_string().as_bytes());
    assert_eq!(run.code, 2);
    assert!(run.out.contains("6 to 7 queues, limit 1"), "{}", run.out);
    assert!(run.out.contains("Errored plan"), "{}", run.out);
    assert!(!run.out.contains("plan-partial"), "{}", run.out);
}

#[test]
fn a_binary_plan_is_named_with_what_converts_it() {
    let run = check("fixtures/plan-kinds/binary.tfplan");
    assert_eq!(run.code, 2);
    assert!(run.out.contains("is a binary plan file"), "{}", run.out);
    assert!(
        run.out.contains("terraform show -json fixtures/plan-kinds/binary.tfplan > plan.json"),
        "{}",
        run.out
    );
}

#[test]
fn the_encoding_does_not_matter_and_noise_is_passed_over() {
    let text = String::from_utf8(bytes("plans/govcloud.json")).expect("UTF-8");
    let plain = piped(text.as_bytes());
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (what, input) in [
        ("UTF-8 with a mark", [&b"\xef\xbb\xbf"[..], text.as_bytes()].concat()),
        ("UTF-16, little end first", little.clone()),
        ("UTF-16, little end first, with a mark", [&b"\xff\xfe"[..], &little].concat()),
        ("UTF-16, big end first", big.clone()),
        ("UTF-16, big end first, with a mark", [&b"\xfe\xff"[..], &big].concat()),
    ] {
        assert_eq!(piped(&input).out, plain.out, "{what}");
    }
    let noisy = format!("\u{1b}[0m[INFO] using {{workspace}} x\n{{ not yet\n{text}");
    let found = piped(noisy.as_bytes());
    assert!(found.out.contains("Text before the JSON"), "{}", found.out);
    assert_eq!(found.code, plain.code);
}

/// Amounts of a quota by account and Region.
fn amounts(projections: &[Json], code: &str) -> Vec<(String, u64, u64)> {
    let of = projections.iter().filter(|p| p["quota"]["code"] == code);
    of.map(|p| {
        let account = p["scope"]["account"].as_str().unwrap_or("?").to_owned();
        let (low, high) = (&p["count"]["low"], &p["count"]["high"]);
        (account, low.as_u64().expect("a number"), high.as_u64().expect("a bound"))
    })
    .collect()
}

#[test]
fn several_plans_are_summed_only_where_the_account_is_known_to_be_one() {
    const ROLES: &str = "L-FE177D64";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plan = |account: Option<&str>, name: &str| {
        let address = format!("aws_iam_role.{name}");
        let arn = account.map(|a| format!("arn:aws:iam::{a}:role/other"));
        let keep = serde_json::json!({"address": "aws_iam_role.other", "mode": "managed", "type": "aws_iam_role",
            "name": "other", "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {"actions": ["no-op"], "before": {"name": "other", "arn": arn}, "after": {"name": "other", "arn": arn},
                       "after_unknown": {}}});
        let create = serde_json::json!({"address": address, "mode": "managed", "type": "aws_iam_role", "name": name,
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {"actions": ["create"], "before": null, "after": {"name": name}, "after_unknown": {"arn": true}}});
        let plan = serde_json::json!({"format_version": "1.2", "resource_changes": [keep, create],
            "configuration": {"root_module": {}}});
        let path = folder.path().join(format!("{name}.json"));
        std::fs::write(&path, plan.to_string()).expect("it can be written");
        path.display().to_string()
    };
    let (a, b, c) =
        (plan(Some("111111111111"), "a"), plan(Some("111111111111"), "b"), plan(Some("222222222222"), "c"));
    let (d, e) = (plan(None, "d"), plan(None, "e"));
    let known = |account: &str, n| (account.to_owned(), n, n);
    assert_eq!(amounts(&projections(&format!("{a} {b}")), ROLES), [known("111111111111", 4)]);
    assert_eq!(
        amounts(&projections(&format!("{a} {c}")), ROLES),
        [known("111111111111", 2), known("222222222222", 2)]
    );
    // Nobody says that they are one account.
    assert_eq!(amounts(&projections(&format!("{d} {e}")), ROLES), [known("?", 2), known("?", 2)]);
}

#[test]
fn a_targeted_plan_counts_what_only_the_state_lists() {
    let projections = projections("fixtures/plan-kinds/aws-target.json");
    let queues = projections.iter().find(|p| p["quota"]["code"] == "L-19A87C94").expect("queues");
    assert_eq!(queues["before"], serde_json::json!({"low": 4, "high": 5}));
    assert_eq!(queues["count"], serde_json::json!({"low": 6, "high": 7}));
    let changes: Vec<&str> =
        queues["parts"].as_array().expect("parts").iter().filter_map(|p| p["change"].as_str()).collect();
    assert_eq!(changes, ["create", "keep"]);
}

#[test]
fn sensitive_tags_stay_so_where_the_provider_repeats_them() {
    let run = run("inventory --config /dev/null --format json fixtures/plan-kinds/aws-more.json");
    assert!(run.out.contains("\"Owner\": \"(sensitive value)\""), "{}", run.out);
    assert!(!run.out.contains("secret-canary"), "{}", run.out);
    let state = finish(
        command("inventory --config /dev/null --format json -"),
        &json("plan-kinds/aws-state.json").to_string(),
    );
    assert!(!state.out.contains("secret-canary"), "{}", state.out);
}

// ---------------------------------------------------------------- joined with the source

#[test]
fn findings_of_a_plan_with_its_source_have_lines() {
    let run = check("--format json fixtures/plans/over-quota.json --source fixtures/over-quota");
    let report: Json = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(report["diagnostics"], serde_json::json!([]));
    let findings = report["findings"].as_array().expect("an array");
    assert!(findings.len() >= 3);
    for finding in findings {
        let place = &finding["places"][0];
        let file = place["file"].as_str().unwrap_or_else(|| panic!("no file: {finding}"));
        assert!(file.starts_with("fixtures/over-quota/") && place["line"].is_u64(), "{finding}");
    }
    let queues = report["projections"].as_array().expect("an array").iter();
    let queues = queues.filter(|p| p["quota"]["code"] == "L-19A87C94").collect::<Vec<_>>();
    assert_eq!(queues[0]["parts"][0]["file"], "fixtures/over-quota/queues.tf");
    assert_eq!(queues[0]["parts"][0]["change"], "create");
    assert_eq!(queues[0]["basis"], "state");
}

#[test]
fn the_source_says_which_instance_a_queue_is_in_where_the_plan_cannot() {
    let amounts = |arguments: &str| -> Vec<(String, u64, u64)> {
        let all = projections(arguments);
        let queues = all.iter().filter(|p| p["quota"]["code"] == "L-19A87C94");
        queues
            .map(|p| {
                let parent = p["scope"]["parent"].as_str().expect("a parent").to_owned();
                let (low, high) = (p["count"]["low"].as_u64(), p["count"]["high"].as_u64());
                (parent, low.expect("a number"), high.expect("a bound"))
            })
            .collect()
    };
    let alone = amounts("fixtures/plans/separate-instances.json");
    let joined = amounts("fixtures/plans/separate-instances.json --source fixtures/separate-instances");
    let source = amounts("fixtures/separate-instances");
    assert!(alone.iter().any(|(_, low, high)| low < high), "{alone:?}");
    assert!(joined.iter().all(|(_, low, high)| low == high), "{joined:?}");
    assert_eq!(joined, source);
}

#[test]
fn a_source_of_another_plan_is_told() {
    let run = check("fixtures/plans/govcloud.json --source fixtures/separate-instances");
    let words = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("of the plan that `fixtures/separate-instances` does not declare"), "{words}");
    assert!(
        words.contains("166 instances of `fixtures/separate-instances` that the plan does not have"),
        "{words}"
    );
    let run = check("fixtures/plans/govcloud.json --source fixtures/bad/empty");
    assert_eq!(run.code, 2, "{}", run.out);
    assert!(run.out.contains("holds no Terraform files"), "{}", run.out);
    let run = check("fixtures/govcloud --source fixtures/govcloud");
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("`--source fixtures/govcloud` says where the source of a plan lies"),
        "{}",
        run.err
    );
}

#[test]
fn variables_and_data_sources_have_the_values_of_the_plan() {
    // The folder alone leaves them open.
    let counts = |arguments: &str| -> Vec<Json> {
        projections(arguments).into_iter().map(|p| p["count"].clone()).collect()
    };
    let alone = counts("fixtures/unknown");
    assert!(alone.iter().any(|c| c["high"].is_null()));
    let joined = counts("fixtures/plans/unknown.with-values.json --source fixtures/unknown");
    let told = "fixtures/unknown -var-file=fixtures/unknown/with-values.tfvars --settings fixtures/unknown/with-values.hcl";
    assert_eq!(joined, counts(told));
}

#[test]
fn a_comment_in_the_source_allows_a_fault_of_the_plan() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("main.tf");
    let text = "# tf-headroom: allow tag-limit \u{2014} it goes away\nresource \"aws_sqs_queue\" \"q\" {\n  tags = { \"aws:x\" = \"y\" }\n}\n";
    std::fs::write(&path, text).expect("it can be written");
    let plan = serde_json::json!({"format_version": "1.2", "configuration": {"root_module": {}}, "resource_changes": [
        {"address": "aws_sqs_queue.q", "mode": "managed", "type": "aws_sqs_queue", "name": "q",
         "provider_name": "registry.terraform.io/hashicorp/aws",
         "change": {"actions": ["create"], "before": null, "after": {"tags": {"aws:x": "y"}, "tags_all": {"aws:x": "y"}},
                    "after_unknown": {"id": true}}}]})
    .to_string();
    let with = |source: &str| finish(command(&format!("{CHECK} {source} -")), &plan);
    assert_eq!(with("").code, 1, "{}", with("").out);
    let joined = with(&format!("--source {}", folder.path().display()));
    assert_eq!(joined.code, 0, "{}{}", joined.out, joined.err);
}

// ---------------------------------------------------------------- counts

/// A change of one address: actions, and what else its element says.
fn change(address: &str, actions: &[&str], more: &[(&str, Json)]) -> Json {
    let (ty, name) = address.split_once('.').expect("an address of the root");
    let values = serde_json::json!({"id": address, "name": "x"});
    let mut element = serde_json::json!({
        "address": address, "mode": "managed", "type": ty, "name": name.split('[').next(),
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": actions, "before": values, "after": values, "after_unknown": {}}});
    match actions {
        ["create"] => element["change"]["before"] = Json::Null,
        ["delete" | "forget"] => element["change"]["after"] = Json::Null,
        _ => {}
    }
    for (key, value) in more {
        let at = if *key == "importing" { &mut element["change"] } else { &mut element };
        at[*key] = value.clone();
    }
    element
}

/// What a plan of these changes says of a quota: before, after and the most meanwhile, from and to; findings.
fn counted(code: &str, changes: &[Json]) -> ([(u64, u64); 3], Vec<String>) {
    let plan = serde_json::json!({"format_version": "1.2", "resource_changes": changes, "configuration": {
        "provider_config": {"aws": {"name": "aws", "expressions": {"region": {"constant_value": "us-east-1"}}}},
        "root_module": {}}});
    let run = finish(command(&format!("{CHECK} --config /dev/null --format json -")), &plan.to_string());
    let report: Json = serde_json::from_str(&run.out).expect("JSON");
    let list = |name: &str| report[name].as_array().expect("an array").clone();
    let found = list("projections").into_iter().find(|p| p["quota"]["code"] == code).expect("it is counted");
    let count = |name: &str| {
        let bound = |end: &str| found[name][end].as_u64().expect("a bound");
        (bound("low"), bound("high"))
    };
    let rules = list("findings").iter().map(|f| f["rule"].as_str().expect("a rule").to_owned()).collect();
    (["before", "count", "peak"].map(count), rules)
}

#[test]
fn what_exists_after_apply_and_meanwhile_follows_from_the_changes() {
    const ADDRESSES: &str = "L-0263D0A3"; // five for each Region by default
    let kept = |n: usize| -> Vec<Json> {
        (0..n).map(|i| change(&format!("aws_eip.kept[{i}]"), &["no-op"], &[("index", i.into())])).collect()
    };
    let check = |n: usize, more: &[Json], expected: [(u64, u64); 3], rules: &[&str]| {
        let all: Vec<Json> = kept(n).into_iter().chain(more.iter().cloned()).collect();
        let (counts, found) = counted(ADDRESSES, &all);
        let actions: Vec<String> = more.iter().map(|c| c["change"]["actions"].to_string()).collect();
        assert_eq!(counts, expected, "{actions:?}");
        assert_eq!(found, rules, "{actions:?}");
    };
    let new = |actions: &[&str]| change("aws_eip.new", actions, &[]);
    let old = |actions: &[&str]| change("aws_eip.old", actions, &[]);
    check(4, &[new(&["create"])], [(4, 4), (5, 5), (5, 5)], &["quota-near"]);
    check(
        4,
        &[new(&["create"]), change("aws_eip.more", &["create"], &[])],
        [(4, 4), (6, 6), (6, 6)],
        &["quota-default-exceeded"],
    );
    // Ordered by Terraform, in either way.
    check(4, &[new(&["delete", "create"])], [(5, 5), (5, 5), (5, 5)], &[]);
    check(4, &[new(&["create", "delete"])], [(5, 5), (5, 5), (6, 6)], &["quota-peak"]);
    // Ordered by nobody.
    check(4, &[old(&["delete"]), new(&["create"])], [(5, 5), (5, 5), (5, 6)], &["quota-peak"]);
    check(5, &[old(&["delete"])], [(6, 6), (5, 5), (6, 6)], &[]);
    // It leaves the state, and exists on.
    check(4, &[old(&["forget"])], [(5, 5), (5, 5), (5, 5)], &[]);
    // It comes into the state, and existed before.
    let import = change("aws_eip.new", &["no-op"], &[("importing", serde_json::json!({"id": "eipalloc-1"}))]);
    check(4, &[import], [(5, 5), (5, 5), (5, 5)], &[]);
    let moved = change("aws_eip.new", &["no-op"], &[("previous_address", "aws_eip.old".into())]);
    check(3, &[moved], [(4, 4), (4, 4), (4, 4)], &[]);
    let deposed =
        change("aws_eip.kept[0]", &["delete"], &[("deposed", "5a1c0b2d".into()), ("index", 0.into())]);
    check(2, &[deposed], [(3, 3), (2, 2), (3, 3)], &[]);
}

#[test]
fn what_a_delete_does_not_free_at_once_goes_on_to_count() {
    const KEYS: &str = "L-C2F1777E";
    let keep = change("aws_kms_key.keep", &["no-op"], &[]);
    // A key waits seven days at least: https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
    let (counts, _) = counted(KEYS, &[keep.clone(), change("aws_kms_key.gone", &["delete"], &[])]);
    assert_eq!(counts, [(2, 2); 3]);
    let (counts, _) = counted(KEYS, &[keep, change("aws_kms_key.new", &["delete", "create"], &[])]);
    assert_eq!(counts, [(2, 2), (3, 3), (3, 3)]);
}

#[test]
fn what_was_over_already_is_a_notice_until_the_change_raises_it() {
    // A data source has read a limit of one queue; there are four.
    let report = |input: &str| {
        let run = check(&format!("--config /dev/null --format json {input}"));
        let report: Json = serde_json::from_str(&run.out).expect("JSON");
        let of = |f: &Json| f["quota"]["code"] == "L-19A87C94";
        let findings = report["findings"].as_array().expect("an array").clone();
        let rules = findings.into_iter().filter(of).map(|f| format!("{}: {}", f["severity"], f["rule"]));
        (rules.collect::<Vec<_>>(), run.code)
    };
    let quiet = report("fixtures/plan-kinds/aws-quiet.json");
    assert_eq!(quiet, (vec!["\"notice\": \"quota-over-already\"".to_owned()], 0));
    let more = report("fixtures/plan-kinds/aws-more.json");
    assert_eq!(more, (vec!["\"error\": \"quota-exceeded\"".to_owned()], 1));
}

/// A plan with roles and security groups, some of them nearly full, each a scope of its own.
fn many_scopes() -> String {
    let change = |ty: &str, name: String, after: String| {
        format!(
            r#"{{"address":"{ty}.{name}","mode":"managed","type":"{ty}","name":"{name}",
            "provider_name":"registry.terraform.io/hashicorp/aws",
            "change":{{"actions":["create"],"before":null,"after":{after},"after_unknown":{{}}}}}}"#
        )
    };
    let mut changes = Vec::new();
    for n in (0..12).rev() {
        let rule = r#"{"cidr_blocks":["10.0.0.0/16"],"from_port":443,"to_port":443,"protocol":"tcp"}"#;
        let rules = vec![rule; n * 5].join(",");
        changes.push(change(
            "aws_security_group",
            format!("g{n:02}"),
            format!(r#"{{"ingress":[{rules}],"egress":[]}}"#),
        ));
        changes.push(change("aws_iam_role", format!("r{n:02}"), format!(r#"{{"name":"role-{n}"}}"#)));
        let policy = format!(r#"{{"role":"role-{n}","policy":"{}"}}"#, "x".repeat(n * 900));
        changes.push(change("aws_iam_role_policy", format!("p{n:02}"), policy));
    }
    format!(r#"{{"format_version":"1.2","resource_changes":[{}]}}"#, changes.join(","))
}

#[test]
fn json_alone_holds_the_same_as_json_beside_another_form() {
    let folder = tempfile::tempdir().expect("a folder for a time");
    let made = folder.path().join("many.json");
    std::fs::write(&made, many_scopes()).expect("it can be written");
    let mut plans = vec![made.display().to_string()];
    for kind in ["plans", "plan-kinds"] {
        for entry in std::fs::read_dir(root().join("fixtures").join(kind)).expect("the fixtures are there") {
            let path = entry.expect("a fixture").path();
            plans.extend(path.extension().is_some_and(|e| e == "json").then(|| path.display().to_string()));
        }
    }
    let beside = folder.path().join("beside.json");
    for plan in &plans {
        let alone = check(&format!("--format json {plan}"));
        check(&format!("--format json={} --format human {plan}", beside.display()));
        let beside = std::fs::read_to_string(&beside).expect("it was written");
        assert!(alone.out == beside, "{plan}");
    }
    let run = check(&format!("{}", made.display()));
    assert!(run.out.contains("limit"), "some of it is told:\n{}", run.out);
    let run = check(&format!("--format json {}", made.display()));
    let report: Json = serde_json::from_str(&run.out).expect("JSON");
    let scopes = report["projections"].as_array().expect("an array").iter();
    let groups = scopes.filter(|p| p["scope"]["parent"] == "aws_security_group.g03").count();
    assert_eq!(groups, 4, "inbound and outbound, IPv4 and IPv6");
}

#[test]
fn instances_made_one_by_one_count_as_all_of_them_at_once() {
    let folder = tempfile::tempdir().expect("a folder for a time");
    let made = folder.path().join("many.json");
    std::fs::write(&made, many_scopes()).expect("it can be written");
    let mut plans = vec![made.display().to_string()];
    for kind in ["plans", "plan-kinds"] {
        for entry in std::fs::read_dir(root().join("fixtures").join(kind)).expect("the fixtures are there") {
            let path = entry.expect("a fixture").path();
            plans.extend(path.extension().is_some_and(|e| e == "json").then(|| path.display().to_string()));
        }
    }
    let report = |arguments: &str| -> Option<Json> { serde_json::from_str(&check(arguments).out).ok() };
    for plan in &plans {
        let one_by_one = report(&format!("--format json {plan}"));
        // What is carried to another machine is wanted whole.
        let at_once = report(&format!("--shard 1/1 --format json {plan}"));
        let told = |report: &Option<Json>| {
            report.as_ref().map(|r| (r["projections"].clone(), r["findings"].clone(), r["inputs"].clone()))
        };
        assert!(at_once.as_ref().is_none_or(|r| r["part"].is_object()), "{plan}");
        assert_eq!(told(&one_by_one), told(&at_once), "{plan}");
    }
}
