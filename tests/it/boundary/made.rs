//! A configuration that uses a quota by a given amount: resources with only what the measure reads.

use std::collections::BTreeMap;

use tf_headroom::catalog::{
    self, Aggregate, Amount, FilterTerm, Item, JsonPart, Measure, ScopeKey, Test, TypeSchema,
};
use tf_headroom::value::Type;

/// A value of an attribute, or the blocks of one name.
#[derive(Clone, Debug)]
pub enum Tree {
    Text(String),
    Number(u64),
    Bool(bool),
    Null,
    List(Vec<Tree>),
    Fields(BTreeMap<String, Tree>),
    /// An attribute of the parent, which only apply makes known: type and attribute.
    Parent(String, String),
}

/// One resource block.
#[derive(Clone, Debug)]
pub struct Made {
    pub ty: String,
    pub name: &'static str,
    /// None: one instance, without a key.
    pub count: Option<u64>,
    pub attributes: BTreeMap<String, Tree>,
}

/// What a measure is tried with.
pub struct Maker {
    pub measure: &'static Measure,
    schema: Option<&'static TypeSchema>,
    made: Made,
    parents: BTreeMap<String, Made>,
}

/// How a measure reaches an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// So many instances.
    Instances,
    /// So much in one instance.
    Within,
}

/// A size in words: the EC2 instance types from which virtual CPUs are made, small ones first.
const INSTANCE_TYPES: [&str; 8] = [
    "t2.nano",
    "g3s.xlarge",
    "g4dn.xlarge",
    "p2.xlarge",
    "p3.2xlarge",
    "x1e.xlarge",
    "u-3tb1.56xlarge",
    "u-6tb1.56xlarge",
];

pub fn text(text: impl Into<String>) -> Tree {
    Tree::Text(text.into())
}

fn fields() -> Tree {
    Tree::Fields(BTreeMap::new())
}

impl Maker {
    pub fn new(measure: &'static Measure) -> Result<Maker, String> {
        let schema = catalog::resource_schema(measure.resource_type);
        let made = Made {
            ty: measure.resource_type.to_owned(),
            name: "it",
            count: None,
            attributes: BTreeMap::new(),
        };
        let mut maker = Maker { measure, schema, made, parents: BTreeMap::new() };
        maker.scopes()?;
        Ok(maker)
    }

    /// Returns resources that use the quota by `n` amounts of the measure: instances, or what its words count.
    pub fn make(&mut self, n: u64, vcpus: u64) -> Result<(Way, Vec<Made>), String> {
        let way = self.amount(n, vcpus)?;
        for term in self.measure.filter {
            self.condition(term)?;
        }
        // A plan always says what an object is called; AWS's own objects are told by that.
        if matches!(self.item(&["name"]), Some(Item::Attribute(a)) if a.ty == Type::String && a.flags.required())
        {
            self.made.attributes.entry("name".to_owned()).or_insert_with(|| text("tried"));
        }
        let mut attributes = std::mem::take(&mut self.made.attributes);
        for (name, tree) in &mut attributes {
            if let Some(Item::Attribute(a)) = self.item(&[name]) {
                complete(tree, &a.ty);
            }
        }
        self.made.attributes = attributes;
        let mut all: Vec<Made> = self.parents.values().cloned().collect();
        match way {
            Way::Instances => all.push(Made { count: Some(n), ..self.made.clone() }),
            Way::Within => all.push(self.made.clone()),
        }
        Ok((way, all))
    }

    /// Returns how many virtual CPUs the smallest instance type has that the measure counts, and which it is.
    pub fn smallest_machine(&self) -> Option<(&'static str, u64)> {
        let families = self.measure.filter.iter().find_map(|t| match t.test {
            Test::Family(families) => Some(families),
            _ => None,
        });
        let family =
            |name: &str| name.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default().to_owned();
        INSTANCE_TYPES
            .iter()
            .filter(|name| families.is_none_or(|all| all.contains(&family(name).as_str())))
            .find_map(|name| Some((*name, catalog::virtual_cpus(name)?)))
    }

