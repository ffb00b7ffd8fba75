//! Exceptions: in the source, in the settings, in a baseline. In the source: `# tf-headroom: allow tag-missing — legacy queue until 2027-01-31`.
//!
//! In: source files. Out: [`Allows`], asked by rules for each place, and findings about allows that nobody needed.
//! A comment covers the line it stands on, or, on a line of its own, the next line that is no comment.
//! Never here: parsing the language; a comment is a `#` or `//` with the words right behind it.

mod baseline;
mod exempt;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ecow::EcoString;

use crate::date::Date;
use crate::finding::{Finding, Place, Severity};
use crate::source::{FileId, Files, SourceFile, Span};
use crate::words::nearest;

pub use baseline::{Baseline, Entry};
pub use exempt::Exempts;

/// What follows the comment sign.
const MARK: &str = "tf-headroom:";

/// All exceptions in the source. Shared by threads.
#[derive(Debug, Default)]
pub struct Allows {
    all: Vec<Allow>,
    /// By file and covered line.
    by_line: HashMap<(FileId, u32), Vec<usize>>,
}

#[derive(Debug)]
struct Allow {
    rules: Vec<EcoString>,
    span: Span,
    until: Option<Date>,
    state: State,
    used: AtomicBool,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Holds,
    Expired,
    /// What is wrong with it, and what to do.
    Broken(String, Option<String>),
}

impl Allows {
    /// Reads the comments of all source files; `rules` are the ids there are.
    pub fn read(files: &[Arc<SourceFile>], rules: &[&str], today: Option<Date>) -> Allows {
        let mut allows = Allows::default();
        for file in files.iter().filter(|f| is_source(&f.path)) {
            allows.read_file(file, rules, today);
        }
        allows
    }

    fn read_file(&mut self, file: &SourceFile, rules: &[&str], today: Option<Date>) {
        let text = file.text.as_ref();
        let mut next = Next::default();
        for at in memchr::memmem::find_iter(text.as_bytes(), MARK) {
            let start = text[..at].rfind('\n').map_or(0, |n| n + 1);
            let end = text[at..].find('\n').map_or(text.len(), |n| at + n);
            let before = text[start..at].trim_end();
            let Some(code) = before.strip_suffix('#').or_else(|| before.strip_suffix("//")) else { continue };
            let Some(rest) = text[at + MARK.len()..end].trim().strip_prefix("allow") else { continue };
            let own_line = code.trim().is_empty();
            let (line, _) = file.line_col(at as u32);
            let covered = if own_line { next.after(file, line) } else { line };
            let span = Span { file: file.id, start: code.len() as u32 + start as u32, end: end as u32 };
            self.by_line.entry((file.id, covered)).or_default().push(self.all.len());
            self.all.push(parse(rest, span, rules, today));
        }
    }

    /// True if a comment allows that rule's fault at this place; the comment then counts as needed.
    pub fn covers(&self, rule: &str, span: Span, files: &Files) -> bool {
        if self.all.is_empty() {
            return false;
        }
        let (line, _) = files.get(span.file).line_col(span.start);
        let mut covered = false;
        for index in self.by_line.get(&(span.file, line)).into_iter().flatten() {
            let allow = &self.all[*index];
            if allow.state == State::Holds && allow.rules.iter().any(|r| r == rule) {
                allow.used.store(true, Ordering::Relaxed);
                covered = true;
            }
        }
        covered
    }

    /// Returns how many comments have allowed something so far.
    pub fn used(&self) -> u64 {
        self.all.iter().filter(|allow| allow.used.load(Ordering::Relaxed)).count() as u64
    }

    /// Returns what is to be told of the comments themselves. Call once, when all rules have run.
    pub fn leftover(&self) -> Vec<Finding> {
        self.all.iter().filter_map(Allow::leftover).collect()
    }
}

