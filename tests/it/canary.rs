//! Nothing of a plan that is nobody's business comes out again, in any form.
//!
//! Every string, number and key of every section becomes a canary of its own; then all output is searched for all of them.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use tf_headroom::report::Format;

use crate::common::{command, finish, root};

/// Plans and states of all kinds.
const INPUTS: [&str; 8] = [
    "plans/contact-center.json",
    "plans/govcloud.json",
    "plan-kinds/actions.json",
    "plan-kinds/aws-more.json",
    "plan-kinds/aws-target.json",
    "plan-kinds/aws-destroy.json",
    "plan-kinds/aws-state.json",
    "plan-kinds/aws-tfstate-v4.json",
];

/// What shows what was read, one way or another.
fn commands() -> Vec<String> {
    let check = "check --all --config /dev/null --today 2026-11-20";
    let formats = Format::ALL.iter().map(|f| format!("{check} --format {} -", f.name()));
    let inventory = ["human", "json"].map(|f| format!("inventory --config /dev/null --format {f} -"));
    formats.chain(inventory).chain([format!("{check} -vv -")]).collect()
}

/// Makes canaries.
#[derive(Default)]
struct Cage {
    made: u64,
}

/// The digits that all numbers of the cage begin with; none of our own has them.
const NUMBERS: u64 = 7_315_000;

impl Cage {
    fn text(&mut self) -> Json {
        self.made += 1;
        format!("canary-{}-x", self.made).into()
    }

    fn key(&mut self) -> String {
        self.made += 1;
        format!("canary-{}-k", self.made)
    }

    fn number(&mut self) -> Json {
        self.made += 1;
        (NUMBERS + self.made).into()
    }

    /// Replaces every value; `keys`: those of objects as well.
    fn fill(&mut self, value: &mut Json, keys: bool) {
        match value {
            Json::String(_) => *value = self.text(),
            Json::Number(_) => *value = self.number(),
            Json::Array(items) => items.iter_mut().for_each(|item| self.fill(item, keys)),
            Json::Object(fields) => {
                fields.values_mut().for_each(|field| self.fill(field, keys));
                if keys {
                    let renamed: Map<String, Json> =
                        std::mem::take(fields).into_iter().map(|(_, v)| (self.key(), v)).collect();
                    *fields = renamed;
                    let (key, text) = (self.key(), self.text());
                    fields.insert(key, text);
                }
            }
            Json::Null | Json::Bool(_) => {}
        }
    }

    /// Replaces the values of a resource, whose attributes keep their names.
    fn attributes(&mut self, value: &mut Json) {
        let Json::Object(fields) = value else { return };
        fields.values_mut().for_each(|field| self.fill(field, true));
        let (key, text) = (self.key(), self.text());
        fields.insert(key, text);
    }
}

/// Says of every attribute that it is sensitive.
fn all_sensitive(values: &Json) -> Json {
    let Json::Object(fields) = values else { return Json::Bool(false) };
    fields.keys().map(|key| (key.clone(), Json::Bool(true))).collect::<Map<_, _>>().into()
}

/// Does something with every element of an array, if it is there.
fn each(json: &mut Json, name: &str, what: &mut dyn FnMut(&mut Json)) {
    for item in json.get_mut(name).and_then(Json::as_array_mut).into_iter().flatten() {
        what(item);
    }
}

fn modules(module: &mut Json, cage: &mut Cage) {
    each(module, "resources", &mut |resource| {
        cage.attributes(&mut resource["values"]);
        resource["sensitive_values"] = all_sensitive(&resource["values"]);
    });
    each(module, "child_modules", &mut |child| modules(child, cage));
}

