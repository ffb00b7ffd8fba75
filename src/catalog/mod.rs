//! The catalog: quotas, what uses them, and facts about resource types, all as data.
//!
//! In: nothing at run time; the build script turns `data/` into static tables and refuses broken rows, so the start-up does
//! not pay for the catalog. Out: quotas and their measures, the attributes that readers have to take ([`wanted`]), and
//! [`Measure::read`], the one place where an attribute becomes a number.
//! Never here: limits that somebody observed or stated (those are live, snapshot and settings), comparing, adding up.

#[cfg(test)]
#[path = "build/mod.rs"]
mod build;
mod coverage;
mod facts;
mod leads;
mod listed;
mod meant;
mod measure;
mod passing;
mod quota;
mod rates;
mod read;
mod schema;
mod tables;
mod unit;

use crate::value::Count;

pub use coverage::{Coverage, coverage};
pub use facts::{
    Baseline, Delete, Frees, Identity, LeadTime, ServiceChange, Source, TagShape, Taggable, Unmeasured,
    Wanted, adopts, all_baselines, all_unmeasured, baselines, canonical, delete, identity, is_global,
    lead_times, service_change, source, tag_policy_types, tag_target, taggable, unmeasured, virtual_cpus,
    wanted,
};
pub use leads::{Lead, is_parent, lead, scope_attributes};
pub use listed::{Listed, listed, listed_of, misnamed};
pub use meant::{is_listed, may_be_type, right_code, right_service, right_type};
pub use measure::{Aggregate, Amount, FilterTerm, JsonPart, Measure, MeasureId, Path, ScopeKey, Table, Test};
pub use passing::{Passing, Sketch, all_passing, is_lead, leads_in, lenders, passing, sketches};
pub use quota::{Adjustable, Confidence, Kind, Quota, QuotaId, ScopeKind};
pub use rates::{Rate, rate};
pub use read::{Attributes, Measured};
pub use schema::{
    Attribute, Block, Flags, Item, Nesting, TypeSchema, data_schema, has_default, resource_schema,
};
pub use tables::AS_OF;
pub use unit::Unit;

/// Returns all quotas, sorted by service and code.
pub fn quotas() -> &'static [Quota] {
    &tables::QUOTAS
}

/// How many measures there are: their numbers are below.
pub fn measures() -> usize {
    tables::MEASURES.len()
}

/// Returns the quota of that service and code.
///
/// ```
/// use tf_headroom::catalog;
/// assert_eq!(catalog::quota("connect", "L-19A87C94").unwrap().default, Some(100));
/// assert!(catalog::quota("connect", "L-B15FC19B").is_none());
/// ```
pub fn quota(service: &str, code: &str) -> Option<&'static Quota> {
    quota_by_code(code).filter(|q| q.service == service)
}

/// Returns the quota of that code; codes are unique over all services.
pub fn quota_by_code(code: &str) -> Option<&'static Quota> {
    let table = &tables::BY_CODE;
    let at = table.binary_search_by(|(c, _)| (*c).cmp(code)).ok()?;
    Some(&tables::QUOTAS[usize::from(table[at].1)])
}

/// Returns the quotas of that service and name: AWS gives some names twice within a service.
pub fn quotas_by_name(service: &str, name: &str) -> impl Iterator<Item = &'static Quota> {
    let table = &tables::BY_NAME;
    let first = table.partition_point(|(s, n, _)| (*s, *n) < (service, name));
    let count = table[first..].partition_point(|(s, n, _)| (*s, *n) == (service, name));
    table[first..first + count].iter().map(|(_, _, id)| &tables::QUOTAS[usize::from(*id)])
}

/// Returns the quotas of a service, sorted by code; empty if the catalog has none of it.
pub fn quotas_of(service: &str) -> &'static [Quota] {
    let all = &tables::QUOTAS;
    let first = all.partition_point(|q| q.service < service);
    let count = all[first..].partition_point(|q| q.service == service);
    &all[first..first + count]
}

/// Returns what instances of a resource type contribute to quotas.
pub fn measures_of(resource_type: &str) -> &'static [&'static Measure] {
    let resource_type = canonical(resource_type);
    let table = &tables::BY_TYPE;
    table.binary_search_by(|(t, _)| (*t).cmp(resource_type)).map_or(&[], |at| table[at].1)
}

impl QuotaId {
    /// Returns the quota itself.
    pub fn get(self) -> &'static Quota {
        &tables::QUOTAS[usize::from(self.0)]
    }
}

