//! Settings: `.tf-headroom.hcl`.
//!
//! In: the text of the file, and the names of rules. Out: [`Settings`], and diagnostics with line and help for what is
//! wrong in it; what is sound counts all the same. Never here: applying any of it.

mod blocks;
mod find;
mod profile;
mod read;
pub mod reference;
mod tags;
mod tenant;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ecow::EcoString;

pub use find::{FILE_NAME, find};
pub use profile::{PLAIN, PROFILES, Profile, profile};
pub use tenant::{Figures, Growth, Tenant};

use crate::eval::{Work, World};
use crate::finding::{Diagnostic, Level, RuleExemption, Severity};
use crate::inventory::{StatedAccount, StatedLimit};
use crate::source::{self, Files, Span, Tree};
use crate::syntax::{self, ExprId};
use crate::tags::Schema;
use crate::value::Value;

/// Everything that a settings file says.
#[derive(Debug)]
pub struct Settings {
    /// The settings file as the user knows it. None: there is none.
    pub path: Option<String>,
    /// `quota` blocks.
    pub limits: Vec<StatedLimit>,
    /// Per cent of headroom that capacity and requests plan with.
    pub buffer: u64,
    /// From how many days on a snapshot is too old.
    pub snapshot_days: u32,
    pub accounts: Vec<StatedAccount>,
    pub targets: Vec<Target>,
    pub roots: Option<Roots>,
    pub tenants: Option<Tenants>,
    /// `tenant` blocks: what single tenants need, and when they start.
    pub figures: Vec<Tenant>,
    pub growth: Option<Growth>,
    pub demands: Vec<Demand>,
    /// `tag` and `exempt` blocks.
    pub schema: Schema,
    /// `exempt` blocks that name rules.
    pub exemptions: Vec<RuleExemption>,
    /// What references that have no value stand for, by their text: `data.aws_availability_zones.available.names`.
    pub assume: BTreeMap<EcoString, Value>,
    /// What `rule` blocks say, by id.
    pub levels: BTreeMap<EcoString, Level>,
    /// None: the settings do not say.
    pub fail_on: Option<FailOn>,
    /// The syntax of the file, in which the expressions of demands lie.
    pub file: Option<Arc<syntax::File>>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            path: None,
            limits: Vec::new(),
            buffer: 20,
            snapshot_days: 30,
            accounts: Vec::new(),
            targets: Vec::new(),
            roots: None,
            tenants: None,
            figures: Vec::new(),
            growth: None,
            demands: Vec::new(),
            schema: Schema::default(),
            exemptions: Vec::new(),
            assume: BTreeMap::new(),
            levels: BTreeMap::new(),
            fail_on: None,
            file: None,
        }
    }
}

/// From which severity on a check fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    Never,
    At(Severity),
}

/// A root module with what it is run with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    pub name: EcoString,
    pub root: Option<EcoString>,
    pub var_files: Vec<EcoString>,
    pub workspace: Option<EcoString>,
    pub account: Option<EcoString>,
    pub span: Option<Span>,
}

/// Which folders are root modules, as paths from the folder of the settings, with `*` and `**`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roots {
    pub include: Vec<EcoString>,
    pub exclude: Vec<EcoString>,
}

/// Where tenants come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tenants {
    /// The root variable whose keys are tenants.
    pub variable: EcoString,
    /// The tag that says whose a resource is.
    pub tag: Option<EcoString>,
    pub span: Option<Span>,
}

/// Use of a quota that no resource shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    pub service: EcoString,
    /// Empty for a quota that AWS gave none.
    pub code: EcoString,
    pub name: EcoString,
    /// In the arena of [`Settings::file`]; any expression of the root module.
    pub value: ExprId,
    /// Address, ARN or id of the parent it is made of.
    pub scope: Option<EcoString>,
    pub account: Option<EcoString>,
    pub region: Option<EcoString>,
    pub span: Option<Span>,
}

/// Reads a settings file. `rules` are the ids that a `rule` block may name.
///
/// Wants a stack of 16 MB.
pub fn load(path: &Path, tree: &dyn Tree, files: &Files, rules: &[&str]) -> (Settings, Vec<Diagnostic>) {
    let shown = path.display().to_string().replace('\\', "/");
    let text = tree
        .read(path)
        .map_err(|e| e.to_string())
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned()));
    let text = match text {
        Ok(text) => text,
        Err(why) => {
            let problem =
                Diagnostic::error("Unreadable settings", format!("{shown} cannot be read: {why}"), None);
            let problem = Diagnostic { help: source::meant(path, tree), ..problem.origin(shown) };
            return (Settings::default(), vec![problem]);
        }
    };
    let file = files.add(shown.clone(), text);
    let cwd = path.parent().unwrap_or(Path::new("."));
    let (mut settings, diagnostics) =
        parse(&file, World { tree, cwd, home: None, work: &Work::default() }, rules);
    settings.path = Some(shown);
    (settings, diagnostics)
}

/// Reads the text of a settings file.
///
/// Wants a stack of 16 MB.
pub fn parse(file: &source::SourceFile, world: World<'_>, rules: &[&str]) -> (Settings, Vec<Diagnostic>) {
    let (syntax, mut diagnostics) = syntax::parse(file);
    let syntax = Arc::new(syntax);
    let mut reader = read::Reader::new(&syntax, world);
    let mut settings = blocks::settings(&mut reader, rules);
    diagnostics.append(&mut reader.problems);
    settings.path = Some(file.path.clone());
    settings.file = Some(syntax);
    (settings, diagnostics)
}
