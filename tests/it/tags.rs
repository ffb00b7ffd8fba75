//! Tags from settings to repairs, as a user meets them.

use std::fs;

use crate::common::{command, copied, finish, run};

#[test]
fn init_writes_settings_that_check_reads() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().display();
    let first = run(&format!("init {dir} --profile gov-ccaas"));
    assert_eq!(first.code, 0, "{}", first.err);
    let path = folder.path().join(".tf-headroom.hcl");
    let written = fs::read_to_string(&path).unwrap();
    assert_eq!(run("init --print --profile gov-ccaas").out, written);
    fs::write(folder.path().join("main.tf"), "resource \"aws_sqs_queue\" \"q\" {}\n").unwrap();
    let check = run(&format!("check {dir}"));
    assert_eq!(check.code, 1, "{}{}", check.out, check.err);
    assert_eq!(check.out.matches("is missing on aws_sqs_queue.q").count(), 8, "{}", check.out);
    // What is there is not written over.
    let again = run(&format!("init {dir}"));
    assert_eq!(again.code, 2);
    assert!(again.err.contains("is there already"), "{}", again.err);
    assert_eq!(fs::read_to_string(&path).unwrap(), written);
    assert_eq!(run("init nowhere").code, 2);
    let misspelt = run("init --profile gov-cccas");
    assert!(misspelt.code == 2 && misspelt.err.contains("did you mean `gov-ccaas`?"), "{}", misspelt.err);
    assert_eq!(finish(command("init --print"), "").code, 0);
}

/// Messages of the findings about tags, with their rules.
fn findings(arguments: &str) -> Vec<String> {
    let run = run(&format!("check {arguments} --today 2026-11-20 --format json"));
    let report: serde_json::Value =
        serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}{}", run.out, run.err));
    let text = |f: &serde_json::Value, name: &str| f[name].as_str().unwrap_or_default().to_owned();
    let all = report["findings"].as_array().unwrap().iter();
    all.filter(|f| text(f, "rule").contains("tag-") || text(f, "rule").starts_with("policy-"))
        .map(|f| format!("{}: {}", text(f, "rule"), text(f, "message")))
        .collect()
}

#[test]
fn tags_as_a_guide_writes_them_are_judged() {
    insta::assert_snapshot!("tagging", findings("fixtures/tagging").join("\n"));
}

#[test]
fn a_policy_is_used_as_it_is() {
    let folder = copied("fixtures/tagging");
    fs::write(folder.path().join(".tf-headroom.hcl"), "tag_policy = \"policy.json\"\n").unwrap();
    let found = findings(&folder.path().display().to_string());
    let has = |text: &str| assert!(found.iter().any(|f| f.contains(text)), "{text}: {found:#?}");
    has("policy-type-unknown: the tag policy names `connect:queue`");
    has("tag-value: `DataClassification = \"PII\"` is not one of");
    has("tag-missing: `DataClassification` is missing on aws_s3_bucket.recordings");
}

#[test]
fn policies_come_in_and_go_out() {
    let run_in = run("tags import fixtures/tagging/policy.json");
    assert_eq!(run_in.code, 0, "{}", run_in.err);
    assert!(run_in.err.contains("did you mean `connect:instance/queue`?"), "{}", run_in.err);
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.hcl");
    fs::write(&settings, &run_in.out).unwrap();
    let out = run(&format!("tags export --config {}", settings.display()));
    assert_eq!(out.code, 0, "{}", out.err);
    let policy: serde_json::Value = serde_json::from_str(&out.out).unwrap();
    let data = &policy["tags"]["DataClassification"];
    assert_eq!(data["tag_value"]["@@assign"][3], "fedramp-high");
    assert_eq!(data["report_required_tag_for"]["@@assign"][0], "s3:bucket");
    let costs = run(&format!("tags export --to cost-allocation --config {}", settings.display()));
    assert!(costs.out.contains("'TagKey=DataClassification,Status=Active'"), "{}", costs.out);
    for (file, text) in
        [("not-json", "is not JSON: line 2"), ("unknown-operator", "`@@set` in `tags.Tenant.tag_key`")]
    {
        let bad = run(&format!("tags import fixtures/bad/policies/{file}.json"));
        assert!(bad.code == 2 && bad.err.contains(text), "{}", bad.err);
    }
    assert_eq!(run("tags import nowhere.json").code, 2);
}

