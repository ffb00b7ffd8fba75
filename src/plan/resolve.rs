//! Which parent an instance belongs to, where the plan knows only after apply.
//!
//! The configuration tells what an expression refers to, flat and without locals. So the way is followed from the block
//! through inputs, outputs and `each.value`; a local may be anything of its module that is of the parent's type.
//! What is followed never leaves a candidate out; several candidates stay several.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use ecow::EcoString;

use super::config::{Block, Call, Config, Expr, Ref, Repeat, To};
use super::drafts::Draft;
use super::order::Order;
use super::search::{Found, Index, Of, Place, Repeated, Search, Work, one_of};
use super::store::{NONE, Named, Store, index};
use crate::address::{Key, Mode, ModuleInstance};
use crate::catalog;
use crate::inventory::{Change, ParentId, ParentName, ScopeRef};
use crate::value::{Cause, CauseKind, Count};

/// Finds the parents of instances.
pub struct Resolver<'s> {
    pub store: &'s mut Store,
    pub config: &'s Config,
    order: Order,
    /// Drafts that are parents, by parent; [`NONE`] for what is no draft.
    draft_of: Vec<u32>,
    /// Drafts that became parents and are not told of yet.
    pub made: Vec<u32>,
    /// Module of the configuration by module instance, and two; 1: there is none. 0: it was not asked for.
    modules: Vec<u32>,
    /// Blocks of the configuration, by its module and the number of the block.
    blocks: foldhash::HashMap<(u32, u32), Option<&'s Block>>,
    closures: HashMap<(u32, &'static str), Rc<Found>>,
    /// What repeats over the same keys as what: module, block or call; module, block.
    same_keys: RefCell<HashMap<(u32, Repeated, u32, u32), bool>>,
}

/// Types whose attributes can hold anything.
const CARRIERS: [&str; 12] = [
    "terraform_data",
    "null_resource",
    "aws_cloudformation_stack",
    "aws_cloudcontrolapi_resource",
    "aws_ssm_parameter",
    "aws_lambda_invocation",
    "terraform_remote_state",
    "external",
    "http",
    "aws_cloudformation_export",
    "aws_secretsmanager_secret_version",
    "null_data_source",
];

/// Returns the drafts that are parents, by parent.
fn draft_of(store: &Store) -> Vec<u32> {
    let all = store.drafts.parents();
    let mut draft_of = vec![NONE; all.iter().map(|(_, id)| id.0 as usize + 1).max().unwrap_or(0)];
    all.into_iter().for_each(|(i, id)| draft_of[id.0 as usize] = i);
    draft_of
}

