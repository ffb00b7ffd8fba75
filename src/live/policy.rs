//! The least IAM policy for what a run would call.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::lists::{INSTANCES, KIND, LISTS};
use crate::catalog::{Quota, ScopeKind};
use crate::inventory::{EVERY, StatedAccount};

/// Actions that every run calls. None of them takes a resource.
const ALWAYS: [&str; 4] = [
    "servicequotas:GetAWSDefaultServiceQuota",
    "servicequotas:GetServiceQuota",
    "servicequotas:ListRequestedServiceQuotaChangeHistory",
    "servicequotas:ListServiceQuotas",
];

/// Returns the policy for a run that asks for these quotas.
pub fn policy(quotas: &[&Quota], partition: &str, accounts: &[StatedAccount]) -> Json {
    let mut any: BTreeSet<String> = ALWAYS.iter().map(|a| (*a).to_owned()).collect();
    // Which quotas have a metric is told only by AWS: all that count things may.
    if quotas.iter().any(|q| q.kind == crate::catalog::Kind::Count && !matches!(q.scope, ScopeKind::Each(_)))
    {
        any.insert("cloudwatch:GetMetricData".to_owned());
    }
    let connect: BTreeSet<&str> = quotas.iter().filter(|q| q.service == "connect").map(|q| q.code).collect();
    let in_instances = quotas.iter().any(|q| q.scope == ScopeKind::Each(KIND));
    if connect.contains(INSTANCES) || in_instances {
        any.insert("connect:ListInstances".to_owned());
        // AWS asks it on behalf of the caller.
        any.insert("ds:DescribeDirectories".to_owned());
    }
    if accounts.iter().any(|a| a.name == EVERY) {
        any.insert("organizations:ListAccounts".to_owned());
    }
    let mut statements = vec![statement("Quotas", any, json!("*"))];
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonconnect.html
    let lists: BTreeSet<String> =
        LISTS.iter().filter(|l| connect.contains(l.code)).map(|l| format!("connect:{}", l.action)).collect();
    if !lists.is_empty() {
        let instances = format!("arn:{partition}:connect:*:*:instance/*");
        let mut resources = vec![instances];
        if lists.contains("connect:ListPhoneNumbersV2") {
            resources.push(format!("arn:{partition}:connect:*:*:phone-number/*"));
        }
        statements.push(statement("ConnectUsage", lists, json!(resources)));
    }
    let roles: BTreeSet<&str> = accounts.iter().filter_map(|a| a.role_arn.as_deref()).collect();
    if !roles.is_empty() {
        statements.push(statement("Accounts", ["sts:AssumeRole".to_owned()].into(), json!(roles)));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn statement(name: &str, actions: BTreeSet<String>, resource: Json) -> Json {
    // In the order in which AWS prints them.
    let mut fields = serde_json::Map::new();
    for (key, value) in
        [("Sid", json!(name)), ("Effect", json!("Allow")), ("Action", json!(actions)), ("Resource", resource)]
    {
        fields.insert(key.to_owned(), value);
    }
    Json::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[test]
    fn who_asks_a_whole_organization_lists_its_accounts() {
        let every = StatedAccount {
            name: EVERY.into(),
            role_arn: Some("arn:aws:iam::*:role/reader".into()),
            ..StatedAccount::default()
        };
        let policy = policy(&[], "aws", &[every]).to_string();
        assert!(policy.contains("\"organizations:ListAccounts\""), "{policy}");
        assert!(policy.contains("\"arn:aws:iam::*:role/reader\""), "{policy}");
        assert!(!actions(&[]).contains("organizations:"));
    }

    fn actions(codes: &[(&str, &str)]) -> String {
        let quotas: Vec<&Quota> = codes.iter().map(|(s, c)| catalog::quota(s, c).unwrap()).collect();
        policy(&quotas, "aws-us-gov", &[]).to_string()
    }

    #[test]
    fn only_what_a_run_calls_is_allowed() {
        let vpcs = actions(&[("vpc", "L-F678F1CE")]);
        assert!(
            vpcs.contains("servicequotas:ListServiceQuotas") && vpcs.contains("cloudwatch:GetMetricData")
        );
        assert!(!vpcs.contains("connect:"), "{vpcs}");
        let queues = actions(&[("connect", "L-19A87C94")]);
        assert!(
            queues.contains("connect:ListInstances") && queues.contains("connect:ListQueues"),
            "{queues}"
        );
        assert!(queues.contains("arn:aws-us-gov:connect:*:*:instance/*"), "{queues}");
        assert!(
            !queues.contains("ListUsers")
                && !queues.contains("cloudwatch")
                && !queues.contains("phone-number")
        );
        let phones = actions(&[("connect", "L-8F812903")]);
        assert!(phones.contains("arn:aws-us-gov:connect:*:*:phone-number/*"), "{phones}");
    }

    #[test]
    fn nothing_is_allowed_that_changes_anything() {
        let all: Vec<&Quota> = catalog::quotas().iter().collect();
        let role = StatedAccount {
            role_arn: Some("arn:aws:iam::123456789012:role/r".into()),
            ..StatedAccount::default()
        };
        let text = policy(&all, "aws", &[role]);
        for statement in text["Statement"].as_array().unwrap() {
            for action in statement["Action"].as_array().unwrap() {
                let verb = action.as_str().unwrap().split(':').next_back().unwrap();
                assert!(
                    ["Get", "List", "Describe", "AssumeRole"].iter().any(|v| verb.starts_with(v)),
                    "{verb}"
                );
            }
        }
    }
}
