//! Secrets and the house's own numbers to plant: tokens, passwords, cookies, badges, contracts.
//!
//! Every secret is made up here and opens nothing; what begins like an issuer's is put together
//! from pieces, so that nothing takes this file for a leak.

use hemvist_detect::{Checksum, Rule};
use hemvist_model::InfoType;

use crate::numbers::Numbers;
use crate::values::Value;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PASSWORD_WORDS: &[&str] = &[
    "sommar",
    "Vinter",
    "hunden",
    "Fotboll",
    "lagerblad",
    "Skorpan",
    "tangent",
    "Kaffe",
];

impl Value {
    /// A token that shows by itself what it is.
    pub fn token(n: &mut Numbers) -> Self {
        match n.below(6) {
            0 | 1 => secret("jwt", jwt(n)),
            2 => secret("github-token", github(n)),
            3 => secret(
                "aws-key",
                format!(
                    "{}{}",
                    "AKIA",
                    some(n, b"ABCDEFGHJKLMNPQRSTUVWXYZ234567", 16)
                ),
            ),
            4 => secret("gitlab-token", format!("{}{}", "glpat-", mixed(n, 20))),
            _ => secret(
                "slack-token",
                format!(
                    "{}{}-{}",
                    "xoxb-",
                    n.between(1_000_000_000, 9_999_999_999),
                    mixed(n, 24)
                ),
            ),
        }
    }

    /// What somebody logs in with.
    pub fn password(n: &mut Numbers) -> Self {
        let text = match n.below(3) {
            0 => format!("{}{}", n.pick(PASSWORD_WORDS), n.between(10, 2026)),
            1 => format!("{}-{}!", n.pick(PASSWORD_WORDS), n.between(10, 99)),
            _ => mixed(n, 12),
        };
        secret("password", text)
    }

    /// The same in a column or under a key that is named for it.
    pub fn password_field(n: &mut Numbers) -> Self {
        let password = Self::password(n);
        secret("field", password.text)
    }

    /// A key of an interface.
    pub fn api_key(n: &mut Numbers) -> Self {
        let digits = n.between(24, 40) as usize;
        secret("api-key", mixed(n, digits))
    }

    /// A token of the OAuth kind that is no JWT.
    pub fn bearer(n: &mut Numbers) -> Self {
        secret("bearer-token", mixed(n, 32))
    }

    /// The id of a session.
    pub fn session(n: &mut Numbers) -> Self {
        secret("session-id", mixed(n, 26))
    }

    /// A cookie as a server sets it: its name and value.
    pub fn cookie(n: &mut Numbers) -> Self {
        let name = n.pick(&["session", "sid", "auth", "remember_me"]);
        secret("cookie", format!("{name}={}", mixed(n, 26)))
    }

    /// User and password, as they stand in a URL.
    pub fn url_credentials(n: &mut Numbers) -> Self {
        let user = n.pick(&["anna", "app", "backup", "reporting"]);
        let password = Self::password(n).text;
        secret("url-credentials", format!("{user}:{password}"))
    }

    /// The id of a badge, as the house's rule names it.
    pub fn badge(n: &mut Numbers) -> Self {
        let text = format!("B-{:06}", n.below(1_000_000));
        configured("badge", text)
    }

    /// A word that the house uses for something secret.
    pub fn codename(n: &mut Numbers) -> Self {
        let text = n.pick(&["Silverräv", "Blåklocka", "SILVERRÄV"]);
        configured("codename", text.to_owned())
    }

    /// The number of a contract: eight digits and Luhn's check digit.
    pub fn contract(n: &mut Numbers) -> Self {
        let text = with_luhn(&n.between(10_000_000, 99_999_999).to_string());
        configured("contract", text)
    }
}

