//! What AWS makes for an instance besides, as its source says.

use std::sync::Arc;

use super::instances::{Reader, View};
use crate::catalog::{Attributes, Passing, lenders, sketches};
use crate::inventory::{Made, Tags};
use crate::module::Resource;

impl Reader {
    /// Notes what is made for the instance that is about to be added.
    pub(super) fn made(&mut self, view: &View<'_, '_>, rows: &'static [Passing], resource: &Resource) {
        let get = |name: &'static str| view.get(name);
        for row in rows {
            let names =
                || row.block.first().or(row.switch.first()).into_iter().chain(row.via.iter().map(|p| &p[0]));
            let item = names().find_map(|name| resource.item(name));
            let span = item.map_or(resource.span, |i| resource.items[i].span);
            for sketch in sketches(row, &get) {
                let named = if sketch.lends { lenders(row, &get).into_iter().next() } else { None };
                let via = named.map(|value| self.scope_of(view, row.of, &value));
                let doubt = sketch.unsure.into_iter().map(|(_, cause)| cause).next();
                self.inventory.made.push(Made {
                    instance: self.inventory.instances.len(),
                    row: row.index(),
                    of: row.of,
                    part: row.part,
                    lent: None,
                    open: sketch.open.or(doubt),
                    added: Arc::new(Tags::added(&sketch.added)),
                    span: Some(span),
                    via,
                });
            }
        }
    }
}
