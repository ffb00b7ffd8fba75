//! Each rule, with what it flags and what it leaves alone.

use std::cell::RefCell;
use std::sync::Arc;

use super::*;
use crate::catalog;
use crate::date::Date;
use crate::inventory::build::{instance, inventory, plan, provider, tag_values, tags, variable};
use crate::inventory::{
    Change, Instance, Inventory, ProviderConfig, ProviderId, RequestedLimit, ScopeRef, Setting, StatedLimit,
    TagValue, Tags,
};
use crate::projection::{LimitOrigin, Limits, ObservedSource, Options, Root, TakenLimit, project};
use crate::tags::{Exemption, Format, TagRule, judge};
use crate::value::{Cause, CauseKind, Count};

const QUEUES: &str = "L-19A87C94";
const INSTANCES: &str = "L-AA17A6B9";
const KEYS: &str = "L-C2F1777E";

/// Everything a run needs, with nothing in it.
#[derive(Default)]
struct Run {
    inventory: Inventory,
    limits: Limits,
    schema: Schema,
    files: Files,
    missing: Vec<MissingModule>,
    partial: Vec<(String, String)>,
    levels: BTreeMap<EcoString, Level>,
    all: bool,
    allowed: Vec<(&'static str, Span)>,
}

impl Run {
    fn of(inventory: Inventory) -> Run {
        let limits = Limits { today: Date::parse("2026-11-20"), ..Limits::default() };
        Run { inventory, limits, ..Run::default() }
    }

    fn findings(&self) -> Vec<Finding> {
        let projected = project(&self.inventory, &Root::default(), self.limits.clone(), Options::default());
        let tags = judge(&self.inventory, "", &self.schema, Some(&self.files), self.limits.today);
        let asked = RefCell::new(Vec::new());
        let allows = |rule: &'static str, span: Span| {
            asked.borrow_mut().push((rule, span));
            self.allowed.contains(&(rule, span))
        };
        let context = Context {
            projected: &projected,
            stated: &self.limits.stated,
            observed: self.limits.observed.source.as_ref(),
            tags: &tags,
            schema: &self.schema,
            files: &self.files,
            gate: &[],
            missing: &self.missing,
            partial: &self.partial,
            buffer: 20,
            all: self.all,
            allows: &allows,
        };
        run(&context, &self.levels)
    }

    /// The findings of one rule.
    fn by(&self, rule: &str) -> Vec<Finding> {
        self.findings().into_iter().filter(|f| f.rule == rule).collect()
    }

    /// The only finding of a rule.
    fn one(&self, rule: &str) -> Finding {
        let mut found = self.by(rule);
        assert_eq!(found.len(), 1, "{:#?}", self.findings());
        found.remove(0)
    }

    fn none(&self, rule: &str) {
        let found = self.by(rule);
        assert!(found.is_empty(), "{found:#?}");
    }
}

fn measure(code: &str) -> u32 {
    u32::from(catalog::quota_by_code(code).unwrap().measures[0].id.0)
}

fn counted(address: &str, code: &str, scope: ScopeRef) -> Instance {
    instance(address).reads(measure(code), scope, Count::exactly(1))
}

fn centre(queues: u32) -> Inventory {
    let mut inventory = inventory();
    let this = inventory.add_parent(instance("aws_connect_instance.this"));
    for i in 0..queues {
        inventory.add(counted(&format!("aws_connect_queue.tenant[{i}]"), QUEUES, this.clone()));
    }
    inventory
}

fn stated(code: &str, applied: Option<f64>) -> StatedLimit {
    StatedLimit {
        service: "connect".into(),
        code: code.into(),
        name: "".into(),
        applied,
        budget: None,
        account: None,
        region: None,
        scope: None,
        reason: None,
        until: None,
        force: false,
        span: None,
    }
}

fn with_stated(queues: u32, stated: StatedLimit) -> Run {
    let mut run = Run::of(centre(queues));
    run.limits.stated = vec![stated];
    run
}

fn note<'a>(finding: &'a Finding, name: &str) -> &'a str {
    finding.notes.iter().find(|(n, _)| *n == name).map_or("", |(_, text)| text)
}

#[test]
fn every_rule_has_an_id_like_its_file_and_a_page_with_all_headings() {
    let ids = ids();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(ids, sorted, "bug: rules! lists each id once, by id");
    for rule in RULES {
        let mut lines = rule.page.lines();
        assert_eq!(lines.next(), Some(format!("# {}", rule.id).as_str()));
        let headings: Vec<&str> = rule.page.lines().filter(|l| l.starts_with("## ")).collect();
        let wanted = ["## What it does", "## Why it matters", "## Example", "## What to do", "## References"];
        assert_eq!(headings, wanted, "{}", rule.id);
        assert!(super::rule(rule.id).is_some());
    }
    assert!(super::rule("no-such-rule").is_none());
}

