//! What holds for every text, however it is cut and whatever is in it.

use hemvist_detect::{CONTEXT_BYTES, Configured, Engine, Options, Rule, Scanned, parse, parse_as};
use hemvist_model::{Date, Detection, Evidence, InfoType, Likelihood, Segment, Text};
use proptest::prelude::*;

const TODAY: Date = Date {
    year: 2026,
    month: 6,
    day: 15,
};

fn engine() -> Engine {
    let options = Options {
        reference_date: TODAY,
    };
    Engine::new(options).with_everything()
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap()
}

/// What a Detection says, with its place in the whole text.
type Line = (u64, u64, u8, u32, InfoType, String);

fn line(one: &Detection, base: usize) -> Line {
    let base = u64::try_from(base).unwrap();
    let Detection {
        range,
        likelihood,
        evidence,
        identifier,
        ..
    } = one;
    let value = identifier.expose().to_owned();
    (
        base + range.start,
        base + range.end,
        likelihood.code(),
        evidence.0,
        one.info_type(),
        value,
    )
}

fn scan_one(bytes: &[u8], lead: usize, trail: usize, base: usize) -> Vec<Line> {
    scan_by(&engine(), bytes, lead, trail, base)
}

fn scan_by(engine: &Engine, bytes: &[u8], lead: usize, trail: usize, base: usize) -> Vec<Line> {
    let segment = Segment {
        start: 0,
        end: number(bytes.len()),
        field: 0,
        row: 0,
        lead: number(lead),
        trail: number(trail),
        whole_value: false,
    };
    let mut out = Scanned::default();
    engine.scan(
        Text {
            bytes,
            segments: &[segment],
            fields: &["body".to_owned()],
        },
        &mut out,
    );
    out.detections.iter().map(|one| line(one, base)).collect()
}

fn scan_in_chunks(bytes: &[u8], chunk: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for start in (0..bytes.len()).step_by(chunk) {
        let end = (start + chunk).min(bytes.len());
        let from = start.saturating_sub(CONTEXT_BYTES);
        let to = (end + CONTEXT_BYTES).min(bytes.len());
        lines.extend(scan_one(&bytes[from..to], start - from, to - end, from));
    }
    lines
}

/// Ten digits with the right check digit, from a date and a test birth number.
fn ten_digits(year: u16, month: u16, day: u16, birth: u16) -> String {
    let nine = format!("{:02}{month:02}{day:02}{birth:03}", year % 100);
    let product =
        |(index, byte): (usize, u8)| u32::from(byte - b'0') * if index % 2 == 0 { 2 } else { 1 };
    let sum: u32 = nine
        .bytes()
        .enumerate()
        .map(product)
        .map(|product| product / 10 + product % 10)
        .sum();
    format!("{nine}{}", (10 - sum % 10) % 10)
}

fn piece() -> impl Strategy<Value = String> {
    let separators = "( |\n|, |;|: |=|\"|-|\\.|/|@|::|\\+|\u{a0}|x|_|<|> |\t)";
    let values = prop_oneof![
        Just("personnummer".to_owned()),
        Just("tel".to_owned()),
        Just("Anna Lindqvist".to_owned()),
        Just("Laxvägen 9, 524 32 Herrljunga".to_owned()),
        Just("SE45 5000 0000 0583 9825 7466".to_owned()),
        Just("är sjukskriven".to_owned()),
        Just("password=hunter22".to_owned()),
        Just("anna snabel-a example punkt se".to_owned()),
        Just("client_ip".to_owned()),
        Just("https://user:".to_owned()),
        Just("0701-74 06 05".to_owned()),
        Just("anna.berg@example.com".to_owned()),
        Just("åsa@räksmörgås.example".to_owned()),
        Just("2001:db8::17".to_owned()),
        Just("::ffff:192.0.2.17".to_owned()),
        Just("192.0.2.17/24".to_owned()),
        Just("2026-05-01 12:34:56".to_owned()),
        Just("202605011234".to_owned()),
        Just("+46 (0)70-174 06 05".to_owned()),
        Just("Message-ID: <1@mail.example.com>".to_owned()),
        disguised(),
        "[0-9]{1,14}",
        "[a-z]{1,70}",
        "[0-9a-f:]{1,50}",
        "[0-9.]{1,20}",
        "[0-9 -]{1,30}",
        (1900u16..2027, 1u16..13, 1u16..29, 980u16..1000)
            .prop_map(|(year, month, day, birth)| ten_digits(year, month, day, birth)),
    ];
    (values, separators).prop_map(|(value, separator)| value + &separator)
}

