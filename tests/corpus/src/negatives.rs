//! Numbers by the million that are nobody's, and that detectors take for people.

use hemvist_model::Likelihood;

use crate::Set;
use crate::decoys::{hex, uuid};
use crate::examine::examine;
use crate::numbers::Numbers;
use crate::secrets::with_luhn;
use crate::values::{Value, check_digit};

/// What kind of number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NegativeKind {
    /// `YYYYMMDDHHMM`
    StampMinutes,
    /// `YYYYMMDDHHMMSS`
    StampSeconds,
    /// `YYYYMMDD-HHMM`
    StampDashed,
    /// Seconds since 1970.
    EpochSeconds,
    /// Milliseconds since 1970.
    EpochMilliseconds,
    /// OCR payment references: 6 to 16 digits, the last a Luhn digit.
    Ocr,
    /// Order numbers: 10 digits, the last a Luhn digit, running upwards.
    Order,
    /// UUID, version 4.
    Uuid,
    /// SHA-256 in hexadecimal digits.
    Sha256,
    /// 24 random bytes in base64.
    Base64,
    /// Written like an identity number, with a wrong check digit.
    WrongCheckDigit,
    /// Written like an identity number with a right check digit, of a day that does not exist.
    NoSuchDay,
    /// An identity number's digits inside a longer run of digits and dashes.
    InsideRun,
    /// Five to eight numbers with dots between them, each as good as one of an IP address.
    DottedRun,
    /// A giro number that nothing names: every tenth number passes its check.
    Giro,
    /// A clearing number and an account that nothing names.
    Account,
    /// An IBAN with a wrong check.
    WrongIban,
    /// Grouped like a card: with a wrong check digit, or of no issuer.
    WrongCard,
    /// A company, place or book that begins like a person's name.
    Company,
    /// What stands where a password would.
    Placeholder,
    /// A word that ends like a street, and a number.
    Section,
}

/// What a negative stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// A CSV column that no header names.
    UnnamedColumn,
    /// A CSV column with a name that says nothing.
    NeutralColumn,
    /// A line of a log.
    Log,
}

impl Setting {
    /// All of them.
    pub const ALL: [Setting; 3] = [Setting::UnnamedColumn, Setting::NeutralColumn, Setting::Log];
}

/// The letters of base64.
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Order numbers begin here, below all numbers that begin with a day in January.
const ORDER_FIRST: u64 = 400_000_000;

impl NegativeKind {
    /// All of them.
    pub const ALL: [NegativeKind; 21] = [
        NegativeKind::StampMinutes,
        NegativeKind::StampSeconds,
        NegativeKind::StampDashed,
        NegativeKind::EpochSeconds,
        NegativeKind::EpochMilliseconds,
        NegativeKind::Ocr,
        NegativeKind::Order,
        NegativeKind::Uuid,
        NegativeKind::Sha256,
        NegativeKind::Base64,
        NegativeKind::WrongCheckDigit,
        NegativeKind::NoSuchDay,
        NegativeKind::InsideRun,
        NegativeKind::DottedRun,
        NegativeKind::Giro,
        NegativeKind::Account,
        NegativeKind::WrongIban,
        NegativeKind::WrongCard,
        NegativeKind::Company,
        NegativeKind::Placeholder,
        NegativeKind::Section,
    ];

    /// A file with `count` of them in that setting, and where each of them stands.
    #[must_use]
    pub fn file(
        self,
        setting: Setting,
        count: u64,
        n: &mut Numbers,
    ) -> (String, Vec<(usize, usize)>) {
        let mut text = String::new();
        let mut places = Vec::new();
        if setting == Setting::NeutralColumn {
            text += "rad;varde;status\n";
        }
        for index in 0..count {
            let (before, after) = match setting {
                Setting::Log => around(n),
                _ => (format!("{};", index + 1), ";ok".to_owned()),
            };
            text += &before;
            let start = text.len();
            text += &self.one(index, n);
            places.push((start, text.len()));
            text += &after;
            text.push('\n');
        }
        (text, places)
    }

    /// A file's name in that setting.
    #[must_use]
    pub fn name(self, setting: Setting) -> String {
        let extension = if setting == Setting::Log {
            "log"
        } else {
            "csv"
        };
        format!("{self:?}-{setting:?}.{extension}")
    }

    /// How many of `count` of them in that setting a finding at LIKELY or above touches.
    #[must_use]
    pub fn shown(self, setting: Setting, count: u64, threads: usize) -> u64 {
        let (text, places) = self.file(setting, count, &mut Set::Judge.numbers(self as u64));
        let mut found = examine(&self.name(setting), text.as_bytes(), threads);
        found.retain(|found| found.likelihood >= Likelihood::Likely);
        let mut found = found.iter().peekable();
        let touched = places.iter().filter(|(start, end)| {
            while found.next_if(|found| found.end <= *start).is_some() {}
            found.peek().is_some_and(|found| found.start < *end)
        });
        touched.count() as u64
    }

