//! What only S3 has: credentials, prefixes, metadata, versions, Object Lock.

mod bucket;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketVersioningStatus, ObjectLockLegalHold, ObjectLockLegalHoldStatus};
use hemvist_estate::S3Identity;
use hemvist_model::{Fingerprint, RecordKey};
use hemvist_object::{S3Source, SplitLimits};
use hemvist_source::conformance::reading::{Seen, fingerprinter, object_of, ok, read_all, splits};
use hemvist_source::{Change, Changed, Kind, Source};

use bucket::Bucket;

const ALL: u64 = 1000;
/// More than is written at once, so that it goes in parts.
const LARGE_BYTES: usize = 17 * 1024 * 1024;

fn key(key: &str, version: Option<&str>) -> RecordKey {
    RecordKey::Object {
        key: key.as_bytes().to_vec(),
        version: version.map(str::to_owned),
    }
}

fn upper() -> Change {
    Change::RewriteObject(Box::new(|piece| {
        Ok(piece.map_or(Vec::new(), <[u8]>::to_ascii_uppercase))
    }))
}

async fn fingerprint(source: &S3Source, key: &RecordKey) -> Fingerprint {
    let image = ok(source.read_record(&source.collection_name(), key).await);
    let (mark, bytes) = object_of(image).await;
    let mut fingerprint = fingerprinter().object();
    fingerprint.update(&bytes);
    fingerprint.finish(Some(mark))
}

async fn change(source: &S3Source, key: &RecordKey, change: Change) -> Changed {
    let expected = fingerprint(source, key).await;
    let (name, fingerprinter) = (source.collection_name(), fingerprinter());
    ok(source
        .change(&name, key, &expected, &fingerprinter, change)
        .await)
}

/// Versions with their bytes, sorted by bytes.
async fn versions(source: &S3Source) -> Vec<(Vec<u8>, RecordKey)> {
    let seen = read_all(source, &source.collection_name()).await;
    let object = |seen| match seen {
        Seen::Object(key, bytes) => (bytes, key),
        _ => panic!("an object was expected"),
    };
    let mut versions: Vec<_> = seen.into_iter().map(object).collect();
    versions.sort();
    versions
}

async fn kind_of(source: &S3Source) -> Option<Kind> {
    let probed = source.probe().await.err().map(|error| error.kind());
    let cut = splits(source, &source.collection_name()).await.err();
    assert_eq!(probed, cut.map(|error| error.kind()));
    probed
}

#[tokio::test]
async fn what_is_wrong_with_the_settings_is_told_apart() {
    let bucket = Bucket::new().await;
    let with = |alter: &dyn Fn(&mut hemvist_object::S3Settings)| {
        let mut settings = bucket.settings(&bucket.server.owner, "");
        alter(&mut settings);
        S3Source::connect(settings, SplitLimits::default())
    };
    assert_eq!(kind_of(&with(&|_| ())).await, None);
    let wrong = with(&|settings| settings.secret_key.push('x'));
    assert_eq!(kind_of(&wrong).await, Some(Kind::Denied));
    let wrong = with(&|settings| settings.bucket.push('x'));
    assert_eq!(kind_of(&wrong).await, Some(Kind::NotFound));
    let wrong = with(&|settings| settings.endpoint = "http://127.0.0.1:1".to_owned());
    assert_eq!(kind_of(&wrong).await, Some(Kind::Transient));
    let wrong = with(&|settings| settings.endpoint = "http://store.example:1".to_owned());
    assert_eq!(kind_of(&wrong).await, Some(Kind::Transient));
}

#[tokio::test]
async fn a_credential_that_may_only_read_reads_and_changes_nothing() {
    let bucket = Bucket::new().await;
    bucket.put("a", b"name").await;
    let settings = bucket.settings(&bucket.server.reader, "");
    let source = S3Source::connect(settings, SplitLimits::default());
    assert_eq!(versions(&source).await.len(), 1);
    for attempt in [Change::DeleteObject, upper()] {
        let left = change(&source, &key("a", None), attempt).await;
        assert!(matches!(left, Changed::Refused(_)), "{left:?}");
    }
    assert_eq!(bucket.get("a").await.as_deref(), Some(&b"name"[..]));
    assert_eq!(bucket.keys().await, ["a"]);
}

