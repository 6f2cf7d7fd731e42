//! The body of a running answer: watched for its outcome, and cut short when the call must end.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http_body::Frame;
use tokio::sync::OwnedSemaphorePermit;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Bytes;
use tonic::codegen::http::HeaderMap;

use crate::outcome::Outcome;

/// A body that keeps the call's place until its end.
pub(crate) struct Answer {
    body: Option<Body>,
    end: BoxFuture<'static, Status>,
    outcome: Outcome,
    _place: Option<OwnedSemaphorePermit>,
}

impl Answer {
    /// A body that ends by itself, or with the status of `end`.
    pub(crate) fn new(
        body: Body,
        end: BoxFuture<'static, Status>,
        outcome: Outcome,
        place: Option<OwnedSemaphorePermit>,
    ) -> Self {
        Self {
            body: Some(body),
            end,
            outcome,
            _place: place,
        }
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let Some(body) = this.body.as_mut() else {
            return Poll::Ready(None);
        };
        let span = this.outcome.span();
        // The body first: what is ready goes out, even at the end.
        let frame = span.in_scope(|| Pin::new(body).poll_frame(context));
        if let Poll::Ready(frame) = frame {
            if let Some(trailers) = frame.as_ref().and_then(trailers) {
                this.outcome.record_header(trailers);
            }
            return Poll::Ready(frame);
        }
        let Poll::Ready(status) = this.end.as_mut().poll(context) else {
            return Poll::Pending;
        };
        this.body = None;
        this.outcome.record(status.code());
        let mut trailers = HeaderMap::new();
        let written = status.add_header(&mut trailers);
        Poll::Ready(Some(written.map(|()| Frame::trailers(trailers))))
    }
}

fn trailers(frame: &Result<Frame<Bytes>, Status>) -> Option<&HeaderMap> {
    frame.as_ref().ok()?.trailers_ref()
}
