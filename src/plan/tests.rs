//! Whole plans and states, real ones and broken ones.

#![expect(clippy::disallowed_methods, reason = "fixtures lie on the disk")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::{Options, PlanError, read};
use crate::address::Mode;
use crate::catalog::MeasureId;
use crate::finding::Severity;
use crate::inventory::{Account, Change, Inventory, Parents, ScopeRef, Setting, TagValue, Tags};
use crate::value::Count;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(fixtures().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

pub(super) fn inventory(bytes: &[u8]) -> Inventory {
    read(bytes, "plan.json", &Options::default()).unwrap_or_else(|e| panic!("{e}"))
}

fn kind(name: &str) -> Inventory {
    inventory(&bytes(&format!("plan-kinds/{name}.json")))
}

fn plan(name: &str) -> Inventory {
    inventory(&bytes(&format!("plans/{name}.json")))
}

/// All plans and states at hand, as text without marks.
fn all() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let folders = [Some(fixtures().join("plans")), Some(fixtures().join("plan-kinds"))];
    // More of them, unpacked, for those who have some.
    let more = std::env::var_os("TF_HEADROOM_PLANS").map(PathBuf::from);
    for folder in folders.into_iter().chain([more]).flatten() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "json") {
                let mut text = String::new();
                let file = std::fs::File::open(&path).unwrap();
                std::io::Read::read_to_string(&mut super::input::open(file, "").unwrap(), &mut text).unwrap();
                found.push((path.display().to_string(), text.trim_start_matches('\u{feff}').to_string()));
            }
        }
    }
    found.sort();
    found
}

fn scope(scope: &ScopeRef, parents: &Parents) -> String {
    let all = |inner: &[ScopeRef], between| {
        inner.iter().map(|s| self::scope(s, parents)).collect::<Vec<_>>().join(between)
    };
    match scope {
        ScopeRef::Account => "account".into(),
        ScopeRef::Own => "itself".into(),
        ScopeRef::Parent(id) => parents.name(*id).to_string(),
        ScopeRef::OneOf(inner) => all(inner, " | "),
        ScopeRef::Composite(inner) => all(inner, " + "),
        ScopeRef::Unknown(cause) => format!("?{}", cause.name()),
        ScopeRef::Nothing => "nothing".into(),
    }
}

fn tags(tags: Option<&Tags>) -> String {
    let Some(tags) = tags else { return "-".into() };
    let entries = tags.entries.iter().map(|(k, v)| match v {
        TagValue::Known(text) => format!("{k}={text}"),
        TagValue::Sensitive(_) => format!("{k}=***"),
        TagValue::Unknown(_) => format!("{k}=?"),
        TagValue::Null => format!("{k}=null"),
    });
    let open = tags.open.as_ref().map(|cause| format!("..{}", cause.name()));
    entries.chain(open).collect::<Vec<_>>().join(" ")
}

/// An inventory in words, sorted.
fn summary(inventory: &Inventory) -> String {
    let mut lines: Vec<String> = Vec::new();
    for i in &inventory.instances {
        let change = i.change.map_or("", Change::name);
        let mut line = format!("{} {change} {}>{}", i.address, i.before, i.after);
        for (via, s) in &i.scopes {
            let _ = write!(line, " {via}:{}", scope(s, &inventory.parents));
        }
        for r in &i.readings {
            let quota = MeasureId(r.measure as u16).get().quota.get();
            let at = scope(&r.scope, &inventory.parents);
            let _ = write!(line, "\n   {}/{} {}>{} in {at}", quota.service, quota.key(), r.before, r.after);
        }
        let provider = &inventory.providers[i.provider.0 as usize];
        let _ = write!(line, "\n   {:?} {:?} {:?}", provider.name, provider.region, provider.account);
        let _ = write!(line, "\n   {}\n   {}", tags(i.tags.as_deref()), tags(i.tags_all.as_deref()));
        lines.push(line);
    }
    lines.sort();
    lines.join("\n")
}

// ---------------------------------------------------------------- counts

