//! What Terraform says of a text that it refuses: its first complaint, under its own summary.
//!
//! A scanner and a parser of Terraform's native syntax that build nothing. They run only when hcl-edit has
//! refused a text, or when lowering met something that Terraform may refuse; so they may take their time, and
//! judge as Terraform does. The grammar is that of
//! <https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md>, the order of complaints that of its
//! implementation.

mod scan;

use std::collections::HashSet;

use self::scan::{Kind, Token, scan};
use super::normalise::Grammar;
use super::text::escape_problem;
use crate::finding::Diagnostic;
use crate::source::{FileId, Span};

/// Expressions and blocks nested deeper are not judged: they are refused for their depth.
const MAX_DEPTH: usize = 1000;

/// Returns Terraform's first complaint about the text, if it has one.
pub(super) fn check(text: &str, grammar: Grammar, file: FileId) -> Option<Diagnostic> {
    let tokens = scan(text, grammar);
    let problem = tokens
        .iter()
        .find_map(|t| t.kind.never_valid().map(|(s, d)| Problem::new(s, d, *t)))
        .or_else(|| {
            let mut parser = Parser { text, tokens: &tokens, at: 0, newlines: vec![true], depth: 0 };
            let judged = match grammar {
                Grammar::Body => parser.body(Kind::Eof, parser.peek()),
                Grammar::Expression => parser.whole_expression(),
                Grammar::Template => parser.template(Kind::Eof, parser.peek()),
            };
            judged.err().flatten()
        })?;
    let span = Span { file, start: problem.at.start, end: problem.at.end };
    let mut diagnostic = Diagnostic::error(problem.summary, problem.detail, Some(span));
    diagnostic.help = problem.help.map(str::to_owned);
    Some(diagnostic)
}

/// What hcl-edit refuses although Terraform, as far as we know, would not.
pub(super) fn unexplained(message: &str, span: Span) -> Diagnostic {
    if message.contains("nested levels") {
        return super::too_deep(span);
    }
    if message.contains("chained binary operators") {
        let detail = "More than 128 operators in a row are not read here, though Terraform would";
        return Diagnostic::error("Expression too long", detail, Some(span))
            .help("put parts of it in parentheses or local values");
    }
    Diagnostic::error("Invalid syntax", format!("The parser cannot read this: {message}"), Some(span))
}

/// Moves an error that was found in a part of the file.
pub(super) fn moved(mut error: Diagnostic, by: u32) -> Diagnostic {
    if let Some(span) = &mut error.span {
        span.start += by;
        span.end += by;
    }
    error
}

#[derive(Debug)]
struct Problem {
    summary: String,
    detail: String,
    help: Option<&'static str>,
    at: Token,
}

impl Problem {
    fn new(summary: impl Into<String>, detail: impl Into<String>, at: Token) -> Problem {
        Problem { summary: summary.into(), detail: detail.into(), help: None, at }
    }

    fn help(mut self, help: &'static str) -> Problem {
        self.help = Some(help);
        self
    }

    fn err<T>(self) -> Judged<T> {
        Err(Some(self))
    }
}

/// An error without a problem: too deep to judge.
type Judged<T = ()> = Result<T, Option<Problem>>;

/// Fails with a problem.
fn fail<T>(summary: &str, detail: impl Into<String>, at: Token) -> Judged<T> {
    Problem::new(summary, detail, at).err()
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    /// Whether newlines mean something, innermost last.
    newlines: Vec<bool>,
    depth: usize,
}

