//! Which format an object has: by its first bytes, then by its name.

use crate::chunk::{Charset, Format};
use crate::csv::{Row, is_header, read_row, stops_of};
use crate::fields::FieldNames;
use crate::lexer::{Fault, Lexer, Sink};
use crate::stops::Stops;

/// Bytes looked at before anything is decided.
pub(crate) const HEAD_BYTES: usize = 8 * 1024;
/// Rows compared when guessing a CSV's delimiter.
const ROWS_MAX: usize = 20;
/// Rows without which an unnamed text is not taken for CSV.
const ROWS_MIN: usize = 3;
const DELIMITERS: [u8; 4] = *b",;\t|";
const DEPTH_MAX: usize = 64;
/// In UTF-16 of Latin letters there are at least so many of them for each character whose low byte
/// is NUL.
const FOREIGN_SHARE_MIN: usize = 16;

/// What an object's name promises.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hint {
    Text,
    Csv,
    Json,
    NdJson,
    Unknown,
}

impl Hint {
    /// By the last extension, or the one before `.gz`; upper or lower case.
    pub(crate) fn of(name: &[u8]) -> Self {
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix(b".gz").unwrap_or(&name);
        let Some(dot) = name.iter().rposition(|byte| *byte == b'.') else {
            return Hint::Unknown;
        };
        match name.get(dot + 1..).unwrap_or_default() {
            b"csv" | b"tsv" | b"tab" | b"psv" => Hint::Csv,
            b"json" | b"geojson" => Hint::Json,
            b"ndjson" | b"jsonl" => Hint::NdJson,
            b"txt" | b"log" | b"md" | b"eml" | b"html" | b"htm" | b"xml" | b"yaml" | b"yml" => {
                Hint::Text
            }
            _ => Hint::Unknown,
        }
    }
}

/// Binary formats that hold no NUL in their first bytes, or whose contents could be read one day.
pub(crate) fn unsupported(head: &[u8]) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 8] = [
        (b"%PDF-", "PDF is not read yet"),
        (
            b"PK\x03\x04",
            "ZIP and what is built on it (spreadsheets) is not read yet",
        ),
        (b"\x1F\x8B\x08", "gzip inside gzip is not read"),
        (b"BZh91AY&SY", "bzip2 is not read yet"),
        (b"\xFD7zXZ\0", "xz is not read yet"),
        (b"7z\xBC\xAF\x27\x1C", "7z is not read yet"),
        (b"\x28\xB5\x2F\xFD", "zstd is not read yet"),
        (b"PAR1\x15", "Parquet is not read yet"),
    ];
    KNOWN
        .iter()
        .find(|(magic, _)| head.starts_with(magic))
        .map(|(_, detail)| *detail)
}

/// The charset of what looks like UTF-16 that lacks its byte order mark: mostly Latin letters, so
/// that every other byte is NUL, hardly a byte beside them is, and what they part is text.
pub(crate) fn bare_utf16(head: &[u8]) -> Option<Charset> {
    memchr::memchr(0, head)?;
    let (pairs, _) = head.as_chunks::<2>();
    let nuls = |at: usize| pairs.iter().filter(|pair| pair.get(at) == Some(&0)).count();
    let (even, odd) = (nuls(0), nuls(1));
    let big = even > odd;
    let control = |pair: &[u8; 2]| {
        let [high, low] = if big { *pair } else { [pair[1], pair[0]] };
        high == 0 && low.is_ascii_control() && !low.is_ascii_whitespace()
    };
    let (most, few) = (even.max(odd), even.min(odd));
    let text = most * 2 > pairs.len() && few * FOREIGN_SHARE_MIN <= most;
    let charset = if big {
        Charset::Utf16Be
    } else {
        Charset::Utf16Le
    };
    (text && !pairs.iter().any(control)).then_some(charset)
}

