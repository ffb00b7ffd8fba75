//! What the AWS provider says of its resource types and data sources: attributes, their types, nested blocks.
//!
//! The facts lie packed in the program, one piece for each type; only the piece that is asked for is unpacked, once.
//! They are of provider 6.19 and miss a few large types: a type that is not here is unknown, not without attributes.

use std::sync::{LazyLock, OnceLock};

use ecow::EcoString;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::tables;
use crate::value::Type;

/// Where the facts of one type lie in the packed file.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    pub offset: usize,
    pub packed: usize,
    pub length: usize,
}

static PACKED: &[u8] = include_bytes!("data/provider_schema.bin");

/// The attributes and blocks of a resource type or data source.
#[derive(Debug, PartialEq)]
pub struct TypeSchema {
    /// By dotted path. The path of an item directly follows that of the block it is in.
    items: Box<[(EcoString, Item)]>,
}

/// An attribute, or a nested block.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Attribute(Attribute),
    Block(Block),
}

/// An attribute of a resource or of a nested block.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// `any` if the facts give a type that is none of Terraform's.
    pub ty: Type,
    pub flags: Flags,
}

/// What may be done with an attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    const LETTERS: &'static str = "ROCSWD";

    fn parse(letters: &str) -> Flags {
        let bits = letters.chars().filter_map(|c| Flags::LETTERS.find(c)).map(|at| 1 << at);
        Flags(bits.fold(0, |all, bit| all | bit))
    }

    fn has(self, letter: char) -> bool {
        Flags::parse(letter.encode_utf8(&mut [0; 4])).0 & self.0 != 0
    }

    pub fn required(self) -> bool {
        self.has('R')
    }

    pub fn optional(self) -> bool {
        self.has('O')
    }

    /// The provider may choose the value: unset does not mean null.
    pub fn computed(self) -> bool {
        self.has('C')
    }

    pub fn sensitive(self) -> bool {
        self.has('S')
    }

    /// Never stored in a plan or state.
    pub fn write_only(self) -> bool {
        self.has('W')
    }

    pub fn deprecated(self) -> bool {
        self.has('D')
    }
}

/// A nested block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    pub nesting: Nesting,
    pub min_items: u32,
    /// None: as many as one likes.
    pub max_items: Option<u32>,
}

/// How blocks of one name become a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    Single,
    List,
    Set,
    Map,
}

impl TypeSchema {
    /// Returns the attribute or block at a dotted path.
    pub fn get(&self, path: &str) -> Option<&Item> {
        self.items.binary_search_by(|(p, _)| p.as_str().cmp(path)).ok().map(|i| &self.items[i].1)
    }

    /// Returns the attribute at a dotted path.
    pub fn attribute(&self, path: &str) -> Option<&Attribute> {
        match self.get(path)? {
            Item::Attribute(attribute) => Some(attribute),
            Item::Block(_) => None,
        }
    }

    /// Returns the nested block at a dotted path.
    pub fn block(&self, path: &str) -> Option<Block> {
        match self.get(path)? {
            Item::Block(block) => Some(*block),
            Item::Attribute(_) => None,
        }
    }

    /// Returns names and items directly in the block at a path, sorted by name; the empty path is the resource itself.
    pub fn children<'a>(&'a self, path: &str) -> impl Iterator<Item = (&'a str, &'a Item)> {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}.") };
        // A dot sorts before everything a name is made of, so what is inside of a block follows it at once.
        let first = self.items.partition_point(|(p, _)| p.as_str() < prefix.as_str());
        self.items[first..]
            .iter()
            .take_while({
                let prefix = prefix.clone();
                move |(p, _)| p.starts_with(&prefix)
            })
            .map(move |(p, item)| (&p[prefix.len()..], item))
            .filter(|(name, _)| !name.contains('.'))
    }

    /// Returns all paths with their items, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Item)> {
        self.items.iter().map(|(path, item)| (path.as_str(), item))
    }

    /// Returns the type of the value that the block at a path yields; the empty path is the whole resource.
    pub fn object(&self, path: &str) -> Type {
        Type::object(self.children(path).map(|(name, item)| {
            let ty = match item {
                Item::Attribute(attribute) => attribute.ty.clone(),
                Item::Block(block) => {
                    let inner = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                    let object = self.object(&inner);
                    match block.nesting {
                        Nesting::Single => object,
                        Nesting::List => Type::list(object),
                        Nesting::Set => Type::set(object),
                        Nesting::Map => Type::map(object),
                    }
                }
            };
            (EcoString::from(name), ty)
        }))
    }
}

