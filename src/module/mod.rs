//! The files of one folder as a module: its blocks by name, and every reference resolved to what it names.
//!
//! In: a folder. Out: an [`Arc<Module>`], immutable, that knows neither root nor caller, so that all roots and module
//! instances of a run share it; and the static tree of module calls ([`tree`]). Findings for what the code alone shows:
//! syntax, block structure, names. Never here: evaluating anything but constants.

mod block;
mod build;
mod early;
mod edges;
mod endpoint;
pub mod inputs;
mod load;
mod newer;
mod repeat;
mod resolve;
mod resource;
mod settings;
mod slots;
pub mod trail;
pub mod tree;
mod variable;
mod version;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use ecow::EcoString;

pub(crate) use crate::words::suggestion;
pub use early::{Early, Given};
pub use edges::{Edge, Step};
pub use endpoint::Endpoint;
pub use load::{Loader, module_files};
pub(crate) use load::{parse_bytes, shown};
pub use resolve::{IteratorPart, PathKind, Resolved, Target, static_key};
pub use slots::{Dep, SlotId, SlotKind};
pub use version::VersionConstraint;

use crate::address::BlockName;
use crate::eval::TypeConstraint;
use crate::finding::Diagnostic;
use crate::source::{FileId, Span};
use crate::syntax::{Arena, ExprId, File, RefId, Reference};
use crate::value::Value;

/// A module as its folder declares it.
#[derive(Debug, Default)]
pub struct Module {
    /// The folder, as a path from where the program runs.
    pub dir: PathBuf,
    pub files: Vec<Arc<File>>,
    pub variables: Vec<Variable>,
    pub locals: Vec<Local>,
    pub outputs: Vec<Output>,
    pub calls: Vec<Call>,
    pub resources: Vec<Resource>,
    pub providers: Vec<ProviderBlock>,
    pub checks: Vec<Check>,
    pub moved: Vec<Moved>,
    pub removed: Vec<Removed>,
    pub imports: Vec<Import>,
    pub required_providers: Vec<RequiredProvider>,
    /// `required_version`, and where it stands.
    pub required_versions: Vec<(VersionConstraint, Span)>,
    /// The type of the backend.
    pub backend: Option<(EcoString, Span)>,
    /// Arguments of the backend that are not literal; they count in a root module only.
    pub backend_problems: Vec<Diagnostic>,
    /// True if the folder holds a backend or cloud block.
    pub has_backend: bool,
    /// What each reference of each file names.
    targets: Vec<Vec<Resolved>>,
    /// What can be evaluated on its own, and what it needs.
    slots: slots::Slots,
    /// The same, as coarse as Terraform has it.
    steps: edges::Steps,
    /// By name: index into [`Module::outputs`].
    outputs_by_name: HashMap<EcoString, u32>,
    /// What keeps the module from being loaded: syntax, structure of blocks.
    pub diagnostics: Vec<Diagnostic>,
    /// Arguments that Terraform 1.11 does not have, and later versions do.
    pub newer: Vec<Diagnostic>,
    /// Names that are used and not declared, which Terraform says only once it plans.
    pub names: Vec<Diagnostic>,
    /// True if the folder could not be read at all, so that nothing can be said of what it declares.
    pub unreadable: bool,
}

/// An expression of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct At {
    /// Index into [`Module::files`].
    pub file: u32,
    pub expr: ExprId,
}

#[derive(Clone, Debug)]
pub struct Variable {
    pub name: EcoString,
    pub ty: TypeConstraint,
    /// True if a `type` is written.
    pub typed: bool,
    pub default: Option<Value>,
    pub nullable: bool,
    pub sensitive: bool,
    pub ephemeral: bool,
    /// Known before modules are found.
    pub constant: bool,
    pub validations: Vec<Rule>,
    pub span: Span,
}

