//! The tags a resource has after apply: default_tags under its own.

use std::cmp::Ordering;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use crate::inventory::{IgnoredTags, Instance, ProviderConfig, TagValue, Tags};
use crate::value::{Cause, CauseKind};

/// The tags of one instance after apply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effective<'a> {
    /// Sorted by key, each key once; what is null is not among them.
    pub entries: Vec<EffectiveTag<'a>>,
    /// Why there may be more keys; None: these are all.
    pub open: Option<Cause>,
    /// Keys that its own list holds more than once.
    pub twice: Vec<EcoString>,
}

/// One tag and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveTag<'a> {
    pub key: &'a EcoString,
    pub value: &'a TagValue,
    pub origin: Origin,
}

/// Who sets a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// The resource's own tags.
    Resource,
    /// `default_tags` of its provider configuration.
    Default,
    /// The plan shows it, and neither of them says it: the environment (`TF_AWS_DEFAULT_TAGS_…`), the prior state.
    Plan,
    /// Another resource (`aws_ec2_tag`).
    Attached,
}

impl<'a> Effective<'a> {
    pub fn get(&self, key: &str) -> Option<&EffectiveTag<'a>> {
        self.entries.binary_search_by(|t| t.key.as_str().cmp(key)).ok().map(|i| &self.entries[i])
    }

    /// Adds tags; of equal keys those that are there already stay.
    pub fn add_under(&mut self, tags: &'a Tags, origin: Origin) {
        let added = tags.entries.iter().filter(|(_, value)| *value != TagValue::Null);
        for (key, value) in added {
            if let Err(at) = self.entries.binary_search_by(|t| t.key.cmp(key)) {
                self.entries.insert(at, EffectiveTag { key, value, origin });
            }
        }
        if self.open.is_none() {
            self.open = tags.open.clone();
        }
    }
}

/// Returns the tags of an instance after apply.
///
/// `reached`: whether `default_tags` reach resources of its type. What a plan says of `tags_all` counts; what it leaves out
/// because default_tags are not known yet is put back.
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/resource-tagging>
pub fn effective<'a>(
    instance: &'a Instance,
    provider: Option<&'a ProviderConfig>,
    reached: bool,
) -> Effective<'a> {
    of_both(instance.tags.as_deref(), instance.tags_all.as_deref(), provider.filter(|_| reached))
}

/// The same of `tags` and `tags_all`; `provider`: the configuration whose default_tags reach them.
pub(super) fn of_both<'a>(
    own: Option<&'a Tags>,
    all: Option<&'a Tags>,
    provider: Option<&'a ProviderConfig>,
) -> Effective<'a> {
    let defaults = provider.map(|p| &*p.default_tags);
    match all {
        Some(all) => told(all, own, defaults),
        None => merged(own, defaults),
    }
}

/// Merges two sorted lists; the resource's own keys win, and one that it sets to null is dropped.
fn merged<'a>(own: Option<&'a Tags>, defaults: Option<&'a Tags>) -> Effective<'a> {
    let mine: &[(EcoString, TagValue)] = own.map_or(&[], |t| &t.entries);
    let theirs: &[(EcoString, TagValue)] = defaults.map_or(&[], |t| &t.entries);
    let mut entries = Vec::with_capacity(mine.len() + theirs.len());
    let (mut i, mut j) = (0, 0);
    while i < mine.len() || j < theirs.len() {
        let (entry, origin) = match (mine.get(i), theirs.get(j)) {
            (Some(a), Some(b)) if a.0 == b.0 => {
                i += 1;
                j += 1;
                // A null of the resource leaves the default in force.
                if a.1 == TagValue::Null { (b, Origin::Default) } else { (a, Origin::Resource) }
            }
            (Some(a), Some(b)) if a.0 < b.0 => {
                i += 1;
                (a, Origin::Resource)
            }
            (_, Some(b)) => {
                j += 1;
                (b, Origin::Default)
            }
            (Some(a), None) => {
                i += 1;
                (a, Origin::Resource)
            }
            (None, None) => break,
        };
        if entry.1 != TagValue::Null {
            entries.push(EffectiveTag { key: &entry.0, value: &entry.1, origin });
        }
    }
    let open = own.and_then(|t| t.open.clone()).or_else(|| defaults.and_then(|t| t.open.clone()));
    Effective { entries, open, twice: Vec::new() }
}

/// Tags that are asked for keys in their order.
struct InOrder<'a>(&'a [(EcoString, TagValue)]);

impl<'a> InOrder<'a> {
    fn of(tags: Option<&'a Tags>) -> InOrder<'a> {
        InOrder(tags.map_or(&[], |t| &t.entries))
    }

    /// True if that key has a value; earlier keys are not asked for again.
    fn sets(&mut self, key: &EcoString) -> bool {
        while let [(first, value), rest @ ..] = self.0 {
            match first.cmp(key) {
                Ordering::Less => self.0 = rest,
                Ordering::Equal => return *value != TagValue::Null,
                Ordering::Greater => break,
            }
        }
        false
    }
}

/// Takes what the plan tells, with the origin of each key.
fn told<'a>(all: &'a Tags, own: Option<&'a Tags>, defaults: Option<&'a Tags>) -> Effective<'a> {
    let (mut own, mut theirs) = (InOrder::of(own), InOrder::of(defaults));
    let mut effective = Effective { entries: Vec::with_capacity(all.entries.len()), ..Effective::default() };
    for (key, value) in &all.entries {
        if *value == TagValue::Null {
            continue;
        }
        let origin = if own.sets(key) {
            Origin::Resource
        } else if theirs.sets(key) {
            Origin::Default
        } else {
            Origin::Plan
        };
        effective.entries.push(EffectiveTag { key, value, origin });
    }
    if all.open.is_some() {
        effective.open.clone_from(&all.open);
        return effective;
    }
    // Plans of default_tags that are not known yet leave keys out of tags_all, which then appear in apply:
    // https://github.com/hashicorp/terraform-provider-aws/issues/19583
    if let Some(defaults) = defaults {
        for (key, value) in &defaults.entries {
            if matches!(value, TagValue::Unknown(_))
                && let Err(at) = effective.entries.binary_search_by(|t| t.key.cmp(key))
            {
                effective.entries.insert(at, EffectiveTag { key, value, origin: Origin::Default });
            }
        }
        effective.open = defaults.open.clone();
    }
    effective
}

