//! The spellings of an identity number: what stands where.
//!
//! `YYMMDD-NNNC` and `YYYYMMDD-NNNC`, with any dash, `+`, a blank or nothing before the last four;
//! the date's pairs parted by `-`, `/`, `.` or a blank; letters of interim numbers; inside a VAT
//! number and a Nordea personkonto; and as a database's integer or float shows it. Whether there
//! is such a number is not decided here.

use super::ten::Ten;
use crate::spelling::{
    break_length, char_at, char_before, dash_length, digit_at, digits_from, space_length,
};

/// The first characters of a Nordea personkonto: two clearing numbers.
const NORDEA_CLEARING: [&[u8]; 2] = [b"3300", b"3782"];
/// What a VAT number ends with.
pub(super) const VAT_ENDING: &[u8] = b"01";
/// Letters that stand for the first digit of an interim number's birth number.
const INTERIM_LETTERS: &[u8] = b"TRSUWXJKLMNP";
/// Birth numbers that begin like this are Skatteverket's test series.
const TEST_BIRTH_NUMBER_TENS: u16 = 98;
/// How many letters before or after digits are looked at for being more than hex digits.
const GLUED_LETTERS_MAX: usize = 24;
/// An integer that lost more leading zeros than the year's is not taken for a number.
const INTEGER_DIGITS_MIN: usize = 7;

/// The sign between date and birth number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Minus,
    Plus,
    Absent,
}

/// Ten digits as written, and the century where it is written too.
#[derive(Clone, Copy)]
pub(crate) struct Written {
    pub(crate) century: Option<u16>,
    pub(crate) digits: Ten,
    /// What stands instead of the seventh digit, and of the eighth; 0 where a digit does.
    pub(crate) letters: [u8; 2],
    pub(crate) sign: Sign,
    /// Something parts the last four from the date, if only a blank.
    pub(crate) parted: bool,
}

impl Written {
    pub(crate) fn is_interim(&self) -> bool {
        self.letters != [0, 0]
    }

    /// `TF` and two digits.
    pub(super) fn is_school(&self) -> bool {
        self.letters == *b"TF"
    }

    /// The birth number is 001 at least.
    pub(super) fn has_birth_number(&self) -> bool {
        self.digits.pair(3) > 0 || self.digits.pair(4) >= 10
    }

    /// The birth number is of Skatteverket's test series: 980 at least.
    pub(super) fn is_test(&self) -> bool {
        !self.is_interim() && self.digits.pair(3) >= TEST_BIRTH_NUMBER_TENS
    }

    /// Ten digits in one run: an order or a reference number looks no different.
    pub(super) fn is_bare(&self) -> bool {
        self.century.is_none() && !self.parted
    }

    /// The cheapest test that most digits fail.
    pub(super) fn plausible_date(&self) -> bool {
        self.digits.pair(1) <= 12 && !(40..60).contains(&self.digits.pair(2))
    }
}

/// A spelling, and which bytes are the number's.
pub(super) struct Read {
    pub(super) written: Written,
    pub(super) start: usize,
    pub(super) end: usize,
    /// The number around it (VAT, account) says what it is.
    pub(super) framed: bool,
}

/// Reads so many digits, six or more, at `at`.
#[inline]
pub(super) fn read(text: &[u8], at: usize, run: usize) -> Option<Read> {
    match run {
        6 | 8 => read_parted(text, at, run),
        10 => read_run(text, at, 10),
        12 => read_vat(text, at).or_else(|| read_run(text, at, 12)),
        14 => read_account(text, at),
        _ => None,
    }
}

fn read_run(text: &[u8], at: usize, run: usize) -> Option<Read> {
    let written = Written {
        century: (run == 12).then(|| two(text, at)).flatten(),
        digits: Ten::read(text, at + run - 10, at + run - 4)?,
        letters: [0, 0],
        sign: Sign::Absent,
        parted: false,
    };
    let framed = is_account(text, at, at + run);
    (framed || !is_joined(text, at, at + run)).then_some(Read {
        written,
        start: at,
        end: at + run,
        framed,
    })
}

fn read_parted(text: &[u8], at: usize, run: usize) -> Option<Read> {
    let (sign, length) = sign_at(text, at + run).unwrap_or((Sign::Absent, 0));
    let tail = at + run + length;
    let (digits, letters) = if digits_from(text, tail, 5) == 4 {
        (Ten::read(text, at + run - 6, tail)?, [0, 0])
    } else {
        lettered(text, at + run - 6, tail)?
    };
    let framed = is_account(text, at, tail + 4);
    let read = Read {
        written: Written {
            century: (run == 8).then(|| two(text, at)).flatten(),
            digits,
            letters,
            sign,
            parted: length > 0,
        },
        start: at,
        end: tail + 4,
        framed,
    };
    (framed || !is_joined(text, at, tail + 4)).then_some(read)
}

