//! `hemvist locate`: where one person's data lives.

use anyhow::{Result, bail};
use hemvist_proto::v1::{self, locate_response::Answer};
use serde_json::{Value, json};

use super::show;
use crate::cli::{Global, Locate};
use crate::client::{Client, controller_name, identifiers, refusal};
use crate::output::Output;

/// A whole answer.
#[derive(Default)]
pub(crate) struct Answered {
    pub(crate) subject: v1::SubjectSummary,
    pub(crate) locations: Vec<v1::Location>,
    pub(crate) coverage: Vec<v1::SourceCoverage>,
    /// Whether every source has been read whole.
    pub(crate) complete: bool,
}

pub(crate) async fn run(locate: &Locate, global: &Global, output: Output) -> Result<()> {
    let mut client = Client::connect(global).await?;
    let answered = ask(
        &mut client,
        &locate.person.controller,
        identifiers(&locate.person)?,
    )
    .await?;
    show(&answered, output)
}

/// Asks and takes in the whole stream; an answer that breaks off is an error, never a short answer.
pub(crate) async fn ask(
    client: &mut Client,
    controller: &str,
    identifiers: Vec<v1::Identifier>,
) -> Result<Answered> {
    let request = v1::LocateRequest {
        controller: controller_name(controller),
        identifiers,
    };
    let mut stream = client
        .subjects
        .locate(request)
        .await
        .map_err(refusal)?
        .into_inner();
    let mut answered = Answered::default();
    let mut ended = false;
    while let Some(response) = stream.message().await.map_err(refusal)? {
        match response.answer {
            Some(Answer::Subject(subject)) => answered.subject = subject,
            Some(Answer::Location(location)) => answered.locations.push(location),
            Some(Answer::Coverage(coverage)) => answered.coverage.push(coverage),
            Some(Answer::End(end)) => {
                ended = true;
                answered.complete = end.complete;
            }
            None => {}
        }
    }
    if !ended {
        bail!("the answer broke off: what came of it is not shown, since it would look complete");
    }
    Ok(answered)
}

pub(crate) fn show(answered: &Answered, output: Output) -> Result<()> {
    for (number, member) in answered.subject.members.iter().enumerate() {
        let known_by = if number == 0 { "known by" } else { "and by" };
        output.line(format!(
            "{known_by:>8} {} ({})",
            member.info_type,
            why(answered, member)
        ))?;
    }
    for member in &answered.subject.members {
        if let Some(exclusion) = &member.exclusion {
            output.line(format!(
                "this {} is left out of scans by configuration ({}: {}), so nothing says where it is",
                member.info_type, exclusion.owner, exclusion.reason
            ))?;
        }
    }
    if answered.subject.candidates > 0 {
        output.line(format!(
            "{} identifiers are shared with another person and were not followed",
            answered.subject.candidates
        ))?;
    }
    for contradiction in &answered.subject.contradictions {
        let wrong = match contradiction.reason() {
            v1::ContradictionReason::NoCollection => "is not there".to_owned(),
            v1::ContradictionReason::NoField => format!("has no field {}", contradiction.field),
            _ => "its rows contradict that".to_owned(),
        };
        output.line(format!(
            "{} {} is declared an identity source, but {wrong}",
            show::id(&contradiction.source),
            contradiction.collection
        ))?;
    }
    let rows = answered.locations.iter().map(|location| {
        vec![
            show::id(&location.source).to_owned(),
            location.collection.clone(),
            location.record.clone(),
            location.field.clone(),
            location.info_type.clone(),
            location.occurrences.to_string(),
            show::short(location.likelihood().as_str_name(), "LIKELIHOOD_").to_owned(),
            location.evidence.join(", "),
        ]
    });
    let header = [
        "source",
        "collection",
        "record",
        "field",
        "info type",
        "times",
        "likelihood",
        "why",
    ];
    output.table(&header, rows.collect(), &document(answered))?;
    tell_coverage(answered, output)?;
    if !answered.complete {
        output
            .line("not everything has been read: there may be more of this person than is shown")?;
    }
    Ok(())
}

/// What is known of each source, and what has not been looked for.
fn tell_coverage(answered: &Answered, output: Output) -> Result<()> {
    for source in &answered.coverage {
        let id = show::id(&source.source);
        match &source.coverage {
            Some(coverage) if !source.never_scanned => {
                output.line(format!(
                    "{id}: looked at {} on {}",
                    show::coverage(coverage),
                    show::time(source.scan_time.as_ref())
                ))?;
            }
            _ => output.line(format!("{id}: never scanned, so nothing is known about it"))?,
        }
        if !source.unsearched_info_types.is_empty() {
            output.line(format!(
                "{id}: not (everywhere) searched for {} with the present detectors: scan it again",
                source.unsearched_info_types.join(", ")
            ))?;
        }
    }
    Ok(())
}

