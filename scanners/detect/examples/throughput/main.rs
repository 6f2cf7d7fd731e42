//! Megabytes per second of the engine on one and on two threads, beside one ASCII meta regex with
//! a pattern per InfoType and a plain read of memory, on the same seeded text; then dense and
//! hostile texts, and what each detector costs: `cargo run --release --example throughput`.
//! With the name of a kind of text, that kind alone; with `engine` after it, the engine alone.
#![allow(clippy::print_stdout, reason = "a program that prints figures")]

mod clock;
mod texts;

use clock::{Best, thread_seconds};
use hemvist_detect::{Engine, Options, Scanned};
use hemvist_model::{Date, InfoType, Segment, Text};
use regex_automata::meta::Regex;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use texts::{HOSTILE, KINDS, Make, generate};

/// The mix has it whole, the other kinds a quarter.
const TEXT_BYTES: usize = 256 << 20;
const HOSTILE_BYTES: usize = 8 << 20;
const CHUNK_BYTES: usize = 256 << 10;
const ROUNDS: usize = 5;

/// The InfoTypes from there on are found by words.
const FIRST_OF_WORDS: usize = InfoType::PostalAddress as usize - 1;

/// One InfoType of each family that is found by its shape: what the others of it cost as well.
const FAMILIES: [InfoType; 10] = [
    InfoType::SePersonnummer,
    InfoType::EmailAddress,
    InfoType::PhoneNumber,
    InfoType::IpAddress,
    InfoType::Iban,
    InfoType::SeBankAccount,
    InfoType::SeBankgiro,
    InfoType::SePlusgiro,
    InfoType::PaymentCard,
    InfoType::MacAddress,
];

/// What the engine looks for, as plain patterns without checks of any kind.
const PATTERNS: [&str; 5] = [
    r"(?-u:\b)(?:[0-9]{2})?[0-9]{6}[-+ ]?[0-9]{4}(?-u:\b)",
    r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255}\.[A-Za-z]{2,24}",
    r"(?:\+[0-9]{1,3}|0)[0-9]{1,3}[ /.-]?[0-9]{2,4}(?:[ -]?[0-9]{2,4}){1,3}",
    r"(?-u:\b)[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?-u:\b)",
    r"(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}:){1,6}:[0-9A-Fa-f:]{1,30}",
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |name: &str| arguments.first().is_none_or(|wanted| wanted == name);
    let engine_alone = arguments.get(1).is_some_and(|word| word == "engine");
    let mut mixed = None;
    for (name, make) in KINDS.into_iter().filter(|(name, _)| wanted(name)) {
        let bytes = TEXT_BYTES / if name == "mixed" { 1 } else { 4 };
        let text = generate(bytes, make);
        let rate = if engine_alone {
            engine_only(name, &text)
        } else {
            side_by_side(name, &text)
        };
        mixed = mixed.or((name == "mixed").then_some(rate));
    }
    if let Some(mixed) = mixed.filter(|_| arguments.is_empty()) {
        hostile(mixed);
        costs();
    }
}

fn engine() -> Engine {
    Engine::new(Options {
        reference_date: Date {
            year: 2026,
            month: 6,
            day: 15,
        },
    })
}

fn meta_regex() -> Regex {
    let ascii = regex_automata::util::syntax::Config::new()
        .unicode(false)
        .utf8(false);
    regex_automata::meta::Builder::new()
        .syntax(ascii)
        .build_many(&PATTERNS)
        .expect("the patterns are constants")
}

fn engine_only(name: &str, text: &[u8]) -> f64 {
    let (engine, mut found, mut best) = (engine(), Scanned::default(), Best::default());
    for _ in 0..ROUNDS {
        best.measure(|| scan_all(&engine, text, &mut found));
    }
    let rate = best.rate(text.len());
    println!("{name:6} engine {rate:5.0} MB/s");
    everything(text, &mut found, best.seconds());
    rate
}

/// What it costs to look for names, addresses, secrets and sensitive terms as well.
fn everything(text: &[u8], found: &mut Scanned, without: f64) {
    let (engine, mut best) = (engine().with_everything(), Best::default());
    let mut counts = [0; InfoType::ALL.len()];
    for _ in 0..ROUNDS {
        best.measure(|| counts = scan_all(&engine, text, found));
    }
    let rate = best.rate(text.len());
    let words = text.len() as f64 / 1e6 / (best.seconds() - without).max(1e-9);
    print!("       with words {rate:5.0} MB/s, which alone are {words:.0} MB/s; findings:");
    for (info_type, count) in InfoType::ALL.iter().zip(counts).skip(FIRST_OF_WORDS) {
        print!(" {info_type} {count}");
    }
    println!();
}

