//! `variable` blocks, and the conditions that several kinds of blocks hold.

use super::build::{Builder, Merged};
use super::{At, Rule, Variable, slots};
use crate::address::BlockName;
use crate::eval::{TypeConstraint, apply_defaults, constant, parse_type};
use crate::source::Span;
use crate::syntax::{Attr, Block, StepKind, is_identifier};
use crate::value::{Cause, CauseKind, Type, Value, convert, convert_error_text};

/// What a name may look like, in the words of Terraform.
pub(super) const BAD_NAME: &str = "A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.";

/// Arguments and blocks of a `module` block, which no variable of a module may be named after.
const RESERVED: &[&str] = &[
    "source",
    "version",
    "count",
    "for_each",
    "depends_on",
    "providers",
    "_",
    "lifecycle",
    "locals",
    "provider",
];

impl<'a> Builder<'a> {
    pub(super) fn variable(&mut self, m: &Merged<'a>) {
        let label = &m.block.labels[0];
        let span = self.reader.span(m.file, m.block.head_span);
        let label_span = self.reader.span(m.file, label.span);
        self.only(
            m,
            &["description", "default", "type", "sensitive", "ephemeral", "nullable", "deprecated", "const"],
            &["validation"],
        );
        if !is_identifier(&label.text) {
            self.reader.error("Invalid variable name", BAD_NAME, label_span);
        }
        if RESERVED.contains(&label.text.as_str()) {
            let detail = format!(
                "The variable name {:?} is reserved due to its special meaning inside module blocks.",
                label.text
            );
            self.reader.error("Invalid variable name", detail, label_span);
        }
        let detail = format!(
            "A variable named {:?} was already declared. Variable names must be unique within a module.",
            label.text
        );
        if !self.unique("variable", label.text.clone(), span, "Duplicate variable declaration", &detail) {
            return;
        }
        let mut variable = Variable {
            name: label.text.clone(),
            ty: TypeConstraint::any(),
            typed: false,
            default: None,
            nullable: true,
            sensitive: false,
            ephemeral: false,
            constant: false,
            validations: Vec::new(),
            span,
        };
        self.declare(&mut variable, m.file, m.block);
        for (file, block) in &m.over {
            self.override_variable(&mut variable, *file, block);
        }
        self.module.variables.push(variable);
    }

    fn declare(&mut self, variable: &mut Variable, file: u32, block: &'a Block) {
        self.flags(variable, file, block);
        if let Some(attr) = block.body.attr("type") {
            variable.typed = true;
            variable.ty = parse_type(self.reader.file(file).code(), attr.expr, &mut self.reader.diagnostics);
        }
        if let Some(attr) = block.body.attr("default") {
            let value = self.default(file, attr, Some(&variable.ty));
            if value.is_null() && !variable.nullable {
                self.no_null(self.at(file, attr));
            }
            variable.default = Some(value);
        }
        for block in block.body.blocks("validation") {
            let rule = self.rule(file, block);
            self.must_test(&variable.name, &rule);
            variable.validations.push(rule);
        }
    }

    /// Puts the block of an override file over a variable.
    fn override_variable(&mut self, variable: &mut Variable, file: u32, block: &'a Block) {
        self.flags(variable, file, block);
        let ty = block
            .body
            .attr("type")
            .map(|attr| parse_type(self.reader.file(file).code(), attr.expr, &mut self.reader.diagnostics));
        let default = block.body.attr("default").map(|attr| {
            let value = self.default(file, attr, ty.as_ref());
            if value.is_null() && block.body.attr("nullable").is_some() && !variable.nullable {
                self.no_null(self.at(file, attr));
            }
            value
        });
        for block in block.body.blocks("validation") {
            self.no_override(file, block);
        }
        if let Some(ty) = ty {
            variable.typed = true;
            // NOTE: Terraform keeps the defaults inside the type of the base block.
            variable.ty.ty = ty.ty;
        }
        if let Some(default) = default {
            variable.default = Some(default);
        }
        let Some(default) = &variable.default else { return };
        let span = self.reader.span(file, block.head_span);
        match convert(default, &variable.ty.ty) {
            Ok(v) if v.is_null() && !variable.nullable => self.no_null(span),
            Ok(v) => variable.default = Some(v),
            Err(e) => self.reader.error(
                "Invalid default value for variable",
                format!(
                    "With what is overridden here, the default value does not fit the type of the variable: {}.",
                    convert_error_text(&e)
                ),
                span,
            ),
        }
    }

    fn flags(&mut self, variable: &mut Variable, file: u32, block: &'a Block) {
        if let Some(attr) = block.body.attr("description") {
            self.literal(file, attr, &Type::String);
        }
        for (name, flag) in [
            ("sensitive", &mut variable.sensitive),
            ("ephemeral", &mut variable.ephemeral),
            ("nullable", &mut variable.nullable),
            ("const", &mut variable.constant),
        ] {
            if let Some(attr) = block.body.attr(name)
                && let Some(value) = self.literal(file, attr, &Type::Bool).and_then(|v| v.as_bool())
            {
                *flag = value;
            }
        }
    }

