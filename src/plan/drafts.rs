//! Instances that wait for the configuration, a few bytes each.
//!
//! Instances of one block mostly agree in what happens to them, and what differs mostly goes on from the one before.

use std::cell::Cell;

use foldhash::{HashMap, HashMapExt};

use super::store::{DraftReading, DraftScope, NONE, Named, Small};
use crate::address::Key;
use crate::inventory::{Change, ParentId};
use crate::pieces::Pieces;

/// One instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub key: Key,
    pub module: u32,
    pub block: u32,
    pub tags: u32,
    pub tags_all: u32,
    pub tags_before: u32,
    /// Index of a text: the `region` attribute.
    pub region: u32,
    /// Index of a provider's name.
    pub provider: u32,
    pub parent: ParentId,
    pub change: Change,
    /// Exists before, after apply: how many.
    pub before: u8,
    pub after: u8,
    pub flags: Flags,
    /// Index of a text: the account of its ARN.
    pub account: u32,
    /// Index into the rarely needed.
    pub extra: u32,
}

/// Properties of a draft.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags {
    /// An attribute that identifies it is not known yet.
    pub new_identity: bool,
    /// Listed by the state, not by the changes.
    pub from_state: bool,
    /// The number of instances is not known: something is done that nobody knows.
    pub uncertain: bool,
    /// The change is put off to a later plan.
    pub deferred: bool,
    /// The attribute `tags` is unknown as a whole.
    pub tags_unknown: bool,
    /// It may be a parent of others.
    pub parent: bool,
}

impl Draft {
    /// How many there are after apply, for what is counted in them: what is forgotten goes on to exist.
    pub fn left(&self) -> u8 {
        if self.change == Change::Forget { self.before } else { self.after.min(1) }
    }

    fn alike(&self, readings: usize, scopes: usize) -> Alike {
        let few = |n: usize| u16::try_from(n).expect("bug: a type with thousands of measures");
        Alike {
            readings: few(readings),
            scopes: few(scopes),
            block: self.block,
            region: self.region,
            provider: self.provider,
            account: self.account,
            change: self.change,
            before: self.before,
            after: self.after,
            flags: self.flags,
        }
    }
}

/// What many drafts have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Alike {
    readings: u16,
    scopes: u16,
    block: u32,
    region: u32,
    provider: u32,
    account: u32,
    change: Change,
    before: u8,
    after: u8,
    flags: Flags,
}

/// How many drafts are read to get at one of them, at most.
const CHUNK: usize = 4;

/// How many lists of readings are kept once.
const LISTS: usize = 1 << 12;

/// Drafts by number.
#[derive(Debug, Default)]
pub struct Drafts {
    len: usize,
    alike: Vec<Alike>,
    alike_of: HashMap<Alike, u32>,
    /// Names of instances.
    keys: Vec<Key>,
    key_of: HashMap<Key, u64>,
    /// Lists of readings that drafts have in common: those of one block mostly read the same.
    lists: Vec<Box<[DraftReading]>>,
    list_of: HashMap<Box<[DraftReading]>, u32>,
    bytes: Pieces<u8>,
    /// Where each chunk begins.
    chunks: Pieces<u32>,
    /// What the next draft is told apart from.
    last: Last,
    /// The parents that drafts are.
    parents: HashMap<u32, ParentId>,
    /// The one that was asked for last: mostly the next one is the same.
    found: Cell<Option<Place>>,
}

/// Where a draft was found.
#[derive(Clone, Copy, Debug)]
struct Place {
    draft: u32,
    packed: Packed,
    /// Where its readings begin.
    at: usize,
    /// What the next one is told apart from.
    last: Last,
}

/// What a draft is told apart from: the one before it in its chunk.
#[derive(Clone, Copy, Debug, Default)]
struct Last {
    module: u32,
    tags: u32,
    extra: u32,
}

impl Drafts {
    pub fn len(&self) -> usize {
        self.len
    }

