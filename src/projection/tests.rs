//! Projections of inventories made by hand.

use super::*;
use crate::catalog::{self, Quota};
use crate::inventory::build::{instance, inventory, plan, profile, provider, variable};
use crate::inventory::{Account, Instance, Inventory, ScopeRef, Setting, StatedLimit};

const QUEUES: &str = "L-19A87C94";
const PHONES: &str = "L-8F812903";
const INSTANCES: &str = "L-AA17A6B9";
const BUCKETS: &str = "L-DC2B2D3D";

fn quota(code: &str) -> &'static Quota {
    catalog::quota_by_code(code).expect("bug: a test with a code that the catalog does not have")
}

fn measure(code: &str) -> u32 {
    u32::from(quota(code).measures[0].id.0)
}

fn counted(address: &str, code: &str, scope: ScopeRef) -> Instance {
    instance(address).reads(measure(code), scope, Count::exactly(1))
}

fn queue(address: &str, scope: ScopeRef) -> Instance {
    counted(address, QUEUES, scope)
}

fn run(inventory: &Inventory) -> Projected {
    project(inventory, &Root::default(), Limits::default(), Options::default())
}

/// The projections of one quota.
fn of<'a>(projected: &'a Projected, code: &'a str) -> Vec<&'a Projection> {
    projected.projections.iter().filter(|p| p.quota.code == code).collect()
}

fn only<'a>(projected: &'a Projected, code: &'a str) -> &'a Projection {
    let all = of(projected, code);
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0]
}

/// A Connect instance with so many queues.
fn centre(queues: u32) -> (Inventory, ScopeRef) {
    let mut inventory = inventory();
    let this = inventory.add_parent(counted("aws_connect_instance.this", INSTANCES, ScopeRef::Account));
    for i in 0..queues {
        inventory.add(queue(&format!("aws_connect_queue.tenant[{i}]"), this.clone()));
    }
    (inventory, this)
}

#[test]
fn queues_are_counted_in_their_instance_with_the_one_that_aws_makes() {
    let (inventory, _) = centre(104);
    let projected = run(&inventory);
    let p = only(&projected, QUEUES);
    assert_eq!(p.scope.parent.as_deref(), Some("aws_connect_instance.this"));
    assert_eq!(p.scope.region.as_deref(), Some("us-east-1"));
    assert_eq!((p.count, p.verdict), (Count::exactly(105), Verdict::Exceeded));
    assert_eq!(p.baselines, [("BasicQueue".into(), Count::exactly(1))]);
    assert_eq!(p.parts.len(), 1);
    assert_eq!((p.parts[0].address.as_str(), p.parts[0].instances), ("aws_connect_queue.tenant", 104));
    assert!(p.limit.as_ref().is_some_and(|l| l.assumed && l.low == 100));
}

#[test]
fn two_instances_are_two_scopes() {
    let mut inventory = inventory();
    for name in ["a", "b"] {
        let parent = inventory.add_parent(instance(&format!("aws_connect_instance.{name}")));
        for i in 0..60 {
            inventory.add(queue(&format!("aws_connect_queue.{name}[{i}]"), parent.clone()));
        }
    }
    let projected = run(&inventory);
    let all = of(&projected, QUEUES);
    assert_eq!(all.iter().map(|p| p.count).collect::<Vec<_>>(), [Count::exactly(61); 2]);
    assert!(all.iter().all(|p| p.verdict == Verdict::Within));
}

#[test]
fn one_of_two_parents_gives_each_nothing_or_one() {
    let mut inventory = inventory();
    let a = inventory.add_parent(instance("aws_connect_instance.a"));
    let b = inventory.add_parent(instance("aws_connect_instance.b"));
    inventory.add(queue("aws_connect_queue.q", ScopeRef::OneOf([a, b].into())));
    let projected = run(&inventory);
    let all = of(&projected, QUEUES);
    assert_eq!(all.iter().map(|p| p.count).collect::<Vec<_>>(), [Count::between(1, 2); 2]);
    assert!(all[0].because[0].name().contains("which aws_connect_instance"), "{:?}", all[0].because);
}

