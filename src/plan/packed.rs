//! Sets of tags, a few bytes a tag: most keys and many values are the same text, and the tags after `default_tags` are
//! those before it and some more.

use std::hash::BuildHasher as _;

use ecow::EcoString;
use foldhash::fast::RandomState;
use foldhash::{HashMap, HashMapExt};

use super::drafts;
use crate::inventory::{TagValue, Tags};
use crate::value::Cause;

/// Sets of tags by number.
#[derive(Debug)]
pub struct TagSets {
    texts: Texts,
    /// Values that are not plain texts.
    others: Vec<TagValue>,
    /// The number of a set is where it begins: how far back the set is that it goes on from, or 0; how many tags; key and
    /// value of each.
    bytes: Vec<u8>,
    /// Why a set may have more keys.
    open: HashMap<u32, Cause>,
    /// Tags that were read, by a hash of their texts, each at the place that it says: most come again soon.
    pairs: Vec<(u64, Entry)>,
}

/// How many tags are remembered.
const PAIRS: usize = 1 << 11;

/// Larger sets are compared with no other: it would take the square of their size.
const MANY: usize = 64;

/// A key, and twice the number of a text, or of another value and one.
pub type Entry = (u32, u64);

impl Default for TagSets {
    fn default() -> TagSets {
        TagSets {
            texts: Texts::default(),
            others: Vec::new(),
            bytes: Vec::new(),
            open: HashMap::new(),
            pairs: Vec::new(),
        }
    }
}

impl TagSets {
    /// `base`: a set that this one is likely to have in it.
    pub fn add(&mut self, tags: Tags, base: Option<u32>) -> u32 {
        let mut entries: Vec<Entry> = Vec::with_capacity(tags.entries.len());
        for (key, value) in tags.entries {
            let key = self.texts.add(&key);
            let value = match value {
                TagValue::Known(text) => u64::from(self.texts.add(&text)) << 1,
                other => {
                    self.others.push(other);
                    (small(self.others.len() - 1) as u64) << 1 | 1
                }
            };
            entries.push((key, value));
        }
        let set = self.put(entries, base);
        if let Some(cause) = tags.open {
            self.open.insert(set, cause);
        }
        set
    }

    /// Returns a tag whose value is known, for [`TagSets::put`]. None: it is no UTF-8.
    pub fn known(&mut self, key: &[u8], value: &[u8]) -> Option<Entry> {
        if self.pairs.is_empty() {
            self.pairs = vec![(0, (0, 0)); PAIRS];
        }
        let hash = self.texts.hasher.hash_one((key, value)) | 1;
        let place = (hash >> 1) as usize % PAIRS;
        let (known, entry) = self.pairs[place];
        if known == hash {
            return Some(entry);
        }
        let entry = (self.texts.add_bytes(key)?, u64::from(self.texts.add_bytes(value)?) << 1);
        self.pairs[place] = (hash, entry);
        Some(entry)
    }

    /// Returns the key of a tag.
    pub fn key(&self, entry: Entry) -> &str {
        self.texts.get(entry.0)
    }

    /// Sorts tags by their keys.
    pub fn sort(&self, entries: &mut [Entry]) {
        entries.sort_by(|a, b| self.texts.get(a.0).cmp(self.texts.get(b.0)));
    }

    /// Adds tags that are sorted by their keys.
    pub fn put(&mut self, mut entries: Vec<Entry>, base: Option<u32>) -> u32 {
        let set = small(self.bytes.len());
        // INVARIANT: what another set goes on from goes on from none.
        let base = base.filter(|base| entries.len() <= MANY && self.bytes[*base as usize] == 0);
        let base = base.filter(|base| {
            let count = self.entries(*base).len();
            let fits = (1..=entries.len()).contains(&count);
            let fits = fits && self.entries(*base).all(|entry| entries.contains(&entry));
            if fits {
                entries.retain(|entry| !self.entries(*base).any(|there| there == *entry));
            }
            fits
        });
        self.write(base.map_or(0, |base| u64::from(set - base)));
        self.write(entries.len() as u64);
        for (key, value) in entries {
            self.write(u64::from(key));
            self.write(value);
        }
        set
    }

    pub fn get(&self, set: u32) -> Tags {
        let text = |at: u32| EcoString::from(self.texts.get(at));
        let mut entries: Vec<(EcoString, TagValue)> = self
            .entries(set)
            .map(|(key, value)| {
                let at = (value >> 1) as u32;
                let value = match value & 1 {
                    0 => TagValue::Known(text(at)),
                    _ => self.others[at as usize].clone(),
                };
                (text(key), value)
            })
            .collect();
        if self.bytes[set as usize] != 0 {
            entries.sort_by(|a, b| a.0.cmp(&b.0));
        }
        Tags { entries, open: self.open.get(&set).cloned() }
    }

    /// Returns the tags of a set: those of the set that it goes on from first.
    fn entries(&self, set: u32) -> Entries<'_> {
        let mut at = set as usize;
        let back = self.read(&mut at);
        let count = self.read(&mut at);
        // INVARIANT: what a set goes on from goes on from none.
        let (mut first, mut before) = (0, 0);
        if back != 0 {
            first = (set - back as u32) as usize;
            self.read(&mut first);
            before = self.read(&mut first);
        }
        Entries { bytes: &self.bytes, first, before, at, count }
    }

    fn write(&mut self, n: u64) {
        drafts::write(&mut self.bytes, n);
    }

    fn read(&self, at: &mut usize) -> u64 {
        drafts::read(&self.bytes, at)
    }

    /// Gives back what only adding needs.
    pub fn finish(&mut self) {
        self.texts.places = Vec::new();
        self.pairs = Vec::new();
    }
}

