//! Escapes in JSON: detection sees what they stand for, edits take them whole.

use hemvist_decode::{ByteEdit, Chunk, Decoder, Limits, Rewriter, redaction};
use hemvist_model::{ByteRange, Text};

const MAIL: &str = "anna@example.com";
const PERSON: &str = "19811228-9874";

fn decode(name: &str, pieces: &[&[u8]], limits: Limits) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut decoder = Decoder::new(name.as_bytes(), limits);
    for piece in pieces {
        decoder.push(piece, &mut |chunk| chunks.push(chunk));
    }
    decoder.finish(&mut |chunk| chunks.push(chunk));
    chunks
}

/// Every Segment's text, and its original bytes.
fn seen(chunks: &[Chunk], object: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for chunk in chunks {
        let Text {
            bytes, segments, ..
        } = chunk.text();
        for (number, s) in (0..).zip(segments) {
            let text = &bytes[s.start as usize..s.end as usize];
            let range = chunk.original(number, ByteRange::new(0, text.len() as u64));
            let original = &object[range.start as usize..range.end as usize];
            let text = String::from_utf8(text.to_vec()).expect("UTF-8");
            all.push((text, original.to_vec()));
        }
    }
    all
}

/// The edits that redact every place of `needle` that the Chunk itself is to report.
fn edits(chunks: &[Chunk], needle: &str) -> Vec<ByteEdit> {
    let mut edits = Vec::new();
    for chunk in chunks {
        let Text {
            bytes, segments, ..
        } = chunk.text();
        for (number, s) in (0..).zip(segments) {
            let text = &bytes[s.start as usize..s.end as usize];
            for at in memchr::memmem::find_iter(text, needle.as_bytes()) {
                let end = at + needle.len();
                let fresh = end > s.lead as usize && at < text.len() - s.trail as usize;
                if fresh {
                    let range = ByteRange::new(at as u64, end as u64);
                    edits.push(chunk.redact(number, range));
                }
            }
        }
    }
    edits.dedup_by(|a, b| a.range == b.range);
    edits
}

fn rewrite(object: &[u8], edits: Vec<ByteEdit>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rewriter = Rewriter::new(edits, false).expect("disjoint");
    rewriter.push(object, &mut out).expect("sound");
    rewriter.finish(&mut out).expect("sound");
    out
}

fn holds(value: &serde_json::Value, needle: &str) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains(needle),
        serde_json::Value::Array(all) => all.iter().any(|value| holds(value, needle)),
        serde_json::Value::Object(all) => all.values().any(|value| holds(value, needle)),
        _ => false,
    }
}

