//! What is asked of a resource type, put together once for each type that a plan mentions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ecow::EcoString;

use crate::catalog::{self, Amount, Measure, ScopeKey, TagShape};

/// What is asked of the instances of one type.
#[derive(Debug)]
pub struct Ask {
    /// The type whose object an instance is to its children: `aws_vpc` for an `aws_default_vpc`.
    pub kind: EcoString,
    /// Attributes that somebody reads, sorted.
    pub attributes: &'static [&'static str],
    pub measures: Vec<MeasureAsk>,
    /// Attributes that name parents.
    pub scopes: Vec<ScopeAsk>,
    /// Attributes that each identify an instance to its children; empty if nothing is counted in it.
    pub identity: &'static [&'static str],
    /// Indices into `scopes`, and what stands for an unset one: together they identify an instance.
    pub key: Vec<(usize, Option<&'static str>)>,
    pub tags: TagShape,
    /// Something is counted in instances of this type.
    pub is_parent: bool,
}

/// One measure, and where it counts.
#[derive(Debug)]
pub struct MeasureAsk {
    pub measure: &'static Measure,
    pub scope: MeasureScope,
    /// Always one: nothing has to be read.
    pub plain: bool,
}

/// Where a measure counts.
#[derive(Debug, PartialEq)]
pub enum MeasureScope {
    Account,
    Own,
    /// Index into [`Ask::scopes`], what stands for an unset one, and the attributes of parents that lead on.
    Named {
        scope: usize,
        unset: Option<&'static str>,
        steps: &'static [(&'static str, &'static str)],
    },
    /// Several together.
    Together(Vec<(usize, Option<&'static str>)>),
}

/// An attribute that names a parent.
#[derive(Debug, PartialEq)]
pub struct ScopeAsk {
    pub name: &'static str,
    /// Its place in [`Ask::attributes`].
    pub attribute: usize,
    /// The parent's type; empty if nobody says.
    pub kind: &'static str,
}

impl Ask {
    /// True if nothing in the attributes matters.
    pub fn is_idle(&self) -> bool {
        self.attributes.is_empty()
    }

    /// Returns the attribute that names a parent.
    pub fn scope(&self, name: &str) -> Option<usize> {
        self.scopes.iter().position(|s| s.name == name)
    }

    fn add_scope(&mut self, name: &'static str, kind: &'static str) -> usize {
        let attribute =
            self.attribute(name).expect("bug: the catalog wants every attribute that names a scope");
        self.scopes.push(ScopeAsk { name, attribute, kind });
        self.scopes.len() - 1
    }

    /// Returns the place of an attribute among those that are read.
    pub fn attribute(&self, name: &str) -> Option<usize> {
        self.attributes.binary_search(&name).ok()
    }
}

/// What leads to what, over the whole catalog.
#[derive(Debug, Default)]
pub struct Leads {
    /// Resource type and attribute → type of the parent it names.
    of: BTreeMap<&'static str, BTreeMap<&'static str, &'static str>>,
    /// Attribute → type of the parent, where all types agree.
    by_name: HashMap<&'static str, Option<&'static str>>,
    /// Types in which something is counted.
    parents: BTreeSet<&'static str>,
}

impl Leads {
    /// Looks through all measures of the catalog.
    pub fn new() -> Leads {
        let mut leads = Leads::default();
        for measure in catalog::quotas().iter().flat_map(|q| q.measures) {
            leads.measure(measure);
        }
        for (attribute, kind) in leads.of.values().flatten() {
            let all = leads.by_name.entry(attribute).or_insert(Some(kind));
            if *all != Some(*kind) {
                *all = None;
            }
        }
        leads
    }

    fn measure(&mut self, m: &'static Measure) {
        match m.scope {
            [] => {}
            [ScopeKey::Own] => {
                self.parents.insert(m.scope_type);
            }
            [ScopeKey::Attribute { name, .. }] => self.add(m.resource_type, name, m.scope_type),
            [ScopeKey::Through { name, steps }] => self.steps(m.resource_type, name, steps, m.scope_type),
            _ => {
                self.parents.insert(m.scope_type);
            }
        }
    }

    fn steps(
        &mut self,
        child: &'static str,
        name: &'static str,
        steps: &'static [(&'static str, &'static str)],
        last: &'static str,
    ) {
        let (mut ty, mut attribute) = (child, name);
        for (parent, next) in steps {
            self.add(ty, attribute, parent);
            (ty, attribute) = (parent, next);
        }
        self.add(ty, attribute, last);
    }

    fn add(&mut self, ty: &'static str, attribute: &'static str, kind: &'static str) {
        self.of.entry(ty).or_default().insert(attribute, kind);
        self.parents.insert(kind);
    }

    fn kind(&self, ty: &str, attribute: &str) -> &'static str {
        let of = self.of.get(ty).and_then(|a| a.get(attribute)).copied();
        of.or_else(|| self.by_name.get(attribute).copied().flatten()).unwrap_or("")
    }

    /// Puts together what is asked of a type.
    ///
    /// Nothing is asked of the empty one, which stands for what is no AWS resource.
    pub fn ask(&self, ty: &str) -> Ask {
        let canonical = catalog::canonical(ty);
        let kind = catalog::adopts(ty).unwrap_or(canonical);
        let is_parent = self.parents.contains(kind);
        let identity = catalog::identity(kind);
        let mut ask = Ask {
            kind: kind.into(),
            attributes: if ty.is_empty() { &[] } else { catalog::wanted(ty).attributes },
            measures: Vec::new(),
            scopes: Vec::new(),
            identity: if is_parent { identity.attributes } else { &[] },
            key: Vec::new(),
            tags: catalog::taggable(ty).map_or(TagShape::Map, |t| t.shape),
            is_parent,
        };
        for (attribute, kind) in self.of.get(canonical).into_iter().flatten() {
            ask.add_scope(attribute, kind);
        }
        for measure in catalog::measures_of(ty).iter().copied() {
            let scope = match measure.scope {
                [] => MeasureScope::Account,
                [ScopeKey::Own] => MeasureScope::Own,
                [ScopeKey::Attribute { name, unset }] => MeasureScope::Named {
                    scope: self.scope(&mut ask, canonical, name),
                    unset: *unset,
                    steps: &[],
                },
                [ScopeKey::Through { name, steps }] => {
                    MeasureScope::Named { scope: self.scope(&mut ask, canonical, name), unset: None, steps }
                }
                several => MeasureScope::Together(
                    several
                        .iter()
                        .filter_map(|key| match key {
                            ScopeKey::Attribute { name, unset } => {
                                Some((self.scope(&mut ask, canonical, name), *unset))
                            }
                            ScopeKey::Own | ScopeKey::Through { .. } => None,
                        })
                        .collect(),
                ),
            };
            let plain = matches!(measure.amount, Amount::One)
                && measure.filter.is_empty()
                && measure.plus == 0
                && measure.factor == 1
                && measure.blind.is_empty();
            ask.measures.push(MeasureAsk { measure, scope, plain });
        }
        if is_parent {
            let key =
                identity.key.iter().map(|(name, unset)| (self.scope(&mut ask, canonical, name), *unset));
            ask.key = key.collect();
        }
        ask
    }

    fn scope(&self, ask: &mut Ask, ty: &str, name: &'static str) -> usize {
        if let Some(at) = ask.scope(name) {
            return at;
        }
        ask.add_scope(name, self.kind(ty, name))
    }
}
