//! What a [`super::MemorySource`] holds, and how one Record of it is read and changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use hemvist_model::{CollectionName, Fingerprint, RecordKey};

use super::{AtCall, Row};
use crate::{
    Change, Changed, Collection, Column, Fingerprinter, Kind, ObjectRecord, RecordImage, Rewrite,
    RowKey, RowRecord, SourceError, row_digest,
};

/// A rewriting is given pieces of this size, so that it must join what a piece cuts.
const REWRITE_PIECE_BYTES: usize = 1024;

#[derive(Default)]
pub(super) struct State {
    pub(super) collections: BTreeMap<String, Content>,
    pub(super) calls: u64,
    pub(super) at_call: BTreeMap<u64, Vec<AtCall>>,
    pub(super) denied: bool,
    pub(super) answer: Option<Changed>,
    /// The next row's place, or object's state: never given twice.
    next: u64,
}

pub(super) enum Content {
    Table(Table),
    Bucket(BTreeMap<Vec<u8>, Object>),
}

pub(super) struct Table {
    pub(super) collection: Arc<Collection>,
    key_columns: usize,
    /// By the place where each was put, which bounds Splits and never addresses a row.
    pub(super) rows: BTreeMap<u64, Row>,
}

pub(super) struct Object {
    pub(super) state: u64,
    pub(super) bytes: Bytes,
}

impl Table {
    fn key(&self, row: &Row) -> RecordKey {
        if self.key_columns == 0 {
            return RecordKey::Unkeyed(row_digest(row.iter().map(Option::as_deref)));
        }
        let text = |cell: &Option<Vec<u8>>| {
            String::from_utf8_lossy(cell.as_deref().unwrap_or_default()).into_owned()
        };
        RecordKey::Row(row.iter().take(self.key_columns).map(text).collect())
    }

    /// Where the rows that answer to this key are.
    fn places(&self, key: &RecordKey) -> Vec<u64> {
        let answers = self.rows.iter().filter(|(_, row)| self.key(row) == *key);
        answers.map(|(place, _)| *place).collect()
    }

    fn change(
        &mut self,
        key: &RecordKey,
        expected: &Fingerprint,
        fingerprinter: &Fingerprinter,
        change: Change,
    ) -> Result<Changed, SourceError> {
        let place = match self.places(key).as_slice() {
            [] => return Ok(Changed::Gone),
            [place] => *place,
            _ => return Ok(Changed::Unverifiable("several rows are equal")),
        };
        let Some(row) = self.rows.get_mut(&place) else {
            return Ok(Changed::Gone);
        };
        if fingerprinter.row(row.iter().map(Option::as_deref)) != *expected {
            return Ok(Changed::FingerprintDiffers);
        }
        match change {
            Change::DeleteRow => {
                self.rows.remove(&place);
            }
            Change::SetFields(fields) => {
                let mut new = row.clone();
                for (name, value) in fields {
                    let columns = &self.collection.columns;
                    let Some(index) = columns.iter().position(|column| column.name == name) else {
                        return Err(SourceError::new(Kind::Unsupported, "no such column"));
                    };
                    new[index] = value;
                }
                *row = new;
            }
            Change::DeleteObject | Change::RewriteObject(_) => return Err(wrong_kind()),
        }
        Ok(Changed::Done)
    }
}

fn wrong_kind() -> SourceError {
    SourceError::new(
        Kind::Unsupported,
        "a row and an object are changed in different ways",
    )
}

impl Object {
    fn store_version(&self) -> String {
        format!("state {}", self.state)
    }

    fn fingerprint(&self, fingerprinter: &Fingerprinter, marked: bool) -> Fingerprint {
        let mut fingerprint = fingerprinter.object();
        fingerprint.update(&self.bytes);
        fingerprint.finish(marked.then(|| self.store_version()))
    }

    fn rewritten(&self, mut rewrite: Rewrite) -> Result<Vec<u8>, &'static str> {
        let mut new = Vec::new();
        for piece in self.bytes.chunks(REWRITE_PIECE_BYTES) {
            new.extend(rewrite(Some(piece))?);
        }
        new.extend(rewrite(None)?);
        Ok(new)
    }
}

