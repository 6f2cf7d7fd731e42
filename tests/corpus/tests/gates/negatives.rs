//! What must not be taken for personal data. Hard negatives are counted here by the ten thousand, so
//! that the tests stay quick; `cargo xtask corpus negatives` counts a million of each.

use hemvist_corpus::{Document, Layer, NegativeKind, Score, Set, Setting, examine, score};
use hemvist_model::{InfoType, Likelihood};

use super::{COLUMN_IDS, identity, reported};

/// Hard negatives of each kind in each setting.
const NEGATIVES: u64 = 20_000;
/// The most hard negatives shown, of 10,000.
const SHOWN_PER_10_000_MAX: u64 = 1;

#[test]
fn stamps_are_not_taken_for_people() {
    check_negatives(NegativeKind::StampMinutes);
    check_negatives(NegativeKind::StampSeconds);
    check_negatives(NegativeKind::StampDashed);
}

#[test]
fn payment_references_and_order_numbers_are_not_taken_for_people() {
    check_negatives(NegativeKind::Ocr);
    check_negatives(NegativeKind::Order);
}

#[test]
fn moments_since_1970_are_not_taken_for_people() {
    check_negatives(NegativeKind::EpochSeconds);
    check_negatives(NegativeKind::EpochMilliseconds);
}

#[test]
fn random_keys_and_hashes_are_not_taken_for_people() {
    check_negatives(NegativeKind::Uuid);
    check_negatives(NegativeKind::Sha256);
    check_negatives(NegativeKind::Base64);
}

#[test]
fn numbers_of_money_that_nothing_names_are_not_shown() {
    check_negatives(NegativeKind::Giro);
    check_negatives(NegativeKind::Account);
}

#[test]
fn what_breaks_the_rule_of_numbers_of_money_is_not_shown() {
    check_negatives(NegativeKind::WrongCard);
    // One in ten thousand has `0046` in it where a phone number would begin.
    check_negatives_of(NegativeKind::WrongIban, 2 * SHOWN_PER_10_000_MAX);
}

#[test]
fn companies_and_places_are_not_taken_for_people() {
    check_negatives(NegativeKind::Company);
}

#[test]
fn words_that_end_like_streets_are_not_taken_for_addresses() {
    check_negatives(NegativeKind::Section);
}

#[test]
fn stamps_beside_ids_are_not_taken_for_people() {
    let mut n = Set::Judge.numbers(9_006);
    let (stamps, _) = NegativeKind::StampMinutes.file(Setting::UnnamedColumn, COLUMN_IDS, &mut n);
    let mut log = Document::new("app.log");
    for line in stamps.lines() {
        let stamp = line.split(';').nth(1).unwrap();
        let id = identity(&mut n, 12, false);
        log.text(stamp).text(" ").plain(&id).text(" ok\n");
    }
    let found = examine(&log.name, &log.bytes, 1);
    let mut all = Score::default();
    score(&log, &found, &mut all);
    let shown = all.of(InfoType::SePersonnummer, Layer::Shown);
    assert_eq!(shown.wrong, 0, "of {COLUMN_IDS}");
    let ids = reported(&log, Likelihood::Possible);
    assert!(ids * 1000 >= COLUMN_IDS * 999, "{ids} of {COLUMN_IDS}");
}

#[test]
fn placeholders_are_not_taken_for_secrets() {
    check_negatives(NegativeKind::Placeholder);
}

#[test]
fn runs_of_numbers_and_dots_are_not_taken_for_addresses() {
    check_negatives(NegativeKind::DottedRun);
}

#[test]
fn what_breaks_the_rule_of_identity_numbers_is_not_shown() {
    check_negatives(NegativeKind::WrongCheckDigit);
    check_negatives(NegativeKind::NoSuchDay);
    check_negatives(NegativeKind::InsideRun);
}

#[test]
fn columns_of_numbers_named_like_an_address_are_not_shown_as_addresses() {
    for name in [
        "address_id",
        "billing_address_id",
        "memory_address",
        "start_address",
    ] {
        let mut n = Set::Judge.numbers(9_008);
        let mut text = format!("rad;{name};status\n");
        for row in 0..COLUMN_IDS {
            text += &format!("{row};{};ok\n", n.between(10_000, 99_999));
        }
        let found = examine("ids.csv", text.as_bytes(), 1);
        let shown = found.iter().filter(|found| {
            found.info_type == InfoType::PostalAddress && found.likelihood >= Likelihood::Likely
        });
        assert_eq!(shown.count(), 0, "{name}: of {COLUMN_IDS}");
    }
}

#[track_caller]
fn check_negatives(kind: NegativeKind) {
    check_negatives_of(kind, SHOWN_PER_10_000_MAX);
}

#[track_caller]
fn check_negatives_of(kind: NegativeKind, per_10_000_max: u64) {
    for setting in Setting::ALL {
        let shown = kind.shown(setting, NEGATIVES, 2);
        assert!(
            shown * 10_000 <= per_10_000_max * NEGATIVES,
            "{kind:?}, {setting:?}: {shown} of {NEGATIVES} are shown"
        );
    }
}
