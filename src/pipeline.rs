//! The story: read, count, compare, judge, forgive, tell.
//!
//! In: what to read and what was said of it. Out: a [`Report`]. Never here: how any of it is done.

mod gate;
mod joined;
mod observe;
mod origins;
mod partial;
mod planner;
mod read;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::io;
use std::path::{Path, PathBuf};

use crate::address::Mode;
use crate::capacity;
use crate::catalog;
use crate::config::{self, FailOn, Settings};
use crate::date::Date;
use crate::expand::{self, Options};
use crate::finding::{Diagnostic, Finding, Severity};
use crate::inventory::{Instance, Inventory, MissingModule, StatedAccount};
use crate::module::{Loader, module_files};
use crate::plan;
use crate::projection::{
    self, Limits, ObservedSource, Projected, Projection, Projector, QuotaName, Root, Want,
};
use crate::report::{Exit, Input, InputKind, Origin, Part, Report, RuleHelp, Stats};
use crate::rules::{self, Context};
use crate::snapshot::Snapshot;
use crate::source::{FileId, Files, Span, Tree};
use crate::suppress::{Allows, Baseline, Exempts};
use crate::tags::{self, TagJudge, TagVerdicts, Trace, Unmanaged};
use crate::value::Value;
use crate::words::list_some;
use origins::Origins;
use partial::{Carried, Recorder, Whole};
use planner::Planner;

pub use observe::{fill, load as snapshot};
use read::{Content, Job, Read};

/// How much is done for an answer that takes one evaluation for each tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// Nothing: who reads the report has no room for it.
    None,
    /// As long as it costs little.
    Cheap,
    /// Whatever it costs.
    All,
}

impl Effort {
    const ALL: [Effort; 3] = [Effort::None, Effort::Cheap, Effort::All];

    fn name(self) -> &'static str {
        match self {
            Effort::None => "none",
            Effort::Cheap => "cheap",
            Effort::All => "all",
        }
    }

    pub fn parse(name: &str) -> Option<Effort> {
        Effort::ALL.into_iter().find(|e| e.name() == name)
    }
}

/// What a run is to do.
pub struct Request {
    pub sources: Vec<Source>,
    /// Folders are searched for root modules.
    pub recursive: bool,
    /// `target` blocks of the settings to check, in place of sources.
    pub targets: Vec<String>,
    /// Which of the inputs are checked here: `(2, 4)` for the second of four parts. None: all of them.
    pub shard: Option<(usize, usize)>,
    /// Files that changed: only root modules that they are part of are checked. None: all.
    pub changed: Option<Vec<PathBuf>>,
    /// Writes down what `merge` needs of the shard.
    pub carry: bool,
    /// The report is written in forms that list projections as they come or show a few, so that most need not be held.
    pub in_passing: bool,
    /// The parts of a check, by the names of their reports, in place of sources.
    pub parts: Vec<(String, Part)>,
    pub options: Options,
    /// None: `.tf-headroom.hcl`, found upwards.
    pub settings: Option<PathBuf>,
    pub today: Date,
    /// Judge tags of instances that the plan does not change as well.
    pub all: bool,
    /// From which finding on it fails; None: as the settings say, else from errors on.
    pub fail_on: Option<FailOn>,
    /// How much it may cost to say whose each count is.
    pub shares: Effort,
    pub quotas: Quotas,
    /// What the change is compared with.
    pub base: Option<Base>,
    /// None: settings and baseline are those that lie beside the input.
    pub gate: Option<Gate>,
    /// Findings that are known.
    pub baseline: Option<PathBuf>,
    /// Where the working folder lies, for links and for paths from the root of the repository.
    pub origin: Origin,
}

impl Request {
    /// A check of sources with nothing else said.
    pub fn of(sources: Vec<Source>, today: Date) -> Request {
        Request {
            sources,
            recursive: false,
            targets: Vec::new(),
            changed: None,
            shard: None,
            carry: false,
            in_passing: false,
            parts: Vec::new(),
            options: Options::default(),
            settings: None,
            today,
            all: false,
            fail_on: None,
            shares: Effort::None,
            quotas: Quotas::Catalog,
            base: None,
            gate: None,
            baseline: None,
            origin: Origin::default(),
        }
    }
}

