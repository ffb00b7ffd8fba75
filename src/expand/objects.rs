//! What unknown values stand for, numbered as they turn up.

use std::collections::HashMap;

use ecow::EcoString;

use super::FrameId;
use crate::value::ObjectId;

/// Something an unknown value may stand for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Object {
    /// An instance of a resource or data block: frame, block, place among its instances.
    Instance(FrameId, u32, u32),
    /// A root variable without a value.
    Variable(EcoString),
}

#[derive(Debug, Default)]
pub(crate) struct Objects {
    all: Vec<Object>,
    ids: HashMap<Object, ObjectId>,
}

impl Objects {
    pub fn id(&mut self, object: Object) -> ObjectId {
        if let Some(id) = self.ids.get(&object) {
            return *id;
        }
        let id = ObjectId(self.all.len() as u32);
        self.all.push(object.clone());
        self.ids.insert(object, id);
        id
    }

    pub fn get(&self, id: ObjectId) -> &Object {
        &self.all[id.0 as usize]
    }
}
