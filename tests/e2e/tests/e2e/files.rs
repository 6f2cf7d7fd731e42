//! The objects of a made-up company, and where each person stands in them.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::people::Person;
use crate::places::{Mention, Place, Places};

/// How an object's text became bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Latin1,
    /// Little-endian, with its byte order mark.
    Utf16,
    Gzip,
}

/// An object, and who stands where in it.
pub(crate) struct File {
    pub(crate) key: String,
    text: String,
    encoding: Encoding,
    mentions: Vec<Mention>,
}

/// All objects by key.
pub(crate) type Objects = BTreeMap<String, Vec<u8>>;

/// Every object of the company. `newlines`: whether a key may hold one.
pub(crate) fn files(people: &[Person], newlines: bool) -> Vec<File> {
    let mut files = vec![
        customers(people),
        latin1(people),
        utf16(people),
        events(people),
        profiles(people),
    ];
    files.push(log("logs/webb.log", Encoding::Utf8, people));
    files.push(log("logs/webb.log.1.gz", Encoding::Gzip, people));
    files.extend(personal(people, newlines));
    let prose = "Öppettider: 08-17, rum 19.\nVersion 1.2.3, faktura 20260301.\n";
    files.push(File::new(
        "readme/läs mig.txt",
        prose.to_owned(),
        Encoding::Utf8,
        Vec::new(),
    ));
    files
}

