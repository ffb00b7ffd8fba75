//! Runs the program as a user would, in an environment that nobody else has touched.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What a run left behind.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// The root of the repository: paths in the output are relative to it.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The program with these arguments, split at blanks, and nothing of our environment but where it is needed.
pub fn command(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tf-headroom"));
    command.current_dir(root()).env_clear().args(arguments.split_whitespace());
    command
}

/// Runs the program in the root of the repository, on the day of the fixtures.
pub fn run(arguments: &str) -> Run {
    finish(command(arguments), "")
}

/// Runs a command and feeds it a text.
pub fn finish(mut command: Command, input: &str) -> Run {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program is built with its tests");
    let mut stdin = child.stdin.take().expect("the pipe was asked for");
    // It may end before it has read everything.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let Output { status, stdout, stderr } = child.wait_with_output().expect("the program ends");
    Run {
        code: status.code().expect("no signal ended the program"),
        out: String::from_utf8(stdout).expect("output is UTF-8"),
        err: String::from_utf8(stderr).expect("errors are UTF-8"),
    }
}

/// Compares a committed file with what is made now; `UPDATE=1` writes it anew.
pub fn committed(path: &Path, made: &str) {
    let path = root().join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, made).expect("the file can be written");
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(known == made, "{} is stale: run `UPDATE=1 cargo test`", path.display());
}

/// Copies a folder with all that is in it.
pub fn copied(from: &str) -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let to = to.join(entry.file_name());
            match entry.path().is_dir() {
                true => copy(&entry.path(), &to),
                false => _ = std::fs::copy(entry.path(), to).unwrap(),
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join(from), folder.path());
    folder
}
