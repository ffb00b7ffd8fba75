//! What a misspelt path or revision was meant to be.

use std::path::Path;

use super::{Tree, git};
use crate::words::nearest;

/// Returns what stands beside a path that does not exist and is spelt much like it.
pub fn near(path: &Path, tree: &dyn Tree) -> Option<String> {
    if tree.is_file(path) || tree.is_dir(path) {
        return None;
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let names = tree.list(folder.unwrap_or(Path::new("."))).ok()?;
    let found = nearest(path.file_name()?.to_str()?, names.iter().map(|(name, _)| name.as_str()))?;
    Some(folder.map_or_else(|| found.to_owned(), |f| f.join(found).display().to_string().replace('\\', "/")))
}

/// Asks whether what stands beside a path was meant; None: the path exists, or nothing is near.
pub fn meant(path: &Path, tree: &dyn Tree) -> Option<String> {
    near(path, tree).map(|found| format!("did you mean `{found}`?"))
}

/// Returns the branch or tag that a misspelt name was probably meant to be.
pub fn near_revision(folder: &Path, name: &str) -> Option<String> {
    let listed = git::ask(folder, &["for-each-ref", "--format=%(refname:short)"]).ok()?;
    nearest(name, listed.lines()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Disk;

    #[test]
    fn a_path_is_near_what_stands_beside_it() {
        let at = |name: &str| near(&Path::new(env!("CARGO_MANIFEST_DIR")).join(name), &Disk);
        assert!(at("src/worsd.rs").unwrap().ends_with("src/words.rs"));
        assert_eq!(at("src/words.rs"), None);
        assert_eq!(at("src/nothing-like-it"), None);
        assert_eq!(at("no/folder"), None);
    }
}
