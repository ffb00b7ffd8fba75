//! Reads arguments of settings blocks and says what is wrong with them.

use ecow::EcoString;

use crate::date::Date;
use crate::eval::{Evaluator, NoNames, World};
use crate::finding::Diagnostic;
use crate::source::Span;
use crate::syntax::{Attr, Block, Body, File, Node, Stretch};
use crate::value::Value;
use crate::words::{list, nearest};

/// Reads the blocks of one file and collects what is wrong.
pub(super) struct Reader<'a> {
    pub file: &'a File,
    world: World<'a>,
    pub problems: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    pub fn new(file: &'a File, world: World<'a>) -> Reader<'a> {
        Reader { file, world, problems: Vec::new() }
    }

    pub fn world(&self) -> World<'a> {
        self.world
    }

    pub fn span(&self, stretch: Stretch) -> Span {
        stretch.in_file(self.file.id)
    }

    pub fn wrong(&mut self, at: Stretch, summary: &str, detail: impl Into<String>, help: Option<String>) {
        let mut problem = Diagnostic::error(summary, detail, Some(self.span(at)));
        problem.help = help;
        self.problems.push(problem);
    }

    /// Complains about arguments and blocks that are not among these.
    pub fn only(&mut self, body: &Body, place: &str, arguments: &[&str], blocks: &[&str]) {
        for attr in body.attrs.iter().filter(|a| !arguments.contains(&a.name.as_str())) {
            let detail = format!("`{}` is not an argument of {place}", attr.name);
            let help = meant(&attr.name, arguments).unwrap_or_else(|| expected(arguments));
            self.wrong(attr.name_span, "Unsupported argument", detail, Some(help));
        }
        for block in body.blocks.iter().filter(|b| !blocks.contains(&b.kind.as_str())) {
            let detail = format!("`{}` is not a block of {place}", block.kind);
            let help = match meant(&block.kind, blocks) {
                Some(help) => Some(help),
                None if arguments.contains(&block.kind.as_str()) => {
                    Some(format!("it is an argument: `{} = …`", block.kind))
                }
                None if blocks.is_empty() => None,
                None => Some(expected(blocks)),
            };
            self.wrong(block.kind_span, "Unsupported block", detail, help);
        }
    }

    /// Returns the labels of a block; None, and a complaint, if there are more or fewer.
    pub fn labels<const N: usize>(&mut self, block: &Block, names: [&str; N]) -> Option<[EcoString; N]> {
        if block.labels.len() == N {
            return Some(std::array::from_fn(|i| block.labels[i].text.clone()));
        }
        let wants = match N {
            0 => "no labels".to_owned(),
            1 => format!("one label, {}", names[0]),
            _ => format!("{N} labels, {}", list(&names)),
        };
        let detail = format!("a `{}` block has {wants}, not {}", block.kind, block.labels.len());
        self.wrong(block.head_span, "Wrong labels", detail, None);
        None
    }

    /// Evaluates an argument. None: it is not set, is null, or failed and was complained about.
    pub fn value(&mut self, body: &Body, name: &str) -> Option<(Value, Stretch)> {
        let attr = body.attr(name)?;
        let value = self.evaluate(attr)?;
        (!value.is_null()).then_some((value, attr.span))
    }

    fn evaluate(&mut self, attr: &Attr) -> Option<Value> {
        // A value that could not be read was complained about by the parser.
        let mut failed = false;
        self.file.arena.walk(attr.expr, &mut |_, node| failed |= matches!(node, Node::Failed(_)));
        if failed {
            return None;
        }
        match Evaluator::new(&self.file.arena, self.file.id, &NoNames, self.world).eval(attr.expr) {
            Ok(value) if value.is_wholly_known() => Some(value.unmark_deep().0),
            Ok(_) => {
                self.wrong(
                    attr.span,
                    "Settings are constant",
                    format!("the value of `{}` is not known", attr.name),
                    None,
                );
                None
            }
            Err(error) => {
                let mut problem = error.diagnostic();
                problem.span = problem.span.or(Some(self.span(attr.span)));
                if error.summary == "Variables not allowed" {
                    problem.help = Some("settings are constant: write the value itself".into());
                }
                self.problems.push(problem);
                None
            }
        }
    }

    pub fn text(&mut self, body: &Body, name: &str) -> Option<EcoString> {
        let (value, at) = self.value(body, name)?;
        match value.bare() {
            Value::String(text) => Some(text.clone()),
            _ => self.mistyped(name, "a text", at),
        }
    }

    pub fn flag(&mut self, body: &Body, name: &str) -> Option<bool> {
        let (value, at) = self.value(body, name)?;
        match value.bare() {
            Value::Bool(b) => Some(*b),
            _ => self.mistyped(name, "`true` or `false`", at),
        }
    }

    /// Returns a number that is not below zero.
    pub fn number(&mut self, body: &Body, name: &str) -> Option<f64> {
        let (value, at) = self.value(body, name)?;
        match value.as_number() {
            Some(n) if !n.is_negative() && n.to_f64().is_finite() => Some(n.to_f64()),
            _ => self.mistyped(name, "a number, zero or more", at),
        }
    }

    /// Returns the value of a quota.
    pub fn quota_value(&mut self, body: &Body, name: &str) -> Option<f64> {
        // https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_RequestServiceQuotaIncrease.html
        const MOST: f64 = 10_000_000_000.0;
        let (value, at) = self.value(body, name)?;
        match value.as_number() {
            Some(n) if !n.is_negative() && n.to_f64() <= MOST => Some(n.to_f64()),
            _ => {
                self.mistyped(name, "a number from 0 to 10000000000, the most that AWS can be asked for", at)
            }
        }
    }

    /// Returns a list of texts; a single text is a list of one.
    pub fn texts(&mut self, body: &Body, name: &str) -> Option<Vec<EcoString>> {
        let (value, at) = self.value(body, name)?;
        match texts_of(&value) {
            Some(texts) => Some(texts),
            None => self.mistyped(name, "a list of texts", at),
        }
    }

    pub fn date(&mut self, body: &Body, name: &str) -> Option<Date> {
        let text = self.text(body, name)?;
        let date = Date::parse(&text);
        if date.is_none() {
            let at = body.attr(name).map(|a| a.span).unwrap_or_default();
            self.wrong(
                at,
                "Wrong date",
                format!("`{name}` is not a day of the calendar"),
                Some("write it as `2027-03-31`".into()),
            );
        }
        date
    }

    /// Complains if an argument is not set.
    pub fn needs(&mut self, block: &Block, name: &str, why: &str) {
        if block.body.attr(name).is_none() {
            let detail = format!("this `{}` block has no `{name}`", block.kind);
            self.wrong(block.head_span, "Missing argument", detail, Some(why.to_owned()));
        }
    }

    fn mistyped<T>(&mut self, name: &str, wants: &str, at: Stretch) -> Option<T> {
        self.wrong(at, "Wrong value", format!("`{name}` has to be {wants}"), None);
        None
    }
}

/// Returns the texts of a list, or one text; None: something else is among them.
pub(super) fn texts_of(value: &Value) -> Option<Vec<EcoString>> {
    match value.bare() {
        Value::String(text) => Some(vec![text.clone()]),
        _ => value.as_seq()?.iter().map(|v| v.as_str().cloned()).collect(),
    }
}

/// Says which of these a misspelt name was probably meant to be.
pub(super) fn meant(name: &str, candidates: &[&str]) -> Option<String> {
    nearest(name, candidates.iter().copied()).map(|n| format!("did you mean `{n}`?"))
}

/// Lists what is expected.
pub(super) fn expected(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
    format!("expected: {}", list(&names))
}
