//! Words that say what a value is: labels beside it, and field names, in Swedish and English.
//!
//! Words are compared without case and joined across separators, up to three in a row, so that
//! `E-post`, `e_post`, `ePost` and `epost` are one label. The nearest label before a value
//! decides; one after it counts only where none stands before.

use crate::compete::Family;
use hemvist_model::Evidence;

/// How many bytes before a value may hold its label.
const BEFORE_BYTES: usize = 40;
/// How many bytes after a value may hold its label.
const AFTER_BYTES: usize = 24;
/// Words looked at on one side, or in a field name.
const WORDS_MAX: usize = 12;
/// Words that together may be one label.
const JOINED_WORDS_MAX: usize = 3;
/// The longest label that [`family_of`] knows, in bytes.
const LABEL_BYTES_MAX: usize = 24;
/// Field names are read up to here.
const FIELD_BYTES_MAX: usize = 256;

/// A set of families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Families(u8);

impl Families {
    pub(crate) fn with(self, family: Family) -> Self {
        Self(self.0 | bit(family))
    }

    pub(crate) fn has(self, family: Family) -> bool {
        self.0 & bit(family) != 0
    }
}

fn bit(family: Family) -> u8 {
    match family {
        Family::Identity => 1,
        Family::Email => 2,
        Family::Phone => 4,
        Family::Ip => 8,
    }
}

/// Which family a label speaks for; `word` is lower case without separators.
fn family_of(word: &[u8]) -> Option<Family> {
    Some(match word {
        b"personnummer"
        | b"personnumret"
        | b"personnr"
        | b"persnr"
        | b"pnr"
        | b"pnummer"
        | b"personnum"
        | b"personid"
        | b"personalnumber"
        | b"personalidentitynumber"
        | b"personalidentity"
        | b"personalid"
        | b"personalno"
        | b"personnumber"
        | b"identitynumber"
        | b"nationalid"
        | b"nationalidnumber"
        | b"ssn"
        | b"socialsecuritynumber"
        | b"samordningsnummer"
        | b"samordningsnr"
        | b"samnr"
        | b"coordinationnumber"
        | b"orgnr"
        | b"orgnummer"
        | b"organisationsnummer"
        | b"organisationsnr"
        | b"persorgnr"
        | b"identitetsnummer"
        | b"idnr"
        | b"bankid"
        | b"civicnumber"
        | b"civicregistrationnumber"
        | b"fodelsenummer" => Family::Identity,
        b"email" | b"emails" | b"emailaddress" | b"epost" | b"epostadress" | b"epostadressen"
        | b"eposten" | b"mail" | b"mailadress" | b"mailaddress" | b"mejl" | b"mejladress"
        | b"mejla" | b"maila" | b"mailto" | b"useremail" | b"contactemail" | b"epostadr" => {
            Family::Email
        }
        b"phone" | b"phones" | b"phonenumber" | b"phoneno" | b"phonenr" | b"telephone"
        | b"telephonenumber" | b"telefon" | b"telefonnummer" | b"telefonnumret" | b"telefonnr"
        | b"tel" | b"telnr" | b"tfn" | b"tlf" | b"mobil" | b"mobilen" | b"mobilnummer"
        | b"mobilnr" | b"mobiltelefon" | b"mobile" | b"mobilephone" | b"mobilenumber"
        | b"msisdn" | b"cell" | b"cellphone" | b"ring" | b"sms" | b"fax" | b"hemtelefon"
        | b"swish" | b"call" | b"kontaktnummer" | b"contactnumber" => Family::Phone,
        b"ip" | b"ips" | b"ipaddress" | b"ipaddr" | b"ipadress" | b"ipadressen" | b"ipnummer"
        | b"ipnr" | b"ipv4" | b"ipv6" | b"clientip" | b"remoteip" | b"sourceip" | b"srcip"
        | b"dstip" | b"remoteaddr" | b"remoteaddress" | b"clientaddr" | b"clientaddress"
        | b"peeraddr" | b"xforwardedfor" | b"forwardedfor" | b"xrealip" | b"inet" | b"inet6" => {
            Family::Ip
        }
        _ => return None,
    })
}

/// The families that a field's name speaks for: `customer.contact.phoneNumber`, `client_ip`.
pub(crate) fn of_field(name: &str) -> Families {
    let name = name.as_bytes();
    let start = name.len().saturating_sub(FIELD_BYTES_MAX);
    let mut words = Words::default();
    words.read(name.get(start..).unwrap_or_default(), true);
    let mut families = Families::default();
    for last in 0..words.count {
        for family in words.joined_until(last).flatten() {
            families = families.with(family);
        }
    }
    families
}

/// What a field name and the words around `range` say for `family`.
pub(crate) fn weigh(
    text: &[u8],
    range: std::ops::Range<usize>,
    field: Families,
    family: Family,
) -> Evidence {
    let named = if field.has(family) {
        Evidence::FIELD_NAME
    } else {
        Evidence::NONE
    };
    let label = before(text, range.start).or_else(|| after(text, range.end));
    if label == Some(family) {
        named.with(Evidence::LABEL_NEARBY)
    } else {
        named
    }
}

fn before(text: &[u8], start: usize) -> Option<Family> {
    let from = start.saturating_sub(BEFORE_BYTES);
    let mut window = text.get(from..start)?;
    if from > 0 {
        // The first word may be a torn one.
        let torn = window.iter().take_while(|byte| is_letter(**byte)).count();
        window = window.get(torn..)?;
    }
    let mut words = Words::default();
    words.read(window, false);
    (0..words.count)
        .rev()
        .find_map(|last| words.joined_until(last).flatten().next())
}

