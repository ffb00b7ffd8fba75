//! Tags of inventories made by hand, held to a schema.

use std::sync::Arc;

use ecow::EcoString;
use regex::Regex;

use super::*;
use crate::date::Date;
use crate::finding::Severity;
use crate::inventory::build::{instance, inventory, plan, provider, tag_values, tags, variable};
use crate::inventory::{
    Account, AttachedTags, Change, IgnoredTags, Instance, Inventory, OtherTags, ProviderConfig,
    StatedAccount, TagValue, Tags, Target, Versions,
};
use crate::value::{Cause, CauseKind};

const QUEUE: &str = "aws_connect_queue.q";

fn rule(key: &str) -> TagRule {
    TagRule { key: key.into(), required: true, ..TagRule::default() }
}

fn schema() -> Schema {
    Schema {
        tags: vec![
            TagRule { pattern: Regex::new("^agency-[a-z0-9-]+$").ok(), ..rule("Tenant") },
            TagRule { allowed: vec!["production".into(), "staging".into()], ..rule("Environment") },
            TagRule { formats: vec![Format::LowerKebab, Format::Email], required: false, ..rule("Owner") },
        ],
        ..Schema::default()
    }
}

fn one(instance: Instance) -> Inventory {
    let mut inventory = inventory();
    inventory.add(instance);
    inventory
}

fn run(inventory: &Inventory, schema: &Schema) -> TagVerdicts {
    judge(inventory, "", schema, None, Date::parse("2026-11-20"))
}

/// The faults in short: kind, key, what.
fn shown(verdicts: &TagVerdicts) -> Vec<String> {
    verdicts.faults.iter().map(|f| format!("{:?} {} {}", f.kind, f.key, f.what)).collect()
}

fn check(tags: Tags) -> Vec<String> {
    shown(&run(&one(instance(QUEUE).tagged(tags)), &schema()))
}

#[test]
fn tags_as_asked_are_no_fault() {
    assert!(
        check(tags(&[("Tenant", "agency-parks"), ("Environment", "staging"), ("Owner", "a@b.gov")]))
            .is_empty()
    );
}

#[test]
fn every_kind_of_fault_is_found() {
    assert_eq!(
        check(tags(&[("Environment", "prod"), ("Owner", "Mr. X")])),
        [
            "Missing Tenant is missing",
            "Value Environment is not one of `production` and `staging`",
            "Format Owner is not lower-kebab (`help-desk-2`) or email (`help@agency.example.gov`)",
        ]
    );
    assert_eq!(
        check(tags(&[("Tenant", "parks"), ("Environment", "staging")])),
        ["Format Tenant does not match `^agency-[a-z0-9-]+$`"]
    );
}

#[test]
fn without_a_schema_only_aws_is_asked() {
    let i = one(instance(QUEUE).tagged(tags(&[("aws:x", "y"), ("a", "1"), ("A", "2")])));
    let v = run(&i, &Schema::default());
    assert_eq!(
        shown(&v),
        [
            "Limit aws:x begins with `aws:`, which AWS keeps for itself",
            "KeyCase A and `a` differ only by case"
        ]
    );
    assert!(!v.schema);
}

#[test]
fn a_resource_without_tags_misses_all_that_are_required() {
    let v = run(&one(instance(QUEUE)), &schema());
    assert_eq!(shown(&v), ["Missing Environment is missing", "Missing Tenant is missing"]);
    assert_eq!(v.coverage["Tenant"], Coverage { without: 1, ..Coverage::default() });
}

#[test]
fn an_empty_value_is_there_and_a_null_is_not() {
    let s = Schema { tags: vec![rule("Tenant")], ..Schema::default() };
    assert!(shown(&run(&one(instance(QUEUE).tagged(tags(&[("Tenant", "")]))), &s)).is_empty());
    let null = tag_values([("Tenant", TagValue::Null)]);
    assert_eq!(shown(&run(&one(instance(QUEUE).tagged(null)), &s)), ["Missing Tenant is missing"]);
}

