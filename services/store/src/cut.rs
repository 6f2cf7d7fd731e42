//! Cutting a Scan's Collections into Splits, under a Lease of its own.

use hemvist_model::{
    CollectionName, Coverage, ScanEvent, ScanState, SkipReason, SplitSpec, SplitState,
};

use crate::db::{Db, Value, placeholders, values};
use crate::progress::{
    self, LockedScan, SPLITS_PER_SCAN_MAX, WHOLE_SOURCE, encode_coverage, first_split,
};
use crate::seal::Purpose;
use crate::store::new_token;
use crate::{CutLease, Store, StoreError, scans, sources};

/// Collection numbers of one Source begin at its number times this.
const COLLECTIONS_PER_SOURCE_MAX: i64 = 1 << 16;
/// The index keeps Collection numbers in 31 bits.
const COLLECTION_NO_MAX: i64 = i32::MAX as i64;
/// How often cutting one Scan is claimed before it is given up.
const CUT_ATTEMPTS_MAX: u32 = 5;
/// Splits in one INSERT.
const SPLITS_PER_STATEMENT: usize = 256;

impl Store {
    /// Claims a Scan that waits to be cut, or whose cutter's Lease lapsed; `None` when there is
    /// none. One that was claimed five times already fails, with `INTERNAL` as the Coverage of the
    /// Collection `*`.
    ///
    /// # Errors
    /// `Transient` or `Corrupt`, as everywhere.
    pub async fn lease_cut(&self, lease_seconds: u32) -> Result<Option<CutLease>, StoreError> {
        let waiting = self.read(|db| {
            Box::pin(async move {
                let now = db.now().await?;
                let select = "SELECT scan_no, source_no, cut_attempts FROM scan \
                              WHERE state = 1 AND lease_until <= $1 \
                              ORDER BY cut_attempts DESC LIMIT 1";
                db.row(select, values![now]).await
            })
        });
        let Some(row) = waiting.await? else {
            return Ok(None);
        };
        if row.count(2)? >= CUT_ATTEMPTS_MAX.into() {
            let (scan_no, source_no) = (row.int(0)?, row.int(1)?);
            self.write(move |db| Box::pin(async move { give_up(db, scan_no, source_no).await }))
                .await?;
        }
        self.write(move |db| Box::pin(async move { lease(db, lease_seconds).await }))
            .await
    }

    /// Makes the claim last `lease_seconds` from now, as adding a Collection does: for whoever
    /// lists a big one. `false` when it is no longer ours.
    ///
    /// # Errors
    /// `Transient`, as everywhere.
    pub async fn renew_cut(&self, lease: &CutLease) -> Result<bool, StoreError> {
        let lease = lease.clone();
        self.write(move |db| {
            Box::pin(async move {
                match renew(db, &lease).await {
                    Ok(_) => Ok(true),
                    Err(StoreError::LeaseLost) => Ok(false),
                    Err(error) => Err(error),
                }
            })
        })
        .await
    }

    /// Adds one Collection with its Splits and renews the claim. `unread` is the Coverage of a
    /// Collection that could not be cut or was left alone; it has no Splits then.
    ///
    /// # Errors
    /// `LeaseLost`; `Conflict` when the Collection was added before; `Unsupported` beyond 65,535
    /// Collections in a Source or 16 million Splits in a Scan.
    pub async fn add_collection(
        &self,
        lease: &CutLease,
        collection: &CollectionName,
        splits: Vec<SplitSpec>,
        unread: Option<Coverage>,
    ) -> Result<(), StoreError> {
        let mut rows = Vec::with_capacity(splits.len());
        for split in splits {
            let bounds = self.sealer().seal(Purpose::Bounds, &split.bounds)?;
            let records = split
                .records
                .and_then(|records| i64::try_from(records).ok());
            rows.push((bounds, records));
        }
        let (lease, collection) = (lease.clone(), collection.clone());
        self.write(move |db| {
            Box::pin(async move {
                // The Source before the Scan: the order in which deleting a Source locks them.
                let source_no = sources::number_for_update(db, &lease.scan.source).await?;
                let source_no = source_no.ok_or(StoreError::LeaseLost)?;
                let scan = renew(db, &lease).await?;
                let collection_no = number(db, source_no, &collection).await?;
                let coverage = encode_coverage(&unread.clone().unwrap_or_default())?;
                let insert = "INSERT INTO scan_collection \
                              (scan_no, collection_no, splits, failures, coverage) \
                              VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
                let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
                let failures = i64::from(unread.is_some());
                let values = values![scan.scan_no, collection_no, count, failures, coverage];
                let twice = StoreError::Conflict("the collection is cut already");
                db.execute_one(insert, values, twice).await?;
                insert_splits(db, scan.scan_no, collection_no, rows).await?;
                progress::end_collection_if_done(db, &scan, collection_no).await
            })
        })
        .await
    }