#[test]
fn a_parent_that_is_not_known_widens_every_parent_it_may_be() {
    let (mut inventory, _) = centre(60);
    inventory.add_parent(instance("aws_connect_instance.empty"));
    for i in 0..50 {
        inventory.add(queue(&format!("aws_connect_queue.other[{i}]"), ScopeRef::Unknown(variable("id"))));
    }
    let projected = run(&inventory);
    let all = of(&projected, QUEUES);
    assert_eq!(
        all.iter().map(|p| (p.scope.parent.as_deref().unwrap(), p.count, p.verdict)).collect::<Vec<_>>(),
        [
            ("aws_connect_instance.empty", Count::between(1, 51), Verdict::Within),
            ("aws_connect_instance.this", Count::between(61, 111), Verdict::Undecided),
        ]
    );
    assert_eq!(all[1].because[0].name(), "var.id");
}

#[test]
fn a_parent_that_is_not_known_and_can_be_none_of_the_input_stands_by_itself() {
    let mut inventory = inventory();
    inventory.add(queue("aws_connect_queue.q", ScopeRef::Unknown(variable("id"))));
    let projected = run(&inventory);
    let p = only(&projected, QUEUES);
    assert_eq!(p.scope.parent.as_deref(), Some("an aws_connect_instance that is not known"));
    assert_eq!((p.scope.candidates, p.count), (0, Count::between(0, 1)));
    assert_eq!(p.verdict, Verdict::Within);
}

#[test]
fn a_null_parent_counts_nowhere() {
    let mut inventory = inventory();
    inventory.add(queue("aws_connect_queue.q", ScopeRef::Nothing));
    assert!(run(&inventory).projections.is_empty());
}

#[test]
fn a_parent_of_another_type_counts_nowhere() {
    let mut inventory = inventory();
    let group = inventory.parents.of_text("aws_connect_traffic_distribution_group", "arn:x");
    inventory.add(counted("aws_connect_phone_number.n", PHONES, ScopeRef::Parent(group)));
    assert!(run(&inventory).projections.is_empty());
}

#[test]
fn an_empty_inventory_projects_nothing() {
    let projected = run(&Inventory::default());
    assert!(projected.projections.is_empty() && projected.instances == 0);
}

#[test]
fn a_group_of_unknown_size_opens_the_count_and_says_why() {
    let (mut inventory, this) = centre(0);
    let mut group = queue("aws_connect_queue.q[*]", this);
    group.after = Count::at_least(0);
    group.why = Some(variable("tenants"));
    inventory.add(group);
    let projected = run(&inventory);
    let p = only(&projected, QUEUES);
    assert_eq!((p.count, p.verdict), (Count::at_least(1), Verdict::Undecided));
    assert_eq!(p.because[0].name(), "var.tenants");
}

#[test]
fn in_one_of_a_group_of_parents_there_is_some_part_of_the_children() {
    let mut inventory = inventory();
    let mut group = instance("aws_connect_instance.c[*]");
    group.after = Count::at_least(1);
    let group = inventory.add_parent(group);
    for i in 0..120 {
        inventory.add(queue(&format!("aws_connect_queue.q[{i}]"), group.clone()));
    }
    let projected = run(&inventory);
    let p = only(&projected, QUEUES);
    assert_eq!((p.count, p.verdict), (Count::between(1, 121), Verdict::Undecided));
}

#[test]
fn the_queue_that_aws_makes_is_not_counted_twice_when_it_is_declared() {
    for (name, count) in [
        (Some("BasicQueue"), Count::exactly(2)),
        (Some("other"), Count::exactly(3)),
        (None, Count::between(2, 3)),
    ] {
        let (mut inventory, _) = centre(2);
        inventory.names = vec![(1, name.map(EcoString::from))];
        assert_eq!(only(&run(&inventory), QUEUES).count, count, "{name:?}");
    }
}

#[test]
fn each_vpc_brings_a_security_group_that_counts_in_the_region() {
    let groups = "L-E79EC296";
    let mut inventory = inventory();
    inventory.add_parent(instance("aws_vpc.a"));
    let mut several = instance("aws_vpc.b[*]");
    several.after = Count::between(1, 3);
    inventory.add_parent(several);
    inventory.add(counted("aws_security_group.s", groups, ScopeRef::Account));
    let projected = run(&inventory);
    // One declared, one for each VPC, and perhaps that of the default VPC.
    assert_eq!(only(&projected, groups).count, Count::between(3, 6));
}