#[test]
fn an_unknown_value_satisfies_a_requirement_and_leaves_the_rest_undecided() {
    let s = Schema {
        tags: vec![rule("Tenant"), TagRule { allowed: vec!["x".into()], ..rule("Env") }],
        ..Schema::default()
    };
    let unknown = || TagValue::Unknown(variable("v"));
    let v = run(&one(instance(QUEUE).tagged(tag_values([("Tenant", unknown()), ("Env", unknown())]))), &s);
    assert_eq!(shown(&v), ["Undecided Env has a value that is not known"]);
    assert_eq!(v.faults[0].cause, Some(variable("v")));
}

#[test]
fn unknown_tags_leave_a_missing_key_undecided() {
    let open = Tags { open: Some(variable("tags")), ..tags(&[("Tenant", "agency-x")]) };
    assert_eq!(check(open), ["Undecided Environment may be missing"]);
}

#[test]
fn values_that_a_plan_leaves_open_are_kept_for_a_few_instances_and_counted_for_all() {
    let mut inventory = inventory();
    for n in 0..100 {
        let address = format!("{QUEUE}[{n}]");
        let open = TagValue::Unknown(Cause::new(CauseKind::Attribute, address.as_str(), None));
        inventory.add(instance(&address).tagged(tag_values([("Tenant", open)])));
    }
    let verdicts = run(&inventory, &schema());
    let undecided: Vec<&TagFault> =
        verdicts.faults.iter().filter(|f| f.kind == FaultKind::Undecided).collect();
    assert!((2..=20).contains(&undecided.len()), "{}", undecided.len());
    assert_eq!(undecided.iter().map(|f| f.instances).sum::<u64>(), 100);
}

#[test]
fn a_sensitive_value_is_judged_and_never_told() {
    let v = run(
        &one(instance(QUEUE).tagged(tag_values([
            ("Tenant", TagValue::Sensitive("geheim".into())),
            ("Environment", TagValue::Sensitive("productio".into())),
        ]))),
        &schema(),
    );
    assert_eq!(v.faults.len(), 2);
    assert!(
        !format!("{v:?}").contains("geheim")
            && v.faults.iter().all(|f| f.value.is_none() && f.hint.is_none())
    );
}

#[test]
fn a_misspelt_key_or_value_is_recognised() {
    let v = run(
        &one(instance(QUEUE).tagged(tags(&[("tenant", "agency-x"), ("Environment", "prodution")]))),
        &schema(),
    );
    let hints: Vec<_> = v.faults.iter().filter_map(|f| f.hint.as_deref()).collect();
    assert_eq!(hints, ["`tenant` is there: keys are case-sensitive", "did you mean `production`?"]);
}

#[test]
fn one_key_missing_on_many_instances_is_one_fault_for_each_block() {
    let mut inventory = inventory();
    for i in 0..400 {
        inventory.add(instance(&format!("module.m[{i}].aws_connect_queue.q[\"a\"]")));
    }
    inventory.add(instance("aws_sqs_queue.q"));
    let s = Schema { tags: vec![rule("CostCenter")], ..Schema::default() };
    let v = run(&inventory, &s);
    let found: Vec<_> = v.faults.iter().map(|f| (f.block.as_str(), f.instances)).collect();
    assert_eq!(found, [("aws_sqs_queue.q", 1), ("module.m.aws_connect_queue.q", 400)]);
    assert_eq!(v.faults[0].mends.as_ref().map(|m| m.provider.as_str()), Some("provider aws"));
    assert_eq!(v.judged, 401);
}

#[test]
fn a_wrong_default_tag_is_one_fault_of_its_provider() {
    let mut inventory = inventory();
    inventory.providers[0] =
        ProviderConfig { default_tags: Arc::new(tags(&[("Environment", "prod")])), ..provider() };
    for block in ["aws_connect_queue.q", "aws_sqs_queue.q"] {
        inventory.add(instance(block).tagged(tags(&[("Tenant", "agency-x")])));
    }
    let v = run(&inventory, &schema());
    let found: Vec<_> = v.faults.iter().map(|f| (f.block.as_str(), f.instances, f.origin)).collect();
    assert_eq!(found, [("provider aws", 2, Origin::Default)]);
}