impl Parser<'_> {
    fn next(&self) -> (Token, usize) {
        let newlines = *self.newlines.last().expect("bug: newlines popped once too often");
        for (i, token) in self.tokens.iter().enumerate().skip(self.at) {
            let kind = match token.kind {
                Kind::Comment { line: true } => Kind::Newline,
                kind => kind,
            };
            match kind {
                Kind::Comment { .. } => {}
                Kind::Newline if !newlines => {}
                _ => return (Token { kind, ..*token }, i + 1),
            }
        }
        (self.tokens[self.tokens.len() - 1], self.tokens.len())
    }

    fn peek(&self) -> Token {
        self.next().0
    }

    fn read(&mut self) -> Token {
        let (token, at) = self.next();
        self.at = at;
        token
    }

    /// Reads the next token if it is of that kind.
    fn eat(&mut self, kind: Kind) -> bool {
        let found = self.peek().kind == kind;
        if found {
            self.read();
        }
        found
    }

    fn word(&self, token: Token) -> &str {
        &self.text[token.start as usize..token.end as usize]
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.peek_word(word);
        if found {
            self.read();
        }
        found
    }

    fn peek_word(&self, word: &str) -> bool {
        let next = self.peek();
        next.kind == Kind::Ident && self.word(next) == word
    }

    /// Runs `inner` where newlines mean something, or nothing.
    fn with_newlines<T>(&mut self, newlines: bool, inner: impl FnOnce(&mut Self) -> Judged<T>) -> Judged<T> {
        self.newlines.push(newlines);
        let judged = inner(self);
        self.newlines.pop();
        judged
    }

    /// Everything between two tokens, both included.
    fn between(from: Token, to: Token) -> Token {
        Token { end: to.end.max(from.end), ..from }
    }

    fn body(&mut self, end: Kind, open: Token) -> Judged {
        let mut names = HashSet::new();
        loop {
            let next = self.peek();
            match next.kind {
                Kind::Newline => {
                    self.read();
                }
                Kind::Ident => {
                    self.read();
                    if self.peek().kind == Kind::Equal && !names.insert(self.word(next).to_owned()) {
                        // Terraform reads the value first.
                        self.item(next)?;
                        let detail = format!(
                            "The argument `{}` is set already; each one may be set only once",
                            self.word(next)
                        );
                        return fail("Attribute redefined", detail, next);
                    }
                    self.item(next)?;
                }
                kind if kind == end => {
                    self.read();
                    return Ok(());
                }
                Kind::OQuote => {
                    return fail("Invalid argument name", "Argument names are not quoted", next);
                }
                Kind::Eof => {
                    let detail = "There is no closing brace for this block before the end of the file";
                    return Problem::new("Unclosed configuration block", detail, open)
                        .help("look for a brace that is missing, or one too many, further down")
                        .err();
                }
                _ => {
                    let detail = "An argument or block definition is required here";
                    return fail("Argument or block definition required", detail, next);
                }
            }
        }
    }

    /// An attribute or block, its name read.
    fn item(&mut self, name: Token) -> Judged {
        match self.peek().kind {
            Kind::Equal => {
                self.read();
                self.expression()?;
                let end = self.peek();
                match end.kind {
                    Kind::Newline | Kind::Eof => {
                        self.read();
                        Ok(())
                    }
                    Kind::Comma => {
                        let detail = "Arguments are separated by newlines, not by commas";
                        fail("Unexpected comma after argument", detail, end)
                    }
                    _ => fail(
                        "Missing newline after argument",
                        "An argument definition must end with a newline",
                        end,
                    ),
                }
            }
            Kind::OQuote | Kind::OBrace | Kind::Ident => self.block(),
            _ => Problem::new(
                "Argument or block definition required",
                "An argument or block definition is required here",
                name,
            )
            .help("set an argument with `=`")
            .err(),
        }
    }

    /// A block, its kind read.
    fn block(&mut self) -> Judged {
        let open = loop {
            let next = self.peek();
            match next.kind {
                Kind::OBrace => break self.read(),
                Kind::OQuote => self.label()?,
                Kind::Ident => {
                    self.read();
                }
                Kind::Equal => {
                    let detail =
                        "The equals sign sets an argument, and must not be used in the head of a block";
                    return fail("Invalid block definition", detail, next);
                }
                Kind::Newline => {
                    let detail = "A block needs its opening brace on the line of its head";
                    return fail("Invalid block definition", detail, next);
                }
                _ => {
                    let detail = "Either a quoted label or an opening brace is expected here";
                    return fail("Invalid block definition", detail, next);
                }
            }
        };
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(None);
        }
        match self.peek().kind {
            Kind::Newline | Kind::Eof | Kind::CBrace => self.body(Kind::CBrace, open)?,
            _ => self.one_line_body(open)?,
        }
        self.depth -= 1;
        let end = self.peek();
        match end.kind {
            Kind::Newline | Kind::Eof => {
                self.read();
                Ok(())
            }
            _ => fail("Missing newline after block definition", "A block must end with a newline", end),
        }
    }

    fn one_line_body(&mut self, open: Token) -> Judged {
        let name = self.read();
        if name.kind != Kind::Ident {
            return fail(
                "Argument or block definition required",
                "An argument or block definition is required here",
                name,
            );
        }
        let next = self.peek();
        match next.kind {
            Kind::Equal => {
                self.read();
                self.expression()?;
            }
            Kind::OQuote | Kind::OBrace | Kind::Ident => {
                let detail = "A block on a single line can contain only one argument, and no blocks";
                return fail("Argument definition required", detail, Self::between(name, next));
            }
            _ => {
                return Problem::new(
                    "Argument or block definition required",
                    "An argument or block definition is required here",
                    name,
                )
                .help("set an argument with `=`")
                .err();
            }
        }
        let end = self.peek();
        let summary = "Invalid single-argument block definition";
        match end.kind {
            Kind::CBrace => {
                self.read();
                Ok(())
            }
            Kind::Comma => fail(summary, "A block on a single line can contain only one argument", end),
            Kind::Newline => {
                let detail =
                    "A block whose argument stands on the line of its brace must be closed on that line";
                fail(summary, detail, end)
            }
            Kind::Eof => {
                let detail = "There is no closing brace for this block before the end of the file";
                fail("Unclosed configuration block", detail, open)
            }
            _ => fail(
                summary,
                "A closing brace is expected after the only argument of a block on a single line",
                end,
            ),
        }
    }

    fn label(&mut self) -> Judged {
        let open = self.read();
        loop {
            let token = self.read();
            match token.kind {
                Kind::CQuote => return Ok(()),
                Kind::QuotedLit => self.literal(token)?,
                Kind::TemplateInterp | Kind::TemplateControl => {
                    return Problem::new(
                        "Invalid string literal",
                        "Labels cannot contain template sequences",
                        token,
                    )
                    .help("double the `$` or `%` if it is meant as it stands")
                    .err();
                }
                Kind::Eof => {
                    return fail(
                        "Unterminated string literal",
                        "There is no closing quote before the end of the file",
                        open,
                    );
                }
                _ => {
                    return fail("Invalid string literal", "This cannot be part of a label", token);
                }
            }
        }
    }

    /// Judges the escapes of a piece of a quoted string.
    fn literal(&self, token: Token) -> Judged {
        match escape_problem(self.word(token)) {
            None => Ok(()),
            Some((from, length, detail)) => {
                let start = token.start + from as u32;
                fail("Invalid escape sequence", detail, Token { start, end: start + length as u32, ..token })
            }
        }
    }

    fn whole_expression(&mut self) -> Judged {
        self.with_newlines(false, |p| {
            p.expression()?;
            let next = p.peek();
            if next.kind == Kind::Eof {
                return Ok(());
            }
            fail("Extra characters after expression", "The expression ends before this", next)
        })
    }

    /// Returns the stretch of the expression.
    fn expression(&mut self) -> Judged<Token> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(None);
        }
        let start = self.peek();
        self.operation()?;
        if self.eat(Kind::Question) {
            self.expression()?;
            let colon = self.peek();
            if !self.eat(Kind::Colon) {
                let detail = "A conditional needs a colon and a value for the false case: `a ? b : c`";
                return fail("Missing false expression in conditional", detail, colon);
            }
            self.expression()?;
        }
        self.depth -= 1;
        let last = self.tokens[self.at.saturating_sub(1)];
        Ok(Self::between(start, last))
    }

    fn operation(&mut self) -> Judged {
        loop {
            self.term()?;
            if !self.peek().kind.is_operator() {
                return Ok(());
            }
            self.read();
        }
    }

    fn term(&mut self) -> Judged {
        while matches!(self.peek().kind, Kind::Minus | Kind::Bang) {
            self.read();
        }
        let start = self.peek();
        match start.kind {
            Kind::OParen => {
                self.read();
                self.with_newlines(false, |p| {
                    p.expression()?;
                    let close = p.peek();
                    if !p.eat(Kind::CParen) {
                        return fail(
                            "Unbalanced parentheses",
                            "A closing parenthesis is expected here",
                            close,
                        );
                    }
                    Ok(())
                })?;
            }
            Kind::NumberLit => {
                self.read();
                self.number(start)?;
            }
            Kind::Ident => {
                self.read();
                if matches!(self.peek().kind, Kind::OParen | Kind::DoubleColon) {
                    self.call(start)?;
                }
            }
            Kind::OQuote | Kind::OHeredoc => {
                self.read();
                let end = if start.kind == Kind::OQuote { Kind::CQuote } else { Kind::CHeredoc };
                self.template(end, start)?;
            }
            Kind::OBrack => self.tuple()?,
            Kind::OBrace => self.object()?,
            Kind::Eof => {
                return fail(
                    "Missing expression",
                    "An expression is expected here, but the file ends",
                    start,
                );
            }
            _ => {
                return fail("Invalid expression", "An expression is expected to start here", start);
            }
        }
        self.traversals(false)
    }

    fn number(&self, token: Token) -> Judged {
        let word = self.word(token);
        let dots = word.matches('.').count();
        let exponents = word.matches(['e', 'E']).count();
        let ordered = match (word.find('.'), word.find(['e', 'E'])) {
            (Some(dot), Some(e)) => dot < e,
            _ => true,
        };
        if dots <= 1 && exponents <= 1 && ordered {
            return Ok(());
        }
        fail("Invalid number literal", format!("`{word}` is not a number"), token)
    }

    /// What follows a term. Inside of `.*` only names and numbers do.
    fn traversals(&mut self, only_names: bool) -> Judged {
        loop {
            match self.peek().kind {
                Kind::Dot => {
                    self.read();
                    let next = self.peek();
                    match next.kind {
                        Kind::Ident => {
                            self.read();
                        }
                        Kind::NumberLit => {
                            self.read();
                            if let Some((a, b)) = self.word(next).split_once('.') {
                                let detail = format!(
                                    "Two indexes in a row must be written with brackets: `[{a}][{b}]`"
                                );
                                return fail("Invalid legacy index syntax", detail, next);
                            }
                            self.number(next)?;
                        }
                        Kind::Star if only_names => {
                            let detail = "A splat `*` cannot stand inside of another one without brackets";
                            return fail("Nested splat expression not allowed", detail, next);
                        }
                        Kind::Star => {
                            self.read();
                            self.traversals(true)?;
                        }
                        _ => {
                            return fail("Invalid attribute name", "A name is expected after the dot", next);
                        }
                    }
                }
                Kind::OBrack if !only_names => {
                    self.read();
                    if self.eat(Kind::Star) {
                        let close = self.read();
                        if close.kind != Kind::CBrack {
                            let detail = "The star of a splat must be followed by a closing bracket at once";
                            return fail("Missing close bracket on splat index", detail, close);
                        }
                        continue;
                    }
                    self.with_newlines(false, |p| {
                        p.expression()?;
                        let close = p.read();
                        if close.kind != Kind::CBrack {
                            return fail(
                                "Missing close bracket on index",
                                "An index must end with a closing bracket",
                                close,
                            );
                        }
                        Ok(())
                    })?;
                }
                _ => return Ok(()),
            }
        }
    }

    /// A call, the first part of its name read.
    fn call(&mut self, name: Token) -> Judged {
        let mut open = self.read();
        while open.kind == Kind::DoubleColon {
            let next = self.read();
            if next.kind != Kind::Ident {
                return fail("Missing function name", "The name of a function is expected after `::`", next);
            }
            open = self.read();
        }
        if open.kind != Kind::OParen {
            return fail(
                "Missing open parenthesis",
                "The arguments of the function are expected here, in parentheses",
                open,
            );
        }
        self.with_newlines(false, |p| {
            loop {
                if p.eat(Kind::CParen) {
                    return Ok(());
                }
                p.expression()?;
                let separator = p.read();
                match separator.kind {
                    Kind::CParen => return Ok(()),
                    Kind::Comma => {}
                    Kind::Ellipsis => {
                        if p.eat(Kind::CParen) {
                            return Ok(());
                        }
                        let detail = "An argument with `...` must be the last one, without a comma after it";
                        return fail("Missing closing parenthesis", detail, separator);
                    }
                    Kind::Eof => {
                        let detail =
                            "There is no closing parenthesis for this call before the end of the file";
                        return fail("Unterminated function call", detail, Self::between(name, open));
                    }
                    _ => {
                        let detail = "A comma is expected between the arguments of a function";
                        return fail("Missing argument separator", detail, separator);
                    }
                }
            }
        })
    }

    fn tuple(&mut self) -> Judged {
        let open = self.read();
        self.with_newlines(false, |p| {
            if p.peek_word("for") {
                return p.for_expression(open, Kind::CBrack);
            }
            loop {
                if p.eat(Kind::CBrack) {
                    return Ok(());
                }
                p.expression()?;
                let next = p.read();
                match next.kind {
                    Kind::CBrack => return Ok(()),
                    Kind::Comma => {}
                    Kind::Eof => {
                        let detail = "There is no closing bracket for this before the end of the file";
                        return fail("Unterminated tuple constructor expression", detail, open);
                    }
                    _ => {
                        return fail(
                            "Missing item separator",
                            "A comma is expected before the next item",
                            next,
                        );
                    }
                }
            }
        })
    }

    fn object(&mut self) -> Judged {
        let open = self.read();
        self.newlines.push(false);
        let is_for = self.peek_word("for");
        self.newlines.pop();
        if is_for {
            return self.with_newlines(false, |p| p.for_expression(open, Kind::CBrace));
        }
        self.with_newlines(true, |p| {
            loop {
                if p.eat(Kind::Newline) {
                    continue;
                }
                if p.eat(Kind::CBrace) {
                    return Ok(());
                }
                p.expression()?;
                let next = p.read();
                let separator = "Missing key/value separator";
                match next.kind {
                    Kind::Equal | Kind::Colon => {}
                    Kind::Newline | Kind::Comma => {
                        return fail(
                            "Missing attribute value",
                            "An equals sign and a value are expected here",
                            next,
                        );
                    }
                    Kind::Ident => {
                        return Problem::new(separator, "An equals sign is expected before the value", next)
                            .help("put a key with dots or spaces in quotes")
                            .err();
                    }
                    Kind::Eof => return p.unterminated_object(open),
                    _ => {
                        return fail(separator, "An equals sign is expected before the value", next);
                    }
                }
                p.expression()?;
                let next = p.read();
                match next.kind {
                    Kind::CBrace => return Ok(()),
                    Kind::Comma | Kind::Newline => {}
                    Kind::Eof => return p.unterminated_object(open),
                    _ => {
                        let detail = "A newline or comma is expected before the next attribute";
                        return fail("Missing attribute separator", detail, next);
                    }
                }
            }
        })
    }

    fn unterminated_object(&self, open: Token) -> Judged {
        let detail = "There is no closing brace for this before the end of the file";
        fail("Unterminated object constructor expression", detail, open)
    }

    /// A `for` expression, its bracket read.
    fn for_expression(&mut self, open: Token, close: Kind) -> Judged {
        let wrong = |detail: &str, at: Token| fail("Invalid 'for' expression", detail, at);
        self.read();
        self.for_names("expression")?;
        self.expression()?;
        let colon = self.peek();
        if !self.eat(Kind::Colon) {
            return wrong("A colon is expected after the collection", colon);
        }
        let first = self.expression()?;
        let key = self.eat(Kind::FatArrow);
        if key {
            self.expression()?;
        }
        let ellipsis = self.peek();
        let group = self.eat(Kind::Ellipsis);
        if self.eat_word("if") {
            self.expression()?;
        }
        let end = self.peek();
        if !self.eat(close) {
            return wrong("Something follows the end of the `for` expression", end);
        }
        match open.kind {
            Kind::OBrack if key => wrong("A tuple has no keys, so there is no `=>`", first),
            Kind::OBrack if group => wrong("A tuple cannot be grouped with `...`", ellipsis),
            Kind::OBrace if !key => wrong("An object needs keys: `key => value`", first),
            _ => Ok(()),
        }
    }

    /// The names and the `in` of a loop.
    fn for_names(&mut self, what: &str) -> Judged {
        let wrong = |detail: &str, at: Token| fail(&format!("Invalid 'for' {what}"), detail, at);
        let first = self.peek();
        if !self.eat(Kind::Ident) {
            return wrong("The name of a variable is expected after `for`", first);
        }
        if self.eat(Kind::Comma) {
            let second = self.peek();
            if !self.eat(Kind::Ident) {
                return wrong("The name of a second variable is expected after the comma", second);
            }
        }
        let keyword = self.peek();
        if !self.eat_word("in") {
            return wrong("The word `in` is expected after the names", keyword);
        }
        Ok(())
    }

    /// A template after its opening, up to and with the closing token.
    fn template(&mut self, end: Kind, open: Token) -> Judged {
        let mut directives = Vec::new();
        let close = loop {
            let next = self.read();
            match next.kind {
                kind if kind == end => break next,
                Kind::StringLit => {}
                Kind::QuotedLit => self.literal(next)?,
                Kind::TemplateInterp => self.with_newlines(false, |p| p.interpolation(next, end))?,
                Kind::TemplateControl => directives.push(self.with_newlines(false, |p| p.directive(next))?),
                _ => {
                    let detail = if end == Kind::CHeredoc {
                        let marker = self.word(open).trim_start_matches(['<', '-']).trim_end();
                        format!("There is no line that holds only `{marker}` to end this heredoc")
                    } else {
                        "There is no closing quote for this string".to_owned()
                    };
                    return fail("Unterminated template string", detail, open);
                }
            }
        };
        balanced(&directives, close)
    }

    fn interpolation(&mut self, open: Token, end: Kind) -> Judged {
        self.expression()?;
        let close = self.peek();
        let unclosed = "Unclosed template interpolation sequence";
        let extra = "Extra characters after interpolation expression";
        let help = "write `$${` if `${` is meant as it stands";
        match close.kind {
            Kind::TemplateSeqEnd => {
                self.read();
                Ok(())
            }
            Kind::Eof => {
                fail(unclosed, "There is no closing brace for this before the end of the file", open)
            }
            Kind::CQuote | Kind::OQuote if end == Kind::CQuote => {
                fail(unclosed, "There is no closing brace for this before the end of the string", open)
            }
            _ => Problem::new(extra, "A closing brace is expected here", close).help(help).err(),
        }
    }

    fn directive(&mut self, open: Token) -> Judged<(Directive, Token)> {
        let keyword = self.read();
        if keyword.kind != Kind::Ident {
            let detail = "A keyword (`if`, `for`, …) is expected after `%{`";
            return fail("Invalid template directive", detail, keyword);
        }
        let word = self.word(keyword).to_owned();
        let directive = match word.as_str() {
            "if" => {
                self.expression()?;
                Directive::If
            }
            "else" => Directive::Else,
            "endif" => Directive::EndIf,
            "for" => {
                self.for_names("directive")?;
                self.expression()?;
                Directive::For
            }
            "endfor" => Directive::EndFor,
            _ => {
                let detail = format!(
                    "`{word}` is no template directive: there are `if`, `else`, `endif`, `for`, `endfor`"
                );
                return fail("Invalid template control keyword", detail, keyword);
            }
        };
        let close = self.peek();
        if !self.eat(Kind::TemplateSeqEnd) {
            return fail(
                &format!("Extra characters in {word} marker"),
                "A closing brace is expected here",
                close,
            );
        }
        Ok((directive, Self::between(open, close)))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Directive {
    If,
    Else,
    EndIf,
    For,
    EndFor,
}

impl Directive {
    fn name(self) -> &'static str {
        match self {
            Directive::If => "if",
            Directive::Else => "else",
            Directive::EndIf => "endif",
            Directive::For => "for",
            Directive::EndFor => "endfor",
        }
    }
}