    // ---------------------------------------------------------------- amounts

    fn amount(&mut self, n: u64, vcpus: u64) -> Result<Way, String> {
        let own = self.measure.aggregate == Aggregate::Each;
        match self.measure.amount {
            Amount::One | Amount::Each(_) if own => Err("one instance is one".into()),
            Amount::One if self.measure.scope.iter().any(ScopeKey::is_own) => self.with_children(n),
            Amount::One => Ok(Way::Instances),
            Amount::Each(path) => {
                self.put(path, Tree::List(vec![text("the-parent")]))?;
                Ok(Way::Instances)
            }
            Amount::MaxSame(path) => {
                self.put(path, text("same"))?;
                Ok(Way::Instances)
            }
            Amount::Value(path) | Amount::Max(path) => self.within(path, Tree::Number(n)),
            Amount::Sum(paths) => self.within(paths[0], Tree::Number(n)),
            Amount::Product(factors) => {
                for (i, (path, plus)) in factors.iter().enumerate() {
                    let amount = if i == 0 { n } else { 1 };
                    let short = || format!("{amount} is less than the {plus} that are added");
                    let value = amount.checked_sub(*plus).ok_or_else(short)?;
                    self.put(path, Tree::Number(value))?;
                }
                Ok(Way::Within)
            }
            Amount::Len(paths) | Amount::Distinct(paths) => self.many_of(paths, n),
            Amount::MaxLen(path) => self.many_of(&[path], n),
            Amount::Deep(path, names) => {
                let inner =
                    BTreeMap::from([("arn".to_owned(), text("arn:aws:wafv2:us-east-1:1:regional/ipset/x"))]);
                let statement =
                    BTreeMap::from([(names[0].to_owned(), Tree::List(vec![Tree::Fields(inner)]))]);
                let block = |i| {
                    Tree::Fields(BTreeMap::from([
                        ("name".to_owned(), text(format!("r{i}"))),
                        ("statement".to_owned(), Tree::List(vec![Tree::Fields(statement.clone())])),
                    ]))
                };
                self.put(path, Tree::List((0..n).map(block).collect()))?;
                Ok(Way::Within)
            }
            Amount::Chars(paths) => self.within(paths[0], text("é".repeat(size(n)?))),
            Amount::MaxChars(path) => self.within(path, text("é".repeat(size(n)?))),
            Amount::Bytes(paths) => self.within(paths[0], text("x".repeat(size(n)?))),
            Amount::NoSpace(path) | Amount::JsonBytes(path) => {
                const FRAME: &str = r#"{"Version":""}"#;
                let rest = size(n)?.checked_sub(FRAME.len()).ok_or("too small for a JSON document")?;
                self.within(path, text(format!("{{ \"Version\" : \"{}\" }}\n", "x".repeat(rest))))
            }
            Amount::Base64(path) => {
                use base64::Engine as _;
                let coded = base64::engine::general_purpose::STANDARD.encode("x".repeat(size(n)?));
                self.within(path, text(coded))
            }
            Amount::JsonLen(path) => {
                let rest = size(n)?.checked_sub(r#"{"A":""}"#.len()).ok_or("too small for a map")?;
                self.within(path, Tree::Fields(BTreeMap::from([("A".to_owned(), text("x".repeat(rest)))])))
            }
            Amount::Json(path, part) => self.within(path, text(document(part, size(n)?))),
            Amount::Weight(path, _) => {
                let (name, each) = self.smallest_machine().ok_or("no instance type of these families")?;
                assert_eq!(each, vcpus, "the caller divides by what this returns");
                self.put(path, text(name))?;
                Ok(Way::Instances)
            }
        }
    }

    /// An object that counts in itself: the rest is made of what else counts in it.
    fn with_children(&mut self, n: u64) -> Result<Way, String> {
        let own = self.measure;
        let is_child = |m: &&Measure| {
            m.part == own.part
                && m.scope_type == own.scope_type
                && m.filter.is_empty()
                && matches!(m.amount, Amount::One)
                && matches!(m.scope, [ScopeKey::Attribute { .. }])
        };
        let child = own.quota.get().measures.iter().find(is_child).ok_or("nothing else counts in it")?;
        let rest = n.checked_sub(1).ok_or("it counts one by itself")?;
        let (_, children) = Maker::new(child)?.make(rest, 1)?;
        let of_children = children.into_iter().filter(|m| m.name != "parent" || m.ty != own.resource_type);
        self.parents.extend(of_children.map(|m| (format!("{} {}", m.ty, m.name), m)));
        self.made.name = "parent";
        Ok(Way::Within)
    }

    fn within(&mut self, path: &[&str], value: Tree) -> Result<Way, String> {
        self.put(path, value)?;
        Ok(Way::Within)
    }

    /// Makes `n` of what lies at the ends of one of the paths, in one instance if it can hold them.
    fn many_of(&mut self, paths: &[&[&str]], n: u64) -> Result<Way, String> {
        let count = size(n)?;
        // A single figure in the schema's facts is the greatest number of blocks, or the least one.
        let own = self.measure.aggregate == Aggregate::Each;
        let find = |loose| paths.iter().find_map(|path| Some((*path, self.repeats(path, n, loose)?)));
        let texts = matches!(self.measure.amount, Amount::Distinct(_));
        let roomy = find(false).or_else(|| if own || texts { find(true) } else { None });
        let Some((path, at)) = roomy else {
            if own {
                return Err(format!("nothing at {:?} can be there {n} times", paths[0]));
            }
            let one = match self.single(paths[0], 0) {
                block @ Tree::Fields(_) if self.is_block(paths[0]) => Tree::List(vec![block]),
                one => one,
            };
            self.put(paths[0], one)?;
            return Ok(Way::Instances);
        };
        let (outer, inner) = path.split_at(at + 1);
        let many = if inner.is_empty() && self.is_map(outer) {
            Tree::Fields((0..count).map(|i| (format!("k{i}"), text("v"))).collect())
        } else {
            let item = |i: usize| {
                let mut item =
                    if self.is_block(outer) || !inner.is_empty() { fields() } else { self.single(outer, i) };
                if !inner.is_empty() {
                    let leaf = match self.single(path, i) {
                        block @ Tree::Fields(_) if self.is_block(path) => Tree::List(vec![block]),
                        leaf => leaf,
                    };
                    self.put_in(&mut item, outer, inner, leaf);
                }
                if let Tree::Fields(fields) = &mut item
                    && let Some((name, value)) = self.distinction(outer, i)
                {
                    fields.entry(name).or_insert(value);
                }
                item
            };
            Tree::List((0..count).map(item).collect())
        };
        self.put(outer, many)?;
        Ok(Way::Within)
    }

    /// Returns which step of a path can be there `n` times, the last one that can.
    fn repeats(&self, path: &[&str], n: u64, loose: bool) -> Option<usize> {
        (0..path.len()).rev().find(|at| {
            if self.schema.is_none() {
                return *at == 0;
            }
            match self.item(&path[..=*at]) {
                Some(Item::Block(block)) => loose || block.max_items.is_none_or(|max| u64::from(max) > n),
                Some(Item::Attribute(a)) => {
                    matches!(a.ty, Type::List(_) | Type::Set(_))
                        || a.ty.is_iterable() && *at + 1 == path.len()
                }
                None => false,
            }
        })
    }

    /// What lies at a path; of an attribute inside of an attribute, its type.
    fn item(&self, path: &[&str]) -> Option<Item> {
        let schema = self.schema.as_ref()?;
        if let Some(item) = schema.get(&path.join(".")) {
            return Some(item.clone());
        }
        let (name, outer) = path.split_last()?;
        if outer.is_empty() {
            return None;
        }
        let Some(Item::Attribute(a)) = self.item(outer) else { return None };
        let object = match &a.ty {
            Type::List(inner) | Type::Set(inner) => inner.as_ref(),
            other => other,
        };
        let Type::Object(all) = object else { return None };
        let field = all.iter().find(|f| f.name == *name)?;
        Some(Item::Attribute(catalog::Attribute { ty: field.ty.clone(), flags: a.flags }))
    }

    /// True for a nested block, and for a name that the schema lacks: only blocks are counted of those.
    fn is_block(&self, path: &[&str]) -> bool {
        !matches!(self.item(path), Some(Item::Attribute(_)))
    }

    fn is_map(&self, path: &[&str]) -> bool {
        matches!(self.item(path), Some(Item::Attribute(a)) if matches!(a.ty, Type::Map(_)))
    }

    /// A value for one element at a path: of the type that the schema says.
    fn single(&self, path: &[&str], i: usize) -> Tree {
        let of = |ty: &Type| match ty {
            Type::Number => Tree::Number(i as u64 + 1),
            Type::Bool => Tree::Bool(true),
            Type::Object(all) => {
                let value = |ty: &Type| match ty {
                    Type::String => text(format!("x{i}")),
                    Type::Number => Tree::Number(i as u64),
                    _ => Tree::Null,
                };
                Tree::Fields(all.iter().map(|f| (f.name.to_string(), value(&f.ty))).collect())
            }
            _ => text(format!("x{i}")),
        };
        match self.item(path) {
            Some(Item::Attribute(a)) => match &a.ty {
                Type::List(inner) | Type::Set(inner) => of(inner),
                other => of(other),
            },
            _ => {
                let mut block = BTreeMap::new();
                block.extend(self.distinction(path, i));
                Tree::Fields(block)
            }
        }
    }

    /// An argument that tells the blocks of one name apart: equal elements of a set are one.
    fn distinction(&self, path: &[&str], i: usize) -> Option<(String, Tree)> {
        let read: Vec<&[&str]> = self.read_paths();
        let schema = self.schema.as_ref()?;
        let free = |name: &str| {
            let whole: Vec<&str> = path.iter().copied().chain([name]).collect();
            !read.iter().any(|p| p.starts_with(&whole) || whole.starts_with(p) && p.len() == whole.len())
        };
        let usable = |name: &&str, item: &Item| match item {
            Item::Attribute(a) if free(name) && (a.flags.required() || a.flags.optional()) => match a.ty {
                Type::String => Some(text(format!("x{i}"))),
                Type::Number => Some(Tree::Number(i as u64)),
                _ => None,
            },
            _ => None,
        };
        schema
            .children(&path.join("."))
            .find_map(|(name, item)| Some((name.to_owned(), usable(&name, item)?)))
    }

    /// Every path that the measure or its conditions read.
    fn read_paths(&self) -> Vec<&'static [&'static str]> {
        let mut all: Vec<&'static [&'static str]> = match self.measure.amount {
            Amount::Len(paths) | Amount::Distinct(paths) | Amount::Sum(paths) => paths.to_vec(),
            Amount::MaxLen(path) | Amount::Max(path) => vec![path],
            _ => Vec::new(),
        };
        all.extend(self.measure.blind);
        for term in self.measure.filter.iter().filter(|t| !t.at.is_empty()) {
            for path in term.paths {
                let whole: Vec<&'static str> = term.at.iter().chain(path.iter()).copied().collect();
                all.push(Box::leak(whole.into_boxed_slice()));
            }
        }
        all
    }

    // ---------------------------------------------------------------- scopes and conditions

    fn scopes(&mut self) -> Result<(), String> {
        let measure = self.measure;
        let together = measure.scope.len() > 1;
        for key in measure.scope {
            match key {
                ScopeKey::Own => {}
                ScopeKey::Attribute { name, .. } if together => {
                    self.put(&[name], text(format!("the-{name}")))?
                }
                ScopeKey::Attribute { name, .. } => {
                    if matches!(measure.amount, Amount::Each(_)) {
                        continue;
                    }
                    // Of what only apply makes known, a plan does not say that it is set.
                    let asked =
                        measure.filter.iter().any(|t| t.paths.contains(&&[*name][..]) && t.steps.is_empty());
                    let parent = if asked { text("the-parent") } else { self.parent(measure.scope_type) };
                    self.put(&[name], parent)?;
                }
                ScopeKey::Through { name, steps } => {
                    self.chain(name, steps, None)?;
                    let (last, attribute) = steps[steps.len() - 1];
                    let to = if together { "availability_zone" } else { measure.scope_type };
                    let end = self.parent(to);
                    let parent = self.parents.get_mut(last).expect("the chain made it");
                    parent.attributes.insert(attribute.to_owned(), end);
                }
            }
        }
        Ok(())
    }

    /// Declares a parent and returns what refers to it; scopes that no resource stands for are texts.
    fn parent(&mut self, ty: &str) -> Tree {
        if catalog::resource_schema(ty).is_none() && !ty.starts_with("aws_") {
            return text("us-east-1a");
        }
        self.parents.entry(ty.to_owned()).or_insert_with(|| Made {
            ty: ty.to_owned(),
            name: "parent",
            count: None,
            attributes: BTreeMap::new(),
        });
        let by = catalog::identity(ty).attributes.first().copied().unwrap_or("id");
        Tree::Parent(ty.to_owned(), by.to_owned())
    }

    /// Declares the parents on a way, and sets what the last step leads to.
    fn chain(&mut self, name: &str, steps: &[(&str, &str)], value: Option<Tree>) -> Result<(), String> {
        let first = self.parent(steps[0].0);
        self.put(&[name], first)?;
        for (i, (ty, attribute)) in steps.iter().enumerate() {
            let leads_to = match steps.get(i + 1) {
                Some((next, _)) => Some(self.parent(next)),
                None => value.clone(),
            };
            if let Some(value) = leads_to {
                let parent = self.parents.get_mut(*ty).expect("the chain made it");
                parent.attributes.insert((*attribute).to_owned(), value);
            }
        }
        Ok(())
    }

    fn condition(&mut self, term: &FilterTerm) -> Result<(), String> {
        let path = term.paths[0];
        let typed = |word: &str, ty: Option<&Type>| match ty {
            Some(Type::Bool) => Tree::Bool(word == "true"),
            Some(Type::Number) => Tree::Number(word.parse().unwrap_or(0)),
            Some(Type::List(_) | Type::Set(_)) => Tree::List(vec![text(word)]),
            _ => text(word),
        };
        let whole: Vec<&str> = term.at.iter().chain(path.iter()).copied().collect();
        let ty = match self.item(&whole) {
            Some(Item::Attribute(a)) => Some(a.ty.clone()),
            _ => None,
        };
        let value = match term.test {
            Test::Is(words) => match term.steps.last() {
                Some((parent, attribute)) => {
                    let schema = catalog::resource_schema(parent);
                    let ty = schema.as_ref().and_then(|s| s.attribute(attribute)).map(|a| a.ty.clone());
                    typed(words[0], ty.as_ref())
                }
                None => typed(words[0], ty.as_ref()),
            },
            Test::Not(_) => text("custom"),
            Test::Set => match self.single(&whole, 0) {
                one @ Tree::Fields(_) => Tree::List(vec![one]),
                one => one,
            },
            Test::Unset | Test::Family(_) => return Ok(()),
            Test::Arn { service, .. } => text(format!("arn:aws:{service}:us-east-1:123456789012:x/y")),
        };
        if !term.steps.is_empty() {
            return self.chain(path[0], term.steps, Some(value));
        }
        if term.at.is_empty() {
            if self.has(path) { Ok(()) } else { self.put(path, value) }
        } else {
            let mut attributes = std::mem::take(&mut self.made.attributes);
            let mut root = Tree::Fields(std::mem::take(&mut attributes));
            for_each(&mut root, term.at, &mut |element| self.put_in(element, term.at, path, value.clone()));
            if let Tree::Fields(fields) = root {
                self.made.attributes = fields;
            }
            Ok(())
        }
    }

    fn has(&self, path: &[&str]) -> bool {
        let mut found = false;
        let mut root = Tree::Fields(self.made.attributes.clone());
        for_each(&mut root, path, &mut |_| found = true);
        found
    }

    // ---------------------------------------------------------------- placing

    fn put(&mut self, path: &[&str], value: Tree) -> Result<(), String> {
        if let Some(schema) = &self.schema
            && catalog::wanted(self.measure.resource_type).contains(path[0])
            && schema.get(path[0]).is_none()
            && schema.children("").count() > 0
            && self.measure.resource_type != "aws_nat_gateway"
        {
            return Err(format!("the schema has no `{}`", path[0]));
        }
        let mut root = Tree::Fields(std::mem::take(&mut self.made.attributes));
        self.put_in(&mut root, &[], path, value);
        if let Tree::Fields(fields) = root {
            self.made.attributes = fields;
        }
        Ok(())
    }

    /// Sets what lies at `path` below a block at `at`, making the blocks between.
    fn put_in(&self, block: &mut Tree, at: &[&str], path: &[&str], value: Tree) {
        let Tree::Fields(fields) = block else { return };
        let [name, rest @ ..] = path else { return };
        if rest.is_empty() {
            fields.insert((*name).to_owned(), value);
            return;
        }
        let here: Vec<&str> = at.iter().copied().chain([*name]).collect();
        let single = matches!(self.item(&here), Some(Item::Attribute(a)) if matches!(a.ty, Type::Object(_) | Type::Map(_)));
        let inner = fields
            .entry((*name).to_owned())
            .or_insert_with(|| if single { self::fields() } else { Tree::List(vec![self::fields()]) });
        match inner {
            Tree::List(items) => {
                for item in items {
                    self.put_in(item, &here, rest, value.clone());
                }
            }
            other => self.put_in(other, &here, rest, value),
        }
    }
}