#[test]
fn default_tags_reach_only_types_that_have_tags_all() {
    let mut inventory = inventory();
    let defaults = tags(&[("Tenant", "agency-x"), ("Environment", "staging")]);
    inventory.providers[0] = ProviderConfig { default_tags: Arc::new(defaults), ..provider() };
    inventory.add(instance("aws_autoscaling_group.g"));
    inventory.add(instance("aws_sqs_queue.q"));
    let v = run(&inventory, &schema());
    assert_eq!(v.faults.iter().map(|f| f.block.as_str()).collect::<Vec<_>>(), ["aws_autoscaling_group.g"; 2]);
    assert!(v.faults.iter().all(|f| f.mends.is_none()));
}

#[test]
fn types_that_take_no_tags_are_not_judged_and_unknown_ones_are_named() {
    let mut inventory = inventory();
    for address in ["aws_connect_bot_association.b", "aws_connect_rule.r", "data.aws_vpc.v", "aws_ec2_tag.t"]
    {
        inventory.add(instance(address));
    }
    let v = run(&inventory, &schema());
    assert!(v.faults.is_empty());
    assert_eq!((v.judged, v.untaggable), (0, 2));
    assert_eq!(v.unknown_types.into_iter().collect::<Vec<_>>(), [("aws_connect_rule".into(), 1)]);
}

#[test]
fn tags_of_another_provider_are_judged_where_the_reader_tells_them() {
    let mut inventory = inventory();
    inventory.providers[0].name = "awscc".into();
    inventory.add(instance("awscc_connect_queue.a").tagged(tags(&[("Tenant", "agency-x")])));
    inventory.add(instance("awscc_connect_queue.b"));
    let v = run(&inventory, &schema());
    assert_eq!(
        v.faults.iter().map(|f| (f.key.as_str(), f.instances)).collect::<Vec<_>>(),
        [("Environment", 1)]
    );
}

#[test]
fn a_value_that_a_function_makes_anew_is_unstable() {
    let now = || TagValue::Unknown(Cause::new(CauseKind::Function, "timestamp()", None));
    let mut i = instance(QUEUE).tagged(tag_values([("DeploymentDate", now())]));
    let s = Schema {
        tags: vec![TagRule { formats: vec![Format::Date], ..rule("DeploymentDate") }],
        ..Schema::default()
    };
    let v = run(&one(i.clone()), &s);
    assert_eq!(shown(&v), ["Unstable DeploymentDate changes on every plan"]);
    assert_eq!(v.faults[0].cause.as_ref().map(|c| c.name().as_str()), Some("timestamp()"));
    // What is ignored after the first apply is not made anew.
    i.ignored_tags = IgnoredTags::Keys([EcoString::from("DeploymentDate")].into());
    assert!(run(&one(i), &s).faults.is_empty());
}

#[test]
fn a_key_that_others_manage_is_undecided_where_it_is_missing() {
    let s = Schema { tags: vec![rule("Tenant")], ..Schema::default() };
    let mut i = instance(QUEUE);
    i.ignored_tags = IgnoredTags::All;
    assert_eq!(shown(&run(&one(i), &s)), ["Undecided Tenant may be missing"]);

    let mut inventory = one(instance(QUEUE));
    inventory.providers[0].ignore_tags.prefixes = vec!["Ten".into()];
    let v = run(&inventory, &s);
    assert_eq!(shown(&v), ["Undecided Tenant may be missing"]);
    assert!(v.faults[0].cause.as_ref().unwrap().name().contains("ignore_tags"));
}

