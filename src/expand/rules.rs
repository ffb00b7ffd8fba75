//! Conditions with messages: validations, preconditions, postconditions, assertions.

use super::lookup::{FrameLookup, Rep};
use super::{FrameId, Root, Walk};
use crate::eval::{EvalError, EvalResult, Evaluator};
use crate::finding::{Diagnostic, Severity};
use crate::module::{At, Rule, SlotId};
use crate::source::Span;
use crate::syntax::{Node, Part};
use crate::value::{Marks, Type, Value, convert, convert_error_text};

/// What kind of rule it is, in Terraform's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RuleKind {
    Precondition,
    Postcondition,
    Output,
    Assertion,
}

impl RuleKind {
    fn name(self) -> &'static str {
        match self {
            RuleKind::Precondition => "Resource precondition",
            RuleKind::Postcondition => "Resource postcondition",
            RuleKind::Output => "Module output value precondition",
            RuleKind::Assertion => "Check block assertion",
        }
    }
}

/// Where a rule is evaluated.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub frame: FrameId,
    pub rep: Rep<'p>,
    /// What `self` is.
    pub this: Option<&'p Value>,
    /// The variable whose value is tested.
    pub own: Option<(u32, &'p Value)>,
}

impl Root<'_> {
    pub(super) fn eval_in(&self, place: Place<'_>, at: At) -> EvalResult<Value> {
        let module = &self.frame(place.frame).module;
        let file = &module.files[at.file as usize];
        let mut lookup = FrameLookup::new(self, place.frame, module.targets(at.file), place.rep);
        lookup.this = place.this;
        lookup.own = place.own;
        Evaluator::new(&file.arena, file.id, &lookup, self.world()).eval(at.expr)
    }

    fn at(&self, frame: FrameId, at: At) -> Option<Span> {
        Some(self.frame(frame).module.span(at))
    }

    /// Tests rules; what fails is reported. True if nothing did, unknown ones included.
    pub(super) fn test(
        &mut self,
        kind: RuleKind,
        rules: &[Rule],
        place: Place<'_>,
        address: &dyn Fn() -> Option<String>,
    ) -> bool {
        let before = self.failures;
        for rule in rules {
            let (Some(condition), Some(message)) = (rule.condition, rule.message) else { continue };
            let text = self.message(place, message);
            let result = self.eval_in(place, condition);
            let (text, result) = match (text, result) {
                (Ok(text), Ok(result)) => (text, result),
                (text, result) => {
                    for e in [text.err(), result.err()].into_iter().flatten() {
                        self.report(&e, address());
                    }
                    continue;
                }
            };
            let span = self.at(place.frame, condition);
            match verdict(&result, "Invalid condition result", "Condition", span) {
                Err(e) => self.report(&e, address()),
                Ok(Some(true)) => {}
                Ok(None) if kind == RuleKind::Assertion && self.walk == Walk::Plan => {
                    let summary = format!("{} known after apply", kind.name());
                    let detail = "The condition could not be evaluated at this time, a result will be known when this plan is applied.";
                    self.diagnostics.push(Diagnostic::warning(summary, detail, span));
                }
                Ok(None) => {}
                Ok(Some(false)) => {
                    let summary = format!("{} failed", kind.name());
                    let detail = text.unwrap_or_else(|| {
                        "This check failed, but its error message cannot be shown.".to_string()
                    });
                    if kind == RuleKind::Assertion {
                        self.diagnostics.push(Diagnostic::warning(summary, detail, span));
                    } else {
                        self.report(&EvalError::new(summary, detail, span), address());
                    }
                }
            }
        }
        self.failures == before
    }

    /// Returns the text that says what failed; None if it is not to be shown.
    fn message(&mut self, place: Place<'_>, at: At) -> EvalResult<Option<String>> {
        const SUMMARY: &str = "Invalid error message";
        let span = self.at(place.frame, at);
        let value = self.eval_in(place, at)?;
        let value = convert(&value, &Type::String).map_err(|e| {
            let text = convert_error_text(&e);
            EvalError::new(SUMMARY, format!("Unsuitable value for error message: {text}."), span)
        })?;
        let (value, marks) = value.unmark();
        if value.is_null() {
            return Err(EvalError::new(
                SUMMARY,
                "Unsuitable value for error message: must not be null.",
                span,
            ));
        }
        for (mark, name) in [(Marks::SENSITIVE, "sensitive"), (Marks::EPHEMERAL, "ephemeral")] {
            if marks.contains(mark) && !value.is_unknown() {
                let summary = format!("Error message refers to {name} values");
                let detail = format!(
                    "The error expression used to explain this condition refers to {name} values, so Terraform will not display the resulting message."
                );
                self.diagnostics.push(Diagnostic::warning(summary, detail, span));
                return Ok(None);
            }
        }
        Ok((!value.is_unknown()).then(|| self.shown(place.frame, at)))
    }

    /// Returns the text of a message as it is written, without the values in it: those are not for everybody's eyes.
    fn shown(&self, frame: FrameId, at: At) -> String {
        let arena = &self.frame(frame).module.files[at.file as usize].arena;
        match arena.node(at.expr) {
            Node::Literal(Value::String(s)) => s.trim().to_string(),
            Node::Template(parts) => {
                let text = |p: &Part| match p {
                    Part::Text(t) => t.to_string(),
                    Part::Expr(_) | Part::If { .. } | Part::For { .. } => "…".to_string(),
                };
                parts.iter().map(text).collect::<String>().trim().to_string()
            }
            _ => "the condition does not hold".into(),
        }
    }

    /// Evaluates rules without judging what they say: names and types in them have to be right all the same.
    pub(super) fn look_over(
        &mut self,
        rules: &[Rule],
        place: Place<'_>,
        address: &dyn Fn() -> Option<String>,
    ) {
        for at in rules.iter().flat_map(|r| [r.condition, r.message]).flatten() {
            if let Err(e) = self.eval_in(place, at) {
                self.report(&e, address());
            }
        }
    }

    /// Tests the validation rules of a variable; `blame` is where its value was given.
    pub(super) fn validate(&mut self, frame: FrameId, variable: u32, blame: Option<Span>) {
        let module = self.frame(frame).module.clone();
        let value = self.tested_value(frame, variable);
        let place = Place { frame, rep: Rep::None, this: None, own: Some((variable, &value)) };
        for rule in &module.variables[variable as usize].validations {
            let (Some(condition), Some(message)) = (rule.condition, rule.message) else { continue };
            self.validation(place, rule, condition, message, blame);
        }
    }

    /// Returns the value of a variable as its rules see it: as it was given, whatever the block says of its sensitivity.
    fn tested_value(&self, frame: FrameId, variable: u32) -> Value {
        let f = self.frame(frame);
        let declared = &f.module.variables[variable as usize];
        let (value, marks) = self.slot(frame, f.module.variable_slot(variable as usize)).at(0).unmark();
        let given = f.parent.and_then(|(parent, call, place)| {
            let caller = &self.frame(parent).module;
            let input = caller.calls[call as usize].inputs.iter().position(|i| i.name == declared.name)?;
            let slot = SlotId(caller.call_slot(call as usize).0 + 1 + input as u32);
            Some(self.slot(parent, slot).at(place as usize).marks())
        });
        let kept = given.unwrap_or(Marks::NONE).contains(Marks::SENSITIVE) || !declared.sensitive;
        value.mark(if kept { marks } else { marks.without(Marks::SENSITIVE) })
    }

    fn validation(&mut self, place: Place<'_>, rule: &Rule, condition: At, message: At, blame: Option<Span>) {
        let span = self.at(place.frame, condition);
        let result = self.eval_in(place, condition);
        let text = self.eval_in(place, message);
        let text_failed = text.is_err();
        if let Err(e) = &text {
            self.report(e, None);
        }
        let result = match result {
            Ok(result) => result,
            Err(e) => return self.report(&e, None),
        };
        match verdict(&result, "Invalid variable validation result", "Validation condition", span) {
            Ok(Some(false)) => {}
            Ok(_) => return,
            Err(e) => return self.report(&e, None),
        }
        let at = self.at(place.frame, message);
        let mut shown = String::new();
        if let Ok(value) = text {
            if value.is_unknown() {
                if self.walk == Walk::Plan {
                    let detail = "Unsuitable value for error message: expression refers to values that won't be known until the apply phase.";
                    self.report(&EvalError::new("Invalid error message", detail, at), None);
                }
                return;
            }
            shown = self.validation_message(&value, place.frame, message, at);
        }
        if shown.is_empty() {
            shown = if text_failed {
                "Failed to evaluate condition error message.".into()
            } else {
                "The value is refused, without a message.".into()
            };
        }
        let where_from = self.loader.files.locate(rule.span);
        let detail = format!(
            "{shown}\n\nThis was checked by the validation rule at {}:{}.",
            where_from.path, where_from.line
        );
        // Two rules may blame the same value: each is told.
        self.failures += 1;
        let problem = Diagnostic::error("Invalid value for variable", detail, blame);
        if !self.diagnostics.contains(&problem) {
            self.diagnostics.push(problem);
        }
    }

    fn validation_message(&mut self, value: &Value, frame: FrameId, at: At, span: Option<Span>) -> String {
        if value.is_null() {
            return String::new();
        }
        let text = match convert(value, &Type::String) {
            Ok(text) => text,
            Err(e) => {
                let detail = format!("Unsuitable value for error message: {}.", convert_error_text(&e));
                self.report(&EvalError::new("Invalid error message", detail, span), None);
                return String::new();
            }
        };
        let (text, marks) = text.unmark();
        for (mark, name) in [(Marks::SENSITIVE, "sensitive"), (Marks::EPHEMERAL, "ephemeral")] {
            if marks.contains(mark) {
                let detail = format!(
                    "The error expression used to explain this condition refers to {name} values. Terraform will not display the resulting message."
                );
                let summary = format!("Error message refers to {name} values");
                self.report(&EvalError::new(summary, detail, span), None);
                return format!("The error message included a {name} value, so it will not be displayed.");
            }
        }
        if text.is_null() { String::new() } else { self.shown(frame, at) }
    }

    /// True if an error has been reported.
    pub(super) fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }
}

/// Returns what a condition says; None if that is not known.
fn verdict(value: &Value, summary: &str, what: &str, span: Option<Span>) -> EvalResult<Option<bool>> {
    if value.is_unknown() {
        return Ok(None);
    }
    if value.is_null() {
        let detail = format!("{what} expression must return either true or false, not null.");
        return Err(EvalError::new(summary, detail, span));
    }
    match convert(value, &Type::Bool) {
        Ok(v) => Ok(v.as_bool()),
        Err(e) => {
            let detail = format!("Invalid {} value: {}.", what.to_lowercase(), convert_error_text(&e));
            Err(EvalError::new(summary, detail, span))
        }
    }
}