/// What a plan or state lists, counted by means of another parser: type and what is done → how many.
fn listed(json: &Json) -> BTreeMap<(String, String), u64> {
    let mut counts = BTreeMap::new();
    let mut add = |ty: &Json, what: &str| {
        *counts.entry((ty.as_str().unwrap().to_string(), what.to_string())).or_insert(0) += 1;
    };
    let mut seen = Vec::new();
    let put_off = json["deferred_changes"].as_array().into_iter().flatten().map(|d| &d["resource_change"]);
    for change in json["resource_changes"].as_array().into_iter().flatten().chain(put_off) {
        seen.push(change["address"].as_str().unwrap());
        let actions: Vec<&str> =
            change["change"]["actions"].as_array().unwrap().iter().map(|a| a.as_str().unwrap()).collect();
        let what = match actions.as_slice() {
            ["no-op"] => "keep",
            ["delete"] => "destroy",
            [_, _] => "replace",
            [one] => one,
            _ => panic!("{actions:?}"),
        };
        add(&change["type"], what);
    }
    fn modules<'j>(module: &'j Json, found: &mut Vec<&'j Json>) {
        found.extend(module["resources"].as_array().into_iter().flatten());
        for child in module["child_modules"].as_array().into_iter().flatten() {
            modules(child, found);
        }
    }
    let mut state = Vec::new();
    modules(&json["prior_state"]["values"]["root_module"], &mut state);
    modules(&json["values"]["root_module"], &mut state);
    for resource in state.into_iter().filter(|r| !seen.contains(&r["address"].as_str().unwrap())) {
        add(&resource["type"], if resource["mode"] == "data" { "read" } else { "keep" });
    }
    if json["version"] == 4 {
        for block in json["resources"].as_array().unwrap() {
            for _ in block["instances"].as_array().unwrap() {
                add(&block["type"], if block["mode"] == "data" { "read" } else { "keep" });
            }
        }
    }
    counts
}

#[test]
fn instances_by_type_and_change_are_those_that_the_file_lists() {
    for (name, text) in all() {
        let json: Json = serde_json::from_str(&text).unwrap();
        let mut found = BTreeMap::new();
        for instance in &inventory(text.as_bytes()).instances {
            let key = (instance.address.block.ty.to_string(), instance.change.unwrap().name().to_string());
            *found.entry(key).or_insert(0u64) += 1;
        }
        assert_eq!(found, listed(&json), "{name}");
    }
}

#[test]
fn the_order_of_the_sections_does_not_matter() {
    for (name, text) in all() {
        let json: serde_json::Map<String, Json> = serde_json::from_str(&text).unwrap();
        let expected = summary(&inventory(text.as_bytes()));
        let mut keys: Vec<&String> = json.keys().collect();
        for _ in 0..2 {
            keys.reverse();
            let half = keys.len() / 2;
            keys.rotate_left(half);
            let shuffled: serde_json::Map<String, Json> =
                keys.iter().map(|k| ((*k).clone(), json[*k].clone())).collect();
            let text = serde_json::to_string(&shuffled).unwrap();
            similar_lines(&summary(&inventory(text.as_bytes())), &expected, &name);
        }
    }
}

/// Compares line by line, to show only what differs.
fn similar_lines(found: &str, expected: &str, name: &str) {
    for (a, b) in found.lines().zip(expected.lines()) {
        assert_eq!(a, b, "{name}");
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "{name}");
}

/// Gives what comes before an offset, then the others.
struct Halves<'a> {
    at: usize,
    given: usize,
    text: &'a [u8],
}

impl std::io::Read for Halves<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let end = if self.given < self.at { self.at } else { self.text.len() };
        let n = (end - self.given).min(into.len());
        into[..n].copy_from_slice(&self.text[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}

#[test]
fn a_value_at_the_edge_of_what_was_read_so_far_is_not_judged_by_its_half() {
    let text = r#"{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[
        {"address":"aws_sqs_queue.a","mode":"managed","type":"aws_sqs_queue","name":"a",
         "provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":["create"],"before":null,
         "after":{"fifo_queue":true,"name":"\u00e9","delay_seconds":-12.5e1,"policy":null,"tags":{"a":"b"}},
         "after_unknown":{"arn":true,"tags":{}}}},
        {"address":"aws_vpc.v","mode":"managed","type":"aws_vpc","name":"v",
         "provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":["no-op"],
         "before":{"id":"vpc-1","enable_dns_support":false},"after":{"id":"vpc-1","enable_dns_support":false},
         "after_unknown":{}}}]}"#;
    let whole = inventory(text.as_bytes());
    assert_eq!((whole.instances.len(), whole.diagnostics.len()), (2, 0));
    for at in 1..text.len() {
        let halves = Halves { at, given: 0, text: text.as_bytes() };
        let halves = read(halves, "plan.json", &Options::default()).unwrap();
        assert_eq!(summary(&halves), summary(&whole), "cut at {at}");
        assert!(halves.diagnostics.is_empty(), "cut at {at}: {:?}", halves.diagnostics);
    }
}

/// Gives few bytes at a time.
struct Slow<'a>(&'a [u8]);

