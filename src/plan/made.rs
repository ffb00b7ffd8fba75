//! What AWS makes for an instance besides, as a plan or state says.

use std::cell::RefCell;
use std::sync::Arc;

use super::finish::{Ids, own_tags};
use super::json::Read;
use super::resolve::Resolver;
use super::side::{Side, parent};
use super::store::{DraftMade, NONE, Named, Store};
use crate::catalog::{Passing, lenders, sketches};
use crate::inventory::{Lent, Made, OtherTags, ScopeRef, Tags, elsewhere, is_part};
use crate::value::{Cause, Marks, Value};

impl Side<'_> {
    /// Returns what is made for a draft, as far as its own attributes tell.
    pub fn made(&self, draft: u32, store: &mut Store) -> Read<Vec<DraftMade>> {
        let mut found = Vec::new();
        for row in self.ask.passing {
            let fault = RefCell::new(None);
            let get = |name: &'static str| {
                let value = self.ask.attribute(name).map(|at| self.value(at));
                value.unwrap_or(Ok(Value::NULL)).unwrap_or_else(|error| {
                    *fault.borrow_mut() = Some(error);
                    Value::NULL
                })
            };
            let sketches = sketches(row, &get);
            let named = if sketches.iter().any(|s| s.lends) { lenders(row, &get) } else { Vec::new() };
            if let Some(error) = fault.into_inner() {
                return Err(error);
            }
            let known = named.iter().find_map(|v| Some((v.as_str()?, v.marks().contains(Marks::SENSITIVE))));
            let via = match known {
                Some((text, secret)) if !text.is_empty() => parent(store, row.of, text, secret),
                _ if named.iter().any(|v| v.as_unknown().is_some()) => Named::Unknown,
                _ => Named::Nothing,
            };
            found.extend(sketches.into_iter().map(|sketch| {
                let via = if sketch.lends { via } else { Named::Nothing };
                DraftMade { draft, sketch, via }
            }));
        }
        Ok(found)
    }
}

/// Finds the resources that lend their tags.
pub(super) fn finish(resolver: &mut Resolver<'_>, ids: &Ids, others: &[OtherTags]) -> Vec<Made> {
    let all = std::mem::take(&mut resolver.store.made);
    all.into_iter()
        .map(|DraftMade { draft, sketch, via }| {
            let row = sketch.row;
            // What the provider fills in, nobody set.
            let block = resolver.config_block(draft);
            let is_set = |name: &str| block.is_none_or(|b| b.attributes.contains_key(name));
            let doubt = sketch.unsure.into_iter().find(|(name, _)| is_set(name)).map(|(_, cause)| cause);
            let (lent, open) = match via {
                Named::Nothing | Named::Several(_) => (None, None),
                Named::Parent(id) => {
                    let id = resolver.store.parents.resolve(id);
                    lent(&ScopeRef::Parent(id), row, resolver, ids, others)
                }
                Named::Unknown => {
                    let mut names = row.via.iter().map(|path| path.join("."));
                    match names.find(|name| is_set(name)) {
                        Some(name) => {
                            let named = resolver.expression(draft, &name, row.of);
                            lent(&named, row, resolver, ids, others)
                        }
                        None => (None, None),
                    }
                }
            };
            Made {
                instance: draft as usize,
                row: row.index(),
                of: row.of,
                part: row.part,
                lent,
                open: sketch.open.or(doubt).or(open),
                added: Arc::new(Tags::added(&sketch.added)),
                span: None,
                via: None,
            }
        })
        .collect()
}

fn lent(
    named: &ScopeRef,
    row: &Passing,
    resolver: &mut Resolver<'_>,
    ids: &Ids,
    others: &[OtherTags],
) -> (Option<Vec<Lent>>, Option<Cause>) {
    let several = match named {
        ScopeRef::OneOf(several) => &several[..],
        ScopeRef::Nothing => return (None, None),
        one => std::slice::from_ref(one),
    };
    let mut found = Vec::new();
    for one in several {
        let draft = match one {
            ScopeRef::Parent(id) => resolver.draft_of(*id),
            ScopeRef::Unknown(cause) => return (None, Some(cause.clone())),
            _ => None,
        };
        let Some(draft) = draft else { return (None, Some(elsewhere(row.of))) };
        if !row.part.is_empty() {
            let part = others.iter().find(|o| o.instance == draft as usize && is_part(&o.shape, row.part));
            found.push(Lent::Part(part.map(|o| o.tags.clone())));
            continue;
        }
        let ask = resolver.store.ask_of(&resolver.store.drafts.get(draft)).clone();
        let tags = own_tags(draft, &ask, resolver);
        let store = &*resolver.store;
        let lender = store.drafts.get(draft);
        found.push(Lent::Own {
            ty: store.block_of(&lender).name.ty.clone(),
            tags,
            tags_all: (lender.tags_all != NONE).then(|| Arc::new(store.tags.get(lender.tags_all))),
            provider: ids.of(draft),
        });
    }
    (Some(found), None)
}
