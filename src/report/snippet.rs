//! The line of source that a finding points at, with everything hidden that is not its business.
//!
//! INVARIANT: no literal leaves this file but block labels and the judged tag's own key and value; nothing at all
//! from tfvars, JSON syntax, heredocs or defaults of variables.

use unicode_width::UnicodeWidthChar;

use crate::source::{SourceFile, Span};

/// One line, masked, and what to underline in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// Counted from 1.
    pub line: u32,
    pub text: String,
    /// Columns before the mark.
    pub from: usize,
    /// Columns of the mark, at least 1.
    pub len: usize,
}

/// Returns the first line of a span, at most `width` columns wide; None: it must not be shown.
/// `key` is the tag that is judged, whose literals may be seen.
pub fn snippet(file: &SourceFile, span: Span, key: Option<&str>, width: usize) -> Option<Snippet> {
    if !file.path.ends_with(".tf") && !file.path.ends_with(".tofu") && !file.path.ends_with(".hcl") {
        return None;
    }
    let text: &str = &file.text;
    let (start, end) = (span.range().start, span.range().end.min(text.len()));
    if start > end || !text.is_char_boundary(start) {
        return None;
    }
    let head = text[..start].rfind('\n').map_or(0, |i| i + 1);
    let tail = text[start..].find(['\n', '\r']).map_or(text.len(), |i| start + i);
    let kinds = kinds(text, head, tail);
    if kinds.contains(&Kind::Hidden) {
        return None;
    }
    let cells = mask(&text[head..tail], &kinds, start - head, end.min(tail) - head, key);
    let (line, _) = file.line_col(span.start);
    Some(window(line, &cells, width))
}

/// What a byte of source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Code,
    /// Inside quotes, but not in an interpolation.
    Literal,
    Comment,
    /// Part of a heredoc or of a variable's default.
    Hidden,
}

/// Where a reader of HCL is.
enum Mode {
    /// Expressions and blocks; how many brackets are open.
    Code(u32),
    Quote,
}

/// Returns what each byte from `head` to `tail` is. Reads from the start of the file: only that tells a quote that
/// opens from one that closes.
fn kinds(text: &str, head: usize, tail: usize) -> Vec<Kind> {
    let bytes = text.as_bytes();
    let mut kinds = vec![Kind::Code; tail - head];
    let mut mark = |from: usize, upto: usize, kind: Kind| {
        for i in from.max(head)..upto.min(tail) {
            kinds[i - head] = kind;
        }
    };
    let mut modes = vec![Mode::Code(0)];
    let (mut variable, mut default) = (false, None);
    let mut at = 0;
    while at < tail {
        let outermost = modes.len() == 1;
        let Some(mode) = modes.last_mut() else { break };
        match mode {
            Mode::Quote => match bytes[at] {
                b'\\' => {
                    mark(at, at + 2, Kind::Literal);
                    at += 2;
                }
                b'$' | b'%' if bytes.get(at + 1) == Some(&bytes[at]) && bytes.get(at + 2) == Some(&b'{') => {
                    mark(at, at + 3, Kind::Literal);
                    at += 3;
                }
                b'$' | b'%' if bytes.get(at + 1) == Some(&b'{') => {
                    modes.push(Mode::Code(0));
                    at += 2;
                }
                b'"' | b'\n' => {
                    modes.pop();
                    at += 1;
                }
                _ => {
                    mark(at, at + 1, Kind::Literal);
                    at += 1;
                }
            },
            Mode::Code(depth) => {
                let rest = &bytes[at..];
                match rest[0] {
                    b'#' => at = comment(text, at, "\n", &mut mark),
                    b'/' if rest.starts_with(b"//") => at = comment(text, at, "\n", &mut mark),
                    b'/' if rest.starts_with(b"/*") => at = comment(text, at, "*/", &mut mark),
                    b'<' if rest.starts_with(b"<<") => {
                        let end = heredoc(text, at);
                        mark(at + 2, end, Kind::Hidden);
                        at = end.max(at + 2);
                    }
                    b'"' => {
                        modes.push(Mode::Quote);
                        at += 1;
                    }
                    b'}' if *depth == 0 && !outermost => {
                        modes.pop();
                        at += 1;
                    }
                    c @ (b'{' | b'[' | b'(' | b'}' | b']' | b')') => {
                        *depth = if matches!(c, b'{' | b'[' | b'(') {
                            *depth + 1
                        } else {
                            depth.saturating_sub(1)
                        };
                        if outermost && *depth == 0 {
                            if let Some(from) = default.take() {
                                mark(from, at, Kind::Hidden);
                            }
                            variable = false;
                        }
                        at += 1;
                    }
                    b'\n' if outermost && *depth == 1 => {
                        if let Some(from) = default.take() {
                            mark(from, at, Kind::Hidden);
                        }
                        at += 1;
                    }
                    c if c.is_ascii_alphabetic() => {
                        let word =
                            rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
                        match &text[at..at + word] {
                            "variable" if outermost && *depth == 0 => variable = true,
                            "default" if variable && outermost && *depth == 1 => default = Some(at),
                            _ => {}
                        }
                        at += word;
                    }
                    _ => at += 1,
                }
            }
        }
    }
    if let Some(from) = default {
        mark(from, tail, Kind::Hidden);
    }
    kinds
}

