//! Sources, Holds, the audit log.

use hemvist_model::*;
use hemvist_store::{AuditEntry, Kind};

use crate::fixture::*;

crate::on_both! {
    sources_are_registered_changed_by_revision_and_listed_in_pages
    every_setting_of_a_source_reads_back
    deleting_a_source_leaves_nothing_of_it
    holds_round_trip
    audit_entries_cannot_be_changed
}

async fn sources_are_registered_changed_by_revision_and_listed_in_pages(f: Fixture) {
    for id in ["crm", "files", "archive"] {
        f.store.create_source(&source(id)).await.expect("created");
    }
    let twice = f.store.create_source(&source("crm")).await;
    assert_eq!(twice.map_err(|e| e.kind()), Err(Kind::Conflict));

    let first = f.store.sources(None, 2).await.expect("listed");
    let ids: Vec<&str> = first.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["archive", "crm"]);
    let rest = f
        .store
        .sources(Some(&first[1].id), 2)
        .await
        .expect("listed");
    assert_eq!(rest, [source("files")]);

    let mut changed = source("crm");
    changed.settings = SourceSettings::Tree {
        root: "/new".into(),
    };
    changed.created = Timestamp(999);
    let updated = f.store.update_source(&changed, 1).await.expect("updated");
    assert_eq!((updated.revision, updated.created), (2, Timestamp(17)));
    let read = f.store.source(&changed.id).await.expect("read");
    assert_eq!(read, Some(updated));
    let stale = f.store.update_source(&changed, 1).await;
    assert_eq!(stale.map_err(|e| e.kind()), Err(Kind::Conflict));
    let unknown = f.store.update_source(&source("none"), 1).await;
    assert_eq!(unknown.map_err(|e| e.kind()), Err(Kind::NotFound));
    changed.controller = ControllerId::new("other").expect("an id");
    let moved = f.store.update_source(&changed, 2).await;
    assert_eq!(moved.map_err(|e| e.kind()), Err(Kind::Unsupported));
}

async fn every_setting_of_a_source_reads_back(f: Fixture) {
    let sql = || SqlSettings {
        host: "db.example.com".into(),
        port: 5432,
        database: "å\"'".into(),
        user: "reader".into(),
        password: Some("env:CRM_PASSWORD".into()),
        tls: true,
    };
    let s3 = SourceSettings::S3 {
        endpoint: "https://s3.example.com".into(),
        region: "eu-north-1".into(),
        bucket: "b".into(),
        prefix: "a//b".into(),
        access_key_id: "id".into(),
        secret_key: "file:/run/secret".into(),
    };
    let settings = [
        SourceSettings::Postgres(sql()),
        SourceSettings::Mariadb(sql()),
        SourceSettings::Sqlite { path: "p".into() },
        s3,
    ];
    for (n, settings) in settings.into_iter().enumerate() {
        let mut source = source(&format!("s{n}"));
        source.settings = settings;
        source.identity_sources = vec![IdentitySource {
            collection: CollectionName::new("people"),
            fields: vec![("pnr".into(), InfoType::SePersonnummer)],
        }];
        source.policies = vec![CollectionPolicy {
            collection: CollectionName::new("people"),
            records: RecordPolicy::Mask,
            clear_fields: vec!["name".into()],
        }];
        f.store.create_source(&source).await.expect("created");
        let read = f.store.source(&source.id).await.expect("read");
        assert_eq!(read, Some(source));
    }
}

async fn deleting_a_source_leaves_nothing_of_it(f: Fixture) {
    for id in ["crm", "files"] {
        f.store.create_source(&source(id)).await.expect("created");
        let split = found(vec![finding(1, 1, "email")]);
        f.scan_all(id, &format!("scan-{id}"), vec![("people", vec![split])])
            .await;
    }
    let crm = source_id("crm");
    assert_eq!(f.store.delete_source(&crm).await, Ok(true));
    assert_eq!(f.store.delete_source(&crm).await, Ok(false));
    assert_eq!(f.store.source(&crm).await, Ok(None));
    assert_eq!(f.places(pseudonym(1)).await.len(), 1);
    for table in [
        "source",
        "collection",
        "field",
        "scan",
        "scan_collection",
        "split",
        "finding",
        "record",
    ] {
        let left = f.number(&format!("SELECT COUNT(*) FROM {table}")).await;
        assert_eq!(left, 1, "{table}");
    }
}

async fn holds_round_trip(f: Fixture) {
    let hold = |id: &str| Hold {
        id: HoldId::new(id).expect("an id"),
        basis: "bokföringslagen 7 kap. 2 §".into(),
        until: Date::new(2033, 12, 31).expect("a day"),
        source: source_id("crm"),
        collection: None,
        pseudonym: None,
    };
    let unknown = f.store.create_hold(&hold("a")).await;
    assert_eq!(unknown.map_err(|e| e.kind()), Err(Kind::NotFound));
    f.store
        .create_source(&source("crm"))
        .await
        .expect("created");
    let narrow = Hold {
        collection: Some(CollectionName::new("invoices")),
        pseudonym: Some(pseudonym(9)),
        ..hold("b")
    };
    f.store.create_hold(&narrow).await.expect("created");
    f.store.create_hold(&hold("a")).await.expect("created");
    let longer = Hold {
        until: Date::new(2040, 1, 1).expect("a day"),
        ..hold("a")
    };
    let again = f.store.create_hold(&longer).await;
    assert_eq!(again.map_err(|e| e.kind()), Err(Kind::Conflict));
    assert!(f.store.holds(&acme()).await.expect("read") == [hold("a"), narrow]);
    let other = ControllerId::new("other").expect("an id");
    assert!(f.store.holds(&other).await.expect("read").is_empty());
    let id = HoldId::new("a").expect("an id");
    assert_eq!(f.store.delete_hold(&id).await, Ok(true));
    assert_eq!(f.store.delete_hold(&id).await, Ok(false));
}

async fn audit_entries_cannot_be_changed(f: Fixture) {
    let entry = AuditEntry {
        at: Timestamp(5),
        caller: caller(),
        method: "locate",
        controller: Some(acme()),
        resource: "controllers/acme".into(),
    };
    f.store.audit(&entry).await.expect("written");
    f.store.audit(&entry).await.expect("written");
    let complete = "SELECT COUNT(*) FROM audit WHERE at = 5 AND principal = 'dpo' AND \
                    purpose = 'access-request' AND case_reference = 'C-1' AND method = 'locate' \
                    AND controller = 'acme' AND resource = 'controllers/acme'";
    assert_eq!(f.number(complete).await, 2);
    for change in ["UPDATE audit SET at = 6", "DELETE FROM audit"] {
        assert!(f.refuses(change).await, "{change}");
    }
    assert_eq!(f.number(complete).await, 2);
}
