use std::collections::BTreeMap;

use super::*;
use crate::catalog::measure::{FilterTerm, JsonPart, Test};
use crate::catalog::{Aggregate, MeasureId, QuotaId, measures_of, quota};
use crate::value::{CauseKind, Identity, Marks, Number, Referent, Refine, Type};

/// A resource instance; what is not listed is not set.
#[derive(Default)]
struct Instance {
    attributes: BTreeMap<&'static str, Value>,
    parent: Option<Value>,
    types: BTreeMap<u32, &'static str>,
}

impl Attributes for Instance {
    fn get(&self, name: &str) -> Value {
        self.attributes.get(name).cloned().unwrap_or(Value::NULL)
    }

    fn through(&self, _: &str, _: &[(&str, &str)]) -> Option<Value> {
        self.parent.clone()
    }

    fn resource_type(&self, object: ObjectId) -> Option<EcoString> {
        self.types.get(&object.0).map(|t| (*t).into())
    }
}

fn with(attributes: impl IntoIterator<Item = (&'static str, Value)>) -> Instance {
    Instance { attributes: attributes.into_iter().collect(), ..Instance::default() }
}

const PLAIN: Measure = Measure {
    id: MeasureId(0),
    quota: QuotaId(0),
    resource_type: "aws_x",
    amount: Amount::One,
    aggregate: Aggregate::Sum,
    scope: &[],
    scope_type: "",
    filter: &[],
    part: "",
    plus: 0,
    unset: 0,
    spare: 0,
    factor: 1,
    on_create: false,
    blind: &[],
    notes: "",
};

const A: Path = &["a"];
const B: Path = &["b"];
const IN_BLOCK: Path = &["block", "a"];

fn read(amount: Amount, a: Value) -> Count {
    Measure { amount, ..PLAIN }.read(&with([("a", a)])).count
}

fn unknown(ty: Type) -> Value {
    Value::unknown(ty, Cause::new(CauseKind::Variable, "var.a", None))
}

fn of_length(ty: Type, min: u64, max: Option<u64>) -> Value {
    let refine = Refine { not_null: true, len_min: min, len_max: max, ..Refine::default() };
    Value::unknown_with(ty, refine, Cause::unstated())
}

fn object(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::object(fields.into_iter().map(|(k, v)| (k.into(), v)).collect())
}

fn blocks(values: impl IntoIterator<Item = Value>) -> Instance {
    let list = values.into_iter().map(|a| object([("a", a)])).collect();
    with([("block", Value::tuple(list))])
}

fn texts(items: &[&str]) -> Value {
    Value::list(Type::String, items.iter().map(|s| Value::from(*s)).collect())
}

fn strings() -> Type {
    Type::list(Type::String)
}

/// Every amount over one attribute, with the type that attribute has.
fn amounts() -> Vec<(Amount, Type)> {
    vec![
        (Amount::Value(A), Type::Number),
        (Amount::Sum(&[A]), Type::Number),
        (Amount::Max(A), Type::Number),
        (Amount::Product(&[(A, 0)]), Type::Number),
        (Amount::Len(&[A]), strings()),
        (Amount::MaxLen(A), strings()),
        (Amount::Chars(&[A]), Type::String),
        (Amount::MaxChars(A), Type::String),
        (Amount::NoSpace(A), Type::String),
        (Amount::Bytes(&[A]), Type::String),
        (Amount::JsonBytes(A), Type::String),
        (Amount::Base64(A), Type::String),
        (Amount::JsonLen(A), Type::map(Type::String)),
        (Amount::Json(A, JsonPart::Items), Type::String),
        (Amount::Json(A, JsonPart::Statements), Type::String),
        (Amount::Deep(A, &["x"]), Type::list(Type::Dynamic)),
        (Amount::Distinct(&[A]), strings()),
    ]
}

#[test]
fn what_is_null_or_unset_counts_nothing() {
    for (amount, ty) in amounts() {
        assert_eq!(read(amount, Value::Null(ty)), Count::ZERO, "{amount:?}");
        assert_eq!(Measure { amount, ..PLAIN }.read(&with([])).count, Count::ZERO, "{amount:?}");
    }
}

#[test]
fn what_is_unknown_may_be_anything_and_says_why() {
    for (amount, ty) in amounts() {
        let measured = Measure { amount, ..PLAIN }.read(&with([("a", unknown(ty))]));
        assert_eq!(measured.count, Count::at_least(0), "{amount:?}");
        assert_eq!(measured.because.unwrap().name(), "var.a", "{amount:?}");
    }
}

#[test]
fn a_block_of_unknown_number_hides_what_is_in_it() {
    let hidden = with([("block", unknown(Type::list(Type::Dynamic)))]);
    for amount in [
        Amount::Sum(&[IN_BLOCK]),
        Amount::Max(IN_BLOCK),
        Amount::Len(&[IN_BLOCK]),
        Amount::MaxLen(IN_BLOCK),
        Amount::Chars(&[IN_BLOCK]),
        Amount::Distinct(&[IN_BLOCK]),
    ] {
        assert_eq!(Measure { amount, ..PLAIN }.read(&hidden).count, Count::at_least(0));
    }
}

#[test]
fn what_is_empty_counts_nothing() {
    for (amount, ty) in amounts() {
        let empty = match ty {
            Type::Number => Value::int(0),
            Type::String => Value::from(""),
            Type::Map(_) => Value::map(Type::String, vec![]),
            _ => Value::list(Type::String, vec![]),
        };
        assert_eq!(read(amount, empty), Count::ZERO, "{amount:?}");
    }
}

#[test]
fn what_is_known_is_counted_exactly_and_a_mark_does_not_matter() {
    let list = || texts(&["x", "yy", "x"]);
    let policy = r#"{ "Statement": [{"Action": ["a:b", "a:c"], "Principal": {"AWS": ["1", "2"], "Service": "s"},
        "Condition": {"StringEquals": {"k": "v", "l": "w"}, "Bool": {"m": true}}}, {"Action": "a:d", "Principal": "*"}] }"#;
    let json = |part| (Amount::Json(A, part), Value::from(policy));
    let nested = Value::tuple(vec![object([
        ("x", Value::tuple(vec![object([])])),
        ("y", Value::tuple(vec![object([("x", Value::tuple(vec![object([]), object([])]))])])),
    ])]);
    for ((amount, value), expected) in [
        ((Amount::Value(A), Value::int(7)), 7),
        ((Amount::Sum(&[A]), Value::int(-1)), 0),
        ((Amount::Sum(&[A]), Value::from("12")), 12),
        ((Amount::Sum(&[A]), Number::parse("2.5").unwrap().into()), 3),
        ((Amount::Sum(&[A]), Number::parse("1e40").unwrap().into()), u64::MAX),
        ((Amount::Max(A), Value::int(9)), 9),
        ((Amount::Product(&[(A, 1)]), Value::int(3)), 4),
        ((Amount::Len(&[A]), list()), 3),
        ((Amount::Len(&[A]), Value::map(Type::String, vec![("k".into(), "v".into())])), 1),
        ((Amount::Len(&[A]), Value::from(true)), 1),
        ((Amount::Len(&[A]), Value::from("sg-1")), 1),
        ((Amount::MaxLen(A), list()), 3),
        ((Amount::Chars(&[A]), Value::from("häß")), 3),
        ((Amount::Bytes(&[A]), Value::from("häß")), 5),
        ((Amount::MaxChars(A), Value::from("abc")), 3),
        ((Amount::NoSpace(A), Value::from("{\n  \"a\" : 1 }")), 7),
        ((Amount::JsonBytes(A), Value::from("{ \"a\" : \"b c\\\"\" }")), 13),
        ((Amount::Base64(A), Value::from("aGVsbG8=")), 5),
        ((Amount::JsonLen(A), object([("A", "b".into()), ("C", "d\"".into())])), 19),
        (json(JsonPart::Items), 1),
        (json(JsonPart::Statements), 2),
        (json(JsonPart::Principals), 4),
        (json(JsonPart::Conditions), 3),
        (json(JsonPart::Actions), 3),
        ((Amount::Json(A, JsonPart::Items), Value::from("[1, 2]")), 2),
        ((Amount::Deep(A, &["x"]), nested), 3),
        ((Amount::Distinct(&[A]), list()), 2),
        ((Amount::Weight(A, Table::VirtualCpus), Value::from("m5.large")), 2),
    ] {
        assert_eq!(read(amount, value.clone()), Count::exactly(expected), "{amount:?}");
        let marked = value.mark(Marks::SENSITIVE);
        assert_eq!(read(amount, marked), Count::exactly(expected), "{amount:?}");
    }
}

