//! Printing: the shortest decimal digits of a binary float.

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::Zero;

use super::Layout;
use super::float::Float;

/// `0.digits * 10^exp`, without trailing zeros.
pub(super) struct Decimal {
    digits: Vec<u8>,
    exp: i64,
    /// Further digits follow that nobody needs.
    more: bool,
}

impl Decimal {
    /// Returns the first digits of `mantissa * 2^exp`: about `keep`, or all if there are no more.
    fn leading(mantissa: &BigUint, exp: i64, keep: i64) -> Decimal {
        if mantissa.is_zero() {
            return Decimal { digits: Vec::new(), exp: 0, more: false };
        }
        // log10(2) is 0.30103.
        let whole_digits = ((mantissa.bits() as i64 + exp - 1) * 30_103).div_euclid(100_000) + 1;
        // Enough places for `keep` digits, but no more than a binary fraction of `-exp` bits can have.
        let places = (keep - whole_digits).min((-exp).max(0));
        let ten = |power: i64| BigUint::from(10u8).pow(power.unsigned_abs() as u32);

        let mut value = if places > 0 { mantissa * ten(places) } else { mantissa.clone() };
        let mut more = false;
        if exp < 0 {
            more = value.trailing_zeros().is_some_and(|zeros| zeros < exp.unsigned_abs());
            value >>= exp.unsigned_abs();
        } else {
            value <<= exp as u64;
        }
        if places < 0 {
            let (quotient, rest) = value.div_rem(&ten(places));
            more |= !rest.is_zero();
            value = quotient;
        }

        let digits = value.to_str_radix(10).into_bytes();
        let mut decimal = Decimal { exp: digits.len() as i64 - places, digits, more };
        if !more {
            decimal.trim();
        }
        decimal
    }

    /// Returns the shortest decimal within half a unit of the last place at the number's own precision.
    ///
    /// Walks along the digits until they differ from those of both ends of that interval.
    /// Digits are compared by position even if the ends have another number of them, which now and then stops early:
    /// `pow(2, 62)` is 4611686018427388000. That is Go's way: https://github.com/golang/go/blob/go1.23.3/src/math/big/ftoa.go
    pub(super) fn shortest(float: &Float) -> Decimal {
        let prec = i64::from(float.prec);
        // Three in ten and some to spare.
        let keep = (prec + 1) * 302 / 1000 + 10;
        let mut decimal = Decimal::leading(&float.mantissa, float.exp, keep);
        if float.is_zero() {
            return decimal;
        }

        let shift = prec + 1 - float.mantissa.bits() as i64;
        let middle = &float.mantissa << shift as u64;
        let exp = float.exp - shift;
        let even = !middle.bit(1);
        let lower = Decimal::leading(&(&middle - 1u8), exp, keep);
        let upper = Decimal::leading(&(&middle + 1u8), exp, keep);

        for (i, &digit) in decimal.digits.iter().enumerate() {
            let (low, high) = (lower.at(i), upper.at(i));
            let may_fall = low != digit || even && lower.ends_at(i);
            let may_rise = digit != high && (even || digit + 1 < high || i + 1 < upper.digits.len());
            match (may_fall, may_rise) {
                (false, false) => continue,
                (true, true) if decimal.rounds_up(i + 1) => decimal.round_up(i + 1),
                (true, _) => decimal.round_down(i + 1),
                (false, true) => decimal.round_up(i + 1),
            }
            break;
        }
        decimal
    }

    fn at(&self, i: usize) -> u8 {
        self.digits.get(i).copied().unwrap_or(b'0')
    }

    fn ends_at(&self, i: usize) -> bool {
        !self.more && i + 1 == self.digits.len()
    }

    /// Whether rounding to `n` digits goes up: half to even.
    fn rounds_up(&self, n: usize) -> bool {
        if self.at(n) == b'5' && self.ends_at(n) {
            return (self.at(n - 1) - b'0') % 2 == 1;
        }
        self.at(n) >= b'5'
    }

    fn round_up(&mut self, n: usize) {
        if n >= self.digits.len() {
            return;
        }
        self.digits.truncate(n);
        self.more = false;
        while self.digits.last() == Some(&b'9') {
            self.digits.pop();
        }
        match self.digits.last_mut() {
            Some(last) => *last += 1,
            None => {
                self.digits.push(b'1');
                self.exp += 1;
            }
        }
    }

