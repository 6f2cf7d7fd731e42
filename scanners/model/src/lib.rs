//! The nouns of Hemvist: what the other crates talk about.
//!
//! Pure by rule: no I/O, no async, no clock, no randomness, no logging, no cryptography. Values
//! that point at a person ([`Identifier`], [`RecordKey`]) have neither `Debug` nor `Display` nor
//! `Serialize`, so that no log line, error or trace can show one by accident.

mod caller;
mod coverage;
mod date;
mod detection;
mod identifier;
mod ids;
mod info_type;
mod likelihood;
mod location;
mod text;

pub use caller::Caller;
pub use coverage::{Coverage, Skip, SkipReason};
pub use date::{Date, Timestamp};
pub use detection::{Detection, Evidence};
pub use identifier::Identifier;
pub use ids::{ControllerId, ExportId, HoldId, InvalidId, PlanId, ScanId, SourceId, SplitId};
pub use info_type::{IdentifierClass, InfoType};
pub use likelihood::Likelihood;
pub use location::{ByteRange, CollectionName, FieldPath, Location, RecordKey};
pub use text::{Segment, Text};
