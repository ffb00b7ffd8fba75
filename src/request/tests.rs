//! What is asked for, from inputs to lines.

use super::{Ask, Form, Plan, asks, render};
use crate::catalog::{self, Unit};
use crate::date::Date;
use crate::inventory::Basis;
use crate::projection::{
    Confidence, Limit, LimitOrigin, Projection, QuotaName, Scope, Share, Shares, Verdict, desired,
};
use crate::value::Count;

fn asked<const N: usize>(projections: [Projection; N], plan: &Plan) -> Vec<Ask> {
    asks(&projections.into_iter().collect(), plan)
}

fn projection(code: &str, parent: Option<&str>, region: &str, used: u64) -> Projection {
    let quota = catalog::quota_by_code(code).unwrap();
    let limit = quota.default.map(|n| Limit {
        low: n,
        high: Some(n),
        origin: LimitOrigin::Catalog,
        confidence: Confidence::Confirmed,
        as_of: "2026".to_owned(),
        adjustable: Some(true),
        note: String::new(),
        assumed: true,
    });
    let partition = if region.starts_with("us-gov") { "aws-us-gov" } else { "aws" };
    let count = Count::exactly(used);
    Projection {
        quota: QuotaName {
            service: quota.service.into(),
            code: code.into(),
            name: quota.name.into(),
            unit: "".into(),
        },
        scope: Scope {
            partition: partition.into(),
            account: None,
            region: Some(region.into()),
            parent: parent.map(Into::into),
            candidates: 1,
            root: None,
        },
        roots: Vec::new(),
        parts: Vec::new(),
        parts_total: 0,
        baselines: Vec::new(),
        before: Count::ZERO,
        count,
        peak: count,
        verdict: Verdict::of(count, limit.as_ref()),
        limit: limit.map(Into::into),
        basis: Basis::Configuration,
        because: Vec::new(),
        single: false,
        shares: None,
        requested: None,
    }
}

fn plan() -> Plan {
    Plan { buffer: 20, today: Date::parse("2026-11-20"), ..Plan::default() }
}

const QUEUES: &str = "L-19A87C94";
const ARN: &str = "arn:aws-us-gov:connect:us-gov-west-1:123456789012:instance/a";

#[test]
fn numbers_are_round_and_leave_room() {
    let check =
        |used, tenant, limit, expected| assert_eq!(desired(Unit::Count, used, tenant, limit, 20), expected);
    check(13, 0, Some(5), 20);
    check(105, 0, Some(100), 130);
    check(950, 0, Some(1000), 1200);
    // One more tenant is more than the buffer.
    check(100, 60, Some(100), 160);
    // Never what there is already.
    check(70, 0, Some(100), 110);
    assert_eq!(desired(Unit::PerSecond, 30_000, 0, Some(25_000), 20), 40);
    assert_eq!(desired(Unit::Count, 0, 0, None, 20), 0);
}

#[test]
fn only_what_is_exceeded_or_nearly_full_is_asked_for() {
    let of = |used| asked([projection(QUEUES, Some(ARN), "us-gov-west-1", used)], &plan()).len();
    assert_eq!([of(105), of(100), of(70), of(69), of(0)], [1, 1, 1, 0, 0]);
}

#[test]
fn a_quota_of_one_resource_is_asked_for_with_its_arn_in_its_partition() {
    let found = asked([projection(QUEUES, Some(ARN), "us-gov-west-1", 105)], &plan());
    assert_eq!(
        render(&found, Form::Cli),
        format!(
            "aws service-quotas request-service-quota-increase --region us-gov-west-1 --service-code connect \
             --quota-code L-19A87C94 --desired-value 130 --context-id {ARN}\n"
        )
    );
    assert!(render(&found, Form::Links).starts_with("https://console.amazonaws-us-gov.com/servicequotas/"));
    assert!(render(&found, Form::Terraform).contains("# Queues per instance"));
    assert!(!render(&found, Form::Terraform).contains("resource \""));
    assert!(render(&found, Form::Case).contains("wanted: 130"));
}

#[test]
fn a_parent_that_is_not_made_yet_gives_a_staged_order() {
    let found = asked([projection(QUEUES, Some("aws_connect_instance.this"), "us-east-1", 105)], &plan());
    let text = render(&found, Form::Checklist);
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} in {text}"));
    assert!(at("1. apply aws_connect_instance.this with no more than 100") < at("2. with its ARN"));
    assert!(at("2. with its ARN") < at("3. apply the rest"));
}

#[test]
fn an_account_quota_is_a_terraform_block() {
    let found = asked([projection("L-AA17A6B9", None, "us-east-1", 5)], &plan());
    let text = render(&found, Form::Terraform);
    assert!(text.contains(
        "resource \"aws_servicequotas_service_quota\" \"connect_amazon_connect_instance_count_us_east_1\""
    ));
    assert!(text.contains("value        = 10"));
    assert!(render(&found, Form::Checklist).contains("1 to 42 days"));
}