fn after(text: &[u8], end: usize) -> Option<Family> {
    let rest = text.get(end..)?;
    let window = rest.get(..AFTER_BYTES.min(rest.len()))?;
    let stops = |byte: &u8| matches!(byte, b'\n' | b'\r' | b'0'..=b'9' | b':' | b'=');
    let window = match window.iter().position(stops) {
        // `811228-9874, tel 070…`, `…, tel: 070…`: what leads up to the next value is its own.
        Some(stop) if !matches!(window.get(stop), Some(b'\n' | b'\r')) => {
            let window = window.get(..stop)?;
            let clause = window
                .iter()
                .rposition(|byte| matches!(byte, b',' | b';' | b')' | b'.'))?;
            window.get(..clause)?
        }
        Some(line_end) => window.get(..line_end)?,
        None => window,
    };
    let mut words = Words::default();
    words.read(window, false);
    (0..words.count).find_map(|last| words.joined_until(last).flatten().next())
}

/// The last few words of a text, in lower case and joined without separators.
#[derive(Default)]
struct Words {
    ring: [(usize, usize); WORDS_MAX],
    count: usize,
    letters: Letters,
}

struct Letters([u8; FIELD_BYTES_MAX], usize);

impl Default for Letters {
    fn default() -> Self {
        Self([0; FIELD_BYTES_MAX], 0)
    }
}

impl Words {
    /// Reads the words of `text`; with `camel`, `phoneNumber` is two. Words beyond the limit are
    /// left out from the front.
    fn read(&mut self, text: &[u8], camel: bool) {
        let (mut inside, mut lower) = (false, false);
        for byte in text {
            if !is_letter(*byte) {
                inside = inside && byte.is_ascii_digit() && self.after_ipv();
                if !inside {
                    continue;
                }
            } else if !inside || (camel && lower && byte.is_ascii_uppercase()) {
                self.begin_word();
                inside = true;
            }
            lower = byte.is_ascii_lowercase();
            self.push(byte.to_ascii_lowercase());
        }
    }

    fn begin_word(&mut self) {
        if self.count == WORDS_MAX {
            self.ring.rotate_left(1);
            self.count -= 1;
        }
        if let Some(word) = self.ring.get_mut(self.count) {
            *word = (self.letters.1, self.letters.1);
            self.count += 1;
        }
    }

    fn push(&mut self, byte: u8) {
        let Letters(letters, length) = &mut self.letters;
        let word = self
            .count
            .checked_sub(1)
            .and_then(|last| self.ring.get_mut(last));
        if let (Some(slot), Some((_, end))) = (letters.get_mut(*length), word) {
            *slot = byte;
            *length += 1;
            *end = *length;
        }
    }

    /// `ipv4` and `inet6` are words with a digit in them.
    fn after_ipv(&self) -> bool {
        let read = self.letters.0.get(..self.letters.1).unwrap_or_default();
        read.ends_with(b"ipv") || read.ends_with(b"inet")
    }

    /// What the word at `last` says, joined with up to two words before it, the longest first.
    fn joined_until(&self, last: usize) -> impl Iterator<Item = Option<Family>> + '_ {
        let end = self.ring.get(last).map_or(0, |(_, end)| *end);
        let first = (last + 1).saturating_sub(JOINED_WORDS_MAX);
        (first..=last).map(move |from| {
            let start = self.ring.get(from)?.0;
            if !(2..=LABEL_BYTES_MAX).contains(&end.saturating_sub(start)) {
                return None;
            }
            family_of(self.letters.0.get(start..end)?)
        })
    }
}

/// ASCII letters, and the bytes of other letters; not those of NBSP and Unicode spaces.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic()
        || (byte >= 0x80 && !matches!(byte, 0xc2 | 0xe2 | 0xa0 | 0x80 | 0xaf))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_names_speak_for_their_family() {
        let table: [(&str, &[Family]); 16] = [
            ("personnummer", &[Family::Identity]),
            ("customer.personalNumber", &[Family::Identity]),
            ("PERSONAL_NUMBER", &[Family::Identity]),
            ("kund.person_id", &[Family::Identity]),
            ("Pers.nr", &[Family::Identity]),
            ("e-post", &[Family::Email]),
            ("contacts[3].eMail", &[Family::Email]),
            ("email_or_phone", &[Family::Email, Family::Phone]),
            ("mobilePhone2", &[Family::Phone]),
            ("clientIp", &[Family::Ip]),
            ("remote_addr", &[Family::Ip]),
            ("ipv4", &[Family::Ip]),
            ("zip", &[]),
            ("recipe", &[]),
            ("hotel", &[]),
            ("", &[]),
        ];
        for (name, expected) in table {
            let families = expected
                .iter()
                .fold(Families::default(), |set, one| set.with(*one));
            assert_eq!(of_field(name), families, "{name}");
        }
    }

    #[test]
    fn labels_stand_before_or_after() {
        let table = [
            ("Personnummer: #", Some(Family::Identity)),
            ("mitt personnummer är #", Some(Family::Identity)),
            ("Pers. nr #", Some(Family::Identity)),
            ("\"e-post\":\"#", Some(Family::Email)),
            ("Telefon\u{a0}#", Some(Family::Phone)),
            ("personnummer och telefon #", Some(Family::Phone)),
            ("# (personnummer)", Some(Family::Identity)),
            ("#, tel: 08", None),
            ("# men tel 08", None),
            ("# (pnr), tel 08", Some(Family::Identity)),
            ("hotel #", None),
            ("zip #", None),
            ("ipv6 #", Some(Family::Ip)),
        ];
        for (text, expected) in table {
            let at = text.find('#').unwrap();
            let label = before(text.as_bytes(), at).or_else(|| after(text.as_bytes(), at + 1));
            assert_eq!(label, expected, "{text}");
        }
    }
}
