//! The whole way, and what comes of each kind of Record.

use std::io::{Read, Write};

use hemvist_model::{ErasureState, Outcome, VerificationLevel};
use hemvist_source::memory::{Row, row, text_column};
use hemvist_source::{Column, ColumnKind};

use super::company::{ANNA, ANNA_EMAIL, ANNA_PHONE, BO_EMAIL, BO_PHONE, Company, personnummer};
use crate::{ReceiptError, verify_receipt};

fn texts(rows: &[Row]) -> Vec<Vec<String>> {
    let text = |cell: &Option<Vec<u8>>| match cell {
        Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        None => "NULL".to_owned(),
    };
    rows.iter()
        .map(|row| row.iter().map(text).collect())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_looks_at_an_erasure_is_in_the_audit_log() {
    let company = Company::new(Vec::new()).await;
    let plan = company.plan().await;
    let (app, caller) = (&company.app, &company.caller);
    assert!(company.is_audited("PlanErasure"));
    assert!(!company.is_audited("GetPlan"));
    app.get_plan(caller, &plan.id).await.expect("a plan");
    assert!(company.is_audited("GetPlan"));
    assert!(!company.is_audited("WatchErasure"));
    company.erase(&plan).await;
    assert!(company.is_audited("WatchErasure"));
    assert!(!company.is_audited("GetErasure"));
    app.erasure(caller, &plan.id).await.expect("an erasure");
    assert!(company.is_audited("GetErasure"));
    assert!(!company.is_audited("GetReceipt"));
    app.receipt(caller, &plan.id).await.expect("a receipt");
    assert!(company.is_audited("GetReceipt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_is_gone_and_everybody_else_is_as_before() {
    let company = Company::new(Vec::new()).await;
    let bystanders = company.located(BO_EMAIL).await;
    let plan = company.plan().await;
    let untouched = company.memory.rows("customers");
    assert_eq!(untouched.len(), 2, "planning changes nothing");
    let erasure = company.erase(&plan).await;
    let outcomes = company.outcomes(&plan).await;
    assert_eq!(erasure.state, ErasureState::Erased, "{outcomes:?}");

    let bo = personnummer("19900101", 981);
    let rows = |table: &str| texts(&company.memory.rows(table));
    assert_eq!(
        rows("customers"),
        texts(&[row(&["2", &bo, BO_EMAIL, BO_PHONE, "Bo"])])
    );
    assert_eq!(rows("orders"), texts(&[row(&["11", BO_EMAIL, "12"])]));
    let redacted = format!("Ring [erased] om {BO_EMAIL}.");
    assert_eq!(rows("notes")[0], ["1", redacted.as_str(), "x"]);
    let objects = company.memory.objects("files");
    let object = |key: &str| String::from_utf8_lossy(&objects[key.as_bytes()]).into_owned();
    assert_eq!(
        object("export.csv"),
        format!("name,email\r\nBo,{BO_EMAIL}\r\n")
    );
    assert_eq!(
        object("app.log"),
        format!("login {BO_EMAIL}\nmail to [erased] sent\nlogout {BO_EMAIL}\n")
    );
    assert_eq!(
        object("ticket.json"),
        format!(r#"{{"from": "[erased]", "cc": "{BO_EMAIL}", "n": 1.50}}"#)
    );
    assert_eq!(object("other.txt"), format!("only {BO_EMAIL}\n"));
    assert!(
        !objects
            .keys()
            .any(|key| String::from_utf8_lossy(key).contains(ANNA))
    );

    assert_eq!(company.located(ANNA).await, 0);
    assert_eq!(company.located(ANNA_EMAIL).await, 0);
    assert_eq!(
        company.located(BO_EMAIL).await,
        bystanders,
        "others stay findable"
    );
    let receipt = company.verified_receipt(&plan).await;
    assert_eq!(
        (receipt.state.as_str(), receipt.verification),
        ("ERASED", VerificationLevel::ReScan)
    );
    assert_eq!(
        (receipt.findings_left, receipt.case_reference.as_str()),
        (0, "case-7")
    );
    assert_eq!(receipt.items.len(), plan.items.len());
    assert!(
        receipt
            .not_claimed
            .iter()
            .any(|text| text.starts_with("Backups"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_tells_no_value_and_bears_no_change_of_a_bit() {
    let company = Company::new(Vec::new()).await;
    let plan = company.plan().await;
    company.erase(&plan).await;
    let document = company
        .app
        .receipt(&company.caller, &plan.id)
        .await
        .expect("a receipt");
    let text = String::from_utf8(document.clone()).expect("JSON");
    for value in [ANNA, ANNA_EMAIL, ANNA_PHONE, BO_EMAIL, "198112289874"] {
        assert!(!text.contains(value));
    }
    assert!(verify_receipt(&document, None).is_ok());
    assert_eq!(
        verify_receipt(&document, Some(&[1; 32])),
        Err(ReceiptError::OtherKey)
    );
    for bit in 0..document.len() * 8 {
        let mut changed = document.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(verify_receipt(&changed, None).is_err(), "bit {bit}");
    }
    assert!(verify_receipt(&document[..document.len() - 1], None).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_again_gives_the_same_plan_and_the_same_erasure() {
    let company = Company::new(Vec::new()).await;
    let app = &company.app;
    let plan = || app.plan_erasure(&company.caller, &company.controller, &[], "");
    assert!(plan().await.is_err());
    let anna = company.anna();
    let first = app
        .plan_erasure(&company.caller, &company.controller, &anna, "r-1")
        .await
        .expect("a plan");
    let again = app
        .plan_erasure(&company.caller, &company.controller, &anna, "r-1")
        .await
        .expect("a plan");
    assert!(first.id == again.id && first.hash == again.hash);
    company.erase(&first).await;
    let erasure = app
        .execute_plan(&company.caller, &first.id)
        .await
        .expect("the same erasure");
    assert_eq!(erasure.state, ErasureState::Erased);
    let outcomes = company.outcomes(&first).await;
    assert!(
        outcomes
            .iter()
            .all(|(_, _, outcome)| outcome.as_ref().is_some_and(Outcome::is_erased))
    );
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder
        .write_all(text.as_bytes())
        .expect("written to memory");
    encoder.finish().expect("written to memory")
}

#[tokio::test(flavor = "multi_thread")]
async fn formats_stay_sound_around_what_is_erased() {
    let company = Company::new(Vec::new()).await;
    let columns = ["id", "snapshot"].map(|name| Column {
        kind: if name == "id" {
            ColumnKind::Text
        } else {
            ColumnKind::Json
        },
        ..text_column(name)
    });
    let number = ANNA.replace('-', "");
    let json = format!(r#"{{"pnr": {number}, "by": "{BO_EMAIL}"}}"#);
    company
        .memory
        .put_table_of("history", columns.into(), 1, vec![row(&["1", &json])]);
    let lines =
        format!("{{\"pnr\":{number},\"to\":\"{BO_EMAIL}\"}}\n{{\"pnr\":{number}}}\n{{\"n\":1}}\n");
    company
        .memory
        .put_object("files", b"events.ndjson", lines.as_bytes());
    company.memory.put_object(
        "files",
        b"old.log.gz",
        &gzip(&format!("a {ANNA_EMAIL}\nb {BO_EMAIL}\n")),
    );
    company.scan().await;
    let plan = company.plan().await;
    let state = company.erase(&plan).await.state;
    assert_eq!(
        state,
        ErasureState::Erased,
        "{:?}",
        company.outcomes(&plan).await
    );
    let left = format!(r#"{{"pnr": null, "by": "{BO_EMAIL}"}}"#);
    assert_eq!(
        texts(&company.memory.rows("history")),
        texts(&[row(&["1", &left])])
    );
    let objects = company.memory.objects("files");
    let left = format!("{{\"pnr\":null,\"to\":\"{BO_EMAIL}\"}}\n{{\"n\":1}}\n");
    assert_eq!(
        String::from_utf8_lossy(&objects[&b"events.ndjson"[..]]),
        left
    );
    let mut unpacked = String::new();
    let packed = objects[&b"old.log.gz"[..]].as_slice();
    flate2::read::MultiGzDecoder::new(packed)
        .read_to_string(&mut unpacked)
        .expect("sound gzip");
    assert_eq!(unpacked, format!("a [erased]\nb {BO_EMAIL}\n"));
}
