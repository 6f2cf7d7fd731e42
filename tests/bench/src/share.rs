//! Files as a company's share holds them, of all sizes: logs, source code, prose, exports, JSON.
//!
//! Most lines name nobody. Whoever is named comes from reserved series; the same seed gives the
//! same bytes.

use std::fmt::Write as _;

use crate::mix::{self, Numbers};

/// Sizes go from this to twice as much again and again.
const FILE_BYTES_MIN: usize = 2 * 1024;
/// How often a size may double: to 4 MiB.
const DOUBLINGS: u64 = 12;

/// Appends a line or a paragraph.
type Make = fn(&mut Numbers, &mut String);

/// The ending of a file's name and its content.
pub(crate) fn file(index: usize) -> (&'static str, String) {
    let mut n = Numbers::new(0x5eed + index as u64);
    let size = FILE_BYTES_MIN << n.below(DOUBLINGS);
    let size = size + n.below(size as u64) as usize;
    let (ending, make): (_, Make) = match index % 16 {
        0..=4 => ("log", log),
        5..=7 => ("rs", code),
        8 => ("py", script),
        9..=11 => ("md", page),
        12 => ("txt", letter),
        13 => ("ndjson", event),
        14 => ("csv", order),
        _ => ("csv", mix::csv_line),
    };
    let mut text = String::with_capacity(size + 4096);
    text += match ending {
        "csv" => "order;datum;kund;personnummer;belopp;telefon\n",
        _ => "",
    };
    while text.len() < size {
        make(&mut n, &mut text);
    }
    (ending, text)
}

fn pick<'a>(n: &mut Numbers, words: &[&'a str]) -> &'a str {
    words[n.below(words.len() as u64) as usize]
}

fn log(n: &mut Numbers, text: &mut String) {
    let levels = ["INFO", "INFO", "INFO", "DEBUG", "WARN"];
    let (level, module) = (pick(n, &levels), pick(n, &["http", "db", "cache", "queue"]));
    let (h, m, s) = (n.below(24), n.below(60), n.below(60));
    _ = write!(
        text,
        "2026-03-{:02}T{h:02}:{m:02}:{s:02}.{:03}Z {level} [worker-{}] shop::{module}: ",
        1 + n.below(28),
        n.below(1000),
        n.below(16)
    );
    _ = match n.below(10) {
        0 => writeln!(
            text,
            "GET /api/v1/orders/{} 200 client=192.0.2.{} took={}.{} ms",
            n.below(99_999),
            n.below(256),
            n.below(900),
            n.below(10)
        ),
        1 => writeln!(
            text,
            "Order {} confirmed, mail sent to user{}@example.com",
            n.below(99_999),
            n.below(5_000)
        ),
        2 => writeln!(
            text,
            "Connection pool \"primary\": {} idle, {} busy, limit = {}",
            n.below(20),
            n.below(20),
            40
        ),
        3 => writeln!(text, "trace id={:016x} sampled=false", n.below(u64::MAX)),
        _ => writeln!(
            text,
            "Cache refreshed: {} entries kept, {} evicted, generation {}",
            n.below(90_000),
            n.below(900),
            n.below(9)
        ),
    };
}

const NAMES: [&str; 12] = [
    "order", "customer", "total", "index", "buffer", "request", "result", "limit", "cursor",
    "items", "state", "path",
];
const TYPES: [&str; 8] = [
    "String",
    "Vec<u8>",
    "usize",
    "Option<Order>",
    "Result<Reply, Error>",
    "bool",
    "Path",
    "Money",
];

fn code(n: &mut Numbers, text: &mut String) {
    let (one, two, three) = (pick(n, &NAMES), pick(n, &NAMES), pick(n, &NAMES));
    _ = writeln!(
        text,
        "/// Returns the {one} of a {two}, or an error when the {three} is not known yet.\n\
         pub fn {one}_of({two}: &{}, {three}: {}) -> {} {{",
        pick(n, &TYPES),
        pick(n, &TYPES),
        pick(n, &TYPES)
    );
    for _ in 0..2 + n.below(10) {
        let (one, two) = (pick(n, &NAMES), pick(n, &NAMES));
        _ = match n.below(4) {
            0 => writeln!(
                text,
                "    let {one} = self.{two}.get({}).ok_or(Error::Unknown)?;",
                n.below(64)
            ),
            1 => writeln!(
                text,
                "    if {one}.len() > {}_MAX || {two} == Kind::Empty {{\n        return Err(Error::too_long(\"{one}\"));\n    }}",
                two.to_uppercase()
            ),
            2 => writeln!(
                text,
                "    // The {one} comes first: nobody asks for a {two} that is not there."
            ),
            _ => writeln!(
                text,
                "    self.{one}.extend({two}.iter().map(|one| one.{one}()));"
            ),
        };
    }
    *text += "    Ok(result)\n}\n\n";
}

