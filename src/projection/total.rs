//! Sums while they grow: what is used before, after and while apply runs.

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;

use crate::catalog::Aggregate;
use crate::inventory::{Basis, Change};
use crate::source::Span;
use crate::value::{Cause, Count};

/// How many reasons a projection keeps.
const CAUSES_KEPT: usize = 50;

/// What one instance uses before and after apply, and how it gets from one to the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub before: Count,
    pub after: Count,
    pub change: Option<Change>,
}

impl Step {
    /// The most that is in use at one moment: destroys are taken to come first only where Terraform orders them so.
    fn peak(self) -> Count {
        match self.change {
            Some(Change::ReplaceCreateFirst) => self.before + self.after,
            _ => self.before.max(self.after),
        }
    }

    /// Returns the same step of something that may not be counted here at all.
    pub fn or_none(self) -> Step {
        Step { before: self.before.or_none(), after: self.after.or_none(), ..self }
    }
}

/// A sum of what many instances use.
#[derive(Clone, Debug)]
pub(super) struct Total {
    pub before: Count,
    pub after: Count,
    /// What apply adds and what it takes away, apart.
    pub created: Count,
    pub destroyed: Count,
    /// What exists all the time, from below.
    kept: u64,
    /// The largest overlap that one replacement needs.
    overlap: u64,
    peak_high: Option<u64>,
    pub parts: PartTotals,
    /// How often each value occurs, for measures that compare texts.
    texts: BTreeMap<EcoString, u64>,
    /// Amounts whose values are not known.
    vague: Count,
    pub causes: BTreeSet<Cause>,
    pub spare: u64,
    pub basis: Basis,
    /// How many instances are objects that AWS made by itself, by the baseline's name.
    pub built_in: Vec<(&'static str, Count)>,
}

/// What the instances of one block use.
#[derive(Clone, Debug)]
pub(super) struct PartTotal {
    pub instances: u64,
    pub before: Count,
    pub after: Count,
    pub span: Option<Span>,
    pub repeat: Option<Span>,
}

/// What the blocks use, each apart by what apply does: most scopes have one.
#[derive(Clone, Debug, Default)]
pub(super) struct PartTotals(Vec<((u32, Option<Change>), PartTotal)>);

impl PartTotals {
    pub fn entry(&mut self, key: (u32, Option<Change>), new: impl FnOnce() -> PartTotal) -> &mut PartTotal {
        // Instances come block by block.
        let at = match self.0.last() {
            Some((last, _)) if *last == key => self.0.len() - 1,
            _ => match self.0.binary_search_by_key(&key, |(k, _)| *k) {
                Ok(at) => at,
                Err(at) => {
                    if self.0.is_empty() {
                        self.0.reserve_exact(1);
                    }
                    self.0.insert(at, (key, new()));
                    at
                }
            },
        };
        &mut self.0[at].1
    }

    pub fn iter(&self) -> impl Iterator<Item = &((u32, Option<Change>), PartTotal)> {
        self.0.iter()
    }

    /// The numbers of the blocks.
    pub fn blocks(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().map(|((block, _), _)| *block)
    }
}

impl Total {
    pub fn new(basis: Basis) -> Total {
        Total {
            before: Count::ZERO,
            after: Count::ZERO,
            created: Count::ZERO,
            destroyed: Count::ZERO,
            kept: 0,
            overlap: 0,
            peak_high: Some(0),
            parts: PartTotals::default(),
            texts: BTreeMap::new(),
            vague: Count::ZERO,
            causes: BTreeSet::new(),
            spare: 0,
            basis,
            built_in: Vec::new(),
        }
    }

