//! What a Scan has done so far, and what happens when a Collection or the Scan ends.
//!
//! All of it runs inside the transaction of the operation that caused it, under a lock on the
//! Scan's row: of two workers that end the last two Splits, exactly one sees that it was the last.

use std::collections::BTreeMap;

use hemvist_model::{Coverage, InfoTypes, ScanEvent, ScanState, SkipReason, SplitState};

use crate::db::{Db, values};
use crate::{StoreError, readings, scans};

/// Split numbers of one Scan begin at its number times this. So a Split of a younger Scan has a
/// higher number than any of an older one, and a finding needs no column for its Scan.
pub(crate) const SPLITS_PER_SCAN_MAX: i64 = 1 << 24;

/// Stands for the whole Source where its Collections could not be listed or cut.
pub(crate) const WHOLE_SOURCE: &str = "*";

/// The number of a Scan's first Split.
pub(crate) fn first_split(scan_no: i64) -> i64 {
    scan_no.saturating_mul(SPLITS_PER_SCAN_MAX)
}

/// A Scan whose row is locked.
pub(crate) struct LockedScan {
    pub(crate) scan_no: i64,
    pub(crate) source_no: i64,
    pub(crate) state: ScanState,
    /// Whether it reads all Collections.
    pub(crate) whole: bool,
    /// What it looks for.
    pub(crate) info_types: InfoTypes,
    pub(crate) lease_token: i64,
}

/// What one or more Splits of a Collection brought when they ended.
#[derive(Default)]
pub(crate) struct Progress {
    pub(crate) ended: u64,
    pub(crate) failures: u64,
    pub(crate) findings: u64,
    pub(crate) contradictions: u64,
    pub(crate) coverage: Coverage,
}

/// Locks a Scan's row; `LeaseLost` when it is gone with its Source.
pub(crate) async fn lock_scan(db: &mut Db, scan_no: i64) -> Result<LockedScan, StoreError> {
    let select = "SELECT source_no, state, collections, lease_token, info_types FROM scan \
                  WHERE scan_no = $1";
    let select = db.locking(select);
    let row = db.row(select, values![scan_no]).await?;
    let row = row.ok_or(StoreError::LeaseLost)?;
    Ok(LockedScan {
        scan_no,
        source_no: row.int(0)?,
        state: scans::decode_state(row.int(1)?)?,
        whole: row.text(2)? == "[]",
        lease_token: row.int(3)?,
        info_types: scans::decode_info_types(&row, 4)?,
    })
}

/// Locks the Splits of a Scan that have not ended: number, Collection, Records.
pub(crate) async fn lock_open_splits(
    db: &mut Db,
    scan_no: i64,
) -> Result<Vec<(i64, i64, Option<i64>)>, StoreError> {
    let select = "SELECT split_no, collection_no, records FROM split \
                  WHERE split_no >= $1 AND split_no < $2 AND state < 3 ORDER BY split_no";
    let select = db.locking(select);
    let range = values![first_split(scan_no), first_split(scan_no + 1)];
    let rows = db.rows(select, range).await?;
    rows.iter()
        .map(|row| Ok((row.int(0)?, row.int(1)?, row.opt_int(2)?)))
        .collect()
}

/// Ends all Splits that have not, as failed for that reason.
pub(crate) async fn end_open_splits(
    db: &mut Db,
    scan: &LockedScan,
    reason: SkipReason,
) -> Result<(), StoreError> {
    let mut collections: BTreeMap<i64, Progress> = BTreeMap::new();
    for (split_no, collection_no, records) in lock_open_splits(db, scan.scan_no).await? {
        end_split(db, split_no, SplitState::Failed, Some(reason)).await?;
        let progress = collections.entry(collection_no).or_default();
        progress.add_failure(reason, records);
    }
    for (collection_no, progress) in collections {
        account(db, scan, collection_no, &progress).await?;
    }
    Ok(())
}

impl Progress {
    /// Counts a Split that failed: with its Records where they are known, otherwise as one.
    pub(crate) fn add_failure(&mut self, reason: SkipReason, records: Option<i64>) {
        let records = records.and_then(|records| u64::try_from(records).ok());
        self.coverage.add_failed(reason, records.unwrap_or(1));
        self.ended += 1;
        self.failures += 1;
    }
}

/// Moves a Split to a final state and forgets its bounds and Lease.
pub(crate) async fn end_split(
    db: &mut Db,
    split_no: i64,
    state: SplitState,
    reason: Option<SkipReason>,
) -> Result<(), StoreError> {
    let now = db.now().await?;
    let update = "UPDATE split SET state = $1, reason = $2, ended = $3, bounds = NULL, \
                  lease_token = 0 WHERE split_no = $4 AND state < 3";
    let reason = reason.map(|reason| i64::from(reason.code()));
    let values = values![state.code(), reason, now, split_no];
    db.execute_one(update, values, StoreError::LeaseLost).await
}

/// Adds to what the Scan did in a Collection, and ends the Collection with its last Split.
pub(crate) async fn account(
    db: &mut Db,
    scan: &LockedScan,
    collection_no: i64,
    progress: &Progress,
) -> Result<(), StoreError> {
    let key = || values![scan.scan_no, collection_no];
    let select = "SELECT coverage FROM scan_collection WHERE scan_no = $1 AND collection_no = $2";
    let row = db.row(select, key()).await?;
    let row = row.ok_or(StoreError::bug("a split of no collection"))?;
    let mut coverage = decode_coverage(&row.text(0)?)?;
    coverage.merge(&progress.coverage);
    let update = "UPDATE scan_collection SET splits_ended = splits_ended + $3, \
                  failures = failures + $4, findings = findings + $5, \
                  contradictions = contradictions + $6, coverage = $7 \
                  WHERE scan_no = $1 AND collection_no = $2";
    let mut values = key();
    values.extend(values![
        progress.ended,
        progress.failures,
        progress.findings,
        progress.contradictions,
        encode_coverage(&coverage)?,
    ]);
    let missing = StoreError::bug("a split of no collection");
    db.execute_one(update, values, missing).await?;
    if progress.contradictions > 0 {
        // At once: from now on the Collection's Links are not to be believed.
        let update = "UPDATE collection SET contradictions = contradictions + $1 \
                      WHERE collection_no = $2";
        let values = values![progress.contradictions, collection_no];
        db.execute(update, values).await?;
    }
    end_collection_if_done(db, scan, collection_no).await
}

