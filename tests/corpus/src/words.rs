//! Values that are words to plant: names, addresses, words of articles 9 and 10 of the GDPR.
//!
//! The lists are the corpus' own: the most common names, streets and towns of Sweden, and now and
//! then ([`RARE_PERCENT`]) one that no list of common ones has. None is taken from a detector.

use hemvist_model::InfoType;

use crate::numbers::Numbers;
use crate::values::Value;

const GIVEN: &str = "\
    Maria, Anna, Margareta, Elisabeth, Eva, Birgitta, Kristina, Karin, Elin, Marie, Ingrid, \
    Linnéa, Emma, Sofia, Kerstin, Marianne, Lena, Sara, Helena, Inger, Johanna, Katarina, \
    Annika, Ulla, Susanne, Malin, Julia, Hanna, Ida, Jenny, Siv, Klara, Astrid, Wilma, Ebba, \
    Anna-Karin, Britt-Marie, Fatima, Erik, Lars, Karl, Anders, Johan, Per, Nils, Mikael, \
    Jan, Hans, Lennart, Peter, Gunnar, Sven, Fredrik, Bengt, Bo, Daniel, Gustav, Göran, Åke, \
    Magnus, Martin, Andreas, Stefan, John, Leif, Thomas, Mohamed, Björn, Henrik, Ulf, Oskar, \
    Viktor, Emil, Jan-Erik, Lars-Göran, Ahmed";
const RARE_GIVEN: &str = "Zahra, Agnieszka, Yusuf, Piotr, Dragan, Ylwa, Tindra, Khadija, Sölve";
const FAMILY: &str = "\
    Andersson, Johansson, Karlsson, Nilsson, Eriksson, Larsson, Olsson, Persson, Svensson, \
    Gustafsson, Pettersson, Jonsson, Jansson, Hansson, Bengtsson, Jönsson, Lindberg, \
    Jakobsson, Magnusson, Lindström, Olofsson, Lindqvist, Lindgren, Berg, Axelsson, \
    Bergström, Lundberg, Lind, Lundgren, Lundqvist, Mattsson, Berglund, Fredriksson, \
    Sandberg, Henriksson, Mohamed, Forsberg, Sjöberg, Wallin, Engström, Eklund, Danielsson, \
    Lundin, Håkansson, Björk, Bergman, Gunnarsson, Wikström, Holm, Samuelsson, Isaksson, \
    Fransson, Bergqvist, Nyström, Holmberg, Arvidsson, Löfgren, Söderberg, Nyberg, \
    Blomqvist, Claesson, Nordström, Hassan, Mårtensson, Lundström, Viklund, Björklund, \
    Eliasson, Berggren, Sandström, Nordin, Ström, Åberg, Falk, Ekström, Hermansson, \
    Holmgren, Hellström, Dahlberg, Hedlund, Sundberg, Sjögren, Ek, Blom, Abrahamsson, Öberg, \
    Martinsson, Strömberg, Månsson, Åkesson, Dahl, Lindholm, Norberg, Holmqvist, Westerberg";
const RARE_FAMILY: &str = "\
    Al-Khatib, Kowalczyk, Haddad, Tesfaye, Rantanen, Silfverstolpe, Zetterqvist, Tornvall, \
    Ekelöf";
/// Of a hundred words, so many are on no list of common ones.
const RARE_PERCENT: u64 = 5;

const STREETS: &str = "\
    Storgatan, Kungsgatan, Drottninggatan, Skolgatan, Björkvägen, Ringvägen, Skogsvägen, \
    Kyrkogatan, Industrigatan, Parkvägen, Granvägen, Tallvägen, Ekstigen, Solbacken, Norra \
    Vägen, Södra Förstadsgatan, Sankt Eriksgatan, Östra Storgatan, Karl Johans gata, \
    Vasagatan, Hantverkargatan, Lillgatan, Ängsvägen, Åsgatan, Hamngatan, Stationsgatan, \
    Nygatan, Götgatsbacken, Mäster Samuelsgatan, Folkungagatan, Stortorget, Kaptensgränd, \
    Laxvägen, Västra Esplanaden, Tegelbruksallén";
/// Streets whose names end like no street.
const RARE_STREETS: &str = "Tegnérlunden, Norr Mälarstrand, Ulls Väg, Fjällhem";
const TOWNS: &str = "\
    Stockholm, Göteborg, Malmö, Uppsala, Västerås, Örebro, Linköping, Helsingborg, \
    Jönköping, Norrköping, Lund, Umeå, Gävle, Borås, Eskilstuna, Södertälje, Karlstad, Täby, \
    Växjö, Halmstad, Sundsvall, Luleå, Trollhättan, Östersund, Borlänge, Falun, Kalmar, \
    Skövde, Kristianstad, Karlskrona, Skellefteå, Visby, Kiruna, Herrljunga, Upplands Väsby, \
    Västra Frölunda, Hisings Backa";
/// Towns that no list of the larger ones has.
const RARE_TOWNS: &str = "Tärnaby, Fjällbacka, Bräkne-Hoby, Hammerdal, Ankarsrum";

/// Words of articles 9 and 10 and their categories.
const TERMS: &[(&str, &str)] = &[
    (
        "health",
        "diagnosen, sjukskriven, sjukskrivning, cancer, diabetes, epilepsi, depression, gravid, läkarintyg, adhd",
    ),
    ("union", "fackförening, fackligt"),
    ("religion", "muslim, kristen, katolik, buddhist"),
    (
        "crime",
        "dömd, åtalad, belastningsregistret, brottsmisstänkt",
    ),
    ("sexuality", "homosexuell, bisexuell"),
    ("ethnic-origin", "romsk, etnisk"),
];
const ENGLISH_TERMS: &[(&str, &str)] = &[
    (
        "health",
        "diabetes, pregnant, epilepsy, medical record, cancer, sick leave",
    ),
    ("union", "trade union"),
    ("religion", "muslim, jewish, buddhist"),
    ("crime", "convicted, criminal record"),
];