/// The tags of a set, as they are written.
struct Entries<'a> {
    bytes: &'a [u8],
    /// Where those of another set are, and how many.
    first: usize,
    before: u64,
    /// Where its own are, and how many.
    at: usize,
    count: u64,
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let at = if self.before > 0 {
            self.before -= 1;
            &mut self.first
        } else {
            self.count = self.count.checked_sub(1)?;
            &mut self.at
        };
        let key = drafts::read(self.bytes, at) as u32;
        Some((key, drafts::read(self.bytes, at)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.before + self.count) as usize;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Entries<'_> {}

/// Texts by number, each once.
#[derive(Debug, Default)]
struct Texts {
    /// One behind the other.
    all: String,
    ends: Vec<u32>,
    /// Numbers and one, at the place that the hash of the text says or the next free one; as many as a power of two.
    places: Vec<u32>,
    hasher: RandomState,
}

impl Texts {
    fn get(&self, at: u32) -> &str {
        &self.all[self.range(at)]
    }

    fn bytes(&self, at: u32) -> &[u8] {
        &self.all.as_bytes()[self.range(at)]
    }

    fn range(&self, at: u32) -> std::ops::Range<usize> {
        let at = at as usize;
        let from = if at == 0 { 0 } else { self.ends[at - 1] };
        from as usize..self.ends[at] as usize
    }

    fn add(&mut self, text: &str) -> u32 {
        self.add_bytes(text.as_bytes()).expect("bug: a text is UTF-8")
    }

    /// None: it is no UTF-8. What is known already need not be looked at for that.
    fn add_bytes(&mut self, text: &[u8]) -> Option<u32> {
        if self.ends.len() * 4 >= self.places.len() * 3 {
            self.places = vec![0; (self.places.len() * 2).max(64)];
            for at in 0..small(self.ends.len()) {
                if let Err(place) = self.look(self.bytes(at)) {
                    self.places[place] = at + 1;
                }
            }
        }
        match self.look(text) {
            Ok(at) => Some(at),
            Err(place) => {
                let at = small(self.ends.len());
                self.all.push_str(std::str::from_utf8(text).ok()?);
                self.ends.push(small(self.all.len()));
                self.places[place] = at + 1;
                Some(at)
            }
        }
    }

    /// Returns the number of a text, or the place where it belongs.
    fn look(&self, text: &[u8]) -> Result<u32, usize> {
        let last = self.places.len() - 1;
        let mut place = self.hasher.hash_one(text) as usize & last;
        loop {
            match self.places[place] {
                0 => return Err(place),
                at if self.bytes(at - 1) == text => return Ok(at - 1),
                _ => place = (place + 1) & last,
            }
        }
    }
}

fn small(n: usize) -> u32 {
    u32::try_from(n).expect("bug: more than 4 billion bytes of tags")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::CauseKind;

    fn known(text: &str) -> TagValue {
        TagValue::Known(text.into())
    }

    #[test]
    fn sets_come_back_as_they_were() {
        let cause = Cause::new(CauseKind::Attribute, "x.tags", None);
        let sets = [
            Tags::default(),
            Tags { entries: vec![("A".into(), known("1")), ("B".into(), known("A"))], open: None },
            Tags {
                entries: vec![
                    ("A".into(), TagValue::Sensitive("1".into())),
                    ("B".into(), TagValue::Unknown(cause.clone())),
                    ("C".into(), TagValue::Null),
                ],
                open: Some(cause),
            },
        ];
        let mut packed = TagSets::default();
        let numbers = sets.clone().map(|tags| packed.add(tags, None));
        packed.finish();
        assert_eq!(numbers.map(|set| packed.get(set)), sets);
    }

    #[test]
    fn a_set_that_goes_on_from_another_comes_back_whole_and_in_order() {
        let own = Tags { entries: vec![("B".into(), known("1")), ("D".into(), known("2"))], open: None };
        let with = |more: &[(&str, &str)]| {
            let mut entries = own.entries.clone();
            entries.extend(more.iter().map(|(k, v)| (EcoString::from(*k), known(v))));
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Tags { entries, open: None }
        };
        let other = Tags { entries: vec![("B".into(), known("9")), ("D".into(), known("2"))], open: None };
        let mut packed = TagSets::default();
        let base = packed.add(own.clone(), None);
        let mut last = base;
        for tags in [with(&[("A", "0"), ("C", "x")]), with(&[]), other, Tags::default()] {
            let set = packed.add(tags.clone(), Some(base));
            assert_eq!(packed.get(set), tags);
            last = packed.add(tags.clone(), Some(last));
            assert_eq!(packed.get(last), tags);
        }
        assert_eq!(packed.get(base), own);
    }

    #[test]
    fn many_texts_are_found_again() {
        let mut texts = Texts::default();
        let all: Vec<String> = (0..1000).map(|n| format!("text {n}")).collect();
        let first: Vec<u32> = all.iter().map(|t| texts.add(t)).collect();
        let again: Vec<u32> = all.iter().map(|t| texts.add(t)).collect();
        assert_eq!(first, again);
        assert!(first.iter().zip(&all).all(|(at, text)| texts.get(*at) == text));
    }
}
