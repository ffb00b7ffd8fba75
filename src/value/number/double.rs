//! Powers in doubles.

/// Returns x to the power y as Go's `math.Pow` does, which is not always the nearest double: `pow(1.1, 10)` ends in `02`, not `023`.
///
/// The fraction of the exponent goes through `exp` and `log`, the whole part is multiplied up by squaring, with the
/// powers of two kept apart: https://github.com/golang/go/blob/go1.23.3/src/math/pow.go
pub(super) fn pow(x: f64, y: f64) -> f64 {
    const BEYOND_I64: f64 = 9_223_372_036_854_775_808.0;
    let special = x == 0.0 || x == 1.0 || !x.is_finite() || y == 0.0 || y.abs() >= BEYOND_I64;
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
