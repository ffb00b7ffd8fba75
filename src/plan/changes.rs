//! `resource_changes`: one element, one draft.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;

use super::ask::Ask;
use super::drafts::{Draft, Flags};
use super::fault::{Fault, Step, What};
use super::json::{Cursor, Inside, Once, Raw, Read};
use super::providers::{account_of, region_of};
use super::side::{Side, Text};
use super::store::{
    DraftReading, DraftScope, Extra, HeldBy, NONE, Named, Other, Small, Store, Wide, hash_of,
};
use super::window::Window;
use crate::address::{Address, Key, Mode};
use crate::catalog::TagShape;
use crate::inventory::{Change, LISTED, ParentId};
use crate::value::{Cause, CauseKind, Count};

/// What all elements share: names of instances, changes or not.
#[derive(Default)]
pub struct Head<'a> {
    pub address: Option<Cow<'a, str>>,
    pub previous: Option<Cow<'a, str>>,
    pub module: Option<Cow<'a, str>>,
    pub mode: Option<Mode>,
    pub ty: Option<Cow<'a, str>>,
    pub name: Option<Cow<'a, str>>,
    pub key: Key,
    pub provider: Option<Cow<'a, str>>,
    pub deposed: Option<Cow<'a, str>>,
    once: Once,
}

impl<'a> Head<'a> {
    /// Takes one of the fields that every element has; false: it is another one, and not taken.
    ///
    /// # Errors
    /// If it is of another kind or was there before.
    pub fn field(&mut self, c: &mut Cursor<'a>, key: &[u8]) -> Read<bool> {
        let (at, name) = match key {
            b"address" => (0, "address"),
            b"previous_address" => (1, "previous_address"),
            b"module_address" => (2, "module_address"),
            b"mode" => (3, "mode"),
            b"type" => (4, "type"),
            b"name" => (5, "name"),
            b"index" => (6, "index"),
            b"index_unknown" => (7, "index_unknown"),
            b"provider_name" => (8, "provider_name"),
            b"deposed" => (9, "deposed"),
            b"deposed_key" => (10, "deposed_key"),
            _ => return Ok(false),
        };
        self.once.meet(at, c.offset()).key(name)?;
        self.take(c, at).key(name)?;
        Ok(true)
    }

    fn take(&mut self, c: &mut Cursor<'a>, at: usize) -> Read<()> {
        match at {
            0 => self.address = Some(c.string()?),
            1 => self.previous = text(c)?,
            2 => self.module = text(c)?,
            3 => self.mode = Some(mode(c)?),
            4 => self.ty = Some(c.string()?),
            5 => self.name = Some(c.string()?),
            6 => self.key = index(c)?,
            7 => {
                if c.bool()? {
                    self.key = Key::Unknown;
                }
            }
            8 => self.provider = text(c)?,
            _ => self.deposed = text(c)?,
        }
        Ok(())
    }

    /// The module instance and block, in the store.
    ///
    /// # Errors
    /// If the names are missing or are none.
    pub fn place(&mut self, store: &mut Store) -> Read<(u32, u32)> {
        let missing = |key| Fault::new(What::Expected(key), 0);
        if self.ty.is_none() || self.name.is_none() || (self.mode.is_none() && self.module.is_none()) {
            // Written by hand, or by something that is not Terraform: the address tells the rest.
            let address = self.address.as_deref().and_then(Address::parse);
            let address = address.ok_or_else(|| missing("an address, a type and a name"))?;
            self.mode.get_or_insert(address.block.mode);
            self.ty.get_or_insert_with(|| Cow::Owned(address.block.ty.to_string()));
            self.name.get_or_insert_with(|| Cow::Owned(address.block.name.to_string()));
            if self.module.is_none() {
                self.module = address.module.as_ref().map(|m| Cow::Owned(m.to_string()));
            }
            if self.key == Key::None {
                self.key = address.key;
            }
        }
        let module = store.modules.number(self.module.as_deref().unwrap_or(""));
        let module =
            module.ok_or_else(|| missing("the address of a module").inside(Step::Key("module_address")))?;
        let (ty, name) = (self.ty.as_deref().unwrap_or_default(), self.name.as_deref().unwrap_or_default());
        Ok((module, store.block(self.mode.unwrap_or(Mode::Managed), ty, name)))
    }

