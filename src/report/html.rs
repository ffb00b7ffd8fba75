//! One page that holds everything: no script, no network, light and dark, readable on a phone, usable by keyboard.
//!
//! The scopes are there in full, the worst first; limits of one resource are told by quota, with those that are not kept.

mod room;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::human::{headline_texts, sign};
use super::view::{
    Places, State, count_text, fullness, heading, limit_text, per_cent, range, share, states, word,
};
use super::{Exit, Look, Report};
use crate::finding::{Diagnostic, Finding, Place};
use crate::projection::{Limit, Part, Projection, QuotaName, Scope};
use crate::source::Files;
use crate::tags::Coverage;
use crate::words::{grouped, several};

/// How many counts of one finding are shown before the rest is folded.
const COUNTS: usize = 3;

/// How many scopes and findings are shown in full, and how many parts and places of each; the rest is counted.
const SCOPES: usize = 400;
const FINDINGS: usize = 1000;
const PARTS: usize = 50;
/// Tenants that are named for one count.
const TENANTS: usize = 20;

const STYLE: &str = include_str!("html.css");

/// Returns the report as a page.
pub fn render(report: &Report, files: &Files, _look: &Look) -> String {
    let mut out = String::new();
    let texts = headline_texts(report);
    let title = texts.first().map(String::as_str).unwrap_or_default();
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{} tf-headroom: {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        sign(report),
        text(title)
    );
    header(&mut out, report, &texts);
    out.push_str("<main>\n");
    let rows = Rows::of(report);
    contents(&mut out, report, &rows);
    unread(&mut out, report, files);
    findings(&mut out, report, files);
    rows.write(&mut out, report, files);
    room::write(&mut out, report);
    tags(&mut out, report);
    about(&mut out, report);
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn header(out: &mut String, report: &Report, texts: &[String]) {
    let tone = match report.exit {
        Exit::Unchecked | Exit::Findings => "error",
        Exit::Clean if sign(report) == "?" => "warning",
        Exit::Clean => "good",
    };
    let _ = writeln!(out, "<header class=\"{tone}\">");
    let first = texts.first().map(String::as_str).unwrap_or_default();
    let _ = writeln!(out, "<h1><span aria-hidden=\"true\">{}</span> {}</h1>", sign(report), text(first));
    if texts.len() > 1 {
        let rest: Vec<String> = texts[1..].iter().map(|t| text(t)).collect();
        let _ = writeln!(out, "<p class=\"lead\">{}</p>", rest.join(" · "));
    }
    let mut facts: Vec<String> = report
        .inputs
        .iter()
        .take(5)
        .map(|i| format!("<code>{}</code>", text(&report.origin.path(&i.path))))
        .collect();
    if report.inputs.len() > 5 {
        facts.push(format!("{} more", several(report.inputs.len() as u64 - 5, "input")));
    }
    if !report.projections.is_empty() {
        facts.push(text(&heading(report, &Places::of(&report.projections))));
    }
    if let Some(base) = &report.base {
        facts.push(format!("compared with <code>{}</code>", text(base)));
    }
    let _ = writeln!(out, "<p class=\"facts\">{}</p>\n</header>", facts.join(" · "));
}

fn contents(out: &mut String, report: &Report, rows: &Rows<'_>) {
    let mut links = Vec::new();
    if !report.diagnostics.is_empty() {
        links.push("<a href=\"#unread\">Not read</a>".to_owned());
    }
    links.push(format!("<a href=\"#findings\">Findings ({})</a>", grouped(report.findings.len() as u64)));
    if !rows.scopes.is_empty() {
        links
            .push(format!("<a href=\"#quotas\">Quotas ({})</a>", several(rows.scopes.len() as u64, "scope")));
    }
    if !rows.singles.is_empty() {
        links.push("<a href=\"#resources\">Single resources</a>".to_owned());
    }
    if room::is_known(report) {
        links.push("<a href=\"#capacity\">One more tenant</a>".to_owned());
    }
    links.push("<a href=\"#tags\">Tags</a>".to_owned());
    let _ = writeln!(out, "<nav aria-label=\"On this page\">{}</nav>", links.join(" "));
}

fn unread(out: &mut String, report: &Report, files: &Files) {
    if report.diagnostics.is_empty() {
        return;
    }
    out.push_str("<section id=\"unread\">\n<h2>What is wrong in the input</h2>\n");
    for d in report.diagnostics.iter().take(FINDINGS) {
        let Diagnostic { severity, summary, detail, help, .. } = d;
        let place = Place { address: d.origin.clone(), span: d.span, label: None };
        let _ = writeln!(
            out,
            "<article class=\"{0}\"><h3><span class=\"badge\">{0}</span> {1}</h3>",
            severity.name(),
            text(summary)
        );
        if !detail.is_empty() && **detail != **summary {
            let _ = writeln!(out, "<p>{}</p>", marked(detail));
        }
        if let Some(help) = help {
            let _ = writeln!(out, "<p class=\"help\">{}</p>", marked(help));
        }
        places(out, &[place], 1, report, files);
        out.push_str("</article>\n");
    }
    out.push_str("</section>\n");
}

fn findings(out: &mut String, report: &Report, files: &Files) {
    out.push_str("<section id=\"findings\">\n<h2>Findings</h2>\n");
    if report.findings.is_empty() {
        out.push_str("<p>None.</p>\n");
    }
    for f in report.findings.iter().take(FINDINGS) {
        finding(out, f, report, files);
    }
    let more = report.findings.len().saturating_sub(FINDINGS) as u64;
    if more > 0 {
        let _ = writeln!(out, "<p>and {} less grave, in the other formats</p>", several(more, "finding"));
    }
    if !report.older.is_empty() {
        let _ = writeln!(
            out,
            "<details><summary>{} unchanged</summary>",
            several(report.older.len() as u64, "older finding")
        );
        out.push_str("<ul>\n");
        for f in report.older.iter().take(FINDINGS) {
            let _ = writeln!(out, "<li>{}</li>", marked(&f.message));
        }
        out.push_str("</ul></details>\n");
    }
    out.push_str("</section>\n");
}

fn finding(out: &mut String, f: &Finding, report: &Report, files: &Files) {
    let severity = f.severity.name();
    let _ = writeln!(
        out,
        "<article class=\"{severity}\"><h3><span class=\"badge\">{severity}</span> {}</h3>\n<p class=\"rule\">{}</p>",
        marked(&f.message),
        text(f.rule)
    );
    if !f.notes.is_empty() {
        out.push_str("<dl>\n");
        let (counts, others): (Vec<_>, Vec<_>) = f.notes.iter().partition(|(name, _)| *name == "count");
        let (shown, folded) = counts.split_at(if counts.len() > COUNTS + 1 { COUNTS } else { counts.len() });
        for (name, note) in others.iter().chain(shown) {
            let _ = writeln!(out, "<div><dt>{}</dt><dd>{}</dd></div>", text(name), marked(note));
        }
        out.push_str("</dl>\n");
        if !folded.is_empty() {
            out.push_str("<details><summary>more counts</summary><ul>");
            for (_, note) in folded {
                let _ = writeln!(out, "<li>{}</li>", marked(note));
            }
            out.push_str("</ul></details>\n");
        }
    }
    if let Some(help) = &f.help {
        let lines: Vec<String> = help.lines().map(marked).collect();
        let _ = writeln!(out, "<p class=\"help\">{}</p>", lines.join("<br>"));
    }
    places(out, &f.places, f.places_total, report, files);
    out.push_str("</article>\n");
}

/// One place as a line, several in a list that opens.
fn places(out: &mut String, all: &[Place], total: u64, report: &Report, files: &Files) {
    let shown: Vec<String> = all.iter().take(PARTS).filter_map(|p| place_text(p, report, files)).collect();
    match shown.as_slice() {
        [] => {}
        [one] if all.len() == 1 => {
            let _ = writeln!(out, "<p class=\"place\">{one}</p>");
        }
        several_places => {
            let _ = writeln!(out, "<details><summary>{}</summary><ul>", several(all.len() as u64, "place"));
            for place in several_places {
                let _ = writeln!(out, "<li class=\"place\">{place}</li>");
            }
            out.push_str("</ul>");
            if total > all.len() as u64 {
                let _ = write!(out, "<p>{} in all</p>", several(total, "resource"));
            }
            out.push_str("</details>\n");
        }
    }
}

fn place_text(place: &Place, report: &Report, files: &Files) -> Option<String> {
    let at = place.span.map(|s| files.locate(s));
    let at = at.map(|at| source_link(&at.path, at.line, report));
    let address = place.address.as_deref().map(|a| format!("<code>{}</code>", text(a)));
    let label = place.label.as_deref().map(|l| format!(" · {}", text(l)));
    match (address, at) {
        (None, None) => None,
        (address, at) => {
            let parts: Vec<String> = address.into_iter().chain(at).collect();
            Some(format!("{}{}", parts.join(" · "), label.unwrap_or_default()))
        }
    }
}

/// A link where the files are seen in a browser, else the place as text.
fn source_link(path: &str, line: u32, report: &Report) -> String {
    let shown = format!("{}:{line}", report.origin.path(path));
    match &report.origin.link {
        Some(_) => format!("<a href=\"{}\">{}</a>", text(&report.origin.link(path, line)), text(&shown)),
        None => text(&shown),
    }
}

/// The projections, by where they are shown.
struct Rows<'a> {
    scopes: Vec<(&'a Scope, Vec<(State, &'a Projection)>)>,
    singles: BTreeMap<&'a QuotaName, Vec<(State, &'a Projection)>>,
}

