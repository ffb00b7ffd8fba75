//! Expressions.

use super::scan::{Kind, Token};
use super::{Judged, MAX_DEPTH, Parser, Problem, fail};

impl Parser<'_> {
    pub(super) fn whole_expression(&mut self) -> Judged {
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
    pub(super) fn expression(&mut self) -> Judged<Token> {
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
    pub(super) fn for_names(&mut self, what: &str) -> Judged {
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
}
