//! Functions of paths and files. Files are read from the tree of the configuration, never from elsewhere.

use std::io;
use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::glob::{glob, relative};
use super::text::{STRING, string, text};
use super::{Call, FnError, Function, Param, Returns, Want, World, hashes};
use crate::value::{Marks, Type, Value, quoted};

pub(super) const FAMILY: &[Function] = &[
    ABSPATH,
    BASENAME,
    DIRNAME,
    FILE,
    FILEBASE64,
    FILEBASE64SHA256,
    FILEBASE64SHA512,
    FILEEXISTS,
    FILEMD5,
    FILESET,
    FILESHA1,
    FILESHA256,
    FILESHA512,
    PATHEXPAND,
];

const PATH: Param = Param::new("path", Want::String);
const SEEN_PATH: Param = PATH.marked().unknown();

/// `abspath(path)` is the path from the root of the file system.
const ABSPATH: Function = Function {
    name: "abspath",
    params: &[PATH],
    run: |call, args| {
        let path = string(&args[0]);
        let root = absolute_cwd(call.world);
        Ok(text(if path.starts_with('/') { clean(path) } else { clean(&format!("{root}/{path}")) }))
    },
    ..STRING
};

/// `basename(path)` is the last part.
const BASENAME: Function =
    Function { name: "basename", params: &[PATH], run: |_, args| Ok(text(base(string(&args[0])))), ..STRING };

/// `dirname(path)` is all but the last part.
const DIRNAME: Function = Function {
    name: "dirname",
    params: &[PATH],
    run: |_, args| {
        let path = string(&args[0]);
        Ok(text(clean(&path[..path.rfind('/').map_or(0, |at| at + 1)])))
    },
    ..STRING
};

/// `file(path)` is the content of a file that is text.
const FILE: Function = Function { name: "file", params: &[SEEN_PATH], run: file, ..STRING };

/// `filebase64(path)` is the content of any file, in base64.
const FILEBASE64: Function = Function {
    name: "filebase64",
    params: &[SEEN_PATH],
    run: |call, args| {
        let (path, marks) = args[0].unmark();
        if path.is_unknown() {
            return Ok(call.unknown(args).mark(marks));
        }
        let content = read(call.world, string(&path), marks).map_err(|e| FnError::arg(0, e))?;
        Ok(text(BASE64_STANDARD.encode(content)).mark(marks))
    },
    ..STRING
};

/// `filebase64sha256(path)` is `base64sha256` of a file.
const FILEBASE64SHA256: Function = Function {
    name: "filebase64sha256",
    params: &[PATH],
    run: |call, args| hashed(call, args, hashes::base64_sha256),
    ..STRING
};

/// `filebase64sha512(path)` is `base64sha512` of a file.
const FILEBASE64SHA512: Function = Function {
    name: "filebase64sha512",
    params: &[PATH],
    run: |call, args| hashed(call, args, hashes::base64_sha512),
    ..STRING
};

/// `fileexists(path)` tells whether there is such a file; a folder is an error.
const FILEEXISTS: Function = Function {
    name: "fileexists",
    params: &[SEEN_PATH],
    returns: Returns::Always(Want::Bool),
    run: fileexists,
    ..STRING
};

/// `filemd5(path)` is `md5` of a file.
const FILEMD5: Function = Function {
    name: "filemd5",
    params: &[PATH],
    run: |call, args| hashed(call, args, hashes::md5),
    ..STRING
};

/// `fileset(path, pattern)` is the set of the files below a folder that match a pattern.
const FILESET: Function = Function {
    name: "fileset",
    params: &[SEEN_PATH, Param::new("pattern", Want::String).marked().unknown()],
    returns: Returns::Always(Want::SetString),
    run: fileset,
    ..STRING
};

/// `filesha1(path)` is `sha1` of a file.
const FILESHA1: Function = Function {
    name: "filesha1",
    params: &[PATH],
    run: |call, args| hashed(call, args, hashes::sha1),
    ..STRING
};

/// `filesha256(path)` is `sha256` of a file.
const FILESHA256: Function = Function {
    name: "filesha256",
    params: &[PATH],
    run: |call, args| hashed(call, args, hashes::sha256),
    ..STRING
};

