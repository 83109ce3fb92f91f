//! How many requests may be in flight, and how many parts be held for them: a fixed number, or as
//! many as turn out to help (`--workers auto`).

mod round;
mod search;
mod sending;
mod throttling;

pub(crate) use sending::Sending;

use crate::config::Transfer;
use search::ConcurrencySearch;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit, watch};
use tokio::time::sleep;
use tracing::info;

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
                parts: Arc::new(Semaphore::new(held)),
                allowed: watch::Sender::new(first),
                search: search.map(|search| {
                    Mutex::new(Search {
                        search,
                        held,
                        most_held: most.max(held),
                        buffer: transfer.buffer,
                        debt: 0,
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
    /// number of bytes that it carries.
    pub async fn request(&self, size: u64) -> RequestPermit<'_> {
        let _first_in_line = self.shared.newcomer.lock().await;
        self.again(size).await
    }

    /// Waits until a request that was in flight before may be so again.
    pub async fn again(&self, size: u64) -> RequestPermit<'_> {
        // The semaphore is never closed: every wait ends with a permit.
        let permit = self.shared.requests.acquire().await.ok();
        let mut permit = RequestPermit {
            shared: &self.shared,
            permit,
            size,
            began: Instant::now(),
            counts: false,
        };
        permit.begin();
        permit
    }

    /// A request that waits for nobody, and that nobody has to wait for.
    pub fn at_once(&self) -> RequestPermit<'_> {
        RequestPermit {
            shared: &self.shared,
            permit: None,
            size: 0,
            began: Instant::now(),
            counts: false,
        }
    }
}

/// A request in flight.
#[derive(Debug)]
pub struct RequestPermit<'a> {
    shared: &'a Shared,
    permit: Option<SemaphorePermit<'a>>,
    size: u64,
    began: Instant,
    /// Whether the search counts it as in flight.
    counts: bool,
}

impl RequestPermit<'_> {
    /// The request is done.
    pub fn done(self) {
        let now = Instant::now();
        if self.size > 0 {
            self.shared
                .search(|search| search.done(now, self.began, self.size));
        }
    }

    /// The store asked for fewer requests.
    pub fn throttled(&self) {
        self.shared
            .search(|search| search.throttled(Instant::now(), self.began));
    }

    /// Waits for `delay` without giving its place away: newcomers would be throttled in its stead.
    /// Where fewer requests are allowed by now, it stands in line before them.
    pub async fn again_after(mut self, delay: Duration) -> Self {
        self.end();
        let shared = self.shared;
        if self.gives_up_its_permit() {
            let ((), permit) = tokio::join!(sleep(delay), shared.requests.acquire());
            self.permit = permit.ok();
        } else {
            sleep(delay).await;
        }
        self.begin();
        self
    }

    fn begin(&mut self) {
        self.began = Instant::now();
        self.counts = self.size > 0;
        if self.counts {
            self.shared.search(|search| search.begins(self.began));
        }
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.counts) {
            self.shared.search(|search| search.ends(Instant::now()));
        }
    }

    /// Lets the permit go for good where there are more than are allowed; tells whether it did.
    fn gives_up_its_permit(&mut self) -> bool {
        let Some(search) = &self.shared.search else {
            return false;
        };
        let mut search = search.lock().unwrap_or_else(PoisonError::into_inner);
        if search.debt == 0 {
            return false;
        }
        let Some(permit) = self.permit.take() else {
            return false;
        };
        search.debt -= 1;
        permit.forget();
        true
    }
}

impl Drop for RequestPermit<'_> {
    fn drop(&mut self) {
        self.end();
        self.gives_up_its_permit();
    }
}

impl Shared {
    fn learns_from(&self, size: u64) -> bool {
        self.search.as_ref().is_some_and(|search| {
            let search = search.lock().unwrap_or_else(PoisonError::into_inner);
            search.search.learns_from(size)
        })
    }

