//! Terraform's numbers: binary floats of up to 512 bits and more, as Go's `math/big` has them.
//!
//! A number carries its precision, because Terraform's results depend on it: what was written or decoded has 512 bits,
//! what `length` and the like return has 64, what passed a double (`pow`, `log`) has 53. Sums and quotients take the
//! larger precision of their operands and round half to even; products take what they need, up to 512 bits.
//!
//! Whole numbers that fit an `i64` are kept as such; results never depend on it.
//!
//! # Limits
//!
//! Terraform lets `1e100000000` print a hundred million digits. Here the magnitude of a number other than zero lies
//! between 2^-65536 and 2^65535 (about 1e-19728 and 1e19728), and text has at most 20,000 digits.
//! Beyond that, [`Number::parse`] and [`Number::parse_int`] return `None` and arithmetic returns [`NumberError::TooLarge`].

mod decimal;
mod double;
mod float;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{ToPrimitive, Zero};

use decimal::Decimal;
pub use float::Float;
use float::power_of_five;

/// The precision of what is written in source or decoded from text.
const TEXT_BITS: u16 = 512;
/// The precision of what Terraform makes from an integer.
const INTEGER_BITS: u16 = 64;
/// The precision of what Terraform makes from a double.
const DOUBLE_BITS: u16 = 53;

/// The largest distance of a number's leading bit from the binary point, either way.
const MAX_EXPONENT: i64 = 65_535;
/// The most significant digits that text may have.
const MAX_DIGITS: usize = 20_000;
/// Decimal exponents beyond this are refused unread: no number of [`MAX_DIGITS`] gets back in range.
const MAX_WRITTEN_EXPONENT: i64 = 100_000;

/// A Terraform number.
///
/// `==` is Terraform's equality (the same text), under which `pow(0.1, 1)` is `0.1`; [`Number::compare`] orders by exact value.
#[derive(Clone)]
pub enum Number {
    // INVARIANT: made by the constructors and by arithmetic only, which see to it that the value fits its precision.
    /// A whole number other than `-0`; everything that can be `Small` is.
    Small {
        value: i64,
        prec: u16,
    },
    Big(Arc<Float>),
    Infinite {
        negative: bool,
        prec: u16,
    },
}

/// Why an operation on numbers has no result. The wording is Terraform's where Terraform has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    #[error("can't compute sum of opposing infinities")]
    OpposingInfinities,
    #[error("can't subtract infinity from itself")]
    InfinityMinusItself,
    #[error("can't multiply zero by infinity")]
    ZeroTimesInfinity,
    #[error("can't divide zero by zero or infinity by infinity")]
    ZeroByZero,
    #[error("can't use modulo with zero and infinity")]
    ModuloInfinity,
    /// `log(-1, 10)`, `pow(-8, 0.5)`: Terraform panics here, and reports the panic.
    #[error("panic in function implementation: Float.SetFloat64(NaN)")]
    NotANumber,
    #[error("value must fit a double-precision floating-point number")]
    BeyondDouble,
    #[error("number too large or too small: its exponent is beyond ±{MAX_EXPONENT} bits")]
    TooLarge,
}

type Result<T = Number, E = NumberError> = std::result::Result<T, E>;

/// Making numbers.
impl Number {
    pub const ZERO: Number = Number::integer(0);
    pub const ONE: Number = Number::integer(1);

    /// Returns a number of 64 bits, as `length` and `count.index` are.
    pub const fn integer(value: i64) -> Number {
        Number::Small { value, prec: INTEGER_BITS }
    }

    /// Returns a number of 53 bits, as `pow` and `log` return. None: not a number.
    pub fn from_f64(value: f64) -> Option<Number> {
        if value.is_nan() {
            return None;
        }
        if value.is_infinite() {
            return Some(Number::Infinite { negative: value < 0.0, prec: DOUBLE_BITS });
        }
        let (fraction, exp) = libm::frexp(value.abs());
        let mantissa = BigUint::from(libm::ldexp(fraction, 53) as u64);
        let float = Float::exact(value.is_sign_negative(), mantissa, i64::from(exp) - 53, DOUBLE_BITS);
        Some(float.into_number().expect("bug: doubles are within the limits"))
    }

