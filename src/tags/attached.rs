//! Tags that one resource sets on another.

use std::collections::HashMap;
use std::sync::Arc;

use super::effective::{Effective, Origin};
use crate::inventory::{Inventory, Tags, Target};
use crate::value::{Cause, CauseKind};

/// Tags that other resources set, by the instance they are set on.
#[derive(Debug)]
pub(super) struct Attached {
    certain: HashMap<usize, Vec<Arc<Tags>>>,
    /// Why there may be more on these.
    perhaps: HashMap<usize, Cause>,
    anywhere: Option<Cause>,
}

impl Attached {
    pub(super) fn of(inventory: &Inventory) -> Attached {
        let mut all = Attached { certain: HashMap::new(), perhaps: HashMap::new(), anywhere: None };
        for attached in &inventory.attached_tags {
            let by =
                || inventory.instances.get(attached.by).map_or_else(String::new, |i| i.address.to_string());
            match &attached.target {
                Target::OneOf(targets) => match targets.as_ref() {
                    [one] => all.certain.entry(*one).or_default().push(attached.tags.clone()),
                    several => {
                        for target in several {
                            let text = format!("which resource {} tags", by());
                            all.perhaps
                                .entry(*target)
                                .or_insert_with(|| Cause::new(CauseKind::Unstated, text, None));
                        }
                    }
                },
                Target::Elsewhere => {}
                Target::Unknown(cause) => {
                    if all.anywhere.is_none() {
                        all.anywhere = Some(cause.clone());
                    }
                }
            }
        }
        all
    }

    pub(super) fn add_to<'a>(&'a self, index: usize, tags: &mut Effective<'a>) {
        for attached in self.certain.get(&index).into_iter().flatten() {
            tags.add_under(attached, Origin::Attached);
        }
        if tags.open.is_none() {
            tags.open = self.perhaps.get(&index).or(self.anywhere.as_ref()).cloned();
        }
    }
}
