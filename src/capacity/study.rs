//! A root module with its tenants, to be evaluated with more or fewer of them.

use std::collections::BTreeMap;

use ecow::EcoString;

use super::demand;
use super::meter::{self, DIGITS, MeterName, Reading};
use super::tenants::{Tenancy, filtered, with, without};
use crate::config::Settings;
use crate::expand::Model;
use crate::finding::{Diagnostic, Severity};
use crate::projection::{self, Limits, Projected, Projector};
use crate::value::Value;

/// What a tenant that is tried looks like.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Like this one.
    Key(EcoString),
    /// Like the one in the middle, ordered by how full the fullest quota is with that tenant alone.
    Median,
    /// An object in the language of the configuration.
    Given(Value),
}

/// Evaluates a root module with other tenants.
pub struct Study<'a> {
    pub model: Model<'a>,
    pub settings: &'a Settings,
    pub limits: Limits,
    pub root: projection::Root,
    pub tenancy: Tenancy,
    /// Projections keep every part.
    pub all_parts: bool,
}

/// One evaluation.
#[derive(Debug)]
pub struct Probe {
    pub meters: BTreeMap<MeterName, Reading>,
    /// What failed in the configuration.
    pub errors: Vec<Diagnostic>,
    pub instances: usize,
}

impl<'a> Study<'a> {
    pub fn new(
        model: Model<'a>,
        settings: &'a Settings,
        limits: Limits,
        root: projection::Root,
        tenancy: Tenancy,
    ) -> Study<'a> {
        Study { model, settings, limits, root, tenancy, all_parts: false }
    }

    /// Projects the module with these tenants.
    pub fn projected(
        &mut self,
        value: Value,
        keys: &[EcoString],
        like: impl Fn(&EcoString) -> EcoString,
    ) -> (Projected, Vec<Diagnostic>) {
        let inventory = self.model.with(&self.tenancy.variable, value);
        let declared = match demand::declares(self.settings) {
            true => {
                let (mut declared, _) = demand::of_blocks(self.settings, &mut self.model);
                declared.extend(demand::of_tenants(self.settings, keys, like));
                declared
            }
            false => Vec::new(),
        };
        let options =
            projection::Options { accounts: self.settings.accounts.clone(), all_parts: self.all_parts };
        let mut projector = Projector::new(self.limits.clone(), options);
        projector.add_with(&inventory, &self.root, &declared);
        let errors = inventory.diagnostics.into_iter().filter(|d| d.severity == Severity::Error).collect();
        (projector.finish(), errors)
    }

    /// Projects the module without one tenant.
    pub fn without(&mut self, key: &str) -> Projected {
        let keys: Vec<EcoString> = self.tenancy.keys.iter().filter(|k| *k != key).cloned().collect();
        let value = without(&self.tenancy.value, key);
        self.projected(value, &keys, EcoString::clone).0
    }

    /// Projects the module with one tenant alone.
    fn alone(&mut self, key: &EcoString) -> Projected {
        let value = filtered(&self.tenancy.value, |k| k == key);
        self.projected(value, std::slice::from_ref(key), EcoString::clone).0
    }

    /// Returns the tenant in the middle, of two the larger one.
    pub fn median(&mut self) -> EcoString {
        let mut sizes: Vec<(u64, u64, EcoString)> = Vec::new();
        for key in self.tenancy.keys.clone() {
            let projected = self.alone(&key);
            let (mut fullest, mut sum) = (0, 0_u64);
            for p in projected.projections.iter().filter(|p| !p.single) {
                let count = p.count.high().unwrap_or(p.count.low());
                sum = sum.saturating_add(count);
                if let Some(limit) = p.limit.as_ref().filter(|l| l.low > 0) {
                    fullest = fullest.max(count.saturating_mul(1_000_000) / limit.low);
                }
            }
            sizes.push((fullest, sum, key));
        }
        sizes.sort();
        sizes[sizes.len() / 2].2.clone()
    }

    /// Returns the tenants that are tried, of which a probe takes the first ones.
    pub fn trial(&mut self, shape: &Shape) -> Trial {
        let like = match shape {
            Shape::Key(key) => key.clone(),
            Shape::Median => self.median(),
            Shape::Given(_) => self.tenancy.keys.first().cloned().unwrap_or_else(|| "tenant".into()),
        };
        let value = match shape {
            Shape::Given(value) => value.clone(),
            Shape::Key(_) | Shape::Median => self
                .tenancy
                .value
                .bare()
                .as_fields()
                .and_then(|f| f.get(&like).cloned())
                .unwrap_or_else(|| Value::String(like.clone())),
        };
        let mut stem = format!("{like}-x");
        while self.tenancy.keys.iter().any(|k| k.contains(&stem)) {
            stem.push('x');
        }
        Trial { like, value, stem: stem.into(), alike: !matches!(shape, Shape::Given(_)) }
    }

    /// Evaluates with `more` tenants of a shape.
    pub fn probe(&mut self, trial: &Trial, more: u64) -> Probe {
        let added: Vec<(EcoString, Value)> = (1..=more).map(|n| trial.tenant(n)).collect();
        let value = with(&self.tenancy.value, &added, trial.alike);
        let mut keys = self.tenancy.keys.clone();
        keys.extend(added.iter().map(|(k, _)| k.clone()));
        let figures_of = |key: &EcoString| match key.starts_with(trial.stem.as_str()) {
            true => trial.like.clone(),
            false => key.clone(),
        };
        let (projected, errors) = self.projected(value, &keys, figures_of);
        let instances = usize::try_from(projected.instances).unwrap_or(usize::MAX);
        Probe { meters: meter::read(projected.projections, &trial.stem), errors, instances }
    }
}

/// Tenants that are tried: copies of one, each under a key of its own.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The tenant whose figures count for them.
    pub like: EcoString,
    value: Value,
    pub stem: EcoString,
    /// It is of the type of the others.
    alike: bool,
}

impl Trial {
    /// Returns the key and value of the `n`th.
    pub(super) fn tenant(&self, n: u64) -> (EcoString, Value) {
        let key: EcoString = format!("{}{n:0width$}", self.stem, width = DIGITS).into();
        let value = renamed(&self.value, &self.like, &key);
        (key, value)
    }
}

/// Writes the new key wherever texts have the old one as a word: names made of it are unique.
fn renamed(value: &Value, old: &str, new: &str) -> Value {
    match value {
        Value::String(text) if text.contains(old) => Value::String(replaced(text, old, new)),
        Value::Set(s) => {
            Value::set(s.element_type(), s.items().iter().map(|v| renamed(v, old, new)).collect())
        }
        Value::List(_) | Value::Tuple(_) | Value::Map(_) | Value::Object(_) => {
            value.map_elements(|v| renamed(v, old, new))
        }
        other => other.clone(),
    }
}

fn replaced(text: &str, old: &str, new: &str) -> EcoString {
    let part_of_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let (mut out, mut from) = (EcoString::new(), 0);
    for (at, _) in text.match_indices(old) {
        let after = at + old.len();
        if at < from
            || part_of_word(text[..at].chars().next_back())
            || part_of_word(text[after..].chars().next())
        {
            continue;
        }
        out.push_str(&text[from..at]);
        out.push_str(new);
        from = after;
    }
    out.push_str(&text[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_are_renamed() {
        assert_eq!(replaced("a and banana, a-1", "a", "a-x0001"), "a-x0001 and banana, a-x0001-1");
        assert_eq!(replaced("agency-health.org", "agency-health", "b"), "b.org");
        assert_eq!(replaced("none", "a", "b"), "none");
    }
}
