//! How far tags have got: tables by key, type, module and tenant, and where a missing key is added best.

use std::collections::BTreeMap;

use ecow::EcoString;

use crate::report::Look;
use crate::report::human::print;
use crate::report::text::{Line, Tone};
use crate::source::{Files, Span};
use crate::tags::{Coverage, Held, Remedied, TagVerdicts, Unmanaged, remedies};
use crate::words::{grouped, several};

/// How many rows of one table are shown.
const ROWS: usize = 12;

/// Returns the tables.
pub fn render(verdicts: &TagVerdicts, unmanaged: &[Unmanaged], files: &Files, look: &Look) -> String {
    let mut lines = Vec::new();
    let untaggable = match verdicts.untaggable {
        0 => String::new(),
        n => format!(" · {} not", grouped(n)),
    };
    let takes = format!("{} take tags{untaggable}", several(verdicts.judged, "resource"));
    lines.push(Line::new().with(Tone::Strong, "Tags").with(Tone::Faint, format!(" · {takes}")));
    lines.push(Line::new());
    let Some(detail) = &verdicts.detail else { return print(&lines, look) };
    not_managed(unmanaged, &mut lines);
    if !verdicts.schema {
        let mut keys: Vec<(&EcoString, u64)> = detail.keys.iter().map(|(k, n)| (k, *n)).collect();
        keys.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let width = keys.iter().map(|(k, _)| k.chars().count()).max().unwrap_or(0).min(40);
        for (key, n) in keys.iter().take(ROWS * 2) {
            let share = per_cent(*n, verdicts.judged);
            lines.push(Line::plain(format!("  {key:width$}  {:>7}  {share:>5}", grouped(*n))));
        }
        lines.push(Line::new());
        let text = "no settings ask for tags: `tf-headroom init` writes some to begin with";
        lines.push(Line::new().with(Tone::Faint, text));
        return print(&lines, look);
    }
    let of_keys = verdicts.coverage.iter().map(|(k, c)| (k.clone(), *c)).collect();
    table("key", of_keys, &mut lines);
    for (title, rows, nameless) in [
        ("type", &detail.by_type, ""),
        ("module", &detail.by_module, "(root)"),
        ("tenant", &detail.by_tenant, "(shared)"),
    ] {
        let worth = rows.len() > 1 || rows.keys().any(|k| !k.is_empty());
        if worth {
            table(title, summed(rows, nameless), &mut lines);
        }
    }
    let remedies = remedies(verdicts);
    if !remedies.is_empty() {
        lines.push(Line::new().with(Tone::Strong, "What mends most"));
        for r in remedies.iter().take(ROWS) {
            let place = match &r.place {
                Remedied::DefaultTags(m) => format!(
                    "default_tags of {}{}",
                    m.provider,
                    m.default_tags.or(m.span).map(|s| format!(", {}", line_of(files, s))).unwrap_or_default()
                ),
                Remedied::Module(module) => format!("the tags that {module} is given"),
                Remedied::Resource(block) => format!("the tags of {block}"),
            };
            let much = if r.mends == r.missing {
                format!("mends all {}", grouped(r.missing))
            } else {
                format!("mends {} of {}", grouped(r.mends), grouped(r.missing))
            };
            lines.push(Line::plain(format!("  {}: add it to {place}: {much}", r.key)));
        }
        lines.push(Line::new());
    }
    for (ty, n) in &verdicts.unknown_types {
        let text =
            format!("  {ty}: {} not judged, nothing here says how it takes tags", several(*n, "resource"));
        lines.push(Line::new().with(Tone::Faint, text));
    }
    print(&lines, look)
}

/// Says what there is that the source does not have.
fn not_managed(unmanaged: &[Unmanaged], lines: &mut Vec<Line>) {
    if unmanaged.is_empty() {
        return;
    }
    let title = format!("Not in the source: {}", several(unmanaged.len() as u64, "object"));
    lines.push(Line::new().with(Tone::Strong, title));
    for object in unmanaged.iter().take(ROWS) {
        let tags = match object.tags {
            Held::TakesNone => "takes no tags".to_owned(),
            Held::NotTold => format!("{}, tags not told", object.ty),
            Held::Undecided => {
                format!("{}, or one that the source declares: its name is not known there", object.ty)
            }
            Held::Known(0) => "no tags".to_owned(),
            Held::Known(n) => several(n, "tag"),
        };
        lines.push(Line::plain(format!("  {} · {tags}", object.address)));
    }
    if unmanaged.len() > ROWS {
        lines.push(Line::new().with(Tone::Faint, format!("  {} more", unmanaged.len() - ROWS)));
    }
    lines.push(Line::new());
}

fn line_of(files: &Files, span: Span) -> String {
    let at = files.locate(span);
    format!("{}:{}", at.path, at.line)
}

/// Coverage over all keys of each row.
fn summed(
    rows: &BTreeMap<EcoString, BTreeMap<EcoString, Coverage>>,
    nameless: &str,
) -> Vec<(EcoString, Coverage)> {
    let name = |n: &EcoString| if n.is_empty() { nameless.into() } else { n.clone() };
    rows.iter().map(|(n, keys)| (name(n), keys.values().copied().sum())).collect()
}

fn per_cent(part: u64, whole: u64) -> String {
    match whole {
        0 => "–".to_owned(),
        // What is not whole is not shown as if it were.
        _ if part < whole => format!("{} %", (part * 100 / whole).min(99)),
        _ => "100 %".to_owned(),
    }
}

fn table(title: &str, mut rows: Vec<(EcoString, Coverage)>, lines: &mut Vec<Line>) {
    rows.retain(|(_, c)| c.asked() + c.exempt > 0);
    if rows.is_empty() {
        return;
    }
    rows.sort_by(|a, b| b.1.without.cmp(&a.1.without).then_with(|| a.0.cmp(&b.0)));
    let width = rows.iter().take(ROWS).map(|(n, _)| n.chars().count()).max().unwrap_or(0).max(title.len());
    lines.push(Line::new().with(Tone::Strong, format!("  {title:width$}")).with(
        Tone::Faint,
        format!("  {:>7}  {:>7}  {:>9}  {:>6}  {:>6}", "there", "missing", "undecided", "exempt", "share"),
    ));
    for (name, c) in rows.iter().take(ROWS) {
        let tone = match (c.without, c.undecided) {
            (0, 0) => Tone::Good,
            (0, _) => Tone::Notice,
            _ => Tone::Error,
        };
        lines.push(
            Line::plain(format!(
                "  {name:width$}  {:>7}  {:>7}  {:>9}  {:>6}  ",
                grouped(c.with),
                grouped(c.without),
                grouped(c.undecided),
                grouped(c.exempt)
            ))
            .with(tone, format!("{:>6}", per_cent(c.with, c.asked()))),
        );
    }
    if rows.len() > ROWS {
        lines.push(Line::new().with(Tone::Faint, format!("  {} more", rows.len() - ROWS)));
    }
    lines.push(Line::new());
}
