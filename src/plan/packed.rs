//! Sets of tags, a few bytes a tag: most keys and many values are the same text, and the tags after `default_tags` are
//! those before it and some more.

use std::hash::BuildHasher as _;

use ecow::EcoString;
use foldhash::fast::RandomState;
use foldhash::{HashMap, HashMapExt};

use super::drafts;
use crate::inventory::{TagValue, Tags};
use crate::pieces::Pieces;
use crate::value::Cause;

/// Sets of tags by number.
#[derive(Debug)]
pub struct TagSets {
    texts: Texts,
    /// Values that are not plain texts.
    others: Vec<TagValue>,
    /// The number of a set is where it begins: how far back the set is that it goes on from, or 0; how many tags it adds
    /// or has with another value; key and value of each.
    bytes: Pieces<u8>,
    /// Why a set may have more keys.
    open: HashMap<u32, Cause>,
    /// The last set that goes on from none: neighbours mostly have the same keys, and most values.
    last: (u32, Vec<Entry>),
    /// Tags that were read, by a hash of their texts, each at the place that it says: most come again soon.
    pairs: Vec<(u64, Entry)>,
    /// Keys as they were met, and the order that sorts them; empty: they are sorted. Most sets have the keys of others.
    orders: Vec<(Vec<u32>, Vec<usize>)>,
}

/// How many orders are remembered.
const ORDERS: usize = 64;

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
            bytes: Pieces::default(),
            open: HashMap::new(),
            last: (0, Vec::new()),
            pairs: Vec::new(),
            orders: Vec::new(),
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

    /// Sorts tags by their keys; false: a key is twice there.
    pub fn sort(&mut self, entries: &mut [Entry]) -> bool {
        if self.orders.is_empty() {
            self.orders = vec![(Vec::new(), Vec::new()); ORDERS];
        }
        let first = entries.first().map_or(0, |(key, _)| *key as usize);
        let known = &mut self.orders[(entries.len() + first) % ORDERS];
        if !known.0.iter().eq(entries.iter().map(|(key, _)| key)) {
            let text = |at: &usize| self.texts.get(entries[*at].0);
            let mut order: Vec<usize> = (0..entries.len()).collect();
            order.sort_by(|a, b| text(a).cmp(text(b)));
            if order.windows(2).any(|pair| entries[pair[0]].0 == entries[pair[1]].0) {
                return false;
            }
            // Of what is sorted already nothing has to be moved.
            if order.is_sorted() {
                order.clear();
            }
            *known = (entries.iter().map(|(key, _)| *key).collect(), order);
        }
        if !known.1.is_empty() {
            let unsorted = entries.to_vec();
            entries.iter_mut().zip(&known.1).for_each(|(to, from)| *to = unsorted[*from]);
        }
        true
    }

    /// Adds tags that are sorted by their keys.
    pub fn put(&mut self, mut entries: Vec<Entry>, base: Option<u32>) -> u32 {
        let set = small(self.bytes.len());
        let base = self.goes_on_from(&mut entries, base);
        if base.is_none() && !entries.is_empty() {
            self.last.0 = set;
            self.last.1.clone_from(&entries);
        }
        self.write(base.map_or(0, |base| u64::from(set - base)));
        self.write(entries.len() as u64);
        for (key, value) in entries {
            self.write(u64::from(key));
            self.write(value);
        }
        set
    }

    /// Returns the set from which one goes on, and leaves what differs.
    ///
    /// No chain of sets is longer than three: one that goes on from none, one with the same keys, one with more.
    fn goes_on_from(&self, entries: &mut Vec<Entry>, base: Option<u32>) -> Option<u32> {
        // Of a key that is there twice, one would be taken for the other.
        if entries.len() > MANY || has_twice(entries) {
            return None;
        }
        if let Some(base) = base {
            let there = self.entries(base);
            if (1..=entries.len()).contains(&there.len()) && there.iter().all(|e| entries.contains(e)) {
                entries.retain(|entry| !there.contains(entry));
                return Some(base);
            }
            return None;
        }
        let (last, there) = &self.last;
        let both = || entries.iter().zip(there);
        // Sorted, each key once: a value that differs replaces the one that is there.
        let same_keys = entries.len() == there.len() && both().all(|(a, b)| a.0 == b.0);
        let same = both().filter(|(a, b)| a == b).count();
        if !same_keys || same == 0 {
            return None;
        }
        let differ = both().filter(|(a, b)| a != b).map(|(a, _)| *a).collect();
        *entries = differ;
        Some(*last)
    }

    pub fn get(&self, set: u32) -> Tags {
        let text = |at: u32| EcoString::from(self.texts.get(at));
        let mut entries: Vec<(EcoString, TagValue)> = self
            .entries(set)
            .into_iter()
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

    fn entries(&self, set: u32) -> Vec<Entry> {
        let mut at = set as usize;
        let back = self.read(&mut at);
        let count = self.read(&mut at);
        let mut entries = match back {
            0 => Vec::with_capacity(count as usize),
            back => self.entries(set - back as u32),
        };
        let there = entries.len();
        for _ in 0..count {
            let key = self.read(&mut at) as u32;
            let value = self.read(&mut at);
            match entries[..there].iter_mut().find(|(other, _)| *other == key) {
                Some(entry) => entry.1 = value,
                None => entries.push((key, value)),
            }
        }
        entries
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
        self.orders = Vec::new();
    }
}

