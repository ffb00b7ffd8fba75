//! A module read as HCL and as its own plan gives the same inventory.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::common::{command, finish, root};

/// Fixture, plan, further arguments for the fixture.
const PAIRS: &[(&str, &str, &str)] = &[
    ("contact-center", "contact-center", ""),
    ("over-quota", "over-quota", ""),
    ("separate-instances", "separate-instances", ""),
    ("govcloud", "govcloud", ""),
    (
        "unknown",
        "unknown.with-values",
        "-var-file fixtures/unknown/with-values.tfvars --settings fixtures/unknown/with-values.hcl",
    ),
];

/// Attributes of which a plan says only that they name some instance of a block: it records the reference
/// `aws_connect_instance.tenant` and not the key `each.value.tenant`. The source's parent has to be among its candidates.
const AMBIGUOUS: &[(&str, &str)] = &[
    ("aws_lexv2models_slot", "intent_id"),
    ("aws_s3_bucket_public_access_block", "bucket"),
    ("aws_connect_queue", "instance_id"),
    ("aws_connect_security_profile", "instance_id"),
    ("aws_connect_phone_number", "target_arn"),
    ("aws_nat_gateway", "subnet_id"),
];

/// What source and plan must agree on, for one instance.
#[derive(Debug, PartialEq)]
struct Seen {
    ty: String,
    count: Json,
    tags: Json,
    tags_all: Json,
    complete: Json,
    provider: Json,
    scopes: BTreeMap<String, BTreeSet<String>>,
}

fn inventory(arguments: &str, input: &str) -> BTreeMap<String, Seen> {
    let run = finish(command(&format!("inventory {arguments} --format json")), input);
    let json: Json =
        serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{arguments}: {e}\n{}", run.err));
    let mut seen = BTreeMap::new();
    // A data source that follows from the source alone is answered, and no instance to us; a plan lists it.
    let managed = json["instances"].as_array().expect("an array").iter().filter(|i| i["mode"] == "managed");
    for instance in managed {
        let mut scopes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for scope in instance["scopes"].as_array().expect("an array") {
            let via = scope["via"].as_str().expect("an attribute").to_string();
            let parents = scope["parent"].as_array().expect("an array").iter();
            scopes.entry(via).or_default().extend(parents.map(|p| p.as_str().expect("a name").to_string()));
        }
        let of = |name: &str| instance[name].clone();
        let entry = Seen {
            ty: of("type").as_str().expect("a type").to_string(),
            count: of("count"),
            tags: of("tags"),
            tags_all: of("tags_all"),
            complete: of("tags_complete"),
            provider: of("provider"),
            scopes,
        };
        let address = instance["address"].as_str().expect("an address").to_string();
        assert!(seen.insert(address.clone(), entry).is_none(), "{address} twice");
    }
    seen
}

/// True if both say the same, but for what only a plan can know or leave open: the number of the account, and the
/// keys of default_tags that it omits because one of them is not known yet.
fn agree(source: &Seen, plan: &Seen, joined: bool) -> bool {
    let provider = |seen: &Seen| {
        let mut provider = seen.provider.clone();
        if source.provider["account"].is_null() {
            provider["account"] = Json::Null;
        }
        provider
    };
    let all = |seen: &Seen| seen.tags_all.as_object().cloned().unwrap_or_default();
    let tags_agree = match (&source.complete, &plan.complete) {
        (Json::Bool(true), Json::Bool(false)) if !joined => {
            let source = all(source);
            all(plan).iter().all(|(key, value)| source.get(key) == Some(value))
        }
        (a, b) => a == b && source.tags_all == plan.tags_all,
    };
    source.count == plan.count
        && source.tags == plan.tags
        && scopes_agree(source, plan, joined)
        && provider(source) == provider(plan)
        && tags_agree
}

fn scopes_agree(source: &Seen, plan: &Seen, joined: bool) -> bool {
    source.scopes.len() == plan.scopes.len()
        && source.scopes.iter().all(|(via, parents)| match plan.scopes.get(via) {
            None => false,
            Some(planned) if planned == parents => true,
            Some(planned) => {
                !joined && AMBIGUOUS.contains(&(source.ty.as_str(), via)) && planned.is_superset(parents)
            }
        })
}

/// Lists what two inventories do not agree on.
///
/// `joined`: the plan was read with its source, and has no excuse.
fn differences(source: &BTreeMap<String, Seen>, plan: &BTreeMap<String, Seen>, joined: bool) -> Vec<String> {
    let mut found = Vec::new();
    for address in source.keys().chain(plan.keys()).collect::<BTreeSet<_>>() {
        match (source.get(address), plan.get(address)) {
            (Some(a), Some(b)) if agree(a, b, joined) => {}
            (Some(a), Some(b)) => found.push(format!("{address}:\n  source {a:?}\n  plan   {b:?}")),
            (Some(_), None) => found.push(format!("{address} is not in the plan")),
            (None, _) => found.push(format!("{address} is not in the source")),
        }
    }
    found
}

#[test]
fn source_and_plan_give_the_same_inventory() {
    for (fixture, plan, arguments) in PAIRS {
        let source = inventory(&format!("fixtures/{fixture} {arguments}"), "");
        assert!(!source.is_empty(), "{fixture} is empty");
        for with in [String::new(), format!(" --source fixtures/{fixture}")] {
            let planned = inventory(&format!("fixtures/plans/{plan}.json{with}"), "");
            let found = differences(&source, &planned, !with.is_empty());
            assert!(
                found.is_empty(),
                "{fixture}{with}: {} differences\n{}",
                found.len(),
                found[..found.len().min(5)].join("\n")
            );
        }
    }
}

#[test]
fn every_child_of_a_connect_instance_has_the_parent_that_the_plan_with_known_ids_gives() {
    for (fixture, plan, arguments) in PAIRS {
        let path = root().join(format!("fixtures/expected/{plan}.parents.json"));
        let expected: BTreeMap<String, String> =
            serde_json::from_str(&std::fs::read_to_string(path).expect("the list is committed"))
                .expect("a map");
        let source = inventory(&format!("fixtures/{fixture} {arguments}"), "");
        for (child, parent) in &expected {
            let seen = source.get(child).unwrap_or_else(|| panic!("{fixture}: {child} is missing"));
            let named = seen.scopes.values().any(|parents| parents.iter().eq([parent]));
            assert!(named, "{fixture}: {child} belongs to {parent}, not to {:?}", seen.scopes);
        }
    }
}

#[test]
fn a_queue_less_in_the_plan_is_seen() {
    let source = inventory("fixtures/over-quota", "");
    let path = root().join("fixtures/plans/over-quota.json");
    let mut plan: Json =
        serde_json::from_str(&std::fs::read_to_string(path).expect("the plan is committed")).expect("JSON");
    let changes = plan["resource_changes"].as_array_mut().expect("an array");
    let at = changes.iter().position(|c| c["type"] == "aws_connect_queue").expect("a queue");
    let gone = changes.remove(at)["address"].as_str().expect("an address").to_string();
    let plan = inventory("-", &plan.to_string());
    assert_eq!(differences(&source, &plan, false), [format!("{gone} is not in the plan")]);
}
