//! One part of a check, carried to where all parts are put together: what was read, before anything is summed.
//!
//! Sums cannot be added afterwards: parents and accounts of two parts may be the same or may be apart. So a part holds
//! its inventories, without tags and without texts that are only compared, and the whole is added up from them.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecow::EcoString;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::planner::Looked;
use super::{Quotas, Request};
use crate::catalog;
use crate::config::Settings;
use crate::finding::Diagnostic;
use crate::inventory::Inventory;
use crate::projection::{self, Root};
use crate::report::{Input, Part};
use crate::source::{FileId, Files, SourceFile, Tree};
use crate::syntax;
use crate::tags::TagPart;
use crate::words::{list_some, several};

/// One input, read and judged by itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Carried {
    pub input: Input,
    pub root: Root,
    pub inventory: Inventory,
    pub tags: TagPart,
    pub looked: Looked,
}

/// What the whole is put together from.
#[derive(Debug)]
pub struct Whole {
    /// In the order in which a check of all reads them.
    pub(super) inputs: Vec<Carried>,
    /// What was said of the settings and of the search for root modules.
    pub(super) said: Vec<Diagnostic>,
}

/// Writes down the inputs of a part as they are taken.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    /// A line for each input.
    pub text: String,
    /// How many inputs all parts have together.
    pub inputs: usize,
    /// What all parts say.
    pub said: Vec<Diagnostic>,
}

impl Recorder {
    /// What is compared only is veiled.
    pub fn add(&mut self, carried: &mut Carried) {
        let is_told = |name: &str| catalog::all_baselines().iter().any(|b| b.objects.contains(&name));
        carried.inventory.veil(projection::is_unique, is_told);
        self.text.push_str(&json(carried));
        self.text.push('\n');
    }

    /// `files`: those that were read and belong to a root.
    pub fn finish(self, files: &[Arc<SourceFile>], tree: &dyn Tree) -> String {
        let last = files.iter().map(|f| f.id.0 as usize + 1).max().unwrap_or(0);
        let mut carried: Vec<Option<CarriedFile>> = (0..last).map(|_| None).collect();
        for file in files {
            let text = match tree.is_file(Path::new(&file.path)) {
                true => Text::Digest(digest(file.text.as_bytes())),
                // It is nowhere but in memory, the value of a variable say: only where its lines end is told.
                false => Text::Lines(file.text.match_indices('\n').map(|(at, _)| at).collect()),
            };
            carried[file.id.0 as usize] = Some(CarriedFile { path: file.path.clone(), text });
        }
        let text = format!("{}\n{}\n{}", json(&carried), json(&self.said), self.text);
        STANDARD.encode(miniz_oxide::deflate::compress_to_vec(text.as_bytes(), 6))
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("bug: every key is a text")
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(16).fold(String::new(), |mut text, b| {
        let _ = write!(text, "{b:02x}");
        text
    })
}

/// A file that spans point into.
#[derive(Debug, Serialize, Deserialize)]
struct CarriedFile {
    path: String,
    text: Text,
}

#[derive(Debug, Serialize, Deserialize)]
enum Text {
    /// It is on disk.
    Digest(String),
    /// Where its lines end.
    Lines(Vec<usize>),
}

/// Returns what is known of a part before anything is read. None: there are no parts, or they could not be put together.
pub(super) fn part(request: &Request, settings: &Settings, tree: &dyn Tree) -> Option<Part> {
    let snapshot = match &request.quotas {
        Quotas::Catalog => None,
        Quotas::File(path) => Some(path.as_path()),
        // Each part would ask at another time.
        Quotas::Live { .. } => return None,
    };
    // What was before the change is not carried.
    let wanted = !request.parts.is_empty() || (request.carry && request.shard.is_some());
    if !wanted || request.base.is_some() || request.gate.is_some() {
        return None;
    }
    let file = |path: Option<&Path>| match path.map(|p| tree.read(p)) {
        None => "none".to_owned(),
        Some(Ok(bytes)) => digest(&bytes),
        Some(Err(_)) => "unreadable".to_owned(),
    };
    let catalog = catalog::quotas().iter().fold(String::new(), |text, q| text + q.service + q.code + q.name);
    let catalog = digest(format!("{catalog} {}", catalog::measures()).as_bytes());
    let paths: Vec<String> = request.sources.iter().map(|s| s.name().0).collect();
    let o = &request.options;
    // Values may be secret.
    let read = format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        o.variables, o.env, o.workspace, o.strict, o.data_dir, o.max_steps, o.max_instances
    );
    let (number, of) = request.shard.unwrap_or_default();
    let shown = |path: Option<&Path>| path.map(|p| p.display().to_string());
    let baseline = request.baseline.as_deref();
    let settings = settings.path.as_deref().map(Path::new);
    let key = [
        (PROGRAM, format!("{} {catalog}", env!("CARGO_PKG_VERSION"))),
        (SETTINGS, file(settings)),
        (LIMITS, file(snapshot)),
        (BASELINE, file(baseline)),
        ("paths", format!("{paths:?} {} {:?}", request.recursive, request.targets)),
        ("variables or environment", digest(read.as_bytes())),
    ];
    Some(Part {
        number,
        of,
        inputs: 0,
        settings: shown(settings),
        snapshot: shown(snapshot),
        baseline: shown(baseline),
        today: request.today.to_string(),
        all: request.all,
        shares: request.shares.name().to_owned(),
        key: key.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        data: String::new(),
    })
}

