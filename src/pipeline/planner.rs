//! What needs more than one evaluation of a root module: demand and shares of tenants.

use std::path::Path;

use super::Effort;
use crate::capacity::{self, ByScope, Study, demand};
use crate::config::Settings;
use crate::expand::{Model, Options};
use crate::finding::{Diagnostic, Severity};
use crate::inventory::Inventory;
use crate::module::Loader;
use crate::projection::{Demanded, Limits, Root};
use crate::report::InputKind;

/// Looks at the root modules of a run again.
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
    pub fn new(
        settings: &'a Settings,
        limits: &'a Limits,
        options: &'a Options,
        effort: Effort,
    ) -> Planner<'a> {
        let asked = effort == Effort::All;
        let budget = match (effort, settings.tenants.is_some()) {
            (Effort::None, _) => 0,
            (Effort::Cheap, true) => 20 * capacity::WORTH,
            (Effort::Cheap, false) => capacity::WORTH,
            (Effort::All, _) => u64::MAX,
        };
        let (shares, problems) = (Vec::new(), Vec::new());
        Planner { settings, limits, options, asked, budget, shares, left_out: false, problems }
    }

    /// Returns what is declared of the use of an input that was read, and works out whose its counts are.
    pub fn look(
        &mut self,
        kind: InputKind,
        dir: &Path,
        inventory: &Inventory,
        root: &Root,
        loader: &Loader<'_>,
    ) -> Vec<Demanded> {
        if kind != InputKind::Source {
            let declared = demand::without_source(self.settings, &root.name);
            self.tell(demand::parentless(&declared, inventory));
            return declared;
        }
        let declares = demand::declares(self.settings);
        // Each tenant is an evaluation of the whole; to find the tenants is two more.
        let size = inventory.instances.len() as u64;
        if !(declares || capacity::may_have_tenants(inventory, self.settings) || self.asked) {
            return Vec::new();
        }
        if !declares && size > self.budget / 4 {
            self.left_out = true;
            return Vec::new();
        }
        let mut model = Model::load(loader, dir, self.options);
        model.inventory();
        let (mut declared, mut problems) = (Vec::new(), Vec::new());
        if declares {
            (declared, problems) = demand::of_blocks(self.settings, &mut model);
        }
        match capacity::find(&mut model, inventory, self.settings.tenants.as_ref()) {
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
        problems.extend(demand::parentless(&declared, inventory));
        self.tell(problems);
        declared
    }

    /// Several roots under one settings file complain once.
    fn tell(&mut self, problems: Vec<Diagnostic>) {
        for problem in problems {
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
    }
}

/// Says that tenants were asked for and not found.
fn no_tenants(why: &capacity::NoTenants, settings: &Settings) -> Diagnostic {
    let span = settings.tenants.as_ref().and_then(|t| t.span);
    Diagnostic { severity: Severity::Warning, ..Diagnostic::warning("No tenants", why.text(), span) }
        .help(why.help())
}
