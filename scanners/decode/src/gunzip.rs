//! gzip (RFC 1952), several members too, from pieces of any size, with limits.
//!
//! flate2's own gzip writer drops what was unpacked just before a broken byte and cannot be held
//! to a limit; so only its inflate is used here, and the envelope is read by hand.

use flate2::{Crc, Decompress, FlushDecompress, Status};
use hemvist_model::SkipReason;

use crate::limits::Limits;

/// The first bytes of gzip with deflate, the only method there is.
pub(crate) const MAGIC: &[u8] = b"\x1F\x8B\x08";

/// Packed bytes go in in blocks of this size, wherever the pieces were cut, so that limits strike
/// at the same byte.
const BLOCK_BYTES: usize = 8 * 1024;
/// Unpacked bytes come out in blocks of at most this size.
const OUTPUT_BYTES: usize = 64 * 1024;
/// Unpacked bytes for which the ratio is not looked at: small files may be very regular.
const RATIO_FREE_BYTES: u64 = 16 * 1024 * 1024;
/// After the magic and the flags: time, extra flags, system.
const FIXED_HEADER_REST: usize = 6;
const TRAILER_BYTES: usize = 8;

/// Why unpacking stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) reason: SkipReason,
    pub(crate) detail: &'static str,
}

const fn corrupt(detail: &'static str) -> Fault {
    Fault {
        reason: SkipReason::Corrupt,
        detail,
    }
}

/// Where in the file we are.
enum Place {
    /// In a member's first bytes; how many were seen.
    Magic(usize),
    Flags,
    /// In header bytes that are skipped; how many are left.
    Fixed(usize),
    ExtraLength(Option<u8>),
    Extra(usize),
    Name,
    Comment,
    HeaderCheck(usize),
    Body,
    Trailer(Vec<u8>),
    /// Behind the last member: zeros only (tapes pad).
    Padding,
}

/// A streaming gunzip.
pub(crate) struct Gunzip {
    place: Place,
    flags: u8,
    inflate: Decompress,
    check: Crc,
    /// Whether a member was complete but its checksum was not right.
    damaged: bool,
    block: Vec<u8>,
    output: Vec<u8>,
    packed: u64,
    unpacked: u64,
    unpacked_max: u64,
    ratio_max: u64,
}

