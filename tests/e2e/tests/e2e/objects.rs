//! Object stores of the test run, filled and looked at past Hemvist.

use std::fs;
use std::path::{Path, PathBuf};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, RequestChecksumCalculation};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::EncodingType;
use hemvist_proto::v1;
use hemvist_proto::v1::source::Settings;

use crate::databases::SECRET;
use crate::files::Objects;

/// A bucket or a directory of our own.
pub(crate) enum ObjectStore {
    S3 { client: Box<Client>, bucket: String },
    Tree(PathBuf),
}

impl ObjectStore {
    pub(crate) fn tree(root: &Path) -> ObjectStore {
        ObjectStore::Tree(root.to_owned())
    }

    pub(crate) async fn s3() -> ObjectStore {
        let server = hemvist_estate::s3();
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&server.endpoint)
            .region(Region::new("any"))
            .credentials_provider(Credentials::from_keys(
                &server.owner.key,
                &server.owner.secret,
                None,
            ))
            .force_path_style(true)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .build();
        let (client, bucket) = (Client::from_conf(config), server.fresh_bucket_name());
        client
            .create_bucket()
            .bucket(&bucket)
            .send()
            .await
            .expect("a new bucket");
        ObjectStore::S3 {
            client: Box::new(client),
            bucket,
        }
    }

    /// The secret that the server needs.
    pub(crate) fn secret(&self) -> Option<String> {
        matches!(self, ObjectStore::S3 { .. }).then(|| hemvist_estate::s3().owner.secret)
    }

    pub(crate) fn settings(&self) -> Settings {
        match self {
            ObjectStore::Tree(root) => Settings::Tree(v1::TreeSettings {
                root: root.display().to_string(),
            }),
            ObjectStore::S3 { bucket, .. } => {
                let server = hemvist_estate::s3();
                Settings::S3(v1::S3Settings {
                    endpoint: server.endpoint,
                    region: "any".to_owned(),
                    bucket: bucket.clone(),
                    prefix: String::new(),
                    access_key_id: server.owner.key,
                    secret_key: format!("env:{SECRET}"),
                })
            }
        }
    }

    /// What its one Collection is called.
    pub(crate) fn collection(&self) -> &str {
        match self {
            ObjectStore::Tree(_) => "files",
            ObjectStore::S3 { bucket, .. } => bucket,
        }
    }

    pub(crate) async fn put(&self, key: &str, bytes: &[u8]) {
        match self {
            ObjectStore::Tree(root) => {
                let path = root.join(key);
                fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
                fs::write(path, bytes).expect("a file");
            }
            ObjectStore::S3 { client, bucket } => {
                let body = ByteStream::from(bytes.to_vec());
                client
                    .put_object()
                    .bucket(bucket)
                    .key(key)
                    .body(body)
                    .send()
                    .await
                    .expect("a written object");
            }
        }
    }

    /// Every object, as it is now.
    pub(crate) async fn objects(&self) -> Objects {
        match self {
            ObjectStore::Tree(root) => {
                let mut objects = Objects::new();
                walk(root, root, &mut objects);
                objects
            }
            ObjectStore::S3 { client, bucket } => bucket_objects(client, bucket).await,
        }
    }
}

fn walk(root: &Path, directory: &Path, objects: &mut Objects) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(root, &path, objects);
        } else {
            let key = path
                .strip_prefix(root)
                .expect("below the root")
                .to_str()
                .expect("UTF-8")
                .to_owned();
            objects.insert(key, fs::read(&path).expect("a file"));
        }
    }
}

async fn bucket_objects(client: &Client, bucket: &str) -> Objects {
    let request = client
        .list_objects_v2()
        .bucket(bucket)
        .encoding_type(EncodingType::Url);
    let listed = request.send().await.expect("a listing");
    assert!(
        listed.is_truncated() != Some(true),
        "a bucket of more than one page"
    );
    let mut objects = Objects::new();
    for object in listed.contents() {
        let key = decoded(object.key().expect("a key"));
        let got = client
            .get_object()
            .bucket(bucket)
            .key(&key)
            .send()
            .await
            .expect("an object");
        objects.insert(
            key,
            got.body
                .collect()
                .await
                .expect("a whole object")
                .into_bytes()
                .to_vec(),
        );
    }
    objects
}

/// Keys come URL-encoded, as XML cannot hold every one.
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
