//! Executors that die at every call, before and after its effect, and answers that are lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use hemvist_model::{
    CollectionName, ErasureEvent, ErasureState, Fingerprint, Outcome, PlanId, RecordKey, SplitSpec,
};
use hemvist_source::memory::{MemorySource, row};
use hemvist_source::{
    BatchStream, Capabilities, Change, Changed, Collection, Fingerprinter, Kind, RecordImage,
    Source, SourceError, SplitStream,
};
use tokio::sync::Notify;

use super::company::{ANNA_EMAIL, BO_EMAIL, Company};
use crate::App;

/// What happens at the chosen call of reading or changing a Record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    DiesBefore,
    DiesAfter,
    AnswerLost,
}

/// A Source whose user dies (never gets an answer) or loses an answer at the n-th call.
struct Faulty {
    memory: MemorySource,
    plot: Arc<Plot>,
}

struct Plot {
    fault: Fault,
    /// Counts down; the fault happens when it reaches 0.
    calls: AtomicU64,
    died: Notify,
}

impl Plot {
    /// Whether this is the chosen call.
    fn strikes(&self) -> bool {
        self.calls
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            })
            == Ok(1)
    }

    async fn around<T>(
        &self,
        call: impl Future<Output = Result<T, SourceError>>,
    ) -> Result<T, SourceError> {
        if !self.strikes() {
            return call.await;
        }
        if self.fault != Fault::DiesBefore {
            call.await?;
        }
        if self.fault == Fault::AnswerLost {
            return Err(SourceError::new(Kind::Transient, "the answer was lost"));
        }
        self.died.notify_one();
        std::future::pending().await
    }
}

#[async_trait]
impl Source for Faulty {
    async fn probe(&self) -> Result<Capabilities, SourceError> {
        self.memory.probe().await
    }

    async fn collections(&self) -> Result<Vec<Collection>, SourceError> {
        self.memory.collections().await
    }

    async fn left_alone(&self) -> Result<Vec<(CollectionName, &'static str)>, SourceError> {
        self.memory.left_alone().await
    }

    fn splits(&self, collection: &CollectionName) -> SplitStream {
        self.memory.splits(collection)
    }

    fn read(&self, split: &SplitSpec, resume: Option<&[u8]>) -> BatchStream {
        self.memory.read(split, resume)
    }

    async fn read_record(
        &self,
        collection: &CollectionName,
        key: &RecordKey,
    ) -> Result<Option<RecordImage>, SourceError> {
        self.plot
            .around(self.memory.read_record(collection, key))
            .await
    }

    async fn change(
        &self,
        collection: &CollectionName,
        key: &RecordKey,
        expected: &Fingerprint,
        fingerprinter: &Fingerprinter,
        change: Change,
    ) -> Result<Changed, SourceError> {
        self.plot
            .around(
                self.memory
                    .change(collection, key, expected, fingerprinter, change),
            )
            .await
    }
}

/// Executes under a Lease that lapses at once, until the end or death.
async fn execute(app: &App, id: &PlanId, plot: &Plot) {
    let lease = app
        .store()
        .lease_plan(id, 0)
        .await
        .expect("the store")
        .expect("a lease");
    app.store()
        .advance(&lease, ErasureEvent::Execute)
        .await
        .expect("executing");
    tokio::select! {
        done = app.run_steps(&lease) => done.expect("the erasure ran"),
        () = plot.died.notified() => {}
    }
}

/// Rows that are addressed by what is erased from them.
async fn with_addresses(company: &Company) {
    let both = format!("{ANNA_EMAIL};{BO_EMAIL}");
    let rows = || vec![row(&[&both, "x"]), row(&[BO_EMAIL, "y"])];
    company
        .memory
        .put_table("keyless", &["text", "by"], 0, rows());
    company
        .memory
        .put_table("keyed", &["text", "by"], 1, rows());
    company.scan().await;
}

/// The state of the source after an undisturbed erasure.
async fn undisturbed() -> (MemorySource, usize) {
    let company = Company::new(Vec::new()).await;
    with_addresses(&company).await;
    let plan = company.plan().await;
    assert_eq!(company.erase(&plan).await.state, ErasureState::Erased);
    (company.memory, plan.items.len())
}

/// Whether there was a call of that number.
async fn check(fault: Fault, call: u64, expected: &MemorySource) -> bool {
    let plot = Arc::new(Plot {
        fault,
        calls: AtomicU64::new(0),
        died: Notify::new(),
    });
    let its = Arc::clone(&plot);
    let wrap = Arc::new(move |memory| {
        Arc::new(Faulty {
            memory,
            plot: Arc::clone(&its),
        }) as Arc<dyn Source>
    });
    let company = Company::wrapped(Vec::new(), wrap).await;
    with_addresses(&company).await;
    let plan = company.plan().await;
    company
        .app
        .approve_plan(&company.caller, &plan.id, plan.hash)
        .await
        .expect("approved");
    plot.calls.store(call, Ordering::SeqCst);
    execute(&company.app, &plan.id, &plot).await;
    let struck = plot.calls.load(Ordering::SeqCst) == 0;
    while company.app.resume_erasures(30).await.expect("resumed") {}
    let view = company
        .app
        .erasure(&company.caller, &plan.id)
        .await
        .expect("the plan");
    let outcomes = company.outcomes(&plan).await;
    assert_eq!(
        view.erasure.state,
        ErasureState::Erased,
        "{fault:?} {call}: {outcomes:?}"
    );
    for (collection, record, outcome) in outcomes {
        // What we did ourselves is never told as somebody else's doing.
        let truthful =
            outcome.is_some_and(|outcome| outcome.is_erased() && outcome != Outcome::AlreadyGone);
        assert!(truthful, "{fault:?} {call}: {collection} {record}");
    }
    for table in ["customers", "orders", "notes", "keyless", "keyed"] {
        assert!(
            company.memory.rows(table) == expected.rows(table),
            "{fault:?} {call}: {table}"
        );
    }
    assert!(
        company.memory.objects("files") == expected.objects("files"),
        "{fault:?} {call}"
    );
    company.verified_receipt(&plan).await;
    struck
}

#[tokio::test(flavor = "multi_thread")]
async fn every_item_is_done_once_and_told_truly_wherever_the_executor_dies() {
    let (expected, items) = undisturbed().await;
    for fault in [Fault::DiesBefore, Fault::DiesAfter, Fault::AnswerLost] {
        let mut calls = 1;
        while check(fault, calls, &expected).await {
            calls += 1;
        }
        assert!(calls > items as u64, "every item has its call");
    }
}
