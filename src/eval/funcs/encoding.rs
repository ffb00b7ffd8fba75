//! Text in other forms: base64, gzip, URLs, CSV, other character sets.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;
use ecow::EcoString;
use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, compress_to_output, create_comp_flags_from_zip_params,
};

use super::charset::{Charset, Outcome};
use super::csv;
use super::text::{STR, STRING, impure, string, text};
use super::{Call, FnError, Function, Param, Returns, Want};
use crate::syntax::nfc;
use crate::value::{Marks, Type, Value, quoted};

pub(super) const FAMILY: &[Function] =
    &[BASE64DECODE, BASE64ENCODE, BASE64GZIP, CSVDECODE, TEXTDECODEBASE64, TEXTENCODEBASE64, URLENCODE];

/// `base64decode(str)` is the text that base64 stands for.
const BASE64DECODE: Function =
    Function { name: "base64decode", params: &[STR.marked().unknown()], run: base64decode, ..STRING };

/// `base64encode(str)` is the text in base64.
const BASE64ENCODE: Function = Function {
    name: "base64encode",
    params: &[STR],
    run: |_, args| Ok(text(BASE64_STANDARD.encode(string(&args[0])))),
    ..STRING
};

/// `base64gzip(str)` is the text compressed, in base64; the bytes differ from Terraform's, not what they hold.
const BASE64GZIP: Function = Function { name: "base64gzip", params: &[STR], run: base64gzip, ..STRING };

/// `csvdecode(str)` is a list of objects, named by the first line.
const CSVDECODE: Function = Function {
    name: "csvdecode",
    params: &[STR],
    returns: Returns::From(|args| match args[0].as_str() {
        Some(s) => columns(s).map(|names| table_type(&names)),
        None => Ok(Type::Dynamic),
    }),
    run: csvdecode,
    ..STRING
};

const ENCODING: Param = Param::new("encoding", Want::String);

/// `textdecodebase64(source, encoding)` is the text that base64 in another character set stands for.
const TEXTDECODEBASE64: Function = Function {
    name: "textdecodebase64",
    params: &[Param::new("source", Want::String), ENCODING],
    run: textdecodebase64,
    ..STRING
};

/// `textencodebase64(string, encoding)` is the text in another character set, in base64.
const TEXTENCODEBASE64: Function = Function {
    name: "textencodebase64",
    params: &[Param::new("string", Want::String), ENCODING],
    run: textencodebase64,
    ..STRING
};

/// `urlencode(str)` is the text as it stands in a query.
const URLENCODE: Function = Function {
    name: "urlencode",
    params: &[STR],
    run: |_, args| Ok(text(query(string(&args[0])))),
    ..STRING
};

/// Decodes base64 as Go does: line ends do not count, nor do bits left over.
///
/// # Errors
/// The offset of the first byte that does not belong there.
pub(super) fn from_base64(s: &str) -> Result<Vec<u8>, usize> {
    const LAX: GeneralPurpose =
        GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
    let bytes: Vec<u8> = s.bytes().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    LAX.decode(bytes).map_err(|e| match e {
        base64::DecodeError::InvalidByte(at, _) => at,
        _ => s.len(),
    })
}

fn base64decode(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let (s, marks) = args[0].unmark();
    if s.is_unknown() {
        return Ok(call.unknown(args).mark(marks));
    }
    let s = string(&s);
    let bytes = from_base64(s).map_err(|_| {
        let shown = if marks.contains(Marks::SENSITIVE) { "(sensitive value)".to_owned() } else { quoted(s) };
        FnError::new(format!("failed to decode base64 data {shown}"))
    })?;
    match String::from_utf8(bytes) {
        Ok(s) => Ok(text(s).mark(marks)),
        Err(_) => Err(FnError::new("the result of decoding the provided string is not valid UTF-8")),
    }
}

/// Makes a gzip member: a header without name or time, deflated data, checksum and length.
///
/// The data ends as Go ends it, flushed and then closed, so that short texts come out byte for byte the same.
fn base64gzip(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let bytes = string(&args[0]).as_bytes();
    let mut gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    let mut deflate = CompressorOxide::new(create_comp_flags_from_zip_params(6, -15, 0));
    compress_to_output(&mut deflate, bytes, TDEFLFlush::Sync, |part| {
        gzip.extend_from_slice(part);
        true
    });
    gzip.extend(b"\x01\0\0\xff\xff");
    gzip.extend(crc32(bytes).to_le_bytes());
    gzip.extend((bytes.len() as u32).to_le_bytes());
    Ok(text(BASE64_STANDARD.encode(gzip)))
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _: u8| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, b| (0..8).fold(crc ^ u32::from(*b), step))
}