#[test]
fn an_exemption_frees_its_keys_until_it_runs_out() {
    let exempt = |until: &str| Schema {
        exemptions: vec![Exemption {
            what: "aws_connect_*".into(),
            tags: vec!["Tenant".into()],
            until: Date::parse(until),
            ..Exemption::default()
        }],
        ..schema()
    };
    let i = one(instance(QUEUE).tagged(tags(&[("Environment", "prod")])));
    let v = run(&i, &exempt("2027-01-01"));
    assert_eq!(shown(&v), ["Value Environment is not one of `production` and `staging`"]);
    assert_eq!((v.coverage["Tenant"].exempt, v.expired.len()), (1, 0));
    let v = run(&i, &exempt("2026-01-01"));
    assert_eq!(v.faults.len(), 2);
    assert_eq!(v.expired, [0]);
}

#[test]
fn a_rule_may_depend_on_another_tag() {
    let s = Schema {
        tags: vec![TagRule { when: [("Data".into(), vec!["phi".into()])].into(), ..rule("Retention") }],
        ..Schema::default()
    };
    let of = |tags: Tags| shown(&run(&one(instance(QUEUE).tagged(tags)), &s));
    assert!(of(tags(&[("Data", "public")])).is_empty());
    assert!(of(tags(&[])).is_empty());
    assert_eq!(of(tags(&[("Data", "phi")])), ["Missing Retention is missing"]);
    assert_eq!(
        of(tag_values([("Data", TagValue::Unknown(variable("d")))])),
        ["Undecided Retention may be missing"]
    );
}

#[test]
fn blocks_about_one_key_hold_together_and_say_the_same_once() {
    let s = Schema {
        tags: vec![rule("Tenant"), rule("Tenant"), TagRule { formats: vec![Format::Slug], ..rule("Tenant") }],
        ..Schema::default()
    };
    assert_eq!(shown(&run(&one(instance(QUEUE)), &s)), ["Missing Tenant is missing"]);
    let v = run(&one(instance(QUEUE).tagged(tags(&[("Tenant", "A B")]))), &s);
    assert_eq!(shown(&v), ["Format Tenant is not slug (`help-desk_2`)"]);
}

#[test]
fn what_a_plan_does_not_change_is_existing_and_what_is_destroyed_is_not_judged() {
    let mut inventory = plan();
    inventory.add(instance("aws_sqs_queue.kept").changed(Change::Keep));
    inventory.add(instance("aws_sqs_queue.gone").changed(Change::Destroy));
    inventory.add(instance("aws_sqs_queue.left").changed(Change::Forget));
    let mut same = instance("aws_sqs_queue.same").changed(Change::Update).tagged(tags(&[("a", "b")]));
    same.tags_before = same.tags.clone();
    inventory.add(same);
    let mut changed = instance("aws_sqs_queue.changed").changed(Change::Update).tagged(tags(&[("a", "b")]));
    changed.tags_before = Some(Arc::new(tags(&[("a", "c")])));
    inventory.add(changed);
    inventory.add(instance("aws_sqs_queue.new").changed(Change::Create));
    let s = Schema { tags: vec![rule("Tenant")], ..Schema::default() };
    let v = run(&inventory, &s);
    let found: Vec<_> = v.faults.iter().map(|f| (f.block.as_str(), f.existing)).collect();
    assert_eq!(
        found,
        [
            ("aws_sqs_queue.changed", false),
            ("aws_sqs_queue.new", false),
            ("aws_sqs_queue.kept", true),
            ("aws_sqs_queue.same", true),
        ]
    );
    assert_eq!((v.judged, v.existing), (4, 2));
}

#[test]
fn tags_that_another_resource_sets_count() {
    let s = Schema { tags: vec![rule("Tenant")], ..Schema::default() };
    let with = |target: Target| {
        let mut inventory = one(instance(QUEUE));
        inventory.add(instance("aws_ec2_tag.t"));
        let tags = Arc::new(tags(&[("Tenant", "agency-x")]));
        inventory.attached_tags.push(AttachedTags { by: 1, target, tags });
        shown(&run(&inventory, &s))
    };
    assert!(with(Target::OneOf([0].into())).is_empty());
    assert_eq!(with(Target::OneOf([0, 1].into())), ["Undecided Tenant may be missing"]);
    assert_eq!(with(Target::Unknown(variable("id"))), ["Undecided Tenant may be missing"]);
    assert_eq!(with(Target::Elsewhere), ["Missing Tenant is missing"]);
}

