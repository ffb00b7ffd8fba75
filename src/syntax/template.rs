//! Templates: quoted, heredoc and bare, with their text in its final form.
//!
//! The order is Terraform's: escapes are resolved, `~` takes the space of the neighbouring literal, then `<<-`
//! takes the common indentation. In heredocs each line is a literal of its own, and `~` takes from that line
//! alone.

use ecow::EcoString;
use hcl_edit::expr::Expression;
use hcl_edit::template::{
    Directive, Element, ForTemplateExpr, HeredocTemplate, StringTemplate, Strip, Template,
};

use super::lower::Lowerer;
use super::text::{escape_problem, nfc, unescape_markers, unescape_quoted};
use super::{ExprId, Node, Part, Stretch};
use crate::value::Value;

/// How literal text is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Quoted,
    /// With the indentation taken off, or not.
    Heredoc {
        flush: bool,
    },
    /// A template file.
    Bare,
}

/// A template, flat: directives open and close like brackets.
enum Token<'e> {
    Text(String),
    Expr(&'e Expression),
    If(&'e Expression),
    Else,
    EndIf,
    For(&'e ForTemplateExpr),
    EndFor,
}

impl Lowerer<'_> {
    pub(super) fn quoted_template(&mut self, template: &StringTemplate, span: Stretch) -> ExprId {
        self.template(template, Style::Quoted, span)
    }

    pub(super) fn heredoc(&mut self, heredoc: &HeredocTemplate, span: Stretch) -> ExprId {
        let raw = self.slice(span);
        let flush = raw.starts_with("<<-");
        let marker = heredoc.delimiter.as_str();
        // Terraform wants a newline after the closing marker, and closes at the first line that holds it.
        let after = &self.text.as_bytes()[span.end as usize..];
        let closes = raw.lines().skip(1).filter(|l| l.trim() == marker).count();
        self.suspect |= !after.starts_with(b"\n") && !after.starts_with(b"\r\n") || closes != 1;
        self.template(&heredoc.template, Style::Heredoc { flush }, span)
    }

    pub(super) fn template(&mut self, template: &Template, style: Style, span: Stretch) -> ExprId {
        let mut flat = Flat { lowerer: self, style, tokens: Vec::new(), trim_next: false, depth: 0 };
        flat.template(template);
        let mut tokens = flat.tokens;
        if style == (Style::Heredoc { flush: true }) {
            dedent(&mut tokens);
        }
        if let [Token::Expr(e)] = tokens[..] {
            let inner = self.newlines(true, |l| l.expr(e));
            return self.arena.push(Node::Wrap(inner), span);
        }
        let mut tokens = tokens.into_iter();
        let parts = self.newlines(true, |l| l.parts(&mut tokens).0);
        let node = match &parts[..] {
            [] => Node::Literal(Value::from("")),
            [Part::Text(text)] => Node::Literal(Value::String(text.clone())),
            _ => Node::Template(parts.into()),
        };
        self.arena.push(node, span)
    }

    /// Builds the tree of parts; also returns which directive ended it.
    fn parts<'e>(&mut self, tokens: &mut std::vec::IntoIter<Token<'e>>) -> (Vec<Part>, Option<Token<'e>>) {
        let mut parts = Vec::new();
        let mut text = String::new();
        let flush = |text: &mut String, parts: &mut Vec<Part>| {
            if !text.is_empty() {
                parts.push(Part::Text(nfc(text)));
                text.clear();
            }
        };
        while let Some(token) = tokens.next() {
            if let Token::Text(more) = token {
                text.push_str(&more);
                continue;
            }
            flush(&mut text, &mut parts);
            match token {
                Token::Text(_) => {}
                Token::Expr(e) => parts.push(Part::Expr(self.expr(e))),
                Token::If(cond) => {
                    self.after_keyword(self.stretch(cond).start);
                    let cond = self.expr(cond);
                    let (yes, end) = self.parts(tokens);
                    let no = if let Some(Token::Else) = end { self.parts(tokens).0 } else { Vec::new() };
                    parts.push(Part::If { cond, yes: yes.into(), no: no.into() });
                }
                Token::For(e) => {
                    let first = e.key_var.as_ref().unwrap_or(&e.value_var);
                    self.after_keyword(self.stretch(first).start);
                    self.after_keyword(self.stretch(&e.collection_expr).start);
                    let collection = self.expr(&e.collection_expr);
                    let key_name: Option<EcoString> = e.key_var.as_ref().map(|k| k.as_str().into());
                    let value_name: EcoString = e.value_var.as_str().into();
                    let (body, _) = self.with_loop(key_name.clone(), value_name.clone(), |l| l.parts(tokens));
                    parts.push(Part::For { key_name, value_name, collection, body: body.into() });
                }
                Token::Else | Token::EndIf | Token::EndFor => return (parts, Some(token)),
            }
        }
        flush(&mut text, &mut parts);
        (parts, None)
    }
}

/// Flattens a template.
struct Flat<'l, 'a, 'e> {
    lowerer: &'l mut Lowerer<'a>,
    style: Style,
    tokens: Vec<Token<'e>>,
    /// The last marker ended in `~}`.
    trim_next: bool,
    /// Of directives.
    depth: usize,
}

