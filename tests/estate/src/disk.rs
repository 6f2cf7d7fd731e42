//! Room on the disk. A store on a full one refuses to write with an error that does not say so.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// The stores write some 200 MB in a whole run of the tests.
const MEBIBYTES_MIN: u64 = 512;

/// Fails where the disk that holds `place` has little room left.
pub(crate) fn ensure_room(place: &Path) -> Result<()> {
    let disk = rustix::fs::statvfs(place)
        .with_context(|| format!("cannot ask how full the disk of {} is", place.display()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
    if free < MEBIBYTES_MIN {
        bail!(
            "the disk of {} has {free} MiB left, and the stores need {MEBIBYTES_MIN}: make room, or set TMPDIR to \
             another disk",
            place.display()
        );
    }
    Ok(())
}
