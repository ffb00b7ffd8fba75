//! Shares and capacity against checks that know nothing of either: each number is counted again from the source.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ecow::EcoString;

use super::study::{Shape, Study, Trial};
use super::tenants::{NoTenants, Tenancy, find, with, without};
use super::{Answer, Fits, MeterName, Search, Trouble, search, shares};
use crate::config::{self, Settings};
use crate::date::Date;
use crate::expand::{Model, Options, VariableSource};
use crate::inventory::Inventory;
use crate::module::Loader;
use crate::pipeline::{self, Request, Source};
use crate::projection::{Limits, Projections, QuotaName, Root, Scope, Verdict};
use crate::source::{Disk, Files};
use crate::value::{Count, Value, to_json};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// A root module of one file.
fn module(text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("main.tf"), text).unwrap();
    dir
}

fn settings(text: &str) -> Settings {
    let temporary = tempfile::tempdir().unwrap();
    let file = temporary.path().join("settings.hcl");
    std::fs::write(&file, text).unwrap();
    let (settings, problems) = config::load(&file, &Disk, &Files::default(), &[]);
    assert!(problems.is_empty(), "{problems:?}");
    settings
}

fn today() -> Date {
    Date::parse("2026-11-20").unwrap()
}

fn study<T>(dir: &Path, settings: &Settings, work: impl FnOnce(Study<'_>) -> T) -> T {
    let files = Files::default();
    let loader = Loader::new(&Disk, &files);
    let options = Options::default();
    let (model, tenancy) = found(dir, &loader, &options, settings);
    let limits = Limits { stated: settings.limits.clone(), ..Limits::default() };
    work(Study::new(model, settings, limits, Root::default(), tenancy.expect("there are tenants")))
}

fn found<'a>(
    dir: &Path,
    loader: &'a Loader<'a>,
    options: &'a Options,
    settings: &Settings,
) -> (Model<'a>, Result<Tenancy, NoTenants>) {
    let mut model = Model::load(loader, dir, options);
    let inventory: Inventory = model.inventory();
    let tenancy = find(&mut model, &inventory, settings.tenants.as_ref());
    (model, tenancy)
}

fn tenants_of(text: &str, settings_text: &str) -> Result<Tenancy, NoTenants> {
    let dir = module(text);
    let files = Files::default();
    let loader = Loader::new(&Disk, &files);
    let options = Options::default();
    found(dir.path(), &loader, &options, &settings(settings_text)).1
}

/// Checks a folder with other tenants, as a user would who wrote them down.
fn checked(dir: &Path, variable: &str, tenants: &Value, settings: &str) -> Projections {
    let temporary = tempfile::tempdir().unwrap();
    let file = temporary.path().join("settings.hcl");
    std::fs::write(&file, settings).unwrap();
    let text = to_json(tenants).to_string();
    let request = Request {
        changed: None,
        carry: false,
        in_passing: false,
        parts: Vec::new(),
        sources: vec![Source::Folder(dir.to_owned())],
        options: Options {
            variables: vec![VariableSource::Assign { name: variable.into(), text }],
            ..Options::default()
        },
        settings: Some(file),
        today: today(),
        all: false,
        fail_on: None,
        shares: pipeline::Effort::None,
        recursive: false,
        targets: Vec::new(),
        shard: None,
        quotas: pipeline::Quotas::Catalog,
        base: None,
        gate: None,
        baseline: None,
        origin: crate::report::Origin::default(),
    };
    let (report, _) = pipeline::run(request, &Disk, &Files::default());
    report.projections
}

fn by_scope(projections: &Projections) -> BTreeMap<(QuotaName, Scope), Count> {
    let counted = projections.iter().filter(|p| !p.single);
    counted.map(|p| ((p.quota.clone(), p.scope.clone()), p.count)).collect()
}

