//! A change to one Record, and what came of it.

/// Turns an object's old bytes into its new ones, piece by piece: called with each piece, then
/// with `None` at the end; gives the bytes to write. `Err` (in our words) abandons the change,
/// which is then [`Changed::Unverifiable`] for that reason.
pub type Rewrite = Box<dyn FnMut(Option<&[u8]>) -> Result<Vec<u8>, &'static str> + Send>;

/// What to do to one Record.
pub enum Change {
    /// Delete the row.
    DeleteRow,
    /// Set these columns to this text, or to NULL.
    SetFields(Vec<(String, Option<Vec<u8>>)>),
    /// Delete the object (this version of it, where versions are kept).
    DeleteObject,
    /// Write the object anew under the same key, and, where versions are kept, delete the version
    /// that was planned.
    RewriteObject(Rewrite),
}

/// What came of a change. Nothing but `Done` has changed anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// Done, to exactly one Record.
    Done,
    /// The Record is not there any more.
    Gone,
    /// The Record's Fingerprint is another than expected.
    FingerprintDiffers,
    /// It cannot be done safely here: the row is not unique, conditional writes are not honoured.
    Unverifiable(&'static str),
    /// The store keeps it by its own rules (Object Lock, a foreign key without cascade).
    Refused(&'static str),
    /// It would delete or change rows of another table.
    WouldCascade,
}
