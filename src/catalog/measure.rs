//! What a configuration contributes to a quota, as data.

use super::quota::QuotaId;

/// Number of a measure. Orders nothing a user sees: it may change with every catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeasureId(pub u16);

/// A path into a resource, segment by segment: `["rule", "statement"]`. Lists, sets and blocks on the way are passed through.
pub type Path = &'static [&'static str];

/// What one instance of a resource type contributes to a quota, and in which scope.
#[derive(Debug)]
pub struct Measure {
    pub id: MeasureId,
    pub quota: QuotaId,
    /// Never an alias: see [`canonical`](super::canonical).
    pub resource_type: &'static str,
    pub amount: Amount,
    pub aggregate: Aggregate,
    /// Which attributes name the scope. Empty: the account or the Region of the instance, as the quota says.
    pub scope: &'static [ScopeKey],
    /// The resource type of the parent, or a text scope such as `availability_zone`. Empty if `scope` is.
    ///
    /// INVARIANT: a parent that is known to be of another type is not a scope of this quota, and the reading is void:
    /// the target of a phone number may be a traffic distribution group.
    pub scope_type: &'static str,
    /// All have to hold.
    pub filter: &'static [FilterTerm],
    /// Measures of a quota with different parts are counted apart, each against the whole limit (inbound and outbound rules).
    /// Empty: one part.
    pub part: &'static str,
    /// Added to the amount of every instance: the default cache behaviour of a distribution.
    pub plus: u64,
    /// The number that AWS or the provider takes where the attribute is not set.
    pub unset: u64,
    /// How much of the limit must stay free: the amount is compared with the limit less this.
    pub spare: u64,
    /// Amounts are multiplied by this to give base units of the quota: attributes in GiB, a quota in bytes.
    pub factor: u64,
    /// The limit is one of the call that creates the object: it holds for instances that are created, not for others.
    pub on_create: bool,
    /// Attributes that add an amount nobody can read (a JSON document, a prefix list); where one is set, the count has no upper bound.
    pub blind: &'static [Path],
    pub notes: &'static str,
}

