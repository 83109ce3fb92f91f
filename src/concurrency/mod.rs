//! How many requests may be in flight, and how many parts be held for them: a fixed number, or as
//! many as turn out to help (`--workers auto`).

mod request_permit;
mod round;
mod search;
mod sending;
mod throttling;

pub(crate) use request_permit::RequestPermit;
pub(crate) use sending::Sending;

use crate::config::Transfer;
use search::ConcurrencySearch;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::sleep_until;
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
    /// Held by the one request that waits for its turn, where the store throttles. The pace may change
    /// before the next one is told when it may begin.
    turn: tokio::sync::Mutex<()>,
    /// Told of each request that is served, where the store throttles.
    served: Notify,
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
                turn: tokio::sync::Mutex::default(),
                served: Notify::new(),
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
        self.ask(|search| search.learns_from(size)).unwrap_or(false)
    }

    /// Waits until a request may begin that is ready to.
    async fn turn(&self) {
        if self.ask(|search| search.is_throttled()) != Some(true) {
            return;
        }
        let _first_in_line = self.turn.lock().await;
        let turn = self.ask(|search| search.turn(Instant::now()));
        if let Some(turn) = turn.flatten() {
            sleep_until(turn.into()).await;
        }
    }

    /// What the search says, where there is one, and what changes nothing in what it allows.
    fn ask<T>(&self, question: impl FnOnce(&mut ConcurrencySearch) -> T) -> Option<T> {
        let search = self.search.as_ref()?;
        let mut search = search.lock().unwrap_or_else(PoisonError::into_inner);
        Some(question(&mut search.search))
    }

    fn search(&self, event: impl FnOnce(&mut ConcurrencySearch)) {
        let Some(search) = &self.search else {
            return;
        };
        let mut search = search.lock().unwrap_or_else(PoisonError::into_inner);
        let before = search.search.allowed();
        let throttled = search.search.is_throttled();
        event(&mut search.search);
        if search.search.is_throttled() != throttled {
            info!(
                "{}",
                if throttled {
                    "the store throttles no more"
                } else {
                    "the store throttles: requests begin at its pace"
                }
            );
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
mod tests {
    use super::*;
    use crate::config::test_transfer;
    use std::time::Duration;

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
    async fn where_the_store_throttles_requests_take_turns() {
        let concurrency = concurrency(true);
        let began = Instant::now();
        concurrency.request(1).await.throttled();
        // As many in a quarter of a second as are allowed, before anything is known of the store.
        for _ in 0..2 {
            drop(concurrency.request(0).await);
        }
        let took = began.elapsed();
        assert!(took > Duration::from_millis(50), "{took:?}");
        assert_eq!(free(&concurrency).0, 4);
    }

    #[tokio::test]
    async fn what_is_served_ends_the_wait_of_one_that_was_throttled() {
        let concurrency = concurrency(true);
        let (one, other) = (concurrency.request(1).await, concurrency.request(1).await);
        one.throttled();
        let served = async { other.done() };
        let hours = Duration::from_hours(9);
        tokio::join!(biased; one.again_after(hours, true), served);
        let late = concurrency.request(1).await.again_after(hours, true);
        let early = tokio::time::timeout(Duration::from_millis(20), late).await;
        assert!(early.is_err());
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
            let permit = permit.again_after(Duration::from_millis(50), false).await;
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
