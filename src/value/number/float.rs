//! Binary floats: an odd whole number times a power of two, rounded half to even where an operation asks for it.

use std::cmp::Ordering;
use std::sync::Arc;

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};

use super::{DOUBLE_BITS, MAX_EXPONENT, Number, NumberError, Result, TEXT_BITS};

/// `mantissa * 2^exp`; the mantissa is odd, or zero with exponent 0, and has at most `prec` bits.
#[derive(Clone)]
pub struct Float {
    pub(super) neg: bool,
    pub(super) mantissa: BigUint,
    pub(super) exp: i64,
    pub(super) prec: u16,
}

impl Float {
    /// Takes the value as it is; `prec` is a claim about its later roundings.
    pub(super) fn exact(neg: bool, mantissa: BigUint, exp: i64, prec: u16) -> Float {
        match mantissa.trailing_zeros() {
            None => Float { neg, mantissa, exp: 0, prec },
            Some(0) => Float { neg, mantissa, exp, prec },
            Some(zeros) => Float { neg, mantissa: mantissa >> zeros, exp: exp + zeros as i64, prec },
        }
    }

    /// Rounds half to even.
    pub(super) fn rounded(self, prec: u16) -> Float {
        Float::round(self.neg, self.mantissa, self.exp, false, prec)
    }

    /// Rounds half to even; `rest` says that the value lies a little above the mantissa, which then has more than `prec` bits.
    pub(super) fn round(neg: bool, mantissa: BigUint, exp: i64, rest: bool, prec: u16) -> Float {
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

    pub(super) fn sum(&self, other: &Float, prec: u16) -> Float {
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

    pub(super) fn product(&self, other: &Float, prec: u16) -> Float {
        let mantissa = &self.mantissa * &other.mantissa;
        Float::round(self.neg != other.neg, mantissa, self.exp + other.exp, false, prec)
    }

    /// `other` is not zero.
    pub(super) fn quotient(&self, other: &Float, prec: u16) -> Float {
        // Two bits more than asked for: one to round by, one because the quotient may come out a bit short.
        let wanted = u64::from(prec) + 2 + other.mantissa.bits();
        let shift = wanted.saturating_sub(self.mantissa.bits());
        let (mantissa, rest) = (&self.mantissa << shift).div_rem(&other.mantissa);
        let exp = self.exp - other.exp - shift as i64;
        Float::round(self.neg != other.neg, mantissa, exp, !rest.is_zero(), prec)
    }

    pub(super) fn negated(self) -> Float {
        Float { neg: !self.neg, ..self }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.mantissa.is_zero()
    }

    pub(super) fn is_integer(&self) -> bool {
        self.exp >= 0
    }

    pub(super) fn bits_needed(&self) -> u16 {
        u16::try_from(self.mantissa.bits()).unwrap_or(u16::MAX)
    }

    /// The magnitude lies below `2^top` and not below `2^(top - 1)`.
    pub(super) fn top(&self) -> i64 {
        self.mantissa.bits() as i64 + self.exp
    }

    /// The magnitude without its fraction.
    pub(super) fn truncated(&self) -> BigUint {
        if self.exp >= 0 {
            &self.mantissa << self.exp as u64
        } else {
            &self.mantissa >> self.exp.unsigned_abs()
        }
    }

    pub(super) fn compare(&self, other: &Float) -> Ordering {
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

    pub(super) fn to_f64(&self) -> f64 {
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

    pub(super) fn checked(self) -> Result<Float> {
        if self.is_zero() || self.top().abs() <= MAX_EXPONENT { Ok(self) } else { Err(NumberError::TooLarge) }
    }

    pub(super) fn into_number(self) -> Result {
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

/// Rounded to 64 bits more than text has, step by step: what Go multiplies or divides by.
pub(super) fn power_of_five(power: u64) -> Float {
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
