//! Names of Fields, each held once.

use std::collections::HashMap;
use std::sync::Arc;

use crate::paths::{Paths, Place};

/// Names beyond this are not told apart: the last index stands for all of them.
const NAMES_MAX: usize = 8192;
/// Stands for every name past [`NAMES_MAX`].
const OVERFLOW: &str = "…";
/// Longest label taken from data, in bytes.
const LABEL_BYTES_MAX: usize = 64;
/// A label with as many digits as this is data, not a name.
const LABEL_DIGITS_MAX: usize = 3;
/// Stands for a label that may itself be personal data.
const ANY_LABEL: &str = "*";

/// Field names in order of first appearance; [`hemvist_model::Segment::field`] counts into it.
#[derive(Clone, Default)]
pub struct FieldNames {
    names: Names,
    paths: Paths,
}

#[derive(Clone, Default)]
struct Names {
    indices: HashMap<String, u32>,
    names: Arc<Vec<String>>,
}

impl FieldNames {
    /// No names yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The index of that name, which is added when it is new. At most 8192 names are held; the
    /// last stands for all further ones. JSON paths take at most three quarters of them.
    pub fn index(&mut self, name: &str) -> u32 {
        self.names.index(name)
    }

    /// The names, as [`hemvist_model::Text::fields`] takes them.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.names.names
    }

    /// The names as they are now; later additions do not change them.
    pub(crate) fn shared(&self) -> Arc<Vec<String>> {
        Arc::clone(&self.names.names)
    }

    /// Places in JSON, whose paths become names when a value is found there.
    pub(crate) fn paths(&mut self) -> &mut Paths {
        &mut self.paths
    }

    /// The index of the Field of the value at that place, or of its keys.
    pub(crate) fn of_place(&mut self, place: Place, of_keys: bool) -> u32 {
        self.paths
            .field(place, of_keys, |name| self.names.index(name))
    }
}

impl Names {
    fn index(&mut self, name: &str) -> u32 {
        if let Some(index) = self.indices.get(name) {
            return *index;
        }
        if self.names.len() >= NAMES_MAX {
            return NAMES_MAX as u32 - 1;
        }
        let full = self.names.len() + 1 == NAMES_MAX;
        let name = if full { OVERFLOW } else { name };
        let index = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        Arc::make_mut(&mut self.names).push(name.to_owned());
        self.indices.insert(name.to_owned(), index);
        index
    }
}

/// A label for paths from a name that stands in the data, or `*` when that name may be data
/// itself: objects keyed by a person's number or address must not put it into Field names, which
/// are stored and shown.
pub(crate) fn label(raw: &[u8]) -> &str {
    let digits = raw.iter().filter(|byte| byte.is_ascii_digit()).count();
    let colons = raw.iter().filter(|byte| **byte == b':').count();
    let data = digits > LABEL_DIGITS_MAX || colons > 1 || raw.contains(&b'@');
    match std::str::from_utf8(raw) {
        Ok(name) if !data && !name.is_empty() && name.len() <= LABEL_BYTES_MAX => name,
        _ => ANY_LABEL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_may_be_personal_data_are_starred() {
        for (raw, expected) in [
            ("email", "email"),
            ("adress rad 2", "adress rad 2"),
            ("xml:lang", "xml:lang"),
            ("19811228-9874", "*"),
            ("anna@example.com", "*"),
            ("2001:db8::1", "*"),
            ("192.0.2.1", "*"),
            ("", "*"),
        ] {
            assert_eq!(label(raw.as_bytes()), expected, "{raw}");
        }
    }

    #[test]
    fn the_number_of_names_is_bounded() {
        let mut names = FieldNames::new();
        for i in 0..10_000 {
            let index = names.index(&format!("name {i}"));
            assert_eq!(index, i.min(8191), "{i}");
        }
        assert_eq!(names.as_slice().len(), 8192);
        assert_eq!(names.index("name 7"), 7);
    }
}
