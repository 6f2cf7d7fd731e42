//! E-mail addresses of the usual characters, all of which is seen with one look around the `@`.

use super::marks::marks;
use crate::spelling::{
    LANE_BYTES, WINDOW_BYTES, byte_mask, char_at, char_before, digit_mask, letter_mask, lower_case,
    mask_of,
};
use crate::top_level::{is_file_ending, is_top_level};
use hemvist_model::{Evidence, Identifier, InfoType};
use std::ops::Range;

type Window = [u8; WINDOW_BYTES];
/// An `@` between two windows.
pub(super) type Around = [u8; DOMAIN + WINDOW_BYTES];
/// The same with so much room behind it that an Identifier's bytes can be taken from wherever an
/// address begins.
type Lower = [u8; WINDOW_BYTES + Identifier::INLINE_BYTES + LANE_BYTES];

const AT: usize = WINDOW_BYTES;
const DOMAIN: usize = AT + 1;

/// What stands around the `@` at `at`; `None` where the text ends before.
#[inline(always)]
pub(super) fn around(text: &[u8], at: usize) -> Option<&Around> {
    text.get(at.checked_sub(AT)?..)?.first_chunk()
}

/// The same with NULs beyond the ends of the text.
#[inline(never)]
pub(super) fn padded(text: &[u8], at: usize) -> Around {
    let mut around = [0; _];
    let from = text.get(at.saturating_sub(AT)..).unwrap_or_default();
    let room = around.get_mut(AT.saturating_sub(at)..).unwrap_or_default();
    room.iter_mut().zip(from).for_each(|(to, byte)| *to = *byte);
    around
}

/// An address of ASCII letters, digits, dots and the most usual signs, which ends within a window
/// on either side of its `@`. Offsets are those of [`Self::lower_case`].
pub(super) struct Plain<'a> {
    around: &'a Around,
    first: usize,
    /// Where the local part ends, or a `+` in it begins.
    name: usize,
    /// Where the domain's last label begins.
    top_level: usize,
    end: usize,
}

impl<'a> Plain<'a> {
    /// The address between those windows, if it is one; `None` where it is not plain.
    #[inline(always)]
    pub(super) fn read(around: &'a Around) -> Option<Option<Self>> {
        let Some(domain) = Domain::read(around.last_chunk()?)? else {
            return Some(None);
        };
        let (first, name) = local_part(around.first_chunk()?)?;
        Some(Some(Self {
            around,
            first,
            name,
            top_level: DOMAIN + domain.top_level,
            end: DOMAIN + domain.length,
        }))
    }

    /// Where it stands in a text whose `@` is at `at`.
    pub(super) fn range(&self, at: usize) -> Range<usize> {
        at + self.first - AT..at + self.end - AT
    }

    /// It and what stands around it, in lower case.
    #[inline(always)]
    pub(super) fn lower_case(&self) -> Lower {
        let mut lower = [0; _];
        lower[AT] = self.around[AT];
        copy_lower(&mut lower, self.around, 0);
        copy_lower(&mut lower, self.around, DOMAIN);
        lower
    }

    /// Whether its domain is a file's name.
    #[inline(always)]
    pub(super) fn is_file(&self, lower: &Lower) -> bool {
        is_file_ending(part(lower, self.top_level..self.end))
    }

    #[inline(always)]
    pub(super) fn marks(&self, lower: &Lower) -> Evidence {
        marks(
            part(lower, self.first..self.name),
            part(lower, DOMAIN..self.end),
        )
    }

    #[inline(always)]
    pub(super) fn identifier(&self, lower: &Lower) -> Option<Identifier> {
        let length = self.end - self.first;
        if length > Identifier::INLINE_BYTES {
            return Identifier::from_ascii(
                InfoType::EmailAddress,
                part(lower, self.first..self.end),
            );
        }
        let own = lower.get(self.first..)?.first_chunk()?;
        Identifier::from_start(InfoType::EmailAddress, own, length)
    }
}

#[inline(always)]
fn part(lower: &Lower, range: Range<usize>) -> &[u8] {
    lower.get(range).unwrap_or_default()
}

