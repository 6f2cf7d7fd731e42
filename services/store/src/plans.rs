//! Plans: written once, read whole, approved by their hash.

use hemvist_model::{
    Action, Caller, CollectionName, ControllerId, Erasure, ErasureEvent, ErasureState, FieldPath,
    Fingerprint, InfoType, ItemState, Outcome, Plan, PlanId, PlanItem, Pseudonym, RecordKey,
    RecordRef, SourceId, Timestamp,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::db::{Db, Row, Value, values};
use crate::seal::{Purpose, Sealer};
use crate::{Store, StoreError};

/// Item states in our database.
pub(crate) const ITEM_PLANNED: i64 = 1;
pub(crate) const ITEM_INTENDED: i64 = 2;
pub(crate) const ITEM_DONE: i64 = 3;

/// What is sealed of a Plan as a whole.
#[derive(Serialize, Deserialize)]
struct Head {
    subject: Vec<([u8; 16], InfoType)>,
    collections: Vec<(SourceId, CollectionName)>,
    declarations: Vec<(SourceId, [u8; 32])>,
}

/// What is sealed of an item: everything but its outcome, which comes later.
#[derive(Serialize, Deserialize)]
struct Body {
    source: SourceId,
    collection: CollectionName,
    record: Vec<u8>,
    record_ref: RecordRef,
    fingerprint: Fingerprint,
    expected: Option<Fingerprint>,
    moved: Option<Vec<u8>>,
    action: Action,
    why: String,
    holds: Vec<(FieldPath, InfoType, u32)>,
}

impl Store {
    /// Writes a Plan, in state `Planned`. Items whose outcome is decided are done from the start.
    ///
    /// # Errors
    /// `Conflict` when its id is taken, or `request_id` (unless empty) was used before: see
    /// [`Store::plan_request`].
    pub async fn create_plan(
        &self,
        plan: &Plan,
        caller: &Caller,
        request_id: &str,
    ) -> Result<(), StoreError> {
        let caller = to_json(caller)?;
        let mut items: Vec<Vec<Value>> = Vec::with_capacity(plan.items.len());
        for (number, item) in (0_u32..).zip(&plan.items) {
            items.push(item_values(self.sealer(), &plan.id, number, item)?);
        }
        let values = values![
            plan.id.as_str(),
            plan.controller.as_str(),
            ErasureState::Planned.code(),
            plan.hash,
            plan.created,
            plan.expires,
            plan.candidates,
            seal_head(self.sealer(), plan)?,
            String::from_utf8(caller).map_err(|_| StoreError::bug("JSON is not UTF-8"))?,
            self.sealer().seal_request(request_id)?,
        ];
        self.write(move |db| {
            Box::pin(async move {
                let insert = "INSERT INTO plan (id, controller, state, hash, created, expires, \
                              candidates, head, caller, request_id) \
                              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                              ON CONFLICT DO NOTHING";
                let taken = StoreError::Conflict("this plan or request exists");
                db.execute_one(insert, values, taken).await?;
                let insert = "INSERT INTO plan_item (plan, item, state, body, outcome) \
                              VALUES ($1, $2, $3, $4, $5)";
                for values in items {
                    db.execute(insert, values).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// A Plan with its items' outcomes, and where its Erasure stands.
    ///
    /// # Errors
    /// `Corrupt` when it cannot be read whole.
    pub async fn plan(&self, id: &PlanId) -> Result<Option<(Plan, Erasure)>, StoreError> {
        let plan = id.clone();
        let read = self.read(move |db| {
            Box::pin(async move {
                let select = "SELECT controller, hash, created, expires, candidates, head, state, \
                              approved_by, approved_at FROM plan WHERE id = $1";
                let Some(row) = db.row(select, values![plan.as_str()]).await? else {
                    return Ok(None);
                };
                let select = "SELECT body, outcome FROM plan_item WHERE plan = $1 ORDER BY item";
                let items = db.rows(select, values![plan.as_str()]).await?;
                Ok(Some((row, items)))
            })
        });
        let Some((row, rows)) = read.await? else {
            return Ok(None);
        };
        let items: Result<Vec<PlanItem>, StoreError> = rows
            .iter()
            .map(|row| decode_item(self.sealer(), row))
            .collect();
        let items = items?;
        let head: Head = from_json(&self.sealer().open(Purpose::PlanItem, &row.bytes(5)?)?)?;
        let subject = head.subject.into_iter();
        let done = items.iter().filter(|item| item.outcome.is_some()).count();
        let erasure = decode_erasure(id, &row, 6, (size(done), size(items.len())))?;
        let controller = ControllerId::new(row.text(0)?);
        let plan = Plan {
            id: id.clone(),
            controller: controller.map_err(|_| StoreError::Corrupt("a controller's id"))?,
            subject: subject
                .map(|(bytes, kind)| (Pseudonym(bytes), kind))
                .collect(),
            hash: row.key(1)?,
            created: Timestamp(row.int(2)?),
            expires: Timestamp(row.int(3)?),
            collections: head.collections,
            declarations: head.declarations,
            items,
            candidates: row.count(4)?,
        };
        Ok(Some((plan, erasure)))
    }

    /// The Plan that a request made.
    ///
    /// # Errors
    /// `Transient`, as everywhere.
    pub async fn plan_request(&self, request_id: &str) -> Result<Option<PlanId>, StoreError> {
        let values = values![self.sealer().seal_request(request_id)?];
        self.read(move |db| {
            Box::pin(async move {
                let row = db
                    .row("SELECT id FROM plan WHERE request_id = $1", values)
                    .await?;
                row.as_ref().map(decode_id).transpose()
            })
        })
        .await
    }

    /// Who asked for a Plan.
    ///
    /// # Errors
    /// `Transient` or `Corrupt`, as everywhere.
    pub async fn plan_caller(&self, id: &PlanId) -> Result<Option<Caller>, StoreError> {
        let values = values![id.as_str()];
        self.read(move |db| {
            Box::pin(async move {
                let row = db
                    .row("SELECT caller FROM plan WHERE id = $1", values)
                    .await?;
                let caller = row.map(|row| row.text(0)).transpose()?;
                caller.map(|json| from_json(json.as_bytes())).transpose()
            })
        })
        .await
    }

    /// Approves a Plan by its hash.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when the hash is another one, the Plan is not in state `Planned`, or
    /// it has expired at `now` (its state is `Expired` then).
    pub async fn approve_plan(
        &self,
        id: &PlanId,
        hash: [u8; 32],
        caller: &Caller,
        now: Timestamp,
    ) -> Result<Erasure, StoreError> {
        let (id, principal) = (id.clone(), caller.principal.clone());
        let approved = self
            .write(move |db| Box::pin(async move { approve(db, &id, hash, principal, now).await }));
        // Expiring is committed though approving fails.
        approved
            .await?
            .ok_or(StoreError::Conflict("the plan has expired: plan again"))
    }
}

async fn approve(
    db: &mut Db,
    id: &PlanId,
    hash: [u8; 32],
    principal: String,
    now: Timestamp,
) -> Result<Option<Erasure>, StoreError> {
    let select = db.locking("SELECT state, hash, expires FROM plan WHERE id = $1");
    let row = db.row(select, values![id.as_str()]).await?;
    let row = row.ok_or(StoreError::NotFound("plan"))?;
    if row.key(1)? != hash {
        return Err(StoreError::Conflict("the hash is not this plan's"));
    }
    let old = decode_state(row.int(0)?)?;
    let expired = Timestamp(row.int(2)?) <= now;
    let event = if expired {
        ErasureEvent::Expire
    } else {
        ErasureEvent::Approve
    };
    // An approved Plan that has expired is for its executor to expire.
    let next = old.next(event).filter(|_| old == ErasureState::Planned);
    let state = next.ok_or(StoreError::Conflict("the plan does not wait for approval"))?;
    let (by, at) = match expired {
        true => (None, None),
        false => (Some(principal), Some(now.0)),
    };
    let update = "UPDATE plan SET state = $1, approved_by = $2, approved_at = $3 \
                  WHERE id = $4 AND state = $5";
    let values = values![state.code(), by, at, id.as_str(), old.code()];
    let moved = StoreError::Conflict("the plan does not wait for approval");
    db.execute_one(update, values, moved).await?;
    let insert = "INSERT INTO journal (plan, at, state) VALUES ($1, $2, $3)";
    let at = db.now().await?;
    db.execute(insert, values![id.as_str(), at, state.code()])
        .await?;
    if expired {
        return Ok(None);
    }
    let select = "SELECT p.state, p.approved_by, p.approved_at, \
                  (SELECT COUNT(*) FROM plan_item i WHERE i.plan = p.id AND i.state = 3), \
                  (SELECT COUNT(*) FROM plan_item i WHERE i.plan = p.id) FROM plan p WHERE p.id = $1";
    let row = db.row(select, values![id.as_str()]).await?;
    let row = row.ok_or(StoreError::NotFound("plan"))?;
    decode_erasure(id, &row, 0, (row.count(3)?, row.count(4)?)).map(Some)
}

fn item_values(
    sealer: &Sealer,
    plan: &PlanId,
    number: u32,
    item: &PlanItem,
) -> Result<Vec<Value>, StoreError> {
    let body = to_json(&Body {
        source: item.source.clone(),
        collection: item.collection.clone(),
        record: item.record.encode(),
        record_ref: item.record_ref,
        fingerprint: item.fingerprint.clone(),
        expected: item.expected.clone(),
        moved: item.moved.as_ref().map(RecordKey::encode),
        action: item.action.clone(),
        why: item.why.clone(),
        holds: item.holds.clone(),
    })?;
    let state = item.outcome.as_ref().map_or(ITEM_PLANNED, |_| ITEM_DONE);
    let outcome = item.outcome.as_ref();
    let outcome = outcome
        .map(|outcome| seal_outcome(sealer, outcome))
        .transpose()?;
    let body = sealer.seal(Purpose::PlanItem, &body)?;
    Ok(values![plan.as_str(), number, state, body, outcome])
}

fn seal_head(sealer: &Sealer, plan: &Plan) -> Result<Vec<u8>, StoreError> {
    let subject = plan.subject.iter();
    let head = Head {
        subject: subject
            .map(|(pseudonym, kind)| (pseudonym.0, *kind))
            .collect(),
        collections: plan.collections.clone(),
        declarations: plan.declarations.clone(),
    };
    sealer.seal(Purpose::PlanItem, &to_json(&head)?)
}

fn decode_item(sealer: &Sealer, row: &Row) -> Result<PlanItem, StoreError> {
    let body: Body = from_json(&sealer.open(Purpose::PlanItem, &row.bytes(0)?)?)?;
    let outcome = row.opt_bytes(1)?;
    let key = |bytes: &[u8]| RecordKey::decode(bytes).ok_or(StoreError::Corrupt("a record's key"));
    Ok(PlanItem {
        source: body.source,
        collection: body.collection,
        record: key(&body.record)?,
        record_ref: body.record_ref,
        fingerprint: body.fingerprint,
        expected: body.expected,
        moved: body.moved.as_deref().map(key).transpose()?,
        action: body.action,
        outcome: outcome
            .map(|sealed| open_outcome(sealer, &sealed))
            .transpose()?,
        why: body.why,
        holds: body.holds,
    })
}

/// An Erasure from three columns that begin at `first`: state, who approved, when.
fn decode_erasure(
    id: &PlanId,
    row: &Row,
    first: usize,
    progress: (u64, u64),
) -> Result<Erasure, StoreError> {
    let approved = row.opt_text(first + 1)?.zip(row.opt_int(first + 2)?);
    Ok(Erasure {
        plan: id.clone(),
        state: decode_state(row.int(first)?)?,
        approved: approved.map(|(by, at)| (by, Timestamp(at))),
        progress,
    })
}

/// An item's state from its columns: state, outcome.
pub(crate) fn decode_item_state(sealer: &Sealer, row: &Row) -> Result<ItemState, StoreError> {
    match (row.int(0)?, row.opt_bytes(1)?) {
        (ITEM_PLANNED, None) => Ok(ItemState::Planned),
        (ITEM_INTENDED, None) => Ok(ItemState::Intended),
        (ITEM_DONE, Some(outcome)) => Ok(ItemState::Done(open_outcome(sealer, &outcome)?)),
        _ => Err(StoreError::Corrupt("an item's state")),
    }
}

pub(crate) fn seal_outcome(sealer: &Sealer, outcome: &Outcome) -> Result<Vec<u8>, StoreError> {
    sealer.seal(Purpose::Outcome, &to_json(outcome)?)
}

fn open_outcome(sealer: &Sealer, sealed: &[u8]) -> Result<Outcome, StoreError> {
    from_json(&sealer.open(Purpose::Outcome, sealed)?)
}

pub(crate) fn decode_state(code: i64) -> Result<ErasureState, StoreError> {
    let state = u8::try_from(code).ok().and_then(ErasureState::from_code);
    state.ok_or(StoreError::Corrupt("an erasure's state"))
}

pub(crate) fn decode_id(row: &Row) -> Result<PlanId, StoreError> {
    PlanId::new(row.text(0)?).map_err(|_| StoreError::Corrupt("a plan's id"))
}

fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|_| StoreError::bug("a plan cannot be encoded"))
}

fn from_json<T: DeserializeOwned>(json: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(json).map_err(|_| StoreError::Corrupt("a plan"))
}

fn size(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
