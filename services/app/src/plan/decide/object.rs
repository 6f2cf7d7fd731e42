//! Objects: remove the person's lines, redact their values, delete what is wholly theirs.

use hemvist_decode::Format;
use hemvist_model::{Action, Edit, RecordPolicy};

use super::{Decision, Rule};
use crate::plan::effect::merged;
use crate::plan::look::{Line, ObjectLook, Place};

/// Decides about an object in which the Subject stands.
pub(crate) fn decide_object(look: &ObjectLook, rule: &Rule) -> Decision {
    let alone = look.examined_whole && !look.others.any();
    let may_delete = alone && rule.policy != RecordPolicy::Mask;
    if look.places.iter().any(|place| place.in_key) {
        return if may_delete {
            Decision::act(
                Action::DeleteObject,
                "the object's key names the person, and nobody else stands in it",
            )
        } else {
            Decision::unverifiable(
                "the object's key names the person and the object is not theirs alone: a key cannot be redacted",
            )
        };
    }
    if may_delete && rule.policy == RecordPolicy::Delete {
        return Decision::act(
            Action::DeleteObject,
            "the collection's policy is DELETE, and nobody else stands in it",
        );
    }
    if look.too_many {
        return Decision::unverifiable(
            "the person stands in more places of the object than one plan holds",
        );
    }
    rewrite(look, rule)
}

fn rewrite(look: &ObjectLook, rule: &Rule) -> Decision {
    let removed: Vec<Edit> = look
        .lines
        .values()
        .filter(|line| removes(look.format, line, rule.policy))
        .map(|line| Edit {
            range: line.range,
            replacement: Vec::new(),
        })
        .collect();
    let on_removed = |place: &&Place| {
        place.line.is_some_and(|line| {
            removed
                .binary_search_by_key(&line.start, |edit| edit.range.start)
                .is_ok()
        })
    };
    let redacted = look
        .places
        .iter()
        .filter(|place| !on_removed(place))
        .map(|place| place.edit.clone());
    let why = match (
        removed.is_empty(),
        look.places.iter().all(|place| on_removed(&place)),
    ) {
        (true, _) => "the person's values are redacted where they stand",
        (false, true) => "the lines are the person's and are removed",
        (false, false) => {
            "the person's own lines are removed, and their values redacted on lines of others"
        }
    };
    let edits = merged(removed.iter().cloned().chain(redacted).collect());
    Decision::act(
        Action::RewriteObject {
            edits,
            gzip: look.gzip,
        },
        why,
    )
}

/// Whether a line goes as a whole.
fn removes(format: Format, line: &Line, policy: RecordPolicy) -> bool {
    match (policy, format) {
        (RecordPolicy::Delete, _) => !line.others.anchor,
        // Prose and logs say more than whom they are about: only the person's values go.
        (RecordPolicy::Auto, Format::Csv { .. } | Format::NdJson) => {
            line.whole && !line.others.any()
        }
        _ => false,
    }
}
