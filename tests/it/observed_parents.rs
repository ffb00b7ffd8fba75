//! Use that AWS told of a parent is added once to what a plan makes in it, whatever the parent is called by.

use serde_json::{Value as Json, json};

use crate::common::run;
use crate::observed::folder;

const PROVIDER: &str = "registry.terraform.io/hashicorp/aws";

/// A parent that exists, and something that is counted in it.
struct Case {
    parent: &'static str,
    id: &'static str,
    /// Without partition, Region and account.
    arn: (&'static str, &'static str),
    child: &'static str,
    attribute: &'static str,
    quota: (&'static str, &'static str),
}

const CASES: [Case; 5] = [
    Case {
        parent: "aws_connect_instance",
        id: "0a1b2c3d-0000-4000-8000-000000000001",
        arn: ("connect", "instance/0a1b2c3d-0000-4000-8000-000000000001"),
        child: "aws_connect_queue",
        attribute: "instance_id",
        quota: ("connect", "L-19A87C94"),
    },
    Case {
        parent: "aws_vpc",
        id: "vpc-0123456789abcdef0",
        arn: ("ec2", "vpc/vpc-0123456789abcdef0"),
        child: "aws_subnet",
        attribute: "vpc_id",
        quota: ("vpc", "L-407747CB"),
    },
    Case {
        parent: "aws_bedrockagentcore_memory",
        id: "support-AbCdEfGhIj",
        arn: ("bedrock-agentcore", "memory/support-AbCdEfGhIj"),
        child: "aws_bedrockagentcore_memory_strategy",
        attribute: "memory_id",
        quota: ("bedrock-agentcore", "L-EAB901C0"),
    },
    Case {
        parent: "aws_eks_cluster",
        id: "prod",
        arn: ("eks", "cluster/prod"),
        child: "aws_eks_access_entry",
        attribute: "cluster_name",
        quota: ("eks", "L-C56B9FC3"),
    },
    Case {
        parent: "aws_cloudwatch_log_group",
        id: "/aws/lambda/f",
        arn: ("logs", "log-group:/aws/lambda/f"),
        child: "aws_cloudwatch_log_subscription_filter",
        attribute: "log_group_name",
        quota: ("logs", "L-87E7D306"),
    },
];

impl Case {
    fn arn(&self, account: &str) -> String {
        format!("arn:aws:{}:us-east-1:{account}:{}", self.arn.0, self.arn.1)
    }

    /// Says that four are in use in the parent of that name.
    fn snapshot(&self, resource: &str) -> String {
        json!({ "schema_version": 1, "made_by": "test", "places": [{
            "account": "123456789012", "partition": "aws", "region": "us-east-1", "taken_at": "2026-11-20T08:00:00Z",
            "quotas": [], "usage": [{ "service": self.quota.0, "code": self.quota.1, "amount": 4, "resource": resource }],
        }] })
        .to_string()
    }

    /// One that is there and one that is made, in a parent that the plan lists or only names.
    fn plan(&self, lists_parent: bool) -> String {
        let named = |ty: &str, name: &str| json!({ "address": format!("{ty}.{name}"), "mode": "managed", "type": ty, "name": name });
        let with = |mut base: Json, more: Json| {
            let more = more.as_object().expect("an object").clone();
            base.as_object_mut().expect("an object").extend(more);
            base
        };
        let change = |ty: &str, name: &str, before: Json, after: Json, unknown: Json| {
            let actions = if before.is_null() { json!(["create"]) } else { json!(["no-op"]) };
            with(
                named(ty, name),
                json!({ "provider_name": PROVIDER, "change": { "actions": actions, "before": before, "after": after,
                    "after_unknown": unknown, "before_sensitive": false, "after_sensitive": {} } }),
            )
        };
        let block = |ty: &str, name: &str, expressions: Json| {
            with(
                named(ty, name),
                json!({ "provider_config_key": "aws", "schema_version": 0, "expressions": expressions }),
            )
        };
        let expression = match lists_parent {
            true => {
                json!({ self.attribute: { "references": [format!("{}.p.id", self.parent), format!("{}.p", self.parent)] } })
            }
            false => json!({ self.attribute: { "constant_value": self.id } }),
        };
        let old = json!({ "id": "c-1", self.attribute: self.id, "name": "a" });
        let mut changes = vec![
            change(self.child, "old", old.clone(), old, json!({})),
            change(
                self.child,
                "new",
                Json::Null,
                json!({ self.attribute: self.id, "name": "b" }),
                json!({ "id": true }),
            ),
        ];
        let mut blocks =
            vec![block(self.child, "old", expression.clone()), block(self.child, "new", expression)];
        if lists_parent {
            let values = json!({ "id": self.id, "name": self.id, "arn": self.arn("123456789012") });
            changes.push(change(self.parent, "p", values.clone(), values, json!({})));
            blocks.push(block(self.parent, "p", json!({})));
        }
        json!({ "format_version": "1.2", "terraform_version": "1.9.0", "planned_values": { "root_module": {} },
            "resource_changes": changes, "configuration": {
                "provider_config": { "aws": { "name": "aws", "full_name": PROVIDER, "expressions": {
                    "region": { "constant_value": "us-east-1" }, "allowed_account_ids": { "constant_value": ["123456789012"] } } } },
                "root_module": { "resources": blocks } } })
        .to_string()
    }

