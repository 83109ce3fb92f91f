//! Counters of what a run has done so far: written by those who move bytes, read by the display.

use super::files_progress::{FileCounts, FilesProgress};
use super::totals::{RetryCounts, RetryReason, Totals};
use super::waits::Waits;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// What the upload of one object has done so far.
#[derive(Debug, Default)]
pub(crate) struct UploadProgress {
    /// Bytes of the whole source, once they are known.
    total: OnceLock<u64>,
    /// Bytes that were read of a stream.
    read: AtomicU64,
    /// Whether the source has given its first byte.
    flows: AtomicBool,
    /// Bytes that left in the attempts that were not given up.
    pub(super) sent: AtomicU64,
    /// Bytes of the parts that the store has.
    stored: AtomicU64,
    parts_stored: AtomicU32,
    retries: RetryCounts,
    in_flight: Mutex<BTreeMap<u32, Arc<PartProgress>>>,
    waits: Waits,
    /// The run over many files that this upload is one of.
    run: Option<Arc<FilesProgress>>,
}

/// What one part in flight has done so far.
#[derive(Debug)]
pub(crate) struct PartProgress {
    number: u32,
    size: u64,
    sent: AtomicU64,
    retries: AtomicU32,
    /// Whether it waits for its turn, or for its next attempt.
    waits: AtomicBool,
    upload: Arc<UploadProgress>,
}

/// The state of a run at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// Bytes of the whole source, where they are known.
    pub total: Option<u64>,
    /// Bytes that were read of a stream.
    pub read: u64,
    /// Whether the source has given its first byte, and so nobody is asked for a password any more.
    pub flows: bool,
    /// Bytes that left in the attempts that were not given up.
    pub sent: u64,
    /// Bytes of the parts that the store has.
    pub stored: u64,
    /// Parts that the store has.
    pub parts_stored: u32,
    /// Attempts that had to be repeated.
    pub retries: u32,
    /// Numbers of files, in a run over many.
    pub files: Option<FileCounts>,
    /// What is being done while no bytes are moved.
    pub stage: Option<String>,
    /// Why requests are tried again.
    pub attempt: Option<String>,
    /// Parts in flight, by part number; in a run over many files, files in the order they began.
    pub in_flight: Vec<InFlight>,
}

/// The state of a part, or of a file, in flight at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InFlight {
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
    /// Whether it waits for its turn, or for its next attempt.
    pub waits: bool,
}

impl UploadProgress {
    /// Counters of one of the files of `run`.
    pub(super) fn of_run(run: &Arc<FilesProgress>) -> Self {
        Self {
            waits: run.waits().clone(),
            run: Some(Arc::clone(run)),
            ..Self::default()
        }
    }

    /// Says how large the whole source is.
    pub(crate) fn set_total(&self, bytes: u64) {
        // It is said once.
        let _ = self.total.set(bytes);
    }

    /// Counts bytes that were read of a stream.
    pub(crate) fn read(&self, bytes: u64) {
        self.read.fetch_add(bytes, Relaxed);
        if bytes > 0 {
            self.flows();
        }
    }

    /// Counts bytes that were compared, and are sent nowhere.
    pub(crate) fn compared(&self, bytes: u64) {
        self.sent.fetch_add(bytes, Relaxed);
        self.stored.fetch_add(bytes, Relaxed);
    }

    /// The source gives its bytes.
    pub(crate) fn flows(&self) {
        self.flows.store(true, Relaxed);
    }

    /// What this upload waits for; in a run over many files, what that does.
    pub(crate) fn waits(&self) -> &Waits {
        &self.waits
    }

    /// Counts a repeated attempt of any request.
    pub(crate) fn retried(&self, reason: RetryReason) {
        self.retries.add(reason);
        if let Some(run) = &self.run {
            run.retries.add(reason);
        }
    }

    /// Attempts that had to be repeated so far.
    pub(crate) fn retries(&self) -> u32 {
        self.retries.sum()
    }

    /// What was done in all.
    pub(crate) fn totals(&self) -> Totals {
        Totals {
            bytes: self.stored.load(Relaxed),
            parts: self.parts_stored.load(Relaxed).into(),
            retries: self.retries.by_reason(),
            files: None,
        }
    }