impl std::io::Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = self.0.len().min(7).min(into.len());
        into[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

#[test]
fn it_does_not_matter_how_the_input_arrives() {
    for name in ["plans/govcloud.json", "plan-kinds/actions.json", "plan-kinds/aws-tfstate-v4.json"] {
        let text = bytes(name);
        let expected = summary(&inventory(&text));
        let slow = read(Slow(&text), "plan.json", &Options::default()).unwrap();
        similar_lines(&summary(&slow), &expected, name);
        let wide: Vec<u8> =
            String::from_utf8(text).unwrap().encode_utf16().flat_map(u16::to_le_bytes).collect();
        similar_lines(&summary(&inventory(&wide)), &expected, name);
    }
}

/// Gives so many bytes, then the rest.
struct Cut<'a>(&'a [u8], usize);

impl std::io::Read for Cut<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let most = if self.1 > 0 { self.1 } else { self.0.len() };
        let n = self.0.len().min(most).min(into.len());
        self.1 = self.1.saturating_sub(n);
        into[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

#[test]
fn a_value_may_be_cut_anywhere() {
    let text = r#"{"format_version":"1.2","variables":{"r\u00e9gion":{"value":"us-\u0065ast-1"}},"resource_changes":[
        {"address":"module.a[\"x\\\ud83d\ude00\"].aws_sqs_queue.q[12]","module_address":"module.a[\"x\\\ud83d\ude00\"]",
         "mode":"managed","type":"aws_sqs_queue","name":"q","index":12,"provider_name":"aws","change":{"actions":["create"],
         "before":null,"after":{"name":"a\tb","delay_seconds":-1.5e1,"fifo_queue":true,"tags":{"k\"":"v\n"}},
         "after_unknown":{"id":true,"tags":{}},"after_sensitive":false}}],
        "prior_state":{"values":{"root_module":{"resources":[{"address":"aws_sqs_queue.s[\"\u00fc\"]","mode":"managed",
         "type":"aws_sqs_queue","name":"s","index":"\u00fc","values":{"name":"s","tags":null}}]}}},"errored":false}"#;
    let expected = summary(&inventory(text.as_bytes()));
    for cut in 4..text.len() {
        let read = read(Cut(text.as_bytes(), cut), "plan.json", &Options::default()).unwrap();
        assert_eq!(summary(&read), expected, "cut at {cut}");
        assert!(read.diagnostics.is_empty(), "cut at {cut}: {:?}", read.diagnostics);
    }
}

// ---------------------------------------------------------------- kinds of plans

fn changes(inventory: &Inventory) -> BTreeMap<String, (Change, Count, Count)> {
    let all = inventory.instances.iter();
    all.map(|i| (i.address.to_string(), (i.change.unwrap(), i.before, i.after))).collect()
}

#[test]
fn every_action_has_its_counts() {
    let inventory = kind("actions");
    let changes = changes(&inventory);
    let check = |address: &str, change, before, after| {
        let expected = (change, Count::exactly(before), Count::exactly(after));
        assert_eq!(changes[address], expected, "{address}");
    };
    check("terraform_data.keep", Change::Keep, 1, 1);
    check("terraform_data.update", Change::Update, 1, 1);
    check("terraform_data.replace", Change::Replace, 1, 1);
    check("terraform_data.create_first", Change::ReplaceCreateFirst, 1, 1);
    check("terraform_data.create", Change::Create, 0, 1);
    check("terraform_data.delete", Change::Destroy, 1, 0);
    check("terraform_data.forget", Change::Forget, 1, 0);
    check("terraform_data.import", Change::Import, 1, 1);
    check("terraform_data.new_name", Change::Keep, 1, 1);
    check(r#"module.inner["c"].terraform_data.this[1]"#, Change::Destroy, 1, 0);
    let moved = inventory.instances.iter().find(|i| i.previous.is_some()).unwrap();
    assert_eq!(moved.address.to_string(), "terraform_data.new_name");
    assert_eq!(moved.previous.as_ref().unwrap().to_string(), "terraform_data.old_name");
    let failed: Vec<&str> = inventory.diagnostics.iter().map(|d| d.summary.as_str()).collect();
    assert_eq!(failed, ["Failed checks"]);
    assert_eq!(inventory.diagnostics[0].addresses, ["check.always"]);
    assert_eq!(inventory.partial, None);
}

#[test]
fn a_targeted_plan_keeps_what_only_the_state_lists() {
    let inventory = kind("target");
    let changes = changes(&inventory);
    assert_eq!(changes.len(), 11);
    let updated: Vec<&String> =
        changes.iter().filter(|(_, c)| c.0 == Change::Update).map(|(a, _)| a).collect();
    assert_eq!(updated, ["terraform_data.update"]);
    assert!(changes.values().all(|(_, before, after)| *before == Count::exactly(1) && before == after));
    assert!(inventory.partial.is_some());
    assert!(inventory.diagnostics.is_empty());
}

#[test]
fn an_errored_plan_is_read_and_said_to_be_one() {
    let inventory = kind("errored");
    let errored = inventory.diagnostics.iter().find(|d| d.summary == "Errored plan").unwrap();
    assert_eq!(errored.severity, Severity::Error);
    assert!(!inventory.instances.is_empty());
}

#[test]
fn what_is_put_off_may_come_in_any_number() {
    let inventory = kind("deferred");
    let counts: Vec<(String, Count)> =
        inventory.instances.iter().map(|i| (i.address.to_string(), i.after)).collect();
    let expected = [
        ("aws_connect_instance.this", Count::exactly(1)),
        ("aws_connect_queue.later[*]", Count::at_least(0)),
        ("aws_connect_queue.one", Count::between(0, 1)),
        ("module.desk[*].aws_connect_queue.this[0]", Count::at_least(0)),
    ];
    assert_eq!(counts, expected.map(|(a, c)| (a.to_string(), c)));
    for queue in &inventory.instances[1..] {
        let (_, parent) = queue.scopes.iter().find(|(via, _)| via == "instance_id").unwrap();
        assert_eq!(scope(parent, &inventory.parents), "aws_connect_instance.this");
    }
    assert!(inventory.diagnostics.iter().any(|d| d.summary == "Deferred changes"));
    assert!(inventory.partial.is_some());
}

/// Changes every object of a document, from the inside out.
fn walk(json: &mut Json, change: &mut dyn FnMut(&mut serde_json::Map<String, Json>)) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| walk(item, change)),
        Json::Object(fields) => {
            fields.values_mut().for_each(|field| walk(field, change));
            change(fields);
        }
        _ => {}
    }
}

