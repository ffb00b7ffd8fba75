//! A plan joined with the source that it was made from.
//!
//! In: two inventories of one root module. The plan's is left with the source's lines, with the parents that only the
//! references of the source tell, and with the tags that only its expressions tell.
//! Never here: a value of the source in place of one that the plan knows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use ecow::EcoString;

use super::{
    Account, Instance, Inventory, Made, OtherTags, ParentId, ParentName, Parents, ProviderConfig, ProviderId,
    Reading, ScopeRef, Setting, TagValue, Tags,
};
use crate::address::{Address, Mode};
use crate::source::Span;
use crate::value::Count;

/// What the two do not have in common.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Apart {
    /// Addresses of what exists after apply by the plan alone.
    pub only_plan: Vec<String>,
    /// By the source alone.
    pub only_source: Vec<String>,
    /// Addresses of instances to which the source gives another parent than those that the plan leaves open.
    pub other_parent: Vec<String>,
}

/// Takes over from the source what the plan leaves out.
pub fn join(plan: &mut Inventory, source: &Inventory) -> Apart {
    let mut apart = Apart::default();
    let index = Index::new(source);
    let mut known = Translation { from: &source.parents, found: HashMap::new() };
    let mut merged: HashMap<(usize, usize), Arc<Tags>> = HashMap::new();
    let mut providers: BTreeMap<ProviderId, ProviderId> = BTreeMap::new();
    for instance in &mut plan.instances {
        let exact = index.exact.get(&instance.address).copied();
        let Some(like) = exact.or_else(|| index.like(&instance.address)) else {
            if is_planned(instance) && !is_in_missing_module(&instance.address, source) {
                apart.only_plan.push(instance.address.to_string());
            }
            continue;
        };
        (instance.origin, instance.repeat) = (like.origin, like.repeat);
        instance.tags_span = like.tags_span;
        instance.ignored_tags = like.ignored_tags.clone();
        // What holds for a group holds for each of its instances.
        let Some(same) = exact.or(Some(like).filter(|l| l.address.is_group())) else {
            if is_planned(instance) {
                apart.only_plan.push(instance.address.to_string());
            }
            continue;
        };
        providers.entry(instance.provider).or_insert(same.provider);
        let scopes = scopes(instance, same, &mut known, &mut plan.parents);
        let readings = readings(instance, same, &mut known, &mut plan.parents);
        if !(scopes && readings) {
            apart.other_parent.push(instance.address.to_string());
        }
        if let (Some(mine), Some(theirs)) = (&instance.tags, &same.tags) {
            let key = (Arc::as_ptr(mine).addr(), Arc::as_ptr(theirs).addr());
            let joined = merged.entry(key).or_insert_with(|| tags(mine, theirs));
            instance.tags = Some(joined.clone());
        }
    }
    for (mine, theirs) in providers {
        provider(&mut plan.providers[mine.0 as usize], &source.providers[theirs.0 as usize]);
    }
    spans(plan, source);
    if plan.partial.is_none() {
        let planned: HashSet<&Address> = plan.instances.iter().map(|i| &i.address).collect();
        let managed = source.instances.iter().filter(|i| i.address.block.mode == Mode::Managed);
        let alone = managed.filter(|i| i.after.low() > 0 && !i.address.is_group());
        apart.only_source =
            alone.filter(|i| !planned.contains(&i.address)).map(|i| i.address.to_string()).collect();
    }
    plan.settle();
    apart
}

/// The instances of the source, to be found again.
struct Index<'s> {
    exact: HashMap<&'s Address, &'s Instance>,
    /// One instance of each block, a group if there is one.
    blocks: HashMap<String, &'s Instance>,
}

impl<'s> Index<'s> {
    fn new(source: &'s Inventory) -> Index<'s> {
        let mut index = Index { exact: HashMap::new(), blocks: HashMap::new() };
        for instance in &source.instances {
            if instance.address.is_group() {
                index.blocks.insert(instance.address.written(), instance);
            } else {
                index.blocks.entry(instance.address.written()).or_insert(instance);
                index.exact.insert(&instance.address, instance);
            }
        }
        index
    }

    /// An instance of the same block.
    fn like(&self, address: &Address) -> Option<&'s Instance> {
        self.blocks.get(&address.written()).copied()
    }
}

