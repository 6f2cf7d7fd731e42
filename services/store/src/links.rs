//! Links, and the Collections whose declarations their own rows contradict.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use hemvist_model::{
    CollectionName, Contradiction, ContradictionReason, ControllerId, Link, LinkRule, Pseudonym,
    RecordRef, SourceId, Timestamp, Witness,
};

use crate::db::{Db, Row, Value, placeholders, values};
use crate::index::{decode_info_type, decode_source};
use crate::{Store, StoreError};

/// Pseudonyms asked for in one SELECT.
const PSEUDONYMS_PER_STATEMENT: usize = 64;

/// Which side of a Link is asked for.
#[derive(Clone, Copy)]
enum Side {
    Anchor,
    Attached,
}

/// One for each anchor, attached and Collection, with the latest witness of that.
type Links = BTreeMap<(Pseudonym, Pseudonym, SourceId, CollectionName), Link>;

impl Store {
    /// Every Link that decides who the asked Pseudonyms belong to, one for each anchor, attached
    /// Pseudonym and Collection, with its latest witness and the number of all: what [`hemvist_model::fold`] asks for, and beyond it the
    /// other anchors of whatever is attached to the asked ones' anchors, so that nothing shared
    /// looks exclusive. Collections that contradict their declaration give none.
    ///
    /// # Errors
    /// `Transient` or `Corrupt`, as everywhere.
    pub async fn links(
        &self,
        controller: &ControllerId,
        pseudonyms: &[Pseudonym],
    ) -> Result<Vec<Link>, StoreError> {
        let asked: BTreeSet<Pseudonym> = pseudonyms.iter().copied().collect();
        let controller = controller.clone();
        self.read(move |db| {
            Box::pin(async move {
                let mut links = Links::new();
                extend(db, &controller, Side::Attached, &asked, &mut links).await?;
                let mut anchors = sole_anchors(&links);
                anchors.extend(&asked);
                extend(db, &controller, Side::Anchor, &anchors, &mut links).await?;
                let attached = links.values().map(|link| link.attached);
                let attached: BTreeSet<_> = attached.filter(|p| !asked.contains(p)).collect();
                extend(db, &controller, Side::Attached, &attached, &mut links).await?;
                Ok(links.into_values().collect())
            })
        })
        .await
    }

    /// The identity sources of a Controller that link nothing, or less than they were declared
    /// for: their rows contradict it, or the newest listing of their Source did not have them.
    ///
    /// # Errors
    /// `Transient` or `Corrupt`, as everywhere.
    pub async fn contradictions(
        &self,
        controller: &ControllerId,
    ) -> Result<Vec<Contradiction>, StoreError> {
        let controller = controller.clone();
        self.read(move |db| {
            Box::pin(async move {
                let select = "SELECT o.id, c.name, c.contradictions FROM collection c \
                              JOIN source o ON o.source_no = c.source_no \
                              WHERE o.controller = $1 AND c.contradictions > 0 \
                              ORDER BY o.id, c.name";
                let mut all = Vec::new();
                for row in db.rows(select, values![controller.as_str()]).await? {
                    all.push(Contradiction {
                        source: decode_source(&row, 0)?,
                        collection: CollectionName::new(row.text(1)?),
                        reason: ContradictionReason::SeveralPeople(row.count(2)?),
                    });
                }
                let select = "SELECT id, missing FROM source WHERE controller = $1 \
                              AND missing <> '[]' ORDER BY id";
                for row in db.rows(select, values![controller.as_str()]).await? {
                    all.extend(missing(&row)?);
                }
                Ok(all)
            })
        })
        .await
    }
}

