//! A bucket of an S3-compatible store, or the part of it below a prefix.
//!
//! Where the bucket keeps versions (or has kept them), every version is a Record of its own:
//! erasing a person means erasing the older ones too. Delete markers hold nothing and count as
//! nothing.
//!
//! The only credential is the one in the settings: no environment, no profile, no metadata
//! service. Reading lists and gets, and writes nothing. Access lists of objects are not carried
//! over by a rewriting (buckets of today have none); tags and metadata are.

mod change;
mod conditional;
mod error;
mod listing;
mod read;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Region, RequestChecksumCalculation, ResponseChecksumValidation,
};
use futures::{FutureExt, StreamExt, stream};
use hemvist_model::{CollectionName, Fingerprint, RecordKey, SplitSpec};
use hemvist_source::{
    BatchStream, Capabilities, Change, Changed, Collection, Fingerprinter, Kind, RecordImage,
    Source, SourceError, SplitStream,
};
use tokio::sync::OnceCell;

use crate::SplitLimits;
use crate::list::Entry;
use crate::opened::{self, Opened};
use conditional::Conditional;
use listing::Versions;

/// Attempts at a request, the first included; the SDK waits longer before each.
const ATTEMPTS_MAX: u32 = 3;
/// Until a connection stands.
const CONNECT_SECONDS_MAX: u64 = 5;
/// Until the store begins to answer.
const ANSWER_SECONDS_MAX: u64 = 60;

/// How a bucket is reached. Holds a secret, so it cannot be printed.
pub struct S3Settings {
    /// Such as `https://s3.example.com`.
    pub endpoint: String,
    /// Such as `eu-north-1`; many stores take any.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// Only keys that begin so; empty for all.
    pub prefix: String,
    /// The access key's id.
    pub access_key_id: String,
    /// The secret itself, no reference to it.
    pub secret_key: String,
}

/// A bucket, or the part of it below a prefix.
pub struct S3Source {
    bucket: Arc<Bucket>,
    limits: SplitLimits,
}

/// What every request needs.
struct Bucket {
    client: Client,
    name: String,
    prefix: String,
    /// Whether older versions may be there; asked once for reading.
    versions: OnceCell<Versions>,
    /// What the store honours; tried once, before the first change.
    conditional: OnceCell<Conditional>,
}

impl Bucket {
    /// Whether this Source may touch the key, and as text: S3 knows no other keys.
    fn text_of<'a>(&self, key: &'a [u8]) -> Option<&'a str> {
        let text = std::str::from_utf8(key).ok()?;
        (!text.is_empty() && text.starts_with(&self.prefix)).then_some(text)
    }
}

impl S3Source {
    /// Gets ready to reach the bucket. Nothing is sent before the Source is asked something.
    #[must_use]
    pub fn connect(settings: S3Settings, limits: SplitLimits) -> Self {
        let credentials = Credentials::from_keys(settings.access_key_id, settings.secret_key, None);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS_MAX))
            .read_timeout(Duration::from_secs(ANSWER_SECONDS_MAX))
            .build();
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(settings.endpoint)
            .region(Region::new(settings.region))
            .credentials_provider(credentials)
            .force_path_style(true)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX))
            .timeout_config(timeouts)
            // Stores that are not Amazon's refuse or garble the checksums of newer SDKs.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .build();
        let bucket = Bucket {
            client: Client::from_conf(config),
            name: settings.bucket,
            prefix: settings.prefix,
            versions: OnceCell::new(),
            conditional: OnceCell::new(),
        };
        Self {
            bucket: Arc::new(bucket),
            limits,
        }
    }

    /// The Collection's name: the bucket's, with the prefix if there is one.
    #[must_use]
    pub fn collection_name(&self) -> CollectionName {
        let Bucket { name, prefix, .. } = &*self.bucket;
        match prefix.as_str() {
            "" => CollectionName::new(name),
            prefix => CollectionName::new(format!("{name}/{prefix}")),
        }
    }

    fn check_collection(&self, collection: &CollectionName) -> Result<(), SourceError> {
        if *collection == self.collection_name() {
            Ok(())
        } else {
            let words = "this Source has one Collection, named like its bucket and prefix";
            Err(SourceError::new(Kind::NotFound, words))
        }
    }
}

#[async_trait]
impl Source for S3Source {
    /// `conditional_writes` is supposed until the first change has tried it: reading writes
    /// nothing. A change that would need them answers `Unverifiable` where they are not honoured.
    async fn probe(&self) -> Result<Capabilities, SourceError> {
        let product = self.bucket.product().await?;
        Ok(Capabilities {
            product,
            conditional_writes: self.bucket.conditional.get().is_none_or(|tried| tried.put),
            versions: self.bucket.versions().await? != Versions::Never,
        })
    }

    async fn collections(&self) -> Result<Vec<Collection>, SourceError> {
        self.bucket.product().await?;
        Ok(vec![Collection {
            name: self.collection_name(),
            records_estimate: None,
            columns: Arc::default(),
            row_key: None,
            referenced_by: Vec::new(),
        }])
    }

    async fn left_alone(&self) -> Result<Vec<(CollectionName, &'static str)>, SourceError> {
        Ok(Vec::new())
    }

    fn splits(&self, collection: &CollectionName) -> SplitStream {
        if let Err(error) = self.check_collection(collection) {
            return stream::iter([Err(error)]).boxed();
        }
        listing::splits(Arc::clone(&self.bucket), collection.clone(), self.limits)
    }

    fn read(&self, split: &SplitSpec, resume: Option<&[u8]>) -> BatchStream {
        let bucket = Arc::clone(&self.bucket);
        let opening = move |entry: Entry| {
            let bucket = Arc::clone(&bucket);
            async move { bucket.open(&entry.key, entry.version.as_deref()).await }.boxed()
        };
        opened::read(split, resume, Arc::new(opening))
    }

    async fn read_record(
        &self,
        collection: &CollectionName,
        key: &RecordKey,
    ) -> Result<Option<RecordImage>, SourceError> {
        self.check_collection(collection)?;
        let RecordKey::Object { key, version } = key else {
            return Ok(None);
        };
        let opened: Opened = Arc::clone(&self.bucket)
            .open(key, version.as_deref())
            .await?;
        opened.image()
    }

    async fn change(
        &self,
        collection: &CollectionName,
        key: &RecordKey,
        expected: &Fingerprint,
        fingerprinter: &Fingerprinter,
        change: Change,
    ) -> Result<Changed, SourceError> {
        self.check_collection(collection)?;
        let RecordKey::Object { key, version } = key else {
            return Ok(Changed::Gone);
        };
        let Some(key) = self.bucket.text_of(key) else {
            return Ok(Changed::Gone);
        };
        let planned = change::Planned {
            bucket: Arc::clone(&self.bucket),
            key: key.to_owned(),
            version: version.clone(),
            expected: expected.clone(),
            fingerprinter: fingerprinter.clone(),
        };
        // Once begun it runs to its end, whoever stops waiting for it: a dropped upload would
        // leave parts of the object behind.
        match tokio::spawn(planned.run(change)).await {
            Ok(changed) => changed,
            Err(_) => Err(SourceError::new(Kind::Bug, "a change broke off inside")),
        }
    }
}
