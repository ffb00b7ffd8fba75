//! What a team asks of its tags.

use std::collections::BTreeMap;

use ecow::EcoString;
use regex::Regex;

use super::format::Format;
use super::policy::UnknownType;
use crate::date::Date;
use crate::finding::Severity;
use crate::inventory::StatedAccount;
use crate::source::Span;
use crate::words::{glob, list, list_some};

/// The settings' `tag` and `exempt` blocks. All matching blocks hold together.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    pub tags: Vec<TagRule>,
    pub exemptions: Vec<Exemption>,
    /// What the names in [`TagRule::accounts`] stand for.
    pub accounts: Vec<StatedAccount>,
    /// The root variable whose keys are the tenants.
    pub tenants: Option<EcoString>,
    /// Names of types in tag policies that nobody knows, with the setting that reads the policy.
    pub unknown_types: Vec<(UnknownType, Option<Span>)>,
}

/// What is asked of one key. Empty lists ask for nothing, and limit nothing.
#[derive(Clone, Debug, Default)]
pub struct TagRule {
    pub key: EcoString,
    pub required: bool,
    /// `*` in a value stands for any characters, as in tag policies.
    pub allowed: Vec<EcoString>,
    /// Found anywhere in the value, unless it is anchored.
    pub pattern: Option<Regex>,
    /// Any of these.
    pub formats: Vec<Format>,
    /// Patterns of the resource types it is asked of.
    pub types: Vec<EcoString>,
    /// Patterns of module addresses without keys: `module.desk*`; the root is empty.
    pub modules: Vec<EcoString>,
    /// Patterns of files.
    pub paths: Vec<EcoString>,
    /// Names of `account` blocks, or account numbers.
    pub accounts: Vec<EcoString>,
    /// Patterns of tenants' keys.
    pub tenants: Vec<EcoString>,
    /// Asked only where these tags have one of these values; `*` stands for any characters.
    pub when: BTreeMap<EcoString, Vec<EcoString>>,
    /// What the value has to be the same as.
    pub equals: Option<Fact>,
    /// The value that a repair writes.
    pub default: Option<EcoString>,
    /// How grave faults of this rule are; None: as the rules of faults say.
    pub severity: Option<Severity>,
    /// The head of the block.
    pub span: Option<Span>,
}

/// Something known of an instance that a tag may have to repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// The tenant whose key is among the keys of its address.
    Tenant,
    /// Its own key, or else the key of the innermost module that has one.
    Key,
    Account,
    Region,
}

impl Fact {
    const NAMES: [(Fact, &str, &str); 4] = [
        (Fact::Tenant, "tenant", "the key of its tenant"),
        (Fact::Key, "key", "its key"),
        (Fact::Account, "account", "the number of its account"),
        (Fact::Region, "region", "its Region"),
    ];

    /// Returns the fact of that name.
    pub fn from_name(name: &str) -> Option<Fact> {
        Fact::NAMES.iter().find(|(_, n, _)| *n == name).map(|(f, ..)| *f)
    }

    /// Returns all names, for messages.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Fact::NAMES.iter().map(|(_, n, _)| *n)
    }

    /// What it is, to follow "is not".
    pub(super) fn text(self) -> &'static str {
        Fact::NAMES[self as usize].2
    }
}

/// What is not asked of some resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exemption {
    /// A pattern of types or addresses: `aws_iam_*`, `module.legacy.*`.
    pub what: EcoString,
    /// Empty: every key.
    pub tags: Vec<EcoString>,
    pub modules: Vec<EcoString>,
    pub paths: Vec<EcoString>,
    pub reason: EcoString,
    /// The last day on which it holds.
    pub until: Option<Date>,
    pub span: Option<Span>,
}

/// A block of resources, as patterns see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub ty: &'a str,
    /// Address without keys.
    pub block: &'a str,
    /// Module address without keys; empty: the root.
    pub module: &'a str,
    /// None: the input has no files.
    pub path: Option<&'a str>,
}

/// Two rules, or one, that no tag can satisfy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// Index of the rule at which it is told.
    pub at: usize,
    pub what: String,
}

