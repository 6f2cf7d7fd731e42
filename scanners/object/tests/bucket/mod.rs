//! A bucket of the test run's store, filled and looked at past the Source.

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, RequestChecksumCalculation};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketVersioningStatus, EncodingType, VersioningConfiguration};
use hemvist_estate::{S3Identity, S3Server};
use hemvist_object::{S3Settings, S3Source, SplitLimits};

/// A fresh bucket.
pub(crate) struct Bucket {
    pub(crate) server: S3Server,
    pub(crate) client: aws_sdk_s3::Client,
    pub(crate) name: String,
}

impl Bucket {
    pub(crate) async fn new() -> Self {
        let server = hemvist_estate::s3();
        let S3Identity { key, secret } = &server.owner;
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&server.endpoint)
            .region(Region::new("any"))
            .credentials_provider(Credentials::from_keys(key, secret, None))
            .force_path_style(true)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .build();
        let client = aws_sdk_s3::Client::from_conf(config);
        let name = server.fresh_bucket_name();
        client
            .create_bucket()
            .bucket(&name)
            .send()
            .await
            .expect("a new bucket");
        Self {
            server,
            client,
            name,
        }
    }

    #[allow(dead_code, reason = "each test file compiles this for itself")]
    pub(crate) async fn keep_versions(&self, status: BucketVersioningStatus) {
        let versions = VersioningConfiguration::builder().status(status).build();
        let request = self.client.put_bucket_versioning().bucket(&self.name);
        let set = request.versioning_configuration(versions).send().await;
        set.expect("versions are kept");
    }

    pub(crate) fn settings(&self, identity: &S3Identity, prefix: &str) -> S3Settings {
        S3Settings {
            endpoint: self.server.endpoint.clone(),
            region: "any".to_owned(),
            bucket: self.name.clone(),
            prefix: prefix.to_owned(),
            access_key_id: identity.key.clone(),
            secret_key: identity.secret.clone(),
        }
    }

    pub(crate) fn source(&self, prefix: &str, split_records: u64) -> S3Source {
        let limits = SplitLimits {
            objects_max: split_records,
            ..SplitLimits::default()
        };
        S3Source::connect(self.settings(&self.server.owner, prefix), limits)
    }

    /// Gives the version, where versions are kept.
    pub(crate) async fn put(&self, key: &str, bytes: &[u8]) -> Option<String> {
        let request = self.client.put_object().bucket(&self.name).key(key);
        let put = request.body(ByteStream::from(bytes.to_vec())).send().await;
        put.expect("a written object").version_id
    }

    pub(crate) async fn get(&self, key: &str) -> Option<Vec<u8>> {
        let got = self
            .client
            .get_object()
            .bucket(&self.name)
            .key(key)
            .send()
            .await
            .ok()?;
        let bytes = got.body.collect().await.expect("a whole object");
        Some(bytes.into_bytes().to_vec())
    }

    pub(crate) async fn delete(&self, key: &str) {
        let request = self.client.delete_object().bucket(&self.name).key(key);
        request.send().await.expect("a deleted object");
    }

    /// The keys as they are, in any order; sent encoded, as XML cannot hold every one.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let request = self.client.list_objects_v2().bucket(&self.name);
        let listed = request.encoding_type(EncodingType::Url).send().await;
        let listed = listed.expect("a listing");
        let keys = listed.contents().iter().filter_map(|object| object.key());
        keys.map(decoded).collect()
    }
}

fn decoded(key: &str) -> String {
    let key = key.replace('+', " ");
    let mut pieces = key.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(&piece[..2], 16).expect("two digits"));
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    String::from_utf8(bytes).expect("keys of S3 are text")
}
