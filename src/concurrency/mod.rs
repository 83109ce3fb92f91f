//! How many requests may be in flight, and how many parts be held for them: a fixed number, or as
//! many as turn out to help (`--workers auto`).

mod request_permit;
mod round;
mod search;
mod sending;
mod throttling;

pub(crate) use request_permit::{Early, RequestPermit};
pub(crate) use sending::Sending;

use crate::config::Transfer;
use search::ConcurrencySearch;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep_until, timeout};
use tracing::info;

/// While newcomers are kept out, one of those that back off tries again after this long, and after twice as long
/// the next: who backs off longest need not be the first to learn that the store serves again.
const PATIENCE: Duration = Duration::from_millis(50);

/// The bound on requests and parts of a run; clones share it.
#[derive(Debug, Clone)]
pub struct Concurrency {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// One permit for each request that may be in flight.
    requests: Semaphore,
    /// Held by the one request that stands in line for its first permit. The others wait for this, so
    /// that those that come again have one newcomer before them at most.
    newcomer: tokio::sync::Mutex<()>,
    /// Held by the one request that waits for its turn, where the store throttles. The pace may change
    /// before the next one is told when it may begin.
    turn: tokio::sync::Mutex<()>,
    /// Told of each request that is served, where the store throttles: one that backs off need not wait longer.
    served: Notify,
    /// Told to try again, where the store serves none.
    probe: Notify,
    /// Told when a newcomer may have become welcome.
    welcome: Notify,
    /// One permit for each part that may be held: those in flight, and those read ahead.
    parts: Arc<Semaphore>,
    /// How many requests are allowed.
    allowed: watch::Sender<usize>,
    search: Option<Mutex<Search>>,
}

#[derive(Debug)]
struct Search {
    search: ConcurrencySearch,
    /// Parts that may be held: as many as were ever allowed to be in flight, and those read ahead.
    held: usize,
    /// The most parts to hold. Those read ahead are among them: with so many in flight, the next one is
    /// read in no time beside what it takes to send one.
    most_held: usize,
    /// Parts read ahead.
    buffer: usize,
    /// Permits that are to go as soon as they come back.
    debt: usize,
    /// Requests that back off.
    backing_off: usize,
}

impl Concurrency {
    /// For a run with these settings.
    pub fn new(transfer: &Transfer) -> Self {
        let most = transfer.workers.max(1);
        let search = transfer
            .begin_with
            .map(|first| ConcurrencySearch::new(first, most));
        let first = search.as_ref().map_or(most, ConcurrencySearch::allowed);
        let held = first + transfer.buffer;
        Self {
            shared: Arc::new(Shared {
                requests: Semaphore::new(first),
                newcomer: tokio::sync::Mutex::default(),
                turn: tokio::sync::Mutex::default(),
                served: Notify::new(),
                probe: Notify::new(),
                welcome: Notify::new(),
                parts: Arc::new(Semaphore::new(held)),
                allowed: watch::Sender::new(first),
                search: search.map(|search| {
                    Mutex::new(Search {
                        search,
                        held,
                        most_held: most.max(held),
                        buffer: transfer.buffer,
                        debt: 0,
                        backing_off: 0,
                    })
                }),
            }),
        }
    }

    /// Requests that may be in flight.
    pub fn allowed(&self) -> usize {
        *self.shared.allowed.borrow()
    }

    /// Requests that may be in flight, to be awaited when their number changes.
    pub fn watch(&self) -> watch::Receiver<usize> {
        self.shared.allowed.subscribe()
    }

    /// Whether the search learns from a request of `size` bytes while it is being sent.
    pub(crate) fn learns_from(&self, size: u64) -> bool {
        self.shared.learns_from(size)
    }

    /// Lets the search learn from a request of `size` bytes that is about to be sent, for as long as what this
    /// gives is kept. `acknowledged` tells how many of them the peer has.
    pub(crate) fn sending(
        &self,
        size: u64,
        acknowledged: impl Fn() -> Option<u64> + Send + Sync + 'static,
    ) -> Sending {
        Sending::new(Arc::clone(&self.shared), size, acknowledged)
    }

    /// Waits until one more part may be held, for as long as what this gives.
    pub async fn part(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.shared.parts).acquire_owned().await.ok()
    }

    /// Parts that may be held beside those that are.
    pub fn free_parts(&self) -> usize {
        self.shared.parts.available_permits()
    }

    /// Waits until one more request may be in flight, behind all that come again; `size` is the
    /// number of bytes that it carries. While others back off, a store that serves none is not asked for more.
    pub async fn request(&self, size: u64) -> RequestPermit<'_> {
        let _first_in_line = self.shared.newcomer.lock().await;
        let mut patience = PATIENCE;
        while self.shared.keeps_newcomers_out() {
            if timeout(patience, self.shared.welcome.notified())
                .await
                .is_err()
            {
                self.shared.probe.notify_one();
                patience *= 2;
            }
        }
        self.again(size).await
    }

    /// Waits until a request that was in flight before may be so again.
    pub async fn again(&self, size: u64) -> RequestPermit<'_> {
        // The semaphore is never closed: every wait ends with a permit.
        let permit = self.shared.requests.acquire().await.ok();
        let mut permit = RequestPermit::new(&self.shared, permit, size);
        permit.begin().await;
        permit
    }

    /// A request that waits for nobody, and that nobody has to wait for.
    pub fn at_once(&self) -> RequestPermit<'_> {
        RequestPermit::new(&self.shared, None, 0)
    }
}

impl Shared {
    fn learns_from(&self, size: u64) -> bool {
        self.searched()
            .is_some_and(|it| it.search.learns_from(size))
    }

    fn keeps_newcomers_out(&self) -> bool {
        self.searched()
            .is_some_and(|it| it.search.is_refusing() && it.backing_off > 0)
    }

    /// Waits until a request may begin that is ready to.
    async fn turn(&self) {
        if !self.searched().is_some_and(|it| it.search.is_throttled()) {
            return;
        }
        let _first_in_line = self.turn.lock().await;
        let turn = self
            .searched()
            .and_then(|mut it| it.search.turn(Instant::now()));
        if let Some(turn) = turn {
            sleep_until(turn.into()).await;
        }
    }

    /// The search, where there is one.
    fn searched(&self) -> Option<MutexGuard<'_, Search>> {
        let search = self.search.as_ref()?;
        Some(search.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells the search of `event`, and follows what it then allows.
    fn search(&self, event: impl FnOnce(&mut ConcurrencySearch)) {
        let Some(mut search) = self.searched() else {
            return;
        };
        let before = search.search.allowed();
        let was_throttled = search.search.is_throttled();
        event(&mut search.search);
        match (was_throttled, search.search.is_throttled()) {
            (false, true) => info!("the store throttles: requests begin at its pace"),
            (true, false) => info!("the store throttles no more"),
            _ => {}
        }
        if was_throttled {
            self.welcome.notify_one();
        }
        let now = search.search.allowed();
        if now == before {
            return;
        }
        info!("{now} requests at a time, after {before}");
        self.allowed.send_replace(now);
        if now < before {
            let gone = self.requests.forget_permits(before - now);
            search.debt += before - now - gone;
            return;
        }
        let forgiven = search.debt.min(now - before);
        search.debt -= forgiven;
        self.requests.add_permits(now - before - forgiven);
        let held = (now + search.buffer).min(search.most_held);
        self.parts.add_permits(held.saturating_sub(search.held));
        search.held = search.held.max(held);
    }
}

#[cfg(test)]
mod concurrency_tests;
