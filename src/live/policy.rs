//! The least IAM policy for what a run would call.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::calls::{Values, has_use, lists_instances, values};
use super::lists::LISTS;
use super::way::{Way, stands_for, way};
use crate::catalog::{Quota, QuotaId};
use crate::inventory::{EVERY, StatedAccount};
use crate::projection::{Want, WantedAccount};

const SINGLE: &str = "servicequotas:GetServiceQuota";
const LIST: &str = "servicequotas:ListServiceQuotas";
const DEFAULT: &str = "servicequotas:GetAWSDefaultServiceQuota";
const REQUESTS: &str = "servicequotas:ListRequestedServiceQuotaChangeHistory";
const METRICS: &str = "cloudwatch:GetMetricData";
const INSTANCES: &str = "connect:ListInstances";
const DIRECTORIES: &str = "ds:DescribeDirectories";
const PHONES: &str = "connect:ListPhoneNumbersV2";
const ACCOUNTS: &str = "organizations:ListAccounts";

/// Whose calls are meant.
#[derive(Clone, Copy, Debug)]
pub enum Run<'a> {
    /// Any check or pull that uses some of these quotas.
    Any(&'a [&'static Quota], &'a str),
    /// A check of inputs that use this.
    Of(&'a [Want]),
}

/// A policy, and what is to be known about it.
#[derive(Clone, Debug)]
pub struct Policy {
    pub json: Json,
    /// On what single calls depend.
    pub notes: Vec<String>,
}

/// Returns the policy for a run; None if it calls nothing.
pub fn policy(run: Run<'_>, accounts: &[StatedAccount]) -> Option<Policy> {
    let mut calls = Calls::default();
    let mut partition = "aws";
    match run {
        Run::Any(quotas, of) => {
            partition = of;
            calls.place(quotas, true);
            calls.any.extend([SINGLE, LIST]);
            if accounts.iter().any(|a| a.name == EVERY) {
                calls.any.insert(ACCOUNTS);
            }
            calls.roles.extend(accounts.iter().filter_map(|a| a.role_arn.as_ref().map(ToString::to_string)));
        }
        Run::Of(wants) => {
            let reached: Vec<&Want> =
                wants.iter().filter(|w| calls.credentials(&w.account, accounts)).collect();
            for want in &reached {
                partition = &want.partition;
                let (quotas, meant) = of([*want]);
                calls.place(&quotas, meant);
                // What turns out to be one account is asked about at once.
                let (quotas, meant) = of(reached.iter().filter(|other| may_be_one(want, other)).copied());
                calls.place(&quotas, meant);
            }
        }
    }
    calls.policy(partition)
}

/// Returns the quotas that are wanted, and whether instances of Amazon Connect are among the parents.
fn of<'w>(wants: impl IntoIterator<Item = &'w Want>) -> (Vec<&'static Quota>, bool) {
    let (mut quotas, mut meant) = (BTreeSet::<QuotaId>::new(), false);
    for want in wants {
        quotas.extend(&want.quotas);
        meant |= want.parents.iter().any(|(kind, _)| kind == super::lists::KIND);
    }
    (quotas.into_iter().map(|id| id.get()).collect(), meant)
}

fn may_be_one(a: &Want, b: &Want) -> bool {
    let other_account = match (&a.account, &b.account) {
        (WantedAccount::Id(a), WantedAccount::Id(b)) => a != b,
        _ => false,
    };
    let same_region = a.region == b.region || a.region.is_none() || b.region.is_none();
    !other_account && same_region && a.partition == b.partition
}

/// What is called.
#[derive(Default)]
struct Calls {
    /// Actions that take no resource.
    any: BTreeSet<&'static str>,
    /// Actions of Amazon Connect about an instance.
    lists: BTreeSet<String>,
    roles: BTreeSet<String>,
}

impl Calls {
    /// Adds the role that leads to an account; false if nothing leads there.
    fn credentials(&mut self, account: &WantedAccount, stated: &[StatedAccount]) -> bool {
        let Ok((way, _)) = way(account, stated) else { return false };
        self.roles.extend(match (stands_for(account, stated), way) {
            (Some(role), _) | (None, Way::Role(role)) => Some(role),
            (None, Way::Surroundings | Way::Profile(_)) => None,
        });
        true
    }

