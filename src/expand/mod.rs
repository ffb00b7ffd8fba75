//! Modules to instances: variables, module instances, `count` and `for_each`, providers, tags.
//!
//! In: a root folder and what was said on the command line. Out: an [`Inventory`].
//! References are static and evaluation is scheduled: what an expression mentions is finished first, on a stack of
//! our own, and the interpreter then only looks up. Implements [`Lookup`](crate::eval::Lookup). Never here: judging anything.

mod builtin;
mod data;
mod depends;
mod graph;
mod imports;
mod instances;
mod keys;
mod loading;
mod lookup;
mod made;
mod model;
mod moves;
mod names;
mod objects;
mod planned;
mod providers;
mod remote_state;
mod rules;
mod schedule;
mod strict;
mod structure;
mod variables;
mod versions;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::EcoString;

pub(crate) use keys::Keys;
pub use model::Model;
pub use variables::VariableSource;

use crate::address::{Address, Key, ModuleInstance};
use crate::eval::{EvalError, Evaluator, MAX_STEPS, Work, World};
use crate::finding::{Diagnostic, Severity};
use crate::inventory::Inventory;
use crate::module::tree::{NodeId, Tree};
use crate::module::{Loader, Module, SlotId};
use crate::source::{FileId, Files, Span};
use crate::syntax::{self, Arena, ExprId, Node};
use crate::value::{Cause, CauseKind, Count, Type, Value};

/// What the command line, the environment and the settings say.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-var` and `-var-file`, in command-line order.
    pub variables: Vec<VariableSource>,
    /// Values of the root's variables as a plan tells them: they count over all others.
    pub planned: BTreeMap<String, Value>,
    /// `TF_VAR_*`, `TF_WORKSPACE`, `AWS_REGION` and the like.
    pub env: BTreeMap<String, String>,
    /// Overrules the environment and the data folder.
    pub workspace: Option<String>,
    /// Evaluate everything and report what Terraform would.
    pub strict: bool,
    /// Both sides of `&&` and `||` are evaluated, as Terraform did before 1.12. So they are where all is.
    pub both_sides: bool,
    /// Values for what cannot be known: `data.aws_availability_zones.available.names`, `local.x`, `var.x`.
    pub assume: BTreeMap<String, Value>,
    /// Root variables whose keys are asked for.
    pub map_keys: Vec<EcoString>,
    /// `TF_DATA_DIR`; None: `.terraform`.
    pub data_dir: Option<PathBuf>,
    /// What is evaluated at most, where it is not [`crate::eval::MAX_STEPS`] and [`MAX_INSTANCES`].
    pub max_steps: Option<u64>,
    pub max_instances: Option<u64>,
}

impl Options {
    /// What the evaluation of a root module may take, and how it goes about it.
    fn work(&self) -> Work {
        let work = Work::steps(self.max_steps.unwrap_or(MAX_STEPS));
        work.that_stops(!self.strict && !self.both_sides)
    }
}

/// Instances of one root module that are evaluated one by one. Beyond, those of a block are one group.
pub const MAX_INSTANCES: u64 = 250_000;

/// Number of a [`Frame`] in its [`Root`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FrameId(pub u32);

/// One module instance.
pub(crate) struct Frame {
    pub node: NodeId,
    pub module: Arc<Module>,
    /// The frame that calls, the call, and the place of this instance among the call's.
    pub parent: Option<(FrameId, u32, u32)>,
    pub path: Option<Arc<ModuleInstance>>,
    /// How many instances it stands for: an interval if the number is not known.
    pub count: Count,
    /// Why the number is not known.
    pub why: Option<Cause>,
    slots: Box<[Slot]>,
    /// By call: its instances, once their keys are known.
    children: Vec<Option<Box<[FrameId]>>>,
    /// Resources and calls as whole values, made once.
    views: RefCell<Views>,
    /// Attributes that the source does not set.
    unset: RefCell<HashMap<(u32, EcoString), Column>>,
}

/// By whether it is a call, its number, and the only attribute asked for.
type Views = HashMap<(bool, u32, Option<EcoString>), Value>;

/// What is known of a slot.
enum Slot {
    Untouched,
    Running,
    Done(Column),
    Keys(Arc<Keys>),
}

/// Values of something for all instances of its block.
#[derive(Clone, Debug)]
pub(crate) enum Column {
    /// The same for all.
    Same(Value),
    Each(Box<[Value]>),
}

impl Column {
    pub fn at(&self, index: usize) -> &Value {
        match self {
            Column::Same(v) => v,
            Column::Each(vs) => &vs[index],
        }
    }
}