/// The format of text, by its beginning. `whole`: the head is all there is.
pub(crate) fn format(head: &[u8], hint: Hint, whole: bool) -> Format {
    let json_like = matches!(head.trim_ascii_start().first(), Some(b'{' | b'['));
    match hint {
        Hint::NdJson => Format::NdJson,
        Hint::Csv => Format::Csv {
            delimiter: delimiter(head, whole).unwrap_or(b','),
        },
        _ if json_like && is_ndjson(head) => Format::NdJson,
        Hint::Json => Format::Json,
        Hint::Unknown if json_like && begins_json(head, whole) => Format::Json,
        Hint::Unknown => unnamed_csv(head, whole).unwrap_or(Format::Text),
        Hint::Text => Format::Text,
    }
}

/// Whether the first line is a whole object and the next line begins one.
fn is_ndjson(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let second = lines
        .find(|line| !line.trim_ascii().is_empty())
        .unwrap_or_default();
    second.starts_with(b"{") && first.starts_with(b"{") && begins_json(first, true)
}

fn begins_json(head: &[u8], whole: bool) -> bool {
    let (mut names, mut segments) = (FieldNames::new(), Vec::new());
    let mut lexer = Lexer::new(names.paths().root(""), DEPTH_MAX, false);
    let mut sink = Sink {
        names: &mut names,
        segments: &mut segments,
        escaped: &mut Vec::new(),
        base: 0,
        row: 0,
        counts_rows: false,
    };
    match lexer.lex(head, whole, &mut sink) {
        Ok(()) => !whole || lexer.is_complete(),
        Err((_, fault)) => fault != Fault::Broken,
    }
}

/// The delimiter that cuts the first rows into equally many cells, if one does.
fn delimiter(head: &[u8], whole: bool) -> Option<u8> {
    let score = |delimiter: u8| {
        let mut counts = cells_per_row(head, whole, delimiter);
        let first = counts.next().filter(|first| *first > 1)?;
        let (alike, all) = counts.fold((1, 1), |(alike, all), count| {
            (alike + usize::from(count == first), all + 1)
        });
        Some(((alike * 100 / all, first), delimiter))
    };
    DELIMITERS
        .into_iter()
        .filter_map(score)
        .max_by_key(|(score, _)| *score)
        .map(|(_, found)| found)
}

/// CSV only if it cannot well be anything else: a header, and every row as long as it. Most text
/// is told by its second line.
fn unnamed_csv(head: &[u8], whole: bool) -> Option<Format> {
    let even = |delimiter: u8| {
        let mut counts = cells_per_row(head, whole, delimiter);
        let first = counts.next().filter(|first| *first > 1)?;
        let mut rows = 1;
        let alike = |count| {
            rows += 1;
            count == first
        };
        counts.all(alike).then_some((first, rows, delimiter))
    };
    let even = DELIMITERS.into_iter().filter_map(even);
    let (_, rows, delimiter) = even.max_by_key(|(first, ..)| *first)?;
    let mut cells = Vec::new();
    let mut keep = |column, start, end| cells.push((column, head.get(start..end)));
    read_row(
        &mut Stops::new(head, stops_of(delimiter, true)),
        0,
        whole,
        &mut keep,
    );
    (rows >= ROWS_MIN && is_header(&cells)).then_some(Format::Csv { delimiter })
}

/// How many cells each of the first rows has.
fn cells_per_row(head: &[u8], whole: bool, delimiter: u8) -> impl Iterator<Item = usize> {
    let (mut at, mut stops) = (0, Stops::new(head, stops_of(delimiter, true)));
    let next = move || {
        if at >= head.len() {
            return None;
        }
        // Empty last cells are not reported: read on to the delimiters themselves.
        let Row::Ends(next) = read_row(&mut stops, at, whole, &mut |_, _, _| {}) else {
            return None;
        };
        let row = head.get(at..next).unwrap_or_default();
        at = next;
        Some(1 + delimiters_outside_quotes(row, delimiter))
    };
    std::iter::from_fn(next).take(ROWS_MAX)
}

fn delimiters_outside_quotes(row: &[u8], delimiter: u8) -> usize {
    let (mut count, mut quoted) = (0, false);
    for byte in row {
        quoted ^= *byte == b'"';
        count += usize::from(!quoted && *byte == delimiter);
    }
    count
}