/// True for what the source has to declare: managed, there after apply, and not only in the state.
fn is_planned(instance: &Instance) -> bool {
    instance.address.block.mode == Mode::Managed && instance.after.low() > 0
}

/// True if the address lies in a module that is not on disk.
fn is_in_missing_module(address: &Address, source: &Inventory) -> bool {
    let written = address.written();
    let missing = source.missing.iter().map(|m| m.address.as_str());
    missing.into_iter().any(|m| written.strip_prefix(m).is_some_and(|rest| rest.starts_with('.')))
}

/// Parents of the source among those of the plan.
struct Translation<'s> {
    from: &'s Parents,
    found: HashMap<ParentId, Option<ParentId>>,
}

impl Translation<'_> {
    fn parent(&mut self, id: ParentId, to: &mut Parents) -> Option<ParentId> {
        let id = self.from.resolve(id);
        if let Some(found) = self.found.get(&id) {
            return *found;
        }
        let parent = self.from.get(id);
        let found = match &parent.name {
            ParentName::Address(_) => to.named(&parent.kind, &parent.name),
            ParentName::Text(text) => Some(to.of_text(&parent.kind, text)),
            ParentName::Secret(text) => Some(to.of_secret(&parent.kind, text)),
            // The plan knows all variables of the root.
            ParentName::Variable(_) => None,
        };
        self.found.insert(id, found);
        found
    }

    /// None: the plan does not have it.
    fn scope(&mut self, scope: &ScopeRef, to: &mut Parents) -> Option<ScopeRef> {
        let mut all = |inner: &[ScopeRef]| inner.iter().map(|s| self.scope(s, to)).collect::<Option<_>>();
        match scope {
            ScopeRef::Parent(id) => self.parent(*id, to).map(ScopeRef::Parent),
            ScopeRef::OneOf(inner) => all(inner).map(ScopeRef::OneOf),
            ScopeRef::Composite(inner) => all(inner).map(ScopeRef::Composite),
            ScopeRef::Account | ScopeRef::Own | ScopeRef::Nothing => Some(scope.clone()),
            ScopeRef::Unknown(_) => None,
        }
    }
}

/// True if it is not one known scope.
fn is_open(scope: &ScopeRef) -> bool {
    match scope {
        ScopeRef::OneOf(_) | ScopeRef::Unknown(_) => true,
        ScopeRef::Composite(inner) => inner.iter().any(is_open),
        ScopeRef::Account | ScopeRef::Own | ScopeRef::Nothing | ScopeRef::Parent(_) => false,
    }
}

/// How many scopes it may be; None: any.
fn candidates(scope: &ScopeRef) -> Option<usize> {
    match scope {
        ScopeRef::OneOf(inner) => inner.iter().map(candidates).sum(),
        ScopeRef::Composite(inner) => inner.iter().map(candidates).product(),
        ScopeRef::Unknown(_) => None,
        ScopeRef::Account | ScopeRef::Own | ScopeRef::Nothing | ScopeRef::Parent(_) => Some(1),
    }
}

/// True if a scope that is left open may be this one.
fn may_be(open: &ScopeRef, one: &ScopeRef) -> bool {
    match (open, one) {
        (ScopeRef::Unknown(_), _) => true,
        (_, ScopeRef::OneOf(all)) => all.iter().all(|one| may_be(open, one)),
        (ScopeRef::OneOf(all), one) => all.iter().any(|open| may_be(open, one)),
        (ScopeRef::Composite(a), ScopeRef::Composite(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| may_be(a, b))
        }
        (open, one) => open == one,
    }
}

/// What the source tells of a scope that the plan leaves open.
enum Told {
    Nothing,
    Scopes(Vec<ScopeRef>),
    /// None of those that the plan leaves open.
    Another,
}