/// Returns the names of the columns.
fn columns(s: &str) -> Result<Vec<EcoString>, FnError> {
    let first = csv::Reader::new(s).next().ok_or_else(|| FnError::new("missing header line"))?;
    let names = first.map_err(|e| FnError::new(e.message()))?;
    let mut seen = std::collections::HashSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(twice) => Err(FnError::new(format!("duplicate column name {}", quoted(twice)))),
        None => Ok(names.iter().map(|name| nfc(name)).collect()),
    }
}

fn table_type(names: &[EcoString]) -> Type {
    Type::list(Type::object(names.iter().map(|name| (name.clone(), Type::String))))
}

fn csvdecode(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let s = string(&args[0]);
    let names = columns(s)?;
    let mut rows = Vec::new();
    for row in csv::Reader::new(s).skip(1) {
        let row = row.map_err(|e| FnError::new(e.message()))?;
        rows.push(Value::object(names.iter().cloned().zip(row.into_iter().map(text)).collect()));
    }
    let element = table_type(&names).element().cloned().expect("bug: a list without an element type");
    Ok(Value::list(element, rows))
}

fn charset_of(name: &str) -> Result<Charset, FnError> {
    Charset::named(name).ok_or_else(|| {
        let message = "is not a supported IANA encoding name or alias in this Terraform version";
        FnError::arg(1, format!("{} {message}", quoted(name)))
    })
}

fn textdecodebase64(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let charset = charset_of(string(&args[1]))?;
    let bytes = from_base64(string(&args[0])).map_err(|at| {
        FnError::arg(0, format!("the given value is has an invalid base64 symbol at offset {at}"))
    })?;
    match charset.decode(&bytes) {
        Outcome::Done(s) => Ok(text(s)),
        Outcome::Impossible => Err(FnError::arg(
            0,
            format!("the given string contains symbols that are not defined for {}", charset.name()),
        )),
        Outcome::Unsupported => Ok(impure(call, "textdecodebase64()")),
    }
}

fn textencodebase64(call: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let charset = charset_of(string(&args[1]))?;
    match charset.encode(string(&args[0])) {
        Outcome::Done(bytes) => Ok(text(BASE64_STANDARD.encode(bytes))),
        Outcome::Impossible => Err(FnError::arg(
            0,
            format!("the given string contains characters that cannot be represented in {}", charset.name()),
        )),
        Outcome::Unsupported => Ok(impure(call, "textencodebase64()")),
    }
}

