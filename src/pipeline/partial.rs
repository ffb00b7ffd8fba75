//! One part of a check, carried to where all parts are put together: what was read, before anything is summed.
//!
//! Sums cannot be added afterwards: parents and accounts of two parts may be the same or may be apart. So a part holds
//! its inventories, without tags and without texts that are only compared, and the whole is added up from them.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecow::EcoString;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::planner::Looked;
use super::{Quotas, Request, gate};
use crate::catalog;
use crate::config::Settings;
use crate::finding::Diagnostic;
use crate::inventory::{Inventory, is_credential};
use crate::projection::{self, Choice, Root, TakenAccount};
use crate::report::{Input, Part, PartBefore, PartGate};
use crate::snapshot::Snapshot;
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
#[derive(Debug, Default)]
pub struct Whole {
    /// In the order in which a check of all reads them.
    pub(super) inputs: Vec<Carried>,
    /// What was said of the settings and of the search for root modules.
    pub(super) said: Vec<Diagnostic>,
}

/// All parts of a check, put together.
#[derive(Debug)]
pub(super) struct Together {
    pub whole: Whole,
    /// What AWS answered.
    pub asked: Option<Snapshot>,
    pub before: Option<Before>,
}

/// The base of all parts.
#[derive(Debug)]
pub(super) struct Before {
    pub name: String,
    pub whole: Whole,
    pub files: Files,
}

/// Writes down the inputs of a part as they are taken.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    /// A line for each input.
    pub text: String,
    /// How many inputs all parts have together.
    pub inputs: usize,
    /// Which of them are still to come.
    pub places: VecDeque<usize>,
    /// What all parts say.
    pub said: Vec<Diagnostic>,
    /// What AWS answered.
    pub asked: Option<Snapshot>,
}

/// A line of what is carried.
#[derive(Debug, Serialize, Deserialize)]
struct Line<C> {
    /// Where the input is among those of all parts.
    place: usize,
    input: C,
}

/// What AWS answered, as it is carried.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    snapshot: Snapshot,
    accounts: Vec<TakenAccount>,
}

impl Recorder {
    /// What is compared only is veiled.
    pub fn add(&mut self, carried: &mut Carried) {
        let is_told = |name: &str| catalog::all_baselines().iter().any(|b| b.objects.contains(&name));
        carried.inventory.veil(projection::is_unique, is_told);
        let place = self.places.pop_front().expect("bug: an input without a place");
        self.text.push_str(&json(&Line { place, input: &*carried }));
        self.text.push('\n');
    }

    /// Why what was written down cannot be put together with others.
    pub fn unfit(&self) -> Option<String> {
        let accounts = self.asked.iter().flat_map(|s| &s.accounts);
        let has_keys = |a: &TakenAccount| match &a.choice {
            Choice::Arguments(arguments) => arguments.keys().any(|name| is_credential(name)),
            Choice::Main | Choice::Named(_) => false,
        };
        // They are not carried, so nobody could say which account the answer is about.
        let why = "AWS was asked for a provider configuration with keys of its own: check without `--shard`";
        accounts.into_iter().any(has_keys).then(|| why.to_owned())
    }

    /// `files`: those that were read and belong to a root. `tree`: where they will be read again; None: nowhere.
    pub fn finish(self, files: &[Arc<SourceFile>], tree: Option<&dyn Tree>) -> String {
        let last = files.iter().map(|f| f.id.0 as usize + 1).max().unwrap_or(0);
        let mut carried: Vec<Option<CarriedFile>> = (0..last).map(|_| None).collect();
        for file in files {
            let lines = || file.text.match_indices('\n').map(|(at, _)| at).collect();
            let text = match tree.map(|tree| tree.is_file(Path::new(&file.path))) {
                Some(true) => Text::Digest(digest(file.text.as_bytes())),
                // It is nowhere but in memory, the value of a variable say: only where its lines end is told.
                Some(false) => Text::Lines(lines()),
                None => Text::Elsewhere(digest(file.text.as_bytes()), lines()),
            };
            carried[file.id.0 as usize] = Some(CarriedFile { path: file.path.clone(), text });
        }
        let fit = self.unfit().is_none();
        let asked = self.asked.filter(|_| fit);
        let asked = asked.map(|snapshot| Answer { accounts: snapshot.accounts.clone(), snapshot });
        let text = format!("{}\n{}\n{}\n{}", json(&carried), json(&self.said), json(&asked), self.text);
        STANDARD.encode(miniz_oxide::deflate::compress_to_vec(text.as_bytes(), 6))
    }
}