/// Follows all module calls from a root folder.
pub(crate) fn tree(loader: &Loader<'_>, dir: &Path, options: &Options) -> Tree {
    let data_dir = options.data_dir.clone().unwrap_or_else(|| PathBuf::from(".terraform"));
    let given = variables::Given::read(loader, dir, &loader.load(dir), options, &mut Vec::new());
    Tree::load(loader, dir, &data_dir, &|name| given.value(name))
}

/// How much is evaluated, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Walk {
    /// What is asked for.
    Demand,
    /// All, with no variable known and nothing expanded.
    Validate,
    /// All.
    Plan,
}

/// A root module at work.
pub struct Root<'a> {
    pub(crate) loader: &'a Loader<'a>,
    pub(crate) tree: Tree,
    pub(crate) frames: Vec<Frame>,
    pub(crate) options: &'a Options,
    pub(crate) root_dir: PathBuf,
    pub(crate) workspace: EcoString,
    pub(crate) given: variables::Given,
    pub(crate) objects: RefCell<objects::Objects>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Where an error has been reported, so that it is reported once with all its instances.
    reported: HashMap<(EcoString, Option<Span>), usize>,
    /// By module in the tree: its instances.
    by_node: Vec<Vec<FrameId>>,
    walk: Walk,
    /// True if only what counts is evaluated: no tags.
    lean: bool,
    /// Errors met so far, those that were reported before included.
    failures: u64,
    /// True if the code shows cycles: then those met on the way are known.
    has_cycles: bool,
    /// Instances whose preconditions failed.
    blocked: HashMap<(FrameId, u32), Vec<bool>>,
    /// `check` blocks whose data source could not be read.
    failed_checks: HashSet<(FrameId, u32)>,
    pub(crate) work: Work,
    /// Instances that are evaluated one by one, those in modules included.
    expanded: u64,
    /// The keys of all blocks without `count` and `for_each`.
    single: Arc<Keys>,
    /// Values of what mentions nothing, by module in the tree.
    constants: foldhash::HashMap<(NodeId, SlotId), Column>,
    /// The stack of the schedule, kept for its room.
    stack: Vec<schedule::Task>,
}

impl<'a> Root<'a> {
    /// Loads a root module and everything it calls; evaluates nothing yet.
    pub fn load(loader: &'a Loader<'a>, dir: &Path, options: &'a Options) -> Root<'a> {
        let data_dir = options.data_dir.clone().unwrap_or_else(|| PathBuf::from(".terraform"));
        let module = loader.load(dir);
        let mut problems = Vec::new();
        let mut given = variables::Given::read(loader, dir, &module, options, &mut problems);
        let tree = Tree::load(loader, dir, &data_dir, &|name| given.value(name));
        let workspace = workspace(loader, dir, &data_dir, options);
        let mut diagnostics = if options.strict { loading::loading(&tree) } else { loading(&tree) };
        let broken = options.strict && diagnostics.iter().any(|d| d.severity == Severity::Error);
        if !broken {
            diagnostics.extend(problems);
        }
        let mut has_cycles = false;
        if !options.strict {
            diagnostics.extend(given.take_problems());
            let graph = graph::Graph::new(&tree);
            has_cycles = graph.has_cycles();
            diagnostics.extend(structure::problems(&tree, &graph));
            diagnostics.extend(loading::own_providers(&tree));
        }
        let mut root = Root {
            loader,
            tree,
            frames: Vec::new(),
            options,
            root_dir: dir.to_path_buf(),
            workspace,
            given,
            objects: RefCell::default(),
            diagnostics,
            reported: HashMap::new(),
            by_node: Vec::new(),
            walk: Walk::Demand,
            lean: false,
            failures: 0,
            has_cycles,
            blocked: HashMap::new(),
            failed_checks: HashSet::new(),
            work: options.work(),
            expanded: 0,
            single: Arc::new(Keys::Single),
            constants: foldhash::HashMap::default(),
            stack: Vec::new(),
        };
        root.new_frame(NodeId(0), None, None, Count::exactly(1), None);
        root
    }

    /// Forgets every value, so that the next evaluation starts anew.
    pub(crate) fn forget_values(&mut self) {
        self.frames.clear();
        self.objects = RefCell::default();
        self.diagnostics.clear();
        self.reported.clear();
        self.by_node.clear();
        self.failures = 0;
        self.work = self.options.work();
        self.blocked.clear();
        self.failed_checks.clear();
        self.constants.clear();
        self.new_frame(NodeId(0), None, None, Count::exactly(1), None);
    }

    fn new_frame(
        &mut self,
        node: NodeId,
        parent: Option<(FrameId, u32, u32)>,
        path: Option<Arc<ModuleInstance>>,
        count: Count,
        why: Option<Cause>,
    ) -> FrameId {
        let module = self.tree.node(node).module.clone();
        let slots = module.slot_kinds().iter().map(|_| Slot::Untouched).collect();
        let children = vec![None; module.calls.len()];
        let id = FrameId(self.frames.len() as u32);
        self.by_node.resize(self.tree.nodes.len(), Vec::new());
        self.by_node[node.0 as usize].push(id);
        self.frames.push(Frame {
            node,
            module,
            parent,
            path,
            count,
            why,
            slots,
            children,
            views: RefCell::default(),
            unset: RefCell::default(),
        });
        id
    }

    pub(crate) fn frame(&self, id: FrameId) -> &Frame {
        &self.frames[id.0 as usize]
    }

    pub(crate) fn world(&self) -> World<'_> {
        World {
            tree: self.loader.tree,
            cwd: &self.root_dir,
            home: self.options.env.get("HOME").map(String::as_str),
            work: &self.work,
        }
    }

