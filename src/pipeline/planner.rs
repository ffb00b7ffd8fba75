//! What needs more than one evaluation of a root module: demand and shares of tenants.

use std::path::Path;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use super::Effort;
use crate::capacity::{self, ByScope, Study, demand};
use crate::config::Settings;
use crate::expand::{Model, Options};
use crate::finding::{Diagnostic, Severity};
use crate::inventory::Inventory;
use crate::module::Loader;
use crate::projection::{Demanded, Limits, QuotaName, Root, Scope, Share};
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

    /// Looks again at an input that was read: at what is declared of its use, and at whose its counts are.
    pub fn look(
        &self,
        kind: InputKind,
        dir: &Path,
        inventory: &Inventory,
        root: &Root,
        loader: &Loader<'_>,
    ) -> Looked {
        if kind != InputKind::Source {
            let mut looked = self.look_at_plan(root);
            looked.problems = parentless(&looked.declared, inventory);
            return looked;
        }
        let declares = demand::declares(self.settings);
        // Each tenant is an evaluation of the whole; to find the tenants is two more.
        let size = inventory.instances.len() as u64;
        if !(declares || capacity::may_have_tenants(inventory, self.settings) || self.asked) {
            return Looked::default();
        }
        let mut looked = Looked { size: Some(size).filter(|_| !declares), ..Looked::default() };
        if looked.is_too_large(self.budget) {
            return looked;
        }
        let mut model = Model::load(loader, dir, self.options);
        model.inventory();
        if declares {
            (looked.declared, looked.problems) = demand::of_blocks(self.settings, &mut model);
            looked.problems.extend(parentless(&looked.declared, inventory));
        }
        match capacity::find(&mut model, inventory, self.settings.tenants.as_ref()) {
            Ok(tenancy) => {
                looked.declared.extend(demand::of_tenants(self.settings, &tenancy.keys, Clone::clone));
                looked.problems.extend(demand::problems(self.settings, Some(&tenancy.keys)));
                let cost = size.saturating_mul(tenancy.keys.len() as u64 + 2);
                looked.cost = Some(cost);
                if cost <= self.budget {
                    let (settings, limits) = (self.settings, self.limits.clone());
                    let mut study = Study::new(model, settings, limits, root.clone(), tenancy);
                    looked.shares = capacity::shares(&mut study).into_iter().collect();
                }
            }
            Err(why) => {
                let needed =
                    !self.settings.figures.is_empty() || self.settings.tenants.is_some() || self.asked;
                if needed {
                    looked.problems.push(no_tenants(&why, self.settings));
                    looked.problems.extend(demand::problems(self.settings, None));
                }
            }
        }
        looked
    }

    /// A plan has nothing that could be evaluated again.
    pub fn look_at_plan(&self, root: &Root) -> Looked {
        let declared = demand::without_source(self.settings, &root.name);
        Looked { declared, ..Looked::default() }
    }

    /// Complains about what is declared, once a plan is read.
    pub fn told(&mut self, declared: &[Demanded], inventory: &Inventory) {
        for problem in parentless(declared, inventory) {
            self.complain(problem);
        }
    }

    /// Takes what was seen of the next input, as far as the cost allows, and returns what is declared of its use.
    ///
    /// What one part of a check could afford, the whole may not.
    pub fn take(&mut self, looked: Looked) -> Vec<Demanded> {
        if looked.is_too_large(self.budget) {
            self.left_out = true;
            return Vec::new();
        }
        match looked.cost {
            Some(cost) if cost <= self.budget => {
                self.budget = self.budget.saturating_sub(cost);
                self.shares.push(looked.shares.into_iter().collect());
            }
            Some(_) => self.left_out = true,
            None => {}
        }
        looked.problems.into_iter().for_each(|problem| self.complain(problem));
        looked.declared
    }

    /// Several roots under one settings file complain once.
    fn complain(&mut self, problem: Diagnostic) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// Complains about demand of parents that are not there; of what was read in part nobody knows.
fn parentless(declared: &[Demanded], inventory: &Inventory) -> Vec<Diagnostic> {
    match inventory.partial {
        Some(_) => Vec::new(),
        None => demand::parentless(declared, inventory),
    }
}

/// What was seen of an input.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Looked {
    /// How many instances there are, where that decides whether tenants are looked for at all.
    size: Option<u64>,
    pub declared: Vec<Demanded>,
    /// How many instances are evaluated for shares. None: there are no tenants.
    cost: Option<u64>,
    shares: Vec<((QuotaName, Scope), Vec<(EcoString, Share)>)>,
    problems: Vec<Diagnostic>,
}

impl Looked {
    fn is_too_large(&self, budget: u64) -> bool {
        self.size.is_some_and(|size| size > budget / 4)
    }
}

/// Says that tenants were asked for and not found.
fn no_tenants(why: &capacity::NoTenants, settings: &Settings) -> Diagnostic {
    let span = settings.tenants.as_ref().and_then(|t| t.span);
    Diagnostic { severity: Severity::Warning, ..Diagnostic::warning("No tenants", why.text(), span) }
        .help(why.help())
}
