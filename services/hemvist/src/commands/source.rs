//! `hemvist source`: register stores and look at them.

use anyhow::{Context, Result, anyhow};
use hemvist_model::SourceSettings;
use hemvist_proto::v1::{self, source::Settings};
use serde_json::json;

use super::show;
use crate::address::{self, AddressOptions};
use crate::cli::{Global, Reach, SourceAdd, SourceCommand};
use crate::client::{Client, controller_name, refusal};
use crate::output::Output;

/// Sources asked for at a time.
const PAGE: i32 = 100;

pub(crate) async fn run(command: &SourceCommand, global: &Global, output: Output) -> Result<()> {
    let mut client = Client::connect(global).await?;
    match command {
        SourceCommand::Add(add) => register(&mut client, add, output).await,
        SourceCommand::List => list(&mut client, output).await,
        SourceCommand::Probe { source } => probe(&mut client, source, output).await,
        SourceCommand::Collections { source } => collections(&mut client, source, output).await,
        SourceCommand::Remove { source } => {
            let request = v1::DeleteSourceRequest {
                name: name(source),
                etag: String::new(),
            };
            client
                .sources
                .delete_source(request)
                .await
                .map_err(refusal)?;
            output.line(format!(
                "{source} is forgotten; the store itself was not touched"
            ))
        }
    }
}

fn name(source: &str) -> String {
    format!("sources/{source}")
}

impl From<&Reach> for AddressOptions {
    fn from(reach: &Reach) -> Self {
        Self {
            secret: reach.secret.clone(),
            endpoint: reach.endpoint.clone(),
            region: reach.region.clone(),
            access_key: reach.access_key.clone(),
            tls: reach.tls,
        }
    }
}

async fn register(client: &mut Client, add: &SourceAdd, output: Output) -> Result<()> {
    let settings = address::parse(&add.address, &AddressOptions::from(&add.reach))?;
    let source = v1::Source {
        controller: controller_name(&add.controller),
        settings: Some(encode(settings)),
        identity_sources: add
            .identities
            .iter()
            .map(|text| identity(text))
            .collect::<Result<_>>()?,
        collection_policies: add
            .policies
            .iter()
            .map(|text| policy(text))
            .collect::<Result<_>>()?,
        exclusions: add.exclusions.iter().map(|text| exclusion(text)).collect(),
        ..Default::default()
    };
    let request = v1::CreateSourceRequest {
        source_id: add.source.clone(),
        source: Some(source),
    };
    client
        .sources
        .create_source(request)
        .await
        .map_err(refusal)?;
    output.line(format!("{} is registered", add.source))?;
    probe(client, &add.source, output)
        .await
        .context("it is registered, but could not be reached")
}

fn encode(settings: SourceSettings) -> Settings {
    let sql = |sql: hemvist_model::SqlSettings| v1::SqlSettings {
        host: sql.host,
        port: i32::from(sql.port),
        database: sql.database,
        user: sql.user,
        password: sql.password.unwrap_or_default(),
        tls: sql.tls,
    };
    match settings {
        SourceSettings::Postgres(settings) => Settings::Postgres(sql(settings)),
        SourceSettings::Mariadb(settings) => Settings::Mariadb(sql(settings)),
        SourceSettings::Sqlite { path } => Settings::Sqlite(v1::SqliteSettings { path }),
        SourceSettings::S3 {
            endpoint,
            region,
            bucket,
            prefix,
            access_key_id,
            secret_key,
        } => Settings::S3(v1::S3Settings {
            endpoint,
            region,
            bucket,
            prefix,
            access_key_id,
            secret_key,
        }),
        SourceSettings::Tree { root } => Settings::Tree(v1::TreeSettings { root }),
    }
}

/// `COLLECTION:FIELD=INFO_TYPE,FIELD=INFO_TYPE`.
fn identity(text: &str) -> Result<v1::IdentitySource> {
    let (collection, fields) = text
        .rsplit_once(':')
        .ok_or_else(|| anyhow!("--identity is COLLECTION:FIELD=INFO_TYPE,FIELD=INFO_TYPE"))?;
    let fields = fields.split(',').map(|field| {
        let (field, info_type) = field
            .split_once('=')
            .ok_or_else(|| anyhow!("--identity: {field} lacks =INFO_TYPE"))?;
        Ok(v1::IdentityField {
            field: field.to_owned(),
            info_type: info_type.to_owned(),
        })
    });
    Ok(v1::IdentitySource {
        collection: collection.to_owned(),
        fields: fields.collect::<Result<_>>()?,
    })
}

