//! Kinds of personal data.

/// A kind of personal data. The names are those of the API; the codes are those of the index.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
#[repr(u8)]
pub enum InfoType {
    /// Swedish personal identity number; Identifier: 12 digits.
    SePersonnummer = 1,
    /// Swedish coordination number; Identifier: 12 digits, day + 60.
    SeSamordningsnummer = 2,
    /// E-mail address; Identifier: lower case, domain in A-label form.
    EmailAddress = 3,
    /// Phone number; Identifier: E.164 with `+`.
    PhoneNumber = 4,
    /// IPv4 or IPv6 address; Identifier: RFC 5952 text, a v4-mapped address as v4.
    IpAddress = 5,
    /// Provisional Swedish number with a letter (T, TF and others); Identifier: 12 characters.
    SeInterimNumber = 6,
    /// Swedish health care's number for who has no other; Identifier: 12 characters.
    SeReserveNumber = 7,
    /// Swedish legal person's number; Identifier: 10 digits. A sole trader's is a personnummer.
    SeOrganisationNumber = 8,
    /// International bank account number; Identifier: capitals and digits without blanks.
    Iban = 9,
    /// Swedish bank account; Identifier: clearing number and account, digits only.
    SeBankAccount = 10,
    /// Bankgiro number; Identifier: 7 or 8 digits.
    SeBankgiro = 11,
    /// Plusgiro number; Identifier: 6 to 8 digits.
    SePlusgiro = 12,
    /// Payment card; Identifier: 13 to 19 digits.
    PaymentCard = 13,
    /// Name of a network card; Identifier: six pairs of lower-case hex digits with colons.
    MacAddress = 14,
    /// Postal address in Sweden; Identifier: lower case, single blanks.
    PostalAddress = 15,
    /// Name of a person; Identifier: lower case, single blanks.
    PersonName = 16,
    /// What lets somebody in; Identifier: the kind of secret, never the secret.
    Credential = 17,
    /// A word of articles 9 and 10 of the GDPR beside a person; Identifier: the category.
    SensitiveTerm = 18,
    /// What a configured rule finds; Identifier: the rule's name, `:`, and the value in lower case.
    Configured = 19,
}

/// How far an identifier may be trusted to name one person (the linking classes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdentifierClass {
    /// A: creates a Subject; two different values are never one person.
    Anchor,
    /// B: names one person inside the system that gave it; a declared identity source binds it.
    Scoped,
    /// C: attaches to a Subject when bound to exactly one in a declared identity source.
    UsuallyExclusive,
    /// D: several people share it by nature; never links and never acts.
    Shared,
    /// E: never links and never acts.
    Weak,
}

impl InfoType {
    /// Every InfoType, in the order of the codes.
    pub const ALL: [InfoType; 19] = [
        InfoType::SePersonnummer,
        InfoType::SeSamordningsnummer,
        InfoType::EmailAddress,
        InfoType::PhoneNumber,
        InfoType::IpAddress,
        InfoType::SeInterimNumber,
        InfoType::SeReserveNumber,
        InfoType::SeOrganisationNumber,
        InfoType::Iban,
        InfoType::SeBankAccount,
        InfoType::SeBankgiro,
        InfoType::SePlusgiro,
        InfoType::PaymentCard,
        InfoType::MacAddress,
        InfoType::PostalAddress,
        InfoType::PersonName,
        InfoType::Credential,
        InfoType::SensitiveTerm,
        InfoType::Configured,
    ];

    /// The API's name, such as `SE_PERSONNUMMER`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            InfoType::SePersonnummer => "SE_PERSONNUMMER",
            InfoType::SeSamordningsnummer => "SE_SAMORDNINGSNUMMER",
            InfoType::EmailAddress => "EMAIL_ADDRESS",
            InfoType::PhoneNumber => "PHONE_NUMBER",
            InfoType::IpAddress => "IP_ADDRESS",
            InfoType::SeInterimNumber => "SE_INTERIM_NUMBER",
            InfoType::SeReserveNumber => "SE_RESERVE_NUMBER",
            InfoType::SeOrganisationNumber => "SE_ORGANISATION_NUMBER",
            InfoType::Iban => "IBAN",
            InfoType::SeBankAccount => "SE_BANK_ACCOUNT",
            InfoType::SeBankgiro => "SE_BANKGIRO",
            InfoType::SePlusgiro => "SE_PLUSGIRO",
            InfoType::PaymentCard => "PAYMENT_CARD",
            InfoType::MacAddress => "MAC_ADDRESS",
            InfoType::PostalAddress => "POSTAL_ADDRESS",
            InfoType::PersonName => "PERSON_NAME",
            InfoType::Credential => "CREDENTIAL",
            InfoType::SensitiveTerm => "SENSITIVE_TERM",
            InfoType::Configured => "CONFIGURED",
        }
    }

    /// The InfoType of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|info_type| info_type.as_str() == name)
    }

    /// The number that stands for it in the index.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The InfoType of that number, if there is one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|info_type| info_type.code() == code)
    }

    /// The linking class.
    #[must_use]
    pub fn class(self) -> IdentifierClass {
        match self {
            InfoType::SePersonnummer | InfoType::SeSamordningsnummer => IdentifierClass::Anchor,
            InfoType::EmailAddress | InfoType::PhoneNumber => IdentifierClass::UsuallyExclusive,
            InfoType::SeInterimNumber
            | InfoType::SeReserveNumber
            | InfoType::Iban
            | InfoType::SeBankAccount
            | InfoType::PaymentCard
            | InfoType::Configured => IdentifierClass::Scoped,
            InfoType::SeOrganisationNumber
            | InfoType::SeBankgiro
            | InfoType::SePlusgiro
            | InfoType::PostalAddress => IdentifierClass::Shared,
            InfoType::IpAddress
            | InfoType::MacAddress
            | InfoType::PersonName
            | InfoType::Credential
            | InfoType::SensitiveTerm => IdentifierClass::Weak,
        }
    }
}

impl std::fmt::Display for InfoType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_read_back() {
        for info_type in InfoType::ALL {
            assert_eq!(InfoType::from_name(info_type.as_str()), Some(info_type));
            assert_eq!(InfoType::from_code(info_type.code()), Some(info_type));
        }
        assert_eq!(InfoType::from_code(0), None);
    }
}
