//! Splits: leased, renewed, committed, failed.

use hemvist_model::{
    CollectionName, Lease, LeaseToken, ScanId, SkipReason, SplitId, SplitSpec, SplitState,
};

use crate::db::{Db, Row, values};
use crate::progress::{self, Progress};
use crate::seal::Purpose;
use crate::store::new_token;
use crate::write::Prepared;
use crate::{SplitResult, Store, StoreError};

/// How often a Split is leased before it is given up.
const SPLIT_ATTEMPTS_MAX: u32 = 3;

/// Splits that one call gives up at most before it answers that there is none to lease.
const GIVEN_UP_MAX: u32 = 64;

impl Store {
    /// Leases a Split that waits, or whose Lease lapsed, with a new token; `None` when there is
    /// none. One that was leased three times already fails, for the reason of its last failure or
    /// else as `UNREACHABLE`.
    ///
    /// # Errors
    /// `Transient` or `Corrupt`, as everywhere.
    pub async fn lease_split(&self, lease_seconds: u32) -> Result<Option<Lease>, StoreError> {
        // Idle workers ask all the time: that must not take the write lock.
        let waiting = self.read(|db| {
            Box::pin(async move {
                let now = db.now().await?;
                let select = "SELECT 1 FROM split WHERE state < 3 AND lease_until <= $1 LIMIT 1";
                Ok(db.row(select, values![now]).await?.is_some())
            })
        });
        if !waiting.await? {
            return Ok(None);
        }
        let claimed = self.write(move |db| {
            Box::pin(async move {
                for _ in 0..GIVEN_UP_MAX {
                    let Some(row) = next(db).await? else {
                        return Ok(None);
                    };
                    if row.count(4)? < SPLIT_ATTEMPTS_MAX.into() {
                        return claim(db, &row, lease_seconds).await.map(Some);
                    }
                    let reason = row.opt_int(5)?.and_then(decode_reason);
                    let reason = reason.unwrap_or(SkipReason::Unreachable);
                    give_up(db, row.int(0)?, reason).await?;
                }
                Ok(None)
            })
        });
        let Some((mut lease, sealed)) = claimed.await? else {
            return Ok(None);
        };
        lease.spec.bounds = self.sealer().open(Purpose::Bounds, &sealed)?;
        Ok(Some(lease))
    }

    /// Makes a Lease last `lease_seconds` from now; `false` when it is no longer ours.
    ///
    /// # Errors
    /// `Transient`, as everywhere.
    pub async fn renew_lease(&self, lease: &Lease, lease_seconds: u32) -> Result<bool, StoreError> {
        let (split, token) = (lease.split, lease.token);
        self.write(move |db| {
            Box::pin(async move {
                let until = db.now().await?.plus_seconds(lease_seconds.into());
                let update = "UPDATE split SET lease_until = $1 \
                              WHERE split_no = $2 AND lease_token = $3 AND state = 2";
                let values = values![until, split.0, token.0];
                Ok(db.execute(update, values).await? == 1)
            })
        })
        .await
    }

    /// Commits what a Split brought, in one transaction: findings, Links, Coverage, the Split's
    /// end, and what follows when it was the last of its Collection or Scan. A Split is committed
    /// once: its Lease ends with it.
    ///
    /// # Errors
    /// `LeaseLost`: nothing was written.
    pub async fn commit_split(
        &self,
        lease: &Lease,
        result: &SplitResult,
    ) -> Result<(), StoreError> {
        let (split, token) = (lease.split, lease.token);
        let collection_no = self.collection_of(split, token).await?;
        let prepared = Prepared::new(self.sealer(), split.0, collection_no, result)?;
        let prepared = self.number_fields(collection_no, prepared).await?;
        let mut progress = Progress {
            ended: 1,
            contradictions: result.contradictions,
            coverage: result.coverage.clone(),
            ..Progress::default()
        };
        self.write(move |db| {
            Box::pin(async move {
                let (scan_no, collection_no, _) = lock(db, split, token).await?;
                progress.findings = prepared.insert(db).await?;
                let scan = progress::lock_scan(db, scan_no).await?;
                progress::end_split(db, split.0, SplitState::Done, None).await?;
                progress::account(db, &scan, collection_no, &progress).await?;
                progress::finish_if_done(db, &scan).await
            })
        })
        .await
    }

