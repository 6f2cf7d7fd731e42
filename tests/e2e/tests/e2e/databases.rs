//! SQL stores of the test run, filled and looked at past Hemvist.

use std::collections::BTreeMap;
use std::path::Path;

use hemvist_proto::v1;
use hemvist_proto::v1::source::Settings;
use sqlx::{AssertSqlSafe, MySqlPool, PgPool, Row, SqlitePool};

use crate::people::Person;
use crate::places::Places;
use crate::tables::{Flavour, Table, tables};

/// The environment variable in which the server finds a store's password.
pub(crate) const SECRET: &str = "ESTATE_SECRET";

enum Pool {
    Postgres(PgPool),
    Mariadb(MySqlPool),
    Sqlite(SqlitePool),
}

/// A database of our own.
pub(crate) struct Database {
    pool: Pool,
    pub(crate) flavour: Flavour,
    pub(crate) settings: Settings,
    /// The password, where there is one.
    pub(crate) secret: Option<String>,
    pub(crate) tables: Vec<Table>,
}

/// The text of every cell, by table and row.
pub(crate) type Rows = BTreeMap<(String, String), Vec<Option<String>>>;

impl Database {
    pub(crate) async fn postgres() -> Database {
        let url = hemvist_estate::postgres().fresh_database();
        let pool = PgPool::connect(&url).await.expect("PostgreSQL answers");
        let (user, _, host, port, database) = parse(&url);
        let settings = v1::SqlSettings {
            host,
            port,
            database,
            user,
            password: String::new(),
            tls: false,
        };
        Database::new(
            Pool::Postgres(pool),
            Flavour::Postgres,
            Settings::Postgres(settings),
            None,
        )
    }

    pub(crate) async fn mariadb() -> Database {
        let url = hemvist_estate::mariadb().fresh_database();
        let pool = MySqlPool::connect(&url).await.expect("MariaDB answers");
        let (user, secret, host, port, database) = parse(&url);
        let password = format!("env:{SECRET}");
        let settings = v1::SqlSettings {
            host,
            port,
            database,
            user,
            password,
            tls: false,
        };
        Database::new(
            Pool::Mariadb(pool),
            Flavour::Mariadb,
            Settings::Mariadb(settings),
            Some(secret),
        )
    }

    pub(crate) async fn sqlite(file: &Path) -> Database {
        let url = format!("sqlite:{}?mode=rwc", file.display());
        let pool = SqlitePool::connect(&url).await.expect("a new SQLite file");
        let settings = v1::SqliteSettings {
            path: file.display().to_string(),
        };
        Database::new(
            Pool::Sqlite(pool),
            Flavour::Sqlite,
            Settings::Sqlite(settings),
            None,
        )
    }

    fn new(pool: Pool, flavour: Flavour, settings: Settings, secret: Option<String>) -> Database {
        Database {
            pool,
            flavour,
            settings,
            secret,
            tables: Vec::new(),
        }
    }

    /// Makes the tables whose collection's name is wanted.
    pub(crate) async fn plant_some(&mut self, people: &[Person], wanted: impl Fn(&str) -> bool) {
        if self.flavour == Flavour::Postgres {
            self.run("CREATE SCHEMA arkiv").await;
        }
        for table in tables(self.flavour, people) {
            if wanted(&table.collection) {
                self.run(&table.script()).await;
                self.tables.push(table);
            }
        }
        self.run("CREATE VIEW everybody AS SELECT personnummer FROM customers")
            .await;
    }

    pub(crate) fn places(&self, source: &str, places: &mut Places) {
        self.tables
            .iter()
            .for_each(|table| table.places(source, places));
    }

    /// Declares that a row of `customers` is a person.
    pub(crate) fn identity_source(&self) -> v1::IdentitySource {
        let collection = self.tables[0].collection.clone();
        let fields = [
            ("personnummer", "SE_PERSONNUMMER"),
            ("personnummer", "SE_SAMORDNINGSNUMMER"),
        ];
        let fields = fields
            .into_iter()
            .chain([("email", "EMAIL_ADDRESS"), ("phone", "PHONE_NUMBER")]);
        let field = |(field, info_type): (&str, &str)| v1::IdentityField {
            field: field.to_owned(),
            info_type: info_type.to_owned(),
        };
        v1::IdentitySource {
            collection,
            fields: fields.map(field).collect(),
        }
    }

    /// Runs statements of the test's own.
    pub(crate) async fn run(&self, script: &str) {
        let sql = AssertSqlSafe(script.to_owned());
        let done = match &self.pool {
            Pool::Postgres(pool) => sqlx::raw_sql(sql).execute(pool).await.map(drop),
            Pool::Mariadb(pool) => sqlx::raw_sql(sql).execute(pool).await.map(drop),
            Pool::Sqlite(pool) => sqlx::raw_sql(sql).execute(pool).await.map(drop),
        };
        done.unwrap_or_else(|error| panic!("the test's own statement failed: {error}"));
    }

    /// Every row of every planted table, as it is now.
    pub(crate) async fn rows(&self) -> Rows {
        self.rows_of(&[""]).await
    }

    /// The rows of the tables whose name ends so.
    pub(crate) async fn rows_of(&self, names: &[&str]) -> Rows {
        let mut rows = Rows::new();
        for table in self
            .tables
            .iter()
            .filter(|table| names.iter().any(|name| table.collection.ends_with(name)))
        {
            let kind = if self.flavour == Flavour::Mariadb {
                "CHAR"
            } else {
                "TEXT"
            };
            let columns: Vec<String> = table
                .columns
                .iter()
                .map(|column| format!("CAST({column} AS {kind})"))
                .collect();
            for cells in self.select(&columns, &table.name).await {
                let key = if table.keyed {
                    cells[0].clone().unwrap_or_default()
                } else {
                    format!("{cells:?}")
                };
                let before = rows.insert((table.collection.clone(), key), cells);
                assert!(
                    before.is_none(),
                    "two rows of one key in {}",
                    table.collection
                );
            }
        }
        rows
    }

    async fn select(&self, columns: &[String], table: &str) -> Vec<Vec<Option<String>>> {
        let sql = AssertSqlSafe(format!("SELECT {} FROM {table}", columns.join(", ")));
        macro_rules! fetch {
            ($pool:expr) => {{
                let rows = sqlx::query(sql)
                    .fetch_all($pool)
                    .await
                    .expect("a planted table");
                let cells = |row| {
                    (0..columns.len())
                        .map(|index| Row::get(row, index))
                        .collect()
                };
                rows.iter().map(cells).collect()
            }};
        }
        match &self.pool {
            Pool::Postgres(pool) => fetch!(pool),
            Pool::Mariadb(pool) => fetch!(pool),
            Pool::Sqlite(pool) => fetch!(pool),
        }
    }
}

/// User, password, host, port and database of an estate's URL.
pub(crate) fn parse(url: &str) -> (String, String, String, i32, String) {
    let (address, parameters) = url.split_once('?').unwrap_or((url, ""));
    let rest = address.split_once("://").expect("a scheme").1;
    let (who, rest) = rest.split_once('@').expect("a user");
    let (user, password) = who.split_once(':').unwrap_or((who, ""));
    let (server, database) = rest.rsplit_once('/').expect("a database");
    let (host, port) = server.split_once(':').expect("a port");
    let host = parameters.strip_prefix("host=").unwrap_or(host);
    let text = str::to_owned;
    (
        text(user),
        text(password),
        text(host),
        port.parse().expect("a port"),
        text(database),
    )
}
