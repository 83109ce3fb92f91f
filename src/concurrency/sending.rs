//! What the search learns of a request while it is being sent.

use super::Concurrency;
use std::time::{Duration, Instant};

/// Time that a connection has to fill the buffers on its way: what goes there is not the line's rate.
const FILLS: Duration = Duration::from_millis(50);

/// A request that is being sent.
#[derive(Debug)]
pub(crate) struct Sending {
    concurrency: Concurrency,
    /// Until when it was looked at, or is not to be yet; `None` before its first byte.
    seen: Option<Instant>,
}

impl Sending {
    pub(super) fn new(concurrency: Concurrency) -> Self {
        Self {
            concurrency,
            seen: None,
        }
    }

    /// The connection takes `bytes` more.
    pub(crate) fn takes(&mut self, bytes: usize) {
        let now = Instant::now();
        let Some(seen) = self.seen else {
            self.seen = Some(now + FILLS);
            return;
        };
        if now <= seen {
            return;
        }
        self.seen = Some(now);
        let seconds = (now - seen).as_secs_f64();
        let shared = &self.concurrency.shared;
        shared.search(|search| search.sent(now, bytes, seconds));
    }
}