#[tokio::test]
async fn only_what_is_below_the_prefix_is_touched() {
    let bucket = Bucket::new().await;
    for name in ["in/a", "in/b", "inner", "out"] {
        bucket.put(name, b"name").await;
    }
    let source = bucket.source("in/", ALL);
    assert_eq!(versions(&source).await.len(), 2);
    let image = ok(source
        .read_record(&source.collection_name(), &key("out", None))
        .await);
    assert!(image.is_none());
    let (name, fingerprinter) = (source.collection_name(), fingerprinter());
    let expected = fingerprint(&bucket.source("", ALL), &key("out", None)).await;
    let out = key("out", None);
    let gone = source.change(&name, &out, &expected, &fingerprinter, Change::DeleteObject);
    assert_eq!(ok(gone.await), Changed::Gone);
    assert_eq!(
        change(&source, &key("in/a", None), Change::DeleteObject).await,
        Changed::Done
    );
    let mut keys = bucket.keys().await;
    keys.sort();
    assert_eq!(
        keys,
        ["in/b", "inner", "out"],
        "or something of ours is left behind"
    );
}

#[tokio::test]
async fn rewriting_keeps_metadata_and_tags() {
    let bucket = Bucket::new().await;
    for (name, bytes) in [("small", 10), ("large", LARGE_BYTES)] {
        let request = bucket.client.put_object().bucket(&bucket.name).key(name);
        let request = request.content_type("text/csv").metadata("origin", "test");
        let request = request
            .cache_control("no-store")
            .tagging("kind=a%20b&other=%C3%A5");
        let body = ByteStream::from(vec![b'a'; bytes]);
        request.body(body).send().await.expect("a written object");
        let source = bucket.source("", ALL);
        assert_eq!(
            change(&source, &key(name, None), upper()).await,
            Changed::Done
        );
        assert!(bucket.get(name).await == Some(vec![b'A'; bytes]));
        let head = bucket.client.head_object().bucket(&bucket.name).key(name);
        let head = head.send().await.expect("an object of ours");
        assert_eq!(head.content_type(), Some("text/csv"), "{name}");
        assert_eq!(head.cache_control(), Some("no-store"), "{name}");
        let origin = head.metadata().and_then(|metadata| metadata.get("origin"));
        assert_eq!(origin.map(String::as_str), Some("test"), "{name}");
        let tags = bucket
            .client
            .get_object_tagging()
            .bucket(&bucket.name)
            .key(name);
        let tags = tags.send().await.expect("tags");
        let mut tags: Vec<_> = tags
            .tag_set()
            .iter()
            .map(|tag| (tag.key(), tag.value()))
            .collect();
        tags.sort_unstable();
        assert_eq!(tags, [("kind", "a b"), ("other", "å")], "{name}");
    }
}

#[tokio::test]
async fn an_abandoned_large_rewrite_leaves_no_parts() {
    let bucket = Bucket::new().await;
    bucket.put("large", &vec![b'a'; LARGE_BYTES]).await;
    let source = bucket.source("", ALL);
    let failing = Change::RewriteObject(Box::new(|piece| match piece {
        Some(piece) => Ok(piece.to_vec()),
        None => Err("given up"),
    }));
    let left = change(&source, &key("large", None), failing).await;
    assert_eq!(left, Changed::Unverifiable("given up"));
    let uploads = bucket
        .client
        .list_multipart_uploads()
        .bucket(&bucket.name)
        .send()
        .await;
    assert!(uploads.expect("a listing").uploads().is_empty());
    assert_eq!(bucket.keys().await, ["large"]);
}