    /// The address of an instance of a resource block.
    pub(crate) fn address(&self, frame: FrameId, block: u32, key: Key) -> Address {
        let f = self.frame(frame);
        Address { module: f.path.clone(), block: f.module.resources[block as usize].name.clone(), key }
    }

    /// Reports an error once; of the same error elsewhere only the address is added.
    pub(crate) fn report(&mut self, error: &EvalError, address: Option<String>) {
        self.report_as(error, address, true);
    }

    /// Reports an error in the body of instances: where there may be none, Terraform may never come upon it.
    pub(crate) fn report_in(
        &mut self,
        frame: FrameId,
        keys: Option<&Keys>,
        error: &EvalError,
        address: Option<String>,
    ) {
        let none = matches!(keys, Some(Keys::Unknown { low: 0, .. })) || self.frame(frame).count.low() == 0;
        self.report_as(error, address, self.walk != Walk::Demand || !none);
    }

    fn report_as(&mut self, error: &EvalError, address: Option<String>, certain: bool) {
        for other in &error.more {
            self.report_as(other, address.clone(), certain);
        }
        if error.silent {
            return;
        }
        self.failures += 1;
        let key = (error.summary.clone(), error.span);
        match self.reported.get(&key) {
            Some(at) => {
                if certain && self.diagnostics[*at].severity == Severity::Warning {
                    let text = error.diagnostic();
                    let known = &mut self.diagnostics[*at];
                    (known.severity, known.detail) = (text.severity, text.detail);
                }
                let known = &mut self.diagnostics[*at].addresses;
                if let Some(a) = address
                    && !known.contains(&a)
                    && known.len() < 50
                {
                    known.push(a);
                }
            }
            None => {
                let mut problem = error.diagnostic();
                if !certain {
                    problem.severity = Severity::Warning;
                    problem.detail += " Terraform refuses it as soon as there is an instance of this block";
                }
                problem.addresses.extend(address);
                self.reported.insert(key, self.diagnostics.len());
                self.diagnostics.push(problem);
            }
        }
    }

    /// The value of what failed: unknown, and silent.
    pub(crate) fn failed(span: Option<Span>) -> Value {
        Value::unknown(Type::Dynamic, Cause::new(CauseKind::Failed, "an expression that failed", span))
    }

    /// Evaluates an expression in the scope of the root module.
    ///
    /// # Errors
    /// What Terraform would report of it.
    pub fn eval_text(&mut self, files: &Files, name: &str, text: &str) -> Result<Value, Vec<Diagnostic>> {
        self.work = self.options.work();
        let source = files.add(name, text);
        let (arena, expr, problems) = syntax::parse_expression(&source);
        let Some(expr) = expr.filter(|_| problems.is_empty()) else { return Err(problems) };
        self.eval_foreign(&arena, source.id, expr)
    }

    /// Evaluates an expression of any arena in the scope of the root module.
    pub(crate) fn eval_foreign(
        &mut self,
        arena: &Arena,
        file: FileId,
        expr: ExprId,
    ) -> Result<Value, Vec<Diagnostic>> {
        self.demand_providers();
        let frame = FrameId(0);
        let module = self.frame(frame).module.clone();
        let targets = module.resolve_arena(arena, file);
        let mut used = Vec::new();
        arena.walk(expr, &mut |_, node| {
            if let Node::Ref(r) = node {
                used.push(targets[r.0 as usize].clone());
            }
        });
        let invalid: Vec<Diagnostic> = used
            .iter()
            .filter_map(|t| match &t.target {
                crate::module::Target::Invalid(d) => Some((**d).clone()),
                _ => None,
            })
            .collect();
        if !invalid.is_empty() {
            return Err(invalid);
        }
        for dep in module.deps_of_targets(&used) {
            self.demand_dep(frame, &dep);
        }
        let lookup = lookup::FrameLookup::new(self, frame, &targets, lookup::Rep::None);
        let mut evaluator = Evaluator::new(arena, file, &lookup, self.world());
        evaluator.eval(expr).map_err(|e| vec![e.diagnostic()])
    }