impl MeasureId {
    /// Returns the measure itself.
    pub fn get(self) -> &'static Measure {
        &tables::MEASURES[usize::from(self.0)]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::*;

    fn data(name: &str) -> Vec<u8> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalog/data").join(name);
        std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    #[test]
    fn codes_are_unique_over_all_services() {
        let mut seen = BTreeMap::new();
        for quota in quotas().iter().filter(|q| !q.code.is_empty()) {
            let other = seen.insert(quota.code, quota.service);
            assert_eq!(other, None, "{} in {}", quota.code, quota.service);
        }
    }

    #[test]
    fn quotas_without_a_code_have_unique_names() {
        let mut seen = BTreeSet::new();
        for quota in quotas().iter().filter(|q| q.code.is_empty()) {
            assert!(seen.insert((quota.service, quota.name)), "{} {}", quota.service, quota.name);
        }
    }

    #[test]
    fn every_quota_has_a_source_and_unless_unconfirmed_a_date() {
        for quota in quotas() {
            assert!(!quota.sources.is_empty(), "{}", quota.name);
            for id in quota.sources {
                assert_eq!(source(id).map(|s| s.id), Some(*id), "{}", quota.name);
            }
            let dated = !quota.as_of.is_empty();
            assert!(dated || quota.confidence == Confidence::Unconfirmed, "{}", quota.name);
        }
    }

    #[test]
    fn what_the_api_answers_is_confirmed_and_a_seed_alone_confirms_nothing() {
        for quota in quotas() {
            if quota.sources.contains(&"SQ26") {
                assert_eq!(quota.confidence, Confidence::Confirmed, "{}", quota.name);
            }
            if quota.sources.iter().all(|s| s.starts_with("SEED") || *s == "UNV") {
                assert_eq!(quota.confidence, Confidence::Unconfirmed, "{}", quota.name);
            }
        }
    }

    #[test]
    fn lookups_find_what_is_there() {
        for (id, quota) in quotas().iter().enumerate() {
            assert_eq!(usize::from(quota.id.0), id);
            assert_eq!(quota.id.get().id, quota.id);
            assert!(quotas_by_name(quota.service, quota.name).any(|q| q.id == quota.id));
            assert!(quotas_of(quota.service).iter().any(|q| q.id == quota.id));
            if quota.code.is_empty() {
                assert_eq!(quota.key(), quota.name);
            } else {
                assert_eq!(super::quota(quota.service, quota.code).map(|q| q.id), Some(quota.id));
                assert_eq!(quota_by_code(quota.code).map(|q| q.id), Some(quota.id));
            }
            for measure in quota.measures {
                assert_eq!(measure.quota, quota.id);
                assert_eq!(measure.id.get().id, measure.id);
                let of_type = measures_of(measure.resource_type);
                assert!(of_type.iter().any(|m| m.id == measure.id));
            }
        }
        assert!(quota("lambda", "L-19A87C94").is_none());
        assert!(quota_by_code("").is_none());
        assert!(quotas_of("no-such-service").is_empty());
        assert!(measures_of("null_resource").is_empty());
        assert_eq!(quotas_by_name("connect", "Queues per instance").count(), 1);
    }

    #[test]
    fn an_alias_has_the_measures_of_what_it_stands_for() {
        let ids = |name| measures_of(name).iter().map(|m| m.id).collect::<Vec<_>>();
        assert!(!ids("aws_lb").is_empty());
        assert_eq!(ids("aws_alb"), ids("aws_lb"));
        assert!(ids("aws_default_vpc").is_empty());
    }

    #[test]
    fn rates_and_runtime_concurrency_are_not_counted_from_resources() {
        for quota in quotas() {
            match quota.kind {
                Kind::Rate => assert!(quota.measures.is_empty(), "{}", quota.name),
                Kind::Concurrency => {
                    for measure in quota.measures {
                        let value_rule = measure.aggregate == Aggregate::Each;
                        assert!(value_rule || measure.spare > 0, "{}", quota.name);
                    }
                }
                Kind::Count | Kind::Size | Kind::Value => {}
            }
        }
    }

    #[test]
    fn readers_are_asked_for_what_measures_read() {
        for measure in quotas().iter().flat_map(|q| q.measures) {
            let wanted = wanted(measure.resource_type);
            let ask = |name: &str| {
                assert!(wanted.contains(name), "{} of {}", name, measure.resource_type);
            };
            for path in measure.blind {
                ask(path[0]);
            }
            for term in measure.filter.iter().filter(|t| t.at.is_empty()) {
                term.paths.iter().for_each(|p| ask(p[0]));
            }
            for key in measure.scope {
                match key {
                    ScopeKey::Own => {}
                    ScopeKey::Attribute { name, .. } => ask(name),
                    ScopeKey::Through { name, steps } => {
                        ask(name);
                        for (parent, name) in *steps {
                            assert!(super::wanted(parent).contains(name), "{name} of {parent}");
                        }
                    }
                }
            }
            ask("region");
            ask("tags");
        }
    }

