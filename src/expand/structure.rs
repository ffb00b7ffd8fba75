//! What the code alone shows to be wrong between modules and against schemas, without evaluating anything.

use std::collections::HashSet;

use super::graph::{Found, Graph, Providers};
use crate::address::Key;
use crate::address::Mode;
use crate::finding::{Diagnostic, Severity};
use crate::module::tree::{NodeId, Tree};
use crate::module::{
    Argument, BodyItem, Content, Endpoint, Module, ProviderBlock, ProviderName, Provisioner, Resource,
    suggestion,
};
use crate::source::Span;
use crate::syntax::Node;
use crate::value::{Type, Value};

/// The provider that is part of Terraform.
const BUILTIN: &str = "terraform.io/builtin/terraform";

/// Arguments of what the builtin provider has, the required ones first, and attributes that it decides itself.
struct Schema {
    ty: &'static str,
    mode: Mode,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    computed: &'static [&'static str],
}

const SCHEMAS: &[Schema] = &[
    Schema {
        ty: "terraform_data",
        mode: Mode::Managed,
        required: &[],
        optional: &["input", "triggers_replace"],
        computed: &["id", "output"],
    },
    Schema {
        ty: "terraform_remote_state",
        mode: Mode::Data,
        required: &["backend"],
        optional: &["config", "defaults", "workspace"],
        computed: &["outputs"],
    },
];

/// Reports all of it, each once.
pub(super) fn problems(tree: &Tree, graph: &Graph) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut calls_seen = HashSet::new();
    let mut modules_seen = HashSet::new();
    for id in (0..tree.nodes.len() as u32).map(NodeId) {
        let node = tree.node(id);
        let this = std::sync::Arc::as_ptr(&node.module);
        for (call, child) in node.children.iter().enumerate() {
            let Some(child) = child else { continue };
            let other = std::sync::Arc::as_ptr(&tree.node(*child).module);
            if calls_seen.insert((this, call, other)) {
                found.extend(call_arguments(&node.module, call, &tree.node(*child).module));
            }
        }
        if modules_seen.insert(this) {
            for resource in &node.module.resources {
                found.extend(resource_structure(&node.module, resource));
            }
            found.extend(self_references(&node.module));
            for provider in &node.module.providers {
                found.extend(provider_arguments(&node.module, provider));
            }
        }
        found.extend(declared_still(tree, id));
    }
    found.extend(absent_providers(tree, true));
    found.extend(graph.cycle_diagnostics(tree));
    let mut seen = HashSet::new();
    found.retain(|d| d.span.is_none() || seen.insert((d.summary.clone(), d.span)));
    found
}

/// True if something of a module could not be read, so that not all it declares is known.
fn is_broken(module: &Module) -> bool {
    module.unreadable || module.diagnostics.iter().any(|d| d.severity == Severity::Error)
}

/// Compares the arguments of a module call with the variables of the module.
pub(super) fn call_arguments(caller: &Module, call: usize, child: &Module) -> Vec<Diagnostic> {
    let call = &caller.calls[call];
    if is_broken(child) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for input in &call.inputs {
        if child.variable(&input.name).is_none() {
            let hint = suggestion(&input.name, child.variables.iter().map(|v| v.name.as_str()));
            found.push(Diagnostic::error(
                "Unsupported argument",
                format!("An argument named {:?} is not expected here.{hint}", input.name),
                Some(input.name_span),
            ));
        }
    }
    for (kind, span) in &call.blocks {
        found.push(Diagnostic::error(
            "Unsupported block type",
            format!("Blocks of type {kind:?} are not expected here."),
            Some(*span),
        ));
    }
    for variable in &child.variables {
        if variable.default.is_none() && !call.inputs.iter().any(|i| i.name == variable.name) {
            found.push(Diagnostic::error(
                "Missing required argument",
                format!("The argument {:?} is required, but no definition was found.", variable.name),
                Some(call.span),
            ));
        }
    }
    found
}

/// True if a module means the builtin provider by a name.
fn is_builtin(module: &Module, name: &ProviderName) -> bool {
    match module.required_providers.iter().find(|p| p.name == name.name) {
        Some(p) => p.source == BUILTIN,
        None => name.name == "terraform",
    }
}

