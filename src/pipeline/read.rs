//! Reads the inputs of a run: each on one thread, handed on in their order.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::Source;
use crate::expand::Options;
use crate::inventory::Inventory;
use crate::module::Loader;
use crate::report::InputKind;
use crate::roots::{self, Choice};

/// Deep expressions are walked by recursion; as much as the main thread has.
const STACK: usize = 64 << 20;

/// How many inputs are held in memory at once, for each thread.
const AHEAD: usize = 4;

/// One input, read.
pub struct Read {
    pub path: String,
    /// The folder of the root module; a plan that comes without one: its own path.
    pub folder: String,
    pub kind: InputKind,
    pub inventory: Inventory,
}

impl Read {
    fn of(source: Source, options: &Options, loader: &Loader<'_>) -> Read {
        let (path, kind) = source.name();
        let folder = source.folder().map_or_else(|| path.clone(), |dir| dir.display().to_string());
        Read { path, folder, kind, inventory: super::read(source, options, loader) }
    }
}

/// Threads for several inputs. None: there is but one, or the system gives no threads.
pub fn threads(several: bool) -> Option<rayon::ThreadPool> {
    several.then(|| rayon::ThreadPoolBuilder::new().stack_size(STACK).build().ok()).flatten()
}

/// Reads all sources and hands each on in their order, a few ahead of what is taken.
pub fn each(
    sources: Vec<Source>,
    options: &Options,
    loader: &Loader<'_>,
    pool: Option<&rayon::ThreadPool>,
    take: &mut (dyn FnMut(Read) + Send),
) {
    let Some(pool) = pool else {
        sources.into_iter().for_each(|source| take(Read::of(source, options, loader)));
        return;
    };
    pool.install(|| {
        let ahead = AHEAD * rayon::current_num_threads();
        let mut sources = sources.into_iter();
        let mut done: Vec<Read> = Vec::new();
        loop {
            let batch: Vec<Source> = sources.by_ref().take(ahead).collect();
            if batch.is_empty() && done.is_empty() {
                return;
            }
            let ready = std::mem::take(&mut done);
            let read = || batch.into_par_iter().map(|source| Read::of(source, options, loader)).collect();
            ((), done) = rayon::join(|| ready.into_iter().for_each(&mut *take), read);
        }
    });
}

/// Puts the root modules below them in the place of folders.
pub fn below(
    sources: Vec<Source>,
    choice: &Choice,
    loader: &Loader<'_>,
    pool: Option<&rayon::ThreadPool>,
) -> Below {
    let mut below = Below::default();
    let mut seen: Vec<PathBuf> = Vec::new();
    for source in sources {
        let Source::Folder(top) = source else {
            below.sources.push(source);
            continue;
        };
        let find = || roots::find(&top, choice, loader);
        let found = pool.map_or_else(find, |pool| pool.install(find));
        below.remarks.extend(found.remarks(&top));
        below.remarks.extend(found.unreadable);
        for root in found.roots {
            // Two paths may lead to one folder.
            let place = loader.tree.canonical(&root);
            if !seen.contains(&place) {
                seen.push(place);
                below.sources.push(Source::Folder(root));
            }
        }
    }
    below
}

/// What was found below folders.
#[derive(Default)]
pub struct Below {
    pub sources: Vec<Source>,
    pub remarks: Vec<crate::finding::Diagnostic>,
}

/// The path by which the settings know an input.
pub fn known_as(path: &str, settings: Option<&Path>, loader: &Loader<'_>) -> String {
    match settings.and_then(Path::parent) {
        Some(folder) => roots::relative(Path::new(path), folder, loader.tree),
        None => path.to_owned(),
    }
}