#[test]
fn hard_limits_and_open_requests_are_not_asked_for() {
    let fixed = catalog::quotas().iter().find(|q| {
        q.adjustable == catalog::Adjustable::No && !q.code.is_empty() && q.default.is_some_and(|d| d > 10)
    });
    let hard = projection(fixed.unwrap().code, None, "us-east-1", u64::MAX / 1_000);
    let open = Projection { requested: Some(10), ..projection("L-AA17A6B9", None, "us-east-1", 5) };
    let found = asked([hard, open], &plan());
    assert_eq!(found.len(), 2);
    for form in [Form::Cli, Form::Terraform, Form::Links] {
        assert!(render(&found, form).lines().all(|l| l.starts_with('#')), "{form:?}");
    }
    assert_eq!(render(&found, Form::Case), "Nothing to ask for.\n");
    assert!(render(&found, Form::Checklist).contains("never raises"));
    assert!(render(&found, Form::Checklist).contains("asks for 10 already"));
}

#[test]
fn the_day_to_ask_by_is_the_day_of_need_less_the_longest_time() {
    let tenants = vec![("a".into(), Share { low: Some(8), high: Some(8) })];
    let shares = Some(Shares { tenants, shared: Share::ZERO });
    let used = |n| Projection {
        shares: shares.clone().map(Box::new),
        ..projection(QUEUES, Some(ARN), "us-east-1", n)
    };
    let by = |n, plan: &Plan| asked([used(n)], plan)[0].by.map(|d| (d.year(), d.month(), d.day()));
    // 28 free are three tenants; the fourth comes after two months and fails.
    let growing = Plan { tenants_per_month: Some(2.0), ..plan() };
    assert_eq!(by(72, &growing), Some((2026, 12, 29)));
    let starting = Plan { starts: Date::parse("2027-03-01"), ..plan() };
    assert_eq!(by(72, &starting), Some((2027, 2, 8)));
    // Too late is today.
    assert_eq!(by(105, &plan()), Some((2026, 11, 20)));
    assert_eq!(by(72, &plan()), None);
}

#[test]
fn another_scope_with_room_is_named() {
    let full = projection(QUEUES, Some("aws_connect_instance.a"), "us-east-1", 105);
    let free = projection(QUEUES, Some("aws_connect_instance.b"), "us-east-1", 10);
    let found = asked([full, free], &plan());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].instead.as_deref(), Some("aws_connect_instance.b has room for 90 more"));
}

#[test]
fn growth_so_far_is_asked_for_in_time() {
    let growth = |per_day, over: &str| super::Growth {
        service: "connect".into(),
        code: QUEUES.into(),
        account: "123456789012".into(),
        region: "us-gov-west-1".into(),
        parent: Some(ARN.into()),
        per_day,
        over_on: Date::parse(over),
    };
    let with = |g| Plan { growth: vec![g], ..plan() };
    let of = |used, plan: &Plan| asked([projection(QUEUES, Some(ARN), "us-gov-west-1", used)], plan);
    // 40 of 100 is no reason, 2 a day is: in the 14 days that AWS may take and 30 more it is 128.
    assert_eq!(of(40, &plan()).len(), 0);
    let found = of(40, &with(growth(2.0, "2026-12-21")));
    assert_eq!((found[0].desired, found[0].by), (160, Date::parse("2026-12-07")));
    assert!(
        found[0].why.contains("+60.0 in 30 days and is over the limit on 2026-12-21"),
        "{}",
        found[0].why
    );
    // Far away it waits.
    assert_eq!(of(40, &with(growth(0.1, "2028-06-01"))).len(), 0);
    // Another instance is another matter.
    let other = super::Growth { parent: Some("arn:other".into()), ..growth(2.0, "2026-12-21") };
    assert_eq!(of(40, &with(other)).len(), 0);
    // Too late is today, and what falls takes nothing off.
    assert_eq!(of(95, &with(growth(3.0, "2026-11-23")))[0].by, Date::parse("2026-11-20"));
    assert_eq!(of(95, &with(growth(-3.0, "x")))[0].desired, of(95, &plan())[0].desired);
}

#[test]
fn an_instance_that_is_named_by_its_id_has_its_arn_where_the_account_is_known() {
    let id = "0a1b2c3d-0000-4000-8000-000000000001";
    let of = |account: Option<&str>, parent: &str| {
        let mut p = projection(QUEUES, Some(parent), "us-gov-west-1", 105);
        p.scope.account = account.map(Into::into);
        asked([p], &plan())[0].way.clone()
    };
    let arn = format!("arn:aws-us-gov:connect:us-gov-west-1:123456789012:instance/{id}");
    assert_eq!(of(Some("123456789012"), id), super::Way::Resource(arn));
    assert_eq!(of(None, id), super::Way::Later(id.to_owned()));
    assert_eq!(of(Some("prod"), id), super::Way::Later(id.to_owned()));
    assert!(matches!(of(Some("123456789012"), "aws_connect_instance.this"), super::Way::Later(_)));
}
