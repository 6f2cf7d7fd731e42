//! The Subjects service.

use std::collections::VecDeque;

use futures::StreamExt;
use futures::stream::{BoxStream, Fuse};
use hemvist_app::{App, Error, LinkSummary, Located, LocatedFinding, MemberSummary};
use hemvist_model::{Contradiction, ContradictionReason, LinkRule};
use hemvist_proto::v1;
use hemvist_proto::v1::locate_response::Answer;
use hemvist_proto::v1::subjects_server::Subjects;
use tonic::{Request, Response, Status};

use crate::caller::caller;
use crate::page::hex;
use crate::status::status;
use crate::{decode, encode, names};

/// Decodes, calls the app, encodes.
pub(crate) struct SubjectsService(pub(crate) App);

#[tonic::async_trait]
impl Subjects for SubjectsService {
    type LocateStream = BoxStream<'static, Result<v1::LocateResponse, Status>>;

    async fn locate(
        &self,
        request: Request<v1::LocateRequest>,
    ) -> Result<Response<Self::LocateStream>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let controller = names::controller("controller", &request.controller)?;
        let identifiers = decode::identifiers(request.identifiers)?;
        let located = self.0.locate(&caller, &controller, &identifiers);
        let answers = Answers::of(located.await.map_err(status)?);
        let stream = futures::stream::unfold(Some(answers), |answers| async {
            let mut answers = answers?;
            match answers.next().await {
                Ok(answer) => answer.map(|answer| (Ok(response(answer)), Some(answers))),
                // Nothing follows a fault, so that an answer with its end is known to be whole.
                Err(error) => Some((Err(status(error)), None)),
            }
        });
        Ok(Response::new(stream.boxed()))
    }
}

fn response(answer: Answer) -> v1::LocateResponse {
    v1::LocateResponse {
        answer: Some(answer),
    }
}

/// What is still to be sent: subject, locations, coverage, end.
struct Answers {
    subject: Option<v1::SubjectSummary>,
    /// How each member came in; a location names its member.
    memberships: Vec<v1::Membership>,
    /// Asked again after its end, before each of what follows.
    findings: Fuse<BoxStream<'static, Result<LocatedFinding, Error>>>,
    coverage: VecDeque<v1::SourceCoverage>,
    end: Option<v1::LocateEnd>,
}

impl Answers {
    fn of(located: Located) -> Self {
        let coverage = coverage(&located);
        let end = v1::LocateEnd {
            locations: 0,
            sources: encode::count(coverage.len()),
            complete: located.is_complete(),
            detector_version: located.detector_version.clone(),
        };
        Self {
            subject: Some(subject(&located)),
            memberships: located.subject.members.iter().map(membership).collect(),
            coverage,
            findings: located.findings.fuse(),
            end: Some(end),
        }
    }

    async fn next(&mut self) -> Result<Option<Answer>, Error> {
        if let Some(subject) = self.subject.take() {
            return Ok(Some(Answer::Subject(subject)));
        }
        if let Some(finding) = self.findings.next().await.transpose()? {
            if let Some(end) = &mut self.end {
                end.locations += 1;
            }
            let membership = self.memberships.get(finding.member).copied();
            let membership = membership.unwrap_or_default();
            return Ok(Some(Answer::Location(location(finding, membership))));
        }
        if let Some(coverage) = self.coverage.pop_front() {
            return Ok(Some(Answer::Coverage(coverage)));
        }
        Ok(self.end.take().map(Answer::End))
    }
}

fn subject(located: &Located) -> v1::SubjectSummary {
    let members = located.subject.members.iter();
    let contradictions = located.contradicted.iter();
    v1::SubjectSummary {
        members: members.map(member).collect(),
        candidates: encode::count(located.subject.candidates),
        contradictions: contradictions.map(contradiction).collect(),
    }
}

fn member(member: &MemberSummary) -> v1::SubjectMember {
    v1::SubjectMember {
        info_type: member.info_type.as_str().to_owned(),
        membership: membership(member).into(),
        explanation: member.linked.as_ref().map(explanation),
        exclusion: member.excluded.clone().map(exclusion),
    }
}

fn exclusion((owner, reason): (String, String)) -> v1::ValueExclusion {
    v1::ValueExclusion { owner, reason }
}

fn membership(member: &MemberSummary) -> v1::Membership {
    match member.linked {
        None => v1::Membership::Asked,
        Some(_) => v1::Membership::Linked,
    }
}

fn explanation(link: &LinkSummary) -> v1::LinkExplanation {
    let rule = match link.rule {
        LinkRule::IdentitySource => v1::LinkRule::IdentitySource,
    };
    let witness = v1::Witness {
        source: names::of_source(&link.witness.source),
        collection: link.witness.collection.0.clone(),
        record_ref: hex(&link.witness.record_ref.0),
        seen_time: Some(encode::time(link.witness.seen)),
    };
    v1::LinkExplanation {
        via_member: encode::place(link.via),
        rule: rule.into(),
        witness: Some(witness),
        witnesses: encode::count(link.witnesses),
    }
}

fn contradiction(known: &Contradiction) -> v1::Contradiction {
    use v1::ContradictionReason as Reason;
    let (reason, count, field) = match &known.reason {
        ContradictionReason::SeveralPeople(rows) => (Reason::SeveralPeople, *rows, ""),
        ContradictionReason::NoCollection => (Reason::NoCollection, 0, ""),
        ContradictionReason::NoField(field) => (Reason::NoField, 0, field.as_str()),
    };
    v1::Contradiction {
        source: names::of_source(&known.source),
        collection: known.collection.0.clone(),
        count: encode::count(count),
        reason: reason.into(),
        field: field.to_owned(),
    }
}

fn location(located: LocatedFinding, membership: v1::Membership) -> v1::Location {
    let finding = located.finding;
    let evidence = finding.evidence.words();
    v1::Location {
        source: names::of_source(&finding.source),
        collection: finding.collection.0,
        record: finding.record.expose(),
        record_ref: hex(&finding.record_ref.0),
        field: finding.field.0,
        info_type: finding.info_type.as_str().to_owned(),
        likelihood: encode::likelihood(finding.likelihood).into(),
        evidence: evidence.into_iter().map(str::to_owned).collect(),
        membership: membership.into(),
        first: Some(v1::ByteRange {
            start: encode::count(finding.first.start),
            end: encode::count(finding.first.end),
        }),
        occurrences: encode::count(finding.occurrences),
        last_seen_time: Some(encode::time(finding.seen)),
        detector_version: finding.detector_version,
        member: encode::place(located.member),
    }
}

fn coverage(located: &Located) -> VecDeque<v1::SourceCoverage> {
    let of_source = located.coverage.iter().map(|known| {
        let readings = known.collections.iter();
        let readings = readings.map(|reading| v1::CollectionCoverage {
            collection: reading.collection.0.clone(),
            scan_time: Some(encode::time(reading.ended)),
            coverage: Some(encode::coverage(&reading.coverage)),
            info_types: encode::info_types(reading.info_types),
            detector_version: reading.detector_version.clone(),
        });
        v1::SourceCoverage {
            source: names::of_source(&known.source),
            never_scanned: known.never_scanned,
            scan_time: known.scanned_at.map(encode::time),
            detector_version: known.detector_version.clone().unwrap_or_default(),
            coverage: Some(encode::coverage(&known.coverage)),
            collections: readings.collect(),
            unsearched_info_types: encode::info_types(located.unsearched(known)),
        }
    });
    of_source.collect()
}
