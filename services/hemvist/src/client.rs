//! Talking to a server: one channel, who calls in the metadata.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use hemvist_proto::v1::Identifier;
use hemvist_proto::v1::erasures_client::ErasuresClient;
use hemvist_proto::v1::exports_client::ExportsClient;
use hemvist_proto::v1::policies_client::PoliciesClient;
use hemvist_proto::v1::scans_client::ScansClient;
use hemvist_proto::v1::sources_client::SourcesClient;
use hemvist_proto::v1::subjects_client::SubjectsClient;
use tonic::metadata::MetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::cli::{Global, Person};

const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);

/// A channel that says who is calling.
type CallerChannel = InterceptedService<Channel, CallerMetadata>;

/// The services of one server.
pub(crate) struct Client {
    pub(crate) sources: SourcesClient<CallerChannel>,
    pub(crate) scans: ScansClient<CallerChannel>,
    pub(crate) subjects: SubjectsClient<CallerChannel>,
    pub(crate) erasures: ErasuresClient<CallerChannel>,
    pub(crate) exports: ExportsClient<CallerChannel>,
    pub(crate) policies: PoliciesClient<CallerChannel>,
}

#[derive(Clone)]
pub(crate) struct CallerMetadata {
    entries: Vec<(&'static str, MetadataValue<tonic::metadata::Ascii>)>,
}

impl Interceptor for CallerMetadata {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        for (key, value) in &self.entries {
            request.metadata_mut().insert(*key, value.clone());
        }
        Ok(request)
    }
}

impl Client {
    /// Connects to the server.
    ///
    /// # Errors
    /// Says how to start one when none answers.
    pub(crate) async fn connect(global: &Global) -> Result<Self> {
        let endpoint = Endpoint::from_shared(global.server.clone()).with_context(|| {
            format!(
                "{} is not an address such as http://127.0.0.1:7443",
                global.server
            )
        })?;
        let channel = endpoint.connect_timeout(CONNECT_TIME_MAX).connect().await.map_err(|_| {
            anyhow!("no server answers at {}: start one with `hemvist serve`, or name another with --server", global.server)
        })?;
        let metadata = metadata(global)?;
        let channel = || InterceptedService::new(channel.clone(), metadata.clone());
        Ok(Self {
            sources: SourcesClient::new(channel()),
            scans: ScansClient::new(channel()),
            subjects: SubjectsClient::new(channel()),
            erasures: ErasuresClient::new(channel()),
            exports: ExportsClient::new(channel()),
            policies: PoliciesClient::new(channel()),
        })
    }
}

fn metadata(global: &Global) -> Result<CallerMetadata> {
    let entries = [
        ("x-hemvist-principal", &global.principal),
        ("x-hemvist-purpose", &global.purpose),
        ("x-hemvist-case", &global.case_reference),
    ];
    let entries = entries.into_iter().filter(|(_, value)| !value.is_empty());
    let entries = entries.map(|(key, value)| {
        let value = value
            .parse()
            .map_err(|_| anyhow!("principal, purpose and case must be plain ASCII text"))?;
        Ok((key, value))
    });
    Ok(CallerMetadata {
        entries: entries.collect::<Result<_>>()?,
    })
}

/// A refused call in words: the server's message, and what kind of refusal it is.
pub(crate) fn refusal(status: Status) -> anyhow::Error {
    anyhow!("{} ({:?})", status.message(), status.code())
}

/// The identifiers of a person, read from standard input where they are `-`.
pub(crate) fn identifiers(person: &Person) -> Result<Vec<Identifier>> {
    let mut values = Vec::new();
    for argument in &person.identifiers {
        if argument == "-" {
            let text =
                std::io::read_to_string(std::io::stdin()).context("cannot read standard input")?;
            values.extend(
                text.lines()
                    .map(str::trim)
                    .filter(|line| !line.is_empty())
                    .map(str::to_owned),
            );
        } else {
            values.push(argument.clone());
        }
    }
    Ok(values
        .into_iter()
        .map(|value| Identifier {
            info_type: String::new(),
            value,
        })
        .collect())
}

/// `controllers/{id}`, from an id.
pub(crate) fn controller_name(id: &str) -> String {
    format!("controllers/{id}")
}
