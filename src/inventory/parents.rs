//! What instances are counted in: a Connect instance, a VPC, a table.

use std::hash::BuildHasher;

use ecow::EcoString;
use foldhash::HashSet;
use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::labels::{Label, Labels};
use super::{Inventory, Reading, ScopeRef};
use crate::address::Address;
use crate::pieces::Pieces;
use crate::value::Count;

/// Index of a [`Parent`] in its inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ParentId(pub u32);

impl ParentId {
    /// Of an instance in which nothing is counted, where parents are made as they are needed.
    pub const UNUSED: ParentId = ParentId(u32::MAX);
}

/// An object in which others are counted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Parent {
    /// Its resource type; empty if nobody said.
    pub kind: EcoString,
    pub name: ParentName,
    /// A parent that only a text or data source names exists.
    pub existence: Existence,
}

impl Parent {
    pub fn before(&self) -> Count {
        self.existence.before()
    }

    pub fn after(&self) -> Count {
        self.existence.after()
    }
}

/// How many there are before and after apply: mostly none or one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Existence {
    Exactly(u32, u32),
    Within(Box<(Count, Count)>),
}

impl Existence {
    pub fn of(before: Count, after: Count) -> Existence {
        let small = |count: Count| u32::try_from(count.low()).ok().filter(|_| count.is_exact());
        match (small(before), small(after)) {
            (Some(before), Some(after)) => Existence::Exactly(before, after),
            _ => Existence::Within(Box::new((before, after))),
        }
    }

    pub fn before(&self) -> Count {
        match self {
            Existence::Exactly(before, _) => Count::exactly(u64::from(*before)),
            Existence::Within(both) => both.0,
        }
    }

    pub fn after(&self) -> Count {
        match self {
            Existence::Exactly(_, after) => Count::exactly(u64::from(*after)),
            Existence::Within(both) => both.1,
        }
    }
}

/// What a parent is known by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ParentName {
    /// An instance of this inventory, or a data source.
    Address(Address),
    /// A root variable without a value, and what of it.
    Variable(EcoString),
    /// An id, ARN or name that the input gives.
    Text(EcoString),
    /// The same, marked as sensitive: compared, never printed.
    Secret(EcoString),
}

impl std::fmt::Display for ParentName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ParentName::Address(a) => a.fmt(f),
            ParentName::Variable(v) => write!(f, "var.{v}"),
            ParentName::Text(t) => f.write_str(t),
            ParentName::Secret(_) => f.write_str("(sensitive)"),
        }
    }
}

/// Stands for a text: the same in every run, and nobody makes two texts with the same one.
///
/// The beginning of SHA-256, of the last part of the text and of what stands before it: ids, ARNs and names of one object
/// end alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest([u32; 4]);

impl Digest {
    pub fn of(text: &str) -> Digest {
        let Ending { head, tail } = Ending::of(text);
        Digest::joined(Digest::of_part(head), Digest::of_part(tail))
    }

    /// Of one of the two parts of an [`Ending`].
    pub fn of_part(text: &str) -> Digest {
        Digest::first(Sha256::digest(text.as_bytes()).as_slice())
    }

    /// Returns that of a text by those of its parts.
    pub fn joined(head: Digest, tail: Digest) -> Digest {
        Digest::first(
            Sha256::new().chain_update(head.bytes()).chain_update(tail.bytes()).finalize().as_slice(),
        )
    }

    fn first(bytes: &[u8]) -> Digest {
        let (words, _) = bytes.as_chunks::<4>();
        Digest(std::array::from_fn(|i| u32::from_be_bytes(words[i])))
    }

    pub fn bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let (words, _) = bytes.as_chunks_mut::<4>();
        words.iter_mut().zip(self.0).for_each(|(to, word)| *to = word.to_be_bytes());
        bytes
    }

    pub fn of_bytes(bytes: [u8; 16]) -> Digest {
        Digest::first(&bytes)
    }

    /// Its first half: enough to look something up that is looked at again.
    pub fn start(self) -> u64 {
        u64::from(self.0[0]) << 32 | u64::from(self.0[1])
    }
}

/// A text in two: the part after the last `/` or `:`, and what stands before it with that sign.
#[derive(Clone, Copy, Debug)]
pub struct Ending<'a> {
    pub head: &'a str,
    pub tail: &'a str,
}

impl Ending<'_> {
    pub fn of(text: &str) -> Ending<'_> {
        let at = text.rfind(['/', ':']).map_or(0, |at| at + 1);
        Ending { head: &text[..at], tail: &text[at..] }
    }
}

