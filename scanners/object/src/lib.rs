//! Objects as Records: S3-compatible stores and file trees.
//!
//! A Source here has one Collection: its bucket (with its prefix) or its tree. A Split is a list
//! of keys, written when the store was listed, so that what goes in the meantime shows as a Skip
//! and nothing is listed twice. Keys are opaque bytes: `a//b` and `a/b` are two people's objects,
//! and nothing here joins, cleans or decodes them.
//!
//! Deliberately absent: what an object's bytes mean, following symbolic links, credentials from
//! anywhere but the settings, and writing of any kind outside `change`.

mod cut;
mod list;
mod opened;
pub mod s3;
pub mod tree;

pub use cut::SplitLimits;
pub use s3::{S3Settings, S3Source};
pub use tree::TreeSource;