/// Values in other spellings, and pieces of such.
fn disguised() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "811228&#45;9874", "811228%2D9874", "811228\\u002d9874", "811228=2D9874", "811228-=\n9874",
        "811228-<b>9874</b>", "8112&shy;28-98\u{200b}74", "８１１２２８－９８７４", "811228%252D9874",
        "anna%40example.com", "anna&#64;example&period;com", "anna (at) example [dot] com",
        "<a href=\"mailto:bo&#64;example.org\">", "BjÃ¶rn", "070Â\u{a0}174Â\u{a0}06Â\u{a0}05",
        "192[.]0[.]2[.]17", "?tel=070-174+06+05", "\\n", "\\tanna@example.com", "%20", "%25", "&amp;",
        "&#", "64;", "\\\\\\", "u002d", "=3D", "=\r\n", "<b>", "</td><td>", "(at)", "%3", "&lt;b&gt;",
        "ODExMjI4LTk4NzQ=", "a3VuZCBhbm5hQGV4YW1wbGUuY29tIG1lciB0ZXh0", "YW5uYUBleGFtcGxl\r\nLmNvbQ==",
        "ODExMjI4LTk4NzQgODExMjI4LTk4NzQgODExMjI4LTk4NzQgODExMjI4LTk4NzQgODExMjI4LTk4NzQg",
        "&#97;&#110;&#110;&#97;&#64;&#101;&#120;&#97;&#109;&#112;&#108;&#101;&#46;&#99;&#111;&#109;",
    ])
    .prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn findings_are_the_same_whatever_the_chunking(text in text(), chunk in 1usize..1500) {
        let whole = scan_one(text.as_bytes(), 0, 0, 0);
        let chunk = if text.len() > 3000 { chunk.max(64) } else { chunk };
        prop_assert_eq!(scan_in_chunks(text.as_bytes(), chunk), whole);
    }

    #[test]
    fn segments_of_an_arena_are_found_as_if_alone(
        values in prop::collection::vec(text(), 0..6),
        gap in prop_oneof![Just(""), Just("\n"), Just("0"), Just("\",:\""), Just("3a"), Just("5-"), Just("5:"), Just("7."), Just("a3f;"), Just(":;")],
    ) {
        let (mut bytes, mut segments) = (Vec::new(), Vec::new());
        for (row, value) in values.iter().enumerate() {
            let start = number(bytes.len());
            bytes.extend_from_slice(value.as_bytes());
            let end = number(bytes.len());
            let row = number(row);
            segments.push(Segment { start, end, field: 0, row, lead: 0, trail: 0, whole_value: false });
            bytes.extend_from_slice(gap.as_bytes());
        }
        let mut out = Scanned::default();
        engine().scan(
            Text { bytes: &bytes, segments: &segments, fields: &["body".to_owned()] },
            &mut out,
        );
        let place = |one: &Detection| (one.segment, one.range.start, one.range.end);
        prop_assert!(out.detections.is_sorted_by_key(place));
        for (index, value) in values.iter().enumerate() {
            let index = number(index);
            let here = out.detections.iter().filter(|one| one.segment == index);
            let found: Vec<_> = here.map(|one| line(one, 0)).collect();
            prop_assert_eq!(found, scan_one(value.as_bytes(), 0, 0, 0));
        }
    }

    #[test]
    fn what_has_a_shape_gets_one_verdict_in_wide_and_narrow_scans(text in text()) {
        let options = Options { reference_date: TODAY };
        let narrow = scan_by(&Engine::new(options), text.as_bytes(), 0, 0, 0);
        let mut wide = scan_one(text.as_bytes(), 0, 0, 0);
        wide.retain(|one| !is_worded(one.4));
        prop_assert_eq!(narrow, wide);
    }

    #[test]
    fn ranges_lie_in_their_segment_and_one_info_type_is_reported_for_a_range(text in text()) {
        let lines = scan_one(text.as_bytes(), 0, 0, 0);
        for (index, one) in lines.iter().enumerate() {
            prop_assert!(one.0 < one.1 && one.1 <= u64::try_from(text.len()).unwrap());
            for other in lines.iter().skip(index + 1).filter(|other| (other.0, other.1) == (one.0, one.1)) {
                prop_assert!(other.4 == one.4 || is_worded(one.4) || is_worded(other.4) || may_be_either(one, other) || may_be_either(other, one));
            }
        }
    }

    #[test]
    fn any_bytes_are_scanned(bytes in prop::collection::vec(any::<u8>(), 0..2000), chunk in 100usize..900) {
        prop_assert_eq!(scan_in_chunks(&bytes, chunk), scan_one(&bytes, 0, 0, 0));
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in "\\PC{0,40}|[-0-9 +().:@a-f]{0,40}") {
        if let Ok(identifiers) = parse(&text, TODAY) {
            for identifier in identifiers {
                let again = parse_as(identifier.info_type(), identifier.expose(), TODAY);
                prop_assert!(again.ok() == Some(vec![identifier]));
            }
        }
    }

    #[test]
    fn every_spelling_of_a_person_is_one_identifier(
        year in 1907u16..2026, month in 1u16..13, day in 1u16..29, birth in 980u16..1000,
        coordination in any::<bool>(),
    ) {
        let day = if coordination { day + 60 } else { day };
        let ten = ten_digits(year, month, day, birth);
        let (date, tail) = ten.split_at(6);
        let (century, sign) = (year / 100, if year < 1927 { "+" } else { "-" });
        let canonical = format!("{century}{ten}");
        let mut spellings = vec![
            canonical.clone(), format!("{century}{date}-{tail}"), format!("{century}{date} {tail}"),
            format!("{century}{date}\u{2013}{tail}"), format!("{century}{date}\u{a0}{tail}"),
        ];
        if !(1926..=1927).contains(&year) {
            spellings.push(format!("{date}{sign}{tail}"));
        }
        if year >= 1927 {
            spellings.push(format!("{date}\u{2212}{tail}"));
        }
        for spelling in spellings {
            let text = format!("personnummer {spelling}, ");
            let lines = scan_one(text.as_bytes(), 0, 0, 0);
            prop_assert_eq!(lines.len(), 1, "{}", text);
            prop_assert_eq!(&lines[0].5, &canonical, "{}", text);
            let parsed = parse(&spelling, TODAY).ok().and_then(|all| all.into_iter().next());
            prop_assert_eq!(parsed.map(|one| one.expose().to_owned()), Some(canonical.clone()));
        }
        let both = parse_as(lines_type(coordination), &ten, TODAY).unwrap();
        prop_assert!(both.iter().any(|one| one.expose() == canonical));
    }

    #[test]
    fn a_wrong_check_digit_is_not_taken(
        year in 1930u16..2026, month in 1u16..13, day in 1u16..29, birth in 980u16..1000,
        place in 0usize..10, step in 1u8..10,
    ) {
        let ten = ten_digits(year, month, day, birth);
        let mut digits = ten.into_bytes();
        digits[place] = b'0' + (digits[place] - b'0' + step) % 10;
        let changed = String::from_utf8(digits).unwrap();
        let (date, tail) = changed.split_at(6);
        let text = format!("{date}-{tail}");
        let identity = |line: &&Line| {
            matches!(line.4, InfoType::SePersonnummer | InfoType::SeSamordningsnummer)
        };
        let lines = scan_one(text.as_bytes(), 0, 0, 0);
        prop_assert_eq!(lines.iter().filter(identity).count(), 0);
        prop_assert!(parse_as(InfoType::SePersonnummer, &text, TODAY).is_err());
        let labelled = scan_one(format!("personnummer {text}").as_bytes(), 0, 0, 0);
        prop_assert!(labelled.iter().filter(identity).all(|line| line.2 == 1));
    }

    #[test]
    fn every_spelling_of_a_phone_is_one_identifier(last in 605u16..700) {
        let (a, b) = (last / 100, last % 100);
        let canonical = format!("+46701740{last}");
        for spelling in [
            canonical.clone(), format!("0701740{last}"), format!("070-174 0{a} {b:02}"),
            format!("070-17 40 {last}"), format!("0701-740{last}"), format!("+46 (0)70 174 0{a} {b:02}"),
            format!("+46(0)7017 40{last}"), format!("0046 70 17 40 {last}"), format!("070.174.0{a}.{b:02}"),
            format!("070\u{a0}174\u{a0}0{a}\u{a0}{b:02}"), format!("070\u{2013}17\u{a0}40\u{a0}{last}"),
        ] {
            let lines = scan_one(format!("ring {spelling}!").as_bytes(), 0, 0, 0);
            prop_assert_eq!(lines.len(), 1, "{}", spelling);
            prop_assert_eq!(&lines[0].5, &canonical, "{}", spelling);
            let parsed = parse_as(InfoType::PhoneNumber, &spelling, TODAY).unwrap();
            prop_assert_eq!(parsed[0].expose(), &canonical);
        }
    }
}

