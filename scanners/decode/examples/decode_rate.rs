//! How fast each format and charset is decoded: `cargo run --release --package hemvist-decode --example decode_rate`.
//! A plain copy of the same bytes is beside it.
#![allow(clippy::print_stdout, reason = "a command-line tool talks")]

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Instant;

use hemvist_decode::{Decoder, Limits};

/// Bytes of each text, and of each piece it is given in.
const TEXT_BYTES: usize = 32 * 1024 * 1024;
const PIECE_BYTES: usize = 512 * 1024;
/// Runs of which the fastest counts.
const RUNS: usize = 5;

fn main() {
    let log =
        "2026-03-01T12:00:00.123Z INFO GET /konto/order/48213 200 1832 \"-\" \"Mozilla/5.0\"\n";
    let prose = "Vi återkommer när ärendet är klart, och förfrågan går då vidare till kundens egen support i Örebro.\n";
    let row = "10482211;2026-03-02;Kund 48211;19811228-9874;48213,50;070-174 06 05\n";
    let line = "{\"ts\":1770000123456,\"event\":\"order\",\"user\":{\"id\":482,\"email\":\"user482@example.org\"},\"items\":[48213,1932],\"total\":4821.50}\n";
    measure("log", "a.log", &repeated(log.as_bytes()));
    measure("prose, UTF-8", "a.txt", &repeated(prose.as_bytes()));
    let latin1: Vec<u8> = prose
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
        .collect();
    measure("prose, Latin-1", "a.txt", &repeated(&latin1));
    let wide: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(repeated_text(prose, TEXT_BYTES / 2).encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    measure("prose, UTF-16", "a.txt", &wide);
    measure("CSV", "a.csv", &repeated(row.as_bytes()));
    measure("NDJSON", "a.ndjson", &repeated(line.as_bytes()));
    let list = format!(
        "[{}]",
        repeated_text(&(line.trim_end().to_owned() + ",\n"), TEXT_BYTES)
            .trim_end()
            .trim_end_matches(',')
    );
    measure("JSON", "a.json", list.as_bytes());
}

fn repeated(unit: &[u8]) -> Vec<u8> {
    unit.iter()
        .copied()
        .cycle()
        .take(TEXT_BYTES / unit.len() * unit.len())
        .collect()
}

fn repeated_text(unit: &str, bytes: usize) -> String {
    unit.repeat(bytes / unit.len())
}

fn measure(what: &str, name: &str, bytes: &[u8]) {
    let mut buffer = vec![0; PIECE_BYTES];
    let copied = best(|| {
        for piece in bytes.chunks(PIECE_BYTES) {
            buffer[..piece.len()].copy_from_slice(piece);
            black_box(&buffer);
        }
    });
    let mut segments = 0;
    let decoded = best(|| {
        segments = 0;
        let mut decoder = Decoder::new(name.as_bytes(), Limits::default());
        let mut sink =
            |chunk: hemvist_decode::Chunk| segments += black_box(chunk).text().segments.len();
        for piece in bytes.chunks(PIECE_BYTES) {
            decoder.push(piece, &mut sink);
        }
        decoder.finish(&mut sink);
    });
    let rate = |seconds: f64| bytes.len() as f64 / 1e6 / seconds;
    println!(
        "{what:16}{:8.0} MB/s   copy {:8.0} MB/s   {segments} segments",
        rate(decoded),
        rate(copied)
    );
}

fn best(mut once: impl FnMut()) -> f64 {
    let runs = (0..RUNS).map(|_| {
        let started = seconds();
        once();
        seconds() - started
    });
    runs.fold(f64::MAX, f64::min)
}

/// Seconds that this process has had a processor, which other programs do not add to; the clock
/// where Linux does not say.
fn seconds() -> f64 {
    static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = stat
        .split(' ')
        .next()
        .and_then(|word| word.parse::<f64>().ok());
    nanoseconds.map_or_else(
        || STARTED.elapsed().as_secs_f64(),
        |nanoseconds| nanoseconds / 1e9,
    )
}
