//! Hashes, identifiers and RSA.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::Digest as _;

use super::rsa;
use super::text::{STR, STRING, impure, string, text};
use super::{Call, FnError, Function, Param, Want};
use crate::value::{Value, quoted};

pub(super) const FAMILY: &[Function] =
    &[BASE64SHA256, BASE64SHA512, BCRYPT, MD5, RSADECRYPT, SHA1, SHA256, SHA512, UUID, UUIDV5];

/// `base64sha256(str)` is SHA-256 in base64, not of its hexadecimal digits.
const BASE64SHA256: Function =
    Function { name: "base64sha256", params: &[STR], run: |_, args| hashed(args, base64_sha256), ..STRING };

/// `base64sha512(str)` is SHA-512 in base64, not of its hexadecimal digits.
const BASE64SHA512: Function =
    Function { name: "base64sha512", params: &[STR], run: |_, args| hashed(args, base64_sha512), ..STRING };

/// `bcrypt(str, cost)` is salted anew each time.
const BCRYPT: Function = Function {
    name: "bcrypt",
    params: &[STR],
    rest: Some(Param::new("cost", Want::Number)),
    run: |call, _| Ok(impure(call, "bcrypt()")),
    ..STRING
};

/// `md5(str)` is MD5 in hexadecimal digits.
const MD5: Function = Function { name: "md5", params: &[STR], run: |_, args| hashed(args, md5), ..STRING };

/// `rsadecrypt(ciphertext, privatekey)` is the text that was encrypted for a key.
const RSADECRYPT: Function = Function {
    name: "rsadecrypt",
    params: &[Param::new("ciphertext", Want::String), Param::new("privatekey", Want::String)],
    run: rsadecrypt,
    ..STRING
};

/// `sha1(str)` is SHA-1 in hexadecimal digits.
const SHA1: Function = Function { name: "sha1", params: &[STR], run: |_, args| hashed(args, sha1), ..STRING };

/// `sha256(str)` is SHA-256 in hexadecimal digits.
const SHA256: Function =
    Function { name: "sha256", params: &[STR], run: |_, args| hashed(args, sha256), ..STRING };

/// `sha512(str)` is SHA-512 in hexadecimal digits.
const SHA512: Function =
    Function { name: "sha512", params: &[STR], run: |_, args| hashed(args, sha512), ..STRING };

/// `uuid()` is another one each time.
const UUID: Function = Function { name: "uuid", run: |call, _| Ok(impure(call, "uuid()")), ..STRING };

/// `uuidv5(namespace, name)` is the identifier that follows from a name.
const UUIDV5: Function = Function {
    name: "uuidv5",
    params: &[Param::new("namespace", Want::String), Param::new("name", Want::String)],
    run: uuidv5,
    ..STRING
};

fn hashed(args: &[Value], hash: fn(&[u8]) -> String) -> Result<Value, FnError> {
    Ok(text(hash(string(&args[0]).as_bytes())))
}

pub(super) fn base64_sha256(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(sha2::Sha256::digest(bytes))
}

pub(super) fn base64_sha512(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(sha2::Sha512::digest(bytes))
}

pub(super) fn md5(bytes: &[u8]) -> String {
    hexadecimal(&md5::Md5::digest(bytes))
}

pub(super) fn sha1(bytes: &[u8]) -> String {
    hexadecimal(&sha1::Sha1::digest(bytes))
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&sha2::Sha256::digest(bytes))
}

