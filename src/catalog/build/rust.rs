//! Writes the catalog as Rust.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::check::{Catalog, Condition, Measure};
use super::rows::{Data, MadeRow, TaggableRow};
use super::schema::Schema;
use super::words::{Amount, ScopeKey, Test};

/// Returns the text of `catalog.rs`.
pub fn tables(data: &Data, catalog: &Catalog, schema: &Schema) -> String {
    let mut out = String::with_capacity(1 << 20);
    let mut say = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    say(format!(
        "/// The day on which the facts were put together.\npub const AS_OF: &str = {:?};",
        data.date
    ));
    quotas(catalog, &mut say);
    by_type(catalog, &mut say);
    facts(data, catalog, &mut say);
    taggable(data, &mut say);
    passing(data, &mut say);
    wanted(catalog, &mut say);
    pieces(schema, &mut say);
    out
}

fn quotas(catalog: &Catalog, say: &mut impl FnMut(String)) {
    let mut measures = String::new();
    let mut first = 0;
    say(format!("pub static QUOTAS: [Quota; {}] = [", catalog.quotas.len()));
    for (id, quota) in catalog.quotas.iter().enumerate() {
        let row = quota.row;
        for (i, m) in quota.measures.iter().enumerate() {
            writeln!(measures, "{},", measure(first + i, id, m)).expect("bug: a String takes all");
        }
        let count = quota.measures.len();
        let measures = if count == 0 { "&[]".to_owned() } else { format!("part({first}, {count})") };
        first += count;
        let scope = match row.scope.as_str() {
            "region" => "ScopeKind::Region".to_owned(),
            "account" => "ScopeKind::Account".to_owned(),
            other => format!("ScopeKind::Each({other:?})"),
        };
        say(format!(
            "Quota {{ id: QuotaId({id}), service: {:?}, code: {:?}, name: {:?}, default: {:?}, unit: Unit::{:?}, \
             adjustable: Adjustable::{}, scope: {scope}, kind: Kind::{}, confidence: Confidence::{}, sources: &{:?}, \
             as_of: {:?}, notes: {:?}, measures: {measures} }},",
            quota.service,
            row.code,
            row.name,
            quota.default,
            quota.unit,
            capital(&row.adjustable),
            capital(&row.kind),
            capital(&row.confidence),
            row.sources,
            row.as_of,
            row.notes,
        ));
    }
    say("];".to_owned());
    say(format!("pub static MEASURES: [Measure; {first}] = [\n{measures}];"));
    let mut by_code: Vec<(&str, usize)> =
        catalog.quotas.iter().enumerate().map(|(i, q)| (q.row.code.as_str(), i)).collect();
    by_code.retain(|(code, _)| !code.is_empty());
    by_code.sort_unstable();
    say(format!("pub static BY_CODE: [(&str, u16); {}] = {by_code:?};", by_code.len()));
    let mut by_name: Vec<(&str, &str, usize)> =
        catalog.quotas.iter().enumerate().map(|(i, q)| (q.service, q.row.name.as_str(), i)).collect();
    by_name.sort_unstable();
    say(format!("pub static BY_NAME: [(&str, &str, u16); {}] = {by_name:?};", by_name.len()));
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn path(dotted: &str) -> String {
    if dotted.is_empty() {
        return "&[]".to_owned();
    }
    format!("&{:?}", dotted.split('.').collect::<Vec<_>>())
}

fn paths<'a>(dotted: impl IntoIterator<Item = &'a String>) -> String {
    format!("&[{}]", dotted.into_iter().map(|p| path(p)).collect::<Vec<_>>().join(", "))
}

fn measure(id: usize, quota: usize, measure: &Measure) -> String {
    let row = measure.row;
    let aggregate = match row.aggregate.as_str() {
        "maxsame" => "MaxSame".to_owned(),
        other => capital(other),
    };
    let scope: Vec<String> = measure.scope.iter().map(scope_key).collect();
    let filter: Vec<String> = measure.filter.iter().map(condition).collect();
    format!(
        "Measure {{ id: MeasureId({id}), quota: QuotaId({quota}), resource_type: {:?}, amount: {}, \
         aggregate: Aggregate::{aggregate}, scope: &[{}], scope_type: {:?}, filter: &[{}], part: {:?}, plus: {}, \
         unset: {}, spare: {}, factor: {}, on_create: {}, blind: {}, notes: {:?} }}",
        row.resource_type,
        amount(&measure.amount),
        scope.join(", "),
        row.of,
        filter.join(", "),
        row.part,
        row.plus,
        row.unset,
        row.spare,
        measure.factor,
        row.on_create,
        paths(&row.blind),
        row.notes,
    )
}

