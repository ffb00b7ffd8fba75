//! Bodies: attributes and blocks, on lines of their own.

use std::collections::HashSet;

use super::super::text::escape_problem;
use super::scan::{Kind, Token};
use super::{Judged, MAX_DEPTH, Parser, Problem, fail};

impl Parser<'_> {
    pub(super) fn body(&mut self, end: Kind, open: Token) -> Judged {
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
    pub(super) fn literal(&self, token: Token) -> Judged {
        match escape_problem(self.word(token)) {
            None => Ok(()),
            Some((from, length, detail)) => {
                let start = token.start + from as u32;
                fail("Invalid escape sequence", detail, Token { start, end: start + length as u32, ..token })
            }
        }
    }
}
