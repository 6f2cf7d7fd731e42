//! Mixed text as companies have it: logs, CSV, JSON lines and prose, some of it with personal data.
//!
//! Everybody in it comes from reserved series. The same seed gives the same bytes.

use std::fmt::Write as _;

/// Bytes of one file of the mix.
pub(crate) const FILE_BYTES: usize = 4 * 1024 * 1024;

/// A small generator of numbers (`SplitMix64`): the mix must not depend on a library's version.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }
}

/// Twelve digits with a dash, birth number 980 to 999, check digit right.
pub(crate) fn personnummer(number: u64) -> String {
    let (year, month, day) = (
        1930 + number % 80,
        1 + number / 80 % 12,
        1 + number / 960 % 28,
    );
    let nine = format!(
        "{:02}{month:02}{day:02}{:03}",
        year % 100,
        980 + number / 26_880 % 20
    );
    let sum: u64 = nine
        .bytes()
        .enumerate()
        .map(|(index, digit)| u64::from(digit - b'0') * if index % 2 == 0 { 2 } else { 1 })
        .map(|product| product / 10 + product % 10)
        .sum();
    format!(
        "{year}{}-{}{}",
        &nine[2..6],
        &nine[6..],
        (10 - sum % 10) % 10
    )
}

/// The ending of a file's name and its content.
pub(crate) fn file(index: usize) -> (&'static str, String) {
    let mut numbers = Numbers::new(index as u64);
    let (ending, line): (_, fn(&mut Numbers, &mut String)) = match index % 10 {
        0..=3 => ("log", log_line),
        4..=5 => ("csv", csv_line),
        6 => ("ndjson", json_line),
        _ => ("txt", prose),
    };
    let mut text = String::with_capacity(FILE_BYTES + 1024);
    if ending == "csv" {
        text += "order;datum;kund;personnummer;belopp;telefon\n";
    }
    while text.len() < FILE_BYTES {
        line(&mut numbers, &mut text);
    }
    (ending, text)
}

fn log_line(n: &mut Numbers, text: &mut String) {
    let (h, m, s, ms) = (n.below(24), n.below(60), n.below(60), n.below(1000));
    _ = write!(
        text,
        "2026-03-{:02}T{h:02}:{m:02}:{s:02}.{ms:03}Z ",
        1 + n.below(28)
    );
    _ = match n.below(8) {
        0 => writeln!(
            text,
            "INFO 192.0.2.{} GET /konto/order/{} 200 {} \"-\" \"Mozilla/5.0\"",
            n.below(256),
            n.below(99_999),
            n.below(9_999)
        ),
        1 => writeln!(
            text,
            "WARN login failed for user{}@example.com from 198.51.100.{}",
            n.below(5_000),
            n.below(256)
        ),
        2 => writeln!(
            text,
            "DEBUG request {:016x}{:016x} took {} ms",
            n.below(u64::MAX),
            n.below(u64::MAX),
            n.below(900)
        ),
        3 => writeln!(
            text,
            "INFO worker-{} picked batch {} of 1.4.{} in 202603{:02}{h:02}{m:02}",
            n.below(16),
            n.below(9_999),
            n.below(30),
            1 + n.below(28)
        ),
        _ => writeln!(
            text,
            "INFO cache refreshed, {} entries kept, {} evicted, generation {}",
            n.below(90_000),
            n.below(900),
            n.below(9)
        ),
    };
}

pub(crate) fn csv_line(n: &mut Numbers, text: &mut String) {
    let person = n.below(400_000);
    let phone = 5 + n.below(95);
    _ = writeln!(
        text,
        "{};2026-03-{:02};Kund {person};{};{},{:02};070-174 06 {phone:02}",
        10_000_000 + n.below(9_999_999),
        1 + n.below(28),
        personnummer(person),
        n.below(99_999),
        n.below(100),
    );
}

fn json_line(n: &mut Numbers, text: &mut String) {
    let person = n.below(5_000);
    _ = writeln!(
        text,
        "{{\"ts\":{},\"event\":\"order\",\"user\":{{\"id\":{person},\"email\":\"user{person}@example.org\"}},\"items\":[{},{}],\"total\":{}.50}}",
        1_770_000_000_000 + n.below(9_999_999_999),
        n.below(99_999),
        n.below(99_999),
        n.below(9_999),
    );
}

const WORDS: [&str; 32] = [
    "och",
    "att",
    "det",
    "som",
    "en",
    "på",
    "är",
    "av",
    "för",
    "med",
    "till",
    "den",
    "har",
    "inte",
    "om",
    "ett",
    "the",
    "of",
    "and",
    "in",
    "service",
    "kund",
    "leverans",
    "faktura",
    "ärende",
    "återkoppling",
    "förfrågan",
    "avtal",
    "system",
    "backup",
    "server",
    "support",
];

fn prose(n: &mut Numbers, text: &mut String) {
    for _ in 0..60 + n.below(60) {
        *text += WORDS[n.below(WORDS.len() as u64) as usize];
        *text += if n.below(12) == 0 { ". " } else { " " };
    }
    if n.below(4) == 0 {
        _ = write!(
            text,
            "Kontakta user{}@example.com eller 070-174 06 {:02}.",
            n.below(5_000),
            5 + n.below(95)
        );
    }
    *text += "\n\n";
}
