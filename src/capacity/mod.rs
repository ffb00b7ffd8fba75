//! Plan ahead: whose a count is, and how many more tenants fit.
//!
//! In: a root module, settings, limits. Out: [`Shares`](crate::projection::Shares) of projections and an [`Answer`].
//! A tenant's share and the room for more are found by evaluating the module again with another map of tenants; nothing
//! is extrapolated. Never here: reading files, what is a fault, printing.

pub mod demand;
mod meter;
mod search;
mod share;
pub mod sizing;
mod study;
mod tenants;
#[cfg(test)]
mod tests;

pub use meter::{MeterName, Reading};
pub use search::{Answer, Fits, Room, Search, Trouble, search};
pub use share::{ByScope, WORTH, attach, shares};
pub use study::{Shape, Study};
pub use tenants::{NoTenants, Tenancy, find, may_have_tenants, with, without};
