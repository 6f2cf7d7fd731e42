//! The Scans service.

use futures::StreamExt;
use futures::stream::BoxStream;
use hemvist_app::{App, NewScan};
use hemvist_model::{Caller, CollectionName, Scan, ScanId, ScanState, SourceId};
use hemvist_proto::v1;
use hemvist_proto::v1::scans_server::Scans;
use tonic::{Request, Response, Status};

use crate::caller::caller;
use crate::page::Page;
use crate::status::{invalid, status, status_of};
use crate::{decode, encode, names};

/// Decodes, calls the app, encodes.
pub(crate) struct ScansService(pub(crate) App);

#[tonic::async_trait]
impl Scans for ScansService {
    async fn create_scan(
        &self,
        request: Request<v1::CreateScanRequest>,
    ) -> Result<Response<v1::Scan>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let source = names::source("parent", &request.parent)?;
        let request_id = names::request_id(&request.request_id)?;
        let asked = request.scan.unwrap_or_default();
        let info_types = decode::info_types("scan.info_types", &asked.info_types)?;
        let collections = asked.collections;
        if collections.iter().any(String::is_empty) {
            return Err(invalid("scan.collections", "must not hold an empty name"));
        }
        let new = NewScan {
            source,
            collections: collections.into_iter().map(CollectionName::new).collect(),
            info_types,
        };
        let scan = self.0.create_scan(&caller, new, request_id).await;
        Ok(Response::new(message(scan.map_err(status)?)))
    }

    async fn get_scan(
        &self,
        request: Request<v1::GetScanRequest>,
    ) -> Result<Response<v1::Scan>, Status> {
        let caller = caller(&request)?;
        let (source, id) = names::scan("name", &request.get_ref().name)?;
        Ok(Response::new(message(
            self.get(&caller, &source, &id).await?,
        )))
    }

    async fn list_scans(
        &self,
        request: Request<v1::ListScansRequest>,
    ) -> Result<Response<v1::ListScansResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.get_ref();
        let source = names::source("parent", &request.parent)?;
        let list = format!("scans of {source}");
        let page = Page::of(list, request.page_size, &request.page_token)?;
        let after = page.position(ScanId::new)?;
        let scans = self.0.scans(&caller, &source, after.as_ref(), page.fetch());
        let scans = scans.await.map_err(status)?;
        let (scans, next_page_token) = page.cut(scans, |scan| scan.id.to_string());
        Ok(Response::new(v1::ListScansResponse {
            scans: scans.into_iter().map(message).collect(),
            next_page_token,
        }))
    }

    async fn cancel_scan(
        &self,
        request: Request<v1::CancelScanRequest>,
    ) -> Result<Response<v1::Scan>, Status> {
        let caller = caller(&request)?;
        let (source, id) = names::scan("name", &request.get_ref().name)?;
        self.get(&caller, &source, &id).await?;
        let scan = self.0.cancel_scan(&caller, &id).await.map_err(status)?;
        Ok(Response::new(message(scan)))
    }

    type WatchScanStream = BoxStream<'static, Result<v1::Scan, Status>>;

    async fn watch_scan(
        &self,
        request: Request<v1::WatchScanRequest>,
    ) -> Result<Response<Self::WatchScanStream>, Status> {
        let caller = caller(&request)?;
        let (source, id) = names::scan("name", &request.get_ref().name)?;
        self.get(&caller, &source, &id).await?;
        let scans = self.0.watch_scan(&caller, &id);
        let scans = scans.map(|scan| scan.map(message).map_err(status));
        Ok(Response::new(scans.boxed()))
    }
}

impl ScansService {
    /// The Scan, if it is one of that Source: a name under another Source names nothing.
    async fn get(&self, caller: &Caller, source: &SourceId, id: &ScanId) -> Result<Scan, Status> {
        let scan = self.0.scan(caller, id).await.map_err(status)?;
        if scan.source == *source {
            return Ok(scan);
        }
        let code = tonic::Code::NotFound;
        Err(status_of(code, "NOT_FOUND", "there is no such scan"))
    }
}

fn message(scan: Scan) -> v1::Scan {
    let (total, ended) = scan.splits;
    v1::Scan {
        name: names::of_scan(&scan.source, &scan.id),
        collections: scan.collections.into_iter().map(|name| name.0).collect(),
        state: state(scan.state).into(),
        coverage: Some(encode::coverage(&scan.coverage)),
        splits_total: encode::count(total),
        splits_ended: encode::count(ended),
        findings: encode::count(scan.findings),
        detector_version: scan.detector_version,
        info_types: encode::info_types(scan.info_types),
        create_time: Some(encode::time(scan.created)),
        end_time: scan.ended.map(encode::time),
    }
}

fn state(state: ScanState) -> v1::ScanState {
    match state {
        ScanState::Cutting => v1::ScanState::Cutting,
        ScanState::Running => v1::ScanState::Running,
        ScanState::Finished => v1::ScanState::Finished,
        ScanState::Cancelled => v1::ScanState::Cancelled,
        ScanState::Failed => v1::ScanState::Failed,
    }
}