#[inline(always)]
fn copy_lower(to: &mut Lower, from: &Around, at: usize) {
    for at in [at, at + LANE_BYTES] {
        let to = to.get_mut(at..).and_then(|to| to.first_chunk_mut());
        let from = from.get(at..).and_then(|from| from.first_chunk());
        if let (Some(to), Some(from)) = (to, from) {
            *to = lower_case(from);
        }
    }
}

/// Where the domain that begins at `start` ends, if it is one; `None` where it is not plain.
pub(super) fn domain_end(text: &[u8], start: usize) -> Option<Option<usize>> {
    let window = text.get(start..)?.first_chunk()?;
    let Some(domain) = Domain::read(window)? else {
        return Some(None);
    };
    let exists = is_top_level(window.get(domain.top_level..domain.length)?);
    Some(exists.then_some(start + domain.length))
}

/// Where the local part that ends at `end` begins; `None` where it is not plain.
pub(super) fn local_start(text: &[u8], end: usize) -> Option<usize> {
    let (first, _) = local_part(text.get(..end)?.last_chunk()?)?;
    Some(end - WINDOW_BYTES + first)
}

/// A domain that a window begins with.
struct Domain {
    /// Where its last label begins.
    top_level: usize,
    length: usize,
}

impl Domain {
    /// The domain, if it is one; `None` where it is not plain.
    #[inline(always)]
    fn read(window: &Window) -> Option<Option<Self>> {
        let letters = mask_of(window, letter_mask);
        let word = letters | mask_of(window, digit_mask);
        let dots = mask_of(window, |lane| byte_mask(lane, b'.'));
        let signs = dots | mask_of(window, |lane| byte_mask(lane, b'-'));
        let inside = word | (signs & (word << 1) & (word >> 1));
        let length = inside.trailing_ones() as usize;
        match (window.get(length)?, window.get(length + 1)?) {
            (b'-' | b'[', _) => return None,
            (0x80.., _) => stands_apart(char_at(window, length))?,
            (b'.', 0x80..) => stands_apart(char_at(window, length + 1))?,
            (b'_' | b'@', _) => return Some(None),
            _ => {}
        }
        let Some(last_dot) = (dots & ((1 << length) - 1)).checked_ilog2() else {
            return Some(None);
        };
        let top_level = last_dot as usize + 1;
        let lettered = (letters >> top_level).trailing_ones() as usize;
        let fits = lettered >= 2 && top_level + lettered >= length;
        Some(fits.then_some(Self { top_level, length }))
    }
}

/// Where the local part that a window ends with begins, and where its name ends; `None` where it
/// is not plain.
#[inline(always)]
fn local_part(window: &Window) -> Option<(usize, usize)> {
    let dots = mask_of(window, |lane| byte_mask(lane, b'.'));
    let plus = mask_of(window, |lane| byte_mask(lane, b'+'));
    let other = mask_of(window, |lane| {
        letter_mask(lane) | digit_mask(lane) | byte_mask(lane, b'_') | byte_mask(lane, b'-')
    });
    let inside = other | dots | plus;
    let first = WINDOW_BYTES - inside.leading_ones() as usize;
    let own = u32::MAX.checked_shl(u32::try_from(first).ok()?)?;
    let doubled = dots & (dots << 1 | 1 << (u32::BITS - 1)) & own != 0;
    // A quote is only part of the local part where others stand before it.
    let quotes = usize::from(window.get(first.checked_sub(1)?)? == &b'\'');
    let before = first.checked_sub(1 + quotes)?;
    match window.get(before)? {
        b'%' | b'&' | b'\'' | b'!' | b'#' | b'~' => return None,
        0x80.. => stands_apart(char_before(window, before + 1))?,
        _ if inside >> before & 1 != 0 => return None,
        _ => {}
    }
    let odd_first = matches!(window.get(first)?, b'.' | b'-' | b'+');
    let name = (plus & own).trailing_zeros() as usize;
    (!doubled && !odd_first).then_some((first, name))
}

/// `None` unless it is a character that is in no address.
#[cold]
fn stands_apart(char: Option<(char, usize)>) -> Option<()> {
    char.filter(|(char, _)| !char.is_alphanumeric()).map(|_| ())
}
