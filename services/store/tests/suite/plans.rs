//! Plans: read back whole, approved by hash, executed under a Lease with a journal.

use hemvist_model::*;
use hemvist_store::{Kind, PlanLease};

use crate::fixture::*;

crate::on_both! {
    a_plan_reads_back_whole
    a_request_makes_one_plan
    approval_wants_the_hash_the_state_and_the_time
    one_executor_at_a_time
    an_erasure_goes_through_its_states_and_leaves_a_receipt
    the_journal_keeps_everything_in_order
    unfinished_plans_are_listed_for_resuming
}

const HASH: [u8; 32] = [5; 32];

fn plan_id(id: &str) -> PlanId {
    PlanId::new(id).expect("an id")
}

fn fingerprint(n: u8, version: Option<&str>) -> Fingerprint {
    Fingerprint {
        digest: [n; 32],
        store_version: version.map(Into::into),
    }
}

fn item(n: u32, action: Action) -> PlanItem {
    PlanItem {
        source: source_id("crm"),
        collection: CollectionName::new("people"),
        record: RecordKey::Row(vec![n.to_string(), "Åsa".into()]),
        record_ref: record_ref(n),
        fingerprint: fingerprint(1, Some("\"etag\"")),
        expected: Some(fingerprint(2, None)),
        moved: Some(RecordKey::Unkeyed([9; 32])),
        action,
        outcome: None,
        why: "the row is the person's".into(),
        holds: vec![(FieldPath::new("email"), InfoType::EmailAddress, 2)],
    }
}

fn plan(id: &str) -> Plan {
    let edit = || Edit {
        range: ByteRange::new(4, 9),
        replacement: b"***".to_vec(),
    };
    let changes = vec![
        (FieldPath::new("a"), FieldChange::Null),
        (FieldPath::new("b"), FieldChange::Mask("-".into())),
        (FieldPath::new("c"), FieldChange::Redact(vec![edit()])),
    ];
    let rewrite = Action::RewriteObject {
        edits: vec![edit()],
        gzip: true,
    };
    let mut kept = item(3, Action::Leave);
    kept.expected = None;
    kept.outcome = Some(Outcome::Retained {
        basis: "bokföringslagen".into(),
        until: Date::new(2033, 12, 31),
    });
    Plan {
        id: plan_id(id),
        controller: acme(),
        subject: vec![
            (pseudonym(1), InfoType::SePersonnummer),
            (pseudonym(2), InfoType::EmailAddress),
        ],
        hash: HASH,
        created: Timestamp(100),
        expires: Timestamp(200),
        collections: vec![(source_id("crm"), CollectionName::new("people"))],
        declarations: vec![(source_id("crm"), [8; 32])],
        items: vec![
            item(0, Action::DeleteRow),
            item(1, Action::ChangeFields(changes)),
            item(2, rewrite),
            kept,
            item(4, Action::DeleteObject),
        ],
        candidates: 3,
    }
}

impl Fixture {
    async fn create(&self, id: &str) -> PlanId {
        let created = self.store.create_plan(&plan(id), &caller(), "").await;
        created.expect("created");
        plan_id(id)
    }

    /// A Plan that is approved and leased.
    async fn executing(&self, id: &str, seconds: u32) -> PlanLease {
        let id = self.create(id).await;
        let approved = self
            .store
            .approve_plan(&id, HASH, &caller(), Timestamp(150))
            .await;
        approved.expect("approved");
        let lease = self.store.lease_plan(&id, seconds).await.expect("asked");
        let lease = lease.expect("free");
        let state = self.store.advance(&lease, ErasureEvent::Execute).await;
        assert_eq!(state, Ok(ErasureState::Executing));
        lease
    }
}

fn kind<T>(result: Result<T, hemvist_store::StoreError>) -> Option<Kind> {
    result.err().map(|error| error.kind())
}

async fn a_plan_reads_back_whole(f: Fixture) {
    let id = f.create("p").await;
    let (read, erasure) = f.store.plan(&id).await.expect("read").expect("is");
    let written = plan("p");
    assert_eq!(
        (&read.id, &read.controller),
        (&written.id, &written.controller)
    );
    assert!(read.subject == written.subject && read.hash == written.hash);
    assert_eq!(
        (read.created, read.expires),
        (written.created, written.expires)
    );
    assert_eq!(read.collections, written.collections);
    assert_eq!(read.declarations, written.declarations);
    assert_eq!((read.candidates, read.items.len()), (3, 5));
    for (read, written) in read.items.iter().zip(&written.items) {
        assert_eq!(
            (&read.source, &read.collection),
            (&written.source, &written.collection)
        );
        assert!(read.record == written.record);
        assert_eq!(read.record_ref, written.record_ref);
        assert_eq!(read.fingerprint, written.fingerprint);
        assert_eq!(read.expected, written.expected);
        assert!(read.moved == written.moved);
        assert_eq!(
            (&read.action, &read.outcome),
            (&written.action, &written.outcome)
        );
        assert_eq!((&read.why, &read.holds), (&written.why, &written.holds));
    }
    assert_eq!(erasure.state, ErasureState::Planned);
    assert_eq!((erasure.approved, erasure.progress), (None, (1, 5)));
    assert_eq!(f.store.plan_caller(&id).await, Ok(Some(caller())));
    assert!(
        f.store
            .plan(&plan_id("none"))
            .await
            .expect("read")
            .is_none()
    );
}

