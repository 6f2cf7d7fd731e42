//! The cases in which a Source changes an object.

use std::sync::{Arc, Mutex, PoisonError};

use hemvist_model::RecordKey;

use super::{
    LARGE_BYTES, ONE_SPLIT, PIECE_BYTES_MAX, append, change, content, fill, fingerprint,
    listed_key, sorted,
};
use crate::conformance::ObjectFixture;
use crate::{Change, Changed, Rewrite};

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