/// Returns why nobody can say whether a key that is not written is there all the same.
pub(super) fn left_alone(instance: &Instance, provider: Option<&ProviderConfig>, key: &str) -> Option<Cause> {
    let ignored = match &instance.ignored_tags {
        IgnoredTags::None => false,
        IgnoredTags::All => true,
        IgnoredTags::Keys(keys) => keys.iter().any(|k| k == key),
    };
    if ignored {
        return Some(Cause::new(
            CauseKind::Unstated,
            "`ignore_changes` leaves it to others",
            instance.origin,
        ));
    }
    let provider = provider?;
    let by_provider = provider.ignore_tags.keys.iter().any(|k| k == key)
        || provider.ignore_tags.prefixes.iter().any(|p| key.starts_with(p.as_str()));
    by_provider.then(|| Cause::new(CauseKind::Unstated, "`ignore_tags` leaves it to others", provider.span))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::inventory::build::{instance, provider, tag_values, tags, variable};

    fn with_defaults(defaults: Tags) -> ProviderConfig {
        ProviderConfig { default_tags: Arc::new(defaults), ..provider() }
    }

    fn shown(effective: &Effective<'_>) -> Vec<String> {
        effective
            .entries
            .iter()
            .map(|t| {
                let value = match t.value {
                    TagValue::Known(v) => v.to_string(),
                    TagValue::Sensitive(_) => "(sensitive)".into(),
                    TagValue::Unknown(c) => format!("({})", c.name()),
                    TagValue::Null => "null".into(),
                };
                format!("{}={value} {:?}", t.key, t.origin)
            })
            .collect()
    }

    #[test]
    fn the_resource_wins_over_the_provider() {
        let p = with_defaults(tags(&[("A", "default"), ("B", "default"), ("Z", "default")]));
        let i = instance("aws_sqs_queue.q").tagged(tags(&[("B", "own"), ("C", "own")]));
        assert_eq!(
            shown(&effective(&i, Some(&p), true)),
            ["A=default Default", "B=own Resource", "C=own Resource", "Z=default Default"]
        );
        assert_eq!(shown(&effective(&i, Some(&p), false)), ["B=own Resource", "C=own Resource"]);
    }

    #[test]
    fn a_null_is_no_tag() {
        let p = with_defaults(tags(&[("A", "default")]));
        let i =
            instance("aws_sqs_queue.q").tagged(tag_values([("A", TagValue::Null), ("B", TagValue::Null)]));
        assert_eq!(shown(&effective(&i, Some(&p), true)), ["A=default Default"]);
    }

    #[test]
    fn no_tags_at_all_are_no_tags() {
        let i = instance("aws_sqs_queue.q");
        assert_eq!(effective(&i, None, true), Effective::default());
        let i = i.tagged(Tags::default());
        assert_eq!(effective(&i, Some(&provider()), true), Effective::default());
    }

    #[test]
    fn unknown_tags_may_hold_any_key() {
        let p = with_defaults(tags(&[("A", "default")]));
        let open = Tags { entries: Vec::new(), open: Some(variable("tags")) };
        let i = instance("aws_sqs_queue.q").tagged(open.clone());
        let e = effective(&i, Some(&p), true);
        assert_eq!(e.open, Some(variable("tags")));
        assert_eq!(shown(&e), ["A=default Default"]);

        let i = instance("aws_sqs_queue.q").tagged(tags(&[("B", "own")]));
        let p = with_defaults(open);
        assert_eq!(effective(&i, Some(&p), true).open, Some(variable("tags")));
    }

    #[test]
    fn what_a_plan_tells_counts_and_what_it_leaves_out_is_put_back() {
        let unknown = TagValue::Unknown(variable("date"));
        let p = with_defaults(tag_values([("A", TagValue::Known("x".into())), ("Date", unknown)]));
        let mut i = instance("aws_sqs_queue.q").tagged(tags(&[("B", "own")]));
        i.tags_all = Some(Arc::new(tags(&[("A", "x"), ("B", "own"), ("Env", "from outside")])));
        let e = effective(&i, Some(&p), true);
        assert_eq!(
            shown(&e),
            ["A=x Default", "B=own Resource", "Date=(var.date) Default", "Env=from outside Plan"]
        );
        assert_eq!(e.open, None);
    }

    #[test]
    fn what_all_tags_leave_open_stays_open() {
        let p = with_defaults(tags(&[("A", "x")]));
        let mut i = instance("aws_sqs_queue.q").tagged(tags(&[("B", "own")]));
        i.tags_all = Some(Arc::new(Tags { open: Some(variable("date")), ..tags(&[("B", "own")]) }));
        let e = effective(&i, Some(&p), true);
        assert_eq!(shown(&e), ["B=own Resource"]);
        assert!(e.open.is_some());
    }
}
