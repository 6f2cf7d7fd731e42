//! The cases for Sources of objects.

mod changing;

use futures::TryStreamExt;
use hemvist_model::{Fingerprint, RecordKey, SkipReason};

use super::ObjectFixture;
use super::reading::{
    Seen, check_resume, drain, fingerprinter, object_of, ok, read_all, splits, steps,
};
use crate::{Batch, Change, Changed, Kind, Source};

pub use changing::*;

/// Large enough that everything the suite makes is one Split.
const ONE_SPLIT: u64 = 10_000;
/// Objects of a Collection that is cut into many Splits.
const MANY: usize = 57;
/// Objects to a Split of such a Collection.
const FEW: u64 = 5;
/// No piece is larger, so that reading is bounded whatever the object's size.
const PIECE_BYTES_MAX: usize = 1024 * 1024;
/// An object of several pieces, and of several parts where stores upload in parts.
const LARGE_BYTES: usize = 19 * 1024 * 1024 + 7;

/// Keys that a careless joining, normalising or quoting would confuse.
const HOSTILE: [&[u8]; 28] = [
    b"a/b",
    b"a//b",
    b"a/b/",
    b"/a",
    b"//a",
    b"a/./b",
    b"a/../b",
    b"../a",
    b"..",
    b"a",
    b"A",
    b"a b",
    b" a",
    b"a ",
    b"a+b",
    b"a%2Fb",
    b"a%b",
    b"a\nb",
    b"a\r\nb",
    b"a\tb",
    b"a\"b",
    b"a'b",
    b"a<b>&amp;",
    b"a?b#c",
    b"a\\b",
    b"a\x01b",
    b"a\xff\xfeb",
    b"a:b=c;d,e",
];

fn hostile_keys() -> Vec<Vec<u8>> {
    let texts = ["å", "a\u{30a}", "🦊", "ﬁ", "å/ä/ö.txt"];
    let long = [
        vec![b'x'; 200],
        [vec![b'y'; 200], vec![b'z'; 200], vec![b'w'; 200]].join(&b'/'),
    ];
    HOSTILE
        .iter()
        .map(|key| key.to_vec())
        .chain(texts.iter().map(|key| key.as_bytes().to_vec()))
        .chain(long)
        .collect()
}

/// Bytes that differ everywhere, so that a lost or repeated piece shows.
fn content(bytes: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut content = Vec::with_capacity(bytes + 8);
    while content.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        content.extend_from_slice(&state.to_le_bytes());
    }
    content.truncate(bytes);
    content
}

fn key(key: &[u8]) -> RecordKey {
    RecordKey::Object {
        key: key.to_vec(),
        version: None,
    }
}

/// The key's bytes; versions are the store's own and not the suite's.
fn key_bytes(key: &RecordKey) -> Vec<u8> {
    match key {
        RecordKey::Object { key, .. } => key.clone(),
        _ => panic!("an object's key was expected"),
    }
}

async fn fill(fixture: &dyn ObjectFixture, count: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut made = Vec::new();
    for index in 0..count {
        let key = format!("d{}/o{index:03}", index % 7).into_bytes();
        let bytes = content(index * 13, index as u64);
        fixture.put(&key, &bytes).await;
        made.push((key, bytes));
    }
    sorted(made)
}

fn sorted(mut objects: Vec<(Vec<u8>, Vec<u8>)>) -> Vec<(Vec<u8>, Vec<u8>)> {
    objects.sort();
    objects
}

fn objects_seen(seen: Vec<Seen>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let object = |seen| match seen {
        Seen::Object(key, bytes) => (key_bytes(&key), bytes),
        _ => panic!("a whole object was expected"),
    };
    sorted(seen.into_iter().map(object).collect())
}

