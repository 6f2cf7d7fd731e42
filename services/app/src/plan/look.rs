//! One Record looked at closely: where the Subject stands in it, and who else does.
//!
//! Of an object only the Subject's places are kept, and for each of their lines whether somebody
//! else stands on it too: memory grows with the Subject's data, not with the object.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use hemvist_decode::Format;
use hemvist_model::{ByteRange, Edit, FieldPath, Fingerprint, InfoType, RecordKey};
use hemvist_source::{ObjectRecord, RowRecord, SourceError};

use crate::acting::{Acting, Whose};
use crate::crawl::{Crawler, Examine, Examined};

/// Places of the Subject in one object that are kept for acting; an object with more of them is
/// left to a person.
const OBJECT_PLACES_MAX: usize = 100_000;

/// Where somebody's identifier stands in a Record.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) whose: Whose,
    pub(crate) info_type: InfoType,
    pub(crate) field: FieldPath,
    /// The column, in a row.
    pub(crate) column: Option<usize>,
    /// Whether it fills its cell or value.
    pub(crate) whole: bool,
    /// The line around it, where the format has lines that can be removed.
    pub(crate) line: Option<ByteRange>,
    /// What blanks it.
    pub(crate) edit: Edit,
    /// Whether it stands in the object's key.
    pub(crate) in_key: bool,
}

/// Which other people stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Others {
    /// Somebody's identity number.
    pub(crate) anchor: bool,
    /// Somebody's e-mail address or phone number.
    pub(crate) attached: bool,
}

impl Others {
    pub(crate) fn any(self) -> bool {
        self.anchor || self.attached
    }

    pub(crate) fn add(&mut self, whose: Whose) {
        self.anchor |= whose == Whose::OtherAnchor;
        self.attached |= whose == Whose::Other;
    }

    fn merge(&mut self, other: Others) {
        self.anchor |= other.anchor;
        self.attached |= other.attached;
    }
}

/// What the Subject has in a Record, and how often.
pub(crate) type HoldsOf = Vec<(FieldPath, InfoType, u32)>;

/// What is known of the Subject's lines in an object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) range: ByteRange,
    pub(crate) others: Others,
    /// Whether an identifier of the Subject fills a value on it.
    pub(crate) whole: bool,
}

/// An object, looked at.
pub(crate) struct ObjectLook {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) format: Format,
    pub(crate) gzip: bool,
    /// Whether all of it could be examined.
    pub(crate) examined_whole: bool,
    /// The Subject's places, key included.
    pub(crate) places: Vec<Place>,
    pub(crate) too_many: bool,
    /// By where the line begins.
    pub(crate) lines: BTreeMap<u64, Line>,
    /// Other people anywhere in it, key included.
    pub(crate) others: Others,
}

/// Makes [`Place`]s of sightings; runs on a detection thread.
pub(crate) fn examine_places(acting: Acting) -> Examine<Vec<Place>> {
    Arc::new(move |examined: Examined<'_>| {
        let place = |sighting: crate::crawl::Sighting<'_>| {
            let whose = acting.whose(sighting.detection);
            let edit = examined.redact(&sighting);
            (whose != Whose::Nobody).then(|| Place {
                whose,
                info_type: sighting.detection.info_type(),
                field: FieldPath::new(sighting.field),
                column: sighting.column,
                whole: examined.is_whole(&sighting),
                line: examined.line(&sighting),
                edit: Edit {
                    range: edit.range,
                    replacement: edit.replacement,
                },
                in_key: examined.is_key(),
            })
        };
        examined.sightings().filter_map(place).collect()
    })
}

/// Looks at a row.
pub(crate) async fn look_at_row(
    crawler: &Crawler,
    row: &RowRecord,
    acting: &Acting,
) -> Result<Vec<Place>, SourceError> {
    crawler.row(row, &examine_places(acting.clone())).await
}

/// Looks at an object, reading it once from beginning to end.
pub(crate) async fn look_at_object(
    crawler: &Crawler,
    key: &RecordKey,
    object: ObjectRecord,
    acting: &Acting,
) -> Result<ObjectLook, SourceError> {
    let mut fingerprint = acting.keys.fingerprinter().object();
    let mut gathering = Gathering::default();
    let mut gather = |places: Vec<Place>| gathering.take(places);
    let mut bytes = |piece: &[u8]| fingerprint.update(piece);
    let examine = examine_places(acting.clone());
    let decoded = crawler
        .object(key, object.content, &mut bytes, &examine, &mut gather)
        .await?;
    Ok(ObjectLook {
        fingerprint: fingerprint.finish(Some(object.store_version)),
        format: decoded.format,
        gzip: decoded.gzip,
        examined_whole: decoded.skips.is_empty(),
        places: gathering.places,
        too_many: gathering.too_many,
        lines: gathering.lines,
        others: gathering.others,
    })
}

/// How often the Subject stands in which Field.
pub(crate) fn holds_of(places: &[Place]) -> HoldsOf {
    let mut counts: BTreeMap<(FieldPath, InfoType), u32> = BTreeMap::new();
    for place in places.iter().filter(|place| place.whose == Whose::Subject) {
        let count = counts
            .entry((place.field.clone(), place.info_type))
            .or_default();
        *count = count.saturating_add(1);
    }
    counts
        .into_iter()
        .map(|((field, info_type), count)| (field, info_type, count))
        .collect()
}

#[derive(Default)]
struct Gathering {
    places: Vec<Place>,
    too_many: bool,
    lines: BTreeMap<u64, Line>,
    others: Others,
    /// Lines of this batch and the one before it on which others stand: a line may reach over a
    /// Chunk's border, but not over two.
    recent: [HashMap<u64, Others>; 2],
}

impl Gathering {
    fn take(&mut self, places: Vec<Place>) {
        self.recent.swap(0, 1);
        self.recent[1].clear();
        for place in places {
            match place.whose {
                Whose::Nobody => {}
                Whose::OtherAnchor | Whose::Other => self.take_other(&place),
                Whose::Subject => self.take_subject(place),
            }
        }
    }

    fn take_other(&mut self, place: &Place) {
        self.others.add(place.whose);
        let Some(line) = place.line else { return };
        self.recent[1]
            .entry(line.start)
            .or_default()
            .add(place.whose);
        if let Some(known) = self.lines.get_mut(&line.start) {
            known.others.add(place.whose);
        }
    }

    fn take_subject(&mut self, place: Place) {
        if self.places.len() >= OBJECT_PLACES_MAX {
            self.too_many = true;
            return;
        }
        if let Some(line) = place.line {
            let known = self.lines.entry(line.start);
            let known = known.or_insert(Line {
                range: line,
                others: Others::default(),
                whole: false,
            });
            known.whole |= place.whole;
            for recent in &self.recent {
                known
                    .others
                    .merge(recent.get(&line.start).copied().unwrap_or_default());
            }
        }
        self.places.push(place);
    }
}