#[test]
fn coverage_is_a_table() {
    let table = run("tags fixtures/over-quota --today 2026-11-20");
    assert_eq!(table.code, 0, "{}", table.err);
    for text in ["CostCenter", "What mends most", "agency-parks", "aws_connect_queue"] {
        assert!(table.out.contains(text), "{text}\n{}", table.out);
    }
    let json = run("tags fixtures/over-quota --format json");
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["keys"][0]["name"], "CostCenter");
    assert_eq!(json["keys"][0]["without"], 104);
}

#[test]
fn nothing_false_is_said_of_tags() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".tf-headroom.hcl"), "tag \"Owner\" { required = true }\n").unwrap();
    fs::create_dir_all(folder.path().join("m/n")).unwrap();
    let main = r#"
locals {
  common = { Owner = "a" }
}
module "labels" {
  source = "./m"
  providers = { aws.b = aws.east }
}
provider "aws" {
  alias = "east"
  default_tags { tags = local.common }
}
variable "tags" {}
variable "given" { default = { Owner = "x" } }
resource "aws_sqs_queue" "merged" { tags = merge(module.labels.tags, { Name = "m" }) }
resource "aws_sqs_queue" "open" { tags = var.tags }
resource "aws_sqs_queue" "given" { tags = var.given }
resource "aws_sqs_queue" "default" { provider = aws.east }
resource "aws_sqs_queue" "looped" { tags = { for k, v in local.common : title(k) => upper(v) } }
resource "aws_sqs_queue" "chosen" { tags = var.given == null ? {} : local.common }
resource "aws_sqs_queue" "looked_up" { tags = { Owner = lookup(local.common, "Nope", "z") } }
resource "aws_sqs_queue" "none" { count = 0 }
resource "aws_iam_group" "untaggable" { name = "g" }
resource "random_pet" "other" {}
resource "aws_launch_template" "volumes" {
  tags = local.common
  tag_specifications {
    resource_type = "volume"
    tags          = local.common
  }
}
resource "aws_autoscaling_group" "dynamic" {
  max_size = 1
  min_size = 1
  launch_template {
    id = aws_launch_template.volumes.id
  }
  dynamic "tag" {
    for_each = local.common
    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }
}
resource "aws_vpc" "tagged_by_another" { cidr_block = "10.0.0.0/16" }
resource "aws_ec2_tag" "owner" {
  resource_id = aws_vpc.tagged_by_another.id
  key         = "Owner"
  value       = "me"
}
"#;
    fs::write(folder.path().join("main.tf"), main).unwrap();
    let middle = "terraform {\n  required_providers {\n    aws = {\n      source = \"hashicorp/aws\"\n      configuration_aliases = [aws.b]\n    }\n  }\n}\nmodule \"n\" {\n  source = \"./n\"\n  providers = { aws = aws.b }\n}\noutput \"tags\" { value = { Owner = \"o\" } }\n";
    fs::write(folder.path().join("m/main.tf"), middle).unwrap();
    fs::write(folder.path().join("m/n/main.tf"), "resource \"aws_sqs_queue\" \"deep\" {}\n").unwrap();
    let found = findings(&folder.path().display().to_string());
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("tag-undecided") && found[0].contains("var.tags"), "{found:#?}");
}

#[test]
fn the_way_out_of_a_warning_is_told_where_there_is_room() {
    let short = run("check fixtures/tagging --today 2026-11-20").out;
    let long = run("check fixtures/tagging --today 2026-11-20 -v").out;
    let way_out = "did you mean `CostCenter`?";
    assert!(!short.contains(way_out) && long.contains(way_out), "{long}");
}

