//! What the command line takes.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::config;
use crate::date::Date;
use crate::finding::Severity;
use crate::report::{Format, json};
use crate::request::profile::{PROFILES, Profile as Size, profile};
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
    /// Put the reports of all parts of a check together: a CI matrix shares the work of `check --shard`
    Merge(Merge),
    /// List the resource instances, with tags, scopes and counts
    Inventory(Inventory),
    /// Evaluate expressions in a module, without init or credentials
    Eval(Eval),
    /// Say how many more tenants fit, and which quota binds first
    Capacity(Capacity),
    /// Show how far tags have got, repair them, exchange policies with AWS
    Tags(Tags),
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
    /// Take PATHs for files that changed, and check the root modules below this folder that they are part of: for hooks
    #[arg(long, conflicts_with_all = ["recursive", "source", "base", "shard"])]
    pub changed: bool,
    /// Check a `target` block of the settings: a root module with its var files and workspace; repeatable
    #[arg(long, value_name = "NAME", action = ArgAction::Append, conflicts_with_all = ["paths", "recursive", "source", "changed"])]
    pub target: Vec<String>,
    /// Check one part of the root modules, such as 2/4: a CI matrix shares the work, and `merge` puts reports in JSON together
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
    /// Say whose each count is, which takes an evaluation for each tenant [default: in reports for programs and pages, where that is quick]
    #[arg(long)]
    pub shares: bool,
    /// Compare with a revision in git, a folder or a plan: only what the change makes worse is a finding
    #[arg(long, value_name = "REF|PATH|PLAN")]
    pub base: Option<String>,
    /// Take settings and baseline from this revision in git, and say what the change does to them
    #[arg(long, value_name = "REF")]
    pub settings_from: Option<String>,
    /// Findings that are known: they are counted, and fail nothing
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write all findings into a baseline
    #[arg(long, value_name = "FILE")]
    pub write_baseline: Option<PathBuf>,
    /// The day to reckon with, for exemptions that end [default: the clock's]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub today: Option<Date>,
    /// Who tells limits and use: the catalog, AWS, AWS and nobody else, or a snapshot
    #[arg(long, value_name = "catalog|live|live-only|FILE", default_value = "catalog")]
    pub quotas: QuotasFrom,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Debug, Args)]
pub struct Merge {
    /// One report for each part, written by `check --shard I/N --format json=FILE`
    #[arg(value_name = "REPORT", required = true)]
    pub reports: Vec<PathBuf>,
    /// The form of the report, to standard output or a file; repeatable: human, json, sarif, github, gitlab, markdown,
    /// junit, openmetrics, html
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = Target::<Format>::parse, action = ArgAction::Append)]
    pub format: Vec<Target>,
    /// The least grave finding that ends with exit code 1 [default: error, or as the settings say]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
}

/// Who tells limits and use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuotasFrom {
    Catalog,
    Live,
    LiveOnly,
    File(PathBuf),
}

impl std::str::FromStr for QuotasFrom {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<QuotasFrom, Self::Err> {
        Ok(match text {
            "catalog" => QuotasFrom::Catalog,
            "live" => QuotasFrom::Live,
            "live-only" => QuotasFrom::LiveOnly,
            file => QuotasFrom::File(file.into()),
        })
    }
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
pub struct Capacity {
    /// A root module's folder
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// The tenant that new ones are like [default: the one in the middle]
    #[arg(long, value_name = "TENANT", conflicts_with = "shape")]
    pub like: Option<String>,
    /// What a new tenant looks like, as an object: '{ name = "New", queues = ["general"] }'
    #[arg(long, value_name = "OBJECT")]
    pub shape: Option<String>,
    /// Reckon with agencies of a size instead of a configuration: small, medium, large, or `planning`, the example of
    /// the planning guide
    #[arg(long, value_name = "SIZE", value_parser = parse_size, conflicts_with_all = ["path", "like", "shape", "format", "quotas"])]
    pub profile: Option<&'static Size>,
    /// How many agencies of that size
    #[arg(long, value_name = "N", requires = "profile", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub tenants: u64,
    /// How they share Connect instances [default: both, compared]
    #[arg(long, value_name = "LAYOUT", requires = "profile")]
    pub layout: Option<Layout>,
    /// Try no more tenants than these
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=5000))]
    pub most: u64,
    /// The form of the answer
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = Target::<Plain>::parse)]
    pub format: Option<Target<Plain>>,
    /// The day to reckon with, for limits that end [default: the clock's]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub today: Option<Date>,
    /// Who tells limits and use: the catalog, AWS, AWS and nobody else, or a snapshot
    #[arg(long, value_name = "catalog|live|live-only|FILE", default_value = "catalog")]
    pub quotas: QuotasFrom,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub reading: Reading,
}

