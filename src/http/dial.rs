//! Making a connection: TCP, through a proxy where the environment names one, then TLS.

use super::http_connection::{Connection, Forwarder};
use super::metered::{Meter, Metered};
use super::origin::Origin;
use super::proxy::Proxies;
use super::tls::{self, Trust};
use super::transport_error::TransportError;
use super::tunnel::{self, Closed};
use crate::config::Connection as Settings;
use crate::error::Result;
use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::proxy::matcher::Intercept;
use rustls::InvalidMessage;
use rustls::pki_types::ServerName;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service as _;

/// Idle connections are probed, so that a firewall's silence is noticed.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Bytes that are encrypted before the socket takes them. By rustls' own 64 KiB there are four times the
/// writes, and as many occasions to be interrupted: 2 GiB of `cat`, on 2 cores over loopback, take 1.07 to 1.14
/// times the CPU.
const WRITTEN_AT_ONCE: usize = 256 << 10;

/// Makes connections.
#[derive(Debug)]
pub(super) struct Dialer {
    tcp: HttpConnector,
    proxies: Proxies,
    trust: Trust,
    tls: OnceLock<TlsSettings>,
    timeout: Duration,
}

struct TlsSettings(TlsConnector);

/// A server that was reached, before the first request.
pub(super) enum Reached {
    /// Without TLS, perhaps through a proxy that forwards requests.
    Plain(Metered, Arc<Meter>, Option<Forwarder>),
    /// With TLS.
    Tls(Box<TlsStream<Metered>>, Arc<Meter>),
}

impl std::fmt::Debug for TlsSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsSettings")
    }
}

impl Dialer {
    pub(super) fn new(settings: &Settings, timeout: Duration) -> Result<Self> {
        let trust = match &settings.ca_bundle {
            _ if settings.no_verify_ssl => Trust::Anyone,
            Some(bundle) => Trust::Bundle(bundle.clone()),
            None => Trust::System,
        };
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_connect_timeout(Some(timeout));
        Ok(Self {
            tcp,
            proxies: Proxies::from_env(),
            trust,
            tls: OnceLock::new(),
            timeout,
        })
    }

    /// Connects to `origin`.
    pub(super) async fn connect(&self, origin: &Origin) -> Result<Connection, TransportError> {
        let (proxy, via) = self.way_to(origin);
        let dialed = async {
            match self.reach(origin, proxy, &via).await? {
                Reached::Plain(socket, meter, forwarded) => {
                    Connection::start(socket, meter, origin.clone(), forwarded).await
                }
                Reached::Tls(stream, meter) => {
                    Connection::start(*stream, meter, origin.clone(), None).await
                }
            }
        };
        self.in_time(origin, &via, dialed).await
    }

    /// Gives `work` the time that a connection has.
    pub(super) async fn in_time<T>(
        &self,
        origin: &Origin,
        via: &str,
        work: impl Future<Output = Result<T, TransportError>>,
    ) -> Result<T, TransportError> {
        match tokio::time::timeout(self.timeout, work).await {
            Ok(done) => done,
            Err(_) => Err(TransportError::ConnectTimeout {
                endpoint: origin.to_string(),
                via: via.to_owned(),
                after: self.timeout,
            }),
        }
    }

    /// The proxy on the way to `origin`, and how messages tell of it.
    pub(super) fn way_to(&self, origin: &Origin) -> (Option<Intercept>, String) {
        let proxy = self.proxies.toward(origin);
        let via = proxy
            .as_ref()
            .map_or_else(String::new, |it| format!(" through proxy {}", named(it)));
        (proxy, via)
    }