/// True if the provider has a default of its own for an argument, which its schema does not tell.
pub fn has_default(resource_type: &str, argument: &str) -> bool {
    static DEFAULTS: LazyLock<foldhash::HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
        let lines = include_str!("data/hand/defaults.tsv").lines().filter(|line| !line.starts_with('#'));
        let fields = lines.filter_map(|line| line.split_once('\t'));
        fields.map(|(ty, arguments)| (ty, arguments.split(' ').collect())).collect()
    });
    DEFAULTS.get(resource_type).is_some_and(|arguments| arguments.contains(&argument))
}

/// The schemas of one kind: each is read when it is asked for first.
struct Schemas {
    places: foldhash::HashMap<&'static str, usize>,
    index: &'static [(&'static str, Piece)],
    read: Box<[OnceLock<TypeSchema>]>,
}

impl Schemas {
    fn new(index: &'static [(&'static str, Piece)]) -> Schemas {
        let places = index.iter().enumerate().map(|(i, (name, _))| (*name, i)).collect();
        Schemas { places, index, read: index.iter().map(|_| OnceLock::new()).collect() }
    }

    fn get(&self, name: &str) -> Option<&TypeSchema> {
        let place = *self.places.get(name)?;
        let (_, piece) = self.index[place];
        Some(self.read[place].get_or_init(|| parse(&unpack(primer(), piece))))
    }
}

/// Returns what the provider says of a resource type. None: the facts lack it.
pub fn resource_schema(resource_type: &str) -> Option<&'static TypeSchema> {
    static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| Schemas::new(&tables::RESOURCES));
    SCHEMAS.get(resource_type)
}

/// Returns what the provider says of a data source. None: the facts lack it.
pub fn data_schema(data_type: &str) -> Option<&'static TypeSchema> {
    static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| Schemas::new(&tables::DATA_SOURCES));
    SCHEMAS.get(data_type)
}

/// The text that all pieces may point into.
fn primer() -> &'static [u8] {
    static PRIMER: OnceLock<Vec<u8>> = OnceLock::new();
    PRIMER.get_or_init(|| unpack(&[], tables::PRIMER).into_bytes())
}

fn unpack(primer: &[u8], piece: Piece) -> String {
    let start = primer.len();
    let mut out = vec![0; start + piece.length];
    out[..start].copy_from_slice(primer);
    let packed = &PACKED[piece.offset..piece.offset + piece.packed];
    let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (_, _, written) = decompress(&mut DecompressorOxide::new(), packed, &mut out, start, flags);
    assert_eq!(written, piece.length, "bug: provider_schema.bin does not fit its index");
    String::from_utf8(out.split_off(start)).expect("bug: provider_schema.bin is not UTF-8")
}

/// Reads the lines of a piece: path, value type, flags, items; sorted by path.
fn parse(piece: &str) -> TypeSchema {
    let items = piece.lines().map(|line| {
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap_or_default();
        let (path, ty, flags, items) = (next(), next(), next(), next());
        let item = match ty.strip_prefix("block:") {
            Some(nesting) => {
                let (min_items, max_items) = bounds(items);
                Item::Block(Block { nesting: self::nesting(nesting), min_items, max_items })
            }
            None => Item::Attribute(Attribute { ty: value_type(ty), flags: Flags::parse(flags) }),
        };
        (EcoString::from(path), item)
    });
    let items: Box<[_]> = items.collect();
    debug_assert!(items.is_sorted_by(|a, b| a.0 < b.0));
    TypeSchema { items }
}

fn nesting(word: &str) -> Nesting {
    match word {
        "single" => Nesting::Single,
        "set" => Nesting::Set,
        "map" => Nesting::Map,
        _ => Nesting::List,
    }
}

/// Reads `1..5`, `5` (at most) or nothing.
fn bounds(text: &str) -> (u32, Option<u32>) {
    match text.split_once("..") {
        Some((min, max)) => (min.parse().unwrap_or(0), max.parse().ok()),
        None => (0, text.parse().ok()),
    }
}