impl<'a> Rows<'a> {
    fn of(report: &'a Report) -> Rows<'a> {
        let mut by_scope: BTreeMap<&Scope, Vec<(State, &Projection)>> = BTreeMap::new();
        let mut singles: BTreeMap<&QuotaName, Vec<(State, &Projection)>> = BTreeMap::new();
        for (state, p) in states(report).into_iter().zip(report.projections.iter()) {
            match p.single {
                true => singles.entry(&p.quota).or_default().push((state, p)),
                false => by_scope.entry(&p.scope).or_default().push((state, p)),
            }
        }
        let worst_first = |rows: &mut Vec<(State, &Projection)>| {
            rows.sort_by(|a, b| {
                (b.0, fullness(b.1)).cmp(&(a.0, fullness(a.1))).then_with(|| a.1.quota.cmp(&b.1.quota))
            });
        };
        singles.values_mut().for_each(worst_first);
        let mut scopes: Vec<_> = by_scope.into_iter().collect();
        scopes.iter_mut().for_each(|(_, rows)| worst_first(rows));
        scopes.sort_by_key(|(scope, rows)| {
            let worst = rows.first().map(|(state, p)| (*state, fullness(p)));
            (std::cmp::Reverse(worst), *scope)
        });
        Rows { scopes, singles }
    }

    fn write(&self, out: &mut String, report: &Report, files: &Files) {
        if !self.scopes.is_empty() {
            let places = Places::of(&report.projections);
            out.push_str("<section id=\"quotas\">\n<h2>Quotas</h2>\n");
            out.push_str("<p class=\"legend\"><span class=\"bar\" aria-hidden=\"true\"><i style=\"width:40%\"></i><b style=\"width:25%\"></b></span> certain use, then what may be added</p>\n");
            for (at, (scope, rows)) in self.scopes.iter().take(SCOPES).enumerate() {
                let loud = rows.iter().any(|(state, _)| *state > State::Within);
                scope_block(out, &places.title(scope), rows, loud || at == 0, report, files);
            }
            let more = self.scopes.len().saturating_sub(SCOPES) as u64;
            if more > 0 {
                let _ = writeln!(out, "<p>and {} less full, in the JSON</p>", several(more, "scope"));
            }
            out.push_str("</section>\n");
        }
        self.write_singles(out, report, files);
    }

    /// Limits of one resource: those that are not kept, then by quota how full the fullest of the others is.
    fn write_singles(&self, out: &mut String, report: &Report, files: &Files) {
        if self.singles.is_empty() {
            return;
        }
        out.push_str("<section id=\"resources\">\n<h2>Limits of single resources</h2>\n");
        let is_loud = |row: &&(State, &Projection)| row.0 > State::Within;
        let mut loud: Vec<&(State, &Projection)> = self.singles.values().flatten().filter(is_loud).collect();
        loud.sort_by_key(|(state, p)| std::cmp::Reverse((*state, fullness(p))));
        if !loud.is_empty() {
            table_head(out, "Limits of single resources that are not kept, or undecided");
            for (state, p) in loud.iter().take(SCOPES) {
                row(out, *state, p, report, files);
            }
            out.push_str("</tbody></table>\n");
        }
        if loud.len() > SCOPES {
            let _ = writeln!(
                out,
                "<p>and {}, in the JSON</p>",
                several((loud.len() - SCOPES) as u64, "more row")
            );
        }
        let mut quiet: Vec<(&Projection, u64)> = Vec::new();
        for rows in self.singles.values() {
            let within = rows.iter().filter(|(state, _)| *state == State::Within);
            let total = within.clone().map(|(_, p)| p.parts_total).sum();
            quiet.extend(within.map(|(_, p)| (*p, total)).next());
        }
        quiet.sort_by_key(|(p, _)| std::cmp::Reverse(fullness(p)));
        if let Some((fullest, _)) = quiet.first() {
            let quotas = several(quiet.len() as u64, "quota");
            let _ = writeln!(
                out,
                "<details class=\"scope\"><summary>{quotas} within <span class=\"faint\">most {}: {}</span></summary>",
                text(&per_cent(fullest)),
                text(&fullest.quota.name)
            );
            table_head(out, "Limits of single resources that are kept, the fullest of each");
            for (p, total) in &quiet {
                quiet_row(out, p, *total);
            }
            out.push_str("</tbody></table>\n</details>\n");
        }
        out.push_str("</section>\n");
    }
}

fn scope_block(
    out: &mut String,
    title: &str,
    rows: &[(State, &Projection)],
    open: bool,
    report: &Report,
    files: &Files,
) {
    let used: Vec<u64> =
        rows.iter().filter_map(|(_, p)| share(p)).map(|(low, high)| high.unwrap_or(low)).collect();
    let open = if open { " open" } else { "" };
    let _ = write!(out, "<details class=\"scope\"{open}><summary><code>{}</code> ", text(title));
    let mut facts = vec![several(rows.len() as u64, "quota")];
    if let Some(most) = used.iter().max() {
        let mean = used.iter().sum::<u64>() / used.len() as u64;
        // What has no upper bound may be anything.
        let open = if rows.iter().any(|(_, p)| share(p).is_none_or(|(_, high)| high.is_none())) {
            "≥"
        } else {
            ""
        };
        facts.push(format!("most {open}{} %", grouped(*most)));
        facts.push(format!("mean {open}{} %", grouped(mean)));
    }
    let _ = writeln!(out, "<span class=\"faint\">{}</span></summary>", facts.join(" · "));
    table_head(out, title);
    for (state, p) in rows {
        row(out, *state, p, report, files);
    }
    out.push_str("</tbody></table>\n</details>\n");
}

fn table_head(out: &mut String, caption: &str) {
    let _ = writeln!(
        out,
        "<table><caption class=\"unseen\">{}</caption><thead><tr><th scope=\"col\">Quota</th><th scope=\"col\">Use</th>\
         <th scope=\"col\" class=\"number\">Count</th><th scope=\"col\" class=\"number\">Limit</th>\
         <th scope=\"col\">Verdict</th></tr></thead><tbody>",
        text(caption)
    );
}

fn row(out: &mut String, state: State, p: &Projection, report: &Report, files: &Files) {
    let code = match p.quota.code.as_str() {
        "" => String::new(),
        code => format!(" <span class=\"code\">{}</span>", text(code)),
    };
    let before = match p.before.is_zero() || p.before == p.count {
        true => String::new(),
        false => {
            let before = range(p.before.low(), p.before.high(), &p.quota.unit);
            format!("<span class=\"faint\">{} → </span>", text(&before))
        }
    };
    let _ = writeln!(
        out,
        "<tr class=\"{}\"><th scope=\"row\">{}{code}</th><td>{} <span>{}</span></td>\
         <td class=\"number\">{before}{}</td><td class=\"number\">{}</td><td><span class=\"state\">{}</span></td></tr>",
        class(state),
        text(&p.quota.name),
        bar(p),
        text(&per_cent(p)),
        text(&count_text(p)),
        text(&limit_text(p)),
        word(state, p),
    );
    parts(out, p, report, files);
}

/// Where a count comes from.
fn parts(out: &mut String, p: &Projection, report: &Report, files: &Files) {
    let limit = p.limit.as_deref().map(limit_source);
    if p.parts.is_empty() && p.because.is_empty() && limit.is_none() {
        return;
    }
    out.push_str("<tr class=\"from\"><td colspan=\"5\"><details><summary>where from</summary><ul>");
    let mut parts: Vec<&Part> = p.parts.iter().collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.count.low()));
    for part in parts.iter().take(PARTS) {
        let place =
            Place { address: Some(part.address.to_string()), span: part.repeat.or(part.span), label: None };
        let amount = range(part.count.low(), part.count.high(), &p.quota.unit);
        let place = place_text(&place, report, files).unwrap_or_default();
        let _ = write!(out, "<li><strong>{}</strong> {place}</li>", text(&amount));
    }
    for (name, count) in &p.baselines {
        let amount = range(count.low(), count.high(), &p.quota.unit);
        let _ = write!(out, "<li><strong>{}</strong> {} made by AWS</li>", text(&amount), text(name));
    }
    let more = p.parts_total.saturating_sub(p.parts.len().min(PARTS) as u64);
    if more > 0 && !p.single {
        let _ = write!(out, "<li>and {}</li>", several(more, "more block"));
    }
    if let Some(shares) = p.shares.as_ref().filter(|s| !s.tenants.is_empty()) {
        let mut whose: Vec<String> =
            shares.tenants.iter().take(TENANTS).map(|(name, share)| format!("{name} {share}")).collect();
        if shares.tenants.len() > TENANTS {
            whose.push(several((shares.tenants.len() - TENANTS) as u64, "more tenant"));
        }
        whose.push(format!("shared {}", shares.shared));
        let _ = write!(out, "<li>whose: {}</li>", text(&whose.join(" + ")));
    }
    for cause in p.because.iter().filter(|c| !c.name().is_empty()).take(PARTS) {
        let _ = write!(out, "<li>open: <code>{}</code></li>", text(cause.name()));
    }
    if let Some(limit) = limit {
        let _ = write!(out, "<li>limit: {}</li>", text(&limit));
    }
    out.push_str("</ul></details></td></tr>\n");
}