async fn a_request_makes_one_plan(f: Fixture) {
    assert_eq!(f.store.plan_request("r").await, Ok(None));
    f.store
        .create_plan(&plan("a"), &caller(), "r")
        .await
        .expect("created");
    let again = f.store.create_plan(&plan("b"), &caller(), "r").await;
    assert_eq!(kind(again), Some(Kind::Conflict));
    let taken = f.store.create_plan(&plan("a"), &caller(), "s").await;
    assert_eq!(kind(taken), Some(Kind::Conflict));
    assert_eq!(f.store.plan_request("r").await, Ok(Some(plan_id("a"))));
    assert_eq!(f.number("SELECT COUNT(*) FROM plan_item").await, 5);
}

async fn approval_wants_the_hash_the_state_and_the_time(f: Fixture) {
    let id = f.create("p").await;
    let approve = |id: &PlanId, hash, at| {
        let (store, id) = (f.store.clone(), id.clone());
        async move {
            store
                .approve_plan(&id, hash, &caller(), Timestamp(at))
                .await
        }
    };
    assert_eq!(
        kind(approve(&plan_id("none"), HASH, 150).await),
        Some(Kind::NotFound)
    );
    assert_eq!(kind(approve(&id, [6; 32], 150).await), Some(Kind::Conflict));
    assert_eq!(
        kind(f.store.lease_plan(&id, 60).await),
        Some(Kind::Conflict)
    );
    let erasure = approve(&id, HASH, 150).await.expect("approved");
    assert_eq!(erasure.state, ErasureState::Approved);
    assert_eq!(erasure.approved, Some(("dpo".into(), Timestamp(150))));
    assert_eq!(erasure.progress, (1, 5));
    assert_eq!(kind(approve(&id, HASH, 150).await), Some(Kind::Conflict));

    let late = f.create("late").await;
    assert_eq!(kind(approve(&late, HASH, 200).await), Some(Kind::Conflict));
    let (_, erasure) = f.store.plan(&late).await.expect("read").expect("is");
    assert_eq!(erasure.state, ErasureState::Expired);
    assert_eq!(kind(approve(&late, HASH, 150).await), Some(Kind::Conflict));
}

async fn one_executor_at_a_time(f: Fixture) {
    let old = f.executing("p", 3600).await;
    assert_eq!(f.store.lease_plan(&old.plan, 60).await, Ok(None));
    f.store.release_plan(&old).await.expect("released");
    let new = f.store.lease_plan(&old.plan, 60).await.expect("asked");
    let new = new.expect("free");
    assert_eq!(f.store.renew_plan(&old, 60).await, Ok(false));
    let lost = [
        kind(f.store.advance(&old, ErasureEvent::ActionsDone).await),
        kind(f.store.intend(&old, 0).await),
        kind(f.store.finish_item(&old, 0, &Outcome::Deleted).await),
        kind(f.store.finish_plan(&old, ErasureEvent::Expire, b"").await),
    ];
    assert_eq!(lost, [Some(Kind::LeaseLost); 4]);
    // Giving back what is not ours takes it from nobody.
    f.store.release_plan(&old).await.expect("nothing to do");
    assert_eq!(f.store.renew_plan(&new, 60).await, Ok(true));
    assert_eq!(f.store.lease_plan(&old.plan, 60).await, Ok(None));
}

