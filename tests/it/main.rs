//! All integration tests, in one crate so that they link once.

mod cli;
mod common;
mod conformance;
mod habits;
mod main_job;
mod readme;
mod tidy;
