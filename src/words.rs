//! Small tools for text: patterns with stars, the nearest word, lists and numbers as people write them.

/// True if a text matches a pattern: `*` stands for any characters, `?` for one.
///
/// With a separator, `*` and `?` stay between two of them and `**` crosses them, as paths have it.
///
/// ```
/// use tf_headroom::words::glob;
/// assert!(glob("aws_iam_*", "aws_iam_role", None));
/// assert!(glob("envs/prod/**", "envs/prod/us/east", Some('/')));
/// assert!(!glob("envs/*", "envs/prod/us", Some('/')));
/// ```
pub fn glob(pattern: &str, text: &str, separator: Option<char>) -> bool {
    enum Step {
        Is(char),
        One,
        Some,
        Any,
    }
    let mut steps = Vec::new();
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        steps.push(match c {
            '*' if rest.next_if_eq(&'*').is_some() => {
                while rest.next_if_eq(&'*').is_some() {}
                // `a/**` matches `a` and what is below; `**/a` matches `a` as well.
                Step::Any
            }
            '*' => Step::Some,
            '?' => Step::One,
            c => Step::Is(c),
        });
    }
    if let Some(s) = separator
        && let Some(whole) = pattern.strip_suffix("**").and_then(|p| p.strip_suffix(s))
        && glob(whole, text, separator)
    {
        return true;
    }
    if let Some(s) = separator
        && let Some(inner) = pattern.strip_prefix("**").and_then(|p| p.strip_prefix(s))
        && glob(inner, text, separator)
    {
        return true;
    }
    // reached[i]: the first i steps match what was read so far. One row at a time: never exponential.
    let stays = |c: char| separator != Some(c);
    let close = |reached: &mut Vec<bool>| {
        for (i, step) in steps.iter().enumerate() {
            if reached[i] && matches!(step, Step::Some | Step::Any) {
                reached[i + 1] = true;
            }
        }
    };
    let mut reached = vec![false; steps.len() + 1];
    reached[0] = true;
    close(&mut reached);
    for c in text.chars() {
        let mut next = vec![false; steps.len() + 1];
        for (i, step) in steps.iter().enumerate().filter(|(i, _)| reached[*i]) {
            match step {
                Step::Is(s) => next[i + 1] |= *s == c,
                Step::One => next[i + 1] |= stays(c),
                Step::Some => next[i] |= stays(c),
                Step::Any => next[i] = true,
            }
        }
        close(&mut next);
        reached = next;
    }
    reached[steps.len()]
}

/// Asks whether the nearest of the candidates was meant; None: none of them is near.
pub fn meant<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|near| format!("did you mean `{near}`?"))
}

/// Returns the candidate that a misspelt word was probably meant to be.
///
/// ```
/// use tf_headroom::words::nearest;
/// assert_eq!(nearest("requird", ["required", "allowed"]), Some("required"));
/// assert_eq!(nearest("limit", ["applied", "budget"]), None);
/// ```
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let bound = match word.chars().count() {
        0..=4 => 1,
        5..=6 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        // A beginning is as good as a misspelling: `warn`.
        .map(|c| (if word.len() > 2 && c.starts_with(word) { 1 } else { distance(word, c) }, c))
        .filter(|(d, c)| *d <= bound && *d < c.chars().count())
        .min()
        .map(|(_, c)| c)
}

/// Returns how many letters must be changed, added, dropped or swapped; case counts for nothing but a tie.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().flat_map(char::to_lowercase).collect();
    let b: Vec<char> = b.chars().flat_map(char::to_lowercase).collect();
    // Long words are never near enough to be worth the work.
    if a.len().abs_diff(b.len()) > 3 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = last;
        last = row;
    }
    last[b.len()]
}

/// Returns ` Did you mean "…"?` as Terraform ends a message, if one of the names is near enough.
pub fn suggestion<'n>(given: &str, names: impl Iterator<Item = &'n str>) -> String {
    names
        .map(|n| (edits(n, given), n))
        .filter(|(d, _)| *d < 3)
        .min()
        .map_or(String::new(), |(_, n)| format!(" Did you mean {n:?}?"))
}

/// Returns how many letters must be changed, added or dropped, as Terraform counts.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut previous = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let cost = usize::from(ca != *cb);
            let best = (previous + cost).min(row[j] + 1).min(row[j + 1] + 1);
            previous = row[j + 1];
            row[j + 1] = best;
        }
    }
    row[b.len()]
}

/// Returns `a`, `a and b`, `a, b and c`.
pub fn list<S: AsRef<str>>(items: &[S]) -> String {
    let mut out = String::new();
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(if i + 1 == items.len() { " and " } else { ", " });
        }
        out.push_str(item.as_ref());
    }
    out
}

/// Returns the first `most` items as a list, with how many are left out: `a, b and 3 more`.
pub fn list_some<S: AsRef<str>>(items: &[S], most: usize) -> String {
    if items.len() <= most {
        return list(items);
    }
    let shown: Vec<&str> = items[..most].iter().map(AsRef::as_ref).collect();
    format!("{} and {} more", shown.join(", "), items.len() - most)
}

/// Returns `1 resource`, `2 resources`, `26,452 resources`.
pub fn several(n: u64, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {one}s", grouped(n)) }
}

/// Returns a number as people read it: `9999`, `10,000`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_match_any_run_of_characters() {
        for (pattern, text, yes) in [
            ("aws_iam_*", "aws_iam_role", true),
            ("aws_iam_*", "aws_iam", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("300*", "3001/x", true),
            ("*@example.com", "a@example.com", true),
        ] {
            assert_eq!(glob(pattern, text, None), yes, "{pattern} {text}");
        }
    }

    #[test]
    fn in_paths_one_star_stays_within_a_folder() {
        for (pattern, text, yes) in [
            ("envs/prod/**", "envs/prod/a/b", true),
            ("envs/prod/**", "envs/prod", true),
            ("**/prod", "prod", true),
            ("**/prod", "a/b/prod", true),
            ("envs/*", "envs/prod", true),
            ("envs/*", "envs/prod/a", false),
            ("envs/**/a", "envs/x/y/a", true),
        ] {
            assert_eq!(glob(pattern, text, Some('/')), yes, "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_cost_no_more_than_a_table() {
        assert!(!glob(&"*a".repeat(200), &"a".repeat(199), None));
    }

    #[test]
    fn a_word_is_near_its_misspelling_and_no_other() {
        assert_eq!(nearest("tag-mising", ["tag-missing", "tag-value"]), Some("tag-missing"));
        assert_eq!(nearest("tenant", ["Tenant", "Owner"]), Some("Tenant"));
        assert_eq!(nearest("prodction", ["production", "staging"]), Some("production"));
        assert_eq!(nearest("x", ["production"]), None);
        assert_eq!(nearest("", ["a"]), None);
    }

    #[test]
    fn lists_are_written_as_people_write_them() {
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(list_some(&["a", "b", "c"], 2), "a, b and 1 more");
        assert_eq!(list::<&str>(&[]), "");
        assert_eq!(
            [several(1, "quota"), several(0, "error"), several(26_452, "file")],
            ["1 quota", "0 errors", "26,452 files"]
        );
        assert_eq!(
            [grouped(7), grouped(2500), grouped(10_000), grouped(1_234_567)],
            ["7", "2500", "10,000", "1,234,567"]
        );
    }
}
