//! tf-headroom: a pre-flight validator for Terraform on AWS.

pub mod eval;
pub mod finding;
pub mod source;
pub mod syntax;
pub mod value;
