//! The labels, and how to look one up quickly.
//!
//! All are lower case ASCII letters without separators (`ipv4` is `ipv`), at least two and at
//! most [`LABEL_BYTES_MAX`] bytes. Other letters part words like separators, so `förnamn` stands
//! here as `frnamn` too.

use crate::family::Family;

/// The longest label, in bytes.
pub(crate) const LABEL_BYTES_MAX: usize = 26;

const IDENTITY: &[&str] = &[
    "bankid",
    "civicnumber",
    "civicregistrationnumber",
    "coordinationnumber",
    "fdelsenummer",
    "fodelsenummer",
    "identitetsnummer",
    "identitynumber",
    "idnr",
    "interimsnummer",
    "interimspersonnummer",
    "momsnr",
    "momsnummer",
    "momsregnr",
    "nationalid",
    "nationalidnumber",
    "organisationsnr",
    "organisationsnummer",
    "orgnr",
    "orgnummer",
    "persnr",
    "personalid",
    "personalidentity",
    "personalidentitynumber",
    "personalno",
    "personalnumber",
    "personid",
    "personnr",
    "personnum",
    "personnumber",
    "personnummer",
    "personnumret",
    "persorgnr",
    "pnr",
    "pnummer",
    "reservnr",
    "reservnummer",
    "samnr",
    "samordningsnr",
    "samordningsnummer",
    "socialsecuritynumber",
    "ssn",
    "vatnr",
    "vatnumber",
];

const EMAIL: &[&str] = &[
    "contactemail",
    "email",
    "emailaddress",
    "emails",
    "epost",
    "epostadr",
    "epostadress",
    "epostadressen",
    "eposten",
    "mail",
    "maila",
    "mailaddress",
    "mailadress",
    "mailto",
    "mejl",
    "mejla",
    "mejladress",
    "useremail",
];

const PHONE: &[&str] = &[
    "call",
    "cell",
    "cellphone",
    "contactnumber",
    "fax",
    "hemtelefon",
    "kontaktnummer",
    "mobil",
    "mobile",
    "mobilen",
    "mobilenumber",
    "mobilephone",
    "mobilnr",
    "mobilnummer",
    "mobiltelefon",
    "msisdn",
    "phone",
    "phoneno",
    "phonenr",
    "phonenumber",
    "phones",
    "ring",
    "sms",
    "swish",
    "tel",
    "telefon",
    "telefonnr",
    "telefonnummer",
    "telefonnumret",
    "telephone",
    "telephonenumber",
    "telnr",
    "tfn",
    "tlf",
];

const IP: &[&str] = &[
    "clientaddr",
    "clientaddress",
    "clientip",
    "dstip",
    "forwardedfor",
    "inet",
    "ip",
    "ipaddr",
    "ipaddress",
    "ipadress",
    "ipadressen",
    "ipnr",
    "ipnummer",
    "ips",
    "ipv",
    "peeraddr",
    "remoteaddr",
    "remoteaddress",
    "remoteip",
    "sourceip",
    "srcip",
    "xforwardedfor",
    "xrealip",
];

const IBAN: &[&str] = &["iban", "ibanbic", "ibannr", "ibannumber", "ibannummer"];

const BANK_ACCOUNT: &[&str] = &[
    "accountno",
    "accountnumber",
    "bankaccount",
    "bankkonto",
    "bankkontonr",
    "bankkontonummer",
    "clearing",
    "clearingnr",
    "clearingnummer",
    "konto",
    "kontonr",
    "kontonummer",
];

const BANKGIRO: &[&str] = &[
    "bankgiro",
    "bankgironr",
    "bankgironummer",
    "bankgirot",
    "bg",
    "bgnr",
];

const PLUSGIRO: &[&str] = &[
    "pg",
    "pgnr",
    "plusgiro",
    "plusgironr",
    "plusgironummer",
    "plusgirot",
    "postgiro",
];

const CARD: &[&str] = &[
    "betalkort",
    "cardno",
    "cardnumber",
    "creditcard",
    "creditcardnumber",
    "kortnr",
    "kortnummer",
    "kreditkort",
    "mastercard",
    "pan",
    "visa",
];

const MAC: &[&str] = &[
    "ether",
    "hwaddr",
    "lladdr",
    "mac",
    "macaddr",
    "macaddress",
    "macadress",
];

const ADDRESS: &[&str] = &[
    "address",
    "adress",
    "bostadsadress",
    "deliveryaddress",
    "gatuadress",
    "hemadress",
    "homeaddress",
    "postadress",
    "postaladdress",
    "postalcode",
    "postnr",
    "postnummer",
    "streetaddress",
    "streetname",
    "utdelningsadress",
    "zipcode",
];

const NAME: &[&str] = &[
    "contactname",
    "contactperson",
    "customername",
    "efternamn",
    "familyname",
    "firstname",
    "fornamn",
    "frnamn",
    "fullname",
    "fullstandigtnamn",
    "fullstndigtnamn",
    "givenname",
    "kontaktperson",
    "kundnamn",
    "lastname",
    "name",
    "namn",
    "personnamn",
    "surname",
];