fn amount(amount: &Amount) -> String {
    let text = match amount {
        Amount::One => "One".to_owned(),
        Amount::Each(p) => format!("Each({})", path(p)),
        Amount::Value(p) => format!("Value({})", path(p)),
        Amount::Sum(ps) => format!("Sum({})", paths(ps)),
        Amount::Max(p) => format!("Max({})", path(p)),
        Amount::Product(fs) => {
            let factors: Vec<String> = fs.iter().map(|(p, n)| format!("({}, {n})", path(p))).collect();
            format!("Product(&[{}])", factors.join(", "))
        }
        Amount::Len(ps, _) => format!("Len({})", paths(ps)),
        Amount::MaxLen(p) => format!("MaxLen({})", path(p)),
        Amount::Chars(ps) => format!("Chars({})", paths(ps)),
        Amount::MaxChars(p) => format!("MaxChars({})", path(p)),
        Amount::NoSpace(p) => format!("NoSpace({})", path(p)),
        Amount::Bytes(ps) => format!("Bytes({})", paths(ps)),
        Amount::JsonBytes(p) => format!("JsonBytes({})", path(p)),
        Amount::Base64(p) => format!("Base64({})", path(p)),
        Amount::JsonLen(p) => format!("JsonLen({})", path(p)),
        Amount::Json(p, part) => format!("Json({}, JsonPart::{part})", path(p)),
        Amount::Deep(p, names) => format!("Deep({}, &{names:?})", path(p)),
        Amount::Distinct(ps) => format!("Distinct({})", paths(ps)),
        Amount::MaxSame(p) => format!("MaxSame({})", path(p)),
        Amount::VirtualCpus(p) => format!("Weight({}, Table::VirtualCpus)", path(p)),
    };
    format!("Amount::{text}")
}

fn scope_key(key: &ScopeKey) -> String {
    match key {
        ScopeKey::Own => "ScopeKey::Own".to_owned(),
        ScopeKey::Attribute { name, unset } => {
            format!("ScopeKey::Attribute {{ name: {name:?}, unset: {unset:?} }}")
        }
        ScopeKey::Through { name, steps } => {
            format!("ScopeKey::Through {{ name: {name:?}, steps: &{steps:?} }}")
        }
    }
}

fn condition(condition: &Condition) -> String {
    let term = &condition.term;
    let inside =
        |p: &String| -> String { p.strip_prefix(&format!("{}.", condition.at)).unwrap_or(p).to_owned() };
    let test = match &term.test {
        Test::Is(values) => format!("Is(&{values:?})"),
        Test::Not(values) => format!("Not(&{values:?})"),
        Test::Set => "Set".to_owned(),
        Test::Unset => "Unset".to_owned(),
        Test::Family(values) => format!("Family(&{values:?})"),
        Test::Arn(service, of) => {
            format!("Arn {{ service: {service:?}, resource_type: {of:?} }}")
        }
    };
    format!(
        "FilterTerm {{ at: {}, paths: {}, steps: &{:?}, test: Test::{test}, or_unset: {} }}",
        path(&condition.at),
        paths(&term.paths.iter().map(inside).collect::<Vec<_>>()),
        term.steps,
        term.or_unset,
    )
}

fn by_type(catalog: &Catalog, say: &mut impl FnMut(String)) {
    let mut types: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let measures = catalog.quotas.iter().flat_map(|q| &q.measures);
    for (id, measure) in measures.enumerate() {
        types.entry(&measure.row.resource_type).or_default().push(format!("&MEASURES[{id}]"));
    }
    say(format!("pub static BY_TYPE: [(&str, &[&Measure]); {}] = [", types.len()));
    for (name, ids) in types {
        say(format!("({name:?}, &[{}]),", ids.join(", ")));
    }
    say("];".to_owned());
}

