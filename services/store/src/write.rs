//! Writing a Split's findings, Records and Links: sorted, in large statements.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use hemvist_model::{FieldPath, Finding};

use crate::db::{Db, Value, placeholders, values};
use crate::seal::{Purpose, Sealer};
use crate::{SplitResult, Store, StoreError};

/// Rows in one INSERT, at most. What is left over goes in halves of it, so that the databases
/// see few different statements and keep them prepared.
const ROWS_PER_STATEMENT_MAX: usize = 1024;
/// How many powers of two there are up to that.
const STATEMENTS: usize = 11;
/// Fields asked for in one SELECT.
const FIELDS_PER_STATEMENT: usize = 64;

static FINDINGS: Bulk = Bulk {
    insert: "INSERT INTO finding (collection_no, record_ref, field_no, pseudonym, split_no, \
             info_type, likelihood, evidence, occurrences, first_start, first_bytes) VALUES ",
    columns: 11,
    // A younger Scan's finding takes the older one's place, never the other way round.
    upsert: " ON CONFLICT (pseudonym, collection_no, record_ref, field_no) DO UPDATE SET \
             split_no = excluded.split_no, info_type = excluded.info_type, \
             likelihood = excluded.likelihood, evidence = excluded.evidence, \
             occurrences = excluded.occurrences, first_start = excluded.first_start, \
             first_bytes = excluded.first_bytes WHERE finding.split_no <= excluded.split_no",
    statements: [const { [const { OnceLock::new() }; STATEMENTS] }; 2],
};

static RECORDS: Bulk = Bulk {
    insert: "INSERT INTO record (collection_no, record_ref, key, split_no) VALUES ",
    columns: 4,
    upsert: " ON CONFLICT (collection_no, record_ref) DO UPDATE SET \
             key = excluded.key, split_no = excluded.split_no \
             WHERE record.split_no <= excluded.split_no",
    statements: [const { [const { OnceLock::new() }; STATEMENTS] }; 2],
};

static LINKS: Bulk = Bulk {
    insert: "INSERT INTO link (anchor, attached, collection_no, record_ref, anchor_type, \
             attached_type, rule, split_no) VALUES ",
    columns: 8,
    upsert: " ON CONFLICT (anchor, attached, collection_no, record_ref) DO UPDATE SET \
             anchor_type = excluded.anchor_type, attached_type = excluded.attached_type, \
             rule = excluded.rule, split_no = excluded.split_no \
             WHERE link.split_no <= excluded.split_no",
    statements: [const { [const { OnceLock::new() }; STATEMENTS] }; 2],
};

/// An upsert of many rows.
struct Bulk {
    insert: &'static str,
    columns: usize,
    upsert: &'static str,
    /// The texts for 1, 2, 4 … rows, made when first needed.
    /// For SQLite and for PostgreSQL.
    statements: [[OnceLock<String>; STATEMENTS]; 2],
}

/// A Split's result, sealed and sorted, ready to be written.
pub(crate) struct Prepared {
    findings: Vec<Finding>,
    /// Each Field's path, sealed, and its number once it has one.
    fields: BTreeMap<Arc<FieldPath>, (Vec<u8>, i64)>,
    records: Vec<Value>,
    links: Vec<Value>,
    split_no: i64,
    collection_no: i64,
}

impl Prepared {
    pub(crate) fn new(
        sealer: &Sealer,
        split_no: i64,
        collection_no: i64,
        result: &SplitResult,
    ) -> Result<Self, StoreError> {
        let mut findings = result.findings.clone();
        findings.sort_by(|a, b| key(a).cmp(&key(b)));
        // The last of equals is kept; it was reported last.
        findings.reverse();
        findings.dedup_by(|a, b| key(a) == key(b));
        findings.reverse();

        let mut fields = BTreeMap::new();
        let mut records = Vec::new();
        let mut last = None;
        for finding in &findings {
            if last != Some(finding.record_ref) {
                last = Some(finding.record_ref);
                let sealed = sealer.seal(Purpose::Record, &finding.record.encode())?;
                records.extend(values![
                    collection_no,
                    finding.record_ref.0,
                    sealed,
                    split_no
                ]);
            }
            if !fields.contains_key(&finding.field) {
                let path = finding.field.as_str().as_bytes();
                let sealed = sealer.seal(Purpose::Field, path)?;
                fields.insert(Arc::clone(&finding.field), (sealed, 0));
            }
        }
        Ok(Prepared {
            findings,
            fields,
            records,
            links: link_rows(result, split_no, collection_no),
            split_no,
            collection_no,
        })
    }

    /// Writes everything; the number of findings.
    pub(crate) async fn insert(self, db: &mut Db) -> Result<u64, StoreError> {
        let records = self.records.len() / RECORDS.columns;
        RECORDS.write(db, records, self.records.into_iter()).await?;
        let count = u64::try_from(self.findings.len()).unwrap_or(u64::MAX);
        let (fields, split_no, collection_no) = (&self.fields, self.split_no, self.collection_no);
        let rows = self.findings.iter().flat_map(|finding| {
            let field_no = fields.get(&finding.field).map_or(0, |(_, number)| *number);
            [
                Value::from(collection_no),
                Value::from(finding.record_ref.0),
                Value::from(field_no),
                Value::from(finding.pseudonym.0),
                Value::from(split_no),
                Value::from(finding.info_type.code()),
                Value::from(finding.likelihood.code()),
                // The bits as they are, in 32 of them with a sign.
                Value::from(i64::from(finding.evidence.0.cast_signed())),
                // The index keeps counts and lengths in 31 bits.
                Value::from(i64::from(finding.occurrences.min(i32::MAX.unsigned_abs()))),
                Value::from(finding.first.start),
                Value::from(finding.first.bytes().min(i32::MAX.unsigned_abs().into())),
            ]
        });
        FINDINGS.write(db, self.findings.len(), rows).await?;
        let links = self.links.len() / LINKS.columns;
        LINKS.write(db, links, self.links.into_iter()).await?;
        Ok(count)
    }
}