    /// Reads a number of 512 bits as `tonumber` and the language do. None: not a number, or beyond the limits.
    ///
    /// Decimal digits with an optional sign, point and exponent (`e`, or `p` for powers of two), or `Inf`; no blanks, no
    /// underscores, no prefixes: `.5`, `5.`, `1e-3`, `1p3` are numbers, `0x1A`, `1_000`, ` 1` are not.
    pub fn parse(text: &str) -> Option<Number> {
        let (neg, unsigned) = split_sign(text);
        if matches!(unsigned, "Inf" | "inf") {
            return Some(Number::Infinite { negative: neg, prec: TEXT_BITS });
        }
        if let Some(value) = parse_short(unsigned) {
            return Some(if neg {
                Number::Small { value, prec: TEXT_BITS }.neg()
            } else {
                Number::Small { value, prec: TEXT_BITS }
            });
        }

        let (mantissa, exponent, base) = split_exponent(unsigned)?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return Float::exact(neg, BigUint::zero(), 0, TEXT_BITS).into_number().ok();
        }
        if digits.len() > MAX_DIGITS {
            return None;
        }
        let mantissa = BigUint::parse_bytes(digits.as_bytes(), 10)?;
        let mut fives = -i64::try_from(fraction.len()).ok()?;
        let mut twos = fives;
        match base {
            Base::Ten => {
                fives = fives.checked_add(exponent)?;
                twos = fives;
            }
            Base::Two => twos = twos.checked_add(exponent)?,
        }
        if fives.abs() > MAX_WRITTEN_EXPONENT || twos.abs() > MAX_WRITTEN_EXPONENT {
            return None;
        }