#[test]
fn plans_of_opentofu_say_the_same() {
    for name in ["plans/govcloud.json", "plan-kinds/aws-more.json", "plan-kinds/aws-tfstate-v4.json"] {
        let text = String::from_utf8(bytes(name)).unwrap();
        let tofu = text.replace("registry.terraform.io", "registry.opentofu.org");
        similar_lines(&summary(&inventory(tofu.as_bytes())), &summary(&inventory(text.as_bytes())), name);
    }
}

#[test]
fn plans_of_terraform_0_12_say_the_same_but_for_what_they_leave_out() {
    // https://github.com/hashicorp/terraform/blob/v0.12.31/command/jsonplan/plan.go
    const LATER: [&str; 9] = [
        "before_sensitive",
        "after_sensitive",
        "sensitive_values",
        "relevant_attributes",
        "applyable",
        "complete",
        "errored",
        "checks",
        "timestamp",
    ];
    for name in ["plans/over-quota.json", "plans/contact-center.json", "plan-kinds/aws-more.json"] {
        let mut json: Json = serde_json::from_slice(&bytes(name)).unwrap();
        let expected = summary(&inventory(json.to_string().as_bytes()));
        walk(&mut json, &mut |fields| {
            fields.retain(|key, _| !LATER.contains(&key.as_str()));
            if let Some(name) = fields.get_mut("provider_name") {
                *name = name.as_str().unwrap().rsplit('/').next().unwrap().into();
            }
            // Only what is referred to is told, not what of it.
            if let Some(Json::Array(refs)) = fields.get_mut("references") {
                let parts = |t: &str| if t.starts_with("data.") || t.starts_with("module.") { 3 } else { 2 };
                let cut = |t: &str| t.split('.').take(parts(t)).collect::<Vec<_>>().join(".");
                let short: Vec<String> = refs.iter().map(|r| cut(r.as_str().unwrap())).collect();
                *refs = short.into_iter().map(Json::from).collect();
            }
        });
        json["format_version"] = "0.1".into();
        json["terraform_version"] = "0.12.31".into();
        let found = summary(&inventory(json.to_string().as_bytes()));
        let strip = |text: &str| text.replace("Owner=***", "Owner=platform-team-secret-canary");
        similar_lines(&strip(&found), &strip(&expected), name);
    }
}

#[test]
fn a_deposed_object_is_destroyed_beside_the_one_that_lives() {
    let inventory = kind("deposed");
    let all: Vec<(Change, Count)> =
        inventory.instances.iter().map(|i| (i.change.unwrap(), i.after)).collect();
    assert_eq!(all, [(Change::Keep, Count::exactly(1)), (Change::Destroy, Count::ZERO)]);
    for state in ["deposed-state", "deposed-tfstate-v4"] {
        assert_eq!(kind(state).instances.len(), 2, "{state}");
    }
}

