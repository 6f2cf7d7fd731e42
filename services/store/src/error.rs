//! What can go wrong with our own database, in our own words.
//!
//! A driver's message may hold the values of the statement, so none is ever kept: only the
//! database's code (SQLSTATE, SQLite's result code) and a sentence of ours.

/// What a caller can do about a [`StoreError`]; the retry policy reads this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Try again: the database was busy, away, or chose this transaction to end a deadlock.
    Transient,
    /// There is no such thing.
    NotFound,
    /// It is not in the state that the call supposes, or it exists already.
    Conflict,
    /// The Lease lapsed and somebody else has it: stop, nothing was written.
    LeaseLost,
    /// What is stored cannot be read: a wrong sealing key, or damage.
    Corrupt,
    /// This database or value is not supported.
    Unsupported,
    /// A defect of ours: please report it.
    Bug,
}

/// Why an operation on the store failed. Holds no value, no key and no driver's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// See [`Kind::Transient`].
    #[error("the store is not available now: {words} (code {code})")]
    Transient {
        /// What happened.
        words: &'static str,
        /// The database's code, or `-`.
        code: String,
    },
    /// See [`Kind::NotFound`].
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// See [`Kind::Conflict`].
    #[error("{0}")]
    Conflict(&'static str),
    /// See [`Kind::LeaseLost`].
    #[error("the lease lapsed and is no longer ours")]
    LeaseLost,
    /// See [`Kind::Corrupt`].
    #[error("the store holds what cannot be read: {0}")]
    Corrupt(&'static str),
    /// See [`Kind::Unsupported`].
    #[error("not supported: {0}")]
    Unsupported(&'static str),
    /// See [`Kind::Bug`].
    #[error("a defect in the store: {words} (code {code})")]
    Bug {
        /// What happened.
        words: &'static str,
        /// The database's code, or `-`.
        code: String,
    },
}

impl StoreError {
    /// What a caller can do about it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            StoreError::Transient { .. } => Kind::Transient,
            StoreError::NotFound(_) => Kind::NotFound,
            StoreError::Conflict(_) => Kind::Conflict,
            StoreError::LeaseLost => Kind::LeaseLost,
            StoreError::Corrupt(_) => Kind::Corrupt,
            StoreError::Unsupported(_) => Kind::Unsupported,
            StoreError::Bug { .. } => Kind::Bug,
        }
    }

    pub(crate) fn bug(words: &'static str) -> Self {
        StoreError::Bug {
            words,
            code: "-".to_owned(),
        }
    }

    pub(crate) fn transient(words: &'static str) -> Self {
        StoreError::Transient {
            words,
            code: "-".to_owned(),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Database(database) => {
                let code = database.code().unwrap_or_default().into_owned();
                from_code(code, database.is_unique_violation())
            }
            E::Io(_) | E::Tls(_) | E::Protocol(_) => Self::transient("the connection broke"),
            E::PoolTimedOut => Self::transient("all connections are in use"),
            E::PoolClosed | E::WorkerCrashed => Self::transient("the store is closing"),
            E::Configuration(_) => StoreError::Unsupported("this database URL"),
            E::ColumnDecode { .. } | E::Decode(_) => StoreError::Corrupt("a column's value"),
            _ => Self::bug("the driver refused a statement"),
        }
    }
}

fn from_code(code: String, unique: bool) -> StoreError {
    if unique {
        return StoreError::Conflict("it exists already");
    }
    // SQLite's codes are numbers below 10,000 (the low byte is the primary code); PostgreSQL's
    // have five characters.
    let sqlite = code.parse::<u32>().ok().filter(|_| code.len() < 5);
    match (sqlite.map(|code| code & 0xff), code.get(..2)) {
        (Some(5 | 6), _) => transient("another process holds the file", code),
        (Some(8), _) => StoreError::Unsupported("a database file that may not be written"),
        (Some(10 | 13), _) => transient("the disk failed or is full", code),
        (Some(14), _) => StoreError::Unsupported("a database file that cannot be opened"),
        (Some(11 | 26), _) => StoreError::Corrupt("the file is not a sound SQLite database"),
        (None, Some("08" | "57")) => transient("the server is away or shutting down", code),
        (None, Some("40" | "55")) => transient("a lock was in the way", code),
        (None, Some("53" | "58")) => transient("the server lacks resources", code),
        (None, Some("28" | "3D")) => StoreError::Unsupported("this user or database: no access"),
        (None, Some("42")) if code == "42501" => {
            StoreError::Unsupported("this user: it may not create or change tables")
        }
        _ => StoreError::Bug {
            words: "the database refused a statement",
            code,
        },
    }
}

fn transient(words: &'static str, code: String) -> StoreError {
    StoreError::Transient { words, code }
}
