//! Planning as others see it: a stream that says how far it is and ends with the Plan.
//!
//! Reading large Collections takes long, so no call may be bound to answer within minutes. What
//! was half planned is kept nowhere: a Plan is written once, whole.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use hemvist_model::{Caller, CollectionName, ControllerId, Plan, SourceId};
use tokio::sync::watch;

use crate::{App, Error, IdentifierQuery};

/// How far planning is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Planning {
    /// Collections to read.
    pub collections_total: u64,
    /// Collections that were read.
    pub collections_done: u64,
    /// Records in them, as the last Scans counted.
    pub records_total: u64,
    /// Records that were read.
    pub records_read: u64,
}

/// What planning says.
pub enum PlanEvent {
    /// How far it is.
    Planning(Planning),
    /// The Plan: the end.
    Planned(Box<Plan>),
}

/// What planning says, until the Plan or an error.
pub type PlanStream = BoxStream<'static, Result<PlanEvent, Error>>;

/// Who is told how far planning is.
pub(super) type Told = watch::Sender<Planning>;

impl App {
    /// Plans the erasure of the person that these identifiers belong to.
    ///
    /// The same `request_id` gives the same Plan again (AIP-155); empty means none.
    ///
    /// # Errors
    /// `InvalidArgument` when an identifier is none; `FailedPrecondition` when all of them are too
    /// weak to act on, when the index knows no data of this person, or when there is too much.
    pub async fn plan_erasure(
        &self,
        caller: &Caller,
        controller: &ControllerId,
        identifiers: &[IdentifierQuery],
        request_id: &str,
    ) -> Result<Plan, Error> {
        let told = Told::default();
        self.plan_telling(caller, controller, identifiers, request_id, &told)
            .await
    }

    /// The same, saying how far it is. Planning ends when the stream is dropped, unless there is a
    /// `request_id`: then it goes on in this process, and the same request gives its Plan.
    #[must_use]
    pub fn watch_plan(
        &self,
        caller: &Caller,
        controller: &ControllerId,
        identifiers: Vec<IdentifierQuery>,
        request_id: &str,
    ) -> PlanStream {
        let (told, heard) = watch::channel(Planning::default());
        let (app, caller, controller) = (self.clone(), caller.clone(), controller.clone());
        let request_id = request_id.to_owned();
        let asked_again = !request_id.is_empty();
        let plan = async move {
            app.plan_telling(&caller, &controller, &identifiers, &request_id, &told)
                .await
        };
        let planning: BoxFuture<'static, Result<Plan, Error>> = match asked_again {
            false => plan.boxed(),
            true => {
                let plan = tokio::spawn(plan);
                async move {
                    let broke = |_| Err(Error::internal("planning broke off"));
                    plan.await.unwrap_or_else(broke)
                }
                .boxed()
            }
        };
        futures::stream::unfold(Some((planning, heard)), next).boxed()
    }

    /// Tells how much there is to read.
    pub(super) async fn tell_of(
        &self,
        controller: &ControllerId,
        collections: &BTreeMap<SourceId, BTreeSet<CollectionName>>,
        told: &Told,
    ) -> Result<(), Error> {
        let mut records_total = 0;
        for source in self.store().coverage(controller).await? {
            let Some(names) = collections.get(&source.source) else {
                continue;
            };
            let known = source.collections.iter();
            let read = known.filter(|reading| names.contains(&reading.collection));
            // Several readings of one Collection are of the same Records.
            let mut records = BTreeMap::new();
            for reading in read {
                let most: &mut u64 = records.entry(&reading.collection).or_default();
                *most = reading.coverage.enumerated().max(*most);
            }
            records_total += records.into_values().sum::<u64>();
        }
        told.send_replace(Planning {
            collections_total: collections.values().map(|names| names.len() as u64).sum(),
            records_total,
            ..Planning::default()
        });
        Ok(())
    }
}

type Watched = (
    BoxFuture<'static, Result<Plan, Error>>,
    watch::Receiver<Planning>,
);

async fn next(watched: Option<Watched>) -> Option<(Result<PlanEvent, Error>, Option<Watched>)> {
    let (mut planning, mut heard) = watched?;
    tokio::select! {
        biased;
        // Fails when planning has ended; its outcome is waiting then.
        Ok(()) = heard.changed() => {
            let event = PlanEvent::Planning(*heard.borrow_and_update());
            Some((Ok(event), Some((planning, heard))))
        }
        plan = &mut planning => {
            Some((plan.map(|plan| PlanEvent::Planned(Box::new(plan))), None))
        }
    }
}
