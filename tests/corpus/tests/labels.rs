//! What the corpus itself promises: the same seed gives the same bytes, labels name them, and
//! all that has a number or a domain is of a series that no person has.
//!
//! There is no such series of names and postal addresses: those are put together from common
//! words, by chance may be somebody's, and stand beside nothing that is that person's. Secrets
//! and the house's own numbers are made up digit by digit. Nothing here checks those three.

use hemvist_corpus::{Set, document};
use hemvist_model::InfoType;

#[test]
fn labels_name_their_bytes_and_only_reserved_series() {
    for index in 0..60 {
        let made = document(Set::Develop, index);
        assert!(made.bytes == document(Set::Develop, index).bytes);
        assert!(made.bytes != document(Set::Judge, index).bytes);
        let mut last = 0;
        for label in &made.labels {
            assert!(label.start >= last && label.end > label.start);
            last = label.end;
            assert!(
                is_reserved(label.info_type, &label.identifier),
                "{}",
                label.identifier
            );
        }
    }
}

fn is_reserved(info_type: InfoType, identifier: &str) -> bool {
    const PHONES: [&str; 5] = [
        "+467017406",
        "+46313900",
        "+46406280",
        "+468465004",
        "+469803192",
    ];
    const NETS: [&str; 4] = ["192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"];
    const DOMAINS: [&str; 4] = [".example", "example.com", "@example.org", "@example.net"];
    const CATEGORIES: [&str; 6] = [
        "health",
        "union",
        "religion",
        "crime",
        "sexuality",
        "ethnic-origin",
    ];
    let begins = |of: &[&str]| of.iter().any(|series| identifier.starts_with(series));
    match info_type {
        InfoType::EmailAddress => DOMAINS.iter().any(|domain| identifier.ends_with(domain)),
        InfoType::PhoneNumber => begins(&PHONES),
        InfoType::IpAddress => begins(&NETS),
        InfoType::MacAddress => begins(&["00:00:5e:00:53:"]),
        // The check digits, then a bank that there is not.
        InfoType::Iban => identifier.get(4..7) == Some("000"),
        InfoType::PaymentCard => {
            begins(&["4111111111111111", "4242424242424242", "5555555555554444"])
        }
        // Charities.
        InfoType::SeBankgiro | InfoType::SePlusgiro => begins(&["90", "50501055"]),
        // Behind the clearing number.
        InfoType::SeBankAccount => identifier
            .get(4..)
            .is_some_and(|rest| rest.trim_start_matches('9').starts_with("000")),
        // A category.
        InfoType::SensitiveTerm => CATEGORIES.contains(&identifier),
        // A kind of secret, and never the secret.
        InfoType::Credential => identifier
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_lowercase()),
        InfoType::Configured => begins(&["badge:b-", "contract:", "codename:"]),
        // Of no series: see above.
        InfoType::PersonName | InfoType::PostalAddress => true,
        _ => identifier.len() == 12 && identifier.get(8..11) >= Some("980"),
    }
}
