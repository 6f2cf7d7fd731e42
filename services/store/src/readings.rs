//! Which Scan looked for which InfoTypes in a Collection last, and what is gone with a new one.
//!
//! A Scan that looks for less says nothing about the rest: what others found stays, and stays
//! theirs. So each InfoType of a Collection belongs to one reading, the newest that looked for it.

use hemvist_model::{Coverage, InfoTypes, SkipReason};

use crate::db::{Db, values};
use crate::progress::{LockedScan, encode_coverage, first_split};
use crate::{StoreError, scans};

/// What a Scan's reading of a Collection says that no other does.
pub(crate) struct Newest {
    /// The InfoTypes that no younger Scan has looked for.
    pub(crate) info_types: InfoTypes,
    /// Whether no younger Scan has read the Collection at all.
    pub(crate) of_all: bool,
}

/// Adds a Scan's reading of a Collection. What it is the newest reading of comes back, and is
/// taken away from the older ones.
pub(crate) async fn add(
    db: &mut Db,
    scan: &LockedScan,
    collection_no: i64,
    coverage: &Coverage,
) -> Result<Newest, StoreError> {
    // Of two Scans that end one Collection at once the second sees what the first has added.
    let lock = db.locking("SELECT collection_no FROM collection WHERE collection_no = $1");
    db.row(lock, values![collection_no]).await?;
    // A cancelled reading says less than the reading before it, if there was one.
    let cancelled = coverage
        .reasons()
        .any(|(reason, _)| reason == SkipReason::Cancelled);
    let select = "SELECT scan_no, info_types FROM reading WHERE collection_no = $1";
    let mut newest = Newest {
        info_types: scan.info_types,
        of_all: true,
    };
    for row in db.rows(select, values![collection_no]).await? {
        let younger = row.int(0)? > scan.scan_no;
        newest.of_all &= !younger;
        if cancelled || younger {
            let theirs = scans::decode_info_types(&row, 1)?;
            newest.info_types = newest.info_types.without(theirs);
        }
    }
    let bits = newest.info_types.bits();
    if bits == 0 {
        return Ok(newest);
    }
    let narrow = "UPDATE reading SET info_types = info_types - (info_types & $2) \
                  WHERE collection_no = $1";
    db.execute(narrow, values![collection_no, bits]).await?;
    let drop = "DELETE FROM reading WHERE collection_no = $1 AND info_types = 0";
    db.execute(drop, values![collection_no]).await?;
    let insert = "INSERT INTO reading (collection_no, scan_no, info_types, ended, coverage) \
                  VALUES ($1, $2, $3, $4, $5)";
    let values = values![
        collection_no,
        scan.scan_no,
        bits,
        db.now().await?,
        encode_coverage(coverage)?,
    ];
    db.execute(insert, values).await?;
    Ok(newest)
}

/// Deletes what Scans older than this one have found of these InfoTypes in a Collection, and what
/// only that needed. Links are whole in every Scan, whatever it looks for.
pub(crate) async fn sweep(
    db: &mut Db,
    collection_no: i64,
    scan_no: i64,
    info_types: InfoTypes,
) -> Result<(), StoreError> {
    let older = || values![collection_no, first_split(scan_no)];
    let mut of_types = older();
    of_types.extend(values![info_types.bits()]);
    let findings = "DELETE FROM finding WHERE collection_no = $1 AND split_no < $2 \
                    AND ($3 >> info_type) & 1 = 1";
    db.execute(findings, of_types).await?;
    // Another Scan may just be finding something in a Record that has nothing left: once it is
    // locked, whoever held it has committed, and the next statement sees what they found.
    let unneeded = "WHERE collection_no = $1 AND split_no < $2 AND NOT EXISTS \
                    (SELECT 1 FROM finding f WHERE f.collection_no = record.collection_no \
                    AND f.record_ref = record.record_ref)";
    let lock = db.locking(&format!("SELECT 1 FROM record {unneeded}"));
    db.row(format!("SELECT COUNT(*) FROM ({lock}) locked"), older())
        .await?;
    db.execute(format!("DELETE FROM record {unneeded}"), older())
        .await?;
    for sql in [
        "DELETE FROM link WHERE collection_no = $1 AND split_no < $2",
        "DELETE FROM split WHERE collection_no = $1 AND split_no < $2 AND state >= 3 \
         AND split_no NOT IN (SELECT DISTINCT f.split_no FROM finding f \
         WHERE f.collection_no = $1 AND f.split_no < $2)",
    ] {
        db.execute(sql, older()).await?;
    }
    Ok(())
}

/// Forgets a Collection that is not there any more.
pub(crate) async fn forget(
    db: &mut Db,
    collection_no: i64,
    scan_no: i64,
) -> Result<(), StoreError> {
    sweep(db, collection_no, scan_no, InfoTypes::all()).await?;
    let readings = "DELETE FROM reading WHERE collection_no = $1 AND scan_no < $2";
    db.execute(readings, values![collection_no, scan_no])
        .await?;
    let contradictions = "UPDATE collection SET contradictions = 0 WHERE collection_no = $1";
    db.execute(contradictions, values![collection_no]).await?;
    Ok(())
}
