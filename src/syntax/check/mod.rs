//! What Terraform says of a text that it refuses: its first complaint, under its own summary.
//!
//! A scanner and a parser of Terraform's native syntax that build nothing. They run only when hcl-edit has
//! refused a text, or when lowering met something that Terraform may refuse; so they may take their time, and
//! judge as Terraform does. The grammar is that of
//! <https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md>, the order of complaints that of its
//! implementation.

mod body;
mod expression;
mod scan;
mod template;

use self::scan::{Kind, Token, scan};
use super::normalise::Grammar;
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
