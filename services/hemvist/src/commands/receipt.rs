//! `hemvist receipt`: fetch one, and check one without any server.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use hemvist_proto::v1;
use serde_json::json;

use super::erase::{from_hex, hex};
use crate::cli::{Global, ReceiptCommand};
use crate::client::{Client, refusal};
use crate::config::Config;
use crate::output::Output;
use crate::server;

pub(crate) async fn run(command: &ReceiptCommand, global: &Global, output: Output) -> Result<()> {
    match command {
        ReceiptCommand::Get { plan, output: file } => {
            let mut client = Client::connect(global).await?;
            let document = fetch(&mut client, &format!("plans/{plan}")).await?;
            std::fs::write(file, document)
                .with_context(|| format!("cannot write {}", file.display()))?;
            output.line(format!(
                "{} written; check it with `hemvist receipt verify {}`",
                file.display(),
                file.display()
            ))
        }
        ReceiptCommand::Key { config } => {
            let keys = server::open_keys(&Config::load(config.as_deref())?)?;
            let key = hex(keys.signing().verifying_key().as_bytes());
            output.line(&key)?;
            output.json(&json!({"public_key": key}))
        }
        ReceiptCommand::Verify { file, public_key } => verify(file, public_key.as_deref(), output),
    }
}

/// The signed document of an executed plan, byte by byte as it was signed.
pub(crate) async fn fetch(client: &mut Client, plan: &str) -> Result<Vec<u8>> {
    let request = v1::GetReceiptRequest {
        name: format!("{plan}/receipt"),
    };
    Ok(client
        .erasures
        .get_receipt(request)
        .await
        .map_err(refusal)?
        .into_inner()
        .document)
}

/// Checks a receipt and says what it states.
pub(crate) fn verify(file: &Path, public_key: Option<&str>, output: Output) -> Result<()> {
    let document =
        std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let trusted = public_key.map(from_hex).transpose()?;
    let trusted: Option<[u8; 32]> = trusted
        .map(|key| {
            key.try_into()
                .map_err(|_| anyhow!("a public key is 64 hexadecimal digits"))
        })
        .transpose()?;
    let receipt = hemvist_app::verify_receipt(&document, trusted.as_ref())
        .map_err(|error| anyhow!("{} is NOT a valid receipt: {error}", file.display()))?;
    output.line(format!(
        "{}: {} of plan {}",
        output.strong("valid"),
        receipt.state,
        receipt.plan
    ))?;
    output.line(format!(
        "{} records, verified by {} on {}, approved by {}",
        receipt.items.len(),
        receipt.verification.as_str(),
        receipt.completed_at,
        receipt.approved_by
    ))?;
    if trusted.is_none() {
        output.line(
            "  signed by the key that it names itself: give --public-key (from `hemvist receipt key`) \
             to know whose key that is",
        )?;
    }
    for claim in &receipt.not_claimed {
        output.line(format!("  not claimed: {claim}"))?;
    }
    output.json(&json!({"valid": true, "state": receipt.state, "plan": receipt.plan, "items": receipt.items.len()}))
}