fn told<'a>(
    open: &ScopeRef,
    source: impl Iterator<Item = &'a ScopeRef>,
    known: &mut Translation<'_>,
    parents: &mut Parents,
) -> Told {
    let Some(found) = source.map(|s| known.scope(s, parents)).collect::<Option<Vec<_>>>() else {
        return Told::Nothing;
    };
    let resolved: Vec<ScopeRef> = found.iter().map(|s| resolved(s, parents)).collect();
    let mine = self::resolved(open, parents);
    if resolved.is_empty() {
        Told::Nothing
    } else if !resolved.iter().all(|one| may_be(&mine, one)) {
        Told::Another
    } else if resolved
        .iter()
        .map(candidates)
        .sum::<Option<usize>>()
        .is_some_and(|theirs| resolved.len() > 1 || candidates(&mine).is_none_or(|mine| theirs < mine))
    {
        Told::Scopes(resolved)
    } else {
        Told::Nothing
    }
}

fn resolved(scope: &ScopeRef, parents: &Parents) -> ScopeRef {
    let all = |inner: &[ScopeRef]| inner.iter().map(|s| resolved(s, parents)).collect();
    match scope {
        ScopeRef::Parent(id) => ScopeRef::Parent(parents.resolve(*id)),
        ScopeRef::OneOf(inner) => ScopeRef::OneOf(all(inner)),
        ScopeRef::Composite(inner) => ScopeRef::Composite(all(inner)),
        other => other.clone(),
    }
}

/// Puts the source's parents in place of those that the plan leaves open; false: they contradict it.
fn scopes(
    instance: &mut Instance,
    source: &Instance,
    known: &mut Translation<'_>,
    parents: &mut Parents,
) -> bool {
    if !instance.scopes.iter().any(|(_, s)| is_open(s)) {
        return true;
    }
    let mut agree = true;
    let mut joined: Vec<(EcoString, ScopeRef)> = Vec::with_capacity(instance.scopes.len());
    for (via, scope) in &instance.scopes {
        let theirs = source.scopes.iter().filter(|(v, _)| v == via).map(|(_, s)| s);
        match is_open(scope).then(|| told(scope, theirs, known, parents)) {
            Some(Told::Scopes(all)) => joined.extend(all.into_iter().map(|s| (via.clone(), s))),
            Some(Told::Another) => {
                agree = false;
                joined.push((via.clone(), scope.clone()));
            }
            Some(Told::Nothing) | None => joined.push((via.clone(), scope.clone())),
        }
    }
    instance.scopes = joined.into();
    agree
}

/// The same for what is counted; amounts that the plan leaves open become those of the source.
fn readings(
    instance: &mut Instance,
    source: &Instance,
    known: &mut Translation<'_>,
    parents: &mut Parents,
) -> bool {
    let open = |r: &Reading| is_open(&r.scope) || !r.after.is_exact();
    if !instance.readings.iter().any(open) {
        return true;
    }
    let mut agree = true;
    let mut joined: Vec<Reading> = Vec::with_capacity(instance.readings.len());
    for reading in &instance.readings {
        let theirs: Vec<&Reading> = source.readings.iter().filter(|r| r.measure == reading.measure).collect();
        let mut all = vec![reading.clone()];
        if is_open(&reading.scope) {
            match told(&reading.scope, theirs.iter().map(|r| &r.scope), known, parents) {
                Told::Scopes(scopes) if scopes.len() == 1 => {
                    all = scopes.into_iter().map(|scope| Reading { scope, ..reading.clone() }).collect();
                }
                Told::Scopes(scopes) => {
                    let there = !reading.before.is_zero();
                    let each = scopes.into_iter().zip(&theirs).map(|(scope, r)| Reading {
                        scope,
                        before: if there { r.after } else { Count::ZERO },
                        ..(*r).clone()
                    });
                    all = each.collect();
                }
                Told::Another => agree = false,
                Told::Nothing => {}
            }
        }
        if let ([mine], [theirs]) = (all.as_mut_slice(), theirs.as_slice())
            && !mine.after.is_exact()
            && is_within(theirs.after, mine.after)
        {
            mine.after = theirs.after;
            mine.why.clone_from(&theirs.why);
        }
        for one in all {
            add(&mut joined, one);
        }
    }
    instance.readings = joined.into();
    agree
}

