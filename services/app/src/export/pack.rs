//! The files of a package, made piece by piece.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::channel::mpsc;
use futures::stream::BoxStream;
use futures::{SinkExt, StreamExt};
use hemvist_model::{
    CollectionName, Detection, ExportFile, ExportManifest, RecordKey, RegisteredSource, SourceId,
};
use hemvist_source::{RecordImage, Source, SourceError};
use sha2::{Digest, Sha256};

use super::entries::{Entry, examine_entries, examine_row, passage, row_entry};
use super::{ExportChunk, Records};
use crate::acting::{Acting, People};
use crate::crawl::Crawler;
use crate::plan::Rule;
use crate::{App, Error};

/// Bytes of a chunk, at most.
const CHUNK_BYTES: usize = 64 * 1024;
/// Batches of entries that wait to be packed.
const ENTRIES_WAITING: usize = 2;

/// One line of a data file.
#[derive(serde::Serialize)]
struct Line<'a> {
    collection: &'a str,
    record: &'a str,
    fields: &'a Entry,
}

/// Makes a package.
pub(super) struct Packer {
    app: App,
    acting: Acting,
    people: People,
    sources: VecDeque<(SourceId, VecDeque<(CollectionName, RecordKey)>)>,
    manifest: Option<ExportManifest>,
    file: Option<OpenFile>,
    reading: Option<Reading>,
}

/// The file that is being written.
struct OpenFile {
    source: Option<(Arc<dyn Source>, RegisteredSource)>,
    about: ExportFile,
    hash: Sha256,
    waiting: Vec<u8>,
}

/// The Record that is being read, in a task of its own that waits for us.
struct Reading {
    collection: CollectionName,
    record: String,
    entries: mpsc::Receiver<Result<Vec<Entry>, SourceError>>,
    any: bool,
}

impl Packer {
    pub(super) fn new(
        app: App,
        acting: Acting,
        records: Records,
        people: People,
        manifest: ExportManifest,
    ) -> Self {
        let sources = records
            .into_iter()
            .map(|(source, records)| (source, records.into_iter().collect()));
        let sources = sources.collect();
        Self {
            app,
            acting,
            people,
            sources,
            manifest: Some(manifest),
            file: None,
            reading: None,
        }
    }

    /// The next piece of the package.
    pub(super) async fn next(&mut self) -> Result<Option<ExportChunk>, Error> {
        loop {
            if let Some(chunk) = self.full_chunk() {
                return Ok(Some(chunk));
            }
            if self.reading.is_some() {
                self.read_on().await?;
                continue;
            }
            let Some((source, records)) = self.sources.front_mut() else {
                return self.manifest_chunk();
            };
            if self.file.is_none() {
                let source = source.clone();
                self.file = Some(self.open_file(&source).await?);
                continue;
            }
            match records.pop_front() {
                Some((collection, key)) => self.begin(collection, key),
                None => {
                    self.sources.pop_front();
                    return Ok(self.close_file());
                }
            }
        }
    }

    async fn open_file(&self, source: &SourceId) -> Result<OpenFile, Error> {
        let opened = match self.app.store().source(source).await? {
            Some(registered) => self
                .app
                .open(&registered)
                .await
                .ok()
                .map(|source| (source, registered)),
            None => None,
        };
        let name = format!("data/{source}.ndjson");
        let about = ExportFile {
            name,
            records: 0,
            bytes: 0,
            sha256: String::new(),
        };
        Ok(OpenFile {
            source: opened,
            about,
            hash: Sha256::new(),
            waiting: Vec::new(),
        })
    }

    /// Begins to read a Record. One that cannot be read is counted, not lost in silence.
    fn begin(&mut self, collection: CollectionName, key: RecordKey) {
        let Some((source, registered)) = self.file.as_ref().and_then(|file| file.source.as_ref())
        else {
            return self.count_unread();
        };
        let (sender, entries) = mpsc::channel(ENTRIES_WAITING);
        // A key may name somebody else.
        let judge = |detection: &Detection| passage(&self.acting, detection);
        let record = self.app.crawler().hide_in(&key.expose(), &judge);
        let (source, rule) = (Arc::clone(source), Rule::of(registered, &collection));
        let place = (registered.id.clone(), collection.clone());
        let people = self.people.get(&place).cloned().unwrap_or_default();
        let reader = Reader {
            crawler: self.app.crawler().among(people),
            acting: self.acting.clone(),
            source,
            rule,
        };
        let name = collection.clone();
        tokio::spawn(async move { reader.read(&name, &key, sender).await });
        self.reading = Some(Reading {
            collection,
            record,
            entries,
            any: false,
        });
    }

