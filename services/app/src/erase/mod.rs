//! Erase: approve a Plan, execute it behind a journal, watch it, take up what a killed worker left.
//!
//! Execution runs in a task of its own under a Lease: whoever asked may go away, and two
//! processes never execute one Plan at the same time. Verification is its second half.
//!
//! Whoever looks at a Plan, an Erasure or a Receipt is in the audit log before they see it.

mod run;
#[cfg(test)]
pub(crate) mod tests;

use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use hemvist_model::{Caller, Erasure, ErasureEvent, ErasureState, Plan, PlanId, VerificationLevel};

use crate::{App, Error, ErrorKind, verify_receipt};

/// How often a watched Erasure is read again.
const WATCH_PERIOD: Duration = Duration::from_millis(150);

/// An Erasure over and over, until it has ended.
pub type ErasureWatch = BoxStream<'static, Result<ErasureView, Error>>;

/// An Erasure as it stands.
pub struct ErasureView {
    /// The Plan; items that execution has come to have their outcomes.
    pub plan: Plan,
    /// Its state and progress.
    pub erasure: Erasure,
    /// How far verification got, by the Receipt; nothing while there is none.
    pub verification: VerificationLevel,
}

impl App {
    /// One Plan with its items; those that execution has come to have their outcomes.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_plan(&self, caller: &Caller, id: &PlanId) -> Result<Plan, Error> {
        let (plan, _) = self.known_plan(id).await?;
        self.audit(caller, "GetPlan", Some(&plan.controller), id.as_str())
            .await?;
        Ok(plan)
    }

    /// A Plan and where its execution stands.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn erasure(&self, caller: &Caller, id: &PlanId) -> Result<ErasureView, Error> {
        let (plan, erasure) = self.known_plan(id).await?;
        self.audit(caller, "GetErasure", Some(&plan.controller), id.as_str())
            .await?;
        self.view(plan, erasure).await
    }

    async fn known_plan(&self, id: &PlanId) -> Result<(Plan, Erasure), Error> {
        self.store()
            .plan(id)
            .await?
            .ok_or_else(|| Error::not_found("plan"))
    }

    async fn view(&self, plan: Plan, erasure: Erasure) -> Result<ErasureView, Error> {
        let mut verification = VerificationLevel::None;
        if let Some(document) = self.store().receipt(&plan.id).await? {
            let receipt = verify_receipt(&document, None).map_err(|_| receipt_damaged())?;
            verification = receipt.verification;
        }
        Ok(ErasureView {
            plan,
            erasure,
            verification,
        })
    }

    /// Approves exactly the Plan of that hash.
    ///
    /// # Errors
    /// `FailedPrecondition` when the hash is another Plan's, when the Plan has expired, when it was
    /// made under other declarations than there are now, or when it has been approved already.
    pub async fn approve_plan(
        &self,
        caller: &Caller,
        id: &PlanId,
        hash: [u8; 32],
    ) -> Result<Erasure, Error> {
        let (plan, erasure) = self.known_plan(id).await?;
        self.audit(caller, "ApprovePlan", Some(&plan.controller), id.as_str())
            .await?;
        if plan.hash != hash {
            return Err(precondition(
                "PLAN_HASH_DIFFERS",
                "this is not the hash of that plan: look at the plan again and approve what you saw",
            ));
        }
        match erasure.state {
            ErasureState::Planned if self.clock().now() < plan.expires => {}
            ErasureState::Planned | ErasureState::Expired => {
                // The store marks it as expired.
                _ = self
                    .store()
                    .approve_plan(id, hash, caller, self.clock().now())
                    .await;
                return Err(expired());
            }
            _ => {
                return Err(precondition(
                    "PLAN_NOT_PLANNED",
                    "the plan has been approved already",
                ));
            }
        }
        if !self.is_declared_as_planned(&plan).await? {
            return Err(redeclared());
        }
        self.store()
            .approve_plan(id, hash, caller, self.clock().now())
            .await
            .map_err(|error| match error.kind() {
                hemvist_store::Kind::Conflict => precondition(
                    "PLAN_NOT_PLANNED",
                    "the plan was approved or expired in the meantime: look at it again",
                ),
                _ => error.into(),
            })
    }

    /// Starts executing an approved Plan and returns at once. Asked again it answers with the same
    /// Erasure.
    ///
    /// # Errors
    /// `FailedPrecondition` when the Plan is not approved, has expired, or was made under other
    /// declarations than there are now (a changed rule voids the approval).
    pub async fn execute_plan(&self, caller: &Caller, id: &PlanId) -> Result<Erasure, Error> {
        let (plan, erasure) = self.known_plan(id).await?;
        self.audit(caller, "ExecutePlan", Some(&plan.controller), id.as_str())
            .await?;
        match erasure.state {
            ErasureState::Approved => {}
            ErasureState::Expired => return Err(expired()),
            ErasureState::Planned => {
                return Err(precondition(
                    "PLAN_NOT_APPROVED",
                    "approve the plan first, naming its hash",
                ));
            }
            _ => return Ok(erasure),
        }
        let Some(lease) = self.store().lease_plan(id, self.lease_seconds()).await? else {
            // Somebody else begins with it at this moment.
            return Ok(self.known_plan(id).await?.1);
        };
        if self.clock().now() >= plan.expires {
            self.store().advance(&lease, ErasureEvent::Expire).await?;
            return Err(expired());
        }
        if !self.is_declared_as_planned(&plan).await? {
            self.store().advance(&lease, ErasureEvent::Expire).await?;
            return Err(redeclared());
        }
        let state = self.store().advance(&lease, ErasureEvent::Execute).await?;
        let app = self.clone();
        tokio::spawn(async move {
            let plan = lease.plan.clone();
            if let Err(error) = app.run_erasure(lease, app.lease_seconds()).await {
                // A worker takes it up again when the Lease is free.
                tracing::warn!(%plan, reason = error.reason(), "the erasure was interrupted: {error}");
            }
        });
        Ok(Erasure { state, ..erasure })
    }

    /// The Erasure now and after every step, until it has ended or cannot be read.
    pub fn watch_erasure(&self, caller: &Caller, id: &PlanId) -> ErasureWatch {
        let watch = (self.clone(), caller.clone(), id.clone(), None::<Erasure>);
        futures::stream::unfold(Some(watch), |watch| async move {
            let (app, caller, id, seen) = watch?;
            loop {
                let next = match app.next_view(&caller, &id, seen.as_ref()).await {
                    Ok(Some(next)) => next,
                    Ok(None) => {
                        tokio::time::sleep(WATCH_PERIOD).await;
                        continue;
                    }
                    Err(error) => return Some((Err(error), None)),
                };
                let goes_on = !next.erasure.state.is_final();
                let rest = goes_on.then(|| (app, caller, id, Some(next.erasure.clone())));
                return Some((Ok(next), rest));
            }
        })
        .boxed()
    }

    /// The Erasure, if it is another than was seen. One watching is one entry in the audit log.
    async fn next_view(
        &self,
        caller: &Caller,
        id: &PlanId,
        seen: Option<&Erasure>,
    ) -> Result<Option<ErasureView>, Error> {
        let (plan, erasure) = self.known_plan(id).await?;
        match seen {
            Some(seen) if is_same(seen, &erasure) => return Ok(None),
            Some(_) => {}
            None => {
                self.audit(caller, "WatchErasure", Some(&plan.controller), id.as_str())
                    .await?;
            }
        }
        self.view(plan, erasure).await.map(Some)
    }

    /// The signed statement of what an erasure did.
    ///
    /// # Errors
    /// `FailedPrecondition` before the erasure has ended.
    pub async fn receipt(&self, caller: &Caller, id: &PlanId) -> Result<Vec<u8>, Error> {
        let (plan, _) = self.known_plan(id).await?;
        self.audit(caller, "GetReceipt", Some(&plan.controller), id.as_str())
            .await?;
        let receipt = self.store().receipt(id).await?;
        receipt.ok_or_else(|| {
            precondition(
                "NO_RECEIPT",
                "there is no receipt before the erasure has been executed",
            )
        })
    }

    /// Takes up one erasure whose executor is gone. `false` when there is none.
    pub(crate) async fn resume_erasures(&self, lease_seconds: u32) -> Result<bool, Error> {
        let mut failed = None;
        for id in self.store().unfinished_plans().await? {
            // Somebody else may have taken or ended it since.
            let Ok(Some(lease)) = self.store().lease_plan(&id, lease_seconds).await else {
                continue;
            };
            match self.run_erasure(lease, lease_seconds).await {
                Ok(()) => return Ok(true),
                // One that cannot go on must not hold up the others.
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(false), Err)
    }
}

fn is_same(a: &Erasure, b: &Erasure) -> bool {
    (a.state, a.progress, &a.approved) == (b.state, b.progress, &b.approved)
}

fn precondition(reason: &'static str, message: &'static str) -> Error {
    Error::new(ErrorKind::FailedPrecondition, reason, message)
}

fn receipt_damaged() -> Error {
    Error::new(
        ErrorKind::Internal,
        "RECEIPT_DAMAGED",
        "the receipt that is kept is not the one that was signed",
    )
}

fn redeclared() -> Error {
    precondition(
        "PLAN_OUTDATED",
        "what is declared about a source, or how the detectors are configured, is not what the plan was made under, \
         and nothing was changed: plan again",
    )
}

fn expired() -> Error {
    precondition(
        "PLAN_EXPIRED",
        "the plan has expired and nothing was changed: plan again",
    )
}