fn limit_source(limit: &Limit) -> String {
    let mut facts = vec![limit.origin.name().to_owned()];
    for fact in [limit.as_of.as_str(), limit.note.as_str()] {
        if !fact.is_empty() {
            facts.push(fact.to_owned());
        }
    }
    if limit.assumed {
        facts.push("assumed".to_owned());
    }
    facts.join(" · ")
}

/// The fullest of several resources.
fn quiet_row(out: &mut String, fullest: &Projection, total: u64) {
    let of = if total > 1 { format!("the fullest of {}", grouped(total)) } else { String::new() };
    let _ = writeln!(
        out,
        "<tr class=\"within\"><th scope=\"row\">{} <span class=\"faint\">{of}</span></th><td>{} <span>{}</span></td>\
         <td class=\"number\">{}</td><td class=\"number\">{}</td><td><span class=\"state\">within</span></td></tr>",
        text(&fullest.quota.name),
        bar(fullest),
        text(&per_cent(fullest)),
        text(&count_text(fullest)),
        text(&limit_text(fullest)),
    );
}

fn class(state: State) -> &'static str {
    match state {
        State::Exceeded => "exceeded",
        State::Undecided => "undecided",
        State::Near => "near",
        State::Within => "within",
    }
}

/// What is certain, and what may come; the numbers stand beside it.
fn bar(p: &Projection) -> String {
    let Some((low, high)) = share(p) else {
        return "<span class=\"bar\" aria-hidden=\"true\"></span>".to_owned();
    };
    let certain = low.min(100);
    let maybe = high.unwrap_or(100).min(100).saturating_sub(certain);
    format!(
        "<span class=\"bar\" aria-hidden=\"true\"><i style=\"width:{certain}%\"></i><b style=\"width:{maybe}%\"></b></span>"
    )
}