/// What a house that has badges, contracts and code names would configure.
pub(crate) fn rules() -> Vec<Rule> {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let badge = Rule {
        name: "badge".to_owned(),
        patterns: texts(&["B-[0-9]{6}"]),
        labels: texts(&["badge", "passerkort"]),
        fields: texts(&["badge_id", "passerkort"]),
        examples: texts(&["passerkort B-123456"]),
        counter_examples: texts(&["B-123456", "passerkort B-12345"]),
        ..Rule::default()
    };
    let contract = Rule {
        name: "contract".to_owned(),
        patterns: texts(&["[0-9]{9}"]),
        checksum: Some(Checksum::Luhn),
        labels: texts(&["avtal", "contract"]),
        fields: texts(&["avtalsnummer"]),
        examples: texts(&["avtal 123456782"]),
        counter_examples: texts(&["avtal 123456783", "123456782"]),
        ..Rule::default()
    };
    let codename = Rule {
        name: "codename".to_owned(),
        words: texts(&["silverräv", "blåklocka"]),
        examples: texts(&["projekt silverräv"]),
        ..Rule::default()
    };
    vec![badge, contract, codename]
}

/// The digits with a Luhn check digit behind them (ISO/IEC 7812).
pub(crate) fn with_luhn(digits: &str) -> String {
    let products = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, digit)| u64::from(digit - b'0') * if index % 2 == 0 { 2 } else { 1 });
    let sum: u64 = products.map(|product| product / 10 + product % 10).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

fn secret(kind: &str, text: String) -> Value {
    Value::of(InfoType::Credential, text, kind.to_owned(), false)
}

fn configured(rule: &str, text: String) -> Value {
    let identifier = format!("{rule}:{}", text.to_lowercase());
    Value::of(InfoType::Configured, text, identifier, false)
}

fn some(n: &mut Numbers, of: &[u8], length: usize) -> String {
    let count = of.len() as u64;
    let one = |_| char::from(of[usize::try_from(n.below(count)).unwrap_or_default()]);
    (0..length).map(one).collect()
}

/// Letters and digits, of each at least one.
fn mixed(n: &mut Numbers, length: usize) -> String {
    format!("{}{}k", some(n, LETTERS, length - 2), n.below(10))
}

/// Header, claims and signature (RFC 7515).
fn jwt(n: &mut Numbers) -> String {
    let header = n.pick(&[
        r#"{"alg":"HS256","typ":"JWT"}"#,
        r#"{"typ":"JWT","alg":"RS256"}"#,
        r#"{"kid":"a1","alg":"ES256"}"#,
    ]);
    let claims = format!(
        r#"{{"sub":"{}","iat":{}}}"#,
        n.below(9_999),
        n.between(1_700_000_000, 1_790_000_000)
    );
    format!(
        "{}.{}.{}",
        base64url(header),
        base64url(&claims),
        some(n, LETTERS, 43)
    )
}

fn base64url(text: &str) -> String {
    base64(text)
        .replace('+', "-")
        .replace('/', "_")
        .replace('=', "")
}

/// A text in base64 (RFC 4648).
pub(crate) fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut written = String::new();
    for three in text.as_bytes().chunks(3) {
        let byte = |index: usize| usize::from(three.get(index).copied().unwrap_or_default());
        let all = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            let digit = char::from(DIGITS[all >> (18 - 6 * index) & 0x3f]);
            written.push(if index > three.len() { '=' } else { digit });
        }
    }
    written
}

/// `ghp_`, thirty letters and digits, and their CRC-32 to the base of 62, as the issuer describes.
fn github(n: &mut Numbers) -> String {
    let random = some(n, LETTERS, 30);
    let mut crc = flate2::Crc::new();
    crc.update(random.as_bytes());
    let (mut rest, mut check) = (crc.sum() as usize, String::new());
    for _ in 0..6 {
        check.insert(0, char::from(LETTERS[rest % 62]));
        rest /= 62;
    }
    format!("{}{random}{check}", n.pick(&["ghp_", "gho_"]))
}