/// `filesha512(path)` is `sha512` of a file.
const FILESHA512: Function = Function {
    name: "filesha512",
    params: &[PATH],
    run: |call, args| hashed(call, args, hashes::sha512),
    ..STRING
};

/// `pathexpand(path)` puts the home folder in place of a leading `~`.
const PATHEXPAND: Function = Function {
    name: "pathexpand",
    params: &[PATH],
    run: |call, args| Ok(text(expanded(call.world, string(&args[0])).map_err(FnError::new)?)),
    ..STRING
};

fn file(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let (path, marks) = args[0].unmark();
    if path.is_unknown() {
        return Ok(call.unknown(args).mark(marks));
    }
    Ok(text(read_text(call.world, string(&path), marks)?).mark(marks))
}

/// Returns the content of a file that is text.
pub(super) fn read_text(world: &World<'_>, path: &str, marks: Marks) -> Result<String, FnError> {
    let content = read(world, path, marks).map_err(|e| FnError::arg(0, e))?;
    String::from_utf8(content).map_err(|_| {
        FnError::new(format!(
            "contents of {} are not valid UTF-8; use the filebase64 function to obtain the Base64 encoded contents \
             or the other file functions (e.g. filemd5, filesha256) to obtain file hashing results instead",
            shown(path, marks)
        ))
    })
}

fn fileexists(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let (path, marks) = args[0].unmark();
    if path.is_unknown() {
        return Ok(call.unknown(args).mark(marks));
    }
    let (path, absolute) = located(call.world, string(&path))?;
    if call.world.tree.is_dir(&absolute) {
        return Err(FnError::new(format!("{} is a directory, not a file", shown(&path, marks))));
    }
    Ok(Value::Bool(call.world.tree.is_file(&absolute)).mark(marks))
}

fn fileset(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let (folder, mut marks) = args[0].unmark();
    let (pattern, pattern_marks) = args[1].unmark();
    marks |= pattern_marks;
    if folder.is_unknown() || pattern.is_unknown() {
        return Ok(call.unknown(args).mark(marks));
    }
    // Nothing is expanded here: `~` is a name like any other.
    let folder = string(&folder);
    let root = clean(folder);
    let pattern = join(&root, string(&pattern));
    let world = call.world;
    let found = glob(world.tree, world.cwd, &pattern)
        .map_err(|e| FnError::new(format!("failed to glob pattern {}: {e}", shown(&pattern, marks))))?;
    let files = found.into_iter().filter(|path| world.tree.is_file(&world.cwd.join(path)));
    let files = files.filter_map(|path| relative(&root, &path)).map(text).collect();
    Ok(Value::set(Type::String, files).mark(marks))
}

fn hashed(call: &Call<'_>, args: &[Value], hash: fn(&[u8]) -> String) -> Result<Value, FnError> {
    let (path, absolute) = located(call.world, string(&args[0]))?;
    match call.world.tree.read(&absolute) {
        Ok(content) => Ok(text(hash(&content))),
        Err(e) if call.world.tree.is_dir(&absolute) || e.kind() == io::ErrorKind::IsADirectory => {
            Err(FnError::new(format!("read {path}: is a directory")))
        }
        Err(e) => Err(FnError::new(format!("open {path}: {}", reason(&e)))),
    }
}

/// Returns the content of a file.
fn read(world: &World<'_>, given: &str, marks: Marks) -> Result<Vec<u8>, String> {
    let (path, absolute) = located(world, given).map_err(|e| e.message.into_owned())?;
    world.tree.read(&absolute).map_err(|e| match e.kind() {
        _ if world.tree.is_dir(&absolute) => format!("failed to read file: read {path}: is a directory"),
        io::ErrorKind::NotFound => format!(
            "no file exists at {}; this function works only with files that are distributed as part of the \
             configuration source code, so if this file will be created by a resource in this configuration you must \
             instead obtain this result from an attribute of that resource",
            shown(given, marks)
        ),
        _ => format!("open {path}: {}", reason(&e)),
    })
}

fn reason(e: &io::Error) -> String {
    match e.kind() {
        io::ErrorKind::NotFound => "no such file or directory".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        _ => e.to_string(),
    }
}

