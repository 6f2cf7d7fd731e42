//! The smallest Source: tables and objects in memory, which fail on command.
//!
//! For tests of whoever uses Sources. It keeps every promise of the conformance suite, shows what
//! it holds, and lets a test break or change it at the n-th call, also between two Batches. It
//! keeps no versions of objects and knows no foreign keys.

mod reading;
mod state;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use hemvist_model::{CollectionName, Fingerprint, RecordKey, SplitSpec};

use crate::{
    BatchStream, Capabilities, Change, Changed, Collection, Column, ColumnKind, Fingerprinter,
    Kind, RecordImage, Source, SourceError, SplitStream,
};
use state::State;

/// A row: one text or NULL for each column.
pub type Row = Vec<Option<Vec<u8>>>;

/// What happens at a call that was chosen with [`MemorySource::at_call`].
pub type AtCall = Box<dyn FnOnce(&MemorySource) -> Result<(), Kind> + Send>;

/// Records to a Split, unless said otherwise.
const SPLIT_RECORDS: u64 = 100;

/// Tables and objects in memory. Clones are the same store.
#[derive(Clone)]
pub struct MemorySource {
    state: Arc<Mutex<State>>,
    split_records: u64,
}

/// A row of texts, none of them NULL.
#[must_use]
pub fn row(cells: &[&str]) -> Row {
    cells
        .iter()
        .map(|cell| Some(cell.as_bytes().to_vec()))
        .collect()
}

/// A nullable column of text.
#[must_use]
pub fn text_column(name: &str) -> Column {
    Column {
        name: name.to_owned(),
        kind: ColumnKind::Text,
        nullable: true,
        unique: false,
        generated: false,
    }
}

impl Default for MemorySource {
    fn default() -> Self {
        Self::new()
    }
}

impl MemorySource {
    /// A store with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: Arc::default(),
            split_records: SPLIT_RECORDS,
        }
    }

    /// The same store, cut into Splits of so many Records.
    #[must_use]
    pub fn with_split_records(&self, split_records: u64) -> Self {
        Self {
            state: Arc::clone(&self.state),
            split_records: split_records.max(1),
        }
    }

    /// Makes a table, or replaces it: text columns, the first `key_columns` its primary key.
    pub fn put_table(&self, name: &str, columns: &[&str], key_columns: usize, rows: Vec<Row>) {
        let columns = columns.iter().enumerate().map(|(index, name)| Column {
            nullable: index >= key_columns,
            unique: key_columns == 1 && index == 0,
            ..text_column(name)
        });
        self.put_table_of(name, columns.collect(), key_columns, rows);
    }

    /// As [`MemorySource::put_table`], with columns of any kind.
    pub fn put_table_of(
        &self,
        name: &str,
        columns: Vec<Column>,
        key_columns: usize,
        rows: Vec<Row>,
    ) {
        self.state().put_table(name, columns, key_columns, rows);
    }

    /// Adds a row to a table, or replaces the row of that key.
    pub fn put_row(&self, table: &str, row: Row) {
        self.state().put_row(table, row);
    }

    /// Makes an empty Collection of objects, if it is not there.
    pub fn put_bucket(&self, name: &str) {
        self.state().bucket(name);
    }

    /// Writes an object, making its Collection if it is not there.
    pub fn put_object(&self, bucket: &str, key: &[u8], bytes: &[u8]) {
        self.state().put_object(bucket, key, bytes);
    }

    /// Removes a Record behind everybody's back.
    pub fn remove_record(&self, collection: &str, key: &RecordKey) {
        self.state().remove_record(collection, key);
    }

    /// Removes a Collection behind everybody's back.
    pub fn remove_collection(&self, name: &str) {
        self.state().collections.remove(name);
    }

    /// The rows of a table as they are now, in the order in which they were put.
    #[must_use]
    pub fn rows(&self, table: &str) -> Vec<Row> {
        self.state().rows(table)
    }

    /// The objects of a Collection as they are now.
    #[must_use]
    pub fn objects(&self, bucket: &str) -> BTreeMap<Vec<u8>, Vec<u8>> {
        self.state().objects(bucket)
    }

    /// How many calls were made: each method of [`Source`] and each Batch or Split that was
    /// pulled, the end of a stream included.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// Does something at the n-th call from now on (1 is the next), before that call is served.
    /// `Err` fails the call.
    pub fn at_call(&self, n: u64, act: AtCall) {
        let mut state = self.state();
        let call = state.calls + n;
        state.at_call.entry(call).or_default().push(act);
    }

    /// Fails the n-th call from now on (1 is the next).
    pub fn fail_call(&self, n: u64, kind: Kind) {
        self.at_call(n, Box::new(move |_| Err(kind)));
    }

    /// Refuses every call as a store does to a wrong credential, or stops doing so.
    pub fn deny(&self, denied: bool) {
        self.state().denied = denied;
    }

    /// Answers every change so and changes nothing, as a store does that keeps Records by its own
    /// rules. `None`: changes again.
    pub fn answer_changes(&self, answer: Option<Changed>) {
        self.state().answer = answer;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call, and does what was asked to be done at it.
    fn call(&self) -> Result<MutexGuard<'_, State>, SourceError> {
        let mut state = self.state();
        state.calls += 1;
        let call = state.calls;
        let acts = state.at_call.remove(&call).unwrap_or_default();
        // The acts lock the state themselves.
        drop(state);
        for act in acts {
            act(self).map_err(|kind| SourceError::new(kind, "failed on command"))?;
        }
        let state = self.state();
        if state.denied {
            return Err(SourceError::new(
                Kind::Denied,
                "the store refuses the credential",
            ));
        }
        Ok(state)
    }
}

#[async_trait]
impl Source for MemorySource {
    async fn probe(&self) -> Result<Capabilities, SourceError> {
        drop(self.call()?);
        Ok(Capabilities {
            product: "memory".to_owned(),
            conditional_writes: true,
            versions: false,
        })
    }

    async fn collections(&self) -> Result<Vec<Collection>, SourceError> {
        Ok(self.call()?.listed())
    }

    async fn left_alone(&self) -> Result<Vec<(CollectionName, &'static str)>, SourceError> {
        drop(self.call()?);
        Ok(Vec::new())
    }

    fn splits(&self, collection: &CollectionName) -> SplitStream {
        reading::splits(self.clone(), collection.clone())
    }

    fn read(&self, split: &SplitSpec, resume: Option<&[u8]>) -> BatchStream {
        reading::read(self.clone(), split.clone(), resume.map(<[u8]>::to_vec))
    }

    async fn read_record(
        &self,
        collection: &CollectionName,
        key: &RecordKey,
    ) -> Result<Option<RecordImage>, SourceError> {
        self.call()?.image(collection, key)
    }

    async fn change(
        &self,
        collection: &CollectionName,
        key: &RecordKey,
        expected: &Fingerprint,
        fingerprinter: &Fingerprinter,
        change: Change,
    ) -> Result<Changed, SourceError> {
        self.call()?
            .change(collection, key, expected, fingerprinter, change)
    }
}
