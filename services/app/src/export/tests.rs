//! What a package holds, and what it never holds.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use hemvist_model::ExportManifest;
use hemvist_source::memory::row;
use sha2::{Digest, Sha256};

use crate::erase::tests::company::{ANNA, ANNA_EMAIL, ANNA_PHONE, BO_EMAIL, BO_PHONE, Company};

/// The files of a package, put together; no chunk is larger than allowed.
async fn package(company: &Company) -> BTreeMap<String, Vec<u8>> {
    let anna = company.anna();
    let stream = company
        .app
        .export_subject(&company.caller, &company.controller, &anna)
        .await
        .expect("an export");
    let chunks: Vec<_> = stream.try_collect().await.expect("a whole package");
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for chunk in &chunks {
        assert!(chunk.bytes.len() <= 64 * 1024);
        files
            .entry(chunk.file_name.clone())
            .or_default()
            .extend(&chunk.bytes);
    }
    let last = chunks.last().expect("a last chunk");
    assert_eq!(
        (last.file_name.as_str(), last.last),
        ("manifest.json", true)
    );
    files
}

fn manifest(files: &BTreeMap<String, Vec<u8>>) -> ExportManifest {
    serde_json::from_slice(&files["manifest.json"]).expect("a manifest")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_holds_all_of_the_person_and_nobody_else() {
    let company = Company::new(Vec::new()).await;
    let files = package(&company).await;
    let data = String::from_utf8(files["data/crm.ndjson"].clone()).expect("UTF-8");
    for line in data.lines() {
        assert!(
            serde_json::from_str::<serde_json::Value>(line).is_ok(),
            "{line}"
        );
    }
    for value in [
        ANNA,
        ANNA_EMAIL,
        "mail to",
        "Curriculum",
        "ticket.json",
        "[other person]",
    ] {
        assert_eq!(data.contains(value), value != "Curriculum", "{value}");
    }
    assert!(!data.contains(BO_EMAIL) && !data.contains(BO_PHONE) && !data.contains("logout"));
    assert!(!data.contains(ANNA_PHONE), "nobody declared whose it is");
    let manifest = manifest(&files);
    let digest = crate::ids::hex(&Sha256::digest(&files["data/crm.ndjson"]));
    assert_eq!(manifest.files.len(), 1);
    assert_eq!(
        (
            &manifest.files[0].sha256,
            manifest.files[0].records,
            manifest.unread
        ),
        (&digest, 7, 0)
    );
    assert_eq!(manifest.files[0].bytes, data.len() as u64);
    assert_eq!(
        files["data/crm.ndjson"],
        package(&company).await["data/crm.ndjson"],
        "equal data, equal files"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_names_somebody_else_is_not_shown() {
    let company = Company::new(Vec::new()).await;
    let key = format!("mail to {BO_EMAIL} about {ANNA}.txt");
    company
        .memory
        .put_object("files", key.as_bytes(), b"nothing");
    company.scan().await;
    let files = package(&company).await;
    let data = String::from_utf8_lossy(&files["data/crm.ndjson"]);
    assert!(
        data.contains(&format!("mail to [other person] about {ANNA}.txt"))
            && !data.contains(BO_EMAIL)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_again_is_counted() {
    let company = Company::new(Vec::new()).await;
    company.memory.remove_collection("orders");
    company.memory.put_row("notes", row(&["1", "nobody", "x"]));
    let manifest = manifest(&package(&company).await);
    assert_eq!((manifest.files[0].records, manifest.unread), (5, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_object_comes_in_bounded_chunks() {
    let company = Company::new(Vec::new()).await;
    let line = format!("{ANNA_EMAIL} wrote to {BO_EMAIL} about nothing in particular\n");
    company
        .memory
        .put_object("files", b"long.log", line.repeat(5_000).as_bytes());
    company.scan().await;
    let files = package(&company).await;
    let data = String::from_utf8(files["data/crm.ndjson"].clone()).expect("UTF-8");
    assert_eq!(data.matches("nothing in particular").count(), 5_000);
    assert!(!data.contains(BO_EMAIL));
}
