//! Where the files of a report lie: paths from the root of the repository, and links to them.

use std::path::{Component, Path, PathBuf};

/// Where the program was run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The working folder, absolute. Empty: not told.
    pub folder: PathBuf,
    /// The root of the repository, absolute. None: there is none around the working folder.
    pub repository: Option<PathBuf>,
    /// What comes before a path in a link: `https://github.com/o/r/blob/a1b2c3d`. None: links are made of paths alone.
    pub link: Option<String>,
    /// The revision that was checked, as people name it. None: not told.
    pub revision: Option<String>,
}

impl Origin {
    /// Returns a path as seen from the root of the repository, with `/` between its parts; one that lies elsewhere as it is.
    pub fn path(&self, shown: &str) -> String {
        let whole = self.folder.join(shown);
        let clean = clean(&whole);
        let inside = self.repository.as_ref().and_then(|root| clean.strip_prefix(root).ok());
        let path = match inside {
            Some(inside) => inside,
            None if self.repository.is_none() => match clean.strip_prefix(&self.folder) {
                Ok(inside) => inside,
                Err(_) => Path::new(shown),
            },
            None => Path::new(shown),
        };
        let text = path.to_string_lossy().replace('\\', "/");
        if text.is_empty() { ".".to_owned() } else { text }
    }

    /// Returns a link to a line of a file.
    pub fn link(&self, shown: &str, line: u32) -> String {
        let path = uri(&self.path(shown));
        match &self.link {
            Some(before) => format!("{before}/{path}#L{line}"),
            None => format!("{path}#L{line}"),
        }
    }
}

/// Resolves `.` and `..` by text alone.
fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !out.pop() {
                    out.push("..");
                }
            }
            part => out.push(part),
        }
    }
    out
}

/// Writes a path as part of a URI.
pub fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for b in path.bytes() {
        match b {
            b'A'..=b'Z'
            | b'a'..=b'z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'/'
            | b'+'
            | b'='
            | b'@' => {
                out.push(char::from(b));
            }
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_begin_at_the_root_of_the_repository() {
        let origin = Origin {
            folder: "/srv/repo/envs/prod".into(),
            repository: Some("/srv/repo".into()),
            ..Origin::default()
        };
        for (shown, expected) in [
            ("main.tf", "envs/prod/main.tf"),
            ("./main.tf", "envs/prod/main.tf"),
            ("../../modules/a/main.tf", "modules/a/main.tf"),
            ("/srv/repo/a b.tf", "a b.tf"),
            ("/elsewhere/main.tf", "/elsewhere/main.tf"),
            ("../..", "."),
        ] {
            assert_eq!(origin.path(shown), expected);
        }
        assert_eq!(origin.link("a b.tf", 3), "envs/prod/a%20b.tf#L3");
        let linked = Origin { link: Some("https://example.com/blob/abc".into()), ..origin };
        assert_eq!(linked.link("x.tf", 3), "https://example.com/blob/abc/envs/prod/x.tf#L3");
    }

    #[test]
    fn without_a_repository_paths_stay_as_they_are() {
        let origin = Origin { folder: "/work".into(), ..Origin::default() };
        assert_eq!(origin.path("a/main.tf"), "a/main.tf");
        assert_eq!(origin.path("../b/main.tf"), "../b/main.tf");
        assert_eq!(Origin::default().path("a/./main.tf"), "a/main.tf");
    }
}
