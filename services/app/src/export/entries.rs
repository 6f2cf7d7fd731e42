//! What of a Record goes into an export: the whole row, the lines or the values that hold the
//! Subject, without anybody else's identifiers.

use std::collections::BTreeMap;
use std::sync::Arc;

use hemvist_model::Detection;
use hemvist_source::RowRecord;

use crate::acting::{Acting, Whose};
use crate::crawl::{Examine, Examined, Passage};
use crate::plan::{Place, Rule, examine_places, identifies, is_own_row};

/// Stands in place of another person's identifier.
const OTHER_PERSON: &str = "[other person]";

/// Field names with their texts; `None` is the database's NULL.
pub(super) type Entry = BTreeMap<String, Option<String>>;

/// Makes the entries of an object's Chunk; runs on a detection thread.
pub(super) fn examine_entries(acting: Acting) -> Examine<Vec<Entry>> {
    Arc::new(move |examined: Examined<'_>| {
        let passages = examined.passages(&|detection| passage(&acting, detection));
        let entry = |fields: Vec<(String, String)>| {
            let mut entry = Entry::new();
            for (name, text) in fields {
                // An array's elements share one name.
                let known = entry.entry(name).or_insert_with(|| Some(String::new()));
                if let Some(known) = known {
                    known.push_str(if known.is_empty() { "" } else { "\n" });
                    known.push_str(&text);
                }
            }
            entry
        };
        passages.into_iter().map(entry).collect()
    })
}

/// The Subject's identifiers are what an export is about; other people's are hidden.
pub(super) fn passage(acting: &Acting, detection: &Detection) -> Passage {
    match acting.whose(detection) {
        Whose::Subject => Passage::Wanted,
        Whose::Other | Whose::OtherAnchor => Passage::Hidden(OTHER_PERSON),
        Whose::Nobody => Passage::Plain,
    }
}

/// Where who stands in a row.
pub(super) fn examine_row(acting: Acting) -> Examine<Vec<Place>> {
    examine_places(acting)
}

/// A whole row; `None` when the Subject does not stand in it any more.
pub(super) fn row_entry(row: &RowRecord, places: &[Place], rule: &Rule) -> Option<Entry> {
    if !places.iter().any(|place| place.whose == Whose::Subject) {
        return None;
    }
    let own = is_own_row(places, rule);
    let hidden = |place: &Place| place.whose != Whose::Subject && !(own && identifies(place, rule));
    let columns = row.collection.columns.iter().zip(&row.cells).enumerate();
    let entry = columns.map(|(index, (column, cell))| {
        let others = places
            .iter()
            .filter(|place| place.column == Some(index) && hidden(place));
        let mut text = cell.clone();
        let mut ranges: Vec<_> = others.map(|place| place.edit.range).collect();
        // From the back, so that offsets before stay true.
        ranges.sort_by_key(|range| std::cmp::Reverse(range.start));
        for range in ranges {
            let (start, end) = (usize::try_from(range.start), usize::try_from(range.end));
            if let (Some(text), Ok(start), Ok(end)) = (&mut text, start, end)
                && end <= text.len()
                && start <= end
            {
                text.splice(start..end, OTHER_PERSON.bytes());
            }
        }
        (
            column.name.clone(),
            text.map(|text| String::from_utf8_lossy(&text).into_owned()),
        )
    });
    Some(entry.collect())
}