/// The order of the index, so that each of its pages is touched once.
fn key(finding: &Finding) -> ([u8; 16], &FieldPath, [u8; 16]) {
    (finding.record_ref.0, &finding.field, finding.pseudonym.0)
}

fn link_rows(result: &SplitResult, split_no: i64, collection_no: i64) -> Vec<Value> {
    let mut links = BTreeMap::new();
    for link in &result.links {
        links.insert((link.anchor, link.attached, link.witness.record_ref), link);
    }
    let rows = links.into_values().flat_map(|link| {
        values![
            link.anchor.0,
            link.attached.0,
            collection_no,
            link.witness.record_ref.0,
            link.anchor_type.code(),
            link.attached_type.code(),
            link.rule as u8,
            split_no,
        ]
    });
    rows.collect()
}

impl Bulk {
    /// Writes `rows` rows, whose values follow each other.
    async fn write(
        &'static self,
        db: &mut Db,
        mut rows: usize,
        mut values: impl Iterator<Item = Value> + Send,
    ) -> Result<(), StoreError> {
        while rows > 0 {
            let power = rows.ilog2().min(ROWS_PER_STATEMENT_MAX.ilog2());
            let count = 1 << power;
            let chunk: Vec<Value> = values.by_ref().take(count * self.columns).collect();
            let sqlite = matches!(db, Db::Sqlite(_));
            db.execute(self.statement(sqlite, power, count), chunk)
                .await?;
            rows -= count;
        }
        Ok(())
    }

    fn statement(&'static self, sqlite: bool, power: u32, rows: usize) -> &'static str {
        let slot = usize::try_from(power).unwrap_or(0);
        let text =
            self.statements[usize::from(sqlite)][slot.min(STATEMENTS - 1)].get_or_init(|| {
                let tuple = |row| match sqlite {
                    // SQLite looks a placeholder's name up among all of them, each time it is bound.
                    true => format!("({})", vec!["?"; self.columns].join(", ")),
                    false => format!("({})", placeholders(row * self.columns + 1, self.columns)),
                };
                let tuples: Vec<String> = (0..rows).map(tuple).collect();
                format!("{}{}{}", self.insert, tuples.join(", "), self.upsert)
            });
        text.as_str()
    }
}

impl Store {
    /// Gives each Field its number, and a new number to a new Field. A transaction of its own: a
    /// number that nothing uses does no harm, and so no commit waits for another over a Field.
    pub(crate) async fn number_fields(
        &self,
        collection_no: i64,
        mut prepared: Prepared,
    ) -> Result<Prepared, StoreError> {
        let paths: Vec<Vec<u8>> = prepared
            .fields
            .values()
            .map(|(path, _)| path.clone())
            .collect();
        if paths.is_empty() {
            return Ok(prepared);
        }
        let wanted = paths.clone();
        let known = self.read(move |db| {
            Box::pin(async move { known_fields(db, collection_no, &wanted).await })
        });
        let mut numbers = known.await?;
        if numbers.len() < paths.len() {
            let added = self.write(move |db| {
                Box::pin(async move { add_fields(db, collection_no, &paths).await })
            });
            numbers = added.await?;
        }
        for (path, number) in prepared.fields.values_mut() {
            let missing = StoreError::bug("a field without a number");
            *number = *numbers.get(path).ok_or(missing)?;
        }
        Ok(prepared)
    }
}

async fn known_fields(
    db: &mut Db,
    collection_no: i64,
    paths: &[Vec<u8>],
) -> Result<BTreeMap<Vec<u8>, i64>, StoreError> {
    let select = format!(
        "SELECT path, field_no FROM field WHERE collection_no = $1 AND path IN ({})",
        placeholders(2, FIELDS_PER_STATEMENT)
    );
    let mut numbers = BTreeMap::new();
    for chunk in paths.chunks(FIELDS_PER_STATEMENT) {
        let mut values = values![collection_no];
        values.extend(chunk.iter().map(|path| Value::from(path.as_slice())));
        // One statement for any number: the rest of the list is NULL, which equals nothing.
        values.resize(FIELDS_PER_STATEMENT + 1, Value::Bytes(None));
        for row in db.rows(select.clone(), values).await? {
            numbers.insert(row.bytes(0)?, row.int(1)?);
        }
    }
    Ok(numbers)
}

async fn add_fields(
    db: &mut Db,
    collection_no: i64,
    paths: &[Vec<u8>],
) -> Result<BTreeMap<Vec<u8>, i64>, StoreError> {
    let lock = db.locking("SELECT collection_no FROM collection WHERE collection_no = $1");
    let row = db.row(lock, values![collection_no]).await?;
    row.ok_or(StoreError::LeaseLost)?;
    let mut numbers = known_fields(db, collection_no, paths).await?;
    let select = "SELECT COALESCE(MAX(field_no), 0) FROM field WHERE collection_no = $1";
    let highest = db.row(select, values![collection_no]).await?;
    let mut field_no = highest.map_or(Ok(0), |row| row.int(0))?;
    for path in paths {
        if !numbers.contains_key(path) {
            field_no += 1;
            let insert = "INSERT INTO field (collection_no, field_no, path) VALUES ($1, $2, $3)";
            let values = values![collection_no, field_no, path.as_slice()];
            db.execute(insert, values).await?;
            numbers.insert(path.clone(), field_no);
        }
    }
    Ok(numbers)
}