    /// Ends an attempt without a result. With `retry` and attempts left the Split waits for the
    /// next worker; otherwise it has failed for that reason.
    ///
    /// # Errors
    /// `LeaseLost`.
    pub async fn fail_split(
        &self,
        lease: &Lease,
        reason: SkipReason,
        retry: bool,
    ) -> Result<(), StoreError> {
        let (split, token) = (lease.split, lease.token);
        self.write(move |db| {
            Box::pin(async move {
                let (_, _, attempts) = lock(db, split, token).await?;
                if !retry || attempts >= SPLIT_ATTEMPTS_MAX.into() {
                    return give_up(db, split.0, reason).await;
                }
                let update = "UPDATE split SET state = 1, reason = $1, lease_token = 0, \
                              lease_until = 0 WHERE split_no = $2 AND state = 2";
                let values = values![reason.code(), split.0];
                db.execute_one(update, values, StoreError::LeaseLost).await
            })
        })
        .await
    }

    async fn collection_of(&self, split: SplitId, token: LeaseToken) -> Result<i64, StoreError> {
        self.read(move |db| {
            Box::pin(async move {
                let select = "SELECT collection_no FROM split \
                              WHERE split_no = $1 AND lease_token = $2 AND state = 2";
                let row = db.row(select, values![split.0, token.0]).await?;
                row.ok_or(StoreError::LeaseLost)?.int(0)
            })
        })
        .await
    }
}

/// Locks the next Split that can be leased: number, Collection, Scan, bounds, attempts, reason,
/// Records.
async fn next(db: &mut Db) -> Result<Option<Row>, StoreError> {
    let now = db.now().await?;
    let select = "SELECT p.split_no, c.name, s.id, p.bounds, p.attempts, p.reason, p.records \
                  FROM split p JOIN collection c ON c.collection_no = p.collection_no \
                  JOIN scan s ON s.scan_no = p.scan_no \
                  WHERE p.state < 3 AND p.lease_until <= $1 ORDER BY p.split_no LIMIT 1";
    let select = db.locking_free(select, "p");
    db.row(select, values![now]).await
}

/// The Lease without its bounds, and those as they are sealed.
async fn claim(db: &mut Db, row: &Row, seconds: u32) -> Result<(Lease, Vec<u8>), StoreError> {
    let token = new_token()?;
    let expires = db.now().await?.plus_seconds(seconds.into());
    let split_no = row.int(0)?;
    let update = "UPDATE split SET state = 2, attempts = attempts + 1, lease_token = $1, \
                  lease_until = $2 WHERE split_no = $3 AND state < 3";
    let values = values![token.0, expires, split_no];
    let taken = StoreError::bug("a locked split changed");
    db.execute_one(update, values, taken).await?;
    let records = row.opt_int(6)?.and_then(|count| u64::try_from(count).ok());
    let attempt = u32::try_from(row.count(4)?).unwrap_or(u32::MAX);
    let lease = Lease {
        split: SplitId(split_no),
        scan: ScanId::new(row.text(2)?).map_err(|_| StoreError::Corrupt("a scan's id"))?,
        spec: SplitSpec {
            collection: CollectionName::new(row.text(1)?),
            bounds: Vec::new(),
            records,
        },
        token,
        attempt: attempt.saturating_add(1),
        expires,
    };
    Ok((lease, row.bytes(3)?))
}

/// Locks a Split that must be leased with this token: Scan, Collection, attempts.
async fn lock(
    db: &mut Db,
    split: SplitId,
    token: LeaseToken,
) -> Result<(i64, i64, u64), StoreError> {
    let select = "SELECT scan_no, collection_no, attempts FROM split \
                  WHERE split_no = $1 AND lease_token = $2 AND state = 2";
    let select = db.locking(select);
    let row = db.row(select, values![split.0, token.0]).await?;
    let row = row.ok_or(StoreError::LeaseLost)?;
    Ok((row.int(0)?, row.int(1)?, row.count(2)?))
}

async fn give_up(db: &mut Db, split_no: i64, reason: SkipReason) -> Result<(), StoreError> {
    let select = "SELECT scan_no, collection_no, records FROM split WHERE split_no = $1";
    let row = db.row(select, values![split_no]).await?;
    let row = row.ok_or(StoreError::LeaseLost)?;
    let scan = progress::lock_scan(db, row.int(0)?).await?;
    progress::end_split(db, split_no, SplitState::Failed, Some(reason)).await?;
    let mut progress = Progress::default();
    progress.add_failure(reason, row.opt_int(2)?);
    progress::account(db, &scan, row.int(1)?, &progress).await?;
    progress::finish_if_done(db, &scan).await
}

fn decode_reason(code: i64) -> Option<SkipReason> {
    u8::try_from(code).ok().and_then(SkipReason::from_code)
}
