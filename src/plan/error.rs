//! What stops the reading of a plan or state.

use thiserror::Error;

use super::fault::{Fault, What};

/// What stops us before anything could be read.
///
/// INVARIANT: no text of the input is in it, but for the numbers of versions.
#[derive(Debug, Error)]
pub enum PlanError {
    #[error("`{name}` is a binary plan file")]
    Binary { name: String },
    #[error("`{name}` is compressed")]
    Compressed { name: String },
    #[error("`{name}` is empty")]
    Empty { name: String },
    #[error("`{name}` holds no JSON")]
    NoJson { name: String },
    #[error("`{name}` is neither a plan nor a state")]
    Neither { name: String },
    #[error("`{name}` is the log of `terraform plan -json`, not a plan")]
    Log { name: String },
    #[error("`{name}` has format version {version}, which this version of tf-headroom cannot read")]
    FormatVersion { name: String, version: String },
    #[error("`{name}` is a state file of version {version}; only version 4 is read")]
    StateVersion { name: String, version: String },
    #[error("`{name}` cannot be read at byte {offset}{}: {what}", at(path))]
    Text { name: String, offset: u64, path: String, what: What },
}

fn at(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(", in {path}") }
}

/// What to do about a fault in the text.
pub fn help(what: What) -> &'static str {
    match what {
        What::Truncated => "the file is cut off: make it again, and look at the exit code of what writes it",
        What::TooLarge(_) => {
            "a single value of this size is not read; leave large contents out of the configuration"
        }
        What::Io(_) => "look at the file's permissions and the disk",
        _ => "pass the unchanged output of `terraform show -json`",
    }
}

impl miette::Diagnostic for PlanError {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        let help = match self {
            PlanError::Binary { name } => {
                return Some(Box::new(format!(
                    "run `terraform show -json {name} > plan.json` and pass `plan.json`"
                )));
            }
            PlanError::Compressed { .. } => "unpack it: `gunzip -c FILE | tf-headroom check -`",
            PlanError::Empty { .. } | PlanError::NoJson { .. } | PlanError::Neither { .. } => {
                "pass what `terraform show -json PLANFILE` prints, or a state file"
            }
            PlanError::Log { .. } => {
                "run `terraform plan -out=PLANFILE`, then `terraform show -json PLANFILE > plan.json`"
            }
            PlanError::FormatVersion { .. } => "formats 0.x and 1.x are read; update tf-headroom",
            PlanError::StateVersion { .. } => {
                "pass what `terraform show -json` prints in its folder, or upgrade the state with a current Terraform"
            }
            PlanError::Text { what, .. } => help(*what),
        };
        Some(Box::new(help))
    }
}

impl PlanError {
    pub fn text(name: &str, fault: &Fault) -> PlanError {
        PlanError::Text { name: name.into(), offset: fault.offset(), path: fault.path(), what: fault.what() }
    }
}
