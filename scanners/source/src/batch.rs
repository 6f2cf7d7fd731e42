//! What reading a Split gives.

use std::sync::Arc;

use bytes::Bytes;
use hemvist_model::{CollectionName, RecordKey, Skip};

use crate::{Collection, Column, RowKey};

/// One step of reading a Split.
pub enum Batch {
    /// Rows of a table.
    Rows(RowBatch),
    /// A piece of an object; the pieces of one object come in order and without another between.
    Object(ObjectPiece),
    /// A Record that was listed and could not be read.
    Skipped(SkippedRecord),
}

/// A Record that was listed and could not be read.
pub struct SkippedRecord {
    /// Which one.
    pub key: RecordKey,
    /// Why.
    pub skip: Skip,
}

/// Rows in one buffer: no allocation per cell.
pub struct RowBatch {
    /// The Collection they belong to, with its columns and key.
    pub collection: Arc<Collection>,
    /// The text of all cells, one after the other.
    pub text: Vec<u8>,
    /// Row by row, one for each column in the order of `collection.columns`.
    pub cells: Vec<Cell>,
    /// Hand this to [`crate::Source::read`] to go on after this Batch.
    pub resume: Option<Vec<u8>>,
}

/// Where a cell's text lies in [`RowBatch::text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// First byte, or [`Cell::NULL`]'s.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Cell {
    /// The database's NULL, which is not the empty text.
    pub const NULL: Cell = Cell {
        start: u32::MAX,
        end: u32::MAX,
    };
}

impl RowBatch {
    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.cells
            .len()
            .checked_div(self.columns().len())
            .unwrap_or(0)
    }

    /// The columns of every row.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.collection.columns
    }

    /// The text of a cell; `None` for NULL.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Option<&[u8]> {
        let cell = self.cells.get(row * self.columns().len() + column)?;
        self.text.get(cell.start as usize..cell.end as usize)
    }

    /// What addresses a row, made when asked for.
    #[must_use]
    pub fn key(&self, row: usize) -> RecordKey {
        let columns = self.columns();
        match &self.collection.row_key {
            Some(RowKey::Columns(names)) => RecordKey::Row(
                names
                    .iter()
                    .filter_map(|name| columns.iter().position(|column| column.name == *name))
                    .map(|column| self.cell(row, column).unwrap_or_default())
                    .map(|text| String::from_utf8_lossy(text).into_owned())
                    .collect(),
            ),
            _ => RecordKey::Unkeyed(crate::record::row_digest(
                (0..columns.len()).map(|column| self.cell(row, column)),
            )),
        }
    }
}

/// A piece of one object's bytes.
pub struct ObjectPiece {
    /// The bucket or tree.
    pub collection: CollectionName,
    /// Which object, and which version of it.
    pub key: RecordKey,
    /// Offset of `bytes` in the object.
    pub offset: u64,
    /// The bytes.
    pub bytes: Bytes,
    /// Whether this is the object's last piece. An object that breaks off or changes while it is
    /// read has none: a [`Batch::Skipped`] with its key takes its place.
    pub last: bool,
    /// As in [`RowBatch::resume`]; set on last pieces only.
    pub resume: Option<Vec<u8>>,
}