const PROGRAM: &str = "the version of the program";
const SETTINGS: &str = "the settings";
const LIMITS: &str = "the snapshot of limits";
const BASELINE: &str = "the baseline";

/// Puts parts together; the files that they read are registered as they lie on disk. None: there are no parts.
///
/// # Errors
/// Why they are not the parts of one check, and what to do.
pub(super) fn assemble(
    mut parts: Vec<(String, Part)>,
    here: Option<&Part>,
    tree: &dyn Tree,
    files: &Files,
) -> Result<Option<Whole>, Box<Diagnostic>> {
    let Some((first_name, first)) = parts.first() else { return Ok(None) };
    belong_together(&parts)?;
    for what in [PROGRAM, SETTINGS, LIMITS, BASELINE] {
        if here.is_some_and(|here| here.key.get(what) != first.key.get(what)) {
            let text = format!("{what} differs from that of `{first_name}`");
            let help = "merge with the same program, in the checkout that was checked";
            return Err(apart(text, help));
        }
    }
    let (of, inputs) = (first.of, first.inputs);
    parts.sort_by_key(|(_, part)| part.number);
    let mut numbered: Vec<(usize, Carried)> = Vec::new();
    let mut said = Vec::new();
    for (name, part) in &parts {
        let read = open(&part.data, tree, files).map_err(|why| match why {
            Unreadable::Broken => apart(
                format!("the part in `{name}` is damaged"),
                "write the report again: `tf-headroom check --shard I/N --format json=FILE`",
            ),
            Unreadable::Changed(path) => apart(
                format!("`{path}` is not the file that `{name}` was made from"),
                "merge in the checkout that was checked, from the same folder",
            ),
        })?;
        said = read.said;
        numbered.extend(read.inputs.into_iter().enumerate().map(|(i, c)| (part.number - 1 + i * of, c)));
    }
    numbered.sort_by_key(|(at, _)| *at);
    if numbered.len() != inputs || numbered.iter().zip(0..).any(|((at, _), i)| *at != i) {
        let text = format!("the parts hold {} of {}", numbered.len(), several(inputs as u64, "root module"));
        return Err(apart(text, "check all parts again, at one revision"));
    }
    let mut inputs: Vec<Carried> = numbered.into_iter().map(|(_, carried)| carried).collect();
    let open: HashMap<EcoString, EcoString> = inputs.iter().flat_map(|c| c.inventory.open_names()).collect();
    inputs.iter_mut().for_each(|c| c.inventory.unveil(&open));
    Ok(Some(Whole { inputs, said }))
}

fn apart(text: String, help: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::error("Not the parts of one check", text, None).help(help))
}