/// Gives objects the attributes that their type asks for.
fn complete(tree: &mut Tree, ty: &Type) {
    match (tree, ty) {
        (Tree::List(items), Type::List(inner) | Type::Set(inner)) => {
            items.iter_mut().for_each(|item| complete(item, inner));
        }
        (Tree::Fields(fields), Type::Object(all)) => {
            for field in all.iter() {
                complete(fields.entry(field.name.to_string()).or_insert(Tree::Null), &field.ty);
            }
        }
        _ => {}
    }
}

/// Calls with every element that a path leads to.
fn for_each(tree: &mut Tree, path: &[&str], call: &mut dyn FnMut(&mut Tree)) {
    match tree {
        Tree::List(items) => items.iter_mut().for_each(|item| for_each(item, path, call)),
        other if path.is_empty() => call(other),
        Tree::Fields(fields) => {
            if let Some(inner) = fields.get_mut(path[0]) {
                for_each(inner, &path[1..], call);
            }
        }
        _ => {}
    }
}

fn size(n: u64) -> Result<usize, String> {
    match usize::try_from(n) {
        Ok(n) if n <= 64 << 20 => Ok(n),
        _ => Err(format!("{n} of them are too many to write down")),
    }
}

/// A policy or list with `n` of these parts.
fn document(part: JsonPart, n: usize) -> String {
    use serde_json::json;
    let names = |prefix: &str| (0..n).map(|i| format!("{prefix}{i}")).collect::<Vec<_>>();
    let statement = |field: &str, value: serde_json::Value| {
        let mut statement = json!({ "Effect": "Allow" });
        statement[field] = value;
        json!({ "Version": "2012-10-17", "Statement": [statement] })
    };
    let document = match part {
        JsonPart::Items => json!(names("c").iter().map(|n| json!({ "name": n })).collect::<Vec<_>>()),
        JsonPart::Statements => {
            json!({ "Statement": names("S").iter().map(|n| json!({ "Sid": n })).collect::<Vec<_>>() })
        }
        JsonPart::Principals => statement("Principal", json!({ "AWS": names("1234567890") })),
        JsonPart::Conditions => {
            let keys: BTreeMap<String, &str> = names("aws:k").into_iter().map(|k| (k, "v")).collect();
            statement("Condition", json!({ "StringEquals": keys }))
        }
        JsonPart::Actions => statement("Action", json!(names("sqs:A"))),
    };
    document.to_string()
}
