//! Where the settings file is.

use std::path::{Path, PathBuf};

use crate::source::Tree;

/// What a settings file is called.
pub const FILE_NAME: &str = ".tf-headroom.hcl";

/// Finds the settings file for a folder or file: beside it or in a folder above, up to the root of the repository.
///
/// The path keeps the spelling of `start` as far as it goes, so that messages show what the user typed.
pub fn find(start: &Path, tree: &dyn Tree) -> Option<PathBuf> {
    let folder = if tree.is_dir(start) || start.as_os_str().is_empty() { start } else { start.parent()? };
    for above in folders_above(folder, tree) {
        let file = above.join(FILE_NAME);
        if tree.is_file(&file) {
            return Some(file);
        }
        let git = above.join(".git");
        if tree.is_dir(&git) || tree.is_file(&git) {
            return None;
        }
    }
    None
}

/// Returns the folder and those above it: as they are spelt, then in full.
fn folders_above(folder: &Path, tree: &dyn Tree) -> Vec<PathBuf> {
    let plain = folder.components().all(|c| !matches!(c, std::path::Component::ParentDir));
    let mut above: Vec<PathBuf> = Vec::new();
    if plain {
        above.extend(folder.ancestors().map(Path::to_path_buf));
    } else {
        above.push(folder.to_path_buf());
    }
    let last = above.last().cloned().unwrap_or_default();
    let last = if last.as_os_str().is_empty() { PathBuf::from(".") } else { last };
    above.extend(tree.canonical(&last).ancestors().skip(1).map(Path::to_path_buf));
    above
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test makes its own folders")]
mod tests {
    use super::*;
    use crate::source::Disk;

    #[test]
    fn it_is_found_upwards_to_the_root_of_the_repository() {
        let temporary = tempfile::tempdir().unwrap();
        let top = temporary.path();
        let deep = top.join("repository/stacks/one");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(top.join(FILE_NAME), "").unwrap();
        std::fs::write(deep.join("main.tf"), "").unwrap();
        assert_eq!(find(&deep, &Disk), Some(top.join(FILE_NAME)));
        // A repository does not take settings from outside.
        std::fs::create_dir(top.join("repository/.git")).unwrap();
        assert_eq!(find(&deep, &Disk), None);
        std::fs::write(top.join("repository").join(FILE_NAME), "").unwrap();
        assert_eq!(find(&deep, &Disk), Some(top.join("repository").join(FILE_NAME)));
        assert_eq!(find(&deep.join("main.tf"), &Disk), Some(top.join("repository").join(FILE_NAME)));
        std::fs::write(deep.join(FILE_NAME), "").unwrap();
        assert_eq!(find(&deep, &Disk), Some(deep.join(FILE_NAME)));
    }

    #[test]
    fn a_file_that_is_not_there_is_not_found() {
        let temporary = tempfile::tempdir().unwrap();
        std::fs::create_dir(temporary.path().join(".git")).unwrap();
        assert_eq!(find(temporary.path(), &Disk), None);
    }
}
