//! Receipts: what they say, and that they say nothing any more after any change.

use std::process::Command;

use hemvist_proto::v1;

use crate::client::Ended;
use crate::server::{House, binary};

/// Single-bit changes that are tried, spread over the whole document.
const FLIPS: usize = 600;

/// Checks that a receipt is valid, says what the erasure says, and that no changed copy of it is.
pub(crate) fn check(ended: &Ended) {
    let receipt = hemvist_app::verify_receipt(&ended.receipt, None).expect("a valid receipt");
    assert_eq!(format!("plans/{}", receipt.plan), ended.plan.name);
    assert_eq!(
        receipt.state,
        ended
            .erasure
            .state()
            .as_str_name()
            .trim_start_matches("ERASURE_STATE_")
    );
    assert_eq!(
        receipt.items.len() as i64,
        ended.plan.items_total,
        "each item once"
    );
    assert_eq!(receipt.case_reference, "CASE-1");
    let mut places: Vec<_> = receipt
        .items
        .iter()
        .map(|item| (&item.source, &item.collection, item.record_ref))
        .collect();
    places.sort();
    places.dedup();
    assert_eq!(places.len(), receipt.items.len(), "no record twice");
    let bits = ended.receipt.len() * 8;
    for flip in 0..FLIPS.min(bits) {
        let bit = flip * bits / FLIPS.min(bits) + flip % 8;
        let mut changed = ended.receipt.clone();
        let index = (bit / 8).min(changed.len() - 1);
        changed[index] ^= 1 << (bit % 8);
        assert!(
            hemvist_app::verify_receipt(&changed, None).is_err(),
            "bit {} of byte {index} may change",
            bit % 8
        );
    }
    let shorter = &ended.receipt[..ended.receipt.len() - 1];
    assert!(hemvist_app::verify_receipt(shorter, None).is_err());
}

/// Checks it by the command line too, as whoever receives it would.
pub(crate) fn check_by_command(house: &House, ended: &Ended) {
    let file = house.path("receipt.json");
    let verifies = |document: &[u8]| {
        std::fs::write(&file, document).expect("a file");
        let output = Command::new(binary())
            .args(["receipt", "verify"])
            .arg(&file)
            .output()
            .expect("the binary runs");
        output.status.success()
    };
    assert!(verifies(&ended.receipt));
    let mut changed = ended.receipt.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    assert!(!verifies(&changed));
}

/// How many items came out so.
pub(crate) fn count(erasure: &v1::Erasure, kind: v1::OutcomeKind) -> i64 {
    erasure
        .outcomes
        .iter()
        .filter(|outcome| outcome.kind() == kind)
        .map(|outcome| outcome.count)
        .sum()
}

/// What verification could not read, for whoever looks into a failure.
pub(crate) fn gaps(ended: &Ended) -> String {
    let receipt = hemvist_app::verify_receipt(&ended.receipt, None).expect("a valid receipt");
    format!("{:?}, {} left", receipt.coverage, receipt.findings_left)
}
