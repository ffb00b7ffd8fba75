//! What is known of a value that is not known yet.

use std::sync::Arc;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use super::Value;
use super::number::Number;
use super::types::Type;
use crate::source::Span;

/// A value that is not known: its type, what is known of it, why, and what it stands for.
#[derive(Clone, Debug)]
pub struct Unknown {
    pub ty: Type,
    pub refine: Refine,
    pub why: Cause,
    pub is: Identity,
}

/// What is known of an unknown value all the same; Terraform calls these refinements.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refine {
    /// True if the value will certainly not be null.
    pub not_null: bool,
    /// What a string certainly begins with; empty if nothing is known.
    pub prefix: EcoString,
    /// The lower bound of a number and whether the bound itself is included.
    pub min: Option<(Number, bool)>,
    /// The upper bound of a number and whether the bound itself is included.
    pub max: Option<(Number, bool)>,
    /// The least length of a collection.
    pub len_min: u64,
    /// The greatest length of a collection. None: nothing bounds it from above.
    pub len_max: Option<u64>,
}

impl Refine {
    /// Claims only that the value is not null.
    pub fn not_null() -> Refine {
        Refine { not_null: true, ..Refine::default() }
    }
}

impl Value {
    /// Returns an unknown of which this is known, or what it must be if that leaves but one possibility.
    ///
    /// A list of known length becomes a list of unknowns; nothing is known of a value of unknown type.
    pub fn refined(ty: Type, refine: Refine, why: Cause) -> Value {
        Value::unknown_with(ty, refine, why).settled()
    }

    /// Returns a value in place of an unknown that can be nothing else; others unchanged.
    #[must_use]
    pub(crate) fn settled(self) -> Value {
        let Value::Unknown(u) = &self else {
            return self;
        };
        if u.ty == Type::Dynamic && u.refine != Refine::default() {
            return Value::unknown_as(Type::Dynamic, Refine::default(), u.why.clone(), u.is.clone());
        }
        if !u.refine.not_null {
            return self;
        }
        if let (Some((min, true)), Some((max, true))) = (&u.refine.min, &u.refine.max)
            && min == max
        {
            return Value::Number(min.clone());
        }
        let exact = u.refine.len_max.filter(|&max| max == u.refine.len_min);
        let element = |e: &Type| Value::unknown(e.clone(), u.why.clone());
        match (&u.ty, exact) {
            (Type::List(e), Some(n)) => {
                Value::list((**e).clone(), vec![element(e); usize::try_from(n).unwrap_or(usize::MAX)])
            }
            (Type::Set(e), Some(0)) => Value::set((**e).clone(), Vec::new()),
            (Type::Set(e), Some(1)) => Value::set((**e).clone(), vec![element(e)]),
            (Type::Map(e), Some(0)) => Value::map((**e).clone(), Vec::new()),
            _ => self,
        }
    }
}

/// The first reason why a value is unknown. Cheap to clone; compared by content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cause(Arc<CauseInfo>);

/// What a [`Cause`] says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CauseInfo {
    pub kind: CauseKind,
    /// What the user knows it by: `var.azs`, `data.aws_x.y.names`, `timestamp()`.
    pub name: EcoString,
    /// Where it is declared or used.
    pub span: Option<Span>,
}

/// The kinds of reasons for an unknown value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CauseKind {
    /// A variable without a value.
    Variable,
    /// An attribute of a data source, which only a real plan reads.
    Data,
    /// An attribute of a resource that is known only after apply.
    Attribute,
    /// A function whose result differs from run to run (`timestamp()`, `uuid()`).
    Function,
    /// A module that is not on disk.
    Module,
    /// An expression that failed; the failure is reported where it happened.
    Failed,
    /// An unknown of the conformance vectors or of a plan, without a further reason.
    Unstated,
}

impl Cause {
    pub fn new(kind: CauseKind, name: impl Into<EcoString>, span: Option<Span>) -> Cause {
        Cause(Arc::new(CauseInfo { kind, name: name.into(), span }))
    }

    /// A cause that nobody stated.
    pub fn unstated() -> Cause {
        static UNSTATED: std::sync::OnceLock<Cause> = std::sync::OnceLock::new();
        UNSTATED.get_or_init(|| Cause::new(CauseKind::Unstated, "", None)).clone()
    }

    pub fn kind(&self) -> CauseKind {
        self.0.kind
    }

    pub fn name(&self) -> &EcoString {
        &self.0.name
    }

    pub fn span(&self) -> Option<Span> {
        self.0.span
    }
}

/// Number of an object (resource instance, data instance, root variable) within one root module or plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub u32);

impl ObjectId {
    /// Stands for any nested block: attributes that the source does not set are the provider's, whosoever they are.
    pub const NESTED: ObjectId = ObjectId(u32::MAX);
}

/// An attribute of an object, as that for which an unknown value stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Referent {
    pub object: ObjectId,
    pub attr: EcoString,
}

/// One of the values an unknown may turn out to be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Candidate {
    Is(Referent),
    Text(EcoString),
}

/// What an unknown value stands for.
///
/// INVARIANT: evaluation never looks at it; only the resolution of scopes does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Identity {
    #[default]
    Nobody,
    Is(Referent),
    OneOf(Arc<[Candidate]>),
}

impl Identity {
    /// Returns all candidates, or None if it may be anything.
    pub fn candidates(&self) -> Option<Vec<Candidate>> {
        match self {
            Identity::Nobody => None,
            Identity::Is(r) => Some(vec![Candidate::Is(r.clone())]),
            Identity::OneOf(cs) => Some(cs.to_vec()),
        }
    }

    /// Returns the identity of a value that is one of those candidates.
    pub fn one_of(mut candidates: Vec<Candidate>) -> Identity {
        candidates.sort();
        candidates.dedup();
        match candidates.as_slice() {
            [] => Identity::Nobody,
            [Candidate::Is(r)] => Identity::Is(r.clone()),
            _ => Identity::OneOf(candidates.into()),
        }
    }
}
