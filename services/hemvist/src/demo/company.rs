//! A small made-up company: a customer database and a folder tree, all people from reserved series.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

/// How many customers the company has, the one of the story included.
const CUSTOMERS: usize = 40;
/// Which of them the story is about.
const PROTAGONIST: usize = 17;

const FIRST_NAMES: [&str; 10] = [
    "Alva", "Bo", "Cecilia", "David", "Elsa", "Folke", "Greta", "Hugo", "Ingrid", "Jonas",
];
const LAST_NAMES: [&str; 4] = ["Exempel", "Provsson", "Testberg", "Demolin"];

/// A person who does not exist: birth numbers 980 to 999 are Skatteverket's test series, the
/// phone numbers are reserved for fiction by PTS, the domain by RFC 2606.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: usize,
    pub(crate) name: String,
    /// Ten digits with a dash.
    pub(crate) personnummer: String,
    pub(crate) email: String,
    pub(crate) phone: String,
}

impl Person {
    fn new(id: usize) -> Self {
        let first = FIRST_NAMES[id % FIRST_NAMES.len()];
        let last = LAST_NAMES[id / FIRST_NAMES.len() % LAST_NAMES.len()];
        let digits = format!(
            "{:02}{:02}{:02}{}",
            50 + id,
            1 + id % 12,
            1 + id % 28,
            980 + id % 20
        );
        let personnummer = format!("{}-{}{}", &digits[..6], &digits[6..], check_digit(&digits));
        Self {
            id,
            name: format!("{first} {last}"),
            personnummer,
            email: format!(
                "{}.{}{id}@example.org",
                first.to_lowercase(),
                last.to_lowercase()
            ),
            phone: format!("070-174 06 {:02}", 5 + id),
        }
    }

    /// Every spelling under which this person stands somewhere in the company.
    pub(crate) fn spellings(&self) -> Vec<String> {
        let short = self.personnummer.replace('-', "");
        let phone = self.phone.replace(['-', ' '], "");
        let abroad = format!("+46{}", phone.trim_start_matches('0'));
        vec![
            self.personnummer.clone(),
            short,
            self.email.clone(),
            self.phone.clone(),
            phone,
            abroad,
        ]
    }
}

/// Weights 2,1,2,…; the sum of the products' digits and the check digit end in 0 (Skatteverket).
fn check_digit(nine: &str) -> u32 {
    let sum: u32 = nine
        .bytes()
        .enumerate()
        .map(|(index, digit)| u32::from(digit - b'0') * if index % 2 == 0 { 2 } else { 1 })
        .map(|product| product / 10 + product % 10)
        .sum();
    (10 - sum % 10) % 10
}

/// The company on disk.
pub(crate) struct Company {
    pub(crate) database: PathBuf,
    pub(crate) folder: PathBuf,
    pub(crate) people: Vec<Person>,
}

impl Company {
    /// Makes the company below `root`.
    pub(crate) async fn make(root: &Path) -> Result<Self> {
        let people: Vec<Person> = (0..CUSTOMERS).map(Person::new).collect();
        let company = Self {
            database: root.join("crm.db"),
            folder: root.join("files"),
            people,
        };
        company
            .make_database()
            .await
            .context("cannot make the demo's customer database")?;
        company
            .make_files()
            .context("cannot make the demo's files")?;
        Ok(company)
    }

    /// The person whom the story is about.
    pub(crate) fn protagonist(&self) -> &Person {
        &self.people[PROTAGONIST]
    }

    async fn make_database(&self) -> Result<()> {
        let options = SqliteConnectOptions::new()
            .filename(&self.database)
            .create_if_missing(true);
        let pool = SqlitePool::connect_with(options).await?;
        sqlx::raw_sql(SCHEMA).execute(&pool).await?;
        for person in &self.people {
            sqlx::query("INSERT INTO customers VALUES ($1, $2, $3, $4, $5)")
                .bind(person.id as i64)
                .bind(&person.personnummer)
                .bind(&person.name)
                .bind(&person.email)
                .bind(&person.phone)
                .execute(&pool)
                .await?;
            for number in 0..2 + person.id % 3 {
                let order = (person.id * 10 + number) as i64;
                let details = format!(
                    r#"{{"basket": [{order}, 2], "receipt_to": "{}"}}"#,
                    person.email
                );
                sqlx::query("INSERT INTO orders VALUES ($1, $2, $3, $4)")
                    .bind(order)
                    .bind(person.id as i64)
                    .bind(details)
                    .bind(format!("Ring {} vid leverans", person.phone))
                    .execute(&pool)
                    .await?;
            }
        }
        pool.close().await;
        Ok(())
    }

