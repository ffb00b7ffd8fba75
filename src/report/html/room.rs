//! What one more tenant like each would need, and which quota binds it first: by what each adds now.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::Report;
use super::super::view::{Places, State, count_text, fullness, limit_text, per_cent, word};
use super::{bar, class, text};
use crate::projection::{Projection, Share, Verdict};
use crate::value::Count;
use crate::words::several;

/// Tenants that are shown, and quotas for each of them.
const TENANTS: usize = 50;
const QUOTAS: usize = 8;

/// One quota with one more tenant.
struct Need<'a> {
    /// As it is now.
    now: &'a Projection,
    share: Share,
    /// As it would be.
    then: Projection,
}

/// Returns what one more tenant like each would need, the tightest first. Empty: no tenants are known.
fn needs(report: &Report) -> Vec<(&str, Vec<Need<'_>>)> {
    let mut by_tenant: BTreeMap<&str, Vec<Need<'_>>> = BTreeMap::new();
    for p in report.projections.iter().filter(|p| p.limit.is_some() && adds_up(p)) {
        for (tenant, share) in p.shares.iter().flat_map(|s| &s.tenants) {
            let count = with(p.count, *share);
            let verdict = Verdict::of(count, p.limit.as_deref());
            let then = Projection { count, verdict, ..p.clone() };
            by_tenant.entry(tenant).or_default().push(Need { now: p, share: *share, then });
        }
    }
    let tight = |n: &Need<'_>| (std::cmp::Reverse(state(&n.then)), std::cmp::Reverse(fullness(&n.then)));
    let mut tenants: Vec<_> = by_tenant.into_iter().collect();
    for (_, needs) in &mut tenants {
        needs.sort_by(|a, b| tight(a).cmp(&tight(b)).then_with(|| a.now.quota.cmp(&b.now.quota)));
    }
    tenants.sort_by_key(|(name, needs)| (needs.first().map(tight), *name));
    tenants
}

/// True if what a tenant adds comes on top of the rest: a maximum has no sum.
fn adds_up(p: &Projection) -> bool {
    let parts: Count = p.parts.iter().map(|part| part.count).sum();
    let made: Count = p.baselines.iter().map(|(_, count)| *count).sum();
    let known = p.parts.len() as u64 == p.parts_total;
    !p.single && (!known || p.count.low() >= (parts + made).low())
}

fn with(count: Count, share: Share) -> Count {
    let low = count.low().saturating_add_signed(share.low.unwrap_or(i64::MIN).max(0));
    match count.high().zip(share.high) {
        Some((high, more)) => Count::between(low, high.saturating_add_signed(more.max(0)).max(low)),
        None => Count::at_least(low),
    }
}

fn state(p: &Projection) -> State {
    match p.verdict {
        Verdict::Within => State::Within,
        Verdict::Undecided => State::Undecided,
        Verdict::Exceeded => State::Exceeded,
    }
}

/// True if there is anything to say.
pub(super) fn is_known(report: &Report) -> bool {
    report
        .projections
        .iter()
        .any(|p| p.limit.is_some() && p.shares.as_ref().is_some_and(|s| !s.tenants.is_empty()))
}

pub(super) fn write(out: &mut String, report: &Report) {
    let tenants = needs(report);
    let Some(first) = tenants.first().and_then(|(_, needs)| needs.first()) else { return };
    let places = Places::of(&report.projections);
    out.push_str("<section id=\"capacity\">\n<h2>Room for one more tenant</h2>\n");
    let fit =
        tenants.iter().filter(|(_, n)| n.first().is_some_and(|n| n.then.verdict == Verdict::Within)).count();
    let binds = match first.then.verdict {
        Verdict::Within => "Fullest would be",
        Verdict::Undecided | Verdict::Exceeded => "Binds first:",
    };
    let _ = writeln!(
        out,
        "<p>{} of {} would fit once more. {binds} <strong>{}</strong>, {} of {}.</p>",
        fit,
        several(tenants.len() as u64, "tenant"),
        text(&first.then.quota.name),
        text(&count_text(&first.then)),
        text(&limit_text(&first.then)),
    );
    out.push_str(
        "<p class=\"facts\">By what each adds now. <code>tf-headroom capacity</code> evaluates the module with more of them, and says how many fit.</p>\n",
    );
    for (at, (name, needs)) in tenants.iter().take(TENANTS).enumerate() {
        let open = if at == 0 { " open" } else { "" };
        let Some(tightest) = needs.first() else { continue };
        let _ = writeln!(
            out,
            "<details class=\"scope {}\"{open}><summary>one more like <code>{}</code> <span class=\"faint\">{}</span> <span class=\"state\">{}</span></summary>",
            class(state(&tightest.then)),
            text(name),
            text(&format!("{} {}", tightest.now.quota.name, per_cent(&tightest.then))),
            fits(&tightest.then),
        );
        let _ = writeln!(
            out,
            "<table><caption class=\"unseen\">One more like {}</caption><thead><tr><th scope=\"col\">Quota</th>\
             <th scope=\"col\">Use with it</th><th scope=\"col\" class=\"number\">Count</th>\
             <th scope=\"col\" class=\"number\">Limit</th><th scope=\"col\">It adds</th></tr></thead><tbody>",
            text(name)
        );
        for need in needs.iter().take(QUOTAS) {
            row(out, need, &places);
        }
        out.push_str("</tbody></table>\n");
        if needs.len() > QUOTAS {
            let more = several((needs.len() - QUOTAS) as u64, "quota");
            let _ = writeln!(out, "<p class=\"facts more\">and {more} less full</p>");
        }
        out.push_str("</details>\n");
    }
    if tenants.len() > TENANTS {
        let more = several((tenants.len() - TENANTS) as u64, "more tenant");
        let _ = writeln!(out, "<p>and {more}, with more room</p>");
    }
    out.push_str("</section>\n");
}

