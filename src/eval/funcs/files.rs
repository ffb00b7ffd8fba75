//! Functions of paths and files. Files are read from the tree of the configuration, never from elsewhere.

use std::io;
use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::glob::{glob, relative};
use super::text::{STRING, quoted, string, text};
use super::{Call, FnError, Function, Param, Returns, Want, World, hashes};
use crate::value::{Marks, Type, Value};

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
    let (path, absolute) = located(world, given).map_err(|e| e.message)?;
    world.tree.read(&absolute).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => format!(
            "no file exists at {}; this function works only with files that are distributed as part of the \
             configuration source code, so if this file will be created by a resource in this configuration you must \
             instead obtain this result from an attribute of that resource",
            shown(given, marks)
        ),
        _ if world.tree.is_dir(&absolute) => format!("failed to read file: read {path}: is a directory"),
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
