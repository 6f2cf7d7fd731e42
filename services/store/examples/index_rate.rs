//! How fast findings go into the index, and how many bytes each takes.
//!
//! `cargo run --release -p hemvist-store --example index_rate -- [STORE_URL] [FINDINGS]`: an SQLite
//! file in a temporary directory and a million findings unless told otherwise. A PostgreSQL
//! database must be empty. Deliberately absent: detection and Sources; the findings are made up.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use hemvist_model::*;
use hemvist_store::{SealingKey, SplitResult, Store, StoreUrl};

const FINDINGS_PER_SPLIT: u64 = 20_000;
const FINDINGS_PER_RECORD: u64 = 3;
const LOOKUPS: u64 = 2_000;
const LEASE_SECONDS: u32 = 600;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("index.db");
    let url = match arguments.next() {
        Some(url) => url.parse()?,
        None => StoreUrl::Sqlite(path.clone()),
    };
    let findings: u64 = arguments
        .next()
        .map_or(Ok(1_000_000), |text| text.parse())?;
    let store = Store::open(&url, SealingKey([1; 64])).await?;
    let mut report = String::new();
    for (n, name) in ["first scan", "second scan"].into_iter().enumerate() {
        let seconds = scan(&store, n, findings).await?;
        let rate = findings as f64 / seconds;
        writeln!(
            report,
            "{name}: {findings} findings in {seconds:.2} s, {rate:.0} a second"
        )?;
    }
    let start = Instant::now();
    let controller = ControllerId::new("acme")?;
    for n in 0..LOOKUPS {
        let wanted = pseudonym(n * (findings / LOOKUPS).max(1));
        if store
            .findings(&controller, wanted, None, 100)
            .await?
            .is_empty()
        {
            return Err("a finding is missing".into());
        }
    }
    let each = start.elapsed().as_secs_f64() * 1e6 / LOOKUPS as f64;
    writeln!(report, "lookup: {each:.0} µs each")?;
    store.close().await;
    if let Ok(file) = std::fs::metadata(&path) {
        let bytes = file.len() as f64 / findings as f64;
        writeln!(
            report,
            "file: {bytes:.0} bytes for each finding, its record and both indexes"
        )?;
    }
    std::io::stdout().write_all(report.as_bytes())?;
    Ok(())
}

/// Seconds spent committing; making up the findings is not counted.
async fn scan(store: &Store, n: usize, findings: u64) -> Result<f64, Box<dyn Error>> {
    let source = RegisteredSource {
        id: SourceId::new("made-up")?,
        controller: ControllerId::new("acme")?,
        settings: SourceSettings::Tree { root: "/".into() },
        identity_sources: vec![],
        policies: vec![],
        exclusions: Vec::new(),
        created: Timestamp(0),
        revision: 1,
    };
    if n == 0 {
        store.create_source(&source).await?;
    }
    let scan = Scan {
        id: ScanId::new(format!("scan-{n}"))?,
        source: source.id,
        collections: vec![],
        info_types: InfoTypes::shaped(),
        state: ScanState::Cutting,
        detector_version: "none".into(),
        created: Timestamp(0),
        ended: None,
        coverage: Coverage::default(),
        splits: (0, 0),
        findings: 0,
    };
    store.create_scan(&scan, "").await?;
    let cut = store.lease_cut(LEASE_SECONDS).await?.ok_or("no scan")?;
    let collection = CollectionName::new("people");
    let splits = (0..findings.div_ceil(FINDINGS_PER_SPLIT)).map(|n| SplitSpec {
        collection: collection.clone(),
        bounds: n.to_be_bytes().to_vec(),
        records: None,
    });
    store
        .add_collection(&cut, &collection, splits.collect(), None)
        .await?;
    store.finish_cut(&cut, false).await?;
    let mut seconds = 0.0;
    while let Some(lease) = store.lease_split(LEASE_SECONDS).await? {
        let split = u64::from_be_bytes(lease.spec.bounds.as_slice().try_into()?);
        let first = split * FINDINGS_PER_SPLIT;
        let result = SplitResult {
            findings: (first..findings.min(first + FINDINGS_PER_SPLIT))
                .map(finding)
                .collect(),
            ..SplitResult::default()
        };
        let start = Instant::now();
        store.commit_split(&lease, &result).await?;
        seconds += start.elapsed().as_secs_f64();
    }
    Ok(seconds)
}

/// As evenly spread as a keyed hash (SplitMix64).
fn spread(seed: u64) -> [u8; 16] {
    let mix = |mut x: u64| {
        x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&mix(seed).to_le_bytes());
    bytes[8..].copy_from_slice(&mix(!seed).to_le_bytes());
    bytes
}

fn pseudonym(n: u64) -> Pseudonym {
    Pseudonym(spread(n))
}

fn finding(n: u64) -> Finding {
    let record = n / FINDINGS_PER_RECORD;
    Finding {
        pseudonym: pseudonym(n),
        info_type: InfoType::EmailAddress,
        record_ref: RecordRef(spread(record ^ (1 << 63))),
        record: Arc::new(RecordKey::Row(vec![record.to_string()])),
        field: Arc::new(FieldPath::new(format!(
            "column-{}",
            n % FINDINGS_PER_RECORD
        ))),
        first: ByteRange::new(0, 24),
        occurrences: 1,
        likelihood: Likelihood::VeryLikely,
        evidence: Evidence::SHAPE.with(Evidence::FIELD_NAME),
    }
}
