//! What can go wrong between two sockets.

use aws_smithy_runtime_api::client::result::ConnectorError;
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
        matches!(self, Self::Stalled { .. } | Self::Exchange { .. })
    }

    /// Whether the same request can't do better another time.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Untrusted { .. } | Self::Unusable { .. })
    }
}

impl From<TransportError> for ConnectorError {
    fn from(error: TransportError) -> Self {
        Self::io(Box::new(error))
    }
}
