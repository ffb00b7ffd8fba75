//! Module instances by number, each once.

use std::fmt::{self, Write as _};
use std::hash::BuildHasher as _;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::store::index;
use crate::address::{ModuleInstance, parse_module};

/// Module instances; the root is the first, and none.
#[derive(Debug)]
pub struct Modules {
    all: Vec<Option<Arc<ModuleInstance>>>,
    /// Numbers, at the place that the hash of the address says or the next free one; as many as a power of two. 0: free,
    /// for nobody looks the root up.
    places: Vec<u32>,
    hasher: RandomState,
    /// The address that was asked for last: neighbours are of one module.
    last: (String, u32),
}

/// The deepest nesting that is followed; Terraform's own stays far below.
const MAX_DEPTH: usize = 100;

impl Default for Modules {
    fn default() -> Modules {
        Modules {
            all: vec![None],
            places: Vec::new(),
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
        if address.matches("module.").count() > MAX_DEPTH {
            return None;
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
        let place = match self.look(&text) {
            Ok(known) => return Some(known),
            Err(_) if (self.all.len() + 1) * 4 < self.places.len() * 3 => self.look(&text).err()?,
            Err(_) => {
                self.grow();
                self.look(&text).err()?
            }
        };
        let number = index(self.all.len());
        let parent = self.all[parent as usize].clone();
        let (name, key) = (module.name.clone(), module.key.clone());
        self.all.push(Some(Arc::new(ModuleInstance { parent, name, key })));
        self.places[place] = number;
        Some(number)
    }

    fn grow(&mut self) {
        self.places = vec![0; (self.places.len() * 2).max(64)];
        let mut text = String::new();
        for at in 1..index(self.all.len()) {
            text.clear();
            if let Some(module) = &self.all[at as usize] {
                let _ = write!(text, "{module}");
            }
            if let Err(place) = self.look(&text) {
                self.places[place] = at;
            }
        }
    }

    /// Returns the number of an instance, or the place where it belongs.
    fn look(&self, address: &str) -> Result<u32, usize> {
        let last = self.places.len().wrapping_sub(1);
        let mut place = self.hasher.hash_one(address) as usize & last;
        loop {
            match self.places.get(place) {
                None | Some(0) => return Err(place),
                Some(number) if self.is(*number, address) => return Ok(*number),
                Some(_) => place = (place + 1) & last,
            }
        }
    }

    fn is(&self, number: u32, address: &str) -> bool {
        let mut same = Same(address);
        let module = self.all[number as usize].as_ref();
        module.is_some_and(|module| write!(same, "{module}").is_ok() && same.0.is_empty())
    }

    pub fn get(&self, number: u32) -> Option<&Arc<ModuleInstance>> {
        self.all[number as usize].as_ref()
    }

    /// Returns all with their numbers, but for the root.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Arc<ModuleInstance>)> {
        (0..).zip(&self.all).filter_map(|(number, module)| Some((number, module.as_ref()?)))
    }
}

/// What is left of a text that another one is compared with as it is written.
struct Same<'a>(&'a str);

impl fmt::Write for Same<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(text).ok_or(fmt::Error)?;
        Ok(())
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
        let outer = |number: u32| modules.get(number).unwrap().parent.clone().unwrap();
        assert!(Arc::ptr_eq(&outer(numbers[0]), &outer(numbers[9])));
        assert_eq!((modules.number(""), modules.number("aws_vpc.a")), (Some(0), None));
    }

    #[test]
    fn nesting_without_end_is_no_address() {
        let deep = |n: usize| vec!["module.a"; n].join(".");
        let mut modules = Modules::default();
        assert!(modules.number(&deep(MAX_DEPTH)).is_some());
        assert!(modules.number(&deep(MAX_DEPTH + 1)).is_none());
        assert!(modules.number(&deep(1_000_000)).is_none());
    }
}