fn script(n: &mut Numbers, text: &mut String) {
    let (one, two) = (pick(n, &NAMES), pick(n, &NAMES));
    _ = writeln!(
        text,
        "def load_{one}(self, {two}=None, timeout={}):\n    \"\"\"Loads the {one} from the {two} of the Shop.\"\"\"\n    \
         {one} = self.client.get(f\"https://shop.example.com/api/{one}/{{{two}}}\", timeout=timeout)\n    \
         logger.debug(\"loaded %s: %d items\", {one}, len({two}))\n    return {one}[\"{two}\"]\n",
        n.below(60)
    );
}

const SWEDISH: [&str; 24] = [
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
    "har",
    "inte",
    "kunden",
    "leveransen",
    "fakturan",
    "ärendet",
    "återkoppling",
    "förfrågan",
    "avtalet",
    "systemet",
    "Göteborg",
    "Avdelningen",
    "lagret",
];
const ENGLISH: [&str; 24] = [
    "the",
    "of",
    "and",
    "in",
    "to",
    "is",
    "that",
    "for",
    "with",
    "service",
    "request",
    "server",
    "when",
    "not",
    "configuration",
    "Docker",
    "Linux",
    "be",
    "file",
    "which",
    "option",
    "default",
    "European",
    "Union",
];

fn paragraph(n: &mut Numbers, words: &[&str], text: &mut String) {
    for _ in 0..3 + n.below(5) {
        let first = pick(n, words);
        let mut letters = first.chars();
        text.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        *text += letters.as_str();
        for _ in 0..6 + n.below(14) {
            *text += if n.below(12) == 0 { ", " } else { " " };
            *text += pick(n, words);
        }
        *text += ". ";
    }
    text.truncate(text.trim_end().len());
    *text += "\n\n";
}

fn page(n: &mut Numbers, text: &mut String) {
    let words = if n.below(2) == 0 { &SWEDISH } else { &ENGLISH };
    if n.below(3) == 0 {
        _ = writeln!(
            text,
            "## Installing Order Service {}.{}\n",
            n.below(9),
            n.below(20)
        );
    }
    if n.below(5) == 0 {
        _ = writeln!(
            text,
            "* See [the manual](https://www.example.com/manual/{}.html)\n",
            pick(n, &NAMES)
        );
    }
    paragraph(n, words, text);
}

fn letter(n: &mut Numbers, text: &mut String) {
    *text += "Hej!\n\n";
    for _ in 0..1 + n.below(4) {
        paragraph(n, &SWEDISH, text);
    }
    let given = pick(n, &["Anna", "Erik", "Åsa", "Maria", "Lars"]);
    let family = pick(n, &["Lindqvist", "Berg", "Öberg", "Andersson"]);
    _ = writeln!(
        text,
        "Med vänlig hälsning\n{given} {family}\nLaxvägen {}, 524 32 Herrljunga\nTelefon 070-174 06 {:02}\n",
        1 + n.below(80),
        5 + n.below(95)
    );
}

fn event(n: &mut Numbers, text: &mut String) {
    _ = writeln!(
        text,
        "{{\"time\":\"2026-03-{:02}T{:02}:00:00Z\",\"event\":\"{}\",\"service\":\"shop\",\"attributes\":{{\"{}\":\"{}\",\"count\":{},\"ok\":true}},\"message\":\"The {} was {} in time\"}}",
        1 + n.below(28),
        n.below(24),
        pick(n, &["created", "updated", "removed"]),
        pick(n, &NAMES),
        pick(n, &ENGLISH),
        n.below(99_999),
        pick(n, &NAMES),
        pick(n, &["created", "stored", "sent"])
    );
}

fn order(n: &mut Numbers, text: &mut String) {
    _ = writeln!(
        text,
        "{};2026-03-{:02};{};;{},{:02};",
        10_000_000 + n.below(9_999_999),
        1 + n.below(28),
        pick(n, &["Lagret", "Butiken", "Postorder", "Kontoret"]),
        n.below(99_999),
        n.below(100)
    );
}