/// Judges whether the directives of a template open and close as they should.
fn balanced(directives: &[(Directive, Token)], end: Token) -> Judged {
    let mut open: Vec<(Directive, Token)> = Vec::new();
    for (directive, at) in directives {
        let unexpected =
            |detail: &str| fail(&format!("Unexpected {} directive", directive.name()), detail, *at);
        match (directive, open.last().map(|(d, _)| *d)) {
            (Directive::If | Directive::For, _) => open.push((*directive, *at)),
            (Directive::Else, Some(Directive::If)) => {
                if let Some((d, _)) = open.last_mut() {
                    *d = Directive::Else;
                }
            }
            (Directive::EndIf, Some(Directive::If | Directive::Else))
            | (Directive::EndFor, Some(Directive::For)) => {
                open.pop();
            }
            (_, None) => return unexpected("No directive is open here"),
            (_, Some(Directive::For)) => return unexpected("`endfor` is expected here"),
            (Directive::Else, Some(_)) => return unexpected("There is an `else` already"),
            (_, Some(_)) => return unexpected("`endif` is expected here"),
        }
    }
    match open.last() {
        None => Ok(()),
        Some((directive, _)) => {
            let (name, end_name) =
                if *directive == Directive::For { ("for", "endfor") } else { ("if", "endif") };
            let detail = format!("The directive `{name}` has no `{end_name}`");
            fail("Unexpected end of template", detail, end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Terraform 1.11.4 refuses the text with that summary, at the place marked by `¦`.
    fn check_at(marked: &str, summary: &str) {
        let at = marked.find('¦').expect("a mark");
        let text = marked.replace('¦', "");
        let problem = check(&text, Grammar::Body, FileId(0)).unwrap_or_else(|| panic!("accepted: {text}"));
        assert_eq!(
            (problem.summary.as_str(), problem.span.map(|s| s.start)),
            (summary, Some(at as u32)),
            "{text}"
        );
    }

    #[test]
    fn complaints_are_terraforms_and_stand_where_the_fault_is() {
        check_at("a = ¦\n", "Invalid expression");
        check_at("a = 1¦ 2\n".replace("¦ ", " ¦").as_str(), "Missing newline after argument");
        check_at("a = 1¦, b = 2\n", "Unexpected comma after argument");
        check_at("¦a\n", "Argument or block definition required");
        check_at("¦= 1\n", "Argument or block definition required");
        check_at("¦\"a\" = 1\n", "Invalid argument name");
        check_at("a ¦{\n  b = 1\n", "Unclosed configuration block");
        check_at("a = 1\n¦a = 2\n", "Attribute redefined");
        check_at("a \"b\"¦\n{\n}\n", "Invalid block definition");
        check_at("a \"b\" ¦= 1\n", "Invalid block definition");
        check_at("a \"¦${b}\" {}\n", "Invalid string literal");
        check_at("a { b = 1¦\n}\n", "Invalid single-argument block definition");
        check_at("a { b = 1¦, c = 2 }\n", "Invalid single-argument block definition");
        check_at("a { ¦b {} }\n", "Argument definition required");
        check_at("a {} ¦b {}\n", "Missing newline after block definition");
        check_at("a = ¦'b'\n", "Invalid character");
        check_at("a = ¦“b”\n", "Invalid character");
        check_at("a = b ¦& c\n", "Unsupported operator");
        check_at("a = \"b¦\nc\"\n", "Invalid multi-line string");
        check_at("a = \"b¦\\q\"\n", "Invalid escape sequence");
        check_at("a = ¦<<EOT\nb\n", "Unterminated template string");
        check_at("a = ¦<<EOT\nb\nEOT", "Unterminated template string");
        check_at("a = \"¦${b", "Unclosed template interpolation sequence");
        check_at("a = \"${b ¦c}\"\n", "Extra characters after interpolation expression");
        check_at("a = \"%{ ¦foo }\"\n", "Invalid template control keyword");
        check_at("a = \"¦%{ endif }\"\n", "Unexpected endif directive");
        check_at("a = \"%{ if b }¦\"\n", "Unexpected end of template");
        check_at("a = b.¦\n", "Invalid attribute name");
        check_at("a = b.¦0.1\n", "Invalid legacy index syntax");
        check_at("a = ¦1.2.3\n", "Invalid number literal");
        check_at("a = b.*.c.¦*\n", "Nested splat expression not allowed");
        check_at("a = b ? c¦\n", "Missing false expression in conditional");
        check_at("a = [1 ¦2]\n", "Missing item separator");
        check_at("a = { b ¦}\n", "Missing key/value separator");
        check_at("a = { b¦\n}\n", "Missing attribute value");
        check_at("a = { b = 1 ¦c = 2 }\n", "Missing attribute separator");
        check_at("a = f(1 ¦2)\n", "Missing argument separator");
        check_at("a = f(b¦..., c)\n", "Missing closing parenthesis");
        check_at("a = (1¦\n".replace("¦\n", "\n¦").as_str(), "Unbalanced parentheses");
        check_at("a = [for¦]\n", "Invalid 'for' expression");
        check_at("a = [for x in y : ¦x => 1]\n", "Invalid 'for' expression");
        check_at("a = {for x in y : ¦x}\n", "Invalid 'for' expression");
    }

    #[test]
    fn what_terraform_reads_is_not_refused() {
        let sound = [
            "",
            "a = 1",
            "a {}\n",
            "a { b = 1 }\n# c",
            "a = [\n  1, # c\n  2\n]\n",
            "a = {\n  b = 1 # c\n  c : 2, d = 3\n}\n",
            "a = <<-E\n  ${b}\n  E\nb = [<<E\nx\nE\n, 1]\n",
            "a = \"${\"%{ if b ~}${c}%{ else }%{~ endif }\"}\"\n",
            "a = [for\n x in y\n : x]\n",
            "a = (b\n  ? c\n  : d)\n",
            "a = b[*].c.*.d[0]. e\n",
            "a = provider::b::c(d...)\n",
            "\u{feff}a = 1\r\nb = 2\r\n",
        ];
        for text in sound {
            assert_eq!(check(text, Grammar::Body, FileId(0)), None, "{text}");
        }
    }
}
