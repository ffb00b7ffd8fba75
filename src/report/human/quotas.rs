//! The table of quotas, one group for each scope, the fullest first.

use std::collections::BTreeSet;

use ecow::EcoString;

use crate::inventory::Basis;
use crate::projection::{Fullness, Projection, Quiet, Scope};
use crate::report::text::{Line, Tone, clip, clip_name};
use crate::report::view::{Places, State, count_text, fullness, heading, limit_text, per_cent, states, word};
use crate::report::{Detail, Look, Report};
use crate::words::{grouped, list_some, several};

/// How many rows are shown, how many of them undecided, and how many types of quiet scopes are named, unless everything is
/// asked for.
const ROWS: usize = 14;
const OPEN: usize = 5;
const KINDS: usize = 2;

/// From which share on, in per cent, the fullest of what is within is named.
const HIGH: u64 = 50;

/// Columns that are not the name of the quota.
const BAR: usize = 10;

/// The projections of one scope.
struct Group<'a> {
    scope: &'a Scope,
    /// What deserves a row of its own, the worst first.
    loud: Vec<(State, &'a Projection)>,
    quiet: Vec<&'a Projection>,
    /// How many scopes of the same kind have the same rows.
    alike: u64,
}

/// Returns the table; empty if nothing was compared.
pub fn lines(report: &Report, look: &Look) -> Vec<Line> {
    if report.projections.is_empty() {
        return Vec::new();
    }
    let places = Places::of(&report.projections);
    let rows = Rows::of(report, look);
    let head =
        |text: String| Line::new().with(Tone::Strong, "Quotas").with(Tone::Faint, format!(" · {text}"));
    let text = heading(report, &places);
    let whole = head(text.clone());
    let mut lines = match whole.width() > look.width {
        true => head(text.replace("limits: ", "")).wrap(look.width, 9),
        false => vec![whole],
    };
    // What was set aside is told of by a number, but for what has a row in its scope.
    let with_rows: BTreeSet<&Scope> = rows.shown.iter().map(|at| &report.projections[*at].scope).collect();
    let aside: Vec<Projection> = report.quiet.iter().flat_map(|quiet| quiet.beside(&with_rows)).collect();
    let unseen = report.quiet.as_ref().map_or(0, Quiet::len) - aside.len();
    let mut groups = group(report, &rows, &aside);
    if look.detail != Detail::Full {
        groups = merged(groups);
    }
    let widths = Widths::of(&groups, look);
    let (loud, quiet): (Vec<Group>, Vec<Group>) = groups.into_iter().partition(|g| !g.loud.is_empty());
    if !loud.is_empty() {
        lines.push(Line::new());
    }
    for (at, group) in loud.iter().enumerate() {
        let more =
            if group.alike > 0 { format!(" and {} more", grouped(group.alike)) } else { String::new() };
        let title = Line::plain(format!("  {}{more}", places.title(group.scope)));
        lines.push(if at == 0 { widths.head(title) } else { title });
        lines.extend(group.loud.iter().map(|(state, p)| widths.row(*state, p)));
        lines.extend(summary(&group.quiet, 0, true, look).map(faint));
    }
    lines.extend(quiet_lines(&quiet, unseen, &places, look));
    let mut rest = Vec::new();
    if rows.cut > 0 {
        rest.push(format!("{} more that are not within", grouped(rows.cut)));
    }
    if rows.folded > 0 {
        rest.push(format!("{} of one resource undecided", several(rows.folded, "limit")));
    }
    if !rest.is_empty() {
        let rest = format!("{} (-v)", rest.join(" · "));
        // Behind what is within, if there is room.
        match lines.pop() {
            Some(last) if loud.is_empty() && last.width() + rest.len() + 3 <= look.width => {
                lines.push(last.with(Tone::Faint, format!(" · {rest}")));
            }
            last => {
                lines.extend(last);
                lines.push(Line::plain("  ").with(Tone::Faint, rest));
            }
        }
    }
    lines
}