/// Marks a comment and returns where the reader goes on.
fn comment(text: &str, at: usize, end: &str, mark: &mut impl FnMut(usize, usize, Kind)) -> usize {
    let upto = text[at..].find(end).map_or(text.len(), |i| at + i);
    mark(at, upto, Kind::Comment);
    if end == "\n" { upto } else { upto + end.len() }
}

/// Returns the end of the heredoc that begins at `at`.
fn heredoc(text: &str, at: usize) -> usize {
    let rest = text[at + 2..].trim_start_matches('-');
    let marker: &str =
        rest.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').next().unwrap_or("");
    if marker.is_empty() {
        return at + 2;
    }
    let mut from = text[at..].find('\n').map_or(text.len(), |i| at + i + 1);
    while from < text.len() {
        let upto = text[from..].find('\n').map_or(text.len(), |i| from + i);
        if text[from..upto].trim() == marker {
            return upto;
        }
        from = upto + 1;
    }
    text.len()
}

/// One character on the screen.
struct Cell {
    shown: char,
    marked: bool,
}

/// Returns what may be seen of a line, character by character.
fn mask(line: &str, kinds: &[Kind], start: usize, end: usize, key: Option<&str>) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let run = kinds[at..].iter().take_while(|k| **k == kinds[at]).count();
        let marked = |i: usize| i >= start && (i < end || i == start);
        let text = &line[at..at + run];
        match kinds[at] {
            Kind::Hidden => {}
            Kind::Comment if at >= end => break,
            Kind::Literal if !may_be_seen(line, at, text, start, key) => {
                cells.push(Cell { shown: '…', marked: marked(at) });
            }
            Kind::Code | Kind::Comment | Kind::Literal => {
                for (i, c) in text.char_indices() {
                    let shown = if c == '\t' { ' ' } else { c };
                    let again = if c == '\t' { 2 } else { 1 };
                    cells.extend((0..again).map(|_| Cell { shown, marked: marked(at + i) }));
                }
            }
        }
        at += run;
    }
    while cells.last().is_some_and(|c| c.shown == ' ') {
        cells.pop();
    }
    cells
}

/// True for labels of blocks and for the judged tag: its key, and its value where that is one plain template.
fn may_be_seen(line: &str, at: usize, literal: &str, start: usize, key: Option<&str>) -> bool {
    let Some(before) = line[..at].strip_suffix('"') else { return false };
    let words = before.trim_start().trim_end_matches([' ', '\t']);
    let label = !words.is_empty()
        && words.split_whitespace().all(|w| w.chars().all(|c| c.is_alphanumeric() || "_-\"".contains(c)))
        && words.starts_with(|c: char| c.is_alphabetic());
    if label {
        return true;
    }
    let Some(key) = key else { return false };
    // The value of the key, written right behind it, or the whole of what is marked.
    let value_of = before.trim_end().strip_suffix(['=', ':']).map(|b| b.trim_end().trim_end_matches('"'));
    literal == key || value_of.is_some_and(|b| names(b, key)) || start + 1 == at
}

