//! Planned edits → the object's bytes again, every other byte as it was.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use hemvist_model::ByteRange;

use crate::gunzip::Gunzip;
use crate::limits::Limits;

/// One replacement in an object's bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct ByteEdit {
    /// What goes: original offsets, after gunzip where the object is gzip.
    pub range: ByteRange,
    /// What comes in its place; empty to remove.
    pub replacement: Vec<u8>,
}

/// Two edits of one plan touch the same byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverlappingEdits;

impl std::fmt::Display for OverlappingEdits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("two edits touch the same byte")
    }
}

impl std::error::Error for OverlappingEdits {}

/// The object cannot be rewritten: it is not what it was when the edits were planned. What was
/// written so far must be thrown away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CorruptInput;

impl std::fmt::Display for CorruptInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the object is broken gzip, or an edit lies beyond its end")
    }
}

impl std::error::Error for CorruptInput {}

/// Applies edits to an object that goes by in pieces of any size, in constant memory.
///
/// A gzip object is unpacked, edited and packed again as one member; its unpacked bytes outside
/// the edits stay the same, its packed bytes do not. Without edits even those stay.
pub struct Rewriter {
    splice: Splice,
    gzip: Option<Box<Gzip>>,
}

struct Gzip {
    unpack: Gunzip,
    pack: GzEncoder<Vec<u8>>,
}

/// The edits, in order, and how far they are done.
struct Splice {
    edits: std::vec::IntoIter<ByteEdit>,
    current: Option<ByteEdit>,
    /// Bytes seen so far.
    position: u64,
}

impl Rewriter {
    /// For edits in any order, `gzip` as [`crate::Decoded::gzip`] said.
    ///
    /// # Errors
    /// [`OverlappingEdits`]; edits may touch each other's ends. Edits that are equal count as
    /// overlapping unless they remove nothing.
    pub fn new(mut edits: Vec<ByteEdit>, gzip: bool) -> Result<Self, OverlappingEdits> {
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        let backward = edits.iter().any(|edit| edit.range.end < edit.range.start);
        let overlap = edits.windows(2).any(|pair| match pair {
            [first, second] => second.range.start < first.range.end,
            _ => false,
        });
        if backward || overlap {
            return Err(OverlappingEdits);
        }
        let unlimited = Limits {
            expanded_bytes_max: u64::MAX,
            expansion_ratio_max: u64::MAX,
            ..Limits::default()
        };
        let gzip = (gzip && !edits.is_empty()).then(|| {
            let pack = GzEncoder::new(Vec::new(), Compression::default());
            Box::new(Gzip {
                unpack: Gunzip::new(&unlimited),
                pack,
            })
        });
        let mut edits = edits.into_iter();
        let current = edits.next();
        Ok(Self {
            splice: Splice {
                edits,
                current,
                position: 0,
            },
            gzip,
        })
    }

    /// Takes the object's next bytes and appends to `out` what is certain of the new ones.
    ///
    /// # Errors
    /// [`CorruptInput`] when the gzip data is broken.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), CorruptInput> {
        let Some(gzip) = &mut self.gzip else {
            self.splice
                .push(bytes, &mut |bytes| out.extend_from_slice(bytes));
            return Ok(());
        };
        let Gzip { unpack, pack } = gzip.as_mut();
        let mut edited = Edited {
            splice: &mut self.splice,
            pack,
            failed: false,
        };
        unpack
            .push(bytes, &mut |bytes| edited.push(bytes, out))
            .map_err(|_| CorruptInput)?;
        edited.outcome()
    }

    /// Says that the object ends here and appends the last bytes to `out`.
    ///
    /// # Errors
    /// [`CorruptInput`] when an edit lies beyond the end, or the gzip data is broken or ends early.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), CorruptInput> {
        let Some(mut gzip) = self.gzip else {
            return self
                .splice
                .finish(&mut |bytes| out.extend_from_slice(bytes));
        };
        let Gzip { unpack, pack } = gzip.as_mut();
        let mut edited = Edited {
            splice: &mut self.splice,
            pack,
            failed: false,
        };
        unpack
            .finish(&mut |bytes| edited.push(bytes, out))
            .map_err(|_| CorruptInput)?;
        edited.outcome()?;
        let mut failed = false;
        self.splice
            .finish(&mut |bytes| failed |= gzip.pack.write_all(bytes).is_err())?;
        if failed {
            return Err(CorruptInput);
        }
        out.append(&mut gzip.pack.finish().map_err(|_| CorruptInput)?);
        Ok(())
    }
}

/// Unpacked bytes on their way through the edits into the packer.
struct Edited<'a> {
    splice: &'a mut Splice,
    pack: &'a mut GzEncoder<Vec<u8>>,
    failed: bool,
}

impl Edited<'_> {
    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let (pack, failed) = (&mut *self.pack, &mut self.failed);
        self.splice.push(bytes, &mut |bytes| {
            *failed |= pack.write_all(bytes).is_err()
        });
        out.append(pack.get_mut());
    }

    /// Packing into memory does not fail; but if it did, it must not pass for success.
    fn outcome(&self) -> Result<(), CorruptInput> {
        if self.failed {
            Err(CorruptInput)
        } else {
            Ok(())
        }
    }
}

impl Splice {
    fn push(&mut self, mut bytes: &[u8], out: &mut dyn FnMut(&[u8])) {
        while !bytes.is_empty() {
            let Some(edit) = &mut self.current else {
                self.position += bytes.len() as u64;
                return out(bytes);
            };
            if self.position < edit.range.start {
                let kept = self.up_to(bytes, edit_start(&self.current));
                out(kept);
                bytes = bytes.get(kept.len()..).unwrap_or_default();
                self.position += kept.len() as u64;
                continue;
            }
            // An edit is written when its first byte goes by; what it removes is dropped.
            out(&std::mem::take(&mut edit.replacement));
            let end = edit.range.end;
            let dropped = self.up_to(bytes, end).len();
            bytes = bytes.get(dropped..).unwrap_or_default();
            self.position += dropped as u64;
            if self.position == end {
                self.current = self.edits.next();
            }
        }
    }

    /// The bytes that lie before the offset `end`.
    fn up_to<'b>(&self, bytes: &'b [u8], end: u64) -> &'b [u8] {
        let length = usize::try_from(end - self.position).unwrap_or(usize::MAX);
        bytes.get(..length).unwrap_or(bytes)
    }

    /// At the end only insertions at the very end may be left.
    fn finish(mut self, out: &mut dyn FnMut(&[u8])) -> Result<(), CorruptInput> {
        while let Some(edit) = self.current.take() {
            if edit.range.start != self.position || edit.range.end != self.position {
                return Err(CorruptInput);
            }
            out(&edit.replacement);
            self.current = self.edits.next();
        }
        Ok(())
    }
}

fn edit_start(edit: &Option<ByteEdit>) -> u64 {
    edit.as_ref().map_or(u64::MAX, |edit| edit.range.start)
}
