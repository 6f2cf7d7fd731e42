//! A client of the API, as another service would write it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use hemvist_proto::v1;
use hemvist_proto::v1::erasures_client::ErasuresClient;
use hemvist_proto::v1::exports_client::ExportsClient;
use hemvist_proto::v1::scans_client::ScansClient;
use hemvist_proto::v1::source::Settings;
use hemvist_proto::v1::sources_client::SourcesClient;
use hemvist_proto::v1::subjects_client::SubjectsClient;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status, Streaming};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::server::{eventually, within};

type Calling = InterceptedService<Channel, fn(Request<()>) -> Result<Request<()>, Status>>;

/// For whom all stores of the tests hold data.
pub(crate) const CONTROLLER: &str = "controllers/acme";

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) sources: SourcesClient<Calling>,
    pub(crate) scans: ScansClient<Calling>,
    pub(crate) subjects: SubjectsClient<Calling>,
    pub(crate) erasures: ErasuresClient<Calling>,
    pub(crate) exports: ExportsClient<Calling>,
}

/// A whole answer to a Locate.
#[derive(Default)]
pub(crate) struct Located {
    pub(crate) subject: v1::SubjectSummary,
    pub(crate) locations: Vec<v1::Location>,
    pub(crate) coverage: Vec<v1::SourceCoverage>,
    pub(crate) complete: bool,
}

/// An erasure that has ended.
pub(crate) struct Ended {
    pub(crate) plan: v1::Plan,
    pub(crate) erasure: v1::Erasure,
    pub(crate) receipt: Vec<u8>,
}

#[allow(clippy::result_large_err, reason = "tonic's own signature")]
fn sign(mut request: Request<()>) -> Result<Request<()>, Status> {
    let metadata = request.metadata_mut();
    metadata.insert("x-hemvist-principal", "e2e".parse().expect("plain text"));
    metadata.insert("x-hemvist-purpose", "test".parse().expect("plain text"));
    metadata.insert("x-hemvist-case", "CASE-1".parse().expect("plain text"));
    Ok(request)
}

impl Client {
    /// Connects once the server says that it is healthy.
    pub(crate) async fn connect(address: SocketAddr) -> Client {
        let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address");
        let channel =
            eventually("the server answers", async || endpoint.connect().await.ok()).await;
        let mut health = HealthClient::new(channel.clone());
        let healthy = within("health", health.check(HealthCheckRequest::default())).await;
        assert_eq!(
            healthy.expect("a health service").into_inner().status,
            1,
            "SERVING"
        );
        let signed = || Calling::new(channel.clone(), sign);
        Client {
            sources: SourcesClient::new(signed()),
            scans: ScansClient::new(signed()),
            subjects: SubjectsClient::new(signed()),
            erasures: ErasuresClient::new(signed()),
            exports: ExportsClient::new(signed()),
        }
    }

    pub(crate) async fn register(
        &mut self,
        id: &str,
        settings: Settings,
        identity: Option<v1::IdentitySource>,
    ) {
        let source = v1::Source {
            controller: CONTROLLER.to_owned(),
            settings: Some(settings),
            identity_sources: identity.into_iter().collect(),
            ..v1::Source::default()
        };
        let request = v1::CreateSourceRequest {
            source_id: id.to_owned(),
            source: Some(source),
        };
        within("CreateSource", self.sources.create_source(request))
            .await
            .expect("registered");
    }

    pub(crate) async fn start_scan(&mut self, id: &str) -> v1::Scan {
        self.start_scan_for(id, &[]).await
    }

    async fn start_scan_for(&mut self, id: &str, info_types: &[&str]) -> v1::Scan {
        let parent = format!("sources/{id}");
        let names = info_types.iter().map(|name| (*name).to_owned());
        let scan = v1::Scan {
            info_types: names.collect(),
            ..v1::Scan::default()
        };
        let request = v1::CreateScanRequest {
            parent,
            scan: Some(scan),
            request_id: String::new(),
        };
        within("CreateScan", self.scans.create_scan(request))
            .await
            .expect("a scan")
            .into_inner()
    }

    pub(crate) async fn watch_scan(&mut self, name: &str) -> v1::Scan {
        let request = v1::WatchScanRequest {
            name: name.to_owned(),
        };
        let stream = within("WatchScan", self.scans.watch_scan(request))
            .await
            .expect("watched")
            .into_inner();
        let scans = all(stream).await.expect("watched to the end");
        scans.into_iter().last().expect("a last state")
    }

    pub(crate) async fn scan(&mut self, id: &str) -> v1::Scan {
        let started = self.start_scan(id).await;
        self.watch_scan(&started.name).await
    }

    /// A scan for these info types only, to its end.
    pub(crate) async fn scan_for(&mut self, id: &str, info_types: &[&str]) -> v1::Scan {
        let started = self.start_scan_for(id, info_types).await;
        self.watch_scan(&started.name).await
    }

    pub(crate) async fn locate(&mut self, value: &str) -> Located {
        self.try_locate(value).await.expect("an answer")
    }

