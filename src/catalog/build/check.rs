//! Rows become a catalog here, or a list of faults.

use std::collections::{BTreeMap, BTreeSet};

use super::Faults;
use super::rows::{BaselineRow, Data, DeleteRow, MeasureRow, QuotaRow, UnmeasuredRow};
use super::schema::Schema;
use super::unit::Unit;
use super::words::{Amount, FilterTerm, ScopeKey, Wants};

pub struct Catalog<'a> {
    /// By service, then code, then name.
    pub quotas: Vec<Quota<'a>>,
    /// Resource type → attributes that somebody reads.
    pub wanted: BTreeMap<String, BTreeSet<String>>,
    /// Resource type → attributes that the provider fills with what other resources made.
    pub mirrored: BTreeMap<String, BTreeSet<String>>,
    pub unmeasured: Vec<(usize, &'a UnmeasuredRow)>,
    pub baselines: Vec<(usize, &'a BaselineRow)>,
    pub deletes: Vec<&'a DeleteRow>,
    /// Resource types that no measure counts, with the row that says why, by type.
    pub coverage: BTreeMap<String, usize>,
}

pub struct Quota<'a> {
    pub service: &'a str,
    pub row: &'a QuotaRow,
    pub unit: Unit,
    pub default: Option<u64>,
    pub measures: Vec<Measure<'a>>,
}

pub struct Measure<'a> {
    pub row: &'a MeasureRow,
    pub amount: Amount,
    pub scope: Vec<ScopeKey>,
    pub filter: Vec<Condition>,
    pub factor: u64,
}

pub struct Condition {
    pub term: FilterTerm,
    /// Segments of the counted block at whose elements the condition is asked.
    pub at: String,
}

/// Reads the rows into a catalog; what is wrong with them goes to `faults`.
pub fn catalog<'a>(data: &'a Data, schema: &'a Schema, faults: &mut Faults) -> Catalog<'a> {
    let checker = Checker { data, schema };
    let mut quotas = Vec::new();
    for (service, rows) in &data.services {
        for row in rows {
            quotas.push(checker.quota(service, row, faults));
        }
    }
    quotas.sort_by_key(|q| (q.service, q.row.code.as_str(), q.row.name.as_str()));
    unique(&quotas, faults);
    let mut wanted = checker.wanted(&quotas);
    let mirrored = checker.mirrored(&quotas);
    let unmeasured = checker.unmeasured(&quotas, faults);
    let baselines = checker.baselines(&quotas, faults);
    let deletes = checker.deletes(&mut wanted, faults);
    checker.identity(&mut wanted, faults);
    checker.tags(&mut wanted, faults);
    checker.passing(&mut wanted, faults);
    checker.types(faults);
    checker.services(faults);
    let coverage = checker.coverage(&quotas, schema, faults);
    if data.date.is_empty() {
        faults.add("hand/date.txt", "empty");
    }
    Catalog { quotas, wanted, mirrored, unmeasured, baselines, deletes, coverage }
}

fn unique(quotas: &[Quota], faults: &mut Faults) {
    let mut codes = BTreeMap::new();
    let mut names = BTreeSet::new();
    for quota in quotas {
        let place = place(quota.service, quota.row);
        if quota.row.code.is_empty() {
            if !names.insert((quota.service, quota.row.name.as_str())) {
                faults.add(place, "the name occurs twice without a code");
            }
        } else if let Some(other) = codes.insert(quota.row.code.as_str(), quota.service) {
            faults.add(place, format!("the code occurs twice, here and in {other}.toml"));
        }
    }
}

fn place(service: &str, row: &QuotaRow) -> String {
    format!("{service}.toml, {} `{}`", row.code, row.name)
}

/// Finds a quota by its code, or by its name if it has no code.
fn position(quotas: &[Quota], service: &str, key: &str) -> Option<usize> {
    quotas.iter().position(|q| {
        let own = if q.row.code.is_empty() { &q.row.name } else { &q.row.code };
        q.service == service && own == key
    })
}

fn one_of(place: &str, field: &str, word: &str, words: &[&str], faults: &mut Faults) {
    if !words.contains(&word) {
        faults.add(place, format!("{field}: `{word}` is none of {}", words.join(", ")));
    }
}