/// Returns what a part holds of the base. `files`: those of it that were read.
pub(super) fn before(name: String, recorder: Recorder, files: &[Arc<SourceFile>]) -> PartBefore {
    PartBefore { name, inputs: recorder.inputs, data: recorder.finish(files, None) }
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
    /// It is not read again, but equal in all parts that have it.
    Elsewhere(String, Vec<usize>),
}

/// Returns what is known of a part before anything is read. None: there are no parts, or they could not be put together.
///
/// `gates`: the files that a revision guards.
pub(super) fn part(
    request: &Request,
    settings: &Settings,
    gates: &[PathBuf],
    tree: &dyn Tree,
) -> Option<Part> {
    let (snapshot, live) = match &request.quotas {
        Quotas::Catalog => (None, None),
        Quotas::File(path) => (Some(path.as_path()), None),
        Quotas::Live { only, .. } => (None, Some(if *only { "live-only" } else { "live" })),
    };
    let wanted = !request.parts.is_empty() || (request.carry && request.shard.is_some());
    if !wanted {
        return None;
    }
    let tree_of_gate: &dyn Tree = request.gate.as_ref().map_or(tree, |gate| &*gate.tree);
    let base = request.base.as_ref().map(|b| format!("{} {:?}", b.name, b.commit));
    // Merged at the same commit, what a change does to its own gate is told again.
    let digest_in = |path: &Path, tree: &dyn Tree| match gate::guarded(path, tree) {
        Ok(None) => "none".to_owned(),
        Ok(Some(bytes)) => digest(&bytes),
        Err(_) => "unreadable".to_owned(),
    };
    let guarded: String = gates.iter().map(|p| format!("{} {}", p.display(), digest_in(p, tree))).collect();
    let file = |path: Option<&Path>| path.map_or_else(|| "none".to_owned(), |p| digest_in(p, tree_of_gate));
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
        (LIMITS, live.map_or_else(|| file(snapshot), str::to_owned)),
        (BASELINE, file(baseline)),
        (GUARDED, guarded),
        (GATE, request.gate.as_ref().map_or_else(|| "none".to_owned(), |g| g.commit.clone())),
        ("the base", base.unwrap_or_else(|| "none".to_owned())),
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
        live: live.map(str::to_owned),
        settings_from: request.gate.as_ref().map(|gate| PartGate {
            name: gate.name.clone(),
            commit: gate.commit.clone(),
            files: gates.iter().map(|p| p.display().to_string()).collect(),
        }),
        unfit: None,
        data: String::new(),
        before: None,
    })
}

const PROGRAM: &str = "the version of the program";
const SETTINGS: &str = "the settings";
const LIMITS: &str = "the snapshot of limits";
const BASELINE: &str = "the baseline";
const GATE: &str = "the revision of the settings";
const GUARDED: &str = "the files that a revision guards";

/// Puts parts together; the files that they read are registered as they lie on disk. None: there are no parts.
///
/// # Errors
/// Why they are not the parts of one check, and what to do.
pub(super) fn assemble(
    mut parts: Vec<(String, Part)>,
    here: Option<&Part>,
    tree: &dyn Tree,
    files: &Files,
) -> Result<Option<Together>, Box<Diagnostic>> {
    let Some((first_name, first)) = parts.first() else { return Ok(None) };
    belong_together(&parts)?;
    for what in [PROGRAM, SETTINGS, LIMITS, BASELINE, GATE, GUARDED] {
        if here.is_some_and(|here| here.key.get(what) != first.key.get(what)) {
            let text = format!("{what} differs from that of `{first_name}`");
            let help = "merge with the same program, in the checkout that was checked";
            return Err(apart(text, help));
        }
    }
    let inputs = first.inputs;
    let base = first.before.as_ref().map(|b| (b.name.clone(), b.inputs));
    parts.sort_by_key(|(_, part)| part.number);
    let data: Vec<(&str, &str)> = parts.iter().map(|(name, p)| (name.as_str(), p.data.as_str())).collect();
    let (whole, answers) = put_together(&data, inputs, tree, files)?;
    let before = match base {
        None => None,
        Some((name, inputs)) => {
            let data =
                parts.iter().filter_map(|(name, p)| Some((name.as_str(), p.before.as_ref()?.data.as_str())));
            let files = Files::default();
            let (whole, _) = put_together(&data.collect::<Vec<_>>(), inputs, tree, &files)?;
            Some(Before { name, whole, files })
        }
    };
    Ok(Some(Together { whole, asked: (!answers.is_empty()).then(|| Snapshot::of_parts(answers)), before }))
}

