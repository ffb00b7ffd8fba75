//! Plans and states as JSON, read in one pass.
//!
//! In: `terraform show -json` of a plan (formats 0.1 to 1.x) or of a state, or a state file of version 4; from a file or a
//! pipe, in UTF-8 or UTF-16. Out: an inventory. One value at a time is held, whatever the size of the input; what nobody
//! asks for is passed over unread.
//! Never here: a text of the input in a diagnostic. Keys and values may be anybody's secrets.

mod ask;
mod changes;
mod conditions;
mod config;
mod drafts;
mod error;
mod fault;
mod finish;
mod identities;
mod input;
mod json;
mod made;
mod modules;
mod observed;
mod order;
mod packed;
mod providers;
mod resolve;
mod scan;
mod search;
#[cfg(test)]
mod shortcuts;
mod side;
mod state;
mod store;
#[cfg(test)]
mod tests;
mod values;
mod window;

use std::collections::BTreeMap;
use std::io;

use ecow::EcoString;

pub use error::PlanError;
use fault::Fault;
pub use fault::{Step, What};
use json::{Inside, Once, Read};
use state::Context;
use store::Store;
use window::{Window, at_index};

use crate::finding::{Diagnostic, Severity};
use crate::inventory::{Basis, Instance, Inventory, Parents};
use crate::value::Value;
use crate::words::several;

/// How an input is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The most bytes of a single resource, block or value.
    pub max_value: usize,
}

/// Values that a plan tells besides its resources, for its source to be read with.
#[derive(Debug, Default)]
pub struct Values {
    /// By name, those of the root.
    pub variables: BTreeMap<String, Value>,
    /// What data sources have read, by address and attribute: `data.aws_region.this.name`.
    pub data: BTreeMap<String, Value>,
}

impl Default for Options {
    fn default() -> Options {
        Options { max_value: 64 << 20 }
    }
}

/// Reads a plan or state into an inventory. `name` is what it is called in diagnostics.
///
/// A fault in the middle leaves what was read before it, and a diagnostic that is an error.
///
/// # Errors
/// If it is no plan or state that can be read at all.
pub fn read(input: impl io::Read, name: &str, options: &Options) -> Result<Inventory, PlanError> {
    Ok(whole(Plan::read(input, name, options, false)?)?.0)
}

/// Reads a plan or state, and the values with which its source is to be read.
///
/// # Errors
/// As [`read`].
pub fn read_with_values(
    input: impl io::Read,
    name: &str,
    options: &Options,
) -> Result<(Inventory, Values), PlanError> {
    whole(Plan::read(input, name, options, true)?)
}

fn whole(mut plan: Plan) -> Result<(Inventory, Values), PlanError> {
    let mut instances = Vec::new();
    let data = plan.store.data.take().unwrap_or_default();
    plan.store.all_parents = true;
    let values = Values { variables: plan.given.take().unwrap_or_default(), data };
    let mut inventory = plan.finish(Sink::Whole(&mut |instance| instances.push(instance)))?;
    inventory.instances = instances;
    inventory.settle();
    Ok((inventory, values))
}

/// Reads a plan or state and hands on its instances one by one, when all is read; the inventory has none.
///
/// # Errors
/// As [`read`].
pub fn read_into(
    input: impl io::Read,
    name: &str,
    options: &Options,
    sink: &mut dyn FnMut(Instance),
) -> Result<Inventory, PlanError> {
    begin(input, name, options)?.finish(Sink::Whole(sink))
}

/// Reads a plan or state, and leaves its instances to be made.
///
/// # Errors
/// As [`read`].
pub fn begin(input: impl io::Read, name: &str, options: &Options) -> Result<Pending, PlanError> {
    Ok(Pending(Plan::read(input, name, options, false)?))
}

/// A plan or state that is read, and takes a fraction of the memory that its instances would.
#[derive(Debug)]
pub struct Pending(Plan);

/// Takes instances.
pub enum Sink<'a> {
    /// Each at once.
    Whole(&'a mut dyn FnMut(Instance)),
    /// First all with their tags and without what they count, then all the other way round: neither is held beside the
    /// other. With what is known of the input besides its instances and parents, and with the parents.
    Apart {
        tags: &'a mut dyn FnMut(&Inventory, Instance),
        counts: &'a mut dyn FnMut(&Inventory, &Parents, Instance),
    },
}

