//! Text in, detections out: Swedish identity numbers, e-mail addresses, phone numbers, IP addresses.
//!
//! Pure by rule: no I/O, no clock, no threads, no `Result` from scanning. One pass over the bytes
//! finds anchors by cheap signals (`finder`), hand-written rules judge them (one file per family
//! of InfoTypes), words around them and field names weigh in (`labels`), and InfoTypes compete
//! for a range of text (`compete`). Where escapes, foreign digits, markup or base64 may hide a
//! value, the text around is normalised and read again (`normal`). Any bytes at all are accepted,
//! in linear time.
//!
//! What a whole column or document says of its numbers is counted on the way (`population`).
//!
//! What it deliberately does not do: decode formats or charsets (that is `hemvist-decode`).

mod address;
mod bank;
mod blocks;
mod compete;
mod configured;
mod detectors;
mod email;
mod engine;
mod family;
mod finder;
mod given_names;
mod identity;
mod ip;
mod label_words;
mod labels;
mod lexicon;
mod mac;
mod name;
mod normal;
mod parse;
mod phone;
mod phone_groups;
mod phone_plan;
mod places;
mod population;
mod punycode;
mod rare_words;
mod secret;
mod secret_value;
mod segments;
mod spelling;
mod surnames;
#[cfg(test)]
mod tables;
mod terms;
mod top_level;
mod towns;
mod word_signs;
mod words;

pub use configured::{Checksum, Configured, Exclusion, Rule, RuleError};
pub use engine::{Engine, Options, Scanned};
pub use identity::{Birth, IdentityKind, IdentityNumber, Region, Sex, read_identity};
pub use parse::{ParseError, parse, parse_as};
pub use population::{Census, PeopleFields, Population, is_held_back, is_rival};

/// The version of rules and tables. It goes into Coverage: change it whenever findings change.
pub const DETECTOR_VERSION: &str = "2026.9";

/// How many bytes before and after a value can matter. Decoders that cut one value or running
/// text at a forced place give this many bytes of `lead` and `trail` on either side.
///
/// The longest value is an e-mail address (64 + 1 + 255 bytes); its labels and the header names
/// that decide about it lie within 128 bytes on either side.
pub const CONTEXT_BYTES: usize = 512;