#[test]
fn a_state_is_the_same_in_both_forms() {
    let strip = |text: String| {
        // Only the state file tells the alias, and so the account, of a provider.
        let lines = text.lines().filter(|l| !l.starts_with("   \"")).map(String::from);
        lines.collect::<Vec<_>>().join("\n")
    };
    for (a, b) in [("state", "tfstate-v4"), ("aws-state", "aws-tfstate-v4")] {
        similar_lines(&strip(summary(&kind(a))), &strip(summary(&kind(b))), a);
    }
    assert!(kind("empty-state").instances.is_empty());
}

#[test]
fn a_known_id_leads_to_the_instance_that_carries_it() {
    let inventory = kind("aws-more");
    let scope_of = |address: &str, via: &str| {
        let i = inventory.instances.iter().find(|i| i.address.to_string() == address).unwrap();
        let (_, found) = i.scopes.iter().find(|(v, _)| v == via).unwrap_or_else(|| panic!("{address} {via}"));
        scope(found, &inventory.parents)
    };
    for key in ["a", "b", "c"] {
        let queue = format!("module.desk[\"{key}\"].aws_connect_queue.this[1]");
        assert_eq!(scope_of(&queue, "instance_id"), "aws_connect_instance.this");
    }
    for key in ["x", "c"] {
        let address = format!("aws_iam_role_policy.function[\"{key}\"]");
        assert_eq!(scope_of(&address, "role"), format!("aws_iam_role.function[\"{key}\"]"));
        let address = format!("aws_iam_role_policy_attachment.function[\"{key}\"]");
        assert_eq!(scope_of(&address, "role"), format!("aws_iam_role.function[\"{key}\"]"));
    }
}

#[test]
fn children_follow_a_parent_that_is_replaced() {
    let inventory = kind("aws-replace");
    let queues = inventory.instances.iter().filter(|i| i.address.block.ty == "aws_connect_queue");
    let mut seen = 0;
    for queue in queues {
        let counted = queue.readings.iter().filter(|r| r.scope != ScopeRef::Own);
        let scopes: Vec<String> = counted.map(|r| scope(&r.scope, &inventory.parents)).collect();
        assert_eq!(scopes, ["aws_connect_instance.this"], "{}", queue.address);
        seen += 1;
    }
    assert_eq!(seen, 6);
}

#[test]
fn providers_tell_account_region_and_default_tags() {
    let inventory = kind("aws-more");
    let of = |alias: Option<&str>| inventory.providers.iter().find(|p| p.alias.as_deref() == alias).unwrap();
    let main = of(None);
    assert_eq!(main.region, Some(Setting::Known("us-east-1".into())));
    assert_eq!(main.account, Account::Id("123456789012".into()));
    assert_eq!(tags(Some(&main.default_tags)), "ManagedBy=terraform");
    let west = of(Some("west"));
    assert_eq!(west.region, Some(Setting::Known("us-west-2".into())));
    assert_eq!(west.account, Account::Id("210987654321".into()));
    assert_eq!(tags(Some(&west.default_tags)), "..var.region");
    let plain = inventory.instances.iter().find(|i| i.address.block.name == "plain").unwrap();
    assert_eq!(inventory.providers[plain.provider.0 as usize].alias.as_deref(), Some("west"));
}

#[test]
fn tags_are_kept_as_they_are_written() {
    let inventory = kind("aws-more");
    let of = |address: &str| inventory.instances.iter().find(|i| i.address.to_string() == address).unwrap();
    assert_eq!(tags(of("aws_connect_instance.this").tags.as_deref()), "Name=centre Owner=***");
    let queue = of(r#"module.desk["c"].aws_connect_queue.this[0]"#);
    assert_eq!(tags(queue.tags.as_deref()), "Name=c-0");
    assert_eq!(tags(queue.tags_all.as_deref()), "ManagedBy=terraform Name=c-0");
    assert_eq!(tags(of("aws_connect_hours_of_operation.this").tags.as_deref()), "");
    assert_eq!(tags(of("aws_autoscaling_group.this").tags.as_deref()), "Name=two");
    assert_eq!(tags(of(r#"aws_iam_role_policy.function["x"]"#).tags.as_deref()), "-");
    // One unknown tag makes `tags_all` unknown; the keys of `tags` are told all the same.
    let centre = plan("contact-center");
    let queue = centre.instances.iter().find(|i| i.address.block.ty == "aws_connect_queue").unwrap();
    assert!(queue.tags_all.is_none());
    assert!(tags(queue.tags.as_deref()).contains("CreatedDate=?"));
}

#[test]
fn limits_that_a_data_source_has_read_are_observed() {
    let text = r#"{"format_version":"1.2","resource_changes":[],"prior_state":{"values":{"root_module":{"resources":[
        {"address":"data.aws_servicequotas_service_quota.q","mode":"data","type":"aws_servicequotas_service_quota",
         "name":"q","provider_name":"registry.terraform.io/hashicorp/aws",
         "values":{"service_code":"connect","quota_code":"L-19A87C94","value":250}},
        {"address":"data.aws_caller_identity.c","mode":"data","type":"aws_caller_identity","name":"c",
         "provider_name":"registry.terraform.io/hashicorp/aws","values":{"account_id":"123456789012"}}]}}}}"#;
    let inventory = inventory(text.as_bytes());
    let [limit] = inventory.observed.as_slice() else { panic!("{:?}", inventory.observed) };
    assert_eq!((limit.service.as_str(), limit.code.as_str(), limit.value), ("connect", "L-19A87C94", 250.0));
    assert_eq!(inventory.providers[0].account, Account::Id("123456789012".into()));
    assert!(inventory.instances.iter().all(|i| i.address.block.mode == Mode::Data && i.readings.is_empty()));
}

