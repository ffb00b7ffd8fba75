//! How often a block stands: `count`, `for_each`, and `enabled` of OpenTofu.

use super::build::{Builder, Merged};
use super::{At, Repeat};
use crate::finding::Diagnostic;
use crate::source::{FileId, Span};
use crate::syntax::Body;

impl<'a> Builder<'a> {
    /// Reads `count`, `for_each` and `enabled`; if override files leave several, they hold in this order.
    pub(super) fn repeat(&mut self, m: &Merged<'a>) -> Repeat {
        let (mut count, mut each, mut enabled) = (None, None, None);
        for (file, block) in m.all() {
            let [c, e] = ["count", "for_each"].map(|name| block.body.attr(name));
            let lifecycle = block.body.blocks("lifecycle");
            let on = lifecycle.filter_map(|b| b.body.attr("enabled")).next();
            if let (Some(_), Some(e)) = (c, e) {
                let span = self.reader.span(file, e.name_span);
                self.reader.error(
                    "Invalid combination of \"count\" and \"for_each\"",
                    "The \"count\" and \"for_each\" meta-arguments are mutually-exclusive, only one should be used to be explicit about the number of resources to be created.",
                    span,
                );
            }
            if let (Some(other), Some(on)) = (c.or(e), on) {
                let span = self.reader.span(file, on.name_span);
                self.reader.error(
                    &format!("Invalid combination of {:?} and \"enabled\"", other.name),
                    format!(
                        "The {:?} and \"enabled\" meta-arguments are mutually-exclusive: one of them says how many instances there are.",
                        other.name
                    ),
                    span,
                );
            }
            count = c.map(|a| At { file, expr: a.expr }).or(count);
            each = e.map(|a| At { file, expr: a.expr }).or(each);
            enabled = on.map(|a| At { file, expr: a.expr }).or(enabled);
        }
        match (count, each, enabled) {
            (Some(count), _, _) => Repeat::Count(count),
            (None, Some(each), _) => Repeat::ForEach(each),
            (None, None, Some(enabled)) => Repeat::Enabled(enabled),
            (None, None, None) => Repeat::Once,
        }
    }

    /// True if a `lifecycle` block has OpenTofu's `enabled`.
    ///
    /// <https://opentofu.org/docs/language/meta-arguments/enabled/>
    pub(super) fn takes_enabled(&mut self, file: u32, lifecycle: &Body) -> bool {
        let Some(attr) = lifecycle.attr("enabled") else { return false };
        let span = self.reader.span(file, attr.name_span);
        if self.opentofu_alone(file, "Argument of OpenTofu alone", "`enabled` in a `lifecycle` block", span) {
            self.newer_argument("enabled", span);
        }
        true
    }

    /// Says that Terraform refuses something, where Terraform reads the file as well; false: it does not.
    pub(super) fn opentofu_alone(&mut self, file: u32, summary: &str, what: &str, span: Span) -> bool {
        let shared = !self.is_of_opentofu(self.reader.file(file).id);
        if shared {
            self.reader.diagnostics.push(Diagnostic::warning(
                summary,
                format!("OpenTofu takes {what}, and so it is read; Terraform refuses it. A file that ends in `.tofu` is read by OpenTofu alone"),
                Some(span),
            ));
        }
        shared
    }

    /// True for a file that OpenTofu alone reads.
    pub(super) fn is_of_opentofu(&self, file: FileId) -> bool {
        self.texts.get(&file).is_some_and(|f| f.path.ends_with(".tofu") || f.path.ends_with(".tofu.json"))
    }
}
