//! What looks like personal data and is not, as it stands among other things in a document.
//!
//! Only what a person would not take for an identity number either: numbers that could be one are
//! counted by the million, apart from this (`negatives`).

use crate::numbers::Numbers;
use crate::secrets::with_luhn;

/// A moment as machines write it.
pub(crate) fn stamp(n: &mut Numbers) -> String {
    let (year, month, day) = (n.between(2019, 2026), n.between(1, 12), n.between(1, 28));
    let (hour, minute, second) = (n.below(24), n.below(60), n.below(60));
    match n.below(5) {
        0 => format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
        1 => format!("{day:02}/{month:02}/{year} {hour:02}.{minute:02}"),
        2 => format!("{year}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z"),
        _ => format!(
            "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z",
            n.below(1000)
        ),
    }
}

/// A UUID, version 4.
pub(crate) fn uuid(n: &mut Numbers) -> String {
    let (high, low) = (n.any(), n.any());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0xFFF,
        0x8000 | (low >> 48 & 0x3FFF),
        low & 0xFFFF_FFFF_FFFF
    )
}

/// As many hexadecimal digits.
pub(crate) fn hex(n: &mut Numbers, digits: usize) -> String {
    let mut text = String::new();
    while text.len() < digits {
        text += &format!("{:016x}", n.any());
    }
    text.truncate(digits);
    text
}

/// Something technical with digits, dots, colons or an `@`.
pub(crate) fn technical(n: &mut Numbers) -> String {
    let (a, b, c) = (n.below(20), n.below(30), n.below(90));
    match n.below(16) {
        0 => format!("v{a}.{b}.{c}"),
        1 => format!("version {a}.{b}.{c}.{}", n.below(9)),
        2 => format!("1.3.6.1.4.1.{}.{a}.{b}", n.between(300, 60_000)),
        3 => format!("@angular/router@{a}.{b}.{c}"),
        4 => format!("git@git.example.com:team{a}/repo.git"),
        5 => {
            let user = n.pick(&["user:password", "bot:$TOKEN", "bot:<password>"]);
            format!("https://{user}@ci.example.com/build/{b}")
        }
        6 => format!("icon-{c}@2x.png"),
        7 => format!("root@host{a}:~#"),
        8 => format!("kapitel {a}.{b}.{c}"),
        9 => format!("{a},{c:02} kr"),
        10 => format!("59.{:06}, 18.{:06}", n.below(1_000_000), n.below(1_000_000)),
        11 => format!("std::vec::Vec<u{}>", n.pick(&["8", "16", "32"])),
        // Eight pairs: no MAC address, and no IPv6 address.
        12 => {
            let pairs = [a, b, c, 0xff, 0xfe, a + 7, b + 9, c + 3];
            pairs.map(|pair| format!("{pair:02x}")).join(":")
        }
        13 => uuid(n),
        14 => hex(n, 64),
        _ => format!("sha256:{}", hex(n, 64)),
    }
}

/// A number that people have to do with and that names nobody.
pub(crate) fn reference(n: &mut Numbers) -> String {
    match n.below(7) {
        0 => format!("order {}", n.between(10_000, 999_999)),
        1 => format!("faktura F-{}", n.between(100_000, 9_999_999)),
        2 => format!("ärende {}-{:05}", n.between(2019, 2026), n.below(99_999)),
        3 => format!("{} st", n.between(2, 4000)),
        4 => format!("{} kr", n.between(10, 99_999)),
        5 => format!("Dnr {}/{:04}", n.between(2019, 2026), n.below(9999)),
        _ => format!("avsnitt {}", n.between(1, 40)),
    }
}

/// A number that would be a giro number or a contract's, said of something else.
pub(crate) fn other_number(n: &mut Numbers) -> String {
    let digits = n.between(6, 8) as u32;
    with_luhn(
        &n.between(10_u64.pow(digits - 1), 10_u64.pow(digits) - 1)
            .to_string(),
    )
}

/// A bankgiro number with a wrong check digit.
pub(crate) fn mistyped_giro(n: &mut Numbers) -> String {
    let digits = mistyped(n, 7);
    let (head, tail) = digits.split_at(3);
    format!("{head}-{tail}")
}

/// An account of no bank: no clearing number begins so.
pub(crate) fn unbanked_account(n: &mut Numbers) -> String {
    format!(
        "21{}-{}",
        n.between(10, 99),
        n.between(1_000_000, 9_999_999)
    )
}

/// So many digits whose check digit is wrong.
pub(crate) fn mistyped(n: &mut Numbers, digits: u32) -> String {
    let text = with_luhn(
        &n.between(10_u64.pow(digits - 2), 10_u64.pow(digits - 1) - 1)
            .to_string(),
    );
    let (head, last) = text.split_at(text.len() - 1);
    let last = last.parse::<u64>().unwrap_or_default();
    format!("{head}{}", (last + n.between(1, 9)) % 10)
}

/// A number one calls that is nobody's own.
pub(crate) fn service_number(n: &mut Numbers) -> &'static str {
    n.pick(&["112", "113 13", "114 14", "1177", "118 118", "90 200"])
}
