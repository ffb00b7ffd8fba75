//! Settings files, sound and broken.

use std::path::Path;

use super::*;
use crate::date::Date;
use crate::eval::Work;
use crate::source::Disk;
use crate::tags::Format;

const RULES: [&str; 2] = ["quota-undecided", "tag-missing"];

fn read(text: &str) -> (Settings, Vec<Diagnostic>, Files) {
    let files = Files::default();
    let file = files.add(FILE_NAME, text);
    let world = World { tree: &Disk, cwd: Path::new("."), home: None, work: &Work::default() };
    let (settings, problems) = parse(&file, world, &RULES);
    (settings, problems, files)
}

fn sound(text: &str) -> Settings {
    let (settings, problems, _) = read(text);
    assert!(problems.is_empty(), "{problems:#?}");
    settings
}

/// What is wrong: line, detail and help.
fn wrong(text: &str) -> Vec<String> {
    let (_, problems, files) = read(text);
    problems
        .iter()
        .map(|p| {
            let line = p.span.map_or(0, |s| files.locate(s).line);
            let help = p.help.as_deref().map(|h| format!(" ({h})")).unwrap_or_default();
            format!("{line}: {}{help}", p.detail)
        })
        .collect()
}

#[test]
fn the_example_of_the_contract_is_read_whole() {
    let s = sound(
        r#"
quota "connect" "L-19A87C94" {
  applied = 200
  budget  = 150
  account = "prod"
  region  = "us-gov-west-1"
  scope   = "module.centre[\"a\"].aws_connect_instance.this"
  reason  = "case 1234567890"
  until   = "2027-03-31"
}
buffer = 25

account "prod" {
  id       = "123456789012"
  role_arn = "arn:aws-us-gov:iam::123456789012:role/quota-reader"
  region   = "us-gov-west-1"
  paths    = ["envs/prod/**"]
}
target "prod" {
  root      = "stacks/contact-center"
  var_files = ["envs/prod.tfvars"]
  workspace = "prod"
  account   = "prod"
}

tenants {
  variable = "tenants"
  tag      = "Tenant"
}
demand "connect" "L-12AB7C57" { value = sum([for t in var.tenants : t.agent_count]) }

tag "Tenant" {
  required = true
  pattern  = "^agency-[a-z0-9-]+$"
}
tag "DataClassification" {
  required = true
  allowed  = ["public", "pii", "phi", "fedramp-high"]
  types    = ["aws_dynamodb_table", "aws_s3_bucket", "aws_lambda_function"]
}
tag "Owner" {
  required = true
  format   = ["lower-kebab", "email"]   # any of
}
exempt "aws_iam_*" {
  tags   = ["Tenant"]
  reason = "shared by all tenants"
  until  = "2027-03-31"
}
assume = {
  "data.aws_availability_zones.available.names" = ["us-east-1a", "us-east-1b", "us-east-1c"]
}
rule "quota-undecided" { severity = "error" }
fail_on = "warning"
"#,
    );
    let limit = &s.limits[0];
    assert_eq!((limit.applied, limit.budget, limit.force), (Some(200.0), Some(150.0), false));
    assert_eq!(limit.name, "Queues per instance");
    assert_eq!(limit.scope.as_deref(), Some("module.centre[\"a\"].aws_connect_instance.this"));
    assert_eq!(limit.until, Date::parse("2027-03-31"));
    assert_eq!(s.buffer, 25);
    assert_eq!(s.accounts[0].paths, ["envs/prod/**"]);
    assert_eq!(s.targets[0].var_files, ["envs/prod.tfvars"]);
    assert_eq!(s.tenants.as_ref().map(|t| t.variable.as_str()), Some("tenants"));
    assert_eq!(s.demands[0].code, "L-12AB7C57");
    assert_eq!(
        s.schema.tags.iter().map(|t| t.key.as_str()).collect::<Vec<_>>(),
        ["Tenant", "DataClassification", "Owner"]
    );
    assert_eq!(s.schema.tags[2].formats, [Format::LowerKebab, Format::Email]);
    assert_eq!(s.schema.exemptions[0].what, "aws_iam_*");
    assert_eq!(s.assume["data.aws_availability_zones.available.names"].len(), Some(3));
    assert_eq!(s.levels["quota-undecided"], Level::At(Severity::Error));
    assert_eq!(s.fail_on, Some(FailOn::At(Severity::Warning)));
}