#[test]
fn real_configurations_lead_to_the_parents_that_terraform_would_use() {
    for name in ["contact-center", "govcloud", "over-quota", "separate-instances", "unknown.with-values"] {
        let expected: BTreeMap<String, BTreeMap<String, String>> =
            serde_json::from_slice(&bytes(&format!("expected/{name}.scopes.json"))).unwrap();
        let inventory = plan(name);
        let mut wide = 0;
        for i in &inventory.instances {
            for (via, found) in &i.scopes {
                let address = i.address.to_string();
                let Some(parent) = expected.get(&address).and_then(|e| e.get(via.as_str())) else { continue };
                let found = scope(found, &inventory.parents);
                let candidates: Vec<&str> = found.split(" | ").collect();
                assert!(
                    candidates.contains(&parent.as_str()),
                    "{name}: {address} {via}: {found}, not {parent}"
                );
                wide += u64::from(candidates.len() > 1);
            }
        }
        // What a plan cannot tell, because it leaves out locals; the source can.
        let undecided = match name {
            "contact-center" => 8,
            "separate-instances" => 151,
            _ => 0,
        };
        assert_eq!(wide, undecided, "{name}");
    }
}

// ---------------------------------------------------------------- inputs that are not what they ought to be

fn refused(bytes: &[u8]) -> PlanError {
    read(bytes, "plan.json", &Options::default()).map(|i| i.instances.len()).unwrap_err()
}

