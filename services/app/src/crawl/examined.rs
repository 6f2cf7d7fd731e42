//! What detection gives for one batch of rows or one Chunk of an object.

use hemvist_decode::{Charset, Chunk};
use hemvist_detect::{Population, Scanned};
use hemvist_model::{ByteRange, Detection, FieldPath, RecordKey, Segment, Text};
use hemvist_source::RowBatch;

use super::rows::RowText;

/// Detections together with what they were found in. Lives on a detection thread only.
pub(crate) struct Examined<'a> {
    pub(super) unit: Unit<'a>,
    pub(super) scanned: &'a Scanned,
}

pub(super) enum Unit<'a> {
    Rows(&'a RowBatch, &'a RowText),
    Chunk(&'a RecordKey, &'a Chunk),
    /// An object's own key, which may itself hold an identifier.
    Key(&'a RecordKey, Text<'a>),
}

/// One Detection and where it stands in its Record.
pub(crate) struct Sighting<'a> {
    /// Which row of the batch; 0 for objects.
    pub(crate) row: usize,
    /// The place in the Record.
    pub(crate) field: &'a str,
    /// The column, for rows.
    pub(crate) column: Option<usize>,
    /// Offsets in the cell's text, or in the object's (decompressed) bytes.
    pub(crate) range: ByteRange,
    /// In which charset a replacement must be written.
    pub(crate) charset: Charset,
    /// What was found.
    pub(crate) detection: &'a Detection,
}

impl<'a> Examined<'a> {
    /// Every Detection with its place, in the order of the text.
    pub(crate) fn sightings(&self) -> impl Iterator<Item = Sighting<'a>> + '_ {
        self.scanned
            .detections
            .iter()
            .filter_map(|detection| self.sighting(detection))
    }

    /// What was counted of the numbers in its Fields.
    pub(crate) fn population(&self) -> Population {
        let mut population = Population::default();
        population.add(self.text().fields, self.scanned.censuses());
        population
    }

    fn text(&self) -> Text<'a> {
        match &self.unit {
            Unit::Rows(batch, layout) => layout.text(batch),
            Unit::Chunk(_, chunk) => chunk.text(),
            Unit::Key(_, text) => *text,
        }
    }

    /// The key of the Record that a Sighting stands in.
    pub(crate) fn record_key(&self, row: usize) -> RecordKey {
        match &self.unit {
            Unit::Rows(batch, _) => batch.key(row),
            Unit::Chunk(key, _) | Unit::Key(key, _) => (*key).clone(),
        }
    }

    /// Whether the Records are rows.
    pub(crate) fn is_rows(&self) -> bool {
        matches!(self.unit, Unit::Rows(..))
    }

    /// The whole line, CSV row or NDJSON line around a Sighting, where the format has such. Looks
    /// for the line's ends, so it is asked for only where it is needed.
    pub(crate) fn line(&self, sighting: &Sighting<'_>) -> Option<ByteRange> {
        let detection = sighting.detection;
        match &self.unit {
            Unit::Chunk(_, chunk) => chunk.line(detection.segment, detection.range),
            Unit::Rows(..) | Unit::Key(..) => None,
        }
    }

    fn sighting(&self, detection: &'a Detection) -> Option<Sighting<'a>> {
        let text = self.text();
        let segment: &Segment = text.segments.get(detection.segment as usize)?;
        let field = text.fields.get(segment.field as usize)?;
        let mut sighting = Sighting {
            row: segment.row as usize,
            field,
            column: None,
            range: detection.range,
            charset: Charset::Utf8,
            detection,
        };
        match &self.unit {
            Unit::Rows(_, layout) => {
                let (column, cell_start) = layout.origin(detection.segment);
                let shift = u64::from(segment.start - cell_start);
                sighting.column = Some(column);
                sighting.range =
                    ByteRange::new(detection.range.start + shift, detection.range.end + shift);
            }
            Unit::Chunk(_, chunk) => {
                sighting.row = 0;
                sighting.range = chunk.original(detection.segment, detection.range);
                sighting.charset = chunk.charset();
            }
            Unit::Key(..) => {}
        }
        Some(sighting)
    }
}

/// The Field of an object's own key.
pub(super) const KEY_FIELD: &str = FieldPath::KEY;
