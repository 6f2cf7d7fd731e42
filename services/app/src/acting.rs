//! Whose an identifier is, when it comes to acting: the Subject's, somebody else's, or nobody's.
//!
//! Only anchors and confirmed usually-exclusive identifiers act; what is shared with another
//! Subject, weak or merely possible is a candidate: counted and shown, never acted on.

use std::collections::BTreeMap;

use hemvist_detect::PeopleFields;
use hemvist_model::{
    CollectionName, Detection, Evidence, IdentifierClass, InfoType, Likelihood, Plan, Pseudonym,
    SourceId, Subject,
};
use hemvist_store::StoredFinding;

use crate::locate::acts;
use crate::subject::Excluded;
use crate::{ControllerKeys, Error, ErrorKind};

/// A Detection must be this sure to be acted on.
pub(crate) const ACTING_LIKELIHOOD: Likelihood = Likelihood::Likely;

/// Whose a Detection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The Subject's.
    Subject,
    /// Another person's identity number.
    OtherAnchor,
    /// Another person's e-mail address or phone number.
    Other,
    /// It names no one person, or is not sure enough to act on.
    Nobody,
}

/// The identifiers of one Subject that may be acted on.
#[derive(Clone)]
pub(crate) struct Acting {
    pub(crate) keys: ControllerKeys,
    pub(crate) pseudonyms: BTreeMap<Pseudonym, InfoType>,
    cautious: bool,
}

/// In which Fields of which Collection the index found the numbers to be identity numbers.
pub(crate) type People = BTreeMap<(SourceId, CollectionName), PeopleFields>;

/// Takes over what the index says of one finding's neighbours.
pub(crate) fn recall(people: &mut People, finding: &StoredFinding) {
    let place = (finding.source.clone(), finding.collection.clone());
    let (field, info_type) = (finding.field.as_str(), finding.info_type);
    let fields = people.entry(place).or_default();
    fields.recall(field, info_type, finding.evidence);
}

impl Acting {
    /// # Errors
    /// `FailedPrecondition` when nothing of the Subject may be acted on.
    pub(crate) fn of(
        subject: &Subject,
        excluded: &Excluded,
        keys: ControllerKeys,
    ) -> Result<Self, Error> {
        let members = subject
            .members
            .iter()
            .map(|(pseudonym, member)| (*pseudonym, member.info_type));
        let pseudonyms: BTreeMap<_, _> = members
            .filter(|(pseudonym, info_type)| {
                acts(*info_type)
                    && !subject.candidates.contains(pseudonym)
                    && !excluded.contains_key(pseudonym)
            })
            .collect();
        if pseudonyms.is_empty() {
            return Err(Error::new(
                ErrorKind::FailedPrecondition,
                "TOO_WEAK_TO_ACT",
                "these identifiers are shared, excluded by configuration or too weak to act on: give the person's personnummer, or an \
                 e-mail address or phone number that is theirs alone",
            ));
        }
        Ok(Self {
            keys,
            pseudonyms,
            cautious: false,
        })
    }

    /// The identifiers of a Plan's Subject.
    pub(crate) fn of_plan(subject: &[(Pseudonym, InfoType)], keys: ControllerKeys) -> Self {
        Self {
            keys,
            pseudonyms: subject.iter().copied().collect(),
            cautious: false,
        }
    }

    /// Whether the Plan is about the same person.
    pub(crate) fn is_subject_of(&self, plan: &Plan) -> bool {
        plan.subject.iter().copied().collect::<BTreeMap<_, _>>() == self.pseudonyms
    }

    pub(crate) fn list(&self) -> Vec<Pseudonym> {
        self.pseudonyms.keys().copied().collect()
    }

    /// Whether it reads as one of the Subject's identifiers, however sure that is.
    pub(crate) fn is_of_subject(&self, detection: &Detection) -> bool {
        let pseudonym = self.keys.pseudonym(&detection.identifier);
        acts(detection.info_type()) && self.pseudonyms.contains_key(&pseudonym)
    }

    /// The same, sparing even what is hardly a person: an export may hide too much.
    pub(crate) fn cautious(mut self) -> Self {
        self.cautious = true;
        self
    }

    pub(crate) fn whose(&self, detection: &Detection) -> Whose {
        let info_type = detection.info_type();
        let acting = detection.likelihood >= ACTING_LIKELIHOOD;
        let pseudonym = self.keys.pseudonym(&detection.identifier);
        match info_type.class() {
            _ if !acts(info_type) => Whose::Nobody,
            _ if self.pseudonyms.contains_key(&pseudonym) && acting => Whose::Subject,
            _ if self.pseudonyms.contains_key(&pseudonym) => Whose::Nobody,
            _ if detection.evidence.has(Evidence::ROLE_ADDRESS) => Whose::Nobody,
            // Acting needs certainty; sparing a bystander does not. Only what is hardly a person
            // at all (a time stamp, the other century of a number) spares nobody.
            _ if !acting && hardly_a_person(detection.evidence) && !self.cautious => Whose::Nobody,
            IdentifierClass::Anchor => Whose::OtherAnchor,
            _ => Whose::Other,
        }
    }
}

fn hardly_a_person(evidence: Evidence) -> bool {
    evidence.has(Evidence::LOOKS_LIKE_TIMESTAMP) || evidence.has(Evidence::CENTURY_AMBIGUOUS)
}