/// How agencies share Connect instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// One instance for all
    Shared,
    /// One instance for each
    Separate,
}

#[derive(Debug, Args)]
pub struct Quotas {
    #[command(subcommand)]
    pub command: QuotasCommand,
}

#[derive(Debug, Subcommand)]
pub enum QuotasCommand {
    /// List the services, the quotas of one, or those that a resource type uses
    List(QuotasList),
    /// Show a quota: its default, its sources and what counts
    Show {
        /// A quota code, a name, or a part of one
        #[arg(required = true)]
        quota: Vec<String>,
    },
    /// Print what to ask AWS for: quotas that are exceeded or nearly full. Sends nothing
    Request(RequestOptions),
    /// Ask AWS for applied values, use and pending increases, and write a snapshot
    Pull(Box<Pull>),
    /// Compare a snapshot with the catalog, with another snapshot, or one Region with another
    Diff(Diff),
    /// Say how use grows from snapshot to snapshot, and when it is over the limit
    Trend(Trend),
    /// Print the least IAM policy for asking AWS
    Policy(Box<Policy>),
    /// Print CloudWatch alarms as Terraform blocks, for quotas that have a metric
    Alarms(Box<Alarms>),
}

#[derive(Debug, Args)]
pub struct RequestOptions {
    /// A root module's folder, a plan or state as JSON, or - for standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// What to print
    #[arg(long = "as", value_enum, value_name = "FORM", default_value_t)]
    pub form: RequestForm,
    /// Who tells limits and use: the catalog, AWS, AWS and nobody else, or a snapshot
    #[arg(long, value_name = "catalog|live|live-only|FILE", default_value = "catalog")]
    pub quotas: QuotasFrom,
    /// Older snapshots, or a folder of them: growth so far says what to ask for and when; repeatable
    #[arg(long, value_name = "FILE", action = ArgAction::Append)]
    pub trend: Vec<PathBuf>,
    /// The day to reckon with [default: the clock's]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub today: Option<Date>,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub reading: Reading,
}

/// Whose values are pulled.
#[derive(Debug, Args)]
pub struct Pull {
    /// Configurations or plans: only what they use is asked for
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The snapshot to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Keep a copy in this folder, named by its time
    #[arg(long, value_name = "DIR")]
    pub history: Option<PathBuf>,
    /// An `account` block of the settings; repeatable [default: all of them, else the surroundings' credentials]
    #[arg(long, value_name = "NAME", action = ArgAction::Append, conflicts_with = "paths")]
    pub account: Vec<String>,
    /// A Region; repeatable [default: that of the account or the surroundings]
    #[arg(long, value_name = "REGION", action = ArgAction::Append, conflicts_with = "paths")]
    pub region: Vec<String>,
    /// A service, with all its quotas; repeatable [default: every service of which something is measured]
    #[arg(long, value_name = "SERVICE", action = ArgAction::Append, conflicts_with = "paths")]
    pub service: Vec<String>,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub reading: Reading,
}

/// What is compared.
#[derive(Debug, Args)]
pub struct Diff {
    /// `catalog`, a snapshot, or one place of it: FILE@REGION, FILE@ACCOUNT, FILE@ACCOUNT/REGION
    #[arg(value_name = "FROM")]
    pub from: String,
    /// The same
    #[arg(value_name = "TO")]
    pub to: String,
    /// Whether people or programs read it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: DiffFormat,
}

/// What is followed.
#[derive(Debug, Args)]
pub struct Trend {
    /// Snapshots, or folders of them, as `quotas pull --history` fills
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Only this service; repeatable
    #[arg(long, value_name = "SERVICE", action = ArgAction::Append)]
    pub service: Vec<String>,
    /// Whether people or programs read it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: DiffFormat,
}

/// The form of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    #[default]
    Human,
    Json,
}

