//! What drafts are known by that may be parents: ids, ARNs and names, which mostly end in the same text.

use std::collections::HashSet;

use ecow::EcoString;
use foldhash::{HashMap, HashMapExt};

use super::drafts::{read, write};
use crate::inventory::{Digest, Ending};
use crate::pieces::Pieces;

/// Digests of texts, by draft.
#[derive(Debug, Default)]
pub struct Identities {
    /// What stands before the last part of a text, each once.
    heads: Vec<Digest>,
    head_of: HashMap<EcoString, u32>,
    /// For each draft that has any: how far behind the last such draft it is, how many texts, and those.
    bytes: Pieces<u8>,
    /// How many drafts are written, and the last one of them.
    count: usize,
    last: u32,
    /// Every so many drafts: which one comes next, where, and which one was before it.
    marks: Pieces<(u32, u32, u32)>,
    /// Those of the draft that is being read.
    next: Vec<(Head, Digest)>,
    /// The last part that was added.
    last_tail: Option<(String, Digest)>,
}

/// What stands before the last part.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Head {
    Known(u32),
    /// Too many to be kept once.
    Own(Digest),
}

/// How many drafts stand between two marks.
const MARK: usize = 16;

/// How many heads are kept once.
const HEADS: usize = 1 << 10;

impl Identities {
    /// Remembers what the next draft is known by.
    pub fn add(&mut self, text: &str) {
        let Ending { head, tail } = Ending::of(text);
        let head = match self.head_of.get(head) {
            Some(known) => Head::Known(*known),
            None if self.heads.len() < HEADS => {
                let number = self.heads.len() as u32;
                self.heads.push(Digest::of_part(head));
                self.head_of.insert(head.into(), number);
                Head::Known(number)
            }
            None => Head::Own(Digest::of_part(head)),
        };
        // The id, the name and the ARN of one object mostly end alike.
        let digest = match &self.last_tail {
            Some((last, digest)) if last == tail => *digest,
            _ => self.last_tail.insert((tail.into(), Digest::of_part(tail))).1,
        };
        let one = (head, digest);
        // Both sides of a change mostly say the same.
        if !self.next.contains(&one) {
            self.next.push(one);
        }
    }

    /// Forgets what was kept for a draft that does not come.
    pub fn forget(&mut self) {
        self.next.clear();
    }

    /// Says which draft they are of.
    pub fn settle(&mut self, draft: u32) {
        let mut next = std::mem::take(&mut self.next);
        self.put(draft, &next);
        next.clear();
        self.next = next;
    }

    fn put(&mut self, draft: u32, all: &[(Head, Digest)]) {
        if all.is_empty() {
            return;
        }
        if self.count.is_multiple_of(MARK) {
            let at = u32::try_from(self.bytes.len()).expect("bug: more than 4 billion bytes of digests");
            self.marks.push((draft, at, self.last));
        }
        write(&mut self.bytes, u64::from(draft - self.last));
        write(&mut self.bytes, all.len() as u64);
        let mut last = None;
        for (head, tail) in all {
            let same = u64::from(last == Some(tail));
            match head {
                Head::Known(number) => write(&mut self.bytes, u64::from(*number) << 2 | same),
                Head::Own(digest) => {
                    write(&mut self.bytes, 2 | same);
                    self.bytes.extend(digest.bytes());
                }
            }
            if same == 0 {
                self.bytes.extend(tail.bytes());
            }
            last = Some(tail);
        }
        (self.count, self.last) = (self.count + 1, draft);
    }

