//! PostgreSQL's `COPY … TO STDOUT` text format: cells between tabs, rows between newlines, `\N` for
//! NULL, and backslash escapes.

use hemvist_source::{Kind, SourceError};

use crate::reading::RowSink;

/// Takes one row, without or with its newline.
pub(crate) fn push_row(mut line: &[u8], sink: &mut RowSink) -> Result<(), SourceError> {
    line = line.strip_suffix(b"\n").unwrap_or(line);
    let mut start = sink.text.len();
    let mut from = 0;
    let mut escaped_null = false;
    for at in memchr::memchr2_iter(b'\t', b'\\', line) {
        // Inside an escape that was taken already.
        if at < from {
            continue;
        }
        sink.text.extend_from_slice(&line[from..at]);
        if line[at] == b'\t' {
            end_cell(sink, start, escaped_null);
            (start, escaped_null) = (sink.text.len(), false);
            from = at + 1;
            continue;
        }
        match line.get(at + 1) {
            Some(b'N') => escaped_null = true,
            Some(&letter) => sink.text.push(unescape(letter)),
            None => {
                return Err(SourceError::new(
                    Kind::Corrupt,
                    "a row that ends in an escape",
                ));
            }
        }
        from = at + 2;
    }
    sink.text.extend_from_slice(&line[from..]);
    end_cell(sink, start, escaped_null);
    Ok(())
}

fn end_cell(sink: &mut RowSink, start: usize, null: bool) {
    match null {
        true => sink.push_null(),
        false => sink.push_from(start),
    }
}

/// The server writes no octal or hexadecimal escapes.
fn unescape(letter: u8) -> u8 {
    match letter {
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        other => other,
    }
}