#[test]
fn global_quotas_count_in_the_account_and_others_in_the_region() {
    let mut inventory = inventory();
    let west =
        crate::inventory::ProviderConfig { region: Some(Setting::Known("us-west-2".into())), ..provider() };
    inventory.providers.push(west);
    for p in [0, 1] {
        inventory.add(counted(&format!("aws_s3_bucket.b{p}"), BUCKETS, ScopeRef::Account).through(p));
        inventory
            .add(counted(&format!("aws_connect_instance.c{p}"), INSTANCES, ScopeRef::Account).through(p));
    }
    let projected = run(&inventory);
    let buckets = only(&projected, BUCKETS);
    assert_eq!((buckets.count, buckets.scope.region.as_deref()), (Count::exactly(2), None));
    let regions: Vec<_> = of(&projected, INSTANCES).iter().map(|p| p.scope.region.clone().unwrap()).collect();
    assert_eq!(regions, ["us-east-1", "us-west-2"]);
}

#[test]
fn the_region_argument_of_an_instance_comes_first() {
    let mut inventory = inventory();
    let mut centre = counted("aws_connect_instance.c", INSTANCES, ScopeRef::Account);
    centre.region = Some(Setting::Known("us-gov-west-1".into()));
    inventory.add(centre);
    let projected = run(&inventory);
    let p = only(&projected, INSTANCES);
    assert_eq!(p.scope.region.as_deref(), Some("us-gov-west-1"));
    assert_eq!(p.scope.partition, "aws-us-gov");
    assert_eq!(p.limit.as_ref().unwrap().confidence, Confidence::Unconfirmed);
}

#[test]
fn accounts_that_may_be_one_widen_each_other() {
    let mut inventory = inventory();
    inventory.providers[0].account = profile("a");
    inventory.providers.push(crate::inventory::ProviderConfig { account: profile("b"), ..provider() });
    for (i, p) in [0, 0, 1].into_iter().enumerate() {
        inventory
            .add(counted(&format!("aws_connect_instance.c[{i}]"), INSTANCES, ScopeRef::Account).through(p));
    }
    let projected = run(&inventory);
    let all = of(&projected, INSTANCES);
    assert_eq!(all.iter().map(|p| p.count).collect::<Vec<_>>(), [Count::between(2, 3), Count::between(1, 3)]);
    assert!(all.iter().all(|p| p.verdict == Verdict::Undecided));
    assert_eq!(all[0].because[0].name(), "which account profile b is");
}

#[test]
fn accounts_known_by_number_are_added_up_over_several_inputs() {
    let mut one = inventory();
    one.providers[0].account = Account::Id("123456789012".into());
    one.add(counted("aws_connect_instance.c", INSTANCES, ScopeRef::Account));
    let mut other = inventory();
    other.add(counted("aws_connect_instance.c", INSTANCES, ScopeRef::Account));

    let mut projector = Projector::new(Limits::default(), Options::default());
    projector.add(&one, &Root { name: "a".into(), path: "a".into(), account: None });
    projector.add(&one, &Root { name: "b".into(), path: "b".into(), account: None });
    projector.add(&other, &Root { name: "c".into(), path: "c".into(), account: None });
    let projected = projector.finish();
    let counts: Vec<_> =
        of(&projected, INSTANCES).iter().map(|p| (p.scope.account.clone(), p.count)).collect();
    assert_eq!(counts, [(None, Count::exactly(1)), (Some("123456789012".into()), Count::exactly(2))]);
}

#[test]
fn one_parent_is_one_scope_whichever_provider_its_children_come_through() {
    let (mut inventory, this) = centre(1);
    inventory.providers.push(crate::inventory::ProviderConfig { account: profile("b"), ..provider() });
    inventory.add(queue("aws_connect_queue.other", this).through(1));
    assert_eq!(only(&run(&inventory), QUEUES).count, Count::exactly(3));
}

