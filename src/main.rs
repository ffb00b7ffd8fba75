//! The command line of tf-headroom.

use std::process::ExitCode;

/// Half of what the standard one takes for the many small values of an evaluation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tf_headroom::cli::main()
}
