//! Secrets by reference: `env:NAME` or `file:PATH`, resolved when they are needed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Environment variables of our own, which no registered Source may have sent to its store.
const OWN_VARIABLES: &str = "HEMVIST_";

/// The secret of a Source, as [`resolve`] reads it. A Source sends its secret to whatever host it
/// names, so it may not name our own secrets: nothing below the key directory, no `HEMVIST_…`.
///
/// # Errors
/// As [`resolve`], and when the reference leads to a secret of our own.
pub(crate) fn resolve_for_source(reference: &str, key_directory: Option<&Path>) -> Result<String> {
    let own = match reference.split_once(':') {
        Some(("env", name)) => name.starts_with(OWN_VARIABLES),
        Some(("file", path)) => match (fs::canonicalize(path), key_directory.map(fs::canonicalize))
        {
            (Ok(path), Some(Ok(keys))) => path.starts_with(keys),
            _ => false,
        },
        _ => false,
    };
    if own {
        bail!("{reference} is a secret of Hemvist itself: a source must have one of its own");
    }
    resolve(reference)
}

/// The secret that a reference points at, without the line end that files tend to have.
///
/// # Errors
/// Names the reference, never the value.
pub(crate) fn resolve(reference: &str) -> Result<String> {
    let value = match reference.split_once(':') {
        Some(("env", name)) => std::env::var(name)
            .with_context(|| format!("the environment variable {name} is not set"))?,
        Some(("file", path)) => fs::read_to_string(path)
            .with_context(|| format!("cannot read the secret file {path}"))?,
        _ => bail!(
            "a secret is given by reference, as `env:NAME` or `file:PATH`, never as the value itself"
        ),
    };
    Ok(value.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_place_of_a_reference_is_refused_and_not_repeated() {
        let error = resolve("hunter2").expect_err("no reference");
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn no_source_reaches_our_own_secrets() {
        let keys = tempfile::tempdir().expect("a temporary directory");
        let key = keys.path().join("master.key");
        fs::write(&key, "00").expect("writable");
        for path in [
            key.clone(),
            keys.path()
                .join("../")
                .join(keys.path().file_name().expect("named"))
                .join("master.key"),
        ] {
            let reference = format!("file:{}", path.display());
            assert!(resolve(&reference).is_ok());
            assert!(resolve_for_source(&reference, Some(keys.path())).is_err());
        }
        assert!(resolve_for_source("env:HEMVIST_STORE_URL", None).is_err());
    }

    #[test]
    fn a_file_secret_loses_its_line_end() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        fs::write(file.path(), "s3cret\n").expect("writable");
        let read = resolve(&format!("file:{}", file.path().display())).expect("readable");
        assert!(read == "s3cret");
    }
}