fn tags(out: &mut String, report: &Report) {
    let judged = report.stats.tags_judged;
    out.push_str("<section id=\"tags\">\n<h2>Tags</h2>\n");
    let schema = if report.stats.tags_schema { "the schema of the settings" } else { "AWS's own limits" };
    let _ = writeln!(out, "<p>{} held to {schema}.</p>", several(judged, "resource"));
    if !report.coverage.is_empty() {
        out.push_str(
            "<table><caption class=\"unseen\">Required tags</caption><thead><tr><th scope=\"col\">Required key</th>\
             <th scope=\"col\">Coverage</th><th scope=\"col\" class=\"number\">Have it</th>\
             <th scope=\"col\" class=\"number\">Asked</th><th scope=\"col\">Others</th></tr></thead><tbody>\n",
        );
        for (key, coverage) in &report.coverage {
            tag_row(out, key, coverage);
        }
        out.push_str("</tbody></table>\n");
    }
    out.push_str("</section>\n");
}

fn tag_row(out: &mut String, key: &str, c: &Coverage) {
    let asked = c.with + c.without + c.undecided;
    let per_cent = |n: u64| n.saturating_mul(100).checked_div(asked).unwrap_or(100);
    let mut others = Vec::new();
    for (n, what) in [(c.without, "missing"), (c.undecided, "undecided"), (c.exempt, "exempt")] {
        if n > 0 {
            others.push(format!("{} {what}", grouped(n)));
        }
    }
    let class = if c.without > 0 { "exceeded" } else { "within" };
    let _ = writeln!(
        out,
        "<tr class=\"{class}\"><th scope=\"row\"><code>{}</code></th><td><span class=\"bar good\" aria-hidden=\"true\">\
         <i style=\"width:{}%\"></i><b style=\"width:{}%\"></b></span> <span>{} %</span></td><td class=\"number\">{}</td>\
         <td class=\"number\">{}</td><td><span class=\"state\">{}</span></td></tr>",
        text(key),
        per_cent(c.with),
        per_cent(c.undecided),
        per_cent(c.with),
        grouped(c.with),
        grouped(asked),
        others.join(", "),
    );
}

