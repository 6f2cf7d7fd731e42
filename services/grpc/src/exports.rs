//! The Exports service.

use futures::StreamExt;
use futures::stream::BoxStream;
use hemvist_app::App;
use hemvist_proto::v1;
use hemvist_proto::v1::exports_server::Exports;
use tonic::{Request, Response, Status};

use crate::caller::caller;
use crate::status::status;
use crate::{decode, names};

/// Decodes, calls the app, encodes.
pub(crate) struct ExportsService(pub(crate) App);

#[tonic::async_trait]
impl Exports for ExportsService {
    type ExportSubjectStream = BoxStream<'static, Result<v1::ExportChunk, Status>>;

    async fn export_subject(
        &self,
        request: Request<v1::ExportSubjectRequest>,
    ) -> Result<Response<Self::ExportSubjectStream>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let controller = names::controller("controller", &request.controller)?;
        let identifiers = decode::identifiers(request.identifiers)?;
        let chunks = self.0.export_subject(&caller, &controller, &identifiers);
        let chunks = chunks.await.map_err(status)?;
        let message = |chunk: hemvist_app::ExportChunk| v1::ExportChunk {
            file_name: chunk.file_name,
            data: chunk.bytes.into(),
            last_of_file: chunk.last,
        };
        let chunks = chunks.map(move |chunk| chunk.map(message).map_err(status));
        Ok(Response::new(chunks.boxed()))
    }
}
