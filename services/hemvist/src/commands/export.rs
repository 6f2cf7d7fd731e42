//! `hemvist export`: one person's data into a directory.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path};

use anyhow::{Context, Result, bail};
use hemvist_proto::v1;
use serde_json::json;

use crate::cli::{Export, Global};
use crate::client::{Client, controller_name, identifiers, refusal};
use crate::output::Output;

pub(crate) async fn run(export: &Export, global: &Global, output: Output) -> Result<()> {
    let mut client = Client::connect(global).await?;
    let person = identifiers(&export.person)?;
    let files = fetch(
        &mut client,
        &export.person.controller,
        person,
        &export.output,
    )
    .await?;
    let rows = files
        .iter()
        .map(|(name, bytes)| vec![name.clone(), bytes.to_string()]);
    let documents: Vec<_> = files
        .iter()
        .map(|(name, bytes)| json!({"file": name, "bytes": bytes}))
        .collect();
    output.table(&["file", "bytes"], rows.collect(), &json!(documents))
}

/// Writes the package to `directory`, which must not exist, and gives each file's name and size.
/// Without its manifest a package is not whole, and is an error.
pub(crate) async fn fetch(
    client: &mut Client,
    controller: &str,
    identifiers: Vec<v1::Identifier>,
    directory: &Path,
) -> Result<Vec<(String, u64)>> {
    let request = v1::ExportSubjectRequest {
        controller: controller_name(controller),
        identifiers,
    };
    let mut stream = client
        .exports
        .export_subject(request)
        .await
        .map_err(refusal)?
        .into_inner();
    make_private(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    let mut files: Vec<(String, u64)> = Vec::new();
    let mut open: Option<File> = None;
    while let Some(chunk) = stream.message().await.map_err(refusal)? {
        let mut file = match open.take() {
            Some(file) => file,
            None => {
                files.push((chunk.file_name.clone(), 0));
                create(directory, &chunk.file_name)?
            }
        };
        file.write_all(&chunk.data)?;
        if let Some((_, bytes)) = files.last_mut() {
            *bytes += chunk.data.len() as u64;
        }
        if chunk.last_of_file {
            file.sync_all()?;
        } else {
            open = Some(file);
        }
    }
    if open.is_some() || files.last().is_none_or(|(name, _)| name != "manifest.json") {
        bail!(
            "the export broke off: {} is not a whole package",
            directory.display()
        );
    }
    Ok(files)
}

fn make_private(directory: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(directory)
}

/// File names come from the server: nothing but plain names below the directory is taken.
fn create(directory: &Path, name: &str) -> Result<File> {
    let relative = Path::new(name);
    if name.is_empty()
        || !relative
            .components()
            .all(|component| matches!(component, Component::Normal(_)))
    {
        bail!("the server gave a file name that leads out of the package");
    }
    let path = directory.join(relative);
    if let Some(parent) = path.parent().filter(|parent| !parent.exists()) {
        make_private(parent)?;
    }
    Ok(OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?)
}
