//! Character sets by their IANA names.

use std::borrow::Cow;

use encoding_rs::Encoding;

/// A character set that Terraform knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Charset {
    /// Its first name in IANA's register.
    name: &'static str,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Utf8,
    Ascii,
    /// In that order of bytes; with `marked` a mark says it, or it is big-endian.
    Utf16 {
        little: bool,
        marked: bool,
    },
    /// Bytes are code points.
    Latin1,
    /// ISO 8859-9: Latin-1 but for six letters.
    Latin5,
    Table(&'static Encoding),
    /// Terraform knows it, and we do not.
    Unsupported,
}

/// What a character set makes of text or bytes.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome<T> {
    Done(T),
    /// There is no such character.
    Impossible,
    /// We do not know the character set, while Terraform does.
    Unsupported,
}

const SETS: &[(&str, Form, &[&str])] = &[
    (
        "US-ASCII",
        Form::Ascii,
        &[
            "iso-ir-6",
            "ansi_x3.4-1968",
            "ansi_x3.4-1986",
            "iso_646.irv:1991",
            "iso646-us",
            "us",
            "ibm367",
            "cp367",
            "csascii",
        ],
    ),
    ("UTF-8", Form::Utf8, &["csutf8"]),
    ("UTF-16BE", Form::Utf16 { little: false, marked: false }, &["csutf16be"]),
    ("UTF-16LE", Form::Utf16 { little: true, marked: false }, &["csutf16le"]),
    ("UTF-16", Form::Utf16 { little: false, marked: true }, &["csutf16"]),
    (
        "ISO_8859-1:1987",
        Form::Latin1,
        &["iso-ir-100", "iso_8859-1", "iso-8859-1", "latin1", "l1", "ibm819", "cp819", "csisolatin1"],
    ),
    (
        "ISO_8859-2:1987",
        Form::Table(encoding_rs::ISO_8859_2),
        &["iso-ir-101", "iso_8859-2", "iso-8859-2", "latin2", "l2", "csisolatin2"],
    ),
    (
        "ISO_8859-3:1988",
        Form::Table(encoding_rs::ISO_8859_3),
        &["iso-ir-109", "iso_8859-3", "iso-8859-3", "latin3", "l3", "csisolatin3"],
    ),
    (
        "ISO_8859-4:1988",
        Form::Table(encoding_rs::ISO_8859_4),
        &["iso-ir-110", "iso_8859-4", "iso-8859-4", "latin4", "l4", "csisolatin4"],
    ),
    (
        "ISO_8859-5:1988",
        Form::Table(encoding_rs::ISO_8859_5),
        &["iso-ir-144", "iso_8859-5", "iso-8859-5", "cyrillic", "csisolatincyrillic"],
    ),
    (
        "ISO_8859-6:1987",
        Form::Table(encoding_rs::ISO_8859_6),
        &["iso-ir-127", "iso_8859-6", "iso-8859-6", "ecma-114", "asmo-708", "arabic", "csisolatinarabic"],
    ),
    ("ISO_8859-6-E", Form::Table(encoding_rs::ISO_8859_6), &["csiso88596e", "iso-8859-6-e"]),
    ("ISO_8859-6-I", Form::Table(encoding_rs::ISO_8859_6), &["csiso88596i", "iso-8859-6-i"]),
    (
        "ISO_8859-7:1987",
        Form::Table(encoding_rs::ISO_8859_7),
        &[
            "iso-ir-126",
            "iso_8859-7",
            "iso-8859-7",
            "elot_928",
            "ecma-118",
            "greek",
            "greek8",
            "csisolatingreek",
        ],
    ),
    (
        "ISO_8859-8:1988",
        Form::Table(encoding_rs::ISO_8859_8),
        &["iso-ir-138", "iso_8859-8", "iso-8859-8", "hebrew", "csisolatinhebrew"],
    ),
    ("ISO_8859-8-E", Form::Table(encoding_rs::ISO_8859_8), &["csiso88598e", "iso-8859-8-e"]),
    ("ISO_8859-8-I", Form::Table(encoding_rs::ISO_8859_8_I), &["csiso88598i", "iso-8859-8-i"]),
    (
        "ISO_8859-9:1989",
        Form::Latin5,
        &["iso-ir-148", "iso_8859-9", "iso-8859-9", "latin5", "l5", "csisolatin5"],
    ),
    (
        "ISO-8859-10",
        Form::Table(encoding_rs::ISO_8859_10),
        &["iso-ir-157", "l6", "iso_8859-10:1992", "csisolatin6", "latin6"],
    ),
    ("ISO-8859-13", Form::Table(encoding_rs::ISO_8859_13), &["csiso885913"]),
    (
        "ISO-8859-14",
        Form::Table(encoding_rs::ISO_8859_14),
        &["iso-ir-199", "iso_8859-14:1998", "iso_8859-14", "latin8", "iso-celtic", "l8", "csiso885914"],
    ),
    ("ISO-8859-15", Form::Table(encoding_rs::ISO_8859_15), &["iso_8859-15", "latin-9", "csiso885915"]),
    (
        "ISO-8859-16",
        Form::Table(encoding_rs::ISO_8859_16),
        &["iso-ir-226", "iso_8859-16:2001", "iso_8859-16", "latin10", "l10", "csiso885916"],
    ),
    ("KOI8-R", Form::Table(encoding_rs::KOI8_R), &["cskoi8r"]),
    ("KOI8-U", Form::Table(encoding_rs::KOI8_U), &["cskoi8u"]),
    ("macintosh", Form::Table(encoding_rs::MACINTOSH), &["mac", "csmacintosh"]),
    ("IBM866", Form::Table(encoding_rs::IBM866), &["cp866", "866", "csibm866"]),
    ("windows-874", Form::Table(encoding_rs::WINDOWS_874), &["cswindows874"]),
    ("windows-1250", Form::Table(encoding_rs::WINDOWS_1250), &["cswindows1250"]),
    ("windows-1251", Form::Table(encoding_rs::WINDOWS_1251), &["cswindows1251"]),
    ("windows-1252", Form::Table(encoding_rs::WINDOWS_1252), &["cswindows1252"]),
    ("windows-1253", Form::Table(encoding_rs::WINDOWS_1253), &["cswindows1253"]),
    ("windows-1254", Form::Table(encoding_rs::WINDOWS_1254), &["cswindows1254"]),
    ("windows-1255", Form::Table(encoding_rs::WINDOWS_1255), &["cswindows1255"]),
    ("windows-1256", Form::Table(encoding_rs::WINDOWS_1256), &["cswindows1256"]),
    ("windows-1257", Form::Table(encoding_rs::WINDOWS_1257), &["cswindows1257"]),
    ("windows-1258", Form::Table(encoding_rs::WINDOWS_1258), &["cswindows1258"]),
    ("Shift_JIS", Form::Table(encoding_rs::SHIFT_JIS), &["ms_kanji", "csshiftjis"]),
    (
        "Extended_UNIX_Code_Packed_Format_for_Japanese",
        Form::Table(encoding_rs::EUC_JP),
        &["cseucpkdfmtjapanese", "euc-jp"],
    ),
    ("ISO-2022-JP", Form::Table(encoding_rs::ISO_2022_JP), &["csiso2022jp"]),
    ("EUC-KR", Form::Table(encoding_rs::EUC_KR), &["cseuckr"]),
    ("GBK", Form::Table(encoding_rs::GBK), &["cp936", "ms936", "windows-936", "csgbk"]),
    ("GB18030", Form::Table(encoding_rs::GB18030), &["csgb18030"]),
    ("Big5", Form::Table(encoding_rs::BIG5), &["csbig5"]),
    ("HZ-GB-2312", Form::Unsupported, &[]),
    (
        "IBM037",
        Form::Unsupported,
        &["cp037", "ebcdic-cp-us", "ebcdic-cp-ca", "ebcdic-cp-wt", "ebcdic-cp-nl", "csibm037"],
    ),
    ("IBM437", Form::Unsupported, &["cp437", "437", "cspc8codepage437"]),
    ("IBM850", Form::Unsupported, &["cp850", "850", "cspc850multilingual"]),
    ("IBM852", Form::Unsupported, &["cp852", "852", "cspcp852"]),
    ("IBM855", Form::Unsupported, &["cp855", "855", "csibm855"]),
    ("IBM00858", Form::Unsupported, &["ccsid00858", "cp00858", "pc-multilingual-850+euro", "csibm00858"]),
    ("IBM860", Form::Unsupported, &["cp860", "860", "csibm860"]),
    ("IBM862", Form::Unsupported, &["cp862", "862", "cspc862latinhebrew"]),
    ("IBM863", Form::Unsupported, &["cp863", "863", "csibm863"]),
    ("IBM865", Form::Unsupported, &["cp865", "865", "csibm865"]),
    ("IBM1047", Form::Unsupported, &["ibm-1047", "csibm1047"]),
    ("IBM01140", Form::Unsupported, &["ccsid01140", "cp01140", "ebcdic-us-37+euro", "csibm01140"]),
];

