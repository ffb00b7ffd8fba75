//! Checks the data files of the catalog and turns them into static tables.

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
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
    let out = Path::new(&out).join("catalog.rs");
    if let Err(faults) = catalog::build(Path::new("src/catalog/data"), &out) {
        eprintln!("the catalog's data is broken:\n{faults}");
        std::process::exit(1);
    }
}
