//! Which version of a provider a root module is run with: as `terraform init` has noted, or as `required_providers` allow.

use std::collections::BTreeMap;

use ecow::EcoString;

use super::{FrameId, Root};
use crate::eval::constant;
use crate::inventory::Versions;
use crate::module::{VersionConstraint, parse_bytes};
use crate::source::Files;

/// The file in which `terraform init` notes the versions that it chose.
const LOCK: &str = ".terraform.lock.hcl";

/// Returns what is known of versions, by the type of the provider: `aws`.
pub(super) fn of_providers(root: &Root<'_>) -> BTreeMap<EcoString, Versions> {
    let mut found = BTreeMap::new();
    for provider in &root.frame(FrameId(0)).module.required_providers {
        if let Some(constraint) = &provider.version {
            add(&mut found, &provider.source, constraint, "`required_providers`");
        }
    }
    let path = root.root_dir.join(LOCK);
    let Ok(bytes) = root.loader.tree.read(&path) else { return found };
    // Not one of the files that are judged.
    let (_, file, problems) = parse_bytes(&Files::default(), &path, &bytes);
    if !problems.is_empty() {
        return found;
    }
    for block in file.body.blocks("provider") {
        let (Some(label), Some(attr)) = (block.labels.first(), block.body.attr("version")) else { continue };
        let version = constant(file.code(), attr.expr).ok();
        let text = version.as_ref().and_then(|v| v.as_str());
        if let Some(constraint) = text.and_then(|t| VersionConstraint::parse(t)) {
            add(&mut found, &label.text, &constraint, "`.terraform.lock.hcl`");
        }
    }
    found
}

fn add(
    found: &mut BTreeMap<EcoString, Versions>,
    source: &str,
    constraint: &VersionConstraint,
    told_by: &'static str,
) {
    let ty = source.rsplit('/').next().unwrap_or(source);
    let (least, below) = constraint.range();
    found.insert(ty.into(), Versions { least, below, told_by });
}
