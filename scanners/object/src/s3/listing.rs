//! Lists a bucket page by page and cuts it into Splits.

use std::collections::VecDeque;
use std::sync::Arc;

use aws_sdk_s3::types::{BucketVersioningStatus, EncodingType};
use futures::{StreamExt, stream};
use hemvist_model::{CollectionName, SplitSpec};
use hemvist_source::{Kind, SourceError, SplitStream};

use super::Bucket;
use super::error::Failure;
use crate::SplitLimits;
use crate::cut::Cutter;
use crate::list::Entry;

impl Bucket {
    /// Asks whether the bucket is there, and what the store calls itself.
    pub(super) async fn product(&self) -> Result<String, SourceError> {
        let page = self
            .client
            .list_objects_v2()
            .bucket(&self.name)
            .prefix(&self.prefix);
        page.max_keys(1).send().await.map_err(Failure::from)?;
        Ok("S3-compatible store".to_owned())
    }

    /// Whether the bucket keeps versions, as first heard.
    pub(super) async fn versions(&self) -> Result<Versions, SourceError> {
        let ask = || self.versions_now();
        self.versions.get_or_try_init(ask).await.copied()
    }

    /// Whether the bucket keeps versions at this moment.
    pub(super) async fn versions_now(&self) -> Result<Versions, SourceError> {
        let answer = self
            .client
            .get_bucket_versioning()
            .bucket(&self.name)
            .send()
            .await;
        match answer.map_err(Failure::from) {
            Ok(answer) => Ok(match answer.status() {
                Some(BucketVersioningStatus::Enabled) => Versions::Kept,
                Some(BucketVersioningStatus::Suspended) => Versions::Suspended,
                _ => Versions::Never,
            }),
            Err(failure) if failure.is_unsupported() => Ok(Versions::Never),
            Err(failure) if failure.is_denied() => {
                let words = "the store refuses to say whether the bucket keeps versions: check \
                             the access key and its right s3:GetBucketVersioning";
                Err(SourceError::new(Kind::Denied, words))
            }
            Err(failure) => Err(failure.error()),
        }
    }
}

/// What a bucket does with an object that is written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Versions {
    /// It replaces the old one.
    Never,
    /// It keeps the old one as a version.
    Kept,
    /// It keeps the versions it has, and replaces the one called `null`.
    Suspended,
}

/// Splits of the whole listing.
pub(super) fn splits(
    bucket: Arc<Bucket>,
    collection: CollectionName,
    limits: SplitLimits,
) -> SplitStream {
    let listing = Listing {
        bucket,
        cutter: Cutter::new(collection, limits),
        cut: VecDeque::new(),
        next: Some(Marker::default()),
    };
    stream::try_unfold(listing, |mut listing| async move {
        loop {
            if let Some(split) = listing.cut.pop_front() {
                return Ok(Some((split, listing)));
            }
            let Some(marker) = listing.next.take() else {
                return Ok(None);
            };
            listing.next = listing.page(marker).await?;
            if listing.next.is_none() {
                let last = listing.cutter.finish();
                listing.cut.extend(last);
            }
        }
    })
    .boxed()
}

/// A listing between two pages.
struct Listing {
    bucket: Arc<Bucket>,
    cutter: Cutter,
    cut: VecDeque<SplitSpec>,
    /// Where the next page begins; `None` after the last.
    next: Option<Marker>,
}

/// Where a page begins, in the store's own terms.
#[derive(Default, PartialEq, Eq, Clone)]
struct Marker {
    key: Option<String>,
    version: Option<String>,
}

impl Listing {
    async fn page(&mut self, marker: Marker) -> Result<Option<Marker>, SourceError> {
        let next = if self.bucket.versions().await? != Versions::Never {
            self.page_of_versions(marker.clone()).await?
        } else {
            self.page_of_objects(marker.clone()).await?
        };
        // A store that gives the same page for ever would keep us for ever.
        if next.as_ref() == Some(&marker) {
            return Err(SourceError::new(
                Kind::Corrupt,
                "the store's listing does not go on",
            ));
        }
        Ok(next)
    }

    async fn page_of_objects(&mut self, marker: Marker) -> Result<Option<Marker>, SourceError> {
        let Bucket {
            client,
            name,
            prefix,
            ..
        } = &*self.bucket;
        let page = client.list_objects_v2().bucket(name).prefix(prefix);
        // Keys may hold what XML cannot.
        let page = page
            .encoding_type(EncodingType::Url)
            .set_continuation_token(marker.key);
        let page = page.send().await.map_err(Failure::from)?;
        let encoded = page.encoding_type() == Some(&EncodingType::Url);
        for object in page.contents() {
            self.push(object.key(), None, object.size(), encoded)?;
        }
        let more = page.is_truncated() == Some(true);
        Ok(more.then_some(Marker {
            key: page.next_continuation_token,
            version: None,
        }))
    }

    async fn page_of_versions(&mut self, marker: Marker) -> Result<Option<Marker>, SourceError> {
        let Bucket {
            client,
            name,
            prefix,
            ..
        } = &*self.bucket;
        let page = client.list_object_versions().bucket(name).prefix(prefix);
        let page = page.encoding_type(EncodingType::Url);
        let page = page
            .set_key_marker(marker.key)
            .set_version_id_marker(marker.version);
        let page = page.send().await.map_err(Failure::from)?;
        let encoded = page.encoding_type() == Some(&EncodingType::Url);
        for version in page.versions() {
            let id = version.version_id().unwrap_or("null").to_owned();
            self.push(version.key(), Some(id), version.size(), encoded)?;
        }
        if page.is_truncated() != Some(true) {
            return Ok(None);
        }
        let key = page
            .next_key_marker()
            .map(|key| decoded(key, encoded))
            .transpose()?;
        Ok(Some(Marker {
            key,
            version: page.next_version_id_marker,
        }))
    }

    fn push(
        &mut self,
        key: Option<&str>,
        version: Option<String>,
        bytes: Option<i64>,
        encoded: bool,
    ) -> Result<(), SourceError> {
        let key = key.ok_or_else(|| SourceError::new(Kind::Corrupt, "an object without a key"))?;
        let entry = Entry {
            key: decoded(key, encoded)?.into_bytes(),
            version,
        };
        let bytes = bytes
            .and_then(|bytes| u64::try_from(bytes).ok())
            .unwrap_or_default();
        let split = self.cutter.push(entry, bytes);
        self.cut.extend(split);
        Ok(())
    }
}

/// A key as it is, of a key as it was sent.
fn decoded(key: &str, encoded: bool) -> Result<String, SourceError> {
    if !encoded {
        return Ok(key.to_owned());
    }
    percent_decoded(key).ok_or_else(|| SourceError::new(Kind::Corrupt, "a key that is no text"))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (digits, after) = rest.split_at_checked(2)?;
                rest = after;
                let digits = std::str::from_utf8(digits).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
            }
            byte => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(encoded: &str, key: Option<&str>) {
        assert_eq!(percent_decoded(encoded).as_deref(), key);
    }

    #[test]
    fn listed_keys_are_decoded() {
        check("a/b", Some("a/b"));
        check("a%2Fb", Some("a/b"));
        check("a+b%2B%25", Some("a b+%"));
        check("%C3%A5%0A", Some("å\n"));
        check("å", Some("å"));
        check("%", None);
        check("%zz", None);
        check("%c3", None);
    }
}
