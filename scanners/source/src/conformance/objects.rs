//! The cases for Sources of objects.

use std::sync::{Arc, Mutex, PoisonError};

use futures::TryStreamExt;
use hemvist_model::{Fingerprint, RecordKey, SkipReason};

use super::ObjectFixture;
use super::reading::{
    Seen, check_resume, drain, fingerprinter, object_of, ok, read_all, splits, steps,
};
use crate::{Batch, Change, Changed, Kind, Rewrite, Source};

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

/// Deleting takes one object and leaves every other as it was.
pub async fn deleting_deletes_one_object(fixture: &dyn ObjectFixture) {
    let mut left = fill(fixture, 9).await;
    let source = fixture.source(ONE_SPLIT).await;
    let (bytes, _) = left.remove(4);
    let key = listed_key(fixture, &*source, &bytes).await;
    let expected = fingerprint(fixture, &*source, &key).await;
    let done = change(fixture, &*source, &key, &expected, Change::DeleteObject).await;
    assert_eq!(done, Changed::Done);
    assert!(sorted(fixture.objects().await) == left);
    let again = change(fixture, &*source, &key, &expected, Change::DeleteObject).await;
    assert_eq!(again, Changed::Gone);
}

/// Rewriting writes one object anew and leaves every other as it was.
pub async fn rewriting_changes_one_object(fixture: &dyn ObjectFixture) {
    let mut made = fill(fixture, 9).await;
    let source = fixture.source(ONE_SPLIT).await;
    for index in [0, 4, 8] {
        let key = listed_key(fixture, &*source, &made[index].0).await;
        let expected = fingerprint(fixture, &*source, &key).await;
        let done = change(fixture, &*source, &key, &expected, append(b" end")).await;
        assert_eq!(done, Changed::Done);
        made[index].1.extend_from_slice(b" end");
        assert!(sorted(fixture.objects().await) == made);
    }
    let key = listed_key(fixture, &*source, &made[4].0).await;
    let expected = fingerprint(fixture, &*source, &key).await;
    let nothing: Rewrite = Box::new(|_| Ok(Vec::new()));
    let done = change(
        fixture,
        &*source,
        &key,
        &expected,
        Change::RewriteObject(nothing),
    )
    .await;
    assert_eq!(done, Changed::Done);
    made[4].1.clear();
    assert!(sorted(fixture.objects().await) == made);
}

/// What the rewriting is given is the object, in order, and one end.
pub async fn rewriting_sees_every_byte_in_order(fixture: &dyn ObjectFixture) {
    let bytes = content(3 * PIECE_BYTES_MAX + 5, 4);
    fixture.put(b"object", &bytes).await;
    let source = fixture.source(ONE_SPLIT).await;
    let key = listed_key(fixture, &*source, b"object").await;
    let expected = fingerprint(fixture, &*source, &key).await;
    let given = Arc::new(Mutex::new((Vec::new(), 0)));
    let taken = Arc::clone(&given);
    let rewrite: Rewrite = Box::new(move |piece| {
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        match piece {
            Some(piece) => taken.0.extend_from_slice(piece),
            None => taken.1 += 1,
        }
        Ok(piece.unwrap_or_default().to_vec())
    });
    let done = change(
        fixture,
        &*source,
        &key,
        &expected,
        Change::RewriteObject(rewrite),
    )
    .await;
    assert_eq!(done, Changed::Done);
    let given = given.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(given.0 == bytes && given.1 == 1);
}

/// An object larger than any buffer is rewritten whole: grown, shrunk or cut in the middle.
pub async fn a_large_object_is_rewritten_whole(fixture: &dyn ObjectFixture) {
    let mut bytes = content(LARGE_BYTES, 5);
    fixture.put(b"large", &bytes).await;
    fixture.put(b"other", b"other").await;
    let source = fixture.source(ONE_SPLIT).await;
    let mut position = 0;
    let cut = 9_000_000..9_000_100;
    let without = cut.clone();
    let rewrite: Rewrite = Box::new(move |piece| {
        let Some(piece) = piece else {
            return Ok(b"end".to_vec());
        };
        let kept =
            |(index, byte): (usize, &u8)| (!without.contains(&(position + index))).then_some(*byte);
        let kept = piece.iter().enumerate().filter_map(kept).collect();
        position += piece.len();
        Ok(kept)
    });
    let key = listed_key(fixture, &*source, b"large").await;
    let expected = fingerprint(fixture, &*source, &key).await;
    let done = change(
        fixture,
        &*source,
        &key,
        &expected,
        Change::RewriteObject(rewrite),
    )
    .await;
    assert_eq!(done, Changed::Done);
    bytes.drain(cut);
    bytes.extend_from_slice(b"end");
    let made = vec![
        (b"large".to_vec(), bytes),
        (b"other".to_vec(), b"other".to_vec()),
    ];
    assert!(sorted(fixture.objects().await) == made);
}

