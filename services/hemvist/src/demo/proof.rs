//! Proof that nobody else lost a byte: everything is read before and after, without Hemvist.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use super::company::{Company, Person};

/// Everything the company holds: per file its lines, per table its rows.
pub(crate) struct Snapshot {
    lines: BTreeMap<String, Vec<String>>,
}

impl Snapshot {
    /// Reads the whole company.
    pub(crate) async fn take(company: &Company) -> Result<Self> {
        let mut lines = BTreeMap::new();
        read_files(&company.folder, &company.folder, &mut lines)?;
        let options = SqliteConnectOptions::new()
            .filename(&company.database)
            .read_only(true);
        let pool = SqlitePool::connect_with(options).await?;
        let customers = "SELECT concat_ws('|', id, personnummer, name, email, phone) FROM customers ORDER BY id";
        let orders =
            "SELECT concat_ws('|', id, customer, details, comment) FROM orders ORDER BY id";
        for (table, query) in [("table customers", customers), ("table orders", orders)] {
            let rows = sqlx::query(query).fetch_all(&pool).await?;
            let rows = rows
                .iter()
                .map(|row| row.try_get::<String, _>(0))
                .collect::<Result<_, _>>()?;
            lines.insert(table.to_owned(), rows);
        }
        pool.close().await;
        Ok(Self { lines })
    }

    /// How many lines and rows speak of this person.
    pub(crate) fn mentions(&self, person: &Person) -> usize {
        let spellings = person.spellings();
        self.lines
            .values()
            .flatten()
            .filter(|line| spellings.iter().any(|spelling| line.contains(spelling)))
            .count()
    }

    /// Holds the company against what it was: gives how many lines and rows of others are as they
    /// were, byte by byte and in their order.
    ///
    /// # Errors
    /// When one line of somebody else is gone, new or different.
    pub(crate) fn prove_bystanders(&self, before: &Snapshot, person: &Person) -> Result<usize> {
        let spellings = person.spellings();
        let mut kept = 0;
        for (place, old) in &before.lines {
            let others: Vec<&String> = old
                .iter()
                .filter(|line| !spellings.iter().any(|spelling| line.contains(spelling)))
                .collect();
            let empty = Vec::new();
            let new = self.lines.get(place).unwrap_or(&empty);
            let mut rest = new.iter();
            if let Some(lost) = others
                .iter()
                .position(|line| !rest.any(|new| *new == **line))
            {
                bail!("line {} of others in {place} is not what it was", lost + 1);
            }
            kept += others.len();
        }
        Ok(kept)
    }
}

fn read_files(
    root: &Path,
    directory: &Path,
    lines: &mut BTreeMap<String, Vec<String>>,
) -> Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            read_files(root, &path, lines)?;
            continue;
        }
        let mut text = String::new();
        let file = fs::File::open(&path)?;
        if path.extension().is_some_and(|extension| extension == "gz") {
            flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text)
        } else {
            std::io::BufReader::new(file).read_to_string(&mut text)
        }
        .with_context(|| format!("cannot read {} back", path.display()))?;
        let name = path
            .strip_prefix(root)
            .unwrap_or(&path)
            .display()
            .to_string();
        lines.insert(
            name,
            text.split_inclusive('\n').map(str::to_owned).collect(),
        );
    }
    Ok(())
}
