//! Values to plant, in many spellings, with what they mean.
//!
//! Reserved series only, and what is made for tests: birth numbers 980 to 999 (Skatteverket's test series), the phone numbers
//! that PTS keeps for fiction, the IP ranges of RFC 5737 and RFC 3849, the domains of RFC 2606.

use std::net::Ipv6Addr;

use hemvist_model::InfoType;

use crate::numbers::Numbers;

/// A value as it is written and as it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Its kind.
    pub info_type: InfoType,
    /// As written.
    pub text: String,
    /// The canonical Identifier.
    pub identifier: String,
    /// Whether nothing in its spelling tells it from an order number.
    pub bare: bool,
}

/// The years in which people of the corpus are born, both included.
const BORN: (u64, u64) = (1932, 2024);

/// The check digit over nine digits (Skatteverket SKV 704).
pub(crate) fn check_digit(nine: &str) -> u64 {
    let products = nine
        .bytes()
        .enumerate()
        .map(|(index, digit)| u64::from(digit - b'0') * if index % 2 == 0 { 2 } else { 1 });
    let sum: u64 = products.map(|product| product / 10 + product % 10).sum();
    (10 - sum % 10) % 10
}

impl Value {
    /// A personnummer.
    pub fn personnummer(n: &mut Numbers) -> Self {
        identity(n, 0, InfoType::SePersonnummer)
    }

    /// A samordningsnummer.
    pub fn samordningsnummer(n: &mut Numbers) -> Self {
        identity(n, 60, InfoType::SeSamordningsnummer)
    }

    /// An e-mail address.
    pub fn email(n: &mut Numbers) -> Self {
        let local = local_part(n);
        let domain = match n.below(8) {
            0 => "mail.example.com".to_owned(),
            1 => format!("{}.example", n.pick(WORKPLACES)),
            2 => "xn--rksmrgs-5wao1o.example".to_owned(),
            index => ["example.com", "example.org", "example.net"][index as usize % 3].to_owned(),
        };
        let plain = format!("{local}@{domain}");
        let text = match n.below(12) {
            0 => plain.to_uppercase(),
            1 => format!("{}{}", plain[..1].to_uppercase(), &plain[1..]),
            _ => plain.clone(),
        };
        Self::of(InfoType::EmailAddress, text, plain, false)
    }

    /// A phone number.
    pub fn phone(n: &mut Numbers) -> Self {
        // Area code without its zero, the digits before the last two, how people group them.
        const SERIES: [(&str, &str, [&str; 2], u64); 5] = [
            ("70", "17406", ["174 06 ", "17406 "], 5),
            ("31", "39006", ["390 06 ", "39006 "], 0),
            ("40", "62804", ["628 04 ", "62804 "], 0),
            ("8", "465004", ["465 004 ", "46 50 04 "], 0),
            ("980", "3192", ["319 2", "31 92 "], 0),
        ];
        // Mobiles are most of what people write down.
        let series = if n.chance(50) { 0 } else { n.below(5) as usize };
        let (area, middle, grouped, first) = SERIES[series];
        let last = n.between(first, 99);
        let identifier = format!("+46{area}{middle}{last:02}");
        let group = n.pick(&grouped);
        let text = match n.below(10) {
            0 => format!("0{area}{middle}{last:02}"),
            1 => identifier.clone(),
            2 => format!("+46 {area} {group}{last:02}"),
            3 => format!("+46 (0){area}-{group}{last:02}"),
            4 => format!("0046{area}{middle}{last:02}"),
            5 => format!("0{area} {group}{last:02}"),
            6 => format!("0{area}-{middle}{last:02}"),
            7 => format!("+46-{area}-{middle}{last:02}"),
            _ => format!("0{area}-{group}{last:02}"),
        };
        let bare = text.bytes().all(|byte| byte.is_ascii_digit());
        Self::of(InfoType::PhoneNumber, text, identifier, bare)
    }

