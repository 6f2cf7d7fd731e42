//! Scans: asked for, shown, cancelled.

use hemvist_model::{
    CollectionName, Coverage, InfoTypes, Scan, ScanEvent, ScanId, ScanState, SkipReason, SourceId,
    Timestamp,
};

use crate::db::{Db, Row, values};
use crate::progress::{self, decode_coverage};
use crate::{Store, StoreError, sources};

pub(crate) const SCAN: &str = "SELECT s.scan_no, s.id, o.id, s.state, s.detector_version, \
     s.collections, s.created, s.ended, s.info_types FROM scan s JOIN source o ON o.source_no = s.source_no";

impl Store {
    /// Asks for a Scan. Its state is `Cutting` and its counts are nothing, whatever `scan` says.
    /// A `request_id` that was used before (and is not empty) returns the Scan that it made. It is
    /// sealed at rest.
    ///
    /// # Errors
    /// `NotFound` when the Source is not registered; `Conflict` when the Scan's id is taken, or
    /// the `request_id` made a Scan of another Source, of other Collections or for other InfoTypes.
    pub async fn create_scan(&self, scan: &Scan, request_id: &str) -> Result<Scan, StoreError> {
        let scan = scan.clone();
        let request = self.sealer().seal_request(request_id)?;
        self.write(move |db| {
            Box::pin(async move {
                // Locking the Source makes two equal requests follow each other.
                let source_no = sources::number_for_update(db, &scan.source).await?;
                let source_no = source_no.ok_or(StoreError::NotFound("source"))?;
                let select = format!("{SCAN} WHERE s.request_id = $1");
                if let Some(row) = db.row(select, values![request.clone()]).await? {
                    let made = load(db, &row).await?;
                    let same = made.source == scan.source
                        && made.collections == scan.collections
                        && made.info_types == scan.info_types;
                    let other = StoreError::Conflict("this request made another scan");
                    return same.then_some(made).ok_or(other);
                }
                insert(db, &scan, source_no, request).await?;
                find(db, &scan.id).await?.ok_or(StoreError::bug("no scan"))
            })
        })
        .await
    }

    /// One Scan with its counts as they stand.
    ///
    /// # Errors
    /// `Transient` or `Corrupt`, as everywhere.
    pub async fn scan(&self, id: &ScanId) -> Result<Option<Scan>, StoreError> {
        let id = id.clone();
        self.read(move |db| Box::pin(async move { find(db, &id).await }))
            .await
    }

    /// At most `limit` Scans of a Source, newest first, those older than `after`.
    ///
    /// # Errors
    /// `NotFound` when `after` is no Scan.
    pub async fn scans(
        &self,
        source: &SourceId,
        after: Option<&ScanId>,
        limit: u32,
    ) -> Result<Vec<Scan>, StoreError> {
        let (source, after) = (source.clone(), after.cloned());
        self.read(move |db| {
            Box::pin(async move {
                let before = match after {
                    None => i64::MAX,
                    Some(id) => number(db, &id).await?.ok_or(StoreError::NotFound("scan"))?,
                };
                let select = format!(
                    "{SCAN} WHERE o.id = $1 AND s.scan_no < $2 ORDER BY s.scan_no DESC LIMIT $3"
                );
                let rows = db.rows(select, values![source.as_str(), before, limit]);
                let mut scans = Vec::new();
                for row in rows.await? {
                    scans.push(load(db, &row).await?);
                }
                Ok(scans)
            })
        })
        .await
    }