    /// `readings`: as many as the type has measures that are not plain. `scopes`: as many as it has attributes that name one.
    pub fn push(&mut self, draft: Draft, readings: &[DraftReading], scopes: &[DraftScope]) {
        let i = u32::try_from(self.len).expect("bug: the store bounds its drafts");
        if self.len.is_multiple_of(CHUNK) {
            let start = u32::try_from(self.bytes.len()).expect("bug: more than 4 billion bytes of drafts");
            self.chunks.push(start);
            self.last = Last::default();
        }
        if draft.parent != ParentId::UNUSED {
            self.parents.insert(i, draft.parent);
        }
        let alike = draft.alike(readings.len(), scopes.len());
        let next = u32::try_from(self.alike.len()).expect("bug: as many as there are drafts");
        let at = *self.alike_of.entry(alike).or_insert(next);
        if at == next {
            self.alike.push(alike);
        }
        let key = self.number_of(draft.key);
        let list = self.list(readings);
        let (bytes, last) = (&mut self.bytes, &mut self.last);
        write(bytes, u64::from(at));
        write(bytes, key);
        write(bytes, zigzag(draft.module, &mut last.module));
        write_link(bytes, draft.extra, &mut last.extra);
        for link in [draft.tags, draft.tags_all, draft.tags_before] {
            write_link(bytes, link, &mut last.tags);
        }
        if !readings.is_empty() {
            write(bytes, list.map_or(0, |list| u64::from(list) + 1));
        }
        for reading in readings.iter().filter(|_| list.is_none()) {
            write_pair(bytes, reading.before.packed(), reading.after.packed());
        }
        for scope in scopes {
            write_pair(bytes, packed(scope.before), packed(scope.after));
        }
        self.len += 1;
    }

    /// Returns the number of a list of readings. None: there are too many.
    fn list(&mut self, readings: &[DraftReading]) -> Option<u32> {
        if let Some(known) = self.list_of.get(readings) {
            return Some(*known);
        }
        let at = u32::try_from(self.lists.len()).ok().filter(|_| self.lists.len() < LISTS)?;
        self.lists.push(readings.into());
        self.list_of.insert(readings.into(), at);
        Some(at)
    }

    fn number_of(&mut self, key: Key) -> u64 {
        match key {
            Key::None => 0,
            Key::Unknown => 1,
            Key::Index(n) if n < 1 << 62 => 2 + 2 * n,
            key => {
                let next = 3 + 2 * self.keys.len() as u64;
                let at = *self.key_of.entry(key.clone()).or_insert(next);
                if at == next {
                    self.keys.push(key);
                }
                at
            }
        }
    }

    pub fn get(&self, i: u32) -> Draft {
        let (packed, _) = self.find(i);
        self.open(i, &packed)
    }

    /// Module and block of a draft: what is looked up most.
    pub fn place(&self, i: u32) -> (u32, u32) {
        let (packed, _) = self.find(i);
        (packed.module, self.alike[packed.alike].block)
    }

    pub fn readings(&self, i: u32) -> Vec<DraftReading> {
        let (packed, mut at) = self.find(i);
        let count = self.alike[packed.alike].readings;
        if count == 0 {
            return Vec::new();
        }
        if let Some(list) = read(&self.bytes, &mut at).checked_sub(1) {
            return self.lists[list as usize].to_vec();
        }
        let mut next = || read_pair(&self.bytes, &mut at);
        let all = (0..count).map(|_| next());
        all.map(|(b, a)| DraftReading { before: Small::of(b), after: Small::of(a) }).collect()
    }

    /// Returns modules and blocks, in order.
    pub fn places(&self) -> impl Iterator<Item = (u32, u32)> {
        self.walk().map(|(_, packed, _)| (packed.module, self.alike[packed.alike].block))
    }

    /// Returns the texts that tell the Region of each, in order.
    pub fn regions(&self) -> impl Iterator<Item = u32> {
        self.walk().map(|(_, packed, _)| self.alike[packed.alike].region)
    }

    /// Returns the texts that tell the account of each, in order.
    pub fn accounts(&self) -> impl Iterator<Item = u32> {
        self.walk().map(|(_, packed, _)| self.alike[packed.alike].account)
    }