impl<'s> Resolver<'s> {
    pub fn new(store: &'s mut Store, config: &'s Config) -> Resolver<'s> {
        let (order, draft_of) = (Order::of(&store.drafts), draft_of(store));
        Resolver {
            store,
            config,
            order,
            draft_of,
            made: Vec::new(),
            modules: Vec::new(),
            blocks: foldhash::HashMap::default(),
            closures: HashMap::new(),
            same_keys: RefCell::default(),
        }
    }

    /// Makes the parents that must be there before anything is counted.
    pub fn make_parents(&mut self) {
        self.store.make_parents();
        self.draft_of = draft_of(self.store);
    }

    /// Returns the draft that is a parent.
    pub fn draft_of(&self, id: ParentId) -> Option<u32> {
        self.draft_of.get(id.0 as usize).copied().filter(|i| *i != NONE)
    }

    pub fn draft(&self, i: u32) -> Draft {
        self.store.drafts.get(i)
    }

    /// Returns the module of the configuration that a module instance is of.
    pub fn config_module(&mut self, module: u32) -> Option<usize> {
        let at = module as usize;
        if let Some(of) = self.modules.get(at).and_then(|found| found.checked_sub(1)) {
            return of.checked_sub(1).map(|of| of as usize);
        }
        let found = match module {
            0 => (!self.config.modules.is_empty()).then_some(0),
            module => {
                let outer = self.config_module(self.store.modules.outer(module));
                let name = self.store.modules.name_of(module);
                outer.and_then(|p| self.config.modules[p].calls.get(name)).map(|c| c.module)
            }
        };
        if self.modules.len() <= at {
            self.modules.resize(at + 1, 0);
        }
        self.modules[at] = found.map_or(1, |of| index(of) + 2);
        found
    }

    /// Returns the block of the configuration that an instance is of.
    pub fn config_block(&mut self, i: u32) -> Option<&'s Block> {
        let (module, block) = self.store.drafts.place(i);
        let module = self.config_module(module)?;
        *self.blocks.entry((module as u32, block)).or_insert_with(|| {
            let name = &self.store.blocks[block as usize].name;
            self.config.modules[module].blocks.get(&(name.mode, name.ty.clone(), name.name.clone()))
        })
    }

    /// Returns the parent that an attribute of an instance names, before or after.
    pub fn scope(&mut self, i: u32, scope: usize, after: bool, unset: Option<&str>) -> ScopeRef {
        let found = self.store.drafts.scope(i, scope);
        let named = if after { found.after } else { found.before };
        let resolved = self.named(i, scope, named);
        match (resolved, unset) {
            (ScopeRef::Nothing, Some(text)) => {
                let kind = self.store.ask_at(i).scopes[scope].kind;
                ScopeRef::Parent(self.store.parents.of_text(kind, text))
            }
            (resolved, _) => resolved,
        }
    }

    /// Returns the parents that a list names, before or after, one by one.
    pub fn scopes(&mut self, i: u32, scope: usize, after: bool) -> Vec<ScopeRef> {
        let found = self.store.drafts.scope(i, scope);
        match if after { found.after } else { found.before } {
            Named::Several(list) => {
                let list = self.store.lists[list as usize].clone();
                list.iter().map(|named| self.named(i, scope, *named)).collect()
            }
            named => match self.named(i, scope, named) {
                ScopeRef::Nothing => Vec::new(),
                one => vec![one],
            },
        }
    }

    fn named(&mut self, i: u32, scope: usize, named: Named) -> ScopeRef {
        match named {
            Named::Nothing => ScopeRef::Nothing,
            Named::Parent(id) => ScopeRef::Parent(self.store.parents.resolve(id)),
            Named::Several(list) => {
                let list = self.store.lists[list as usize].clone();
                match list.iter().map(|named| self.named(i, scope, *named)).collect::<Vec<_>>() {
                    all if all.is_empty() => ScopeRef::Nothing,
                    all => one_of(all),
                }
            }
            Named::Unknown => self.unknown(i, scope),
        }
    }

    /// Follows the expression of an attribute whose value is not known.
    fn unknown(&mut self, i: u32, scope: usize) -> ScopeRef {
        let (name, kind) = {
            let ask = &self.store.ask_at(i).scopes[scope];
            (ask.name, ask.kind)
        };
        self.expression(i, name, kind)
    }

    /// Returns the parents of a type that the expression of an attribute or block may stand for.
    pub fn expression(&mut self, i: u32, name: &str, kind: &'static str) -> ScopeRef {
        let cause =
            Cause::new(CauseKind::Attribute, format!("{}.{name}", self.store.address(&self.draft(i))), None);
        let Some(block) = self.config_block(i) else { return ScopeRef::Unknown(cause) };
        let Some(expr) = block.attributes.get(name) else {
            // Nobody sets it: the provider chooses, as it does in the source.
            return ScopeRef::Nothing;
        };
        let draft = self.draft(i);
        let mut search = Search::new(kind, draft.module);
        let place = Place::of(&draft, block);
        search.add(place, expr.references(), &[]);
        self.run(search).decide(cause)
    }

    /// Follows references until nothing new is found.
    fn run(&mut self, mut search: Search<'s>) -> Found {
        while let Some(Work { place, refs, rest }) = search.work.pop() {
            for (i, r) in refs.iter().enumerate() {
                // `x[each.key].id` is told as `x` and `each.key`: the rest of the path is lost.
                let index = match refs.get(i + 1) {
                    Some(Ref { to: To::EachKey | To::CountIndex, .. }) if r.path.is_empty() => Index::Key,
                    Some(Ref { to: To::EachValue, path }) if r.path.is_empty() && path.is_empty() => {
                        Index::Value
                    }
                    _ => Index::No,
                };
                let indexes = i > 0 && refs[i - 1].path.is_empty();
                self.follow(&place, r, index, indexes, &rest, &mut search);
            }
        }
        search.found
    }

    /// Adds what a reference may stand for. `rest` is the path that is taken of the result.
    fn follow(
        &mut self,
        at: &Place<'s>,
        r: &'s Ref,
        index: Index,
        indexes: bool,
        rest: &[EcoString],
        search: &mut Search<'s>,
    ) {
        let path: Vec<EcoString> = r.path.iter().chain(rest).cloned().collect();
        let chosen = |key: &'s Key| match key {
            Key::Unknown => (index == Index::Key).then(|| at.key.clone()),
            key => Some(key.clone()),
        };
        match &r.to {
            To::Resource { mode, ty, name, key } => {
                let block = self.store.find_block(*mode, ty, name);
                let same =
                    index == Index::Value && block.is_some_and(|b| self.have_same_keys(at, at.module, b));
                let key = if same { Some(at.key.clone()) } else { chosen(key) };
                self.resource(at.module, (*mode, ty, name), key, &path, search);
            }
            To::Module { name, key } => self.output(at.module, name, chosen(key), &path, search),
            To::Local(_) if index != Index::No && !search.any_key => {
                let all = self.closure(at.module, search.kind);
                match self.of_same_key(at, &all) {
                    Some(one) => search.found.candidate(one),
                    None => search.found.add(&all),
                }
            }
            To::Variable(name) => self.input(at.module, name, &path, search),
            To::Local(_) => self.local(at.module, search),
            To::EachValue => self.each_value(at, &path, search),
            // What only indexes is not handed on.
            To::EachKey | To::CountIndex if indexes => {}
            To::EachKey | To::CountIndex | To::Other => search.found.known_one = true,
        }
    }

    /// Returns the candidate of the same key, if they are all instances of one block that has the same keys.
    fn of_same_key(&self, at: &Place<'_>, all: &Found) -> Option<ParentId> {
        if all.doubt.is_some() {
            return None;
        }
        let drafts: Option<Vec<u32>> = all.candidates.iter().map(|id| self.draft_of(*id)).collect();
        let drafts = drafts?;
        let block = |i: &u32| self.store.drafts.place(*i);
        let (module, name) = block(drafts.first()?);
        if drafts.iter().any(|i| block(i) != (module, name)) || !self.have_same_keys(at, module, name) {
            return None;
        }
        let found = drafts.into_iter().find(|i| self.draft(*i).key == at.key)?;
        Some(self.draft(found).parent)
    }

    /// True if the block or call of a place is repeated over the same keys as another block.
    fn have_same_keys(&self, at: &Place<'_>, module: u32, block: u32) -> bool {
        let here = match at.of {
            Of::Block(block) => Repeated::Block(block),
            Of::Call(name) => Repeated::Call(name.clone()),
            Of::Nothing => return false,
        };
        if at.key == Key::None {
            return false;
        }
        let pair = (at.module, here, module, block);
        if let Some(same) = self.same_keys.borrow().get(&pair) {
            return *same;
        }
        let of_block = |module, block| -> Vec<Key> {
            let all = self.drafts(module, block).into_iter().map(|i| self.draft(i));
            all.filter(|d| d.after > 0).map(|d| d.key).collect()
        };
        let mut here: Vec<Key> = match &pair.1 {
            Repeated::Block(block) => of_block(at.module, *block),
            Repeated::Call(name) => {
                self.store.modules.of_call(at.module, name).map(|(_, key)| key.clone()).collect()
            }
        };
        let mut there = of_block(module, block);
        here.sort_unstable();
        there.sort_unstable();
        let same = here == there;
        self.same_keys.borrow_mut().insert(pair, same);
        same
    }

    /// `each.value.x`: the instance of the same key, if all instances of a block are gone through.
    fn each_value(&mut self, at: &Place<'s>, path: &[EcoString], search: &mut Search<'s>) {
        let Repeat::ForEach(expr) = at.repeat else {
            search.found.known_one = true;
            return;
        };
        let key = Some(at.key.clone());
        match expr.references() {
            [Ref { to: To::Resource { mode, ty, name, key: Key::Unknown }, path: of }] if of.is_empty() => {
                self.resource(at.module, (*mode, ty, name), key, path, search);
            }
            [Ref { to: To::Module { name, key: Key::Unknown }, path: of }] if of.is_empty() => {
                self.output(at.module, name, key, path, search);
            }
            refs => {
                let outside = Place { key: Key::Unknown, repeat: &Repeat::Once, of: Of::Nothing, ..*at };
                search.add(outside, refs, path);
            }
        }
    }

    /// An input of a module: the expression that its call gives.
    fn input(&mut self, module: u32, name: &EcoString, path: &[EcoString], search: &mut Search<'s>) {
        let found = self.given(module, name);
        // A variable of the root is known in every plan, and an input that the call does not give has its default:
        // what is unknown is something else, unless the condition is that chooses.
        let Some((outer, instance, call_name, call, expr)) = found else {
            search.found.known_one = true;
            return;
        };
        let place =
            Place { module: outer, key: instance.key.clone(), repeat: &call.repeat, of: Of::Call(call_name) };
        // What is taken of an object that the call puts together cannot be told from its references.
        let path = if expr.references().len() == 1 { path } else { &[] };
        search.add(place, expr.references(), path);
    }

    /// Returns what a call gives for an input of a module instance, with the call and where it stands.
    fn given(
        &mut self,
        module: u32,
        name: &EcoString,
    ) -> Option<(u32, Arc<ModuleInstance>, &'s EcoString, &'s Call, &'s Expr)> {
        let instance = self.store.modules.get(module)?;
        let outer = self.store.modules.outer(module);
        let of = self.config_module(outer)?;
        let config = self.config;
        let (call_name, call) = config.modules[of].calls.get_key_value(&instance.name)?;
        let expr = call.inputs.get(name)?;
        Some((outer, instance, call_name, call, expr))
    }

    /// An output of a module: its expression, in each instance that it may be of.
    fn output(
        &mut self,
        module: u32,
        name: &EcoString,
        key: Option<Key>,
        path: &[EcoString],
        search: &mut Search<'s>,
    ) {
        let Some(of) = self.config_module(module) else { return };
        let config = self.config;
        let Some(call) = config.modules[of].calls.get(name) else { return };
        let child = &config.modules[call.module];
        for instance in self.instances(module, name, key, &call.repeat) {
            let mut add = |expr: &'s Expr, rest: &[EcoString]| {
                let place =
                    Place { module: instance, key: Key::Unknown, repeat: &Repeat::Once, of: Of::Nothing };
                let rest = if expr.references().len() == 1 { rest } else { &[] };
                search.add(place, expr.references(), rest);
            };
            match path.split_first().and_then(|(output, rest)| Some((child.outputs.get(output)?, rest))) {
                Some((expr, rest)) => add(expr, rest),
                None => child.outputs.values().for_each(|expr| add(expr, &[])),
            }
        }
    }

    /// Returns the instances of a module call that a reference may be to.
    fn instances(&mut self, parent: u32, name: &EcoString, key: Option<Key>, repeat: &Repeat) -> Vec<u32> {
        let prefix = self.store.modules.get(parent);
        let make = |store: &mut Store, key: Key| {
            let instance = ModuleInstance { parent: prefix.clone(), name: name.clone(), key };
            store.modules.add(&instance)
        };
        if matches!(repeat, Repeat::Once) {
            // A module without resources of its own shows up nowhere else.
            return make(self.store, Key::None).into_iter().collect();
        }
        if let Some(key) = key.filter(|k| *k != Key::Unknown) {
            return make(self.store, key).into_iter().collect();
        }
        let all: Vec<u32> = self.store.modules.of_call(parent, name).map(|(i, _)| i).collect();
        if all.is_empty() { make(self.store, Key::Unknown).into_iter().collect() } else { all }
    }

    /// Returns the drafts of a block in a module instance.
    fn drafts(&self, module: u32, block: u32) -> Vec<u32> {
        self.order.equal(&self.store.drafts, |place| place.cmp(&(module, block)))
    }

    fn resource(
        &mut self,
        module: u32,
        (mode, ty, name): (Mode, &EcoString, &EcoString),
        key: Option<Key>,
        path: &[EcoString],
        search: &mut Search<'s>,
    ) {
        // A data source that the plan does not list was read before.
        let Some(block) = self.store.find_block(mode, ty, name) else {
            search.found.known_one |= mode == Mode::Data;
            return;
        };
        let all = self.drafts(module, block);
        search.found.known_one |= mode == Mode::Data && all.is_empty();
        let key = key.filter(|k| *k != Key::Unknown);
        let of_key: Vec<u32> =
            all.iter().copied().filter(|i| key.as_ref() == Some(&self.draft(*i).key)).collect();
        let chosen = if of_key.is_empty() { all } else { of_key };
        for i in chosen {
            if mode == Mode::Managed {
                self.instance(i, path.first(), search);
            } else if !self.draft(i).flags.from_state {
                // A data source that is read during apply names its object by itself.
                self.data(i, search);
            } else {
                search.found.known_one = true;
            }
        }
    }

    fn data(&mut self, i: u32, search: &mut Search<'s>) {
        let address = self.store.address(&self.draft(i));
        let one = Count::exactly(1);
        let id = self.store.parents.add(search.kind, ParentName::Address(address), one, one);
        search.found.candidate(id);
    }

    /// What an attribute of an instance may stand for.
    fn instance(&mut self, i: u32, attribute: Option<&EcoString>, search: &mut Search<'s>) {
        let kind = search.kind;
        let draft = self.draft(i);
        if draft.after == 0 {
            return;
        }
        let ask = self.store.ask_of(&draft).clone();
        let is_of_kind = ask.kind == kind || (kind.is_empty() && ask.is_parent);
        let identity = catalog::identity(&ask.kind).attributes;
        if is_of_kind && attribute.is_none_or(|a| identity.contains(&a.as_str())) {
            // What is known would be known in the attribute as well.
            if draft.flags.new_identity {
                let parent = self.parent(i);
                search.found.candidate(parent);
            } else {
                search.found.known_one = true;
            }
            return;
        }
        // It may hand on what it was given: the bot of a locale. What is set is planned as it is set.
        let scopes = ask.scopes.iter().filter(|s| s.kind == kind).map(|s| s.name);
        let names: Vec<&str> = attribute.map_or_else(|| scopes.collect(), |a| vec![a.as_str()]);
        if let Some(block) = self.config_block(i) {
            let exprs = names.iter().filter_map(|name| block.attributes.get(*name));
            let mut any = false;
            for expr in exprs {
                search.add(Place::of(&self.draft(i), block), expr.references(), &[]);
                any = true;
            }
            if any {
                return;
            }
        }
        // Its own id is not that of an object of another type, but may hold that of its parent: an id of a queue begins
        // with its instance's.
        let own = |a: &EcoString| ask.is_parent && identity.contains(&a.as_str());
        if attribute.is_some_and(own) {
            search.found.another = true;
            search.found.known_one |= ask.scopes.iter().any(|s| s.kind == kind);
            return;
        }
        if attribute.is_some_and(|a| names_itself(&self.store.block_of(&self.draft(i)).name.ty, a)) {
            return;
        }
        let draft = self.draft(i);
        let changes = matches!(
            draft.change,
            Change::Create | Change::Update | Change::Replace | Change::ReplaceCreateFirst
        );
        let may_carry =
            attribute.is_some() || CARRIERS.contains(&self.store.block_of(&draft).name.ty.as_str());
        search.found.known_one |= !changes && attribute.is_some();
        if changes && may_carry {
            let address = self.store.address(&draft);
            search.found.doubt(|| {
                let what = attribute.map_or_else(|| address.to_string(), |a| format!("{address}.{a}"));
                Cause::new(CauseKind::Attribute, what, None)
            });
        }
    }

    /// The parent that an instance is.
    pub fn parent(&mut self, i: u32) -> ParentId {
        let draft = self.draft(i);
        if draft.flags.parent {
            if draft.parent == ParentId::UNUSED {
                let id = self.store.parent(i);
                let at = id.0 as usize;
                if self.draft_of.len() <= at {
                    self.draft_of.resize(at + 1, NONE);
                }
                self.draft_of[at] = i;
                self.made.push(i);
            }
            return self.store.parents.resolve(self.draft(i).parent);
        }
        let address = self.store.address(&draft);
        let count = |n: u8| Count::exactly(u64::from(n));
        let (before, after) = (count(draft.before), count(draft.after.min(1)));
        let kind = self.store.ask_of(&draft).kind.clone();
        let kind = if kind.is_empty() { address.block.ty.clone() } else { kind };
        self.store.parents.of_instance_as(&kind, &address, before, after)
    }

    /// Anything of the parent's type that a local of a module can stand for: its resources, inputs and inner modules.
    fn local(&mut self, module: u32, search: &mut Search<'s>) {
        if !search.locals.insert(module) {
            return;
        }
        // What an outer module holds is asked for from many inner ones.
        if module != search.start && self.is_inside(search.start, module) {
            let all = self.closure(module, search.kind);
            search.found.add(&all);
            return;
        }
        self.own(module, search);
        if let Some(of) = self.config_module(module) {
            let config = self.config;
            for name in config.modules[of].calls.keys() {
                self.output(module, name, None, &[], search);
            }
            let call =
                config.modules[of].parent.as_ref().map(|(outer, name)| &config.modules[*outer].calls[name]);
            for name in call.into_iter().flat_map(|call| call.inputs.keys()) {
                self.input(module, name, &[], search);
            }
        }
    }

    /// True if a module instance lies in another one.
    fn is_inside(&self, inner: u32, outer: u32) -> bool {
        let mut at = inner;
        while at != 0 {
            at = self.store.modules.outer(at);
            if at == outer {
                return true;
            }
        }
        false
    }

    /// Everything that locals of a module can stand for.
    fn closure(&mut self, module: u32, kind: &'static str) -> Rc<Found> {
        if let Some(found) = self.closures.get(&(module, kind)) {
            return found.clone();
        }
        let mut search = Search { any_key: true, ..Search::new(kind, module) };
        self.local(module, &mut search);
        let found = Rc::new(self.run(search));
        self.closures.insert((module, kind), found.clone());
        found
    }

    /// The objects of a type in a module instance itself.
    fn own(&mut self, module: u32, search: &mut Search<'s>) {
        for i in self.order.equal(&self.store.drafts, |place| place.0.cmp(&module)) {
            let draft = self.draft(i);
            let block = self.store.block_of(&draft);
            let managed = block.name.mode == Mode::Managed;
            if managed && self.store.ask_of(&draft).kind == search.kind {
                self.instance(i, None, search);
            } else if !managed && draft.flags.from_state {
                // Read already, and known.
            } else if !managed && block.name.ty == search.kind {
                self.data(i, search);
            } else if CARRIERS.contains(&block.name.ty.as_str())
                && draft.after > 0
                && !matches!(draft.change, Change::Keep | Change::Import)
            {
                let name = block.name.clone();
                let kind = if managed { CauseKind::Attribute } else { CauseKind::Data };
                search.found.doubt(|| Cause::new(kind, name.to_string(), None));
            }
        }
    }

    /// Goes on from a parent to what one of its attributes names, and so on.
    pub fn through(&mut self, from: ScopeRef, steps: &[(&str, &str)], after: bool) -> ScopeRef {
        steps.iter().fold(from, |at, (_, attribute)| self.step(at, attribute, after))
    }

    fn step(&mut self, from: ScopeRef, attribute: &str, after: bool) -> ScopeRef {
        let hidden = |what: &str| ScopeRef::Unknown(Cause::new(CauseKind::Unstated, what, None));
        match from {
            ScopeRef::Parent(id) => {
                let Some(i) = self.draft_of(id) else {
                    let name = self.store.parents.name(id);
                    return hidden(&format!("{name}.{attribute}"));
                };
                let ask = self.store.ask_at(i).clone();
                match ask.find_scope(attribute) {
                    Some(scope) => self.scope(i, scope, after && self.draft(i).after > 0, None),
                    None => hidden(attribute),
                }
            }
            ScopeRef::OneOf(all) => {
                one_of(all.iter().map(|s| self.step(s.clone(), attribute, after)).collect())
            }
            other => other,
        }
    }

    /// Returns the parent that several attributes name together.
    pub fn together(&self, parts: Vec<ScopeRef>) -> ScopeRef {
        if parts.contains(&ScopeRef::Nothing) {
            return ScopeRef::Nothing;
        }
        let Some(open) = parts.iter().position(|p| !matches!(p, ScopeRef::Parent(_))) else {
            return ScopeRef::Composite(parts.into());
        };
        match parts[open].clone() {
            ScopeRef::OneOf(all) => {
                let all = all.iter().map(|one| {
                    let mut parts = parts.clone();
                    parts[open] = one.clone();
                    self.together(parts)
                });
                let all: Vec<ScopeRef> = all.collect();
                one_of(all)
            }
            ScopeRef::Unknown(cause) => ScopeRef::Unknown(cause),
            other => other,
        }
    }
}

/// True for an attribute that identifies instances of the type itself: `queue_id` of an `aws_connect_queue`.
///
/// Not `id`: that of an `aws_s3_bucket_versioning` is the bucket's.
fn names_itself(ty: &str, attribute: &str) -> bool {
    let stem = attribute.strip_suffix("_id").or(attribute.strip_suffix("_arn"));
    attribute == "arn" || stem.is_some_and(|stem| !stem.is_empty() && ty.ends_with(stem))
}
