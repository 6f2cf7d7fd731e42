//! Families of InfoTypes, and sets of them.

use hemvist_model::InfoType;

/// The InfoTypes that one set of labels speaks for. Where two candidates are equally strong, the
/// family that stands first here wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    Identity,
    Email,
    Phone,
    Ip,
    Iban,
    BankAccount,
    Bankgiro,
    Plusgiro,
    Card,
    Mac,
    Address,
    Name,
    Secret,
    Term,
    Configured,
}

impl Family {
    pub(crate) fn of(info_type: InfoType) -> Self {
        match info_type {
            InfoType::EmailAddress => Family::Email,
            InfoType::PhoneNumber => Family::Phone,
            InfoType::IpAddress => Family::Ip,
            InfoType::Iban => Family::Iban,
            InfoType::SeBankAccount => Family::BankAccount,
            InfoType::SeBankgiro => Family::Bankgiro,
            InfoType::SePlusgiro => Family::Plusgiro,
            InfoType::PaymentCard => Family::Card,
            InfoType::MacAddress => Family::Mac,
            InfoType::PostalAddress => Family::Address,
            InfoType::PersonName => Family::Name,
            InfoType::Credential => Family::Secret,
            InfoType::SensitiveTerm => Family::Term,
            InfoType::Configured => Family::Configured,
            _ => Family::Identity,
        }
    }
}

/// A set of families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Families(u32);

impl Families {
    pub(crate) const ALL: Self = Self(u32::MAX);
    /// Those whose values have a shape of their own, so that looking for them costs little.
    pub(crate) const SHAPED: Self = Self(bit(Family::Mac) * 2 - 1);

    pub(crate) fn without(self, family: Family) -> Self {
        Self(self.0 & !bit(family))
    }

    pub(crate) fn with(self, family: Family) -> Self {
        Self(self.0 | bit(family))
    }

    /// Whether both have one.
    pub(crate) fn meets(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    pub(crate) fn has(self, family: Family) -> bool {
        self.0 & bit(family) != 0
    }
}

const fn bit(family: Family) -> u32 {
    1 << (family as u32)
}
