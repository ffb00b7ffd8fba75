//! How long AWS takes, as far as sources tell.

use crate::catalog::Quota;
use crate::date::Date;

/// From the shortest to the longest time that the sources tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lead {
    pub least_days: u16,
    pub most_days: u16,
    /// What the sources say, where they differ.
    pub note: &'static str,
}

impl std::fmt::Display for Lead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.least_days, self.most_days) {
            (0, most) => write!(f, "hours to {most} days")?,
            (least, most) if least == most => write!(f, "{most} days")?,
            (least, most) => write!(f, "{least} to {most} days")?,
        }
        if self.note.is_empty() { Ok(()) } else { write!(f, " ({})", self.note) }
    }
}

/// Returns how long it takes to have a quota raised.
///
/// The Connect guide: small increases in hours, larger ones may take up to a few weeks
/// (<https://docs.aws.amazon.com/connect/latest/adminguide/amazon-connect-service-limits.html>); the planning guide for
/// government contact centres has a table, and four to six weeks for instances elsewhere.
pub fn of(quota: &Quota, partition: &str) -> Lead {
    let lead = |least_days, most_days, note| Lead { least_days, most_days, note };
    if partition == "aws-us-gov" {
        return lead(7, 14, "GovCloud requests are looked at more closely");
    }
    match (quota.service, quota.code, quota.name) {
        ("connect", "L-AA17A6B9", _) => {
            lead(1, 42, "one source says 1 to 3 business days, another 4 to 6 weeks")
        }
        ("connect", "L-12AB7C57", _) => lead(7, 14, "capacity planning for large numbers of calls"),
        ("lex", _, "Voice requests per second") => lead(1, 3, "often approved by itself"),
        ("connect", ..) => lead(0, 21, "small increases in hours, larger ones in up to a few weeks"),
        _ => lead(0, 3, "mostly approved by itself"),
    }
}

/// Returns the day so many days later; earlier if it is below zero.
pub fn after(day: Date, days: i64) -> Date {
    let number = days_from_epoch(day) + days;
    Date::from_unix(u64::try_from(number.max(0)).unwrap_or(0) * 86_400)
}

/// <https://howardhinnant.github.io/date_algorithms.html>
fn days_from_epoch(day: Date) -> i64 {
    let (month, d) = (i64::from(day.month()), i64::from(day.day()));
    let y = i64::from(day.year()) - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + d - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}
