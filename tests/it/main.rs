//! All integration tests, in one crate so that they link once.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests make and read files, and print the rates they measure"
)]

mod action;
mod alarms;
#[cfg(feature = "live")]
mod aws;
mod boundary;
mod canary;
mod changes;
mod cli;
mod common;
mod conditions;
mod conformance;
mod estate;
mod first_sight;
mod formats;
mod habits;
mod hostile;
#[cfg(feature = "live")]
mod live;
mod main_job;
mod merge;
mod monorepo;
mod newer;
mod observed;
mod observed_parents;
mod opentofu;
mod parity;
mod planning;
mod plans;
mod progress;
mod readme;
mod recipes;
mod release;
mod requests;
mod roots;
mod set_aside;
mod tag_passing;
mod tag_repairs;
mod tag_rules;
mod tags;
mod tidy;
mod typos;
mod written;
