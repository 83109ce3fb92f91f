//! The right to have one request in flight.

use super::Shared;
use std::time::{Duration, Instant};
use tokio::sync::SemaphorePermit;
use tokio::time::sleep;

/// What may end the wait of a request that backs off, where requests take turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Early {
    /// Nothing: the store has said how long it is to be, or each attempt counts.
    Never,
    /// The store serves another.
    Served,
    /// The same, or somebody has to find out whether it serves any.
    Probe,
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

impl<'a> RequestPermit<'a> {
    /// One that has not begun.
    pub(super) fn new(shared: &'a Shared, permit: Option<SemaphorePermit<'a>>, size: u64) -> Self {
        Self {
            shared,
            permit,
            size,
            began: Instant::now(),
            counts: false,
        }
    }

    /// The request is done.
    pub fn done(self) {
        let now = Instant::now();
        let mut was_throttled = false;
        self.shared.search(|search| {
            was_throttled = search.is_throttled();
            search.served(now);
            if self.size > 0 {
                search.done(now, self.began, self.size);
            }
        });
        if was_throttled {
            self.shared.served.notify_one();
        }
    }

    /// The store asked for fewer requests.
    pub fn throttled(&self) {
        self.shared
            .search(|search| search.throttled(Instant::now(), self.began));
    }

    /// Waits for `delay` without giving its place away: newcomers would be throttled in its stead.
    /// Where fewer requests are allowed by now, it stands in line before them.
    pub async fn again_after(mut self, delay: Duration, early: Early) -> Self {
        self.end();
        let shared = self.shared;
        let backing_off = BackingOff::new(shared);
        let back_off = async {
            tokio::select! {
                () = sleep(delay) => {}
                () = shared.served.notified(), if early != Early::Never => {}
                () = shared.probe.notified(), if early == Early::Probe => {}
            }
        };
        if self.gives_up_its_permit() {
            let ((), permit) = tokio::join!(back_off, shared.requests.acquire());
            self.permit = permit.ok();
        } else {
            back_off.await;
        }
        drop(backing_off);
        self.begin().await;
        self
    }

    /// Begins in its turn, unless it waits for nobody.
    pub(super) async fn begin(&mut self) {
        if self.permit.is_some() {
            self.shared.turn().await;
        }
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
        let Some(mut search) = self.shared.searched() else {
            return false;
        };
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

/// A request that backs off, and is counted among those.
struct BackingOff<'a>(&'a Shared);

impl<'a> BackingOff<'a> {
    fn new(shared: &'a Shared) -> Self {
        if let Some(mut search) = shared.searched() {
            search.backing_off += 1;
        }
        Self(shared)
    }
}

impl Drop for BackingOff<'_> {
    fn drop(&mut self) {
        if let Some(mut search) = self.0.searched() {
            search.backing_off -= 1;
        }
        self.0.welcome.notify_one();
    }
}
