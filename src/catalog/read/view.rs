//! One instance as one measure looks at it.

use std::collections::BTreeSet;

use ecow::EcoString;

use super::Attributes;
use super::amounts::{surely_set, text};
use super::conditions::{Answer, meets};
use super::tally::Tally;
use super::walk::{Leaf, anything, is_filled_in, walk};
use crate::catalog::measure::{Measure, Path};
use crate::value::{Cause, Count, Identity, Type, Value};

pub(super) struct View<'a> {
    pub(super) measure: &'a Measure,
    pub(super) attributes: &'a dyn Attributes,
}

impl View<'_> {
    pub(super) fn leaves(&self, path: Path, sink: &mut dyn FnMut(Leaf, Option<&Cause>)) {
        let value = self.attributes.get(path[0]);
        let fills = |depth: usize| is_filled_in(self.measure.resource_type, &path[..=depth]);
        walk(&value, &path[1..], 1, (&|v, depth| self.element_meets(v, depth), &fills), None, sink);
    }

    /// Answers the conditions that are asked at the elements of a block.
    pub(super) fn element_meets(&self, value: &Value, depth: usize) -> Answer {
        let terms = self.measure.filter.iter().filter(|t| !t.at.is_empty() && t.at.len() == depth);
        let mut all = Answer::Yes;
        for term in terms {
            match meets(term, &mut |path, sink| {
                let fills = |depth: usize| {
                    let whole: Vec<&str> = term.at.iter().chain(&path[..=depth]).copied().collect();
                    is_filled_in(self.measure.resource_type, &whole)
                };
                walk(value, path, 0, (&anything, &fills), None, sink);
            }) {
                Answer::Yes => {}
                Answer::No => return Answer::No,
                maybe @ Answer::Maybe(_) => all = maybe,
            }
        }
        all
    }

    /// Conditions are asked at the counted blocks themselves, not at one around them.
    pub(super) fn filters_leaf(&self, path: Path) -> bool {
        self.measure.filter.iter().any(|t| !t.at.is_empty() && t.at.len() == path.len())
    }

    /// Takes the amount of everything at the ends of the paths together.
    pub(super) fn fold(
        &self,
        paths: &[Path],
        amount: impl Fn(&Value) -> Tally,
        join: impl Fn(Tally, Tally) -> Tally,
    ) -> Tally {
        let mut total: Option<Tally> = None;
        let mut may_be_unset = true;
        for path in paths {
            let each = self.filters_leaf(path);
            self.leaves(path, &mut |leaf, doubt| {
                let tally = match leaf {
                    Leaf::Hidden(cause) => Tally::unknown(Count::at_least(0), cause),
                    Leaf::Value(value) => {
                        may_be_unset &= value.is_unknown();
                        if each { self.elements(value, &amount) } else { amount(value) }
                    }
                };
                let tally = match doubt {
                    Some(cause) => tally.or_none(cause.clone()),
                    None => tally,
                };
                total = Some(match total.take() {
                    Some(total) => join(total, tally),
                    None => tally,
                });
            });
        }
        let unset = self.measure.unset;
        match total {
            None => Tally::exactly(unset),
            Some(total) if may_be_unset && unset > 0 => total.or(unset),
            Some(total) => total,
        }
    }

    /// Counts the blocks of a list that meet the conditions.
    pub(super) fn elements(&self, value: &Value, amount: &impl Fn(&Value) -> Tally) -> Tally {
        let Some(items) = value.as_seq() else {
            return amount(value);
        };
        let depth = self.measure.filter.iter().map(|t| t.at.len()).max().unwrap_or(0);
        items.iter().fold(Tally::exactly(0), |total, item| {
            let one = match item.as_unknown() {
                Some(u) => Tally::unknown(Count::between(0, 1), u.why.clone()),
                None => match self.element_meets(item, depth) {
                    Answer::Yes => Tally::exactly(1),
                    Answer::No => Tally::exactly(0),
                    Answer::Maybe(cause) => Tally::unknown(Count::between(0, 1), cause),
                },
            };
            total.add(one)
        })
    }

    pub(super) fn is_unset(&self, path: Path) -> bool {
        let mut found = false;
        self.leaves(path, &mut |_, _| found = true);
        !found
    }

    /// Counts different values at the ends of the paths.
    pub(super) fn distinct(&self, paths: &[Path]) -> Tally {
        let mut known: BTreeSet<EcoString> = BTreeSet::new();
        let mut doubtful: BTreeSet<EcoString> = BTreeSet::new();
        let mut unknown: Vec<Identity> = Vec::new();
        let (mut certain, mut open) = (false, false);
        let mut because = None;
        for path in paths {
            self.leaves(path, &mut |leaf, doubt| {
                let mut one = |value: &Value| match text(value) {
                    Some(text) if text.is_empty() => {}
                    Some(text) => {
                        if doubt.is_none() { &mut known } else { &mut doubtful }.insert(text);
                    }
                    None => {
                        let Some(u) = value.as_unknown() else { return };
                        because.get_or_insert_with(|| u.why.clone());
                        certain |= doubt.is_none() && surely_set(u);
                        if u.ty.is_iterable() || u.ty == Type::Dynamic {
                            open = true;
                        } else if u.is == Identity::Nobody || !unknown.contains(&u.is) {
                            unknown.push(u.is.clone());
                        }
                    }
                };
                match leaf {
                    Leaf::Hidden(cause) => {
                        because.get_or_insert(cause);
                        open = true;
                    }
                    Leaf::Value(value) => match value.as_seq() {
                        Some(items) => items.iter().for_each(&mut one),
                        None => one(value),
                    },
                }
                if let Some(cause) = doubt {
                    because.get_or_insert_with(|| cause.clone());
                }
            });
        }
        let low = known.len().max(usize::from(certain)) as u64;
        let high = known.union(&doubtful).count() + unknown.len();
        let count = if open { Count::at_least(low) } else { Count::between(low, high as u64) };
        Tally { count, because }
    }
}
