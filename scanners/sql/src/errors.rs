//! What the drivers' errors mean: a [`Kind`] and our own words. A driver's or database's message is
//! never passed on, because it may quote cell values; its code may.

use std::borrow::Cow;
use std::io::ErrorKind;

use hemvist_source::{Kind, SourceError};

/// What a database's own error code means, in a kind and words.
pub(crate) type Meaning = (Kind, &'static str);

const STILL_REFERRED_TO: &str = "rows of another table refer to it";
const CONSTRAINT: &str = "a constraint forbids it";
const VALUE: &str = "a value that the column cannot take";
const TRIGGER: &str = "a trigger or function of the database refused";

/// The words of an error by which the database keeps a row by its own rules.
pub(crate) fn refusal(error: &SourceError) -> Option<&'static str> {
    let message = error.to_string();
    [STILL_REFERRED_TO, CONSTRAINT, VALUE, TRIGGER]
        .into_iter()
        .find(|words| message.starts_with(words))
}

/// Maps an error; `meaning` knows the database's codes.
pub(crate) fn map(error: &sqlx::Error, meaning: fn(&str) -> Option<Meaning>) -> SourceError {
    let (kind, words) = match error {
        sqlx::Error::Database(database) => return from_database(&**database, meaning),
        sqlx::Error::Io(io) => from_io(io.kind()),
        sqlx::Error::Tls(_) => (Kind::Unsupported, "TLS could not be agreed on"),
        sqlx::Error::PoolTimedOut => (Kind::Transient, "no connection within the time allowed"),
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            (Kind::Transient, "the connection was closed")
        }
        sqlx::Error::Protocol(_) => (Kind::Transient, "the connection broke off"),
        sqlx::Error::Configuration(_) => (Kind::Unsupported, "the settings cannot be used"),
        sqlx::Error::RowNotFound => (Kind::NotFound, "nothing answered"),
        sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => {
            (Kind::Corrupt, "the database's answer could not be read")
        }
        _ => (Kind::Bug, "the database driver refused our request"),
    };
    SourceError::new(kind, words)
}

fn from_database(
    error: &dyn sqlx::error::DatabaseError,
    meaning: fn(&str) -> Option<Meaning>,
) -> SourceError {
    let code = code_of(error);
    match meaning(&code) {
        Some((kind, words)) => SourceError::new(kind, format!("{words} ({code})")),
        None => SourceError::new(Kind::Bug, format!("the database refused ({code})")),
    }
}

/// MariaDB's number tells more than its SQLSTATE. SQLite gives the code of triggers to
/// `ON DELETE RESTRICT`, with a message that is the same always.
fn code_of(error: &dyn sqlx::error::DatabaseError) -> Cow<'_, str> {
    if error.message() == "FOREIGN KEY constraint failed" {
        return Cow::Borrowed("787");
    }
    match error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        Some(mysql) => Cow::Owned(mysql.number().to_string()),
        None => error.code().unwrap_or(Cow::Borrowed("no code")),
    }
}

fn from_io(kind: ErrorKind) -> Meaning {
    match kind {
        ErrorKind::ConnectionRefused => (Kind::Transient, "nothing listens there"),
        ErrorKind::NotFound => (Kind::Transient, "no such socket or file"),
        ErrorKind::PermissionDenied => (Kind::Denied, "the socket or file may not be opened"),
        ErrorKind::TimedOut => (Kind::Transient, "the server did not answer in time"),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof => {
            (Kind::Transient, "the connection broke off")
        }
        _ => (Kind::Transient, "the server could not be reached"),
    }
}

/// The peer said nothing for longer than any statement may run.
pub(crate) fn silent() -> SourceError {
    SourceError::new(Kind::Transient, "the server did not answer in time")
}

/// The table is not in the catalogue (any more).
pub(crate) fn no_such_table() -> SourceError {
    SourceError::new(Kind::NotFound, "no such table")
}

