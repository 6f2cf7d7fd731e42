//! What a Source says about itself and its Collections.

use std::sync::Arc;

use hemvist_model::CollectionName;

/// What a store can do, found out by trying.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// The store's own name and version, such as `PostgreSQL 15.8`.
    pub product: String,
    /// Whether it honours conditional writes; without them whole-object erasure is refused.
    pub conditional_writes: bool,
    /// Whether older versions of objects are kept.
    pub versions: bool,
}

/// A table, bucket or tree.
#[derive(Debug, Clone)]
pub struct Collection {
    /// Its name, which reads back to the same Collection.
    pub name: CollectionName,
    /// How many Records it holds, as far as the store knows without counting.
    pub records_estimate: Option<u64>,
    /// The columns of a table; empty for objects.
    pub columns: Arc<[Column]>,
    /// How a row is addressed; `None` for objects.
    pub row_key: Option<RowKey>,
    /// Foreign keys of other tables that point at this one.
    pub referenced_by: Vec<Reference>,
}

/// What addresses one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowKey {
    /// These columns, by primary key or a unique constraint over NOT NULL columns.
    Columns(Vec<String>),
    /// Nothing but the whole row.
    WholeRow,
}

/// A foreign key that points here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The table that holds the foreign key.
    pub from: CollectionName,
    /// Whether deleting a row here deletes or changes rows there.
    pub cascades: bool,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, exactly as in the catalogue.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether NULL may be written to it.
    pub nullable: bool,
    /// Whether it takes part in a unique constraint, so that one mask cannot serve two rows.
    pub unique: bool,
    /// Whether the database computes it, so that it cannot be written.
    pub generated: bool,
}

/// What a column holds, as far as scanning and masking need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text of any length; a mask can be written to it.
    Text,
    /// JSON or JSONB.
    Json,
    /// Whole or decimal numbers; scanned as text, erased by NULL only.
    Number,
    /// A network address (`inet`).
    Inet,
    /// An array; scanned as text.
    Array,
    /// Bytes; left out with a Skip.
    Binary,
    /// Never holds an identifier (boolean, date, time, UUID): read, not scanned.
    Opaque,
    /// Anything else, scanned as the store's text for it.
    Other,
}
