//! Identifiers from a request, in any spelling.
//!
//! The texts of errors say what to do and never repeat what was given: it is personal data.

use crate::identity::{self, Sign, Written, read_identity};
use crate::{bank, email, ip, mac, phone, words};
use hemvist_model::{Date, Identifier, InfoType};

/// Longer texts are no identifier.
const TEXT_BYTES_MAX: usize = 400;

/// Why a text is no identifier, in words for whoever sent it. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseError {
    /// It has the shape of none of the known kinds.
    Unknown,
    /// It reads as an identity number of that kind and as a phone number.
    Ambiguous(InfoType),
    /// It has the shape of a Swedish identity number and a wrong check digit.
    CheckDigit,
    /// It has the shape of a Swedish identity number and a date that does not exist or lies ahead.
    NoSuchDate,
    /// It is not of the kind that was asked for.
    NotOfType(InfoType),
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ParseError::Unknown => f.write_str(
                "not an identifier: give a personnummer (YYYYMMDD-NNNC), an e-mail address, a phone \
                 number (+46… or 0…) or an IP address",
            ),
            ParseError::Ambiguous(identity) => write!(
                f,
                "these digits may be {identity} or {}: give the info_type, or write YYYYMMDD-NNNC or \
                 +46…",
                InfoType::PhoneNumber
            ),
            ParseError::CheckDigit => {
                f.write_str("the check digit is wrong: compare the last digit with the original")
            }
            ParseError::NoSuchDate => {
                f.write_str("there is no such date of birth: compare the first digits with the original")
            }
            ParseError::NotOfType(info_type) => {
                write!(f, "not a valid {info_type}: {}", expected(*info_type))
            }
        }
    }
}

impl std::error::Error for ParseError {}

fn expected(info_type: InfoType) -> &'static str {
    match info_type {
        InfoType::SePersonnummer => "write YYYYMMDD-NNNC or YYMMDD-NNNC",
        InfoType::SeSamordningsnummer => "write YYYYMMDD-NNNC, where the day is 60 higher",
        InfoType::SeInterimNumber => "write YYYYMMDD-TNNC or YYYYMMDD-TFNN",
        InfoType::SeReserveNumber => "write its twelve characters",
        InfoType::SeOrganisationNumber => "write NNNNNN-NNNC",
        InfoType::EmailAddress => "write name@example.com",
        InfoType::PhoneNumber => "write +46… or, for a Swedish number, 0…",
        InfoType::IpAddress => "write one IPv4 or IPv6 address",
        InfoType::Iban => "write country, check digits and account, such as SE45 5000 0000 …",
        InfoType::SeBankAccount => "write clearing number and account, NNNN-NNNNNNN",
        InfoType::SeBankgiro => "write NNN-NNNC or NNNN-NNNC",
        InfoType::SePlusgiro => "write NNNNNN-C",
        InfoType::PaymentCard => "write its 13 to 19 digits",
        InfoType::MacAddress => "write six pairs of hex digits with colons",
        _ => "this type cannot be read from text",
    }
}

/// Reads an identifier in any spelling and tells its type. Two come back when a 10-digit identity
/// number without sign may be of two centuries, the likelier first.
///
/// # Errors
/// Says in words what to do, and never repeats `text`.
pub fn parse(text: &str, reference_date: Date) -> Result<Vec<Identifier>, ParseError> {
    let text = bounded(text).ok_or(ParseError::Unknown)?;
    if let Some(one) = email::read_whole(text).or_else(|| ip::read_whole(text)) {
        return Ok(vec![one]);
    }
    // With its sign or century written, a number is meant as an identity number.
    let stated = |written: Written| {
        written.sign != Sign::Absent || written.century.is_some() || written.is_interim()
    };
    let is_stated = identity::read_whole(text).is_some_and(stated);
    match (identity(text, reference_date), phone::read_whole(text)) {
        (Ok(identifiers), Some(_)) if !is_stated => {
            let identity = identifiers.first().map(Identifier::info_type);
            Err(ParseError::Ambiguous(
                identity.unwrap_or(InfoType::SePersonnummer),
            ))
        }
        (Ok(identifiers), _) => Ok(identifiers),
        (Err(_), Some(phone)) => Ok(vec![phone]),
        (Err(error), None) => Err(error),
    }
}

/// Reads an identifier of that type in any spelling; like [`parse`] otherwise.
///
/// # Errors
/// Says in words what to do, and never repeats `text`.
pub fn parse_as(
    info_type: InfoType,
    text: &str,
    reference_date: Date,
) -> Result<Vec<Identifier>, ParseError> {
    let wrong = ParseError::NotOfType(info_type);
    let text = bounded(text).ok_or(wrong)?;
    let identifiers = match info_type {
        InfoType::EmailAddress => email::read_whole(text).into_iter().collect(),
        InfoType::PhoneNumber => phone::read_whole(text).into_iter().collect(),
        InfoType::IpAddress => ip::read_whole(text).into_iter().collect(),
        InfoType::PersonName | InfoType::PostalAddress => words::canonical(text.as_bytes())
            .map(|one| Identifier::new(info_type, &one))
            .into_iter()
            .collect(),
        InfoType::MacAddress => mac::read(text.as_bytes()).into_iter().collect(),
        InfoType::Iban
        | InfoType::PaymentCard
        | InfoType::SeBankAccount
        | InfoType::SeBankgiro
        | InfoType::SePlusgiro => bank::read_whole(info_type, text).into_iter().collect(),
        _ => match identity(text, reference_date) {
            Err(ParseError::Unknown) => Vec::new(),
            other => other?,
        },
    };
    let fits =
        !identifiers.is_empty() && identifiers.iter().all(|one| one.info_type() == info_type);
    if fits { Ok(identifiers) } else { Err(wrong) }
}

fn bounded(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= TEXT_BYTES_MAX).then_some(text)
}

fn identity(text: &str, reference_date: Date) -> Result<Vec<Identifier>, ParseError> {
    let numbers = read_identity(text, reference_date)?;
    Ok(numbers.into_iter().map(|one| one.identifier).collect())
}