/// The six letters in which ISO 8859-9 differs from Latin-1.
const TURKISH: [(u8, char); 6] =
    [(0xd0, 'Ğ'), (0xdd, 'İ'), (0xde, 'Ş'), (0xf0, 'ğ'), (0xfd, 'ı'), (0xfe, 'ş')];

impl Charset {
    /// Returns the character set of that name or alias, in any case.
    pub(super) fn named(name: &str) -> Option<Charset> {
        let name = name.trim();
        let same = |other: &&str| other.eq_ignore_ascii_case(name);
        let found = SETS.iter().find(|(canonical, _, aliases)| same(canonical) || aliases.iter().any(same));
        found.map(|(name, form, _)| Charset { name, form: *form })
    }

    pub(super) fn name(self) -> &'static str {
        self.name
    }

    pub(super) fn encode(self, s: &str) -> Outcome<Vec<u8>> {
        let bytes = match self.form {
            Form::Utf8 => Some(s.as_bytes().to_vec()),
            Form::Utf16 { little, marked } => {
                let mark = marked.then_some(0xfeff);
                let units = mark.into_iter().chain(s.encode_utf16());
                Some(
                    units
                        .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
                        .collect(),
                )
            }
            Form::Latin1 => s.chars().map(|c| u8::try_from(c as u32).ok()).collect(),
            Form::Latin5 => {
                let byte = |c: char| match TURKISH.iter().find(|(_, letter)| *letter == c) {
                    Some((byte, _)) => Some(*byte),
                    None => u8::try_from(c as u32).ok().filter(|b| TURKISH.iter().all(|(byte, _)| byte != b)),
                };
                s.chars().map(byte).collect()
            }
            Form::Ascii => s.is_ascii().then(|| s.as_bytes().to_vec()),
            Form::Table(table) => {
                let (bytes, _, unmappable) = table.encode(s);
                let japanese =
                    [encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP, encoding_rs::ISO_2022_JP].contains(&table);
                let closed = table.is_single_byte() || table == encoding_rs::SHIFT_JIS;
                if closed && s.contains(is_c1) || japanese && s.contains(['¥', '‾']) {
                    // The web has codes for them, Go has none.
                    None
                } else if unmappable && [encoding_rs::EUC_JP, encoding_rs::BIG5].contains(&table) {
                    // Go has codes for more than the web.
                    return Outcome::Unsupported;
                } else {
                    (!unmappable).then(|| bytes.into_owned())
                }
            }
            Form::Unsupported => return Outcome::Unsupported,
        };
        bytes.map_or(Outcome::Impossible, Outcome::Done)
    }

    pub(super) fn decode(self, bytes: &[u8]) -> Outcome<String> {
        let s = match self.form {
            Form::Utf8 => String::from_utf8(bytes.to_vec()).ok(),
            Form::Utf16 { little, marked } => decode_utf16(bytes, little, marked),
            Form::Latin1 => Some(bytes.iter().map(|b| char::from(*b)).collect()),
            Form::Latin5 => {
                let letter = |b: u8| {
                    TURKISH.iter().find(|(byte, _)| *byte == b).map_or(b.into(), |(_, letter)| *letter)
                };
                Some(bytes.iter().map(|b| letter(*b)).collect())
            }
            Form::Ascii => String::from_utf8(bytes.to_vec()).ok().filter(|s| s.is_ascii()),
            Form::Table(table) => table
                .decode_without_bom_handling_and_without_replacement(bytes)
                .filter(|s| !table.is_single_byte() || !s.contains(is_c1))
                .map(Cow::into_owned),
            Form::Unsupported => return Outcome::Unsupported,
        };
        match s.filter(|s| !s.contains(char::REPLACEMENT_CHARACTER)) {
            Some(s) => Outcome::Done(s),
            None => Outcome::Impossible,
        }
    }
}

/// The web maps bytes that a table leaves open to these controls, Go to nothing.
fn is_c1(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}')
}

fn decode_utf16(bytes: &[u8], little: bool, marked: bool) -> Option<String> {
    let (little, bytes) = match bytes {
        [0xff, 0xfe, rest @ ..] if marked => (true, rest),
        [0xfe, 0xff, rest @ ..] if marked => (false, rest),
        _ => (little, bytes),
    };
    let (units, []) = bytes.as_chunks::<2>() else {
        return None;
    };
    let units =
        units.iter().map(|pair| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) });
    char::decode_utf16(units).collect::<Result<_, _>>().ok()
}