/// Every share is the difference of two checks, and all together are the count.
fn check_shares(dir: &Path) -> BTreeMap<(QuotaName, Scope), i64> {
    study(dir, &Settings::default(), |mut study| {
        let variable = study.tenancy.variable.clone();
        let tenants = study.tenancy.value.clone();
        let found = shares(&mut study);
        let mut projections = checked(dir, &variable, &tenants, "");
        super::attach(&mut projections, std::slice::from_ref(&found));
        let whole = by_scope(&projections);
        let fewer: Vec<_> = study
            .tenancy
            .keys
            .iter()
            .map(|key| (key, by_scope(&checked(dir, &variable, &without(&tenants, key), ""))))
            .collect();
        let mut left = BTreeMap::new();
        for p in projections.iter().filter(|p| !p.single) {
            let name = (p.quota.clone(), p.scope.clone());
            let shares = p.shares.as_ref().expect("every count has shares");
            if !p.count.is_exact() {
                continue;
            }
            let mut sum = 0;
            for (key, fewer) in &fewer {
                let less = fewer.get(&name).copied().unwrap_or(Count::ZERO);
                assert!(less.is_exact());
                let expected = whole[&name].low() as i64 - less.low() as i64;
                let told =
                    shares.tenants.iter().find(|(k, _)| k == *key).map_or(0, |(_, s)| s.exact().unwrap());
                assert_eq!(told, expected, "{key} of {name:?}");
                sum += told;
            }
            let shared = shares.shared.exact().unwrap();
            assert_eq!(sum + shared, p.count.low() as i64, "{name:?}");
            left.insert(name, shared);
        }
        left
    })
}

#[test]
fn shares_of_all_fixtures_are_differences_of_checks() {
    for name in ["contact-center", "over-quota", "separate-instances"] {
        let left = check_shares(&fixture(name));
        let queues: Vec<i64> =
            left.iter().filter(|(n, _)| n.0.code == "L-19A87C94").map(|(_, shared)| *shared).collect();
        match name {
            // The overflow queue and the BasicQueue of AWS.
            "contact-center" => assert_eq!(queues, [2]),
            "over-quota" => assert_eq!(queues, [1]),
            // The whole instance goes with its tenant.
            _ => assert_eq!(queues, [0; 5]),
        }
    }
}

/// Numbers that look random and are the same on every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// Tenants that differ, that need something together, and that share something by pairs.
fn generated(seed: u64) -> (String, usize) {
    let mut dice = Dice(seed);
    let n = 2 + dice.throw(5) as usize;
    let tenants: Vec<String> = (0..n)
        .map(|i| {
            let (queues, chat) = (dice.throw(5), dice.throw(2) == 0);
            format!("    agency-{i} = {{ queues = {queues}, chat = {chat} }}")
        })
        .collect();
    let text = format!(
        r#"
variable "tenants" {{
  type = map(object({{ queues = number, chat = bool }}))
  default = {{
{}
  }}
}}
provider "aws" {{ region = "us-east-1" }}
resource "aws_connect_instance" "this" {{
  identity_management_type = "SAML"
  instance_alias           = "generated"
  inbound_calls_enabled    = true
  outbound_calls_enabled   = true
}}
locals {{
  queues = merge([for k, t in var.tenants : {{ for i in range(t.queues) : "${{k}}/${{i}}" => k }}]...)
  pairs  = {{ for p in setproduct(keys(var.tenants), keys(var.tenants)) : "${{p[0]}}-${{p[1]}}" => p if p[0] != p[1] }}
  chats  = [for k, t in var.tenants : k if t.chat]
}}
resource "aws_connect_queue" "own" {{
  for_each              = local.queues
  instance_id           = aws_connect_instance.this.id
  name                  = each.key
  hours_of_operation_id = "x"
  tags                  = {{ Tenant = each.value }}
}}
resource "aws_connect_routing_profile" "any" {{
  count                     = length(local.chats) > 0 ? 1 : 0
  instance_id               = aws_connect_instance.this.id
  name                      = "chat"
  description               = "for whoever chats"
  default_outbound_queue_id = "x"
}}
resource "aws_connect_quick_connect" "pair" {{
  for_each    = local.pairs
  instance_id = aws_connect_instance.this.id
  name        = each.key
}}
resource "aws_connect_security_profile" "tens" {{
  count       = ceil(length(local.queues) / 3)
  instance_id = aws_connect_instance.this.id
  name        = "team-${{count.index}}"
}}
resource "aws_connect_security_profile" "own" {{
  for_each    = var.tenants
  instance_id = aws_connect_instance.this.id
  name        = each.key
  tags        = {{ Tenant = each.key }}
}}
"#,
        tenants.join("\n")
    );
    (text, n)
}

