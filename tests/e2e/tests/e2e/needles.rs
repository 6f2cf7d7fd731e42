//! Looks for what must not be there, in every form in which it might be.

use aho_corasick::AhoCorasick;

/// Texts that must be nowhere, ready to be looked for.
pub(crate) struct Needles {
    finder: AhoCorasick,
    /// Which text, in which form.
    names: Vec<(String, &'static str)>,
}

impl Needles {
    pub(crate) fn new(texts: &[String]) -> Needles {
        let (mut patterns, mut names) = (Vec::new(), Vec::new());
        for text in texts {
            for (form, pattern) in forms(text.as_bytes()) {
                names.push((text.clone(), form));
                patterns.push(pattern);
            }
        }
        Needles {
            finder: AhoCorasick::new(patterns).expect("patterns"),
            names,
        }
    }

    /// The first that is there.
    pub(crate) fn first_in(&self, bytes: &[u8]) -> Option<&(String, &'static str)> {
        self.finder
            .find(bytes)
            .map(|found| &self.names[found.pattern().as_usize()])
    }

    /// Checks that there is none.
    pub(crate) fn check(&self, place: &str, bytes: &[u8]) {
        if let Some((text, form)) = self.first_in(bytes) {
            panic!("{text:?} ({form}) stands in {place}");
        }
    }
}

fn forms(text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![
        ("as it is", text.to_vec()),
        ("in upper case", text.to_ascii_uppercase()),
        ("URL-encoded", url_encoded(text)),
        (
            "in hex",
            text.iter()
                .flat_map(|byte| format!("{byte:02x}").into_bytes())
                .collect(),
        ),
    ];
    if let Ok(text) = std::str::from_utf8(text) {
        // Big-endian is found by this too, but for its first byte.
        forms.push((
            "UTF-16",
            text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ));
    }
    forms.extend((0..3).map(|offset| ("base64", base64(text, offset))));
    forms
}

fn url_encoded(text: &[u8]) -> Vec<u8> {
    let encoded = |byte: &u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => vec![*byte],
        _ => format!("%{byte:02X}").into_bytes(),
    };
    text.iter().flat_map(encoded).collect()
}

/// The digits that these bytes always become when they stand `offset` bytes after a multiple of three.
fn base64(text: &[u8], offset: usize) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes = [&vec![0; offset], text, &[0, 0]].concat();
    let bit = |index: usize| bytes[index / 8] >> (7 - index % 8) & 1;
    let digit = |index: usize| {
        DIGITS[(0..6).fold(0, |value, one| {
            value << 1 | usize::from(bit(index * 6 + one))
        })]
    };
    let (first, end) = ((offset * 8).div_ceil(6), (offset + text.len()) * 8 / 6);
    (first..end).map(digit).collect()
}

#[test]
fn every_form_is_found() {
    let needles = Needles::new(&["person.nr7@example.org".to_owned()]);
    for hay in [
        "to Person.nr7@example.org".replace("Person", "person"),
        "?user=person.nr7%40example.org&".to_owned(),
        "AHBlcnNvbi5ucjdAZXhhbXBsZS5vcmc=".to_owned(),
        "cGVyc29uLm5yN0BleGFtcGxlLm9yZw==".to_owned(),
        "PERSON.NR7@EXAMPLE.ORG".to_owned(),
    ] {
        assert!(needles.first_in(hay.as_bytes()).is_some(), "{hay}");
    }
    let wide: Vec<u8> = "person.nr7@example.org"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .chain([0])
        .collect();
    assert!(needles.first_in(&wide).is_some());
    assert!(needles.first_in(b"person.nr8@example.org").is_none());
}
