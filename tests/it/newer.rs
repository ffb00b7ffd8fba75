//! What versions of Terraform after 1.11 have.

use serde_json::{Value as Json, json};

use crate::common::{command, finish, run};

fn addresses(arguments: &str) -> Vec<String> {
    let run = run(&format!("inventory {arguments} --format json"));
    let json: Json = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}\n{}", run.err));
    let all = json["instances"].as_array().expect("an array").iter();
    all.map(|i| i["address"].as_str().expect("a text").to_owned()).collect()
}

#[test]
fn sources_of_modules_name_variables_and_locals() {
    let here = |address: &str| address.starts_with("module.");
    let known: Vec<String> =
        addresses("fixtures/newer -var release=v1").into_iter().filter(|a| here(a)).collect();
    let want = [
        "module.queues.aws_sqs_queue.blue[0]",
        "module.queues.aws_sqs_queue.blue[1]",
        "module.release.aws_sns_topic.t",
        "module.queues.module.inner.aws_sqs_queue.inner",
    ];
    assert_eq!(known, want);
    // A variable without a value leaves open which module it is, and nothing else.
    let run = run("check fixtures/newer --format json");
    let json: Json = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}\n{}", run.err));
    assert_eq!((run.code, &json["diagnostics"]), (0, &json!([])));
    let missing: Vec<&Json> = json["findings"]
        .as_array()
        .expect("an array")
        .iter()
        .filter(|f| f["rule"] == "module-missing")
        .collect();
    assert_eq!(missing.len(), 1, "{json:#}");
    assert_eq!(missing[0]["message"], "`module.release` is not known, and in no count");
}

#[test]
fn a_variable_in_a_source_has_to_be_constant_but_for_opentofu() {
    let run = run("check fixtures/newer -var release=v1 -var colour=green --format json");
    let json: Json = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}\n{}", run.err));
    let told = json["diagnostics"].as_array().expect("an array");
    assert_eq!(run.code, 2);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(
        (&told[0]["file"], &told[0]["line"]),
        (&json!("fixtures/newer/queues-green/main.tf"), &json!(6))
    );
    let queue = addresses("fixtures/opentofu -var audit=true -var queue=queue");
    assert!(queue.contains(&"module.chosen.aws_sqs_queue.q".to_owned()), "{queue:?}");
}

#[test]
fn actions_make_no_instances_and_convert_takes_a_type() {
    let all = addresses("fixtures/newer -var release=v1");
    assert!(all.contains(&"aws_lambda_function.f".to_owned()), "{all:?}");
    assert!(!all.iter().any(|a| a.contains("warm")), "{all:?}");
    let each: Vec<&String> = all.iter().filter(|a| a.contains("each")).collect();
    assert_eq!(each, ["aws_sqs_queue.each[\"a\"]", "aws_sqs_queue.each[\"b\"]"]);
}

#[test]
fn a_strict_evaluation_refuses_what_its_version_does_not_have() {
    let run = run("eval --path fixtures/newer --strict -var release=v1 1");
    for summary in ["Unsupported block type", "Unsupported argument", "Variables not allowed"] {
        assert!(run.err.contains(summary), "{summary}:\n{}", run.err);
    }
}

#[test]
fn convert_converts_as_variables_do() {
    let of = |expression: &str| {
        let mut eval = command("eval --path fixtures/newer/versions/v1 --format json");
        eval.arg(expression);
        let run = finish(eval, "");
        serde_json::from_str::<Json>(&run.out).unwrap_or_else(|e| panic!("{e}\n{}", run.err))
    };
    for (expression, value, ty) in [
        ("convert([[1, 2]], set(list(string)))", json!([["1", "2"]]), json!(["set", ["list", "string"]])),
        ("convert([], list(string))", json!([]), json!(["list", "string"])),
        ("convert(null, number)", json!(null), json!("number")),
        (
            "convert({ a = {} }, map(object({ x = optional(string), y = optional(string, \"d\") })))",
            json!({ "a": { "x": null, "y": "d" } }),
            json!(["map", ["object", { "x": "string", "y": "string" }]]),
        ),
        ("core::convert(\"7\", number)", json!(7), json!("number")),
        ("try(convert(\"x\", number), 0)", json!(0), json!("number")),
    ] {
        let found = of(expression);
        assert_eq!((&found["value"], &found["type"]), (&value, &ty), "{expression}: {found}");
    }
    for (expression, summary) in [
        ("convert(\"x\", number)", "Invalid function argument"),
        ("convert(1)", "Not enough function arguments"),
        ("convert(1, strin)", "Invalid type specification"),
    ] {
        let found = of(expression);
        assert!(found["error"].to_string().contains(summary), "{expression}: {found}");
    }
}

#[test]
fn names_in_sources_lead_neither_in_circles_nor_on_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let doubled: String = (0..60)
        .map(|i| format!("  w{i} = \"${{local.w{next}}}${{local.w{next}}}\"\n", next = i + 1))
        .collect();
    let chain: String = (0..300).map(|i| format!("  l{i} = local.l{}\n", i + 1)).collect();
    let text = format!(
        r#"
locals {{
  a = local.b
  b = local.a
{chain}  l300 = "./m"
{doubled}  w60 = "./m"
}}
module "circle" {{
  source = local.a
}}
module "deep" {{
  source = local.l0
}}
module "wide" {{
  source = local.w0
}}
module "own" {{
  for_each = toset(["a"])
  source   = "./${{each.key}}"
}}
resource "aws_sqs_queue" "q" {{}}
"#
    );
    std::fs::write(folder.path().join("main.tf"), text).unwrap();
    let run = run(&format!("check {} --format json", folder.path().display()));
    let json: Json = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}\n{}", run.err));
    let told: Vec<&str> = json["diagnostics"]
        .as_array()
        .expect("an array")
        .iter()
        .map(|d| d["summary"].as_str().expect("a text"))
        .collect();
    assert_eq!(run.code, 2);
    let count = |summary: &str| told.iter().filter(|s| **s == summary).count();
    assert_eq!(
        (count("Invalid module source"), count("Value too large")),
        (3, 1),
        "in a circle, too deep, of an instance, and too large: {told:?}"
    );
}

#[test]
fn what_variables_make_of_a_source_is_not_shown() {
    for value in ["CANARY", "../../CANARY"] {
        for format in ["human", "json", "sarif"] {
            let run = run(&format!("check fixtures/newer -var release={value} -v --format {format}"));
            assert_eq!(run.code, 2, "{}{}", run.out, run.err);
            assert!(!run.out.contains("CANARY") && !run.err.contains("CANARY"), "{}{}", run.out, run.err);
        }
    }
    // An address that leads nowhere: only OpenTofu takes a whole one from any variable.
    let folder = tempfile::tempdir().unwrap();
    let text = "variable \"v\" {\n  type = string\n}\n\nmodule \"m\" {\n  source = var.v\n}\n";
    std::fs::write(folder.path().join("main.tofu"), text).unwrap();
    for value in ["CANARY", "./CANARY", "hashicorp/CANARY/aws"] {
        let run = run(&format!("check {} -var v={value} -v", folder.path().display()));
        assert!(
            run.out.contains("module.m") || run.out.contains("Invalid module source address"),
            "{}",
            run.out
        );
        assert!(!run.out.contains("CANARY") && !run.err.contains("CANARY"), "{}{}", run.out, run.err);
    }
}
