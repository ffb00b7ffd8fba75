//! Edits of a text: entries that are added to a place, and lines that are aligned as `terraform fmt` does.

use std::collections::BTreeMap;

use ecow::EcoString;

/// What is added where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub place: Place,
    pub key: EcoString,
    pub value: EcoString,
}

/// Where entries are added; those of one place are added together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// An object in braces: where it begins and ends.
    Object { start: usize, end: usize },
    /// An expression that becomes an argument of `merge`.
    Wrap { start: usize, end: usize },
    /// The first argument of a call of `merge`: where it begins.
    Argument { at: usize },
    /// A block without the attribute: where its braces are, and what is written around the object.
    Body { open: usize, close: usize, name: Name },
}

/// What is added to a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// `tags = { … }`
    Tags,
    /// `default_tags { tags = { … } }`
    DefaultTags,
    /// A `tag` block for each.
    Blocks,
}

/// Returns the text with all edits made.
pub fn apply(text: &str, edits: Vec<Edit>) -> String {
    let mut by_place: BTreeMap<Place, Vec<(EcoString, EcoString)>> = BTreeMap::new();
    for edit in edits {
        by_place.entry(edit.place).or_default().push((edit.key, edit.value));
    }
    let mut changes: Vec<(usize, usize, String)> = Vec::new();
    for (place, mut entries) in by_place {
        entries.sort();
        entries.dedup();
        changes.extend(change(text, &place, &entries));
    }
    // From the end, so that places before stay where they are.
    changes.sort_by_key(|c| std::cmp::Reverse(c.0));
    let mut out = text.to_owned();
    for (start, end, new) in changes {
        out.replace_range(start..end, &new);
    }
    out
}

fn change(text: &str, place: &Place, entries: &[(EcoString, EcoString)]) -> Vec<(usize, usize, String)> {
    let eol = if text.contains("\r\n") { "\r\n" } else { "\n" };
    match place {
        Place::Wrap { start, end } => {
            vec![(*start, *start, format!("merge({}, ", inline(entries))), (*end, *end, ")".to_owned())]
        }
        Place::Argument { at } => {
            // A first argument on a line of its own gets a line of its own before it.
            let line = line_start(text, *at);
            let own_line = text[line..*at].chars().all(char::is_whitespace);
            let after = if own_line { format!(",{eol}{}", &text[line..*at]) } else { ", ".to_owned() };
            vec![(*at, *at, format!("{}{after}", inline(entries)))]
        }
        Place::Object { start, end } => object(text, *start, *end, entries, eol),
        Place::Body { open, close, name } => vec![body(text, *open, *close, *name, entries, eol)],
    }
}

/// `{ A = "x", B = "y" }`
fn inline(entries: &[(EcoString, EcoString)]) -> String {
    let items: Vec<String> = entries.iter().map(|(k, v)| format!("{} = {}", key(k), quoted(v))).collect();
    format!("{{ {} }}", items.join(", "))
}

fn lines(entries: &[(EcoString, EcoString)], indent: &str, eol: &str) -> String {
    let width = entries.iter().map(|(k, _)| key(k).chars().count()).max().unwrap_or(0);
    entries.iter().map(|(k, v)| format!("{indent}{:width$} = {}{eol}", key(k), quoted(v))).collect()
}