    /// How many scopes were read.
    pub fn scope_count(&self, i: u32) -> usize {
        let (packed, _) = self.find(i);
        usize::from(self.alike[packed.alike].scopes)
    }

    /// Returns one of the scopes.
    pub fn scope(&self, i: u32, scope: usize) -> DraftScope {
        let (packed, mut at) = self.find(i);
        self.skip_readings(&packed, &mut at);
        for _ in 0..scope {
            read_pair(&self.bytes, &mut at);
        }
        let (before, after) = read_pair(&self.bytes, &mut at);
        DraftScope { before: unpacked(before), after: unpacked(after) }
    }

    /// Returns no scopes of what none were read of.
    pub fn scopes(&self, i: u32) -> Vec<DraftScope> {
        let (packed, at) = self.find(i);
        self.scopes_at(&packed, at)
    }

    fn scopes_at(&self, packed: &Packed, mut at: usize) -> Vec<DraftScope> {
        let alike = &self.alike[packed.alike];
        self.skip_readings(packed, &mut at);
        let mut next = || read_pair(&self.bytes, &mut at);
        let all = (0..alike.scopes).map(|_| next());
        all.map(|(b, a)| DraftScope { before: unpacked(b), after: unpacked(a) }).collect()
    }

    /// Returns all, in order.
    pub fn iter(&self) -> impl Iterator<Item = Draft> {
        self.walk().map(|(i, packed, _)| self.open(i, &packed))
    }

    /// Returns the blocks and scopes of those that have any.
    pub fn all_scopes(&self) -> impl Iterator<Item = (u32, Vec<DraftScope>)> {
        let all = self.walk().map(|(_, packed, at)| (self.alike[packed.alike], packed, at));
        all.filter(|(alike, ..)| alike.scopes > 0)
            .map(|(alike, packed, at)| (alike.block, self.scopes_at(&packed, at)))
    }

    fn walk(&self) -> impl Iterator<Item = (u32, Packed, usize)> {
        let (mut at, mut last) = (0, Last::default());
        (0..self.len as u32).map(move |i| {
            if (i as usize).is_multiple_of(CHUNK) {
                last = Last::default();
            }
            let packed = self.next(&mut at, &mut last);
            let rest = at;
            self.skip_rest(&packed, &mut at);
            (i, packed, rest)
        })
    }

    /// Returns a draft as it is written, and where its readings begin.
    fn find(&self, i: u32) -> (Packed, usize) {
        let found = self.found.get();
        if let Some(Place { packed, at, .. }) = found.filter(|found| found.draft == i) {
            return (packed, at);
        }
        let chunk = i as usize / CHUNK;
        let before = found.filter(|found| (chunk * CHUNK..i as usize).contains(&(found.draft as usize)));
        let (mut next, mut at, mut last) = match before {
            // Mostly it is the one behind.
            Some(Place { draft, packed, mut at, last }) => {
                self.skip_rest(&packed, &mut at);
                (draft as usize + 1, at, last)
            }
            None => (chunk * CHUNK, self.chunks[chunk] as usize, Last::default()),
        };
        loop {
            let packed = self.next(&mut at, &mut last);
            if next == i as usize {
                self.found.set(Some(Place { draft: i, packed, at, last }));
                return (packed, at);
            }
            self.skip_rest(&packed, &mut at);
            next += 1;
        }
    }

    fn next(&self, at: &mut usize, last: &mut Last) -> Packed {
        let bytes = &self.bytes;
        Packed {
            alike: read(bytes, at) as usize,
            key: read(bytes, at),
            module: unzigzag(read(bytes, at), &mut last.module),
            extra: read_link(bytes, at, &mut last.extra),
            tags: std::array::from_fn(|_| read_link(bytes, at, &mut last.tags)),
        }
    }

    fn skip_rest(&self, packed: &Packed, at: &mut usize) {
        self.skip_readings(packed, at);
        skip(&self.bytes, at, self.alike[packed.alike].scopes);
    }

    fn skip_readings(&self, packed: &Packed, at: &mut usize) {
        let count = self.alike[packed.alike].readings;
        if count > 0 && read(&self.bytes, at) == 0 {
            skip(&self.bytes, at, count);
        }
    }

