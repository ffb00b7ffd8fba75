//! What a team asks of its tags.

use std::collections::BTreeMap;

use ecow::EcoString;
use regex::Regex;

use super::format::Format;
use crate::date::Date;
use crate::source::Span;
use crate::words::glob;

/// The settings' `tag` and `exempt` blocks. All matching blocks hold together.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    pub tags: Vec<TagRule>,
    pub exemptions: Vec<Exemption>,
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
    /// Asked only where these tags have one of these values; `*` stands for any characters.
    pub when: BTreeMap<EcoString, Vec<EcoString>>,
    /// The head of the block.
    pub span: Option<Span>,
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

impl Schema {
    /// True if nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }
}

impl TagRule {
    /// True if the rule asks something of values.
    pub fn asks_of_value(&self) -> bool {
        !self.allowed.is_empty() || self.pattern.is_some() || !self.formats.is_empty()
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