fn about(out: &mut String, report: &Report) {
    let stats = &report.stats;
    let mut facts = vec![
        format!("tf-headroom {} · catalog {}", env!("CARGO_PKG_VERSION"), stats.catalog),
        format!("{} of {} read", several(stats.instances, "instance"), several(stats.types, "type")),
        format!("{} compared", several(stats.quotas, "quota")),
    ];
    if stats.groups > 0 {
        facts.push(format!("{} of unknown size", several(stats.groups, "group")));
    }
    if stats.allowed > 0 {
        facts.push(several(stats.allowed, "allow"));
    }
    facts.push(format!("exit {}", report.exit.code()));
    let facts: Vec<String> = facts.iter().map(|f| text(f)).collect();
    let _ = writeln!(out, "<footer><p>{}</p>", facts.join(" · "));
    if !stats.unmeasured.is_empty() {
        let types: Vec<String> =
            stats.unmeasured.iter().map(|t| format!("<code>{}</code>", text(t))).collect();
        let _ = writeln!(
            out,
            "<details><summary>{} without a measured quota</summary><p>{}</p></details>",
            several(types.len() as u64, "type"),
            types.join(", ")
        );
    }
    out.push_str("</footer>\n");
}

/// A text of ours with names in backquotes.
fn marked(from: &str) -> String {
    let pieces: Vec<&str> = from.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return text(from);
    }
    let mut out = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        match at % 2 {
            1 => out.push_str(&format!("<code>{}</code>", text(piece))),
            _ => out.push_str(&text(piece)),
        }
    }
    out
}

