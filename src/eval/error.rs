//! Why an expression has no value.

use ecow::EcoString;

use crate::finding::Diagnostic;
use crate::source::Span;
use crate::value::{Cause, CauseKind, Type, Value};

/// The result of an evaluation.
pub type EvalResult<T> = Result<T, Box<EvalError>>;

/// An error as Terraform reports it.
#[derive(Clone, Debug, PartialEq)]
pub struct EvalError {
    /// Terraform's summary: "Invalid function argument".
    pub summary: EcoString,
    /// What is wrong, for people.
    pub detail: String,
    pub span: Option<Span>,
    /// True for a failed reference, which `try` and `can` do not catch.
    pub uncaught: bool,
    /// True if it was reported already where it happened.
    pub silent: bool,
    /// What is wrong besides, in other parts of the same expression.
    pub more: Vec<EvalError>,
    /// The type that the expression has all the same: `1 + "x"` is a number.
    pub ty: Type,
}

impl EvalError {
    pub fn new(
        summary: impl Into<EcoString>,
        detail: impl Into<String>,
        span: Option<Span>,
    ) -> Box<EvalError> {
        Box::new(EvalError {
            summary: summary.into(),
            detail: detail.into(),
            span,
            uncaught: false,
            silent: false,
            more: Vec::new(),
            ty: Type::Dynamic,
        })
    }

    /// Joins what was found before with what is found now.
    pub(super) fn after(self: Box<EvalError>, before: Option<Box<EvalError>>) -> Box<EvalError> {
        let Some(mut first) = before else { return self };
        first.uncaught |= self.uncaught;
        first.more.push(*self);
        first
    }

    /// Says what type there is in spite of it.
    pub(super) fn typed(mut self: Box<EvalError>, ty: Type) -> Box<EvalError> {
        self.ty = ty;
        self
    }

    /// Returns what stands for the value that failed, in what it is a part of.
    pub(super) fn stand_in(&self) -> Value {
        Value::unknown(self.ty.clone(), Cause::new(CauseKind::Failed, "", self.span))
    }

    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(self.summary.clone(), self.detail.clone(), self.span)
    }
}