impl Allow {
    fn leftover(&self) -> Option<Finding> {
        let rules: Vec<String> = self.rules.iter().map(|r| format!("`{r}`")).collect();
        let rules = rules.join(", ");
        let (rule, severity, message, help) = match &self.state {
            State::Expired => {
                let until = self.until.map(|d| d.to_string()).unwrap_or_default();
                let message = format!("the allow of {rules} held until {until} and no longer does");
                (
                    "exemption-expired",
                    Severity::Warning,
                    message,
                    Some("mend the fault, or set a new date".to_owned()),
                )
            }
            State::Broken(what, help) => ("allow-unused", Severity::Notice, what.clone(), help.clone()),
            State::Holds if !self.used.load(Ordering::Relaxed) => {
                let message = format!("{rules} is allowed here, and nothing is found that needs it");
                ("allow-unused", Severity::Notice, message, Some("remove the comment".to_owned()))
            }
            State::Holds => return None,
        };
        Some(Finding {
            rule,
            severity,
            message,
            notes: Vec::new(),
            help,
            quota: None,
            key: None,
            places: vec![Place { address: None, span: Some(self.span), label: None }],
            places_total: 1,
            written: Vec::new(),
            roots: Vec::new(),
        })
    }
}

fn is_source(path: &str) -> bool {
    path.ends_with(".tf") || path.ends_with(".tofu")
}

/// Finds the next line that is neither empty nor a comment, for one comment after the other.
#[derive(Default)]
struct Next {
    /// No line of code lies between these two.
    from: u32,
    upto: Option<u32>,
}

impl Next {
    fn after(&mut self, file: &SourceFile, line: u32) -> u32 {
        let is_comment = |text: &str| text.is_empty() || text.starts_with('#') || text.starts_with("//");
        let known = self.from <= line && self.upto.is_none_or(|code| line < code);
        if !known || self.from == 0 {
            let (last, _) = file.line_col(file.text.len() as u32);
            self.upto = (line + 1..=last).find(|n| !is_comment(file.line_text(*n).trim()));
            self.from = line;
        }
        self.upto.unwrap_or(line)
    }
}