/// Who tells limits and use, besides settings and state.
pub enum Quotas {
    Catalog,
    /// A snapshot.
    File(PathBuf),
    /// AWS itself.
    Live {
        /// The catalog's defaults count for nothing, and what AWS does not tell ends in exit code 2.
        only: bool,
        ask: Box<Ask>,
    },
}

/// Asks AWS for what inputs use.
pub type Ask = dyn Fn(&[Want], &[StatedAccount]) -> Snapshot;

/// Something to read.
pub enum Source {
    /// A root module.
    Folder(PathBuf),
    /// A plan or state as JSON, what it is called, and the folder of the source that it was made from.
    Json { name: String, input: Box<dyn io::Read + Send>, folder: Option<PathBuf> },
}

/// What a change is compared with: the same inputs as they were before it.
pub struct Base {
    /// As the user named it.
    pub name: String,
    /// The commit's number, where it is a revision.
    pub commit: Option<String>,
    /// None where a folder did not exist yet.
    pub sources: Vec<Option<Source>>,
    pub tree: Box<dyn Tree>,
}

/// The revision that settings and baseline are read from, so that a change cannot edit its own gate.
pub struct Gate {
    pub name: String,
    /// The commit's number.
    pub commit: String,
    pub tree: Box<dyn Tree>,
    /// The files that it guards. None: whatever settings and baseline the inputs have.
    pub files: Option<Vec<PathBuf>>,
}

