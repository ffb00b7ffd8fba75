//! What public configurations do that a reader of source easily gets wrong. Each was found by `tests/tools/compare.py`.

use std::path::PathBuf;

use serde_json::Value as Json;

use crate::common::run;

/// Reads a configuration into an inventory.
fn inventory(name: &str, text: &str) -> Json {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("habits").join(name);
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    std::fs::write(folder.join("main.tf"), text).expect("the file can be written");
    let run = run(&format!("inventory --format json {}", folder.display()));
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{name}");
    serde_json::from_str(&run.out).expect("the inventory is JSON")
}

/// Addresses with their tags.
fn instances(inventory: &Json) -> Vec<(String, Json)> {
    assert_eq!(inventory["undecided"], serde_json::json!([]));
    let all = inventory["instances"].as_array().expect("instances are a list");
    all.iter().map(|i| (i["address"].as_str().expect("an address").to_owned(), i["tags"].clone())).collect()
}

#[test]
fn an_argument_that_is_null_is_as_if_it_were_not_set() {
    let found = instances(&inventory(
        "null",
        r#"
provider "aws" { region = "eu-west-1" }
variable "region" { default = null }
data "aws_region" "here" { region = var.region }
resource "aws_s3_bucket" "b" {
  bucket = null
  tags   = { Here = data.aws_region.here.region, Bucket = aws_s3_bucket.a.bucket }
}
resource "aws_s3_bucket" "a" { bucket = null }
"#,
    ));
    let b = found.iter().find(|(address, _)| *address == "aws_s3_bucket.b").expect("the bucket is there");
    assert_eq!(b.1, serde_json::json!({ "Here": "eu-west-1", "Bucket": null }));
}

#[test]
fn an_attribute_of_objects_may_be_written_as_blocks() {
    let found = instances(&inventory(
        "blocks",
        r#"
resource "aws_security_group" "a" {
  ingress {
    from_port = 5432
    to_port   = 5432
    protocol  = "tcp"
  }
}
resource "aws_sqs_queue" "q" {
  count = length(aws_security_group.a.ingress)
  tags  = { Port = tolist(aws_security_group.a.ingress)[0].to_port, None = tolist(aws_security_group.a.ingress)[0].description == null }
}
"#,
    ));
    assert_eq!(found[1].0, "aws_sqs_queue.q[0]");
    assert_eq!(found[1].1, serde_json::json!({ "Port": "5432", "None": "true" }));
}

#[test]
fn a_slice_of_what_a_plan_reads_has_its_length() {
    let found = instances(&inventory(
        "slice",
        r#"
data "aws_availability_zones" "available" {}
locals { zones = slice(data.aws_availability_zones.available.names, 0, 2) }
resource "aws_subnet" "s" {
  count             = length(local.zones)
  vpc_id            = "vpc-1"
  availability_zone = local.zones[count.index]
  tags              = { Zone = local.zones[count.index] }
}
"#,
    ));
    assert_eq!(found.len(), 2);
    assert_eq!(found[1], ("aws_subnet.s[1]".to_owned(), serde_json::json!({ "Zone": null })));
}

#[test]
fn an_empty_map_gives_the_default_for_any_key_that_a_plan_reads() {
    let found = instances(&inventory(
        "lookup",
        r#"
data "aws_region" "there" {}
variable "more" {
  type    = map(map(string))
  default = {}
}
resource "aws_sqs_queue" "q" {
  tags = merge({ A = "a" }, lookup(var.more, data.aws_region.there.description, {}))
}
"#,
    ));
    assert_eq!(found, [("aws_sqs_queue.q".to_owned(), serde_json::json!({ "A": "a" }))]);
}