#[test]
fn shares_of_generated_tenants_are_differences_of_checks() {
    for seed in 0..12 {
        let (text, n) = generated(seed);
        let dir = module(&text);
        let left = check_shares(dir.path());
        let (n, pairs) = (n as i64, "L-68BBE2E8");
        let of = |code: &str| left.iter().find(|(name, _)| name.0.code == code).map(|(_, shared)| *shared);
        // n(n−1) pairs; each tenant is in 2(n−1) of them, so that every pair is in two shares.
        assert_eq!(of(pairs), Some(n * (n - 1) - n * 2 * (n - 1)), "seed {seed}");
    }
}

#[test]
fn a_share_of_what_is_not_known_is_still_exact_where_the_unknown_stays() {
    let dir = module(
        r#"
variable "azs" { type = list(string) }
variable "tenants" { default = { a = 2, b = 3 } }
resource "aws_s3_bucket" "zone" { count = length(var.azs) }
resource "aws_s3_bucket" "own" {
  for_each = merge([for k, n in var.tenants : { for i in range(n) : "${k}${i}" => k }]...)
  tags     = { Tenant = each.value }
}
resource "aws_s3_bucket" "both" { count = length(var.azs) * length(var.tenants) }
"#,
    );
    study(dir.path(), &Settings::default(), |mut study| {
        let found = shares(&mut study);
        let (_, buckets) = found.iter().find(|(name, _)| name.0.code == "L-DC2B2D3D").unwrap();
        // What depends on both is open either way.
        assert_eq!(buckets.iter().map(|(_, s)| s.low).collect::<Vec<_>>(), [None, None]);
    });
    let text = std::fs::read_to_string(dir.path().join("main.tf")).unwrap();
    let without_both: String =
        text.lines().filter(|l| !l.contains("\"both\"")).map(|l| format!("{l}\n")).collect();
    study(module(&without_both).path(), &Settings::default(), |mut study| {
        let found = shares(&mut study);
        let (_, buckets) = found.iter().find(|(name, _)| name.0.code == "L-DC2B2D3D").unwrap();
        assert_eq!(
            buckets.iter().map(|(k, s)| (k.as_str(), s.exact())).collect::<Vec<_>>(),
            [("a", Some(2)), ("b", Some(3))]
        );
    });
}

#[test]
fn tenants_are_found_where_it_is_plain() {
    let tagged = r#"
variable "tenants" { default = { a = 1, b = 2 } }
variable "zones"   { default = { x = 1 } }
resource "aws_s3_bucket" "t" {
  for_each = var.tenants
  tags     = { Tenant = each.key }
}
resource "aws_s3_bucket" "z" {
  for_each = var.zones
  tags     = { Zone = each.key }
}
"#;
    let tenancy = tenants_of(tagged, "").unwrap();
    assert_eq!(
        (tenancy.variable.as_str(), tenancy.tag.as_deref(), tenancy.keys.len()),
        ("tenants", Some("Tenant"), 2)
    );
    let set = r#"
variable "agencies" {
  type    = set(string)
  default = ["a", "b"]
}
resource "aws_s3_bucket" "t" {
  for_each = var.agencies
  tags     = { agency = each.key }
}
"#;
    assert_eq!(tenants_of(set, "").unwrap().keys, ["a", "b"]);
}

