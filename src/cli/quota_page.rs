//! What `quotas show` and `explain` say of a quota.

use super::quotas::{Known, adjustable};
use crate::catalog::{self, Confidence, Frees, Listed, Quota, ScopeKind};
use crate::report::text::{Line, Tone};
use crate::words::{list_some, several};

/// How many quotas of one name are shown in full.
const SHOWN: usize = 5;

/// What is known of some quotas: all of the first few, only the names of the rest.
pub fn pages(quotas: &[Known], width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for quota in quotas.iter().take(SHOWN) {
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        lines.extend(page(*quota, width));
    }
    let more: Vec<String> =
        quotas.iter().skip(SHOWN).map(|q| format!("{} {}", q.service(), q.key())).collect();
    if !more.is_empty() {
        lines.push(Line::new());
        let text = format!("and {}: {}", several(more.len() as u64, "more quota"), list_some(&more, 20));
        lines.extend(Line::new().with(Tone::Faint, text).wrap(width, 2));
    }
    lines
}

type Facts = Vec<(&'static str, String)>;

fn page(quota: Known, width: usize) -> Vec<Line> {
    let (name, facts) = match quota {
        Known::Quota(quota) => (quota.name, of_catalog(quota)),
        Known::Listed(listed) => (listed.name, of_list(listed)),
    };
    let mut lines =
        vec![Line::new().with(Tone::Strong, name).with(Tone::Faint, format!(" · {}", quota.service()))];
    for (name, text) in facts.iter().filter(|(_, text)| !text.is_empty()) {
        let line = Line::new().with(Tone::Faint, format!("  {name:<10} ")).with(Tone::Plain, text.as_str());
        lines.extend(line.wrap(width, 13));
    }
    lines
}

fn of_catalog(quota: &'static Quota) -> Facts {
    let mut facts: Facts = vec![("code", quota.code.to_owned())];
    let sure = match quota.confidence {
        Confidence::Confirmed => "confirmed",
        Confidence::Dated => "one dated source",
        Confidence::Unconfirmed => "unconfirmed",
    };
    let as_of = if quota.as_of.is_empty() { String::new() } else { format!(", {}", quota.as_of) };
    facts.push(("default", format!("{} ({sure}{as_of})", default(quota))));
    facts.push(("adjustable", adjustable(quota.adjustable).to_owned()));
    let counted = match quota.scope {
        ScopeKind::Account => "in the account, all Regions together".to_owned(),
        ScopeKind::Region => "in each Region of an account".to_owned(),
        ScopeKind::Each(parent) => format!("in each {parent}"),
    };
    facts.push(("counted", counted));
    facts.push(("used by", used_by(quota)));
    for refused in catalog::all_unmeasured().iter().filter(|u| u.quota == quota.id) {
        facts.push(("not by", format!("{}: {}", refused.resource_type, refused.reason)));
    }
    for made in catalog::all_baselines().iter().filter(|b| b.quota == quota.id) {
        let count = match (made.low, made.high) {
            (low, high) if low == high => low.to_string(),
            (low, high) => format!("{low} to {high}"),
        };
        let parent = match (made.new, made.existing) {
            (true, false) => format!("a new {}", made.parent_type),
            _ => format!("each {}", made.parent_type),
        };
        facts.push(("AWS makes", format!("{} in {parent}: {count}", made.name)));
    }
    facts.extend(frees(quota));
    if let Some(listed) = catalog::listed_of(quota.service).iter().find(|l| l.key() == quota.key()) {
        facts.extend(from_list(listed));
    }
    facts.extend(sources(quota.sources.iter().copied()));
    facts.push(("notes", quota.notes.to_owned()));
    facts.push(("settings", format!("quota \"{}\" \"{}\" {{ applied = … }}", quota.service, quota.key())));
    facts
}

fn of_list(listed: &'static Listed) -> Facts {
    let default = if listed.default.is_empty() { "not published" } else { listed.default };
    let as_of = if listed.as_of.is_empty() { String::new() } else { format!(" ({})", listed.as_of) };
    let mut facts: Facts = vec![
        ("code", listed.code.to_owned()),
        ("default", format!("{default}{as_of}")),
        ("adjustable", adjustable(listed.adjustable).to_owned()),
    ];
    let counted = match (listed.context, listed.global) {
        ("", true) => "in the account, all Regions together".to_owned(),
        ("", false) => "in each Region of an account".to_owned(),
        (context, _) => format!("in each {context}"),
    };
    facts.push(("counted", counted));
    facts.push(("used by", "not compared: nothing of it is measured".to_owned()));
    facts.extend(from_list(listed));
    facts.extend(sources(listed.sources.split(';')));
    facts.push(("notes", listed.notes.to_owned()));
    facts
}

/// What only the API's list tells, and what became of the service.
fn from_list(listed: &Listed) -> Facts {
    let mut facts: Facts = Vec::new();
    if !listed.period.is_empty() {
        facts.push(("period", listed.period.to_lowercase()));
    }
    if !listed.metric.is_empty() {
        facts.push(("metric", listed.metric.to_owned()));
    }
    for lead in catalog::lead_times(listed.service, listed.key()) {
        facts.push(("lead time", format!("{} ({})", lead.time, source_title(lead.source))));
    }
    if let Some(change) = catalog::service_change(listed.service) {
        facts.push(("service", format!("{} ({})", change.what, change.source)));
    }
    facts
}

fn used_by(quota: &Quota) -> String {
    let mut types: Vec<&str> = quota.measures.iter().map(|m| m.resource_type).collect();
    types.dedup();
    if types.is_empty() { "no resource shows it".to_owned() } else { list_some(&types, 8) }
}

/// When a delete gives something back to the quota.
fn frees(quota: &Quota) -> Facts {
    let mut types: Vec<&str> = quota.measures.iter().map(|m| m.resource_type).collect();
    types.dedup();
    let all = types.into_iter().filter_map(catalog::delete);
    all.map(|delete| {
        let when = match delete.frees {
            Frees::AtOnce => "at once".to_owned(),
            Frees::Never => "never".to_owned(),
            Frees::After { least_days, most_days } if least_days == most_days => {
                format!("after {}", several(least_days, "day"))
            }
            Frees::After { least_days, most_days } => format!("after {least_days} to {most_days} days"),
        };
        let unless = if delete.kept_if.is_empty() {
            String::new()
        } else {
            format!("; with `{} = true` it stays", delete.kept_if)
        };
        let since = if delete.since_provider.is_empty() {
            String::new()
        } else {
            format!("; by the provider since {}", delete.since_provider)
        };
        ("freed", format!("{} {when}{unless}{since}", delete.resource_type))
    })
    .collect()
}

fn sources<'a>(ids: impl Iterator<Item = &'a str>) -> Facts {
    ids.filter_map(catalog::source).map(|s| ("source", format!("{}, {}", s.title, s.date))).collect()
}

