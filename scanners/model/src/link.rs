//! Links, and the Subject that is folded from them.
//!
//! A Subject is never stored: it is what the Links say today. Connected components over shared
//! identifiers would merge families, so a Link only ever attaches a usually-exclusive Pseudonym
//! to one anchor, and one that two anchors claim attaches to neither.

use std::collections::{BTreeMap, BTreeSet};

use crate::{CollectionName, InfoType, Pseudonym, RecordRef, SourceId, Timestamp};

/// By which rule a Link was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum LinkRule {
    /// Both stand in one row of a declared identity source.
    IdentitySource = 1,
}

/// A recorded reason why a Pseudonym belongs to the Subject of an anchor.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// The anchor (class A).
    pub anchor: Pseudonym,
    /// The anchor's kind.
    pub anchor_type: InfoType,
    /// What is attached to it (class C).
    pub attached: Pseudonym,
    /// The attached one's kind.
    pub attached_type: InfoType,
    /// By which rule.
    pub rule: LinkRule,
    /// Where the witness is.
    pub source: SourceId,
    /// Where the witness is.
    pub collection: CollectionName,
    /// The witness.
    pub record_ref: RecordRef,
    /// When it was seen last.
    pub seen: Timestamp,
}

/// How a Pseudonym came to be in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Membership {
    /// The caller asked for it by its Identifier.
    Asked,
    /// A declared identity source binds it to the anchor.
    Linked,
}

/// One natural person, as far as the Links say.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Subject {
    /// The person's Pseudonyms: their kind, and why they are here.
    pub members: BTreeMap<Pseudonym, (InfoType, Membership)>,
    /// Pseudonyms that two Subjects share: for a person to judge, never acted on.
    pub candidates: BTreeSet<Pseudonym>,
}

/// Folds Links into the Subject that the asked Pseudonyms belong to.
///
/// `links` must hold every Link of the asked Pseudonyms, every Link of the anchors found so, and
/// every Link of what is attached to those (three steps): a shared Pseudonym looks exclusive as
/// long as its other anchor is not seen.
///
/// * An asked anchor brings everything that is attached to it alone.
/// * An asked attached Pseudonym brings its anchor (and what is attached to that) if it has just
///   one; claimed by several, it stands alone and is a candidate too.
#[must_use]
pub fn fold(asked: &[(Pseudonym, InfoType)], links: &[Link]) -> Subject {
    let mut anchors_of: BTreeMap<Pseudonym, BTreeSet<Pseudonym>> = BTreeMap::new();
    for link in links {
        anchors_of
            .entry(link.attached)
            .or_default()
            .insert(link.anchor);
    }
    let sole_anchor = |attached: &Pseudonym| {
        anchors_of
            .get(attached)
            .filter(|anchors| anchors.len() == 1)
            .and_then(|anchors| anchors.first())
    };
    let mut subject = Subject::default();
    let mut anchors: BTreeSet<Pseudonym> = BTreeSet::new();
    for (pseudonym, info_type) in asked {
        subject
            .members
            .insert(*pseudonym, (*info_type, Membership::Asked));
        match sole_anchor(pseudonym) {
            Some(anchor) => _ = anchors.insert(*anchor),
            None if anchors_of.contains_key(pseudonym) => _ = subject.candidates.insert(*pseudonym),
            None => _ = anchors.insert(*pseudonym),
        }
    }
    for link in links.iter().filter(|link| anchors.contains(&link.anchor)) {
        let linked = |info_type| (info_type, Membership::Linked);
        if sole_anchor(&link.attached).is_some() {
            subject
                .members
                .entry(link.anchor)
                .or_insert(linked(link.anchor_type));
            subject
                .members
                .entry(link.attached)
                .or_insert(linked(link.attached_type));
        } else {
            subject.candidates.insert(link.attached);
        }
    }
    subject
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pseudonym(number: u8) -> Pseudonym {
        Pseudonym([number; 16])
    }

    fn link(anchor: u8, attached: u8) -> Link {
        Link {
            anchor: pseudonym(anchor),
            anchor_type: InfoType::SePersonnummer,
            attached: pseudonym(attached),
            attached_type: InfoType::EmailAddress,
            rule: LinkRule::IdentitySource,
            source: SourceId::new("crm").expect("a valid id"),
            collection: CollectionName::new("people"),
            record_ref: RecordRef([anchor; 16]),
            seen: Timestamp(0),
        }
    }

    fn check(asked: &[(u8, InfoType)], links: &[Link], members: &[u8], candidates: &[u8]) {
        let asked: Vec<_> = asked
            .iter()
            .map(|(n, kind)| (pseudonym(*n), *kind))
            .collect();
        let subject = fold(&asked, links);
        let numbers = |set: Vec<Pseudonym>| set.iter().map(|p| p.0[0]).collect::<Vec<_>>();
        assert_eq!(numbers(subject.members.keys().copied().collect()), members);
        assert_eq!(
            numbers(subject.candidates.into_iter().collect()),
            candidates
        );
    }

    const A: InfoType = InfoType::SePersonnummer;
    const C: InfoType = InfoType::EmailAddress;

    #[test]
    fn an_email_leads_to_what_is_held_under_its_personnummer() {
        check(&[(50, C)], &[link(1, 50), link(1, 51)], &[1, 50, 51], &[]);
        check(&[(1, A)], &[link(1, 50), link(1, 51)], &[1, 50, 51], &[]);
    }

    #[test]
    fn a_shared_email_attaches_to_nobody_and_merges_nobody() {
        let links = [link(1, 50), link(2, 50), link(1, 51), link(2, 52)];
        check(&[(50, C)], &links, &[50], &[50]);
        check(&[(1, A)], &links, &[1, 51], &[50]);
    }

    #[test]
    fn what_has_no_link_stands_alone() {
        check(&[(7, C)], &[], &[7], &[]);
        check(&[(7, InfoType::IpAddress)], &[link(1, 50)], &[7], &[]);
    }

    #[test]
    fn two_anchors_are_never_one_person() {
        check(&[(51, C)], &[link(1, 51), link(2, 52)], &[1, 51], &[]);
    }
}
