//! Reads a Source to its end, checking on the way what every stream of Batches must keep.

use futures::TryStreamExt;
use hemvist_model::{CollectionName, RecordKey, SkipReason, SplitSpec};

use super::Row;
use crate::{Batch, BatchStream, Fingerprinter, RecordImage, RowBatch, Source, SourceError};

/// One Record, as it came.
#[derive(Clone, PartialEq, Eq)]
pub enum Seen {
    /// A row with its key.
    Row(RecordKey, Row),
    /// A whole object with its key.
    Object(RecordKey, Vec<u8>),
    /// A Record that could not be read.
    Skipped(RecordKey, SkipReason),
}

impl Seen {
    /// What addresses it.
    #[must_use]
    pub fn key(&self) -> &RecordKey {
        match self {
            Seen::Row(key, _) | Seen::Object(key, _) | Seen::Skipped(key, _) => key,
        }
    }
}

/// What came between two places where reading can be resumed.
pub struct Step {
    /// The Records, in order.
    pub seen: Vec<Seen>,
    /// How to go on after them.
    pub resume: Option<Vec<u8>>,
}

/// The Fingerprints of the suite.
#[must_use]
pub fn fingerprinter() -> Fingerprinter {
    Fingerprinter::new([7; 32])
}

/// All Splits of a Collection.
pub async fn splits(
    source: &dyn Source,
    collection: &CollectionName,
) -> Result<Vec<SplitSpec>, SourceError> {
    source.splits(collection).try_collect().await
}

/// Reads one Split from its beginning, or from `resume` on.
pub async fn steps(
    source: &dyn Source,
    split: &SplitSpec,
    resume: Option<&[u8]>,
) -> Result<Vec<Step>, SourceError> {
    drain(source.read(split, resume)).await
}

/// Reads what is left of a stream that is between two Records.
pub async fn drain(mut batches: BatchStream) -> Result<Vec<Step>, SourceError> {
    let mut steps = Vec::new();
    let mut object: Option<(RecordKey, Vec<u8>)> = None;
    while let Some(batch) = batches.try_next().await? {
        match batch {
            Batch::Rows(rows) => steps.push(Step {
                seen: rows_of(&rows),
                resume: rows.resume,
            }),
            Batch::Skipped(record) => {
                if let Some((key, _)) = object.take() {
                    assert!(key == record.key, "a Skip inside another object");
                }
                steps.push(Step {
                    seen: vec![Seen::Skipped(record.key, record.skip.reason)],
                    resume: None,
                });
            }
            Batch::Object(piece) => {
                let (key, mut bytes) = object
                    .take()
                    .unwrap_or_else(|| (piece.key.clone(), Vec::new()));
                assert!(key == piece.key, "pieces of two objects are mixed");
                assert_eq!(piece.offset, bytes.len() as u64, "a piece out of place");
                assert!(piece.last || piece.resume.is_none(), "resumes mid-object");
                bytes.extend_from_slice(&piece.bytes);
                if piece.last {
                    steps.push(Step {
                        seen: vec![Seen::Object(key, bytes)],
                        resume: piece.resume,
                    });
                } else {
                    object = Some((key, bytes));
                }
            }
        }
    }
    assert!(object.is_none(), "an object without an end");
    Ok(steps)
}

fn rows_of(rows: &RowBatch) -> Vec<Seen> {
    assert!(rows.rows() > 0, "an empty Batch of rows");
    assert_eq!(rows.cells.len(), rows.rows() * rows.columns().len());
    (0..rows.rows())
        .map(|row| {
            let cells = (0..rows.columns().len())
                .map(|column| rows.cell(row, column).map(<[u8]>::to_vec))
                .collect();
            Seen::Row(rows.key(row), cells)
        })
        .collect()
}

/// Every Record of a Collection, in the order of the Splits.
pub async fn read_all(source: &dyn Source, collection: &CollectionName) -> Vec<Seen> {
    let mut all = Vec::new();
    for split in ok(splits(source, collection).await) {
        let read = ok(steps(source, &split, None).await);
        all.extend(read.into_iter().flat_map(|step| step.seen));
    }
    all
}

/// That reading every Split again from after each Batch gives exactly the rest. `fresh` is another
/// Source of the same store: nothing but the bytes of `resume` may be needed.
pub async fn check_resume(source: &dyn Source, fresh: &dyn Source, collection: &CollectionName) {
    let mut resumed = 0;
    for split in ok(splits(source, collection).await) {
        let all = ok(steps(source, &split, None).await);
        for (index, step) in all.iter().enumerate() {
            let Some(resume) = &step.resume else { continue };
            let rest = ok(steps(fresh, &split, Some(resume)).await);
            let expected: Vec<&Seen> = all[index + 1..]
                .iter()
                .flat_map(|step| &step.seen)
                .collect();
            let got: Vec<&Seen> = rest.iter().flat_map(|step| &step.seen).collect();
            assert!(got == expected, "resuming does not give exactly the rest");
            resumed += 1;
        }
    }
    assert!(resumed > 0, "no Batch says how to resume");
}

/// The value, or the end of the test with our words.
pub fn ok<T>(result: Result<T, SourceError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("a call that should succeed: {:?}: {error}", error.kind()),
    }
}

/// The bytes of an object that was read again, with its mark.
pub async fn object_of(image: Option<RecordImage>) -> (String, Vec<u8>) {
    let Some(RecordImage::Object(object)) = image else {
        panic!("an object was expected");
    };
    let pieces: Vec<bytes::Bytes> = ok(object.content.try_collect().await);
    let bytes = pieces.concat();
    assert_eq!(object.bytes, bytes.len() as u64, "another size than said");
    (object.store_version, bytes)
}
