//! Text on its way to detection: one buffer, cut into Segments.

/// A buffer of text cut into Segments, as detectors take it.
///
/// The bytes are meant to be UTF-8 but need not be: detectors take any bytes. Structured data is
/// one buffer with many Segments (a cell, a JSON string each), plain text is one Segment.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    /// The bytes of all Segments.
    pub bytes: &'a [u8],
    /// Ascending and disjoint; every one lies inside `bytes`.
    pub segments: &'a [Segment],
    /// The names that [`Segment::field`] counts into.
    pub fields: &'a [String],
}

/// A stretch of text in which one value may lie; none reaches over its border.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// First byte, as an offset in [`Text::bytes`].
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Index of the Field's name in [`Text::fields`].
    pub field: u32,
    /// Which row of the Text this belongs to, ascending; cells of one row share it.
    pub row: u32,
    /// Bytes at the front that an earlier Text has already reported: context only.
    pub lead: u32,
    /// Bytes at the end that the next Text will report: context only.
    pub trail: u32,
    /// Whether this is one value (a cell, a JSON string) rather than running text.
    pub whole_value: bool,
}