/// A condition with the message that says it failed.
#[derive(Clone, Debug)]
pub struct Rule {
    pub condition: Option<At>,
    pub message: Option<At>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Local {
    pub name: EcoString,
    pub at: At,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Output {
    pub name: EcoString,
    pub value: Option<At>,
    pub sensitive: bool,
    pub ephemeral: bool,
    pub preconditions: Vec<Rule>,
    pub depends_on: Vec<At>,
    pub span: Span,
}

/// A `module` block.
#[derive(Clone, Debug)]
pub struct Call {
    pub name: EcoString,
    pub source: Option<(EcoString, Span)>,
    /// The source, if it names something.
    pub early: Option<Early>,
    pub repeat: Repeat,
    pub inputs: Vec<Input>,
    /// Nested blocks, of which a module call has none.
    pub blocks: Vec<(EcoString, Span)>,
    /// What the child calls it, and what it is here: names of provider configurations.
    pub providers: Vec<(ProviderName, ProviderName)>,
    /// Where the names of the former stand.
    pub provider_spans: Vec<Span>,
    pub depends_on: Vec<At>,
    pub span: Span,
}

/// An argument of a `module` block.
#[derive(Clone, Debug)]
pub struct Input {
    pub name: EcoString,
    pub at: At,
    pub name_span: Span,
    /// True if it differs from one instance of the call to the other.
    pub varies: bool,
}

/// How many instances a block has.
#[derive(Clone, Copy, Debug, Default)]
pub enum Repeat {
    #[default]
    Once,
    Count(At),
    ForEach(At),
    /// Once or not at all, as OpenTofu's `enabled` says.
    Enabled(At),
}

impl Repeat {
    pub fn at(self) -> Option<At> {
        match self {
            Repeat::Once => None,
            Repeat::Count(at) | Repeat::ForEach(at) | Repeat::Enabled(at) => Some(at),
        }
    }

    /// True if its instances have keys.
    pub fn has_keys(self) -> bool {
        matches!(self, Repeat::Count(_) | Repeat::ForEach(_))
    }
}

/// The name by which a module knows a provider configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderName {
    pub name: EcoString,
    pub alias: Option<EcoString>,
}

/// A `resource`, `data` or `ephemeral` block.
#[derive(Clone, Debug)]
pub struct Resource {
    pub name: Arc<BlockName>,
    pub repeat: Repeat,
    pub provider: ProviderName,
    /// True if the block has a `provider` argument.
    pub provider_given: bool,
    pub items: Vec<BodyItem>,
    pub lifecycle: Lifecycle,
    pub provisioners: Vec<Provisioner>,
    /// Arguments of the block `connection`.
    pub connection: Vec<Argument>,
    pub depends_on: Vec<At>,
    /// The head of the block.
    pub span: Span,
    pub type_span: Span,
    /// The `check` block it stands in.
    pub check: Option<u32>,
}

impl Resource {
    /// Returns the index of the item of that name.
    pub fn item(&self, name: &str) -> Option<usize> {
        self.items.iter().position(|i| i.name == name)
    }

    /// Calls `f` with every expression of the block.
    pub fn expressions(&self, f: &mut dyn FnMut(At)) {
        self.repeat.at().into_iter().for_each(&mut *f);
        self.items.iter().for_each(|i| i.expressions(f));
        let lifecycle = &self.lifecycle;
        for rule in lifecycle.preconditions.iter().chain(&lifecycle.postconditions) {
            rule.condition.iter().chain(&rule.message).for_each(|at| f(*at));
        }
        let rest = [&lifecycle.replace_triggered_by, &self.depends_on];
        rest.into_iter().flatten().for_each(|at| f(*at));
        // What runs when it is destroyed mentions nothing but the resource.
        let created = self.provisioners.iter().filter(|p| !p.destroy);
        let arguments = created.flat_map(|p| p.arguments.iter().chain(&p.connection));
        arguments.chain(&self.connection).for_each(|a| f(a.at));
    }
}

/// An argument of a block that is not evaluated for counts.
#[derive(Clone, Debug)]
pub struct Argument {
    pub name: EcoString,
    pub at: At,
    pub name_span: Span,
}

/// A `provisioner` block.
#[derive(Clone, Debug)]
pub struct Provisioner {
    pub ty: EcoString,
    pub arguments: Vec<Argument>,
    pub blocks: Vec<(EcoString, Span)>,
    pub connection: Vec<Argument>,
    /// True if it runs when the resource is destroyed.
    pub destroy: bool,
    pub span: Span,
}

/// A top-level argument of a block, or all its nested blocks of one type.
#[derive(Clone, Debug)]
pub struct BodyItem {
    pub name: EcoString,
    pub content: Content,
    /// The attribute from name to end, or the head of the first block.
    pub span: Span,
    /// True if it mentions `each`, `count` or `self`, and so differs from instance to instance.
    pub varies: bool,
}

impl BodyItem {
    /// Calls `f` with every expression of the item.
    pub fn expressions(&self, f: &mut dyn FnMut(At)) {
        match &self.content {
            Content::Attr(at) => f(*at),
            Content::Blocks(blocks) => {
                for block in blocks {
                    block.dynamic.iter().for_each(|(at, _)| f(*at));
                    block.items.iter().for_each(|i| i.expressions(f));
                }
            }
        }
    }
}

#[derive(Clone, Debug)]
pub enum Content {
    Attr(At),
    Blocks(Vec<Nested>),
}

/// A nested block, or a `dynamic` one that stands for several.
#[derive(Clone, Debug)]
pub struct Nested {
    /// `for_each` and the `iterator`'s depth among enclosing `dynamic` blocks.
    pub dynamic: Option<(At, u32)>,
    pub items: Vec<BodyItem>,
    pub span: Span,
}

#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    pub ignore_all: bool,
    pub ignore_changes: Vec<Ignored>,
    pub create_before_destroy: bool,
    pub replace_triggered_by: Vec<At>,
    pub preconditions: Vec<Rule>,
    pub postconditions: Vec<Rule>,
}

