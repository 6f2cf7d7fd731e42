//! Executing a Plan: its Lease, its states, its journal and its Receipt.
//!
//! Every operation under a Lease locks the Plan, compares the token, renews the claim, and moves
//! a state only from the one that it read. What happened is appended to the journal in the same
//! transaction.

use hemvist_model::{ErasureEvent, ErasureState, ItemState, Outcome, PlanId};

use crate::db::{Db, values};
use crate::plans::{
    ITEM_DONE, ITEM_INTENDED, decode_id, decode_item_state, decode_state, seal_outcome,
};
use crate::store::new_token;
use crate::{PlanLease, Store, StoreError};

impl Store {
    /// Claims a Plan for execution; `None` while somebody else has it.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it is not approved, or has ended.
    pub async fn lease_plan(
        &self,
        id: &PlanId,
        lease_seconds: u32,
    ) -> Result<Option<PlanLease>, StoreError> {
        let plan = id.clone();
        self.write(move |db| {
            Box::pin(async move {
                let select = db.locking("SELECT state, lease_until FROM plan WHERE id = $1");
                let row = db.row(select, values![plan.as_str()]).await?;
                let row = row.ok_or(StoreError::NotFound("plan"))?;
                let state = decode_state(row.int(0)?)?;
                if state == ErasureState::Planned || state.is_final() {
                    return Err(StoreError::Conflict("the plan does not wait for execution"));
                }
                let now = db.now().await?;
                if row.int(1)? > now.0 {
                    return Ok(None);
                }
                let token = new_token()?;
                let update = "UPDATE plan SET lease_token = $1, lease_until = $2 WHERE id = $3";
                let until = now.plus_seconds(lease_seconds.into());
                let values = values![token.0, until, plan.as_str()];
                db.execute(update, values).await?;
                Ok(Some(PlanLease {
                    plan,
                    token,
                    lease_seconds,
                }))
            })
        })
        .await
    }