#[test]
fn a_parent_that_a_variable_names_is_one_scope_as_well() {
    let mut inventory = inventory();
    inventory.providers.push(crate::inventory::ProviderConfig { account: profile("b"), ..provider() });
    let name = crate::inventory::ParentName::Variable("instance_id".into());
    let one = Count::exactly(1);
    let parent = ScopeRef::Parent(inventory.parents.add("aws_connect_instance", name, one, one));
    inventory.add(queue("aws_connect_queue.a", parent.clone()));
    inventory.add(queue("aws_connect_queue.b", parent).through(1));
    let projected = run(&inventory);
    let p = only(&projected, QUEUES);
    assert_eq!((p.count, p.scope.parent.as_deref()), (Count::between(2, 3), Some("var.instance_id")));
}

#[test]
fn a_name_is_a_parent_only_within_its_account() {
    let policies = "L-0DA4ABF3";
    let mut inventory = inventory();
    inventory.providers[0].account = Account::Id("111111111111".into());
    let second =
        crate::inventory::ProviderConfig { account: Account::Id("222222222222".into()), ..provider() };
    inventory.providers.push(second);
    let role = ScopeRef::Parent(inventory.parents.of_text("aws_iam_role", "admin"));
    for (i, p) in [0, 0, 1].into_iter().enumerate() {
        let address = format!("aws_iam_role_policy_attachment.a[{i}]");
        inventory.add(counted(&address, policies, role.clone()).through(p));
    }
    let projected = run(&inventory);
    let all = of(&projected, policies);
    assert_eq!(all.iter().map(|p| p.count).collect::<Vec<_>>(), [Count::exactly(2), Count::exactly(1)]);
}

#[test]
fn several_measures_of_a_quota_are_added() {
    let q = catalog::quotas()
        .iter()
        .find(|q| {
            let ms = q.measures;
            ms.len() > 1
                && ms.iter().all(|m| {
                    m.aggregate == catalog::Aggregate::Sum && m.scope.is_empty() && m.part == ms[0].part
                })
                && ms[0].spare == 0
        })
        .unwrap();
    let mut inventory = inventory();
    for (i, m) in q.measures.iter().enumerate() {
        let one = instance(&format!("{}.x{i}", m.resource_type));
        inventory.add(one.reads(u32::from(m.id.0), ScopeRef::Account, Count::exactly(2)));
    }
    let projected = run(&inventory);
    let p = projected.projections.iter().find(|p| p.quota.name == q.name).unwrap();
    let baseline: Count = p.baselines.iter().map(|(_, c)| *c).sum();
    assert_eq!(p.count, Count::exactly(2 * q.measures.len() as u64) + baseline);
}

#[test]
fn a_plan_splits_what_exists_from_what_it_changes() {
    let mut plan = plan();
    let this = plan.add_parent(instance("aws_connect_instance.this").changed(Change::Keep));
    for (i, change) in
        [Change::Keep, Change::Create, Change::Destroy, Change::Replace, Change::Import, Change::Forget]
            .into_iter()
            .enumerate()
    {
        plan.add(queue(&format!("aws_connect_queue.q{i}"), this.clone()).changed(change));
    }
    // What a reader says of an import and of something forgotten: it is counted before and after all the same.
    for (i, before, after) in [(5, 0, 1), (6, 1, 0)] {
        let r = &mut plan.instances[i].readings[0];
        (r.before, r.after) = (Count::exactly(before), Count::exactly(after));
    }
    let projected = run(&plan);
    let p = only(&projected, QUEUES);
    // Kept, destroyed, replaced, imported, forgotten; the parent exists, so BasicQueue may have been deleted.
    assert_eq!(p.before, Count::between(5, 6));
    assert_eq!(p.count, Count::between(5, 6));
    assert_eq!(p.peak, Count::between(5, 7));
    assert_eq!(p.basis, Basis::State);
    assert_eq!(p.parts.len(), 6);
}

#[test]
fn what_a_delete_does_not_free_goes_on_to_count() {
    let keys = "L-C2F1777E";
    let mut plan = plan();
    plan.add(counted("aws_kms_key.k", keys, ScopeRef::Account).changed(Change::Destroy));
    plan.add(counted("aws_kms_key.r", keys, ScopeRef::Account).changed(Change::Replace));
    let projected = run(&plan);
    let p = only(&projected, keys);
    assert_eq!((p.before, p.count), (Count::exactly(2), Count::exactly(3)));
}

