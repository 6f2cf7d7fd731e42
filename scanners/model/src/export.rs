//! The package of one Subject's data.

use crate::{ControllerId, Coverage, ExportId, SourceId, Timestamp};

/// What the package holds, file by file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportManifest {
    /// Its id.
    pub export: ExportId,
    /// For whom the data is held.
    pub controller: ControllerId,
    /// When it was made.
    pub created: Timestamp,
    /// The files, in order.
    pub files: Vec<ExportFile>,
    /// What the index had looked at, per Source.
    pub coverage: Vec<(SourceId, Coverage)>,
    /// Records that were found in the index and could not be read again.
    pub unread: u64,
    /// Findings under the acting threshold, which are not in the package.
    pub candidates: u64,
}

/// One file of the package.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportFile {
    /// Its generated name.
    pub name: String,
    /// How many Records.
    pub records: u64,
    /// How many bytes.
    pub bytes: u64,
    /// SHA-256 in hex.
    pub sha256: String,
}
