//! Reads the inputs of a run: each on one thread, handed on in their order.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use ecow::EcoString;

use super::{Homes, Shard, Source};
use crate::config::{Settings, Target};
use crate::expand::{Options, VariableSource};
use crate::finding::{Diagnostic, Severity};
use crate::inventory::{Inventory, StatedAccount};
use crate::module::{Loader, shown, tree};
use crate::plan;
use crate::report::InputKind;
use crate::roots::{self, Choice};
use crate::words::{list_some, nearest, several};

/// Deep expressions are walked by recursion; as much as the main thread has.
const STACK: usize = 64 << 20;

/// How many inputs are read or wait for their turn at once, for each thread.
const AHEAD: usize = 2;

/// One input, and what it is run with.
pub struct Job {
    pub source: Source,
    pub target: Option<Target>,
    /// True if nothing else reads the folder, neither a caller nor another target.
    pub alone: bool,
}

impl Job {
    pub fn plain(source: Source) -> Job {
        Job { source, target: None, alone: false }
    }

    /// What tells it from the other inputs.
    fn name(&self) -> String {
        let target = self.target.as_ref().map_or("", |t| t.name.as_str());
        format!("{} {target}", self.source.name().0)
    }
}

/// One input, read.
pub struct Read {
    pub job: Option<Target>,
    pub path: String,
    /// The folder of the root module; a plan that comes without one: its own path.
    pub folder: String,
    pub kind: InputKind,
    pub content: Content,
    /// A folder that nothing else reads.
    pub done: Option<PathBuf>,
}

impl Read {
    /// The same with all instances.
    pub fn whole(self) -> Read {
        Read { content: Content::Whole(Box::new(self.content.whole(&self.path))), ..self }
    }
}

/// What was read of an input.
pub enum Content {
    Whole(Box<Inventory>),
    /// A plan by itself, whose instances are made one by one.
    Plan(Box<plan::Pending>),
}

impl Content {
    /// Returns the inventory with all instances.
    pub fn whole(self, name: &str) -> Inventory {
        match self {
            Content::Whole(inventory) => *inventory,
            Content::Plan(plan) => plan.whole().unwrap_or_else(|error| super::refused(name, &error)),
        }
    }
}

impl Read {
    fn of(job: Job, options: &Options, loader: &Loader<'_>) -> Read {
        let (path, kind) = job.source.name();
        let folder = job.source.folder().map_or_else(|| path.clone(), |dir| dir.display().to_string());
        let content = match &job.target {
            None => super::begin(job.source, options, loader),
            Some(target) => {
                // What the command line says counts over what the settings say.
                let in_root = |file: &EcoString| VariableSource::File(Path::new(&folder).join(file.as_str()));
                let mut variables: Vec<_> = target.var_files.iter().map(in_root).collect();
                variables.extend(options.variables.iter().cloned());
                let workspace =
                    options.workspace.clone().or(target.workspace.as_ref().map(EcoString::to_string));
                super::begin(job.source, &Options { variables, workspace, ..options.clone() }, loader)
            }
        };
        let done = job.alone.then(|| PathBuf::from(&folder));
        Read { job: job.target, path, folder, kind, content, done }
    }
}

/// Threads for several inputs. None: there is but one, or the system gives no threads.
pub fn threads(several: bool) -> Option<rayon::ThreadPool> {
    several.then(|| rayon::ThreadPoolBuilder::new().stack_size(STACK).build().ok()).flatten()
}

/// Reads all inputs and hands each on in their order, a few ahead of what is taken.
pub fn each(
    jobs: Vec<Job>,
    options: &Options,
    loader: &Loader<'_>,
    pool: Option<&rayon::ThreadPool>,
    take: &mut (dyn FnMut(Read) + Send),
) {
    let Some(pool) = pool else {
        jobs.into_iter().for_each(|job| take(Read::of(job, options, loader)));
        return;
    };
    let queue =
        Queue { jobs: jobs.into_iter(), started: 0, ready: BTreeMap::new(), taken: 0, take: Some(take) };
    let line = Line { queue: Mutex::new(queue), options, loader };
    pool.scope(|scope| (0..AHEAD * pool.current_num_threads()).for_each(|_| line.start(scope)));
}

/// Inputs that several threads read.
struct Line<'a> {
    queue: Mutex<Queue<'a>>,
    options: &'a Options,
    loader: &'a Loader<'a>,
}

struct Queue<'a> {
    jobs: std::vec::IntoIter<Job>,
    started: usize,
    /// Those that were read before their turn, by place.
    ready: BTreeMap<usize, Read>,
    taken: usize,
    /// None: one thread is handing on.
    take: Option<&'a mut (dyn FnMut(Read) + Send)>,
}

