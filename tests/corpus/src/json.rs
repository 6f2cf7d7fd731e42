//! JSON and NDJSON as services exchange them.

use crate::decoys::{hex, stamp, uuid};
use crate::document::Document;
use crate::numbers::Numbers;
use crate::values::Value;

const RECORDS: u64 = 60;

/// One document: an array of customers.
pub(crate) fn document(n: &mut Numbers) -> Document {
    let mut json = Document::new("kunder.json");
    json.text("{\"kunder\": [\n");
    for index in 0..RECORDS {
        json.text(if index > 0 { ",\n  " } else { "  " });
        customer(&mut json, n);
    }
    json.text("\n]}\n");
    json
}

/// One event a line.
pub(crate) fn lines(n: &mut Numbers) -> Document {
    let mut json = Document::new("events.ndjson");
    for _ in 0..RECORDS {
        event(&mut json, n);
        json.text("\n");
    }
    json
}

fn member(json: &mut Document, n: &mut Numbers, names: &[&str], value: &Value) {
    let name = n.pick(names);
    json.text(&format!(", \"{name}\": \""))
        .clear(value)
        .text("\"");
}

fn customer(json: &mut Document, n: &mut Numbers) {
    json.text(&format!("{{\"id\": \"{}\"", uuid(n)));
    let person = if n.chance(75) {
        (Value::personnummer(n), ["personnummer", "pnr", "ssn"])
    } else {
        (
            Value::samordningsnummer(n),
            ["samordningsnummer", "personnummer", "samnr"],
        )
    };
    member(json, n, &person.1, &person.0);
    let email = Value::email(n);
    member(json, n, &["email", "epost", "mejl"], &email);
    let phone = Value::phone(n);
    json.text(", \"kontakt\": {\"typ\": 1");
    member(json, n, &["telefon", "mobil", "phoneNumber"], &phone);
    json.text(&format!(
        "}}, \"skapad\": \"{}\", \"saldo\": {}.{:02}}}",
        stamp(n),
        n.below(9999),
        n.below(100)
    ));
}

fn event(json: &mut Document, n: &mut Numbers) {
    json.text(&format!(
        "{{\"ts\": \"{}\", \"trace\": \"{}\"",
        stamp(n),
        hex(n, 32)
    ));
    let value = Value::ip(n);
    member(
        json,
        n,
        &["ip", "client_ip", "remoteAddr", "ipAddress"],
        &value,
    );
    if n.chance(60) {
        let value = Value::email(n);
        member(json, n, &["user", "email", "to"], &value);
    }
    if n.chance(50) {
        let value = if n.chance(80) {
            Value::personnummer(n)
        } else {
            Value::samordningsnummer(n)
        };
        member(
            json,
            n,
            &["personnummer", "personalIdentityNumber", "pnr"],
            &value,
        );
    }
    if n.chance(40) {
        let value = Value::phone(n);
        member(json, n, &["msisdn", "tel", "phone"], &value);
    }
    json.text(&format!(
        ", \"ms\": {}, \"code\": {}}}",
        n.below(9000),
        n.pick(&["200", "404", "500"])
    ));
}
