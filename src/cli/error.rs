//! What stops the command line.

use std::io;
use std::path::Path;

use thiserror::Error;

use crate::source::{self, Disk};

/// Why a command did nothing, or not all of it.
#[derive(Debug, Error)]
pub enum CliError {
    #[error("`{path}` does not exist")]
    Missing { path: String, near: Option<String> },
    #[error("`{path}` is one file of a module")]
    OneFile { path: String },
    #[error("`--source {folder}` says where the source of a plan lies, and `{path}` is source itself")]
    SourceOfFolder { path: String, folder: String },
    #[error("`--source` says where the source of one plan lies, and there are several")]
    SourceOfSeveral,
    #[error("`{path}` cannot be read: {problem}")]
    Unreadable { path: String, problem: io::Error },
    #[error("`{path}` cannot be written: {problem}")]
    Unwritable { path: String, problem: io::Error },
    #[error("`{path}` is there already")]
    Settled { path: String },
    #[error("{problem}")]
    Policy { problem: String },
    #[error("the settings ask for no tags")]
    NoTags,
    #[error("`{path}` is not a folder")]
    NoFolder { path: String },
    #[error("two reports would go to {}", place.as_ref().map_or("standard output".to_owned(), |p| format!("`{p}`")))]
    OnePlace { place: Option<String> },
    #[error("`{name}` is neither a revision in git, a folder nor a plan: {why}")]
    Base { name: String, why: String, near: Option<String> },
    #[error("`{name}` is no revision in git: {why}")]
    Revision { name: String, why: String, near: Option<String> },
    #[error("a plan is not compared with a revision")]
    PlanAndRevision,
    #[error("no baseline is written: not everything could be checked")]
    PartialBaseline,
    #[error("`{path}` cannot be merged: {why}")]
    NoPart { path: String, why: String },
    #[error("the parts cannot be merged: {why}")]
    Unfetched { why: String, commit: String },
    #[error("cannot go to the folder `{path}`: {problem}")]
    Chdir { path: String, problem: io::Error },
    // The value is not printed: it may be a secret.
    #[error("`-var {name}` gives no value")]
    Assignment { name: String },
    #[error("a quote in the environment variable `{variable}` is not closed")]
    Quotes { variable: String },
    #[error("`{variable}` is no whole number")]
    Limit { variable: &'static str },
    #[error("there is no rule and no quota `{name}`")]
    Unexplained { name: String, near: Option<String> },
    #[error("the catalog has no service `{name}`")]
    Service { name: String, near: Option<String> },
    #[error("{what}")]
    Capacity { what: String, help: Option<String> },
    #[cfg(not(feature = "live"))]
    #[error("this program was built without `live`: it asks nobody")]
    NoLive,
    #[error("the settings have no account `{name}`")]
    Account { name: String, near: Option<String> },
    #[cfg(feature = "live")]
    #[error("`TF_HEADROOM_TIMEOUT` is a number of seconds from 1 to 600, and not `{text}`")]
    Timeout { text: String },
    #[error("there is no resource type `{name}`")]
    ResourceType { name: String, near: Option<String> },
    #[error("line {line} of standard input is not a JSON object with an `expr`: {problem}")]
    EvalLine { line: usize, problem: serde_json::Error },
}

impl CliError {
    /// What to do next.
    pub fn help(&self) -> Option<String> {
        let meant = |near: &Option<String>| near.as_ref().map(|n| format!("did you mean `{n}`?"));
        match self {
            CliError::Missing { near, .. } => meant(near).or_else(|| {
                Some(
                    "give a folder with `.tf` files, a file made by `terraform show -json`, or `-`"
                        .to_owned(),
                )
            }),
            CliError::OneFile { .. } => Some(
                "the files of a folder belong together: give the folder; for variables `-var-file FILE`"
                    .to_owned(),
            ),
            CliError::SourceOfFolder { .. } => Some(
                "give the plan: `terraform show -json PLANFILE > plan.json`, then `plan.json --source DIR`"
                    .to_owned(),
            ),
            CliError::SourceOfSeveral => Some("check plan after plan, each with its own source".to_owned()),
            CliError::Settled { .. } => Some("`--print` shows what it would say".to_owned()),
            CliError::Policy { .. } => {
                Some("policies are given as JSON, from the organization's root to the account".to_owned())
            }
            CliError::NoTags => Some("`tf-headroom init` writes settings to begin with".to_owned()),
            CliError::NoFolder { path } => {
                source::meant(Path::new(path), &Disk).or_else(|| Some("name a folder that exists".to_owned()))
            }
            CliError::Unreadable { path, .. } | CliError::Chdir { path, .. } => {
                source::meant(Path::new(path), &Disk)
            }
            CliError::Unwritable { .. } => None,
            CliError::Base { near, .. } | CliError::Revision { near, .. } => meant(near)
                .or_else(|| Some("`git fetch` brings revisions; `git branch -a` lists names".to_owned())),
            CliError::PlanAndRevision => {
                Some("a plan knows what exists: leave `--base` out, or name another plan".to_owned())
            }
            CliError::PartialBaseline => Some("mend the errors first".to_owned()),
            CliError::NoPart { .. } => {
                Some("write it by `tf-headroom check --recursive --shard I/N --format json=FILE`".to_owned())
            }
            CliError::Unfetched { commit, .. } => {
                Some(format!("bring it: `git fetch origin {commit}`, or a checkout with `fetch-depth: 0`"))
            }
            CliError::OnePlace { .. } => {
                Some("send all but one to files of their own: `--format json=report.json`".to_owned())
            }
            CliError::Assignment { name } => Some(format!("write `-var '{}=VALUE'`", name.trim())),
            CliError::Limit { variable } => Some(format!("write `{variable}=100000000`, or unset it")),
            CliError::Quotes { .. } => Some("quote it as for a shell".to_owned()),
            CliError::Unexplained { near, .. } => meant(near).or_else(|| {
                Some("`tf-headroom explain` lists the rules, `tf-headroom quotas list` the quotas".to_owned())
            }),
            CliError::Service { near, .. } => {
                meant(near).or_else(|| Some("`tf-headroom quotas list` lists the services".to_owned()))
            }
            CliError::Capacity { help, .. } => help.clone(),
            CliError::Account { near, .. } => {
                meant(near).or_else(|| Some("add an `account` block, or leave `--account` out".to_owned()))
            }
            #[cfg(feature = "live")]
            CliError::Timeout { .. } => None,
            #[cfg(not(feature = "live"))]
            CliError::NoLive => {
                Some("give a snapshot with `--quotas FILE`, or build with the feature `live`".to_owned())
            }
            CliError::ResourceType { near, .. } => meant(near),
            CliError::EvalLine { .. } => {
                Some(r#"write `{"id": 1, "expr": "1 + 1"}`, one on each line"#.to_owned())
            }
        }
    }
}
