//! Megabytes per second of the engine on one thread, beside one ASCII meta regex with a pattern
//! per InfoType, on the same seeded text: `cargo run --release --example throughput`,
//! or one kind of text alone: `… --example throughput rows`.
#![allow(clippy::print_stdout, reason = "a program that prints figures")]

use hemvist_detect::{Engine, Options, Scanned};
use hemvist_model::{Date, InfoType, Segment, Text};
use std::hint::black_box;
use std::time::Instant;

const TEXT_BYTES: usize = 256 << 20;
const CHUNK_BYTES: usize = 256 << 10;
const ROUNDS: usize = 3;

/// What the engine looks for, as plain patterns without checks of any kind.
const PATTERNS: [&str; 5] = [
    r"(?-u:\b)(?:[0-9]{2})?[0-9]{6}[-+ ]?[0-9]{4}(?-u:\b)",
    r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255}\.[A-Za-z]{2,24}",
    r"(?:\+[0-9]{1,3}|0)[0-9]{1,3}[ /.-]?[0-9]{2,4}(?:[ -]?[0-9]{2,4}){1,3}",
    r"(?-u:\b)[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?-u:\b)",
    r"(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}:){1,6}:[0-9A-Fa-f:]{1,30}",
];

fn main() {
    let kinds: [(&str, Make); 4] = [
        ("mixed", mixed),
        ("logs", log_line),
        ("rows", row),
        ("prose", sentence),
    ];
    let patterns = regex_automata::meta::Builder::new()
        .syntax(
            regex_automata::util::syntax::Config::new()
                .unicode(false)
                .utf8(false),
        )
        .build_many(&PATTERNS)
        .expect("the patterns are constants");
    let engine = Engine::new(Options {
        reference_date: Date {
            year: 2026,
            month: 6,
            day: 15,
        },
    });
    let wanted = std::env::args().nth(1);
    for (name, make) in kinds {
        if wanted.as_ref().is_some_and(|wanted| wanted != name) {
            continue;
        }
        let bytes = if name == "mixed" {
            TEXT_BYTES
        } else {
            TEXT_BYTES / 4
        };
        let text = generate(bytes, make);
        let mut found = Scanned::default();
        let ours = best(&text, |chunk| scan(&engine, chunk, &mut found));
        let theirs = best(&text, |chunk| patterns.find_iter(chunk).count());
        let read = best(&text, |chunk| {
            chunk
                .iter()
                .fold(0, |sum: usize, byte| sum ^ usize::from(*byte))
        });
        println!(
            "{name:6} engine {ours:6.0} MB/s   meta regex {theirs:6.0} MB/s   ratio {:.2}   read {read:.0} MB/s",
            ours / theirs
        );
        scan_all(&engine, &text);
    }
}

fn scan(engine: &Engine, chunk: &[u8], found: &mut Scanned) -> usize {
    found.clear();
    let end = u32::try_from(chunk.len()).expect("a chunk is small");
    let segment = Segment {
        start: 0,
        end,
        field: 0,
        row: 0,
        lead: 0,
        trail: 0,
        whole_value: false,
    };
    engine.scan(
        Text {
            bytes: chunk,
            segments: &[segment],
            fields: &[],
        },
        found,
    );
    found.detections.len()
}

fn scan_all(engine: &Engine, text: &[u8]) {
    let mut found = Scanned::default();
    let mut counts = [0usize; InfoType::ALL.len()];
    for chunk in text.chunks(CHUNK_BYTES) {
        scan(engine, chunk, &mut found);
        for detection in &found.detections {
            let index = InfoType::ALL
                .iter()
                .position(|one| *one == detection.info_type());
            counts[index.expect("a known type")] += 1;
        }
    }
    for (info_type, count) in InfoType::ALL.iter().zip(counts) {
        print!("    {info_type} {count}");
    }
    println!();
}

fn best(text: &[u8], mut examine: impl FnMut(&[u8]) -> usize) -> f64 {
    let (mut fastest, clock) = (f64::MAX, Instant::now());
    for _ in 0..ROUNDS {
        let start = thread_seconds(clock);
        for chunk in text.chunks(CHUNK_BYTES) {
            black_box(examine(black_box(chunk)));
        }
        fastest = fastest.min(thread_seconds(clock) - start);
    }
    text.len() as f64 / 1e6 / fastest
}