    /// A hash of the address, by which elements of the sections are recognised.
    pub fn hash(&self) -> Option<u64> {
        let address = self.address.as_deref()?;
        Some(hash_of(&[address.as_bytes(), self.deposed.as_deref().unwrap_or("").as_bytes()]))
    }
}

/// Reads a text that may be null.
pub fn text<'a>(c: &mut Cursor<'a>) -> Read<Option<Cow<'a, str>>> {
    if c.null()? { Ok(None) } else { c.string().map(Some) }
}

fn mode(c: &mut Cursor<'_>) -> Read<Mode> {
    if c.literal(b"\"managed\"") {
        return Ok(Mode::Managed);
    }
    let at = c.offset();
    match c.string()?.as_ref() {
        "managed" => Ok(Mode::Managed),
        "data" => Ok(Mode::Data),
        "ephemeral" => Ok(Mode::Ephemeral),
        _ => Err(Fault::new(What::Expected("`managed`, `data` or `ephemeral`"), at)),
    }
}

/// Reads the key of an instance: a number, a text, or null.
pub fn index(c: &mut Cursor<'_>) -> Read<Key> {
    Ok(match c.peek() {
        b'"' => Key::Name(c.string()?.as_ref().into()),
        b'n' => {
            c.null()?;
            Key::None
        }
        _ => {
            let at = c.offset();
            let number = c.number()?.parse().map_err(|_| Fault::new(What::Expected("an index"), at))?;
            Key::Index(number)
        }
    })
}

/// What apply does, and how many there are before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    pub change: Change,
    pub before: u8,
    pub after: u8,
}

/// Reads `actions`. None: a combination that this version does not know.
fn actions(c: &mut Cursor<'_>) -> Read<Option<Action>> {
    // What most elements say.
    if c.literal(b"[\"no-op\"]") {
        return Ok(Some(Action { change: Change::Keep, before: 1, after: 1 }));
    }
    let mut words = Vec::new();
    c.array(|c, _| {
        words.push(c.string()?);
        Ok(())
    })?;
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    let action = |change, before, after| Some(Action { change, before, after });
    Ok(match words.as_slice() {
        ["no-op"] => action(Change::Keep, 1, 1),
        ["create"] => action(Change::Create, 0, 1),
        ["read"] => action(Change::Read, 1, 1),
        ["update"] => action(Change::Update, 1, 1),
        ["delete"] => action(Change::Destroy, 1, 0),
        ["delete", "create"] => action(Change::Replace, 1, 1),
        ["create", "delete"] => action(Change::ReplaceCreateFirst, 1, 1),
        // It exists on, only not in the state: https://developer.hashicorp.com/terraform/language/resources/syntax#removing-resources
        ["forget"] => action(Change::Forget, 1, 0),
        ["create", "forget"] | ["forget", "create"] => action(Change::ReplaceCreateFirst, 1, 2),
        _ => None,
    })
}

/// The parts of `change`.
#[derive(Default)]
struct Parts<'a> {
    action: Option<Option<Action>>,
    before: Option<Raw<'a>>,
    after: Option<Raw<'a>>,
    after_unknown: Option<Raw<'a>>,
    before_sensitive: Option<Raw<'a>>,
    after_sensitive: Option<Raw<'a>>,
    importing: bool,
    /// What `after` and `after_sensitive` are called in the input.
    names: (&'static str, &'static str),
    once: Once,
}

/// As changes call them.
const AFTER: (&str, &str) = ("after", "after_sensitive");

