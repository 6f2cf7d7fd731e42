//! Deletes or rewrites one file, if it still is what was planned.

use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use hemvist_model::Fingerprint;
use hemvist_source::{Change, Changed, Fingerprinter, Kind, Rewrite, SourceError, row_digest};
use rustix::fs::{AtFlags, Gid, Mode, OFlags, Stat, Uid, XattrFlags};
use rustix::io::Errno;

use super::path::{self, Reached, Unreached};
use super::read::Pieces;

/// Bytes of the names of a file's extended attributes, and of one attribute (the kernel's limits).
const ATTRIBUTE_BYTES_MAX: usize = 64 * 1024;

/// Which file, in which state.
pub(super) struct Planned {
    pub(super) root: Arc<PathBuf>,
    pub(super) key: Vec<u8>,
    pub(super) expected: Fingerprint,
    pub(super) fingerprinter: Fingerprinter,
}

/// A change to a file.
pub(super) struct FileChange {
    planned: Planned,
    /// `None`: delete it.
    rewrite: Option<Rewrite>,
}

impl Planned {
    pub(super) fn with(self, change: Change) -> Result<FileChange, SourceError> {
        let rewrite = match change {
            Change::DeleteObject => None,
            Change::RewriteObject(rewrite) => Some(rewrite),
            Change::DeleteRow | Change::SetFields(_) => {
                return Err(SourceError::new(Kind::Unsupported, "a file has no rows"));
            }
        };
        Ok(FileChange {
            planned: self,
            rewrite,
        })
    }
}

/// Why a change stops before it has changed anything.
enum Stop {
    Answer(Changed),
    Error(SourceError),
}

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::ACCESS | Errno::PERM | Errno::ROFS => {
                Stop::Answer(Changed::Refused("the file system does not allow it"))
            }
            errno => Stop::Error(path::failed(errno)),
        }
    }
}

impl From<SourceError> for Stop {
    fn from(error: SourceError) -> Self {
        match error.kind() {
            Kind::Conflict => Stop::Answer(Changed::FingerprintDiffers),
            _ => Stop::Error(error),
        }
    }
}

impl FileChange {
    pub(super) fn run(self) -> Result<Changed, SourceError> {
        match self.try_run() {
            Ok(()) => Ok(Changed::Done),
            Err(Stop::Answer(answer)) => Ok(answer),
            Err(Stop::Error(error)) => Err(error),
        }
    }

    fn try_run(self) -> Result<(), Stop> {
        let reached = match path::file(&self.planned.root, &self.planned.key) {
            Ok(reached) => reached,
            Err(Unreached::Gone) => return Err(Stop::Answer(Changed::Gone)),
            Err(Unreached::LeftAlone(why)) => return Err(Stop::Answer(Changed::Unverifiable(why))),
            Err(Unreached::Failed(error)) => return Err(Stop::Error(error)),
        };
        match self.rewrite {
            None => delete(&self.planned, &reached),
            Some(rewrite) => replace(&self.planned, &reached, rewrite),
        }
    }
}

fn delete(planned: &Planned, reached: &Reached) -> Result<(), Stop> {
    planned.read(reached, |_| Ok(()))?;
    reached.check_unchanged()?;
    rustix::fs::unlinkat(&reached.parent, &*reached.name, AtFlags::empty())?;
    rustix::fs::fsync(&reached.parent)?;
    Ok(())
}

/// How the name of a file begins that is being written to take another's place.
pub(super) const REWRITING: &str = ".hemvist-rewrite-";

/// Writes the new file next to the old one and renames it over that: at every moment, also after
/// a crash, the key names the whole old file or the whole new one.
fn replace(planned: &Planned, reached: &Reached, mut rewrite: Rewrite) -> Result<(), Stop> {
    if reached.stat.st_nlink > 1 {
        let why = "the file has other names (hard links), which would keep the old content";
        return Err(Stop::Answer(Changed::Unverifiable(why)));
    }
    // Keeps other processes of ours away from this file, and so from the new one's name.
    match reached.file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let words = "another program has locked the file";
            return Err(Stop::Error(SourceError::new(Kind::Transient, words)));
        }
        Err(TryLockError::Error(_)) => {
            let why = "the file system cannot lock files";
            return Err(Stop::Answer(Changed::Unverifiable(why)));
        }
    }
    let mut new = NewFile::create(planned, reached)?;
    let write = |bytes: Result<Vec<u8>, &'static str>, file: &mut File| match bytes {
        Ok(bytes) => file.write_all(&bytes).map_err(|_| {
            Stop::Error(SourceError::new(
                Kind::Transient,
                "the disk fails on writing",
            ))
        }),
        Err(why) => Err(Stop::Answer(Changed::Unverifiable(why))),
    };
    planned.read(reached, |piece| write(rewrite(Some(piece)), &mut new.file))?;
    write(rewrite(None), &mut new.file)?;
    keep_attributes(reached, &new.file)?;
    rustix::fs::fsync(&new.file)?;
    reached.check_unchanged()?;
    rustix::fs::renameat(&reached.parent, &*new.name, &reached.parent, &*reached.name)?;
    new.renamed = true;
    rustix::fs::fsync(&reached.parent)?;
    Ok(())
}

