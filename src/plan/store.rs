//! What is kept of the instances until the configuration, which comes last, says where they belong.
//!
//! One short record for each instance; names, tags and texts are kept once.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{Arc, OnceLock};

use ecow::EcoString;
use foldhash::fast::RandomState;
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::ask::{Ask, MeasureScope};
use super::drafts::{Draft, Drafts};
use super::identities::Identities;
use super::modules::Modules;
use super::packed::{Entry, TagSets};
use crate::address::{Address, BlockName, Mode};
use crate::catalog::{self, Sketch};
use crate::inventory::{ParentId, Parents, Tags};
use crate::value::{Cause, Count, Value};

/// Marks what is not there in an index.
pub const NONE: u32 = u32::MAX;

/// The type that one with another name is counted as.
fn plain_kind(kind: &str) -> &str {
    catalog::adopts(kind).unwrap_or_else(|| catalog::canonical(kind))
}

/// What few instances have.
#[derive(Debug, Default)]
pub struct Extra {
    pub previous: Option<Address>,
    pub why: Option<Cause>,
}

/// An amount: a small exact number, or an index into the wide ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Small(u32);

const WIDE: u32 = 1 << 31;

impl Small {
    /// A number, small for small amounts.
    pub fn packed(self) -> u64 {
        u64::from(self.0.rotate_left(1))
    }

    /// Of what [`packed`](Self::packed) gave.
    pub fn of(packed: u64) -> Small {
        Small((packed as u32).rotate_right(1))
    }
}

/// An amount that is large, not exact, or depends on what the configuration sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Wide {
    pub count: Count,
    pub why: Option<Cause>,
    /// The reason is that the instance has attributes that are not known yet; `why` is left out.
    pub own: bool,
    pub unset: Option<Unset>,
    /// What instances are compared by.
    pub texts: Box<[EcoString]>,
}

/// What an amount is if the configuration does not set some attributes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unset {
    /// The attributes, as bits of their places.
    pub attributes: u64,
    pub count: Count,
    /// They are known, and may be what other resources made.
    pub mirrored: bool,
}

impl Wide {
    pub fn exactly(n: u64) -> Wide {
        Wide { count: Count::exactly(n), why: None, own: false, unset: None, texts: Box::default() }
    }
}

/// The amount of one measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DraftReading {
    pub before: Small,
    pub after: Small,
}

/// What an attribute names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// Null, or not there.
    Nothing,
    /// Known after apply.
    Unknown,
    Parent(ParentId),
    /// Index of a list.
    Several(u32),
}

/// The parent that an attribute names, before and after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DraftScope {
    pub before: Named,
    pub after: Named,
}

/// One resource block, in whatever module instance.
#[derive(Debug)]
pub struct Block {
    pub name: Arc<BlockName>,
    /// Index of what is asked of the type.
    pub ask: u32,
}

/// What an attribute holds that children ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Null, or not there.
    Nothing,
    /// Known after apply, or nothing that can be compared.
    Unknown,
    /// Index of a text.
    Text(u32),
}

/// An attribute of a parent that conditions of its children ask for.
#[derive(Clone, Copy, Debug)]
pub struct HeldBy {
    /// Index of the draft.
    pub draft: u32,
    /// The attribute's place in what is asked of the type.
    pub attribute: u32,
    pub before: Held,
    pub after: Held,
}

/// What a few types tell about limits and accounts.
#[derive(Debug)]
pub struct Observed {
    /// Index of the draft.
    pub draft: u32,
    pub what: Told,
}

/// What an instance tells that is no attribute of an inventory's instance.
#[derive(Debug, PartialEq)]
pub enum Told {
    /// The limit that `data.aws_servicequotas_service_quota` read.
    Limit { service: EcoString, code: EcoString, value: f64 },
    /// The increase that `aws_servicequotas_service_quota` asks for.
    Request { service: Option<EcoString>, code: Option<EcoString>, value: Option<f64> },
    /// The account of the provider that read `data.aws_caller_identity`.
    Account(EcoString),
    /// The Region of the provider that read `data.aws_region`.
    Region(EcoString),
}

