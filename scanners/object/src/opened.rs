//! Reads a Split of objects, whatever opens them.

use std::sync::Arc;

use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt, stream};
use hemvist_model::{CollectionName, RecordKey, Skip, SkipReason, SplitSpec};
use hemvist_source::{
    Batch, BatchStream, Kind, ObjectPiece, ObjectRecord, RecordImage, SkippedRecord, SourceError,
};

use crate::list::{self, Entry};

/// Bytes to a piece of an object.
pub(crate) const PIECE_BYTES: usize = 256 * 1024;
/// Objects of a Split that are opened while another is read. With it a Split's reader holds at
/// most `OBJECTS_AHEAD + 1` pieces and as many connections or files.
const OBJECTS_AHEAD: usize = 4;

/// What stands at a key.
pub(crate) enum Opened {
    /// An object, to be read.
    Object(ObjectRecord),
    /// Nothing, any more.
    Gone,
    /// Something that is no object, or is left alone on purpose.
    LeftAlone(&'static str),
}

impl Opened {
    pub(crate) fn image(self) -> Result<Option<RecordImage>, SourceError> {
        match self {
            Opened::Object(object) => Ok(Some(RecordImage::Object(object))),
            Opened::Gone => Ok(None),
            Opened::LeftAlone(why) => Err(SourceError::new(Kind::Unsupported, why)),
        }
    }
}

/// Opens one object of a Split.
pub(crate) type Open =
    Arc<dyn Fn(Entry) -> BoxFuture<'static, Result<Opened, SourceError>> + Send + Sync>;

/// Reads the objects of a Split in order, opening some ahead.
pub(crate) fn read(split: &SplitSpec, resume: Option<&[u8]>, open: Open) -> BatchStream {
    let collection = split.collection.clone();
    let Some((entries, first)) = entries(split, resume) else {
        let error = SourceError::new(Kind::Bug, "bounds that this kind of Source did not write");
        return stream::iter([Err(error)]).boxed();
    };
    let opened = move |(index, entry): (usize, Entry)| {
        let opening = open(entry.clone());
        async move { Begun::new(index, entry, opening.await).await }
    };
    stream::iter(entries.into_iter().enumerate().skip(first))
        .map(opened)
        .buffered(OBJECTS_AHEAD)
        .map_ok(move |begun| begun.batches(collection.clone()))
        .try_flatten()
        .boxed()
}

fn entries(split: &SplitSpec, resume: Option<&[u8]>) -> Option<(Vec<Entry>, usize)> {
    let first = match resume {
        None => 0,
        Some(bytes) => usize::try_from(u32::from_be_bytes(bytes.try_into().ok()?)).ok()?,
    };
    Some((list::decode(&split.bounds)?, first))
}

/// The resume that goes on after the object at this place of the list.
fn resume_after(index: usize) -> Vec<u8> {
    let next = u32::try_from(index + 1).unwrap_or(u32::MAX);
    next.to_be_bytes().to_vec()
}

/// An object whose first piece is there, so that small ones are read side by side.
struct Begun {
    index: usize,
    key: RecordKey,
    outcome: Result<
        (
            bytes::Bytes,
            stream::BoxStream<'static, Result<bytes::Bytes, SourceError>>,
        ),
        Skip,
    >,
}

impl Begun {
    async fn new(
        index: usize,
        entry: Entry,
        opened: Result<Opened, SourceError>,
    ) -> Result<Self, SourceError> {
        let key = RecordKey::Object {
            key: entry.key,
            version: entry.version,
        };
        let outcome = match opened {
            Ok(Opened::Object(mut object)) => match object.content.try_next().await {
                Ok(first) => Ok((first.unwrap_or_default(), object.content)),
                Err(error) => Err(skip_or_end(error)?),
            },
            Ok(Opened::Gone) => Err(Skip::new(SkipReason::Vanished, "gone since it was listed")),
            Ok(Opened::LeftAlone(why)) => Err(Skip::new(SkipReason::Excluded, why)),
            Err(error) => Err(skip_or_end(error)?),
        };
        Ok(Self {
            index,
            key,
            outcome,
        })
    }

    fn batches(self, collection: CollectionName) -> BatchStream {
        let (first, content) = match self.outcome {
            Ok(begun) => begun,
            Err(skip) => {
                let skipped = SkippedRecord {
                    key: self.key,
                    skip,
                };
                return stream::iter([Ok(Batch::Skipped(skipped))]).boxed();
            }
        };
        let reading = Reading {
            collection,
            index: self.index,
            key: self.key,
            offset: 0,
            held: first,
            content,
        };
        stream::try_unfold(Some(reading), |reading| async move {
            match reading {
                Some(reading) => reading.next().await.map(Some),
                None => Ok(None),
            }
        })
        .boxed()
    }
}

/// An object between two pieces. One piece is held back, because only after it does the store say
/// whether it was the last and whether the object is still the same.
struct Reading {
    collection: CollectionName,
    index: usize,
    key: RecordKey,
    offset: u64,
    held: bytes::Bytes,
    content: stream::BoxStream<'static, Result<bytes::Bytes, SourceError>>,
}

impl Reading {
    async fn next(mut self) -> Result<(Batch, Option<Self>), SourceError> {
        let next = match self.content.try_next().await {
            Ok(next) => next,
            Err(error) => {
                let skipped = SkippedRecord {
                    key: self.key,
                    skip: skip_or_end(error)?,
                };
                return Ok((Batch::Skipped(skipped), None));
            }
        };
        let last = next.is_none();
        let bytes = std::mem::replace(&mut self.held, next.unwrap_or_default());
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        let piece = ObjectPiece {
            collection: self.collection.clone(),
            key: self.key.clone(),
            offset,
            bytes,
            last,
            resume: last.then(|| resume_after(self.index)),
        };
        Ok((Batch::Object(piece), (!last).then_some(self)))
    }
}

/// A Skip for what concerns this object alone; anything else ends the Split, to be tried again.
fn skip_or_end(error: SourceError) -> Result<Skip, SourceError> {
    match error.kind() {
        Kind::Denied | Kind::Conflict | Kind::Corrupt | Kind::Unsupported => {
            Ok(Skip::new(error.skip_reason(), error.to_string()))
        }
        Kind::Transient | Kind::NotFound | Kind::Bug => Err(error),
    }
}