#[test]
fn an_empty_file_changes_nothing() {
    let s = sound("");
    assert!(s.limits.is_empty() && s.schema.is_empty() && s.fail_on.is_none());
    assert_eq!(s.buffer, 20);
}

#[test]
fn misspelt_arguments_are_told_with_line_and_help() {
    assert_eq!(
        wrong(
            "# The fixture bad/wrong-key.\n\ntag \"Tenant\" {\n  requird = true\n}\n\nquota \"connect\" \"L-19A87C94\" {\n  limit = 200\n}\n"
        ),
        [
            "4: `requird` is not an argument of a `tag` block (did you mean `required`?)",
            "8: `limit` is not an argument of a `quota` block (write `applied` for the limit that holds, `budget` for a ceiling of your own)",
        ]
    );
    assert_eq!(
        wrong("bufer = 20"),
        ["1: `bufer` is not an argument of the settings (did you mean `buffer`?)"]
    );
    assert_eq!(
        wrong("quotas \"connect\" \"x\" {}"),
        ["1: `quotas` is not a block of the settings (did you mean `quota`?)"]
    );
    assert_eq!(
        wrong("tenants {\n  variable = \"t\"\n  nested {}\n}"),
        ["3: `nested` is not a block of a `tenants` block"]
    );
    assert_eq!(
        wrong("assume {}"),
        ["1: `assume` is not a block of the settings (it is an argument: `assume = …`)"]
    );
}

#[test]
fn one_broken_block_leaves_the_others_in_force() {
    let (s, problems, _) = read("tag \"A\" { requird = true }\ntag \"B\" { required = true }\n");
    assert_eq!(problems.len(), 1);
    assert_eq!(s.schema.tags.len(), 2);
}

#[test]
fn values_of_the_wrong_type_are_told() {
    for (text, told) in [
        ("buffer = \"20\"", "1: `buffer` has to be a number, zero or more"),
        (
            "quota \"connect\" \"L-19A87C94\" { applied = -1 }",
            "1: `applied` has to be a number from 0 to 10000000000",
        ),
        (
            "quota \"connect\" \"L-19A87C94\" { applied = 1e40 }",
            "1: `applied` has to be a number from 0 to 10000000000",
        ),
        (
            "quota \"connect\" \"L-19A87C94\" { applied = \"100\" }",
            "1: `applied` has to be a number from 0 to 10000000000",
        ),
        ("buffer = -1", "1: `buffer` has to be a number, zero or more"),
        ("buffer = 0.5", "1: `buffer` has to be a whole number of per cent, at most 1000"),
        ("tag \"A\" { required = \"yes\" }", "1: `required` has to be `true` or `false`"),
        ("tag \"A\" { allowed = [1, 2] }", "1: `allowed` has to be a list of texts"),
        (
            "assume = [1]",
            "1: `assume` has to be an object of values by reference (write `assume = { \"data.aws_x.y.names\" = […] }`)",
        ),
        ("fail_on = \"err\"", "1: `err` is not a severity (did you mean `error`?)"),
        (
            "rule \"tag-missing\" { severity = \"warn\" }",
            "1: `warn` is not a severity (did you mean `warning`?)",
        ),
        (
            "rule \"tag-mising\" { severity = \"error\" }",
            "1: there is no rule `tag-mising` (did you mean `tag-missing`?)",
        ),
        ("tag \"A\" { format = \"kebab\" }", "1: there is no format `kebab` (expected:"),
        ("tag \"A\" { pattern = \"(\" }", "1: `pattern` is not a regular expression: unclosed group"),
        (
            "tag \"A\" { allowed = [] }",
            "1: no value of `A` would be allowed (leave `allowed` out to allow every value)",
        ),
        ("tag \"A\" { when = \"x\" }", "1: `when` has to be an object of tag values by key"),
        (
            "exempt \"x\" {\n  reason = \"y\"\n  until = \"2027-02-30\"\n}",
            "3: `until` is not a day of the calendar (write it as `2027-03-31`)",
        ),
        ("account \"a\" { id = \"12\" }", "1: `12` is not an account number (it has twelve digits)"),
    ] {
        let found = wrong(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].starts_with(told), "{text}: {found:?}");
    }
}