/// An element of `ignore_changes`: `tags`, `tags["x"]`.
#[derive(Clone, Debug)]
pub struct Ignored {
    pub name: EcoString,
    /// The first key or attribute after the name.
    pub key: Option<EcoString>,
    pub span: Span,
}

/// An entry of `required_providers`.
#[derive(Clone, Debug)]
pub struct RequiredProvider {
    /// The name by which the module knows it.
    pub name: EcoString,
    /// `hashicorp/aws`
    pub source: EcoString,
    /// None: any.
    pub version: Option<VersionConstraint>,
    /// `configuration_aliases`
    pub aliases: Vec<ProviderName>,
    pub span: Span,
}

/// A `provider` block.
#[derive(Clone, Debug)]
pub struct ProviderBlock {
    pub name: ProviderName,
    pub items: Vec<BodyItem>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Check {
    pub name: EcoString,
    pub asserts: Vec<Rule>,
    pub span: Span,
}

/// A `moved` block.
#[derive(Clone, Debug)]
pub struct Moved {
    pub from: Endpoint,
    pub to: Endpoint,
    pub span: Span,
}

/// A `removed` block.
#[derive(Clone, Debug)]
pub struct Removed {
    pub from: Endpoint,
    pub destroy: bool,
    pub span: Span,
}

/// An `import` block.
#[derive(Clone, Debug)]
pub struct Import {
    pub to: Option<Endpoint>,
    pub to_at: Option<At>,
    pub id: Option<At>,
    pub for_each: Option<At>,
    pub span: Span,
}

impl Module {
    /// Returns where an expression stands.
    pub fn span(&self, at: At) -> Span {
        let file = &self.files[at.file as usize];
        file.arena.span(at.expr).in_file(file.id)
    }

    /// Returns what a reference names.
    pub fn resolved(&self, file: u32, id: RefId) -> &Resolved {
        &self.targets[file as usize][id.0 as usize]
    }

    /// Returns what the references of a file name, by [`RefId`].
    pub fn targets(&self, file: u32) -> &[Resolved] {
        &self.targets[file as usize]
    }

    /// Resolves the references of an expression that is not part of the module.
    pub fn resolve_arena(&self, arena: &Arena, file: FileId) -> Vec<Resolved> {
        resolve::file(&resolve::Names::of(self), arena, file, &HashMap::new())
    }

    /// Returns what must be evaluated before an expression with these references.
    pub fn deps_of_targets(&self, targets: &[Resolved]) -> Vec<Dep> {
        let mut deps = Vec::new();
        for target in targets {
            slots::of_target(self, target, &mut deps);
        }
        deps
    }

