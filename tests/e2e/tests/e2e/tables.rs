//! The tables of a made-up company, and where each person stands in them.

use crate::people::Person;
use crate::places::{Mention, Place, Places, UNKEYED};

/// Which database a table is made for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    Postgres,
    Mariadb,
    Sqlite,
}

/// A table with its rows.
pub(crate) struct Table {
    /// As SQL.
    pub(crate) name: String,
    pub(crate) collection: String,
    /// As SQL; the first is the primary key, where there is one.
    pub(crate) columns: Vec<String>,
    types: Vec<&'static str>,
    pub(crate) keyed: bool,
    rows: Vec<(Vec<Option<String>>, Vec<Mention>)>,
}

/// Every table, in the order in which they can be made.
pub(crate) fn tables(flavour: Flavour, people: &[Person]) -> Vec<Table> {
    vec![
        customers(flavour, people),
        orders(flavour, people),
        notes(flavour, people),
        badges(flavour, people),
        logins(flavour, people),
        archive(flavour, people),
    ]
}

fn anchor(person: &Person, field: &str) -> Mention {
    (person.number, field.to_owned(), person.anchor_type)
}

fn email(person: &Person, field: &str) -> Mention {
    (person.number, field.to_owned(), "EMAIL_ADDRESS")
}

fn phone(person: &Person, field: &str) -> Option<Mention> {
    person
        .own_phone()
        .map(|_| (person.number, field.to_owned(), "PHONE_NUMBER"))
}

/// The declared identity source.
fn customers(flavour: Flavour, people: &[Person]) -> Table {
    let rows = people.iter().map(|person| {
        let cells = vec![
            Some(person.number.to_string()),
            Some(person.written(person.number)),
            Some(person.name.clone()),
            Some(person.email.clone()),
            person.phone(),
        ];
        let mentions = [
            Some(anchor(person, "personnummer")),
            Some(email(person, "email")),
            phone(person, "phone"),
        ];
        (cells, mentions.into_iter().flatten().collect())
    });
    let types = vec![
        "INT NOT NULL PRIMARY KEY",
        "VARCHAR(40) NOT NULL",
        "VARCHAR(80)",
        "VARCHAR(80)",
        "VARCHAR(40)",
    ];
    let columns = ["id", "personnummer", "name", "email", "phone"];
    Table::new(flavour, "customers", &columns, types, rows.collect())
}

/// Belong to customers by a foreign key, and hold JSON.
fn orders(flavour: Flavour, people: &[Person]) -> Table {
    let rows = people
        .iter()
        .flat_map(|person| (0..1 + person.number % 2).map(move |one| (person, one)));
    let rows = rows.map(|(person, one)| {
        let details = format!(
            r#"{{"basket": [{one}, 7], "contact": {{"mail": "{}"}}}}"#,
            person.email
        );
        let cells = [
            (person.number * 10 + one).to_string(),
            person.number.to_string(),
            person.email.clone(),
            details,
        ];
        let mentions = vec![
            email(person, "receipt_to"),
            email(person, "details.contact.mail"),
        ];
        (cells.map(Some).to_vec(), mentions)
    });
    let json = match flavour {
        Flavour::Postgres => "JSONB",
        Flavour::Mariadb => "JSON",
        Flavour::Sqlite => "TEXT",
    };
    let customer = "INT NOT NULL REFERENCES customers (id)";
    let types = vec!["INT NOT NULL PRIMARY KEY", customer, "VARCHAR(80)", json];
    Table::new(
        flavour,
        "orders",
        &["id", "customer", "receipt_to", "details"],
        types,
        rows.collect(),
    )
}

/// Free text; every fourth speaks of two people, some of nobody.
fn notes(flavour: Flavour, people: &[Person]) -> Table {
    let mut rows = Vec::new();
    for person in people {
        let reach = person.own_phone().unwrap_or_else(|| person.email.clone());
        let mut body = format!(
            "Ring {reach} om ärendet. Personnummer {} är kontrollerat.",
            person.long()
        );
        let mut mentions = vec![anchor(person, "body")];
        mentions.push(phone(person, "body").unwrap_or_else(|| email(person, "body")));
        if let Some(other) = people
            .get(person.number + 1)
            .filter(|_| person.number.is_multiple_of(4))
        {
            body += &format!(" Se även {}, som bor på samma adress.", other.email);
            mentions.push(email(other, "body"));
        }
        rows.push((
            vec![Some(person.number.to_string()), Some(body), None],
            mentions,
        ));
    }
    for number in 0..20 {
        let body = format!("Fakturan är betald, version 1.{number}. Det är bra så.");
        rows.push((
            vec![
                Some((1000 + number).to_string()),
                Some(body),
                Some("å 'ö' \"ä\"".to_owned()),
            ],
            Vec::new(),
        ));
    }
    let types = vec!["INT NOT NULL PRIMARY KEY", "TEXT NOT NULL", "VARCHAR(80)"];
    Table::new(flavour, "notes", &["id", "body", "remark"], types, rows)
}

