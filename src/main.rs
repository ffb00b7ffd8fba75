//! The command line of tf-headroom.
fn main() {}
