//! Expressions to values, as Terraform evaluates them.
//!
//! In: an expression in an arena, and a [`Lookup`] that knows what its names stand for. Out: a value, or the error
//! Terraform would report. Never here: finding out what must be evaluated first, reading configuration files.

mod access;
mod constant;
mod constraint;
mod error;
mod expr;
pub mod funcs;
mod loops;
mod ops;
mod special;
mod template;
#[cfg(test)]
mod tests;
mod work;

pub use access::{get_attr, index};
pub(crate) use constant::calls_function;
pub use constant::constant;
pub use constraint::{Defaults, TypeConstraint, apply_defaults, parse_type};
pub use error::{EvalError, EvalResult};
pub use expr::{Evaluator, Lookup, NoNames};
pub use funcs::World;
pub use work::{MAX_STEPS, Work};

/// Values with more parts than this are refused: no configuration means them, and they would exhaust memory.
pub const MAX_NODES: u32 = 20_000_000;

/// Values nested deeper than this are refused.
pub const MAX_DEPTH: u16 = 1_000;

/// Strings longer than this, in bytes, are refused.
pub const MAX_STRING: usize = 64 << 20;
