//! Functions of time. Instants are text in RFC 3339; none is later than what a year of four digits can say.

use super::text::{STRING, impure, string, text};
use super::{Call, FnError, Function, Param, Returns, Want};
use crate::value::{Value, quoted};

pub(super) const FAMILY: &[Function] = &[FORMATDATE, PLANTIMESTAMP, TIMEADD, TIMECMP, TIMESTAMP];

/// `formatdate(format, time)` writes a time in another way.
const FORMATDATE: Function = Function {
    name: "formatdate",
    params: &[Param::new("format", Want::String), Param::new("time", Want::String)],
    run: formatdate,
    ..STRING
};

/// `plantimestamp()` is when the plan was made; nobody knows before.
const PLANTIMESTAMP: Function =
    Function { name: "plantimestamp", run: |call, _| Ok(impure(call, "plantimestamp()")), ..STRING };

/// `timeadd(timestamp, duration)` is a time later or earlier, at the same offset.
const TIMEADD: Function = Function {
    name: "timeadd",
    params: &[Param::new("timestamp", Want::String), Param::new("duration", Want::String)],
    not_null: false,
    run: timeadd,
    ..STRING
};

/// `timecmp(a, b)` is -1, 0 or 1.
const TIMECMP: Function = Function {
    name: "timecmp",
    params: &[Param::new("timestamp_a", Want::String), Param::new("timestamp_b", Want::String)],
    returns: Returns::Always(Want::Number),
    run: timecmp,
    ..STRING
};

/// `timestamp()` is now, whenever that is.
const TIMESTAMP: Function =
    Function { name: "timestamp", run: |call, _| Ok(impure(call, "timestamp()")), ..STRING };

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// From the first day of the era that [`Time`] counts from.
const WEEKDAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

fn timeadd(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let time = Time::parse_strictly(string(&args[0])).map_err(FnError::new)?;
    let by = duration(string(&args[1])).map_err(FnError::new)?;
    let nanos = i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanos) + i128::from(by);
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).expect("bug: durations are below 300 years");
    Ok(text(Time { seconds, nanos: nanos.rem_euclid(1_000_000_000) as u32, ..time }.to_string()))
}

fn timecmp(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let parse = |i: usize| Time::parse(string(&args[i])).map_err(|e| FnError::arg(i, e.plain()));
    let (a, b) = (parse(0)?, parse(1)?);
    Ok(Value::int(match (a.seconds, a.nanos).cmp(&(b.seconds, b.nanos)) {
        std::cmp::Ordering::Less => -1,
        std::cmp::Ordering::Equal => 0,
        std::cmp::Ordering::Greater => 1,
    }))
}

fn formatdate(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let format = string(&args[0]);
    let time = Time::parse_strictly(string(&args[1])).map_err(|e| FnError::arg(1, e))?;
    let mut out = String::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '\'' => quote_end(rest).ok_or_else(|| FnError::arg(0, "unterminated literal '"))?,
            _ if first.is_ascii_alphabetic() => rest.find(|c| c != first).unwrap_or(rest.len()),
            _ => rest.find(|c: char| c == '\'' || c.is_ascii_alphabetic()).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(end);
        match first {
            '\'' if end == 2 => out.push('\''),
            '\'' => out.push_str(&token[1..end - 1].replace("''", "'")),
            _ if first.is_ascii_alphabetic() => out.push_str(&verb(&time, first, token)?),
            _ => out.push_str(token),
        }
        rest = after;
    }
    Ok(text(out))
}

/// Returns where a quoted part ends; a doubled quote does not end it, two quotes alone are one part.
///
/// NOTE: a doubled quote at the very end does end it, and is shown as well.
fn quote_end(s: &str) -> Option<usize> {
    let bytes = s.as_bytes();
    if bytes.get(1) == Some(&b'\'') {
        return Some(2);
    }
    let mut at = 1;
    loop {
        let Some(next) = bytes[at..].iter().position(|b| *b == b'\'') else {
            return (bytes.len() > 1 && s.ends_with('\'')).then_some(bytes.len());
        };
        at += next;
        if bytes.get(at + 1) != Some(&b'\'') {
            return Some(at + 1);
        }
        at += 2;
    }
}

