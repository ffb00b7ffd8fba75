//! Module instances by number, each once.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::store::index;
use crate::address::{Key, ModuleInstance, parse_module};

/// Module instances; the root is the first, and none.
#[derive(Debug)]
pub struct Modules {
    all: Vec<Option<Arc<ModuleInstance>>>,
    /// Numbers, at the place that the hash of the address says or the next free one; as many as a power of two. 0: free,
    /// for nobody looks the root up.
    places: Vec<u32>,
    /// Of each address, part of its hash: what differs in it is not looked at.
    hashes: Vec<u32>,
    hasher: RandomState,
    /// The address that was asked for last: neighbours are of one module.
    last: (String, u32),
}

impl Default for Modules {
    fn default() -> Modules {
        Modules {
            all: vec![None],
            places: Vec::new(),
            hashes: vec![0],
            hasher: RandomState::default(),
            last: (String::new(), 0),
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

    /// Adds an instance and those around it; what they have in common is kept once.
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
        let parent = self.all[parent as usize].clone();
        let (name, key) = (module.name.clone(), module.key.clone());
        self.all.push(Some(Arc::new(ModuleInstance { parent, name, key })));
        self.hashes.push(self.hash(&text));
        self.places[place] = number;
        Some(number)
    }

    fn hash(&self, address: &str) -> u32 {
        self.hasher.hash_one(address) as u32
    }

    fn grow(&mut self) {
        self.places = vec![0; (self.places.len() * 2).max(64)];
        let last = self.places.len() - 1;
        for (number, hash) in (0..).zip(&self.hashes).skip(1) {
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
                Some(number) if self.hashes[*number as usize] == hash && self.is(*number, address) => {
                    return Ok(*number);
                }
                Some(_) => place = (place + 1) & last,
            }
        }
    }

    fn is(&self, number: u32, address: &str) -> bool {
        let module = self.all[number as usize].as_ref();
        module.is_some_and(|module| behind(module, address) == Some(""))
    }

    pub fn get(&self, number: u32) -> Option<&Arc<ModuleInstance>> {
        self.all[number as usize].as_ref()
    }

    /// Returns all with their numbers, but for the root.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Arc<ModuleInstance>)> {
        (0..).zip(&self.all).filter_map(|(number, module)| Some((number, module.as_ref()?)))
    }
}

/// Returns what follows the address of an instance, if the text begins with it.
fn behind<'t>(module: &ModuleInstance, text: &'t str) -> Option<&'t str> {
    let text = match &module.parent {
        Some(parent) => behind(parent, text)?.strip_prefix('.')?,
        None => text,
    };
    let text = text.strip_prefix("module.")?.strip_prefix(module.name.as_str())?;
    match &module.key {
        Key::None => Some(text),
        Key::Name(name)
            if name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) =>
        {
            text.strip_prefix("[\"")?.strip_prefix(name.as_str())?.strip_prefix("\"]")
        }
        key => text.strip_prefix(key.to_string().as_str()),
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
        assert_eq!(modules.iter().count(), 220);
        for (address, number) in addresses.iter().zip(&numbers) {
            assert_eq!(modules.number(address), Some(*number));
            assert_eq!(modules.get(*number).unwrap().to_string(), *address);
        }
        let odd = r#"module.a["x\"].${y}"].module.b[3].module.c[*]"#;
        let number = modules.number(odd).unwrap();
        assert_eq!((modules.number(""), modules.number(odd)), (Some(0), Some(number)));
        let outer = |number: u32| modules.get(number).unwrap().parent.clone().unwrap();
        assert!(Arc::ptr_eq(&outer(numbers[0]), &outer(numbers[9])));
        assert_eq!((modules.number(""), modules.number("aws_vpc.a")), (Some(0), None));
    }
}