impl Pending {
    /// Hands on the instances one by one; the inventory has none.
    ///
    /// # Errors
    /// If it is no plan or state after all.
    pub fn finish(self, sink: Sink<'_>) -> Result<Inventory, PlanError> {
        self.0.finish(sink)
    }

    /// Returns the inventory with all of its instances.
    ///
    /// # Errors
    /// As [`Pending::finish`].
    pub fn whole(self) -> Result<Inventory, PlanError> {
        Ok(whole(self.0)?.0)
    }

    /// Makes a parent of every instance that may be one, and not only of those in which it counts something itself.
    #[must_use]
    pub fn with_all_parents(mut self) -> Pending {
        self.0.store.all_parents = true;
        self
    }

    /// True if an instance says something of another one, so that all are wanted at once.
    pub fn is_entangled(&self) -> bool {
        !self.0.store.attached.is_empty()
    }
}

/// What an input turned out to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Unknown,
    Plan,
    /// `terraform show -json` of a state.
    State,
    /// `terraform.tfstate`.
    StateFile,
}

/// What is read so far.
#[derive(Debug, Default)]
struct Plan {
    name: String,
    kind: Kind,
    store: Store,
    config: config::Config,
    /// Root variables whose value is a short text.
    variables: BTreeMap<EcoString, EcoString>,
    /// The values of all root variables, if they are kept.
    given: Option<BTreeMap<String, Value>>,
    /// Keys of the root variables that are maps or objects.
    map_keys: BTreeMap<EcoString, Vec<EcoString>>,
    diagnostics: Vec<Diagnostic>,
    format: Option<String>,
    refusal: Option<PlanError>,
    changes_read: bool,
    errored: bool,
    complete: Option<bool>,
    applyable: Option<bool>,
    broken: bool,
    drifted: u64,
    /// Number of elements with an action that this version does not know.
    strange: u64,
    deferred: u64,
    /// Elements that could not be read, while what follows them could.
    faults: Faults,
}

/// Faults of single elements.
#[derive(Debug, Default)]
struct Faults {
    first: Vec<Fault>,
    total: u64,
}

/// Elements that are told one by one.
const FAULTS_TOLD: usize = 10;

impl Faults {
    fn add(&mut self, fault: Fault) {
        self.total += 1;
        if self.first.len() < FAULTS_TOLD {
            self.first.push(fault);
        }
    }
}

/// The longest value of a variable that is remembered: Regions, profiles, ARNs.
const LONGEST_VARIABLE: usize = 256;

impl Plan {
    /// `values`: those of variables and data sources are kept as well.
    fn read(input: impl io::Read, name: &str, options: &Options, values: bool) -> Result<Plan, PlanError> {
        let mut window = Window::new(input::open(input, name)?, options.max_value);
        let mut plan = Plan { name: name.into(), ..Plan::default() };
        if values {
            (plan.given, plan.store.data) = (Some(BTreeMap::new()), Some(BTreeMap::new()));
        }
        plan.begin(&mut window)?;
        let done = plan.sections(&mut window);
        if let Some(error) = plan.refusal.take() {
            return Err(error);
        }
        if let Err(fault) = done {
            if plan.kind == Kind::Unknown {
                return Err(PlanError::text(name, &fault));
            }
            plan.broken(&fault);
        } else {
            plan.end(&mut window);
        }
        Ok(plan)
    }

    /// Passes over what a wrapper printed before the JSON.
    fn begin<R: io::Read>(&mut self, w: &mut Window<R>) -> Result<(), PlanError> {
        let text = |f: Fault| PlanError::text(&self.name, &f);
        if w.peek().map_err(text)? == b'{' {
            return Ok(());
        }
        let mut any = false;
        loop {
            let held = w.held();
            any |= !held.is_empty();
            let found = memchr::memchr_iter(b'{', held).find(|at| {
                let inside = held[at + 1..].iter().find(|b| !b.is_ascii_whitespace());
                // At the edge of the window it is taken for the start.
                matches!(inside, Some(b'"' | b'}') | None)
            });
            if let Some(at) = found {
                w.advance(at);
                break;
            }
            w.advance(held.len());
            if !w.fill().map_err(text)? {
                let name = self.name.clone();
                return Err(if any { PlanError::NoJson { name } } else { PlanError::Empty { name } });
            }
        }
        let detail =
            format!("`{}` begins with text that is no JSON; {} bytes are passed over", self.name, w.offset());
        self.tell(Severity::Notice, "Text before the JSON", detail, None);
        Ok(())
    }

