//! The files of one folder as a module: its blocks by name, and every reference resolved to what it names.
//!
//! In: a folder. Out: an [`Arc<Module>`], immutable, that knows neither root nor caller, so that all roots and module
//! instances of a run share it; and the static tree of module calls ([`tree`]). Findings for what the code alone shows:
//! syntax, block structure, names. Never here: evaluating anything but constants.

mod block;
mod build;
mod constant;
mod load;
mod resolve;
mod slots;
pub mod tree;
mod types;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use ecow::EcoString;

pub use constant::constant;
pub use load::{Loader, module_files};
pub(crate) use load::{parse_bytes, shown};
pub use resolve::{PathKind, Resolved, Target};
pub use slots::{Dep, SlotId, SlotKind};
pub use types::{Defaults, TypeConstraint, apply_defaults, parse_type};

use crate::address::BlockName;
use crate::finding::Diagnostic;
use crate::source::{FileId, Span};
use crate::syntax::{Arena, ExprId, File, RefId};
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
    /// `required_providers`: local name and source.
    pub required_providers: Vec<(EcoString, EcoString)>,
    /// True if the folder holds a backend or cloud block.
    pub has_backend: bool,
    /// What each reference of each file names.
    targets: Vec<Vec<Resolved>>,
    /// What can be evaluated on its own, and what it needs.
    slots: slots::Slots,
    pub diagnostics: Vec<Diagnostic>,
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
    pub repeat: Repeat,
    pub inputs: Vec<Input>,
    /// What the child calls it, and what it is here: names of provider configurations.
    pub providers: Vec<(ProviderName, ProviderName)>,
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
}

impl Repeat {
    pub fn at(self) -> Option<At> {
        match self {
            Repeat::Once => None,
            Repeat::Count(at) | Repeat::ForEach(at) => Some(at),
        }
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
    pub depends_on: Vec<At>,
    /// The head of the block.
    pub span: Span,
}

impl Resource {
    /// Returns the index of the item of that name.
    pub fn item(&self, name: &str) -> Option<usize> {
        self.items.iter().position(|i| i.name == name)
    }
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
    /// `tags`, `tags["x"]`: the first name and the key, if any.
    pub ignore_changes: Vec<(EcoString, Option<EcoString>)>,
    pub create_before_destroy: bool,
    pub preconditions: Vec<Rule>,
    pub postconditions: Vec<Rule>,
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

/// A `moved` block, its ends as written.
#[derive(Clone, Debug)]
pub struct Moved {
    pub from: Option<(EcoString, Span)>,
    pub to: Option<(EcoString, Span)>,
    pub span: Span,
}

/// A `removed` block.
#[derive(Clone, Debug)]
pub struct Removed {
    pub from: Option<(EcoString, Span)>,
    pub destroy: bool,
    pub span: Span,
}

/// An `import` block.
#[derive(Clone, Debug)]
pub struct Import {
    pub to: Option<(EcoString, Span)>,
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

    pub fn variable(&self, name: &str) -> Option<usize> {
        self.variables.iter().position(|v| v.name == name)
    }

    pub fn output(&self, name: &str) -> Option<usize> {
        self.outputs.iter().position(|o| o.name == name)
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
