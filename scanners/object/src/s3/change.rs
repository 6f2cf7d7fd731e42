//! Deletes or rewrites one object, or one version of it, if it still is what was planned.

use std::sync::Arc;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ObjectLockLegalHoldStatus;
use hemvist_model::Fingerprint;
use hemvist_source::{
    Change, Changed, Fingerprinter, Kind, ObjectFingerprint, Rewrite, SourceError,
};

use super::Bucket;
use super::error::Failure;
use super::listing::Versions;
use super::read::Pieces;
use super::upload::{Attributes, Upload};

/// The version that a bucket replaces while it keeps no versions.
const NULL_VERSION: &str = "null";
/// What to say of an older version that cannot be rewritten in its place.
const SUPERSEDED: &str = "an older version cannot be rewritten, and it holds more than the current one does \
                          without the person: have the store delete it (a lifecycle rule for noncurrent \
                          versions) or declare policy DELETE if nobody else stands in it, then plan again";

/// Which object, in which state.
pub(super) struct Planned {
    pub(super) bucket: Arc<Bucket>,
    pub(super) key: String,
    pub(super) version: Option<String>,
    pub(super) expected: Fingerprint,
    pub(super) fingerprinter: Fingerprinter,
}

/// Why a change stops before it has changed anything.
enum Stop {
    Answer(Changed),
    Error(SourceError),
}

impl From<SourceError> for Stop {
    fn from(error: SourceError) -> Self {
        Stop::Error(error)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        if failure.is_gone() {
            Stop::Answer(Changed::Gone)
        } else if failure.is_condition() {
            Stop::Answer(Changed::FingerprintDiffers)
        } else if failure.is_denied() {
            Stop::Answer(Changed::Refused(
                "the store does not allow it to this credential, or Object Lock keeps it",
            ))
        } else {
            Stop::Error(failure.error())
        }
    }
}

/// The store's mark of the object's state, which conditions name.
fn mark(got: &GetObjectOutput) -> Result<String, Stop> {
    match got.e_tag() {
        Some(mark) if !mark.is_empty() => Ok(mark.to_owned()),
        _ => unverifiable("the store gives the object no ETag"),
    }
}

fn unverifiable<T>(why: &'static str) -> Result<T, Stop> {
    Err(Stop::Answer(Changed::Unverifiable(why)))
}

impl Planned {
    pub(super) async fn run(self, change: Change) -> Result<Changed, SourceError> {
        let done = match change {
            Change::DeleteObject => self.delete().await,
            Change::RewriteObject(rewrite) => self.rewrite(rewrite).await,
            Change::DeleteRow | Change::SetFields(_) => {
                return Err(SourceError::new(Kind::Unsupported, "an object has no rows"));
            }
        };
        match done {
            Ok(()) => Ok(Changed::Done),
            Err(Stop::Answer(answer)) => Ok(answer),
            Err(Stop::Error(error)) => Err(error),
        }
    }

    async fn delete(&self) -> Result<(), Stop> {
        self.check_versions().await?;
        let (got, body) = self.get().await?;
        self.read(body).await?;
        let version = self.version.as_deref();
        if version.is_some_and(|version| version != NULL_VERSION) {
            // A version that was written never changes.
            return Ok(self.send_delete(version, None).await?);
        }
        let mark = mark(&got)?;
        if version.is_none() && self.bucket.conditional().await?.delete {
            return Ok(self.send_delete(None, Some(mark)).await?);
        }
        self.check_mark(&mark).await?;
        Ok(self.send_delete(version, None).await?)
    }