    /// Comes as far as the first request could be sent.
    pub(super) async fn reach(
        &self,
        origin: &Origin,
        proxy: Option<Intercept>,
        via: &str,
    ) -> Result<Reached, TransportError> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| {
            let (endpoint, via) = (origin.to_string(), via.to_owned());
            match is_timeout(source.as_ref()) {
                true => TransportError::ConnectTimeout {
                    endpoint,
                    via,
                    after: self.timeout,
                },
                false => TransportError::Connect {
                    endpoint,
                    via,
                    source,
                },
            }
        };
        if let Some(proxy) = &proxy {
            usable(proxy)?;
        }
        let next = proxy
            .as_ref()
            .map_or_else(|| origin.uri(), |it| it.uri().clone());
        let mut tcp = self.tcp.clone();
        let socket = tcp.call(next).await;
        let mut socket: TcpStream = socket.map_err(|error| failed(error.into()))?.into_inner();
        if let Some(proxy) = proxy.as_ref().filter(|_| origin.is_https()) {
            let name = named(proxy);
            let tunnel = tunnel::open(socket, origin, &name, proxy.basic_auth());
            socket = tunnel.await.map_err(|error| match error {
                Closed::Refused(refusal) => refusal,
                Closed::Broken(cause) => failed(cause),
            })?;
        }
        let (metered, meter) = Metered::new(socket);
        if !origin.is_https() {
            let forwarded = proxy.map(|it| Forwarder {
                name: named(&it),
                authorization: it.basic_auth().cloned(),
            });
            return Ok(Reached::Plain(metered, meter, forwarded));
        }
        let name = ServerName::try_from(origin.host().to_owned()).map_err(|error| {
            TransportError::Unusable {
                endpoint: origin.to_string(),
                why: error.to_string(),
            }
        })?;
        let mut stream = self
            .tls(origin)?
            .connect(name, metered)
            .await
            .map_err(|error| {
                let endpoint = origin.to_string();
                match tls_error(&error) {
                    Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
                        TransportError::SpeaksNoTls { endpoint }
                    }
                    Some(cause) if is_final(cause) => TransportError::Untrusted {
                        endpoint,
                        hint: tls::hint(cause, origin.host()),
                        source: error.into(),
                    },
                    _ => failed(error.into()),
                }
            })?;
        stream.get_mut().1.set_buffer_limit(Some(WRITTEN_AT_ONCE));
        Ok(Reached::Tls(Box::new(stream), meter))
    }

    fn tls(&self, origin: &Origin) -> Result<&TlsConnector, TransportError> {
        if let Some(TlsSettings(ready)) = self.tls.get() {
            return Ok(ready);
        }
        let config = tls::client_config(&self.trust).map_err(|error| TransportError::Unusable {
            endpoint: origin.to_string(),
            why: error.to_string(),
        })?;
        let TlsSettings(ready) = self
            .tls
            .get_or_init(|| TlsSettings(TlsConnector::from(Arc::new(config))));
        Ok(ready)
    }
}

/// Whether the time for one of the host's addresses was over.
fn is_timeout(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|it| it.kind() == std::io::ErrorKind::TimedOut) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The proxy without its password.
pub(super) fn named(proxy: &Intercept) -> String {
    let uri: &Uri = proxy.uri();
    let port = uri
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    format!(
        "{}://{}{port}",
        uri.scheme_str().unwrap_or("http"),
        uri.host().unwrap_or("?")
    )
}

fn usable(proxy: &Intercept) -> Result<(), TransportError> {
    match proxy.uri().scheme_str() {
        None | Some("http") => Ok(()),
        Some(other) => Err(TransportError::Unusable {
            endpoint: format!("the proxy {}", named(proxy)),
            why: format!("{other} proxies are not supported, only http:// ones"),
        }),
    }
}

/// Whether TLS failed for a reason that trying again does not mend: a certificate that is not
/// trusted stays so, while a handshake that broke off may have met a server that was restarting.
fn is_final(error: &rustls::Error) -> bool {
    matches!(
        error,
        rustls::Error::InvalidCertificate(_)
            | rustls::Error::UnsupportedNameType
            | rustls::Error::PeerIncompatible(_)
            | rustls::Error::InvalidMessage(_)
    )
}

fn tls_error(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
