//! Reading a Split that breaks off.

use std::sync::Arc;

use futures::TryStreamExt;
use hemvist_decode::Limits;
use hemvist_detect::{Engine, Options};
use hemvist_model::{CollectionName, Coverage, Date, RecordKey, SplitSpec};
use hemvist_source::memory::MemorySource;
use hemvist_source::{Kind, Source, SourceError};

use super::{Crawler, Examine, Examined};

/// The Coverage and the number of sightings.
async fn read(source: &MemorySource, split: &SplitSpec) -> Result<(Coverage, usize), SourceError> {
    let reference_date = Date::new(2026, 11, 22).expect("a date");
    let engine = Arc::new(Engine::new(Options { reference_date }));
    let crawler = Crawler::new(engine, Limits::default());
    let examine: Examine<usize> = Arc::new(|examined: Examined<'_>| examined.sightings().count());
    let mut sightings = 0;
    let mut gather = |count| sightings += count;
    let coverage = crawler.split(source, split, examine, &mut gather).await?;
    Ok((coverage, sightings))
}

/// Objects, two of which are gone when they are read.
async fn with_gaps() -> (MemorySource, SplitSpec) {
    let source = MemorySource::new();
    for key in ["a", "b", "c", "d", "e"] {
        source.put_object("files", key.as_bytes(), b"mail astrid@example.com\n");
    }
    let splits = source.splits(&CollectionName::new("files"));
    let splits: Vec<SplitSpec> = splits.try_collect().await.expect("splits");
    for key in [b"b", b"d"] {
        let key = RecordKey::Object {
            key: key.to_vec(),
            version: None,
        };
        source.remove_record("files", &key);
    }
    (source, splits.into_iter().next().expect("one split"))
}

#[tokio::test]
async fn a_split_that_breaks_off_anywhere_counts_every_record_once_or_fails() {
    let (source, split) = with_gaps().await;
    let whole = read(&source, &split).await.expect("read");
    assert_eq!((whole.0.scanned(), whole.0.skipped()), (3, 2));
    let mut resumed = 0;
    // Five objects and the end.
    for call in 1..=6 {
        source.fail_call(call, Kind::Transient);
        match read(&source, &split).await {
            Ok(again) => {
                assert_eq!(again, whole, "broken off at call {call}");
                resumed += 1;
            }
            Err(error) => assert_eq!(error.kind(), Kind::Transient, "call {call}"),
        }
    }
    assert_eq!(resumed, 3, "after each object that was read");
}
