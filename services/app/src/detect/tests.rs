//! Promises of `detect`.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use hemvist_model::SkipReason;

use super::*;

/// What is told of one input, in a form that can be compared.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    Found(String, u64, u64, String, String),
    Skipped(String, SkipReason),
}

fn input(name: &str, bytes: Vec<u8>) -> DetectInput {
    let open: OpenInput = Box::new(move || Ok(Box::new(io::Cursor::new(bytes))));
    DetectInput {
        name: name.to_owned(),
        open: Ok(open),
    }
}

fn run(inputs: Vec<DetectInput>, threads: usize, column: Option<&str>) -> Vec<Line> {
    let options = DetectOptions {
        reference_date: Date::new(2026, 1, 31).unwrap(),
        threads,
        column: column.map(str::to_owned),
        detectors: Default::default(),
        info_types: Default::default(),
    };
    let mut lines = Vec::new();
    let mut tell = |name: &str, told: Told<'_>| match told {
        Told::Found(found) => lines.push(Line::Found(
            name.to_owned(),
            found.range.start,
            found.range.end,
            found.field.to_owned(),
            found.detection.info_type().to_string(),
        )),
        Told::Skipped(skip) => lines.push(Line::Skipped(name.to_owned(), skip.reason)),
    };
    detect(&mut inputs.into_iter(), &options, &mut tell).unwrap();
    lines
}

/// Small and large inputs of every format, some of them broken.
fn many() -> Vec<DetectInput> {
    let log = "2026-03-01 INFO 192.0.2.7 login of anna@example.com, pnr 19811228-9874\n";
    let row = "7;anna@example.org;070-174 06 05\n";
    let line = "{\"mejl\":\"bo@example.net\",\"tel\":\"+46701740605\"}\n";
    let mut inputs = vec![
        input("large.log", log.repeat(30_000).into_bytes()),
        input("empty.txt", Vec::new()),
        input("image.png", b"\x89PNG\0\0\0".to_vec()),
        input(
            "kunder.csv",
            ("nr;mejl;telefon\n".to_owned() + &row.repeat(20_000)).into_bytes(),
        ),
    ];
    for number in 0..200 {
        inputs.push(input(
            &format!("{number}.ndjson"),
            line.repeat(number).into_bytes(),
        ));
    }
    inputs.push(input("late.log", log.repeat(10_000).into_bytes()));
    inputs
}

#[test]
fn the_same_is_found_in_the_same_order_with_any_number_of_threads() {
    let alone = run(many(), 1, None);
    assert!(alone.len() > 100_000, "{}", alone.len());
    for threads in [2, 3, 8] {
        assert!(run(many(), threads, None) == alone, "{threads} threads");
    }
}

#[test]
fn findings_come_by_input_and_then_by_place() {
    let names: Vec<String> = many().into_iter().map(|input| input.name).collect();
    let order = |name: &String| names.iter().position(|known| known == name).unwrap();
    let mut last = (0, 0);
    for line in run(many(), 4, None) {
        if let Line::Found(name, start, ..) = line {
            let here = (order(&name), start);
            assert!(here > last, "{here:?} after {last:?}");
            last = here;
        }
    }
}

