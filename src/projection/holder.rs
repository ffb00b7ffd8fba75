//! Parents as scopes: which readings of which inputs fall into the same one.

use std::collections::BTreeMap;

use ecow::EcoString;

use super::Scope;
use super::place::PlaceId;
use crate::catalog;
use crate::inventory::{
    Existence, Home, Homes, Label, Labels, Parent, ParentId, ParentName, Parents, ScopeRef,
};
use crate::pieces::Pieces;
use crate::value::{Cause, Count};

/// Number of a [`Holder`] in [`Holders`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct HolderId(pub u32);

/// A parent in which things are counted.
#[derive(Debug)]
pub(super) struct Holder {
    /// Its resource type; empty if nobody said.
    pub kind: EcoString,
    name: ParentName,
    /// The input that it is an address of; None: any may name it.
    input: Option<u32>,
    /// The account and Region, where the input tells it.
    pub place: Option<PlaceId>,
    existence: Existence,
    /// True if it stands for several whose number is not known: what is counted in it lies in any of them.
    pub group: bool,
    /// True if its name may be one object in two places that may be one.
    pub is_named: bool,
}

/// A holder as it is kept; 48 bytes.
#[derive(Debug)]
struct Kept {
    label: Label,
    /// [`NONE`]: any may name it.
    input: u32,
    place: PlaceId,
    is_placed: bool,
    group: bool,
    is_named: bool,
}

/// Marks that there is no input.
const NONE: u32 = u32::MAX;

impl Holder {
    /// True if apply makes it.
    pub fn is_new(&self) -> bool {
        self.existence.before().is_zero()
    }

    pub fn after(&self) -> Count {
        self.existence.after()
    }

    /// True if a text is its address, id or name, or the ARN of what has that name in the same account and Region.
    pub fn answers_to(&self, text: &str) -> bool {
        let own = self.text();
        let is_of_arn = || {
            let named = text.strip_prefix("arn:").and_then(|rest| rest.splitn(5, ':').nth(4));
            let short = named.and_then(|n| n.split_once(['/', ':'])).map(|(_, name)| name);
            short.is_some_and(|name| name == own || name.rsplit('/').next() == Some(own.as_str()))
        };
        own == text || self.is_named && is_of_arn()
    }

    /// Address, id or name.
    pub fn text(&self) -> EcoString {
        match &self.name {
            ParentName::Text(text) => text.clone(),
            name => name.to_string().into(),
        }
    }

    /// The same as [`Scope::kind_of`] of its text.
    pub fn kind_of_label(&self) -> EcoString {
        match &self.name {
            ParentName::Address(address) if address.block.ty != "var" => address.block.ty.clone(),
            _ => Scope::kind_of(&self.text()),
        }
    }

    pub fn input(&self) -> Option<usize> {
        self.input.map(|input| input as usize)
    }
}

/// All parents of a run that count anything.
#[derive(Debug, Default)]
pub(super) struct Holders {
    all: Pieces<Kept>,
    labels: Labels,
    /// Texts that mean the same object wherever they are read.
    unique: foldhash::HashMap<(EcoString, EcoString), HolderId>,
    /// Names that mean something only in their account and Region.
    named: BTreeMap<(EcoString, EcoString, PlaceId), HolderId>,
}

/// Where a reading is counted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// In the account and Region.
    Place,
    In(HolderId),
    /// In one of these, and if there is a cause, perhaps in any other.
    OneOf(Vec<HolderId>, Option<Cause>),
    /// Nowhere.
    Nothing,
}

impl Holders {
    pub fn get(&self, id: HolderId) -> Holder {
        let kept = &self.all[id.0 as usize];
        let Parent { kind, name, existence } = self.labels.unpack(&kept.label);
        Holder {
            kind,
            name,
            input: Some(kept.input).filter(|input| *input != NONE),
            place: kept.is_placed.then_some(kept.place),
            existence,
            group: kept.group,
            is_named: kept.is_named,
        }
    }

    pub fn is_group(&self, id: HolderId) -> bool {
        self.all[id.0 as usize].group
    }

    /// Returns where the parent is; if the input does not tell, where its first child is.
    pub fn place(&mut self, id: HolderId, child: PlaceId) -> PlaceId {
        let kept = &mut self.all[id.0 as usize];
        if !kept.is_placed {
            (kept.place, kept.is_placed) = (child, true);
        }
        kept.place
    }

    fn push(&mut self, holder: Holder) -> HolderId {
        let Holder { kind, name, input, place, existence, group, is_named } = holder;
        let label = self.labels.pack(&Parent { kind, name, existence });
        self.all.push(Kept {
            label,
            input: input.unwrap_or(NONE),
            place: place.unwrap_or(PlaceId(0)),
            is_placed: place.is_some(),
            group,
            is_named,
        });
        HolderId(u32::try_from(self.all.len() - 1).expect("bug: more than 4 billion parents"))
    }
}

/// Finds the parents of one input's readings.
#[derive(Debug)]
pub(super) struct Holding {
    input: usize,
    by_parent: Vec<Option<HolderId>>,
    composite: BTreeMap<(EcoString, Vec<ParentId>), HolderId>,
}

