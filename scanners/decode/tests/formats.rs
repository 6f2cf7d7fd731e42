//! What each format becomes: tables of input and expected Segments.

use hemvist_decode::{Charset, Chunk, Decoded, Decoder, Format, Limits, redaction};
use hemvist_model::{ByteRange, SkipReason, Text};

const PERSON: &str = "19811228-9874";

fn decode(name: &str, bytes: &[u8], limits: Limits) -> (Vec<Chunk>, Decoded) {
    let mut chunks = Vec::new();
    let mut decoder = Decoder::new(name.as_bytes(), limits);
    decoder.push(bytes, &mut |chunk| chunks.push(chunk));
    let decoded = decoder.finish(&mut |chunk| chunks.push(chunk));
    (chunks, decoded)
}

/// Every Segment as `row field=text`, over all Chunks.
fn segments(chunks: &[Chunk]) -> Vec<String> {
    let mut all = Vec::new();
    for chunk in chunks {
        let Text {
            bytes,
            segments,
            fields,
        } = chunk.text();
        for segment in segments {
            let text = &bytes[segment.start as usize..segment.end as usize];
            let text = String::from_utf8(text.to_vec()).expect("UTF-8");
            all.push(format!(
                "{} {}={text}",
                segment.row, fields[segment.field as usize]
            ));
        }
    }
    all
}

#[track_caller]
fn check(name: &str, input: &str, format: Format, skips: &[SkipReason], expected: &[&str]) {
    let (chunks, decoded) = decode(name, input.as_bytes(), Limits::default());
    assert_eq!(segments(&chunks), expected, "{name}: {input}");
    assert_eq!(decoded.format, format, "{name}: {input}");
    let reasons: Vec<SkipReason> = decoded.skips.iter().map(|skip| skip.reason).collect();
    assert_eq!(reasons, skips, "{name}: {input}");
    assert_eq!(decoded.bytes, input.len() as u64);
}

const COMMA: Format = Format::Csv { delimiter: b',' };
const SEMICOLON: Format = Format::Csv { delimiter: b';' };
const TAB: Format = Format::Csv { delimiter: b'\t' };
const CORRUPT: &[SkipReason] = &[SkipReason::Corrupt];

#[test]
fn csv_cells_become_segments_named_by_the_header() {
    check(
        "a.csv",
        "namn,e-post\r\nAnna,a@example.com\r\n",
        COMMA,
        &[],
        &[
            "0 namn=namn",
            "0 e-post=e-post",
            "1 namn=Anna",
            "1 e-post=a@example.com",
        ],
    );
    check(
        "a.csv",
        "Anna;1\nBo;2",
        SEMICOLON,
        &[],
        &[
            "0 column 1=Anna",
            "0 column 2=1",
            "1 column 1=Bo",
            "1 column 2=2",
        ],
    );
    check("a.tsv", "a\tb\n\tx", TAB, &[], &["0 a=a", "0 b=b", "1 b=x"]);
    check(
        "A.CSV",
        "address1,b\nx,y,z",
        COMMA,
        &[],
        &[
            "0 address1=address1",
            "0 b=b",
            "1 address1=x",
            "1 b=y",
            "1 column 3=z",
        ],
    );
    check(
        "a.csv",
        ",b\nx,\"\"\n",
        COMMA,
        &[],
        &["0 b=b", "1 column 1=x"],
    );
    check(
        "export",
        "id|name\nx|y\nz|å\n",
        Format::Csv { delimiter: b'|' },
        &[],
        &[
            "0 id=id",
            "0 name=name",
            "1 id=x",
            "1 name=y",
            "2 id=z",
            "2 name=å",
        ],
    );
}

#[test]
fn csv_quotes_hold_delimiters_line_ends_and_doubled_quotes() {
    check(
        "a.csv",
        "a,b\n\"x,\ny\"\"z\",\"w\"\r\n\"last\"",
        COMMA,
        &[],
        &["0 a=a", "0 b=b", "1 a=x,\ny\"\"z", "1 b=w", "2 a=last"],
    );
}