async fn an_erasure_goes_through_its_states_and_leaves_a_receipt(f: Fixture) {
    let lease = f.executing("p", 3600).await;
    let again = f.store.advance(&lease, ErasureEvent::Execute).await;
    assert_eq!(kind(again), Some(Kind::Conflict));
    f.store.intend(&lease, 0).await.expect("noted");
    f.store.intend(&lease, 0).await.expect("noted again");
    f.store
        .finish_item(&lease, 0, &Outcome::Deleted)
        .await
        .expect("noted");
    assert_eq!(kind(f.store.intend(&lease, 0).await), Some(Kind::Conflict));
    f.store.intend(&lease, 1).await.expect("noted");
    assert_eq!(kind(f.store.intend(&lease, 5).await), Some(Kind::NotFound));
    let states = f.store.item_states(&lease.plan).await.expect("read");
    assert_eq!(
        states[..3],
        [
            ItemState::Done(Outcome::Deleted),
            ItemState::Intended,
            ItemState::Planned
        ]
    );
    assert!(matches!(
        &states[3],
        ItemState::Done(Outcome::Retained { .. })
    ));
    let (_, erasure) = f.store.plan(&lease.plan).await.expect("read").expect("is");
    assert_eq!(erasure.progress, (2, 5));

    let verified = ErasureEvent::Verified(Verdict::Retained);
    assert_eq!(
        kind(f.store.finish_plan(&lease, verified, b"r").await),
        Some(Kind::Conflict)
    );
    let early = f
        .store
        .finish_plan(&lease, ErasureEvent::ActionsDone, b"r")
        .await;
    assert_eq!(kind(early), Some(Kind::Conflict));
    let state = f.store.advance(&lease, ErasureEvent::ActionsDone).await;
    assert_eq!(state, Ok(ErasureState::Verifying));
    assert_eq!(f.store.receipt(&lease.plan).await, Ok(None));
    let state = f.store.finish_plan(&lease, verified, b"receipt").await;
    assert_eq!(state, Ok(ErasureState::ErasedWithRetention));
    assert_eq!(
        f.store.receipt(&lease.plan).await,
        Ok(Some(b"receipt".to_vec()))
    );
    assert_eq!(kind(f.store.intend(&lease, 1).await), Some(Kind::LeaseLost));
    assert_eq!(
        kind(f.store.lease_plan(&lease.plan, 60).await),
        Some(Kind::Conflict)
    );
}

async fn the_journal_keeps_everything_in_order(f: Fixture) {
    let lease = f.executing("p", 3600).await;
    f.store.intend(&lease, 0).await.expect("noted");
    f.store
        .finish_item(&lease, 0, &Outcome::Deleted)
        .await
        .expect("noted");
    f.store
        .finish_item(&lease, 0, &Outcome::Changed)
        .await
        .expect("noted");
    f.store
        .advance(&lease, ErasureEvent::ActionsDone)
        .await
        .expect("moved");
    let states = f.store.item_states(&lease.plan).await.expect("read");
    assert_eq!(states[0], ItemState::Done(Outcome::Changed));
    // Approved, executing, intent, outcome, outcome, verifying.
    let expected = [
        (Some(2), false),
        (Some(3), false),
        (None, false),
        (None, true),
        (None, true),
        (Some(4), false),
    ];
    assert_eq!(f.number("SELECT COUNT(*) FROM journal").await, 6);
    for (n, (state, done)) in expected.into_iter().enumerate() {
        let column = |column: &str| {
            format!(
                "SELECT CAST({column} AS BIGINT) FROM journal ORDER BY entry LIMIT 1 OFFSET {n}"
            )
        };
        assert_eq!(
            f.number(&column("COALESCE(state, 0)")).await,
            state.unwrap_or(0)
        );
        let outcome = f
            .number(&column("CASE WHEN outcome IS NULL THEN 0 ELSE 1 END"))
            .await;
        assert_eq!(outcome == 1, done, "{n}");
    }
    for change in ["UPDATE journal SET at = 1", "DELETE FROM journal"] {
        assert!(f.refuses(change).await, "{change}");
    }
}

async fn unfinished_plans_are_listed_for_resuming(f: Fixture) {
    f.create("planned").await;
    let held = f.executing("held", 3600).await;
    let lapsed = f.executing("lapsed", 0).await;
    let verifying = f.executing("verifying", 0).await;
    f.store
        .advance(&verifying, ErasureEvent::ActionsDone)
        .await
        .expect("moved");
    let ended = f.executing("ended", 3600).await;
    f.store
        .advance(&ended, ErasureEvent::ActionsDone)
        .await
        .expect("moved");
    let event = ErasureEvent::Verified(Verdict::Incomplete);
    f.store
        .finish_plan(&ended, event, b"r")
        .await
        .expect("ended");
    let unfinished = f.store.unfinished_plans().await;
    assert_eq!(unfinished, Ok(vec![lapsed.plan.clone(), verifying.plan]));
    f.store.release_plan(&held).await.expect("released");
    assert_eq!(f.store.unfinished_plans().await.expect("listed").len(), 3);
    let resumed = f.store.lease_plan(&lapsed.plan, 60).await.expect("asked");
    assert!(resumed.is_some());
    assert_eq!(
        kind(f.store.intend(&lapsed, 0).await),
        Some(Kind::LeaseLost)
    );
}