/// Which projections have a row of their own.
struct Rows {
    /// By the index of the projection.
    states: Vec<State>,
    shown: BTreeSet<usize>,
    /// How many have none for want of room.
    cut: u64,
    /// How many are undecided limits of one resource.
    folded: u64,
}

impl Rows {
    fn of(report: &Report, look: &Look) -> Rows {
        let states = states(report);
        if look.detail == Detail::Full {
            return Rows { shown: (0..states.len()).collect(), states, cut: 0, folded: 0 };
        }
        let mut loud: Vec<usize> = (0..states.len()).filter(|at| states[*at] > State::Within).collect();
        let all = loud.len();
        loud.retain(|at| !report.projections[*at].is_open_value());
        let folded = (all - loud.len()) as u64;
        loud.sort_by_key(|at| std::cmp::Reverse((states[*at], fullness(&report.projections[*at]))));
        let all = loud.len();
        let mut open = 0;
        loud.retain(|at| {
            open += usize::from(states[*at] == State::Undecided);
            states[*at] != State::Undecided || open <= OPEN
        });
        loud.truncate(ROWS);
        Rows { cut: (all - loud.len()) as u64, shown: loud.into_iter().collect(), states, folded }
    }
}

/// Puts the projections of one scope together, the scopes with the worst first.
fn group<'a>(report: &'a Report, rows: &Rows, aside: &'a [Projection]) -> Vec<Group<'a>> {
    let listed = report.projections.iter().enumerate().map(|(at, p)| (Some(at), p));
    let mut sorted: Vec<(Option<usize>, &Projection)> =
        listed.chain(aside.iter().map(|p| (None, p))).collect();
    sorted.sort_by(|a, b| a.1.scope.cmp(&b.1.scope));
    let mut groups: Vec<Group> = Vec::new();
    for (at, p) in sorted {
        if groups.last().is_none_or(|g| g.scope != &p.scope) {
            groups.push(Group { scope: &p.scope, loud: Vec::new(), quiet: Vec::new(), alike: 0 });
        }
        let Some(last) = groups.last_mut() else { continue };
        match at.map(|at| (rows.states[at], rows.shown.contains(&at))) {
            Some((state, true)) => last.loud.push((state, p)),
            None | Some((State::Within, false)) => last.quiet.push(p),
            Some((State::Near | State::Undecided | State::Exceeded, false)) => {}
        }
    }
    for group in &mut groups {
        group.loud.sort_by(|a, b| {
            (b.0, fullness(b.1)).cmp(&(a.0, fullness(a.1))).then_with(|| a.1.quota.cmp(&b.1.quota))
        });
    }
    groups.retain(|g| !g.loud.is_empty() || !g.quiet.is_empty());
    groups.sort_by_key(|g| std::cmp::Reverse(g.loud.first().map(|(state, p)| (*state, fullness(p)))));
    groups
}

