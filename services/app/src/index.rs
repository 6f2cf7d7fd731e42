//! From sightings to what the index keeps: Findings and Links of one Split.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use hemvist_model::{
    CollectionName, Detection, FieldPath, Finding, Identifier, IdentifierClass, IdentitySource,
    InfoType, InfoTypes, Likelihood, Link, LinkRule, Pseudonym, RecordKey, RecordRef,
    RegisteredSource, SourceId, Timestamp, Witness,
};

use hemvist_detect::{Population, is_held_back};

use crate::ControllerKeys;
use crate::crawl::{Examined, Sighting};

/// Findings that one Split may give. A Split is 64 MiB or some 50,000 rows, so this bounds memory,
/// not honest data; what is over it is reported, not lost in silence.
pub(crate) const SPLIT_FINDINGS_MAX: usize = 2_000_000;

/// Turns the sightings of one Collection into what the index keeps: findings of the wanted kinds.
pub(crate) struct Indexer {
    keys: ControllerKeys,
    source: SourceId,
    collection: CollectionName,
    identity: Option<IdentitySource>,
    wanted: InfoTypes,
    now: Timestamp,
}

/// What the index will keep of a Split.
#[derive(Default)]
pub(crate) struct Indexed {
    findings: HashMap<(Pseudonym, RecordRef, Arc<FieldPath>), Finding>,
    population: Population,
    pub(crate) links: Vec<Link>,
    pub(crate) contradictions: u64,
    pub(crate) overflowed: bool,
}

impl Indexed {
    /// Takes in the results of another batch of the same Split.
    pub(crate) fn merge(&mut self, other: Indexed) {
        self.links.extend(other.links);
        self.contradictions += other.contradictions;
        self.overflowed |= other.overflowed;
        self.population.merge(&other.population);
        for (place, finding) in other.findings {
            if self.findings.len() >= SPLIT_FINDINGS_MAX {
                self.overflowed = true;
                return;
            }
            self.add(place, finding);
        }
    }

    /// The findings, each weighed among its neighbours in the whole Split.
    pub(crate) fn into_findings(self) -> Vec<Finding> {
        let people = self.population.people();
        let weighed = |mut finding: Finding| {
            let Finding {
                likelihood,
                evidence,
                ..
            } = finding;
            let (field, info_type) = (finding.field.as_str(), finding.info_type);
            (finding.likelihood, finding.evidence) =
                people.weigh(field, info_type, likelihood, evidence);
            finding
        };
        self.findings.into_values().map(weighed).collect()
    }

    fn add(&mut self, place: (Pseudonym, RecordRef, Arc<FieldPath>), finding: Finding) {
        match self.findings.entry(place) {
            Entry::Vacant(room) => _ = room.insert(finding),
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.occurrences = known.occurrences.saturating_add(finding.occurrences);
                known.first = known.first.min(finding.first);
                if finding.likelihood > known.likelihood {
                    known.likelihood = finding.likelihood;
                    known.evidence = finding.evidence;
                }
            }
        }
    }
}

/// What is remembered while one batch is examined: equal values and names are hashed once.
#[derive(Default)]
struct Memory<'a> {
    pseudonyms: HashMap<Identifier, Pseudonym>,
    fields: HashMap<&'a str, Arc<FieldPath>>,
    row: Option<(usize, RecordRef, Arc<RecordKey>)>,
}

/// The identifying Fields of one row of an identity source.
#[derive(Default)]
struct Person {
    anchors: BTreeSet<(Pseudonym, InfoType)>,
    attached: BTreeSet<(Pseudonym, InfoType)>,
    /// An anchor stands in its Field among other text, so whose row it is is not sure.
    unsure: bool,
}

impl Indexer {
    pub(crate) fn new(
        keys: ControllerKeys,
        source: &RegisteredSource,
        collection: CollectionName,
        wanted: InfoTypes,
        now: Timestamp,
    ) -> Self {
        let identity = source
            .identity_sources
            .iter()
            .find(|identity| identity.collection == collection);
        Self {
            keys,
            source: source.id.clone(),
            identity: identity.cloned(),
            collection,
            wanted,
            now,
        }
    }

