//! Where data lies: Source + Collection + Record + Field + ByteRange.

use crate::SourceId;

/// A half-open range of byte offsets.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct ByteRange {
    /// First byte.
    pub start: u64,
    /// One past the last byte; never below `start`.
    pub end: u64,
}

impl ByteRange {
    /// The range from `start` up to, not including, `end`.
    #[must_use]
    pub fn new(start: u64, end: u64) -> Self {
        debug_assert!(start <= end, "a range that ends before it starts");
        Self { start, end }
    }

    /// How many bytes it covers.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Whether the two share a byte.
    #[must_use]
    pub fn overlaps(self, other: ByteRange) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// A Collection's name as its Source lists it: a table with its schema, a bucket, a tree.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct CollectionName(pub String);

impl CollectionName {
    /// Wraps the name that a Source gave.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for CollectionName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// A named place in a Record: a column, a CSV column, a JSON path, `body`, or `#key` for the
/// Record's own key.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct FieldPath(pub String);

impl FieldPath {
    /// The Field of a text that has no fields of its own.
    pub const BODY: &'static str = "body";
    /// The Field that is the Record's own key (an object's key may be a name).
    pub const KEY: &'static str = "#key";

    /// Wraps a path.
    pub fn new(path: impl Into<String>) -> Self {
        Self(path.into())
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What addresses one Record inside its Collection. May itself be personal data (a key may be a
/// name), so it has no `Debug`, `Display` or `Serialize`; at rest it is sealed.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecordKey {
    /// A row by the text of its key columns, in the key's order.
    Row(Vec<String>),
    /// A row of a table without a key: a digest of all its values.
    Unkeyed([u8; 32]),
    /// An object by its key, and its version where the store keeps versions.
    Object {
        /// The key's bytes, exactly as the store holds them.
        key: Vec<u8>,
        /// The version id, where the store keeps versions.
        version: Option<String>,
    },
}

impl RecordKey {
    /// The key for showing to an authorised caller. Named loudly: it may be personal data.
    #[must_use]
    pub fn expose(&self) -> String {
        match self {
            RecordKey::Row(values) => values.join(","),
            RecordKey::Unkeyed(digest) => {
                let hex: String = digest
                    .iter()
                    .take(8)
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                format!("row~{hex}")
            }
            RecordKey::Object { key, .. } => String::from_utf8_lossy(key).into_owned(),
        }
    }

    /// The key as bytes, for sealing and hashing. Injective; [`RecordKey::decode`] reads it back.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            RecordKey::Row(values) => {
                let mut bytes = vec![b'r'];
                for value in values {
                    push_bytes(&mut bytes, value.as_bytes());
                }
                bytes
            }
            RecordKey::Unkeyed(digest) => [b"u".as_slice(), digest].concat(),
            RecordKey::Object { key, version } => {
                let mut bytes = vec![b'o'];
                push_bytes(&mut bytes, key);
                if let Some(version) = version {
                    push_bytes(&mut bytes, version.as_bytes());
                }
                bytes
            }
        }
    }

    /// Reads what [`RecordKey::encode`] wrote; `None` for anything else.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        match kind {
            b'r' => {
                let values = take_all(rest)?;
                let values = values
                    .into_iter()
                    .map(|value| String::from_utf8(value.to_vec()));
                Some(RecordKey::Row(values.collect::<Result<_, _>>().ok()?))
            }
            b'u' => Some(RecordKey::Unkeyed(rest.try_into().ok()?)),
            b'o' => match take_all(rest)?.as_slice() {
                [key] => Some(RecordKey::Object {
                    key: key.to_vec(),
                    version: None,
                }),
                [key, version] => Some(RecordKey::Object {
                    key: key.to_vec(),
                    version: Some(String::from_utf8(version.to_vec()).ok()?),
                }),
                _ => None,
            },
            _ => None,
        }
    }
}

fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
}

fn take_all(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut values = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        values.push(rest.get(..length)?);
        bytes = rest.get(length..)?;
    }
    Some(values)
}

/// Where a piece of personal data lies. Itself personal data.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    /// The registered store.
    pub source: SourceId,
    /// The table, bucket or tree.
    pub collection: CollectionName,
    /// The row or object.
    pub record: RecordKey,
    /// The place in the Record.
    pub field: FieldPath,
    /// The first place in the Field, as offsets in the original bytes.
    pub range: ByteRange,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_keys_read_back_and_are_distinct() {
        let object = |key: &str, version: Option<&str>| RecordKey::Object {
            key: key.into(),
            version: version.map(Into::into),
        };
        let keys = [
            RecordKey::Row(vec![]),
            RecordKey::Row(vec!["1".into()]),
            RecordKey::Row(vec!["1".into(), "2".into()]),
            RecordKey::Row(vec!["12".into()]),
            RecordKey::Unkeyed([7; 32]),
            object("a//b", None),
            object("a/b", None),
            object("å\n\"", Some("v1")),
            object("", Some("")),
            object("", None),
        ];
        for (i, key) in keys.iter().enumerate() {
            assert!(
                RecordKey::decode(&key.encode()).as_ref() == Some(key),
                "{i}"
            );
            for other in keys.iter().skip(i + 1) {
                assert!(key.encode() != other.encode(), "{i}");
            }
        }
        assert!(RecordKey::decode(b"").is_none());
        assert!(RecordKey::decode(b"r\0\0\0\x09x").is_none());
    }
}
