//! What of the faults was there before a change.

use std::collections::BTreeMap;

use super::{TagFault, TagVerdicts};

impl TagVerdicts {
    /// Takes the faults of the same inputs before a change: a fault that was there, on as many instances, is existing.
    pub fn since(&mut self, base: &TagVerdicts) {
        fn name(f: &TagFault) -> (u8, &str, &str, Option<&str>, &str) {
            (f.kind as u8, f.key.as_str(), f.what.as_str(), f.value.as_deref(), f.block.as_str())
        }
        let mut before: BTreeMap<_, u64> = BTreeMap::new();
        for fault in &base.faults {
            *before.entry(name(fault)).or_insert(0) += fault.instances;
        }
        for fault in &mut self.faults {
            let was = before.get(&name(fault)).copied().unwrap_or(0);
            fault.existing |= was >= fault.instances;
        }
    }
}
