//! What is asked of a resource type, put together once for each type that a plan mentions.

use ecow::EcoString;

use crate::catalog::{self, Aggregate, Amount, FilterTerm, Measure, Passing, Path, ScopeKey, TagShape};

/// What is asked of the instances of one type.
#[derive(Debug)]
pub struct Ask {
    /// The type whose object an instance is to its children: `aws_vpc` for an `aws_default_vpc`.
    pub kind: EcoString,
    /// Attributes that somebody reads, sorted.
    pub attributes: Vec<&'static str>,
    /// Where they are, by some bytes of their names: one more than the place, or [`SEVERAL`].
    quick: [u8; SLOTS],
    /// Those that the provider fills in with what other resources made, as bits.
    pub mirrored: u64,
    pub measures: Vec<MeasureAsk>,
    /// Attributes that name parents.
    pub scopes: Vec<ScopeAsk>,
    /// Places of the attributes that each identify an instance to its children; empty if nothing is counted in it.
    pub identity: Vec<usize>,
    /// Something is counted in instances of this type.
    pub is_parent: bool,
    /// How it takes tags of its own.
    pub tags: TagShape,
    /// The data says how; else only what is shown counts.
    pub knows_tags: bool,
    /// Where tags of other objects are written.
    pub other_tags: &'static [Path],
    /// Places of the attributes that conditions of its children ask for.
    pub asked_by_children: Vec<usize>,
    /// What AWS makes for its instances.
    pub passing: &'static [Passing],
    /// The names of those that AWS makes by itself.
    pub objects: Vec<&'static str>,
}

/// One measure, and where it counts.
#[derive(Debug)]
pub struct MeasureAsk {
    pub measure: &'static Measure,
    pub scope: MeasureScope,
    /// Always one: nothing has to be read.
    pub plain: bool,
    pub conditions: Vec<ConditionAsk>,
    /// Places of the attributes that it looks at, in [`Ask::attributes`].
    pub reads: Vec<usize>,
    /// It is the length of one attribute.
    pub is_length: bool,
}

/// A condition on a parent, answered when all is read.
#[derive(Debug)]
pub struct ConditionAsk {
    /// Index into [`Ask::scopes`].
    pub scope: usize,
    pub term: &'static FilterTerm,
}

impl MeasureAsk {
    /// True if it counts in what a parent names in its turn.
    pub fn goes_on(&self) -> bool {
        matches!(&self.scope, MeasureScope::Named { steps, .. } if !steps.is_empty())
    }
}

/// Where a measure counts.
#[derive(Debug, PartialEq)]
pub enum MeasureScope {
    Account,
    /// The instance by itself.
    Own,
    /// The instance, together with what others count in it.
    OwnChildren,
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
    /// It is a scope of the instance, not only where a measure looks.
    pub shown: bool,
}

impl Ask {
    /// Asks nothing: of what is no AWS resource.
    pub fn nothing() -> Ask {
        Ask {
            kind: EcoString::new(),
            attributes: Vec::new(),
            quick: [0; SLOTS],
            mirrored: 0,
            measures: Vec::new(),
            scopes: Vec::new(),
            identity: Vec::new(),
            is_parent: false,
            tags: TagShape::None,
            knows_tags: false,
            other_tags: &[],
            asked_by_children: Vec::new(),
            passing: &[],
            objects: Vec::new(),
        }
    }

    /// Puts together what is asked of a type.
    pub fn of(ty: &str) -> Ask {
        let kind = catalog::adopts(ty).unwrap_or_else(|| catalog::canonical(ty));
        let is_parent = catalog::is_parent(ty);
        let taggable = catalog::taggable(ty);
        let leads = catalog::scope_attributes(ty);
        let measures = catalog::measures_of(ty);
        let parents = leads.iter().map(|(_, kind)| *kind).chain(["region", "account"]);
        let made = parents.flat_map(catalog::baselines).filter(|b| b.resource_type == catalog::canonical(ty));
        let objects: Vec<&'static str> = made.flat_map(|b| b.objects).copied().collect();
        let wanted = catalog::wanted(ty);
        let mut attributes: Vec<&'static str> = wanted.attributes.to_vec();
        attributes.extend(leads.iter().map(|(name, _)| *name));
        attributes.extend(measures.iter().flat_map(|m| m.scope).filter_map(|key| match key {
            ScopeKey::Own => None,
            ScopeKey::Attribute { name, .. } | ScopeKey::Through { name, .. } => Some(*name),
        }));
        let asked_by_children = catalog::asked_by_children(kind);
        attributes.extend(asked_by_children);
        // Tells the account and the Region.
        attributes.push("arn");
        attributes.extend((!objects.is_empty()).then_some("name"));
        attributes.sort_unstable();
        attributes.dedup();
        let mut ask = Ask {
            kind: kind.into(),
            quick: quick(&attributes),
            mirrored: 0,
            attributes,
            measures: Vec::new(),
            scopes: Vec::new(),
            identity: Vec::new(),
            is_parent,
            tags: taggable.map_or(TagShape::Map, |t| t.shape),
            knows_tags: taggable.is_some(),
            other_tags: taggable.map_or(&[], |t| t.also),
            asked_by_children: Vec::new(),
            passing: catalog::passing(ty),
            objects,
        };
        ask.asked_by_children = asked_by_children.iter().filter_map(|name| ask.attribute(name)).collect();
        if is_parent {
            let identity = catalog::identity(kind).attributes.iter();
            ask.identity = identity.filter_map(|name| ask.attribute(name)).collect();
        }
        for name in wanted.mirrored {
            ask.mirrored |= ask.attribute(name).map_or(0, bit);
        }
        for (name, kind) in leads.iter() {
            ask.scope(name, kind);
        }
        ask.scopes.iter_mut().for_each(|scope| scope.shown = true);
        for measure in measures.iter().copied() {
            // What adopts an object that AWS made creates none.
            if catalog::adopts(ty).is_none() || !matches!(measure.amount, Amount::One) {
                ask.measure(ty, measure);
            }
        }
        ask
    }