/// Checks everything and returns the report, and the baseline that would cover all of it.
pub fn run(request: Request, tree: &dyn Tree, files: &Files) -> (Report, Baseline) {
    let gate_tree: &dyn Tree = request.gate.as_ref().map_or(tree, |g| &*g.tree);
    let (settings, diagnostics) = settings(request.settings.as_deref(), &request.sources, gate_tree, files);
    let gates = request.gate.as_ref().map_or_else(Vec::new, |gate| {
        let found =
            || request.settings.clone().or_else(|| find_settings(&request.sources, tree).into_iter().next());
        let of_inputs = || {
            let settings_file = settings.path.as_deref().map(PathBuf::from).or_else(found);
            let snapshot = match &request.quotas {
                Quotas::File(path) => Some(path.clone()),
                Quotas::Catalog | Quotas::Live { .. } => None,
            };
            settings_file.into_iter().chain(request.baseline.clone()).chain(snapshot).collect()
        };
        gate.files.clone().unwrap_or_else(of_inputs)
    });
    let part = partial::part(&request, &settings, &gates, tree);
    let (gate_changes, ungated) =
        request.gate.as_ref().map(|gate| gate::changes(gate, &gates, tree)).unwrap_or_default();
    let Request { sources, recursive, targets, shard, options, today, all, mut quotas, parts, .. } = request;
    let mut report = Report { diagnostics, ..Report::default() };
    let (work, whole_before) = match partial::assemble(parts, part.as_ref(), tree, files) {
        Ok(None) => (Work::Read(sources), None),
        Ok(Some(together)) => {
            if let (Quotas::Live { ask, .. }, Some(snapshot)) = (&mut quotas, together.asked) {
                *ask = Box::new(move |_, _| snapshot.clone());
            }
            (Work::Whole(together.whole), together.before)
        }
        Err(problem) => {
            report.diagnostics.extend(ungated);
            report.diagnostics.push(*problem);
            report.exit = Exit::Unchecked;
            return (report, Baseline::new(std::iter::empty()));
        }
    };
    let options = with_settings(options, &settings);

    let mut limits = Limits {
        stated: settings.limits.clone(),
        defaults: !matches!(quotas, Quotas::Live { only: true, .. }),
        today: Some(today),
        ..Limits::default()
    };
    if let Quotas::File(path) = &quotas {
        limits.observed = observe::from_file(path, today, &settings, gate_tree, &mut report.diagnostics);
    }
    let shard = shard.map(|(part, of)| Shard { part, of, homes: None });
    let chosen = Chosen { recursive, targets: &targets, shard, changed: request.changed.as_deref() };
    let judging = Judging {
        chosen,
        options: &options,
        settings: &settings,
        today,
        shares: request.shares,
        in_passing: request.in_passing && request.base.is_none(),
    };
    if matches!(work, Work::Whole(_)) {
        // The parts have said it.
        report.diagnostics.clear();
    }
    report.diagnostics.extend(ungated);
    let mut recorder = shard
        .filter(|_| part.is_some())
        .map(|_| Recorder { said: report.diagnostics.clone(), ..Recorder::default() });
    let mut judged = judge(work, &judging, &mut limits, &quotas, tree, files, recorder.as_mut());
    let before = match (request.base, whole_before) {
        (Some(base), _) => {
            let sources: Vec<Source> = base.sources.into_iter().flatten().collect();
            Some((base.name, Work::Read(sources), Some(base.tree), Files::default()))
        }
        (None, Some(before)) => Some((before.name, Work::Whole(before.whole), None, before.files)),
        (None, None) => None,
    };
    let mut recorder_before = recorder.as_ref().map(|_| Recorder::default());
    let before = before.map(|(name, work, base_tree, files)| {
        let tree = base_tree.as_deref().unwrap_or(tree);
        let shard = shard.map(|s| Shard { homes: Some(&judged.homes), ..s });
        let judging = Judging { chosen: Chosen { shard, ..chosen }, ..judging };
        let recorder = recorder_before.as_mut();
        let before = judge(work, &judging, &mut limits, &Quotas::Catalog, tree, &files, recorder);
        report.diagnostics.extend(gate::unread_base(&name, &before.diagnostics));
        judged.projected.since(&before.projected);
        judged.tags.since(&before.tags);
        report.base = Some(name);
        (before, files)
    });
    report.inputs = std::mem::take(&mut judged.inputs);
    report.diagnostics.append(&mut judged.diagnostics);

    let mut read = files.all();
    read.retain(|file| !judged.unused.contains(&file.id));
    let before_read = before.as_ref().map(|(before, files)| {
        let mut read = files.all();
        read.retain(|file| !before.unused.contains(&file.id));
        read
    });
    report.part = recorder.zip(part).map(|(recorder, part)| Part {
        inputs: recorder.inputs,
        unfit: part.unfit.or_else(|| recorder.unfit()),
        data: recorder.finish(&read, Some(tree)),
        before: recorder_before.zip(before_read).map(|(recorder, read)| {
            partial::before(report.base.clone().unwrap_or_default(), recorder, &read)
        }),
        ..part
    });
    let allows = Allows::read(&read, &rules::ids(), Some(today));
    let covers = |rule: &'static str, span: Span| allows.covers(rule, span, files);
    let observed = limits.observed.source.as_ref();
    let context = Context { gate: &gate_changes, all, observed, ..judged.context(&settings, files, &covers) };
    let exempts = Exempts::new(&settings.exemptions, Some(today));
    let scope = |f: &Finding| {
        let p = f.quota.as_ref().and_then(|q| judged.projected.projections.get(q.projection));
        p.and_then(|p| p.scope.parent.as_deref())
    };
    let exempt = |found: Vec<Finding>| -> Vec<Finding> {
        found.into_iter().filter(|f| !exempts.cover(f, scope(f), files)).collect()
    };
    report.findings = exempt(rules::run(&context, &settings.levels));
    if !all {
        report.older = exempt(rules::older(&context, &settings.levels));
    }
    report.findings.extend(rules::settle(allows.leftover(), &settings.levels));
    report.findings.extend(rules::settle(exempts.leftover(), &settings.levels));
    if let Some((before, files)) = &before {
        let never = |_: &'static str, _: Span| false;
        let known = rules::run(&before.context(&settings, files, &never), &settings.levels);
        gate::set_aside(&mut report, &known);
    }

    report.stats = Stats {
        allowed: allows.used() + exempts.used(),
        observed: observed.map(ObservedSource::text),
        shares_left_out: judged.shares_left_out,
        ..stats(&judged.projected, &judged.tags)
    };
    report.coverage = judged.tags.coverage;
    (report.projections, report.quiet) = (judged.projected.projections, judged.projected.quiet);
    report.rules =
        rules::RULES.iter().map(|r| RuleHelp { id: r.id, severity: r.severity, page: r.page }).collect();
    report.origin = request.origin;
    let whole = gate::baseline_of(&report);
    if let Some(path) = &request.baseline {
        match gate::read_baseline(path, gate_tree) {
            Ok(baseline) => gate::apply(&baseline, path, &mut report, &settings.levels),
            Err(problem) => report.diagnostics.push(*problem),
        }
    }
    report.sort(files);
    report.exit = report.exit(match request.fail_on.or(settings.fail_on) {
        Some(FailOn::Never) => None,
        Some(FailOn::At(severity)) => Some(severity),
        None => Some(Severity::Error),
    });
    (report, whole)
}

