//! The one layer that retries: exponential back-off with full jitter, for as many attempts as the
//! user allows, with no budget shared between requests that could run dry.

use super::client::{Clients, Current};
use super::failure::Failure;
use super::failure_kind::FailureKind;
use super::store_health::Health;
use crate::concurrency::{Concurrency, Early};
use crate::config::RetryPolicy;
use crate::progress::{NextAttempt, PartGuard, RetryReason, UploadProgress, WaitGuard};
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::info;

/// The slowest link that is accepted, in bytes a second. Stalls are found by watching the socket;
/// this only ends an attempt that crawls.
const SLOWEST: u64 = 4 << 10;
/// The longest that a store's `Retry-After` is obeyed.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);
/// Other clients made for one request: a region or credentials that lead in circles end here.
const MOST_REFRESHES: u32 = 3;

/// Time for a request that moves nothing on any more, retries included.
const NOT_LONG: Duration = Duration::from_secs(30);
/// Others succeed, though none of them did for this long: stores with a rate limit count by the minute,
/// and refuse all for the rest of one (Ceph 18 and 20).
const RATE_WINDOW: Duration = Duration::from_secs(120);
/// Attempts at what is good to know, and no reason to keep the user waiting.
const FEW_ATTEMPTS: u32 = 3;

/// What a request is for, and so how patient it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It moves the upload on.
    Upload,
    /// It asks what became of it.
    Look,
    /// It cleans up, or finds out what there is to clean up: all others may be waiting for their turn.
    CleanUp,
}

/// How long one request is tried.
#[derive(Debug, Clone)]
pub(super) struct Retry {
    pub(super) retry_policy: RetryPolicy,
    pub(super) purpose: Purpose,
    pub(super) progress: Arc<UploadProgress>,
    /// How many requests may be in flight in the whole run.
    pub(super) concurrency: Concurrency,
    /// What all requests of the run know of the store.
    pub(super) health: Arc<Health>,
    /// Slowest rate that the user's own limit can cause, in bytes a second.
    pub(super) slowest: u64,
}

/// What was tried of one request so far.
#[derive(Debug)]
struct Tries {
    /// When it stood in line for its first attempt.
    queued: Instant,
    began: Instant,
    /// When the last attempt began.
    last: Instant,
    made: u32,
    /// Those among them that use up none of the retries.
    excused: u32,
    given_back: bool,
}

impl Retry {
    pub(super) fn new(
        retry_policy: RetryPolicy,
        progress: Arc<UploadProgress>,
        rate: Option<u64>,
        workers: usize,
        concurrency: Concurrency,
    ) -> Self {
        let share = rate.map_or(SLOWEST, |rate| rate / (2 * workers as u64));
        Self {
            retry_policy,
            purpose: Purpose::Upload,
            progress,
            concurrency,
            health: Arc::default(),
            slowest: share.clamp(1, SLOWEST),
        }
    }

    /// Makes attempts until one succeeds, fails for good, or was the last one allowed. What is sent,
    /// waits and is repeated of `part`, where the request carries one, counts there.
    pub(super) async fn run<T, F, A>(
        &self,
        clients: &Clients,
        operation: &str,
        part: Option<&PartGuard>,
        mut attempt: F,
    ) -> Result<T, Failure>
    where
        F: FnMut(Arc<Current>) -> A,
        A: Future<Output = Result<T, Failure>>,
    {
        let size = part.map_or(0, PartGuard::size);
        let retried = |reason| match part {
            Some(part) => part.retried(reason),
            None => self.progress.retried(reason),
        };
        let queued = Instant::now();
        let mut refreshes = 0;
        let waiting = part.map(PartGuard::waits);
        let mut permit = match self.purpose {
            Purpose::CleanUp => self.concurrency.at_once(),
            Purpose::Upload | Purpose::Look => self.concurrency.request(size).await,
        };
        drop(waiting);
        let mut tries = Tries::new(queued);
        loop {
            let current = clients.current();
            tries.another();
            let limit = self.attempt_limit(size, &tries);
            let tried = tokio::time::timeout(limit, Box::pin(attempt(Arc::clone(&current)))).await;
            let mut failure = match tried {
                Ok(Ok(done)) => {
                    self.health.succeeded();
                    permit.done();
                    return Ok(done);
                }
                Ok(Err(failure)) => failure,
                Err(_) => Failure::late(operation, limit),
            };
            if failure.peer.closed && tries.give_back() {
                continue;
            }
            self.health.failed(&failure);
            failure.attempts = (tries.made, tries.began.elapsed());
            if failure.is_throttling() {
                permit.throttled();
            }
            if let Some(refresh) = failure.refresh.take()
                && refreshes < MOST_REFRESHES
            {
                info!("{failure}: {refresh}");
                // Boxed, like all that is rare: what a task may have to hold is copied with it.
                if Box::pin(clients.renew(&current, &refresh)).await {
                    refreshes += 1;
                    retried(RetryReason::Refreshed);
                    continue;
                }
            }
            let delay = self.delay(tries.made, failure.retry_after);
            let excused = tries.excused;
            if !self.goes_on(&failure, &mut tries, delay) {
                // A mere look is given up soon: whoever has more patience may reach the store yet.
                if matches!(self.purpose, Purpose::Upload) {
                    self.health.gave_up(&failure);
                }
                return Err(failure);
            }
            retried(failure.retry_reason());
            let _waiting = (
                part.map(PartGuard::waits),
                self.announce(&failure, &tries, delay),
            );
            permit = if failure.is_throttling() {
                let early = self.early(&failure, tries.excused > excused);
                permit.again_after(delay, early).await
            } else {
                drop(permit);
                self.health.wait(delay, tries.last).await;
                match self.purpose {
                    Purpose::CleanUp => self.concurrency.at_once(),
                    Purpose::Upload | Purpose::Look => self.concurrency.again(size).await,
                }
            };
        }
    }

