//! Which names an expression may use where it stands.

use crate::address::Mode;
use crate::finding::Diagnostic;
use crate::module::{At, BodyItem, Module, Repeat, Resource, Target};
use crate::syntax::{Reference, StepKind};

/// Which of the names that depend on the place may be used in an expression.
#[derive(Clone, Copy, Default)]
pub(super) struct Scope {
    pub count: bool,
    pub each: bool,
    pub this: bool,
    /// The `check` block it stands in.
    pub check: Option<u32>,
    /// True if `self` is a `terraform_data`, of which all attributes are known.
    pub builtin: bool,
}

/// True if the first step after `self`, if any, is an attribute of `terraform_data`.
fn has_attribute(reference: &Reference) -> bool {
    match reference.steps.first().map(|s| &s.kind) {
        Some(StepKind::Attr(n)) => matches!(n.as_str(), "id" | "input" | "output" | "triggers_replace"),
        _ => true,
    }
}

impl Scope {
    pub fn of(repeat: Repeat) -> Scope {
        Scope {
            count: matches!(repeat, Repeat::Count(_)),
            each: matches!(repeat, Repeat::ForEach(_)),
            ..Scope::default()
        }
    }

    pub fn with_this(self) -> Scope {
        Scope { this: true, ..self }
    }
}

pub(super) fn is_data(resource: &Resource) -> bool {
    resource.name.mode == Mode::Managed && resource.name.ty == "terraform_data"
}

pub(super) fn expressions(items: &[BodyItem]) -> Vec<At> {
    let mut ats = Vec::new();
    items.iter().for_each(|item| item.expressions(&mut |at| ats.push(at)));
    ats
}

/// Lists what is wrong with the names in some expressions that are evaluated together.
pub(super) fn wrong_names(module: &Module, ats: &[At], scope: Scope) -> Vec<Diagnostic> {
    // Terraform looks for resources and modules first, and if one is missing no further.
    let (mut parsing, mut declared, mut dynamic) = (Vec::new(), Vec::new(), Vec::new());
    for at in ats {
        let file = &module.files[at.file as usize];
        module.references(*at, &mut |_, reference, resolved| {
            let span = Some(reference.span.in_file(file.id));
            match &resolved.target {
                Target::Invalid(problem) => {
                    let root = reference.root.as_str();
                    let plain = matches!(root, "var" | "local" | "each" | "count" | "path" | "terraform");
                    let bare = !matches!(reference.steps.first().map(|s| &s.kind), Some(StepKind::Attr(_)));
                    if problem.summary == "Invalid reference" || problem.summary == "Reserved symbol name" {
                        parsing.push((**problem).clone());
                        if plain && bare {
                            // NOTE: Terraform goes on with an empty name, and says so without a place.
                            let detail = format!("`{root}` has no attribute whose name is empty");
                            dynamic.push(Diagnostic::error(format!("Invalid {root:?} attribute"), detail, None));
                        }
                    } else if plain {
                        dynamic.push((**problem).clone());
                    } else {
                        declared.push((**problem).clone());
                    }
                }
                Target::Resource(i) => {
                    let check = module.resources[*i as usize].check;
                    if check.is_some() && check != scope.check {
                        let name = &module.resources[*i as usize].name;
                        let detail = format!("The referenced resource {name} is not available from this context.");
                        declared.push(Diagnostic::error("Reference to scoped resource", detail, span));
                    }
                }
                Target::SelfObject if !scope.this => declared.push(Diagnostic::error(
                    "Invalid \"self\" reference",
                    "The \"self\" object is not available in this context. This object can be used only in resource provisioner, connection, and postcondition blocks.",
                    span,
                )),
                Target::SelfObject if scope.builtin && !has_attribute(reference) => {
                    let detail = "This object has no argument, nested block, or exported attribute of that name.";
                    declared.push(Diagnostic::error("Unsupported attribute", detail, span));
                }
                Target::CountIndex if !scope.count => dynamic.push(Diagnostic::error(
                    "Reference to \"count\" in non-counted context",
                    "The \"count\" object can only be used in \"module\", \"resource\", and \"data\" blocks, and only when the \"count\" argument is set.",
                    span,
                )),
                Target::EachKey if !scope.each => dynamic.push(Diagnostic::error(
                    "Reference to \"each\" in context without for_each",
                    "The \"each\" object can be used only in \"module\" or \"resource\" blocks, and only when the \"for_each\" argument is set.",
                    span,
                )),
                Target::EachValue if !scope.each => dynamic.push(Diagnostic::error(
                    "each.value cannot be used in this context",
                    "A reference to \"each.value\" has been used in a context in which it is unavailable, such as when the \"for_each\" argument is not set.",
                    span,
                )),
                _ => {}
            }
        });
    }
    parsing.extend(if declared.is_empty() { dynamic } else { declared });
    parsing
}