/// What was read and added up, before any rule looks at it.
struct Judged {
    projected: Projected,
    tags: TagVerdicts,
    missing: Vec<MissingModule>,
    partial: Vec<(String, String)>,
    inputs: Vec<Input>,
    diagnostics: Vec<Diagnostic>,
    /// Files that were read and belong to no root.
    unused: HashSet<FileId>,
    /// There are tenants whose shares would have cost too much.
    shares_left_out: bool,
    /// Which part of the check has which input.
    homes: Homes,
}

impl Judged {
    fn context<'a>(
        &'a self,
        settings: &'a Settings,
        files: &'a Files,
        allows: &'a dyn Fn(&'static str, Span) -> bool,
    ) -> Context<'a> {
        Context {
            projected: &self.projected,
            stated: &settings.limits,
            observed: None,
            tags: &self.tags,
            schema: &settings.schema,
            files,
            missing: &self.missing,
            partial: &self.partial,
            gate: &[],
            buffer: settings.buffer,
            all: false,
            allows,
        }
    }
}

/// Which of the inputs are read.
#[derive(Clone, Copy)]
struct Chosen<'a> {
    recursive: bool,
    targets: &'a [String],
    shard: Option<Shard<'a>>,
    changed: Option<&'a [PathBuf]>,
}

/// One part of the inputs.
#[derive(Clone, Copy)]
struct Shard<'a> {
    part: usize,
    of: usize,
    /// Where inputs are after the change: they are looked at in the same part as they were before it.
    homes: Option<&'a Homes>,
}

/// Parts by the names of their inputs.
type Homes = HashMap<String, usize>;

/// How inputs are judged, before and after a change alike.
#[derive(Clone, Copy)]
struct Judging<'a> {
    chosen: Chosen<'a>,
    options: &'a Options,
    settings: &'a Settings,
    today: Date,
    shares: Effort,
    in_passing: bool,
}

/// What is to be judged.
enum Work {
    Read(Vec<Source>),
    /// Parts that were read elsewhere.
    Whole(Whole),
}

