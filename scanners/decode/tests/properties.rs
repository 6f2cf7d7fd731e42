//! Laws: any cutting gives the same, nothing is lost or doubled, every place leads back, memory is
//! bounded, and the rewriter changes what it was told and nothing else.

use std::collections::BTreeSet;
use std::io::Write;

use hemvist_decode::{
    ByteEdit, Chunk, Decoded, Decoder, Format, Limits, OverlappingEdits, Rewriter,
};
use hemvist_model::{ByteRange, SkipReason, Text};
use proptest::prelude::*;

const NAMES: [&str; 7] = [
    "a.txt", "a.csv", "a.tsv", "a.json", "a.ndjson", "a.log", "unnamed",
];

/// What detection could see of one Segment, and where what it is to report lies in the object.
type Seen = (
    Vec<u8>,
    String,
    u32,
    u32,
    bool,
    u32,
    u64,
    u64,
    Option<ByteRange>,
);

fn small(chunk_bytes: usize, line_bytes_max: usize, overlap_bytes: usize) -> Limits {
    Limits {
        chunk_bytes,
        line_bytes_max,
        overlap_bytes,
        ..Limits::default()
    }
}

fn decode(name: &str, pieces: &[&[u8]], limits: Limits, mut sink: impl FnMut(&Chunk)) -> Decoded {
    let mut decoder = Decoder::new(name.as_bytes(), limits);
    for piece in pieces {
        decoder.push(piece, &mut |chunk| sink(&chunk));
    }
    decoder.finish(&mut |chunk| sink(&chunk))
}

fn seen(name: &str, pieces: &[&[u8]], limits: Limits) -> (Vec<Seen>, Decoded) {
    let mut all = Vec::new();
    let decoded = decode(name, pieces, limits, |chunk| {
        let Text {
            bytes,
            segments,
            fields,
        } = chunk.text();
        let mut last_end = 0;
        for (i, s) in segments.iter().enumerate() {
            assert!(s.start >= last_end && s.start < s.end && s.end as usize <= bytes.len());
            assert!(s.lead + s.trail <= s.end - s.start);
            last_end = s.end;
            let text = bytes[s.start as usize..s.end as usize].to_vec();
            let whole = ByteRange::new(0, text.len() as u64);
            let reported = ByteRange::new(u64::from(s.lead), whole.end - u64::from(s.trail));
            let (origin, line) = (
                chunk.original(i as u32, reported),
                chunk.line(i as u32, whole),
            );
            let field = fields[s.field as usize].clone();
            let (lead, trail) = (s.lead, s.trail);
            all.push((
                text,
                field,
                lead,
                trail,
                s.whole_value,
                s.row,
                origin.start,
                origin.end,
                line,
            ));
        }
    });
    (all, decoded)
}

fn pieces<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let borders: BTreeSet<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    let mut from = 0;
    let mut out = Vec::new();
    for border in borders.into_iter().chain([bytes.len()]) {
        out.push(&bytes[from..border]);
        from = border;
    }
    out
}

fn gzip(bytes: &[u8], member_bytes: usize) -> Vec<u8> {
    let mut packed = Vec::new();
    for member in bytes.chunks(member_bytes) {
        let mut encoder = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
        encoder.write_all(member).expect("in memory");
        packed = encoder.finish().expect("in memory");
    }
    packed
}

/// What one character of JSON stands for; half a surrogate pair alone is U+FFFD.
fn unescaped(written: &str, expected: char) -> String {
    let half = written.starts_with("\\u") && expected == char::REPLACEMENT_CHARACTER;
    match serde_json::from_str(&format!("\"{written}\"")) {
        Ok(character) if written.len() > 1 => character,
        Err(_) if half => expected.to_string(),
        _ => written.to_owned(),
    }
}

/// Bytes with much structure and some nonsense.
fn structured() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        8 => "[a-z0-9 ]{0,12}".prop_map(String::into_bytes),
        4 => prop::sample::select(vec![",", ";", "\n", "\r\n", "\"", "\"\"", "\t", "{", "}", "[", "]", ":", "\\", "\\\"", "\\n", "\\u00e5", "\\ud83d\\ude00"])
            .prop_map(|s| s.as_bytes().to_vec()),
        3 => prop::sample::select(vec!["\"key\":", "{\"a\":1}\n", "{\"b\":\"x\"},", "\"a,b\"", "1,2\n", "a;b\n", "å😀€"])
            .prop_map(|s| s.as_bytes().to_vec()),
        1 => prop::collection::vec(1_u8.., 0..4),
        1 => "[a-z]{30,80}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(token, 0..80).prop_map(|tokens| tokens.concat())
}

