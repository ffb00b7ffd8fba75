//! What makes a fault the same one in another run: its rule, subject and addresses, never its lines.

use std::collections::HashMap;

use super::Report;
use crate::finding::Finding;
use crate::source::Files;

/// Returns a fingerprint for each finding, in their order; no two are equal.
pub fn fingerprints(report: &Report, findings: &[Finding], files: &Files) -> Vec<String> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    findings
        .iter()
        .map(|f| {
            let identity = identity(report, f, files);
            // Faults that say the same of the same addresses are told apart by their number.
            let number = seen.entry(identity.clone()).and_modify(|n| *n += 1).or_insert(0);
            format!("{:016x}", fnv1a(format!("{identity}|{number}").as_bytes()))
        })
        .collect()
}

/// Returns a text that names the same fault in every run, wherever its lines have moved.
fn identity(report: &Report, finding: &Finding, files: &Files) -> String {
    let mut identity = finding.identity();
    if let Some(scope) = report.projection(finding).map(|p| &p.scope) {
        for part in [&scope.account, &scope.region, &scope.parent] {
            identity.push('|');
            identity.push_str(part.as_deref().unwrap_or_default());
        }
        if let Some(root) = &scope.root {
            identity.push_str(&format!("|{}", report.origin.path(root)));
        }
    }
    // A comment or a block of the settings has no address: its own text is what it is known by.
    for span in finding.places.iter().filter(|p| p.address.is_none()).filter_map(|p| p.span) {
        let (file, at) = (files.get(span.file), files.locate(span));
        identity.push_str(&format!("|{}|{}", report.origin.path(&at.path), file.line_text(at.line).trim()));
    }
    identity
}

/// FNV-1a, 64 bits: stable over versions and machines, which std's hashers do not promise.
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3))
}