/// Why an identifier is taken to be the person's, in words.
fn why(answered: &Answered, member: &v1::SubjectMember) -> String {
    let membership = show::short(member.membership().as_str_name(), "MEMBERSHIP_").to_lowercase();
    let Some(explanation) = &member.explanation else {
        return membership;
    };
    let witness = explanation.witness.clone().unwrap_or_default();
    let via = via(answered, explanation);
    let via = via.map_or("another", |member| member.info_type.as_str());
    let mut words = format!(
        "{membership}: in one row with the {via}, {} {} {}",
        show::id(&witness.source),
        witness.collection,
        record(answered, &witness)
    );
    if explanation.witnesses > 1 {
        words += &format!(", and {} more", show::grouped(explanation.witnesses - 1));
    }
    words
}

fn via<'a>(
    answered: &'a Answered,
    explanation: &v1::LinkExplanation,
) -> Option<&'a v1::SubjectMember> {
    let place = usize::try_from(explanation.via_member).ok()?;
    answered.subject.members.get(place)
}

/// A witness as people read it: its key, which stands in its own locations, or its reference.
fn record(answered: &Answered, witness: &v1::Witness) -> String {
    let mut locations = answered.locations.iter();
    let known = locations.find(|location| location.record_ref == witness.record_ref);
    known.map_or_else(
        || witness.record_ref.clone(),
        |location| location.record.clone(),
    )
}

fn members(answered: &Answered) -> Value {
    let member = |member: &v1::SubjectMember| {
        let explanation = member.explanation.as_ref().map(|explanation| {
            let witness = explanation.witness.clone().unwrap_or_default();
            json!({
                "via_member": explanation.via_member,
                "rule": show::short(explanation.rule().as_str_name(), "LINK_RULE_"),
                "witnesses": explanation.witnesses,
                "witness": {
                    "source": show::id(&witness.source), "collection": witness.collection,
                    "record_ref": witness.record_ref, "seen": show::time(witness.seen_time.as_ref()),
                },
            })
        });
        json!({
            "info_type": member.info_type,
            "membership": show::short(member.membership().as_str_name(), "MEMBERSHIP_"),
            "explanation": explanation,
            "exclusion": member.exclusion.as_ref().map(|one| json!({"owner": one.owner, "reason": one.reason})),
        })
    };
    answered.subject.members.iter().map(member).collect()
}

fn reading(read: &v1::CollectionCoverage) -> Value {
    json!({
        "collection": read.collection, "info_types": read.info_types,
        "detector_version": read.detector_version, "scanned_at": show::time(read.scan_time.as_ref()),
        "coverage": read.coverage.as_ref().map(show::coverage_json),
    })
}

fn document(answered: &Answered) -> Value {
    let locations: Vec<Value> = answered
        .locations
        .iter()
        .map(|location| {
            json!({
                "source": show::id(&location.source), "collection": location.collection, "record": location.record,
                "record_ref": location.record_ref, "field": location.field, "info_type": location.info_type,
                "likelihood": show::short(location.likelihood().as_str_name(), "LIKELIHOOD_"),
                "membership": show::short(location.membership().as_str_name(), "MEMBERSHIP_"),
                "member": location.member, "evidence": location.evidence, "occurrences": location.occurrences,
                "first": location.first.as_ref().map(|range| [range.start, range.end]),
                "last_seen": show::time(location.last_seen_time.as_ref()),
            })
        })
        .collect();
    let coverage: Vec<Value> = answered
        .coverage
        .iter()
        .map(|source| {
            json!({
                "source": show::id(&source.source), "never_scanned": source.never_scanned,
                "scanned_at": show::time(source.scan_time.as_ref()),
                "detector_version": source.detector_version,
                "unsearched_info_types": source.unsearched_info_types,
                "collections": source.collections.iter().map(reading).collect::<Vec<_>>(),
                "coverage": source.coverage.as_ref().map(show::coverage_json),
            })
        })
        .collect();
    json!({
        "complete": answered.complete, "members": members(answered),
        "candidates": answered.subject.candidates, "locations": locations, "coverage": coverage,
    })
}
