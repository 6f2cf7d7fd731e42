//! Secrets by reference: `env:NAME` or `file:PATH`, resolved when they are needed.

use std::fs;

use anyhow::{Context, Result, bail};

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
    fn a_file_secret_loses_its_line_end() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        fs::write(file.path(), "s3cret\n").expect("writable");
        let read = resolve(&format!("file:{}", file.path().display())).expect("readable");
        assert!(read == "s3cret");
    }
}
