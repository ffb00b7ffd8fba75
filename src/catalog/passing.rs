//! What AWS makes for a resource, and which tags it gets.

use super::measure::Path;
use super::{canonical, tables};

/// Objects that AWS makes for a resource, and what says which tags they get.
#[derive(Debug, PartialEq, Eq)]
pub struct Passing {
    pub resource_type: &'static str,
    /// The objects, to follow "does not reach": `its tasks`.
    pub what: &'static str,
    /// The block that makes them, once for each; empty: the resource itself.
    pub block: Path,
    /// In that block, what says which tags are passed on; empty: always those of what `via` names.
    pub switch: Path,
    /// Values of it with which the resource's own tags are passed on.
    pub own: &'static [&'static str],
    /// Values with which the tags of what `via` names are.
    pub lent: &'static [&'static str],
    /// Values with which the tags of other objects are, which are judged by themselves.
    pub outside: &'static [&'static str],
    /// Where another resource is named, from the resource on.
    pub via: &'static [Path],
    /// Its type; empty: no other resource.
    pub of: &'static str,
    /// What of its tags: those of its `tag_specifications` for this; empty: its own.
    pub part: &'static str,
    /// In the block, a map of further tags.
    pub adds: Path,
    /// Its `tag` blocks with `propagate_at_launch` are passed on.
    pub launched: bool,
    /// Where one of these is set, tags are judged there.
    pub unless: &'static [Path],
    /// In the block, values without which nothing is made.
    pub only: &'static [(Path, &'static [&'static str])],
    /// default_tags reach them as they reach tags in this shape; empty: they do not.
    pub defaults: &'static str,
    /// The smallest change that mends it.
    pub repair: &'static str,
    /// The page that says so.
    pub source: &'static str,
}

impl Passing {
    /// True if the tags of another resource are passed on whatever the resource says.
    pub fn always_lends(&self) -> bool {
        self.switch.is_empty() && !self.of.is_empty()
    }
}

/// Returns what AWS makes, by the type of the resource.
pub fn all_passing() -> &'static [Passing] {
    &tables::PASSING
}

/// Returns what AWS makes for resources of a type.
pub fn passing(resource_type: &str) -> &'static [Passing] {
    let ty = canonical(resource_type);
    let all = &tables::PASSING;
    let from = all.partition_point(|p| p.resource_type < ty);
    let to = all.partition_point(|p| p.resource_type <= ty);
    &all[from..to]
}

/// True if the path of a block leads to one that names a resource: `launch_template`.
pub fn leads_in(block: &str) -> bool {
    let inside = |path: &Path| path.len() > 1 && starts(path, block) == Some(true);
    tables::PASSING.iter().any(|p| p.via.iter().any(inside))
}

/// True if the path of an attribute in a block names a resource: `launch_template.id`.
pub fn is_lead(path: &str) -> bool {
    tables::PASSING.iter().any(|p| p.via.iter().any(|via| starts(via, path) == Some(false)))
}

/// Returns whether a path goes on after a dotted one; None: it is another.
fn starts(path: Path, dotted: &str) -> Option<bool> {
    let mut names = path.iter();
    dotted.split('.').all(|name| names.next() == Some(&name)).then(|| names.next().is_some())
}

/// The types of resources whose tags others pass on.
pub(super) fn lenders() -> impl Iterator<Item = &'static str> {
    tables::PASSING.iter().map(|p| p.of).filter(|of| !of.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_objects_of_a_type_are_found() {
        let what = |ty| passing(ty).iter().map(|p| p.what).collect::<Vec<_>>();
        assert_eq!(what("aws_ecs_service"), ["its tasks", "the volumes of its tasks"]);
        assert_eq!(what("aws_db_instance"), ["its snapshots"]);
        assert!(what("aws_sqs_queue").is_empty());
    }

    #[test]
    fn every_row_says_where_tags_come_from_and_how_to_mend_it() {
        for row in &tables::PASSING {
            let comes = !row.own.is_empty()
                || !row.of.is_empty()
                || !row.outside.is_empty()
                || row.launched
                || !row.defaults.is_empty();
            assert!(comes, "{row:?}");
            assert!(row.lent.is_empty() || !row.of.is_empty(), "{row:?}");
            assert!(row.repair.contains('`'), "{row:?}");
        }
    }
}