/// Reads all sources and adds them up. What AWS answers joins the limits.
fn judge<'a>(
    work: Work,
    judging: &'a Judging<'_>,
    limits: &'a mut Limits,
    quotas: &Quotas,
    tree: &dyn Tree,
    files: &Files,
    mut recorder: Option<&'a mut Recorder>,
) -> Judged {
    let Judging { chosen, options, settings, today, shares, in_passing } = *judging;
    let Chosen { recursive, targets, shard, changed } = chosen;
    let (sources, Whole { inputs: carried, said: mut diagnostics }) = match work {
        Work::Read(sources) => (sources, Whole::default()),
        Work::Whole(whole) => (Vec::new(), whole),
    };
    let pool = read::threads(recursive || sources.len() > 1 || targets.len() > 1);
    let loader = if pool.is_some() { Loader::shared(tree, files) } else { Loader::new(tree, files) };
    let repository = read::Repository::of(settings, &loader, pool.as_ref());
    let mut jobs = match (recursive, targets) {
        (_, [_, ..]) => repository.targets(targets, &mut diagnostics),
        (true, []) => repository.below(sources, changed, &mut diagnostics),
        (false, []) => sources.into_iter().map(Job::plain).collect(),
    };
    if let Some(recorder) = &mut recorder {
        recorder.inputs = jobs.len();
        recorder.said.extend(diagnostics.clone());
    }
    let mut homes = Homes::new();
    if let Some(shard) = shard {
        let places: Vec<usize>;
        (jobs, places) = read::shard(jobs, &shard, &mut homes, &mut diagnostics);
        if let Some(recorder) = &mut recorder {
            recorder.places = places.into();
        }
    }
    let mut held: Vec<Read> = Vec::new();
    // All is read before AWS is asked, so that only what counts is asked for.
    if let Quotas::Live { only, ask } = quotas {
        let all = std::mem::take(&mut jobs);
        read::each(all, options, &loader, pool.as_ref(), &mut |input| held.push(input.whole()));
        let wants = observe::wants(&held, &read::accounts(settings), &|folder| repository.path(folder));
        let snapshot;
        (limits.observed, snapshot) =
            observe::from_aws(&wants, settings, *only, ask, today, &mut diagnostics);
        if let Some(recorder) = &mut recorder {
            recorder.asked = Some(snapshot);
        }
    }
    let accounts = read::accounts(settings);
    let limits = &*limits;
    let options_of_sums = projection::Options { accounts, ..projection::Options::default() };
    let mut sums = Sums {
        projector: Projector::new(limits.clone(), options_of_sums),
        planner: Planner::new(settings, limits, options, shares),
        tags: TagJudge::new(&settings.schema, Some(today)),
        recorder,
        missing: Vec::new(),
        partial: Vec::new(),
        inputs: Vec::new(),
        diagnostics,
    };
    carried.into_iter().for_each(|input| sums.add(input));
    let mut take = |read: Read| {
        // What is written down is wanted whole.
        let read = if sums.recorder.is_some() { read.whole() } else { read };
        let Read { job, path, folder, kind, content, done } = read;
        let known_as = repository.path(&folder);
        let target = job.as_ref().map(|t| t.name.clone());
        let mut input = Input { path, target, kind, instances: 0, partial: None };
        let root = Root { name: input.name(), path: known_as, account: job.and_then(|t| t.account) };
        match content {
            Content::Whole(inventory) => {
                let inventory = *inventory;
                input.instances = inventory.instances.iter().map(instances).fold(0, u64::saturating_add);
                let looked = sums.planner.look(kind, Path::new(&folder), &inventory, &root, &loader);
                let origins = Origins::new(&loader, Path::new(&folder), options);
                let tags = sums.tags.part(&inventory, &input.path, Some(files), Some(&origins));
                sums.add(Carried { input, root, inventory, tags, looked });
            }
            Content::Plan(plan) => sums.add_plan(*plan, input, &root, files),
        }
        if let Some(folder) = done {
            loader.release(&folder);
        }
    };
    held.into_iter().for_each(&mut take);
    read::each(jobs, options, &loader, pool.as_ref(), &mut take);
    let unused = loader.unused();
    let Sums { projector, planner, tags, missing, partial, inputs, mut diagnostics, .. } = sums;
    let set_aside = in_passing && limits.observed.source.is_none() && planner.shares.is_empty();
    let is_quiet = |p: &Projection| set_aside && rules::are_silent(p);
    // On a thread of those that added up, which has the room that sums leave.
    let finish = || (projector.finish_with(&is_quiet), tags.finish());
    let (mut projected, tags) = match &pool {
        Some(pool) => pool.install(finish),
        None => finish(),
    };
    capacity::attach(&mut projected.projections, &planner.shares);
    diagnostics.extend(planner.problems);
    let shares_left_out = planner.left_out;
    Judged { projected, tags, missing, partial, inputs, diagnostics, unused, shares_left_out, homes }
}

/// What grows from input to input.
struct Sums<'a> {
    projector: Projector,
    planner: Planner<'a>,
    tags: TagJudge<'a>,
    /// Writes down what is added.
    recorder: Option<&'a mut Recorder>,
    missing: Vec<MissingModule>,
    partial: Vec<(String, String)>,
    inputs: Vec<Input>,
    diagnostics: Vec<Diagnostic>,
}

impl Sums<'_> {
    fn add(&mut self, mut carried: Carried) {
        let (looked, judged) = match &self.recorder {
            Some(_) => (carried.looked.clone(), carried.tags.clone()),
            None => (std::mem::take(&mut carried.looked), std::mem::take(&mut carried.tags)),
        };
        let declared = self.planner.take(looked);
        self.projector.add_with(&carried.inventory, &carried.root, &declared);
        self.tags.absorb(&carried.root.name, judged);
        if let Some(recorder) = &mut self.recorder {
            recorder.add(&mut carried);
        }
        let Carried { input, root, inventory, .. } = carried;
        self.note(input, root.name, inventory);
    }

    /// Adds the instances of a plan as they are made.
    fn add_plan(&mut self, plan: plan::Pending, mut input: Input, root: &Root, files: &Files) {
        let looked = self.planner.look_at_plan(root);
        let declared = self.planner.take(looked);
        let plan = if declared.is_empty() { plan } else { plan.with_all_parents() };
        let (projector, tags) = (&mut self.projector, &mut self.tags);
        let (mut judging, mut judged) = (None, 0);
        let (mut adding, mut added) = (None, 0);
        let read = plan.finish(plan::Sink::Apart {
            tags: &mut |header, instance| {
                let so_far = judging.get_or_insert_with(|| tags.begin(&root.name, header, &input.path));
                tags.add_next(so_far, header, judged, &instance, Some(files));
                judged += 1;
            },
            counts: &mut |header, parents, instance| {
                let so_far = adding.get_or_insert_with(|| projector.begin(header, root));
                projector.add_next(so_far, header, parents, added, &instance);
                input.instances = input.instances.saturating_add(instances(&instance));
                added += 1;
            },
        });
        let inventory = read.unwrap_or_else(|error| refused(&root.name, &error));
        let counts = adding.unwrap_or_else(|| self.projector.begin(&inventory, root));
        self.projector.end(counts, &inventory, &declared);
        self.planner.told(&declared, &inventory);
        self.note(input, root.name.clone(), inventory);
    }

    fn note(&mut self, input: Input, name: String, inventory: Inventory) {
        let input = Input { partial: inventory.partial.clone(), ..input };
        self.missing.extend(inventory.missing);
        self.partial.extend(inventory.partial.map(|why| (name, why)));
        self.inputs.push(input);
        self.diagnostics.extend(inventory.diagnostics);
    }
}

