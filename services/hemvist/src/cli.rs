//! The command line, as data.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use hemvist_model::InfoType;

/// Hemvist knows where a person's data lives: it scans databases and object stores for Swedish
/// personal data, and locates, exports and erases what belongs to one person.
#[derive(Parser)]
#[command(name = "hemvist", version, propagate_version = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}

const EXAMPLES: &str = "\
Try it without any set-up:
  hemvist demo                                     a small company, from scan to receipt
  hemvist scan --standalone ./exports              what lies in a directory or database, once
  hemvist detect ./exports                         every value in files or standard input, with its place

Run the service and talk to it:
  hemvist serve &
  hemvist source add crm postgres://reader@db.example/crm --controller acme --secret env:CRM_PASSWORD
  hemvist scan crm
  hemvist locate --controller acme 19811228-9874
  hemvist erase plan --controller acme 19811228-9874";

const DETECT_HELP: &str = "\
Prints one JSON document a line for each value found:
  {\"file\",\"info_type\",\"start\",\"end\",\"likelihood\",\"evidence\":[...],\"field\"}
`start` and `end` are byte offsets in the file as it lies there; for gzip, in what it unpacks to.
CSV headers and JSON keys count as evidence; `field` names the column or path.
Findings come by file in the order of the arguments (inside a directory in its own order), then by place.

Exit status:
  0  everything was examined
  1  wrong use, or the output could not be written
  3  something was not, or not wholly, examined; standard error says what and why";

#[derive(Args)]
pub(crate) struct Global {
    /// The server to talk to
    #[arg(
        long,
        global = true,
        env = "HEMVIST_SERVER",
        default_value = "http://127.0.0.1:7443"
    )]
    pub(crate) server: String,
    /// Tables for people, or JSON for programs
    /// (default: table; `detect`: ndjson)
    #[arg(long, global = true, value_enum)]
    pub(crate) format: Option<Format>,
    /// Who is calling (for the audit log)
    #[arg(long, global = true, env = "HEMVIST_PRINCIPAL", default_value_t = default_principal())]
    pub(crate) principal: String,
    /// Why (for the audit log)
    #[arg(long, global = true, default_value = "command-line")]
    pub(crate) purpose: String,
    /// The case it belongs to (for the audit log and the receipt)
    #[arg(long = "case", global = true, default_value = "")]
    pub(crate) case_reference: String,
}

fn default_principal() -> String {
    std::env::var("USER").unwrap_or_else(|_| "unknown".into())
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    /// One document a line
    #[value(alias = "ndjson")]
    Json,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve the gRPC API and work on scans and erasures
    Serve(Serve),
    /// Work on scans and erasures only, beside other processes on the same PostgreSQL store
    Work(Work),
    /// Make a small company, scan it, and take one person's data through to the receipt
    Demo(Demo),
    /// Register stores and look at them
    #[command(subcommand)]
    Source(SourceCommand),
    /// Scan a registered source, or (with --standalone) stores and paths without any server
    Scan(Scan),
    /// Find personal data in files or standard input; no server, nothing kept
    #[command(after_help = DETECT_HELP)]
    Detect(Detect),
    /// Show where one person's data lives
    Locate(Locate),
    /// Write one person's data to a directory
    Export(Export),
    /// Plan, approve and execute the erasure of one person's data
    #[command(subcommand)]
    Erase(EraseCommand),
    /// Fetch and check the signed receipts of erasures
    #[command(subcommand)]
    Receipt(ReceiptCommand),
    /// Forbid erasure for a legal reason, until a day
    #[command(subcommand)]
    Hold(HoldCommand),
}

#[derive(Args)]
pub(crate) struct Serve {
    /// Configuration file (TOML); see deploy/hemvist.toml for every key
    #[arg(long, env = "HEMVIST_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Address and port, instead of the configured ones
    #[arg(long)]
    pub(crate) listen: Option<SocketAddr>,
}