fn verb(time: &Time, letter: char, token: &str) -> Result<String, FnError> {
    let civil = time.civil();
    let two = |n: i64| format!("{n:02}");
    let one_or_two = |n: i64| match token.len() {
        1 => Some(n.to_string()),
        2 => Some(two(n)),
        _ => None,
    };
    let (text, rule) = match letter {
        'Y' => {
            let text = match token.len() {
                2 => Some(two(civil.year % 100)),
                4 => Some(format!("{:04}", civil.year)),
                _ => None,
            };
            (text, "year must either be \"YY\" or \"YYYY\"")
        }
        'M' => {
            let name = MONTHS[civil.month as usize - 1];
            let text = match token.len() {
                3 => Some(name[..3].to_owned()),
                4 => Some(name.to_owned()),
                _ => one_or_two(civil.month),
            };
            (text, "month must be \"M\", \"MM\", \"MMM\", or \"MMMM\"")
        }
        'D' => (one_or_two(civil.day), "day of month must either be \"D\" or \"DD\""),
        'E' => {
            let name = WEEKDAYS[civil.weekday];
            let text = match token.len() {
                3 => Some(name[..3].to_owned()),
                4 => Some(name.to_owned()),
                _ => None,
            };
            (text, "day of week must either be \"EEE\" or \"EEEE\"")
        }
        'h' => (one_or_two(civil.hour), "24-hour must either be \"h\" or \"hh\""),
        'H' => {
            let hour = (civil.hour + 11) % 12 + 1;
            (one_or_two(hour), "12-hour must either be \"H\" or \"HH\"")
        }
        'A' => {
            ((token.len() == 2).then(|| if civil.hour < 12 { "AM" } else { "PM" }.into()), "must be \"AA\"")
        }
        'a' => {
            ((token.len() == 2).then(|| if civil.hour < 12 { "am" } else { "pm" }.into()), "must be \"aa\"")
        }
        'm' => (one_or_two(civil.minute), "minute must either be \"m\" or \"mm\""),
        's' => (one_or_two(civil.second), "second must either be \"s\" or \"ss\""),
        'Z' => {
            let text = match token.len() {
                1 if time.offset == 0 => Some("Z".to_owned()),
                3 if time.offset == 0 => Some("UTC".to_owned()),
                3 | 4 => Some(offset_text(time.offset, "")),
                1 | 5 => Some(offset_text(time.offset, ":")),
                _ => None,
            };
            (text, "timezone must be Z, ZZZZ, or ZZZZZ")
        }
        _ => {
            return Err(FnError::arg(0, format!("invalid date format verb {}", quoted(token))));
        }
    };
    text.ok_or_else(|| FnError::arg(0, format!("invalid date format verb {}: {rule}", quoted(token))))
}

fn offset_text(offset: i64, between: &str) -> String {
    let (sign, minutes) = if offset < 0 { ('-', -offset / 60) } else { ('+', offset / 60) };
    format!("{sign}{:02}{between}{:02}", minutes / 60, minutes % 60)
}

/// A point in time, and the offset at which it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Time {
    /// Since 1970, in UTC.
    seconds: i64,
    nanos: u32,
    /// Seconds east of UTC.
    offset: i64,
}

/// A time as people read it.
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    weekday: usize,
    hour: i64,
    minute: i64,
    second: i64,
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let c = self.civil();
        let zone = if self.offset == 0 { "Z".to_owned() } else { offset_text(self.offset, ":") };
        let (sign, year) = if c.year < 0 { ("-", -c.year) } else { ("", c.year) };
        let (month, day) = (c.month, c.day);
        write!(f, "{sign}{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}{zone}", c.hour, c.minute, c.second)
    }
}

