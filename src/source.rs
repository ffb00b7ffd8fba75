//! Files, positions in them, and the trees of files that can be read.
//!
//! In: paths. Out: text with line numbers. Only this room and `live` and `cli` touch the world;
//! [`write_whole`] is the one way to write a file, used by `cli` alone.

#![allow(clippy::disallowed_methods, reason = "this is the room that touches files")]

mod git;
mod near;

use std::cell::RefCell;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, RwLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use git::{Git, GitError};
pub use near::{meant, near, near_revision};

/// Number of a file in [`Files`]. Orders nothing that a user sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A stretch of bytes in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

thread_local! {
    /// What files that were numbered elsewhere are called here, while such numbers are read.
    static RENUMBERED: RefCell<Option<Vec<FileId>>> = const { RefCell::new(None) };
}

impl FileId {
    /// Reads something whose files were numbered in another run; `files`: what each of them is here.
    pub fn renumbered<T>(files: Vec<FileId>, read: impl FnOnce() -> T) -> T {
        let outer = RENUMBERED.replace(Some(files));
        let result = read();
        RENUMBERED.set(outer);
        result
    }
}

impl Serialize for FileId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de> Deserialize<'de> for FileId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<FileId, D::Error> {
        let number = u32::deserialize(from)?;
        RENUMBERED.with_borrow(|files| match files {
            None => Ok(FileId(number)),
            Some(files) => {
                let file = files.get(number as usize).copied();
                file.ok_or_else(|| serde::de::Error::custom("a file that there is not"))
            }
        })
    }
}

impl Span {
    /// Returns the smallest span that covers both; both lie in one file.
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A file as it was read.
#[derive(Debug)]
pub struct SourceFile {
    pub id: FileId,
    /// The path as shown to the user, with `/` between its parts.
    pub path: String,
    pub text: Arc<str>,
    lines: OnceLock<Vec<u32>>,
}

impl SourceFile {
    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let mut starts = vec![0];
            starts.extend(memchr::memchr_iter(b'\n', self.text.as_bytes()).map(|i| i as u32 + 1));
            starts
        })
    }

    /// Returns line and column of a byte offset, both counted from 1; columns in characters.
    pub fn line_col(&self, offset: u32) -> (u32, u32) {
        let starts = self.line_starts();
        let line = starts.partition_point(|s| *s <= offset) - 1;
        let from = starts[line] as usize;
        let upto = (offset as usize).clamp(from, self.text.len());
        let column = self.text.get(from..upto).map_or(upto - from, |s| s.chars().count());
        (line as u32 + 1, column as u32 + 1)
    }

    /// Returns the text of a line, counted from 1, without its end.
    pub fn line_text(&self, line: u32) -> &str {
        let starts = self.line_starts();
        let Some(from) = starts.get((line as usize).wrapping_sub(1)) else {
            return "";
        };
        let upto = starts.get(line as usize).map_or(self.text.len(), |n| *n as usize);
        self.text[*from as usize..upto].trim_end_matches(['\n', '\r'])
    }
}

/// All files of a run. Shared by threads.
#[derive(Debug, Default)]
pub struct Files(RwLock<Vec<Arc<SourceFile>>>);

impl Files {
    /// Registers a text under a path and returns the file.
    pub fn add(&self, path: impl Into<String>, text: impl Into<Arc<str>>) -> Arc<SourceFile> {
        let mut files = self.0.write().expect("bug: a thread panicked while it held the files");
        let id = FileId(u32::try_from(files.len()).expect("bug: more than 4 billion files"));
        let file = Arc::new(SourceFile { id, path: path.into(), text: text.into(), lines: OnceLock::new() });
        files.push(file.clone());
        file
    }

    pub fn get(&self, id: FileId) -> Arc<SourceFile> {
        self.0.read().expect("bug: a thread panicked while it held the files")[id.0 as usize].clone()
    }

    /// Returns how many files were read so far.
    pub fn count(&self) -> u64 {
        self.0.read().expect("bug: a thread panicked while it held the files").len() as u64
    }

    /// Returns all files that were read so far, in that order.
    pub fn all(&self) -> Vec<Arc<SourceFile>> {
        self.0.read().expect("bug: a thread panicked while it held the files").clone()
    }

    /// Returns path, line and column of the start of a span.
    pub fn locate(&self, span: Span) -> Location {
        let file = self.get(span.file);
        let (line, column) = file.line_col(span.start);
        Location { path: file.path.clone(), line, column }
    }
}

/// A place in a file as a user reads it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    pub path: String,
    pub line: u32,
    pub column: u32,
}

/// A tree of files: the disk, or a revision in git.
pub trait Tree: Sync {
    /// Reads a whole file.
    ///
    /// # Errors
    /// What the file system says.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Lists the names in a folder, sorted, with whether each is a folder.
    ///
    /// # Errors
    /// What the file system says.
    fn list(&self, folder: &Path) -> io::Result<Vec<(String, bool)>>;

