//! The command line of tf-headroom.

use std::process::ExitCode;

fn main() -> ExitCode {
    tf_headroom::cli::main()
}