/// The key as the Source gives it, with a version where the store keeps versions.
async fn listed_key(fixture: &dyn ObjectFixture, source: &dyn Source, bytes: &[u8]) -> RecordKey {
    let seen = read_all(source, &fixture.collection()).await;
    let found = seen
        .iter()
        .map(Seen::key)
        .find(|key| key_bytes(key) == bytes);
    match found {
        Some(key) => key.clone(),
        None => panic!("an object that was made is not listed"),
    }
}

/// The Fingerprint of an object as it is now.
async fn fingerprint(
    fixture: &dyn ObjectFixture,
    source: &dyn Source,
    key: &RecordKey,
) -> Fingerprint {
    let image = ok(source.read_record(&fixture.collection(), key).await);
    let (store_version, bytes) = object_of(image).await;
    let mut fingerprint = fingerprinter().object();
    fingerprint.update(&bytes);
    fingerprint.finish(Some(store_version))
}

async fn change(
    fixture: &dyn ObjectFixture,
    source: &dyn Source,
    key: &RecordKey,
    expected: &Fingerprint,
    change: Change,
) -> Changed {
    ok(source
        .change(
            &fixture.collection(),
            key,
            expected,
            &fingerprinter(),
            change,
        )
        .await)
}

/// Gives each piece back, with `tail` after the last.
fn append(tail: &'static [u8]) -> Change {
    Change::RewriteObject(Box::new(move |piece| Ok(piece.unwrap_or(tail).to_vec())))
}

/// The one Collection is listed, as holding objects.
pub async fn lists_one_collection(fixture: &dyn ObjectFixture) {
    fill(fixture, 3).await;
    let source = fixture.source(ONE_SPLIT).await;
    let listed = ok(source.collections().await);
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].name, fixture.collection());
    assert!(listed[0].columns.is_empty() && listed[0].row_key.is_none());
    assert!(ok(source.left_alone().await).is_empty());
    assert!(!ok(source.probe().await).product.is_empty());
}

/// However it is cut, every object comes exactly once.
pub async fn splits_hold_every_object_once(fixture: &dyn ObjectFixture) {
    let made = fill(fixture, MANY).await;
    for split_records in [1, FEW, ONE_SPLIT] {
        let source = fixture.source(split_records).await;
        let count = ok(splits(&*source, &fixture.collection()).await).len();
        let seen = read_all(&*source, &fixture.collection()).await;
        assert!(
            objects_seen(seen) == made,
            "{split_records} objects to a Split"
        );
        let many = split_records < ONE_SPLIT;
        assert!(
            !many || count > 4,
            "{count} Splits for {split_records} objects each"
        );
    }
}

/// A bucket or tree without objects is read and gives nothing.
pub async fn an_empty_collection_reads_as_nothing(fixture: &dyn ObjectFixture) {
    let source = fixture.source(FEW).await;
    assert!(read_all(&*source, &fixture.collection()).await.is_empty());
}

/// Reading goes on after any object, by another Source as well.
pub async fn reading_resumes_after_each_object(fixture: &dyn ObjectFixture) {
    fill(fixture, MANY).await;
    for split_records in [FEW, ONE_SPLIT] {
        let source = fixture.source(split_records).await;
        let fresh = fixture.source(split_records).await;
        check_resume(&*source, &*fresh, &fixture.collection()).await;
    }
}

/// A large object comes in bounded pieces, in order and whole.
pub async fn large_objects_come_in_pieces(fixture: &dyn ObjectFixture) {
    let large = content(LARGE_BYTES, 1);
    fixture.put(b"large", &large).await;
    fixture.put(b"small", b"small").await;
    let source = fixture.source(ONE_SPLIT).await;
    let mut pieces = 0;
    for split in ok(splits(&*source, &fixture.collection()).await) {
        let mut batches = source.read(&split, None);
        while let Some(batch) = ok(batches.try_next().await) {
            let Batch::Object(piece) = batch else {
                panic!("a piece was expected")
            };
            assert!(
                piece.bytes.len() <= PIECE_BYTES_MAX,
                "{} bytes",
                piece.bytes.len()
            );
            pieces += 1;
        }
    }
    assert!(pieces > LARGE_BYTES / PIECE_BYTES_MAX, "{pieces}");
    let seen = read_all(&*source, &fixture.collection()).await;
    let made = vec![
        (b"large".to_vec(), large),
        (b"small".to_vec(), b"small".to_vec()),
    ];
    assert!(objects_seen(seen) == made);
}