    #[test]
    fn the_scope_of_a_quota_is_where_its_measures_count() {
        for quota in quotas() {
            for measure in quota.measures {
                assert_eq!(measure.scope.is_empty(), measure.scope_type.is_empty());
                let each = matches!(quota.scope, ScopeKind::Each(_));
                assert_eq!(each, !measure.scope.is_empty(), "{} {}", quota.service, quota.name);
            }
        }
    }

    /// Amounts of one quota, part and scope are added only where they are of one kind.
    #[test]
    fn measures_that_meet_in_a_scope_come_together_in_one_way() {
        for quota in quotas() {
            let mut ways: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
            for measure in quota.measures {
                let way = format!("{:?}", measure.aggregate);
                ways.entry((measure.part, measure.scope_type)).or_default().insert(way);
            }
            for (key, found) in ways {
                assert_eq!(found.len(), 1, "{} {} {key:?}: {found:?}", quota.service, quota.name);
            }
        }
    }

    #[test]
    fn known_figures_of_the_domain_are_as_aws_answers() {
        for (service, code, default) in [
            ("connect", "L-19A87C94", 100),
            ("connect", "L-9A46857E", 500),
            ("connect", "L-8F812903", 5),
            ("connect", "L-D3E7BE26", 500),
            ("bedrock", "L-97D79C54", 1_000),
            ("lex", "L-36FA8BD2", 100),
            ("s3", "L-DC2B2D3D", 10_000),
            ("dynamodb", "L-F98FE922", 2_500),
            ("kms", "L-C2F1777E", 100_000),
            ("lambda", "L-9FEEFFC0", 900_000),
            ("s3", "L-748707F3", 20 << 10),
            ("ebs", "L-7A658B76", 50 << 40),
        ] {
            let quota = quota(service, code).unwrap_or_else(|| panic!("{service} {code}"));
            assert_eq!(quota.default, Some(default), "{}", quota.name);
            assert_eq!(quota.confidence, Confidence::Confirmed, "{}", quota.name);
        }
        let queues = quota("connect", "L-19A87C94").unwrap();
        assert_eq!(queues.scope, ScopeKind::Each("aws_connect_instance"));
        assert_eq!(queues.limit(250.0), Some(250));
        let calls = quota("connect", "L-12AB7C57").unwrap();
        assert!(!calls.is_countable());
        assert_eq!((calls.measures.len(), calls.measures[0].spare), (1, 1));
    }

    /// Corrections belong into `data/hand`, and new facts come through `generate.py`.
    #[test]
    fn generated_files_are_as_generate_py_wrote_them() {
        let report = String::from_utf8(data("generated.txt")).unwrap();
        let written: Vec<_> = report.lines().filter_map(|l| l.strip_prefix("wrote ")).collect();
        assert!(written.len() > 70);
        for line in written {
            let (fingerprint, name) = line.split_once(' ').unwrap();
            let fnv = data(name).iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
            assert_eq!(format!("{fnv:016x}"), fingerprint, "{name}: run generate.py again");
        }
    }

    #[test]
    fn every_collected_measure_is_read_or_refused_with_a_reason() {
        let report = String::from_utf8(data("generated.txt")).unwrap();
        let number = |start: &str| -> usize {
            let line = report.lines().find_map(|l| l.trim().strip_prefix(start));
            let digits = line.unwrap_or_else(|| panic!("no line `{start}`"));
            digits.trim().split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
        };
        let refused = String::from_utf8(data("hand/unmeasured.toml")).unwrap();
        let reasons = refused.lines().filter(|l| l.starts_with("reason = \"")).count();
        assert_eq!(refused.matches("[[row]]").count(), reasons);
        assert_eq!(number("not measured, with a reason (hand/unmeasured.toml):"), reasons);
        let (rows, measured) = (number("rows of terraform_measures.csv:"), number("measured:"));
        assert_eq!(rows, measured + reasons);
        let added = number("measures added by hand (hand/measures.toml):");
        let all: usize = quotas().iter().map(|q| q.measures.len()).sum();
        assert_eq!(all, measured + added);
    }
}