impl<'a> Parts<'a> {
    fn read(c: &mut Cursor<'a>) -> Read<Parts<'a>> {
        let mut parts = Parts { names: AFTER, ..Parts::default() };
        c.fields(|c, key| parts.field(c, key))?;
        Ok(parts)
    }

    fn field(&mut self, c: &mut Cursor<'a>, key: &[u8]) -> Read<()> {
        let (at, name) = match key {
            b"actions" => (0, "actions"),
            b"before" => (1, "before"),
            b"after" => (2, "after"),
            b"after_unknown" => (3, "after_unknown"),
            b"before_sensitive" => (4, "before_sensitive"),
            b"after_sensitive" => (5, "after_sensitive"),
            b"importing" => (6, "importing"),
            _ => return c.skip(),
        };
        self.once.meet(at, c.offset()).key(name)?;
        let raw = |c: &mut Cursor<'a>| c.raw().map(Some);
        let taken = match at {
            0 => actions(c).map(|a| self.action = Some(a)),
            1 => raw(c).map(|r| self.before = r),
            // Most resources stay as they are.
            2 => c.raw_again(self.before).map(|r| self.after = Some(r)),
            3 => raw(c).map(|r| self.after_unknown = r),
            4 => raw(c).map(|r| self.before_sensitive = r),
            5 => c.raw_again(self.before_sensitive).map(|r| self.after_sensitive = Some(r)),
            _ => raw(c).map(|r| self.importing = r.is_some_and(|r| !r.says_nothing())),
        };
        taken.key(name)
    }
}

/// What an element says that is to be told once for the whole plan.
#[derive(Debug, Default, PartialEq)]
pub struct Told {
    /// An action that this version does not know.
    pub strange_action: bool,
}

/// Reads an element of `resource_changes` into the store.
///
/// # Errors
/// What is wrong with the text; the element is then left out.
pub fn element<'a>(c: &mut Cursor<'a>, store: &mut Store) -> Read<Told> {
    let mut head = Head::default();
    let mut parts = None;
    c.fields(|c, key| {
        if head.field(c, key)? {
            return Ok(());
        }
        if key != b"change" {
            return c.skip();
        }
        if parts.is_some() {
            return Err(Fault::new(What::Duplicate, c.offset()).inside(Step::Key("change")));
        }
        parts = Some(Parts::read(c).key("change")?);
        Ok(())
    })?;
    let parts = parts.ok_or_else(|| Fault::new(What::Expected("a change"), 0))?;
    let action =
        parts.action.ok_or_else(|| Fault::new(What::Expected("actions"), 0).inside(Step::Key("change")))?;
    let told = Told { strange_action: action.is_none() };
    // Something is done with it, nobody knows what: it may be there or not.
    let uncertain = action.is_none();
    let mut action = action.unwrap_or(Action { change: Change::Update, before: 1, after: 1 });
    if parts.importing && action.change == Change::Keep {
        action.change = Change::Import;
    }
    let hash = head.hash();
    // A change that is put off may stand for several.
    if !store.deferring && hash.is_some_and(|hash| store.is_listed(hash)) {
        return Err(Fault::new(What::Again, 0).inside(Step::Key("address")));
    }
    let (module, block) = head.place(store)?;
    add(&mut head, &parts, action, Flags { uncertain, ..Flags::default() }, (module, block), store)
        .key("change")?;
    if let Some(hash) = hash {
        store.see(hash);
    }
    if let Some(previous) = &head.previous {
        store.see_moved(hash_of(&[previous.as_bytes(), b""]));
    }
    Ok(told)
}

/// Reads an element of a state into the store: it stays as it is. `early`: the changes were not read yet and may list it.
///
/// # Errors
/// What is wrong with the text; the element is then left out.
pub fn kept<'a>(
    head: &mut Head<'a>,
    values: Option<Raw<'a>>,
    sensitive: Option<Raw<'a>>,
    names: (&'static str, &'static str),
    early: bool,
    store: &mut Store,
) -> Read<()> {
    let place = head.place(store)?;
    let change = if head.mode == Some(Mode::Data) { Change::Read } else { Change::Keep };
    let action = Action { change, before: 1, after: 1 };
    let parts = Parts { after: values, after_sensitive: sensitive, names, ..Parts::default() };
    let hash = head.hash();
    add(head, &parts, action, Flags { from_state: true, ..Flags::default() }, place, store)?;
    if early {
        store.see_early(hash);
    }
    Ok(())
}

