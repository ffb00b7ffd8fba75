//! Reads sources along with what needs more than one evaluation: demand and shares of tenants.

use std::path::Path;

use super::{Source, nothing_to_read, read, with_missing_folders};
use crate::capacity::{self, ByScope, Study, demand};
use crate::config::Settings;
use crate::expand::{Model, Options};
use crate::finding::{Diagnostic, Severity};
use crate::inventory::Inventory;
use crate::module::Loader;
use crate::projection::{Demanded, Limits, Root};
use crate::source::{Files, Tree};

/// Reads the sources of a run.
pub(super) struct Planner<'a> {
    settings: &'a Settings,
    limits: &'a Limits,
    options: &'a Options,
    /// Shares were asked for.
    asked: bool,
    /// How many instances may still be evaluated for shares.
    budget: u64,
    pub shares: Vec<ByScope>,
    /// True if there are tenants whose shares would have cost too much.
    pub left_out: bool,
    pub problems: Vec<Diagnostic>,
}

impl<'a> Planner<'a> {
    pub fn new(settings: &'a Settings, limits: &'a Limits, options: &'a Options, asked: bool) -> Planner<'a> {
        let budget = match (asked, settings.tenants.is_some()) {
            (true, _) => u64::MAX,
            (false, true) => 20 * capacity::WORTH,
            (false, false) => capacity::WORTH,
        };
        let (shares, problems) = (Vec::new(), Vec::new());
        Planner { settings, limits, options, asked, budget, shares, left_out: false, problems }
    }

    /// Reads one source, what is declared of its use, and whose its counts are.
    pub fn read(
        &mut self,
        source: Source,
        root: &Root,
        tree: &dyn Tree,
        files: &Files,
    ) -> (Inventory, Vec<Demanded>) {
        match source {
            Source::Folder(dir) if nothing_to_read(&dir, tree).is_none() => {
                self.folder(&dir, root, &Loader::new(tree, files))
            }
            Source::Folder(_) => (read(source, self.options, tree, files), Vec::new()),
            Source::Json { .. } => {
                let declared = demand::without_source(self.settings, &root.path);
                (read(source, self.options, tree, files), declared)
            }
        }
    }

    fn folder(&mut self, dir: &Path, root: &Root, loader: &Loader<'_>) -> (Inventory, Vec<Demanded>) {
        let mut model = Model::load(loader, dir, self.options);
        let inventory = with_missing_folders(model.inventory());
        let (mut declared, mut problems) = (Vec::new(), Vec::new());
        let declares = demand::declares(self.settings);
        if declares {
            (declared, problems) = demand::of_blocks(self.settings, &mut model);
        }
        // Each tenant is an evaluation of the whole; to find the tenants is one more.
        let size = inventory.instances.len() as u64;
        let affordable = size <= self.budget / 3;
        if !(affordable || declares) {
            self.left_out |= capacity::may_have_tenants(&inventory, self.settings);
            return (inventory, declared);
        }
        match capacity::find(&mut model, &inventory, self.settings.tenants.as_ref()) {
            Ok(tenancy) => {
                declared.extend(demand::of_tenants(self.settings, &tenancy.keys, Clone::clone));
                problems.extend(demand::problems(self.settings, Some(&tenancy.keys)));
                let cost = size.saturating_mul(tenancy.keys.len() as u64 + 2);
                if cost <= self.budget {
                    self.budget = self.budget.saturating_sub(cost);
                    let (settings, limits) = (self.settings, self.limits.clone());
                    let mut study = Study::new(model, settings, limits, root.clone(), tenancy);
                    self.shares.push(capacity::shares(&mut study));
                } else {
                    self.left_out = true;
                }
            }
            Err(why) => {
                let needed =
                    !self.settings.figures.is_empty() || self.settings.tenants.is_some() || self.asked;
                if needed {
                    problems.push(no_tenants(&why, self.settings));
                    problems.extend(demand::problems(self.settings, None));
                }
            }
        }
        for problem in problems {
            // Several roots under one settings file complain once.
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
        (inventory, declared)
    }
}

/// Says that tenants were asked for and not found.
fn no_tenants(why: &capacity::NoTenants, settings: &Settings) -> Diagnostic {
    let span = settings.tenants.as_ref().and_then(|t| t.span);
    Diagnostic { severity: Severity::Warning, ..Diagnostic::warning("No tenants", why.text(), span) }
        .help(why.help())
}
