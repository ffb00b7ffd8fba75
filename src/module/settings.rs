//! `terraform`, `provider`, `moved`, `removed` and `import` blocks.

use ecow::EcoString;

use super::build::{Builder, Merged, provider_name, split_provider, static_reference};
use super::endpoint::{self, Endpoint};
use super::variable::BAD_NAME;
use super::version::VersionConstraint;
use super::{At, Import, Moved, ProviderBlock, ProviderName, Removed, RequiredProvider};
use crate::address::Mode;
use crate::eval::constant;
use crate::finding::Diagnostic;
use crate::source::Span;
use crate::syntax::{Attr, Block, ExprId, KeyExpr, Node, StepKind, is_identifier};
use crate::value::{Type, Value};

impl<'a> Builder<'a> {
    pub(super) fn provider(&mut self, m: &Merged<'a>) {
        let label = &m.block.labels[0];
        let span = self.reader.span(m.file, m.block.head_span);
        let mut alias = None;
        for (file, block) in m.all() {
            if let Some(attr) = block.body.attr("alias") {
                alias = self.literal(file, attr, &Type::String).and_then(|v| v.as_str().cloned());
                if !alias.as_ref().is_some_and(|a| is_identifier(a)) {
                    // Terraform tells no place.
                    self.reader.diagnostics.push(
                        Diagnostic::error(
                            "Invalid provider configuration alias",
                            format!("An alias must be a valid name. {BAD_NAME}"),
                            None,
                        )
                        .origin(format!("provider {:?}", label.text)),
                    );
                }
            }
            if let Some(attr) = block.body.attr("version") {
                self.version(file, attr);
            }
            for attr in &block.body.attrs {
                if matches!(attr.name.as_str(), "count" | "depends_on" | "for_each" | "source") {
                    let span = self.reader.span(file, attr.name_span);
                    self.reader.error(
                        "Reserved argument name in provider block",
                        format!(
                            "The provider argument name {:?} is reserved for use by Terraform in a future version.",
                            attr.name
                        ),
                        span,
                    );
                }
            }
            self.reserved(file, block, &["lifecycle", "locals"], "provider");
        }
        self.normalised(&label.text, span);
        let name = ProviderName { name: label.text.clone(), alias };
        let key = EcoString::from(format!("{}.{}", name.name, name.alias.as_deref().unwrap_or_default()));
        let detail = match &name.alias {
            None => format!(
                "A default (non-aliased) provider configuration for {:?} was already given. If multiple configurations are required, set the \"alias\" argument for alternative configurations.",
                name.name
            ),
            Some(alias) => format!(
                "A provider configuration for {:?} with alias {alias:?} was already given. Each configuration for the same provider must have a distinct alias.",
                name.name
            ),
        };
        let items = self.merged_items(
            m,
            &["alias", "version", "count", "depends_on", "for_each", "source", "lifecycle", "locals", "_"],
        );
        if self.unique("provider", key, span, "Duplicate provider configuration", &detail) {
            self.module.providers.push(ProviderBlock { name, items, span });
        }
    }

    /// Reports nested blocks whose names are kept for the future.
    pub(super) fn reserved(&mut self, file: u32, block: &Block, names: &[&str], owner: &str) {
        for nested in block.body.blocks.iter().filter(|b| names.contains(&b.kind.as_str())) {
            self.reserved_block(file, nested, owner);
        }
    }

    pub(super) fn reserved_block(&mut self, file: u32, nested: &Block, owner: &str) {
        let span = self.reader.span(file, nested.kind_span);
        self.reader.error(
            &format!("Reserved block type name in {owner} block"),
            format!(
                "The block type name {:?} is reserved for use by Terraform in a future version.",
                nested.kind
            ),
            span,
        );
    }

