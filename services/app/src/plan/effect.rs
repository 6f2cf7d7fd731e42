//! What an Action does to a Record's content: the Change to hand to the Source, and the content
//! that is expected afterwards.

use hemvist_decode::{ByteEdit, Rewriter};
use hemvist_model::{Action, Edit, FieldChange, FieldPath, Fingerprint, Outcome, RecordKey};
use hemvist_source::{
    Change, Fingerprinter, ObjectRecord, Rewrite, RowKey, RowRecord, SourceError, row_digest,
};

use futures::StreamExt;

/// A row's cells after an Action that keeps the row. `None` when a column is gone or a range lies
/// outside its text: then it is not what was planned.
pub(crate) fn changed_cells(
    row: &RowRecord,
    changes: &[(FieldPath, FieldChange)],
) -> Option<Vec<Option<Vec<u8>>>> {
    let mut cells = row.cells.clone();
    for (field, change) in changes {
        let index = row
            .collection
            .columns
            .iter()
            .position(|column| column.name == field.as_str())?;
        let cell = cells.get_mut(index)?;
        *cell = match change {
            FieldChange::Null => None,
            FieldChange::Mask(mask) => Some(mask.clone().into_bytes()),
            FieldChange::Redact(edits) => Some(spliced(cell.as_deref()?, edits)?),
        };
    }
    Some(cells)
}

/// The key of a row when its cells are these.
pub(crate) fn key_of(row: &RowRecord, cells: &[Option<Vec<u8>>]) -> RecordKey {
    let columns = &row.collection.columns;
    match &row.collection.row_key {
        Some(RowKey::Columns(names)) => {
            let places = names
                .iter()
                .filter_map(|name| columns.iter().position(|column| column.name == *name));
            let texts = places.map(|place| cells.get(place).and_then(Option::as_deref));
            let text = |text: Option<&[u8]>| {
                String::from_utf8_lossy(text.unwrap_or_default()).into_owned()
            };
            RecordKey::Row(texts.map(text).collect())
        }
        _ => RecordKey::Unkeyed(row_digest(cells.iter().map(Option::as_deref))),
    }
}

/// The Change that makes a row's cells those of [`changed_cells`].
pub(crate) fn set_fields(row: &RowRecord, changes: &[(FieldPath, FieldChange)]) -> Option<Change> {
    let cells = changed_cells(row, changes)?;
    let columns = row.collection.columns.iter().zip(cells);
    let named = columns.filter(|(column, _)| {
        changes
            .iter()
            .any(|(field, _)| field.as_str() == column.name)
    });
    Some(Change::SetFields(
        named
            .map(|(column, cell)| (column.name.clone(), cell))
            .collect(),
    ))
}

/// The function that rewrites an object by these edits as its bytes go by.
pub(crate) fn rewrite(edits: &[Edit], gzip: bool) -> Result<Rewrite, &'static str> {
    let edits = edits.iter().map(|edit| ByteEdit {
        range: edit.range,
        replacement: edit.replacement.clone(),
    });
    let mut rewriter =
        Some(Rewriter::new(edits.collect(), gzip).map_err(|_| "two edits touch the same byte")?);
    Ok(Box::new(move |piece| {
        let mut out = Vec::new();
        match (piece, rewriter.as_mut()) {
            (Some(bytes), Some(rewriter)) => rewriter.push(bytes, &mut out),
            _ => match rewriter.take() {
                Some(rewriter) => rewriter.finish(&mut out),
                None => return Err("the object was written to its end already"),
            },
        }
        .map_err(|_| "the object is broken gzip, or shorter than when it was planned")?;
        Ok(out)
    }))
}

/// The Fingerprint of an object after its rewriting, found out by streaming it through, together
/// with that of the bytes that went in.
pub(crate) async fn rewritten(
    mut object: ObjectRecord,
    fingerprinter: &Fingerprinter,
    mut rewrite: Rewrite,
) -> Result<Result<(Fingerprint, Fingerprint), &'static str>, SourceError> {
    let (mut before, mut after) = (fingerprinter.object(), fingerprinter.object());
    while let Some(piece) = object.content.next().await {
        let piece = piece?;
        before.update(&piece);
        match rewrite(Some(&piece)) {
            Ok(bytes) => after.update(&bytes),
            Err(why) => return Ok(Err(why)),
        }
    }
    Ok(rewrite(None).map(|bytes| {
        after.update(&bytes);
        (
            before.finish(Some(object.store_version)),
            after.finish(None),
        )
    }))
}

/// What it is called when an Action has been done.
pub(crate) fn done(action: &Action) -> Outcome {
    match action {
        Action::DeleteRow => Outcome::Deleted,
        Action::DeleteObject => Outcome::ObjectDeleted,
        Action::RewriteObject { .. } => Outcome::ObjectRewritten,
        Action::ChangeFields(changes) => {
            let redacts = changes
                .iter()
                .any(|(_, change)| matches!(change, FieldChange::Redact(_)));
            if redacts {
                Outcome::Redacted
            } else {
                Outcome::Nulled
            }
        }
        Action::Leave => Outcome::OutOfScope {
            why: "nothing was to be done".to_owned(),
        },
    }
}

/// The same edits, ascending and disjoint: what overlaps becomes one.
pub(crate) fn merged(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut merged: Vec<Edit> = Vec::with_capacity(edits.len());
    for edit in edits {
        match merged.last_mut() {
            Some(last) if last.range.overlaps(edit.range) => {
                last.range.end = last.range.end.max(edit.range.end)
            }
            _ => merged.push(edit),
        }
    }
    merged
}

fn spliced(text: &[u8], edits: &[Edit]) -> Option<Vec<u8>> {
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    for edit in edits {
        let start = usize::try_from(edit.range.start).ok()?;
        out.extend_from_slice(text.get(at..start)?);
        out.extend_from_slice(&edit.replacement);
        at = usize::try_from(edit.range.end).ok()?;
    }
    out.extend_from_slice(text.get(at..)?);
    Some(out)
}
