//! Repairs of tags as edits of the source.
//!
//! In: faults of tags, and the files they were found in. Out: edits that add what is certainly missing, and what is left
//! to people, with the reason. Texts are never printed anew: an edit inserts, and all else stays byte for byte.
//! Never here: writing files, making a value up. A value comes from the settings or is not written.

mod diff;
mod edit;
mod place;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;

pub use diff::diff;

use crate::source::{FileId, Files, Span};
use crate::tags::{FaultKind, Mends, Schema, TagFault};
use edit::Edit;
use place::{Found, Sources};

/// What repairs there are.
#[derive(Debug, Default)]
pub struct Repairs {
    /// New texts of files, sorted by path.
    pub files: Vec<Repaired>,
    /// Sorted by key and place.
    pub done: Vec<Repair>,
    pub left: Vec<Left>,
}

/// A file with its text before and after.
#[derive(Debug)]
pub struct Repaired {
    pub path: String,
    pub before: String,
    pub after: String,
}

/// One tag that is added at one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repair {
    pub key: EcoString,
    pub value: EcoString,
    /// `default_tags of provider aws`, or the block's address.
    pub place: String,
    pub instances: u64,
}

/// A missing tag that is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Left {
    pub key: EcoString,
    pub place: String,
    pub why: String,
    pub instances: u64,
}

/// Plans the repair of every missing tag.
///
/// A key that is asked of everything goes into `default_tags` where that mends more than one resource; else into an argument
/// of a module call where that mends more than one block, or the module was fetched from elsewhere; all else into the
/// resource's own tags, below what they say already.
pub fn repairs(faults: &[TagFault], schema: &Schema, files: &Files) -> Repairs {
    let mut plan = Plan { sources: Sources::new(files), edits: BTreeMap::new(), out: Repairs::default() };
    let missing: Vec<&TagFault> = faults.iter().filter(|f| f.kind == FaultKind::Missing).collect();
    let mut by_provider: BTreeMap<(&EcoString, &EcoString, &Mends), Vec<&TagFault>> = BTreeMap::new();
    let mut by_resource: Vec<&TagFault> = Vec::new();
    let exempt =
        |key: &EcoString| schema.exemptions.iter().any(|e| e.tags.is_empty() || e.tags.contains(key));
    for fault in missing {
        match (&fault.default, &fault.mends) {
            (None, _) => plan.leave(fault, "the settings have no `default` for it"),
            (Some(_), _) if fault.hint.is_some() => {
                plan.leave(fault, "a key that is spelt much like it is there: rename that one");
            }
            // What is exempt would get the tag as well.
            (Some(value), Some(mends)) if fault.general && !exempt(&fault.key) => {
                by_provider.entry((&fault.key, value, mends)).or_default().push(fault);
            }
            (Some(_), _) => by_resource.push(fault),
        }
    }
    for ((key, value, mends), faults) in by_provider {
        let instances: u64 = faults.iter().map(|f| f.instances).sum();
        if instances > 1 && plan.default_tag(key, value, mends) {
            let place = format!("default_tags of {}", mends.provider);
            plan.out.done.push(Repair { key: key.clone(), value: value.clone(), place, instances });
        } else {
            by_resource.extend(faults);
        }
    }
    let by_resource = plan.input_tags(by_resource, &exempt);
    for fault in by_resource {
        plan.resource_tag(fault);
    }
    plan.finish(files)
}

struct Plan<'a> {
    sources: Sources<'a>,
    /// By file: edits, each with its key, so that one is not made twice.
    edits: BTreeMap<FileId, BTreeMap<(Span, EcoString), (EcoString, Edit)>>,
    out: Repairs,
}

