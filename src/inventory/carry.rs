//! What of an inventory goes from one part of a check to the whole: what is counted, and no text that is only compared.

use ecow::EcoString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::parents::Settled;
use super::{Account, Inventory, ParentName, Parents};

impl Inventory {
    /// Puts digests in the place of texts that are only compared, so that no literal and no secret is carried.
    ///
    /// `is_unique`: whether a text names the same object wherever it is read; its digest does so as well.
    /// `is_told`: whether somebody else knows a name of an instance, and compares with it.
    pub fn veil(&mut self, is_unique: impl Fn(&str) -> bool, is_told: impl Fn(&str) -> bool) {
        for reading in self.instances.iter_mut().flat_map(|i| &mut i.readings) {
            reading.texts.iter_mut().for_each(|text| *text = veiled(text));
        }
        for (_, name) in &mut self.names {
            if name.as_ref().is_some_and(|n| !is_told(n)) {
                *name = Some(EcoString::new());
            }
        }
        let keys: Vec<&EcoString> =
            self.providers.iter().flat_map(|p| credentials(&p.account)).map(|(_, value)| value).collect();
        let mut ranks: Vec<EcoString> = keys.into_iter().cloned().collect();
        ranks.sort();
        for provider in &mut self.providers {
            let Account::Chosen(arguments) = &mut provider.account else { continue };
            for (name, value) in arguments.iter_mut().filter(|(name, _)| is_credential(name)) {
                // Their order remains, and so does which are equal.
                let rank = ranks.partition_point(|r| r < value);
                *value = ecow::eco_format!("{name} {rank:06}");
            }
        }
        let veil_name = |name: &mut ParentName| {
            if let ParentName::Secret(text) = name {
                *text = if is_unique(text) { uuid(text) } else { veiled(text) };
            }
        };
        self.parents.rename(veil_name);
    }

    /// Gives secret names back that another part of the check has in the open.
    pub fn unveil(&mut self, known: &std::collections::HashMap<EcoString, EcoString>) {
        let name = |name: &mut ParentName| {
            if let ParentName::Secret(text) = name
                && let Some(open) = known.get(text)
            {
                *text = open.clone();
            }
        };
        self.parents.rename(name);
    }

    /// The digests under which other parts may have the names of parents that are open here.
    pub fn open_names(&self) -> impl Iterator<Item = (EcoString, EcoString)> + '_ {
        self.parents.iter().flat_map(|(_, parent)| match &parent.name {
            ParentName::Text(text) => vec![(uuid(text), text.clone()), (veiled(text), text.clone())],
            ParentName::Address(_) | ParentName::Variable(_) | ParentName::Secret(_) => Vec::new(),
        })
    }
}

fn credentials(account: &Account) -> impl Iterator<Item = (&EcoString, &EcoString)> {
    let arguments = match account {
        Account::Chosen(arguments) => Some(arguments),
        Account::Id(_) | Account::Unknown(_) => None,
    };
    arguments.into_iter().flatten().filter(|(name, _)| is_credential(name))
}

/// True for arguments whose values nobody may see.
pub fn is_credential(name: &str) -> bool {
    ["access_key", "secret", "token", "password"].iter().any(|s| name.contains(s))
}

fn hex(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(16).map(|b| format!("{b:02x}")).collect()
}

/// Returns the digest of a text; no text that anybody writes is one.
fn veiled(text: &str) -> EcoString {
    ecow::eco_format!("\u{1}{}", hex(text))
}

/// Returns the digest of a text in the form of an id that is unique everywhere.
fn uuid(text: &str) -> EcoString {
    let h = hex(text);
    ecow::eco_format!("{}-{}-{}-{}-{}", &h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..])
}

impl Serialize for Parents {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.settled().serialize(to)
    }
}

impl<'de> Deserialize<'de> for Parents {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Parents, D::Error> {
        let settled = Settled::deserialize(from)?;
        Parents::of(settled).ok_or_else(|| D::Error::custom("a parent that there is not"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;
    use crate::value::Count;

    #[test]
    fn parents_are_found_again_by_digests_of_their_names() {
        let mut inventory = Inventory::default();
        let address = Address::parse("aws_vpc.a").unwrap();
        let id = inventory.parents.of_instance(&address, Count::ZERO, Count::exactly(1));
        inventory.parents.known_as(id, "vpc-0123456789abcdef0");
        let secret = inventory.parents.of_secret("aws_vpc", "vpc-0aaaaaaaaaaaaaaa1");
        inventory.settle();
        inventory.veil(|_| true, |_| false);
        let text = serde_json::to_string(&inventory).unwrap();
        assert!(!text.contains("vpc-0"), "{text}");
        let mut read: Inventory = serde_json::from_str(&text).unwrap();
        assert_eq!(read.parents.find("aws_vpc", "vpc-0123456789abcdef0"), Some(id));
        let mut other = Inventory::default();
        other.parents.of_text("aws_vpc", "vpc-0aaaaaaaaaaaaaaa1");
        read.unveil(&other.open_names().collect());
        let found = read.parents.name(secret);
        assert_eq!(found, ParentName::Secret("vpc-0aaaaaaaaaaaaaaa1".into()));
    }
}
