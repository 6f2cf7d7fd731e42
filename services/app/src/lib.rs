//! The use cases of Hemvist, a file per verb.
//!
//! Knows the nouns, the detectors, the Source trait and our own store. Knows no transport (tonic,
//! prost), no concrete Source, no environment and no configuration file: those are given in.
//! Detection is handed to rayon here and nowhere else.

mod acting;
mod app;
mod clock;
mod crawl;
mod cut;
mod declared;
mod detect;
mod detectors;
mod erase;
mod error;
mod exclude;
mod export;
mod gaps;
mod ids;
mod index;
mod keys;
mod locate;
mod plan;
mod policy;
mod receipt;
mod register;
mod scan;
mod standalone;
mod subject;
mod verify;
mod work;

pub use app::{App, AppOptions, OpenSource};
pub use clock::Clock;
pub use detect::{
    DetectInput, DetectOptions, DetectSummary, FoundValue, OpenInput, Tell, Told, detect,
};
pub use detectors::{DetectorOptions, Detectors, DetectorsError, ExcludedValues, ReadError};
pub use erase::{ErasureView, ErasureWatch};
pub use error::{Error, ErrorKind};
pub use export::{ExportChunk, ExportStream};
pub use keys::{ControllerKeys, Keys, MASTER_KEY_BYTES};
pub use locate::{Located, LocatedFinding};
pub use plan::{PLAN_LIFETIME_SECONDS, PlanEvent, PlanStream, Planning};
pub use policy::NewHold;
pub use receipt::{ReceiptError, verify_receipt};
pub use register::{CollectionSummary, SourceProbe};
pub use scan::{NewScan, ScanWatch};
pub use standalone::{StandaloneOptions, StandaloneSummary, SummaryRow, scan_standalone};
pub use subject::{IdentifierQuery, LinkSummary, MemberSummary, SubjectSummary};
pub use work::WorkerOptions;
