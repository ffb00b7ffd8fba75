//! All integration tests, in one crate so that they link once.

#![expect(clippy::disallowed_methods, reason = "tests arrange files and look at them")]
#![expect(clippy::print_stdout, reason = "rates are shown, not only checked")]

mod cli;
mod common;
mod conformance;
mod habits;
mod main_job;
mod readme;
mod tidy;