#[test]
fn an_empty_input_has_no_findings() {
    assert!(Run::default().findings().is_empty());
}

#[test]
fn quota_default_exceeded_says_how_many_of_what_where_and_what_to_do() {
    let run = Run::of(centre(104));
    let f = run.one("quota-default-exceeded");
    assert_eq!(f.message, "105 queues, limit 100, in aws_connect_instance.this");
    assert_eq!(f.severity, Severity::Error);
    assert_eq!(note(&f, "parts"), "104 created + 1 BasicQueue made by AWS = 105");
    let limit = note(&f, "limit");
    assert!(limit.starts_with("100 · L-19A87C94 · AWS default list 2026"), "{limit}");
    assert!(limit.ends_with("adjustable · assumed"), "{limit}");
    assert_eq!(
        f.help.as_deref(),
        Some("ask AWS for 130\nAlready raised?  quota \"connect\" \"L-19A87C94\" { applied = 130 }")
    );
    assert_eq!(f.places[0].address.as_deref(), Some("aws_connect_queue.tenant"));
    assert_eq!(f.places[0].label.as_deref(), Some("104 instances"));
    run.none("quota-exceeded");
    Run::of(centre(99)).none("quota-default-exceeded");
}

#[test]
fn quota_exceeded_is_for_limits_that_are_certain() {
    let run = with_stated(104, stated(QUEUES, Some(50.0)));
    let f = run.one("quota-exceeded");
    assert_eq!(f.message, "105 queues, limit 50, in aws_connect_instance.this");
    assert!(note(&f, "limit").contains("stated in the settings"));
    run.none("quota-default-exceeded");
    with_stated(104, stated(QUEUES, Some(105.0))).none("quota-exceeded");
}

#[test]
fn a_budget_of_our_own_is_a_limit_too() {
    let budget = StatedLimit { budget: Some(50.0), ..stated(QUEUES, None) };
    let f = with_stated(60, budget).one("quota-exceeded");
    assert!(f.help.as_deref().is_some_and(|h| h.contains("budget = ")), "{f:?}");
}

#[test]
fn a_limit_that_is_not_confirmed_is_a_warning_and_says_why() {
    let mut run = Run::of(centre(104));
    run.inventory.providers[0].region = Some(Setting::Known("us-gov-west-1".into()));
    let f = run.one("quota-default-exceeded");
    assert_eq!(f.severity, Severity::Warning);
    assert!(note(&f, "sure").contains("not confirmed"));
}

#[test]
fn a_size_over_its_limit_names_the_resource() {
    let trust = catalog::quota_by_code("L-C07B4B0D").unwrap();
    let mut inventory = inventory();
    for i in 0..3 {
        let size = Count::exactly(trust.default.unwrap() + i);
        inventory.add(instance(&format!("aws_iam_role.r[{i}]")).reads(
            measure(trust.code),
            ScopeRef::Account,
            size,
        ));
    }
    let f = Run::of(inventory).one("quota-default-exceeded");
    assert!(f.message.starts_with("Role trust policy length 2050"), "{}", f.message);
    assert!(f.message.ends_with("in aws_iam_role.r[2] and 1 more of the block"), "{}", f.message);
    assert_eq!(f.places.len(), 2);
}

#[test]
fn resources_over_the_same_limit_by_the_same_are_one_finding() {
    let trust = catalog::quota_by_code("L-C07B4B0D").unwrap();
    let mut inventory = inventory();
    for (name, over) in [("a", 1), ("b", 1), ("c", 1), ("d", 2)] {
        let size = Count::exactly(trust.default.unwrap() + over);
        let address = format!("aws_iam_role.{name}");
        inventory.add(instance(&address).reads(measure(trust.code), ScopeRef::Account, size));
    }
    let found = Run::of(inventory).by("quota-default-exceeded");
    let messages: Vec<&str> = found.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    let many = found.iter().find(|f| f.places.len() == 3).expect("three are alike");
    assert!(many.message.ends_with("in aws_iam_role.a and 2 more"), "{messages:?}");
    assert_eq!(many.places_total, 3);
}

