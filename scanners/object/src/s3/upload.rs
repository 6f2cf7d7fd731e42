//! Writes an object anew under a condition: at once when it is small, in parts when it is not.

use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use super::Bucket;
use super::error::Failure;

/// Bytes that are held: an object of this size is written at once, a larger one in such parts.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Parts to an object (S3 allows 10,000); an object that needs more has larger parts.
const PARTS_MAX: u64 = 9_000;

/// What belongs to an object besides its bytes.
pub(super) struct Attributes {
    got: GetObjectOutput,
    tags: Option<String>,
}

/// Sets what both ways of writing know by the same names.
macro_rules! with_attributes {
    ($request:expr, $attributes:expr) => {{
        let Attributes { got, tags } = $attributes;
        let text = |text: Option<&str>| text.map(str::to_owned);
        $request
            .set_tagging(tags.clone())
            .set_cache_control(text(got.cache_control()))
            .set_content_disposition(text(got.content_disposition()))
            .set_content_encoding(text(got.content_encoding()))
            .set_content_language(text(got.content_language()))
            .set_content_type(text(got.content_type()))
            .set_metadata(got.metadata().cloned())
            .set_server_side_encryption(got.server_side_encryption().cloned())
            .set_ssekms_key_id(text(got.ssekms_key_id()))
            .set_storage_class(got.storage_class().cloned())
            .set_website_redirect_location(text(got.website_redirect_location()))
    }};
}

impl Attributes {
    /// Those of the object that was got, whose body is taken out already.
    pub(super) async fn of(
        bucket: &Bucket,
        key: &str,
        version: Option<&str>,
        got: GetObjectOutput,
    ) -> Result<Self, Failure> {
        let mut tags = None;
        if got.tag_count().is_some_and(|count| count > 0) {
            let request = bucket
                .client
                .get_object_tagging()
                .bucket(&bucket.name)
                .key(key);
            let tagging = request
                .set_version_id(version.map(str::to_owned))
                .send()
                .await?;
            let tag = |tag: &aws_sdk_s3::types::Tag| {
                format!("{}={}", encoded(tag.key()), encoded(tag.value()))
            };
            tags = Some(
                tagging
                    .tag_set()
                    .iter()
                    .map(tag)
                    .collect::<Vec<_>>()
                    .join("&"),
            );
        }
        Ok(Self { got, tags })
    }

    fn part_bytes(&self) -> usize {
        let bytes = self
            .got
            .content_length()
            .and_then(|bytes| u64::try_from(bytes).ok());
        let needed = bytes.unwrap_or_default().div_ceil(PARTS_MAX);
        PART_BYTES.max(usize::try_from(needed).unwrap_or(usize::MAX))
    }
}

fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// An object on its way to the store. Nothing of it can be seen there before [`Upload::commit`];
/// one that is not committed must be aborted.
pub(super) struct Upload<'a> {
    bucket: &'a Bucket,
    key: &'a str,
    attributes: Attributes,
    held: Vec<u8>,
    parts: Option<(String, Vec<CompletedPart>)>,
}

impl<'a> Upload<'a> {
    pub(super) fn new(bucket: &'a Bucket, key: &'a str, attributes: Attributes) -> Self {
        Self {
            bucket,
            key,
            attributes,
            held: Vec::new(),
            parts: None,
        }
    }

    /// Takes the next bytes.
    pub(super) async fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let part_bytes = self.attributes.part_bytes();
        for bytes in bytes.chunks(part_bytes) {
            self.held.extend_from_slice(bytes);
            // Not before there is more: the last part, and only that, may be small.
            if self.held.len() > part_bytes {
                let rest = self.held.split_off(part_bytes);
                let part = std::mem::replace(&mut self.held, rest);
                self.part(part).await?;
            }
        }
        Ok(())
    }

    async fn part(&mut self, bytes: Vec<u8>) -> Result<(), Failure> {
        let Bucket { client, name, .. } = self.bucket;
        let (id, parts) = match &mut self.parts {
            Some(begun) => begun,
            none => {
                let request = client.create_multipart_upload().bucket(name).key(self.key);
                let begun = with_attributes!(request, &self.attributes).send().await?;
                none.insert((begun.upload_id.unwrap_or_default(), Vec::new()))
            }
        };
        let number = i32::try_from(parts.len() + 1).unwrap_or(i32::MAX);
        let request = client
            .upload_part()
            .bucket(name)
            .key(self.key)
            .upload_id(&*id);
        let request = request.part_number(number).body(ByteStream::from(bytes));
        let tag = request.send().await?.e_tag;
        parts.push(
            CompletedPart::builder()
                .part_number(number)
                .set_e_tag(tag)
                .build(),
        );
        Ok(())
    }

    /// Whether it goes in parts, which needs another condition of the store.
    pub(super) fn in_parts(&self) -> bool {
        self.parts.is_some()
    }

    /// Makes it the object at its key, if the one there has this ETag. Gives its version, where
    /// versions are kept. Sent once: a second attempt could not tell its own work from another's.
    pub(super) async fn commit(&mut self, if_match: &str) -> Result<Option<String>, Failure> {
        let once = aws_sdk_s3::config::Builder::new().retry_config(RetryConfig::disabled());
        let held = std::mem::take(&mut self.held);
        if self.parts.is_some() {
            self.part(held).await?;
        } else {
            let request = self
                .bucket
                .client
                .put_object()
                .bucket(&self.bucket.name)
                .key(self.key);
            let request = with_attributes!(request, &self.attributes).if_match(if_match);
            let request = request.body(ByteStream::from(held)).customize();
            return Ok(request.config_override(once).send().await?.version_id);
        }
        let Some((id, parts)) = &self.parts else {
            return Ok(None);
        };
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(parts.clone()))
            .build();
        let request = self
            .bucket
            .client
            .complete_multipart_upload()
            .bucket(&self.bucket.name);
        let request = request.key(self.key).upload_id(id).multipart_upload(parts);
        let request = request.if_match(if_match).customize().config_override(once);
        let version = request.send().await?.version_id;
        self.parts = None;
        Ok(version)
    }

    /// Throws away what was sent.
    pub(super) async fn abort(self) {
        if let Some((id, _)) = self.parts {
            let request = self
                .bucket
                .client
                .abort_multipart_upload()
                .bucket(&self.bucket.name);
            // A store that fails here keeps invisible parts until its lifecycle rule ends them.
            let _ = request.key(self.key).upload_id(id).send().await;
        }
    }
}