    fn one(self, index: u64, n: &mut Numbers) -> String {
        let (year, month, day) = (n.between(2000, 2026), n.between(1, 12), n.between(1, 28));
        let (hour, minute, second) = (n.below(24), n.below(60), n.below(60));
        let date = format!("{year}{month:02}{day:02}");
        match self {
            NegativeKind::StampMinutes => format!("{date}{hour:02}{minute:02}"),
            NegativeKind::StampSeconds => format!("{date}{hour:02}{minute:02}{second:02}"),
            NegativeKind::StampDashed => format!("{date}-{hour:02}{minute:02}"),
            NegativeKind::EpochSeconds => n.between(1_000_000_000, 1_790_000_000).to_string(),
            NegativeKind::EpochMilliseconds => {
                n.between(1_000_000_000_000, 1_790_000_000_000).to_string()
            }
            NegativeKind::Ocr => {
                let digits = n.between(5, 15) as u32;
                with_luhn(
                    &n.between(10_u64.pow(digits - 1), 10_u64.pow(digits) - 1)
                        .to_string(),
                )
            }
            NegativeKind::Order => with_luhn(&(ORDER_FIRST + index * 7 + n.below(7)).to_string()),
            NegativeKind::Uuid => uuid(n),
            NegativeKind::Sha256 => hex(n, 64),
            NegativeKind::Base64 => (0..32)
                .map(|_| char::from(BASE64[n.below(64) as usize]))
                .collect(),
            NegativeKind::WrongCheckDigit => {
                let (head, tail) = parted(n, &date);
                let wrong = (tail % 10 + n.between(1, 9)) % 10;
                format!("{head}-{}{wrong}", tail / 10)
            }
            NegativeKind::NoSuchDay => {
                let month = if n.chance(50) { month } else { month + 12 };
                let day = if month > 12 { day } else { n.between(32, 59) };
                let (head, tail) = parted(n, &format!("{year}{month:02}{day:02}"));
                format!("{head}-{tail}")
            }
            NegativeKind::DottedRun => {
                let numbers = (0..n.between(5, 8)).map(|_| n.between(30, 255).to_string());
                numbers.collect::<Vec<_>>().join(".")
            }
            NegativeKind::Giro => Value::bankgiro(n).text,
            NegativeKind::Account => Value::account(n).text,
            NegativeKind::WrongIban => wrong_iban(n),
            NegativeKind::WrongCard => wrong_card(n),
            NegativeKind::Company => company(n),
            NegativeKind::Section => section(n),
            NegativeKind::Placeholder => placeholder(n),
            NegativeKind::InsideRun => {
                let (head, tail) = parted(n, &date);
                match n.below(3) {
                    0 => format!("{}{head}{tail}", n.between(100, 999)),
                    1 => format!("{head}{tail}-{}", n.below(9999)),
                    _ => format!("{}-{head}-{tail}", n.below(9999)),
                }
            }
        }
    }
}

/// Sixteen digits in fours that no issuer gave out.
fn wrong_card(n: &mut Numbers) -> String {
    let digits = match n.below(2) {
        0 => {
            let right = with_luhn(&format!(
                "4{}",
                n.between(10_u64.pow(13), 10_u64.pow(14) - 1)
            ));
            let (head, last) = right.split_at(15);
            format!(
                "{head}{}",
                (last.parse().unwrap_or(0) + n.between(1, 9)) % 10
            )
        }
        // Between the issuers' ranges.
        _ => with_luhn(&format!(
            "{}{}",
            n.pick(&["20", "57", "58"]),
            n.between(10_u64.pow(12), 10_u64.pow(13) - 1)
        )),
    };
    format!(
        "{} {} {} {}",
        &digits[..4],
        &digits[4..8],
        &digits[8..12],
        &digits[12..]
    )
}

fn company(n: &mut Numbers) -> String {
    let given = n.pick(&["Erik", "Anna", "Gustav", "Karin", "Lars", "Maria"]);
    let family = n.pick(&["Lindqvist", "Berg", "Andersson", "Nyström"]);
    match n.below(6) {
        0 => format!("{given} {family} AB"),
        1 => format!("{given} {family} Konsult"),
        2 => format!("{given} {family} Stiftelse"),
        3 => format!(
            "{given} {}",
            n.pick(&["Adolfs Torg", "Boyes Gata", "Stads Museum"])
        ),
        4 => format!("{given} {}", n.pick(&["Fredag", "Kommer Snart", "Hemma"])),
        _ => n
            .pick(&[
                "Gösta Berlings Saga",
                "Sankt Görans Sjukhus",
                "Region Skåne",
            ])
            .to_owned(),
    }
}

fn placeholder(n: &mut Numbers) -> String {
    let label = n.pick(&["password=", "Password: ", "api_key=", "DB_PASSWORD="]);
    let value = n.pick(&[
        "${DB_PASSWORD}",
        "changeme",
        "<password>",
        "********",
        "your-password-here",
        "required",
        "null",
    ]);
    format!("{label}{value}")
}

fn section(n: &mut Numbers) -> String {
    let word = n.pick(&[
        "Utvärderingen",
        "Tidplan",
        "Järnväg",
        "Arbetsplatsen",
        "Målsättningen",
        "Övergången",
        "Upphandlingen",
    ]);
    format!("{word} {}", n.between(1, 2026))
}

fn wrong_iban(n: &mut Numbers) -> String {
    let mut text = Value::iban(n).text;
    let last = text.pop().and_then(|last| last.to_digit(10));
    text + &((last.unwrap_or_default() + 1) % 10).to_string()
}

/// A date with its century and a test birth number with the right check digit.
fn parted(n: &mut Numbers, date: &str) -> (String, u64) {
    let birth = n.between(980, 999);
    let digit = check_digit(&format!("{}{birth}", &date[2..]));
    (date.to_owned(), birth * 10 + digit)
}

/// What stands around a number in a log.
fn around(n: &mut Numbers) -> (String, String) {
    let head = format!(
        "2026-03-{:02}T{:02}:00:00Z INFO ",
        n.between(1, 28),
        n.below(24)
    );
    let (before, after) = match n.below(6) {
        0 => ("handled ", " in 12 ms"),
        1 => ("ref=", " ok"),
        2 => ("value: ", ", retried"),
        3 => ("[", "] done"),
        4 => ("started ", ""),
        _ => ("batch ", " stored"),
    };
    (head + before, after.to_owned())
}
