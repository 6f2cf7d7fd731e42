//! Makes inputs.

use hemvist_corpus::{Document, Numbers, Set, Value, document};

/// Documents that inputs are made from.
const DOCUMENTS: u64 = 600;
/// Changes made to one input.
const CHANGES_MAX: u64 = 12;
/// Longest ordinary input, and longest hostile one.
const BYTES_MAX: usize = 16 * 1024;
const HOSTILE_BYTES_MAX: u64 = 512 * 1024;

/// What grammars turn on, and what once broke something.
const TOKENS: &[&[u8]] = &[
    b"\"",
    b"\\",
    b"\\u0040",
    b"\\\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b";",
    b":",
    b"\n",
    b"\r\n",
    b"\0",
    b"\xFF",
    b"\xC3",
    b"\xE2\x80",
    b"\xE2\x80\x91",
    b"\xE2\x88\x92",
    b"\xC2\xA0",
    b"\xC2\xAD",
    b"\xE2\x80\x8B",
    b"\xEF\xBB\xBF",
    b"\xFF\xFE",
    b"\xFE\xFF",
    b"\x1F\x8B\x08",
    b"@",
    b"%40",
    b"&#64;",
    b"&#45;",
    b"%2D",
    b"=2D",
    b"=\n",
    b"&amp;",
    b"::",
    b"0",
    b"00",
    b"+",
    b"+46",
    b"(0)",
    b"-",
    b"--",
    b".",
    b"..",
    b"/",
    b"<b>",
    b"</b>",
    b"<!--",
    b"pnr ",
    b"tel ",
    b"ip=",
    b"mailto:",
    b"1e308",
    b"-0",
    b"\xF0\x9D\x9F\x99",
    b"\xEF\xBC\x91",
    b"19",
    b"99",
];

/// What is repeated to exhaust somebody.
const HOSTILE: &[&str] = &[
    "0",
    "1",
    "12",
    "@",
    ":",
    "a@",
    "::",
    "1.",
    "%40",
    "%25",
    "&amp;",
    "&#45;",
    "\\u0040",
    "\\\\",
    "{",
    "[",
    "{\"a\":",
    "[\"",
    "\"",
    "\"\"",
    "\",\"",
    ";",
    ",",
    "\n",
    "\r",
    "<",
    "<b>",
    "=2D",
    "+46",
    "07",
    "198112289874",
    "8112289874 ",
    "1:",
    "a.",
    "a-",
    "é",
    "\u{ad}",
    "\u{200b}",
    "x@y.",
    "1980-01-01-",
    "(0)",
    "2001:db8::",
    "MTk4MTEyMjg5ODc0",
    "(at)",
    "pnr ",
    "tel: ",
    "\t",
    " ",
];

/// An input of any kind.
pub(super) fn input(n: &mut Numbers) -> Vec<u8> {
    let mut bytes = if n.chance(15) { hostile(n) } else { spliced(n) };
    for _ in 0..n.below(CHANGES_MAX) {
        change(&mut bytes, n);
    }
    if n.chance(8) {
        bytes = charset(&bytes, n);
    }
    bytes
}

fn any_document(n: &mut Numbers) -> Document {
    document(Set::Develop, n.below(DOCUMENTS))
}

/// Pieces of one or two documents.
fn spliced(n: &mut Numbers) -> Vec<u8> {
    let mut bytes = piece(&any_document(n).bytes, n).to_vec();
    if n.chance(40) {
        bytes.extend_from_slice(piece(&any_document(n).bytes, n));
    }
    bytes
}

fn piece<'a>(bytes: &'a [u8], n: &mut Numbers) -> &'a [u8] {
    // Headers and brackets come first: half of the pieces begin there.
    let from = if n.chance(50) { 0 } else { place(bytes, n) };
    let length = 1 + n.below(BYTES_MAX as u64) as usize;
    &bytes[from..(from + length).min(bytes.len())]
}

fn hostile(n: &mut Numbers) -> Vec<u8> {
    let (one, other) = (n.pick(HOSTILE), n.pick(HOSTILE));
    let unit = if n.chance(50) {
        (*one).to_owned()
    } else {
        format!("{one}{other}")
    };
    let length = 1 + n.below(HOSTILE_BYTES_MAX) as usize;
    unit.bytes().cycle().take(length).collect()
}

fn place(bytes: &[u8], n: &mut Numbers) -> usize {
    n.below(bytes.len() as u64 + 1) as usize
}

fn stretch(bytes: &[u8], n: &mut Numbers) -> std::ops::Range<usize> {
    let from = place(bytes, n);
    from..(from + 1 + n.below(64) as usize).min(bytes.len())
}

fn change(bytes: &mut Vec<u8>, n: &mut Numbers) {
    let at = place(bytes, n);
    match n.below(8) {
        0 => _ = bytes.splice(at..at, n.pick(TOKENS).iter().copied()),
        1 => _ = bytes.splice(at..at, Value::any(n).text.into_bytes()),
        2 => _ = bytes.drain(stretch(bytes, n)),
        3 => {
            let copied = bytes[stretch(bytes, n)].to_vec();
            bytes.splice(at..at, copied);
        }
        4 => {
            let token = n.pick(TOKENS).repeat(1 + n.below(200) as usize);
            bytes.splice(at..at, token);
        }
        5 => bytes.truncate(at),
        6 => {
            let token = n.pick(TOKENS);
            let range = stretch(bytes, n);
            bytes.splice(range, token.iter().copied());
        }
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = (n.any() & 0xFF) as u8;
            }
        }
    }
}

/// The same text in another charset, with and without its mark.
fn charset(bytes: &[u8], n: &mut Numbers) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let mark = if n.chance(80) { "\u{feff}" } else { "" };
    let units = mark.encode_utf16().chain(text.encode_utf16());
    match n.below(3) {
        0 => units.flat_map(u16::to_le_bytes).collect(),
        1 => units.flat_map(u16::to_be_bytes).collect(),
        _ => text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
            .collect(),
    }
}
