//! What a failed request shows of whom it was sent to: a connection that was no longer one, a proxy in
//! the way, something that is no store.

use super::classify::find;
use super::foreign::Foreign;
use crate::http::TransportError;

const ENDPOINT: &str =
    "check --endpoint-url: the address of a store's API, not that of its web console";

/// Whom a request was sent to.
#[derive(Debug, Clone, Default)]
pub(super) struct Peer {
    /// Whether what answered is no store, or lets nothing through to one: it will be so the next time.
    pub(super) no_store: bool,
    /// Whether a connection that was kept turned out closed: that is no attempt.
    pub(super) closed: bool,
    /// Whether it was silent for too long.
    pub(super) silent: bool,
    /// The way out, where no words of a store tell it.
    pub(super) way_out: Option<String>,
}

impl Peer {
    pub(super) fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        if let Some(transport) = find::<TransportError>(error) {
            return Self {
                no_store: transport.is_refused_by_proxy(),
                closed: transport.is_closed(),
                silent: transport.is_timeout(),
                way_out: transport.hint(),
            };
        }
        let foreign = find::<Foreign>(error);
        Self {
            no_store: foreign.is_some_and(|it| !it.for_now),
            closed: false,
            silent: false,
            way_out: foreign.map(|_| ENDPOINT.to_owned()),
        }
    }
}