impl Planned {
    /// Reads the file to its end and compares it to what was planned.
    fn read(
        &self,
        reached: &Reached,
        mut each: impl FnMut(&[u8]) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let mark = path::mark(&reached.stat);
        let marked = self.expected.store_version.is_some();
        if marked && self.expected.store_version.as_ref() != Some(&mark) {
            return Err(Stop::Answer(Changed::FingerprintDiffers));
        }
        let file = reached
            .file
            .try_clone()
            .map_err(|_| SourceError::new(Kind::Transient, "too many open files"))?;
        let bytes = u64::try_from(reached.stat.st_size).unwrap_or_default();
        let mut pieces = Pieces::new(file, mark.clone(), bytes);
        let mut fingerprint = self.fingerprinter.object();
        while let Some(piece) = pieces.next()? {
            fingerprint.update(&piece);
            each(&piece)?;
        }
        if fingerprint.finish(marked.then_some(mark)) != self.expected {
            return Err(Stop::Answer(Changed::FingerprintDiffers));
        }
        Ok(())
    }
}

impl Reached {
    /// That the name still leads to the file that was read, in the state in which it was read.
    fn check_unchanged(&self) -> Result<(), Stop> {
        match rustix::fs::statat(&self.parent, &*self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(now) if path::mark(&now) == path::mark(&self.stat) => Ok(()),
            Ok(_) => Err(Stop::Answer(Changed::FingerprintDiffers)),
            Err(Errno::NOENT) => Err(Stop::Answer(Changed::Gone)),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// The file that will take the old one's place; deleted again unless it was renamed.
struct NewFile<'a> {
    reached: &'a Reached,
    name: String,
    file: File,
    renamed: bool,
}

impl<'a> NewFile<'a> {
    /// The name is the same each time, so that what a crash left behind is overwritten by the next
    /// attempt and not forgotten. It says nothing about the key.
    fn create(planned: &Planned, reached: &'a Reached) -> Result<Self, Stop> {
        let digest = row_digest([Some(planned.key.as_slice())].into_iter());
        let hex: String = digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let name = format!("{REWRITING}{hex}");
        match rustix::fs::unlinkat(&reached.parent, &*name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno.into()),
        }
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        let file: File = rustix::fs::openat(&reached.parent, &*name, flags, mode)?.into();
        // Says to readers that it is being written; nobody else can have locked a new file.
        let _ = file.try_lock();
        Ok(Self {
            reached,
            name,
            file,
            renamed: false,
        })
    }
}

impl Drop for NewFile<'_> {
    fn drop(&mut self) {
        if !self.renamed {
            // Nothing to do about a failure here; the next attempt deletes it first.
            let _ = rustix::fs::unlinkat(&self.reached.parent, &*self.name, AtFlags::empty());
        }
    }
}

/// Gives the new file the old one's owner, extended attributes (access lists are such) and mode:
/// whoever may read it afterwards is whoever could before. The owner first, as changing it clears
/// bits of the mode.
fn keep_attributes(reached: &Reached, new: &File) -> Result<(), Stop> {
    let old: &Stat = &reached.stat;
    let made = rustix::fs::fstat(new)?;
    let unkept = |_| {
        Stop::Answer(Changed::Unverifiable(
            "the file's owner or attributes cannot be kept",
        ))
    };
    if (made.st_uid, made.st_gid) != (old.st_uid, old.st_gid) {
        let (owner, group) = (Uid::from_raw(old.st_uid), Gid::from_raw(old.st_gid));
        rustix::fs::fchown(new, Some(owner), Some(group)).map_err(unkept)?;
    }
    let mut names = vec![0; ATTRIBUTE_BYTES_MAX];
    let length = match rustix::fs::flistxattr(&reached.file, &mut *names) {
        Ok(length) => length,
        Err(Errno::NOTSUP) => 0,
        Err(errno) => return Err(unkept(errno)),
    };
    let mut value = vec![0; ATTRIBUTE_BYTES_MAX];
    for name in names[..length]
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
    {
        let bytes = rustix::fs::fgetxattr(&reached.file, name, &mut *value).map_err(unkept)?;
        rustix::fs::fsetxattr(new, name, &value[..bytes], XattrFlags::empty()).map_err(unkept)?;
    }
    rustix::fs::fchmod(new, Mode::from_raw_mode(old.st_mode)).map_err(unkept)
}