    /// Reports a provider's local name that is not in lower case and the like.
    fn normalised(&mut self, name: &str, span: Span) {
        let fine = name
            .split('-')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() && !c.is_uppercase()));
        if !fine {
            self.reader.error(
                "Invalid provider local name",
                format!(
                    "{name:?} is no name of a provider: these have letters in lower case, digits and dashes"
                ),
                span,
            );
        }
    }

    /// Reads a version constraint, which must be a literal string.
    pub(super) fn version(&mut self, file: u32, attr: &Attr) -> Option<VersionConstraint> {
        let span = self.at(file, attr);
        let detail = match constant(self.reader.file(file).code(), attr.expr) {
            Ok(Value::String(s)) => match VersionConstraint::parse(&s) {
                Some(constraint) => return Some(constraint),
                None => "This string does not use correct version constraint syntax.",
            },
            _ => "A string value is required for a version constraint.",
        };
        self.reader.error("Invalid version constraint", detail, span);
        None
    }

    pub(super) fn terraform(&mut self, m: &Merged<'a>) {
        let body = &m.block.body;
        self.fits(
            m.file,
            body,
            &["required_version", "experiments", "language"],
            &["backend", "cloud", "required_providers", "provider_meta", "encryption"],
        );
        if let Some(attr) = body.attr("required_version")
            && let Some(constraint) = self.version(m.file, attr)
        {
            let span = self.reader.span(m.file, attr.span);
            if constraint.has_prerelease() {
                self.reader.error(
                    "Invalid required_version constraint",
                    "Prerelease version constraints are not supported. Remove the prerelease information from the constraint.",
                    span,
                );
            } else {
                self.module.required_versions.push((constraint, span));
            }
        }
        for block in &body.blocks {
            let span = self.reader.span(m.file, block.head_span);
            match block.kind.as_str() {
                "backend" | "cloud" => {
                    if self.module.has_backend {
                        self.reader.error(
                            "Duplicate backend configuration",
                            "A module may have only one backend configuration.",
                            span,
                        );
                    }
                    self.module.has_backend = true;
                    self.backend(m.file, block);
                }
                "required_providers" => {
                    if std::mem::replace(&mut self.requires, true) {
                        self.reader.error(
                            "Duplicate required providers configuration",
                            "A module may have only one required providers configuration.",
                            span,
                        );
                    }
                    for attr in &block.body.attrs {
                        self.required_provider(m.file, attr);
                    }
                    for nested in &block.body.blocks {
                        let at = self.reader.span(m.file, nested.kind_span);
                        self.no_blocks(&nested.kind, at);
                    }
                }
                "encryption" => self.encryption(m.file, span),
                _ => {}
            }
        }
    }

    pub(super) fn no_blocks(&mut self, kind: &str, span: Span) {
        self.reader.error(&format!("Unexpected {kind:?} block"), "Blocks are not allowed here.", span);
    }

    /// A backend is configured before anything is evaluated, so its arguments are literal.
    fn backend(&mut self, file: u32, block: &'a Block) {
        let mut rest: Vec<&Block> = vec![block];
        while let Some(block) = rest.pop() {
            for attr in &block.body.attrs {
                if let Err(e) = constant(self.reader.file(file).code(), attr.expr) {
                    let span = self.at(file, attr);
                    let mut problem = e.diagnostic();
                    problem.span = problem.span.or(Some(span));
                    self.module.backend_problems.push(problem);
                }
            }
            rest.extend(&block.body.blocks);
        }
        if block.kind == "cloud" {
            return;
        }
        let Some(label) = block.labels.first() else {
            let span = self.reader.span(file, block.head_span);
            self.reader.error(
                "Missing type for backend",
                "All backend blocks must have 1 labels (type).",
                span,
            );
            return;
        };
        let span = self.reader.span(file, label.span);
        self.module.backend = Some((label.text.clone(), span));
    }

    fn required_provider(&mut self, file: u32, attr: &Attr) {
        let source = self.reader.file(file);
        let span = self.at(file, attr);
        let mut provider = RequiredProvider {
            name: attr.name.clone(),
            source: EcoString::from(format!("hashicorp/{}", attr.name)),
            version: None,
            aliases: Vec::new(),
            span,
        };
        // The form of Terraform 0.12: `aws = "~> 2.0"`.
        if let Ok(value) = constant(source.code(), attr.expr)
            && value.type_of().is_primitive()
        {
            provider.version = self.version(file, attr);
            self.module.required_providers.push(provider);
            return;
        }
        self.normalised(&attr.name, span);
        let Node::Object(items) = source.arena.node(attr.expr) else {
            self.reader.error(
                "Invalid required_providers object",
                "required_providers entries must be strings or objects.",
                span,
            );
            return;
        };
        for item in items.iter() {
            let KeyExpr::Name(name) = &item.key else {
                let at = item.key_span.in_file(source.id);
                self.reader.error("Variables not allowed", "Variables may not be used here.", at);
                continue;
            };
            let at = source.arena.span(item.value).in_file(source.id);
            let text = || match constant(source.code(), item.value) {
                Ok(Value::String(s)) => Some(s),
                _ => None,
            };
            match name.as_str() {
                // What it says in the end leaves open which version, and the source is mostly the usual one.
                "version" | "source" if self.names_something(file, item.value, name) => {}
                "version" => {
                    provider.version = text().and_then(|t| VersionConstraint::parse(&t));
                    if provider.version.is_none() {
                        self.reader.error(
                            "Invalid version constraint",
                            "This string does not use correct version constraint syntax.",
                            at,
                        );
                    }
                }
                "source" => match text() {
                    Some(t) if is_provider_source(&t) => provider.source = t,
                    Some(_) => self.reader.error(
                        "Invalid provider source string",
                        "The \"source\" attribute must be in the format \"[hostname/][namespace/]name\"",
                        at,
                    ),
                    None => self.reader.error("Invalid source", "Source must be specified as a string.", at),
                },
                "configuration_aliases" => {
                    for alias in self.static_list(file, item.value) {
                        match provider_name(source, alias) {
                            Some(found) if found.name == attr.name => provider.aliases.push(found),
                            _ => self.reader.error(
                                "Invalid configuration_aliases value",
                                "Configuration aliases can only contain references to local provider configuration names in the format of provider.alias",
                                at,
                            ),
                        }
                    }
                }
                _ => {
                    let at = item.key_span.in_file(source.id);
                    self.reader.error(
                        "Invalid required_providers object",
                        "required_providers objects can only contain \"version\", \"source\" and \"configuration_aliases\" attributes. To configure a provider, use a \"provider\" block.",
                        at,
                    );
                    break;
                }
            }
        }
        self.module.required_providers.push(provider);
    }

    /// Reads the name of a provider configuration.
    pub(super) fn provider_reference(
        &mut self,
        file: u32,
        expr: ExprId,
        argument: &str,
    ) -> Option<ProviderName> {
        let source = self.reader.file(file);
        let span = source.arena.span(expr).in_file(source.id);
        let steps = static_reference(source, expr)
            .map(|r| r.steps.len() < 2 && r.steps.iter().all(|s| matches!(s.kind, StepKind::Attr(_))));
        let detail = match source.arena.node(expr) {
            // JSON, where all is in quotes, and the form of Terraform 0.11.
            Node::Literal(Value::String(s)) if is_provider_name(s) => return split_provider(s),
            Node::Literal(Value::String(_)) => {
                "A provider configuration reference must not be given in quotes.".to_string()
            }
            _ if steps.is_some_and(|named| named) => {
                let name = provider_name(source, expr)?;
                self.normalised(&name.name, span);
                return Some(name);
            }
            _ => format!(
                "The {argument} argument requires a provider type name, optionally followed by a period and then a configuration alias."
            ),
        };
        self.reader.error("Invalid provider configuration reference", detail, span);
        None
    }

    /// Reads the argument `providers` of a module call: what the child calls it, and what it is here.
    pub(super) fn passed_providers(
        &mut self,
        m: &Merged<'a>,
    ) -> (Vec<(ProviderName, ProviderName)>, Vec<Span>) {
        let (mut map, mut spans): (Vec<(ProviderName, ProviderName)>, Vec<Span>) = Default::default();
        let Some((file, attr)) = m.attr("providers") else { return (map, spans) };
        let source = self.reader.file(file);
        let Node::Object(items) = source.arena.node(attr.expr) else {
            let span = self.at(file, attr);
            self.reader.error("Invalid expression", "A static map expression is required.", span);
            return (map, spans);
        };
        for item in items.iter() {
            let key = match &item.key {
                KeyExpr::Name(name) => split_provider(name),
                KeyExpr::Expr(e) => provider_name(source, *e),
                // `aws.peer = …` is a key that only this argument may have.
                KeyExpr::Ambiguous => {
                    let text = self.texts.get(&source.id).and_then(|t| t.text.get(item.key_span.range()));
                    text.and_then(split_provider)
                }
            };
            let value = self.provider_reference(file, item.value, "providers");
            let (Some(key), Some(value)) = (key, value) else { continue };
            if map.iter().any(|(k, _)| *k == key) {
                let at = source.arena.span(item.value).in_file(source.id);
                self.reader.error(
                    "Duplicate provider address",
                    "A provider configuration was already passed. Each child provider configuration can be assigned only once.",
                    at,
                );
                continue;
            }
            map.push((key, value));
            spans.push(item.key_span.in_file(source.id));
        }
        (map, spans)
    }

    /// Reads an address argument; what is wrong with it is reported.
    fn end(&mut self, m: &Merged<'a>, name: &str) -> Option<Endpoint> {
        let Some((file, attr)) = m.attr(name) else {
            let span = self.reader.span(m.file, m.block.head_span);
            self.missing_argument(name, span);
            return None;
        };
        match endpoint::parse(self.reader.file(file), attr.expr) {
            Ok(end) => Some(end),
            Err((summary, detail)) => {
                let span = self.at(file, attr);
                self.reader.error(summary, detail, span);
                None
            }
        }
    }

    pub(super) fn moved(&mut self, m: &Merged<'a>) {
        self.only(m, &["from", "to"], &[]);
        let span = self.reader.span(m.file, m.block.head_span);
        let (Some(from), Some(to)) = (self.end(m, "from"), self.end(m, "to")) else { return };
        if from.resource.is_some() != to.resource.is_some() {
            self.reader.error(
                "Invalid \"moved\" addresses",
                "The \"from\" and \"to\" addresses must either both refer to resources or both refer to modules.",
                span,
            );
            return;
        }
        self.module.moved.push(Moved { from, to, span });
    }

    pub(super) fn removed(&mut self, m: &Merged<'a>) {
        self.fits(m.file, &m.block.body, &["from"], &["lifecycle", "connection", "provisioner"]);
        let from = self.end(m, "from");
        let mut destroy = true;
        for block in m.block.body.blocks("lifecycle") {
            self.fits(m.file, &block.body, &["destroy"], &[]);
            if let Some(attr) = block.body.attr("destroy") {
                let value = self.literal(m.file, attr, &Type::Bool);
                destroy = value.and_then(|v| v.as_bool()).unwrap_or(true);
            }
        }
        let span = self.reader.span(m.file, m.block.head_span);
        let Some(from) = from else { return };
        let keyed = from.modules.iter().map(|(_, k)| k).chain(from.resource.iter().map(|(_, k)| k));
        if keyed.into_iter().any(|k| *k != crate::address::Key::None) {
            let (summary, detail) = match from.resource {
                Some(_) => (
                    "Resource instance keys not allowed",
                    "Resource address must be a resource (e.g. \"test_instance.foo\"), not a resource instance (e.g. \"test_instance.foo[1]\").",
                ),
                None => (
                    "Module instance keys not allowed",
                    "Module address must be a module (e.g. \"module.foo\"), not a module instance (e.g. \"module.foo[1]\").",
                ),
            };
            self.reader.error(summary, detail, from.span);
            return;
        }
        self.module.removed.push(Removed { from, destroy, span });
    }

    pub(super) fn import(&mut self, m: &Merged<'a>) {
        self.only(m, &["provider", "for_each", "id", "identity", "to"], &[]);
        let to = self.end(m, "to");
        let span = self.reader.span(m.file, m.block.head_span);
        if let Some(to) = &to
            && to.resource.as_ref().is_none_or(|(name, _)| name.mode != Mode::Managed)
        {
            let at = m.attr("to").map_or(span, |(file, a)| self.reader.span(file, a.span));
            self.reader.error("Invalid import address", "Only managed resources can be imported.", at);
        }
        if let Some((file, attr)) = m.attr("provider") {
            self.provider_reference(file, attr.expr, "provider");
        }
        if m.attr("id").is_none() && m.attr("identity").is_none() {
            self.missing_argument("id", span);
        }
        if let Some(to) = &to {
            let same = |other: &Endpoint| (&other.modules, &other.resource) == (&to.modules, &to.resource);
            let before = self.module.imports.iter().any(|i| i.to.as_ref().is_some_and(same));
            if before && to.is_certain() {
                let summary = format!("Duplicate import configuration for \"{to}\"");
                self.reader.error(&summary, "A resource can have only one import block.", to.span);
            }
        }
        let at = |name: &str| m.attr(name).map(|(file, a)| At { file, expr: a.expr });
        let import = Import { to, to_at: at("to"), id: at("id"), for_each: at("for_each"), span };
        self.module.imports.push(import);
    }
}

/// True for `aws` and `aws.peer`.
fn is_provider_name(text: &str) -> bool {
    text.split('.').count() < 3 && text.split('.').all(is_identifier)
}

/// True for `name`, `namespace/name` and `host/namespace/name`.
fn is_provider_source(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let fine = |part: &&str| {
        !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':'))
    };
    (1..=3).contains(&parts.len()) && parts.iter().all(fine)
}
