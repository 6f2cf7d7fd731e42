//! Case files, registers and configuration: names, addresses, accounts, secrets, badges, and words
//! of articles 9 and 10, each among what only looks like it.

use crate::decoys::{hex, other_number, stamp, uuid};
use crate::document::Document;
use crate::numbers::Numbers;
use crate::prose;
use crate::values::Value;

const ROWS: u64 = 60;
const LINES: u64 = 60;

const ABOUT_SWEDISH: &[&str] = &[
    "Handläggare är {name} sedan i mars.",
    "Enligt {name} är allt betalt.",
    "Kontaktperson: {name}, telefon {t}.",
    "Vi har talat med {name} och väntar på svar.",
    "Vi fick {name}s nya adress i går.",
    "Namn: {name}\n",
    "Hälsningar\n{name}\n",
    "Hon bor på {address} sedan i höstas.",
    "Skicka paketet till {address}.",
    "Adress: {address}\n",
    "Postadress: {town}\n",
    "Inneboende c/o {family}, {address}.",
    "Betala in på plusgiro {plusgiro} senast fredag.",
    "Plusgiro: {plusgiro}.",
    "Återbetala till konto {account} i stället.",
    "Kontonummer: {account}\n",
    "Clearing och konto: {account}.",
    "{name} är {term} sedan i våras.",
    "Personnummer {p}: {term} enligt intyg.",
    "I akten står {term} om {name}.",
    "Frågan om {term} besvaras av {e} i morgon.",
    "Besökaren fick passerkort {badge} i receptionen.",
    "Enligt avtal {contract} gäller en månads uppsägning.",
    "Underlaget rör {codename} och lämnas inte ut.",
    "Ditt lösenord: {password}\n",
];

const ABOUT_ENGLISH: &[&str] = &[
    "The case is handled by {name} since March.",
    "According to {name} everything is paid.",
    "Contact person: {name}, phone {t}.",
    "Customer name: {name}\n",
    "We spoke to {name} and wait for an answer.",
    "She lives at {address} since autumn.",
    "Postal address: {address}\n",
    "Pay into plusgiro {plusgiro} by Friday.",
    "Send it to bank account {account} instead.",
    "{name} is {sensitive} according to the file.",
    "The note about personnummer {p} says {sensitive} and more.",
    "We wrote {sensitive} in the file of {e} last week.",
    "The visitor got badge {badge} at the desk.",
    "Under contract {contract} notice is one month.",
    "All about {codename} stays inside.",
    "The password: {password}\n",
    "Use the header Authorization: Bearer {bearer}\n",
    "The token {token} was posted in the chat.",
];

const OTHER_SWEDISH: &[&str] = &[
    "Stockholms Stad och Region Skåne har svarat.",
    "Erik Lindqvist AB levererade i tid.",
    "Gustav Adolfs Torg stängdes av.",
    "Sveriges Radio sände från Göteborg.",
    "Möte med Karolinska Institutet och Chalmers Tekniska Högskola.",
    "Vi läste Gösta Berlings saga.",
    "Se sida 12 och kapitel 4 i handboken.",
    "Box 12 visar hur det går till.",
    "Planen 2024 gäller även för Malmö.",
    "Utvärderingen 2023 är klar.",
    "Rum 204, plan 3, våning 2.",
    "Vi sålde 123 45 Stycken.",
    "Bokförs på konto 6110 med 12 500 kr.",
    "Order {w} skickades i går.",
    "Artikel B-{z} är slut.",
    "Avtalet kräver en månads uppsägning.",
    "Fackföreningen höll sitt årsmöte.",
    "Depressionen på 1930-talet drabbade många.",
    "Regler om belastningsregistret finns i lagen.",
    "Ett starkt lösenord är långt.",
    "Skriv lösenord: <ditt lösenord> på raden.",
    "Kortet med nummer {z} gäller i butiken.",
    "Bankgiro {mistyped} finns inte.",
    "Boka på konto {unbanked} tills vidare.",
    "Avtal {unchecked} finns inte.",
];

const OTHER_ENGLISH: &[&str] = &[
    "The City of Stockholm and the United Nations have answered.",
    "Lindqvist Holding AB delivered on time.",
    "Project Gutenberg has the book.",
    "Max Planck Institute and Karolinska Institute took part.",
    "See page 12 and Chapter 4 of the User Guide.",
    "Baker Street 221 is in London.",
    "Figure 123 45 Results",
    "The plan of 2024 holds for Malmo.",
    "Order {w} was sent yesterday.",
    "Article B-{z} is out of stock.",
    "Cancer research is supported by the company.",
    "The trade union held its meeting.",
    "A strong password is long.",
    "Set password: changeme and change it at once.",
    "The commit {hex} fixed it.",
    "password: required, access_token: AccessTokenProvider",
    "Bankgiro {mistyped} does not exist.",
    "Book it to account number {unbanked} for now.",
];