/// Complains of parts of different checks, of a part that is missing and of one that comes twice.
fn belong_together(parts: &[(String, Part)]) -> Result<(), Box<Diagnostic>> {
    let Some((first_name, first)) = parts.first() else { return Ok(()) };
    for (name, part) in parts {
        let count = |p: &Part| format!("{} parts of {}", p.of, several(p.inputs as u64, "root module"));
        let differ = |what: &str, there: &str, here: &str| {
            let text = format!("`{first_name}` and `{name}` differ in {what}: {there}, {here}");
            Err(apart(text, "merge the reports of one check: one revision, one N, one `--today`"))
        };
        if (part.of, part.inputs) != (first.of, first.inputs) {
            return differ("what they are parts of", &count(first), &count(part));
        }
        if part.today != first.today {
            return differ("the day that was reckoned with", &first.today, &part.today);
        }
        let options = |p: &Part| format!("all {}, shares {}", p.all, p.shares);
        if options(part) != options(first) {
            return differ("the options", &options(first), &options(part));
        }
        let other = part.key.iter().find(|(what, value)| first.key.get(*what) != Some(*value));
        if let Some((what, _)) = other {
            let text = format!("`{first_name}` and `{name}` differ in {what}");
            return Err(apart(text, "merge the reports of one check, all made with the same options"));
        }
    }
    for number in 1..=first.of {
        let of: Vec<String> =
            parts.iter().filter(|(_, p)| p.number == number).map(|(n, _)| format!("`{n}`")).collect();
        let help = format!("give one report for each of the {} parts", first.of);
        match of.as_slice() {
            [_] => {}
            [] => return Err(apart(format!("part {number} of {} is missing", first.of), &help)),
            twice => {
                let text = format!("{} are all part {number} of {}", list_some(twice, 3), first.of);
                return Err(apart(text, &help));
            }
        }
    }
    if parts.len() > first.of {
        return Err(apart(
            format!("there are {} reports of {} parts", parts.len(), first.of),
            "give each once",
        ));
    }
    Ok(())
}

enum Unreadable {
    Broken,
    Changed(String),
}

fn open(data: &str, tree: &dyn Tree, files: &Files) -> Result<Whole, Unreadable> {
    let bytes = STANDARD.decode(data).map_err(|_| Unreadable::Broken)?;
    let bytes = miniz_oxide::inflate::decompress_to_vec(&bytes).map_err(|_| Unreadable::Broken)?;
    let text = String::from_utf8(bytes).map_err(|_| Unreadable::Broken)?;
    let mut lines = text.lines();
    let carried: Vec<Option<CarriedFile>> = read(lines.next())?;
    let mut known: HashMap<String, FileId> = files.all().iter().map(|f| (f.path.clone(), f.id)).collect();
    let mut numbers = Vec::with_capacity(carried.len());
    for file in carried {
        // Nothing points into what was not carried.
        let Some(CarriedFile { path, text }) = file else {
            numbers.push(FileId(u32::MAX));
            continue;
        };
        let id = match (&text, known.get(&path)) {
            (Text::Digest(told), Some(id)) => {
                if digest(files.get(*id).text.as_bytes()) != *told {
                    return Err(Unreadable::Changed(path));
                }
                *id
            }
            (Text::Digest(told), None) => {
                let bytes = tree.read(Path::new(&path)).map_err(|_| Unreadable::Changed(path.clone()))?;
                let (text, _) = syntax::decode(&bytes);
                if digest(text.as_bytes()) != *told {
                    return Err(Unreadable::Changed(path));
                }
                let id = files.add(path.clone(), text).id;
                known.insert(path, id);
                id
            }
            (Text::Lines(ends), _) => {
                let mut blank = vec![b' '; ends.last().map_or(0, |e| e + 1)];
                for end in ends {
                    *blank.get_mut(*end).ok_or(Unreadable::Broken)? = b'\n';
                }
                files.add(path, String::from_utf8_lossy(&blank).into_owned()).id
            }
        };
        numbers.push(id);
    }
    FileId::renumbered(numbers, || {
        let said = read(lines.next())?;
        let inputs = lines.map(|line| read(Some(line))).collect::<Result<Vec<Carried>, Unreadable>>()?;
        let sound = inputs.iter().all(|c| is_sound(&c.inventory));
        if sound { Ok(Whole { inputs, said }) } else { Err(Unreadable::Broken) }
    })
}

fn read<T: for<'de> Deserialize<'de>>(line: Option<&str>) -> Result<T, Unreadable> {
    serde_json::from_str(line.unwrap_or_default()).map_err(|_| Unreadable::Broken)
}

/// True if everything that is named by a number is there.
fn is_sound(inventory: &Inventory) -> bool {
    let measured = inventory.instances.iter().flat_map(|i| &i.readings);
    let measures = catalog::measures();
    measured.map(|r| r.measure as usize).all(|m| m < measures)
}