    pub(crate) async fn try_locate(&mut self, value: &str) -> Result<Located, Status> {
        let request = v1::LocateRequest {
            controller: CONTROLLER.to_owned(),
            identifiers: identifiers(&[value]),
        };
        let stream = within("Locate", self.subjects.locate(request))
            .await?
            .into_inner();
        let (mut located, mut end) = (Located::default(), None);
        for answer in all(stream).await? {
            assert!(end.is_none(), "something after the end");
            match answer.answer.expect("an answer") {
                v1::locate_response::Answer::Subject(subject) => located.subject = subject,
                v1::locate_response::Answer::Location(location) => located.locations.push(location),
                v1::locate_response::Answer::Coverage(coverage) => located.coverage.push(coverage),
                v1::locate_response::Answer::End(last) => end = Some(last),
            }
        }
        let end = end.expect("an answer without its end is not an answer");
        assert_eq!(end.locations, located.locations.len() as i64);
        located.complete = end.complete;
        Ok(located)
    }

    /// The files of an export by name.
    pub(crate) async fn export(&mut self, value: &str) -> BTreeMap<String, Vec<u8>> {
        let (controller, identifiers) = (CONTROLLER.to_owned(), identifiers(&[value]));
        let request = v1::ExportSubjectRequest {
            controller,
            identifiers,
        };
        let stream = within("ExportSubject", self.exports.export_subject(request))
            .await
            .expect("an export");
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for chunk in all(stream.into_inner()).await.expect("a whole export") {
            files.entry(chunk.file_name).or_default().extend(chunk.data);
        }
        files
    }

    pub(crate) async fn try_plan(&mut self, value: &str) -> Result<v1::Plan, Status> {
        let (controller, identifiers) = (CONTROLLER.to_owned(), identifiers(&[value]));
        let request = v1::PlanErasureRequest {
            controller,
            identifiers,
            request_id: String::new(),
        };
        let stream = within("PlanErasure", self.erasures.plan_erasure(request)).await?;
        let said = all(stream.into_inner()).await?;
        let plan = said.into_iter().find_map(|said| match said.event {
            Some(v1::plan_erasure_response::Event::Plan(plan)) => Some(plan),
            _ => None,
        });
        Ok(plan.expect("planning ends with a plan"))
    }

    pub(crate) async fn items(&mut self, plan: &v1::Plan) -> Vec<v1::PlanItem> {
        let request = v1::ListPlanItemsRequest {
            parent: plan.name.clone(),
            page_size: 1000,
            ..Default::default()
        };
        let page = within("ListPlanItems", self.erasures.list_plan_items(request))
            .await
            .expect("items")
            .into_inner();
        assert!(
            page.next_page_token.is_empty(),
            "more items than a test plans"
        );
        page.items
    }

    /// Plans and approves; nothing has changed yet.
    pub(crate) async fn approved(&mut self, value: &str) -> v1::Plan {
        let plan = self.try_plan(value).await.expect("a plan");
        let request = v1::ApprovePlanRequest {
            name: plan.name.clone(),
            plan_hash: plan.hash.clone(),
        };
        within("ApprovePlan", self.erasures.approve_plan(request))
            .await
            .expect("approved");
        plan
    }

    pub(crate) async fn execute(&mut self, plan: &v1::Plan) {
        let request = v1::ExecutePlanRequest {
            name: plan.name.clone(),
        };
        within("ExecutePlan", self.erasures.execute_plan(request))
            .await
            .expect("executing");
    }

    /// Waits for the end of an erasure.
    pub(crate) async fn ended(&mut self, plan: v1::Plan) -> Ended {
        let request = v1::WatchErasureRequest {
            name: format!("{}/erasure", plan.name),
        };
        let stream = within("WatchErasure", self.erasures.watch_erasure(request))
            .await
            .expect("watched");
        let erasure = all(stream.into_inner())
            .await
            .expect("watched to the end")
            .pop()
            .expect("a last state");
        let request = v1::GetReceiptRequest {
            name: format!("{}/receipt", plan.name),
        };
        let receipt = within("GetReceipt", self.erasures.get_receipt(request))
            .await
            .expect("a receipt")
            .into_inner();
        Ended {
            plan,
            erasure,
            receipt: receipt.document,
        }
    }

    /// From plan to receipt.
    pub(crate) async fn erase(&mut self, value: &str) -> Ended {
        let plan = self.approved(value).await;
        self.execute(&plan).await;
        self.ended(plan).await
    }
}

pub(crate) fn identifiers(values: &[&str]) -> Vec<v1::Identifier> {
    let identifier = |value: &&str| v1::Identifier {
        info_type: String::new(),
        value: (*value).to_owned(),
    };
    values.iter().map(identifier).collect()
}

/// Every message of a stream.
async fn all<T>(mut stream: Streaming<T>) -> Result<Vec<T>, Status> {
    let mut messages = Vec::new();
    while let Some(message) = within("the next message", stream.message()).await? {
        messages.push(message);
    }
    Ok(messages)
}
