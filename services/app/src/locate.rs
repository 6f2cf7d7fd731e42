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
    /// Where the data lies, grouped by Source and Collection. A fault on the way is an
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
            .map(|(pseudonym, (_, membership))| Member::new(*pseudonym, *membership));
        let pages = Pages {
            app: self.clone(),
            controller: controller.clone(),
            members: members.collect(),
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

/// Reads the findings of all Pseudonyms of a Subject side by side and merges them, so that what
/// lies in one Source comes together.
struct Pages {
    app: App,
    controller: ControllerId,
    members: Vec<Member>,
}

/// One Pseudonym's findings, page by page.
struct Member {
    pseudonym: Pseudonym,
    membership: Membership,
    page: VecDeque<StoredFinding>,
    after: Option<FindingCursor>,
    /// Nothing follows the page in hand.
    last_page: bool,
}

impl Member {
    fn new(pseudonym: Pseudonym, membership: Membership) -> Self {
        Self {
            pseudonym,
            membership,
            page: VecDeque::new(),
            after: None,
            last_page: false,
        }
    }
}

impl Pages {
    async fn next(&mut self) -> Result<Option<LocatedFinding>, Error> {
        for member in &mut self.members {
            if member.page.is_empty() && !member.last_page {
                let after = member.after.as_ref();
                let store = self.app.store();
                let page = store.findings(&self.controller, member.pseudonym, after, PAGE_FINDINGS);
                member.page = page.await?.into();
                member.last_page = member.page.len() < PAGE_FINDINGS as usize;
            }
        }
        let in_hand = self
            .members
            .iter_mut()
            .filter(|member| !member.page.is_empty());
        let next = in_hand.min_by_key(|member| member.page.front().map(StoredFinding::cursor));
        let Some(member) = next else { return Ok(None) };
        let Some(finding) = member.page.pop_front() else {
            return Ok(None);
        };
        member.after = Some(finding.cursor());
        let membership = member.membership;
        Ok(Some(LocatedFinding {
            finding,
            membership,
        }))
    }
}

/// Kinds that may be acted on: an IP address or a company's number never is.
pub(crate) fn acts(info_type: InfoType) -> bool {
    use hemvist_model::IdentifierClass::{Shared, Weak};
    !matches!(info_type.class(), Shared | Weak)
}
