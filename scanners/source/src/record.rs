//! One Record, read again.

use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;

use crate::{Collection, SourceError};

/// One Record as it is now.
pub enum RecordImage {
    /// A row.
    Row(RowRecord),
    /// An object.
    Object(ObjectRecord),
}

/// A whole row as text.
pub struct RowRecord {
    /// Its table, with columns and key.
    pub collection: Arc<Collection>,
    /// One for each column, `None` for NULL.
    pub cells: Vec<Option<Vec<u8>>>,
    /// How many rows answer to this key: 1, or more for an unkeyed table with equal rows.
    pub rows: u64,
}

/// An object's bytes, streamed.
pub struct ObjectRecord {
    /// The store's mark of this state of the object (ETag, or size and mtime).
    pub store_version: String,
    /// Size in bytes.
    pub bytes: u64,
    /// The content; an item is `Err` when the object changed or broke off while being read.
    pub content: BoxStream<'static, Result<Bytes, SourceError>>,
}

/// The digest that addresses a row of a table without a key: over each cell's length and bytes,
/// NULL apart from the empty text.
#[must_use]
pub fn row_digest<'a>(cells: impl Iterator<Item = Option<&'a [u8]>>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    update_with_cells(&mut hasher, cells);
    *hasher.finalize().as_bytes()
}

pub(crate) fn update_with_cells<'a>(
    hasher: &mut blake3::Hasher,
    cells: impl Iterator<Item = Option<&'a [u8]>>,
) {
    for cell in cells {
        match cell {
            None => hasher.update(&[0]),
            Some(bytes) => hasher
                .update(&[1])
                .update(&(bytes.len() as u64).to_be_bytes())
                .update(bytes),
        };
    }
}
