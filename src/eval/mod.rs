//! Expressions to values, as Terraform evaluates them.
//!
//! In: an expression in an arena, and a [`Lookup`] that knows what its names stand for. Out: a value, or the error
//! Terraform would report. Never here: finding out what must be evaluated first, reading configuration files.

mod error;
pub mod funcs;

pub use error::{EvalError, EvalResult};