    async fn read_on(&mut self) -> Result<(), Error> {
        let Some(reading) = &mut self.reading else {
            return Ok(());
        };
        match reading.entries.next().await {
            Some(Ok(entries)) => {
                reading.any |= !entries.is_empty();
                let Some(file) = &mut self.file else {
                    return Ok(());
                };
                for entry in &entries {
                    let line = Line {
                        collection: reading.collection.as_str(),
                        record: &reading.record,
                        fields: entry,
                    };
                    serde_json::to_writer(&mut file.waiting, &line)
                        .map_err(|_| Error::internal("a line of an export could not be written"))?;
                    file.waiting.push(b'\n');
                }
            }
            Some(Err(error)) => {
                tracing::warn!(kind = ?error.kind(), "a record could not be read for an export");
                self.reading = None;
                self.count_unread();
            }
            None => {
                let any = reading.any;
                self.reading = None;
                match (any, &mut self.file) {
                    (true, Some(file)) => file.about.records += 1,
                    _ => self.count_unread(),
                }
            }
        }
        Ok(())
    }

    fn count_unread(&mut self) {
        if let Some(manifest) = &mut self.manifest {
            manifest.unread += 1;
        }
    }

    /// A chunk of full size, once so much waits.
    fn full_chunk(&mut self) -> Option<ExportChunk> {
        let file = self.file.as_mut()?;
        if file.waiting.len() <= CHUNK_BYTES {
            return None;
        }
        let rest = file.waiting.split_off(CHUNK_BYTES);
        let bytes = std::mem::replace(&mut file.waiting, rest);
        Some(file.chunk(bytes, false))
    }

    fn close_file(&mut self) -> Option<ExportChunk> {
        let mut file = self.file.take()?;
        let bytes = std::mem::take(&mut file.waiting);
        let chunk = file.chunk(bytes, true);
        file.about.sha256 = crate::ids::hex(&file.hash.finalize());
        if let Some(manifest) = &mut self.manifest {
            manifest.files.push(file.about);
        }
        Some(chunk)
    }

    /// The manifest ends the package. It is small: a line for each Source.
    fn manifest_chunk(&mut self) -> Result<Option<ExportChunk>, Error> {
        let Some(manifest) = self.manifest.take() else {
            return Ok(None);
        };
        let bytes = serde_json::to_vec_pretty(&manifest)
            .map_err(|_| Error::internal("the manifest of an export could not be written"))?;
        Ok(Some(ExportChunk {
            file_name: "manifest.json".to_owned(),
            bytes,
            last: true,
        }))
    }
}

impl OpenFile {
    fn chunk(&mut self, bytes: Vec<u8>, last: bool) -> ExportChunk {
        self.hash.update(&bytes);
        self.about.bytes += bytes.len() as u64;
        ExportChunk {
            file_name: self.about.name.clone(),
            bytes,
            last,
        }
    }
}

/// Reads Records for an export.
struct Reader {
    crawler: Crawler,
    acting: Acting,
    source: Arc<dyn Source>,
    rule: Rule,
}

type Entries = mpsc::Sender<Result<Vec<Entry>, SourceError>>;

impl Reader {
    async fn read(&self, collection: &CollectionName, key: &RecordKey, mut entries: Entries) {
        if let Err(error) = self.try_read(collection, key, &mut entries).await {
            // Nobody listens any more when the export was dropped.
            _ = entries.send(Err(error)).await;
        }
    }

    async fn try_read(
        &self,
        collection: &CollectionName,
        key: &RecordKey,
        entries: &mut Entries,
    ) -> Result<(), SourceError> {
        let crawler = &self.crawler;
        match self.source.read_record(collection, key).await? {
            None => {}
            Some(RecordImage::Row(row)) => {
                let places = crawler.row(&row, &examine_row(self.acting.clone())).await?;
                _ = entries
                    .send(Ok(row_entry(&row, &places, &self.rule)
                        .into_iter()
                        .collect()))
                    .await;
            }
            Some(RecordImage::Object(object)) => {
                let examine = examine_entries(self.acting.clone());
                let waiting = Arc::new(Mutex::new(Vec::new()));
                let content = send_before_each(object.content, &waiting, entries);
                let mut gather = |batch: Vec<Entry>| lock(&waiting).extend(batch);
                crawler
                    .object(key, content, &mut |_| {}, &examine, &mut gather)
                    .await?;
                let rest = std::mem::take(&mut *lock(&waiting));
                _ = entries.send(Ok(rest)).await;
            }
        }
        Ok(())
    }
}

/// Lets a piece of an object in only when the entries of the pieces before it are on their way,
/// so that no more than one piece's entries wait.
fn send_before_each(
    content: BoxStream<'static, Result<Bytes, SourceError>>,
    waiting: &Arc<Mutex<Vec<Entry>>>,
    entries: &Entries,
) -> BoxStream<'static, Result<Bytes, SourceError>> {
    let (waiting, entries) = (Arc::clone(waiting), entries.clone());
    let sent = content.then(move |piece| {
        let ready = std::mem::take(&mut *lock(&waiting));
        let mut entries = entries.clone();
        async move {
            if !ready.is_empty() {
                // Nobody listens any more when the export was dropped.
                _ = entries.send(Ok(ready)).await;
            }
            piece
        }
    });
    sent.boxed()
}

fn lock(waiting: &Mutex<Vec<Entry>>) -> MutexGuard<'_, Vec<Entry>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