/// Bare digits that are a telephone's, or possibly a person's: both are said.
/// Whether it is looked for by words, in wide Scans alone: it stands beside what has a shape.
fn is_worded(info_type: InfoType) -> bool {
    use InfoType::{Credential, PersonName, PostalAddress, SensitiveTerm};
    matches!(
        info_type,
        Credential | PersonName | PostalAddress | SensitiveTerm
    )
}

fn may_be_either(person: &Line, phone: &Line) -> bool {
    (person.4, phone.4) == (InfoType::SePersonnummer, InfoType::PhoneNumber)
        && person.2 == Likelihood::Possible.code()
        && Evidence(person.3).has(Evidence::COMPETES)
}

fn lines_type(coordination: bool) -> InfoType {
    if coordination {
        InfoType::SeSamordningsnummer
    } else {
        InfoType::SePersonnummer
    }
}

#[test]
fn findings_of_every_pass_come_by_place() {
    let fields = ["mail", "adress", "namn", "anm"].map(str::to_owned);
    let row = [
        "anna&#64;example.com",
        "Laxvägen 9, 524 32 Herrljunga",
        "Anna Lindqvist",
        "sjukskriven, ärende KX-17 och 811228-9874",
    ];
    let rule = Rule {
        name: "case".to_owned(),
        patterns: vec!["KX-[0-9]+".to_owned()],
        examples: vec!["KX-1".to_owned()],
        ..Rule::default()
    };
    let engine = engine().with_configured(vec![Configured::new(rule).unwrap()]);
    let (mut bytes, mut segments) = (String::new(), Vec::new());
    for index in 0..3 * row.len() {
        let start = number(bytes.len());
        bytes += row[index % row.len()];
        segments.push(Segment {
            start,
            end: number(bytes.len()),
            field: number(index % row.len()),
            row: number(index / row.len()),
            lead: 0,
            trail: 0,
            whole_value: true,
        });
        bytes += ",";
    }
    let mut out = Scanned::default();
    let text = Text {
        bytes: bytes.as_bytes(),
        segments: &segments,
        fields: &fields,
    };
    engine.scan(text, &mut out);
    let place = |one: &Detection| (one.segment, one.range.start, one.range.end);
    assert!(out.detections.is_sorted_by_key(place));
    let kinds: Vec<_> = out.detections.iter().map(|one| one.info_type()).collect();
    let expected = [
        InfoType::EmailAddress,
        InfoType::PostalAddress,
        InfoType::PersonName,
        InfoType::SensitiveTerm,
        InfoType::Configured,
        InfoType::SePersonnummer,
    ];
    assert_eq!(kinds, expected.repeat(3));
}

