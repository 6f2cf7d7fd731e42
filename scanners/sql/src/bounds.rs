//! The bytes that stand for a slice of a table, and for a place in it.
//!
//! Both are lists of key texts in the order of the table's walk. They hold record keys: opaque to
//! everybody else, sealed at rest.

use hemvist_source::{Kind, SourceError};

/// The texts of one row's walk columns.
pub(crate) type Position = Vec<String>;

/// A slice: after one position, up to and including another.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Bounds {
    /// The rows after this one; from the beginning if `None`.
    pub(crate) after: Option<Position>,
    /// The rows up to this one; to the end, rows inserted meanwhile included, if `None`.
    pub(crate) upto: Option<Position>,
}

impl Bounds {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for side in [&self.after, &self.upto] {
            match side {
                None => bytes.push(0),
                Some(position) => {
                    bytes.push(1);
                    push_position(&mut bytes, position);
                }
            }
        }
        bytes
    }

    pub(crate) fn decode(mut bytes: &[u8]) -> Result<Self, SourceError> {
        let mut side = || -> Option<Option<Position>> {
            let (tag, rest) = bytes.split_first()?;
            bytes = rest;
            match tag {
                0 => Some(None),
                1 => take_position(&mut bytes).map(Some),
                _ => None,
            }
        };
        let bounds = side().and_then(|after| {
            Some(Bounds {
                after,
                upto: side()?,
            })
        });
        bounds.filter(|_| bytes.is_empty()).ok_or_else(unreadable)
    }
}

/// A position as bytes.
pub(crate) fn encode_position(position: &[String]) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_position(&mut bytes, position);
    bytes
}

/// Reads what [`encode_position`] wrote.
pub(crate) fn decode_position(mut bytes: &[u8]) -> Result<Position, SourceError> {
    take_position(&mut bytes)
        .filter(|_| bytes.is_empty())
        .ok_or_else(unreadable)
}

fn unreadable() -> SourceError {
    SourceError::new(Kind::Corrupt, "bounds of a Split that we did not write")
}

fn push_position(bytes: &mut Vec<u8>, position: &[String]) {
    push_length(bytes, position.len());
    for text in position {
        push_length(bytes, text.len());
        bytes.extend_from_slice(text.as_bytes());
    }
}

fn push_length(bytes: &mut Vec<u8>, length: usize) {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_be_bytes());
}

fn take_position(bytes: &mut &[u8]) -> Option<Position> {
    let count = take_length(bytes)?;
    (0..count)
        .map(|_| {
            let length = take_length(bytes)?;
            let (text, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            String::from_utf8(text.to_vec()).ok()
        })
        .collect()
}

fn take_length(bytes: &mut &[u8]) -> Option<usize> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    usize::try_from(u32::from_be_bytes(*length)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_read_back() {
        let position = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect());
        for (after, upto) in [
            (None, None),
            (position(&["1"]), None),
            (None, position(&["å", ""])),
            (position(&[]), position(&["\0", "2"])),
        ] {
            let bounds = Bounds { after, upto };
            assert!(Bounds::decode(&bounds.encode()).is_ok_and(|read| read == bounds));
        }
        for bytes in [
            &b""[..],
            b"\0",
            b"\0\0\0",
            b"\x01\xff\xff\xff\xff\0",
            b"\x02\0",
        ] {
            assert!(Bounds::decode(bytes).is_err());
        }
    }
}
