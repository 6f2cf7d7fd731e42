//! The tables: made when a database is opened for the first time, brought up to date later.
//!
//! Forward only. A database of a later version is refused, not guessed at.

use crate::db::values;
use crate::seal::{Purpose, Sealer};
use crate::{Store, StoreError};

/// One file for each version and backend; version N is the N-th.
const SQLITE: &[&str] = &[
    include_str!("../migrations/sqlite/0001.sql"),
    include_str!("../migrations/sqlite/0002.sql"),
];
const POSTGRES: &[&str] = &[
    include_str!("../migrations/postgres/0001.sql"),
    include_str!("../migrations/postgres/0002.sql"),
];

/// Any number that nothing else on the server locks.
const LOCK: &str = "SELECT pg_advisory_xact_lock(5216694956356821)";

/// Sealed at the first opening; opens again only under the same key.
const CHECK: &[u8] = b"hemvist";

/// Brings the tables up to date and proves that the sealing key is theirs, in one transaction
/// that only one process at a time is in.
pub(crate) async fn migrate(store: &Store) -> Result<(), StoreError> {
    let check = store.sealer().seal(Purpose::Check, CHECK)?;
    let sealed = store
        .write(move |db| {
            Box::pin(async move {
                let versions = match db {
                    crate::db::Db::Sqlite(_) => SQLITE,
                    crate::db::Db::Postgres(_) => {
                        db.run(LOCK).await?;
                        POSTGRES
                    }
                };
                db.run("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL, sealed TEXT NOT NULL)")
                    .await?;
                let row = db
                    .row("SELECT version, sealed FROM schema_version", vec![])
                    .await?;
                let (version, sealed) = match row {
                    Some(row) => (row.count(0)?, row.text(1)?),
                    None => {
                        let sealed = hex(&check);
                        let insert = "INSERT INTO schema_version VALUES (0, $1)";
                        db.execute(insert, values![sealed.clone()]).await?;
                        (0, sealed)
                    }
                };
                let version = usize::try_from(version).unwrap_or(usize::MAX);
                let missing = versions.get(version..).ok_or(StoreError::Unsupported(
                    "a database of a later version of Hemvist",
                ))?;
                for statements in missing {
                    db.run(statements).await?;
                }
                let newest = u64::try_from(versions.len()).unwrap_or(u64::MAX);
                let update = "UPDATE schema_version SET version = $1";
                db.execute(update, values![newest]).await?;
                Ok(sealed)
            })
        })
        .await?;
    prove(store.sealer(), &sealed)
}

fn prove(sealer: &Sealer, sealed: &str) -> Result<(), StoreError> {
    match hex(&sealer.seal(Purpose::Check, CHECK)?) == sealed {
        true => Ok(()),
        false => Err(StoreError::Corrupt(
            "the sealing key is not the one this database was made with",
        )),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