/// What an input tells of its parents.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub parents: &'a Parents,
    pub homes: &'a Homes,
}

impl Holding {
    pub fn new(input: usize) -> Holding {
        Holding { input, by_parent: Vec::new(), composite: BTreeMap::new() }
    }

    /// Returns where a reading is counted whose measure wants a parent of type `kind`.
    pub fn find(
        &mut self,
        holders: &mut Holders,
        known: Known<'_>,
        scope: &ScopeRef,
        kind: &str,
        place: PlaceId,
        place_of: &mut dyn FnMut(&Home) -> PlaceId,
    ) -> Found {
        if matches!(scope, ScopeRef::Account) {
            return Found::Place;
        }
        let (mut ids, mut open) = (Vec::new(), None);
        let certain = self.collect(holders, known, scope, kind, place, place_of, &mut ids, &mut open);
        ids.sort_unstable();
        ids.dedup();
        match (ids.as_slice(), open) {
            ([], None) => Found::Nothing,
            ([one], None) if certain => Found::In(*one),
            (_, open) => Found::OneOf(ids, open),
        }
    }

    /// Returns the parents of that type that the input knows. A name of which nobody says what it names is none of them:
    /// it may be the part of a key, as the locale of a bot is.
    pub fn all(
        &mut self,
        holders: &mut Holders,
        known: Known<'_>,
        kind: &str,
        place: PlaceId,
        place_of: &mut dyn FnMut(&Home) -> PlaceId,
    ) -> Vec<HolderId> {
        let is_one = |own: &str| !own.is_empty() && is_kind(own, kind);
        let ids = known.parents.of_kinds(is_one);
        let mut found: Vec<HolderId> =
            ids.map(|id| self.parent(holders, known, id, place, place_of)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Returns the holder that a parent of this input became, if anything was counted in it.
    pub fn known(&self, parents: &Parents, id: ParentId) -> Option<HolderId> {
        self.by_parent.get(parents.resolve(id).0 as usize).copied().flatten()
    }

    /// Adds the candidates; true if it is certainly one of them.
    #[expect(clippy::too_many_arguments, reason = "recursion over scopes carries its two results along")]
    fn collect(
        &mut self,
        holders: &mut Holders,
        known: Known<'_>,
        scope: &ScopeRef,
        kind: &str,
        place: PlaceId,
        place_of: &mut dyn FnMut(&Home) -> PlaceId,
        ids: &mut Vec<HolderId>,
        open: &mut Option<Cause>,
    ) -> bool {
        match scope {
            ScopeRef::Account | ScopeRef::Own | ScopeRef::Nothing => false,
            ScopeRef::Parent(id) => {
                let fits = is_kind(known.parents.kind(*id), kind);
                if fits {
                    ids.push(self.parent(holders, known, *id, place, place_of));
                }
                fits
            }
            ScopeRef::OneOf(candidates) => {
                let mut certain = true;
                for candidate in candidates {
                    certain &= self.collect(holders, known, candidate, kind, place, place_of, ids, open);
                }
                certain
            }
            ScopeRef::Composite(parts) => match keys(known.parents, parts) {
                Ok(keys) => {
                    let any = !keys.is_empty();
                    for key in keys {
                        ids.push(self.composite(holders, known.parents, kind, key, place));
                    }
                    any
                }
                Err(cause) => {
                    *open = open.take().or(Some(cause));
                    false
                }
            },
            ScopeRef::Unknown(cause) => {
                *open = open.take().or_else(|| Some(cause.clone()));
                false
            }
        }
    }

    fn parent(
        &mut self,
        holders: &mut Holders,
        known: Known<'_>,
        id: ParentId,
        place: PlaceId,
        place_of: &mut dyn FnMut(&Home) -> PlaceId,
    ) -> HolderId {
        let id = known.parents.resolve(id);
        let at = id.0 as usize;
        if let Some(Some(found)) = self.by_parent.get(at) {
            return *found;
        }
        let parent = &known.parents.get(id);
        let found = match &parent.name {
            ParentName::Text(text) | ParentName::Secret(text) if is_unique(text) => {
                let key = (parent.kind.clone(), text.clone());
                match holders.unique.get(&key) {
                    Some(found) => *found,
                    None => {
                        let found = holders.push(holder(parent, None));
                        holders.unique.insert(key, found);
                        found
                    }
                }
            }
            ParentName::Text(text) | ParentName::Secret(text) => {
                // Depends on the place, so it is not remembered for the parent alone.
                let key = (parent.kind.clone(), text.clone(), place);
                if let Some(found) = holders.named.get(&key) {
                    return *found;
                }
                let found =
                    holders.push(Holder { is_named: true, place: Some(place), ..holder(parent, None) });
                holders.named.insert(key, found);
                return found;
            }
            ParentName::Address(_) | ParentName::Variable(_) => {
                let own = known.homes.get(id).map(&mut *place_of);
                holders.push(Holder { input: Some(number(self.input)), ..holder(parent, own) })
            }
        };
        if self.by_parent.len() <= at {
            self.by_parent.resize(at + 1, None);
        }
        self.by_parent[at] = Some(found);
        found
    }

    fn composite(
        &mut self,
        holders: &mut Holders,
        parents: &Parents,
        kind: &str,
        key: Vec<ParentId>,
        place: PlaceId,
    ) -> HolderId {
        let key = (EcoString::from(kind), key);
        if let Some(found) = self.composite.get(&key) {
            return *found;
        }
        let parts: Vec<Parent> = key.1.iter().map(|id| parents.get(*id)).collect();
        let names: Vec<String> = parts.iter().map(|p| p.name.to_string()).collect();
        let texts = parts.iter().all(|p| matches!(&p.name, ParentName::Text(_) | ParentName::Secret(_)));
        // It exists if all of its parts do.
        let together = |of: fn(&Parent) -> Count| parts.iter().map(of).fold(Count::exactly(1), Count::times);
        let found = holders.push(Holder {
            kind: kind.into(),
            name: ParentName::Text(names.join(" / ").into()),
            input: (!texts).then_some(number(self.input)),
            place: Some(place),
            existence: Existence::of(together(Parent::before), together(Parent::after)),
            group: parts.iter().any(is_group),
            is_named: texts,
        });
        self.composite.insert(key, found);
        found
    }
}

/// Returns every key that the parts may make together.
///
/// # Errors
/// The cause, if a part may be anything or the combinations are too many to follow.
fn keys(parents: &Parents, parts: &[ScopeRef]) -> Result<Vec<Vec<ParentId>>, Cause> {
    const MOST: usize = 256;
    let mut keys = vec![Vec::new()];
    for part in parts {
        let mut choices = Vec::new();
        choices_of(parents, part, &mut choices)?;
        if keys.len() * choices.len() > MOST {
            return Err(Cause::unstated());
        }
        keys = keys
            .iter()
            .flat_map(|key: &Vec<ParentId>| {
                choices.iter().map(move |c| key.iter().copied().chain([*c]).collect())
            })
            .collect();
    }
    Ok(keys)
}

fn choices_of(parents: &Parents, part: &ScopeRef, out: &mut Vec<ParentId>) -> Result<(), Cause> {
    match part {
        ScopeRef::Parent(id) => out.push(parents.resolve(*id)),
        ScopeRef::OneOf(all) => all.iter().try_for_each(|p| choices_of(parents, p, out))?,
        ScopeRef::Unknown(cause) => return Err(cause.clone()),
        ScopeRef::Composite(_) => return Err(Cause::unstated()),
        ScopeRef::Account | ScopeRef::Own | ScopeRef::Nothing => {}
    }
    Ok(())
}

fn holder(parent: &Parent, place: Option<PlaceId>) -> Holder {
    Holder {
        kind: parent.kind.clone(),
        name: match &parent.name {
            ParentName::Address(address) => ParentName::Address(address.clone()),
            name => ParentName::Text(name.to_string().into()),
        },
        input: None,
        place,
        existence: parent.existence.clone(),
        group: is_group(parent),
        is_named: false,
    }
}

fn number(input: usize) -> u32 {
    u32::try_from(input).expect("bug: more than 4 billion inputs")
}

/// True if a parent of type `actual` can be one of type `wanted`; nobody objects to a type that nobody said.
fn is_kind(actual: &str, wanted: &str) -> bool {
    fn plain(kind: &str) -> &str {
        catalog::adopts(kind).unwrap_or_else(|| catalog::canonical(kind))
    }
    actual.is_empty() || wanted.is_empty() || actual == wanted || plain(actual) == plain(wanted)
}

fn is_group(parent: &Parent) -> bool {
    let ParentName::Address(address) = &parent.name else { return false };
    address.is_group() && parent.after().high() != Some(1)
}

/// True if a text names the same object in every account and Region: an ARN with an account, a UUID, `vpc-0a1b2c3d`.
pub fn is_unique(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix("arn:") {
        return rest.split(':').nth(3).is_some_and(|account| !account.is_empty());
    }
    let hex = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_hexdigit());
    let uuid =
        text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.split('-').all(hex);
    let id = text.rsplit_once('-').is_some_and(|(kind, id)| {
        !kind.is_empty() && matches!(id.len(), 8 | 17) && hex(id) && id.bytes().any(|b| b.is_ascii_digit())
    });
    uuid || id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_aws_makes_are_unique_and_names_are_not() {
        for unique in [
            "arn:aws:iam::123456789012:role/x",
            "vpc-0a1b2c3d4e5f60718",
            "3fa85f64-5717-4562-b3fc-2c963f66afa6",
        ] {
            assert!(is_unique(unique), "{unique}");
        }
        for name in ["admin", "default", "arn:aws:s3:::bucket", "agency-elections", "us-east-1a", ""] {
            assert!(!is_unique(name), "{name}");
        }
    }

    #[test]
    fn an_adopted_object_is_a_parent_like_any_other_of_its_type() {
        assert!(is_kind("aws_default_vpc", "aws_vpc"));
        assert!(is_kind("aws_alb", "aws_lb"));
        assert!(is_kind("", "aws_vpc"));
        assert!(!is_kind("aws_subnet", "aws_vpc"));
    }
}