fn facts(data: &Data, catalog: &Catalog, say: &mut impl FnMut(String)) {
    say(format!("pub static SOURCES: [Source; {}] = [", data.sources.len()));
    for (id, s) in &data.sources {
        say(format!(
            "Source {{ id: {id:?}, title: {:?}, document: {:?}, date: {:?}, used_for: {:?} }},",
            s.title, s.document, s.date, s.used_for
        ));
    }
    say("];".to_owned());

    say(format!("pub static UNMEASURED: [Unmeasured; {}] = [", catalog.unmeasured.len()));
    for (quota, row) in &catalog.unmeasured {
        say(format!(
            "Unmeasured {{ resource_type: {:?}, quota: QuotaId({quota}), reason: {:?} }},",
            row.resource_type, row.reason
        ));
    }
    say("];".to_owned());

    say(format!("pub static BASELINES: [Baseline; {}] = [", catalog.baselines.len()));
    for (quota, b) in &catalog.baselines {
        say(format!(
            "Baseline {{ parent_type: {:?}, quota: QuotaId({quota}), part: {:?}, low: {}, high: {}, name: {:?}, \
             resource_type: {:?}, objects: &{:?}, new: {}, existing: {}, source: {:?}, notes: {:?} }},",
            b.parent_type,
            b.part,
            b.low,
            b.high,
            b.name,
            b.resource_type,
            b.objects,
            b.parents.iter().any(|p| p == "new"),
            b.parents.iter().any(|p| p == "existing"),
            b.source,
            b.notes,
        ));
    }
    say("];".to_owned());

    say(format!("pub static IDENTITIES: [(&str, Identity); {}] = [", data.identity.len()));
    for (of, row) in &data.identity {
        let key: Vec<(&str, Option<&str>)> = row
            .key
            .iter()
            .map(|k| k.split_once(':').map_or((k.as_str(), None), |(name, unset)| (name, Some(unset))))
            .collect();
        say(format!("({of:?}, Identity {{ attributes: &{:?}, key: &{key:?} }}),", row.attributes));
    }
    say("];".to_owned());

    say(format!("pub static DELETES: [Delete; {}] = [", catalog.deletes.len()));
    for d in &catalog.deletes {
        let frees = match d.frees.as_str() {
            "at once" => "Frees::AtOnce".to_owned(),
            "never" => "Frees::Never".to_owned(),
            _ => format!("Frees::After {{ least_days: {}, most_days: {} }}", d.days[0], d.days[1]),
        };
        say(format!(
            "Delete {{ resource_type: {:?}, frees: {frees}, days_attribute: {:?}, kept_if: {:?}, since_provider: {:?}, \
             source: {:?}, notes: {:?} }},",
            d.resource_type, d.attribute, d.kept_if, d.provider, d.source, d.notes
        ));
    }
    say("];".to_owned());

    let told = &data.services_told;
    say(format!("pub static SERVICE_CHANGES: [ServiceChange; {}] = [", told.change.len()));
    for c in &told.change {
        say(format!(
            "ServiceChange {{ service: {:?}, what: {:?}, source: {:?} }},",
            c.service, c.what, c.source
        ));
    }
    say("];".to_owned());
    say(format!("pub static LEAD_TIMES: [LeadTime; {}] = [", told.lead_time.len()));
    for l in &told.lead_time {
        say(format!(
            "LeadTime {{ service: {:?}, quota: {:?}, time: {:?}, source: {:?} }},",
            l.service, l.quota, l.time, l.source
        ));
    }
    say("];".to_owned());

    let said = |at: usize| &data.coverage[at];
    say(format!("pub static COVERAGE: [(&str, bool, &str); {}] = [", catalog.coverage.len()));
    for (name, at) in &catalog.coverage {
        say(format!("({name:?}, {}, {:?}),", said(*at).none, said(*at).reason));
    }
    say("];".to_owned());
    say(format!("pub static RATES: [Rate; {}] = [", data.rates.len()));
    for r in &data.rates {
        say(format!(
            "Rate {{ resource_type: {:?}, call: {:?}, service: {:?}, quota: {:?}, burst_quota: {:?}, per_1000_s: {:.0}, burst: {} }},",
            r.resource_type,
            r.call,
            r.service,
            r.quota,
            r.burst_quota,
            r.per_second * 1_000.0,
            r.burst
        ));
    }
    say("];".to_owned());

    let types = &data.types;
    say(format!(
        "pub static ALIASES: [(&str, &str); {}] = {:?};",
        types.alias.len(),
        types.alias.iter().collect::<Vec<_>>()
    ));
    say(format!(
        "pub static ADOPTS: [(&str, &str); {}] = {:?};",
        types.adopts.len(),
        types.adopts.iter().collect::<Vec<_>>()
    ));
    let global = &data.global;
    say(format!("pub static GLOBAL_PREFIXES: [&str; {}] = {:?};", global.prefixes.len(), global.prefixes));
    say(format!("pub static REGIONAL_PREFIXES: [&str; {}] = {:?};", global.but.len(), global.but));
    let yet: Vec<&String> = global.yet.keys().collect();
    say(format!("pub static GLOBAL_TYPES: [&str; {}] = {yet:?};", yet.len()));
    say(format!("pub static VIRTUAL_CPUS: [(&str, u64); {}] = {:?};", data.vcpus.len(), data.vcpus));
}