    fn make_files(&self) -> Result<()> {
        for directory in ["exports", "logs", "tickets/sv", "tickets/en"] {
            fs::create_dir_all(self.folder.join(directory))?;
        }
        self.make_exports()?;
        self.make_logs()?;
        self.make_tickets()
    }

    fn make_exports(&self) -> Result<()> {
        let mut customers = String::from("kund;personnummer;namn;e-post\r\n");
        let mut events = String::new();
        for person in &self.people {
            customers += &format!(
                "{};{};\"{}\";{}\r\n",
                person.id, person.personnummer, person.name, person.email
            );
            let digits = person.personnummer.replace('-', "");
            events += &format!(
                "{{\"event\": \"login\", \"user\": {{\"pnr\": \"{digits}\", \"id\": {}}}}}\n",
                person.id
            );
        }
        fs::write(self.folder.join("exports/kunder.csv"), customers)?;
        Ok(fs::write(
            self.folder.join("exports/events.ndjson"),
            events,
        )?)
    }

    fn make_logs(&self) -> Result<()> {
        let mut plain = String::new();
        for (minute, person) in self.people.iter().cycle().take(200).enumerate() {
            let (hour, minute) = (minute / 60, minute % 60);
            let address = person.id + 1;
            plain += &format!(
                "2026-03-01T{hour:02}:{minute:02}:00Z INFO 192.0.2.{address} GET /konto?user={} 200\n",
                person.email
            );
            plain += &format!(
                "2026-03-01T{hour:02}:{minute:02}:01Z DEBUG cache warm, 1.4.2, id=20260301{hour:02}{minute:02}\n"
            );
        }
        fs::write(self.folder.join("logs/web.log"), &plain)?;
        let mut gzip = GzEncoder::new(
            fs::File::create(self.folder.join("logs/web.log.1.gz"))?,
            Compression::default(),
        );
        gzip.write_all(plain.as_bytes())?;
        gzip.finish()?;
        Ok(())
    }

    fn make_tickets(&self) -> Result<()> {
        for person in self.people.iter().step_by(4).chain([self.protagonist()]) {
            let abroad = format!(
                "+46{}",
                person.phone.replace(['-', ' '], "").trim_start_matches('0')
            );
            let swedish = format!(
                "Ärende {}\n\nHej! Jag heter {} och mitt personnummer är {}.\nNå mig på {}.\n\nMed vänlig hälsning\n",
                person.id, person.name, person.personnummer, person.phone
            );
            let english = format!(
                "Ticket {}\n\nPlease call the customer back at {abroad} or write to {}.\n",
                person.id, person.email
            );
            fs::write(
                self.folder.join(format!("tickets/sv/{}.txt", person.id)),
                swedish,
            )?;
            fs::write(
                self.folder.join(format!("tickets/en/{}.txt", person.id)),
                english,
            )?;
        }
        Ok(())
    }
}

const SCHEMA: &str = "
CREATE TABLE customers (
    id INTEGER PRIMARY KEY, personnummer TEXT NOT NULL, name TEXT NOT NULL, email TEXT, phone TEXT
);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, details TEXT NOT NULL, comment TEXT
);
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_in_the_company_can_be_a_real_person() {
        for person in (0..CUSTOMERS).map(Person::new) {
            let birth_number: u32 = person.personnummer[7..10].parse().expect("digits");
            assert!((980..=999).contains(&birth_number));
            let last_two: u32 = person.phone[person.phone.len() - 2..]
                .parse()
                .expect("digits");
            assert!(person.phone.starts_with("070-174 06 ") && (5..=99).contains(&last_two));
            assert!(person.email.ends_with("@example.org"));
        }
        assert_eq!(
            check_digit("811228987"),
            4,
            "Skatteverket's example 811228-9874"
        );
    }
}
