//! What is counted only under a condition on its parent is counted alike from source and from its plan.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::common::run;

/// Count by quota and parent, with what leaves it open.
fn counts(input: &str) -> BTreeMap<(String, String), (String, Json)> {
    let run = run(&format!("check {input} --today 2026-11-21 --format json"));
    let json: Json = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{input}: {e}\n{}", run.err));
    let text = |v: &Json| v.as_str().unwrap_or("-").to_owned();
    let all = json["projections"].as_array().expect("an array").iter();
    all.map(|p| {
        let count = format!("{}..{}", p["count"]["low"], p["count"]["high"]);
        ((text(&p["quota"]["name"]), text(&p["scope"]["parent"])), (count, p["because"].clone()))
    })
    .collect()
}

#[test]
fn conditions_on_parents_hold_alike_in_source_and_plan() {
    let (source, plan) = (counts("fixtures/conditions"), counts("fixtures/conditions/plan.json"));
    assert!(source.len() > 20, "{source:?}");
    assert_eq!(
        source.iter().map(|(key, (count, _))| (key, count)).collect::<Vec<_>>(),
        plan.iter().map(|(key, (count, _))| (key, count)).collect::<Vec<_>>()
    );
    let old = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/old/0123456789abcdef";
    for (quota, parent, count) in [
        // The type of the load balancer, planned, and told by its ARN.
        ("Listeners per Network Load Balancer", "aws_lb.each[\"n\"]", "1..1"),
        ("Listeners per Application Load Balancer", "aws_lb.each[\"a\"]", "1..1"),
        ("Listeners per Gateway Load Balancer", "aws_lb.each[\"g\"]", "1..1"),
        ("Listeners per Network Load Balancer", old, "1..1"),
        // Through a listener.
        ("Certificates per Network Load Balancer", "aws_lb.each[\"n\"]", "1..1"),
        ("Subscriptions per FIFO topic", "aws_sns_topic.t[\"fifo\"]", "1..1"),
        ("Subscriptions per standard topic", "aws_sns_topic.t[\"plain\"]", "1..1"),
        // The service of an ARN that is not known yet.
        ("Maximum number of ALB associations per web ACL in WAF for regional", "aws_wafv2_web_acl.w", "1..1"),
        // One policy of two is a service control policy; AWS may attach another one.
        ("Service control policies per OU", "aws_organizations_organizational_unit.u", "1..2"),
        ("Service control policies per OU", "ou-ab12-cdefgh34", "1..2"),
        ("Service control policies per account", "123456789012", "2..3"),
        // The type is known only after apply.
        ("Listeners per Network Load Balancer", "aws_lb.later", "0..1"),
    ] {
        let found = plan.get(&(quota.into(), parent.into())).unwrap_or_else(|| panic!("{quota} in {parent}"));
        assert_eq!(found.0, count, "{quota} in {parent}");
    }
    for (quota, parent) in [
        ("Listeners per Network Load Balancer", "aws_lb.each[\"a\"]"),
        ("Service control policies per OU", "123456789012"),
        ("Service control policies per account", "ou-ab12-cdefgh34"),
    ] {
        assert_eq!(plan.get(&(quota.into(), parent.into())), None, "{quota} in {parent}");
    }
    let (_, because) = &plan[&("Listeners per Network Load Balancer".into(), "aws_lb.later".into())];
    assert!(because.to_string().contains("aws_lb.later.load_balancer_type"), "{because}");
}

#[test]
fn what_comes_of_the_id_of_another_type_is_no_parent_only_where_that_is_certain() {
    let (source, plan) = (counts("fixtures/other-types"), counts("fixtures/other-types/plan.json"));
    let modules = ("Flow modules per instance".to_owned(), "aws_connect_instance.c".to_owned());
    // A part of the id of a queue: in the source too nobody takes texts apart.
    assert_eq!((&*source[&modules].0, &*plan[&modules].0), ("0..1", "0..1"));
    let of = |counts: &BTreeMap<(String, String), (String, Json)>, parent: &str| {
        let found = counts.get(&("Service control policies per account".to_owned(), parent.to_owned()));
        found.map(|(count, _)| count.clone())
    };
    // Two are surely of a unit, three may be of the account, to which AWS attaches a policy of its own.
    assert_eq!(of(&source, "123456789012").as_deref(), Some("0..4"), "{source:?}");
    let unknown = "an aws_organizations_account that is not known";
    assert_eq!(of(&plan, unknown).as_deref(), Some("0..3"), "{plan:?}");
    let units =
        ("Service control policies per OU".to_owned(), "aws_organizations_organizational_unit.u".to_owned());
    assert_eq!(source[&units].0, "2..6");
}