impl Time {
    fn civil(&self) -> Civil {
        let local = self.seconds + self.offset;
        let (days, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        // Years begin in March, so that the odd day is the last one: https://howardhinnant.github.io/date_algorithms.html
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Civil {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * from_march + 2) / 5 + 1,
            weekday: days.rem_euclid(7) as usize,
            hour: second / 3600,
            minute: second % 3600 / 60,
            second: second % 60,
        }
    }

    /// Reads RFC 3339 as Go does: an hour may have one digit, the fraction may follow a comma.
    fn parse(s: &str) -> Result<Time, Unreadable> {
        Reader { all: s, rest: s }.time()
    }

    /// Reads RFC 3339 as it is written.
    fn parse_strictly(s: &str) -> Result<Time, String> {
        let time = Time::parse(s).map_err(|e| match e {
            Unreadable::Part { what: "hour", value } if value.contains(':') => {
                format!("{NOT} hour must be between 0 and 23 inclusive")
            }
            Unreadable::Part { what: "hour", value } if value.len() != 2 => {
                format!("{NOT} hour must have exactly two digits")
            }
            Unreadable::Part { what: "minute", value } if value.len() != 2 => {
                format!("{NOT} minute must have exactly two digits")
            }
            e => e.plain(),
        })?;
        if s.as_bytes().get(12) == Some(&b':') {
            return Err(format!("{NOT} hour must have exactly two digits"));
        }
        if s.as_bytes().get(19) == Some(&b',') {
            return Err(format!("{NOT} found \",\" where \".\" is expected"));
        }
        if !s.ends_with('Z') {
            let zone = &s[s.len() - 6..];
            if &zone[1..3] >= "24" || &zone[4..] >= "60" {
                return Err(format!("{NOT} cannot use {} as UTC offset", quoted(zone)));
            }
        }
        Ok(time)
    }
}

const NOT: &str = "not a valid RFC3339 timestamp:";

/// Why text is not a time.
enum Unreadable {
    /// A part that is not what it ought to be; empty at the end of the text.
    Part {
        what: &'static str,
        value: String,
    },
    Introducer,
    Delimiter {
        expected: char,
        value: String,
    },
    Day,
}

impl Unreadable {
    fn plain(&self) -> String {
        match self {
            Unreadable::Part { what, value } if value.is_empty() => {
                format!("{NOT} end of string before {what}")
            }
            Unreadable::Part { what, value } => {
                format!("{NOT} cannot use {} as {what}", quoted(value))
            }
            Unreadable::Introducer => format!("{NOT} missing required time introducer 'T'"),
            Unreadable::Delimiter { expected, value } if value.is_empty() => {
                format!("{NOT} end of string where \"{expected}\" is expected")
            }
            Unreadable::Delimiter { expected, value } => {
                format!("{NOT} found {} where \"{expected}\" is expected", quoted(value))
            }
            Unreadable::Day => format!("{NOT} day out of range"),
        }
    }
}

struct Reader<'a> {
    all: &'a str,
    rest: &'a str,
}