#[derive(Debug, Args)]
pub struct Policy {
    /// Configurations or plans that are to be checked [default: everything that is measured]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Debug, Args)]
pub struct Alarms {
    /// Configurations or plans: only quotas that they use get alarms
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// A snapshot, which tells the metrics
    #[arg(long, value_name = "FILE")]
    pub quotas: PathBuf,
    /// A service, with all its quotas that have a metric; repeatable
    #[arg(long, value_name = "SERVICE", action = ArgAction::Append, conflicts_with = "paths")]
    pub service: Vec<String>,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Tags {
    #[command(flatten)]
    pub coverage: Coverage,
    #[command(subcommand)]
    pub command: Option<TagsCommand>,
}

#[derive(Debug, Args)]
pub struct Coverage {
    /// Root modules' folders, plans or states as JSON, or - for standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// The form of the tables
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = Target::<Plain>::parse)]
    pub format: Option<Target<Plain>>,
    /// A state or plan as JSON: objects that it has and the source does not declare are named
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// A snapshot of `quotas pull`: Connect instances that it has and the source does not declare are named
    #[arg(long, value_name = "FILE")]
    pub quotas: Option<PathBuf>,
    /// The day to reckon with, for exemptions that end [default: the clock's]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub today: Option<Date>,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub reading: Reading,
}

/// Forms of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum RequestForm {
    /// Everything, in the order of work
    #[default]
    Checklist,
    /// Lines for the AWS CLI
    Cli,
    /// Terraform blocks, for quotas of the account
    Terraform,
    /// Pages of the console
    Links,
    /// The text of a support case
    Case,
}

#[derive(Debug, Subcommand)]
pub enum TagsCommand {
    /// Add missing tags to the source where that is certain, with values from the settings' `default`
    Fix {
        /// Root modules' folders
        #[arg(value_name = "PATH", default_value = ".")]
        paths: Vec<PathBuf>,
        /// Write the files; without it the difference is printed
        #[arg(long)]
        write: bool,
        /// The day to reckon with, for exemptions that end [default: the clock's]
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
        today: Option<Date>,
        #[command(flatten)]
        settings: Settings,
        #[command(flatten)]
        reading: Reading,
    },
    /// Read Organizations tag policies and print them as settings
    Import {
        /// Policies as JSON, from the organization's root to the account
        #[arg(value_name = "POLICY", required = true)]
        policies: Vec<PathBuf>,
    },
    /// Write the settings' tags for AWS
    Export {
        /// What to write
        #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
        to: ExportTo,
        #[command(flatten)]
        settings: Settings,
    },
}

/// What `tags export` writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ExportTo {
    /// An Organizations tag policy
    #[default]
    Policy,
    /// Commands that activate cost allocation tags
    CostAllocation,
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
pub struct QuotasList {
    /// The service code of Service Quotas
    pub service: Option<String>,
    /// Only the quotas that this resource type uses
    #[arg(long = "type", value_name = "TYPE")]
    pub r#type: Option<String>,
    /// Only quotas that are compared with what a configuration holds
    #[arg(long, conflicts_with = "unmeasured")]
    pub measured: bool,
    /// Only quotas that are not
    #[arg(long)]
    pub unmeasured: bool,
}

#[derive(Debug, Args)]
pub struct Explain {
    /// A rule's id, a quota's code or its name; without any, the rules are listed
    #[arg(value_name = "RULE|QUOTA")]
    pub subject: Vec<String>,
    /// Show how the use of the quota in this root module or plan came about, number by number; without a quota, of all
    /// that are not within their limit
    #[arg(long, value_name = "PATH")]
    pub of: Option<PathBuf>,
    /// Only in parents whose address, id or ARN has this text
    #[arg(long, value_name = "TEXT", requires = "of")]
    pub scope: Option<String>,
    /// Who tells limits and use: the catalog, AWS, AWS and nobody else, or a snapshot
    #[arg(long, value_name = "catalog|live|live-only|FILE", default_value = "catalog")]
    pub quotas: QuotasFrom,
    /// The day to reckon with, for limits that end [default: the clock's]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub today: Option<Date>,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub reading: Reading,
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
    Capacity,
    Tags,
}

impl SchemaOf {
    pub fn text(self) -> &'static str {
        match self {
            SchemaOf::Check => json::CHECK_SCHEMA,
            SchemaOf::Inventory => json::INVENTORY_SCHEMA,
            SchemaOf::Capacity => json::CAPACITY_SCHEMA,
            SchemaOf::Tags => json::TAGS_SCHEMA,
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

fn parse_size(name: &str) -> Result<&'static Size, String> {
    let names = || PROFILES.iter().map(|p| p.name);
    profile(name).ok_or_else(|| match nearest(name, names()) {
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
