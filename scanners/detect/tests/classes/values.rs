//! Values of reserved series, places for them in a text, and the measure that all classes share.

use hemvist_detect::{Engine, Options, Scanned};
use hemvist_model::{Date, InfoType, Likelihood, Segment, Text};

/// Instances of each class.
pub(crate) const INSTANCES: usize = 400;
/// Of a hundred instances, how many may be missed or wrong.
const MISSED_PERCENT_MAX: usize = 1;

/// SplitMix64: the same instances in every run.
pub(crate) struct Seed(u64);

impl Seed {
    pub(crate) fn new(name: &str) -> Self {
        let mix = |sum: u64, byte: u8| sum.wrapping_mul(31).wrapping_add(u64::from(byte));
        Self(name.bytes().fold(20_260_615, mix))
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// Makes a value of one kind.
pub(crate) type Make = fn(&mut Seed) -> Value;

/// The four kinds, by name.
pub(crate) const KINDS: [(&str, Make); 4] = [
    ("identity", identity),
    ("e-mail", email),
    ("phone", phone),
    ("ip", ip),
];

/// A value in its plain spelling, and what it must be found as.
pub(crate) struct Value {
    pub(crate) plain: String,
    pub(crate) canonical: String,
    pub(crate) info_type: InfoType,
}

impl Value {
    fn new(info_type: InfoType, plain: String, canonical: String) -> Self {
        Self {
            plain,
            canonical,
            info_type,
        }
    }
}

/// Ten digits with the right check digit.
pub(crate) fn with_check_digit(nine: &str) -> String {
    let double = |(index, byte): (usize, u8)| u32::from(byte - b'0') * (2 - index as u32 % 2);
    let sum: u32 = nine
        .bytes()
        .enumerate()
        .map(double)
        .map(|n| n / 10 + n % 10)
        .sum();
    format!("{nine}{}", (10 - sum % 10) % 10)
}

/// A personnummer or samordningsnummer of the test series, with a dash.
pub(crate) fn identity(seed: &mut Seed) -> Value {
    let (year, month, day) = (
        1930 + seed.below(90),
        1 + seed.below(12),
        1 + seed.below(28),
    );
    let coordination = seed.below(5) == 0;
    let day = if coordination { day + 60 } else { day };
    let nine = format!(
        "{:02}{month:02}{day:02}{}",
        year % 100,
        980 + seed.below(20)
    );
    let ten = with_check_digit(&nine);
    let (date, tail) = ten.split_at(6);
    let century = year / 100;
    let plain = match seed.below(2) {
        0 => format!("{date}-{tail}"),
        _ => format!("{century}{date}-{tail}"),
    };
    let info_type = match coordination {
        true => InfoType::SeSamordningsnummer,
        false => InfoType::SePersonnummer,
    };
    Value::new(info_type, plain, format!("{century}{ten}"))
}

pub(crate) fn email(seed: &mut Seed) -> Value {
    let name = seed.pick(&[
        "anna",
        "bo.berg",
        "kund-7",
        "maria_ek",
        "per4711",
        "lisa.maria",
    ]);
    let domain = seed.pick(&[
        "example.com",
        "post.example.org",
        "mitt-foretag.example",
        "example.net",
    ]);
    let address = format!("{name}@{domain}");
    Value::new(InfoType::EmailAddress, address.clone(), address)
}

pub(crate) fn phone(seed: &mut Seed) -> Value {
    let last = 605 + seed.below(95);
    let (a, b) = (last / 100, last % 100);
    let plain = match seed.below(3) {
        0 => format!("070-174 0{a} {b:02}"),
        1 => format!("+46 70 174 0{a} {b:02}"),
        _ => format!("070-17 40 {last}"),
    };
    Value::new(InfoType::PhoneNumber, plain, format!("+46701740{last}"))
}

pub(crate) fn ip(seed: &mut Seed) -> Value {
    let network = seed.pick(&["192.0.2", "198.51.100", "203.0.113"]);
    let plain = format!("{network}.{}", 20 + seed.below(230));
    Value::new(InfoType::IpAddress, plain.clone(), plain)
}

/// A text around a value: what stands before and after it.
pub(crate) fn around(seed: &mut Seed) -> (&'static str, &'static str) {
    seed.pick(&[
        ("", ""),
        ("ny kund ", " idag"),
        ("(", ")"),
        ("\"", "\""),
        ("Hej!\n", "\nHälsningar"),
        ("värde: ", ", tack"),
        (
            "mellan långa ord och åtgärder som inte säger något, nämligen ",
            " som sagt.",
        ),
    ])
}

/// One line for each Detection: type, canonical value, and the bytes it covers.
pub(crate) fn found(text: &[u8]) -> Vec<(InfoType, String, std::ops::Range<usize>, Likelihood)> {
    let segment = Segment {
        start: 0,
        end: u32::try_from(text.len()).unwrap(),
        field: 0,
        row: 0,
        lead: 0,
        trail: 0,
        whole_value: false,
    };
    let fields = ["body".to_owned()];
    let mut out = Scanned::default();
    let reference_date = Date {
        year: 2026,
        month: 6,
        day: 15,
    };
    Engine::new(Options { reference_date }).scan(
        Text {
            bytes: text,
            segments: &[segment],
            fields: &fields,
        },
        &mut out,
    );
    let place = |at: u64| usize::try_from(at).unwrap();
    out.detections
        .iter()
        .map(|one| {
            let range = place(one.range.start)..place(one.range.end);
            (
                one.info_type(),
                one.identifier.expose().to_owned(),
                range,
                one.likelihood,
            )
        })
        .collect()
}

/// Spells values of that kind in many instances: each is found, as itself, at exactly its bytes.
#[track_caller]
pub(crate) fn check_class(name: &str, make: Make, spell: impl Fn(&mut Seed, &Value) -> String) {
    let mut seed = Seed::new(name);
    let mut wrong = Vec::new();
    for _ in 0..INSTANCES {
        let value = make(&mut seed);
        let spelled = spell(&mut seed, &value);
        let (before, after) = around(&mut seed);
        let text = format!("{before}{spelled}{after}");
        let place = before.len()..before.len() + spelled.len();
        let lines = found(text.as_bytes());
        let right = lines.iter().filter(|(info_type, canonical, range, _)| {
            *info_type == value.info_type && *canonical == value.canonical && *range == place
        });
        // The same value at another place, or another value of its kind, would be an edit too many.
        let same = lines
            .iter()
            .filter(|(info_type, ..)| *info_type == value.info_type);
        if right.count() != 1 || same.count() != 1 {
            wrong.push(format!("{text:?} ({}): {lines:?}", value.canonical));
        }
    }
    assert!(
        wrong.len() * 100 <= INSTANCES * MISSED_PERCENT_MAX,
        "{name}: {} of {INSTANCES} wrong, such as\n{}",
        wrong.len(),
        wrong.iter().take(5).cloned().collect::<Vec<_>>().join("\n")
    );
}

/// Writes at least one of the characters of `of` in another way, and others at random.
pub(crate) fn respell(
    seed: &mut Seed,
    plain: &str,
    of: fn(char) -> bool,
    write: impl Fn(&mut Seed, char) -> String,
) -> String {
    let places: Vec<usize> = plain
        .char_indices()
        .filter(|(_, c)| of(*c))
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty(), "nothing to spell in {plain}");
    let certain = places[seed.below(places.len())];
    let mut spelled = String::new();
    for (at, char) in plain.char_indices() {
        if at == certain || (of(char) && seed.below(2) == 0) {
            spelled += &write(seed, char);
        } else {
            spelled.push(char);
        }
    }
    spelled
}

pub(crate) fn any_sign(char: char) -> bool {
    matches!(char, '-' | ' ' | '@' | '.' | '+' | '_')
}

pub(crate) fn dash(char: char) -> bool {
    char == '-'
}

pub(crate) fn blank(char: char) -> bool {
    char == ' '
}

pub(crate) fn anything(_: char) -> bool {
    true
}
