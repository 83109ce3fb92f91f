//! The one layer that retries: exponential back-off with full jitter, for as many attempts as the
//! user allows, with no budget shared between requests that could run dry.

use super::class::Class;
use super::client::{Clients, Current, Remedy};
use super::failure::Failure;
use crate::config::Patience;
use crate::pace::Pace;
use crate::progress::Tally;
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
const MOST_REMEDIES: u32 = 3;

/// How long one request is tried.
#[derive(Debug, Clone)]
pub(super) struct Retry {
    pub(super) patience: Patience,
    pub(super) tally: Arc<Tally>,
    /// How many requests may be in flight in the whole run.
    pub(super) pace: Pace,
    /// Slowest rate that the user's own limit can cause, in bytes a second.
    pub(super) slowest: u64,
}

impl Retry {
    pub(super) fn new(
        patience: Patience,
        tally: Arc<Tally>,
        rate: Option<u64>,
        workers: usize,
        pace: Pace,
    ) -> Self {
        let share = rate.map_or(SLOWEST, |rate| rate / (2 * workers as u64));
        Self {
            patience,
            tally,
            pace,
            slowest: share.clamp(1, SLOWEST),
        }
    }

    /// Makes attempts until one succeeds, fails for good, or was the last one allowed. `size` is
    /// the number of bytes that an attempt sends.
    pub(super) async fn run<T, F, A>(
        &self,
        clients: &Clients,
        operation: &str,
        size: u64,
        mut attempt: F,
    ) -> Result<T, Failure>
    where
        F: FnMut(Arc<Current>) -> A,
        A: Future<Output = Result<T, Failure>>,
    {
        let started = Instant::now();
        let limit = self.attempt_limit(size);
        let mut remedies = 0;
        let mut attempts = 0;
        loop {
            let current = clients.current();
            attempts += 1;
            let turn = self.pace.request(size).await;
            let tried = tokio::time::timeout(limit, Box::pin(attempt(Arc::clone(&current)))).await;
            let mut failure = match tried {
                Ok(Ok(done)) => {
                    turn.done();
                    return Ok(done);
                }
                Ok(Err(failure)) => failure,
                Err(_) => {
                    let why = format!("no answer within {}s", limit.as_secs());
                    let mut failure = Failure::local(operation, Class::Retry, why);
                    failure.unsettled = true;
                    failure
                }
            };
            if failure.is_throttling() {
                turn.throttled();
            } else {
                drop(turn);
            }
            failure.attempts = (attempts, started.elapsed());
            if let Some(remedy) = failure.remedy.take()
                && remedies < MOST_REMEDIES
            {
                info!("{failure}: {}", told(&remedy));
                if clients.renew(&current, &remedy).await {
                    remedies += 1;
                    self.tally.retried();
                    continue;
                }
            }
            if failure.class != Class::Retry || attempts > self.patience.retries {
                return Err(failure);
            }
            let delay = self.delay(attempts, failure.retry_after);
            info!("{failure}: attempt {} follows in {delay:?}", attempts + 1);
            self.tally.retried();
            tokio::time::sleep(delay).await;
        }
    }

    /// Time for one attempt, from its connection to the end of its answer.
    fn attempt_limit(&self, size: u64) -> Duration {
        self.patience.connect_timeout
            + self.patience.stall_timeout * 10
            + Duration::from_secs(size / self.slowest)
    }

    /// Full jitter: anything up to the exponential bound, so that many workers that were throttled
    /// together do not come back together.
    fn delay(&self, attempts: u32, retry_after: Option<Duration>) -> Duration {
        let doublings = attempts.saturating_sub(1).min(31);
        let bound = self.patience.retry_delay.saturating_mul(1 << doublings);
        let bound = bound.min(self.patience.retry_max_delay);
        let jittered = bound.mul_f64(fastrand::f64());
        retry_after.map_or(jittered, |asked| asked.min(LONGEST_RETRY_AFTER) + jittered)
    }
}

fn told(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Credentials => "reading the credentials again".to_owned(),
        Remedy::Region(region) => format!("going on in region {region}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry(rate: Option<u64>) -> Retry {
        let patience = Patience {
            retries: 10,
            retry_delay: Duration::from_secs(1),
            retry_max_delay: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(60),
            timeout: None,
        };
        let pace = Pace::new(&crate::config::test_transfer());
        Retry::new(patience, Arc::default(), rate, 4, pace)
    }

    #[test]
    fn delays_stay_below_a_bound_that_doubles_up_to_the_largest() {
        for (attempts, bound) in [(1, 1), (2, 2), (3, 4), (6, 30), (40, 30)] {
            let bound = Duration::from_secs(bound);
            let delays: Vec<_> = (0..200)
                .map(|_| retry(None).delay(attempts, None))
                .collect();
            assert!(delays.iter().all(|delay| *delay <= bound), "{attempts}");
            assert!(delays.iter().any(|delay| *delay > bound / 2), "{attempts}");
            assert!(delays.iter().any(|delay| *delay < bound / 2), "{attempts}");
        }
    }

    #[test]
    fn the_store_s_retry_after_is_a_lower_bound_within_reason() {
        let asked = Some(Duration::from_secs(20));
        assert!(retry(None).delay(1, asked) >= Duration::from_secs(20));
        assert!(retry(None).delay(1, Some(Duration::MAX)) <= Duration::from_secs(301));
    }

    #[test]
    fn an_attempt_has_time_for_its_size_at_the_slowest_rate() {
        let ten_mib = 10 << 20;
        assert!(retry(None).attempt_limit(ten_mib) > Duration::from_secs(2560));
        assert!(retry(Some(800)).attempt_limit(ten_mib) > Duration::from_secs(100_000));
    }
}
