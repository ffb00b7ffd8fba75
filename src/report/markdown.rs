//! A comment on a pull request, and the summary of a step.
//!
//! The first line is a mark by which the comment is found again. Where there is nothing to say, the text is the mark and one
//! line more. INVARIANT: below [`LIMIT`] bytes, whatever the input: what there is no room for is counted.

use std::collections::{BTreeMap, BTreeSet};

use super::human::headline_texts;
use super::text::clip;
use super::view::{Places, State, count_text, fullness, limit_text, per_cent, range, states, word};
use super::{Look, Report};
use crate::finding::{Diagnostic, Finding, Place, Severity};
use crate::projection::{Projection, Scope};
use crate::source::Files;
use crate::words::{grouped, several};

/// GitHub refuses comments of more than 65,536 characters.
const LIMIT: usize = 65_536;

/// What the parts may take; the rest is for the foot and for what is said of what was left out.
const TABLES: usize = 24_000;
const ERRORS: usize = 32_000;
const TODO: usize = 44_000;
const DETAILS: usize = LIMIT - 5_000;

/// How many rows a scope may have, and how many items the list.
const ROWS: usize = 40;
const ITEMS: usize = 20;

/// How long a text may be.
const CELL: usize = 120;
const SENTENCE: usize = 400;

/// Returns the report as Markdown.
pub fn render(report: &Report, files: &Files, _look: &Look) -> String {
    let mut page = Page { text: format!("<!-- tf-headroom:{} -->\n", mark(report)), left_out: 0 };
    let rows = Rows::of(report);
    let texts = headline_texts(report);
    let sign = super::human::sign(report);
    if is_quiet(report, &rows) {
        page.text.push_str(&format!("{sign} tf-headroom: {}\n", inline(&texts.join(" · "), SENTENCE)));
        return page.text;
    }
    head(&mut page, sign, &texts, report);
    rows.write(&mut page, report);
    unread(&mut page, report, files);
    todo(&mut page, report, files);
    details(&mut page, &rows, report, files);
    foot(&mut page, report);
    page.text
}

/// What the comment is found by: the inputs, so that two roots have a comment each.
fn mark(report: &Report) -> String {
    let mut paths: Vec<String> = report.inputs.iter().map(|i| report.origin.path(&i.path)).collect();
    paths.sort();
    let text = paths.join(",");
    let safe = |c: char| c.is_alphanumeric() || "/._,- ".contains(c);
    let text: String = text.replace("--", "-").chars().map(|c| if safe(c) { c } else { '_' }).collect();
    clip(&text, 200)
}

/// True if there is neither a finding nor a change to tell of.
fn is_quiet(report: &Report, rows: &Rows<'_>) -> bool {
    report.findings.is_empty() && report.diagnostics.is_empty() && rows.all.is_empty()
}

/// A text that is filled up to a limit.
struct Page {
    text: String,
    left_out: u64,
}

impl Page {
    /// Adds a text if it fits; else it is counted.
    fn add(&mut self, text: &str, upto: usize) -> bool {
        let fits = self.text.len() + text.len() <= upto;
        if fits {
            self.text.push_str(text);
        } else {
            self.left_out += 1;
        }
        fits
    }
}

fn head(page: &mut Page, sign: &str, texts: &[String], report: &Report) {
    let first = texts.first().map(String::as_str).unwrap_or_default();
    let (title, figures) = first.split_once(": ").unwrap_or((first, ""));
    page.text.push_str(&format!("### {sign} tf-headroom: {}\n\n", inline(title, SENTENCE)));
    let mut facts = Vec::new();
    if !figures.is_empty() {
        facts.push(format!("**{}**", inline(figures, SENTENCE)));
    }
    facts.extend(texts.iter().skip(1).map(|t| inline(t, SENTENCE)));
    if !report.older.is_empty() {
        facts.push(format!("{} unchanged", several(report.older.len() as u64, "older finding")));
    }
    if !facts.is_empty() {
        page.text.push_str(&format!("{}\n", facts.join(" · ")));
    }
}

/// The projections that have a row.
struct Rows<'a> {
    all: Vec<(State, &'a Projection)>,
    /// Those of them that no finding is about.
    quiet: Vec<&'a Projection>,
    /// True: there is something to compare with.
    compares: bool,
}

