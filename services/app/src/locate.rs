//! Locate: where one person's data lies, and what was not looked at.

use std::collections::{BTreeMap, VecDeque};

use futures::StreamExt;
use futures::stream::BoxStream;
use hemvist_model::{Caller, Contradiction, ControllerId, InfoType, Pseudonym};
use hemvist_store::{FindingCursor, SourceCoverage, StoredFinding};

use crate::{App, Error, IdentifierQuery, SubjectSummary};

/// Findings read from the store at a time.
const PAGE_FINDINGS: u32 = 1_000;

/// The answer to a locate.
pub struct Located {
    /// Who was meant.
    pub subject: SubjectSummary,
    /// Where the data lies, grouped by Source and Collection. A fault on the way is an
    /// `Err` item: an answer that ends without one is whole.
    pub findings: BoxStream<'static, Result<LocatedFinding, Error>>,
    /// What has been looked at, for every registered Source of the Controller.
    pub coverage: Vec<SourceCoverage>,
    /// Identity sources that link nothing, or less than they were declared for.
    pub contradicted: Vec<Contradiction>,
    /// The detectors as they are configured now.
    pub detector_version: String,
}

/// One Location of the Subject's data.
pub struct LocatedFinding {
    /// The finding.
    pub finding: StoredFinding,
    /// Whose it is: which of [`SubjectSummary::members`], where it also stands why.
    pub member: usize,
}

impl App {
    /// Finds where the person lives in the index: by any of these identifiers, and by whatever a
    /// declared identity source binds to them.
    ///
    /// # Errors
    /// `InvalidArgument` when an identifier is none; `Unavailable` when the store is.
    pub async fn locate(
        &self,
        caller: &Caller,
        controller: &ControllerId,
        identifiers: &[IdentifierQuery],
    ) -> Result<Located, Error> {
        let subject = self.subject(controller, identifiers).await?;
        self.audit(caller, "Locate", Some(controller), "").await?;
        let coverage = self.store().coverage(controller).await?;
        let contradicted = self.store().contradictions(controller).await?;
        let (summary, places) = SubjectSummary::of(&subject, &self.excluded(controller));
        let findings = self.findings_of(controller, subject.members.keys().copied());
        Ok(Located {
            subject: summary,
            findings: findings
                .map(move |finding| with_member(finding?, &places))
                .boxed(),
            coverage,
            contradicted,
            detector_version: self.detector_version().to_owned(),
        })
    }

    /// Every finding of these Pseudonyms, page by page.
    pub(crate) fn findings_of(
        &self,
        controller: &ControllerId,
        pseudonyms: impl Iterator<Item = Pseudonym>,
    ) -> BoxStream<'static, Result<StoredFinding, Error>> {
        let pages = Pages {
            app: self.clone(),
            controller: controller.clone(),
            pseudonyms: pseudonyms.map(Ahead::new).collect(),
        };
        futures::stream::unfold(Some(pages), |pages| async move {
            let mut pages = pages?;
            match pages.next().await {
                Ok(Some(finding)) => Some((Ok(finding), Some(pages))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
        .boxed()
    }
}

fn with_member(
    finding: StoredFinding,
    places: &BTreeMap<Pseudonym, usize>,
) -> Result<LocatedFinding, Error> {
    let member = places.get(&finding.pseudonym).copied();
    let member = member.ok_or(Error::internal("a finding of a stranger"))?;
    Ok(LocatedFinding { finding, member })
}

/// Reads the findings of all Pseudonyms of a Subject side by side and merges them, so that what
/// lies in one Source comes together.
struct Pages {
    app: App,
    controller: ControllerId,
    pseudonyms: Vec<Ahead>,
}

/// One Pseudonym's findings, page by page.
struct Ahead {
    pseudonym: Pseudonym,
    page: VecDeque<StoredFinding>,
    after: Option<FindingCursor>,
    /// Nothing follows the page in hand.
    last_page: bool,
}

impl Ahead {
    fn new(pseudonym: Pseudonym) -> Self {
        Self {
            pseudonym,
            page: VecDeque::new(),
            after: None,
            last_page: false,
        }
    }
}

impl Pages {
    async fn next(&mut self) -> Result<Option<StoredFinding>, Error> {
        for ahead in &mut self.pseudonyms {
            if ahead.page.is_empty() && !ahead.last_page {
                let after = ahead.after.as_ref();
                let store = self.app.store();
                let page = store.findings(&self.controller, ahead.pseudonym, after, PAGE_FINDINGS);
                ahead.page = page.await?.into();
                ahead.last_page = ahead.page.len() < PAGE_FINDINGS as usize;
            }
        }
        let in_hand = self.pseudonyms.iter_mut();
        let in_hand = in_hand.filter(|ahead| !ahead.page.is_empty());
        let next = in_hand.min_by_key(|ahead| ahead.page.front().map(StoredFinding::cursor));
        let Some(ahead) = next else { return Ok(None) };
        let finding = ahead.page.pop_front();
        ahead.after = finding.as_ref().map(StoredFinding::cursor);
        Ok(finding)
    }
}

/// Kinds that may be acted on: an IP address or a company's number never is.
pub(crate) fn acts(info_type: InfoType) -> bool {
    use hemvist_model::IdentifierClass::{Shared, Weak};
    !matches!(info_type.class(), Shared | Weak)
}