    /// Keeps which declared identity sources (or Fields of them) the Source was listed without,
    /// for [`Store::contradictions`], and renews the claim. Nothing is kept when the declarations
    /// have changed since `revision`.
    ///
    /// # Errors
    /// `LeaseLost`.
    pub async fn keep_missing(
        &self,
        lease: &CutLease,
        revision: u64,
        missing: &[(CollectionName, Option<String>)],
    ) -> Result<(), StoreError> {
        let missing = serde_json::to_string(missing)
            .map_err(|_| StoreError::bug("a list of names cannot be encoded"))?;
        let lease = lease.clone();
        self.write(move |db| {
            Box::pin(async move {
                // The Source before the Scan, as everywhere.
                let source_no = sources::number_for_update(db, &lease.scan.source).await?;
                let source_no = source_no.ok_or(StoreError::LeaseLost)?;
                renew(db, &lease).await?;
                let update = "UPDATE source SET missing = $1 WHERE source_no = $2 \
                              AND revision = $3";
                db.execute(update, values![missing, source_no, revision])
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Ends cutting: the Scan runs, and is finished at once when all its Splits have ended. With
    /// `listing_failed` it has failed, and Splits that have not ended fail as `UNREACHABLE`.
    ///
    /// # Errors
    /// `LeaseLost`.
    pub async fn finish_cut(
        &self,
        lease: &CutLease,
        listing_failed: bool,
    ) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.write(move |db| {
            Box::pin(async move {
                let scan_no = scan_number(db, &lease).await?;
                if listing_failed {
                    progress::lock_open_splits(db, scan_no).await?;
                    let scan = renew(db, &lease).await?;
                    return fail(db, &scan, SkipReason::Unreachable).await;
                }
                let mut scan = renew(db, &lease).await?;
                scan.state = scan
                    .state
                    .next(ScanEvent::Cut)
                    .ok_or(StoreError::LeaseLost)?;
                let update = "UPDATE scan SET state = $1, lease_token = 0 WHERE scan_no = $2 \
                              AND state = $3";
                let values = values![scan.state.code(), scan_no, ScanState::Cutting.code()];
                db.execute_one(update, values, StoreError::LeaseLost)
                    .await?;
                progress::finish_if_done(db, &scan).await
            })
        })
        .await
    }
}

async fn lease(db: &mut Db, lease_seconds: u32) -> Result<Option<CutLease>, StoreError> {
    let now = db.now().await?;
    let select = format!(
        "{} WHERE s.state = 1 AND s.lease_until <= $1 AND s.cut_attempts < $2 \
         ORDER BY s.scan_no LIMIT 1",
        scans::SCAN
    );
    let select = db.locking_free(&select, "s");
    let Some(row) = db.row(select, values![now, CUT_ATTEMPTS_MAX]).await? else {
        return Ok(None);
    };
    let scan_no = row.int(0)?;
    let scan = scans::load(db, &row).await?;
    let token = new_token()?;
    let update = "UPDATE scan SET lease_token = $1, lease_until = $2, \
                  cut_attempts = cut_attempts + 1 WHERE scan_no = $3";
    let until = now.plus_seconds(lease_seconds.into());
    db.execute(update, values![token.0, until, scan_no]).await?;
    let select = "SELECT c.name FROM scan_collection p JOIN collection c \
                  ON c.collection_no = p.collection_no WHERE p.scan_no = $1 ORDER BY c.name";
    let rows = db.rows(select, values![scan_no]).await?;
    let names: Result<Vec<_>, _> = rows
        .iter()
        .map(|row| row.text(0).map(CollectionName::new))
        .collect();
    Ok(Some(CutLease {
        scan,
        token,
        already_cut: names?,
        lease_seconds,
    }))
}

/// Fails a Scan whose cutters all went away.
async fn give_up(db: &mut Db, scan_no: i64, source_no: i64) -> Result<(), StoreError> {
    // Source, Splits, Scan: the order in which all others lock them.
    let select = db.locking("SELECT source_no FROM source WHERE source_no = $1");
    if db.row(select, values![source_no]).await?.is_none() {
        return Ok(());
    }
    progress::lock_open_splits(db, scan_no).await?;
    let scan = progress::lock_scan(db, scan_no).await?;
    // The last cutter may have renewed its claim or ended the Scan meanwhile.
    let select = "SELECT 1 FROM scan WHERE scan_no = $1 AND state = 1 AND lease_until <= $2";
    let now = db.now().await?;
    if db.row(select, values![scan_no, now]).await?.is_none() {
        return Ok(());
    }
    let whole = CollectionName::new(WHOLE_SOURCE);
    let collection_no = number(db, source_no, &whole).await?;
    let mut coverage = Coverage::default();
    coverage.add_failed(SkipReason::Internal, 1);
    let insert = "INSERT INTO scan_collection (scan_no, collection_no, splits, failures, coverage) \
                  VALUES ($1, $2, 0, 1, $3) ON CONFLICT DO NOTHING";
    let values = values![scan_no, collection_no, encode_coverage(&coverage)?];
    db.execute(insert, values).await?;
    progress::end_collection_if_done(db, &scan, collection_no).await?;
    fail(db, &scan, SkipReason::Internal).await
}

/// Ends a Scan that could not be cut, and its Splits for that reason. They must be locked.
async fn fail(db: &mut Db, scan: &LockedScan, reason: SkipReason) -> Result<(), StoreError> {
    let state = scan.state.next(ScanEvent::ListingFailed);
    let state = state.ok_or(StoreError::LeaseLost)?;
    progress::end_open_splits(db, scan, reason).await?;
    progress::end_scan(db, scan, state).await
}

async fn scan_number(db: &mut Db, lease: &CutLease) -> Result<i64, StoreError> {
    let select = "SELECT scan_no FROM scan WHERE id = $1";
    let row = db.row(select, values![lease.scan.id.as_str()]).await?;
    row.ok_or(StoreError::LeaseLost)?.int(0)
}

/// Locks the Scan and makes the claim last again, if it is still ours.
async fn renew(db: &mut Db, lease: &CutLease) -> Result<LockedScan, StoreError> {
    let scan_no = scan_number(db, lease).await?;
    let scan = progress::lock_scan(db, scan_no).await?;
    if scan.state != ScanState::Cutting || scan.lease_token != lease.token.0 {
        return Err(StoreError::LeaseLost);
    }
    let until = db.now().await?.plus_seconds(lease.lease_seconds.into());
    let update = "UPDATE scan SET lease_until = $1 WHERE scan_no = $2";
    db.execute(update, values![until, scan_no]).await?;
    Ok(scan)
}

/// The Collection's number, given to it when it is listed for the first time. The Source must be
/// locked: two Scans of it may list the same Collection at once.
async fn number(
    db: &mut Db,
    source_no: i64,
    collection: &CollectionName,
) -> Result<i64, StoreError> {
    let select = "SELECT collection_no FROM collection WHERE source_no = $1 AND name = $2";
    let row = db.row(select, values![source_no, collection.as_str()]);
    if let Some(row) = row.await? {
        return row.int(0);
    }
    let first = source_no.saturating_mul(COLLECTIONS_PER_SOURCE_MAX);
    let select = "SELECT MAX(collection_no) FROM collection WHERE source_no = $1";
    let highest = db.row(select, values![source_no]).await?;
    let highest = highest.map(|row| row.opt_int(0)).transpose()?.flatten();
    let collection_no = highest.unwrap_or(first).saturating_add(1);
    if collection_no >= first.saturating_add(COLLECTIONS_PER_SOURCE_MAX)
        || collection_no > COLLECTION_NO_MAX
    {
        return Err(StoreError::Unsupported("so many collections"));
    }
    let insert = "INSERT INTO collection (collection_no, source_no, name) VALUES ($1, $2, $3)";
    let values = values![collection_no, source_no, collection.as_str()];
    db.execute(insert, values).await?;
    Ok(collection_no)
}

async fn insert_splits(
    db: &mut Db,
    scan_no: i64,
    collection_no: i64,
    rows: Vec<(Vec<u8>, Option<i64>)>,
) -> Result<(), StoreError> {
    let first = first_split(scan_no);
    let select = "SELECT MAX(split_no) FROM split WHERE split_no >= $1 AND split_no < $2";
    let range = values![first, first + SPLITS_PER_SCAN_MAX];
    let highest = db.row(select, range).await?;
    let highest = highest.map(|row| row.opt_int(0)).transpose()?.flatten();
    let mut split_no = highest.unwrap_or(first);
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut values: Vec<Value> = Vec::new();
        let mut tuples = Vec::new();
        for (bounds, records) in rows.by_ref().take(SPLITS_PER_STATEMENT) {
            split_no += 1;
            tuples.push(format!("({})", placeholders(values.len() + 1, 6)));
            let state = SplitState::Pending.code();
            values.extend(values![
                split_no,
                scan_no,
                collection_no,
                bounds,
                records,
                state
            ]);
        }
        if split_no >= first + SPLITS_PER_SCAN_MAX {
            return Err(StoreError::Unsupported("so many splits in one scan"));
        }
        let insert = format!(
            "INSERT INTO split (split_no, scan_no, collection_no, bounds, records, state) VALUES {}",
            tuples.join(", ")
        );
        db.execute(insert, values).await?;
    }
    Ok(())
}
