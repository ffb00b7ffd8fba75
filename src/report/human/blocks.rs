//! Findings and diagnostics, each with its place and a way out; as many as there is room for.

use super::tone;
use crate::finding::{Diagnostic, Finding, Place, Severity};
use crate::report::snippet::snippet;
use crate::report::text::{Line, Tone, clip};
use crate::report::view::{State, is_about_tags, states};
use crate::report::{Detail, Look, Report};
use crate::source::{Files, Span};
use crate::words::{grouped, list_some};

/// How much of a block is shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// One line.
    Line,
    /// The message, its place and the way out.
    Short,
    /// With the source and all notes.
    Full,
}

/// How many warnings show their source; where there are more, each is told in short.
const PICTURES: usize = 1;

/// How many counts of one finding are told.
const COUNTS: usize = 2;

/// How many places are named besides the first.
const PLACES: usize = 3;

/// What a finding and a diagnostic have in common.
struct Block<'a> {
    severity: Severity,
    rule: Option<&'a str>,
    message: String,
    places: Vec<Place>,
    key: Option<&'a str>,
    notes: Vec<(&'a str, String)>,
    help: Option<&'a str>,
    wish: Form,
}

/// Returns what was found in at most `room` lines, the rest counted.
pub fn lines(report: &Report, files: &Files, look: &Look, room: usize) -> Vec<Line> {
    let all = look.detail == Detail::Full;
    let states = states(report);
    // What the table has said already.
    let told = |f: &Finding| f.quota.as_ref().is_some_and(|q| states.get(q.projection) == Some(&State::Near));
    let mut blocks: Vec<Block> = report.diagnostics.iter().map(Block::of_diagnostic).collect();
    blocks.extend(report.findings.iter().filter(|f| all || !told(f)).map(Block::of_finding));
    let pictures = |b: &Block| b.severity == Severity::Warning && b.wish == Form::Full;
    if !all && blocks.iter().filter(|b| pictures(b)).count() > PICTURES {
        blocks.iter_mut().filter(|b| pictures(b)).for_each(|b| b.wish = Form::Short);
    }
    if all {
        // There is room for the way out of each.
        let lines = blocks.iter_mut().filter(|b| b.severity == Severity::Warning && b.wish == Form::Line);
        lines.for_each(|b| b.wish = Form::Short);
    } else {
        blocks.iter_mut().for_each(|b| few_counts(&mut b.notes));
    }
    blocks.sort_by_key(|b| std::cmp::Reverse(b.severity));
    let mut page = Page::new(&blocks, files, look);
    if !all {
        page.fit(room);
    }
    page.lines()
}

/// Leaves the first of the counts that one finding is about.
fn few_counts(notes: &mut Vec<(&str, String)>) {
    let counts = notes.iter().filter(|(name, _)| *name == "count").count();
    if counts > COUNTS + 1 {
        let mut seen = 0;
        notes.retain(|(name, _)| {
            seen += usize::from(*name == "count");
            *name != "count" || seen <= COUNTS
        });
        notes.push(("count", "and more (-v)".to_owned()));
    }
}

/// Blocks as they are printed, and how many of them.
struct Page<'a> {
    blocks: &'a [Block<'a>],
    printed: Vec<(Form, Vec<Line>)>,
    kept: usize,
    files: &'a Files,
    look: &'a Look,
}