impl Reader<'_> {
    fn time(&mut self) -> Result<Time, Unreadable> {
        let whole = self.all.as_bytes();
        let digits = whole.len() >= 4 && whole[..4].iter().all(u8::is_ascii_digit);
        if !digits {
            return Err(Unreadable::Part { what: "year", value: self.all.to_owned() });
        }
        let year: i64 = self.all[..4].parse().expect("bug: four digits");
        self.rest = &self.rest[4..];
        self.delimiter('-')?;
        let month = self.number("month", false, 1..=12)?;
        self.delimiter('-')?;
        let day = self.number("day of month", false, 0..=99)?;
        self.delimiter('T')?;
        let hour = self.number("hour", true, 0..=23)?;
        self.delimiter(':')?;
        let minute = self.number("minute", false, 0..=59)?;
        self.delimiter(':')?;
        let second = self.number("second", false, 0..=59)?;
        let nanos = self.fraction();
        let offset = self.offset()?;
        if !self.rest.is_empty() {
            return Err(Unreadable::Part { what: "timestamp segment", value: self.rest.to_owned() });
        }
        if day < 1 || day > days_in(year, month) {
            return Err(Unreadable::Day);
        }
        let seconds = days_before(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
        Ok(Time { seconds, nanos, offset })
    }

    fn delimiter(&mut self, expected: char) -> Result<(), Unreadable> {
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None if expected == 'T' => Err(Unreadable::Introducer),
            None => Err(Unreadable::Delimiter { expected, value: self.rest.to_owned() }),
        }
    }

    /// Reads two digits, or one where that is allowed.
    fn number(
        &mut self,
        what: &'static str,
        one_will_do: bool,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<i64, Unreadable> {
        let bytes = self.rest.as_bytes();
        let count = bytes.iter().take(2).take_while(|b| b.is_ascii_digit()).count();
        let value = self.rest.to_owned();
        if count == 0 || count == 1 && !one_will_do {
            return Err(Unreadable::Part { what, value });
        }
        let n: i64 = self.rest[..count].parse().expect("bug: digits");
        self.rest = &self.rest[count..];
        if range.contains(&n) {
            return Ok(n);
        }
        Err(Unreadable::Part { what, value: self.rest.to_owned() })
    }

    /// Reads a fraction of a second, of which nine digits count.
    fn fraction(&mut self) -> u32 {
        let Some(digits) = self.rest.strip_prefix(['.', ',']) else {
            return 0;
        };
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            return 0;
        }
        self.rest = &digits[count..];
        digits[..count]
            .bytes()
            .chain(std::iter::repeat(b'0'))
            .take(9)
            .fold(0, |n, d| n * 10 + u32::from(d - b'0'))
    }

    fn offset(&mut self) -> Result<i64, Unreadable> {
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok(0);
        }
        let part = Unreadable::Part { what: "UTC offset", value: self.rest.to_owned() };
        let bytes = self.rest.as_bytes();
        let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2, ..] = bytes else {
            return Err(part);
        };
        if ![h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit()) {
            return Err(part);
        }
        let number = |a: &u8, b: &u8| i64::from(a - b'0') * 10 + i64::from(b - b'0');
        let (hours, minutes) = (number(h1, h2), number(m1, m2));
        // Some people write 24 hours or 60 minutes.
        if hours > 24 || minutes > 60 {
            return Err(part);
        }
        self.rest = &self.rest[6..];
        let offset = hours * 3600 + minutes * 60;
        Ok(if *sign == b'-' { -offset } else { offset })
    }
}

/// Reads one of the times that YAML knows and writes it as RFC 3339. None: it is none.
///
/// `2001-12-14`, `2001-12-14 21:59:43.1`, `2001-12-14t21:59:43Z`, days and months and so on with one digit or two.
pub(super) fn from_yaml(s: &str) -> Option<String> {
    let year = s.get(..4).filter(|y| y.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    let mut reader = Reader { all: s, rest: &s[4..] };
    let mut number = |before: &[char], range| {
        reader.rest = reader.rest.strip_prefix(before)?;
        reader.number("", true, range).ok()
    };
    let (month, day) = (number(&['-'], 1..=12)?, number(&['-'], 1..=31)?);
    let (mut seconds, mut nanos, mut offset) = (0, 0, 0);
    if !reader.rest.is_empty() {
        let spaced = reader.rest.starts_with(' ');
        let mut number = |before: &[char], range| {
            reader.rest = reader.rest.strip_prefix(before)?;
            reader.number("", true, range).ok()
        };
        let (hour, minute) = (number(&[' ', 'T', 't'], 0..=23)?, number(&[':'], 0..=59)?);
        seconds = hour * 3600 + minute * 60 + number(&[':'], 0..=59)?;
        nanos = reader.fraction();
        if !spaced {
            offset = reader.offset().ok()?;
        }
    }
    if !reader.rest.is_empty() || day > days_in(year, month) {
        return None;
    }
    seconds += days_before(year, month, day) * 86_400 - offset;
    Some(Time { seconds, nanos, offset }.to_string())
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the days since 1970.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Reads a duration as Go does, `-1h15m30.5s`, in nanoseconds.
fn duration(s: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quoted(s));
    let (negative, mut rest) = match s.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, s.strip_prefix('+').unwrap_or(s)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0u64;
    while !rest.is_empty() {
        let whole_end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (whole, after) = rest.split_at(whole_end);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at(after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len())),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let unit_end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let nanos: u64 = match unit {
            "" => return Err(format!("time: missing unit in duration {}", quoted(s))),
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => {
                return Err(format!("time: unknown unit {} in duration {}", quoted(unit), quoted(s)));
            }
        };
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        let mut amount = whole.checked_mul(nanos).filter(|n| *n <= 1 << 63).ok_or_else(invalid)?;
        amount += part_of(fraction, nanos);
        total = total.checked_add(amount).filter(|n| *n <= 1 << 63).ok_or_else(invalid)?;
        rest = after;
    }
    match (negative, i64::try_from(total)) {
        (false, Ok(total)) => Ok(total),
        (true, Ok(total)) => Ok(-total),
        (true, Err(_)) => Ok(i64::MIN),
        (false, Err(_)) => Err(invalid()),
    }
}

