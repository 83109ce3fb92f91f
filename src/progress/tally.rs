//! The counters of a run: written by those who move bytes, read by those who show them.

use super::Files;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a run has done so far.
#[derive(Debug)]
pub struct Tally {
    started: Instant,
    /// Bytes of the whole source, `u64::MAX` while unknown.
    total: AtomicU64,
    /// Bytes that left in the attempts that were not given up.
    sent: AtomicU64,
    /// Bytes of the parts that the store has.
    stored: AtomicU64,
    parts_stored: AtomicU32,
    retries: AtomicU32,
    in_flight: Mutex<BTreeMap<u32, Arc<PartTally>>>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            total: AtomicU64::new(u64::MAX),
            sent: AtomicU64::new(0),
            stored: AtomicU64::new(0),
            parts_stored: AtomicU32::new(0),
            retries: AtomicU32::new(0),
            in_flight: Mutex::default(),
        }
    }
}

/// What one part in flight has done so far.
#[derive(Debug)]
pub struct PartTally {
    number: u32,
    size: u64,
    started: Instant,
    sent: AtomicU64,
    retries: AtomicU32,
    whole: Arc<Tally>,
}

/// The state of a run at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Time since the start.
    pub elapsed: Duration,
    /// Bytes of the whole source, where they are known.
    pub total: Option<u64>,
    /// Bytes that left in the attempts that were not given up.
    pub sent: u64,
    /// Bytes of the parts that the store has.
    pub stored: u64,
    /// Parts that the store has.
    pub parts_stored: u32,
    /// Attempts that had to be repeated.
    pub retries: u32,
    /// Numbers of files, in a run over many.
    pub files: Option<Files>,
    /// Parts in flight, by part number; in a run over many files, files in the order they began.
    pub in_flight: Vec<PartSnapshot>,
}

/// The state of a part, or of a file, in flight at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartSnapshot {
    /// Part number, counted from 1; of a file, the order in which it began.
    pub number: u32,
    /// The file's name; `None` for a part.
    pub name: Option<String>,
    /// Size in bytes.
    pub size: u64,
    /// Bytes that left in this attempt.
    pub sent: u64,
    /// Attempts that had to be repeated.
    pub retries: u32,
    /// Time since its first attempt began.
    pub elapsed: Duration,
}

impl Tally {
    /// Says how large the whole source is.
    pub fn set_total(&self, bytes: u64) {
        self.total.store(bytes, Relaxed);
    }

    /// Counts an attempt of any request that is repeated.
    pub fn retried(&self) {
        self.retries.fetch_add(1, Relaxed);
    }

    /// Attempts that had to be repeated so far.
    pub fn retries(&self) -> u32 {
        self.retries.load(Relaxed)
    }

    /// Enters a part that is now in flight; dropping what this gives takes it out again.
    pub fn part(self: &Arc<Self>, number: u32, size: u64) -> PartGuard {
        let part = Arc::new(PartTally {
            number,
            size,
            started: Instant::now(),
            sent: AtomicU64::new(0),
            retries: AtomicU32::new(0),
            whole: Arc::clone(self),
        });
        self.in_flight().insert(number, Arc::clone(&part));
        PartGuard { part }
    }

    /// The state now.
    pub fn snapshot(&self) -> Snapshot {
        let in_flight = self
            .in_flight()
            .values()
            .map(|part| part.snapshot())
            .collect();
        let total = self.total.load(Relaxed);
        Snapshot {
            elapsed: self.started.elapsed(),
            total: (total != u64::MAX).then_some(total),
            sent: self.sent.load(Relaxed),
            stored: self.stored.load(Relaxed),
            parts_stored: self.parts_stored.load(Relaxed),
            retries: self.retries(),
            files: None,
            in_flight,
        }
    }

    fn in_flight(&self) -> std::sync::MutexGuard<'_, BTreeMap<u32, Arc<PartTally>>> {
        self.in_flight
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl PartTally {
    /// Counts bytes that left.
    pub fn sent(&self, bytes: u64) {
        self.sent.fetch_add(bytes, Relaxed);
        self.whole.sent.fetch_add(bytes, Relaxed);
    }

    /// The attempt is given up, and with it what it sent.
    fn forget_attempt(&self) {
        let sent = self.sent.swap(0, Relaxed);
        self.whole.sent.fetch_sub(sent, Relaxed);
    }

    fn snapshot(&self) -> PartSnapshot {
        PartSnapshot {
            number: self.number,
            name: None,
            size: self.size,
            sent: self.sent.load(Relaxed),
            retries: self.retries.load(Relaxed),
            elapsed: self.started.elapsed(),
        }
    }
}

/// A part in flight: it leaves the tally with this.
#[derive(Debug)]
pub struct PartGuard {
    part: Arc<PartTally>,
}

impl PartGuard {
    /// The counters, for the body that sends the bytes of the next attempt; those of an earlier
    /// attempt are forgotten.
    pub fn attempt(&self) -> Arc<PartTally> {
        self.part.forget_attempt();
        Arc::clone(&self.part)
    }

    /// Counts a repeated attempt of this part.
    pub fn retried(&self) {
        self.part.retries.fetch_add(1, Relaxed);
    }

    /// Whether all of it left in this attempt.
    pub fn has_left(&self) -> bool {
        self.part.sent.load(Relaxed) >= self.part.size
    }

    /// The store has the part.
    pub fn stored(self) {
        let PartTally { size, whole, .. } = &*self.part;
        whole.stored.fetch_add(*size, Relaxed);
        whole.parts_stored.fetch_add(1, Relaxed);
        // Counted as whole, whatever its body did, and never forgotten again.
        let sent = self.part.sent.swap(0, Relaxed);
        whole.sent.fetch_add(size - sent.min(*size), Relaxed);
    }
}

impl Drop for PartGuard {
    fn drop(&mut self) {
        self.part.forget_attempt();
        self.part.whole.in_flight().remove(&self.part.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_attempt_that_counts_is_counted() {
        let tally = Arc::new(Tally::default());
        let part = tally.part(1, 100);
        part.attempt().sent(60);
        assert_eq!(tally.snapshot().sent, 60);
        let again = part.attempt();
        assert_eq!(tally.snapshot().sent, 0);
        again.sent(100);
        assert_eq!(tally.snapshot().in_flight[0].sent, 100);
        part.stored();
        let end = tally.snapshot();
        assert_eq!((end.sent, end.stored, end.parts_stored), (100, 100, 1));
        assert!(end.in_flight.is_empty());
    }

    #[test]
    fn a_part_given_up_leaves_nothing_behind() {
        let tally = Arc::new(Tally::default());
        let part = tally.part(7, 10);
        part.attempt().sent(5);
        drop(part);
        let end = tally.snapshot();
        assert_eq!((end.sent, end.in_flight.len()), (0, 0));
    }

    #[test]
    fn the_total_is_unknown_until_it_is_said() {
        let tally = Tally::default();
        assert_eq!(tally.snapshot().total, None);
        tally.set_total(0);
        assert_eq!(tally.snapshot().total, Some(0));
    }
}