#[test]
fn quota_near_has_tiers() {
    for (queues, severity, label) in [
        (69, Severity::Notice, "(70 %)"),
        (79, Severity::Warning, "(80 %)"),
        (89, Severity::Warning, "(90 %, critical)"),
        (99, Severity::Warning, "(100 %, critical)"),
    ] {
        let f = Run::of(centre(queues)).one("quota-near");
        assert!(f.message.contains(label), "{}", f.message);
        assert_eq!(f.severity, severity);
    }
    Run::of(centre(68)).none("quota-near");
    Run::of(centre(104)).none("quota-near");
}

#[test]
fn under_ten_near_means_full() {
    let of = |n: u32| {
        let mut inventory = inventory();
        for i in 0..n {
            inventory.add(counted(&format!("aws_connect_instance.c{i}"), INSTANCES, ScopeRef::Account));
        }
        Run::of(inventory)
    };
    let f = of(2).one("quota-near");
    assert_eq!(f.message, "2 Amazon Connect instances, limit 2 (100 %, full), in us-east-1");
    of(1).none("quota-near");
}

/// A plan with kept and changed queues under a stated limit.
fn planned(limit: f64, changes: &[(u32, Change)]) -> Run {
    let mut inventory = plan();
    let this = inventory.add_parent(instance("aws_connect_instance.this").changed(Change::Keep));
    for (block, (n, change)) in changes.iter().enumerate() {
        for i in 0..*n {
            let q = counted(&format!("aws_connect_queue.q{block}[{i}]"), QUEUES, this.clone());
            inventory.add(q.changed(*change));
        }
    }
    let mut run = Run::of(inventory);
    run.limits.stated = vec![StatedLimit { force: true, ..stated(QUEUES, Some(limit)) }];
    run
}

#[test]
fn quota_over_already_is_a_notice_for_what_the_change_does_not_raise() {
    let run = planned(10.0, &[(20, Change::Keep)]);
    let f = run.one("quota-over-already");
    assert_eq!(f.severity, Severity::Notice);
    run.none("quota-exceeded");
    planned(10.0, &[(20, Change::Keep), (5, Change::Destroy)]).none("quota-exceeded");
    let raised = planned(10.0, &[(20, Change::Keep), (1, Change::Create)]);
    raised.none("quota-over-already");
    let f = raised.one("quota-exceeded");
    assert!(
        note(&f, "parts").starts_with("20 existing + 1 created + 0 to 1 BasicQueue made by AWS = 21 to 22"),
        "{f:?}"
    );
}

#[test]
fn what_was_full_before_is_not_near_by_this_change() {
    planned(21.0, &[(20, Change::Keep)]).none("quota-near");
    planned(22.0, &[(20, Change::Keep), (1, Change::Create)]).one("quota-near");
}

#[test]
fn quota_peak_is_for_what_fits_only_in_the_end() {
    let f = planned(21.0, &[(20, Change::ReplaceCreateFirst)]).one("quota-peak");
    assert_eq!(f.message, "up to 41 queues while apply runs, limit 21, in aws_connect_instance.this");
    assert!(f.help.as_deref().is_some_and(|h| h.contains("create_before_destroy")));
    let f = planned(21.0, &[(10, Change::Destroy), (20, Change::Create)]).one("quota-peak");
    assert!(f.help.as_deref().is_some_and(|h| h.contains("destroys first")));
    planned(21.0, &[(20, Change::Replace)]).none("quota-peak");
    planned(50.0, &[(20, Change::ReplaceCreateFirst)]).none("quota-peak");
}

fn group(address: &str, code: &str, scope: ScopeRef, after: Count, why: &str) -> Instance {
    let mut group = counted(address, code, scope);
    group.after = after;
    group.why = Some(variable(why));
    group
}

#[test]
fn quota_undecided_is_one_finding_for_each_cause() {
    let mut inventory = inventory();
    let this = inventory.add_parent(instance("aws_connect_instance.this"));
    inventory.add(group("aws_connect_queue.q[*]", QUEUES, this, Count::at_least(0), "tenants"));
    inventory.add(group(
        "aws_connect_instance.c[*]",
        INSTANCES,
        ScopeRef::Account,
        Count::at_least(0),
        "tenants",
    ));
    inventory.add(group("aws_kms_key.k[*]", KEYS, ScopeRef::Account, Count::at_least(0), "keys"));
    let found = Run::of(inventory).by("quota-undecided");
    let messages: Vec<&str> = found.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(
        messages[1].contains("limit 100000, in us-east-1: undecided, `var.keys` has no value"),
        "{}",
        messages[1]
    );
    assert_eq!(messages[0], "2 counts in 2 scopes undecided: `var.tenants` has no value");
    assert_eq!(found[0].severity, Severity::Warning);
    assert_eq!(found[0].notes.len(), 2);
    assert!(found[0].help.as_deref().is_some_and(|h| h.contains("-var tenants")));
}