#[derive(Args)]
pub(crate) struct Work {
    /// Configuration file (TOML)
    #[arg(long, env = "HEMVIST_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Demo {
    /// Keep the company, the index and the receipt in this directory
    #[arg(long)]
    pub(crate) keep: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum SourceCommand {
    /// Register a store
    Add(Box<SourceAdd>),
    /// List registered stores
    List,
    /// Connect to a registered store and say what it can do
    Probe {
        /// The source's id
        source: String,
    },
    /// List what a registered store holds
    Collections {
        /// The source's id
        source: String,
    },
    /// Forget a store and everything the index knows of it (the store itself is not touched)
    Remove {
        /// The source's id
        source: String,
    },
}

/// How a store is reached, besides its address.
#[derive(Args, Clone)]
pub(crate) struct Reach {
    /// Reference to the password or S3 secret key: env:NAME or file:PATH
    #[arg(long)]
    pub(crate) secret: Option<String>,
    /// S3 endpoint, such as https://s3.example.com
    #[arg(long)]
    pub(crate) endpoint: Option<String>,
    /// S3 region
    #[arg(long, default_value = "us-east-1")]
    pub(crate) region: String,
    /// S3 access key id
    #[arg(long)]
    pub(crate) access_key: Option<String>,
    /// Require TLS to the database server
    #[arg(long)]
    pub(crate) tls: bool,
}

#[derive(Args)]
pub(crate) struct SourceAdd {
    /// An id of your choice: a-z, 0-9 and '-'
    pub(crate) source: String,
    /// postgres://user@host/db, mariadb://user@host/db, sqlite:PATH, s3://bucket/prefix or a directory
    pub(crate) address: String,
    /// For whom the store holds data: your company, or one customer
    #[arg(long)]
    pub(crate) controller: String,
    #[command(flatten)]
    pub(crate) reach: Reach,
    /// A collection where one row is one person, as COLLECTION:FIELD=INFO_TYPE,FIELD=INFO_TYPE
    #[arg(long = "identity", value_name = "DECLARATION")]
    pub(crate) identities: Vec<String>,
    /// What erasing does to a collection's records, as COLLECTION=AUTO|DELETE|MASK|KEEP[:FIELD,FIELD]
    /// (the fields are cleared too when a record is masked)
    ///
    /// AUTO deletes what is the person's and masks what only mentions them; an object only when its
    /// key names the person. DELETE also deletes every object in which nobody else stands.
    #[arg(long = "policy", value_name = "POLICY")]
    pub(crate) policies: Vec<String>,
    /// What is left alone, as COLLECTION or COLLECTION:PATTERN of object keys or columns, such as
    /// 'photos:*.jpg'
    ///
    /// It is neither searched nor erased, and every receipt says so.
    #[arg(long = "exclude", value_name = "EXCLUSION")]
    pub(crate) exclusions: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Scan {
    /// The source's id; with --standalone: addresses and paths
    #[arg(required = true)]
    pub(crate) targets: Vec<String>,
    /// Scan these stores or paths now, in this process, and keep nothing
    #[arg(long)]
    pub(crate) standalone: bool,
    /// Only these collections
    #[arg(long = "collection")]
    pub(crate) collections: Vec<String>,
    /// Look for this kind only, such as EMAIL_ADDRESS (repeat for more); without it, for what the
    /// configuration says (`info_types`)
    ///
    /// What earlier scans found of other kinds stays as it is. `hemvist locate` says which kinds
    /// have not been looked for.
    #[arg(long = "info-type", value_name = "INFO_TYPE", value_parser = info_type)]
    pub(crate) info_types: Vec<InfoType>,
    /// With --standalone: configuration file (TOML) with detectors, exclusions and info types; a
    /// server has its own
    #[arg(long, env = "HEMVIST_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Return at once instead of showing progress until the scan has ended
    #[arg(long)]
    pub(crate) no_wait: bool,
    #[command(flatten)]
    pub(crate) reach: Reach,
}

#[derive(Args)]
pub(crate) struct Detect {
    /// Files, directories (with all below them), or '-' for standard input, which is also read when
    /// nothing is named
    pub(crate) files: Vec<PathBuf>,
    /// Show the values themselves, in canonical form: the output is then personal data
    #[arg(long)]
    pub(crate) reveal: bool,
    /// Threads; as many as the machine has cores when not given
    #[arg(long)]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
    /// Only say how much was read, how fast, and how many values of each kind there are
    #[arg(long)]
    pub(crate) stats: bool,
    /// Every line is one whole value of the column of this name: for lists without a header
    #[arg(long, value_name = "NAME")]
    pub(crate) column: Option<String>,
    /// Show this kind only, such as SE_PERSONNUMMER (repeat for more); without it, every kind
    #[arg(long = "info-type", value_name = "INFO_TYPE", value_parser = info_type)]
    pub(crate) info_types: Vec<InfoType>,
    /// Configuration file (TOML) with detectors and exclusions of your own
    #[arg(long, env = "HEMVIST_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

fn info_type(name: &str) -> Result<InfoType, String> {
    let known = || InfoType::ALL.map(InfoType::as_str).join(", ");
    InfoType::from_name(name).ok_or_else(|| format!("there are {}", known()))
}

/// Who is meant. Arguments show up in process lists and shell histories; `-` reads them from
/// standard input, one a line.
#[derive(Args)]
pub(crate) struct Person {
    /// For whom the data is held
    #[arg(long)]
    pub(crate) controller: String,
    /// Personnummer, e-mail, phone or IP in any spelling, or a value of a configured detector as
    /// NAME:VALUE; '-' reads them from standard input
    #[arg(required = true)]
    pub(crate) identifiers: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Locate {
    #[command(flatten)]
    pub(crate) person: Person,
}

#[derive(Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) person: Person,
    /// Directory to write to; must not exist yet
    #[arg(long, short)]
    pub(crate) output: PathBuf,
}

#[derive(Subcommand)]
pub(crate) enum EraseCommand {
    /// Read the stores afresh and say what an erasure would do; changes nothing
    Plan(Locate),
    /// Approve a plan as it was shown
    Approve {
        /// The plan's id
        plan: String,
        /// The plan's hash, as `erase plan` printed it
        #[arg(long)]
        hash: String,
    },
    /// Execute an approved plan, verify it and show the outcome
    Execute {
        /// The plan's id
        plan: String,
        /// Return at once instead of waiting for the outcome
        #[arg(long)]
        no_wait: bool,
    },
    /// Show a plan and how far it is
    Show {
        /// The plan's id
        plan: String,
    },
}

#[derive(Subcommand)]
pub(crate) enum ReceiptCommand {
    /// Fetch the receipt of an executed plan
    Get {
        /// The plan's id
        plan: String,
        /// File to write to
        #[arg(long, short)]
        output: PathBuf,
    },
    /// Print the public key that this installation signs with; run it where the server's keys are,
    /// and give it to whoever is to check receipts
    Key {
        /// Configuration file (TOML)
        #[arg(long, env = "HEMVIST_CONFIG")]
        config: Option<PathBuf>,
    },
    /// Check a receipt without any server; fails on any changed byte
    Verify {
        /// The receipt
        file: PathBuf,
        /// The signer's public key in hexadecimal digits; without it the receipt only proves that
        /// it was not changed after whoever holds the key it names had signed it
        #[arg(long)]
        public_key: Option<String>,
    },
}

#[derive(Subcommand)]
pub(crate) enum HoldCommand {
    /// Add a hold
    Add {
        /// An id of your choice
        hold: String,
        /// The source it is about
        #[arg(long)]
        source: String,
        /// One collection of it
        #[arg(long)]
        collection: Option<String>,
        /// The legal basis, in words
        #[arg(long)]
        basis: String,
        /// The last day, as YYYY-MM-DD
        #[arg(long)]
        until: String,
        /// Only this person's data
        #[arg(long)]
        person: Option<String>,
    },
    /// List holds
    List {
        /// Over whose sources
        #[arg(long)]
        controller: String,
    },
    /// Remove a hold
    Remove {
        /// The hold's id
        hold: String,
    },
}
