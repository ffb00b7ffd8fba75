//! Tags: which ones a resource has after apply, and what is wrong with them.
//!
//! In: an inventory, a [`Schema`]. Out: [`TagVerdicts`]: faults folded by block, with how many instances have each.
//! Never here: how grave a fault is (`rules`), editing the source (`fix`), printing a sensitive value.

mod asked;
mod attached;
mod aws;
mod effective;
mod faults;
mod format;
mod found;
mod judge;
mod passing;
pub mod policy;
mod reach;
mod remedy;
mod schema;
mod services;
mod since;
#[cfg(test)]
mod tests;
mod trace;
mod unmanaged;
mod verdict;

pub use effective::{Effective, EffectiveTag, Origin, effective};
pub use format::Format;
pub use judge::{TagJudge, TagPart, judge};
pub use remedy::{Place as Remedied, Remedy, remedies};
pub use schema::{Contradiction, Exemption, Fact, Schema, TagRule};
pub use trace::{TagInput, Trace, Traced, Written};
pub use unmanaged::{Held, Told, Unmanaged, unmanaged, unmanaged_by_name};
pub use verdict::{Coverage, Detail, FaultKind, Mends, TagFault, TagVerdicts};