/// A credential that may not read gives `Denied`, whatever is asked.
pub async fn a_denied_collection_is_denied(fixture: &dyn ObjectFixture) {
    fill(fixture, 2).await;
    let Some(denied) = fixture.denied().await else {
        return;
    };
    let error = splits(&*denied, &fixture.collection()).await.err();
    assert_eq!(error.map(|error| error.kind()), Some(Kind::Denied));
    let error = denied
        .read_record(&fixture.collection(), &key(b"d0/o000"))
        .await
        .err();
    assert_eq!(error.map(|error| error.kind()), Some(Kind::Denied));
}

/// A bucket or tree that is removed gives `NotFound`, or reads as Skips: never as complete.
pub async fn a_removed_collection_is_not_found(fixture: &dyn ObjectFixture) {
    fill(fixture, 3).await;
    let source = fixture.source(ONE_SPLIT).await;
    let cut = ok(splits(&*source, &fixture.collection()).await);
    fixture.remove_collection().await;
    let error = splits(&*source, &fixture.collection()).await.err();
    assert_eq!(error.map(|error| error.kind()), Some(Kind::NotFound));
    match steps(&*source, &cut[0], None).await {
        Err(error) => assert_eq!(error.kind(), Kind::NotFound),
        Ok(steps) => {
            let seen: Vec<Seen> = steps.into_iter().flat_map(|step| step.seen).collect();
            let vanished = |seen: &Seen| matches!(seen, Seen::Skipped(_, SkipReason::Vanished));
            assert!(seen.len() == 3 && seen.iter().all(vanished));
        }
    }
}

/// An object that goes between cutting and reading is a Skip, and the rest goes on.
pub async fn an_object_deleted_after_cutting_is_skipped_as_vanished(fixture: &dyn ObjectFixture) {
    let made = fill(fixture, 20).await;
    let source = fixture.source(FEW).await;
    let cut = ok(splits(&*source, &fixture.collection()).await);
    let gone = [&made[0].0, &made[7].0, &made[19].0];
    for key in gone {
        fixture.delete(key).await;
    }
    let mut seen = Vec::new();
    for split in &cut {
        let read = ok(steps(&*source, split, None).await);
        seen.extend(read.into_iter().flat_map(|step| step.seen));
    }
    let (skipped, read): (Vec<Seen>, Vec<Seen>) = seen
        .into_iter()
        .partition(|seen| matches!(seen, Seen::Skipped(..)));
    assert!(objects_seen(read) == sorted(fixture.objects().await));
    assert_eq!(skipped.len(), gone.len());
    for skipped in skipped {
        assert!(gone.contains(&&key_bytes(skipped.key())));
        assert!(matches!(skipped, Seen::Skipped(_, SkipReason::Vanished)));
    }
}

