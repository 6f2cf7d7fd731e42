//! Finds out which conditional writes a store honours.
//!
//! A store that does not know `If-Match` ignores it and writes. So this is tried on an object of
//! our own with a random name, made for it and deleted again, and only when a change is about to
//! be made: never on anybody's object, and never while only reading is asked for. What a process
//! that died in the middle left behind is swept away by the next one that tries.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use hemvist_source::{Kind, SourceError};

use super::Bucket;
use super::error::Failure;
use super::listing::Versions;

/// How the name of an object of our own begins; 32 hex digits follow.
const SCRATCH_PREFIX: &str = ".hemvist-probe-";
const SCRATCH_RANDOM_BYTES: usize = 16;
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
        self.sweep().await;
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
            put: is_refused_or_gone(&put.as_ref().map(drop).map_err(Clone::clone)),
            complete,
            delete,
        };
        versions.extend(put.ok());
        for version in versions {
            self.discard(&key, version).await;
        }
        Ok(tried)
    }

    /// Deletes what an earlier process left behind when it died while it tried. Another one that
    /// tries at this moment may lose its object too: it then hears 404, which is as much of a
    /// refusal, or takes the store for one that honours less than it does.
    async fn sweep(&self) {
        let prefix = format!("{}{SCRATCH_PREFIX}", self.prefix);
        let Bucket { client, name, .. } = self;
        let mut left: Vec<(String, Option<String>)> = Vec::new();
        let is_ours = |key: &&str| is_scratch(key.strip_prefix(&self.prefix));
        if matches!(self.versions().await, Ok(Versions::Never)) {
            let page = client.list_objects_v2().bucket(name).prefix(prefix);
            let Ok(page) = page.send().await else { return };
            let keys = page.contents().iter().filter_map(|object| object.key());
            left.extend(keys.filter(is_ours).map(|key| (key.to_owned(), None)));
        } else {
            let page = client.list_object_versions().bucket(name).prefix(prefix);
            let Ok(page) = page.send().await else { return };
            let versions = page.versions().iter();
            let versions = versions.filter_map(|one| Some((one.key()?, one.version_id()?)));
            let ours = versions.filter(|(key, _)| is_ours(key));
            left.extend(ours.map(|(key, id)| (key.to_owned(), Some(id.to_owned()))));
        }
        for (key, version) in left {
            self.discard(&key, version).await;
        }
    }

    /// Deletes a scratch object. A bucket that locks whatever is written keeps it for its time; to
    /// fail and try again for that would only leave another.
    async fn discard(&self, key: &str, version: Option<String>) {
        let request = self.client.delete_object().bucket(&self.name).key(key);
        let _ = request.set_version_id(version).send().await;
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

/// That there is no such object (any more) is a refusal too: nothing was written.
fn is_refused_or_gone(outcome: &Result<(), Failure>) -> bool {
    let gone = |failure: &Failure| failure.status == 404 && !failure.is_no_bucket();
    is_refused(outcome) || outcome.as_ref().is_err_and(gone)
}

/// Whether a key without its prefix is the name of a scratch object.
fn is_scratch(name: Option<&str>) -> bool {
    let random = name.and_then(|name| name.strip_prefix(SCRATCH_PREFIX));
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    random.is_some_and(|random| random.len() == 2 * SCRATCH_RANDOM_BYTES && random.bytes().all(hex))
}

fn scratch_name() -> Result<String, SourceError> {
    let mut random = [0; SCRATCH_RANDOM_BYTES];
    getrandom::fill(&mut random)
        .map_err(|_| SourceError::new(Kind::Transient, "no randomness to be had"))?;
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{SCRATCH_PREFIX}{hex}"))
}