/// Puts scopes with the same rows together, and what is within in merely undecided scopes with the rest that is within.
fn merged(groups: Vec<Group<'_>>) -> Vec<Group<'_>> {
    let rows = |g: &Group| -> Vec<(State, String)> {
        let numbers = |state: State, p: &Projection| match state {
            State::Undecided => String::new(),
            _ => format!("{} {}", count_text(p), limit_text(p)),
        };
        g.loud
            .iter()
            .map(|(s, p)| (*s, format!("{} {} {}", p.quota.service, p.quota.name, numbers(*s, p))))
            .collect()
    };
    let of = |g: &Group| g.scope.parent.as_deref().map(Scope::kind_of);
    let mut out: Vec<Group> = Vec::new();
    let mut rest: Vec<Group> = Vec::new();
    for mut group in groups {
        if group.loud.is_empty() {
            rest.push(group);
            continue;
        }
        let open = group.loud.iter().all(|(state, _)| *state == State::Undecided);
        if open && group.scope.parent.is_some() && !group.quiet.is_empty() {
            let quiet = std::mem::take(&mut group.quiet);
            rest.push(Group { scope: group.scope, loud: Vec::new(), quiet, alike: 0 });
        }
        match out.iter_mut().find(|known| of(known) == of(&group) && rows(known) == rows(&group)) {
            Some(known) => {
                known.alike += 1 + group.alike;
                known.quiet.append(&mut group.quiet);
            }
            None => out.push(group),
        }
    }
    out.append(&mut rest);
    out
}

/// "8 more within; highest: Users per instance 312 of 500, 62 %", the name cut to what there is room for.
///
/// `unseen`: how many there are besides, none of them fuller.
fn summary(quiet: &[&Projection], unseen: usize, more: bool, look: &Look) -> Option<String> {
    let highest = quiet.iter().max_by_key(|p| (fullness(p), std::cmp::Reverse(&p.quota), Fullness::of(p)))?;
    // Others use what belongs to the account as well: without their use, this is only a part of the truth.
    let partial = highest.scope.parent.is_none() && highest.basis != Basis::Live;
    let count = grouped((quiet.len() + unseen) as u64);
    let within = match (more, partial) {
        (true, false) => format!("{count} more within"),
        (false, false) => format!("{count} within"),
        (true, true) => format!("{count} more within, counting only this configuration"),
        (false, true) => format!("{count} within, counting only this configuration"),
    };
    if fullness(highest) < HIGH {
        return Some(within);
    }
    let used = format!(" {} of {}, {}", count_text(highest), limit_text(highest), per_cent(highest));
    let rest = 4 + within.len() + "; highest: ".len() + Line::plain(used.clone()).width();
    let name = clip_name(&highest.quota.name, look.width.saturating_sub(rest).max(16));
    Some(format!("{within}; highest: {name}{used}"))
}

fn faint(text: String) -> Line {
    Line::plain("    ").with(Tone::Faint, text)
}

/// Scopes in which all is within: the accounts by themselves, then all parents together.
///
/// `unseen`: how many more there are in parents, none of them fuller than all of its kind that are here.
fn quiet_lines(groups: &[Group], unseen: usize, places: &Places, look: &Look) -> Vec<Line> {
    let (accounts, parents): (Vec<&Group>, Vec<&Group>) =
        groups.iter().partition(|g| g.scope.parent.is_none());
    let mut lines = Vec::new();
    let mut tell = |title: String, of: &[&Group], unseen: usize| {
        let quiet: Vec<&Projection> = of.iter().flat_map(|g| g.quiet.iter().copied()).collect();
        let title = Line::plain(format!("  {}", clip(&title, look.width - 2)));
        let Some(said) = summary(&quiet, unseen, false, look) else { return };
        // What fits into one line stands in one.
        let whole = title.clone().with(Tone::Faint, format!(": {said}"));
        if whole.width() <= look.width {
            lines.push(whole);
        } else {
            lines.extend([title, faint(said)]);
        }
    };
    if let Some(first) = accounts.first() {
        let regional = accounts.iter().filter(|g| g.scope.region.is_some());
        let title = match accounts.len() {
            // The quotas of all Regions are told with those of the one Region.
            1 | 2 if places.account.is_some() && regional.clone().count() == 1 => {
                regional.clone().next().map_or_else(String::new, |g| places.title(g.scope))
            }
            1 => places.title(first.scope),
            n if places.account.is_some() && accounts.iter().all(|g| g.scope.root == first.scope.root) => {
                let account = first.scope.account.as_deref().unwrap_or("account");
                format!("{account}, {}", several(regional.count().max(n - 1) as u64, "Region"))
            }
            _ => "accounts and Regions".to_owned(),
        };
        tell(title, &accounts, 0);
    }
    let mut kinds: Vec<(u64, EcoString)> = Vec::new();
    for group in &parents {
        let name = group.scope.parent.as_deref().map(Scope::kind_of).unwrap_or_default();
        let full = group.quiet.iter().map(|p| fullness(p)).max().unwrap_or(0);
        match kinds.iter_mut().find(|(_, known)| *known == name) {
            Some((most, _)) => *most = full.max(*most),
            None => kinds.push((full, name)),
        }
    }
    kinds.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    let names: Vec<&str> = kinds.iter().map(|(_, name)| name.as_str()).collect();
    if !names.is_empty() {
        let most = if names.len() <= KINDS + 1 { KINDS + 1 } else { KINDS };
        tell(list_some(&names, most), &parents, unseen);
    }
    lines
}

/// Widths of the columns.
struct Widths {
    name: usize,
    count: usize,
    limit: usize,
    share: usize,
    bar: bool,
}

impl Widths {
    fn of(groups: &[Group], look: &Look) -> Widths {
        let rows = || groups.iter().flat_map(|g| &g.loud).map(|(_, p)| *p);
        let widest = |least: usize, f: &dyn Fn(&Projection) -> usize| rows().map(f).fold(least, usize::max);
        let wide = |text: String| Line::plain(text).width();
        let (count, limit) = (widest(5, &|p| wide(count_text(p))), widest(5, &|p| wide(limit_text(p))));
        let share = widest(5, &|p| wide(per_cent(p)));
        let fixed = 4 + 2 + count + 2 + limit + 2 + share + 2 + "near (critical)".len();
        // A narrow terminal has the words, not the picture.
        let bar = look.width >= fixed + BAR + 3 + 24;
        let left = look.width.saturating_sub(fixed + if bar { BAR + 3 } else { 0 });
        let name = widest(24, &|p| wide(p.quota.name.to_string())).min(left.max(16));
        Widths { name, count, limit, share, bar }
    }

    /// The title of the first scope, with the heads of the columns.
    fn head(&self, title: Line) -> Line {
        if title.width() > 4 + self.name {
            return title;
        }
        let heads =
            format!("  {:>count$}  {:>limit$}", "use", "limit", count = self.count, limit = self.limit);
        title.padded(4 + self.name).with(Tone::Faint, heads)
    }

    fn row(&self, state: State, p: &Projection) -> Line {
        let tone = match state {
            State::Exceeded => Tone::Error,
            State::Undecided | State::Near => Tone::Warning,
            State::Within => Tone::Plain,
        };
        let number = |text: String, width: usize| {
            let missing = width.saturating_sub(Line::plain(text.clone()).width());
            format!("{}{text}", " ".repeat(missing))
        };
        Line::plain(format!("    {}", clip_name(&p.quota.name, self.name)))
            .padded(4 + self.name)
            .with(Tone::Strong, format!("  {}", number(count_text(p), self.count)))
            .with(Tone::Plain, format!("  {}", number(limit_text(p), self.limit)))
            .with(Tone::Plain, format!("  {}  ", number(per_cent(p), self.share)))
            .with(tone, if self.bar { format!("{}  ", bar(p)) } else { String::new() })
            .with(tone, word(state, p))
    }
}

/// A bar of ten cells: what is certain, what may come, what is free; an arrow where it does not fit.
fn bar(p: &Projection) -> String {
    let Some((low, high)) = p.share() else { return format!("{} ", "·".repeat(BAR)) };
    let cells = |per_cent: u64| usize::try_from(per_cent / 10).unwrap_or(usize::MAX).min(BAR);
    // A little use is not nothing.
    let full = cells(low).max(usize::from(low > 0));
    let maybe = high.map_or(BAR, cells).max(full);
    let end = match (low > 100, high.is_none_or(|h| h > 100)) {
        (true, _) => "▶",
        (false, true) => "▷",
        (false, false) => " ",
    };
    format!("{}{}{}{end}", "█".repeat(full), "▒".repeat(maybe - full), "░".repeat(BAR - maybe))
}
