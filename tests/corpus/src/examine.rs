//! The whole way of a file through the product: what `hemvist detect` would report.

use std::io::Cursor;
use std::sync::LazyLock;

use hemvist_app::{
    DetectInput, DetectOptions, DetectorOptions, Detectors, OpenInput, Told, detect,
};
use hemvist_model::{Date, InfoType, Likelihood};

use crate::secrets::rules;

/// The day on which the corpus is looked at.
const TODAY: Date = Date {
    year: 2026,
    month: 6,
    day: 15,
};

/// The detectors of the house, and those that this corpus configures.
static DETECTORS: LazyLock<Detectors> = LazyLock::new(|| {
    let options = DetectorOptions {
        rules: rules(),
        ..DetectorOptions::default()
    };
    match Detectors::new(options, TODAY) {
        Ok(detectors) => detectors,
        Err(error) => panic!("the corpus' own rules: {error}"),
    }
});

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its kind.
    pub info_type: InfoType,
    /// First byte in the file.
    pub start: usize,
    /// One past the last byte in the file.
    pub end: usize,
    /// How sure.
    pub likelihood: Likelihood,
    /// The canonical form.
    pub identifier: String,
}

/// What is found in a file of that name and content, in order, on `threads` threads.
///
/// # Panics
/// When something was skipped: all of the corpus can be read.
#[must_use]
pub fn examine(name: &str, bytes: &[u8], threads: usize) -> Vec<Found> {
    let owned = bytes.to_vec();
    let open: OpenInput = Box::new(move || Ok(Box::new(Cursor::new(owned))));
    let input = DetectInput {
        name: name.to_owned(),
        open: Ok(open),
    };
    let options = DetectOptions {
        reference_date: TODAY,
        threads,
        column: None,
        detectors: DETECTORS.clone(),
        info_types: Default::default(),
    };
    let mut all = Vec::new();
    let offset = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    let mut tell = |name: &str, told: Told<'_>| match told {
        Told::Found(found) => all.push(Found {
            info_type: found.detection.info_type(),
            start: offset(found.range.start),
            end: offset(found.range.end),
            likelihood: found.detection.likelihood,
            identifier: found.detection.identifier.expose().to_owned(),
        }),
        Told::Skipped(skip) => panic!("{name}: {}", skip.detail),
    };
    if detect(&mut std::iter::once(input), &options, &mut tell).is_err() {
        panic!("no threads");
    }
    all.sort_by_key(|found| (found.start, found.end));
    all
}
