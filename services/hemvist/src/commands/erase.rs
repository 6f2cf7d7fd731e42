//! `hemvist erase`: plan, approve, execute, show.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use hemvist_proto::v1;
use hemvist_proto::v1::plan_erasure_response::Event;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::show;
use crate::cli::{EraseCommand, Global};
use crate::client::{Client, controller_name, identifiers, refusal};
use crate::output::Output;

/// Items asked for at a time.
const PAGE: i32 = 500;

pub(crate) async fn run(command: &EraseCommand, global: &Global, output: Output) -> Result<()> {
    let mut client = Client::connect(global).await?;
    match command {
        EraseCommand::Plan(locate) => {
            let plan = plan(
                &mut client,
                &locate.person.controller,
                identifiers(&locate.person)?,
                output,
            )
            .await?;
            show_plan(&mut client, &plan, output).await?;
            let hint = format!(
                "nothing has changed. To approve: hemvist erase approve {} --hash {}",
                show::id(&plan.name),
                hex(&plan.hash)
            );
            output.line(hint)
        }
        EraseCommand::Approve { plan, hash } => {
            let erasure = approve(&mut client, &name(plan), &from_hex(hash)?).await?;
            output.line(format!(
                "approved by {}. To execute: hemvist erase execute {plan}",
                erasure.approved_by
            ))?;
            output.json(&erasure_json(&erasure))
        }
        EraseCommand::Execute { plan, no_wait } => {
            let request = v1::ExecutePlanRequest { name: name(plan) };
            let mut erasure = client
                .erasures
                .execute_plan(request)
                .await
                .map_err(refusal)?
                .into_inner();
            if !no_wait {
                erasure = watch(&mut client, &name(plan)).await?;
            }
            report(&erasure, output)
        }
        EraseCommand::Show { plan } => {
            let request = v1::GetPlanRequest { name: name(plan) };
            let shown = client
                .erasures
                .get_plan(request)
                .await
                .map_err(refusal)?
                .into_inner();
            show_plan(&mut client, &shown, output).await?;
            let request = v1::GetErasureRequest {
                name: format!("{}/erasure", name(plan)),
            };
            let erasure = client
                .erasures
                .get_erasure(request)
                .await
                .map_err(refusal)?
                .into_inner();
            output.line(state(&erasure))
        }
    }
}

fn name(plan: &str) -> String {
    format!("plans/{plan}")
}

/// Asks for a plan, showing how far it is; changes nothing. Whoever interrupts it ends the planning.
pub(crate) async fn plan(
    client: &mut Client,
    controller: &str,
    identifiers: Vec<v1::Identifier>,
    output: Output,
) -> Result<v1::Plan> {
    let request = v1::PlanErasureRequest {
        controller: controller_name(controller),
        identifiers,
        request_id: String::new(),
    };
    let bar = match output.is_for_people() {
        true => progress_bar(),
        false => ProgressBar::hidden(),
    };
    let stream = client.erasures.plan_erasure(request).await;
    let mut stream = stream.map_err(refusal)?.into_inner();
    let mut planned = None;
    while let Some(message) = stream.message().await.map_err(refusal)? {
        match message.event {
            Some(Event::Planning(planning)) => show_planning(&bar, &planning),
            Some(Event::Plan(plan)) => planned = Some(plan),
            None => {}
        }
    }
    bar.finish_and_clear();
    planned.context("the server ended planning without a plan")
}

fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::new(1);
    if let Ok(style) =
        ProgressStyle::with_template("{elapsed_precise} {bar:32} {pos}/{len} records, {msg}")
    {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn show_planning(bar: &ProgressBar, planning: &v1::Planning) {
    // More may be there than the last Scan counted.
    let total = planning.records_total.max(planning.records_read).max(1);
    bar.set_length(total.unsigned_abs());
    bar.set_position(planning.records_read.unsigned_abs());
    bar.set_message(format!(
        "{} of {} collections read afresh",
        planning.collections_done, planning.collections_total
    ));
}

/// Approves a plan by its hash.
pub(crate) async fn approve(client: &mut Client, name: &str, hash: &[u8]) -> Result<v1::Erasure> {
    let request = v1::ApprovePlanRequest {
        name: name.to_owned(),
        plan_hash: hash.to_vec(),
    };
    Ok(client
        .erasures
        .approve_plan(request)
        .await
        .map_err(refusal)?
        .into_inner())
}

/// Waits until the erasure has ended.
pub(crate) async fn watch(client: &mut Client, name: &str) -> Result<v1::Erasure> {
    let request = v1::WatchErasureRequest {
        name: format!("{name}/erasure"),
    };
    let mut stream = client
        .erasures
        .watch_erasure(request)
        .await
        .map_err(refusal)?
        .into_inner();
    let mut latest = None;
    while let Some(erasure) = stream.message().await.map_err(refusal)? {
        latest = Some(erasure);
    }
    latest.context("the server said nothing about this erasure")
}

/// Every item of a plan.
pub(crate) async fn items(client: &mut Client, name: &str) -> Result<Vec<v1::PlanItem>> {
    let (mut items, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = v1::ListPlanItemsRequest {
            parent: name.to_owned(),
            page_size: PAGE,
            page_token,
        };
        let page = client
            .erasures
            .list_plan_items(request)
            .await
            .map_err(refusal)?
            .into_inner();
        items.extend(page.items);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(items);
        }
    }
}

