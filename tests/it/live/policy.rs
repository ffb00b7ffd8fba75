//! The least IAM policy is what a run calls: nothing more, and nothing less.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value as Json, json};

use super::{ID, main_tf, run_in, world};
use crate::aws::{ACCOUNT, Instead, Server, World, row};
use crate::observed::folder;

/// What AWS calls itself, in the name of who asks.
const OF_AWS: &str = "ds:DescribeDirectories";
/// What everybody may call.
const FREE: &str = "sts:GetCallerIdentity";

/// Every action that was called, as policies name it.
fn called(server: &Server) -> BTreeSet<String> {
    let asked = server.asked.lock().expect("no panic");
    let name =
        |service: &str| if service == "monitoring" { "cloudwatch".to_owned() } else { service.to_owned() };
    asked.iter().map(|a| format!("{}:{}", name(&a.service), a.action)).collect()
}

/// The actions of the policy that is printed, and what is said beside it.
fn allowed(folder: &Path, arguments: &str) -> (BTreeSet<String>, String) {
    let nobody = Server::start(World::default());
    let run = run_in(folder, &nobody, &format!("quotas policy {arguments}"), &[]);
    assert_eq!((run.code, nobody.actions()), (0, vec![]), "{}", run.err);
    if run.out.is_empty() {
        return (BTreeSet::new(), run.err);
    }
    let policy: Json = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}", run.out));
    let statements = policy["Statement"].as_array().expect("statements");
    let actions = statements.iter().flat_map(|s| s["Action"].as_array().expect("actions"));
    (actions.map(|a| a.as_str().expect("a text").to_owned()).collect(), run.err)
}

/// Holds the calls of runs to the policy, both ways.
#[track_caller]
fn same(servers: &[&Server], (mut allowed, notes): (BTreeSet<String>, String)) {
    let mut called: BTreeSet<String> = servers.iter().flat_map(|s| called(s)).collect();
    assert_eq!(called.remove(FREE), notes.contains(FREE), "{notes}");
    assert!(!allowed.contains(FREE), "it needs no permission");
    assert_eq!(allowed.remove(OF_AWS), called.contains("connect:ListInstances"), "{notes}");
    let missing: Vec<_> = called.difference(&allowed).collect();
    let superfluous: Vec<_> = allowed.difference(&called).collect();
    assert!(
        missing.is_empty() && superfluous.is_empty(),
        "missing: {missing:?}, superfluous: {superfluous:?}"
    );
}

fn check(name: &str, files: &[(&str, &str)], world: World) -> (Server, (BTreeSet<String>, String)) {
    let (server, folder) = (Server::start(world), folder(name, files));
    let run = run_in(&folder, &server, "check --quotas live --fail-on never", &[]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    (server, allowed(&folder, "."))
}

/// A world in which what may be called is called: a quota has no applied value, and the use of one is a metric.
fn telling() -> World {
    let mut world = world();
    let vpcs = world.quotas.get_mut("vpc").expect("vpc");
    vpcs.retain(|r| r["QuotaCode"] == "L-F678F1CE");
    world
}

const SUBNETS: &str =
    "resource \"aws_subnet\" \"s\" {\n  vpc_id = aws_vpc.v.id\n  cidr_block = \"10.0.1.0/24\"\n}\n";

#[test]
fn a_check_calls_what_the_policy_allows() {
    let main = main_tf(3) + SUBNETS;
    let (server, policy) = check("policy-check", &[("main.tf", &main)], telling());
    same(&[&server], policy);

    // Every list of Connect that a resource can use.
    let mut main = String::from("provider \"aws\" { region = \"us-east-1\" }\n");
    for part in [
        "queue",
        "user",
        "routing_profile",
        "security_profile",
        "contact_flow",
        "contact_flow_module",
        "hours_of_operation",
        "quick_connect",
        "user_hierarchy_group",
        "lambda_function_association",
        "bot_association",
    ] {
        main.push_str(&format!(
            "resource \"aws_connect_{part}\" \"x\" {{\n  instance_id = \"{ID}\"\n  name = \"x\"\n}}\n"
        ));
    }
    let arn = crate::aws::instance_arn("us-east-1", ACCOUNT, ID);
    main.push_str(&format!(
        "resource \"aws_connect_phone_number\" \"x\" {{\n  target_arn = \"{arn}\"\n  country_code = \"US\"\n  type = \"DID\"\n}}\n"
    ));
    let (server, policy) =
        check("policy-connect", &[("main.tf", &main)], World { quotas: [].into(), ..world() });
    assert_eq!(
        called(&server).iter().filter(|a| a.starts_with("connect:")).count(),
        13,
        "{:?}",
        called(&server)
    );
    same(&[&server], policy);
}

#[test]
fn nothing_is_asked_of_an_instance_that_is_to_be_made() {
    let main = r#"
provider "aws" { region = "us-east-1" }
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_subnet" "known" {
  vpc_id     = "vpc-1"
  cidr_block = "10.0.1.0/24"
}
resource "aws_connect_queue" "q" {
  instance_id           = var.instance
  name                  = "q"
  hours_of_operation_id = "h"
}
variable "instance" { type = string }
"#;
    let (server, policy) = check("policy-planned", &[("main.tf", main)], telling());
    assert!(!policy.0.iter().any(|a| a.starts_with("connect:")), "{policy:?}");
    same(&[&server], policy);
}

