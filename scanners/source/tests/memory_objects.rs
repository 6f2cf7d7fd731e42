//! The conformance suite over objects in memory.

use std::sync::Arc;

use async_trait::async_trait;
use hemvist_model::{CollectionName, RecordKey};
use hemvist_source::Source;
use hemvist_source::conformance::ObjectFixture;
use hemvist_source::memory::MemorySource;

const BUCKET: &str = "bucket";

struct Fixture(MemorySource);

async fn fixture() -> Fixture {
    let source = MemorySource::new();
    source.put_bucket(BUCKET);
    Fixture(source)
}

#[async_trait]
impl ObjectFixture for Fixture {
    async fn source(&self, split_records: u64) -> Arc<dyn Source> {
        Arc::new(self.0.with_split_records(split_records))
    }

    async fn denied(&self) -> Option<Arc<dyn Source>> {
        self.0.deny(true);
        Some(Arc::new(self.0.clone()))
    }

    async fn put(&self, key: &[u8], bytes: &[u8]) {
        self.0.put_object(BUCKET, key, bytes);
    }

    async fn delete(&self, key: &[u8]) {
        let key = key.to_vec();
        self.0
            .remove_record(BUCKET, &RecordKey::Object { key, version: None });
    }

    async fn remove_collection(&self) {
        self.0.remove_collection(BUCKET);
    }

    async fn objects(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.0.objects(BUCKET).into_iter().collect()
    }

    fn collection(&self) -> CollectionName {
        CollectionName::new(BUCKET)
    }
}

hemvist_source::object_conformance!(fixture());