#[test]
fn map_as_json_is_what_a_json_writer_writes() {
    let value = object([("A", "b".into()), ("C", "d\"".into())]);
    assert_eq!(crate::value::to_json(&value).to_string().len(), 19);
}

#[test]
fn what_is_known_of_an_unknown_bounds_the_count() {
    let number = |min: i64, max: i64| {
        let refine = Refine {
            not_null: true,
            min: Some((Number::integer(min), true)),
            max: Some((Number::integer(max), true)),
            ..Refine::default()
        };
        Value::unknown_with(Type::Number, refine, Cause::unstated())
    };
    let prefix = Refine { prefix: "arn:".into(), ..Refine::default() };
    let text = Value::unknown_with(Type::String, prefix, Cause::unstated());
    assert_eq!(read(Amount::Sum(&[A]), number(2, 5)), Count::between(2, 5));
    assert_eq!(read(Amount::Len(&[A]), of_length(strings(), 2, Some(3))), Count::between(2, 3));
    assert_eq!(read(Amount::Len(&[A]), of_length(strings(), 2, None)), Count::at_least(2));
    assert_eq!(read(Amount::Chars(&[A]), text.clone()), Count::at_least(4));
    assert_eq!(read(Amount::Len(&[A]), text), Count::exactly(1));
    assert_eq!(read(Amount::Len(&[A]), unknown(Type::Bool)), Count::between(0, 1));
}