pub(super) fn sha512(bytes: &[u8]) -> String {
    hexadecimal(&sha2::Sha512::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn rsadecrypt(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let (cipher, key) = (string(&args[0]), string(&args[1]));
    let bytes = super::encoding::from_base64(cipher).map_err(|_| {
        FnError::arg(
            0,
            format!("failed to decode input {}: cipher text must be base64-encoded", quoted(cipher)),
        )
    })?;
    let key = rsa::PrivateKey::parse(key).map_err(|e| FnError::arg(1, e))?;
    let plain =
        key.decrypt(&bytes).ok_or_else(|| FnError::new("failed to decrypt: crypto/rsa: decryption error"))?;
    Ok(text(String::from_utf8_lossy(&plain)))
}

fn uuidv5(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    // Four that RFC 4122 names differ in one digit.
    let well_known = |n: u8| {
        let mut id = *b"\x6b\xa7\xb8\x10\x9d\xad\x11\xd1\x80\xb4\x00\xc0\x4f\xd4\x30\xc8";
        id[3] = n;
        id
    };
    let namespace = match string(&args[0]) {
        "dns" => well_known(0x10),
        "url" => well_known(0x11),
        "oid" => well_known(0x12),
        "x500" => well_known(0x14),
        other => parse_uuid(other).ok_or_else(|| {
            FnError::new(format!("uuidv5() doesn't support namespace {other} (invalid UUID)"))
        })?,
    };
    let mut hash = sha1::Sha1::new();
    hash.update(namespace);
    hash.update(string(&args[1]));
    let mut id: [u8; 20] = hash.finalize().into();
    id[6] = id[6] & 0x0f | 0x50;
    id[8] = id[8] & 0x3f | 0x80;
    let digits = hexadecimal(&id[..16]);
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    Ok(text(parts.join("-")))
}

/// Reads an identifier with dashes, with `urn:uuid:` before it or between any two braces, or 32 digits.
fn parse_uuid(s: &str) -> Option<[u8; 16]> {
    let digits = match s.len() {
        32 => s.to_owned(),
        36 | 38 | 45 => {
            let inner = match s.len() {
                36 => s,
                // NOTE: Terraform does not look at what the braces are.
                38 => s.get(1..37)?,
                _ => s
                    .get(9..)
                    .filter(|_| s.get(..9).is_some_and(|urn| urn.eq_ignore_ascii_case("urn:uuid:")))?,
            };
            let dashes = [8, 13, 18, 23].iter().all(|i| inner.as_bytes().get(*i) == Some(&b'-'));
            inner.replace('-', "").get(..).filter(|d| dashes && d.len() == 32)?.to_owned()
        }
        _ => return None,
    };
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(&digits, 16).ok().map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use crate::eval::funcs::testing::{check, value};
    use crate::value::CauseKind;

    #[test]
    fn hashes_are_those_of_the_text() {
        check(r#"md5("hello world")"#, r#""5eb63bbbe01eeed093cb22bb8f5acdc3""#);
        check(r#"sha1("")"#, r#""da39a3ee5e6b4b0d3255bfef95601890afd80709""#);
        check(r#"sha256("a")"#, r#""ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb""#);
        check(r#"base64sha256("hello world")"#, r#""uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=""#);
        assert_eq!(value(r#"sha512("a")"#).unwrap().as_str().unwrap().len(), 128);
        assert_eq!(value(r#"base64sha512("a")"#).unwrap().as_str().unwrap().len(), 88);
        for f in ["md5", "sha1", "sha256", "sha512", "base64sha256", "base64sha512"] {
            check(&format!("{f}(local.us)"), "?string!");
            check(&format!("{f}(null)"), "error: argument must not be null.");
            assert!(value(&format!(r#"{f}(sensitive(""))"#)).unwrap().contains_marked());
        }
    }

    #[test]
    fn identifiers_follow_from_names() {
        check(r#"uuidv5("dns", "www.terraform.io")"#, r#""a5008fae-b28c-5ba5-96cd-82b4c53552d6""#);
        let same = r#""a5008fae-b28c-5ba5-96cd-82b4c53552d6""#;
        for id in [
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            "6BA7B8109dad11d180b400c04fd430c8",
            "URN:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}",
        ] {
            check(&format!(r#"uuidv5("{id}", "www.terraform.io")"#), same);
        }
        check(r#"uuidv5("", "a")"#, "error: uuidv5() doesn't support namespace  (invalid UUID).");
        check(r#"uuidv5("dns", local.us)"#, "?string!");
        check(r#"uuidv5("dns", null)"#, "error: argument must not be null.");
        assert!(value(r#"uuidv5("dns", sensitive(""))"#).unwrap().contains_marked());
    }

    #[test]
    fn what_differs_from_run_to_run_is_unknown() {
        for call in ["uuid()", r#"bcrypt("x")"#, r#"bcrypt("x", 4)"#] {
            let v = value(call).unwrap();
            let unknown = v.as_unknown().unwrap();
            assert!(unknown.refine.not_null);
            assert_eq!(unknown.why.kind(), CauseKind::Function);
        }
        check("bcrypt(null)", "error: argument must not be null.");
        check("bcrypt(local.us)", "?string!");
        check(r#"bcrypt(sensitive(""))"#, "sensitive(?string!)");
    }

    #[test]
    fn what_cannot_be_decrypted_is_told() {
        check(
            r#"rsadecrypt("!", "x")"#,
            r#"error: failed to decode input "!": cipher text must be base64-encoded."#,
        );
        check(r#"rsadecrypt("", "")"#, "error: invalid private key: ssh: no key found.");
        check(r#"rsadecrypt(local.us, "")"#, "?string!");
        check(r#"rsadecrypt("", null)"#, "error: argument must not be null.");
        check(r#"rsadecrypt(sensitive("aGk="), "x")"#, "error: and is withheld.");
    }
}