    /// What may end the wait after this failure: only what leaves it enough attempts to outlast the store's
    /// trouble. While others are served, one that asks for fewer requests uses up none.
    fn early(&self, failure: &Failure, is_excused: bool) -> Early {
        let lasts = self.purpose == Purpose::Upload && failure.is_rate_limited();
        match (lasts, failure.retry_after, is_excused) {
            (true, None, true) => Early::Probe,
            (true, None, false) => Early::Served,
            _ => Early::Never,
        }
    }

    /// Tells why and when there will be another attempt, for as long as what this gives is kept.
    fn announce(&self, failure: &Failure, tries: &Tries, delay: Duration) -> WaitGuard {
        let retries = self.retry_policy.retries;
        let endless = tries.excused > 0 || self.purpose != Purpose::Upload;
        let next = NextAttempt {
            why: failure.short(),
            number: tries.made + 1,
            most: (!endless).then_some(retries.saturating_add(1)),
            at: Instant::now() + delay,
        };
        info!("{}: {}", failure.operation, next.tell(Instant::now()));
        self.progress.waits().attempt(next)
    }

    /// Whether another attempt may follow after `delay`.
    fn goes_on(&self, failure: &Failure, tries: &mut Tries, delay: Duration) -> bool {
        if failure.kind != FailureKind::Retry {
            return false;
        }
        let retries = self.retry_policy.retries;
        match self.purpose {
            Purpose::Upload => {
                let excused = self.excuses(failure, tries);
                excused || tries.counted(failure) <= retries
            }
            Purpose::Look => {
                let attempts = FEW_ATTEMPTS.min(retries.saturating_add(1));
                tries.made < attempts && tries.began.elapsed() + delay < NOT_LONG
            }
            Purpose::CleanUp => {
                let endures = failure.unanswered && !self.retry_policy.retry_for.is_zero();
                let more = endures || tries.made <= retries;
                more && tries.began.elapsed() + delay < NOT_LONG
            }
        }
    }

    /// Whether a failure uses up none of the retries. In an outage, that is so for as long as the user
    /// sits it out; where the store asks for fewer requests, as long as it serves others of this run.
    fn excuses(&self, failure: &Failure, tries: &mut Tries) -> bool {
        if failure.unanswered {
            let is_sat_out = self.health.has_answered_within(self.retry_policy.retry_for);
            tries.excused += u32::from(is_sat_out);
            return is_sat_out;
        }
        let others_succeed = failure.is_rate_limited()
            && self.retry_policy.retries > 0
            && self.health.has_succeeded_since(tries.queued)
            && self.health.has_succeeded_within(RATE_WINDOW);
        tries.excused += u32::from(others_succeed);
        others_succeed
    }

    /// Time for one attempt, from its connection to the end of its answer.
    fn attempt_limit(&self, size: u64, tries: &Tries) -> Duration {
        let usual = self.retry_policy.connect_timeout
            + self.retry_policy.stall_timeout * 10
            + Duration::from_secs(size / self.slowest);
        match self.purpose {
            Purpose::Upload => usual,
            Purpose::Look | Purpose::CleanUp => {
                usual.min(NOT_LONG.saturating_sub(tries.began.elapsed()))
            }
        }
    }

    /// Full jitter: anything up to the exponential bound, so that many workers that were throttled
    /// together do not come back together.
    fn delay(&self, attempts: u32, retry_after: Option<Duration>) -> Duration {
        let doublings = attempts.saturating_sub(1).min(31);
        let bound = self.retry_policy.retry_delay.saturating_mul(1 << doublings);
        let bound = bound.min(self.retry_policy.retry_max_delay);
        let jittered = bound.mul_f64(fastrand::f64());
        retry_after.map_or(jittered, |asked| asked.min(LONGEST_RETRY_AFTER) + jittered)
    }
}

impl Tries {
    fn new(queued: Instant) -> Self {
        let now = Instant::now();
        Self {
            queued,
            began: now,
            last: now,
            made: 0,
            excused: 0,
            given_back: false,
        }
    }

    /// Once, an attempt over a connection that was no longer one counts as none.
    fn give_back(&mut self) -> bool {
        self.made -= u32::from(!self.given_back);
        !std::mem::replace(&mut self.given_back, true)
    }

    fn another(&mut self) {
        self.made += 1;
        self.last = Instant::now();
    }

    /// Attempts that count against the retries. Once an outage is no longer sat out, all do.
    fn counted(&self, failure: &Failure) -> u32 {
        if failure.unanswered {
            self.made
        } else {
            self.made - self.excused
        }
    }
}

#[cfg(test)]
mod retry_tests;