/// PostgreSQL, by SQLSTATE.
pub(crate) fn postgres(code: &str) -> Option<Meaning> {
    Some(match code {
        "42P01" | "3F000" => (Kind::NotFound, "no such table"),
        "3D000" => (Kind::NotFound, "no such database"),
        "42501" => (Kind::Denied, "the user may not do this"),
        "28000" | "28P01" => (Kind::Denied, "the server refused the user or password"),
        "25006" => (Kind::Denied, "the database is read-only"),
        "57014" => (Kind::Transient, "the statement took too long"),
        "55P03" => (Kind::Transient, "another transaction holds a lock"),
        "40001" | "40P01" => (Kind::Transient, "another transaction was in the way"),
        "42703" | "42704" | "42883" | "42804" | "42P17" => {
            (Kind::Conflict, "the table's columns changed")
        }
        "23503" | "23001" => (Kind::Conflict, STILL_REFERRED_TO),
        "0A000" => (Kind::Unsupported, "the database cannot do this"),
        "XX001" | "XX002" => (Kind::Corrupt, "the database reports corrupt data"),
        _ => match code.get(..2)? {
            "08" | "53" | "57" | "58" => (Kind::Transient, "the server is not available"),
            "22" => (Kind::Unsupported, VALUE),
            "23" => (Kind::Unsupported, CONSTRAINT),
            "25" => (Kind::Transient, "the transaction was ended by the server"),
            "P0" => (Kind::Unsupported, TRIGGER),
            _ => return None,
        },
    })
}

/// MariaDB and MySQL, by error number.
pub(crate) fn mariadb(code: &str) -> Option<Meaning> {
    Some(match code.parse().ok()? {
        1146 | 1051 => (Kind::NotFound, "no such table"),
        1049 => (Kind::NotFound, "no such database"),
        1045 | 1698 | 1862 => (Kind::Denied, "the server refused the user or password"),
        1044 | 1142 | 1143 | 1227 | 1370 => (Kind::Denied, "the user may not do this"),
        1290 | 1792 | 1836 => (Kind::Denied, "the database is read-only"),
        1205 => (Kind::Transient, "another transaction holds a lock"),
        1213 | 1020 => (Kind::Transient, "another transaction was in the way"),
        1969 | 3024 | 1317 => (Kind::Transient, "the statement took too long"),
        1040 | 1053 | 1129 | 1158..=1161 | 1203 | 1226 | 1927 | 2006 | 2013 => {
            (Kind::Transient, "the server is not available")
        }
        1054 | 1412 | 1615 => (Kind::Conflict, "the table's columns changed"),
        1451 | 1217 => (Kind::Conflict, STILL_REFERRED_TO),
        1062 | 1048 | 1364 | 1452 | 3819 | 4025 => (Kind::Unsupported, CONSTRAINT),
        1264 | 1265 | 1292 | 1366 | 1406 => (Kind::Unsupported, VALUE),
        1644 | 1442 => (Kind::Unsupported, TRIGGER),
        1034 | 1194 | 1712 => (Kind::Corrupt, "the database reports corrupt data"),
        _ => return None,
    })
}

/// SQLite, by extended result code.
pub(crate) fn sqlite(code: &str) -> Option<Meaning> {
    let code: u32 = code.parse().ok()?;
    Some(match (code, code & 0xff) {
        (787, _) => (Kind::Conflict, STILL_REFERRED_TO),
        (1811, _) => (Kind::Unsupported, TRIGGER),
        (776, _) => (
            Kind::Transient,
            "a killed writer's last change is not rolled back yet",
        ),
        // Unprepared statements fail so: a table or column that is gone.
        (_, 1) => (Kind::Conflict, "the table or its columns changed"),
        (_, 3 | 23) => (Kind::Denied, "the file may not be opened"),
        (_, 5 | 6) => (Kind::Transient, "another connection holds a lock"),
        (_, 8) => (Kind::Denied, "the database is read-only"),
        (_, 9) => (Kind::Transient, "the statement took too long"),
        (_, 10 | 13) => (Kind::Transient, "the file could not be read or written"),
        (_, 11) => (Kind::Corrupt, "the database reports corrupt data"),
        (_, 26) => (Kind::Corrupt, "the file is not an SQLite database"),
        (_, 14) => (Kind::NotFound, "no such file, or it may not be opened"),
        (_, 17) => (Kind::Conflict, "the table's columns changed"),
        (_, 19 | 20) => (Kind::Unsupported, CONSTRAINT),
        _ => return None,
    })
}
