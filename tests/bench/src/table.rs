//! A PostgreSQL table: `hemvist scan --standalone` beside `COPY … TO STDOUT` of the same table.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::measure::{self, Run};
use crate::mix;

/// Runs of each program; the fastest counts.
const RUNS: usize = 3;
/// The environment variable that hands the password over.
const SECRET: &str = "BENCH_SECRET";

const SCHEMA: &str = "CREATE TABLE customer (
    id bigint PRIMARY KEY, personnummer text, name text, email text, phone text, street text, postal_code text,
    city text, created timestamptz, balance numeric(12, 2), active boolean, note text
)";

/// Where the server of this run is, for a client that reaches it by TCP.
struct Server {
    user: String,
    password: String,
    host: String,
    database: String,
}

pub(crate) fn run(binary: &Path, rows: usize) -> Result<()> {
    let postgres = hemvist_estate::postgres();
    let url = postgres.fresh_database();
    let server = reach(&postgres.tcp_url(), &url)?;
    fill(&url, rows)?;
    let copy = measure::best(RUNS, || {
        let mut psql = Command::new("psql");
        psql.args([url.as_str(), "-qc", "COPY customer TO STDOUT"]);
        measure::run(psql.stdout(Stdio::null()))
    })?;
    let scan = measure::best(RUNS, || scan(binary, &server))?;
    let rate = |run: Run| rows as f64 / 1e6 / run.seconds;
    println!("\ntable: {rows} rows of 12 columns in PostgreSQL");
    println!("  psql COPY TO STDOUT        {:7.2} M rows/s", rate(copy));
    println!(
        "  scan, detect only          {:7.2} M rows/s, {:.2} of COPY, {:.1} cpu seconds, peak {:.0} MiB",
        rate(scan),
        copy.seconds / scan.seconds,
        scan.cpu_seconds,
        scan.peak_mebibytes
    );
    Ok(())
}

fn scan(binary: &Path, server: &Server) -> Result<Run> {
    let address = format!(
        "postgres://{}@{}/{}",
        server.user, server.host, server.database
    );
    let mut command = Command::new(binary);
    command.args([
        "scan",
        "--standalone",
        "--format",
        "json",
        &address,
        "--secret",
        &format!("env:{SECRET}"),
    ]);
    measure::run(command.env(SECRET, &server.password).stdout(Stdio::null()))
}

/// `postgres://user:password@host:port/…`, with the database of `fresh`.
fn reach(tcp_url: &str, fresh: &str) -> Result<Server> {
    let rest = tcp_url
        .strip_prefix("postgres://")
        .context("an unknown form of URL")?;
    let (credentials, rest) = rest.rsplit_once('@').context("a URL without a user")?;
    let (user, password) = credentials
        .split_once(':')
        .context("a URL without a password")?;
    let host = rest.split('/').next().unwrap_or(rest);
    let path = fresh.split('?').next().unwrap_or(fresh);
    let database = path
        .rsplit('/')
        .next()
        .context("a URL without a database")?;
    let [user, password, host, database] = [user, password, host, database].map(str::to_owned);
    Ok(Server {
        user,
        password,
        host,
        database,
    })
}

fn fill(url: &str, rows: usize) -> Result<()> {
    let mut psql = Command::new("psql")
        .args([
            url,
            "-q",
            "-c",
            SCHEMA,
            "-c",
            "COPY customer FROM STDIN",
            "-c",
            "VACUUM ANALYZE customer",
        ])
        .stdin(Stdio::piped())
        .spawn()
        .context("cannot start psql")?;
    let mut stdin =
        std::io::BufWriter::new(psql.stdin.take().context("psql has no standard input")?);
    for row in 0..rows {
        let person = row as u64;
        writeln!(
            stdin,
            "{row}\t{}\tKund Exempel {row}\tuser{row}@example.com\t070-174 06 {:02}\tProvgatan {}\t{:05}\tHerrljunga\t2026-03-01 12:00:00+00\t{}.50\tt\t{}",
            mix::personnummer(person),
            5 + row % 95,
            row % 200,
            10_000 + row % 80_000,
            row % 10_000,
            if row % 10 == 0 {
                format!("ring user{row}@example.com vid leverans")
            } else {
                "\\N".into()
            },
        )?;
    }
    drop(stdin);
    if !psql.wait()?.success() {
        bail!("psql could not fill the table");
    }
    Ok(())
}