/// Adds entries to an object: to the same line, or on lines of their own, aligned with their neighbours.
fn object(
    text: &str,
    start: usize,
    end: usize,
    entries: &[(EcoString, EcoString)],
    eol: &str,
) -> Vec<(usize, usize, String)> {
    let inner = &text[start + 1..end - 1];
    if inner.trim().is_empty() && !inner.contains('\n') {
        return vec![(start, end, inline(entries))];
    }
    let close = line_start(text, end - 1);
    let alone = close > start && text[close..end - 1].chars().all(char::is_whitespace);
    if !alone {
        // The brace closes behind the last item.
        let items = inline(entries);
        let items = &items[2..items.len() - 2];
        let last = start + 1 + inner.trim_end().len();
        let comma = if text[..last].ends_with(',') || inner.trim().is_empty() { " " } else { ", " };
        let space = if text[last..end - 1].is_empty() { " " } else { "" };
        return vec![(last, last, format!("{comma}{items}{space}"))];
    }
    let outer = &text[close..end - 1];
    let (indent, mut changes) = align(text, start, close, entries, outer);
    let comma = ends_with_comma(&text[start + 1..close]);
    let mut new = lines(entries, &indent.text, eol);
    if let Some(width) = indent.width {
        new = entries
            .iter()
            .map(|(k, v)| format!("{}{:width$} = {}{eol}", indent.text, key(k), quoted(v)))
            .collect();
    }
    if comma {
        new = new.replace(&format!("\"{eol}"), &format!("\",{eol}"));
    }
    changes.push((close, close, new));
    changes
}

struct Indent {
    text: String,
    /// How wide keys are padded; None: as they are among themselves.
    width: Option<usize>,
}

/// Finds the items that stand in lines directly before the end of an object, and pads their keys.
///
/// `terraform fmt` aligns the equals signs of neighbouring lines, where each holds a whole item.
fn align(
    text: &str,
    start: usize,
    close: usize,
    entries: &[(EcoString, EcoString)],
    outer: &str,
) -> (Indent, Vec<(usize, usize, String)>) {
    let mut found: Vec<(usize, &str, &str)> = Vec::new();
    let mut indent: Option<String> = None;
    let mut at = close;
    while at > start {
        let from = line_start(text, at - 1);
        if from <= start {
            break;
        }
        let line = text[from..at].trim_end_matches(['\n', '\r']);
        let Some((lead, rest)) = split(line) else {
            let blank = line.trim().is_empty() || line.trim_start().starts_with(['#', '/']);
            if indent.is_none() && !blank {
                indent = Some(line[..line.len() - line.trim_start().len()].to_owned());
            }
            break;
        };
        indent.get_or_insert_with(|| line[..line.len() - line.trim_start().len()].to_owned());
        found.push((from, lead, rest));
        at = from;
    }
    let indent = indent.unwrap_or_else(|| format!("{outer}  "));
    let widths = found.iter().map(|(_, lead, _)| lead.trim().chars().count());
    let new = entries.iter().map(|(k, _)| key(k).chars().count()).max().unwrap_or(0);
    let before = widths.clone().max();
    // Lines that nobody aligned stay as they are.
    let aligned =
        before.is_some_and(|w| found.iter().all(|(_, lead, _)| lead.trim_start().chars().count() == w + 1));
    let Some(before) = before.filter(|_| aligned) else {
        return (Indent { text: indent, width: None }, Vec::new());
    };
    let width = before.max(new);
    let mut changes = Vec::new();
    if width > before {
        for (from, lead, _) in found {
            let at = from + lead.len();
            changes.push((at, at, " ".repeat(width - before)));
        }
    }
    (Indent { text: indent, width: Some(width) }, changes)
}

/// Splits `key = value` at the sign; None: the line is not one whole item.
fn split(line: &str) -> Option<(&str, &str)> {
    let mut depth = 0_i32;
    let mut quoted = false;
    let mut sign = None;
    let bytes = line.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b'\\' if quoted => i += 1,
            b'"' => quoted = !quoted,
            b'#' if !quoted => break,
            b'/' if !quoted && bytes.get(i + 1) == Some(&b'/') => break,
            b'(' | b'[' | b'{' if !quoted => depth += 1,
            b')' | b']' | b'}' if !quoted => depth -= 1,
            b'=' if !quoted && depth == 0 && sign.is_none() => {
                let double = bytes.get(i + 1) == Some(&b'=') || i > 0 && b"!<>=".contains(&bytes[i - 1]);
                if !double && bytes.get(i + 1) != Some(&b'>') {
                    sign = Some(i);
                }
            }
            b'<' if !quoted && bytes.get(i + 1) == Some(&b'<') && sign.is_some() => return None,
            _ => {}
        }
        i += 1;
    }
    let at = sign?;
    (depth == 0 && !quoted && !line[..at].trim().is_empty()).then(|| line.split_at(at))
}

