//! What a test sees of the running stores: addresses and credentials from the environment, and fresh databases.
//!
//! No driver here: databases are made with the stores' own command-line clients.

use std::env;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

pub(crate) const POSTGRES: &str = "HEMVIST_TEST_POSTGRES";
pub(crate) const POSTGRES_TCP: &str = "HEMVIST_TEST_POSTGRES_TCP";
pub(crate) const MARIADB: &str = "HEMVIST_TEST_MARIADB";
pub(crate) const S3: &str = "HEMVIST_TEST_S3";
pub(crate) const S3_KEY: &str = "HEMVIST_TEST_S3_KEY";
pub(crate) const S3_SECRET: &str = "HEMVIST_TEST_S3_SECRET";
pub(crate) const S3_READONLY_KEY: &str = "HEMVIST_TEST_S3_READONLY_KEY";
pub(crate) const S3_READONLY_SECRET: &str = "HEMVIST_TEST_S3_READONLY_SECRET";

/// The PostgreSQL server of this test run.
///
/// # Panics
/// Outside `cargo xtask test`, where there is none.
#[must_use]
pub fn postgres() -> PostgresServer {
    PostgresServer::new(variable(POSTGRES))
}

/// The MariaDB server of this test run.
///
/// # Panics
/// Outside `cargo xtask test`, where there is none.
#[must_use]
pub fn mariadb() -> MariadbServer {
    MariadbServer::new(variable(MARIADB))
}

/// The S3 store of this test run.
///
/// # Panics
/// Outside `cargo xtask test`, where there is none.
#[must_use]
pub fn s3() -> S3Server {
    S3Server {
        endpoint: variable(S3),
        owner: S3Identity {
            key: variable(S3_KEY),
            secret: variable(S3_SECRET),
        },
        reader: S3Identity {
            key: variable(S3_READONLY_KEY),
            secret: variable(S3_READONLY_SECRET),
        },
    }
}

/// An empty directory for an SQLite file or a file tree, deleted when dropped.
///
/// # Panics
/// When the temporary directory is not writable.
#[must_use]
pub fn directory() -> TempDir {
    match tempfile::Builder::new().prefix("hemvist-test-").tempdir() {
        Ok(directory) => directory,
        Err(error) => panic!("no temporary directory: {error}"),
    }
}

/// A PostgreSQL superuser's way in.
pub struct PostgresServer {
    url: String,
}

impl PostgresServer {
    pub(crate) fn new(url: String) -> PostgresServer {
        PostgresServer { url }
    }

    /// `postgres://postgres@localhost:PORT/postgres?host=DIRECTORY`: the private socket, no password, superuser.
    /// Both libpq and sqlx understand it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `postgres://postgres:PASSWORD@127.0.0.1:PORT/postgres`: the same server over TCP, where passwords count.
    ///
    /// # Panics
    /// Outside `cargo xtask test`.
    #[must_use]
    pub fn tcp_url(&self) -> String {
        variable(POSTGRES_TCP)
    }

    /// [`PostgresServer::url`] for another database of the server.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        with_database(&self.url, database)
    }

    /// The URL of a new, empty database that no other test knows.
    ///
    /// # Panics
    /// When the server refuses.
    #[must_use]
    pub fn fresh_database(&self) -> String {
        self.fresh_database_from("template1")
    }

    /// The URL of a new copy of a database. A suite that needs a schema applies it once to a database of its own and
    /// has it copied for each test. Nobody may be connected to `template` meanwhile.
    ///
    /// # Panics
    /// When the server refuses.
    #[must_use]
    pub fn fresh_database_from(&self, template: &str) -> String {
        let name = fresh_name();
        or_panic(self.execute(&format!(
            r#"CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy"#
        )));
        self.url_of(&name)
    }

    /// Runs statements through `psql`, outside any driver under test.
    ///
    /// # Errors
    /// What psql wrote.
    pub fn execute(&self, sql: &str) -> Result<()> {
        execute_at(&self.url, sql)
    }
}

/// A MariaDB user with all privileges.
pub struct MariadbServer {
    url: String,
}

impl MariadbServer {
    pub(crate) fn new(url: String) -> MariadbServer {
        MariadbServer { url }
    }

