//! Values inside base64: the quanta that hold them are what an edit must take.

use crate::values::*;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

pub(crate) fn encode(bytes: &[u8], alphabet: &[u8; 64], padded: bool) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let all = group
            .iter()
            .fold(0_u32, |all, byte| all << 8 | u32::from(*byte))
            << (8 * (3 - group.len()));
        for index in 0..=group.len() {
            text.push(char::from(
                alphabet[(all >> (18 - 6 * index) & 63) as usize],
            ));
        }
        if padded {
            text += &"=".repeat(3 - group.len());
        }
    }
    text
}

fn check(name: &str, make: Make, write: impl Fn(&mut Seed, &[u8]) -> String, width: usize) {
    let mut seed = Seed::new(name);
    let mut wrong = Vec::new();
    for _ in 0..INSTANCES {
        let value = make(&mut seed);
        let before = seed.pick(&["", "{\"v\":\"", "ny kund som heter ", "namn=x; nummer "]);
        let after = seed.pick(&["", "\",\"b\":1}", " och mer text efter", "; slut"]);
        let inner = format!("{before}{}{after}", value.plain);
        let encoded = write(&mut seed, inner.as_bytes());
        let text = format!("data: {encoded} .");
        let line_ends = |quanta: usize| match width {
            0 => 0,
            width => 2 * (quanta * 4 / width),
        };
        let first = before.len() / 3;
        let last = (before.len() + value.plain.len()).div_ceil(3);
        let place = 6 + first * 4 + line_ends(first)
            ..(6 + last * 4 + line_ends(last - 1)).min(6 + encoded.len());
        let lines = found(text.as_bytes());
        if !matches!(lines.as_slice(), [(_, canonical, range, _)] if *canonical == value.canonical && *range == place)
        {
            wrong.push(format!("{inner} {text} {place:?}: {lines:?}"));
        }
    }
    assert!(
        wrong.len() * 100 <= INSTANCES,
        "{}: {}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn base64_runs() {
    for (kind, make) in [
        ("identity", identity as Make),
        ("e-mail", email),
        ("phone", phone),
    ] {
        check(kind, make, |_, bytes| encode(bytes, STANDARD, true), 0);
    }
}

#[test]
fn base64_for_urls_without_padding() {
    check("url", email, |_, bytes| encode(bytes, URL, false), 0);
}

#[test]
fn base64_in_lines() {
    let lines = |_: &mut Seed, bytes: &[u8]| {
        let text = encode(bytes, STANDARD, true);
        let lines: Vec<&str> = (0..text.len())
            .step_by(20)
            .map(|at| &text[at..text.len().min(at + 20)])
            .collect();
        lines.join("\r\n")
    };
    check("lines", identity, lines, 20);
}