/// Writes files into a folder.
fn folder_of(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

const OWNER: &str = "tag \"Owner\" {\n  required = true\n  default  = \"platform\"\n}\n";

/// A module of two queues whose tags come from an argument.
const QUEUES: &str = "variable \"tags\" {\n  type    = map(string)\n  default = {}\n}\n\nresource \"aws_sqs_queue\" \"a\" {\n  tags = merge(var.tags, { Name = \"a\" })\n}\n\nresource \"aws_sqs_queue\" \"b\" {\n  tags = var.tags\n}\n";

/// Repairs a folder, checks that a second run and `check` are content, and returns the text of a file.
fn fixed(folder: &tempfile::TempDir, file: &str) -> String {
    let dir = folder.path().display().to_string();
    let write = run(&format!("tags fix --write {dir}"));
    assert_eq!(write.code, 0, "{}", write.err);
    assert_eq!(run(&format!("tags fix {dir}")).out, "");
    let left: Vec<String> = findings(&dir).into_iter().filter(|f| f.starts_with("tag-missing")).collect();
    assert!(left.is_empty(), "{left:#?}");
    fs::read_to_string(folder.path().join(file)).unwrap()
}

#[test]
fn the_diff_of_fix_is_what_people_see() {
    let main = r#"# Each resource lacks a tag, and each has another place for it.
provider "aws" {
  region = "us-east-1"
}

resource "aws_sqs_queue" "untagged" {
  name = "untagged"
}

resource "aws_sqs_queue" "map" {
  name = "map"
  tags = {
    Name      = "map"
    ManagedBy = "terraform" # never by hand
  }
}

resource "aws_sqs_queue" "merged" {
  name = "merged"
  tags = merge(local.common, { Name = "merged" })
}

resource "aws_autoscaling_group" "old" {
  max_size = 2
  min_size = 1

  tag {
    key                 = "Name"
    value               = "old"
    propagate_at_launch = true
  }
}

resource "aws_sns_topic" "alarms" {
  name = "alarms"
  tags = var.tags
}

locals { common = { ManagedBy = "terraform" } }
variable "tags" { type = map(string) }
"#;
    let settings = format!("{OWNER}tag \"CostCenter\" {{\n  required = true\n}}\n");
    let folder = folder_of(&[(".tf-headroom.hcl", &settings), ("main.tf", main)]);
    let mut fix = command("tags fix --today 2026-11-20");
    fix.current_dir(folder.path());
    let run = finish(fix, "");
    assert_eq!(run.code, 0, "{}", run.err);
    insta::assert_snapshot!("fix", format!("{}{}", run.out, run.err));
}

#[test]
fn fix_adds_to_the_argument_of_a_module_that_reaches_several_resources() {
    let call = "module \"q\" {\n  source = \"./q\"\n  tags   = { Name = \"q\" }\n}\n";
    let folder = folder_of(&[(".tf-headroom.hcl", OWNER), ("main.tf", call), ("q/main.tf", QUEUES)]);
    let table = run(&format!("tags {}", folder.path().display()));
    assert!(
        table.out.contains("Owner: add it to the tags that module.q is given: mends all 2"),
        "{}",
        table.out
    );
    let text = fixed(&folder, "main.tf");
    assert_eq!(text, call.replace("{ Name = \"q\" }", "{ Name = \"q\", Owner = \"platform\" }"));
    assert_eq!(fs::read_to_string(folder.path().join("q/main.tf")).unwrap(), QUEUES);

    // An argument that is not given yet, where its default is empty.
    let call = "module \"q\" {\n  source = \"./q\"\n}\n";
    let folder = folder_of(&[(".tf-headroom.hcl", OWNER), ("main.tf", call), ("q/main.tf", QUEUES)]);
    let text = fixed(&folder, "main.tf");
    assert_eq!(text, "module \"q\" {\n  source = \"./q\"\n\n  tags = {\n    Owner = \"platform\"\n  }\n}\n");

    // Through two modules, to where the map is written.
    let middle =
        "variable \"tags\" {}\nmodule \"q\" {\n  source = \"../q\"\n  tags   = merge(var.tags, {})\n}\n";
    let call = "locals {\n  common = { Env = \"dev\" }\n}\nmodule \"m\" {\n  source = \"./m\"\n  tags   = local.common\n}\n";
    let folder = folder_of(&[
        (".tf-headroom.hcl", OWNER),
        ("main.tf", call),
        ("m/main.tf", middle),
        ("q/main.tf", QUEUES),
    ]);
    let text = fixed(&folder, "main.tf");
    assert!(text.contains("tags   = merge({ Owner = \"platform\" }, local.common)"), "{text}");
    assert_eq!(fs::read_to_string(folder.path().join("m/main.tf")).unwrap(), middle);
}

#[test]
fn fix_leaves_arguments_alone_that_are_not_certain_to_reach_the_tags() {
    let call = "module \"q\" {\n  source = \"./q\"\n  tags   = { Name = \"q\" }\n}\n";
    let exempt = format!("{OWNER}exempt \"aws_iam_*\" {{\n  reason = \"x\"\n}}\n");
    let object = QUEUES.replace("map(string)", "object({ Name = optional(string) })");
    let validated = QUEUES.replace("  default = {}\n", "  default = {}\n  validation {\n    condition     = length(var.tags) < 9\n    error_message = \"too many\"\n  }\n");
    let chosen = QUEUES.replace("merge(var.tags, { Name = \"a\" })", "length(var.tags) > 9 ? var.tags : {}");
    for (settings, module) in [
        (exempt.as_str(), QUEUES),
        (OWNER, object.as_str()),
        (OWNER, validated.as_str()),
        (OWNER, chosen.as_str()),
    ] {
        let folder = folder_of(&[(".tf-headroom.hcl", settings), ("main.tf", call), ("q/main.tf", module)]);
        assert_eq!(fixed(&folder, "main.tf"), call, "{module}");
    }
}

#[test]
fn keys_that_a_list_holds_twice_are_refused() {
    let group = |keys: [&str; 2]| {
        let tags: String = keys
            .iter()
            .map(|k| {
                format!(
                    "  tag {{\n    key = \"{k}\"\n    value = \"x\"\n    propagate_at_launch = true\n  }}\n"
                )
            })
            .collect();
        format!("resource \"aws_autoscaling_group\" \"g\" {{\n  max_size = 1\n  min_size = 1\n{tags}}}\n")
    };
    let listed = |keys: [&str; 2]| {
        let tags: String = keys.iter().map(|k| format!("{{ key = \"{k}\", value = \"x\" }},")).collect();
        format!("resource \"awscc_connect_queue\" \"q\" {{\n  tags = [{tags}]\n}}\n")
    };
    for (flagged, clean) in [(group(["A", "A"]), group(["A", "B"])), (listed(["A", "A"]), listed(["A", "B"]))]
    {
        let of = |text: &str| findings(&folder_of(&[("main.tf", text)]).path().display().to_string());
        let found = of(&flagged);
        assert!(
            matches!(found.as_slice(), [one] if one.starts_with("tag-limit: `A` is in the list more than once")),
            "{found:#?}"
        );
        assert_eq!(of(&clean), Vec::<String>::new());
    }
}

#[test]
fn volumes_get_default_tags_from_the_version_on_that_gives_them() {
    let main = |version: &str| {
        format!(
            "terraform {{\n  required_providers {{\n    aws = {{\n      source = \"hashicorp/aws\"\n{version}    }}\n  }}\n}}\nprovider \"aws\" {{\n  default_tags {{\n    tags = {{ Owner = \"a\" }}\n  }}\n}}\nresource \"aws_instance\" \"i\" {{\n  ami = \"ami-1\"\n  instance_type = \"t3.micro\"\n  volume_tags = {{ Name = \"v\" }}\n}}\n"
        )
    };
    let lock = "provider \"registry.terraform.io/hashicorp/aws\" {\n  version     = \"5.38.0\"\n  constraints = \"~> 5.0\"\n}\n";
    let of = |version: &str, lock: Option<&str>| {
        let text = main(version);
        let mut files = vec![(".tf-headroom.hcl", OWNER), ("main.tf", text.as_str())];
        files.extend(lock.map(|l| (".terraform.lock.hcl", l)));
        findings(&folder_of(&files).path().display().to_string()).join("\n")
    };
    assert_eq!(of("      version = \"~> 6.0\"\n", None), "");
    assert!(of("      version = \"~> 4.0\"\n", None).starts_with("tag-missing: `Owner` is missing on"));
    let open = of("      version = \"~> 5.0\"\n", None);
    assert!(open.starts_with("tag-undecided") && open.contains("5.39.0"), "{open}");
    assert!(of("", None).contains("no version is stated"));
    // What was installed counts over what is allowed.
    assert!(of("      version = \"~> 5.0\"\n", Some(lock)).starts_with("tag-missing"));
    assert_eq!(of("      version = \"~> 5.0\"\n", Some(&lock.replace("5.38.0", "5.39.0"))), "");
    assert!(of("", Some("provider {")).contains("no version is stated"));
}

#[test]
fn an_instance_that_a_snapshot_has_and_the_source_lacks_is_named() {
    let resource = |id: &str, alias: &str| {
        format!(
            r#"{{"type": "aws_connect_instance", "id": "{id}", "name": "{alias}",
              "arn": "arn:aws:connect:us-east-1:111122223333:instance/{id}"}}"#
        )
    };
    let (kept, other) = ("11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222");
    let snapshot = format!(
        r#"{{"schema_version": 1, "made_by": "test", "places": [{{"account": "111122223333",
          "partition": "aws", "region": "us-east-1", "taken_at": "2026-11-20T08:15:30Z", "quotas": [],
          "resources": [{}, {}]}}]}}"#,
        resource(kept, "kept"),
        resource(other, "other")
    );
    let named = "resource \"aws_connect_instance\" \"a\" {\n  instance_alias = \"kept\"\n  identity_management_type = \"SAML\"\n  inbound_calls_enabled = true\n  outbound_calls_enabled = true\n}\n";
    let nameless = named.replace("\"kept\"", "var.name") + "variable \"name\" {}\n";
    let folder =
        folder_of(&[("main.tf", named), ("snapshot.json", &snapshot), ("nameless/main.tf", &nameless)]);
    let dir = folder.path().display();
    let told = run(&format!("tags {dir} --quotas {dir}/snapshot.json --today 2026-11-20"));
    assert_eq!(told.code, 0, "{}", told.err);
    let line = format!("instance/{other} · aws_connect_instance, tags not told");
    assert!(told.out.contains("Not in the source: 1 object") && told.out.contains(&line), "{}", told.out);
    // It may be either of them, and that is said.
    let open = run(&format!("tags {dir}/nameless --quotas {dir}/snapshot.json --today 2026-11-20"));
    let said = open.out.matches("or one that the source declares: its name is not known there").count();
    assert_eq!(said, 2, "{}", open.out);
    assert_eq!(run(&format!("tags {dir} --quotas {dir}/nowhere.json")).code, 2);
}

