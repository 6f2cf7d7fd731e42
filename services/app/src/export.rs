//! Export: a person's data read again from the Sources, packed file by file.
//!
//! One `data/<source>.ndjson` for each Source, a JSON object on a line for each row, line or
//! value, then `manifest.json` with their SHA-256. Whatever else stands in a Record comes along,
//! but other people's identifiers do not. Nothing is held but one piece of one Record and the
//! list of Records; equal data gives equal files.

mod entries;
mod pack;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use hemvist_model::{
    Caller, CollectionName, ControllerId, Coverage, ExportId, RecordKey, SourceId,
};

use crate::acting::{ACTING_LIKELIHOOD, Acting, People, recall};
use crate::{App, Error, ErrorKind, IdentifierQuery};

use pack::Packer;

/// Records that one package may hold. One person with more is a fault, or needs a person.
const RECORDS_MAX: usize = 100_000;

/// A piece of a file of the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportChunk {
    /// The file, a generated relative path such as `data/crm.ndjson`.
    pub file_name: String,
    /// The next bytes of it, at most 64 KiB.
    pub bytes: Vec<u8>,
    /// Whether the file ends here.
    pub last: bool,
}

/// A package as it is made. One without its `manifest.json` is not whole.
pub type ExportStream = BoxStream<'static, Result<ExportChunk, Error>>;

/// The Subject's Records, by Source.
type Records = BTreeMap<SourceId, BTreeSet<(CollectionName, RecordKey)>>;

impl App {
    /// Packs what is held about the person that these identifiers belong to.
    ///
    /// # Errors
    /// `InvalidArgument` when an identifier is none; `FailedPrecondition` when all of them are too
    /// weak to act on, or there is too much. What cannot be read again on the way is counted in
    /// the manifest.
    pub async fn export_subject(
        &self,
        caller: &Caller,
        controller: &ControllerId,
        identifiers: &[IdentifierQuery],
    ) -> Result<ExportStream, Error> {
        let subject = self.subject(controller, identifiers).await?;
        self.audit(caller, "ExportSubject", Some(controller), "")
            .await?;
        let (excluded, keys) = (
            self.excluded(controller),
            self.keys().controller(controller),
        );
        let acting = Acting::of(&subject, &excluded, keys)?.cautious();
        let (mut records, mut candidates) = (Records::new(), subject.candidates.len() as u64);
        let (mut total, mut people) = (0, People::new());
        let mut findings = self.findings_of(controller, subject.members.keys().copied());
        while let Some(finding) = findings.try_next().await? {
            if !acting.pseudonyms.contains_key(&finding.pseudonym)
                || finding.likelihood < ACTING_LIKELIHOOD
            {
                candidates += 1;
                continue;
            }
            recall(&mut people, &finding);
            let of_source = records.entry(finding.source).or_default();
            total += usize::from(of_source.insert((finding.collection, finding.record)));
            if total > RECORDS_MAX {
                return Err(Error::new(
                    ErrorKind::FailedPrecondition,
                    "EXPORT_TOO_LARGE",
                    format!("the person stands in more than {RECORDS_MAX} records"),
                ));
            }
        }
        let coverage = self.store().coverage(controller).await?;
        let coverage: Vec<(SourceId, Coverage)> = coverage
            .into_iter()
            .map(|known| (known.source, known.coverage))
            .collect();
        let export = ExportId::new(crate::ids::random()?)
            .map_err(|_| Error::internal("a generated id was refused"))?;
        let manifest = hemvist_model::ExportManifest {
            export,
            controller: controller.clone(),
            created: self.clock().now(),
            files: Vec::new(),
            coverage,
            unread: 0,
            candidates,
        };
        let packer = Packer::new(self.clone(), acting, records, people, manifest);
        Ok(futures::stream::unfold(Some(packer), |packer| async move {
            let mut packer = packer?;
            match packer.next().await {
                Ok(Some(chunk)) => Some((Ok(chunk), Some(packer))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
        .boxed())
    }
}