/// Returns the fraction of a unit, in Go's way: in doubles, with the digits that fit.
fn part_of(fraction: &str, nanos: u64) -> u64 {
    let (mut value, mut scale) = (0u64, 1f64);
    for digit in fraction.bytes() {
        let Some(next) = value.checked_mul(10).and_then(|v| v.checked_add(u64::from(digit - b'0'))) else {
            break;
        };
        if next > i64::MAX as u64 {
            break;
        }
        value = next;
        scale *= 10.0;
    }
    (value as f64 * (nanos as f64 / scale)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::funcs::testing::{check, value};
    use crate::value::CauseKind;

    #[test]
    fn times_are_written_in_any_way() {
        let format = |format: &str, time: &str, want: &str| {
            check(&format!(r#"formatdate("{format}", "{time}")"#), &format!("\"{want}\""));
        };
        format("EEEE, DD-MMM-YY hh:mm:ss ZZZ", "2018-01-02T23:12:01Z", "Tuesday, 02-Jan-18 23:12:01 UTC");
        format("D M YYYY, H:mmaa", "2018-01-02T00:05:01Z", "2 1 2018, 12:05am");
        format("Z ZZZ ZZZZ ZZZZZ", "2018-01-02T00:00:00-08:30", "-08:30 -0830 -0830 -08:30");
        format("'it''s' ''YY'x''", "2018-01-02T00:00:00Z", "it's '18x'");
        format("YYYY年", "0001-03-01T00:00:00Z", "0001年");
        format("EEE", "1969-12-31T23:59:59Z", "Wed");
        format("", "2018-01-02T00:00:00Z", "");
        check(r#"formatdate("'", "2018-01-02T00:00:00Z")"#, "error: unterminated literal '.");
        check(
            r#"formatdate("ZZ", "2018-01-02T00:00:00Z")"#,
            r#"error: "ZZ": timezone must be Z, ZZZZ, or ZZZZZ."#,
        );
        check(r#"formatdate("k", "2018-01-02T00:00:00Z")"#, r#"error: invalid date format verb "k"."#);
        check(r#"formatdate("YY", local.us)"#, "?string!");
        check(r#"formatdate("YY", null)"#, "error: argument must not be null.");
        check(r#"formatdate("YY", sensitive("2018-01-02T00:00:00Z"))"#, r#"sensitive("18")"#);
    }

    #[test]
    fn what_is_not_a_time_is_told_by_its_parts() {
        let parse = |time: &str, end: &str| {
            check(&format!(r#"formatdate("YY", "{time}")"#), &format!("error: {end}."))
        };
        parse("", "end of string before year");
        parse("18-01-02T00:00:00Z", r#"cannot use "18-01-02T00:00:00Z" as year"#);
        parse("2018-13-02T00:00:00Z", r#"cannot use "-02T00:00:00Z" as month"#);
        parse("2018-02-29T00:00:00Z", "day out of range");
        parse("2018-01-02", "missing required time introducer 'T'");
        parse("2018-01-02T24:00:00Z", "hour must be between 0 and 23 inclusive");
        parse("2018-01-02T1:00:00Z", "hour must have exactly two digits");
        parse("2018-01-02T00:00:00", "end of string before UTC offset");
        parse("2018-01-02T00:00:00+1:00", r#"cannot use "+1:00" as UTC offset"#);
        parse("2018-01-02T00:00:00+24:00", r#"cannot use "+24:00" as UTC offset"#);
        parse("2018-01-02T00:00:00,5Z", r#"found "," where "." is expected"#);
        parse("2018/01/02", r#"found "/01/02" where "-" is expected"#);
    }

    #[test]
    fn durations_are_added_at_the_same_offset() {
        let add = |by: &str, want: &str| {
            check(&format!(r#"timeadd("2020-02-28T23:59:59.5+02:00", "{by}")"#), want);
        };
        add("1s", r#""2020-02-29T00:00:00+02:00""#);
        add("-1.5h10m", r#""2020-02-28T22:19:59+02:00""#);
        add("500ms", r#""2020-02-29T00:00:00+02:00""#);
        add("0", r#""2020-02-28T23:59:59+02:00""#);
        add("1d", r#"error: time: unknown unit "d" in duration "1d"."#);
        add("1", r#"error: time: missing unit in duration "1"."#);
        add("", r#"error: time: invalid duration ""."#);
        add("9999999999h", r#"error: time: invalid duration "9999999999h"."#);
        check(r#"timeadd("9999-12-31T23:59:59Z", "1s")"#, r#""10000-01-01T00:00:00Z""#);
        check(r#"timeadd(local.us, "1s")"#, "?string");
        check(r#"timeadd(null, "1s")"#, "error: argument must not be null.");
        check(r#"timeadd(sensitive("2020-01-01T00:00:00Z"), "1s")"#, r#"sensitive("2020-01-01T00:00:01Z")"#);
    }

    #[test]
    fn times_are_compared_whatever_their_offset() {
        check(r#"timecmp("2020-01-01T00:00:00Z", "2020-01-01T01:00:00+01:00")"#, "0");
        check(r#"timecmp("2020-01-01T0:00:00Z", "2020-01-01T00:00:00,5Z")"#, "-1");
        check(r#"timecmp("2020-01-01T00:00:01Z", "2020-01-01T00:00:00Z")"#, "1");
        check(r#"timecmp(local.us, "x")"#, "?number!");
        check(r#"timecmp("", "x")"#, "error: end of string before year.");
        check(r#"timecmp(null, "x")"#, "error: argument must not be null.");
    }

    #[test]
    fn nobody_knows_what_time_it_will_be() {
        for f in ["timestamp", "plantimestamp"] {
            let now = value(&format!("{f}()")).unwrap();
            let now = now.as_unknown().unwrap();
            assert!(now.refine.not_null);
            assert_eq!(
                (now.why.kind(), now.why.name().as_str()),
                (CauseKind::Function, format!("{f}()").as_str())
            );
            assert!(now.why.span().is_some());
        }
    }

    #[test]
    fn yaml_has_times_of_its_own() {
        let check = |s: &str, want: Option<&str>| assert_eq!(from_yaml(s).as_deref(), want, "{s}");
        check("2001-12-14", Some("2001-12-14T00:00:00Z"));
        check("2001-1-2 3:4:5.67", Some("2001-01-02T03:04:05Z"));
        check("2001-1-2t3:4:5-05:00", Some("2001-01-02T03:04:05-05:00"));
        check("2001-1-2T3:4:5", None);
        check("2001-02-30", None);
        check("2001-12-14 21:59:43 -5", None);
    }
}