/// Configuration, but for names and for what chooses account and Region.
fn configuration(json: &mut Json, cage: &mut Cage) {
    match json {
        Json::Object(fields) => {
            for (key, value) in fields {
                match key.as_str() {
                    "constant_value" | "default" | "description" | "version_constraint" | "source"
                    | "error_message" => cage.fill(value, true),
                    "region" | "profile" | "assume_role" | "default_tags" | "allowed_account_ids" => {}
                    _ => configuration(value, cage),
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| configuration(item, cage)),
        _ => {}
    }
}

/// Puts canaries wherever there is something that must not be told.
fn poison(plan: &mut Json, cage: &mut Cage) {
    for section in ["resource_changes", "resource_drift"] {
        each(plan, section, &mut |element| {
            let change = &mut element["change"];
            for (values, marks) in [("before", "before_sensitive"), ("after", "after_sensitive")] {
                let Some(side) = change.get_mut(values) else { continue };
                cage.attributes(side);
                let sensitive = all_sensitive(side);
                change[marks] = sensitive;
            }
            if change.get("importing").is_some_and(|i| !i.is_null()) {
                cage.fill(&mut change["importing"], false);
            }
        });
    }
    each(plan, "resources", &mut |block| {
        each(block, "instances", &mut |instance| {
            cage.attributes(&mut instance["attributes"]);
            let names: Vec<String> =
                instance["attributes"].as_object().map(|a| a.keys().cloned().collect()).unwrap_or_default();
            let paths = names.into_iter().map(|n| serde_json::json!([{"type": "get_attr", "value": n}]));
            instance["sensitive_attributes"] = paths.collect();
        });
    });
    for state in ["/prior_state/values", "/planned_values", "/values"] {
        let Some(values) = plan.pointer_mut(state) else { continue };
        if let Some(module) = values.get_mut("root_module") {
            modules(module, cage);
        }
        if let Some(outputs) = values.get_mut("outputs") {
            cage.fill(outputs, true);
        }
    }
    if let Some(config) = plan.get_mut("configuration") {
        configuration(config, cage);
    }
    for section in ["outputs", "output_changes", "relevant_attributes", "timestamp", "lineage", "cage"] {
        if let Some(value) = plan.get_mut(section) {
            cage.fill(value, true);
        }
    }
    for (_, variable) in plan.get_mut("variables").and_then(Json::as_object_mut).into_iter().flatten() {
        cage.fill(&mut variable["value"], true);
    }
    each(plan, "checks", &mut |check| {
        each(check, "instances", &mut |instance| {
            if let Some(problems) = instance.get_mut("problems") {
                cage.fill(problems, true);
            }
        });
    });
    // What no version has yet.
    plan["later"] = serde_json::json!({"a": ["b", 1, {"c": "d"}]});
    cage.fill(&mut plan["later"], true);
}

/// Returns the canaries in a text.
fn found(text: &str) -> BTreeSet<String> {
    let plain = text.replace(',', "");
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words
        .filter(|w| w.contains("canary") || (w.len() == 7 && w.starts_with("7315")))
        .map(String::from)
        .collect()
}

fn read(name: &str) -> Json {
    let text = std::fs::read_to_string(root().join("fixtures").join(name)).expect("the fixture is there");
    serde_json::from_str(&text).expect("the fixture is JSON")
}

#[test]
fn nothing_of_a_plan_that_is_nobodys_business_is_told() {
    for input in INPUTS {
        let (mut plan, mut cage) = (read(input), Cage::default());
        poison(&mut plan, &mut cage);
        assert!(cage.made > 20, "{input} holds nothing to hide");
        for what in commands() {
            let run = finish(command(&what), &plan.to_string());
            assert!(run.code <= 2, "{input}: {what}");
            let told = found(&(run.out.clone() + &run.err));
            assert!(told.is_empty(), "{input}: {what} tells {told:?}\n{}{}", run.out, run.err);
        }
    }
}

#[test]
fn a_fault_in_a_plan_does_not_tell_what_stands_around_it() {
    let (mut plan, mut cage) = (read("plan-kinds/aws-more.json"), Cage::default());
    poison(&mut plan, &mut cage);
    let text = plan.to_string();
    let strings: Vec<usize> = text.match_indices("\"canary-").map(|(at, _)| at).collect();
    for at in strings.iter().step_by(strings.len() / 12) {
        for wrong in ["[", "nan", "{\"a\":1,\"a\":2}", "\"\\u12\"", "\u{1}", "12e", ""] {
            let end = at + 1 + text[at + 1..].find('"').expect("a string ends") + 1;
            let broken = format!("{}{wrong}{}", &text[..*at], &text[end..]);
            let run = finish(command("check --config /dev/null -vv -"), &broken);
            let told = found(&(run.out.clone() + &run.err));
            assert!(told.is_empty(), "{wrong} at {at} tells {told:?}\n{}{}", run.out, run.err);
        }
    }
}
