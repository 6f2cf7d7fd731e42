//! Characters that stand for others.

use crate::values::*;

const DASHES: [char; 9] = [
    '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}', '\u{fe63}',
    '\u{ff0d}',
];
const BLANKS: [char; 8] = [
    '\u{a0}', '\u{2002}', '\u{2007}', '\u{2008}', '\u{2009}', '\u{200a}', '\u{202f}', '\u{3000}',
];
/// Zeros of fullwidth, Arabic-Indic, Persian, Devanagari, Bengali, Thai and mathematical digits.
const ZEROS: [u32; 8] = [0xff10, 0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0x1d7ce, 0x1d7f6];
const INVISIBLE: [char; 6] = [
    '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{200e}', '\u{fe0f}',
];

fn other_dash(seed: &mut Seed, value: &Value) -> String {
    respell(seed, &value.plain, dash, |seed, _| {
        seed.pick(&DASHES).into()
    })
}

/// Some characters of the value get `with` behind them.
fn with_inside(seed: &mut Seed, value: &Value, with: &[char]) -> String {
    let last = value.plain.len() - 1;
    let (head, tail) = value.plain.split_at(last);
    respell(seed, head, anything, |seed, char| {
        format!("{char}{}", seed.pick(with))
    }) + tail
}

#[test]
fn unicode_dashes_in_identity_numbers() {
    check_class("dashes", identity, other_dash);
}

#[test]
fn unicode_dashes_in_phone_numbers() {
    check_class(
        "phone dashes",
        |seed| loop {
            let value = phone(seed);
            if value.plain.contains('-') {
                return value;
            }
        },
        other_dash,
    );
}

#[test]
fn unicode_blanks_in_identity_numbers() {
    check_class("blanks", identity, |seed, value| {
        // Without its sign a short number may be of two centuries.
        let digits = format!("{}-{}", &value.canonical[..8], &value.canonical[8..]);
        digits.replace('-', &seed.pick(&BLANKS).to_string())
    });
}

#[test]
fn unicode_blanks_in_phone_numbers() {
    check_class("phone blanks", phone, |seed, value| {
        respell(seed, &value.plain, blank, |seed, _| {
            seed.pick(&BLANKS).into()
        })
    });
}

#[test]
fn fullwidth_and_other_digits() {
    for (name, make) in [
        ("identity digits", identity as Make),
        ("phone digits", phone),
        ("ip digits", ip),
    ] {
        check_class(name, make, |seed, value| {
            let zero = seed.pick(&ZEROS);
            respell(
                seed,
                &value.plain,
                |c| c.is_ascii_digit(),
                |_, digit| {
                    char::from_u32(zero + digit.to_digit(10).unwrap())
                        .unwrap()
                        .into()
                },
            )
        });
    }
}

#[test]
fn fullwidth_signs_and_letters() {
    check_class("fullwidth", email, |seed, value| {
        respell(seed, &value.plain, anything, |_, char| {
            char::from_u32(u32::from(char) + 0xfee0).unwrap().into()
        })
    });
}

#[test]
fn soft_hyphens_inside() {
    check_class("soft hyphens", identity, |seed, value| {
        with_inside(seed, value, &['\u{ad}'])
    });
    check_class("soft hyphens in e-mail", email, |seed, value| {
        with_inside(seed, value, &['\u{ad}'])
    });
}

#[test]
fn zero_width_characters_inside() {
    check_class("zero width", identity, |seed, value| {
        with_inside(seed, value, &INVISIBLE)
    });
    check_class("zero width in e-mail", email, |seed, value| {
        with_inside(seed, value, &INVISIBLE)
    });
    check_class("zero width in phone", phone, |seed, value| {
        with_inside(seed, value, &INVISIBLE)
    });
    check_class("zero width in ip", ip, |seed, value| {
        with_inside(seed, value, &INVISIBLE)
    });
}

#[test]
fn byte_order_marks_inside() {
    check_class("byte order marks", identity, |seed, value| {
        with_inside(seed, value, &['\u{feff}'])
    });
    check_class("byte order marks in e-mail", email, |seed, value| {
        with_inside(seed, value, &['\u{feff}'])
    });
}

/// The text as it is after its UTF-8 was read as Windows-1252, once or twice.
fn encoded_twice(text: &str) -> String {
    const HIGH: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    let read = |byte: u8| match byte {
        0x80..=0x9f => HIGH.chars().nth(usize::from(byte - 0x80)).unwrap(),
        _ => char::from(byte),
    };
    text.bytes().map(read).collect()
}

#[test]
fn double_encoded_dashes_and_blanks() {
    check_class("double encoded dashes", identity, |seed, value| {
        let dash = encoded_twice(
            &seed
                .pick(&['\u{2013}', '\u{2011}', '\u{2212}', '\u{2014}'])
                .to_string(),
        );
        value.plain.replace('-', &dash)
    });
    check_class("double encoded blanks", phone, |_, value| {
        value.plain.replace(' ', &encoded_twice("\u{a0}"))
    });
}

#[test]
fn double_encoded_swedish_letters() {
    check_class(
        "double encoded letters",
        |seed| {
            let name = seed.pick(&["björn", "åsa.ek", "märta", "jörgen-å", "söderström.7"]);
            let plain = format!("{name}@{}", seed.pick(&["example.com", "example.org"]));
            Value {
                canonical: plain.clone(),
                plain,
                info_type: hemvist_model::InfoType::EmailAddress,
            }
        },
        |seed, value| {
            let once = encoded_twice(&value.plain);
            if seed.below(3) == 0 {
                encoded_twice(&once)
            } else {
                once
            }
        },
    );
}