/// Keys that break careless quoting.
fn badges(flavour: Flavour, people: &[Person]) -> Table {
    let rows = people
        .iter()
        .filter(|person| person.number % 8 == 1)
        .map(|person| {
            let code = format!("a'b\"c;{} å", person.number);
            (
                vec![Some(code), Some(person.email.to_uppercase())],
                vec![email(person, "owner")],
            )
        });
    let types = vec!["VARCHAR(60) NOT NULL PRIMARY KEY", "VARCHAR(80) NOT NULL"];
    Table::new(flavour, "badges", &["code", "owner"], types, rows.collect())
}

/// Has no key.
fn logins(flavour: Flavour, people: &[Person]) -> Table {
    let rows = people
        .iter()
        .filter(|person| person.number.is_multiple_of(5))
        .map(|person| {
            let cells = vec![
                Some(person.written(person.number / 5)),
                Some("inloggad".to_owned()),
            ];
            (cells, vec![anchor(person, "personnummer")])
        });
    let rows = rows.collect();
    Table::new(
        flavour,
        "logins",
        &["personnummer", "event"],
        vec!["VARCHAR(40)", "VARCHAR(40)"],
        rows,
    )
}

/// A name, and columns, that must be quoted; in PostgreSQL in another schema than the default.
fn archive(flavour: Flavour, people: &[Person]) -> Table {
    let rows = people
        .iter()
        .filter(|person| person.number.is_multiple_of(3))
        .map(|person| {
            let cells = [
                person.number.to_string(),
                person.written(person.number + 1),
                person.email.clone(),
            ];
            (
                cells.map(Some).to_vec(),
                vec![anchor(person, "pers nr"), email(person, "e-post")],
            )
        });
    let types = vec!["INT NOT NULL PRIMARY KEY", "VARCHAR(40)", "VARCHAR(80)"];
    Table::new(
        flavour,
        "kunder 2019 å",
        &["nr", "pers nr", "e-post"],
        types,
        rows.collect(),
    )
}

impl Table {
    fn new(
        flavour: Flavour,
        name: &str,
        columns: &[&str],
        types: Vec<&'static str>,
        rows: Vec<(Vec<Option<String>>, Vec<Mention>)>,
    ) -> Table {
        let quote = |name: &str| match flavour {
            Flavour::Mariadb => format!("`{name}`"),
            _ => format!("\"{name}\""),
        };
        let (schema, shown) = match (flavour, name.contains(' ')) {
            (Flavour::Postgres, true) => ("arkiv.", format!("arkiv.\"{name}\"")),
            (Flavour::Postgres, false) => ("public.", format!("public.{name}")),
            (_, true) => ("", format!("\"{name}\"")),
            (_, false) => ("", name.to_owned()),
        };
        let keyed = types
            .first()
            .is_some_and(|first| first.contains("PRIMARY KEY"));
        let columns = columns.iter().map(|column| quote(column)).collect();
        Table {
            name: format!("{schema}{}", quote(name)),
            collection: shown,
            columns,
            types,
            keyed,
            rows,
        }
    }

    /// What makes the table and fills it.
    pub(crate) fn script(&self) -> String {
        let columns = self.columns.iter().zip(&self.types);
        let columns: Vec<String> = columns
            .map(|(name, kind)| format!("{name} {kind}"))
            .collect();
        let literal = |cell: &Option<String>| match cell {
            Some(text) => format!("'{}'", text.replace('\'', "''")),
            None => "NULL".to_owned(),
        };
        let row = |cells: &[Option<String>]| {
            let cells: Vec<String> = cells.iter().map(literal).collect();
            format!("({})", cells.join(", "))
        };
        let rows: Vec<String> = self.rows.iter().map(|(cells, _)| row(cells)).collect();
        let (name, columns, rows) = (&self.name, columns.join(", "), rows.join(",\n"));
        format!("CREATE TABLE {name} ({columns});\nINSERT INTO {name} VALUES\n{rows};\n")
    }

    /// Where everybody stands, if `source` is what the store is registered as.
    pub(crate) fn places(&self, source: &str, places: &mut Places) {
        for (cells, mentions) in &self.rows {
            let key = cells[0].clone().filter(|_| self.keyed);
            let record = key.unwrap_or_else(|| UNKEYED.to_owned());
            for (person, field, info_type) in mentions {
                places.entry(*person).or_default().insert(Place {
                    source: source.to_owned(),
                    collection: self.collection.clone(),
                    record: record.clone(),
                    field: field.clone(),
                    info_type: (*info_type).to_owned(),
                });
            }
        }
    }

    /// How many rows it was filled with.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}
