//! Reaches a file below a root without following links.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use hemvist_source::{Kind, SourceError};
use rustix::fs::{CWD, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

/// Why a file was not reached.
pub(super) enum Unreached {
    /// It is not there, or the key is not one that a tree can hold.
    Gone,
    /// It is there and no regular file.
    LeftAlone(&'static str),
    /// The file system refuses.
    Failed(SourceError),
}

impl From<Errno> for Unreached {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG => Unreached::Gone,
            Errno::LOOP => Unreached::LeftAlone("a symbolic link, which is not followed"),
            Errno::NXIO | Errno::NODEV => Unreached::LeftAlone("a socket, pipe or device"),
            errno => Unreached::Failed(failed(errno)),
        }
    }
}

/// What the file system said, in our words.
pub(super) fn failed(errno: Errno) -> SourceError {
    let (kind, words) = match errno {
        Errno::ACCESS | Errno::PERM => (Kind::Denied, "the file system does not allow it"),
        Errno::NOENT => (Kind::NotFound, "it is not there"),
        Errno::NOTDIR => (Kind::NotFound, "it is no directory"),
        Errno::ROFS => (Kind::Denied, "the file system is read-only"),
        Errno::NOSPC | Errno::DQUOT => (Kind::Transient, "the file system is full"),
        Errno::MFILE | Errno::NFILE => (Kind::Transient, "too many open files"),
        _ => (Kind::Transient, "the file system fails"),
    };
    SourceError::new(kind, format!("{words} (errno {})", errno.raw_os_error()))
}

const DIRECTORY: OFlags = OFlags::DIRECTORY
    .union(OFlags::CLOEXEC)
    .union(OFlags::RDONLY);
/// A pipe must not make us wait for its other end, nor a terminal become ours.
const FILE: OFlags = OFlags::NOFOLLOW
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// Opens the root, which may itself be a link: it is the operator's word.
pub(super) fn root(root: &Path) -> Result<OwnedFd, SourceError> {
    rustix::fs::openat(CWD, root, DIRECTORY, Mode::empty()).map_err(|errno| match errno {
        Errno::NOENT | Errno::NOTDIR => SourceError::new(
            Kind::NotFound,
            "the root of the tree is not there, or no directory",
        ),
        errno => failed(errno),
    })
}

/// Opens a directory that lies in `parent`, if it is not a link.
pub(super) fn directory(parent: impl AsFd, name: &[u8]) -> Result<OwnedFd, Errno> {
    rustix::fs::openat(parent, name, DIRECTORY | OFlags::NOFOLLOW, Mode::empty())
}

/// A regular file that was reached, and where it lies.
pub(super) struct Reached {
    pub(super) parent: OwnedFd,
    pub(super) name: Vec<u8>,
    pub(super) file: std::fs::File,
    pub(super) stat: Stat,
}

/// Opens the regular file at `key` for reading.
pub(super) fn file(root_path: &Path, key: &[u8]) -> Result<Reached, Unreached> {
    let mut parent = root(root_path).map_err(Unreached::Failed)?;
    let (directories, name) = names(key).ok_or(Unreached::Gone)?;
    for name in directories {
        parent = directory(&parent, name)?;
    }
    let file = rustix::fs::openat(&parent, name, FILE | OFlags::RDONLY, Mode::empty())?;
    let stat = rustix::fs::fstat(&file)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(Reached {
            parent,
            name: name.to_vec(),
            file: file.into(),
            stat,
        }),
        // A directory is no Record; the walk lists one only when it could not look inside.
        FileType::Directory => Err(Unreached::Gone),
        _ => Err(Unreached::LeftAlone("a socket, pipe or device")),
    }
}

/// The names on the way and the last; `None` for a path that no listing gives.
fn names(key: &[u8]) -> Option<(Vec<&[u8]>, &[u8])> {
    let mut names: Vec<&[u8]> = key.split(|byte| *byte == b'/').collect();
    let foreign = |name: &&[u8]| matches!(*name, b"" | b"." | b"..") || name.contains(&0);
    if names.iter().any(foreign) {
        return None;
    }
    let last = names.pop()?;
    Some((names, last))
}

/// The mark of a file's state. The change time is part of it: a program may set the modification
/// time back, never this one.
pub(super) fn mark(stat: &Stat) -> String {
    format!(
        "{}-{}-{}.{:09}-{}.{:09}",
        stat.st_ino,
        stat.st_size,
        stat.st_mtime,
        stat.st_mtime_nsec,
        stat.st_ctime,
        stat.st_ctime_nsec
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_that_a_listing_gives_are_walked() {
        for key in [
            &b""[..],
            b"/",
            b"/a",
            b"a/",
            b"a//b",
            b".",
            b"..",
            b"a/../b",
            b"./a",
            b"a\0b",
        ] {
            assert!(names(key).is_none());
        }
        assert!(names(b"a/b c/...").is_some_and(|(on, last)| on.len() == 2 && last == b"..."));
    }
}
