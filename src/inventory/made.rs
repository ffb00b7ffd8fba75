//! What AWS makes for an instance, and whose tags it gets.

use std::collections::HashMap;
use std::sync::Arc;

use ecow::EcoString;

use super::{Inventory, ProviderId, ScopeRef, Tags, Target};
use crate::source::Span;
use crate::value::{Cause, CauseKind};

/// Objects that AWS makes for an instance, where not all of its own tags are certain to be passed on to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// Index of the instance in its inventory.
    pub instance: usize,
    /// Which row of the catalog's table it is.
    pub row: usize,
    /// The type of the resource that lends its tags, and what of them: see the table.
    pub of: &'static str,
    pub part: &'static str,
    /// The tags that another resource lends them; several: of one of these. None: nobody does.
    pub lent: Option<Vec<Lent>>,
    /// Why they may have more tags.
    pub open: Option<Cause>,
    /// Tags that are written for them.
    pub added: Arc<Tags>,
    /// Where it is said which tags are passed on.
    pub span: Option<Span>,
    /// Names the resource that lends its tags, until [`Inventory::settle`] has found it.
    pub via: Option<ScopeRef>,
}

/// Tags that a resource lends to objects of another.
#[derive(Clone, Debug, PartialEq)]
pub enum Lent {
    /// All of its own.
    Own { ty: EcoString, tags: Option<Arc<Tags>>, tags_all: Option<Arc<Tags>>, provider: ProviderId },
    /// Those that it has for such objects; None: it has none.
    Part(Option<Arc<Tags>>),
}

impl Inventory {
    /// Finds the resources that lend their tags.
    pub(super) fn settle_made(&mut self) {
        if self.made.is_empty() {
            return;
        }
        let by_address: HashMap<String, usize> = match self.made.iter().any(|m| m.via.is_some()) {
            true => self.instances.iter().enumerate().map(|(i, one)| (one.address.to_string(), i)).collect(),
            false => HashMap::new(),
        };
        let mut made = std::mem::take(&mut self.made);
        for one in &mut made {
            let Some(via) = one.via.take() else { continue };
            let target = self.target(&via, &by_address);
            let (lent, open) = self.lent(one, &target);
            (one.lent, one.open) = (lent, one.open.take().or(open));
        }
        self.made = made;
    }

    fn lent(&self, made: &Made, target: &Target) -> (Option<Vec<Lent>>, Option<Cause>) {
        match target {
            Target::OneOf(several) => {
                let lent = several.iter().map(|at| {
                    let one = &self.instances[*at];
                    if made.part.is_empty() {
                        Lent::Own {
                            ty: one.address.block.ty.clone(),
                            tags: one.tags.clone(),
                            tags_all: one.tags_all.clone(),
                            provider: one.provider,
                        }
                    } else {
                        let part = self
                            .other_tags
                            .iter()
                            .find(|o| o.instance == *at && is_part(&o.shape, made.part));
                        Lent::Part(part.map(|o| o.tags.clone()))
                    }
                });
                (Some(lent.collect()), None)
            }
            Target::Elsewhere => (None, Some(elsewhere(made.of))),
            Target::Unknown(cause) => (None, Some(cause.clone())),
        }
    }
}

/// True for the tags that a launch template has for objects of a kind.
pub fn is_part(shape: &str, part: &str) -> bool {
    shape.strip_prefix("tag_specifications ") == Some(part)
}

/// Why nobody can say which tags a resource of a type lends.
pub fn elsewhere(of: &str) -> Cause {
    let text = format!("which {of} it uses, and which tags that one has");
    Cause::new(CauseKind::Unstated, text, None)
}