        // The mantissa is exact until it meets the power of five, as in Go: rounded once.
        let exact = Float::exact(neg, mantissa, twos, TEXT_BITS);
        let power = power_of_five(fives.unsigned_abs());
        let float = match fives.cmp(&0) {
            Ordering::Less => exact.quotient(&power, TEXT_BITS),
            Ordering::Equal => exact.rounded(TEXT_BITS),
            Ordering::Greater => exact.product(&power, TEXT_BITS),
        };
        float.into_number().ok()
    }

    /// Reads an integer in a base as `parseint` does. None: not an integer in that base, no such base, or beyond the limits.
    ///
    /// Bases are 2 to 62; up to 36 upper and lower case mean the same, beyond that `A` follows `z`.
    pub fn parse_int(text: &str, base: u32) -> Option<Number> {
        if !(2..=62).contains(&base) {
            return None;
        }
        let (neg, digits) = split_sign(text);
        let digits: Vec<u8> = digits.bytes().map(|byte| digit_value(byte, base)).collect::<Option<_>>()?;
        let significant = &digits[digits.iter().take_while(|&&d| d == 0).count()..];
        if digits.is_empty() || significant.len() > usize::try_from(MAX_EXPONENT).ok()? {
            return None;
        }
        let value =
            if significant.is_empty() { BigUint::zero() } else { BigUint::from_radix_be(significant, base)? };
        let prec = u16::try_from(value.bits()).ok()?.max(INTEGER_BITS);
        Float::exact(neg && !value.is_zero(), value, 0, prec).into_number().ok()
    }

    fn negative_zero(prec: u16) -> Number {
        Number::Big(Arc::new(Float { neg: true, mantissa: BigUint::zero(), exp: 0, prec }))
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Number {
        Number::integer(value)
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Number {
        match i64::try_from(value) {
            Ok(value) => Number::integer(value),
            Err(_) => Number::Big(Arc::new(Float::exact(false, value.into(), 0, INTEGER_BITS))),
        }
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Number {
        Number::from(value as u64)
    }
}

/// Arithmetic.
///
/// Each operation has a quick way for small integers and falls through to the general one where that does not apply.
impl Number {
    /// # Errors
    /// Infinities of opposite signs; a result beyond the limits.
    pub fn add(&self, other: &Number) -> Result {
        let prec = self.prec().max(other.prec());
        if let (Some(a), Some(b)) = (self.small(), other.small())
            && let Some(value) = a.checked_add(b)
            && fits(value, prec)
        {
            return Ok(Number::Small { value, prec });
        }
        match (self.float(), other.float()) {
            (Ok(a), Ok(b)) => a.sum(&b, prec).into_number(),
            (Err(a), Err(b)) if a != b => Err(NumberError::OpposingInfinities),
            (Err(negative), _) | (_, Err(negative)) => Ok(Number::Infinite { negative, prec }),
        }
    }

    /// # Errors
    /// Infinities of the same sign; a result beyond the limits.
    pub fn sub(&self, other: &Number) -> Result {
        let prec = self.prec().max(other.prec());
        if let (Some(a), Some(b)) = (self.small(), other.small())
            && let Some(value) = a.checked_sub(b)
            && fits(value, prec)
        {
            return Ok(Number::Small { value, prec });
        }
        self.add(&other.neg()).map_err(|error| match error {
            NumberError::OpposingInfinities => NumberError::InfinityMinusItself,
            other => other,
        })
    }

    /// # Errors
    /// Zero times infinity; a result beyond the limits.
    pub fn mul(&self, other: &Number) -> Result {
        let prec = self.prec().max(other.prec());
        if let (Some(a), Some(b)) = (self.small(), other.small())
            && let Some(value) = a.checked_mul(b)
        {
            return Ok(if value == 0 && (a < 0 || b < 0) {
                Number::negative_zero(prec)
            } else {
                Number::Small { value, prec: prec.max(bits_needed(value)) }
            });
        }
        match (self.float(), other.float()) {
            (Ok(a), Ok(b)) => {
                // At most 512 bits, even if an operand has more: https://github.com/zclconf/go-cty/blob/v1.16.2/cty/value_ops.go
                let mut product = a.product(&b, TEXT_BITS);
                product.prec = prec.max(product.bits_needed());
                product.into_number()
            }
            _ if self.is_zero() || other.is_zero() => Err(NumberError::ZeroTimesInfinity),
            _ => Ok(Number::Infinite { negative: self.sign_bit() != other.sign_bit(), prec }),
        }
    }

    /// Division by zero gives an infinity.
    ///
    /// # Errors
    /// `0 / 0`, infinity by infinity; a result beyond the limits.
    pub fn div(&self, other: &Number) -> Result {
        let prec = self.prec().max(other.prec());
        if let (Some(a), Some(b)) = (self.small(), other.small())
            && a != 0
            && a.checked_rem(b) == Some(0)
            && let Some(value) = a.checked_div(b)
            && fits(value, prec)
        {
            return Ok(Number::Small { value, prec });
        }
        let negative = self.sign_bit() != other.sign_bit();
        match (self.float(), other.float()) {
            (Ok(a), Ok(b)) if b.is_zero() => match a.is_zero() {
                true => Err(NumberError::ZeroByZero),
                false => Ok(Number::Infinite { negative, prec }),
            },
            (Ok(a), Ok(b)) => a.quotient(&b, prec).into_number(),
            (Err(_), Err(_)) => Err(NumberError::ZeroByZero),
            (Err(_), Ok(_)) => Ok(Number::Infinite { negative, prec }),
            (Ok(_), Err(_)) => Float::exact(negative, BigUint::zero(), 0, prec).into_number(),
        }
    }

    /// Returns what is left after taking away a whole multiple, with the sign of `self`: `-7 % 3` is -1, `5 % 0` is 5.
    ///
    /// # Errors
    /// Infinities, but for `Inf % 0`; a quotient beyond the limits.
    pub fn rem(&self, other: &Number) -> Result {
        if other.is_zero() {
            return Ok(self.clone());
        }
        // With fewer bits the quotient of two small integers may round up to the next integer, and Terraform lets it.
        if let (Number::Small { value: a, prec }, Some(b)) = (self, other.small())
            && *prec >= 2 * INTEGER_BITS
            && let Some(value) = a.checked_rem(b)
        {
            return Ok(Number::Small { value, prec: *prec });
        }
        let (Ok(a), Ok(b)) = (self.float(), other.float()) else {
            return Err(NumberError::ModuloInfinity);
        };
        let quotient = a.quotient(&b, a.prec.max(b.prec)).checked()?;
        let times = Float::exact(quotient.neg, quotient.truncated(), 0, a.prec).rounded(a.prec);
        let times = Float { neg: quotient.neg && !times.is_zero(), ..times };
        a.sum(&b.product(&times, a.prec).negated(), a.prec).into_number()
    }

    /// `-0` is a number of its own: it prints so.
    pub fn neg(&self) -> Number {
        match self {
            Number::Small { value: 0, prec } => Number::negative_zero(*prec),
            Number::Small { value, prec } if *value != i64::MIN => {
                Number::Small { value: -value, prec: *prec }
            }
            Number::Infinite { negative, prec } => Number::Infinite { negative: !negative, prec: *prec },
            Number::Small { .. } | Number::Big(_) => {
                let float = self.float().expect("bug: infinities are handled above").into_owned();
                float.negated().into_number().expect("bug: a number in range stays in range")
            }
        }
    }

    pub fn abs(&self) -> Number {
        if self.sign_bit() { self.neg() } else { self.clone() }
    }

    /// Infinities stay as they are.
    pub fn floor(&self) -> Number {
        self.to_integer(true)
    }

    /// Infinities stay as they are. Never `-0`.
    pub fn ceil(&self) -> Number {
        self.to_integer(false)
    }

    fn to_integer(&self, down: bool) -> Number {
        let Number::Big(float) = self else {
            return self.clone();
        };
        let mut whole = float.truncated();
        if !float.is_integer() && float.neg == down {
            whole += 1u8;
        }
        let float = Float::exact(float.neg && !whole.is_zero(), whole, 0, float.prec).rounded(float.prec);
        float.into_number().expect("bug: at most one bit longer than a number in range, and then below 2")
    }

    /// Returns -1, 0 or 1 of 64 bits. None: Terraform takes whole numbers within `i64` only, `signum(0.4)` is an error.
    pub fn signum(&self) -> Option<Number> {
        self.as_i64().map(|value| Number::integer(value.signum()))
    }

    /// Raises to a power in doubles, with the very rounding errors that Terraform makes on amd64.
    ///
    /// # Errors
    /// An operand that overflows a double; a result that is not a number.
    pub fn pow(&self, power: &Number) -> Result {
        let result = double::pow(self.to_double()?, power.to_double()?);
        Number::from_f64(result).ok_or(NumberError::NotANumber)
    }

    /// Returns `ln(self) / ln(base)` in doubles; `log(0, 10)` and `log(10, 1)` are infinite.
    ///
    /// # Errors
    /// An operand that overflows a double; a result that is not a number.
    pub fn log(&self, base: &Number) -> Result {
        let result = libm::log(self.to_double()?) / libm::log(base.to_double()?);
        Number::from_f64(result).ok_or(NumberError::NotANumber)
    }

    fn to_double(&self) -> Result<f64> {
        let double = self.to_f64();
        if double.is_infinite() && !self.is_infinite() { Err(NumberError::BeyondDouble) } else { Ok(double) }
    }
}

/// Looking at numbers.
impl Number {
    /// Bits of precision.
    pub fn prec(&self) -> u16 {
        match self {
            Number::Small { prec, .. } | Number::Infinite { prec, .. } => *prec,
            Number::Big(float) => float.prec,
        }
    }

    pub fn is_infinite(&self) -> bool {
        matches!(self, Number::Infinite { .. })
    }

    /// Less than zero; `-0` is not.
    pub fn is_negative(&self) -> bool {
        self.sign_bit() && !self.is_zero()
    }

    /// `-0` included.
    pub fn is_zero(&self) -> bool {
        match self {
            Number::Small { value, .. } => *value == 0,
            Number::Big(float) => float.is_zero(),
            Number::Infinite { .. } => false,
        }
    }

    /// Infinities are not integers.
    pub fn is_integer(&self) -> bool {
        match self {
            Number::Small { .. } => true,
            Number::Big(float) => float.is_integer(),
            Number::Infinite { .. } => false,
        }
    }

    /// Exact. None: not a whole number, or too large.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Number::Small { value, .. } => Some(*value),
            // The one whole number within i64 that is not `Small`.
            Number::Big(float) if float.is_zero() => Some(0),
            Number::Big(_) | Number::Infinite { .. } => None,
        }
    }

    /// Exact. None: not a whole number, negative, or too large.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Number::Small { .. } => u64::try_from(self.as_i64()?).ok(),
            Number::Big(_) | Number::Infinite { .. } => self.as_bigint()?.to_u64(),
        }
    }

    /// Exact. None: not a whole number, negative, or too large.
    pub fn as_usize(&self) -> Option<usize> {
        usize::try_from(self.as_u64()?).ok()
    }

    /// Exact. None: not a whole number.
    pub fn as_bigint(&self) -> Option<BigInt> {
        let float = self.float().ok()?;
        let sign = if float.neg { Sign::Minus } else { Sign::Plus };
        float.is_integer().then(|| BigInt::from_biguint(sign, float.truncated()))
    }

    /// Rounds half to even; infinite where a double overflows.
    pub fn to_f64(&self) -> f64 {
        match self {
            Number::Small { value, .. } => *value as f64,
            Number::Big(float) => float.to_f64(),
            Number::Infinite { negative: false, .. } => f64::INFINITY,
            Number::Infinite { negative: true, .. } => f64::NEG_INFINITY,
        }
    }

    /// Writes the number as Go's `%e`, `%f` and `%g` do; `places` are those after the point, of `%g` all digits.
    /// None: as many as tell the number from its neighbours.
    pub fn laid_out(&self, layout: Layout, places: Option<usize>) -> String {
        match self.float() {
            Ok(float) => {
                let sign = if float.neg { "-" } else { "" };
                format!("{sign}{}", Decimal::laid_out(&float, layout, places))
            }
            Err(negative) => if negative { "-Inf" } else { "+Inf" }.to_owned(),
        }
    }

    /// Returns what is left of the number after a plan was written and read: integers that fit an `i64` become exact,
    /// other integers and most fractions 512 bits of their text, fractions that a double holds 53 bits.
    ///
    /// An infinity cannot be planned and stays.
    pub fn as_planned(&self) -> Number {
        if self.is_infinite() {
            return self.clone();
        }
        if let Some(value) = self.as_i64() {
            return Number::integer(value);
        }
        if !self.is_integer()
            && let Some(double) = Number::from_f64(self.to_f64())
            && double.compare(self).is_eq()
        {
            return double;
        }
        Number::parse(&self.to_string()).unwrap_or_else(|| self.clone())
    }

    /// Orders by exact value; `-0` equals `0`. `<` and `>` are this, `==` is not: see [`Number`].
    pub fn compare(&self, other: &Number) -> Ordering {
        match (self.float(), other.float()) {
            _ if self.small().is_some() && other.small().is_some() => self.small().cmp(&other.small()),
            (Ok(a), Ok(b)) => a.compare(&b),
            (Err(a), Err(b)) => b.cmp(&a),
            (Err(negative), _) => {
                if negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            (_, Err(negative)) => {
                if negative {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
        }
    }

    fn small(&self) -> Option<i64> {
        match self {
            Number::Small { value, .. } => Some(*value),
            Number::Big(_) | Number::Infinite { .. } => None,
        }
    }

    fn sign_bit(&self) -> bool {
        match self {
            Number::Small { value, .. } => *value < 0,
            Number::Big(float) => float.neg,
            Number::Infinite { negative, .. } => *negative,
        }
    }

    /// The general form; for an infinity, whether it is negative.
    fn float(&self) -> Result<Cow<'_, Float>, bool> {
        match self {
            Number::Small { value, prec } => {
                Ok(Cow::Owned(Float::exact(*value < 0, value.unsigned_abs().into(), 0, *prec)))
            }
            Number::Big(float) => Ok(Cow::Borrowed(float)),
            Number::Infinite { negative, .. } => Err(*negative),
        }
    }
}

/// The ways to lay out digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `1.5e+03`
    Exponent,
    /// `1500.0`
    Plain,
    /// Whichever suits the magnitude.
    General,
}

