//! Memory for parts that are held though they could be read again.

use super::UNIT;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// Four parts of the usual size.
const UNITS: usize = (40 << 20) / UNIT;
/// How long a part waits to be held, where all that may be sent at a time can be: on a line so fast, that
/// costs less than to read it twice (1.1 times the CPU, and 1.2 times the time, of a file that is cached).
const SOON: Duration = Duration::from_millis(10);
/// Where the last one was held no longer than this, four connections keep a processor busy. With 16, of which
/// 12 read their parts twice, a file that is cached took 1.3 times the CPU and the time.
const QUICK: Duration = Duration::from_millis(16);
/// How long a part waits to be held on such a line: others may have been waiting before it.
const IN_TURN: Duration = Duration::from_millis(40);

/// That memory, which those share who hold parts.
#[derive(Debug)]
pub(super) struct Spare {
    units: Arc<Semaphore>,
    /// Microseconds for which the last part was held. At first none: should the line be slow, the parts that
    /// come first wait in vain, once; should it be fast, it would never show once they are read twice.
    held: AtomicU64,
}

/// Some of it, which returns when this is dropped.
#[derive(Debug)]
pub(super) struct SparePermit {
    spare: Arc<Spare>,
    /// Since when a part is held.
    since: Option<Instant>,
    _units: OwnedSemaphorePermit,
}

impl Spare {
    pub(super) fn new() -> Self {
        Self {
            units: Arc::new(Semaphore::new(UNITS)),
            held: AtomicU64::new(0),
        }
    }

    /// `price` units for one part, of which `in_flight` may be sent at a time. They are waited for where that
    /// is soon over; else the part had better be sent meanwhile.
    pub(super) async fn take(
        self: &Arc<Self>,
        price: u32,
        in_flight: usize,
    ) -> Option<SparePermit> {
        let units = Arc::clone(&self.units);
        let units = match self.patience(price, in_flight) {
            Some(time) => timeout(time, units.acquire_many_owned(price))
                .await
                .ok()?
                .ok()?,
            None => units.try_acquire_many_owned(price).ok()?,
        };
        Some(SparePermit {
            spare: Arc::clone(self),
            since: None,
            _units: units,
        })
    }

    /// How long such a part waits, where it does.
    fn patience(&self, price: u32, in_flight: usize) -> Option<Duration> {
        let is_quick = Duration::from_micros(self.held.load(Relaxed)) <= QUICK;
        let price = price as usize;
        match (is_quick, in_flight * price <= UNITS) {
            // There never is as much.
            _ if price > UNITS => None,
            (true, _) => Some(IN_TURN),
            (false, true) => Some(SOON),
            (false, false) => None,
        }
    }
}

impl SparePermit {
    /// From now on, a part is held.
    pub(super) fn hold(&mut self) {
        self.since = Some(Instant::now());
    }
}

impl Drop for SparePermit {
    fn drop(&mut self) {
        if let Some(since) = self.since {
            let held = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.spare.held.store(held, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: u32 = 640;
    const LONGER: Duration = Duration::from_millis(17);

    /// A part that is held for `time`.
    async fn held_for(spare: &Arc<Spare>, time: Duration) {
        let mut permit = spare.take(ALL, 2).await.unwrap();
        permit.hold();
        permit.since = permit.since.map(|since| since - time);
    }

    #[tokio::test]
    async fn how_long_the_last_part_was_held_decides() {
        let spare = Arc::new(Spare::new());
        assert_eq!(spare.patience(ALL, 2), Some(IN_TURN));
        held_for(&spare, LONGER).await;
        assert_eq!(spare.patience(ALL, 2), None);
        assert_eq!(spare.patience(ALL, 1), Some(SOON));
        // There was no other memory for that one.
        drop(spare.take(ALL, 2).await.unwrap());
        assert_eq!(spare.patience(ALL, 2), None);
        held_for(&spare, Duration::ZERO).await;
        assert_eq!(spare.patience(ALL, 2), Some(IN_TURN));
    }

    #[tokio::test]
    async fn what_can_never_be_held_is_not_waited_for() {
        let spare = Arc::new(Spare::new());
        assert_eq!(spare.patience(ALL + 1, 1), None);
        assert!(spare.take(ALL + 1, 1).await.is_none());
    }

    #[tokio::test]
    async fn of_many_those_wait_who_come_after_one_that_was_sent_quickly() {
        for (last, waits) in [(Duration::ZERO, true), (LONGER, false)] {
            let spare = Arc::new(Spare::new());
            held_for(&spare, last).await;
            let mut permit = spare.take(ALL, 2).await;
            let sent = async { permit = None };
            let (next, ()) = tokio::join!(biased; spare.take(ALL, 2), sent);
            assert_eq!(next.is_some(), waits, "{last:?}");
        }
    }
}
