//! What all targets need: one file in memory, and room for deep recursion.

use std::io;
use std::path::{Path, PathBuf};

use tf_headroom::source::Tree;

/// A folder with one file in it.
pub struct One {
    pub name: &'static str,
    pub bytes: Vec<u8>,
}

impl One {
    fn is(&self, path: &Path) -> bool {
        self.canonical(path) == Path::new(self.name)
    }
}

impl Tree for One {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if self.is(path) { Ok(self.bytes.clone()) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<(String, bool)>> {
        if self.is_dir(folder) {
            return Ok(vec![(self.name.to_owned(), false)]);
        }
        Err(io::ErrorKind::NotFound.into())
    }

    fn is_dir(&self, path: &Path) -> bool {
        path == Path::new("") || path == Path::new(".")
    }

    fn is_file(&self, path: &Path) -> bool {
        self.is(path)
    }

    fn canonical(&self, path: &Path) -> PathBuf {
        path.components().filter(|c| c.as_os_str() != ".").collect()
    }
}

/// Does it as the program does: with a stack that nested input needs, here larger as every frame is.
pub fn roomy(work: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(256 << 20).spawn_scoped(scope, work);
        thread.expect("a thread can be started").join().expect("it does not panic");
    });
}

/// Checks a root module that has one file.
#[allow(dead_code, reason = "some targets check no module")]
pub fn check(name: &'static str, data: &[u8]) {
    use tf_headroom::date::Date;
    use tf_headroom::expand::Options;
    use tf_headroom::pipeline::{self, Request, Source};
    use tf_headroom::report::{Format, Look};
    use tf_headroom::source::Files;

    let tree = One { name, bytes: data.to_vec() };
    roomy(move || {
        let files = Files::default();
        let today = Date::parse("2026-11-20").expect("a day");
        let request = Request {
            options: Options { strict: true, ..Options::default() },
            all: true,
            ..Request::of(vec![Source::Folder(".".into())], today)
        };
        let (report, _) = pipeline::run(request, &tree, &files);
        for format in Format::ALL {
            format.render(&report, &files, &Look::default());
        }
    });
}