impl File {
    fn new(key: &str, text: String, encoding: Encoding, mentions: Vec<Mention>) -> File {
        File {
            key: key.to_owned(),
            text,
            encoding,
            mentions,
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self.encoding {
            Encoding::Utf8 => self.text.clone().into_bytes(),
            Encoding::Latin1 => self
                .text
                .chars()
                .map(|character| u8::try_from(character).expect("a Latin-1 letter"))
                .collect(),
            Encoding::Utf16 => {
                let units = std::iter::once(0xfeff).chain(self.text.encode_utf16());
                units.flat_map(u16::to_le_bytes).collect()
            }
            Encoding::Gzip => gzip(self.text.as_bytes()),
        }
    }

    pub(crate) fn places(&self, source: &str, collection: &str, places: &mut Places) {
        for (person, field, info_type) in &self.mentions {
            places.entry(*person).or_default().insert(Place {
                source: source.to_owned(),
                collection: collection.to_owned(),
                record: self.key.clone(),
                field: field.clone(),
                info_type: (*info_type).to_owned(),
            });
        }
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).expect("memory");
    packed.finish().expect("memory")
}

/// An object's text again. Loses nothing: equal texts were equal bytes, but for how gzip packed them.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut text = String::new();
        MultiGzDecoder::new(bytes)
            .read_to_string(&mut text)
            .expect("a whole gzip object");
        return text;
    }
    if bytes.starts_with(&[0xff, 0xfe]) {
        let units: Vec<u16> = bytes
            .chunks(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        return String::from_utf16(&units).expect("UTF-16");
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

fn mention(person: &Person, field: &str, info_type: &'static str) -> Mention {
    (person.number, field.to_owned(), info_type)
}

fn anchor(person: &Person, field: &str) -> Mention {
    mention(person, field, person.anchor_type)
}

/// Quoted cells, semicolons, CRLF.
fn customers(people: &[Person]) -> File {
    let (mut text, mut mentions) = ("kund;personnummer;namn;e-post\r\n".to_owned(), Vec::new());
    for person in people {
        let (number, written, name) = (
            person.number,
            person.written(person.number + 2),
            &person.name,
        );
        text += &format!(
            "{number};{written};\"{name}; \"\"kund\"\"\";{}\r\n",
            person.email
        );
        mentions.extend([
            anchor(person, "personnummer"),
            mention(person, "e-post", "EMAIL_ADDRESS"),
        ]);
    }
    File::new("export/kunder.csv", text, Encoding::Utf8, mentions)
}

fn latin1(people: &[Person]) -> File {
    let (mut text, mut mentions) = ("namn,personnummer,ort\n".to_owned(), Vec::new());
    for person in people.iter().filter(|person| person.number % 3 == 2) {
        text += &format!("{},{},Åmål\n", person.name, person.short());
        mentions.push(anchor(person, "personnummer"));
    }
    File::new("export/gammal å.csv", text, Encoding::Latin1, mentions)
}

fn utf16(people: &[Person]) -> File {
    let (mut text, mut mentions) = ("Protokoll från mötet\r\n".to_owned(), Vec::new());
    for person in people
        .iter()
        .filter(|person| person.number.is_multiple_of(4))
    {
        text += &format!(
            "Närvarande: {}, personnummer {}.\r\n",
            person.name,
            person.long()
        );
        mentions.push(anchor(person, "body"));
    }
    File::new("protokoll.txt", text, Encoding::Utf16, mentions)
}

fn events(people: &[Person]) -> File {
    let (mut text, mut mentions) = (String::new(), Vec::new());
    for person in people {
        text += &format!(
            "{{\"event\": \"login\", \"user\": {{\"pnr\": \"{}\", \"ok\": true}}}}\n",
            person.anchor
        );
        mentions.push(anchor(person, "user.pnr"));
    }
    File::new("events.ndjson", text, Encoding::Utf8, mentions)
}

/// One JSON document about many people.
fn profiles(people: &[Person]) -> File {
    let mut mentions = Vec::new();
    let entries = people
        .iter()
        .filter(|person| person.number.is_multiple_of(2))
        .map(|person| {
            mentions.push(mention(person, "profiles[].mail", "EMAIL_ADDRESS"));
            format!(
                "  {{\"mail\": \"{}\", \"score\": 1.50, \"tags\": [\"a\", \"å\"]}}",
                person.email
            )
        });
    let entries: Vec<String> = entries.collect();
    let text = format!("{{\"profiles\": [\n{}\n]}}\n", entries.join(",\n"));
    File::new("profiles.json", text, Encoding::Utf8, mentions)
}

/// Everybody on lines of their own, between lines of nobody; every tenth line is about two.
fn log(key: &str, encoding: Encoding, people: &[Person]) -> File {
    let (mut text, mut mentions) = (String::new(), Vec::new());
    for person in people {
        let time = format!(
            "2026-03-01T{:02}:{:02}:00Z",
            person.number / 60,
            person.number % 60
        );
        text += &format!(
            "{time} INFO {} GET /konto?user={} 200\n",
            person.ip, person.email
        );
        text += &format!("{time} DEBUG cache warm, 1.4.2, 17 entries\n");
        mentions.push(mention(person, "body", "EMAIL_ADDRESS"));
        if let Some(other) = people
            .get(person.number + 1)
            .filter(|_| person.number % 10 == 4)
        {
            text += &format!(
                "{time} WARN {} and {} share a session\n",
                person.email, other.email
            );
        }
    }
    File::new(key, text, encoding, mentions)
}

/// A letter that is about one person only.
pub(crate) fn letter(person: &Person) -> File {
    let (number, long) = (person.number, person.long());
    let text = format!(
        "Hej!\n\nMitt personnummer är {long}.\nSkriv till {}.\n",
        person.email
    );
    let mentions = vec![
        anchor(person, "body"),
        mention(person, "body", "EMAIL_ADDRESS"),
    ];
    File::new(
        &format!("brev/{number}.txt"),
        text,
        Encoding::Utf8,
        mentions,
    )
}

/// Objects about one person each, under keys that break careless handling; some keys name the person. No `//`: neither
/// a file system nor SeaweedFS can tell it from `/`.
fn personal(people: &[Person], newlines: bool) -> Vec<File> {
    let mut files = Vec::new();
    for person in people {
        let number = person.number;
        let text = format!(
            "Ärende {number}\n\nMitt personnummer är {}.\nHälsningar\n",
            person.written(number)
        );
        let key = match number % 40 {
            1 => format!("ärenden/å ä ö/{number}.txt"),
            11 => format!("ärenden/{number}.txt"),
            21 => format!("ärenden/\"citat\" & 'mer'/{number}%2F.txt"),
            31 => format!("ärenden/ mellan rum /{number} .txt"),
            35 if newlines => format!("ärenden/ny\nrad/{number}.txt"),
            9 => format!("inskannat/{}.txt", person.long()),
            29 => format!("post/{}/inkorg.txt", person.email),
            _ => continue,
        };
        let mut mentions = vec![anchor(person, "body")];
        match number % 40 {
            9 => mentions.push(anchor(person, "#key")),
            29 => mentions.push(mention(person, "#key", "EMAIL_ADDRESS")),
            _ => {}
        }
        files.push(File::new(&key, text, Encoding::Utf8, mentions));
    }
    files
}
