//! What a Collection declares about itself: whose rows it holds and what may be done to them.

use crate::{CollectionName, InfoType, SourceId};

/// A declaration: in this Collection one row is one person, and these Fields identify them.
/// Nothing else ever creates a Link.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentitySource {
    /// The table.
    pub collection: CollectionName,
    /// Field name and the InfoType it holds.
    pub fields: Vec<(String, InfoType)>,
}

/// An identity source that links nothing, or less than it was declared for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The store.
    pub source: SourceId,
    /// The declared Collection.
    pub collection: CollectionName,
    /// What is wrong with it.
    pub reason: ContradictionReason,
}

/// What contradicts a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContradictionReason {
    /// So many rows are several people's; the Collection links nobody.
    SeveralPeople(u64),
    /// The Collection was not there when its Source was listed last.
    NoCollection,
    /// This Field was not there when its Source was listed last.
    NoField(String),
}

/// What erasing does to a Record of this Collection.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RecordPolicy {
    /// Delete the Record when it is the person's, mask when it only mentions them.
    #[default]
    Auto,
    /// Delete the row or line whenever the person is in it, but not where another person's identity
    /// number stands, and the object when nobody else stands in it.
    Delete,
    /// Never delete: null or mask what identifies the person.
    Mask,
    /// Never change; say so in the Receipt.
    Keep,
}

/// The erasure policy of one Collection.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectionPolicy {
    /// The table, bucket or tree.
    pub collection: CollectionName,
    /// What erasing does to its Records.
    pub records: RecordPolicy,
    /// When a Record is masked: these Fields are cleared too, though they hold no identifier
    /// (a name, a free text).
    pub clear_fields: Vec<String>,
}

/// A declaration that something is left alone: neither searched nor erased, and named in every
/// Receipt as what it says nothing about.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// The table, bucket or tree.
    pub collection: CollectionName,
    /// Which of its objects (by key) or columns (by name); `*` stands for any text. `None`: all of
    /// the Collection.
    pub pattern: Option<String>,
}

impl Exclusion {
    /// Whether all of this Collection is left alone.
    #[must_use]
    pub fn is_whole(&self, collection: &CollectionName) -> bool {
        self.collection == *collection && self.pattern.is_none()
    }

    /// Whether the object of this key, or the column of this name, is left alone.
    #[must_use]
    pub fn fits(&self, collection: &CollectionName, name: &[u8]) -> bool {
        let fits = |pattern: &String| fits(pattern.as_bytes(), name);
        self.collection == *collection && self.pattern.as_ref().is_none_or(fits)
    }
}

/// Whether the name is what the pattern says: its first piece at the beginning, its last at the
/// end, the others between them in order. Never goes back, whatever the pattern.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let mut pieces = pattern.split(|byte| *byte == b'*');
    let Some(mut rest) = name.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    let Some(last) = pieces.next_back() else {
        return rest.is_empty();
    };
    for piece in pieces.filter(|piece| !piece.is_empty()) {
        let Some(at) = rest.windows(piece.len()).position(|some| some == piece) else {
            return false;
        };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, name: &str, expected: bool) {
        assert_eq!(fits(pattern.as_bytes(), name.as_bytes()), expected);
    }

    #[test]
    fn a_star_stands_for_any_text() {
        check("photo.jpg", "photo.jpg", true);
        check("photo.jpg", "photo.jpg2", false);
        check("*.jpg", "a/b.jpg", true);
        check("*.jpg", "a/b.JPG", false);
        check("images/*", "images/a", true);
        check("images/*", "old/images/a", false);
        check("*", "", true);
        check("", "a", false);
        check("a*b*c", "a-b-b-c", true);
        check("a*b*c", "ac", false);
        check("ab*ba", "aba", false);
        check("a**b", "ab", true);
    }

    #[test]
    fn an_exclusion_is_of_one_collection() {
        let (photos, rest) = (CollectionName::new("photos"), CollectionName::new("rest"));
        let some = Exclusion {
            collection: photos.clone(),
            pattern: Some("*.jpg".to_owned()),
        };
        assert!(some.fits(&photos, b"a.jpg") && !some.fits(&photos, b"a.txt"));
        assert!(!some.fits(&rest, b"a.jpg") && !some.is_whole(&photos));
        let all = Exclusion {
            pattern: None,
            ..some
        };
        assert!(all.is_whole(&photos) && all.fits(&photos, b"a.txt") && !all.is_whole(&rest));
    }
}
