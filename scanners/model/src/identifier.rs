//! A canonical value that points at a person.

use crate::InfoType;

/// Bytes that are kept inside the value itself: identity numbers, phones and IPs need no heap.
const INLINE_BYTES: usize = 39;

/// A canonical value that points at a person: a 12-digit personnummer, an E.164 number.
///
/// Never stored, logged or put into a resource name: it has no `Debug`, `Display` or `Serialize`.
/// Two spellings of one value are equal; that is the whole point of it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier {
    info_type: InfoType,
    text: Text,
}

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Text {
    Inline {
        bytes: [u8; INLINE_BYTES],
        length: u8,
    },
    Heap(Box<str>),
}

impl Identifier {
    /// So many bytes are kept inside the value itself: the text of the longest IP address.
    pub const INLINE_BYTES: usize = INLINE_BYTES;

    /// Wraps a value that is already canonical. Only detectors make Identifiers; to read one from
    /// a request use `hemvist_detect::parse`.
    #[must_use]
    pub fn new(info_type: InfoType, canonical: &str) -> Self {
        let mut bytes = [0; INLINE_BYTES];
        let text = match (
            bytes.get_mut(..canonical.len()),
            u8::try_from(canonical.len()),
        ) {
            (Some(room), Ok(length)) => {
                room.copy_from_slice(canonical.as_bytes());
                Text::Inline { bytes, length }
            }
            _ => Text::Heap(canonical.into()),
        };
        Self { info_type, text }
    }

    /// Wraps a canonical value of ASCII bytes, as detectors put it together; `None` for others.
    #[must_use]
    #[inline]
    pub fn from_ascii(info_type: InfoType, canonical: &[u8]) -> Option<Self> {
        let mut bytes = [0; INLINE_BYTES];
        let Some(room) = bytes.get_mut(..canonical.len()) else {
            let text = std::str::from_utf8(canonical).ok()?;
            return text.is_ascii().then(|| Self::new(info_type, text));
        };
        room.copy_from_slice(canonical);
        let length = u8::try_from(canonical.len()).ok()?;
        let text = Text::Inline { bytes, length };
        is_ascii(&bytes).then_some(Self { info_type, text })
    }

    /// Wraps the first of those ASCII bytes: what most canonical values fit in, and quicker to
    /// take over than a text of any length; `None` for others.
    #[must_use]
    #[inline]
    pub fn from_short(info_type: InfoType, lane: [u8; 16], length: usize) -> Option<Self> {
        let behind = u32::try_from(lane.len().checked_sub(length)?).ok()? * u8::BITS;
        let own = u128::MAX.checked_shr(behind).unwrap_or(0);
        let lane = u128::from_le_bytes(lane) & own;
        let mut bytes = [0; INLINE_BYTES];
        *bytes.first_chunk_mut()? = lane.to_le_bytes();
        let length = u8::try_from(length).ok()?;
        let text = Text::Inline { bytes, length };
        let is_ascii = lane & u128::from_ne_bytes([0x80; 16]) == 0;
        is_ascii.then_some(Self { info_type, text })
    }

    /// Wraps the first `length` of those ASCII bytes, whatever stands behind them; `None` for
    /// others.
    #[must_use]
    #[inline]
    pub fn from_start(
        info_type: InfoType,
        bytes: &[u8; Self::INLINE_BYTES],
        length: usize,
    ) -> Option<Self> {
        let own = OWN.get(INLINE_BYTES.checked_sub(length)?..)?;
        let own: &[u8; INLINE_BYTES] = own.first_chunk()?;
        let mut bytes = *bytes;
        let cut = |(bytes, own): (&mut [u8; 8], &[u8; 8])| {
            *bytes = (u64::from_ne_bytes(*bytes) & u64::from_ne_bytes(*own)).to_ne_bytes();
        };
        // Words as they lie behind the enum's tag.
        bytes.first_chunk_mut().zip(own.first_chunk()).map(cut)?;
        let words = bytes.as_rchunks_mut().1.iter_mut();
        words.zip(own.as_rchunks().1).for_each(cut);
        let length = u8::try_from(length).ok()?;
        let text = Text::Inline { bytes, length };
        is_ascii(&bytes).then_some(Self { info_type, text })
    }

