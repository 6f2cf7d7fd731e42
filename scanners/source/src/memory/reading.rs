//! Cuts and reads what a [`MemorySource`] holds.

use std::ops::Bound;

use futures::{StreamExt, TryStreamExt, stream};
use hemvist_model::{CollectionName, RecordKey, Skip, SkipReason, SplitSpec};

use super::MemorySource;
use super::state::{Content, Object, State, Table};
use crate::{
    Batch, BatchStream, Cell, Kind, ObjectPiece, RowBatch, SkippedRecord, SourceError, SplitStream,
};

/// Rows to a Batch: few, so that small tests have several.
const BATCH_ROWS: usize = 4;
/// Bytes to a piece of an object.
const PIECE_BYTES: usize = 64 * 1024;

pub(super) fn splits(source: MemorySource, collection: CollectionName) -> SplitStream {
    // One call cuts; then one for each Split that is pulled.
    let cut = move |source: &MemorySource| -> Result<Vec<SplitSpec>, SourceError> {
        let records = usize::try_from(source.split_records).unwrap_or(usize::MAX);
        source.call()?.cut(&collection, records)
    };
    let cut = stream::once(async move {
        let splits = cut(&source)?;
        Ok::<_, SourceError>(stream::iter(splits).map(move |split| {
            drop(source.call()?);
            Ok(split)
        }))
    });
    cut.try_flatten().boxed()
}

pub(super) fn read(source: MemorySource, split: SplitSpec, resume: Option<Vec<u8>>) -> BatchStream {
    let start = Cursor::decode(resume.as_deref().unwrap_or(&split.bounds));
    let cursor = start.ok_or_else(|| SourceError::new(Kind::Bug, "bounds that we did not write"));
    let step = move |cursor: Result<Cursor, SourceError>| {
        let (source, collection) = (source.clone(), split.collection.clone());
        async move {
            let mut cursor = cursor?;
            let batch = source.call()?.batch(&collection, &mut cursor)?;
            Ok(batch.map(|batch| (batch, Ok(cursor))))
        }
    };
    stream::try_unfold(cursor, step).boxed()
}

/// What is left of a Split, which is all that resuming needs.
enum Cursor {
    /// Rows put from here on, up to there.
    Rows(u64, u64),
    /// These objects, and how far the first is read, in which state.
    Objects(Vec<Vec<u8>>, Option<(usize, u64)>),
}

impl Cursor {
    fn encode(&self) -> Vec<u8> {
        match self {
            Cursor::Rows(from, to) => {
                [b"r".as_slice(), &from.to_be_bytes(), &to.to_be_bytes()].concat()
            }
            Cursor::Objects(keys, _) => {
                let mut bytes = b"o".to_vec();
                for key in keys {
                    bytes.extend_from_slice(&(key.len() as u64).to_be_bytes());
                    bytes.extend_from_slice(key);
                }
                bytes
            }
        }
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (kind, mut rest) = bytes.split_first()?;
        let mut number = || -> Option<u64> {
            let (number, after) = rest.split_first_chunk()?;
            rest = after;
            Some(u64::from_be_bytes(*number))
        };
        if *kind == b'r' {
            return Some(Cursor::Rows(number()?, number()?));
        }
        let mut keys = Vec::new();
        while let Some((length, after)) = rest.split_first_chunk() {
            let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
            keys.push(after.get(..length)?.to_vec());
            rest = after.get(length..)?;
        }
        Some(Cursor::Objects(keys, None))
    }
}

impl State {
    fn cut(
        &self,
        collection: &CollectionName,
        records: usize,
    ) -> Result<Vec<SplitSpec>, SourceError> {
        let split = |cursor: Cursor, count: usize| SplitSpec {
            collection: collection.clone(),
            bounds: cursor.encode(),
            records: Some(count as u64),
        };
        Ok(match self.content(collection)? {
            Content::Table(table) => {
                let places: Vec<u64> = table.rows.keys().copied().collect();
                let rows = |slice: &[u64]| Some(Cursor::Rows(*slice.first()?, slice.last()? + 1));
                places
                    .chunks(records)
                    .filter_map(|slice| Some(split(rows(slice)?, slice.len())))
                    .collect()
            }
            Content::Bucket(objects) => {
                let keys: Vec<Vec<u8>> = objects.keys().cloned().collect();
                let objects = |slice: &[Vec<u8>]| Cursor::Objects(slice.to_vec(), None);
                keys.chunks(records)
                    .map(|slice| split(objects(slice), slice.len()))
                    .collect()
            }
        })
    }

    fn batch(
        &self,
        collection: &CollectionName,
        cursor: &mut Cursor,
    ) -> Result<Option<Batch>, SourceError> {
        match (self.content(collection)?, cursor) {
            (Content::Table(table), Cursor::Rows(from, to)) => Ok(rows(table, from, *to)),
            (Content::Bucket(objects), Cursor::Objects(keys, place)) => {
                let Some(key) = keys.first() else {
                    return Ok(None);
                };
                let state = place.map(|(_, state)| state);
                let record = RecordKey::Object {
                    key: key.clone(),
                    version: None,
                };
                let skip = match objects.get(key) {
                    None => Skip::new(SkipReason::Vanished, "deleted since it was listed"),
                    Some(object) if state.is_none_or(|state| state == object.state) => {
                        return Ok(Some(piece(collection, record, object, keys, place)));
                    }
                    Some(_) => {
                        Skip::new(SkipReason::ChangedWhileReading, "written while it was read")
                    }
                };
                keys.remove(0);
                *place = None;
                Ok(Some(Batch::Skipped(SkippedRecord { key: record, skip })))
            }
            _ => Err(SourceError::new(
                Kind::NotFound,
                "the Collection is of another kind now",
            )),
        }
    }
}

fn rows(table: &Table, from: &mut u64, to: u64) -> Option<Batch> {
    let next = (Bound::Included(*from), Bound::Excluded(to.max(*from)));
    let (mut text, mut cells) = (Vec::new(), Vec::new());
    for (place, row) in table.rows.range(next).take(BATCH_ROWS) {
        *from = place + 1;
        for cell in row {
            let start = text.len();
            text.extend_from_slice(cell.as_deref().unwrap_or_default());
            let offset = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
            cells.push(match cell {
                Some(_) => Cell {
                    start: offset(start),
                    end: offset(text.len()),
                },
                None => Cell::NULL,
            });
        }
    }
    let rows = RowBatch {
        collection: table.collection.clone(),
        text,
        cells,
        resume: Some(Cursor::Rows(*from, to).encode()),
    };
    (rows.rows() > 0).then_some(Batch::Rows(rows))
}

/// The next piece of the first object of `keys`, which goes from there with its last piece.
fn piece(
    collection: &CollectionName,
    key: RecordKey,
    object: &Object,
    keys: &mut Vec<Vec<u8>>,
    place: &mut Option<(usize, u64)>,
) -> Batch {
    let start = place.map_or(0, |(offset, _)| offset);
    let end = object.bytes.len().min(start + PIECE_BYTES);
    let last = end == object.bytes.len();
    *place = (!last).then_some((end, object.state));
    if last {
        keys.remove(0);
    }
    Batch::Object(ObjectPiece {
        collection: collection.clone(),
        key,
        offset: start as u64,
        bytes: object.bytes.slice(start..end),
        last,
        resume: last.then(|| Cursor::Objects(keys.clone(), None).encode()),
    })
}