/// Sound JSON of some depth.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?[1-9][0-9]{0,6}(\\.[0-9]{1,5})?".prop_map(String::from),
        "\"([a-zåä@. ]|\\\\n|\\\\\"|\\\\\\\\|\\\\u00e5|\\\\ud83d\\\\ude00){0,60}\""
            .prop_map(String::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6)
                .prop_map(|all| format!("[{}]", all.join(" ,\n"))),
            prop::collection::vec(("[a-z]{0,40}", inner), 0..6).prop_map(|all| {
                let members: Vec<String> =
                    all.iter().map(|(k, v)| format!("\"{k}\": {v}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

fn limits() -> impl Strategy<Value = Limits> {
    (16_usize..80, 0_usize..100, 0_usize..30).prop_map(|(c, more, o)| small(c, c + more, o))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_cutting_gives_the_same_past_the_head(
        bytes in structured(), name in prop::sample::select(NAMES.to_vec()),
        chunk in 16_usize..5000, more in 0_usize..20_000, overlap in 0_usize..600,
        cuts in prop::collection::vec(any::<usize>(), 0..9), step in 1_usize..40_000,
    ) {
        prop_assume!(!bytes.is_empty());
        let object = bytes.repeat(1 + 40_000 / bytes.len());
        let limits = small(chunk, chunk + more, overlap);
        let whole = seen(name, &[&object], limits);
        prop_assert_eq!(&seen(name, &pieces(&object, &cuts), limits), &whole);
        let steps: Vec<&[u8]> = object.chunks(step).collect();
        prop_assert_eq!(&seen(name, &steps, limits), &whole);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_cutting_gives_the_same(
        bytes in structured(), name in prop::sample::select(NAMES.to_vec()), limits in limits(),
        cuts in prop::collection::vec(any::<usize>(), 0..20), packed in any::<bool>(),
    ) {
        let object = if packed { gzip(&bytes, 50) } else { bytes };
        let whole = seen(name, &[&object], limits);
        prop_assert_eq!(&seen(name, &pieces(&object, &cuts), limits), &whole);
        let single: Vec<&[u8]> = object.chunks(1).collect();
        prop_assert_eq!(&seen(name, &single, limits), &whole);
    }

    #[test]
    fn text_is_in_exactly_one_chunk(bytes in structured(), limits in limits()) {
        let mut joined = Vec::new();
        decode("a.txt", &[&bytes], limits, |chunk| {
            if chunk.format() != Format::Text { return }
            let Text { bytes, segments, .. } = chunk.text();
            for s in segments {
                joined.extend_from_slice(&bytes[(s.start + s.lead) as usize..(s.end - s.trail) as usize]);
            }
        });
        if std::str::from_utf8(&bytes).is_ok() && !joined.is_empty() {
            prop_assert_eq!(String::from_utf8_lossy(&joined), String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn places_lead_back(
        bytes in structured(), name in prop::sample::select(NAMES.to_vec()), limits in limits(),
    ) {
        decode(name, &[&bytes], limits, |chunk| {
            let Text { bytes: text, segments, .. } = chunk.text();
            for (i, s) in segments.iter().enumerate() {
                let shown = &text[s.start as usize..s.end as usize];
                for (at, character) in std::str::from_utf8(shown).expect("UTF-8").char_indices() {
                    let range = ByteRange::new(at as u64, (at + character.len_utf8()) as u64);
                    let origin = chunk.original(i as u32, range);
                    let raw = &bytes[origin.start as usize..origin.end as usize];
                    let back = std::str::from_utf8(raw).map_or_else(
                        |_| encoding_rs::WINDOWS_1252.decode_without_bom_handling(raw).0.into_owned(), String::from);
                    assert_eq!(unescaped(&back, character), character.to_string());
                    if let Some(line) = chunk.line(i as u32, range) {
                        assert!(line.start <= origin.start && origin.end <= line.end);
                        assert!(line.start == 0 || bytes[line.start as usize - 1] == b'\n' || bytes.starts_with(b"\xEF\xBB\xBF"));
                        assert!(line.end as usize == bytes.len() || bytes[line.end as usize - 1] == b'\n');
                    }
                }
            }
        });
    }

    #[test]
    fn sound_json_loses_no_value(document in json(), limits in limits()) {
        let (small, decoded) = seen("a.json", &[document.as_bytes()], limits);
        let (large, _) = seen("a.json", &[document.as_bytes()], Limits::default());
        prop_assert!(decoded.skips.is_empty());
        // Whatever is cut, the reported bytes are those of the uncut values, each once.
        let covered = |all: &[Seen]| -> Vec<u64> {
            all.iter().flat_map(|s| s.6..s.7).collect()
        };
        prop_assert_eq!(covered(&small), covered(&large));
    }

    #[test]
    fn no_bytes_at_all_make_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..600), utf16 in any::<bool>(),
        name in prop::sample::select(NAMES.to_vec()), limits in limits(), magic in any::<bool>(),
    ) {
        let head: &[u8] = if utf16 { b"\xFF\xFE" } else if magic { b"\x1F\x8B\x08" } else { b"" };
        let object = [head, &bytes].concat();
        let whole = seen(name, &[&object], limits);
        let single: Vec<&[u8]> = object.chunks(1).collect();
        prop_assert_eq!(seen(name, &single, limits), whole);
    }

    #[test]
    fn gzip_is_read_as_what_it_holds(
        bytes in structured(), member in 1_usize..200, name in prop::sample::select(NAMES.to_vec()), limits in limits(),
    ) {
        prop_assume!(!bytes.is_empty());
        let packed = seen(name, &[&gzip(&bytes, member)], limits);
        prop_assert!(packed.1.gzip);
        prop_assert_eq!(packed.0, seen(name, &[&bytes], limits).0);
    }

    #[test]
    fn rewriting_equals_a_splice(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        borders in prop::collection::btree_set(0_usize..301, 0..12),
        replacement in prop::collection::vec(any::<u8>(), 0..9),
        cuts in prop::collection::vec(any::<usize>(), 0..9), packed in any::<bool>(),
    ) {
        let borders: Vec<usize> = borders.into_iter().filter(|at| *at <= bytes.len()).collect();
        let (mut edits, mut expected, mut from) = (Vec::new(), Vec::new(), 0);
        for pair in borders.chunks_exact(2) {
            expected.extend_from_slice(&bytes[from..pair[0]]);
            expected.extend_from_slice(&replacement);
            from = pair[1];
            let range = ByteRange::new(pair[0] as u64, pair[1] as u64);
            edits.insert(0, ByteEdit { range, replacement: replacement.clone() });
        }
        expected.extend_from_slice(&bytes[from..]);
        let packed = packed && !bytes.is_empty();
        let object = if packed { gzip(&bytes, 100) } else { bytes };
        let untouched = edits.is_empty();
        let mut rewriter = Rewriter::new(edits, packed).expect("disjoint");
        let mut out = Vec::new();
        for piece in pieces(&object, &cuts) {
            rewriter.push(piece, &mut out).expect("sound");
        }
        rewriter.finish(&mut out).expect("sound");
        if untouched {
            prop_assert_eq!(out, object);
        } else if packed {
            let mut back = Vec::new();
            flate2::write::MultiGzDecoder::new(&mut back).write_all(&out).expect("gzip");
            prop_assert_eq!(back, expected);
        } else {
            prop_assert_eq!(out, expected);
        }
    }
}

#[test]
fn truncated_and_damaged_gzip_gives_what_can_be_read() {
    let text: String = (0..5000)
        .map(|i| format!("rad {i} 19811228-9874\n"))
        .collect();
    let packed = gzip(text.as_bytes(), 1 << 20);
    let half = &packed[..packed.len() / 2];
    let damaged: Vec<u8> = packed
        .iter()
        .enumerate()
        .map(|(i, byte)| {
            if i + 5 == packed.len() {
                byte ^ 1
            } else {
                *byte
            }
        })
        .collect();
    let garbage = [packed.as_slice(), b"tail"].concat();
    let padded = [packed.as_slice(), &[0; 100]].concat();
    for (object, share, skips) in [
        (half, text.len() / 4, 1),
        (damaged.as_slice(), text.len(), 1),
        (garbage.as_slice(), text.len(), 1),
        (padded.as_slice(), text.len(), 0),
        (&packed[..5], 0, 1),
    ] {
        let (all, decoded) = seen("a.txt.gz", &[object], Limits::default());
        let bytes: usize = all.iter().map(|s| s.0.len() - (s.2 + s.3) as usize).sum();
        assert!(bytes >= share && bytes <= text.len(), "{bytes}");
        assert_eq!(decoded.skips.len(), skips);
        assert!(
            decoded
                .skips
                .iter()
                .all(|skip| skip.reason == SkipReason::Corrupt)
        );
        assert!(decoded.gzip);
    }
}

#[test]
fn gzip_that_expands_too_far_is_stopped() {
    let packed = gzip(&vec![b'a'; 40 << 20], 1 << 30);
    let limits = Limits {
        expansion_ratio_max: 50,
        ..Limits::default()
    };
    let (_, decoded) = seen("a.gz", &[&packed], limits);
    assert_eq!(decoded.skips[0].reason, SkipReason::TooDeep);
    assert!(decoded.bytes < 30 << 20);
    let limits = Limits {
        expanded_bytes_max: 1_000_000,
        ..Limits::default()
    };
    let (_, decoded) = seen("a.gz", &[&packed], limits);
    assert_eq!(
        (decoded.skips[0].reason, decoded.bytes),
        (SkipReason::TooLarge, 1_000_000)
    );
}

#[test]
fn one_endless_line_keeps_memory_bounded() {
    let piece = vec![b'x'; 1 << 20];
    let limits = Limits::default();
    let opening: [(&str, &[u8]); 6] = [
        ("a.txt", b"x"),
        ("a.csv", b"a,b\n"),
        ("a.csv", b"a,b\n\""),
        ("a.json", b"[\""),
        ("a.json", b"["),
        ("a.ndjson", b"{\"a\":\""),
    ];
    for (name, opening) in opening {
        let mut pieces = vec![opening];
        pieces.extend(std::iter::repeat_n(piece.as_slice(), 64));
        let (mut largest, mut total) = (0, 0);
        decode(name, &pieces, limits, |chunk| {
            let Text {
                bytes, segments, ..
            } = chunk.text();
            largest = largest.max(bytes.len());
            total += segments
                .iter()
                .map(|s| (s.end - s.start - s.lead - s.trail) as usize)
                .sum::<usize>();
        });
        assert!(
            largest <= limits.line_bytes_max + 2 * limits.overlap_bytes + 8,
            "{name}: {largest}"
        );
        assert!(total >= 64 << 20, "{name}: {total}");
    }
}

#[test]
fn edits_that_overlap_or_lie_outside_are_refused() {
    let edit = |start, end| ByteEdit {
        range: ByteRange::new(start, end),
        replacement: vec![b'-'],
    };
    let check = |edits: Vec<ByteEdit>, expected: Option<&[u8]>| {
        let mut out = Vec::new();
        let mut rewriter = Rewriter::new(edits, false).expect("disjoint");
        rewriter.push(b"0123456789", &mut out).expect("plain");
        let finished = rewriter.finish(&mut out);
        assert_eq!(finished.is_ok().then_some(out.as_slice()), expected);
    };
    assert_eq!(
        Rewriter::new(vec![edit(3, 6), edit(5, 7)], false).err(),
        Some(OverlappingEdits)
    );
    check(vec![edit(5, 7), edit(3, 5)], Some(b"012--789"));
    check(vec![edit(0, 0), edit(10, 10)], Some(b"-0123456789-"));
    check(vec![edit(0, 10)], Some(b"-"));
    check(vec![edit(8, 11)], None);
    check(vec![edit(11, 11)], None);
    let mut truncated = Rewriter::new(vec![edit(0, 1)], true).expect("one");
    let packed = gzip(b"0123456789", 100);
    let pushed = truncated.push(&packed[..packed.len() - 3], &mut Vec::new());
    assert!(pushed.is_err() || truncated.finish(&mut Vec::new()).is_err());
}
