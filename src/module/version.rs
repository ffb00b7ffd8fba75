//! Version constraints: `>= 1.3, < 2`.

/// The version whose manners the evaluator has.
pub(super) const TERRAFORM: [u64; 3] = [1, 11, 4];

/// One condition of a constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    operator: &'static str,
    segments: Vec<u64>,
    prerelease: bool,
}

/// Conditions that all have to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionConstraint(Vec<Condition>);

/// Longer ones first, so that `>=` is not read as `>`.
const OPERATORS: &[&str] = &["!=", ">=", "<=", "~>", "=", ">", "<"];

impl VersionConstraint {
    /// Reads a constraint. None: it is not written as one.
    pub fn parse(text: &str) -> Option<VersionConstraint> {
        text.split(',').map(condition).collect::<Option<Vec<_>>>().map(VersionConstraint)
    }

    /// True if it names a version with a suffix such as `-beta1`.
    pub fn has_prerelease(&self) -> bool {
        self.0.iter().any(|c| c.prerelease)
    }

    /// Returns the least version that is allowed, and the least above all that are; None: nothing bounds them from above.
    pub fn range(&self) -> ([u64; 3], Option<[u64; 3]>) {
        let (mut least, mut below) = ([0; 3], None::<[u64; 3]>);
        for condition in &self.0 {
            let (from, to) = condition.range();
            least = least.max(from);
            below = match (below, to) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        (least, below)
    }

    /// True if this version of Terraform is allowed.
    pub fn allows_terraform(&self) -> bool {
        self.0.iter().all(|c| c.holds(TERRAFORM))
    }
}

fn condition(text: &str) -> Option<Condition> {
    let text = text.trim();
    let operator = OPERATORS.iter().find(|o| text.starts_with(**o));
    let rest = text.strip_prefix(operator.map_or("", |o| *o)).unwrap_or(text).trim_start();
    let rest = rest.strip_prefix('v').unwrap_or(rest);
    let (numbers, suffix) = match rest.find(['-', '+']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let segments = numbers
        .split('.')
        .map(|s| if s.bytes().all(|b| b.is_ascii_digit()) { s.parse().ok() } else { None })
        .collect::<Option<Vec<u64>>>()?;
    let named =
        suffix.chars().skip(1).all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '~'));
    if !named || suffix.len() == 1 {
        return None;
    }
    Some(Condition { operator: operator.map_or("=", |o| *o), segments, prerelease: suffix.starts_with('-') })
}

impl Condition {
    fn range(&self) -> ([u64; 3], Option<[u64; 3]>) {
        let mut at = [0; 3];
        for (to, from) in at.iter_mut().zip(&self.segments) {
            *to = *from;
        }
        let next = |place: usize| {
            let mut version = [0; 3];
            version[..=place].copy_from_slice(&at[..=place]);
            version[place] = version[place].saturating_add(1);
            version
        };
        match self.operator {
            "=" => (at, Some(next(2))),
            ">" => (next(2), None),
            ">=" => (at, None),
            "<" => ([0; 3], Some(at)),
            "<=" => ([0; 3], Some(next(2))),
            "~>" => match self.segments.len().saturating_sub(1).min(3) {
                0 => (at, None),
                fixed => (at, Some(next(fixed - 1))),
            },
            _ => ([0; 3], None),
        }
    }

    fn holds(&self, version: [u64; 3]) -> bool {
        let mut wanted = [0; 3];
        for (to, from) in wanted.iter_mut().zip(&self.segments) {
            *to = *from;
        }
        match self.operator {
            "=" => version == wanted,
            "!=" => version != wanted,
            ">" => version > wanted,
            ">=" => version >= wanted,
            "<" => version < wanted,
            "<=" => version <= wanted,
            // All but the last segment that is written have to be equal.
            _ => {
                let fixed = self.segments.len().saturating_sub(1).min(3);
                version >= wanted && version[..fixed] == wanted[..fixed]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_covers_what_is_allowed() {
        for (text, least, below) in [
            ("~> 5.0", [5, 0, 0], Some([6, 0, 0])),
            ("~> 5.39.1", [5, 39, 1], Some([5, 40, 0])),
            ("~> 5", [5, 0, 0], None),
            (">= 4.2, < 6", [4, 2, 0], Some([6, 0, 0])),
            ("5.39.0", [5, 39, 0], Some([5, 39, 1])),
            ("<= 5.1, != 5.0.3", [0, 0, 0], Some([5, 1, 1])),
            ("> 5.1", [5, 1, 1], None),
        ] {
            assert_eq!(VersionConstraint::parse(text).map(|c| c.range()), Some((least, below)), "{text}");
        }
    }

    #[test]
    fn constraints_hold_as_terraform_says() {
        for (text, holds) in [
            (">= 1.3", true),
            ("~> 1.11.0", true),
            ("~> 1.3", true),
            ("~> 1.3.0", false),
            ("1.11.4", true),
            ("= 1.11", false),
            (">= 1.3, < 1.11", false),
            ("!= 1.11.4", false),
            ("> 99", false),
            ("~> 1", true),
        ] {
            assert_eq!(VersionConstraint::parse(text).map(|c| c.allows_terraform()), Some(holds), "{text}");
        }
        for text in ["", "one", ">=", ">= 1.x", "=> 1", ">= 1.3,"] {
            assert_eq!(VersionConstraint::parse(text), None, "{text}");
        }
        assert!(VersionConstraint::parse(">= 1.3-beta1").is_some_and(|c| c.has_prerelease()));
    }
}