/// Shows what a plan would do, Record by Record.
pub(crate) async fn show_plan(client: &mut Client, plan: &v1::Plan, output: Output) -> Result<()> {
    let items = items(client, &plan.name).await?;
    let rows = items.iter().map(|item| {
        let done = item.outcome.as_ref().map(outcome).unwrap_or_default();
        vec![
            show::id(&item.source).to_owned(),
            item.collection.clone(),
            item.record.clone(),
            show::short(item.action().as_str_name(), "ACTION_").to_owned(),
            item.why.clone(),
            done,
        ]
    });
    let document = json!({
        "plan": plan.name, "hash": hex(&plan.hash), "candidates": plan.candidates,
        "items": items.iter().map(item_json).collect::<Vec<_>>(),
    });
    output.table(
        &["source", "collection", "record", "action", "why", "outcome"],
        rows.collect(),
        &document,
    )?;
    if plan.candidates > 0 {
        output.line(format!(
            "{} findings are too uncertain to act on and are left alone",
            plan.candidates
        ))?;
    }
    output.line(format!(
        "plan {} of {} records, hash {}",
        show::id(&plan.name),
        plan.items_total,
        hex(&plan.hash)
    ))
}

fn item_json(item: &v1::PlanItem) -> Value {
    json!({
        "source": show::id(&item.source), "collection": item.collection, "record": item.record,
        "record_ref": item.record_ref, "action": show::short(item.action().as_str_name(), "ACTION_"),
        "why": item.why, "outcome": item.outcome.as_ref().map(outcome),
    })
}

fn outcome(outcome: &v1::Outcome) -> String {
    let kind = show::short(outcome.kind().as_str_name(), "OUTCOME_KIND_");
    match (outcome.basis.as_str(), outcome.why.as_str()) {
        ("", "") => kind.to_owned(),
        ("", why) => format!("{kind}: {why}"),
        (basis, _) => format!("{kind}: {basis}"),
    }
}

/// Shows how an erasure ended; an error unless everything is explained and gone.
pub(crate) fn report(erasure: &v1::Erasure, output: Output) -> Result<()> {
    output.line(state(erasure))?;
    output.json(&erasure_json(erasure))?;
    match erasure.state() {
        v1::ErasureState::UnreadLeft => bail!(
            "everything that was planned is erased or retained, but there is content that nobody could read: \
             `hemvist erase show {}` says how much and why. Look at it yourself, or declare it as left alone \
             (`source add --exclude`)",
            show::id(erasure.name.trim_end_matches("/erasure"))
        ),
        v1::ErasureState::Incomplete | v1::ErasureState::Expired => {
            bail!(
                "not everything is erased: `hemvist erase show {}` says what is left and why",
                show::id(erasure.name.trim_end_matches("/erasure"))
            )
        }
        _ => Ok(()),
    }
}

fn state(erasure: &v1::Erasure) -> String {
    let outcomes: Vec<String> = erasure
        .outcomes
        .iter()
        .map(|outcome| {
            format!(
                "{} {}",
                outcome.count,
                show::short(outcome.kind().as_str_name(), "OUTCOME_KIND_")
            )
        })
        .collect();
    let state = show::short(erasure.state().as_str_name(), "ERASURE_STATE_");
    format!(
        "{state}: {} of {} records ({})",
        erasure.items_done,
        erasure.items_total,
        outcomes.join(", ")
    )
}

fn erasure_json(erasure: &v1::Erasure) -> Value {
    let outcomes: serde_json::Map<String, Value> = erasure
        .outcomes
        .iter()
        .map(|outcome| {
            (
                show::short(outcome.kind().as_str_name(), "OUTCOME_KIND_").to_owned(),
                json!(outcome.count),
            )
        })
        .collect();
    json!({
        "plan": erasure.name, "state": show::short(erasure.state().as_str_name(), "ERASURE_STATE_"),
        "items_done": erasure.items_done, "items_total": erasure.items_total, "outcomes": outcomes,
        "verification": show::short(erasure.verification().as_str_name(), "VERIFICATION_LEVEL_"),
    })
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes from hexadecimal digits.
pub(crate) fn from_hex(text: &str) -> Result<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| {
        std::str::from_utf8(pair)
            .ok()
            .filter(|pair| pair.len() == 2)
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
    };
    pairs
        .map(byte)
        .collect::<Option<_>>()
        .context("not a text of hexadecimal digits")
}