#[test]
fn a_bounded_count_under_the_limit_is_not_undecided_and_an_unknown_limit_is_a_notice() {
    let mut run = Run::of(centre(0));
    let this = run.inventory.instances[0].parent.unwrap();
    let group = group("aws_connect_queue.q[*]", QUEUES, ScopeRef::Parent(this), Count::between(0, 20), "n");
    run.inventory.add(group);
    run.none("quota-undecided");
    run.limits.defaults = false;
    let f = run.one("quota-undecided");
    assert_eq!(f.severity, Severity::Notice);
    assert!(
        f.message.ends_with("limit not known, in aws_connect_instance.this: undecided, no limit is known"),
        "{}",
        f.message
    );
    assert!(f.help.as_deref().is_some_and(|h| h.contains("quotas pull")));
}

#[test]
fn an_undecided_value_of_one_resource_is_silent() {
    let mut inventory = inventory();
    inventory.add(instance("aws_iam_role.r").reads(
        measure("L-C07B4B0D"),
        ScopeRef::Account,
        Count::at_least(0),
    ));
    Run::of(inventory).none("quota-undecided");
}

#[test]
fn override_contradicted_names_both_values() {
    let mut run = with_stated(1, stated(QUEUES, Some(200.0)));
    run.limits.observed.limits = vec![TakenLimit {
        service: "connect".into(),
        code: QUEUES.into(),
        value: 100.0,
        account: None,
        region: Some("us-east-1".into()),
        resource: None,
        default: false,
        origin: LimitOrigin::Snapshot,
        as_of: "2026-11-01".into(),
    }];
    let f = run.one("override-contradicted");
    assert_eq!(f.message, "Queues per instance: the settings state 200, the snapshot of 2026-11-01 says 100");
    run.limits.observed.limits[0].value = 200.0;
    run.none("override-contradicted");
}

fn told(origin: LimitOrigin, day: &str) -> ObservedSource {
    ObservedSource {
        origin,
        name: "quotas.json".into(),
        places: vec![crate::projection::ObservedPlace {
            account: "123456789012".into(),
            region: "us-east-1".into(),
            as_of: Date::parse(day).unwrap(),
        }],
        failures: Vec::new(),
        days: 30,
        today: Date::parse("2026-11-20"),
    }
}

fn queues_taken(value: f64) -> TakenLimit {
    TakenLimit {
        service: "connect".into(),
        code: QUEUES.into(),
        value,
        account: None,
        region: Some("us-east-1".into()),
        resource: None,
        default: false,
        origin: LimitOrigin::Live,
        as_of: "2026-11-20".into(),
    }
}

#[test]
fn limits_fallback_names_what_was_not_told_and_why() {
    let mut run = Run::of(centre(2));
    run.none("limits-fallback");
    run.limits.observed.source = Some(told(LimitOrigin::Live, "2026-11-20"));
    let f = run.one("limits-fallback");
    assert_eq!(f.message, "AWS's defaults count for 1 quota in us-east-1: AWS told no value");
    assert_eq!(note(&f, "quotas"), "Queues per instance");
    let failure = crate::projection::ObservedFailure {
        account: None,
        region: Some("us-east-1".into()),
        service: "connect".into(),
        code: "".into(),
        what: "applied values".into(),
        why: "access denied to ListServiceQuotas".into(),
    };
    let source = run.limits.observed.source.as_mut().unwrap();
    source.failures.push(failure.clone());
    source.failures.push(crate::projection::ObservedFailure {
        service: "lambda".into(),
        why: "other".into(),
        ..failure
    });
    let f = run.one("limits-fallback");
    assert!(f.message.ends_with(": access denied to ListServiceQuotas"), "{}", f.message);
    run.limits.observed.limits = vec![queues_taken(100.0)];
    run.none("limits-fallback");
}

#[test]
fn snapshot_stale_is_for_old_snapshots_only() {
    let mut run = Run::of(centre(2));
    run.limits.observed.source = Some(told(LimitOrigin::Snapshot, "2026-10-20"));
    let f = run.one("snapshot-stale");
    assert_eq!(f.message, "the snapshot `quotas.json` is 31 days old, more than 30");
    run.limits.observed.source = Some(told(LimitOrigin::Snapshot, "2026-10-21"));
    run.none("snapshot-stale");
    run.limits.observed.source = Some(told(LimitOrigin::Live, "2026-10-20"));
    run.none("snapshot-stale");
}

