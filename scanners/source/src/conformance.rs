//! What every Source must do, as cases to run against it.
//!
//! An implementor's tests write a fixture ([`RowFixture`] or [`ObjectFixture`]): a throw-away
//! store with a way around the Source to fill it, change it behind the Source's back and look at
//! what it holds. [`row_conformance!`](crate::row_conformance) and
//! [`object_conformance!`](crate::object_conformance) then make one test of each case.
//!
//! What only one store has (schemas, foreign keys, versions, Object Lock) is tested where that
//! store is. Failures name the case and never print a key or a value, as everywhere.

pub mod objects;
pub mod reading;
pub mod rows;

use std::sync::Arc;

use async_trait::async_trait;
use hemvist_model::CollectionName;

use crate::Source;

/// A table of text columns, as the suite asks for it.
pub struct Table {
    /// Its name, without a schema.
    pub name: &'static str,
    /// Its columns; the first `key_columns` are the primary key, in this order, and NOT NULL.
    /// All others can hold NULL.
    pub columns: &'static [&'static str],
    /// How many columns the primary key has; 0 for a table without any key.
    pub key_columns: usize,
    /// One text or NULL for each column.
    pub rows: Vec<Row>,
}

/// A row: one text or NULL for each column.
pub type Row = Vec<Option<Vec<u8>>>;

/// A store of tables, empty when made, thrown away with the fixture.
///
/// Texts compare by their bytes (in MariaDB: a binary collation without padding).
#[async_trait]
pub trait RowFixture: Send + Sync {
    /// The Source under test, cutting Splits of about `split_records` rows.
    async fn source(&self, split_records: u64) -> Arc<dyn Source>;

    /// The same store reached with a credential that may not read the tables; `None` where the
    /// store knows no credentials. Called after the tables were made.
    async fn denied(&self) -> Option<Arc<dyn Source>>;

    /// Makes and fills a table.
    async fn create(&self, table: &Table);

    /// Drops a table.
    async fn drop_table(&self, name: &str);

    /// Sets `column` to `value` in the rows whose first column is `first`.
    async fn set(&self, table: &str, first: &str, column: &str, value: Option<&str>);

    /// Deletes the rows whose first column is `first`.
    async fn delete(&self, table: &str, first: &str);

    /// All rows of a table, read past the Source, in any order.
    async fn rows(&self, table: &str) -> Vec<Row>;

    /// The Collection's name for a table.
    fn collection(&self, table: &str) -> CollectionName;

    /// Whether the store can hold a table of that name.
    fn holds_table(&self, _name: &str) -> bool {
        true
    }
}

/// A bucket or tree, empty when made, thrown away with the fixture.
#[async_trait]
pub trait ObjectFixture: Send + Sync {
    /// The Source under test, cutting Splits of about `split_records` objects.
    async fn source(&self, split_records: u64) -> Arc<dyn Source>;

    /// The same store reached with a credential that may not read it; `None` where there is no
    /// such thing.
    async fn denied(&self) -> Option<Arc<dyn Source>>;

    /// Writes an object, whether it was there or not.
    async fn put(&self, key: &[u8], bytes: &[u8]);

    /// Deletes an object.
    async fn delete(&self, key: &[u8]);

    /// Removes the bucket or tree with everything in it.
    async fn remove_collection(&self);

    /// All objects as they are now, read past the Source, in any order.
    async fn objects(&self) -> Vec<(Vec<u8>, Vec<u8>)>;

    /// The Collection's name.
    fn collection(&self) -> CollectionName;

    /// Whether the store can hold an object of that key.
    fn holds_key(&self, _key: &[u8]) -> bool {
        true
    }
}

/// Makes one test of each case for a Source of tables. The expression gives a future of a fresh
/// [`RowFixture`](crate::conformance::RowFixture) each time it is evaluated.
#[macro_export]
macro_rules! row_conformance {
    ($fixture:expr) => {
        $crate::row_conformance! { $fixture;
            lists_its_tables
            a_listed_table_says_its_columns_and_key
            hostile_table_names_read_back
            splits_hold_every_row_once
            a_table_without_rows_reads_as_nothing
            reading_resumes_after_each_batch
            a_denied_table_is_denied
            a_dropped_table_is_not_found
            a_row_deleted_after_cutting_is_left_out
            hostile_keys_and_texts_read_back
            keys_of_several_columns_read_back
            null_is_not_the_empty_text
            a_row_read_again_equals_the_row_read
            a_row_that_is_gone_reads_as_none
            deleting_deletes_one_row
            setting_fields_changes_one_row
            setting_fields_to_nothing_new_is_done
            a_changed_row_is_left_alone
            a_row_that_is_gone_cannot_be_changed
            of_two_changes_at_once_one_is_done
            rows_without_a_key_read_back
            a_row_without_a_key_is_changed_alone
            equal_rows_without_a_key_are_left_alone
        }
    };
    ($fixture:expr; $($case:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::conformance::rows::$case(&$fixture.await).await;
            }
        )*
    };
}

/// Makes one test of each case for a Source of objects. The expression gives a future of a fresh
/// [`ObjectFixture`](crate::conformance::ObjectFixture) each time it is evaluated.
#[macro_export]
macro_rules! object_conformance {
    ($fixture:expr) => {
        $crate::object_conformance! { $fixture;
            lists_one_collection
            splits_hold_every_object_once
            an_empty_collection_reads_as_nothing
            reading_resumes_after_each_object
            large_objects_come_in_pieces
            a_denied_collection_is_denied
            a_removed_collection_is_not_found
            an_object_deleted_after_cutting_is_skipped_as_vanished
            an_object_changed_while_reading_is_never_a_mixture
            hostile_keys_read_back
            an_object_read_again_equals_the_object_read
            an_object_that_is_gone_reads_as_none
            deleting_deletes_one_object
            rewriting_changes_one_object
            rewriting_sees_every_byte_in_order
            a_large_object_is_rewritten_whole
            an_abandoned_rewrite_changes_nothing
            a_changed_object_is_left_alone
            an_object_that_is_gone_cannot_be_changed
            of_two_rewrites_at_once_one_is_done
        }
    };
    ($fixture:expr; $($case:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::conformance::objects::$case(&$fixture.await).await;
            }
        )*
    };
}
