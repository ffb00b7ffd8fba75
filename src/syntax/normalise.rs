//! A copy of the source, of the same length, that hcl-edit reads as Terraform reads the original.
//!
//! In: text. Out: the copy, in which newlines, heredocs, numbers and so on that hcl-edit takes differently are
//! overwritten in place, so that every offset stays; wide objects cut into pieces, because hcl-edit's objects
//! take quadratic time and refuse repeated keys; and where each statement lies, for the recovery after errors.
//! Never here: judging the syntax. What looks wrong only sets [`Normalised::suspect`], and [`super::check`] has
//! the last word.

use std::collections::{HashMap, HashSet};

use super::{MAX_NESTING, is_ident_continue, is_ident_start};

/// Which objects are cut into pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Split {
    /// Wide ones, for speed.
    Wide,
    /// Also those in which a key is written twice.
    Repeated,
    /// All with more than one item, each into single items.
    All,
}

/// Objects with more items than this are cut.
const WIDE: usize = 256;
/// Items in a piece of a wide object.
const PIECE: usize = 64;

/// What the text is a piece of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grammar {
    Body,
    Expression,
    Template,
}

/// The copy, and what was seen on the way.
#[derive(Debug, Default)]
pub(super) struct Normalised {
    pub text: String,
    /// By the offset of the object's opening brace. In the copy, these objects are empty.
    pub pieces: HashMap<u32, Vec<Piece>>,
    pub statements: Vec<Statement>,
    /// Where nesting exceeded [`MAX_NESTING`].
    pub too_deep: Option<u32>,
    /// Something was seen that Terraform refuses and hcl-edit may accept.
    pub suspect: bool,
    /// Where the outermost bracket, quote or heredoc lies that is never closed.
    pub unclosed: Option<u32>,
}

/// Some items of an object, as an object of their own.
#[derive(Debug)]
pub(super) struct Piece {
    /// What to add to an offset in `text` for the offset in the copy.
    pub base: u32,
    pub text: String,
}

/// An attribute or block, as far as brackets and newlines tell.
#[derive(Clone, Debug, Default)]
pub(super) struct Statement {
    pub start: u32,
    pub end: u32,
    /// Of the `=` of an attribute.
    pub equals: Option<u32>,
    /// Of a block's braces. Without a closing one the block runs to `end`.
    pub open: Option<u32>,
    pub close: Option<u32>,
    pub children: Vec<Statement>,
}

/// Makes the copy.
pub(super) fn normalise(text: &str, grammar: Grammar, split: Split) -> Normalised {
    let mut lexer = Lexer::new(text, grammar, split);
    lexer.run();
    lexer.finish()
}

/// Finds the statements of a text in which something is wrong. What is not closed ends where the next block
/// seems to begin.
pub(super) fn statements(text: &str) -> Vec<Statement> {
    let mut lexer = Lexer::new(text, Grammar::Body, Split::Wide);
    lexer.recording = true;
    lexer.run();
    if lexer.stack.len() > 1 {
        lexer = Lexer::new(text, Grammar::Body, Split::Wide);
        lexer.recording = true;
        lexer.resync = true;
        lexer.run();
    }
    lexer.finish().statements
}

#[derive(Debug)]
struct Frame {
    mode: Mode,
    open: usize,
}

