//! Reading an answer, and what it says of the connection that it came over.

use super::origin::Origin;
use super::transport_error::TransportError;
use bytes::{Bytes, BytesMut};
use http::response::Parts;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

/// Largest answer that is read; a listing of 1,000 parts stays below 1 MiB.
const LARGEST_ANSWER: usize = 16 << 20;
/// What is read of an error: S3's have a few hundred bytes, a gateway's page may have no end.
const LARGEST_ERROR: usize = 64 << 10;
/// What nginx, Go's servers (MinIO, SeaweedFS) and Apache say, in plain HTTP, to plain HTTP at a port
/// of TLS.
const WANTS_TLS: [&[u8]; 3] = [
    b"plain HTTP request was sent to HTTPS port",
    b"HTTP request to an HTTPS server",
    b"speaking plain HTTP to an SSL-enabled server port",
];

/// What is known of the protocol that is spoken over HTTP.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Protocol {
    /// What an answer, by its status and body, means for its connection.
    pub verdict: fn(StatusCode, &[u8]) -> Verdict,
    /// Whether an answer, by its headers and body, is that of a server of this protocol, not of a proxy
    /// in between.
    pub is_servers_own: fn(&HeaderMap, &[u8]) -> bool,
}

/// What an answer means for its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It serves.
    Good,
    /// The server asks for fewer requests: of all, or only of those over this connection.
    Throttled,
    /// Another connection may lead to a server that can do it.
    Bad,
}

/// Reads a body, of an error its beginning; gives whether that was all.
pub(super) async fn read(
    status: StatusCode,
    mut body: Incoming,
) -> Result<(Bytes, bool), Box<dyn std::error::Error + Send + Sync>> {
    let is_error = status.is_client_error() || status.is_server_error();
    let largest = if is_error {
        LARGEST_ERROR
    } else {
        LARGEST_ANSWER
    };
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        let left = largest - read.len();
        if data.len() > left && !is_error {
            return Err(format!("its answer has more than {largest} bytes").into());
        }
        read.extend_from_slice(&data[..data.len().min(left)]);
        if is_error && read.len() == largest {
            return Ok((read.freeze(), false));
        }
    }
    Ok((read.freeze(), true))
}

/// An answer that is not the server's: a proxy's refusal, or a TLS server's complaint.
pub(super) fn refusal(
    head: &Parts,
    body: &[u8],
    origin: &Origin,
    proxy: Option<&str>,
    protocol: Protocol,
) -> Option<TransportError> {
    let status = head.status;
    if let Some(proxy) = proxy {
        let refuses = status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
            || matches!(status.as_u16(), 403 | 502 | 503 | 504)
                && !(protocol.is_servers_own)(&head.headers, body);
        return refuses.then(|| TransportError::ProxyRefused {
            endpoint: origin.to_string(),
            proxy: proxy.to_owned(),
            status,
            tunnel: false,
        });
    }
    let wants_tls = status == StatusCode::BAD_REQUEST
        && !origin.is_https()
        && WANTS_TLS.iter().any(|words| contains(body, words));
    wants_tls.then(|| TransportError::SpeaksTls {
        endpoint: origin.to_string(),
    })
}

/// Whether `words` are somewhere in a body.
fn contains(body: &[u8], words: &[u8]) -> bool {
    body.windows(words.len()).any(|it| it == words)
}
