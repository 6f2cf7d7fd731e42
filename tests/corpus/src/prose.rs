//! Letters, tickets and notes in Swedish and English.

use crate::decoys::{
    hex, mistyped, mistyped_giro, other_number, reference, service_number, technical,
    unbanked_account,
};
use crate::document::Document;
use crate::numbers::Numbers;
use crate::values::Value;

const SENTENCES: u64 = 90;

/// A sentence about somebody: `{p}` personnummer, `{s}` samordningsnummer, `{e}` e-mail, `{t}`
/// phone, `{i}` IP address, `{m}` network card, `{b}` bankgiro, `{c}` payment card, `{k}` IBAN; others by name.
/// Big letters where nothing but the spelling speaks for the value.
const ABOUT_SWEDISH: &[&str] = &[
    "Patienten, personnummer {p}, kallas till återbesök på tisdag.",
    "Kan ni ändra adressen för {P}? Hon har flyttat till Örebro.",
    "Ring mig på {t} efter klockan fyra.",
    "Mejla svaret till {e} så fort som möjligt.",
    "Mitt samordningsnummer är {s} och jag saknar fortfarande besked.",
    "Kunden ({P}) har inte betalat.",
    "Ärendet gäller {S} enligt handläggaren.",
    "Vi såg inloggningar från {i} under natten.",
    "Frågor besvaras av {e} eller på telefon {t}.",
    "Pnr: {p}, mobil: {t}, e-post: {e}.",
    "Svara till {E}.",
    "Sökande {P} uppger att läkaren ringde från {T} i går.",
    "Servern på {I} svarar inte.",
    "Vårdnadshavare: {P} och {P}.",
    "Personnumret {p} förekommer två gånger i registret.",
    "Betala in på bankgiro {b} senast fredag.",
    "Utbetalning sker till IBAN {k}.",
    "Återbetala till {K} i stället.",
    "Ring om betalningen till {K}.",
    "Kortet {C} är spärrat.",
    "Nätverkskortet {M} tappar kontakten.",
];

const ABOUT_ENGLISH: &[&str] = &[
    "The patient with personal identity number {p} has moved to Umeå.",
    "Please call me at {t} before noon.",
    "Send the invoice to {e}, not to the old address.",
    "Her coordination number is {s} and it has been verified.",
    "The account of {P} was merged with another one.",
    "Traffic from {i} was blocked at the edge.",
    "You can reach the tenant at {E} or {T}.",
    "Phone: {t}. E-mail: {e}.",
    "Applicant {S} asked for a copy of everything.",
    "The host {I} was rebooted twice.",
    "Customer {P} returned the goods.",
    "Pay into bankgiro {b} by Friday.",
    "Refunds go to {K} from now on.",
    "The card {C} was declined.",
    "The adapter with MAC address {m} lost its link.",
];

const OTHER_SWEDISH: &[&str] = &[
    "Vi återkommer när {r} är klart.",
    "Det gäller {r} från förra veckan.",
    "Paketet installerades som {x} utan problem.",
    "Vid fara ring {n}.",
    "Mötet hölls den 12 mars och protokollet justerades.",
    "Budgeten för 2026 är 1 250 000 kr.",
    "Leveransen försenades på grund av snö.",
    "Se {x} i bilagan.",
];

const OTHER_ENGLISH: &[&str] = &[
    "We will come back once {r} is done.",
    "The build used {x} and passed.",
    "In an emergency call {n}.",
    "The meeting was moved to 14:30 on Thursday.",
    "Revenue grew by 12.5 % to 3,400,000 in 2025.",
    "Nothing else was found in the {x} output.",
];

/// Swedish prose.
pub(crate) fn swedish(n: &mut Numbers) -> Document {
    write(n, "brev.txt", ABOUT_SWEDISH, OTHER_SWEDISH)
}

/// English prose.
pub(crate) fn english(n: &mut Numbers) -> Document {
    write(n, "letter.txt", ABOUT_ENGLISH, OTHER_ENGLISH)
}

/// A document of both kinds of sentences.
pub(crate) fn write(n: &mut Numbers, name: &str, about: &[&str], other: &[&str]) -> Document {
    let mut prose = Document::new(name);
    for _ in 0..SENTENCES {
        let sentence = if n.chance(55) {
            n.pick(about)
        } else {
            n.pick(other)
        };
        say(&mut prose, n, sentence);
        prose.text(match n.below(8) {
            0 => "\n\n",
            1 | 2 => "\n",
            _ => " ",
        });
    }
    prose
}

fn say(prose: &mut Document, n: &mut Numbers, sentence: &str) {
    let mut pieces = sentence.split(['{', '}']);
    while let Some(text) = pieces.next() {
        prose.text(text);
        let Some(slot) = pieces.next() else { return };
        if let Some(text) = nobody(slot, n) {
            prose.text(&text);
            continue;
        }
        let value = value(slot, n);
        let alone = slot.bytes().all(|byte| byte.is_ascii_uppercase());
        if alone {
            prose.plain(&value);
        } else {
            prose.clear(&value);
        }
    }
}

/// What names nobody, if that is what the slot is for.
fn nobody(slot: &str, n: &mut Numbers) -> Option<String> {
    match slot {
        "r" => Some(reference(n)),
        "x" => Some(technical(n)),
        "n" => Some(service_number(n).to_owned()),
        "w" => Some(other_number(n)),
        "z" => Some(format!("{:06}", n.below(1_000_000))),
        "hex" => Some(hex(n, 40)),
        "mistyped" => Some(mistyped_giro(n)),
        "unbanked" => Some(unbanked_account(n)),
        "unchecked" => Some(mistyped(n, 9)),
        _ => None,
    }
}

fn value(slot: &str, n: &mut Numbers) -> Value {
    match slot {
        "p" | "P" => Value::personnummer(n),
        "s" | "S" => Value::samordningsnummer(n),
        "e" | "E" => Value::email(n),
        "t" | "T" => Value::phone(n),
        "m" | "M" => Value::mac(n),
        "b" => Value::bankgiro(n),
        "c" | "C" => Value::card(n),
        "k" | "K" => Value::iban(n),
        "plusgiro" => Value::plusgiro(n),
        "account" => Value::account(n),
        "name" => Value::name(n),
        "family" => Value::family_name(n),
        "address" => Value::address(n),
        "town" => Value::town(n),
        "term" => Value::term(n),
        "sensitive" => Value::english_term(n),
        "badge" => Value::badge(n),
        "contract" => Value::contract(n),
        "codename" => Value::codename(n),
        "token" => Value::token(n),
        "password" => Value::password(n),
        "bearer" => Value::bearer(n),
        "interim" => Value::interim(n),
        "school" => Value::school(n),
        "reserve" => Value::reserve(n),
        "organisation" => Value::organisation(n),
        "dashed" => Value::dashed_organisation(n),
        "i" | "I" => Value::ip(n),
        _ => unreachable!("no such slot: {slot}"),
    }
}
