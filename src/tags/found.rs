//! Faults of instances, folded by what they say and where.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use super::effective::{EffectiveTag, Origin};
use super::faults::Judged;
use super::judge::Block;
use super::trace::{TagInput, Written, may_differ, of_fault};
use super::verdict::{FaultKind, Mends};
use crate::finding::Severity;
use crate::inventory::{OtherTags, ProviderConfig, TagValue};
use crate::source::Span;
use crate::value::{Cause, CauseKind};

/// What faults are folded by: cheap to copy and to hash, for it is made for every fault of every instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) fault: Fault,
    pub(super) place: PlaceId,
    pub(super) span: Option<Span>,
    pub(super) existing: bool,
}

/// Number of a place that faults point at.
pub(super) type PlaceId = u32;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Folded {
    pub(super) types: BTreeSet<EcoString>,
    pub(super) instances: u64,
    pub(super) example: String,
    pub(super) head: Option<Span>,
    pub(super) mends: Option<Mends>,
    pub(super) own: bool,
    pub(super) written: Vec<Written>,
    pub(super) inputs: Vec<TagInput>,
}

/// One fault of one instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Fault {
    pub(super) kind: FaultKind,
    pub(super) key: EcoString,
    pub(super) what: EcoString,
    pub(super) value: Option<EcoString>,
    pub(super) hint: Option<EcoString>,
    pub(super) cause: Option<Cause>,
    pub(super) origin: Origin,
    pub(super) severity: Option<Severity>,
    pub(super) default: Option<EcoString>,
    pub(super) general: bool,
}

impl Fault {
    pub(super) fn new(kind: FaultKind, key: &EcoString, what: impl Into<EcoString>) -> Fault {
        Fault {
            kind,
            key: key.clone(),
            what: what.into(),
            value: None,
            hint: None,
            cause: None,
            origin: Origin::Resource,
            severity: None,
            default: None,
            general: false,
        }
    }

    pub(super) fn of(kind: FaultKind, tag: &EffectiveTag<'_>, what: impl Into<EcoString>) -> Fault {
        let value = match tag.value {
            TagValue::Known(value) => Some(value.clone()),
            TagValue::Sensitive(_) | TagValue::Unknown(_) | TagValue::Null => None,
        };
        Fault { value, origin: tag.origin, ..Fault::new(kind, tag.key, what) }
    }
}

/// How many different values of one fault a block keeps, and how many different causes.
pub(super) const VALUES_KEPT: usize = 20;

/// Faults by what they say and where.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) groups: HashMap<Group, Folded>,
    pub(super) places: Vec<(usize, String)>,
    pub(super) by_place: HashMap<(usize, String), PlaceId>,
    /// How many different values a fault has at a place.
    pub(super) values: HashMap<Said, usize>,
    /// How many different attributes it waits for, and the first one.
    pub(super) causes: HashMap<Said, (usize, Cause)>,
}

/// What a fault says of a place.
type Said = (PlaceId, FaultKind, EcoString, EcoString);

impl Found {
    pub(super) fn place(&mut self, input: usize, text: String) -> PlaceId {
        let key = (input, text);
        if let Some(id) = self.by_place.get(&key) {
            return *id;
        }
        let id = PlaceId::try_from(self.places.len()).expect("bug: more than 4 billion places");
        self.places.push(key.clone());
        self.by_place.insert(key, id);
        id
    }

    pub(super) fn add(
        &mut self,
        mut group: Group,
        judged: &Judged<'_>,
        written: impl Fn(&Fault) -> Vec<Written>,
        make: impl FnOnce() -> Folded,
    ) {
        if !self.groups.contains_key(&group) && group.fault.value.is_some() {
            let fault = &group.fault;
            let key = (group.place, fault.kind, fault.key.clone(), fault.what.clone());
            let seen = self.values.entry(key).or_insert(0);
            *seen += 1;
            if *seen > VALUES_KEPT {
                (group.fault.value, group.fault.hint) = (None, None);
            }
        }
        // What a plan leaves open is each instance's own value.
        if let Some(cause) = group.fault.cause.as_ref().filter(|c| c.kind() == CauseKind::Attribute)
            && !self.groups.contains_key(&group)
        {
            let fault = &group.fault;
            let key = (group.place, fault.kind, fault.key.clone(), fault.what.clone());
            let (seen, first) = self.causes.entry(key).or_insert_with(|| (0, cause.clone()));
            *seen += 1;
            if *seen > VALUES_KEPT {
                group.fault.cause = Some(first.clone());
            }
        }
        let folded = match self.groups.entry(group) {
            Entry::Vacant(entry) => {
                let written = written(&entry.key().fault);
                entry.insert(Folded { written, ..make() })
            }
            Entry::Occupied(entry) if may_differ(&entry.get().written) => {
                let more = written(&entry.key().fault);
                let folded = entry.into_mut();
                folded.written.extend(more);
                folded.written.sort();
                folded.written.dedup();
                folded
            }
            Entry::Occupied(entry) => entry.into_mut(),
        };
        folded.instances += judged.count;
        let ty = &judged.instance.address.block.ty;
        if !folded.types.contains(ty) {
            folded.types.insert(ty.clone());
        }
    }
}

pub(super) fn fold(
    found: &mut Found,
    judged: &Judged<'_>,
    block: &Block<'_>,
    other: Option<&OtherTags>,
    faults: Vec<Fault>,
) {
    let instance = judged.instance;
    for fault in faults {
        let missing = fault.kind == FaultKind::Missing;
        let default = judged.provider.filter(|_| fault.origin == Origin::Default && !missing);
        let (place, span) = match (other, default) {
            (Some(other), _) => {
                let text = format!("{} {}", block.address, other.shape);
                (found.place(judged.input, text), other.span.or(instance.origin))
            }
            // One configuration may serve several inputs, and is mended once.
            (None, Some(p)) => (found.place(0, provider_text(p)), p.default_tags_span.or(p.span)),
            (None, None) => (block.place, judged.at.or(instance.tags_span).or(instance.origin)),
        };
        let group = Group { fault, place, span, existing: judged.existing };
        let in_module = instance.address.module.is_some();
        let shape = other.map_or("tags", |o| o.shape.as_str());
        let written = |fault: &Fault| of_fault(judged.trace, fault, &instance.address, default, shape);
        found.add(group, judged, written, || Folded {
            written: Vec::new(),
            inputs: match judged.trace.filter(|_| missing && other.is_none() && in_module) {
                Some(trace) => trace.inputs(&instance.address),
                None => Vec::new(),
            },
            types: BTreeSet::new(),
            instances: 0,
            example: instance.address.to_string(),
            head: default.map_or(instance.origin, |p| p.span),
            own: other.is_none(),
            mends: judged.provider.filter(|_| missing && other.is_none() && judged.reached).map(mends),
        });
    }
}

fn mends(provider: &ProviderConfig) -> Mends {
    Mends { provider: provider_text(provider), default_tags: provider.default_tags_span, span: provider.span }
}

fn provider_text(provider: &ProviderConfig) -> String {
    let module = provider.module.as_ref().map(|m| format!(" in {m}")).unwrap_or_default();
    match &provider.alias {
        Some(alias) => format!("provider {}.{alias}{module}", provider.name),
        None => format!("provider {}{module}", provider.name),
    }
}