    fn measure(&mut self, ty: &str, measure: &'static Measure) {
        let scope = match measure.scope {
            [] => MeasureScope::Account,
            [ScopeKey::Own] if measure.aggregate == Aggregate::Each => MeasureScope::Own,
            [ScopeKey::Own] => MeasureScope::OwnChildren,
            [ScopeKey::Attribute { name, unset }] => {
                MeasureScope::Named { scope: self.scope(name, measure.scope_type), unset: *unset, steps: &[] }
            }
            [ScopeKey::Through { name, steps }] => {
                MeasureScope::Named { scope: self.scope(name, catalog::lead(ty, name)), unset: None, steps }
            }
            several => MeasureScope::Together(
                several
                    .iter()
                    .filter_map(|key| match key {
                        ScopeKey::Attribute { name, unset } => {
                            Some((self.scope(name, catalog::lead(ty, name)), *unset))
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
        let conditions = measure.parent_conditions().map(|term| {
            let kind = term.steps.first().map_or("", |(parent, _)| parent);
            ConditionAsk { scope: self.scope(term.paths[0][0], kind), term }
        });
        let conditions = conditions.collect();
        let mut reads: Vec<usize> = measure.reads().filter_map(|name| self.attribute(name)).collect();
        reads.sort_unstable();
        reads.dedup();
        let is_length = matches!(measure.amount, Amount::Len([[_]]))
            && measure.filter.is_empty()
            && measure.plus == 0
            && measure.factor == 1
            && measure.blind.is_empty();
        self.measures.push(MeasureAsk { measure, scope, plain, conditions, reads, is_length });
    }

    fn scope(&mut self, name: &'static str, kind: &'static str) -> usize {
        if let Some(at) = self.scopes.iter().position(|s| s.name == name && s.kind == kind) {
            return at;
        }
        let attribute = self.attribute(name).expect("bug: every attribute that names a scope is asked for");
        self.scopes.push(ScopeAsk { name, attribute, kind, shown: false });
        self.scopes.len() - 1
    }

    /// Returns the place of an attribute among those that name parents.
    pub fn find_scope(&self, name: &str) -> Option<usize> {
        self.scopes.iter().position(|s| s.name == name)
    }

    /// True if nothing in the attributes matters.
    pub fn is_idle(&self) -> bool {
        self.attributes.is_empty()
    }

    /// Returns the place of an attribute among those that are read.
    pub fn attribute(&self, name: &str) -> Option<usize> {
        self.attribute_of(name.as_bytes())
    }

    /// The same by the bytes of a key, quick to say no.
    pub fn attribute_of(&self, key: &[u8]) -> Option<usize> {
        match self.quick[slot(key)] {
            0 => None,
            SEVERAL => self.attributes.binary_search_by(|name| name.as_bytes().cmp(key)).ok(),
            one => {
                let at = usize::from(one) - 1;
                (self.attributes[at].as_bytes() == key).then_some(at)
            }
        }
    }

    /// The attribute that holds its own tags; None: it takes none.
    pub fn tags_attribute(&self) -> Option<&'static str> {
        match self.tags {
            TagShape::Map => Some("tags"),
            TagShape::Blocks => Some("tag"),
            TagShape::None | TagShape::Single => None,
        }
    }
}

const SLOTS: usize = 128;

/// Marks bytes that several names share.
const SEVERAL: u8 = u8::MAX;

/// A number below [`SLOTS`] that most names of one type have for themselves.
fn slot(name: &[u8]) -> usize {
    let Some(last) = name.last() else { return 0 };
    let byte = |at: usize| usize::from(name[at]);
    ((name.len() * 17) ^ (byte(0) * 3) ^ (byte(name.len() / 2) * 7) ^ (usize::from(*last) * 29)) % SLOTS
}

fn quick(attributes: &[&str]) -> [u8; SLOTS] {
    let mut quick = [0; SLOTS];
    for (at, name) in attributes.iter().enumerate() {
        let place = &mut quick[slot(name.as_bytes())];
        *place = match u8::try_from(at + 1) {
            Ok(one) if *place == 0 && one != SEVERAL => one,
            _ => SEVERAL,
        };
    }
    quick
}

/// An attribute's place as a bit; those beyond the last bit have none.
pub fn bit(at: usize) -> u64 {
    u32::try_from(at).ok().and_then(|at| 1u64.checked_shl(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_that_is_asked_for_is_found_and_no_other() {
        for ty in ["aws_instance", "aws_lambda_function", "aws_s3_bucket", "aws_autoscaling_group", "x"] {
            let ask = Ask::of(ty);
            for (at, name) in ask.attributes.iter().enumerate() {
                assert_eq!(ask.attribute(name), Some(at), "{ty}.{name}");
                assert_eq!(
                    ask.attribute(&format!("{name}s")),
                    ask.attributes.iter().position(|a| *a == format!("{name}s"))
                );
            }
            assert_eq!((ask.attribute(""), ask.attribute("nothing_of_this_name")), (None, None));
        }
        let many: Vec<String> = (0..300).map(|n| format!("a{n:03}")).collect();
        let names: Vec<&str> = many.iter().map(String::as_str).collect();
        let quick = quick(&names);
        assert!(names.iter().all(|name| quick[slot(name.as_bytes())] != 0));
    }
}