    /// Adds what is called in one account and Region.
    fn place(&mut self, quotas: &[&'static Quota], meant: bool) {
        let mut services: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for quota in quotas {
            services.entry(quota.service).or_default().insert(quota.code);
        }
        for (service, codes) in &services {
            self.any.extend([DEFAULT, REQUESTS]);
            self.any.insert(match values(service, codes, false) {
                Values::Single => SINGLE,
                Values::List { .. } => LIST,
            });
        }
        // Which quotas have a metric is told only by AWS: all that count things may.
        if quotas.iter().any(|q| has_use(q)) {
            self.any.insert(METRICS);
        }
        if lists_instances(quotas.iter().copied(), meant) {
            self.any.extend([INSTANCES, DIRECTORIES]);
        }
        if let (true, Some(codes)) = (meant, services.get("connect")) {
            let lists = LISTS.iter().filter(|l| codes.contains(l.code));
            self.lists.extend(lists.map(|l| format!("connect:{}", l.action)));
        }
    }

    fn policy(self, partition: &str) -> Option<Policy> {
        if self.any.is_empty() && self.roles.is_empty() {
            return None;
        }
        let notes = self.notes();
        let mut statements = Vec::new();
        if !self.any.is_empty() {
            statements.push(statement("Quotas", json!(self.any), json!("*")));
        }
        // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonconnect.html
        if !self.lists.is_empty() {
            let mut resources = vec![format!("arn:{partition}:connect:*:*:instance/*")];
            if self.lists.contains(PHONES) {
                resources.push(format!("arn:{partition}:connect:*:*:phone-number/*"));
            }
            statements.push(statement("ConnectUsage", json!(self.lists), json!(resources)));
        }
        if !self.roles.is_empty() {
            statements.push(statement("Accounts", json!(["sts:AssumeRole"]), json!(self.roles)));
        }
        Some(Policy { json: json!({ "Version": "2012-10-17", "Statement": statements }), notes })
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = [
            (DEFAULT, "is called only for quotas without an applied value"),
            (METRICS, "is called only where an applied value names a metric of its use"),
            (DIRECTORIES, "is called by Amazon Connect itself, when instances are listed"),
        ]
        .iter()
        .filter(|(action, _)| self.any.contains(action))
        .map(|(action, when)| format!("{action} {when}"))
        .collect();
        if !self.lists.is_empty() {
            notes.push(
                "ConnectUsage is called only about instances that `connect:ListInstances` tells".to_owned(),
            );
        }
        if !self.roles.is_empty() {
            let own = if self.any.contains(ACCOUNTS) {
                format!("Accounts and {ACCOUNTS} are")
            } else {
                "Accounts is".to_owned()
            };
            notes.push(format!("{own} for the credentials of the surroundings, the rest for each role"));
        }
        notes.push("sts:GetCallerIdentity is called too and needs no permission".to_owned());
        notes
    }
}

fn statement(name: &str, actions: Json, resource: Json) -> Json {
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

    fn every() -> StatedAccount {
        StatedAccount {
            name: EVERY.into(),
            role_arn: Some("arn:aws:iam::*:role/reader".into()),
            ..StatedAccount::default()
        }
    }

    fn want(account: WantedAccount, codes: &[(&str, &str)], parents: &[(&str, &str)]) -> Want {
        Want {
            partition: "aws-us-gov".into(),
            account,
            region: Some("us-gov-west-1".into()),
            quotas: codes.iter().map(|(s, c)| catalog::quota(s, c).expect(c).id).collect(),
            parents: parents.iter().map(|(k, t)| ((*k).into(), (*t).into())).collect(),
        }
    }

    fn own() -> WantedAccount {
        WantedAccount::Chosen(BTreeMap::new())
    }

    fn text(wants: &[Want], stated: &[StatedAccount]) -> String {
        policy(Run::Of(wants), stated).map_or(String::new(), |p| p.json.to_string())
    }

    #[test]
    fn a_pull_of_a_whole_organization_lists_its_accounts_and_a_check_does_not() {
        let all: Vec<&Quota> = catalog::quotas().iter().collect();
        let any = policy(Run::Any(&all, "aws"), &[every()]).expect("a policy").json.to_string();
        assert!(any.contains("\"organizations:ListAccounts\""), "{any}");
        assert!(any.contains("\"arn:aws:iam::*:role/reader\""), "{any}");
        let vpcs = [("vpc", "L-F678F1CE")];
        let check = text(&[want(WantedAccount::Id("111111111111".into()), &vpcs, &[])], &[every()]);
        assert!(!check.contains("organizations:"), "{check}");
        assert!(check.contains("\"arn:aws:iam::111111111111:role/reader\""), "{check}");
    }

    #[test]
    fn the_role_of_a_provider_configuration_is_assumed() {
        let role =
            WantedAccount::Chosen([("role_arn".into(), "\"arn:aws-us-gov:iam::1:role/r\"".into())].into());
        let policy = text(&[want(role, &[("vpc", "L-F678F1CE")], &[])], &[]);
        assert!(policy.contains("\"arn:aws-us-gov:iam::1:role/r\""), "{policy}");
    }

    #[test]
    fn an_account_that_nothing_leads_to_needs_no_policy() {
        let unknown = want(WantedAccount::Unknown("var.role".into()), &[("vpc", "L-F678F1CE")], &[]);
        assert!(policy(Run::Of(&[unknown]), &[]).is_none());
        assert!(policy(Run::Of(&[]), &[every()]).is_none());
    }

    #[test]
    fn only_what_a_run_calls_is_allowed() {
        let vpcs = text(&[want(own(), &[("vpc", "L-F678F1CE")], &[])], &[]);
        assert!(
            vpcs.contains("servicequotas:ListServiceQuotas") && vpcs.contains("cloudwatch:GetMetricData")
        );
        assert!(!vpcs.contains("connect:"), "{vpcs}");
        let instance = [("aws_connect_instance", "x")];
        let queues = text(&[want(own(), &[("connect", "L-19A87C94")], &instance)], &[]);
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
        let phones = text(&[want(own(), &[("connect", "L-8F812903")], &instance)], &[]);
        assert!(phones.contains("arn:aws-us-gov:connect:*:*:phone-number/*"), "{phones}");
        // Nothing is in use in an instance that is still to be made, whatever else exists.
        let planned = text(&[want(own(), &[("connect", "L-19A87C94")], &[("aws_vpc", "vpc-1")])], &[]);
        assert!(!planned.contains("connect:") && planned.contains("ListServiceQuotas"), "{planned}");
    }

    #[test]
    fn what_may_be_one_account_is_asked_as_one_and_as_two() {
        let quotas = catalog::quotas_of("sagemaker");
        let pages = catalog::listed_of("sagemaker").len().div_ceil(super::super::calls::PAGE);
        let some: Vec<(&str, &str)> = quotas
            .iter()
            .filter(|q| !q.code.is_empty())
            .map(|q| (q.service, q.code))
            .take(pages / 2 + 1)
            .collect();
        let (first, second) = some.split_at(1);
        let named = |name: &str| WantedAccount::Named(name.into());
        let numbered = |id: &str| WantedAccount::Id(id.into());
        let both = |a, b| text(&[want(a, first, &[]), want(b, second, &[])], &[]);
        let one = text(&[want(own(), first, &[])], &[]);
        assert!(one.contains(SINGLE) && !one.contains(LIST), "{one}");
        assert!(both(named("a"), named("b")).contains(LIST));
        assert!(!both(numbered("111111111111"), numbered("222222222222")).contains(LIST));
    }

    #[test]
    fn nothing_is_allowed_that_changes_anything() {
        let all: Vec<&Quota> = catalog::quotas().iter().collect();
        let policy = policy(Run::Any(&all, "aws"), &[every()]).expect("a policy");
        for statement in policy.json["Statement"].as_array().expect("statements") {
            for action in statement["Action"].as_array().expect("actions") {
                let verb = action.as_str().and_then(|a| a.split(':').next_back()).expect("a verb");
                assert!(
                    ["Get", "List", "Describe", "AssumeRole"].iter().any(|v| verb.starts_with(v)),
                    "{verb}"
                );
            }
        }
    }
}