fn taggable(data: &Data, say: &mut impl FnMut(String)) {
    say(format!("pub static TAGGABLE: [Taggable; {}] = [", data.taggable.len()));
    for row in &data.taggable {
        let (shape, places) = tag_shape(row);
        let enforceable = match row.enforceable.as_str() {
            "yes" => "Some(true)",
            "no" => "Some(false)",
            _ => "None",
        };
        say(format!(
            "Taggable {{ resource_type: {:?}, shape: TagShape::{shape}, tags_all: {}, also: {}, policy_type: {:?}, \
             enforceable: {enforceable} }},",
            row.resource_type,
            row.tags_all,
            paths(&places),
            row.policy_type,
        ));
    }
    say("];".to_owned());
}

fn passing(data: &Data, say: &mut impl FnMut(String)) {
    let mut rows: Vec<&MadeRow> = data.passing.made.iter().collect();
    rows.sort_by(|a, b| a.resource_type.cmp(&b.resource_type));
    say(format!("pub static PASSING: [Passing; {}] = [", rows.len()));
    for row in rows {
        let only: Vec<String> =
            row.only.iter().map(|(name, values)| format!("({}, &{values:?})", path(name))).collect();
        say(format!(
            "Passing {{ resource_type: {:?}, what: {:?}, block: {}, switch: {}, own: &{:?}, lent: &{:?}, \
             outside: &{:?}, via: {}, of: {:?}, part: {:?}, adds: {}, launched: {}, unless: {}, only: &[{}], \
             defaults: {:?}, repair: {:?}, source: {:?} }},",
            row.resource_type,
            row.what,
            path(&row.block),
            path(&row.switch),
            row.own,
            row.lent,
            row.outside,
            paths(&row.via),
            row.of,
            row.part,
            paths(&row.adds),
            row.launched,
            paths(&row.unless),
            only.join(", "),
            row.defaults,
            row.repair,
            row.source,
        ));
    }
    say("];".to_owned());
}

/// Returns the shape, and further places in which tags are written.
fn tag_shape(row: &TaggableRow) -> (&'static str, Vec<String>) {
    match row.style.as_str() {
        "none" | "tags-other" => ("None", vec![]),
        // Its `tag` block is a tag of the group that it names.
        "tag-block" if row.resource_type == "aws_autoscaling_group_tag" => ("Single", vec![]),
        "tag-block" => ("Blocks", vec![]),
        "single-tag-resource" => ("Single", vec![]),
        style => {
            let mut places: Vec<String> = style.split('+').map(str::to_owned).collect();
            if places[0] == "tags" {
                places.remove(0);
                ("Map", places)
            } else {
                ("None", places)
            }
        }
    }
}

fn wanted(catalog: &Catalog, say: &mut impl FnMut(String)) {
    let plain: BTreeSet<String> = ["region", "tags", "tags_all"].iter().map(|s| (*s).to_owned()).collect();
    let rows: Vec<_> = catalog.wanted.iter().filter(|(_, names)| !names.is_subset(&plain)).collect();
    say(format!("pub static WANTED: [(&str, Wanted); {}] = [", rows.len()));
    for (of, names) in rows {
        let names: BTreeSet<&String> = names.iter().chain(&plain).collect();
        let mirrored: Vec<&String> = catalog.mirrored.get(of).into_iter().flatten().collect();
        say(format!(
            "({of:?}, Wanted {{ attributes: &{:?}, mirrored: &{mirrored:?} }}),",
            names.iter().collect::<Vec<_>>()
        ));
    }
    say("];".to_owned());
}

fn pieces(schema: &Schema, say: &mut impl FnMut(String)) {
    let primer = schema.primer_length();
    say(format!(
        "pub const PRIMER: Piece = Piece {{ offset: 0, packed: {}, length: {primer} }};",
        schema.primer_packed
    ));
    for (kind, table) in [("resource", "RESOURCES"), ("data", "DATA_SOURCES")] {
        let rows: Vec<_> = schema.pieces.iter().filter(|p| p.kind == kind).collect();
        say(format!("pub static {table}: [(&str, Piece); {}] = [", rows.len()));
        for p in rows {
            say(format!(
                "({:?}, Piece {{ offset: {}, packed: {}, length: {} }}),",
                p.name, p.offset, p.packed, p.length
            ));
        }
        say("];".to_owned());
    }
}