impl<'a> Rows<'a> {
    fn of(report: &'a Report) -> Rows<'a> {
        let compares = report.base.is_some() || report.projections.iter().any(|p| !p.before.is_zero());
        let told: BTreeSet<usize> =
            report.findings.iter().filter_map(|f| f.quota.as_ref().map(|q| q.projection)).collect();
        let mut all: Vec<(usize, (State, &Projection))> = states(report)
            .into_iter()
            .zip(report.projections.iter())
            .enumerate()
            .filter(|(at, (state, p))| {
                let changed = compares && !p.single && p.before != p.count;
                let loud = *state > State::Within && !(p.single && *state == State::Undecided);
                // From a base or a plan, what was so before is no news.
                changed || told.contains(at) || (loud && !compares)
            })
            .collect();
        all.sort_by(|(_, a), (_, b)| {
            (b.0, fullness(b.1))
                .cmp(&(a.0, fullness(a.1)))
                .then_with(|| (&a.1.quota, &a.1.scope).cmp(&(&b.1.quota, &b.1.scope)))
        });
        let quiet = all.iter().filter(|(at, _)| !told.contains(at)).map(|(_, (_, p))| *p).collect();
        Rows { all: all.into_iter().map(|(_, row)| row).collect(), quiet, compares }
    }

    fn write(&self, page: &mut Page, report: &Report) {
        let places = Places::of(&report.projections);
        // In the order in which the first row of each comes.
        let mut scopes: Vec<(&Scope, Vec<&(State, &Projection)>)> = Vec::new();
        let mut known: BTreeMap<&Scope, usize> = BTreeMap::new();
        for row in &self.all {
            let at = *known.entry(&row.1.scope).or_insert(scopes.len());
            match scopes.get_mut(at) {
                Some((_, rows)) => rows.push(row),
                None => scopes.push((&row.1.scope, vec![row])),
            }
        }
        let mut assumed = false;
        for (scope, rows) in scopes {
            if !page.add(&self.table_head(&places, scope), TABLES) {
                page.left_out += rows.len() as u64 - 1;
                continue;
            }
            for (state, p) in rows.iter().take(ROWS) {
                if page.add(&self.row(*state, p), TABLES) {
                    assumed |= p.limit.as_ref().is_some_and(|l| l.assumed);
                }
            }
            page.left_out += rows.len().saturating_sub(ROWS) as u64;
        }
        if page.left_out > 0 {
            page.text.push_str(&format!("\n{} left out here.\n", several(page.left_out, "row")));
            page.left_out = 0;
        }
        if assumed {
            page.text.push_str(
                "\n¹ AWS's default; your account may have more: say so in the settings, or commit a snapshot.\n",
            );
        }
    }

    fn table_head(&self, places: &Places<'_>, scope: &Scope) -> String {
        let title = code(&places.title(scope));
        let region = match (&scope.region, &scope.parent) {
            (Some(region), Some(_)) => format!(" ({})", inline(region, CELL)),
            _ => String::new(),
        };
        match self.compares {
            true => {
                format!("\n| {title}{region} | before | after | limit | use | |\n|---|--:|--:|--:|--:|---|\n")
            }
            false => format!("\n| {title}{region} | count | limit | use | |\n|---|--:|--:|--:|---|\n"),
        }
    }

    fn row(&self, state: State, p: &Projection) -> String {
        let mark = if p.limit.as_ref().is_some_and(|l| l.assumed) { " ¹" } else { "" };
        let count = match state {
            State::Exceeded | State::Undecided => format!("**{}**", count_text(p)),
            State::Within | State::Near => count_text(p),
        };
        let sign = match state {
            State::Exceeded => "✗ ",
            State::Near => "⚠ ",
            State::Undecided => "? ",
            State::Within => "",
        };
        let before = match self.compares {
            true => format!("{} | ", range(p.before.low(), p.before.high(), &p.quota.unit)),
            false => String::new(),
        };
        format!(
            "| {} | {before}{count} | {}{mark} | {} | {sign}{} |\n",
            inline(&p.quota.name, CELL),
            limit_text(p),
            per_cent(p),
            word(state, p),
        )
    }
}

/// What could not be read.
fn unread(page: &mut Page, report: &Report, files: &Files) {
    let errors: Vec<&Diagnostic> =
        report.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    if errors.is_empty() {
        return;
    }
    page.text.push_str("\n**Not everything could be checked**\n\n");
    for d in errors {
        let place = Place { address: d.origin.clone(), span: d.span, label: None };
        let at = place_text(Some(&place), report, files);
        let detail =
            if d.detail.is_empty() { String::new() } else { format!(": {}", inline(&d.detail, SENTENCE)) };
        page.add(&format!("- {}{detail}{at}\n", inline(&d.summary, SENTENCE)), ERRORS);
    }
    rest(page);
}

fn todo(page: &mut Page, report: &Report, files: &Files) {
    let items: Vec<&Finding> = report.findings.iter().filter(|f| f.severity >= Severity::Warning).collect();
    if items.is_empty() {
        return;
    }
    page.text.push_str("\n**To do**\n\n");
    for (at, f) in items.iter().take(ITEMS).enumerate() {
        let help = f.help.as_deref().and_then(|h| h.lines().next());
        let help = help.map(|h| format!(": {}", inline(h, SENTENCE))).unwrap_or_default();
        let place = place_text(f.places.first(), report, files);
        let sign = if f.severity == Severity::Error { "✗" } else { "⚠" };
        page.add(&format!("{}. {sign} {}{help}{place}\n", at + 1, inline(&f.message, SENTENCE)), TODO);
    }
    page.left_out += items.len().saturating_sub(ITEMS) as u64;
    rest(page);
}

fn details(page: &mut Page, rows: &Rows<'_>, report: &Report, files: &Files) {
    let mut lines = Vec::new();
    for f in report.findings.iter().filter(|f| f.quota.is_some() || !f.notes.is_empty()) {
        let mut line =
            format!("- {}{}\n", inline(&f.message, SENTENCE), place_text(f.places.first(), report, files));
        for (name, note) in f.notes.iter().take(6) {
            line.push_str(&format!("  - {name}: {}\n", inline(note, SENTENCE)));
        }
        lines.push(line);
    }
    for p in &rows.quiet {
        let parts: Vec<String> = p
            .parts
            .iter()
            .take(5)
            .map(|part| {
                let place = Place { address: None, span: part.repeat.or(part.span), label: None };
                let amount = range(part.count.low(), part.count.high(), &p.quota.unit);
                format!("{amount} {}{}", code(&part.address), place_text(Some(&place), report, files))
            })
            .collect();
        if !parts.is_empty() {
            lines.push(format!("- {}: {}\n", inline(&p.quota.name, CELL), parts.join(" + ")));
        }
    }
    for f in report.findings.iter().filter(|f| f.severity == Severity::Notice && f.quota.is_none()) {
        if f.notes.is_empty() {
            lines.push(format!(
                "- {}{}\n",
                inline(&f.message, SENTENCE),
                place_text(f.places.first(), report, files)
            ));
        }
    }
    let unmeasured = report.stats.unmeasured.len() as u64;
    if unmeasured > 0 {
        lines.push(format!("- not measured: {}\n", several(unmeasured, "type")));
    }
    if lines.is_empty() {
        return;
    }
    page.text.push_str("\n<details><summary>Where the numbers come from</summary>\n\n");
    for line in lines {
        page.add(&line, DETAILS);
    }
    rest(page);
    page.text.push_str("\n</details>\n");
}

/// Says how much there was no room for.
fn rest(page: &mut Page) {
    if page.left_out > 0 {
        page.text.push_str(&format!("- and {} more, in the whole report\n", grouped(page.left_out)));
        page.left_out = 0;
    }
}

fn foot(page: &mut Page, report: &Report) {
    let mut facts = vec![format!("tf-headroom {}", env!("CARGO_PKG_VERSION"))];
    facts.push(format!("catalog {}", report.stats.catalog));
    let against = match (&report.origin.revision, &report.base) {
        (Some(revision), Some(base)) => {
            Some(format!("{} against {}", inline(revision, 40), inline(base, 80)))
        }
        (None, Some(base)) => Some(format!("against {}", inline(base, 80))),
        (Some(revision), None) => Some(inline(revision, 40)),
        (None, None) => None,
    };
    facts.extend(against);
    if !report.findings.is_empty() {
        facts.push("silence one line with `# tf-headroom: allow ID — reason`".to_owned());
    }
    page.text.push_str(&format!("\n<sub>{}</sub>\n", facts.join(" · ")));
}

fn place_text(place: Option<&Place>, report: &Report, files: &Files) -> String {
    let Some(place) = place else { return String::new() };
    match (place.span.map(|s| files.locate(s)), &place.address) {
        (Some(at), _) => {
            let path = report.origin.path(&at.path);
            let name = path.rsplit('/').next().unwrap_or(&path);
            let link = report.origin.link(&at.path, at.line);
            format!(" ([{}]({link}))", code(&clip(&format!("{name}:{}", at.line), CELL)))
        }
        (None, Some(address)) => format!(" ({})", code(address)),
        (None, None) => String::new(),
    }
}

/// A text of ours with names in backquotes; whatever else would be markup is made plain, and nobody is called by name.
fn inline(text: &str, most: usize) -> String {
    let text = clip(&text.replace(['\n', '\r', '\t'], " "), most);
    let pieces: Vec<&str> = text.split('`').collect();
    // A name that holds a backquote itself cannot be told from the text around it.
    if pieces.len().is_multiple_of(2) {
        return plain(&text);
    }
    let mut out = String::with_capacity(text.len());
    for (at, piece) in pieces.iter().enumerate() {
        match at % 2 {
            1 => out.push_str(&code(piece)),
            _ => out.push_str(&plain(piece)),
        }
    }
    out
}

fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut last = ' ';
    while let Some(c) = chars.next() {
        match c {
            // Within a word it is a letter.
            '_' if last.is_alphanumeric() && chars.peek().is_some_and(|n| n.is_alphanumeric()) => out.push(c),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' => out.extend(['\\', c]),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("@\u{200b}"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
        last = c;
    }
    out
}

/// A name in backquotes, also in a table.
fn code(text: &str) -> String {
    let text: String =
        clip(text, CELL).chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.is_empty() {
        return String::new();
    }
    let text = text.replace('|', "\\|");
    // The fence is longer than any that the text has.
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    match longest {
        0 => format!("`{text}`"),
        longest => {
            let fence = "`".repeat(longest + 1);
            format!("{fence} {text} {fence}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::value::Count;

    #[test]
    fn the_sample_as_a_comment() {
        let (report, files) = sample::short();
        insta::assert_snapshot!(render(&report, &files, &Look::default()));
    }

    #[test]
    fn a_change_shows_what_it_adds_and_what_is_old() {
        let (mut report, files) = sample::short();
        report.base = Some("main".to_owned());
        report.projections[0].before = Count::exactly(41);
        report.older = report.findings.split_off(3);
        insta::assert_snapshot!(render(&report, &files, &Look::default()));
    }

    #[test]
    fn nothing_to_say_is_one_line_below_the_mark() {
        let (mut report, files) = sample::short();
        report.findings.clear();
        report.diagnostics.clear();
        report.projections = report
            .projections
            .into_iter()
            .filter(|p| p.verdict == crate::projection::Verdict::Within)
            .collect();
        report.exit = crate::report::Exit::Clean;
        let text = render(&report, &files, &Look::default());
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.lines().nth(1).unwrap().starts_with("✓ tf-headroom: "), "{text}");
    }

    #[test]
    fn texts_of_others_are_no_markup() {
        for (text, expected) in [
            ("in aws_connect_queue.this_", "in aws_connect_queue.this\\_"),
            ("`a|b` on <b>|*@x", "`a\\|b` on \\<b\\>\\|\\*@\u{200b}x"),
            ("one ` alone", "one \\` alone"),
            ("a\nb", "a b"),
        ] {
            assert_eq!(inline(text, 100), expected);
        }
    }

    #[test]
    fn it_stays_below_the_limit_whatever_the_input() {
        let (mut report, files) = sample::report();
        let long = "é|<!-- @everyone -->\n".repeat(300);
        let (finding, projection) = (report.findings[0].clone(), report.projections[0].clone());
        for n in 0..3000 {
            let mut more = finding.clone();
            more.message = format!("{n} {long}");
            more.help = Some(long.clone());
            more.notes = vec![("parts", long.clone()); 9];
            more.quota.as_mut().unwrap().projection = report.projections.len();
            report.findings.push(more);
            let mut p = projection.clone();
            p.quota.name = format!("{n} {long}").into();
            p.scope.parent = Some(format!("{} {long}", n % 70).into());
            report.projections.push(p);
            report
                .diagnostics
                .push(Diagnostic::error(long.as_str(), long.clone(), None).origin(long.clone()));
        }
        let text = render(&report, &files, &Look::default());
        assert!(text.len() < LIMIT, "{}", text.len());
        assert!(text.contains("left out here") && text.contains("more, in the whole report"));
        let outside: String = text.split('`').step_by(2).collect();
        assert!(!outside.contains("@everyone"), "nobody is called");
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
        assert_eq!(outside.replace("\\<", "").matches("<!--").count(), 1, "one mark, ours");
    }
}
