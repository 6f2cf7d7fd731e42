//! CSV as registers and exports are: a header, a delimiter, quotes where needed.

use crate::decoys::{stamp, uuid};
use crate::document::Document;
use crate::numbers::Numbers;
use crate::values::Value;

const ROWS: u64 = 100;

/// What stands in a column.
#[derive(Clone, Copy)]
enum Column {
    Value(fn(&mut Numbers) -> Value),
    Text(fn(&mut Numbers) -> String),
}

type Named = (&'static [&'static str], Column);

const PEOPLE: [Named; 5] = [
    (
        &["personnummer", "pnr", "Personnr", "person_nummer", "ssn"],
        Column::Value(Value::personnummer),
    ),
    (
        &["samordningsnummer", "samordningsnr", "samnr"],
        Column::Value(Value::samordningsnummer),
    ),
    (
        &["e-post", "email", "Mejladress", "contact_email"],
        Column::Value(Value::email),
    ),
    (
        &["telefon", "mobilnr", "Phone", "tel"],
        Column::Value(Value::phone),
    ),
    (
        &["ip", "client_ip", "ip-adress", "ip_address"],
        Column::Value(Value::ip),
    ),
];

const OTHERS: [Named; 8] = [
    (
        &["id", "nr", "rad"],
        Column::Text(|n| n.between(1, 9_999_999).to_string()),
    ),
    (
        &["order", "ordernummer"],
        Column::Text(|n| format!("A{}", n.between(10_000, 9_999_999))),
    ),
    (&["skapad", "created_at", "datum"], Column::Text(stamp)),
    (
        &["belopp", "pris"],
        Column::Text(|n| format!("{}.{:02}", n.below(99_999), n.below(100))),
    ),
    (&["uuid", "nyckel"], Column::Text(uuid)),
    (
        &["status"],
        Column::Text(|n| n.pick(&["ny", "klar", "väntar"]).to_string()),
    ),
    (
        &["ort", "city"],
        Column::Text(|n| n.pick(&["Örebro", "Malmö", "Kiruna"]).to_string()),
    ),
    (
        &["version"],
        Column::Text(|n| format!("{}.{}.{}", n.below(9), n.below(20), n.below(90))),
    ),
];

/// A table.
pub(crate) fn document(n: &mut Numbers) -> Document {
    let mut table = Document::new("register.csv");
    let delimiter = n.pick(&[",", ";", "\t"]);
    let quoted = n.chance(30);
    let quote = if quoted { "\"" } else { "" };
    let mut columns: Vec<(&str, Column)> = Vec::new();
    for (names, column) in PEOPLE.iter().filter(|_| n.chance(60)).collect::<Vec<_>>() {
        columns.push((n.pick(names), *column));
    }
    for _ in 0..n.between(1, 4) {
        let (names, column) = &OTHERS[n.below(OTHERS.len() as u64) as usize];
        let place = n.below(columns.len() as u64 + 1) as usize;
        columns.insert(place, (n.pick(names), *column));
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    table.text(&names.join(delimiter)).text("\n");
    for _ in 0..ROWS {
        for (index, (_, column)) in columns.iter().enumerate() {
            table
                .text(if index > 0 { delimiter } else { "" })
                .text(quote);
            match column {
                Column::Value(make) if n.chance(95) => _ = table.clear(&make(n)),
                Column::Value(_) => {}
                Column::Text(make) => _ = table.text(&make(n)),
            }
            table.text(quote);
        }
        table.text("\n");
    }
    table
}
