//! Calendar dates: until when an exemption holds, since when a limit is known. The clock is passed in.

use std::fmt;

/// A day, as `2027-03-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Returns the day, if there is such a day in the calendar.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Date> {
        ((1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day)).then_some(Date {
            year,
            month,
            day,
        })
    }

    /// Parses `2027-03-31`. None: another form, or no such day.
    ///
    /// ```
    /// use tf_headroom::date::Date;
    /// assert_eq!(Date::parse("2028-02-29").unwrap().to_string(), "2028-02-29");
    /// assert!(Date::parse("2027-02-29").is_none());
    /// ```
    pub fn parse(text: &str) -> Option<Date> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let digits = |from: usize, upto: usize| {
            bytes[from..upto]
                .iter()
                .try_fold(0u16, |n, b| b.is_ascii_digit().then(|| n * 10 + u16::from(b - b'0')))
        };
        let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
        Date::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
    }

    /// Returns the day, in UTC, of a time in seconds since 1970; days after 9999 are its last day.
    pub fn from_unix(seconds: u64) -> Date {
        let mut days = seconds / 86_400;
        let mut year = 1970;
        while year < 9999 {
            let length = if is_leap(year) { 366 } else { 365 };
            if days < length {
                break;
            }
            days -= length;
            year += 1;
        }
        let mut month = 1;
        while month < 12 && days >= u64::from(days_in(year, month)) {
            days -= u64::from(days_in(year, month));
            month += 1;
        }
        let last = days_in(year, month);
        let day = u8::try_from(days).map_or(last, |d| d.saturating_add(1).min(last));
        Date { year, month, day }
    }

    /// Returns the number of days since the first of January 1970; days before it have none.
    pub fn days(self) -> u32 {
        let years: u32 = (1970..self.year).map(|y| if is_leap(y) { 366 } else { 365 }).sum();
        let months: u32 = (1..self.month).map(|m| u32::from(days_in(self.year, m))).sum();
        years + months + u32::from(self.day) - 1
    }

    pub fn year(self) -> u16 {
        self.year
    }

    pub fn month(self) -> u8 {
        self.month
    }

    pub fn day(self) -> u8 {
        self.day
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        for text in ["2027-03-31", "2000-02-29", "1999-12-01"] {
            assert_eq!(Date::parse(text).map(|d| d.to_string()).as_deref(), Some(text));
        }
        for text in [
            "",
            "2027-3-31",
            "2027-13-01",
            "2027-00-10",
            "1900-02-29",
            "2027-04-31",
            "2027/04/30",
            "2027-04-3O",
        ] {
            assert!(Date::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn dates_are_ordered_as_days_are() {
        assert!(Date::parse("2026-12-31") < Date::parse("2027-01-01"));
    }

    #[test]
    fn a_time_since_1970_falls_on_its_day() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (951_868_799, "2000-02-29"),
            (1_795_132_800, "2026-11-20"),
        ] {
            assert_eq!(Date::from_unix(seconds).to_string(), day);
        }
        assert_eq!(Date::from_unix(u64::MAX).to_string(), "9999-12-31");
        for seconds in [0, 951_782_400, 1_795_132_800] {
            assert_eq!(u64::from(Date::from_unix(seconds).days()), seconds / 86_400);
        }
    }
}