/// How many bytes of texts there are in a piece.
const PIECE: usize = 1 << 18;

/// Texts by number, each once.
#[derive(Debug, Default)]
struct Texts {
    /// One behind the other; one that is too long for what is left of a piece begins the next.
    all: Vec<String>,
    /// Where each ends, as if all pieces were [`PIECE`] long.
    ends: Pieces<u32>,
    /// Those that are too long for any piece, by number.
    long: HashMap<u32, String>,
    /// Numbers and one, at the place that the hash of the text says or the next free one; as many as a power of two.
    places: Vec<u32>,
    hasher: RandomState,
}

impl Texts {
    fn get(&self, at: u32) -> &str {
        let end = self.ends[at as usize] as usize;
        let before = (at as usize).checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        if end == before {
            return self.long.get(&at).map_or("", String::as_str);
        }
        let piece = (end - 1) / PIECE;
        let first = piece * PIECE;
        &self.all[piece][before.max(first) - first..end - first]
    }

    fn bytes(&self, at: u32) -> &[u8] {
        self.get(at).as_bytes()
    }

    fn put(&mut self, text: &str) {
        let before = self.ends.len().checked_sub(1).map_or(0, |last| self.ends[last] as usize);
        if text.len() > PIECE {
            self.long.insert(small(self.ends.len()), text.into());
        } else if self.all.last().is_none_or(|last| last.len() + text.len() > PIECE) {
            // The first grows as it is needed; most inputs are small.
            let room = if self.all.is_empty() { text.len() } else { PIECE };
            self.all.push(String::with_capacity(room));
        }
        let end = match self.all.last_mut() {
            Some(last) if !text.is_empty() && text.len() <= PIECE => {
                last.push_str(text);
                (self.all.len() - 1) * PIECE + self.all.last().map_or(0, String::len)
            }
            _ => before,
        };
        self.ends.push(small(end));
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
                self.put(std::str::from_utf8(text).ok()?);
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

fn has_twice(entries: &[Entry]) -> bool {
    entries.iter().enumerate().any(|(i, (key, _))| entries[..i].iter().any(|(other, _)| other == key))
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
    fn tags_are_sorted_by_their_keys_in_whatever_order_they_come() {
        let mut sets = TagSets::default();
        let mut check = |tags: &[(&str, &str)]| {
            let read = tags.iter().map(|(k, v)| sets.known(k.as_bytes(), v.as_bytes()).unwrap());
            let mut entries: Vec<Entry> = read.collect();
            let sound = sets.sort(&mut entries);
            let set = sets.put(entries, None);
            let found = sets.get(set).entries;
            let mut expected: Vec<(EcoString, TagValue)> =
                tags.iter().map(|(k, v)| ((*k).into(), known(v))).collect();
            expected.sort_by(|a, b| a.0.cmp(&b.0));
            let twice = expected.windows(2).any(|pair| pair[0].0 == pair[1].0);
            assert_eq!(sound, !twice);
            assert!(twice || found == expected, "{found:?}");
        };
        let known_tags: [&[(&str, &str)]; 7] = [
            &[("B", "1"), ("A", "2"), ("C", "3")],
            &[("B", "4"), ("A", "5"), ("C", "6")],
            &[("B", "1"), ("C", "2"), ("A", "3")],
            &[("A", "1"), ("B", "2"), ("C", "3")],
            &[("B", "1"), ("A", "2"), ("B", "3")],
            &[],
            &[("A", "")],
        ];
        (0..3).flat_map(|_| known_tags).for_each(&mut check);
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
    fn neighbours_with_the_same_keys_come_back_each_with_its_own_values() {
        let mut packed = TagSets::default();
        let mut sets = Vec::new();
        for n in 0..200 {
            let own = |key: &str, every: u32| (EcoString::from(key), known(&format!("{key}{}", n / every)));
            let mut entries = vec![own("A", 50), own("B", 1), own("C", 10)];
            if n % 7 == 0 {
                entries[1].1 = TagValue::Sensitive("s".into());
            }
            if n % 13 == 0 {
                entries.remove(0);
            }
            let tags = Tags { entries: entries.clone(), open: None };
            let set = packed.add(tags.clone(), None);
            entries.insert(0, ("0".into(), known("all")));
            let all = Tags { entries, open: None };
            let with = packed.add(all.clone(), Some(set));
            sets.push((set, tags, with, all));
        }
        for (set, tags, with, all) in sets {
            assert_eq!((packed.get(set), packed.get(with)), (tags, all));
        }
        // Of a key that is there twice, none may be lost.
        let twice = |value| Tags {
            entries: vec![("A".into(), known("1")), ("A".into(), known(value)), ("B".into(), known("3"))],
            open: None,
        };
        let numbers = ["2", "4"].map(|value| packed.add(twice(value), None));
        assert_eq!(numbers.map(|set| packed.get(set)), ["2", "4"].map(twice));
        let one = Tags { entries: vec![("A".into(), known("1"))], open: None };
        let base = packed.add(one, None);
        let set = packed.add(twice("5"), Some(base));
        assert_eq!(packed.get(set), twice("5"));
    }

    #[test]
    fn many_texts_are_found_again() {
        let mut texts = Texts::default();
        let all: Vec<String> = (0..1000).map(|n| format!("text {n}")).collect();
        let first: Vec<u32> = all.iter().map(|t| texts.add(t)).collect();
        let again: Vec<u32> = all.iter().map(|t| texts.add(t)).collect();
        assert_eq!(first, again);
        assert!(first.iter().zip(&all).all(|(at, text)| texts.get(*at) == text));
        let sizes = [0, 1, 5000, PIECE, PIECE + 1, 0, 3, PIECE - 3, 3, 4, 2 * PIECE, 7];
        let odd: Vec<String> =
            (0..).zip(sizes).map(|(n, size)| char::from(b'a' + n).to_string().repeat(size)).collect();
        let numbers: Vec<u32> = odd.iter().map(|t| texts.add(t)).collect();
        assert!(numbers.iter().zip(&odd).all(|(at, text)| texts.get(*at) == text));
        assert!(odd.iter().zip(&numbers).all(|(text, at)| texts.add(text) == *at));
        assert!(first.iter().zip(&all).all(|(at, text)| texts.get(*at) == text));
    }
}