    fn source(&self) -> String {
        format!(
            "provider \"aws\" {{\n  region = \"us-east-1\"\n  allowed_account_ids = [\"123456789012\"]\n}}\nresource \"{}\" \"c\" {{\n  count = 2\n  {} = \"{}\"\n}}\n",
            self.child, self.attribute, self.id
        )
    }

    /// Count and basis of the quota, each time it is counted.
    fn counts(&self, name: &str, file: (&str, &str), resource: &str) -> Vec<(Json, Json)> {
        let folder = folder(name, &[file, ("quotas.json", &self.snapshot(resource))]);
        let input = if file.0 == "main.tf" { folder.clone() } else { folder.join(file.0) };
        let quotas = folder.join("quotas.json");
        let run = run(&format!(
            "check {} --quotas {} --today 2026-11-20 --format json",
            input.display(),
            quotas.display()
        ));
        let report: Json = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}{}", run.err));
        let all = report["projections"].as_array().expect("projections").iter();
        all.filter(|p| p["quota"]["code"] == self.quota.1)
            .map(|p| (p["count"].clone(), p["basis"].clone()))
            .collect()
    }
}

#[test]
fn use_of_a_parent_counts_once_by_its_id_its_name_and_its_arn() {
    for (n, case) in CASES.iter().enumerate() {
        let (live, exactly) = (json!("live"), |n: u64| json!({ "low": n, "high": n }));
        let arn = case.arn("123456789012");
        for (how, resource) in [("id", case.id), ("arn", arn.as_str())] {
            for lists_parent in [true, false] {
                let plan = case.plan(lists_parent);
                let found =
                    case.counts(&format!("parents-{n}-{how}-{lists_parent}"), ("plan.json", &plan), resource);
                let name = format!("{} by {how}, in the plan: {lists_parent}", case.parent);
                assert_eq!(found, [(exactly(5), live.clone())], "{name}");
            }
            // The source does not say what of it is there.
            let found =
                case.counts(&format!("parents-{n}-{how}-source"), ("main.tf", &case.source()), resource);
            assert_eq!(found, [(json!({ "low": 4, "high": 6 }), live.clone())], "{} by {how}", case.parent);
        }
    }
}

#[test]
fn use_of_another_parent_does_not_count() {
    for (n, case) in CASES.iter().enumerate() {
        let plan = case.plan(false);
        for (how, resource) in
            [("name", format!("{}-other", case.id)), ("arn", case.arn("123456789012") + "-other")]
        {
            // Two that the plan knows, and nothing that AWS told of this parent.
            let found = case.counts(&format!("parents-other-{n}-{how}"), ("plan.json", &plan), &resource);
            let known = json!("live");
            assert!(
                found.iter().all(|(_, basis)| *basis != known) && found.len() == 1,
                "{} by {how}: {found:?}",
                case.parent
            );
            // An instance that exists has a queue that AWS made.
            let made = u64::from(case.parent == "aws_connect_instance");
            assert_eq!(found[0].0, json!({ "low": 2, "high": 2 + made }), "{} by {how}", case.parent);
        }
    }
}
