//! Where a missing key is added once for the most resources.

use std::collections::BTreeMap;

use ecow::EcoString;

use super::verdict::{FaultKind, Mends, TagVerdicts};

/// The smallest repair of one missing key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    pub key: EcoString,
    /// How many instances miss it.
    pub missing: u64,
    /// The place that mends the most of them.
    pub place: Place,
    pub mends: u64,
}

/// A place where a tag is added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    DefaultTags(Mends),
    /// An argument of the call of a module that reaches the tags: the module's address without keys.
    Module(String),
    /// A block's own tags: its address without keys.
    Resource(String),
}

/// Returns the best repair of each missing key, the one that mends the most first.
pub fn remedies(verdicts: &TagVerdicts) -> Vec<Remedy> {
    let mut by_key: BTreeMap<&EcoString, Vec<usize>> = BTreeMap::new();
    for (i, fault) in verdicts.faults.iter().enumerate().filter(|(_, f)| f.kind == FaultKind::Missing) {
        by_key.entry(&fault.key).or_default().push(i);
    }
    let mut found: Vec<Remedy> = by_key
        .into_iter()
        .map(|(key, faults)| {
            let faults: Vec<_> = faults.into_iter().map(|i| &verdicts.faults[i]).collect();
            let missing = faults.iter().map(|f| f.instances).sum();
            let (mut defaults, mut modules, mut blocks) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
            for fault in faults {
                if let Some(mends) = &fault.mends {
                    *defaults.entry(mends).or_insert(0) += fault.instances;
                }
                // The outermost is where a map is written rather than handed on.
                if let Some(input) = fault.inputs.last() {
                    *modules.entry(input.call.as_str()).or_insert(0) += fault.instances;
                }
                *blocks.entry(fault.block.as_str()).or_insert(0) += fault.instances;
            }
            let candidates = [
                most(defaults).map(|(mends, n)| (n, Place::DefaultTags(mends.clone()))),
                most(modules).map(|(module, n)| (n, Place::Module(module.to_owned()))),
                most(blocks).map(|(block, n)| (n, Place::Resource(block.to_owned()))),
            ];
            // Of places that mend as much the narrowest: a block before a module before a provider.
            let best = candidates.into_iter().flatten().rev().reduce(|a, b| if b.0 > a.0 { b } else { a });
            let (mends, place) = best.expect("bug: a missing key without a block");
            Remedy { key: key.clone(), missing, place, mends }
        })
        .collect();
    found.sort_by(|a, b| b.mends.cmp(&a.mends).then_with(|| a.key.cmp(&b.key)));
    found
}

fn most<K: Ord>(counts: BTreeMap<K, u64>) -> Option<(K, u64)> {
    counts.into_iter().reduce(|a, b| if b.1 > a.1 { b } else { a })
}