/// `T98C` and `TF01` instead of four digits.
#[inline]
fn lettered(text: &[u8], date: usize, tail: usize) -> Option<(Ten, [u8; 2])> {
    let letter = text
        .get(tail)
        .filter(|byte| INTERIM_LETTERS.contains(byte))?;
    let mut digits = [0; 10];
    for (index, digit) in digits.iter_mut().take(6).enumerate() {
        *digit = digit_at(text, date + index)?;
    }
    let school = *letter == b'T' && text.get(tail + 1) == Some(&b'F');
    let first = if school { 8 } else { 7 };
    for (index, digit) in digits.iter_mut().enumerate().skip(first) {
        *digit = digit_at(text, tail + index - 6)?;
    }
    if let Some(seventh) = digits.get_mut(6) {
        *seventh = 1;
    }
    Some((Ten::new(digits), [*letter, if school { b'F' } else { 0 }]))
}

/// `SE` + ten digits + `01`: the VAT number of whoever has those ten.
#[inline]
fn read_vat(text: &[u8], at: usize) -> Option<Read> {
    let before = text.get(at.saturating_sub(3)..at)?;
    let before = before.strip_suffix(b" ").unwrap_or(before);
    let country = before.last_chunk::<2>()?.eq_ignore_ascii_case(b"SE");
    let ending = text.get(at..at + 12)?.ends_with(VAT_ENDING);
    let alone = char_at(text, at + 12).is_none_or(|(char, _)| !char.is_alphanumeric());
    (country && ending && alone).then_some(())?;
    Some(Read {
        written: Written {
            century: None,
            digits: Ten::read(text, at, at + 6)?,
            letters: [0, 0],
            sign: Sign::Absent,
            parted: false,
        },
        start: at,
        end: at + 10,
        framed: true,
    })
}

/// A Nordea personkonto in one run of digits: clearing number, then the holder's personnummer.
#[inline]
fn read_account(text: &[u8], at: usize) -> Option<Read> {
    let clearing = text.get(at..at + 4)?;
    if !NORDEA_CLEARING.contains(&clearing) || is_joined(text, at, at + 14) {
        return None;
    }
    Some(Read {
        written: Written {
            century: None,
            digits: Ten::read(text, at + 4, at + 10)?,
            letters: [0, 0],
            sign: Sign::Absent,
            parted: false,
        },
        start: at + 4,
        end: at + 14,
        framed: true,
    })
}

/// Whether `3300-` or `3782,` stands before and nothing continues it.
#[inline(always)]
pub(super) fn is_account(text: &[u8], start: usize, end: usize) -> bool {
    let parted = start.checked_sub(1).and_then(|at| text.get(at));
    matches!(parted, Some(b'-' | b',')) && follows_clearing(text, start, end)
}

#[inline(never)]
fn follows_clearing(text: &[u8], start: usize, end: usize) -> bool {
    let clearing = start
        .checked_sub(5)
        .and_then(|from| text.get(from..start))
        .and_then(|before| before.get(..4));
    let apart = start
        .checked_sub(6)
        .is_none_or(|at| digit_at(text, at).is_none());
    clearing.is_some_and(|clearing| NORDEA_CLEARING.contains(&clearing))
        && apart
        && digit_at(text, end).is_none()
}

/// Whether the month that begins at `at` may be of a date: the same sign parts it from the day and
/// from a year, which has no three digits.
#[inline]
pub(super) fn may_be_dated(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(5).and_then(|from| text.get(from..));
    let Some([first, second, _, _, sign, _, _, behind]) = before.and_then(<[u8]>::first_chunk)
    else {
        return true;
    };
    sign == behind && (first.is_ascii_digit() || !second.is_ascii_digit())
}