#[test]
fn an_object_that_refuses_default_tags_has_only_its_own() {
    let main = |tags: &str| {
        format!(
            "provider \"aws\" {{\n  region = \"us-east-1\"\n  default_tags {{\n    tags = {{ Owner = \"x\" }}\n  }}\n}}\nresource \"aws_s3_object\" \"o\" {{\n  bucket = \"b\"\n  key    = \"k\"\n  override_provider {{\n    default_tags {{\n      tags = {tags}\n    }}\n  }}\n}}\n"
        )
    };
    let settings = "tag \"Owner\" {\n  required = true\n}\n";
    for (tags, code) in [("{}", 1), ("{ Other = \"y\" }", 0)] {
        let folder = folder_of(&[("main.tf", &main(tags)), (".tf-headroom.hcl", settings)]);
        let checked = run(&format!("check {}", folder.path().display()));
        assert_eq!(checked.code, code, "{tags}: {}", checked.out);
        assert_eq!(checked.out.contains("aws_s3_object.o"), code == 1, "{tags}: {}", checked.out);
    }
    // Nobody knows before apply whether this one is empty.
    let unsure = format!("variable \"more\" {{\n  type = map(string)\n}}\n{}", main("var.more"));
    let folder = folder_of(&[("main.tf", &unsure), (".tf-headroom.hcl", settings)]);
    let checked = run(&format!("check {} --format json", folder.path().display()));
    let report: serde_json::Value = serde_json::from_str(&checked.out).unwrap();
    let told: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap()).collect();
    assert!(told.contains(&"tag-undecided") && !told.contains(&"tag-missing"), "{told:?}");
    assert!(checked.out.contains("var.more"), "{}", checked.out);
}

