//! RSA decryption with PKCS #1 v1.5 padding, and the private keys it needs.
//!
//! Ours, on big integers that are here anyway: the RSA crate is large and warns of its timing, which does not matter for
//! a file on one's own disk.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use num_bigint::BigUint;

/// The modulus and the private exponent.
#[derive(Debug, PartialEq)]
pub(super) struct PrivateKey {
    modulus: BigUint,
    exponent: BigUint,
}

/// Keys longer than this are refused: a power of such numbers takes minutes.
const MAX_BYTES: usize = 2048;

impl PrivateKey {
    /// Reads a key in PEM: PKCS #1, PKCS #8, or OpenSSH's own form, not encrypted.
    pub(super) fn parse(pem: &str) -> Result<PrivateKey, String> {
        let (label, der) = decode_pem(pem).ok_or("invalid private key: ssh: no key found")?;
        let invalid = || "invalid ASN1 data in the given private key".to_owned();
        let key = match label {
            "RSA PRIVATE KEY" => pkcs1(&der).ok_or_else(invalid)?,
            "PRIVATE KEY" => pkcs8(&der).ok_or_else(invalid)?,
            "OPENSSH PRIVATE KEY" => {
                openssh(&der).ok_or("invalid private key: ssh: invalid openssh private key format")?
            }
            "EC PRIVATE KEY" | "DSA PRIVATE KEY" => return Err("invalid private key type".into()),
            other => {
                return Err(format!("invalid private key: ssh: unsupported key type \"{other}\""));
            }
        };
        let sound = key.modulus.bits() > 64
            && key.modulus.bits() <= MAX_BYTES as u64 * 8
            && key.exponent < key.modulus;
        if sound { Ok(key) } else { Err("invalid private key: a modulus or exponent out of range".into()) }
    }

    /// Returns what was encrypted. None: nothing was, for this key.
    pub(super) fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        let length = self.modulus.bits().div_ceil(8) as usize;
        let cipher = BigUint::from_bytes_be(cipher);
        if cipher >= self.modulus {
            return None;
        }
        let plain = cipher.modpow(&self.exponent, &self.modulus).to_bytes_be();
        // 00 02, eight bytes or more that are not zero, a zero, the text.
        let padded = (plain.len() + 1 == length).then_some(plain)?;
        let rest = padded.strip_prefix(&[2])?;
        let zero = rest.iter().position(|b| *b == 0).filter(|at| *at >= 8)?;
        Some(rest[zero + 1..].to_vec())
    }
}

fn decode_pem(pem: &str) -> Option<(&str, Vec<u8>)> {
    let (_, rest) = pem.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    // Headers mean that it is encrypted.
    let body: String = body.split_whitespace().collect();
    Some((label, BASE64_STANDARD.decode(body).ok()?))
}

/// `RSAPrivateKey`: version, modulus, public exponent, private exponent, and more.
fn pkcs1(der: &[u8]) -> Option<PrivateKey> {
    let mut fields = Der(Der(der).element(0x30)?);
    fields.element(2)?;
    let modulus = BigUint::from_bytes_be(fields.element(2)?);
    fields.element(2)?;
    let exponent = BigUint::from_bytes_be(fields.element(2)?);
    Some(PrivateKey { modulus, exponent })
}

/// `PrivateKeyInfo`: version, algorithm, and the key as a string of bytes.
fn pkcs8(der: &[u8]) -> Option<PrivateKey> {
    const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
    let mut fields = Der(Der(der).element(0x30)?);
    fields.element(2)?;
    let algorithm = Der(fields.element(0x30)?).element(6)?;
    if algorithm != RSA {
        return None;
    }
    pkcs1(fields.element(4)?)
}

/// `openssh-key-v1`: https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key
fn openssh(bytes: &[u8]) -> Option<PrivateKey> {
    let mut fields = Ssh(bytes.strip_prefix(b"openssh-key-v1\0")?);
    let (cipher, _, _) = (fields.string()?, fields.string()?, fields.string()?);
    if cipher != b"none" || fields.number()? != 1 {
        return None;
    }
    fields.string()?;
    let mut key = Ssh(fields.string()?);
    if key.number()? != key.number()? || key.string()? != b"ssh-rsa" {
        return None;
    }
    let modulus = BigUint::from_bytes_be(key.string()?);
    key.string()?;
    let exponent = BigUint::from_bytes_be(key.string()?);
    Some(PrivateKey { modulus, exponent })
}

struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// Returns the content of the next element, which has to have that tag.
    fn element(&mut self, tag: u8) -> Option<&'a [u8]> {
        let rest = self.0.strip_prefix(&[tag])?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match usize::from(*first) {
            short if short < 0x80 => (short, rest),
            long => {
                let (length, rest) = rest.split_at_checked(long - 0x80).filter(|(l, _)| l.len() <= 4)?;
                (length.iter().fold(0, |n, b| n << 8 | usize::from(*b)), rest)
            }
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(content)
    }
}

struct Ssh<'a>(&'a [u8]);

impl<'a> Ssh<'a> {
    fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let length = self.number()? as usize;
        let (content, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(content)
    }
}