/// Returns a path as Terraform shows it and as it is found.
fn located(world: &World<'_>, given: &str) -> Result<(String, PathBuf), FnError> {
    let expanded = expanded(world, given).map_err(|e| FnError::new(format!("failed to expand ~: {e}")))?;
    let shown = clean(&expanded);
    let absolute = world.cwd.join(&shown);
    Ok((shown, absolute))
}

fn shown(path: &str, marks: Marks) -> String {
    if marks.contains(Marks::SENSITIVE) { "(sensitive value)".into() } else { quoted(path) }
}

fn expanded(world: &World<'_>, path: &str) -> Result<String, String> {
    let Some(rest) = path.strip_prefix('~') else {
        return Ok(path.to_owned());
    };
    if !rest.is_empty() && !rest.starts_with(['/', '\\']) {
        return Err("cannot expand user-specific home dir".into());
    }
    let home = world.home.ok_or("blank output when reading home directory")?;
    Ok(join(home, rest))
}

fn absolute_cwd(world: &World<'_>) -> String {
    let cwd = if world.cwd.is_absolute() { world.cwd.to_path_buf() } else { world.tree.canonical(world.cwd) };
    cwd.to_string_lossy().into_owned()
}

/// Joins as Go's `filepath.Join` does: empty parts do not count.
fn join(a: &str, b: &str) -> String {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => String::new(),
        (true, false) => clean(b),
        (false, true) => clean(a),
        (false, false) => clean(&format!("{a}/{b}")),
    }
}

/// Returns the shortest path that means the same, as Go's `filepath.Clean` does.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
                    parts.pop();
                }
                _ if rooted => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".into(),
        (false, false) => parts.join("/"),
    }
}

fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/" } else { &trimmed[trimmed.rfind('/').map_or(0, |at| at + 1)..] }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;
    use crate::eval::funcs::testing::{check, check_among};
    use crate::source::Tree;

    /// Files that exist only in memory.
    struct Memory(BTreeMap<String, Vec<u8>>);

    impl Memory {
        fn name(path: &Path) -> String {
            let path = clean(&path.to_string_lossy());
            if path == "." { String::new() } else { path }
        }
    }

    impl Tree for Memory {
        fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
            self.0.get(&Memory::name(path)).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
        }

        fn list(&self, folder: &Path) -> io::Result<Vec<(String, bool)>> {
            let folder = Memory::name(folder);
            let inside = self.0.keys().filter_map(|path| match folder.as_str() {
                "" => Some(path.as_str()),
                folder => path.strip_prefix(folder)?.strip_prefix('/'),
            });
            let names: BTreeMap<String, bool> = inside
                .map(|rest| {
                    rest.split_once('/').map_or((rest.to_owned(), false), |(name, _)| (name.to_owned(), true))
                })
                .collect();
            Ok(names.into_iter().collect())
        }

        fn is_dir(&self, path: &Path) -> bool {
            let name = Memory::name(path);
            name.is_empty() || self.0.keys().any(|path| path.starts_with(&format!("{name}/")))
        }

        fn is_file(&self, path: &Path) -> bool {
            self.0.contains_key(&Memory::name(path))
        }

        fn canonical(&self, path: &Path) -> PathBuf {
            Path::new("/base").join(path)
        }
    }

    fn tree() -> Memory {
        let files = [
            ("a.txt", &b"e\xcc\x81"[..]),
            ("bytes", b"\xff"),
            ("d/b.txt", b"b"),
            ("d/c.md", b""),
            ("d/e/f.txt", b""),
            ("d/[x]", b""),
        ];
        Memory(files.map(|(path, content)| (path.to_owned(), content.to_vec())).into())
    }

    fn among(text: &str, want: &str) {
        check_among(&tree(), text, want);
    }

    #[test]
    fn files_are_read_as_text_or_bytes() {
        among(r#"file("a.txt")"#, r#""é""#);
        among(r#"file("./d/../a.txt")"#, r#""é""#);
        among(r#"filebase64("bytes")"#, r#""/w==""#);
        among(r#"filemd5("bytes")"#, r#""00594fd4f42ba43fc1ca0427a0576295""#);
        among(r#"filesha1("bytes")"#, r#""85e53271e14006f0265921d02d4d736cdc580b0b""#);
        among(r#"filesha256("d/b.txt") == sha256("b")"#, "true");
        among(r#"filesha512("d/b.txt") == sha512("b")"#, "true");
        among(r#"filebase64sha256("d/b.txt") == base64sha256("b")"#, "true");
        among(r#"filebase64sha512("d/b.txt") == base64sha512("b")"#, "true");
        among(r#"file("bytes")"#, "error: to obtain file hashing results instead.");
        among(
            r#"file("none")"#,
            "error: you must instead obtain this result from an attribute of that resource.",
        );
    }

    #[test]
    fn folders_and_missing_files_are_errors() {
        among(r#"file("d")"#, "error: failed to read file: read d: is a directory.");
        among(r#"filemd5("none")"#, "error: open none: no such file or directory.");
        among(r#"filemd5("d")"#, "error: read d: is a directory.");
        among(r#"fileexists("d")"#, r#"error: "d" is a directory, not a file."#);
        among(r#"fileexists("a.txt")"#, "true");
        among(r#"fileexists("none")"#, "false");
        among(r#"file("~x")"#, "error: failed to expand ~: cannot expand user-specific home dir.");
    }

    #[test]
    fn unknown_null_sensitive_and_empty_paths() {
        for f in ["file", "filebase64", "fileexists"] {
            check(&format!("{f}(null)"), "error: argument must not be null.");
        }
        check("file(local.us)", "?string!");
        check("file(sensitive(local.us))", "sensitive(?string!)");
        check("filemd5(local.us)", "?string!");
        check("fileexists(local.us)", "?bool!");
        check(r#"fileset(local.us, "*")"#, "?set(string)!");
        check(r#"fileset("d", sensitive(local.us))"#, "sensitive(?set(string)!)");
        among(r#"file(sensitive("a.txt"))"#, r#"sensitive("é")"#);
        among(r#"fileexists(sensitive("a.txt"))"#, "sensitive(true)");
        among(r#"file(sensitive("none"))"#, "error: attribute of that resource.");
        among(r#"file("")"#, "error: failed to read file: read .: is a directory.");
    }

    #[test]
    fn patterns_find_files_below_a_folder() {
        let found = |folder: &str, pattern: &str, want: &str| {
            among(&format!(r#"fileset("{folder}", "{pattern}")"#), &format!("toset([{want}])"));
        };
        found("d", "*", r#""[x]", "b.txt", "c.md""#);
        found("d", "**", r#""[x]", "b.txt", "c.md", "e/f.txt""#);
        found("d", "**/*.txt", r#""b.txt", "e/f.txt""#);
        found("d", "*.{txt,md}", r#""b.txt", "c.md""#);
        found("d", "[a-c].??", r#""c.md""#);
        found("d", "[^b]*", r#""[x]", "c.md""#);
        found("d", "\\\\[x\\\\]", r#""[x]""#);
        found("d", "b.txt", r#""b.txt""#);
        found("", "*/b.txt", r#""d/b.txt""#);
        found("d/e", "../b.txt", r#""../b.txt""#);
        found("none", "**", "");
        found("d", "", "");
        among(r#"fileset("d", "[")"#, r#"error: failed to glob pattern "d/[": syntax error in pattern."#);
        among(
            r#"fileset(sensitive("d"), "[")"#,
            "error: failed to glob pattern (sensitive value): syntax error in pattern.",
        );
    }

    #[test]
    fn paths_are_taken_apart() {
        check(r#"basename("a/b/")"#, r#""b""#);
        check(r#"basename("")"#, r#"".""#);
        check(r#"dirname("a/../b/c")"#, r#""b""#);
        check(r#"dirname("/")"#, r#""/""#);
        check(r#"dirname("")"#, r#"".""#);
        among(r#"abspath("a/../b")"#, r#""/base/b""#);
        among(r#"abspath("")"#, r#""/base""#);
        check(r#"pathexpand("~/a/../b")"#, r#""/home/ci/b""#);
        check(r#"pathexpand("")"#, r#""""#);
        check(r#"pathexpand("~x")"#, "error: cannot expand user-specific home dir.");
        for f in ["basename", "dirname", "abspath", "pathexpand"] {
            check(&format!("{f}(local.us)"), "?string!");
            check(&format!("{f}(null)"), "error: argument must not be null.");
            check(&format!(r#"{f}(sensitive("/"))"#), r#"sensitive("/")"#);
        }
    }
}