impl<'a> Page<'a> {
    fn new(blocks: &'a [Block<'a>], files: &'a Files, look: &'a Look) -> Page<'a> {
        let printed: Vec<_> = blocks.iter().map(|b| (b.wish, b.lines(b.wish, files, look))).collect();
        Page { blocks, kept: printed.len(), printed, files, look }
    }

    /// Says less until it fits: notices leave first, warnings and then errors become short before any of them leaves.
    fn fit(&mut self, room: usize) {
        self.drop(Severity::Notice, room);
        for form in [Form::Short, Form::Line] {
            self.shorten(Severity::Warning, form, room);
        }
        self.shorten(Severity::Error, Form::Short, room);
        self.drop(Severity::Warning, room);
        self.shorten(Severity::Error, Form::Line, room);
        self.drop(Severity::Error, room);
    }

    fn shorten(&mut self, severity: Severity, form: Form, room: usize) {
        let mut height = self.height();
        for at in (0..self.kept).rev() {
            if height <= room {
                return;
            }
            if self.blocks[at].severity == severity && self.printed[at].0 > form {
                let before = self.height_of(at);
                self.printed[at] = (form, self.blocks[at].lines(form, self.files, self.look));
                height = (height + self.height_of(at)).saturating_sub(before);
            }
        }
    }

    fn drop(&mut self, severity: Severity, room: usize) {
        let mut height = self.height();
        while height > room && self.kept > 1 && self.blocks[self.kept - 1].severity == severity {
            let (form, block) = &self.printed[self.kept - 1];
            let gap = usize::from(apart(self.printed[self.kept - 2].0, *form));
            let more = usize::from(self.kept == self.printed.len());
            height = (height + more).saturating_sub(block.len() + gap);
            self.kept -= 1;
        }
    }

    /// The height of one block and of the gaps around it.
    fn height_of(&self, at: usize) -> usize {
        let gap =
            |a: usize, b: usize| usize::from(b < self.kept && apart(self.printed[a].0, self.printed[b].0));
        self.printed[at].1.len() + gap(at, at + 1) + if at > 0 { gap(at - 1, at) } else { 0 }
    }

    fn height(&self) -> usize {
        let kept = &self.printed[..self.kept];
        let gaps = kept.windows(2).filter(|w| apart(w[0].0, w[1].0)).count();
        kept.iter().map(|b| b.1.len()).sum::<usize>() + gaps + usize::from(self.kept < self.printed.len())
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        for (at, (form, block)) in self.printed[..self.kept].iter().enumerate() {
            if at > 0 && apart(self.printed[at - 1].0, *form) {
                lines.push(Line::new());
            }
            lines.extend(block.iter().cloned());
        }
        let mut rest: Vec<(&str, u64)> = Vec::new();
        for block in &self.blocks[self.kept..] {
            let name = block.rule.unwrap_or(block.severity.name());
            match rest.iter_mut().find(|(known, _)| *known == name) {
                Some((_, n)) => *n += 1,
                None => rest.push((name, 1)),
            }
        }
        if !rest.is_empty() {
            let counts: Vec<String> =
                rest.iter().map(|(name, n)| format!("{} {name}", grouped(*n))).collect();
            let more = self.blocks.len() - self.kept;
            lines.push(Line::new().with(Tone::Faint, format!("and {more} more (-v): {}", counts.join(", "))));
        }
        lines
    }
}

/// Blocks with their source stand apart.
fn apart(one: Form, other: Form) -> bool {
    one.max(other) == Form::Full
}

/// Returns one diagnostic in full: for what goes to standard error.
pub fn block(diagnostic: &Diagnostic, files: &Files, look: &Look) -> Vec<Line> {
    Block::of_diagnostic(diagnostic).lines(Form::Full, files, look)
}