    fn open(&self, i: u32, packed: &Packed) -> Draft {
        let Packed { alike, key, module, extra, tags: [tags, tags_all, tags_before] } = *packed;
        let Alike { block, region, provider, account, change, before, after, flags, .. } = self.alike[alike];
        let key = match key {
            0 => Key::None,
            1 => Key::Unknown,
            n if n.is_multiple_of(2) => Key::Index(n / 2 - 1),
            n => self.keys[(n as usize - 3) / 2].clone(),
        };
        Draft {
            key,
            module,
            block,
            tags,
            tags_all,
            tags_before,
            region,
            provider,
            parent: if flags.parent { self.parent(i) } else { ParentId::UNUSED },
            change,
            before,
            after,
            flags,
            account,
            extra,
        }
    }

    /// The parent that a draft is, if it was made.
    pub fn parent(&self, i: u32) -> ParentId {
        self.parents.get(&i).copied().unwrap_or(ParentId::UNUSED)
    }

    pub fn set_parent(&mut self, i: u32, parent: ParentId) {
        self.parents.insert(i, parent);
    }

    /// Returns those that are parents, in order.
    pub fn parents(&self) -> Vec<(u32, ParentId)> {
        let mut all: Vec<(u32, ParentId)> = self.parents.iter().map(|(i, id)| (*i, *id)).collect();
        all.sort_unstable();
        all
    }

    /// Returns those that are not gone.
    pub fn without(&self, gone: &[bool]) -> Drafts {
        let mut left = Drafts::default();
        for ((i, draft), _) in (0..).zip(self.iter()).zip(gone).filter(|(_, gone)| !**gone) {
            left.push(draft, &self.readings(i), &self.scopes(i));
        }
        left
    }

    /// Gives back what only adding needs.
    pub fn finish(&mut self) {
        self.alike_of = HashMap::new();
        self.key_of = HashMap::new();
        self.list_of = HashMap::new();
    }
}

/// A draft as it is written.
#[derive(Clone, Copy, Debug)]
struct Packed {
    alike: usize,
    key: u64,
    module: u32,
    extra: u32,
    tags: [u32; 3],
}

fn packed(named: Named) -> u64 {
    match named {
        Named::Nothing => 0,
        Named::Unknown => 1,
        Named::Parent(id) => 2 + 2 * u64::from(id.0),
        Named::Several(list) => 3 + 2 * u64::from(list),
    }
}

fn unpacked(n: u64) -> Named {
    match n {
        0 => Named::Nothing,
        1 => Named::Unknown,
        n if n.is_multiple_of(2) => Named::Parent(ParentId((n / 2 - 1) as u32)),
        n => Named::Several(((n - 3) / 2) as u32),
    }
}

/// Writes what was before and what is after: mostly the same.
fn write_pair(bytes: &mut Pieces<u8>, before: u64, after: u64) {
    write(bytes, before << 1 | u64::from(before == after));
    if before != after {
        write(bytes, after);
    }
}

fn read_pair(bytes: &Pieces<u8>, at: &mut usize) -> (u64, u64) {
    let first = read(bytes, at);
    let before = first >> 1;
    (before, if first & 1 == 1 { before } else { read(bytes, at) })
}

/// Passes over pairs.
fn skip(bytes: &Pieces<u8>, at: &mut usize, pairs: u16) {
    for _ in 0..pairs {
        read_pair(bytes, at);
    }
}

/// Returns how far a number is from the last one, small both ways.
fn zigzag(n: u32, last: &mut u32) -> u64 {
    let by = i64::from(n) - i64::from(*last);
    *last = n;
    ((by << 1) ^ (by >> 63)) as u64
}

fn unzigzag(n: u64, last: &mut u32) -> u32 {
    let by = (n >> 1) as i64 ^ -((n & 1) as i64);
    *last = (i64::from(*last) + by) as u32;
    *last
}

fn write_link(bytes: &mut Pieces<u8>, link: u32, last: &mut u32) {
    match link {
        NONE => bytes.push(0),
        link => write(bytes, zigzag(link, last) + 1),
    }
}