#[test]
fn usage_below_state_names_both_numbers() {
    let mut inventory = plan();
    for i in 0..3 {
        let c = counted(&format!("aws_connect_instance.c[{i}]"), INSTANCES, ScopeRef::Account);
        inventory.add(c.changed(Change::Keep));
    }
    let mut run = Run::of(inventory);
    let usage = |amount: u64| crate::projection::TakenUsage {
        service: "connect".into(),
        code: INSTANCES.into(),
        amount,
        account: None,
        region: Some("us-east-1".into()),
        parent: None,
    };
    run.limits.observed.usage = vec![usage(1)];
    let f = run.one("usage-below-state");
    assert_eq!(f.message, "Amazon Connect instance count: AWS says that 1 are in use, the state holds 3");
    assert!(f.quota.is_some());
    run.limits.observed.usage = vec![usage(3)];
    run.none("usage-below-state");
}

#[test]
fn quota_code_unknown_is_for_codes_that_the_catalog_does_not_have() {
    let f = with_stated(1, stated("L-B15FC19B", Some(1.0))).one("quota-code-unknown");
    assert_eq!(f.message, "the catalog has no quota `L-B15FC19B` of `connect`");
    with_stated(1, stated(QUEUES, Some(1000.0))).none("quota-code-unknown");
}

#[test]
fn quota_code_unknown_gives_the_right_code_for_each_that_the_guide_invents() {
    for (service, invented, help) in [
        ("connect", "L-8E309C4C", "meant is `L-12AB7C57` of `connect`: Concurrent active calls per instance"),
        ("connect", "L-F5FEC574", "meant is `L-9A46857E` of `connect`: Users per instance"),
        ("connect", "L-C4FE7B79", "meant is `L-8F812903` of `connect`: Phone numbers per instance"),
        ("connect", "L-B15FC19B", "meant is `L-19A87C94` of `connect`: Queues per instance"),
        ("lex", "L-05BCE0FB", "meant is Voice requests per second, which has no code"),
        (
            "bedrock",
            "L-ABCD1234",
            "meant is `L-F406804E` of `bedrock`: On-demand InvokeModel requests per minute",
        ),
        ("cases", "L-14092FF4", "`L-14092FF4` is a quota of `profile`: Object types per domain"),
        ("connect", "L-00000000", "nothing is compared with it"),
    ] {
        let wrong = StatedLimit { service: service.into(), ..stated(invented, Some(1.0)) };
        let f = with_stated(1, wrong).one("quota-code-unknown");
        let found = f.help.unwrap();
        assert!(found.contains(help), "{invented}: {found}");
        let mut run = Run::of(centre(1));
        run.inventory.requested.push(requested(service, invented, 500.0));
        let f = run.one("quota-code-unknown");
        assert!(
            f.message.ends_with(&format!("`{invented}` of `{service}`, which does not exist")),
            "{}",
            f.message
        );
        assert!(f.help.unwrap().contains(help), "{invented}");
    }
    // The only right one of the guide.
    let mut run = Run::of(centre(1));
    run.inventory.requested.push(requested("lambda", "L-B99A9384", 5_000.0));
    run.none("quota-code-unknown");
}

fn requested(service: &str, code: &str, value: f64) -> RequestedLimit {
    RequestedLimit {
        service: Some(service.into()),
        code: Some(code.into()),
        value: Some(value),
        provider: ProviderId(0),
        address: instance("aws_servicequotas_service_quota.more").address,
        span: None,
    }
}

#[test]
fn quota_code_unknown_is_for_requests_that_ask_for_too_little_too() {
    let mut run = Run::of(centre(60));
    run.inventory.requested.push(requested("connect", QUEUES, 50.0));
    let f = run.one("quota-code-unknown");
    assert_eq!(
        f.message,
        "`aws_servicequotas_service_quota.more` asks for 50 of Queues per instance, less than the 61 that will be in use"
    );
    run.inventory.requested[0].value = Some(200.0);
    run.none("quota-code-unknown");
}

/// What is asked for is not the limit yet.
#[test]
fn a_request_is_shown_as_pending() {
    let mut run = Run::of(centre(100));
    run.inventory.requested.push(requested("connect", QUEUES, 500.0));
    let f = run.one("quota-default-exceeded");
    assert!(
        note(&f, "limit").contains("pending: aws_servicequotas_service_quota.more asks for 500"),
        "{f:?}"
    );
}

