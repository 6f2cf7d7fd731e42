//! The conformance suite over a bucket of a real store.

mod bucket;

use std::sync::Arc;

use async_trait::async_trait;
use hemvist_estate::S3Identity;
use hemvist_model::CollectionName;
use hemvist_object::{S3Source, SplitLimits};
use hemvist_source::Source;
use hemvist_source::conformance::ObjectFixture;

use bucket::Bucket;

struct Fixture(Bucket);

async fn fixture() -> Fixture {
    Fixture(Bucket::new().await)
}

fn text(key: &[u8]) -> &str {
    std::str::from_utf8(key).expect("keys of S3 are text")
}

#[async_trait]
impl ObjectFixture for Fixture {
    async fn source(&self, split_records: u64) -> Arc<dyn Source> {
        Arc::new(self.0.source("", split_records))
    }

    async fn denied(&self) -> Option<Arc<dyn Source>> {
        let stranger = S3Identity {
            key: "nobody".to_owned(),
            secret: "nothing".to_owned(),
        };
        let settings = self.0.settings(&stranger, "");
        Some(Arc::new(S3Source::connect(
            settings,
            SplitLimits::default(),
        )))
    }

    async fn put(&self, key: &[u8], bytes: &[u8]) {
        self.0.put(text(key), bytes).await;
    }

    async fn delete(&self, key: &[u8]) {
        self.0.delete(text(key)).await;
    }

    async fn remove_collection(&self) {
        for key in self.0.keys().await {
            self.0.delete(&key).await;
        }
        let request = self.0.client.delete_bucket().bucket(&self.0.name);
        request.send().await.expect("a removed bucket");
    }

    async fn objects(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut objects = Vec::new();
        for key in self.0.keys().await {
            let bytes = self.0.get(&key).await.expect("an object of ours");
            objects.push((key.into_bytes(), bytes));
        }
        objects
    }

    fn collection(&self) -> CollectionName {
        CollectionName::new(&self.0.name)
    }

    /// SeaweedFS keeps objects as files: it turns `//` and `\\` into `/`, refuses `..`, and a key
    /// is a file or a directory. How such keys are sent is tested in `s3_requests`.
    fn holds_key(&self, key: &[u8]) -> bool {
        let Ok(key) = std::str::from_utf8(key) else {
            return false;
        };
        let names = key.split('/').all(|name| !matches!(name, "" | "." | ".."));
        names && !key.contains('\\') && !["a", "å"].contains(&key)
    }
}

hemvist_source::object_conformance!(fixture());
