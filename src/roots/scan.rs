//! Which folders may call which, from the text of their files alone: what a change cannot reach need not be parsed.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::Folder;
use crate::module::{Loader, module_files, tree};

/// Returns the places of the folders that one of `start` may be part of, themselves among them. What else there is calls
/// none of them for certain.
pub(super) fn reached(folders: &[Folder], start: &[PathBuf], loader: &Loader<'_>) -> HashSet<PathBuf> {
    let calls: Vec<(PathBuf, Vec<PathBuf>)> =
        folders.par_iter().filter(|f| f.configuration).map(|f| (f.place.clone(), calls(f, loader))).collect();
    let mut callers: HashMap<&Path, Vec<&Path>> = HashMap::new();
    for (caller, called) in &calls {
        for place in called {
            callers.entry(place).or_default().push(caller);
        }
    }
    let mut reached: HashSet<PathBuf> = HashSet::new();
    let mut next: Vec<&Path> = start.iter().map(PathBuf::as_path).collect();
    while let Some(place) = next.pop() {
        if reached.insert(place.to_path_buf()) {
            next.extend(callers.get(place).into_iter().flatten());
        }
    }
    reached
}

/// The places that a folder's files may call.
fn calls(folder: &Folder, loader: &Loader<'_>) -> Vec<PathBuf> {
    let place = |source: &str| loader.tree.canonical(&tree::join(&folder.path, source));
    let mut found = HashSet::new();
    for name in module_files(loader.tree, &folder.path).unwrap_or_default() {
        // What cannot be read is told by whoever needs it.
        let bytes = loader.tree.read(&folder.path.join(name)).unwrap_or_default();
        match sources(&bytes) {
            Sources::Plain(sources) => found.extend(sources.into_iter().map(place)),
            Sources::Unclear => {
                let module = loader.peek(&folder.path);
                return tree::local_sources(&module, loader.tree)
                    .iter()
                    .map(|source| place(source))
                    .collect();
            }
        }
    }
    found.into_iter().collect()
}

/// What a text names as sources of modules.
#[derive(Debug, PartialEq, Eq)]
enum Sources<'a> {
    /// Local ones that are written out; more than there are, where something else is called so.
    Plain(Vec<&'a str>),
    /// There may be others.
    Unclear,
}

fn sources(bytes: &[u8]) -> Sources<'_> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Sources::Unclear };
    // An escape may hide any word of JSON.
    if text.contains("\\u") {
        return Sources::Unclear;
    }
    let mut found = Vec::new();
    if !text.contains("module") {
        return Sources::Plain(found);
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    for (at, word) in text.match_indices("source") {
        let after = &text[at + word.len()..];
        if text[..at].ends_with(is_word) || after.starts_with(is_word) {
            continue;
        }
        let after = after.strip_prefix('"').unwrap_or(after).trim_start();
        let value = match after.strip_prefix(['=', ':']) {
            Some(value) if !value.starts_with('=') => value.trim_start(),
            // A comment may stand between.
            _ if after.starts_with(['/', '#']) => return Sources::Unclear,
            _ => continue,
        };
        let Some(quoted) = value.strip_prefix('"') else { return Sources::Unclear };
        let Some((source, _)) = quoted.split_once('"') else { return Sources::Unclear };
        if source.contains(['\\', '$', '%']) {
            return Sources::Unclear;
        }
        if tree::is_local(source) {
            found.push(source);
        }
    }
    Sources::Plain(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_found_by_text_or_said_to_be_unclear() {
        let plain = |text: &str, found: &[&str]| {
            assert_eq!(sources(text.as_bytes()), Sources::Plain(found.to_vec()), "{text}");
        };
        let unclear = |text: &str| assert_eq!(sources(text.as_bytes()), Sources::Unclear, "{text}");
        plain("resource \"a\" \"b\" { source = \"./no\" }", &[]);
        plain("module \"m\" {\n  source = \"../m\"\n}", &["../m"]);
        plain("module m {\n  source=\"./m\"\n version = \"1\" }", &["./m"]);
        plain("module \"m\" {\n  source\n = \"./m\" }", &["./m"]);
        plain(r#"{"module": {"m": {"source": "./m"}, "n": {"source" : "../n"}}}"#, &["./m", "../n"]);
        plain("module \"m\" { source = \"hashicorp/m/aws\" }", &[]);
        plain("module \"m\" { my_source = \"./m\"\n sources = \"./n\"\n source_x = 1 }", &[]);
        plain("# module source\nx = var.source == 1", &[]);
        unclear("module \"m\" { source = \"${local.base}/m\" }");
        unclear("module \"m\" { source = local.base }");
        unclear("module \"m\" { source /* a = b */ = \"./m\" }");
        unclear("module \"m\" { source = /* here */ \"./m\" }");
        unclear("module \"m\" { source = <<E\n./m\nE\n}");
        unclear(r#"{"module": {"m": {"s\u006furce": "./m"}}}"#);
        unclear("module \"m\" { source = \".\\\\m\" }");
        assert_eq!(sources(b"module \xff source"), Sources::Unclear);
    }
}
