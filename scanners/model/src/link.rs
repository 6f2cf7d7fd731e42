//! Links, and the Subject that is folded from them.
//!
//! A Subject is never stored: it is what the Links say today. Connected components over shared
//! identifiers would merge families, so a Link only ever attaches a usually-exclusive Pseudonym
//! to one anchor, and one that two anchors claim attaches to neither.

use std::collections::btree_map::Entry;
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
    /// The Record that says so; of several, the one that was seen last.
    pub witness: Witness,
    /// How many Records say so.
    pub witnesses: u64,
}

/// A Record that binds two Pseudonyms to one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The store.
    pub source: SourceId,
    /// The table.
    pub collection: CollectionName,
    /// The row's reference, which says nothing about its key.
    pub record_ref: RecordRef,
    /// When it was seen last.
    pub seen: Timestamp,
}

/// How a Pseudonym came to be in an answer.
#[derive(Clone, PartialEq, Eq)]
pub enum Membership {
    /// The caller asked for it by its Identifier.
    Asked,
    /// A declared identity source binds it to another member.
    Linked(Explanation),
}

/// Why a linked Pseudonym is taken to be the Subject's.
#[derive(Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The member that led to it. Followed from member to member, the path ends at an asked one.
    pub via: Pseudonym,
    /// By which rule.
    pub rule: LinkRule,
    /// The Record that says so; of several, the one that was seen last.
    pub witness: Witness,
    /// How many Records say so.
    pub witnesses: u64,
}

/// One Pseudonym of a Subject.
#[derive(Clone, PartialEq, Eq)]
pub struct Member {
    /// Its kind.
    pub info_type: InfoType,
    /// Why it is here.
    pub membership: Membership,
}

impl Member {
    /// Whether the caller asked for it.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.membership == Membership::Asked
    }
}

/// One natural person, as far as the Links say.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Subject {
    /// The person's Pseudonyms.
    pub members: BTreeMap<Pseudonym, Member>,
    /// Pseudonyms that two Subjects share: for a person to judge, never acted on.
    pub candidates: BTreeSet<Pseudonym>,
}

impl Subject {
    /// Adds what a Link brings, or its witness when the same path brought it before.
    fn join(&mut self, joined: (Pseudonym, InfoType), via: Pseudonym, link: &Link) {
        let explanation = Explanation {
            via,
            rule: link.rule,
            witness: link.witness.clone(),
            witnesses: link.witnesses,
        };
        match self.members.entry(joined.0) {
            Entry::Vacant(room) => {
                room.insert(Member {
                    info_type: joined.1,
                    membership: Membership::Linked(explanation),
                });
            }
            Entry::Occupied(mut known) => {
                if let Membership::Linked(known) = &mut known.get_mut().membership
                    && known.via == via
                {
                    known.add(explanation);
                }
            }
        }
    }
}

impl Explanation {
    fn add(&mut self, other: Explanation) {
        self.witnesses += other.witnesses;
        if other.witness.seen > self.witness.seen {
            self.witness = other.witness;
        }
    }
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
        let member = Member {
            info_type: *info_type,
            membership: Membership::Asked,
        };
        subject.members.insert(*pseudonym, member);
        match sole_anchor(pseudonym) {
            Some(anchor) => _ = anchors.insert(*anchor),
            None if anchors_of.contains_key(pseudonym) => _ = subject.candidates.insert(*pseudonym),
            None => _ = anchors.insert(*pseudonym),
        }
    }
    for link in links.iter().filter(|link| anchors.contains(&link.anchor)) {
        if sole_anchor(&link.attached).is_none() {
            subject.candidates.insert(link.attached);
            continue;
        }
        // An anchor that was not asked for is here because something asked is attached to it.
        if asked.iter().any(|(asked, _)| *asked == link.attached) {
            subject.join((link.anchor, link.anchor_type), link.attached, link);
        }
        subject.join((link.attached, link.attached_type), link.anchor, link);
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
            witness: witness("people", anchor, 0),
            witnesses: 1,
        }
    }

    fn witness(collection: &str, record: u8, seen: i64) -> Witness {
        Witness {
            source: SourceId::new("crm").expect("a valid id"),
            collection: CollectionName::new(collection),
            record_ref: RecordRef([record; 16]),
            seen: Timestamp(seen),
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

    /// How a Pseudonym came in: through which other, by which witness, and how many there are.
    fn explained(subject: &Subject, number: u8) -> Option<(u8, Witness, u64)> {
        match &subject.members.get(&pseudonym(number))?.membership {
            Membership::Asked => None,
            Membership::Linked(why) => Some((why.via.0[0], why.witness.clone(), why.witnesses)),
        }
    }

    #[test]
    fn every_linked_member_says_by_which_path_and_witness_it_came() {
        let links = [link(1, 50), link(1, 51)];
        let people = witness("people", 1, 0);
        let by_email = fold(&[(pseudonym(50), C)], &links);
        assert_eq!(explained(&by_email, 50), None);
        assert_eq!(explained(&by_email, 1), Some((50, people.clone(), 1)));
        assert_eq!(explained(&by_email, 51), Some((1, people.clone(), 1)));
        let by_number = fold(&[(pseudonym(1), A)], &links);
        assert_eq!(explained(&by_number, 1), None);
        assert_eq!(explained(&by_number, 50), Some((1, people, 1)));
    }

    #[test]
    fn witnesses_are_counted_and_the_latest_is_shown() {
        let with = |collection: &str, seen, witnesses| Link {
            witness: witness(collection, 9, seen),
            witnesses,
            ..link(1, 50)
        };
        let links = [
            with("crm", 5, 2),
            with("shop", 7, 1),
            with("archive", 3, 4),
            // Of another member: no witness of this one.
            link(1, 51),
        ];
        let subject = fold(&[(pseudonym(50), C)], &links);
        let expected = Some((50, witness("shop", 9, 7), 7));
        assert_eq!(explained(&subject, 1), expected);
    }
}