/// A text that is no markup, whoever wrote it.
fn text(from: &str) -> String {
    let mut out = String::with_capacity(from.len());
    for c in from.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
                out.push('\u{fffd}')
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::{Share, Shares};
    use crate::report::sample;

    #[test]
    fn the_sample_as_a_page() {
        let (report, files) = sample::short();
        let page = render(&report, &files, &Look::default());
        insta::assert_snapshot!(page.replace(STYLE, "…\n"));
    }

    #[test]
    fn whose_a_count_is_stands_with_where_it_is_from() {
        let (mut report, files) = sample::short();
        let share = |n| Share { low: Some(n), high: Some(n) };
        let tenants = (0..22).map(|n| (format!("agency-{n:02}").into(), share(n))).collect();
        report.projections[1].shares = Some(Box::new(Shares { tenants, shared: share(-2) }));
        let page = render(&report, &files, &Look::default());
        assert!(page.contains("<li>whose: agency-00 0 + agency-01 1 + "), "{page}");
        assert!(page.contains("agency-19 19 + 2 more tenants + shared -2</li>"), "{page}");
    }

    #[test]
    fn nothing_in_it_is_fetched_or_run() {
        let (mut report, files) = sample::short();
        report.findings[0].message = "<script>alert(1)</script> `<img src=x>`".to_owned();
        report.projections[0].quota.name = "\"><script>".into();
        let page = render(&report, &files, &Look::default());
        for word in ["<script", "<img", "src=", "http://", "https://", "@import", "url("] {
            assert!(!page.replace("&lt;img src=x", "").contains(word), "{word}");
        }
    }

    #[test]
    fn thousands_of_scopes_and_findings_are_counted_and_not_shown() {
        let (mut report, files) = sample::short();
        let (finding, projection) = (report.findings[0].clone(), report.projections[3].clone());
        for n in 0..5000 {
            report.findings.push(finding.clone());
            let mut more = projection.clone();
            more.scope.parent = Some(format!("p{n:04}").into());
            report.projections.push(more);
        }
        let page = render(&report, &files, &Look::default());
        assert_eq!(page.matches("<details class=\"scope\"").count(), SCOPES);
        assert!(page.contains("less full, in the JSON") && page.contains("less grave, in the other formats"));
    }
}
