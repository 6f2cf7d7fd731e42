//! The index: who is where, and what was looked at.

use hemvist_model::{
    ByteRange, CollectionName, ControllerId, Coverage, Evidence, FieldPath, InfoType, Likelihood,
    Pseudonym, RecordKey, RecordRef, SourceId, Timestamp,
};

use crate::db::{Db, Row, values};
use crate::progress::decode_coverage;
use crate::seal::{Purpose, Sealer};
use crate::{
    CollectionReading, FindingCursor, SourceCoverage, Store, StoreError, StoredFinding, scans,
};

/// CROSS JOIN keeps SQLite from beginning anywhere but at the Pseudonym; to PostgreSQL it is an
/// ordinary join.
const FINDINGS: &str = "SELECT f.collection_no, f.record_ref, f.field_no, f.pseudonym, \
     f.info_type, f.likelihood, f.evidence, f.occurrences, f.first_start, f.first_bytes, \
     o.id, c.name, r.key, d.path, p.ended, s.detector_version \
     FROM finding f CROSS JOIN collection c CROSS JOIN source o CROSS JOIN record r \
     CROSS JOIN field d CROSS JOIN split p CROSS JOIN scan s \
     WHERE f.pseudonym = $1 AND (f.collection_no, f.record_ref, f.field_no) > ($2, $3, $4) \
     AND c.collection_no = f.collection_no AND o.source_no = c.source_no AND o.controller = $5 \
     AND r.collection_no = f.collection_no AND r.record_ref = f.record_ref \
     AND d.collection_no = f.collection_no AND d.field_no = f.field_no \
     AND p.split_no = f.split_no AND s.scan_no = p.scan_no \
     ORDER BY f.collection_no, f.record_ref, f.field_no LIMIT $6";

impl Store {
    /// At most `limit` findings of a Pseudonym, those after `after`. The order is Source,
    /// Collection, Record, Field: Sources and Collections as the index came to know them, so that
    /// what belongs together comes together.
    ///
    /// # Errors
    /// `Corrupt` when a finding cannot be read: an answer is never silently short.
    pub async fn findings(
        &self,
        controller: &ControllerId,
        pseudonym: Pseudonym,
        after: Option<&FindingCursor>,
        limit: u32,
    ) -> Result<Vec<StoredFinding>, StoreError> {
        let after = after.copied().unwrap_or(FindingCursor {
            collection: -1,
            record_ref: RecordRef([0; 16]),
            field: 0,
        });
        let values = values![
            pseudonym.0,
            after.collection,
            after.record_ref.0,
            after.field,
            controller.as_str(),
            limit,
        ];
        let rows = self.read(move |db| Box::pin(async move { db.rows(FINDINGS, values).await }));
        let rows = rows.await?;
        rows.iter()
            .map(|row| decode_finding(self.sealer(), row))
            .collect()
    }

    /// What was looked at, for each registered Source of a Controller, in the order of their ids;
    /// never-scanned Sources too.
    ///
    /// # Errors
    /// `Transient` or `Corrupt`, as everywhere.
    pub async fn coverage(
        &self,
        controller: &ControllerId,
    ) -> Result<Vec<SourceCoverage>, StoreError> {
        let controller = controller.clone();
        self.read(move |db| {
            Box::pin(async move {
                let select = "SELECT source_no, id FROM source WHERE controller = $1 ORDER BY id";
                let mut sources = Vec::new();
                for row in db.rows(select, values![controller.as_str()]).await? {
                    sources.push(source_coverage(db, row.int(0)?, decode_source(&row, 1)?).await?);
                }
                Ok(sources)
            })
        })
        .await
    }
}

async fn source_coverage(
    db: &mut Db,
    source_no: i64,
    source: SourceId,
) -> Result<SourceCoverage, StoreError> {
    let select = "SELECT c.name, r.ended, r.info_types, s.detector_version, r.coverage \
                  FROM collection c JOIN reading r ON r.collection_no = c.collection_no \
                  JOIN scan s ON s.scan_no = r.scan_no WHERE c.source_no = $1 \
                  ORDER BY c.name, r.scan_no DESC";
    let mut coverage = Coverage::default();
    let mut collections = Vec::new();
    for row in db.rows(select, values![source_no]).await? {
        let reading = CollectionReading {
            collection: CollectionName::new(row.text(0)?),
            ended: Timestamp(row.int(1)?),
            info_types: scans::decode_info_types(&row, 2)?,
            detector_version: row.text(3)?,
            coverage: decode_coverage(&row.text(4)?)?,
        };
        coverage.merge(&reading.coverage);
        collections.push(reading);
    }
    let select = "SELECT state FROM scan WHERE source_no = $1 ORDER BY scan_no DESC LIMIT 1";
    let newest = db.row(select, values![source_no]).await?;
    let select = "SELECT ended, detector_version FROM scan WHERE source_no = $1 AND state = 3 \
                  AND collections = '[]' ORDER BY scan_no DESC LIMIT 1";
    let whole = db.row(select, values![source_no]).await?;
    Ok(SourceCoverage {
        source,
        never_scanned: whole.is_none(),
        scanned_at: match &whole {
            Some(row) => row.opt_int(0)?.map(Timestamp),
            None => None,
        },
        detector_version: whole.map(|row| row.text(1)).transpose()?,
        coverage,
        collections,
        scan_state: match newest {
            Some(row) => Some(scans::decode_state(row.int(0)?)?),
            None => None,
        },
    })
}

fn decode_finding(sealer: &Sealer, row: &Row) -> Result<StoredFinding, StoreError> {
    let cursor = FindingCursor {
        collection: row.int(0)?,
        record_ref: RecordRef(row.key(1)?),
        field: row.int(2)?,
    };
    let record = RecordKey::decode(&sealer.open(Purpose::Record, &row.bytes(12)?)?);
    let field = String::from_utf8(sealer.open(Purpose::Field, &row.bytes(13)?)?);
    let likelihood = row.int(5)?;
    let likelihood = Likelihood::ALL
        .into_iter()
        .find(|value| i64::from(value.code()) == likelihood);
    let evidence = i32::try_from(row.int(6)?).map_err(|_| StoreError::Corrupt("evidence"))?;
    let start = row.count(8)?;
    Ok(StoredFinding {
        pseudonym: Pseudonym(row.key(3)?),
        info_type: decode_info_type(row.int(4)?)?,
        source: decode_source(row, 10)?,
        collection: CollectionName::new(row.text(11)?),
        record_ref: cursor.record_ref,
        record: record.ok_or(StoreError::Corrupt("a record's key"))?,
        field: FieldPath::new(field.map_err(|_| StoreError::Corrupt("a field's path"))?),
        first: ByteRange::new(start, start.saturating_add(row.count(9)?)),
        occurrences: narrow(row.int(7)?)?,
        likelihood: likelihood.ok_or(StoreError::Corrupt("a likelihood"))?,
        evidence: Evidence(evidence.cast_unsigned()),
        seen: Timestamp(row.opt_int(14)?.unwrap_or_default()),
        detector_version: row.text(15)?,
        cursor,
    })
}

pub(crate) fn decode_info_type(code: i64) -> Result<InfoType, StoreError> {
    let info_type = u8::try_from(code).ok().and_then(InfoType::from_code);
    info_type.ok_or(StoreError::Corrupt("an info type"))
}

pub(crate) fn decode_source(row: &Row, index: usize) -> Result<SourceId, StoreError> {
    SourceId::new(row.text(index)?).map_err(|_| StoreError::Corrupt("a source's id"))
}

fn narrow(number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| StoreError::Corrupt("a count"))
}
