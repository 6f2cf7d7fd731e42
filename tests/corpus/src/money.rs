//! Numbers of money to plant: IBAN, accounts, bankgiro, plusgiro and cards.
//!
//! Of banks that there are not, of charities that ask for gifts in public, of issuers that give
//! numbers out for tests.

use hemvist_model::InfoType;

use crate::numbers::Numbers;
use crate::values::Value;

/// Numbers on which charities ask for gifts, in public: seven digits, good for both giros.
const CHARITIES: &[&str] = &[
    "9019514", "9008004", "9020033", "9020017", "9019860", "9006032", "9020900",
];
/// Clearing numbers of banks, and how many digits an account has there.
const BANKS: &[(&str, u32)] = &[
    ("1201", 7),
    ("3410", 7),
    ("5123", 7),
    ("6152", 9),
    ("8327-9", 10),
    ("9024", 7),
    ("9150", 7),
    ("9551", 7),
];

impl Value {
    /// A Swedish IBAN of a bank that there is not.
    pub fn iban(n: &mut Numbers) -> Self {
        let account = format!("000{:017}", n.below(100_000_000_000_000_000));
        let text = format!(
            "SE{:02}{account}",
            98 - remainder_97(&format!("{account}281400"))
        );
        let written = if n.chance(60) {
            in_fours(&text, " ")
        } else {
            text.clone()
        };
        Self::of(InfoType::Iban, written, text, false)
    }

    /// A card number that issuers give out for tests.
    pub fn card(n: &mut Numbers) -> Self {
        let digits = n.pick(&["4111111111111111", "4242424242424242", "5555555555554444"]);
        let sign = n.pick(&[" ", "-"]);
        Self::of(
            InfoType::PaymentCard,
            in_fours(digits, sign),
            digits.to_owned(),
            false,
        )
    }

    /// A bankgiro number.
    pub fn bankgiro(n: &mut Numbers) -> Self {
        let (head, tail) = n.pick(CHARITIES).split_at(3);
        let (head, tail) = if n.chance(10) {
            ("5050", "1055")
        } else {
            (head, tail)
        };
        let (digits, dashed) = (format!("{head}{tail}"), format!("{head}-{tail}"));
        let written = if n.chance(70) { dashed } else { digits.clone() };
        Self::of(InfoType::SeBankgiro, written, digits, false)
    }

    /// A plusgiro number, sometimes in pairs of digits as it stands on paper slips.
    pub fn plusgiro(n: &mut Numbers) -> Self {
        let digits = n.pick(CHARITIES);
        let (head, last) = digits.split_at(digits.len() - 1);
        let written = match n.below(10) {
            0 => format!("{} {} {}-{last}", &head[..2], &head[2..4], &head[4..]),
            1 | 2 => digits.to_owned(),
            _ => format!("{head}-{last}"),
        };
        Self::of(InfoType::SePlusgiro, written, digits.to_owned(), false)
    }

    /// A Swedish bank account: clearing number and an account that begins with more zeros than any.
    pub fn account(n: &mut Numbers) -> Self {
        let (clearing, digits) = BANKS[n.below(BANKS.len() as u64) as usize];
        let account = format!(
            "{:0width$}",
            n.below(10_u64.pow(digits - 3)),
            width = digits as usize
        );
        let written = match n.below(20) {
            0..6 => format!("{clearing} {account}"),
            // Swedbank's own way to write it.
            _ if clearing.len() > 4 => format!("{clearing}, {account}"),
            6..12 => format!("{clearing}{account}"),
            12 => format!("{clearing} {} {}", &account[..3], &account[3..]),
            _ => format!("{clearing}-{account}"),
        };
        let identifier = format!("{}{account}", clearing.replace('-', ""));
        Self::of(InfoType::SeBankAccount, written, identifier, false)
    }
}

/// What a number of many digits leaves when divided by 97.
fn remainder_97(digits: &str) -> u64 {
    let digits = digits.bytes().map(|digit| u64::from(digit - b'0'));
    digits.fold(0, |rest, digit| (rest * 10 + digit) % 97)
}

fn in_fours(text: &str, sign: &str) -> String {
    let fours = text.as_bytes().chunks(4).map(String::from_utf8_lossy);
    fours.collect::<Vec<_>>().join(sign)
}