/// Tags in another shape than `tags`.
#[derive(Debug)]
pub struct Other {
    /// Index of the draft.
    pub draft: u32,
    pub shape: EcoString,
    /// The attribute that holds them.
    pub attribute: &'static str,
    pub tags: Arc<Tags>,
}

/// Objects that AWS makes for a draft.
#[derive(Debug)]
pub struct DraftMade {
    /// Index of the draft.
    pub draft: u32,
    pub sketch: Sketch,
    /// The resource that lends its tags.
    pub via: Named,
}

/// Everything kept.
#[derive(Debug)]
pub struct Store {
    pub asks: Vec<Arc<Ask>>,
    ask_of: HashMap<EcoString, u32>,
    pub blocks: Vec<Block>,
    block_of: [HashMap<EcoString, HashMap<EcoString, u32>>; 3],
    pub modules: Modules,
    pub drafts: Drafts,
    /// The readings and scopes of the next draft.
    pub next: (Vec<DraftReading>, Vec<DraftScope>),
    /// The changes that are read are put off to a later plan.
    pub deferring: bool,
    /// Amounts by the JSON that they were taken of.
    amounts: HashMap<u64, Small>,
    wide: Vec<Wide>,
    /// Some of them, by their hashes.
    wide_at: Vec<u32>,
    hasher: RandomState,
    pub lists: Vec<Box<[Named]>>,
    pub extras: Vec<Extra>,
    pub tags: TagSets,
    tags_of: HashMap<u64, u32>,
    pub texts: Vec<EcoString>,
    text_of: HashMap<EcoString, u32>,
    pool: HashMap<EcoString, ()>,
    pub parents: Parents,
    /// What drafts are known by that may be parents.
    identities: Identities,
    /// Every instance that may be a parent is one; else those in which something is counted.
    pub all_parents: bool,
    pub observed: Vec<Observed>,
    /// Names of instances whose type AWS makes by itself, by draft; None: not known yet.
    pub names: Vec<(u32, Option<EcoString>)>,
    pub other_tags: Vec<Other>,
    /// In the order of the drafts.
    pub held: Vec<HeldBy>,
    pub made: Vec<DraftMade>,
    /// What data sources have read, if it is kept: by address and attribute.
    pub data: Option<BTreeMap<String, Value>>,
    /// Tags that a draft sets on another.
    pub attached: Vec<(u32, Arc<Tags>)>,
    /// Hashes of the addresses that the changes list.
    seen: HashSet<u64>,
    /// Hashes of the addresses at which what they list was before.
    moved: HashSet<u64>,
    /// Keys that a list of tags holds more than once, by the number of the tags.
    pub twice: HashMap<u32, Vec<EcoString>>,
    /// Drafts of a state that came before the changes, with hashes of their addresses.
    early: Vec<(u32, u64)>,
}

/// Stands for no JSON at all.
const NO_TAGS: u64 = 1;

/// Texts in the pool: enough for what repeats.
const POOL: usize = 1 << 14;

/// Tag sets that are remembered by their JSON: what repeats does so nearby.
const TAGS: usize = 1 << 12;

impl Default for Store {
    fn default() -> Store {
        Store {
            asks: Vec::new(),
            ask_of: HashMap::new(),
            blocks: Vec::new(),
            block_of: Default::default(),
            modules: Modules::default(),
            drafts: Drafts::default(),
            next: Default::default(),
            deferring: false,
            amounts: HashMap::new(),
            wide: Vec::new(),
            wide_at: Vec::new(),
            hasher: RandomState::default(),
            lists: Vec::new(),
            extras: Vec::new(),
            tags: TagSets::default(),
            tags_of: HashMap::new(),
            texts: Vec::new(),
            text_of: HashMap::new(),
            pool: HashMap::new(),
            parents: Parents::default(),
            identities: Identities::default(),
            all_parents: false,
            observed: Vec::new(),
            names: Vec::new(),
            other_tags: Vec::new(),
            held: Vec::new(),
            made: Vec::new(),
            data: None,
            attached: Vec::new(),
            seen: HashSet::new(),
            moved: HashSet::new(),
            twice: HashMap::new(),
            early: Vec::new(),
        }
    }
}