    /// Cancels a Scan: Splits that have not ended fail as `CANCELLED`, and whoever reads one loses
    /// the Lease. Cancelling a cancelled Scan changes nothing.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has ended otherwise.
    pub async fn cancel_scan(&self, id: &ScanId) -> Result<Scan, StoreError> {
        let id = id.clone();
        self.write(move |db| {
            Box::pin(async move {
                let scan_no = number(db, &id).await?.ok_or(StoreError::NotFound("scan"))?;
                // Splits before the Scan: the order in which commits lock them.
                progress::lock_open_splits(db, scan_no).await?;
                let scan = progress::lock_scan(db, scan_no).await?;
                if scan.state != ScanState::Cancelled {
                    let ended = StoreError::Conflict("the scan has already ended");
                    let state = scan.state.next(ScanEvent::Cancel).ok_or(ended)?;
                    progress::end_open_splits(db, &scan, SkipReason::Cancelled).await?;
                    progress::end_scan(db, &scan, state).await?;
                }
                find(db, &id).await?.ok_or(StoreError::bug("no scan"))
            })
        })
        .await
    }
}

async fn insert(
    db: &mut Db,
    scan: &Scan,
    source_no: i64,
    request: Option<Vec<u8>>,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO scan (id, source_no, state, detector_version, collections, created, \
                  request_id, info_types) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                  ON CONFLICT (id) DO NOTHING";
    let collections = serde_json::to_string(&scan.collections)
        .map_err(|_| StoreError::bug("a list of names cannot be encoded"))?;
    let values = values![
        scan.id.as_str(),
        source_no,
        ScanState::Cutting.code(),
        scan.detector_version.as_str(),
        collections,
        scan.created,
        request,
        scan.info_types.bits(),
    ];
    let taken = StoreError::Conflict("a scan with this id exists");
    db.execute_one(insert, values, taken).await
}

async fn number(db: &mut Db, id: &ScanId) -> Result<Option<i64>, StoreError> {
    let select = "SELECT scan_no FROM scan WHERE id = $1";
    let row = db.row(select, values![id.as_str()]).await?;
    row.map(|row| row.int(0)).transpose()
}

async fn find(db: &mut Db, id: &ScanId) -> Result<Option<Scan>, StoreError> {
    let select = format!("{SCAN} WHERE s.id = $1");
    match db.row(select, values![id.as_str()]).await? {
        Some(row) => Ok(Some(load(db, &row).await?)),
        None => Ok(None),
    }
}

/// Reads a row of [`SCAN`] and sums up what the Scan did in each Collection.
pub(crate) async fn load(db: &mut Db, row: &Row) -> Result<Scan, StoreError> {
    let select = "SELECT splits, splits_ended, findings, coverage FROM scan_collection \
                  WHERE scan_no = $1";
    let parts = db.rows(select, values![row.int(0)?]).await?;
    let (mut splits, mut ended, mut findings) = (0, 0, 0);
    let mut coverage = Coverage::default();
    for part in &parts {
        splits += part.count(0)?;
        ended += part.count(1)?;
        findings += part.count(2)?;
        coverage.merge(&decode_coverage(&part.text(3)?)?);
    }
    let names: Vec<CollectionName> = serde_json::from_str(&row.text(5)?)
        .map_err(|_| StoreError::Corrupt("a scan's collections"))?;
    Ok(Scan {
        id: ScanId::new(row.text(1)?).map_err(|_| StoreError::Corrupt("a scan's id"))?,
        source: SourceId::new(row.text(2)?).map_err(|_| StoreError::Corrupt("a source's id"))?,
        collections: names,
        info_types: decode_info_types(row, 8)?,
        state: decode_state(row.int(3)?)?,
        detector_version: row.text(4)?,
        created: Timestamp(row.int(6)?),
        ended: row.opt_int(7)?.map(Timestamp),
        coverage,
        splits: (splits, ended),
        findings,
    })
}

pub(crate) fn decode_info_types(row: &Row, index: usize) -> Result<InfoTypes, StoreError> {
    let set = InfoTypes::from_bits(row.count(index)?);
    set.ok_or(StoreError::Corrupt("a set of info types"))
}

pub(crate) fn decode_state(code: i64) -> Result<ScanState, StoreError> {
    let state = u8::try_from(code).ok().and_then(ScanState::from_code);
    state.ok_or(StoreError::Corrupt("a scan's state"))
}