#[test]
fn what_the_state_holds_proves_the_limit() {
    let mut plan = plan();
    for i in 0..5 {
        let change = if i < 4 { Change::Keep } else { Change::Create };
        let c = counted(&format!("aws_connect_instance.c[{i}]"), INSTANCES, ScopeRef::Account);
        plan.add(c.changed(change));
    }
    let projected = run(&plan);
    let p = only(&projected, INSTANCES);
    let limit = p.limit.as_ref().unwrap();
    assert_eq!((limit.low, limit.high, limit.origin), (4, None, LimitOrigin::State));
    assert_eq!((p.count, p.verdict), (Count::exactly(5), Verdict::Undecided));
}

#[test]
fn live_usage_joins_with_what_the_plan_changes() {
    let mut plan = plan();
    plan.providers[0].account = Account::Id("123456789012".into());
    plan.add(counted("aws_connect_instance.a", INSTANCES, ScopeRef::Account).changed(Change::Keep));
    plan.add(counted("aws_connect_instance.b", INSTANCES, ScopeRef::Account).changed(Change::Create));
    let usage = TakenUsage {
        service: "connect".into(),
        code: INSTANCES.into(),
        amount: 2,
        account: Some("123456789012".into()),
        region: Some("us-east-1".into()),
        parent: None,
    };
    let observed = Observed { usage: vec![usage], ..Observed::default() };
    let limits = Limits { observed, ..Limits::default() };
    let projected = project(&plan, &Root::default(), limits.clone(), Options::default());
    let p = only(&projected, INSTANCES);
    assert_eq!((p.before, p.count, p.basis), (Count::exactly(2), Count::exactly(3), Basis::Live));

    // Source alone does not say which of them exist.
    plan.basis = Basis::Configuration;
    plan.instances.iter_mut().for_each(|i| i.change = None);
    plan.instances[0].before = Count::ZERO;
    plan.instances[0].readings[0].before = Count::ZERO;
    let projected = project(&plan, &Root::default(), limits, Options::default());
    assert_eq!(only(&projected, INSTANCES).count, Count::between(2, 4));
}

#[test]
fn use_below_what_the_state_holds_is_an_interval_and_told() {
    let mut plan = plan();
    for i in 0..4 {
        plan.add(
            counted(&format!("aws_connect_instance.a[{i}]"), INSTANCES, ScopeRef::Account)
                .changed(Change::Keep),
        );
    }
    plan.add(counted("aws_connect_instance.b", INSTANCES, ScopeRef::Account).changed(Change::Create));
    let usage = TakenUsage {
        service: "connect".into(),
        code: INSTANCES.into(),
        amount: 1,
        account: None,
        region: None,
        parent: None,
    };
    let observed = Observed { usage: vec![usage], ..Observed::default() };
    let limits = Limits { observed, ..Limits::default() };
    let projected = project(&plan, &Root::default(), limits, Options::default());
    let p = only(&projected, INSTANCES);
    assert_eq!((p.before, p.count), (Count::between(1, 4), Count::between(2, 5)));
    assert_eq!((projected.below[0].usage, projected.below[0].state), (1, 4));
}

/// A source that declares an instance under the id of one that AWS knows, with a value of its own.
#[test]
fn a_parent_that_aws_knows_already_is_not_new() {
    let (mut inventory, this) = centre(30);
    let ScopeRef::Parent(parent) = this else { panic!("bug: an instance is a parent") };
    inventory.parents.known_as(parent, "centre");
    let arn = "arn:aws:connect:us-east-1:123456789012:instance/abc";
    let limit = TakenLimit {
        service: "connect".into(),
        code: QUEUES.into(),
        value: 20.0,
        account: None,
        region: None,
        resource: Some(arn.into()),
        default: false,
        origin: LimitOrigin::Live,
        as_of: "2026-11-20".into(),
    };
    let usage = TakenUsage {
        service: "connect".into(),
        code: QUEUES.into(),
        amount: 31,
        account: None,
        region: None,
        parent: Some(arn.into()),
    };
    let object = TakenObject {
        kind: "aws_connect_instance".into(),
        arn: arn.into(),
        texts: vec!["abc".into(), "centre".into()],
    };
    let observed =
        Observed { limits: vec![limit], usage: vec![usage], objects: vec![object], ..Observed::default() };
    let limits = Limits { observed, ..Limits::default() };
    let projected = project(&inventory, &Root::default(), limits.clone(), Options::default());
    let p = only(&projected, QUEUES);
    assert_eq!(p.limit.as_ref().map(|l| l.low), Some(20));
    // What AWS counted has BasicQueue in it: 31 in use, 30 declared, of which any number exists.
    assert_eq!((p.count, p.baselines.len(), p.basis), (Count::between(31, 61), 0, Basis::Live));

    // A plan that makes it says that it is new, whatever exists under such a name.
    inventory.basis = Basis::State;
    for i in &mut inventory.instances {
        i.change = Some(Change::Create);
    }
    let projected = project(&inventory, &Root::default(), limits, Options::default());
    assert_eq!(only(&projected, QUEUES).limit.as_ref().map(|l| l.low), Some(100));
}