/// Puts what was carried together, by the names of the reports.
fn put_together(
    data: &[(&str, &str)],
    inputs: usize,
    tree: &dyn Tree,
    files: &Files,
) -> Result<(Whole, Vec<Snapshot>), Box<Diagnostic>> {
    let mut numbered: Vec<(usize, Carried)> = Vec::new();
    let (mut said, mut answers) = (Vec::new(), Vec::new());
    let mut told = HashMap::new();
    for (name, data) in data {
        let read = open(data, tree, files, &mut told).map_err(|why| match why {
            Unreadable::Broken => apart(
                format!("the part in `{name}` is damaged"),
                "write the report again: `tf-headroom check --shard I/N --format json=FILE`",
            ),
            Unreadable::Changed(path) => apart(
                format!("`{path}` is not the file that `{name}` was made from"),
                "merge in the checkout that was checked, from the same folder",
            ),
            Unreadable::Differs(path) => apart(
                format!("`{path}` of the base is another file in `{name}` than in the other reports"),
                "check all parts against one base",
            ),
        })?;
        said = read.said;
        answers.extend(read.asked);
        numbered.extend(read.inputs);
    }
    numbered.sort_by_key(|(at, _)| *at);
    if numbered.len() != inputs || numbered.iter().zip(0..).any(|((at, _), i)| *at != i) {
        let text = format!("the parts hold {} of {}", numbered.len(), several(inputs as u64, "root module"));
        return Err(apart(text, "check all parts again, at one revision"));
    }
    let mut inputs: Vec<Carried> = numbered.into_iter().map(|(_, carried)| carried).collect();
    let open: HashMap<EcoString, EcoString> = inputs.iter().flat_map(|c| c.inventory.open_names()).collect();
    inputs.iter_mut().for_each(|c| c.inventory.unveil(&open));
    Ok((Whole { inputs, said }, answers))
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
        let base = |p: &Part| match &p.before {
            None => "none".to_owned(),
            Some(b) => format!("`{}`, {}", b.name, several(b.inputs as u64, "root module")),
        };
        if base(part) != base(first) {
            return differ("the base", &base(first), &base(part));
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
    Differs(String),
}

/// What one part holds.
struct Opened {
    said: Vec<Diagnostic>,
    asked: Option<Snapshot>,
    inputs: Vec<(usize, Carried)>,
}

/// `told`: the digests of files that are not here, as the parts before have them.
fn open(
    data: &str,
    tree: &dyn Tree,
    files: &Files,
    told: &mut HashMap<String, String>,
) -> Result<Opened, Unreadable> {
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
            (Text::Lines(ends), _) => files.add(path, lines_that_end(ends)?).id,
            (Text::Elsewhere(digest, ends), known_as) => {
                if told.get(&path).is_some_and(|other| other != digest) {
                    return Err(Unreadable::Differs(path));
                }
                told.insert(path.clone(), digest.clone());
                let add = || Ok(files.add(path.clone(), lines_that_end(ends)?).id);
                let id = known_as.map_or_else(add, |id| Ok(*id))?;
                known.insert(path, id);
                id
            }
        };
        numbers.push(id);
    }
    FileId::renumbered(numbers, || {
        let said = read(lines.next())?;
        let asked: Option<Answer> = read(lines.next())?;
        let asked = asked.map(|Answer { snapshot, accounts }| Snapshot { accounts, ..snapshot });
        let inputs = lines.map(|line| {
            let Line::<Carried> { place, input } = read(Some(line))?;
            if is_sound(&input.inventory) { Ok((place, input)) } else { Err(Unreadable::Broken) }
        });
        Ok(Opened { said, asked, inputs: inputs.collect::<Result<_, Unreadable>>()? })
    })
}

/// Returns a blank text whose lines end there.
fn lines_that_end(ends: &[usize]) -> Result<String, Unreadable> {
    // INVARIANT: ascending, so that the last one bounds all.
    let length = ends.last().map_or(0, |e| e.saturating_add(1));
    if length > u32::MAX as usize {
        return Err(Unreadable::Broken);
    }
    let mut blank = vec![b' '; length];
    for end in ends {
        *blank.get_mut(*end).ok_or(Unreadable::Broken)? = b'\n';
    }
    String::from_utf8(blank).map_err(|_| Unreadable::Broken)
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
