//! `hemvist hold`: reasons not to erase.

use anyhow::{Context, Result};
use hemvist_proto::v1;
use serde_json::json;

use super::show;
use crate::cli::{Global, HoldCommand};
use crate::client::{Client, controller_name, refusal};
use crate::output::Output;

/// Holds asked for at a time.
const PAGE: i32 = 100;

pub(crate) async fn run(command: &HoldCommand, global: &Global, output: Output) -> Result<()> {
    let mut client = Client::connect(global).await?;
    match command {
        HoldCommand::Add {
            hold,
            source,
            collection,
            basis,
            until,
            person,
        } => {
            let request = v1::CreateHoldRequest {
                hold_id: hold.clone(),
                hold: Some(v1::Hold {
                    basis: basis.clone(),
                    until: Some(date(until)?),
                    source: format!("sources/{source}"),
                    collection: collection.clone().unwrap_or_default(),
                    ..Default::default()
                }),
                identifier: person.clone().map(|value| v1::Identifier {
                    info_type: String::new(),
                    value,
                }),
            };
            client
                .policies
                .create_hold(request)
                .await
                .map_err(refusal)?;
            output.line(format!("{hold} holds until {until}"))
        }
        HoldCommand::List { controller } => list(&mut client, controller, output).await,
        HoldCommand::Remove { hold } => {
            let request = v1::DeleteHoldRequest {
                name: format!("holds/{hold}"),
            };
            client
                .policies
                .delete_hold(request)
                .await
                .map_err(refusal)?;
            output.line(format!("{hold} is removed"))
        }
    }
}

fn date(text: &str) -> Result<v1::Date> {
    let mut numbers = text.splitn(3, '-').map(str::parse::<i32>);
    let (Some(Ok(year)), Some(Ok(month)), Some(Ok(day))) =
        (numbers.next(), numbers.next(), numbers.next())
    else {
        return None.context("--until is a day such as 2031-12-31");
    };
    Ok(v1::Date { year, month, day })
}

async fn list(client: &mut Client, controller: &str, output: Output) -> Result<()> {
    let (mut rows, mut documents, mut page_token) = (Vec::new(), Vec::new(), String::new());
    loop {
        let request = v1::ListHoldsRequest {
            controller: controller_name(controller),
            page_size: PAGE,
            page_token,
        };
        let page = client
            .policies
            .list_holds(request)
            .await
            .map_err(refusal)?
            .into_inner();
        for hold in page.holds {
            let until = hold
                .until
                .map(|day| format!("{:04}-{:02}-{:02}", day.year, day.month, day.day))
                .unwrap_or_default();
            let whose = if hold.one_subject {
                "one person"
            } else {
                "everybody"
            };
            documents.push(json!({"hold": show::id(&hold.name), "source": show::id(&hold.source), "collection": hold.collection, "basis": hold.basis, "until": until, "one_subject": hold.one_subject}));
            rows.push(vec![
                show::id(&hold.name).into(),
                show::id(&hold.source).into(),
                hold.collection,
                whose.into(),
                hold.basis,
                until,
            ]);
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    output.table(
        &["hold", "source", "collection", "whose", "basis", "until"],
        rows,
        &json!(documents),
    )
}
