//! Text between quotes.

/// Returns text as Go quotes it, which is how Terraform shows it in messages and orders it inside sets.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if is_printable(c) => out.push(c),
            c if c.is_ascii() => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if (c as u32) < 0x10000 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    out.push('"');
    out
}

/// True for what Go counts as printable: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub fn is_printable(c: char) -> bool {
    // std's own escaping leaves exactly those alone, some marks only after another character.
    let shown = |c: char| c.escape_debug().count() == 1 || format!("a{c}").escape_debug().count() == 2;
    c.is_ascii_graphic() || c == ' ' || !c.is_ascii() && shown(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted_as_go_does() {
        let check = |text: &str, want: &str| assert_eq!(quoted(text), want);
        check("", r#""""#);
        check("a\"b\\", r#""a\"b\\""#);
        check("\t\n\u{1}\u{7f}", r#""\t\n\x01\x7f""#);
        check("é\u{301}🙂", "\"é\u{301}🙂\"");
        check("\u{a0}\u{200b}", r#""\u00a0\u200b""#);
    }
}