/// A scan whose time grew with the square of these texts' length would not end in any patience.
#[test]
fn hostile_texts_stay_linear() {
    let patterns: [&[u8]; 39] = [
        b"0",
        b"@",
        b":",
        b".",
        b"+",
        b"1.",
        b"0 ",
        b"a@",
        b"a:",
        b"::",
        b"08-",
        b"a.a@a.",
        b"%40",
        b"%25",
        b"%2525",
        b"25",
        b"&#",
        b"&#&#&#",
        b"&#64;",
        b"&amp;",
        b"\\",
        b"\\u",
        b"<",
        b"<b>",
        b">",
        b"=\n",
        b"(at)",
        b"YW5u",
        b"\xc3\x83",
        b"\xc2\xad",
        b"a%40b.se ",
        b"0123456789abcdef-",
        b"deadbeef",
        b"=2",
        b"2001:db8::1\n",
        b"Anna Berg ",
        b" dot ",
        b"password=",
        b"Box 1 ",
    ];
    for pattern in patterns {
        let text = pattern.repeat((1 << 20) / pattern.len());
        let _ = scan_one(&text, 0, 0, 0);
        let _ = scan_one(&[b"%".as_slice(), &text].concat(), 0, 0, 0);
    }
}

#[test]
fn requests_in_any_spelling_are_read() {
    let check = |text: &str, expected: &[&str]| {
        let found = parse(text, TODAY).map(|all| {
            all.iter()
                .map(|one| one.expose().to_owned())
                .collect::<Vec<_>>()
        });
        assert_eq!(
            found,
            Ok(expected.iter().map(|text| (*text).to_owned()).collect()),
            "{text}"
        );
    };
    check(" 811228-9874 ", &["198112289874"]);
    check("1981-12-28-9874", &["198112289874"]);
    check("8112289874", &["198112289874"]);
    check("1212129983", &["201212129983", "191212129983"]);
    check("121212+9983", &["191212129983"]);
    check("Anna@Example.COM", &["anna@example.com"]);
    check("070-174 06 05", &["+46701740605"]);
    check("(070) 174 06 05", &["+46701740605"]);
    check("tel:+46701740605", &["+46701740605"]);
    check("2001:DB8:0::1", &["2001:db8::1"]);
    check("[::ffff:192.0.2.1]", &["192.0.2.1"]);
}

#[test]
fn refusals_say_what_to_do_and_never_repeat_the_text() {
    for text in [
        "",
        "hej",
        "811228-9875",
        "811328-9870",
        "0701149809",
        "20991231-9994",
        "anna@",
        "192.0.2.0/24",
    ] {
        let error = parse(text, TODAY)
            .err()
            .map(|error| error.to_string())
            .unwrap();
        assert!(
            error.len() > 20 && (text.is_empty() || !error.contains(text)),
            "{text}: {error}"
        );
    }
    let error = parse_as(InfoType::EmailAddress, "811228-9874", TODAY)
        .err()
        .unwrap();
    assert!(error.to_string().contains("EMAIL_ADDRESS"));
}
