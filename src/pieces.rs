//! Lists that grow without being moved.
//!
//! A `Vec` that doubles takes three times its content while it moves, and half as much again after that. What is kept of
//! hundreds of thousands of things is kept in pieces.

use std::ops::{Index, IndexMut};

/// A list in pieces of 256 KiB or half as much: an allocator gives back what is as large as that.
#[derive(Debug)]
pub struct Pieces<T> {
    all: Vec<Vec<T>>,
}

impl<T> Default for Pieces<T> {
    fn default() -> Pieces<T> {
        Pieces { all: Vec::new() }
    }
}

impl<T> Pieces<T> {
    /// How many elements a piece has.
    const LEN: usize = if size_of::<T>() == 0 { 1 } else { (1 << 18) / size_of::<T>().next_power_of_two() };

    pub fn len(&self) -> usize {
        self.all.last().map_or(0, |last| (self.all.len() - 1) * Self::LEN + last.len())
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn push(&mut self, one: T) {
        match self.all.last_mut() {
            Some(last) if last.len() < Self::LEN => {
                // The first piece grows as it is needed; most lists are short.
                last.push(one);
            }
            Some(_) => {
                let mut next = Vec::with_capacity(Self::LEN);
                next.push(one);
                self.all.push(next);
            }
            None => self.all.push(vec![one]),
        }
    }

    /// Returns how many elements there are before the first of which this does not hold; they are in that order.
    pub fn partition_point(&self, holds: impl Fn(&T) -> bool) -> usize {
        let pieces = self.all.partition_point(|piece| piece.last().is_some_and(&holds));
        match self.all.get(pieces) {
            Some(piece) => pieces * Self::LEN + piece.partition_point(&holds),
            None => self.len(),
        }
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.all.iter_mut().flatten()
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.all.iter().flatten()
    }
}

impl<T> Index<usize> for Pieces<T> {
    type Output = T;

    fn index(&self, at: usize) -> &T {
        &self.all[at / Self::LEN][at % Self::LEN]
    }
}

impl<T> IndexMut<usize> for Pieces<T> {
    fn index_mut(&mut self, at: usize) -> &mut T {
        &mut self.all[at / Self::LEN][at % Self::LEN]
    }
}

impl<T> Extend<T> for Pieces<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, more: I) {
        more.into_iter().for_each(|one| self.push(one));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_where_they_were_put() {
        let mut pieces = Pieces::default();
        assert_eq!((pieces.len(), pieces.is_empty()), (0, true));
        for n in 0..5000 {
            pieces.push(n);
            assert_eq!(pieces.len(), n + 1);
        }
        pieces[3000] = 7;
        assert!((0..5000).all(|n| pieces[n] == if n == 3000 { 7 } else { n }));
        assert_eq!(pieces.iter().count(), 5000);
        pieces[3000] = 3000;
        for n in [0, 1, 4095, 4096, 4097, 4999, 5000] {
            assert_eq!(pieces.partition_point(|other| *other < n), n);
        }
    }
}
