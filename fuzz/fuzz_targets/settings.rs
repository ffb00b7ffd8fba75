//! Settings files.
#![no_main]

mod common;

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use tf_headroom::config;
use tf_headroom::source::Files;

fuzz_target!(|data: &[u8]| {
    let tree = common::One { name: ".tf-headroom.hcl", bytes: data.to_vec() };
    common::roomy(move || {
        config::load(Path::new(tree.name), &tree, &Files::default(), &["tag-missing", "quota-undecided"]);
    });
});