/// Refuses arguments of the builtin provider, which has none.
pub(super) fn provider_arguments(module: &Module, provider: &ProviderBlock) -> Vec<Diagnostic> {
    if !is_builtin(module, &provider.name) {
        return Vec::new();
    }
    let refuse = |item: &BodyItem| {
        let (summary, what) = match item.content {
            Content::Attr(_) => ("Unsupported argument", "An argument named"),
            Content::Blocks(_) => ("Unsupported block type", "A block of type"),
        };
        Diagnostic::error(summary, format!("{what} {:?} is not expected here.", item.name), Some(item.span))
    };
    provider.items.iter().map(refuse).collect()
}

/// What is known of a resource's arguments.
enum Known {
    /// Nothing: its provider is not here.
    Nothing,
    NoSuchType,
    Schema(&'static Schema),
}

fn schema(module: &Module, resource: &Resource) -> Known {
    if !is_builtin(module, &resource.provider) {
        return Known::Nothing;
    }
    let name = &resource.name;
    match SCHEMAS.iter().find(|s| s.ty == name.ty && s.mode == name.mode) {
        Some(schema) => Known::Schema(schema),
        None => Known::NoSuchType,
    }
}

/// Refuses types that the builtin provider does not have.
pub(super) fn resource_type(module: &Module, resource: &Resource) -> Option<Diagnostic> {
    if !matches!(schema(module, resource), Known::NoSuchType) {
        return None;
    }
    let (summary, what) = match resource.name.mode {
        Mode::Managed => ("Invalid resource type", "resource type"),
        Mode::Data => ("Invalid data source", "data source"),
        Mode::Ephemeral => ("Invalid ephemeral resource", "ephemeral resource"),
    };
    let detail = format!("The provider {BUILTIN} does not support {what} {:?}.", resource.name.ty);
    Some(Diagnostic::error(summary, detail, Some(resource.type_span)))
}

/// Compares the arguments of a resource with the schema of its type.
pub(super) fn resource_arguments(module: &Module, resource: &Resource) -> Vec<Diagnostic> {
    let Known::Schema(schema) = schema(module, resource) else { return Vec::new() };
    let mut found = Vec::new();
    let known = || schema.required.iter().chain(schema.optional).chain(schema.computed).copied();
    for item in &resource.items {
        match &item.content {
            Content::Attr(_) if known().any(|n| item.name == n) => {}
            // From Terraform 1.16 on: it holds what is not to be in the state.
            Content::Blocks(_) if schema.ty == "terraform_data" && item.name == "store" => {}
            Content::Attr(_) => {
                let hint = suggestion(&item.name, known());
                found.push(Diagnostic::error(
                    "Unsupported argument",
                    format!("An argument named {:?} is not expected here.{hint}", item.name),
                    Some(item.span),
                ));
            }
            Content::Blocks(blocks) => {
                for block in blocks {
                    found.push(Diagnostic::error(
                        "Unsupported block type",
                        format!("Blocks of type {:?} are not expected here.", item.name),
                        Some(block.span),
                    ));
                }
            }
        }
    }
    for name in schema.required {
        if resource.item(name).is_none() {
            found.push(Diagnostic::error(
                "Missing required argument",
                format!("The argument {name:?} is required, but no definition was found."),
                Some(resource.span),
            ));
        }
    }
    found
}

/// Refuses elements of `ignore_changes` that the resource does not have.
pub(super) fn ignored(module: &Module, resource: &Resource) -> Vec<Diagnostic> {
    let Known::Schema(schema) = schema(module, resource) else { return Vec::new() };
    let known = || schema.required.iter().chain(schema.optional).chain(schema.computed);
    resource
        .lifecycle
        .ignore_changes
        .iter()
        // An attribute that is a text has none of its own.
        .filter(|i| !known().any(|n| i.name == *n) || (i.name == "id" && i.key.is_some()))
        .map(|i| no_attribute(&i.name, i.span))
        .collect()
}

fn no_attribute(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "Unsupported attribute",
        format!("This object has no argument, nested block, or exported attribute named {name:?}."),
        Some(span),
    )
}