#[test]
fn a_tag_that_only_looks_like_the_key_is_none() {
    // The bucket stays whatever the map holds.
    let text = r#"
variable "sites" { default = { a = 1 } }
resource "aws_s3_bucket" "t" { tags = { Tenant = "a" } }
"#;
    assert_eq!(tenants_of(text, "").unwrap_err(), NoTenants::None);
}

#[test]
fn why_there_are_no_tenants_is_said() {
    let check = |text: &str, block: &str, part: &str| {
        let why = tenants_of(text, block).expect_err(text);
        assert!(why.text().contains(part), "{}", why.text());
        assert!(!why.help().is_empty());
    };
    let block = "tenants { variable = \"tenants\" }";
    check("", "", "no variable holds tenants");
    check("", block, "declares no such variable");
    check("variable \"tenants\" {}", block, "nothing gives it a value");
    check("variable \"tenants\" { default = {} }", block, "holds no tenant");
    check("variable \"tenants\" { default = \"a\" }", block, "is string");
    check("variable \"tenants\" { default = null }", block, "is null");
    let two = r#"
variable "a" { default = { x = 1 } }
variable "b" { default = { x = 1 } }
resource "aws_s3_bucket" "t" {
  for_each = { for k, v in var.a : k => v if contains(keys(var.b), k) }
  tags     = { Tenant = each.key }
}
"#;
    check(two, "", "several variables may hold the tenants: `var.a` and `var.b`");
}

/// The number of tenants that fit is the one that checks find, for each quota that is named.
fn check_capacity(dir: &Path, settings_text: &str, shape: &Shape) -> Answer {
    check_capacity_up_to(100, dir, settings_text, shape)
}

fn check_capacity_up_to(most: u64, dir: &Path, settings_text: &str, shape: &Shape) -> Answer {
    let settings = settings(settings_text);
    study(dir, &settings, |mut study| {
        let answer = search(&mut study, shape, &Search { most, ..Search::default() }).expect("an answer");
        let (variable, tenants) = (study.tenancy.variable.clone(), study.tenancy.value.clone());
        let reads = |more: u64, meter: &MeterName| {
            let projections =
                checked(dir, &variable, &more_tenants(&tenants, &answer.trial, more), settings_text);
            let read = super::meter::read(projections, &answer.trial.stem);
            read.get(meter).map_or((Verdict::Within, Count::ZERO), |r| (r.verdict, r.count))
        };
        for room in &answer.rooms {
            let (low, name) = (room.fits.low, &room.meter.quota.name);
            if low > 0 || room.now.verdict == Verdict::Within {
                let (verdict, count) = reads(low, &room.meter);
                assert_eq!((verdict, count), (Verdict::Within, room.with.count), "{low} more, {name}");
            }
            if room.scanned.is_none() && low < answer.most {
                assert_ne!(reads(low + 1, &room.meter).0, Verdict::Within, "{} more, {name}", low + 1);
            }
            if let Some(high) = room.fits.high {
                assert_eq!(reads(high + 1, &room.meter).0, Verdict::Exceeded, "{} more, {name}", high + 1);
                if high > 0 {
                    assert_ne!(reads(high, &room.meter).0, Verdict::Exceeded, "{high} more, {name}");
                }
            }
        }
        answer
    })
}

fn more_tenants(tenants: &Value, trial: &Trial, more: u64) -> Value {
    let added: Vec<_> = (1..=more).map(|n| trial.tenant(n)).collect();
    with(tenants, &added, true)
}