#[test]
fn what_is_missing_is_told() {
    for (text, told) in [
        ("quota \"connect\" \"L-19A87C94\" {}", "1: this `quota` block has neither `applied` nor `budget`"),
        (
            "quota \"connect\" { applied = 1 }",
            "1: a `quota` block has 2 labels, the service and the code, not 1",
        ),
        ("exempt \"aws_iam_*\" {}", "1: this `exempt` block has no `reason`"),
        ("tenants {}", "1: this `tenants` block has no `variable`"),
        ("tenants \"x\" { variable = \"y\" }", "1: a `tenants` block has no labels, not 1"),
        ("rule \"tag-missing\" {}", "1: this `rule` block has no `severity`"),
        ("demand \"connect\" \"L-12AB7C57\" {}", "1: this `demand` block has no `value`"),
        ("tag \"\" {}", "1: a tag has a key"),
    ] {
        let found = wrong(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].starts_with(told), "{text}: {found:?}");
    }
}

#[test]
fn a_quota_is_named_by_code_or_by_its_only_name() {
    let s = sound("quota \"connect\" \"Queues per instance\" { applied = 1 }");
    assert_eq!(s.limits[0].code, "L-19A87C94");
    // A code that the catalog does not have is a finding later, not a broken file.
    let s = sound("quota \"connect\" \"L-00000000\" { applied = 1 }");
    assert_eq!((s.limits[0].code.as_str(), s.limits[0].name.as_str()), ("L-00000000", ""));
    assert_eq!(
        wrong("quota \"connect\" \"Queues per instanc\" { applied = 1 }"),
        [
            "1: the catalog has no quota `Queues per instanc` of `connect` (did you mean `Queues per instance`?)"
        ]
    );
}

#[test]
fn an_account_has_to_be_declared_or_a_number() {
    assert_eq!(
        wrong(
            "account \"prod\" {}\nquota \"connect\" \"L-19A87C94\" {\n  applied = 1\n  account = \"prd\"\n}"
        ),
        ["4: no `account` block declares `prd` (did you mean `prod`?)"]
    );
    sound("quota \"connect\" \"L-19A87C94\" {\n  applied = 1\n  account = \"123456789012\"\n}");
}

#[test]
fn what_is_said_twice_is_told() {
    assert_eq!(wrong("account \"a\" {}\naccount \"a\" {}"), ["2: there is a `account \"a\"` block already"]);
    let twice = "rule \"tag-missing\" { severity = \"off\" }\n";
    assert_eq!(wrong(&twice.repeat(2)), ["2: there is a `rule \"tag-missing\"` block already"]);
    assert_eq!(
        wrong("tenants { variable = \"a\" }\ntenants { variable = \"b\" }"),
        ["2: there is a `tenants` block already"]
    );
}

#[test]
fn settings_are_constant_but_for_demands() {
    let found = wrong("tag \"A\" { pattern = var.x }");
    assert!(found[0].contains("settings are constant"), "{found:?}");
    sound("tag \"A\" { allowed = concat([\"a\"], [lower(\"B\")]) }");
    sound("demand \"connect\" \"L-12AB7C57\" { value = var.anything[*].x }");
}

#[test]
fn every_profile_is_sound() {
    for profile in PROFILES {
        let s = sound(profile.text);
        assert_eq!(s.schema.is_empty(), profile.name == "plain", "{}", profile.name);
    }
    let s = sound(profile("gov-ccaas").unwrap().text);
    assert_eq!(s.schema.tags.iter().filter(|t| t.required).count(), 8);
    let rule = |key: &str| s.schema.tags.iter().find(|t| t.key == key).unwrap();
    for (key, good, bad) in [
        ("Tenant", "agency-va", "va"),
        ("Environment", "dr", "Production"),
        ("Project", "ccaas-gov", "Government-CCaaS"),
        ("CostCenter", "CENSUS-OPS-001", "cc-1"),
        ("DataClassification", "fedramp-high", "secret"),
        ("Owner", "john.smith@agency.gov", "John Smith"),
        ("Owner", "census-tech-team", ""),
        ("ManagedBy", "terraform", "hand"),
        ("CreatedDate", "2026-02-08", "8.2.2026"),
    ] {
        assert_eq!(rule(key).refuses(good), None, "{key}");
        assert!(rule(key).refuses(bad).is_some(), "{key}");
    }
}