/// [`Parents`] as they are carried.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Settled {
    all: Vec<Parent>,
    known: Vec<(Digest, ParentId)>,
    listed: Vec<(ParentId, EcoString)>,
    same: Vec<ParentId>,
}

/// All parents of an inventory, each once.
#[derive(Debug, Default)]
pub struct Parents {
    all: Pieces<Label>,
    labels: Labels,
    /// Numbers and one, at the place that the hash of type and name says or the next free one; as many as a power of two.
    by_name: Vec<u32>,
    /// Digests of the known ids, ARNs and names of instances: most are never asked for. The first `sorted` are in order.
    known: Vec<(Digest, ParentId)>,
    sorted: usize,
    /// The same as texts, of the types in [`LISTED`].
    listed: Vec<(ParentId, EcoString)>,
    /// What a parent was found to be after all; mostly itself.
    same: Vec<ParentId>,
    hasher: RandomState,
}

/// Types of parents in which AWS lists what there is.
pub const LISTED: [&str; 1] = ["aws_connect_instance"];

impl Parents {
    /// Returns the parent of that name, made if it is new.
    pub fn add(&mut self, kind: &str, name: ParentName, before: Count, after: Count) -> ParentId {
        if let Ok(id) = self.look(kind, &name) {
            return id;
        }
        let id = ParentId(u32::try_from(self.all.len()).expect("bug: more than 4 billion parents"));
        let parent = Parent { kind: kind.into(), name, existence: Existence::of(before, after) };
        self.all.push(self.labels.pack(&parent));
        self.same.push(id);
        if self.all.len() * 4 > self.by_name.len() * 3 {
            self.index();
        } else {
            self.place(id, &parent);
        }
        id
    }

    /// Returns the parent of that name, or where it belongs.
    fn look(&self, kind: &str, name: &ParentName) -> Result<ParentId, usize> {
        let last = self.by_name.len().wrapping_sub(1);
        let mut at = self.hasher.hash_one((kind, name)) as usize & last;
        let kind = self.labels.known_kind(kind);
        loop {
            match self.by_name.get(at) {
                None | Some(0) => return Err(at),
                Some(id) => {
                    if self.labels.is(&self.all[*id as usize - 1], kind, name) {
                        return Ok(ParentId(id - 1));
                    }
                    at = (at + 1) & last;
                }
            }
        }
    }

    fn place(&mut self, id: ParentId, parent: &Parent) {
        if let Err(place) = self.look(&parent.kind, &parent.name) {
            self.by_name[place] = id.0 + 1;
        }
    }

    /// Returns the instances that are known by this text, in the order in which that was said.
    fn known(&self, text: &str) -> impl Iterator<Item = ParentId> {
        let digest = Digest::of(text);
        let (sorted, rest) = self.known.split_at(self.sorted);
        let from = sorted.partition_point(|(d, _)| *d < digest);
        let here = sorted[from..].iter().take_while(move |(d, _)| *d == digest);
        here.chain(rest.iter().filter(move |(d, _)| *d == digest)).map(|(_, id)| *id)
    }

    /// Returns the parent that an instance of this input is.
    pub fn of_instance(&mut self, address: &Address, before: Count, after: Count) -> ParentId {
        let kind = address.block.ty.clone();
        self.of_instance_as(&kind, address, before, after)
    }

    /// Returns the parent of another type that an instance is: an `aws_default_vpc` an `aws_vpc`.
    pub fn of_instance_as(&mut self, kind: &str, address: &Address, before: Count, after: Count) -> ParentId {
        let id = self.add(kind, ParentName::Address(address.clone()), before, after);
        self.labels.set_existence(&mut self.all[id.0 as usize], &Existence::of(before, after));
        id
    }

    /// Returns the parent that an id, ARN or name stands for.
    pub fn of_text(&mut self, kind: &str, text: &str) -> ParentId {
        self.add(kind, ParentName::Text(text.into()), Count::exactly(1), Count::exactly(1))
    }

    /// Returns the parent that a sensitive id, ARN or name stands for.
    pub fn of_secret(&mut self, kind: &str, text: &str) -> ParentId {
        self.add(kind, ParentName::Secret(text.into()), Count::exactly(1), Count::exactly(1))
    }

    /// Returns the parent of that name, if the input has it.
    pub fn named(&self, kind: &str, name: &ParentName) -> Option<ParentId> {
        self.look(kind, name).ok().map(|id| self.resolve(id))
    }

