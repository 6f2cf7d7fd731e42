//! Bytes of an object → Chunks of text ready for detection, and planned edits → the object's bytes
//! again.
//!
//! [`Decoder`] takes an object in pieces of any size: gunzip, charset, format. It holds no more
//! than about one [`Limits::line_bytes_max`] of it, whatever its size, and the Chunks it gives do
//! not depend on how the pieces were cut. Every place in a Chunk leads back to the original bytes
//! ([`Chunk::original`], [`Chunk::line`]), because erasure edits those. [`Rewriter`] applies such
//! edits and leaves every other byte as it was.
//!
//! Bad input is not an error here: what a format cannot read is read as plain text, and what
//! cannot be read at all is a [`hemvist_model::Skip`].
//!
//! Escapes in JSON strings become what they stand for, and an edit takes them whole.
//!
//! Deliberately absent: I/O, threads, async and logging; doubled quotes of CSV and escapes in what
//! is read as plain text (detectors undo those themselves); archives, spreadsheets and PDF, which
//! belong in a process of their own.

mod cell;
mod charset;
mod chunk;
mod csv;
mod decoder;
mod escape;
mod fields;
mod gunzip;
mod json;
mod lexer;
mod limits;
mod line;
mod map;
mod ndjson;
mod near;
mod paths;
mod rewrite;
mod room;
mod skips;
mod sniff;
mod stops;
mod text;
mod window;

pub use cell::{JsonCell, json_segments};
pub use chunk::{Charset, Chunk, Format, redaction};
pub use decoder::{Decoded, Decoder};
pub use fields::FieldNames;
pub use limits::Limits;
pub use rewrite::{ByteEdit, CorruptInput, OverlappingEdits, Rewriter};
pub use room::BUFFERS_MAX;
