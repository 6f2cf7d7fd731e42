//! Locate: where one person's data lies, and what was not looked at.

use std::collections::VecDeque;

use futures::StreamExt;
use futures::stream::BoxStream;
use hemvist_model::{
    Caller, CollectionName, ControllerId, InfoType, Membership, Pseudonym, SourceId, Subject,
};
use hemvist_store::{FindingCursor, SourceCoverage, StoredFinding};

use crate::{App, Error, IdentifierQuery, SubjectSummary};

/// Findings read from the store at a time.
const PAGE_FINDINGS: u32 = 1_000;

/// The answer to a locate.
pub struct Located {
    /// Who was meant.
    pub subject: SubjectSummary,
    /// Where the data lies, grouped by identifier, Source and Collection. A fault on the way is an
    /// `Err` item: an answer that ends without one is whole.
    pub findings: BoxStream<'static, Result<LocatedFinding, Error>>,
    /// What has been looked at, for every registered Source of the Controller.
    pub coverage: Vec<SourceCoverage>,
    /// Identity sources whose rows contradict their declaration, so that their Links do not count.
    pub contradicted: Vec<(SourceId, CollectionName, u64)>,
}

/// One Location of the Subject's data.
pub struct LocatedFinding {
    /// The finding.
    pub finding: StoredFinding,
    /// Why it belongs to the Subject.
    pub membership: Membership,
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
        let summary = SubjectSummary::of(&subject);
        let findings = self.findings_of(controller, &subject);
        Ok(Located {
            subject: summary,
            findings,
            coverage,
            contradicted,
        })
    }

    /// Every finding of a Subject, page by page.
    pub(crate) fn findings_of(
        &self,
        controller: &ControllerId,
        subject: &Subject,
    ) -> BoxStream<'static, Result<LocatedFinding, Error>> {
        let members = subject
            .members
            .iter()
            .map(|(pseudonym, (_, membership))| (*pseudonym, *membership));
        let pages = Pages {
            app: self.clone(),
            controller: controller.clone(),
            members: members.collect(),
            after: None,
            page: VecDeque::new(),
            last_page: false,
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

/// Reads the findings of one Pseudonym after the other.
struct Pages {
    app: App,
    controller: ControllerId,
    members: VecDeque<(Pseudonym, Membership)>,
    after: Option<FindingCursor>,
    page: VecDeque<StoredFinding>,
    /// The page in hand is the last of its Pseudonym.
    last_page: bool,
}

impl Pages {
    async fn next(&mut self) -> Result<Option<LocatedFinding>, Error> {
        loop {
            let Some((pseudonym, membership)) = self.members.front().copied() else {
                return Ok(None);
            };
            if let Some(finding) = self.page.pop_front() {
                self.after = Some(finding.cursor());
                return Ok(Some(LocatedFinding {
                    finding,
                    membership,
                }));
            }
            if std::mem::take(&mut self.last_page) {
                self.members.pop_front();
                self.after = None;
                continue;
            }
            let store = self.app.store();
            let page = store
                .findings(
                    &self.controller,
                    pseudonym,
                    self.after.as_ref(),
                    PAGE_FINDINGS,
                )
                .await?;
            self.last_page = page.len() < PAGE_FINDINGS as usize;
            self.page = page.into();
        }
    }
}

/// Kinds that may be acted on: an IP address never is.
pub(crate) fn acts(info_type: InfoType) -> bool {
    info_type.class() != hemvist_model::IdentifierClass::Weak
}
