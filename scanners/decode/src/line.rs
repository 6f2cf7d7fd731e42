//! Lines that are too long for a row: cut into pieces of running text, with overlap.

use hemvist_model::Segment;
use memchr::memchr;

use crate::fields::FieldNames;
use crate::limits::Limits;
use crate::text::{Content, offset, overlapping, with_context};
use crate::window::{Cut, Window};

/// The next piece of the line that the fresh text continues, and whether the line ends with it.
/// `None` when more text is needed first.
pub(crate) fn piece(
    window: &Window,
    limits: &Limits,
    ended: bool,
    names: &mut FieldNames,
    content: Content,
) -> Option<(Cut, bool)> {
    let (fresh, reach) = (window.fresh(), limits.line_bytes_max);
    if fresh.is_empty() || (!ended && fresh.len() < with_context(reach, limits)) {
        return None;
    }
    let within = fresh.get(..reach).unwrap_or(fresh);
    let line_end = memchr(b'\n', within).map(|at| window.lead + at + 1);
    let over = line_end.is_some() || fresh.len() <= reach;
    let end = match line_end {
        Some(end) => end,
        None if over => window.bytes.len(),
        None => content.boundary(window, window.lead, window.lead + reach),
    };
    let after = window.bytes.get(end..).unwrap_or_default();
    let border = if over {
        end
    } else {
        end + memchr(b'\n', after).unwrap_or(after.len())
    };
    let mut cut = overlapping(window, end, border, limits, content);
    cut.keep = if over { 0 } else { cut.keep };
    cut.segments.push(Segment {
        start: 0,
        end: offset(cut.through),
        field: names.index(hemvist_model::FieldPath::BODY),
        row: 0,
        lead: offset(window.lead),
        trail: offset(cut.through - end),
        whole_value: false,
    });
    if content == Content::Json {
        cut.escaped.push(0);
    }
    cut.fields = names.shared();
    Some((cut, over))
}
