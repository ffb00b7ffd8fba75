//! What a state or plan has and the source does not declare.

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
    /// How many tags it has; None: its type takes none.
    pub tags: Option<u64>,
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
            Unmanaged { address: i.address.to_string(), ty: ty.clone(), tags: takes.then_some(tags) }
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
                ("aws_connect_bot_association.gone", None),
                ("aws_sqs_queue.b[0]", Some(0)),
                ("aws_sqs_queue.gone", Some(2)),
            ]
        );
        assert_eq!(unmanaged(&sources[0], &sources), []);
    }
}