impl Schema {
    /// Returns what no value can satisfy, as far as the rules show it.
    pub fn contradictions(&self) -> Vec<Contradiction> {
        let mut found = Vec::new();
        for (at, rule) in self.tags.iter().enumerate() {
            let key = &rule.key;
            let constant =
                |values: &[EcoString]| !values.is_empty() && values.iter().all(|v| !v.contains('*'));
            for other in &self.tags[..at] {
                if !rule.meets(other) {
                    continue;
                }
                if other.key != *key && other.key.to_lowercase() == key.to_lowercase() {
                    let what = format!(
                        "`{key}` and `{}` differ only by case, and are asked of the same resources",
                        other.key
                    );
                    found.push(Contradiction { at, what });
                }
                if other.key != *key {
                    continue;
                }
                if let (Some(a), Some(b)) = (&rule.default, &other.default)
                    && a != b
                {
                    let what = format!("`{key}` has two values to repair it with, `{b}` and `{a}`");
                    found.push(Contradiction { at, what });
                }
                for (one, two) in [(rule, other), (other, rule)] {
                    if constant(&one.allowed) && one.allowed.iter().all(|v| two.refuses(v).is_some()) {
                        let what = format!(
                            "no value of `{key}` is allowed by both blocks about it: {}",
                            list_values(&one.allowed)
                        );
                        found.push(Contradiction { at, what });
                        break;
                    }
                    if let Some((value, what)) = one.default.as_ref().and_then(|d| Some((d, two.refuses(d)?)))
                    {
                        let what =
                            format!("`default = \"{value}\"` of `{key}` {what}, as another block asks");
                        found.push(Contradiction { at, what });
                        break;
                    }
                }
            }
            let narrow = TagRule { allowed: Vec::new(), ..rule.clone() };
            if constant(&rule.allowed) && rule.allowed.iter().all(|v| narrow.refuses(v).is_some()) {
                let what = narrow.refuses(&rule.allowed[0]).unwrap_or_default();
                let what = format!("no allowed value of `{key}` is left: `{}` {what}", rule.allowed[0]);
                found.push(Contradiction { at, what });
            } else if let Some((value, what)) =
                rule.default.as_ref().and_then(|d| Some((d, rule.refuses(d)?)))
            {
                let what = format!("`default = \"{value}\"` of `{key}` {what}");
                found.push(Contradiction { at, what });
            }
        }
        found
    }

    /// True if nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }
}

impl TagRule {
    /// True if the rule asks something of values.
    pub fn asks_of_value(&self) -> bool {
        !self.allowed.is_empty()
            || self.pattern.is_some()
            || !self.formats.is_empty()
            || self.equals.is_some()
    }

    /// Returns what is wrong with a value, to follow the key, as far as it can be told without an instance.
    pub fn refuses(&self, value: &str) -> Option<String> {
        if !self.allowed.is_empty() && !self.allowed.iter().any(|a| glob(a, value, None)) {
            let allowed: Vec<String> = self.allowed.iter().map(|a| format!("`{a}`")).collect();
            return Some(format!("is not one of {}", list(&allowed)));
        }
        if let Some(pattern) = self.pattern.as_ref().filter(|p| !p.is_match(value)) {
            return Some(format!("does not match `{pattern}`"));
        }
        if !self.formats.is_empty() && !self.formats.iter().any(|f| f.matches(value)) {
            let names: Vec<String> =
                self.formats.iter().map(|f| format!("{} (`{}`)", f.name(), f.example())).collect();
            return Some(format!("is not {}", names.join(" or ")));
        }
        None
    }

    /// True if it is asked of everything.
    pub fn is_general(&self) -> bool {
        let lists = [&self.types, &self.modules, &self.paths, &self.accounts, &self.tenants];
        lists.iter().all(|l| l.is_empty()) && self.when.is_empty()
    }

    /// True if both are asked of the same resources, or one of them of everything.
    fn meets(&self, other: &TagRule) -> bool {
        let scope = |r: &TagRule| {
            ([&r.types, &r.modules, &r.paths, &r.accounts, &r.tenants].map(Clone::clone), r.when.clone())
        };
        self.is_general() || other.is_general() || scope(self) == scope(other)
    }

    pub(super) fn is_about(&self, subject: Subject<'_>) -> bool {
        any(&self.types, |p| glob(p, subject.ty, None)) && is_in(&self.modules, &self.paths, subject)
    }
}

