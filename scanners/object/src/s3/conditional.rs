//! Finds out which conditional writes a store honours.
//!
//! A store that does not know `If-Match` ignores it and writes. So this is tried on an object of
//! our own with a random name, made for it and deleted again, and only when a change is about to
//! be made: never on anybody's object, and never while only reading is asked for.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use hemvist_source::{Kind, SourceError};

use super::Bucket;
use super::error::Failure;
use super::listing::Versions;

/// No object's ETag.
const NEVER: &str = "\"00000000000000000000000000000000\"";

/// The conditional writes that a store honours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conditional {
    /// Writing an object at once.
    pub(super) put: bool,
    /// Completing an upload in parts.
    pub(super) complete: bool,
    /// Deleting an object that can still change (no version that is fixed).
    pub(super) delete: bool,
}

impl Bucket {
    /// What the store honours, tried once.
    pub(super) async fn conditional(&self) -> Result<Conditional, Failure> {
        let tried = self
            .conditional
            .get_or_try_init(|| self.try_conditions())
            .await;
        tried.copied()
    }

    async fn try_conditions(&self) -> Result<Conditional, Failure> {
        let Ok(name) = scratch_name() else {
            return Ok(Conditional {
                put: false,
                complete: false,
                delete: false,
            });
        };
        let key = format!("{}{name}", self.prefix);
        let mut versions = vec![self.write(&key, None).await?];
        let put = self.write(&key, Some(NEVER)).await;
        let complete = self.complete(&key, &mut versions).await;
        // Where versions are kept a delete without one only writes a marker, and with one needs
        // no condition.
        let never = self
            .versions()
            .await
            .is_ok_and(|versions| versions == Versions::Never);
        let delete = never && {
            let request = self
                .client
                .delete_object()
                .bucket(&self.name)
                .key(&key)
                .if_match(NEVER);
            is_refused(&request.send().await.map(drop).map_err(Failure::from))
        };
        let tried = Conditional {
            put: is_refused(&put.as_ref().map(drop).map_err(Clone::clone)),
            complete,
            delete,
        };
        versions.extend(put.ok());
        for version in versions {
            let request = self.client.delete_object().bucket(&self.name).key(&key);
            // A bucket that locks whatever is written keeps this empty object for its time; to
            // fail and try again for that would only leave another.
            let _ = request.set_version_id(version).send().await;
        }
        Ok(tried)
    }

    /// Writes the scratch object; gives its version, where versions are kept.
    async fn write(&self, key: &str, if_match: Option<&str>) -> Result<Option<String>, Failure> {
        let request = self.client.put_object().bucket(&self.name).key(key);
        let request = request.set_if_match(if_match.map(str::to_owned));
        let written = request.body(ByteStream::from_static(b"")).send().await?;
        Ok(written.version_id)
    }

    /// Whether completing an upload in parts honours a condition.
    async fn complete(&self, key: &str, versions: &mut Vec<Option<String>>) -> bool {
        let Bucket { client, name, .. } = self;
        let begun = client
            .create_multipart_upload()
            .bucket(name)
            .key(key)
            .send()
            .await;
        let Some(id) = begun.ok().and_then(|begun| begun.upload_id) else {
            return false;
        };
        let part = client
            .upload_part()
            .bucket(name)
            .key(key)
            .upload_id(&id)
            .part_number(1);
        let part = part.body(ByteStream::from_static(b"-")).send().await;
        let tag = part.ok().and_then(|part| part.e_tag);
        let part = CompletedPart::builder()
            .part_number(1)
            .set_e_tag(tag)
            .build();
        let parts = CompletedMultipartUpload::builder().parts(part).build();
        let completed = client
            .complete_multipart_upload()
            .bucket(name)
            .key(key)
            .upload_id(&id);
        let completed = completed
            .multipart_upload(parts)
            .if_match(NEVER)
            .send()
            .await;
        let completed = completed.map_err(Failure::from);
        let honoured = is_refused(&completed.as_ref().map(drop).map_err(Clone::clone));
        match completed {
            Ok(completed) => versions.push(completed.version_id),
            Err(_) => {
                let abort = client.abort_multipart_upload().bucket(name).key(key);
                // What stays behind is one byte of ours.
                let _ = abort.upload_id(&id).send().await;
            }
        }
        honoured
    }
}

fn is_refused(outcome: &Result<(), Failure>) -> bool {
    outcome.as_ref().is_err_and(Failure::is_condition)
}

fn scratch_name() -> Result<String, SourceError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)
        .map_err(|_| SourceError::new(Kind::Transient, "no randomness to be had"))?;
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!(".hemvist-probe-{hex}"))
}
