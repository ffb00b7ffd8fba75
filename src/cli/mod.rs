//! The command line: arguments in, text and an exit code out.
//!
//! In: arguments and the environment, as Terraform reads them. Out: what [`crate::pipeline`] found.
//! Here alone are the clock, the environment, the terminal and standard input.

mod args;
mod aws;
mod base;
mod capacity;
mod commands;
mod error;
mod eval;
mod explain;
mod init;
mod merge;
mod output;
mod policy;
mod progress;
mod quota_page;
mod quotas;
mod request;
mod snapshots;
mod tags;
mod terraform;
mod trend;

use std::process::ExitCode;

use clap::FromArgMatches;

use args::{Cli, Command};
use error::CliError;
use output::Terminal;

/// A result of the command line.
type Result<T> = std::result::Result<T, Box<CliError>>;

/// Deep expressions are walked by recursion; this is enough for the depth that the readers allow.
const STACK: usize = 64 << 20;

/// Runs the program.
pub fn main() -> ExitCode {
    let work = || run(std::env::args_os().collect());
    let done = std::thread::Builder::new().stack_size(STACK).spawn(work).map(std::thread::JoinHandle::join);
    match done {
        Ok(Ok(code)) => ExitCode::from(code),
        // A bug has printed its panic already.
        Ok(Err(_)) | Err(_) => ExitCode::from(2),
    }
}

/// Runs one command line and returns the exit code.
fn run(arguments: Vec<std::ffi::OsString>) -> u8 {
    let mut terminal = Terminal::surely();
    let arguments = terraform::double_dashes(arguments);
    let matches = match args::command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(problem) => return terminal.usage(&problem),
    };
    let cli = Cli::from_arg_matches(&matches).expect("bug: the arguments are those of the command line");
    terminal.choose(&cli.common);
    match execute(cli, &matches, &mut terminal) {
        Ok(code) => code,
        Err(error) => terminal.fail(&error),
    }
}

fn execute(cli: Cli, matches: &clap::ArgMatches, terminal: &mut Terminal) -> Result<u8> {
    match cli.command {
        Command::Check(options) => commands::check(&cli.common, options, matches, terminal),
        Command::Merge(options) => merge::run(&cli.common, options, terminal),
        Command::Inventory(options) => commands::inventory(&cli.common, options, matches, terminal),
        Command::Eval(options) => eval::run(&cli.common, options, matches, terminal),
        Command::Capacity(options) => capacity::run(&cli.common, options, matches, terminal),
        Command::Quotas(options) => quotas::run(&cli.common, options.command, matches, terminal),
        Command::Tags(options) => tags::run(&cli.common, options, matches, terminal),
        Command::Init(options) => init::run(&cli.common, &options, terminal),
        Command::Explain(options) => explain::run(&cli.common, options, matches, terminal),
        Command::Schema(options) => Ok(terminal.print(commands::schema(&options))),
        Command::Completions(options) => Ok(terminal.print(&commands::completions(&options))),
        Command::Man => Ok(terminal.print(&commands::man())),
    }
}
