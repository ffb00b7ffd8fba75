//! Why an expression has no value.

use ecow::EcoString;

use crate::finding::Diagnostic;
use crate::source::Span;

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
        })
    }

    /// Joins what was found before with what is found now.
    pub(super) fn after(self: Box<EvalError>, before: Option<Box<EvalError>>) -> Box<EvalError> {
        let Some(mut first) = before else { return self };
        first.uncaught |= self.uncaught;
        first.more.push(*self);
        first
    }

    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(self.summary.clone(), self.detail.clone(), self.span)
    }
}
