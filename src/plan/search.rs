//! What is found on the way along references: candidates, and what may be anything.

use std::collections::HashSet;

use ecow::EcoString;

use super::config::{Block, Ref, Repeat};
use super::drafts::Draft;
use crate::address::Key;
use crate::inventory::{ParentId, ScopeRef};
use crate::value::{Cause, CauseKind};

/// What an expression may stand for, it being unknown.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Objects whose identity is not known yet.
    pub candidates: Vec<ParentId>,
    /// The same, to find one again.
    pub known: HashSet<ParentId>,
    /// Something unknown that may be anything.
    pub doubt: Option<Cause>,
    /// An object of another type was met, which is none of these.
    pub another: bool,
    /// Something was met that is known and may be one of these.
    pub known_one: bool,
}

/// Where an expression stands.
#[derive(Clone)]
pub struct Place<'e> {
    pub module: u32,
    pub key: Key,
    pub repeat: &'e Repeat,
    pub of: Of<'e>,
}

/// What a place belongs to.
#[derive(Clone, Copy)]
pub enum Of<'e> {
    Block(u32),
    /// The call of that name.
    Call(&'e EcoString),
    /// An output: it has no key of its own.
    Nothing,
}

/// What is repeated.
#[derive(PartialEq, Eq, Hash)]
pub enum Repeated {
    Block(u32),
    Call(EcoString),
}

/// By what a reference is indexed, which a plan tells apart from it.
#[derive(Clone, Copy, PartialEq)]
pub enum Index {
    No,
    /// `x[each.key]`, `x[count.index]`
    Key,
    /// `x[each.value]`: the same as the key if a set is gone through.
    Value,
}

/// References that are still to be followed.
pub struct Work<'e> {
    pub place: Place<'e>,
    pub refs: &'e [Ref],
    /// The path that is taken of the result.
    pub rest: Vec<EcoString>,
}

/// A search for all objects of a type that an expression may stand for.
pub struct Search<'e> {
    pub kind: &'static str,
    /// The module instance it began in.
    pub start: u32,
    pub found: Found,
    pub work: Vec<Work<'e>>,
    pub seen: HashSet<(usize, u32, Key, Vec<EcoString>)>,
    /// Modules of which locals were met.
    pub locals: HashSet<u32>,
    /// It asks for everything a local can be, whatever the key.
    pub any_key: bool,
}

impl<'e> Place<'e> {
    pub fn of(draft: &Draft, block: &'e Block) -> Place<'e> {
        Place {
            module: draft.module,
            key: draft.key.clone(),
            repeat: &block.repeat,
            of: Of::Block(draft.block),
        }
    }
}

impl<'e> Search<'e> {
    pub fn new(kind: &'static str, start: u32) -> Search<'e> {
        Search {
            kind,
            start,
            found: Found::default(),
            work: Vec::new(),
            seen: HashSet::new(),
            locals: HashSet::new(),
            any_key: false,
        }
    }

    pub fn add(&mut self, place: Place<'e>, refs: &'e [Ref], rest: &[EcoString]) {
        if refs.is_empty() {
            return;
        }
        let seen = (refs.as_ptr() as usize, place.module, place.key.clone(), rest.to_vec());
        if self.seen.insert(seen) {
            self.work.push(Work { place, refs, rest: rest.to_vec() });
        }
    }
}

impl Found {
    pub fn candidate(&mut self, id: ParentId) {
        if self.candidates.len() <= MAX_CANDIDATES && self.known.insert(id) {
            self.candidates.push(id);
        }
    }

    pub fn doubt(&mut self, cause: impl FnOnce() -> Cause) {
        self.doubt.get_or_insert_with(cause);
    }

    pub fn add(&mut self, other: &Found) {
        for id in &other.candidates {
            self.candidate(*id);
        }
        if self.doubt.is_none() {
            self.doubt.clone_from(&other.doubt);
        }
        self.another |= other.another;
        self.known_one |= other.known_one;
    }

    /// Returns the one or several that it is: the value is unknown, so something unknown is behind it.
    pub fn decide(self, cause: Cause) -> ScopeRef {
        // The value may be what is known after all: the condition that chooses is not told apart from what is chosen.
        if self.candidates.is_empty() && self.doubt.is_none() && self.another && !self.known_one {
            return ScopeRef::Nothing;
        }
        if self.candidates.is_empty() {
            return ScopeRef::Unknown(self.doubt.unwrap_or(cause));
        }
        let all = self.candidates.into_iter().map(ScopeRef::Parent);
        one_of(all.chain(self.doubt.map(ScopeRef::Unknown)).collect())
    }
}

/// With more candidates than this it is said that it may be any.
const MAX_CANDIDATES: usize = 256;

/// Returns one of these, each once.
pub fn one_of(all: Vec<ScopeRef>) -> ScopeRef {
    let mut kept: Vec<ScopeRef> = Vec::new();
    let mut parents: HashSet<ParentId> = HashSet::new();
    let mut doubt = None;
    let mut rest: Vec<ScopeRef> = all;
    rest.reverse();
    while let Some(one) = rest.pop() {
        match one {
            ScopeRef::Unknown(_) => {
                doubt.get_or_insert(one);
            }
            ScopeRef::OneOf(inner) => rest.extend(inner.into_iter().rev()),
            ScopeRef::Parent(id) => {
                if parents.insert(id) {
                    kept.push(one);
                }
            }
            one => {
                if !kept.contains(&one) {
                    kept.push(one);
                }
            }
        }
        if kept.len() > MAX_CANDIDATES {
            return ScopeRef::Unknown(Cause::new(CauseKind::Unstated, "one of many", None));
        }
    }
    kept.extend(doubt);
    match <[ScopeRef; 1]>::try_from(kept) {
        Ok([one]) => one,
        Err(several) => ScopeRef::OneOf(several.into()),
    }
}
