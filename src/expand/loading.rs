//! What keeps a root module from being loaded: backends, versions, and the providers of modules.

use crate::finding::{Diagnostic, Severity};
use crate::module::tree::{NodeId, Tree};
use crate::module::{Module, Repeat};

/// Lists what keeps a root module from being loaded; of what it calls only if it is itself in order.
pub(super) fn loading(tree: &Tree) -> Vec<Diagnostic> {
    let error = |d: &Diagnostic| d.severity == Severity::Error;
    let root = &tree.node(NodeId(0)).module;
    let versions = |module: &Module| -> Vec<Diagnostic> {
        let refused = module.required_versions.iter().filter(|(v, _)| !v.allows_terraform());
        refused
            .map(|(_, span)| {
                Diagnostic::error(
                    "Unsupported Terraform Core version",
                    "This configuration does not support Terraform version 1.11.4, whose manners are followed here.",
                    Some(*span),
                )
            })
            .collect()
    };
    let found = versions(root);
    if !found.is_empty() {
        return found;
    }
    let mut found = root.diagnostics.clone();
    found.extend(root.newer.iter().cloned());
    let mut seen = std::collections::HashSet::from([std::sync::Arc::as_ptr(root)]);
    for node in &tree.nodes[1..] {
        if !seen.insert(std::sync::Arc::as_ptr(&node.module)) {
            continue;
        }
        let refused = versions(&node.module);
        if refused.is_empty() {
            found.extend(node.module.diagnostics.iter().cloned());
            found.extend(node.module.newer.iter().cloned());
        }
        found.extend(refused);
        found.extend(node.module.imports.first().map(|import| {
            Diagnostic::error(
                "Invalid import configuration",
                "Import blocks are only allowed in the root module.",
                Some(import.span),
            )
        }));
    }
    found.extend(tree.diagnostics.iter().cloned());
    for missing in &tree.missing {
        found.push(match missing.local {
            true => Diagnostic::error(
                "Unreadable module directory",
                format!(
                    "The directory {} could not be read for {}.",
                    missing.source.as_deref().unwrap_or_default(),
                    missing.address
                ),
                None,
            )
            .origin(missing.address.clone()),
            false => Diagnostic::error(
                "Module not installed",
                format!(
                    "`{}` comes from {:?} and is not here.",
                    missing.address,
                    missing.source.as_deref().unwrap_or("a place that is not known")
                ),
                Some(missing.call),
            )
            .help("run `terraform init`"),
        });
    }
    found.extend(passed_providers(tree));
    if !found.iter().any(error) {
        found.extend(backend(root));
    }
    found
}

/// The backends that Terraform brings.
const BACKENDS: &[&str] =
    &["local", "remote", "azurerm", "consul", "cos", "gcs", "http", "inmem", "kubernetes", "oss", "pg", "s3"];

fn backend(root: &Module) -> Vec<Diagnostic> {
    let mut found = root.backend_problems.clone();
    if let Some((ty, span)) = &root.backend
        && !is_backend(ty)
    {
        let detail = format!("There is no backend type named {ty:?}.");
        found.push(Diagnostic::error("Unsupported backend type", detail, Some(*span)));
    }
    found
}

pub(super) fn is_backend(ty: &str) -> bool {
    BACKENDS.contains(&ty)
}

/// Complains of modules with provider configurations of their own that are called as if they had none.
pub(super) fn own_providers(tree: &Tree) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for node in &tree.nodes[1..] {
        let Some((parent, call)) = node.parent else { continue };
        let caller = &tree.node(parent).module;
        let call = &caller.calls[call as usize];
        if let Some(at) = call.repeat.at().or(call.depends_on.first().copied())
            && node.module.providers.iter().any(|b| !b.items.is_empty())
        {
            found.push(Diagnostic::error(
                "Module is incompatible with count, for_each, and depends_on",
                format!(
                    "The module contains its own local provider configurations, and so calls to it may not use the count, for_each, {}or depends_on arguments.",
                    if matches!(call.repeat, Repeat::Enabled(_)) { "enabled, " } else { "" }
                ),
                Some(caller.span(at)),
            ));
        }
    }
    found
}

/// Checks the provider configurations that modules pass to each other.
fn passed_providers(tree: &Tree) -> Vec<Diagnostic> {
    let mut found = own_providers(tree);
    for node in &tree.nodes[1..] {
        let Some((parent, call)) = node.parent else { continue };
        let caller = &tree.node(parent).module;
        let call = &caller.calls[call as usize];
        let configured = |p: &crate::module::ProviderName| {
            node.module.providers.iter().any(|b| b.name == *p && !b.items.is_empty())
        };
        for (at, (inner, _)) in call.providers.iter().enumerate().filter(|(_, (inner, _))| configured(inner))
        {
            found.push(Diagnostic::error(
                "Cannot override provider configuration",
                format!(
                    "The module has its own configuration for {}, and so it cannot accept one from its caller.",
                    inner.name
                ),
                call.provider_spans.get(at).copied(),
            ));
        }
        for alias in node.module.required_providers.iter().flat_map(|p| &p.aliases) {
            if !configured(alias) && !call.providers.iter().any(|(inner, _)| inner == alias) {
                found.push(Diagnostic::error(
                    "Missing required provider configuration",
                    format!(
                        "The child module requires an additional configuration for provider {}, which the call has to pass in its argument \"providers\".",
                        alias.name
                    ),
                    Some(call.span),
                ));
            }
        }
    }
    found
}
