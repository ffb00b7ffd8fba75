//! Which versions of a provider an input may be run with.

/// What is known of a provider's version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    /// Inclusive.
    pub least: [u64; 3],
    /// Exclusive. None: nothing bounds them from above.
    pub below: Option<[u64; 3]>,
    /// Who says so: `.terraform.lock.hcl`, `required_providers`.
    pub told_by: &'static str,
}

impl Versions {
    /// Returns whether it is this version or a later one; None: it may be either.
    pub fn since(&self, version: [u64; 3]) -> Option<bool> {
        if self.least >= version {
            return Some(true);
        }
        self.below.is_some_and(|below| below <= version).then_some(false)
    }
}
