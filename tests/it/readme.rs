//! What the README shows is what the program does: its picture, its tables, its commands.

use std::fmt::Write as _;
use std::path::Path;

use tf_headroom::rules::RULES;

use crate::common::{committed, root, run};

const PICTURE: &str = ".github/over-quota.svg";

/// Puts a text between two marks of the README.
fn filled(readme: &str, mark: &str, text: &str) -> String {
    let (start, end) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
    let (before, rest) = readme.split_once(&start).unwrap_or_else(|| panic!("README.md has no `{start}`"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("README.md has no `{end}`"));
    format!("{before}{start}{text}{end}{after}")
}

#[test]
fn the_readme_shows_what_the_program_says() {
    let mut rules = String::from("| rule | severity | what it does |\n|---|---|---|\n");
    for rule in RULES {
        let id = rule.id.replace('-', "_");
        let page = format!("[`{}`](src/rules/{id}.md)", rule.id);
        let _ =
            writeln!(rules, "| {page} | {} | {} |", rule.severity.name(), rule.does().replace('|', "\\|"));
    }
    let help = format!("```text\n{}```\n", run("check --help").out);
    let readme = std::fs::read_to_string(root().join("README.md")).expect("there is a README");
    let readme = filled(&readme, "rules", &rules);
    let readme = filled(&readme, "help", &help);
    committed(Path::new("README.md"), &readme);
}

#[test]
fn the_reference_of_the_settings_is_what_the_reader_goes_by() {
    committed(Path::new(".github/settings.md"), &tf_headroom::config::reference::page());
}

#[test]
fn the_picture_is_what_a_terminal_shows() {
    let report = run("check fixtures/over-quota --today 2026-11-20 --color always");
    committed(Path::new(PICTURE), &picture("$ tf-headroom check fixtures/over-quota", &report.out));
}

/// One stretch of text in one style.
struct Piece<'a> {
    class: String,
    text: &'a str,
}

/// Splits a line at its escape sequences; what they mean is left to the style sheet: `\x1b[1;31m` is `c1 c31`.
fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut class = String::new();
    for (at, part) in line.split("\x1b[").enumerate() {
        let text = match part.split_once('m') {
            Some((codes, text)) if at > 0 => {
                let codes = codes.split(';').filter(|c| *c != "0");
                class = codes.map(|c| format!("c{c}")).collect::<Vec<_>>().join(" ");
                text
            }
            _ => part,
        };
        if !text.is_empty() {
            pieces.push(Piece { class: class.clone(), text });
        }
    }
    pieces
}

/// Draws a terminal.
fn picture(prompt: &str, text: &str) -> String {
    const COLUMN: f32 = 8.43;
    const LINE: usize = 19;
    const EDGE: usize = 18;
    let lines: Vec<&str> = [prompt, ""].into_iter().chain(text.lines()).collect();
    let columns = |l: &str| pieces(l).iter().map(|p| p.text.chars().count()).sum::<usize>();
    let widest = lines.iter().map(|l| columns(l)).max().unwrap_or(0);
    let (width, height) = ((widest as f32 * COLUMN) as usize + 2 * EDGE, lines.len() * LINE + 2 * EDGE);
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">
<style>
text {{ font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #dcdfe4; white-space: pre }}
.c1 {{ font-weight: bold }} .c2 {{ fill: #8a919e }} .c31 {{ fill: #ff6b68 }} .c32 {{ fill: #98c379 }}
.c33 {{ fill: #e5c07b }} .c34 {{ fill: #61afef }} .c36 {{ fill: #56b6c2 }}
</style>
<rect width="100%" height="100%" rx="8" fill="#1e2028"/>
"##
    );
    for (row, line) in lines.iter().enumerate() {
        let y = EDGE + row * LINE + 14;
        let mut column = 0;
        for piece in pieces(line) {
            let x = EDGE as f32 + column as f32 * COLUMN;
            let long = piece.text.chars().count();
            let text = piece.text.replace('&', "&amp;").replace('<', "&lt;");
            // The length is given, so that no font can push columns out of line.
            let _ = writeln!(
                svg,
                r#"<text x="{x:.1}" y="{y}" class="{}" textLength="{:.1}" xml:space="preserve">{text}</text>"#,
                piece.class,
                long as f32 * COLUMN
            );
            column += long;
        }
    }
    svg.push_str("</svg>\n");
    svg
}

#[test]
fn the_settings_of_the_readme_are_read() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("there is a README");
    let (_, settings) = readme.split_once("## Settings").expect("settings have a chapter");
    let (_, block) = settings.split_once("```hcl\n").expect("the chapter has an example");
    let (block, _) = block.split_once("```").expect("the example ends");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("settings.hcl");
    std::fs::write(&path, block).expect("the settings can be written");
    let run = run(&format!("check fixtures/govcloud --fail-on never --settings {}", path.display()));
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}