#[test]
fn a_parent_is_known_by_its_name_whatever_that_is_made_of() {
    let inventory = inventory(
        "name",
        r#"
resource "random_pet" "p" {}
resource "aws_iam_role" "r" {
  name               = "${random_pet.p.id}-role"
  assume_role_policy = "{}"
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.r.name
  policy = "{}"
}
"#,
    );
    let all = inventory["instances"].as_array().expect("instances are a list");
    let policy = all.iter().find(|i| i["type"] == "aws_iam_role_policy").expect("the policy is there");
    assert_eq!(policy["scopes"][0]["parent"], serde_json::json!(["aws_iam_role.r"]));
}

#[test]
fn a_whole_resource_has_all_attributes_that_a_module_asks_for() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("habits/whole/m");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let module = r#"
variable "one"  { type = object({ arn = string, bucket = string, hosted_zone_id = optional(string, "none"), tags = map(string) }) }
variable "deep" { type = object({ inner = list(object({ arn = string })) }) }
variable "all"  { type = map(object({ arn = string, bucket = string })) }
resource "aws_sqs_queue" "q" {
  for_each = var.all
  name     = each.value.bucket
  tags = {
    Bucket = var.one.bucket, Arn = var.one.arn, Zone = var.one.hosted_zone_id, Bare = var.one.tags == null
    Deep = var.deep.inner[0].arn, Own = each.value.arn
  }
}
"#;
    std::fs::write(folder.join("m.tf"), module).expect("the file can be written");
    let inventory = inventory(
        "whole",
        r#"
resource "aws_s3_bucket" "a" { bucket = "x" }
resource "aws_s3_bucket" "b" {
  for_each = toset(["k"])
  bucket   = each.key
}
module "m" {
  source = "./m"
  one    = aws_s3_bucket.a
  deep   = { inner = [aws_s3_bucket.a] }
  all    = aws_s3_bucket.b
}
"#,
    );
    let found = instances(&inventory);
    let queue = found.last().expect("there are instances");
    assert_eq!(queue.0, r#"module.m.aws_sqs_queue.q["k"]"#);
    let tags = serde_json::json!({ "Bucket": "x", "Arn": null, "Zone": null, "Bare": "true", "Deep": null, "Own": null });
    assert_eq!(queue.1, tags);
}