/// True if the one interval lies in the other and is smaller.
fn is_within(inner: Count, outer: Count) -> bool {
    let below = match (inner.high(), outer.high()) {
        (Some(inner), Some(outer)) => inner <= outer,
        (_, None) => true,
        (None, Some(_)) => false,
    };
    inner != outer && inner.low() >= outer.low() && below
}

/// Adds a reading; what is counted in one scope before and after is one.
fn add(readings: &mut Vec<Reading>, one: Reading) {
    let same = readings.iter_mut().find(|r| r.measure == one.measure && r.scope == one.scope);
    match same {
        Some(there) if there.before.is_zero() || one.before.is_zero() => {
            there.before = there.before.max(one.before);
            there.after = there.after.max(one.after);
            there.why = one.why.or(there.why.take());
        }
        _ => readings.push(one),
    }
}

/// Tags of the plan; what it does not know yet is as the source has it.
fn tags(plan: &Arc<Tags>, source: &Arc<Tags>) -> Arc<Tags> {
    let unknown = |v: &TagValue| matches!(v, TagValue::Unknown(_));
    let open = plan.open.is_some();
    if !open && !plan.entries.iter().any(|(_, v)| unknown(v)) {
        return plan.clone();
    }
    let mut entries = plan.entries.clone();
    for (key, value) in entries.iter_mut().filter(|(_, v)| unknown(v)) {
        if let Some(theirs) = source.get(key).filter(|v| unknown(v)) {
            *value = theirs.clone();
        }
    }
    if open {
        let more = source.entries.iter().filter(|(key, _)| plan.get(key).is_none());
        entries.extend(more.cloned());
        entries.sort_by(|a, b| a.0.cmp(&b.0));
    }
    Arc::new(Tags { entries, open: plan.open.as_ref().and(source.open.clone()) })
}

fn provider(plan: &mut ProviderConfig, source: &ProviderConfig) {
    plan.span = source.span;
    plan.default_tags_span = source.default_tags_span;
    if plan.default_tags.open.is_some() {
        plan.default_tags = tags(&plan.default_tags, &source.default_tags);
    }
    if plan.ignore_tags.keys.is_empty() && plan.ignore_tags.prefixes.is_empty() {
        plan.ignore_tags = source.ignore_tags.clone();
    }
    // What only the surroundings of this run say need not have been so where the plan was made.
    if !matches!(plan.region, Some(Setting::Known(_))) && source.region_origin.is_none() {
        plan.region = source.region.clone().or(plan.region.take());
    }
    if !matches!(plan.account, Account::Id(_)) && matches!(source.account, Account::Id(_)) {
        plan.account = source.account.clone();
    }
}

