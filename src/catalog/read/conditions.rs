//! Conditions: whether an instance, or a block of it, is counted at all.

use super::Attributes;
use super::amounts::{length, text};
use super::tally::note;
use super::walk::{Leaf, anything, is_filled_in, walk};
use crate::catalog::facts::canonical;
use crate::catalog::measure::{FilterTerm, Path, Test};
use crate::value::{Candidate, Cause, Number, Value};

/// Whether a condition holds.
#[derive(Clone, Debug)]
pub enum Answer {
    Yes,
    No,
    Maybe(Cause),
}

impl Answer {
    pub(super) fn of(holds: bool) -> Answer {
        if holds { Answer::Yes } else { Answer::No }
    }

    /// Both have to hold.
    pub fn and(self, other: Answer) -> Answer {
        match (self, other) {
            (Answer::No, _) | (_, Answer::No) => Answer::No,
            (maybe @ Answer::Maybe(_), _) | (_, maybe) => maybe,
        }
    }

    /// It is one or the other, nobody knows which.
    pub fn or_else(self, other: Answer, cause: impl FnOnce() -> Cause) -> Answer {
        match (self, other) {
            (Answer::Yes, Answer::Yes) => Answer::Yes,
            (Answer::No, Answer::No) => Answer::No,
            (maybe @ Answer::Maybe(_), _) | (_, maybe @ Answer::Maybe(_)) => maybe,
            _ => Answer::Maybe(cause()),
        }
    }
}

impl FilterTerm {
    /// True if it asks for something that only the parent tells.
    pub fn is_about_parent(&self) -> bool {
        self.at.is_empty() && (!self.steps.is_empty() || matches!(self.test, Test::Arn { .. }))
    }

    /// Asks it of what its steps lead to; null: it is not set there.
    pub fn asks(&self, value: &Value) -> Answer {
        meets(self, &mut |_, sink| {
            walk(value, &[], 0, (&anything, &|_| true), None, sink);
        })
    }

    /// Asks it of the type of the parent.
    pub fn asks_type(&self, kind: &str) -> Answer {
        match self.test {
            Test::Arn { resource_type, .. } => Answer::of(canonical(kind) == resource_type),
            _ => Answer::Yes,
        }
    }
}

pub(super) fn instance_meets(term: &FilterTerm, resource_type: &str, attributes: &dyn Attributes) -> Answer {
    if let Test::Arn { service, resource_type } = term.test {
        return refers_to(&attributes.get(term.paths[0][0]), service, resource_type, attributes);
    }
    if !term.steps.is_empty() {
        let name = term.paths[0][0];
        return match attributes.through(name, term.steps) {
            Some(value) => term.asks(&value),
            None => Answer::Maybe(attributes.get(name).cause().unwrap_or_else(|| note(name))),
        };
    }
    meets(term, &mut |path, sink| {
        let value = attributes.get(path[0]);
        let fills = |depth: usize| is_filled_in(resource_type, &path[..=depth]);
        walk(&value, &path[1..], 1, (&anything, &fills), None, sink);
    })
}

pub(super) type Sink<'a> = &'a mut dyn FnMut(Leaf, Option<&Cause>);

/// Asks a condition of everything at the ends of its paths: one that fits is enough.
pub(super) fn meets(term: &FilterTerm, leaves: &mut dyn FnMut(&[&str], Sink)) -> Answer {
    let (mut yes, mut no) = (false, false);
    let mut maybe: Option<Cause> = None;
    for path in term.paths {
        leaves(path, &mut |leaf, _| match leaf {
            Leaf::Hidden(cause) => {
                maybe.get_or_insert(cause);
            }
            Leaf::Value(value) => {
                let mut ask = |value: &Value| match fits(term.test, value) {
                    None => {}
                    Some(Answer::Yes) => yes = true,
                    Some(Answer::No) => no = true,
                    Some(Answer::Maybe(cause)) => {
                        maybe.get_or_insert(cause);
                    }
                };
                match value.as_seq() {
                    Some(items) if !matches!(term.test, Test::Set | Test::Unset) => {
                        items.iter().for_each(&mut ask);
                    }
                    _ => ask(value),
                }
            }
        });
    }
    match (term.test, maybe) {
        // For these every value has to fit, not one.
        (Test::Not(_) | Test::Unset, _) if no => Answer::No,
        (Test::Not(_) | Test::Unset, Some(cause)) => Answer::Maybe(cause),
        _ if yes => Answer::Yes,
        (_, Some(cause)) => Answer::Maybe(cause),
        _ if no => Answer::No,
        // Where no type is stated, a launch template or an image brings it.
        (Test::Family(_), None) => Answer::Maybe(note(&term.paths[0].join("."))),
        (_, None) => Answer::of(term.or_unset),
    }
}