    /// An IPv4 or IPv6 address.
    pub fn ip(n: &mut Numbers) -> Self {
        if n.chance(60) {
            let net = n.pick(&["192.0.2", "198.51.100", "203.0.113"]);
            let text = format!("{net}.{}", n.below(256));
            return Self::of(InfoType::IpAddress, text.clone(), text, false);
        }
        let mut groups = [0x2001, 0x0db8, 0, 0, 0, 0, 0, 0];
        for group in groups.iter_mut().skip(2) {
            if n.chance(60) {
                *group = (n.any() & 0xFFFF) as u16;
            }
        }
        let canonical = Ipv6Addr::from(groups).to_string();
        let text = match n.below(4) {
            0 => canonical.to_uppercase(),
            1 => groups.map(|group| format!("{group:x}")).join(":"),
            2 => groups.map(|group| format!("{group:04x}")).join(":"),
            _ => canonical.clone(),
        };
        Self::of(InfoType::IpAddress, text, canonical, false)
    }

    /// The name of a network card, from the range for documentation (RFC 7042).
    pub fn mac(n: &mut Numbers) -> Self {
        let text = format!("00:00:5e:00:53:{:02x}", n.below(256));
        let written = if n.chance(30) {
            text.to_uppercase()
        } else {
            text.clone()
        };
        Self::of(InfoType::MacAddress, written, text, false)
    }

    /// Any of them.
    pub fn any(n: &mut Numbers) -> Self {
        match n.below(9) {
            0..3 => Self::personnummer(n),
            3 => Self::samordningsnummer(n),
            4..6 => Self::email(n),
            6..8 => Self::phone(n),
            _ => Self::ip(n),
        }
    }

    pub(crate) fn of(info_type: InfoType, text: String, identifier: String, bare: bool) -> Self {
        Self {
            info_type,
            text,
            identifier,
            bare,
        }
    }
}

fn identity(n: &mut Numbers, shift: u64, info_type: InfoType) -> Value {
    let (year, month, day) = (
        n.between(BORN.0, BORN.1),
        n.between(1, 12),
        n.between(1, 28),
    );
    let date = format!("{:02}{month:02}{:02}", year % 100, day + shift);
    let birth = n.between(980, 999);
    let tail = format!("{birth}{}", check_digit(&format!("{date}{birth}")));
    let (century, identifier) = (year / 100, format!("{}{date}{tail}", year / 100));
    let dash = match n.below(20) {
        0 => "\u{2013}",
        1 => "\u{2011}",
        _ => "-",
    };
    let text = match n.below(8) {
        0 | 1 => format!("{century}{date}{tail}"),
        // Without a century the latest possible one is meant, which all years of birth here are.
        2 | 3 => format!("{date}{dash}{tail}"),
        4 => format!("{date}{tail}"),
        _ => format!("{century}{date}{dash}{tail}"),
    };
    let bare = text.bytes().all(|byte| byte.is_ascii_digit());
    Value::of(info_type, text, identifier, bare)
}

const GIVEN: &[&str] = &[
    "anna", "bo", "cecilia", "david", "eva", "fatima", "gustav", "hanna", "ibrahim", "johan",
    "karin", "lars", "mohamed", "nils", "olga", "per", "qasim", "rut", "sven", "tove", "ulla",
];
const FAMILY: &[&str] = &[
    "berg", "lind", "provsson", "sten", "dahl", "ek", "nyman", "al-testi", "testberg", "hed",
];
const WORKPLACES: &[&str] = &[
    "kommunen",
    "verkstad",
    "sjukhus",
    "butik",
    "advokat-byra",
    "it",
];

fn local_part(n: &mut Numbers) -> String {
    let (given, family) = (n.pick(GIVEN), n.pick(FAMILY));
    match n.below(9) {
        0 => format!("{given}{}", n.below(1000)),
        1 => format!("{given}_{family}"),
        2 => format!("{}.{family}", &given[..1]),
        3 => format!(
            "{given}.{family}+{}",
            n.pick(&["nyhetsbrev", "faktura", "test"])
        ),
        4 => format!("{given}-{family}"),
        5 => (*given).to_owned(),
        _ => format!("{given}.{family}"),
    }
}