/// `COLLECTION=POLICY` or `COLLECTION=POLICY:FIELD,FIELD`.
fn policy(text: &str) -> Result<v1::CollectionPolicy> {
    let (collection, rest) = text
        .rsplit_once('=')
        .ok_or_else(|| anyhow!("--policy is COLLECTION=POLICY[:FIELD,FIELD]"))?;
    let (records, fields) = rest.split_once(':').unwrap_or((rest, ""));
    let records = v1::RecordPolicy::from_str_name(&format!("RECORD_POLICY_{records}"))
        .ok_or_else(|| anyhow!("--policy: {records} is none of AUTO, DELETE, MASK, KEEP"))?;
    let clear_fields = fields
        .split(',')
        .filter(|field| !field.is_empty())
        .map(str::to_owned)
        .collect();
    Ok(v1::CollectionPolicy {
        collection: collection.to_owned(),
        records: records.into(),
        clear_fields,
    })
}

/// `COLLECTION` or `COLLECTION:PATTERN`.
fn exclusion(text: &str) -> v1::Exclusion {
    let (collection, pattern) = text.rsplit_once(':').unwrap_or((text, ""));
    v1::Exclusion {
        collection: collection.to_owned(),
        pattern: pattern.to_owned(),
    }
}

async fn list(client: &mut Client, output: Output) -> Result<()> {
    let (mut rows, mut documents, mut page_token) = (Vec::new(), Vec::new(), String::new());
    loop {
        let request = v1::ListSourcesRequest {
            page_size: PAGE,
            page_token,
        };
        let page = client
            .sources
            .list_sources(request)
            .await
            .map_err(refusal)?
            .into_inner();
        for source in page.sources {
            let store = source.settings.as_ref().map(describe).unwrap_or_default();
            documents.push(json!({"source": show::id(&source.name), "controller": show::id(&source.controller), "store": store}));
            rows.push(vec![
                show::id(&source.name).into(),
                show::id(&source.controller).into(),
                store,
                show::time(source.create_time.as_ref()),
            ]);
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    output.table(
        &["source", "controller", "store", "registered"],
        rows,
        &json!(documents),
    )
}

fn describe(settings: &Settings) -> String {
    match settings {
        Settings::Postgres(sql) => format!(
            "postgres {}@{}:{}/{}",
            sql.user, sql.host, sql.port, sql.database
        ),
        Settings::Mariadb(sql) => format!(
            "mariadb {}@{}:{}/{}",
            sql.user, sql.host, sql.port, sql.database
        ),
        Settings::Sqlite(sqlite) => format!("sqlite {}", sqlite.path),
        Settings::S3(s3) => format!("s3 {} {}/{}", s3.endpoint, s3.bucket, s3.prefix),
        Settings::Tree(tree) => format!("tree {}", tree.root),
    }
}

async fn probe(client: &mut Client, source: &str, output: Output) -> Result<()> {
    let request = v1::ProbeSourceRequest { name: name(source) };
    let probe = client
        .sources
        .probe_source(request)
        .await
        .map_err(refusal)?
        .into_inner();
    output.line(format!("{source} answers: {}", probe.product))?;
    output.json(&json!({"source": source, "product": probe.product, "versions": probe.versions}))
}

async fn collections(client: &mut Client, source: &str, output: Output) -> Result<()> {
    let (mut rows, mut documents, mut page_token) = (Vec::new(), Vec::new(), String::new());
    loop {
        let request = v1::ListCollectionsRequest {
            parent: name(source),
            page_size: PAGE,
            page_token,
        };
        let page = client
            .sources
            .list_collections(request)
            .await
            .map_err(refusal)?
            .into_inner();
        for collection in page.collections {
            let estimate = collection
                .records_estimate
                .map_or_else(|| "-".into(), show::grouped);
            documents.push(json!({"collection": collection.collection, "records_estimate": collection.records_estimate, "fields": collection.columns}));
            rows.push(vec![
                collection.collection,
                estimate,
                collection.columns.join(", "),
            ]);
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    output.table(
        &["collection", "records (about)", "fields"],
        rows,
        &json!(documents),
    )
}