impl<'a> Line<'a> {
    fn queue(&self) -> MutexGuard<'_, Queue<'a>> {
        self.queue.lock().expect("bug: a thread that reads panicked")
    }

    /// Has a thread read the next input, if there is one.
    fn start<'s>(&'s self, scope: &rayon::Scope<'s>) {
        scope.spawn(|scope| {
            let mut queue = self.queue();
            let Some(job) = queue.jobs.next() else { return };
            let place = queue.started;
            queue.started += 1;
            drop(queue);
            let read = Read::of(job, self.options, self.loader);
            self.hand_on(place, read, scope);
        });
    }

    /// Hands an input on, and all that wait for it; before its turn it is put aside.
    fn hand_on<'s>(&'s self, place: usize, read: Read, scope: &rayon::Scope<'s>) {
        let mut queue = self.queue();
        queue.ready.insert(place, read);
        let Some(take) = queue.take.take() else { return };
        loop {
            let next = queue.taken;
            let Some(read) = queue.ready.remove(&next) else { break };
            drop(queue);
            self.start(scope);
            take(read);
            queue = self.queue();
            queue.taken += 1;
        }
        queue.take = Some(take);
    }
}

/// Returns the accounts of the settings, and those that targets name by number alone.
pub fn accounts(settings: &Settings) -> Vec<StatedAccount> {
    let mut accounts = settings.accounts.clone();
    for number in settings.targets.iter().filter_map(|t| t.account.as_ref()) {
        if accounts.iter().all(|a| a.name != *number) {
            accounts.push(StatedAccount {
                name: number.clone(),
                id: Some(number.clone()),
                ..StatedAccount::default()
            });
        }
    }
    accounts
}

/// What the settings say of root modules and what they are run with.
pub struct Repository<'a> {
    choice: Choice,
    targets: &'a [Target],
    loader: &'a Loader<'a>,
    pool: Option<&'a rayon::ThreadPool>,
}