/// Terraform's equality: integers by value, the rest by the text they print as.
impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        match (self, other) {
            (Number::Small { value: a, .. }, Number::Small { value: b, .. }) => a == b,
            (Number::Infinite { negative: a, .. }, Number::Infinite { negative: b, .. }) => a == b,
            (Number::Infinite { .. }, _) | (_, Number::Infinite { .. }) => false,
            _ if self.is_integer() || other.is_integer() => self.compare(other).is_eq(),
            (Number::Big(a), Number::Big(b)) if a.prec == b.prec && a.compare(b).is_eq() => true,
            // Texts of numbers that differ by more than a factor of two cannot meet.
            (Number::Big(a), Number::Big(b)) if a.neg != b.neg || (a.top() - b.top()).abs() > 1 => false,
            _ => self.to_string() == other.to_string(),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} ({} bits)", self.prec())
    }
}

/// Writes the shortest decimal that tells the number from its neighbours of the same precision, without exponent.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Small { value, prec }
                if u32::from(*prec) >= i64::BITS - value.unsigned_abs().leading_zeros() =>
            {
                value.fmt(f)
            }
            Number::Small { .. } | Number::Big(_) => {
                let float = self.float().expect("bug: infinities are handled below");
                f.write_str(if float.neg { "-" } else { "" })?;
                f.write_str(&Decimal::shortest(&float).plain())
            }
            Number::Infinite { negative, .. } => f.write_str(if *negative { "-Inf" } else { "+Inf" }),
        }
    }
}

