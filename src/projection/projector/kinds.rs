//! What the catalog says of resource types, asked once for each.

use ecow::EcoString;

use crate::catalog::{self, Coverage};

/// What adding up asks of a resource type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// AWS takes the calls that create one slowly.
    pub slow: bool,
    /// It is measured, or uses no quota.
    pub covered: bool,
    /// AWS makes objects by itself in each of them.
    pub brings: bool,
}

impl Told {
    pub fn of(ty: &str) -> Told {
        Told {
            slow: catalog::rate(ty).is_some(),
            covered: matches!(catalog::coverage(ty), Coverage::Measured | Coverage::NoQuota(_)),
            brings: !catalog::baselines(catalog::canonical(ty)).is_empty(),
        }
    }
}

/// The types of the managed resources that were added.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    told: foldhash::HashMap<EcoString, Told>,
}

impl Kinds {
    pub fn of(&mut self, ty: &EcoString) -> Told {
        if let Some(told) = self.told.get(ty) {
            return *told;
        }
        let told = Told::of(ty);
        self.told.insert(ty.clone(), told);
        told
    }

    pub fn len(&self) -> usize {
        self.told.len()
    }
}