/// A rewriting that gives up, early or at the end, leaves everything as it was.
pub async fn an_abandoned_rewrite_changes_nothing(fixture: &dyn ObjectFixture) {
    let made = vec![
        (b"large".to_vec(), content(LARGE_BYTES, 6)),
        (b"other".to_vec(), b"o".to_vec()),
    ];
    for (key, bytes) in &made {
        fixture.put(key, bytes).await;
    }
    let source = fixture.source(ONE_SPLIT).await;
    let key = listed_key(fixture, &*source, b"large").await;
    let expected = fingerprint(fixture, &*source, &key).await;
    for pieces in [0, 12, usize::MAX] {
        let mut left = pieces;
        let rewrite: Rewrite = Box::new(move |piece| match (piece, left.checked_sub(1)) {
            (Some(piece), Some(fewer)) => {
                left = fewer;
                Ok(piece.to_vec())
            }
            _ => Err("the format is broken"),
        });
        let left = change(
            fixture,
            &*source,
            &key,
            &expected,
            Change::RewriteObject(rewrite),
        )
        .await;
        assert_eq!(left, Changed::Unverifiable("the format is broken"));
        assert!(sorted(fixture.objects().await) == made);
    }
}

/// An object whose Fingerprint is another is left as it is: by its bytes or by its mark alone.
pub async fn a_changed_object_is_left_alone(fixture: &dyn ObjectFixture) {
    fixture.put(b"grown", b"old").await;
    fixture.put(b"same size", b"old").await;
    let source = fixture.source(ONE_SPLIT).await;
    for (object, new) in [
        (b"grown".as_slice(), b"old and new".as_slice()),
        (b"same size", b"new"),
    ] {
        let key = listed_key(fixture, &*source, object).await;
        let mut expected = fingerprint(fixture, &*source, &key).await;
        fixture.put(object, new).await;
        // Where versions are kept the planned version is still there: the latest is the changed one.
        let latest = match &key {
            RecordKey::Object {
                version: Some(_), ..
            } => return,
            _ => key,
        };
        let before = sorted(fixture.objects().await);
        for without_mark in [false, true] {
            if without_mark {
                expected.store_version = None;
            }
            for attempt in [Change::DeleteObject, append(b"x")] {
                let left = change(fixture, &*source, &latest, &expected, attempt).await;
                assert_eq!(
                    left,
                    Changed::FingerprintDiffers,
                    "without mark: {without_mark}"
                );
            }
        }
        assert!(sorted(fixture.objects().await) == before);
    }
}

/// An object that is gone cannot be changed, nor does rewriting bring it back.
pub async fn an_object_that_is_gone_cannot_be_changed(fixture: &dyn ObjectFixture) {
    let mut left = fill(fixture, 3).await;
    let source = fixture.source(ONE_SPLIT).await;
    let (bytes, _) = left.remove(1);
    let key = listed_key(fixture, &*source, &bytes).await;
    let expected = fingerprint(fixture, &*source, &key).await;
    fixture.delete(&bytes).await;
    for attempt in [Change::DeleteObject, append(b"x")] {
        let gone = change(fixture, &*source, &key, &expected, attempt).await;
        assert_eq!(gone, Changed::Gone);
    }
    assert!(sorted(fixture.objects().await) == left);
}

/// Of two rewrites planned on the same state and made at once, exactly one is done.
pub async fn of_two_rewrites_at_once_one_is_done(fixture: &dyn ObjectFixture) {
    fixture.put(b"object", b"old").await;
    let source = fixture.source(ONE_SPLIT).await;
    for _ in 0..8 {
        let before = fixture.objects().await.swap_remove(0).1;
        let key = listed_key(fixture, &*source, b"object").await;
        let expected = fingerprint(fixture, &*source, &key).await;
        let (one, other) = futures::join!(
            change(fixture, &*source, &key, &expected, append(b"1")),
            change(fixture, &*source, &key, &expected, append(b"2")),
        );
        let done = [&one, &other]
            .iter()
            .filter(|done| ***done == Changed::Done)
            .count();
        assert_eq!(done, 1, "{one:?} and {other:?}");
        let after = fixture.objects().await.swap_remove(0).1;
        let tail: &[u8] = if one == Changed::Done { b"1" } else { b"2" };
        assert!(after == [before.as_slice(), tail].concat());
    }
}