    /// Makes a Lease last `lease_seconds` from now; `false` when it is no longer ours.
    ///
    /// # Errors
    /// `Transient`, as everywhere.
    pub async fn renew_plan(
        &self,
        lease: &PlanLease,
        lease_seconds: u32,
    ) -> Result<bool, StoreError> {
        let lease = PlanLease {
            lease_seconds,
            ..lease.clone()
        };
        let renewed = self.write(move |db| Box::pin(async move { lock(db, &lease).await }));
        match renewed.await {
            Ok(_) => Ok(true),
            Err(StoreError::LeaseLost) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Gives a claim back before it lapses. Nothing happens when it is no longer ours.
    ///
    /// # Errors
    /// `Transient`, as everywhere.
    pub async fn release_plan(&self, lease: &PlanLease) -> Result<(), StoreError> {
        let values = values![lease.plan.as_str(), lease.token.0];
        self.write(move |db| {
            Box::pin(async move {
                let update = "UPDATE plan SET lease_token = 0, lease_until = 0 \
                              WHERE id = $1 AND lease_token = $2";
                db.execute(update, values).await?;
                Ok(())
            })
        })
        .await
    }

    /// Plans in execution or verification that nobody holds: to be resumed.
    ///
    /// # Errors
    /// `Transient`, as everywhere.
    pub async fn unfinished_plans(&self) -> Result<Vec<PlanId>, StoreError> {
        self.read(|db| {
            Box::pin(async move {
                let now = db.now().await?;
                let select = "SELECT id FROM plan WHERE state IN (3, 4) AND lease_until <= $1 \
                              ORDER BY id";
                let rows = db.rows(select, values![now]).await?;
                rows.iter().map(decode_id).collect()
            })
        })
        .await
    }

    /// Moves the Erasure to the state that follows.
    ///
    /// # Errors
    /// `LeaseLost`; `Conflict` when the event cannot happen in the state that it is in.
    pub async fn advance(
        &self,
        lease: &PlanLease,
        event: ErasureEvent,
    ) -> Result<ErasureState, StoreError> {
        let lease = lease.clone();
        self.write(move |db| Box::pin(async move { advance(db, &lease, event).await }))
            .await
    }

    /// Writes down that an item is about to be acted on; durable when this returns. Doing it again
    /// (after a crash) is no error.
    ///
    /// # Errors
    /// `LeaseLost`; `NotFound` when there is no such item; `Conflict` when it has its outcome.
    pub async fn intend(&self, lease: &PlanLease, item: u32) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.write(move |db| {
            Box::pin(async move {
                lock(db, &lease).await?;
                let key = || values![lease.plan.as_str(), item];
                let select = "SELECT state FROM plan_item WHERE plan = $1 AND item = $2";
                let row = db.row(select, key()).await?;
                if row.ok_or(StoreError::NotFound("item"))?.int(0)? == ITEM_DONE {
                    return Err(StoreError::Conflict("the item has its outcome"));
                }
                let update = "UPDATE plan_item SET state = $3 WHERE plan = $1 AND item = $2";
                let mut values = key();
                values.extend(values![ITEM_INTENDED]);
                db.execute(update, values).await?;
                note_item(db, &lease, item, None).await
            })
        })
        .await
    }

    /// Writes down what came of an item. A later outcome takes the earlier one's place; the
    /// journal keeps both.
    ///
    /// # Errors
    /// `LeaseLost`; `NotFound` when there is no such item.
    pub async fn finish_item(
        &self,
        lease: &PlanLease,
        item: u32,
        outcome: &Outcome,
    ) -> Result<(), StoreError> {
        let lease = lease.clone();
        let sealed = seal_outcome(self.sealer(), outcome)?;
        self.write(move |db| {
            Box::pin(async move {
                lock(db, &lease).await?;
                let update = "UPDATE plan_item SET state = $1, outcome = $2 \
                              WHERE plan = $3 AND item = $4";
                let values = values![ITEM_DONE, sealed.clone(), lease.plan.as_str(), item];
                let missing = StoreError::NotFound("item");
                db.execute_one(update, values, missing).await?;
                note_item(db, &lease, item, Some(sealed)).await
            })
        })
        .await
    }

    /// Where each item stands, in the Plan's order.
    ///
    /// # Errors
    /// `Transient` or `Corrupt`, as everywhere.
    pub async fn item_states(&self, plan: &PlanId) -> Result<Vec<ItemState>, StoreError> {
        let values = values![plan.as_str()];
        let rows = self.read(move |db| {
            Box::pin(async move {
                let select = "SELECT state, outcome FROM plan_item WHERE plan = $1 ORDER BY item";
                db.rows(select, values).await
            })
        });
        let rows = rows.await?;
        rows.iter()
            .map(|row| decode_item_state(self.sealer(), row))
            .collect()
    }

    /// Moves the Erasure to its final state, keeps its Receipt and gives the claim back, in one
    /// transaction. The Receipt holds no Identifier and no key, and is kept as it is.
    ///
    /// # Errors
    /// `LeaseLost`; `Conflict` when the event does not lead to a final state.
    pub async fn finish_plan(
        &self,
        lease: &PlanLease,
        event: ErasureEvent,
        receipt: &[u8],
    ) -> Result<ErasureState, StoreError> {
        let (lease, receipt) = (lease.clone(), receipt.to_vec());
        self.write(move |db| {
            Box::pin(async move {
                let state = advance(db, &lease, event).await?;
                if !state.is_final() {
                    return Err(StoreError::Conflict("the erasure does not end with this"));
                }
                let update = "UPDATE plan SET receipt = $1, lease_token = 0, lease_until = 0 \
                              WHERE id = $2";
                let values = values![receipt, lease.plan.as_str()];
                db.execute_one(update, values, StoreError::LeaseLost)
                    .await?;
                Ok(state)
            })
        })
        .await
    }

    /// The Receipt of an Erasure that has ended.
    ///
    /// # Errors
    /// `Transient`, as everywhere.
    pub async fn receipt(&self, plan: &PlanId) -> Result<Option<Vec<u8>>, StoreError> {
        let values = values![plan.as_str()];
        self.read(move |db| {
            Box::pin(async move {
                let row = db
                    .row("SELECT receipt FROM plan WHERE id = $1", values)
                    .await?;
                Ok(row.map(|row| row.opt_bytes(0)).transpose()?.flatten())
            })
        })
        .await
    }
}

/// Locks the Plan if the claim is still ours, and renews it.
async fn lock(db: &mut Db, lease: &PlanLease) -> Result<ErasureState, StoreError> {
    let select = db.locking("SELECT state FROM plan WHERE id = $1 AND lease_token = $2");
    let row = db.row(select, values![lease.plan.as_str(), lease.token.0]);
    let state = decode_state(row.await?.ok_or(StoreError::LeaseLost)?.int(0)?)?;
    let until = db.now().await?.plus_seconds(lease.lease_seconds.into());
    let update = "UPDATE plan SET lease_until = $1 WHERE id = $2";
    db.execute(update, values![until, lease.plan.as_str()])
        .await?;
    Ok(state)
}

async fn advance(
    db: &mut Db,
    lease: &PlanLease,
    event: ErasureEvent,
) -> Result<ErasureState, StoreError> {
    let old = lock(db, lease).await?;
    let impossible = StoreError::Conflict("the erasure is not in a state for this");
    let state = old.next(event).ok_or(impossible)?;
    let update = "UPDATE plan SET state = $1 WHERE id = $2 AND state = $3 AND lease_token = $4";
    let values = values![state.code(), lease.plan.as_str(), old.code(), lease.token.0];
    db.execute_one(update, values, StoreError::LeaseLost)
        .await?;
    let insert = "INSERT INTO journal (plan, at, state) VALUES ($1, $2, $3)";
    let at = db.now().await?;
    let values = values![lease.plan.as_str(), at, state.code()];
    db.execute(insert, values).await?;
    Ok(state)
}

async fn note_item(
    db: &mut Db,
    lease: &PlanLease,
    item: u32,
    outcome: Option<Vec<u8>>,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO journal (plan, at, item, outcome) VALUES ($1, $2, $3, $4)";
    let at = db.now().await?;
    let values = values![lease.plan.as_str(), at, item, outcome];
    let failed = StoreError::bug("a journal entry was not written");
    db.execute_one(insert, values, failed).await
}
