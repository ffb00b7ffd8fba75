//! Forms that a tag's value may be asked to have.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::date::Date;

/// A form with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    Date,
    DateTime,
    LowerKebab,
    UpperKebab,
    LowerSnake,
    UpperSnake,
    CamelCase,
    PascalCase,
    Slug,
    Lower,
    Upper,
    Email,
    Number,
    Integer,
    Boolean,
    AccountId,
    Region,
    Arn,
    Uuid,
    Url,
    Hostname,
    IpAddress,
    Version,
    NotEmpty,
}

const NAMES: [(Format, &str, &str); 24] = [
    (Format::Date, "date", "2027-03-31"),
    (Format::DateTime, "date-time", "2027-03-31T12:00:00Z"),
    (Format::LowerKebab, "lower-kebab", "help-desk-2"),
    (Format::UpperKebab, "upper-kebab", "VA-HELPDESK-001"),
    (Format::LowerSnake, "lower-snake", "help_desk_2"),
    (Format::UpperSnake, "upper-snake", "HELP_DESK_2"),
    (Format::CamelCase, "camel-case", "helpDesk2"),
    (Format::PascalCase, "pascal-case", "HelpDesk2"),
    (Format::Slug, "slug", "help-desk_2"),
    (Format::Lower, "lower", "help desk"),
    (Format::Upper, "upper", "HELP DESK"),
    (Format::Email, "email", "help@agency.example.gov"),
    (Format::Number, "number", "12.5"),
    (Format::Integer, "integer", "12"),
    (Format::Boolean, "boolean", "true"),
    (Format::AccountId, "account-id", "123456789012"),
    (Format::Region, "region", "us-gov-west-1"),
    (Format::Arn, "arn", "arn:aws:iam::123456789012:role/x"),
    (Format::Uuid, "uuid", "3fa85f64-5717-4562-b3fc-2c963f66afa6"),
    (Format::Url, "url", "https://wiki.example.gov/desk"),
    (Format::Hostname, "hostname", "desk.example.gov"),
    (Format::IpAddress, "ip-address", "10.0.0.1"),
    (Format::Version, "version", "1.4.2"),
    (Format::NotEmpty, "not-empty", "anything"),
];

impl Format {
    /// Returns the format of that name.
    pub fn from_name(name: &str) -> Option<Format> {
        NAMES.iter().find(|(_, n, _)| *n == name).map(|(f, ..)| *f)
    }

    /// Returns all names, for messages.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(_, n, _)| *n)
    }

    pub fn name(self) -> &'static str {
        NAMES[self as usize].1
    }

    /// Returns a value that has it.
    pub fn example(self) -> &'static str {
        NAMES[self as usize].2
    }

    /// True if the value has it. No format but `not-empty` minds a long value; an empty one has none.
    pub fn matches(self, value: &str) -> bool {
        match self {
            Format::Date => Date::parse(value).is_some(),
            Format::DateTime => is_date_time(value),
            Format::LowerKebab => words(value, '-', is_lower),
            Format::UpperKebab => words(value, '-', is_upper),
            Format::LowerSnake => words(value, '_', is_lower),
            Format::UpperSnake => words(value, '_', is_upper),
            Format::CamelCase => {
                value.starts_with(|c: char| c.is_ascii_lowercase()) && is_alphanumeric(value)
            }
            Format::PascalCase => {
                value.starts_with(|c: char| c.is_ascii_uppercase()) && is_alphanumeric(value)
            }
            Format::Slug => !value.is_empty() && value.bytes().all(|b| is_lower(b) || b == b'-' || b == b'_'),
            Format::Lower => !value.is_empty() && !value.chars().any(char::is_uppercase),
            Format::Upper => !value.is_empty() && !value.chars().any(char::is_lowercase),
            Format::Email => is_email(value),
            Format::Number => is_number(value),
            Format::Integer => is_integer(value),
            Format::Boolean => matches!(value, "true" | "false"),
            Format::AccountId => value.len() == 12 && value.bytes().all(|b| b.is_ascii_digit()),
            Format::Region => is_region(value),
            Format::Arn => {
                let parts: Vec<&str> = value.splitn(6, ':').collect();
                parts.len() == 6
                    && parts[0] == "arn"
                    && parts[1].starts_with("aws")
                    && !parts[2].is_empty()
                    && !parts[5].is_empty()
            }
            Format::Uuid => {
                value.split('-').map(str::len).eq([8, 4, 4, 4, 12])
                    && value.split('-').all(|p| p.bytes().all(|b| b.is_ascii_hexdigit()))
            }
            Format::Url => {
                let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
                rest.is_some_and(|r| {
                    let host = r.split(['/', '?', '#', ':']).next().unwrap_or(r);
                    is_hostname(host) && !value.contains(char::is_whitespace)
                })
            }
            Format::Hostname => is_hostname(value),
            Format::IpAddress => value.parse::<Ipv4Addr>().is_ok() || value.parse::<Ipv6Addr>().is_ok(),
            Format::Version => is_version(value),
            Format::NotEmpty => !value.trim().is_empty(),
        }
    }
}