    /// Evaluates a slot and everything it needs.
    pub(crate) fn demand(&mut self, frame: FrameId, slot: SlotId) {
        schedule::run(self, frame, slot);
    }
}

/// Lists what is wrong with the modules of a tree: what keeps them from being loaded, and undeclared names.
fn loading(tree: &Tree) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for node in &tree.nodes {
        if seen.insert(Arc::as_ptr(&node.module)) {
            found.extend(node.module.diagnostics.iter().cloned());
            found.extend(node.module.names.iter().cloned());
        }
    }
    found.extend(tree.diagnostics.iter().cloned());
    found
}

fn workspace(loader: &Loader<'_>, dir: &Path, data_dir: &Path, options: &Options) -> EcoString {
    if let Some(w) = &options.workspace {
        return w.as_str().into();
    }
    if let Some(w) = options.env.get("TF_WORKSPACE").filter(|w| !w.is_empty()) {
        return w.as_str().into();
    }
    let noted = loader.tree.read(&dir.join(data_dir).join("environment")).ok();
    match noted.map(|b| String::from_utf8_lossy(&b).trim().to_string()) {
        Some(w) if !w.is_empty() => w.into(),
        _ => "default".into(),
    }
}

/// Reads a root module into an inventory.
pub fn inventory(dir: &Path, loader: &Loader<'_>, options: &Options) -> Inventory {
    let mut root = Root::load(loader, dir, options);
    if options.strict {
        root.evaluate_all();
    }
    instances::inventory(&mut root)
}

/// What tests and commands ask of a root module.
impl Root<'_> {
    /// Returns an attribute of the first instance of a resource of the root module.
    pub fn attribute_of(&mut self, block: &str, attr: &str) -> Option<Value> {
        let frame = FrameId(0);
        let module = self.frame(frame).module.clone();
        let index = module.resources.iter().position(|r| r.name.to_string() == block)?;
        self.demand(frame, module.resource_slot(index));
        if let Some(item) = module.resources[index].item(attr) {
            self.demand(frame, SlotId(module.resource_slot(index).0 + 1 + item as u32));
        }
        let column = self.attribute(frame, index as u32, attr).ok()?;
        (self.resource_keys(frame, index as u32).len() > 0).then(|| column.at(0).clone())
    }

    /// Returns an output of the root module.
    pub fn root_output(&mut self, name: &str) -> Option<Value> {
        let module = self.frame(FrameId(0)).module.clone();
        let slot = module.output_slot(module.output(name)?);
        self.demand(FrameId(0), slot);
        Some(self.slot(FrameId(0), slot).at(0).clone())
    }

    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    /// Evaluates everything; if strict, stage by stage as `terraform plan` does.
    pub fn evaluate_all(&mut self) {
        if self.options.strict {
            self.evaluate_strictly();
            return;
        }
        let mut next = 0;
        while next < self.frames.len() {
            let frame = FrameId(next as u32);
            let slots = self.frame(frame).module.slot_kinds().len();
            for slot in 0..slots {
                self.demand(frame, SlotId(slot as u32));
            }
            next += 1;
        }
    }

    /// Returns the instances of `terraform_data` with their arguments.
    pub fn terraform_data(&self) -> Vec<(Address, Vec<(&'static str, Value)>)> {
        let mut found = Vec::new();
        for (i, frame) in self.frames.iter().enumerate() {
            let id = FrameId(i as u32);
            for (block, resource) in frame.module.resources.iter().enumerate() {
                if builtin::all_attributes(&resource.name).is_none() {
                    continue;
                }
                let keys = self.resource_keys(id, block as u32);
                for place in 0..keys.len() {
                    let values = ["input", "triggers_replace"]
                        .into_iter()
                        .filter_map(|a| {
                            Some((a, self.attribute(id, block as u32, a).ok()?.at(place).clone()))
                        })
                        .collect();
                    found.push((self.address(id, block as u32, keys.key(place)), values));
                }
            }
        }
        found
    }
}