#[tokio::test]
async fn what_a_dead_process_left_of_its_probing_is_swept_away() {
    let left = format!(".hemvist-probe-{:032x}", 7);
    for keeps_versions in [false, true] {
        let bucket = Bucket::new().await;
        if keeps_versions {
            bucket.keep_versions(BucketVersioningStatus::Enabled).await;
        }
        bucket.put(&left, b"").await;
        for name in ["a", ".hemvist-probe-notes"] {
            bucket.put(name, b"somebody's").await;
        }
        let source = bucket.source("", ALL);
        let (_, a) = versions(&source).await.pop().expect("an object");
        assert_eq!(change(&source, &a, upper()).await, Changed::Done);
        let mut keys = bucket.keys().await;
        keys.sort();
        assert_eq!(keys, [".hemvist-probe-notes", "a"]);
        assert!(
            versions(&source)
                .await
                .iter()
                .all(|(bytes, _)| !bytes.is_empty())
        );
    }
}

#[tokio::test]
async fn every_version_is_a_record_and_is_deleted_alone() {
    let bucket = Bucket::new().await;
    bucket.put("a", b"0 before versions were kept").await;
    bucket.keep_versions(BucketVersioningStatus::Enabled).await;
    bucket.put("a", b"1 old").await;
    bucket.put("a", b"2 new").await;
    bucket.put("hidden", b"3 under a marker").await;
    bucket.delete("hidden").await;
    for split_records in [1, ALL] {
        let found = versions(&bucket.source("", split_records)).await;
        let first: Vec<u8> = found.iter().map(|(bytes, _)| bytes[0]).collect();
        assert_eq!(first, b"0123");
    }
    let source = bucket.source("", ALL);
    assert!(ok(source.probe().await).versions);
    let mut left = versions(&source).await;
    for index in [1, 2, 0, 0] {
        let (_, gone) = left.remove(index);
        assert_eq!(
            change(&source, &gone, Change::DeleteObject).await,
            Changed::Done
        );
        assert!(versions(&source).await == left, "after the one at {index}");
    }
    assert!(left.is_empty());
}

#[tokio::test]
async fn rewriting_replaces_the_latest_version_and_no_older_one() {
    let bucket = Bucket::new().await;
    bucket.keep_versions(BucketVersioningStatus::Enabled).await;
    bucket.put("a", b"1 old").await;
    bucket.put("a", b"2 new").await;
    let source = bucket.source("", ALL);
    let before = versions(&source).await;
    let left = change(&source, &before[0].1, upper()).await;
    assert!(matches!(left, Changed::Unverifiable(_)), "{left:?}");
    assert!(versions(&source).await == before);
    assert_eq!(change(&source, &before[1].1, upper()).await, Changed::Done);
    let after = versions(&source).await;
    assert!(after[0] == before[0] && after.len() == 2);
    assert_eq!(after[1].0, b"2 NEW");
    assert_eq!(bucket.get("a").await.as_deref(), Some(&b"2 NEW"[..]));
}

#[tokio::test]
async fn a_rewriting_that_broke_off_before_its_old_version_was_deleted_is_ended() {
    let bucket = Bucket::new().await;
    bucket.keep_versions(BucketVersioningStatus::Enabled).await;
    for (now, expected) in [("NAME", true), ("NAME!", false), ("NAM", false)] {
        let planned = key("a", bucket.put("a", b"name").await.as_deref());
        bucket.put("a", now.as_bytes()).await;
        let source = bucket.source("", ALL);
        let before = versions(&source).await;
        let left = change(&source, &planned, upper()).await;
        match expected {
            true => assert_eq!(left, Changed::Done),
            false => assert!(matches!(left, Changed::Unverifiable(_)), "{left:?}"),
        }
        let after = versions(&source).await;
        let is_left = |(_, key): &&(Vec<u8>, RecordKey)| !expected || *key != planned;
        let meant: Vec<_> = before.iter().filter(is_left).cloned().collect();
        assert!(after == meant, "{now}");
        assert_eq!(bucket.get("a").await.as_deref(), Some(now.as_bytes()));
    }
}

#[tokio::test]
async fn an_older_version_without_the_planned_content_is_left() {
    let bucket = Bucket::new().await;
    bucket.keep_versions(BucketVersioningStatus::Enabled).await;
    let planned = key("a", bucket.put("a", b"name").await.as_deref());
    bucket.put("a", b"NAME").await;
    let source = bucket.source("", ALL);
    let before = versions(&source).await;
    let mut expected = fingerprint(&source, &planned).await;
    expected.digest[0] ^= 1;
    let (name, fingerprinter) = (source.collection_name(), fingerprinter());
    let left = source.change(&name, &planned, &expected, &fingerprinter, upper());
    assert_eq!(ok(left.await), Changed::FingerprintDiffers);
    assert!(versions(&source).await == before);
}

