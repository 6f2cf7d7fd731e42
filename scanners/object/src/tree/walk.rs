//! Lists a tree and cuts it into Splits on the way.

use std::path::Path;

use hemvist_model::{CollectionName, SplitSpec};
use hemvist_source::SourceError;
use rustix::fs::{AtFlags, Dir, FileType};
use rustix::io::Errno;
use tokio::sync::mpsc::Sender;

use super::path;
use crate::SplitLimits;
use crate::cut::Cutter;
use crate::list::Entry;

/// Ends the key of a directory that could not be listed. No file's key ends so.
pub(super) const UNLISTED: &[u8] = b"/";
/// Directories in directories; deeper ones count as not listed. Each holds a file open meanwhile.
const DEPTH_MAX: usize = 128;

type Splits = Sender<Result<SplitSpec, SourceError>>;

/// Whether the root can be listed.
pub(super) fn check_root(root: &Path) -> Result<(), SourceError> {
    let opened = path::root(root)?;
    Dir::read_from(&opened).map_err(path::failed).map(drop)
}

/// Sends the Splits of the tree until it is listed or nobody takes them.
pub(super) fn walk(root: &Path, collection: CollectionName, limits: SplitLimits, splits: &Splits) {
    let mut cutter = Cutter::new(collection, limits);
    let walked = path::root(root)
        .and_then(|opened| Dir::new(opened).map_err(path::failed))
        .and_then(|dir| walk_from(dir, &mut cutter, splits));
    let last = match walked {
        Ok(()) => cutter.finish().map(Ok),
        Err(error) => Some(Err(error)),
    };
    if let Some(last) = last {
        // A receiver that is gone wants nothing more.
        let _ = splits.blocking_send(last);
    }
}

/// A directory on the way: its open listing and its path with a slash at the end.
type Level = (Dir, Vec<u8>);

fn walk_from(root: Dir, cutter: &mut Cutter, splits: &Splits) -> Result<(), SourceError> {
    let mut levels: Vec<Level> = vec![(root, Vec::new())];
    while let Some((dir, prefix)) = levels.last_mut() {
        let entry = match dir.read() {
            None => {
                levels.pop();
                continue;
            }
            Some(Ok(entry)) => entry,
            // A directory that breaks off in the middle: what it still holds is not known.
            Some(Err(errno)) => return Err(path::failed(errno)),
        };
        let name = entry.file_name().to_bytes();
        if matches!(name, b"." | b"..") {
            continue;
        }
        let mut key = [prefix, name].concat();
        let dir = dir.fd().map_err(path::failed)?;
        let stat = match rustix::fs::statat(dir, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => continue,
            Err(errno) => return Err(path::failed(errno)),
        };
        let mut bytes = 0;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => {
                let opened = path::directory(dir, name).and_then(Dir::new);
                key.extend_from_slice(UNLISTED);
                match opened {
                    Ok(opened) if levels.len() < DEPTH_MAX => {
                        levels.push((opened, key));
                        continue;
                    }
                    Err(Errno::NOENT) => continue,
                    _ => {}
                }
            }
            FileType::RegularFile => bytes = u64::try_from(stat.st_size).unwrap_or_default(),
            _ => {}
        }
        let entry = Entry { key, version: None };
        if let Some(split) = cutter.push(entry, bytes)
            && splits.blocking_send(Ok(split)).is_err()
        {
            return Ok(());
        }
    }
    Ok(())
}
