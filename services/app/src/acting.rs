//! Whose an identifier is, when it comes to acting: the Subject's, somebody else's, or nobody's.
//!
//! Only anchors and confirmed usually-exclusive identifiers act; what is shared with another
//! Subject, weak or merely possible is a candidate: counted and shown, never acted on.

use std::collections::BTreeMap;

use hemvist_model::{
    Detection, Evidence, IdentifierClass, InfoType, Likelihood, Pseudonym, Subject,
};

use crate::locate::acts;
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
}

impl Acting {
    /// # Errors
    /// `FailedPrecondition` when nothing of the Subject may be acted on.
    pub(crate) fn of(subject: &Subject, keys: ControllerKeys) -> Result<Self, Error> {
        let members = subject
            .members
            .iter()
            .map(|(pseudonym, (info_type, _))| (*pseudonym, *info_type));
        let pseudonyms: BTreeMap<_, _> = members
            .filter(|(pseudonym, info_type)| {
                acts(*info_type) && !subject.candidates.contains(pseudonym)
            })
            .collect();
        if pseudonyms.is_empty() {
            return Err(Error::new(
                ErrorKind::FailedPrecondition,
                "TOO_WEAK_TO_ACT",
                "these identifiers are shared or too weak to act on: give the person's personnummer, or an \
                 e-mail address or phone number that is theirs alone",
            ));
        }
        Ok(Self { keys, pseudonyms })
    }

    /// The identifiers of a Plan's Subject.
    pub(crate) fn of_plan(subject: &[(Pseudonym, InfoType)], keys: ControllerKeys) -> Self {
        Self {
            keys,
            pseudonyms: subject.iter().copied().collect(),
        }
    }

    pub(crate) fn list(&self) -> Vec<Pseudonym> {
        self.pseudonyms.keys().copied().collect()
    }

    pub(crate) fn whose(&self, detection: &Detection) -> Whose {
        let info_type = detection.info_type();
        if !acts(info_type) || detection.likelihood < ACTING_LIKELIHOOD {
            return Whose::Nobody;
        }
        if self
            .pseudonyms
            .contains_key(&self.keys.pseudonym(&detection.identifier))
        {
            return Whose::Subject;
        }
        match info_type.class() {
            _ if detection.evidence.has(Evidence::ROLE_ADDRESS) => Whose::Nobody,
            IdentifierClass::Anchor => Whose::OtherAnchor,
            _ => Whose::Other,
        }
    }
}