/// Ends a Collection when all its Splits have ended: its Coverage becomes the newest, and if that
/// proves absence, what older Scans had found in it and this one has not is gone.
pub(crate) async fn end_collection_if_done(
    db: &mut Db,
    scan: &LockedScan,
    collection_no: i64,
) -> Result<(), StoreError> {
    let select = "SELECT failures, contradictions, coverage FROM scan_collection \
                  WHERE scan_no = $1 AND collection_no = $2 AND splits_ended = splits \
                  AND ended IS NULL";
    let Some(row) = db.row(select, values![scan.scan_no, collection_no]).await? else {
        return Ok(());
    };
    let (failures, contradictions) = (row.count(0)?, row.count(1)?);
    let coverage = decode_coverage(&row.text(2)?)?;
    let now = db.now().await?;
    let end = "UPDATE scan_collection SET ended = $3 WHERE scan_no = $1 AND collection_no = $2";
    let values = values![scan.scan_no, collection_no, now];
    db.execute(end, values).await?;
    let newest = readings::add(db, scan, collection_no, &coverage).await?;
    if failures > 0 || !proves_absence(&coverage) {
        return Ok(());
    }
    if newest.of_all {
        let clear = "UPDATE collection SET contradictions = $1 WHERE collection_no = $2";
        db.execute(clear, values![contradictions, collection_no])
            .await?;
    }
    match newest.info_types.is_empty() {
        true => Ok(()),
        false => readings::sweep(db, collection_no, scan.scan_no, newest.info_types).await,
    }
}

/// Whether what this reading did not find is not there any more. What could not be read, or only
/// to a limit, may still hold it. What vanished, is left alone on purpose or is in no form that
/// is read holds nothing that the index could answer for.
fn proves_absence(coverage: &Coverage) -> bool {
    let allows = |reason| match reason {
        SkipReason::Vanished
        | SkipReason::Excluded
        | SkipReason::Binary
        | SkipReason::Unsupported => true,
        SkipReason::Denied
        | SkipReason::ChangedWhileReading
        | SkipReason::Unreachable
        | SkipReason::Corrupt
        | SkipReason::TooLarge
        | SkipReason::TooDeep
        | SkipReason::Timeout
        | SkipReason::Cancelled
        | SkipReason::Internal => false,
    };
    coverage.failed() == 0 && coverage.reasons().all(|(reason, _)| allows(reason))
}

/// Finishes a Scan that is `Running` and has no open Split.
pub(crate) async fn finish_if_done(db: &mut Db, scan: &LockedScan) -> Result<(), StoreError> {
    let Some(state) = scan.state.next(ScanEvent::LastSplitEnded) else {
        return Ok(());
    };
    let select = "SELECT 1 FROM split WHERE split_no >= $1 AND split_no < $2 AND state < 3 LIMIT 1";
    let range = values![first_split(scan.scan_no), first_split(scan.scan_no + 1)];
    if db.row(select, range).await?.is_some() {
        return Ok(());
    }
    if scan.whole {
        forget_unlisted(db, scan).await?;
    }
    end_scan(db, scan, state).await
}

/// A Scan of everything that did not list a Collection proves that it is gone, unless something
/// could not be read. That the Source could not be listed before is over in any case.
async fn forget_unlisted(db: &mut Db, scan: &LockedScan) -> Result<(), StoreError> {
    let select = "SELECT coverage FROM scan_collection WHERE scan_no = $1";
    let mut coverage = Coverage::default();
    for row in db.rows(select, values![scan.scan_no]).await? {
        coverage.merge(&decode_coverage(&row.text(0)?)?);
    }
    let proven = proves_absence(&coverage);
    let select = "SELECT collection_no FROM collection WHERE source_no = $1 \
                  AND ($3 = 1 OR name = $4) \
                  AND collection_no NOT IN \
                  (SELECT collection_no FROM scan_collection WHERE scan_no >= $2)";
    let values = values![
        scan.source_no,
        scan.scan_no,
        i64::from(proven),
        WHOLE_SOURCE
    ];
    for row in db.rows(select, values).await? {
        let collection_no = row.int(0)?;
        readings::forget(db, collection_no, scan.scan_no).await?;
    }
    Ok(())
}

/// Moves a Scan to a final state; the state it had is compared, and exactly one row must change.
pub(crate) async fn end_scan(
    db: &mut Db,
    scan: &LockedScan,
    state: ScanState,
) -> Result<(), StoreError> {
    let now = db.now().await?;
    let update = "UPDATE scan SET state = $1, ended = $2, lease_token = 0 \
                  WHERE scan_no = $3 AND state = $4";
    let values = values![state.code(), now, scan.scan_no, scan.state.code()];
    let moved = StoreError::Conflict("the scan is not in that state any more");
    db.execute_one(update, values, moved).await
}

pub(crate) fn encode_coverage(coverage: &Coverage) -> Result<String, StoreError> {
    serde_json::to_string(coverage).map_err(|_| StoreError::bug("a coverage cannot be encoded"))
}

pub(crate) fn decode_coverage(text: &str) -> Result<Coverage, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt("a coverage"))
}
