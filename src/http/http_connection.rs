//! One HTTP/1.1 connection, with a watch on it.

use super::answer::Verdict;
use super::driver::Driver;
use super::metered::{Acknowledged, Meter};
use super::origin::Origin;
use super::transport_error::TransportError;
use aws_smithy_types::body::SdkBody;
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{HeaderValue, Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep};

/// Time for the driver to come to the end of an exchange whose answer is here.
const SETTLE: Duration = Duration::from_secs(1);
/// Headers that an answer may have: one for each of an object's metadata, among others.
const MOST_HEADERS: usize = 1000;

/// A connection that serves one request at a time. Dropping it closes the socket at once, whatever
/// is still under way.
#[derive(Debug)]
pub(super) struct Connection {
    sender: http1::SendRequest<SdkBody>,
    meter: Arc<Meter>,
    origin: Origin,
    host: HeaderValue,
    /// Present when a proxy forwards the requests.
    forwarded: Option<Forwarder>,
    /// Whether the last answer asked for fewer requests.
    throttled: bool,
    driver: Driver,
}

/// A proxy that forwards requests.
#[derive(Debug)]
pub(super) struct Forwarder {
    /// Its name, for people.
    pub(super) name: String,
    /// The authorization that it asks for, if any.
    pub(super) authorization: Option<HeaderValue>,
}

impl Connection {
    pub(super) async fn start(
        io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        meter: Arc<Meter>,
        origin: Origin,
        forwarded: Option<Forwarder>,
    ) -> Result<Self, TransportError> {
        let (sender, driver) = http1::Builder::new()
            .max_headers(MOST_HEADERS)
            .handshake(TokioIo::new(io))
            .await
            .map_err(|error| TransportError::Exchange {
                endpoint: origin.to_string(),
                source: error.into(),
            })?;
        let host = origin.host_header();
        Ok(Self {
            sender,
            meter,
            origin,
            host,
            forwarded,
            throttled: false,
            driver: Driver::new(driver),
        })
    }

    /// Whether the next request can be sent, by all that is known here of the socket.
    pub(super) fn is_idle(&mut self) -> bool {
        self.driver.catch_up();
        self.sender.is_ready() && !self.meter.is_over() && !self.driver.has_ended()
    }

    /// What went through it so far, as far as the peer has acknowledged it.
    pub(super) fn progress(&self) -> u64 {
        self.meter.progress()
    }

    /// What went through it so far, if the peer has acknowledged all of it, as it has when it has answered.
    pub(super) fn moved(&self) -> u64 {
        self.meter.moved()
    }

    /// The proxy that forwards its requests.
    pub(super) fn proxy(&self) -> Option<&str> {
        Some(&self.forwarded.as_ref()?.name)
    }

    /// Whether another connection should take the next request, after an answer that says so.
    pub(super) fn is_used_up(&mut self, health: Verdict) -> bool {
        let before = std::mem::replace(&mut self.throttled, health == Verdict::Throttled);
        match health {
            Verdict::Good => false,
            Verdict::Throttled => before,
            Verdict::Bad => true,
        }
    }

    /// Whether the next request can be sent, once the driver has come to the end of this one: it
    /// hands out the answer first. A server that answered before it had the whole body may keep
    /// the driver busy for ever.
    pub(super) async fn settles(&mut self) -> bool {
        if self.is_idle() {
            return true;
        }
        let ready = self.driver.drive(self.sender.ready());
        let ready = tokio::time::timeout(SETTLE, ready).await;
        ready.is_ok_and(|it| it.is_ok()) && self.is_idle()
    }

    /// Sends a request and waits for the head of its answer. An error gives the request back when
    /// nothing of it was sent.
    pub(super) async fn exchange(
        &mut self,
        mut request: Request<SdkBody>,
        quiet: Duration,
    ) -> Result<Response<Incoming>, (TransportError, Option<Request<SdkBody>>)> {
        if let Some(acknowledged) = request.extensions().get::<Acknowledged>() {
            acknowledged.begins(&self.meter);
        }
        let absolute = request.uri().clone();
        request.headers_mut().insert(HOST, self.host.clone());
        match &self.forwarded {
            Some(Forwarder { authorization, .. }) => {
                if let Some(value) = authorization {
                    request
                        .headers_mut()
                        .insert(PROXY_AUTHORIZATION, value.clone());
                }
            }
            None => *request.uri_mut() = origin_form(&absolute),
        }
        let sending = self.sender.try_send_request(request);
        match self.watched(sending, quiet).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(mut error)) => {
                let mut unsent = error.take_message();
                if let Some(request) = &mut unsent {
                    *request.uri_mut() = absolute;
                }
                let endpoint = self.origin.to_string();
                let source = error.into_error().into();
                let error = if !self.origin.is_https() && self.meter.speaks_tls() {
                    TransportError::SpeaksTls { endpoint }
                } else {
                    TransportError::Exchange { endpoint, source }
                };
                Err((error, unsent))
            }
            Err(stalled) => Err((stalled, None)),
        }
    }

    /// Waits for `future`, but not for longer than `quiet` while no byte moves.
    pub(super) async fn watched<F: Future>(
        &mut self,
        future: F,
        quiet: Duration,
    ) -> Result<F::Output, TransportError> {
        tokio::select! {
            biased;
            output = self.driver.drive(future) => Ok(output),
            () = stall(&self.meter, quiet) => {
                Err(TransportError::Stalled { endpoint: self.origin.to_string(), after: quiet })
            }
        }
    }
}

fn origin_form(uri: &Uri) -> Uri {
    uri.path_and_query()
        .map_or_else(|| Uri::from_static("/"), |it| Uri::from(it.clone()))
}

/// Ends when no byte has moved for `quiet`.
async fn stall(meter: &Meter, quiet: Duration) {
    let interval = (quiet / 8).max(Duration::from_millis(1));
    // Looked at for the first time when there was time to stall: most requests are done before.
    let mut progress = None;
    let mut since = Instant::now();
    while since.elapsed() < quiet {
        sleep(interval).await;
        let now = Some(meter.progress());
        if now != progress {
            progress = now;
            since = Instant::now();
        }
    }
}
