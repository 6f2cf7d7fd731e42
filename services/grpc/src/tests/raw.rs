//! A call over bare HTTP/2: tonic's client would enforce the deadline itself and hide what the
//! server answers.

use std::net::SocketAddr;

use tokio::net::TcpStream;
use tonic::codegen::Bytes;
use tonic::codegen::http::{HeaderMap, Request};

/// Sends one message and gives the trailers of the answer (or its headers when it has no body).
pub(super) async fn raw_call(
    address: SocketAddr,
    path: &str,
    timeout: &str,
    message: &[u8],
) -> HeaderMap {
    let stream = TcpStream::connect(address).await.expect("a listener");
    let (client, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
    let connection = tokio::spawn(connection);
    let mut client = client.ready().await.expect("ready");
    let request = Request::post(format!("http://{address}{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("grpc-timeout", timeout)
        .body(())
        .expect("a request");
    let (response, mut body) = client.send_request(request, false).expect("sent");
    let length = u32::try_from(message.len()).expect("a small message");
    let mut frame = vec![0];
    frame.extend(length.to_be_bytes());
    frame.extend(message);
    body.send_data(Bytes::from(frame), true).expect("sent");
    let response = response.await.expect("an answer");
    let headers = response.headers().clone();
    let mut body = response.into_body();
    while let Some(data) = body.data().await {
        data.expect("a body");
    }
    let trailers = body.trailers().await.expect("an end");
    connection.abort();
    trailers.unwrap_or(headers)
}
