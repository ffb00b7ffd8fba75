//! The one place where an attribute becomes a number.
//!
//! In: a view of one instance's attributes. Out: an interval and, if something unknown widened it, the first cause.
//! An unknown never counts as nothing: it gives the bounds that are known of it.

mod amounts;
mod conditions;
mod tally;
#[cfg(test)]
mod tests;
mod view;
mod walk;

use std::collections::BTreeSet;

use ecow::EcoString;

use amounts::{
    bytes, characters, decoded_bytes, json_bytes, json_part, length, map_as_json, named_within, number, text,
    vcpus, without_space,
};
pub use conditions::Answer;
use conditions::{blinds, instance_meets};
use tally::{Tally, note};
use view::View;
use walk::Leaf;

use super::measure::{Amount, FilterTerm, Measure, Path, Table};
use crate::value::{Cause, Count, ObjectId, Value};

/// What a reader shows of one resource instance.
///
/// Nested blocks are lists, sets or tuples of objects, a single one an object. Marks do not matter: amounts are lengths and
/// numbers, and no text leaves this module.
pub trait Attributes {
    /// Returns a top-level attribute or block; null if nobody sets it, also where the provider then chooses the value.
    fn get(&self, name: &str) -> Value;

    /// Returns what lies behind an attribute that names a parent: the attribute of the parent, or of the parent's parent …,
    /// that the steps lead to, null if it is not set there. None: the parent cannot be looked at.
    fn through(&self, attribute: &str, steps: &[(&str, &str)]) -> Option<Value> {
        let _ = (attribute, steps);
        None
    }

    /// Returns the resource type of an object that an unknown value stands for. None: not known.
    fn resource_type(&self, object: ObjectId) -> Option<EcoString> {
        let _ = object;
        None
    }
}

/// An amount in base units of its quota.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    pub count: Count,
    /// What was unknown first. None: nothing was; the count may be an interval all the same.
    pub because: Option<Cause>,
    /// The known texts, sorted, where instances are compared by text: [`Amount::Distinct`] and [`Amount::MaxSame`].
    pub texts: Box<[EcoString]>,
}

impl Measure {
    /// Returns what an instance contributes to each of its scopes.
    ///
    /// ```
    /// use tf_headroom::catalog::{self, Attributes};
    /// use tf_headroom::value::{Count, Value};
    ///
    /// struct Nothing;
    /// impl Attributes for Nothing {
    ///     fn get(&self, _: &str) -> Value { Value::NULL }
    /// }
    /// let queues = catalog::quota("connect", "L-19A87C94").unwrap();
    /// assert_eq!(queues.measures[0].read(&Nothing).count, Count::exactly(1));
    /// ```
    pub fn read(&self, attributes: &dyn Attributes) -> Measured {
        self.read_where(attributes, |term| instance_meets(term, self.resource_type, attributes))
    }

    /// Returns the same if all conditions on parents hold that the attributes alone do not decide.
    ///
    /// For a reader that knows the parents later: [`Measure::parent_conditions`] are then its own to ask.
    pub fn read_apart(&self, attributes: &dyn Attributes) -> Measured {
        self.read_where(attributes, |term| match (term.is_about_parent(), term.steps) {
            (false, _) => instance_meets(term, self.resource_type, attributes),
            (true, []) => match instance_meets(term, self.resource_type, attributes) {
                Answer::Maybe(_) => Answer::Yes,
                decided => decided,
            },
            (true, _) => Answer::Yes,
        })
    }

    /// Returns the conditions that ask something of a parent.
    pub fn parent_conditions(&self) -> impl Iterator<Item = &'static FilterTerm> {
        self.filter.iter().filter(|term| term.is_about_parent())
    }

    fn read_where(&self, attributes: &dyn Attributes, meets: impl Fn(&FilterTerm) -> Answer) -> Measured {
        let whole = self.filter.iter().filter(|term| term.at.is_empty());
        let mut doubt = None;
        for term in whole {
            match meets(term) {
                Answer::Yes => {}
                Answer::No => return Tally::exactly(0).done(),
                Answer::Maybe(cause) => doubt = doubt.or(Some(cause)),
            }
        }
        let mut tally = self.amount(attributes).plus(self.plus).times(self.factor);
        for path in self.blind {
            if let Some(cause) = blinds(attributes, self.resource_type, path) {
                tally = tally.opened(cause);
            }
        }
        let tally = match doubt {
            Some(cause) => tally.or_none(cause),
            None => tally,
        };
        Measured { texts: self.texts(attributes), ..tally.done() }
    }

    fn texts(&self, attributes: &dyn Attributes) -> Box<[EcoString]> {
        let one;
        let paths: &[Path] = match self.amount {
            Amount::Distinct(paths) => paths,
            Amount::MaxSame(path) => {
                one = [path];
                &one
            }
            _ => return Box::default(),
        };
        let mut texts = BTreeSet::new();
        let view = View { measure: self, attributes };
        for path in paths {
            view.leaves(path, &mut |leaf, _| {
                let Leaf::Value(value) = leaf else { return };
                match value.as_seq() {
                    Some(items) => texts.extend(items.iter().filter_map(text)),
                    None => texts.extend(text(value)),
                }
            });
        }
        texts.into_iter().filter(|t| !t.is_empty()).collect()
    }

    fn amount(&self, attributes: &dyn Attributes) -> Tally {
        let view = View { measure: self, attributes };
        match self.amount {
            // Each parent that the list names is a scope of its own and gets one.
            Amount::One | Amount::Each(_) | Amount::MaxSame(_) => Tally::exactly(1),
            Amount::Value(path) => view.fold(&[path], number, Tally::add),
            Amount::Sum(paths) => view.fold(paths, number, Tally::add),
            Amount::Max(path) => view.fold(&[path], number, Tally::larger),
            Amount::Product(factors) => factors
                .iter()
                .map(|(path, plus)| view.fold(&[*path], number, Tally::add).plus(*plus))
                .reduce(Tally::multiply)
                .unwrap_or_else(|| Tally::exactly(0)),
            Amount::Len(paths) => view.fold(paths, length, Tally::add),
            Amount::MaxLen(path) => view.fold(&[path], length, Tally::larger),
            Amount::Chars(paths) => view.fold(paths, characters, Tally::add),
            Amount::MaxChars(path) => view.fold(&[path], characters, Tally::larger),
            Amount::NoSpace(path) => view.fold(&[path], without_space, Tally::add),
            Amount::Bytes(paths) => view.fold(paths, bytes, Tally::add),
            Amount::JsonBytes(path) => view.fold(&[path], json_bytes, Tally::add),
            Amount::Base64(path) => view.fold(&[path], decoded_bytes, Tally::add),
            Amount::JsonLen(path) => view.fold(&[path], map_as_json, Tally::add),
            Amount::Json(path, part) => view.fold(&[path], |v| json_part(v, part), Tally::add),
            Amount::Deep(path, names) => view.fold(&[path], |v| named_within(v, names), Tally::add),
            Amount::Distinct(paths) => view.distinct(paths),
            Amount::Weight(path, Table::VirtualCpus) => {
                if view.is_unset(path) {
                    return Tally::exactly(1).opened(note(&path.join(".")));
                }
                view.fold(&[path], vcpus, Tally::add)
            }
        }
    }
}
