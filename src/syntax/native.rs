//! Native syntax: hcl-edit on the text, or on its normalised copy; and what can be saved after an error.

use std::collections::HashMap;

use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::parser::{Error, parse_body, parse_expr, parse_template};
use hcl_edit::template::Template;

use super::check;
use super::lower::Lowerer;
use super::normalise::{Grammar, Normalised, Piece, Split, Statement, normalise, skip_blank, statements};
use super::template::Style;
use super::{Arena, Attr, Body, ExprId, File, Node, Stretch, is_ident_continue, too_deep};
use crate::finding::Diagnostic;
use crate::source::FileId;

/// From so many characters on that may separate items, objects are counted before hcl-edit sees them.
const COUNT_FROM: usize = 2000;
/// How many errors of a file are told.
const MAX_ERRORS: usize = 10;

/// Why there is no tree. Offsets are the file's.
enum Failure {
    TooDeep(u32),
    Refused { at: u32, message: String },
}

/// Whether hcl-edit reads the text as Terraform does, or refuses it.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let separators = memchr::memchr3_iter(b'=', b':', b',', bytes).take(COUNT_FROM).count();
    let lone_cr = || memchr::memchr_iter(b'\r', bytes).any(|i| bytes.get(i + 1) != Some(&b'\n'));
    separators < COUNT_FROM
        && memchr::memmem::find(bytes, b"<<").is_none()
        && !bytes.starts_with(b"\xef\xbb\xbf")
        && !lone_cr()
}

fn is_repeated_key(e: &Error) -> bool {
    e.message().contains("redefined object key")
}

/// Reads a body.
pub(super) fn body(text: &str, id: FileId) -> (File, Vec<Diagnostic>) {
    let (mut arena, mut diagnostics) = (Arena::default(), Vec::new());
    let mut reader = Reader { text, id, arena: &mut arena, diagnostics: &mut diagnostics };
    let whole = Stretch { start: 0, end: text.len() as u32 };
    let lower = |l: &mut Lowerer<'_>, tree: &hcl_edit::structure::Body| l.body(tree, whole);
    let body = match reader.read(text, 0, Grammar::Body, parse_body, lower) {
        Ok((body, suspect)) => {
            if suspect {
                reader.diagnostics.extend(check::check(text, Grammar::Body, id));
            }
            body
        }
        Err(failure) => {
            let error = reader.failure(&failure, Grammar::Body);
            let place = error.span.map_or(0, |s| s.start);
            reader.diagnostics.push(error);
            let mut body = Body { span: whole, ..Body::default() };
            reader.recover(&statements(text), place, &mut body);
            body
        }
    };
    (File { id, arena, body }, diagnostics)
}

