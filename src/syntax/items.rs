//! What stands between the braces of an object.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use ecow::EcoString;

use super::{Item, KeyExpr};
use crate::value::Value;

/// What an object is made of, as written.
#[derive(Clone, Debug)]
pub struct Items {
    all: Box<[Item]>,
    shape: Option<Box<Shape>>,
}

/// Names that are written as such, and differ: every object made of them has the same ones.
#[derive(Clone, Debug)]
struct Shape {
    keys: Arc<[EcoString]>,
    /// Where the value of each key is written; empty: in the order of the keys.
    order: Box<[u32]>,
}

impl Items {
    /// Returns the object with these values, which stand in the order of the items.
    ///
    /// None: which names it has is not clear from how it is written.
    pub fn object(&self, values: impl FnOnce() -> Vec<Value>) -> Option<Value> {
        let shape = self.shape.as_ref()?;
        let mut values = values();
        if !shape.order.is_empty() {
            let mut take = |i: &u32| std::mem::replace(&mut values[*i as usize], Value::NULL);
            values = shape.order.iter().map(&mut take).collect();
        }
        Some(Value::object_with(shape.keys.clone(), values))
    }
}

impl From<Vec<Item>> for Items {
    fn from(all: Vec<Item>) -> Items {
        Items { shape: Shape::of(&all).map(Box::new), all: all.into() }
    }
}

impl Deref for Items {
    type Target = [Item];

    fn deref(&self) -> &[Item] {
        &self.all
    }
}

impl DerefMut for Items {
    fn deref_mut(&mut self) -> &mut [Item] {
        &mut self.all
    }
}

impl Shape {
    fn of(items: &[Item]) -> Option<Shape> {
        let name = |item: &Item| match &item.key {
            KeyExpr::Name(name) => Some(name.clone()),
            KeyExpr::Expr(_) | KeyExpr::Ambiguous => None,
        };
        let names: Vec<EcoString> = items.iter().map(name).collect::<Option<_>>()?;
        if names.is_sorted_by(|a, b| a < b) {
            return Some(Shape { keys: names.into(), order: Box::default() });
        }
        let mut order: Vec<u32> = (0..u32::try_from(names.len()).ok()?).collect();
        order.sort_unstable_by(|a, b| names[*a as usize].cmp(&names[*b as usize]));
        let keys: Arc<[EcoString]> = order.iter().map(|i| names[*i as usize].clone()).collect();
        keys.is_sorted_by(|a, b| a < b).then(|| Shape { keys, order: order.into() })
    }
}