fn stated(code: &str, scope: Option<&str>, applied: f64) -> StatedLimit {
    let q = quota(code);
    StatedLimit {
        service: q.service.into(),
        code: q.code.into(),
        name: q.name.into(),
        applied: Some(applied),
        budget: None,
        account: None,
        region: None,
        scope: scope.map(EcoString::from),
        reason: None,
        until: None,
        force: false,
        span: None,
    }
}

#[test]
fn a_limit_stated_for_one_parent_holds_there_alone() {
    let (mut inventory, _) = centre(104);
    let ScopeRef::Parent(id) = inventory.add_parent(instance("aws_connect_instance.b")) else {
        unreachable!()
    };
    inventory.parents.known_as(id, "3fa85f64-5717-4562-b3fc-2c963f66afa6");
    for i in 0..104 {
        inventory.add(queue(&format!("aws_connect_queue.b[{i}]"), ScopeRef::Parent(id)));
    }
    let arn = "arn:aws:connect:us-east-1:123456789012:instance/3fa85f64-5717-4562-b3fc-2c963f66afa6";
    for (scope, limits) in [("aws_connect_instance.this", [100, 200]), (arn, [200, 100])] {
        let limits_in = Limits { stated: vec![stated(QUEUES, Some(scope), 200.0)], ..Limits::default() };
        let projected = project(&inventory, &Root::default(), limits_in, Options::default());
        let found: Vec<u64> = of(&projected, QUEUES).iter().map(|p| p.limit.as_ref().unwrap().low).collect();
        assert_eq!(found, limits, "{scope}");
        assert!(projected.unused.is_empty());
    }
}

#[test]
fn a_stated_limit_that_nothing_asks_for_is_unused() {
    let (inventory, _) = centre(1);
    let limits = Limits { stated: vec![stated(BUCKETS, None, 5.0)], ..Limits::default() };
    assert_eq!(project(&inventory, &Root::default(), limits, Options::default()).unused, [0]);
}

/// A quota on one resource, with its measure.
fn single() -> (&'static Quota, u32) {
    let q = quota("L-C07B4B0D");
    assert_eq!(q.measures[0].aggregate, catalog::Aggregate::Each);
    (q, u32::from(q.measures[0].id.0))
}

#[test]
fn a_size_is_judged_for_each_resource_and_the_fullest_is_kept() {
    let (q, m) = single();
    let mut inventory = inventory();
    for (i, size) in [100, 130, 120].into_iter().enumerate() {
        inventory.add(instance(&format!("aws_iam_role.r[{i}]")).reads(
            m,
            ScopeRef::Account,
            Count::exactly(size),
        ));
    }
    let projected = run(&inventory);
    let p = only(&projected, q.code);
    assert!(p.single && p.verdict == Verdict::Within);
    assert_eq!((p.scope.parent.as_deref(), p.count), (Some("aws_iam_role.r[1]"), Count::exactly(130)));
}