    /// Runs on a detection thread, once for each batch.
    pub(crate) fn examine(&self, examined: &Examined<'_>) -> Indexed {
        let mut indexed = Indexed {
            population: examined.population(),
            ..Indexed::default()
        };
        let mut memory = Memory::default();
        let mut people: HashMap<RecordRef, Person> = HashMap::new();
        for sighting in examined.sightings() {
            let pseudonym = self.pseudonym(&mut memory, &sighting);
            let (record_ref, record) = self.record(&mut memory, examined, sighting.row);
            let field = memory.fields.entry(sighting.field);
            let field =
                Arc::clone(field.or_insert_with_key(|name| Arc::new(FieldPath::new(*name))));
            if examined.is_rows() && self.identifies(&sighting) {
                let identifier = (pseudonym, sighting.detection.info_type());
                let whole = examined.is_whole(&sighting);
                people
                    .entry(record_ref)
                    .or_default()
                    .take(identifier, whole);
            }
            // Who is whose is seen whole in every Scan; findings are of what it looks for.
            if !self.wanted.has(sighting.detection.info_type()) {
                continue;
            }
            let finding = Finding {
                pseudonym,
                info_type: sighting.detection.info_type(),
                record_ref,
                record,
                field: Arc::clone(&field),
                first: sighting.range,
                occurrences: 1,
                likelihood: sighting.detection.likelihood,
                evidence: sighting.detection.evidence,
            };
            indexed.add((pseudonym, record_ref, field), finding);
        }
        self.link(people, &mut indexed);
        indexed
    }

    fn pseudonym(&self, memory: &mut Memory<'_>, sighting: &Sighting<'_>) -> Pseudonym {
        let identifier = &sighting.detection.identifier;
        if let Some(known) = memory.pseudonyms.get(identifier) {
            return *known;
        }
        let pseudonym = self.keys.pseudonym(identifier);
        memory.pseudonyms.insert(identifier.clone(), pseudonym);
        pseudonym
    }

    /// Sightings come row by row, so remembering the latest row is enough.
    fn record(
        &self,
        memory: &mut Memory<'_>,
        examined: &Examined<'_>,
        row: usize,
    ) -> (RecordRef, Arc<RecordKey>) {
        if let Some((known, record_ref, key)) = &memory.row
            && *known == row
        {
            return (*record_ref, Arc::clone(key));
        }
        let key = Arc::new(examined.record_key(row));
        let record_ref = self.keys.record_ref(&self.source, &self.collection, &key);
        memory.row = Some((row, record_ref, Arc::clone(&key)));
        (record_ref, key)
    }

    /// Whether this sighting stands in a Field that was declared to identify the row's person.
    fn identifies(&self, sighting: &Sighting<'_>) -> bool {
        let declared = self
            .identity
            .as_ref()
            .map(|identity| identity.fields.as_slice())
            .unwrap_or_default();
        // That the Field was declared is more than its neighbours could say.
        let Detection {
            likelihood,
            evidence,
            ..
        } = *sighting.detection;
        (likelihood >= Likelihood::Likely || is_held_back(likelihood, evidence))
            && declared.iter().any(|(field, info_type)| {
                field == sighting.field && *info_type == sighting.detection.info_type()
            })
    }

    /// One row is one person: a row with two anchors contradicts the declaration.
    fn link(&self, people: HashMap<RecordRef, Person>, indexed: &mut Indexed) {
        for (record_ref, person) in people {
            let mut anchors = person.anchors.iter();
            let Some((anchor, anchor_type)) = anchors.next() else {
                continue;
            };
            if anchors.next().is_some() {
                indexed.contradictions += 1;
                continue;
            }
            if person.unsure {
                continue;
            }
            indexed.links.extend(
                person
                    .attached
                    .iter()
                    .map(|(attached, attached_type)| Link {
                        anchor: *anchor,
                        anchor_type: *anchor_type,
                        attached: *attached,
                        attached_type: *attached_type,
                        rule: LinkRule::IdentitySource,
                        witness: Witness {
                            source: self.source.clone(),
                            collection: self.collection.clone(),
                            record_ref,
                            seen: self.now,
                        },
                        witnesses: 1,
                    }),
            );
        }
    }
}

impl Person {
    /// Only what fills its Field links: of two addresses in one cell neither is sure. Two anchors
    /// contradict the declaration wherever in their Fields they stand.
    fn take(&mut self, identifier: (Pseudonym, InfoType), whole: bool) {
        match identifier.1.class() {
            IdentifierClass::Anchor => {
                self.anchors.insert(identifier);
                self.unsure |= !whole;
            }
            IdentifierClass::Scoped | IdentifierClass::UsuallyExclusive if whole => {
                self.attached.insert(identifier);
            }
            // An IP address, a company's number or the like never links.
            _ => {}
        }
    }
}
