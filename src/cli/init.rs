//! `init`: a settings file to begin with.

use super::Result;
use super::args::{Common, Init};
use super::commands::enter;
use super::error::CliError;
use super::output::Terminal;
use crate::config::{FILE_NAME, PLAIN};
use crate::source::{Disk, Tree};

/// Writes the settings file, or prints it; one that is there already is left as it is.
pub fn run(common: &Common, options: &Init, terminal: &mut Terminal) -> Result<u8> {
    enter(common)?;
    let profile = options.profile.unwrap_or(&PLAIN);
    if options.print {
        return Ok(terminal.print(profile.text));
    }
    let path = options.dir.join(FILE_NAME);
    let shown = path.display().to_string();
    if !Disk.is_dir(&options.dir) {
        return Err(Box::new(CliError::NoFolder { path: options.dir.display().to_string() }));
    }
    if Disk.is_file(&path) {
        return Err(Box::new(CliError::Settled { path: shown }));
    }
    terminal.save(&[(&path, profile.text.to_owned())])?;
    Ok(terminal.print(&format!("wrote `{shown}`: {}\n", profile.about)))
}