/// Reads a type in Terraform's JSON syntax; primitive types stand there without quotes.
fn value_type(text: &str) -> Type {
    let json = match text {
        "string" => return Type::String,
        "number" => return Type::Number,
        "bool" => return Type::Bool,
        _ => serde_json::from_str(text).unwrap_or(serde_json::Value::Null),
    };
    Type::from_json(&json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_of_arguments_that_the_schema_leaves_open() {
        let lines = include_str!("data/hand/defaults.tsv").lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let (ty, arguments) = line.split_once('\t').expect("type and arguments");
            let schema = resource_schema(ty).unwrap_or_else(|| panic!("{ty}"));
            for argument in arguments.split(' ') {
                let found = schema.attribute(argument).unwrap_or_else(|| panic!("{ty}.{argument}"));
                assert!(found.flags.optional() && !found.flags.computed(), "{ty}.{argument}");
                assert!(found.ty.is_primitive() && has_default(ty, argument), "{ty}.{argument}");
            }
        }
        assert!(!has_default("aws_lambda_function", "description") && !has_default("null_resource", "path"));
    }

    #[test]
    fn a_type_has_attributes_and_blocks() {
        let queue = resource_schema("aws_connect_queue").unwrap();
        let name = queue.attribute("name").unwrap();
        assert_eq!(name.ty, Type::String);
        assert!(name.flags.required() && !name.flags.computed() && !name.flags.sensitive());
        assert_eq!(queue.attribute("tags").unwrap().ty, Type::map(Type::String));
        let caller = queue.block("outbound_caller_config").unwrap();
        assert_eq!((caller.nesting, caller.max_items), (Nesting::List, Some(1)));
        let inner: Vec<_> = queue.children("outbound_caller_config").map(|(name, _)| name).collect();
        assert!(inner.contains(&"outbound_flow_id"));
        assert!(queue.children("").any(|(name, _)| name == "outbound_caller_config"));
        assert!(queue.children("").all(|(name, _)| !name.contains('.')));
        assert!(queue.attribute("outbound_caller_config").is_none());
        assert!(queue.get("no_such_thing").is_none());
    }

    #[test]
    fn types_of_attributes_are_parsed_deeply() {
        let group = resource_schema("aws_security_group").unwrap();
        let ingress = &group.attribute("ingress").unwrap().ty;
        let rule = ingress.element().unwrap();
        assert_eq!(rule.field("cidr_blocks").unwrap().ty, Type::list(Type::String));
        assert_eq!(rule.field("self").unwrap().ty, Type::Bool);
    }

    #[test]
    fn a_whole_block_is_an_object() {
        let queue = resource_schema("aws_connect_queue").unwrap();
        let whole = queue.object("");
        assert_eq!(whole.field("max_contacts").unwrap().ty, Type::Number);
        let caller = whole.field("outbound_caller_config").unwrap().ty.element().unwrap().clone();
        assert_eq!(caller.field("outbound_flow_id").unwrap().ty, Type::String);
    }

    #[test]
    fn resources_and_data_sources_are_told_apart() {
        assert!(data_schema("aws_caller_identity").is_some());
        assert!(resource_schema("aws_caller_identity").is_none());
        assert!(resource_schema("aws_vpc").is_some());
        assert!(data_schema("aws_vpc").is_some());
        assert_ne!(resource_schema("aws_vpc"), data_schema("aws_vpc"));
        assert!(resource_schema("google_project").is_none());
    }

    #[test]
    fn every_piece_unpacks_and_no_type_is_left_out() {
        let mut items = 0;
        for (name, _) in &tables::RESOURCES {
            items += resource_schema(name).unwrap().iter().count();
        }
        for (name, _) in &tables::DATA_SOURCES {
            items += data_schema(name).unwrap().iter().count();
        }
        assert_eq!((tables::RESOURCES.len(), tables::DATA_SOURCES.len()), (1576, 630));
        assert_eq!(items, 41_540);
    }

    #[test]
    fn no_value_type_is_misread() {
        for (name, _) in &tables::RESOURCES {
            for (path, item) in resource_schema(name).unwrap().iter() {
                if let Item::Attribute(attribute) = item {
                    let dynamic = attribute.ty == Type::Dynamic;
                    assert!(!dynamic || path.contains("document"), "{name} {path}");
                }
            }
        }
    }

    #[test]
    fn threads_share_one_copy() {
        let copies: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..4).map(|_| scope.spawn(|| resource_schema("aws_s3_bucket").unwrap())).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(copies.iter().all(|c| std::ptr::eq(*c, copies[0])));
    }

    #[test]
    fn flags_and_bounds_are_read() {
        let flags = Flags::parse("OCS");
        assert!(flags.optional() && flags.computed() && flags.sensitive());
        assert!(!flags.required() && !flags.write_only() && !flags.deprecated());
        assert!(Flags::parse("RD").deprecated() && Flags::parse("OSW").write_only());
        assert_eq!(Flags::parse(""), Flags::default());
        assert_eq!(bounds("1..5"), (1, Some(5)));
        assert_eq!(bounds("5"), (0, Some(5)));
        assert_eq!(bounds(""), (0, None));
    }
}
