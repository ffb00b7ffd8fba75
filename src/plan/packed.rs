//! Sets of tags, each eight bytes a tag: most keys and many values are the same text.

use ecow::EcoString;
use foldhash::{HashMap, HashMapExt};

use crate::inventory::{TagValue, Tags};
use crate::value::Cause;

/// Marks a value that is no plain text.
const OTHER: u32 = 1 << 31;

/// Sets of tags by number.
#[derive(Debug)]
pub struct TagSets {
    texts: Vec<EcoString>,
    text_of: HashMap<EcoString, u32>,
    /// Values that are not plain texts.
    others: Vec<TagValue>,
    /// Key and value.
    entries: Vec<(u32, u32)>,
    /// Where the entries of a set end.
    ends: Vec<u32>,
    /// Why a set may have more keys.
    open: HashMap<u32, Cause>,
}

impl Default for TagSets {
    fn default() -> TagSets {
        TagSets {
            texts: Vec::new(),
            text_of: HashMap::new(),
            others: Vec::new(),
            entries: Vec::new(),
            ends: Vec::new(),
            open: HashMap::new(),
        }
    }
}

impl TagSets {
    pub fn add(&mut self, tags: Tags) -> u32 {
        let set = small(self.ends.len());
        for (key, value) in tags.entries {
            let key = self.text(key);
            let value = match value {
                TagValue::Known(text) => self.text(text),
                other => {
                    self.others.push(other);
                    OTHER | small(self.others.len() - 1)
                }
            };
            self.entries.push((key, value));
        }
        self.ends.push(small(self.entries.len()));
        if let Some(cause) = tags.open {
            self.open.insert(set, cause);
        }
        set
    }

    pub fn get(&self, set: u32) -> Tags {
        let at = set as usize;
        let from = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        let entries = self.entries[from..self.ends[at] as usize].iter().map(|(key, value)| {
            let value = match value & OTHER {
                0 => TagValue::Known(self.texts[*value as usize].clone()),
                _ => self.others[(value & !OTHER) as usize].clone(),
            };
            (self.texts[*key as usize].clone(), value)
        });
        Tags { entries: entries.collect(), open: self.open.get(&set).cloned(), ..Tags::default() }
    }

    /// Gives back what only adding needs.
    pub fn finish(&mut self) {
        self.text_of = HashMap::new();
    }

    fn text(&mut self, text: EcoString) -> u32 {
        if let Some(at) = self.text_of.get(&text) {
            return *at;
        }
        let at = small(self.texts.len());
        self.texts.push(text.clone());
        self.text_of.insert(text, at);
        at
    }
}

fn small(n: usize) -> u32 {
    u32::try_from(n).ok().filter(|n| n & OTHER == 0).expect("bug: more than 2 billion tags")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::CauseKind;

    #[test]
    fn sets_come_back_as_they_were() {
        let known = |t: &str| TagValue::Known(t.into());
        let cause = Cause::new(CauseKind::Attribute, "x.tags", None);
        let sets = [
            Tags::default(),
            Tags { entries: vec![("A".into(), known("1")), ("B".into(), known("A"))], open: None, ..Tags::default() },
            Tags {
                entries: vec![
                    ("A".into(), TagValue::Sensitive("1".into())),
                    ("B".into(), TagValue::Unknown(cause.clone())),
                    ("C".into(), TagValue::Null),
                ],
                open: Some(cause),
                ..Tags::default()
            },
        ];
        let mut packed = TagSets::default();
        let numbers = sets.clone().map(|tags| packed.add(tags));
        packed.finish();
        assert_eq!(numbers.map(|set| packed.get(set)), sets);
    }
}
