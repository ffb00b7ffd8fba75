//! Where tags that are at fault are written: the code of a root module, walked back when a fault asks.

use std::cell::OnceCell;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::address::Address;
use crate::expand::{self, Options};
use crate::module::trail::{self, Place};
use crate::module::{Loader, inputs, tree::Tree};
use crate::tags::{TagInput, Trace, Traced, Written};

/// The modules of one root, loaded once a fault asks.
pub struct Origins<'a> {
    loader: &'a Loader<'a>,
    folder: PathBuf,
    options: &'a Options,
    tree: OnceCell<Tree>,
}

impl<'a> Origins<'a> {
    pub fn new(loader: &'a Loader<'a>, folder: &Path, options: &'a Options) -> Origins<'a> {
        Origins { loader, folder: folder.to_path_buf(), options, tree: OnceCell::new() }
    }

    pub fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| expand::tree(self.loader, &self.folder, self.options))
    }
}

impl fmt::Debug for Origins<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origins").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Trace for Origins<'_> {
    fn written(&self, tag: Traced<'_>) -> Vec<Written> {
        let Traced { address, default, shape, key, value } = tag;
        let found = match default {
            None => trail::of_resource(self.tree(), Place { address, shape }, key, value),
            Some(provider) => {
                let Some(block) = provider.span else { return Vec::new() };
                // A provider configuration may stand in a module, whose address it has.
                let module = match &provider.module {
                    None => None,
                    Some(module) => match Address::parse(&format!("{module}.aws_x.y")) {
                        Some(address) => address.module,
                        None => return Vec::new(),
                    },
                };
                trail::of_provider(self.tree(), module.as_deref(), block, key, value)
            }
        };
        found.into_iter().map(|w| Written { span: w.span, through: w.through }).collect()
    }

    fn inputs(&self, address: &Address) -> Vec<TagInput> {
        let found = inputs::of_tags(self.tree(), Place { address, shape: "tags" });
        found.into_iter().map(|i| TagInput { call: i.call.into(), span: i.span, given: i.given }).collect()
    }
}