/// The string `raw` is seen as `text`, and `written`, which stands for `needle`, is what a
/// redaction takes; in a document and in a line of its own.
#[track_caller]
fn check(raw: &str, text: &str, needle: &str, written: &str) {
    let document = format!(r#"{{"n":1,"text":"{raw}","last":2}}"#);
    let lines = format!("{{\"n\":0}}\n{document}\n{{\"n\":3}}\n");
    for (name, object) in [("a.json", &document), ("a.ndjson", &lines)] {
        let bytes = object.as_bytes();
        let chunks = decode(name, &[bytes], Limits::default());
        let pair = (text.to_owned(), raw.as_bytes().to_vec());
        assert!(seen(&chunks, bytes).contains(&pair), "{name}: {raw}");
        let edits = edits(&chunks, needle);
        assert_eq!(edits.len(), 1, "{name}: {raw}");
        let range = edits[0].range;
        let taken = &object[range.start as usize..range.end as usize];
        assert_eq!(taken, written, "{name}: {raw}");
        let rewritten = String::from_utf8(rewrite(bytes, edits)).expect("UTF-8");
        assert_eq!(rewritten, object.replacen(written, "[erased]", 1));
        // As sound as before: half a surrogate pair never was.
        let sound = |line: &str| serde_json::from_str::<serde_json::Value>(line).is_ok();
        for (line, before) in rewritten.lines().zip(object.lines()) {
            assert_eq!(sound(line), sound(before), "{name}: {line}");
        }
    }
}

#[test]
fn detection_sees_what_escapes_stand_for() {
    let raw = r"Hej\nanna@example.com\n19811228-9874";
    let text = format!("Hej\n{MAIL}\n{PERSON}");
    check(raw, &text, MAIL, MAIL);
    check(raw, &text, PERSON, PERSON);
    check(
        r"\t19811228-9874\r\f\b",
        "\t19811228-9874\r\u{c}\u{8}",
        PERSON,
        PERSON,
    );
    check(r"a\\nanna@example.com", r"a\nanna@example.com", MAIL, MAIL);
    check(r#"\"\/\\x"#, r#""/\x"#, r#"""#, r#"\""#);
    check(
        r"till anna\u0040example.com nu",
        "till anna@example.com nu",
        MAIL,
        r"anna\u0040example.com",
    );
    check(
        r"\u002B46701740605",
        "+46701740605",
        "+46701740605",
        r"\u002B46701740605",
    );
    check(r"\u00E5\u20acå\u0001998", "å€å\u{1}998", "€å", r"\u20acå");
}

#[test]
fn surrogates_are_read_in_pairs_and_alone_glue_to_nothing() {
    check(r"a\ud83d\ude00b", "a😀b", "😀", r"\ud83d\ude00");
    check(r"\uD83D\uDE00\ud83d\ude00y", "😀😀y", "y", "y");
    check(
        r"\ud83danna@example.com",
        "\u{FFFD}anna@example.com",
        MAIL,
        MAIL,
    );
    check(r"\ude00\ud83dy", "\u{FFFD}\u{FFFD}y", "y", "y");
    check(r"\ud83d\u0041", "\u{FFFD}A", "A", r"\u0041");
}

#[test]
fn what_is_no_escape_stays_as_it_is_written() {
    for raw in [r"\x41", r"\u00g0", r"\u12", r"\å", r"\u", r"\ud8 \u004"] {
        let object = format!(r#"{{"a":"{raw}"}}"#);
        for name in ["a.json", "a.ndjson"] {
            let chunks = decode(name, &[object.as_bytes()], Limits::default());
            let pair = (raw.to_owned(), raw.as_bytes().to_vec());
            assert!(seen(&chunks, object.as_bytes()).contains(&pair), "{raw}");
        }
    }
}

#[test]
fn keys_are_unescaped_too_and_lines_stay_whole() {
    let lines = b"{\"a\\u0040b\":\"\\n\\n1\"}\n{\"c\":\"2\\t\"}\nno\\njson\n{\"d\":\"\\u0033\"}";
    let chunks = decode("a.ndjson", &[lines], Limits::default());
    let texts: Vec<String> = seen(&chunks, lines).into_iter().map(|s| s.0).collect();
    let expected = ["a@b", "\n\n1", "c", "2\t", "no\\njson", "d", "3"];
    assert_eq!(texts, expected);
    let borders: Vec<usize> = [0, 1, 2]
        .into_iter()
        .scan(0, |from, _| {
            *from += memchr::memchr(b'\n', &lines[*from..])? + 1;
            Some(*from)
        })
        .collect();
    let (first, second, third) = (borders[0], borders[1], borders[2]);
    for (segment, start, end) in [
        (1, 0, first),
        (3, first, second),
        (4, second, third),
        (6, third, lines.len()),
    ] {
        let line = chunks[0].line(segment, ByteRange::new(0, 1));
        assert_eq!(line, Some(ByteRange::new(start as u64, end as u64)));
    }
}

#[test]
fn escapes_in_utf_16_lead_back_to_their_bytes() {
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let object = wide("\u{FEFF}{\"å\":\"€\\nanna\\u0040example.com\\ud83d\\ude00.\"}");
    let chunks = decode("a.json", &[&object], Limits::default());
    for (needle, written) in [
        (MAIL, r"anna\u0040example.com"),
        ("😀", r"\ud83d\ude00"),
        (".", "."),
        ("€", "€"),
    ] {
        let edits = edits(&chunks, needle);
        let range = edits.last().expect("found").range;
        let taken = &object[range.start as usize..range.end as usize];
        assert_eq!(taken, wide(written), "{needle}");
        assert_eq!(edits[0].replacement, redaction(chunks[0].charset()));
    }
}

#[test]
fn every_cut_and_every_bound_gives_whole_escapes() {
    let string = r"Hej\nanna\u0040example.com\n\ud83d\ude0019811228-9874\\\u00e5\u00e5\u00e5 slut";
    for (name, object) in [
        ("a.json", format!(r#"[{{"t":"{string}"}},"{string}"]"#)),
        (
            "a.ndjson",
            format!("{{\"t\":\"{string}\"}}\n{{\"u\":\"{string}\"}}\n"),
        ),
    ] {
        let bytes = object.as_bytes();
        for line_bytes_max in 16..bytes.len() + 2 {
            let limits = Limits {
                chunk_bytes: 16,
                line_bytes_max,
                overlap_bytes: 40,
                ..Limits::default()
            };
            let whole = seen(&decode(name, &[bytes], limits), bytes);
            for cut in 0..=bytes.len() {
                let (head, tail) = bytes.split_at(cut);
                let pieces = decode(name, &[head, tail], limits);
                assert_eq!(seen(&pieces, bytes), whole, "{name} {line_bytes_max} {cut}");
            }
        }
        // Wherever a bound cuts, an edit takes whole escapes.
        for line_bytes_max in 64..bytes.len() + 2 {
            let limits = Limits {
                chunk_bytes: 64,
                line_bytes_max,
                overlap_bytes: 64,
                ..Limits::default()
            };
            let chunks = decode(name, &[bytes], limits);
            for needle in [MAIL, PERSON, "\\", "å"] {
                let rewritten = rewrite(bytes, edits(&chunks, needle));
                let text = String::from_utf8(rewritten).expect("UTF-8");
                for line in text.lines() {
                    let value = serde_json::from_str::<serde_json::Value>(line);
                    let value = value.expect("still JSON");
                    assert!(!holds(&value, needle), "{name} {line_bytes_max}: {value}");
                }
            }
        }
    }
}

#[test]
fn a_string_that_ends_inside_an_escape_ends() {
    let limits = Limits {
        chunk_bytes: 16,
        line_bytes_max: 16,
        overlap_bytes: 4,
        ..Limits::default()
    };
    for ending in ["\\", "\\u", "\\u00e", "\\ud83d\\", "\\ud83d\\ude0"] {
        for filler in 0..40 {
            let object = format!("[\"{}{ending}", "x".repeat(filler));
            let line = format!("{{}}\n{{\"a\":\"{}{ending}", "x".repeat(filler));
            for (name, object) in [("a.json", object), ("a.ndjson", line)] {
                let whole = seen(
                    &decode(name, &[object.as_bytes()], limits),
                    object.as_bytes(),
                );
                let single: Vec<&[u8]> = object.as_bytes().chunks(1).collect();
                let pieces = seen(&decode(name, &single, limits), object.as_bytes());
                assert_eq!(pieces, whole, "{name} {filler} {ending}");
            }
        }
    }
}
