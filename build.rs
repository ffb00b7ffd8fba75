//! Checks the data files of the catalog and turns them into static tables, and says how the program is linked.

#![allow(
    clippy::disallowed_methods,
    reason = "a build script reads and writes files, and ends when they are wrong"
)]

#[path = "src/catalog/build/mod.rs"]
mod catalog;

use std::path::Path;

#[expect(clippy::print_stderr, reason = "this is how a build script speaks to cargo")]
fn main() {
    for input in ["build.rs", "src/catalog/build", "src/catalog/data", "src/catalog/unit.rs"] {
        println!("cargo::rerun-if-changed={input}");
    }
    link();
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
    let out = Path::new(&out).join("catalog.rs");
    if let Err(faults) = catalog::build(Path::new("src/catalog/data"), &out) {
        eprintln!("the catalog's data is broken:\n{faults}");
        std::process::exit(1);
    }
}

/// At a fixed address the tables lie ready in the file: 50 000 pointers need not be put right at each start, which takes
/// 3 MB. Of the program's own text alone the place is known then; heap, stack and libraries lie anywhere as before.
fn link() {
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
