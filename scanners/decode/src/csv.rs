//! CSV and its relatives: rows of cells, RFC 4180 quotes, a header where there is one.

use hemvist_model::{Segment, SkipReason};

use crate::chunk::Lines;
use crate::fields::FieldNames;
use crate::limits::Limits;
use crate::line;
use crate::room::Room;
use crate::skips::Skips;
use crate::stops::Stops;
use crate::text::{Content, offset};
use crate::window::{Cut, Window};

/// After so many rows with broken quotes, quotes mean nothing in this object any more.
const BROKEN_ROWS_MAX: usize = 16;
/// Longest cell of a header, in bytes.
const HEADER_CELL_BYTES_MAX: usize = 128;

/// Cuts rows.
pub(crate) struct CsvReader {
    delimiter: u8,
    /// Whether quotes still mean something.
    quotes: bool,
    broken_rows: usize,
    names: FieldNames,
    /// The Field of each column, as far as rows have reached.
    columns: Vec<u32>,
    /// How many cells and rows the last Chunk had: the next will be alike.
    cells: usize,
    rows: usize,
    started: bool,
    /// Whether the row did not end within `chunk_bytes` and is looked at as far as a line may go.
    wide: bool,
    /// Whether the fresh text continues a line that is too long for a row.
    inside_long_line: bool,
}

/// Where something may happen in a row.
pub(crate) type RowStops<'a> = Stops<'a, 3>;

/// What becomes of one row depends on delimiters, line feeds and, where they mean something, quotes.
pub(crate) fn stops_of(delimiter: u8, quotes: bool) -> [u8; 3] {
    [delimiter, b'\n', if quotes { b'"' } else { delimiter }]
}

/// What became of one row.
pub(crate) enum Row {
    /// It ends before this offset.
    Ends(usize),
    /// Its end is not in sight.
    Unfinished,
    /// A quote is open and its end is not in sight.
    Open,
    /// Something other than a delimiter follows a closing quote.
    Broken,
}

impl CsvReader {
    pub(crate) fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            quotes: true,
            broken_rows: 0,
            names: FieldNames::new(),
            columns: Vec::new(),
            cells: 0,
            rows: 0,
            started: false,
            wide: false,
            inside_long_line: false,
        }
    }

    /// For a list without a header: each line is one value of the Field of that name.
    pub(crate) fn of_values(field: &str) -> Self {
        let mut reader = Self::new(b'\n');
        reader.quotes = false;
        reader.started = true;
        let index = reader.names.index(field);
        reader.columns.push(index);
        reader
    }

    /// The next Chunk's cut, or `None` when more text is needed first.
    pub(crate) fn next(
        &mut self,
        window: &Window,
        limits: &Limits,
        ended: bool,
        skips: &mut Skips,
        room: &mut Room,
    ) -> Option<Cut> {
        loop {
            if self.inside_long_line {
                let (cut, over) =
                    line::piece(window, limits, ended, &mut self.names, Content::Text)?;
                self.inside_long_line = !over;
                return Some(cut);
            }
            let reach = if self.wide {
                limits.line_bytes_max
            } else {
                limits.chunk_bytes
            };
            let text = window.bytes.as_slice();
            if text.is_empty() || (!ended && text.len() < reach) {
                return None;
            }
            // Rows are judged by a view of fixed length, so that pieces do not change the answer.
            let view = text.get(..reach).unwrap_or(text);
            let widest = reach == limits.line_bytes_max;
            let closed = ended && text.len() <= reach;
            let cut = self.rows(view, closed, widest, skips, room);
            self.wide = cut.is_none() && !widest;
            self.inside_long_line = cut.is_none() && widest;
            if cut.is_some() {
                return cut;
            }
        }
    }

    /// As many whole rows as the view holds.
    fn rows(
        &mut self,
        view: &[u8],
        closed: bool,
        widest: bool,
        skips: &mut Skips,
        room: &mut Room,
    ) -> Option<Cut> {
        let (mut segments, mut ends) = room.rows();
        segments.reserve(self.cells);
        ends.reserve(self.rows);
        let mut at = 0;
        let mut stops = Stops::new(view, stops_of(self.delimiter, self.quotes));
        self.start(&mut stops, closed);
        while at < view.len() {
            let (before, row) = (segments.len(), offset(ends.len()));
            let mut outcome = self.row(&mut stops, at, closed, row, &mut segments);
            let hopeless = matches!(outcome, Row::Open) && (closed || (widest && at == 0));
            let broken = hopeless || matches!(outcome, Row::Broken);
            if broken {
                segments.truncate(before);
                stops.turn_to(at, stops_of(self.delimiter, false));
                outcome = self.row(&mut stops, at, closed, row, &mut segments);
                // Judged again in the next view if even the line does not end in this one.
                if matches!(outcome, Row::Ends(_)) || (widest && at == 0) {
                    self.note_broken(skips);
                }
            }
            let Row::Ends(next) = outcome else {
                segments.truncate(before);
                break;
            };
            ends.push(offset(next));
            at = next;
            if broken {
                stops.turn_to(at, stops_of(self.delimiter, self.quotes));
            }
        }
        if at == 0 {
            return None;
        }
        (self.cells, self.rows) = (segments.len(), ends.len());
        let fields = self.names.shared();
        let lines = if self.broken_rows == 0 {
            Lines::Rows { ends }
        } else {
            Lines::Unremovable
        };
        Some(Cut {
            end: at,
            through: at,
            keep: 0,
            segments,
            escaped: Vec::new(),
            fields,
            lines,
        })
    }

    fn note_broken(&mut self, skips: &mut Skips) {
        self.broken_rows += 1;
        self.quotes = self.broken_rows < BROKEN_ROWS_MAX;
        skips.note(
            SkipReason::Corrupt,
            "broken quotes in CSV; those rows were read line by line",
        );
    }

    /// Names the columns after the first row, once that is in sight as a whole.
    fn start(&mut self, stops: &mut RowStops<'_>, closed: bool) {
        if self.started {
            return;
        }
        let (view, mut cells) = (stops.view, Vec::new());
        let mut keep = |column, start, end| cells.push((column, view.get(start..end)));
        let outcome = read_row(stops, 0, closed, &mut keep);
        stops.turn_to(0, stops_of(self.delimiter, self.quotes));
        self.started = matches!(outcome, Row::Ends(_));
        if self.started && is_header(&cells) {
            for (column, cell) in cells {
                let name = String::from_utf8_lossy(cell.unwrap_or_default()).replace("\"\"", "\"");
                if column > 0 {
                    column_field(&mut self.columns, &mut self.names, column - 1);
                }
                self.columns.push(self.names.index(name.trim()));
            }
        }
    }

    // Kept apart: among all that is inlined around it, what it counts would not stay in registers.
    #[inline(never)]
    fn row(
        &mut self,
        stops: &mut RowStops<'_>,
        at: usize,
        closed: bool,
        row: u32,
        segments: &mut Vec<Segment>,
    ) -> Row {
        let (columns, names) = (&mut self.columns, &mut self.names);
        let mut push = |column: usize, start: usize, end: usize| {
            let field = match columns.get(column) {
                Some(field) => *field,
                None => column_field(columns, names, column),
            };
            // A Chunk is far below 4 GiB.
            segments.push(Segment {
                start: start as u32,
                end: end as u32,
                field,
                row,
                lead: 0,
                trail: 0,
                whole_value: true,
            });
        };
        read_row(stops, at, closed, &mut push)
    }
}

