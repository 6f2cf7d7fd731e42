//! The Source that all three databases are.

use std::sync::Arc;

use async_trait::async_trait;
use hemvist_model::{CollectionName, Fingerprint, RecordKey, SplitSpec};
use hemvist_source::{
    BatchStream, Capabilities, Change, Changed, Collection, Fingerprinter, Kind, RecordImage,
    Source, SourceError, SplitStream,
};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::bounds::{Bounds, decode_position};
use crate::catalogue::{CATALOGUE_TIME_MAX, Catalogue, Table};
use crate::engine::{Bind, Engine, TextRow};
use crate::settings::SqlOptions;
use crate::{changing, errors, quoting, reading, record, splits};

/// The tables of one database.
///
/// * A table is a Collection, named as [`Source::collections`] lists it: `schema.table` in
///   PostgreSQL, `table` elsewhere, a name in double quotes where it is not a plain word.
///   A partitioned table is one Collection.
/// * Every column is in [`Collection::columns`], and a [`hemvist_source::RowBatch`] has a cell for
///   each. Binary columns: a key's, and every one of a table without a key, come as hexadecimal
///   text; any other is an empty cell when scanned (NULL stays NULL), because its content is not
///   fetched. [`Source::read_record`] gives all of them as hexadecimal text, so that Fingerprints
///   cover them.
/// * Cells have the same text in Batches and in [`Source::read_record`], except for those.
/// * A table or column that the user may not read makes the Collection `Kind::Denied`: rows are
///   never left out silently. In MariaDB a table without any right is invisible.
/// * Reading uses connections that cannot write. A change uses a connection of its own, opened by
///   the first change.
pub struct SqlSource<E> {
    engine: Arc<E>,
    cache: Arc<Cache>,
    options: SqlOptions,
}

type Cache = Mutex<Option<(Instant, Arc<Catalogue>)>>;

impl<E> Clone for SqlSource<E> {
    fn clone(&self) -> Self {
        Self {
            engine: Arc::clone(&self.engine),
            cache: Arc::clone(&self.cache),
            options: self.options,
        }
    }
}

impl<E: Engine> SqlSource<E> {
    pub(crate) fn new(engine: E, options: SqlOptions) -> Self {
        Self {
            engine: Arc::new(engine),
            cache: Arc::default(),
            options,
        }
    }

    pub(crate) fn engine(&self) -> &Arc<E> {
        &self.engine
    }

    /// The few rows that a statement gives to a reader. A connection on which it failed, or on which
    /// nobody answers, is not given back.
    pub(crate) async fn rows(
        &self,
        sql: String,
        binds: &[Bind],
    ) -> Result<Vec<TextRow>, SourceError> {
        let mut connection = self.engine.reader().await?;
        let rows = reading::answered(E::rows(&mut connection, sql, binds)).await;
        if rows.is_err() {
            E::discard(connection);
        }
        rows
    }

    async fn catalogue(&self, fresh: bool) -> Result<Arc<Catalogue>, SourceError> {
        let mut cache = self.cache.lock().await;
        if let Some((read, catalogue)) = &*cache
            && !fresh
            && read.elapsed() < CATALOGUE_TIME_MAX
        {
            return Ok(Arc::clone(catalogue));
        }
        let mut connection = self.engine.reader().await?;
        let catalogue = reading::answered(E::catalogue(&mut connection)).await;
        if catalogue.is_err() {
            E::discard(connection);
        }
        let catalogue = Arc::new(catalogue?);
        *cache = Some((Instant::now(), Arc::clone(&catalogue)));
        Ok(catalogue)
    }

    /// The table of that name, from a catalogue that is not old.
    pub(crate) async fn table(&self, name: &CollectionName) -> Result<Arc<Table>, SourceError> {
        for fresh in [false, true] {
            if let Some(table) = self.catalogue(fresh).await?.tables.get(name) {
                return Ok(Arc::clone(table));
            }
        }
        Err(self.absent(name).await)
    }

    /// Why a table is not in the catalogue: it may be there and not ours to read.
    async fn absent(&self, name: &CollectionName) -> SourceError {
        if !E::DIALECT.hides_denied {
            return errors::no_such_table();
        }
        let table = quoting::ident(E::DIALECT.quotes, &quoting::catalogue_name(name.as_str()));
        match self
            .rows(format!("SELECT 1 FROM {table} LIMIT 0"), &[])
            .await
        {
            Err(error) if error.kind() != Kind::NotFound => error,
            _ => errors::no_such_table(),
        }
    }

    /// An error that may come from an old catalogue, after a look into a fresh one.
    pub(crate) async fn explained(&self, name: &CollectionName, error: SourceError) -> SourceError {
        if !matches!(error.kind(), Kind::NotFound | Kind::Conflict) {
            return error;
        }
        match self.catalogue(true).await {
            Ok(catalogue) if !catalogue.tables.contains_key(name) => self.absent(name).await,
            _ => error,
        }
    }

    async fn explained_in<T>(
        &self,
        name: &CollectionName,
        result: Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => Err(self.explained(name, error).await),
        }
    }
}

#[async_trait]
impl<E: Engine> Source for SqlSource<E> {
    async fn probe(&self) -> Result<Capabilities, SourceError> {
        Ok(Capabilities {
            product: self.engine.probe().await?,
            conditional_writes: true,
            versions: false,
        })
    }

    async fn collections(&self) -> Result<Vec<Collection>, SourceError> {
        let catalogue = self.catalogue(true).await?;
        let tables = catalogue.tables.values();
        Ok(tables.map(|table| (*table.collection).clone()).collect())
    }

    async fn left_alone(&self) -> Result<Vec<(CollectionName, &'static str)>, SourceError> {
        Ok(self.catalogue(false).await?.left_alone.clone())
    }

    fn splits(&self, collection: &CollectionName) -> SplitStream {
        splits::cut(
            self.clone(),
            collection.clone(),
            self.options.split_rows.max(1),
        )
    }

    fn read(&self, split: &SplitSpec, resume: Option<&[u8]>) -> BatchStream {
        let bounds = Bounds::decode(&split.bounds).and_then(|mut bounds| {
            if let Some(resume) = resume {
                bounds.after = Some(decode_position(resume)?);
            }
            Ok(bounds)
        });
        reading::read(self.clone(), split.collection.clone(), bounds)
    }

    async fn read_record(
        &self,
        collection: &CollectionName,
        key: &RecordKey,
    ) -> Result<Option<RecordImage>, SourceError> {
        let row = record::read(self, collection, key).await;
        let row = self.explained_in(collection, row).await?;
        Ok(row.map(RecordImage::Row))
    }

    async fn change(
        &self,
        collection: &CollectionName,
        key: &RecordKey,
        expected: &Fingerprint,
        fingerprinter: &Fingerprinter,
        change: Change,
    ) -> Result<Changed, SourceError> {
        let order = changing::Order {
            collection: collection.clone(),
            key: key.clone(),
            expected: expected.digest,
            fingerprinter: fingerprinter.clone(),
        };
        let changed = changing::change(self.clone(), order, change).await;
        self.explained_in(collection, changed).await
    }
}