fn add(
    head: &mut Head<'_>,
    parts: &Parts<'_>,
    action: Action,
    mut flags: Flags,
    (module, block): (u32, u32),
    store: &mut Store,
) -> Read<()> {
    let ask = store.asks[store.blocks[block as usize].ask as usize].clone();
    let mut draft = Draft {
        key: std::mem::take(&mut head.key),
        module,
        block,
        tags: NONE,
        tags_all: NONE,
        tags_before: NONE,
        region: NONE,
        provider: store.text(head.provider.as_deref().unwrap_or("")),
        parent: ParentId::UNUSED,
        account: NONE,
        change: action.change,
        before: action.before,
        after: action.after,
        flags,
        extra: NONE,
    };
    let extra = Extra { previous: head.previous.as_deref().and_then(Address::parse), why: None };
    if extra.previous.is_some() {
        draft.extra = store.extra(extra);
    }
    store.next.0.clear();
    store.next.1.clear();
    if !ask.is_idle() {
        let cause = match parts.after_unknown {
            Some(raw) if !raw.says_nothing() => {
                Cause::new(CauseKind::Attribute, store.address(&draft).to_string(), None)
            }
            _ => Cause::unstated(),
        };
        // Nothing differs between the two sides of what stays as it is: one is enough.
        let there = |raw: &Raw<'_>| !raw.is_null();
        let old = Text {
            values: parts.before.filter(there),
            unknown: None,
            sensitive: parts.before_sensitive,
            names: ("before", "before_sensitive"),
        };
        let new = Text {
            values: parts.after.filter(there),
            unknown: parts.after_unknown,
            sensitive: parts.after_sensitive,
            names: parts.names,
        };
        let (first, second) = match action.change {
            Change::Forget => (None, Some(old)),
            Change::Keep | Change::Import | Change::Read if new.values.is_none() => (None, Some(old)),
            Change::Keep | Change::Import | Change::Read => (None, Some(new)),
            _ => (Some(old).filter(|t| t.values.is_some()), Some(new).filter(|_| action.after > 0)),
        };
        let before = first.map(|text| Side::read(&ask, text, &cause)).transpose()?;
        let after = second.map(|text| Side::read(&ask, text, &cause)).transpose()?;
        let deposed = head.deposed.is_some();
        let sides = (before.as_ref(), after.as_ref());
        let filled = fill(&ask, &mut draft, &mut flags, sides, deposed, store);
        if filled.is_err() {
            store.forget_next();
        }
        filled?;
        draft.flags = flags;
    }
    store.add(draft);
    Ok(())
}

fn fill(
    ask: &Ask,
    draft: &mut Draft,
    flags: &mut Flags,
    (before, after): (Option<&Side<'_>>, Option<&Side<'_>>),
    deposed: bool,
    store: &mut Store,
) -> Read<()> {
    let sides = before.into_iter().chain(after);
    let this = store.drafts.len() as u32;
    let last = after.or(before);
    if ask.is_parent && !deposed {
        flags.parent = true;
        let listed = LISTED.contains(&ask.kind.as_str());
        if listed {
            let address = store.address(draft);
            let count = |n: u8| Count::exactly(u64::from(n));
            draft.parent =
                store.parents.of_instance_as(&ask.kind, &address, count(draft.before), count(draft.left()));
        }
        for side in sides {
            let (texts, new) = side.identity()?;
            flags.new_identity |= new;
            for text in texts {
                match listed {
                    true => store.parents.known_as(draft.parent, &text),
                    false => store.identify(&text),
                }
            }
        }
    }
    if let Some(arn) = last.map(|side| side.plain("arn")).transpose()?.flatten() {
        if let Some(account) = account_of(&arn) {
            draft.account = store.text(account);
        }
        if let Some(region) = region_of(&arn) {
            draft.region = store.text(region);
        }
    }
    if let Some(side) = last.filter(|_| !ask.objects.is_empty()) {
        let name = side.name()?;
        // Any other name is as good as none.
        if name.as_ref().is_none_or(|name| ask.objects.contains(&name.as_str())) {
            store.names.push((this, name));
        }
    }
    if let Some(side) = after.filter(|_| !ask.other_tags.is_empty()) {
        for (shape, attribute, tags) in side.other_tags(store)? {
            store.other_tags.push(Other { draft: this, shape, attribute, tags: Arc::new(tags) });
        }
    }
    if let Some(side) = after.filter(|_| !ask.passing.is_empty()) {
        let made = side.made(this, store)?;
        store.made.extend(made);
    }
    if let Some(side) = after.filter(|_| ask.tags == TagShape::Single) {
        store.attached.push((this, Arc::new(side.attached_tags()?)));
    }
    for &at in &ask.asked_by_children {
        let mut of = |side: Option<&Side<'_>>| side.map(|side| side.held(at, store)).transpose();
        let (b, a) = (of(before)?, of(after)?);
        // What stays as it is was read once.
        if let Some(both) = a.or(b) {
            let (before, after) = (b.unwrap_or(both), both);
            store.held.push(HeldBy { draft: this, attribute: at as u32, before, after });
        }
    }
    for scope in 0..ask.scopes.len() {
        let of = |side: Option<&Side<'_>>, store: &mut Store| match side {
            Some(side) => side.named(scope, store).map(Some),
            None => Ok(None),
        };
        let (b, a) = (of(before, store)?, of(after, store)?);
        // A side that is not there names what the other one does.
        let both = b.or(a).unwrap_or(Named::Nothing);
        let found = DraftScope { before: b.unwrap_or(both), after: a.unwrap_or(both) };
        store.next.1.push(found);
    }
    for ask in ask.measures.iter().filter(|m| !m.plain) {
        let mut of = |side: Option<&Side<'_>>| -> Read<Option<Small>> {
            side.map(|side| side.amount(ask, store)).transpose()
        };
        let (b, a) = (of(before)?, of(after)?);
        let nothing = store.small(Wide::exactly(0));
        // What stays as it is was read once.
        let kept = draft.before > 0 && before.is_none();
        let found = DraftReading {
            before: b.unwrap_or(if kept { a.unwrap_or(nothing) } else { nothing }),
            after: a.unwrap_or(nothing),
        };
        store.next.0.push(found);
    }
    tags(draft, flags, before, after, store)
}

