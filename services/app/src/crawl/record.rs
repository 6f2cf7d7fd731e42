//! One Record by itself: a row or an object read again, detected exactly as in a crawl.
//!
//! Pieces of an object are decoded and detected one after the other, so that whoever gathers sees
//! its text in order. This module decides nothing about what it sees.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use hemvist_decode::{ByteEdit, Decoded, Decoder};
use hemvist_detect::Scanned;
use hemvist_model::{ByteRange, RecordKey};
use hemvist_source::{Cell, Kind, RowBatch, RowRecord, SourceError};
use tokio::sync::oneshot;

use super::examined::Unit;
use super::object::examine_key;
use super::rows::RowText;
use super::{Crawler, Examine, Examined, Sighting};

/// What stands in place of redacted text in a row.
const MASK: &[u8] = b"[erased]";

impl Crawler {
    /// Detects in one row.
    ///
    /// # Errors
    /// `Bug` when detection broke down.
    pub(crate) async fn row<T: Send + 'static>(
        &self,
        row: &RowRecord,
        examine: &Examine<T>,
    ) -> Result<T, SourceError> {
        let (batch, crawler, examine) = (batch_of(row)?, self.clone(), Arc::clone(examine));
        on_detection_thread(move || {
            let layout = RowText::new(&batch);
            let mut scanned = Scanned::default();
            crawler.scan(layout.text(&batch), &mut scanned);
            examine(Examined {
                unit: Unit::Rows(&batch, &layout),
                scanned: &scanned,
            })
        })
        .await
    }

    /// Detects in one object, key first. Every piece of its bytes goes through `bytes` on the way;
    /// results come to `gather` in the order of the text.
    ///
    /// # Errors
    /// When the object broke off or changed while it was read.
    pub(crate) async fn object<T: Send + 'static>(
        &self,
        key: &RecordKey,
        mut content: BoxStream<'static, Result<Bytes, SourceError>>,
        bytes: &mut (dyn FnMut(&[u8]) + Send),
        examine: &Examine<T>,
        gather: &mut (dyn FnMut(T) + Send),
    ) -> Result<Decoded, SourceError> {
        let key = Arc::new(key.clone());
        let name = match &*key {
            RecordKey::Object { key, .. } => key.clone(),
            _ => Vec::new(),
        };
        let mut decoder = Decoder::new(&name, self.limits);
        let (crawler, examine_it, its_key) = (self.clone(), Arc::clone(examine), Arc::clone(&key));
        gather(
            on_detection_thread(move || examine_key(&crawler, &its_key, &name, &*examine_it))
                .await?,
        );
        while let Some(piece) = content.next().await {
            let piece = piece?;
            bytes(&piece);
            let step = self.step(&key, examine, move |sink| {
                decoder.push(&piece, sink);
                decoder
            });
            let (results, pushed) = step.await?;
            decoder = pushed;
            results.into_iter().for_each(&mut *gather);
        }
        let (results, decoded) = self
            .step(&key, examine, move |sink| decoder.finish(sink))
            .await?;
        results.into_iter().for_each(&mut *gather);
        Ok(decoded)
    }

    /// One step of decoding, and detection in the Chunks that it gave.
    async fn step<T: Send + 'static, R: Send + 'static>(
        &self,
        key: &Arc<RecordKey>,
        examine: &Examine<T>,
        decode: impl FnOnce(&mut dyn FnMut(hemvist_decode::Chunk)) -> R + Send + 'static,
    ) -> Result<(Vec<T>, R), SourceError> {
        let (crawler, examine, key) = (self.clone(), Arc::clone(examine), Arc::clone(key));
        on_detection_thread(move || {
            let (mut results, mut scanned) = (Vec::new(), Scanned::default());
            let decoded = decode(&mut |chunk| {
                scanned.clear();
                crawler.scan(chunk.text(), &mut scanned);
                results.push(examine(Examined {
                    unit: Unit::Chunk(&key, &chunk),
                    scanned: &scanned,
                }));
            });
            (results, decoded)
        })
        .await
    }
}

