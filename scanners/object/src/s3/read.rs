//! Gets one object, in pieces.

use std::sync::Arc;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};
use hemvist_source::{Kind, ObjectRecord, SourceError};

use super::Bucket;
use super::error::Failure;
use crate::opened::{Opened, PIECE_BYTES};

impl Bucket {
    /// Begins to get the object.
    pub(super) async fn open(
        self: Arc<Self>,
        key: &[u8],
        version: Option<&str>,
    ) -> Result<Opened, SourceError> {
        let Some(key) = self.text_of(key).map(str::to_owned) else {
            return Ok(Opened::Gone);
        };
        let got = match self.get(&key, version).await {
            Ok(got) => got,
            Err(failure) if failure.is_gone() => return Ok(Opened::Gone),
            Err(failure) => return Err(failure.error()),
        };
        let store_version = got.e_tag().unwrap_or_default().to_owned();
        let bytes = got
            .content_length()
            .and_then(|bytes| u64::try_from(bytes).ok());
        let left = Left {
            bucket: self,
            key,
            version: version.map(str::to_owned),
            mark: store_version.clone(),
            pieces: Pieces::new(got.body),
        };
        let content = stream::try_unfold(left, |mut left| async move {
            match left.pieces.next().await {
                Ok(piece) => Ok(piece.map(|piece| (piece, left))),
                Err(error) => Err(left.why(error).await),
            }
        });
        Ok(Opened::Object(ObjectRecord {
            store_version,
            bytes: bytes.unwrap_or_default(),
            content: content.boxed(),
        }))
    }

    pub(super) async fn get(
        &self,
        key: &str,
        version: Option<&str>,
    ) -> Result<GetObjectOutput, Failure> {
        let request = self.client.get_object().bucket(&self.name).key(key);
        let request = request.set_version_id(version.map(str::to_owned));
        request.send().await.map_err(Failure::from)
    }
}

/// An object that is being read.
struct Left {
    bucket: Arc<Bucket>,
    key: String,
    version: Option<String>,
    mark: String,
    pieces: Pieces,
}

impl Left {
    /// Why the object broke off: because it changed or went, or as any connection may.
    async fn why(&self, error: SourceError) -> SourceError {
        let head = self
            .bucket
            .client
            .head_object()
            .bucket(&self.bucket.name)
            .key(&self.key);
        let head = head.set_version_id(self.version.clone()).send().await;
        let same = match head {
            Ok(head) => head.e_tag() == Some(&self.mark),
            Err(failure) => !Failure::from(failure).is_gone(),
        };
        if same {
            error
        } else {
            SourceError::new(Kind::Conflict, "the object was written while it was read")
        }
    }
}

/// A body in pieces of one size, however the network cuts it.
pub(super) struct Pieces {
    body: ByteStream,
    held: BytesMut,
    ended: bool,
}

impl Pieces {
    pub(super) fn new(body: ByteStream) -> Self {
        Self {
            body,
            held: BytesMut::new(),
            ended: false,
        }
    }

    /// The next piece; `None` after the last. A body that is shorter than said is an error.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        while !self.ended && self.held.len() < PIECE_BYTES {
            match self.body.try_next().await {
                Ok(Some(bytes)) => self.held.extend_from_slice(&bytes),
                Ok(None) => self.ended = true,
                Err(_) => {
                    let words = "the store broke off in the middle of an object";
                    return Err(SourceError::new(Kind::Transient, words));
                }
            }
        }
        let take = self.held.len().min(PIECE_BYTES);
        Ok((take > 0).then(|| self.held.split_to(take).freeze()))
    }
}