#[test]
fn resources_of_one_block_over_a_limit_are_one_projection_and_the_worst_comes_first() {
    let (q, m) = single();
    let over = q.default.unwrap();
    let mut inventory = inventory();
    for i in 0..300 {
        let size = Count::exactly(over + 1 + i % 7);
        inventory.add(instance(&format!("aws_iam_role.r[{i}]")).reads(m, ScopeRef::Account, size));
    }
    inventory.add(instance("aws_iam_role.open").reads(m, ScopeRef::Account, Count::at_least(10)));
    let projected = run(&inventory);
    let [undecided, exceeded] = of(&projected, q.code)[..] else { panic!("{projected:#?}") };
    assert_eq!(
        (exceeded.verdict, exceeded.parts_total, exceeded.parts.len()),
        (Verdict::Exceeded, 300, PARTS_KEPT)
    );
    assert_eq!(
        (exceeded.count, exceeded.scope.parent.as_deref()),
        (Count::exactly(over + 7), Some("aws_iam_role.r[6]"))
    );
    assert_eq!((undecided.verdict, undecided.count), (Verdict::Undecided, Count::at_least(10)));
}

#[test]
fn a_size_of_something_destroyed_is_not_judged() {
    let (_, m) = single();
    let mut plan = plan();
    plan.add(instance("aws_iam_role.r").changed(Change::Destroy).reads(
        m,
        ScopeRef::Account,
        Count::exactly(9_999),
    ));
    assert!(run(&plan).projections.is_empty());
}

#[test]
fn parts_are_kept_up_to_a_number_unless_all_are_asked_for() {
    let (mut inventory, this) = centre(0);
    for i in 0..60 {
        inventory.add(queue(&format!("aws_connect_queue.q{i:02}"), this.clone()));
    }
    let projected = run(&inventory);
    let p = only(&projected, QUEUES);
    assert_eq!((p.parts.len(), p.parts_total), (PARTS_KEPT, 60));
    assert!(p.parts.is_sorted_by_key(|p| p.address.clone()));
    let options = Options { all_parts: true, ..Options::default() };
    let projected = project(&inventory, &Root::default(), Limits::default(), options);
    assert_eq!(only(&projected, QUEUES).parts.len(), 60);
}

#[test]
fn the_same_input_gives_the_same_projections() {
    let (mut inventory, _) = centre(30);
    inventory.add(queue("aws_connect_queue.u", ScopeRef::Unknown(variable("id"))));
    let text = |i: &Inventory| format!("{:?}", run(i).projections);
    let once = text(&inventory);
    assert_eq!(once, text(&inventory));
    // Nor does the order in which instances are read matter.
    inventory.instances.reverse();
    assert_eq!(once, text(&inventory));
}

#[test]
fn a_base_says_what_was_there_before() {
    let base = run(&centre(3).0);
    let mut projected = run(&centre(5).0);
    projected.since(&base);
    let p = only(&projected, QUEUES);
    assert_eq!((p.before, p.count), (Count::exactly(4), Count::exactly(6)));
    projected.since(&Projected::default());
    assert_eq!(only(&projected, QUEUES).before, Count::ZERO);
}

#[test]
fn types_without_a_measured_quota_are_counted() {
    let mut inventory = inventory();
    inventory.add(instance("aws_nothing_known.a"));
    inventory.add(instance("aws_nothing_known.b"));
    inventory.add(instance("aws_default_vpc.v"));
    let projected = run(&inventory);
    assert_eq!(projected.unmeasured.into_iter().collect::<Vec<_>>(), [("aws_nothing_known".into(), 2)]);
    assert_eq!((projected.instances, projected.types), (3, 2));
}

#[test]
fn making_any_amount_unknown_widens_every_count() {
    let narrow = {
        let (inventory, _) = centre(5);
        run(&inventory)
    };
    let narrow = only(&narrow, QUEUES);
    for wide in [Count::between(0, 1), Count::at_least(0), Count::at_least(1), Count::between(1, 4)] {
        for index in 1..6 {
            let (mut inventory, _) = centre(5);
            inventory.instances[index].readings[0].after = wide;
            let projected = run(&inventory);
            let p = only(&projected, QUEUES);
            assert!(p.count.contains(narrow.count) && p.peak.contains(narrow.peak), "{wide} at {index}");
        }
    }
    // A parent that is not known any more.
    for index in 1..6 {
        let (mut inventory, _) = centre(5);
        inventory.instances[index].readings[0].scope = ScopeRef::Unknown(variable("id"));
        let projected = run(&inventory);
        assert!(only(&projected, QUEUES).count.contains(narrow.count), "{index}");
    }
}