/// The Field of a column that no header names; names all columns before it, too.
fn column_field(columns: &mut Vec<u32>, names: &mut FieldNames, column: usize) -> u32 {
    while columns.len() <= column {
        columns.push(names.index(&format!("column {}", columns.len() + 1)));
    }
    columns.get(column).copied().unwrap_or_default()
}

/// Names, not values: no `@`, no digits but one or two right behind a name (`address2`).
pub(crate) fn is_header(cells: &[(usize, Option<&[u8]>)]) -> bool {
    !cells.is_empty()
        && cells
            .iter()
            .all(|(_, cell)| is_header_cell(cell.unwrap_or_default()))
}

fn is_header_cell(cell: &[u8]) -> bool {
    let name = cell.trim_ascii();
    let stem = name.trim_ascii_end();
    let digits = stem
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (stem, _) = stem.split_at(stem.len() - digits);
    let numbered = digits == 0
        || (digits <= 2
            && stem
                .last()
                .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_'));
    let clean = String::from_utf8_lossy(stem)
        .chars()
        .all(|c| !c.is_numeric() && c != '@');
    numbered && clean && cell.len() <= HEADER_CELL_BYTES_MAX
}

/// Reads the row that begins at `at`, where `stops` stands, and gives each cell that is not empty to
/// `push`, as column, start and end. `closed`: nothing follows the view.
#[inline(always)]
pub(crate) fn read_row(
    stops: &mut RowStops<'_>,
    mut at: usize,
    closed: bool,
    push: &mut impl FnMut(usize, usize, usize),
) -> Row {
    let (view, mut column) = (stops.view, 0);
    let mut push = |column: usize, start: usize, end: usize| {
        if end > start {
            push(column, start, end);
        }
    };
    while let Some(stop) = stops.next() {
        match view.get(stop) {
            Some(b'\n') => {
                push(column, at, content_end(view, at, stop));
                return Row::Ends(stop + 1);
            }
            Some(b'"') if stop > at => {}
            Some(b'"') => {
                let end = match quoted_end(stops, at + 1, closed) {
                    Ok(end) => end,
                    Err(row) => return row,
                };
                push(column, at + 1, end);
                let stop = stops.next().unwrap_or(view.len());
                (column, at) = (column + 1, stop + 1);
                if view.get(stop).is_none_or(|byte| *byte == b'\n') {
                    return Row::Ends(at.min(view.len()));
                }
            }
            _ => {
                push(column, at, stop);
                (column, at) = (column + 1, stop + 1);
            }
        }
    }
    if !closed {
        return Row::Unfinished;
    }
    push(column, at, content_end(view, at, view.len()));
    Row::Ends(view.len())
}

/// Where the last cell of a row ends whose line feed is at `stop`.
fn content_end(view: &[u8], start: usize, stop: usize) -> usize {
    let returns = stop > start && view.get(stop - 1) == Some(&b'\r');
    stop - usize::from(returns)
}

/// Where the content of a quoted cell ends; the next stop is its delimiter or line feed, if any.
#[inline(always)]
fn quoted_end(stops: &mut RowStops<'_>, mut from: usize, closed: bool) -> Result<usize, Row> {
    let view = stops.view;
    while let Some(quote) = stops.next() {
        if view.get(quote) != Some(&b'"') || quote < from {
            continue;
        }
        match (view.get(quote + 1), view.get(quote + 2)) {
            (Some(b'"'), _) => from = quote + 2,
            (Some(byte), _) if stops.has(*byte) => return Ok(quote),
            (Some(b'\r'), Some(b'\n')) => return Ok(quote),
            (None, _) | (Some(b'\r'), None) if closed => return Ok(quote),
            (None, _) | (Some(b'\r'), None) => return Err(Row::Open),
            _ => return Err(Row::Broken),
        }
    }
    Err(Row::Open)
}