/// True if the text ends with the key as a word of its own.
fn names(before: &str, key: &str) -> bool {
    before
        .strip_suffix(key)
        .is_some_and(|b| !b.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-' || c == '.'))
}

/// Cuts a line to a width, around what is marked.
fn window(line: u32, cells: &[Cell], width: usize) -> Snippet {
    let columns = |cells: &[Cell]| cells.iter().map(|c| c.shown.width().unwrap_or(1)).sum::<usize>();
    let first = cells.iter().position(|c| c.marked).unwrap_or(cells.len());
    let count = cells[first..].iter().take_while(|c| c.marked).count();
    let skip = if columns(cells) > width && columns(&cells[..first]) > width / 2 {
        first.saturating_sub(width / 4)
    } else {
        0
    };
    let mut text = String::new();
    if skip > 0 {
        text.push('…');
    }
    let lead = usize::from(skip > 0);
    let mut used = lead;
    let mut kept = 0;
    for cell in &cells[skip..] {
        let wide = cell.shown.width().unwrap_or(1);
        if used + wide + 1 > width && columns(&cells[skip..]) + lead > width {
            text.push('…');
            break;
        }
        text.push(cell.shown);
        used += wide;
        kept += 1;
    }
    let from = lead + columns(&cells[skip..first]);
    let len = columns(&cells[first..(first + count).min(skip + kept).max(first)]).max(1);
    Snippet { line, text, from, len }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Files;

    /// Shows the line that holds `mark`, with the mark underlined.
    fn check(path: &str, text: &str, mark: &str, key: Option<&str>, expected: Option<&str>) {
        let files = Files::default();
        let file = files.add(path, text);
        let start = text.find(mark).unwrap() as u32;
        let span = Span { file: file.id, start, end: start + mark.len() as u32 };
        let shown = snippet(&file, span, key, 60)
            .map(|s| format!("{}|{}\n{}{}", s.line, s.text, " ".repeat(s.from), "^".repeat(s.len)));
        let expected = expected.map(str::to_owned);
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn literals_are_masked_and_interpolations_are_not() {
        check(
            "a.tf",
            "x {\n  name = \"a-${var.b}-c\"\n}",
            "name",
            None,
            Some("2|  name = \"…${var.b}…\"\n  ^^^^"),
        );
        check("a.tf", "a = [\"x\", \"\"] # pw\n", "a", None, Some("1|a = [\"…\", \"\"]\n^"));
    }

    #[test]
    fn labels_of_blocks_are_shown() {
        let head = "resource \"aws_vpc\" \"main\" {";
        check(
            "a.tf",
            &format!("{head}\n}}"),
            head,
            None,
            Some(&format!("1|{head}\n{}", "^".repeat(head.len()))),
        );
    }

    #[test]
    fn the_judged_tag_is_shown_and_its_neighbours_are_not() {
        check(
            "a.tf",
            r#"t = { Owner = "x", Other = "y" }"#,
            r#""x""#,
            Some("Owner"),
            Some("1|t = { Owner = \"x\", Other = \"…\" }\n              ^^^"),
        );
        check(
            "a.tf",
            r#"t = { "Owner" : sensitive("x"), MyOwner = "y" }"#,
            "t",
            Some("Owner"),
            Some("1|t = { \"Owner\" : sensitive(\"…\"), MyOwner = \"…\" }\n^"),
        );
    }

    #[test]
    fn nothing_is_shown_of_variable_values_heredocs_and_json() {
        check("a.tfvars", "a = 1", "a", None, None);
        check("a.tf.json", "{\"a\": 1}", "a", None, None);
        check(
            "a.tf",
            "variable \"v\" {\n  default = {\n    a = 5\n  }\n  type = any\n}",
            "a = 5",
            None,
            None,
        );
        check("a.tf", "variable \"v\" { default = 5 }", "variable", None, None);
        check("a.tf", "a = <<EOT\n secret\nEOT\nb = 1", "secret", None, None);
        check("a.tf", "a = <<EOT\n secret\nEOT\nb = 1", "b = 1", None, Some("4|b = 1\n^^^^^"));
        check(
            "a.tf",
            "variable \"v\" {\n  default = [\n    1\n  ]\n  type = any\n}",
            "type",
            None,
            Some("5|  type = any\n  ^^^^"),
        );
    }

    #[test]
    fn a_quote_within_an_interpolation_does_not_end_the_literal() {
        check(
            "a.tf",
            r#"a = "p${f("q")}r" + 1"#,
            "1",
            None,
            Some("1|a = \"…${f(\"…\")}…\" + 1\n                    ^"),
        );
    }

    #[test]
    fn a_long_line_is_cut_around_its_mark() {
        let text = format!("a = [{}] + marked + {}", "1, ".repeat(40), "2 + ".repeat(40));
        let files = Files::default();
        let file = files.add("a.tf", text.as_str());
        let start = text.find("marked").unwrap() as u32;
        let s = snippet(&file, Span { file: file.id, start, end: start + 6 }, None, 60).unwrap();
        assert!(
            s.text.starts_with('…') && s.text.ends_with('…') && s.text.chars().count() <= 60,
            "{}",
            s.text
        );
        assert_eq!(s.text.chars().skip(s.from).take(s.len).collect::<String>(), "marked");
    }
}
