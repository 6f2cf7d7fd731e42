//! What the corpus itself promises: the same seed gives the same bytes, labels name them, and no
//! value may be anybody's.

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
    let begins = |of: &[&str]| of.iter().any(|series| identifier.starts_with(series));
    match info_type {
        InfoType::EmailAddress => identifier.contains("example"),
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
        // Made of words, or made up.
        InfoType::PersonName
        | InfoType::PostalAddress
        | InfoType::Credential
        | InfoType::SensitiveTerm
        | InfoType::Configured => true,
        _ => identifier.len() == 12 && identifier.get(8..11) >= Some("980"),
    }
}
