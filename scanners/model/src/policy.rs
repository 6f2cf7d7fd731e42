//! What a Collection declares about itself: whose rows it holds and what may be done to them.

use crate::{CollectionName, InfoType};

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

/// What erasing does to a Record of this Collection.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RecordPolicy {
    /// Delete the Record when it is the person's, mask when it only mentions them.
    #[default]
    Auto,
    /// Delete the Record (row, line or object) whenever the person is in it.
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