fn ends_with_comma(items: &str) -> bool {
    let last = items.lines().rev().find(|l| {
        let l = l.trim();
        !l.is_empty() && !l.starts_with('#') && !l.starts_with("//")
    });
    last.is_some_and(|l| l.split(" #").next().unwrap_or(l).trim_end().ends_with(','))
}

/// Adds an attribute or blocks at the end of a block.
fn body(
    text: &str,
    open: usize,
    close: usize,
    name: Name,
    entries: &[(EcoString, EcoString)],
    eol: &str,
) -> (usize, usize, String) {
    let head = line_start(text, open);
    let outer: String = text[head..].chars().take_while(|c| *c == ' ' || *c == '\t').collect();
    let inner = format!("{outer}  ");
    let mut new = String::new();
    match name {
        Name::Tags => {
            let deep = format!("{inner}  ");
            new.push_str(&format!("{inner}tags = {{{eol}{}{inner}}}{eol}", lines(entries, &deep, eol)));
        }
        Name::DefaultTags => {
            let (deep, deeper) = (format!("{inner}  "), format!("{inner}    "));
            new.push_str(&format!(
                "{inner}default_tags {{{eol}{deep}tags = {{{eol}{}{deep}}}{eol}{inner}}}{eol}",
                lines(entries, &deeper, eol)
            ));
        }
        Name::Blocks => {
            for (i, (k, v)) in entries.iter().enumerate() {
                let gap = if i > 0 { eol } else { "" };
                new.push_str(&format!(
                    "{gap}{inner}tag {{{eol}{inner}  key                 = {}{eol}{inner}  value               = {}{eol}{inner}  propagate_at_launch = true{eol}{inner}}}{eol}",
                    quoted(k),
                    quoted(v)
                ));
            }
        }
    }
    let content = &text[open + 1..close];
    if content.trim().is_empty() {
        return (open + 1, close, format!("{eol}{new}{outer}"));
    }
    let last_line = line_start(text, close);
    if last_line > open && text[last_line..close].chars().all(char::is_whitespace) {
        // A gap between what is there and what comes, unless there is one.
        let gap = if text[..last_line].trim_end_matches(['\r', '\n', ' ', '\t']).len() + eol.len() < last_line
        {
            ""
        } else {
            eol
        };
        return (last_line, last_line, format!("{gap}{new}"));
    }
    (open + 1, close, format!("{eol}{inner}{}{eol}{eol}{new}{outer}", content.trim()))
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |i| i + 1)
}

/// A key as it is written in an object.
fn key(text: &str) -> String {
    let mut chars = text.chars();
    let plain = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        && !matches!(text, "for" | "if" | "in" | "null" | "true" | "false");
    if plain { text.to_owned() } else { quoted(text) }
}

