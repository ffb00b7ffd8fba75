//! Module instances by number, each once and a few bytes long.

use std::cell::RefCell;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use ecow::EcoString;
use foldhash::fast::RandomState;

use super::store::index;
use crate::address::{Key, ModuleInstance, parse_module};
use crate::pieces::{Numbered, Pieces};

/// Module instances; the root is the first, and none.
#[derive(Debug)]
pub struct Modules {
    all: Pieces<Packed>,
    names: Numbered<EcoString>,
    /// The first is none.
    keys: Pieces<Key>,
    /// Numbers, at the place that the hash of the address says or the next free one; as many as a power of two. 0: free,
    /// for nobody looks the root up.
    places: Vec<u32>,
    /// Of each address, part of its hash: what differs in it is not looked at.
    hashes: Pieces<u32>,
    hasher: RandomState,
    /// The address that was asked for last: neighbours are of one module.
    last: (String, u32),
    /// Those that were made last, at the place that the number says: neighbours share them.
    made: RefCell<Vec<Option<(u32, Arc<ModuleInstance>)>>>,
}

/// A module instance as it is kept.
#[derive(Clone, Copy, Debug)]
struct Packed {
    /// The number of the one around it.
    parent: u32,
    name: u32,
    key: u32,
}

/// How many are kept as they are handed out.
const MADE: usize = 64;

impl Default for Modules {
    fn default() -> Modules {
        let (mut all, mut keys, mut hashes) = (Pieces::default(), Pieces::default(), Pieces::default());
        all.push(Packed { parent: 0, name: 0, key: 0 });
        let mut names = Numbered::default();
        names.add(&EcoString::new());
        keys.push(Key::None);
        hashes.push(0);
        Modules {
            all,
            names,
            keys,
            places: Vec::new(),
            hashes,
            hasher: RandomState::default(),
            last: (String::new(), 0),
            made: RefCell::new(vec![None; MADE]),
        }
    }
}

impl Modules {
    /// Returns the number of the instance of that address; None: it is not an address of one.
    pub fn number(&mut self, address: &str) -> Option<u32> {
        if self.last.0 == address {
            return Some(self.last.1);
        }
        let number = self.find(address)?;
        self.last.0.clear();
        self.last.0.push_str(address);
        self.last.1 = number;
        Some(number)
    }

    fn find(&mut self, address: &str) -> Option<u32> {
        if address.is_empty() {
            return Some(0);
        }
        if let Ok(known) = self.look(address) {
            return Some(known);
        }
        self.add(&*parse_module(address)?)
    }

    /// Adds an instance and those around it.
    pub fn add(&mut self, module: &ModuleInstance) -> Option<u32> {
        let parent = match &module.parent {
            Some(parent) => self.add(parent)?,
            None => 0,
        };
        let text = module.to_string();
        if (self.all.len() + 1) * 4 > self.places.len() * 3 {
            self.grow();
        }
        let place = match self.look(&text) {
            Ok(known) => return Some(known),
            Err(place) => place,
        };
        let number = index(self.all.len());
        let packed = Packed { parent, name: self.names.add(&module.name), key: self.key(&module.key) };
        self.all.push(packed);
        self.hashes.push(self.hash(&text));
        self.places[place] = number;
        Some(number)
    }

    fn key(&mut self, key: &Key) -> u32 {
        if *key == Key::None {
            return 0;
        }
        self.keys.push(key.clone());
        index(self.keys.len() - 1)
    }

    fn hash(&self, address: &str) -> u32 {
        self.hasher.hash_one(address) as u32
    }

    fn grow(&mut self) {
        self.places = vec![0; (self.places.len() * 2).max(64)];
        let last = self.places.len() - 1;
        for (number, hash) in (0..).zip(self.hashes.iter()).skip(1) {
            let mut place = *hash as usize & last;
            while self.places[place] != 0 {
                place = (place + 1) & last;
            }
            self.places[place] = number;
        }
    }