#[tokio::test]
async fn a_version_under_a_delete_marker_is_not_rewritten() {
    let bucket = Bucket::new().await;
    bucket.keep_versions(BucketVersioningStatus::Enabled).await;
    bucket.put("a", b"1 old").await;
    bucket.delete("a").await;
    let source = bucket.source("", ALL);
    let before = versions(&source).await;
    let left = change(&source, &before[0].1, upper()).await;
    assert!(matches!(left, Changed::Unverifiable(_)), "{left:?}");
    assert!(versions(&source).await == before && bucket.get("a").await.is_none());
}

#[tokio::test]
async fn a_bucket_that_keeps_versions_since_it_was_scanned_is_scanned_again_first() {
    let bucket = Bucket::new().await;
    bucket.put("a", b"name").await;
    let source = bucket.source("", ALL);
    assert_eq!(versions(&source).await.len(), 1);
    bucket.keep_versions(BucketVersioningStatus::Enabled).await;
    for attempt in [Change::DeleteObject, upper()] {
        let left = change(&source, &key("a", None), attempt).await;
        assert!(matches!(left, Changed::Unverifiable(_)), "{left:?}");
    }
    assert_eq!(bucket.get("a").await.as_deref(), Some(&b"name"[..]));
}

#[tokio::test]
async fn suspended_versions_are_not_overwritten() {
    let bucket = Bucket::new().await;
    bucket.put("a", b"0 null").await;
    bucket.keep_versions(BucketVersioningStatus::Enabled).await;
    bucket.put("a", b"1 kept").await;
    bucket
        .keep_versions(BucketVersioningStatus::Suspended)
        .await;
    let source = bucket.source("", ALL);
    let before = versions(&source).await;
    assert_eq!(before.len(), 2);
    let left = change(&source, &before[1].1, upper()).await;
    assert!(matches!(left, Changed::Unverifiable(_)), "{left:?}");
    assert!(versions(&source).await == before);
}

#[tokio::test]
async fn what_the_store_keeps_under_legal_hold_is_refused() {
    let bucket = Bucket::new().await;
    let locked = format!("{}-locked", bucket.name);
    let made = bucket
        .client
        .create_bucket()
        .bucket(&locked)
        .object_lock_enabled_for_bucket(true);
    made.send().await.expect("a bucket with Object Lock");
    let bucket = Bucket {
        name: locked,
        ..bucket
    };
    let version = bucket.put("a", b"name").await;
    let hold = ObjectLockLegalHold::builder()
        .status(ObjectLockLegalHoldStatus::On)
        .build();
    let held = bucket
        .client
        .put_object_legal_hold()
        .bucket(&bucket.name)
        .key("a");
    held.legal_hold(hold).send().await.expect("a legal hold");
    let source = bucket.source("", ALL);
    for attempt in [Change::DeleteObject, upper()] {
        let left = change(&source, &key("a", version.as_deref()), attempt).await;
        assert!(matches!(left, Changed::Refused(_)), "{left:?}");
    }
    assert_eq!(versions(&source).await.len(), 1);
}

#[tokio::test]
async fn an_unknown_credential_is_denied_and_its_message_names_no_key() {
    let bucket = Bucket::new().await;
    bucket.put("anna-andersson", b"name").await;
    let stranger = S3Identity {
        key: "nobody".to_owned(),
        secret: "nothing".to_owned(),
    };
    let source = S3Source::connect(bucket.settings(&stranger, ""), SplitLimits::default());
    let name = key("anna-andersson", None);
    let error = source
        .read_record(&source.collection_name(), &name)
        .await
        .err();
    let Some(error) = error else {
        panic!("a stranger reads")
    };
    assert_eq!(error.kind(), Kind::Denied);
    assert!(!error.to_string().contains("anna"), "{error}");
}
