//! How many requests may be in flight, and how many parts be held for them: a fixed number, or as
//! many as turn out to help (`--workers auto`).

mod climb;

use crate::config::Transfer;
use climb::Climb;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tracing::info;

/// The bound on requests and parts of a run; clones share it.
#[derive(Debug, Clone)]
pub struct Pace {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    most: usize,
    /// One permit for each request that may be in flight.
    requests: Semaphore,
    /// One permit for each part that may be held: those in flight, and those read ahead.
    parts: Arc<Semaphore>,
    search: Option<Mutex<Search>>,
}

#[derive(Debug)]
struct Search {
    climb: Climb,
    /// The most that was ever allowed: parts are held for so many.
    peak: usize,
    /// Permits that are to go as soon as they come back.
    debt: usize,
}

impl Pace {
    /// The pace of a run with these settings.
    pub fn new(transfer: &Transfer) -> Self {
        let most = transfer.workers.max(1);
        let climb = transfer.begin_with.map(|first| Climb::new(first, most));
        let first = climb.as_ref().map_or(most, Climb::allowed);
        Self {
            shared: Arc::new(Shared {
                most,
                requests: Semaphore::new(first),
                parts: Arc::new(Semaphore::new(first + transfer.buffer)),
                search: climb.map(|climb| {
                    Mutex::new(Search {
                        climb,
                        peak: first,
                        debt: 0,
                    })
                }),
            }),
        }
    }

    /// Requests that may be in flight now.
    pub fn allowed(&self) -> usize {
        let search = self.shared.search.as_ref();
        search.map_or(self.shared.most, |search| {
            let search = search.lock().unwrap_or_else(PoisonError::into_inner);
            search.climb.allowed()
        })
    }

    /// Waits until one more part may be held, for as long as what this gives.
    pub async fn part(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.shared.parts).acquire_owned().await.ok()
    }

    /// Parts that may be held beside those that are.
    pub fn free_parts(&self) -> usize {
        self.shared.parts.available_permits()
    }

    /// Waits until one more request may be in flight; `size` is the number of bytes that it carries.
    pub async fn request(&self, size: u64) -> Turn<'_> {
        // The semaphore is never closed: every wait ends with a permit.
        let permit = self.shared.requests.acquire().await.ok();
        let began = Instant::now();
        if size > 0 {
            self.shared.search(|climb| climb.begins(began));
        }
        Turn {
            shared: &self.shared,
            permit,
            size,
            began,
        }
    }
}

/// A request in flight.
#[derive(Debug)]
pub struct Turn<'a> {
    shared: &'a Shared,
    permit: Option<SemaphorePermit<'a>>,
    size: u64,
    began: Instant,
}

impl Turn<'_> {
    /// The request is done.
    pub fn done(self) {
        let now = Instant::now();
        if self.size > 0 {
            self.shared
                .search(|climb| climb.done(now, self.began, self.size));
        }
    }

    /// The store asked for fewer requests.
    pub fn throttled(self) {
        self.shared
            .search(|climb| climb.throttled(Instant::now(), self.began));
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.size > 0 {
            self.shared.search(|climb| climb.ends(Instant::now()));
        }
        let Some(search) = &self.shared.search else {
            return;
        };
        let mut search = search.lock().unwrap_or_else(PoisonError::into_inner);
        if search.debt > 0 {
            search.debt -= 1;
            if let Some(permit) = self.permit.take() {
                permit.forget();
            }
        }
    }
}

impl Shared {
    fn search(&self, event: impl FnOnce(&mut Climb)) {
        let Some(search) = &self.search else {
            return;
        };
        let mut search = search.lock().unwrap_or_else(PoisonError::into_inner);
        let before = search.climb.allowed();
        event(&mut search.climb);
        let now = search.climb.allowed();
        if now == before {
            return;
        }
        info!("{now} requests at a time, after {before}");
        if now < before {
            let gone = self.requests.forget_permits(before - now);
            search.debt += before - now - gone;
            return;
        }
        let forgiven = search.debt.min(now - before);
        search.debt -= forgiven;
        self.requests.add_permits(now - before - forgiven);
        if now > search.peak {
            self.parts.add_permits(now - search.peak);
            search.peak = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::test_transfer;

    fn pace(adaptive: bool) -> Pace {
        Pace::new(&Transfer {
            workers: 32,
            begin_with: adaptive.then_some(4),
            ..test_transfer()
        })
    }

    fn free(pace: &Pace) -> (usize, usize) {
        let shared = &pace.shared;
        (
            shared.requests.available_permits(),
            shared.parts.available_permits(),
        )
    }

    #[test]
    fn a_fixed_pace_has_all_its_permits_at_once() {
        assert_eq!(free(&pace(false)), (32, 34));
        assert_eq!(free(&pace(true)), (4, 6));
    }

    #[tokio::test]
    async fn permits_follow_what_is_allowed_even_while_they_are_out() {
        let pace = pace(true);
        let set = |allowed| pace.shared.search(|climb| climb.set(allowed));
        let mut turns = Vec::new();
        for _ in 0..4 {
            turns.push(pace.request(1).await);
        }
        set(8);
        assert_eq!(free(&pace), (4, 10));
        // Two of the free ones and none of those that are out can go.
        set(3);
        assert_eq!(free(&pace), (0, 10));
        turns.pop();
        assert_eq!(free(&pace), (0, 10));
        turns.pop();
        assert_eq!(free(&pace), (1, 10));
        set(8);
        assert_eq!(free(&pace), (6, 10));
        drop(turns);
        assert_eq!(free(&pace), (8, 10));
        set(2);
        set(16);
        assert_eq!(free(&pace), (16, 18));
    }

    #[tokio::test]
    async fn throttling_halves_the_requests() {
        let pace = pace(true);
        pace.request(1).await.throttled();
        assert_eq!(free(&pace).0, 2);
    }
}
