//! Repositories for benchmarks.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Made by a generator of monorepos: 20 tenants, about 500 instances.
const STACK: &str = "benches/stack";

/// Copies the stack as often as asked, with so many tenants.
pub fn stack(to: &Path, tenants: usize, copies: usize) {
    for file in files(Path::new(STACK)) {
        let text = std::fs::read_to_string(&file).expect("the stack is there");
        let inside =
            file.strip_prefix(STACK).expect("the file lies in the stack").to_str().expect("the path is text");
        let text = if inside.ends_with(".tfvars") { multiplied(&text, tenants) } else { text };
        if inside.starts_with("modules") {
            write(&to.join(inside), &text);
            continue;
        }
        for copy in 1..=copies {
            write(&to.join(inside.replace("stack-0001", &format!("stack-{copy:04}"))), &text);
        }
    }
}

/// Repeats the entries of `tenants` under other names until there are enough.
fn multiplied(text: &str, tenants: usize) -> String {
    let start = "tenants = {\n";
    let (head, rest) = text.split_once(start).expect("the stack has tenants");
    let (body, tail) = rest.split_once("\n}\n").expect("the map ends");
    let entries: Vec<&str> = body.split_inclusive("\n  }\n").collect();
    let mut made = format!("{head}{start}");
    for i in 0..tenants {
        let entry = entries[i % entries.len()].trim_end();
        let (name, value) = entry.trim_start().split_once(" = ").expect("an entry has a name");
        let _ = writeln!(made, "  {name}_{i} = {value}");
    }
    format!("{made}}}\n{tail}")
}

pub fn files(folder: &Path) -> Vec<PathBuf> {
    let found = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    found.filter(|e| e.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
}

pub fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder can be made");
    std::fs::write(path, text).expect("a file can be written");
}
