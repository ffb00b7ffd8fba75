//! Asks AWS for applied values, use and pending increases.
//!
//! In: what inputs use of quotas ([`Want`](crate::projection::Want)), and the settings' accounts. Out: a
//! [`Snapshot`](crate::snapshot::Snapshot), with what was not told and why. Only reads: [`policy`] prints the actions.
//! Besides `cli` and `source` this room alone touches the world, and only `ask` in it, which is left out of programs that
//! are built without the feature `live`. Never here: deciding which limit holds, comparing.

pub mod alarms;
#[cfg(feature = "live")]
mod ask;
pub mod calls;
pub mod lists;
pub mod policy;
pub mod way;

#[cfg(feature = "live")]
pub use ask::{Options, Pull, ask, pull};
