//! Rows as Text: every cell a Segment, JSON cells a Segment for each value in them.

use hemvist_decode::{FieldNames, JsonCell, json_segments};
use hemvist_model::{Segment, Text};
use hemvist_source::{Column, ColumnKind, RowBatch};

/// A RowBatch laid out for detection.
pub(super) struct RowText {
    segments: Vec<Segment>,
    fields: FieldNames,
    /// For each Segment: which column, and where that column's cell starts in the batch's text.
    origins: Vec<(u32, u32)>,
    /// How many rows hold text that could not be examined exactly.
    inexact_rows: u64,
}

impl RowText {
    /// Lays out the cells of a batch. Columns that never hold an identifier are left out.
    pub(super) fn new(batch: &RowBatch) -> Self {
        let columns = batch.columns();
        let mut laid_out = Self {
            segments: Vec::with_capacity(batch.cells.len()),
            fields: FieldNames::default(),
            origins: Vec::new(),
            inexact_rows: 0,
        };
        let names: Vec<u32> = columns
            .iter()
            .map(|column| laid_out.fields.index(&column.name))
            .collect();
        let width = columns.len().max(1);
        for (row, cells) in batch.cells.chunks_exact(width).enumerate() {
            let mut inexact = false;
            for (column, cell) in cells.iter().enumerate() {
                let (Some(described), Some(name)) = (columns.get(column), names.get(column)) else {
                    continue;
                };
                let Some(text) = batch.text.get(cell.start as usize..cell.end as usize) else {
                    continue;
                };
                if text.is_empty() || !is_scanned(described) {
                    continue;
                }
                let place = Place {
                    row: row as u32,
                    column: column as u32,
                    start: cell.start,
                    field: *name,
                };
                inexact |= laid_out.add_cell(described, text, place) == JsonCell::Inexact;
            }
            laid_out.inexact_rows += u64::from(inexact);
        }
        laid_out
    }

    fn add_cell(&mut self, column: &Column, text: &[u8], place: Place) -> JsonCell {
        let may_be_json = column.kind == ColumnKind::Json
            || (column.kind == ColumnKind::Text && matches!(text.first(), Some(b'{' | b'[')));
        let json = if may_be_json {
            json_segments(
                text,
                place.start,
                place.row,
                &column.name,
                &mut self.fields,
                &mut self.segments,
            )
        } else {
            JsonCell::NotJson
        };
        if json == JsonCell::NotJson {
            self.segments.push(Segment {
                start: place.start,
                end: place.start + text.len() as u32,
                field: place.field,
                row: place.row,
                lead: 0,
                trail: 0,
                whole_value: column.kind != ColumnKind::Array,
            });
        }
        self.origins
            .resize(self.segments.len(), (place.column, place.start));
        json
    }

    /// How many rows hold JSON in which an identifier may be written with escapes.
    pub(super) fn inexact_rows(&self) -> u64 {
        self.inexact_rows
    }

    /// The text for detection.
    pub(super) fn text<'a>(&'a self, batch: &'a RowBatch) -> Text<'a> {
        Text {
            bytes: &batch.text,
            segments: &self.segments,
            fields: self.fields.as_slice(),
        }
    }

    /// Which column a Segment lies in, and where that cell starts in the batch's text.
    pub(super) fn origin(&self, segment: u32) -> (usize, u32) {
        self.origins
            .get(segment as usize)
            .map_or((0, 0), |(column, start)| (*column as usize, *start))
    }
}

struct Place {
    row: u32,
    column: u32,
    start: u32,
    field: u32,
}

/// Dates, UUIDs and bytes hold no identifier that a text detector could be right about.
fn is_scanned(column: &Column) -> bool {
    !matches!(column.kind, ColumnKind::Binary | ColumnKind::Opaque)
}
