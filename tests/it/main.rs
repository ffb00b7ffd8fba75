//! All integration tests, in one crate so that they link once.

mod cli;
mod conformance;
mod tidy;