#[test]
fn what_a_state_has_and_the_source_lacks_is_named() {
    let state = r#"{"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {"resources": [
      {"address": "aws_sqs_queue.kept", "mode": "managed", "type": "aws_sqs_queue", "name": "kept", "provider_name": "registry.terraform.io/hashicorp/aws", "schema_version": 0, "values": {"tags": {"A": "secret-value"}, "tags_all": {"A": "secret-value"}}},
      {"address": "aws_sqs_queue.gone", "mode": "managed", "type": "aws_sqs_queue", "name": "gone", "provider_name": "registry.terraform.io/hashicorp/aws", "schema_version": 0, "values": {"tags": {"A": "secret-value"}, "tags_all": {"A": "secret-value"}}}]}}}"#;
    let main = "resource \"aws_sqs_queue\" \"kept\" {}\n";
    let folder = folder_of(&[("main.tf", main), ("state.json", state)]);
    let dir = folder.path().display();
    let table = run(&format!("tags {dir} --state {dir}/state.json"));
    assert_eq!(table.code, 0, "{}", table.err);
    assert!(table.out.contains("Not in the source: 1 object\n  aws_sqs_queue.gone · 1 tag"), "{}", table.out);
    let json = run(&format!("tags {dir} --state {dir}/state.json --format json"));
    let json_value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json_value["unmanaged"][0]["address"], "aws_sqs_queue.gone");
    assert!(!json.out.contains("secret-value") && !table.out.contains("secret-value"));
    assert_eq!(run(&format!("tags {dir} --state {dir}/nowhere.json")).code, 2);
    let schema: serde_json::Value = serde_json::from_str(&run("schema tags").out).unwrap();
    let names = |v: &serde_json::Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let (mut told, mut described) = (names(&json_value), names(&schema["properties"]));
    told.sort();
    described.sort();
    assert_eq!(told, described);
}