    /// Returns the drafts of which a text ends in one of these parts, by the beginnings of their digests.
    pub fn ending_in<'a>(
        &'a self,
        parts: &'a HashSet<u64, impl std::hash::BuildHasher>,
    ) -> impl Iterator<Item = u32> + 'a {
        let all = self.all(0, 0);
        all.filter(|(_, all)| all.iter().any(|(_, tail)| parts.contains(&tail.start())))
            .map(|(draft, _)| draft)
    }

    /// Returns the digests of the texts of a draft.
    pub fn of(&self, draft: u32) -> Vec<Digest> {
        let after = self.marks.partition_point(|(first, ..)| *first <= draft);
        let Some((_, at, before)) = after.checked_sub(1).map(|i| self.marks[i]) else { return Vec::new() };
        let found = self.all(at as usize, before).take_while(|(d, _)| *d <= draft).find(|(d, _)| *d == draft);
        let texts = found.into_iter().flat_map(|(_, all)| all);
        texts.map(|(head, tail)| Digest::joined(self.digest(head), tail)).collect()
    }

    fn digest(&self, head: Head) -> Digest {
        match head {
            Head::Known(number) => self.heads[number as usize],
            Head::Own(digest) => digest,
        }
    }

    fn all(&self, mut at: usize, mut draft: u32) -> impl Iterator<Item = (u32, Vec<(Head, Digest)>)> + '_ {
        std::iter::from_fn(move || {
            if at >= self.bytes.len() {
                return None;
            }
            draft += read(&self.bytes, &mut at) as u32;
            let count = read(&self.bytes, &mut at);
            let mut all: Vec<(Head, Digest)> = Vec::with_capacity(count as usize);
            for _ in 0..count {
                let first = read(&self.bytes, &mut at);
                let head = match first & 2 {
                    0 => Head::Known((first >> 2) as u32),
                    _ => Head::Own(self.digest_at(&mut at)),
                };
                let tail = match all.last().filter(|_| first & 1 == 1) {
                    Some((_, tail)) => *tail,
                    None => self.digest_at(&mut at),
                };
                all.push((head, tail));
            }
            Some((draft, all))
        })
    }

    fn digest_at(&self, at: &mut usize) -> Digest {
        let bytes: [u8; 16] = std::array::from_fn(|i| self.bytes[*at + i]);
        *at += bytes.len();
        Digest::of_bytes(bytes)
    }

    /// Returns those of the drafts that are left; `shift` says by how much their numbers fall.
    pub fn without(&self, gone: &[bool], shift: &[u32]) -> Identities {
        let mut left =
            Identities { heads: self.heads.clone(), head_of: self.head_of.clone(), ..Identities::default() };
        for (draft, all) in self.all(0, 0).filter(|(draft, _)| !gone[*draft as usize]) {
            left.put(draft - shift[draft as usize], &all);
        }
        left
    }

    /// Returns those of some drafts alone.
    pub fn only(&self, wanted: impl Fn(u32) -> bool) -> Identities {
        let mut left = Identities { heads: self.heads.clone(), ..Identities::default() };
        for (draft, all) in self.all(0, 0).filter(|(draft, _)| wanted(*draft)) {
            left.put(draft, &all);
        }
        left
    }

    /// Gives back what only adding needs.
    pub fn finish(&mut self) {
        self.head_of = HashMap::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(draft: u32) -> Vec<String> {
        let name = format!("name-{draft}");
        match draft % 3 {
            0 => Vec::new(),
            1 => vec![name.clone(), format!("arn:aws:iam::1:role/{name}"), format!("x{draft}:{name}")],
            _ => vec![format!("vpc-{draft}")],
        }
    }

    fn digests(draft: u32) -> Vec<Digest> {
        texts(draft).iter().map(|t| Digest::of(t)).collect()
    }

    #[test]
    fn each_draft_has_its_own() {
        let mut all = Identities::default();
        for draft in 0..20_000 {
            texts(draft).iter().chain(&texts(draft)).for_each(|text| all.add(text));
            if draft == 7 {
                all.forget();
            }
            all.settle(draft);
        }
        all.finish();
        for draft in (0..20_000).filter(|d| *d != 7) {
            assert_eq!(all.of(draft), digests(draft), "{draft}");
        }
        assert!(all.of(7).is_empty() && all.of(30_000).is_empty());
        let wanted = ["name-100", "vpc-11", "none"].map(|t| Digest::of_part(t).start());
        let found: Vec<u32> = all.ending_in(&HashSet::from(wanted)).collect();
        assert_eq!(found, [11, 100]);
        let gone: Vec<bool> = (0..20_000).map(|d| d < 50).collect();
        let shift: Vec<u32> = (0..20_000).map(|d| d.min(50)).collect();
        let left = all.without(&gone, &shift);
        assert_eq!((left.of(50), left.of(51)), (digests(100), digests(101)));
    }
}
