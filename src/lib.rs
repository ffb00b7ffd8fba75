//! tf-headroom: a pre-flight validator for Terraform on AWS.

pub mod value;