    fn tell(&mut self, severity: Severity, summary: &str, detail: String, help: Option<&str>) {
        let mut diagnostic = Diagnostic::error(summary, detail, None).origin(self.name.clone());
        diagnostic.severity = severity;
        diagnostic.help = help.map(String::from);
        self.diagnostics.push(diagnostic);
    }

    /// Tells of a fault after which nothing more was read.
    fn broken(&mut self, fault: &Fault) {
        self.broken = true;
        let error = PlanError::text(&self.name, fault);
        let detail = format!("{error}; what stands before it is read");
        self.tell(
            Severity::Error,
            "Input cannot be read to its end",
            detail,
            Some(error::help(fault.what())),
        );
    }

    /// Looks at what follows the JSON.
    fn end<R: io::Read>(&mut self, w: &mut Window<R>) {
        if matches!(w.peek(), Ok(byte) if byte != 0) {
            let detail = format!("`{}` goes on after the end of the JSON, at byte {}", self.name, w.offset());
            self.tell(
                Severity::Warning,
                "Text after the JSON",
                detail,
                Some("pass one plan or state in each file"),
            );
        }
    }

    fn sections<R: io::Read>(&mut self, w: &mut Window<R>) -> Read<()> {
        const NAMES: [&str; 18] = [
            "format_version",
            "terraform_version",
            "variables",
            "resource_drift",
            "resource_changes",
            "deferred_changes",
            "prior_state",
            "configuration",
            "checks",
            "errored",
            "complete",
            "applyable",
            "values",
            "version",
            "resources",
            "planned_values",
            "@level",
            "timestamp",
        ];
        let mut once = Once::default();
        let mut walk = w.open(b'{')?;
        while let Some(name) = w.next_of(&mut walk, &NAMES, &mut once)? {
            self.section(w, name).key(name)?;
            if self.refusal.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn is(&mut self, kind: Kind) {
        // A plan stays a plan: it may carry what looks like a state.
        if self.kind != Kind::Plan {
            self.kind = kind;
        }
    }

    fn section<R: io::Read>(&mut self, w: &mut Window<R>, name: &'static str) -> Read<()> {
        match name {
            "format_version" => {
                let version = w.value()?.read(|c| c.string().map(String::from))?;
                self.format_version(version);
            }
            "version" => {
                let held = w.value()?;
                let version = held.read(|c| c.number().map(String::from))?;
                self.is(Kind::StateFile);
                if version != "4" {
                    self.refusal =
                        Some(PlanError::StateVersion { name: self.name.clone(), version: digits(&version) });
                }
            }
            "variables" => self.read_variables(w)?,
            "planned_values" => {
                self.is(Kind::Plan);
                w.skip()?;
            }
            "resource_drift" => {
                self.is(Kind::Plan);
                let mut items = w.open(b'[')?;
                while w.next_item(&mut items)? {
                    w.skip()?;
                    self.drifted += 1;
                }
            }
            "resource_changes" => self.read_changes(w)?,
            "deferred_changes" => {
                self.is(Kind::Plan);
                self.read_deferred(w)?;
            }
            "prior_state" => {
                self.is(Kind::Plan);
                let context = Context { changes_read: self.changes_read, of_plan: true };
                if w.peek()? == b'n' {
                    return w.skip();
                }
                let mut walk = w.open(b'{')?;
                while let Some(key) = w.next_key(&mut walk)? {
                    match key.as_str() {
                        "values" => state::values(w, &mut self.store, context).key("values")?,
                        _ => w.skip()?,
                    }
                }
            }
            "values" => {
                self.is(Kind::State);
                state::values(w, &mut self.store, Context { changes_read: false, of_plan: false })?;
            }
            "resources" => {
                self.is(Kind::StateFile);
                state::file(w, &mut self.store)?;
            }
            "configuration" => {
                self.is(Kind::Plan);
                config::read(w, &mut self.config)?;
            }
            "checks" => self.read_checks(w)?,
            "errored" => self.errored = flag(w)?,
            "complete" => self.complete = Some(flag(w)?),
            "applyable" => self.applyable = Some(flag(w)?),
            "@level" => {
                self.refusal = Some(PlanError::Log { name: self.name.clone() });
                w.skip()?;
            }
            _ => w.skip()?,
        }
        Ok(())
    }

    fn format_version(&mut self, version: String) {
        // A plan of the log kind or of anything else has no such version: digits are all that is repeated.
        let mut parts = version.split('.');
        let major: Option<u32> = parts.next().and_then(|p| p.parse().ok());
        let minor: Option<u32> = parts.next().and_then(|p| p.parse().ok());
        match (major, minor) {
            (Some(0), _) | (Some(1), Some(0..=2) | None) => {}
            (Some(1), Some(minor)) => {
                let detail = format!(
                    "`{}` has format version 1.{minor}; formats up to 1.2 are known, what is new in it is not read",
                    self.name
                );
                self.tell(Severity::Warning, "Newer plan format", detail, Some("update tf-headroom"));
            }
            _ => {
                let version = digits(&version);
                self.refusal = Some(PlanError::FormatVersion { name: self.name.clone(), version });
            }
        }
        self.format = Some(version);
    }

    fn read_variables<R: io::Read>(&mut self, w: &mut Window<R>) -> Read<()> {
        let mut walk = w.open(b'{')?;
        while let Some(name) = w.next_key(&mut walk)? {
            let mut fields = w.open(b'{').inside(Step::Some)?;
            while let Some(key) = w.next_key(&mut fields).inside(Step::Some)? {
                if key == "value"
                    && let Some(given) = &mut self.given
                {
                    let held = w.value().inside(Step::Some)?;
                    let value = held.read(|c| values::constant(c.raw()?)).inside(Step::Some)?;
                    if let Some(text) = value.as_str().filter(|t| t.len() <= LONGEST_VARIABLE) {
                        self.variables.insert(name.as_str().into(), text.clone());
                    }
                    if let Some(fields) = value.as_fields() {
                        let keys = fields.iter().map(|(key, _)| key.clone()).collect();
                        self.map_keys.insert(name.as_str().into(), keys);
                    }
                    given.insert(name.clone(), value);
                    continue;
                }
                if key == "value" && w.peek()? == b'{' {
                    let keys = self.read_keys(w).inside(Step::Some)?;
                    self.map_keys.insert(name.as_str().into(), keys);
                    continue;
                }
                if key != "value" || w.peek()? != b'"' {
                    w.skip().inside(Step::Some)?;
                    continue;
                }
                let held = w.value().inside(Step::Some)?;
                if held.text.len() <= LONGEST_VARIABLE {
                    let text =
                        held.read(|c| c.string().map(|t| EcoString::from(t.as_ref()))).inside(Step::Some)?;
                    self.variables.insert(name.as_str().into(), text);
                }
            }
        }
        Ok(())
    }

    fn read_keys<R: io::Read>(&mut self, w: &mut Window<R>) -> Read<Vec<EcoString>> {
        let mut keys = Vec::new();
        let mut fields = w.open(b'{')?;
        while let Some(key) = w.next_key(&mut fields)? {
            keys.push(key.as_str().into());
            w.skip()?;
        }
        keys.sort_unstable();
        Ok(keys)
    }

    fn read_changes<R: io::Read>(&mut self, w: &mut Window<R>) -> Read<()> {
        self.is(Kind::Plan);
        let mut items = w.open(b'[')?;
        while w.next_item(&mut items)? {
            let store = &mut self.store;
            let read = at_index(w.read(|c| changes::element(c, store)), items.index())?;
            match at_index(read, items.index()) {
                Ok(told) => self.strange += u64::from(told.strange_action),
                Err(fault) => self.faults.add(fault.inside(Step::Key("resource_changes"))),
            }
        }
        self.changes_read = true;
        Ok(())
    }

    /// Changes that Terraform puts off to a later plan: they may come, in whatever number.
    fn read_deferred<R: io::Read>(&mut self, w: &mut Window<R>) -> Read<()> {
        let mut items = w.open(b'[')?;
        while w.next_item(&mut items)? {
            let store = &mut self.store;
            let read = w.read(|c| {
                c.object(|c, key| match key.as_ref() {
                    "resource_change" => changes::deferred(c, store).key("resource_change"),
                    _ => c.skip(),
                })
            });
            match at_index(at_index(read, items.index())?, items.index()) {
                Ok(()) => self.deferred += 1,
                Err(fault) => self.faults.add(fault.inside(Step::Key("deferred_changes"))),
            }
        }
        Ok(())
    }

    /// Checks that fail are told by their address alone: their messages may hold anything.
    fn read_checks<R: io::Read>(&mut self, w: &mut Window<R>) -> Read<()> {
        if w.peek()? != b'[' {
            return w.skip();
        }
        let mut failed = Vec::new();
        let mut items = w.open(b'[')?;
        while w.next_item(&mut items)? {
            failed.extend(at_index(changes::check(w), items.index())?);
        }
        if !failed.is_empty() {
            let detail = format!("{} of the configuration failed", several(failed.len() as u64, "check"));
            self.tell(Severity::Notice, "Failed checks", detail, None);
            if let Some(last) = self.diagnostics.last_mut() {
                last.addresses = failed;
            }
        }
        Ok(())
    }

    fn finish(mut self, sink: Sink<'_>) -> Result<Inventory, PlanError> {
        let name = self.name.clone();
        if self.kind == Kind::Unknown {
            // An empty state has a version and nothing else.
            if self.format.is_none() || self.broken {
                return Err(PlanError::Neither { name });
            }
            self.kind = Kind::State;
        }
        let left_out = self.tell_faults();
        self.tell_flags();
        let mut inventory = Inventory { basis: Basis::State, ..Inventory::default() };
        if self.kind == Kind::Plan && !self.errored && self.complete == Some(false) {
            inventory.partial = Some("Terraform says that the plan is not complete: it was made with `-target`, or leaves changes for later".into());
        }
        if self.broken {
            inventory.partial.get_or_insert_with(|| "the input breaks off".into());
        } else if left_out {
            inventory.partial.get_or_insert_with(|| "some of its resources cannot be read".into());
        }
        inventory.diagnostics = self.diagnostics;
        inventory.map_keys = self.map_keys;
        finish::finish(self.store, &self.config, &self.variables, &mut inventory, sink);
        Ok(inventory)
    }

    /// Tells of resources that cannot be read; false if there are none.
    fn tell_faults(&mut self) -> bool {
        let Faults { first, total } = std::mem::take(&mut self.faults);
        let more = total - first.len() as u64;
        for fault in first {
            let error = PlanError::text(&self.name, &fault);
            let help = error::help(fault.what());
            self.tell(
                Severity::Error,
                "Resource cannot be read",
                format!("{error}; it is left out"),
                Some(help),
            );
        }
        if more > 0 {
            let detail = format!("{more} more resources of `{}` cannot be read and are left out", self.name);
            self.tell(Severity::Error, "Resources cannot be read", detail, None);
        }
        total > 0
    }

    fn tell_flags(&mut self) {
        let name = self.name.clone();
        if self.errored {
            let detail =
                format!("`{name}` is a plan that failed: what Terraform had planned until then is read");
            self.tell(
                Severity::Error,
                "Errored plan",
                detail,
                Some("mend what `terraform plan` reports and plan again"),
            );
        }
        if self.strange > 0 {
            let detail = format!(
                "{} of `{name}` with an action that is not known: what comes of it is undecided",
                several(self.strange, "change")
            );
            self.tell(Severity::Warning, "Unknown action", detail, Some("update tf-headroom"));
        }
        if self.drifted > 0 {
            let detail = format!(
                "{} of `{name}` changed outside of Terraform since the last apply",
                several(self.drifted, "resource")
            );
            self.tell(Severity::Notice, "Changes outside of Terraform", detail, None);
        }
        if self.deferred > 0 {
            let detail = format!(
                "{} of `{name}` put off to a later plan: what comes of it is undecided",
                several(self.deferred, "change")
            );
            self.tell(Severity::Notice, "Deferred changes", detail, None);
        }
    }
}

fn flag<R: io::Read>(w: &mut Window<R>) -> Read<bool> {
    w.value()?.read(|c| if c.null()? { Ok(false) } else { c.bool() })
}

/// What of a version may be repeated: anything longer is none.
fn digits(version: &str) -> String {
    let is_version = version.len() <= 5 && version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if is_version { version.into() } else { "of another kind".into() }
}
