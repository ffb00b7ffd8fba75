//! Lists of what there are hundreds of thousands of, and what is told by number.
//!
//! A `Vec` that doubles takes three times its content while it moves, and half as much again after that. What is kept of
//! hundreds of thousands of things is kept in pieces.

use std::borrow::Borrow;
use std::hash::Hash;
use std::ops::{Index, IndexMut};

use foldhash::HashMap;

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
    const LEN: usize = {
        let fit = (1 << 18) / size_of::<T>().next_power_of_two();
        if fit == 0 { 1 } else { fit }
    };

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

/// Things that repeat, each once and told by its number.
#[derive(Debug)]
pub struct Numbered<T> {
    all: Vec<T>,
    number_of: HashMap<T, u32>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Numbered<T> {
        Numbered { all: Vec::new(), number_of: HashMap::default() }
    }
}

impl<T: Clone + Eq + Hash> Numbered<T> {
    /// Returns the number of a thing, added if it is new.
    pub fn add(&mut self, one: &T) -> u32 {
        if let Some(known) = self.number_of.get(one) {
            return *known;
        }
        let number = u32::try_from(self.all.len()).expect("bug: more than 4 billion things");
        self.all.push(one.clone());
        self.number_of.insert(one.clone(), number);
        number
    }

    /// Returns the number of a thing that was added.
    pub fn number<Q>(&self, one: &Q) -> Option<u32>
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.number_of.get(one).copied()
    }

    /// Returns all, by their numbers.
    pub fn all(&self) -> &[T] {
        &self.all
    }
}

impl<T> Index<u32> for Numbered<T> {
    type Output = T;

    fn index(&self, number: u32) -> &T {
        &self.all[number as usize]
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

    #[test]
    fn what_repeats_has_one_number() {
        let mut names = Numbered::default();
        let numbers: Vec<u32> = ["a", "b", "a", "c", "b"].map(|n| names.add(&n.to_owned())).into();
        assert_eq!(numbers, [0, 1, 0, 2, 1]);
        assert_eq!((names.number("c"), names.number("d")), (Some(2), None));
        assert_eq!((names.all().len(), names[1].as_str()), (3, "b"));
    }
}