#[test]
fn tags_in_other_shapes_are_judged_by_themselves() {
    let mut inventory =
        one(instance("aws_launch_template.t")
            .tagged(tags(&[("Tenant", "agency-x"), ("Environment", "staging")])));
    let defaults = tags(&[("Environment", "staging")]);
    inventory.providers[0] = ProviderConfig { default_tags: Arc::new(defaults), ..provider() };
    inventory.other_tags.push(OtherTags {
        instance: 0,
        shape: "tag_specifications volume".into(),
        tags: Arc::new(tags(&[("Owner", "NOBODY!")])),
        span: None,
    });
    let v = run(&inventory, &schema());
    assert_eq!(
        shown(&v),
        [
            "Missing Environment is missing",
            "Missing Tenant is missing",
            "Format Owner is not lower-kebab (`help-desk-2`) or email (`help@agency.example.gov`)",
        ]
    );
    assert!(
        v.faults
            .iter()
            .all(|f| f.block == "aws_launch_template.t tag_specifications volume" && f.mends.is_none())
    );
}

#[test]
fn default_tags_reach_volumes_from_one_version_on() {
    let s = Schema { tags: vec![rule("Tenant")], ..Schema::default() };
    let mut inventory = one(instance("aws_instance.i").tagged(tags(&[("Tenant", "agency-x")])));
    let defaults = tags(&[("Tenant", "not allowed here")]);
    inventory.providers[0] = ProviderConfig { default_tags: Arc::new(defaults), ..provider() };
    inventory.other_tags.push(OtherTags {
        instance: 0,
        shape: "volume_tags".into(),
        tags: Arc::new(tags(&[("Name", "data")])),
        span: None,
    });
    let with = |versions: Option<([u64; 3], Option<[u64; 3]>)>| {
        let mut inventory = inventory_of(&inventory);
        inventory.versions = versions
            .into_iter()
            .map(|(least, below)| ("aws".into(), Versions { least, below, told_by: "`.terraform.lock.hcl`" }))
            .collect();
        shown(&run(&inventory, &s))
    };
    assert_eq!(with(Some(([5, 38, 0], Some([5, 38, 1])))), ["Missing Tenant is missing"]);
    assert_eq!(with(Some(([6, 19, 0], Some([6, 19, 1])))), Vec::<String>::new());
    assert_eq!(with(Some(([5, 0, 0], Some([6, 0, 0])))), ["Undecided Tenant may be missing"]);
    assert_eq!(with(None), ["Undecided Tenant may be missing"]);
}

/// An inventory of the same instances, providers and other tags.
fn inventory_of(like: &Inventory) -> Inventory {
    Inventory {
        instances: like.instances.clone(),
        providers: like.providers.clone(),
        other_tags: like.other_tags.clone(),
        ..Inventory::default()
    }
}

#[test]
fn a_group_of_unknown_size_counts_at_least_once_and_an_empty_one_not_at_all() {
    let s = Schema { tags: vec![rule("Tenant")], ..Schema::default() };
    let mut group = instance("aws_sqs_queue.q[*]");
    group.after = crate::value::Count::at_least(0);
    assert_eq!(run(&one(group.clone()), &s).faults[0].instances, 1);
    group.after = crate::value::Count::ZERO;
    assert!(run(&one(group), &s).faults.is_empty());
}

