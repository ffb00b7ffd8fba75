//! Keeps the doors between the rooms, and the house rules that a compiler does not know.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Rooms that any other may enter: what the program talks about.
const NOUNS: [&str; 9] =
    ["source", "address", "value", "finding", "inventory", "catalog", "date", "words", "pieces"];

/// What each room may import besides itself. A new room needs a row, and a paragraph in `src/lib.rs`.
const DOORS: &[(&str, &[&str])] = &[
    ("words", &[]),
    ("pieces", &[]),
    ("date", &[]),
    ("source", &["words"]),
    ("address", &["source"]),
    ("value", &["source", "address"]),
    ("finding", &["source", "address", "date"]),
    ("inventory", &["source", "address", "value", "finding", "date", "pieces"]),
    ("catalog", &["source", "address", "value", "date", "words"]),
    ("syntax", &["source", "finding", "value"]),
    // `eval` for literal arguments that must be constant, such as a module's source.
    ("module", &["syntax", "source", "address", "value", "finding", "eval", "words"]),
    ("roots", &["module", "+nouns"]),
    ("plan", &["+nouns"]),
    ("eval", &["syntax", "source", "address", "value", "finding", "date", "words"]),
    ("expand", &["module", "syntax", "eval", "+nouns"]),
    ("tags", &["inventory", "catalog", "address", "value", "source", "finding", "date", "words"]),
    (
        "projection",
        &["inventory", "catalog", "address", "value", "source", "finding", "date", "words", "pieces"],
    ),
    ("rules", &["projection", "tags", "+nouns"]),
    ("suppress", &["finding", "source", "address", "date", "words"]),
    ("report", &["projection", "tags", "capacity", "+nouns"]),
    ("fix", &["tags", "syntax", "+nouns"]),
    ("config", &["syntax", "eval", "tags", "+nouns"]),
    ("capacity", &["expand", "module", "config", "projection", "+nouns"]),
    ("request", &["projection", "+nouns"]),
    ("snapshot", &["projection", "+nouns"]),
    ("live", &["+all"]),
    ("pipeline", &["+all"]),
    ("cli", &["+all"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder, sorted.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The room a file belongs to: the folder under `src`, or the file itself.
fn room(file: &Path) -> String {
    let inside = file.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms that a text imports: `crate::value::Count`, `use crate::{finding, value::Count}`.
fn imports(text: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_' || c.is_ascii_digit()).collect()
    };
    let mut found = BTreeSet::new();
    for line in text.lines().filter(|l| !l.trim_start().starts_with("//")) {
        for (at, _) in line.match_indices("crate::") {
            let rest = &line[at + "crate::".len()..];
            match rest.strip_prefix('{') {
                Some(group) => {
                    // Groups at the root of the crate are written on one line by rustfmt's merge settings here.
                    found.extend(group.split(',').map(|part| word(part.trim())).filter(|w| !w.is_empty()));
                }
                None => found.extend(Some(word(rest)).filter(|w| !w.is_empty())),
            }
        }
    }
    found
}

fn allowed() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let all: Vec<&str> = DOORS.iter().map(|(room, _)| *room).collect();
    DOORS
        .iter()
        .map(|(room, doors)| {
            let mut open: BTreeSet<&str> = doors.iter().copied().collect();
            if open.remove("+nouns") {
                open.extend(NOUNS);
            }
            if open.remove("+all") {
                open.extend(&all);
            }
            open.insert(room);
            (*room, open)
        })
        .collect()
}

#[test]
fn rooms_enter_only_through_their_doors() {
    let doors = allowed();
    let mut wrong = Vec::new();
    for file in rust_files(&root().join("src")) {
        let room = room(&file);
        // Tests may look anywhere.
        if matches!(room.as_str(), "lib" | "main") || file.ends_with("tests.rs") {
            continue;
        }
        let Some(open) = doors.get(room.as_str()) else {
            wrong.push(format!("{room}: no row in DOORS"));
            continue;
        };
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let known = |import: &&String| doors.contains_key(import.as_str()) && !open.contains(import.as_str());
        for import in imports(text).iter().filter(known) {
            wrong.push(format!("{} imports `{import}`", file.strip_prefix(root()).unwrap().display()));
        }
    }
    assert!(wrong.is_empty(), "doors opened the wrong way:\n{}", wrong.join("\n"));
}

#[test]
fn every_room_is_on_the_map() {
    let map = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let documented: String = map.lines().filter(|l| l.starts_with("//!")).collect();
    let rooms: BTreeSet<String> = rust_files(&root().join("src")).iter().map(|f| room(f)).collect();
    for room in rooms.iter().filter(|r| !matches!(r.as_str(), "lib" | "main")) {
        assert!(documented.contains(&format!("[`{room}`]")), "`{room}` is missing in the map of src/lib.rs");
    }
}

#[test]
fn no_path_of_a_machine_is_written_down() {
    let mut wrong = Vec::new();
    for folder in ["src", "tests", "benches"] {
        for file in rust_files(&root().join(folder)) {
            let text = std::fs::read_to_string(&file).unwrap();
            // Put together here, so that this file is not found itself.
            for start in ["home", "root", "Users"].map(|name| format!("\"/{name}/")) {
                let ci = text.replace("/home/ci", "");
                if ci.contains(&start) {
                    wrong.push(format!("{}: {start}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_reader_of_imports_finds_them() {
    let text = "use crate::value::Count;\nuse crate::{finding, source::Span};\n// crate::rules\nlet x = crate::plan::read();";
    let found: Vec<String> = imports(text).into_iter().collect();
    assert_eq!(found, ["finding", "plan", "source", "value"]);
}
