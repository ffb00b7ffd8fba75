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
//! between 2^-65536 and 2^65535 (about 1e-19728 and 1e19728), and text has at most 20,000 digits. Beyond that, [`Number::parse`] and
//! [`Number::parse_int`] return `None` and arithmetic returns [`NumberError::TooLarge`].

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};

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

/// `mantissa * 2^exp`; the mantissa is odd, or zero with exponent 0, and has at most `prec` bits.
#[derive(Clone)]
pub struct Float {
    neg: bool,
    mantissa: BigUint,
    exp: i64,
    prec: u16,
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

    /// Writes the number as Go's `%e`, `%f` and `%g` do; `places` are digits after the point, of `%g` all digits.
    /// None: as many as tell the number from its neighbours.
    pub fn laid_out(&self, layout: Layout, places: Option<usize>) -> String {
        let float = match self.float() {
            Ok(float) => float,
            Err(negative) => return if negative { "-Inf" } else { "+Inf" }.to_owned(),
        };
        let sign = if float.neg { "-" } else { "" };
        let text = match places {
            None => {
                let decimal = Decimal::shortest(&float);
                let digits = decimal.digits.len();
                match layout {
                    Layout::Exponent => decimal.with_exponent(digits.saturating_sub(1)),
                    Layout::Plain => decimal.plain(),
                    Layout::General => decimal.general(digits, 6),
                }
            }
            Some(places) => {
                let whole_digits = float.top().max(0) * 30_103 / 100_000 + 1;
                let wanted = i64::try_from(places).unwrap_or(i64::MAX - 100_000);
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
                        decimal.round(wanted.max(1));
                        let digits = decimal.digits.len();
                        let few = places > digits && digits as i64 >= decimal.exp;
                        decimal.general(places, if few { digits as i64 } else { wanted.max(1) })
                    }
                }
            }
        };
        format!("{sign}{text}")
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

impl Float {
    /// Takes the value as it is; `prec` is a claim about its later roundings.
    fn exact(neg: bool, mantissa: BigUint, exp: i64, prec: u16) -> Float {
        match mantissa.trailing_zeros() {
            None => Float { neg, mantissa, exp: 0, prec },
            Some(0) => Float { neg, mantissa, exp, prec },
            Some(zeros) => Float { neg, mantissa: mantissa >> zeros, exp: exp + zeros as i64, prec },
        }
    }

    /// Rounds half to even.
    fn rounded(self, prec: u16) -> Float {
        Float::round(self.neg, self.mantissa, self.exp, false, prec)
    }

    /// Rounds half to even; `rest` says that the value lies a little above the mantissa, which then has more than `prec` bits.
    fn round(neg: bool, mantissa: BigUint, exp: i64, rest: bool, prec: u16) -> Float {
        let bits = mantissa.bits();
        if bits <= u64::from(prec) {
            return Float::exact(neg, mantissa, exp, prec);
        }
        let drop = bits - u64::from(prec);
        let rest = rest || mantissa.trailing_zeros().is_some_and(|zeros| zeros < drop - 1);
        let half = mantissa.bit(drop - 1);
        let mut kept = mantissa >> drop;
        if half && (rest || kept.bit(0)) {
            kept += 1u8;
        }
        Float::exact(neg, kept, exp + drop as i64, prec)
    }

    fn sum(&self, other: &Float, prec: u16) -> Float {
        let (high, low) = if self.exp >= other.exp { (self, other) } else { (other, self) };
        let raised = &high.mantissa << (high.exp - low.exp) as u64;
        if high.neg == low.neg {
            return Float::round(high.neg, raised + &low.mantissa, low.exp, false, prec);
        }
        match raised.cmp(&low.mantissa) {
            Ordering::Equal => Float::exact(false, BigUint::zero(), 0, prec),
            Ordering::Greater => Float::round(high.neg, raised - &low.mantissa, low.exp, false, prec),
            Ordering::Less => Float::round(low.neg, &low.mantissa - raised, low.exp, false, prec),
        }
    }

    fn product(&self, other: &Float, prec: u16) -> Float {
        let mantissa = &self.mantissa * &other.mantissa;
        Float::round(self.neg != other.neg, mantissa, self.exp + other.exp, false, prec)
    }