/// How many amounts are remembered, one for each place.
const PLACES: usize = 1 << 12;

/// How many amounts are remembered by the JSON that they were taken of.
const AMOUNTS: usize = 1 << 12;

pub fn index(len: usize) -> u32 {
    u32::try_from(len).ok().filter(|i| *i < WIDE).expect("bug: more than 2 billion records")
}

impl Store {
    pub fn ask(&mut self, ty: &str) -> u32 {
        if let Some(ask) = self.ask_of.get(ty) {
            return *ask;
        }
        let at = index(self.asks.len());
        self.asks.push(Arc::new(if ty.is_empty() { Ask::nothing() } else { Ask::of(ty) }));
        self.ask_of.insert(ty.into(), at);
        at
    }

    pub fn block(&mut self, mode: Mode, ty: &str, name: &str) -> u32 {
        let by_type = &mut self.block_of[mode as usize];
        if let Some(block) = by_type.get(ty).and_then(|names| names.get(name)) {
            return *block;
        }
        let at = index(self.blocks.len());
        by_type.entry(ty.into()).or_default().insert(name.into(), at);
        let asked = mode == Mode::Managed && (ty.starts_with("aws_") || ty.starts_with("awscc_"));
        let ask = self.ask(if asked { ty } else { "" });
        self.blocks.push(Block { name: Arc::new(BlockName { mode, ty: ty.into(), name: name.into() }), ask });
        at
    }

    /// Returns the block of that name, if any instance of it was read.
    pub fn find_block(&self, mode: Mode, ty: &str, name: &str) -> Option<u32> {
        self.block_of[mode as usize].get(ty)?.get(name).copied()
    }

    pub fn block_of(&self, draft: &Draft) -> &Block {
        &self.blocks[draft.block as usize]
    }

    pub fn ask_of(&self, draft: &Draft) -> &Arc<Ask> {
        &self.asks[self.block_of(draft).ask as usize]
    }

    /// What is asked of the type of a draft, by its number.
    pub fn ask_at(&self, i: u32) -> &Arc<Ask> {
        let (_, block) = self.drafts.place(i);
        &self.asks[self.blocks[block as usize].ask as usize]
    }

    pub fn address(&self, draft: &Draft) -> Address {
        Address {
            module: self.modules.get(draft.module),
            block: self.block_of(draft).name.clone(),
            key: draft.key.clone(),
        }
    }

    pub fn text(&mut self, text: &str) -> u32 {
        if let Some(at) = self.text_of.get(text) {
            return *at;
        }
        let at = index(self.texts.len());
        let text = EcoString::from(text);
        self.texts.push(text.clone());
        self.text_of.insert(text, at);
        at
    }

    /// Returns the text, shared with an equal one where it is likely to repeat.
    pub fn shared(&mut self, text: &str) -> EcoString {
        if text.len() <= EcoString::INLINE_LIMIT || text.len() > 64 {
            return text.into();
        }
        if let Some((text, ())) = self.pool.get_key_value(text) {
            return text.clone();
        }
        let text = EcoString::from(text);
        if self.pool.len() < POOL {
            self.pool.insert(text.clone(), ());
        }
        text
    }

    /// Returns the number of the tags that were read from this JSON before.
    pub fn known_tags(&self, hash: u64) -> Option<u32> {
        self.tags_of.get(&hash).copied()
    }