    async fn rewrite(&self, rewrite: Rewrite) -> Result<(), Stop> {
        let versions = self.check_versions().await?;
        if !self.is_latest().await? {
            return self.forget_superseded(rewrite).await;
        }
        if versions == Versions::Suspended && self.version.as_deref() != Some(NULL_VERSION) {
            return unverifiable(
                "writing would replace an older version while keeping is suspended",
            );
        }
        let (got, body) = self.get().await?;
        if got.object_lock_mode().is_some() {
            let why = "Object Lock keeps it; it can only be deleted, once its time has passed";
            return Err(Stop::Answer(Changed::Refused(why)));
        }
        let conditional = self.bucket.conditional().await?;
        if !conditional.put {
            return unverifiable("the store does not honour conditional writes");
        }
        let mark = mark(&got)?;
        let version = self.version.as_deref();
        let attributes = Attributes::of(&self.bucket, &self.key, version, got).await?;
        let mut upload = Upload::new(&self.bucket, &self.key, attributes);
        let written = self
            .write(body, rewrite, &mut upload, conditional.complete, &mark)
            .await;
        if written.is_err() {
            upload.abort().await;
        }
        self.forget_planned(written?).await
    }

    /// Streams the object through the rewriting and commits what comes out, once the Fingerprint
    /// of what went in is the planned one.
    async fn write(
        &self,
        body: ByteStream,
        rewrite: Rewrite,
        upload: &mut Upload<'_>,
        complete: bool,
        mark: &str,
    ) -> Result<Option<String>, Stop> {
        let mut rewriting = Rewriting::new(self, body, rewrite);
        while let Some(new) = rewriting.next().await? {
            upload.push(&new).await?;
        }
        if upload.in_parts() && !complete {
            return unverifiable("the store does not honour conditional writes of large objects");
        }
        Ok(upload.commit(mark).await?)
    }

    /// Deletes an older version whose rewriting is, byte for byte, what stands at the key now: that
    /// is what an earlier attempt leaves behind that broke off between its two steps, and nothing
    /// but the person's data is lost with it. Any other older version holds what no other one
    /// does, and nothing can be written in its place.
    async fn forget_superseded(&self, rewrite: Rewrite) -> Result<(), Stop> {
        let (_, body) = self.get().await?;
        let mut rewriting = Rewriting::new(self, body, rewrite);
        let mut rewritten = self.fingerprinter.object();
        while let Some(new) = rewriting.next().await? {
            rewritten.update(&new);
        }
        let current = match self.bucket.get(&self.key, None).await {
            Ok(got) => Some(self.digest(got.body).await?),
            // A delete marker stands at the key.
            Err(failure) if failure.is_gone() => None,
            Err(failure) => return Err(failure.into()),
        };
        if current != Some(rewritten.finish(None).digest) {
            return unverifiable(SUPERSEDED);
        }
        Ok(self.send_delete(self.version.as_deref(), None).await?)
    }

    /// Deletes the version that was rewritten, or takes the new one back if that fails.
    async fn forget_planned(&self, new: Option<String>) -> Result<(), Stop> {
        let Some(planned) = self.version.as_deref() else {
            return Ok(());
        };
        let new = new.as_deref().unwrap_or(NULL_VERSION);
        if new == planned {
            // `null` replaced `null`.
            return Ok(());
        }
        let Err(failure) = self.send_delete(Some(planned), None).await else {
            return Ok(());
        };
        match self.send_delete(Some(new), None).await {
            Ok(()) => Err(failure.into()),
            Err(_) => {
                let words = "the object was written anew, but its planned version could not be \
                             deleted: plan again";
                Err(Stop::Error(SourceError::new(Kind::Transient, words)))
            }
        }
    }
}

impl Planned {
    /// That the bucket still keeps, or does not keep, versions as it did when planned: deleting an
    /// object without a version only hides it where versions are kept.
    async fn check_versions(&self) -> Result<Versions, Stop> {
        let versions = self.bucket.versions_now().await?;
        if (versions == Versions::Never) != self.version.is_none() {
            return unverifiable("the bucket keeps versions now, or no longer: scan it again");
        }
        Ok(versions)
    }

