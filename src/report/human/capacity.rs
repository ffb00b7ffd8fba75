//! How many more tenants fit, for people.

use super::super::text::{Line, Tone};
use super::super::{Detail, Look};
use super::print;
use crate::capacity::{Answer, Fits, MeterName, Reading, Room};
use crate::catalog::{self, Unit};
use crate::inventory::Basis;
use crate::projection::LimitOrigin;
use crate::value::{Cause, Count};
use crate::words::{grouped, list_some, several};

/// How many quotas are shown besides the first.
const NEXT: usize = 3;

/// What is shown of an answer besides it.
pub struct Asked<'a> {
    /// The root module's folder.
    pub path: &'a str,
    /// `like agency-parks, the one in the middle`.
    pub shape: &'a str,
    pub tenants: u64,
    pub buffer: u64,
}

/// Returns the answer for a terminal.
pub fn render(answer: &Answer, asked: &Asked<'_>, look: &Look) -> String {
    let mut lines = Line::new().with(Tone::Strong, headline(answer, asked)).wrap(look.width, 2);
    if look.detail == Detail::Quiet {
        return print(&lines, look);
    }
    let decided: Vec<&Room> = answer.rooms.iter().filter(|r| r.fits.is_exact()).collect();
    let open: Vec<&Room> = answer.rooms.iter().filter(|r| !r.fits.is_exact()).collect();
    let shown = if look.detail == Detail::Full { usize::MAX } else { NEXT + 1 };
    for (i, room) in decided.iter().take(shown).enumerate() {
        let word = if i == 0 && answer.fits.high == room.fits.high { "binding" } else { "next" };
        block(&mut lines, word, room, look);
    }
    for room in open.iter().take(shown) {
        block(&mut lines, "undecided", room, look);
    }
    if open.len() > shown {
        let names: Vec<&str> = open[shown..].iter().map(|r| r.meter.quota.name.as_str()).collect();
        let text = format!("undecided as well: {}", list_some(&names, 8));
        lines.push(Line::new());
        lines.extend(Line::new().with(Tone::Plain, text).wrap(look.width, 2));
    }
    if let Some((n, problems)) = &answer.breaks {
        lines.push(Line::new());
        let what = problems.first().map_or_else(String::new, |d| format!("{}: {}", d.summary, d.detail));
        let text = format!("with {} the configuration itself fails: {what}", more(*n));
        lines.extend(Line::new().with(Tone::Error, text).wrap(look.width, 2));
    }
    if !answer.exceeded.is_empty() {
        lines.push(Line::new());
        for (name, reading) in &answer.exceeded {
            let text = format!(
                "exceeded with any number of tenants: {}, {} of {}",
                title(name),
                amount(name, reading.count),
                limit(name, reading)
            );
            lines.extend(Line::new().with(Tone::Error, text).wrap(look.width, 2));
        }
    }
    lines.push(Line::new());
    for fact in facts(answer, asked) {
        lines.extend(Line::new().with(Tone::Faint, fact).wrap(look.width, 2));
    }
    print(&lines, look)
}