impl State {
    fn next(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(super) fn put_table(
        &mut self,
        name: &str,
        columns: Vec<Column>,
        key_columns: usize,
        rows: Vec<Row>,
    ) {
        let key = columns
            .iter()
            .take(key_columns)
            .map(|column| column.name.clone());
        let row_key = match key_columns {
            0 => RowKey::WholeRow,
            _ => RowKey::Columns(key.collect()),
        };
        let collection = Arc::new(Collection {
            name: CollectionName::new(name),
            records_estimate: Some(rows.len() as u64),
            columns: columns.into(),
            row_key: Some(row_key),
            referenced_by: Vec::new(),
        });
        let rows = rows.into_iter().map(|row| (self.next(), row)).collect();
        let table = Table {
            collection,
            key_columns,
            rows,
        };
        self.collections
            .insert(name.to_owned(), Content::Table(table));
    }

    pub(super) fn put_row(&mut self, table: &str, row: Row) {
        let place = self.next();
        let Some(Content::Table(table)) = self.collections.get_mut(table) else {
            panic!("a row for a table that was not made");
        };
        let same = match table.key_columns {
            0 => None,
            _ => table.places(&table.key(&row)).first().copied(),
        };
        table.rows.insert(same.unwrap_or(place), row);
    }

    pub(super) fn bucket(&mut self, name: &str) -> &mut BTreeMap<Vec<u8>, Object> {
        let made = self.collections.entry(name.to_owned());
        match made.or_insert_with(|| Content::Bucket(BTreeMap::new())) {
            Content::Bucket(objects) => objects,
            Content::Table(_) => panic!("an object for a table"),
        }
    }

    pub(super) fn put_object(&mut self, bucket: &str, key: &[u8], bytes: &[u8]) {
        let object = Object {
            state: self.next(),
            bytes: Bytes::copy_from_slice(bytes),
        };
        self.bucket(bucket).insert(key.to_vec(), object);
    }

    pub(super) fn remove_record(&mut self, collection: &str, key: &RecordKey) {
        match (self.collections.get_mut(collection), key) {
            (Some(Content::Table(table)), key) => {
                for place in table.places(key) {
                    table.rows.remove(&place);
                }
            }
            (Some(Content::Bucket(objects)), RecordKey::Object { key, .. }) => {
                objects.remove(key);
            }
            _ => {}
        }
    }

    pub(super) fn rows(&self, table: &str) -> Vec<Row> {
        match self.collections.get(table) {
            Some(Content::Table(table)) => table.rows.values().cloned().collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn objects(&self, bucket: &str) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let Some(Content::Bucket(objects)) = self.collections.get(bucket) else {
            return BTreeMap::new();
        };
        let object = |(key, object): (&Vec<u8>, &Object)| (key.clone(), object.bytes.to_vec());
        objects.iter().map(object).collect()
    }

    pub(super) fn listed(&self) -> Vec<Collection> {
        let listed = |(name, content): (&String, &Content)| match content {
            Content::Table(table) => Collection {
                records_estimate: Some(table.rows.len() as u64),
                ..(*table.collection).clone()
            },
            Content::Bucket(objects) => Collection {
                name: CollectionName::new(name.clone()),
                records_estimate: Some(objects.len() as u64),
                columns: Arc::default(),
                row_key: None,
                referenced_by: Vec::new(),
            },
        };
        self.collections.iter().map(listed).collect()
    }

    pub(super) fn content(&self, collection: &CollectionName) -> Result<&Content, SourceError> {
        let content = self.collections.get(collection.as_str());
        content.ok_or_else(|| SourceError::new(Kind::NotFound, "the Collection is gone"))
    }

    pub(super) fn image(
        &self,
        collection: &CollectionName,
        key: &RecordKey,
    ) -> Result<Option<RecordImage>, SourceError> {
        Ok(match (self.content(collection)?, key) {
            (Content::Table(table), key) => {
                let places = table.places(key);
                let row = places.first().and_then(|place| table.rows.get(place));
                row.map(|row| {
                    RecordImage::Row(RowRecord {
                        collection: Arc::clone(&table.collection),
                        cells: row.clone(),
                        rows: places.len() as u64,
                    })
                })
            }
            (Content::Bucket(objects), RecordKey::Object { key, version: None }) => {
                objects.get(key).map(|object| {
                    RecordImage::Object(ObjectRecord {
                        store_version: object.store_version(),
                        bytes: object.bytes.len() as u64,
                        content: futures::stream::iter([Ok(object.bytes.clone())]).boxed(),
                    })
                })
            }
            (Content::Bucket(_), _) => None,
        })
    }

    pub(super) fn change(
        &mut self,
        collection: &CollectionName,
        key: &RecordKey,
        expected: &Fingerprint,
        fingerprinter: &Fingerprinter,
        change: Change,
    ) -> Result<Changed, SourceError> {
        if let Some(answer) = &self.answer {
            return Ok(answer.clone());
        }
        let state = self.next();
        let objects = match (self.collections.get_mut(collection.as_str()), key) {
            (Some(Content::Table(table)), key) => {
                return table.change(key, expected, fingerprinter, change);
            }
            (Some(Content::Bucket(objects)), RecordKey::Object { key, version: None }) => {
                (objects, key)
            }
            (Some(Content::Bucket(_)), _) => return Ok(Changed::Gone),
            (None, _) => return Err(SourceError::new(Kind::NotFound, "the Collection is gone")),
        };
        let (objects, key) = objects;
        let Some(object) = objects.get_mut(key) else {
            return Ok(Changed::Gone);
        };
        if object.fingerprint(fingerprinter, expected.store_version.is_some()) != *expected {
            return Ok(Changed::FingerprintDiffers);
        }
        match change {
            Change::DeleteObject => {
                objects.remove(key);
            }
            Change::RewriteObject(rewrite) => match object.rewritten(rewrite) {
                Err(why) => return Ok(Changed::Unverifiable(why)),
                Ok(new) => {
                    *object = Object {
                        state,
                        bytes: new.into(),
                    };
                }
            },
            Change::DeleteRow | Change::SetFields(_) => return Err(wrong_kind()),
        }
        Ok(Changed::Done)
    }
}