/// Asks a condition of one value. None: as good as not set.
pub(super) fn fits(test: Test, value: &Value) -> Option<Answer> {
    let text = match (test, value.as_unknown()) {
        (Test::Set | Test::Unset, _) => {
            let wants_set = matches!(test, Test::Set);
            let length = length(value);
            let zero = value.as_number().is_some_and(Number::is_zero);
            return Some(match (length.count.low(), length.count.high()) {
                (0, Some(0)) => Answer::of(!wants_set),
                _ if zero => Answer::of(!wants_set),
                (0, _) => Answer::Maybe(length.because.unwrap_or_else(Cause::unstated)),
                _ => Answer::of(wants_set),
            });
        }
        (Test::Is(values), Some(u)) => {
            let prefix = u.refine.prefix.as_str();
            let possible = values.iter().any(|v| v.starts_with(prefix));
            return Some(if possible { Answer::Maybe(u.why.clone()) } else { Answer::No });
        }
        (_, Some(u)) => return Some(Answer::Maybe(u.why.clone())),
        (_, None) => text(value)?,
    };
    if text.is_empty() {
        return None;
    }
    Some(Answer::of(match test {
        Test::Is(values) => values.contains(&text.as_str()),
        Test::Not(values) => !values.contains(&text.as_str()),
        Test::Family(families) => {
            let family = text.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default();
            families.contains(&family)
        }
        Test::Set | Test::Unset | Test::Arn { .. } => false,
    }))
}

/// Whether a value is the ARN of an object of that service, or stands for an object of that type.
pub(super) fn refers_to(
    value: &Value,
    service: &str,
    resource_type: &str,
    attributes: &dyn Attributes,
) -> Answer {
    let text_fits = |text: &str| Answer::of(text.split(':').nth(2) == Some(service));
    if value.is_null() {
        return Answer::No;
    }
    let Some(unknown) = value.as_unknown() else {
        return text(value).map_or(Answer::No, |text| text_fits(&text));
    };
    let maybe = || Answer::Maybe(unknown.why.clone());
    let Some(candidates) = unknown.is.candidates() else {
        return maybe();
    };
    let answers = candidates.iter().map(|candidate| match candidate {
        Candidate::Text(text) => text_fits(text),
        Candidate::Is(referent) => match attributes.resource_type(referent.object) {
            Some(found) => Answer::of(canonical(&found) == resource_type),
            None => maybe(),
        },
    });
    // Several candidates have to agree.
    answers
        .reduce(|a, b| match (&a, &b) {
            (Answer::Yes, Answer::Yes) | (Answer::No, Answer::No) => a,
            _ => maybe(),
        })
        .unwrap_or_else(maybe)
}

/// Returns why an attribute opens the count: it is set, or may be.
pub(super) fn blinds(attributes: &dyn Attributes, resource_type: &str, path: Path) -> Option<Cause> {
    let value = attributes.get(path[0]);
    let mut because = None;
    let fills = |depth: usize| is_filled_in(resource_type, &path[..=depth]);
    walk(&value, &path[1..], 1, (&anything, &fills), None, &mut |leaf, _| match leaf {
        Leaf::Hidden(cause) => {
            because.get_or_insert(cause);
        }
        Leaf::Value(value) => {
            let length = length(value);
            if !length.count.is_zero() {
                because.get_or_insert(length.because.unwrap_or_else(|| note(&path.join("."))));
            }
        }
    });
    because
}