impl Value {
    /// A person's name, as it stands in running text.
    pub fn name(n: &mut Numbers) -> Self {
        let (given, family) = (given(n), family(n));
        let text = match n.below(24) {
            0 | 1 => format!("{given} {} {family}", pick(n, GIVEN)),
            2 => format!("{given} {}. {family}", n.pick(&["A", "B", "E", "K", "M"])),
            3 => format!("{family}, {given}"),
            4 => format!("{given} {family}-{}", pick(n, FAMILY)),
            _ => format!("{given} {family}"),
        };
        worded(InfoType::PersonName, text)
    }

    /// A name that is on no list of common ones.
    pub fn uncommon_name(n: &mut Numbers) -> Self {
        let text = format!("{} {}", pick(n, RARE_GIVEN), pick(n, RARE_FAMILY));
        worded(InfoType::PersonName, text)
    }

    /// A given name alone.
    pub fn given_name(n: &mut Numbers) -> Self {
        worded(InfoType::PersonName, given(n))
    }

    /// A surname alone.
    pub fn family_name(n: &mut Numbers) -> Self {
        worded(InfoType::PersonName, family(n))
    }

    /// A surname alone that many have.
    pub fn common_family_name(n: &mut Numbers) -> Self {
        worded(InfoType::PersonName, pick(n, FAMILY).to_owned())
    }

    /// Street and number, with or without flat, postnummer and town.
    pub fn address(n: &mut Numbers) -> Self {
        let mut text = match n.below(10) {
            0 => format!("Box {}", n.between(10, 9999)),
            _ => street(n),
        };
        if text.starts_with("Box") || n.chance(65) {
            text = format!("{text}{}{}", n.pick(&[", ", ", ", " "]), town(n));
        }
        worded(InfoType::PostalAddress, text)
    }

    /// Street and number.
    pub fn street(n: &mut Numbers) -> Self {
        let street = street(n);
        worded(InfoType::PostalAddress, street)
    }

    /// Street and number, of a street that many towns have and that is one word.
    pub fn common_street(n: &mut Numbers) -> Self {
        let street = loop {
            let street = pick(n, STREETS);
            if !street.contains(' ') {
                break street;
            }
        };
        worded(InfoType::PostalAddress, numbered(n, street))
    }

    /// Postnummer and town.
    pub fn town(n: &mut Numbers) -> Self {
        let town = town(n);
        worded(InfoType::PostalAddress, town)
    }

    /// A postnummer alone.
    pub fn postnummer(n: &mut Numbers) -> Self {
        let postnummer = postnummer(n);
        worded(InfoType::PostalAddress, postnummer)
    }

    /// A Swedish word of articles 9 and 10.
    pub fn term(n: &mut Numbers) -> Self {
        sensitive(n, TERMS)
    }

    /// An English one.
    pub fn english_term(n: &mut Numbers) -> Self {
        sensitive(n, ENGLISH_TERMS)
    }
}

/// One of a list whose words are parted by commas.
fn pick(n: &mut Numbers, of: &'static str) -> &'static str {
    let words: Vec<&str> = of.split(", ").collect();
    n.pick(&words)
}

fn common_or(n: &mut Numbers, common: &'static str, rare: &'static str) -> &'static str {
    let list = if n.chance(RARE_PERCENT) { rare } else { common };
    pick(n, list)
}

fn given(n: &mut Numbers) -> String {
    common_or(n, GIVEN, RARE_GIVEN).to_owned()
}

fn family(n: &mut Numbers) -> String {
    common_or(n, FAMILY, RARE_FAMILY).to_owned()
}

fn street(n: &mut Numbers) -> String {
    let street = common_or(n, STREETS, RARE_STREETS);
    numbered(n, street)
}

/// The street with a number, sometimes with a letter or a flat.
fn numbered(n: &mut Numbers, street: &str) -> String {
    let number = n.between(1, 120);
    match n.below(8) {
        0 => format!("{street} {number}{}", n.pick(&["A", "B", "C"])),
        1 => format!("{street} {number} {}", n.pick(&["A", "B"])),
        2 => format!(
            "{street} {number}, lgh {}",
            1001 + 100 * n.below(5) + n.below(4)
        ),
        _ => format!("{street} {number}"),
    }
}

fn postnummer(n: &mut Numbers) -> String {
    let (three, two) = (n.between(111, 984), n.between(10, 99));
    let blank = if n.chance(85) { " " } else { "" };
    format!("{three}{blank}{two}")
}

fn town(n: &mut Numbers) -> String {
    let postnummer = postnummer(n);
    let blanks = n.pick(&[" ", " ", "  "]);
    format!("{postnummer}{blanks}{}", common_or(n, TOWNS, RARE_TOWNS))
}

fn sensitive(n: &mut Numbers, of: &[(&str, &'static str)]) -> Value {
    let (category, words) = of[usize::try_from(n.below(of.len() as u64)).unwrap_or_default()];
    let word = pick(n, words);
    let text = if n.chance(10) {
        word.to_uppercase()
    } else {
        word.to_owned()
    };
    Value::of(InfoType::SensitiveTerm, text, category.to_owned(), false)
}

/// A value whose Identifier is its words in lower case with single blanks between them.
fn worded(info_type: InfoType, text: String) -> Value {
    let signs = |char: char| !char.is_alphanumeric() && char != '-';
    let words: Vec<String> = text
        .split(signs)
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    Value::of(info_type, text, words.join(" "), false)
}