fn tags(
    draft: &mut Draft,
    flags: &mut Flags,
    before: Option<&Side<'_>>,
    after: Option<&Side<'_>>,
    store: &mut Store,
) -> Read<()> {
    if let Some(name) = store.ask_of(draft).tags_attribute() {
        // Auto Scaling groups of providers before 5.0 took a list in `tags` as well.
        let name = match after.or(before) {
            Some(side) if name == "tag" && side.has_list("tags") => "tags",
            _ => name,
        };
        if let Some(side) = after {
            flags.tags_unknown = side.hides(name);
            draft.tags = match side.tags(name, None, store)? {
                Some(tags) => tags,
                None if flags.tags_unknown || !store.ask_of(draft).knows_tags => NONE,
                None => store.no_tags(),
            };
            let own = Some(draft.tags).filter(|tags| *tags != NONE);
            draft.tags_all = side.tags("tags_all", own, store)?.unwrap_or(NONE);
        }
        if let Some(side) = before {
            let now = Some(draft.tags).filter(|tags| *tags != NONE);
            draft.tags_before = match side.tags("tags_all", now, store)? {
                Some(tags) => tags,
                None => side.tags(name, None, store)?.unwrap_or(NONE),
            };
        }
    }
    if let Some(side) = after.or(before)
        && let Some(region) = side.plain("region")?
    {
        draft.region = store.text(&region);
    }
    Ok(())
}

/// Reads the change of an element of `deferred_changes`: it may come or not.
///
/// # Errors
/// What is wrong with the text.
pub fn deferred(c: &mut Cursor<'_>, store: &mut Store) -> Read<()> {
    store.deferring = true;
    let read = element(c, store);
    store.deferring = false;
    read.map(drop)
}

/// Reads an element of `checks`, which lists every instance that it looked at, and returns its address if it failed.
///
/// # Errors
/// What is wrong with the text.
pub fn check<R: io::Read>(w: &mut Window<R>) -> Read<Option<String>> {
    let (mut address, mut failed, mut once) = (None, false, Once::default());
    let mut walk = w.open(b'{')?;
    while let Some(name) = w.next_of(&mut walk, &["address", "status"], &mut once)? {
        let held = w.value().key(name)?;
        match name {
            "address" => address = held.read(display).key("address")?,
            _ => {
                failed = held.read(|c| Ok(matches!(c.string()?.as_ref(), "fail" | "error"))).key("status")?
            }
        }
    }
    Ok(failed.then_some(address).flatten())
}

fn display(c: &mut Cursor<'_>) -> Read<Option<String>> {
    let mut address = None;
    c.object(|c, key| match key.as_ref() {
        "to_display" => {
            address = text(c).key("to_display")?.map(Cow::into_owned);
            Ok(())
        }
        _ => c.skip(),
    })?;
    Ok(address)
}
