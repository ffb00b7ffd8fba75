//! The inventory: resource instances with what they amount to. Here source and plan meet.
//!
//! In: what a reader (`expand`, `plan`) understood. Out: instances with readings, scopes and tags, never raw
//! attributes. From here on nobody can tell which side was read. As JSON it is what one part of a check hands to the
//! whole: without tags, which are judged where they are read.

#[cfg(test)]
pub mod build;
mod carry;
mod homes;
mod join;
mod labels;
mod made;
mod parents;
mod stated;
mod tags;
mod versions;

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

pub use carry::is_credential;
pub use homes::{Home, Homes};
pub use join::{Apart, join};
pub use labels::{Label, Labels};
pub use made::{Lent, Made, elsewhere, is_part};
pub use parents::{Digest, Ending, Existence, LISTED, Parent, ParentId, ParentName, Parents};
pub use stated::{EVERY, ObservedLimit, RequestedLimit, StatedAccount, StatedLimit};
pub use tags::{AttachedTags, OtherTags, TagUse, TagValue, Tags, Target, UsedBy, tags_at};
pub use versions::Versions;

use crate::address::Address;
use crate::finding::Diagnostic;
use crate::source::Span;
use crate::value::{Cause, Count};

/// Everything a reader understood of one root module, plan or state.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Inventory {
    pub instances: Vec<Instance>,
    /// Provider configurations; [`ProviderId`] is the index.
    pub providers: Vec<ProviderConfig>,
    /// What readings are counted in, besides accounts and Regions.
    pub parents: Parents,
    /// What stands in the way of reading more; an error among them means exit code 2.
    pub diagnostics: Vec<Diagnostic>,
    pub basis: Basis,
    /// Limits that the input itself observed (`data.aws_servicequotas_service_quota` in a plan or state).
    pub observed: Vec<ObservedLimit>,
    /// Quotas whose increase the configuration asks for (`aws_servicequotas_service_quota`).
    pub requested: Vec<RequestedLimit>,
    /// `name` of the instances, by index, whose type is one that AWS makes objects of by itself (`objects` of a baseline
    /// in the catalog); None: not known yet.
    pub names: Vec<(usize, Option<EcoString>)>,
    /// Tags that instances carry in other shapes than `tags`.
    #[serde(skip)]
    pub other_tags: Vec<OtherTags>,
    /// What AWS makes for instances besides, where tags may be lost on the way.
    #[serde(skip)]
    pub made: Vec<Made>,
    /// Keys that the list of an instance's tags holds more than once, by the instance's index.
    #[serde(skip)]
    pub tags_twice: BTreeMap<usize, Vec<EcoString>>,
    /// Which versions a provider may have, by its type; asked for where tags in other shapes depend on it.
    #[serde(skip)]
    pub versions: BTreeMap<EcoString, Versions>,
    /// Tags that one resource sets on another (`aws_ec2_tag`); [`Inventory::settle`] finds the targets.
    #[serde(skip)]
    pub attached_tags: Vec<AttachedTags>,
    /// Tag keys that policies, queries and cost allocation mention.
    #[serde(skip)]
    pub tag_uses: Vec<TagUse>,
    /// Keys of root variables that are maps, sorted: those that were asked for, or all that a plan holds.
    #[serde(skip)]
    pub map_keys: BTreeMap<EcoString, Vec<EcoString>>,
    /// Modules that are not on disk, so that what they declare is not in here.
    pub missing: Vec<MissingModule>,
    /// Whether a plan was made with `-target` or is partial otherwise, and why; None: it is whole.
    pub partial: Option<String>,
    /// Where parents are, if the instances were handed on one by one; None: the instances tell.
    #[serde(skip)]
    pub homes: Option<Homes>,
}

/// A module call whose module is not on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingModule {
    /// `module.a.module.b`, without keys.
    pub address: String,
    /// None: it depends on a variable without a value.
    pub source: Option<EcoString>,
    pub span: Span,
    /// True for a local path, which nothing can fetch.
    pub local: bool,
}

/// How much of what exists the counts cover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Basis {
    /// Only what the configuration declares.
    #[default]
    Configuration,
    /// The configuration and the state it is applied to.
    State,
    /// All that the account holds.
    Live,
}

/// Index of a [`ProviderConfig`] in its inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProviderId(pub u32);