impl Block<'_> {
    fn of_diagnostic(d: &Diagnostic) -> Block<'_> {
        // Terraform's summary is the headline; what it says in detail explains it.
        let summary = d.summary.trim_end_matches('.').to_owned();
        let place =
            |span| Place { address: d.addresses.first().cloned().or(d.origin.clone()), span, label: None };
        let places = match d.span {
            None if !d.among.is_empty() => d.among.iter().map(|s| place(Some(*s))).collect(),
            span => vec![place(span)],
        };
        let mut notes = Vec::new();
        if !d.detail.is_empty() && *d.detail != *d.summary {
            notes.push(("", d.detail.clone()));
        }
        if d.addresses.len() > 1 {
            notes.push(("on", list_some(&d.addresses, PLACES)));
        }
        Block {
            severity: d.severity,
            rule: None,
            message: summary,
            places,
            key: None,
            notes,
            help: d.help.as_deref(),
            wish: if d.severity == Severity::Error { Form::Full } else { Form::Short },
        }
    }

    fn of_finding(f: &Finding) -> Block<'_> {
        let wish = match f.severity {
            // The line says nothing that the message does not.
            Severity::Warning if f.rule == "module-missing" => Form::Short,
            Severity::Error | Severity::Warning if !is_about_tags(f) => Form::Full,
            Severity::Error => Form::Short,
            Severity::Warning | Severity::Notice => Form::Line,
        };
        Block {
            severity: f.severity,
            rule: Some(f.rule),
            message: f.message.clone(),
            places: f.places.clone(),
            key: f.key.as_deref(),
            notes: f.notes.iter().map(|(name, text)| (*name, text.clone())).collect(),
            help: f.help.as_deref(),
            wish,
        }
    }

    fn lines(&self, form: Form, files: &Files, look: &Look) -> Vec<Line> {
        match form {
            Form::Full => self.full(files, look),
            Form::Short => self.short(files, look),
            Form::Line => self.line(files, look),
        }
    }

    fn head(&self) -> Line {
        let name = match self.rule {
            Some(rule) => format!("{}[{rule}]", self.severity),
            None => self.severity.to_string(),
        };
        Line::new().with(tone(self.severity), name).with(Tone::Strong, format!(": {}", self.message))
    }

    fn line(&self, files: &Files, look: &Look) -> Vec<Line> {
        let mut line = self.head();
        if let Some(place) = self.first_place(files) {
            line.push(Tone::Faint, " · ");
            line.push(Tone::Place, place);
        }
        line.wrap(look.width, 2)
    }

    fn short(&self, files: &Files, look: &Look) -> Vec<Line> {
        let mut lines = self.head().wrap(look.width, 2);
        for (name, text) in self.notes.iter().filter(|(name, _)| name.is_empty()) {
            lines.extend(note(name, Tone::Plain, text, look));
        }
        let at = self.places_from(files, 0, 2).map(|p| note("at", Tone::Place, &p, look)).unwrap_or_default();
        let help = self.help.map(|h| note("help", Tone::Plain, h, look)).unwrap_or_default();
        match (at.as_slice(), self.help) {
            ([one], Some(text))
                if help.len() == 1 && one.width() + 9 + Line::plain(text).width() <= look.width =>
            {
                lines.push(one.clone().with(Tone::Faint, " · help  ").with(Tone::Plain, text));
            }
            _ => lines.extend(at.into_iter().chain(help)),
        }
        lines
    }

    fn full(&self, files: &Files, look: &Look) -> Vec<Line> {
        let mut lines = self.head().wrap(look.width, 2);
        let first = self.places.first();
        match first.and_then(|p| p.span.map(|s| (p, s))) {
            Some((place, span)) => {
                lines.extend(source(files, span, self.key, place.label.as_deref(), look));
                if let Some(more) = self.all_places(files, 1) {
                    lines.extend(note("also", Tone::Place, &more, look));
                }
            }
            None => lines.extend(
                self.all_places(files, 0).map(|p| note("at", Tone::Place, &p, look)).unwrap_or_default(),
            ),
        }
        for (name, text) in &self.notes {
            lines.extend(note(name, Tone::Plain, text, look));
        }
        lines.extend(self.help.map(|h| note("help", Tone::Plain, h, look)).unwrap_or_default());
        lines
    }

    fn first_place(&self, files: &Files) -> Option<String> {
        let mut texts: Vec<String> = self.places.iter().filter_map(|p| place_text(p, files)).collect();
        texts.dedup();
        let first = texts.first()?;
        Some(if texts.len() > 1 { format!("{first} and {} more", texts.len() - 1) } else { first.clone() })
    }

    /// The places from the given one on, as many as are worth naming.
    fn all_places(&self, files: &Files, from: usize) -> Option<String> {
        self.places_from(files, from, PLACES)
    }

    fn places_from(&self, files: &Files, from: usize, most: usize) -> Option<String> {
        let mut texts: Vec<String> = Vec::new();
        for text in self.places.iter().skip(from).filter_map(|p| place_text(p, files)) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let shown = texts.len().min(most);
        // Several instances of one block lie in one place.
        let hidden = texts.len() - shown;
        texts.truncate(shown);
        if hidden > 0 {
            texts.push(format!("and {} more", hidden));
        }
        (!texts.is_empty()).then(|| texts.join(", "))
    }
}

