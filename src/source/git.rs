//! A revision in git as a tree of files: read from git's objects by `git` itself, without touching the work tree.
//!
//! The program `git` and no library: whoever names a revision has it, it reads partial clones, alternates and new formats
//! of objects, and a library would weigh more than all our other dependencies. One process lists, one hands out files.
//! What `terraform init` fetched lies in no revision: those files, the variable files that the user names, and those that
//! git is told to ignore, are the disk's.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use super::{Disk, Tree};

/// How many links may follow one another.
const LINKS: usize = 40;

/// A revision of the repository around the working folder.
#[derive(Debug)]
pub struct Git {
    /// The working folder, absolute: paths are relative to it.
    folder: PathBuf,
    root: PathBuf,
    /// The commit's number.
    commit: String,
    entries: BTreeMap<String, Entry>,
    /// Files that are read from the disk where the revision does not have them.
    from_disk: Vec<PathBuf>,
    objects: Mutex<Objects>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    mode: Mode,
    object: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    File,
    Link,
    Submodule,
}

/// Why a revision cannot be read, in git's own words where it has some.
#[derive(Debug)]
pub struct GitError(pub String);

impl Git {
    /// Opens a revision of the repository that `folder` lies in.
    ///
    /// # Errors
    /// No git, no repository, no such revision.
    pub fn open(folder: &Path, revision: &str, from_disk: Vec<PathBuf>) -> Result<Git, GitError> {
        let folder = folder.canonicalize().map_err(|e| GitError(e.to_string()))?;
        let root = PathBuf::from(ask(&folder, &["rev-parse", "--show-toplevel"])?.trim_end());
        // A name that looks like an option is none.
        let commit = format!("{revision}^{{commit}}");
        let commit = ask(&folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])
            .map_err(|GitError(why)| {
                GitError(if why.is_empty() { "there is no such revision".to_owned() } else { why })
            })?;
        let commit = commit.trim_end().to_owned();
        let listed = ask_bytes(&folder, &["ls-tree", "-r", "-z", "--full-tree", &commit])?;
        let entries = listed.split(|b| *b == 0).filter_map(entry).collect();
        let objects = Mutex::new(Objects { folder: folder.clone(), open: None });
        Ok(Git { folder, root, commit, entries, from_disk, objects })
    }

    /// The files with values of variables that git ignores: they are in no revision, and count in all.
    pub fn ignored_values(folder: &Path) -> Vec<PathBuf> {
        let Ok(root) = ask(folder, &["rev-parse", "--show-toplevel"]) else { return Vec::new() };
        let root = PathBuf::from(root.trim_end());
        let ignored = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--"];
        let arguments = [&ignored[..], &["*.tfvars", "*.tfvars.json"]].concat();
        let listed = ask(&root, &arguments).unwrap_or_default();
        listed.split('\0').filter(|p| !p.is_empty()).map(|p| root.join(p)).collect()
    }

    /// The commit's number.
    pub fn commit(&self) -> &str {
        &self.commit
    }

    /// Returns the path from the root of the repository, links followed; None: it lies elsewhere.
    fn inside(&self, path: &Path) -> Option<String> {
        let mut wanted = lexical(&self.folder.join(path));
        for _ in 0..LINKS {
            let inside = wanted.strip_prefix(&self.root).ok()?.to_str()?.replace('\\', "/");
            let Some((link, rest)) = self.link_in(&inside) else { return Some(inside) };
            let target = self.object(&self.entries[&link].object).ok()?;
            let target = PathBuf::from(String::from_utf8(target).ok()?);
            let from = self.root.join(&link);
            wanted = lexical(&from.parent()?.join(target).join(rest));
        }
        None
    }

    /// The first part of a path that is a link, and what follows it.
    fn link_in(&self, path: &str) -> Option<(String, String)> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends {
            if self.entries.get(&path[..end]).is_some_and(|e| e.mode == Mode::Link) {
                return Some((path[..end].to_owned(), path[end..].trim_start_matches('/').to_owned()));
            }
        }
        None
    }

    fn object(&self, name: &str) -> io::Result<Vec<u8>> {
        self.objects.lock().expect("bug: a thread panicked while it read from git").read(name)
    }

    /// True for what no revision holds: what was fetched, what lies outside, what the user named himself, what is ignored.
    fn is_on_disk(&self, path: &Path) -> bool {
        let whole = lexical(&self.folder.join(path));
        whole.components().any(|c| c.as_os_str() == ".terraform")
            || !whole.starts_with(&self.root)
            || self.from_disk.iter().any(|p| lexical(&self.folder.join(p)) == whole)
    }

    fn file(&self, path: &Path) -> Option<&Entry> {
        self.entries.get(&self.inside(path)?).filter(|e| e.mode == Mode::File)
    }

    fn has_folder(&self, path: &Path) -> bool {
        let Some(inside) = self.inside(path) else { return false };
        if inside.is_empty() {
            return true;
        }
        let below = format!("{inside}/");
        self.entries.range(below.clone()..).next().is_some_and(|(p, _)| p.starts_with(&below))
    }
}