/// How an instance becomes a number.
///
/// Where several paths are given, their amounts are added.
#[derive(Clone, Copy, Debug)]
pub enum Amount {
    /// `count`: one.
    One,
    /// `each:a`: one for each parent that the list names; the list is also the scope.
    Each(Path),
    /// `value:a`: a number.
    Value(Path),
    /// `sum:a|b`: numbers, added; one below zero counts nothing.
    Sum(&'static [Path]),
    /// `max:a`: the largest of the numbers.
    Max(Path),
    /// `product:a*b+1`: numbers, each with something added first, multiplied.
    Product(&'static [(Path, u64)]),
    /// `len:`, `blocks:`, `sumlen:`: elements of lists, sets, maps and nested blocks; a set text, a number and `true` count one.
    Len(&'static [Path]),
    /// `maxlen:`, `maxblocks:`: the longest of the lists or blocks.
    MaxLen(Path),
    /// `strlen:`: characters.
    Chars(&'static [Path]),
    /// `maxstrlen:`: characters of the longest text.
    MaxChars(Path),
    /// `nospace:`: characters but white space, as IAM counts policies.
    NoSpace(Path),
    /// `bytes:`: bytes of the text.
    Bytes(&'static [Path]),
    /// `jsonbytes:`: bytes of a JSON document without insignificant white space.
    JsonBytes(Path),
    /// `b64len:`: bytes that the base64 text stands for.
    Base64(Path),
    /// `jsonlen:`: bytes of a map written as compact JSON.
    JsonLen(Path),
    /// `json:a.part`: parts of a JSON document.
    Json(Path, JsonPart),
    /// `deep:a/x|y`: blocks with one of these names at any depth below the path.
    Deep(Path, &'static [&'static str]),
    /// `distinct:a|b`: different values. Over several instances see [`Aggregate::Distinct`].
    Distinct(&'static [Path]),
    /// `maxsame:a`: how often the most frequent value occurs over the scope; one instance contributes one.
    MaxSame(Path),
    /// `vcpus:a`: virtual CPUs of the instance type.
    Weight(Path, Table),
}

impl Measure {
    /// Returns the top-level attributes that its amount depends on; some more than once.
    pub fn reads(&self) -> impl Iterator<Item = &'static str> {
        let one: &[Path];
        let (amount, product): (&[Path], &[(Path, u64)]) = match &self.amount {
            Amount::One => (&[], &[]),
            Amount::Sum(paths) | Amount::Len(paths) | Amount::Chars(paths) => (paths, &[]),
            Amount::Bytes(paths) | Amount::Distinct(paths) => (paths, &[]),
            Amount::Product(factors) => (&[], factors),
            Amount::Each(path)
            | Amount::Value(path)
            | Amount::Max(path)
            | Amount::MaxLen(path)
            | Amount::MaxChars(path)
            | Amount::NoSpace(path)
            | Amount::JsonBytes(path)
            | Amount::Base64(path)
            | Amount::JsonLen(path)
            | Amount::Json(path, _)
            | Amount::Deep(path, _)
            | Amount::MaxSame(path)
            | Amount::Weight(path, _) => {
                one = std::slice::from_ref(path);
                (one, &[])
            }
        };
        let asked = self.filter.iter().flat_map(|term| std::iter::once(&term.at).chain(term.paths));
        let paths = amount.iter().chain(product.iter().map(|(path, _)| path)).chain(asked).chain(self.blind);
        paths.filter_map(|path| path.first().copied())
    }
}

/// What of a JSON document is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonPart {
    /// Elements of the array that the document is.
    Items,
    /// Statements of a policy.
    Statements,
    /// Principals over all statements of a policy.
    Principals,
    /// Conditions over all statements of a policy: pairs of operator and key.
    Conditions,
    /// Actions over all statements of a policy.
    Actions,
}

/// Tables of weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Virtual CPUs by EC2 instance type.
    VirtualCpus,
}

/// How the amounts of the instances in one scope come together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// They are added.
    Sum,
    /// One resource is judged by itself: its size, value or own blocks.
    Each,
    /// The largest one is compared.
    Max,
    /// Different values over all instances. A single count is only a bound: their sum from above, the largest from below.
    Distinct,
    /// The most frequent value. Bounds as for [`Aggregate::Distinct`], from below one.
    MaxSame,
}

/// An attribute that names a scope.
#[derive(Clone, Copy, Debug)]
pub enum ScopeKey {
    /// The instance itself is the scope.
    Own,
    /// An attribute that names the parent, or one of the attributes that name it together.
    Attribute {
        name: &'static str,
        /// What AWS takes where it is not set. None: without it the instance has no such parent and the reading is void.
        unset: Option<&'static str>,
    },
    /// An attribute of the parent that an attribute names, and so on: listener → load balancer.
    Through {
        name: &'static str,
        /// The type of each parent on the way and the attribute of it that leads on.
        steps: &'static [(&'static str, &'static str)],
    },
}

impl ScopeKey {
    /// True if the instance itself is the scope.
    pub fn is_own(&self) -> bool {
        matches!(self, ScopeKey::Own)
    }
}

/// A condition on an instance, or on the blocks that are counted.
#[derive(Clone, Copy, Debug)]
pub struct FilterTerm {
    /// The block of the amount's path at whose elements the condition is asked; empty: at the instance.
    pub at: Path,
    /// From there. More than one: any of them.
    pub paths: &'static [Path],
    /// The parents to go through from there, as in [`ScopeKey::Through`]; what the last step leads to is asked.
    pub steps: &'static [(&'static str, &'static str)],
    pub test: Test,
    /// True if the condition holds for an unset attribute as well.
    pub or_unset: bool,
}

/// What is asked of an attribute.
#[derive(Clone, Copy, Debug)]
pub enum Test {
    /// `a=v`, `a in v,w`: one of these. A list has to hold one of them.
    Is(&'static [&'static str]),
    /// `a not v,w`: none of these.
    Not(&'static [&'static str]),
    /// `a set`: not null, empty, `false` or zero.
    Set,
    /// `a unset`.
    Unset,
    /// `a family m,r`: an EC2 instance type of one of these families, the text before its first digit.
    Family(&'static [&'static str]),
    /// `a arn service type`: the ARN of an object of this service, or a reference to one of this type.
    Arn { service: &'static str, resource_type: &'static str },
}
