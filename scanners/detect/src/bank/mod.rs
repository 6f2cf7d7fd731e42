//! Numbers of money: IBAN, Swedish accounts, bankgiro, plusgiro and payment cards.
//!
//! Where an organisation of the trade gives them a check, it is used; where every tenth number
//! would pass (Luhn) or every number does, a label or a field's name is asked for as well.

mod account;
mod card;
mod giro;
mod iban;

pub(crate) use account::find as find_account;
pub(crate) use card::find as find_card;
pub(crate) use giro::find as find_giro;
pub(crate) use iban::find as find_iban;

use crate::spelling::{digit_at, digit_mask};
use hemvist_model::{Identifier, InfoType};

/// The longest of these numbers, in digits.
const DIGITS_MAX: usize = 24;

/// Digits in groups that single blanks or dashes part, and where they end.
struct Groups {
    digits: [u8; DIGITS_MAX],
    count: usize,
    end: usize,
}

impl Groups {
    /// Reads up to `limit` digits from `at` on.
    fn read(text: &[u8], at: usize, limit: usize) -> Self {
        let mut groups = Self {
            digits: [0; DIGITS_MAX],
            count: 0,
            end: at,
        };
        let run = text.get(at..).and_then(|rest| rest.first_chunk());
        if let Some(lane) = run.filter(|lane| digit_mask(lane).trailing_ones() as usize >= limit) {
            for (slot, byte) in groups.digits.iter_mut().zip(lane) {
                *slot = byte & 0x0f;
            }
            (groups.count, groups.end) = (limit, at + limit);
            return groups;
        }
        let mut next = at;
        while groups.count < limit.min(DIGITS_MAX) {
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