/// Reads a number whose date is parted: `at` is where its month begins.
pub(super) fn read_dated(text: &[u8], at: usize) -> Option<Read> {
    let parting = *text.get(at.checked_sub(1)?)?;
    if !matches!(parting, b'-' | b'/' | b'.' | b' ') || text.get(at + 2) != Some(&parting) {
        return None;
    }
    let before = text.get(at.saturating_sub(6)..at - 1)?;
    let year = before
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if !matches!(year, 2 | 4) {
        return None;
    }
    let start = at - 1 - year;
    let (sign, length) = sign_at(text, at + 5).or_else(|| {
        let loose = matches!(text.get(at + 5), Some(b'/' | b'.'));
        loose.then_some((Sign::Absent, 1))
    })?;
    let tail = at + 5 + length;
    if digits_from(text, tail, 5) != 4 {
        return None;
    }
    let mut digits = [0; 10];
    let places = [at - 3, at - 2, at, at + 1, at + 3, at + 4];
    let places = places.into_iter().chain(tail..tail + 4);
    for (digit, place) in digits.iter_mut().zip(places) {
        *digit = digit_at(text, place)?;
    }
    let written = Written {
        century: (year == 4).then(|| two(text, start)).flatten(),
        digits: Ten::new(digits),
        letters: [0, 0],
        // A blank parts the pairs of a phone number, too.
        sign,
        parted: sign != Sign::Absent || year == 4,
    };
    (!is_joined(text, start, tail + 4)).then_some(Read {
        written,
        start,
        end: tail + 4,
        framed: false,
    })
}

/// Reads a whole value as a database shows a number: leading zeros dropped, `.0`, an exponent.
pub(super) fn read_integer(text: &[u8]) -> Option<Written> {
    let (mantissa, exponent) = match text.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (text.get(..at)?, Some(exponent(text.get(at + 1..)?)?)),
        None => (text, None),
    };
    let point = mantissa.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = match point {
        Some(at) => (mantissa.get(..at)?, mantissa.get(at + 1..)?),
        None => (mantissa, [].as_slice()),
    };
    let moved = exponent.unwrap_or(0);
    let count = whole.len() + moved;
    if whole.first().is_none_or(|first| *first == b'0')
        || !(INTEGER_DIGITS_MIN..=12).contains(&count)
        || count == 11
    {
        return None;
    }
    let mut all = [0; 12];
    let mut written = whole
        .iter()
        .chain(fraction)
        .map(|byte| byte.wrapping_sub(b'0'));
    for slot in all.iter_mut().skip(12 - count) {
        *slot = written.next().unwrap_or(0);
    }
    // What is left of the fraction must be nothing.
    if written.any(|digit| digit != 0) || all.iter().any(|digit| *digit > 9) {
        return None;
    }
    Some(Written {
        century: (count == 12).then_some(u16::from(all[0]) * 10 + u16::from(all[1])),
        digits: Ten::new(*all.last_chunk()?),
        letters: [0, 0],
        sign: Sign::Absent,
        parted: false,
    })
}

fn exponent(text: &[u8]) -> Option<usize> {
    let digits = text.strip_prefix(b"+").unwrap_or(text);
    match digits {
        [ones @ b'0'..=b'9'] | [b'0', ones @ b'0'..=b'9'] => Some(usize::from(ones - b'0')),
        [b'1', ones @ b'0'..=b'1'] => Some(10 + usize::from(ones - b'0')),
        _ => None,
    }
}

/// What parts date and birth number at `at`, and its length: a sign with a blank on either side
/// or none, or a blank alone.
pub(super) fn sign_at(text: &[u8], at: usize) -> Option<(Sign, usize)> {
    match text.get(at) {
        Some(b'-') => return Some((Sign::Minus, 1 + break_length(text, at + 1))),
        // What ends most numbers.
        Some(b',' | b';' | b'.' | b'"' | b'/' | b':' | b'0'..=b'9' | b'a'..=b'z') => return None,
        _ => {}
    }
    let blank = space_length(text, at);
    let (sign, length) = match text.get(at + blank) {
        Some(b'+') => (Sign::Plus, 1),
        _ => (Sign::Minus, dash_length(text, at + blank)),
    };
    match (blank, length) {
        (0, 0) => broken_dash(text, at),
        (blank, 0) => broken_dash(text, at).or(Some((Sign::Absent, blank))),
        (blank, length) if blank > 0 => {
            let after = space_length(text, at + blank + length);
            Some((sign, blank + length + after))
        }
        (_, length) => Some((sign, length + break_length(text, at + length))),
    }
}

/// A dash behind a line end.
fn broken_dash(text: &[u8], at: usize) -> Option<(Sign, usize)> {
    let broken = break_length(text, at);
    let dash = dash_length(text, at + broken);
    (broken > 0 && dash > 0).then_some((Sign::Minus, broken + dash))
}

pub(super) fn two(text: &[u8], at: usize) -> Option<u16> {
    Some(u16::from(digit_at(text, at)?) * 10 + u16::from(digit_at(text, at + 1)?))
}

/// Whether the digits are a piece of something longer: hex, decimals, versions, dates.
#[inline]
pub(crate) fn is_joined(text: &[u8], start: usize, end: usize) -> bool {
    let joins = |byte: &u8| JOINS[usize::from(*byte)];
    let before = start.checked_sub(1).and_then(|at| text.get(at));
    (before.is_some_and(joins) || text.get(end).is_some_and(joins)) && joins_on(text, start, end)
}