fn is_lower(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit()
}

fn is_upper(b: u8) -> bool {
    b.is_ascii_uppercase() || b.is_ascii_digit()
}

/// True if the value is words of such letters with one separator between each two.
fn words(value: &str, separator: char, letter: fn(u8) -> bool) -> bool {
    value.split(separator).all(|word| !word.is_empty() && word.bytes().all(letter))
}

fn is_alphanumeric(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_integer(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

fn is_number(value: &str) -> bool {
    match value.split_once('.') {
        None => is_integer(value),
        Some((whole, part)) => {
            is_integer(whole) && !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())
        }
    }
}

fn is_date_time(value: &str) -> bool {
    let Some((date, time)) = value.get(..10).zip(value.get(10..)) else { return false };
    let Some(time) = time.strip_prefix(['T', 't', ' ']) else { return false };
    let (clock, zone) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => (time, ""),
    };
    let (whole, part) = clock.split_once('.').unwrap_or((clock, "0"));
    let two = |text: &str, most: u8| {
        text.len() == 2 && is_integer(text) && text.parse::<u8>().is_ok_and(|n| n <= most)
    };
    let clock: Vec<&str> = whole.split(':').collect();
    let clock_fits = matches!(clock.as_slice(), [h, m, s] if two(h, 23) && two(m, 59) && two(s, 60));
    let zone_fits = zone.is_empty()
        || zone.eq_ignore_ascii_case("z")
        || zone[1..].split_once(':').is_some_and(|(h, m)| two(h, 23) && two(m, 59));
    Date::parse(date).is_some() && clock_fits && is_integer(part) && zone_fits
}

fn is_email(value: &str) -> bool {
    let Some((local, host)) = value.rsplit_once('@') else { return false };
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b);
    !local.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.bytes().all(allowed)
        && host.contains('.')
        && is_hostname(host)
}

fn is_hostname(value: &str) -> bool {
    value.len() <= 253
        && value.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

/// True for `us-east-1`, `us-gov-west-1`, `ap-southeast-2`.
fn is_region(value: &str) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    let letters = |p: &&str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase());
    match parts.split_last() {
        Some((number, names)) => {
            (2..=3).contains(&names.len())
                && names.iter().all(letters)
                && is_integer(number)
                && number.len() == 1
        }
        None => false,
    }
}

