//! `--limit-rate`.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Largest frame of a body in bytes, with a limit and without.
pub(super) const FRAME: usize = 128 << 10;
/// What a timer that fires late may catch up on.
const SLACK: Duration = Duration::from_millis(20);

/// A bound on the bytes a second of all who share it. They take turns: whoever asks first is served
/// first, so that none waits until it looks stalled.
#[derive(Debug, Clone)]
pub(super) struct RateLimit {
    free: Arc<Mutex<Instant>>,
    rate: NonZeroU32,
    /// Bytes that one turn is for.
    pub(super) frame: usize,
}

impl RateLimit {
    /// At most `rate` bytes a second, for `workers` who share it.
    pub(super) fn new(rate: NonZeroU32, workers: usize) -> Self {
        // Everybody's turn comes eight times a second, as far as a byte can be split no further.
        let frame = (rate.get() as usize / 8 / workers.max(1)).clamp(1, FRAME);
        Self {
            free: Arc::new(Mutex::new(Instant::now())),
            rate,
            frame,
        }
    }

    /// Takes the next turn, for `size` bytes; gives the time when it comes.
    pub(super) fn take(&self, size: usize) -> Instant {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let turn = (*free).max(now.checked_sub(SLACK).unwrap_or(now));
        *free = turn + Duration::from_secs(1).mul_f64(size as f64 / f64::from(self.rate.get()));
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(rate: u32, workers: usize) -> RateLimit {
        RateLimit::new(NonZeroU32::new(rate).unwrap(), workers)
    }

    #[test]
    fn turns_follow_each_other_at_the_rate() {
        let limit = limit(1000, 1);
        let first = limit.take(500);
        for turn in 1..=4 {
            let expected = first + Duration::from_millis(500) * turn;
            assert_eq!(limit.take(500), expected);
        }
    }

    #[test]
    fn everybody_s_turn_comes_within_an_eighth_of_a_second() {
        for (rate, workers) in [(1 << 20, 4), (100_000, 64), (u32::MAX, 1), (8, 1)] {
            let limit = limit(rate, workers);
            assert!((1..=FRAME).contains(&limit.frame));
            let turns = limit.frame as f64 * workers as f64 / f64::from(rate);
            assert!(turns <= 0.125, "{rate} {workers}");
        }
    }
}