fn missing(row: &Row) -> Result<Vec<Contradiction>, StoreError> {
    let source = decode_source(row, 0)?;
    let missing: Vec<(CollectionName, Option<String>)> = serde_json::from_str(&row.text(1)?)
        .map_err(|_| StoreError::Corrupt("what a source is without"))?;
    let one = |(collection, field): (CollectionName, Option<String>)| Contradiction {
        source: source.clone(),
        collection,
        reason: field.map_or(
            ContradictionReason::NoCollection,
            ContradictionReason::NoField,
        ),
    };
    Ok(missing.into_iter().map(one).collect())
}

/// The anchors of what has just one. What several claim stands alone, whatever else is theirs: a
/// role mailbox may have a hundred thousand.
fn sole_anchors(links: &Links) -> BTreeSet<Pseudonym> {
    let mut anchors_of: BTreeMap<Pseudonym, BTreeSet<Pseudonym>> = BTreeMap::new();
    for link in links.values() {
        let anchors = anchors_of.entry(link.attached).or_default();
        anchors.insert(link.anchor);
    }
    let sole = anchors_of
        .into_values()
        .filter(|anchors| anchors.len() == 1);
    sole.flatten().collect()
}

/// Adds the Links that have one of these Pseudonyms on that side.
async fn extend(
    db: &mut Db,
    controller: &ControllerId,
    side: Side,
    pseudonyms: &BTreeSet<Pseudonym>,
    links: &mut Links,
) -> Result<(), StoreError> {
    let column = match side {
        Side::Anchor => "anchor",
        Side::Attached => "attached",
    };
    let select = format!(
        "SELECT l.anchor, l.anchor_type, l.attached, l.attached_type, l.rule, l.record_ref, \
         o.id, c.name, p.ended FROM link l CROSS JOIN collection c CROSS JOIN source o \
         CROSS JOIN split p WHERE l.{column} IN ({}) AND c.collection_no = l.collection_no \
         AND c.contradictions = 0 AND o.source_no = c.source_no AND o.controller = $1 \
         AND p.split_no = l.split_no",
        placeholders(2, PSEUDONYMS_PER_STATEMENT)
    );
    let pseudonyms: Vec<Pseudonym> = pseudonyms.iter().copied().collect();
    // One side holds all witnesses of a pair, so what another side brought is replaced, not added to.
    let mut found = Links::new();
    for chunk in pseudonyms.chunks(PSEUDONYMS_PER_STATEMENT) {
        let mut values = values![controller.as_str()];
        values.extend(chunk.iter().map(|pseudonym| Value::from(pseudonym.0)));
        values.resize(PSEUDONYMS_PER_STATEMENT + 1, Value::Bytes(None));
        for row in db.rows(select.clone(), values).await? {
            add(&mut found, decode(&row)?);
        }
    }
    links.extend(found);
    Ok(())
}

fn add(links: &mut Links, link: Link) {
    let (source, collection) = (link.witness.source.clone(), link.witness.collection.clone());
    match links.entry((link.anchor, link.attached, source, collection)) {
        Entry::Vacant(room) => _ = room.insert(link),
        Entry::Occupied(mut known) => {
            let known = known.get_mut();
            known.witnesses += link.witnesses;
            let age = |witness: &Witness| (witness.seen, witness.record_ref);
            if age(&link.witness) > age(&known.witness) {
                known.witness = link.witness;
            }
        }
    }
}

fn decode(row: &Row) -> Result<Link, StoreError> {
    if row.int(4)? != i64::from(LinkRule::IdentitySource as u8) {
        return Err(StoreError::Corrupt("a link's rule"));
    }
    Ok(Link {
        anchor: Pseudonym(row.key(0)?),
        anchor_type: decode_info_type(row.int(1)?)?,
        attached: Pseudonym(row.key(2)?),
        attached_type: decode_info_type(row.int(3)?)?,
        rule: LinkRule::IdentitySource,
        witness: Witness {
            source: decode_source(row, 6)?,
            collection: CollectionName::new(row.text(7)?),
            record_ref: RecordRef(row.key(5)?),
            seen: Timestamp(row.opt_int(8)?.unwrap_or_default()),
        },
        witnesses: 1,
    })
}