    /// Calls `f` with every expression that Terraform evaluates when it plans.
    pub fn expressions(&self, f: &mut dyn FnMut(At)) {
        let rules = |rules: &[Rule], f: &mut dyn FnMut(At)| {
            rules.iter().flat_map(|r| [r.condition, r.message]).flatten().for_each(f);
        };
        for v in &self.variables {
            rules(&v.validations, f);
        }
        self.locals.iter().for_each(|l| f(l.at));
        for o in &self.outputs {
            o.value.iter().chain(&o.depends_on).for_each(|at| f(*at));
            rules(&o.preconditions, f);
        }
        for r in &self.resources {
            r.expressions(f);
        }
        for c in &self.calls {
            c.repeat.at().into_iter().for_each(&mut *f);
            c.inputs.iter().for_each(|i| f(i.at));
            c.depends_on.iter().for_each(|at| f(*at));
        }
        for p in &self.providers {
            p.items.iter().for_each(|i| i.expressions(f));
        }
        for c in &self.checks {
            rules(&c.asserts, f);
        }
        for i in &self.imports {
            i.id.iter().chain(&i.for_each).for_each(|at| f(*at));
        }
    }

    pub fn variable(&self, name: &str) -> Option<usize> {
        self.variables.iter().position(|v| v.name == name)
    }

    pub fn output(&self, name: &str) -> Option<usize> {
        self.outputs_by_name.get(name).map(|i| *i as usize)
    }

    /// Calls `f` with every reference of an expression and what it names.
    pub fn references(&self, at: At, f: &mut dyn FnMut(&Arena, &Reference, &Resolved)) {
        let arena = &self.files[at.file as usize].arena;
        slots::each_ref(arena, at.expr, &mut |r| f(arena, arena.reference(r), self.resolved(at.file, r)));
    }

    /// Returns what is evaluated in one go.
    pub fn steps(&self) -> &[Step] {
        &self.steps.steps
    }

    /// Returns what a step waits for, by its place among the steps.
    pub fn edges(&self, step: usize) -> &[Edge] {
        &self.steps.edges[step]
    }

    /// Returns what an input of a module call waits for.
    pub fn input_edges(&self, call: usize, input: usize) -> &[Edge] {
        &self.steps.inputs[call][input]
    }

    /// Returns the place of a step among the steps.
    pub fn step_index(&self, step: Step) -> u32 {
        let mut base = 0;
        let kinds = [
            (self.variables.len(), matches!(step, Step::Variable(_))),
            (self.variables.len(), matches!(step, Step::Validation(_))),
            (self.locals.len(), matches!(step, Step::Local(_))),
            (self.outputs.len(), matches!(step, Step::Output(_))),
            (self.resources.len(), matches!(step, Step::Resource(_))),
            (self.calls.len(), matches!(step, Step::Call(_))),
            (self.checks.len(), matches!(step, Step::Check(_))),
            (self.providers.len(), matches!(step, Step::Provider(_))),
        ];
        for (len, here) in kinds {
            if here {
                break;
            }
            base += len as u32;
        }
        match step {
            Step::Variable(i)
            | Step::Validation(i)
            | Step::Local(i)
            | Step::Output(i)
            | Step::Resource(i)
            | Step::Call(i)
            | Step::Check(i)
            | Step::Provider(i) => base + i,
            Step::Close => base,
        }
    }

    /// Returns the kinds of all slots.
    pub fn slot_kinds(&self) -> &[SlotKind] {
        &self.slots.kinds
    }

    /// Returns what must be evaluated before a slot.
    pub fn deps(&self, slot: SlotId) -> &[Dep] {
        &self.slots.deps[slot.0 as usize]
    }

    pub fn variable_slot(&self, variable: usize) -> SlotId {
        SlotId(variable as u32)
    }

    pub fn local_slot(&self, local: usize) -> SlotId {
        SlotId((self.variables.len() + local) as u32)
    }

    pub fn output_slot(&self, output: usize) -> SlotId {
        SlotId((self.variables.len() + self.locals.len() + output) as u32)
    }

    /// The slot of the keys of a resource block; those of its items follow it.
    pub fn resource_slot(&self, resource: usize) -> SlotId {
        self.slots.resources[resource]
    }

    /// The slot of the keys of a module call; those of its inputs follow it.
    pub fn call_slot(&self, call: usize) -> SlotId {
        self.slots.calls[call]
    }

    pub fn provider_slot(&self, provider: usize) -> SlotId {
        self.slots.providers[provider]
    }
}