fn is_version(value: &str) -> bool {
    let plain = value.strip_prefix('v').unwrap_or(value);
    let core = plain.split(['-', '+']).next().unwrap_or(plain);
    let numbers: Vec<&str> = core.split('.').collect();
    (1..=4).contains(&numbers.len())
        && numbers.iter().all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: &str, good: &[&str], bad: &[&str]) {
        let f = Format::from_name(format).unwrap_or_else(|| panic!("{format}"));
        for value in good {
            assert!(f.matches(value), "{format} has to take {value:?}");
        }
        for value in bad {
            assert!(!f.matches(value), "{format} must not take {value:?}");
        }
        assert!(!f.matches(""), "{format} must not take an empty value");
    }

    #[test]
    fn names_are_in_the_order_of_the_enum_and_examples_fit() {
        for (i, (format, name, example)) in NAMES.iter().enumerate() {
            assert_eq!(*format as usize, i);
            assert_eq!(Format::from_name(name), Some(*format));
            assert!(format.matches(example), "{name}");
            assert!(!format.matches(""), "{name}");
        }
        assert_eq!(Format::from_name("kebab"), None);
    }

    #[test]
    fn dates() {
        check("date", &["2026-02-08"], &["2026-2-8", "08.02.2026", "2026-02-30", "2026-02-08T00:00:00Z"]);
        check(
            "date-time",
            &["2026-02-08T10:00:00Z", "2026-02-08 10:00:00", "2026-02-08T10:00:00.5+01:00"],
            &[
                "2026-02-08",
                "2026-02-08T25:00:00Z",
                "2026-02-08T10:00Z",
                "x026-02-08T10:00:00Z",
                "é026-02-0é",
            ],
        );
    }

    #[test]
    fn cases() {
        check(
            "lower-kebab",
            &["a", "help-desk-2"],
            &["Help-desk", "help--desk", "-help", "help-", "help_desk", "hälp"],
        );
        check("upper-kebab", &["A", "VA-HELPDESK-001"], &["va-1", "VA_1", "VA--1"]);
        check("lower-snake", &["help_desk"], &["help-desk", "Help_desk"]);
        check("upper-snake", &["HELP_DESK"], &["HELP-DESK"]);
        check("camel-case", &["helpDesk"], &["HelpDesk", "help desk"]);
        check("pascal-case", &["HelpDesk"], &["helpDesk", "Help-Desk"]);
        check("slug", &["help-desk_2", "-"], &["Help", "help desk"]);
        check("lower", &["help desk!"], &["Help"]);
        check("upper", &["HELP DESK!"], &["Help"]);
    }

    #[test]
    fn addresses() {
        check(
            "email",
            &["va.helpdesk@agency.example.gov", "a+b@x.de"],
            &["a", "a@b", "@b.de", "a@", "a b@c.de", "a..b@c.de", "a@b..de", "a@-b.de"],
        );
        check(
            "url",
            &["https://x.example/a?b=c"],
            &["x.example", "ftp://x.example", "https://", "https://a b"],
        );
        check("hostname", &["a", "a-1.b"], &["-a", "a_b", "a..b"]);
        check("ip-address", &["10.0.0.1", "fe80::1"], &["10.0.0", "10.0.0.256"]);
        check("arn", &["arn:aws-us-gov:s3:::bucket"], &["arn:aws:s3", "aws:arn:s3:::b"]);
    }

    #[test]
    fn numbers_and_ids() {
        check("number", &["1", "-1.5", "0"], &["1.", ".5", "1,5", "1e5", "a"]);
        check("integer", &["12", "-3"], &["1.0", "-"]);
        check("boolean", &["true", "false"], &["True", "yes", "1"]);
        check("account-id", &["012345678901"], &["12345678901", "12345678901a"]);
        check("region", &["us-east-1", "us-gov-west-1"], &["us-east", "useast1", "us-east-12", "US-EAST-1"]);
        check(
            "uuid",
            &["3fa85f64-5717-4562-b3fc-2c963f66afa6"],
            &["3fa85f64", "3fa85f64-5717-4562-b3fc-2c963f66afaz"],
        );
        check("version", &["1", "v1.2.3", "1.2.3-rc1"], &["a", "1.x", "v"]);
        check("not-empty", &["x"], &["  "]);
    }
}
