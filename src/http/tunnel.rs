//! CONNECT: a tunnel through a proxy to a server that speaks TLS.

use super::origin::Origin;
use super::transport_error::TransportError;
use bytes::Bytes;
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{HeaderValue, Method, Request};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no tunnel.
pub(super) enum Closed {
    /// The proxy said so.
    Refused(TransportError),
    /// The connection to the proxy failed.
    Broken(Cause),
}

impl<E: Into<Cause>> From<E> for Closed {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

/// Asks the proxy at the other end of `socket` for a tunnel to `origin`; gives the same socket.
pub(super) async fn open(
    socket: TcpStream,
    origin: &Origin,
    proxy: &str,
    authorization: Option<&HeaderValue>,
) -> Result<TcpStream, Closed> {
    let target = origin.host_and_port();
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri(target.as_str())
        .header(HOST, target.as_str());
    if let Some(value) = authorization {
        request = request.header(PROXY_AUTHORIZATION, value);
    }
    let request = request.body(Empty::<Bytes>::new())?;
    let (mut sender, driver) = http1::handshake(TokioIo::new(socket)).await?;
    // Its errors reach the request. It ends with the upgrade, or with `sender`.
    tokio::spawn(driver.with_upgrades());
    let answer = sender.send_request(request).await?;
    if !answer.status().is_success() {
        return Err(Closed::Refused(TransportError::ProxyRefused {
            endpoint: origin.to_string(),
            proxy: proxy.to_owned(),
            status: answer.status(),
            tunnel: true,
        }));
    }
    let upgraded = hyper::upgrade::on(answer).await?;
    // A server that speaks TLS says nothing before it is spoken to: nothing was read too much.
    let parts = upgraded
        .downcast::<TokioIo<TcpStream>>()
        .map_err(|_| "the tunnel has another socket")?;
    Ok(parts.io.into_inner())
}
