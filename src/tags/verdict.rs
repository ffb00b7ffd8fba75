//! What was found about tags.

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use super::effective::Origin;
use super::trace::{TagInput, Written};
use crate::finding::Severity;
use crate::inventory::TagUse;
use crate::source::Span;
use crate::value::Cause;

/// Everything that was found about tags.
#[derive(Clone, Debug, Default)]
pub struct TagVerdicts {
    /// Sorted; faults of one kind, key and text stand together, one for each block.
    pub faults: Vec<TagFault>,
    /// Instances that take tags and exist after apply.
    pub judged: u64,
    /// Of these, the ones whose tags the plan does not change.
    pub existing: u64,
    /// Instances whose type takes no tags.
    pub untaggable: u64,
    /// AWS types of which nobody said whether they take tags, with how many instances there are.
    pub unknown_types: BTreeMap<EcoString, u64>,
    /// For each required key: how many of the instances it is asked of have it.
    pub coverage: BTreeMap<EcoString, Coverage>,
    /// The same by type, module and tenant, if it was asked for.
    pub detail: Option<Detail>,
    /// Keys that something mentions and the schema lacks, each with how the schema spells it, if it does.
    pub unknown_keys: Vec<(TagUse, Option<EcoString>)>,
    /// Exemptions (indexes) that have run out.
    pub expired: Vec<usize>,
    /// True if there was a schema.
    pub schema: bool,
}

/// Coverage of required keys by what resources have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    pub by_type: BTreeMap<EcoString, BTreeMap<EcoString, Coverage>>,
    /// Addresses of modules without keys; the root is empty.
    pub by_module: BTreeMap<EcoString, BTreeMap<EcoString, Coverage>>,
    /// What all tenants share stands under the empty key.
    pub by_tenant: BTreeMap<EcoString, BTreeMap<EcoString, Coverage>>,
    /// Every key that is there, with how many instances have it.
    pub keys: BTreeMap<EcoString, u64>,
}

/// How far a required key has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    pub with: u64,
    pub without: u64,
    pub undecided: u64,
    pub exempt: u64,
}

/// Something wrong with the tags of one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagFault {
    pub kind: FaultKind,
    /// Empty if it is about all tags together.
    pub key: EcoString,
    /// What is wrong, to follow the key in backquotes: "is missing", "is not one of `a` and `b`".
    pub what: EcoString,
    /// The value, if it is known and may be shown; left out where a block has too many different ones.
    pub value: Option<EcoString>,
    pub hint: Option<EcoString>,
    /// The input it is in; None: there is but one.
    pub root: Option<EcoString>,
    /// The block's address without keys; for default_tags the provider configuration.
    pub block: String,
    /// Resource types concerned.
    pub types: BTreeSet<EcoString>,
    /// How many instances; a group of unknown number counts at least one.
    pub instances: u64,
    /// The first instance's address.
    pub example: String,
    /// The tag, the `tags` attribute or else the head of the block.
    pub span: Option<Span>,
    /// The head of the block.
    pub head: Option<Span>,
    pub origin: Origin,
    /// Where the tag is written, as far as the source tells; several: it depends on values or instances.
    pub written: Vec<Written>,
    /// For a missing key: the provider configuration whose default_tags would mend it; None: they do not reach it.
    pub mends: Option<Mends>,
    /// For a missing key: arguments of module calls that it can be added to, the innermost first.
    pub inputs: Vec<TagInput>,
    /// What an undecided tag waits for.
    pub cause: Option<Cause>,
    /// True if the plan does not change these tags.
    pub existing: bool,
    /// What the settings say of how grave it is.
    pub severity: Option<Severity>,
    /// For a missing key: the value that the settings repair it with.
    pub default: Option<EcoString>,
    /// For a missing key: it is asked of everything.
    pub general: bool,
    /// False: it is about tags in another shape than the resource's own.
    pub own: bool,
}

/// The provider configuration whose `default_tags` reach a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mends {
    /// `provider "aws"`, `provider "aws" (east)`.
    pub provider: String,
    /// The `default_tags` block, if it has one.
    pub default_tags: Option<Span>,
    /// The provider block.
    pub span: Option<Span>,
}

impl std::iter::Sum for Coverage {
    fn sum<I: Iterator<Item = Coverage>>(all: I) -> Coverage {
        let mut sum = Coverage::default();
        all.for_each(|c| sum.add(c));
        sum
    }
}

impl Coverage {
    /// How many it is asked of.
    pub fn asked(&self) -> u64 {
        self.with + self.without + self.undecided
    }

    pub(super) fn add(&mut self, other: Coverage) {
        self.with += other.with;
        self.without += other.without;
        self.undecided += other.undecided;
        self.exempt += other.exempt;
    }
}

/// Kinds of faults, one for each rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FaultKind {
    Missing,
    Value,
    Format,
    /// AWS refuses it.
    Limit,
    /// A new value on every plan.
    Unstable,
    /// Keys that differ only by case.
    KeyCase,
    Undecided,
    /// It does not reach what AWS makes for the resource.
    NotPassed,
}
