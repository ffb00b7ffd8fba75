use super::*;

fn n(text: &str) -> Number {
    Number::parse(text).unwrap_or_else(|| panic!("`{text}` is not a number"))
}

fn pow(base: &str, power: &str) -> Number {
    n(base).pow(&n(power)).unwrap()
}

/// Zeros, nines and threes come in runs: `3*9` stands for `999`.
fn runs(text: &str) -> String {
    if !text.contains('*') {
        return text.to_owned();
    }
    text.split(' ')
        .map(|part| match part.split_once('*') {
            Some((count, digits)) => digits.repeat(count.parse().unwrap()),
            None => part.to_owned(),
        })
        .collect()
}

/// Evaluates `left operator right`; errors are their text.
fn binary(left: &Number, operator: &str, right: &Number) -> String {
    let result = match operator {
        "+" => left.add(right),
        "-" => left.sub(right),
        "*" => left.mul(right),
        "/" => left.div(right),
        "%" => left.rem(right),
        "pow" => left.pow(right),
        "log" => left.log(right),
        other => panic!("no operator {other}"),
    };
    result.map_or_else(|error| error.to_string(), |number| number.to_string())
}

#[track_caller]
fn check(expression: &str, expected: &str) {
    let [left, operator, right] = expression.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{expression}")
    };
    assert_eq!(binary(&n(left), operator, &n(right)), runs(expected), "{expression}");
}

#[test]
fn a_number_is_two_words_and_crosses_threads() {
    fn crosses<T: Send + Sync>() {}
    crosses::<Number>();
    assert_eq!(size_of::<Number>(), 16);
}

