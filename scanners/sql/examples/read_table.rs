//! How fast a table is read: every Split of one Collection, one after the other or two at a time.
//!
//! `cargo run --release -p hemvist-sql --example read_table -- postgres HOST PORT DATABASE USER COLLECTION [READERS]`
//! (or `mariadb`, with its password in `PASSWORD`; or `sqlite FILE COLLECTION [READERS]`). A HOST
//! that begins with `/` is a socket. Compare with `COPY … TO STDOUT` by `psql`, in the same minute.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use futures::{StreamExt as _, TryStreamExt as _};
use hemvist_model::{CollectionName, SplitSpec};
use hemvist_source::{Batch, Source, SourceError};
use hemvist_sql::{MariadbSource, PostgresSource, SqlConnection, SqliteSource};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (source, rest): (Arc<dyn Source>, &[&str]) = match arguments.as_slice() {
        ["sqlite", file, rest @ ..] => (Arc::new(SqliteSource::connect(Path::new(file))), rest),
        [kind, host, port, database, user, rest @ ..] => {
            let connection = SqlConnection {
                host: (*host).to_owned(),
                port: port.parse()?,
                database: (*database).to_owned(),
                user: (*user).to_owned(),
                password: std::env::var("PASSWORD").ok(),
                tls: false,
            };
            match *kind {
                "mariadb" => (Arc::new(MariadbSource::connect(&connection)), rest),
                _ => (Arc::new(PostgresSource::connect(&connection)), rest),
            }
        }
        _ => return Err("see the head of the example".into()),
    };
    let collection = CollectionName::new(*rest.first().ok_or("no collection")?);
    let readers = rest.get(1).map_or(Ok(1), |readers| readers.parse())?;

    let begun = Instant::now();
    let splits: Vec<SplitSpec> = source.splits(&collection).try_collect().await?;
    let cut = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let counts: Vec<(usize, usize)> = futures::stream::iter(&splits)
        .map(|split| read(&*source, split))
        .buffer_unordered(readers)
        .try_collect()
        .await?;
    let read = begun.elapsed().as_secs_f64();
    let rows: usize = counts.iter().map(|(rows, _)| rows).sum();
    let bytes: usize = counts.iter().map(|(_, bytes)| bytes).sum();
    writeln!(
        std::io::stdout(),
        "{} Splits cut in {cut:.2} s; {rows} rows, {bytes} bytes read in {read:.2} s: {:.2} M rows/s",
        splits.len(),
        rows as f64 / read / 1e6,
    )?;
    Ok(())
}

async fn read(source: &dyn Source, split: &SplitSpec) -> Result<(usize, usize), SourceError> {
    let mut batches = source.read(split, None);
    let (mut rows, mut bytes) = (0, 0);
    while let Some(batch) = batches.next().await {
        if let Batch::Rows(batch) = batch? {
            rows += batch.rows();
            bytes += batch.text.len();
        }
    }
    Ok((rows, bytes))
}