impl Examined<'_> {
    /// The edit that blanks a Sighting and leaves its format sound: in a row's cell, or in the
    /// object's (decompressed) bytes.
    pub(crate) fn redact(&self, sighting: &Sighting<'_>) -> ByteEdit {
        let segment = sighting.detection.segment;
        let plain = |replacement: &[u8]| ByteEdit {
            range: sighting.range,
            replacement: replacement.to_vec(),
        };
        match &self.unit {
            Unit::Chunk(_, chunk) => chunk.redact(segment, sighting.detection.range),
            Unit::Key(..) => plain(b""),
            Unit::Rows(batch, layout) => {
                let (_, cell_start) = layout.origin(segment);
                match layout.text(batch).segments.get(segment as usize) {
                    // A JSON number inside a cell: only `null` keeps the cell JSON. A stretch
                    // between two escapes is no whole value.
                    Some(part)
                        if part.whole_value
                            && part.start > cell_start
                            && !is_quoted(&batch.text, part.start) =>
                    {
                        let shift = |offset: u32| u64::from(offset - cell_start);
                        let range = ByteRange::new(shift(part.start), shift(part.end));
                        ByteEdit {
                            range,
                            replacement: b"null".to_vec(),
                        }
                    }
                    _ => plain(MASK),
                }
            }
        }
    }

    /// Whether a Sighting fills its cell (or JSON value) but for white space.
    pub(crate) fn is_whole(&self, sighting: &Sighting<'_>) -> bool {
        let (bytes, start, end) = match &self.unit {
            Unit::Rows(batch, _) => {
                let Some(cell) = sighting
                    .column
                    .and_then(|column| batch.cell(sighting.row, column))
                else {
                    return false;
                };
                (cell, sighting.range.start, sighting.range.end)
            }
            Unit::Chunk(_, chunk) => {
                let text = chunk.text();
                let Some(segment) = text.segments.get(sighting.detection.segment as usize) else {
                    return false;
                };
                let Some(value) = text.bytes.get(segment.start as usize..segment.end as usize)
                else {
                    return false;
                };
                if !segment.whole_value {
                    return false;
                }
                (
                    value,
                    sighting.detection.range.start,
                    sighting.detection.range.end,
                )
            }
            Unit::Key(..) => return false,
        };
        let white = |part: Option<&[u8]>| part.is_some_and(|part| part.trim_ascii().is_empty());
        let (start, end) = (usize::try_from(start), usize::try_from(end));
        matches!((start, end), (Ok(start), Ok(end)) if white(bytes.get(..start)) && white(bytes.get(end..)))
    }

    /// Whether it is the Record's own key that was examined.
    pub(crate) fn is_key(&self) -> bool {
        matches!(self.unit, Unit::Key(..))
    }
}

fn is_quoted(text: &[u8], start: u32) -> bool {
    (start as usize)
        .checked_sub(1)
        .and_then(|before| text.get(before))
        == Some(&b'"')
}

/// A row laid out as a batch of one.
fn batch_of(row: &RowRecord) -> Result<RowBatch, SourceError> {
    let too_large = |_| SourceError::new(Kind::Unsupported, "the row is larger than 4 GiB");
    let (mut text, mut cells) = (Vec::new(), Vec::new());
    for cell in &row.cells {
        let start = u32::try_from(text.len()).map_err(too_large)?;
        text.extend_from_slice(cell.as_deref().unwrap_or_default());
        let end = u32::try_from(text.len()).map_err(too_large)?;
        cells.push(if cell.is_some() {
            Cell { start, end }
        } else {
            Cell::NULL
        });
    }
    Ok(RowBatch {
        collection: Arc::clone(&row.collection),
        text,
        cells,
        resume: None,
    })
}

async fn on_detection_thread<R: Send + 'static>(
    work: impl FnOnce() -> R + Send + 'static,
) -> Result<R, SourceError> {
    let (answer, result) = oneshot::channel();
    rayon::spawn(move || {
        if let Ok(result) = catch_unwind(AssertUnwindSafe(work)) {
            // Nobody listens any more when the caller was dropped.
            _ = answer.send(result);
        }
    });
    result
        .await
        .map_err(|_| SourceError::new(Kind::Bug, "detection broke down in this record"))
}