fn users(count: u32, change: Option<Change>) -> Inventory {
    let mut inventory = inventory();
    let this = inventory.add_parent(instance("aws_connect_instance.this"));
    for i in 0..count {
        let user = counted(&format!("aws_connect_user.agent[{i}]"), "L-9A46857E", this.clone());
        inventory.add(Instance { change, ..user });
    }
    inventory
}

#[test]
fn apply_rate_says_how_long_creations_take() {
    let f = Run::of(users(500, Some(Change::Create))).one("apply-rate");
    assert_eq!(
        f.message,
        "creating 500 `aws_connect_user` in us-east-1 takes at least 4 minutes: CreateUser is called at most 2 times a second"
    );
    let f = Run::of(users(500, None)).one("apply-rate");
    assert!(f.message.contains("4 minutes, if none exists yet"), "{}", f.message);
    Run::of(users(100, Some(Change::Create))).none("apply-rate");
    Run::of(users(500, Some(Change::Keep))).none("apply-rate");
    Run::of(users(500, Some(Change::Import))).none("apply-rate");
}

#[test]
fn service_not_in_region_knows_where_connect_is() {
    let mut run = Run::of(centre(2));
    run.none("service-not-in-region");
    run.inventory.providers[0].region = Some(Setting::Known("us-gov-east-1".into()));
    let f = run.one("service-not-in-region");
    assert_eq!(
        f.message,
        "Amazon Connect is not known to be in us-gov-east-1: 1 block (aws_connect_queue.tenant)"
    );
    run.inventory.providers[0].region = Some(Setting::Unknown(variable("region")));
    run.none("service-not-in-region");
}

#[test]
fn module_missing_and_plan_partial_say_what_is_left_out() {
    let mut run = Run::default();
    let file = run.files.add("main.tf", "module \"a\" {}");
    let span = Span { file: file.id, start: 0, end: 5 };
    run.missing =
        vec![MissingModule { address: "module.a".into(), source: Some("x/y/z".into()), span, local: false }];
    run.partial = vec![("tfplan.json".into(), "`-target` was used".into())];
    assert!(run.one("module-missing").message.starts_with("`module.a` is not on disk"));
    assert_eq!(run.one("plan-partial").message, "tfplan.json is not a whole plan: `-target` was used");
}

fn rule(key: &str) -> TagRule {
    TagRule { key: key.into(), required: true, ..TagRule::default() }
}

fn tagged(schema: Vec<TagRule>, all: &[(&str, Tags)]) -> Run {
    let mut inventory = inventory();
    for (address, tags) in all {
        inventory.add(instance(address).tagged(tags.clone()));
    }
    Run { schema: Schema { tags: schema, ..Schema::default() }, ..Run::of(inventory) }
}

#[test]
fn tag_missing_counts_resources_and_says_where_it_mends_most() {
    let mut run = tagged(vec![rule("CostCenter")], &[("aws_sqs_queue.other", tags(&[]))]);
    let file = run.files.add("providers.tf", "provider \"aws\" {\n  default_tags {\n  }\n}\n");
    run.inventory.providers[0].default_tags_span = Some(Span { file: file.id, start: 19, end: 31 });
    for i in 0..104 {
        run.inventory.add(instance(&format!("aws_connect_queue.tenant[{i}]")));
    }
    let f = run.one("tag-missing");
    assert_eq!(
        f.message,
        "`CostCenter` is missing on 105 resources (aws_connect_queue.tenant and aws_sqs_queue.other)"
    );
    assert_eq!(f.help.as_deref(), Some("add it to default_tags, providers.tf:2: mends all 105"));
    assert_eq!((f.severity, f.key.as_deref(), f.places_total), (Severity::Error, Some("CostCenter"), 105));
    let places: Vec<_> =
        f.places.iter().map(|p| (p.address.as_deref().unwrap(), p.label.as_deref())).collect();
    assert_eq!(places, [("aws_connect_queue.tenant", Some("104 resources")), ("aws_sqs_queue.other", None)]);
}

#[test]
fn tag_missing_on_one_resource_is_mended_there() {
    let f = tagged(vec![rule("Owner")], &[("aws_sqs_queue.q", tags(&[]))]).one("tag-missing");
    assert_eq!(f.message, "`Owner` is missing on aws_sqs_queue.q");
    assert_eq!(f.help.as_deref(), Some("add it to the tags"));
    tagged(vec![rule("Owner")], &[("aws_sqs_queue.q", tags(&[("Owner", "x")]))]).none("tag-missing");
}

