//! JSON syntax: `.tf.json` and `.tfvars.json`.
//!
//! In: text. Out: the same file that native syntax gives. First comes a tree of JSON with positions, then a
//! table of Terraform's blocks says which objects are blocks; every other property is an argument. Strings are
//! templates, except where Terraform takes them as they stand, or for expressions. Never here: the arguments of
//! resources. What is a block there only a schema knows, so objects and lists of them are left as expressions.

mod blocks;
mod lower;
mod read;

use ecow::EcoString;

use self::blocks::{ROOT, VALUES};
use super::{File, Stretch};
use crate::finding::Diagnostic;
use crate::source::FileId;

/// A JSON value and where it stands.
#[derive(Debug)]
struct Json {
    kind: Kind,
    span: Stretch,
}

#[derive(Debug)]
enum Kind {
    Null,
    Bool(bool),
    /// Valid as JSON; the text is the source's.
    Number,
    String(EcoString),
    Array(Vec<Json>),
    Object(Vec<Property>),
}

#[derive(Debug)]
struct Property {
    name: EcoString,
    name_span: Stretch,
    value: Json,
}

/// Reads a configuration file.
pub(super) fn configuration(text: &str, id: FileId) -> (File, Vec<Diagnostic>) {
    lower::file(text, id, &ROOT)
}

/// Reads a file of values for variables.
pub(super) fn values(text: &str, id: FileId) -> (File, Vec<Diagnostic>) {
    lower::file(text, id, &VALUES)
}

#[cfg(test)]
mod tests {
    use super::super::{Diagnostic, dump, parse};
    use crate::source::Files;

    fn read(name: &str, text: &str) -> (String, Vec<Diagnostic>) {
        let (file, diagnostics) = parse(&Files::default().add(name, text));
        (dump::body(&file.arena, &file.body), diagnostics)
    }

    fn check(text: &str, expected: &str) {
        let (dumped, diagnostics) = read("main.tf.json", text);
        assert_eq!(diagnostics, [], "{text}");
        assert_eq!(dumped, expected, "{text}");
    }

    /// Refused, with that summary, at that text.
    fn check_error(text: &str, summary: &str, at: &str) {
        let (_, diagnostics) = read("main.tf.json", text);
        let span = diagnostics[0].span.unwrap();
        assert_eq!((diagnostics[0].summary.as_str(), &text[span.range()]), (summary, at), "{text}");
    }