    pub fn add(&mut self, step: Step, aggregate: Aggregate) {
        let peak = step.peak();
        match aggregate {
            Aggregate::Max => {
                self.before = self.before.max(step.before);
                self.after = self.after.max(step.after);
                self.peak_high = most(self.peak_high, step.before.max(step.after).high(), u64::max);
            }
            Aggregate::Sum | Aggregate::Each | Aggregate::Distinct | Aggregate::MaxSame => {
                self.before += step.before;
                self.after += step.after;
                self.peak_high = most(self.peak_high, peak.high(), u64::saturating_add);
                let (before, after) = (step.before.low(), step.after.low());
                let stays = before.min(after);
                self.kept = self.kept.saturating_add(stays);
                if step.change == Some(Change::ReplaceCreateFirst) {
                    self.overlap = self.overlap.max(before.saturating_add(after) - stays);
                }
                self.created += step.after.minus(step.before);
                self.destroyed += step.before.minus(step.after);
            }
        }
    }

    /// Adds the values of an instance, of which `after` has `texts` known ones.
    pub fn add_texts(&mut self, texts: &[EcoString], after: Count) {
        if after.is_zero() {
            return;
        }
        if after.low() == 0 {
            // It may not exist: whatever its values, they prove nothing.
            self.vague += after;
            return;
        }
        let known = texts.len() as u64;
        for text in texts {
            let times = self.texts.entry(text.clone()).or_insert(0);
            *times = times.saturating_add(1);
        }
        self.vague +=
            Count::new(after.low().saturating_sub(known), after.high().map(|h| h.saturating_sub(known)));
    }

    /// Returns what is counted after apply.
    pub fn settled(&self, aggregate: Aggregate) -> Count {
        match aggregate {
            Aggregate::Sum | Aggregate::Each | Aggregate::Max => self.after,
            Aggregate::Distinct => {
                let known = self.texts.len() as u64;
                let low = known.max(u64::from(self.after.low() > 0));
                Count::new(low, self.vague.high().map(|h| h.saturating_add(known)))
            }
            Aggregate::MaxSame => {
                let known = self.texts.values().copied().max().unwrap_or(0);
                let low = known.max(u64::from(self.after.low() > 0));
                Count::new(low, self.vague.high().map(|h| h.saturating_add(known)))
            }
        }
    }

    /// Returns the most that is in use while apply runs, from below and from above.
    pub fn peak(&self) -> Count {
        let through = self.kept.saturating_add(self.overlap);
        let low = self.before.low().max(self.after.low()).max(through);
        Count::new(low, self.peak_high)
    }

    /// Takes in another total that may be, or is, counted here as well.
    pub fn absorb(&mut self, other: &Total, certain: bool) {
        let weaken = |c: Count| if certain { c } else { c.or_none() };
        self.before += weaken(other.before);
        self.after += weaken(other.after);
        self.created += weaken(other.created);
        self.destroyed += weaken(other.destroyed);
        self.peak_high = most(self.peak_high, other.peak_high, u64::saturating_add);
        if certain {
            self.kept = self.kept.saturating_add(other.kept);
            self.overlap = self.overlap.max(other.overlap);
            for (text, times) in &other.texts {
                let here = self.texts.entry(text.clone()).or_insert(0);
                *here = here.saturating_add(*times);
            }
            self.vague += other.vague;
        } else {
            self.vague += other.after.or_none();
        }
        for (key, part) in other.parts.iter() {
            let here = self.parts.entry(*key, || PartTotal {
                instances: 0,
                before: Count::ZERO,
                after: Count::ZERO,
                span: part.span,
                repeat: part.repeat,
            });
            here.instances = here.instances.saturating_add(part.instances);
            here.before += weaken(part.before);
            here.after += weaken(part.after);
        }
        for cause in &other.causes {
            self.because(cause.clone());
        }
        self.spare = self.spare.max(other.spare);
    }

    pub fn because(&mut self, cause: Cause) {
        if self.causes.len() < CAUSES_KEPT {
            self.causes.insert(cause);
        }
    }

    /// Remembers that an instance is, or may be, an object that AWS made.
    pub fn is_built_in(&mut self, baseline: &'static str, count: Count) {
        match self.built_in.iter_mut().find(|(name, _)| *name == baseline) {
            Some((_, n)) => *n += count,
            None => self.built_in.push((baseline, count)),
        }
    }

