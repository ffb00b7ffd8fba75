//! The provider schema, as far as the build needs it: does a type have an attribute, and of which kind?

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::{Faults, rows};

/// Where a piece lies in the packed file.
pub struct Piece {
    pub kind: String,
    pub name: String,
    pub offset: usize,
    pub packed: usize,
    pub length: usize,
}

#[derive(Default)]
pub struct Schema {
    blob: Vec<u8>,
    primer: Vec<u8>,
    pub primer_packed: usize,
    pub pieces: Vec<Piece>,
    /// Resource types already unpacked.
    read: RefCell<BTreeMap<String, Rc<Attributes>>>,
}

pub type Attributes = BTreeMap<String, Attribute>;

pub struct Attribute {
    /// `string`, `["list","string"]`, `block:set`.
    pub value_type: String,
    /// The provider may choose the value.
    pub computed: bool,
}

impl Schema {
    pub fn read(folder: &Path, faults: &mut Faults) -> Schema {
        let mut schema = Schema {
            blob: std::fs::read(folder.join("provider_schema.bin")).unwrap_or_default(),
            ..Schema::default()
        };
        let index = rows::text(folder, "provider_schema.tsv", faults);
        for line in index.lines().filter(|l| !l.starts_with('#')) {
            let fields: Vec<&str> = line.split('\t').collect();
            let [kind, name, offset, packed, length] = fields[..] else {
                faults.add("provider_schema.tsv", line);
                continue;
            };
            let number = |text: &str| text.parse::<usize>().unwrap_or(usize::MAX);
            let piece = Piece {
                kind: kind.to_owned(),
                name: name.to_owned(),
                offset: number(offset),
                packed: number(packed),
                length: number(length),
            };
            if piece.offset.checked_add(piece.packed).is_none_or(|end| end > schema.blob.len()) {
                faults.add("provider_schema.tsv", format!("outside of provider_schema.bin: {line}"));
            } else if piece.kind == "primer" {
                schema.primer_packed = piece.packed;
                schema.primer = schema.unpack(&piece).into_bytes();
            } else {
                schema.pieces.push(piece);
            }
        }
        if !schema.pieces.is_sorted_by(|a, b| (&a.kind, &a.name) < (&b.kind, &b.name)) {
            faults.add("provider_schema.tsv", "not sorted by kind and type");
        }
        schema
    }

    pub fn primer_length(&self) -> usize {
        self.primer.len()
    }

    fn unpack(&self, piece: &Piece) -> String {
        let mut out = self.primer.clone();
        let start = out.len();
        out.resize(start + piece.length, 0);
        let packed = &self.blob[piece.offset..piece.offset + piece.packed];
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        decompress(&mut DecompressorOxide::new(), packed, &mut out, start, flags);
        String::from_utf8_lossy(&out[start..]).into_owned()
    }

    /// Returns the attributes of a resource type by dotted path, or None if the schema lacks it.
    pub fn resource(&self, name: &str) -> Option<Rc<Attributes>> {
        if let Some(found) = self.read.borrow().get(name) {
            return Some(found.clone());
        }
        let at = self
            .pieces
            .binary_search_by(|p| (p.kind.as_str(), p.name.as_str()).cmp(&("resource", name)))
            .ok()?;
        let attributes: Attributes = self
            .unpack(&self.pieces[at])
            .lines()
            .filter_map(|line| {
                let mut fields = line.split('\t');
                let (path, value_type) = (fields.next()?.to_owned(), fields.next()?.to_owned());
                let computed = fields.next()?.contains('C');
                Some((path, Attribute { value_type, computed }))
            })
            .collect();
        let attributes = Rc::new(attributes);
        self.read.borrow_mut().insert(name.to_owned(), attributes.clone());
        Some(attributes)
    }
}