/// All sides in turn, so that what disturbs the machine disturbs all of them.
fn side_by_side(name: &str, text: &[u8]) -> f64 {
    let (engine, patterns, mut found) = (engine(), meta_regex(), Scanned::default());
    let (mut ours, mut theirs) = (Best::default(), Best::default());
    let (mut read, mut pair) = (Best::default(), Best::default());
    let (mut counts, mut spans) = ([0; InfoType::ALL.len()], Vec::new());
    for _ in 0..ROUNDS {
        ours.measure(|| counts = scan_all(&engine, text, &mut found));
        theirs.measure(|| {
            for chunk in text.chunks(CHUNK_BYTES) {
                spans.clear();
                spans.extend(patterns.find_iter(black_box(chunk)));
            }
        });
        pair.take(on_two_threads(&engine, text));
        read.measure(|| read_all(text));
    }
    let [ours, theirs, pair, read] = [ours, theirs, pair, read].map(|best| best.rate(text.len()));
    println!(
        "{name:6} engine {ours:5.0} MB/s, two threads {pair:5.0} (x {:.2}); meta regex {theirs:4.0} (x {:.2}); \
         memory read {read:.0}",
        pair / ours,
        ours / theirs
    );
    print!("       findings:");
    for (info_type, count) in InfoType::ALL.iter().zip(counts) {
        print!(" {info_type} {count}");
    }
    println!();
    everything(text, &mut found, text.len() as f64 / 1e6 / ours);
    ours
}

fn hostile(mixed: f64) {
    let (engine, mut found) = (engine(), Scanned::default());
    let mut slowest = f64::MAX;
    for (name, make) in HOSTILE {
        let text = generate(HOSTILE_BYTES, make);
        let mut best = Best::default();
        let mut findings = 0;
        for _ in 0..ROUNDS {
            best.measure(|| findings = scan_all(&engine, &text, &mut found).iter().sum::<usize>());
        }
        let rate = best.rate(text.len());
        slowest = slowest.min(rate);
        println!("{name:18} {rate:5.0} MB/s, {findings} findings");
    }
    println!("slowest: {:.0} % of mixed", 100.0 * slowest / mixed);
}

/// What is saved on the mix when the detectors of one family are left out.
fn costs() {
    let mix: Make = KINDS[0].1;
    let text = generate(TEXT_BYTES / 8, mix);
    let kinds: Vec<Option<InfoType>> = std::iter::once(None)
        .chain(FAMILIES.into_iter().map(Some))
        .collect();
    let mut found = Scanned::default();
    let mut bests: Vec<Best> = kinds.iter().map(|_| Best::default()).collect();
    let mut counts = vec![0; kinds.len()];
    for _ in 0..2 * ROUNDS {
        for ((kind, best), count) in kinds.iter().zip(&mut bests).zip(&mut counts) {
            let engine = match kind {
                Some(info_type) => engine().without(*info_type),
                None => engine(),
            };
            best.measure(|| *count = scan_all(&engine, &text, &mut found).iter().sum::<usize>());
        }
    }
    let (full, all) = (bests[0].seconds(), counts[0]);
    for (kind, (best, count)) in kinds.iter().zip(bests.iter().zip(counts)).skip(1) {
        let saved = (full - best.seconds()).max(0.0);
        let (name, share) = (kind.map_or("", InfoType::as_str), 100.0 * saved / full);
        match all.saturating_sub(count) {
            0 => println!("{name:22} {share:3.0} % of the time, to find nothing"),
            findings => println!(
                "{name:22} {share:3.0} % of the time, {:4.0} ns for each of {findings} findings",
                saved * 1e9 / findings as f64,
            ),
        }
    }
}

/// How many findings of each InfoType.
fn scan_all(engine: &Engine, text: &[u8], found: &mut Scanned) -> [usize; InfoType::ALL.len()] {
    let mut counts = [0; InfoType::ALL.len()];
    for chunk in text.chunks(CHUNK_BYTES) {
        scan(engine, chunk, found);
        for detection in &found.detections {
            counts[usize::from(detection.info_type().code()) - 1] += 1;
        }
    }
    counts
}

fn scan(engine: &Engine, chunk: &[u8], found: &mut Scanned) {
    found.clear();
    let segment = Segment {
        start: 0,
        end: u32::try_from(chunk.len()).expect("a chunk is small"),
        field: 0,
        row: 0,
        lead: 0,
        trail: 0,
        whole_value: false,
    };
    let text = Text {
        bytes: black_box(chunk),
        segments: &[segment],
        fields: &[],
    };
    engine.scan(text, found);
}

/// The seconds of the thread that took longer.
fn on_two_threads(engine: &Engine, text: &[u8]) -> f64 {
    let next = AtomicUsize::new(0);
    let work = || {
        let (start, mut found) = (thread_seconds(), Scanned::default());
        loop {
            let from = next.fetch_add(CHUNK_BYTES, Ordering::Relaxed);
            let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) else {
                return thread_seconds() - start;
            };
            scan(engine, &rest[..CHUNK_BYTES.min(rest.len())], &mut found);
        }
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(work);
        let ours = work();
        other.join().expect("scanning does not panic").max(ours)
    })
}

/// What any scanner must do at least: touch every byte.
fn read_all(text: &[u8]) -> u64 {
    let (words, _) = text.as_chunks::<8>();
    words
        .iter()
        .fold(0, |sum, word| sum ^ u64::from_ne_bytes(*word))
}
