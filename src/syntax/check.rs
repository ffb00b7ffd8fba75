//! What Terraform says of a text that it refuses.

use super::normalise::Grammar;
use crate::finding::Diagnostic;
use crate::source::{FileId, Span};

/// Returns Terraform's first complaint about the text, if it has one.
pub(super) fn check(_text: &str, _grammar: Grammar, _file: FileId) -> Option<Diagnostic> {
    None
}

/// What hcl-edit refuses although Terraform, as far as we know, would not.
pub(super) fn unexplained(message: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "Invalid syntax",
        format!("The parser cannot read this: {message}"),
        Some(span),
    )
}

/// Moves an error that was found in a part of the file.
pub(super) fn moved(mut error: Diagnostic, by: u32) -> Diagnostic {
    if let Some(span) = &mut error.span {
        span.start += by;
        span.end += by;
    }
    error
}