/// How many managed instances there are after apply, for certain.
fn instances(instance: &Instance) -> u64 {
    if instance.address.block.mode == Mode::Managed { instance.after.low() } else { 0 }
}

/// What `tags` is to read.
pub struct TagRequest {
    pub sources: Vec<Source>,
    pub options: Options,
    /// None: `.tf-headroom.hcl`, found upwards.
    pub settings: Option<PathBuf>,
    pub today: Date,
    /// A state or plan: what it has and the sources do not declare is told.
    pub state: Option<Source>,
    /// A snapshot: the same.
    pub snapshot: Option<PathBuf>,
}

/// What `tags` found.
#[derive(Debug)]
pub struct TagReport {
    pub verdicts: TagVerdicts,
    pub unmanaged: Vec<Unmanaged>,
    pub settings: Settings,
    pub diagnostics: Vec<Diagnostic>,
}

/// Judges tags alone, and counts how far they have got.
pub fn tags(request: TagRequest, tree: &dyn Tree, files: &Files) -> TagReport {
    let TagRequest { sources, options, today, state, snapshot, .. } = request;
    let (settings, mut diagnostics) = settings(request.settings.as_deref(), &sources, tree, files);
    let options = with_settings(options, &settings);
    let tenant_tag = settings.tenants.as_ref().and_then(|t| t.tag.clone());
    let mut judge = TagJudge::new(&settings.schema, Some(today)).in_detail(tenant_tag);
    let loader = Loader::new(tree, files);
    let mut declared = Vec::new();
    for source in sources {
        let (path, _) = source.name();
        let folder = source.folder().map(Path::to_path_buf);
        let mut inventory = read(source, &options, &loader);
        let origins = folder.map(|folder| Origins::new(&loader, &folder, &options));
        let trace = origins.as_ref().map(|o| o as &dyn Trace);
        judge.add_traced(&inventory, &path, Some(files), trace);
        diagnostics.append(&mut inventory.diagnostics);
        if state.is_some() || snapshot.is_some() {
            declared.push(inventory);
        }
    }
    let mut unmanaged = state.map_or_else(Vec::new, |state| {
        let state = read(state, &options, &loader);
        let found = tags::unmanaged(&state, &declared);
        diagnostics.extend(state.diagnostics);
        found
    });
    if let Some(path) = snapshot {
        let observed = observe::from_file(&path, today, &settings, tree, &mut diagnostics);
        let told = observed.objects.iter().map(|o| tags::Told { ty: &o.kind, arn: &o.arn, texts: &o.texts });
        unmanaged.extend(tags::unmanaged_by_name(&told.collect::<Vec<_>>(), &declared));
    }
    let verdicts = judge.finish();
    TagReport { verdicts, unmanaged, settings, diagnostics }
}

