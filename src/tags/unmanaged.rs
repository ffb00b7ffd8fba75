//! What a state, a plan or AWS has and the source does not declare.

use std::collections::HashSet;

use ecow::EcoString;

use crate::address::Mode;
use crate::catalog::{self, TagShape};
use crate::inventory::{Change, Inventory};

/// An object that the source does not declare.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unmanaged {
    pub address: String,
    pub ty: EcoString,
    pub tags: Held,
}

/// How many tags an object has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    /// Its type takes none.
    TakesNone,
    /// Snapshots hold no tags.
    NotTold,
    /// The same, and the object may be one of the source's, whose id, ARN and name are not known.
    Undecided,
    Known(u64),
}

/// An object that AWS has, by all the texts that stand for it.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    pub ty: &'a EcoString,
    pub arn: &'a EcoString,
    /// Its id and name.
    pub texts: &'a [EcoString],
}

/// Returns the objects of a snapshot that no instance of the source stands for, sorted.
///
/// An instance whose id, ARN and name are all unknown may be any of its type; then those of that type are undecided.
pub fn unmanaged_by_name(objects: &[Told<'_>], sources: &[Inventory]) -> Vec<Unmanaged> {
    let parents = || sources.iter().map(|s| &s.parents);
    let is_declared = |object: &Told<'_>| {
        let mut texts = std::iter::once(object.arn).chain(object.texts);
        texts.any(|text| parents().any(|p| p.find(object.ty, text).is_some()))
    };
    let named = |object: &Told<'_>| parents().map(|p| p.told(object.ty) as u64).sum::<u64>();
    let declared = |object: &Told<'_>| {
        let instances = sources.iter().flat_map(|s| &s.instances);
        let of_type = instances.filter(|i| {
            i.address.block.mode == Mode::Managed && i.address.block.ty == *object.ty && !i.after.is_zero()
        });
        of_type.map(|i| i.after.high().unwrap_or(u64::MAX)).fold(0, u64::saturating_add)
    };
    let mut found: Vec<Unmanaged> = objects
        .iter()
        .filter(|object| !is_declared(object))
        .map(|object| Unmanaged {
            address: object.arn.to_string(),
            ty: object.ty.clone(),
            tags: if declared(object) > named(object) { Held::Undecided } else { Held::NotTold },
        })
        .collect();
    found.sort();
    found
}

/// Returns the managed objects of a state that no instance of the source stands for, sorted by address.
///
/// A block whose instances are not known stands for all that it may have.
pub fn unmanaged(state: &Inventory, sources: &[Inventory]) -> Vec<Unmanaged> {
    let mut declared: HashSet<String> = HashSet::new();
    let mut open: HashSet<String> = HashSet::new();
    for instance in sources.iter().flat_map(|s| &s.instances) {
        let address = &instance.address;
        if address.is_group() {
            open.insert(address.written());
        } else {
            declared.insert(address.to_string());
        }
    }
    let mut found: Vec<Unmanaged> = state
        .instances
        .iter()
        .filter(|i| i.address.block.mode == Mode::Managed && !matches!(i.change, Some(Change::Create)))
        .filter(|i| !declared.contains(&i.address.to_string()) && !open.contains(&i.address.written()))
        .map(|i| {
            let ty = &i.address.block.ty;
            let takes = match catalog::taggable(ty).map(|t| t.shape) {
                Some(TagShape::Map | TagShape::Blocks) => true,
                Some(TagShape::None | TagShape::Single) => false,
                None => i.tags.is_some() || i.tags_all.is_some(),
            };
            let tags = i.tags_all.as_ref().or(i.tags.as_ref()).map_or(0, |t| t.entries.len() as u64);
            Unmanaged {
                address: i.address.to_string(),
                ty: ty.clone(),
                tags: if takes { Held::Known(tags) } else { Held::TakesNone },
            }
        })
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::build::{instance, inventory, tags};

    #[test]
    fn what_the_source_does_not_declare_is_unmanaged() {
        let (mut state, mut source) = (inventory(), inventory());
        for address in ["aws_sqs_queue.a", "aws_sqs_queue.b[0]", "aws_sqs_queue.c[\"x\"]", "data.aws_vpc.v"] {
            state.add(instance(address));
        }
        state.add(instance("aws_sqs_queue.gone").tagged(tags(&[("A", "1"), ("B", "2")])));
        state.add(instance("aws_connect_bot_association.gone"));
        for address in ["aws_sqs_queue.a", "aws_sqs_queue.b[1]", "aws_sqs_queue.c[*]"] {
            source.add(instance(address));
        }
        let sources = [source];
        let found = unmanaged(&state, &sources);
        let shown: Vec<_> = found.iter().map(|u| (u.address.as_str(), u.tags)).collect();
        assert_eq!(
            shown,
            [
                ("aws_connect_bot_association.gone", Held::TakesNone),
                ("aws_sqs_queue.b[0]", Held::Known(0)),
                ("aws_sqs_queue.gone", Held::Known(2)),
            ]
        );
        assert_eq!(unmanaged(&sources[0], &sources), []);
    }
}