#[test]
fn what_is_no_plan_is_named() {
    let check = |bytes: &[u8], part: &str| {
        let error = refused(bytes).to_string();
        assert!(error.contains(part), "{error}");
    };
    check(&bytes("plan-kinds/binary.tfplan"), "binary plan file");
    check(&bytes("plan-kinds/log.jsonl"), "log of `terraform plan -json`");
    check(b"", "is empty");
    check(b" \n ", "is empty");
    check(b"no json", "no JSON");
    check(b"{}", "neither a plan nor a state");
    check(br#"{"version":3,"modules":[]}"#, "state file of version 3");
    check(br#"{"format_version":"2.0","resource_changes":[]}"#, "format version 2.0");
    check(br#"{"a":1}"#, "neither");
    check(br#"{"a":"#, "at byte 5");
}

#[test]
fn a_newer_minor_format_is_read_with_a_warning() {
    let inventory = inventory(br#"{"format_version":"1.9","resource_changes":[]}"#);
    assert_eq!(inventory.diagnostics[0].severity, Severity::Warning);
}

#[test]
fn text_around_the_json_is_told() {
    let text = bytes("plan-kinds/actions.json");
    let noisy = [&b"Running terraform {show}\n"[..], &text, b"\nDone.\n"].concat();
    let inventory = inventory(&noisy);
    assert_eq!(inventory.instances.len(), 15);
    let told: Vec<&str> = inventory.diagnostics.iter().map(|d| d.summary.as_str()).collect();
    assert_eq!(told, ["Text before the JSON", "Failed checks", "Text after the JSON"]);
}

#[test]
fn a_resource_that_cannot_be_read_does_not_hide_the_others() {
    let text = r#"{"resource_changes":[
        {"address":"aws_sqs_queue.a","mode":"managed","type":"aws_sqs_queue","name":"a","change":{"actions":"create"}},
        {"address":"aws_sqs_queue.b","mode":"managed","type":"aws_sqs_queue","name":"b",
         "change":{"actions":["create"],"after":{"tags":{"A":"x","A":"y"}}}},
        {"address":"aws_sqs_queue.c","mode":"managed","type":"aws_sqs_queue","name":"c",
         "change":{"actions":["create"],"after":{"name":"c"}}}]}"#;
    let inventory = inventory(text.as_bytes());
    let details: Vec<&str> = inventory.diagnostics.iter().map(|d| d.detail.as_str()).collect();
    assert_eq!((text.find("\"create\"}"), text.find("{\"A\":")), (Some(130), Some(287)));
    assert_eq!(
        details,
        [
            "`plan.json` cannot be read at byte 130, in resource_changes[0].change.actions: expected an array, found a \
             string; it is left out",
            "`plan.json` cannot be read at byte 287, in resource_changes[1].change.after.tags: a key occurs twice in one \
             object; it is left out",
        ]
    );
    assert_eq!(inventory.instances.len(), 1);
    assert!(inventory.partial.is_some());
}

#[test]
fn an_address_counts_once_but_for_deposed_objects_and_what_moved_away() {
    let queue = |name: &str, more: &str, action: &str| {
        format!(
            r#"{{"address":"aws_sqs_queue.{name}","mode":"managed","type":"aws_sqs_queue","name":"{name}"{more},
               "change":{{"actions":["{action}"],"before":{{"name":"x"}},"after":null}}}}"#
        )
    };
    let text = format!(
        r#"{{"resource_changes":[{},{},{},{},{},{}]}}"#,
        queue("a", "", "create"),
        queue("a", r#","deposed":"0a1b2c3d""#, "delete"),
        queue("a", r#","deposed":"ffffffff""#, "delete"),
        queue("b", r#","previous_address":"aws_sqs_queue.c""#, "no-op"),
        queue("c", "", "create"),
        queue("a", "", "create"),
    );
    let inventory = inventory(text.as_bytes());
    let details: Vec<&str> = inventory.diagnostics.iter().map(|d| d.detail.as_str()).collect();
    assert_eq!(inventory.instances.len(), 5);
    assert_eq!(details.len(), 1);
    assert!(details[0].contains("resource_changes[5].address: an address that occurs before"), "{details:?}");
}

#[test]
fn modules_without_end_are_refused() {
    let module = vec!["module.a"; 300_000].join(".");
    let change = r#""change":{"actions":["create"],"after":{}}"#;
    let named = r#""mode":"managed","type":"aws_vpc","name":"a""#;
    for element in [
        format!(r#""address":"{module}.aws_vpc.a",{change}"#),
        format!(r#""address":"aws_vpc.a","module_address":"{module}",{named},{change}"#),
        format!(r#""address":"aws_vpc.a","previous_address":"{module}.aws_vpc.a",{named},{change}"#),
    ] {
        let inventory = inventory(format!(r#"{{"resource_changes":[{{{element}}}]}}"#).as_bytes());
        assert!(inventory.instances.iter().all(|i| i.address.module.is_none() && i.previous.is_none()));
    }
}

#[test]
fn keys_that_a_list_of_tags_holds_twice_are_told() {
    let text = r#"{"resource_changes":[
        {"address":"awscc_sqs_queue.a","mode":"managed","type":"awscc_sqs_queue","name":"a","change":{"actions":["create"],
         "after":{"tags":[{"key":"A","value":"x"},{"key":"B","value":"x"},{"key":"A","value":"y"}]}}},
        {"address":"awscc_sqs_queue.b","mode":"managed","type":"awscc_sqs_queue","name":"b","change":{"actions":["create"],
         "after":{"tags":[{"key":"A","value":"x"}]}}}]}"#;
    let twice = inventory(text.as_bytes()).tags_twice;
    assert_eq!(twice, [(0, vec!["A".into()])].into());
}

#[test]
fn a_truncated_plan_keeps_what_was_read() {
    let text = bytes("plan-kinds/aws-more.json");
    let cut = text.len() * 6 / 10;
    let inventory = inventory(&text[..cut]);
    let last = inventory.diagnostics.last().unwrap();
    assert_eq!(last.severity, Severity::Error);
    assert!(last.detail.contains(&format!("at byte {cut}")), "{}", last.detail);
    assert!(!inventory.instances.is_empty());
}

/// Everything that is said about an input.
fn said(outcome: &Result<Inventory, PlanError>) -> String {
    match outcome {
        Err(e) => format!("{e} {}", miette::Diagnostic::help(e).unwrap()),
        Ok(inventory) => format!("{:?}", inventory.diagnostics),
    }
}

#[test]
fn no_input_makes_it_panic_or_talk() {
    let options = Options { max_value: 1 << 20 };
    let mut rng = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        rng ^= rng << 13;
        rng ^= rng >> 7;
        rng ^= rng << 17;
        (rng % below as u64) as usize
    };
    for name in ["plans/govcloud.json", "plan-kinds/actions.json", "plan-kinds/aws-tfstate-v4.json"] {
        let text = bytes(name);
        for _ in 0..100 {
            let cut = random(text.len());
            let _ = read(&text[..cut], "plan.json", &options);
        }
        // Values of the wrong kind, a text that must not be repeated among them, in place of any other.
        let values: Vec<usize> =
            (1..text.len()).filter(|i| text[i - 1] == b' ' && text[i - 2] == b':').collect();
        let wrong = [
            "\"canary-5151\"",
            "515151",
            "true",
            "null",
            "[\"canary-5151\"]",
            "{\"canary-5151\":1}",
            "[[[",
            "NaN",
        ];
        for _ in 0..300 {
            let at = values[random(values.len())];
            let end = at + text[at..].iter().position(|b| matches!(b, b',' | b'\n')).unwrap();
            let replaced = [&text[..at], wrong[random(wrong.len())].as_bytes(), &text[end..]].concat();
            let outcome = read(replaced.as_slice(), "plan.json", &options);
            let said = said(&outcome);
            assert!(!said.contains("canary-5151") && !said.contains("515151"), "{said}");
        }
    }
}

#[test]
fn hostile_inputs_end_in_an_error_with_a_place() {
    let check = |text: String, part: &str| {
        let outcome = read(text.as_bytes(), "plan.json", &Options { max_value: 1 << 20 });
        let said = said(&outcome);
        assert!(said.contains(part), "{said}");
    };
    check(format!(r#"{{"resource_changes":[{}"#, "[".repeat(10_000)), "nest deeper than 512 levels");
    check(format!(r#"{{"planned_values":{}"#, "[".repeat(10_000)), "nest deeper than 512 levels");
    check(format!(r#"{{"resource_changes":[{{"address":"{}"}}]}}"#, "x".repeat(2 << 20)), "larger than 1 MB");
    check(r#"{"resource_changes":[{"address":1}]}"#.into(), "expected a string, found a number");
    check(r#"{"resource_changes":[],"resource_changes":[]}"#.into(), "a key occurs twice");
    check(r#"{"resource_changes":[NaN]}"#.into(), "resource_changes[0]");
    check(r#"{"resource_changes":{}}"#.into(), "expected an array, found an object");
    check(
        r#"{"resource_changes":[],"prior_state":{"values":{"root_module":{"resources":[3]}}}}"#.into(),
        "prior_state.values.root_module.resources[0]",
    );
    check(
        format!(r#"{{"prior_state":{{"values":{{"root_module":{}"#, r#"{"child_modules":["#.repeat(300)),
        "nest deeper",
    );
    check(
        "{\"resource_changes\":[{\"address\":\"\u{0}\",\"type\":\"a\",\"name\":\"b\",\"mode\":\"odd\"}]}"
            .into(),
        "`managed`, `data`",
    );
}

#[test]
fn an_unknown_tag_names_its_own_instance() {
    let change = |name: &str, values: &str, unknown: &str| {
        format!(
            r#"{{"address":"aws_sqs_queue.{name}","mode":"managed","type":"aws_sqs_queue","name":"{name}",
            "provider_name":"registry.terraform.io/hashicorp/aws","change":{{"actions":["create"],"before":null,
            "after":{values},"after_unknown":{unknown}}}}}"#
        )
    };
    let both = |values: &str, unknown: &str| {
        let changes = [change("a", values, unknown), change("b", values, unknown)].join(",");
        inventory(format!(r#"{{"format_version":"1.2","resource_changes":[{changes}]}}"#).as_bytes())
    };
    let cases = [
        (r#"{"tags":{"Owner":"x"}}"#, r#"{"tags":{"Vpc":true}}"#),
        (r#"{"tags":{"Owner":"x","Vpc":null}}"#, r#"{"tags":{"Vpc":true}}"#),
        ("{}", r#"{"tags":{"Owner":true,"Vpc":true}}"#),
        ("{}", r#"{"tags":true}"#),
    ];
    for (values, unknown) in cases {
        for instance in both(values, unknown).instances {
            let tags = instance.tags.unwrap();
            let of_tag = tags.entries.iter().find_map(|(key, value)| match value {
                TagValue::Unknown(cause) if key == "Vpc" => Some(cause),
                _ => None,
            });
            let cause = of_tag.or(tags.open.as_ref()).unwrap();
            assert!(cause.name().starts_with(&instance.address.to_string()), "{values} {unknown}: {cause:?}");
        }
    }
}
