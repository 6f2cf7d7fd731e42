//! What must hold for any bytes in decoding and rewriting.

use std::io::Write as _;

use anyhow::{Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use hemvist_corpus::Numbers;
use hemvist_decode::{ByteEdit, Charset, Chunk, Decoded, Decoder, Limits, Rewriter};
use hemvist_model::ByteRange;

use super::{check_speed, mutator};

const NAMES: &[&str] = &[
    "a.txt", "a.log", "a.csv", "a.json", "a.ndjson", "a", "a.csv.gz", "a.tsv",
];
/// Edits planned for one input.
const EDITS_MAX: u64 = 20;

/// One input. Says how long it was.
pub(super) fn round(n: &mut Numbers) -> Result<usize> {
    let plain = mutator::input(n);
    let gzip = n.chance(10);
    let bytes = if gzip { packed(&plain)? } else { plain.clone() };
    let name = n.pick(NAMES);
    let limits = limits(n);
    let whole = decode(name, &bytes, limits, &mut |rest| rest);
    let pieces = decode(name, &bytes, limits, &mut |rest| {
        n.between(1, rest.min(5000) as u64) as usize
    });
    same(&whole, &pieces)?;
    let (chunks, decoded) = &whole;
    // gzip inside is unpacked only once, and what pretends to be gzip may break off.
    if decoded.gzip == gzip {
        for chunk in chunks {
            check_ranges(chunk, &plain)?;
        }
        rewrite(n, chunks, &bytes, &plain, gzip)?;
    }
    check_speed(bytes.len(), || {
        _ = decode(name, &bytes, limits, &mut |rest| rest)
    })?;
    Ok(bytes.len())
}

fn packed(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut pack = GzEncoder::new(Vec::new(), Compression::fast());
    pack.write_all(bytes)?;
    Ok(pack.finish()?)
}

/// Small limits half of the time: forced cuts are where things go wrong.
fn limits(n: &mut Numbers) -> Limits {
    let mut limits = Limits::default();
    if n.chance(50) {
        limits.chunk_bytes = n.between(64, 4096) as usize;
        limits.line_bytes_max = limits.chunk_bytes * n.between(1, 4) as usize;
        limits.overlap_bytes = n.between(0, 64) as usize;
        limits.depth_max = n.between(1, 32) as usize;
    }
    limits
}

fn decode(
    name: &str,
    bytes: &[u8],
    limits: Limits,
    piece: &mut dyn FnMut(usize) -> usize,
) -> (Vec<Chunk>, Decoded) {
    let mut chunks = Vec::new();
    let mut decoder = Decoder::new(name.as_bytes(), limits);
    let mut rest = bytes;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(piece(rest.len()));
        decoder.push(now, &mut |chunk| chunks.push(chunk));
        rest = later;
    }
    let decoded = decoder.finish(&mut |chunk| chunks.push(chunk));
    (chunks, decoded)
}

fn same(one: &(Vec<Chunk>, Decoded), other: &(Vec<Chunk>, Decoded)) -> Result<()> {
    ensure!(one.1 == other.1, "another outcome in pieces");
    ensure!(one.0.len() == other.0.len(), "other chunks in pieces");
    for (one, other) in one.0.iter().zip(&other.0) {
        let (one, other) = (one.text(), other.text());
        ensure!(
            one.bytes == other.bytes && one.segments == other.segments,
            "another chunk in pieces"
        );
        let fields = one.segments.iter().map(|segment| segment.field as usize);
        for field in fields {
            ensure!(
                one.fields.get(field) == other.fields.get(field),
                "another field in pieces"
            );
        }
    }
    Ok(())
}

/// Every Segment lies in its Chunk and leads back to bytes of the input; in UTF-8 without escapes
/// to the same bytes.
fn check_ranges(chunk: &Chunk, plain: &[u8]) -> Result<()> {
    let text = chunk.text();
    let mut last = 0;
    for (number, segment) in text.segments.iter().enumerate() {
        ensure!(
            segment.start >= last && segment.end >= segment.start,
            "segments in disorder"
        );
        last = segment.end;
        let here = text.bytes.get(segment.start as usize..segment.end as usize);
        let whole = ByteRange::new(0, u64::from(segment.end - segment.start));
        let original = chunk.original(u32::try_from(number)?, whole);
        let there = plain.get(original.start as usize..original.end as usize);
        let (Some(here), Some(there)) = (here, there) else {
            anyhow::bail!("a range outside the input");
        };
        let plain = chunk.charset() == Charset::Utf8 && !there.contains(&b'\\');
        ensure!(!plain || here == there, "a range on other bytes");
    }
    Ok(())
}

/// Whatever is edited, every byte outside the edits stays.
fn rewrite(
    n: &mut Numbers,
    chunks: &[Chunk],
    bytes: &[u8],
    plain: &[u8],
    gzip: bool,
) -> Result<()> {
    let edits = edits(n, chunks);
    let mut expected = Vec::new();
    let mut from = 0;
    for edit in &edits {
        expected.extend_from_slice(&plain[from..edit.range.start as usize]);
        expected.extend_from_slice(&edit.replacement);
        from = edit.range.end as usize;
    }
    expected.extend_from_slice(&plain[from..]);
    let mut rewriter = Rewriter::new(edits, gzip)?;
    let (mut written, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        let (now, later) = rest.split_at(n.between(1, rest.len().min(5000) as u64) as usize);
        rewriter.push(now, &mut written)?;
        rest = later;
    }
    rewriter.finish(&mut written)?;
    let unpacked = if gzip && written.starts_with(b"\x1F\x8B") {
        let mut unpacked = Vec::new();
        std::io::Read::read_to_end(
            &mut flate2::read::MultiGzDecoder::new(&*written),
            &mut unpacked,
        )?;
        unpacked
    } else {
        written
    };
    ensure!(unpacked == expected, "bytes outside the edits changed");
    Ok(())
}

/// Redactions of places in the Chunks, in order, none overlapping another.
fn edits(n: &mut Numbers, chunks: &[Chunk]) -> Vec<ByteEdit> {
    let mut edits: Vec<ByteEdit> = Vec::new();
    for _ in 0..n.below(EDITS_MAX) {
        let Some(chunk) = chunks.get(n.below(chunks.len().max(1) as u64) as usize) else {
            break;
        };
        let segments = chunk.text().segments;
        let number = n.below(segments.len().max(1) as u64);
        let Some(segment) = segments.get(number as usize) else {
            continue;
        };
        let length = u64::from(segment.end - segment.start);
        let start = n.below(length + 1);
        let end = n.between(start, length.min(start + 40));
        edits.push(chunk.redact(number as u32, ByteRange::new(start, end)));
    }
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut last = 0;
    edits.retain(|edit| {
        let free = edit.range.start >= last && edit.range.end > edit.range.start;
        last = if free { edit.range.end } else { last };
        free
    });
    edits
}