    /// `base`: tags that these are likely to have in them.
    pub fn add_tags(&mut self, hash: u64, tags: Tags, base: Option<u32>) -> u32 {
        let at = self.tags.add(tags, base);
        self.remember_tags(hash, at)
    }

    /// The same with tags of which all is known, sorted by their keys.
    pub fn put_tags(&mut self, hash: u64, tags: Vec<Entry>, base: Option<u32>) -> u32 {
        let at = self.tags.put(tags, base);
        self.remember_tags(hash, at)
    }

    fn remember_tags(&mut self, hash: u64, at: u32) -> u32 {
        if self.tags_of.len() >= TAGS {
            self.tags_of.clear();
        }
        self.tags_of.insert(hash, at);
        at
    }

    pub fn small(&mut self, wide: Wide) -> Small {
        if wide.count.is_exact()
            && wide.unset.is_none()
            && wide.texts.is_empty()
            && wide.count.low() < u64::from(WIDE)
        {
            return Small(wide.count.low() as u32);
        }
        // Amounts of one kind repeat.
        let set = wide.unset.map(|unset| (unset.attributes, unset.count, unset.mirrored));
        let place = self.hasher.hash_one((wide.count, set, &wide.texts)) as usize % PLACES;
        if self.wide_at.is_empty() {
            self.wide_at = vec![NONE; PLACES];
        }
        let known = self.wide_at[place];
        if self.wide.get(known as usize) == Some(&wide) {
            return Small(WIDE | known);
        }
        self.wide.push(wide);
        self.wide_at[place] = index(self.wide.len() - 1);
        Small(WIDE | self.wide_at[place])
    }

    pub fn known_amount(&self, hash: u64) -> Option<Small> {
        self.amounts.get(&hash).copied()
    }

    pub fn remember_amount(&mut self, hash: u64, amount: Small) {
        if self.amounts.len() >= AMOUNTS {
            self.amounts.clear();
        }
        self.amounts.insert(hash, amount);
    }

    pub fn amount(&self, small: Small) -> Wide {
        if small.0 & WIDE == 0 {
            return Wide::exactly(u64::from(small.0));
        }
        self.wide[(small.0 & !WIDE) as usize].clone()
    }

    /// The number of the tags that nobody has set.
    pub fn no_tags(&mut self) -> u32 {
        match self.known_tags(NO_TAGS) {
            Some(tags) => tags,
            None => self.add_tags(NO_TAGS, Tags::default(), None),
        }
    }

    pub fn list(&mut self, list: Vec<Named>) -> u32 {
        self.lists.push(list.into());
        index(self.lists.len() - 1)
    }

    pub fn extra(&mut self, extra: Extra) -> u32 {
        self.extras.push(extra);
        index(self.extras.len() - 1)
    }

    /// Adds the next draft, with the readings and scopes that were kept for it.
    pub fn add(&mut self, mut draft: Draft) {
        index(self.drafts.len());
        draft.flags.deferred = self.deferring;
        self.identities.settle(index(self.drafts.len()));
        self.drafts.push(draft, &self.next.0, &self.next.1);
    }

    /// Remembers what the next draft is known by.
    pub fn identify(&mut self, text: &str) {
        self.identities.add(text);
    }

    /// Makes the parents that must be there before anything is counted: those that a text names, and all of a type of which
    /// an instance may be in any.
    pub fn make_parents(&mut self) {
        let kinds = if self.all_parents { None } else { self.open_kinds() };
        let named = self.parents.named_endings();
        let mut chosen = vec![kinds.is_none(); self.drafts.len()];
        for draft in self.identities.ending_in(&named) {
            chosen[draft as usize] = true;
        }
        drop(named);
        let is_open = |ask: &Arc<Ask>| kinds.as_ref().is_some_and(|k| k.contains(plain_kind(&ask.kind)));
        let open: Vec<bool> = self.asks.iter().map(is_open).collect();
        for (draft, chosen) in self.drafts.iter().zip(&mut chosen) {
            let may_be = draft.flags.parent && draft.parent == ParentId::UNUSED;
            *chosen = may_be && (*chosen || open[self.block_of(&draft).ask as usize]);
        }
        self.drop_identities(&chosen);
        for i in 0..index(self.drafts.len()) {
            if chosen[i as usize] {
                self.parent(i);
            }
        }
        self.parents.settle();
    }

