//! Whether a value is a secret: built as its issuer says, as nobody writes a word, no placeholder.
//!
//! Sources: GitHub's "Behind GitHub's new authentication token formats" (CRC-32 in base 62), RFC
//! 7515 (JWT header), AWS IAM's identifiers reference, and the issuers' documented prefixes.

use crate::secret::SECRET_BYTES_MAX;
use hemvist_model::{Evidence, Likelihood};

/// What a value is worth, and why.
pub(crate) type Judged = (Likelihood, Evidence);

/// A token behind its prefix has at least so many bytes.
const LONG_BYTES_MIN: usize = 24;
/// How much of a value is compared with placeholders.
const PLACEHOLDER_BYTES_MAX: usize = 32;

/// Values that stand for a secret, letters and digits only.
const PLACEHOLDERS: &[&str] = &[
    "bool",
    "boolean",
    "default",
    "disabled",
    "empty",
    "enabled",
    "false",
    "field",
    "hidden",
    "input",
    "losenord",
    "lösenord",
    "missing",
    "none",
    "null",
    "object",
    "optional",
    "pass",
    "passwd",
    "password",
    "passwort",
    "prompt",
    "pwd",
    "required",
    "secret",
    "string",
    "text",
    "token",
    "true",
    "undefined",
    "value",
];
/// What only placeholders have in them.
const PLACEHOLDER_PARTS: &[&str] = &[
    "changeme",
    "dummy",
    "example",
    "exempel",
    "insert",
    "my_",
    "mypass",
    "placeholder",
    "redacted",
    "replace",
    "test_",
    "todo",
    "xxxx",
    "your",
];

/// `eyJ…`: a header in base64 that names its algorithm, a dot and more.
pub(crate) fn jwt(token: &[u8]) -> Option<Judged> {
    let mut pieces = token.split(|byte| *byte == b'.');
    let header = decoded(pieces.next()?);
    let payload = pieces.next().filter(|payload| !payload.is_empty())?;
    // What is cut shows too few dots.
    let signed = pieces.next().is_some() || token.len() == SECRET_BYTES_MAX;
    let names = header
        .windows(ALGORITHM.len())
        .any(|window| window == ALGORITHM);
    let whole = names && signed && payload.iter().all(is_base64url);
    whole.then_some((Likelihood::VeryLikely, Evidence::KNOWN_PREFIX))
}

const ALGORITHM: &[u8] = b"\"alg\"";

fn is_base64url(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// The bytes that base64 stands for, up to the first character that is none.
fn decoded(text: &[u8]) -> Vec<u8> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0u32, 0);
    for byte in text {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => break,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    bytes
}

/// `AKIA` and sixteen capitals and digits of base 32.
pub(crate) fn aws(token: &[u8]) -> Option<Judged> {
    let inside = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'2'..=b'7');
    let fits = token.len() == 20 && token.iter().all(inside) && !is_placeholder(token);
    fits.then_some((Likelihood::VeryLikely, Evidence::KNOWN_PREFIX))
}

/// `ghp_`, thirty letters and digits and six that check them.
pub(crate) fn github(token: &[u8]) -> Option<Judged> {
    let body = token.get(4..)?;
    let (random, check) = body.split_at_checked(30)?;
    if check.len() != 6 || !body.iter().all(u8::is_ascii_alphanumeric) || is_placeholder(token) {
        return None;
    }
    let evidence = Evidence::KNOWN_PREFIX;
    Some(match base62(crc32(random)) == check {
        true => (Likelihood::VeryLikely, evidence.with(Evidence::CHECKSUM)),
        false => (Likelihood::Possible, evidence),
    })
}

/// CRC-32 of IEEE 802.3.
fn crc32(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0xedb8_8320;
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            crc >> 1 ^ if crc & 1 == 1 { POLYNOMIAL } else { 0 }
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

/// Six digits to the base of 62, capitals before small letters.
fn base62(mut number: u32) -> [u8; 6] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = [b'0'; 6];
    for slot in text.iter_mut().rev() {
        *slot = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    text
}

/// A prefix nobody else uses, and enough behind it.
pub(crate) fn long(token: &[u8]) -> Option<Judged> {
    let fits = token.len() >= LONG_BYTES_MIN && is_mixed(token) && !is_placeholder(token);
    fits.then_some((Likelihood::VeryLikely, Evidence::KNOWN_PREFIX))
}

/// Letters and digits, and nothing of the signs of programs.
pub(crate) fn is_mixed(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_alphabetic)
        && !value.iter().any(is_program)
}

