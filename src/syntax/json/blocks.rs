//! Which JSON objects are blocks, and how the strings of arguments are read.
//!
//! After <https://developer.hashicorp.com/terraform/language/syntax/json>.

/// How the strings of an argument are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As templates.
    Template,
    /// As they stand: Terraform evaluates these without variables.
    Verbatim,
    /// As expressions: references, keywords.
    Expression,
    /// As expressions; what is none stays a string, and is no type.
    Type,
    /// An object with strings as they stand, but for `configuration_aliases`.
    RequiredProvider,
}

/// What a body may contain.
#[derive(Debug)]
pub(super) struct Schema {
    pub blocks: &'static [Kind],
    pub arguments: &'static [(&'static str, Reading)],
    /// How other properties are read; with none there are no others.
    pub others: Option<Reading>,
}

/// A kind of block, with the number of its labels.
#[derive(Debug)]
pub(super) struct Kind {
    pub name: &'static str,
    pub labels: usize,
    pub body: &'static Schema,
}

const fn kind(name: &'static str, labels: usize, body: &'static Schema) -> Kind {
    Kind { name, labels, body }
}

const fn body(blocks: &'static [Kind], arguments: &'static [(&'static str, Reading)]) -> Schema {
    Schema { blocks, arguments, others: Some(Template) }
}

const fn arguments(reading: Reading) -> Schema {
    Schema { blocks: &[], arguments: &[], others: Some(reading) }
}

use Reading::{Expression, Template, Verbatim};

/// `.tfvars.json`
pub(super) static VALUES: Schema = arguments(Verbatim);

/// `.tf.json`
pub(super) static ROOT: Schema = Schema {
    blocks: &[
        kind("terraform", 0, &TERRAFORM),
        kind("provider", 1, &body(&[], &[("alias", Verbatim), ("version", Verbatim)])),
        kind("variable", 1, &VARIABLE),
        kind("locals", 0, &PLAIN),
        kind("output", 1, &OUTPUT),
        kind("module", 1, &MODULE),
        kind("resource", 2, &RESOURCE),
        kind("data", 2, &RESOURCE),
        kind("ephemeral", 2, &RESOURCE),
        kind("moved", 0, &arguments(Expression)),
        kind("import", 0, &body(&[], &[("to", Expression), ("provider", Expression)])),
        kind("removed", 0, &REMOVED),
        kind("check", 1, &CHECK),
    ],
    arguments: &[],
    others: None,
};

static PLAIN: Schema = arguments(Template);

static TERRAFORM: Schema = Schema {
    blocks: &[
        kind("required_providers", 0, &arguments(Reading::RequiredProvider)),
        kind("backend", 1, &arguments(Verbatim)),
        kind("cloud", 0, &CLOUD),
        kind("provider_meta", 1, &PLAIN),
    ],
    arguments: &[("language", Expression), ("experiments", Expression)],
    others: Some(Verbatim),
};

static CLOUD: Schema =
    Schema { blocks: &[kind("workspaces", 0, &arguments(Verbatim))], arguments: &[], others: Some(Verbatim) };

static VARIABLE: Schema = Schema {
    blocks: &[kind("validation", 0, &PLAIN)],
    arguments: &[("type", Reading::Type)],
    others: Some(Verbatim),
};

static OUTPUT: Schema =
    body(&[kind("precondition", 0, &PLAIN)], &[("description", Verbatim), ("depends_on", Expression)]);

static MODULE: Schema = body(
    &[],
    &[("source", Verbatim), ("version", Verbatim), ("providers", Expression), ("depends_on", Expression)],
);

static RESOURCE: Schema = body(
    &[
        kind("lifecycle", 0, &LIFECYCLE),
        kind("provisioner", 1, &PROVISIONER),
        kind("connection", 0, &PLAIN),
        kind("dynamic", 1, &DYNAMIC),
    ],
    &[("provider", Expression), ("depends_on", Expression)],
);

static LIFECYCLE: Schema = body(
    &[kind("precondition", 0, &PLAIN), kind("postcondition", 0, &PLAIN)],
    &[("ignore_changes", Expression), ("replace_triggered_by", Expression)],
);

static PROVISIONER: Schema =
    body(&[kind("connection", 0, &PLAIN)], &[("when", Expression), ("on_failure", Expression)]);

static DYNAMIC: Schema = body(&[kind("content", 0, &CONTENT)], &[("iterator", Expression)]);

static CONTENT: Schema = body(&[kind("dynamic", 1, &DYNAMIC)], &[]);

static REMOVED: Schema = body(
    &[kind("lifecycle", 0, &PLAIN), kind("provisioner", 1, &PROVISIONER), kind("connection", 0, &PLAIN)],
    &[("from", Expression)],
);

static CHECK: Schema = body(&[kind("data", 2, &RESOURCE), kind("assert", 0, &PLAIN)], &[]);

impl Schema {
    pub fn block(&self, name: &str) -> Option<&'static Kind> {
        self.blocks.iter().find(|k| k.name == name)
    }

    pub fn argument(&self, name: &str) -> Option<Reading> {
        self.arguments.iter().find(|(n, _)| *n == name).map(|(_, r)| *r).or(self.others)
    }
}