    /// The kind of the value.
    #[must_use]
    pub fn info_type(&self) -> InfoType {
        self.info_type
    }

    /// The canonical text. Named loudly, since whoever calls it holds personal data.
    #[must_use]
    pub fn expose(&self) -> &str {
        match &self.text {
            Text::Inline { bytes, length } => bytes
                .get(..usize::from(*length))
                .and_then(|bytes| std::str::from_utf8(bytes).ok())
                .unwrap_or_default(),
            Text::Heap(text) => text,
        }
    }
}

/// Bits for the bytes of the longest value, and none for as many behind it: what begins nearer to
/// the middle is for shorter ones.
static OWN: [u8; 2 * INLINE_BYTES] = {
    let mut own = [0; 2 * INLINE_BYTES];
    let (kept, _) = own.split_at_mut(INLINE_BYTES);
    let mut at = 0;
    while at < INLINE_BYTES {
        kept[at] = u8::MAX;
        at += 1;
    }
    own
};

/// Whether all bytes are ASCII.
#[inline(always)]
fn is_ascii(bytes: &[u8; INLINE_BYTES]) -> bool {
    let (words, _) = bytes.as_chunks();
    let all = words.iter().chain(bytes.last_chunk());
    let all = all.fold(0, |all, word| all | u64::from_ne_bytes(*word));
    all & u64::from_ne_bytes([0x80; 8]) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_whole_inline_and_on_the_heap() {
        for length in [0, 1, INLINE_BYTES - 1, INLINE_BYTES, INLINE_BYTES + 1, 254] {
            let text = "x".repeat(length);
            let identifier = Identifier::new(InfoType::EmailAddress, &text);
            assert!(identifier.expose() == text, "{length}");
            let ascii = Identifier::from_ascii(InfoType::EmailAddress, text.as_bytes());
            assert!(ascii == Some(identifier), "{length}");
        }
        for length in 0..=INLINE_BYTES {
            let text = "x".repeat(length);
            let start = Identifier::from_start(InfoType::IpAddress, &[b'x'; INLINE_BYTES], length);
            assert!(
                start == Some(Identifier::new(InfoType::IpAddress, &text)),
                "{length}"
            );
        }
        for length in 0..=16 {
            let text = "x".repeat(length);
            let short = Identifier::from_short(InfoType::IpAddress, [b'x'; 16], length);
            assert!(
                short == Some(Identifier::new(InfoType::IpAddress, &text)),
                "{length}"
            );
        }
    }

    #[test]
    fn bytes_that_are_no_ascii_are_refused() {
        let long = "\u{e5}".repeat(INLINE_BYTES);
        for bytes in [
            &b"\xe5"[..],
            "\u{e5}@example.com".as_bytes(),
            long.as_bytes(),
        ] {
            assert!(Identifier::from_ascii(InfoType::EmailAddress, bytes).is_none());
        }
        let (ends, goes_on) = (*b"0123456789abcd\xe5f", 14);
        assert!(Identifier::from_short(InfoType::PhoneNumber, ends, goes_on).is_some());
        assert!(Identifier::from_short(InfoType::PhoneNumber, ends, goes_on + 1).is_none());
        assert!(Identifier::from_short(InfoType::PhoneNumber, [b'0'; 16], 17).is_none());
        let mut ends = [b'0'; INLINE_BYTES];
        ends[goes_on] = 0xe5;
        assert!(Identifier::from_start(InfoType::EmailAddress, &ends, goes_on).is_some());
        assert!(Identifier::from_start(InfoType::EmailAddress, &ends, goes_on + 1).is_none());
        assert!(Identifier::from_start(InfoType::EmailAddress, &ends, INLINE_BYTES + 1).is_none());
    }
}