/// Parses ` RULE[, RULE] — reason until YYYY-MM-DD`.
fn parse(text: &str, span: Span, known: &[&str], today: Option<Date>) -> Allow {
    let mut rest = text.trim_start();
    let mut rules: Vec<EcoString> = Vec::new();
    loop {
        let end = rest
            .find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '-')
            .unwrap_or(rest.len());
        let id = rest[..end].trim_matches('-');
        if id.is_empty() {
            break;
        }
        rules.push(id.into());
        rest = rest[end..].trim_start();
        match rest.strip_prefix(',') {
            Some(more) => rest = more.trim_start(),
            None => break,
        }
    }
    let reason = rest.trim_start_matches(['—', '–', '-', ':', ' ', '\t']).trim_end();
    let (reason, until) = match reason.rsplit_once("until ") {
        Some((reason, date)) => (reason.trim_end(), Some(date.trim())),
        None => (reason, None),
    };
    let date = until.map(Date::parse);
    let unknown = rules.iter().find(|r| !known.contains(&r.as_str()));
    let broken = |what: String, help: Option<String>| State::Broken(what, help);
    let state = if rules.is_empty() {
        broken("an allow names no rule".into(), Some("write `allow tag-missing — reason`".into()))
    } else if let Some(rule) = unknown {
        let help = nearest(rule, known.iter().copied()).map(|n| format!("did you mean `{n}`?"));
        broken(format!("there is no rule `{rule}` to allow"), help)
    } else if let Some((None, text)) = date.zip(until) {
        let help = Some("write it as `until 2027-01-31`".into());
        broken(format!("`{text}` is not a day: the allow does not hold"), help)
    } else if reason.is_empty() {
        broken("an allow without a reason does not hold".into(), Some("write `allow RULE — reason`".into()))
    } else if date.flatten().zip(today).is_some_and(|(until, today)| until < today) {
        State::Expired
    } else {
        State::Holds
    };
    Allow { rules, span, until: date.flatten(), state, used: AtomicBool::new(false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: [&str; 3] = ["tag-missing", "quota-exceeded", "allow-unused"];

    /// Reads a text and returns it with a span at the first `@`.
    fn read(text: &str) -> (Allows, Files, Span) {
        let files = Files::default();
        let file = files.add("main.tf", text);
        let at = text.find('@').unwrap_or(0) as u32;
        let allows = Allows::read(&files.all(), &RULES, Date::parse("2026-11-20"));
        (allows, files, Span { file: file.id, start: at, end: at + 1 })
    }

    fn check(text: &str, rule: &str, covered: bool) {
        let (allows, files, span) = read(text);
        assert_eq!(allows.covers(rule, span, &files), covered, "{text}");
    }

    fn told(text: &str) -> Vec<String> {
        read(text).0.leftover().into_iter().map(|f| format!("{}: {}", f.rule, f.message)).collect()
    }

    #[test]
    fn a_comment_covers_its_own_line() {
        check("a = @ # tf-headroom: allow tag-missing — legacy", "tag-missing", true);
        check("a = @ // tf-headroom: allow tag-missing - legacy", "tag-missing", true);
        check("a = @ # tf-headroom: allow tag-missing — legacy", "quota-exceeded", false);
        check("a = 1 # tf-headroom: allow tag-missing — legacy\nb = @", "tag-missing", false);
    }

    #[test]
    fn a_comment_on_its_own_line_covers_the_next_one() {
        check("# tf-headroom: allow tag-missing — legacy\n@", "tag-missing", true);
        check("  # tf-headroom: allow tag-missing — legacy\n  # more\n\n  @", "tag-missing", true);
        check("# tf-headroom: allow tag-missing — legacy\nx\n@", "tag-missing", false);
    }

    #[test]
    fn several_rules_and_comments_add_up() {
        check("# tf-headroom: allow tag-missing, quota-exceeded — legacy\n@", "quota-exceeded", true);
        check(
            "# tf-headroom: allow tag-missing — a\n# tf-headroom: allow quota-exceeded — b\n@",
            "tag-missing",
            true,
        );
        check(
            "# tf-headroom: allow tag-missing — a\n# tf-headroom: allow quota-exceeded — b\n@",
            "quota-exceeded",
            true,
        );
    }

    #[test]
    fn an_allow_holds_through_its_last_day() {
        check("# tf-headroom: allow tag-missing — legacy until 2026-11-20\n@", "tag-missing", true);
        check("# tf-headroom: allow tag-missing — legacy until 2026-11-19\n@", "tag-missing", false);
        assert_eq!(
            told("# tf-headroom: allow tag-missing — legacy until 2026-11-19\n"),
            ["exemption-expired: the allow of `tag-missing` held until 2026-11-19 and no longer does"]
        );
    }

    #[test]
    fn what_does_not_hold_is_told() {
        for (text, message) in [
            ("allow tag-missing", "an allow without a reason does not hold"),
            ("allow tag-missing —", "an allow without a reason does not hold"),
            ("allow", "an allow names no rule"),
            ("allow tag-mising — x", "there is no rule `tag-mising` to allow"),
            ("allow tag-missing — x until spring", "`spring` is not a day: the allow does not hold"),
        ] {
            let text = format!("# tf-headroom: {text}\n@");
            check(&text, "tag-missing", false);
            assert_eq!(told(&text), [format!("allow-unused: {message}")]);
        }
    }

    #[test]
    fn an_allow_that_nothing_needed_is_told() {
        let text = "# tf-headroom: allow tag-missing — legacy\n@";
        let (allows, files, span) = read(text);
        assert_eq!(allows.leftover().len(), 1);
        assert!(allows.covers("tag-missing", span, &files));
        assert!(allows.leftover().is_empty());
    }

    #[test]
    fn other_words_are_no_allow() {
        for text in [
            "x = \"tf-headroom: allow tag-missing — x\"",
            "# see tf-headroom: allow tag-missing — x",
            "# tf-headroom: hello",
            "",
        ] {
            assert!(told(text).is_empty(), "{text}");
        }
        let files = Files::default();
        files.add("a.tfvars", "# tf-headroom: allow tag-missing — x\n");
        assert!(Allows::read(&files.all(), &RULES, None).leftover().is_empty());
    }
}
