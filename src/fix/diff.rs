//! What changes in a text, as `diff -u` prints it.

use std::fmt::Write as _;

/// Lines around a change.
const CONTEXT: usize = 3;

/// Returns the difference of two texts of one file; empty if there is none.
pub fn diff(path: &str, before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let steps = steps(&old, &new);
    let mut out = String::new();
    for hunk in hunks(&steps) {
        if out.is_empty() {
            let _ = writeln!(out, "--- a/{path}\n+++ b/{path}");
        }
        let (first_old, first_new) = (steps[hunk.start].0, steps[hunk.start].1);
        let of = |side: fn(&Kind) -> bool| steps[hunk.clone()].iter().filter(|s| side(&s.2)).count();
        let (in_old, in_new) = (of(|k| *k != Kind::Added), of(|k| *k != Kind::Removed));
        let at = |first: usize, lines: usize| if lines == 0 { first } else { first + 1 };
        let _ =
            writeln!(out, "@@ -{},{in_old} +{},{in_new} @@", at(first_old, in_old), at(first_new, in_new));
        for (o, n, kind) in &steps[hunk] {
            let (sign, line) = match kind {
                Kind::Same => (' ', old[*o]),
                Kind::Removed => ('-', old[*o]),
                Kind::Added => ('+', new[*n]),
            };
            out.push(sign);
            out.push_str(line);
            if !line.ends_with('\n') {
                out.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    out
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Same,
    Removed,
    Added,
}

/// A line of the old text, one of the new, and what becomes of it.
type Step = (usize, usize, Kind);

/// Repairs only insert lines and pad some: the next line that both have in common is near.
fn steps(old: &[&str], new: &[&str]) -> Vec<Step> {
    const NEAR: usize = 400;
    let mut steps = Vec::with_capacity(new.len());
    let (mut o, mut n) = (0, 0);
    while o < old.len() || n < new.len() {
        if o < old.len() && n < new.len() && old[o] == new[n] {
            steps.push((o, n, Kind::Same));
            (o, n) = (o + 1, n + 1);
            continue;
        }
        let meet = (1..NEAR).find_map(|far| {
            (0..=far).map(|i| (o + i, n + far - i)).find(|(a, b)| {
                *a < old.len() && *b < new.len() && old[*a] == new[*b] && !old[*a].trim().is_empty()
            })
        });
        let (mut to_o, mut to_n) = meet.unwrap_or((old.len(), new.len()));
        // Blank lines before the line in common are common as well.
        while to_o > o && to_n > n && old[to_o - 1] == new[to_n - 1] {
            (to_o, to_n) = (to_o - 1, to_n - 1);
        }
        steps.extend((o..to_o).map(|i| (i, n, Kind::Removed)));
        steps.extend((n..to_n).map(|i| (to_o, i, Kind::Added)));
        (o, n) = (to_o, to_n);
    }
    steps
}

/// Stretches of steps with changes, and the lines around them.
fn hunks(steps: &[Step]) -> Vec<std::ops::Range<usize>> {
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    for (i, _) in steps.iter().enumerate().filter(|(_, s)| s.2 != Kind::Same) {
        let (start, end) = (i.saturating_sub(CONTEXT), (i + CONTEXT + 1).min(steps.len()));
        match found.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => found.push(start..end),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_no_difference() {
        assert_eq!(diff("a.tf", "x\ny\n", "x\ny\n"), "");
    }

    #[test]
    fn a_line_that_is_added_and_one_that_is_padded() {
        let before = "1\n2\n3\n4\na = 1\n}\n5\n6\n7\n8\n";
        let after = "1\n2\n3\n4\na  = 1\nbc = 2\n}\n5\n6\n7\n8\n";
        assert_eq!(
            diff("a.tf", before, after),
            "--- a/a.tf\n+++ b/a.tf\n@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-a = 1\n+a  = 1\n+bc = 2\n }\n 5\n 6\n"
        );
    }

    #[test]
    fn the_end_without_a_newline_is_told() {
        let found = diff("a", "x", "x\ny");
        assert!(found.contains("\\ No newline at end of file"), "{found}");
    }
}
