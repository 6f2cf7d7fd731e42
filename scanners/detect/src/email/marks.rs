//! What an address says of itself: a function's, or one that is nobody's.

use hemvist_model::Evidence;

/// What a lower-case address whose `@` is at `at` says of itself.
pub(super) fn marks_of(address: &[u8], at: usize) -> Option<Evidence> {
    let (local, domain) = (address.get(..at)?, address.get(at + 1..)?);
    Some(marks(local.split(|byte| *byte == b'+').next()?, domain))
}

/// What the lower-case parts of an address say of it; of the local part that before a `+`.
#[inline]
pub(super) fn marks(name: &[u8], domain: &[u8]) -> Evidence {
    let mut evidence = Evidence::NONE;
    if is_role(name) {
        evidence = evidence.with(Evidence::ROLE_ADDRESS);
    }
    if is_reserved(domain) {
        evidence = evidence.with(Evidence::RESERVED_RANGE);
    }
    evidence
}

/// Domains that never hold a person's mailbox (RFC 2606, RFC 6761).
fn is_reserved(domain: &[u8]) -> bool {
    under(domain, b"example.com")
        || under(domain, b"example.net")
        || under(domain, b"example.org")
        || under(domain, b"example")
        || under(domain, b"test")
        || under(domain, b"invalid")
        || under(domain, b"localhost")
}

fn under<const N: usize>(domain: &[u8], name: &[u8; N]) -> bool {
    domain
        .split_last_chunk()
        .is_some_and(|(rest, end)| end == name && matches!(rest.last(), None | Some(b'.')))
}

/// Names of functions, not of persons.
fn is_role(name: &[u8]) -> bool {
    matches!(
        name,
        b"abuse"
            | b"admin"
            | b"administrator"
            | b"bokning"
            | b"contact"
            | b"dataskydd"
            | b"dpo"
            | b"ekonomi"
            | b"faktura"
            | b"fakturor"
            | b"gdpr"
            | b"help"
            | b"helpdesk"
            | b"hostmaster"
            | b"hr"
            | b"info"
            | b"invoice"
            | b"it"
            | b"jobb"
            | b"jobs"
            | b"kontakt"
            | b"kundservice"
            | b"kundtjanst"
            | b"mailer-daemon"
            | b"marketing"
            | b"no-reply"
            | b"noreply"
            | b"do-not-reply"
            | b"donotreply"
            | b"office"
            | b"order"
            | b"orders"
            | b"post"
            | b"postmaster"
            | b"press"
            | b"privacy"
            | b"reception"
            | b"registrator"
            | b"root"
            | b"sales"
            | b"salj"
            | b"security"
            | b"service"
            | b"support"
            | b"team"
            | b"webmaster"
    )
}