const SECRET: &[&str] = &[
    "accesstoken",
    "apikey",
    "apitoken",
    "authtoken",
    "clientsecret",
    "cookie",
    "losenord",
    "lsenord",
    "passwd",
    "password",
    "pwd",
    "refreshtoken",
    "secret",
    "sessionid",
    "sessiontoken",
    "token",
];

const FAMILIES: [(Family, &[&str]); 13] = [
    (Family::Identity, IDENTITY),
    (Family::Email, EMAIL),
    (Family::Phone, PHONE),
    (Family::Ip, IP),
    (Family::Iban, IBAN),
    (Family::BankAccount, BANK_ACCOUNT),
    (Family::Bankgiro, BANKGIRO),
    (Family::Plusgiro, PLUSGIRO),
    (Family::Card, CARD),
    (Family::Mac, MAC),
    (Family::Address, ADDRESS),
    (Family::Name, NAME),
    (Family::Secret, SECRET),
];

/// A power of two, several times the number of labels: most words meet an empty slot at once.
const SLOTS: usize = 1024;

/// List and place in it of the label in each slot, from 1; 0 where the slot is empty. Two bytes
/// a slot, so that the whole table stays in the nearest cache.
static TABLE: [(u8, u8); SLOTS] = table();

static SIGNS: Signs = signs();

/// How labels begin and end, so that most words are turned away at once. The places are the low
/// five bits of letters, the same for either case.
struct Signs {
    /// By the last letter but one and the one before it, one bit for each last letter.
    endings: [[u32; 32]; 32],
    /// By first and last letter, one bit for each length.
    lengths: [[u32; 32]; 32],
}

/// Whether some label ends with those letters.
#[inline(always)]
pub(crate) fn ends_label([third, second, last]: [u8; 3]) -> bool {
    let [third, second] = [third, second].map(|letter| usize::from(letter % 32));
    SIGNS.endings[second][third] >> (last % 32) & 1 != 0
}

/// Whether some label of that length begins and ends with those letters.
#[inline(always)]
pub(crate) fn may_be_label(first: u8, last: u8, length: usize) -> bool {
    let [first, last] = [first, last].map(|letter| usize::from(letter % 32));
    length <= LABEL_BYTES_MAX && SIGNS.lengths[first][last] >> length & 1 != 0
}

/// Which family a label speaks for.
pub(crate) fn family_of(word: &[u8]) -> Option<Family> {
    let mut slot = slot(word);
    // Ends at an empty slot: the table is never full.
    while let Some((list, place)) = TABLE.get(slot).copied() {
        let (family, labels) = FAMILIES.get(usize::from(list.checked_sub(1)?))?;
        if labels.get(usize::from(place))?.as_bytes() == word {
            return Some(*family);
        }
        slot = (slot + 1) % SLOTS;
    }
    None
}

/// A number made of the word's length, ends and middle.
#[inline(always)]
const fn slot(word: &[u8]) -> usize {
    let length = word.len();
    if length == 0 {
        return 0;
    }
    let (first, middle, last) = (
        word[0] as usize,
        word[length / 2] as usize,
        word[length - 1] as usize,
    );
    (length * 37 + first * 131 + middle * 17 + last * 571) % SLOTS
}

const fn signs() -> Signs {
    let mut signs = Signs {
        endings: [[0; 32]; 32],
        lengths: [[0; 32]; 32],
    };
    let mut list = 0;
    while list < FAMILIES.len() {
        let labels = FAMILIES[list].1;
        let mut place = 0;
        while place < labels.len() {
            signs.add(labels[place].as_bytes());
            place += 1;
        }
        list += 1;
    }
    signs
}

impl Signs {
    const fn add(&mut self, label: &[u8]) {
        let length = label.len();
        let (last, second) = (label[length - 1] % 32, label[length - 2] as usize % 32);
        self.lengths[label[0] as usize % 32][last as usize] |= 1 << length;
        let mut third = 0;
        while third < 32 {
            // Anything may stand before a label of two letters.
            if length == 2 || label[length - 3] as usize % 32 == third {
                self.endings[second][third] |= 1 << last;
            }
            third += 1;
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "checked while compiling")]
const fn table() -> [(u8, u8); SLOTS] {
    let mut table = [(0, 0); SLOTS];
    let mut list = 0;
    while list < FAMILIES.len() {
        let (_, labels) = FAMILIES[list];
        assert!(
            list < 255 && labels.len() < 256,
            "numbers of labels fit a byte"
        );
        let mut place = 0;
        while place < labels.len() {
            let mut slot = slot(labels[place].as_bytes());
            while table[slot].0 != 0 {
                slot = (slot + 1) % SLOTS;
            }
            table[slot] = (list as u8 + 1, place as u8);
            place += 1;
        }
        list += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_is_found_and_speaks_for_one_family() {
        for (family, labels) in FAMILIES {
            for label in labels {
                assert_eq!(family_of(label.as_bytes()), Some(family), "{label}");
                assert!((2..=LABEL_BYTES_MAX).contains(&label.len()), "{label}");
                assert!(label.bytes().all(|byte| byte.is_ascii_lowercase()));
            }
        }
        assert_eq!(family_of(b"hotel"), None);
        assert_eq!(family_of(b""), None);
    }
}
