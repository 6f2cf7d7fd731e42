//! Reads one file in pieces.

use std::fs::{File, TryLockError};
use std::io::Read as _;
use std::path::Path;

use bytes::Bytes;
use futures::{StreamExt, stream};
use hemvist_source::{Kind, ObjectRecord, SourceError};

use super::path::{self, Unreached};
use crate::opened::{Opened, PIECE_BYTES};

/// Opens the file at `key` and reads its first piece.
pub(super) fn open(root: &Path, key: &[u8]) -> Result<Opened, SourceError> {
    if key.ends_with(super::walk::UNLISTED) {
        let words = "a directory that could not be listed when the tree was walked";
        return Err(SourceError::new(Kind::Denied, words));
    }
    let reached = match path::file(root, key) {
        Ok(reached) => reached,
        Err(Unreached::Gone) if is_being_rewritten(key) => return Ok(Opened::Object(nothing())),
        Err(Unreached::Gone) => return Ok(Opened::Gone),
        Err(Unreached::LeftAlone(why)) => return Ok(Opened::LeftAlone(why)),
        Err(Unreached::Failed(error)) => return Err(error),
    };
    if is_being_rewritten(key)
        && matches!(
            reached.file.try_lock_shared(),
            Err(TryLockError::WouldBlock)
        )
    {
        return Ok(Opened::Object(nothing()));
    }
    let mut pieces = Pieces {
        mark: path::mark(&reached.stat),
        left: u64::try_from(reached.stat.st_size).unwrap_or_default(),
        file: reached.file,
    };
    let (store_version, bytes) = (pieces.mark.clone(), pieces.left);
    let first = pieces.next()?;
    let rest = stream::try_unfold(pieces, |mut pieces| {
        super::blocking(move || Ok(pieces.next()?.map(|piece| (piece, pieces))))
    });
    Ok(Opened::Object(ObjectRecord {
        store_version,
        bytes,
        content: stream::iter(first.map(Ok)).chain(rest).boxed(),
    }))
}

/// Whether a rewriting writes this file (see `change`). What a killed one left behind is read like
/// any other file; while it is being written it holds nothing that the file beside it, whose place
/// it takes, does not hold.
fn is_being_rewritten(key: &[u8]) -> bool {
    let name = key.rsplit(|byte| *byte == b'/').next().unwrap_or(key);
    name.starts_with(super::change::REWRITING.as_bytes())
}

fn nothing() -> ObjectRecord {
    ObjectRecord {
        store_version: String::new(),
        bytes: 0,
        content: stream::empty().boxed(),
    }
}

/// A file that is read from its beginning, as long as it stays what it was.
pub(super) struct Pieces {
    file: File,
    mark: String,
    left: u64,
}

impl Pieces {
    /// The pieces of a file in the state that `mark` stands for.
    pub(super) fn new(file: File, mark: String, bytes: u64) -> Self {
        Self {
            file,
            mark,
            left: bytes,
        }
    }

    /// The next piece; `None` at the end. The last piece comes only if nothing has changed until
    /// then.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        if self.left == 0 {
            return Ok(None);
        }
        let take = usize::try_from(self.left)
            .unwrap_or(PIECE_BYTES)
            .min(PIECE_BYTES);
        let mut piece = vec![0; take];
        match self.file.read_exact(&mut piece) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Err(changed());
            }
            Err(_) => {
                return Err(SourceError::new(
                    Kind::Transient,
                    "the disk fails on reading",
                ));
            }
        }
        self.left -= take as u64;
        if self.left == 0 {
            let stat = rustix::fs::fstat(&self.file).map_err(path::failed)?;
            if path::mark(&stat) != self.mark {
                return Err(changed());
            }
        }
        Ok(Some(piece.into()))
    }
}

fn changed() -> SourceError {
    SourceError::new(Kind::Conflict, "the file was written while it was read")
}
