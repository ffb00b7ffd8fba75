//! What the command line takes.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::config;
use crate::date::Date;
use crate::finding::Severity;
use crate::report::{Format, json};
use crate::words::nearest;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "tf-headroom",
    version = super::commands::VERSION.as_str(),
    about = "Says whether AWS will let a Terraform configuration be applied: quotas and tags, before apply",
    styles = Styles::styled()
        .header(AnsiColor::Yellow.on_default().bold())
        .usage(AnsiColor::Yellow.on_default().bold())
        .literal(AnsiColor::Green.on_default())
        .placeholder(AnsiColor::Cyan.on_default()),
    after_help = "Exit codes: 0 nothing at or above --fail-on · 1 findings · 2 something could not be checked",
    infer_subcommands = true,
    disable_help_subcommand = true,
    max_term_width = 110
)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// Go to this folder first, as Terraform's -chdir does
    #[arg(long, global = true, value_name = "DIR")]
    pub chdir: Option<PathBuf>,
    /// When to colour
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_possible_values = false
    )]
    pub color: Color,
    /// Terraform's spelling of --color never
    #[arg(long, global = true, hide = true)]
    pub no_color: bool,
    /// Say only how it ends
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compare what will exist after apply with quotas and the tag schema
    Check(Check),
    /// List the resource instances, with tags, scopes and counts
    Inventory(Inventory),
    /// Evaluate expressions in a module, without init or credentials
    Eval(Eval),
    /// Look into the catalog of quotas
    Quotas(Quotas),
    /// Write a settings file to begin with
    Init(Init),
    /// Explain a rule or a quota
    Explain(Explain),
    /// Print the JSON Schema of an output
    Schema(Schema),
    /// Print completions for a shell
    Completions(Completions),
    /// Print the manual page
    Man,
}

/// How Terraform source is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading Terraform")]
pub struct Reading {
    /// Set a variable of the root module
    #[arg(long, value_name = "NAME=VALUE", action = ArgAction::Append)]
    pub var: Vec<String>,
    /// Read variables from a file
    #[arg(long, value_name = "FILE", action = ArgAction::Append)]
    pub var_file: Vec<PathBuf>,
    /// The workspace, where the configuration asks for it
    #[arg(long, value_name = "NAME")]
    pub workspace: Option<String>,
    /// Evaluate everything and report what Terraform would
    #[arg(long)]
    pub strict: bool,
}

/// Where settings come from.
#[derive(Debug, Args)]
pub struct Settings {
    /// The settings file [default: .tf-headroom.hcl, found upwards from PATH]
    #[arg(long, visible_alias = "settings", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Check {
    /// A root module's folder, a plan or state as JSON, or - for standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Find every root module in PATH and below, and check them all; sums are made for each account and Region
    #[arg(long)]
    pub recursive: bool,
    /// Check a `target` block of the settings: a root module with its var files and workspace; repeatable
    #[arg(long, value_name = "NAME", action = ArgAction::Append, conflicts_with_all = ["paths", "recursive", "source"])]
    pub target: Vec<String>,
    /// Check one part of the root modules, such as 2/4: a CI matrix shares the work; sums lack the other parts
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    pub shard: Option<(usize, usize)>,
    /// The folder of the source that the plan was made from: its lines, and the references that a plan leaves out
    #[arg(long, value_name = "DIR")]
    pub source: Option<PathBuf>,
    /// The form of the report, to standard output or a file; repeatable: human, json, sarif, github, gitlab, markdown,
    /// junit, openmetrics, html
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = Target::<Format>::parse, action = ArgAction::Append)]
    pub format: Vec<Target>,
    /// The least grave finding that ends with exit code 1 [default: error, or as the settings say]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// Hold tags of instances that the plan does not change to the schema as well
    #[arg(long)]
    pub all: bool,
    /// The day to reckon with, for exemptions that end [default: the clock's]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub today: Option<Date>,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Debug, Args)]
pub struct Inventory {
    /// A root module's folder, a plan or state as JSON, or - for standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// The folder of the source that the plan was made from: its lines, and the references that a plan leaves out
    #[arg(long, value_name = "DIR")]
    pub source: Option<PathBuf>,
    /// The form of the list: human or json
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = Target::<Plain>::parse)]
    pub format: Option<Target<Plain>>,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Debug, Args)]
pub struct Eval {
    /// Expressions; without any, one JSON object a line on standard input: {"id": …, "expr": …}
    #[arg(value_name = "EXPR")]
    pub expressions: Vec<String>,
    /// The root module's folder
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub path: PathBuf,
    /// The form of the results
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<Plain>,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Debug, Args)]
pub struct Quotas {
    #[command(subcommand)]
    pub command: QuotasCommand,
}

