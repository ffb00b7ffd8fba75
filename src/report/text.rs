//! Lines of text with tones: measured in columns, coloured at the very end.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

/// What a piece of text means; how it looks follows from that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Strong,
    Faint,
    Error,
    Warning,
    Notice,
    Good,
    /// A place: file, line, column.
    Place,
}

impl Tone {
    fn ansi(self) -> &'static str {
        match self {
            Tone::Plain => "",
            Tone::Strong => "\x1b[1m",
            Tone::Faint => "\x1b[2m",
            Tone::Error => "\x1b[1;31m",
            Tone::Warning => "\x1b[1;33m",
            Tone::Notice => "\x1b[1;34m",
            Tone::Good => "\x1b[1;32m",
            Tone::Place => "\x1b[36m",
        }
    }
}

/// One line on the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(Vec<(Tone, String)>);

impl Line {
    pub fn new() -> Line {
        Line::default()
    }

    pub fn plain(text: impl Into<String>) -> Line {
        Line::new().with(Tone::Plain, text)
    }

    #[must_use]
    pub fn with(mut self, tone: Tone, text: impl Into<String>) -> Line {
        self.push(tone, text);
        self
    }

    pub fn push(&mut self, tone: Tone, text: impl Into<String>) {
        let text = printable(text.into());
        if !text.is_empty() {
            self.0.push((tone, text));
        }
    }

    pub fn append(&mut self, other: Line) {
        self.0.extend(other.0);
    }

    /// Width in columns of a terminal.
    pub fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| text.width()).sum()
    }

    /// Fills up with blanks to a width.
    #[must_use]
    pub fn padded(mut self, to: usize) -> Line {
        let missing = to.saturating_sub(self.width());
        self.push(Tone::Plain, " ".repeat(missing));
        self
    }

    /// Breaks at blanks so that no line is wider than `width`; lines after the first begin with `indent` blanks.
    /// A word that is wider on its own is left whole: paths and addresses are there to be copied.
    pub fn wrap(self, width: usize, indent: usize) -> Vec<Line> {
        if self.width() <= width {
            return vec![self];
        }
        let (mut lines, mut line, mut used, mut first) = (Vec::new(), Line::new(), 0, true);
        for (tone, text) in self.0 {
            for word in text.split_inclusive(' ') {
                let wide = word.trim_end().width();
                if used + wide > width && !first {
                    lines.push(std::mem::take(&mut line).trimmed());
                    line.push(Tone::Plain, " ".repeat(indent));
                    (used, first) = (indent, true);
                }
                // A blank that a break has made superfluous.
                if first && used == indent && word == " " && !lines.is_empty() {
                    continue;
                }
                used += word.width();
                first &= word.trim().is_empty();
                line.push(tone, word);
            }
        }
        lines.push(line.trimmed());
        lines
    }

    fn trimmed(mut self) -> Line {
        while let Some((_, text)) = self.0.last_mut() {
            text.truncate(text.trim_end().len());
            if !text.is_empty() {
                break;
            }
            self.0.pop();
        }
        self
    }

    /// Writes the line, without its end.
    pub fn write(&self, color: bool, out: &mut String) {
        for (tone, text) in &self.0 {
            match tone.ansi() {
                "" => out.push_str(text),
                _ if !color => out.push_str(text),
                code => {
                    let _ = write!(out, "{code}{text}\x1b[0m");
                }
            }
        }
        // Blanks at the end of a line are noise in a diff.
        if !color {
            out.truncate(out.trim_end_matches(' ').len());
        }
    }
}

/// Replaces what would steer the terminal: an address or a tag may hold anything.
fn printable(text: String) -> String {
    if text.chars().any(steers) {
        text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
    } else {
        text
    }
}

/// Control characters, and those that reorder text.
fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Cuts a name so that what is in brackets at its end stays: two names may differ in nothing else.
pub fn clip_name(name: &str, width: usize) -> String {
    let at = name.rfind(" (").filter(|_| name.ends_with(')'));
    match at.map(|at| name.split_at(at)) {
        Some((head, end)) if name.width() > width && end.width() <= width / 2 => {
            clip(head, width - end.width()) + end
        }
        _ => clip(name, width),
    }
}

/// Cuts a text to a width, with `…` in place of what is missing.
pub fn clip(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        if used > width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, width: usize) -> Vec<String> {
        let lines = Line::plain(text).wrap(width, 2);
        lines
            .iter()
            .map(|l| {
                let mut s = String::new();
                l.write(false, &mut s);
                s
            })
            .collect()
    }

    #[test]
    fn lines_break_at_blanks_and_hang() {
        assert_eq!(wrapped("one two three four", 9), ["one two", "  three", "  four"]);
        assert_eq!(
            wrapped("one aws_connect_queue.this two", 9),
            ["one", "  aws_connect_queue.this", "  two"]
        );
        assert_eq!(wrapped("short", 9), ["short"]);
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(Line::plain("日本").width(), 4);
        assert_eq!(clip("日本語", 5), "日本…");
    }

    #[test]
    fn control_characters_never_reach_the_terminal() {
        let mut out = String::new();
        Line::plain("a\u{1b}[31mb\u{202e}c").write(true, &mut out);
        assert_eq!(out, "a\u{fffd}[31mb\u{fffd}c");
    }
}
