//! HTTP/1.1 for the SDK: one connection a request in flight, kept for the next one.
//!
//! The SDK's own client has no way to turn certificate checks off, takes HTTP/2 where a server
//! offers it (all workers then share one connection), and hangs on a peer that neither reads nor
//! answers. This one watches the socket: what the peer's kernel acknowledged counts as progress.
//!
//! It knows nothing of S3: what it has to know of the protocol is given to it (`Protocol`, `SlowAnswer`),
//! and the bytes of a request are a body like any other.

mod answer;
mod certificate;
mod ciphers;
mod dial;
mod driver;
mod examine;
mod http_connection;
mod metered;
mod origin;
mod proxy;
mod tls;
mod transport_error;
mod tunnel;
mod unacknowledged;

pub(crate) use answer::{Protocol, Verdict};
pub(crate) use certificate::Certificate;
pub(crate) use examine::{Examined, Reached, TlsSession};
pub(crate) use metered::Acknowledged;
pub(crate) use origin::host_header;
pub(crate) use transport_error::TransportError;

use crate::config::{Connection as Settings, RetryPolicy};
use crate::error::Result;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use dial::Dialer;
use http::Request;
use http_connection::Connection;
use origin::Origin;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Idle connections are closed before the server does it: S3 keeps them for about 20 s.
const IDLE: Duration = Duration::from_secs(15);

/// An extension of a request whose answer may take its time: it gets this many times the stall time-out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlowAnswer(pub u32);

/// The connections of a run; clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Transport {
    shared: Arc<Shared>,
    for_credentials: bool,
}

#[derive(Debug)]
struct Shared {
    dialer: Dialer,
    protocol: Protocol,
    stall_timeout: Duration,
    idle: Mutex<HashMap<Origin, Vec<(Instant, Connection)>>>,
}

impl Transport {
    /// Connections as `settings` ask for; none is opened yet.
    ///
    /// # Errors
    /// When the CA bundle can't be used.
    pub(crate) fn new(
        settings: &Settings,
        retry_policy: &RetryPolicy,
        protocol: Protocol,
    ) -> Result<Self> {
        Ok(Self {
            shared: Arc::new(Shared {
                dialer: Dialer::new(settings, retry_policy.connect_timeout)?,
                protocol,
                stall_timeout: retry_policy.stall_timeout,
                idle: Mutex::default(),
            }),
            for_credentials: false,
        })
    }

    /// The same connections for those who give credentials: what is on this machine goes through no
    /// proxy, which could not reach it and would learn of secrets.
    pub(crate) fn for_credentials(&self) -> Self {
        Self {
            for_credentials: true,
            ..self.clone()
        }
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// When there is no whole answer.
    pub(crate) async fn send(
        &self,
        request: Request<SdkBody>,
    ) -> Result<HttpResponse, ConnectorError> {
        self.shared.call(request, self.for_credentials).await
    }
}

impl Shared {
    async fn call(
        &self,
        mut request: Request<SdkBody>,
        for_credentials: bool,
    ) -> Result<HttpResponse, ConnectorError> {
        let origin = Origin::from_uri(request.uri(), for_credentials)?;
        let quiet = self.quiet_time(&request);
        loop {
            let (mut connection, reused) = match self.idle(&origin) {
                Some(connection) => (connection, true),
                // Boxed: few requests wait for it, and all would hold what it takes.
                None => (Box::pin(self.dialer.connect(&origin)).await?, false),
            };
            let before = if reused { connection.moved() } else { 0 };
            match connection.exchange(request, quiet).await {
                Ok(response) => return self.read_answer(origin, connection, response, quiet).await,
                // The server closed an idle connection; nothing of the request was sent.
                Err((_, Some(unsent))) if reused => request = unsent,
                Err((TransportError::Exchange { endpoint, source }, _))
                    if reused && connection.progress() <= before =>
                {
                    // A server that closes one closes all.
                    self.forget(&origin);
                    return Err(TransportError::Closed { endpoint, source }.into());
                }
                Err((error, _)) => return Err(error.into()),
            }
        }
    }

    async fn read_answer(
        &self,
        origin: Origin,
        mut connection: Connection,
        response: http::Response<hyper::body::Incoming>,
        quiet: Duration,
    ) -> Result<HttpResponse, ConnectorError> {
        let (head, body) = response.into_parts();
        let (body, whole) = connection
            .watched(answer::read(head.status, body), quiet)
            .await?
            .map_err(|error| TransportError::Exchange {
                endpoint: origin.to_string(),
                source: error,
            })?;
        if let Some(refusal) =
            answer::refusal(&head, &body, &origin, connection.proxy(), self.protocol)
        {
            return Err(refusal.into());
        }
        let verdict = (self.protocol.verdict)(head.status, &body);
        let is_used_up = connection.is_used_up(verdict) || asks_to_close(&head) || !whole;
        // A server that answered before it had the whole body leaves the connection unusable.
        if !is_used_up && connection.settles().await {
            self.keep(origin, connection);
        }
        let response = http::Response::from_parts(head, SdkBody::from(body));
        HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
    }

    fn quiet_time(&self, request: &Request<SdkBody>) -> Duration {
        let slow = request.extensions().get::<SlowAnswer>();
        self.stall_timeout * slow.map_or(1, |it| it.0)
    }

    fn idle(&self, origin: &Origin) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let connections = idle.get_mut(origin)?;
        while let Some((since, mut connection)) = connections.pop() {
            if since.elapsed() < IDLE && connection.is_idle() {
                return Some(connection);
            }
        }
        None
    }

    fn forget(&self, origin: &Origin) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.remove(origin);
    }

    fn keep(&self, origin: Origin, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.entry(origin)
            .or_default()
            .push((Instant::now(), connection));
    }
}

fn asks_to_close(head: &http::response::Parts) -> bool {
    head.headers
        .get_all(http::header::CONNECTION)
        .iter()
        .any(|value| value.as_bytes().eq_ignore_ascii_case(b"close"))
}

/// The transport for one client of the SDK.
#[derive(Debug)]
struct Connector {
    shared: Arc<Shared>,
    for_credentials: bool,
    limit: Option<Duration>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let shared = Arc::clone(&self.shared);
        let (limit, for_credentials) = (self.limit, self.for_credentials);
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x();
            let request = request.map_err(|error| ConnectorError::user(error.into()))?;
            let Some(limit) = limit else {
                return shared.call(request, for_credentials).await;
            };
            let called = tokio::time::timeout(limit, shared.call(request, for_credentials)).await;
            called.unwrap_or_else(|late| Err(ConnectorError::timeout(late.into())))
        })
    }
}

impl HttpClient for Transport {
    /// The client for S3 sets no times. That of the instance's metadata service does, and short
    /// ones: on most machines there is none, and nobody answers at its address.
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let limit = settings
            .connect_timeout()
            .zip(settings.read_timeout())
            .map(|(connect, read)| connect + read);
        SharedHttpConnector::new(Connector {
            shared: Arc::clone(&self.shared),
            for_credentials: self.for_credentials,
            limit,
        })
    }
}
