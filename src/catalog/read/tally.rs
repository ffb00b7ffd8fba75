//! An interval that is being put together, with the first cause of what is open in it.

use super::Measured;
use crate::value::{Cause, CauseKind, Count};

/// An interval under construction.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    pub(super) count: Count,
    pub(super) because: Option<Cause>,
}

impl Tally {
    pub(super) fn exactly(n: u64) -> Tally {
        Tally { count: Count::exactly(n), because: None }
    }

    pub(super) fn unknown(count: Count, cause: Cause) -> Tally {
        Tally { count, because: (!count.is_exact()).then_some(cause) }
    }

    pub(super) fn add(self, other: Tally) -> Tally {
        Tally { count: self.count + other.count, because: self.because.or(other.because) }
    }

    pub(super) fn larger(self, other: Tally) -> Tally {
        Tally { count: self.count.max(other.count), because: self.because.or(other.because) }
    }

    pub(super) fn multiply(self, other: Tally) -> Tally {
        Tally { count: self.count.times(other.count), because: self.because.or(other.because) }
    }

    pub(super) fn plus(self, n: u64) -> Tally {
        Tally { count: self.count + Count::exactly(n), ..self }
    }

    pub(super) fn times(self, n: u64) -> Tally {
        Tally { count: self.count.times(Count::exactly(n)), ..self }
    }

    pub(super) fn opened(self, cause: Cause) -> Tally {
        Tally { count: Count::at_least(self.count.low()), because: self.because.or(Some(cause)) }
    }

    pub(super) fn or_none(self, cause: Cause) -> Tally {
        let because = if self.count.is_zero() { self.because } else { self.because.or(Some(cause)) };
        Tally { count: self.count.or_none(), because }
    }

    /// One or the other: the value may be unset.
    pub(super) fn or(self, n: u64) -> Tally {
        Tally { count: self.count.or(Count::exactly(n)), ..self }
    }

    pub(super) fn done(self) -> Measured {
        let because = if self.count.is_exact() { None } else { self.because };
        Measured { count: self.count, because, texts: Box::default() }
    }
}

/// A cause that no value carries, said by what it is about.
pub(super) fn note(about: &str) -> Cause {
    Cause::new(CauseKind::Unstated, about, None)
}