/// Escapes all but letters, digits and `-_.~`; a blank becomes a plus.
fn query(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for b in s.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(b.into()),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::funcs::testing::{check, value};

    #[test]
    fn base64_is_read_as_go_reads_it() {
        check(r#"base64encode("Hello, 世界")"#, r#""SGVsbG8sIOS4lueVjA==""#);
        check(r#"base64decode("SGVs\r\nbG8=")"#, r#""Hello""#);
        check(r#"base64decode("SGVsbG9=")"#, r#""Hello""#);
        check(r#"base64decode("ZcyB")"#, r#""é""#);
        check(r#"base64decode("SGVsbG8")"#, r#"error: failed to decode base64 data "SGVsbG8"."#);
        check(r#"base64decode(sensitive("!"))"#, "error: failed to decode base64 data (sensitive value).");
        check(r#"base64decode("/w==")"#, "error: is not valid UTF-8.");
        for f in ["base64decode", "base64encode", "urlencode"] {
            check(&format!("{f}(local.us)"), "?string!");
            check(&format!("{f}(null)"), "error: argument must not be null.");
            check(&format!(r#"{f}("")"#), r#""""#);
            check(&format!(r#"{f}(sensitive(""))"#), r#"sensitive("")"#);
        }
    }

    #[test]
    fn gzip_ends_as_in_go_and_holds_the_text() {
        check(r#"base64gzip("")"#, r#""H4sIAAAAAAAA/wAAAP//AQAA//8AAAAAAAAAAA==""#);
        let long = "abc ".repeat(10_000);
        let packed = value(&format!(r#"base64gzip("{long}")"#)).unwrap();
        let packed = from_base64(packed.as_str().unwrap()).unwrap();
        assert!(packed.len() < 500);
        let data = &packed[10..packed.len() - 8];
        assert_eq!(miniz_oxide::inflate::decompress_to_vec(data).unwrap(), long.as_bytes());
        assert_eq!(packed[packed.len() - 8..packed.len() - 4], crc32(long.as_bytes()).to_le_bytes());
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        check("base64gzip(local.us)", "?string!");
        check("base64gzip(null)", "error: argument must not be null.");
    }

    #[test]
    fn tables_are_named_by_their_first_line() {
        check(
            r#"csvdecode("a,b\n1,\"x,\"\"y\"\"\nz\"\n\n2,\r\n")"#,
            r#"tolist([{a = "1", b = "x,\"y\"\nz"}, {a = "2", b = ""}])"#,
        );
        check(r#"csvdecode("a")"#, "tolist([])");
        check(r#"csvdecode("")"#, "error: missing header line.");
        check(r#"csvdecode("a,a")"#, r#"error: duplicate column name "a"."#);
        check(r#"csvdecode("a\n1,2")"#, "error: CSV parse error on line 2: wrong number of fields.");
        check(r#"csvdecode("a\nx\"y")"#, r#"error: CSV parse error on line 2: bare " in non-quoted-field."#);
        check(r#"csvdecode("a\n\"x")"#, r#"error: extraneous or missing " in quoted-field."#);
        check("csvdecode(local.us)", "?any");
        check("csvdecode(null)", "error: argument must not be null.");
        check(r#"csvdecode(sensitive("a\n1"))"#, r#"sensitive(tolist([{a = "1"}]))"#);
    }

    #[test]
    fn text_goes_into_other_character_sets_and_back() {
        let there_and_back = |set: &str, s: &str, packed: &str| {
            check(&format!(r#"textencodebase64("{s}", "{set}")"#), &format!("\"{packed}\""));
            check(&format!(r#"textdecodebase64("{packed}", "{set}")"#), &format!("\"{s}\""));
        };
        there_and_back("UTF-16LE", "aé😀", "YQDpAD3YAN4=");
        there_and_back("utf-16", "a", "/v8AYQ==");
        there_and_back(" latin1 ", "é", "6Q==");
        there_and_back("ISO-8859-9", "ğ", "8A==");
        there_and_back("windows-1252", "€", "gA==");
        there_and_back("Shift_JIS", "あ", "gqA=");
        there_and_back("us-ascii", "a", "YQ==");
        there_and_back("UTF-8", "", "");
        check(r#"textencodebase64("☃", "latin1")"#, "error: that cannot be represented in ISO_8859-1:1987.");
        check(
            r#"textencodebase64("\u0081", "windows-1252")"#,
            "error: that cannot be represented in windows-1252.",
        );
        check(
            r#"textdecodebase64("gQ==", "windows-1252")"#,
            "error: symbols that are not defined for windows-1252.",
        );
        check(r#"textdecodebase64("/w==", "UTF-8")"#, "error: symbols that are not defined for UTF-8.");
        check(r#"textdecodebase64("AA==", "UTF-16LE")"#, "error: symbols that are not defined for UTF-16LE.");
        check(
            r#"textencodebase64("a", "nope")"#,
            "error: is not a supported IANA encoding name or alias in this Terraform version.",
        );
        check(
            r#"textdecodebase64("!", "UTF-8")"#,
            "error: the given value is has an invalid base64 symbol at offset 0.",
        );
        check(r#"textencodebase64(local.us, "UTF-8")"#, "?string!");
        check(r#"textencodebase64(null, "UTF-8")"#, "error: argument must not be null.");
        check(r#"textencodebase64(sensitive("a"), "UTF-8")"#, r#"sensitive("YQ==")"#);
    }

    #[test]
    fn a_character_set_that_only_terraform_knows_leaves_the_result_unknown() {
        check(r#"textencodebase64("a", "IBM437")"#, "?string!");
        check(r#"textdecodebase64("YQ==", "HZ-GB-2312")"#, "?string!");
    }

    #[test]
    fn queries_escape_all_that_is_not_safe() {
        check(r#"urlencode("a b/ü-_.~*")"#, r#""a+b%2F%C3%BC-_.~%2A""#);
    }
}
