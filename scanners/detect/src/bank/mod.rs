//! Numbers of money: IBAN, Swedish accounts, bankgiro, plusgiro and payment cards.
//!
//! Where an organisation of the trade gives them a check, it is used; where every tenth number
//! would pass (Luhn) or every number does, a label or a field's name is asked for as well.

mod account;
mod card;
mod giro;
mod iban;

pub(crate) use account::{find as find_account, may_be as may_be_account};
pub(crate) use card::find as find_card;
pub(crate) use giro::{
    find as find_giro, find_in_pairs as find_giro_in_pairs, may_be as may_be_giro,
};
pub(crate) use iban::{find as find_iban, may_be as may_be_iban};

use crate::spelling::{
    LANE_BYTES, WINDOW_BYTES, byte_mask, digit_at, digit_mask, first_of, mask_of,
};
use hemvist_model::{Identifier, InfoType};
use wide::u8x16;

/// The longest of these numbers, in digits.
const DIGITS_MAX: usize = 24;
/// Groups are copied whole, with what stands behind them.
const ROOM: usize = WINDOW_BYTES + LANE_BYTES;

/// Digits in groups that single blanks or dashes part, and where they end.
struct Groups {
    digits: [u8; ROOM],
    count: usize,
    end: usize,
}

impl Groups {
    /// Reads up to `limit` digits from `at` on.
    fn read(text: &[u8], at: usize, limit: usize) -> Self {
        let limit = limit.min(DIGITS_MAX);
        Self::read_near(text, at, limit).unwrap_or_else(|| Self::read_any(text, at, limit))
    }

    fn new(at: usize) -> Self {
        Self {
            digits: [0; ROOM],
            count: 0,
            end: at,
        }
    }

    /// Groups that end within a window: nearly all.
    #[inline]
    fn read_near(text: &[u8], at: usize, limit: usize) -> Option<Self> {
        let mut room = [0; ROOM];
        let room = first_of(text.get(at..)?, &mut room);
        let window = room.first_chunk::<WINDOW_BYTES>()?;
        let digit = mask_of(window, digit_mask);
        let gap = mask_of(window, |lane| byte_mask(lane, b' ') | byte_mask(lane, b'-'));
        let inside = digit | (gap & (digit << 1) & (digit >> 1));
        let length = inside.trailing_ones() as usize;
        let (mut groups, mut from) = (Self::new(at), 0);
        while from < length && groups.count < limit {
            let run = (digit >> from).trailing_ones() as usize;
            if from + run >= WINDOW_BYTES || run > LANE_BYTES {
                return None;
            }
            let lane = room.get(from..)?.first_chunk::<LANE_BYTES>()?;
            let slots = groups.digits.get_mut(groups.count..)?;
            let values = u8x16::new(*lane) & u8x16::splat(0x0f);
            *slots.first_chunk_mut::<LANE_BYTES>()? = values.to_array();
            let taken = run.min(limit - groups.count);
            groups.count += taken;
            groups.end = at + from + taken;
            from += run + 1;
        }
        Some(groups)
    }

    fn read_any(text: &[u8], at: usize, limit: usize) -> Self {
        let (mut groups, mut next) = (Self::new(at), at);
        while groups.count < limit {
            let parted = matches!(text.get(next), Some(b' ' | b'-'));
            next += usize::from(parted && groups.count > 0);
            let (Some(digit), Some(slot)) =
                (digit_at(text, next), groups.digits.get_mut(groups.count))
            else {
                break;
            };
            *slot = digit;
            groups.count += 1;
            next += 1;
            groups.end = next;
        }
        groups
    }

    fn digits(&self) -> &[u8] {
        self.digits.get(..self.count).unwrap_or_default()
    }

    fn identifier(&self, info_type: InfoType) -> Identifier {
        let mut text = crate::spelling::Canonical::<DIGITS_MAX>::new();
        for digit in self.digits() {
            text.push(b'0' + digit);
        }
        Identifier::new(info_type, text.as_str())
    }
}

/// Reads one number of such a kind that is the whole text.
pub(crate) fn read_whole(info_type: InfoType, text: &str) -> Option<Identifier> {
    let bytes = text.as_bytes();
    if info_type == InfoType::Iban {
        return iban::read(bytes, 0)
            .filter(|(_, end)| *end == bytes.len())
            .map(|(one, _)| one);
    }
    let groups = Groups::read(bytes, 0, DIGITS_MAX);
    let fits = match info_type {
        InfoType::PaymentCard => card::is_number(groups.digits()),
        InfoType::SeBankgiro => giro::is_bankgiro(groups.digits()),
        InfoType::SePlusgiro => giro::is_plusgiro(groups.digits()),
        InfoType::SeBankAccount => account::is_number(groups.digits()),
        _ => false,
    };
    (fits && groups.end == bytes.len()).then(|| groups.identifier(info_type))
}

/// The check digit at the end, by weights 1,2,1,2,… from the right (ISO/IEC 7812-1).
pub(crate) fn luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u8| if digit >= 5 { digit * 2 - 9 } else { digit * 2 };
    // In pairs from the right: an odd one on the left counts once.
    let (first, pairs) = digits.as_rchunks::<2>();
    let weigh = |[left, right]: &[u8; 2]| u32::from(doubled(*left) + right);
    let sum: u32 = pairs.iter().map(weigh).sum();
    let sum = sum + first.first().map_or(0, |first| u32::from(*first));
    sum.is_multiple_of(10)
}

/// What eight digits add up to by the same weights, the last one's the highest byte. All at once.
#[inline]
pub(crate) fn luhn_sum(digits: u64) -> u64 {
    const DOUBLED: u64 = 0x00ff_00ff_00ff_00ff;
    const ONES: u64 = 0x0101_0101_0101_0101;
    let doubled = (digits & DOUBLED) * 2;
    // What is ten or more loses nine.
    let carried = ((doubled + ((0x06 * ONES) & DOUBLED)) >> 4) & ONES;
    (doubled - 9 * carried + (digits & !DOUBLED)).wrapping_mul(ONES) >> 56
}