impl<'e> Flat<'_, '_, 'e> {
    fn template(&mut self, template: &'e Template) {
        for element in template {
            match element {
                Element::Literal(_) => {
                    let at = self.lowerer.stretch(element);
                    self.literal(at);
                }
                Element::Interpolation(i) => self.marker(i.strip, Token::Expr(&i.expr)),
                Element::Directive(directive) => match &**directive {
                    Directive::If(d) => {
                        self.marker(d.if_expr.strip, Token::If(&d.if_expr.cond_expr));
                        self.inside(&d.if_expr.template);
                        if let Some(e) = &d.else_expr {
                            self.marker(e.strip, Token::Else);
                            self.inside(&e.template);
                        }
                        self.marker(d.endif_expr.strip, Token::EndIf);
                    }
                    Directive::For(d) => {
                        self.marker(d.for_expr.strip, Token::For(&d.for_expr));
                        self.inside(&d.for_expr.template);
                        self.marker(d.endfor_expr.strip, Token::EndFor);
                    }
                },
            }
        }
    }

    fn inside(&mut self, template: &'e Template) {
        self.depth += 1;
        self.template(template);
        self.depth -= 1;
    }

    fn literal(&mut self, at: Stretch) {
        let raw = self.lowerer.slice(at);
        match self.style {
            Style::Quoted => {
                // Inside of directives, hcl-edit takes quotes and all escapes for text.
                let newline = memchr::memchr2(b'\n', b'\r', raw.as_bytes()).is_some();
                let wrong = || has_bare_quote(raw) || escape_problem(raw).is_some();
                self.lowerer.suspect |= newline || self.depth > 0 && wrong();
                self.text(&unescape_quoted(raw));
            }
            // The newline of the last line belongs to it: lines are literals of their own.
            Style::Heredoc { .. } | Style::Bare => {
                let (lines, rest) = raw.split_at(lone_return(raw).unwrap_or(raw.len()));
                for line in lines.split_inclusive('\n') {
                    let (line, newline) = line.split_at(literal_end(line));
                    self.text(&unescape_markers(line));
                    if !newline.is_empty() {
                        self.text(newline);
                    }
                }
                if !rest.is_empty() {
                    self.text(&unescape_markers(rest));
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        let text = if std::mem::take(&mut self.trim_next) { text.trim_start() } else { text };
        self.tokens.push(Token::Text(text.to_owned()));
    }

    fn marker(&mut self, strip: Strip, token: Token<'e>) {
        if strip.strip_start()
            && let Some(Token::Text(text)) = self.tokens.last_mut()
        {
            text.truncate(text.trim_end().len());
        }
        self.tokens.push(token);
        self.trim_next = strip.strip_end();
    }
}

/// Where the literal ends that begins with a line. That is after the line, but in `100% ⏎`, where a `$` or `%`
/// stands one byte before the newline, Terraform's scanner takes the newline for a literal of its own: `~` then
/// does not reach the space.
fn literal_end(line: &str) -> usize {
    let sign = |b: &u8| matches!(b, b'$' | b'%');
    match line.as_bytes() {
        [.., a, b, b'\r', b'\n'] if sign(a) && sign(b) => line.len(),
        [.., a, b' ' | b'\t' | 0xb | 0xc, b'\r', b'\n'] if sign(a) => line.len() - 2,
        [.., a, b' ' | b'\t' | 0xb | 0xc | b'\r', b'\n'] if sign(a) => line.len() - 1,
        _ => line.len(),
    }
}

/// Where a carriage return without a newline is. In a template file Terraform takes the rest for one literal.
fn lone_return(raw: &str) -> Option<usize> {
    let bytes = raw.as_bytes();
    memchr::memchr_iter(b'\r', bytes).find(|i| bytes.get(i + 1) != Some(&b'\n'))
}

/// Whether there is a quote without a backslash before it.
fn has_bare_quote(raw: &str) -> bool {
    let mut escaped = false;
    raw.bytes().any(|b| {
        let bare = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        bare
    })
}

/// Takes the common indentation off.
///
/// A line of nothing but space that ends in a newline neither counts nor changes; a line that begins with a
/// marker counts as not indented.
fn dedent(tokens: &mut [Token<'_>]) {
    let mut common = usize::MAX;
    let mut lines = Vec::new();
    let mut line_start = true;
    for (i, token) in tokens.iter().enumerate() {
        if let Token::Text(text) = token {
            if line_start {
                let indent = &text[..text.len() - text.trim_start().len()];
                if indent.len() < text.len() || !text.ends_with('\n') {
                    common = common.min(count_spaces(indent));
                    lines.push(i);
                }
            }
            line_start = text.ends_with('\n');
        } else if std::mem::replace(&mut line_start, false) {
            common = 0;
        }
    }
    for i in lines {
        if let Token::Text(text) = &mut tokens[i] {
            let cut = text.char_indices().scan('\0', |before, (at, c)| {
                let joined = *before == '\r' && c == '\n';
                *before = c;
                Some((at, joined))
            });
            let cut = cut.filter(|(_, joined)| !joined).nth(common).map_or(text.len(), |(at, _)| at);
            text.drain(..cut);
        }
    }
}

/// Counts as Terraform does: in grapheme clusters, of which only CR LF spans two space characters.
fn count_spaces(indent: &str) -> usize {
    indent.chars().count() - indent.matches("\r\n").count()
}
