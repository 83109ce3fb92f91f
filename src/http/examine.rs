//! What a connection is made of, step by step: for those who want to know why there is none.

use super::Transport;
use super::certificate::Certificate;
use super::dial::{Dialer, Reached as Dialed, named};
use super::origin::Origin;
use super::transport_error::TransportError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use http::Uri;
use std::net::IpAddr;
use std::time::{Duration, Instant};
use tokio::net::lookup_host;

/// How far a connection came.
#[derive(Debug)]
pub(crate) struct Examined {
    /// Scheme, host and port.
    pub origin: String,
    /// The host whose name was resolved: that of the proxy, where there is one.
    pub host: String,
    /// The proxy, without its password.
    pub proxy: Option<String>,
    /// The addresses of the host, or why there are none.
    pub addresses: Result<Vec<IpAddr>, String>,
    /// What came of it; `None` where there is no address.
    pub reached: Option<Result<Reached, TransportError>>,
}

/// A server that was reached.
#[derive(Debug)]
pub(crate) struct Reached {
    /// Time for TCP, the proxy, and TLS.
    pub took: Duration,
    /// What was agreed upon; `None` over plain http.
    pub tls: Option<TlsSession>,
}

/// What TLS came to.
#[derive(Debug)]
pub(crate) struct TlsSession {
    /// Such as `TLSv1_3`.
    pub version: String,
    /// Such as `TLS13_AES_128_GCM_SHA256`.
    pub cipher: String,
    /// The server's certificate, where it can be read.
    pub certificate: Option<Certificate>,
}

impl Transport {
    /// Makes a connection to the server of `uri`, and closes it.
    ///
    /// # Errors
    /// When `uri` names no server.
    pub(crate) async fn examine(&self, uri: &Uri) -> Result<Examined, ConnectorError> {
        let origin = Origin::from_uri(uri, false)?;
        Ok(self.shared.dialer.examine(&origin).await)
    }
}

impl Dialer {
    async fn examine(&self, origin: &Origin) -> Examined {
        let (proxy, via) = self.way_to(origin);
        let next = proxy.as_ref().map(|it| it.uri().clone());
        let next = next.and_then(|uri| Origin::from_uri(&uri, false).ok());
        let next = next.as_ref().unwrap_or(origin);
        let resolved = async {
            let found = lookup_host((next.host(), next.port())).await;
            Ok(found.map_or_else(
                |error| Err(error.to_string()),
                |all| Ok(all.map(|it| it.ip()).collect()),
            ))
        };
        let resolved = self.in_time(origin, &via, resolved).await;
        let addresses: Result<Vec<_>, _> = resolved.unwrap_or_else(|error| Err(error.to_string()));
        let proxy_name = proxy.as_ref().map(named);
        let reached = match &addresses {
            Ok(_) => {
                let began = Instant::now();
                let reached = self.reach(origin, proxy, &via);
                let reached = self.in_time(origin, &via, reached).await;
                Some(reached.map(|it| described(&it, began)))
            }
            Err(_) => None,
        };
        Examined {
            origin: origin.to_string(),
            host: next.host().to_owned(),
            proxy: proxy_name,
            addresses,
            reached,
        }
    }
}

fn described(reached: &Dialed, began: Instant) -> Reached {
    let tls = match reached {
        Dialed::Plain(..) => None,
        Dialed::Tls(stream, _) => {
            let (_, session) = stream.get_ref();
            let cipher = session.negotiated_cipher_suite().map(|it| it.suite());
            let certificate = session.peer_certificates().and_then(<[_]>::first);
            Some(TlsSession {
                version: session
                    .protocol_version()
                    .and_then(|it| it.as_str())
                    .unwrap_or("TLS")
                    .to_owned(),
                cipher: cipher
                    .and_then(|it| it.as_str())
                    .unwrap_or("an unknown cipher")
                    .to_owned(),
                certificate: certificate.and_then(Certificate::read),
            })
        }
    };
    Reached {
        took: began.elapsed(),
        tls,
    }
}
