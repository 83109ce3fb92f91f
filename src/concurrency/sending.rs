//! What the search learns of a request while it is being sent.

use super::Shared;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// Time that a connection has to fill the buffers on its way: what goes there is not the line's rate.
const FILLS: Duration = Duration::from_millis(50);
/// From one look at a request to the next.
const INTERVAL: Duration = Duration::from_millis(20);

/// Looks at a request that is being sent, for as long as it is kept and the search learns from it.
#[derive(Debug)]
pub(crate) struct Sending {
    _looks: JoinSet<()>,
}

impl Sending {
    /// Looks at a request of `size` bytes, of which as many as `acknowledged` tells have arrived; `None`
    /// before it is sent.
    pub(super) fn new(
        shared: Arc<Shared>,
        size: u64,
        acknowledged: impl Fn() -> Option<u64> + Send + Sync + 'static,
    ) -> Self {
        let mut looks = JoinSet::new();
        looks.spawn(async move {
            let mut before = first(&acknowledged).await;
            let mut since = Instant::now();
            while shared.learns_from(size) {
                sleep(INTERVAL).await;
                let now = Instant::now();
                let bytes = acknowledged().unwrap_or(before);
                if bytes >= size {
                    // What comes now is the store's time to answer.
                    return;
                }
                let seconds = (now - since).as_secs_f64();
                let moved = bytes.saturating_sub(before);
                shared.search(|search| search.sent(now.into_std(), moved, seconds));
                (before, since) = (bytes, now);
            }
        });
        Self { _looks: looks }
    }
}

/// What has arrived once there was time for it.
async fn first(acknowledged: impl Fn() -> Option<u64>) -> u64 {
    while acknowledged().is_none_or(|bytes| bytes == 0) {
        sleep(INTERVAL).await;
    }
    sleep(FILLS).await;
    acknowledged().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::FILLS;
    use crate::concurrency::Concurrency;
    use crate::config::{Transfer, test_transfer};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    use std::time::{Duration, Instant};
    use tokio::time::{sleep, timeout};

    const PART: u64 = 10 << 20;
    /// Time in which it shows that four connections are slow, on a machine that is not busy, and more.
    const LONG: Duration = Duration::from_millis(600);

    fn adaptive() -> Concurrency {
        Concurrency::new(&Transfer {
            workers: 32,
            begin_with: Some(4),
            ..test_transfer()
        })
    }

    /// How many requests are allowed, soon after four were sent of which so much arrives in a time.
    async fn allowed(
        soon: Duration,
        arrived: impl Fn(Duration) -> Option<u64> + Send + Sync + Copy + 'static,
    ) -> usize {
        let concurrency = adaptive();
        let mut allowed = concurrency.watch();
        let mut sent = Vec::new();
        for _ in 0..4 {
            let began = Instant::now();
            let sending = concurrency.sending(PART, move || arrived(began.elapsed()));
            sent.push((concurrency.request(PART).await, sending));
        }
        let _ = timeout(soon, allowed.changed()).await;
        concurrency.allowed()
    }

    #[tokio::test]
    async fn the_rate_of_slow_connections_shows_before_the_first_part_is_over() {
        let at_2_mb_a_second = |time: Duration| u64::try_from(time.as_micros() * 2).ok();
        let patience = Duration::from_secs(30);
        assert_eq!(allowed(patience, at_2_mb_a_second).await, 16);
    }

    #[tokio::test]
    async fn nothing_shows_of_what_is_on_its_way() {
        assert_eq!(allowed(LONG, |_| Some(0)).await, 4);
        assert_eq!(allowed(LONG, |_| None).await, 4);
    }

    #[tokio::test]
    async fn what_fills_the_buffers_is_left_out() {
        let fills = |time| match time > FILLS * 3 / 4 {
            true => Some(PART / 2),
            false => Some(1),
        };
        assert_eq!(allowed(LONG, fills).await, 4);
    }

    #[tokio::test]
    async fn a_request_that_is_over_is_looked_at_no_more() {
        let asked = Arc::new(AtomicBool::new(false));
        let asks = Arc::clone(&asked);
        let sending = adaptive().sending(PART, move || {
            asks.store(true, Relaxed);
            None
        });
        sleep(Duration::from_millis(50)).await;
        assert!(asked.load(Relaxed));
        drop(sending);
        sleep(Duration::from_millis(50)).await;
        asked.store(false, Relaxed);
        sleep(Duration::from_millis(100)).await;
        assert!(!asked.load(Relaxed));
    }
}
