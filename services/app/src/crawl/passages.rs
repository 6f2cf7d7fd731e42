//! Passages: the text around Detections, for whoever must show it and not only point at it.

use hemvist_decode::Format;
use hemvist_detect::Scanned;
use hemvist_model::{Detection, FieldPath, Segment, Text};

use super::examined::Unit;
use super::{Crawler, Examined};

/// Bytes of running text shown on either side of a Detection, when its line is longer.
const AROUND_BYTES: usize = 2_000;

/// What is to become of a Detection in a passage.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passage {
    /// The passage is made for it.
    Wanted,
    /// It is replaced by this.
    Hidden(&'static str),
    /// It is text like any other.
    Plain,
}

/// Fields with their texts.
type Fields = Vec<(String, String)>;

impl Examined<'_> {
    /// The lines (with all their Fields), JSON values or stretches of text with a wanted Detection
    /// in them, in the order of the text; of an object's key, the key. Rows give none.
    pub(crate) fn passages(&self, about: &dyn Fn(&Detection) -> Passage) -> Vec<Fields> {
        let (text, format) = match &self.unit {
            Unit::Chunk(_, chunk) => (chunk.text(), chunk.format()),
            Unit::Key(_, text) => (*text, Format::Text),
            Unit::Rows(..) => return Vec::new(),
        };
        let judged: Vec<(&Detection, Passage)> = self
            .scanned
            .detections
            .iter()
            .map(|detection| (detection, about(detection)))
            .collect();
        let wanted = judged
            .iter()
            .filter(|(_, passage)| *passage == Passage::Wanted)
            .map(|(detection, _)| *detection);
        let by_line = matches!(format, Format::Csv { .. } | Format::NdJson);
        let (mut passages, mut seen): (Vec<Fields>, Option<Seen>) = (Vec::new(), None);
        for detection in wanted {
            let Some(segment) = text.segments.get(detection.segment as usize) else {
                continue;
            };
            let now = if !segment.whole_value {
                Seen::Stretch(stretch(text, segment, detection))
            } else if by_line {
                Seen::Line(segment.row)
            } else {
                Seen::Value(detection.segment)
            };
            if seen == Some(now) {
                continue;
            }
            seen = Some(now);
            passages.push(now.fields(text, detection.segment, &judged));
        }
        passages
    }
}

impl Crawler {
    /// A short text, such as a Record's key, with what is to be hidden replaced.
    pub(crate) fn hide_in(&self, words: &str, about: &dyn Fn(&Detection) -> Passage) -> String {
        let end = u32::try_from(words.len()).unwrap_or(u32::MAX);
        let whole = Segment {
            start: 0,
            end,
            field: 0,
            row: 0,
            lead: 0,
            trail: 0,
            whole_value: false,
        };
        let (segments, fields) = ([whole], [FieldPath::KEY.to_owned()]);
        let text = Text {
            bytes: words.as_bytes(),
            segments: &segments,
            fields: &fields,
        };
        let mut scanned = Scanned::default();
        self.scan(text, &mut scanned);
        let judged: Vec<_> = scanned
            .detections
            .iter()
            .map(|detection| (detection, about(detection)))
            .collect();
        shown(text, &whole, 0, (0, words.len()), &judged)
    }
}

/// What a passage shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Line(u32),
    Value(u32),
    Stretch((usize, usize)),
}

impl Seen {
    fn fields(self, text: Text<'_>, number: u32, judged: &[(&Detection, Passage)]) -> Fields {
        let field = |number: u32, range: (usize, usize)| {
            let segment = text.segments.get(number as usize)?;
            let name = text.fields.get(segment.field as usize)?;
            Some((name.clone(), shown(text, segment, number, range, judged)))
        };
        let whole = |number: u32| {
            let segment = text.segments.get(number as usize)?;
            field(number, (segment.start as usize, segment.end as usize))
        };
        match self {
            Seen::Stretch(range) => field(number, range).into_iter().collect(),
            Seen::Value(number) => whole(number).into_iter().collect(),
            Seen::Line(row) => {
                let numbered = (0_u32..).zip(text.segments);
                numbered
                    .filter(|(_, segment)| segment.row == row)
                    .filter_map(|(number, _)| whole(number))
                    .collect()
            }
        }
    }
}

/// The line around a Detection in running text, cut where it is long.
fn stretch(text: Text<'_>, segment: &Segment, detection: &Detection) -> (usize, usize) {
    let (first, last) = (segment.start as usize, segment.end as usize);
    let at = |offset: u64| {
        first
            .saturating_add(usize::try_from(offset).unwrap_or(usize::MAX))
            .min(last)
    };
    let (start, end) = (at(detection.range.start), at(detection.range.end));
    let from = start.saturating_sub(AROUND_BYTES).max(first);
    let to = end.saturating_add(AROUND_BYTES).min(last);
    let newline = |byte: &u8| *byte == b'\n';
    let before = text.bytes.get(from..start).unwrap_or_default();
    let after = text.bytes.get(end..to).unwrap_or_default();
    let line_start = before
        .iter()
        .rposition(newline)
        .map_or(from, |at| from + at + 1);
    (
        line_start,
        after.iter().position(newline).map_or(to, |at| end + at),
    )
}

/// A stretch of a Segment with what is to be hidden replaced.
fn shown(
    text: Text<'_>,
    segment: &Segment,
    number: u32,
    (from, to): (usize, usize),
    judged: &[(&Detection, Passage)],
) -> String {
    let (mut out, mut at) = (Vec::new(), from);
    for (detection, passage) in judged
        .iter()
        .filter(|(detection, _)| detection.segment == number)
    {
        let Passage::Hidden(instead) = passage else {
            continue;
        };
        let place = |offset: u64| {
            segment.start as usize + usize::try_from(offset).unwrap_or(usize::MAX / 2)
        };
        let (start, end) = (
            place(detection.range.start).max(at),
            place(detection.range.end),
        );
        if end <= at || start >= to {
            continue;
        }
        out.extend_from_slice(text.bytes.get(at..start).unwrap_or_default());
        out.extend_from_slice(instead.as_bytes());
        at = end;
    }
    out.extend_from_slice(text.bytes.get(at.min(to)..to).unwrap_or_default());
    String::from_utf8_lossy(&out).into_owned()
}