/// Lines of what is no instance.
fn spans(plan: &mut Inventory, source: &Inventory) {
    for request in &mut plan.requested {
        let theirs = source.requested.iter().find(|r| r.address == request.address);
        request.span = theirs.and_then(|r| r.span);
    }
    let of = |tags: &OtherTags, inventory: &Inventory| {
        let address = inventory.instances.get(tags.instance).map(|i| i.address.clone());
        address.map(|a| (a, tags.shape.clone()))
    };
    let theirs: HashMap<(Address, EcoString), Span> =
        source.other_tags.iter().filter_map(|o| Some((of(o, source)?, o.span?))).collect();
    let mut others = std::mem::take(&mut plan.other_tags);
    for tags in &mut others {
        tags.span = of(tags, plan).and_then(|key| theirs.get(&key).copied());
    }
    plan.other_tags = others;
    let of = |made: &Made, inventory: &Inventory| {
        let address = inventory.instances.get(made.instance).map(|i| i.address.clone());
        address.map(|a| (a, made.row))
    };
    let theirs: HashMap<(Address, usize), Span> =
        source.made.iter().filter_map(|m| Some((of(m, source)?, m.span?))).collect();
    let mut all = std::mem::take(&mut plan.made);
    for made in &mut all {
        made.span = of(made, plan).and_then(|key| theirs.get(&key).copied());
    }
    plan.made = all;
    plan.versions = source.versions.clone();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Change;
    use crate::inventory::build;

    /// A plan and its source: two parents, and a child that the plan puts into either.
    fn pair() -> (Inventory, Inventory) {
        let (mut plan, mut source) = (build::plan(), build::inventory());
        for inventory in [&mut plan, &mut source] {
            inventory.add_parent(build::instance(r#"aws_vpc.v["a"]"#));
            inventory.add_parent(build::instance(r#"aws_vpc.v["b"]"#));
        }
        (plan, source)
    }

    fn parent(inventory: &Inventory, at: usize) -> ScopeRef {
        ScopeRef::Parent(inventory.instances[at].parent.unwrap())
    }

    fn child(scope: ScopeRef) -> Instance {
        build::instance("aws_subnet.s").reads(0, scope, Count::exactly(1))
    }

    #[test]
    fn the_source_decides_between_the_parents_that_the_plan_leaves_open() {
        let (mut plan, mut source) = pair();
        let both = ScopeRef::OneOf([parent(&plan, 0), parent(&plan, 1)].into());
        plan.add(child(both).changed(Change::Create));
        source.add(child(parent(&source, 1)));
        assert_eq!(join(&mut plan, &source), Apart::default());
        assert_eq!(plan.instances[2].readings[0].scope, parent(&plan, 1));
    }

    #[test]
    fn what_the_plan_knows_stays() {
        let (mut plan, mut source) = pair();
        plan.add(child(parent(&plan, 0)).tagged(build::tags(&[("A", "plan")])));
        source.add(child(parent(&source, 1)).tagged(build::tags(&[("A", "source")])));
        join(&mut plan, &source);
        assert_eq!(plan.instances[2].readings[0].scope, parent(&plan, 0));
        assert_eq!(*plan.instances[2].tags.clone().unwrap(), build::tags(&[("A", "plan")]));
    }

    #[test]
    fn a_parent_that_the_plan_rules_out_is_told_and_not_taken() {
        let (mut plan, mut source) = pair();
        for inventory in [&mut plan, &mut source] {
            inventory.add_parent(build::instance(r#"aws_vpc.v["c"]"#));
        }
        let both = ScopeRef::OneOf([parent(&plan, 0), parent(&plan, 1)].into());
        plan.add(child(both.clone()));
        source.add(child(parent(&source, 2)));
        assert_eq!(join(&mut plan, &source).other_parent, ["aws_subnet.s"]);
        assert_eq!(plan.instances[3].readings[0].scope, both);
    }

    #[test]
    fn what_only_one_has_is_told() {
        let (mut plan, mut source) = (build::plan(), build::inventory());
        plan.add(build::instance("aws_sqs_queue.a").changed(Change::Create));
        plan.add(build::instance("aws_sqs_queue.gone").changed(Change::Destroy));
        source.add(build::instance("aws_sqs_queue.b"));
        let apart = join(&mut plan, &source);
        assert_eq!(apart.only_plan, ["aws_sqs_queue.a"]);
        assert_eq!(apart.only_source, ["aws_sqs_queue.b"]);
    }

    #[test]
    fn a_group_tells_of_each_of_its_instances() {
        let (mut plan, mut source) = pair();
        let both = ScopeRef::OneOf([parent(&plan, 0), parent(&plan, 1)].into());
        plan.add(Instance {
            address: Address::parse("aws_subnet.s[3]").unwrap(),
            ..child(both).changed(Change::Create)
        });
        source.add(Instance {
            address: Address::parse("aws_subnet.s[*]").unwrap(),
            after: Count::at_least(0),
            ..child(parent(&source, 0))
        });
        assert_eq!(join(&mut plan, &source), Apart::default());
        assert_eq!(plan.instances[2].readings[0].scope, parent(&plan, 0));
    }

    #[test]
    fn the_cause_of_an_unknown_tag_is_that_of_the_source() {
        let of = |name: &str| TagValue::Unknown(build::variable(name));
        let plan = Arc::new(build::tag_values([("A", TagValue::Known("x".into())), ("B", of("plan"))]));
        let source = Arc::new(build::tag_values([("A", of("source")), ("B", of("source"))]));
        let expected = build::tag_values([("A", TagValue::Known("x".into())), ("B", of("source"))]);
        assert_eq!(*tags(&plan, &source), expected);
    }
}