#[test]
fn an_id_that_is_not_known_yet_is_there_all_the_same() {
    let referent = Referent { object: ObjectId(1), attr: "id".into() };
    let id = unknown(Type::String).with_identity(Identity::Is(referent));
    assert_eq!(read(Amount::Len(&[A]), id), Count::exactly(1));
}

#[test]
fn unknown_elements_of_a_set_may_be_equal() {
    let set = |items| Value::set(Type::String, items);
    let two = set(vec![unknown(Type::String), "a".into(), "b".into()]);
    assert_eq!(read(Amount::Len(&[A]), two), Count::between(2, 3));
    let list = Value::list(Type::String, vec![unknown(Type::String), "a".into()]);
    assert_eq!(read(Amount::Len(&[A]), list), Count::exactly(2));
    let differ = Value::tuple(vec![
        object([("port", Value::int(1)), ("sg", unknown(Type::String))]),
        object([("port", Value::int(2)), ("sg", unknown(Type::String))]),
    ]);
    let differ = Value::set(Type::Dynamic, differ.as_seq().unwrap().to_vec());
    assert_eq!(read(Amount::Len(&[A]), differ), Count::exactly(2));
}

#[test]
fn blocks_are_passed_through() {
    let sum = Measure { amount: Amount::Sum(&[IN_BLOCK]), ..PLAIN };
    let max = Measure { amount: Amount::Max(IN_BLOCK), ..PLAIN };
    let longest = Measure { amount: Amount::MaxChars(IN_BLOCK), ..PLAIN };
    let known = blocks([Value::int(3), Value::int(4)]);
    assert_eq!(sum.read(&known).count, Count::exactly(7));
    assert_eq!(max.read(&known).count, Count::exactly(4));
    assert_eq!(longest.read(&blocks(["a".into(), "abc".into()])).count, Count::exactly(3));
    let one_unknown = blocks([Value::int(3), unknown(Type::Number)]);
    assert_eq!(sum.read(&one_unknown).count, Count::at_least(3));
    assert_eq!(max.read(&one_unknown).count, Count::at_least(3));
}

#[test]
fn several_paths_are_added() {
    let measure = Measure { amount: Amount::Len(&[A, B]), ..PLAIN };
    let both = with([("a", texts(&["x"])), ("b", texts(&["y", "z"]))]);
    assert_eq!(measure.read(&both).count, Count::exactly(3));
}

#[test]
fn plus_unset_and_factor_are_applied() {
    let plus = Measure { amount: Amount::Len(&[A]), plus: 1, ..PLAIN };
    assert_eq!(plus.read(&with([])).count, Count::exactly(1));
    let gib = Measure { amount: Amount::Sum(&[A]), factor: 1 << 30, ..PLAIN };
    assert_eq!(gib.read(&with([("a", Value::int(2))])).count, Count::exactly(2 << 30));
    let unset = Measure { amount: Amount::Sum(&[A]), unset: 1, ..PLAIN };
    assert_eq!(unset.read(&with([])).count, Count::exactly(1));
    assert_eq!(unset.read(&with([("a", Value::int(5))])).count, Count::exactly(5));
    let bounded = of_length(Type::Number, 0, None);
    assert_eq!(unset.read(&with([("a", bounded)])).count, Count::at_least(0));
}

