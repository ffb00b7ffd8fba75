//! Native syntax: hcl-edit on the text, or on its normalised copy; and what can be saved after an error.

use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::parser::{Error, parse_body, parse_expr, parse_template};
use hcl_edit::template::Template;

use super::check;
use super::lower::Lowerer;
use super::normalise::{Grammar, Normalised, Pieces, Split, Statement, normalise, skip_blank, statements};
use super::template::Style;
use super::{Arena, Attr, Body, ExprId, File, Node, Stretch, is_ident_continue, too_deep};
use crate::finding::Diagnostic;
use crate::source::FileId;

/// From so many characters on that may separate items, objects are counted before hcl-edit sees them.
const COUNT_FROM: usize = 2000;
/// How many errors of a file are told.
const MAX_ERRORS: usize = 10;

/// A tree, with the parts that were parsed apart.
struct Parsed<T> {
    tree: T,
    pieces: Pieces,
    suspect: bool,
}

/// Why there is no tree. Offsets are the file's.
enum Failure {
    TooDeep(u32),
    Refused { at: u32, message: String },
}

/// Parses a text that lies at `base` in its file.
fn parsed<T>(
    text: &str,
    base: u32,
    grammar: Grammar,
    parse: impl Fn(&str) -> Result<T, Error>,
) -> Result<Parsed<T>, Failure> {
    let mut split = Split::Wide;
    if grammar == Grammar::Body && is_plain(text) {
        match parse(text) {
            Ok(tree) => {
                return Ok(Parsed { tree, pieces: Pieces::new(), suspect: false });
            }
            Err(e) if is_repeated_key(&e) => split = Split::Repeated,
            Err(_) => {}
        }
    }
    loop {
        let copy = normalise(text, grammar, split);
        if let Some(at) = copy.too_deep {
            return Err(Failure::TooDeep(base + at));
        }
        let tree = parse(&copy.text).map_err(|e| (e, base));
        match tree.and_then(|tree| Ok((tree, pieces(&copy, base)?))) {
            Ok((tree, pieces)) => {
                return Ok(Parsed { tree, pieces, suspect: copy.suspect });
            }
            Err((e, _)) if is_repeated_key(&e) && split != Split::All => {
                split = if split == Split::Wide { Split::Repeated } else { Split::All };
            }
            Err((e, base)) => {
                let at = base + e.location().offset() as u32;
                return Err(Failure::Refused { at, message: e.message().to_owned() });
            }
        }
    }
}

/// Parses the pieces of objects; an error comes with what to add to its offset.
fn pieces(copy: &Normalised, base: u32) -> Result<Pieces, (Error, u32)> {
    let mut pieces = Pieces::with_capacity(copy.pieces.len());
    for (at, texts) in &copy.pieces {
        let parsed: Result<Vec<(u32, Expression)>, (Error, u32)> = texts
            .iter()
            .map(|p| parse_expr(&p.text).map(|e| (base + p.base, e)).map_err(|e| (e, base + p.base)))
            .collect();
        pieces.insert(base + at, parsed?);
    }
    Ok(pieces)
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
    let body = match parsed(text, 0, Grammar::Body, parse_body) {
        Ok(parsed) => {
            let (body, suspect) = reader.lower(&parsed, 0, |l| l.body(&parsed.tree, whole));
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
    lower: impl FnOnce(&mut Lowerer<'_>, &T) -> ExprId,
) -> Option<ExprId> {
    let mut reader = Reader { text, id, arena, diagnostics };
    let mut result = None;
    match parsed(&text[start..], start as u32, grammar, parse) {
        Ok(parsed) => {
            let (expr, suspect) = reader.lower(&parsed, start as u32, |l| lower(l, &parsed.tree));
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
    /// Lowers; also returns whether something looked wrong.
    fn lower<T, R>(
        &mut self,
        parsed: &Parsed<T>,
        base: u32,
        run: impl FnOnce(&mut Lowerer<'_>) -> R,
    ) -> (R, bool) {
        let mut lowerer = Lowerer::new(self.text, self.id, &parsed.pieces, self.arena, self.diagnostics);
        lowerer.base = base;
        let result = run(&mut lowerer);
        (result, lowerer.suspect | parsed.suspect)
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
            let failure = match parsed(&slice, statement.start, Grammar::Body, parse_body) {
                Ok(parsed) => {
                    self.add(&parsed, statement.start, body);
                    continue;
                }
                Err(failure) => failure,
            };
            if let Some(open) = statement.open {
                let head = format!("{}}}\n", &self.text[start..=open as usize]);
                if let Ok(parsed) = parsed(&head, statement.start, Grammar::Body, parse_body) {
                    self.add(&parsed, statement.start, body);
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

    fn add(&mut self, parsed: &Parsed<hcl_edit::structure::Body>, base: u32, body: &mut Body) {
        let more = self.lower(parsed, base, |l| {
            let span = parsed.tree.span().unwrap_or_default();
            l.body(&parsed.tree, Stretch { start: base + span.start as u32, end: base + span.end as u32 })
        });
        body.attrs.extend(more.0.attrs);
        body.blocks.extend(more.0.blocks);
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