impl Plan<'_> {
    fn leave(&mut self, fault: &TagFault, why: impl Into<String>) {
        let (key, place) = (fault.key.clone(), fault.block.clone());
        self.out.left.push(Left { key, place, why: why.into(), instances: fault.instances });
    }

    fn default_tag(&mut self, key: &EcoString, value: &EcoString, mends: &Mends) -> bool {
        let Some(at) = mends.default_tags.or(mends.span) else { return false };
        let found = match mends.default_tags {
            Some(span) => self.sources.attribute(span),
            None => self.sources.block(at),
        };
        match found {
            Ok(found) => {
                self.note(at, key, value, found.edit(key, value, mends.default_tags.is_none())).is_ok()
            }
            Err(_) => false,
        }
    }

    /// Adds tags to arguments of module calls that reach several blocks, and returns the faults that are left.
    fn input_tags<'f>(
        &mut self,
        mut faults: Vec<&'f TagFault>,
        exempt: &dyn Fn(&EcoString) -> bool,
    ) -> Vec<&'f TagFault> {
        let mut refused: BTreeSet<(EcoString, Span)> = BTreeSet::new();
        loop {
            let mut blocks: BTreeMap<(EcoString, Span), Vec<usize>> = BTreeMap::new();
            // What else the module makes would get the tag as well.
            let open = |f: &TagFault| f.general && f.own && !exempt(&f.key);
            for (i, fault) in faults.iter().enumerate().filter(|(_, f)| open(f)) {
                for input in &fault.inputs {
                    let candidate = (fault.key.clone(), input.span);
                    if !refused.contains(&candidate) {
                        blocks.entry(candidate).or_default().push(i);
                    }
                }
            }
            let foreign = |plan: &mut Self, i: &usize| {
                faults[*i].span.is_some_and(|span| plan.sources.refuses(span).is_some())
            };
            blocks.retain(|_, of| of.len() > 1 || of.iter().any(|i| foreign(self, i)));
            // Of arguments that mend as much the outermost: the map is written there, not handed on.
            let depth = |span: &Span, of: &[usize]| {
                let place = |i: &usize| faults[*i].inputs.iter().position(|input| input.span == *span);
                of.iter().filter_map(place).max()
            };
            let best = blocks.iter().max_by_key(|((_, span), of)| (of.len(), depth(span, of)));
            let Some(((key, span), of)) = best else { return faults };
            let (key, span, of) = (key.clone(), *span, of.clone());
            let first = faults[of[0]];
            let input = first.inputs.iter().find(|input| input.span == span);
            let done = input.zip(first.default.as_ref()).is_some_and(|(input, value)| {
                let found = self.sources.input(input);
                let edit =
                    found.and_then(|found| self.note(span, &key, value, found.edit(&key, value, false)));
                if edit.is_ok() {
                    let instances = of.iter().map(|i| faults[*i].instances).sum();
                    let place = format!("the tags of {}", input.call);
                    self.out.done.push(Repair { key: key.clone(), value: value.clone(), place, instances });
                }
                edit.is_ok()
            });
            if done {
                faults =
                    faults.into_iter().enumerate().filter(|(i, _)| !of.contains(i)).map(|(_, f)| f).collect();
            } else {
                refused.insert((key, span));
            }
        }
    }

    fn resource_tag(&mut self, fault: &TagFault) {
        let Some(value) = &fault.default else { return };
        let Some(span) = fault.span else {
            return self.leave(fault, "the input has no source");
        };
        let found =
            if fault.head == Some(span) { self.sources.block(span) } else { self.sources.attribute(span) };
        let edit = found.and_then(|found| match found {
            Found::Blocks(_) if fault.head == Some(span) && !fault.own => {
                Err("it stands in a nested block of which there may be several".to_owned())
            }
            found => self.note(span, &fault.key, value, found.edit(&fault.key, value, false)),
        });
        match edit {
            Ok(()) => self.out.done.push(Repair {
                key: fault.key.clone(),
                value: value.clone(),
                place: fault.block.clone(),
                instances: fault.instances,
            }),
            Err(why) => self.leave(fault, why),
        }
    }

    fn note(
        &mut self,
        at: Span,
        key: &EcoString,
        value: &EcoString,
        edit: Result<Edit, String>,
    ) -> Result<(), String> {
        let edit = edit?;
        let of_file = self.edits.entry(at.file).or_default();
        match of_file.get(&(at, key.clone())) {
            Some((other, _)) if other != value => Err("two values would go to one place".to_owned()),
            Some(_) => Ok(()),
            None => {
                of_file.insert((at, key.clone()), (value.clone(), edit));
                Ok(())
            }
        }
    }

    fn finish(self, files: &Files) -> Repairs {
        let mut out = self.out;
        for (file, edits) in self.edits {
            let file = files.get(file);
            let edits: Vec<Edit> = edits.into_values().map(|(_, edit)| edit).collect();
            let after = edit::apply(&file.text, edits);
            out.files.push(Repaired { path: file.path.clone(), before: file.text.to_string(), after });
        }
        out.files.sort_by(|a, b| a.path.cmp(&b.path));
        out.left.sort();
        out.left.dedup();
        out.done.sort();
        out
    }
}