/// Bits between the first and the last one set.
fn bits_needed(value: i64) -> u16 {
    let magnitude = value.unsigned_abs();
    match magnitude {
        0 => 0,
        _ => (u64::BITS - magnitude.leading_zeros() - magnitude.trailing_zeros()) as u16,
    }
}

fn fits(value: i64, prec: u16) -> bool {
    prec >= INTEGER_BITS || bits_needed(value) <= prec
}

enum Base {
    Two,
    Ten,
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

/// The common case: a few digits and nothing else.
fn parse_short(text: &str) -> Option<i64> {
    let short = (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    short.then(|| text.bytes().fold(0, |value, digit| value * 10 + i64::from(digit - b'0')))
}

/// Returns mantissa, exponent and what the exponent is to. None: an exponent that is not one, or too long.
fn split_exponent(text: &str) -> Option<(&str, i64, Base)> {
    let Some(at) = text.find(['e', 'E', 'p', 'P']) else {
        return Some((text, 0, Base::Ten));
    };
    let base = if matches!(text.as_bytes()[at], b'e' | b'E') { Base::Ten } else { Base::Two };
    // `i64` takes a sign as Go does, and nothing else.
    Some((&text[..at], text[at + 1..].parse().ok()?, base))
}

fn digit_value(byte: u8, base: u32) -> Option<u8> {
    let value = match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'z' => byte - b'a' + 10,
        b'A'..=b'Z' if base <= 36 => byte - b'A' + 10,
        b'A'..=b'Z' => byte - b'A' + 36,
        _ => return None,
    };
    (u32::from(value) < base).then_some(value)
}

#[cfg(test)]
mod tests;
