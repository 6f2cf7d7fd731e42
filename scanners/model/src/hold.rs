//! Reasons not to act.

use crate::{CollectionName, Date, HoldId, Pseudonym, SourceId};

/// A reason not to erase, with its legal basis and end date.
#[derive(Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// The legal basis in words, such as `bokföringslagen 7 kap. 2 §`.
    pub basis: String,
    /// The last day on which it holds.
    pub until: Date,
    /// The Source it is about.
    pub source: SourceId,
    /// One Collection of it, or all.
    pub collection: Option<CollectionName>,
    /// One Subject's data, by any of their Pseudonyms; or everybody's.
    pub pseudonym: Option<Pseudonym>,
}

impl Hold {
    /// Whether it forbids acting on a Record of this Collection that belongs to these Pseudonyms,
    /// on this day.
    #[must_use]
    pub fn applies(
        &self,
        source: &SourceId,
        collection: &CollectionName,
        subject: &[Pseudonym],
        today: Date,
    ) -> bool {
        self.until >= today
            && self.source == *source
            && self
                .collection
                .as_ref()
                .is_none_or(|held| held == collection)
            && self
                .pseudonym
                .as_ref()
                .is_none_or(|held| subject.contains(held))
    }
}