/// Letters and notes of cases.
pub(crate) fn swedish(n: &mut Numbers) -> Document {
    prose::write(n, "akt.txt", ABOUT_SWEDISH, OTHER_SWEDISH)
}

/// The same in English.
pub(crate) fn english(n: &mut Numbers) -> Document {
    prose::write(n, "case.txt", ABOUT_ENGLISH, OTHER_ENGLISH)
}

/// How a value of a column is made.
type Make = fn(&mut Numbers) -> Value;
/// A column: names that it may have, and what is in it.
type Column = (&'static [&'static str], Make);

const COLUMNS: [Column; 10] = [
    (&["namn", "Namn", "full_name", "kundnamn"], Value::name),
    (&["förnamn", "fornamn", "first_name"], Value::given_name),
    (&["efternamn", "last_name", "surname"], Value::family_name),
    (&["adress", "gatuadress", "street_address"], Value::street),
    (&["postnummer", "postnr", "zip_code"], Value::postnummer),
    (&["postadress"], Value::town),
    (&["plusgiro", "pg_nr"], Value::plusgiro),
    (
        &["kontonummer", "bankkonto", "account_number"],
        Value::account,
    ),
    (&["lösenord", "password", "api_key"], Value::password_field),
    (&["badge_id", "passerkort"], Value::badge),
];

/// A register: somebody in each row, a remark of articles 9 and 10 in some.
pub(crate) fn register(n: &mut Numbers) -> Document {
    let mut table = Document::new("akter.csv");
    let columns: Vec<(&str, Make)> = COLUMNS
        .iter()
        .filter(|_| n.chance(50))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|(names, make)| (n.pick(names), *make))
        .collect();
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    table.text(&format!(
        "id;e-post;{};ordernr;anmärkning;skapad\n",
        names.join(";")
    ));
    for row in 0..ROWS {
        table.text(&format!("{row};")).clear(&Value::email(n));
        for (_, make) in &columns {
            // A comma or a blank is no reason to quote where a semicolon parts the columns.
            table.text(";").clear(&make(n));
        }
        table.text(&format!(";{};", other_number(n)));
        match n.below(4) {
            0 => _ = table.clear(&Value::term(n)),
            1 => _ = table.text(n.pick(&["betalt", "återkommer", "ny kund", "Storkund"])),
            _ => {}
        }
        table.text(&format!(";{}\n", stamp(n)));
    }
    table
}

/// Settings and logs of programs, with secrets that should not be there.
pub(crate) fn configuration(n: &mut Numbers) -> Document {
    let mut text = Document::new("settings.txt");
    for _ in 0..LINES {
        if n.chance(50) {
            secret_line(&mut text, n);
        } else {
            plain_line(&mut text, n);
        }
        text.text("\n");
    }
    text
}

fn secret_line(text: &mut Document, n: &mut Numbers) {
    let (before, value, after) = match n.below(13) {
        0 => ("DB_PASSWORD=", Value::password(n), ""),
        1 => ("  password: \"", Value::password(n), "\""),
        2 => ("{\"password\": \"", Value::password(n), "\", \"ok\": true}"),
        3 => ("api_key = ", Value::api_key(n), ""),
        4 => ("X-Api-Key: ", Value::api_key(n), ""),
        5 => (
            "DATABASE_URL=postgres://",
            Value::url_credentials(n),
            "@db.example.com/app",
        ),
        6 => ("Authorization: Bearer ", Value::bearer(n), ""),
        7 => ("TOKEN=", Value::token(n), ""),
        8 => (
            "curl -H \"Authorization: Bearer ",
            Value::token(n),
            "\" https://api.example.com/",
        ),
        9 => ("Cookie: JSESSIONID=", Value::session(n), "; theme=dark"),
        10 => ("Cookie: lang=sv; PHPSESSID=", Value::session(n), ""),
        11 => ("Set-Cookie: ", Value::cookie(n), "; Path=/; HttpOnly"),
        _ => ("sessionid=", Value::session(n), " user logged in"),
    };
    text.text(before).clear(&value).text(after);
}

fn plain_line(text: &mut Document, n: &mut Numbers) {
    let line = match n.below(12) {
        0 => "DB_PASSWORD=${DB_PASSWORD}".to_owned(),
        1 => "password: changeme".to_owned(),
        2 => "password_min_length = 12".to_owned(),
        3 => format!("commit {}", hex(n, 40)),
        4 => format!("etag: \"{}\"", hex(n, 32)),
        5 => format!("request_id={}", uuid(n)),
        6 => "api_key=YOUR_API_KEY_HERE".to_owned(),
        7 => "token: String, secret: Option<String>".to_owned(),
        8 => "Authorization: Bearer <token>".to_owned(),
        9 => "https://user:password@www.example.com/".to_owned(),
        10 => format!("Set-Cookie: theme=dark; Max-Age={}", n.below(9999)),
        _ => format!("order={} ok", other_number(n)),
    };
    text.text(&line);
}
