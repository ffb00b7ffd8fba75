//! The patterns of `fileset`: `*`, `**`, `?`, `[a-z]`, `{a,b}`, as doublestar 1.1.5 reads them.

use std::path::{Path, PathBuf};

use crate::source::Tree;

/// Why a pattern has no matches to show.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub(super) enum GlobError {
    /// Found only where a name was compared with the faulty part.
    #[error("syntax error in pattern")]
    Pattern,
    /// Links that lead in circles, most likely.
    #[error("more than {MAX_FOLDERS} folders to look into")]
    TooMany,
}

/// Folders that one pattern may look into.
const MAX_FOLDERS: usize = 100_000;

/// Returns the paths that match a clean pattern, in no particular order, possibly more than once.
pub(super) fn glob(tree: &dyn Tree, cwd: &Path, pattern: &str) -> Result<Vec<String>, GlobError> {
    let parts = split(pattern, '/');
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let mut walk = Walk { tree, cwd, matches: Vec::new(), folders: 0 };
    match parts.split_first() {
        Some((&"", rest)) => walk.walk("/", rest)?,
        _ => walk.walk(".", &parts)?,
    }
    Ok(walk.matches)
}

struct Walk<'a> {
    tree: &'a dyn Tree,
    cwd: &'a Path,
    matches: Vec<String>,
    folders: usize,
}

impl Walk<'_> {
    fn walk(&mut self, base: &str, parts: &[&str]) -> Result<(), GlobError> {
        let plain = parts.iter().take_while(|part| !part.contains(['*', '?', '[', '{', '\\'])).count();
        let base = parts[..plain].iter().fold(base.to_owned(), |base, part| joined(&base, part));
        let folder = &self.cwd.join(&base);
        let Some((part, after)) = parts[plain..].split_first() else {
            if self.tree.is_file(folder) || self.tree.is_dir(folder) {
                self.matches.push(base);
            }
            return Ok(());
        };
        if !self.tree.is_dir(folder) {
            return Ok(());
        }
        self.folders += 1;
        if self.folders > MAX_FOLDERS {
            return Err(GlobError::TooMany);
        }
        let Ok(names) = self.tree.list(folder) else {
            return Ok(());
        };
        let mut part = *part;
        let mut after = after;
        if part == "**" {
            for (name, is_folder) in &names {
                let path = joined(&base, name);
                if after.is_empty() {
                    self.matches.push(path.clone());
                }
                if *is_folder {
                    // NOTE: a fault deep down is forgotten if a later folder has none.
                    match self.walk(&path, &parts[plain..]) {
                        Err(GlobError::TooMany) => return Err(GlobError::TooMany),
                        Ok(()) | Err(GlobError::Pattern) => {}
                    }
                }
            }
            let Some((next, rest)) = after.split_first() else {
                return Ok(());
            };
            (part, after) = (*next, rest);
        }
        let mut result = Ok(());
        for (name, _) in &names {
            if !matches(part, name)? {
                continue;
            }
            let path = joined(&base, name);
            if after.is_empty() {
                self.matches.push(path);
            } else {
                result = self.walk(&path, after);
                if result == Err(GlobError::TooMany) {
                    return result;
                }
            }
        }
        result
    }
}

fn joined(base: &str, name: &str) -> String {
    super::files::clean(&format!("{base}/{name}"))
}

/// Cuts at a separator that no backslash stands before; an empty rest after the last one is a part, too.
fn split(s: &str, separator: char) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = s;
    loop {
        match find_unescaped(rest, separator) {
            Some(at) => {
                parts.push(rest[..at].to_owned());
                rest = &rest[at + separator.len_utf8()..];
            }
            None => {
                parts.push(rest.to_owned());
                return parts;
            }
        }
    }
}

fn find_unescaped(s: &str, wanted: char) -> Option<usize> {
    s.char_indices().find(|(i, c)| *c == wanted && !s[..*i].ends_with('\\')).map(|(i, _)| i)
}

/// True if one name matches one part of a pattern.
fn matches(pattern: &str, name: &str) -> Result<bool, GlobError> {
    if pattern.is_empty() || name.is_empty() {
        return Ok(pattern.is_empty() && name.is_empty() || pattern == "*");
    }
    let (mut p, mut n) = (pattern, name);
    while let (Some(c), Some(have)) = (p.chars().next(), n.chars().next()) {
        let rest = &p[c.len_utf8()..];
        match c {
            '\\' => {
                let escaped = rest.chars().next().ok_or(GlobError::Pattern)?;
                if escaped != have {
                    return Ok(false);
                }
                p = &rest[escaped.len_utf8()..];
                n = &n[have.len_utf8()..];
            }
            '*' if rest.is_empty() => return Ok(true),
            '*' => {
                let tails = n.char_indices().map(|(i, _)| &n[i..]);
                return Ok(tails.into_iter().any(|tail| matches(rest, tail) == Ok(true)));
            }
            '[' => {
                let end = find_unescaped(rest, ']').ok_or(GlobError::Pattern)?;
                if !in_class(&rest[..end], have)? {
                    return Ok(false);
                }
                p = &rest[end + 1..];
                n = &n[have.len_utf8()..];
            }
            '{' => {
                let end = find_unescaped(rest, '}').ok_or(GlobError::Pattern)?;
                for option in split(&rest[..end], ',') {
                    if matches(&format!("{option}{}", &rest[end + 1..]), n)? {
                        return Ok(true);
                    }
                }
                return Ok(false);
            }
            '?' => {
                p = rest;
                n = &n[have.len_utf8()..];
            }
            _ if c == have => {
                p = rest;
                n = &n[have.len_utf8()..];
            }
            _ => return Ok(false),
        }
    }
    Ok(p.is_empty() && n.is_empty() || n.is_empty() && p == "*" || p == "**")
}

fn in_class(class: &str, have: char) -> Result<bool, GlobError> {
    let mut chars = class.chars().peekable();
    let negated = chars.next_if_eq(&'^').is_some();
    if class.is_empty() {
        return Err(GlobError::Pattern);
    }
    let mut inside = false;
    while let Some(c) = chars.next() {
        let mut unescaped = |c: char| match c {
            '-' => Err(GlobError::Pattern),
            '\\' => chars.next().ok_or(GlobError::Pattern),
            c => Ok(c),
        };
        let low = unescaped(c)?;
        let mut high = low;
        if chars.next_if_eq(&'-').is_some() {
            let c = chars.next().ok_or(GlobError::Pattern)?;
            high = match c {
                '-' => return Err(GlobError::Pattern),
                '\\' => chars.next().ok_or(GlobError::Pattern)?,
                c => c,
            };
        }
        inside |= low <= have && have <= high;
    }
    Ok(inside != negated)
}

/// Returns a path relative to a folder, both clean. None: they do not start from the same place.
pub(super) fn relative(folder: &str, path: &str) -> Option<String> {
    if folder.starts_with('/') != path.starts_with('/') {
        return None;
    }
    let parts = |s: &str| -> Vec<String> {
        PathBuf::from(s)
            .components()
            .map(|c| c.as_os_str().to_string_lossy().into_owned())
            .filter(|c| c != ".")
            .collect()
    };
    let (from, to) = (parts(folder), parts(path));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if from[common..].iter().any(|part| part == "..") {
        return None;
    }
    let up = from[common..].iter().map(|_| "..".to_owned());
    let all: Vec<String> = up.chain(to[common..].iter().cloned()).collect();
    Some(if all.is_empty() { ".".into() } else { all.join("/") })
}