/// Refuses arguments that the provider decides itself. Terraform tells no place.
pub(super) fn read_only(module: &Module, resource: &Resource) -> Vec<Diagnostic> {
    let Known::Schema(schema) = schema(module, resource) else { return Vec::new() };
    if schema.mode != Mode::Managed {
        return Vec::new();
    }
    schema
        .computed
        .iter()
        .filter(|name| match resource.item(name).map(|i| &resource.items[i].content) {
            Some(Content::Attr(at)) => {
                let mut names = false;
                module.references(*at, &mut |_, _, _| names = true);
                let node = module.files[at.file as usize].arena.node(at.expr);
                // What is made of names may be null.
                !names && !matches!(node, Node::Literal(Value::Null(_)))
            }
            _ => false,
        })
        .map(|name| is_read_only(resource, name))
        .collect()
}

fn is_read_only(resource: &Resource, name: &str) -> Diagnostic {
    let address = resource.name.to_string();
    Diagnostic::error(
        format!("\"{name}\" attribute is read-only"),
        format!("`{address}` sets `{name}`, which is decided when it is created"),
        None,
    )
    .origin(address)
}

/// Refuses values of arguments that the provider decides itself.
pub(super) fn read_only_values(
    module: &Module,
    resource: &Resource,
    is_null: &dyn Fn(usize) -> bool,
) -> Vec<Diagnostic> {
    let Known::Schema(schema) = schema(module, resource) else { return Vec::new() };
    let names = schema.computed.iter().filter(|_| schema.mode == Mode::Managed);
    names
        .filter(|name| resource.item(name).is_some_and(|i| !is_null(i)))
        .map(|name| is_read_only(resource, name))
        .collect()
}

/// The provisioners that Terraform brings: their required arguments and the others.
const PROVISIONERS: &[(&str, &[&str], &[&str])] = &[
    ("local-exec", &["command"], &["interpreter", "working_dir", "environment", "quiet"]),
    ("remote-exec", &[], &["inline", "script", "scripts"]),
    ("file", &["destination"], &["source", "content"]),
];

/// Arguments of a connection, of whatever kind.
const CONNECTION: &[&str] = &[
    "host",
    "type",
    "user",
    "password",
    "port",
    "timeout",
    "script_path",
    "target_platform",
    "private_key",
    "certificate",
    "host_key",
    "agent",
    "agent_identity",
    "proxy_scheme",
    "proxy_host",
    "proxy_port",
    "proxy_user_name",
    "proxy_user_password",
    "bastion_host",
    "bastion_host_key",
    "bastion_port",
    "bastion_user",
    "bastion_password",
    "bastion_private_key",
    "bastion_certificate",
    "https",
    "insecure",
    "cacert",
    "use_ntlm",
];

/// Reports provisioners that Terraform does not have. It tells no place.
pub(super) fn unknown_provisioners(tree: &Tree) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for node in &tree.nodes {
        for resource in &node.module.resources {
            for p in &resource.provisioners {
                if !PROVISIONERS.iter().any(|(ty, _, _)| p.ty == *ty) {
                    let detail =
                        format!("`{}` needs a provisioner {:?}, which is a plugin", resource.name, p.ty);
                    let problem = Diagnostic::error("Missing required provisioner plugin", detail, None);
                    found.push(problem.origin(resource.name.to_string()));
                }
            }
        }
    }
    found
}

/// Compares the arguments of a provisioner with what it has.
pub(super) fn provisioner_arguments(provisioner: &Provisioner) -> Vec<Diagnostic> {
    let Some((_, required, optional)) = PROVISIONERS.iter().find(|(ty, _, _)| provisioner.ty == *ty) else {
        return Vec::new();
    };
    let known = || required.iter().chain(*optional).copied();
    let mut found: Vec<Diagnostic> = unknown_arguments(&provisioner.arguments, &known().collect::<Vec<_>>());
    for (kind, span) in &provisioner.blocks {
        found.push(Diagnostic::error(
            "Unsupported block type",
            format!("Blocks of type {kind:?} are not expected here."),
            Some(*span),
        ));
    }
    for name in *required {
        if !provisioner.arguments.iter().any(|a| a.name == *name) {
            found.push(Diagnostic::error(
                "Missing required argument",
                format!("The argument {name:?} is required, but no definition was found."),
                Some(provisioner.span),
            ));
        }
    }
    found
}

/// Refuses arguments that no kind of connection has.
pub(super) fn connection_arguments(arguments: &[Argument]) -> Vec<Diagnostic> {
    unknown_arguments(arguments, CONNECTION)
}

