//! Where a wrong tag is written: walked back from the resource that has it.

use std::fs;

use crate::common::run;

const SETTINGS: &str = "tag \"Owner\" {\n  format = [\"lower-kebab\"]\n}\n";

const LABELS: &str = "variable \"owner\" {\n  default = \"From Default\"\n}\n\noutput \"tags\" {\n  value = {\n    Owner = var.owner\n  }\n}\n";

const CALLED: &str = "variable \"tags\" {}\nresource \"aws_sqs_queue\" \"q\" {\n  tags = merge(var.tags, { Name = \"q\" })\n}\n";

/// Returns where the wrong `Owner` of a root module is written: `main.tf:2 local.common`, and what `check` prints.
fn written(main: &str) -> (Vec<String>, String) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    for (name, text) in [("labels", LABELS), ("called", CALLED)] {
        fs::create_dir(dir.join(name)).unwrap();
        fs::write(dir.join(name).join("main.tf"), text).unwrap();
    }
    fs::write(dir.join(".tf-headroom.hcl"), SETTINGS).unwrap();
    fs::write(dir.join("main.tf"), main).unwrap();
    let run = run(&format!("check {} --format json", dir.display()));
    let report: serde_json::Value =
        serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}", run.err));
    let places = report["findings"].as_array().unwrap().iter().flat_map(|f| {
        f["written"].as_array().into_iter().flatten().map(|w| {
            let file = w["file"].as_str().unwrap().rsplit_once("/main.tf").unwrap().0;
            let file = file.strip_prefix(&dir.display().to_string()).unwrap();
            let through: Vec<&str> =
                w["through"].as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
            format!("{file}:{} {}", w["line"], through.join(" "))
        })
    });
    (places.collect(), run.out.clone())
}

#[track_caller]
fn check(main: &str, expected: &[&str]) {
    let (found, out) = written(main);
    assert_eq!(found, expected, "{out}");
}

/// One queue with these tags, below a map in line 2 and one in line 3.
fn queue(tags: &str) -> String {
    format!(
        "locals {{\n  common = {{ Owner = \"Bad Owner\", Env = \"prod\" }}\n  other = {{ Owner = \"Other Owner\" }}\n  flag = 1 < 2\n}}\nmodule \"labels\" {{\n  source = \"./labels\"\n}}\nmodule \"given\" {{\n  source = \"./labels\"\n  owner = \"From Input\"\n}}\nresource \"aws_sqs_queue\" \"q\" {{\n  tags = {tags}\n}}\n"
    )
}

#[test]
fn a_wrong_value_is_found_where_it_is_written() {
    for (tags, expected) in [
        ("merge({ Owner = \"Hidden Below\" }, local.common, { Name = \"m\" })", ":2 local.common"),
        ("merge(local.common, local.other)", ":3 local.other"),
        ("merge([local.other, local.common]...)", ":2 local.common"),
        ("{ for k, v in local.common : k => v if k != \"Env\" }", ":2 local.common"),
        ("local.flag ? local.other : local.common", ":3 local.other"),
        ("local.flag ? local.common : {}", ":2 local.common"),
        ("module.labels.tags", "/labels:1 module.labels.tags var.owner"),
        ("module.given.tags", ":11 module.given.tags var.owner"),
        ("{ Owner = module.given.tags[\"Owner\"] }", ":11 module.given.tags var.owner"),
        ("{ Owner = lookup(local.common, \"Owner\", \"x\") }", ":2 local.common"),
        ("tomap({ Owner = (local.common).Owner })", ":2 local.common"),
        ("{\n    Name  = \"q\"\n    Owner = \"Further Down\"\n  }", ":16 "),
    ] {
        check(&queue(tags), &[expected]);
    }
    // What is written where the finding points is not told twice.
    for tags in [
        "{ Owner = \"Bad Here\" }",
        "{ Owner = upper(local.common.Owner) }",
        "{ Owner = lookup(local.common, \"None\", \"Bad Here\") }",
    ] {
        check(&queue(tags), &[]);
    }
}

#[test]
fn default_tags_and_tag_blocks_are_walked_back_as_well() {
    let locals = "locals {\n  base = { Owner = \"Bad Owner\" }\n}\n";
    check(
        &format!(
            "{locals}provider \"aws\" {{\n  default_tags {{\n    tags = merge(local.base, {{ A = 1 }})\n  }}\n}}\nresource \"aws_sqs_queue\" \"q\" {{}}\n"
        ),
        &[":2 local.base"],
    );
    let group = |tag: &str| {
        format!(
            "{locals}resource \"aws_autoscaling_group\" \"g\" {{\n  max_size = 1\n  min_size = 1\n{tag}}}\n"
        )
    };
    let dynamic = "  dynamic \"tag\" {\n    for_each = local.base\n    content {\n      key = tag.key\n      value = tag.value\n      propagate_at_launch = true\n    }\n  }\n";
    check(&group(dynamic), &[":2 local.base"]);
    let plain = "  tag {\n    key = \"Other\"\n    value = \"x\"\n    propagate_at_launch = true\n  }\n  tag {\n    key = \"Owner\"\n    value = local.base.Owner\n    propagate_at_launch = true\n  }\n";
    check(&group(plain), &[":2 local.base"]);
}

#[test]
fn modules_are_followed_outwards_for_each_of_their_instances() {
    let once = "module \"m\" {\n  source = \"./called\"\n  tags = {\n    Owner = \"Bad Owner\"\n  }\n}\n";
    check(once, &[":4 var.tags"]);
    let each = "locals {\n  teams = {\n    a = { tags = { Owner = \"A Bad\" } }\n    b = { tags = { Owner = \"b-good\" } }\n    c = { tags = { Owner = \"C Bad\" } }\n  }\n}\nmodule \"m\" {\n  source = \"./called\"\n  for_each = local.teams\n  tags = each.value.tags\n}\n";
    check(each, &[":3 var.tags each.value local.teams", ":5 var.tags each.value local.teams"]);
}

#[test]
fn what_the_code_does_not_tell_is_left_open() {
    // Nobody evaluates the variable here: both may be meant, unless a constant is what was found.
    let open = "variable \"a\" {\n  default = \"Bad Owner\"\n}\nlocals {\n  x = { Owner = var.a }\n}\nresource \"aws_sqs_queue\" \"q\" {\n  tags = length(local.x) > 0 ? local.x : { Owner = title(var.a) }\n}\n";
    check(open, &[":1 local.x var.a"]);
    let cycle = "locals {\n  a = local.b\n  b = local.a\n}\nresource \"aws_sqs_queue\" \"q\" {\n  tags = merge(local.a, { Owner = \"Bad Owner\" })\n}\n";
    check(cycle, &[]);
}

#[test]
fn nothing_secret_is_told_of_where_a_tag_is_written() {
    let main = "variable \"secret\" {\n  default = \"Ge Heim\"\n  sensitive = true\n}\nlocals {\n  common = { Owner = var.secret }\n}\nresource \"aws_sqs_queue\" \"q\" {\n  tags = local.common\n}\n";
    let (found, out) = written(main);
    assert_eq!(found, [":1 local.common var.secret"]);
    assert!(!out.contains("Heim"), "{out}");
}
