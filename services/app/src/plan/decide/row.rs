//! Rows: delete the person's, null, mask or redact what only mentions them.

use std::collections::BTreeMap;

use hemvist_model::{Action, Edit, FieldChange, FieldPath, RecordPolicy, RecordRef};
use hemvist_source::{Column, ColumnKind};

use super::{Decision, MASK, Rule};
use crate::acting::Whose;
use crate::plan::effect::merged;
use crate::plan::look::{Others, Place};

/// Bytes of the record reference in a mask that must be unique.
const UNIQUE_MASK_BYTES: usize = 8;

/// A row as it was read again.
pub(crate) struct RowFacts<'a> {
    pub(crate) columns: &'a [Column],
    pub(crate) cells: &'a [Option<Vec<u8>>],
    /// How many rows answer to the key.
    pub(crate) rows: u64,
    pub(crate) record_ref: RecordRef,
    pub(crate) places: &'a [Place],
}

/// Whether a declared identity source says that the row is the Subject's, and no other person's
/// identity number contradicts it. Then what fills another declared Field is theirs too, though
/// no Link says so.
pub(crate) fn is_own_row(places: &[Place], rule: &Rule) -> bool {
    let identified = places
        .iter()
        .any(|place| place.whose == Whose::Subject && identifies(place, rule));
    identified && places.iter().all(|place| place.whose != Whose::OtherAnchor)
}

/// Decides about a row in which the Subject stands.
pub(crate) fn decide_row(row: &RowFacts<'_>, rule: &Rule) -> Decision {
    if row.rows > 1 {
        return Decision::unverifiable(
            "the table has no key and holds several rows that are equal: no single one can be addressed",
        );
    }
    let mut others = Others::default();
    row.places.iter().for_each(|place| others.add(place.whose));
    let identity = row.subjects().any(|place| identifies(place, rule));
    let belongs = identity || (!others.any() && row.subjects().any(|place| place.whole));
    match rule.policy {
        RecordPolicy::Mask => row.mask(rule, "the collection's policy is MASK"),
        _ if others.anchor => row.mask(
            rule,
            "another person's identity number stands in the row too",
        ),
        RecordPolicy::Delete => {
            Decision::act(Action::DeleteRow, "the collection's policy is DELETE")
        }
        _ if identity => Decision::act(
            Action::DeleteRow,
            "the row is the person's by a declared identity source",
        ),
        _ if belongs => Decision::act(
            Action::DeleteRow,
            "a field of the row is the person's, and nobody else stands in it",
        ),
        _ => row.mask(rule, "the row only mentions the person"),
    }
}

/// Whether a declared identifying Field is filled by this.
pub(crate) fn identifies(place: &Place, rule: &Rule) -> bool {
    place.whole
        && rule.identifying.iter().any(|(field, info_type)| {
            *field == place.field.as_str() && *info_type == place.info_type
        })
}

impl<'a> RowFacts<'a> {
    fn subjects(&self) -> impl Iterator<Item = &'a Place> {
        self.places
            .iter()
            .filter(|place| place.whose == Whose::Subject)
    }

    /// Also what fills a declared column of the Subject's own row, though no Link says so.
    fn theirs<'r>(&self, rule: &'r Rule) -> impl Iterator<Item = &'a Place> + use<'a, 'r> {
        let own = is_own_row(self.places, rule);
        self.places
            .iter()
            .filter(move |place| place.whose == Whose::Subject || (own && identifies(place, rule)))
    }

    fn mask(&self, rule: &Rule, why: &str) -> Decision {
        let mut by_column: BTreeMap<usize, Vec<&Place>> = BTreeMap::new();
        for place in self.theirs(rule) {
            let Some(column) = place.column else { continue };
            by_column.entry(column).or_default().push(place);
        }
        let mut changes = BTreeMap::new();
        for (index, places) in &by_column {
            match self.change(*index, places) {
                Ok(change) => _ = changes.insert(*index, change),
                Err(refusal) => return Decision::failed(refusal),
            }
        }
        for index in self.cleared(rule) {
            if changes.contains_key(&index) {
                continue;
            }
            match self.clear(index) {
                Ok(change) => _ = changes.insert(index, change),
                Err(refusal) => return Decision::failed(refusal),
            }
        }
        let named = changes.into_iter().filter_map(|(index, change)| {
            Some((
                FieldPath::new(self.columns.get(index)?.name.clone()),
                change,
            ))
        });
        Decision::act(Action::ChangeFields(named.collect()), why)
    }

    /// Columns that are cleared by policy and hold something.
    fn cleared(&self, rule: &Rule) -> Vec<usize> {
        let listed = |column: &Column| rule.clear_fields.contains(&column.name);
        let holds = |index: usize| self.cells.get(index).is_some_and(Option::is_some);
        let columns = self.columns.iter().enumerate();
        columns
            .filter(|(index, column)| listed(column) && holds(*index))
            .map(|(index, _)| index)
            .collect()
    }

    fn change(&self, index: usize, places: &[&Place]) -> Result<FieldChange, &'static str> {
        let Some(column) = self.columns.get(index) else {
            return Err("the row has more cells than columns");
        };
        let in_text = matches!(
            column.kind,
            ColumnKind::Text | ColumnKind::Json | ColumnKind::Array | ColumnKind::Other
        );
        if !in_text || places.iter().any(|place| place.whole) {
            return self.clear(index);
        }
        if column.generated {
            return Err(GENERATED);
        }
        let edits: Vec<Edit> = places.iter().map(|place| place.edit.clone()).collect();
        Ok(FieldChange::Redact(merged(edits)))
    }

    /// Takes away all that a column holds.
    fn clear(&self, index: usize) -> Result<FieldChange, &'static str> {
        let Some(column) = self.columns.get(index) else {
            return Err("the row has more cells than columns");
        };
        match column.kind {
            _ if column.generated => Err(GENERATED),
            _ if column.nullable => Ok(FieldChange::Null),
            ColumnKind::Text | ColumnKind::Other if column.unique => {
                Ok(FieldChange::Mask(self.unique_mask()))
            }
            ColumnKind::Text | ColumnKind::Other => Ok(FieldChange::Mask(MASK.to_owned())),
            _ => Err(
                "the column takes neither NULL nor a mask: declare policy DELETE, or change its type",
            ),
        }
    }

    /// Says which row it is, not what stood there.
    fn unique_mask(&self) -> String {
        let reference = self
            .record_ref
            .0
            .get(..UNIQUE_MASK_BYTES)
            .unwrap_or_default();
        format!("[erased {}]", crate::ids::hex(reference))
    }
}

const GENERATED: &str =
    "the database computes the column, so it cannot be written: change what it is computed from";