    /// `other` is not zero.
    fn quotient(&self, other: &Float, prec: u16) -> Float {
        // Two bits more than asked for: one to round by, one because the quotient may come out a bit short.
        let wanted = u64::from(prec) + 2 + other.mantissa.bits();
        let shift = wanted.saturating_sub(self.mantissa.bits());
        let (mantissa, rest) = (&self.mantissa << shift).div_rem(&other.mantissa);
        let exp = self.exp - other.exp - shift as i64;
        Float::round(self.neg != other.neg, mantissa, exp, !rest.is_zero(), prec)
    }

    fn negated(self) -> Float {
        Float { neg: !self.neg, ..self }
    }

    fn is_zero(&self) -> bool {
        self.mantissa.is_zero()
    }

    fn is_integer(&self) -> bool {
        self.exp >= 0
    }

    fn bits_needed(&self) -> u16 {
        u16::try_from(self.mantissa.bits()).unwrap_or(u16::MAX)
    }

    /// The magnitude lies below `2^top` and not below `2^(top - 1)`.
    fn top(&self) -> i64 {
        self.mantissa.bits() as i64 + self.exp
    }

    /// The magnitude without its fraction.
    fn truncated(&self) -> BigUint {
        if self.exp >= 0 {
            &self.mantissa << self.exp as u64
        } else {
            &self.mantissa >> self.exp.unsigned_abs()
        }
    }