fn is_program(byte: &u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'\\' | b'`' | b'|'
    )
}

/// What a value behind a label for passwords is worth: in quotes it may be a word, without them a
/// word is a type, a name or the next word of a sentence.
pub(crate) fn password(value: &[u8], quoted: bool) -> Option<Likelihood> {
    let sign =
        |byte: &u8| byte.is_ascii_punctuation() && !matches!(byte, b'.' | b'_' | b'-' | b':');
    let odd = value.iter().any(|byte| byte.is_ascii_digit() || sign(byte));
    match (odd, quoted) {
        (true, true) => Some(Likelihood::Likely),
        (true, false) => (!value.iter().any(is_program)).then_some(Likelihood::Likely),
        (false, true) => Some(Likelihood::Possible),
        (false, false) => None,
    }
}

/// `********`, `<secret>`, `${PASSWORD}`, `changeme`: stands for a secret and is none.
pub(crate) fn is_placeholder(value: &[u8]) -> bool {
    let Some(first) = value.first() else {
        return true;
    };
    let mark = matches!(first, b'*' | b'<' | b'{' | b'%' | b'/' | b'[' | b'(' | b'#');
    // `$2b$…` is a hash.
    let variable = *first == b'$' && !value.get(1).is_some_and(u8::is_ascii_digit);
    if mark || variable || value.iter().all(|byte| byte == first) {
        return true;
    }
    let mut room = [0; PLACEHOLDER_BYTES_MAX];
    let (mut length, mut letters) = (0, [0; PLACEHOLDER_BYTES_MAX]);
    for (slot, byte) in room.iter_mut().zip(value) {
        *slot = byte.to_ascii_lowercase();
        if let Some(letter) = letters.get_mut(length)
            && (byte.is_ascii_alphanumeric() || !byte.is_ascii())
        {
            (*letter, length) = (*slot, length + 1);
        }
    }
    // Of a longer value the beginning is enough.
    let has = |one: &&str| {
        room.windows(one.len())
            .any(|window| window == one.as_bytes())
    };
    let letters = letters.get(..length).unwrap_or_default();
    PLACEHOLDERS.iter().any(|one| one.as_bytes() == letters) || PLACEHOLDER_PARTS.iter().any(has)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_github_check_themselves() {
        // Put together here, so that nothing takes this file for a leak.
        let random = "aZ3".repeat(10);
        let check = String::from_utf8(base62(crc32(random.as_bytes())).to_vec()).unwrap();
        let token = format!("ghp_{random}{check}");
        let judged = github(token.as_bytes()).map(|(likelihood, _)| likelihood);
        assert_eq!(judged, Some(Likelihood::VeryLikely));
        let broken = token.replacen("aZ3", "aZ4", 1);
        let judged = github(broken.as_bytes()).map(|(likelihood, _)| likelihood);
        assert_eq!(judged, Some(Likelihood::Possible));
        assert_eq!(github(&token.as_bytes()[..30]), None);
    }

    #[test]
    fn the_checksum_is_the_common_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(&base62(62 * 62 + 61), b"00010z");
    }

    #[test]
    fn keys_have_the_form_of_their_issuer() {
        let fits =
            |token: &str, judge: fn(&[u8]) -> Option<Judged>| judge(token.as_bytes()).is_some();
        assert!(fits(&format!("AKIA{}", "QZ27".repeat(4)), aws));
        assert!(!fits(&format!("AKIA{}", "QZ18".repeat(4)), aws));
        assert!(!fits(&format!("AKIA{}EXAMPLE", "QZ27".repeat(2)), aws));
        assert!(fits(&format!("glpat-{}", "a1B_".repeat(5)), long));
        assert!(!fits("glpat-your-token-here-0123456", long));
    }

    #[test]
    fn hashes_are_no_placeholders() {
        for (value, placeholder) in [
            ("$2b$12$abcdefgh", false),
            ("$PASSWORD", true),
            ("%PASSWORD%", true),
            ("aaaaaa", true),
            ("Change_me", false),
            ("changeme1", true),
            ("", true),
            ("hunter22", false),
        ] {
            assert_eq!(is_placeholder(value.as_bytes()), placeholder, "{value}");
        }
    }
}