    fn round_down(&mut self, n: usize) {
        if n >= self.digits.len() {
            return;
        }
        self.digits.truncate(n);
        self.more = false;
        self.trim();
    }

    fn trim(&mut self) {
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
    }

    /// Returns the digits of a layout: so many places after the point, or of all of them; None: as few as will do.
    pub(super) fn laid_out(float: &Float, layout: Layout, places: Option<usize>) -> String {
        let Some(places) = places else {
            let decimal = Decimal::shortest(float);
            let digits = decimal.digits.len();
            return match layout {
                Layout::Exponent => decimal.with_exponent(digits.saturating_sub(1)),
                Layout::Plain => decimal.plain(),
                Layout::General => decimal.general(digits, 6),
            };
        };
        let wanted = places as i64;
        let whole_digits = float.top().max(0) * 30_103 / 100_000 + 1;
        let keep = if layout == Layout::Plain { whole_digits + wanted + 2 } else { wanted + 3 };
        let mut decimal = Decimal::leading(&float.mantissa, float.exp, keep);
        match layout {
            Layout::Exponent => {
                decimal.round(1 + wanted);
                decimal.with_exponent(places)
            }
            Layout::Plain => {
                decimal.round(decimal.exp + wanted);
                decimal.with_places(places)
            }
            Layout::General => {
                let places = places.max(1);
                decimal.round(places as i64);
                let digits = decimal.digits.len();
                let few = places > digits && digits as i64 >= decimal.exp;
                decimal.general(places, if few { digits as i64 } else { places as i64 })
            }
        }
    }

    /// Rounds to `n` digits, half to even; not at all if there are fewer.
    fn round(&mut self, n: i64) {
        let Ok(n) = usize::try_from(n) else { return };
        if n >= self.digits.len() {
            return;
        }
        // Half of the first digit's place: zero is even.
        let half = n == 0 && self.digits[0] == b'5' && self.ends_at(0);
        if !half && self.rounds_up(n) { self.round_up(n) } else { self.round_down(n) }
    }

    /// `d.ddde±dd`
    fn with_exponent(&self, places: usize) -> String {
        let mut text = String::with_capacity(places + 8);
        text.push(self.at(0).into());
        if places > 0 {
            text.push('.');
            text.extend((1..=places).map(|i| char::from(self.at(i))));
        }
        let exp = if self.digits.is_empty() { 0 } else { self.exp - 1 };
        text.push_str(&format!("e{}{:02}", if exp < 0 { '-' } else { '+' }, exp.abs()));
        text
    }

    /// `ddd.ddd`
    fn with_places(&self, places: usize) -> String {
        let digit = |i: i64| usize::try_from(i).map_or('0', |i| char::from(self.at(i)));
        let mut text: String = if self.exp > 0 { (0..self.exp).map(digit).collect() } else { "0".into() };
        if places > 0 {
            text.push('.');
            text.extend((0..places as i64).map(|i| digit(self.exp + i)));
        }
        text
    }

    /// With an exponent if that is less than -4 or not less than `limit`.
    fn general(&self, places: usize, limit: i64) -> String {
        let (exp, digits) = (self.exp - 1, self.digits.len());
        if exp < -4 || exp >= limit {
            return self.with_exponent(places.min(digits).saturating_sub(1));
        }
        let places = if places as i64 > self.exp { digits } else { places };
        self.with_places(usize::try_from(places as i64 - self.exp).unwrap_or(0))
    }

    pub(super) fn plain(&self) -> String {
        let digits: String = self.digits.iter().map(|&digit| char::from(digit)).collect();
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
        match usize::try_from(self.exp) {
            _ if digits.is_empty() => "0".to_owned(),
            Ok(point @ 1..) if point < digits.len() => {
                format!("{}.{}", &digits[..point], &digits[point..])
            }
            Ok(1..) => format!("{digits}{}", zeros(self.exp - digits.len() as i64)),
            _ => format!("0.{}{digits}", zeros(-self.exp)),
        }
    }
}