impl Exemption {
    /// True if it has not run out.
    pub fn holds(&self, today: Option<Date>) -> bool {
        match (self.until, today) {
            (Some(until), Some(today)) => today <= until,
            _ => true,
        }
    }

    /// True if the key is not asked of that block.
    pub(super) fn covers(&self, subject: Subject<'_>, key: &str) -> bool {
        (self.tags.is_empty() || self.tags.iter().any(|t| t == key))
            && (glob(&self.what, subject.ty, None) || glob(&self.what, subject.block, None))
            && is_in(&self.modules, &self.paths, subject)
    }
}

fn list_values(values: &[EcoString]) -> String {
    let values: Vec<String> = values.iter().map(|v| format!("`{v}`")).collect();
    list_some(&values, 4)
}

fn is_in(modules: &[EcoString], paths: &[EcoString], subject: Subject<'_>) -> bool {
    any(modules, |p| {
        // What holds in a module holds in the modules it calls.
        glob(p, subject.module, None)
            || subject.module.match_indices(".module.").any(|(i, _)| glob(p, &subject.module[..i], None))
    }) && any(paths, |p| subject.path.is_some_and(|path| glob(p, path, Some('/'))))
}

fn any(patterns: &[EcoString], matches: impl Fn(&str) -> bool) -> bool {
    patterns.is_empty() || patterns.iter().any(|p| matches(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUEUE: Subject<'_> = Subject {
        ty: "aws_connect_queue",
        block: "module.desk.module.callback.aws_connect_queue.q",
        module: "module.desk.module.callback",
        path: Some("modules/desk/callback/main.tf"),
    };

    fn rule(set: impl FnOnce(&mut TagRule)) -> TagRule {
        let mut rule = TagRule { key: "Tenant".into(), ..TagRule::default() };
        set(&mut rule);
        rule
    }

    #[test]
    fn a_rule_without_scopes_is_about_everything() {
        assert!(rule(|_| {}).is_about(QUEUE));
    }

    #[test]
    fn scopes_hold_together_and_patterns_of_one_scope_are_alternatives() {
        assert!(rule(|r| r.types = vec!["aws_s3_*".into(), "aws_connect_*".into()]).is_about(QUEUE));
        assert!(!rule(|r| r.types = vec!["aws_s3_*".into()]).is_about(QUEUE));
        assert!(rule(|r| r.modules = vec!["module.desk".into()]).is_about(QUEUE));
        assert!(!rule(|r| r.modules = vec!["module.des".into()]).is_about(QUEUE));
        assert!(rule(|r| r.paths = vec!["modules/**".into()]).is_about(QUEUE));
        assert!(!rule(|r| r.paths = vec!["modules/*".into()]).is_about(QUEUE));
        let both = rule(|r| {
            r.types = vec!["aws_connect_*".into()];
            r.paths = vec!["envs/**".into()];
        });
        assert!(!both.is_about(QUEUE));
    }

    #[test]
    fn without_files_a_rule_for_paths_is_about_nothing() {
        let plan = Subject { path: None, ..QUEUE };
        assert!(!rule(|r| r.paths = vec!["**".into()]).is_about(plan));
    }

    #[test]
    fn an_exemption_names_types_or_addresses() {
        let exempt = |what: &str, tags: &[&str]| Exemption {
            what: what.into(),
            tags: tags.iter().map(|t| EcoString::from(*t)).collect(),
            ..Exemption::default()
        };
        assert!(exempt("aws_connect_*", &[]).covers(QUEUE, "Tenant"));
        assert!(exempt("module.desk.*", &["Tenant"]).covers(QUEUE, "Tenant"));
        assert!(!exempt("module.desk.*", &["Owner"]).covers(QUEUE, "Tenant"));
        assert!(!exempt("aws_iam_*", &[]).covers(QUEUE, "Tenant"));
    }

    #[test]
    fn an_exemption_holds_through_its_last_day() {
        let e = Exemption { until: Date::parse("2027-03-31"), ..Exemption::default() };
        assert!(e.holds(Date::parse("2027-03-31")));
        assert!(!e.holds(Date::parse("2027-04-01")));
        assert!(e.holds(None) && Exemption::default().holds(Date::parse("2099-01-01")));
    }
}