/// One resource instance, or a group of instances whose number is not known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Instance {
    pub address: Address,
    pub provider: ProviderId,
    /// The instance's own `region` argument (AWS provider 6).
    pub region: Option<Setting>,
    /// None: read from source, which does not say.
    pub change: Option<Change>,
    /// Where it was before a `moved` block or a change of address.
    pub previous: Option<Address>,
    /// How many there are before apply; from source: 0.
    pub before: Count,
    /// How many there are after apply: 1, 0 for what is destroyed, an interval for a group `[*]`.
    pub after: Count,
    /// Why the count is not exact.
    pub why: Option<Cause>,
    /// Tags as the resource sets them; None: the type takes none, or none were read.
    #[serde(skip)]
    pub tags: Option<Arc<Tags>>,
    /// Tags after `default_tags`, where a plan or state tells them.
    #[serde(skip)]
    pub tags_all: Option<Arc<Tags>>,
    /// The tags of the state, where a plan changes the instance.
    #[serde(skip)]
    pub tags_before: Option<Arc<Tags>>,
    /// `lifecycle { ignore_changes = [tags] }` or the like: keys the provider leaves alone.
    #[serde(skip)]
    pub ignored_tags: IgnoredTags,
    /// The head of the block.
    pub origin: Option<Span>,
    /// The `count` or `for_each` expression.
    pub repeat: Option<Span>,
    /// The `tags` attribute.
    #[serde(skip)]
    pub tags_span: Option<Span>,
    pub readings: Box<[Reading]>,
    /// The parents named by scope attributes, for the `inventory` command: attribute and parent.
    #[serde(skip)]
    pub scopes: Box<[(EcoString, ScopeRef)]>,
    /// The parent this instance is to others, if its type can be one.
    pub parent: Option<ParentId>,
}

/// Which tags `ignore_changes` covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum IgnoredTags {
    #[default]
    None,
    All,
    Keys(Arc<[EcoString]>),
}

/// What apply does with an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Change {
    Create,
    Update,
    /// Destroyed, then created.
    Replace,
    /// Created, then destroyed.
    ReplaceCreateFirst,
    Destroy,
    Keep,
    Read,
    /// Leaves the state without being destroyed; also what a delete leaves in place (`skip_destroy`, a provider that cannot
    /// delete it).
    Forget,
    /// Taken into the state; exists already.
    Import,
}

impl Change {
    /// The name in machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Change::Create => "create",
            Change::Update => "update",
            Change::Replace | Change::ReplaceCreateFirst => "replace",
            Change::Destroy => "destroy",
            Change::Keep | Change::Import => "keep",
            Change::Read => "read",
            Change::Forget => "forget",
        }
    }
}

/// What one instance adds to one measure of a quota.
///
/// Amounts are those of *one* instance while it exists, in base units of the quota: a group `[*]` is multiplied by
/// its [`Instance::before`] and [`Instance::after`] in `projection`, and so is what is created or destroyed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reading {
    /// Which measure of the catalog: an index there.
    pub measure: u32,
    pub scope: ScopeRef,
    /// Before apply.
    pub before: Count,
    /// After apply.
    pub after: Count,
    /// Why `after` is not exact, if it is not.
    pub why: Option<Cause>,
    /// Values for measures that compare texts over a scope (`distinct`, `maxsame`); empty for others.
    pub texts: Box<[EcoString]>,
}

/// In what an instance is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScopeRef {
    /// The account and Region (or only the account) of its provider configuration.
    Account,
    /// The instance by itself: what is judged for each resource and shared with no other. Spares a
    /// parent for each instance.
    Own,
    Parent(ParentId),
    /// Exactly one of these.
    OneOf(Box<[ScopeRef]>),
    /// One key made of several parts: a bot and a locale.
    Composite(Box<[ScopeRef]>),
    /// It may be any parent of the type.
    Unknown(Cause),
    /// The attribute that names the parent is null or absent: counted nowhere.
    Nothing,
}

/// A value from a provider configuration or argument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Setting {
    Known(EcoString),
    Unknown(Cause),
}

/// One provider configuration as an instance sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProviderConfig {
    /// The provider's type: `aws`, `awscc`, `google`.
    pub name: EcoString,
    pub alias: Option<EcoString>,
    /// The module that holds the block, as an address; None: the root.
    pub module: Option<String>,
    /// None: not set in the configuration.
    pub region: Option<Setting>,
    /// Where the Region comes from when the configuration does not say: `AWS_REGION`.
    pub region_origin: Option<String>,
    pub account: Account,
    #[serde(skip)]
    pub default_tags: Arc<Tags>,
    #[serde(skip)]
    pub default_tags_span: Option<Span>,
    #[serde(skip)]
    pub ignore_tags: IgnoreTags,
    pub span: Option<Span>,
}

/// `ignore_tags` of a provider configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IgnoreTags {
    pub keys: Vec<EcoString>,
    pub prefixes: Vec<EcoString>,
}

/// Which account a provider configuration leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Account {
    /// Known by number.
    Id(EcoString),
    /// Known only by the arguments that choose its credentials, as `name=value` by name; equal ones are one
    /// account, unequal ones may be one. Empty: the surroundings decide.
    Chosen(BTreeMap<EcoString, EcoString>),
    /// Chosen by something unknown.
    Unknown(Cause),
}

impl Default for Account {
    fn default() -> Account {
        Account::Chosen(BTreeMap::new())
    }
}