impl Tree for Git {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.file(path) {
            Some(entry) => self.object(&entry.object),
            None if self.is_on_disk(path) => Disk.read(&self.folder.join(path)),
            None => Err(io::Error::from(io::ErrorKind::NotFound)),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<(String, bool)>> {
        if !self.has_folder(folder) {
            return match self.is_on_disk(folder) {
                true => Disk.list(&self.folder.join(folder)),
                false => Err(io::Error::from(io::ErrorKind::NotFound)),
            };
        }
        let inside = self.inside(folder).unwrap_or_default();
        let below = if inside.is_empty() { String::new() } else { format!("{inside}/") };
        let mut names: BTreeMap<String, bool> = BTreeMap::new();
        for (path, entry) in self.entries.range(below.clone()..).take_while(|(p, _)| p.starts_with(&below)) {
            let (name, is_folder) = match path[below.len()..].split_once('/') {
                Some((name, _)) => (name, true),
                None if entry.mode == Mode::Link => {
                    (&path[below.len()..], self.has_folder(&self.root.join(path)))
                }
                None => (&path[below.len()..], entry.mode == Mode::Submodule),
            };
            *names.entry(name.to_owned()).or_insert(false) |= is_folder;
        }
        let whole = lexical(&self.folder.join(folder));
        let beside = self.from_disk.iter().map(|p| lexical(&self.folder.join(p)));
        // What Terraform reads unasked; the rest is read by its name.
        let unasked = |name: &str| {
            let name = name.trim_end_matches(".json");
            name == "terraform.tfvars" || name.ends_with(".auto.tfvars")
        };
        for file in beside.filter(|p| p.parent() == Some(&whole) && Disk.is_file(p)) {
            if let Some(name) = file.file_name().and_then(|n| n.to_str()).filter(|n| unasked(n)) {
                names.entry(name.to_owned()).or_insert(false);
            }
        }
        Ok(names.into_iter().collect())
    }

    fn is_dir(&self, path: &Path) -> bool {
        // The mark of a repository's root is in no revision.
        let is_mark = path.file_name().is_some_and(|n| n == ".git");
        self.has_folder(path) || ((is_mark || self.is_on_disk(path)) && Disk.is_dir(&self.folder.join(path)))
    }

    fn is_file(&self, path: &Path) -> bool {
        let is_mark = path.file_name().is_some_and(|n| n == ".git");
        self.file(path).is_some()
            || ((is_mark || self.is_on_disk(path)) && Disk.is_file(&self.folder.join(path)))
    }

    fn canonical(&self, path: &Path) -> PathBuf {
        match self.inside(path) {
            Some(inside) => lexical(&self.root.join(inside)),
            None => Disk.canonical(&self.folder.join(path)),
        }
    }
}

/// `100644 blob <number>\t<path>`.
fn entry(line: &[u8]) -> Option<(String, Entry)> {
    let line = std::str::from_utf8(line).ok()?;
    let (head, path) = line.split_once('\t')?;
    let mut words = head.split(' ');
    let mode = match words.next()? {
        "120000" => Mode::Link,
        "160000" => Mode::Submodule,
        _ => Mode::File,
    };
    let object = words.nth(1)?.to_owned();
    Some((path.to_owned(), Entry { mode, object }))
}

/// Resolves `.` and `..` by text alone.
fn lexical(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = out.pop(),
            part => out.push(part),
        }
    }
    out
}

pub(super) fn ask(folder: &Path, arguments: &[&str]) -> Result<String, GitError> {
    String::from_utf8(ask_bytes(folder, arguments)?)
        .map_err(|_| GitError("git's answer is not UTF-8".to_owned()))
}

