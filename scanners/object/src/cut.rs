//! Cuts a listing into Splits as it comes.

use hemvist_model::{CollectionName, SplitSpec};

use crate::list::{self, Entry};

/// Objects to a Split: enough that leasing it costs little next to reading it.
const SPLIT_OBJECTS_MAX: u64 = 2_000;
/// Bytes of objects to a Split, so that a Split is seconds of work; a larger object is alone.
const SPLIT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Bytes that the list of a Split's keys may take in the database.
const BOUNDS_BYTES_MAX: usize = 256 * 1024;

/// How large a Split may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SplitLimits {
    /// Objects to a Split.
    pub objects_max: u64,
    /// Bytes of objects to a Split; a larger object is alone in its Split.
    pub bytes_max: u64,
}

impl Default for SplitLimits {
    fn default() -> Self {
        Self {
            objects_max: SPLIT_OBJECTS_MAX,
            bytes_max: SPLIT_BYTES_MAX,
        }
    }
}

/// Gathers listed objects until a Split is full.
pub(crate) struct Cutter {
    collection: CollectionName,
    limits: SplitLimits,
    entries: Vec<Entry>,
    bytes: u64,
    key_bytes: usize,
}

impl Cutter {
    pub(crate) fn new(collection: CollectionName, limits: SplitLimits) -> Self {
        Self {
            collection,
            limits,
            entries: Vec::new(),
            bytes: 0,
            key_bytes: 0,
        }
    }

    /// Takes the next object of `bytes` bytes; gives the Split that it no longer fits into.
    pub(crate) fn push(&mut self, entry: Entry, bytes: u64) -> Option<SplitSpec> {
        let version_bytes = entry.version.as_ref().map_or(0, String::len);
        let full = self.entries.len() as u64 >= self.limits.objects_max
            || self.bytes.saturating_add(bytes) > self.limits.bytes_max
            || self.key_bytes + entry.key.len() + version_bytes > BOUNDS_BYTES_MAX;
        let split = if full { self.finish() } else { None };
        self.bytes = self.bytes.saturating_add(bytes);
        self.key_bytes += entry.key.len() + version_bytes;
        self.entries.push(entry);
        split
    }

    /// The Split of what is left, if anything is.
    pub(crate) fn finish(&mut self) -> Option<SplitSpec> {
        let mut entries = std::mem::take(&mut self.entries);
        (self.bytes, self.key_bytes) = (0, 0);
        // Keys in order are short to write, and files in order are near each other on disk.
        entries.sort();
        let (mut bounds, mut before) = (Vec::new(), &[][..]);
        for entry in &entries {
            list::push(&mut bounds, before, entry);
            before = &entry.key;
        }
        (!entries.is_empty()).then(|| SplitSpec {
            collection: self.collection.clone(),
            bounds,
            records: Some(entries.len() as u64),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(objects: &[(usize, u64)], expected: &[u64]) {
        let limits = SplitLimits {
            objects_max: 3,
            bytes_max: 100,
        };
        let mut cutter = Cutter::new(CollectionName::new("files"), limits);
        let mut splits = Vec::new();
        for (key_bytes, bytes) in objects {
            let entry = Entry {
                key: vec![b'x'; *key_bytes],
                version: None,
            };
            splits.extend(cutter.push(entry, *bytes));
        }
        splits.extend(cutter.finish());
        let counts: Vec<u64> = splits.iter().filter_map(|split| split.records).collect();
        assert_eq!(counts, expected);
        assert!(cutter.finish().is_none());
    }

    #[test]
    fn a_split_is_bounded_in_objects_bytes_and_keys() {
        check(&[], &[]);
        check(&[(1, 1); 7], &[3, 3, 1]);
        check(&[(1, 60), (1, 40), (1, 1)], &[2, 1]);
        check(&[(1, 1), (1, 500), (1, 1), (1, 1)], &[1, 1, 2]);
        check(&[(BOUNDS_BYTES_MAX / 2, 0); 3], &[2, 1]);
    }
}
