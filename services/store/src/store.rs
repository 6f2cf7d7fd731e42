//! The operations, as others call them.
use crate::*;
use hemvist_model::*;

/// Hemvist's own database.
#[derive(Clone)]
pub struct Store {}

/// Where the database is.
#[derive(Clone)]
pub enum StoreUrl {
    /// A file.
    Sqlite(std::path::PathBuf),
    /// A URL.
    Postgres(String),
}

impl std::str::FromStr for StoreUrl {
    type Err = StoreError;
    fn from_str(_: &str) -> Result<Self, StoreError> {
        Err(StoreError::bug("not reached"))
    }
}

#[allow(missing_docs, unused_variables)]
impl Store {
    pub async fn open(url: &StoreUrl, key: SealingKey) -> Result<Store, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn now(&self) -> Result<Timestamp, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn create_source(&self, source: &RegisteredSource) -> Result<(), StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn update_source(
        &self,
        source: &RegisteredSource,
        expected_revision: u64,
    ) -> Result<RegisteredSource, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn source(&self, id: &SourceId) -> Result<Option<RegisteredSource>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn sources(
        &self,
        after: Option<&SourceId>,
        limit: u32,
    ) -> Result<Vec<RegisteredSource>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn delete_source(&self, id: &SourceId) -> Result<bool, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn create_scan(&self, scan: &Scan, request_id: &str) -> Result<Scan, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn scan(&self, id: &ScanId) -> Result<Option<Scan>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn scans(
        &self,
        source: &SourceId,
        after: Option<&ScanId>,
        limit: u32,
    ) -> Result<Vec<Scan>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn cancel_scan(&self, id: &ScanId) -> Result<Scan, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn lease_cut(&self, lease_seconds: u32) -> Result<Option<CutLease>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn add_collection(
        &self,
        lease: &CutLease,
        collection: &CollectionName,
        splits: Vec<SplitSpec>,
        unread: Option<Coverage>,
    ) -> Result<(), StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn finish_cut(
        &self,
        lease: &CutLease,
        listing_failed: bool,
    ) -> Result<(), StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn lease_split(&self, lease_seconds: u32) -> Result<Option<Lease>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn renew_lease(&self, lease: &Lease, lease_seconds: u32) -> Result<bool, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn commit_split(
        &self,
        lease: &Lease,
        result: &SplitResult,
    ) -> Result<(), StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn fail_split(
        &self,
        lease: &Lease,
        reason: SkipReason,
        retry: bool,
    ) -> Result<(), StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn findings(
        &self,
        controller: &ControllerId,
        pseudonym: Pseudonym,
        after: Option<&FindingCursor>,
        limit: u32,
    ) -> Result<Vec<StoredFinding>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn coverage(
        &self,
        controller: &ControllerId,
    ) -> Result<Vec<SourceCoverage>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn links(
        &self,
        controller: &ControllerId,
        pseudonyms: &[Pseudonym],
    ) -> Result<Vec<Link>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn contradictions(
        &self,
        controller: &ControllerId,
    ) -> Result<Vec<(SourceId, CollectionName, u64)>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn put_hold(&self, hold: &Hold) -> Result<(), StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn holds(&self, controller: &ControllerId) -> Result<Vec<Hold>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn delete_hold(&self, id: &HoldId) -> Result<bool, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn create_plan(
        &self,
        plan: &Plan,
        caller: &Caller,
        request_id: &str,
    ) -> Result<(), StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn plan(&self, id: &PlanId) -> Result<Option<(Plan, Erasure)>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn approve_plan(
        &self,
        id: &PlanId,
        hash: [u8; 32],
        caller: &Caller,
        now: Timestamp,
    ) -> Result<Erasure, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn lease_plan(
        &self,
        id: &PlanId,
        lease_seconds: u32,
    ) -> Result<Option<PlanLease>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn renew_plan(
        &self,
        lease: &PlanLease,
        lease_seconds: u32,
    ) -> Result<bool, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn unfinished_plans(&self) -> Result<Vec<PlanId>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn advance(
        &self,
        lease: &PlanLease,
        event: ErasureEvent,
    ) -> Result<ErasureState, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn intend(&self, lease: &PlanLease, item: u32) -> Result<(), StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn finish_item(
        &self,
        lease: &PlanLease,
        item: u32,
        outcome: &Outcome,
    ) -> Result<(), StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn item_states(&self, plan: &PlanId) -> Result<Vec<ItemState>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn finish_plan(
        &self,
        lease: &PlanLease,
        event: ErasureEvent,
        receipt: &[u8],
    ) -> Result<ErasureState, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn receipt(&self, plan: &PlanId) -> Result<Option<Vec<u8>>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn release_plan(&self, lease: &PlanLease) -> Result<(), StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn plan_request(&self, request_id: &str) -> Result<Option<PlanId>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn plan_caller(&self, id: &PlanId) -> Result<Option<Caller>, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn forget_findings(
        &self,
        controller: &ControllerId,
        source: &SourceId,
        collection: &CollectionName,
        record_refs: &[RecordRef],
    ) -> Result<u64, StoreError> {
        Err(StoreError::bug("not reached"))
    }
    pub async fn audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        Err(StoreError::bug("not reached"))
    }
}