    /// Returns the value of a default, converted if the type is known; one that is wrong fits anywhere.
    fn default(&mut self, file: u32, attr: &Attr, ty: Option<&TypeConstraint>) -> Value {
        let span = self.at(file, attr);
        let failed = || {
            let why = Cause::new(CauseKind::Failed, "a default value that is wrong", Some(span));
            Value::unknown(Type::Dynamic, why)
        };
        let value = match constant(self.reader.file(file).code(), attr.expr) {
            Ok(value) => value,
            Err(e) => {
                let mut problem = e.diagnostic();
                problem.span = problem.span.or(Some(span));
                self.reader.diagnostics.push(problem);
                return failed();
            }
        };
        let Some(ty) = ty else { return value };
        let filled = match &ty.defaults {
            Some(d) if !value.is_null() => apply_defaults(&value, d),
            _ => value,
        };
        match convert(&filled, &ty.ty) {
            Ok(v) => v,
            Err(e) => {
                let detail = format!(
                    "This default value is not compatible with the variable's type constraint: {}.",
                    convert_error_text(&e)
                );
                self.reader.error("Invalid default value for variable", detail, span);
                failed()
            }
        }
    }

    fn no_null(&mut self, span: Span) {
        self.reader.error(
            "Invalid default value for variable",
            "A null default value is not valid when nullable=false.",
            span,
        );
    }

    /// Says of a validation that does not mention its variable that it tests nothing.
    fn must_test(&mut self, variable: &str, rule: &Rule) {
        let Some(condition) = rule.condition else { return };
        let file = self.reader.file(condition.file);
        let mut found = false;
        slots::each_ref(&file.arena, condition.expr, &mut |r| {
            let reference = file.arena.reference(r);
            let step = reference.steps.first().map(|s| &s.kind);
            found |= reference.root == "var" && matches!(step, Some(StepKind::Attr(n)) if n == variable);
        });
        if !found {
            let detail = format!(
                "The condition for variable {variable:?} must refer to var.{variable} in order to test incoming values."
            );
            let span = file.arena.span(condition.expr).in_file(file.id);
            self.reader.error("Invalid variable validation condition", detail, span);
        }
    }

    /// Returns the value of an argument that must be known without evaluating anything.
    pub(super) fn literal(&mut self, file: u32, attr: &Attr, ty: &Type) -> Option<Value> {
        let span = self.at(file, attr);
        let value = match constant(self.reader.file(file).code(), attr.expr) {
            Ok(value) => value,
            Err(e) => {
                let mut problem = e.diagnostic();
                problem.span = problem.span.or(Some(span));
                self.reader.diagnostics.push(problem);
                return None;
            }
        };
        let detail = match convert(&value, ty) {
            Ok(v) if v.is_null() => format!("Unsuitable value: {} required", ty.friendly()),
            Ok(v) if !v.is_unknown() => return Some(v),
            Ok(_) => "Unsuitable value: value must be known".to_string(),
            Err(e) => format!("Unsuitable value: {}", convert_error_text(&e)),
        };
        self.reader.error("Unsuitable value type", detail, span);
        None
    }

    /// Reads a block with a condition and the message that says it failed.
    pub(super) fn rule(&mut self, file: u32, block: &'a Block) -> Rule {
        self.fits(file, &block.body, &["condition", "error_message"], &[]);
        let at = |name: &str| block.body.attr(name).map(|a| At { file, expr: a.expr });
        let rule = Rule {
            condition: at("condition"),
            message: at("error_message"),
            span: self.reader.span(file, block.head_span),
        };
        for (name, found) in [("condition", rule.condition), ("error_message", rule.message)] {
            if found.is_none() {
                self.missing_argument(name, rule.span);
            }
        }
        if let Some(condition) = rule.condition {
            let source = self.reader.file(file);
            let mut names = false;
            slots::each_ref(&source.arena, condition.expr, &mut |_| names = true);
            if !names {
                self.reader.error(
                    &format!("Invalid {} expression", block.kind),
                    "The condition expression must refer to at least one object from elsewhere in the configuration, or else its result would not be checking anything.",
                    source.arena.span(condition.expr).in_file(source.id),
                );
            }
        }
        rule
    }

    /// Reads the conditions of a block; override files cannot change them.
    pub(super) fn rules(&mut self, m: &Merged<'a>, kind: &'a str) -> Vec<Rule> {
        for (file, block) in &m.over {
            for rule in block.body.blocks(kind) {
                self.no_override(*file, rule);
            }
        }
        m.block.body.blocks(kind).map(|b| self.rule(m.file, b)).collect()
    }

    pub(super) fn no_override(&mut self, file: u32, block: &Block) {
        let span = self.reader.span(file, block.head_span);
        self.reader.error(
            &format!("Can't override {} blocks", block.kind),
            format!("Override files cannot override {:?} blocks.", block.kind),
            span,
        );
    }

    /// Refuses a condition of a resource that mentions the resource by name: `self` is the way to do so.
    pub(super) fn not_itself(&mut self, kind: &str, name: &BlockName, rule: &Rule) {
        for at in [rule.condition, rule.message].into_iter().flatten() {
            let file = self.reader.file(at.file);
            let text = name.to_string();
            let mut found = false;
            slots::each_ref(&file.arena, at.expr, &mut |r| {
                let reference = file.arena.reference(r);
                let mut path = reference.root.to_string();
                let wanted = text.split('.').count() - 1;
                for step in reference.steps.iter().take(wanted) {
                    if let StepKind::Attr(n) = &step.kind {
                        path.push('.');
                        path.push_str(n);
                    }
                }
                found |= path == text || path.strip_prefix("resource.") == Some(&text);
            });
            if found {
                self.reader.error(
                    &format!("Invalid reference in {kind}"),
                    format!("Configuration for {name} may not refer to itself."),
                    file.arena.span(at.expr).in_file(file.id),
                );
            }
        }
    }
}