    /// Returns how many instances are objects of that baseline.
    pub fn built_in(&self, baseline: &str) -> Count {
        self.built_in.iter().find(|(name, _)| *name == baseline).map_or(Count::ZERO, |(_, n)| *n)
    }
}

fn most(a: Option<u64>, b: Option<u64>, both: fn(u64, u64) -> u64) -> Option<u64> {
    Some(both(a?, b?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(steps: &[(u64, u64, Option<Change>)]) -> Total {
        let mut total = Total::new(Basis::State);
        for (before, after, change) in steps {
            let step =
                Step { before: Count::exactly(*before), after: Count::exactly(*after), change: *change };
            total.add(step, Aggregate::Sum);
        }
        total
    }

    #[test]
    fn the_peak_of_creates_alone_is_what_is_there_after() {
        let t = total(&[(1, 1, Some(Change::Keep)), (0, 1, Some(Change::Create))]);
        assert_eq!((t.after, t.peak()), (Count::exactly(2), Count::exactly(2)));
    }

    #[test]
    fn a_destroy_may_come_after_the_creates() {
        let t = total(&[(1, 0, Some(Change::Destroy)), (0, 1, Some(Change::Create))]);
        assert_eq!(
            (t.before, t.after, t.peak()),
            (Count::exactly(1), Count::exactly(1), Count::between(1, 2))
        );
    }

    #[test]
    fn a_replacement_that_destroys_first_needs_no_more_room() {
        let t = total(&[(1, 1, Some(Change::Replace)), (1, 1, Some(Change::Replace))]);
        assert_eq!(t.peak(), Count::exactly(2));
    }

    #[test]
    fn a_replacement_that_creates_first_needs_one_more() {
        let t = total(&[(1, 1, Some(Change::ReplaceCreateFirst)); 3]);
        assert_eq!((t.after, t.peak()), (Count::exactly(3), Count::between(4, 6)));
    }

    #[test]
    fn distinct_values_are_counted_once() {
        let mut t = total(&[(0, 2, None), (0, 2, None)]);
        t.add_texts(&["a".into(), "b".into()], Count::exactly(2));
        t.add_texts(&["b".into(), "c".into()], Count::exactly(2));
        assert_eq!(t.settled(Aggregate::Distinct), Count::exactly(3));
        assert_eq!(t.settled(Aggregate::MaxSame), Count::exactly(2));
        t.add_texts(&[], Count::between(0, 4));
        assert_eq!(t.settled(Aggregate::Distinct), Count::between(3, 7));
    }

    #[test]
    fn of_maxima_the_largest_counts() {
        let mut t = Total::new(Basis::Configuration);
        for after in [Count::exactly(3), Count::between(1, 9), Count::exactly(5)] {
            t.add(Step { before: Count::ZERO, after, change: None }, Aggregate::Max);
        }
        assert_eq!(t.settled(Aggregate::Max), Count::between(5, 9));
        assert_eq!(t.peak(), Count::between(5, 9));
    }

    #[test]
    fn what_may_be_counted_here_raises_only_the_upper_bound() {
        let mut t = total(&[(0, 4, None)]);
        t.absorb(&total(&[(0, 3, None)]), false);
        assert_eq!((t.after, t.peak()), (Count::between(4, 7), Count::between(4, 7)));
    }

    #[test]
    fn making_a_value_unknown_widens_every_sum() {
        let known =
            Step { before: Count::exactly(1), after: Count::exactly(3), change: Some(Change::Update) };
        for wide in [Count::between(0, 3), Count::at_least(2), Count::at_least(0), Count::between(3, 9)] {
            let (mut a, mut b) = (total(&[(1, 2, None)]), total(&[(1, 2, None)]));
            a.add(known, Aggregate::Sum);
            b.add(Step { after: wide, ..known }, Aggregate::Sum);
            assert!(b.after.contains(a.after), "{wide}");
            assert!(b.peak().contains(a.peak()), "{wide}");
            assert!(b.created.contains(a.created), "{wide}");
        }
    }
}