#[test]
fn whole_resources_that_set_different_arguments_are_of_one_type() {
    let found = instances(&inventory(
        "types",
        r#"
variable "first" { default = true }
resource "aws_s3_bucket" "a" { bucket = "x" }
resource "aws_s3_bucket" "b" { force_destroy = true }
locals {
  either = var.first ? aws_s3_bucket.a : aws_s3_bucket.b
  list   = tolist([aws_s3_bucket.a, aws_s3_bucket.b])
  map    = tomap({ a = aws_s3_bucket.a, b = aws_s3_bucket.b })
}
resource "aws_sqs_queue" "q" {
  for_each = local.map
  tags     = { Either = local.either.bucket, Arn = local.either.arn, List = local.list[0].bucket, Id = local.list[1].id, Each = each.value.bucket }
}
"#,
    ));
    let tags = serde_json::json!({ "Either": "x", "Arn": null, "List": "x", "Id": null, "Each": "x" });
    assert_eq!(found[2], (r#"aws_sqs_queue.q["a"]"#.to_owned(), tags));
    assert_eq!(found[3].1["Each"], Json::Null);
}

#[test]
fn a_certificate_has_one_validation_for_each_of_its_names() {
    let found = instances(&inventory(
        "certificate",
        r#"
resource "aws_acm_certificate" "c" {
  domain_name               = "a.example"
  subject_alternative_names = ["*.a.example", "a.example"]
  validation_method         = "DNS"
}
resource "aws_route53_record" "v" {
  for_each = { for o in aws_acm_certificate.c.domain_validation_options : o.domain_name => o }
  zone_id  = "Z"
  name     = each.value.resource_record_name
  type     = each.value.resource_record_type
}
"#,
    ));
    let addresses: Vec<&str> = found.iter().map(|(a, _)| a.as_str()).collect();
    let records = [r#"aws_route53_record.v["*.a.example"]"#, r#"aws_route53_record.v["a.example"]"#];
    assert_eq!(addresses, ["aws_acm_certificate.c", records[0], records[1]]);
}

#[test]
fn a_certificate_of_unknown_names_leaves_its_validations_open() {
    let inventory = inventory(
        "certificate-open",
        r#"
variable "name" { type = string }
resource "aws_acm_certificate" "c" {
  domain_name       = var.name
  validation_method = "DNS"
}
resource "aws_route53_record" "v" {
  for_each = { for o in aws_acm_certificate.c.domain_validation_options : o.domain_name => o }
}
"#,
    );
    assert_eq!(inventory["undecided"][0]["address"], "aws_route53_record.v[*]");
}

#[test]
fn what_a_plan_has_read_is_not_null() {
    let found = instances(&inventory(
        "read",
        r#"
data "aws_vpc" "v" { default = true }
data "aws_ssm_parameter" "p" { name = "/x" }
resource "aws_sqs_queue" "a" { count = data.aws_vpc.v.id != null ? 1 : 0 }
resource "aws_sqs_queue" "b" { count = data.aws_ssm_parameter.p.value == null ? 0 : 2 }
"#,
    ));
    assert_eq!(found.len(), 3);
}

#[test]
fn a_data_source_does_not_matter_where_the_other_side_decides() {
    let found = instances(&inventory(
        "decided",
        r#"
data "aws_availability_zones" "all" {}
variable "per_zone" { default = false }
resource "aws_subnet" "public" {
  count = !var.per_zone || length(data.aws_availability_zones.all.names) <= 3 ? 3 : 0
}
resource "aws_subnet" "private" {
  count = length(data.aws_availability_zones.all.names) > 2 && var.per_zone ? 3 : 0
}
"#,
    ));
    let found: Vec<&str> = found.iter().map(|(address, _)| address.as_str()).collect();
    assert_eq!(found, ["aws_subnet.public[0]", "aws_subnet.public[1]", "aws_subnet.public[2]"]);
}

#[test]
fn an_iterator_is_an_object_of_key_and_value() {
    let found = instances(&inventory(
        "iterator",
        r#"
variable "rules" { default = { https = { port = 443 } } }
resource "aws_security_group" "a" {
  dynamic "ingress" {
    for_each = var.rules
    content {
      from_port   = lookup(ingress, "value", null).port
      to_port     = ingress["value"].port
      description = join(",", keys(ingress))
      protocol    = lookup(ingress, "protocol", "tcp")
    }
  }
}
resource "aws_sqs_queue" "q" {
  tags = {
    From = tolist(aws_security_group.a.ingress)[0].from_port
    Has  = tolist(aws_security_group.a.ingress)[0].description
    With = tolist(aws_security_group.a.ingress)[0].protocol
  }
}
"#,
    ));
    let queue = found.iter().find(|(address, _)| *address == "aws_sqs_queue.q").expect("the queue is there");
    assert_eq!(queue.1, serde_json::json!({ "From": "443", "Has": "key,value", "With": "tcp" }));
}

#[test]
fn a_provider_that_nothing_uses_is_not_configured() {
    let found = instances(&inventory(
        "unused-provider",
        r#"
variable "regions" { default = {} }
provider "aws" { region = var.regions["main"] }
resource "terraform_data" "a" {}
"#,
    ));
    assert_eq!(found.len(), 1);
}

/// Reads a resource with a wrong name in a `dynamic` block, and returns the severity and the summary of what is said.
fn wrong_name_in_dynamic(name: &str, each: &str) -> Json {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("habits").join(name);
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let text = format!(
        r#"
variable "rules" {{ default = [] }}
resource "aws_iam_role" "r" {{ count = 1 }}
resource "aws_security_group" "a" {{
  dynamic "ingress" {{
    for_each = {each}
    content {{
      description = aws_iam_role.r.arn
    }}
  }}
}}
"#
    );
    std::fs::write(folder.join("main.tf"), text).expect("the file can be written");
    let run = run(&format!("inventory --format json {}", folder.display()));
    let inventory: Json = serde_json::from_str(&run.out).expect("the inventory is JSON");
    let said = &inventory["diagnostics"][0];
    serde_json::json!([run.code, said["severity"], said["summary"]])
}

#[test]
fn names_in_a_dynamic_block_count_once_it_has_an_element() {
    let maybe = wrong_name_in_dynamic("dynamic-empty", "var.rules");
    assert_eq!(maybe, serde_json::json!([0, "warning", "Missing resource instance key"]));
    let surely = wrong_name_in_dynamic("dynamic-full", "[1]");
    assert_eq!(surely, serde_json::json!([2, "error", "Missing resource instance key"]));
    let asked = r#"concat(var.rules, ["a"])
  }
  tags = { Rules = length(aws_security_group.b.ingress) }
}
resource "aws_security_group" "b" {
  dynamic "ingress" {
    for_each = toset(["a"])"#;
    assert_eq!(wrong_name_in_dynamic("dynamic-asked", asked)[0], 2);
}

#[test]
fn what_is_wrong_where_there_may_be_no_instance_is_a_warning() {
    let said = |name: &str, text: &str| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("habits").join(name);
        std::fs::create_dir_all(folder.join("m")).expect("the folder can be made");
        let topic =
            "variable \"o\" { default = {} }\nresource \"aws_sns_topic\" \"m\" { name = var.o.name }\n";
        std::fs::write(folder.join("m/main.tf"), topic).expect("the file can be written");
        let all = format!("variable \"on\" {{ type = bool }}\nvariable \"o\" {{ default = {{}} }}\n{text}");
        std::fs::write(folder.join("main.tf"), all).expect("the file can be written");
        let run = run(&format!("inventory --format json {}", folder.display()));
        let inventory: Json = serde_json::from_str(&run.out).expect("the inventory is JSON");
        let said: Vec<Json> = inventory["diagnostics"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|d| serde_json::json!([d["severity"], d["summary"]]))
            .collect();
        (run.code, said)
    };
    let of = |severity: &str| vec![serde_json::json!([severity, "Unsupported attribute"])];
    let topic =
        |count: &str| format!("resource \"aws_sns_topic\" \"t\" {{\n  {count}\n  name = var.o.name\n}}\n");
    assert_eq!(said("maybe-none", &topic("count = var.on ? 1 : 0")), (0, of("warning")));
    assert_eq!(said("surely-one", &topic("count = var.on ? 2 : 1")), (2, of("error")));
    assert_eq!(said("none", &topic("count = 0")), (0, vec![]));
    let module = |count: &str| format!("module \"m\" {{\n  source = \"./m\"\n  {count}\n}}\n");
    assert_eq!(said("maybe-no-module", &module("count = var.on ? 1 : 0")), (0, of("warning")));
    // The same block is there for certain as well.
    let both = module("count = var.on ? 1 : 0") + &module("").replace("\"m\" {", "\"n\" {");
    assert_eq!(said("a-module-as-well", &both), (2, of("error")));
}

#[test]
fn a_left_side_that_decides_is_enough() {
    let text = r#"
variable "efs" { default = null }
resource "aws_sns_topic" "a" { count = var.efs != null && var.efs.enabled ? 1 : 0 }
resource "aws_sns_topic" "b" { count = var.efs == null || var.efs.enabled ? 2 : 0 }
"#;
    let found = instances(&inventory("decides", text));
    let addresses: Vec<&str> = found.iter().map(|(address, _)| address.as_str()).collect();
    assert_eq!(addresses, ["aws_sns_topic.b[0]", "aws_sns_topic.b[1]"]);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("habits/decides");
    let strict = run(&format!("check --strict {}", folder.display()));
    assert_eq!(strict.code, 2);
    assert!(strict.out.contains("Attempt to get attribute from null value"), "{}", strict.out);
}

#[test]
fn nested_blocks_of_types_that_nobody_knows_may_be_one_object() {
    let text = r#"
resource "elsewhere_account" "a" {
  auth {
    role { name = "r" }
  }
}
resource "aws_sqs_queue" "q" { name = elsewhere_account.a.auth.role.name }
resource "aws_sqs_queue" "p" { count = length(elsewhere_account.a.auth) }
"#;
    let found = inventory("blocks-of-others", text);
    assert_eq!(found["diagnostics"], serde_json::json!([]));
    assert_eq!(found["undecided"].as_array().map(Vec::len), Some(1), "{found}");
}

#[test]
fn a_module_with_its_own_providers_is_called_once() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("habits/own-providers");
    std::fs::create_dir_all(folder.join("m")).expect("the folder can be made");
    let inner = "provider \"aws\" {\n  region = \"us-east-1\"\n}\nresource \"aws_sqs_queue\" \"q\" {}\n";
    std::fs::write(folder.join("m/main.tf"), inner).expect("the file can be written");
    for (argument, code) in [("", 0), ("count = 2", 2)] {
        let text = format!("module \"m\" {{\n  source = \"./m\"\n  {argument}\n}}\n");
        std::fs::write(folder.join("main.tf"), text).expect("the file can be written");
        let run = run(&format!("check {}", folder.display()));
        assert_eq!(run.code, code, "{}", run.out);
        let incompatible = "Module is incompatible with count, for_each, and depends_on";
        assert_eq!(run.out.matches(incompatible).count(), usize::from(code == 2), "{}", run.out);
    }
}

#[test]
fn functions_of_other_providers_are_not_known_here() {
    let found = inventory(
        "provided",
        r#"
terraform {
  required_providers {
    kubernetes = { source = "hashicorp/kubernetes" }
  }
}
locals { manifests = provider::kubernetes::manifest_decode_multi("a: 1") }
resource "aws_sqs_queue" "q" { count = length(local.manifests) }
data "aws_ssm_parameters_by_path" "all" { path = "/" }
resource "aws_sns_topic" "t" { for_each = toset([jsondecode(data.aws_ssm_parameters_by_path.all.values[0])]) }
"#,
    );
    let undecided = &found["undecided"];
    assert_eq!(undecided[1]["because"], serde_json::json!(["data.aws_ssm_parameters_by_path.all.values"]));
    assert_eq!(undecided[1]["count"], serde_json::json!({ "low": 1, "high": 1 }));
    assert_eq!(undecided[0]["because"], serde_json::json!(["provider::kubernetes::manifest_decode_multi()"]));
    assert_eq!(undecided[0]["count"], serde_json::json!({ "low": 0, "high": null }));
}

#[test]
fn an_argument_that_the_provider_fills_in_is_not_null() {
    let text = r#"
provider "aws" { region = "eu-west-1" }
resource "aws_docdb_cluster" "c" {}
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = "arn:aws:iam::123456789012:role/f"
  timeout       = null
}
resource "aws_ssm_parameter" "p" {
  name  = "/db"
  type  = "String"
  value = "mongodb://db:${aws_docdb_cluster.c.port}"
  tags  = { Port = aws_docdb_cluster.c.port, Timeout = aws_lambda_function.f.timeout, Text = aws_lambda_function.f.description }
}
resource "aws_sqs_queue" "r" {
  count = aws_lambda_function.f.publish ? 2 : 1
}
"#;
    let found = inventory("defaults", text);
    let all = found["instances"].as_array().expect("instances are a list");
    let of =
        |address: &str| all.iter().find(|i| i["address"] == address).unwrap_or_else(|| panic!("{found:#}"));
    // Not null, and not known; what has no default is null, and a tag that is null is none.
    assert_eq!(of("aws_ssm_parameter.p")["tags"], serde_json::json!({ "Port": null, "Timeout": null }));
    let group = &found["undecided"][0];
    assert_eq!(
        (&group["address"], &group["count"]["low"]),
        (&serde_json::json!("aws_sqs_queue.r[*]"), &serde_json::json!(1))
    );
}