fn source_title(id: &str) -> String {
    catalog::source(id).map_or(id.to_owned(), |s| format!("{}, {}", s.title, s.date))
}

/// The default as it is shown.
pub fn default(quota: &Quota) -> String {
    quota.default.map_or("not published".to_owned(), |n| quota.unit.show(n))
}

#[cfg(test)]
mod tests {
    use super::super::quotas::find;
    use super::*;

    /// Numbers and codes of a text: `1,500 KB` is `1500`.
    fn words(text: &str) -> Vec<String> {
        let bare = |w: &str| w.trim_matches(|c: char| !c.is_alphanumeric()).replace(',', "");
        text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '/' | '(')).map(bare).collect()
    }

    fn facts(quota: Known) -> Facts {
        match quota {
            Known::Quota(quota) => of_catalog(quota),
            Known::Listed(listed) => of_list(listed),
        }
    }

    /// What is said of the limit itself and of who contradicts it.
    fn said(quota: Known) -> Vec<String> {
        let facts = facts(quota);
        let of = facts.iter().filter(|(name, _)| matches!(*name, "code" | "default" | "notes"));
        of.flat_map(|(_, text)| words(text)).collect()
    }

    /// What a document itself states, by the notes: `seed 000: 50`. None: the same as the default.
    fn own_figures(document: &str, notes: &str) -> Vec<Vec<String>> {
        let names = match document {
            "guide" => ["seed 000", "SEED000"],
            "connect-page" => ["seed 002", "SEED002"],
            _ => panic!("{document} is no document"),
        };
        let own = notes.split("; ").filter_map(|part| {
            let (who, what) = part.split_once(": ")?;
            names.iter().any(|name| who.contains(name)).then(|| words(what))
        });
        let is_number = |w: &String| w.bytes().next().is_some_and(|b| b.is_ascii_digit());
        // The sources of one figure stand one after another, without a blank.
        own.filter(|all| all.iter().any(is_number)).collect()
    }

    /// Why a row's number is not what the document states, or not what is told of it.
    fn fault(document: &str, states: &str, number: &str, facts: &Facts) -> Option<String> {
        let of = |name: &str| {
            facts.iter().filter(|(n, _)| *n == name).map(|(_, text)| text.as_str()).collect::<String>()
        };
        // In the unit of the quota, and a row that only points at another one.
        let converted = [("15 minutes max", "900"), ("50MB", "51200"), ("Recording retention", "24")]
            .contains(&(states, number));
        let stated: Vec<String> = words(&states.replace('-', " "))
            .iter()
            .map(|w| w.trim_end_matches(char::is_alphabetic).to_owned())
            .collect();
        if !converted && !stated.iter().any(|w| w == number) {
            return Some(format!("`{states}` does not say {number}"));
        }
        let own = own_figures(document, &of("notes"));
        let told = match own.is_empty() {
            true => words(&of("default")).iter().any(|w| w == number),
            false => own.iter().any(|all| all.iter().any(|w| w == number)),
        };
        (!told).then(|| format!("{number} is not what is told of {document}: {own:?}, {}", of("default")))
    }

    #[test]
    fn a_figure_that_a_document_does_not_state_is_found() {
        let with = |notes: &str| -> Facts {
            vec![("default", "100 (confirmed, 2026)".to_owned()), ("notes", notes.to_owned())]
        };
        let other = with("QM26 lists 5; seed 000: 50; raised from 70");
        assert_eq!(fault("guide", "50", "50", &other), None);
        for (states, number) in [("50", "100"), ("100", "100"), ("5", "5"), ("70", "70"), ("51", "51")] {
            assert!(fault("guide", states, number, &other).is_some(), "{states} {number}");
        }
        assert_eq!(fault("connect-page", "100 per instance", "100", &other), None);
        assert!(fault("connect-page", "50", "50", &other).is_some());
        assert_eq!(fault("guide", "100", "100", &with("seed 000: adjustable true")), None);
        assert_eq!(fault("guide", "5", "5", &with("GW24;SEED000;SEED002: 5")), None);
    }

    #[test]
    fn each_row_of_the_documents_is_one_quota_and_what_it_states_is_told() {
        let rows = include_str!("../catalog/data/hand/source_rows.tsv");
        let mut faults = Vec::new();
        let mut count = 0;
        for line in rows.lines().filter(|l| !l.starts_with('#')) {
            let fields: Vec<&str> = line.split('\t').collect();
            let [document, _, row, states, number, service, key] = fields[..] else { panic!("{line}") };
            count += 1;
            let found = find(&format!("{service} {key}"));
            let [one] = found.as_slice() else {
                faults.push(format!("{service} {key}: {} quotas ({row})", found.len()));
                continue;
            };
            if (one.service(), one.key()) != (service, key) {
                faults.push(format!(
                    "{row}: {service} {key} is answered with {} {}",
                    one.service(),
                    one.key()
                ));
            }
            let code = number.starts_with("L-");
            if code && !said(*one).iter().any(|w| w == number) {
                faults.push(format!("{service} {key}: {number} is not told ({row})"));
            }
            if let (false, Some(why)) = (code || number == "-", fault(document, states, number, &facts(*one)))
            {
                faults.push(format!("{service} {key}: {why} ({row})"));
            }
            if code {
                let answered: Vec<_> = find(number).iter().map(|q| (q.service(), q.key())).collect();
                if answered != [(service, key)] {
                    faults.push(format!("{number} is answered with {answered:?} ({row})"));
                }
            }
        }
        assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
        assert!(count > 200, "{count}");
    }
}