    /// `mysql://hemvist:PASSWORD@127.0.0.1:PORT/mysql`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// [`MariadbServer::url`] for another database of the server.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        with_database(&self.url, database)
    }

    /// The URL of a new, empty database that no other test knows.
    ///
    /// # Panics
    /// When the server refuses.
    #[must_use]
    pub fn fresh_database(&self) -> String {
        let name = fresh_name();
        or_panic(self.execute(&format!("CREATE DATABASE `{name}`")));
        self.url_of(&name)
    }

    /// Runs statements through the `mariadb` client, outside any driver under test.
    ///
    /// # Errors
    /// What the client wrote.
    pub fn execute(&self, sql: &str) -> Result<()> {
        // The client takes no URL; ours has a fixed shape.
        let rest = self
            .url
            .strip_prefix("mysql://")
            .context("not a mysql:// URL")?;
        let (user, rest) = rest.split_once(':').context("no password")?;
        let (password, rest) = rest.split_once('@').context("no host")?;
        let (host, rest) = rest.split_once(':').context("no port")?;
        let (port, database) = rest.split_once('/').context("no database")?;
        let mut client = Command::new("mariadb");
        client.arg("--no-defaults").args([
            "--protocol=tcp",
            "--batch",
            "-h",
            host,
            "-P",
            port,
            "-u",
            user,
        ]);
        client
            .env("MYSQL_PWD", password)
            .args(["-e", sql, database]);
        run(client)
    }
}

/// An S3 endpoint (path-style addressing, any region) and two identities.
pub struct S3Server {
    /// `http://127.0.0.1:PORT`.
    pub endpoint: String,
    /// May do everything.
    pub owner: S3Identity,
    /// May list and read, not write.
    pub reader: S3Identity,
}

/// A static S3 credential.
pub struct S3Identity {
    /// The access key id.
    pub key: String,
    /// The secret access key.
    pub secret: String,
}

impl S3Server {
    /// A valid bucket name that no other test uses. The test makes the bucket.
    #[must_use]
    pub fn fresh_bucket_name(&self) -> String {
        fresh_name().replace('_', "-")
    }
}

fn variable(name: &str) -> String {
    match env::var(name) {
        Ok(value) if !value.is_empty() => value,
        _ => panic!("{name} is not set: run `cargo xtask test`"),
    }
}

fn execute_at(url: &str, sql: &str) -> Result<()> {
    let mut client = Command::new("psql");
    // Without the user's own start-up file, and failing at the first error.
    client.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql]);
    run(client)
}

fn run(mut client: Command) -> Result<()> {
    let name = client.get_program().to_string_lossy().into_owned();
    let output = client
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {name}"))?;
    if !output.status.success() {
        bail!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

fn or_panic(outcome: Result<()>) {
    if let Err(error) = outcome {
        panic!("cannot make a database for the test: {error:#}");
    }
}

/// Unique over the processes of one run: nextest gives each test its own.
fn fresh_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let count = NEXT.fetch_add(1, Ordering::Relaxed);
    let micros = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| now.as_micros());
    format!("test_{micros:x}_{}_{count}", std::process::id())
}

/// Replaces the path of `scheme://authority/database?parameters`.
fn with_database(url: &str, database: &str) -> String {
    let (address, parameters) = match url.split_once('?') {
        Some((address, parameters)) => (address, format!("?{parameters}")),
        None => (url, String::new()),
    };
    let base = address.rsplit_once('/').map_or(address, |(base, _)| base);
    format!("{base}/{database}{parameters}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: &str) {
        assert_eq!(with_database(url, "other"), expected);
    }

    #[test]
    fn only_the_database_of_a_url_is_replaced() {
        check(
            "mysql://u:p@127.0.0.1:1/mysql",
            "mysql://u:p@127.0.0.1:1/other",
        );
        check(
            "postgres://u@localhost:5/postgres?host=/tmp/a/pg",
            "postgres://u@localhost:5/other?host=/tmp/a/pg",
        );
    }

    #[test]
    fn names_are_never_given_twice() {
        assert_ne!(fresh_name(), fresh_name());
    }

    #[test]
    fn fresh_databases_are_empty_and_apart() {
        let server = postgres();
        let (one, other) = (server.fresh_database(), server.fresh_database());
        execute_at(&one, "CREATE TABLE person (id int)").unwrap();
        execute_at(&other, "CREATE TABLE person (id int)").unwrap();

        let server = mariadb();
        let one = MariadbServer::new(server.fresh_database());
        one.execute("CREATE TABLE person (id int)").unwrap();
        MariadbServer::new(server.fresh_database())
            .execute("CREATE TABLE person (id int)")
            .unwrap();
    }

    #[test]
    fn a_wrong_password_is_refused() {
        let url = postgres().tcp_url();
        execute_at(&url, "SELECT 1").unwrap();
        assert!(execute_at(&url.replace("hemvist-test", "wrong"), "SELECT 1").is_err());
        let wrong = MariadbServer::new(mariadb().url().replace("hemvist-test", "wrong"));
        assert!(wrong.execute("SELECT 1").is_err());
    }
}