#[test]
fn blocks_that_nothing_can_satisfy_together_are_told() {
    for (text, expected) in [
        (
            "tag \"A\" { allowed = [\"x\"] }\ntag \"A\" { allowed = [\"y\", \"z\"] }",
            "2: no value of `A` is allowed by both blocks about it: `y` and `z`",
        ),
        (
            "tag \"A\" {\n  allowed = [\"X\"]\n  pattern = \"^[a-z]+$\"\n}",
            "1: no allowed value of `A` is left: `X` does not match `^[a-z]+$`",
        ),
        (
            "tag \"A\" { format = \"date\" }\ntag \"A\" {\n  types = [\"aws_s3_*\"]\n  allowed = [\"never\"]\n}",
            "2: no value of `A` is allowed by both blocks about it: `never`",
        ),
        (
            "tag \"Owner\" {}\ntag \"owner\" {}",
            "2: `owner` and `Owner` differ only by case, and are asked of the same resources",
        ),
        (
            "tag \"A\" {\n  default = \"b\"\n  allowed = [\"a\"]\n}",
            "1: `default = \"b\"` of `A` is not one of `a`",
        ),
        (
            "tag \"A\" { default = \"b\" }\ntag \"A\" { default = \"c\" }",
            "2: `A` has two values to repair it with, `b` and `c`",
        ),
    ] {
        assert_eq!(wrong(text), [expected], "{text}");
    }
    sound("tag \"A\" { allowed = [\"x\", \"y\"] }\ntag \"A\" { allowed = [\"y\", \"z*\"] }");
    sound("tag \"A\" { allowed = [\"x*\"] }\ntag \"A\" { allowed = [\"*y\"] }");
    sound(
        "tag \"A\" {\n  types = [\"aws_sqs_queue\"]\n  allowed = [\"x\"]\n}\ntag \"A\" {\n  types = [\"aws_sns_topic\"]\n  allowed = [\"y\"]\n}",
    );
}

#[test]
fn what_a_tag_depends_on_has_to_be_there() {
    assert_eq!(
        wrong("tag \"A\" { equals = \"tenant\" }"),
        ["1: no `tenants` block says who they are (add `tenants { variable = \"…\" }`)"]
    );
    assert_eq!(
        wrong("tag \"A\" { accounts = [\"prd\"] }\naccount \"prod\" {}"),
        ["1: no `account` block declares `prd` (did you mean `prod`?)"]
    );
    assert_eq!(
        wrong("tag \"A\" { equals = \"regoin\" }"),
        ["1: `equals` cannot be `regoin` (did you mean `region`?)"]
    );
    assert_eq!(
        wrong("tag \"A\" { severity = \"off\" }"),
        ["1: `off` is not a severity (expected: `error`, `warning` and `notice`)"]
    );
    let s = sound(
        "tenants { variable = \"t\" }\ntag \"A\" {\n  equals = \"tenant\"\n  severity = \"warning\"\n}",
    );
    assert_eq!(s.schema.tenants.as_deref(), Some("t"));
    assert_eq!(s.schema.tags[0].severity, Some(Severity::Warning));
}

#[test]
fn null_is_as_if_not_set() {
    let s = sound("tag \"A\" {\n  required = null\n  pattern = null\n}");
    assert!(!s.schema.tags[0].required && s.schema.tags[0].pattern.is_none());
}

#[test]
fn a_file_that_does_not_parse_is_told_with_its_line() {
    let (_, problems, files) = read("tag \"A\" {\n  required = \n}\n");
    assert!(!problems.is_empty());
    assert!(problems[0].span.is_some_and(|s| files.locate(s).line >= 2));
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let files = Files::default();
    let (_, problems) = load(Path::new("no/such/file.hcl"), &Disk, &files, &RULES);
    assert_eq!((problems.len(), problems[0].severity), (1, Severity::Error));
}

#[test]
fn every_account_is_asked_by_a_role_that_each_can_have() {
    let s = sound("account \"*\" {\n  role_arn = \"arn:aws-us-gov:iam::*:role/reader\"\n}\n");
    assert_eq!(s.accounts[0].role_arn.as_deref(), Some("arn:aws-us-gov:iam::*:role/reader"));
    let text =
        "account \"*\" {\n  id       = \"111111111111\"\n  role_arn = \"arn:aws:iam::1:role/reader\"\n}\n";
    assert_eq!(
        wrong(text),
        [
            "2: `account \"*\"` stands for many accounts, which have no `id` in common",
            "3: `account \"*\"` has no role that every account can have (`role_arn = \"arn:aws:iam::*:role/NAME\"`, with `*` for the account's number)"
        ]
    );
}