    /// Enters a part that is now in flight; dropping what this gives takes it out again.
    pub(crate) fn part(self: &Arc<Self>, number: u32, size: u64) -> PartGuard {
        let part = Arc::new(PartProgress {
            number,
            size,
            sent: AtomicU64::default(),
            retries: AtomicU32::default(),
            waits: AtomicBool::default(),
            upload: Arc::clone(self),
        });
        lock(&self.in_flight).insert(number, Arc::clone(&part));
        PartGuard { part }
    }

    /// The state now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let in_flight = lock(&self.in_flight);
        let in_flight = in_flight.values().map(|part| part.snapshot()).collect();
        Snapshot {
            total: self.total.get().copied(),
            read: self.read.load(Relaxed),
            flows: self.flows.load(Relaxed),
            sent: self.sent.load(Relaxed),
            stored: self.stored.load(Relaxed),
            parts_stored: self.parts_stored.load(Relaxed),
            retries: self.retries(),
            files: None,
            stage: self.waits.told_stage(),
            attempt: self.waits.told_attempt(),
            in_flight,
        }
    }

    /// Whether all that is in flight waits.
    pub(super) fn is_waiting(&self) -> bool {
        let in_flight = lock(&self.in_flight);
        !in_flight.is_empty() && in_flight.values().all(|it| it.waits.load(Relaxed))
    }
}

impl PartProgress {
    /// Counts bytes that left.
    pub(crate) fn sent(&self, bytes: u64) {
        self.sent.fetch_add(bytes, Relaxed);
        self.upload.sent.fetch_add(bytes, Relaxed);
    }

    /// The attempt is given up, and with it what it sent.
    fn forget_attempt(&self) {
        let sent = self.sent.swap(0, Relaxed);
        self.upload.sent.fetch_sub(sent, Relaxed);
    }

    fn snapshot(&self) -> InFlight {
        InFlight {
            number: self.number,
            name: None,
            size: self.size,
            sent: self.sent.load(Relaxed),
            retries: self.retries.load(Relaxed),
            waits: self.waits.load(Relaxed),
        }
    }
}

/// A part in flight, for as long as this is kept.
#[derive(Debug)]
pub(crate) struct PartGuard {
    part: Arc<PartProgress>,
}

impl PartGuard {
    /// The counters, for the body that sends the bytes of the next attempt; those of an earlier
    /// attempt are forgotten.
    pub(crate) fn attempt(&self) -> Arc<PartProgress> {
        self.part.forget_attempt();
        Arc::clone(&self.part)
    }

    /// It waits, for its turn or for its next attempt, for as long as what this gives is kept.
    pub(crate) fn waits(&self) -> impl Drop + use<> {
        self.part.waits.store(true, Relaxed);
        WaitingPart(Arc::clone(&self.part))
    }

    /// Counts a repeated attempt, of this part and of the upload.
    pub(crate) fn retried(&self, reason: RetryReason) {
        self.part.retries.fetch_add(1, Relaxed);
        self.part.upload.retried(reason);
    }

    /// Size of the part in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.part.size
    }

    /// Whether all of it left in this attempt.
    pub(crate) fn has_left(&self) -> bool {
        self.part.sent.load(Relaxed) >= self.part.size
    }

    /// The store has the part.
    pub(crate) fn stored(self) {
        let PartProgress { size, upload, .. } = &*self.part;
        upload.stored.fetch_add(*size, Relaxed);
        upload.parts_stored.fetch_add(1, Relaxed);
        if let Some(run) = &upload.run {
            run.part_stored(*size);
        }
        // Counted as whole, whatever its body did, and never forgotten again.
        let sent = self.part.sent.swap(0, Relaxed);
        upload.sent.fetch_add(size - sent.min(*size), Relaxed);
    }
}

impl Drop for PartGuard {
    fn drop(&mut self) {
        self.part.forget_attempt();
        lock(&self.part.upload.in_flight).remove(&self.part.number);
    }
}

struct WaitingPart(Arc<PartProgress>);

impl Drop for WaitingPart {
    fn drop(&mut self) {
        self.0.waits.store(false, Relaxed);
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod counters_tests;