fn unknown_arguments(arguments: &[Argument], known: &[&str]) -> Vec<Diagnostic> {
    let unknown = arguments.iter().filter(|a| !known.contains(&a.name.as_str()));
    unknown
        .map(|a| {
            let hint = suggestion(&a.name, known.iter().copied());
            let detail = format!("An argument named {:?} is not expected here.{hint}", a.name);
            Diagnostic::error("Unsupported argument", detail, Some(a.name_span))
        })
        .collect()
}

/// Returns the type of an argument of a provisioner.
pub(super) fn provisioner_type(provisioner: &str, argument: &str) -> Type {
    match (provisioner, argument) {
        ("local-exec", "interpreter") | ("remote-exec", "inline" | "scripts") => Type::list(Type::String),
        ("local-exec", "environment") => Type::map(Type::String),
        ("local-exec", "quiet") => Type::Bool,
        _ => Type::String,
    }
}

fn resource_structure(module: &Module, resource: &Resource) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = resource_type(module, resource).into_iter().collect();
    found.extend(resource_arguments(module, resource));
    found.extend(ignored(module, resource));
    found.extend(read_only(module, resource));
    found
}

/// Refuses locals and resources that are made of themselves.
fn self_references(module: &Module) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for i in 0..module.locals.len() as u32 {
        found.extend(local_itself(module, i));
    }
    for (i, resource) in module.resources.iter().enumerate() {
        let mut ats = Vec::new();
        resource.repeat.at().into_iter().for_each(|at| ats.push(at));
        resource.items.iter().for_each(|item| item.expressions(&mut |at| ats.push(at)));
        for at in ats {
            found.extend(resource_itself(module, i as u32, at, &|key| *key == Key::None));
        }
    }
    found
}

/// Refuses a local that mentions itself.
pub(super) fn local_itself(module: &Module, local: u32) -> Vec<Diagnostic> {
    let name = &module.locals[local as usize].name;
    let at = module.locals[local as usize].at;
    let mut found = Vec::new();
    module.references(at, &mut |_, reference, resolved| {
        if matches!(resolved.target, crate::module::Target::Local(i) if i == local) {
            found.push(Diagnostic::error(
                "Self-referencing local value",
                format!("Local value local.{name} cannot use its own result as part of its expression."),
                Some(reference.span.in_file(module.files[at.file as usize].id)),
            ));
        }
    });
    found
}

/// Refuses an expression of a resource that mentions the resource, without a key or with one that `is_own`.
pub(super) fn resource_itself(
    module: &Module,
    resource: u32,
    at: crate::module::At,
    is_own: &dyn Fn(&Key) -> bool,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    module.references(at, &mut |arena, reference, resolved| {
        if matches!(resolved.target, crate::module::Target::Resource(i) if i == resource) {
            let key = crate::module::static_key(arena, reference, resolved.used);
            if is_own(&key.clone().unwrap_or_default()) {
                let name = &module.resources[resource as usize].name;
                found.push(Diagnostic::error(
                    "Self-referential block",
                    format!("Configuration for {name} may not refer to itself."),
                    Some(reference.span.in_file(module.files[at.file as usize].id)),
                ));
            }
        }
    });
    found
}

/// Reports resources whose provider configuration nobody has. Terraform tells no place.
///
/// A root module that is meant to be called is given its configurations with an alias, if `lenient`.
pub(super) fn absent_providers(tree: &Tree, lenient: bool) -> Vec<Diagnostic> {
    let mut providers = Providers::new(tree);
    let mut found = Vec::new();
    let expected = &tree.node(NodeId(0)).module.required_providers;
    for id in (0..tree.nodes.len() as u32).map(NodeId) {
        for call in &tree.node(id).module.calls {
            for (_, outer) in call.providers.iter().filter(|(_, outer)| !is_passable(tree, id, outer)) {
                if lenient && expected.iter().any(|p| p.aliases.contains(outer)) {
                    continue;
                }
                let alias = outer.alias.as_ref().map_or(String::new(), |a| format!(".{a}"));
                let name = format!("{}{alias}", outer.name);
                found.push(
                    Diagnostic::error(
                        format!("missing provider {name}"),
                        format!(
                            "`module.{}` is passed the provider configuration `{name}`, which is not there",
                            call.name
                        ),
                        None,
                    )
                    .origin(format!("module.{}", call.name))
                    .help(format!(
                        "add a `provider {:?}` block, or name it in `required_providers`",
                        outer.name
                    )),
                );
            }
        }
    }
    for id in (0..tree.nodes.len() as u32).map(NodeId) {
        for resource in &tree.node(id).module.resources {
            if resource.provider.alias.is_none() || providers.find(id, &resource.provider) != Found::Nothing {
                continue;
            }
            let name = &resource.provider;
            if lenient && expected.iter().any(|p| p.aliases.iter().any(|a| a.alias == name.alias)) {
                continue;
            }
            let address = match tree.address(id).as_str() {
                "" => resource.name.to_string(),
                path => format!("{path}.{}", resource.name),
            };
            let alias = name.alias.as_deref().unwrap_or_default();
            found.push(
                Diagnostic::error(
                    "Provider configuration not present",
                    format!(
                        "`{address}` uses the provider configuration `{}.{alias}`, which is not there",
                        name.name
                    ),
                    None,
                )
                .origin(address)
                .help(format!(
                    "add a `provider {:?}` block with `alias = {alias:?}`, or pass one to the module",
                    name.name
                )),
            );
        }
    }
    found
}