/// Returns what the sources use of quotas, by account and Region, and what the settings say of accounts.
pub fn wants(
    sources: Vec<Source>,
    options: Options,
    settings_file: Option<&Path>,
    tree: &dyn Tree,
    files: &Files,
) -> (Vec<Want>, Settings, Vec<Diagnostic>) {
    let (settings, mut diagnostics) = settings(settings_file, &sources, tree, files);
    let options = with_settings(options, &settings);
    let loader = Loader::new(tree, files);
    let repository = read::Repository::of(&settings, &loader, None);
    let mut inputs = Vec::new();
    let jobs = sources.into_iter().map(Job::plain).collect();
    read::each(jobs, &options, &loader, None, &mut |input| inputs.push(input.whole()));
    let wants = observe::wants(&inputs, &read::accounts(&settings), &|folder| repository.path(folder));
    diagnostics.extend(inputs.into_iter().flat_map(|i| i.content.whole(&i.path).diagnostics));
    (wants, settings, diagnostics)
}

/// What is known of limits besides the input and the catalog.
pub fn limits(settings: &Settings, today: Date) -> Limits {
    Limits { stated: settings.limits.clone(), today: Some(today), ..Limits::default() }
}

/// Reads one source for `inventory`, with what the settings assume.
pub fn inventory(
    source: Source,
    options: Options,
    settings_file: Option<&Path>,
    tree: &dyn Tree,
    files: &Files,
) -> Inventory {
    let sources = [source];
    let (settings, mut diagnostics) = settings(settings_file, &sources, tree, files);
    let options = with_settings(options, &settings);
    let [source] = sources;
    let mut inventory = read(source, &options, &Loader::new(tree, files));
    diagnostics.append(&mut inventory.diagnostics);
    Inventory { diagnostics, ..inventory }
}

/// Reads the settings file: the one that is named, or the first that is found from a source upwards.
pub fn settings(
    named: Option<&Path>,
    sources: &[Source],
    tree: &dyn Tree,
    files: &Files,
) -> (Settings, Vec<Diagnostic>) {
    if let Some(path) = named {
        return config::load(path, tree, files, &rules::ids());
    }
    let found = find_settings(sources, tree);
    let Some(first) = found.first() else { return (Settings::default(), Vec::new()) };
    let (settings, mut diagnostics) = config::load(first, tree, files, &rules::ids());
    for other in &found[1..] {
        let text = format!("`{}` is not read: `{}` holds for all paths", other.display(), first.display());
        let help = "check paths with settings of their own one by one, or name one file with `--settings`";
        diagnostics.push(Diagnostic::warning("Several settings files", text, None).help(help));
    }
    (settings, diagnostics)
}

/// Returns the settings files of the sources, each once.
fn find_settings(sources: &[Source], tree: &dyn Tree) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for source in sources {
        // A plan lies anywhere: its settings are those of its source or of the working folder.
        let start = source.folder().unwrap_or(Path::new("."));
        let path = config::find(start, tree);
        found.extend(path.filter(|p| found.iter().all(|f| tree.canonical(f) != tree.canonical(p))));
    }
    found
}

/// Adds what the settings say of reading source.
pub fn with_settings(options: Options, settings: &Settings) -> Options {
    let map_keys = settings.tenants.iter().map(|t| t.variable.clone()).collect();
    Options { assume: assumed(settings), map_keys, ..options }
}

/// What references without a value are taken to be.
pub fn assumed(settings: &Settings) -> BTreeMap<String, Value> {
    settings.assume.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
}

/// Reads one source, whichever it is: from here on nobody can tell.
pub fn read(source: Source, options: &Options, loader: &Loader<'_>) -> Inventory {
    match source {
        Source::Folder(dir) => match nothing_to_read(&dir, loader.tree) {
            Some(problem) => Inventory { diagnostics: vec![problem], ..Inventory::default() },
            None => with_missing_folders(expand::inventory(&dir, loader, options)),
        },
        Source::Json { name, input, folder: None } => from_plan(name, input),
        Source::Json { name, input, folder: Some(dir) } => joined::read(name, input, &dir, options, loader),
    }
}

/// The same, but for the instances of a plan that stands by itself: they are still to be made.
fn begin(source: Source, options: &Options, loader: &Loader<'_>) -> Content {
    match source {
        Source::Json { name, input, folder: None } => {
            match plan::begin(input, &name, &plan::Options::default()) {
                Ok(plan) if !plan.is_entangled() => Content::Plan(Box::new(plan)),
                Ok(plan) => Content::Whole(Box::new(Content::Plan(Box::new(plan)).whole(&name))),
                Err(error) => Content::Whole(Box::new(refused(&name, &error))),
            }
        }
        source => Content::Whole(Box::new(read(source, options, loader))),
    }
}