    fn search(&self, event: impl FnOnce(&mut ConcurrencySearch)) {
        let Some(search) = &self.search else {
            return;
        };
        let mut search = search.lock().unwrap_or_else(PoisonError::into_inner);
        let before = search.search.allowed();
        event(&mut search.search);
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
mod tests {
    use super::*;
    use crate::config::test_transfer;

    fn concurrency(adaptive: bool) -> Concurrency {
        Concurrency::new(&Transfer {
            workers: 32,
            begin_with: adaptive.then_some(4),
            ..test_transfer()
        })
    }

    fn free(concurrency: &Concurrency) -> (usize, usize) {
        let shared = &concurrency.shared;
        (
            shared.requests.available_permits(),
            shared.parts.available_permits(),
        )
    }

    #[test]
    fn a_fixed_pace_has_all_its_permits_at_once() {
        assert_eq!(free(&concurrency(false)), (32, 34));
        assert_eq!(free(&concurrency(true)), (4, 6));
    }

    #[tokio::test]
    async fn permits_follow_what_is_allowed_even_while_they_are_out() {
        let concurrency = concurrency(true);
        let set = |allowed| concurrency.shared.search(|search| search.set(allowed));
        let mut permits = Vec::new();
        for _ in 0..4 {
            permits.push(concurrency.request(1).await);
        }
        set(8);
        assert_eq!(free(&concurrency), (4, 10));
        // Two of the free ones and none of those that are out can go.
        set(3);
        assert_eq!(free(&concurrency), (0, 10));
        permits.pop();
        assert_eq!(free(&concurrency), (0, 10));
        permits.pop();
        assert_eq!(free(&concurrency), (1, 10));
        set(8);
        assert_eq!(free(&concurrency), (6, 10));
        drop(permits);
        assert_eq!(free(&concurrency), (8, 10));
        set(2);
        set(16);
        assert_eq!(free(&concurrency), (16, 18));
    }

    #[test]
    fn at_the_most_in_flight_those_read_ahead_are_among_the_parts_held() {
        let concurrency = concurrency(true);
        concurrency.shared.search(|search| search.set(31));
        assert_eq!(free(&concurrency), (31, 32));
        concurrency.shared.search(|search| search.set(32));
        assert_eq!(free(&concurrency), (32, 32));
    }

    #[tokio::test]
    async fn throttling_halves_the_requests() {
        let concurrency = concurrency(true);
        concurrency.request(1).await.throttled();
        assert_eq!(free(&concurrency).0, 2);
    }

    #[tokio::test]
    async fn a_throttled_request_keeps_its_place() {
        let concurrency = Concurrency::new(&Transfer {
            workers: 1,
            ..test_transfer()
        });
        let permit = concurrency.request(1).await;
        let order = Mutex::new(Vec::new());
        let note = |who| order.lock().unwrap().push(who);
        let throttled = async {
            let permit = permit.again_after(Duration::from_millis(50)).await;
            note("again");
            drop(permit);
        };
        let newcomer = async {
            let permit = concurrency.request(1).await;
            note("new");
            drop(permit);
        };
        tokio::join!(throttled, newcomer);
        assert_eq!(*order.lock().unwrap(), ["again", "new"]);
    }

    #[tokio::test]
    async fn those_that_come_again_wait_for_one_newcomer_at_most() {
        let concurrency = Concurrency::new(&Transfer {
            workers: 1,
            ..test_transfer()
        });
        let permit = concurrency.request(1).await;
        let order = Mutex::new(Vec::new());
        let note = |who, _turn: RequestPermit<'_>| order.lock().unwrap().push(who);
        let newcomers = async {
            let newcomer = async || note("new", concurrency.request(1).await);
            tokio::join!(newcomer(), newcomer(), newcomer());
        };
        let again = async { note("again", concurrency.again(1).await) };
        // The newcomers are in line before it.
        tokio::join!(biased; newcomers, again, async { drop(permit) });
        assert_eq!(*order.lock().unwrap(), ["new", "again", "new", "new"]);
    }

    #[tokio::test]
    async fn what_needs_no_permit_takes_none_away() {
        let concurrency = concurrency(true);
        let permits = [concurrency.request(1).await, concurrency.request(1).await];
        concurrency.shared.search(|search| search.set(1));
        drop(concurrency.at_once());
        // Both are out, and one of them is not to come back.
        assert_eq!(free(&concurrency).0, 0);
        drop(permits);
        assert_eq!(free(&concurrency).0, 1);
    }
}