    fn compare(&self, other: &Float) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => {
                return if other.neg { Ordering::Greater } else { Ordering::Less };
            }
            (false, true) => {
                return if self.neg { Ordering::Less } else { Ordering::Greater };
            }
            (false, false) => {}
        }
        if self.neg != other.neg {
            return other.neg.cmp(&self.neg);
        }
        let magnitude = self.top().cmp(&other.top()).then_with(|| {
            let exp = self.exp.min(other.exp);
            let raise = |float: &Float| &float.mantissa << (float.exp - exp) as u64;
            raise(self).cmp(&raise(other))
        });
        if self.neg { magnitude.reverse() } else { magnitude }
    }

    fn to_f64(&self) -> f64 {
        const LOWEST: i64 = -1074;
        let bits = (self.top() - LOWEST).min(i64::from(DOUBLE_BITS));
        let magnitude = match u16::try_from(bits) {
            Ok(1..) if !self.is_zero() => {
                let rounded = Float::round(false, self.mantissa.clone(), self.exp, false, bits as u16);
                let mantissa = rounded.mantissa.to_u64().expect("bug: at most 53 bits") as f64;
                libm::ldexp(mantissa, i32::try_from(rounded.exp).expect("bug: exponents are limited"))
            }
            // More than half of the least double rounds up to it, half of it down.
            Ok(0) if !self.mantissa.is_one() => libm::ldexp(1.0, LOWEST as i32),
            _ => 0.0,
        };
        if self.neg { -magnitude } else { magnitude }
    }

    fn checked(self) -> Result<Float> {
        if self.is_zero() || self.top().abs() <= MAX_EXPONENT { Ok(self) } else { Err(NumberError::TooLarge) }
    }

    fn into_number(self) -> Result {
        let float = self.checked()?;
        let small = match float.top() {
            _ if float.is_zero() => (!float.neg).then_some(0),
            top if float.exp >= 0 && top <= 64 => {
                let magnitude = float.truncated().to_u64().expect("bug: at most 64 bits");
                if float.neg { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
            }
            _ => None,
        };
        Ok(match small {
            Some(value) => Number::Small { value, prec: float.prec },
            None => Number::Big(Arc::new(float)),
        })
    }
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

/// Rounded to 64 bits more than text has, step by step: what Go multiplies or divides by.
fn power_of_five(power: u64) -> Float {
    const BITS: u16 = TEXT_BITS + 64;
    const EXACT: u64 = 27;
    let mut result = Float::exact(false, BigUint::from(5u8).pow(power.min(EXACT) as u32), 0, BITS);
    let mut square = Float::exact(false, BigUint::from(5u8), 0, BITS + 64);
    let mut left = power.saturating_sub(EXACT);
    while left > 0 {
        if left & 1 == 1 {
            result = result.product(&square, BITS);
        }
        square = square.product(&square, BITS + 64);
        left >>= 1;
    }
    result
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

/// `0.digits * 10^exp`, without trailing zeros.
struct Decimal {
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
    fn shortest(float: &Float) -> Decimal {
        let prec = i64::from(float.prec);
        // Three in ten and some to spare.
        let keep = (prec + 1) * 302 / 1000 + 10;
        let mut decimal = Decimal::leading(&float.mantissa, float.exp, keep);

        let shift = prec + 1 - float.mantissa.bits() as i64;
        let middle = &float.mantissa << shift as u64;
        let exp = float.exp - shift;
        let even = !middle.bit(1);
        let lower = match float.is_zero() {
            true => return decimal,
            false => Decimal::leading(&(&middle - 1u8), exp, keep),
        };
        let upper = Decimal::leading(&(&middle + 1u8), exp, keep);

        for (i, &digit) in decimal.digits.iter().enumerate() {
            let (low, high) = (lower.at(i), upper.at(i));
            let may_fall = low != digit || even && lower.ends_at(i);
            let may_rise =
                digit != high && (even || digit + 1 < high || !upper.ends_at(i) && i < upper.digits.len());
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

    fn plain(&self) -> String {
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

/// Powers in doubles.
mod double {
    /// Returns x to the power y as Go's `math.Pow` does, which is not always the nearest double: `pow(1.1, 10)` ends in `02`, not `023`.
    ///
    /// The fraction of the exponent goes through `exp` and `log`, the whole part is multiplied up by squaring, with the
    /// powers of two kept apart: https://github.com/golang/go/blob/go1.23.3/src/math/pow.go
    pub(super) fn pow(x: f64, y: f64) -> f64 {
        const BEYOND_I64: f64 = 9_223_372_036_854_775_808.0;
        let special = x == 0.0 || x == 1.0 || !x.is_finite() || y == 0.0 || !(y.abs() < BEYOND_I64);
        if special {
            return libm::pow(x, y);
        }
        if y == 1.0 {
            return x;
        }
        if y.abs() == 0.5 {
            let root = x.sqrt();
            return if y > 0.0 { root } else { 1.0 / root };
        }

        let mut whole = y.abs().trunc();
        let mut fraction = y.abs() - whole;
        if fraction != 0.0 && x < 0.0 {
            return f64::NAN;
        }
        let mut mantissa = 1.0;
        if fraction != 0.0 {
            if fraction > 0.5 {
                fraction -= 1.0;
                whole += 1.0;
            }
            mantissa = exp(fraction * libm::log(x));
        }

        let mut exponent = 0i64;
        let (mut square, shift) = libm::frexp(x);
        let mut shift = i64::from(shift);
        let mut left = whole as i64;
        while left != 0 {
            if shift.abs() > 1 << 12 {
                // Beyond all doubles already, and so is the result.
                exponent += shift;
                break;
            }
            if left & 1 == 1 {
                mantissa *= square;
                exponent += shift;
            }
            square *= square;
            shift *= 2;
            if square < 0.5 {
                square *= 2.0;
                shift -= 1;
            }
            left >>= 1;
        }
        if y < 0.0 {
            mantissa = 1.0 / mantissa;
            exponent = -exponent;
        }
        libm::ldexp(mantissa, exponent.clamp(-10_000, 10_000) as i32)
    }

    /// Returns e to the power x for `|x| < 700`, as Go does on amd64 with fused multiplication.
    ///
    /// Reduces by multiples of ln 2, divides by 16, sums the Taylor series of `e^x - 1`, and doubles the argument four
    /// times by `(e^2x - 1) = (e^x - 1)(e^x - 1 + 2)`. The method is Shibata's: https://github.com/golang/go/blob/go1.23.3/src/math/exp_amd64.s
    fn exp(x: f64) -> f64 {
        const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fefa_3000);
        const LN_2_LOW: f64 = 0.282_352_905_630_315_771_225_884_481_750_134e-12;
        const TAYLOR: [f64; 7] = [1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0];

        let twos = (x * std::f64::consts::LOG2_E).round_ties_even();
        let rest = (-twos).mul_add(LN_2_LOW, (-twos).mul_add(LN_2_HIGH, x)) / 16.0;
        let series = TAYLOR.iter().fold(1.0 / 40320.0, |sum: f64, &term| sum.mul_add(rest, term));
        let mut less_one = rest * series;
        for _ in 0..3 {
            less_one *= less_one + 2.0;
        }
        let result = less_one.mul_add(less_one + 2.0, 1.0);
        libm::ldexp(result, twos as i32)
    }
}
