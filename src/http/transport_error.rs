//! What can go wrong between two sockets.

use aws_smithy_runtime_api::client::result::ConnectorError;
use http::StatusCode;
use rustls::AlertDescription;
use std::time::Duration;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A request that got no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection came about.
    #[error("can't connect to {endpoint}{via}")]
    Connect {
        /// Host and port.
        endpoint: String,
        /// The proxy, as `through proxy …`; empty without one.
        via: String,
        /// Why.
        source: Cause,
    },
    /// A connection was not made in time.
    #[error("can't connect to {endpoint}{via}: no connection within {}", humantime::format_duration(*.after))]
    ConnectTimeout {
        /// Host and port.
        endpoint: String,
        /// The proxy, as `through proxy …`; empty without one.
        via: String,
        /// The time that it had.
        after: Duration,
    },
    /// The peer is not who it should be, or TLS can't be set up at all: trying again won't help.
    #[error("TLS with {endpoint} failed")]
    Untrusted {
        /// Host and port.
        endpoint: String,
        /// Why.
        source: Cause,
        /// What helps, if that is known.
        hint: Option<String>,
    },
    /// The proxy answered in place of the store.
    #[error("can't reach {endpoint}: the proxy {proxy} answered {status}{}", if *.tunnel { " to CONNECT" } else { "" })]
    ProxyRefused {
        /// Host and port.
        endpoint: String,
        /// The proxy.
        proxy: String,
        /// What it said.
        status: StatusCode,
        /// Whether it was asked for a tunnel: then nothing of the request was sent.
        tunnel: bool,
    },
    /// Plain HTTP was sent to a server that speaks TLS.
    #[error("{endpoint} can't be talked to in plain HTTP: it speaks TLS")]
    SpeaksTls {
        /// Host and port.
        endpoint: String,
    },
    /// TLS was spoken to a server of plain HTTP.
    #[error("TLS with {endpoint} failed: it does not speak TLS")]
    SpeaksNoTls {
        /// Host and port.
        endpoint: String,
    },
    /// The settings allow no connection: trying again won't help.
    #[error("can't connect to {endpoint}: {why}")]
    Unusable {
        /// Host and port, or the proxy.
        endpoint: String,
        /// Why.
        why: String,
    },
    /// No byte moved for too long.
    #[error("the connection to {endpoint} stalled: no byte moved for {}", humantime::format_duration(*.after))]
    Stalled {
        /// Host and port.
        endpoint: String,
        /// For how long.
        after: Duration,
    },
    /// A connection that was kept for this request turned out closed before a byte of the request
    /// was acknowledged.
    #[error("the connection to {endpoint} had been closed")]
    Closed {
        /// Host and port.
        endpoint: String,
        /// How that showed.
        source: Cause,
    },
    /// The connection broke, or the answer was no HTTP.
    #[error("the connection to {endpoint} broke")]
    Exchange {
        /// Host and port.
        endpoint: String,
        /// Why.
        source: Cause,
    },
}

impl TransportError {
    /// Whether there was a connection, over which some of the request may have gone.
    pub fn was_connected(&self) -> bool {
        match self {
            // Of a closed connection too: who reads all and resets at once may have done it before a
            // byte was acknowledged.
            Self::Stalled { .. } | Self::Exchange { .. } | Self::Closed { .. } => true,
            // A gateway behind the proxy may have answered; a 407 is always the proxy's own.
            Self::ProxyRefused { status, tunnel, .. } => {
                !tunnel && *status != StatusCode::PROXY_AUTHENTICATION_REQUIRED
            }
            _ => false,
        }
    }

    /// Whether nothing came, or moved, for too long.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::ConnectTimeout { .. } | Self::Stalled { .. })
    }

    /// Whether the same request can't do better another time.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Untrusted { .. }
            | Self::Unusable { .. }
            | Self::SpeaksTls { .. }
            | Self::SpeaksNoTls { .. } => true,
            Self::ProxyRefused { status, .. } => {
                status.is_client_error() && !matches!(status.as_u16(), 408 | 429)
            }
            _ => false,
        }
    }

    /// Whether the connection was no longer to be had, so that this counts as no attempt.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    /// Whether a proxy will not let the request through.
    pub fn is_refused_by_proxy(&self) -> bool {
        matches!(self, Self::ProxyRefused { .. }) && self.is_permanent()
    }

    /// What helps, where that is not the network.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Untrusted { hint, .. } => hint.clone(),
            Self::SpeaksTls { endpoint } => {
                let there = endpoint.replacen("http:", "https:", 1);
                Some(format!("write {there} in --endpoint-url"))
            }
            Self::SpeaksNoTls { endpoint } => {
                let there = endpoint.replacen("https:", "http:", 1);
                Some(format!(
                    "if it is to be plain HTTP, write {there} in --endpoint-url"
                ))
            }
            Self::Connect {
                endpoint, source, ..
            } if endpoint.starts_with("https:") && broke_off(source.as_ref()) => {
                let there = endpoint.replacen("https:", "http:", 1);
                Some(format!(
                    "the server broke the TLS handshake off: if it speaks plain HTTP, write {there} \
                     in --endpoint-url"
                ))
            }
            Self::Connect { source, .. } if found_nothing_in_common(source.as_ref()) => {
                let what = "the server knows no TLS that s3stream knows: TLS 1.2 or 1.3, AES-GCM or \
                            ChaCha20, a certificate whose key is RSA, P-256, P-384 or Ed25519";
                Some(what.to_owned())
            }
            Self::ProxyRefused { status, .. }
                if *status == StatusCode::PROXY_AUTHENTICATION_REQUIRED =>
            {
                Some(
                    "the proxy variable takes a user and password: http://USER:PASSWORD@HOST:PORT"
                        .to_owned(),
                )
            }
            Self::ProxyRefused { .. } => Some(
                "ask for this endpoint to be let through, or name its host in NO_PROXY to do \
                 without the proxy"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// Whether the peer ended what it had accepted.
fn broke_off(error: &(dyn std::error::Error + 'static)) -> bool {
    use std::io::ErrorKind::{ConnectionReset, UnexpectedEof};
    let kind = error.downcast_ref().map(std::io::Error::kind);
    matches!(kind, Some(UnexpectedEof | ConnectionReset))
}

/// Whether the peer said that it shares no version, cipher or kind of key. That may pass: one of several
/// servers behind a name can be set up otherwise.
fn found_nothing_in_common(error: &(dyn std::error::Error + 'static)) -> bool {
    let error = error.downcast_ref().and_then(std::io::Error::get_ref);
    let error = error.and_then(|it| it.downcast_ref());
    matches!(
        error,
        Some(rustls::Error::AlertReceived(
            AlertDescription::HandshakeFailure | AlertDescription::ProtocolVersion
        ))
    )
}

impl From<TransportError> for ConnectorError {
    fn from(error: TransportError) -> Self {
        Self::io(Box::new(error))
    }
}