#[test]
fn csv_broken_quotes_cost_their_own_line_only() {
    check(
        "a.csv",
        "a,b\n\"5\" x,1\n2,\"3\"\n",
        COMMA,
        CORRUPT,
        &["0 a=a", "0 b=b", "1 a=\"5\" x", "1 b=1", "2 a=2", "2 b=3"],
    );
    check(
        "a.csv",
        "a,b\n\"open,1\n2,3\n",
        COMMA,
        CORRUPT,
        &["0 a=a", "0 b=b", "1 a=\"open", "1 b=1", "2 a=2", "2 b=3"],
    );
}

#[test]
fn csv_with_broken_quotes_offers_no_lines_to_remove() {
    let (chunks, _) = decode("a.csv", b"a,b\n\"5\" x,1\n", Limits::default());
    assert_eq!(chunks[0].line(0, ByteRange::new(0, 1)), None);
}

#[test]
fn json_values_become_segments_named_by_their_paths() {
    check(
        "a.json",
        r#"{"customer":{"emails":["a@example.com","b"],"id":12,"ok":true}}"#,
        Format::Json,
        &[],
        &[
            "1 .#key=customer",
            "1 customer.#key=emails",
            "1 customer.emails[]=a@example.com",
            "1 customer.emails[]=b",
            "1 customer.#key=id",
            "1 customer.id=12",
            "1 customer.#key=ok",
        ],
    );
    check(
        "x",
        " [{\"a\":\"1\\\"2\"},\n{\"a\":\"\\u00e5\"},[-1.5e3]]\n",
        Format::Json,
        &[],
        &[
            "1 [].#key=a",
            "1 [].a=1\"2",
            "2 [].#key=a",
            "2 [].a=å",
            "2 [][]=-1.5e3",
        ],
    );
    check("a.json", "", Format::Json, &[], &[]);
    check("a.json", "\"x\"", Format::Json, &[], &["0 body=x"]);
    let keyed = format!(r#"{{"{PERSON}":{{"n":1}}}}"#);
    let key = format!("1 .#key={PERSON}");
    check(
        "a.json",
        &keyed,
        Format::Json,
        &[],
        &[&key, "1 *.#key=n", "1 *.n=1"],
    );
}

#[test]
fn json_paths_hold_whatever_the_order_of_members() {
    let document =
        r#"[{"a":"1","b":{"a":"2"}},{"b":{"a":"3"},"a":"4"},{"":"5","a":"6","a":"7"},[["8"]]]"#;
    let (chunks, _) = decode("a.json", document.as_bytes(), Limits::default());
    let values: Vec<String> = segments(&chunks)
        .into_iter()
        .filter(|s| !s.contains('#'))
        .collect();
    let expected = [
        "1 [].a=1",
        "1 [].b.a=2",
        "2 [].b.a=3",
        "2 [].a=4",
        "3 [].*=5",
        "3 [].a=6",
        "3 [].a=7",
        "3 [][][]=8",
    ];
    assert_eq!(values, expected);
}

#[test]
fn json_with_endlessly_many_paths_keeps_names_bounded_and_loses_no_value() {
    let name = |i: usize| -> String {
        i.to_string()
            .bytes()
            .map(|digit| char::from(digit - b'0' + b'a'))
            .collect()
    };
    let members: Vec<String> = (0..20_000)
        .map(|i| format!("\"{}\":{{\"x\":\"{i}\"}}", name(i)))
        .collect();
    let document = format!("{{{}}}", members.join(","));
    let (chunks, decoded) = decode("a.json", document.as_bytes(), Limits::default());
    assert!(decoded.skips.is_empty());
    assert_eq!(
        chunks
            .iter()
            .map(|chunk| chunk.text().segments.len())
            .sum::<usize>(),
        60_000
    );
    assert!(chunks.iter().all(|chunk| chunk.text().fields.len() <= 8192));
}

#[test]
fn broken_json_is_read_as_text_from_where_it_breaks() {
    check(
        "a.json",
        r#"{"a":"b",oops "c"}"#,
        Format::Json,
        CORRUPT,
        &["1 .#key=a", "1 a=b", "0 body=oops \"c\"}"],
    );
    check(
        "a.json",
        r#"{"a":"b"#,
        Format::Json,
        CORRUPT,
        &["1 .#key=a", "0 body=\"b"],
    );
    check("a.json", r#"{"a":["#, Format::Json, CORRUPT, &["1 .#key=a"]);
    check(
        "a.json",
        "no json",
        Format::Json,
        CORRUPT,
        &["0 body=no json"],
    );
    let limits = Limits {
        depth_max: 2,
        ..Limits::default()
    };
    let (chunks, decoded) = decode("a.json", br#"[["x",["y"]]]"#, limits);
    assert_eq!(segments(&chunks), ["0 [][]=x", "0 body=[\"y\"]]]"]);
    assert_eq!(decoded.skips[0].reason, SkipReason::TooDeep);
}

#[test]
fn ndjson_lines_stand_alone() {
    let input = "{\"a\":1}\n\nnot json\r\n{\"b\":[\"x\"]}";
    check(
        "a.ndjson",
        input,
        Format::NdJson,
        CORRUPT,
        &[
            "0 .#key=a",
            "0 a=1",
            "2 body=not json",
            "3 .#key=b",
            "3 b[]=x",
        ],
    );
    let log = "{\"a\":1}\n{\"a\":2}\npanic!\n";
    check(
        "a.log",
        log,
        Format::NdJson,
        &[],
        &["0 .#key=a", "0 a=1", "1 .#key=a", "1 a=2", "2 body=panic!"],
    );
}

#[test]
fn what_only_begins_like_json_or_csv_is_text() {
    for input in [
        "[2024-01-01 10:00] start",
        "[INFO] x",
        "{curly} prose",
        "Hej, du.\nJa, jag.\n",
        "a b",
    ] {
        check(
            "unnamed",
            input,
            Format::Text,
            &[],
            &[&format!("0 body={input}")],
        );
    }
    check(
        "a.log",
        "id,name\nx,y\nz,w\n",
        Format::Text,
        &[],
        &["0 body=id,name\nx,y\nz,w\n"],
    );
}

#[test]
fn binary_and_foreign_formats_are_skips() {
    for (bytes, reason) in [
        (b"a\0b\0\0c".as_slice(), SkipReason::Binary),
        (b"%PDF-1.7 ...", SkipReason::Unsupported),
        (b"PK\x03\x04....", SkipReason::Unsupported),
        (b"\x01\0\x02\0\x03\0", SkipReason::Binary),
    ] {
        let (chunks, decoded) = decode("x", bytes, Limits::default());
        assert!(chunks.is_empty());
        assert_eq!(
            (decoded.format, decoded.skips[0].reason),
            (Format::Binary, reason)
        );
    }
}

/// The one place of `needle` in the decoded text leads to exactly `original` in the object.
#[track_caller]
fn check_origin(name: &str, object: &[u8], needle: &str, original: &[u8], line: Option<&[u8]>) {
    let (chunks, _) = decode(name, object, Limits::default());
    let mut places = 0;
    for chunk in &chunks {
        let Text {
            bytes, segments, ..
        } = chunk.text();
        for (i, segment) in segments.iter().enumerate() {
            let text = &bytes[segment.start as usize..segment.end as usize];
            let Some(at) = memchr::memmem::find(text, needle.as_bytes()) else {
                continue;
            };
            let range = ByteRange::new(at as u64, (at + needle.len()) as u64);
            let slice = |range: ByteRange| &object[range.start as usize..range.end as usize];
            assert_eq!(slice(chunk.original(i as u32, range)), original);
            assert_eq!(chunk.line(i as u32, range).map(slice), line);
            places += 1;
        }
    }
    assert_eq!(places, 1, "{needle}");
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    let order = if little {
        u16::to_le_bytes
    } else {
        u16::to_be_bytes
    };
    text.encode_utf16().flat_map(order).collect()
}

#[test]
fn places_lead_back_to_the_original_bytes_in_every_charset() {
    let bytes: &[u8] = "rad ett\nÅsa 19811228-9874 €\nrad tre".as_bytes();
    let line: &[u8] = "Åsa 19811228-9874 €\n".as_bytes();
    check_origin("a.txt", bytes, PERSON, PERSON.as_bytes(), Some(line));
    let bom = [b"\xEF\xBB\xBF", bytes].concat();
    check_origin("a.txt", &bom, PERSON, PERSON.as_bytes(), Some(line));
    let latin = b"rad ett\n\xC5sa \x80 19811228-9874 \xE5\nrad \xD6\n";
    check_origin(
        "a.txt",
        latin,
        PERSON,
        PERSON.as_bytes(),
        Some(b"\xC5sa \x80 19811228-9874 \xE5\n"),
    );
    check_origin(
        "a.txt",
        latin,
        "Åsa €",
        b"\xC5sa \x80",
        Some(b"\xC5sa \x80 19811228-9874 \xE5\n"),
    );
    for little in [true, false] {
        let wide = utf16("\u{FEFF}ett\nÅ😀 19811228-9874 €\ntre", little);
        let line = utf16("Å😀 19811228-9874 €\n", little);
        check_origin("a.txt", &wide, PERSON, &utf16(PERSON, little), Some(&line));
        check_origin("a.txt", &wide, "😀", &utf16("😀", little), Some(&line));
        let bare = utf16("ett\nÅ😀 19811228-9874 €\ntre", little);
        check_origin("a.txt", &bare, PERSON, &utf16(PERSON, little), Some(&line));
        let rows = utf16("namn,pnr\r\nÅsa,19811228-9874\r\n", little);
        check_origin(
            "a.csv",
            &rows,
            PERSON,
            &utf16(PERSON, little),
            Some(&utf16("Åsa,19811228-9874\r\n", little)),
        );
    }
}

#[test]
fn rows_and_lines_are_whole_with_their_terminators() {
    let csv = b"a,b\n\"x\ny\",1\r\nz,2";
    check_origin("a.csv", csv, "1", b"1", Some(b"\"x\ny\",1\r\n"));
    check_origin("a.csv", csv, "y", b"y", Some(b"\"x\ny\",1\r\n"));
    check_origin("a.csv", csv, "2", b"2", Some(b"z,2"));
    check_origin(
        "a.jsonl",
        b"{\"a\":1}\n{\"a\":22}\n",
        "22",
        b"22",
        Some(b"{\"a\":22}\n"),
    );
    check_origin("a.json", b"{\"a\":\n22}\n", "22", b"22", None);
    check_origin("a.txt", b"x\n22\n", "22\n", b"22\n", Some(b"22\n"));
    check_origin(
        "a.txt",
        b"x\ny 2\n2 z\nw",
        "2\n2",
        b"2\n2",
        Some(b"y 2\n2 z\n"),
    );
}

#[test]
fn redaction_speaks_the_charset_and_keeps_the_format() {
    assert_eq!(redaction(Charset::Latin1), b"[erased]");
    assert_eq!(redaction(Charset::Utf16Be), utf16("[erased]", false));
    let json = b"{\"a\":198112289874,\"b\":\"19811228\"}";
    let (chunks, _) = decode("a.json", json, Limits::default());
    let number = chunks[0].redact(1, ByteRange::new(2, 12));
    assert_eq!(
        (number.range, number.replacement),
        (ByteRange::new(5, 17), b"null".to_vec())
    );
    let string = chunks[0].redact(3, ByteRange::new(0, 4));
    assert_eq!(
        (string.range, string.replacement),
        (ByteRange::new(23, 27), b"[erased]".to_vec())
    );
}

#[test]
fn charsets_and_their_faults_are_told() {
    for (bytes, charset, skips) in [
        (b"plain".to_vec(), Charset::Utf8, 0),
        ("å".as_bytes().to_vec(), Charset::Utf8, 0),
        (b"\xE5".to_vec(), Charset::Latin1, 0),
        (utf16("\u{FEFF}å", true), Charset::Utf16Le, 0),
        (
            [utf16("\u{FEFF}å", false), vec![0]].concat(),
            Charset::Utf16Be,
            1,
        ),
        (utf16("\u{FEFF}", true), Charset::Utf16Le, 0),
        (utf16("Åsa på ön", true), Charset::Utf16Le, 0),
        (utf16("Åsa på ön", false), Charset::Utf16Be, 0),
        (utf16("\u{1}\u{2}\u{3}", true), Charset::Utf8, 1),
    ] {
        let (_, decoded) = decode("a.txt", &bytes, Limits::default());
        assert_eq!(
            (decoded.charset, decoded.skips.len()),
            (charset, skips),
            "{bytes:?}"
        );
    }
}
