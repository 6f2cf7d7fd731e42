//! The Sources service.

use hemvist_app::{App, CollectionSummary};
use hemvist_model::{Caller, RegisteredSource, SourceId};
use hemvist_proto::v1;
use hemvist_proto::v1::sources_server::Sources;
use tonic::{Code, Request, Response, Status};

use crate::caller::caller;
use crate::page::Page;
use crate::registration;
use crate::status::{status, status_of};
use crate::{encode, names};

/// Decodes, calls the app, encodes.
pub(crate) struct SourcesService(pub(crate) App);

#[tonic::async_trait]
impl Sources for SourcesService {
    async fn create_source(
        &self,
        request: Request<v1::CreateSourceRequest>,
    ) -> Result<Response<v1::Source>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let id = names::id("source_id", &request.source_id, SourceId::new)?;
        let source = request.source.unwrap_or_default();
        let source = registration::create(id, source)?;
        let source = self.0.create_source(&caller, source).await;
        Ok(Response::new(registration::encode(source.map_err(status)?)))
    }

    async fn get_source(
        &self,
        request: Request<v1::GetSourceRequest>,
    ) -> Result<Response<v1::Source>, Status> {
        let caller = caller(&request)?;
        let id = names::source("name", &request.get_ref().name)?;
        let source = self.0.source(&caller, &id).await.map_err(status)?;
        Ok(Response::new(registration::encode(source)))
    }

    async fn list_sources(
        &self,
        request: Request<v1::ListSourcesRequest>,
    ) -> Result<Response<v1::ListSourcesResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.get_ref();
        let page = Page::of("sources", request.page_size, &request.page_token)?;
        let after = page.position(SourceId::new)?;
        let sources = self.0.sources(&caller, after.as_ref(), page.fetch());
        let sources = sources.await.map_err(status)?;
        let (sources, next_page_token) = page.cut(sources, |source| source.id.to_string());
        Ok(Response::new(v1::ListSourcesResponse {
            sources: sources.into_iter().map(registration::encode).collect(),
            next_page_token,
        }))
    }

    async fn update_source(
        &self,
        request: Request<v1::UpdateSourceRequest>,
    ) -> Result<Response<v1::Source>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let wanted = request.source.unwrap_or_default();
        let id = names::source("source.name", &wanted.name)?;
        let present = self.present(&caller, &id, &wanted.etag).await?;
        let changed = registration::update(present, wanted, request.update_mask)?;
        let source = self.0.update_source(&caller, changed);
        Ok(Response::new(registration::encode(
            source.await.map_err(status)?,
        )))
    }

    async fn delete_source(
        &self,
        request: Request<v1::DeleteSourceRequest>,
    ) -> Result<Response<()>, Status> {
        let caller = caller(&request)?;
        let request = request.get_ref();
        let id = names::source("name", &request.name)?;
        self.present(&caller, &id, &request.etag).await?;
        self.0.delete_source(&caller, &id).await.map_err(status)?;
        Ok(Response::new(()))
    }

    async fn probe_source(
        &self,
        request: Request<v1::ProbeSourceRequest>,
    ) -> Result<Response<v1::ProbeSourceResponse>, Status> {
        let caller = caller(&request)?;
        let id = names::source("name", &request.get_ref().name)?;
        let probe = self.0.probe_source(&caller, &id).await.map_err(status)?;
        Ok(Response::new(v1::ProbeSourceResponse {
            product: probe.capabilities.product,
            conditional_writes: probe.capabilities.conditional_writes,
            versions: probe.capabilities.versions,
            collections: encode::count(probe.collections),
        }))
    }

    async fn list_collections(
        &self,
        request: Request<v1::ListCollectionsRequest>,
    ) -> Result<Response<v1::ListCollectionsResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.get_ref();
        let id = names::source("parent", &request.parent)?;
        let list = format!("collections of {id}");
        let page = Page::of(list, request.page_size, &request.page_token)?;
        let mut collections = self.0.collections(&caller, &id).await.map_err(status)?;
        // By name, so that a page begins where the last one ended though tables come and go.
        collections.sort_by(|one, other| one.name.cmp(&other.name));
        let after = page.after.as_deref();
        collections.retain(|collection| after.is_none_or(|after| collection.name.as_str() > after));
        let (collections, next_page_token) = page.cut(collections, |c| c.name.0.clone());
        Ok(Response::new(v1::ListCollectionsResponse {
            collections: collections.into_iter().map(collection).collect(),
            next_page_token,
        }))
    }
}

impl SourcesService {
    /// The Source as it is, if it is what the caller saw (AIP-154).
    async fn present(
        &self,
        caller: &Caller,
        id: &SourceId,
        etag: &str,
    ) -> Result<RegisteredSource, Status> {
        let present = self.0.source(caller, id).await.map_err(status)?;
        if etag.is_empty() || etag == registration::etag(&present) {
            return Ok(present);
        }
        Err(status_of(
            Code::Aborted,
            "ETAG_STALE",
            "the source has changed since that etag was read: read it again and retry",
        ))
    }
}

fn collection(summary: CollectionSummary) -> v1::Collection {
    v1::Collection {
        collection: summary.name.0,
        records_estimate: summary.records_estimate.map(encode::count),
        columns: summary.fields,
        addressable: summary.addressable,
        left_alone: summary.left_alone.unwrap_or_default().to_owned(),
    }
}