#[test]
fn what_nobody_can_read_opens_the_count() {
    let measure = Measure { amount: Amount::Len(&[A]), blind: &[B], ..PLAIN };
    let set = with([("a", texts(&["x"])), ("b", texts(&["pl-1"]))]);
    let measured = measure.read(&set);
    assert_eq!(measured.count, Count::at_least(1));
    assert_eq!(measured.because.unwrap().name(), "b");
    assert_eq!(measure.read(&with([("a", texts(&["x"]))])).count, Count::exactly(1));
    let empty = with([("a", texts(&["x"])), ("b", texts(&[]))]);
    assert_eq!(measure.read(&empty).count, Count::exactly(1));
}

#[test]
fn distinct_counts_what_is_certainly_different() {
    let read = |items: Vec<Value>| read(Amount::Distinct(&[A]), Value::tuple(items));
    assert_eq!(read(vec!["x".into(), unknown(Type::String)]), Count::between(1, 2));
    let same = |n: u32| {
        let referent = Referent { object: ObjectId(n), attr: "arn".into() };
        unknown(Type::String).with_identity(Identity::Is(referent))
    };
    assert_eq!(read(vec![same(1), same(1)]), Count::exactly(1));
    assert_eq!(read(vec![same(1), same(2)]), Count::between(1, 2));
    assert_eq!(read(vec![]), Count::ZERO);
    let measure = Measure { amount: Amount::Distinct(&[A]), ..PLAIN };
    let measured = measure.read(&with([("a", texts(&["y", "x", "y"]))]));
    assert_eq!(measured.texts.iter().map(EcoString::as_str).collect::<Vec<_>>(), ["x", "y"]);
}

#[test]
fn an_instance_type_that_nobody_knows_has_at_least_one_cpu() {
    let weight = Amount::Weight(A, Table::VirtualCpus);
    assert_eq!(read(weight, "z9.huge".into()), Count::at_least(1));
    assert_eq!(read(weight, unknown(Type::String)), Count::at_least(1));
    assert_eq!(read(weight, Value::NULL), Count::at_least(1));
}