#[test]
fn tag_value_suggests_the_nearest() {
    let schema =
        vec![TagRule { allowed: vec!["production".into(), "staging".into()], ..rule("Environment") }];
    let f = tagged(schema.clone(), &[("aws_sqs_queue.q", tags(&[("Environment", "prodution")]))])
        .one("tag-value");
    assert_eq!(
        f.message,
        "`Environment = \"prodution\"` is not one of `production` and `staging`, on aws_sqs_queue.q"
    );
    assert_eq!(f.help.as_deref(), Some("did you mean `production`?"));
    tagged(schema, &[("aws_sqs_queue.q", tags(&[("Environment", "staging")]))]).none("tag-value");
}

#[test]
fn tag_format_shows_an_example() {
    let schema = vec![TagRule { formats: vec![Format::Date], ..rule("CreatedDate") }];
    let f =
        tagged(schema.clone(), &[("aws_sqs_queue.q", tags(&[("CreatedDate", "8 Feb")]))]).one("tag-format");
    assert_eq!(f.message, "`CreatedDate = \"8 Feb\"` is not date (`2027-03-31`), on aws_sqs_queue.q");
    tagged(schema, &[("aws_sqs_queue.q", tags(&[("CreatedDate", "2026-02-08")]))]).none("tag-format");
}

#[test]
fn a_sensitive_value_is_in_no_message() {
    let schema = vec![TagRule { formats: vec![Format::Date], allowed: vec!["x".into()], ..rule("Secret") }];
    let secret = tag_values([("Secret", TagValue::Sensitive("hunter2".into()))]);
    let found = tagged(schema, &[("aws_iam_role.r", secret)]).findings();
    assert_eq!(found.len(), 2);
    assert!(!format!("{found:?}").contains("hunter2"));
}

#[test]
fn tag_limit_is_what_aws_refuses() {
    let f = tagged(Vec::new(), &[("aws_iam_role.r", tags(&[("a(b)", "x")]))]).one("tag-limit");
    assert_eq!(f.message, "`a(b)` has `(` in its key, which IAM does not take, on aws_iam_role.r");
    tagged(Vec::new(), &[("aws_instance.i", tags(&[("a(b)", "x")]))]).none("tag-limit");
}

#[test]
fn tag_key_case_is_an_error_on_iam_alone() {
    let alike = || tags(&[("Owner", "a"), ("owner", "b")]);
    let found =
        tagged(Vec::new(), &[("aws_iam_role.r", alike()), ("aws_sqs_queue.q", alike())]).by("tag-key-case");
    let told: Vec<_> = found.iter().map(|f| (f.severity, f.message.as_str())).collect();
    assert_eq!(
        told,
        [
            (Severity::Error, "`Owner` and `owner` differ only by case, on aws_iam_role.r"),
            (Severity::Warning, "`Owner` and `owner` differ only by case, on aws_sqs_queue.q"),
        ]
    );
    tagged(Vec::new(), &[("aws_sqs_queue.q", tags(&[("Owner", "a")]))]).none("tag-key-case");
}

#[test]
fn tag_unstable_points_at_default_tags() {
    let now = TagValue::Unknown(Cause::new(CauseKind::Function, "timestamp()", None));
    let mut run = tagged(Vec::new(), &[("aws_sqs_queue.a", tags(&[])), ("aws_sqs_queue.b", tags(&[]))]);
    let defaults = tag_values([("DeploymentDate", now)]);
    run.inventory.providers[0] = ProviderConfig { default_tags: Arc::new(defaults), ..provider() };
    let f = run.one("tag-unstable");
    assert_eq!(
        f.message,
        "`DeploymentDate = timestamp()` changes on every plan, on 2 resources (provider aws)"
    );
    run.inventory.providers[0] = provider();
    run.none("tag-unstable");
}

#[test]
fn tag_undecided_is_one_finding_for_each_cause() {
    let open = || Tags { entries: Vec::new(), open: Some(variable("tags")) };
    let schema = vec![rule("Tenant"), rule("Owner")];
    let f = tagged(schema.clone(), &[("aws_sqs_queue.a", open()), ("aws_sqs_queue.b", open())])
        .one("tag-undecided");
    assert_eq!(
        f.message,
        "`Owner` and `Tenant` cannot be judged on 2 resources (aws_sqs_queue.a and aws_sqs_queue.b): `var.tags` has no value"
    );
    assert_eq!((f.severity, f.places_total), (Severity::Notice, 2));
    tagged(schema, &[("aws_sqs_queue.a", tags(&[]))]).none("tag-undecided");
}