#[test]
fn few_quotas_of_a_long_list_are_asked_for_one_by_one() {
    let main = "provider \"aws\" { region = \"us-east-1\" }\nresource \"aws_sagemaker_domain\" \"d\" {\n  domain_name = \"d\"\n}\n";
    let (server, policy) = check("policy-single", &[("main.tf", main)], World::default());
    assert!(policy.0.contains("servicequotas:GetServiceQuota"), "{policy:?}");
    assert!(!policy.0.contains("servicequotas:ListServiceQuotas"), "{policy:?}");
    assert!(policy.1.contains("GetAWSDefaultServiceQuota is called only"), "{}", policy.1);
    // Where no metric is named, CloudWatch is not asked.
    assert!(
        !called(&server).contains("cloudwatch:GetMetricData")
            && policy.1.contains("cloudwatch:GetMetricData is called only")
    );
    let mut world = World::default();
    let measure = tf_headroom::catalog::measures_of("aws_sagemaker_domain").first().expect("it is measured");
    let code = measure.quota.get().code;
    let mut told = row("sagemaker", code, Some(7.0));
    told["UsageMetric"] = json!({ "MetricNamespace": "AWS/Usage", "MetricName": "ResourceCount",
        "MetricDimensions": { "Class": "None", "Resource": "d", "Service": "S", "Type": "Resource" } });
    world.defaults.insert("sagemaker".to_owned(), vec![told]);
    let (server, policy) = check("policy-single-metric", &[("main.tf", main)], world);
    same(&[&server], policy);
}

#[test]
fn roles_that_are_assumed_are_those_of_the_accounts_that_are_used() {
    let settings = r#"
account "a" {
  id       = "111111111111"
  role_arn = "arn:aws:iam::111111111111:role/reader"
}
account "unused" {
  id       = "222222222222"
  role_arn = "arn:aws:iam::222222222222:role/reader"
}
"#;
    let main = r#"
provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = ["111111111111"]
}
provider "aws" {
  alias  = "b"
  region = "us-east-1"
  assume_role {
    role_arn = "arn:aws:iam::333333333333:role/builder"
  }
}
resource "aws_vpc" "a" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_vpc" "b" {
  provider   = aws.b
  cidr_block = "10.0.0.0/16"
}
"#;
    let accounts = ["111111111111", "333333333333"].map(|id| (format!("AKIA{id}"), id.to_owned())).into();
    let files = [("main.tf", main), (".tf-headroom.hcl", settings)];
    let (server, policy) = check("policy-roles", &files, World { accounts, ..telling() });
    same(&[&server], policy);
    let asked = server.asked.lock().expect("no panic");
    let assumed = asked.iter().filter(|a| a.action == "AssumeRole");
    let called: BTreeSet<String> = assumed
        .filter_map(|a| a.body.split('&').find_map(|p| p.strip_prefix("RoleArn=")))
        .map(|arn| arn.replace("%3A", ":").replace("%2F", "/"))
        .collect();
    let run = run_in(
        &folder("policy-roles-again", &files),
        &Server::start(World::default()),
        "quotas policy .",
        &[],
    );
    let policy: Json = serde_json::from_str(&run.out).expect("JSON");
    let of = policy["Statement"].as_array().expect("statements").iter().find(|s| s["Sid"] == "Accounts");
    let allowed = of.expect("roles")["Resource"].as_array().expect("a list");
    assert_eq!(
        allowed.iter().map(|r| r.as_str().expect("a text").to_owned()).collect::<BTreeSet<_>>(),
        called
    );
}

#[test]
fn whatever_is_asked_the_policy_of_all_allows() {
    let settings = "account \"*\" { role_arn = \"arn:aws:iam::*:role/reader\" }\n";
    let files = [(".tf-headroom.hcl", settings)];
    let organization = folder("policy-all", &files);
    let world = || World {
        members: vec![(ACCOUNT, "ACTIVE"), ("111111111111", "ACTIVE")],
        accounts: [("AKIA111111111111".to_owned(), "111111111111".to_owned())].into(),
        instead: [(
            "ListBots".to_owned(),
            Instead::Times(1, Box::new(Instead::Error(429, "ThrottlingException"))),
        )]
        .into(),
        ..telling()
    };
    let pulled = Server::start(world());
    let run =
        run_in(&organization, &pulled, "quotas pull --service connect --service vpc -o quotas.json", &[]);
    assert_eq!(run.code, 0, "{}", run.err);
    let main = "provider \"aws\" { region = \"us-east-1\" }\nresource \"aws_sagemaker_domain\" \"d\" {\n  domain_name = \"d\"\n}\n";
    let (checked, _) = check("policy-all-check", &[("main.tf", main)], World::default());
    same(&[&pulled, &checked], allowed(&organization, ""));
}