fn from_plan(name: String, input: Box<dyn io::Read>) -> Inventory {
    let read = plan::read(input, &name, &plan::Options::default());
    read.unwrap_or_else(|error| refused(&name, &error))
}

/// Nothing but why a plan cannot be read.
fn refused(name: &str, error: &plan::PlanError) -> Inventory {
    let help = miette::Diagnostic::help(error).map(|h| h.to_string());
    let problem = Diagnostic { help, ..Diagnostic::error(error.to_string(), "", None) };
    Inventory { diagnostics: vec![problem.origin(name.to_owned())], ..Inventory::default() }
}

/// A module that lies nowhere is an error, as it is to `terraform init`; one that has to be fetched first is a finding.
pub(crate) fn with_missing_folders(mut inventory: Inventory) -> Inventory {
    let (local, remote) = inventory.missing.into_iter().partition(|m| m.local);
    let missing: Vec<MissingModule> = local;
    inventory.missing = remote;
    inventory.diagnostics.extend(missing.into_iter().map(|m| {
        let source = m.source.unwrap_or_default();
        let detail = format!("`{}` has its source in `{source}`, and there is no such folder", m.address);
        let help = "what the module declares is in no count: mend the path, or fetch the folder";
        Diagnostic::error("Unreadable module directory", detail, Some(m.span)).help(help)
    }));
    inventory
}

/// Exit code 2 if something could not be read.
pub fn unchecked(diagnostics: &[Diagnostic]) -> Exit {
    match diagnostics.iter().any(|d| d.severity == Severity::Error) {
        true => Exit::Unchecked,
        false => Exit::Clean,
    }
}

impl Source {
    /// The folder of its source, if there is one.
    fn folder(&self) -> Option<&Path> {
        match self {
            Source::Folder(dir) => Some(dir),
            Source::Json { folder, .. } => folder.as_deref(),
        }
    }

    fn name(&self) -> (String, InputKind) {
        match self {
            Source::Folder(dir) => (dir.display().to_string(), InputKind::Source),
            Source::Json { name, .. } => (name.clone(), InputKind::Plan),
        }
    }
}

/// An empty folder is no configuration without faults: whoever names it means another one.
pub(crate) fn nothing_to_read(dir: &Path, tree: &dyn Tree) -> Option<Diagnostic> {
    let files = module_files(tree, dir).ok()?;
    if !files.is_empty() {
        return None;
    }
    let below = roots_below(dir, tree);
    let help = match below.as_slice() {
        [] => "give the folder of a root module, or a plan: `terraform show -json plan.out | tf-headroom check -`".into(),
        [one] => format!("there is one at `{one}`"),
        several => format!("there are some below: {}", list_some(several, 3)),
    };
    let text = format!("`{}` holds no Terraform files", dir.display());
    Some(Diagnostic::error(text, "", None).help(help).origin(dir.display().to_string()))
}

/// Returns folders below that hold Terraform files, the nearest first.
fn roots_below(dir: &Path, tree: &dyn Tree) -> Vec<String> {
    const DEPTH: usize = 3;
    const LOOKED_AT: usize = 500;
    let mut found = Vec::new();
    let mut folders = VecDeque::from([(dir.to_path_buf(), 0)]);
    let mut left = LOOKED_AT;
    while let Some((folder, depth)) = folders.pop_front() {
        if depth > 0 && module_files(tree, &folder).is_ok_and(|files| !files.is_empty()) {
            found.push(folder.display().to_string());
            continue;
        }
        let names = if depth < DEPTH { tree.list(&folder).unwrap_or_default() } else { Vec::new() };
        for (name, is_dir) in names {
            if is_dir && !name.starts_with('.') && name != "modules" && left > 0 {
                left -= 1;
                folders.push_back((folder.join(name), depth + 1));
            }
        }
    }
    found
}

fn stats(projected: &Projected, tags: &TagVerdicts) -> Stats {
    let mut quotas: Vec<&QuotaName> = projected.projections.iter().map(|p| &p.quota).collect();
    quotas.sort_unstable();
    quotas.dedup();
    Stats {
        instances: projected.instances,
        groups: projected.groups,
        types: projected.types as u64,
        quotas: quotas.len() as u64,
        unmeasured: projected.unmeasured.keys().cloned().collect(),
        tags_judged: tags.judged,
        tags_schema: tags.schema,
        catalog: catalog::AS_OF,
        ..Stats::default()
    }
}