#[test]
fn making_a_tag_unknown_never_adds_a_certain_fault() {
    let s = schema();
    let certain = |tags: Tags| {
        let v = run(&one(instance(QUEUE).tagged(tags)), &s);
        v.faults
            .into_iter()
            .filter(|f| f.kind != FaultKind::Undecided)
            .map(|f| (f.kind, f.key))
            .collect::<Vec<_>>()
    };
    for known in
        [&[("Tenant", "agency-x"), ("Environment", "prod"), ("Owner", "X Y")][..], &[("Owner", "a")], &[]]
    {
        let before = certain(tags(known));
        for hidden in 0..known.len() {
            let values = known.iter().enumerate().map(|(i, (k, v))| {
                (
                    *k,
                    if i == hidden { TagValue::Unknown(variable("x")) } else { TagValue::Known((*v).into()) },
                )
            });
            assert!(certain(tag_values(values)).iter().all(|f| before.contains(f)));
        }
        let open = Tags { open: Some(variable("x")), ..tags(known) };
        assert!(certain(open).iter().all(|f| before.contains(f)));
    }
}

fn keyed(addresses: &[&str], tenants: Option<&[&str]>) -> Inventory {
    let mut inventory = inventory();
    for address in addresses {
        inventory.add(instance(address).tagged(tags(&[("Tenant", "agency-va")])));
    }
    if let Some(tenants) = tenants {
        inventory.map_keys.insert("tenants".into(), tenants.iter().map(|t| EcoString::from(*t)).collect());
    }
    inventory
}

