//! Other ways to write a value, under which it must be found as well.

use crate::secrets::base64;

/// Rewrites a value.
pub type Disguise = fn(&str) -> String;

/// What each is called, and how it is done.
pub const DISGUISES: [(&str, Disguise); 8] = [
    ("references", |text| {
        text.replace('-', "&#45;").replace('@', "&#x40;")
    }),
    ("percent signs", |text| {
        text.replace('-', "%2D").replace('@', "%40")
    }),
    ("escapes", |text| {
        text.replace('-', "\\u002d").replace('@', "\\u0040")
    }),
    ("fullwidth digits", |text| {
        let wide = |one: char| match one {
            '0'..='9' => char::from_u32(u32::from(one) + FULLWIDTH).unwrap_or(one),
            _ => one,
        };
        text.chars().map(wide).collect()
    }),
    ("soft hyphens", |text| {
        text.replace('9', "\u{ad}9").replace('.', ".\u{ad}")
    }),
    ("no width", |text| {
        text.replace('9', "\u{200b}9").replace('.', "\u{2060}.")
    }),
    ("tags", |text| {
        text.replace('9', "<b>9</b>").replace('@', "<i>@</i>")
    }),
    ("base64", |text| {
        base64(&format!("Hej, det var {text} som ringde."))
    }),
];

/// How much further the fullwidth forms stand in Unicode than those of ASCII.
const FULLWIDTH: u32 = 0xfee0;