#[test]
fn ranges_name_the_bytes_as_they_lie_there() {
    let latin1 = b"H\xE5kan n\xE5s p\xE5 anna@example.com i dag".to_vec();
    check(latin1, 13);
    let wide: Vec<u8> = "\u{feff}\u{e5} anna@example.com"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    check(wide, 6);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all("å: anna@example.com".as_bytes()).unwrap();
    check(packed.finish().unwrap(), 4);

    #[track_caller]
    fn check(bytes: Vec<u8>, expected: u64) {
        match run(vec![input("a", bytes)], 1, None).as_slice() {
            [Line::Found(_, start, ..)] => assert_eq!(*start, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_column_name_speaks_for_every_line_of_a_list() {
    let list = b"811228-9874\r\n\"a\";0811228\n8112289874".to_vec();
    let lines = run(vec![input("-", list)], 1, Some("personnummer"));
    let places: Vec<(u64, u64, &str)> = lines
        .iter()
        .map(|line| match line {
            Line::Found(_, start, end, field, _) => (*start, *end, field.as_str()),
            Line::Skipped(..) => panic!("nothing is skipped"),
        })
        .collect();
    assert_eq!(places, [(0, 11, "personnummer"), (25, 35, "personnummer")]);
}

#[test]
fn what_cannot_be_read_is_told_in_its_turn() {
    let broken = |kind: io::ErrorKind| DetectInput {
        name: format!("{kind:?}"),
        open: Ok(Box::new(move || Err(kind.into()))),
    };
    let left_out = DetectInput {
        name: "link".into(),
        open: Err(Skip::new(SkipReason::Excluded, "a link")),
    };
    let inputs = vec![
        broken(io::ErrorKind::PermissionDenied),
        input("image", b"\0\0\0".to_vec()),
        left_out,
        input("a.txt", b"anna@example.com".to_vec()),
        broken(io::ErrorKind::NotFound),
    ];
    let told: Vec<(String, Option<SkipReason>)> = run(inputs, 3, None)
        .into_iter()
        .map(|line| match line {
            Line::Found(name, ..) => (name, None),
            Line::Skipped(name, reason) => (name, Some(reason)),
        })
        .collect();
    let expected = [
        ("PermissionDenied", Some(SkipReason::Denied)),
        ("image", Some(SkipReason::Binary)),
        ("link", Some(SkipReason::Excluded)),
        ("a.txt", None),
        ("NotFound", Some(SkipReason::Vanished)),
    ];
    assert_eq!(
        told,
        expected.map(|(name, reason)| (name.to_owned(), reason))
    );
}

#[test]
fn a_column_of_undashed_identity_numbers_is_likely_and_a_column_of_stamps_is_not() {
    let luhn = |nine: &str| {
        let doubled = |digit: u32| if digit >= 5 { digit * 2 - 9 } else { digit * 2 };
        let digits = nine.bytes().map(|byte| u32::from(byte - b'0'));
        let sum: u32 = digits
            .enumerate()
            .map(|(at, digit)| if at % 2 == 0 { doubled(digit) } else { digit })
            .sum();
        format!("{nine}{}", (10 - sum % 10) % 10)
    };
    let born = |n: u32| (n * 37 % 100, 1 + n % 12, 1 + n % 28, 980 + n % 20);
    let row = |n| {
        let (year, month, day, number) = born(n);
        let person = luhn(&format!("{year:02}{month:02}{day:02}{number}"));
        let stamp = format!(
            "20{:02}{month:02}{day:02}{:02}{:02}",
            year % 26,
            n % 24,
            n % 60
        );
        format!("{person};{stamp}\n")
    };
    let rows: String = (0..60_000).map(row).collect();
    for count in [100, 60_000] {
        let text: String = rows
            .lines()
            .take(count)
            .map(|line| format!("{line}\n"))
            .collect();
        let options = DetectOptions {
            reference_date: Date::new(2026, 1, 31).unwrap(),
            threads: 2,
            column: None,
            detectors: Default::default(),
            info_types: Default::default(),
        };
        let (mut likely, mut last) = ([0, 0], 0);
        let mut tell = |_: &str, told: Told<'_>| {
            let Told::Found(found) = told else { return };
            assert!(found.range.start >= last, "told in the order of the text");
            last = found.range.start;
            let shown = found.detection.likelihood >= hemvist_model::Likelihood::Likely;
            likely[usize::from(found.field == "b")] += usize::from(shown);
        };
        let text = format!("a;b\n{text}").into_bytes();
        let inputs = vec![input("x.csv", text)];
        detect(&mut inputs.into_iter(), &options, &mut tell).unwrap();
        assert_eq!(likely, [count, 0]);
    }
}
