//! Texts full of escapes and codes that hold no value: none of the four main kinds is likely in
//! them. Kinds that live by short labels (`pg`) are measured by the corpus.

use crate::base64::encode;
use crate::values::*;
use hemvist_model::{InfoType, Likelihood};

/// Of ten thousand instances, how many may look like a value.
const FALSE_PER_10_000_MAX: usize = 1;
const TEXTS: usize = 10_000;
const MAIN: [InfoType; 5] = [
    InfoType::SePersonnummer,
    InfoType::SeSamordningsnummer,
    InfoType::EmailAddress,
    InfoType::PhoneNumber,
    InfoType::IpAddress,
];

#[track_caller]
fn check(name: &str, make: impl Fn(&mut Seed) -> String) {
    let mut seed = Seed::new(name);
    let mut wrong = Vec::new();
    for _ in 0..TEXTS {
        let text = make(&mut seed);
        let lines = found(text.as_bytes());
        if lines.iter().any(|(info_type, _, _, likelihood)| {
            MAIN.contains(info_type) && *likelihood >= Likelihood::Likely
        }) {
            wrong.push(format!("{text}: {lines:?}"));
        }
    }
    assert!(
        wrong.len() <= FALSE_PER_10_000_MAX,
        "{name}: {}\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn bytes(seed: &mut Seed, count: usize) -> Vec<u8> {
    (0..count)
        .map(|_| u8::try_from(seed.below(256)).unwrap())
        .collect()
}

fn hex(seed: &mut Seed, digits: usize) -> String {
    (0..digits)
        .map(|_| {
            seed.pick(&[
                '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
            ])
        })
        .collect()
}

#[test]
fn uuids_and_hashes() {
    check("uuid", |seed| {
        format!(
            "id={}-{}-4{}-a{}-{}",
            hex(seed, 8),
            hex(seed, 4),
            hex(seed, 3),
            hex(seed, 3),
            hex(seed, 12)
        )
    });
    check("sha256", |seed| {
        format!("sha256:{} sha1={}", hex(seed, 64), hex(seed, 40))
    });
}

#[test]
fn base64_noise() {
    check("base64", |seed| {
        let noise = bytes(seed, 96);
        encode(
            &noise,
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
            true,
        )
    });
}

#[test]
fn percent_heavy_urls() {
    check("percent", |seed| {
        let escapes: String = bytes(seed, 30)
            .iter()
            .map(|byte| format!("%{byte:02X}"))
            .collect();
        format!(
            "https://example.com/s?q={escapes}&page={}%20{}&ts=17{:08}",
            seed.below(1000),
            seed.below(1_000_000),
            seed.below(100_000_000)
        )
    });
}

#[test]
fn minified_scripts() {
    check("script", |seed| {
        let name = |seed: &mut Seed| seed.pick(&["a", "at", "e", "t", "dot", "n", "i"]);
        (0..20)
            .map(|_| {
                let (a, b, c) = (name(seed), name(seed), name(seed));
                match seed.below(7) {
                    0 => format!("if({a}){b}.call({c});"),
                    1 => format!(
                        "{a}[{b}].{c}=\"\\x{:02x}\\n\\u{:04x}\";",
                        seed.below(256),
                        seed.below(65536)
                    ),
                    2 => format!("{a}&&({b}={}<<{});", seed.below(1_000_000), seed.below(32)),
                    3 => format!(
                        "{a}={b}%{:02}+{c}[{}];",
                        seed.below(100),
                        seed.below(10_000)
                    ),
                    4 => format!("for({a}=0;{a}<{b};{a}++){c}+={:x};", seed.below(1 << 24)),
                    5 => format!("{a}=/[{b}][.][0-9]+/g,{b}(at).{c};"),
                    _ => format!("@{a}<{b}>{c}({});", seed.below(100_000)),
                }
            })
            .collect()
    });
}

#[test]
fn keys_with_values_are_no_quoted_printable() {
    let mut seed = Seed::new("keys");
    for _ in 0..INSTANCES {
        let value = identity(&mut seed);
        let key = seed.pick(&["id", "pnr", "pnr2", "x_1", "a[0]"]);
        let text = format!("{key}={}&b=20", value.plain);
        let lines = found(text.as_bytes());
        let [(_, canonical, range, _)] = lines.as_slice() else {
            panic!("{text}: {lines:?}")
        };
        assert!(
            *canonical == value.canonical && text[range.clone()] == value.plain,
            "{text}: {lines:?}"
        );
    }
}