/// True if a module has a provider configuration that it can pass on: its own, one that it was passed, or the
/// default of a provider that the root module requires.
fn is_passable(tree: &Tree, id: NodeId, name: &ProviderName) -> bool {
    let node = tree.node(id);
    if node.module.providers.iter().any(|p| p.name == *name) {
        return true;
    }
    match node.parent {
        None => name.alias.is_none() && node.module.required_providers.iter().any(|p| p.name == name.name),
        Some((parent, call)) => {
            let passed = &tree.node(parent).module.calls[call as usize].providers;
            passed.iter().any(|(inner, _)| inner == name)
        }
    }
}

/// Reports `moved` and `removed` blocks of what is still declared, as far as no keys are concerned.
fn declared_still(tree: &Tree, id: NodeId) -> Vec<Diagnostic> {
    let module = &tree.node(id).module;
    let mut found = removed_still(tree, id);
    for moved in &module.moved {
        let keyed = |e: &Endpoint| {
            let last = e.resource.as_ref().map(|(_, k)| k).or(e.modules.last().map(|(_, k)| k));
            last.is_some_and(|k| *k != Key::None)
        };
        let inside = moved.from.modules.iter().take(if moved.from.resource.is_some() {
            moved.from.modules.len()
        } else {
            moved.from.modules.len().saturating_sub(1)
        });
        if keyed(&moved.from) || keyed(&moved.to) || inside.into_iter().any(|(_, k)| *k != Key::None) {
            continue;
        }
        if moved.from != moved.to && declaration(tree, id, &moved.from).is_some() {
            found.push(moved_still(&moved.from, &moved.to, moved.span));
        }
    }
    found
}

pub(super) fn moved_still(
    from: &dyn std::fmt::Display,
    to: &dyn std::fmt::Display,
    span: Span,
) -> Diagnostic {
    Diagnostic::error(
        "Moved object still exists",
        format!(
            "This statement declares a move from {from}, but that is still declared. Change your configuration so that it is declared as {to} instead."
        ),
        Some(span),
    )
}

/// Reports `removed` blocks of what is still declared.
pub(super) fn removed_still(tree: &Tree, id: NodeId) -> Vec<Diagnostic> {
    let module = &tree.node(id).module;
    let mut found = Vec::new();
    for removed in &module.removed {
        if let Some(span) = declaration(tree, id, &removed.from) {
            let what = if removed.from.resource.is_some() { "resource" } else { "module" };
            found.push(Diagnostic::error(
                format!("Removed {what} still exists"),
                format!(
                    "This statement declares that {} was removed, but it is still declared in configuration.",
                    removed.from
                ),
                Some(span),
            ));
        }
    }
    found
}

/// Returns where the configuration declares what an address names, keys aside.
fn declaration(tree: &Tree, id: NodeId, end: &Endpoint) -> Option<Span> {
    let mut id = id;
    for (i, (name, _)) in end.modules.iter().enumerate() {
        let node = tree.node(id);
        let call = node.module.calls.iter().position(|c| c.name == *name)?;
        if end.resource.is_none() && i + 1 == end.modules.len() {
            return Some(node.module.calls[call].span);
        }
        id = node.children[call]?;
    }
    let (name, _) = end.resource.as_ref()?;
    tree.node(id).module.resources.iter().find(|r| *r.name == *name).map(|r| r.span)
}
