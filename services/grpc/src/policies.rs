//! The Policies service.

use hemvist_app::{App, NewHold};
use hemvist_model::{CollectionName, Hold, HoldId};
use hemvist_proto::v1;
use hemvist_proto::v1::policies_server::Policies;
use tonic::{Request, Response, Status};

use crate::caller::caller;
use crate::page::Page;
use crate::status::status;
use crate::{decode, encode, names};

/// Decodes, calls the app, encodes.
pub(crate) struct PoliciesService(pub(crate) App);

#[tonic::async_trait]
impl Policies for PoliciesService {
    async fn create_hold(
        &self,
        request: Request<v1::CreateHoldRequest>,
    ) -> Result<Response<v1::Hold>, Status> {
        let caller = caller(&request)?;
        let hold = new_hold(request.into_inner())?;
        let hold = self.0.create_hold(&caller, hold).await.map_err(status)?;
        Ok(Response::new(message(hold)))
    }

    async fn list_holds(
        &self,
        request: Request<v1::ListHoldsRequest>,
    ) -> Result<Response<v1::ListHoldsResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.get_ref();
        let controller = names::controller("controller", &request.controller)?;
        let list = format!("holds of {controller}");
        let page = Page::of(list, request.page_size, &request.page_token)?;
        let mut holds = self.0.holds(&caller, &controller).await.map_err(status)?;
        let after = page.after.as_deref();
        holds.retain(|hold| after.is_none_or(|after| hold.id.as_str() > after));
        let (holds, next_page_token) = page.cut(holds, |hold| hold.id.to_string());
        Ok(Response::new(v1::ListHoldsResponse {
            holds: holds.into_iter().map(message).collect(),
            next_page_token,
        }))
    }

    async fn delete_hold(
        &self,
        request: Request<v1::DeleteHoldRequest>,
    ) -> Result<Response<()>, Status> {
        let caller = caller(&request)?;
        let id = names::hold("name", &request.get_ref().name)?;
        self.0.delete_hold(&caller, &id).await.map_err(status)?;
        Ok(Response::new(()))
    }
}

fn new_hold(request: v1::CreateHoldRequest) -> Result<NewHold, Status> {
    let from = request.hold.unwrap_or_default();
    let id = match request.hold_id.as_str() {
        "" => None,
        id => Some(names::id("hold_id", id, HoldId::new)?),
    };
    let identifier = request.identifier;
    Ok(NewHold {
        id,
        basis: from.basis,
        until: decode::date("hold.until", from.until)?,
        source: names::source("hold.source", &from.source)?,
        collection: (!from.collection.is_empty()).then_some(CollectionName(from.collection)),
        identifier: identifier
            .map(|from| decode::identifier("identifier", from))
            .transpose()?,
    })
}

fn message(hold: Hold) -> v1::Hold {
    v1::Hold {
        name: names::of_hold(&hold.id),
        basis: hold.basis,
        until: Some(encode::date(hold.until)),
        source: names::of_source(&hold.source),
        collection: hold.collection.map(|name| name.0).unwrap_or_default(),
        one_subject: hold.pseudonym.is_some(),
    }
}