    fn is_dir(&self, path: &Path) -> bool;

    fn is_file(&self, path: &Path) -> bool;

    /// Returns one spelling for all paths that lead to the same place.
    fn canonical(&self, path: &Path) -> PathBuf;
}

/// Larger files are not read.
const MAX_FILE: u64 = 512 << 20;

/// The disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Tree for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        // A pipe without a writer never ends. What a shell puts under a descriptor's name has one.
        let opened =
            ["/dev/fd/", "/dev/null", "/dev/stdin", "/proc/self/fd/"].iter().any(|p| path.starts_with(p));
        let about = std::fs::metadata(path)?;
        if !about.is_file() && !about.is_dir() && !opened {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is neither a file nor a folder"));
        }
        let mut content = Vec::with_capacity(usize::try_from(about.len().min(MAX_FILE)).unwrap_or(0));
        std::fs::File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut content)?;
        if content.len() as u64 > MAX_FILE {
            let text = format!("it is larger than {} MiB", MAX_FILE >> 20);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        Ok(content)
    }

    #[expect(clippy::disallowed_methods, reason = "this is where the disk is read")]
    fn list(&self, folder: &Path) -> io::Result<Vec<(String, bool)>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            // Where a link leads is asked of the file system; all else it has told.
            let is_dir = match entry.file_type() {
                Ok(kind) if !kind.is_symlink() => kind.is_dir(),
                _ => entry.path().is_dir(),
            };
            names.push((entry.file_name().to_string_lossy().into_owned(), is_dir));
        }
        names.sort();
        Ok(names)
    }

    fn is_dir(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn canonical(&self, path: &Path) -> PathBuf {
        path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
    }
}

/// Writes a file whole or not at all: into a neighbour first, then renamed.
///
/// # Errors
/// What the file system says; the old file is then untouched.
pub fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    Staged::write(path, &|to| to.write_all(content))?.settle()
}

/// Writes what a file is to hold, bit by bit.
pub type Writing<'a> = Box<dyn Fn(&mut dyn io::Write) -> io::Result<()> + 'a>;

/// Writes several files whole, or none of them: what cannot be written is known before the first old file is replaced.
///
/// # Errors
/// The file that could not be written, and what the file system says of it.
pub fn write_all_whole<'a>(files: &[(&'a Path, Writing<'_>)]) -> Result<(), (&'a Path, io::Error)> {
    let staged: Result<Vec<_>, _> = files
        .iter()
        .map(|(path, writing)| Staged::write(path, writing).map(|s| (*path, s)).map_err(|e| (*path, e)))
        .collect();
    staged?.into_iter().try_for_each(|(path, staged)| staged.settle().map_err(|e| (path, e)))
}

/// Content beside its place, removed again unless it is settled.
struct Staged {
    temporary: PathBuf,
    path: PathBuf,
}

impl Staged {
    fn write(path: &Path, writing: &dyn Fn(&mut dyn io::Write) -> io::Result<()>) -> io::Result<Staged> {
        // A pipe or a device cannot be replaced, and a link is followed.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        if path.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let special = path.exists() && !path.is_file();
        if special {
            writing(&mut std::fs::File::create(&path)?)?;
            return Ok(Staged { temporary: PathBuf::new(), path });
        }
        let mut temporary = std::ffi::OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}.tmp", std::process::id()));
        let staged = Staged { temporary: folder.join(temporary), path };
        writing(&mut std::fs::File::create(&staged.temporary)?)?;
        Ok(staged)
    }

    fn settle(self) -> io::Result<()> {
        if self.temporary.as_os_str().is_empty() {
            return Ok(());
        }
        std::fs::rename(&self.temporary, &self.path)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.temporary.as_os_str().is_empty() {
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let files = Files::default();
        let file = files.add("a.tf", "é = 1\r\nb = 2\n");
        assert_eq!(file.line_col(0), (1, 1));
        assert_eq!(file.line_col(3), (1, 3));
        assert_eq!(file.line_col(8), (2, 1));
        assert_eq!(file.line_text(1), "é = 1");
        assert_eq!(file.line_text(2), "b = 2");
        assert_eq!(file.line_text(9), "");
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn several_files_are_written_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let (good, bad) = (folder.path().join("a.json"), folder.path().join("nowhere/b.json"));
        write_whole(&good, b"old").unwrap();
        let new = || -> Writing<'_> { Box::new(|to| to.write_all(b"new")) };
        let failed = write_all_whole(&[(&good, new()), (&bad, new())]);
        assert_eq!(failed.unwrap_err().0, bad);
        assert_eq!(std::fs::read(&good).unwrap(), b"old");
        let broken: Writing<'_> =
            Box::new(|to| to.write_all(b"half").and(Err(io::ErrorKind::StorageFull.into())));
        assert_eq!(write_all_whole(&[(&good, new()), (&good, broken)]).unwrap_err().0, good);
        assert_eq!(std::fs::read(&good).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
        assert!(write_whole(folder.path(), b"x").is_err());
    }
}
