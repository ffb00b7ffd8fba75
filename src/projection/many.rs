//! Very many projections.

use std::ops::{Index, IndexMut};

use super::Projection;

/// Each has a place of its own: they are large, and a list of them would grow by moving them, at twice the memory.
#[derive(Debug, Default)]
#[expect(clippy::vec_box, reason = "moving them costs twice the memory")]
pub struct Projections(Vec<Box<Projection>>);

impl Projections {
    pub fn push(&mut self, projection: Projection) {
        self.0.push(Box::new(projection));
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, index: usize) -> Option<&Projection> {
        self.0.get(index).map(Box::as_ref)
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Projection> + DoubleEndedIterator + Clone {
        self.0.iter().map(Box::as_ref)
    }

    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut Projection> {
        self.0.iter_mut().map(Box::as_mut)
    }

    /// Puts them into the order of quotas and scopes.
    pub fn sort(&mut self) {
        self.0.sort_by(|a, b| {
            (&a.quota, &a.scope, a.single, a.verdict).cmp(&(&b.quota, &b.scope, b.single, b.verdict))
        });
    }
}

impl Index<usize> for Projections {
    type Output = Projection;

    fn index(&self, index: usize) -> &Projection {
        &self.0[index]
    }
}

impl IndexMut<usize> for Projections {
    fn index_mut(&mut self, index: usize) -> &mut Projection {
        &mut self.0[index]
    }
}

impl FromIterator<Projection> for Projections {
    fn from_iter<I: IntoIterator<Item = Projection>>(all: I) -> Projections {
        Projections(all.into_iter().map(Box::new).collect())
    }
}

impl IntoIterator for Projections {
    type Item = Projection;
    type IntoIter = std::iter::Map<std::vec::IntoIter<Box<Projection>>, fn(Box<Projection>) -> Projection>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().map(|p| *p)
    }
}
