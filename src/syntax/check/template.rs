//! Templates, with their interpolations and directives.

use super::scan::{Kind, Token};
use super::{Judged, Parser, Problem, fail};

impl Parser<'_> {
    /// A template after its opening, up to and with the closing token.
    pub(super) fn template(&mut self, end: Kind, open: Token) -> Judged {
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
