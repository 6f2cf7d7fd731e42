//! The relatives of the personnummer: interim numbers, reserve numbers of health care and
//! organisation numbers, in letters and registers, among what only looks like one.

use hemvist_model::InfoType;

use crate::decoys::{other_number, stamp};
use crate::document::Document;
use crate::numbers::Numbers;
use crate::prose;
use crate::values::{Value, check_digit};

const ROWS: u64 = 60;

const ABOUT: &[&str] = &[
    "Interimsnummer {interim} gäller tills vidare.",
    "Eleven {interim} börjar i augusti.",
    "Skolan gav eleven interimspersonnummer {school} i går.",
    "Patienten fick reservnummer {reserve} på akuten.",
    "Reservnr: {reserve}\n",
    "Journalen ligger under reservnummer {reserve}, inte under namn.",
    "Fakturan går till {dashed}, som betalar i tid.",
    "Organisationsnummer: {organisation}\n",
    "Org.nr {organisation} står på avtalet.",
    "Motparten har orgnr {organisation} och finns i Umeå.",
    "The authority's organisationsnummer is {organisation}.",
];

const OTHER: &[&str] = &[
    "Order {w} skickades i går.",
    "Artikel {z} är slut.",
    "Paketet 20240512T1234 kom fram.",
    "Protokoll 202100-5449 är justerat.",
    "Serienummer 19811228T988 sitter på baksidan.",
    "Version 2024.05.12 gäller.",
    "Referens 5560-1234 saknas.",
    "Ärende 2021-005448 är avslutat.",
];

/// Public authorities and municipalities, as they write it themselves.
const AUTHORITIES: &[&str] = &[
    "202100-5448",
    "202100-2114",
    "202100-0076",
    "202100-5521",
    "212000-0142",
    "212000-1355",
    "212000-1124",
];

/// Letters and registers in turn.
pub(crate) fn document(n: &mut Numbers, index: u64) -> Document {
    match index % 2 {
        0 => prose::write(n, "journal.txt", ABOUT, OTHER),
        _ => register(n),
    }
}

/// How a value of a column is made.
type Make = fn(&mut Numbers) -> Value;

const COLUMNS: [(&[&str], Make); 3] = [
    (
        &["interimsnummer", "interimspersonnummer", "personnummer"],
        Value::interim,
    ),
    (&["reservnummer", "reservnr"], Value::reserve),
    (
        &["orgnr", "organisationsnummer", "org_nummer"],
        Value::organisation,
    ),
];

/// A number in each row.
fn register(n: &mut Numbers) -> Document {
    let mut table = Document::new("register.csv");
    let (names, make) = COLUMNS[n.below(3) as usize];
    table.text(&format!("rad;{};ordernr;skapad\n", n.pick(names)));
    for row in 0..ROWS {
        table.text(&format!("{row};")).clear(&make(n));
        table.text(&format!(";{};{}\n", other_number(n), stamp(n)));
    }
    table
}

impl Value {
    /// An interim number, its last four behind a dash.
    pub(crate) fn interim(n: &mut Numbers) -> Self {
        let (century, date) = born(n);
        // Mostly the first of them.
        let letter = if n.chance(70) {
            "T"
        } else {
            n.pick(&["R", "S", "U", "W", "X", "J", "K", "L", "M", "N", "P"])
        };
        let number = format!("{:02}", n.below(100));
        let check = check_digit(&format!("{date}1{number}"));
        let tail = format!("{letter}{number}{check}");
        Self::relative(InfoType::SeInterimNumber, n, century, &date, &tail)
    }

    /// A school's number, which has no check digit.
    pub(crate) fn school(n: &mut Numbers) -> Self {
        let (century, date) = born(n);
        let tail = format!("TF{:02}", n.below(100));
        Self::relative(InfoType::SeInterimNumber, n, century, &date, &tail)
    }

    fn relative(
        info_type: InfoType,
        n: &mut Numbers,
        century: u64,
        date: &str,
        tail: &str,
    ) -> Self {
        // Without a century the latest possible one is meant, which all years of birth here are.
        let text = match n.below(2) {
            0 => format!("{date}-{tail}"),
            _ => format!("{century}{date}-{tail}"),
        };
        Self::of(info_type, text, format!("{century}{date}{tail}"), false)
    }

    /// A reserve number of one of four regions.
    pub(crate) fn reserve(n: &mut Numbers) -> Self {
        let (century, date) = born(n);
        let (head, tail) = match n.below(4) {
            0 => {
                let nine = format!("{}{:05}", n.between(1950, 2024), n.below(100_000));
                let tail = format!("{}{}", &nine[6..], check_digit(&nine));
                (format!("99{}", &nine[..6]), tail)
            }
            1 => {
                let (letter, group) = (n.pick(&["K", "M", "X"]), n.between(6, 89));
                let tail = format!("{letter}{group:02}{}", n.below(10));
                (format!("{century}{date}"), tail)
            }
            2 => {
                let (letter, last) = (n.pick(&["F", "U", "X", "P", "L"]), n.between(1, 9));
                let tail = format!("S{letter}{}{last}", n.below(10));
                (format!("{century}{date}"), tail)
            }
            _ => {
                let head = format!("{century}{}{}", &date[..4], n.between(32, 59));
                (head, format!("{:04}", n.below(10_000)))
            }
        };
        let sign = n.pick(&["", "-"]);
        let text = format!("{head}{sign}{tail}");
        Self::of(
            InfoType::SeReserveNumber,
            text,
            format!("{head}{tail}"),
            false,
        )
    }

    /// The organisation number of an authority.
    pub(crate) fn organisation(n: &mut Numbers) -> Self {
        let written = Self::dashed_organisation(n);
        match n.below(4) {
            0 => Self {
                text: written.identifier.clone(),
                ..written
            },
            1 => Self {
                text: format!("16{}", written.text),
                ..written
            },
            _ => written,
        }
    }

    /// The same with its dash and nothing before it.
    pub(crate) fn dashed_organisation(n: &mut Numbers) -> Self {
        let text = n.pick(AUTHORITIES);
        let info_type = InfoType::SeOrganisationNumber;
        Self::of(info_type, text.to_owned(), text.replace('-', ""), false)
    }
}

/// Century and date of birth.
fn born(n: &mut Numbers) -> (u64, String) {
    let (year, month, day) = (n.between(1932, 2024), n.between(1, 12), n.between(1, 28));
    (year / 100, format!("{:02}{month:02}{day:02}", year % 100))
}