    /// Returns the number of an instance, or the place where it belongs.
    fn look(&self, address: &str) -> Result<u32, usize> {
        let last = self.places.len().wrapping_sub(1);
        let hash = self.hash(address);
        let mut place = hash as usize & last;
        loop {
            match self.places.get(place) {
                None | Some(0) => return Err(place),
                Some(number)
                    if self.hashes[*number as usize] == hash && self.behind(*number, address) == Some("") =>
                {
                    return Ok(*number);
                }
                Some(_) => place = (place + 1) & last,
            }
        }
    }

    /// Returns what follows the address of an instance, if the text begins with it.
    fn behind<'t>(&self, number: u32, text: &'t str) -> Option<&'t str> {
        let Packed { parent, name, key } = self.all[number as usize];
        let text = match parent {
            0 => text,
            parent => self.behind(parent, text)?.strip_prefix('.')?,
        };
        let text = text.strip_prefix("module.")?.strip_prefix(self.names[name].as_str())?;
        match &self.keys[key as usize] {
            Key::None => Some(text),
            Key::Name(name)
                if name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) =>
            {
                text.strip_prefix("[\"")?.strip_prefix(name.as_str())?.strip_prefix("\"]")
            }
            key => text.strip_prefix(key.to_string().as_str()),
        }
    }

    /// Returns an instance; None: the root.
    pub fn get(&self, number: u32) -> Option<Arc<ModuleInstance>> {
        if number == 0 {
            return None;
        }
        let at = number as usize % MADE;
        if let Some((of, made)) = &self.made.borrow()[at]
            && *of == number
        {
            return Some(made.clone());
        }
        let Packed { parent, name, key } = self.all[number as usize];
        let (name, key) = (self.names[name].clone(), self.keys[key as usize].clone());
        let made = Arc::new(ModuleInstance { parent: self.get(parent), name, key });
        self.made.borrow_mut()[at] = Some((number, made.clone()));
        Some(made)
    }

    /// Returns the number of the one around an instance.
    pub fn outer(&self, number: u32) -> u32 {
        self.all[number as usize].parent
    }

    /// Returns the name of the call that an instance is of.
    pub fn name_of(&self, number: u32) -> &EcoString {
        &self.names[self.all[number as usize].name]
    }

    /// Returns the instances of a call in another instance, with their keys.
    pub fn of_call(&self, outer: u32, name: &str) -> impl Iterator<Item = (u32, &Key)> {
        let name = self.names.number(name);
        let all = (0..).zip(self.all.iter()).skip(1);
        all.filter(move |(_, m)| m.parent == outer && Some(m.name) == name)
            .map(|(number, m)| (number, &self.keys[m.key as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_has_one_number_and_shares_what_is_around_it() {
        let mut modules = Modules::default();
        let addresses: Vec<String> =
            (0..200).map(|n| format!(r#"module.tenant["t{}"].module.lambda["f{n}"]"#, n / 10)).collect();
        let numbers: Vec<u32> = addresses.iter().map(|a| modules.number(a).unwrap()).collect();
        assert_eq!(modules.all.len(), 221);
        assert_eq!(modules.of_call(0, "tenant").count(), 20);
        for (address, number) in addresses.iter().zip(&numbers) {
            assert_eq!(modules.number(address), Some(*number));
            assert_eq!(modules.get(*number).unwrap().to_string(), *address);
        }
        let odd = r#"module.a["x\"].${y}"].module.b[3].module.c[*]"#;
        let number = modules.number(odd).unwrap();
        assert_eq!((modules.number(""), modules.number(odd)), (Some(0), Some(number)));
        assert_eq!(modules.outer(numbers[0]), modules.outer(numbers[9]));
        let outer = |number: u32| modules.get(number).unwrap().parent.clone().unwrap();
        assert!(Arc::ptr_eq(&outer(numbers[0]), &outer(numbers[9])));
        assert_eq!((modules.number(""), modules.number("aws_vpc.a")), (Some(0), None));
    }
}
