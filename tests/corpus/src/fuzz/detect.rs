//! What must hold for any bytes in detection.

use anyhow::{Result, ensure};
use hemvist_corpus::Numbers;
use hemvist_detect::{CONTEXT_BYTES, Engine, Options, Scanned, parse_as};
use hemvist_model::{Date, Detection, Evidence, Segment, Text};

use super::{check_speed, mutator};

/// A short Chunk of a long input would only take time.
const CHUNKS_MAX: usize = 200;

const TODAY: Date = Date {
    year: 2026,
    month: 6,
    day: 15,
};

/// Where a Detection is, and all that it says.
type Line = (u64, u64, u8, u32, String);

/// One input. Says how long it was.
pub(super) fn round(n: &mut Numbers) -> Result<usize> {
    let bytes = mutator::input(n);
    let engine = Engine::new(Options {
        reference_date: TODAY,
    });
    let whole = scan(&engine, &bytes, 0, 0, 0)?;
    for (start, end, ..) in &whole {
        ensure!(
            start < end && *end <= bytes.len() as u64,
            "a range outside the input"
        );
        let value = &bytes[*start as usize..*end as usize];
        ensure!(
            value.trim_ascii().len() == value.len(),
            "a range not on the value"
        );
    }
    let smallest = (bytes.len() / CHUNKS_MAX).max(1) as u64;
    let chunk = n.between(smallest, smallest + 4000) as usize;
    ensure!(
        in_chunks(&engine, &bytes, chunk)? == whole,
        "other findings in chunks of {chunk} bytes"
    );
    check_speed(bytes.len(), || _ = scan(&engine, &bytes, 0, 0, 0))?;
    Ok(bytes.len())
}

fn in_chunks(engine: &Engine, bytes: &[u8], chunk: usize) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for start in (0..bytes.len()).step_by(chunk) {
        let end = (start + chunk).min(bytes.len());
        let from = start.saturating_sub(CONTEXT_BYTES);
        let to = (end + CONTEXT_BYTES).min(bytes.len());
        lines.extend(scan(
            engine,
            &bytes[from..to],
            start - from,
            to - end,
            from,
        )?);
    }
    Ok(lines)
}

fn scan(
    engine: &Engine,
    bytes: &[u8],
    lead: usize,
    trail: usize,
    base: usize,
) -> Result<Vec<Line>> {
    let segment = Segment {
        start: 0,
        end: u32::try_from(bytes.len())?,
        field: 0,
        row: 0,
        lead: u32::try_from(lead)?,
        trail: u32::try_from(trail)?,
        whole_value: false,
    };
    let text = Text {
        bytes,
        segments: &[segment],
        fields: &["body".to_owned()],
    };
    let mut out = Scanned::default();
    engine.scan(text, &mut out);
    // A mistyped number is data, and nobody's name: it cannot be asked for.
    let sound = |found: &&Detection| !found.evidence.has(Evidence::CHECKSUM_WRONG);
    for found in out.detections.iter().filter(sound) {
        let identifier = &found.identifier;
        let again = parse_as(identifier.info_type(), identifier.expose(), TODAY);
        ensure!(
            again.is_ok_and(|again| again.contains(identifier)),
            "{} is not read back",
            identifier.info_type()
        );
    }
    Ok(out
        .detections
        .iter()
        .map(|found| line(found, base as u64))
        .collect())
}

fn line(found: &Detection, base: u64) -> Line {
    let identifier = &found.identifier;
    (
        base + found.range.start,
        base + found.range.end,
        found.likelihood.code(),
        found.evidence.0,
        format!("{} {}", identifier.info_type(), identifier.expose()),
    )
}