#[derive(Debug)]
enum Mode {
    /// A body: statements end at newlines.
    Body {
        done: Vec<Statement>,
        current: Option<Statement>,
    },
    /// An object: items end at newlines and commas.
    Object {
        items: Vec<Item>,
        current: Option<Item>,
    },
    /// `(`, `[`, `{for`, and `${` or `%{`: newlines mean nothing.
    Free(u8),
    Quote,
    /// Ends at the first line that holds only the marker.
    Heredoc {
        marker: (usize, usize),
        body: usize,
        line_start: bool,
    },
    /// A template without any quotes.
    Template,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    start: usize,
    key_end: Option<usize>,
    end: usize,
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    out: Vec<u8>,
    at: usize,
    stack: Vec<Frame>,
    /// Frames that cost hcl-edit a level.
    depth: usize,
    last_end: usize,
    split: Split,
    recording: bool,
    resync: bool,
    result: Normalised,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str, grammar: Grammar, split: Split) -> Lexer<'a> {
        let mode = match grammar {
            Grammar::Body => Mode::Body { done: Vec::new(), current: None },
            // Terraform reads a bare expression as if it stood in parentheses.
            Grammar::Expression => Mode::Free(b'('),
            Grammar::Template => Mode::Template,
        };
        Lexer {
            text,
            bytes: text.as_bytes(),
            out: text.as_bytes().to_vec(),
            at: 0,
            stack: vec![Frame { mode, open: 0 }],
            depth: 0,
            last_end: 0,
            split,
            recording: false,
            resync: false,
            result: Normalised::default(),
        }
    }

    fn run(&mut self) {
        if self.bytes.starts_with(b"\xef\xbb\xbf") {
            self.blank(0, 3);
            self.at = 3;
        }
        // What is too deep is refused.
        while self.at < self.bytes.len() && (self.recording || self.result.too_deep.is_none()) {
            match self.top() {
                Mode::Quote => self.quote(),
                Mode::Heredoc { .. } => self.heredoc(),
                Mode::Template => self.template(),
                Mode::Body { .. } | Mode::Object { .. } | Mode::Free(_) => self.code(),
            }
        }
    }

    fn finish(mut self) -> Normalised {
        self.result.unclosed = self.stack.get(1).map(|f| f.open as u32);
        self.result.suspect |= self.stack.len() > 1;
        while self.stack.len() > 1 {
            self.close_top(None);
        }
        self.end_statement();
        if let Some(Frame { mode: Mode::Body { done, .. }, .. }) = self.stack.pop() {
            self.result.statements = done;
        }
        self.result.text = String::from_utf8(self.out).expect("bug: normalising cut a character in two");
        self.result
    }

    fn top(&mut self) -> &mut Mode {
        &mut self.stack.last_mut().expect("bug: the outermost frame was closed").mode
    }

    fn push(&mut self, mode: Mode, open: usize) {
        if !matches!(mode, Mode::Quote | Mode::Heredoc { .. }) {
            self.depth += 1;
            if self.depth > MAX_NESTING {
                self.result.too_deep.get_or_insert(open as u32);
            }
        }
        self.stack.push(Frame { mode, open });
    }

    /// Overwrites a stretch by spaces.
    fn blank(&mut self, from: usize, to: usize) {
        self.out[from..to].fill(b' ');
    }

    /// Notes a token from `start` to `end`, and goes on after it.
    fn token(&mut self, start: usize, end: usize) {
        self.begin(start);
        self.last_end = end;
        self.at = end;
    }

    fn begin(&mut self, start: usize) {
        match self.top() {
            Mode::Body { current: current @ None, .. } => {
                *current = Some(Statement { start: start as u32, ..Statement::default() });
            }
            Mode::Object { current: current @ None, .. } => {
                *current = Some(Item { start, key_end: None, end: start });
            }
            _ => {}
        }
    }

    fn code(&mut self) {
        let at = self.at;
        match self.bytes[at] {
            b' ' | b'\t' => self.at += 1,
            b'\n' => self.newline(),
            b'\r' => {
                if self.bytes.get(at + 1) != Some(&b'\n') {
                    self.result.suspect = true;
                    self.out[at] = b' ';
                } else if matches!(self.top(), Mode::Free(_)) {
                    self.out[at] = b' ';
                }
                self.at += 1;
            }
            b'#' => self.line_comment(),
            b'/' if self.bytes.get(at + 1) == Some(&b'/') => self.line_comment(),
            b'/' if self.bytes.get(at + 1) == Some(&b'*') => {
                let end = memchr::memmem::find(&self.bytes[at + 2..], b"*/").map(|i| at + 2 + i + 2);
                if let (Some(end), Mode::Free(_)) = (end, self.top()) {
                    self.blank(at, end);
                }
                self.at = end.unwrap_or(self.bytes.len());
            }
            b'"' => {
                self.token(at, at + 1);
                self.push(Mode::Quote, at);
            }
            open @ (b'(' | b'[') => {
                self.token(at, at + 1);
                self.push(Mode::Free(open), at);
            }
            b'{' => self.open_brace(),
            close @ (b')' | b']' | b'}') => self.close(close),
            b'<' if self.bytes.get(at + 1) == Some(&b'<') => self.open_heredoc(),
            b',' => {
                if matches!(self.top(), Mode::Object { .. }) {
                    self.end_item();
                    self.at += 1;
                } else {
                    self.token(at, at + 1);
                }
            }
            b'=' | b':' => {
                self.token(at, at + 1);
                match self.top() {
                    Mode::Object { current: Some(item), .. } => {
                        item.key_end.get_or_insert(at);
                    }
                    Mode::Body { current: Some(statement), .. } => {
                        statement.equals.get_or_insert(at as u32);
                    }
                    _ => {}
                }
            }
            b'0'..=b'9' => self.number(),
            _ => {
                let rest = &self.text[at..];
                let mut chars = rest.chars();
                let first = chars.next().expect("bug: the lexer stands inside a character");
                let length = if is_ident_start(first) {
                    rest.find(|c| !is_ident_continue(c)).unwrap_or(rest.len())
                } else {
                    first.len_utf8()
                };
                self.token(at, at + length);
            }
        }
    }

    /// Skips a number. Those that hcl-edit cannot hold, and indexes like `.01` and `.1e5`, are overwritten;
    /// their text is taken from the source.
    fn number(&mut self) {
        let start = self.at;
        let digits = |from: usize| self.bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
        let mut end = start + digits(start);
        if self.bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
        }
        let mut exponent = false;
        if matches!(self.bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.bytes.get(end + 1), Some(b'+' | b'-')));
            let length = digits((end + 1 + sign).min(self.bytes.len()));
            if length > 0 {
                exponent = true;
                end += 1 + sign + length;
            }
        }
        let index = self.bytes[..start].trim_ascii_end().ends_with(b".");
        if index {
            let whole = !self.bytes[start..end].contains(&b'.');
            if whole && (exponent || end - start > 1 && self.bytes[start] == b'0') {
                self.out[start..end].fill(b'1');
            }
        } else if exponent || end - start > 300 {
            self.out[start..end].fill(b'0');
            self.out[start + 1] = b'.';
        }
        self.token(start, end);
    }

    fn newline(&mut self) {
        match self.top() {
            Mode::Body { .. } => self.end_statement(),
            Mode::Object { .. } => self.end_item(),
            _ => self.out[self.at] = b' ',
        }
        self.at += 1;
        self.resynchronise();
    }

    /// Where a block seems to begin at the start of a line, closes whatever is still open.
    fn resynchronise(&mut self) {
        const BLOCKS: [&str; 14] = [
            "resource",
            "data",
            "module",
            "variable",
            "locals",
            "output",
            "provider",
            "terraform",
            "moved",
            "import",
            "removed",
            "check",
            "ephemeral",
            "run",
        ];
        if !self.resync || self.stack.len() == 1 {
            return;
        }
        let line = &self.bytes[self.at..];
        let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
        let opens = line.trim_ascii_end().ends_with(b"{")
            || line.trim_ascii_end().ends_with(b"}") && line.contains(&b'{');
        let word = line.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
        let named = BLOCKS.iter().any(|b| b.as_bytes() == &line[..word]);
        if opens && named && matches!(line.get(word), Some(b' ' | b'"' | b'{')) {
            while self.stack.len() > 1 {
                self.close_top(None);
            }
            self.end_statement();
        }
    }

    fn line_comment(&mut self) {
        let start = self.at;
        let end = memchr::memchr(b'\n', &self.bytes[start..]).map_or(self.bytes.len(), |i| start + i);
        if matches!(self.top(), Mode::Free(_)) {
            self.blank(start, end);
        } else {
            let content = if end < self.bytes.len() && self.bytes[end - 1] == b'\r' { end - 1 } else { end };
            for i in start..content {
                if self.bytes[i] == b'\r' {
                    self.out[i] = b' ';
                }
            }
        }
        self.at = end;
    }

    fn open_brace(&mut self) {
        let at = self.at;
        let block = match self.top() {
            Mode::Body { current: Some(statement), .. } if statement.equals.is_none() => {
                statement.open = Some(at as u32);
                true
            }
            _ => false,
        };
        self.token(at, at + 1);
        let mode = if block {
            Mode::Body { done: Vec::new(), current: None }
        } else if self.for_follows() {
            Mode::Free(b'{')
        } else {
            Mode::Object { items: Vec::new(), current: None }
        };
        self.push(mode, at);
    }

    fn for_follows(&self) -> bool {
        let from = skip_blank(self.bytes, self.at);
        self.text.get(from..).is_some_and(starts_with_for)
    }

    /// Closes the innermost bracket that this one can close, and what was left open inside.
    fn close(&mut self, close: u8) {
        let at = self.at;
        let fits = |frame: &Frame| {
            matches!(
                (&frame.mode, close),
                (Mode::Free(b'('), b')')
                    | (Mode::Free(b'['), b']')
                    | (Mode::Free(b'{' | b'$') | Mode::Object { .. } | Mode::Body { .. }, b'}')
            )
        };
        let barrier = |f: &Frame| matches!(f.mode, Mode::Quote | Mode::Heredoc { .. } | Mode::Free(b'$'));
        // Only so deep, lest a file of opening brackets take quadratic time.
        let candidates = self.stack.iter().enumerate().skip(1).rev().take(4 * MAX_NESTING);
        let found = candidates.into_iter().find(|(_, f)| fits(f) || barrier(f)).map(|(i, _)| i);
        let found = found.filter(|i| fits(&self.stack[*i]));
        let Some(found) = found else {
            self.result.suspect = true;
            self.token(at, at + 1);
            return;
        };
        while self.stack.len() > found + 1 {
            self.result.suspect = true;
            self.close_top(None);
        }
        self.close_top(Some(at));
        self.last_end = at + 1;
        self.at = at + 1;
    }

    /// Takes the innermost frame off; `close` is where its bracket is closed, if it is.
    fn close_top(&mut self, close: Option<usize>) {
        self.end_statement();
        self.end_item();
        let frame = self.stack.pop().expect("bug: the outermost frame was closed");
        if !matches!(frame.mode, Mode::Quote | Mode::Heredoc { .. }) {
            self.depth -= 1;
        }
        match frame.mode {
            Mode::Body { done, .. } => {
                let shallow = self.depth < MAX_NESTING;
                if let Mode::Body { current: Some(statement), .. } = self.top() {
                    // A deep tree would overflow the stack when it is dropped.
                    statement.children = if shallow { done } else { Vec::new() };
                    statement.close = close.map(|c| c as u32);
                }
            }
            Mode::Object { items, .. } => {
                if let Some(close) = close {
                    self.cut(frame.open, close, &items);
                }
            }
            Mode::Free(_) | Mode::Quote | Mode::Heredoc { .. } | Mode::Template => {}
        }
    }

    fn end_statement(&mut self) {
        let (end, recording) = (self.last_end as u32, self.recording);
        if let Mode::Body { done, current } = self.top()
            && let Some(mut statement) = current.take()
            && recording
        {
            statement.end = end.max(statement.start);
            done.push(statement);
        }
    }

    fn end_item(&mut self) {
        let end = self.last_end;
        if let Mode::Object { items, current } = self.top()
            && let Some(mut item) = current.take()
        {
            item.end = end;
            items.push(item);
        }
    }

    /// Cuts an object into pieces, where it has to be.
    fn cut(&mut self, open: usize, close: usize, items: &[Item]) {
        let wide = items.len() > WIDE;
        let size = match self.split {
            _ if items.len() < 2 => return,
            Split::All => 1,
            Split::Repeated if self.repeats(items) => 1,
            Split::Wide | Split::Repeated if wide => PIECE,
            Split::Wide | Split::Repeated => return,
        };
        let pieces = items
            .chunks(size)
            .map(|chunk| {
                let (from, to) = (chunk[0].start, chunk[chunk.len() - 1].end);
                let slice =
                    std::str::from_utf8(&self.out[from..to]).expect("bug: an item begins inside a character");
                // The newline ends a heredoc, if there is one at the end.
                Piece { base: from as u32 - 1, text: format!("{{{slice}\n}}") }
            })
            .collect();
        self.result.pieces.insert(open as u32, pieces);
        self.blank(open + 1, close);
    }

    fn repeats(&self, items: &[Item]) -> bool {
        let mut seen = HashSet::with_capacity(items.len());
        items.iter().any(|item| {
            let key = item.key_end.map(|end| self.text[item.start..end].trim_end());
            key.is_some_and(|key| !seen.insert(key))
        })
    }

    fn quote(&mut self) {
        let at = self.at;
        match self.bytes[at] {
            b'"' => {
                self.stack.pop();
                self.last_end = at + 1;
                self.at += 1;
            }
            b'\\' if !matches!(self.bytes.get(at + 1), None | Some(b'\n')) => self.at += 2,
            b'$' | b'%' => self.marker(),
            b'\n' => {
                self.result.suspect = true;
                if self.recording {
                    // A string never runs over the end of its line.
                    self.stack.pop();
                    self.last_end = at;
                } else {
                    self.at += 1;
                }
            }
            _ => self.at += 1,
        }
        // An escape may have led into a character.
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
    }

    /// Stands on a `$` or `%` in a template: begins an interpolation or directive, or skips what is none.
    fn marker(&mut self) {
        let at = self.at;
        let sign = self.bytes[at];
        match (self.bytes.get(at + 1), self.bytes.get(at + 2)) {
            (Some(b'{'), _) => {
                self.at += 2;
                if self.bytes.get(self.at) == Some(&b'~') {
                    self.at += 1;
                }
                self.last_end = self.at;
                self.push(Mode::Free(b'$'), at);
            }
            (Some(next), Some(b'{')) if *next == sign => self.at += 3,
            _ => self.at += 1,
        }
    }

    fn template(&mut self) {
        let at = self.at;
        match self.bytes[at] {
            b'$' | b'%' => self.marker(),
            b'\r' if self.bytes.get(at + 1) != Some(&b'\n') => {
                // Terraform's scanner gives up here, and takes the rest as it stands.
                for i in memchr::memchr2_iter(b'$', b'%', &self.bytes[at..]) {
                    self.out[at + i] = b'_';
                }
                self.at = self.bytes.len();
            }
            b'\r' => self.at += 1,
            _ => {
                let rest = &self.bytes[at..];
                self.at += memchr::memchr3(b'$', b'%', b'\r', rest).unwrap_or(rest.len());
            }
        }
    }

    fn open_heredoc(&mut self) {
        let start = self.at;
        let mut from = start + 2;
        if self.bytes.get(from) == Some(&b'-') {
            from += 1;
        }
        let rest = self.text.get(from..).unwrap_or("");
        let length = rest.find(|c| !is_ident_continue(c)).unwrap_or(rest.len());
        let starts_well = rest.chars().next().is_some_and(is_ident_start);
        let after = &rest[length..];
        let newline = if after.starts_with("\r\n") { 2 } else { usize::from(after.starts_with('\n')) };
        if !starts_well || newline == 0 {
            self.token(start, start + 1);
            return;
        }
        let body = from + length + newline;
        self.token(start, body);
        self.push(Mode::Heredoc { marker: (from, from + length), body, line_start: true }, start);
    }

    fn heredoc(&mut self) {
        let Some(Frame { mode: Mode::Heredoc { marker, body, line_start }, open }) = self.stack.last_mut()
        else {
            unreachable!("bug: no heredoc");
        };
        let (marker, body, open) = (*marker, *body, *open);
        if std::mem::replace(line_start, false)
            && self.heredoc_line(&self.text[marker.0..marker.1], body, open)
        {
            return;
        }
        let at = self.at;
        match self.bytes[at] {
            b'$' | b'%' => self.marker(),
            b'\n' => {
                if let Mode::Heredoc { line_start, .. } = self.top() {
                    *line_start = true;
                }
                self.at += 1;
                self.resynchronise();
            }
            b'\r' => {
                self.result.suspect |= self.bytes.get(at + 1) != Some(&b'\n');
                self.at += 1;
            }
            _ => {
                let stop = |b: &u8| matches!(b, b'$' | b'%' | b'\n' | b'\r');
                let rest = &self.bytes[at..];
                self.at += rest.iter().position(stop).unwrap_or(rest.len());
            }
        }
    }

    /// Looks at a whole line of a heredoc; true if it was the last one.
    fn heredoc_line(&mut self, marker: &str, body: usize, open: usize) -> bool {
        let at = self.at;
        let newline = memchr::memchr(b'\n', &self.bytes[at..]).map(|i| at + i);
        let line_end = newline.unwrap_or(self.bytes.len());
        let line = &self.text[at..line_end];
        if is_marker(line, marker) {
            let from = at + (line.len() - line.trim_start().len());
            let to = from + marker.len();
            self.result.suspect |= newline.is_none();
            if at == body {
                self.blank(open, to);
                self.out[open..open + 2].fill(b'"');
            } else {
                self.blank(at, from);
                let carriage_return = usize::from(line.ends_with('\r'));
                self.blank(to, line_end - carriage_return);
            }
            self.stack.pop();
            self.last_end = to;
            self.at = to;
            return true;
        }
        let start = line.trim_start_matches([' ', '\t']);
        if let Some(after) = start.strip_prefix(marker)
            && !after.starts_with(is_ident_continue)
        {
            let from = line_end - start.len();
            let first = marker.chars().next().map_or(1, char::len_utf8);
            let other = if marker.starts_with('_') { b'x' } else { b'_' };
            self.out[from..from + first].fill(other);
        }
        false
    }
}

/// Whether a line of a heredoc ends it. A carriage return can only stand before the newline.
pub(super) fn is_marker(line: &str, marker: &str) -> bool {
    line.trim() == marker && !line.strip_suffix('\r').unwrap_or(line).contains('\r')
}

/// Skips spaces, newlines and comments.
pub(super) fn skip_blank(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b' ' | b'\t' | b'\n' | b'\r'), _) => at += 1,
            (Some(b'#'), _) | (Some(b'/'), Some(b'/')) => {
                at = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |i| at + i);
            }
            (Some(b'/'), Some(b'*')) => {
                at = memchr::memmem::find(&bytes[at + 2..], b"*/").map_or(bytes.len(), |i| at + 2 + i + 2);
            }
            _ => return at,
        }
    }
}

/// Whether the text begins with the word `for`.
pub(super) fn starts_with_for(text: &str) -> bool {
    text.strip_prefix("for").is_some_and(|after| !after.starts_with(is_ident_continue))
}