fn headline(answer: &Answer, asked: &Asked<'_>) -> String {
    let tenants = |n: u64| several(n, "more tenant");
    let what = match answer.fits {
        Fits { low, high: Some(high) } if low == high => {
            format!("{} {} fit{}", tenants(low), asked.shape, if low == 1 { "s" } else { "" })
        }
        Fits { low, high: Some(high) } => {
            format!("between {low} and {} {} fit", tenants(high), asked.shape)
        }
        Fits { low, high: None } if low >= answer.most => {
            format!("{} {} fit: no more were tried", tenants(low), asked.shape)
        }
        Fits { low, high: None } => format!("at least {} {} fit", tenants(low), asked.shape),
    };
    let blocked: Vec<&Cause> = answer
        .rooms
        .iter()
        .filter(|r| !r.fits.is_exact() && r.fits.low < answer.fits.high.unwrap_or(answer.most))
        .flat_map(|r| &r.because)
        .collect();
    let mut names: Vec<&str> = blocked.iter().map(|c| c.name().as_str()).filter(|n| !n.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    if answer.fits.is_exact() || names.is_empty() {
        return what;
    }
    let quoted: Vec<String> =
        names.iter().map(|n| if n.contains(' ') { (*n).to_owned() } else { format!("`{n}`") }).collect();
    format!("{what}, depending on {}", list_some(&quoted, 3))
}

fn block(lines: &mut Vec<Line>, word: &str, room: &Room, look: &Look) {
    const WIDTH: usize = 10;
    lines.push(Line::new());
    let tone = if word == "next" { Tone::Faint } else { Tone::Strong };
    let head = Line::new()
        .with(tone, format!("{word:<WIDTH$}"))
        .with(Tone::Plain, title(&room.meter))
        .with(Tone::Faint, format!(" · {} {}", room.meter.quota.service, room.meter.quota.code));
    lines.extend(head.wrap(look.width, WIDTH));
    let mut say = |text: String| {
        let line = Line::new().with(Tone::Plain, " ".repeat(WIDTH)).with(Tone::Plain, text);
        lines.extend(line.wrap(look.width, WIDTH));
    };
    say(numbers(room));
    if let Some(scanned) = room.scanned {
        say(format!("use does not grow with every tenant: each number up to {scanned} was tried"));
    }
    let because: Vec<&str> =
        room.because.iter().map(|c| c.name().as_str()).filter(|n| !n.is_empty()).collect();
    if !because.is_empty() {
        say(format!("depends on {}", list_some(&because, 4)));
    }
}

/// Returns `5 more: 45 now, 95 of 100 with 5 more, 105 with 6 more`.
fn numbers(room: &Room) -> String {
    let m = &room.meter;
    let fits = match room.fits {
        Fits { low, high: Some(high) } if low == high => more(low),
        Fits { low, high: Some(high) } => format!("between {low} and {}", more(high)),
        Fits { low, high: None } => format!("at least {}", more(low)),
    };
    let mut text = format!("{fits}: {} now", amount(m, room.now.count));
    if room.fits.low > 0 {
        text.push_str(&format!(", {} with {}", amount(m, room.with.count), more(room.fits.low)));
    }
    if let (Some(beyond), Some(n)) = (&room.beyond, room.fits.high.or(Some(room.fits.low))) {
        text.push_str(&format!(", {} with {}", amount(m, beyond.count), more(n + 1)));
        text.push_str(&format!("; limit {}", limit(m, beyond)));
    }
    text
}

fn more(n: u64) -> String {
    format!("{} more", grouped(n))
}

/// Returns `Queues per instance in aws_connect_instance.this`.
fn title(meter: &MeterName) -> String {
    let place = match (&meter.scope.parent, &meter.scope.account, &meter.scope.region) {
        (Some(parent), ..) if parent.contains('*') => format!(" in each new {parent}"),
        (Some(parent), ..) => format!(" in {parent}"),
        _ if meter.single => " of one resource".to_owned(),
        (None, Some(account), Some(region)) => format!(" in account {account}, {region}"),
        (None, None, Some(region)) => format!(" in {region}"),
        (None, Some(account), None) => format!(" in account {account}"),
        (None, None, None) => String::new(),
    };
    format!("{}{place}", meter.quota.name)
}

fn unit(meter: &MeterName) -> Unit {
    let q = &meter.quota;
    let known = match q.code.is_empty() {
        true => catalog::quotas_by_name(&q.service, &q.name).next(),
        false => catalog::quota(&q.service, &q.code),
    };
    known.map_or(Unit::Count, |q| q.unit)
}

fn amount(meter: &MeterName, count: Count) -> String {
    let unit = unit(meter);
    match count.high() {
        Some(high) if high == count.low() => unit.show(high),
        Some(high) => format!("{} to {}", unit.show(count.low()), unit.show(high)),
        None => format!("at least {}", unit.show(count.low())),
    }
}

fn limit(meter: &MeterName, reading: &Reading) -> String {
    let Some(limit) = &reading.limit else { return "not known".to_owned() };
    let number = amount(meter, Count::new(limit.low, limit.high));
    match limit.origin {
        LimitOrigin::Catalog => format!("{number} (AWS default, {})", limit.confidence.name()),
        origin => format!("{number} ({})", origin.name()),
    }
}

fn facts(answer: &Answer, asked: &Asked<'_>) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(n) = answer.comfortable {
        facts.push(format!("{} keep {} % of every limit free", several(n, "more tenant"), asked.buffer));
    }
    let basis = answer.rooms.iter().map(|r| r.now.basis).min().unwrap_or(Basis::Configuration);
    let counted = match basis {
        Basis::Live => "what the account uses now, and this configuration",
        Basis::State | Basis::Configuration => {
            "this configuration only; what else the account holds leaves less room"
        }
    };
    facts.push(format!("counted: {counted}"));
    facts.push(format!(
        "{} in {}, {} that grow with them, {}",
        several(asked.tenants, "tenant"),
        asked.path,
        several(answer.growing as u64, "quota"),
        several(answer.probes as u64, "evaluation"),
    ));
    facts
}