#[test]
fn white_space_inside_of_strings_may_or_may_not_count() {
    let policy = Value::from(r#"{"Sid": "a b"}"#);
    assert_eq!(read(Amount::NoSpace(A), policy), Count::between(12, 13));
}

#[test]
fn a_text_that_is_no_json_leaves_its_parts_open() {
    let amount = Amount::Json(A, JsonPart::Statements);
    assert_eq!(read(amount, Value::from("{")), Count::at_least(0));
}

fn filtered(test: Test, or_unset: bool) -> Measure {
    let term = FilterTerm { at: &[], paths: &[A], steps: &[], test, or_unset };
    Measure { filter: Box::leak(Box::new([term])), ..PLAIN }
}

#[test]
fn a_condition_holds_or_not_or_nobody_knows() {
    let one = Count::exactly(1);
    let maybe = Count::between(0, 1);
    let is = filtered(Test::Is(&["x", "y"]), false);
    let or_unset = filtered(Test::Is(&["x"]), true);
    let not = filtered(Test::Not(&["x"]), true);
    let set = filtered(Test::Set, false);
    let unset = filtered(Test::Unset, true);
    let family = filtered(Test::Family(&["m", "is"]), false);
    let number = Value::int(0);
    for (measure, value, expected) in [
        (&is, Value::from("x"), one),
        (&is, Value::from("z"), Count::ZERO),
        (&is, Value::NULL, Count::ZERO),
        (&is, unknown(Type::String), maybe),
        (&is, texts(&["q", "y"]), one),
        (&is, Value::from("x").mark(Marks::SENSITIVE), one),
        (&or_unset, Value::NULL, one),
        (&or_unset, Value::from(""), one),
        (&or_unset, Value::from("z"), Count::ZERO),
        (&or_unset, unknown(Type::String), maybe),
        (&not, Value::from("x"), Count::ZERO),
        (&not, Value::from("y"), one),
        (&not, Value::NULL, one),
        (&not, unknown(Type::String), maybe),
        (&set, Value::from("x"), one),
        (&set, Value::NULL, Count::ZERO),
        (&set, Value::from(""), Count::ZERO),
        (&set, Value::from(false), Count::ZERO),
        (&set, number, Count::ZERO),
        (&set, unknown(Type::String), maybe),
        (&unset, Value::NULL, one),
        (&unset, Value::from("x"), Count::ZERO),
        (&unset, unknown(Type::Number), maybe),
        (&family, Value::from("m5.large"), one),
        (&family, Value::from("is4gen.large"), one),
        (&family, Value::from("mac1.metal"), Count::ZERO),
        (&family, Value::NULL, maybe),
    ] {
        let measured = measure.read(&with([("a", value.clone())]));
        assert_eq!(measured.count, expected, "{:?} of {value:?}", measure.filter[0].test);
        assert_eq!(measured.because.is_some(), expected == maybe);
    }
}

#[test]
fn a_known_beginning_can_rule_a_condition_out() {
    let measure = filtered(Test::Is(&["gp3"]), false);
    let begins = |prefix: &str| {
        let refine = Refine { prefix: prefix.into(), ..Refine::default() };
        with([("a", Value::unknown_with(Type::String, refine, Cause::unstated()))])
    };
    assert_eq!(measure.read(&begins("io")).count, Count::ZERO);
    assert_eq!(measure.read(&begins("gp")).count, Count::between(0, 1));
}

#[test]
fn a_condition_on_a_block_is_asked_of_each_block() {
    let term = FilterTerm {
        at: &["block"],
        paths: &[&["kind"]],
        steps: &[],
        test: Test::Is(&["x"]),
        or_unset: false,
    };
    let filter: &'static [FilterTerm] = Box::leak(Box::new([term]));
    let count = Measure { amount: Amount::Len(&[&["block"]]), filter, ..PLAIN };
    let sum = Measure { amount: Amount::Sum(&[IN_BLOCK]), filter, ..PLAIN };
    let block = |kind: Value, a: i64| object([("kind", kind), ("a", Value::int(a))]);
    let three = with([(
        "block",
        Value::tuple(vec![block("x".into(), 1), block("y".into(), 2), block(unknown(Type::String), 4)]),
    )]);
    assert_eq!(count.read(&three).count, Count::between(1, 2));
    assert_eq!(sum.read(&three).count, Count::between(1, 5));
}

#[test]
fn a_condition_on_the_parent_is_undecided_where_it_cannot_be_looked_at() {
    let listeners = quota("elasticloadbalancing", "L-57A373D6").unwrap();
    let measure = &listeners.measures[0];
    let mut listener = with([("load_balancer_arn", unknown(Type::String))]);
    assert_eq!(measure.read(&listener).count, Count::between(0, 1));
    listener.parent = Some(Value::from("network"));
    assert_eq!(measure.read(&listener).count, Count::exactly(1));
    listener.parent = Some(Value::from("application"));
    assert_eq!(measure.read(&listener).count, Count::ZERO);
    listener.parent = Some(Value::NULL);
    assert_eq!(measure.read(&listener).count, Count::ZERO);
    let application = &quota("elasticloadbalancing", "L-B6DF7632").unwrap().measures[0];
    assert_eq!(application.read(&listener).count, Count::exactly(1));
}

#[test]
fn an_arn_or_what_stands_for_one_tells_the_service() {
    let associations = quota("wafv2", "L-C5E4D334").unwrap();
    let measure = &associations.measures[0];
    let arn = |text: &str| with([("resource_arn", Value::from(text))]);
    let balancer = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/x/1";
    assert_eq!(measure.read(&arn(balancer)).count, Count::exactly(1));
    let stage = "arn:aws:apigateway:us-east-1::/restapis/x/stages/y";
    assert_eq!(measure.read(&arn(stage)).count, Count::ZERO);
    let referent = Referent { object: ObjectId(7), attr: "arn".into() };
    let reference = unknown(Type::String).with_identity(Identity::Is(referent));
    let mut instance = with([("resource_arn", reference)]);
    assert_eq!(measure.read(&instance).count, Count::between(0, 1));
    instance.types.insert(7, "aws_alb");
    assert_eq!(measure.read(&instance).count, Count::exactly(1));
    instance.types.insert(7, "aws_api_gateway_stage");
    assert_eq!(measure.read(&instance).count, Count::ZERO);
}

#[test]
fn rules_of_a_security_group_count_apart_by_direction_and_family() {
    let rule = object([
        ("cidr_blocks", texts(&["10.0.0.0/8", "172.16.0.0/12"])),
        ("ipv6_cidr_blocks", texts(&["::/0"])),
        ("security_groups", texts(&["sg-1"])),
        ("prefix_list_ids", texts(&[])),
        ("self", Value::from(true)),
    ]);
    let group = with([("ingress", Value::set(Type::Dynamic, vec![rule]))]);
    let mut counts = BTreeMap::new();
    for measure in measures_of("aws_security_group") {
        counts.insert(measure.part, measure.read(&group).count);
    }
    assert_eq!(counts["inbound IPv4"], Count::exactly(4));
    assert_eq!(counts["inbound IPv6"], Count::exactly(3));
    assert_eq!(counts["outbound IPv4"], Count::ZERO);
}

/// The law: making a value unknown widens its count, and the wide one contains the narrow one.
#[test]
fn the_count_of_an_unknown_contains_that_of_any_value() {
    let values = |ty: &Type| match ty {
        Type::Number => vec![Value::int(0), Value::int(7), Value::int(-3), Value::NULL],
        Type::String => vec!["".into(), "[1]".into(), "x y".into(), Value::NULL],
        Type::Map(_) => vec![object([("a", "b".into())]), Value::NULL],
        _ => vec![texts(&["a", "b"]), texts(&[]), Value::NULL],
    };
    for (amount, ty) in amounts() {
        for plus in [0, 1] {
            for unset in [0, 3] {
                let measure = Measure { amount, plus, unset, ..PLAIN };
                let wide = measure.read(&with([("a", unknown(ty.clone()))])).count;
                for value in values(&ty) {
                    let narrow = measure.read(&with([("a", value)])).count;
                    assert!(wide.contains(narrow), "{amount:?}: {wide} and {narrow}");
                }
            }
        }
    }
}

#[test]
fn every_measure_of_the_catalog_reads_an_empty_and_an_unknown_instance() {
    struct Unknowns;
    impl Attributes for Unknowns {
        fn get(&self, _: &str) -> Value {
            unknown(Type::Dynamic)
        }
    }
    for measure in crate::catalog::quotas().iter().flat_map(|q| q.measures) {
        let empty = measure.read(&with([])).count;
        let wide = measure.read(&Unknowns).count;
        assert!(wide.contains(empty), "{} {:?}: {wide} and {empty}", measure.resource_type, measure.amount);
    }
}

/// Remembers what it was asked for.
struct Asked(Value, std::cell::RefCell<Vec<String>>);

impl Attributes for Asked {
    fn get(&self, name: &str) -> Value {
        self.1.borrow_mut().push(name.to_owned());
        self.0.clone()
    }
}

#[test]
fn a_measure_looks_at_what_it_says_and_at_nothing_else() {
    let values = [Value::NULL, Value::from("x"), Value::Bool(true), Value::tuple(vec![Value::from("x")])];
    for measure in crate::catalog::quotas().iter().flat_map(|quota| quota.measures) {
        let reads: Vec<&str> = measure.reads().collect();
        for value in &values {
            let asked = Asked(value.clone(), std::cell::RefCell::default());
            measure.read_apart(&asked);
            measure.read(&asked);
            for name in asked.1.into_inner() {
                assert!(reads.contains(&name.as_str()), "{} {name}", measure.resource_type);
            }
        }
    }
}

#[test]
fn white_space_of_ascii_counts_as_that_of_other_texts() {
    for text in [
        "",
        " ",
        "{\"a b\" : \"c\\\" d\" , \"e\\\\\" : [ 1,\t2 ]\r\n}",
        "\\\" x \\\\\" y\u{b}z\u{c}",
        "\" \\\\\\\" \" \" ",
    ] {
        let ascii = read(Amount::NoSpace(A), Value::from(text));
        // One more character that is none of ASCII takes the other way.
        let other = read(Amount::NoSpace(A), Value::from(format!("é{text}").as_str()));
        assert_eq!(Count::between(ascii.low() + 1, ascii.high().unwrap() + 1), other, "{text}");
    }
}