#[test]
fn capacity_of_all_fixtures_is_right_by_brute_force() {
    let center = check_capacity_up_to(21, &fixture("contact-center"), "", &Shape::Median);
    assert_eq!(center.fits, Fits { low: 1, high: Some(1) });
    assert_eq!(center.rooms[0].meter.quota.code, "L-8F812903");
    let over = check_capacity_up_to(12, &fixture("over-quota"), "", &Shape::Key("agency-fire".into()));
    assert_eq!(over.fits, Fits { low: 0, high: Some(0) });
    let apart = check_capacity_up_to(12, &fixture("separate-instances"), "", &Shape::Median);
    assert_eq!(
        (apart.fits, apart.rooms[0].meter.quota.code.as_str()),
        (Fits { low: 0, high: Some(0) }, "L-AA17A6B9")
    );
    // With the instances raised, what binds first is another quota or none.
    let raised = "quota \"connect\" \"L-AA17A6B9\" { applied = 12 }";
    let apart = check_capacity_up_to(12, &fixture("separate-instances"), raised, &Shape::Median);
    assert_eq!(apart.fits, Fits { low: 7, high: Some(7) });
}

#[test]
fn capacity_of_generated_tenants_is_right_by_brute_force() {
    for seed in 0..6 {
        let (text, _) = generated(seed);
        let dir = module(&text);
        let mut dice = Dice(seed);
        let limits = format!(
            "quota \"connect\" \"L-68BBE2E8\" {{ applied = {} }}\nquota \"connect\" \"L-F325A715\" {{ applied = {} }}\n",
            30 + dice.throw(200),
            10 + dice.throw(20),
        );
        let answer = check_capacity(dir.path(), &limits, &Shape::Median);
        assert!(answer.fits.is_exact(), "seed {seed}");
    }
}

#[test]
fn an_undecided_quota_yields_an_interval_and_names_the_reason() {
    let dir = module(
        r#"
variable "azs" { type = list(string) }
variable "tenants" {
  type    = map(number)
  default = { a = 3 }
}
provider "aws" { region = "us-east-1" }
resource "aws_s3_bucket" "zone" { count = length(var.azs) }
resource "aws_s3_bucket" "own" {
  for_each = merge([for k, n in var.tenants : { for i in range(n) : "${k}${i}" => k }]...)
  tags     = { Tenant = each.value }
}
"#,
    );
    let answer = check_capacity(dir.path(), "quota \"s3\" \"L-DC2B2D3D\" { applied = 20 }", &Shape::Median);
    let room = &answer.rooms[0];
    assert!(!answer.fits.is_exact() && !room.fits.is_exact(), "{:?}", answer.fits);
    assert_eq!(room.because.iter().map(|c| c.name().as_str()).collect::<Vec<_>>(), ["var.azs"]);
    assert_eq!(room.fits.high, Some(5));
}

#[test]
fn demand_that_does_not_grow_is_tried_number_by_number() {
    // Seven more need no bucket each: they share from the tenth on.
    let dir = module(
        r#"
variable "tenants" {
  type    = map(number)
  default = { a = 1 }
}
provider "aws" { region = "us-east-1" }
resource "aws_s3_bucket" "own" {
  count = length(var.tenants) >= 6 ? 2 : length(var.tenants) * 2
  tags  = { Tenant = keys(var.tenants)[0] }
}
resource "aws_sns_topic" "own" { for_each = var.tenants }
"#,
    );
    let text = "tenants { variable = \"tenants\" }\nquota \"s3\" \"L-DC2B2D3D\" { applied = 8 }";
    let answer = check_capacity(dir.path(), text, &Shape::Median);
    let room = answer.rooms.iter().find(|r| r.meter.quota.service == "s3").unwrap();
    assert_eq!((room.fits, room.scanned), (Fits { low: 3, high: Some(3) }, Some(100)));
}

