//! Drafts by module and block: to find those of one block.

use std::cmp::Ordering;

use super::drafts::Drafts;

/// Numbers of drafts, by module and block. None: that is their order already, as Terraform mostly writes them.
#[derive(Debug)]
pub struct Order(Option<Vec<u32>>);

impl Order {
    pub fn of(drafts: &Drafts) -> Order {
        Order((!drafts.places().is_sorted()).then(|| {
            let places: Vec<(u32, u32)> = drafts.places().collect();
            let mut order: Vec<u32> = (0..drafts.len() as u32).collect();
            order.sort_by_key(|i| places[*i as usize]);
            order
        }))
    }

    /// Returns the drafts whose module and block compare as equal.
    pub fn equal(&self, drafts: &Drafts, compare: impl Fn((u32, u32)) -> Ordering) -> Vec<u32> {
        let at = |n: usize| self.0.as_ref().map_or(n as u32, |order| order[n]);
        let first_of = |least: Ordering| {
            let (mut from, mut to) = (0, drafts.len());
            while from < to {
                let middle = from + (to - from) / 2;
                match compare(drafts.place(at(middle))) < least {
                    true => from = middle + 1,
                    false => to = middle,
                }
            }
            from
        };
        (first_of(Ordering::Equal)..first_of(Ordering::Greater)).map(at).collect()
    }
}