impl<'a> Repository<'a> {
    pub fn of(
        settings: &'a Settings,
        loader: &'a Loader<'a>,
        pool: Option<&'a rayon::ThreadPool>,
    ) -> Repository<'a> {
        let folder = settings.path.as_ref().and_then(|p| Path::new(p).parent());
        let said = settings.roots.clone().unwrap_or_default();
        let base = folder.map(Path::to_path_buf).unwrap_or_default();
        let choice = Choice { base, include: said.include, exclude: said.exclude };
        Repository { choice, targets: &settings.targets, loader, pool }
    }

    /// Returns a path as the settings see it: from their folder.
    pub fn path(&self, path: &str) -> String {
        roots::relative(Path::new(path), &self.choice.base, self.loader.tree)
    }

    /// Returns the targets of these names.
    pub fn targets(&self, names: &[String], problems: &mut Vec<Diagnostic>) -> Vec<Job> {
        let mut jobs = Vec::new();
        for name in names {
            match self.targets.iter().find(|t| t.name == *name) {
                Some(target) => jobs.extend(self.job(target, problems)),
                None => {
                    let known = self.targets.iter().map(|t| t.name.as_str());
                    let help = match (nearest(name, known.clone()), known.count()) {
                        (Some(near), _) => format!("did you mean `{near}`?"),
                        (None, 0) => {
                            format!("write `target \"{name}\" {{ root = \"…\" }}` in `.tf-headroom.hcl`")
                        }
                        (None, _) => {
                            let all: Vec<String> =
                                self.targets.iter().map(|t| format!("`{}`", t.name)).collect();
                            format!("there are {}", list_some(&all, 5))
                        }
                    };
                    let text = format!("no `target` block of the settings is called `{name}`");
                    problems.push(Diagnostic::error("Unknown target", text, None).help(help));
                }
            }
        }
        jobs
    }

    /// The files of variables that targets name, each with the place of its root module.
    fn var_files(&self) -> Vec<(PathBuf, PathBuf)> {
        let tree = self.loader.tree;
        let of = |target: &Target| {
            let root = tree.canonical(&self.choice.base.join(target.root.as_deref().unwrap_or(".")));
            let files =
                target.var_files.iter().map(|f| (tree.canonical(&root.join(f.as_str())), root.clone()));
            files.collect::<Vec<_>>()
        };
        self.targets.iter().flat_map(of).collect()
    }

    fn job(&self, target: &Target, problems: &mut Vec<Diagnostic>) -> Option<Job> {
        let folder = self.choice.base.join(target.root.as_deref().unwrap_or("."));
        let folder = tree::join(Path::new(""), &folder.to_string_lossy());
        let folder = if self.choice.base.is_absolute() { Path::new("/").join(folder) } else { folder };
        if !self.loader.tree.is_dir(&folder) {
            let text = format!("`{}` of the target `{}` is no folder", shown(&folder), target.name);
            let help = crate::source::meant(&folder, self.loader.tree)
                .unwrap_or_else(|| "`root` is a path from the folder of the settings".to_owned());
            problems.push(Diagnostic::error("Unknown root module", text, target.span).help(help));
            return None;
        }
        Some(Job { source: Source::Folder(folder), target: Some(target.clone()), alone: false })
    }

    /// Puts the root modules below them in the place of folders, each with all of its targets.
    ///
    /// `changed`: files; only root modules that they are part of. None: all.
    pub fn below(
        &self,
        sources: Vec<Source>,
        changed: Option<&[PathBuf]>,
        problems: &mut Vec<Diagnostic>,
    ) -> Vec<Job> {
        let mut jobs = Vec::new();
        let place = |path: &Path| self.loader.tree.canonical(path);
        let targets: Vec<(PathBuf, &Target)> = self
            .targets
            .iter()
            .filter_map(|t| Some((t, self.job(t, problems)?)))
            .filter_map(|(t, job)| Some((place(job.source.folder()?), t)))
            .collect();
        let mut seen: HashSet<PathBuf> = HashSet::new();
        for source in sources {
            let Source::Folder(top) = source else {
                jobs.push(Job::plain(source));
                continue;
            };
            let named: Vec<PathBuf> = targets.iter().map(|(folder, _)| folder.clone()).collect();
            let var_files = self.var_files();
            let find = || match changed {
                Some(files) => {
                    let change = roots::Change { files, named: &var_files };
                    roots::find_touched(&top, &self.choice, &named, &change, self.loader)
                }
                None => roots::find(&top, &self.choice, &named, self.loader),
            };
            let found = self.pool.map_or_else(find, |pool| pool.install(find));
            match changed {
                // Who changes a line asks for nothing else.
                Some(changed) if found.roots.is_empty() => problems.push(untouched(changed)),
                Some(_) => {}
                None => problems.extend(found.remarks(&top)),
            }
            problems.extend(found.unreadable);
            for root in found.roots {
                let at = place(&root);
                // Two paths may lead to one folder.
                if !seen.insert(at.clone()) {
                    continue;
                }
                let own: Vec<&Target> =
                    targets.iter().filter(|(folder, _)| *folder == at).map(|(_, t)| *t).collect();
                let job = |target: Option<&Target>| Job {
                    alone: own.len() < 2 && !found.called.contains(&at),
                    source: Source::Folder(root.clone()),
                    target: target.cloned(),
                };
                match own.as_slice() {
                    [] => jobs.push(job(None)),
                    own => jobs.extend(own.iter().map(|target| job(Some(target)))),
                }
            }
        }
        jobs
    }
}

/// Says that there was nothing to do.
fn untouched(changed: &[PathBuf]) -> Diagnostic {
    let text = format!("{} of no root module", several(changed.len() as u64, "changed file"));
    let remark = Diagnostic::warning("Nothing to check", text, None);
    Diagnostic { severity: Severity::Notice, ..remark }
}

/// Returns one part of the inputs, and where among all each of them is: every `of`th, so that neighbours of one kind are
/// spread; what has a home already stays there.
pub fn shard(
    jobs: Vec<Job>,
    shard: &Shard<'_>,
    homes: &mut Homes,
    problems: &mut Vec<Diagnostic>,
) -> (Vec<Job>, Vec<usize>) {
    let Shard { part, of, homes: known } = *shard;
    let all = jobs.len();
    let (mut mine, mut places) = (Vec::new(), Vec::new());
    for (place, job) in jobs.into_iter().enumerate() {
        let name = job.name();
        let home = known.and_then(|known| known.get(&name).copied()).unwrap_or(place % of + 1);
        homes.insert(name, home);
        if home == part {
            mine.push(job);
            places.push(place);
        }
    }
    if mine.is_empty() && all > 0 {
        let text = format!("part {part} of {of} is empty: there are {}", several(all as u64, "root module"));
        let remark = Diagnostic::warning("Nothing to check", text, None);
        problems.push(Diagnostic { severity: Severity::Notice, ..remark });
    } else if mine.len() < all {
        let (here, all) = (mine.len(), several(all as u64, "root module"));
        let text = format!("part {part} of {of}: {here} of {all}; what the others hold is in no count");
        let help = "accounts are summed over all root modules by a check without `--shard`";
        problems.push(Diagnostic::warning("Not all root modules are read", text, None).help(help));
    }
    (mine, places)
}
