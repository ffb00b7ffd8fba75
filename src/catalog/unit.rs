//! Units of quotas and the base units in which amounts are added.
//!
//! The build script includes this file: what a default of `20 KiB` is in bytes is worked out once, at build time.

/// The unit in which a quota is stated and shown.
///
/// Amounts are kept in base units, whole numbers of the smallest thing counted: bytes, milliseconds,
/// thousandths for rates (AWS has a quota of 0.02 a second), and one for everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Objects.
    Count,
    /// A plain number whose meaning the name of the quota says.
    Number,
    Characters,
    Bytes,
    Kibibytes,
    Mebibytes,
    Gibibytes,
    Tebibytes,
    Milliseconds,
    Seconds,
    Minutes,
    Hours,
    Days,
    /// Months have no fixed length: not converted.
    Months,
    PerSecond,
    PerMinute,
    /// Read or write capacity units of DynamoDB.
    CapacityUnits,
    /// Capacity units of web ACLs.
    WebAclCapacityUnits,
    VirtualCpus,
    UsDollars,
    GigabitsPerSecond,
    MebibytesPerSecond,
}

/// Every unit with its word in the data files, in the order of the enum.
const WORDS: [(Unit, &str); 22] = [
    (Unit::Count, "count"),
    (Unit::Number, "number"),
    (Unit::Characters, "characters"),
    (Unit::Bytes, "B"),
    (Unit::Kibibytes, "KiB"),
    (Unit::Mebibytes, "MiB"),
    (Unit::Gibibytes, "GiB"),
    (Unit::Tebibytes, "TiB"),
    (Unit::Milliseconds, "ms"),
    (Unit::Seconds, "s"),
    (Unit::Minutes, "min"),
    (Unit::Hours, "h"),
    (Unit::Days, "days"),
    (Unit::Months, "months"),
    (Unit::PerSecond, "per second"),
    (Unit::PerMinute, "per minute"),
    (Unit::CapacityUnits, "capacity units"),
    (Unit::WebAclCapacityUnits, "WCU"),
    (Unit::VirtualCpus, "vCPU"),
    (Unit::UsDollars, "USD"),
    (Unit::GigabitsPerSecond, "Gbit/s"),
    (Unit::MebibytesPerSecond, "MiB/s"),
];

impl Unit {
    /// Returns the unit that the data files call so.
    pub fn from_word(word: &str) -> Option<Unit> {
        WORDS.iter().find(|(_, w)| *w == word).map(|(unit, _)| *unit)
    }

    /// The word of the data files, which is also what is shown after a number.
    pub fn word(self) -> &'static str {
        WORDS[self as usize].1
    }

    /// How many base units one of this unit is.
    pub fn base(self) -> u64 {
        match self {
            Unit::Kibibytes => 1 << 10,
            Unit::Mebibytes => 1 << 20,
            Unit::Gibibytes => 1 << 30,
            Unit::Tebibytes => 1 << 40,
            Unit::Seconds | Unit::PerSecond | Unit::PerMinute => 1_000,
            Unit::Minutes => 60_000,
            Unit::Hours => 3_600_000,
            Unit::Days => 86_400_000,
            Unit::Count
            | Unit::Number
            | Unit::Characters
            | Unit::Bytes
            | Unit::Milliseconds
            | Unit::Months
            | Unit::CapacityUnits
            | Unit::WebAclCapacityUnits
            | Unit::VirtualCpus
            | Unit::UsDollars
            | Unit::GigabitsPerSecond
            | Unit::MebibytesPerSecond => 1,
        }
    }

    /// The unit whose base is one and into which this one converts.
    pub fn smallest(self) -> Unit {
        match self {
            Unit::Kibibytes | Unit::Mebibytes | Unit::Gibibytes | Unit::Tebibytes => Unit::Bytes,
            Unit::Seconds | Unit::Minutes | Unit::Hours | Unit::Days => Unit::Milliseconds,
            other => other,
        }
    }

    /// Returns a number of this unit, as Service Quotas states it, in base units. None: it is negative or no number.
    ///
    /// Sizes round down, so that a limit is never taken larger than it is; rates to the nearest thousandth.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "quotas are at most 10^10 and the result is checked to be positive; the cast saturates"
    )]
    pub fn to_base(self, number: f64) -> Option<u64> {
        if !number.is_finite() || number < 0.0 {
            return None;
        }
        let scaled = number * self.base() as f64;
        let rounded = match self {
            Unit::PerSecond | Unit::PerMinute => scaled.round(),
            _ => scaled.floor(),
        };
        Some(rounded as u64)
    }

    /// Returns an amount in base units, exactly, as it is shown: `100`, `20 KiB`, `20481 B`, `0.02 per second`.
    ///
    /// What does not fit the unit is shown in the largest smaller one that it fits, so that nothing over a limit
    /// can look like the limit.
    pub fn show(self, amount: u64) -> String {
        if matches!(self, Unit::Count | Unit::Number) {
            return amount.to_string();
        }
        if matches!(self, Unit::PerSecond | Unit::PerMinute) {
            let text = format!("{}.{:03}", amount / 1_000, amount % 1_000);
            let text = text.trim_end_matches('0').trim_end_matches('.');
            return format!("{text} {}", self.word());
        }
        let fits = |unit: &Unit| {
            unit.smallest() == self.smallest()
                && unit.base() <= self.base()
                && amount.is_multiple_of(unit.base())
        };
        let unit = WORDS.iter().map(|(u, _)| *u).filter(fits).max_by_key(|u| u.base());
        let unit = unit.expect("bug: every unit has a smallest one, which fits every amount");
        format!("{} {}", amount / unit.base(), unit.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_the_order_of_the_enum() {
        for (i, (unit, word)) in WORDS.iter().enumerate() {
            assert_eq!(*unit as usize, i);
            assert_eq!(Unit::from_word(word), Some(*unit));
            assert_eq!(unit.word(), *word);
            assert_eq!(unit.smallest().smallest(), unit.smallest());
        }
        assert_eq!(Unit::from_word("furlongs"), None);
    }

    #[test]
    fn a_number_goes_to_base_units_and_is_shown_again() {
        for (unit, number, base, shown) in [
            (Unit::Count, 100.0, 100, "100"),
            (Unit::PerSecond, 0.02, 20, "0.02 per second"),
            (Unit::PerSecond, 10.0, 10_000, "10 per second"),
            (Unit::Kibibytes, 20.0, 20_480, "20 KiB"),
            (Unit::Tebibytes, 50.0, 50 << 40, "50 TiB"),
            (Unit::Seconds, 900.0, 900_000, "900 s"),
            (Unit::Months, 24.0, 24, "24 months"),
        ] {
            assert_eq!(unit.to_base(number), Some(base));
            assert_eq!(unit.show(base), shown);
        }
    }

    #[test]
    fn an_amount_over_the_limit_never_looks_like_the_limit() {
        assert_eq!(Unit::Kibibytes.show(20 * 1_024 + 1), "20481 B");
        assert_eq!(Unit::Tebibytes.show((50 << 40) + (512 << 30)), "51712 GiB");
        assert_eq!(Unit::Days.show(86_400_000 + 1), "86400001 ms");
        assert_eq!(Unit::Kibibytes.show(0), "0 KiB");
    }

    #[test]
    fn what_is_no_limit_has_no_base() {
        assert_eq!(Unit::Count.to_base(-1.0), None);
        assert_eq!(Unit::Count.to_base(f64::NAN), None);
        assert_eq!(Unit::Count.to_base(f64::INFINITY), None);
        assert_eq!(Unit::Count.to_base(0.0), Some(0));
    }
}
