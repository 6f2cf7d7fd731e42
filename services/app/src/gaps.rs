//! What was not looked for: where "not found" does not mean "not there".

use std::collections::BTreeMap;

use hemvist_model::{CollectionName, InfoTypes};
use hemvist_store::SourceCoverage;

use crate::{Located, SubjectSummary};

/// What of `wanted` was not looked for in which Collections of a Source that have been read: by no
/// Scan, or only by one with other detectors than `version`.
pub(crate) fn not_looked_for<'a>(
    source: &'a SourceCoverage,
    wanted: InfoTypes,
    version: &str,
) -> BTreeMap<&'a CollectionName, InfoTypes> {
    let mut missing: BTreeMap<&CollectionName, InfoTypes> = BTreeMap::new();
    for reading in &source.collections {
        let of_collection = missing.entry(&reading.collection).or_insert(wanted);
        if reading.detector_version == version {
            *of_collection = of_collection.without(reading.info_types);
        }
    }
    missing.retain(|_, info_types| !info_types.is_empty());
    missing
}

impl SubjectSummary {
    /// The kinds of the Subject's identifiers.
    #[must_use]
    pub fn info_types(&self) -> InfoTypes {
        self.members.iter().map(|member| member.info_type).collect()
    }
}

impl Located {
    /// Kinds of the Subject's identifiers that were not looked for, or with other detectors than
    /// those of now, in some Collection of that Source.
    #[must_use]
    pub fn unsearched(&self, source: &SourceCoverage) -> InfoTypes {
        let wanted = self.subject.info_types();
        let missing = not_looked_for(source, wanted, &self.detector_version);
        missing
            .into_values()
            .fold(InfoTypes::NONE, InfoTypes::union)
    }

    /// Whether "not found" means "not there": every Source has a finished Scan, all that was
    /// listed was examined and searched for these identifiers, and none of them is left out by
    /// configuration. Where no Source is registered nothing has been looked at.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let whole = |source: &SourceCoverage| {
            source.scanned_at.is_some()
                && source.coverage.is_complete()
                && self.unsearched(source).is_empty()
        };
        let excluded = self
            .subject
            .members
            .iter()
            .any(|one| one.excluded.is_some());
        !excluded && !self.coverage.is_empty() && self.coverage.iter().all(whole)
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use hemvist_model::{Coverage, InfoType, SkipReason, SourceId, Timestamp};
    use hemvist_store::CollectionReading;

    use super::*;
    use crate::MemberSummary;

    fn only(info_type: InfoType) -> InfoTypes {
        InfoTypes::NONE.with(info_type)
    }

    fn reading(info_types: InfoTypes, version: &str) -> CollectionReading {
        CollectionReading {
            collection: CollectionName::new("people"),
            ended: Timestamp(1),
            info_types,
            detector_version: version.into(),
            coverage: Coverage::default(),
        }
    }

    fn source(readings: &[CollectionReading]) -> SourceCoverage {
        SourceCoverage {
            source: SourceId::new("crm").expect("an id"),
            scanned_at: Some(Timestamp(1)),
            detector_version: Some("2".into()),
            coverage: Coverage::default(),
            collections: readings.to_vec(),
            never_scanned: false,
            scan_state: None,
        }
    }

    fn located(coverage: Vec<SourceCoverage>, excluded: bool) -> Located {
        let explained = || ("support".to_owned(), "ours".to_owned());
        let member = MemberSummary {
            info_type: InfoType::SePersonnummer,
            linked: None,
            excluded: excluded.then(explained),
        };
        Located {
            subject: SubjectSummary {
                members: vec![member],
                candidates: 0,
            },
            findings: futures::stream::empty().boxed(),
            coverage,
            contradicted: Vec::new(),
            detector_version: "2".into(),
        }
    }

    #[test]
    fn an_answer_is_complete_only_when_everything_was_looked_at() {
        let check = |sources: &[SourceCoverage], expected| {
            let complete = located(sources.to_vec(), false).is_complete();
            assert_eq!(complete, expected, "{sources:?}");
        };
        let whole = source(&[]);
        let mut unscanned = source(&[]);
        unscanned.scanned_at = None;
        let mut partial = source(&[]);
        partial.coverage.add_partial(SkipReason::Corrupt, 1, 1);
        check(&[], false);
        check(std::slice::from_ref(&whole), true);
        check(&[partial], false);
        check(&[whole, unscanned], false);
        assert!(!located(vec![source(&[])], true).is_complete());
    }

    #[test]
    fn what_was_not_looked_for_with_these_detectors_is_a_gap() {
        let check = |readings: &[CollectionReading], expected: bool| {
            let located = located(vec![source(readings)], false);
            assert_eq!(located.is_complete(), expected, "{readings:?}");
        };
        let (pnr, email) = (only(InfoType::SePersonnummer), only(InfoType::EmailAddress));
        check(&[reading(pnr, "2")], true);
        check(&[reading(email, "2")], false);
        check(&[reading(email, "2"), reading(pnr, "2")], true);
        check(&[reading(email, "2"), reading(pnr, "1")], false);
        let mut elsewhere = reading(email, "2");
        elsewhere.collection = CollectionName::new("orders");
        check(&[reading(pnr, "2"), elsewhere], false);
    }
}
