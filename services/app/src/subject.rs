//! Who is meant: from what a caller wrote to the Pseudonyms of one Subject.

use std::collections::BTreeMap;

use hemvist_model::{
    ControllerId, Identifier, IdentifierClass, InfoType, LinkRule, Member, Membership, Pseudonym,
    Subject, Witness, fold,
};

use crate::{App, Error};

/// Identifiers that one request may hold.
const IDENTIFIERS_MAX: usize = 32;

/// An identifier as a caller wrote it, in any spelling. Personal data: no `Debug`.
#[derive(Clone)]
pub struct IdentifierQuery {
    /// Its kind, where the caller knows it.
    pub info_type: Option<InfoType>,
    /// The text.
    pub value: String,
}

/// Values that are left out by configuration, each with its owner and reason.
pub(crate) type Excluded = BTreeMap<Pseudonym, (String, String)>;

/// Who was meant, without any value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectSummary {
    /// The Subject's identifiers, the asked ones first.
    pub members: Vec<MemberSummary>,
    /// Identifiers that this Subject shares with another: shown, never acted on.
    pub candidates: u64,
}

/// One identifier of the Subject, without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberSummary {
    /// Its kind.
    pub info_type: InfoType,
    /// Why it is taken to be the Subject's; `None`: it was asked for.
    pub linked: Option<LinkSummary>,
    /// Who answers for leaving it out of Scans by configuration, and why: it is not looked for.
    pub excluded: Option<(String, String)>,
}

/// Why an identifier is taken to be the Subject's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkSummary {
    /// Which of [`SubjectSummary::members`] led to it; the path ends at an asked one.
    pub via: usize,
    /// By which rule.
    pub rule: LinkRule,
    /// The Record that says so; of several, the one that was seen last.
    pub witness: Witness,
    /// How many Records say so.
    pub witnesses: u64,
}

impl SubjectSummary {
    /// The summary, and which of its members each Pseudonym is.
    pub(crate) fn of(subject: &Subject, excluded: &Excluded) -> (Self, BTreeMap<Pseudonym, usize>) {
        let mut order: Vec<(&Pseudonym, &Member)> = subject.members.iter().collect();
        order.sort_by_key(|(_, member)| (!member.is_asked(), member.info_type));
        let numbered = order.iter().enumerate();
        let places: BTreeMap<Pseudonym, usize> = numbered
            .map(|(place, (pseudonym, _))| (**pseudonym, place))
            .collect();
        let summary = Self {
            members: order
                .iter()
                .map(|(pseudonym, member)| MemberSummary {
                    excluded: excluded.get(pseudonym).cloned(),
                    ..summary(member, &places)
                })
                .collect(),
            candidates: subject.candidates.len() as u64,
        };
        (summary, places)
    }
}

fn summary(member: &Member, places: &BTreeMap<Pseudonym, usize>) -> MemberSummary {
    let linked = match &member.membership {
        Membership::Asked => None,
        Membership::Linked(why) => places.get(&why.via).map(|via| LinkSummary {
            via: *via,
            rule: why.rule,
            witness: why.witness.clone(),
            witnesses: why.witnesses,
        }),
    };
    MemberSummary {
        info_type: member.info_type,
        linked,
        excluded: None,
    }
}

impl App {
    /// The Subject that these identifiers belong to, by the Links of that Controller.
    ///
    /// # Errors
    /// `InvalidArgument` when one is no identifier; two different anchors are two people and
    /// refused, since an answer about both at once would merge them.
    pub(crate) async fn subject(
        &self,
        controller: &ControllerId,
        asked: &[IdentifierQuery],
    ) -> Result<Subject, Error> {
        let identifiers = self.read_identifiers(asked)?;
        let keys = self.keys().controller(controller);
        let asked: Vec<(Pseudonym, InfoType)> = identifiers
            .iter()
            .map(|identifier| (keys.pseudonym(identifier), identifier.info_type()))
            .collect();
        let pseudonyms: Vec<Pseudonym> = asked.iter().map(|(pseudonym, _)| *pseudonym).collect();
        let mut links = self.store().links(controller, &pseudonyms).await?;
        // What was left out later may still stand in Links of before; it binds nobody.
        let excluded = self.excluded(controller);
        links.retain(|link| {
            let ends = [&link.anchor, &link.attached];
            !ends.iter().any(|end| excluded.contains_key(end))
        });
        let subject = fold(&asked, &links);
        if names_several_people(&subject) {
            return Err(Error::invalid(
                "identifiers",
                "these identifiers belong to more than one person: ask for one person at a time",
            ));
        }
        Ok(subject)
    }

    /// The excluded values, as Pseudonyms of that Controller.
    pub(crate) fn excluded(&self, controller: &ControllerId) -> Excluded {
        let keys = self.keys().controller(controller);
        let exclusions = self.detectors().excluded_values();
        exclusions
            .map(|one| {
                let explained = (one.owner.clone(), one.reason.clone());
                (keys.pseudonym(&one.identifier), explained)
            })
            .collect()
    }

    fn read_identifiers(&self, asked: &[IdentifierQuery]) -> Result<Vec<Identifier>, Error> {
        if asked.is_empty() {
            return Err(Error::invalid(
                "identifiers",
                "give at least one identifier",
            ));
        }
        if asked.len() > IDENTIFIERS_MAX {
            return Err(Error::invalid(
                "identifiers",
                format!("give at most {IDENTIFIERS_MAX} identifiers"),
            ));
        }
        let today = self.clock().now().date();
        let mut identifiers = Vec::new();
        for query in asked {
            let read = self.detectors().read(query, today);
            identifiers
                .push(read.map_err(|error| Error::invalid("identifiers", error.to_string()))?);
        }
        Ok(identifiers)
    }
}

/// Whether the anchors are more than one person's. A person has one personnummer and perhaps one
/// samordningsnummer from before; but that the two are one person nobody but the caller can say,
/// by asking for both.
fn names_several_people(subject: &Subject) -> bool {
    let members = subject.members.values();
    let anchors: Vec<&Member> = members
        .filter(|member| member.info_type.class() == IdentifierClass::Anchor)
        .collect();
    match anchors.as_slice() {
        [] | [_] => false,
        [a, b] => a.info_type == b.info_type || !a.is_asked() || !b.is_asked(),
        _ => true,
    }
}