fn place_text(place: &Place, files: &Files) -> Option<String> {
    match (place.span, &place.address) {
        (Some(span), _) => {
            let at = files.locate(span);
            Some(format!("{}:{}", at.path, at.line))
        }
        (None, Some(address)) => Some(address.clone()),
        (None, None) => None,
    }
}

/// A named fact: `  parts  104 created + 1 BasicQueue made by AWS = 105`.
fn note(name: &str, tone: Tone, text: &str, look: &Look) -> Vec<Line> {
    // Sentences that fit into one line stand in one.
    let joined = text.trim().replace('\n', ". ");
    let text = if Line::plain(joined.as_str()).width() + 9 <= look.width { joined.as_str() } else { text };
    let mut lines = Vec::new();
    for (i, paragraph) in text.lines().filter(|l| !l.trim().is_empty()).enumerate() {
        let line = match (name, i) {
            ("", _) => Line::plain("  "),
            (name, 0) => Line::plain("  ").with(Tone::Faint, format!("{name:<6} ")),
            _ => Line::plain(" ".repeat(9)),
        };
        let indent = if name.is_empty() { 2 } else { 9 };
        lines.extend(line.with(tone, paragraph.trim()).wrap(look.width, indent));
    }
    lines
}

/// The place, and the line it is in with a mark and what is to be said of it.
fn source(files: &Files, span: Span, key: Option<&str>, label: Option<&str>, look: &Look) -> Vec<Line> {
    let file = files.get(span.file);
    let at = files.locate(span);
    let number = at.line.to_string();
    let gutter = " ".repeat(number.len().max(2) + 2);
    let edge = |text: &str| Line::new().with(Tone::Faint, format!("{gutter}{text}"));
    let mut lines = vec![
        edge("╭─[")
            .with(Tone::Place, format!("{}:{}:{}", at.path, at.line, at.column))
            .with(Tone::Faint, "]"),
    ];
    let room = look.width.saturating_sub(gutter.len() + 2).max(20);
    if let Some(s) = snippet(&file, span, key, room) {
        let digits = gutter.len() - 1;
        lines.push(
            Line::new().with(Tone::Faint, format!("{number:>digits$} │ ")).with(Tone::Plain, s.text.clone()),
        );
        let blank = " ".repeat(s.from);
        match label {
            Some(label) => {
                let middle = (s.len - 1) / 2;
                let rule = format!("{}┬{}", "─".repeat(middle), "─".repeat(s.len - 1 - middle));
                lines.push(edge("· ").with(Tone::Notice, format!("{blank}{rule}")));
                let arm = format!("{blank}{}╰── ", " ".repeat(middle));
                let left = room.saturating_sub(Line::plain(arm.clone()).width());
                let text = if left < 24 { label.to_owned() } else { clip(label, left) };
                lines.push(edge("· ").with(Tone::Notice, arm).with(Tone::Plain, text));
            }
            None => lines.push(edge("· ").with(Tone::Notice, format!("{blank}{}", "─".repeat(s.len)))),
        }
    } else if let Some(label) = label {
        lines.push(edge("· ").with(Tone::Plain, clip(label, room)));
    }
    lines.push(edge("╰─"));
    lines
}