fn ask_bytes(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| GitError(format!("the program `git` cannot be run: {e}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(GitError(said.trim().trim_start_matches("fatal: ").to_owned()))
}

/// The process that hands out files.
#[derive(Debug)]
struct Objects {
    folder: PathBuf,
    open: Option<Pipe>,
}

#[derive(Debug)]
struct Pipe {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    known: BTreeMap<String, OnceLock<Vec<u8>>>,
}

impl Objects {
    fn read(&mut self, object: &str) -> io::Result<Vec<u8>> {
        let pipe = match &mut self.open {
            Some(pipe) => pipe,
            closed => closed.insert(Pipe::open(&self.folder)?),
        };
        // Roots of a repository share modules: a file is asked for once.
        if let Some(content) = pipe.known.get(object).and_then(OnceLock::get) {
            return Ok(content.clone());
        }
        let content = pipe.ask(object)?;
        pipe.known.entry(object.to_owned()).or_default().get_or_init(|| content.clone());
        Ok(content)
    }
}

impl Pipe {
    fn open(folder: &Path) -> io::Result<Pipe> {
        let mut child = Command::new("git")
            .arg("-C")
            .arg(folder)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let questions = child.stdin.take().ok_or_else(gone)?;
        let answers = BufReader::new(child.stdout.take().ok_or_else(gone)?);
        Ok(Pipe { child, questions: Some(questions), answers, known: BTreeMap::new() })
    }

    fn ask(&mut self, object: &str) -> io::Result<Vec<u8>> {
        let questions = self.questions.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(questions, "{object}")?;
        questions.flush()?;
        let mut head = String::new();
        self.answers.read_line(&mut head)?;
        let size = head.trim_end().rsplit(' ').next().and_then(|n| n.parse::<u64>().ok());
        let size = size.ok_or_else(|| io::Error::other(format!("git says: {}", head.trim_end())))?;
        let mut content = Vec::new();
        (&mut self.answers).take(size).read_to_end(&mut content)?;
        let mut end = [0];
        self.answers.read_exact(&mut end)?;
        Ok(content)
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        // It ends when nobody asks any more.
        self.questions.take();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(folder: &Path, arguments: &[&str]) {
        let done = Command::new("git").arg("-C").arg(folder).args(arguments).output().unwrap();
        assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn repository() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        git(root, &["init", "-q", "-b", "main"]);
        git(root, &["config", "user.email", "a@example.com"]);
        git(root, &["config", "user.name", "a"]);
        std::fs::create_dir_all(root.join("envs/prod")).unwrap();
        std::fs::create_dir_all(root.join("modules/a")).unwrap();
        std::fs::write(root.join("envs/prod/main.tf"), "old").unwrap();
        std::fs::write(root.join("modules/a/main.tf"), "module").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("../modules", root.join("envs/link")).unwrap();
        git(root, &["add", "-A"]);
        git(root, &["commit", "-q", "-m", "one"]);
        std::fs::write(root.join("envs/prod/main.tf"), "new").unwrap();
        std::fs::write(root.join("envs/prod/more.tf"), "more").unwrap();
        std::fs::write(root.join("envs/prod/prod.tfvars"), "vars").unwrap();
        std::fs::create_dir_all(root.join("envs/prod/.terraform")).unwrap();
        std::fs::write(root.join("envs/prod/.terraform/x"), "fetched").unwrap();
        folder
    }

    #[test]
    fn a_revision_is_read_and_the_work_tree_is_not() {
        let folder = repository();
        let tree = Git::open(&folder.path().join("envs"), "main", vec!["prod/prod.tfvars".into()]).unwrap();
        let read = |path: &str| tree.read(Path::new(path)).map(|b| String::from_utf8(b).unwrap()).ok();
        assert_eq!(read("prod/main.tf").as_deref(), Some("old"));
        assert_eq!(read("prod/main.tf").as_deref(), Some("old"), "twice");
        assert_eq!(read("prod/more.tf"), None);
        assert_eq!(read("../modules/a/main.tf").as_deref(), Some("module"));
        assert_eq!(read("prod/prod.tfvars").as_deref(), Some("vars"), "named by the user");
        assert_eq!(read("prod/.terraform/x").as_deref(), Some("fetched"));
        assert_eq!(tree.list(Path::new("prod")).unwrap(), [("main.tf".to_owned(), false)]);
        assert!(tree.list(Path::new("nowhere")).is_err());
        assert!(tree.is_dir(Path::new("..")) && tree.is_dir(Path::new("../modules")));
        assert!(!tree.is_dir(Path::new("../mod")) && !tree.is_file(Path::new("prod/more.tf")));
        #[cfg(unix)]
        {
            assert_eq!(read("link/a/main.tf").as_deref(), Some("module"), "through a link");
            assert!(tree.is_dir(Path::new("link")));
            assert_eq!(tree.canonical(Path::new("link/a")), tree.canonical(Path::new("../modules/a")));
        }
        assert_eq!(tree.commit().len(), 40);
    }

    #[test]
    fn what_is_no_revision_is_said() {
        let folder = repository();
        for name in ["nowhere", "--all", "-x", "main:envs", ""] {
            assert!(Git::open(folder.path(), name, Vec::new()).is_err(), "{name}");
        }
        let none = tempfile::tempdir().unwrap();
        assert!(Git::open(none.path(), "main", Vec::new()).unwrap_err().0.contains("not a git repository"));
    }
}