#[derive(Debug, Subcommand)]
pub enum QuotasCommand {
    /// List the services, or the quotas of one
    List {
        /// The service code of Service Quotas
        service: Option<String>,
    },
    /// Show a quota: its default, its sources and what counts
    Show {
        /// A quota code, a name, or a part of one
        #[arg(required = true)]
        quota: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub struct Init {
    /// The folder to write `.tf-headroom.hcl` into
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// What to begin with: `gov-ccaas`, the tags of a government contact centre, or `plain`, examples
    #[arg(long, value_name = "NAME", value_parser = parse_profile)]
    pub profile: Option<&'static config::Profile>,
    /// Print it and write nothing
    #[arg(long)]
    pub print: bool,
}

#[derive(Debug, Args)]
pub struct Explain {
    /// A rule's id, a quota's code or its name; without any, the rules are listed
    #[arg(value_name = "RULE|QUOTA")]
    pub subject: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Schema {
    /// The command whose output is described
    #[arg(value_enum, default_value_t)]
    pub of: SchemaOf,
}

/// Outputs with a schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    #[default]
    Check,
    Inventory,
}

impl SchemaOf {
    pub fn text(self) -> &'static str {
        match self {
            SchemaOf::Check => json::CHECK_SCHEMA,
            SchemaOf::Inventory => json::INVENTORY_SCHEMA,
        }
    }
}

#[derive(Debug, Args)]
pub struct Completions {
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// The forms of what is no report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Plain {
    Human,
    Json,
}

/// A form, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target<F = Format> {
    pub format: F,
    /// None: standard output.
    pub file: Option<PathBuf>,
}

/// Forms with names.
pub trait Named: Copy + 'static {
    /// All of them with their names.
    fn all() -> Vec<(&'static str, Self)>;
}

impl Named for Format {
    fn all() -> Vec<(&'static str, Format)> {
        Format::ALL.iter().map(|f| (f.name(), *f)).collect()
    }
}

impl Named for Plain {
    fn all() -> Vec<(&'static str, Plain)> {
        vec![("human", Plain::Human), ("json", Plain::Json)]
    }
}

impl<F: Named> Target<F> {
    fn parse(text: &str) -> Result<Target<F>, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err("a file name is missing after `=`".to_owned()),
            Some((name, "-")) => (name, None),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let all = F::all();
        let names = || all.iter().map(|(name, _)| *name);
        let format = all.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
        let format = format.ok_or_else(|| match nearest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are: {}", names().collect::<Vec<_>>().join(", ")),
        })?;
        Ok(Target { format, file })
    }
}

fn parse_profile(name: &str) -> Result<&'static config::Profile, String> {
    let names = || config::PROFILES.iter().map(|p| p.name);
    config::profile(name).ok_or_else(|| match nearest(name, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", names().collect::<Vec<_>>().join(", ")),
    })
}

fn parse_shard(text: &str) -> Result<(usize, usize), String> {
    let number = |t: &str| t.trim().parse::<usize>().ok();
    match text.split_once('/').map(|(i, n)| (number(i), number(n))) {
        Some((Some(i), Some(n))) if (1..=n).contains(&i) => Ok((i, n)),
        _ => Err("a part is written I/N, from 1/N to N/N".to_owned()),
    }
}

fn parse_date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "a day is written YYYY-MM-DD".to_owned())
}

/// The least grave finding that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
    Notice,
    Never,
}

impl From<FailOn> for config::FailOn {
    fn from(fail_on: FailOn) -> config::FailOn {
        match fail_on {
            FailOn::Error => config::FailOn::At(Severity::Error),
            FailOn::Warning => config::FailOn::At(Severity::Warning),
            FailOn::Notice => config::FailOn::At(Severity::Notice),
            FailOn::Never => config::FailOn::Never,
        }
    }
}

/// The command line as clap has it.
pub fn command() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn a_format_may_go_to_a_file() {
        let parse = Target::<Format>::parse;
        assert_eq!(parse("json").unwrap(), Target { format: Format::Json, file: None });
        assert_eq!(parse("json=-").unwrap(), Target { format: Format::Json, file: None });
        assert_eq!(parse("human=a=b").unwrap().file, Some(PathBuf::from("a=b")));
        assert_eq!(parse("jsn").unwrap_err(), "did you mean `json`?");
        assert!(parse("json=").is_err());
        assert!(Target::<Plain>::parse("sarif").is_err());
    }
}