    #[test]
    fn blocks_are_objects_or_arrays_of_objects() {
        check(
            r#"{"resource": {"a": {"x": {"i": 1}, "y": {"i": 2}}, "b": {"z": [{"i": 3}, {"i": 4}]}}}"#,
            r#"resource "a" "x" { i = 1 }; resource "a" "y" { i = 2 }; resource "b" "z" { i = 3 }; resource "b" "z" { i = 4 }"#,
        );
        check(
            r#"[{"provider": [{"aws": {}}, {"aws": {"alias": "w"}}]}, {"locals": [{"a": 1}, null]}]"#,
            r#"provider "aws" {  }; provider "aws" { alias = "w" }; locals { a = 1 }; locals {  }"#,
        );
        check(r#"{"locals": null, "output": {"o": null}, "//": ["x"]}"#, "");
        check(
            r#"{"terraform": {"backend": {"s3": {"bucket": "b"}}}}"#,
            r#"terraform { backend "s3" { bucket = "b" } }"#,
        );
    }

    #[test]
    fn blocks_inside_of_resources_are_known_by_name() {
        check(
            r#"{"resource": {"t": {"r": {"//": "c", "tags": {"//": "x"}, "lifecycle": {"ignore_changes": ["tags[\"a\"]", "all"],
                "precondition": [{"condition": "${a}", "error_message": "m"}]},
                "provisioner": [{"local-exec": {"when": "destroy", "command": "x ${y}"}}],
                "dynamic": {"d": {"for_each": "${l}", "iterator": "i", "content": {"v": "${i.value}"}}}}}}}"#,
            concat!(
                r#"resource "t" "r" { tags = {//="x"}; lifecycle { ignore_changes = [tags["a"] all]; "#,
                r#"precondition { condition = wrap(a); error_message = "m" } }; "#,
                r#"provisioner "local-exec" { when = destroy; command = t("x " y) }; "#,
                r#"dynamic "d" { for_each = wrap(l); iterator = i; content { v = wrap(i.value) } } }"#
            ),
        );
    }

    #[test]
    fn strings_are_templates_expressions_or_neither() {
        check(
            r#"{"locals": {"a": "x", "b": "${x}", "c": "$${x} %%{y} ${z}", "d": {"${k}": null, "e": [true, -1.50]}}}"#,
            r#"locals { a = "x"; b = wrap(x); c = t("${x} %{y} " z); d = {<wrap(k)>=null e=[true -1.5]} }"#,
        );
        check(
            r#"{"module": {"m": {"source": "${x}", "providers": {"aws.a": "aws.b"}, "depends_on": ["x.y"], "i": "${j}"}}}"#,
            r#"module "m" { source = "${x}"; providers = {aws.a=aws.b}; depends_on = [x.y]; i = wrap(j) }"#,
        );
        check(
            r#"{"variable": {"v": {"type": "map(list(any))", "default": "${x}", "validation": {"condition": "${y}"}}}}"#,
            r#"variable "v" { type = map(list(any)); default = "${x}"; validation { condition = wrap(y) } }"#,
        );
        check(r#"{"variable": {"v": {"type": "${string}"}}}"#, r#"variable "v" { type = "${string}" }"#);
        check(
            r#"{"terraform": {"required_providers": {"aws": {"source": "a/b", "configuration_aliases": ["aws.x"]}}}}"#,
            r#"terraform { required_providers { aws = {source="a/b" configuration_aliases=[aws.x]} } }"#,
        );
        let (values, diagnostics) = read("x.tfvars.json", r#"{"//": 1, "a": "${x}", "b": {"${c}": 1}}"#);
        assert_eq!((values.as_str(), diagnostics.len()), (r#"a = "${x}"; b = {${c}=1}"#, 0));
    }

    #[test]
    fn errors_stand_where_the_text_is() {
        check_error(r#"{"locals": {"a": "\u00e9\n${1 +}"}}"#, "Invalid expression", "}");
        check_error(
            r#"{"locals": {"a": "\"${b c}"}}"#,
            "Extra characters after interpolation expression",
            "c",
        );
        check_error(r#"{"localz": {}}"#, "Extraneous JSON object property", r#""localz""#);
        check_error(r#"{"locals": 1}"#, "Incorrect JSON value type", "1");
        check_error(r#"{"resource": {"a": {}}}"#, "Missing block label", "{}");
        check_error(r#"{"locals": {"a": 1, "a": 2}}"#, "Duplicate argument", r#""a""#);
        check_error(r#"{"locals": {"a": {"b": 1, "b": 2}}}"#, "Duplicate object attribute", r#""b""#);
        check_error("{\"a\": 1,}", "Trailing comma in object", ",");
        check_error("[1,]", "Trailing comma in array", ",");
        check_error(r#"{"a" = 1}"#, "Missing property value colon", "=");
        check_error(r#"{"a": 01}"#, "Invalid JSON number", "01");
        check_error(r#"{"a": True}"#, "Invalid JSON keyword", "True");
        check_error("{\"a\": \"x\ny\"}", "Invalid JSON string", "\n");
        check_error(r#"{"a": "\x"}"#, "Invalid JSON string", "\\");
        check_error(r#"{"a": [1}"#, "Mismatched brackets", "}");
        check_error(r#"{"a": {"b": 1 "c"#, "Missing attribute seperator comma", "\"");
        check_error("{", "Missing value", "");
        check_error("", "Missing value", "");
        check_error("1", "Root value must be object", "1");
        check_error("{} 1", "Extraneous data after value", "1");
    }

    #[test]
    fn escapes_are_those_of_json() {
        check(
            r#"{"locals": {"a": "\"\\\/\b\n\u00e9\ud83d\ude00\ud800"}}"#,
            "locals { a = \"\\\"\\\\/\\u{8}\\né😀\u{fffd}\" }",
        );
    }
}