/// Bytes that may join digits with something.
static JOINS: [bool; 256] = {
    let mut joins = [false; 256];
    let mut index = 0;
    while index < 256 {
        let byte = index as u8;
        joins[index] = matches!(byte, b'+' | b'-' | b'.' | 0x80..) || byte.is_ascii_alphanumeric();
        index += 1;
    }
    joins
};

#[inline(never)]
fn joins_on(text: &[u8], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| text.get(at));
    let digit_before = start
        .checked_sub(2)
        .and_then(|at| digit_at(text, at))
        .is_some();
    let joined_before = match before {
        Some(b'+') => true,
        Some(b'-' | b'.') => digit_before,
        Some(b'0'..=b'9') => true,
        Some(b'A'..=b'Z' | b'a'..=b'z') => is_hex_before(text, start),
        Some(0x80..) => char_before(text, start).is_some_and(|(char, _)| {
            char.is_numeric() || (char.is_alphabetic() && is_hex_before(text, start))
        }),
        _ => false,
    };
    joined_before || is_joined_after(text, end)
}

fn is_joined_after(text: &[u8], end: usize) -> bool {
    match text.get(end) {
        Some(b'-' | b'.' | b'+') => digit_at(text, end + 1).is_some(),
        Some(b'0'..=b'9') => true,
        Some(b'A'..=b'Z' | b'a'..=b'z') => is_hex_after(text, end),
        Some(0x80..) => char_at(text, end).is_some_and(|(char, _)| {
            char.is_numeric() || (char.is_alphabetic() && is_hex_after(text, end))
        }),
        _ => false,
    }
}

/// Whether the letters that end at `end` could all be hex digits. `pnr8112289874` is a label
/// without its blank; `9f81122898743c` is a piece of a hash.
fn is_hex_before(text: &[u8], end: usize) -> bool {
    let before = text
        .get(end.saturating_sub(GLUED_LETTERS_MAX)..end)
        .unwrap_or_default();
    !before
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii())
        .any(|byte| !byte.is_ascii_hexdigit())
}

fn is_hex_after(text: &[u8], start: usize) -> bool {
    let after = text.get(start..).unwrap_or_default();
    !after
        .iter()
        .take(GLUED_LETTERS_MAX)
        .take_while(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii())
        .any(|byte| !byte.is_ascii_hexdigit())
}

/// Reads one number that is the whole text: digits with any dashes and spaces between them.
pub(crate) fn read_whole(text: &str) -> Option<Written> {
    let bytes = text.as_bytes();
    if let Some(read) = whole_in_frame(bytes) {
        return Some(read);
    }
    let (mut all, mut count, mut at) = ([0; 12], 0, 0);
    let (mut sign, mut signed_at, mut parted) = (Sign::Absent, 0, false);
    while at < bytes.len() {
        if let Some(digit) = digit_at(bytes, at) {
            *all.get_mut(count)? = digit;
            (count, at) = (count + 1, at + 1);
            continue;
        }
        let loose = matches!(bytes.get(at), Some(b'/' | b'.')).then_some((Sign::Absent, 1));
        let (read, length) = sign_at(bytes, at).or(loose)?;
        if read != Sign::Absent {
            (sign, signed_at) = (read, count);
        }
        parted = true;
        // Years, months and days come in pairs of digits; 070-174 06 15 is a telephone's.
        if (read != Sign::Absent || loose.is_some()) && count % 2 == 1 {
            return None;
        }
        at += length;
    }
    // Only the sign before the last four tells a century: 1981-12-28-9874.
    if signed_at + 4 != count {
        sign = Sign::Absent;
    }
    let digits = all.get(count.checked_sub(10)?..count)?.first_chunk()?;
    let digits = Ten::new(*digits);
    let century = match count {
        12 => Some(u16::from(*all.first()?) * 10 + u16::from(*all.get(1)?)),
        10 => None,
        _ => return None,
    };
    Some(Written {
        century,
        digits,
        letters: [0, 0],
        sign,
        parted,
    })
}

/// An interim, VAT or account number that is the whole text.
fn whole_in_frame(text: &[u8]) -> Option<Written> {
    let from = text.iter().position(u8::is_ascii_digit)?;
    let read = read(text, from, digits_from(text, from, 15))?;
    let vat = read.framed && read.end + 2 == text.len() && (2..=3).contains(&from);
    let account = read.framed && read.end == text.len() && from == 0;
    let interim = read.written.is_interim() && read.end == text.len() && from == 0;
    (vat || account || interim).then_some(read.written)
}