/// A text in quotes.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object_in(text: &str, entries: &[(&str, &str)]) -> String {
        let (start, end) = (text.find('{').unwrap(), text.rfind('}').unwrap() + 1);
        let edits = entries
            .iter()
            .map(|(k, v)| Edit { place: Place::Object { start, end }, key: (*k).into(), value: (*v).into() })
            .collect();
        apply(text, edits)
    }

    #[test]
    fn entries_are_added_to_objects_of_any_form() {
        for (before, after) in [
            ("t = {}", "t = { Owner = \"me\" }"),
            ("t = { }", "t = { Owner = \"me\" }"),
            ("t = { A = 1 }", "t = { A = 1, Owner = \"me\" }"),
            ("t = {A = 1}", "t = {A = 1, Owner = \"me\" }"),
            ("t = { A = 1, }", "t = { A = 1, Owner = \"me\" }"),
            ("t = {\n}", "t = {\n  Owner = \"me\"\n}"),
            ("t = {\n  A = 1\n}", "t = {\n  A     = 1\n  Owner = \"me\"\n}"),
            ("t = {\n  Environment = 1\n}", "t = {\n  Environment = 1\n  Owner       = \"me\"\n}"),
            ("t = {\n  A = 1,\n}", "t = {\n  A     = 1,\n  Owner = \"me\",\n}"),
            ("t = {\n  A = 1 # x\n}", "t = {\n  A     = 1 # x\n  Owner = \"me\"\n}"),
            ("t = {\n  A = [\n    1\n  ]\n}", "t = {\n  A = [\n    1\n  ]\n  Owner = \"me\"\n}"),
            ("t = {\r\n  A = 1\r\n}", "t = {\r\n  A     = 1\r\n  Owner = \"me\"\r\n}"),
        ] {
            assert_eq!(object_in(before, &[("Owner", "me")]), after, "{before}");
        }
    }

    #[test]
    fn several_entries_are_sorted_and_aligned() {
        assert_eq!(
            object_in("t = {\n  Name = 1\n}", &[("Owner", "me"), ("CostCenter", "CC-1")]),
            "t = {\n  Name       = 1\n  CostCenter = \"CC-1\"\n  Owner      = \"me\"\n}"
        );
    }

    #[test]
    fn keys_and_values_are_quoted_where_they_have_to_be() {
        assert_eq!(object_in("t = {}", &[("a:b", "x\"${y}")]), "t = { \"a:b\" = \"x\\\"$${y}\" }");
    }

    fn body_of(text: &str, name: Name) -> String {
        let (open, close) = (text.find('{').unwrap(), text.rfind('}').unwrap());
        let place = Place::Body { open, close, name };
        apply(text, vec![Edit { place, key: "Owner".into(), value: "me".into() }])
    }

    #[test]
    fn blocks_get_the_attribute_at_their_end() {
        let tags = "  tags = {\n    Owner = \"me\"\n  }\n";
        for (before, after) in [
            ("resource \"a\" \"b\" {}", format!("resource \"a\" \"b\" {{\n{tags}}}")),
            ("resource \"a\" \"b\" {\n}", format!("resource \"a\" \"b\" {{\n{tags}}}")),
            ("resource \"a\" \"b\" {\n  x = 1\n}", format!("resource \"a\" \"b\" {{\n  x = 1\n\n{tags}}}")),
            ("resource \"a\" \"b\" { x = 1 }", format!("resource \"a\" \"b\" {{\n  x = 1\n\n{tags}}}")),
        ] {
            assert_eq!(body_of(before, Name::Tags), after, "{before}");
        }
        assert_eq!(
            body_of("provider \"aws\" {\n  region = \"x\"\n}", Name::DefaultTags),
            "provider \"aws\" {\n  region = \"x\"\n\n  default_tags {\n    tags = {\n      Owner = \"me\"\n    }\n  }\n}"
        );
        let group = body_of("resource \"a\" \"b\" {\n  x = 1\n}", Name::Blocks);
        assert!(group.contains("  tag {\n    key                 = \"Owner\"\n"), "{group}");
    }

    #[test]
    fn expressions_become_arguments_of_merge_below_what_they_say() {
        let place = Place::Wrap { start: 4, end: 12 };
        let edit = Edit { place, key: "Owner".into(), value: "me".into() };
        assert_eq!(apply("t = var.tags", vec![edit]), "t = merge({ Owner = \"me\" }, var.tags)");
        let edit = Edit { place: Place::Argument { at: 10 }, key: "Owner".into(), value: "me".into() };
        assert_eq!(apply("t = merge(var.a, b)", vec![edit]), "t = merge({ Owner = \"me\" }, var.a, b)");
        let edit = Edit { place: Place::Argument { at: 15 }, key: "Owner".into(), value: "me".into() };
        assert_eq!(
            apply("t = merge(\n    var.a,\n    b\n)", vec![edit]),
            "t = merge(\n    { Owner = \"me\" },\n    var.a,\n    b\n)"
        );
    }
}