fn read_link(bytes: &Pieces<u8>, at: &mut usize, last: &mut u32) -> u32 {
    match read(bytes, at) {
        0 => NONE,
        n => unzigzag(n - 1, last),
    }
}

/// Writes seven bits at a time, the lowest first; all but the last have the eighth bit.
pub fn write(bytes: &mut Pieces<u8>, mut n: u64) {
    while n >= 0x80 {
        bytes.push(n as u8 | 0x80);
        n >>= 7;
    }
    bytes.push(n as u8);
}

/// Reads what [`write`] wrote, and goes on behind it.
pub fn read(bytes: &Pieces<u8>, at: &mut usize) -> u64 {
    let (mut n, mut shift) = (0, 0);
    loop {
        let byte = bytes[*at];
        *at += 1;
        n |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return n;
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(i: u32) -> Draft {
        let some = |n: u32| if (i + n).is_multiple_of(3) { NONE } else { (i * 7919 + n * 31) % 5000 };
        let flags = Flags { parent: i.is_multiple_of(4), ..Flags::default() };
        Draft {
            key: match i % 5 {
                0 => Key::None,
                1 => Key::Unknown,
                2 => Key::Index(u64::from(i)),
                3 => Key::Index(u64::MAX - u64::from(i % 2)),
                _ => Key::Name(format!("key {}", i % 11).as_str().into()),
            },
            module: i * 31 % 17,
            block: i % 3,
            tags: some(2),
            tags_all: some(3),
            tags_before: some(4),
            region: some(5) % 2,
            provider: i % 2,
            parent: if flags.parent { ParentId(i) } else { ParentId::UNUSED },
            change: if i.is_multiple_of(2) { Change::Keep } else { Change::Create },
            before: (i % 2) as u8,
            after: 1,
            flags,
            account: NONE,
            extra: if i == 40 { 0 } else { NONE },
        }
    }

    fn readings(i: u32) -> Vec<DraftReading> {
        let small = |n: u32| Small::of(u64::from(i * n));
        (0..i % 3).map(|n| DraftReading { before: small(n), after: small(1) }).collect()
    }

    fn scopes(i: u32) -> Vec<DraftScope> {
        let named =
            [Named::Nothing, Named::Unknown, Named::Parent(ParentId(u32::MAX - 1)), Named::Several(i)];
        let at = |n: u32| named[(i + n) as usize % 4];
        (0..i % 2).map(|n| DraftScope { before: at(n), after: at(n + i / 7 % 2) }).collect()
    }

    fn push(drafts: &mut Drafts, i: u32) {
        drafts.push(draft(i), &readings(i), &scopes(i));
    }

    #[test]
    fn drafts_come_back_as_they_were() {
        let mut drafts = Drafts::default();
        // More than have a list of readings that is kept once.
        let count = 2 * LISTS as u32;
        (0..count).for_each(|i| push(&mut drafts, i));
        drafts.finish();
        assert!(drafts.iter().eq((0..count).map(draft)));
        for i in (0..count).rev() {
            assert_eq!(drafts.get(i), draft(i));
            assert_eq!(drafts.place(i), (draft(i).module, draft(i).block));
            assert_eq!(drafts.readings(i), readings(i));
            assert_eq!(drafts.scopes(i), scopes(i));
        }
        assert_eq!(drafts.parents().len(), count as usize / 4);
        assert_eq!(drafts.all_scopes().count(), count as usize / 2);
    }

    #[test]
    fn what_is_gone_leaves_the_others() {
        let mut drafts = Drafts::default();
        (0..50).for_each(|i| push(&mut drafts, i));
        let gone: Vec<bool> = (0..50).map(|i| i % 7 == 0).collect();
        let left = drafts.without(&gone);
        let expected: Vec<u32> = (0..50).filter(|i| i % 7 != 0).collect();
        assert!(left.iter().eq(expected.iter().map(|i| draft(*i))));
        for (at, i) in (0..).zip(expected) {
            assert_eq!((left.readings(at), left.scopes(at)), (readings(i), scopes(i)));
        }
    }
}
