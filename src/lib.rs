//! tf-headroom: a pre-flight validator for Terraform on AWS.

pub mod address;
pub mod catalog;
pub mod config;
pub mod date;
pub mod eval;
pub mod expand;
pub mod finding;
pub mod inventory;
pub mod module;
pub mod projection;
pub mod rules;
pub mod source;
pub mod suppress;
pub mod syntax;
pub mod tags;
pub mod value;
pub mod words;
