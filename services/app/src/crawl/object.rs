//! Objects on their way to detection: decoded in order, detected as their Chunks come.

use std::sync::Arc;

use hemvist_decode::{Decoded, Decoder};
use hemvist_detect::Scanned;
use hemvist_model::{Coverage, RecordKey, Segment, Skip, SkipReason, Text};
use hemvist_source::{ObjectPiece, SkippedRecord};
use tokio::sync::oneshot;

use super::examined::{KEY_FIELD, Unit};
use super::{Crawl, Crawler, Examined, Settled};

/// An object of which the last piece has not come yet.
pub(super) struct OpenObject {
    key: Arc<RecordKey>,
    /// Away on a detection thread while a piece is decoded; gone for good when that panicked.
    decoder: Option<Decoder>,
    bytes: u64,
}

/// What the decoding step hands back before detection begins, so that the next piece can follow.
enum Decoding {
    More(Decoder),
    Ended(Decoded),
}

impl<T: Send + 'static> Crawl<'_, T> {
    pub(super) async fn take_piece(&mut self, mut piece: ObjectPiece) {
        if self.object.is_none() {
            self.open(&piece);
        }
        self.resume = piece.resume.take();
        let Some(object) = &mut self.object else {
            return;
        };
        object.bytes += piece.bytes.len() as u64;
        let key = Arc::clone(&object.key);
        let last = piece.last;
        if let Some(decoder) = object.decoder.take() {
            let decoded = self.decode(key, decoder, piece).await;
            self.after(decoded);
        }
        if last {
            self.close();
        }
    }

    /// An object's key may itself hold an identifier (`19811228-9874.pdf`).
    fn open(&mut self, piece: &ObjectPiece) {
        let key = Arc::new(piece.key.clone());
        let name = match &*key {
            RecordKey::Object { key, .. } => key.clone(),
            _ => Vec::new(),
        };
        let decoder = Some(Decoder::new(&name, self.crawler.limits));
        self.object = Some(OpenObject {
            key: Arc::clone(&key),
            decoder,
            bytes: 0,
        });
        let (crawler, examine) = (self.crawler.clone(), Arc::clone(&self.examine));
        self.hand_over(lost_object(), move || {
            let results = vec![examine_key(&crawler, &key, &name, &*examine)];
            Settled {
                results,
                coverage: Coverage::default(),
            }
        });
    }

    /// Decodes a piece on a detection thread, which goes on to detect in its Chunks after the
    /// decoder has been handed back.
    async fn decode(
        &mut self,
        key: Arc<RecordKey>,
        mut decoder: Decoder,
        piece: ObjectPiece,
    ) -> Option<Decoding> {
        let (crawler, examine) = (self.crawler.clone(), Arc::clone(&self.examine));
        let (answer, decoded) = oneshot::channel();
        self.hand_over(lost_object(), move || {
            let mut chunks = Vec::new();
            decoder.push(&piece.bytes, &mut |chunk| chunks.push(chunk));
            let decoding = if piece.last {
                Decoding::Ended(decoder.finish(&mut |chunk| chunks.push(chunk)))
            } else {
                Decoding::More(decoder)
            };
            _ = answer.send(decoding);
            let mut scanned = Scanned::default();
            let results = chunks.iter().map(|chunk| {
                scanned.detections.clear();
                crawler.scan(chunk.text(), &mut scanned);
                examine(Examined {
                    unit: Unit::Chunk(&key, chunk),
                    scanned: &scanned,
                })
            });
            Settled {
                results: results.collect(),
                coverage: Coverage::default(),
            }
        });
        decoded.await.ok()
    }

    fn after(&mut self, decoding: Option<Decoding>) {
        let Some(object) = &mut self.object else {
            return;
        };
        match decoding {
            Some(Decoding::More(decoder)) => object.decoder = Some(decoder),
            Some(Decoding::Ended(decoded)) => {
                let bytes = object.bytes;
                match decoded.skips.first() {
                    None => self.coverage.add_scanned(1, bytes),
                    Some(skip) if decoded.bytes == 0 && bytes > 0 => {
                        self.coverage.add_skipped(skip.reason, 1)
                    }
                    Some(skip) => self.coverage.add_partial(skip.reason, 1, bytes),
                }
            }
            // The panic was counted where it happened, as one failed Record: this one.
            None => {}
        }
    }

    fn close(&mut self) {
        self.object = None;
    }

    pub(super) fn take_skipped(&mut self, skipped: SkippedRecord) {
        let Skip { reason, .. } = skipped.skip;
        // A Skip names no place to go on from, and the one before it would bring it again.
        self.resume = None;
        match self.object.take() {
            // What was read of it before it broke off has been examined.
            Some(object) if object.bytes > 0 => self.coverage.add_partial(reason, 1, object.bytes),
            _ if is_failure(reason) => self.coverage.add_failed(reason, 1),
            _ => self.coverage.add_skipped(reason, 1),
        }
    }
}

/// The Coverage of an object that a defect of ours kept from being examined.
fn lost_object() -> Coverage {
    let mut coverage = Coverage::default();
    coverage.add_failed(SkipReason::Internal, 1);
    coverage
}

fn is_failure(reason: SkipReason) -> bool {
    matches!(
        reason,
        SkipReason::Unreachable | SkipReason::Timeout | SkipReason::Internal
    )
}

pub(super) fn examine_key<T>(
    crawler: &Crawler,
    key: &RecordKey,
    name: &[u8],
    examine: &(dyn Fn(Examined<'_>) -> T + Send + Sync),
) -> T {
    let end = u32::try_from(name.len()).unwrap_or(u32::MAX);
    let segments = [Segment {
        start: 0,
        end,
        field: 0,
        row: 0,
        lead: 0,
        trail: 0,
        whole_value: false,
    }];
    let fields = [KEY_FIELD.to_owned()];
    let text = Text {
        bytes: name,
        segments: &segments,
        fields: &fields,
    };
    let mut scanned = Scanned::default();
    crawler.scan(text, &mut scanned);
    examine(Examined {
        unit: Unit::Key(key, text),
        scanned: &scanned,
    })
}