    /// Says that a parent is also known by this text.
    pub fn known_as(&mut self, id: ParentId, text: &str) {
        self.known.push((Digest::of(text), id));
        if LISTED.contains(&self.kind_of(id).as_str()) {
            self.listed.push((id, text.into()));
        }
    }

    /// Says that a parent is also known by the text of this digest; not for types in [`LISTED`].
    pub fn known_by(&mut self, id: ParentId, digest: Digest) {
        self.known.push((digest, id));
    }

    /// Returns the last parts of the texts that parents are named by, as the beginnings of their digests.
    pub fn named_endings(&self) -> HashSet<u64> {
        let mut wanted = HashSet::default();
        for text in self.all.iter().filter_map(Label::text) {
            // What follows the last `/` ends in the same part.
            wanted.insert(Digest::of_part(Ending::of(text).tail).start());
        }
        wanted
    }

    /// Joins parents named by a text with the instances that carry it. Call once, when all is read.
    pub fn settle(&mut self) {
        self.known.sort_unstable();
        self.sorted = self.known.len();
        for i in 0..self.all.len() {
            let label = &self.all[i];
            let Some(text) = label.text() else { continue };
            let short = last_part(text);
            let of_kind = |id: &ParentId| self.all[id.0 as usize].kind() == label.kind();
            let found = [text.as_str(), short].into_iter().find_map(|t| self.known(t).find(of_kind));
            if let Some(id) = found {
                self.same[i] = id;
            } else if short != text.as_str()
                && let Ok(id) = self.look(self.labels.kind_of(label), &ParentName::Text(short.into()))
            {
                // An ARN and the id at its end are one scope.
                self.same[i] = id;
            }
        }
    }

    /// Returns the parent of that type that an address, id, ARN or name stands for, if the input has it.
    ///
    /// An empty type: a parent of any type.
    pub fn find(&self, kind: &str, text: &str) -> Option<ParentId> {
        let short = last_part(text);
        self.iter()
            .filter(|(_, p)| kind.is_empty() || p.kind == kind)
            .find(|(_, p)| {
                let name = p.name.to_string();
                name == text || name == short
            })
            .map(|(id, _)| id)
            .or_else(|| {
                // Which of several types is meant must not depend on the order in which they came.
                self.known(text)
                    .chain(self.known(short))
                    .filter(|id| kind.is_empty() || self.kind_of(*id) == kind)
                    .min_by_key(|id| (self.kind_of(*id).clone(), *id))
                    .map(|id| self.resolve(id))
            })
    }

    /// Returns the ids, ARNs and names by which parents of that type, one of [`LISTED`], are known, sorted.
    pub fn texts(&self, kind: &str) -> impl Iterator<Item = &EcoString> {
        let at = self.labels.known_kind(kind).map(|kind| kind as usize);
        let named = self.all.iter().filter(move |p| Some(p.kind()) == at).filter_map(Label::open_text);
        let of_kind = |id: &ParentId| self.kind_of(*id) == kind;
        let known = self.listed.iter().filter(move |(id, _)| of_kind(id)).map(|(_, text)| text);
        named.chain(known).collect::<std::collections::BTreeSet<_>>().into_iter()
    }

    /// Returns how many parents of that type, one of [`LISTED`], are known by an id, ARN or name.
    pub fn told(&self, kind: &str) -> usize {
        let of_kind = self.listed.iter().filter(|(id, _)| self.kind_of(*id) == kind);
        of_kind.map(|(id, _)| self.resolve(*id)).collect::<std::collections::BTreeSet<_>>().len()
    }

    pub(super) fn settled(&self) -> Settled {
        Settled {
            all: self.all.iter().map(|label| self.labels.unpack(label)).collect(),
            known: self.known.clone(),
            listed: self.listed.clone(),
            same: self.same.clone(),
        }
    }

    /// None: something names a parent that there is not.
    pub(super) fn of(settled: Settled) -> Option<Parents> {
        let Settled { all, mut known, listed, same } = settled;
        let ids = same.iter().chain(known.iter().map(|(_, id)| id)).chain(listed.iter().map(|(id, _)| id));
        if same.len() != all.len() || !ids.clone().all(|id| (id.0 as usize) < all.len()) {
            return None;
        }
        known.sort_by_key(|(digest, _)| *digest);
        let sorted = known.len();
        let mut parents = Parents { known, sorted, listed, same, ..Parents::default() };
        parents.all.extend(all.iter().map(|parent| parents.labels.pack(parent)));
        parents.index();
        Some(parents)
    }

