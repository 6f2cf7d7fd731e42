//! The texts that are measured: seeded, so the same in every run, with identities from reserved
//! series only. 1 GB of the mix holds 5.3 million findings, as dense as real data of such kinds.

/// What is measured beside the meta regex.
pub(crate) const KINDS: [(&str, Make); 4] = [
    ("mixed", mixed),
    ("logs", log_line),
    ("rows", row),
    ("prose", sentence),
];

/// Dense data, and what would hurt a scanner that looks at every place: measured against the mix.
pub(crate) const HOSTILE: [(&str, Make); 16] = [
    ("identity numbers", |seed, out| {
        push(out, &format!("{}\n", seed.test_person()))
    }),
    ("e-mail addresses", |seed, out| {
        let user = seed.next(100_000);
        push(out, &format!("user{user}@example.com\n"));
    }),
    ("phone numbers", |seed, out| {
        push(out, &format!("{}\n", seed.phone()))
    }),
    ("IPv4 addresses", |seed, out| {
        push(out, &format!("192.0.2.{}\n", seed.next(256)))
    }),
    ("IPv6 addresses", |seed, out| {
        push(out, &format!("2001:db8::{:x}\n", seed.next(65_536)))
    }),
    ("timestamps", |seed, out| {
        let (day, hour, minute) = (1 + seed.next(28), seed.next(24), seed.next(60));
        push(out, &format!("202605{day:02}{hour:02}{minute:02} "));
    }),
    ("digits in tens", |seed, out| {
        push(out, &format!("{:010} ", seed.next(10_000_000_000)))
    }),
    ("hex", |seed, out| {
        push(out, &format!("{:016x}-", seed.next(u64::MAX)))
    }),
    ("one digit run", |_, out| push(out, "0123456789")),
    ("zeros in pairs", |_, out| push(out, "00 ")),
    ("@", |_, out| push(out, "@")),
    (":", |_, out| push(out, ":")),
    ("a:", |_, out| push(out, "a:")),
    ("1.", |_, out| push(out, "1.")),
    ("a.a@a.", |_, out| push(out, "a.a@a.")),
    ("%40", |_, out| push(out, "%40")),
];

/// Appends a line of one kind of text.
pub(crate) type Make = fn(&mut Seed, &mut Vec<u8>);

/// SplitMix64: the same text in every run.
pub(crate) struct Seed(u64);

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

pub(crate) fn generate(bytes: usize, make: Make) -> Vec<u8> {
    let mut seed = Seed(20_260_615);
    let mut text = Vec::with_capacity(bytes + 4096);
    while text.len() < bytes {
        make(&mut seed, &mut text);
    }
    text.truncate(bytes);
    text
}

/// Four lines in ten are logs, two are rows of a customer table, four are sentences.
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

fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}