struct Checker<'a> {
    data: &'a Data,
    schema: &'a Schema,
}

impl<'a> Checker<'a> {
    fn quota(&self, service: &'a str, row: &'a QuotaRow, faults: &mut Faults) -> Quota<'a> {
        let place = place(service, row);
        let unit = Unit::from_word(&row.unit).unwrap_or_else(|| {
            faults.add(&place, format!("unknown unit `{}`", row.unit));
            Unit::Count
        });
        let default = row.default.and_then(|n| {
            let base = unit.to_base(n.as_f64());
            if base.is_none() {
                faults.add(&place, format!("default {} is no limit", n.as_f64()));
            }
            base
        });
        one_of(&place, "adjustable", &row.adjustable, &["yes", "no", "unknown"], faults);
        one_of(&place, "kind", &row.kind, &["count", "size", "value", "rate", "concurrency"], faults);
        one_of(&place, "confidence", &row.confidence, &["confirmed", "dated", "unconfirmed"], faults);
        if row.name.is_empty() {
            faults.add(&place, "no name");
        }
        if row.sources.is_empty() {
            faults.add(&place, "no source");
        }
        for source in row.sources.iter().filter(|s| !self.data.sources.contains_key(*s)) {
            faults.add(&place, format!("source `{source}` is not in sources.toml"));
        }
        if row.as_of.is_empty() && row.confidence != "unconfirmed" {
            faults.add(&place, "no date, but not unconfirmed");
        }
        let measures = row
            .measure
            .iter()
            .filter_map(|m| {
                let place = format!("{place}, measure of {}", m.resource_type);
                let measure = self.measure(&place, row, unit, m, faults);
                measure.map_err(|what| faults.add(&place, what)).ok()
            })
            .collect();
        Quota { service, row, unit, default, measures }
    }

    fn measure(
        &self,
        place: &str,
        quota: &QuotaRow,
        quota_unit: Unit,
        row: &'a MeasureRow,
        faults: &mut Faults,
    ) -> Result<Measure<'a>, String> {
        let amount = Amount::parse(&row.amount)?;
        let leads_to = &self.data.types.leads_to;
        let scope: Vec<ScopeKey> =
            row.scope.iter().map(|s| ScopeKey::parse(s, leads_to)).collect::<Result<_, _>>()?;
        let filter: Vec<FilterTerm> =
            row.filter.iter().map(|f| FilterTerm::parse(f, leads_to)).collect::<Result<_, _>>()?;
        let words = ["sum", "each", "max", "distinct", "maxsame"];
        one_of(place, "aggregate", &row.aggregate, &words, faults);

        let of = row.resource_type.as_str();
        if self.data.types.alias.contains_key(of) {
            return Err("the type is an alias: give the type it stands for".to_owned());
        }
        for (path, wants) in amount.paths() {
            self.attribute(of, path, wants)?;
        }
        for path in &row.blind {
            self.attribute(of, path, Wants::Anything)?;
        }
        self.scope(row, &scope)?;
        for term in &filter {
            for path in &term.paths {
                self.attribute(of, path, Wants::Anything)?;
            }
            self.steps(&term.steps)?;
        }
        match quota.kind.as_str() {
            "rate" => return Err("a rate is not used by resources".to_owned()),
            "concurrency" if row.aggregate != "each" && row.spare == 0 => {
                return Err("runtime concurrency takes value rules and reservations only".to_owned());
            }
            _ => {}
        }
        let factor = factor(quota_unit, &amount, &row.unit)?;
        let filter = filter.into_iter().map(|term| {
            let at = shared_block(&amount, &term);
            Condition { term, at }
        });
        Ok(Measure { row, filter: filter.collect(), amount, scope, factor })
    }

    fn scope(&self, row: &MeasureRow, scope: &[ScopeKey]) -> Result<(), String> {
        let of = row.resource_type.as_str();
        if scope.is_empty() != row.of.is_empty() {
            return Err("`scope` and `of` go together".to_owned());
        }
        if !row.of.is_empty() {
            let known = self.data.types.text_scopes.contains_key(&row.of) || self.has_type(&row.of);
            if !known {
                return Err(format!("`of`: unknown type `{}`", row.of));
            }
        }
        for key in scope {
            match key {
                ScopeKey::Own if row.of != of && self.data.types.adopts.get(of) != Some(&row.of) => {
                    return Err("the scope is the instance itself, but `of` is another type".to_owned());
                }
                ScopeKey::Own => {}
                ScopeKey::Attribute { name, .. } => self.attribute(of, name, Wants::Anything)?,
                ScopeKey::Through { name, steps } => {
                    self.attribute(of, name, Wants::Anything)?;
                    self.steps(steps)?;
                }
            }
        }
        Ok(())
    }

    fn steps(&self, steps: &[(String, String)]) -> Result<(), String> {
        steps.iter().try_for_each(|(parent, name)| self.attribute(parent, name, Wants::Anything))
    }

    fn has_type(&self, name: &str) -> bool {
        self.data.types.newer.contains_key(name) || self.schema.resource(name).is_some()
    }

    /// Checks that a type has an attribute or block of the right kind at a dotted path.
    fn attribute(&self, of: &str, path: &str, wants: Wants) -> Result<(), String> {
        let newer = self.data.types.newer.get(of);
        if newer.is_some_and(|paths| paths.iter().any(|p| p == path)) {
            return Ok(());
        }
        let Some(attributes) = self.schema.resource(of) else {
            let state = if newer.is_some() { "hand/types.toml knows no" } else { "unknown type, so no" };
            return Err(format!("{state} `{path}` of `{of}`"));
        };
        let Some(kind) = value_type(&attributes, path) else {
            return Err(format!("`{of}` has no attribute `{path}`"));
        };
        let fits = match wants {
            Wants::Anything => true,
            Wants::Number => kind == "number",
            Wants::Text => kind.starts_with("string") || kind.starts_with("\"string"),
            Wants::List => ["block:list", "block:set", "block:map", "[\"list\"", "[\"set\"", "[\"map\""]
                .iter()
                .any(|k| kind.starts_with(k)),
            Wants::Map => kind.starts_with("[\"map\""),
        };
        if fits { Ok(()) } else { Err(format!("`{path}` of `{of}` is {kind}, not {wants:?}")) }
    }

    fn wanted(&self, quotas: &[Quota]) -> BTreeMap<String, BTreeSet<String>> {
        let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut want = |of: &str, path: &str| {
            let first = path.split('.').next().unwrap_or(path);
            wanted.entry(of.to_owned()).or_default().insert(first.to_owned());
        };
        for measure in quotas.iter().flat_map(|q| &q.measures) {
            let of = measure.row.resource_type.as_str();
            for (path, _) in measure.amount.paths() {
                want(of, path);
            }
            for path in &measure.row.blind {
                want(of, path);
            }
            let mut steps = Vec::new();
            for key in &measure.scope {
                match key {
                    ScopeKey::Own => {}
                    ScopeKey::Attribute { name, .. } => want(of, name),
                    ScopeKey::Through { name, steps: further } => {
                        want(of, name);
                        steps.extend(further);
                    }
                }
            }
            for condition in &measure.filter {
                for path in &condition.term.paths {
                    want(of, path);
                }
                steps.extend(&condition.term.steps);
            }
            for (parent, name) in steps {
                want(parent, name);
            }
        }
        wanted
    }

    /// Finds the attributes that count together with other resources and that the provider fills in where nobody sets them:
    /// the rules of a security group also show the rules that are resources of their own.
    fn mirrored(&self, quotas: &[Quota]) -> BTreeMap<String, BTreeSet<String>> {
        let stated = self.data.types.mirrored.iter();
        let mut mirrored: BTreeMap<String, BTreeSet<String>> =
            stated.map(|(of, names)| (of.clone(), names.iter().cloned().collect())).collect();
        for measure in quotas.iter().flat_map(|q| &q.measures) {
            let own = matches!(measure.scope[..], [ScopeKey::Own]);
            let of = &measure.row.resource_type;
            let Some(attributes) = self.schema.resource(of).filter(|_| own) else {
                continue;
            };
            if measure.row.aggregate != "sum" {
                continue;
            }
            for (path, _) in measure.amount.paths() {
                let first = path.split('.').next().unwrap_or(path);
                if attributes.get(first).is_some_and(|a| a.computed) {
                    mirrored.entry(of.clone()).or_default().insert(first.to_owned());
                }
            }
        }
        mirrored
    }

    fn unmeasured(&self, quotas: &[Quota], faults: &mut Faults) -> Vec<(usize, &'a UnmeasuredRow)> {
        let mut rows = Vec::new();
        for row in &self.data.unmeasured.row {
            let place = format!("hand/unmeasured.toml, {} of {}", row.measure, row.resource_type);
            match position(quotas, &row.service, &row.quota) {
                Some(at) => rows.push((at, row)),
                None => faults.add(&place, format!("no quota {} {}", row.service, row.quota)),
            }
            if !self.has_type(&row.resource_type) {
                faults.add(&place, "unknown type");
            }
            if row.reason.is_empty() {
                faults.add(&place, "no reason");
            }
        }
        rows.sort_by_key(|(at, row)| (&row.resource_type, *at));
        rows
    }

    fn baselines(&self, quotas: &[Quota], faults: &mut Faults) -> Vec<(usize, &'a BaselineRow)> {
        let mut baselines = Vec::new();
        for row in &self.data.baselines.baseline {
            let place = format!("hand/baselines.toml, `{}` of {}", row.name, row.parent_type);
            let at = position(quotas, &row.service, &row.quota);
            match at {
                Some(at) => {
                    let parts: Vec<&str> = quotas[at].measures.iter().map(|m| m.row.part.as_str()).collect();
                    if !parts.is_empty() && !parts.contains(&row.part.as_str()) {
                        faults.add(&place, format!("the quota has no part `{}`", row.part));
                    }
                    baselines.push((at, row));
                }
                None => faults.add(&place, format!("no quota {} {}", row.service, row.quota)),
            }
            if !["account", "region"].contains(&row.parent_type.as_str()) && !self.has_type(&row.parent_type)
            {
                faults.add(&place, "unknown parent type");
            }
            if !row.resource_type.is_empty() && !self.has_type(&row.resource_type) {
                faults.add(&place, "unknown resource type");
            }
            if row.low > row.high {
                faults.add(&place, "low is above high");
            }
            if row.parents.is_empty() {
                faults.add(&place, "valid for no parents");
            }
            for word in &row.parents {
                one_of(&place, "parents", word, &["new", "existing"], faults);
            }
            page(&place, &row.source, faults);
        }
        baselines.sort_by_key(|(at, row)| (&row.parent_type, *at, &row.part));
        baselines
    }

    fn deletes(
        &self,
        wanted: &mut BTreeMap<String, BTreeSet<String>>,
        faults: &mut Faults,
    ) -> Vec<&'a DeleteRow> {
        let mut rows: Vec<&DeleteRow> = self.data.deletes.delete.iter().collect();
        rows.sort_by_key(|r| &r.resource_type);
        for pair in rows.windows(2) {
            if pair[0].resource_type == pair[1].resource_type {
                faults.add("hand/deletes.toml", format!("{} twice", pair[0].resource_type));
            }
        }
        for row in &rows {
            let place = format!("hand/deletes.toml, {}", row.resource_type);
            one_of(&place, "frees", &row.frees, &["at once", "after days", "never"], faults);
            if !self.has_type(&row.resource_type) {
                faults.add(&place, "unknown type");
                continue;
            }
            match row.days[..] {
                [] if row.frees != "after days" => {}
                [low, high] if low <= high && row.frees == "after days" => {}
                _ => faults.add(&place, "`days` is [least, most] for `after days`, else absent"),
            }
            for name in [&row.attribute, &row.kept_if] {
                if !name.is_empty() {
                    if let Err(what) = self.attribute(&row.resource_type, name, Wants::Anything) {
                        faults.add(&place, what);
                    }
                    wanted.entry(row.resource_type.clone()).or_default().insert(name.clone());
                }
            }
            page(&place, &row.source, faults);
        }
        rows
    }

    /// Finds what is said of each resource type without a measure; every row has to be of use.
    fn coverage(&self, quotas: &[Quota], schema: &Schema, faults: &mut Faults) -> BTreeMap<String, usize> {
        let types = &self.data.types;
        let measured: BTreeSet<&str> =
            quotas.iter().flat_map(|q| &q.measures).map(|m| m.row.resource_type.as_str()).collect();
        let rows = &self.data.coverage;
        let mut used = vec![false; rows.len()];
        let mut found = BTreeMap::new();
        for piece in schema.pieces.iter().filter(|p| p.kind == "resource") {
            let name = types.alias.get(&piece.name).unwrap_or(&piece.name);
            if measured.contains(name.as_str()) || types.adopts.contains_key(&piece.name) {
                continue;
            }
            match rows.iter().position(|r| super::rows::fits(&r.pattern, &piece.name)) {
                Some(at) => {
                    used[at] = true;
                    found.insert(piece.name.clone(), at);
                }
                None => faults.add("hand/coverage.tsv", format!("nothing is said of {}", piece.name)),
            }
        }
        // The tests build with the data of one service: then other types lack their measures.
        if quotas.len() > 500 {
            for (row, used) in rows.iter().zip(used) {
                if !used {
                    faults.add("hand/coverage.tsv", format!("no unmeasured type is `{}`", row.pattern));
                }
            }
        }
        found
    }

    fn services(&self, faults: &mut Faults) {
        let name = "hand/services.toml";
        for row in &self.data.services_told.change {
            page(&format!("{name}, {}", row.service), &row.source, faults);
        }
        for row in &self.data.services_told.lead_time {
            if !self.data.sources.contains_key(&row.source) {
                faults.add(
                    format!("{name}, {} {}", row.service, row.quota),
                    "the source is not in sources.toml",
                );
            }
        }
    }

    fn identity(&self, wanted: &mut BTreeMap<String, BTreeSet<String>>, faults: &mut Faults) {
        for (of, row) in &self.data.identity {
            for name in row.attributes.iter().chain(&row.key) {
                let name = name.split(':').next().unwrap_or(name);
                if let Err(what) = self.attribute(of, name, Wants::Anything) {
                    faults.add("hand/identity.toml", what);
                }
                wanted.entry(of.clone()).or_default().insert(name.to_owned());
            }
        }
    }

    fn tags(&self, wanted: &mut BTreeMap<String, BTreeSet<String>>, faults: &mut Faults) {
        if !self.data.taggable.is_sorted_by(|a, b| a.resource_type < b.resource_type) {
            faults.add("taggable.tsv", "not sorted by type");
        }
        for row in &self.data.taggable {
            one_of(
                &row.resource_type,
                "enforceable",
                &row.enforceable,
                &["", "yes", "no", "unknown"],
                faults,
            );
            let mut names: Vec<String> = match row.style.as_str() {
                "none" => continue,
                "tag-block" => vec!["tag".to_owned()],
                "single-tag-resource" => vec!["key".to_owned(), "value".to_owned()],
                style => style
                    .split('+')
                    .map(|p| p.split('.').next().unwrap_or(p).to_owned())
                    .filter(|p| p != "tags-other")
                    .collect(),
            };
            if row.tags_all {
                names.push("tags_all".to_owned());
            }
            if row.resource_type == "aws_autoscaling_group_tag" {
                names.push("autoscaling_group_name".to_owned());
            }
            if row.style == "single-tag-resource" {
                let attributes = self.schema.resource(&row.resource_type);
                let known = |n: &&str| attributes.as_ref().is_some_and(|a| a.contains_key(*n));
                names.extend(
                    ["resource_id", "resource_arn"].iter().filter(|n| known(n)).map(|n| (*n).to_owned()),
                );
            }
            wanted.entry(row.resource_type.clone()).or_default().extend(names);
        }
        for names in wanted.values_mut() {
            names.extend(["region".to_owned(), "tags".to_owned()]);
        }
    }

    /// Takes in what says which tags are passed on.
    fn passing(&self, wanted: &mut BTreeMap<String, BTreeSet<String>>, faults: &mut Faults) {
        let name = "hand/passing.toml";
        for row in &self.data.passing.made {
            let of = &row.resource_type;
            let mut add = |what: String| faults.add(format!("{name}, {of}, {}", row.what), what);
            for path in row.paths() {
                match self.attribute(of, &path, Wants::Anything) {
                    Ok(()) => {
                        let first = path.split('.').next().unwrap_or_default().to_owned();
                        wanted.entry(of.clone()).or_default().extend([first, "region".into(), "tags".into()]);
                    }
                    Err(what) => add(what),
                }
            }
            if !row.of.is_empty() && !self.has_type(&row.of) {
                add(format!("unknown type `{}`", row.of));
            }
            if row.via.is_empty() != row.of.is_empty() {
                add("`via` and `of` go together".to_owned());
            }
            if !row.source.starts_with("https://") {
                add("`source` is no page".to_owned());
            }
        }
    }

    fn types(&self, faults: &mut Faults) {
        let types = &self.data.types;
        for (name, stands_for) in types.alias.iter().chain(&types.adopts) {
            for name in [name, stands_for] {
                if !self.has_type(name) {
                    faults.add("hand/types.toml", format!("unknown type `{name}`"));
                }
            }
        }
        for (of, names) in &types.mirrored {
            for name in names {
                if let Err(what) = self.attribute(of, name, Wants::Anything) {
                    faults.add("hand/types.toml", what);
                }
            }
        }
        for name in types.leads_to.values() {
            if !self.has_type(name) {
                faults.add("hand/types.toml", format!("unknown type `{name}`"));
            }
        }
    }
}