    /// Returns the types of parents of which something may be counted in any. None: in a parent of any type.
    fn open_kinds(&self) -> Option<HashSet<&'static str>> {
        let mut kinds = HashSet::new();
        for (block, scopes) in self.drafts.all_scopes() {
            let ask = &self.asks[self.blocks[block as usize].ask as usize];
            let is_open = |named: &Named| matches!(named, Named::Unknown | Named::Several(_));
            let open = scopes.iter().any(|s| is_open(&s.before) || is_open(&s.after));
            for measure in ask.measures.iter().filter(|m| open || m.goes_on()) {
                let kind = measure.measure.scope_type;
                if kind.is_empty() && !matches!(measure.scope, MeasureScope::Account | MeasureScope::Own) {
                    return None;
                }
                kinds.insert(plain_kind(kind));
            }
        }
        Some(kinds)
    }

    /// Forgets what drafts are known by that are not chosen, and of which nobody can make parents later.
    fn drop_identities(&mut self, chosen: &[bool]) {
        let Some(kinds) = self.kinds_to_come() else { return };
        let wanted: Vec<bool> = self.asks.iter().map(|ask| kinds.contains(ask.kind.as_str())).collect();
        let may_come = |i: u32| wanted[self.blocks[self.drafts.place(i).1 as usize].ask as usize];
        self.identities = self.identities.only(|i| chosen[i as usize] || may_come(i));
    }

    /// Returns the types of drafts that may become parents yet. None: of any type.
    fn kinds_to_come(&self) -> Option<HashSet<&str>> {
        let mut kinds = HashSet::new();
        if self.all_parents {
            return Some(kinds);
        }
        let own = |ask: &&Arc<Ask>| ask.measures.iter().any(|m| m.scope == MeasureScope::OwnChildren);
        kinds.extend(self.asks.iter().filter(own).map(|ask| ask.kind.as_str()));
        kinds.extend(self.made.iter().map(|made| made.sketch.row.of));
        for (block, scopes) in self.drafts.all_scopes() {
            let ask = &self.asks[self.blocks[block as usize].ask as usize];
            let is_open = |named: Named| matches!(named, Named::Unknown | Named::Several(_));
            for (scope, found) in ask.scopes.iter().zip(scopes) {
                if is_open(found.before) || is_open(found.after) {
                    kinds.insert(scope.kind);
                }
            }
        }
        (!kinds.contains("")).then_some(kinds)
    }

    /// Returns the parent that a draft is, made if it is new.
    pub fn parent(&mut self, i: u32) -> ParentId {
        let draft = self.drafts.get(i);
        if draft.parent != ParentId::UNUSED {
            return draft.parent;
        }
        let (before, after) =
            (Count::exactly(u64::from(draft.before)), Count::exactly(u64::from(draft.left())));
        let (address, kind) = (self.address(&draft), self.ask_of(&draft).kind.clone());
        let id = self.parents.of_instance_as(&kind, &address, before, after);
        self.drafts.set_parent(i, id);
        for digest in self.identities.of(i) {
            self.parents.known_by(id, digest);
        }
        id
    }

    /// Returns what an attribute of a draft holds, if children ask for it.
    pub fn held(&self, draft: u32, attribute: usize, after: bool) -> Option<Held> {
        let from = self.held.partition_point(|h| h.draft < draft);
        let mut all = self.held[from..].iter().take_while(|h| h.draft == draft);
        let found = all.find(|h| h.attribute as usize == attribute)?;
        Some(if after { found.after } else { found.before })
    }

    /// Remembers that the changes list this address.
    pub fn see(&mut self, hash: u64) {
        self.seen.insert(hash);
    }

    /// Remembers that what the state has at this address is at another one now.
    pub fn see_moved(&mut self, hash: u64) {
        self.moved.insert(hash);
    }

    pub fn is_listed(&self, hash: u64) -> bool {
        self.seen.contains(&hash)
    }

    /// True if the changes tell what became of what the state has at this address.
    pub fn has_seen(&self, hash: u64) -> bool {
        self.seen.contains(&hash) || self.moved.contains(&hash)
    }

    /// Forgets what was kept for a draft that does not come, so that the next one does not get it.
    pub fn forget_next(&mut self) {
        let next = index(self.drafts.len());
        self.identities.forget();
        self.names.retain(|(draft, _)| *draft != next);
        self.other_tags.retain(|o| o.draft != next);
        self.held.retain(|h| h.draft != next);
        self.made.retain(|m| m.draft != next);
        self.attached.retain(|(draft, _)| *draft != next);
    }

    /// Remembers the address of the last draft, which the changes may list as well.
    pub fn see_early(&mut self, hash: Option<u64>) {
        self.early.push((index(self.drafts.len() - 1), hash.unwrap_or_default()));
    }

    /// Forgets the drafts of the state that the changes list as well.
    pub fn drop_listed(&mut self) {
        let mut gone = vec![false; if self.early.is_empty() { 0 } else { self.drafts.len() }];
        for (draft, hash) in &self.early {
            gone[*draft as usize] = self.has_seen(*hash);
        }
        if gone.is_empty() {
            return;
        }
        self.drafts = self.drafts.without(&gone);
        self.observed.retain(|o| !gone[o.draft as usize]);
        self.names.retain(|(draft, _)| !gone[*draft as usize]);
        self.other_tags.retain(|o| !gone[o.draft as usize]);
        self.held.retain(|h| !gone[h.draft as usize]);
        self.made.retain(|m| !gone[m.draft as usize]);
        self.attached.retain(|(draft, _)| !gone[*draft as usize]);
        // INVARIANT: indices of drafts count those that are left.
        let mut before = 0;
        let shift: Vec<u32> = gone
            .iter()
            .map(|gone| {
                let shift = before;
                before += u32::from(*gone);
                shift
            })
            .collect();
        let observed = self.observed.iter_mut().map(|o| &mut o.draft);
        let names = self.names.iter_mut().map(|(draft, _)| draft);
        let others = self.other_tags.iter_mut().map(|o| &mut o.draft);
        let made = self.made.iter_mut().map(|m| &mut m.draft);
        let attached = self.attached.iter_mut().map(|(draft, _)| draft);
        let held = self.held.iter_mut().map(|h| &mut h.draft);
        for draft in observed.chain(names).chain(others).chain(made).chain(attached).chain(held) {
            *draft -= shift[*draft as usize];
        }
        self.identities = self.identities.without(&gone, &shift);
        self.early = Vec::new();
    }

    /// Forgets all tags, once they were handed on.
    pub fn drop_tags(&mut self) {
        self.tags = TagSets::default();
    }

    /// Gives back what only reading needs.
    pub fn finish_reading(&mut self) {
        self.seen = HashSet::new();
        self.tags_of = HashMap::new();
        self.drafts.finish();
        self.identities.finish();
        self.tags.finish();
        self.pool = HashMap::new();
        self.wide_at = Vec::new();
        self.amounts = HashMap::new();
    }
}

/// A hash of an address, to be compared within one run only.
pub fn hash_of(parts: &[&[u8]]) -> u64 {
    static STATE: OnceLock<RandomState> = OnceLock::new();
    let mut hasher = STATE.get_or_init(RandomState::default).build_hasher();
    for part in parts {
        part.hash(&mut hasher);
    }
    hasher.finish()
}
