//! The terminal: colours, width, and pipes that close early.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use super::Result;
use super::args::{Color, Common};
use super::error::CliError;
use crate::finding::{Diagnostic, Severity};
use crate::report::human;
use crate::report::{Detail, Exit, Look};
use crate::source::{Files, Writing, write_all_whole};

/// Columns where nobody tells: a log, a file.
const WIDTH: usize = 100;

/// Standard output and standard error.
#[derive(Debug)]
pub struct Terminal {
    color: Color,
    detail: Detail,
}

impl Terminal {
    /// A terminal as far as it is known before the arguments are.
    pub fn surely() -> Terminal {
        Terminal { color: Color::Auto, detail: Detail::Normal }
    }

    /// Takes what the arguments say.
    pub fn choose(&mut self, common: &Common) {
        self.color = if common.no_color { Color::Never } else { common.color };
        self.detail = match (common.quiet, common.verbose) {
            (true, _) => Detail::Quiet,
            (false, 0) => Detail::Normal,
            (false, _) => Detail::Full,
        };
    }

    /// How a report on standard output is to look.
    pub fn look(&self) -> Look {
        Look { width: width(), color: self.colored(&io::stdout()), detail: self.detail }
    }

    /// How it is to look in a file.
    pub fn look_of_file(&self) -> Look {
        Look { width: WIDTH, color: false, detail: self.detail }
    }

    /// True if a line may say how far the work has got.
    pub fn tells_progress(&self) -> bool {
        self.detail != Detail::Quiet
    }

    /// True if everything is to be shown.
    pub fn is_full(&self) -> bool {
        self.detail == Detail::Full
    }

    fn colored(&self, stream: &impl IsTerminal) -> bool {
        let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty() && v != "0");
        match self.color {
            Color::Always => true,
            Color::Never => false,
            // https://no-color.org and https://bixense.com/clicolors
            Color::Auto if std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty()) => false,
            Color::Auto if set("CLICOLOR_FORCE") => true,
            Color::Auto => stream.is_terminal() && std::env::var_os("TERM").is_none_or(|t| t != "dumb"),
        }
    }

    /// Prints a text and returns the exit code. A reader that went away has seen enough.
    pub fn print(&mut self, text: &str) -> u8 {
        self.print_with(|out| out.write_all(text.as_bytes()))
    }

    /// Prints what is written bit by bit, and returns the exit code.
    pub fn print_with(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> u8 {
        let mut out = io::stdout().lock();
        match write(&mut out).and_then(|()| out.flush()) {
            Ok(()) => Exit::Clean.code(),
            Err(problem) if problem.kind() == io::ErrorKind::BrokenPipe => Exit::Clean.code(),
            Err(_) => Exit::Unchecked.code(),
        }
    }

    /// Writes the files that the user named: all of them whole, or none.
    pub fn save<'a>(&mut self, files: &'a [(&'a Path, String)]) -> Result<()> {
        let writing = |(path, text): &'a (&'a Path, String)| -> (&'a Path, Writing<'a>) {
            (*path, Box::new(|to| to.write_all(text.as_bytes())))
        };
        self.save_with(&files.iter().map(writing).collect::<Vec<_>>())
    }

    /// The same of files that are written bit by bit.
    pub fn save_with(&mut self, files: &[(&Path, Writing<'_>)]) -> Result<()> {
        write_all_whole(files).map_err(|(path, problem)| {
            Box::new(CliError::Unwritable { path: path.display().to_string(), problem })
        })
    }

    /// Tells of an error on standard error and returns the exit code.
    pub fn fail(&mut self, error: &CliError) -> u8 {
        let mut diagnostic = Diagnostic::error(error.to_string(), "", None);
        diagnostic.help = error.help();
        self.tell(&[diagnostic], &Files::default());
        Exit::Unchecked.code()
    }

    /// Tells of the errors among diagnostics on standard error.
    pub fn tell_errors(&mut self, diagnostics: &[Diagnostic], files: &Files) {
        let errors: Vec<Diagnostic> =
            diagnostics.iter().filter(|d| d.severity == Severity::Error).cloned().collect();
        self.tell(&errors, files);
    }

    /// Says on standard error what the program waits for.
    pub fn hint(&mut self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    fn tell(&mut self, diagnostics: &[Diagnostic], files: &Files) {
        let look = Look { width: width(), color: self.colored(&io::stderr()), detail: self.detail };
        for diagnostic in diagnostics {
            let text = human::print(&human::diagnostic_block(diagnostic, files, &look), &look);
            let _ = io::stderr().lock().write_all(text.as_bytes());
        }
    }

    /// Prints what clap has to say: help, the version, or what is wrong with the arguments.
    pub fn usage(&mut self, problem: &clap::Error) -> u8 {
        let text = |stream: bool| {
            let text = problem.render();
            if stream { text.ansi().to_string() } else { text.to_string() }
        };
        if problem.use_stderr() {
            let text = text(self.colored(&io::stderr()));
            let _ = io::stderr().lock().write_all(text.as_bytes());
            Exit::Unchecked.code()
        } else {
            let text = text(self.colored(&io::stdout()));
            self.print(&text)
        }
    }
}

fn width() -> usize {
    terminal_size::terminal_size().map_or(WIDTH, |(columns, _)| usize::from(columns.0).clamp(40, 140))
}