fn page(place: &str, source: &str, faults: &mut Faults) {
    if !source.starts_with("https://") {
        faults.add(place, "the source has to be a page");
    }
}

/// Returns the value type at a path, which may lead into an attribute that is a list of objects.
fn value_type(attributes: &super::schema::Attributes, path: &str) -> Option<String> {
    if let Some(found) = attributes.get(path) {
        return Some(found.value_type.clone());
    }
    let (outer, last) = path.rsplit_once('.')?;
    let outer = value_type(attributes, outer)?;
    if outer.starts_with("block:") {
        return None;
    }
    // The types of attributes inside an object are written as JSON: `…{"cidr_block":"string",…}`.
    let name = format!("\"{last}\":");
    let at = outer.find(&name)? + name.len();
    Some(outer[at..].to_owned())
}

/// Returns the block at whose elements the condition is asked: the one that condition and amount share.
fn shared_block(amount: &Amount, term: &FilterTerm) -> String {
    let paths = amount.paths();
    if paths.len() != 1 || !term.steps.is_empty() || term.paths.len() != 1 {
        return String::new();
    }
    match term.paths[0].rsplit_once('.') {
        Some((block, _)) => {
            let amount = paths[0].0;
            let inside = amount == block || amount.starts_with(&format!("{block}."));
            if inside { block.to_owned() } else { String::new() }
        }
        None => String::new(),
    }
}

fn factor(quota: Unit, amount: &Amount, stated: &str) -> Result<u64, String> {
    let unit = match (stated, amount.unit()) {
        ("", None) => quota,
        ("", Some(word)) => Unit::from_word(word).expect("bug: amounts have units that exist"),
        (word, None) => Unit::from_word(word).ok_or_else(|| format!("unknown unit `{word}`"))?,
        (_, Some(_)) => return Err("this measure word has a unit of its own".to_owned()),
    };
    let plain = |u: Unit| matches!(u, Unit::Count | Unit::Number);
    // A text's bytes and characters are the same for the ASCII that policies and names are made of.
    let text = |u: Unit| matches!(u.smallest(), Unit::Bytes | Unit::Characters);
    let fits = unit.smallest() == quota.smallest()
        || plain(unit) && plain(quota)
        || text(unit) && text(quota)
        || plain(quota);
    if fits {
        Ok(unit.base())
    } else {
        Err(format!("an amount in {} against a quota in {}", unit.word(), quota.word()))
    }
}
