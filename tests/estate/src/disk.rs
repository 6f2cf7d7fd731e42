//! Room on the disk. A store on a full one refuses to write with an error that does not say so.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// In a whole run of the tests the stores write 1.5 GB.
pub(crate) const RUN_MEBIBYTES: u64 = 2048;
/// With less left, what failed may have failed for that.
pub(crate) const LEFT_MEBIBYTES_MIN: u64 = 256;

/// Fails where the disk that holds `place` has less room left than that.
pub(crate) fn ensure_room(place: &Path, mebibytes: u64) -> Result<()> {
    let disk = rustix::fs::statvfs(place)
        .with_context(|| format!("cannot ask how full the disk of {} is", place.display()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
    if free < mebibytes {
        bail!(
            "the disk of {} has {free} MiB left, and the stores need {mebibytes}: make room, or set TMPDIR to \
             another disk",
            place.display()
        );
    }
    Ok(())
}
