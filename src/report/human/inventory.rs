//! The inventory for people: instances by block, with their number, scope and place.

use std::collections::BTreeMap;

use super::print;
use crate::inventory::{Change, Inventory, Parents, ScopeRef};
use crate::report::text::{Line, Tone, clip};
use crate::report::{Detail, Look};
use crate::source::{Files, Span};
use crate::value::Count;
use crate::words::several;

/// Instances of one block.
struct Row {
    count: Count,
    changes: BTreeMap<Change, u64>,
    scopes: Vec<String>,
    origin: Option<Span>,
}

/// Returns the inventory, one line for each block; with `-v` one for each instance.
pub fn render(inventory: &Inventory, files: &Files, look: &Look) -> String {
    let rows = rows(inventory, look);
    let widest = |f: &dyn Fn(&str, &Row) -> usize| rows.iter().map(|(k, r)| f(k, r)).max().unwrap_or(0);
    let address = widest(&|k, _| Line::plain(k).width()).min(look.width / 2);
    let count = widest(&|_, r| r.count.to_string().len());
    let mut lines = Vec::new();
    for (name, row) in &rows {
        let mut line = Line::plain(clip(name, address)).padded(address);
        line.push(Tone::Strong, format!("  {:>count$}", row.count.to_string()));
        let mut facts: Vec<String> = row.changes.iter().map(|(c, n)| format!("{n} {}", c.name())).collect();
        if !row.scopes.is_empty() {
            facts.push(format!("in {}", row.scopes.join(", ")));
        }
        line.push(Tone::Plain, format!("  {}", facts.join(" · ")).trim_end());
        if let Some(span) = row.origin {
            let at = files.locate(span);
            line.push(Tone::Place, format!("  {}:{}", at.path, at.line));
        }
        lines.push(line);
    }
    if !lines.is_empty() {
        lines.push(Line::new());
    }
    let total: Count = inventory.instances.iter().map(|i| i.after).sum();
    let kinds: std::collections::BTreeSet<&str> =
        inventory.instances.iter().map(|i| i.address.block.ty.as_str()).collect();
    let text = format!(
        "{total} instances of {} · {}",
        several(kinds.len() as u64, "type"),
        several(rows.len() as u64, "block")
    );
    lines.push(Line::new().with(Tone::Faint, text));
    print(&lines, look)
}

fn rows(inventory: &Inventory, look: &Look) -> BTreeMap<String, Row> {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for instance in &inventory.instances {
        let name = if look.detail == Detail::Full {
            instance.address.to_string()
        } else {
            instance.address.without_key().to_string()
        };
        let row = rows.entry(name).or_insert_with(|| Row {
            count: Count::ZERO,
            changes: BTreeMap::new(),
            scopes: Vec::new(),
            origin: instance.origin,
        });
        row.count += instance.after;
        if let Some(change) = instance.change {
            *row.changes.entry(change).or_default() += 1;
        }
        for text in instance.scopes.iter().map(|(_, scope)| scope_text(scope, &inventory.parents)) {
            if row.scopes.len() < 3 && !row.scopes.contains(&text) {
                row.scopes.push(text);
            }
        }
    }
    rows
}

fn scope_text(scope: &ScopeRef, parents: &Parents) -> String {
    let all = |inner: &[ScopeRef], between: &str| -> String {
        inner.iter().map(|s| scope_text(s, parents)).collect::<Vec<_>>().join(between)
    };
    match scope {
        ScopeRef::Account => "account".to_owned(),
        ScopeRef::Own => "itself".to_owned(),
        ScopeRef::Parent(id) => parents.name(*id).to_string(),
        ScopeRef::OneOf(inner) => all(inner, " or "),
        ScopeRef::Composite(inner) => all(inner, " / "),
        ScopeRef::Unknown(cause) => format!("? ({})", cause.name()),
        ScopeRef::Nothing => "nothing".to_owned(),
    }
}
