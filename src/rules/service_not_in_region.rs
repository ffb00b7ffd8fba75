//! `service-not-in-region`: a resource of a service in a Region that does not have it.

use std::collections::BTreeMap;

use super::{Context, finding};
use crate::finding::{Finding, Place, Severity};
use crate::projection::{Part, Projection};
use crate::words::{list_some, several};

pub(super) const ID: &str = "service-not-in-region";
/// A warning only: a Region may have got the service since the list was made.
pub(super) const SEVERITY: Severity = Severity::Warning;

/// Services with the Regions that have them, as of 2026.
///
/// <https://docs.aws.amazon.com/general/latest/gr/connect_region.html>
const REGIONS: [(&str, &str, &[&str]); 1] = [(
    "connect",
    "Amazon Connect",
    &[
        "us-east-1",
        "us-west-2",
        "ca-central-1",
        "eu-central-1",
        "eu-west-2",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "af-south-1",
        "us-gov-west-1",
    ],
)];

pub(super) fn run(context: &Context<'_>) -> Vec<Finding> {
    let mut elsewhere: BTreeMap<(&str, &str), Vec<&Projection>> = BTreeMap::new();
    for p in context.projected.projections.iter() {
        if let Some(found) = missing(p) {
            elsewhere.entry(found).or_default().push(p);
        }
    }
    elsewhere.into_iter().map(|((service, region), all)| report(service, region, &all)).collect()
}

/// Returns the service that is not known to be where it is counted, and the Region.
fn missing(p: &Projection) -> Option<(&'static str, &str)> {
    let region = p.scope.region.as_deref().filter(|r| is_region(r))?;
    let service = REGIONS
        .iter()
        .find(|(service, _, regions)| p.quota.service == *service && !regions.contains(&region));
    service.map(|(_, name, _)| (*name, region))
}

pub(super) fn is_elsewhere(p: &Projection) -> bool {
    missing(p).is_some()
}

fn report(service: &str, region: &str, all: &[&Projection]) -> Finding {
    let mut parts: Vec<&Part> = all.iter().flat_map(|p| &p.parts).collect();
    // By name before place: the numbers of files differ with the threads that read them.
    parts.sort_by(|a, b| (&a.address, &a.root, a.span).cmp(&(&b.address, &b.root, b.span)));
    let mut places: Vec<Place> = parts
        .into_iter()
        .map(|part| Place { address: Some(part.address.to_string()), span: part.span, label: None })
        .collect();
    places.dedup();
    let blocks: Vec<&str> = places.iter().filter_map(|p| p.address.as_deref()).collect();
    let message = format!(
        "{service} is not known to be in {region}: {} ({})",
        several(blocks.len() as u64, "block"),
        list_some(&blocks, 3)
    );
    let mut found = finding(ID, SEVERITY, message);
    let regions =
        REGIONS.iter().find(|(_, name, _)| *name == service).map_or(&[][..], |(_, _, regions)| regions);
    found.help = Some(format!("as of 2026 it is in {}", list_some(regions, regions.len())));
    found.places_total = places.len() as u64;
    found.places = places;
    found
}

/// True for the name of a Region, not for a description of one that is not known.
fn is_region(text: &str) -> bool {
    text.contains('-') && !text.contains(' ')
}