#[test]
fn a_tag_may_have_to_be_the_key_of_the_tenant() {
    let s = Schema {
        tags: vec![TagRule { equals: Some(Fact::Tenant), ..rule("Tenant") }],
        tenants: Some("tenants".into()),
        ..Schema::default()
    };
    let tenants = Some(&["agency-va", "agency-va-2", "agency-ssa"][..]);
    let of = |address: &str, tenants| shown(&run(&keyed(&[address], tenants), &s));
    assert!(of(r#"aws_sqs_queue.q["agency-va"]"#, tenants).is_empty());
    assert!(of(r#"module.t["agency-va"].aws_sqs_queue.q[0]"#, tenants).is_empty());
    assert!(of(r#"aws_sqs_queue.q["agency-va/general"]"#, tenants).is_empty());
    // A resource that all share, and one of somebody else.
    assert!(of("aws_sqs_queue.q", tenants).is_empty());
    assert!(of(r#"aws_sqs_queue.q["general"]"#, tenants).is_empty());
    let wrong = ["Value Tenant is not the key of its tenant"];
    assert_eq!(of(r#"aws_sqs_queue.q["agency-ssa"]"#, tenants), wrong);
    assert_eq!(of(r#"aws_sqs_queue.q["agency-va-2"]"#, tenants), wrong);
    assert_eq!(of(r#"aws_sqs_queue.q["agency-va"]"#, None), ["Undecided Tenant may have a wrong value"]);
    assert_eq!(of("aws_sqs_queue.q[*]", tenants), ["Undecided Tenant may have a wrong value"]);
}

#[test]
fn a_rule_may_hold_for_some_tenants_only() {
    let s = Schema {
        tags: vec![TagRule { tenants: vec!["agency-s*".into()], ..rule("Contract") }],
        tenants: Some("tenants".into()),
        ..Schema::default()
    };
    let tenants = Some(&["agency-ssa", "agency-va"][..]);
    let of = |address: &str| shown(&run(&keyed(&[address], tenants), &s));
    assert_eq!(of(r#"aws_sqs_queue.q["agency-ssa"]"#), ["Missing Contract is missing"]);
    assert!(of(r#"aws_sqs_queue.q["agency-va"]"#).is_empty() && of("aws_sqs_queue.q").is_empty());
}

#[test]
fn a_rule_may_hold_in_some_accounts_only() {
    let accounts = vec![StatedAccount {
        name: "prod".into(),
        id: Some("123456789012".into()),
        role_arn: None,
        profile: None,
        region: None,
        paths: vec!["envs/prod/**".into()],
        span: None,
    }];
    let s = Schema {
        tags: vec![TagRule { accounts: vec!["prod".into()], ..rule("Backup") }],
        accounts,
        ..Schema::default()
    };
    let of = |account: Account, path: &str| {
        let mut inventory = one(instance(QUEUE));
        inventory.providers[0].account = account;
        shown(&judge(&inventory, path, &s, None, None))
    };
    let missing = ["Missing Backup is missing"];
    assert_eq!(of(Account::Id("123456789012".into()), ""), missing);
    assert!(of(Account::Id("999999999999".into()), "").is_empty());
    assert_eq!(of(Account::default(), "envs/prod/main.tf"), missing);
    assert_eq!(of(Account::default(), ""), ["Undecided Backup may be missing"]);
}

#[test]
fn a_tag_may_have_to_be_the_region_the_account_or_the_key() {
    for (fact, address, good) in [
        (Fact::Region, "aws_sqs_queue.q", "us-east-1"),
        (Fact::Account, "aws_sqs_queue.q", "123456789012"),
        (Fact::Key, r#"module.m["x"].aws_sqs_queue.q["y"]"#, "y"),
        (Fact::Key, r#"module.m["x"].aws_sqs_queue.q"#, "x"),
        (Fact::Key, "aws_sqs_queue.q[2]", "2"),
    ] {
        let s = Schema { tags: vec![TagRule { equals: Some(fact), ..rule("T") }], ..Schema::default() };
        let of = |value: &str| {
            let mut inventory = one(instance(address).tagged(tags(&[("T", value)])));
            inventory.providers[0].account = Account::Id("123456789012".into());
            shown(&run(&inventory, &s))
        };
        assert!(of(good).is_empty(), "{fact:?}");
        assert_eq!(of("other").len(), 1, "{fact:?}");
    }
}

#[test]
fn a_rule_says_how_grave_its_faults_are() {
    let s = Schema {
        tags: vec![TagRule { severity: Some(Severity::Notice), ..rule("Team") }, rule("Tenant")],
        ..Schema::default()
    };
    let verdicts = run(&one(instance(QUEUE)), &s);
    let severities: Vec<_> = verdicts.faults.iter().map(|f| (f.key.as_str(), f.severity)).collect();
    assert_eq!(severities, [("Team", Some(Severity::Notice)), ("Tenant", None)]);
}

#[test]
fn a_key_in_another_case_than_the_settings_have_is_told() {
    let s = Schema { tags: vec![TagRule { required: false, ..rule("CostCenter") }], ..Schema::default() };
    let of = |key: &str| shown(&run(&one(instance(QUEUE).tagged(tags(&[(key, "x")]))), &s));
    assert_eq!(of("costcenter"), ["KeyCase costcenter is spelt `CostCenter` in the settings"]);
    assert!(of("CostCenter").is_empty() && of("Cost").is_empty());
}

/// The four inputs that every rule is tried with; the text in them must not get out.
fn four() -> [(&'static str, TagValue); 4] {
    [
        ("unknown", TagValue::Unknown(variable("v"))),
        ("null", TagValue::Null),
        ("sensitive", TagValue::Sensitive("Geheim;".into())),
        ("empty", TagValue::Known("".into())),
    ]
}

#[track_caller]
fn check_four(address: &str, schema: &Schema, tags_of: &dyn Fn(TagValue) -> Tags, expected: [&[&str]; 4]) {
    for ((name, value), expected) in four().into_iter().zip(expected) {
        let v = run(&one(instance(address).tagged(tags_of(value))), schema);
        assert_eq!(shown(&v), expected, "{name}");
        assert!(!format!("{:?}", v.faults).contains("Geheim"), "{name}: {:?}", v.faults);
    }
}

#[test]
fn rules_about_values_are_tried_with_unknown_null_sensitive_and_empty() {
    let tenant = |value| tag_values([("Tenant", value)]);
    let with = |rule: TagRule| Schema { tags: vec![rule], ..Schema::default() };
    let unknown: &[&str] = &["Undecided Tenant has a value that is not known"];
    let missing: &[&str] = &["Missing Tenant is missing"];
    check_four(
        "aws_iam_role.r",
        &with(rule("Tenant")),
        &tenant,
        [&[], missing, &["Limit Tenant has a character in its value, which IAM does not take"], &[]],
    );
    let queue = "aws_sqs_queue.q";
    check_four(queue, &with(rule("Tenant")), &tenant, [&[], missing, &[], &[]]);
    let allowed = TagRule { allowed: vec!["geheim;".into()], ..rule("Tenant") };
    let wrong: &[&str] = &["Value Tenant is not one of `geheim;`"];
    check_four(queue, &with(allowed), &tenant, [unknown, missing, wrong, wrong]);
    let pattern = TagRule { pattern: Regex::new("^agency-").ok(), ..rule("Tenant") };
    let wrong: &[&str] = &["Format Tenant does not match `^agency-`"];
    check_four(queue, &with(pattern), &tenant, [unknown, missing, wrong, wrong]);
    let format = TagRule { formats: vec![Format::Date], ..rule("Tenant") };
    let wrong: &[&str] = &["Format Tenant is not date (`2027-03-31`)"];
    check_four(queue, &with(format), &tenant, [unknown, missing, wrong, wrong]);
    let equals = TagRule { equals: Some(Fact::Region), ..rule("Tenant") };
    let wrong: &[&str] = &["Value Tenant is not its Region"];
    check_four(queue, &with(equals), &tenant, [unknown, missing, wrong, wrong]);
    // Keys that nobody asks for.
    let optional = TagRule { required: false, ..rule("Tenant") };
    check_four(queue, &with(optional), &tenant, [&[], &[], &[], &[]]);
}

#[test]
fn conditions_are_tried_with_unknown_null_sensitive_and_empty() {
    let when = |wanted: &str| Schema {
        tags: vec![TagRule { when: [("Data".into(), vec![wanted.into()])].into(), ..rule("Retention") }],
        ..Schema::default()
    };
    let data = |value| tag_values([("Data", value)]);
    let (missing, open): (&[&str], &[&str]) =
        (&["Missing Retention is missing"], &["Undecided Retention may be missing"]);
    check_four("aws_sqs_queue.q", &when("phi"), &data, [open, &[], &[], &[]]);
    check_four("aws_sqs_queue.q", &when("Geh*"), &data, [open, &[], missing, &[]]);
    check_four("aws_sqs_queue.q", &when(""), &data, [open, &[], &[], missing]);
}

#[test]
fn limits_of_aws_are_tried_with_unknown_null_sensitive_and_empty() {
    let none = Schema::default();
    let alike = |value| tag_values([("Owner", value), ("owner", TagValue::Known("x".into()))]);
    let twins: &[&str] = &["KeyCase Owner and `owner` differ only by case"];
    check_four("aws_sqs_queue.q", &none, &alike, [twins, &[], twins, twins]);
    let reserved = |value| tag_values([("aws:x", value)]);
    let refused: &[&str] = &["Limit aws:x begins with `aws:`, which AWS keeps for itself"];
    check_four("aws_sqs_queue.q", &none, &reserved, [refused, &[], refused, refused]);
    let plain = |value| tag_values([("k", value)]);
    let character: &[&str] = &["Limit k has a character in its value, which IAM does not take"];
    check_four("aws_iam_role.r", &none, &plain, [&[], &[], character, &[]]);
    let empty: &[&str] = &["Limit k is empty, which Elastic Beanstalk does not take"];
    check_four("aws_elastic_beanstalk_application.a", &none, &plain, [&[], &[], &[], empty]);
    for (name, value) in four() {
        let mut inventory = one(instance("aws_autoscaling_group.g").tagged(plain(value)));
        inventory.tags_twice = [(0, vec!["k".into()])].into();
        let told = ["Limit k is in the list more than once, and only one of them counts"];
        assert_eq!(shown(&run(&inventory, &none)), told, "{name}");
    }
}
