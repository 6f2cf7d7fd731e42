//! What was declared when a Plan was made, so that it is executed under nothing else.
//!
//! A Plan holds a digest of every Source that decided it: those whose Collections it names, and
//! those that declare who is who; and in it how the detectors were configured: with other rules a
//! second reading would not find what was planned for, and call it gone. The revision would not do: a Source that is deleted and
//! registered anew begins at 1 again.

use std::collections::BTreeSet;

use hemvist_model::{ControllerId, Plan, RegisteredSource, SourceId, Timestamp};
use sha2::{Digest, Sha256};

use crate::{App, Error};

/// Sources read at a time.
const PAGE_SOURCES: u32 = 100;

/// SHA-256 over all that is declared about a Source. It holds no secret: those are references.
pub(crate) fn declared(source: &RegisteredSource) -> [u8; 32] {
    let declared = RegisteredSource {
        created: Timestamp(0),
        revision: 0,
        ..source.clone()
    };
    // It has neither maps with other keys than text nor floats: it always encodes.
    Sha256::digest(serde_json::to_vec(&declared).unwrap_or_default()).into()
}

/// The same with the version of the detectors, which names how they are configured.
fn decided_by(source: &RegisteredSource, detectors: &str) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(declared(source));
    digest.update(detectors);
    digest.finalize().into()
}

/// What of these decides a Plan over those Collections.
fn declarations<'a>(
    sources: &[RegisteredSource],
    detectors: &str,
    collections: impl Iterator<Item = &'a SourceId>,
) -> Vec<(SourceId, [u8; 32])> {
    let read: BTreeSet<&SourceId> = collections.collect();
    let decides = |source: &&RegisteredSource| {
        !source.identity_sources.is_empty() || read.contains(&source.id)
    };
    let deciding = sources.iter().filter(decides);
    deciding
        .map(|source| (source.id.clone(), decided_by(source, detectors)))
        .collect()
}

impl App {
    /// All Sources of a Controller, as they are registered now.
    pub(crate) async fn sources_of(
        &self,
        controller: &ControllerId,
    ) -> Result<Vec<RegisteredSource>, Error> {
        let (mut sources, mut after) = (Vec::new(), None);
        loop {
            let page = self.store().sources(after.as_ref(), PAGE_SOURCES).await?;
            let Some(last) = page.last() else {
                return Ok(sources);
            };
            after = Some(last.id.clone());
            let theirs = |source: &RegisteredSource| source.controller == *controller;
            sources.extend(page.into_iter().filter(theirs));
        }
    }

    /// What of these decides a Plan over those Collections.
    pub(super) fn declarations<'a>(
        &self,
        sources: &[RegisteredSource],
        collections: impl Iterator<Item = &'a SourceId>,
    ) -> Vec<(SourceId, [u8; 32])> {
        declarations(sources, self.detector_version(), collections)
    }

    /// Whether everything is declared as it was when the Plan was made.
    pub(crate) async fn is_declared_as_planned(&self, plan: &Plan) -> Result<bool, Error> {
        let sources = self.sources_of(&plan.controller).await?;
        let read = plan.collections.iter().map(|(source, _)| source);
        Ok(self.declarations(&sources, read) == plan.declarations)
    }

    /// Whether a Source is declared, and the detectors configured, as when the Plan was made.
    pub(crate) fn is_as_planned(&self, plan: &Plan, source: &RegisteredSource) -> bool {
        let digest = decided_by(source, self.detector_version());
        plan.declarations
            .iter()
            .any(|(id, planned)| *id == source.id && *planned == digest)
    }
}
