//! Where people stand in stores.

use std::collections::{BTreeMap, BTreeSet};

/// Where one value of a person lies, as Locate names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) source: String,
    pub(crate) collection: String,
    /// [`UNKEYED`] for a row without a key.
    pub(crate) record: String,
    pub(crate) field: String,
    pub(crate) info_type: String,
}

/// By person.
pub(crate) type Places = BTreeMap<usize, BTreeSet<Place>>;

/// How the record of a row without a key begins.
pub(crate) const UNKEYED: &str = "row~";

/// A person, a Field in which they stand, and the kind of their value.
pub(crate) type Mention = (usize, String, &'static str);