impl Gunzip {
    /// For a file from its beginning.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            place: Place::Magic(0),
            flags: 0,
            inflate: Decompress::new(false),
            check: Crc::new(),
            damaged: false,
            block: Vec::with_capacity(BLOCK_BYTES),
            output: vec![0; OUTPUT_BYTES],
            packed: 0,
            unpacked: 0,
            unpacked_max: limits.expanded_bytes_max,
            ratio_max: limits.expansion_ratio_max,
        }
    }

    /// Unpacks what is certain of `bytes` and all before them. After a fault nothing more comes.
    pub(crate) fn push(
        &mut self,
        mut bytes: &[u8],
        out: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Fault> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK_BYTES - self.block.len()));
            self.block.extend_from_slice(now);
            bytes = later;
            if self.block.len() == BLOCK_BYTES {
                self.flush(out)?;
            }
        }
        Ok(())
    }

    /// Unpacks the rest; a fault when the file ends too early or a checksum was wrong.
    pub(crate) fn finish(&mut self, out: &mut dyn FnMut(&[u8])) -> Result<(), Fault> {
        self.flush(out)?;
        match self.place {
            Place::Magic(0) | Place::Padding if !self.damaged => Ok(()),
            Place::Magic(0) | Place::Padding => Err(corrupt("a gzip checksum is wrong")),
            _ => Err(corrupt("the gzip data ends too early")),
        }
    }

    fn flush(&mut self, out: &mut dyn FnMut(&[u8])) -> Result<(), Fault> {
        let mut block = std::mem::take(&mut self.block);
        let mut rest = block.as_slice();
        while let Some((byte, after)) = rest.split_first() {
            if matches!(self.place, Place::Body) {
                rest = self.body(rest, out)?;
            } else {
                self.envelope(*byte)?;
                self.packed += 1;
                rest = after;
            }
        }
        block.clear();
        self.block = block;
        Ok(())
    }

    /// One byte of what surrounds the deflate data.
    fn envelope(&mut self, byte: u8) -> Result<(), Fault> {
        let place = std::mem::replace(&mut self.place, Place::Padding);
        self.place = match place {
            Place::Magic(0) if byte == 0 && self.packed > 0 => Place::Padding,
            Place::Magic(seen) if MAGIC.get(seen) == Some(&byte) => {
                if seen + 1 == MAGIC.len() {
                    Place::Flags
                } else {
                    Place::Magic(seen + 1)
                }
            }
            Place::Magic(_) => return Err(corrupt("bytes that are not gzip follow the gzip data")),
            Place::Flags => {
                self.flags = byte;
                Place::Fixed(FIXED_HEADER_REST)
            }
            Place::Fixed(1) => self.after_header(0),
            Place::Fixed(left) => Place::Fixed(left - 1),
            Place::ExtraLength(None) => Place::ExtraLength(Some(byte)),
            Place::ExtraLength(Some(low)) => match u16::from_le_bytes([low, byte]) {
                0 => self.after_header(1),
                length => Place::Extra(usize::from(length)),
            },
            Place::Extra(1) => self.after_header(1),
            Place::Extra(left) => Place::Extra(left - 1),
            Place::Name => {
                if byte == 0 {
                    self.after_header(2)
                } else {
                    Place::Name
                }
            }
            Place::Comment => {
                if byte == 0 {
                    self.after_header(3)
                } else {
                    Place::Comment
                }
            }
            Place::HeaderCheck(1) => self.after_header(4),
            Place::HeaderCheck(left) => Place::HeaderCheck(left - 1),
            Place::Trailer(trailer) => self.trailer(trailer, byte),
            Place::Padding if byte == 0 => Place::Padding,
            Place::Padding | Place::Body => {
                return Err(corrupt("bytes that are not gzip follow the gzip data"));
            }
        };
        Ok(())
    }

    /// What follows in the header once its first `done` optional fields are over.
    fn after_header(&mut self, done: u8) -> Place {
        let has = |field: u8, bit: u8| done < field && self.flags & bit != 0;
        if has(1, 0x04) {
            Place::ExtraLength(None)
        } else if has(2, 0x08) {
            Place::Name
        } else if has(3, 0x10) {
            Place::Comment
        } else if has(4, 0x02) {
            Place::HeaderCheck(2)
        } else {
            self.inflate.reset(false);
            self.check.reset();
            Place::Body
        }
    }

    fn trailer(&mut self, mut trailer: Vec<u8>, byte: u8) -> Place {
        trailer.push(byte);
        if trailer.len() < TRAILER_BYTES {
            return Place::Trailer(trailer);
        }
        let expected = [
            self.check.sum().to_le_bytes(),
            self.check.amount().to_le_bytes(),
        ]
        .concat();
        self.damaged |= trailer != expected;
        Place::Magic(0)
    }

    /// Deflate data, until the block or the member ends; gives back what is left of the block.
    fn body<'a>(
        &mut self,
        mut rest: &'a [u8],
        out: &mut dyn FnMut(&[u8]),
    ) -> Result<&'a [u8], Fault> {
        loop {
            let (read_before, written_before) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self
                .inflate
                .decompress(rest, &mut self.output, FlushDecompress::None);
            let read = self.inflate.total_in() - read_before;
            let written = self.inflate.total_out() - written_before;
            self.packed += read;
            rest = rest
                .get(usize::try_from(read).unwrap_or(usize::MAX)..)
                .unwrap_or_default();
            self.give(usize::try_from(written).unwrap_or(usize::MAX), out)?;
            match status {
                Ok(Status::StreamEnd) => {
                    self.place = Place::Trailer(Vec::with_capacity(TRAILER_BYTES));
                    return Ok(rest);
                }
                // With output left over, the next call has nothing to give without more input.
                Ok(_) if rest.is_empty() && (written as usize) < self.output.len() => {
                    return Ok(rest);
                }
                Ok(_) if read == 0 && written == 0 => return Err(corrupt("broken gzip data")),
                Ok(_) => {}
                Err(_) => return Err(corrupt("broken gzip data")),
            }
        }
    }

    fn give(&mut self, written: usize, out: &mut dyn FnMut(&[u8])) -> Result<(), Fault> {
        let written = written as u64;
        let allowed = written.min(self.unpacked_max - self.unpacked);
        let data = self.output.get(..allowed as usize).unwrap_or_default();
        self.check.update(data);
        self.unpacked += allowed;
        if !data.is_empty() {
            out(data);
        }
        if allowed < written {
            let detail = "the gzip data unpacks to more than the limit; the rest was not read";
            return Err(Fault {
                reason: SkipReason::TooLarge,
                detail,
            });
        }
        let ratio_limit =
            RATIO_FREE_BYTES.saturating_add(self.packed.saturating_mul(self.ratio_max));
        if self.unpacked > ratio_limit {
            let detail = "the gzip data expands beyond the limit; the rest was not read";
            return Err(Fault {
                reason: SkipReason::TooDeep,
                detail,
            });
        }
        Ok(())
    }
}
