//! The conformance suite over tables in memory.

use std::sync::Arc;

use async_trait::async_trait;
use hemvist_model::{CollectionName, RecordKey};
use hemvist_source::Source;
use hemvist_source::conformance::{Row, RowFixture, Table};
use hemvist_source::memory::MemorySource;

struct Fixture(MemorySource);

async fn fixture() -> Fixture {
    Fixture(MemorySource::new())
}

impl Fixture {
    fn key_of(&self, table: &str, first: &str) -> RecordKey {
        let rows = self.0.rows(table);
        assert!(
            rows.iter()
                .any(|row| row[0].as_deref() == Some(first.as_bytes()))
        );
        RecordKey::Row(vec![first.to_owned()])
    }
}

#[async_trait]
impl RowFixture for Fixture {
    async fn source(&self, split_records: u64) -> Arc<dyn Source> {
        Arc::new(self.0.with_split_records(split_records))
    }

    async fn denied(&self) -> Option<Arc<dyn Source>> {
        self.0.deny(true);
        Some(Arc::new(self.0.clone()))
    }

    async fn create(&self, table: &Table) {
        self.0.put_table(
            table.name,
            table.columns,
            table.key_columns,
            table.rows.clone(),
        );
    }

    async fn drop_table(&self, name: &str) {
        self.0.remove_collection(name);
    }

    async fn set(&self, table: &str, first: &str, column: &str, value: Option<&str>) {
        assert_eq!(column, "note");
        let mut rows = self.0.rows(table);
        let row = rows
            .iter_mut()
            .find(|row| row[0].as_deref() == Some(first.as_bytes()));
        let row = row.expect("a row of that key");
        row[2] = value.map(|value| value.as_bytes().to_vec());
        self.0.put_row(table, row.clone());
    }

    async fn delete(&self, table: &str, first: &str) {
        self.0.remove_record(table, &self.key_of(table, first));
    }

    async fn rows(&self, table: &str) -> Vec<Row> {
        self.0.rows(table)
    }

    fn collection(&self, table: &str) -> CollectionName {
        CollectionName::new(table)
    }
}

hemvist_source::row_conformance!(fixture());