#[test]
fn values_that_are_known_after_apply_are_one_finding() {
    let after = |address: &str| {
        let cause = Cause::new(CauseKind::Attribute, address, None);
        tag_values([("CreatedDate", TagValue::Unknown(cause))])
    };
    let schema = vec![TagRule { formats: vec![Format::Date], ..rule("CreatedDate") }];
    let all = [
        ("aws_sqs_queue.q[0]", after("aws_sqs_queue.q[0]")),
        ("aws_sqs_queue.q[1]", after("aws_sqs_queue.q[1]")),
    ];
    let f = tagged(schema, &all).one("tag-undecided");
    assert_eq!(
        f.message,
        "`CreatedDate` cannot be judged on 2 resources (aws_sqs_queue.q): the values are known only after apply"
    );
}

#[test]
fn different_wrong_values_are_one_finding_that_shows_some() {
    let schema = vec![TagRule { formats: vec![Format::Date], ..rule("CreatedDate") }];
    let mut run = tagged(schema, &[]);
    for i in 0..400 {
        let day = format!("{i}. Feb");
        run.inventory.add(instance(&format!("aws_sqs_queue.q[{i}]")).tagged(tags(&[("CreatedDate", &day)])));
    }
    let f = run.one("tag-format");
    assert_eq!(f.message, "`CreatedDate` is not date (`2027-03-31`), on 400 resources (aws_sqs_queue.q)");
    assert!(note(&f, "values").ends_with("more and others"), "{f:?}");
    assert_eq!(f.places.len(), 1);
}

#[test]
fn exemption_expired_is_for_exemptions_and_stated_limits() {
    let until = Date::parse("2026-11-19");
    let mut run = with_stated(1, StatedLimit { until, ..stated(QUEUES, Some(200.0)) });
    run.schema.exemptions = vec![Exemption { what: "aws_iam_*".into(), until, ..Exemption::default() }];
    let messages: Vec<String> = run.by("exemption-expired").into_iter().map(|f| f.message).collect();
    assert_eq!(
        messages,
        [
            "exemption `aws_iam_*` held until 2026-11-19 and no longer does",
            "the limit stated for `connect` `L-19A87C94` held until 2026-11-19 and no longer does",
        ]
    );
    run.limits.today = until;
    run.none("exemption-expired");
}

#[test]
fn what_the_plan_leaves_as_it_is_counts_only_with_all() {
    let mut inventory = plan();
    inventory.add(instance("aws_sqs_queue.q").changed(Change::Keep));
    let mut run =
        Run { schema: Schema { tags: vec![rule("Tenant")], ..Schema::default() }, ..Run::of(inventory) };
    run.none("tag-missing");
    run.all = true;
    run.one("tag-missing");
}

#[test]
fn settings_change_the_severity_of_a_rule_or_turn_it_off() {
    let mut run = Run::of(centre(104));
    run.levels.insert("quota-default-exceeded".into(), Level::At(Severity::Notice));
    assert_eq!(run.one("quota-default-exceeded").severity, Severity::Notice);
    run.levels.insert("quota-default-exceeded".into(), Level::Off);
    run.none("quota-default-exceeded");
}

#[test]
fn a_comment_silences_the_fault_it_stands_at_and_the_rest_is_counted_anew() {
    let mut run =
        tagged(vec![rule("Tenant")], &[("aws_sqs_queue.a", tags(&[])), ("aws_sqs_queue.b", tags(&[]))]);
    let file = run.files.add("main.tf", "0123456789");
    let span = |start: u32| Span { file: file.id, start, end: start + 1 };
    run.inventory.instances[0].origin = Some(span(0));
    run.inventory.instances[0].tags_span = Some(span(2));
    run.inventory.instances[1].origin = Some(span(5));
    // At the head of the block, not at its tags.
    run.allowed = vec![("tag-missing", span(0))];
    assert_eq!(run.one("tag-missing").message, "`Tenant` is missing on aws_sqs_queue.b");

    let mut run = Run::of(centre(104));
    run.files.add("main.tf", "0123456789");
    for queue in &mut run.inventory.instances[1..] {
        queue.origin = Some(span(0));
        queue.repeat = Some(span(4));
    }
    run.one("quota-default-exceeded");
    run.allowed = vec![("quota-default-exceeded", span(0))];
    run.none("quota-default-exceeded");
}

#[test]
fn findings_come_in_one_order() {
    let mut run = Run::of(centre(104));
    run.schema.tags = vec![rule("Tenant"), rule("Owner")];
    let found = run.findings();
    assert!(found.is_sorted_by_key(|f| (std::cmp::Reverse(f.severity), f.rule, f.message.clone())));
    assert_eq!(found, run.findings());
}
