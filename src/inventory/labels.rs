//! Parents, a few bytes each: types and blocks repeat, most have no key, and mostly none or one of them exists.

use std::sync::Arc;

use ecow::EcoString;

use super::parents::{Existence, Parent, ParentName};
use crate::address::{Address, BlockName, Key, ModuleInstance};
use crate::pieces::Numbered;
use crate::value::Count;

/// A parent as it is kept; 32 bytes.
#[derive(Clone, Debug)]
pub struct Label {
    name: Name,
    kind: u32,
    /// How many there are before and after apply, in 15 and 16 bits; or the highest bit and an index.
    existence: u32,
}

#[derive(Clone, Debug)]
enum Name {
    Address { module: Option<Arc<ModuleInstance>>, block: u32, key: u32 },
    Variable(EcoString),
    Text(EcoString),
    Secret(EcoString),
}

/// What labels have in common.
#[derive(Debug)]
pub struct Labels {
    kinds: Numbered<EcoString>,
    blocks: Numbered<Arc<BlockName>>,
    /// The first is none.
    keys: Vec<Key>,
    existences: Vec<(Count, Count)>,
}

impl Default for Labels {
    fn default() -> Labels {
        Labels {
            kinds: Numbered::default(),
            blocks: Numbered::default(),
            keys: vec![Key::None],
            existences: Vec::new(),
        }
    }
}

/// Marks an index among counts that do not fit.
const INDEX: u32 = 1 << 31;

fn number(len: usize) -> u32 {
    u32::try_from(len).ok().filter(|n| *n < INDEX).expect("bug: more than 2 billion parents")
}

impl Labels {
    pub fn pack(&mut self, parent: &Parent) -> Label {
        let name = match &parent.name {
            ParentName::Address(Address { module, block, key }) => {
                Name::Address { module: module.clone(), block: self.blocks.add(block), key: self.key(key) }
            }
            ParentName::Variable(text) => Name::Variable(text.clone()),
            ParentName::Text(text) => Name::Text(text.clone()),
            ParentName::Secret(text) => Name::Secret(text.clone()),
        };
        let (kind, existence) = (self.kinds.add(&parent.kind), self.existence(&parent.existence));
        Label { name, kind, existence }
    }

    pub fn unpack(&self, label: &Label) -> Parent {
        Parent {
            kind: self.kind_of(label).clone(),
            name: self.name_of(label),
            existence: self.existence_of(label),
        }
    }

    /// Returns the number of a type that a parent has.
    pub fn known_kind(&self, kind: &str) -> Option<u32> {
        self.kinds.number(kind)
    }

    pub fn kind_of(&self, label: &Label) -> &EcoString {
        &self.kinds[label.kind]
    }

    /// Asks something of every type, and returns the answers by number.
    pub fn kinds(&self, is: impl Fn(&str) -> bool) -> Vec<bool> {
        self.kinds.all().iter().map(|kind| is(kind)).collect()
    }

    pub fn name_of(&self, label: &Label) -> ParentName {
        match &label.name {
            Name::Address { module, block, key } => ParentName::Address(Address {
                module: module.clone(),
                block: self.blocks[*block].clone(),
                key: self.keys[*key as usize].clone(),
            }),
            Name::Variable(text) => ParentName::Variable(text.clone()),
            Name::Text(text) => ParentName::Text(text.clone()),
            Name::Secret(text) => ParentName::Secret(text.clone()),
        }
    }

    pub fn existence_of(&self, label: &Label) -> Existence {
        match label.existence {
            few if few & INDEX == 0 => Existence::Exactly(few >> 16, few & 0xffff),
            index => {
                let (before, after) = self.existences[(index & !INDEX) as usize];
                Existence::of(before, after)
            }
        }
    }

    pub fn set_existence(&mut self, label: &mut Label, existence: &Existence) {
        label.existence = self.existence(existence);
    }

    /// True if a label is of that type and name.
    pub fn is(&self, label: &Label, kind: Option<u32>, name: &ParentName) -> bool {
        kind == Some(label.kind)
            && match (&label.name, name) {
                (Name::Address { module, block, key }, ParentName::Address(address)) => {
                    self.keys[*key as usize] == address.key
                        && self.blocks[*block] == address.block
                        && *module == address.module
                }
                (Name::Variable(a), ParentName::Variable(b))
                | (Name::Text(a), ParentName::Text(b))
                | (Name::Secret(a), ParentName::Secret(b)) => a == b,
                _ => false,
            }
    }

    fn key(&mut self, key: &Key) -> u32 {
        if *key == Key::None {
            return 0;
        }
        self.keys.push(key.clone());
        number(self.keys.len() - 1)
    }

    fn existence(&mut self, existence: &Existence) -> u32 {
        if let Existence::Exactly(before @ 0..0x8000, after @ 0..=0xffff) = existence {
            return before << 16 | after;
        }
        self.existences.push((existence.before(), existence.after()));
        INDEX | number(self.existences.len() - 1)
    }
}

impl Label {
    pub fn kind(&self) -> usize {
        self.kind as usize
    }

    /// The text by which it is named, if it is no address.
    pub fn text(&self) -> Option<&EcoString> {
        match &self.name {
            Name::Text(text) | Name::Secret(text) => Some(text),
            Name::Address { .. } | Name::Variable(_) => None,
        }
    }

    /// The same, if it may be printed.
    pub fn open_text(&self) -> Option<&EcoString> {
        self.text().filter(|_| matches!(self.name, Name::Text(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_as_it_went_in() {
        let mut labels = Labels::default();
        let address = |text: &str| ParentName::Address(Address::parse(text).unwrap());
        let names = [
            address("aws_vpc.a"),
            address(r#"module.a["x"].module.b[2].aws_vpc.a["k"]"#),
            address("aws_vpc.a[7]"),
            address("aws_vpc.a[*]"),
            ParentName::Variable("vpc_id".into()),
            ParentName::Text("vpc-0123456789abcdef0".into()),
            ParentName::Secret("vpc-1".into()),
        ];
        let many = Count::between(0, 1 << 40);
        let existences = [
            (Count::ZERO, Count::exactly(1)),
            (Count::exactly(0x7fff), Count::exactly(0xffff)),
            (Count::exactly(0x8000), Count::ZERO),
            (Count::exactly(1 << 33), many),
        ];
        for kind in ["aws_vpc", "", "aws_subnet"] {
            for (name, (before, after)) in names.iter().flat_map(|n| existences.map(|e| (n, e))) {
                let existence = Existence::of(before, after);
                let parent = Parent { kind: kind.into(), name: name.clone(), existence };
                let label = labels.pack(&parent);
                let read = labels.unpack(&label);
                assert_eq!((read.kind.as_str(), &read.name), (kind, name));
                assert_eq!((read.before(), read.after()), (before, after));
                for other in &names {
                    assert_eq!(labels.is(&label, labels.known_kind(kind), other), other == name);
                }
                assert!(!labels.is(&label, labels.known_kind("aws_lb"), name));
            }
        }
        assert_eq!(size_of::<Label>(), 32);
    }
}