/// Seconds this thread has run, so that a busy machine does not change the figures; where the
/// system does not say, seconds since `clock`.
fn thread_seconds(clock: Instant) -> f64 {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ran = schedule
        .split(' ')
        .next()
        .and_then(|nanos| nanos.parse::<f64>().ok());
    ran.map_or_else(|| clock.elapsed().as_secs_f64(), |nanos| nanos / 1e9)
}

/// Appends a line of one kind of text.
type Make = fn(&mut Seed, &mut Vec<u8>);

/// SplitMix64: the same text in every run.
struct Seed(u64);

impl Seed {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }

    fn word(&mut self) -> &'static str {
        const WORDS: [&str; 24] = [
            "och",
            "kunden",
            "ringde",
            "om",
            "fakturan",
            "the",
            "request",
            "was",
            "handled",
            "enligt",
            "avtal",
            "after",
            "leverans",
            "till",
            "kontoret",
            "server",
            "with",
            "status",
            "ny",
            "beställning",
            "från",
            "lagret",
            "igår",
            "support",
        ];
        WORDS[self.next(24) as usize]
    }

    fn test_person(&mut self) -> String {
        let (year, month, day) = (self.next(100), 1 + self.next(12), 1 + self.next(28));
        let nine = format!("{year:02}{month:02}{day:02}{}", 980 + self.next(20));
        let sum: u32 = nine
            .bytes()
            .enumerate()
            .map(|(index, byte)| u32::from(byte - b'0') * (2 - index as u32 % 2))
            .map(|product| product / 10 + product % 10)
            .sum();
        let (date, tail) = nine.split_at(6);
        format!("{date}-{tail}{}", (10 - sum % 10) % 10)
    }

    fn phone(&mut self) -> String {
        format!("070-174 06 {:02}", 5 + self.next(95))
    }
}

fn generate(bytes: usize, make: Make) -> Vec<u8> {
    let mut seed = Seed(20_260_615);
    let mut text = Vec::with_capacity(bytes + 4096);
    while text.len() < bytes {
        make(&mut seed, &mut text);
    }
    text.truncate(bytes);
    text
}

fn mixed(seed: &mut Seed, out: &mut Vec<u8>) {
    match seed.next(10) {
        0..=3 => log_line(seed, out),
        4..=5 => row(seed, out),
        _ => sentence(seed, out),
    }
}

fn log_line(seed: &mut Seed, out: &mut Vec<u8>) {
    let (day, hour, minute, second) = (
        1 + seed.next(28),
        seed.next(24),
        seed.next(60),
        seed.next(60),
    );
    let line = format!(
        "2026-05-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z INFO [worker-{}] api::http: request id={:016x} \
         client=192.0.2.{} status=200 bytes={} took={}.{}ms path=/v1/orders/{}/items agent=\"Mozilla/5.0 (X11)\"\n",
        seed.next(1000),
        seed.next(16),
        seed.next(u64::MAX),
        seed.next(256),
        seed.next(100_000),
        seed.next(900),
        seed.next(10),
        seed.next(10_000_000),
    );
    out.extend_from_slice(line.as_bytes());
}

fn row(seed: &mut Seed, out: &mut Vec<u8>) {
    let (person, phone) = (seed.test_person(), seed.phone());
    let line = format!(
        "{};{person};{} {};user{}@example.com;{phone};{}.{:02};2025-{:02}-{:02} 08:15:00;{};Laxvägen {}\n",
        seed.next(1_000_000),
        seed.word(),
        seed.word(),
        seed.next(100_000),
        seed.next(10_000),
        seed.next(100),
        1 + seed.next(12),
        1 + seed.next(28),
        seed.word(),
        seed.next(100),
    );
    out.extend_from_slice(line.as_bytes());
}

fn sentence(seed: &mut Seed, out: &mut Vec<u8>) {
    for _ in 0..20 + seed.next(40) {
        out.extend_from_slice(seed.word().as_bytes());
        out.push(b' ');
    }
    match seed.next(12) {
        0 => out.extend_from_slice(format!("personnummer {}", seed.test_person()).as_bytes()),
        1 => out.extend_from_slice(format!("telefon {}", seed.phone()).as_bytes()),
        2 => out.extend_from_slice(format!("user{}@example.org", seed.next(1000)).as_bytes()),
        3 => out.extend_from_slice(format!("{} kr", seed.next(10_000)).as_bytes()),
        _ => {}
    }
    out.extend_from_slice(b".\n");
}