#[test]
fn a_quota_without_a_limit_is_an_interval() {
    let dir = module(
        r#"
variable "tenants" {
  type    = map(number)
  default = { a = 1 }
}
provider "aws" { region = "us-east-1" }
resource "aws_s3_bucket" "own" {
  for_each = var.tenants
  tags     = { Tenant = each.key }
}
"#,
    );
    let settings = Settings::default();
    study(dir.path(), &settings, |mut study| {
        study.limits.defaults = false;
        let answer = search(&mut study, &Shape::Median, &Search { most: 50, ..Search::default() }).unwrap();
        assert_eq!(answer.fits, Fits { low: 0, high: None });
        assert_eq!(answer.rooms[0].because[0].name(), "no limit is known");
    });
}

#[test]
fn what_the_configuration_cannot_do_ends_the_search() {
    let dir = module(
        r#"
variable "tenants" {
  type    = map(number)
  default = { a = 1 }
}
provider "aws" { region = "us-east-1" }
locals { order = { for i, k in keys(var.tenants) : k => i } }
resource "aws_subnet" "own" {
  for_each   = var.tenants
  vpc_id     = "vpc-1"
  cidr_block = cidrsubnet("10.0.0.0/24", 3, local.order[each.key])
  tags       = { Tenant = each.key }
}
resource "aws_s3_bucket" "own" {
  count  = length([for k in keys(var.tenants) : cidrsubnet("10.0.0.0/24", 3, local.order[k])])
}
"#,
    );
    let settings = Settings::default();
    study(dir.path(), &settings, |mut study| {
        let answer = search(&mut study, &Shape::Median, &Search::default()).unwrap();
        let (n, problems) = answer.breaks.as_ref().unwrap();
        assert_eq!((*n, answer.fits.high), (8, Some(7)));
        assert!(!problems.is_empty());
    });
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let dir = module(
        r#"
variable "tenants" {
  type    = map(object({ queues = number }))
  default = { a = { queues = 1 } }
}
resource "aws_s3_bucket" "own" {
  for_each = var.tenants
  tags     = { Tenant = each.key }
}
"#,
    );
    let settings = Settings::default();
    let ask = |shape: Shape| {
        study(dir.path(), &settings, |mut s| search(&mut s, &shape, &Search::default()).unwrap_err())
    };
    let wrong = Value::object(vec![("queues".into(), Value::from("many"))]);
    assert!(matches!(ask(Shape::Given(wrong)), Trouble::Shape(p) if p[0].detail.contains("number")));
    assert!(matches!(ask(Shape::Key(EcoString::from("b"))), Trouble::NoSuchTenant(_)));
    let fixed = module(
        r#"
variable "tenants" {
  type    = object({ a = number })
  default = { a = 1 }
}
resource "aws_s3_bucket" "own" {
  for_each = var.tenants
  tags     = { Tenant = each.key }
}
"#,
    );
    let named = self::settings("tenants { variable = \"tenants\" }");
    let trouble =
        study(fixed.path(), &named, |mut s| search(&mut s, &Shape::Median, &Search::default()).unwrap_err());
    assert!(matches!(trouble, Trouble::Fixed));
}

#[test]
fn what_keeps_a_buffer_free_is_less() {
    let answer = check_capacity(
        &fixture("over-quota"),
        "quota \"connect\" \"L-8F812903\" { applied = 200 }\nquota \"connect\" \"L-19A87C94\" { applied = 300 }\nquota \"connect\" \"L-20CD02F7\" { applied = 500 }",
        &Shape::Median,
    );
    // 312 users and 24 each: 7 more are 480 of 500, 3 more are 384 of the 400 that leave a fifth free.
    assert_eq!((answer.fits, answer.comfortable), (Fits { low: 7, high: Some(7) }, Some(3)));
}

/// Demand, as a check counts it: quota, parent and count.
fn demanded(text: &str, settings_text: &str) -> Vec<(String, Option<String>, Count)> {
    let dir = module(text);
    let value = Value::from("unused");
    let projections = checked(dir.path(), "unused", &value, settings_text);
    let rows =
        projections.iter().filter(|p| !p.single && p.parts.iter().any(|part| part.address.contains('"')));
    rows.map(|p| (p.quota.name.to_string(), p.scope.parent.as_ref().map(ToString::to_string), p.count))
        .collect()
}