fn fits(then: &Projection) -> &'static str {
    match then.verdict {
        Verdict::Within => "fits",
        Verdict::Undecided => "undecided",
        Verdict::Exceeded => "does not fit",
    }
}

fn row(out: &mut String, need: &Need<'_>, places: &Places<'_>) {
    let Need { now, share, then } = need;
    let _ = writeln!(
        out,
        "<tr class=\"{}\"><th scope=\"row\">{} <span class=\"faint\">{}</span></th><td>{} <span>{}</span></td>\
         <td class=\"number\"><span class=\"faint\">{} → </span>{}</td><td class=\"number\">{}</td>\
         <td>+{} <span class=\"state\">{}</span></td></tr>",
        class(state(then)),
        text(&now.quota.name),
        text(&places.title(&now.scope)),
        bar(then),
        text(&per_cent(then)),
        text(&count_text(now)),
        text(&count_text(then)),
        text(&limit_text(then)),
        text(&share.to_string()),
        word(state(then), then),
    );
}

#[cfg(test)]
mod tests {
    use super::super::super::{Look, sample};
    use super::*;
    use crate::projection::Shares;

    fn report(tenants: &[(&str, i64)]) -> (Report, crate::source::Files) {
        let (mut report, files) = sample::short();
        let share = |n: i64| Share { low: Some(n), high: Some(n) };
        let tenants = tenants.iter().map(|(name, n)| ((*name).into(), share(*n))).collect();
        let p = report.projections.iter_mut().find(|p| p.limit.is_some() && !p.single).expect("a projection");
        p.parts.clear();
        p.count = Count::exactly(90);
        p.verdict = Verdict::Within;
        p.shares = Some(Box::new(Shares { tenants, shared: Share::ZERO }));
        (report, files)
    }

    #[test]
    fn the_tightest_tenant_comes_first_and_names_what_binds() {
        let (mut report, files) = report(&[("small", 3), ("large", 20)]);
        let p = report.projections.iter_mut().find(|p| p.shares.is_some()).expect("a projection");
        let limit = p.limit.as_deref().expect("a limit").clone();
        p.limit = Some(crate::projection::Limit { low: 100, high: Some(100), ..limit }.into());
        let page = super::super::render(&report, &files, &Look::default());
        let [large, small] = ["one more like <code>large</code>", "one more like <code>small</code>"]
            .map(|text| page.find(text).unwrap_or_else(|| panic!("{text} is missing in {page}")));
        assert!(large < small);
        assert!(page.contains("1 of 2 tenants would fit once more. Binds first:"), "{page}");
        assert!(page.contains("<span class=\"faint\">90 → </span>110") && page.contains("does not fit"));
        assert!(page.contains("<span class=\"faint\">90 → </span>93"));
        assert!(page.contains("<a href=\"#capacity\">"));
    }

    #[test]
    fn without_tenants_nothing_is_said() {
        let (report, files) = sample::short();
        assert!(!super::super::render(&report, &files, &Look::default()).contains("capacity"));
    }

    #[test]
    fn what_is_not_known_stays_so() {
        let open = Share { low: Some(2), high: None };
        assert_eq!(with(Count::exactly(5), open), Count::at_least(7));
        let unknown = Share { low: None, high: Some(4) };
        assert_eq!(with(Count::exactly(5), unknown), Count::between(5, 9));
        assert_eq!(with(Count::between(5, 6), Share { low: Some(1), high: Some(2) }), Count::between(6, 8));
    }
}