/// What comes of an object that changes under the reader is its old state, its new one or a Skip.
pub async fn an_object_changed_while_reading_is_never_a_mixture(fixture: &dyn ObjectFixture) {
    let states = [content(LARGE_BYTES, 2), content(LARGE_BYTES, 3)];
    fixture.put(b"log", &states[0]).await;
    fixture.put(b"next", b"next").await;
    let source = fixture.source(ONE_SPLIT).await;
    for split in ok(splits(&*source, &fixture.collection()).await) {
        let mut batches = source.read(&split, None);
        let Some(Batch::Object(first)) = ok(batches.try_next().await) else {
            panic!("a piece was expected")
        };
        if key_bytes(&first.key) != b"log" {
            continue;
        }
        fixture.put(b"log", &states[1]).await;
        let first = futures::stream::iter([Ok(Batch::Object(first))]);
        let all = ok(drain(Box::pin(futures::StreamExt::chain(first, batches))).await);
        for seen in all.into_iter().flat_map(|step| step.seen) {
            match seen {
                Seen::Object(key, bytes) if key_bytes(&key) == b"log" => {
                    assert!(states.contains(&bytes), "a mixture of two states");
                }
                Seen::Object(_, bytes) => assert!(bytes == b"next"),
                Seen::Skipped(key, reason) => {
                    assert!(key_bytes(&key) == b"log");
                    assert_eq!(reason, SkipReason::ChangedWhileReading);
                }
                Seen::Row(..) => panic!("an object was expected"),
            }
        }
    }
}

/// Keys are opaque bytes: each comes back, reads again and is deleted alone.
pub async fn hostile_keys_read_back(fixture: &dyn ObjectFixture) {
    let mut left = Vec::new();
    for (index, key) in hostile_keys().into_iter().enumerate() {
        if fixture.holds_key(&key) {
            let bytes = format!("object {index}").into_bytes();
            fixture.put(&key, &bytes).await;
            left.push((key, bytes));
        }
    }
    let mut left = sorted(left);
    for split_records in [1, 7, ONE_SPLIT] {
        let source = fixture.source(split_records).await;
        let seen = read_all(&*source, &fixture.collection()).await;
        assert!(
            objects_seen(seen) == left,
            "{split_records} objects to a Split"
        );
        let fresh = fixture.source(split_records).await;
        check_resume(&*source, &*fresh, &fixture.collection()).await;
    }
    let source = fixture.source(ONE_SPLIT).await;
    let seen = read_all(&*source, &fixture.collection()).await;
    for seen in seen {
        let Seen::Object(key, bytes) = seen else {
            panic!("an object was expected")
        };
        let image = ok(source.read_record(&fixture.collection(), &key).await);
        assert!(object_of(image).await.1 == bytes);
        let expected = fingerprint(fixture, &*source, &key).await;
        let done = change(fixture, &*source, &key, &expected, Change::DeleteObject).await;
        assert_eq!(done, Changed::Done);
        left.retain(|(other, _)| *other != key_bytes(&key));
        assert!(
            sorted(fixture.objects().await) == left,
            "another object went too"
        );
    }
}

/// Reading a Record again gives the bytes that reading the Split gave, under one mark.
pub async fn an_object_read_again_equals_the_object_read(fixture: &dyn ObjectFixture) {
    fill(fixture, 8).await;
    let source = fixture.source(FEW).await;
    for seen in read_all(&*source, &fixture.collection()).await {
        let Seen::Object(key, bytes) = seen else {
            panic!("an object was expected")
        };
        let (first, again) =
            object_of(ok(source.read_record(&fixture.collection(), &key).await)).await;
        assert!(again == bytes);
        let (second, _) =
            object_of(ok(source.read_record(&fixture.collection(), &key).await)).await;
        assert!(
            first == second && !first.is_empty(),
            "one state has two marks"
        );
    }
}

/// An object that is deleted, and one that never was, read as nothing.
pub async fn an_object_that_is_gone_reads_as_none(fixture: &dyn ObjectFixture) {
    fill(fixture, 3).await;
    let source = fixture.source(ONE_SPLIT).await;
    let gone = listed_key(fixture, &*source, b"d1/o001").await;
    fixture.delete(b"d1/o001").await;
    let other = ["no such key", "d1", "../d0/o000", "d0//o000", "/d0/o000"];
    let held = other
        .into_iter()
        .map(str::as_bytes)
        .filter(|key| fixture.holds_key(key));
    for key in held.map(key).chain([gone]) {
        let image = ok(source.read_record(&fixture.collection(), &key).await);
        assert!(image.is_none());
    }
}
