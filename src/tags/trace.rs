//! Where in the source a tag that is at fault comes from.

use std::fmt;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use super::effective::Origin;
use super::found::Fault;
use super::verdict::FaultKind;
use crate::address::Address;
use crate::inventory::ProviderConfig;
use crate::source::Span;

/// Where a tag is written, if that is not where the resource has its tags.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Written {
    pub span: Span,
    /// The names it comes through, from where it is used: `local.common`, `module.labels.tags`.
    pub through: Vec<EcoString>,
}

/// An argument of a module call that reaches a resource's tags, key for key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TagInput {
    /// `module.a.module.b`
    pub call: EcoString,
    /// The argument; the head of the call where it is not given yet.
    pub span: Span,
    pub given: bool,
}

/// A tag that is at fault.
#[derive(Clone, Copy, Debug)]
pub struct Traced<'a> {
    /// An instance that has it.
    pub address: &'a Address,
    /// The provider configuration, if its `default_tags` set it.
    pub default: Option<&'a ProviderConfig>,
    /// `tags`, or what stands in its place.
    pub shape: &'a str,
    pub key: &'a str,
    /// Its value, if it is known and may be shown.
    pub value: Option<&'a str>,
}

/// Finds where tags are written. Asked of faults only, once for each that differs.
pub trait Trace: fmt::Debug {
    /// Returns all places that may be meant; none: the input does not tell.
    fn written(&self, tag: Traced<'_>) -> Vec<Written>;

    /// Returns the arguments of module calls that a missing tag can be added to, the innermost first.
    fn inputs(&self, address: &Address) -> Vec<TagInput>;
}

/// More places than this help nobody.
const MOST: usize = 8;

/// Returns where the tag of a fault is written.
pub(super) fn of_fault(
    trace: Option<&dyn Trace>,
    fault: &Fault,
    address: &Address,
    default: Option<&ProviderConfig>,
    shape: &str,
) -> Vec<Written> {
    let Some(trace) = trace.filter(|_| is_asked(fault)) else { return Vec::new() };
    let (key, value) = (fault.key.as_str(), fault.value.as_deref());
    trace.written(Traced { address, default, shape, key, value })
}

/// True of what is written somewhere: a key that is missing is not.
fn is_asked(fault: &Fault) -> bool {
    let written = match fault.kind {
        FaultKind::Value
        | FaultKind::Format
        | FaultKind::Limit
        | FaultKind::Unstable
        | FaultKind::KeyCase => true,
        FaultKind::Missing | FaultKind::Undecided | FaultKind::NotPassed => false,
    };
    let here = match fault.origin {
        Origin::Resource | Origin::Default => true,
        Origin::Plan | Origin::Attached => false,
    };
    written && here && !fault.key.is_empty()
}

/// True if another instance of the block may have it from elsewhere.
pub(super) fn may_differ(written: &[Written]) -> bool {
    written.len() < MOST && written.iter().any(|w| w.through.iter().any(|name| name == "each.value"))
}
