//! Conditions on parents, asked when all is read.

use super::ask::ConditionAsk;
use super::resolve::Resolver;
use super::store::{Held, Named, Wide};
use crate::catalog::{self, Answer, FilterTerm};
use crate::inventory::{ParentId, ParentName, ScopeRef};
use crate::value::{Cause, CauseKind, Value};

impl Resolver<'_> {
    /// Returns an amount as the conditions on parents leave it.
    pub fn judged(&mut self, i: u32, mut wide: Wide, conditions: &[ConditionAsk], after: bool) -> Wide {
        let answers = conditions.iter().map(|c| self.condition(i, c, after));
        match answers.reduce(Answer::and).unwrap_or(Answer::Yes) {
            Answer::Yes => {}
            Answer::No => wide = Wide::exactly(0),
            Answer::Maybe(cause) => {
                wide.count = wide.count.or_none();
                wide.why.get_or_insert(cause);
            }
        }
        wide
    }

    fn condition(&mut self, i: u32, ask: &ConditionAsk, after: bool) -> Answer {
        let found = self.store.drafts.scope(i, ask.scope);
        let named = if after { found.after } else { found.before };
        let Some(((_, last), on_the_way)) = ask.term.steps.split_last() else {
            // What is known was asked when it was read.
            return match named {
                Named::Unknown => self.type_of(i, ask, after),
                _ => Answer::Yes,
            };
        };
        let from = self.scope(i, ask.scope, after, None);
        if let Some(told) = self.told_by_name(&from, last) {
            return ask.term.asks(&Value::from(told));
        }
        let parent = self.through(from, on_the_way, after);
        self.asked(&parent, ask.term, last, after)
    }

    /// Returns what the name of a parent tells that the input only names.
    fn told_by_name(&self, parent: &ScopeRef, attribute: &str) -> Option<&'static str> {
        let ScopeRef::Parent(id) = parent else { return None };
        match self.store.parents.name(*id) {
            ParentName::Text(text) | ParentName::Secret(text) => catalog::told_by_name(attribute, &text),
            ParentName::Address(_) | ParentName::Variable(_) => None,
        }
    }

    fn type_of(&mut self, i: u32, ask: &ConditionAsk, after: bool) -> Answer {
        let scope = self.scope(i, ask.scope, after, None);
        self.each(&scope, &|resolver, id| {
            let parent = resolver.store.parents.get(id);
            match parent.kind.as_str() {
                "" => Answer::Maybe(Cause::new(CauseKind::Unstated, parent.name.to_string(), None)),
                kind => ask.term.asks_type(kind),
            }
        })
    }

    /// Asks a condition of an attribute of a parent.
    fn asked(&self, parent: &ScopeRef, term: &FilterTerm, attribute: &str, after: bool) -> Answer {
        self.each(parent, &|resolver, id| {
            let hidden = || {
                let name = resolver.store.parents.name(id);
                Answer::Maybe(Cause::new(CauseKind::Attribute, format!("{name}.{attribute}"), None))
            };
            let Some(i) = resolver.draft_of(id) else { return hidden() };
            let draft = resolver.draft(i);
            let at = resolver.store.ask_of(&draft).attribute(attribute);
            match at.and_then(|at| resolver.store.held(i, at, after && draft.after > 0)) {
                Some(Held::Text(text)) => {
                    term.asks(&Value::from(resolver.store.texts[text as usize].as_str()))
                }
                Some(Held::Nothing) => term.asks(&Value::NULL),
                Some(Held::Unknown) | None => hidden(),
            }
        })
    }

    /// Asks something of a parent, or of each that it may be: all have to answer the same.
    fn each(&self, parent: &ScopeRef, ask: &dyn Fn(&Self, ParentId) -> Answer) -> Answer {
        match parent {
            ScopeRef::Parent(id) => ask(self, *id),
            ScopeRef::OneOf(all) => {
                let which = || Cause::new(CauseKind::Unstated, "one of several parents", None);
                let answers = all.iter().map(|one| self.each(one, ask));
                answers.reduce(|a, b| a.or_else(b, which)).unwrap_or(Answer::No)
            }
            ScopeRef::Unknown(cause) => Answer::Maybe(cause.clone()),
            ScopeRef::Nothing => Answer::No,
            ScopeRef::Account | ScopeRef::Own | ScopeRef::Composite(_) => {
                Answer::Maybe(Cause::new(CauseKind::Unstated, "a parent of another kind", None))
            }
        }
    }
}
