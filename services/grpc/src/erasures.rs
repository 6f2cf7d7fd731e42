//! The Erasures service.

use std::pin::Pin;

use futures::StreamExt;
use futures::stream::BoxStream;
use hemvist_app::App;
use hemvist_model::{Caller, PlanId};
use hemvist_proto::v1;
use hemvist_proto::v1::erasures_server::Erasures;
use tonic::{Request, Response, Status};

use crate::caller::caller;
use crate::page::Page;
use crate::status::{invalid, status};
use crate::{decode, names, planned};

/// Decodes, calls the app, encodes.
#[derive(Clone)]
pub(crate) struct ErasuresService(pub(crate) App);

#[tonic::async_trait]
impl Erasures for ErasuresService {
    type PlanErasureStream = BoxStream<'static, Result<v1::PlanErasureResponse, Status>>;

    async fn plan_erasure(
        &self,
        request: Request<v1::PlanErasureRequest>,
    ) -> Result<Response<Self::PlanErasureStream>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let controller = names::controller("controller", &request.controller)?;
        let request_id = names::request_id(&request.request_id)?;
        let identifiers = decode::identifiers(request.identifiers)?;
        let mut events = self
            .0
            .watch_plan(&caller, &controller, identifiers, request_id);
        // What is wrong with the request is answered before anything is read.
        let first = events.next().await.transpose().map_err(status)?;
        let events = futures::stream::iter(first.map(Ok)).chain(events);
        let messages = events.map(|event| event.map(planned::event).map_err(status));
        Ok(Response::new(messages.boxed()))
    }

    async fn get_plan(
        &self,
        request: Request<v1::GetPlanRequest>,
    ) -> Result<Response<v1::Plan>, Status> {
        let caller = caller(&request)?;
        let id = names::plan("name", &request.get_ref().name)?;
        let plan = self.0.get_plan(&caller, &id).await.map_err(status)?;
        Ok(Response::new(planned::plan(plan)))
    }

    async fn list_plan_items(
        &self,
        request: Request<v1::ListPlanItemsRequest>,
    ) -> Result<Response<v1::ListPlanItemsResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.get_ref();
        let id = names::plan("parent", &request.parent)?;
        let list = format!("items of {id}");
        let page = Page::of(list, request.page_size, &request.page_token)?;
        let plan = self.0.get_plan(&caller, &id).await.map_err(status)?;
        // A Plan is immutable, so an item's number is a position for good.
        let after = page.after.as_ref().and_then(|after| after.parse().ok());
        let begin = after.map_or(0, |after: usize| after.saturating_add(1));
        let items = plan.items.into_iter().enumerate().skip(begin);
        let items = items.take(page.size + 1).collect();
        let (items, next_page_token) = page.cut(items, |(number, _)| number.to_string());
        Ok(Response::new(v1::ListPlanItemsResponse {
            items: items
                .into_iter()
                .map(|(_, item)| planned::item(item))
                .collect(),
            next_page_token,
        }))
    }

    async fn approve_plan(
        &self,
        request: Request<v1::ApprovePlanRequest>,
    ) -> Result<Response<v1::Erasure>, Status> {
        let caller = caller(&request)?;
        let request = request.get_ref();
        let id = names::plan("name", &request.name)?;
        let hash = request.plan_hash.as_slice().try_into();
        let hash = hash.map_err(|_| invalid("plan_hash", "must be the 32 bytes of Plan.hash"))?;
        self.0
            .approve_plan(&caller, &id, hash)
            .await
            .map_err(status)?;
        Ok(Response::new(self.erasure(&caller, &id).await?))
    }

    async fn execute_plan(
        &self,
        request: Request<v1::ExecutePlanRequest>,
    ) -> Result<Response<v1::Erasure>, Status> {
        let caller = caller(&request)?;
        let id = names::plan("name", &request.get_ref().name)?;
        self.0.execute_plan(&caller, &id).await.map_err(status)?;
        Ok(Response::new(self.erasure(&caller, &id).await?))
    }

    async fn get_erasure(
        &self,
        request: Request<v1::GetErasureRequest>,
    ) -> Result<Response<v1::Erasure>, Status> {
        let caller = caller(&request)?;
        let id = names::erasure("name", &request.get_ref().name)?;
        Ok(Response::new(self.erasure(&caller, &id).await?))
    }

    type WatchErasureStream = BoxStream<'static, Result<v1::Erasure, Status>>;

    async fn watch_erasure(
        &self,
        request: Request<v1::WatchErasureRequest>,
    ) -> Result<Response<Self::WatchErasureStream>, Status> {
        let caller = caller(&request)?;
        let id = names::erasure("name", &request.get_ref().name)?;
        let mut views = self.0.watch_erasure(&caller, &id).peekable();
        // What cannot be watched is refused, not answered with a stream that breaks off.
        if let Some(error) = Pin::new(&mut views).next_if(Result::is_err).await {
            error.map_err(status)?;
        }
        let erasures = views.map(|view| view.map(planned::erasure).map_err(status));
        Ok(Response::new(erasures.boxed()))
    }

    async fn get_receipt(
        &self,
        request: Request<v1::GetReceiptRequest>,
    ) -> Result<Response<v1::Receipt>, Status> {
        let caller = caller(&request)?;
        let id = names::receipt("name", &request.get_ref().name)?;
        let document = self.0.receipt(&caller, &id).await.map_err(status)?;
        Ok(Response::new(v1::Receipt {
            name: names::of_receipt(&id),
            document,
        }))
    }
}

impl ErasuresService {
    async fn erasure(&self, caller: &Caller, id: &PlanId) -> Result<v1::Erasure, Status> {
        let view = self.0.erasure(caller, id).await.map_err(status)?;
        Ok(planned::erasure(view))
    }
}
