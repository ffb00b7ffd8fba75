//! How much is evaluated: endless loops end in an error, not in exhausted time and memory.

use std::cell::Cell;

use super::error::{EvalError, EvalResult};
use crate::source::Span;
use crate::value::Value;

/// Steps that the evaluation of one root module may take. The largest real ones take about a hundredth.
pub const MAX_STEPS: u64 = 50_000_000;

/// Counts steps of evaluation. Counting work, not time, gives every machine the same answer.
#[derive(Debug)]
pub struct Work {
    all: u64,
    left: Cell<u64>,
    told: Cell<bool>,
    /// `&&` and `||` stop at a left side that decides, as from Terraform 1.12 on: what is wrong with the right one
    /// counts for nothing.
    pub(crate) stops: bool,
}

impl Default for Work {
    fn default() -> Work {
        Work::steps(MAX_STEPS)
    }
}

impl Work {
    pub fn steps(steps: u64) -> Work {
        Work { all: steps, left: Cell::new(steps), told: Cell::new(false), stops: false }
    }

    /// The same, with `&&` and `||` that stop at a left side that decides.
    pub fn that_stops(self, stops: bool) -> Work {
        Work { stops, ..self }
    }

    /// Counts steps.
    ///
    /// # Errors
    /// If there are none left: once with a message, then silently, and never caught by `try`.
    #[inline]
    pub(crate) fn spend(&self, steps: u64, span: impl FnOnce() -> Option<Span>) -> EvalResult<()> {
        match self.left.get().checked_sub(steps) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(self.spent(span())),
        }
    }

    #[cold]
    fn spent(&self, span: Option<Span>) -> Box<EvalError> {
        self.left.set(0);
        let detail = format!(
            "All expressions together take more than {} steps: what has not been evaluated by here is undecided; `TF_HEADROOM_MAX_STEPS` raises that",
            self.all
        );
        let mut error = EvalError::new("Too much to evaluate", detail, span);
        error.uncaught = true;
        error.silent = self.told.replace(true);
        error
    }
}

/// Returns how many steps a call of an ordinary function takes.
///
/// Those that only look into a collection take the time that getting there takes; all others see every part of it.
pub(super) fn effort(name: &str, args: &[Value]) -> u64 {
    let of = |v: &Value| match name {
        "length" | "lookup" | "element" | "one" => 1,
        "keys" | "values" | "merge" | "concat" | "slice" | "coalesce" | "coalescelist" | "zipmap" => {
            elements(v) / 4
        }
        _ => u64::from(v.head().nodes) / 4 + text(v) / 64,
    };
    1 + args.iter().map(of).sum::<u64>()
}

/// Returns what making a value has cost, its parts not included.
pub(super) fn size(value: &Value) -> u64 {
    elements(value) / 2 + text(value) / 64
}

fn elements(value: &Value) -> u64 {
    match value.bare() {
        Value::List(s) | Value::Tuple(s) | Value::Set(s) => s.items().len() as u64,
        Value::Map(f) | Value::Object(f) => f.keys().len() as u64,
        _ => 0,
    }
}

fn text(value: &Value) -> u64 {
    value.bare().as_str().map_or(0, |s| s.len() as u64)
}