#[test]
fn text_is_read_as_tonumber_reads_it() {
    for (text, expected) in [
        ("1", "1"),
        ("1.50", "1.5"),
        ("1e3", "1000"),
        ("1E-3", "0.001"),
        ("-0", "-0"),
        ("-0.0", "-0"),
        ("+1", "1"),
        ("5.", "5"),
        (".5", "0.5"),
        ("017", "17"),
        ("0e999", "0"),
        ("1p3", "8"),
        ("1p-1", "0.5"),
        ("Inf", "+Inf"),
        ("-inf", "-Inf"),
        ("9007199254740993", "9007199254740993"),
        ("9223372036854775808", "9223372036854775808"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("123456789012345678901234567890.123456789", "123456789012345678901234567890.123456789"),
        (
            "3.14159265358979323846264338327950288419716939937510582097494459",
            "3.14159265358979323846264338327950288419716939937510582097494459",
        ),
        ("1e21", "1000000000000000000000"),
        ("1e-20", "0.00000000000000000001"),
        ("1.7976931348623157e308", "17976931348623157 292*0"),
        ("1e400", "1 400*0"),
        ("1e-400", "0. 399*0 1"),
    ] {
        assert_eq!(n(text).to_string(), runs(expected), "{text}");
    }
    for text in [
        "",
        "+",
        "-",
        ".",
        "e1",
        "1e",
        "1e+",
        "1e1.5",
        "1..2",
        "1.2.3",
        " 1",
        "1 ",
        "--1",
        "-+1",
        "0x1A",
        "0o17",
        "0b1",
        "1_000",
        "NaN",
        "nan",
        "infinity",
        "INF",
        "１",
        "abc",
        "1e99999999999999999999",
    ] {
        assert!(Number::parse(text).is_none(), "{text}");
    }
}

#[test]
fn arithmetic_has_512_bits_and_rounds_half_to_even() {
    for (expression, expected) in [
        ("0.1 + 0.2", "0.3"),
        ("1.1 + 2.2", "3.3 152*0 2"),
        ("0.3 - 0.1", "0.2 153*0 2"),
        ("1 / 3", "0. 154*3 5"),
        ("10 / 3", "3. 153*3 2"),
        ("2 / 3", "0. 153*6 7"),
        ("1.1 * 3", "3.3 152*0 2"),
        ("9.95 * 3", "29.84 150*9 8"),
        ("1.1 * 1.1", "1.21 151*0 1"),
        ("1e-10 * 1e-10", "0. 20*0 154*9"),
        ("0.57 * 100", "57"),
        ("1.005 * 1000", "1005"),
        ("1e22 + 1", "10000000000000000000001"),
        ("9223372036854775807 + 1", "9223372036854775808"),
        ("18446744073709551615 + 1", "18446744073709551616"),
        ("-9223372036854775808 - 1", "-9223372036854775809"),
        ("12345678901234567890 * 98765432109876543210", "1219326311370217952237463801111263526900"),
        ("10 / 4", "2.5"),
        ("1e160 + 1", "1 160*0"),
        ("1e100 + 1", "1 99*0 1"),
    ] {
        check(expression, expected);
    }
    let third = n("1").div(&n("3")).unwrap();
    assert_eq!(third.mul(&n("3")).unwrap().sub(&n("1")).unwrap().to_string(), "0");
}

#[test]
fn the_remainder_has_the_sign_of_the_dividend() {
    for (expression, expected) in [
        ("7 % 3", "1"),
        ("-7 % 3", "-1"),
        ("7 % -3", "1"),
        ("-6 % 3", "0"),
        ("7.5 % 2", "1.5"),
        ("5 % 0", "5"),
        ("Inf % 0", "+Inf"),
        ("5 % Inf", "can't use modulo with zero and infinity"),
        ("-9223372036854775808 % -1", "0"),
    ] {
        check(expression, expected);
    }
}

#[test]
fn zero_and_infinity_keep_their_sign() {
    for (expression, expected) in [
        ("0 * -5", "-0"),
        ("0 / -5", "-0"),
        ("-0 + 0", "0"),
        ("-0 - 0", "-0"),
        ("0 - 0", "0"),
        ("1 / 0", "+Inf"),
        ("-1 / 0", "-Inf"),
        ("1 / -0", "-Inf"),
        ("1 / -Inf", "-0"),
        ("Inf * -2", "-Inf"),
        ("Inf + 1", "+Inf"),
        ("0 / 0", "can't divide zero by zero or infinity by infinity"),
        ("Inf / Inf", "can't divide zero by zero or infinity by infinity"),
        ("Inf + -Inf", "can't compute sum of opposing infinities"),
        ("Inf - Inf", "can't subtract infinity from itself"),
        ("0 * Inf", "can't multiply zero by infinity"),
    ] {
        check(expression, expected);
    }
    assert_eq!(n("0").neg().to_string(), "-0");
    assert_eq!(n("0").neg().neg().to_string(), "0");
    assert_eq!(n("0").neg(), n("0"));
    assert!(!n("-0").is_negative());
}

#[test]
fn a_number_below_512_bits_shows_in_its_text() {
    let seventh = Number::integer(3).div(&Number::integer(7)).unwrap();
    assert_eq!(seventh.to_string(), "0.42857142857142857144");
    assert_eq!(Number::from(3usize).div(&n("7")).unwrap().to_string().len(), "0.".len() + 155);

    for (power, expected) in [
        (pow("2", "62"), "4611686018427388000"),
        (pow("2", "64"), "18446744073709550000"),
        (pow("2", "100"), "1267650600228229400000000000000"),
        (pow("3", "40"), "12157665459056929000"),
        (pow("2", "0.5"), "1.4142135623730951"),
        (pow("2", "64").add(&n("0")).unwrap(), "18446744073709551616"),
        (pow("2", "64").mul(&n("1")).unwrap(), "18446744073709551616"),
        (pow("0.1", "1").add(&n("0")).unwrap(), "0.1000000000000000055511151231257827021181583404541015625"),
        (pow("0.1", "1").mul(&n("3")).unwrap(), "0.3000000000000000166533453693773481063544750213623046875"),
        (
            Number::parse_int("18446744073709551615", 10).unwrap().mul(&Number::integer(3)).unwrap(),
            "55340232221128654845",
        ),
    ] {
        assert_eq!(power.to_string(), expected);
    }
}

#[test]
fn powers_and_logarithms_make_terraforms_rounding_errors() {
    for (expression, expected) in [
        ("3 pow 2", "9"),
        ("4 pow 0", "1"),
        ("2 pow -1", "0.5"),
        ("-2 pow 3", "-8"),
        ("10 pow -2", "0.01"),
        ("10 pow -5", "0.00001"),
        ("9 pow 0.5", "3"),
        ("1.1 pow 2", "1.2100000000000002"),
        ("1.1 pow 10", "2.593742460100002"),
        ("2 pow 0.3", "1.2311444133449163"),
        ("7 pow 33", "7730993719707445000000000000"),
        ("1.5 pow -127", "0.00000000000000000000004329224424061642"),
        ("10 pow 20", "100000000000000000000"),
        ("0 pow -1", "+Inf"),
        ("2 pow 1024", "+Inf"),
        ("2 pow -1075", "0"),
        ("-8 pow 0.5", "panic in function implementation: Float.SetFloat64(NaN)"),
        ("1e400 pow 1", "value must fit a double-precision floating-point number"),
        ("16 log 2", "4"),
        ("27 log 3", "3.0000000000000004"),
        ("1000 log 10", "2.9999999999999996"),
        ("2 log 10", "0.30102999566398114"),
        ("3 log 10", "0.4771212547196623"),
        ("8 log 0.5", "-3"),
        ("10 log 0", "-0"),
        ("0 log 10", "-Inf"),
        ("10 log 1", "+Inf"),
        ("-1 log 10", "panic in function implementation: Float.SetFloat64(NaN)"),
    ] {
        check(expression, expected);
    }
}

#[test]
fn floor_and_ceil_reach_the_next_integer() {
    for (text, floor, ceil) in [
        ("1.9", "1", "2"),
        ("-1.1", "-2", "-1"),
        ("-0.5", "-1", "0"),
        ("0.2", "0", "1"),
        ("2.000001", "2", "3"),
        ("5", "5", "5"),
        ("-0", "0", "0"),
        ("1e30", "1000000000000000000000000000000", "1000000000000000000000000000000"),
        ("12345678901234567890.5", "12345678901234567890", "12345678901234567891"),
        ("-Inf", "-Inf", "-Inf"),
    ] {
        assert_eq!(
            (n(text).floor().to_string(), n(text).ceil().to_string()),
            (floor.into(), ceil.into()),
            "{text}"
        );
    }
}

#[test]
fn equality_is_equality_of_text_and_order_is_exact() {
    let tenth = pow("0.1", "1");
    assert_eq!(tenth, n("0.1"));
    assert_eq!(tenth.compare(&n("0.1")), Ordering::Greater);
    assert_ne!(tenth.add(&n("0")).unwrap(), n("0.1"));
    assert_eq!(pow("2", "64"), n("18446744073709551616"));
    assert_ne!(pow("3", "40"), n("12157665459056928801"));
    assert_eq!(n("1e3"), n("1000"));
    assert_ne!(n("0.5"), n("-0.5"));
    assert_eq!(n("1").div(&n("0")).unwrap(), n("Inf"));

    let ascending = [
        "-Inf",
        "-1e400",
        "-9223372036854775809",
        "-1.5",
        "-1",
        "-1e-400",
        "0",
        "0.1",
        "1",
        "1.5",
        "1e30",
        "Inf",
    ]
    .map(n);
    for (i, a) in ascending.iter().enumerate() {
        for (j, b) in ascending.iter().enumerate() {
            assert_eq!(a.compare(b), i.cmp(&j), "{a} {b}");
            assert_eq!(a == b, i == j, "{a} {b}");
        }
    }
}

#[test]
fn conversions_to_integers_are_exact() {
    for (text, signed, unsigned) in [
        ("0", Some(0), Some(0)),
        ("-0", Some(0), Some(0)),
        ("-1", Some(-1), None),
        ("0.5", None, None),
        ("9223372036854775807", Some(i64::MAX), Some(i64::MAX as u64)),
        ("9223372036854775808", None, Some(1 << 63)),
        ("-9223372036854775808", Some(i64::MIN), None),
        ("18446744073709551615", None, Some(u64::MAX)),
        ("18446744073709551616", None, None),
        ("Inf", None, None),
    ] {
        assert_eq!((n(text).as_i64(), n(text).as_u64()), (signed, unsigned), "{text}");
    }
    assert_eq!(n("2.5").add(&n("0.5")).unwrap().as_usize(), Some(3));
    assert_eq!(Number::from(u64::MAX).as_u64(), Some(u64::MAX));
    assert_eq!(n("-1e3").as_bigint(), Some(BigInt::from(-1000)));
    assert_eq!(n("-13").signum(), Some(Number::integer(-1)));
    assert_eq!(n("0.4").signum(), None);
}

#[test]
fn doubles_round_trip_and_everything_else_rounds_to_the_nearest() {
    for double in [0.1, 1.0, -2.5, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1.5e-310, f64::INFINITY] {
        assert_eq!(Number::from_f64(double).unwrap().to_f64(), double);
    }
    for text in [
        "0.1",
        "1e308",
        "1e-310",
        "3e-324",
        "2e-324",
        "1e-400",
        "123456789012345678901",
        "9007199254740993",
        "-1e400",
    ] {
        assert_eq!(n(text).to_f64(), text.parse::<f64>().unwrap(), "{text}");
    }
    assert!(Number::from_f64(f64::NAN).is_none());
}

#[test]
fn a_plan_keeps_what_its_encoding_keeps() {
    for (number, expected) in [
        (n("-0"), "0 (64 bits)"),
        (n("5"), "5 (64 bits)"),
        (pow("2", "62"), "4611686018427387904 (64 bits)"),
        (pow("2", "64"), "18446744073709550000 (512 bits)"),
        (n("18446744073709551616"), "18446744073709551616 (512 bits)"),
        (n("0.5"), "0.5 (53 bits)"),
        (n("0.1"), "0.1 (512 bits)"),
        (pow("0.1", "1").add(&n("0")).unwrap(), "0.1 (53 bits)"),
        (Number::integer(3).div(&Number::integer(7)).unwrap(), "0.42857142857142857144 (512 bits)"),
        (n("Inf"), "+Inf (512 bits)"),
    ] {
        assert_eq!(format!("{:?}", number.as_planned()), expected);
    }
}

#[test]
fn integers_are_read_in_any_base() {
    for (text, base, expected) in [
        ("100", 10, Some("100")),
        ("-10", 2, Some("-2")),
        ("+10", 2, Some("2")),
        ("-0", 10, Some("0")),
        ("Aa", 62, Some("2242")),
        ("z", 36, Some("35")),
        ("Z", 36, Some("35")),
        ("99999999999999999999999999", 10, Some("99999999999999999999999999")),
        ("12", 2, None),
        ("1.5", 10, None),
        ("1_000", 10, None),
        ("", 10, None),
        ("-", 10, None),
        ("--1", 10, None),
        ("100", 63, None),
        ("100", 0, None),
    ] {
        assert_eq!(
            Number::parse_int(text, base).map(|number| number.to_string()).as_deref(),
            expected,
            "{text} in base {base}"
        );
    }
}

#[test]
fn numbers_beyond_the_limits_are_refused_at_once() {
    for text in ["1e20000", "1e-20000", "1e999999999999", "1p70000", "1e-9223372036854775807"] {
        assert!(Number::parse(text).is_none(), "{text}");
    }
    assert!(Number::parse(&"1".repeat(30_000)).is_none());
    assert!(Number::parse(&format!("0.{}1", "0".repeat(1_000_000))).is_none());
    assert!(Number::parse_int(&"1".repeat(70_000), 2).is_none());
    let large = n("1e19000");
    assert_eq!(large.mul(&large).unwrap_err(), NumberError::TooLarge);
    assert_eq!(n("1e-19000").div(&large).unwrap_err(), NumberError::TooLarge);
    assert_eq!(large.rem(&n("1e-19000")).unwrap_err(), NumberError::TooLarge);
    assert_eq!(n("1e-19000").to_string().len(), 19_002);
    assert_eq!(large.add(&n("1e-19000")).unwrap(), large);
}

#[test]
fn small_integers_calculate_as_large_ones_do() {
    let edges = [
        0,
        1,
        2,
        3,
        5,
        7,
        10,
        1 << 31,
        (1 << 53) - 1,
        (1 << 53) + 1,
        3 << 61,
        1_000_000_007,
        i64::MAX - 1,
        i64::MAX,
    ];
    let mut operands = vec![Number::Small { value: i64::MIN, prec: 53 }];
    let mut random = 1u64;
    for prec in [53, 64, 100, 512] {
        for edge in edges {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let drawn = (random >> (random % 63)) as i64;
            let values = [edge, -edge, drawn].into_iter().filter(|&value| fits(value, prec));
            operands.extend(values.map(|value| Number::Small { value, prec }));
        }
    }
    let slow = |number: &Number| Number::Big(Arc::new(number.float().unwrap().into_owned()));
    let show = |result: Result| result.map(|number| (format!("{number:?}"), number.small()));
    for a in &operands {
        assert_eq!(show(Ok(a.neg())), show(Ok(slow(a).neg())), "-{a:?}");
        assert_eq!(a.to_string(), slow(a).to_string());
        for b in &operands {
            for (name, operation) in [
                ("+", Number::add as fn(&Number, &Number) -> Result),
                ("-", Number::sub),
                ("*", Number::mul),
                ("/", Number::div),
                ("%", Number::rem),
            ] {
                // With zero as divisor `%` returns its operand as it came.
                if name == "%" && b.is_zero() {
                    continue;
                }
                assert_eq!(show(operation(a, b)), show(operation(&slow(a), &slow(b))), "{a:?} {name} {b:?}");
            }
            assert_eq!(a.compare(b), slow(a).compare(&slow(b)), "{a:?} {b:?}");
            assert_eq!(a == b, slow(a) == slow(b), "{a:?} {b:?}");
        }
    }
}

#[test]
fn printing_and_reading_is_the_identity() {
    for text in ["1", "-2.5", "0.1", "1e-300", "1e300", "123456789.123456789"] {
        let number = n(text).div(&n("7")).unwrap();
        assert!(n(&number.to_string()).compare(&number).is_eq(), "{number}");
    }
}
