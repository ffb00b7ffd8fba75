//! Whether `default_tags` reach tags in other shapes than a resource's own.

use crate::inventory::Versions;

/// Type, shape, version, page: see the file.
const TABLE: &str = include_str!("data/reach.tsv");

/// Whether default_tags are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Yes,
    No,
    /// It depends on the provider's version, as the text says.
    Open(String),
}

/// Returns whether default_tags reach the tags of that shape: `volume_tags`, `tag_specifications volume`.
pub(super) fn reach(ty: &str, shape: &str, versions: Option<&Versions>) -> Reach {
    let name = shape.split(' ').next().unwrap_or(shape);
    let row = rows().find(|row| row.ty == ty && row.shape == name);
    let whether = format!("whether default_tags reach `{shape}`");
    let Some(row) = row else {
        return Reach::Open(format!("{whether}, which depends on the provider's version"));
    };
    let Some(since) = row.since else { return Reach::No };
    match (versions.map(|v| v.since(since)), versions) {
        (Some(Some(true)), _) => Reach::Yes,
        (Some(Some(false)), _) => Reach::No,
        (_, known) => {
            let told = known.map_or_else(
                || "no version is stated".to_owned(),
                |v| format!("{} allows older and later ones", v.told_by),
            );
            let [a, b, c] = since;
            Reach::Open(format!("{whether}: they do from version {a}.{b}.{c} of the provider on, and {told}"))
        }
    }
}

struct Row {
    ty: &'static str,
    shape: &'static str,
    /// None: never.
    since: Option<[u64; 3]>,
}

fn rows() -> impl Iterator<Item = Row> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut fields = line.split('\t');
        let (ty, shape, since) = (fields.next()?, fields.next()?, fields.next()?);
        Some(Row { ty, shape, since: version(since) })
    })
}

fn version(text: &str) -> Option<[u64; 3]> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some([parts.next()??, parts.next()??, parts.next()??])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(least: [u64; 3], below: Option<[u64; 3]>) -> Versions {
        Versions { least, below, told_by: "`required_providers`" }
    }

    #[test]
    fn rows_are_whole_and_name_types_that_take_such_tags() {
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<&str> = line.split('\t').collect();
            let [ty, shape, since, page] = fields[..] else { panic!("{line}") };
            assert!(since == "never" || version(since).is_some(), "{line}");
            assert!(page.starts_with("https://"), "{line}");
            let taggable = crate::catalog::taggable(ty).unwrap_or_else(|| panic!("{line}"));
            assert!(taggable.also.iter().any(|path| path[0] == shape), "{line}");
        }
        assert!(rows().count() > 3);
    }

    #[test]
    fn the_version_decides_where_it_is_known() {
        let of = |v: Option<Versions>| reach("aws_instance", "volume_tags", v.as_ref());
        assert_eq!(of(Some(versions([5, 39, 0], Some([5, 39, 1])))), Reach::Yes);
        assert_eq!(of(Some(versions([6, 0, 0], None))), Reach::Yes);
        assert_eq!(of(Some(versions([4, 0, 0], Some([5, 0, 0])))), Reach::No);
        let Reach::Open(text) = of(Some(versions([5, 0, 0], Some([6, 0, 0])))) else { panic!() };
        assert!(text.contains("5.39.0") && text.contains("`required_providers` allows older"), "{text}");
        let Reach::Open(text) = of(None) else { panic!() };
        assert!(text.ends_with("no version is stated"), "{text}");
        assert_eq!(reach("aws_launch_template", "tag_specifications volume", None), Reach::No);
        assert!(matches!(reach("aws_spot_fleet_request", "launch_specification", None), Reach::Open(_)));
    }
}