    /// Changes what parents are called. Call when all is settled.
    pub(super) fn rename(&mut self, name: impl Fn(&mut ParentName)) {
        let before = std::mem::take(&mut self.labels);
        for label in self.all.iter_mut() {
            let mut parent = before.unpack(label);
            name(&mut parent.name);
            *label = self.labels.pack(&parent);
        }
        self.index();
    }

    fn index(&mut self) {
        self.by_name = vec![0; (self.all.len() * 2).next_power_of_two().max(64)];
        for at in 0..self.all.len() {
            let parent = self.labels.unpack(&self.all[at]);
            self.place(ParentId(at as u32), &parent);
        }
    }

    /// Returns what the parent was found to be.
    pub fn resolve(&self, id: ParentId) -> ParentId {
        self.same[id.0 as usize]
    }

    pub fn get(&self, id: ParentId) -> Parent {
        self.labels.unpack(&self.all[self.resolve(id).0 as usize])
    }

    /// Returns the type of a parent; empty if nobody said.
    pub fn kind(&self, id: ParentId) -> &EcoString {
        self.kind_of(self.resolve(id))
    }

    /// Returns what a parent is known by.
    pub fn name(&self, id: ParentId) -> ParentName {
        self.labels.name_of(&self.all[self.resolve(id).0 as usize])
    }

    fn kind_of(&self, id: ParentId) -> &EcoString {
        self.labels.kind_of(&self.all[id.0 as usize])
    }

    /// Returns all parents that are nobody else.
    pub fn iter(&self) -> impl Iterator<Item = (ParentId, Parent)> {
        self.ids().map(|id| (id, self.get(id)))
    }

    /// Returns the parents of types of which something holds, and who are nobody else.
    pub fn of_kinds(&self, is: impl Fn(&str) -> bool) -> impl Iterator<Item = ParentId> {
        let fits = self.labels.kinds(is);
        self.ids().filter(move |id| fits[self.all[id.0 as usize].kind()])
    }

    fn ids(&self) -> impl Iterator<Item = ParentId> {
        (0..).map(ParentId).zip(&self.same).filter(|(id, same)| id == *same).map(|(id, _)| id)
    }
}

/// The id at the end of an ARN.
fn last_part(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

impl Inventory {
    /// Joins parents that turned out to be one, in every reading. Call once, when all is read.
    pub fn settle(&mut self) {
        self.parents.settle();
        for instance in &mut self.instances {
            for Reading { scope, .. } in &mut instance.readings {
                settle_scope(&self.parents, scope);
            }
            for (_, scope) in &mut instance.scopes {
                settle_scope(&self.parents, scope);
            }
            instance.parent = instance.parent.map(|p| self.parents.resolve(p));
        }
        self.settle_attached_tags();
        self.settle_made();
    }
}

fn settle_scope(parents: &Parents, scope: &mut ScopeRef) {
    match scope {
        ScopeRef::Parent(id) => *id = parents.resolve(*id),
        ScopeRef::OneOf(inner) => {
            inner.iter_mut().for_each(|s| settle_scope(parents, s));
            let mut kept: Vec<ScopeRef> = Vec::new();
            for s in inner.iter() {
                if !kept.contains(s) {
                    kept.push(s.clone());
                }
            }
            *scope = match <[ScopeRef; 1]>::try_from(kept) {
                Ok([one]) => one,
                Err(several) => ScopeRef::OneOf(several.into()),
            };
        }
        ScopeRef::Composite(inner) => inner.iter_mut().for_each(|s| settle_scope(parents, s)),
        ScopeRef::Account | ScopeRef::Own | ScopeRef::Unknown(_) | ScopeRef::Nothing => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_its_id_and_the_instance_that_carries_it_are_one_parent() {
        let mut parents = Parents::default();
        let by_arn = parents.of_text("aws_connect_instance", "arn:aws:connect:us-east-1:1:instance/abc");
        let by_id = parents.of_text("aws_connect_instance", "abc");
        let address = Address::parse("aws_connect_instance.this").unwrap();
        let instance = parents.of_instance(&address, Count::exactly(1), Count::exactly(1));
        parents.known_as(instance, "abc");
        parents.settle();
        assert_eq!(parents.resolve(by_arn), instance);
        assert_eq!(parents.resolve(by_id), instance);
        assert_eq!(parents.iter().count(), 1);
    }
}