const CENTRE: &str = r#"
variable "unused" { default = "" }
variable "unset" { type = number }
variable "tenants" {
  type    = map(object({ agents = number }))
  default = { a = { agents = 40 }, b = { agents = 25 } }
}
provider "aws" { region = "us-east-1" }
resource "aws_connect_instance" "this" {
  identity_management_type = "SAML"
  inbound_calls_enabled    = true
  outbound_calls_enabled   = true
}
resource "aws_connect_queue" "q" {
  for_each    = var.tenants
  instance_id = aws_connect_instance.this.id
  name        = each.key
  hours_of_operation_id = "x"
  tags        = { Tenant = each.key }
}
"#;

const CALLS: &str = "Concurrent active calls per instance";
const INSTANCE: &str = "aws_connect_instance.this";

#[test]
fn a_demand_is_any_expression_of_the_root() {
    let block = |value: &str| format!("demand \"connect\" \"L-12AB7C57\" {{ value = {value} }}");
    let check = |value: &str, expected: Count| {
        let found = demanded(CENTRE, &block(value));
        assert_eq!(found, [(CALLS.to_owned(), Some(INSTANCE.to_owned()), expected)], "{value}");
    };
    check("sum([for t in var.tenants : t.agents])", Count::exactly(65));
    check("65.2", Count::exactly(66));
    check("var.unset", Count::at_least(0));
    check("{ \"aws_connect_instance.this\" = 7 }", Count::exactly(7));
    // What fails is open, never nothing.
    check("var.tenants.c.agents", Count::at_least(0));
    check("\"many\"", Count::at_least(0));
}

#[test]
fn figures_of_tenants_add_up_and_a_missing_one_leaves_the_sum_open() {
    let check = |blocks: &str, name: &str, expected: Count| {
        let found = demanded(CENTRE, blocks);
        let row = found.iter().find(|(n, ..)| n == name).unwrap_or_else(|| panic!("{name} in {found:?}"));
        assert_eq!(row.2, expected, "{blocks}");
    };
    let both = "tenant \"a\" { concurrent_calls = 60 }\ntenant \"b\" { concurrent_calls = 30 }";
    check(both, CALLS, Count::exactly(90));
    check("tenant \"a\" { concurrent_calls = 60 }", CALLS, Count::at_least(60));
    check(
        "tenant \"a\" { concurrent_calls = 60 }\ntenant \"*\" { concurrent_calls = 5 }",
        CALLS,
        Count::exactly(65),
    );
    let busy = "tenant \"*\" {\n calls_per_hour = 1000\n average_minutes = 10\n}";
    // 66.7 for each tenant, and a part of a job is one.
    check(busy, "Concurrent post-call analytics jobs", Count::exactly(134));
    check(busy, CALLS, Count::at_least(334));
    check(
        "tenant \"*\" { lex_requests_per_second = 25 }",
        "Voice requests per second",
        Count::exactly(50_000),
    );
    let bedrock = "tenant \"*\" {\n bedrock_requests_per_minute = 500\n bedrock_quota = \"L-F406804E\"\n}";
    check(
        bedrock,
        "On-demand InvokeModel requests per minute for Claude 3 Sonnet",
        Count::exactly(1_000_000),
    );
}

#[test]
fn capacity_counts_the_figures_of_tenants_that_are_tried() {
    let text = "tenant \"*\" { concurrent_calls = 20 }\nquota \"connect\" \"L-12AB7C57\" { applied = 150 }";
    let answer = check_capacity(module(CENTRE).path(), text, &Shape::Key("a".into()));
    // 40 now, 20 for each: five more are 140.
    assert_eq!(answer.fits, Fits { low: 5, high: Some(5) });
}