    /// Whether the planned version is the one that stands at the key.
    async fn is_latest(&self) -> Result<bool, Stop> {
        let Some(planned) = self.version.as_deref() else {
            return Ok(true);
        };
        let head = self
            .bucket
            .client
            .head_object()
            .bucket(&self.bucket.name)
            .key(&self.key);
        let latest = match head.send().await.map_err(Failure::from) {
            Ok(head) => head.version_id.unwrap_or(NULL_VERSION.to_owned()),
            // Nothing, or a delete marker.
            Err(failure) if failure.is_gone() => String::new(),
            Err(failure) => return Err(failure.into()),
        };
        Ok(latest == planned)
    }

    /// That the object still is in this state; the last look before a delete without a condition.
    async fn check_mark(&self, mark: &str) -> Result<(), Stop> {
        let head = self
            .bucket
            .client
            .head_object()
            .bucket(&self.bucket.name)
            .key(&self.key);
        let head = head.set_version_id(self.version.clone()).send().await;
        if head.map_err(Failure::from)?.e_tag() == Some(mark) {
            Ok(())
        } else {
            Err(Stop::Answer(Changed::FingerprintDiffers))
        }
    }

    async fn send_delete(
        &self,
        version: Option<&str>,
        if_match: Option<String>,
    ) -> Result<(), Failure> {
        let request = self
            .bucket
            .client
            .delete_object()
            .bucket(&self.bucket.name)
            .key(&self.key);
        let request = request
            .set_version_id(version.map(str::to_owned))
            .set_if_match(if_match);
        request.send().await.map(drop).map_err(Failure::from)
    }

    /// Begins to get the planned object; its body comes apart from what else is known about it.
    async fn get(&self) -> Result<(GetObjectOutput, ByteStream), Stop> {
        let mut got = self.bucket.get(&self.key, self.version.as_deref()).await?;
        let planned = self.expected.store_version.as_deref();
        if planned.is_some() && planned != got.e_tag() {
            return Err(Stop::Answer(Changed::FingerprintDiffers));
        }
        if got.object_lock_legal_hold_status() == Some(&ObjectLockLegalHoldStatus::On) {
            return Err(Stop::Answer(Changed::Refused(
                "a legal hold of the store keeps it",
            )));
        }
        let body = std::mem::take(&mut got.body);
        Ok((got, body))
    }

    /// Reads the object to its end and compares it to what was planned.
    async fn read(&self, body: ByteStream) -> Result<(), Stop> {
        match self.digest(body).await? == self.expected.digest {
            true => Ok(()),
            false => Err(Stop::Answer(Changed::FingerprintDiffers)),
        }
    }

    async fn digest(&self, body: ByteStream) -> Result<[u8; 32], Stop> {
        let mut pieces = Pieces::new(body);
        let mut fingerprint = self.fingerprinter.object();
        while let Some(piece) = pieces.next().await? {
            fingerprint.update(&piece);
        }
        Ok(fingerprint.finish(None).digest)
    }
}

/// The planned object on its way through its rewriting.
struct Rewriting<'a> {
    planned: &'a Planned,
    pieces: Pieces,
    rewrite: Rewrite,
    /// Of what went in.
    fingerprint: ObjectFingerprint,
    ended: bool,
}

impl<'a> Rewriting<'a> {
    fn new(planned: &'a Planned, body: ByteStream, rewrite: Rewrite) -> Self {
        Self {
            planned,
            pieces: Pieces::new(body),
            rewrite,
            fingerprint: planned.fingerprinter.object(),
            ended: false,
        }
    }

    /// The next bytes that come out; `None` after the last. Fails at the end when what went in is
    /// not what was planned.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Stop> {
        if self.ended {
            return Ok(None);
        }
        let piece = self.pieces.next().await?;
        if let Some(piece) = &piece {
            self.fingerprint.update(piece);
        }
        self.ended = piece.is_none();
        let new = match (self.rewrite)(piece.as_deref()) {
            Ok(new) => new,
            Err(why) => return unverifiable(why),
        };
        let seen = self.ended.then(|| self.fingerprint.finish(None).digest);
        if seen.is_some_and(|seen| seen != self.planned.expected.digest) {
            return Err(Stop::Answer(Changed::FingerprintDiffers));
        }
        Ok(Some(new))
    }
}
