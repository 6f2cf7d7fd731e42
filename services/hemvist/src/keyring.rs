//! The master key: made on first use into a file that only its owner can read.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, Result, bail};
use hemvist_app::{Keys, MASTER_KEY_BYTES};

/// What group and others may not do with the key. A file of root's may be readable by a group: that is how Kubernetes
/// mounts a Secret for a process that is not root.
fn foreign_bits(metadata: &fs::Metadata) -> u32 {
    if metadata.uid() == 0 { 0o037 } else { 0o077 }
}

/// Reads the master key from `path`, or makes one there.
///
/// # Errors
/// When the file can be read by others, is not a key, or cannot be made.
pub(crate) fn open_or_create(path: &Path) -> Result<Keys> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.permissions().mode() & foreign_bits(&metadata) != 0 => bail!(
            "{} can be read by others: run `chmod 600 {}`",
            path.display(),
            path.display()
        ),
        Ok(_) => read(path),
        Err(error) if error.kind() == ErrorKind::NotFound => create(path),
        Err(error) => {
            Err(error).with_context(|| format!("cannot look at the key file {}", path.display()))
        }
    }
}

fn read(path: &Path) -> Result<Keys> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the key file {}", path.display()))?;
    let key = from_hex(text.trim_end());
    let key = key.with_context(|| {
        format!(
            "{} is not a key of {} hexadecimal digits",
            path.display(),
            MASTER_KEY_BYTES * 2
        )
    })?;
    Ok(Keys::new(key))
}

fn create(path: &Path) -> Result<Keys> {
    let mut key = [0; MASTER_KEY_BYTES];
    getrandom::fill(&mut key)
        .map_err(|_| anyhow::anyhow!("the operating system gave no random bytes"))?;
    if let Some(directory) = path.parent() {
        let mut private = DirBuilder::new();
        private.recursive(true).mode(0o700);
        private
            .create(directory)
            .with_context(|| format!("cannot make {}", directory.display()))?;
    }
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut file = match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Ok(file) => file,
        // Another process was first: its key is the key.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return read(path),
        Err(error) => {
            return Err(error)
                .with_context(|| format!("cannot make the key file {}", path.display()));
        }
    };
    file.write_all(hex.as_bytes())?;
    file.sync_all()?;
    Ok(Keys::new(key))
}

fn from_hex(text: &str) -> Option<[u8; MASTER_KEY_BYTES]> {
    let mut key = [0; MASTER_KEY_BYTES];
    if text.len() != MASTER_KEY_BYTES * 2 {
        return None;
    }
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_owner_only() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("keys/master.key");
        open_or_create(&path).expect("made");
        let made = fs::read(&path).expect("readable");
        assert_eq!(
            fs::metadata(&path).expect("there").permissions().mode() & 0o777,
            0o600
        );
        open_or_create(&path).expect("read again");
        assert!(fs::read(&path).expect("readable") == made);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("changeable");
        assert!(open_or_create(&path).is_err());
    }
}
