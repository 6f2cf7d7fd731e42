//! The list of objects that bounds a Split, as bytes.
//!
//! Neighbouring keys share most of their text, so each is written as how much it takes over from
//! the one before and what follows: a Split of thousands of keys stays small in the database.

/// One object of a Split.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// Its key, as the store holds it.
    pub(crate) key: Vec<u8>,
    /// Its version, where the store keeps versions.
    pub(crate) version: Option<String>,
}

/// Appends `entry`, which follows `before`.
pub(crate) fn push(out: &mut Vec<u8>, before: &[u8], entry: &Entry) {
    let same = before
        .iter()
        .zip(&entry.key)
        .take_while(|(one, other)| one == other);
    let shared = same.count();
    push_number(out, shared);
    push_bytes(out, &entry.key[shared..]);
    match &entry.version {
        None => push_number(out, 0),
        Some(version) => {
            push_number(out, 1);
            push_bytes(out, version.as_bytes());
        }
    }
}

/// Reads what [`push`] wrote; `None` for anything else.
pub(crate) fn decode(mut bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    while !bytes.is_empty() {
        let before = entries.last().map_or(&[][..], |entry| &entry.key);
        let shared = take_number(&mut bytes)?;
        let mut key = before.get(..shared)?.to_vec();
        key.extend_from_slice(take_bytes(&mut bytes)?);
        let version = match take_number(&mut bytes)? {
            0 => None,
            1 => Some(String::from_utf8(take_bytes(&mut bytes)?.to_vec()).ok()?),
            _ => return None,
        };
        entries.push(Entry { key, version });
    }
    Some(entries)
}

fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    push_number(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn take_bytes<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take_number(bytes)?;
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

/// Seven bits to a byte, the lowest first; the top bit says that more follows.
fn push_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take_number(bytes: &mut &[u8]) -> Option<usize> {
    let mut number = 0_usize;
    for shift in (0..usize::BITS).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= usize::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_back_and_broken_ones_do_not() {
        let entry = |key: &[u8], version: Option<&str>| Entry {
            key: key.to_vec(),
            version: version.map(str::to_owned),
        };
        let long = vec![b'x'; 1000];
        let entries = [
            entry(b"", None),
            entry(b"a/b", None),
            entry(b"a//b", Some("")),
            entry(b"a//b", Some("v1")),
            entry(b"\xff\n", None),
            entry(&long, Some("null")),
            entry(&long[..999], None),
        ];
        let (mut bytes, mut before) = (Vec::new(), Vec::new());
        for entry in &entries {
            push(&mut bytes, &before, entry);
            before.clone_from(&entry.key);
        }
        assert!(decode(&bytes).as_deref() == Some(&entries));
        assert!(decode(&bytes[..bytes.len() - 1]).is_none());
        assert!(decode(&[5, 0, 0]).is_none());
        assert!(decode(&[0xff; 40]).is_none());
    }
}