/// Reads an expression that stands alone, and adds it to an arena.
pub(super) fn add_expression(
    text: &str,
    id: FileId,
    arena: &mut Arena,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ExprId> {
    let start = skip_blank(text.as_bytes(), 0);
    let parse = |copy: &str| parse_expr(copy.trim_end());
    let lower = |l: &mut Lowerer<'_>, tree: &Expression| l.newlines(true, |l| l.expr(tree));
    add(text, start, Grammar::Expression, id, arena, diagnostics, parse, lower)
}

/// Reads a template that stands alone, as a template file does, and adds it to an arena.
pub(super) fn add_template(
    text: &str,
    id: FileId,
    arena: &mut Arena,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ExprId> {
    let whole = Stretch { start: 0, end: text.len() as u32 };
    let lower = |l: &mut Lowerer<'_>, tree: &Template| l.template(tree, Style::Bare, whole);
    add(text, 0, Grammar::Template, id, arena, diagnostics, parse_template, lower)
}

#[expect(clippy::too_many_arguments, reason = "what the two above share")]
fn add<T>(
    text: &str,
    start: usize,
    grammar: Grammar,
    id: FileId,
    arena: &mut Arena,
    diagnostics: &mut Vec<Diagnostic>,
    parse: impl Fn(&str) -> Result<T, Error>,
    lower: impl Fn(&mut Lowerer<'_>, &T) -> ExprId,
) -> Option<ExprId> {
    let mut reader = Reader { text, id, arena, diagnostics };
    let mut result = None;
    match reader.read(&text[start..], start as u32, grammar, parse, lower) {
        Ok((expr, suspect)) => {
            let error = if suspect { check::check(text, grammar, id) } else { None };
            if error.is_none() {
                result = Some(expr);
            }
            reader.diagnostics.extend(error);
        }
        Err(failure) => {
            let error = reader.failure(&failure, grammar);
            reader.diagnostics.push(error);
        }
    }
    result
}

struct Reader<'a> {
    text: &'a str,
    id: FileId,
    arena: &'a mut Arena,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    /// Parses a text that lies at `base` in its file, and lowers it; also returns whether something looked wrong.
    fn read<T, R>(
        &mut self,
        text: &str,
        base: u32,
        grammar: Grammar,
        parse: impl Fn(&str) -> Result<T, Error>,
        lower: impl Fn(&mut Lowerer<'_>, &T) -> R,
    ) -> Result<(R, bool), Failure> {
        let mut split = Split::Wide;
        if grammar == Grammar::Body && is_plain(text) {
            match parse(text) {
                Ok(tree) => {
                    let mut lowerer = self.lowerer(base, HashMap::new());
                    let result = lower(&mut lowerer, &tree);
                    return Ok((result, lowerer.suspect));
                }
                Err(e) if is_repeated_key(&e) => split = Split::Repeated,
                Err(_) => {}
            }
        }
        loop {
            let Normalised { text: copy, pieces, too_deep, suspect, .. } = normalise(text, grammar, split);
            if let Some(at) = too_deep {
                return Err(Failure::TooDeep(base + at));
            }
            let (base, error) = match parse(&copy) {
                Err(e) => (base, e),
                Ok(tree) => {
                    drop(copy);
                    let (marks, told) = (self.arena.marks(), self.diagnostics.len());
                    let mut lowerer = self.lowerer(base, pieces);
                    let result = lower(&mut lowerer, &tree);
                    let Some(refused) = lowerer.refused.take() else {
                        return Ok((result, lowerer.suspect | suspect));
                    };
                    self.arena.cut(marks);
                    self.diagnostics.truncate(told);
                    refused
                }
            };
            if !is_repeated_key(&error) || split == Split::All {
                let at = base + error.location().offset() as u32;
                return Err(Failure::Refused { at, message: error.message().to_owned() });
            }
            split = if split == Split::Wide { Split::Repeated } else { Split::All };
        }
    }

    fn lowerer(&mut self, base: u32, pieces: HashMap<u32, Vec<Piece>>) -> Lowerer<'_> {
        Lowerer::new(self.text, self.id, pieces, base, self.arena, self.diagnostics)
    }

    /// What to tell of a text that hcl-edit refuses.
    fn failure(&self, failure: &Failure, grammar: Grammar) -> Diagnostic {
        let span = |at: u32| Stretch { start: at, end: at }.in_file(self.id);
        match failure {
            Failure::TooDeep(at) => too_deep(span(*at)),
            Failure::Refused { at, message } => check::check(self.text, grammar, self.id)
                .unwrap_or_else(|| check::unexplained(message, span(*at))),
        }
    }

    /// Reads statement by statement what is not read as a whole. `told` is where an error has been told
    /// already.
    fn recover(&mut self, statements: &[Statement], told: u32, body: &mut Body) {
        for statement in statements {
            let (start, end) = (statement.start as usize, statement.end as usize);
            // A heredoc at the end wants its newline.
            let slice = format!("{}\n", &self.text[start..end]);
            let failure = match self.read_statement(&slice, statement.start) {
                Ok(more) => {
                    append(body, more);
                    continue;
                }
                Err(failure) => failure,
            };
            if let Some(open) = statement.open {
                let head = format!("{}}}\n", &self.text[start..=open as usize]);
                if let Ok(more) = self.read_statement(&head, statement.start) {
                    append(body, more);
                    if let Some(block) = body.blocks.last_mut() {
                        block.span.end = statement.end;
                        block.body.span =
                            Stretch { start: open + 1, end: statement.close.unwrap_or(statement.end) };
                        let mut inside = std::mem::take(&mut block.body);
                        self.recover(&statement.children, told, &mut inside);
                        if let Some(block) = body.blocks.last_mut() {
                            block.body = inside;
                        }
                    }
                    continue;
                }
            }
            // An error may lie at the newline after the statement.
            let known = (statement.start..=statement.end + 1).contains(&told);
            if !known && self.diagnostics.len() < MAX_ERRORS {
                let mut error = match &failure {
                    Failure::TooDeep(_) => self.failure(&failure, Grammar::Body),
                    Failure::Refused { at, message } => check::check(&slice, Grammar::Body, self.id)
                        .map(|e| check::moved(e, statement.start))
                        .unwrap_or_else(|| {
                            check::unexplained(message, Stretch { start: *at, end: *at }.in_file(self.id))
                        }),
                };
                if let Some(span) = &mut error.span {
                    span.start = span.start.min(statement.end);
                    span.end = span.end.min(statement.end);
                }
                self.diagnostics.push(error);
            }
            self.failed_attribute(statement, body);
        }
    }

    fn read_statement(&mut self, slice: &str, base: u32) -> Result<Body, Failure> {
        let lower = |l: &mut Lowerer<'_>, tree: &hcl_edit::structure::Body| {
            let span = tree.span().unwrap_or_default();
            l.body(tree, Stretch { start: base + span.start as u32, end: base + span.end as u32 })
        };
        self.read(slice, base, Grammar::Body, parse_body, lower).map(|(body, _)| body)
    }

    /// Keeps an argument whose value could not be read: it is there, and unknown.
    fn failed_attribute(&mut self, statement: &Statement, body: &mut Body) {
        let Some(equals) = statement.equals else {
            return;
        };
        let head = &self.text[statement.start as usize..equals as usize];
        let name = head.trim_end();
        if name.is_empty() || !name.chars().all(is_ident_continue) || equals >= statement.end {
            return;
        }
        let failed = Node::Failed("the expression could not be read".into());
        let expr = self.arena.push(failed, Stretch { start: equals + 1, end: statement.end });
        let name_span = Stretch { start: statement.start, end: statement.start + name.len() as u32 };
        let span = Stretch { start: statement.start, end: statement.end };
        body.attrs.push(Attr { name: name.into(), name_span, expr, span });
    }
}

fn append(body: &mut Body, more: Body) {
    body.attrs.extend(more.attrs);
    body.blocks.extend(more.blocks);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::dump;

    /// What is left of a text in which something is wrong, and what is said of it.
    fn check(text: &str, left: &str, summaries: &[&str]) {
        let (file, diagnostics) = body(text, FileId(0));
        assert_eq!(dump::body(&file.arena, &file.body), left, "{text}");
        let said: Vec<_> = diagnostics.iter().map(|d| d.summary.as_str()).collect();
        assert_eq!(said, summaries, "{text}");
    }

    #[test]
    fn one_bad_block_does_not_hide_the_others() {
        check(
            "a \"x\" {\n  i = 1\n}\nb {\n  j = 'x'\n  k = 2\n  c {\n    l = 3\n  }\n}\nd \"y\" {\n  m = 4\n}\n",
            r#"a "x" { i = 1 }; b { j = failed; k = 2; c { l = 3 } }; d "y" { m = 4 }"#,
            &["Invalid character"],
        );
        check(
            "a = 1\nb = 2 3\nc = 4\nd = [5\n",
            "a = 1; b = failed; c = 4; d = failed",
            &["Missing newline after argument", "Unterminated tuple constructor expression"],
        );
        check("a = \"x\nb = 1\n", "a = failed; b = 1", &["Invalid multi-line string"]);
        check("a {\n  b = 1\n  b = 2\n}\n", "a { b = 1; b = 2 }", &["Attribute redefined"]);
    }

    #[test]
    fn an_unclosed_block_ends_where_the_next_begins() {
        check(
            "resource \"a\" \"b\" {\n  i = 1\n\nresource \"c\" \"d\" {\n  j = (2\n}\n\nlocals {\n  k = <<E\n x\nE\n}\n",
            r#"resource "a" "b" { i = 1 }; resource "c" "d" { j = failed }; locals { k = " x\n" }"#,
            &["Unbalanced parentheses"],
        );
    }

    #[test]
    fn what_is_too_deep_or_too_long_is_refused_and_the_rest_read() {
        let deep = format!("a = {}1{}\nb = 2\n", "(".repeat(5000), ")".repeat(5000));
        check(&deep, "a = failed; b = 2", &["Nesting too deep"]);
        let long = format!("a = 1{}\nb = 2\n", " + 1".repeat(5000));
        check(&long, "a = failed; b = 2", &["Expression too long"]);
        check(&format!("a = {}b\n", "!".repeat(5000)), "a = failed", &["Nesting too deep"]);
        check(
            &"a {\n".repeat(5000),
            &format!("{}a {{  }}{}", "a { ".repeat(64), " }".repeat(64)),
            &["Nesting too deep"],
        );
    }

    #[test]
    fn wide_objects_are_read_in_pieces() {
        let items: String =
            (0..3000).map(|i| format!("  k{i} = {{ v = {i}, w = <<E\n${{x}}\nE\n  }} # c\n")).collect();
        let (file, diagnostics) = body(&format!("a = {{\n{items}}}\n"), FileId(0));
        assert_eq!(diagnostics, []);
        let Node::Object(items) = file.arena.node(file.body.attrs[0].expr) else { panic!("no object") };
        assert_eq!(items.len(), 3000);
        assert_eq!(dump::expr(&file.arena, items[2999].value), "{v=2999 w=t(x \"\\n\")}");
    }
}
